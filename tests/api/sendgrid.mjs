// @sendgrid/mail and @sendgrid/client against the service: run by sendgrid.test.
import fs from 'node:fs';
import net from 'node:net';
import { assert, base, check, done, env, invoice, like, logo, raw, refused, require, sent } from './call.mjs';

const { MailService } = require('@sendgrid/mail');
const { Client } = require('@sendgrid/client');

function service(key) {
	const client = new Client();
	const mail = new MailService();
	mail.setClient(client);
	mail.setApiKey(key);
	client.setDefaultRequest('baseUrl', `${base}/`);
	return { mail, client };
}
const { mail, client } = service(env.BEARER);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const from = { email: 'orders@shop.test', name: 'Boutique Été' };
const plain = (subject, more) => ({ from, to: 'ann@d.test', subject, text: 'Voilà.', ...more });

await check('a message with everything', async () => {
	const [response, body] = await mail.send({
		from,
		replyTo: { email: 'help@shop.test', name: 'Aide' },
		to: [{ email: 'ann@d.test', name: 'Ann Ünal' }, 'Bob <bob@d.test>'],
		cc: 'cc@d.test',
		bcc: [{ email: 'hidden@d.test', name: 'Nobody' }],
		subject: 'Commande n° 2 – été 🎁',
		text: 'Bonjour,\nvoilà.',
		html: '<p>Bonjour <img src="cid:logo1"></p>',
		attachments: [
			{ content: invoice.toString('base64'), filename: 'facture é.pdf', type: 'application/pdf', disposition: 'attachment' },
			{ content: logo.toString('base64'), filename: 'logo.png', type: 'image/png', disposition: 'inline', content_id: 'logo1' },
		],
		headers: { 'X-Order': '1002', 'X-Note': 'à lire' },
		categories: ['order', 'web'],
		customArgs: { order: '1002' },
		trackingSettings: { clickTracking: { enable: false }, openTracking: { enable: false } },
		mailSettings: { footer: { enable: true, text: '\nÀ bientôt', html: '<p>À bientôt</p>' } },
	});
	assert.equal(response.statusCode, 202);
	assert.equal(body, '');
	assert.match(response.headers['x-message-id'], UUID);
	sent({ envelope: ['ann@d.test', 'bob@d.test', 'cc@d.test', 'hidden@d.test'], subject: 'Commande n° 2 – été 🎁',
		mail_from: 'orders@shop.test', from: 'Boutique Été <orders@shop.test>', to: ['Ann Ünal <ann@d.test>', 'Bob <bob@d.test>'],
		cc: ['cc@d.test'], reply_to: ['Aide <help@shop.test>'], text: 'Bonjour,\nvoilà.\nÀ bientôt',
		html: '<p>Bonjour <img src="cid:logo1"></p><p>À bientôt</p>', hidden: ['hidden@d.test', 'Nobody'],
		headers: { 'X-Order': '1002', 'X-Note': 'à lire' },
		files: [{ name: 'logo.png', type: 'image/png', cid: 'logo1', bytes: logo },
			{ name: 'facture é.pdf', type: 'application/pdf', cid: null, bytes: invoice }] });
});

await check('bypass settings: what the suppression list would hold back', async () => {
	await mail.send(plain('Bypass none', { to: ['ann@d.test', 'gone@d.test'] }));
	sent({ envelope: ['ann@d.test'], subject: 'Bypass none' });
	await mail.send(plain('Bypass bounce', { to: ['ann@d.test', 'gone@d.test'], mailSettings: { bypassBounceManagement: { enable: true } } }));
	sent({ envelope: ['ann@d.test'], subject: 'Bypass bounce' });
	await mail.send(plain('Bypass list', { to: ['ann@d.test', 'must@d.test'], mailSettings: { bypassListManagement: { enable: true } } }));
	sent({ envelope: ['ann@d.test', 'must@d.test'], subject: 'Bypass list' });
});

