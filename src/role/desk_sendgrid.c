/*
 * SendGrid's v3 API beside sending, as its SDKs' users ask: statistics by day and category,
 * activity.
 */
#include "role/desk_sendgrid.h"

#include "api/sendgrid_query.h"
#include "api/sendgrid_rest.h"
#include "base/utc.h"
#include "wire/form.h"

#define LIMIT          10u
#define LIMIT_MAX      1000u
#define OFFSET_MAX     10000u
#define CATEGORIES_MAX 10u
#define KEEP_US        (400 * UTC_DAY) /* how far back categories are looked for */

/* ---- the query ---- */

static struct str
text(struct desk_conn *n, const char *name)
{
	return desk_vendor_query(n, name);
}

void
desk_sendgrid_bad(struct desk_conn *n, const char *field, const char *what)
{
	desk_api_refuse(n, 400, arena_printf(&n->arena, "%s %s", field, what));
}

/* false: the call was answered. */
static bool
number(struct desk_conn *n, const char *name, unsigned otherwise, unsigned max, unsigned *ret)
{
	struct str s = text(n, name);
	uint32_t v = otherwise;

	if (s.n && (str_u32(s, &v) < 0 || v > max)) {
		desk_sendgrid_bad(n, name, "must be a number, and not that large");
		return false;
	}
	*ret = v;
	return true;
}

/* ---- statistics ---- */

struct span {
	enum sendgrid_step step;
	int64_t since, until;
};

static bool
span_read(struct desk_conn *n, struct span *ret)
{
	struct str by = text(n, "aggregated_by"), start = text(n, "start_date");
	struct str end = text(n, "end_date");
	struct span s = { .step = SENDGRID_DAY,
		.until = sendgrid_rest_next(SENDGRID_DAY,
			sendgrid_rest_begin(SENDGRID_DAY, loop_wall(n->desk->loop))) };

	if (str_eq_z(by, "week")) {
		s.step = SENDGRID_WEEK;
	} else if (str_eq_z(by, "month")) {
		s.step = SENDGRID_MONTH;
	} else if (by.n && !str_eq_z(by, "day")) {
		desk_sendgrid_bad(n, "aggregated_by", "must be day, week or month");
		return false;
	}
	if (start.n == 0) {
		desk_sendgrid_bad(n, "start_date", "is required");
		return false;
	}
	if (rest_when(start, false, &s.since) < 0 ||
		(end.n && rest_when(end, true, &s.until) < 0) || s.since >= s.until) {
		desk_sendgrid_bad(
			n, "start_date", "and end_date must be days such as 2027-01-31");
		return false;
	}
	if (s.until - s.since > (int64_t)REST_STEPS_MAX * UTC_DAY) {
		desk_sendgrid_bad(
			n, "start_date", "is too long before end_date: at most 1000 days");
		return false;
	}
	*ret = s;
	return true;
}

/* What the counters know of from <= t < to. */
static struct rest_count
between(const struct rest_counts *c, int64_t from, int64_t to)
{
	struct rest_counts part = { c->at, 0, 0 };
	struct rest_count sum;
	size_t i = 0;

	while (i < c->n && c->at[i].from < from)
		i++;
	part.at += i;
	while (i + part.n < c->n && part.at[part.n].from < to)
		part.n++;
	sum = rest_count_sum(&part);
	sum.from = from;
	return sum;
}

struct series {
	struct str category;
	struct rest_counts c;
};

static bool
series_read(struct desk_conn *n, const struct span *s, struct series *one)
{
	struct ledger_count_query q = { .since = s->since,
		.until = s->until,
		.what = one->category.n ? LEDGER_TAG : LEDGER_ALL,
		.value = one->category,
		.step_hours = 24 };

	return desk_vendor_count(n, &q, &one->c);
}

