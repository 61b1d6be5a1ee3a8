/* Postmark's API: what its queries have in common; statistics. */
#include "role/desk_postmark.h"

#include "api/postmark_rest.h"

/* ---- refusals ---- */

void
desk_postmark_refuse(struct desk_conn *n, const char *code, const char *why)
{
	desk_api_refuse_code(n, 422, code, str_z(why));
}

/* ---- the query ---- */

struct str
desk_postmark_text(struct desk_postmark_query *r, const char *name)
{
	return desk_vendor_query(r->conn, name);
}

void
desk_postmark_wrong(struct desk_postmark_query *r, const char *name, const char *why)
{
	if (!r->wrong.p)
		r->wrong = arena_printf(
			&r->conn->arena, "The parameter '%s' is invalid: %s.", name, why);
}

unsigned
desk_postmark_number(
	struct desk_postmark_query *r, const char *name, unsigned otherwise, unsigned max)
{
	struct str s = desk_postmark_text(r, name);
	uint32_t v = otherwise;

	if (s.n && (str_u32(s, &v) < 0 || v > max))
		desk_postmark_wrong(r, name, "it is no number, or too large");
	return v;
}

int64_t
desk_postmark_when(struct desk_postmark_query *r, const char *name, bool end)
{
	struct str s = desk_postmark_text(r, name);
	int64_t wall = 0;

	if (s.n && rest_when(s, end, &wall) < 0)
		desk_postmark_wrong(r, name, "a date such as 2027-01-31 is expected");
	return wall;
}

struct desk_postmark_stream
desk_postmark_streams(struct desk_postmark_query *r)
{
	struct str s = desk_postmark_text(r, "messagestream");
	struct desk_postmark_stream all = { 0, STR_NONE };
	json_t *own;

	if (s.n == 0)
		return all;
	if (str_ieq_z(s, "outbound") || str_ieq_z(s, "broadcast"))
		return (struct desk_postmark_stream){ str_ieq_z(s, "outbound")
							      ? 1u << STREAM_TRANSACTIONAL
							      : 1u << STREAM_BROADCAST,
			STR_NONE };
	own = desk_postmark_own(r->conn, s);
	if (!own)
		desk_postmark_wrong(r, "messagestream", "there is no such stream to send by");
	json_decref(own);
	return (struct desk_postmark_stream){
		1u << STREAM_TRANSACTIONAL | 1u << STREAM_BROADCAST, s
	};
}

bool
desk_postmark_refused(struct desk_postmark_query *r)
{
	if (r->wrong.p)
		desk_api_refuse_code(r->conn, 422, r->code, r->wrong);
	return r->wrong.p != NULL;
}

/* ---- statistics ---- */

static void
span_read(struct desk_postmark_query *r, struct desk_postmark_stream of,
	struct ledger_count_query *q)
{
	struct str tag = desk_postmark_text(r, "tag");

	*q = (struct ledger_count_query){ .tenant = r->conn->tenant,
		.since = desk_postmark_when(r, "fromdate", false),
		.until = desk_postmark_when(r, "todate", true),
		.what = of.own.n ? LEDGER_STREAM
		        : tag.n  ? LEDGER_TAG
		                 : LEDGER_ALL,
		.value = of.own.n ? of.own : tag,
		.step_hours = 24 };
	if (of.own.n && tag.n)
		desk_postmark_wrong(r, "tag",
			"a tag is not counted within a stream of your own; leave out one of "
			"the two");
}

/* What the counters of all mail of a kind hold that the default stream of the kind has not. Of
 * a tag it is not known. */
static bool
others(const struct desk_postmark_stream *of, const struct ledger_count_query *q,
	struct ledger_count_query *ret_q)
{
	*ret_q = *q;
	ret_q->what = LEDGER_STREAM;
	ret_q->value = (struct str){ NULL, 0 };
	return of->kinds && q->what == LEDGER_ALL;
}

