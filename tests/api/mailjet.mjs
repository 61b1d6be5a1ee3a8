// node-mailjet against the service: run by mailjet.test.
import { assert, check, done, env, invoice, like, logo, refused, require, sent } from './call.mjs';

const Mailjet = require('node-mailjet');

// This SDK speaks HTTPS only.
const config = { host: `localhost:${env.HTTPS}` };
const mailjet = Mailjet.apiConnect(env.KEY, env.SECRET, { config });
const v31 = (body, client = mailjet) => client.post('send', { version: 'v3.1' }).request(body);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const From = { Email: 'orders@shop.test', Name: 'Boutique Été' };

function plain(Subject, more) {
	return { From, To: [{ Email: 'ann@d.test' }], Subject, TextPart: 'Voilà.', ...more };
}

await check('a message with everything', async () => {
	const { response, body } = await v31({ Messages: [{
		From,
		To: [{ Email: 'ann@d.test', Name: 'Ann Ünal' }, { Email: 'bob@d.test' }],
		Cc: [{ Email: 'cc@d.test' }],
		Bcc: [{ Email: 'hidden@d.test', Name: 'Nobody' }],
		ReplyTo: { Email: 'help@shop.test', Name: 'Aide' },
		Subject: 'Commande n° 1 – été 🎁',
		TextPart: 'Bonjour Ann,\nvoilà.',
		HTMLPart: '<p>Bonjour Ann, <img src="cid:logo1"></p>',
		Attachments: [{ ContentType: 'application/pdf', Filename: 'facture é.pdf', Base64Content: invoice.toString('base64') }],
		InlinedAttachments: [{ ContentType: 'image/png', Filename: 'logo.png', ContentID: 'logo1', Base64Content: logo.toString('base64') }],
		Headers: { 'X-Order': '1001', 'X-Note': 'à lire' },
		CustomID: 'order-1001',
		EventPayload: '{"order":1001}',
		CustomCampaign: 'été',
		TrackOpens: 'disabled',
		TrackClicks: 'account_default',
		Priority: 2,
	}] });
	const [m] = body.Messages;

	assert.equal(response.status, 200);
	assert.match(response.headers['x-mj-request-guid'], UUID);
	like(m, { Status: 'success', CustomID: 'order-1001', 'To.length': 2, 'Cc.length': 1, 'Bcc.length': 1,
		'To.0.Email': 'ann@d.test', 'To.0.MessageUUID': UUID, 'Cc.0.Email': 'cc@d.test', 'Bcc.0.Email': 'hidden@d.test' });
	const all = [...m.To, ...m.Cc, ...m.Bcc];
	for (const to of all) {
		assert.ok(Number.isSafeInteger(to.MessageID) && to.MessageID > 0, `MessageID ${to.MessageID}`);
		assert.ok(to.MessageHref.endsWith(`/v3/REST/message/${to.MessageID}`), to.MessageHref);
	}
	assert.equal(new Set(all.map((to) => to.MessageID)).size, 4);
	assert.equal(new Set(all.map((to) => to.MessageUUID)).size, 4);
	sent({ envelope: all.map((to) => to.Email), subject: 'Commande n° 1 – été 🎁',
		mail_from: 'orders@shop.test', from: 'Boutique Été <orders@shop.test>',
		to: ['Ann Ünal <ann@d.test>', 'bob@d.test'], cc: ['cc@d.test'], reply_to: ['Aide <help@shop.test>'],
		text: 'Bonjour Ann,\nvoilà.', html: '<p>Bonjour Ann, <img src="cid:logo1"></p>', hidden: ['hidden@d.test', 'Nobody'],
		headers: { 'X-Order': '1001', 'X-Note': 'à lire' }, no_headers: ['X-MJ-CustomID', 'X-Mailjet-Campaign'],
		files: [{ name: 'logo.png', type: 'image/png', cid: 'logo1', bytes: logo },
			{ name: 'facture é.pdf', type: 'application/pdf', cid: null, bytes: invoice }] });
});

await check('several messages under Globals, names of members in any case', async () => {
	const { body } = await v31({
		Globals: { from: From, textpart: 'Pour tous', Headers: { 'X-All': 'yes' } },
		Messages: [
			{ To: [{ Email: 'g1@d.test' }], Subject: 'Global 1', CustomID: 'g1' },
			{ to: [{ email: 'g2@d.test' }], subject: 'Global 2', HtmlPart: '<b>2</b>', TextPart: 'own' },
		],
	});
	assert.deepEqual(body.Messages.map((m) => [m.Status, m.CustomID]), [['success', 'g1'], ['success', '']]);
	sent({ envelope: ['g1@d.test'], subject: 'Global 1', text: 'Pour tous', headers: { 'X-All': 'yes' } });
	sent({ envelope: ['g2@d.test'], subject: 'Global 2', text: 'own', html: '<b>2</b>' });
});

await check('an address given twice gets one mail', async () => {
	const { body } = await v31({ Messages: [plain('Twice', { To: [{ Email: 'two@d.test' }], Cc: [{ Email: 'two@D.test' }] })] });
	const [m] = body.Messages;
	assert.deepEqual([m.To.length, m.Cc.length], [1, 0]);
	sent({ envelope: ['two@d.test'], subject: 'Twice' });
});

