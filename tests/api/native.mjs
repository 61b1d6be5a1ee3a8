// The native API against the service: run by native.test.
import fs from 'node:fs';
import { assert, basic, check, done, env, invoice, like, logo, raw, sent } from './call.mjs';

const keys = JSON.parse(fs.readFileSync(`${env.W}/keys.json`));
const as = (name) => basic(keys[name].key, keys[name].secret);
const call = (method, path, body, name = 'all', headers = {}) => raw(method, path, { auth: as(name), body, headers });
const send = (body, headers, name) => call('POST', '/v1/messages', body, name ?? 'send', headers);
const plain = (subject, more) => ({ from: 'orders@shop.test', to: 'ann@d.test', subject, text: 'Voilà.', ...more });
const MSG = /^msg_[a-z2-7]+$/;
const RCP = /^rcp_[a-z2-7]+$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const problem = (answer, status, slug, more) => {
	like(answer, { status, 'json.status': status, 'json.type': new RegExp(`^https://mail\\.lab\\.test/docs/api#${slug}$`),
		'json.title': /./, 'json.request_id': UUID, ...more });
	assert.equal(answer.headers.get('content-type'), 'application/problem+json');
	assert.equal(answer.headers.get('x-request-id'), answer.json.request_id);
};
async function until(what, fn) {
	for (const end = Date.now() + 90000; ;) {
		const value = await fn();
		if (value !== undefined)
			return value;
		assert.ok(Date.now() < end, what);
		await new Promise((again) => setTimeout(again, 100));
	}
}

/* ---- messages ---- */

