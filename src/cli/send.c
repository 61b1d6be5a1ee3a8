/* facteur send: composes one message and submits it. */
#include "base/mem.h"
#include "base/text.h"
#include "cli/intake.h"
#include "content/compose.h"
#include "content/html_text.h"
#include "io/net.h"
#include "io/random.h"
#include "wire/address.h"

#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

#define MANY 100

struct many {
	const char *at[MANY];
	size_t n;
};

struct options {
	struct many to, headers, attach;
	const char *from, *cc, *subject, *text, *html, *server, *user, *password, *tls;
	bool insecure;
};

struct letter {
	struct options o;
	struct arena arena;
	struct smtp_out_rcpt *rcpts;
	size_t nrcpts;
	struct buf text, html, message;
	struct compose_file files[MANY];
	struct buf bytes[MANY];
	struct compose_header headers[MANY];
	struct str from;
	char host[INTAKE_NAME_MAX], sender[INTAKE_NAME_MAX], id[INTAKE_NAME_MAX];
};

/* ---- options that may come many times */

static int
take_many(struct cli *c, int *argc, char **argv, const char *name, struct many *m)
{
	size_t n = strlen(name);
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		struct str arg = str_z(argv[i]);
		const char *value = NULL;

		if (str_eq_z(arg, name))
			value = i + 1 < *argc ? argv[++i] : NULL;
		else if (str_starts(arg, str_z(name)) && arg.n > n && arg.p[n] == '=')
			value = arg.p + n + 1;
		else {
			argv[kept++] = argv[i];
			continue;
		}
		if (!value)
			return cli_usage(
				c, CLI_T(c, "%s needs a value", "%s attend une valeur"), name);
		if (m->n == MANY)
			return cli_usage(c, "%s: at most %d", name, MANY);
		m->at[m->n++] = value;
	}
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

static int
options(struct cli *c, int argc, char **argv, struct options *o)
{
	const struct cli_opt opts[] = {
		{ "--from", CLI_TEXT, NULL, &o->from },
		{ "--cc", CLI_TEXT, NULL, &o->cc },
		{ "--subject", CLI_TEXT, NULL, &o->subject },
		{ "--text", CLI_TEXT, NULL, &o->text },
		{ "--html", CLI_TEXT, NULL, &o->html },
		{ "--server", CLI_TEXT, NULL, &o->server },
		{ "--user", CLI_TEXT, NULL, &o->user },
		{ "--password", CLI_TEXT, NULL, &o->password },
		{ "--tls", CLI_TEXT, NULL, &o->tls },
		{ "--insecure", CLI_FLAG, &o->insecure, NULL },
		/* For the list of likely words; take_many has taken them. */
		{ "--to", CLI_TEXT, NULL, NULL },
		{ "--header", CLI_TEXT, NULL, NULL },
		{ "--attach", CLI_TEXT, NULL, NULL },
	};
	int err = take_many(c, &argc, argv, "--to", &o->to);

	err = err ? err : take_many(c, &argc, argv, "--header", &o->headers);
	err = err ? err : take_many(c, &argc, argv, "--attach", &o->attach);
	err = err ? err : cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts);
	if (err)
		return err;
	for (int i = 1; i < argc && o->to.n < MANY; i++)
		o->to.at[o->to.n++] = argv[i]; /* `facteur send you@example.org` is clear */
	if (o->to.n == 0)
		return cli_usage(c, CLI_T(c, "to whom? facteur send --to you@example.org",
					    "à qui ? facteur send --to vous@exemple.fr"));
	return 0;
}

/* ---- addresses */

struct adding {
	struct letter *l;
	bool full;
};

static void
add_rcpt(void *ctx, struct address a)
{
	struct adding *add = ctx;
	struct letter *l = add->l;

	if (l->nrcpts == MANY * 10) {
		add->full = true;
		return;
	}
	l->rcpts[l->nrcpts++] =
		(struct smtp_out_rcpt){ .address = arena_str(&l->arena, a.text), .notify = 0 };
}

static int
add_list(struct cli *c, struct letter *l, const char *list)
{
	struct adding add = { l, false };

	if (address_list(str_z(list), add_rcpt, &add) < 0)
		return cli_usage(c,
			CLI_T(c, "\"%s\" is no address such as you@example.org",
				"« %s » n'est pas une adresse comme vous@exemple.fr"),
			list);
	return add.full ? cli_usage(c, "too many recipients: at most %d", MANY * 10) : 0;
}

static void
set_from(void *ctx, struct address a)
{
	struct letter *l = ctx;

	l->from = arena_str(&l->arena, a.text);
}

