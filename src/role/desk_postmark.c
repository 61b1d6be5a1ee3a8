/*
 * Postmark's API beside sending: outbound messages with their events, opens and clicks,
 * bounces. Each mistake of a request is a 422 with a code, as its SDK expects.
 */
#include "role/desk_postmark.h"

#include "api/postmark_rest.h"
#include "report/hook_postmark.h"
#include "role/desk_listed.h"
#include "wire/form.h"

#define COUNT      50u
#define COUNT_MAX  500u
#define OFFSET_MAX 10000u

static void
no_message(struct desk_conn *n)
{
	desk_postmark_refuse(n, "701", "This message was not found.");
}

static void
no_bounce(struct desk_conn *n)
{
	desk_postmark_refuse(n, "407", "This bounce was not found.");
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
page_read(struct desk_postmark_query *r, struct desk_page *p)
{
	struct desk_postmark_stream of = desk_postmark_streams(r);

	p->limit = desk_postmark_number(r, "count", COUNT, COUNT_MAX);
	p->offset = desk_postmark_number(r, "offset", 0, OFFSET_MAX);
	p->total = true;
	p->q.tag = desk_postmark_text(r, "tag");
	p->q.streams = of.kinds;
	p->q.own_stream = of.own;
	p->q.no_own_stream = of.kinds && of.own.n == 0;
	p->q.subject = desk_postmark_text(r, "subject");
	p->q.since = desk_postmark_when(r, "fromdate", false);
	p->q.until = desk_postmark_when(r, "todate", true);
}

/* ---- messages ---- */

struct pair {
	struct str key, value;
};

struct filter {
	struct desk_conn *conn;
	struct str status, type, email, inactive;
	struct pair *metadata;
	size_t nmetadata;
};

/* Each metadata_name=value of the query, read once: the call's arena has an end, rows have
 * none.
 */
static void
metadata_read(struct filter *f)
{
	struct arena *a = &f->conn->arena;
	struct str rest = f->conn->query, prefix = STR_LIT("metadata_");
	size_t max = 1;

	for (size_t i = 0; i < rest.n; i++)
		max += rest.p[i] == '&';
	f->metadata = arena_alloc(a, max * sizeof *f->metadata);
	while (f->metadata && rest.n) {
		struct str value = str_cut(&rest, '&'), key = str_cut(&value, '=');

		if (str_istarts(key, prefix))
			f->metadata[f->nmetadata++] =
				(struct pair){ form_unescape(a, str_from(key, prefix.n), true),
					form_unescape(a, value.p ? value : STR_NONE, true) };
	}
}

static bool
metadata_fits(const struct filter *f, const struct rest_mail *m)
{
	for (size_t i = 0; i < f->nmetadata; i++) {
		const struct pair *t = &f->metadata[i];

		if (!t->key.p || !t->value.p || !postmark_rest_has(m, t->key, t->value))
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

/* An id of nobody is answered as another account's. */
static void
say_none(struct desk_page *p, const char *name)
{
	p->seen = 0;
	p->rows = json_array();
	say_page(p, name);
}

static void
messages(struct desk_conn *n)
{
	struct desk_postmark_query r = { .conn = n, .code = "700" };
	struct filter f = { .conn = n, .status = desk_postmark_text(&r, "status") };
	struct desk_page p = { .conn = n, .messages = true, .add = add, .ctx = &f };

	page_read(&r, &p);
	metadata_read(&f);
	p.q.to = desk_postmark_text(&r, "recipient");
	p.q.from = desk_postmark_text(&r, "fromemail");
	if (f.status.n && !str_ieq_z(f.status, "queued") && !str_ieq_z(f.status, "sent") &&
		!str_ieq_z(f.status, "processed"))
		desk_postmark_wrong(&r, "status", "queued, sent or processed is expected");
	p.keep = f.status.n || f.nmetadata > 0 ? keep : NULL;
	if (!desk_postmark_refused(&r) && desk_page_read(&p))
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

/* ---- opens and clicks ---- */

struct visits {
	enum fact_kind kind;
	json_t *rows;
};

static int
on_visit(void *ctx, const struct event *e)
{
	struct visits *v = ctx;
	json_t *o = e->kind == v->kind ? hook_postmark(e) : NULL;

	if (o)
		json_array_insert_new(v->rows, 0, o);
	return 0;
}

static enum fact_kind
kind_of(const struct desk_conn *n)
{
	return n->route->op == API_PM_OPENS || n->route->op == API_PM_OPENS_OF ? FACT_OPENED
	                                                                       : FACT_CLICKED;
}

/* Each visit of the recipient, the last first. */
static void
add_visits(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row,
	bool again)
{
	struct visits v = { kind_of(p->conn), json_array() };

	(void)m;
	(void)again;
	(void)rest_events(&p->arena, row, p->conn->desk->env->keys.ids, on_visit, &v);
	json_array_extend(p->rows, v.rows);
	json_decref(v.rows);
}

/* All, or those of the message that the path names. */
static void
visits(struct desk_conn *n)
{
	struct desk_postmark_query r = { .conn = n, .code = "700" };
	struct desk_page p = { .conn = n, .add = add_visits };
	enum fact_kind kind = kind_of(n);
	bool one = n->route->op == API_PM_OPENS_OF || n->route->op == API_PM_CLICKS_OF;
	const char *name = kind == FACT_OPENED ? "Opens" : "Clicks";

	page_read(&r, &p);
	p.q.to = desk_postmark_text(&r, "recipient");
	p.q.states = UINT32_C(1) << kind;
	if (one) {
		p.q.id = message_of(n, n->params[0]);
		p.keep = keep_message;
	}
	if (desk_postmark_refused(&r))
		return;
	if (one && !p.q.id)
		say_none(&p, name);
	else if (desk_page_read(&p))
		say_page(&p, name);
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
	struct desk_postmark_query r = { .conn = n, .code = "408" };
	struct str email = desk_postmark_text(&r, "emailFilter"),
		   id = desk_postmark_text(&r, "messageID");
	bool address = str_find(email, '@') > 0 && str_find(email, '@') + 1 < email.n;
	struct filter f = { .conn = n,
		.type = desk_postmark_text(&r, "type"),
		.inactive = desk_postmark_text(&r, "inactive"),
		.email = address ? STR_NONE : email };
	struct desk_page p = { .conn = n, .keep = keep_bounce, .add = add_bounce, .ctx = &f };

	page_read(&r, &p);
	p.q.states = postmark_rest_bounce_states();
	p.q.to = address ? email : STR_NONE;
	p.q.id = id.n ? message_of(n, id) : 0;
	if (desk_postmark_refused(&r))
		return;
	if (id.n && !p.q.id)
		say_none(&p, "Bounces");
	else if (desk_page_read(&p))
		say_page(&p, "Bounces");
}

/* The bounce that the path names, a new reference; NULL: answered. */
static json_t *
bounce_of(struct desk_conn *n)
{
	struct desk_page p = { .conn = n, .limit = 1, .keep = keep_bounce, .add = add_bounce };
	json_t *found;

	if (str_u64(n->params[0], &p.q.id) < 0 || p.q.id == 0 || p.q.id >= UINT64_C(1) << 53) {
		no_bounce(n);
		return NULL;
	}
	if (!desk_page_read(&p))
		return NULL;
	found = json_incref(json_array_get(p.rows, 0));
	json_decref(p.rows);
	if (!found)
		no_bounce(n);
	return found;
}

static void
bounce(struct desk_conn *n)
{
	json_t *found = bounce_of(n);

	if (!found)
		return;
	if (n->route->op == API_PM_BOUNCE_DUMP) {
		json_decref(found);
		found = json_pack("{s:s}", "Body", "");
	} else {
		json_object_set_new(found, "Content", json_string(""));
	}
	desk_api_say(n, 200, found);
}

/* Also when nothing was suppressed any more: the address is active. */
static json_t *
shape_activated(struct desk_conn *n, int *status, json_t *answers)
{
	(void)status;
	json_decref(answers);
	return json_pack("{s:s, s:O}", "Message", "OK", "Bounce", n->asked);
}

/* What the bounce put on the list goes off it; a complaint is for good. */
static void
activate(struct desk_conn *n)
{
	json_t *found = bounce_of(n), *addresses;

	if (!found)
		return;
	if (!json_is_true(json_object_get(found, "CanActivate"))) {
		json_decref(found);
		desk_postmark_refuse(
			n, "408", "This bounce cannot be activated: its recipient complained.");
		return;
	}
	addresses = json_pack("[O]", json_object_get(found, "Email"));
	json_object_set_new(found, "Content", json_string(""));
	json_object_set_new(found, "Inactive", json_false());
	/* The call has no body of its own to be read; the answer is kept there. */
	json_decref(n->asked);
	n->asked = found;
	desk_listed_remove(n, addresses, &(struct desk_listed_what){ "", "hard_bounce", 0 },
		shape_activated);
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
		{ API_PM_OPENS, visits },
		{ API_PM_OPENS_OF, visits },
		{ API_PM_CLICKS, visits },
		{ API_PM_CLICKS_OF, visits },
		{ API_PM_BOUNCES, bounces },
		{ API_PM_BOUNCE, bounce },
		{ API_PM_BOUNCE_DUMP, bounce },
		{ API_PM_BOUNCE_ACTIVATE, activate },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return;
		}
	if (!desk_postmark_stream(n) && !desk_postmark_listed(n) &&
		!desk_postmark_template(n) && !desk_postmark_inbound(n) &&
		!desk_postmark_rule(n))
		desk_postmark_account(n);
}
