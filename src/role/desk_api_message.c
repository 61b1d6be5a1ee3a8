/* One message by its id: what became of its recipients, what it was written from, and
 * cancelling those who wait. */
#include "role/desk_api.h"

#define MESSAGE_LIMIT 200u
#define CANCEL_LIMIT  1000u

/* Where the dialogue is kept is our business: its text, or nothing when it is gone. */
static void
shape_transcript(json_t *event)
{
	json_t *text = json_object_get(json_object_get(event, "transcript"), "text");

	if (text)
		json_object_set_new(event, "transcript", json_pack("{s:O}", "text", text));
	else
		json_object_del(event, "transcript");
}

static json_t *
shape_message(struct desk_conn *n, int *status, json_t *j)
{
	json_t *row, *event, *out = desk_api_list(n, status, json_incref(j));
	size_t i, k;

	json_object_set(out, "next", json_object_get(j, "next"));
	json_decref(j);
	json_array_foreach(json_object_get(out, "data"), i, row)
	{
		desk_api_message_ids(n, row);
		json_array_foreach(json_object_get(row, "timeline"), k, event)
			shape_transcript(event);
	}
	return out;
}

/* Whose message an id may be: an operator was told it by somebody. */
static uint32_t
id_tenant(const struct desk_conn *n)
{
	return n->scopes & SCOPE_OPERATE ? 0 : n->tenant;
}

/* A page of what became of the message that the path names. limit 0: the default of trace. */
static void
ask_trace(struct desk_conn *n, unsigned limit, struct str cursor,
	json_t *(*shape)(struct desk_conn *n, int *status, json_t *j))
{
	uint64_t id = desk_api_id(n, n->params[0]);
	char what[24];

	if (id == 0) {
		desk_api_refuse(n, 404, DESK_API_NOTHING);
		return;
	}
	snprintf(what, sizeof what, "%llu", (unsigned long long)id);
	desk_api_ask(n, "trace",
		json_pack("{s:s,s:I,s:i,s:o}", "what", what, "tenant", (json_int_t)id_tenant(n),
			"limit", (int)limit, "cursor", desk_api_json(cursor)),
		shape);
}

void
desk_api_message(struct desk_conn *n)
{
	struct str given = desk_api_query(n, "limit"), cursor = desk_api_query(n, "cursor");
	uint32_t limit = 0;

	if (given.n && (str_u32(given, &limit) < 0 || limit == 0 || limit > MESSAGE_LIMIT))
		desk_api_refuse(n, 400, STR_LIT("\"limit\" is a number from 1 to 200."));
	else
		ask_trace(n, limit, cursor.p ? cursor : STR_NONE, shape_message);
}

/* Only of the key's own account, as its bytes. */
void
desk_api_message_values(struct desk_conn *n)
{
	if (desk_api_id(n, n->params[0]) == 0)
		desk_api_refuse(n, 404, DESK_API_NOTHING);
	else
		desk_api_ask(n, "messages.values",
			json_pack("{s:o,s:I}", "message", desk_api_json(n->params[0]), "tenant",
				(json_int_t)n->tenant),
			NULL);
}

/* ---- cancelling: each recipient of the message by itself, since each may have a body of his
 * own (tracking) */

static json_t *shape_dropped(struct desk_conn *n, int *status, json_t *j);

/* The next one, or the end: {"changed"}, 404 when nothing waited any more. */
static json_t *
drop_next(struct desk_conn *n, int *status)
{
	size_t left = json_array_size(n->rest);
	json_t *body;

	if (left == 0) {
		*status = n->changed ? 200 : 404;
		return json_pack("{s:i}", "changed", (int)n->changed);
	}
	body = json_pack("{s:O}", "id", json_array_get(n->rest, left - 1));
	json_array_remove(n->rest, left - 1);
	*status = 0;
	desk_api_ask(n, "queue.drop", body, shape_dropped);
	return NULL;
}

static json_t *
shape_dropped(struct desk_conn *n, int *status, json_t *j)
{
	n->changed += (unsigned)json_integer_value(json_object_get(j, "changed"));
	json_decref(j);
	return drop_next(n, status);
}

/* The trace of a message: its recipients. */
static json_t *
shape_cancel(struct desk_conn *n, int *status, json_t *j)
{
	struct str next = arena_str(&n->arena, desk_text(j, "next"));
	json_t *row;
	size_t i;

	if (!n->rest)
		n->rest = json_array();
	json_array_foreach(json_object_get(j, "recipients"), i, row)
		json_array_append(n->rest, json_object_get(row, "id"));
	json_decref(j);
	if (next.n == 0)
		return drop_next(n, status);
	*status = 0;
	ask_trace(n, CANCEL_LIMIT, next, shape_cancel);
	return NULL;
}

void
desk_api_message_cancel(struct desk_conn *n)
{
	ask_trace(n, CANCEL_LIMIT, STR_NONE, shape_cancel);
}
