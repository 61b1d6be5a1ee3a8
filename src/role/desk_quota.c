/*
 * Accounts and keys with what they may send and what is used of it: the limits are in the
 * tables, the use is known to the engine. Their verbs, and their calls of the API.
 */
#include "role/desk_api.h"

#include "base/mem.h"

#include <errno.h>

static void
on_use(struct desk_ask *a, int status, struct str json)
{
	json_t *row = json_incref(a->held);
	json_t *use = status == 200 ? json_loadb(json.p, json.n, 0, NULL) : NULL;

	json_object_set(row, "use", use ? json_object_get(use, "use") : json_null());
	json_object_set(row, "resets", use ? json_object_get(use, "resets") : json_null());
	json_decref(use);
	desk_say(a->conn, 200, row);
}

/* row with the use of the key, or of the account; takes it. */
static void
say_with_use(struct desk_conn *n, json_t *row, json_int_t tenant, json_int_t key)
{
	const struct msg_query q = {
		.op = QUERY_USE, .tenant = (uint32_t)tenant, .id = (uint64_t)key
	};

	desk_ask_engine(n->desk, n, &q, on_use, row);
}

/* Whose limits are asked for, from body; NULL: refused, n may be gone. */
static json_t *
limits_of(struct desk_conn *n, const json_t *body)
{
	const struct control_quota q = { .account = desk_text(body, "account"),
		.key = desk_text(body, "key") };
	struct control *c = desk_control(n->desk);
	json_t *row = NULL;
	int err = c ? control_quota_show(c, &q, &row) : -EIO;

	if (err)
		desk_fail(n, err == -ENOENT ? 404 : 500,
			c ? control_error(c) : "The control tables cannot be opened.");
	return err ? NULL : row;
}

static json_int_t
take_number(json_t *row, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(row, name));

	json_object_del(row, name);
	return v;
}

void
desk_quota_show(struct desk_conn *n, const json_t *body)
{
	json_t *row = limits_of(n, body);
	json_int_t tenant = take_number(row, "tenant"), key = take_number(row, "key_id");

	if (row)
		say_with_use(n, row, tenant, key);
}

/* A whole row, and the use. */
static void
show(struct desk_conn *n, const json_t *body, bool of_key)
{
	json_t *ids = limits_of(n, body), *row = NULL, *list = NULL;
	json_int_t tenant = take_number(ids, "tenant"), key = take_number(ids, "key_id");
	struct control *c;
	int err;

	/* Then n is gone. */
	if (!ids)
		return;
	c = desk_control(n->desk);
	json_decref(ids);
	err = of_key ? control_key_show(
			       c, desk_text(body, "account"), desk_text(body, "key"), &row)
	             : control_account_one(c, (uint32_t)tenant, &list);
	if (list)
		row = json_incref(json_array_get(list, 0));
	json_decref(list);
	if (err || !row)
		desk_fail(n, err ? 500 : 404, err ? control_error(c) : "It is gone.");
	else
		say_with_use(n, row, tenant, key);
}

void
desk_quota_account(struct desk_conn *n, const json_t *body)
{
	json_t *only = json_pack("{s:o}", "account", desk_api_json(desk_text(body, "account")));

	show(n, only, false);
	json_decref(only);
}

void
desk_quota_key(struct desk_conn *n, const json_t *body)
{
	show(n, body, true);
}

/* ---- calls of the API ---- */

static json_t *
named(struct desk_conn *n)
{
	return json_pack("{s:o}", "account", desk_api_json(n->params[0]));
}

/* shape: what follows it. */
static void
set(struct desk_conn *n, json_t *body,
	json_t *(*shape)(struct desk_conn *n, int *status, json_t *j))
{
	json_t *quota = json_object_get(n->asked, "quota");

	if (quota)
		json_object_set(body, "quota", quota);
	desk_api_ask(n, "quotas.set", body, shape);
}

static void
set_mode(struct desk_conn *n)
{
	json_t *body = named(n);

	json_object_set(body, "mode", json_object_get(n->asked, "mode"));
	desk_api_ask(n, "accounts.mode", body, NULL);
}

/* The quota is set; the mode is still to be. */
static json_t *
then_mode(struct desk_conn *n, int *status, json_t *j)
{
	if (*status != 200)
		return j;
	json_decref(j);
	*status = 0;
	set_mode(n);
	return NULL;
}

/* All or nothing: a wrong quota lets no mail out, and a wrong mode, refused first, sets no
 * quota. */
static void
set_account(struct desk_conn *n)
{
	struct str mode = desk_text(n->asked, "mode");

	if (!json_object_get(n->asked, "mode"))
		set(n, named(n), NULL);
	else if (json_object_get(n->asked, "quota") && control_account_is_mode(mode))
		set(n, named(n), then_mode);
	else
		set_mode(n);
}

/* To the account itself the mode that is in force: it cannot ask for the service's. */
static json_t *
as_its_own(struct desk_conn *n, int *status, json_t *j)
{
	if (*status != 200)
		return j;
	json_object_set_new(j, "keep", desk_keep_json(n->desk->config));
	if (config_sandboxed(n->desk->config))
		json_object_set_new(j, "mode", json_string("sandbox"));
	return j;
}

bool
desk_api_quota(struct desk_conn *n, enum api_op op)
{
	switch (op) {
	case API_ACCOUNT:
		desk_api_ask(n, "accounts.show", desk_api_question(n, NULL), as_its_own);
		return true;
	case API_ACCOUNT_SHOW:
		desk_api_ask(n, "accounts.show", named(n), NULL);
		return true;
	case API_ACCOUNT_SET:
		set_account(n);
		return true;
	case API_KEY:
		desk_api_ask(n, "keys.show", desk_api_question(n, "key"), NULL);
		return true;
	case API_KEY_SET:
		if (desk_api_owns_key(n))
			set(n, desk_api_question(n, "key"), NULL);
		else
			desk_api_refuse(n, 404, DESK_API_NOTHING);
		return true;
	default:
		return false;
	}
}
