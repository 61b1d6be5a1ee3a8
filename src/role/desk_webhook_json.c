/* Webhooks as JSON. */
#include "role/desk_webhook_priv.h"

#include "base/text.h"
#include "base/utc.h"
#include "report/hook_sendgrid.h"
#include "wire/typed_id.h"

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

json_t *
webhook_time_json(int64_t wall)
{
	char text[UTC_TEXT_SIZE];

	return wall > 0 ? json_string(utc_rfc3339(text, wall)) : json_null();
}

struct str
webhook_user(struct str url, size_t *ret_at)
{
	size_t at = str_find_str(url, STR_LIT("://")), n = 0;
	struct str rest;

	at = at < url.n ? at + 3 : 0;
	rest = str_from(url, at);
	while (n < rest.n && !memchr("/?#", rest.p[n], 3))
		n++;
	rest = str_head(rest, n);
	*ret_at = at;
	return str_find(rest, '@') < rest.n ? str_head(rest, str_find(rest, '@') + 1)
	                                    : STR_NONE;
}

/* https://user:***@host/path */
json_t *
webhook_url_json(struct str url, json_t **ret_user)
{
	struct str info, user;
	struct buf b;
	json_t *j;
	size_t at;

	info = webhook_user(url, &at);
	user = str_head(info, str_find(info, '@'));
	user = str_head(user, str_find(user, ':'));
	*ret_user = desk_webhook_text(user);
	if (info.n == 0)
		return desk_webhook_text(url);
	buf_init(&b, url.n + 16);
	buf_printf(&b, "%.*s%.*s:" WEBHOOK_MASK "@%.*s", STR_ARG(str_head(url, at)),
		STR_ARG(user), STR_ARG(str_from(url, at + info.n)));
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

json_t *
webhook_json(struct webhook_ask *a, const struct webhook *w)
{
	static const char *const streams[] = { "transactional", "broadcast" };
	char id[TYPED_ID_TEXT];
	json_t *j = json_object(), *user, *url = webhook_url_json(w->url, &user);
	const struct {
		const char *name;
		json_t *value;
	} members[] = {
		{ "id", json_string(typed_id_write(
				id, control_ids(a->control), "whk", (uint64_t)w->id)) },
		{ "number", json_integer(w->id) },
		{ "account", desk_webhook_text(w->account) },
		{ "label", desk_webhook_text(w->label) },
		{ "url", url },
		{ "user", user },
		{ "format", desk_webhook_text(w->format) },
		{ "events", events_json(w->kinds) },
		{ "people_only", json_boolean(w->people_only) },
		{ "first_only", json_boolean(w->first_only) },
		{ "stream", w->own_stream.n                   ? desk_webhook_text(w->own_stream)
			    : w->stream >= 0 && w->stream < 2 ? json_string(streams[w->stream])
							      : json_null() },
		{ "event", w->event.n ? desk_webhook_text(w->event) : json_null() },
		{ "is_backup", json_boolean(w->is_backup) },
		{ "fields", field_names(w->fields) },
		{ "signed", json_boolean(w->secret.n || w->key.n) },
		{ "public_key", public_key(w->key) },
		{ "state", json_string(webhook_state_name(w->state)) },
		{ "why", w->why.n ? desk_webhook_text(w->why) : json_null() },
		{ "created", webhook_time_json(w->created) },
		{ "old_secret_until",
			webhook_time_json(w->old_secret.n ? w->rolled + WEBHOOK_GRACE_US : 0) },
		{ "position", webhook_time_json((int64_t)w->seq) },
		{ "failing_since", webhook_time_json(w->failing_since) },
		{ "failures", json_integer(w->failures) },
	};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		json_object_set_new(j, members[i].name, members[i].value);
	return j;
}
