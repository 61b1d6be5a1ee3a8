// The postmark SDK activates a bounce: run by postmark.test, behind what is counted in the sink (a report goes to the sender).
import { assert, check, done, env, host, like, require } from './call.mjs';

const { ServerClient } = require('postmark');

const client = new ServerClient(env.ALL_TOKEN, { useHttps: false, requestHost: host, timeout: 60 });

async function until(fn) {
	for (const end = Date.now() + 60000; Date.now() < end; await new Promise((go) => setTimeout(go, 100))) {
		const value = await fn();
		if (value) return value;
	}
	return assert.fail('it does not come');
}
const listed = async () => (await client.getSuppressions('outbound', { emailAddress: 'hardbounce@p.test' })).Suppressions.length;

await check('a bounce is activated', async () => {
	await client.sendEmail({ From: 'orders@shop.test', To: 'hardbounce@p.test', Subject: 'Bounces', TextBody: 'x', Tag: 'activate' });
	const bounce = await until(async () => (await client.getBounces({ tag: 'activate', count: 10 })).Bounces[0]);
	like(bounce, { Type: 'HardBounce', Inactive: true, CanActivate: true });
	await until(listed);
	like(await client.activateBounce(bounce.ID), { Message: 'OK', 'Bounce.ID': bounce.ID, 'Bounce.Email': 'hardbounce@p.test', 'Bounce.Inactive': false });
	assert.equal(await listed(), 0);
});
await check('one that is not there', async () => {
	const e = await client.activateBounce(7).then(() => assert.fail('200'), (x) => x);
	like(e, { statusCode: 422, code: 407 });
});
done();