let first;
await check('a message with everything', async () => {
	const answer = await send({
		from: { email: 'orders@shop.test', name: 'Boutique Été' },
		to: ['Ann Ünal <ann@d.test>', { email: 'bob@d.test' }],
		cc: 'cc@d.test',
		bcc: [{ email: 'hidden@d.test', name: 'Nobody' }],
		reply_to: 'Aide <help@shop.test>',
		subject: 'Commande n° 5 – été 🎁',
		text: 'Bonjour,\nvoilà.',
		html: '<p>Bonjour <img src="cid:logo1"></p>',
		attachments: [{ filename: 'facture é.pdf', content_type: 'application/pdf', content: invoice.toString('base64') },
			{ filename: 'logo.png', content_type: 'image/png', content: logo.toString('base64'), content_id: 'logo1' }],
		headers: { 'X-Order': '1005', 'X-Note': 'à lire' },
		tags: ['order'],
		metadata: { order: '1005' },
		stream: 'transactional',
		track_opens: false,
		track_clicks: false,
	});
	like(answer, { status: 202, 'json.data.length': 1, 'json.data.0.id': MSG, 'json.data.0.recipients.length': 4 });
	assert.deepEqual(answer.json.data[0].recipients.map((r) => r.email), ['ann@d.test', 'bob@d.test', 'cc@d.test', 'hidden@d.test']);
	for (const r of answer.json.data[0].recipients)
		assert.match(r.id, RCP);
	[first] = answer.json.data;
	sent({ envelope: ['ann@d.test', 'bob@d.test', 'cc@d.test', 'hidden@d.test'], subject: 'Commande n° 5 – été 🎁',
		mail_from: 'orders@shop.test', from: 'Boutique Été <orders@shop.test>', to: ['Ann Ünal <ann@d.test>', 'bob@d.test'],
		cc: ['cc@d.test'], reply_to: ['Aide <help@shop.test>'], text: 'Bonjour,\nvoilà.',
		html: '<p>Bonjour <img src="cid:logo1"></p>', hidden: ['hidden@d.test', 'Nobody'], headers: { 'X-Order': '1005', 'X-Note': 'à lire' },
		files: [{ name: 'logo.png', type: 'image/png', cid: 'logo1', bytes: logo },
			{ name: 'facture é.pdf', type: 'application/pdf', cid: null, bytes: invoice }] });
});
await check('what became of it, by the message\'s id and by a recipient\'s', async () => {
	const rows = await until('delivered', async () => {
		const { status, json } = await call('GET', `/v1/messages/${first.id}`, undefined, 'read');
		assert.equal(status, 200);
		return json.data.length === 4 && json.data.every((r) => r.state === 'delivered') ? json.data : undefined;
	});
	assert.deepEqual(rows.map((r) => r.id).sort(), first.recipients.map((r) => r.id).sort());
	for (const row of rows)
		like(row, { message: first.id, from: 'orders@shop.test', subject: 'Commande n° 5 – été 🎁', account: 'shop', 'verdict.class': 'none' });
	const one = await call('GET', `/v1/messages/${first.recipients[1].id}`);
	like(one, { status: 200, 'json.data.length': 1, 'json.data.0.to': 'bob@d.test', 'json.data.0.id': first.recipients[1].id });
});
await check('an operator sees any account\'s', async () => {
	like(await call('GET', `/v1/messages/${first.id}`, undefined, 'operate'), { status: 200, 'json.data.length': 4 });
});
await check('what failed is sent again, with its bytes', async () => {
	const to = 'again@d.test';
	const state = async (id, want) => until(want, async () => {
		const { json } = await call('GET', `/v1/messages/${id}`);
		return json.data?.[0]?.state === want ? json.data[0] : undefined;
	});
	assert.equal((await call('POST', '/v1/suppressions', { address: to })).status, 201);
	const { json } = await send(plain('Once more', { to, tags: ['again'], headers: { 'X-Order': '7' } }));
	const row = await state(json.data[0].id, 'suppressed');
	problem(await call('POST', `/v1/messages/${row.id}/resend`, undefined, 'rival'), 404, 'not-found');
	problem(await call('POST', `/v1/messages/${first.id}/resend`), 409, 'conflict');
	assert.equal((await call('DELETE', `/v1/suppressions/${to}`)).status, 204);
	const again = await call('POST', `/v1/messages/${json.data[0].id}/resend`, undefined, 'send');
	like(again, { status: 202, 'json.data.0.recipients.0.email': to });
	assert.notEqual(again.json.data[0].id, json.data[0].id);
	const now = await state(again.json.data[0].id, 'delivered');
	assert.equal(now.message_id, row.message_id);
	sent({ traced: false, envelope: [to], subject: 'Once more', mail_from: 'orders@shop.test', text: 'Voilà.', headers: { 'X-Order': '7' } });
	assert.ok((await call('GET', '/v1/messages?tag=again')).json.data.length === 2);
});
await check('a text part is made of HTML alone', async () => {
	const html = '<h1>Bonjour</h1><p>Voici <a href="https://shop.test/5">la commande</a>.</p>';
	await send(plain('HTML alone', { text: undefined, html }));
	sent({ envelope: ['ann@d.test'], subject: 'HTML alone', html, text: 'Bonjour\n\nVoici la commande <https://shop.test/5>.' });
	await send(plain('HTML as it is', { text: undefined, html, auto_text: false }));
	sent({ envelope: ['ann@d.test'], subject: 'HTML as it is', html, headers: { 'Content-Type': 'text/html; charset="utf-8"' } });
});
await check('a batch', async () => {
	const answer = await send({ messages: [plain('Batch 1'), plain('Batch 2', { to: 'b2@d.test' })] });
	like(answer, { status: 202, 'json.data.length': 2, 'json.data.0.id': MSG, 'json.data.1.recipients.0.email': 'b2@d.test' });
	sent({ envelope: ['ann@d.test'], subject: 'Batch 1' });
	sent({ envelope: ['b2@d.test'], subject: 'Batch 2' });
});
await check('a batch goes as a whole: one mistake keeps all back, all are told', async () => {
	const answer = await send({ messages: [plain('No 1'), plain('No 2', { to: 'x', text: undefined }), plain('No 3', { from: 'bad' })] });
	problem(answer, 422, 'invalid');
	assert.deepEqual(answer.json.errors.map((e) => e.pointer).sort(), ['/messages/1/to', '/messages/2/from']);
});
await check('a sender of nobody keeps the whole batch back', async () => {
	problem(await send({ messages: [plain('No 4'), plain('No 5', { from: 'a@other.test' })] }), 403, 'forbidden');
	problem(await send(plain('No 6', { from: 'a@rival.test' })), 403, 'forbidden');
	problem(await send(plain('No 7', { from: 'a@waiting.test' })), 403, 'forbidden');
});
await check('sandbox', async () => {
	like(await send(plain('Sandbox', { sandbox: true })), { status: 202, 'json.data.0.sandbox': true, 'json.data.0.id': undefined });
});
for (const [what, more, pointer] of [
	['no from', { from: undefined }, '/from'],
	['a bad from', { from: 'x' }, '/from'],
	['a bad address in a list', { to: ['ann@d.test', 'ann at d'] }, '/to/1'],
	['an address without email', { to: [{ name: 'Ann' }] }, '/to/0/email'],
	['no recipient', { to: [] }, '/to'],
	['no text', { text: undefined }, '/text'],
	['a subject that is a number', { subject: 3 }, '/subject'],
	['a long subject', { subject: 'x'.repeat(999) }, '/subject'],
	['a header that is ours', { headers: { Received: 'x' } }, '/headers/Received'],
	['a header that makes another', { headers: { 'X-A': 'a\r\nBcc: evil@d.test' } }, '/headers/X-A'],
	['a subject that makes a header', { subject: 'a\r\nBcc: evil@d.test' }, '/subject'],
	['an attachment that is not base64', { attachments: [{ filename: 'a', content: '%%%' }] }, '/attachments/0/content'],
	['an attachment without a name', { attachments: [{ content: 'AAAA' }] }, '/attachments/0/filename'],
	['a stream that is none', { stream: 'x' }, '/stream'],
	['a time that is none', { send_at: 'tomorrow' }, '/send_at'],
	['four days ahead', { send_at: new Date(Date.now() + 4 * 86400000).toISOString() }, '/send_at'],
	['metadata that is no text', { metadata: { n: 3 } }, '/metadata/n'],
	['a template that is not there', { template: 'x', text: undefined }, '/template'],
	['a template beside a text', { template: 'x' }, '/text'],
	['1001 recipients', { to: Array.from({ length: 1001 }, (_, i) => `u${i}@d.test`) }, '/to'],
])
	await check(`refused: ${what}`, async () => {
		const answer = await send(plain('Refused', more));
		problem(answer, 422, 'invalid');
		assert.ok(answer.json.errors.some((e) => e.pointer === pointer && e.message), `${pointer}: ${answer.text}`);
	});
