/* A test of a template, handed to the running service as `facteur send` does; the testers. */
#include "base/mem.h"
#include "base/text.h"
#include "cli/intake.h"
#include "cli/templates.h"
#include "content/compose.h"
#include "content/html_text.h"
#include "io/random.h"

#include <errno.h>

#define TESTERS_MAX 100u

/* ---- the message ---- */

struct letter {
	struct arena arena;
	struct buf from, to, text, message;
	struct smtp_out_rcpt rcpts[TESTERS_MAX];
	size_t nrcpts;
	char host[INTAKE_NAME_MAX], id[INTAKE_NAME_MAX];
};

static struct str
member(const json_t *j, const char *name)
{
	const json_t *v = json_object_get(j, name);

	return json_is_string(v) ? str_of(json_string_value(v), json_string_length(v))
	                         : STR_NONE;
}

/* RFC 5322 3.4; the name as a quoted string. */
static void
put_mailbox(struct buf *out, const json_t *person)
{
	struct str name = member(person, "name");

	if (out->n)
		buf_put(out, STR_LIT(", "));
	if (name.n) {
		buf_put_c(out, '"');
		for (size_t i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_put_c(out, '\\');
			buf_put_c(out, name.p[i]);
		}
		buf_put(out, STR_LIT("\" <"));
	}
	buf_put(out, member(person, "email"));
	if (name.n)
		buf_put_c(out, '>');
}

static void
addresses(struct letter *l, const json_t *mail)
{
	const json_t *to = json_object_get(mail, "to"), *row;
	size_t i;

	put_mailbox(&l->from, json_object_get(mail, "from"));
	json_array_foreach((json_t *)(uintptr_t)to, i, row)
	{
		if (l->nrcpts == TESTERS_MAX)
			break;
		put_mailbox(&l->to, row);
		l->rcpts[l->nrcpts++] =
			(struct smtp_out_rcpt){ .address = member(row, "email") };
	}
}

static int
compose(struct cli *c, struct letter *l, const json_t *mail)
{
	const json_t *tags = json_array_get(json_object_get(mail, "tags"), 0);
	struct str tag = str_of(json_string_value(tags), json_string_length(tags));
	bool broadcast = str_eq_z(member(mail, "stream"), "broadcast");
	char seed[33];
	uint8_t bytes[16];
	struct clock clock;
	struct buf hex;
	const char *why = "";
	int err;

	random_bytes(bytes, sizeof bytes);
	buf_init(&hex, 32);
	(void)text_hex(&hex, str_of(bytes, sizeof bytes));
	(void)str_copy_z(seed, sizeof seed, buf_str(&hex));
	buf_done(&hex);
	clock_real(&clock);
	buf_put(&l->text, member(mail, "text"));
	if (l->text.n == 0)
		(void)html_text(&l->text, member(mail, "html"), HTML_TEXT_WIDTH);
	/* What the service takes out of it again (docs/reference/smtp.md). */
	const struct compose_header headers[] = {
		{ STR_LIT("X-PM-Tag"), tag },
		{ STR_LIT("X-PM-Message-Stream"), STR_LIT("broadcast") },
	};
	const struct compose m = {
		.from = buf_str(&l->from),
		.to = buf_str(&l->to),
		.cc = STR_NONE,
		.sender = STR_NONE,
		.reply_to = member(mail, "reply_to"),
		.subject = member(mail, "subject"),
		.text = buf_str(&l->text),
		.html = member(mail, "html"),
		.message_id = str_z(intake_message_id(c, l->id)),
		.date = clock_wall(&clock),
		.seed = str_z(seed),
		.headers = headers,
		.nheaders = broadcast ? 2 : 1,
	};

	err = compose_write(&l->message, &m, &why);
	if (err == -EINVAL)
		return cli_fail(c, EX_DATAERR, "%s", why);
	return err ? cli_fail(c, EX_DATAERR, "the message is too big") : 0;
}

static int
submit(struct cli *c, struct letter *l, const json_t *mail, const char *account)
{
	/* At the local socket an operator needs the account's name and no password. */
	struct post_conf to = { .socket = c->paths.submit_sock,
		.hostname = str_z(intake_host(c, l->host)),
		.user = str_z(account),
		.secret = STR_LIT("-") };
	struct smtp_out_mail m = { .from = member(json_object_get(mail, "from"), "email"),
		.rcpts = l->rcpts,
		.n = l->nrcpts };
	struct post_result r;

	post_send(&to, &m, buf_str(&l->message), &l->arena, &r);
	if (r.end == POST_DONE && r.accepted > 0 && c->json)
		(void)cli_json(c, json_pack("{s:s,s:s,s:O}", "id", r.id, "message_id", l->id,
					  "to", json_object_get(mail, "to")));
	else if (r.end == POST_DONE && r.accepted > 0)
		printf(CLI_T(c, "Accepted: %s\nWhat became of it: %s trace %s\n",
			       "Accepté : %s\nCe qu'il devient : %s trace %s\n"),
			r.id, c->typed, r.id);
	return intake_verdict(c, &to, &m, &r, EX_UNAVAILABLE);
}

int
templates_test(struct cli *c, const json_t *question)
{
	struct letter *l;
	json_t *mail;
	int err = cli_ask(c, "templates.test", question, &mail);

	if (err)
		return err;
	l = MEM_NEW(l);
	arena_init(&l->arena, 1u << 20);
	buf_init(&l->from, 4096);
	buf_init(&l->to, 1u << 16);
	buf_init(&l->text, INTAKE_MAX);
	buf_init(&l->message, INTAKE_MAX);
	addresses(l, mail);
	err = compose(c, l, mail);
	err = err ? err : submit(c, l, mail, cli_text(question, "account"));
	buf_done(&l->from);
	buf_done(&l->to);
	buf_done(&l->text);
	buf_done(&l->message);
	arena_done(&l->arena);
	mem_free(l);
	json_decref(mail);
	return err;
}

/* ---- who gets it ---- */

static int
put_testers(struct cli *c, const json_t *question)
{
	struct cli_table t;
	json_t *answer, *row;
	size_t i;
	int err = cli_tables(c, "testers.list", question, &answer);

	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	cli_table_init(&t, 2);
	cli_cell(&t, CLI_T(c, "ADDRESS", "ADRESSE"));
	cli_cell(&t, CLI_T(c, "NAME", "NOM"));
	json_array_foreach(json_object_get(answer, "testers"), i, row)
	{
		cli_cell(&t, cli_text(row, "address"));
		cli_cell(&t, cli_text(row, "name"));
	}
	cli_table_put(c, &t);
	json_decref(answer);
	return EX_OK;
}

int
templates_testers(struct cli *c, const char *account, const char *add, const char *remove)
{
	json_t *question = json_pack(
		       "{s:s,s:s*}", "account", account, "address", add ? add : remove),
	       *answer = NULL;
	int err = 0;

	if (!question)
		return cli_usage(c, "names are text in UTF-8");
	if (add)
		err = cli_tables(c, "testers.add", question, &answer);
	else if (remove)
		err = cli_tables(c, "testers.remove", question, &answer);
	json_decref(answer);
	json_object_del(question, "address");
	err = err ? err : put_testers(c, question);
	json_decref(question);
	return err;
}
