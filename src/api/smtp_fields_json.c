#include "api/smtp_fields_priv.h"

#include "api/call.h"
#include "api/mailbox_list.h"
#include "api/sendgrid_settings.h"
#include "base/utc.h"
#include "wire/json_in.h"

#include <errno.h>
#include <stdlib.h>

#define TAGS_MAX  10u
#define TAG_BYTES 255u
#define AHEAD     (3 * UTC_DAY)
#define SECOND_US INT64_C(1000000)

static struct str
text_of(const json_t *j)
{
	return str_of(json_string_value(j), json_string_length(j));
}

static bool
filled(const json_t *j)
{
	return json_object_size(j) + json_array_size(j) > 0 || json_string_length(j) > 0 ||
	       json_is_number(j) || json_is_true(j);
}

/* What the service does not do; empty it changes nothing. */
static void
refused(struct smtp_fields_reader *r, const json_t *root)
{
	static const struct {
		const char *name, *text;
	} table[] = {
		{ "ip_pool", "X-SMTPAPI: there is no such \"ip_pool\"" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (filled(json_object_get(root, table[i].name)))
			smtp_fields_refuse(r, table[i].text);
}

/* ---- substitutions ---- */

/* The only one of a list, or a text itself; NULL: neither. */
static json_t *
only(json_t *value)
{
	json_t *one = json_is_array(value) && json_array_size(value) == 1
	                      ? json_array_get(value, 0)
	                      : value;

	return json_is_string(one) ? one : NULL;
}

/* The list itself when it has n texts. */
static json_t *
each(json_t *value, size_t n)
{
	if (!json_is_array(value) || json_array_size(value) != n)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!json_is_string(json_array_get(value, i)))
			return NULL;
	return value;
}

/* n: texts of each tag, 0 a single one. false: refused. */
static bool
texts(struct smtp_fields_reader *r, const json_t *from, size_t n, json_t *to, const char *wrong)
{
	const char *key;
	json_t *value;

	if (from && !json_is_null(from) && !json_is_object(from) && filled(from)) {
		smtp_fields_refuse(r, wrong);
		return false;
	}
	json_object_foreach((json_t *)(uintptr_t)from, key, value)
	{
		json_t *one = n > 0 ? each(value, n) : only(value);

		if (!one) {
			smtp_fields_refuse(r, wrong);
			return false;
		}
		json_object_set(to, key, one);
	}
	return true;
}

static void
substitutions(struct smtp_fields_reader *r, const json_t *root)
{
	json_t *sub = json_object(), *section = json_object(), *all;
	size_t n = r->f->to.n;
	bool ok = texts(r, json_object_get(root, "sub"), n, sub,
		n > 0 ? "X-SMTPAPI: \"sub\" must have a list for each tag, with a text for "
			"each "
			"address of \"to\""
		      : "X-SMTPAPI: \"sub\" must have one text for each tag, that of the "
			"message's only recipient");
	char *text;

	ok = texts(r, json_object_get(root, "section"), 0, section,
		     "X-SMTPAPI: \"section\" must have a text for each tag") &&
	     ok;
	ok = ok && json_object_size(sub) + json_object_size(section) > 0;
	all = json_pack("{s:o,s:o}", "sub", sub, "section", section);
	text = ok ? json_dumps(all, JSON_COMPACT) : NULL;
	if (text) {
		r->f->subst = arena_str(r->arena, str_z(text));
		r->full |= r->f->subst.p == NULL;
	}
	free(text);
	json_decref(all);
}

/* ---- categories and arguments ---- */

static void
tag(struct smtp_fields_reader *r, const json_t *j)
{
	struct str s = text_of(j);

	if (!json_is_string(j))
		smtp_fields_refuse(
			r, "X-SMTPAPI: \"category\" must be a text, or a list of texts");
	else if (s.n > TAG_BYTES || json_array_size(r->tags) == TAGS_MAX)
		smtp_fields_refuse(r,
			"X-SMTPAPI: \"category\": at most 10 of at most 255 characters are "
			"allowed");
	else if (s.n > 0)
		json_array_append_new(r->tags, json_stringn(s.p, s.n));
}

static void
category(struct smtp_fields_reader *r, const json_t *j)
{
	if (!j || json_is_null(j))
		return;
	if (!json_is_array(j))
		tag(r, j);
	for (size_t i = 0; i < json_array_size(j); i++)
		tag(r, json_array_get(j, i));
}

/* Numbers and truths become texts, as events give them back. */
static void
arguments(struct smtp_fields_reader *r, const json_t *all)
{
	const char *key;
	json_t *value;

	if (all && !json_is_null(all) && !json_is_object(all))
		smtp_fields_refuse(r, "X-SMTPAPI: \"unique_args\" must be an object");
	json_object_foreach((json_t *)(uintptr_t)all, key, value)
	{
		char *text;

		if (json_is_object(value) || json_is_array(value)) {
			smtp_fields_refuse(r, "X-SMTPAPI: \"unique_args\" must hold texts");
			return;
		}
		if (json_object_get(r->metadata, key))
			continue;
		if (json_is_string(value)) {
			json_object_set(r->metadata, key, value);
			continue;
		}
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		json_object_set_new(r->metadata, key, json_string(text ? text : ""));
		free(text);
	}
}

/* ---- filters ---- */

static bool
on(const json_t *j)
{
	struct str s = json_is_string(j) ? text_of(j) : STR_NONE;

	return json_is_true(j) || json_integer_value(j) != 0 || str_eq_z(s, "1") ||
	       str_ieq_z(s, "true");
}

static void
track(const json_t *settings, enum outgoing_switch *to)
{
	const json_t *enable = json_object_get(settings, "enable");

	if (enable && !json_is_null(enable) && *to == OUTGOING_DEFAULT)
		*to = on(enable) ? OUTGOING_ON : OUTGOING_OFF;
}

/* A text of the settings, kept. */
static struct str
kept(struct smtp_fields_reader *r, const json_t *settings, const char *name)
{
	struct str s = text_of(json_object_get(settings, name));

	s = s.n ? arena_str(r->arena, s) : STR_NONE;
	r->full |= s.p == NULL;
	return s.p ? s : STR_NONE;
}

static void
clicks(struct smtp_fields_reader *r, const json_t *settings)
{
	const json_t *text = json_object_get(settings, "enable_text");

	track(settings, &r->f->clicks);
	if (r->f->clicks == OUTGOING_ON && text && !json_is_null(text) && !on(text))
		r->f->links = OUTGOING_LINKS_HTML;
}

static void
opens(struct smtp_fields_reader *r, const json_t *settings)
{
	track(settings, &r->f->opens);
	if (on(json_object_get(settings, "enable")))
		r->f->pixel_mark = kept(r, settings, "replace");
}

static void
footer(struct smtp_fields_reader *r, const json_t *settings)
{
	r->f->tail.text = kept(r, settings, "text/plain");
	r->f->tail.html = kept(r, settings, "text/html");
}

static void
subscription(struct smtp_fields_reader *r, const json_t *settings)
{
	r->f->tail.leave = true;
	r->f->tail.leave_mark = kept(r, settings, "replace");
	r->f->tail.leave_text = kept(r, settings, "text/plain");
	r->f->tail.leave_html = kept(r, settings, "text/html");
}

static void
analytics(struct smtp_fields_reader *r, const json_t *settings)
{
	static const char *const names[] = { "utm_source", "utm_medium", "utm_term",
		"utm_content", "utm_campaign" };
	struct str utm[5];
	int err;

	for (size_t i = 0; i < 5; i++)
		utm[i] = text_of(json_object_get(settings, names[i]));
	err = sendgrid_settings_tags(r->arena, utm, &r->f->url_tags);
	if (err == -EMSGSIZE)
		smtp_fields_refuse(r,
			"X-SMTPAPI: \"ganalytics\": at most 1024 characters together, as they "
			"stand in a URL, are allowed");
	r->full |= err == -E2BIG;
}

/* {"clicktrack": {"settings": {"enable": 1}}}. Those that are off change nothing, but for the
 * two that the account may have on. */
static void
filter(struct smtp_fields_reader *r, struct str name, const json_t *settings)
{
	static const struct {
		const char *name;
		void (*fn)(struct smtp_fields_reader *r, const json_t *settings);
		uint8_t bypass;
		bool off_too;
	} table[] = {
		{ "clicktrack", clicks, 0, true },
		{ "opentrack", opens, 0, true },
		{ "footer", footer, 0, false },
		{ "subscriptiontrack", subscription, 0, false },
		{ "ganalytics", analytics, 0, false },
		{ "bypass_list_management", NULL, MAIL_BYPASS, false },
		{ "bypass_spam_management", NULL, MAIL_BYPASS_COMPLAINT, false },
		{ "bypass_bounce_management", NULL, MAIL_BYPASS_BOUNCE, false },
		{ "bypass_unsubscribe_management", NULL, MAIL_BYPASS_UNSUBSCRIBE, false },
		/* Every message is signed, and needs no help to be shown. */
		{ "dkim", NULL, 0, false },
		{ "domainkeys", NULL, 0, false },
		{ "spamcheck", NULL, 0, false },
		{ "gravatar", NULL, 0, false },
	};
	bool enabled = on(json_object_get(settings, "enable"));

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (!str_eq_z(name, table[i].name))
			continue;
		if (enabled)
			r->f->bypass |= table[i].bypass;
		if (table[i].fn && (enabled || table[i].off_too))
			table[i].fn(r, settings);
		return;
	}
	if (enabled)
		smtp_fields_refuse(r,
			"X-SMTPAPI: of \"filters\" only clicktrack, opentrack, "
			"subscriptiontrack, ganalytics, footer and bypass_* are available "
			"here");
}