await check('sendMultiple: a message for each, substitutions', async () => {
	const [response] = await mail.sendMultiple(plain('Pour vous', { to: ['m1@d.test', { email: 'm2@d.test', name: 'Zoë' }] }));
	assert.equal(response.statusCode, 202);
	sent({ envelope: ['m1@d.test'], subject: 'Pour vous', to: ['m1@d.test'], text: 'Voilà.' });
	sent({ envelope: ['m2@d.test'], subject: 'Pour vous', to: ['Zoë <m2@d.test>'] });
});
await check('personalizations with their own subject, headers and texts', async () => {
	await mail.send({ from, text: 'Bonjour {{name}}', subject: 'unused', personalizations: [
		{ to: 'p1@d.test', subject: 'Pour Ann', substitutions: { name: 'Ann' }, headers: { 'X-N': '1' } },
		{ to: 'p2@d.test', subject: 'Pour Zoë', substitutions: { name: 'Zoë' }, customArgs: { n: '2' } },
	] });
	sent({ envelope: ['p1@d.test'], subject: 'Pour Ann', text: 'Bonjour Ann', headers: { 'X-N': '1' } });
	sent({ envelope: ['p2@d.test'], subject: 'Pour Zoë', text: 'Bonjour Zoë', no_headers: ['X-N'] });
});
await check('an array of messages is a call for each', async () => {
	const answers = await mail.send([plain('Array 1'), plain('Array 2', { html: '<b>2</b>', text: undefined })]);
	assert.deepEqual(answers.map(([r]) => r.statusCode), [202, 202]);
	assert.notEqual(answers[0][0].headers['x-message-id'], answers[1][0].headers['x-message-id']);
	sent({ envelope: ['ann@d.test'], subject: 'Array 1' });
	sent({ envelope: ['ann@d.test'], subject: 'Array 2', html: '<b>2</b>' });
});
await check('@sendgrid/client: the same call by hand', async () => {
	const [response] = await client.request({ method: 'POST', url: '/v3/mail/send', body: {
		from: { email: 'orders@shop.test' }, personalizations: [{ to: [{ email: 'ann@d.test' }] }],
		reply_to_list: [{ email: 'r1@shop.test' }, { email: 'r2@shop.test' }],
		subject: 'By hand', content: [{ type: 'text/plain', value: 'x' }, { type: 'text/html', value: '<p>x</p>' }] } });
	assert.equal(response.statusCode, 202);
	sent({ envelope: ['ann@d.test'], subject: 'By hand', reply_to: ['r1@shop.test', 'r2@shop.test'], text: 'x', html: '<p>x</p>' });
});
await check('a send_at of the past is now', async () => {
	await mail.send(plain('Late', { sendAt: Math.floor(Date.now() / 1000) - 3600 }));
	sent({ envelope: ['ann@d.test'], subject: 'Late' });
});
await check('sandbox: 200, not sent', async () => {
	const [response] = await mail.send(plain('Sandbox', { mailSettings: { sandboxMode: { enable: true } } }));
	assert.equal(response.statusCode, 200);
});

const error = (code, message, field, text) => ({ code, message: text ?? 'Bad Request', 'response.body.errors.0.message': message,
	'response.body.errors.0.field': field, 'response.body.errors.0.help': null });
const body = (more) => ({ from: { email: 'orders@shop.test' }, personalizations: [{ to: [{ email: 'ann@d.test' }] }], subject: 'Refused',
	content: [{ type: 'text/plain', value: 'x' }], ...more });
const post = (more, c = client) => () => c.request({ method: 'POST', url: '/v3/mail/send', body: typeof more === 'string' ? more : body(more) });
const bad = (what, more, message, field) => refused(what, post(more), error(400, message, field));

await refused('a wrong secret', () => service(`SG.${env.KEY}.wrong`).mail.send(plain('Refused')),
	error(401, 'The provided authorization grant is invalid, expired, or revoked', null, 'Unauthorized'));
await refused('a sender of nobody', () => mail.send(plain('Refused', { from: 'a@other.test' })),
	error(403, /The from address does not match a verified Sender Identity/, 'from', 'Forbidden'));
await bad('no personalization', { personalizations: [] }, 'You must have at least one personalization.', 'personalizations');
await bad('no to', { personalizations: [{}] }, 'The to parameter is required for all personalization objects.', 'personalizations.0.to');
await bad('a bad address', { personalizations: [{ to: [{ email: 'ann@d.test' }, { email: 'ann at d' }] }] }, 'Does not contain a valid address.',
	'personalizations.0.to.1.email');
await bad('a bad sender', { from: { email: 'x' } }, 'Does not contain a valid address.', 'from.email');
await bad('no from', { from: undefined }, /^The from object must be provided for every email send/, 'from');
await bad('an address twice', { personalizations: [{ to: [{ email: 'ann@d.test' }], cc: [{ email: 'ann@d.test' }] }] },
	/^Each unique email address in the personalizations array should only be included once. You have included ann@d.test more than once/, 'personalizations.0');
