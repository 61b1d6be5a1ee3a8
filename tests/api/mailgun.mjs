// mailgun.js against the service: run by mailgun.test.
import { assert, base, basic, check, done, env, invoice, like, logo, raw, refused, require, sent } from './call.mjs';

const Mailgun = require('mailgun.js');
const form = require('form-data');

const made = (FormData, key, more) => new Mailgun(FormData).client({ username: 'api', key, url: base, timeout: 60000, ...more });
const mg = made(form, env.SECRET);
const send = (data, domain = 'shop.test', client = mg) => client.messages.create(domain, data);
const plain = (subject, more) => ({ from: 'orders@shop.test', to: 'ann@d.test', subject, text: 'Voilà.', ...more });
const ID = /^<[^<>@\s]+@[^<>@\s]+>$/;

await check('a message with everything', async () => {
	const answer = await send({
		from: 'Boutique Été <orders@shop.test>',
		to: ['Ann Ünal <ann@d.test>', 'bob@d.test'],
		cc: 'cc@d.test',
		bcc: 'Nobody <hidden@d.test>',
		subject: 'Commande n° 4 – été 🎁',
		text: 'Bonjour,\nvoilà.',
		html: '<p>Bonjour <img src="cid:logo.png"></p>',
		attachment: [{ filename: 'facture é.pdf', data: invoice, contentType: 'application/pdf' }],
		inline: [{ filename: 'logo.png', data: logo, contentType: 'image/png' }],
		'h:Reply-To': 'Aide <help@shop.test>',
		'h:X-Order': '1004',
		'h:X-Note': 'à lire',
		'v:order': '1004',
		'v:customer': JSON.stringify({ name: 'Ünal' }),
		'o:tag': ['order', 'été'],
		'o:tracking': 'no',
		'o:testmode': 'no',
	});
	like(answer, { status: 200, message: 'Queued. Thank you.', id: ID });
	sent({ envelope: ['ann@d.test', 'bob@d.test', 'cc@d.test', 'hidden@d.test'], subject: 'Commande n° 4 – été 🎁', message_id: answer.id,
		mail_from: 'orders@shop.test', from: 'Boutique Été <orders@shop.test>', to: ['Ann Ünal <ann@d.test>', 'bob@d.test'],
		cc: ['cc@d.test'], reply_to: ['Aide <help@shop.test>'], text: 'Bonjour,\nvoilà.',
		html: '<p>Bonjour <img src="cid:logo.png"></p>', hidden: ['hidden@d.test', 'Nobody'],
		headers: { 'X-Order': '1004', 'X-Note': 'à lire' }, no_headers: ['X-Mailgun-Variables', 'X-Mailgun-Tag'],
		files: [{ name: 'logo.png', type: 'image/png', cid: 'logo.png', bytes: logo },
			{ name: 'facture é.pdf', type: 'application/pdf', cid: null, bytes: invoice }] });
});
await check('Node\'s own FormData and fetch', async () => {
	const answer = await send(plain('Fetch', { attachment: { filename: 'a.bin', data: invoice } }), 'shop.test',
		made(FormData, env.SECRET, { useFetch: true }));
	like(answer, { status: 200, id: ID });
	sent({ envelope: ['ann@d.test'], subject: 'Fetch', message_id: answer.id, text: 'Voilà.',
		files: [{ name: 'a.bin', bytes: invoice }] });
});
await check('recipient variables: a message for each, nobody sees the others', async () => {
	const answer = await send({ from: 'orders@shop.test', to: ['v1@d.test', 'Zoë <v2@d.test>'], subject: 'Pour %recipient.name%',
		text: 'Bonjour %recipient.name%, n° %recipient.n%', 'recipient-variables': JSON.stringify({
			'v1@d.test': { name: 'Ann', n: 1 }, 'v2@d.test': { name: 'Zoë', n: 2 } }) });
	like(answer, { status: 200, id: ID });
	sent({ envelope: ['v1@d.test'], subject: 'Pour Ann', text: 'Bonjour Ann, n° 1', to: ['v1@d.test'], hidden: ['v2@d.test'] });
	sent({ envelope: ['v2@d.test'], subject: 'Pour Zoë', text: 'Bonjour Zoë, n° 2', to: ['Zoë <v2@d.test>'], hidden: ['v1@d.test'] });
});
await check('a message that is MIME already', async () => {
	const mime = 'From: Shop <orders@shop.test>\r\nTo: ann@d.test\r\nBcc: secret@d.test\r\nSubject: =?utf-8?q?MIME_=C3=A9?=\r\n' +
		'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nVm9pbMOgLg==\r\n';
	const answer = await send({ to: ['ann@d.test', 'other@d.test'], message: Buffer.from(mime) });
	like(answer, { status: 200, message: 'Queued. Thank you.', id: ID });
	sent({ envelope: ['ann@d.test', 'other@d.test'], subject: 'MIME é', message_id: answer.id, from: 'Shop <orders@shop.test>', text: 'Voilà.', hidden: ['secret@d.test'] });
});
await check('a Message-ID of the client\'s own is kept', async () => {
	const answer = await send(plain('Own id', { 'h:Message-Id': '<order-1004@shop.test>' }));
	assert.equal(answer.id, '<order-1004@shop.test>');
	sent({ envelope: ['ann@d.test'], subject: 'Own id', message_id: '<order-1004@shop.test>' });
});
await check('test mode: checked, answered, not sent', async () => {
	like(await send(plain('Test', { 'o:testmode': 'yes' })), { status: 200, message: 'Queued. Thank you.', id: ID });
});
await check('urlencoded, as curl -d sends it', async () => {
	const answer = await raw('POST', '/v3/shop.test/messages', { auth: basic('api', env.SECRET),
		headers: { 'content-type': 'application/x-www-form-urlencoded' },
		body: new URLSearchParams([['from', 'orders@shop.test'], ['to', 'a1@d.test'], ['to', 'a2@d.test'], ['subject', 'Form é'], ['text', 'a+b & c']]).toString() });
	like(answer, { status: 200, 'json.message': 'Queued. Thank you.', 'json.id': ID });
	sent({ envelope: ['a1@d.test', 'a2@d.test'], subject: 'Form é', text: 'a+b & c', message_id: answer.json.id });
});

