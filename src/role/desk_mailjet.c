/*
 * Mailjet's REST v3, as its SDKs and plugins read and manage: messages and counters from the
 * ledger, senders and DNS from the account's domains ("*@domain" is the sender of a domain),
 * API keys. What is not known of a filter is passed over, as the vendor does.
 */
#include "role/desk_vendor.h"

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

static void
say_one(struct desk_conn *n, json_t *row)
{
	if (row)
		desk_api_say(n, 200, mailjet_rest_one(row));
	else
		desk_api_refuse(n, 404, STR_NONE);
}

/* Part of a list that is whole; takes it. */
static void
say_rows(struct desk_conn *n, json_t *all)
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
		say_one(n, found);
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
	say_rows(n, rows);
}

/* ---- keys ---- */

static json_t *
shape_key(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = mailjet_rest_one(mailjet_rest_apikey(j, n->tenant));

	*status = 201;
	json_decref(j);
	return out;
}

static void
keys(struct desk_conn *n)
{
	json_t *list = desk_vendor_keys(n), *rows, *row;
	struct str name = desk_vendor_query(n, "Name"), key = desk_vendor_query(n, "APIKey");
	size_t i;

	if (!list)
		return;
	rows = json_array();
	json_array_foreach(list, i, row)
	{
		if ((name.n == 0 || str_eq(desk_text(row, "label"), name)) &&
			(key.n == 0 || rest_is(key, desk_text(row, "key"))))
			json_array_append_new(rows, mailjet_rest_apikey(row, n->tenant));
	}
	json_decref(list);
	say_rows(n, rows);
}

static void
key(struct desk_conn *n)
{
	json_t *list = desk_vendor_keys(n), *row, *found = NULL;
	size_t i;

	if (!list)
		return;
	json_array_foreach(list, i, row)
	{
		if (!found && rest_is(n->params[0], desk_text(row, "key")))
			found = mailjet_rest_apikey(row, n->tenant);
	}
	json_decref(list);
	say_one(n, found);
}

