// The postmark SDK against the service: run by postmark.test.
import { assert, check, done, env, host, invoice, like, logo, raw, refused, require, sent } from './call.mjs';

const { Errors, ServerClient } = require('postmark');

const options = { useHttps: false, requestHost: host, timeout: 60 };
const client = new ServerClient(env.TOKEN, options);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const plain = (Subject, more) => ({ From: 'orders@shop.test', To: 'ann@d.test', Subject, TextBody: 'Voilà.', ...more });
const ok = (answer, To) => like(answer, { ErrorCode: 0, Message: 'OK', To, MessageID: UUID,
	SubmittedAt: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/ });

await check('a message with everything', async () => {
	const answer = await client.sendEmail({
		From: 'Boutique Été <orders@shop.test>',
		To: '"Ann, Ünal" <ann@d.test>, bob@d.test',
		Cc: 'cc@d.test',
		Bcc: 'Nobody <hidden@d.test>',
		ReplyTo: 'Aide <help@shop.test>',
		Subject: 'Commande n° 3 – été 🎁',
		TextBody: 'Bonjour,\nvoilà.',
		HtmlBody: '<p>Bonjour <img src="cid:logo1"></p>',
		Tag: 'order',
		Metadata: { order: '1003', customer: 'Ünal' },
		Headers: [{ Name: 'X-Order', Value: '1003' }, { Name: 'X-Note', Value: 'à lire' }],
		TrackOpens: false,
		TrackLinks: 'None',
		MessageStream: 'outbound',
		Attachments: [
			{ Name: 'facture é.pdf', Content: invoice.toString('base64'), ContentType: 'application/pdf', ContentID: null },
			{ Name: 'logo.png', Content: logo.toString('base64'), ContentType: 'image/png', ContentID: 'cid:logo1' },
		],
	});
	ok(answer, '"Ann, Ünal" <ann@d.test>, bob@d.test');
	like(answer, { Cc: 'cc@d.test', Bcc: 'Nobody <hidden@d.test>' });
	sent({ envelope: ['ann@d.test', 'bob@d.test', 'cc@d.test', 'hidden@d.test'], subject: 'Commande n° 3 – été 🎁',
		mail_from: 'orders@shop.test', from: 'Boutique Été <orders@shop.test>', to: ['"Ann, Ünal" <ann@d.test>', 'bob@d.test'],
		cc: ['cc@d.test'], reply_to: ['Aide <help@shop.test>'], text: 'Bonjour,\nvoilà.',
		html: '<p>Bonjour <img src="cid:logo1"></p>', hidden: ['hidden@d.test', 'Nobody'],
		headers: { 'X-Order': '1003', 'X-Note': 'à lire' }, no_headers: ['X-PM-Tag', 'X-PM-Metadata-order'],
		files: [{ name: 'logo.png', type: 'image/png', cid: 'logo1', bytes: logo },
			{ name: 'facture é.pdf', type: 'application/pdf', cid: null, bytes: invoice }] });
});
await check('HTML alone, to the broadcast stream', async () => {
	ok(await client.sendEmail({ From: 'orders@shop.test', To: 'ann@d.test', Subject: 'Broadcast', HtmlBody: '<b>b</b>', MessageStream: 'broadcast' }), 'ann@d.test');
	sent({ envelope: ['ann@d.test'], subject: 'Broadcast', html: '<b>b</b>' });
});
await check('two mails have two ids', async () => {
	const [a, b] = await Promise.all([client.sendEmail(plain('Id 1')), client.sendEmail(plain('Id 2'))]);
	assert.notEqual(a.MessageID, b.MessageID);
	sent({ envelope: ['ann@d.test'], subject: 'Id 1' });
	sent({ envelope: ['ann@d.test'], subject: 'Id 2' });
});
await check('a batch, one of it wrong: 200, in the order of the request', async () => {
	const answers = await client.sendEmailBatch([plain('Batch 1'), plain('Batch 2', { To: 'not an address' }),
		plain('Batch 3', { From: 'a@other.test' }), plain('Batch 4', { To: 'b4@d.test' })]);
	assert.deepEqual(answers.map((a) => a.ErrorCode), [0, 300, 400, 0]);
	like(answers, { '0.To': 'ann@d.test', '0.MessageID': UUID, '1.Message': /Invalid 'To' address/, '1.MessageID': undefined,
		'2.Message': /a@other\.test.* is not a Sender Signature on your account/, '3.To': 'b4@d.test', '3.Message': 'OK' });
	sent({ envelope: ['ann@d.test'], subject: 'Batch 1' });
	sent({ envelope: ['b4@d.test'], subject: 'Batch 4' });
});
await check('test token: checked, answered, not sent', async () => {
	const test = new ServerClient('POSTMARK_API_TEST', options);
	like(await test.sendEmail(plain('Test')), { ErrorCode: 0, Message: 'Test job accepted', MessageID: UUID });
	await assert.rejects(test.sendEmail(plain('Test', { To: '' })), { code: 300, statusCode: 422 });
});

