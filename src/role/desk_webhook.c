#include "role/desk_webhook.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "base/utc.h"
#include "io/random.h"
#include "report/hook.h"
#include "report/hook_sendgrid.h"
#include "wire/typed_id.h"
#include "wire/url_web.h"

#include <errno.h>
#include <sodium.h>

#define ARENA_MAX    (16u << 20)
#define FIELDS_MAX   8u
#define LOG_LIMIT    50
#define LOG_MAX      1000
#define DEAD_LIMIT   1000
#define KEEP_TRYING  (72 * UTC_HOUR)
#define SECRET_MAX   200u
#define NOT_FOR_ALL  "Say whose webhook it is: \"account\" is missing."

struct ask {
	struct control *control;
	const json_t *body;
	int64_t now;
	uint32_t tenant;
	struct arena arena;
	json_t *got;
	char why[300]; /* own sentence; empty: the tables' */
};

static int
refuse(struct ask *a, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int
refuse(struct ask *a, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(a->why, sizeof a->why, fmt, ap);
	va_end(ap);
	return err;
}

static const json_t *
member(const struct ask *a, const char *name)
{
	return json_object_get(a->body, name);
}

/* ---- who and which ---- */

int
desk_webhook_tenant(struct control *c, const json_t *body, uint32_t *ret)
{
	const json_t *number = json_object_get(body, "tenant");
	struct str account = desk_text(body, "account");

	if (json_is_integer(number))
		*ret = (uint32_t)json_integer_value(number);
	else if (account.n)
		return control_account_tenant(c, account, ret);
	else
		*ret = CONTROL_ANY;
	return 0;
}

int64_t
desk_webhook_id(struct control *c, const json_t *body)
{
	const json_t *j = json_object_get(body, "id");
	uint64_t id = 0;

	if (json_is_integer(j))
		return json_integer_value(j) > 0 ? json_integer_value(j) : 0;
	if (typed_id_read(desk_text(body, "id"), control_ids(c), "whk", &id) < 0)
		return 0;
	return (int64_t)id;
}

static int
take(void *ctx, const struct webhook *w)
{
	*(struct webhook *)ctx = *w;
	return 0;
}

/* The webhook that is meant, with its tenant. */
static int
find(struct ask *a, struct webhook *ret_w)
{
	struct webhook_query q = { a->tenant, desk_webhook_id(a->control, a->body) };

	if (q.id == 0)
		return refuse(a, -ENOENT, "There is no such webhook.");
	return control_webhook_each(a->control, &a->arena, &q, take, ret_w);
}

/* ---- as JSON ---- */

json_t *
desk_webhook_text(struct str s)
{
	json_t *j = json_stringn(s.p ? s.p : "", s.n);
	struct buf b;

	if (j)
		return j;
	buf_init(&b, s.n * 8 + 16);
	(void)text_safe(&b, s);
	j = json_stringn(buf_str(&b).p, b.n);
	buf_done(&b);
	return j ? j : json_string("");
}

static json_t *
time_json(int64_t wall)
{
	char text[UTC_TEXT_SIZE];

	return wall > 0 ? json_string(utc_rfc3339(text, wall)) : json_null();
}

/* https://user:***@host/path */
static json_t *
url_json(struct str url, json_t **ret_user)
{
	size_t from = str_find_str(url, STR_LIT("://"));
	struct str rest, user;
	struct buf b;
	json_t *j;
	size_t at;

	*ret_user = json_string("");
	from = from < url.n ? from + 3 : 0;
	rest = str_from(url, from);
	at = str_find(str_head(rest, str_find(rest, '/')), '@');
	if (at >= str_find(rest, '/') || at >= rest.n)
		return desk_webhook_text(url);
	user = str_head(rest, at);
	user = str_head(user, str_find(user, ':'));
	json_decref(*ret_user);
	*ret_user = desk_webhook_text(user);
	buf_init(&b, url.n + 16);
	buf_printf(&b, "%.*s%.*s:***%.*s", STR_ARG(str_head(url, from)), STR_ARG(user),
		STR_ARG(str_from(rest, at)));
	j = desk_webhook_text(buf_str(&b));
	buf_done(&b);
	return j;
}

static json_t *
events_json(uint32_t kinds)
{
	json_t *list = json_array();

	for (unsigned k = 1; k < FACT_KINDS; k++)
		if (kinds >> k & 1 && k != FACT_RELAYED)
			json_array_append_new(list, json_string(fact_name((enum fact_kind)k)));
	return list;
}

static json_t *
field_names(struct str fields)
{
	json_t *list = json_array();

	while (fields.n) {
		struct str line = str_cut(&fields, '\n');

		if (line.n)
			json_array_append_new(
				list, desk_webhook_text(str_head(line, str_find(line, ':'))));
	}
	return list;
}

static json_t *
public_key(struct str key)
{
	struct buf b;
	json_t *j = NULL;

	if (key.n == 0)
		return json_null();
	buf_init(&b, 400);
	if (hook_sendgrid_public(&b, key) == 0)
		j = json_stringn(b.p, b.n);
	buf_done(&b);
	return j ? j : json_null();
}

static json_t *
webhook_json(struct ask *a, const struct webhook *w)
{
	static const char *const streams[] = { "transactional", "broadcast" };
	char id[TYPED_ID_TEXT];
	json_t *j = json_object(), *user, *url = url_json(w->url, &user);
	const struct {
		const char *name;
		json_t *value;
	} members[] = {
		{ "id", json_string(typed_id_write(id, control_ids(a->control), "whk",
				(uint64_t)w->id)) },
		{ "number", json_integer(w->id) },
		{ "account", desk_webhook_text(w->account) },
		{ "label", desk_webhook_text(w->label) },
		{ "url", url },
		{ "user", user },
		{ "format", desk_webhook_text(w->format) },
		{ "events", events_json(w->kinds) },
		{ "people_only", json_boolean(w->people_only) },
		{ "first_only", json_boolean(w->first_only) },
		{ "stream", w->stream >= 0 && w->stream < 2 ? json_string(streams[w->stream])
			                                    : json_null() },
		{ "event", w->event.n ? desk_webhook_text(w->event) : json_null() },
		{ "is_backup", json_boolean(w->is_backup) },
		{ "fields", field_names(w->fields) },
		{ "signed", json_boolean(w->secret.n || w->key.n) },
		{ "public_key", public_key(w->key) },
		{ "state", json_string(webhook_state_name(w->state)) },
		{ "why", w->why.n ? desk_webhook_text(w->why) : json_null() },
		{ "created", time_json(w->created) },
		{ "old_secret_until",
			time_json(w->old_secret.n ? w->rolled + WEBHOOK_GRACE_US : 0) },
		{ "position", time_json((int64_t)w->seq) },
		{ "failing_since", time_json(w->failing_since) },
		{ "failures", json_integer(w->failures) },
	};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		json_object_set_new(j, members[i].name, members[i].value);
	return j;
}

/* ---- what was given ---- */

static struct str
percent(struct ask *a, struct str s)
{
	struct str out;
	struct buf b;

	buf_init(&b, s.n * 3 + 1);
	for (size_t i = 0; i < s.n; i++) {
		if (ascii_alnum(s.p[i]) || memchr("-._~", s.p[i], 4))
			buf_put_c(&b, s.p[i]);
		else
			buf_printf(&b, "%%%02X", (unsigned)(uint8_t)s.p[i]);
	}
	out = arena_str(&a->arena, buf_str(&b));
	buf_done(&b);
	return out;
}

/* user and password go into the URL: those given, or (keep_user) those it had. */
static struct str
with_user(struct ask *a, struct str url, struct str old)
{
	struct str user = desk_text(a->body, "user"), info = STR_NONE, host;
	size_t at = str_find_str(url, STR_LIT("://"));

	if (at >= url.n)
		return url;
	at += 3;
	if (user.n) {
		info = arena_printf(&a->arena, "%.*s:%.*s@",
			STR_ARG(percent(a, user)),
			STR_ARG(percent(a, desk_text(a->body, "password"))));
	} else if (json_is_true(member(a, "keep_user"))) {
		host = str_from(old, str_find_str(old, STR_LIT("://")));
		host = str_from(host, 3);
		info = str_head(host, str_find(host, '/'));
		info = str_find(info, '@') < info.n ? str_head(info, str_find(info, '@') + 1)
		                                    : STR_NONE;
	}
	if (info.n == 0 || str_find(str_from(url, at), '@') < url.n - at)
		return url;
	return arena_printf(&a->arena, "%.*s%.*s%.*s", STR_ARG(str_head(url, at)),
		STR_ARG(info), STR_ARG(str_from(url, at)));
}

static int
take_url(struct ask *a, struct webhook *w)
{
	struct str url = desk_text(a->body, "url");
	const char *why = "";
	struct url_web u;

	if (!member(a, "url"))
		return 0;
	url = with_user(a, url, w->url);
	for (size_t i = 0; i < url.n; i++)
		if (url.p[i] <= ' ' || url.p[i] > '~')
			return refuse(a, -EINVAL,
				"The URL has bytes that are not printable ASCII: write them "
				"as %%XX, and the host in A-labels.");
	if (url.n == 0 || url.n > WEBHOOK_URL_MAX)
		return refuse(a, -EINVAL, "\"url\" is missing, or longer than %u bytes.",
			WEBHOOK_URL_MAX);
	if (url_web_parse(&a->arena, url, &u, &why) < 0)
		return refuse(a, -EINVAL, "%s", why);
	w->url = url;
	return 0;
}

/* One word: ours ("delivered", "message.delivered") or the format's. */
static uint32_t
kinds_of(enum hook_format format, struct str word)
{
	struct str prefix = STR_LIT("message.");

	if (str_istarts(word, prefix))
		word = str_from(word, prefix.n);
	if (word.n == 0)
		return 0;
	return hook_kinds(HOOK_NATIVE, word) | hook_kinds(format, word);
}

static int
take_events(struct ask *a, enum hook_format format, struct webhook *w)
{
	const json_t *list = member(a, "events"), *one;
	uint32_t all = hook_kinds(format, STR_NONE), kinds = 0;
	size_t i;

	if (list && !json_is_array(list) && !json_is_null(list))
		return refuse(a, -EINVAL, "\"events\" is a list of words.");
	json_array_foreach((json_t *)(uintptr_t)list, i, one)
	{
		struct str word = str_of(json_string_value(one), json_string_length(one));
		uint32_t k = word.p ? kinds_of(format, word) : 0;

		if (!(k & all))
			return refuse(a, -EINVAL,
				"\"%.*s\" is no event that the format %s can tell of.",
				STR_ARG(str_head(word.p ? word : STR_NONE, 60)),
				hook_format_name(format));
		kinds |= k & all;
	}
	if (json_is_array(list))
		w->kinds = kinds;
	return 0;
}

static bool
is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && !memchr("!#$%&'*+-.^_`|~", s.p[i], 15))
			return false;
	return s.n > 0;
}