await bad('no subject', { subject: undefined }, /^The subject is required/, 'subject');
await bad('no content', { content: undefined }, /^The content param is required unless/, 'content');
await bad('HTML before text', { content: [{ type: 'text/html', value: 'x' }, { type: 'text/plain', value: 'x' }] }, /^Following RFC 1341, section 7.2/, 'content');
await bad('an empty content', { content: [{ type: 'text/plain', value: '' }] }, /^The content value must be a string at least one character/, 'content.0.value');
await bad('a reserved header', { headers: { 'X-SG-ID': '1' } }, 'Header cannot be one of the reserved keys.', 'headers.X-SG-ID');
await bad('a header that makes another', { headers: { 'X-A': 'a\r\nBcc: evil@d.test' } }, /control characters/, 'headers.X-A');
await bad('11 categories', { categories: 'abcdefghijk'.split('') }, 'There is a limit of 10 categories for each email that is sent. You provided 11 categories.', 'categories');
await bad('custom arguments that are no text', { custom_args: { n: 3 } }, 'All values of custom arguments object must be strings', 'custom_args');
await bad('four days ahead', { send_at: Math.floor(Date.now() / 1000) + 4 * 86400 }, 'Scheduling more than 72 hours in advance is forbidden.', 'send_at');
await bad('a template that is not there', { template_id: 'd-1', content: undefined, subject: undefined },
	/The Template ID must be a valid template id for your account. You provided d-1/, 'template_id');
await bad('an attachment that is not base64', { attachments: [{ content: '%%%', filename: 'a' }] }, 'The attachment content must be base64 encoded.', 'attachments.0.content');
await bad('1001 personalizations', { personalizations: Array.from({ length: 1001 }, () => ({ to: [{ email: 'a@d.test' }] })) },
	/limited to 1000 personalizations/, 'personalizations');
await bad('1001 recipients', { personalizations: [{ to: Array.from({ length: 1001 }, (_, i) => ({ email: `u${i}@d.test` })) }] },
	/limit of 1000 total recipients/, 'personalizations');
await bad('no JSON', '{"from": ', 'Bad Request', null);
await check('all mistakes are told at once', async () => {
	const e = await post({ subject: undefined, from: { email: 'x' }, headers: { Received: 'x' } })().then(() => assert.fail('202'), (x) => x);
	assert.ok(e.response.body.errors.length >= 3, JSON.stringify(e.response.body));
	assert.match(e.response.body.id, UUID);
});
await check('one bad personalization keeps all back', async () => {
	const e = await post({ personalizations: [{ to: [{ email: 'ann@d.test' }] }, { to: [{ email: 'bad' }] }] })().then(() => assert.fail('202'), (x) => x);
	like(e, { code: 400, 'response.body.errors.0.field': 'personalizations.1.to.0.email' });
});
await check('an address that is not there, a method that is not answered', async () => {
	like(await raw('GET', '/v3/nothing', { auth: `Bearer ${env.BEARER}` }), { status: 404, 'json.errors.0.message': 'not found' });
	like(await raw('GET', '/v3/mail/send', { auth: `Bearer ${env.BEARER}` }), { status: 405, 'json.errors.0.message': 'method not allowed' });
});

// What sendgrid-python 6.12 writes for Mail(from_email=('orders@shop.test', 'Boutique'), to_emails=…, subject=…,
// plain_text_content=…): made by Python's own urllib from the same dictionary, in the library's order of members and
// header fields. Only the host and the key are the test's.
await check('the Python program', async () => {
	const request = fs.readFileSync(new URL('order_confirmation.http', import.meta.url), 'utf8')
		.replace('Host: api.sendgrid.com', `Host: 127.0.0.1:${env.HTTP}`).replace('SG.KEY', env.BEARER);
	const answer = await new Promise((yes, no) => {
		const socket = net.connect(env.HTTP, '127.0.0.1', () => socket.write(request));
		let text = '';
		socket.on('data', (bytes) => { text += bytes; }).on('end', () => yes(text)).on('error', no);
	});
	assert.match(answer, /^HTTP\/1\.1 202 Accepted\r\n/);
	assert.match(answer, /\r\nX-Message-Id: [0-9a-f-]{36}\r\n/);
	assert.match(answer, /\r\nConnection: close\r\n/);
	assert.match(answer, /\r\n\r\n$/);
	sent({ envelope: ['ann@example.org'], subject: 'Votre commande n° 1001 est confirmée', mail_from: 'orders@shop.test',
		from: 'Boutique <orders@shop.test>', to: ['ann@example.org'],
		text: 'Bonjour Ann,\n\nVotre commande n° 1001 (42,00 €) est confirmée.\n\nMerci !' });
});
done();
