/*
 * Postmark's calls about mail that came in: what waits for its URL and what became of it, as
 * the ledger tells it. A recipient is one message, as he is to the webhook, and has the
 * MessageID that it was posted with. Texts, fields and files are not told: only edge and
 * courier read a stranger's bytes.
 */
#include "role/desk_postmark.h"

#include "api/postmark_rest.h"
#include "report/inbound.h"

#define COUNT      50u
#define COUNT_MAX  500u
#define OFFSET_MAX 10000u

struct filter {
	struct str status, hash, tag;
};

static void
none(struct desk_conn *n)
{
	desk_postmark_refuse(n, "701", "This message was not found.");
}

static bool
keep(const struct desk_page *p, const struct rest_mail *m)
{
	const struct filter *f = p->ctx;

	return f->tag.n == 0 &&
	       (f->status.n == 0 || str_ieq_z(f->status, postmark_rest_inbound_status(m))) &&
	       (f->hash.n == 0 || str_eq(f->hash, inbound_postmark_hash(m->last.recipient)));
}

static void
add(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row, bool again)
{
	(void)row;
	(void)again;
	json_array_append_new(p->rows, postmark_rest_inbound(m));
}

static bool
is_status(struct str s)
{
	static const char *const all[] = { "blocked", "processed", "queued", "failed",
		"scheduled" };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (str_ieq_z(s, all[i]))
			return true;
	return s.n == 0;
}

static void
list(struct desk_conn *n)
{
	struct desk_postmark_query r = { .conn = n, .code = "700" };
	struct filter f = { desk_postmark_text(&r, "status"),
		desk_postmark_text(&r, "mailboxhash"), desk_postmark_text(&r, "tag") };
	struct desk_page p = { .conn = n, .total = true, .add = add, .ctx = &f };

	p.limit = desk_postmark_number(&r, "count", COUNT, COUNT_MAX);
	p.offset = desk_postmark_number(&r, "offset", 0, OFFSET_MAX);
	p.q.streams = 1u << STREAM_INBOUND;
	p.q.to = desk_postmark_text(&r, "recipient");
	p.q.from = desk_postmark_text(&r, "fromemail");
	p.q.subject = desk_postmark_text(&r, "subject");
	p.q.since = desk_postmark_when(&r, "fromdate", false);
	p.q.until = desk_postmark_when(&r, "todate", true);
	if (!is_status(f.status))
		desk_postmark_wrong(&r, "status",
			"blocked, processed, queued, failed or scheduled is expected");
	p.keep = f.status.n || f.hash.n || f.tag.n ? keep : NULL;
	if (!desk_postmark_refused(&r) && desk_page_read(&p))
		desk_api_say(n, 200,
			json_pack("{s:I, s:o}", "TotalCount", (json_int_t)p.seen,
				"InboundMessages", p.rows));
}

struct named {
	uint64_t id;
	bool held; /* or in quarantine: it waits for the operator */
};

static bool
keep_named(const struct desk_page *p, const struct rest_mail *m)
{
	return m->last.rcpt == p->q.id;
}

static void
add_named(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row,
	bool again)
{
	bool *const *held = p->ctx;

	**held = m->state == FACT_HELD || m->state == FACT_QUARANTINED;
	add(p, m, row, again);
}

/* The one that the path names, a new reference; NULL: answered. */
static json_t *
named(struct desk_conn *n, struct named *ret)
{
	bool *held = &ret->held;
	struct desk_page p = {
		.conn = n, .limit = 1, .keep = keep_named, .add = add_named, .ctx = &held
	};
	json_t *found;

	p.q.streams = 1u << STREAM_INBOUND;
	if (inbound_postmark_id_read(n->params[0], &p.q.id) < 0) {
		none(n);
		return NULL;
	}
	if (!desk_page_read(&p))
		return NULL;
	found = json_incref(json_array_get(p.rows, 0));
	json_decref(p.rows);
	if (!found)
		none(n);
	ret->id = p.q.id;
	return found;
}

static json_t *
retried(struct desk_conn *n, int *status, json_t *j, const char *why)
{
	bool changed = json_integer_value(json_object_get(j, "changed")) > 0;
	struct str text =
		arena_printf(&n->arena, "Successfully rescheduled failed message: %.*s.",
			STR_ARG(str_head(n->params[0], 40)));

	json_decref(j);
	if (changed)
		return json_pack("{s:i, s:o}", "ErrorCode", 0, "Message", desk_api_json(text));
	*status = 0;
	desk_postmark_refuse(n, "703", why);
	return NULL;
}

static json_t *
shape_retried(struct desk_conn *n, int *status, json_t *j)
{
	/* It was posted, given up or held in the meantime. */
	return retried(n, status, j,
		"Could not retry this failed inbound message: it does not wait any more.");
}

/* The engine is asked all the same: it knows first that it was released. */
static json_t *
shape_held(struct desk_conn *n, int *status, json_t *j)
{
	return retried(n, status, j,
		"Could not retry this failed inbound message: it is held by the operator.");
}

static void
one(struct desk_conn *n)
{
	struct named it = { 0, false };
	json_t *found = named(n, &it);
	struct str status;

	if (!found)
		return;
	status = desk_text(found, "Status");
	if (n->route->op == API_PM_INBOUND) {
		postmark_rest_inbound_details(found);
		desk_api_say(n, 200, json_incref(found));
	} else if (n->route->op == API_PM_INBOUND_BYPASS) {
		desk_postmark_refuse(n, "702",
			"Could not bypass this blocked inbound message: it is not blocked; "
			"there are no rules here that block.");
	} else if (str_eq_z(status, "Queued") || str_eq_z(status, "Scheduled")) {
		desk_api_ask(n, "queue.retry", json_pack("{s:I}", "id", (json_int_t)it.id),
			it.held ? shape_held : shape_retried);
	} else {
		desk_postmark_refuse(n, "703",
			str_eq_z(status, "Processed")
				? "Could not retry this failed inbound message: it was posted."
				: "Could not retry this failed inbound message: it was given "
				  "up, and is kept no longer.");
	}
	json_decref(found);
}

bool
desk_postmark_inbound(struct desk_conn *n)
{
	switch (n->route->op) {
	case API_PM_INBOUNDS:
		list(n);
		return true;
	case API_PM_INBOUND:
	case API_PM_INBOUND_BYPASS:
	case API_PM_INBOUND_RETRY:
		one(n);
		return true;
	default:
		return false;
	}
}