await check('recipients on the suppression list: the SDK finds them in the text', async () => {
	const e = await client.sendEmail(plain('Inactive', { To: 'gone@d.test' })).then(() => assert.fail('200'), (x) => x);
	assert.ok(e instanceof Errors.InactiveRecipientsError, e);
	like(e, { statusCode: 422, code: 406, recipients: ['gone@d.test'] });
	const some = await client.sendEmail(plain('Partly inactive', { To: 'ann@d.test, gone@d.test' }));
	like(some, { ErrorCode: 0, Message: 'Message OK, but will not deliver to these inactive addresses: gone@d.test.', MessageID: UUID });
	sent({ envelope: ['ann@d.test'], subject: 'Partly inactive' });
	const batch = await client.sendEmailBatch([plain('Batch inactive', { To: 'gone@d.test' }), plain('Batch active')]);
	assert.deepEqual(batch.map((a) => a.ErrorCode), [406, 0]);
	sent({ envelope: ['ann@d.test'], subject: 'Batch active' });
});

const input = (code, message, name = 'ApiInputError') => ({ name, statusCode: 422, code, message });
const bad = (what, more, code, message, name) => refused(what, () => client.sendEmail(plain('Refused', more)), input(code, message, name));
const invalid = 'InvalidEmailRequestError';

await refused('a wrong token', () => new ServerClient('01234567-89ab-4cde-8f01-23456789abcd', options).sendEmail(plain('Refused')),
	{ name: 'InvalidAPIKeyError', statusCode: 401, code: 10, message: /Request does not contain a valid Server token/ });
await bad('no From', { From: undefined }, 300, /Invalid 'From' address/, invalid);
await bad('a bad From', { From: 'orders at shop' }, 300, /Invalid 'From' address: 'orders at shop'/, invalid);
await bad('no recipient', { To: undefined }, 300, /Zero recipients specified/, invalid);
await bad('a bad To', { To: 'ann@d.test, bad@@d' }, 300, /Invalid 'To' address: 'bad@@d'/, invalid);
await bad('a bad Cc', { Cc: 'x' }, 300, /Invalid 'Cc' address/, invalid);
await bad('no body', { TextBody: undefined }, 300, /Provide either email TextBody or HtmlBody or both/, invalid);
await bad('51 recipients', { To: Array.from({ length: 51 }, (_, i) => `u${i}@d.test`).join(', ') }, 300, /Maximum of 50 recipients/, invalid);
await bad('a long subject', { Subject: 'x'.repeat(2001) }, 300, /'Subject' is longer than 2000 characters/, invalid);
await bad('a header that is ours', { Headers: [{ Name: 'Subject', Value: 'x' }] }, 300, /'Subject'/, invalid);
await bad('a header that makes another', { Headers: [{ Name: 'X-A', Value: 'a\r\nBcc: evil@d.test' }] }, 300, /'X-A'/, invalid);
await bad('an attachment that is not base64', { Attachments: [{ Name: 'a.pdf', Content: '%%%', ContentType: 'application/pdf' }] }, 300, /./, invalid);
await bad('an attachment that is a program', { Attachments: [{ Name: 'a.exe', Content: 'AAAA', ContentType: 'application/octet-stream' }] }, 411, /file type not allowed/);
await bad('a sender of nobody', { From: 'a@other.test' }, 400, /The 'From' address you supplied \(a@other\.test\) is not a Sender Signature on your account/);
await bad('a stream that is not there', { MessageStream: 'nothing' }, 1235, /MessageStream.* does not exist on this server/);
await bad('the stream of inbound mail', { MessageStream: 'inbound' }, 1236, /Sending is not supported/);
await bad('a value of another type', { Metadata: { n: 3 } }, 403, /Metadata\.n/);
await refused('an empty batch', () => client.sendEmailBatch([]), input(300, /Zero messages/, invalid));
await refused('501 messages', () => client.sendEmailBatch(Array.from({ length: 501 }, () => plain('Refused'))), input(410, /up to 500 messages/));
await refused('a template that is not there', () => client.sendEmailWithTemplate({ From: 'orders@shop.test', To: 'ann@d.test', TemplateId: 77, TemplateModel: {} }),
	input(1101, /TemplateId/));
await refused('an alias that is not there', () => client.sendEmailWithTemplate({ From: 'orders@shop.test', To: 'ann@d.test', TemplateAlias: 'x', TemplateModel: {} }),
	input(1101, /Alias/));
await check('a batch with templates that are not there', async () => {
	const answers = await client.sendEmailBatchWithTemplates([{ From: 'orders@shop.test', To: 'ann@d.test', TemplateId: 77, TemplateModel: {} }]);
	assert.deepEqual(answers.map((a) => a.ErrorCode), [1101]);
});
await check('the classes of exceptions are the SDK\'s own', async () => {
	const e = await client.sendEmail(plain('Refused', { To: '' })).then(() => assert.fail('200'), (x) => x);
	assert.ok(e instanceof Errors.InvalidEmailRequestError && e instanceof Errors.ApiInputError);
});
await check('no JSON, and an address that is not there', async () => {
	const headers = { 'x-postmark-server-token': env.TOKEN, 'content-type': 'application/json' };
	like(await raw('POST', '/email', { headers, body: '{"From": ' }), { status: 422, 'json.ErrorCode': 402 });
	like(await raw('POST', '/email', { headers, body: '[]' }), { status: 422, 'json.ErrorCode': 403 });
	like(await raw('GET', '/email', { headers }), { status: 405 });
	// This SDK takes a prefix, and paths in any case.
	like(await raw('POST', '/postmark/Email/', { headers, body: plain('Prefix') }), { status: 200, 'json.ErrorCode': 0 });
	sent({ envelope: ['ann@d.test'], subject: 'Prefix' });
});
done();
