/*
 * SendGrid's calls that desk answers: settings of the event webhook. The older calls know one,
 * the oldest; the newer ones name it.
 */
#include "account/control_webhook.h"
#include "report/hook.h"
#include "role/desk_api.h"

/* Its flags and what they are in our words; group_resubscribe has no event. */
static const struct {
	const char *flag, *word;
} flags[] = {
	{ "bounce", "bounce" },
	{ "click", "click" },
	{ "deferred", "deferred" },
	{ "delivered", "delivered" },
	{ "dropped", "dropped" },
	{ "group_resubscribe", NULL },
	{ "group_unsubscribe", "unsubscribe" },
	{ "open", "open" },
	{ "processed", "processed" },
	{ "spam_report", "spamreport" },
	{ "unsubscribe", "unsubscribe" },
};
#define NFLAGS (sizeof flags / sizeof *flags)

static bool
has_event(const json_t *w, const char *word)
{
	uint32_t kinds = word ? hook_kinds(HOOK_SENDGRID, str_z(word)) : 0;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(w, "events"), i, one)
	{
		if (hook_kinds(HOOK_NATIVE, str_z(json_string_value(one))) & kinds)
			return true;
	}
	return false;
}

static json_t *
settings_json(const json_t *w)
{
	json_t *j = json_pack("{s:b,s:O,s:O,s:O,s:O,s:O,s:O,s:s,s:s,s:b}", "enabled",
		str_eq_z(desk_text(w, "state"), "on"), "url", json_object_get(w, "url"), "id",
		json_object_get(w, "id"), "friendly_name", json_object_get(w, "label"),
		"created_date", json_object_get(w, "created"), "updated_date",
		json_object_get(w, "created"), "public_key", json_object_get(w, "public_key"),
		"oauth_client_id", "", "oauth_token_url", "", "account_status_change", 0);

	for (size_t i = 0; i < NFLAGS; i++)
		json_object_set_new(
			j, flags[i].flag, json_boolean(has_event(w, flags[i].word)));
	return j;
}

static json_t *
no_settings(void)
{
	json_t *w = json_pack("{s:s,s:s,s:s,s:s,s:n,s:n,s:[]}", "state", "off", "url", "", "id",
		       "", "label", "", "created", "public_key", "events"),
	       *j = settings_json(w);

	json_decref(w);
	return j;
}

static json_t *
shape_settings(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = settings_json(j);

	(void)n;
	(void)status;
	json_decref(j);
	return out;
}

static json_t *
shape_added(struct desk_conn *n, int *status, json_t *j)
{
	*status = 201;
	return shape_settings(n, status, j);
}

static json_t *
signed_json(const json_t *w)
{
	json_t *key = json_object_get(w, "public_key");

	return json_pack("{s:O,s:o}", "id", json_object_get(w, "id"), "public_key",
		json_is_string(key) ? json_incref(key) : json_string(""));
}

static json_t *
shape_signed(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = signed_json(j);

	(void)n;
	(void)status;
	json_decref(j);
	return out;
}

/* The one that the path names, else the oldest; a new reference. *ret_ok false: answered. */
static json_t *
which(struct desk_conn *n, bool *ret_ok)
{
	json_t *list = desk_api_hooks(n, "sendgrid"), *row, *found = NULL;
	size_t i;

	*ret_ok = list != NULL;
	json_array_foreach(list, i, row)
	{
		if (!found &&
			(n->params[0].n == 0 || str_ieq(desk_text(row, "id"), n->params[0])))
			found = json_incref(row);
	}
	json_decref(list);
	if (*ret_ok && !found && n->params[0].n) {
		desk_api_refuse(n, 404, STR_NONE);
		*ret_ok = false;
	}
	return found;
}

/* Flags that are not given stay as they are in w (NULL: false). */
static json_t *
events_of(struct desk_conn *n, const json_t *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < NFLAGS; i++) {
		const json_t *given = json_object_get(n->asked, flags[i].flag);

		if (flags[i].word &&
			(given ? json_is_true(given) : has_event(w, flags[i].word)))
			json_array_append_new(list, json_string(flags[i].word));
	}
	return list;
}

/* The verb's question out of the request's settings; NULL: answered. */
static json_t *
question(struct desk_conn *n, const json_t *w)
{
	json_t *all = desk_api_tenant_question(n), *body;
	const json_t *enabled = json_object_get(n->asked, "enabled"),
		     *url = json_object_get(n->asked, "url"),
		     *name = json_object_get(n->asked, "friendly_name");

	if (!all)
		return NULL;
	body = json_pack("{s:O,s:o}", "tenant", json_object_get(all, "tenant"), "events",
		events_of(n, w));
	json_decref(all);
	if (w)
		json_object_set(body, "id", json_object_get(w, "number"));
	else
		json_object_update_new(
			body, json_pack("{s:s,s:b}", "format", "sendgrid", "signed", 0));
	/* A URL as it was shown is no new one: its password is not in it. */
	if (json_is_string(url) &&
		!(w && str_eq(desk_text(n->asked, "url"), desk_text(w, "url"))))
		json_object_set(body, "url", (json_t *)(uintptr_t)url);
	if (json_is_string(name))
		json_object_set(body, "label", (json_t *)(uintptr_t)name);
	if (json_is_boolean(enabled))
		json_object_set_new(
			body, "state", json_string(json_is_true(enabled) ? "on" : "off"));
	return body;
}

