/*
 * Mailjet's REST v3, as its SDKs and plugins ask: messages and counters from the ledger. What
 * is not known of a filter is passed over, as the vendor does.
 */
#include "role/desk_mailjet.h"

#include "api/mailjet_rest.h"
#include "base/utc.h"

#define LIMIT      10u
#define LIMIT_MAX  1000u
#define OFFSET_MAX 10000u

/* ---- the query ---- */

struct reading {
	struct desk_conn *conn;
	struct str wrong; /* what was wrong first; p NULL: nothing */
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
			&r->conn->arena, "Invalid value for the filter %s: %s.", name, why);
}

static unsigned
number(struct reading *r, const char *name, unsigned otherwise)
{
	struct str s = text(r, name);
	uint32_t n = otherwise;

	if (s.n && str_u32(s, &n) < 0)
		wrong(r, name, "a number is expected");
	return n;
}

static int64_t
when(struct reading *r, const char *name, bool end)
{
	struct str s = text(r, name);
	int64_t wall = 0;

	if (s.n && rest_when(s, end, &wall) < 0)
		wrong(r, name, "a time such as 2027-01-31T00:00:00Z is expected");
	return wall;
}

static unsigned
limit_of(struct reading *r)
{
	unsigned n = number(r, "Limit", LIMIT);

	return n == 0 || n > LIMIT_MAX ? LIMIT_MAX : n;
}

static unsigned
offset_of(struct reading *r)
{
	unsigned n = number(r, "Offset", 0);

	if (n > OFFSET_MAX)
		wrong(r, "Offset", "at most 10000; ask for a time with FromTS and ToTS");
	return n;
}

static bool
refused(struct reading *r)
{
	if (r->wrong.p)
		desk_api_refuse(r->conn, 400, r->wrong);
	return r->wrong.p != NULL;
}

/* ---- answers ---- */

void
desk_mailjet_one(struct desk_conn *n, json_t *row)
{
	if (row)
		desk_api_say(n, 200, mailjet_rest_one(row));
	else
		desk_api_refuse(n, 404, STR_NONE);
}

void
desk_mailjet_rows(struct desk_conn *n, json_t *all)
{
	struct reading r = { .conn = n };
	unsigned offset = offset_of(&r), limit = limit_of(&r);
	size_t total = json_array_size(all);
	bool only = rest_true(text(&r, "countOnly")),
	     count = rest_true(text(&r, "countrecords"));
	json_t *rows = json_array();

	if (refused(&r)) {
		json_decref(all);
		json_decref(rows);
		return;
	}
	for (size_t i = offset; !only && i < total && i - offset < limit; i++)
		json_array_append(rows, json_array_get(all, i));
	json_decref(all);
	desk_api_say(
		n, 200, mailjet_rest_list(rows, only || count ? total : json_array_size(rows)));
}

/* ---- messages ---- */

struct filter {
	struct str status, contact;
	unsigned show;
	json_t *(*row)(const struct rest_mail *m, unsigned show);
};

static bool
keep(const struct desk_page *p, const struct rest_mail *m)
{
	const struct filter *f = p->ctx;
	struct str status = str_z(mailjet_rest_status(m));
	bool bounce = str_ends(status, STR_LIT("bounced"));

	if (f->contact.n && !rest_is(f->contact, m->last.recipient))
		return false;
	return f->status.n == 0 || str_ieq(f->status, status) ||
	       (str_ieq_z(f->status, "bounce") && bounce);
}

static void
add(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row, bool again)
{
	const struct filter *f = p->ctx;

	(void)row;
	(void)again;
	json_array_append_new(p->rows, f->row(m, f->show));
}

static json_t *
row_information(const struct rest_mail *m, unsigned show)
{
	(void)show;
	return mailjet_rest_information(m);
}

static void
filter_read(struct reading *r, struct filter *f, struct ledger_search *q)
{
	struct str domain = text(r, "FromDomain"), contact = text(r, "Contact");
	struct str sort = text(r, "Sort");

	contact = contact.n ? contact : text(r, "ContactID");
	contact = contact.n ? contact : text(r, "ContactAlt");
	f->status = text(r, "MessageStatus");
	if (rest_true(text(r, "ShowSubject")))
		f->show |= MAILJET_REST_SUBJECT;
	if (rest_true(text(r, "ShowCustomID")))
		f->show |= MAILJET_REST_CUSTOM;
	if (rest_true(text(r, "ShowContactAlt")))
		f->show |= MAILJET_REST_CONTACT;
	*q = (struct ledger_search){ .from = text(r, "From"),
		.custom_id = text(r, "CustomID"),
		.campaign = text(r, "CustomCampaign"),
		.since = when(r, "FromTS", false),
		.until = when(r, "ToTS", true) };
	if (str_find(contact, '@') < contact.n)
		q->to = contact;
	else
		f->contact = contact;
	if (domain.n)
		q->from = arena_printf(&r->conn->arena, "*@%.*s", STR_ARG(domain));
	if (f->status.n) {
		q->states = mailjet_rest_states(f->status);
		if (!q->states)
			wrong(r, "MessageStatus",
				"queued, sent, opened, clicked, bounce, hardbounced, "
				"softbounced, spam, unsub, blocked or deferred is expected");
	}
	if (sort.n && !str_iends(sort, STR_LIT("DESC")))
		wrong(r, "Sort", "messages come newest first (ArrivedAt DESC)");
}

