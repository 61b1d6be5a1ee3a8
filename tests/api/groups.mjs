// Run by groups.test: unsubscribe groups with SendGrid's own libraries.
import fs from 'node:fs';
import http from 'node:http';
import { assert, base, basic, check, done, env, like, raw, refused, require } from './call.mjs';

const { MailService } = require('@sendgrid/mail');
const { Client } = require('@sendgrid/client');

const key = JSON.parse(fs.readFileSync(`${env.W}/all.json`));
const client = new Client();
const mail = new MailService();
mail.setClient(client);
mail.setApiKey(key.sendgrid);
client.setDefaultRequest('baseUrl', `${base}/`);
const ask = async (method, url, body) => {
	const [response] = await client.request({ method, url, body });
	return { status: response.statusCode, body: response.body };
};
const own = (method, path, body) => raw(method, path, { auth: basic(key.key, key.secret), body, headers: { 'Content-Type': 'application/json' } });
async function until(what, fn) {
	for (const end = Date.now() + 90000; ;) {
		const value = await fn();
		if (value)
			return value;
		assert.ok(Date.now() < end, what);
		await new Promise((again) => setTimeout(again, 100));
	}
}

// What the webhook got.
const events = [];
const hook = http.createServer((request, response) => {
	let text = '';
	request.on('data', (bytes) => { text += bytes; }).on('end', () => {
		events.push(...JSON.parse(text || '[]'));
		response.writeHead(200).end();
	});
});
await new Promise((go) => hook.listen(0, '127.0.0.1', go));
const event = (kind, subject) => until(`event ${kind} of ${subject}`, () => events.find((e) => e.event === kind && e.name === subject));