static bool
is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] < ' ' || s.p[i] == 127)
			return false;
	return true;
}

/* What the poster or the format writes itself. */
static bool
is_ours(struct str name)
{
	static const char *const names[] = { "host", "connection", "transfer-encoding",
		"content-length", "content-type", "content-encoding", "expect", "upgrade", "te",
		"trailer", "keep-alive", "user-agent", "webhook-id", "webhook-timestamp",
		"webhook-signature" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_ieq_z(name, names[i]))
			return true;
	return str_istarts(name, STR_LIT("x-twilio-")) || str_istarts(name, STR_LIT("proxy-"));
}

static int
take_fields(struct ask *a, struct webhook *w)
{
	const json_t *object = member(a, "fields");
	struct buf b;
	const char *name;
	json_t *v;
	int err = 0;

	if (!object)
		return 0;
	if (!json_is_object(object) || json_object_size(object) > FIELDS_MAX)
		return refuse(a, -EINVAL, "\"fields\" is an object of at most %u header fields.",
			FIELDS_MAX);
	buf_init(&b, WEBHOOK_FIELDS_BYTES);
	json_object_foreach((json_t *)(uintptr_t)object, name, v)
	{
		struct str value = str_of(json_string_value(v), json_string_length(v));

		if (!err && (!is_token(str_z(name)) || !value.p || !is_plain(value) ||
				    is_ours(str_z(name))))
			err = refuse(a, -EINVAL,
				"\"%.60s\" cannot be a header field of a webhook, or its value "
				"is no line of text.",
				name);
		if (!err)
			err = buf_printf(&b, "%s: %.*s\n", name, STR_ARG(value));
	}
	if (err == -E2BIG)
		err = refuse(a, -EINVAL, "The header fields are too long.");
	w->fields = err ? STR_NONE : arena_str(&a->arena, buf_str(&b));
	buf_done(&b);
	return err;
}

