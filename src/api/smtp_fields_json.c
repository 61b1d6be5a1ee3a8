#include "api/smtp_fields_priv.h"

#include "base/utc.h"
#include "wire/json_in.h"

#include <stdlib.h>

#define TAGS_MAX  10u
#define TAG_BYTES 255u
#define AHEAD     (3 * UTC_DAY)
#define SECOND_US INT64_C(1000000)

#define NOT_RENDERED                                                                           \
	" is not filled in here; send one message for each recipient, as it is to be read"

static struct str
text_of(const json_t *j)
{
	return str_of(json_string_value(j), json_string_length(j));
}

static bool
filled(const json_t *j)
{
	return json_object_size(j) + json_array_size(j) > 0 || json_string_length(j) > 0;
}

/* What the service does not do; empty it changes nothing. */
static void
refused(struct smtp_fields_reader *r, const json_t *root)
{
	static const struct {
		const char *name, *text;
	} table[] = {
		{ "to", "X-SMTPAPI: \"to\" is not available here; name the recipients by RCPT "
			"TO, "
			"one message for each" },
		{ "sub", "X-SMTPAPI: \"sub\"" NOT_RENDERED },
		{ "section", "X-SMTPAPI: \"section\"" NOT_RENDERED },
		{ "send_each_at", "X-SMTPAPI: \"send_each_at\" is not available here; send one "
				  "message for each recipient with \"send_at\"" },
		{ "ip_pool", "X-SMTPAPI: there is no such \"ip_pool\"" },
		{ "batch_id", "X-SMTPAPI: \"batch_id\" is not available here" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (filled(json_object_get(root, table[i].name)))
			smtp_fields_refuse(r, table[i].text);
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

/* {"clicktrack": {"settings": {"enable": 1}}}. Those that are off change nothing. */
static void
filters(struct smtp_fields_reader *r, const json_t *all)
{
	/* Every message is signed, and needs no help to be shown. */
	static const char *const done[] = { "dkim", "domainkeys", "spamcheck", "gravatar" };
	const char *key;
	json_t *filter;

	if (all && !json_is_null(all) && !json_is_object(all))
		smtp_fields_refuse(r, "X-SMTPAPI: \"filters\" must be an object");
	json_object_foreach((json_t *)(uintptr_t)all, key, filter)
	{
		const json_t *settings = json_object_get(filter, "settings");
		bool known = false;

		for (size_t i = 0; i < sizeof done / sizeof *done; i++)
			known |= str_eq_z(str_z(key), done[i]);
		if (str_eq_z(str_z(key), "clicktrack"))
			track(settings, &r->f->clicks);
		else if (str_eq_z(str_z(key), "opentrack") &&
			 filled(json_object_get(settings, "replace")))
			smtp_fields_refuse(
				r, "X-SMTPAPI: \"replace\" of opentrack is not available here");
		else if (str_eq_z(str_z(key), "opentrack"))
			track(settings, &r->f->opens);
		else if (!known && on(json_object_get(settings, "enable")))
			smtp_fields_refuse(r,
				"X-SMTPAPI: of \"filters\" only clicktrack and opentrack are "
				"available here");
	}
}

/* ---- */

static void
send_at(struct smtp_fields_reader *r, const json_t *j)
{
	int64_t at = json_integer_value(j);

	if (!j || json_is_null(j))
		return;
	if (!json_is_integer(j))
		smtp_fields_refuse(r, "X-SMTPAPI: \"send_at\" must be a number of seconds");
	else if (at > (r->now + AHEAD) / SECOND_US)
		smtp_fields_refuse(r, "X-SMTPAPI: \"send_at\" is more than 72 hours ahead");
	else if (at > r->now / SECOND_US)
		r->f->send_at = at * SECOND_US;
}

static void
groups(struct smtp_fields_reader *r, const json_t *group, json_t *display)
{
	json_int_t number = json_integer_value(group);

	if (json_is_integer(group) && (number <= 0 || number > UINT32_MAX))
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
	category(r, json_object_get(root, "category"));
	arguments(r, json_object_get(root, "unique_args"));
	filters(r, json_object_get(root, "filters"));
	send_at(r, json_object_get(root, "send_at"));
	groups(r, json_object_get(root, "asm_group_id"),
		json_object_get(root, "asm_groups_to_display"));
	json_decref(root);
}