static void
filters(struct smtp_fields_reader *r, const json_t *all)
{
	const char *key;
	json_t *one;

	if (all && !json_is_null(all) && !json_is_object(all))
		smtp_fields_refuse(r, "X-SMTPAPI: \"filters\" must be an object");
	json_object_foreach((json_t *)(uintptr_t)all, key, one)
	{
		filter(r, str_z(key), json_object_get(one, "settings"));
	}
}

/* ---- */

/* Seconds since 1970; what has passed is 0. */
static int64_t
time_of(struct smtp_fields_reader *r, const json_t *j, const char *wrong, const char *late)
{
	int64_t at = json_integer_value(j);

	if (!json_is_integer(j))
		smtp_fields_refuse(r, wrong);
	else if (at > (r->now + AHEAD) / SECOND_US)
		smtp_fields_refuse(r, late);
	else if (at > r->now / SECOND_US)
		return at * SECOND_US;
	return 0;
}

static void
send_at(struct smtp_fields_reader *r, const json_t *j)
{
	if (j && !json_is_null(j))
		r->f->send_at =
			time_of(r, j, "X-SMTPAPI: \"send_at\" must be a number of seconds",
				"X-SMTPAPI: \"send_at\" is more than 72 hours ahead");
}

/* ---- mail merge ---- */

