/* Settings of programs, ready to paste. Pure texts: names of things are the programs' own, in their language. */
import type { Submission } from "../session";

export interface Access {
	host: string;
	port: number;
	tls: boolean; /* from the first byte; else STARTTLS, or none */
	none: boolean; /* no encryption at all, in a lab */
	user: string;
	password: string;
	from: string;
	origin: string; /* of the HTTP API */
	french: boolean;
}

export interface Port {
	number: string;
	encryption: "STARTTLS" | "TLS" | "–";
}

/* What the service listens on, in the order in which people try; what has no TLS is a lab's, and meant to be used there. */
const ORDER = [587, 465, 2525, 588, 25, 80];
const rank = (p: Port): number => (ORDER.indexOf(Number(p.number)) + ORDER.length + 1) % (ORDER.length + 1);
export function ports_of(s: Submission): Port[] {
	const of = (list: number[], encryption: Port["encryption"]): Port[] => list.map((n) => ({ number: String(n), encryption }));
	return [...of(s.plain, "–"), ...[...of(s.starttls, "STARTTLS"), ...of(s.tls, "TLS")].sort((a, b) => rank(a) - rank(b))];
}

const encryption = (a: Access): string => (a.tls ? "SSL/TLS" : a.none ? (a.french ? "Aucune" : "None") : "STARTTLS");

/* Labels of a window, one a line. */
function form(rows: readonly (readonly [string, string])[]): string {
	const width = Math.max(...rows.map(([name]) => [...name].length));
	return rows.map(([name, value]) => (value ? `${name.padEnd(width)}  ${value}` : name)).join("\n");
}