static void
say_series(struct desk_conn *n, const struct span *s, const struct series *at, size_t nseries)
{
	json_t *list = json_array();
	int64_t from = sendgrid_rest_begin(s->step, s->since), to;

	for (; from < s->until; from = to) {
		json_t *day = NULL;

		to = sendgrid_rest_next(s->step, from);
		for (size_t i = 0; i < nseries; i++) {
			struct rest_count sum = between(&at[i].c, from, to);

			if (day)
				sendgrid_rest_stat_add(day, &sum, at[i].category);
			else
				day = sendgrid_rest_stat(&sum, at[i].category);
		}
		json_array_append_new(list, day);
	}
	desk_api_say(n, 200, list);
}

static void
stats(struct desk_conn *n)
{
	struct series all = { .category = STR_NONE };
	struct span s;

	if (span_read(n, &s) && series_read(n, &s, &all))
		say_series(n, &s, &all, 1);
}

static void
category_stats(struct desk_conn *n)
{
	struct series at[CATEGORIES_MAX] = { 0 };
	struct str rest = n->query;
	struct span s;
	size_t k = 0;

	if (!span_read(n, &s))
		return;
	while (rest.n) {
		struct str value = str_cut(&rest, '&'), key = str_cut(&value, '=');

		if (!str_eq_z(key, "categories") || value.n == 0)
			continue;
		if (k == CATEGORIES_MAX) {
			desk_sendgrid_bad(n, "categories", "may be given ten times at most");
			return;
		}
		at[k++].category = form_unescape(&n->arena, value, true);
	}
	if (k == 0) {
		desk_sendgrid_bad(n, "categories", "is required");
		return;
	}
	for (size_t i = 0; i < k; i++)
		if (!series_read(n, &s, &at[i]))
			return;
	say_series(n, &s, at, k);
}

/* ctx: an object whose names are the categories. */
static int
on_category(void *ctx, const struct ledger_count_row *row)
{
	if (row->value.n)
		json_object_setn_new(ctx, row->value.p, row->value.n, json_true());
	return 0;
}

static void
categories(struct desk_conn *n)
{
	struct str begin = text(n, "category");
	struct ledger_count_query q = { .tenant = n->tenant,
		.since = loop_wall(n->desk->loop) - KEEP_US,
		.what = LEDGER_TAG,
		.value = { NULL, 0 } };
	json_t *found, *names, *list, *name;
	unsigned limit, offset, k = 0;
	size_t i;

	if (!number(n, "limit", 50, LIMIT_MAX, &limit) ||
		!number(n, "offset", 0, OFFSET_MAX, &offset))
		return;
	found = json_object();
	if (ledger_count(n->desk->env->paths->ledger, &q, on_category, found) < 0) {
		json_decref(found);
		desk_api_refuse(n, 500, STR_LIT("The ledger cannot be read."));
		return;
	}
	names = rest_names(found);
	list = json_array();
	json_array_foreach(names, i, name)
	{
		if (!str_istarts(str_z(json_string_value(name)), begin))
			continue;
		if (k >= offset && k - offset < limit)
			json_array_append_new(list, json_pack("{s:O}", "category", name));
		k++;
	}
	json_decref(names);
	json_decref(found);
	desk_api_say(n, 200, list);
}

/* ---- activity ---- */

static bool
keep(const struct desk_page *p, const struct rest_mail *m)
{
	const struct sendgrid_query *q = p->ctx;

	return (q->status.n == 0 || str_ieq_z(q->status, sendgrid_rest_status(m)) ||
		       str_ieq_z(q->status, "processing")) &&
	       (q->subject.n == 0 || str_eq(q->subject, m->last.subject)) &&
	       m->updated >= q->since && (q->until == 0 || m->updated < q->until);
}

static void
add(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row, bool again)
{
	(void)row;
	(void)again;
	json_array_append_new(p->rows, sendgrid_rest_message(m));
}

/* The UUID of a recipient or of a message (X-Message-Id), with or without what SendGrid hangs
 * on behind a dot. 0: it is none of ours. */
