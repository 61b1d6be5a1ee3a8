// The conversations of nodemailer.test: PLAIN-PORT STARTTLS-PORT TLS-PORT KEY SECRET FOLDER.
'use strict';
const fs = require('node:fs');
const nodemailer = require('nodemailer');

const [plain, starttls, tls] = process.argv.slice(2, 5).map(Number);
const [user, pass, folder] = process.argv.slice(5);
const ca = fs.readFileSync(`${folder}/cert.pem`);

function transport(port, more) {
	return nodemailer.createTransport({
		host: '127.0.0.1', port, auth: { user, pass }, tls: { ca }, connectionTimeout: 20000, ...more,
	});
}

function raw(name) {
	const text = 'From: sender@example.test\r\nTo: u@d.test\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n' +
		`Message-ID: <${name}@example.test>\r\nSubject: ${name}\r\n\r\nnodemailer ${name}\r\n.dot\r\n`;
	fs.writeFileSync(`${folder}/sent-${name}`, text);
	return { envelope: { from: 'sender@example.test', to: ['u@d.test'] }, raw: text };
}

async function main() {
	await transport(plain, { ignoreTLS: true, authMethod: 'LOGIN' }).sendMail(raw('plain'));
	await transport(starttls, { requireTLS: true }).sendMail(raw('starttls'));
	await transport(tls, { secure: true }).sendMail(raw('tls'));

	const pool = transport(tls, { secure: true, pool: true, maxConnections: 3, maxMessages: 5 });
	await Promise.all(Array.from({ length: 20 }, (_, i) => pool.sendMail({
		from: '"Boutique É" <sender@example.test>', to: `u${i}@d.test`,
		bcc: i === 0 ? 'hidden@d.test' : undefined,
		subject: `Commande n° ${i}`, text: 'Voilà.', html: '<p>Voilà.</p>',
		attachments: [{ filename: 'a.bin', content: Buffer.alloc(20000, i) }],
	})));
	pool.close();

	try {
		await transport(starttls, { auth: { user, pass: 'wrong' } }).sendMail(raw('wrong'));
	} catch (e) {
		if (e.responseCode !== 535)
			throw e;
		return;
	}
	throw new Error('a wrong secret was taken');
}

main().catch((e) => {
	console.error(e);
	process.exit(1);
});