export const CLIENTS: readonly (readonly [string, (a: Access) => string])[] = [
	["curl", (a) => `curl ${a.origin}/v1/messages --user '${a.user}:${a.password}' --json '{
  "from": "${a.from}", "to": "you@example.org",
  "subject": "Bonjour", "text": "1, 2, 3" }'`],
	["Laravel", (a) => `# .env
MAIL_MAILER=smtp
MAIL_SCHEME=${a.tls ? "smtps" : "smtp"}
# Laravel 10: MAIL_ENCRYPTION=${a.tls ? "ssl" : a.none ? "null" : "tls"}
MAIL_HOST=${a.host}
MAIL_PORT=${a.port}
MAIL_USERNAME=${a.user}
MAIL_PASSWORD="${a.password}"
MAIL_FROM_ADDRESS=${a.from}`],
	["Symfony", (a) => `# .env
MAILER_DSN=${a.tls ? "smtps" : "smtp"}://${encodeURIComponent(a.user)}:${encodeURIComponent(a.password)}@${a.host}:${a.port}`],
	["Django", (a) => `# settings.py
EMAIL_HOST = "${a.host}"
EMAIL_PORT = ${a.port}
EMAIL_USE_${a.tls ? "SSL" : "TLS"} = ${a.none ? "False" : "True"}
EMAIL_HOST_USER = "${a.user}"
EMAIL_HOST_PASSWORD = "${a.password}"
DEFAULT_FROM_EMAIL = "${a.from}"`],
	["Nodemailer", (a) => `const transport = nodemailer.createTransport({
  host: "${a.host}", port: ${a.port}, ${a.tls ? "secure: true" : a.none ? "secure: false" : "requireTLS: true"},
  auth: { user: "${a.user}", pass: "${a.password}" },
});
await transport.sendMail({ from: "${a.from}", to: "you@example.org", subject: "Bonjour", text: "1, 2, 3" });`],
	["WordPress", (a) => `// wp-config.php, with the plugin WP Mail SMTP
define( 'WPMS_ON', true );
define( 'WPMS_MAILER', 'smtp' );
define( 'WPMS_SMTP_HOST', '${a.host}' );
define( 'WPMS_SMTP_PORT', ${a.port} );
define( 'WPMS_SSL', '${a.tls ? "ssl" : a.none ? "" : "tls"}' );
define( 'WPMS_SMTP_AUTH', true );
define( 'WPMS_SMTP_USER', '${a.user}' );
define( 'WPMS_SMTP_PASS', '${a.password}' );
define( 'WPMS_MAIL_FROM', '${a.from}' );`],
	["PrestaShop", (a) => `# ${a.french ? "Paramètres avancés > E-mail > Définir mes propres paramètres SMTP" : "Advanced Parameters > E-mail > Set my own SMTP parameters"}
for set in \\
  'PS_MAIL_METHOD 2' 'PS_MAIL_SERVER ${a.host}' \\
  'PS_MAIL_SMTP_PORT ${a.port}' 'PS_MAIL_SMTP_ENCRYPTION ${a.tls ? "ssl" : a.none ? "off" : "tls"}' \\
  'PS_MAIL_USER ${a.user}' 'PS_MAIL_PASSWD ${a.password}' \\
  'PS_SHOP_EMAIL ${a.from}'
do php bin/console prestashop:config set "\${set%% *}" --value "\${set#* }"; done`],
	["Postfix", (a) => `# /etc/postfix/main.cf
relayhost = [${a.host}]:${a.port}
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd
smtp_tls_security_level = ${a.none ? "none" : `verify${a.tls ? "\nsmtp_tls_wrappermode = yes" : ""}
smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt`}

# /etc/postfix/sasl_passwd (chmod 600, then: postmap /etc/postfix/sasl_passwd)
[${a.host}]:${a.port} ${a.user}:${a.password}`],
	["Exim", (a) => `# exim.conf, begin routers (the first one for mail that leaves)
facteur:
  driver = manualroute
  domains = ! +local_domains
  transport = facteur_smtp
  route_list = * ${a.host}::${a.port} byname
  no_more

# begin transports
facteur_smtp:
  driver = smtp
  hosts_require_auth = *${a.none ? "\n  hosts_avoid_tls = *" : `${a.tls ? "\n  protocol = smtps" : "\n  hosts_require_tls = *"}
  tls_verify_certificates = system
  tls_verify_cert_hostnames = *`}

# begin authenticators
facteur_auth:
  driver = plaintext
  public_name = PLAIN
  client_send = ^${a.user}^${a.password}`],
	["Exchange", (a) => a.tls
		? `# Exchange speaks STARTTLS only: choose another port than ${a.port}.`
		: `# Exchange Management Shell
$secret = ConvertTo-SecureString '${a.password}' -AsPlainText -Force
New-SendConnector -Name Facteur -AddressSpaces '*' -DNSRoutingEnabled $false \`
  -SmartHosts ${a.host} -Port ${a.port} \`
  -SmartHostAuthMechanism ${a.none ? "BasicAuth -RequireTLS $false" : "BasicAuthRequireTLS -RequireTLS $true -TlsAuthLevel CertificateValidation"} \`
  -AuthenticationCredential (New-Object PSCredential '${a.user}', $secret)`],
	["Outlook", (a) => form(a.french
		? [["Serveur de courrier sortant (SMTP)", a.host], ["Port", String(a.port)], ["Type de connexion chiffrée", encryption(a)],
			["Mon serveur sortant (SMTP) requiert une authentification", ""], ["Nom d’utilisateur", a.user], ["Mot de passe", a.password]]
		: [["Outgoing mail server (SMTP)", a.host], ["Port", String(a.port)], ["Type of encrypted connection", encryption(a)],
			["My outgoing server (SMTP) requires authentication", ""], ["User Name", a.user], ["Password", a.password]])],
	["Thunderbird", (a) => form(a.french
		? [["Nom du serveur", a.host], ["Port", String(a.port)], ["Sécurité de la connexion", encryption(a)],
			["Méthode d’authentification", "Mot de passe normal"], ["Nom d’utilisateur", a.user], ["Mot de passe, au premier envoi", a.password]]
		: [["Server Name", a.host], ["Port", String(a.port)], ["Connection security", encryption(a)],
			["Authentication method", "Normal password"], ["User Name", a.user], ["Password, when you send first", a.password]])],
	["swaks", (a) => `swaks --server ${a.host}:${a.port} ${a.tls ? "--tls-on-connect " : a.none ? "" : "--tls "}--auth PLAIN \\
  --auth-user ${a.user} --auth-password '${a.password}' \\
  --from ${a.from} --to you@example.org`],
];

/* By hand, from where the program runs: a greeting that begins with 220 means that the port gets through. */
export function port_test(host: string, port: Port): string {
	if (port.encryption === "–") return `telnet ${host} ${port.number}`;
	return `openssl s_client -connect ${host}:${port.number}${port.encryption === "TLS" ? "" : " -starttls smtp"} -quiet`;
}
export const all_ports_test = (host: string): string => `facteur doctor ports ${host}`;
