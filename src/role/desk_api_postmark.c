/* Postmark's calls that desk answers: webhooks. */
#include "account/control_stream.h"
#include "report/hook.h"
#include "role/desk_api.h"

static const char *const triggers[] = { "Open", "Click", "Delivery", "Bounce", "SpamComplaint",
	"SubscriptionChange" };
#define NTRIGGERS (sizeof triggers / sizeof *triggers)

static bool
has_event(const json_t *w, const char *word)
{
	uint32_t kinds = hook_kinds(HOOK_POSTMARK, str_z(word));
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(w, "events"), i, one)
	{
		if (hook_kinds(HOOK_NATIVE, str_z(json_string_value(one))) & kinds)
			return true;
	}
	return false;
}

/* The URL without user and password, which stand in HttpAuth. */
static json_t *
bare_url(struct desk_conn *n, const json_t *w)
{
	struct str url = desk_text(w, "url"), scheme, rest;

	if (desk_text(w, "user").n == 0)
		return json_incref(json_object_get(w, "url"));
	scheme = str_head(url, str_find_str(url, STR_LIT("://")) + 3);
	rest = str_from(url, str_find(url, '@') + 1);
	url = arena_printf(&n->arena, "%.*s%.*s", STR_ARG(scheme), STR_ARG(rest));
	return json_stringn(url.p, url.n);
}

static json_t *
webhook_json(struct desk_conn *n, const json_t *w)
{
	struct str stream = desk_text(w, "stream");
	json_t *on = json_object(), *fields = json_array(), *name, *j;
	size_t i;

	for (i = 0; i < NTRIGGERS; i++)
		json_object_set_new(on, triggers[i],
			json_pack("{s:b}", "Enabled", has_event(w, triggers[i])));
	json_object_set(json_object_get(on, "Open"), "PostFirstOpenOnly",
		json_object_get(w, "first_only"));
	json_object_set_new(json_object_get(on, "Bounce"), "IncludeContent", json_false());
	json_object_set_new(
		json_object_get(on, "SpamComplaint"), "IncludeContent", json_false());
	/* Values may be secrets. */
	json_array_foreach(json_object_get(w, "fields"), i, name)
	{
		json_array_append_new(
			fields, json_pack("{s:O,s:s}", "Name", name, "Value", "***"));
	}
	/* One that wants mail of all streams has no word for it here. */
	if (stream.n == 0 || str_eq_z(stream, "transactional"))
		stream = STR_LIT("outbound");
	j = json_pack("{s:O,s:o,s:s%,s:o,s:o}", "ID", json_object_get(w, "number"), "Url",
		bare_url(n, w), "MessageStream", stream.p, stream.n, "HttpHeaders", fields,
		"Triggers", on);
	if (desk_text(w, "user").n)
		json_object_set_new(j, "HttpAuth",
			json_pack("{s:O,s:s}", "Username", json_object_get(w, "user"),
				"Password", "***"));
	return j;
}

static json_t *
shape_one(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = webhook_json(n, j);

	(void)status;
	json_decref(j);
	return out;
}

static json_t *
shape_removed(struct desk_conn *n, int *status, json_t *j)
{
	struct str text = arena_printf(
		&n->arena, "Webhook %.*s removed.", STR_ARG(str_head(n->params[0], 20)));

	(void)status;
	json_decref(j);
	return json_pack("{s:i,s:s%}", "ErrorCode", 0, "Message", text.p, text.n);
}

/* The row that the path names, a new reference; NULL: answered. */
static json_t *
named(struct desk_conn *n)
{
	json_t *list = desk_api_hooks(n, "postmark"), *row;

	if (!list)
		return NULL;
	row = json_incref(desk_api_hook(list, n->params[0]));
	json_decref(list);
	if (!row)
		desk_api_refuse(n, 404, STR_LIT("There is no such webhook."));
	return row;
}

/* The request with members in any case, as Postmark reads it. */
static const json_t *
get(const json_t *object, const char *name)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)object, key, v)
	{
		if (strcasecmp(key, name) == 0)
			return v;
	}
	return NULL;
}

/* Triggers that are not given stay as they are in w (NULL: off). */
static void
set_triggers(struct desk_conn *n, const json_t *w, json_t *body)
{
	const json_t *given = get(n->asked, "Triggers");
	json_t *events = json_array();

	for (size_t i = 0; i < NTRIGGERS; i++) {
		const json_t *one = get(given, triggers[i]);

		if (one ? json_is_true(get(one, "Enabled")) : has_event(w, triggers[i]))
			json_array_append_new(events, json_string(triggers[i]));
	}
	json_object_set_new(body, "events", events);
	if (get(given, "Open"))
		json_object_set_new(body, "first_only",
			json_boolean(
				json_is_true(get(get(given, "Open"), "PostFirstOpenOnly"))));
}

