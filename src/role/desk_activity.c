/* Activity and statistics over the API, from the ledger: bounded reads, page by page. */
#include "role/desk_priv.h"

#include "account/control_stream.h"
#include "base/utc.h"
#include "ledger/ledger_count.h"
#include "ledger/ledger_search.h"
#include "report/trace.h"
#include "send/bounce.h"

#include <errno.h>

#define LIMIT   50u
#define MOST_MS 100u
#define HOUR_US (3600 * INT64_C(1000000))
#define STEPS   1000 /* rows of time in one answer */

/* ---- the query */

struct reading {
	struct desk_conn *conn;
	char why[DESK_WHY]; /* what was wrong first; empty: nothing */
};

static void
wrong(struct reading *r, const char *name, const char *what)
{
	if (!r->why[0])
		snprintf(r->why, sizeof r->why, "\"%s\" is %s.", name, what);
}

static struct str
text(struct reading *r, const char *name)
{
	struct str s = desk_api_query(r->conn, name);

	return s.p ? s : STR_NONE;
}

static int64_t
when(struct reading *r, const char *name)
{
	struct str s = text(r, name);
	int64_t wall = 0, span;

	if (s.n == 0)
		return 0;
	if (utc_parse_span(s, &span) == 0)
		return loop_wall(r->conn->desk->loop) - span;
	if (utc_parse(s, &wall) < 0)
		wrong(r, name,
			"a time such as 2027-01-31T00:00:00Z, or how long ago it was, such as "
			"24h");
	return wall;
}

static unsigned
number(struct reading *r, const char *name, unsigned otherwise, unsigned max)
{
	struct str s = text(r, name);
	uint32_t n = otherwise;

	if (s.n && (str_u32(s, &n) < 0 || n == 0 || n > max)) {
		wrong(r, name, "a number from 1 on, and not that large");
		n = otherwise;
	}
	return n;
}

/* "delivered,bounced" → their bits. */
static uint32_t
states(struct reading *r)
{
	struct str rest = text(r, "status");
	uint32_t bits = 0;

	while (rest.n) {
		struct str one = str_trim(str_cut(&rest, ','));
		uint32_t bit = 0;

		for (unsigned k = 1; k < FACT_KINDS; k++)
			if (str_eq_z(one, fact_name((enum fact_kind)k)))
				bit = UINT32_C(1) << k;
		/* For people one state. */
		if (bit == UINT32_C(1) << FACT_DELIVERED)
			bit |= UINT32_C(1) << FACT_RELAYED;
		if (bit == UINT32_C(1) << FACT_BOUNCED)
			bit |= UINT32_C(1) << FACT_RETURNED;
		if (!bit)
			wrong(r, "status",
				"a list of accepted, delivered, deferred, bounced, expired, "
				"suppressed, in_doubt, held, cancelled, quarantined, opened, "
				"clicked, "
				"unsubscribed, complained");
		bits |= bit;
	}
	return bits;
}

/* The account's own one that is asked for; empty: none. */
static struct str
own_stream(struct reading *r)
{
	struct str s = text(r, "stream");
	struct control *c = desk_control(r->conn->desk);
	uint32_t tenant = desk_api_tenant(r->conn);

	/* Of all accounts: whoever has one of this name. */
	if (!control_stream_ok(s) || (tenant && (!c || control_stream_has(c, tenant, s) < 0)))
		return STR_NONE;
	return s;
}

static uint32_t
streams(struct reading *r)
{
	struct str s = text(r, "stream");

	if (s.n == 0)
		return 0;
	if (str_eq_z(s, "transactional"))
		return 1u << STREAM_TRANSACTIONAL;
	if (str_eq_z(s, "broadcast"))
		return 1u << STREAM_BROADCAST;
	if (str_eq_z(s, "inbound"))
		return 1u << STREAM_INBOUND;
	if (own_stream(r).n == 0)
		wrong(r, "stream",
			"transactional, broadcast, inbound or a stream of the account's own");
	return 0;
}

/* ---- messages */

static int
on_row(void *ctx, const struct ledger_row *row)
{
	(void)trace_json(row, ctx);
	return 0;
}

static void
shorten(struct desk_conn *n, json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_object_del(row, "timeline");
		desk_api_message_ids(n, row);
	}
}

static int
search_of(struct reading *r, struct ledger_search *q)
{
	struct str id = text(r, "id");

	*q = (struct ledger_search){ .tenant = desk_api_tenant(r->conn),
		.to = text(r, "to"),
		.from = text(r, "from"),
		.provider = text(r, "provider"),
		.states = states(r),
		.streams = streams(r),
		.own_stream = own_stream(r),
		.tag = text(r, "tag"),
		.campaign = text(r, "campaign"),
		.template = text(r, "template"),
		.custom_id = text(r, "custom_id"),
		.message_id = text(r, "message_id"),
		.subject = text(r, "subject"),
		.since = when(r, "since"),
		.until = when(r, "until"),
		.cursor = text(r, "cursor"),
		.limit = number(r, "limit", LIMIT, LEDGER_SEARCH_LIMIT),
		.most_ms = MOST_MS };
	if (id.n) {
		q->id = desk_api_id(r->conn, id);
		if (!q->id)
			wrong(r, "id", "the id of a message (msg_…) or recipient (rcp_…)");
	}
	return r->why[0] ? -EINVAL : 0;
}

int
desk_activity_search(struct desk_conn *n, struct ledger_search *ret_q, char why[DESK_WHY])
{
	struct reading r = { .conn = n };
	int err = search_of(&r, ret_q);

	memcpy(why, r.why, sizeof r.why);
	return err;
}