await check('refused: no JSON', async () => {
	problem(await send('{"from": '), 400, 'bad-request', { 'json.detail': 'The body is no JSON: line 1, column 9, byte 9: it ends too early.' });
	problem(await send('[]'), 422, 'invalid');
});

/* ---- Idempotency-Key ---- */

await check('Idempotency-Key: the same call has the same answer, and one mail', async () => {
	const body = { messages: [plain('Idem', { to: ['i1@d.test', 'i2@d.test'] }), plain('Idem', { to: 'i3@d.test' })] };
	const one = await send(body, { 'Idempotency-Key': 'key-1' });
	const two = await send(body, { 'Idempotency-Key': 'key-1' });
	assert.equal(one.status, 202);
	assert.equal(two.status, 202);
	assert.equal(two.text, one.text);
	sent({ envelope: ['i1@d.test', 'i2@d.test'], subject: 'Idem' });
	sent({ envelope: ['i3@d.test'], subject: 'Idem' });
	problem(await send(plain('Idem other'), { 'Idempotency-Key': 'key-1' }), 422, 'invalid');
});
await check('Idempotency-Key: another account\'s is another; without one there are two mails', async () => {
	const other = await send(plain('Idem', { from: 'a@rival.test' }), { 'Idempotency-Key': 'key-1' }, 'rival');
	assert.equal(other.status, 202, other.text);
	sent({ envelope: ['ann@d.test'], subject: 'Idem' });
	const a = await send(plain('Same', { to: 's1@d.test' })), b = await send(plain('Same', { to: 's2@d.test' }));
	assert.notEqual(a.json.data[0].id, b.json.data[0].id);
	sent({ envelope: ['s1@d.test'], subject: 'Same' });
	sent({ envelope: ['s2@d.test'], subject: 'Same' });
});
await check('Idempotency-Key: many at once make one mail', async () => {
	const answers = await Promise.all(Array.from({ length: 8 }, () => send(plain('Idem many'), { 'Idempotency-Key': 'key-2' })));
	const ids = new Set();
	for (const a of answers) {
		if (a.status === 409) {
			problem(a, 409, 'conflict');
		} else {
			assert.equal(a.status, 202, a.text);
			ids.add(a.json.data[0].id);
		}
	}
	assert.equal(ids.size, 1);
	sent({ envelope: ['ann@d.test'], subject: 'Idem many' });
});
await check('Idempotency-Key: empty or too long', async () => {
	problem(await send(plain('No'), { 'Idempotency-Key': 'x'.repeat(256) }), 400, 'bad-request');
});
await check('Idempotency-Key: a refused call may be put right', async () => {
	problem(await send(plain('Idem right', { to: 'x' }), { 'Idempotency-Key': 'key-3' }), 422, 'invalid');
	assert.equal((await send(plain('Idem right'), { 'Idempotency-Key': 'key-3' })).status, 202);
	sent({ envelope: ['ann@d.test'], subject: 'Idem right' });
});

/* ---- later, cancelled ---- */

await check('send_at: it waits, and can be cancelled once', async () => {
	const answer = await send(plain('Later', { to: 'later@d.test', send_at: new Date(Date.now() + 3600000).toISOString() }));
	const path = `/v1/messages/${answer.json.data[0].id}`;
	assert.equal(answer.status, 202);
	like(await call('GET', path), { status: 200, 'json.data.0.state': /^(accepted|queued|deferred|scheduled)$/ });
	problem(await call('DELETE', path, undefined, 'rival'), 404, 'not-found');
	const source = await call('GET', `${path}/source`);
	assert.equal(source.headers.get('content-type'), 'message/rfc822');
	assert.match(source.text, /^Subject: Later\r$/m);
	assert.match(source.text, /\r\n\r\nVoil=C3=A0\.|\r\n\r\nVoil\u00e0\./);
	const part = await call('GET', `${path}/source?offset=7&limit=11`);
	assert.equal(part.text, source.text.slice(7, 18));
	assert.equal((await call('GET', `${path}/source?offset=${Buffer.byteLength(source.text)}`)).text, '');
	for (const wrong of ['offset=x', 'limit=0', 'limit=3145729', 'offset=999999'])
		problem(await call('GET', `${path}/source?${wrong}`), 400, 'bad-request', { 'json.detail': /bytes/ });
	problem(await call('GET', `${path}/source`, undefined, 'rival'), 404, 'not-found');
	problem(await call('GET', `${path}/source`, undefined, 'send'), 403, 'forbidden');
	like(await call('DELETE', path, undefined, 'send'), { status: 200 });
	assert.equal((await call('GET', `${path}/source`)).text, source.text, 'kept as long as any content');
	problem(await call('DELETE', path, undefined, 'send'), 404, 'not-found');
	await until('cancelled', async () => {
		const { json } = await call('GET', path);
		return /^(dropped|cancelled)$/.test(json.data[0].state) ? true : undefined;
	});
});
await check('the source of what was delivered, by message and by recipient', async () => {
	const source = await call('GET', `/v1/messages/${first.id}/source`);
	assert.match(source.text, /^X-Order: 1005\r$/m);
	assert.equal((await call('GET', `/v1/messages/${first.recipients[2].id}/source`)).text, source.text);
	problem(await call('GET', `/v1/messages/${first.id}/source`, undefined, 'operate'), 404, 'not-found');
});
await check('what was delivered cannot be cancelled', async () => {
	problem(await call('DELETE', `/v1/messages/${first.id}`), 404, 'not-found');
});

