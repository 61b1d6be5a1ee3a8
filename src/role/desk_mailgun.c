/*
 * Mailgun's API beside sending: events of a domain out of the ledger, domains.
 */
#include "role/desk_vendor.h"

#include "api/mailgun_rest.h"
#include "base/utc.h"
#include "report/hook_mailgun.h"

#include <errno.h>

#define LIMIT     100u
#define LIMIT_MAX 300u
#define PAGE_MS   100u
#define ROWS_MAX  100u /* of one page: each row has several events */

/* ---- events ---- */

struct page {
	struct desk_conn *conn;
	struct arena arena; /* of the row at hand */
	uint32_t kinds;     /* 0: all */
	json_t *items, *row;
};

static int
on_event(void *ctx, const struct event *e)
{
	struct page *p = ctx;
	json_t *o;

	if (e->fact.robot || (p->kinds && !(p->kinds >> e->kind & 1)))
		return 0;
	o = hook_mailgun(e);
	/* Newest first. */
	if (o)
		json_array_insert_new(p->row, 0, o);
	return 0;
}

static int
on_row(void *ctx, const struct ledger_row *row)
{
	struct page *p = ctx;

	arena_reset(&p->arena);
	p->row = json_array();
	(void)rest_events(&p->arena, row, p->conn->desk->env->keys.ids, on_event, p);
	json_array_extend(p->items, p->row);
	json_decref(p->row);
	return 0;
}

static json_t *
url(struct desk_conn *n, struct str page)
{
	struct str host = n->desk->config->hostname, domain = n->params[0];
	struct str text = arena_printf(&n->arena, "https://%.*s/v3/%.*s/events/%.*s",
		STR_ARG(host), STR_ARG(domain), STR_ARG(page));

	return json_stringn(text.p, text.n);
}

static void
say_events(struct desk_conn *n, struct page *p, struct str query, struct str next)
{
	struct str first = mailgun_rest_page(&n->arena, STR_NONE, query);
	struct str more = mailgun_rest_page(&n->arena, next.n ? next : STR_LIT("-"), query);

	if (!first.p || !more.p) {
		json_decref(p->items);
		desk_api_refuse(n, 400, STR_LIT("The query is too long."));
		return;
	}
	desk_api_say(n, 200,
		json_pack("{s:o, s:{s:o, s:o, s:o, s:o}}", "items", p->items, "paging", "first",
			url(n, first), "last", url(n, more), "next", url(n, more), "previous",
			url(n, first)));
}

static const char *
filters_read(struct desk_conn *n, struct ledger_search *q, uint32_t *ret_kinds)
{
	struct str event = desk_vendor_query(n, "event"), limit = desk_vendor_query(n, "limit");
	struct str begin = desk_vendor_query(n, "begin"), end = desk_vendor_query(n, "end");
	uint32_t most = LIMIT;

	*ret_kinds = mailgun_rest_kinds(event);
	if (event.n && !*ret_kinds)
		return "event: accepted, delivered, failed, opened, clicked, unsubscribed or "
		       "complained is expected";
	if (limit.n && (str_u32(limit, &most) < 0 || most == 0 || most > LIMIT_MAX))
		return "limit: a number from 1 to 300 is expected";
	*q = (struct ledger_search){ .tenant = n->tenant,
		.to = desk_vendor_query(n, "recipient"),
		.from = arena_printf(&n->arena, "*@%.*s", STR_ARG(n->params[0])),
		.subject = desk_vendor_query(n, "subject"),
		.tag = desk_vendor_query(n, "tags"),
		.message_id = desk_vendor_query(n, "message-id"),
		.states = mailgun_rest_states(*ret_kinds),
		.limit = most < ROWS_MAX ? most : ROWS_MAX,
		.most_ms = PAGE_MS };
	if ((begin.n && rest_when(begin, false, &q->since) < 0) ||
		(end.n && rest_when(end, true, &q->until) < 0))
		return "begin, end: seconds since 1970 are expected";
	/* From the newer to the older time is Mailgun's way of saying newest first. */
	if (q->until && q->since > q->until) {
		int64_t later = q->since;

		q->since = q->until;
		q->until = later;
	}
	return NULL;
}

static void
events(struct desk_conn *n)
{
	struct page p = { .conn = n };
	struct str cursor = STR_NONE, query = n->query;
	struct ledger_search q;
	struct ledger_found found = { 0 };
	json_t *domain = desk_vendor_domain(n, n->params[0]);
	const char *why;
	int err = 0;

	if (!domain)
		return;
	json_decref(domain);
	if (n->params[1].n &&
		mailgun_rest_page_read(&n->arena, n->params[1], &cursor, &query) < 0) {
		desk_api_refuse(n, 400, STR_LIT("This page is none of ours."));
		return;
	}
	n->query = query;
	why = filters_read(n, &q, &p.kinds);
	if (why) {
		desk_api_refuse(n, 400, str_z(why));
		return;
	}
	q.cursor = cursor;
	p.items = json_array();
	arena_init(&p.arena, 8u << 20);
	/* "-": behind the last page, where there is nothing. */
	if (!str_eq_z(cursor, "-"))
		err = ledger_search(n->desk->env->paths->ledger, &q, &found, on_row, &p);
	arena_done(&p.arena);
	if (err) {
		json_decref(p.items);
		desk_api_refuse(n, err == -EINVAL ? 400 : 500,
			err == -EINVAL ? STR_LIT("This page is none of ours.")
				       : STR_LIT("The ledger cannot be read."));
		return;
	}
	say_events(n, &p, query, str_z(found.next));
}

/* ---- domains ---- */

static void
domains(struct desk_conn *n)
{
	json_t *list = desk_vendor_domains(n), *rows, *row;
	size_t i;

	if (!list)
		return;
	rows = json_array();
	json_array_foreach(list, i, row) json_array_append_new(rows, mailgun_rest_domain(row));
	json_decref(list);
	desk_api_say(n, 200,
		json_pack("{s:I, s:o}", "total_count", (json_int_t)json_array_size(rows),
			"items", rows));
}

static json_t *
shape_verified(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = mailgun_rest_records(j);

	(void)n;
	(void)status;
	json_object_set_new(
		out, "message", json_string("Domain DNS records have been updated"));
	json_decref(j);
	return out;
}

static void
domain(struct desk_conn *n)
{
	json_t *found = desk_vendor_domain(n, n->params[0]), *body;

	if (!found)
		return;
	if (n->route->op == API_MG_DOMAIN) {
		desk_api_say(n, 200, mailgun_rest_records(found));
	} else {
		body = desk_vendor_question(n);
		json_object_set(body, "domain", json_object_get(found, "domain"));
		desk_api_ask(n, "domains.verify", body, shape_verified);
	}
	json_decref(found);
}

void
desk_mailgun(struct desk_conn *n)
{
	switch (n->route->op) {
	case API_MG_EVENTS:
		events(n);
		break;
	case API_MG_DOMAINS:
		domains(n);
		break;
	case API_MG_DOMAIN:
	case API_MG_DOMAIN_VERIFY:
		domain(n);
		break;
	default:
		desk_api_refuse(n, 404, STR_NONE);
		break;
	}
}
