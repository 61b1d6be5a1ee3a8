/*
 * Postmark's API beside sending: outbound messages with their events, bounces, statistics,
 * server and streams. Each mistake of a request is a 422 with a code, as its SDK expects.
 */
#include "role/desk_vendor.h"

#include "api/postmark_rest.h"
#include "base/utc.h"
#include "wire/form.h"

#define COUNT      50u
#define COUNT_MAX  500u
#define OFFSET_MAX 10000u

/* ---- refusals ---- */

static void
refuse(struct desk_conn *n, const char *code, const char *why)
{
	desk_api_refuse_code(n, 422, code, str_z(why));
}

static void
no_message(struct desk_conn *n)
{
	refuse(n, "701", "This message was not found.");
}

static void
no_bounce(struct desk_conn *n)
{
	refuse(n, "407", "This bounce was not found.");
}

/* ---- the query ---- */

struct reading {
	struct desk_conn *conn;
	const char *code; /* of a filter that is wrong */
	struct str wrong; /* p NULL: nothing was */
};

static struct str
text(struct reading *r, const char *name)
{
	return desk_vendor_query(r->conn, name);
}

static void
wrong(struct reading *r, const char *name, const char *why)
{
	if (!r->wrong.p)
		r->wrong = arena_printf(
			&r->conn->arena, "The parameter '%s' is invalid: %s.", name, why);
}

static unsigned
number(struct reading *r, const char *name, unsigned otherwise, unsigned max)
{
	struct str s = text(r, name);
	uint32_t v = otherwise;

	if (s.n && (str_u32(s, &v) < 0 || v > max))
		wrong(r, name, "it is no number, or too large");
	return v;
}

static int64_t
when(struct reading *r, const char *name, bool end)
{
	struct str s = text(r, name);
	int64_t wall = 0;

	if (s.n && rest_when(s, end, &wall) < 0)
		wrong(r, name, "a date such as 2027-01-31 is expected");
	return wall;
}

static uint8_t
streams(struct reading *r)
{
	struct str s = text(r, "messagestream");

	if (s.n == 0)
		return 0;
	if (str_ieq_z(s, "outbound"))
		return 1u << STREAM_TRANSACTIONAL;
	if (str_ieq_z(s, "broadcast"))
		return 1u << STREAM_BROADCAST;
	wrong(r, "messagestream", "the streams are outbound and broadcast");
	return 0;
}

static bool
refused(struct reading *r)
{
	if (r->wrong.p)
		desk_api_refuse_code(r->conn, 422, r->code, r->wrong);
	return r->wrong.p != NULL;
}

/* The message whose first recipient has this UUID; 0: none. */
static uint64_t
message_of(const struct desk_conn *n, struct str uuid)
{
	uint64_t first = 0;

	if (uuid_read(uuid, n->desk->env->keys.ids, &first) < 0 || first == 0)
		return 0;
	return first - 1;
}

static void
page_read(struct reading *r, struct desk_page *p)
{
	p->limit = number(r, "count", COUNT, COUNT_MAX);
	p->offset = number(r, "offset", 0, OFFSET_MAX);
	p->total = true;
	p->q.tag = text(r, "tag");
	p->q.streams = streams(r);
	p->q.subject = text(r, "subject");
	p->q.since = when(r, "fromdate", false);
	p->q.until = when(r, "todate", true);
}

/* ---- messages ---- */

struct filter {
	struct desk_conn *conn;
	struct str status, type, email, inactive;
	bool metadata;
};

/* Each metadata_name=value of the query. */
static bool
metadata_fits(const struct filter *f, const struct rest_mail *m)
{
	struct str rest = f->conn->query, prefix = STR_LIT("metadata_");

	while (f->metadata && rest.n) {
		struct str value = str_cut(&rest, '&'), key = str_cut(&value, '=');

		if (!str_istarts(key, prefix))
			continue;
		key = form_unescape(&f->conn->arena, str_from(key, prefix.n), true);
		value = form_unescape(&f->conn->arena, value.p ? value : STR_NONE, true);
		if (!key.p || !value.p || !postmark_rest_has(m, key, value))
			return false;
	}
	return true;
}