static uint64_t
id_of(const struct desk_conn *n, struct str msg_id)
{
	uint64_t id = 0;

	if (uuid_read(str_head(msg_id, str_find(msg_id, '.')), n->desk->env->keys.ids, &id) < 0)
		return 0;
	return id;
}

static void
say_messages(struct desk_conn *n, json_t *rows)
{
	desk_api_say(n, 200, json_pack("{s:o}", "messages", rows));
}

static void
messages(struct desk_conn *n)
{
	struct sendgrid_query q;
	struct str at = STR_NONE;
	struct desk_page p = { .conn = n, .add = add, .ctx = &q };
	bool keeps;

	if (!number(n, "limit", LIMIT, LIMIT_MAX, &p.limit))
		return;
	if (sendgrid_query_read(text(n, "query"), &q, &at) < 0) {
		desk_api_refuse(n, 400,
			arena_printf(&n->arena, "query is not understood from here: %.*s",
				STR_ARG(str_head(at, 100))));
		return;
	}
	p.q = (struct ledger_search){ .to = q.to_email,
		.from = q.from_email,
		.tag = q.category,
		.template = q.template_id,
		.subject = q.subject,
		.id = id_of(n, q.msg_id),
		.states = sendgrid_rest_states(q.status),
		.until = q.until };
	keeps = q.status.n || q.subject.n || q.since || q.until;
	p.keep = keeps ? keep : NULL;
	if (q.status.n && !p.q.states)
		desk_sendgrid_bad(n, "status", "must be processed, delivered or not_delivered");
	else if (q.msg_id.n && !p.q.id)
		say_messages(n, json_array());
	else if (desk_page_read(&p))
		say_messages(n, p.rows);
}

static int
on_event(void *ctx, const struct event *e)
{
	json_t *o = sendgrid_rest_event(e);

	if (o)
		json_array_append_new(ctx, o);
	return 0;
}

static void
add_detail(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row,
	bool again)
{
	json_t *o = sendgrid_rest_detail(m);

	(void)again;
	(void)rest_events(&p->arena, row, p->conn->desk->env->keys.ids, on_event,
		json_object_get(o, "events"));
	json_array_append_new(p->rows, o);
}

/* A message's id stands for its first recipient: rows come newest first, so the last of them.
 */
static bool
keep_id(const struct desk_page *p, const struct rest_mail *m)
{
	return m->last.rcpt == p->q.id || m->last.rcpt == p->q.id + 1;
}

static void
message(struct desk_conn *n)
{
	struct desk_page p = { .conn = n,
		.q = { .id = id_of(n, n->params[0]) },
		.limit = 2,
		.keep = keep_id,
		.add = add_detail };
	json_t *found, *row;
	size_t i;

	if (!p.q.id) {
		desk_api_refuse(n, 404, STR_NONE);
		return;
	}
	if (!desk_page_read(&p))
		return;
	found = json_array_get(p.rows, 0);
	/* Of a recipient and the one behind it: the one that was asked for. */
	json_array_foreach(p.rows, i, row)
	{
		uint64_t id = 0;

		(void)uuid_read(desk_text(row, "msg_id"), n->desk->env->keys.ids, &id);
		if (id == p.q.id)
			found = row;
	}
	json_incref(found);
	json_decref(p.rows);
	if (found)
		desk_api_say(n, 200, found);
	else
		desk_api_refuse(n, 404, STR_NONE);
}

/* ---- all of them ---- */

static const struct {
	enum api_op op;
	void (*fn)(struct desk_conn *n);
} table[] = {
	{ API_SG_STATS, stats },
	{ API_SG_CATEGORIES, categories },
	{ API_SG_CATEGORY_STATS, category_stats },
	{ API_SG_MESSAGES, messages },
	{ API_SG_MESSAGE, message },
};

void
desk_sendgrid(struct desk_conn *n)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return;
		}
	if (!desk_sendgrid_listed(n) && !desk_sendgrid_group(n) && !desk_sendgrid_batch(n) &&
		!desk_sendgrid_template(n))
		desk_sendgrid_account(n);
}