static int
addresses(struct cli *c, struct letter *l)
{
	int err = 0;

	l->rcpts = arena_alloc(&l->arena, MANY * 10 * sizeof *l->rcpts);
	for (size_t i = 0; i < l->o.to.n && !err; i++)
		err = add_list(c, l, l->o.to.at[i]);
	if (!err && l->o.cc)
		err = add_list(c, l, l->o.cc);
	if (!l->o.from)
		l->o.from = intake_sender(c, l->sender);
	if (!err && (address_list(str_z(l->o.from), set_from, l) < 0 || l->from.n == 0))
		err = cli_usage(c,
			CLI_T(c, "--from: \"%s\" is no address such as you@example.org",
				"--from : « %s » n'est pas une adresse comme vous@exemple.fr"),
			l->o.from);
	return err;
}

/* ---- the message */

static int
headers(struct cli *c, struct letter *l)
{
	for (size_t i = 0; i < l->o.headers.n; i++) {
		struct str s = str_z(l->o.headers.at[i]);
		size_t colon = str_find(s, ':');

		if (colon == s.n)
			return cli_usage(c,
				CLI_T(c, "--header \"%s\": the form is \"Name: value\"",
					"--header « %s » : la forme est « Nom: valeur »"),
				l->o.headers.at[i]);
		l->headers[i] = (struct compose_header){ str_trim(str_head(s, colon)),
			str_trim(str_from(s, colon + 1)) };
	}
	return 0;
}

static int
files(struct cli *c, struct letter *l)
{
	int err = 0;

	for (size_t i = 0; i < l->o.attach.n && !err; i++) {
		struct str name = str_z(l->o.attach.at[i]);
		size_t slash = str_rfind(name, '/');

		err = intake_read(c, l->o.attach.at[i], &l->bytes[i]);
		l->files[i] = (struct compose_file){
			.name = slash < name.n ? str_from(name, slash + 1) : name,
			.bytes = buf_str(&l->bytes[i])
		};
	}
	return err;
}

static int
texts(struct cli *c, struct letter *l)
{
	const char *text = l->o.text;
	int err = 0;

	if (text && str_eq_z(str_z(text), "-"))
		err = intake_read(c, "-", &l->text);
	else if (text)
		(void)buf_put_z(&l->text, text);
	else if (!l->o.html && !isatty(STDIN_FILENO))
		err = intake_read(c, "-", &l->text);
	else if (!l->o.html)
		(void)buf_put_z(
			&l->text, CLI_T(c, "A message to see whether mail arrives.\n",
					  "Un message pour voir si le courrier arrive.\n"));
	if (!err && l->o.html)
		err = intake_read(c, l->o.html, &l->html);
	/* Too long a text is none: the message has its HTML. */
	if (!err && l->text.n == 0)
		(void)html_text(&l->text, buf_str(&l->html), HTML_TEXT_WIDTH);
	return err;
}

static int
compose(struct cli *c, struct letter *l)
{
	char seed[33];
	uint8_t bytes[16];
	struct clock clock;
	struct buf to;
	const char *why = "";
	int err;

	random_bytes(bytes, sizeof bytes);
	buf_init(&to, 32);
	(void)text_hex(&to, str_of(bytes, sizeof bytes));
	(void)str_copy_z(seed, sizeof seed, buf_str(&to));
	buf_done(&to);
	buf_init(&to, 1u << 20);
	for (size_t i = 0; i < l->o.to.n; i++)
		(void)buf_printf(&to, "%s%s", i ? ", " : "", l->o.to.at[i]);
	clock_real(&clock);
	const struct compose m = {
		.from = str_z(l->o.from),
		.to = buf_str(&to),
		.cc = str_z(l->o.cc),
		.subject = str_z(l->o.subject ? l->o.subject : CLI_T(c, "Test", "Essai")),
		.text = buf_str(&l->text),
		.html = buf_str(&l->html),
		.message_id = str_z(intake_message_id(c, l->id)),
		.date = clock_wall(&clock),
		.seed = str_z(seed),
		.headers = l->headers,
		.nheaders = l->o.headers.n,
		.files = l->files,
		.nfiles = l->o.attach.n,
	};

	err = compose_write(&l->message, &m, &why);
	buf_done(&to);
	if (err == -EINVAL)
		return cli_fail(c, EX_DATAERR, "%s", why);
	return err ? cli_fail(c, EX_DATAERR, "the message is too big") : 0;
}

/* ---- where to */

