/* What the questions about webhooks give: URL, events, fields, secrets. */
#include "role/desk_webhook_priv.h"

#include "account/control_stream.h"
#include "base/mem.h"
#include "content/link_url.h"
#include "io/random.h"
#include "report/hook_sendgrid.h"
#include "wire/url_web.h"

#include <errno.h>
#include <sodium.h>

#define FIELDS_MAX 8u
#define SECRET_MAX 200u
#define EVENT_MAX  40u /* a word of Mailjet's */

/* ---- what was given ---- */

static struct str
percent(struct webhook_ask *a, struct str s)
{
	struct str out;
	struct buf b;

	buf_init(&b, s.n * 3 + 1);
	(void)link_url_encode(&b, s);
	out = arena_str(&a->arena, buf_str(&b));
	buf_done(&b);
	return out;
}

/* "user" of "user:password@" */
static struct str
user_of(struct str info)
{
	struct str user = str_head(info, str_find(info, '@'));

	return str_head(user, str_find(user, ':'));
}

/* Who sends back what was shown means what there is: the old secret stands behind the mask. */
static bool
is_shown(struct str info, struct str old)
{
	struct str user = user_of(old);

	return old.n && str_eq(user_of(info), user) &&
	       str_eq_z(str_from(info, user.n), ":" WEBHOOK_MASK "@");
}

static struct str
info_given(struct webhook_ask *a, struct str old)
{
	struct str user = desk_text(a->body, "user"), password = desk_text(a->body, "password");

	if (user.n == 0)
		return json_is_true(webhook_member(a, "keep_user")) ? old : STR_NONE;
	/* As it is shown, or as it was given. */
	if (old.n && str_eq_z(password, WEBHOOK_MASK) &&
		(str_eq(user, user_of(old)) || str_eq(percent(a, user), user_of(old))))
		return old;
	return arena_printf(&a->arena, "%.*s:%.*s@", STR_ARG(percent(a, user)),
		STR_ARG(percent(a, password)));
}

/* user and password go into the URL: those given, or (keep_user) those it had. */
static struct str
with_user(struct webhook_ask *a, struct str url, struct str old)
{
	struct str had = webhook_user(old, &(size_t){ 0 });
	size_t at;
	struct str info = webhook_user(url, &at), rest = str_from(url, at + info.n);

	if (info.n == 0)
		info = info_given(a, had);
	else if (is_shown(info, had))
		info = had;
	return info.n ? arena_printf(&a->arena, "%.*s%.*s%.*s", STR_ARG(str_head(url, at)),
				STR_ARG(info), STR_ARG(rest))
	              : url;
}