json_t *
desk_activity_row(struct desk_conn *n, const struct ledger_row *row)
{
	json_t *rows = json_array(), *one;

	(void)trace_json(row, rows);
	shorten(n, rows);
	one = json_incref(json_array_get(rows, 0));
	json_decref(rows);
	return one;
}

void
desk_activity_messages(struct desk_conn *n)
{
	struct reading r = { .conn = n };
	struct ledger_search q;
	struct ledger_found found;
	json_t *rows = json_array();
	int err = search_of(&r, &q);

	if (!err) {
		err = ledger_search(n->desk->env->paths->ledger, &q, &found, on_row, rows);
		if (err == -EINVAL)
			wrong(&r, "cursor", "the \"next\" of a page with the same filters");
	}
	if (err) {
		json_decref(rows);
		desk_fail(n, err == -EINVAL ? 400 : 500,
			err == -EINVAL ? r.why : "The ledger cannot be read.");
		return;
	}
	shorten(n, rows);
	desk_say(n, 200,
		json_pack("{s:o,s:o,s:b}", "data", rows, "next",
			found.next[0] ? json_string(found.next) : json_null(), "partial",
			found.partial));
}

/* ---- statistics */

struct sums {
	json_t *steps; /* "from" → {"stream": …} */
	unsigned n;
};

/* What the counts are called, and which facts they are made of. */
static const char *
count_name(const struct ledger_count_row *c)
{
	switch (c->kind) {
	case FACT_RELAYED:
		return "delivered";
	case FACT_RETURNED:
		return "bounced";
	case FACT_OPENED:
		return c->sub == LEDGER_ROBOT   ? "opens_by_robots"
		       : c->sub == LEDGER_FIRST ? "opened"
		                                : "opens_again";
	case FACT_CLICKED:
		return c->sub == LEDGER_ROBOT   ? "clicks_by_robots"
		       : c->sub == LEDGER_FIRST ? "clicked"
		                                : "clicks_again";
	default:
		return fact_name((enum fact_kind)c->kind);
	}
}

static void
add(json_t *step, const char *name, uint64_t n)
{
	json_object_set_new(step, name,
		json_integer(json_integer_value(json_object_get(step, name)) + (json_int_t)n));
}

static int
on_count(void *ctx, const struct ledger_count_row *c)
{
	struct sums *s = ctx;
	char from[UTC_TEXT_SIZE];
	json_t *step;
	const char *name = count_name(c);

	(void)utc_rfc3339(from, c->from);
	step = json_object_get(s->steps, from);
	if (!step) {
		if (s->n++ == STEPS)
			return -E2BIG;
		step = json_object();
		json_object_set_new(s->steps, from, step);
	}
	add(step, name, c->n);
	/* Of those delivered: to nobody. */
	if (c->kind == FACT_DELIVERED && c->sub == CLASS_SANDBOX)
		add(step, "sandboxed", c->n);
	return 0;
}

static json_t *
steps_list(const json_t *steps, bool times)
{
	json_t *list = json_array(), *step, *copy;
	const char *from;

	json_object_foreach((json_t *)(uintptr_t)steps, from, step)
	{
		copy = json_deep_copy(step);
		if (times)
			json_object_set_new(copy, "from", json_string(from));
		json_array_append_new(list, copy);
	}
	return list;
}

static bool
counts_of(struct reading *r, struct ledger_count_query *q)
{
	struct str by = text(r, "by"), tag = text(r, "tag"), campaign = text(r, "campaign"),
		   template = text(r, "template"), stream = text(r, "stream");

	*q = (struct ledger_count_query){ .tenant = desk_api_tenant(r->conn),
		.since = when(r, "since"),
		.until = when(r, "until"),
		.value = STR_NONE,
		.step_hours = 24 };
	if (str_eq_z(by, "hour"))
		q->step_hours = 1;
	else if (str_eq_z(by, "all"))
		q->step_hours = 0;
	else if (by.n && !str_eq_z(by, "day"))
		wrong(r, "by", "hour, day or all");
	if (tag.n + campaign.n + template.n) {
		q->what = tag.n ? LEDGER_TAG : campaign.n ? LEDGER_CAMPAIGN : LEDGER_TEMPLATE;
		q->value = tag.n ? tag : campaign.n ? campaign : template;
	}
	if (stream.n && tag.n + campaign.n + template.n)
		wrong(r, "stream",
			"counted by itself: leave out the tag, campaign or template");
	else if (stream.n && own_stream(r).n == 0)
		wrong(r, "stream", "a stream of the account's own");
	if (stream.n) {
		q->what = LEDGER_STREAM;
		q->value = stream;
	}
	if (!q->since)
		q->since = loop_wall(r->conn->desk->loop) - 30 * 24 * HOUR_US;
	return !r->why[0];
}

void
desk_activity_stats(struct desk_conn *n)
{
	struct reading r = { .conn = n };
	struct ledger_count_query q;
	struct sums s = { json_object(), 0 };
	int err = counts_of(&r, &q) ? 0 : -EINVAL;

	if (!err)
		err = ledger_count(n->desk->env->paths->ledger, &q, on_count, &s);
	if (err == -E2BIG)
		wrong(&r, "since", "too long ago for so many steps: ask for less, or by day");
	if (err)
		desk_fail(n, err == -EINVAL || err == -E2BIG ? 400 : 500,
			r.why[0] ? r.why : "The ledger cannot be read.");
	else
		desk_say(n, 200,
			json_pack("{s:o}", "data", steps_list(s.steps, q.step_hours > 0)));
	json_decref(s.steps);
}
