#include "role/desk_inbound.h"

#include "account/control_inbound.h"
#include "account/control_inbound_rule.h"
#include "base/text.h"
#include "io/random.h"
#include "report/inbound.h"
#include "role/desk_webhook_priv.h"
#include "wire/typed_id.h"

#include <errno.h>

#define MADE_BYTES 15u /* of the local part of an address that we make */

/* ---- what was given ---- */

static int
take_address(struct webhook_ask *a, struct inbound *in)
{
	struct str given = desk_text(a->body, "address"), at = desk_text(a->body, "at");
	uint8_t random[MADE_BYTES];
	struct buf b;

	if (given.n) {
		if (control_inbound_address(&a->arena, given, &in->address) < 0)
			return webhook_refuse(a, -EINVAL,
				"\"address\" is a domain such as parse.example.com, or one "
				"address of it.");
		in->ours = false;
		return 0;
	}
	if (in->address.n)
		return 0;
	if (at.n == 0)
		return webhook_refuse(a, -EINVAL,
			"\"address\" is missing: a domain whose MX is this service, or one "
			"address of it.");
	random_bytes(random, sizeof random);
	buf_init(&b, 400);
	buf_put_z(&b, "in-");
	(void)text_b32(&b, str_of(random, sizeof random));
	buf_printf(&b, "@%.*s", STR_ARG(at));
	in->address = arena_str(&a->arena, buf_str(&b));
	in->ours = true;
	buf_done(&b);
	return 0;
}

static int
take_format(struct webhook_ask *a, struct inbound *in, enum inbound_format *ret)
{
	struct str name = desk_text(a->body, "format");

	if (name.n)
		in->format = name;
	if (inbound_format_of(in->format, ret) < 0)
		return webhook_refuse(a, -EINVAL,
			"\"format\" is native, mailjet, sendgrid, sendgrid-raw or postmark.");
	in->format = str_z(inbound_format_name(*ret));
	return 0;
}

/* The native format is signed anyway, the others when it is asked for. */
static int
take_secret(struct webhook_ask *a, enum inbound_format format, struct inbound *in)
{
	const json_t *is_signed = webhook_member(a, "signed");
	bool wanted = format == INBOUND_NATIVE || json_is_true(is_signed);
	struct str given;
	int err = webhook_given_secret(a, HOOK_NATIVE, &given);

	if (err)
		return err;
	if (given.n)
		in->secret = given;
	else if (json_is_false(is_signed) && format != INBOUND_NATIVE)
		in->secret = STR_NONE;
	else if (wanted && in->secret.n == 0)
		in->secret = webhook_new_secret(a, HOOK_NATIVE);
	return 0;
}

static int
take(struct webhook_ask *a, struct inbound *in)
{
	const json_t *spam = webhook_member(a, "spam_check");
	struct webhook w = { .url = in->url };
	enum inbound_format format;
	int err = take_address(a, in);

	err = err ? err : take_format(a, in, &format);
	err = err ? err : webhook_take_url(a, &w);
	if (err)
		return err;
	in->url = w.url;
	if (json_is_boolean(spam))
		in->spam_check = json_is_true(spam);
	return take_secret(a, format, in);
}

/* ---- as JSON ---- */

static json_t *
inbound_json(struct webhook_ask *a, const struct inbound *in)
{
	char id[TYPED_ID_TEXT];
	json_t *user, *url = webhook_url_json(in->url, &user);

	typed_id_write(id, control_ids(a->control), "inb", (uint64_t)in->id);
	return json_pack("{s:s,s:I,s:o,s:o,s:o,s:o,s:o,s:b,s:b,s:s,s:o}", "id", id, "number",
		(json_int_t)in->id, "account", desk_webhook_text(in->account), "address",
		desk_webhook_text(in->address), "url", url, "user", user, "format",
		desk_webhook_text(in->format), "spam_check", in->spam_check, "signed",
		in->secret.n > 0, "state", in->verified ? "active" : "unverified", "created",
		webhook_time_json(in->created));
}

/* ---- verbs ---- */