static void
take_flag(const struct ask *a, const char *name, bool *ret)
{
	if (json_is_boolean(member(a, name)))
		*ret = json_is_true(member(a, name));
}

static int
take_rest(struct ask *a, struct webhook *w)
{
	struct str stream = desk_text(a->body, "stream"), state = desk_text(a->body, "state");

	if (member(a, "label"))
		w->label = desk_text(a->body, "label");
	take_flag(a, "people_only", &w->people_only);
	take_flag(a, "first_only", &w->first_only);
	take_flag(a, "is_backup", &w->is_backup);
	if (member(a, "event"))
		w->event = desk_text(a->body, "event");
	if (member(a, "stream"))
		w->stream = -1;
	if (str_eq_z(stream, "transactional"))
		w->stream = STREAM_TRANSACTIONAL;
	else if (str_eq_z(stream, "broadcast"))
		w->stream = STREAM_BROADCAST;
	else if (stream.n)
		return refuse(a, -EINVAL, "\"stream\" is transactional or broadcast.");
	if (str_eq_z(state, "on") || str_eq_z(state, "off")) {
		w->state = str_eq_z(state, "on") ? WEBHOOK_ON : WEBHOOK_OFF;
		w->why = w->state == WEBHOOK_ON ? STR_NONE : STR_LIT("By hand.");
	} else if (state.n) {
		return refuse(a, -EINVAL, "\"state\" is on or off.");
	}
	return 0;
}

