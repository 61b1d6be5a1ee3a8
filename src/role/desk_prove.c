/*
 * Addresses whose owner wants mail while the service, or an account of it, is in the mode
 * sandbox.
 *
 *   proved.add ─▶ tables: a code ─▶ QUERY_NOTICE ─▶ engine ─▶ the answer
 *   edge: MSG_prove ─▶ tables ─▶ QUERY_CONTROL_CHANGED ─▶ MSG_proven
 *
 * The mail goes out whatever the mode is; who asks too often is refused by the tables.
 */
#include "role/desk_prove.h"

#include "account/control_proved.h"
#include "base/must.h"
#include "content/compose.h"
#include "people/contact.h"
#include "people/suppress.h"
#include "role/desk_priv.h"
#include "role/desk_user.h"
#include "role/desk_webhook_priv.h"

#include <errno.h>

#define TEXT_MAX 8192u

static const char *
state_of(const struct control_proved *t)
{
	return t->proved ? "proved" : "asked";
}

static json_t *
row_json(const struct control_proved *t)
{
	return json_pack("{s:o,s:s,s:o,s:o}", "address", desk_webhook_text(t->address), "state",
		state_of(t), "asked", webhook_time_json(t->asked), "proved",
		webhook_time_json(t->proved));
}

/* The one that is meant, in the ask's arena. */
static int
named(struct webhook_ask *a, struct control_proved *ret_t)
{
	char address[CONTACT_ADDRESS_SIZE], key[SUPPRESS_ADDRESS_SIZE];
	struct str s, k;

	if (a->tenant == CONTROL_ANY)
		return webhook_refuse(
			a, -EINVAL, "Say whose address it is: \"account\" is missing.");
	if (contact_address(address, str_trim(desk_text(a->body, "address")), &s) < 0 ||
		suppress_address(key, s, &k) < 0) {
		(void)webhook_refuse(
			a, -EINVAL, "\"address\" is a mailbox such as ann@example.org.");
		return -EINVAL; /* the analyzer does not know that it is the same */
	}
	*ret_t = (struct control_proved){ .tenant = a->tenant,
		.address = arena_keep(&a->arena, s),
		.key = arena_keep(&a->arena, k) };
	return 0;
}

/* ---- verbs of the tables ---- */

static int
on_row(void *ctx, const struct control_proved *t)
{
	json_array_append_new(ctx, row_json(t));
	return 0;
}

static int
list(struct webhook_ask *a)
{
	const struct control_proved q = { .tenant = a->tenant, .key = { NULL, 0 } };
	json_t *rows = json_array();
	int err = a->tenant == CONTROL_ANY
	                  ? webhook_refuse(
				    a, -EINVAL, "Say whose they are: \"account\" is missing.")
	                  : control_proved_each(a->control, &a->arena, &q, on_row, rows);

	if (err)
		json_decref(rows);
	else
		a->got = json_pack("{s:o}", "addresses", rows);
	return err;
}

static int
confirm(struct webhook_ask *a)
{
	struct control_proved t = { .tenant = 0 };
	int err = control_proved_confirm(
		a->control, &a->arena, str_trim(desk_text(a->body, "code")), &t);

	if (err)
		return err;
	a->got = row_json(&t);
	json_object_set_new(a->got, "account", desk_webhook_text(t.account));
	return 0;
}

static int
remove_(struct webhook_ask *a)
{
	struct control_proved t = { .tenant = 0 };
	int err = named(a, &t);

	err = err ? err : control_proved_remove(a->control, &t);
	if (!err)
		a->got = json_pack("{s:b}", "removed", 1);
	return err;
}

static const struct webhook_verb verbs[] = {
	{ "proved.list", list, false },
	{ "proved.confirm", confirm, true },
	{ "proved.remove", remove_, true },
	{ .name = NULL },
};

bool
desk_prove_has(struct str verb)
{
	return webhook_verb_of(verbs, verb) != NULL;
}

struct desk_control_answer
desk_prove_do(struct control *c, struct str verb, const json_t *body, int64_t now)
{
	return webhook_run(webhook_verb_of(verbs, verb), c, body, now);
}

/* ---- the mail ---- */

/* The page, if anybody could open it. */
static void
put_page(struct buf *b, const struct config *cf, const char *code, bool french)
{
	if (cf->http_plain.n + cf->http_tls.n == 0)
		return;
	buf_put_z(b, french ? "Oui, c'est mon adresse : ouvrez cette page et appuyez sur son "
			      "bouton.\n\n  "
			    : "Yes, this is my address: open this page and press its "
			      "button.\n\n  ");
	if (cf->tracking.url.n)
		buf_put(b, cf->tracking.url);
	else
		buf_printf(b, "https://%.*s", STR_ARG(cf->hostname));
	buf_printf(b, "/p/%s\n\n%s", code, french ? "Ou bien, " : "Or, ");
}