static bool
keep(const struct desk_page *p, const struct rest_mail *m)
{
	const struct filter *f = p->ctx;

	return (f->status.n == 0 || str_ieq_z(f->status, postmark_rest_status(m)) ||
		       (str_ieq_z(f->status, "processed") &&
			       str_ieq_z(str_z(postmark_rest_status(m)), "Sent"))) &&
	       metadata_fits(f, m);
}

static void
add(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row, bool again)
{
	(void)row;
	if (again)
		postmark_rest_message_add(
			json_array_get(p->rows, json_array_size(p->rows) - 1), m);
	else
		json_array_append_new(p->rows, postmark_rest_message(m));
}

static void
say_page(struct desk_page *p, const char *name)
{
	desk_api_say(p->conn, 200,
		json_pack("{s:I, s:o}", "TotalCount", (json_int_t)p->seen, name, p->rows));
}

static void
messages(struct desk_conn *n)
{
	struct reading r = { .conn = n, .code = "700" };
	struct filter f = { .conn = n,
		.status = text(&r, "status"),
		.metadata = str_find_str(n->query, STR_LIT("etadata_")) < n->query.n };
	struct desk_page p = { .conn = n, .messages = true, .add = add, .ctx = &f };

	page_read(&r, &p);
	p.q.to = text(&r, "recipient");
	p.q.from = text(&r, "fromemail");
	if (f.status.n && !str_ieq_z(f.status, "queued") && !str_ieq_z(f.status, "sent") &&
		!str_ieq_z(f.status, "processed"))
		wrong(&r, "status", "queued, sent or processed is expected");
	p.keep = f.status.n || f.metadata ? keep : NULL;
	if (!refused(&r) && desk_page_read(&p))
		say_page(&p, "Messages");
}

static bool
keep_message(const struct desk_page *p, const struct rest_mail *m)
{
	return m->last.message == p->q.id;
}

static int
on_event(void *ctx, const struct event *e)
{
	json_t *o = postmark_rest_event(e);

	if (o)
		json_array_append_new(ctx, o);
	return 0;
}

/* Recipients come last first: the events of each go before those that are there. */
static void
add_details(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row,
	bool again)
{
	json_t *o, *events = json_array(), *list;

	add(p, m, row, again);
	o = json_array_get(p->rows, 0);
	if (!again)
		postmark_rest_details(o);
	(void)rest_events(&p->arena, row, p->conn->desk->env->keys.ids, on_event, events);
	list = json_object_get(o, "MessageEvents");
	json_array_extend(events, list);
	json_object_set_new(o, "MessageEvents", events);
}

static void
message(struct desk_conn *n)
{
	struct desk_page p = { .conn = n,
		.q = { .id = message_of(n, n->params[0]) },
		.limit = 1,
		.messages = true,
		.keep = keep_message,
		.add = add_details };
	json_t *found;

	if (!p.q.id) {
		no_message(n);
		return;
	}
	if (!desk_page_read(&p))
		return;
	found = json_incref(json_array_get(p.rows, 0));
	json_decref(p.rows);
	if (!found) {
		no_message(n);
		return;
	}
	if (n->route->op == API_PM_MESSAGE_DUMP) {
		/* As the vendor answers when the source is kept no more. */
		json_decref(found);
		found = json_pack("{s:s}", "Body", "");
	}
	desk_api_say(n, 200, found);
}

/* ---- bounces ---- */

static bool
keep_bounce(const struct desk_page *p, const struct rest_mail *m)
{
	const struct filter *f = p->ctx;

	if (!postmark_rest_is_bounce(m))
		return false;
	if (!f)
		return m->last.rcpt == p->q.id;
	return (f->type.n == 0 || str_ieq_z(f->type, postmark_rest_bounce_type(m))) &&
	       (f->inactive.n == 0 || rest_true(f->inactive) == postmark_rest_inactive(m)) &&
	       (f->email.n == 0 ||
		       str_find_str(m->last.recipient, f->email) < m->last.recipient.n);
}

/* The last of its bounces. */
static int
on_bounce(void *ctx, const struct event *e)
{
	json_t **o = ctx, *found = postmark_rest_bounce(e);

	if (found) {
		json_decref(*o);
		*o = found;
	}
	return 0;
}