/* ---- activity ---- */

await check('search: by recipient, status, tag; page by page', async () => {
	const made = await send({ messages: Array.from({ length: 5 }, (_, i) => plain(`Search ${i}`, { to: 'search@d.test', tags: ['find', `n${i}`] })) });
	for (let i = 0; i < 5; i++)
		sent({ envelope: ['search@d.test'], subject: `Search ${i}` });
	const found = async (query, name) => {
		const answer = await call('GET', `/v1/messages?${new URLSearchParams(query)}`, undefined, name ?? 'read');
		assert.equal(answer.status, 200, answer.text);
		return answer.json;
	};
	await until('five delivered', async () => ((await found({ to: 'search@d.test', status: 'delivered' })).data.length === 5 ? true : undefined));
	assert.deepEqual((await found({ tag: 'n3' })).data.map((r) => r.message), [made.json.data[3].id]);
	assert.deepEqual((await found({ id: made.json.data[2].id })).data.map((r) => r.subject), ['Search 2']);
	assert.equal((await found({ tag: 'find', since: '1h', from: 'orders@shop.test', stream: 'transactional' })).data.length, 5);
	assert.equal((await found({ tag: 'find', status: 'bounced,expired' })).data.length, 0);
	const seen = new Set();
	for (let cursor = '', pages = 0; cursor !== null; pages++) {
		assert.ok(pages < 10, 'the pages end');
		const page = await found({ tag: 'find', limit: '2', ...(cursor && { cursor }) });
		assert.ok(page.data.length <= 2);
		for (const row of page.data) {
			assert.ok(!seen.has(row.id), `${row.id} is on two pages`);
			seen.add(row.id);
		}
		cursor = page.next;
	}
	assert.equal(seen.size, 5);
	// Another account finds nothing of it.
	assert.equal((await found({ to: 'search@d.test' }, 'rival')).data.length, 0);
	assert.equal((await found({ tag: 'find' }, 'rival')).data.length, 0);
	for (const query of ['status=x', 'since=x', 'limit=0', 'stream=x', 'cursor=x', 'id=x'])
		problem(await call('GET', `/v1/messages?${query}`), 400, 'bad-request');
});
await check('a message with many recipients: page by page', async () => {
	const to = Array.from({ length: 60 }, (_, i) => `many${i}@d.test`);
	const made = await send(plain('Many', { to }));
	const { id, recipients } = made.json.data[0];
	sent({ envelope: to, subject: 'Many' });
	const page = async (query) => {
		const answer = await call('GET', `/v1/messages/${id}${query}`, undefined, 'read');
		assert.equal(answer.status, 200, answer.text);
		return answer.json;
	};
	const first = await page('');
	assert.equal(first.data.length, 50);
	assert.match(first.next, /./);
	const second = await page(`?cursor=${encodeURIComponent(first.next)}`);
	assert.equal(second.data.length, 10);
	assert.equal(second.next, null);
	assert.deepEqual([...first.data, ...second.data].map((r) => r.id).sort(), recipients.map((r) => r.id).sort());
	const all = await page('?limit=60');
	assert.equal(all.data.length, 60);
	assert.equal(all.next, null);
	for (const query of ['?limit=0', '?limit=201', '?limit=x', '?cursor=x'])
		problem(await call('GET', `/v1/messages/${id}${query}`), 400, 'bad-request');
	// Cancelled wholly, however many there are.
	const later = await send(plain('Many later', { to: to.map((one) => 'x' + one), send_at: new Date(Date.now() + 3600e3).toISOString() }));
	const dropped = await call('DELETE', `/v1/messages/${later.json.data[0].id}`);
	like(dropped, { status: 200, 'json.changed': 60 });
});
await check('statistics, of one\'s own', async () => {
	const stats = async (query, name) => {
		const answer = await call('GET', `/v1/stats?${query}`, undefined, name);
		assert.equal(answer.status, 200, answer.text);
		return answer.json.data;
	};
	// Counts come with the next writing of the ledger.
	await until('counted', async () => ((await stats('by=all&tag=find'))[0]?.delivered === 5 ? true : undefined));
	assert.ok((await stats('by=day'))[0].accepted >= 5);
	assert.deepEqual(await stats('by=all&tag=find', 'rival'), []);
	problem(await call('GET', '/v1/stats?by=x'), 400, 'bad-request');
});

/* ---- account, keys, domains ---- */