static void
recipients(struct smtp_fields_reader *r, json_t *all)
{
	size_t n = json_is_array(all) ? json_array_size(all) : 1;
	struct outgoing_address *at = NULL;

	if (!filled(all))
		return;
	if (n > SMTP_FIELDS_TO_MAX)
		smtp_fields_refuse(r, "X-SMTPAPI: \"to\": at most 1000 addresses are allowed");
	else if (!(at = arena_alloc(r->arena, n * sizeof *at)))
		r->full = true;
	for (size_t i = 0; at && i < n; i++) {
		json_t *one = json_is_array(all) ? json_array_get(all, i) : all;
		struct outgoing_list l = { NULL, 0 };
		struct str bad;
		int err = -EINVAL;

		if (json_is_string(one))
			err = mailbox_list_read(r->arena, text_of(one), 1, &l, &bad);
		r->full |= err == -E2BIG;
		if (err || l.n != 1) {
			smtp_fields_refuse(r, "X-SMTPAPI: \"to\" must be a list of e-mail "
					      "addresses, such as \"Ann <ann@example.com>\"");
			return;
		}
		at[i] = l.at[0];
	}
	r->f->to = (struct outgoing_list){ at, at ? n : 0 };
}

static void
each_at(struct smtp_fields_reader *r, const json_t *all, const json_t *for_all)
{
	size_t n = json_array_size(all);
	int64_t *at;

	if (!filled(all))
		return;
	if (n == 0 || n != r->f->to.n) {
		smtp_fields_refuse(r, "X-SMTPAPI: \"send_each_at\" must be a list with a time "
				      "for each address of \"to\"");
		return;
	}
	if (filled(for_all))
		smtp_fields_refuse(r, "X-SMTPAPI: \"send_at\" and \"send_each_at\" cannot be "
				      "given together");
	at = arena_alloc(r->arena, n * sizeof *at);
	r->full |= at == NULL;
	for (size_t i = 0; at && i < n; i++)
		at[i] = time_of(r, json_array_get(all, i),
			"X-SMTPAPI: \"send_each_at\" must hold numbers of seconds",
			"X-SMTPAPI: \"send_each_at\": a time is more than 72 hours ahead");
	r->f->each_at = at;
}