static int
take_format(struct ask *a, struct webhook *w, enum hook_format *ret)
{
	struct str name = desk_text(a->body, "format");
	bool changes = name.n && !str_eq(name, w->format);

	if (name.n)
		w->format = name;
	if (hook_format_of(w->format, ret) < 0)
		return refuse(a, -EINVAL,
			"\"format\" is native, mailjet-1, mailjet-2, sendgrid, postmark or "
			"mailgun.");
	/* Words of the old one mean nothing in another. */
	if (changes)
		w->kinds = hook_kinds(*ret, STR_NONE);
	return 0;
}

static int
take_all(struct ask *a, struct webhook *w, enum hook_format *ret_format)
{
	int err = take_format(a, w, ret_format);

	err = err ? err : take_url(a, w);
	err = err ? err : take_events(a, *ret_format, w);
	err = err ? err : take_fields(a, w);
	return err ? err : take_rest(a, w);
}

/* ---- secrets ---- */

static struct str
new_secret(struct ask *a, enum hook_format format)
{
	uint8_t random[HOOK_SECRET_BYTES_MADE];
	char hex[2 * sizeof random + 1];
	struct str made = STR_NONE;
	struct buf b;

	random_bytes(random, sizeof random);
	if (format == HOOK_MAILGUN) {
		sodium_bin2hex(hex, sizeof hex, random, sizeof random);
		made = arena_str(&a->arena, str_z(hex));
	} else {
		buf_init(&b, 200);
		if (hook_native_secret(&b, random) == 0)
			made = arena_str(&a->arena, buf_str(&b));
		buf_done(&b);
	}
	mem_wipe(random, sizeof random);
	return made;
}