await check('account: one\'s own', async () => {
	like(await call('GET', '/v1/account'), { status: 200, 'json.account': 'shop' });
	like(await call('GET', '/v1/account', undefined, 'rival'), { status: 200, 'json.account': 'rival' });
});
await check('keys: list, one, make, revoke at once', async () => {
	const list = await call('GET', '/v1/keys');
	assert.equal(list.status, 200);
	assert.ok(list.json.data.length >= 5 && list.json.data.every((k) => k.account === 'shop'));
	for (const secret of [keys.send.secret, keys.send.postmark_token])
		assert.ok(!list.text.includes(secret), 'a secret in the list');
	like(await call('GET', `/v1/keys/${keys.send.key}`), { status: 200, 'json.key': keys.send.key, 'json.scopes': 'send' });

	const made = await call('POST', '/v1/keys', { label: 'by API', scopes: 'send', account: 'rival' });
	like(made, { status: 201, 'json.label': 'by API', 'json.account': 'shop', 'json.scopes': 'send', 'json.key': /^fk_/, 'json.secret': /^[\w-]{43}$/ });
	const mine = basic(made.json.key, made.json.secret);
	assert.equal((await raw('POST', '/v1/messages', { auth: mine, body: plain('New key') })).status, 202);
	sent({ envelope: ['ann@d.test'], subject: 'New key' });
	assert.equal((await call('DELETE', `/v1/keys/${made.json.key}`)).status, 204);
	await until('revoked', async () => ((await raw('POST', '/v1/messages', { auth: mine, body: plain('Refused', { sandbox: true }) })).status === 401 ? true : undefined));
});
await check('keys: mistakes', async () => {
	problem(await call('POST', '/v1/keys', { stream: 'x' }), 422, 'invalid');
	problem(await call('POST', '/v1/keys', { networks: '1.2.3' }), 422, 'invalid');
	problem(await call('POST', '/v1/keys', '\n{'), 400, 'bad-request', { 'json.detail': 'The body is no JSON: line 2, column 1, byte 2: it ends too early.' });
	problem(await call('POST', '/v1/keys', '[]'), 422, 'invalid', { 'json.detail': 'The body must be a JSON object.' });
	problem(await call('POST', '/v1/keys', { scopes: ['send'] }), 422, 'invalid', { 'json.detail': /"scopes" is a text/ });
	for (const scopes of ['sendx', 'send,stats.read', 'send,,read', 'SEND'])
		problem(await call('POST', '/v1/keys', { scopes }), 422, 'invalid', { 'json.detail': /is not a scope\. Scopes, separated by commas: send, read, manage, suppress, operate\./ });
	for (const scopes of ['operate', 'send,operate', 'send, operate', 'OPERATE', 'send,operate,'])
		assert.ok([403, 422].includes((await call('POST', '/v1/keys', { scopes }, 'manage')).status), `scopes ${scopes}`);
});
await check('domains: add, list, one, records, check, remove', async () => {
	const added = await call('POST', '/v1/domains', { domain: 'Neu.Test', account: 'rival' });
	like(added, { status: 201, 'json.domain': 'neu.test', 'json.account': 'shop', 'json.verified': false });
	assert.deepEqual(added.json.records.map((r) => r.purpose), ['dkim', 'dkim', 'dmarc', 'spf']);
	problem(await call('POST', '/v1/domains', { domain: 'neu.test' }), 409, 'conflict');
	problem(await call('POST', '/v1/domains', { domain: 'not a domain' }), 422, 'invalid');
	like(await call('GET', '/v1/domains/neu.test'), { status: 200, 'json.domain': 'neu.test', 'json.verified': false });
	const unknown = await call('POST', '/v1/domains/neu.test/verify');
	like(unknown, { status: 200, 'json.verified': false, 'json.records.0.state': /./ });
	// As the owner of the domain publishes them.
	fs.appendFileSync(`${env.W}/zone`, added.json.records.map((r) => `${r.name} ${r.type} ${r.value}\n`).join(''));
	like(await call('POST', '/v1/domains/neu.test/verify'), { status: 200, 'json.verified': true, 'json.records.0.state': 'found' });
	await until('sends', async () => {
		const { status } = await send(plain('New domain', { from: 'a@neu.test' }));
		return status === 202 ? true : undefined;
	});
	sent({ envelope: ['ann@d.test'], subject: 'New domain', from: 'a@neu.test' });
	assert.deepEqual((await call('GET', '/v1/domains')).json.data.map((d) => d.domain).sort(), ['neu.test', 'shop.test', 'waiting.test']);
	assert.equal((await call('DELETE', '/v1/domains/neu.test')).status, 204);
	problem(await call('GET', '/v1/domains/neu.test'), 404, 'not-found');
});
await check('an operator may name an account, others may not', async () => {
	like(await call('GET', '/v1/domains?account=shop', undefined, 'operate'), { status: 200, 'json.data.0.account': 'shop' });
	like(await call('GET', '/v1/messages/stream?account=nobody', undefined, 'operate'), { status: 404 });
	const own = await call('GET', '/v1/domains?account=shop', undefined, 'rival');
	assert.deepEqual(own.json.data.map((d) => d.domain), ['rival.test']);
	like(await call('GET', '/v1/accounts', undefined, 'operate'), { status: 200, 'json.data.length': 2 });
});
await check('accounts: made, suspended and restored by an operator', async () => {
	like(await call('POST', '/v1/accounts', { account: 'new' }, 'operate'), { status: 201, 'json.account': 'new' });
	problem(await call('POST', '/v1/accounts', { account: 'new' }, 'operate'), 409, 'conflict');
	assert.equal((await call('POST', '/v1/accounts/new/suspend', undefined, 'operate')).status, 200);
	assert.equal((await call('POST', '/v1/accounts/new/restore', undefined, 'operate')).status, 200);
});