static struct str
member_text_of(const struct desk_conn *n, const char *name)
{
	const json_t *j = desk_vendor_member(n, name);

	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

static void
empty(struct desk_conn *n, const char *name)
{
	desk_api_refuse(n, 400,
		arena_printf(&n->arena,
			"MJ08 Property %s is invalid: MJ03 A non-empty value is required",
			name));
}

/* A new key may do what the one that made it may. */
static void
key_add(struct desk_conn *n)
{
	struct str name = member_text_of(n, "Name");
	struct str scopes = desk_vendor_scopes(n, SCOPE_ALL);
	json_t *body;

	if (name.n == 0) {
		empty(n, "Name");
		return;
	}
	body = desk_vendor_question(n);
	json_object_set_new(body, "label", json_stringn(name.p, name.n));
	json_object_set_new(body, "scopes", json_stringn(scopes.p, scopes.n));
	desk_api_ask(n, "keys.add", body, shape_key);
}

/* ---- senders and DNS ---- */

static struct str
domain_of(struct str email)
{
	return str_from(email, str_rfind(email, '@') + 1);
}

static struct str
star(struct desk_conn *n, struct str domain)
{
	struct str s = arena_printf(&n->arena, "*@%.*s", STR_ARG(domain));

	return s.p ? s : STR_NONE;
}

/* The domain of the sender that the path or a body names (an address, "*@domain", or the number
 * of one of the latter), as a new reference; its spelling in *email. */
static json_t *
find_sender(struct desk_conn *n, const json_t *domains, struct str asked, struct str *email)
{
	bool address = str_find(asked, '@') < asked.n;
	json_t *row;
	size_t i;

	json_array_foreach(domains, i, row)
	{
		struct str all = star(n, desk_text(row, "domain"));

		if (address ? !str_ieq(domain_of(asked), domain_of(all)) : !rest_is(asked, all))
			continue;
		*email = address ? asked : all;
		return json_incref(row);
	}
	return NULL;
}

static bool
sender_fits(struct desk_conn *n, const json_t *domain, struct str email)
{
	struct str want = desk_vendor_query(n, "Domain"), is = desk_vendor_query(n, "Email");
	struct str status = desk_vendor_query(n, "Status"), only;
	bool active = json_is_true(json_object_get(domain, "verified"));

	only = desk_vendor_query(n, "IsDomainSender");
	return (want.n == 0 || str_ieq(want, domain_of(email))) &&
	       (is.n == 0 || str_ieq(is, email)) && (only.n == 0 || rest_true(only)) &&
	       (status.n == 0 || str_ieq_z(status, active ? "Active" : "Inactive"));
}

static void
senders(struct desk_conn *n)
{
	json_t *domains = desk_vendor_domains(n), *rows, *row;
	size_t i;

	if (!domains)
		return;
	rows = json_array();
	json_array_foreach(domains, i, row)
	{
		struct str email = star(n, desk_text(row, "domain"));

		if (sender_fits(n, row, email))
			json_array_append_new(rows, mailjet_rest_sender(row, email, STR_NONE));
	}
	json_decref(domains);
	say_rows(n, rows);
}

/* false: the call was answered. ret_domain: a new reference, NULL: there is none. */
static bool
sender_of(struct desk_conn *n, struct str asked, json_t **ret_domain, struct str *ret_email)
{
	json_t *domains = desk_vendor_domains(n);

	if (!domains)
		return false;
	*ret_domain = find_sender(n, domains, asked, ret_email);
	json_decref(domains);
	return true;
}

static void
sender(struct desk_conn *n)
{
	json_t *domain = NULL;
	struct str email;

	if (!sender_of(n, n->params[0], &domain, &email))
		return;
	say_one(n, domain ? mailjet_rest_sender(domain, email, STR_NONE) : NULL);
	json_decref(domain);
}

static json_t *
shape_sender(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = mailjet_rest_one(
		mailjet_rest_sender(j, member_text_of(n, "Email"), member_text_of(n, "Name")));

	*status = 201;
	json_decref(j);
	return out;
}

static void
sender_add(struct desk_conn *n)
{
	struct str email = str_trim(member_text_of(n, "Email")), same;
	struct str name = domain_of(email);
	json_t *domain = NULL, *body;
	int status = 201;

	if (email.n == 0 || name.n == 0 || name.n == email.n) {
		empty(n, "Email");
		return;
	}
	if (!sender_of(n, email, &domain, &same))
		return;
	if (domain && str_starts(email, STR_LIT("*@"))) {
		json_decref(domain);
		desk_api_refuse(n, 400,
			arena_printf(&n->arena,
				"MJ18 A Sender resource with value \"%.*s\" for Email already "
				"exists.",
				STR_ARG(str_head(email, 320))));
		return;
	}
	if (domain) {
		domain = shape_sender(n, &status, domain);
		desk_api_say(n, status, domain);
		return;
	}
	body = desk_vendor_question(n);
	json_object_set_new(body, "domain", json_stringn(name.p, name.n));
	desk_api_ask(n, "domains.add", body, shape_sender);
}

static json_t *
shape_removed(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	*status = 204;
	return j;
}

static json_t *
domain_question(struct desk_conn *n, const json_t *domain)
{
	json_t *body = desk_vendor_question(n);

	json_object_set(body, "domain", json_object_get(domain, "domain"));
	return body;
}

static void
sender_remove(struct desk_conn *n)
{
	json_t *domain = NULL;
	struct str email;

	if (!sender_of(n, n->params[0], &domain, &email))
		return;
	if (!domain)
		desk_api_refuse(n, 404, STR_NONE);
	else if (!str_starts(email, STR_LIT("*@")))
		desk_api_refuse(n, 400,
			arena_printf(&n->arena,
				"A sender is a whole domain here; to remove it, name *@%.*s.",
				STR_ARG(domain_of(email))));
	else
		desk_api_ask(n, "domains.remove", domain_question(n, domain), shape_removed);
	json_decref(domain);
}

static json_t *
shape_validate(struct desk_conn *n, int *status, json_t *j)
{
	json_t *row = mailjet_rest_validate(j), *out;
	struct str why = desk_text(row, "GlobalError");

	(void)n;
	json_decref(j);
	if (why.n == 0)
		return mailjet_rest_one(row);
	*status = 400;
	out = json_pack("{s:O}", "error", json_object_get(row, "GlobalError"));
	json_decref(row);
	return out;
}

static void
sender_validate(struct desk_conn *n)
{
	json_t *domain = NULL;
	struct str email;

	if (!sender_of(n, n->params[0], &domain, &email))
		return;
	if (domain)
		desk_api_ask(n, "domains.verify", domain_question(n, domain), shape_validate);
	else
		desk_api_refuse(n, 404, STR_NONE);
	json_decref(domain);
}

static json_t *
shape_check(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = mailjet_rest_one(mailjet_rest_dns_check(j));

	(void)n;
	(void)status;
	json_decref(j);
	return out;
}

static void
dns(struct desk_conn *n)
{
	json_t *domains = desk_vendor_domains(n), *row, *found = NULL;
	size_t i;

	if (!domains)
		return;
	json_array_foreach(domains, i, row)
	{
		if (rest_is(n->params[0], desk_text(row, "domain")))
			found = json_incref(row);
	}
	json_decref(domains);
	if (!found)
		desk_api_refuse(n, 404, STR_NONE);
	else if (n->route->op == API_MJ_DNS_CHECK)
		desk_api_ask(n, "domains.verify", domain_question(n, found), shape_check);
	else
		say_one(n, mailjet_rest_dns(found));
	json_decref(found);
}

static void
dns_list(struct desk_conn *n)
{
	json_t *domains = desk_vendor_domains(n), *rows, *row;
	size_t i;

	if (!domains)
		return;
	rows = json_array();
	json_array_foreach(domains, i, row) json_array_append_new(rows, mailjet_rest_dns(row));
	json_decref(domains);
	say_rows(n, rows);
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
	case API_MJ_KEYS:
		keys(n);
		break;
	case API_MJ_KEY:
		key(n);
		break;
	case API_MJ_KEY_ADD:
		key_add(n);
		break;
	case API_MJ_SENDERS:
		senders(n);
		break;
	case API_MJ_SENDER:
	case API_MJ_SENDER_CHANGE:
		sender(n);
		break;
	case API_MJ_SENDER_ADD:
		sender_add(n);
		break;
	case API_MJ_SENDER_REMOVE:
		sender_remove(n);
		break;
	case API_MJ_SENDER_VALIDATE:
		sender_validate(n);
		break;
	case API_MJ_DNS_LIST:
		dns_list(n);
		break;
	case API_MJ_DNS:
	case API_MJ_DNS_CHECK:
		dns(n);
		break;
	case API_MJ_PROFILE:
		say_one(n, mailjet_rest_profile(desk_vendor_account(n), n->tenant));
		break;
	case API_MJ_USER:
		say_one(n, mailjet_rest_user(desk_vendor_account(n), n->tenant));
		break;
	default:
		desk_api_refuse(n, 404, STR_NONE);
		break;
	}
}
