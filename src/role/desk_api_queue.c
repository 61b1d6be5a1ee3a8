/*
 * The queue over the API: how much waits where, which recipients, and hold, release, retry and
 * drop by the filters of `facteur queue`. Of the caller's account; of the one that an operator
 * names, or of all. An account sees nothing of the doors, which it shares with others, and
 * releases only what it held itself (engine_query.c).
 *
 *   change: engine counts ─▶ more than was expected? 409 ─▶ row of the audit log ─▶ engine acts
 *
 * A question may look at each record of a long queue: few are asked at a time.
 */
#include "role/desk_api.h"

#include "base/must.h"
#include "base/utc.h"

#include <stdlib.h>

#define WALKS_MAX  6u /* questions under way; */
#define WALKS_EACH 3u /* of them of one account */
#define LIST_LIMIT 100u
#define LIST_MAX   1000u
#define SLACK      10 /* recipients more than expected that nobody asks about again */

#define AWAY STR_LIT("The engine is restarting or busy; ask again in a moment.")

/* ---- what was asked */

static bool
is_own(const struct desk_conn *n)
{
	return n->user ? !n->platform : !(n->scopes & SCOPE_OPERATE);
}

/* False: too many are under way, and it is answered. */
static bool
begin_walk(struct desk_conn *n)
{
	unsigned all = 0, own = 0;

	for (size_t i = 0; i <= ROLE_EDGES_MAX; i++) {
		if (!n->desk->edges[i].desk)
			continue;
		LIST_EACH(l, &n->desk->edges[i].calls)
		{
			const struct desk_conn *o = LIST_OF(l, struct desk_conn, link);

			all += o->walks;
			own += o->walks && o->tenant == n->tenant;
		}
	}
	if (all < WALKS_MAX && own < WALKS_EACH) {
		n->walks = true;
		return true;
	}
	desk_api_refuse(n, 503,
		STR_LIT("Other questions about the queue are being answered; ask again in a "
			"moment."));
	return false;
}

/* Filters, of a query or a body: texts in the arena of n, or borrowed of n->asked. */
static const char *const filter_names[] = { "id", "provider", "domain", "sender", "to", "state",
	"stream", "older" };
#define NFILTERS (sizeof filter_names / sizeof *filter_names)
struct filters {
	struct str at[NFILTERS]; /* n 0: not given */
};
enum { OF_ID, OF_PROVIDER, OF_DOMAIN, OF_SENDER, OF_TO, OF_STATE, OF_STREAM, OF_OLDER };

static bool
refuse(struct desk_conn *n, const char *why)
{
	desk_api_refuse(n, 400, str_z(why));
	return false;
}

static bool
stream_of(struct str s, uint8_t *ret_stream)
{
	static const struct {
		const char *name;
		uint8_t stream;
	} table[] = { { "transactional", STREAM_TRANSACTIONAL },
		{ "broadcast", STREAM_BROADCAST }, { "inbound", STREAM_INBOUND } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_z(s, table[i].name)) {
			*ret_stream = (uint8_t)(table[i].stream + 1);
			return true;
		}
	return false;
}

static bool
is_state(struct str s)
{
	return str_eq_z(s, "queued") || str_eq_z(s, "active") || str_eq_z(s, "held") ||
	       str_eq_z(s, "quarantined");
}

/* False: refused. */
static bool
question_of(struct desk_conn *n, const struct filters *f, struct msg_query *q)
{
	*q = (struct msg_query){ .tenant = desk_api_tenant(n),
		.own = is_own(n),
		.site = f->at[OF_PROVIDER],
		.domain = f->at[OF_DOMAIN],
		.sender = f->at[OF_SENDER],
		.address = f->at[OF_TO],
		.state = f->at[OF_STATE] };
	/* 0 would be all of them. */
	if (q->tenant == UINT32_MAX || (q->own && q->tenant == 0)) {
		desk_api_refuse(n, 404, DESK_API_NOTHING);
		return false;
	}
	if (f->at[OF_ID].n) {
		q->id = desk_api_id(n, f->at[OF_ID]);
		if (q->id == 0) {
			desk_api_refuse(n, 404, DESK_API_NOTHING);
			return false;
		}
	}
	if (f->at[OF_STATE].n && !is_state(f->at[OF_STATE]))
		return refuse(n, "\"state\" is queued, active, held or quarantined.");
	if (f->at[OF_STREAM].n && !stream_of(f->at[OF_STREAM], &q->stream))
		return refuse(n, "\"stream\" is transactional, broadcast or inbound.");
	if (f->at[OF_OLDER].n &&
		(utc_parse_span(f->at[OF_OLDER], &q->older_us) < 0 || q->older_us <= 0))
		return refuse(n, "\"older\" is a duration such as 30m, 1h or 2d.");
	return true;
}

