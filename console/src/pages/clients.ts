/* Settings of programs, ready to paste. Pure texts: names of things are the programs' own, so in no language of ours. */
export interface Access {
	host: string;
	user: string;
	password: string;
	from: string;
	origin: string; /* of the HTTP API */
}

export const CLIENTS: readonly (readonly [string, (a: Access) => string])[] = [
	["curl", (a) => `curl ${a.origin}/v1/messages --user '${a.user}:${a.password}' --json '{
  "from": "${a.from}", "to": "you@example.org",
  "subject": "Bonjour", "text": "1, 2, 3" }'`],
	["Laravel", (a) => `# .env
MAIL_MAILER=smtp
MAIL_HOST=${a.host}
MAIL_PORT=587
MAIL_USERNAME=${a.user}
MAIL_PASSWORD="${a.password}"
MAIL_FROM_ADDRESS=${a.from}`],
	["Symfony", (a) => `# .env
MAILER_DSN=smtp://${encodeURIComponent(a.user)}:${encodeURIComponent(a.password)}@${a.host}:587`],
	["Django", (a) => `# settings.py
EMAIL_HOST = "${a.host}"
EMAIL_PORT = 587
EMAIL_USE_TLS = True
EMAIL_HOST_USER = "${a.user}"
EMAIL_HOST_PASSWORD = "${a.password}"
DEFAULT_FROM_EMAIL = "${a.from}"`],
	["Nodemailer", (a) => `const transport = nodemailer.createTransport({
  host: "${a.host}", port: 587, requireTLS: true,
  auth: { user: "${a.user}", pass: "${a.password}" },
});
await transport.sendMail({ from: "${a.from}", to: "you@example.org", subject: "Bonjour", text: "1, 2, 3" });`],
	["WordPress", (a) => `// wp-config.php, with the plugin WP Mail SMTP
define( 'WPMS_ON', true );
define( 'WPMS_MAILER', 'smtp' );
define( 'WPMS_SMTP_HOST', '${a.host}' );
define( 'WPMS_SMTP_PORT', 587 );
define( 'WPMS_SSL', 'tls' );
define( 'WPMS_SMTP_AUTH', true );
define( 'WPMS_SMTP_USER', '${a.user}' );
define( 'WPMS_SMTP_PASS', '${a.password}' );
define( 'WPMS_MAIL_FROM', '${a.from}' );`],
	["Postfix", (a) => `# /etc/postfix/main.cf
relayhost = [${a.host}]:587
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd
smtp_tls_security_level = verify
smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt

# /etc/postfix/sasl_passwd (chmod 600, then: postmap /etc/postfix/sasl_passwd)
[${a.host}]:587 ${a.user}:${a.password}`],
	["Thunderbird, Outlook", (a) => `${a.host}
SMTP  465  SSL/TLS
${a.user}
${a.password}`],
	["swaks", (a) => `swaks --server ${a.host}:587 --tls --auth PLAIN \\
  --auth-user ${a.user} --auth-password '${a.password}' \\
  --from ${a.from} --to you@example.org`],
];

export function port_tests(host: string): string {
	return `openssl s_client -connect ${host}:587 -starttls smtp -quiet
openssl s_client -connect ${host}:465 -quiet
openssl s_client -connect ${host}:2525 -starttls smtp -quiet
openssl s_client -connect ${host}:25 -starttls smtp -quiet`;
}
