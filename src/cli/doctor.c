/*
 * facteur doctor ports: is each port reachable, what speaks there, is it fit for use, and what
 * to do when not. Exit 0 all well, 1 warnings, 2 failures (as monitoring expects).
 */
#include "cli/doctor.h"
#include "cli/probe.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>

#define PORTS_MAX 64
#define NOTES_MAX 8
#define SOON_DAYS 14

enum level { LEVEL_OK, LEVEL_WARN, LEVEL_FAIL };

struct doctor {
	struct cli *c;
	const char *host;
	bool given; /* the ports were named: each is expected to be open */
	uint16_t ports[PORTS_MAX];
	size_t nports;
	unsigned wait_ms;
	enum level worst;
	json_t *all;
};

struct report {
	enum level level;
	char notes[NOTES_MAX][400];
	size_t n;
};

static void note(struct report *r, enum level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void
note(struct report *r, enum level level, const char *fmt, ...)
{
	va_list ap;

	if (level > r->level)
		r->level = level;
	if (r->n == NOTES_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(r->notes[r->n++], sizeof r->notes[0], fmt, ap);
	va_end(ap);
}

/* ---- judging */

static void
judge_certificate(const struct doctor *d, const struct probe *p, struct report *r)
{
	const struct cli *c = d->c;

	note(r, LEVEL_OK,
		CLI_T(c, "%s%s; certificate %s, by %s, %d days left",
			"%s%s ; certificat %s, par %s, encore %d jours"),
		p->starttls ? "STARTTLS: " : "", p->tls_text, p->subject,
		p->self_signed ? CLI_T(c, "itself", "lui-même") : p->issuer, p->days_left);
	if (p->days_left < 0)
		note(r, LEVEL_FAIL, "%s",
			CLI_T(c,
				"The certificate is over: clients that check will not send. "
				"Renew it.",
				"Le certificat est échu : les clients qui vérifient "
				"n'enverront "
				"rien. Renouvelez-le."));
	else if (p->days_left < SOON_DAYS)
		note(r, LEVEL_WARN, "%s",
			CLI_T(c, "The certificate ends soon: renew it.",
				"Le certificat arrive à échéance : renouvelez-le."));
	if (p->self_signed)
		note(r, LEVEL_WARN, "%s",
			CLI_T(c,
				"Self-signed: clients that check will refuse. Name a "
				"certificate under tls: in the configuration.",
				"Auto-signé : les clients qui vérifient refuseront. Indiquez "
				"un "
				"certificat sous tls: dans la configuration."));
	else if (!p->name_fits)
		note(r, LEVEL_WARN,
			CLI_T(c,
				"The certificate is not for %s: clients that check will "
				"refuse.",
				"Le certificat n'est pas pour %s : les clients qui vérifient "
				"refuseront."),
			d->host);
}

static void
judge_smtp(const struct doctor *d, const struct probe *p, struct report *r)
{
	const struct cli *c = d->c;

	if (p->ehlo[0])
		note(r, LEVEL_OK, "EHLO: %s", p->ehlo);
	else
		note(r, LEVEL_WARN, "%s",
			CLI_T(c,
				"EHLO was not answered: a very old server, or a filter in "
				"between.",
				"EHLO reste sans réponse : un très vieux serveur, ou un filtre "
				"entre deux."));
	if (p->tls)
		judge_certificate(d, p, r);
	else if (p->tls_error[0] && (p->starttls || p->tls_first))
		note(r, LEVEL_FAIL, CLI_T(c, "TLS failed: %s", "TLS a échoué : %s"),
			p->tls_error);
	else
		note(r, LEVEL_WARN, "%s",
			CLI_T(c,
				"No STARTTLS: what is sent here, passwords too, can be read on "
				"the way.",
				"Pas de STARTTLS : ce qui passe ici, mots de passe compris, "
				"est "
				"lisible en chemin."));
	if (p->auth_tls[0])
		note(r, LEVEL_OK, CLI_T(c, "AUTH %s, inside TLS", "AUTH %s, sous TLS"),
			p->auth_tls);
	if (p->auth_plain[0])
		note(r, LEVEL_WARN,
			CLI_T(c, "AUTH %s also without TLS: passwords can be read on the way.",
				"AUTH %s aussi sans TLS : les mots de passe sont lisibles en "
				"chemin."),
			p->auth_plain);
	if (!p->auth_tls[0] && !p->auth_plain[0])
		note(r, LEVEL_OK, "%s",
			CLI_T(c,
				"No AUTH offered: this port only takes mail for its own "
				"domains.",
				"Pas d'AUTH : ce port ne prend que le courrier de ses "
				"domaines."));
}

static void
judge_open(const struct doctor *d, uint16_t port, const struct probe *p, struct report *r)
{
	const struct cli *c = d->c;

	switch (p->speaks) {
	case PROBE_SMTP:
		judge_smtp(d, p, r);
		break;
	case PROBE_HTTP:
		if (p->tls)
			judge_certificate(d, p, r);
		break;
	case PROBE_OTHER:
		note(r, LEVEL_WARN, "%s",
			CLI_T(c, "This is no SMTP and no HTTP.", "Ni SMTP ni HTTP."));
		break;
	case PROBE_SILENT:
		note(r, LEVEL_WARN, "%s",
			CLI_T(c,
				"Connected, but nothing is said: the service hangs, or another "
				"program (or a proxy) has the port.",
				"Connecté, mais rien ne vient : le service est bloqué, ou un "
				"autre "
				"programme (ou un proxy) tient le port."));
	}
	if (p->speaks == PROBE_SMTP && p->tls_first)
		note(r, LEVEL_OK, "%s: openssl s_client -quiet -connect %s:%u",
			CLI_T(c, "by hand", "à la main"), d->host, port);
	else if (p->speaks == PROBE_SMTP)
		note(r, LEVEL_OK, "%s: telnet %s %u", CLI_T(c, "by hand", "à la main"), d->host,
			port);
}

static void
judge(const struct doctor *d, uint16_t port, const struct probe *p, struct report *r)
{
	const struct cli *c = d->c;
	enum level missing = d->given ? LEVEL_FAIL : LEVEL_WARN;

	switch (p->state) {
	case PROBE_OPEN:
		judge_open(d, port, p, r);
		break;
	case PROBE_CLOSED:
		note(r, missing, "%s",
			CLI_T(c,
				"The host answers, but nothing listens on this port: the "
				"service "
				"is down, or not configured for it.",
				"L'hôte répond, mais rien n'écoute sur ce port : le service "
				"est "
				"arrêté, ou pas configuré pour lui."));
		break;
	case PROBE_FILTERED:
		note(r, missing, "%s",
			port == 25
				? CLI_T(c,
					  "No answer at all: a firewall drops it. Most access "
					  "providers block port 25 outwards: try from another "
					  "network before blaming the server.",
					  "Aucune réponse : un pare-feu jette tout. La plupart "
					  "des "
					  "fournisseurs d'accès bloquent le port 25 en sortie "
					  ": "
					  "essayez d'un autre réseau avant d'accuser le "
					  "serveur.")
				: CLI_T(c,
					  "No answer at all: a firewall drops it, here, on the "
					  "way, or at the host. Open the port there.",
					  "Aucune réponse : un pare-feu jette tout, ici, en "
					  "chemin "
					  "ou chez l'hôte. Ouvrez-y le port."));
		break;
	case PROBE_UNREACHABLE:
		note(r, LEVEL_FAIL, "%s",
			CLI_T(c,
				"There is no way to this address from here (network down, or "
				"no "
				"IPv6).",
				"Aucun chemin vers cette adresse d'ici (réseau coupé, ou pas "
				"d'IPv6)."));
	}
}

/* ---- telling */

static const char *
state_word(const struct cli *c, enum probe_state s)
{
	switch (s) {
	case PROBE_OPEN:
		return CLI_T(c, "open", "ouvert");
	case PROBE_CLOSED:
		return CLI_T(c, "closed", "fermé");
	case PROBE_FILTERED:
		return CLI_T(c, "filtered", "filtré");
	case PROBE_UNREACHABLE:
		break;
	}
	return CLI_T(c, "unreachable", "inaccessible");
}

static void
put(const struct doctor *d, uint16_t port, const struct probe *p, const struct report *r)
{
	static const char *const words[] = { "ok  ", "warn", "FAIL" };
	static const char *const colours[] = { "32", "33", "31" };
	bool shown = p->banner[0] != '\0';

	cli_colour(d->c, colours[r->level], words[r->level]);
	printf("  %-5u  %-9s ", port, state_word(d->c, p->state));
	if (shown)
		printf("%s  (%u ms)\n", p->banner, p->took_ms);
	for (size_t i = 0; i < r->n; i++)
		printf("%*s%s\n", i == 0 && !shown ? 0 : 23, "", r->notes[i]);
	if (!shown && r->n == 0)
		putchar('\n');
	fflush(stdout);
}

static json_t *
as_json(const struct doctor *d, uint16_t port, const struct probe *p, const struct report *r)
{
	static const char *const levels[] = { "ok", "warn", "fail" };
	static const char *const states[] = { "open", "closed", "filtered", "unreachable" };
	static const char *const speaks[] = { "nothing", "smtp", "http", "other" };
	json_t *notes = json_array(), *cert = json_null();

	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(notes, json_string(r->notes[i]));
	if (p->certificate)
		cert = json_pack("{s:s,s:s,s:i,s:b,s:b}", "subject", p->subject, "issuer",
			p->issuer, "days_left", p->days_left, "self_signed", p->self_signed,
			"name_fits", p->name_fits);
	return json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:i,s:s,s:s,s:b,s:b,s:s,s:s,s:s,s:o,s:o}",
		"host", d->host, "address", p->address, "port", port, "level", levels[r->level],
		"state", states[p->state], "speaks", speaks[p->speaks], "took_ms",
		(int)p->took_ms, "banner", p->banner, "ehlo", p->ehlo, "starttls", p->starttls,
		"tls_first", p->tls_first, "tls", p->tls_text, "auth_plain", p->auth_plain,
		"auth_tls", p->auth_tls, "certificate", cert, "notes", notes);
}