static bool
asked_by_query(struct desk_conn *n, struct msg_query *q)
{
	struct filters f = { 0 };

	for (size_t i = 0; i < NFILTERS; i++) {
		struct str s = desk_api_query(n, filter_names[i]);

		f.at[i] = s.p ? s : STR_NONE;
	}
	return question_of(n, &f, q);
}

/* ---- answers of the engine. NULL: it is away or refused, which is answered. */
static json_t *
heard(struct desk_ask *a, int status, struct str json)
{
	json_t *j = status ? json_loadb(json.p, json.n, 0, NULL) : NULL;

	if (!a->conn || (status == 200 && json_is_object(j)))
		return j;
	if (status == 400 || status == 503)
		desk_api_refuse(
			a->conn, status, arena_str(&a->conn->arena, desk_text(j, "error")));
	else
		desk_api_refuse(a->conn, 503, AWAY);
	json_decref(j);
	return NULL;
}

/* ---- GET /v1/queue */

static const char *const numbers[] = { "queued", "due", "active", "held", "quarantined" };

/* "due" and "waiting" are queued both. */
static void
shape_counts(json_t *row)
{
	json_int_t due = json_integer_value(json_object_get(row, "due"));
	json_int_t waiting = json_integer_value(json_object_get(row, "waiting"));

	json_object_del(row, "waiting");
	json_object_set_new(row, "queued", json_integer(due + waiting));
}

static json_int_t
weight(const json_t *row)
{
	json_int_t n = 0;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (strcmp(numbers[i], "due") != 0)
			n += json_integer_value(json_object_get(row, numbers[i]));
	return n;
}

static int
heavier(const void *a, const void *b)
{
	json_int_t x = weight(*(json_t *const *)a), y = weight(*(json_t *const *)b);

	return x < y ? 1 : x > y ? -1 : 0;
}

/* The array's rows, the longest first. */
static void
sort_rows(struct desk_conn *n, json_t *rows)
{
	size_t count = json_array_size(rows);
	json_t **at = arena_alloc(&n->arena, (count + 1) * sizeof *at);

	if (!at)
		return;
	for (size_t i = 0; i < count; i++)
		at[i] = json_incref(json_array_get(rows, i));
	qsort(at, count, sizeof *at, heavier);
	json_array_clear(rows);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(rows, at[i]);
}

/* The earlier of two times, null for none: they are written so that their order is theirs. */
static void
sooner(json_t *row, const char *name, const json_t *other)
{
	const char *a = json_string_value(json_object_get(row, name));
	const char *b = json_string_value(json_object_get(other, name));

	if (b && (!a || strcmp(b, a) < 0))
		json_object_set(row, name, json_object_get(other, name));
}

static void
join_lane(json_t *provider, json_t *lane)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		json_object_set_new(provider, numbers[i],
			json_integer(json_integer_value(json_object_get(provider, numbers[i])) +
				     json_integer_value(json_object_get(lane, numbers[i]))));
	sooner(provider, "oldest", lane);
	sooner(provider, "next", lane);
	json_array_append(json_object_get(provider, "lanes"), lane);
}

static json_t *
provider_of(const json_t *site)
{
	json_t *door = json_object_get(site, "door"), *said = json_object_get(site, "said");

	return json_pack("{s:O,s:i,s:i,s:i,s:i,s:i,s:n,s:n,s:o,s:o,s:[]}", "provider",
		json_object_get(site, "site"), "queued", 0, "due", 0, "active", 0, "held", 0,
		"quarantined", 0, "oldest", "next", "last_reply",
		said ? json_incref(said) : json_null(), "door",
		door ? json_incref(door) : json_null(), "lanes");
}