static void
put_words(struct buf *b, const struct config *cf, const struct control_proved *t,
	const char *code, bool french)
{
	buf_printf(b,
		french ? "Le compte « %.*s » de %.*s veut envoyer du courrier à %.*s pendant "
			 "sa mise en service. Il ne le peut que si vous le voulez.\n\n"
		       : "The account \"%.*s\" at %.*s wants to send mail to %.*s while it is "
			 "being set up. It can only do so if you want it.\n\n",
		STR_ARG(t->account), STR_ARG(cf->hostname), STR_ARG(t->address));
	put_page(b, cf, code, french);
	buf_printf(b,
		french ? "sur la machine du service :\n\n  facteur proved confirm %s\n\nSi "
			 "vous "
			 "n'attendiez pas ce message, ne faites rien : rien d'autre ne vous "
			 "sera envoyé. Le code est valable sept jours.\n"
		       : "on the machine of the service:\n\n  facteur proved confirm %s\n\nIf "
			 "you did not expect this message, do nothing: nothing else will be "
			 "sent to you. The code is valid for seven days.\n",
		code);
}

struct letter {
	const struct control_proved *to;
	const char *code;
	struct str subject, id;
};

/* The language of the service first. */
static int
compose(struct buf *b, struct desk *d, const struct letter *l)
{
	static const struct compose_header automatic = { { "Auto-Submitted", 14 },
		{ "auto-generated", 14 } };
	const struct config *cf = d->config;
	bool french = str_eq_z(cf->language, "fr");
	struct buf from, text;
	const char *why;
	int err;

	buf_init(&from, 400);
	buf_init(&text, TEXT_MAX);
	buf_printf(&from, "Facteur <postmaster@%.*s>", STR_ARG(cf->hostname));
	put_words(&text, cf, l->to, l->code, french);
	buf_put_z(&text, "\n-- \n\n");
	put_words(&text, cf, l->to, l->code, !french);
	const struct compose c = { .from = buf_str(&from),
		.to = l->to->address,
		.subject = l->subject,
		.text = buf_str(&text),
		.message_id = l->id,
		.date = loop_wall(d->loop),
		.seed = STR_LIT("prove"),
		.headers = &automatic,
		.nheaders = 1 };

	err = text.full ? -E2BIG : compose_write(b, &c, &why);
	buf_done(&from);
	buf_done(&text);
	return err;
}

static void
on_mailed(struct desk_ask *a, int status, struct str json)
{
	(void)json;
	if (status == 200)
		desk_say(a->conn, 200, json_incref(a->held));
	else
		desk_fail(a->conn, 503,
			"The message could not be handed to the service; ask again in a "
			"moment.");
}

static void
mail(struct desk_conn *n, const struct control_proved *t, const char *code, json_t *row)
{
	struct desk *d = n->desk;
	struct buf message, subject;
	char id[330];
	int k = snprintf(id, sizeof id, "<%llu.%llx.prove@%.*s>", (unsigned long long)++d->seq,
		(unsigned long long)loop_wall(d->loop), STR_ARG(d->config->hostname));

	buf_init(&message, 2 * TEXT_MAX + 8192);
	buf_init(&subject, 512);
	buf_printf(&subject,
		str_eq_z(d->config->language, "fr")
			? "[facteur %.*s] Voulez-vous du courrier du compte %.*s ?"
			: "[facteur %.*s] Do you want mail of the account %.*s?",
		STR_ARG(d->config->hostname), STR_ARG(t->account));
	const struct letter l = { t, code, buf_str(&subject), str_of(id, (size_t)k) };

	if (compose(&message, d, &l) == 0) {
		desk_ask_engine(d, n,
			&(struct msg_query){ .op = QUERY_NOTICE,
				.address = t->address,
				.domain = str_of(id, (size_t)k),
				.sender = buf_str(&subject),
				.text = buf_str(&message) },
			on_mailed, row);
	} else {
		json_decref(row);
		desk_fail(n, 500, "The message could not be written.");
	}
	buf_done(&message);
	buf_done(&subject);
}

static int
ask_address(struct webhook_ask *a, struct control_proved *t, char code[LINK_TOKEN])
{
	json_t *rows = NULL;
	int err = named(a, t);

	if (!err && (control_account_one(a->control, a->tenant, &rows) < 0 ||
			    json_array_size(rows) == 0))
		err = webhook_refuse(a, -ENOENT, "There is no such account.");
	if (!err)
		t->account =
			arena_keep(&a->arena, desk_text(json_array_get(rows, 0), "account"));
	json_decref(rows);
	return err ? err : control_proved_ask(a->control, t, code);
}