static void
messages(struct desk_conn *n, json_t *(*row)(const struct rest_mail *m, unsigned show))
{
	struct reading r = { .conn = n };
	struct filter f = { .row = row, .status = STR_NONE, .contact = STR_NONE };
	struct desk_page p = { .conn = n, .add = add, .ctx = &f };
	bool only = rest_true(text(&r, "countOnly"));

	filter_read(&r, &f, &p.q);
	p.offset = only ? 0 : offset_of(&r);
	p.limit = only ? 0 : limit_of(&r);
	p.total = only || rest_true(text(&r, "countrecords"));
	p.keep = f.status.n || f.contact.n ? keep : NULL;
	if (!refused(&r) && desk_page_read(&p))
		desk_api_say(n, 200,
			mailjet_rest_list(p.rows, p.total ? p.seen : json_array_size(p.rows)));
}

/* The recipient that the path names by its number or UUID; 0: none. */
static uint64_t
rcpt_of(struct desk_conn *n)
{
	uint64_t id = 0;

	if (str_u64(n->params[0], &id) < 0 &&
		uuid_read(n->params[0], n->desk->env->keys.ids, &id) < 0)
		return 0;
	return id < UINT64_C(1) << 53 ? id : 0;
}

static bool
keep_rcpt(const struct desk_page *p, const struct rest_mail *m)
{
	return m->last.rcpt == p->q.id;
}

static void
one(struct desk_conn *n, json_t *(*row)(const struct rest_mail *m, unsigned show))
{
	struct filter f = { .row = row, .show = ~0u };
	struct desk_page p = { .conn = n,
		.q = { .id = rcpt_of(n) },
		.limit = 1,
		.keep = keep_rcpt,
		.add = add,
		.ctx = &f };

	if (!p.q.id)
		desk_api_refuse(n, 404, STR_NONE);
	else if (desk_page_read(&p)) {
		json_t *found = json_incref(json_array_get(p.rows, 0));

		json_decref(p.rows);
		desk_mailjet_one(n, found);
	}
}

static int
on_event(void *ctx, const struct event *e)
{
	json_t *o = mailjet_rest_history(e);

	if (o)
		json_array_append_new(ctx, o);
	return 0;
}

static void
add_history(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row,
	bool again)
{
	(void)m;
	(void)again;
	(void)rest_events(&p->arena, row, p->conn->desk->env->keys.ids, on_event, p->rows);
}

/* An unknown one has an empty history. */
static void
history(struct desk_conn *n)
{
	struct desk_page p = { .conn = n,
		.q = { .id = rcpt_of(n) },
		.limit = 1,
		.keep = keep_rcpt,
		.add = add_history };

	if (!p.q.id)
		desk_api_say(n, 200, mailjet_rest_one(NULL));
	else if (desk_page_read(&p))
		desk_api_say(n, 200, mailjet_rest_list(p.rows, json_array_size(p.rows)));
}

/* ---- counters ---- */

static void
needed(struct reading *r, const char *name, const char *words)
{
	struct str value = text(r, name), rest = str_z(words);

	while (rest.n)
		if (str_ieq(value, str_cut(&rest, ',')))
			return;
	if (!r->wrong.p)
		r->wrong = arena_printf(
			&r->conn->arena, "The filter %s is needed: %s.", name, words);
}

static void
counters(struct desk_conn *n)
{
	struct reading r = { .conn = n };
	struct str by = text(&r, "CounterResolution");
	bool life = str_ieq_z(by, "Lifetime"), day = str_ieq_z(by, "Day");
	struct ledger_count_query q = { .step_hours = life  ? 0
		                                      : day ? 24
		                                            : 1,
		.by_message = str_ieq_z(text(&r, "CounterTiming"), "Message"),
		.since = when(&r, "FromTS", false),
		.until = when(&r, "ToTS", true) };
	struct rest_counts c = { 0 };
	json_t *rows;

	if (!text(&r, "CounterSource").n || str_ieq_z(text(&r, "CounterSource"), "APIKey"))
		needed(&r, "CounterSource", "APIKey");
	else
		wrong(&r, "CounterSource", "APIKey is the one that is served");
	needed(&r, "CounterTiming", "Message,Event");
	needed(&r, "CounterResolution", "Highest,Hour,Day,Lifetime");
	if (!life && !q.since)
		q.since = loop_wall(n->desk->loop) - (day ? 30 : 2) * UTC_DAY;
	if (refused(&r) || !desk_vendor_count(n, &q, &c))
		return;
	rows = json_array();
	for (size_t i = 0; i < c.n; i++)
		json_array_append_new(rows, mailjet_rest_counter(&c.at[i], n->tenant, life));
	if (life && c.n == 0)
		json_array_append_new(
			rows, mailjet_rest_counter(&(struct rest_count){ 0 }, n->tenant, true));
	desk_mailjet_rows(n, rows);
}

/* ---- all of them ---- */

void
desk_mailjet(struct desk_conn *n)
{
	switch (n->route->op) {
	case API_MJ_MESSAGES:
		messages(n, mailjet_rest_message);
		break;
	case API_MJ_MESSAGE:
		one(n, mailjet_rest_message);
		break;
	case API_MJ_HISTORY:
		history(n);
		break;
	case API_MJ_INFORMATIONS:
		messages(n, row_information);
		break;
	case API_MJ_INFORMATION:
		one(n, row_information);
		break;
	case API_MJ_COUNTERS:
		counters(n);
		break;
	case API_MJ_PROFILE:
		desk_mailjet_one(n, mailjet_rest_profile(desk_vendor_account(n), n->tenant));
		break;
	case API_MJ_USER:
		desk_mailjet_one(n, mailjet_rest_user(desk_vendor_account(n), n->tenant));
		break;
	default:
		if (!desk_mailjet_listed(n) && !desk_mailjet_contactdata(n) &&
			!desk_mailjet_template(n))
			desk_mailjet_account(n);
		break;
	}
}
