/* Erasures of the native API. */
#include "role/desk_api.h"

static json_t *
shape_asked(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	if (*status == 200)
		*status = 202;
	return j;
}

static void
set_page(struct desk_conn *n, json_t *body)
{
	struct str limit = desk_api_query(n, "limit"), cursor = desk_api_query(n, "cursor");
	uint32_t number = 0;

	/* A limit that is no number is one that the verb refuses. */
	if (limit.p)
		json_object_set_new(body, "limit",
			json_integer(str_u32(limit, &number) == 0 ? (json_int_t)number : 0));
	if (cursor.p)
		json_object_set_new(body, "after", desk_api_json(cursor));
}

bool
desk_api_erasure(struct desk_conn *n, enum api_op op)
{
	static const struct desk_api_verb verbs[] = {
		{ API_ERASURES, "erasures.list", desk_api_list },
		{ API_ERASURE, "erasures.show", NULL },
		{ API_ERASURE_ADD, "erasures.add", shape_asked },
	};
	const struct desk_api_verb *v = desk_api_verb(verbs, sizeof verbs / sizeof *verbs, op);
	json_t *body = v ? desk_api_tenant_question(n) : NULL;
	const json_t *dry = json_object_get(body, "dry_run");

	if (!body)
		return v != NULL;
	if (op == API_ERASURES)
		set_page(n, body);
	else if (op == API_ERASURE)
		json_object_set_new(body, "id", desk_api_json(n->params[0]));
	/* What was meant to count must not erase. */
	if (op == API_ERASURE_ADD && dry && !json_is_boolean(dry)) {
		json_decref(body);
		desk_api_refuse(n, 422, STR_LIT("\"dry_run\" must be true or false."));
	} else if (op == API_ERASURE_ADD && json_is_true(dry))
		desk_api_ask(n, "erasures.count", body, NULL);
	else
		desk_api_ask(n, v->verb, body, v->shape);
	return true;
}