static void
set_fields(struct desk_conn *n, json_t *body)
{
	const json_t *list = get(n->asked, "HttpHeaders"), *one;
	json_t *fields;
	size_t i;

	if (!json_is_array(list))
		return;
	fields = json_object();
	json_array_foreach((json_t *)(uintptr_t)list, i, one)
	{
		const char *name = json_string_value(get(one, "Name"));

		if (name)
			json_object_set(fields, name, (json_t *)(uintptr_t)get(one, "Value"));
	}
	json_object_set_new(body, "fields", fields);
}

static void
set_url(struct desk_conn *n, const json_t *w, json_t *body)
{
	const json_t *url = get(n->asked, "Url"), *auth = get(n->asked, "HttpAuth"),
		     *user = get(auth, "Username"), *password = get(auth, "Password");

	if (json_is_string(url))
		json_object_set(body, "url", (json_t *)(uintptr_t)url);
	else if (w && json_is_string(user))
		json_object_set_new(body, "url", bare_url(n, w));
	if (json_is_string(user)) {
		json_object_set(body, "user", (json_t *)(uintptr_t)user);
		if (json_is_string(password))
			json_object_set(body, "password", (json_t *)(uintptr_t)password);
	} else {
		json_object_set_new(body, "keep_user", json_true());
	}
}

/* False: refused. */
static bool
set_stream(struct desk_conn *n, const json_t *w, json_t *body)
{
	const char *stream = json_string_value(get(n->asked, "MessageStream"));

	if (!stream && w)
		return true;
	if (!stream || strcasecmp(stream, "outbound") == 0) {
		json_object_set_new(body, "stream", json_string("transactional"));
		return true;
	}
	if (strcasecmp(stream, "broadcast") == 0) {
		json_object_set_new(body, "stream", json_string("broadcast"));
		return true;
	}
	if (control_stream_ok(str_z(stream))) {
		json_object_set_new(body, "stream", json_string(stream));
		return true;
	}
	desk_api_refuse(n, 400,
		STR_LIT("MessageStream is outbound, broadcast or one of the account's own."));
	return false;
}

/* NULL: answered. */
static json_t *
question(struct desk_conn *n, const json_t *w)
{
	json_t *all = desk_api_tenant_question(n), *body;

	if (!all)
		return NULL;
	body = json_pack("{s:O}", "tenant", json_object_get(all, "tenant"));
	json_decref(all);
	if (w)
		json_object_set(body, "id", json_object_get(w, "number"));
	else
		json_object_set_new(body, "format", json_string("postmark"));
	set_triggers(n, w, body);
	set_fields(n, body);
	set_url(n, w, body);
	if (set_stream(n, w, body))
		return body;
	json_decref(body);
	return NULL;
}

static void
webhooks(struct desk_conn *n)
{
	json_t *list = desk_api_hooks(n, "postmark"), *out, *row;
	struct str stream;
	size_t i;

	if (!list)
		return;
	stream = desk_api_query(n, "MessageStream");
	out = json_array();
	json_array_foreach(list, i, row)
	{
		json_t *one = webhook_json(n, row);

		if (stream.n == 0 || str_ieq(desk_text(one, "MessageStream"), stream))
			json_array_append(out, one);
		json_decref(one);
	}
	json_decref(list);
	desk_api_answer(n, 200, json_pack("{s:o}", "Webhooks", out));
}

bool
desk_api_postmark(struct desk_conn *n, enum api_op op)
{
	json_t *w;

	if (op == API_POSTMARK_WEBHOOKS) {
		webhooks(n);
		return true;
	}
	if (op == API_POSTMARK_WEBHOOK_ADD) {
		desk_api_ask(n, "webhooks.add", question(n, NULL), shape_one);
		return true;
	}
	if (op != API_POSTMARK_WEBHOOK && op != API_POSTMARK_WEBHOOK_UPDATE &&
		op != API_POSTMARK_WEBHOOK_REMOVE)
		return false;
	w = named(n);
	if (!w)
		return true;
	if (op == API_POSTMARK_WEBHOOK)
		desk_api_answer(n, 200, webhook_json(n, w));
	else if (op == API_POSTMARK_WEBHOOK_UPDATE)
		desk_api_ask(n, "webhooks.update", question(n, w), shape_one);
	else
		desk_api_ask(n, "webhooks.remove", question(n, w), shape_removed);
	json_decref(w);
	return true;
}