await check('sandbox: checked, answered, not sent', async () => {
	const { body } = await v31({ SandboxMode: true, Messages: [plain('Sandbox')] });
	like(body.Messages[0], { Status: 'success', 'To.0.MessageUUID': '', 'To.0.MessageID': 0, 'To.0.Email': 'ann@d.test' });
});

const error = (ErrorCode, StatusCode, message, related) => ({ statusCode: StatusCode,
	'response.data.Messages.0.Status': 'error', 'response.data.Messages.0.Errors.0.ErrorCode': ErrorCode,
	'response.data.Messages.0.Errors.0.StatusCode': StatusCode, 'response.data.Messages.0.Errors.0.ErrorMessage': message,
	'response.data.Messages.0.Errors.0.ErrorIdentifier': UUID,
	...(related && { 'response.data.Messages.0.Errors.0.ErrorRelatedTo': related }), message });

const one = (more) => () => v31({ Messages: [plain('Refused', more)] });
await refused('no part', one({ TextPart: undefined }), error('send-0003', 400, /At least "HTMLPart", "TextPart" or "TemplateID" must be provided/,
	['TextPart', 'HTMLPart', 'TemplateID']));
await refused('no From', one({ From: undefined }), error('mj-0003', 400, /mandatory/, ['From']));
await refused('no address in To', one({ To: [{ Name: 'Ann' }] }), error('mj-0003', 400, /mandatory/, ['To[0].Email']));
await refused('empty To', one({ To: [] }), error('mj-0007', 400, /non-empty/, ['To']));
await refused('a bad address', one({ To: [{ Email: 'ann@d.test' }, { Email: 'ann at d.test' }] }),
	error('mj-0013', 400, /"ann at d\.test" is an invalid email address\./, ['To[1].Email']));
await refused('a type that is another', one({ Subject: 3 }), error('mj-0004', 400, /Type mismatch\. Expected type "string"/, ['Subject']));
await refused('an empty address', one({ To: [{ Email: '' }] }), error('mj-0012', 400, /empty/, ['To[0].Email']));
await refused('a value that is none', one({ TrackOpens: 'maybe' }), error('mj-0005', 400, /account_default/, ['TrackOpens']));
await refused('a long subject', one({ Subject: 'x'.repeat(256) }), error('mj-0006', 400, /too long/, ['Subject']));
await refused('a forbidden header', one({ Headers: { 'X-Mailer': 'me' } }), error('send-0011', 400, /cannot be customized/, ['Headers["X-Mailer"]']));
await refused('a header that makes another', one({ Headers: { 'X-A': 'a\r\nBcc: evil@d.test' } }), error('mj-0005', 400, /./, ['Headers["X-A"]']));
await refused('deduplication of no campaign', one({ DeduplicateCampaign: true }), error('send-0012', 400, /CustomCampaign/, ['CustomCampaign']));
await refused('reporting without the language', one({ TemplateErrorReporting: { Email: 'a@d.test' } }), error('send-0016', 400, /TemplateLanguage/));
await refused('reports to no address', one({ TemplateLanguage: true, TemplateErrorReporting: { Email: 'dev' } }), error('mj-0013', 400, /"dev" is an invalid/, ['TemplateErrorReporting.Email']));
await refused('a template that is not there', one({ TextPart: undefined, TemplateID: 77 }), error('send-0010', 400, /77/, ['TemplateID']));
await refused('51 recipients', one({ To: Array.from({ length: 51 }, (_, i) => ({ Email: `u${i}@d.test` })) }),
	error('send-0015', 400, /Total number of recipients exceeded\. Max allowed - 50/));
await refused('a sender of nobody', one({ From: { Email: 'a@other.test' } }), error('send-0008', 403, /./, ['From']));

const call = (ErrorCode, statusCode, message) => ({ statusCode, ErrorCode, ErrorMessage: message, ErrorIdentifier: UUID, message });
await refused('51 messages', () => v31({ Messages: Array.from({ length: 51 }, () => plain('Refused')) }), call('mj-0008', 400, /too long/));
await refused('no messages', () => v31({ Messages: [] }), call('mj-0007', 400, /non-empty/));
await refused('nothing at all', () => v31({}), call('mj-0003', 400, /mandatory/));
await refused('no JSON', () => v31('{"Messages": ['), call('mj-0002', 400, /Malformed JSON, please review the syntax and properties types/));
await refused('a wrong secret', () => v31({ Messages: [plain('Refused')] }, Mailjet.apiConnect(env.KEY, 'wrong', { config })),
	call('mj-0015', 401, /API key authentication\/authorization failure/));

await check('one of three is wrong: the others go, and the status is 400', async () => {
	const Messages = [plain('Part 1'), plain('Part 2', { To: [{ Email: 'bad' }] }), plain('Part 3')];
	const e = await v31({ Messages }).then(() => assert.fail('200'), (x) => x);

	assert.equal(e.statusCode, 400);
	assert.deepEqual(e.response.data.Messages.map((m) => m.Status), ['success', 'error', 'success']);
	like(e.response.data.Messages[1], { 'Errors.0.ErrorCode': 'mj-0013' });
	assert.ok(e.response.data.Messages[2].To[0].MessageID > 0);
	sent({ envelope: ['ann@d.test'], subject: 'Part 1' });
	sent({ envelope: ['ann@d.test'], subject: 'Part 3' });
});

done();