static void
on_lanes(struct desk_ask *a, int status, struct str json)
{
	json_t *j = heard(a, status, json), *row, *data, *tenants;
	size_t i;

	if (!a->conn || !j) {
		json_decref(j);
		return;
	}
	data = json_array();
	tenants = desk_tenants(a->desk);
	json_array_foreach(json_object_get(j, "sites"), i, row)
		json_array_append_new(data, provider_of(row));
	json_array_foreach(json_object_get(j, "lanes"), i, row)
	{
		size_t at = (size_t)json_integer_value(json_object_get(row, "site"));
		json_t *provider = json_array_get(data, at);

		shape_counts(row);
		desk_name_tenant(tenants, row);
		json_object_del(row, "tenant");
		json_object_del(row, "site");
		if (provider)
			join_lane(provider, row);
	}
	json_array_foreach(data, i, row) sort_rows(a->conn, json_object_get(row, "lanes"));
	sort_rows(a->conn, data);
	shape_counts(json_object_get(j, "totals"));
	desk_api_answer(a->conn, 200,
		json_pack("{s:O,s:o,s:O}", "totals", json_object_get(j, "totals"), "data", data,
			"others", json_object_get(j, "others")));
	json_decref(tenants);
	json_decref(j);
}

static void
lanes(struct desk_conn *n)
{
	struct msg_query q;

	if (!asked_by_query(n, &q) || !begin_walk(n))
		return;
	q.op = QUERY_LANES;
	desk_ask_engine(n->desk, n, &q, on_lanes, NULL);
}

/* ---- GET /v1/queue/messages */

static void
on_rows(struct desk_ask *a, int status, struct str json)
{
	static const char *const kept[] = { "account", "from", "to", "state", "attempts",
		"size", "accepted", "next", "stream" };
	json_t *j = heard(a, status, json), *row, *data, *tenants;
	char next[24];
	size_t i;

	if (!a->conn || !j) {
		json_decref(j);
		return;
	}
	data = json_array();
	tenants = desk_tenants(a->desk);
	json_array_foreach(json_object_get(j, "recipients"), i, row)
	{
		json_t *one = json_object();

		desk_name_tenant(tenants, row);
		desk_api_typed(a->conn, one, "id", "rcp", json_object_get(row, "id"));
		desk_api_typed(a->conn, one, "message", "msg", json_object_get(row, "message"));
		for (size_t k = 0; k < sizeof kept / sizeof *kept; k++)
			json_object_set(one, kept[k], json_object_get(row, kept[k]));
		json_array_append_new(data, one);
	}
	snprintf(next, sizeof next, "%" JSON_INTEGER_FORMAT,
		json_integer_value(json_object_get(j, "next")));
	desk_api_answer(a->conn, 200,
		json_pack("{s:o,s:o}", "data", data, "next",
			json_is_true(json_object_get(j, "has_more")) ? json_string(next)
								     : json_null()));
	json_decref(tenants);
	json_decref(j);
}

static void
rows(struct desk_conn *n)
{
	struct str limit = desk_api_query(n, "limit"), cursor = desk_api_query(n, "cursor");
	struct msg_query q;

	if (!asked_by_query(n, &q))
		return;
	q.op = QUERY_QUEUE_LIST;
	q.limit = LIST_LIMIT;
	if (limit.p && (str_u32(limit, &q.limit) < 0 || q.limit == 0 || q.limit > LIST_MAX))
		(void)refuse(n, "\"limit\" is a number from 1 to 1000.");
	else if (cursor.n && (str_u64(cursor, &q.after) < 0 || q.after > UINT32_MAX))
		(void)refuse(n, "\"cursor\" is the \"next\" of a page.");
	else if (begin_walk(n))
		desk_ask_engine(n->desk, n, &q, on_rows, NULL);
}

/* ---- POST /v1/queue/hold, release, retry, drop */

static const struct verb {
	enum api_op op;
	enum query_op query;
	const char *name;
} verbs[] = { { API_QUEUE_HOLD, QUERY_HOLD, "queue.hold" },
	{ API_QUEUE_RELEASE, QUERY_RELEASE, "queue.release" },
	{ API_QUEUE_RETRY, QUERY_RETRY, "queue.retry" },
	{ API_QUEUE_DROP, QUERY_DROP, "queue.drop" } };

static const struct verb *
verb_of(enum api_op op)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (verbs[i].op == op)
			return &verbs[i];
	return NULL;
}

/* Passed over, a filter that is misspelt would take more than was meant. */
static bool
filter_by_body(struct desk_conn *n, const char *name, const json_t *v, struct filters *f)
{
	static const char *const wrong = "A member of the body is no filter, or no text: id, "
					 "provider, domain, sender, to, state, stream, older; "
					 "\"all\" and \"count_only\" are true or false, "
					 "\"expect\" is a number.";
	struct str s = str_trim(str_z(json_is_string(v) ? json_string_value(v) : ""));

	if (json_is_null(v))
		return true;
	if (strcmp(name, "all") == 0 || strcmp(name, "count_only") == 0)
		return json_is_boolean(v) || refuse(n, wrong);
	if (strcmp(name, "expect") == 0)
		return (json_is_integer(v) && json_integer_value(v) >= 0) || refuse(n, wrong);
	for (size_t i = 0; i < NFILTERS && s.n; i++)
		if (strcmp(name, filter_names[i]) == 0) {
			f->at[i] = s;
			return true;
		}
	return refuse(n, wrong);
}