/* ---- who may ---- */

await check('no key, a wrong one, one without the scope', async () => {
	for (const auth of [undefined, 'Basic !!!', 'Bearer', 'Digest x', basic(keys.send.key, 'wrong'), 'Bearer SG.x.y']) {
		const answer = await raw('POST', '/v1/messages', { auth, body: plain('Refused') });
		problem(answer, 401, 'unauthorized');
		assert.match(answer.headers.get('www-authenticate'), /^Basic realm=/);
	}
	problem(await send(plain('Refused'), {}, 'read'), 403, 'forbidden', { 'json.detail': /needs the scope send/ });
	problem(await call('GET', '/v1/keys', undefined, 'send'), 403, 'forbidden', { 'json.detail': /needs the scope read/ });
	problem(await call('POST', '/v1/keys', {}, 'read'), 403, 'forbidden', { 'json.detail': /needs the scope manage/ });
	for (const [method, path] of [['GET', '/v1/accounts'], ['POST', '/v1/accounts'], ['POST', '/v1/accounts/shop/suspend'], ['POST', '/v1/accounts/shop/restore']])
		problem(await call(method, path, method === 'POST' ? {} : undefined, 'all'), 403, 'forbidden', { 'json.detail': /needs the scope operate/ });
});
await check('one key, four costumes', async () => {
	const k = keys.all, get = (headers) => raw('GET', '/v1/account', { headers });
	for (const headers of [{ authorization: basic(k.key, k.secret) }, { authorization: `Bearer ${k.sendgrid}` },
		{ authorization: basic('apikey', k.sendgrid) }, { 'x-postmark-server-token': k.postmark_token }, { authorization: basic('api', k.secret) },
		{ authorization: `Bearer ${k.secret}` }])
		like(await get(headers), { status: 200, 'json.account': 'shop' });
	assert.equal((await get({ authorization: basic(k.key, k.secret), 'x-postmark-server-token': k.postmark_token })).status, 401);
});
await check('an address that is not there, a method that is not answered', async () => {
	problem(await call('GET', '/v1/nothing'), 404, 'not-found');
	const answer = await call('PUT', '/v1/keys', {});
	problem(answer, 405, 'method-not-allowed');
	assert.equal(answer.headers.get('allow'), 'GET, POST');
});

/* ---- suppressions ---- */

await check('an export is CSV, page by page, of the own account alone', async () => {
	const columns = 'address,stream,reason,at,account,message,incident,group,note,cursor';
	for (const [address, note] of [['x1@d.test', '=1+1'], ['x2@d.test', 'a "b", c'], ['x3@d.test', '']])
		assert.equal((await call('POST', '/v1/suppressions', { address, note })).status, 201);
	assert.equal((await call('POST', '/v1/suppressions', { address: 'rx@d.test' }, 'rival')).status, 201);
	const page = async (query) => {
		const a = await call('GET', `/v1/suppressions/export?${query}`);
		assert.equal(a.status, 200, a.text);
		assert.equal(a.headers.get('content-type'), 'text/csv; charset=utf-8');
		const lines = a.text.split('\r\n');
		assert.equal(lines.shift(), columns);
		assert.equal(lines.pop(), '');
		return lines;
	};
	const whole = await page('search=@d.test'), parts = [];
	for (let cursor = '';;) {
		const lines = await page(`search=@d.test&limit=2${cursor && `&cursor=${cursor}`}`);
		assert.ok(lines.length <= 2);
		if (!lines.length)
			break;
		parts.push(...lines);
		cursor = lines.at(-1).split(',').at(-1);
	}
	assert.deepEqual(parts, whole);
	const rest = (line) => line.replace(/,[0-9T:.Z-]+,/, ',AT,').replace(/,[0-9]+$/, '');
	assert.deepEqual(whole.filter((l) => /^x[123]@/.test(l)).map(rest), [
		'x1@d.test,all,manual,AT,shop,0,0,0,\'=1+1', 'x2@d.test,all,manual,AT,shop,0,0,0,"a ""b"", c"',
		'x3@d.test,all,manual,AT,shop,0,0,0,']);
	assert.ok(!whole.some((l) => /rx@|rival/.test(l)), whole.join('\n'));
	assert.deepEqual((await page('address=rx@d.test')), []);
	problem(await call('GET', '/v1/suppressions/export?limit=10001'), 400, 'bad-request', { 'json.detail': /10000/ });
	for (const n of [1, 2, 3])
		assert.equal((await call('DELETE', `/v1/suppressions/x${n}@d.test`)).status, 204);
	assert.equal((await call('DELETE', '/v1/suppressions/rx@d.test', undefined, 'rival')).status, 204);
});

/* ---- another account's ids ---- */

// A person of the other account signs in, by the link that was made.
const origin = `http://127.0.0.1:${process.env.HTTP}`;
const opened = await fetch(`${origin}/v1/session/link`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
	body: JSON.stringify({ token: keys.person.link.split('/').pop(), password: 'a sentence of the rival' }) });
