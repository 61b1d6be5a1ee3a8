/*
 * SendGrid's batches: a new id; cancelling or pausing what still waits of one, and letting it
 * go on. Recipient by recipient, a page of the ledger at a time, since each may have a body of
 * his own. What was said of a batch is written first (account/control_batch), and goes last, so
 * that a call that broke off can be made again.
 */
#include "role/desk_sendgrid.h"

#include "account/control_audit.h"
#include "account/control_batch.h"
#include "api/sendgrid_batch.h"
#include "io/random.h"

#include <errno.h>

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

/* ---- the recipients. n->rest: {"ids": of recipients, "next": cursor of the page behind them}
 * ---- */

struct work {
	struct str batch;
	enum control_batch_state state; /* NONE: go on */
};

/* What the call is about. */
static struct work
work_of(struct desk_conn *n)
{
	struct str status = desk_text(n->asked, "status");
	bool new = n->route->op == API_SG_SCHEDULED;

	return (struct work){ .batch = new ? desk_text(n->asked, "batch_id") : n->params[0],
		.state = n->route->op == API_SG_SCHEDULED_REMOVE ? CONTROL_BATCH_NONE
		         : str_eq_z(status, "pause")             ? CONTROL_BATCH_PAUSED
		         : str_eq_z(status, "cancel")            ? CONTROL_BATCH_CANCELLED
		                                                 : CONTROL_BATCH_NONE };
}

static const char *
state_name(enum control_batch_state state)
{
	return state == CONTROL_BATCH_PAUSED ? "pause" : "cancel";
}

static json_t *
entry(struct str batch, enum control_batch_state state)
{
	json_t *o = batch_json(batch);

	json_object_set_new(o, "status", json_string(state_name(state)));
	return o;
}

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

static json_t *
error(int *status, int code, const char *why)
{
	*status = code;
	return json_pack("{s:s}", "error", why);
}

static struct control_deed
deed(struct desk_conn *n, const struct work *w)
{
	struct str what = arena_printf(&n->arena, "%s %s", n->route->method, n->route->pattern);

	return (struct control_deed){ .what = what.p ? what : STR_NONE,
		.on = w->batch,
		.account = STR_NONE,
		.tenant = n->tenant };
}

/* A change of the table, as who calls. */
static int
change(struct desk_conn *n, struct control *c, const struct work *w)
{
	const struct control_who who = desk_audit_who(n);
	const struct control_deed d = deed(n, w);
	const struct control_batch b = {
		.tenant = n->tenant, .batch = w->batch, .state = w->state
	};
	int err;

	control_who(c, &who);
	if (!n->audited)
		control_doing(c, &d);
	err = w->state == CONTROL_BATCH_NONE ? control_batch_remove(c, n->tenant, w->batch)
	                                     : control_batch_set(c, &b);
	n->audited = control_done(c) || n->audited;
	control_who(c, NULL);
	return err;
}

static json_t *
all_done(struct desk_conn *n, const struct work *w, int *status)
{
	struct control *c = desk_control(n->desk);

	if (w->state == CONTROL_BATCH_NONE && (!c || change(n, c, w) < 0))
		return error(status, 503, "The control tables cannot be written.");
	*status = n->route->op == API_SG_SCHEDULED ? 201 : 204;
	return entry(w->batch, w->state);
}

static void on_changed(struct desk_ask *a, int status, struct str json);

/* The next recipient (*status is 0 then, and it is asked for), or the end. */
static json_t *
next(struct desk_conn *n, int *status)
{
	static const uint16_t ops[] = { [CONTROL_BATCH_NONE] = QUERY_RELEASE,
		[CONTROL_BATCH_PAUSED] = QUERY_HOLD,
		[CONTROL_BATCH_CANCELLED] = QUERY_DROP };
	const struct work w = work_of(n);
	struct msg_query q = { .op = ops[w.state], .tenant = n->tenant, .own = 1 };
	struct str cursor = STR_NONE;
	json_t *ids = json_object_get(n->rest, "ids");
	size_t left = json_array_size(ids);

	/* Once a page, not once a recipient: the arena has an end. */
	if (left == 0)
		cursor = arena_str(&n->arena, desk_text(n->rest, "next"));
	if (left == 0 && cursor.n) {
		if (!page(n, w.batch, cursor))
			return error(status, 500, "The ledger cannot be read.");
		ids = json_object_get(n->rest, "ids");
		left = json_array_size(ids);
	}
	if (left == 0)
		return all_done(n, &w, status);
	q.id = (uint64_t)json_integer_value(json_array_get(ids, left - 1));
	json_array_remove(ids, left - 1);
	*status = 0;
	desk_ask_engine(n->desk, n, &q, on_changed, NULL);
	return NULL;
}