static int
keep_one(void *ctx, const struct inbound *in)
{
	*(struct inbound *)ctx = *in;
	return 0;
}

static int64_t
id_of(struct webhook_ask *a)
{
	const json_t *j = webhook_member(a, "id");
	uint64_t id = 0;

	if (json_is_integer(j))
		return json_integer_value(j) > 0 ? json_integer_value(j) : 0;
	if (typed_id_read(desk_text(a->body, "id"), control_ids(a->control), "inb", &id) < 0)
		return 0;
	return (int64_t)id;
}

static int
find(struct webhook_ask *a, int64_t id, struct inbound *ret_in)
{
	const struct webhook_query q = { a->tenant, id };

	*ret_in = (struct inbound){ .id = 0 };
	if (id == 0)
		return webhook_refuse(a, -ENOENT, "There is no such inbound address.");
	return control_inbound_each(a->control, &a->arena, &q, keep_one, ret_in);
}

static int
add(struct webhook_ask *a)
{
	struct inbound in = { .tenant = a->tenant,
		.address = STR_NONE,
		.format = STR_LIT("native"),
		.url = STR_NONE,
		.secret = STR_NONE };
	struct str secret;
	int64_t id;
	int err;

	if (a->tenant == CONTROL_ANY)
		return webhook_refuse(
			a, -EINVAL, "Say whose mail it is: \"account\" is missing.");
	if (!webhook_member(a, "url"))
		return webhook_refuse(a, -EINVAL, "\"url\" is missing.");
	err = take(a, &in);
	secret = in.secret;
	err = err ? err : control_inbound_add(a->control, &in, &id);
	err = err ? err : find(a, id, &in);
	if (err)
		return err;
	a->got = inbound_json(a, &in);
	if (secret.n)
		json_object_set_new(a->got, "secret", desk_webhook_text(secret));
	return 0;
}

struct listing {
	struct webhook_ask *a;
	struct str format;
	json_t *list;
};

static int
on_inbound(void *ctx, const struct inbound *in)
{
	struct listing *l = ctx;

	if (str_starts(in->format, l->format))
		json_array_append_new(l->list, inbound_json(l->a, in));
	return 0;
}

static int
list(struct webhook_ask *a)
{
	const struct webhook_query q = { a->tenant, 0 };
	struct listing l = { a, desk_text(a->body, "format"), json_array() };
	int err = control_inbound_each(a->control, &a->arena, &q, on_inbound, &l);

	a->got = json_pack("{s:o}", "inbound", l.list);
	return err;
}

static int
get(struct webhook_ask *a)
{
	struct inbound in;
	int err = find(a, id_of(a), &in);

	if (!err)
		a->got = inbound_json(a, &in);
	return err;
}

static int
update(struct webhook_ask *a)
{
	struct inbound in;
	struct str old;
	int err = find(a, id_of(a), &in);

	if (err)
		return err;
	old = in.secret;
	err = take(a, &in);
	err = err ? err : control_inbound_update(a->control, &in);
	err = err ? err : find(a, in.id, &in);
	if (err)
		return err;
	a->got = inbound_json(a, &in);
	if (in.secret.n && !str_eq(in.secret, old))
		json_object_set_new(a->got, "secret", desk_webhook_text(in.secret));
	return 0;
}

static int
remove_one(struct webhook_ask *a)
{
	int64_t id = id_of(a);
	int err = id ? control_inbound_remove(a->control, a->tenant, id)
	             : webhook_refuse(a, -ENOENT, "There is no such inbound address.");

	if (!err)
		a->got = json_pack("{s:b}", "removed", 1);
	return err;
}

/* ---- who is not to write ---- */

static json_t *
rule_json(const struct inbound_rule *r)
{
	return json_pack(
		"{s:I,s:o}", "id", (json_int_t)r->id, "rule", desk_webhook_text(r->rule));
}

static int
on_rule(void *ctx, const struct inbound_rule *r)
{
	json_array_append_new(ctx, rule_json(r));
	return 0;
}

