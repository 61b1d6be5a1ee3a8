/*
 * Mailjet's REST resources that desk answers: eventcallbackurl. One row per event type and
 * backup flag, which also name it ("open|false").
 */
#include "report/hook.h"
#include "role/desk_api.h"

#include "api/mailjet_rest.h"

#define LIMIT_DEFAULT 10u
#define LIMIT_MAX     1000u

/* ---- rows ---- */

static json_t *
row_json(struct desk_conn *n, const json_t *w)
{
	struct str format = desk_text(w, "format");
	bool on = str_eq_z(desk_text(w, "state"), "on");

	return json_pack("{s:I,s:O,s:O,s:O,s:s,s:O,s:i}", "APIKeyID", (json_int_t)n->tenant,
		"EventType", json_object_get(w, "event"), "ID", json_object_get(w, "number"),
		"IsBackup", json_object_get(w, "is_backup"), "Status", on ? "alive" : "dead",
		"Url", json_object_get(w, "url"), "Version",
		str_eq_z(format, "mailjet-2") ? 2 : 1);
}

static json_t *
shape_one(struct desk_conn *n, int *status, json_t *j)
{
	json_t *row = row_json(n, j);

	(void)status;
	json_decref(j);
	return mailjet_rest_one(row);
}

static json_t *
shape_added(struct desk_conn *n, int *status, json_t *j)
{
	*status = 201;
	return shape_one(n, status, j);
}

/* ---- which ---- */

static bool
is_callback(const json_t *w)
{
	return json_is_string(json_object_get(w, "event"));
}

/* "open|false", "open|0" */
static json_t *
by_name(const json_t *list, struct str name)
{
	struct str backup = name, event = str_cut(&backup, '|');
	bool is_backup = str_ieq_z(backup, "true") || str_eq_z(backup, "1");
	json_t *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, row)
	{
		if (is_callback(row) && str_ieq(desk_text(row, "event"), event) &&
			json_is_true(json_object_get(row, "is_backup")) == is_backup)
			return row;
	}
	return NULL;
}

/* The row that the path names, a new reference; NULL, and answered: there is none. */
static json_t *
named(struct desk_conn *n)
{
	json_t *list = desk_api_hooks(n, "mailjet"), *row;

	if (!list)
		return NULL;
	row = desk_api_hook(list, n->params[0]);
	if (!row)
		row = by_name(list, n->params[0]);
	row = row && is_callback(row) ? json_incref(row) : NULL;
	json_decref(list);
	if (!row)
		desk_api_refuse(n, 404, STR_NONE);
	return row;
}

/* ---- calls ---- */

static unsigned
number_of(struct desk_conn *n, const char *name, unsigned or_else)
{
	uint32_t v;

	return str_u32(desk_api_query(n, name), &v) == 0 ? v : or_else;
}

static bool
passes(struct desk_conn *n, const json_t *w)
{
	struct str event = desk_api_query(n, "EventType"), backup = desk_api_query(n, "Backup");
	unsigned version = number_of(n, "Version", 0);
	bool is_backup = json_is_true(json_object_get(w, "is_backup"));

	if (!is_callback(w) || (event.n && !str_ieq(event, desk_text(w, "event"))))
		return false;
	if (version && (version == 2) != str_eq_z(desk_text(w, "format"), "mailjet-2"))
		return false;
	return backup.n == 0 ||
	       is_backup == (str_ieq_z(backup, "true") || str_eq_z(backup, "1"));
}

static void
callbacks(struct desk_conn *n)
{
	json_t *list = desk_api_hooks(n, "mailjet"), *rows, *w;
	unsigned limit = number_of(n, "Limit", LIMIT_DEFAULT),
		 offset = number_of(n, "Offset", 0), seen = 0;
	size_t i;

	if (!list)
		return;
	if (limit == 0 || limit > LIMIT_MAX)
		limit = LIMIT_MAX;
	rows = json_array();
	json_array_foreach(list, i, w)
	{
		if (passes(n, w) && seen++ >= offset && json_array_size(rows) < limit)
			json_array_append_new(rows, row_json(n, w));
	}
	json_decref(list);
	desk_api_answer(n, 200, mailjet_rest_list(rows, json_array_size(rows)));
}

static void
callback(struct desk_conn *n)
{
	json_t *row = named(n), *rows;

	if (!row)
		return;
	rows = json_array();
	json_array_append_new(rows, row_json(n, row));
	json_decref(row);
	desk_api_answer(n, 200, mailjet_rest_list(rows, json_array_size(rows)));
}

static void
set_text(json_t *body, const char *name, struct str s)
{
	json_object_set_new(body, name, json_stringn(s.p, s.n));
}

static void
invalid(struct desk_conn *n, const char *property, const char *why)
{
	desk_api_refuse(n, 400,
		arena_printf(&n->arena, "MJ08 Property %s is invalid: %s", property, why));
}

/* Url, EventType, Version, IsBackup, Status of the request as members of the verb. False:
 * refused. */