static bool
asked_by_body(struct desk_conn *n, struct msg_query *q, struct filters *f)
{
	bool any = json_is_true(json_object_get(n->asked, "all"));
	const char *name;
	json_t *v;

	*f = (struct filters){ 0 };
	json_object_foreach(n->asked, name, v) if (!filter_by_body(n, name, v, f)) return false;
	for (size_t i = 0; i < NFILTERS; i++)
		any |= f->at[i].n > 0;
	/* An empty body must not empty a queue. */
	if (!any)
		return refuse(n, "Say which recipients: id, provider, domain, sender, to, "
				 "state, stream or older; or \"all\": true.");
	return question_of(n, f, q);
}

/* Its row of the audit log: on what, in the words of the body. */
static bool
write_row(struct desk_conn *n, const struct verb *v, uint32_t tenant, const struct filters *f)
{
	struct control_deed d = {
		.what = str_z(v->name), .account = STR_NONE, .tenant = tenant
	};
	struct buf b;
	bool written;

	buf_init(&b, 4096);
	for (size_t i = 0; i < NFILTERS; i++)
		if (f->at[i].n)
			(void)buf_printf(&b, "%s%s %.*s", b.n ? ", " : "", filter_names[i],
				STR_ARG(f->at[i]));
	d.on = b.n ? buf_str(&b) : STR_LIT("all");
	written = desk_audit_write(n, &d);
	buf_done(&b);
	return written;
}

static void
on_changed(struct desk_ask *a, int status, struct str json)
{
	json_t *j = heard(a, status, json);

	if (a->conn && j)
		desk_api_answer(a->conn, 200, json_incref(j));
	json_decref(j);
}

static void
act(struct desk_conn *n)
{
	const struct verb *v = verb_of(n->route->op);
	struct filters f;
	struct msg_query q;

	must(v != NULL);
	if (!asked_by_body(n, &q, &f) || !write_row(n, v, q.tenant, &f))
		return;
	q.op = (uint16_t)v->query;
	desk_ask_engine(n->desk, n, &q, on_changed, NULL);
}

static void
on_counted(struct desk_ask *a, int status, struct str json)
{
	json_t *j = heard(a, status, json);
	struct desk_conn *n = a->conn;
	const json_t *expect = n ? json_object_get(n->asked, "expect") : NULL;
	json_int_t there = json_integer_value(json_object_get(j, "count"));
	json_int_t wanted = json_integer_value(expect);
	char why[200];

	if (!n || !j) {
		json_decref(j);
		return;
	}
	if (json_is_true(json_object_get(n->asked, "count_only"))) {
		n->audited = true; /* nothing is changed */
		desk_api_answer(n, 200, j);
		return;
	}
	json_decref(j);
	if (there - wanted > (wanted / 10 > SLACK ? wanted / 10 : SLACK)) {
		snprintf(why, sizeof why,
			"There are %" JSON_INTEGER_FORMAT
			" recipients by now, %" JSON_INTEGER_FORMAT
			" were expected: nothing was done. Count again, and say the new "
			"number.",
			there, wanted);
		desk_api_refuse(n, 409, arena_str(&n->arena, str_z(why)));
		return;
	}
	act(n);
}

static void
change(struct desk_conn *n)
{
	struct filters f;
	struct msg_query q;

	if (!asked_by_body(n, &q, &f) || !begin_walk(n))
		return;
	if (!json_is_true(json_object_get(n->asked, "count_only")) &&
		!json_is_integer(json_object_get(n->asked, "expect"))) {
		act(n);
		return;
	}
	q.op = QUERY_COUNT;
	q.would = (uint16_t)verb_of(n->route->op)->query;
	desk_ask_engine(n->desk, n, &q, on_counted, NULL);
}

bool
desk_api_queue(struct desk_conn *n, enum api_op op)
{
	if (op == API_QUEUE)
		lanes(n);
	else if (op == API_QUEUE_MESSAGES)
		rows(n);
	else if (verb_of(op))
		change(n);
	else
		return false;
	return true;
}