/* By which a batch is found again, as by HTTP. */
static void
batch(struct smtp_fields_reader *r, const json_t *id)
{
	if (!filled(id))
		return;
	if (!json_is_string(id)) {
		smtp_fields_refuse(r, "X-SMTPAPI: \"batch_id\" must be a text");
		return;
	}
	r->f->batch = arena_str(r->arena, text_of(id));
	r->full |= r->f->batch.p == NULL;
	r->custom_id = r->f->batch.p ? r->f->batch : STR_NONE;
}

static void
groups(struct smtp_fields_reader *r, const json_t *group, json_t *display)
{
	json_int_t number = json_integer_value(group);

	if (json_is_integer(group) && (number <= 0 || number >= MSG_STREAM_NUMBERS))
		smtp_fields_refuse(r, "X-SMTPAPI: there is no group of this number");
	else if (json_is_integer(group)) {
		r->f->group = (uint32_t)number;
		r->asm_group = arena_printf(r->arena, "%lld", (long long)number);
	} else if (group && !json_is_null(group))
		smtp_fields_refuse(r, "X-SMTPAPI: \"asm_group_id\" must be a number");
	if (!r->asm_group.p) {
		r->full = true;
		r->asm_group = STR_NONE;
	}
	for (size_t i = 0; i < json_array_size(display); i++)
		if (!json_is_integer(json_array_get(display, i)))
			smtp_fields_refuse(
				r, "X-SMTPAPI: \"asm_groups_to_display\" must hold numbers");
	if (json_array_size(display) > OUTGOING_GROUPS - 1)
		smtp_fields_refuse(r,
			"X-SMTPAPI: \"asm_groups_to_display\": at most 25 groups are allowed");
	r->f->ngroups = api_groups(display, r->f->group, r->f->groups);
	if (json_is_array(display))
		r->asm_groups = json_incref(display);
}

void
smtp_fields_json(struct smtp_fields_reader *r, struct str value)
{
	json_t *root = NULL;
	struct json_in in;
	struct str why;

	json_in_init(&in, r->arena);
	if (json_in_text(&in, value, &root, &why) < 0 || !json_is_object(root)) {
		smtp_fields_refuse(r, "X-SMTPAPI is no JSON object");
		json_decref(root);
		return;
	}
	refused(r, root);
	recipients(r, json_object_get(root, "to"));
	substitutions(r, root);
	category(r, json_object_get(root, "category"));
	arguments(r, json_object_get(root, "unique_args"));
	filters(r, json_object_get(root, "filters"));
	send_at(r, json_object_get(root, "send_at"));
	each_at(r, json_object_get(root, "send_each_at"), json_object_get(root, "send_at"));
	batch(r, json_object_get(root, "batch_id"));
	groups(r, json_object_get(root, "asm_group_id"),
		json_object_get(root, "asm_groups_to_display"));
	json_decref(root);
}
