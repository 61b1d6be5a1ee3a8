/* Contacts and proved addresses of the native API. */
#include "role/desk_api.h"

static json_t *
shape_put(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	if (json_object_get(j, "new"))
		*status = 201;
	json_object_del(j, "new");
	return j;
}

/* What the query names; a limit that is no number is one that the verb refuses. */
static void
set_page(struct desk_conn *n, json_t *body)
{
	struct str limit = desk_api_query(n, "limit"), cursor = desk_api_query(n, "cursor"),
		   search = desk_api_query(n, "search");
	uint32_t number = 0;

	if (limit.p)
		json_object_set_new(body, "limit",
			json_integer(str_u32(limit, &number) == 0 ? (json_int_t)number : 0));
	if (cursor.p)
		json_object_set_new(body, "after", desk_api_json(cursor));
	if (search.p)
		json_object_set_new(body, "search", desk_api_json(search));
}

static const struct desk_api_verb verbs[] = {
	{ API_CONTACTS, "contacts.list", desk_api_list },
	{ API_CONTACT, "contacts.get", NULL },
	{ API_CONTACT_PUT, "contacts.put", shape_put },
	{ API_CONTACT_SET, "contacts.set", NULL },
	{ API_CONTACT_REMOVE, "contacts.remove", desk_api_none },
	{ API_PROVED, "proved.list", desk_api_list },
	{ API_PROVED_ADD, "proved.add", desk_api_created },
	{ API_PROVED_REMOVE, "proved.remove", desk_api_none },
};

bool
desk_api_contact(struct desk_conn *n, enum api_op op)
{
	const struct desk_api_verb *v = desk_api_verb(verbs, sizeof verbs / sizeof *verbs, op);
	json_t *body = v ? desk_api_tenant_question(n) : NULL;

	if (!body)
		return v != NULL;
	if (op == API_CONTACTS)
		set_page(n, body);
	else if (n->params[0].n)
		json_object_set_new(body, "address", desk_api_json(n->params[0]));
	desk_api_ask(n, v->verb, body, v->shape);
	return true;
}