static bool
translate(struct desk_conn *n, json_t *body)
{
	struct str event = desk_text(n->asked, "EventType");
	const json_t *version = json_object_get(n->asked, "Version"),
		     *backup = json_object_get(n->asked, "IsBackup"),
		     *status = json_object_get(n->asked, "Status");
	json_int_t v = json_is_string(version)
	                       ? (str_eq_z(desk_text(n->asked, "Version"), "2") ? 2 : 1)
	                       : json_integer_value(version);

	if (event.n) {
		if (hook_kinds(HOOK_MAILJET_1, event) == 0) {
			invalid(n, "EventType",
				"it is one of open, click, bounce, spam, blocked, unsub, sent");
			return false;
		}
		set_text(body, "event", event);
		json_object_set_new(body, "events", json_pack("[s%]", event.p, event.n));
	}
	if (version && v != 1 && v != 2) {
		invalid(n, "Version", "it is 1 or 2");
		return false;
	}
	if (version)
		json_object_set_new(
			body, "format", json_string(v == 2 ? "mailjet-2" : "mailjet-1"));
	if (backup)
		json_object_set_new(body, "is_backup",
			json_boolean(
				json_is_true(backup) || json_integer_value(backup) == 1 ||
				(json_is_string(backup) &&
					strcasecmp(json_string_value(backup), "true") == 0)));
	if (status)
		json_object_set_new(body, "state",
			json_string(str_eq_z(desk_text(n->asked, "Status"), "dead") ? "off"
										    : "on"));
	if (json_object_get(n->asked, "Url"))
		set_text(body, "url", desk_text(n->asked, "Url"));
	return true;
}

/* Only the account; what the request calls url or format are not Mailjet's members. */
static json_t *
empty_question(struct desk_conn *n)
{
	json_t *all = desk_api_tenant_question(n), *body;

	if (!all)
		return NULL;
	body = json_pack("{s:O}", "tenant", json_object_get(all, "tenant"));
	json_decref(all);
	return body;
}

static void
callback_add(struct desk_conn *n)
{
	json_t *body = empty_question(n), *list, *same;
	struct str event = desk_text(n->asked, "EventType");
	bool is_backup;

	if (!body)
		return;
	set_text(body, "format", STR_LIT("mailjet-1"));
	if (event.n == 0) {
		set_text(body, "event", STR_LIT("open"));
		json_object_set_new(body, "events", json_pack("[s]", "open"));
	}
	if (!translate(n, body)) {
		json_decref(body);
		return;
	}
	if (desk_text(n->asked, "Url").n == 0) {
		json_decref(body);
		invalid(n, "Url", "MJ03 A non-empty value is required");
		return;
	}
	list = desk_api_hooks(n, "mailjet");
	if (!list) {
		json_decref(body);
		return;
	}
	is_backup = json_is_true(json_object_get(body, "is_backup"));
	event = arena_printf(&n->arena, "%.*s|%s", STR_ARG(desk_text(body, "event")),
		is_backup ? "true" : "false");
	same = by_name(list, event);
	json_decref(list);
	if (same) {
		json_decref(body);
		desk_api_refuse(n, 400,
			arena_printf(&n->arena,
				"MJ18 A Eventcallbackurl resource with value \"%.*s\" for "
				"EventType|Backup already exists.",
				STR_ARG(event)));
		return;
	}
	desk_api_ask(n, "webhooks.add", body, shape_added);
}

/* 304 when nothing changes. */
static bool
changes(struct desk_conn *n, const json_t *row, const json_t *body)
{
	json_t *now = row_json(n, row), *v;
	bool yes = false;
	const char *name;

	json_object_foreach(n->asked, name, v)
	{
		const json_t *old = json_object_get(now, name);

		yes |= old && !json_equal((json_t *)(uintptr_t)old, v) &&
		       strcmp(name, "ID") != 0;
	}
	(void)body;
	json_decref(now);
	return yes;
}

static void
callback_update(struct desk_conn *n)
{
	json_t *row = named(n), *body;

	if (!row)
		return;
	body = empty_question(n);
	if (!body || !translate(n, body)) {
		json_decref(body);
		json_decref(row);
		return;
	}
	/* A URL as it was shown is no new one: its password is not in it. */
	if (str_eq(desk_text(body, "url"), desk_text(row, "url")))
		json_object_del(body, "url");
	json_object_set(body, "id", json_object_get(row, "number"));
	if (changes(n, row, body)) {
		desk_api_ask(n, "webhooks.update", body, shape_one);
	} else {
		json_decref(body);
		desk_api_answer(n, 304, NULL);
	}
	json_decref(row);
}

static void
callback_remove(struct desk_conn *n)
{
	json_t *row = named(n), *body;

	if (!row)
		return;
	body = empty_question(n);
	if (body)
		json_object_set(body, "id", json_object_get(row, "number"));
	json_decref(row);
	desk_api_ask(n, "webhooks.remove", body, desk_api_none);
}

bool
desk_api_mailjet(struct desk_conn *n, enum api_op op)
{
	switch (op) {
	case API_MAILJET_CALLBACKS:
		callbacks(n);
		return true;
	case API_MAILJET_CALLBACK_ADD:
		callback_add(n);
		return true;
	case API_MAILJET_CALLBACK:
		callback(n);
		return true;
	case API_MAILJET_CALLBACK_UPDATE:
		callback_update(n);
		return true;
	case API_MAILJET_CALLBACK_REMOVE:
		callback_remove(n);
		return true;
	default:
		return false;
	}
}