static int
given_secret(struct ask *a, enum hook_format format, struct str *ret)
{
	struct str secret = desk_text(a->body, "secret");
	const struct str both[HOOK_SECRETS_MAX] = { secret, STR_NONE };
	const struct hook_signed what = { STR_LIT("x"), 1, STR_LIT("x") };
	struct buf b;
	int err;

	*ret = secret;
	if (secret.n == 0)
		return 0;
	if (secret.n > SECRET_MAX)
		return refuse(a, -EINVAL, "The secret is too long.");
	if (format == HOOK_MAILGUN)
		return 0;
	buf_init(&b, 1000);
	err = hook_native_sign(&b, both, &what);
	buf_done(&b);
	return err ? refuse(a, -EINVAL,
			     "A secret is whsec_ and base64 of 16 to 64 bytes (Standard "
			     "Webhooks).")
	           : 0;
}

static void
new_key(struct ask *a, struct webhook *w)
{
	uint8_t key[HOOK_SENDGRID_KEY_SIZE];

	hook_sendgrid_key(key);
	w->key = arena_str(&a->arena, str_of(key, sizeof key));
	mem_wipe(key, sizeof key);
}

/* Those formats that are signed anyway get one; the others when it is asked for. */
static int
make_secret(struct ask *a, enum hook_format format, struct webhook *w)
{
	const json_t *is_signed = member(a, "signed");
	bool vendor = format != HOOK_NATIVE && format != HOOK_MAILGUN;
	int err = given_secret(a, format, &w->secret);

	if (err)
		return err;
	if (format == HOOK_SENDGRID) {
		if (!json_is_false(is_signed))
			new_key(a, w);
		w->secret = STR_NONE;
	} else if (w->secret.n == 0 && (!vendor || json_is_true(is_signed))) {
		w->secret = new_secret(a, format);
	}
	return 0;
}

/* ---- verbs ---- */

static int
add(struct ask *a)
{
	struct webhook w = { .label = STR_NONE,
		.format = STR_LIT("native"),
		.event = STR_NONE,
		.url = STR_NONE,
		.fields = STR_NONE,
		.old_secret = STR_NONE,
		.key = STR_NONE,
		.why = STR_NONE,
		.kinds = hook_kinds(HOOK_NATIVE, STR_NONE),
		.stream = -1,
		.state = WEBHOOK_ON,
		/* Places in the feed are times: it begins with what happens from now on. */
		.seq = (uint64_t)a->now };
	struct webhook_query q;
	enum hook_format format;
	int err;

	if (a->tenant == CONTROL_ANY)
		return refuse(a, -EINVAL, NOT_FOR_ALL);
	if (!member(a, "url"))
		return refuse(a, -EINVAL, "\"url\" is missing.");
	w.tenant = a->tenant;
	err = take_all(a, &w, &format);
	err = err ? err : make_secret(a, format, &w);
	q.tenant = a->tenant;
	err = err ? err : control_webhook_add(a->control, &w, &q.id);
	if (!err) {
		struct str secret = w.secret;

		err = control_webhook_each(a->control, &a->arena, &q, take, &w);
		if (!err)
			a->got = webhook_json(a, &w);
		if (!err && secret.n)
			json_object_set_new(a->got, "secret", desk_webhook_text(secret));
	}
	return err;
}

static int
list_one(void *ctx, const struct webhook *w)
{
	struct ask *a = ctx;
	struct str format = desk_text(a->body, "vendor");

	if (format.n == 0 || str_starts(w->format, format))
		json_array_append_new(a->got, webhook_json(a, w));
	return 0;
}

static int
list(struct ask *a)
{
	struct webhook_query q = { a->tenant, 0 };
	int err;

	a->got = json_array();
	err = control_webhook_each(a->control, &a->arena, &q, list_one, a);
	if (!err)
		a->got = json_pack("{s:o}", "webhooks", a->got);
	return err;
}