const error = (status, details, message) => ({ status, details, type: 'MailgunAPIError', ...(message && { message }) });
const bad = (what, more, details) => refused(what, () => send(plain('Refused', more)), error(400, details, 'Bad Request'));

await refused('a wrong key', () => send(plain('Refused'), 'shop.test', made(form, 'wrong')), error(401, 'Forbidden', 'Unauthorized'));
await bad('no sender', { from: undefined }, /from.* parameter/);
await bad('a bad sender', { from: 'x' }, '\'from\' parameter is not a valid address. please check documentation');
await bad('no recipient', { to: undefined }, 'to parameter is missing');
await bad('a bad recipient', { to: ['ann@d.test', 'ann at d'] }, '\'to\' parameter is not a valid address. please check documentation');
await bad('1001 recipients', { to: Array.from({ length: 1001 }, (_, i) => `u${i}@d.test`).join(',') }, 'Too many recipients; max is 1000');
await bad('a header that is ours', { 'h:Received': 'x' }, /h:Received/);
await bad('a header that makes another', { 'h:X-A': 'a\r\nBcc: evil@d.test' }, /h:X-A/);
await bad('a time that is none', { 'o:deliverytime': 'tomorrow' }, /o:deliverytime/);
await bad('four days ahead', { 'o:deliverytime': new Date(Date.now() + 4 * 86400000).toUTCString() }, /o:deliverytime/);
await bad('a switch that is none', { 'o:testmode': 'perhaps' }, /o:testmode/);
await bad('variables that are no JSON', { 'recipient-variables': '{' }, /recipient-variables/);
await bad('a template that is not there', { template: 'welcome' }, /template 'welcome' not found/);
await refused('the sender of another domain', () => send(plain('Refused', { from: 'a@other.test' })), error(403, /./, 'Forbidden'));
await refused('a domain of nobody', () => send(plain('Refused', { from: 'a@other.test' }), 'other.test'), error(403, /./, 'Forbidden'));
await check('neither text nor HTML', async () => {
	like(await raw('POST', '/v3/shop.test/messages', { auth: basic('api', env.SECRET), body: 'from=orders@shop.test&to=ann@d.test',
		headers: { 'content-type': 'application/x-www-form-urlencoded' } }), { status: 400, 'json.message': /Need at least one of 'text'/ });
	like(await raw('POST', '/v3/shop.test/messages', { auth: basic('api', env.SECRET), body: '{}', headers: { 'content-type': 'application/json' } }),
		{ status: 400, 'json.message': /multipart\/form-data/ });
});
done();
