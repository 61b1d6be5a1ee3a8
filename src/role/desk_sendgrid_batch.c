/*
 * SendGrid's batches: a new id, and cancelling what still waits of one. Recipient by recipient,
 * a page of the ledger at a time, since each may have a body of his own.
 */
#include "role/desk_sendgrid.h"

#include "api/sendgrid_batch.h"
#include "io/random.h"

#define PAGE 1000u

static bool
is_ours(struct desk_conn *n, struct str batch)
{
	return sendgrid_batch_is(batch, n->desk->env->keys.ids, n->tenant);
}

static json_t *
batch_json(struct str batch)
{
	return json_pack("{s:o}", "batch_id", desk_api_json(batch));
}

/* ---- cancelling. n->rest: {"ids": of recipients, "next": cursor of the page behind them} ----
 */

static int
on_row(void *ctx, const struct ledger_row *row)
{
	json_array_append_new(ctx, json_integer((json_int_t)row->rcpt));
	return 0;
}

/* false: the ledger cannot be read. */
static bool
page(struct desk_conn *n, struct str batch, struct str cursor)
{
	const struct ledger_search q = {
		.tenant = n->tenant, .custom_id = batch, .limit = PAGE, .cursor = cursor
	};
	json_t *ids = json_array();
	struct ledger_found found;

	if (ledger_search(n->desk->env->paths->ledger, &q, &found, on_row, ids) < 0) {
		json_decref(ids);
		return false;
	}
	json_decref(n->rest);
	n->rest = json_pack("{s:o,s:s}", "ids", ids, "next", found.next);
	return true;
}

static json_t *shape_dropped(struct desk_conn *n, int *status, json_t *j);

/* The next recipient, or the end. */
static json_t *
next(struct desk_conn *n, int *status)
{
	struct str batch = desk_text(n->asked, "batch_id"), cursor = STR_NONE;
	json_t *ids = json_object_get(n->rest, "ids"), *body;
	size_t left = json_array_size(ids);

	/* Once a page, not once a recipient: the arena has an end. */
	if (left == 0)
		cursor = arena_str(&n->arena, desk_text(n->rest, "next"));
	if (left == 0 && cursor.n) {
		if (!page(n, batch, cursor)) {
			*status = 500;
			return json_pack("{s:s}", "error", "The ledger cannot be read.");
		}
		ids = json_object_get(n->rest, "ids");
		left = json_array_size(ids);
	}
	if (left == 0) {
		*status = 201;
		body = batch_json(batch);
		json_object_set_new(body, "status", json_string("cancel"));
		return body;
	}
	body = json_pack("{s:O}", "id", json_array_get(ids, left - 1));
	json_array_remove(ids, left - 1);
	*status = 0;
	desk_api_ask(n, "queue.drop", body, shape_dropped);
	return NULL;
}

static json_t *
shape_dropped(struct desk_conn *n, int *status, json_t *j)
{
	json_decref(j);
	return next(n, status);
}

static void
cancel(struct desk_conn *n, struct str batch)
{
	int status = 0;
	json_t *j;

	if (!page(n, batch, STR_NONE)) {
		desk_api_refuse(n, 500, STR_LIT("The ledger cannot be read."));
		return;
	}
	/* n may be gone once it has asked. */
	j = next(n, &status);
	if (status == 0)
		return;
	n->shape = NULL;
	desk_api_say(n, status, j);
}

static void
on_written(struct desk_ask *a, int status, struct str json)
{
	(void)status;
	(void)json;
	if (a->conn)
		desk_api_again(a->conn);
}

static void
scheduled(struct desk_conn *n)
{
	struct str batch = desk_text(n->asked, "batch_id"),
		   what = desk_text(n->asked, "status");

	if (!is_ours(n, batch)) {
		desk_api_refuse(n, 400, STR_LIT(SENDGRID_BATCH_BAD));
	} else if (!str_eq_z(what, "cancel")) {
		desk_sendgrid_bad(
			n, "status", "must be cancel: pausing a batch is not available here");
	} else if (!n->written) {
		/* What was accepted a moment ago is of the batch too. */
		n->written = true;
		desk_ask_engine(n->desk, n, &(struct msg_query){ .op = QUERY_LEDGER },
			on_written, NULL);
	} else {
		cancel(n, batch);
	}
}

bool
desk_sendgrid_batch(struct desk_conn *n)
{
	char text[TYPED_ID_TEXT];

	switch (n->route->op) {
	case API_SG_BATCH_ADD:
		sendgrid_batch_write(
			text, n->desk->env->keys.ids, n->tenant, (uint32_t)random_u64());
		desk_api_say(n, 201, batch_json(str_z(text)));
		return true;
	case API_SG_BATCH:
		if (is_ours(n, n->params[0]))
			desk_api_say(n, 200, batch_json(n->params[0]));
		else
			desk_api_refuse(n, 400, STR_LIT(SENDGRID_BATCH_BAD));
		return true;
	case API_SG_SCHEDULED:
		scheduled(n);
		return true;
	default:
		return false;
	}
}