static void
settings(struct desk_conn *n)
{
	bool ok;
	json_t *w = which(n, &ok);

	if (ok)
		desk_api_answer(n, 200, w ? settings_json(w) : no_settings());
	json_decref(w);
}

static void
settings_all(struct desk_conn *n)
{
	json_t *list = desk_api_hooks(n, "sendgrid"), *out, *row;
	size_t i;

	if (!list)
		return;
	out = json_array();
	json_array_foreach(list, i, row)
	{
		json_array_append_new(out, settings_json(row));
	}
	json_decref(list);
	desk_api_answer(n, 200,
		json_pack("{s:i,s:o}", "max_allowed", (int)WEBHOOKS_MAX, "webhooks", out));
}

static void
settings_add(struct desk_conn *n)
{
	desk_api_ask(n, "webhooks.add", question(n, NULL), shape_added);
}

static void
settings_update(struct desk_conn *n)
{
	bool ok;
	json_t *w = which(n, &ok);

	if (ok)
		desk_api_ask(n, w ? "webhooks.update" : "webhooks.add", question(n, w),
			shape_settings);
	json_decref(w);
}

/* The row's number, for a verb. */
static json_t *
about(struct desk_conn *n, const json_t *w)
{
	json_t *all = desk_api_tenant_question(n), *body;

	if (!all)
		return NULL;
	body = json_pack("{s:O,s:O}", "tenant", json_object_get(all, "tenant"), "id",
		json_object_get(w, "number"));
	json_decref(all);
	return body;
}

static void
settings_remove(struct desk_conn *n)
{
	bool ok;
	json_t *w = which(n, &ok);

	if (ok)
		desk_api_ask(n, "webhooks.remove", about(n, w), desk_api_none);
	json_decref(w);
}

static void
signed_get(struct desk_conn *n)
{
	bool ok;
	json_t *w = which(n, &ok);

	if (ok && w)
		desk_api_answer(n, 200, signed_json(w));
	else if (ok)
		desk_api_refuse(n, 404, STR_NONE);
	json_decref(w);
}

static void
signed_update(struct desk_conn *n)
{
	bool ok;
	json_t *w = which(n, &ok), *body;
	const json_t *enabled = json_object_get(n->asked, "enabled");

	if (ok && !json_is_boolean(enabled)) {
		desk_api_refuse(n, 400, STR_LIT("enabled must be true or false"));
	} else if (ok && !w) {
		desk_api_refuse(n, 404, STR_NONE);
	} else if (ok) {
		body = about(n, w);
		if (body)
			json_object_set(body, "signed", (json_t *)(uintptr_t)enabled);
		desk_api_ask(n, "webhooks.update", body, shape_signed);
	}
	json_decref(w);
}

static void
test(struct desk_conn *n)
{
	struct str id = desk_text(n->asked, "id");
	bool ok;
	json_t *w;

	if (id.n)
		n->params[0] = id;
	w = which(n, &ok);
	if (ok && w)
		desk_api_ask(n, "webhooks.test", about(n, w), desk_api_none);
	else if (ok)
		desk_api_ask(n, "webhooks.try",
			json_pack("{s:s%}", "url", desk_text(n->asked, "url").p,
				desk_text(n->asked, "url").n),
			desk_api_none);
	json_decref(w);
}

bool
desk_api_sendgrid(struct desk_conn *n, enum api_op op)
{
	static const struct {
		enum api_op op;
		void (*fn)(struct desk_conn *n);
	} table[] = {
		{ API_SENDGRID_EVENT, settings },
		{ API_SENDGRID_EVENT_UPDATE, settings_update },
		{ API_SENDGRID_EVENT_ALL, settings_all },
		{ API_SENDGRID_EVENT_ADD, settings_add },
		{ API_SENDGRID_EVENT_ID, settings },
		{ API_SENDGRID_EVENT_ID_UPDATE, settings_update },
		{ API_SENDGRID_EVENT_REMOVE, settings_remove },
		{ API_SENDGRID_SIGNED, signed_get },
		{ API_SENDGRID_SIGNED_UPDATE, signed_update },
		{ API_SENDGRID_SIGNED_ID, signed_get },
		{ API_SENDGRID_SIGNED_ID_UPDATE, signed_update },
		{ API_SENDGRID_EVENT_TEST, test },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == op) {
			table[i].fn(n);
			return true;
		}
	return false;
}