static int
get(struct ask *a)
{
	struct webhook w;
	int err = find(a, &w);

	if (!err)
		a->got = webhook_json(a, &w);
	return err;
}

static int
take_backup(void *ctx, const struct webhook *w)
{
	struct webhook *first = ctx;

	if (w->is_backup && first->event.n && str_eq(w->event, first->event) &&
		w->seq > first->seq)
		first->seq = w->seq;
	return 0;
}

/* Goes on where it stopped, but not behind what is tried at all, nor before a backup. */
static int
go_on(struct ask *a, struct webhook *w)
{
	struct webhook_query q = { w->tenant, 0 };
	uint64_t oldest = (uint64_t)(a->now - KEEP_TRYING);
	int err = 0;

	if (w->seq < oldest)
		w->seq = oldest;
	if (!w->is_backup)
		err = control_webhook_each(a->control, &a->arena, &q, take_backup, w);
	w->failing_since = 0;
	w->failures = 0;
	w->why = STR_NONE;
	return err ? err : control_webhook_progress(a->control, w);
}

static int
change(struct ask *a, struct webhook *w, enum webhook_state was)
{
	int err;

	if (was != WEBHOOK_ON && w->state == WEBHOOK_ON) {
		err = go_on(a, w);
		if (err)
			return err;
	}
	err = control_webhook_update(a->control, w);
	if (!err)
		err = find(a, w);
	if (!err)
		a->got = webhook_json(a, w);
	return err;
}

static int
update(struct ask *a)
{
	struct webhook w;
	enum hook_format format, old;
	enum webhook_state was;
	bool was_signed;
	int err = find(a, &w);

	if (err)
		return err;
	was = w.state;
	must(hook_format_of(w.format, &old) == 0);
	err = take_all(a, &w, &format);
	if (err)
		return err;
	/* "To reactivate it, set a new URL." */
	if (member(a, "url") && !member(a, "state"))
		w.state = WEBHOOK_ON;
	was_signed = w.secret.n || w.key.n;
	if (format != old ||
		(json_is_boolean(member(a, "signed")) &&
			json_is_true(member(a, "signed")) != was_signed)) {
		w.secret = w.old_secret = w.key = STR_NONE;
		err = make_secret(a, format, &w);
	}
	return err ? err : change(a, &w, was);
}

static int
resume(struct ask *a)
{
	struct webhook w;
	enum webhook_state was;
	int err = find(a, &w);

	if (err)
		return err;
	was = w.state;
	w.state = WEBHOOK_ON;
	return change(a, &w, was);
}

static int
removed(struct ask *a)
{
	struct webhook w;
	int err = find(a, &w);

	err = err ? err : control_webhook_remove(a->control, w.tenant, w.id);
	if (!err)
		a->got = json_pack("{s:O,s:b}", "id", member(a, "id"), "removed", 1);
	return err;
}

static int
roll(struct ask *a)
{
	struct webhook w;
	enum hook_format format;
	struct str secret;
	int err = find(a, &w);

	if (err)
		return err;
	must(hook_format_of(w.format, &format) == 0);
	err = given_secret(a, format, &secret);
	if (err)
		return err;
	if (format == HOOK_SENDGRID) {
		new_key(a, &w);
	} else {
		w.old_secret = w.secret;
		w.secret = secret.n ? secret : new_secret(a, format);
		w.rolled = a->now;
		secret = w.secret;
	}
	err = change(a, &w, w.state);
	if (!err && secret.n && format != HOOK_SENDGRID)
		json_object_set_new(a->got, "secret", desk_webhook_text(secret));
	return err;
}

