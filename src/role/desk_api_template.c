/* Templates of the native API, and the testers that get tests of them. */
#include "role/desk_api.h"

#include <stdlib.h>

/* Two accounts are none of each other's business, and of its own one knows the name. */
static json_t *
shape_one(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	(void)status;
	json_object_del(j, "account");
	return j;
}

static json_t *
shape_added(struct desk_conn *n, int *status, json_t *j)
{
	*status = 201;
	return shape_one(n, status, j);
}

static json_t *
shape_list(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = desk_api_list(n, status, j), *row;
	size_t i;

	json_array_foreach(json_object_get(out, "data"), i, row)
	{
		json_object_del(row, "account");
	}
	return out;
}

/* To the edge, which sends it. */
static json_t *
shape_mail(struct desk_conn *n, int *status, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);

	json_decref(j);
	if (!text || strlen(text) > CHANNEL_PAYLOAD_MAX - 4096) {
		free(text); /* jansson's own allocation */
		*status = 413;
		return json_pack("{s:s}", "error", "This mail is too long.");
	}
	*status = 0;
	desk_api_say_bytes(n, API_MAIL_TYPE, str_z(text));
	free(text);
	return NULL;
}

static const struct desk_api_verb verbs[] = {
	{ API_TEMPLATES, "templates.list", shape_list },
	{ API_TEMPLATE_ADD, "templates.add", shape_added },
	{ API_TEMPLATE_TRY, "templates.render", NULL },
	{ API_TEMPLATE, "templates.get", shape_one },
	{ API_TEMPLATE_SET, "templates.set", shape_one },
	{ API_TEMPLATE_REMOVE, "templates.remove", desk_api_none },
	{ API_TEMPLATE_VERSIONS, "templates.versions", shape_list },
	{ API_TEMPLATE_PUBLISH, "templates.publish", shape_one },
	{ API_TEMPLATE_RENDER, "templates.render", NULL },
	{ API_TEMPLATE_VALUES, "templates.values", desk_api_list },
	{ API_TEMPLATE_VALUES_SET, "templates.values_set", NULL },
	{ API_TEMPLATE_VALUES_REMOVE, "templates.values_remove", desk_api_none },
	{ API_TEMPLATE_TEST, "templates.test", shape_mail },
	{ API_TESTERS, "testers.list", desk_api_list },
	{ API_TESTER_ADD, "testers.add", desk_api_created },
	{ API_TESTER_REMOVE, "testers.remove", desk_api_none },
};

/* The language of the advice: the query's, the body's, or what the client prefers. */
static void
set_lang(struct desk_conn *n, json_t *body)
{
	struct str lang = desk_api_query(n, "lang");

	if (lang.n)
		json_object_set_new(body, "lang", desk_api_json(lang));
	else if (n->french && !json_object_get(body, "lang"))
		json_object_set_new(body, "lang", json_string("fr"));
}

/* What the path and the query name, whatever the body says. */
static void
set_names(struct desk_conn *n, enum api_op op, json_t *body)
{
	struct str version = desk_api_query(n, "version");

	json_object_del(body, "template");
	if (op >= API_TEMPLATE)
		json_object_set_new(body, "template", desk_api_json(n->params[0]));
	if (op == API_TEMPLATE && version.n)
		json_object_set_new(body, "version", desk_api_json(version));
	if (op == API_TEMPLATE_TRY || op == API_TEMPLATE_RENDER)
		set_lang(n, body);
	if (op == API_TEMPLATE_VALUES)
		json_object_del(body, "name");
	if (op == API_TESTER_REMOVE)
		json_object_set_new(body, "address", desk_api_json(n->params[0]));
	if (op == API_TEMPLATE_VALUES_REMOVE)
		json_object_set_new(body, "name", desk_api_json(n->params[1]));
}

/* What an operator's key cannot do for another account. False: refused. */
static bool
own_only(struct desk_conn *n, enum api_op op, const json_t *body)
{
	bool past = json_is_string(json_object_get(body, "message")) &&
	            (op == API_TEMPLATE_TRY || op == API_TEMPLATE_RENDER);

	if (json_integer_value(json_object_get(body, "tenant")) == n->tenant)
		return true;
	/* The edge knows the account of the key alone. */
	if (op == API_TEMPLATE_TEST)
		desk_api_refuse(n, 400, STR_LIT("A test is mail of the key's own account."));
	else if (past)
		/* As with its bytes. */
		desk_api_refuse(
			n, 400, STR_LIT("\"message\" is a message of the key's own account."));
	return op != API_TEMPLATE_TEST && !past;
}

bool
desk_api_template(struct desk_conn *n, enum api_op op)
{
	const struct desk_api_verb *v = desk_api_verb(verbs, sizeof verbs / sizeof *verbs, op);
	json_t *body = v ? desk_api_tenant_question(n) : NULL;

	if (!body)
		return v != NULL;
	if (!own_only(n, op, body)) {
		json_decref(body);
		return true;
	}
	set_names(n, op, body);
	desk_api_ask(n, v->verb, body, v->shape);
	return true;
}