static int
examine(struct doctor *d)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int err = getaddrinfo(d->host, NULL, &hints, &list);

	if (err)
		return cli_fail(d->c, LEVEL_FAIL, "%s: %s", d->host, gai_strerror(err));
	for (size_t i = 0; i < d->nports; i++) {
		struct report r = { 0 };
		struct probe p;
		struct sockaddr *to = list->ai_addr;

		if (to->sa_family == AF_INET6)
			((struct sockaddr_in6 *)(void *)to)->sin6_port = htons(d->ports[i]);
		else
			((struct sockaddr_in *)(void *)to)->sin_port = htons(d->ports[i]);
		probe_port(&p, d->host, to, list->ai_addrlen, d->wait_ms);
		judge(d, d->ports[i], &p, &r);
		if (r.level > d->worst)
			d->worst = r.level;
		if (d->c->json)
			json_array_append_new(d->all, as_json(d, d->ports[i], &p, &r));
		else
			put(d, d->ports[i], &p, &r);
	}
	freeaddrinfo(list);
	return 0;
}

/* ---- which ports */

static void
add(struct doctor *d, uint16_t port)
{
	for (size_t i = 0; i < d->nports; i++)
		if (d->ports[i] == port)
			return;
	if (d->nports < PORTS_MAX)
		d->ports[d->nports++] = port;
}

