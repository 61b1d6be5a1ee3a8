/* Postmark's API: what its queries have in common; statistics, server and streams. */
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

uint8_t
desk_postmark_streams(struct desk_postmark_query *r)
{
	struct str s = desk_postmark_text(r, "messagestream");

	if (s.n == 0)
		return 0;
	if (str_ieq_z(s, "outbound"))
		return 1u << STREAM_TRANSACTIONAL;
	if (str_ieq_z(s, "broadcast"))
		return 1u << STREAM_BROADCAST;
	desk_postmark_wrong(r, "messagestream", "the streams are outbound and broadcast");
	return 0;
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
span_read(struct desk_postmark_query *r, struct ledger_count_query *q)
{
	struct str tag = desk_postmark_text(r, "tag");

	*q = (struct ledger_count_query){ .tenant = r->conn->tenant,
		.since = desk_postmark_when(r, "fromdate", false),
		.until = desk_postmark_when(r, "todate", true),
		.what = tag.n ? LEDGER_TAG : LEDGER_ALL,
		.value = tag,
		.step_hours = 24 };
}

static void
bounce_stats(struct desk_conn *n)
{
	struct desk_postmark_query r = { .conn = n, .code = "700" };
	struct postmark_tally t = { .streams = desk_postmark_streams(&r) };
	struct ledger_count_query q;
	int err;

	span_read(&r, &q);
	if (desk_postmark_refused(&r))
		return;
	t.days = json_object();
	err = ledger_count(n->desk->env->paths->ledger, &q, postmark_rest_tally, &t);
	if (err)
		desk_api_refuse(n, 500, STR_LIT("The ledger cannot be read."));
	else if (n->route->op == API_PM_DELIVERY)
		desk_api_say(n, 200, postmark_rest_delivery(t.days));
	else
		desk_api_say(n, 200, postmark_rest_bounce_days(t.days));
	json_decref(t.days);
}

static void
stats(struct desk_conn *n)
{
	struct desk_postmark_query r = { .conn = n, .code = "700" };
	struct rest_counts c = { .streams = desk_postmark_streams(&r) };
	struct ledger_count_query q;

	span_read(&r, &q);
	if (desk_postmark_refused(&r) || !desk_vendor_count(n, &q, &c))
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

/* ---- streams ---- */

static bool
type_fits(struct desk_conn *n, const json_t *stream)
{
	struct str want = desk_vendor_query(n, "MessageStreamType");

	return want.n == 0 || str_ieq_z(want, "All") ||
	       str_ieq(want, desk_text(stream, "MessageStreamType"));
}

static void
message_streams(struct desk_conn *n)
{
	static const char *const ids[] = { "outbound", "broadcast" };
	struct str created = desk_vendor_created(n);
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		json_t *one = postmark_rest_stream(str_z(ids[i]), n->tenant, created);

		if (type_fits(n, one))
			json_array_append(list, one);
		json_decref(one);
	}
	desk_api_say(n, 200,
		json_pack("{s:o, s:I}", "MessageStreams", list, "TotalCount",
			(json_int_t)json_array_size(list)));
}

static void
message_stream(struct desk_conn *n)
{
	json_t *one = postmark_rest_stream(n->params[0], n->tenant, desk_vendor_created(n));

	if (one)
		desk_api_say(n, 200, one);
	else
		desk_postmark_refuse(n, "1226", "The message stream was not found.");
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
		{ API_PM_STREAMS, message_streams },
		{ API_PM_STREAM, message_stream },
		{ API_PM_ACCOUNT, account_token },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return;
		}
	desk_api_refuse(n, 404, STR_NONE);
}
