/* SendGrid's v3 API: scopes and keys, domains. */
#include "role/desk_sendgrid.h"

#include "account/scope.h"
#include "api/sendgrid_rest.h"

/* ---- keys ---- */

static json_t *
shape_key(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = sendgrid_rest_key(j, true);

	(void)n;
	*status = 201;
	json_decref(j);
	return out;
}

static json_t *
shape_none(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	*status = 204;
	return j;
}

/* Those in force. */
static void
keys(struct desk_conn *n)
{
	json_t *list = desk_vendor_keys(n), *rows, *row;
	size_t i;

	if (!list)
		return;
	rows = json_array();
	json_array_foreach(list, i, row)
	{
		if (json_is_true(json_object_get(row, "enabled")))
			json_array_append_new(rows, sendgrid_rest_key(row, false));
	}
	json_decref(list);
	desk_api_say(n, 200, json_pack("{s:o}", "result", rows));
}

/* The key that the path names, a new reference; NULL: the call was answered. */
static json_t *
key_of(struct desk_conn *n)
{
	json_t *list = desk_vendor_keys(n), *row, *found = NULL;
	size_t i;

	if (!list)
		return NULL;
	json_array_foreach(list, i, row)
	{
		if (str_eq(n->params[0], desk_text(row, "key")) &&
			json_is_true(json_object_get(row, "enabled")))
			found = json_incref(row);
	}
	json_decref(list);
	if (!found)
		desk_api_refuse(n, 404, STR_NONE);
	return found;
}

static void
key(struct desk_conn *n)
{
	json_t *found = key_of(n);

	if (!found)
		return;
	desk_api_say(n, 200, sendgrid_rest_key(found, true));
	json_decref(found);
}

static void
key_remove(struct desk_conn *n)
{
	json_t *found = key_of(n), *body;

	if (!found)
		return;
	/* An operator's is no other's to revoke. */
	if (scope_bits(desk_text(found, "scopes")) & ~n->scopes & SCOPE_OPERATE) {
		json_decref(found);
		desk_api_refuse(n, 404, STR_NONE);
		return;
	}
	body = desk_vendor_question(n);
	json_object_set(body, "key", json_object_get(found, "key"));
	json_decref(found);
	desk_api_ask(n, "keys.revoke", body, shape_none);
}

static void
unknown_scope(struct desk_conn *n)
{
	struct str known = STR_NONE;
	json_t *names = sendgrid_rest_scopes(SCOPE_ALL & ~SCOPE_OPERATE), *name;
	size_t i;

	json_array_foreach(names, i, name) known = arena_printf(&n->arena, "%.*s%s%s",
		STR_ARG(known), known.n ? ", " : "", json_string_value(name));
	json_decref(names);
	desk_api_refuse(n, 400,
		arena_printf(&n->arena, "scopes must be a list of these names: %.*s",
			STR_ARG(known)));
}

static void
key_add(struct desk_conn *n)
{
	struct str name = desk_text(n->asked, "name"), scopes;
	const json_t *names = json_object_get(n->asked, "scopes");
	unsigned bits = SCOPE_ALL;
	json_t *body;

	if (name.n == 0) {
		desk_sendgrid_bad(n, "name", "missing required argument");
		return;
	}
	if ((names && !json_is_null(names) && !json_is_array(names)) ||
		(json_array_size(names) && sendgrid_rest_scope_bits(names, &bits) < 0)) {
		unknown_scope(n);
		return;
	}
	scopes = desk_vendor_scopes(n, bits);
	/* No key makes one that may do more. */
	if (scopes.n == 0) {
		desk_api_refuse(
			n, 403, STR_LIT("scopes: none of them is one that this key has"));
		return;
	}
	body = desk_vendor_question(n);
	json_object_set_new(body, "label", json_stringn(name.p, name.n));
	json_object_set_new(body, "scopes", json_stringn(scopes.p, scopes.n));
	desk_api_ask(n, "keys.add", body, shape_key);
}

/* ---- domains ---- */

static json_t *
shape_domain(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = sendgrid_rest_domain(j, n->tenant, desk_vendor_account(n));

	*status = 201;
	json_decref(j);
	return out;
}

static json_t *
shape_validated(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = sendgrid_rest_validated(j);

	(void)n;
	(void)status;
	json_decref(j);
	return out;
}

static void
domains(struct desk_conn *n)
{
	json_t *list = desk_vendor_domains(n), *rows, *row;
	struct str account = desk_vendor_account(n), only = desk_vendor_query(n, "domain");
	bool senders = n->route->op == API_SG_SENDERS;
	size_t i;

	if (!list)
		return;
	rows = json_array();
	json_array_foreach(list, i, row)
	{
		if (senders)
			json_array_append_new(rows, sendgrid_rest_sender(row));
		else if (only.n == 0 || str_ieq(only, desk_text(row, "domain")))
			json_array_append_new(
				rows, sendgrid_rest_domain(row, n->tenant, account));
	}
	json_decref(list);
	desk_api_say(n, 200, senders ? json_pack("{s:o}", "results", rows) : rows);
}

static void
domain_add(struct desk_conn *n)
{
	struct str name = desk_text(n->asked, "domain");
	json_t *body;

	if (name.n == 0) {
		desk_sendgrid_bad(n, "domain", "missing required argument");
		return;
	}
	body = desk_vendor_question(n);
	json_object_set_new(body, "domain", json_stringn(name.p, name.n));
	desk_api_ask(n, "domains.add", body, shape_domain);
}

/* One domain, by its number or name. */
static void
domain(struct desk_conn *n)
{
	json_t *list = desk_vendor_domains(n), *row, *found = NULL, *body;
	size_t i;

	if (!list)
		return;
	json_array_foreach(list, i, row)
	{
		if (rest_is(n->params[0], desk_text(row, "domain")))
			found = json_incref(row);
	}
	json_decref(list);
	if (!found) {
		desk_api_refuse(n, 404, STR_NONE);
		return;
	}
	if (n->route->op == API_SG_DOMAIN) {
		desk_api_say(
			n, 200, sendgrid_rest_domain(found, n->tenant, desk_vendor_account(n)));
	} else {
		body = desk_vendor_question(n);
		json_object_set(body, "domain", json_object_get(found, "domain"));
		if (n->route->op == API_SG_DOMAIN_REMOVE)
			desk_api_ask(n, "domains.remove", body, shape_none);
		else
			desk_api_ask(n, "domains.verify", body, shape_validated);
	}
	json_decref(found);
}

static const struct {
	enum api_op op;
	void (*fn)(struct desk_conn *n);
} table[] = {
	{ API_SG_KEYS, keys },
	{ API_SG_KEY, key },
	{ API_SG_KEY_ADD, key_add },
	{ API_SG_KEY_REMOVE, key_remove },
	{ API_SG_DOMAINS, domains },
	{ API_SG_DOMAIN, domain },
	{ API_SG_DOMAIN_ADD, domain_add },
	{ API_SG_DOMAIN_REMOVE, domain },
	{ API_SG_DOMAIN_VALIDATE, domain },
	{ API_SG_SENDERS, domains },
};

void
desk_sendgrid_account(struct desk_conn *n)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return;
		}
	if (n->route->op == API_SG_SCOPES)
		desk_api_say(
			n, 200, json_pack("{s:o}", "scopes", sendgrid_rest_scopes(n->scopes)));
	else if (n->route->op == API_SG_PROFILE)
		desk_api_say(n, 200, sendgrid_rest_profile(desk_vendor_account(n)));
	else
		desk_api_refuse(n, 404, STR_NONE);
}