static int
add_named(struct doctor *d, const char *text)
{
	struct str rest = str_z(text), one;
	uint32_t port;

	while (rest.p) {
		one = str_trim(str_cut(&rest, ','));
		if (str_u32(one, &port) < 0 || port == 0 || port > 65535)
			return cli_usage(d->c, "--ports is a list such as 25,465,587");
		add(d, (uint16_t)port);
	}
	d->given = true;
	return 0;
}

static int
add_configured(struct doctor *d)
{
	int err = cli_config(d->c);

	if (err)
		return err;
	const struct config_ports *lists[] = { &d->c->config->starttls, &d->c->config->tls,
		&d->c->config->plain, &d->c->config->http_plain, &d->c->config->http_tls };

	for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
		for (size_t i = 0; i < lists[k]->n; i++)
			add(d, lists[k]->port[i]);
	d->given = true;
	return 0;
}

static int
choose_ports(struct doctor *d, const char *ports, bool own)
{
	static const uint16_t usual[] = { 25, 80, 465, 587, 588, 2525 };

	if (ports)
		return add_named(d, ports);
	if (own)
		return add_configured(d);
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		add(d, usual[i]);
	return 0;
}

static int
doctor_ports(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "ports", NULL };
	const char *ports = NULL, *wait = NULL;
	const struct cli_opt opts[] = {
		{ "--ports", CLI_TEXT, NULL, &ports },
		{ "--wait", CLI_TEXT, NULL, &wait },
	};
	struct doctor d = { .c = c, .wait_ms = 3000 };
	uint32_t seconds;
	int err = cli_options(c, &argc, argv, opts, 2);

	if (err)
		return err;
	if (cli_word(c, argc, argv, words) < 0)
		return EX_USAGE;
	if (wait && (str_u32(str_z(wait), &seconds) < 0 || seconds == 0 || seconds > 60))
		return cli_usage(c, "--wait is a number of seconds, 1 to 60");
	if (wait)
		d.wait_ms = seconds * 1000;
	if (argc > 3)
		return cli_arguments(c, argc, 2, "ports [HOST]");
	d.host = argc == 3 ? argv[2] : "127.0.0.1";
	err = choose_ports(&d, ports, argc < 3);
	d.all = json_array();
	err = err ? err : examine(&d);
	if (err) {
		json_decref(d.all);
		return err;
	}
	if (c->json)
		(void)cli_json(c, json_pack("{s:s,s:o}", "host", d.host, "ports", d.all));
	else
		json_decref(d.all);
	return (int)d.worst;
}

int
cli_doctor(struct cli *c, int argc, char **argv)
{
	/* The word stands first; without one there are only options. */
	bool word = argc > 1 && argv[1][0] != '-';

	return word ? doctor_ports(c, argc, argv) : doctor_all(c, argc, argv);
}
