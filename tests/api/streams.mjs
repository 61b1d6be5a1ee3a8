// Run by streams.test: message streams with Postmark's own library, and by the native API.
import fs from 'node:fs';
import http from 'node:http';
import { assert, basic, check, done, env, host, like, raw, refused, require } from './call.mjs';

const { ServerClient } = require('postmark');

const key = JSON.parse(fs.readFileSync(`${env.W}/all.json`));
const client = new ServerClient(key.postmark_token, { useHttps: false, requestHost: host, timeout: 60 });
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

// What the webhooks got, by their paths.
const events = [];
const hook = http.createServer((request, response) => {
	let text = '';
	request.on('data', (bytes) => { text += bytes; }).on('end', () => {
		events.push({ at: request.url, ...JSON.parse(text || '{}') });
		response.writeHead(200).end();
	});
});
await new Promise((go) => hook.listen(0, '127.0.0.1', go));
const url = (path) => `http://127.0.0.1:${hook.address().port}/${path}`;
const at = (subject) => until(`${subject} at the sink`, () => {
	for (const file of fs.readdirSync(`${env.W}/sink`).filter((f) => f.endsWith('.eml'))) {
		const text = fs.readFileSync(`${env.W}/sink/${file}`, 'latin1').replace(/\r\n[ \t]+/g, ' ');
		if (text.includes(`\r\nSubject: ${subject}\r\n`))
			return text;
	}
	return undefined;
});
const mail = (Subject, MessageStream, more) => ({ From: 'news@shop.test', To: 'ann@d.test', Subject, TextBody: 'Voilà.', MessageStream, ...more });
const subjects = async (filter) => (await client.getOutboundMessages(filter)).Messages.map((m) => m.Subject).sort();
const is422 = (code, message) => ({ statusCode: 422, code, message });

await check('the streams of a new account', async () => {
	const all = await client.getMessageStreams();
	assert.deepEqual(all.MessageStreams.map((s) => [s.ID, s.MessageStreamType]),
		[['outbound', 'Transactional'], ['broadcast', 'Broadcasts'], ['inbound', 'Inbound'], ['receipts', 'Transactional']]);
	assert.equal(all.TotalCount, 4);
});
await check('one is made, and sent by with the next call', async () => {
	like(await client.createMessageStream({ ID: 'newsletters', Name: 'Newsletters', MessageStreamType: 'Broadcasts', Description: 'Each month' }), {
		ID: 'newsletters', Name: 'Newsletters', Description: 'Each month', MessageStreamType: 'Broadcasts', ArchivedAt: null,
		UpdatedAt: null, CreatedAt: /^20/, 'SubscriptionManagementConfiguration.UnsubscribeHandlingType': 'Postmark' });
	like(await client.sendEmail(mail('Own 1', 'newsletters')), { ErrorCode: 0, Message: 'OK' });
	await client.createMessageStream({ ID: 'digest_2', Name: 'Digest', MessageStreamType: 'Broadcasts',
		SubscriptionManagementConfiguration: { UnsubscribeHandlingType: 'Custom' } });
	const answers = await client.sendEmailBatch([mail('Own 2', 'digest_2'), mail('Nothing', 'nothing'), mail('Theirs', 'theirs'), mail('Default', 'broadcast')]);
	assert.deepEqual(answers.map((a) => a.ErrorCode), [0, 1235, 1235, 0]);
	assert.match(answers[1].Message, /^The 'MessageStream' provided does not exist on this server\.$/);
});
await check('who unsubscribes: of Postmark the fields are added, of Custom and transactional ones not', async () => {
	assert.match(await at('Own 1'), /\r\nList-Unsubscribe: /);
	assert.match(await at('Default'), /\r\nList-Unsubscribe: /);
	assert.doesNotMatch(await at('Own 2'), /\r\nList-Unsubscribe: /);
	assert.doesNotMatch(await at('SMTP own'), /\r\nList-Unsubscribe: /);
});
await check('the native API makes and names them too', async () => {
	const { status, json } = await own('POST', '/v1/streams', { stream: 'offers', kind: 'broadcast', name: 'Offers' });
	assert.equal(status, 201, JSON.stringify(json));
	like(json, { stream: 'offers', account: 'shop', kind: 'broadcast', unsubscribe: true, archived: null, updated: null });
	const sent = await own('POST', '/v1/messages', { from: 'a@shop.test', to: 'bob@d.test', subject: 'Native own', text: 'x', stream: 'offers' });
	assert.equal(sent.status, 202, JSON.stringify(sent.json));
	const no = await own('POST', '/v1/messages', { from: 'a@shop.test', to: 'bob@d.test', subject: 'x', text: 'x', stream: 'theirs' });
	assert.equal(no.status, 422);
	like(no.json, { 'errors.0.pointer': '/stream', 'errors.0.message': /no such stream/ });
	assert.equal((await own('GET', '/v1/streams/theirs')).status, 404);
	assert.equal((await own('PATCH', '/v1/streams/offers', { kind: 'transactional' })).status, 422);
});
for (const [what, body, code] of [
	['without an ID', { Name: 'x', MessageStreamType: 'Broadcasts' }, 1222],
	['with capitals', { ID: 'News', Name: 'x', MessageStreamType: 'Broadcasts' }, 1227],
	['a long one', { ID: 'a'.repeat(31), Name: 'x', MessageStreamType: 'Broadcasts' }, 1227],
	['one that is there', { ID: 'newsletters', Name: 'x', MessageStreamType: 'Transactional' }, 1230],
	['a default one', { ID: 'outbound', Name: 'x', MessageStreamType: 'Transactional' }, 1230],
	['a word of its own', { ID: 'all', Name: 'x', MessageStreamType: 'Transactional' }, 1237],
	['without a type', { ID: 'x', Name: 'x' }, 1221],
	['a second inbound one', { ID: 'x', Name: 'x', MessageStreamType: 'Inbound' }, 1228],
	['without a name', { ID: 'x', MessageStreamType: 'Broadcasts' }, 1223],
	['with a long name', { ID: 'x', Name: 'x'.repeat(101), MessageStreamType: 'Broadcasts' }, 1224],
	['with a long description', { ID: 'x', Name: 'x', Description: 'x'.repeat(1001), MessageStreamType: 'Broadcasts' }, 1231],
	['transactional, with Postmark\'s unsubscribing', { ID: 'x', Name: 'x', MessageStreamType: 'Transactional',
		SubscriptionManagementConfiguration: { UnsubscribeHandlingType: 'Postmark' } }, 300],
])
	await refused(`a stream ${what}`, () => client.createMessageStream(body), is422(code, /./));
