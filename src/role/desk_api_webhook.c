/* Webhooks of the native API. */
#include "role/desk_api.h"

#include "role/desk_webhook.h"

json_t *
desk_api_hooks(struct desk_conn *n, const char *vendor)
{
	json_t *body = desk_api_tenant_question(n), *list;
	struct control *c = desk_control(n->desk);
	struct desk_control_answer a;

	if (!body)
		return NULL;
	json_object_set_new(body, "vendor", json_string(vendor));
	if (!c) {
		json_decref(body);
		desk_api_refuse(n, 503, STR_LIT("The tables cannot be opened."));
		return NULL;
	}
	a = desk_webhook_do(c, STR_LIT("webhooks.list"), body, loop_wall(n->desk->loop));
	json_decref(body);
	list = json_incref(json_object_get(a.json, "webhooks"));
	json_decref(a.json);
	if (!list)
		desk_api_refuse(n, 503, STR_LIT("The tables cannot be read."));
	return list;
}

json_t *
desk_api_hook(const json_t *list, struct str number)
{
	json_t *row;
	uint64_t id;
	size_t i;

	if (str_u64(number, &id) < 0)
		return NULL;
	json_array_foreach((json_t *)(uintptr_t)list, i, row)
	{
		if ((uint64_t)json_integer_value(json_object_get(row, "number")) == id)
			return row;
	}
	return NULL;
}

/* Our number of a row is nobody's business. */
static void
hide(json_t *row)
{
	json_object_del(row, "number");
	json_object_del(row, "user");
	json_object_del(row, "account");
}

json_t *
desk_api_hook_one(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	(void)status;
	hide(j);
	return j;
}

json_t *
desk_api_hook_added(struct desk_conn *n, int *status, json_t *j)
{
	*status = 201;
	return desk_api_hook_one(n, status, j);
}

json_t *
desk_api_hook_list(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = desk_api_list(n, status, j), *row;
	size_t i;

	json_array_foreach(json_object_get(out, "data"), i, row)
	{
		hide(row);
	}
	return out;
}

static json_t *
shape_posts(struct desk_conn *n, int *status, json_t *j)
{
	json_t *next = json_incref(json_object_get(j, "next")), *out;

	out = desk_api_list(n, status, j);
	if (json_is_integer(next)) {
		char text[32];

		snprintf(text, sizeof text, "%lld", (long long)json_integer_value(next));
		json_decref(next);
		next = json_string(text);
	}
	json_object_set_new(out, "next", next);
	return out;
}

static json_t *
shape_accepted(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	*status = 202;
	return j;
}

static void
set_number(struct desk_conn *n, json_t *body, const char *name, const char *param)
{
	uint64_t value;

	if (str_u64(desk_api_query(n, param), &value) == 0 && value < INT32_MAX)
		json_object_set_new(body, name, json_integer((json_int_t)value));
}

static const struct desk_api_verb verbs[] = {
	{ API_WEBHOOKS, "webhooks.list", desk_api_hook_list },
	{ API_WEBHOOK_ADD, "webhooks.add", desk_api_hook_added },
	{ API_WEBHOOK, "webhooks.get", desk_api_hook_one },
	{ API_WEBHOOK_UPDATE, "webhooks.update", desk_api_hook_one },
	{ API_WEBHOOK_REMOVE, "webhooks.remove", desk_api_none },
	{ API_WEBHOOK_ROLL, "webhooks.roll", desk_api_hook_one },
	{ API_WEBHOOK_TEST, "webhooks.test", NULL },
	{ API_WEBHOOK_POSTS, "webhooks.log", shape_posts },
	{ API_WEBHOOK_REPLAY, "webhooks.replay", shape_accepted },
	{ API_WEBHOOK_DEAD, "webhooks.dead", desk_api_list },
	{ API_WEBHOOK_RESUME, "webhooks.resume", desk_api_hook_one },
};

bool
desk_api_webhook(struct desk_conn *n, enum api_op op)
{
	const struct desk_api_verb *v = desk_api_verb(verbs, sizeof verbs / sizeof *verbs, op);
	json_t *body = v ? desk_api_tenant_question(n) : NULL;

	if (!body)
		return v != NULL;
	/* What the path names, whatever the body says. Mailjet's words are not ours. */
	json_object_set_new(body, "id", json_stringn(n->params[0].p, n->params[0].n));
	json_object_del(body, "vendor");
	if (op == API_WEBHOOK_POSTS) {
		set_number(n, body, "limit", "limit");
		set_number(n, body, "from", "cursor");
	}
	desk_api_ask(n, v->verb, body, v->shape);
	return true;
}