const rivalCookie = opened.headers.get('set-cookie').split(';')[0];
const rivalSession = (await (await fetch(`${origin}/v1/sessions`, { headers: { Cookie: rivalCookie } })).json()).data[0].id;

// Two ids for each name in {}: one of the other account's, one that never was, of the same length. A route with
// a name that is not here fails the check below.
const theirs = {
	id: async () => [(await send(plain('Theirs', { from: 'a@rival.test', to: 'theirs@d.test', send_at: new Date(Date.now() + 3600000).toISOString() }), {}, 'rival')).json.data[0].id,
		`msg_${'a'.repeat(26)}`],
	mail: async (n) => {
		await send(plain(`Caught ${n}`, { from: 'a@rival.test', to: 'caught@d.test' }), {}, 'rival');
		sent({ envelope: ['caught@d.test'], subject: `Caught ${n}` });
		const row = await until('caught', async () => (await call('GET', '/v1/sink?to=caught@d.test', undefined, 'rival')).json.data[0]);
		like(row, { subject: /^Caught/, account: 'rival', recipient: RCP, to: ['caught@d.test'] });
		assert.deepEqual((await call('GET', '/v1/sink?to=caught@d.test')).json.data, []);
		// Six digits: fewer may stand in an answer.
		return [row.id.padStart(6, '0'), '999999'];
	},
	key: async () => [keys.rival.key, keys.rival.key.replace(/.{8}$/, 'aaaaaaaa')],
	domain: async () => ['rival.test', 'never.test'],
	webhook: async () => {
		const made = await call('POST', '/v1/webhooks', { url: 'http://127.0.0.1:18080/hook' }, 'rival');
		assert.equal(made.status, 201, made.text);
		return [made.json.id, `whk_${'a'.repeat(26)}`];
	},
	inbound: async (n) => {
		const made = await call('POST', '/v1/inbound', { address: `in${n}.rival.test`, url: 'http://127.0.0.1:18080/mail' }, 'rival');
		assert.equal(made.status, 201, made.text);
		return [made.json.id, made.json.id.replace(/.{26}$/, 'a'.repeat(26))];
	},
	template: async (n) => {
		const made = await call('POST', '/v1/templates', { name: `Theirs ${n}`, html: '<p>x</p>' }, 'rival');
		assert.equal(made.status, 201, made.text);
		return [made.json.id, `tpl_${'a'.repeat(26)}`];
	},
	user: async () => [keys.person.id, `usr_${'a'.repeat(26)}`],
	session: async () => [rivalSession, `ses_${'a'.repeat(26)}`],
	// Names, since digits of a number may stand in any answer; numbers are asked for in vendor_read.py.
	group: async () => {
		await call('POST', '/v1/groups', { name: 'Rivalry' }, 'rival');
		return ['Rivalry', 'Neverly'];
	},
	stream: async () => {
		await call('POST', '/v1/streams', { stream: 'rivalry' }, 'rival');
		return ['rivalry', 'neverly'];
	},
	erasure: async () => {
		const made = await call('POST', '/v1/erasures', { address: 'forgotten@d.test', reason: 'asked' }, 'rival');
		assert.equal(made.status, 202, made.text);
		return [made.json.id, `era_${'a'.repeat(26)}`];
	},
	address: async () => {
		assert.ok((await call('POST', '/v1/suppressions', { address: 'nevermore@d.test' }, 'rival')).status < 300);
		assert.ok((await call('PUT', '/v1/contacts/nevermore@d.test', { name: 'Lenore' }, 'rival')).status < 300);
		return ['nevermore@d.test', 'neverless@d.test'];
	},
};
await check('another account\'s group is as one that never was, in a body too', async () => {
	const made = await call('POST', '/v1/groups', { name: 'Bodies' }, 'rival');
	assert.equal(made.status, 201, made.text);
	const ids = [made.json.group, 2000000000];
	const answers = async (ask) => {
		const said = await Promise.all(ids.map(ask));
		return said.map((a) => ({ status: a.status, text: a.text.replace(a.headers.get('x-request-id'), 'REQUEST') }));
	};
	for (const [status, ask] of [
		[422, (group) => send(plain('Refused', { group }))],
		[404, (group) => call('POST', '/v1/suppressions', { address: 'g@d.test', group })],
		[404, (group) => call('GET', `/v1/suppressions?group=${group}`)],
		[404, (group) => call('GET', `/v1/suppressions/export?group=${group}`)],
		[404, (group) => call('DELETE', `/v1/suppressions/g@d.test?group=${group}`)],
		[404, (group) => call('POST', '/v1/suppressions/import', { rows: [{ address: 'g@d.test' }], group })],
	]) {
		const [foreign, random] = await answers(ask);
		assert.equal(foreign.status, status, foreign.text);
		assert.deepEqual(foreign, random);
	}
	const odd = await call('POST', '/v1/suppressions/import', { rows: [{ address: 'g@d.test', group: 1 }] });
	like(odd, { status: 200, 'json.changed': 0, 'json.errors.0.row': 0 });
});
await check('another account\'s stream is as one that never was, in a body too', async () => {
	assert.ok((await call('POST', '/v1/streams', { stream: 'rivals' }, 'rival')).status < 300);
	const number = (await call('GET', '/v1/streams/rivals', undefined, 'rival')).json.group;
	const answers = async (ask) => {
		const said = await Promise.all([['rivals', number], ['nobody', 4000000000]].map(([name, group]) => ask(name, group)));
		return said.map((a) => ({ status: a.status, text: a.text.replace(a.headers.get('x-request-id'), 'REQUEST') }));
	};
	for (const [status, ask] of [
		[422, (stream) => send(plain('Refused', { stream }))],
		[400, (stream) => call('GET', `/v1/messages?stream=${stream}`)],
		[400, (stream) => call('GET', `/v1/stats?stream=${stream}`)],
		[422, (stream) => call('POST', '/v1/webhooks', { url: 'http://127.0.0.1:18080/hook', stream })],
		[404, (_, group) => call('POST', '/v1/suppressions', { address: 'g@d.test', group })],
		[404, (_, group) => call('GET', `/v1/suppressions?group=${group}`)],
	]) {
		const [foreign, random] = await answers(ask);
		assert.equal(foreign.status, status, foreign.text);
		assert.deepEqual(foreign, random);
	}
});
await check('two accounts know the same address, each by itself', async () => {
	const path = '/v1/contacts/both@d.test';
	like(await call('PUT', path, { name: 'Theirs', properties: { of: 'rival' } }, 'rival'), { status: 201 });
	like(await call('PUT', path, { name: 'Ours' }), { status: 201, 'json.name': 'Ours', 'json.properties': {} });
	like(await call('GET', path, undefined, 'rival'), { status: 200, 'json.name': 'Theirs' });
	const listed = await call('GET', '/v1/contacts?search=both');
	assert.deepEqual(listed.json.data.map((c) => c.name), ['Ours']);
	const seen = await call('POST', '/v1/templates/render', { dialect: 'mailjet', text: '{{data:of:"nobody"}}', contact: 'both@d.test' });
	like(seen, { status: 200, 'json.text': 'nobody' });
	assert.equal((await call('DELETE', path)).status, 204);
	like(await call('GET', path, undefined, 'rival'), { status: 200, 'json.name': 'Theirs' });
});
await check('what the sink caught, and what is said of it', async () => {
	const row = await until('caught', async () => (await call('GET', '/v1/sink?search=Commande&limit=200')).json.data.find((r) => r.to.includes('bob@d.test')));
	const one = await call('GET', `/v1/sink/${row.id}`);
	like(one, { status: 200, 'json.id': row.id, 'json.account': 'shop', 'json.stream': 'transactional' });
	const levels = Object.fromEntries(one.json.advice.map((a) => [a.id, a.level]));
	assert.equal(levels.signature, 'good', one.text);
	assert.equal(levels.return_path, 'good', one.text);
	like(await call('GET', `/v1/sink/${row.id}/source`), { status: 200, text: /^DKIM-Signature: .*X-Order: 1005/s });
	like(await call('GET', `/v1/messages/${row.recipient}`), { status: 200, 'json.data.0.id': row.recipient });
});
const table = fs.readFileSync(new URL('../../src/api/route.c', import.meta.url), 'utf8');
const routes = [...table.matchAll(/\b(?:ID_|TEXTS_)\(\s*"([A-Z]+)",\s*"([^"]*\{[^"]*)"/g)].map((m) => [m[1], m[2]]);
await check('the table of routes is read', () => assert.ok(routes.length >= 7, String(routes)));
for (const [method, pattern] of routes)
	await check(`${method} ${pattern}: a foreign id is as one that never was`, async () => {
		const name = pattern.match(/\{([a-z_.]+)\}/)[1];
		assert.ok(theirs[name], `tests/api/native.mjs has no foreign id for {${name}}`);
		const [foreign, random] = await theirs[name](routes.findIndex((r) => r[0] === method && r[1] === pattern));
		const ask = async (id) => {
			const answer = await call(method, pattern.replace(/\{[^}]+\}/, id), method === 'GET' || method === 'DELETE' ? undefined : {});
			// Only what the caller said, and the id of the request, may differ.
			const text = answer.text.replaceAll(id, 'ID').replace(answer.headers.get('x-request-id'), 'REQUEST');
			return { status: answer.status, text, fields: [...answer.headers.keys()].sort() };
		};
		const a = await ask(foreign), b = await ask(random);
		assert.equal(a.status, 404, a.text);
		assert.deepEqual(a, b);
		// And it was not done.
		if (name === 'address') {
			const kept = await call('GET', `/v1/suppressions?address=${foreign}`, undefined, 'rival');
			assert.equal(kept.json.data.length, 1, kept.text);
		}
		if (name === 'user' || name === 'session')
			assert.equal((await fetch(`${origin}/v1/session`, { headers: { Cookie: rivalCookie } })).status, 200);
		const one = pattern.replace(/\/[a-z]+$/, '');
		if (!routes.some(([m, p]) => m === 'GET' && p === one))
			return;
		const still = await call('GET', one.replace(/\{[^}]+\}/, foreign), undefined, 'rival');
		assert.equal(still.status, 200, still.text);
		if (name === 'id')
			assert.match(still.json.data[0].state, /^(accepted|queued|deferred|scheduled)$/);
	});
done();