await refused('archiving a default stream', () => client.archiveMessageStream('outbound'), is422(1229, /cannot archive/));
await refused('changing a default stream', () => client.editMessageStream('broadcast', { Name: 'x' }), is422(300, /cannot be changed/));
await refused('a stream that is not there', () => client.getMessageStream('nothing'), is422(1226, /was not found/));
await refused('a stream of another account', () => client.editMessageStream('theirs', { Name: 'x' }), is422(1226, /was not found/));

await check('webhooks get the mail of their stream alone', async () => {
	for (const stream of ['newsletters', 'broadcast'])
		like(await client.createWebhook({ Url: url(stream), MessageStream: stream, Triggers: { Delivery: { Enabled: true } } }), { MessageStream: stream });
	await assert.rejects(client.createWebhook({ Url: url('x'), MessageStream: 'theirs' }));
	assert.deepEqual((await client.getWebhooks({ MessageStream: 'newsletters' })).Webhooks.map((w) => w.Url), [url('newsletters')]);
	await client.sendEmail(mail('Hooked own', 'newsletters', { To: 'hook-own@d.test' }));
	await client.sendEmail(mail('Hooked default', 'broadcast', { To: 'hook-default@d.test' }));
	const got = (who) => until(`the event of ${who}`, () => events.find((e) => e.Recipient === who));
	like(await got('hook-own@d.test'), { at: '/newsletters', RecordType: 'Delivery', MessageStream: 'newsletters' });
	like(await got('hook-default@d.test'), { at: '/broadcast', RecordType: 'Delivery', MessageStream: 'broadcast' });
	assert.deepEqual(events.map((e) => [e.at.slice(1), e.MessageStream]).filter(([a, b]) => a !== b), []);
});
await check('searches tell them apart', async () => {
	await until('all is delivered', async () => (await subjects({ messageStream: 'newsletters' })).length === 2);
	assert.deepEqual(await subjects({ messageStream: 'newsletters' }), ['Hooked own', 'Own 1']);
	assert.deepEqual(await subjects({ messageStream: 'broadcast' }), ['Default', 'Hooked default']);
	assert.deepEqual(await subjects({ messageStream: 'receipts' }), ['SMTP again', 'SMTP own']);
	assert.deepEqual(await subjects({ messageStream: 'outbound' }), []);
	const [first] = (await client.getOutboundMessages({ messageStream: 'newsletters' })).Messages;
	assert.equal(first.MessageStream, 'newsletters');
	assert.equal((await client.getOutboundMessageDetails(first.MessageID)).MessageStream, 'newsletters');
	const { json } = await own('GET', '/v1/messages?stream=offers');
	assert.deepEqual(json.data.map((r) => [r.subject, r.stream, r.own_stream]), [['Native own', 'broadcast', 'offers']]);
	const kind = (await own('GET', '/v1/messages?stream=broadcast')).json.data.map((r) => r.subject);
	assert.ok(kind.includes('Native own') && kind.includes('Default'), kind.join());
	await assert.rejects(client.getOutboundMessages({ messageStream: 'theirs' }), { code: 700 });
});
await check('and so do statistics', async () => {
	const sent = async (messageStream) => (await client.getSentCounts({ messageStream })).Sent;
	assert.deepEqual([await sent('newsletters'), await sent('digest_2'), await sent('offers'), await sent('receipts'), await sent('broadcast'), await sent('outbound'), await sent()],
		[2, 1, 1, 2, 2, 0, 8]);
	assert.equal((await own('GET', '/v1/stats?by=all&stream=newsletters')).json.data[0].accepted, 2);
	await assert.rejects(client.getSentCounts({ messageStream: 'newsletters', tag: 'x' }), { code: 700 });
});
await check('who unsubscribes leaves the stream alone', async () => {
	const path = new URL((await at('Own 1')).match(/\r\nList-Unsubscribe: [^\r]*<(https:[^>]+)>/)[1]).pathname;
	const left = await raw('POST', path, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' });
	assert.equal(left.status, 200);
	await refused('mail to who left', () => client.sendEmail(mail('Left', 'newsletters')), { code: 406, message: /Found inactive addresses: ann@d\.test\./ });
	like(await client.sendEmail(mail('Another', 'digest_2')), { ErrorCode: 0, Message: 'OK' });
	like(await client.sendEmail(mail('Default again', 'broadcast')), { ErrorCode: 0, Message: 'OK' });
	const dump = async (stream) => (await client.getSuppressions(stream)).Suppressions.map((s) => `${s.EmailAddress} ${s.SuppressionReason} ${s.Origin}`);
	await until('he is in the list', async () => (await dump('newsletters')).includes('ann@d.test ManualSuppression Recipient'));
	assert.deepEqual(await dump('digest_2'), []);
	assert.deepEqual(await dump('broadcast'), []);
	await client.createSuppressions('digest_2', { Suppressions: [{ EmailAddress: 'eve@d.test' }] });
	await until('she is in the list', async () => (await dump('digest_2')).includes('eve@d.test ManualSuppression Customer'));
	await client.deleteSuppressions('newsletters', { Suppressions: [{ EmailAddress: 'ann@d.test' }] });
	like(await client.sendEmail(mail('Back', 'newsletters')), { ErrorCode: 0, Message: 'OK' });
});
await check('edited, archived, brought back', async () => {
	like(await client.editMessageStream('newsletters', { Name: 'News', SubscriptionManagementConfiguration: { UnsubscribeHandlingType: 'Custom' } }),
		{ ID: 'newsletters', Name: 'News', Description: 'Each month', UpdatedAt: /^20/, 'SubscriptionManagementConfiguration.UnsubscribeHandlingType': 'Custom' });
	like(await client.archiveMessageStream('newsletters'), { ID: 'newsletters', ExpectedPurgeDate: null });
	for (let i = 0; i < 10; i++)
		await assert.rejects(client.sendEmail(mail('Archived', 'newsletters')), { code: 1236, message: /Sending is not supported on the 'MessageStream' provided: it is archived\./ });
	assert.ok(!(await client.getMessageStreams()).MessageStreams.some((s) => s.ID === 'newsletters'));
	const [kept] = (await client.getMessageStreams({ includeArchivedStreams: true, messageStreamType: 'Broadcasts' })).MessageStreams.filter((s) => s.ID === 'newsletters');
	assert.match(kept.ArchivedAt, /^20/);
	await refused('its name again', () => client.createMessageStream({ ID: 'newsletters', Name: 'x', MessageStreamType: 'Broadcasts' }), is422(1230, /./));
	like(await client.unarchiveMessageStream('newsletters'), { ID: 'newsletters', ArchivedAt: null });
	like(await client.sendEmail(mail('After', 'newsletters')), { ErrorCode: 0, Message: 'OK' });
	assert.doesNotMatch(await at('After'), /\r\nList-Unsubscribe: /);
});
hook.close();
done();
