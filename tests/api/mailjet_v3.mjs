// node-mailjet's older call, /v3/send: run by mailjet_v3.test.
import { assert, check, done, env, invoice, refused, require, sent } from './call.mjs';

const Mailjet = require('node-mailjet');
const config = { host: `localhost:${env.HTTPS}` };
const mailjet = Mailjet.apiConnect(env.KEY, env.SECRET, { config });
const v3 = (body, client = mailjet) => client.post('send', { version: 'v3' }).request(body);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

await check('Recipients get a mail each', async () => {
	const { body } = await v3({ FromEmail: 'orders@shop.test', FromName: 'Shop', Subject: 'v3 – é', 'Text-part': 'Salut', 'Html-part': '<i>Salut</i>',
		Recipients: [{ Email: 'r1@d.test', Name: 'R 1' }, { Email: 'r2@d.test' }], 'Mj-CustomID': 'v3-1',
		Headers: { 'Reply-To': 'help@shop.test' },
		Attachments: [{ 'Content-type': 'application/pdf', Filename: 'f.pdf', content: invoice.toString('base64') }] });
	assert.deepEqual(body.Sent.map((s) => s.Email), ['r1@d.test', 'r2@d.test']);
	for (const s of body.Sent) {
		assert.ok(s.MessageID > 0);
		assert.match(s.MessageUUID, UUID);
	}
	for (const [address, to] of [['r1@d.test', 'R 1 <r1@d.test>'], ['r2@d.test', 'r2@d.test']])
		sent({ envelope: [address], subject: 'v3 – é', from: 'Shop <orders@shop.test>', to: [to], text: 'Salut', html: '<i>Salut</i>',
			reply_to: ['help@shop.test'], files: [{ name: 'f.pdf', type: 'application/pdf', bytes: invoice }] });
});
await check('To, Cc and Bcc as a header has them', async () => {
	const { body } = await v3({ FromEmail: 'orders@shop.test', Subject: 'v3 lists', 'Text-part': 'x', To: 'Ann <ann@d.test>, bob@d.test', Cc: 'c@d.test', Bcc: 'hidden@d.test' });
	assert.equal(body.Sent.length, 4);
	sent({ envelope: ['ann@d.test', 'bob@d.test', 'c@d.test', 'hidden@d.test'], subject: 'v3 lists', to: ['Ann <ann@d.test>', 'bob@d.test'], cc: ['c@d.test'], hidden: ['hidden@d.test'] });
});
await refused('a wrong secret', () => v3({ FromEmail: 'a@shop.test' }, Mailjet.apiConnect(env.KEY, 'wrong', { config })), { statusCode: 401 });
await refused('no sender', () => v3({ Subject: 'x', 'Text-part': 'x', Recipients: [{ Email: 'a@d.test' }] }), { statusCode: 400 });
await refused('no recipient', () => v3({ FromEmail: 'orders@shop.test', Subject: 'x', 'Text-part': 'x' }), { statusCode: 400 });
done();