static int
block(struct webhook_ask *a)
{
	struct inbound_rule r = { .tenant = a->tenant };
	int err;

	if (a->tenant == CONTROL_ANY)
		return webhook_refuse(a, -EINVAL, "\"account\" is missing.");
	if (control_inbound_address(&a->arena, str_trim(desk_text(a->body, "rule")), &r.rule))
		return webhook_refuse(a, -EINVAL,
			"\"rule\" is an address such as ann@example.com, or a domain.");
	err = control_inbound_rule_add(a->control, &r, &r.id);
	if (!err)
		a->got = rule_json(&r);
	return err;
}

static int
blocked(struct webhook_ask *a)
{
	const struct inbound_rule q = { .tenant = a->tenant };
	json_t *rules;

	if (a->tenant == CONTROL_ANY)
		return webhook_refuse(a, -EINVAL, "\"account\" is missing.");
	rules = json_array();
	a->got = json_pack("{s:o}", "rules", rules);
	return control_inbound_rule_each(a->control, &q, on_rule, rules);
}

static int
unblock(struct webhook_ask *a)
{
	json_int_t id = json_integer_value(webhook_member(a, "id"));
	const struct inbound_rule q = { .tenant = a->tenant, .id = id > 0 ? id : -1 };
	json_t *was = json_array();
	int err = control_inbound_rule_each(a->control, &q, on_rule, was);

	err = err ? err : control_inbound_rule_remove(a->control, a->tenant, q.id);
	if (!err)
		a->got = json_incref(json_array_get(was, 0));
	json_decref(was);
	return err;
}

/* ---- what comes back ---- */

static const struct {
	const char *word;
	unsigned bit;
} forwards[] = { { "bounces", FORWARD_BOUNCES }, { "complaints", FORWARD_COMPLAINTS } };

json_t *
desk_forward_json(unsigned what)
{
	json_t *j = json_array();

	for (size_t i = 0; i < sizeof forwards / sizeof *forwards; i++)
		if (what & forwards[i].bit)
			json_array_append_new(j, json_string(forwards[i].word));
	return j;
}

static unsigned
bit_of(const json_t *word)
{
	for (size_t i = 0; json_is_string(word) && i < sizeof forwards / sizeof *forwards; i++)
		if (strcmp(json_string_value(word), forwards[i].word) == 0)
			return forwards[i].bit;
	return 0;
}

static int
forward(struct webhook_ask *a)
{
	const json_t *words = webhook_member(a, "forward"), *one;
	unsigned what = 0;
	size_t i;
	int err = 0;

	if (a->tenant == CONTROL_ANY)
		return webhook_refuse(a, -EINVAL, "\"account\" is missing.");
	if (words && !json_is_array(words))
		return webhook_refuse(
			a, -EINVAL, "\"forward\" is a list of \"bounces\", \"complaints\".");
	json_array_foreach((json_t *)(uintptr_t)words, i, one)
	{
		if (!bit_of(one))
			return webhook_refuse(a, -EINVAL,
				"\"forward\" is a list of \"bounces\", \"complaints\".");
		what |= bit_of(one);
	}
	a->only_told = !words;
	err = words ? control_forward_set(a->control, a->tenant, what)
	            : control_forward_get(a->control, a->tenant, &what);
	if (!err)
		a->got = json_pack("{s:o}", "forward", desk_forward_json(what));
	return err;
}

static const struct webhook_verb verbs[] = {
	{ "inbound.add", add, true },
	{ "inbound.list", list, false },
	{ "inbound.get", get, false },
	{ "inbound.update", update, true },
	{ "inbound.remove", remove_one, true },
	{ "inbound.block", block, true },
	{ "inbound.blocked", blocked, false },
	{ "inbound.unblock", unblock, true },
	{ "accounts.forward", forward, true },
	{ NULL, NULL, false },
};

bool
desk_inbound_has(struct str verb)
{
	return webhook_verb_of(verbs, verb) != NULL;
}

struct desk_control_answer
desk_inbound_do(struct control *c, struct str verb, const json_t *body, int64_t now)
{
	return webhook_run(webhook_verb_of(verbs, verb), c, body, now);
}