static void
add_bounce(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row,
	bool again)
{
	json_t *o = NULL;

	(void)m;
	(void)again;
	(void)rest_events(&p->arena, row, p->conn->desk->env->keys.ids, on_bounce, &o);
	if (o)
		json_array_append_new(p->rows, o);
}

static void
bounces(struct desk_conn *n)
{
	struct reading r = { .conn = n, .code = "408" };
	struct str email = text(&r, "emailFilter"), id = text(&r, "messageID");
	bool address = str_find(email, '@') > 0 && str_find(email, '@') + 1 < email.n;
	struct filter f = { .conn = n,
		.type = text(&r, "type"),
		.inactive = text(&r, "inactive"),
		.email = address ? STR_NONE : email };
	struct desk_page p = { .conn = n, .keep = keep_bounce, .add = add_bounce, .ctx = &f };

	page_read(&r, &p);
	p.q.states = postmark_rest_bounce_states();
	p.q.to = address ? email : STR_NONE;
	p.q.id = id.n ? message_of(n, id) : 0;
	if (id.n && !p.q.id)
		wrong(&r, "messageID", "it is no id of a message");
	if (!refused(&r) && desk_page_read(&p))
		say_page(&p, "Bounces");
}

static void
bounce(struct desk_conn *n)
{
	struct desk_page p = { .conn = n, .limit = 1, .keep = keep_bounce, .add = add_bounce };
	json_t *found;

	if (str_u64(n->params[0], &p.q.id) < 0 || p.q.id == 0 || p.q.id >= UINT64_C(1) << 53) {
		no_bounce(n);
		return;
	}
	if (!desk_page_read(&p))
		return;
	found = json_incref(json_array_get(p.rows, 0));
	json_decref(p.rows);
	if (!found) {
		no_bounce(n);
		return;
	}
	if (n->route->op == API_PM_BOUNCE_DUMP) {
		json_decref(found);
		found = json_pack("{s:s}", "Body", "");
	} else {
		json_object_set_new(found, "Content", json_string(""));
	}
	desk_api_say(n, 200, found);
}

/* ---- statistics ---- */

static void
span_read(struct reading *r, struct ledger_count_query *q)
{
	struct str tag = text(r, "tag");

	*q = (struct ledger_count_query){ .tenant = r->conn->tenant,
		.since = when(r, "fromdate", false),
		.until = when(r, "todate", true),
		.what = tag.n ? LEDGER_TAG : LEDGER_ALL,
		.value = tag,
		.step_hours = 24 };
}

static void
bounce_stats(struct desk_conn *n)
{
	struct reading r = { .conn = n, .code = "700" };
	struct postmark_tally t = { .streams = streams(&r) };
	struct ledger_count_query q;
	int err;

	span_read(&r, &q);
	if (refused(&r))
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
	struct reading r = { .conn = n, .code = "700" };
	struct rest_counts c = { .streams = streams(&r) };
	struct ledger_count_query q;

	span_read(&r, &q);
	if (refused(&r) || !desk_vendor_count(n, &q, &c))
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

/* ---- server and streams ---- */

static void
server(struct desk_conn *n)
{
	desk_api_say(n, 200, postmark_rest_server(desk_vendor_account(n), n->tenant));
}

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
		refuse(n, "1226", "The message stream was not found.");
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
desk_postmark(struct desk_conn *n)
{
	static const struct {
		enum api_op op;
		void (*fn)(struct desk_conn *n);
	} table[] = {
		{ API_PM_MESSAGES, messages },
		{ API_PM_MESSAGE, message },
		{ API_PM_MESSAGE_DUMP, message },
		{ API_PM_BOUNCES, bounces },
		{ API_PM_BOUNCE, bounce },
		{ API_PM_BOUNCE_DUMP, bounce },
		{ API_PM_DELIVERY, bounce_stats },
		{ API_PM_STATS, stats },
		{ API_PM_STATS_SENDS, stats },
		{ API_PM_STATS_BOUNCES, bounce_stats },
		{ API_PM_STATS_SPAM, stats },
		{ API_PM_STATS_TRACKED, stats },
		{ API_PM_STATS_OPENS, stats },
		{ API_PM_STATS_CLICKS, stats },
		{ API_PM_SERVER, server },
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