static int
tally_less(void *ctx, const struct ledger_count_row *row)
{
	struct ledger_count_row less = *row;

	less.n = -less.n;
	return postmark_rest_tally(ctx, &less);
}

static void
bounce_stats(struct desk_conn *n)
{
	struct desk_postmark_query r = { .conn = n, .code = "700" };
	struct desk_postmark_stream of = desk_postmark_streams(&r);
	struct postmark_tally t = { .streams = of.kinds };
	struct ledger_count_query q, less;
	int err = 0;

	span_read(&r, of, &q);
	if (desk_postmark_refused(&r))
		return;
	t.days = json_object();
	/* First what is taken off: facts may come in between. */
	if (others(&of, &q, &less))
		err = ledger_count(n->desk->env->paths->ledger, &less, tally_less, &t);
	if (!err)
		err = ledger_count(n->desk->env->paths->ledger, &q, postmark_rest_tally, &t);
	if (err)
		desk_api_refuse(n, 500, STR_LIT("The ledger cannot be read."));
	else if (n->route->op == API_PM_DELIVERY)
		desk_api_say(n, 200, postmark_rest_delivery(t.days));
	else
		desk_api_say(n, 200, postmark_rest_bounce_days(t.days));
	json_decref(t.days);
}

/* false: the call was answered. */
static bool
counts_read(struct desk_conn *n, const struct desk_postmark_stream *of,
	struct ledger_count_query *q, struct rest_counts *c)
{
	struct rest_counts without = { .streams = of->kinds };
	struct ledger_count_query less;
	bool some = others(of, q, &less);

	if (some && !desk_vendor_count(n, &less, &without))
		return false;
	if (!desk_vendor_count(n, q, c))
		return false;
	rest_count_less(c, &without);
	return true;
}

static void
stats(struct desk_conn *n)
{
	struct desk_postmark_query r = { .conn = n, .code = "700" };
	struct desk_postmark_stream of = desk_postmark_streams(&r);
	struct rest_counts c = { .streams = of.kinds };
	struct ledger_count_query q;

	span_read(&r, of, &q);
	if (desk_postmark_refused(&r) || !counts_read(n, &of, &q, &c))
		return;
	switch (n->route->op) {
	case API_PM_STATS_SENDS:
		desk_api_say(n, 200, postmark_rest_days(&c, POSTMARK_SENDS));
		break;
	case API_PM_STATS_SPAM:
		desk_api_say(n, 200, postmark_rest_days(&c, POSTMARK_SPAM));
		break;
	case API_PM_STATS_TRACKED:
		desk_api_say(n, 200, postmark_rest_days(&c, POSTMARK_TRACKED));
		break;
	case API_PM_STATS_OPENS:
		desk_api_say(n, 200, postmark_rest_days(&c, POSTMARK_OPENS));
		break;
	case API_PM_STATS_CLICKS:
		desk_api_say(n, 200, postmark_rest_days(&c, POSTMARK_CLICKS));
		break;
	default:
		desk_api_say(n, 200, postmark_rest_overview(&c));
		break;
	}
}

/* Servers, senders and domains of an account belong to tokens that this service has not. */
static void
account_token(struct desk_conn *n)
{
	desk_api_refuse_code(
		n, 401, "10", STR_LIT("Request does not contain a valid Account token."));
}

/* ---- all of them ---- */

void
desk_postmark_account(struct desk_conn *n)
{
	static const struct {
		enum api_op op;
		void (*fn)(struct desk_conn *n);
	} table[] = {
		{ API_PM_DELIVERY, bounce_stats },
		{ API_PM_STATS, stats },
		{ API_PM_STATS_SENDS, stats },
		{ API_PM_STATS_BOUNCES, bounce_stats },
		{ API_PM_STATS_SPAM, stats },
		{ API_PM_STATS_TRACKED, stats },
		{ API_PM_STATS_OPENS, stats },
		{ API_PM_STATS_CLICKS, stats },
		{ API_PM_ACCOUNT, account_token },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return;
		}
	desk_api_refuse(n, 404, STR_NONE);
}