const send = (to, subject, more) => mail.send({ from: 'news@shop.test', to, subject, text: 'Voilà.', customArgs: { name: subject }, ...more });
const at = (subject) => until(`${subject} at the sink`, () => {
	for (const file of fs.readdirSync(`${env.W}/sink`).filter((f) => f.endsWith('.eml'))) {
		const text = fs.readFileSync(`${env.W}/sink/${file}`, 'latin1').replace(/\r\n[ \t]+/g, ' ');
		if (text.includes(`\r\nSubject: ${subject}\r\n`))
			return text;
	}
	return undefined;
});
const state = async (to, subject, want) => {
	await until(`${subject} is ${want}`, async () => {
		const { json } = await own('GET', `/v1/messages?to=${to}`);
		return json?.data?.find((r) => r.subject === subject)?.state === want;
	});
};
const link = (text) => new URL(text.match(/\r\nList-Unsubscribe: [^\r]*<(https:[^>]+)>/)[1]).pathname;
const oneClick = (path) => raw('POST', path, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' });
// Who left a group. What a click does is durable and in force with its answer; the list has it a moment later.
const listed = (group, n) => until(`${n} in the list of group ${group}`, async () => {
	const { body } = await ask('GET', `/v3/asm/groups/${group}/suppressions`);
	return body.length >= n && body;
});

let news, offers;
await check('groups are made, changed, listed', async () => {
	like(await ask('POST', '/v3/user/webhooks/event/settings', { enabled: true, url: `http://127.0.0.1:${hook.address().port}/`,
		group_unsubscribe: true, unsubscribe: true, dropped: true, delivered: true, processed: true }), { status: 201 });
	const made = await ask('POST', '/v3/asm/groups', { name: 'News', description: 'Once a month' });
	like(made, { status: 201, 'body.name': 'News', 'body.description': 'Once a month', 'body.is_default': false });
	news = made.body.id;
	offers = (await ask('POST', '/v3/asm/groups', { name: 'Offres', is_default: true })).body.id;
	like(await ask('PATCH', `/v3/asm/groups/${offers}`, { name: 'Offers' }), { status: 201, 'body.name': 'Offers', 'body.is_default': true });
	assert.deepEqual((await ask('GET', '/v3/asm/groups')).body.map((g) => g.name), ['News', 'Notices', 'Offers']);
});
await check('transactional mail of a group can be left', async () => {
	await send(['ann@d.test', 'bob@d.test'], 'News 1', { asm: { groupId: news, groupsToDisplay: [news, offers] } });
	const text = await at('News 1');
	assert.match(text, /\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n/);
	await send('ann@d.test', 'Plain 1');
	assert.doesNotMatch(await at('Plain 1'), /List-Unsubscribe/);
});
let bobs;
await check('a mail that shows groups: each is left or kept', async () => {
	const asm = { groupId: news, groupsToDisplay: [news, offers, 4711] };
	const form = (path, body) => raw('POST', path, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body });
	await send('eve@d.test', 'Choice 1', { asm, trackingSettings: { subscriptionTracking: { enable: true, text: 'out: <% here %>' } } });
	const text = await at('Choice 1');
	const path = link(text);
	// The link in the text leads there, too.
	assert.ok(text.replaceAll('=\r\n', '').includes(`https://t.lab.test${path}`));
	like(await raw('GET', path), { status: 200, text: new RegExp(`value="${news}"> News</label>\n<label><input type="checkbox" name="group" value="${offers}"> Offers</label>\n<button`) });
	like(await raw('GET', path, { headers: { 'Accept-Language': 'fr' } }), { status: 200, text: /Quels messages/ });
	// Neither a GET nor what the mail does not name acts; nor does nothing that is ticked.
	like(await raw('GET', `${path}?Groups=Leave&group=${offers}`), { status: 200 });
	for (const body of ['Groups=Leave', 'Groups=Leave&group=1', 'Groups=Leave&group=4711', `group=${offers}`])
		like(await form(path, body), { status: 200, text: /Which messages/ });
	assert.deepEqual((await own('GET', '/v1/suppressions?address=eve@d.test')).json.data, []);
	like(await form(path, `Groups=Leave&group=${offers}`), { status: 200, text: /Your choice is kept/ });
	assert.deepEqual(await listed(offers, 1), ['eve@d.test']);
	assert.deepEqual((await ask('GET', `/v3/asm/groups/${news}/suppressions`)).body, []);
	like(await event('group_unsubscribe', 'Choice 1'), { email: 'eve@d.test', asm_group_id: offers, url: '' });
	// Who only has the link does not learn what was left.
	like(await raw('GET', path), { status: 200, text: new RegExp(`value="${offers}"> Offers</label>`) });
	await send('eve@d.test', 'Choice 2', { asm: { groupId: offers } });
	await state('eve@d.test', 'Choice 2', 'suppressed');
	await send('eve@d.test', 'Choice 3', { asm: { ...asm, groupsToDisplay: [offers] } });
	// One click leaves the message's own.
	like(await oneClick(link(await at('Choice 3'))), { status: 200, text: /You are unsubscribed/ });
	assert.deepEqual(await listed(news, 1), ['eve@d.test']);
	for (const group of [news, offers])
		like(await ask('DELETE', `/v3/asm/groups/${group}/suppressions/eve@d.test`), { status: 204 });
	await until('nobody', async () => (await ask('GET', `/v3/asm/groups/${news}/suppressions`)).body.length === 0);
});
await check('one click leaves the group', async () => {
	await send('bob@d.test', 'News 2', { asm: { groupId: news } });
	bobs = link(await at('News 2'));
	await send('ann@d.test', 'News 3', { asm: { groupId: news } });
	const anns = link(await at('News 3'));
	like(await raw('GET', anns), { status: 200, text: /<form/ });
	assert.deepEqual((await ask('GET', `/v3/asm/groups/${news}/suppressions`)).body, []);
	like(await oneClick(anns), { status: 200 });
	assert.deepEqual(await listed(news, 1), ['ann@d.test']);
	like(await own('GET', '/v1/suppressions?address=ann@d.test'),
		{ 'json.data.length': 1, 'json.data.0.group': news, 'json.data.0.reason': 'unsubscribe', 'json.data.0.stream': 'all' });
	like(await ask('GET', '/v3/asm/suppressions/ann@d.test'), { 'body.suppressions.0.id': news, 'body.suppressions.0.suppressed': true });
	like(await event('group_unsubscribe', 'News 3'), { email: 'ann@d.test', asm_group_id: news });
});
await check('and nothing else', async () => {
	await send('ann@d.test', 'News 4', { asm: { groupId: news } });
	await state('ann@d.test', 'News 4', 'suppressed');
	like(await event('dropped', 'News 4'), { asm_group_id: news });
	await send('ann@d.test', 'Offers 1', { asm: { groupId: offers } });
	await at('Offers 1');
	await send('ann@d.test', 'Plain 2');
	await at('Plain 2');
	like(await own('POST', '/v1/messages', { from: 'news@shop.test', to: 'ann@d.test', subject: 'Native 1', text: 'x', group: news }), { status: 202 });
	await state('ann@d.test', 'Native 1', 'suppressed');
	like(await own('POST', '/v1/messages', { from: 'news@shop.test', to: 'ann@d.test', subject: 'Native 2', text: 'x', group: offers }), { status: 202 });
	assert.match(await at('Native 2'), /List-Unsubscribe/);
	for (const [subject, more] of [['Native 3', { unsubscribe: true }], ['Native 4', { group: offers, unsubscribe: false }]])
		like(await own('POST', '/v1/messages', { from: 'news@shop.test', to: 'ann@d.test', subject, text: 'x', ...more }), { status: 202 });
	assert.match(await at('Native 3'), /List-Unsubscribe/);
	assert.doesNotMatch(await at('Native 4'), /List-Unsubscribe/);
});
await check('bypass_list_management passes a group, bypass_unsubscribe_management does not', async () => {
	const asm = { groupId: news };
	await send('ann@d.test', 'Bypass 1', { asm, mailSettings: { bypassUnsubscribeManagement: { enable: true } } });
	await state('ann@d.test', 'Bypass 1', 'suppressed');
	await send('ann@d.test', 'Bypass 2', { asm, mailSettings: { bypassListManagement: { enable: true } } });
	await at('Bypass 2');
});
await refused('a group that is not there', () => send('ann@d.test', 'Refused', { asm: { groupId: 4711 } }),
	{ code: 400, 'response.body.errors.0.field': 'asm.group_id', 'response.body.errors.0.message': /unsubscribe group of your account/ });