static int
log_one(void *ctx, const struct webhook_post *p)
{
	json_array_append_new(ctx,
		json_pack("{s:I,s:o,s:o,s:I,s:i,s:I,s:o,s:o,s:o,s:o}", "number",
			(json_int_t)p->id, "at", time_json(p->at), "event",
			desk_webhook_text(p->event), "events", (json_int_t)p->events, "status",
			(int)p->status, "took_ms", (json_int_t)p->took_ms, "result",
			desk_webhook_text(p->result), "why", desk_webhook_text(p->why),
			"request", desk_webhook_text(p->request), "answer",
			desk_webhook_text(p->answer)));
	return 0;
}

static int
log_(struct ask *a)
{
	json_int_t limit = json_integer_value(member(a, "limit"));
	struct webhook_page page = { .limit = LOG_LIMIT };
	json_t *posts, *last;
	struct webhook w;
	int err = find(a, &w);

	if (err)
		return err;
	if (limit > 0)
		page.limit = limit < LOG_MAX ? (unsigned)limit : LOG_MAX;
	page.tenant = w.tenant;
	page.webhook = w.id;
	page.from = json_integer_value(member(a, "from"));
	posts = json_array();
	err = control_webhook_posts(a->control, &page, log_one, posts);
	last = json_array_size(posts) == page.limit
	               ? json_object_get(
				 json_array_get(posts, json_array_size(posts) - 1), "number")
	               : NULL;
	last = last ? json_incref(last) : json_null();
	a->got = json_pack("{s:o,s:o}", "posts", posts, "next", last);
	return err;
}

static int
dead_one(void *ctx, const struct webhook_range *r)
{
	json_array_append_new(ctx,
		json_pack("{s:I,s:o,s:o,s:o,s:o}", "number", (json_int_t)r->id, "at",
			time_json(r->at), "behind", time_json((int64_t)r->behind), "upto",
			time_json((int64_t)r->upto), "why", desk_webhook_text(r->why)));
	return 0;
}

static int
dead(struct ask *a)
{
	struct webhook_page page = { .limit = DEAD_LIMIT };
	struct webhook w;
	int err = find(a, &w);

	if (err)
		return err;
	page.tenant = w.tenant;
	page.webhook = w.id;
	a->got = json_array();
	err = control_webhook_ranges(
		a->control, WEBHOOK_DEAD_LETTERS, &page, dead_one, a->got);
	a->got = json_pack("{s:o}", "dead", a->got);
	return err;
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	int (*fn)(struct ask *a);
	bool changes;
} verbs[] = {
	{ "webhooks.add", add, true },
	{ "webhooks.list", list, false },
	{ "webhooks.get", get, false },
	{ "webhooks.update", update, true },
	{ "webhooks.remove", removed, true },
	{ "webhooks.roll", roll, true },
	{ "webhooks.log", log_, false },
	{ "webhooks.dead", dead, false },
	{ "webhooks.resume", resume, true },
};
#define NVERBS (sizeof verbs / sizeof *verbs)

static size_t
number_of(struct str verb)
{
	size_t i = 0;

	while (i < NVERBS && !str_eq_z(verb, verbs[i].name))
		i++;
	return i;
}

bool
desk_webhook_has(struct str verb)
{
	return number_of(verb) < NVERBS;
}

static int
status_of(int err)
{
	return err == -EEXIST ? 409 : err == -ENOENT ? 404 : err == -EINVAL ? 400 : 500;
}

struct desk_control_answer
desk_webhook_do(struct control *c, struct str verb, const json_t *body, int64_t now)
{
	struct desk_control_answer answer = { .status = 200 };
	struct ask a = { .control = c, .body = body, .now = now };
	size_t i = number_of(verb);
	int err;

	must(i < NVERBS);
	arena_init(&a.arena, ARENA_MAX);
	err = desk_webhook_tenant(c, body, &a.tenant);
	err = err ? err : verbs[i].fn(&a);
	if (err) {
		json_decref(a.got);
		answer.status = status_of(err);
		answer.json = desk_error_json(
			answer.status, a.why[0] ? a.why : control_error(c));
	} else {
		answer.json = a.got;
		answer.changed = verbs[i].changes;
	}
	arena_done(&a.arena);
	return answer;
}