static int
server(struct cli *c, struct letter *l, struct post_conf *to, char host[INTAKE_NAME_MAX])
{
	struct str s = str_z(l->o.server), tls = str_z(l->o.tls ? l->o.tls : "starttls");
	size_t colon = str_rfind(s, ':');
	uint32_t port = 587;
	struct str name = s;
	struct net_addr a;

	if (s.n > 0 && s.p[s.n - 1] != ']' && colon < s.n) {
		name = str_head(s, colon);
		if (str_u32(str_from(s, colon + 1), &port) < 0 || port == 0 || port > 65535)
			return cli_usage(c, "--server is host:port");
	}
	if (name.n > 2 && name.p[0] == '[' && name.p[name.n - 1] == ']')
		name = str_of(name.p + 1, name.n - 2);
	if (name.n == 0 || str_copy_z(host, INTAKE_NAME_MAX, name) < 0)
		return cli_usage(c, "--server is host:port");
	if (port == 465 && !l->o.tls)
		tls = STR_LIT("tls");
	if (str_eq_z(tls, "starttls"))
		to->tls = SMTP_OUT_TLS_MUST;
	else if (str_eq_z(tls, "tls"))
		to->tls = SMTP_OUT_TLS_IMPLICIT;
	else if (str_eq_z(tls, "none"))
		to->tls = SMTP_OUT_TLS_NONE;
	else
		return cli_usage(c, "--tls is starttls, tls or none");
	to->host = host;
	to->port = (uint16_t)port;
	/* On the own machine nobody listens in between, and the certificate is a self-made one.
	 */
	to->verify = !l->o.insecure && !str_eq_z(name, "localhost") &&
	             !(net_parse(name, to->port, &a) == 0 && net_is_loopback(&a));
	to->user = str_z(l->o.user);
	to->secret = str_z(l->o.password);
	return 0;
}

static json_t *
answers(const struct letter *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->nrcpts; i++) {
		const struct smtp_out_rcpt *r = &l->rcpts[i];
		json_t *text = json_stringn(r->reply.text.p, r->reply.text.n);

		json_array_append_new(
			list, json_pack("{s:s%,s:b,s:i,s:o}", "to", r->address.p, r->address.n,
				      "accepted", r->reply.code / 100 == 2, "code",
				      r->reply.code, "reply", text ? text : json_null()));
	}
	return list;
}

static void
tell(struct cli *c, const struct letter *l, const struct post_result *r)
{
	if (c->json) {
		(void)cli_json(c, json_pack("{s:s,s:s,s:s,s:s,s:o}", "id", r->id, "message_id",
					  l->id, "from", l->o.from, "reply", r->reply,
					  "recipients", answers(l)));
		return;
	}
	if (r->accepted == 0)
		return;
	if (!r->id[0] || l->o.server) {
		printf(CLI_T(c, "Accepted: %s\n", "Accepté : %s\n"), r->reply);
		return;
	}
	printf(CLI_T(c, "Accepted: %s\nWhat became of it: %s trace %s\n",
		       "Accepté : %s\nCe qu'il devient : %s trace %s\n"),
		r->id, c->typed, r->id);
}

static int
submit(struct cli *c, struct letter *l)
{
	struct post_conf to = { .hostname = str_z(intake_host(c, l->host)) };
	struct smtp_out_mail mail = { .from = l->from, .rcpts = l->rcpts, .n = l->nrcpts };
	char host[INTAKE_NAME_MAX];
	struct post_result r;
	int err = 0;

	if (l->o.server)
		err = server(c, l, &to, host);
	else
		to.socket = c->paths.submit_sock;
	if (err)
		return err;
	post_send(&to, &mail, buf_str(&l->message), &l->arena, &r);
	if (r.end == POST_DONE)
		tell(c, l, &r);
	return intake_verdict(c, &to, &mail, &r, EX_UNAVAILABLE);
}

int
cli_send(struct cli *c, int argc, char **argv)
{
	struct letter *l = MEM_NEW(l);
	int err;

	arena_init(&l->arena, 8u << 20);
	buf_init(&l->text, INTAKE_MAX);
	buf_init(&l->html, INTAKE_MAX);
	buf_init(&l->message, 2 * INTAKE_MAX);
	for (size_t i = 0; i < MANY; i++)
		buf_init(&l->bytes[i], INTAKE_MAX);
	err = options(c, argc, argv, &l->o);
	err = err ? err : cli_config(c);
	err = err ? err : addresses(c, l);
	err = err ? err : headers(c, l);
	err = err ? err : files(c, l);
	err = err ? err : texts(c, l);
	err = err ? err : compose(c, l);
	err = err ? err : submit(c, l);
	for (size_t i = 0; i < MANY; i++)
		buf_done(&l->bytes[i]);
	buf_done(&l->text);
	buf_done(&l->html);
	buf_done(&l->message);
	arena_done(&l->arena);
	mem_free(l);
	return err;
}