static int
take_row(void *ctx, const struct control_proved *t)
{
	*(json_t **)ctx = row_json(t);
	return 0;
}

static int
status_of(int err)
{
	return err == -ENOENT ? 404 : err == -EINVAL ? 400 : 500;
}

void
desk_prove_add(struct desk_conn *n, const json_t *body)
{
	struct control *c = desk_control(n->desk);
	const struct control_who who = desk_audit_who(n);
	struct webhook_ask a = { .control = c, .body = body };
	char code[LINK_TOKEN] = "", text[64];
	struct control_proved t = { .tenant = 0 };
	json_t *row = NULL;
	int err;

	if (!c) {
		desk_fail(n, 503, "The control tables cannot be opened.");
		return;
	}
	const struct control_deed deed = desk_user_deed(n->doing, body, text);

	arena_init(&a.arena, 65536);
	control_who(c, &who);
	control_doing(c, &deed);
	err = desk_webhook_tenant(c, body, &a.tenant);
	err = err ? err : ask_address(&a, &t, code);
	n->audited = control_done(c) || n->audited;
	control_who(c, NULL);
	err = err ? err : control_proved_each(c, &a.arena, &t, take_row, &row);
	if (err)
		desk_fail(n, status_of(err), a.why[0] ? a.why : control_error(c));
	else if (code[0])
		mail(n, &t, code, row);
	else
		desk_say(n, 200, row);
	arena_done(&a.arena);
}

/* ---- the page ---- */

static void
tell(struct desk_edge *to, const struct msg_proven *m)
{
	struct buf b;

	buf_init(&b, 2048);
	must(msg_proven_write(&b, m) == 0);
	if (to->channel)
		(void)channel_force(to->channel, MSG_proven, buf_str(&b));
	buf_done(&b);
}

/* In force now: what is sent from here on goes there. */
static void
on_changed(struct desk_ask *a, int status, struct str json)
{
	const json_t *h = a->held;
	size_t edge = (size_t)json_integer_value(json_object_get(h, "edge"));
	struct msg_proven m = { .seq = (uint64_t)json_integer_value(json_object_get(h, "seq")),
		.is = PROVE_IS_PROVED,
		.address = desk_text(h, "address"),
		.account = desk_text(h, "account") };

	(void)status;
	(void)json;
	tell(&a->desk->edges[edge], &m);
}

static void
answer(struct desk_edge *from, const struct msg_prove *q, const struct control_proved *t)
{
	struct desk *d = from->desk;
	const struct msg_proven m = { .seq = q->seq,
		.is = t->proved ? PROVE_IS_PROVED : PROVE_IS_ASKED,
		.address = t->address,
		.account = t->account };

	if (q->act && t->proved)
		desk_ask_engine(d, NULL, &(struct msg_query){ .op = QUERY_CONTROL_CHANGED },
			on_changed,
			json_pack("{s:I,s:I,s:o,s:o}", "edge", (json_int_t)(from - d->edges),
				"seq", (json_int_t)q->seq, "address",
				desk_webhook_text(t->address), "account",
				desk_webhook_text(t->account)));
	else
		tell(from, &m);
}

void
desk_prove(struct desk_edge *from, struct str payload)
{
	struct control *c = desk_control(from->desk);
	struct control_proved t = { .tenant = 0 };
	struct msg_prove q;
	struct arena a;
	int err;

	/* No list is in it: nothing is taken of an arena. */
	if (msg_prove_read(NULL, payload, &q) < 0)
		return;
	arena_init(&a, 65536);
	err = !c      ? -EIO
	      : q.act ? control_proved_confirm(c, &a, q.code, &t)
	              : control_proved_look(c, &a, q.code, &t);
	if (err)
		tell(from, &(struct msg_proven){ .seq = q.seq,
				   .is = err == -ENOENT ? PROVE_IS_NONE : PROVE_IS_LATER,
				   .address = STR_NONE,
				   .account = STR_NONE });
	else
		answer(from, &q, &t);
	arena_done(&a);
}

/* ---- the mode ---- */

/* Accounts: those that are in the sandbox alone. */
json_t *
desk_mode_json(struct desk *d, const json_t *mode)
{
	const char *word = json_string_value(mode);
	bool all = word ? strcmp(word, "sandbox") == 0 : config_sandboxed(d->config);
	json_t *alone = json_array(), *list = NULL, *row;
	struct control *c = all ? NULL : desk_control(d);
	size_t i;

	if (c && control_account_list(c, &list) == 0)
		json_array_foreach(list, i, row)
		{
			if (str_eq_z(desk_text(row, "mode"), "sandbox"))
				json_array_append(alone, json_object_get(row, "account"));
		}
	json_decref(list);
	return json_pack("{s:s,s:o}", "mode", all ? "sandbox" : "live", "accounts", alone);
}