await check('native: a group that is not there', async () => {
	like(await own('POST', '/v1/messages', { from: 'news@shop.test', to: 'ann@d.test', subject: 'Refused', text: 'x', group: 4711 }),
		{ status: 422, 'json.errors.0.pointer': '/group' });
});
await check('by SMTP', async () => {
	assert.match(await at('SMTP notices'), /\r\nList-Unsubscribe: /);
	await state('cli@d.test', 'SMTP left', 'suppressed');
	like(await oneClick(link(await at('SMTP notices'))), { status: 200 });
	assert.deepEqual((await listed(1, 2)).sort(), ['cli@d.test', 'dan@d.test']);
});
await check('who comes back gets it again', async () => {
	like(await ask('DELETE', `/v3/asm/groups/${news}/suppressions/ann@d.test`), { status: 204 });
	await send('ann@d.test', 'News 5', { asm: { groupId: news } });
	await at('News 5');
});
await check('a group that is removed: its old links leave the stream', async () => {
	await ask('POST', `/v3/asm/groups/${news}/suppressions`, { recipient_emails: ['ann@d.test'] });
	like(await ask('DELETE', `/v3/asm/groups/${news}`), { status: 204 });
	like(await own('GET', '/v1/suppressions?address=ann@d.test'), { 'json.data.length': 0 });
	like(await oneClick(bobs), { status: 200 });
	await until('suppressed', async () => (await own('GET', '/v1/suppressions?address=bob@d.test')).json.data.length === 1);
	like(await own('GET', '/v1/suppressions?address=bob@d.test'),
		{ 'json.data.0.group': null, 'json.data.0.stream': 'transactional', 'json.data.0.reason': 'unsubscribe' });
});
done();