int
webhook_take_url(struct webhook_ask *a, struct webhook *w)
{
	struct str url = desk_text(a->body, "url");
	const char *why = "";
	struct url_web u;

	if (!webhook_member(a, "url"))
		return 0;
	url = with_user(a, url, w->url);
	for (size_t i = 0; i < url.n; i++)
		if (url.p[i] <= ' ' || url.p[i] > '~')
			return webhook_refuse(a, -EINVAL,
				"The URL has bytes that are not printable ASCII: write them "
				"as %%XX, and the host in A-labels.");
	if (url.n == 0 || url.n > WEBHOOK_URL_MAX)
		return webhook_refuse(a, -EINVAL,
			"\"url\" is missing, or longer than %u bytes.", WEBHOOK_URL_MAX);
	if (url_web_parse(&a->arena, url, &u, &why) < 0)
		return webhook_refuse(a, -EINVAL, "The URL cannot be used: %s.", why);
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
take_events(struct webhook_ask *a, enum hook_format format, struct webhook *w)
{
	const json_t *list = webhook_member(a, "events"), *one;
	uint32_t all = hook_kinds(format, STR_NONE), kinds = 0;
	size_t i;

	if (list && !json_is_array(list) && !json_is_null(list))
		return webhook_refuse(a, -EINVAL, "\"events\" is a list of words.");
	json_array_foreach((json_t *)(uintptr_t)list, i, one)
	{
		struct str word = str_of(json_string_value(one), json_string_length(one));
		uint32_t k = word.p ? kinds_of(format, word) : 0;

		if (!(k & all))
			return webhook_refuse(a, -EINVAL,
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

/* The value of a header field among lines "name: value"; the mask when it is not there. */
static struct str
old_value(struct str fields, struct str name)
{
	while (fields.n) {
		struct str value = str_cut(&fields, '\n'), key = str_cut(&value, ':');

		if (str_ieq(key, name) && value.p)
			return str_from(value, 1);
	}
	return STR_LIT(WEBHOOK_MASK);
}

static int
take_fields(struct webhook_ask *a, struct webhook *w)
{
	const json_t *object = webhook_member(a, "fields");
	struct buf b;
	const char *name;
	json_t *v;
	int err = 0;

	if (!object)
		return 0;
	if (!json_is_object(object) || json_object_size(object) > FIELDS_MAX)
		return webhook_refuse(a, -EINVAL,
			"\"fields\" is an object of at most %u header fields.", FIELDS_MAX);
	buf_init(&b, WEBHOOK_FIELDS_BYTES);
	json_object_foreach((json_t *)(uintptr_t)object, name, v)
	{
		struct str value = str_of(json_string_value(v), json_string_length(v));

		if (!err && (!is_token(str_z(name)) || !value.p || !is_plain(value) ||
				    is_ours(str_z(name))))
			err = webhook_refuse(a, -EINVAL,
				"\"%.60s\" cannot be a header field of a webhook, or its value "
				"is no line of text.",
				name);
		if (!err)
			err = buf_printf(&b, "%s: %.*s\n", name,
				STR_ARG(str_eq_z(value, WEBHOOK_MASK)
						? old_value(w->fields, str_z(name))
						: value));
	}
	if (err == -E2BIG)
		err = webhook_refuse(a, -EINVAL, "The header fields are too long.");
	w->fields = err ? STR_NONE : arena_str(&a->arena, buf_str(&b));
	buf_done(&b);
	return err;
}

static void
take_flag(const struct webhook_ask *a, const char *name, bool *ret)
{
	if (json_is_boolean(webhook_member(a, name)))
		*ret = json_is_true(webhook_member(a, name));
}

static int
take_rest(struct webhook_ask *a, struct webhook *w)
{
	struct str stream = desk_text(a->body, "stream"), state = desk_text(a->body, "state");

	if (webhook_member(a, "label"))
		w->label = desk_text(a->body, "label");
	take_flag(a, "people_only", &w->people_only);
	take_flag(a, "first_only", &w->first_only);
	take_flag(a, "is_backup", &w->is_backup);
	if (webhook_member(a, "event"))
		w->event = desk_text(a->body, "event");
	if (w->event.n > EVENT_MAX)
		return webhook_refuse(a, -EINVAL, "\"event\" has at most %u bytes.", EVENT_MAX);
	if (webhook_member(a, "stream")) {
		w->stream = -1;
		w->own_stream = STR_NONE;
	}
	if (str_eq_z(stream, "transactional"))
		w->stream = STREAM_TRANSACTIONAL;
	else if (str_eq_z(stream, "broadcast"))
		w->stream = STREAM_BROADCAST;
	else if (stream.n && control_stream_has(a->control, w->tenant, stream) == 0)
		w->own_stream = stream;
	else if (stream.n)
		return webhook_refuse(a, -EINVAL,
			"\"stream\" is transactional, broadcast or a stream of the account.");
	if (str_eq_z(state, "on") || str_eq_z(state, "off")) {
		w->state = str_eq_z(state, "on") ? WEBHOOK_ON : WEBHOOK_OFF;
		w->why = w->state == WEBHOOK_ON ? STR_NONE : STR_LIT("By hand.");
	} else if (state.n) {
		return webhook_refuse(a, -EINVAL, "\"state\" is on or off.");
	}
	return 0;
}

static int
take_format(struct webhook_ask *a, struct webhook *w, enum hook_format *ret)
{
	struct str name = desk_text(a->body, "format");
	bool changes = name.n && !str_eq(name, w->format);

	if (name.n)
		w->format = name;
	if (hook_format_of(w->format, ret) < 0)
		return webhook_refuse(a, -EINVAL,
			"\"format\" is native, mailjet-1, mailjet-2, sendgrid, postmark or "
			"mailgun.");
	/* Words of the old one mean nothing in another. */
	if (changes)
		w->kinds = hook_kinds(*ret, STR_NONE);
	return 0;
}

int
webhook_take(struct webhook_ask *a, struct webhook *w, enum hook_format *ret_format)
{
	int err = take_format(a, w, ret_format);

	err = err ? err : webhook_take_url(a, w);
	err = err ? err : take_events(a, *ret_format, w);
	err = err ? err : take_fields(a, w);
	return err ? err : take_rest(a, w);
}

/* ---- secrets ---- */

struct str
webhook_new_secret(struct webhook_ask *a, enum hook_format format)
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

int
webhook_given_secret(struct webhook_ask *a, enum hook_format format, struct str *ret)
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
		return webhook_refuse(a, -EINVAL, "The secret is too long.");
	if (format == HOOK_MAILGUN)
		return 0;
	buf_init(&b, 1000);
	err = hook_native_sign(&b, both, &what);
	buf_done(&b);
	return err ? webhook_refuse(a, -EINVAL,
			     "A secret is whsec_ and base64 of 16 to 64 bytes (Standard "
			     "Webhooks).")
	           : 0;
}

void
webhook_new_key(struct webhook_ask *a, struct webhook *w)
{
	uint8_t key[HOOK_SENDGRID_KEY_SIZE];

	hook_sendgrid_key(key);
	w->key = arena_str(&a->arena, str_of(key, sizeof key));
	mem_wipe(key, sizeof key);
}

/* Those formats that are signed anyway get one; the others when it is asked for. */
int
webhook_make_secret(struct webhook_ask *a, enum hook_format format, struct webhook *w)
{
	const json_t *is_signed = webhook_member(a, "signed");
	bool vendor = format != HOOK_NATIVE && format != HOOK_MAILGUN;
	int err = webhook_given_secret(a, format, &w->secret);

	if (err)
		return err;
	if (format == HOOK_SENDGRID) {
		if (!json_is_false(is_signed))
			webhook_new_key(a, w);
		w->secret = STR_NONE;
	} else if (w->secret.n == 0 && (!vendor || json_is_true(is_signed))) {
		w->secret = webhook_new_secret(a, format);
	}
	return 0;
}
