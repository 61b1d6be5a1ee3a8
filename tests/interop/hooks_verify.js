// Reads the lines of hooks_post and checks them as a customer would, with the vendors' own helpers.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const readline = require('readline');
const { Webhook } = require('standardwebhooks');
const { EventWebhook, EventWebhookHeader } = require('@sendgrid/eventwebhook');

const SECRETS = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'];
const counts = {};

function standard(post, body) {
	for (const secret of SECRETS) {
		assert.ok(new Webhook(secret).verify(body, post.headers));
		assert.throws(() => new Webhook(secret).verify(body + ' ', post.headers));
	}
	assert.throws(() => new Webhook('whsec_' + Buffer.alloc(24, 7).toString('base64')).verify(body, post.headers));
}

function sendgrid(post, body) {
	const helper = new EventWebhook();
	const key = helper.convertPublicKeyToECDSA(post.public);
	const signature = post.headers[EventWebhookHeader.SIGNATURE()];
	const time = post.headers[EventWebhookHeader.TIMESTAMP()];

	assert.strictEqual(helper.verifySignature(key, body, signature, time), true);
	assert.strictEqual(helper.verifySignature(key, Buffer.from(body), signature, time), true);
	assert.strictEqual(helper.verifySignature(key, body + ' ', signature, time), false);
	assert.strictEqual(helper.verifySignature(key, body, signature, String(Number(time) + 1)), false);
}

// As Mailgun's documentation tells its customers to.
function mailgun(body) {
	const { timestamp, token, signature } = JSON.parse(body).signature;
	const hmac = crypto.createHmac('sha256', SECRETS[0]).update(timestamp + token).digest('hex');

	assert.strictEqual(signature, hmac);
}

readline.createInterface({ input: process.stdin }).on('line', line => {
	const post = JSON.parse(line);
	const body = Buffer.from(post.body, 'base64').toString();
	const json = JSON.parse(body);

	assert.strictEqual(Array.isArray(json) ? json.length : 1, post.told);
	assert.strictEqual(post.headers['Content-Type'], 'application/json');
	if (post.format === 'sendgrid')
		sendgrid(post, body);
	else if (post.format === 'mailgun')
		mailgun(body);
	else
		standard(post, body);
	counts[post.format] = (counts[post.format] || 0) + post.told;
}).on('close', () => {
	console.log(JSON.stringify(counts));
	for (const format of ['native', 'mailjet-1', 'mailjet-2', 'sendgrid', 'postmark', 'mailgun'])
		assert.ok(counts[format] >= 9, format);
});