static void
go_on(struct desk_conn *n)
{
	int status = 0;
	/* n may be gone once it has asked. */
	json_t *j = next(n, &status);

	if (status != 0)
		desk_api_say(n, status, j);
}

static void
on_changed(struct desk_ask *a, int status, struct str json)
{
	(void)json;
	if (a->conn && status == 200)
		go_on(a->conn);
	else if (a->conn)
		desk_api_refuse(a->conn, 503,
			STR_LIT("The engine is restarting or busy: ask again, it goes on "
				"where it broke off."));
}

static void
begin(struct desk_conn *n, const struct work *w)
{
	if (page(n, w->batch, STR_NONE))
		go_on(n);
	else
		desk_api_refuse(n, 500, STR_LIT("The ledger cannot be read."));
}

/* ---- the calls ---- */

static void
on_written(struct desk_ask *a, int status, struct str json)
{
	(void)status;
	(void)json;
	if (a->conn)
		desk_api_again(a->conn);
}

/* NULL: the call was answered. */
static struct control *
tables(struct desk_conn *n)
{
	struct control *c = desk_control(n->desk);

	if (!c)
		desk_api_refuse(n, 503, STR_LIT("The control tables cannot be read."));
	return c;
}

/* What was said of the batch that the path names; NONE: the call was answered. */
static enum control_batch_state
known(struct desk_conn *n, struct control *c)
{
	enum control_batch_state state = CONTROL_BATCH_NONE;

	if (control_batch_get(c, n->tenant, n->params[0], &state) < 0)
		desk_api_refuse(n, 503, STR_LIT("The control tables cannot be read."));
	else if (state == CONTROL_BATCH_NONE)
		desk_api_refuse(n, 404, STR_NONE);
	return state;
}

/* Is it what can be done? Else the call was answered. */
static bool
allowed(struct desk_conn *n, struct control *c, const struct work *w)
{
	if (n->route->op == API_SG_SCHEDULED && !is_ours(n, w->batch)) {
		desk_api_refuse(n, 400, STR_LIT(SENDGRID_BATCH_BAD));
		return false;
	}
	if (n->route->op != API_SG_SCHEDULED && known(n, c) == CONTROL_BATCH_NONE)
		return false;
	if (n->route->op == API_SG_SCHEDULED_REMOVE || w->state != CONTROL_BATCH_NONE)
		return true;
	desk_sendgrid_bad(n, "status", "must be pause or cancel");
	return false;
}

static void
scheduled(struct desk_conn *n)
{
	const struct work w = work_of(n);
	struct control *c = tables(n);
	struct control_deed d;
	int err;

	if (!c || !allowed(n, c, &w))
		return;
	if (n->written) {
		begin(n, &w);
		return;
	}
	/* What lets go on is in no table: its row is written before. */
	d = deed(n, &w);
	if (w.state == CONTROL_BATCH_NONE && !desk_audit_write(n, &d))
		return;
	err = w.state == CONTROL_BATCH_NONE ? 0 : change(n, c, &w);
	if (err) {
		desk_api_refuse(n, err == -EINVAL ? 400 : 503,
			arena_str(&n->arena, str_z(control_error(c))));
		return;
	}
	/* What was accepted a moment ago is of the batch too. */
	n->written = true;
	desk_ask_engine(
		n->desk, n, &(struct msg_query){ .op = QUERY_LEDGER }, on_written, NULL);
}

static int
on_batch(void *ctx, const struct control_batch *b)
{
	json_array_append_new(ctx, entry(b->batch, b->state));
	return 0;
}

static void
list(struct desk_conn *n)
{
	struct control *c = tables(n);
	json_t *all = json_array();

	if (c && control_batch_each(c, n->tenant, on_batch, all) == 0) {
		desk_api_say(n, 200, all);
		return;
	}
	json_decref(all);
	if (c)
		desk_api_refuse(n, 503, STR_LIT("The control tables cannot be read."));
}

static void
one(struct desk_conn *n)
{
	struct control *c = tables(n);
	enum control_batch_state state = c ? known(n, c) : CONTROL_BATCH_NONE;

	if (state != CONTROL_BATCH_NONE)
		desk_api_say(n, 200, json_pack("[o]", entry(n->params[0], state)));
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
	case API_SG_SCHEDULED_CHANGE:
	case API_SG_SCHEDULED_REMOVE:
		scheduled(n);
		return true;
	case API_SG_SCHEDULED_LIST:
		list(n);
		return true;
	case API_SG_SCHEDULED_ONE:
		one(n);
		return true;
	default:
		return false;
	}
}
