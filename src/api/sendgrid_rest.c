#include "api/sendgrid_rest.h"

#include "account/scope.h"
#include "base/utc.h"
#include "report/hook_sendgrid.h"
#include "report/member.h"

#include <errno.h>

#define BIT(kind)  (UINT32_C(1) << (kind))
#define TEXT_BYTES 16384u

static json_t *
time_of(int64_t wall)
{
	char text[UTC_TEXT_SIZE];
	struct str s = str_head(str_z(utc_rfc3339(text, wall)), 19);

	return json_pack("s%+", s.p, s.n, "Z");
}

static struct str
text_of(const json_t *o, const char *name)
{
	const json_t *j = json_object_get(o, name);

	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

/* ---- statistics ---- */

int64_t
sendgrid_rest_begin(enum sendgrid_step step, int64_t wall)
{
	struct utc u = utc_split(wall);
	struct utc day = {
		.year = u.year, .month = u.month, .day = step == SENDGRID_MONTH ? 1 : u.day
	};
	int64_t begin = utc_join(&day);

	return step == SENDGRID_WEEK ? begin - (u.weekday + 6) % 7 * UTC_DAY : begin;
}

int64_t
sendgrid_rest_next(enum sendgrid_step step, int64_t begin)
{
	struct utc u = utc_split(begin);

	if (step == SENDGRID_MONTH)
		return begin + utc_month_days(u.year, u.month) * UTC_DAY;
	return begin + (step == SENDGRID_WEEK ? 7 : 1) * UTC_DAY;
}

/* What was on a suppression list is told by the counters as one number: it is under
 * bounce_drops. */
static json_t *
metrics(const struct rest_count *c)
{
	const struct {
		const char *name;
		uint64_t n;
	} table[] = {
		{ "blocks", c->soft },
		{ "bounce_drops", c->suppressed },
		{ "bounces", c->hard },
		{ "clicks", c->clicks },
		{ "deferred", c->deferred },
		{ "delivered", c->delivered },
		{ "invalid_emails", 0 },
		{ "opens", c->opens },
		{ "processed", c->accepted > c->suppressed ? c->accepted - c->suppressed : 0 },
		{ "requests", c->accepted },
		{ "spam_report_drops", 0 },
		{ "spam_reports", c->complained },
		{ "unique_clicks", c->unique_clicks },
		{ "unique_opens", c->unique_opens },
		{ "unsubscribe_drops", 0 },
		{ "unsubscribes", c->unsubscribed },
	};
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		json_object_set_new(o, table[i].name, json_integer((json_int_t)table[i].n));
	return o;
}

void
sendgrid_rest_stat_add(json_t *stat, const struct rest_count *c, struct str category)
{
	json_t *one = json_pack("{s:o}", "metrics", metrics(c));

	if (category.n) {
		member_text(one, "name", category);
		member_text(one, "type", STR_LIT("category"));
	}
	json_array_append_new(json_object_get(stat, "stats"), one);
}

json_t *
sendgrid_rest_stat(const struct rest_count *c, struct str category)
{
	char day[UTC_TEXT_SIZE];
	json_t *o = json_pack("{s:s, s:[]}", "date", utc_day(day, c->from), "stats");

	sendgrid_rest_stat_add(o, c, category);
	return o;
}

/* ---- activity ---- */

static const uint32_t delivered = BIT(FACT_DELIVERED) | BIT(FACT_RELAYED),
		      under_way = BIT(FACT_ACCEPTED) | BIT(FACT_DEFERRED) | BIT(FACT_HELD) |
                                  BIT(FACT_RELEASED) | BIT(FACT_RETRIED);

const char *
sendgrid_rest_status(const struct rest_mail *m)
{
	if (m->state == FACT_DELIVERED)
		return "delivered";
	return under_way >> m->state & 1 ? "processed" : "not_delivered";
}

uint32_t
sendgrid_rest_states(struct str status)
{
	if (str_ieq_z(status, "delivered"))
		return delivered;
	if (str_ieq_z(status, "processed") || str_ieq_z(status, "processing"))
		return under_way;
	/* Not the signals of people: they are states of their own to a search. */
	if (str_ieq_z(status, "not_delivered"))
		return (BIT(FACT_OPENED) - 1) & ~delivered & ~under_way;
	return 0;
}

json_t *
sendgrid_rest_message(const struct rest_mail *m)
{
	const struct event *e = &m->last;

	return json_pack("{s:o, s:s, s:o, s:o, s:s, s:i, s:i, s:o}", "from_email",
		member_of(e->sender), "msg_id", e->rcpt_uuid, "subject", member_of(e->subject),
		"to_email", member_of(e->recipient), "status", sendgrid_rest_status(m),
		"opens_count", (int)m->opens, "clicks_count", (int)m->clicks, "last_event_time",
		time_of(m->updated));
}

json_t *
sendgrid_rest_detail(const struct rest_mail *m)
{
	const struct event *e = &m->last;
	json_t *tags = (json_t *)(uintptr_t)event_tags(e),
	       *args = (json_t *)(uintptr_t)event_metadata(e);
	struct str category = event_about(e, "category");

	tags = tags ? json_incref(tags) : json_array();
	if (json_array_size(tags) == 0 && category.n)
		json_array_append_new(tags, member_of(category));
	return json_pack("{s:o, s:s, s:o, s:o, s:s, s:o, s:I, s:s, s:s, s:s, s:s, s:s, s:o, "
			 "s:o, s:[]}",
		"from_email", member_of(e->sender), "msg_id", e->rcpt_uuid, "subject",
		member_of(e->subject), "to_email", member_of(e->recipient), "status",
		sendgrid_rest_status(m), "template_id", member_of(event_about(e, "template")),
		"asm_group_id", (json_int_t)event_group(e), "teammate", "", "api_key_id", "",
		"originating_ip", "", "outbound_ip", "", "outbound_ip_type", "shared",
		"categories", tags, "unique_args", args ? json_incref(args) : json_object(),
		"events");
}

json_t *
sendgrid_rest_event(const struct event *e)
{
	const char *name = hook_sendgrid_word(e->kind);
	bool failed = e->kind == FACT_DEFERRED || e->kind == FACT_BOUNCED ||
	              e->kind == FACT_EXPIRED || e->kind == FACT_RETURNED;
	struct buf b;
	json_t *o;

	if (!name || e->fact.robot)
		return NULL;
	o = json_pack("{s:s, s:o}", "event_name", name, "processed", time_of(e->fact.at));
	buf_init(&b, TEXT_BYTES);
	if (failed || e->kind == FACT_DELIVERED || e->kind == FACT_SUPPRESSED) {
		event_answer(&b, e);
		member_text(o, "reason", buf_str(&b));
	}
	buf_done(&b);
	if (failed)
		member_number_if(o, "attempt_num", e->attempt);
	if (failed && e->kind != FACT_DEFERRED)
		member_text(o, "bounce_type", str_z(event_is_hard(e) ? "hard" : "blocked"));
	member_text_if(o, "mx_server", e->fact.host);
	member_text_if(o, "url", e->fact.url);
	member_text_if(o, "http_user_agent", e->fact.agent);
	return o;
}

/* ---- addresses that failed ---- */

enum sendgrid_failed
sendgrid_rest_failed(const struct rest_mail *m)
{
	const struct event *e = &m->last;
	const struct dsn_code *d = &e->fact.reply.dsn;

	if (e->kind == FACT_EXPIRED)
		return SENDGRID_BLOCK;
	if (e->kind != FACT_BOUNCED && e->kind != FACT_RETURNED)
		return SENDGRID_NOT_FAILED;
	/* RFC 3463 3.2: X.1.3 is bad syntax, whatever else the text says; RFC 7505: X.1.10. */
	if (d->class == 5 && d->subject == 1 && (d->detail == 3 || d->detail == 10))
		return SENDGRID_INVALID;
	if (!event_is_hard(e))
		return SENDGRID_BLOCK;
	return e->reason.class == CLASS_DNS ? SENDGRID_INVALID : SENDGRID_NOT_FAILED;
}

json_t *
sendgrid_rest_failed_json(const struct rest_mail *m)
{
	const struct event *e = &m->last;
	const struct dsn_code *d = &e->fact.reply.dsn;
	char status[32] = "";
	struct buf b;
	json_t *o;

	if (d->class)
		snprintf(status, sizeof status, "%u.%u.%u", d->class, d->subject, d->detail);
	buf_init(&b, TEXT_BYTES);
	event_answer(&b, e);
	o = json_pack("{s:I, s:o, s:o, s:s}", "created", (json_int_t)(e->fact.at / UTC_SEC),
		"email", member_of(e->recipient), "reason", member_of(buf_str(&b)), "status",
		status);
	buf_done(&b);
	return o;
}

/* ---- keys ---- */

static const struct {
	unsigned bit;
	const char *name;
} scope_names[] = {
	{ SCOPE_SEND, "mail.send" },
	{ SCOPE_READ, "stats.read" },
	{ SCOPE_READ, "messages.read" },
	{ SCOPE_READ, "categories.read" },
	{ SCOPE_READ, "user.profile.read" },
	{ SCOPE_READ, "templates.read" },
	{ SCOPE_MANAGE, "api_keys.create" },
	{ SCOPE_MANAGE, "api_keys.delete" },
	{ SCOPE_MANAGE, "api_keys.read" },
	{ SCOPE_MANAGE, "whitelabel.create" },
	{ SCOPE_MANAGE, "whitelabel.delete" },
	{ SCOPE_MANAGE, "whitelabel.read" },
	{ SCOPE_MANAGE, "templates.create" },
	{ SCOPE_MANAGE, "templates.delete" },
	{ SCOPE_MANAGE, "templates.update" },
	{ SCOPE_SUPPRESS, "suppression.create" },
	{ SCOPE_SUPPRESS, "suppression.delete" },
	{ SCOPE_SUPPRESS, "suppression.read" },
	{ SCOPE_OPERATE, "subusers.read" },
};
#define NSCOPES (sizeof scope_names / sizeof *scope_names)

json_t *
sendgrid_rest_scopes(unsigned scopes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < NSCOPES; i++)
		if (scopes & scope_names[i].bit)
			json_array_append_new(list, json_string(scope_names[i].name));
	return list;
}

static unsigned
scope_bit(const char *name)
{
	for (size_t i = 0; name && i < NSCOPES; i++)
		if (str_eq_z(str_z(name), scope_names[i].name))
			return scope_names[i].bit;
	return 0;
}

int
sendgrid_rest_scope_bits(const json_t *names, unsigned *ret_bits)
{
	const json_t *name;
	unsigned bits = 0;
	size_t i;

	json_array_foreach(names, i, name)
	{
		unsigned bit = scope_bit(json_string_value(name));

		if (!bit)
			return -EINVAL;
		bits |= bit;
	}
	*ret_bits = bits;
	return 0;
}

json_t *
sendgrid_rest_key(const json_t *key, bool scopes)
{
	struct str name = text_of(key, "key"), label = text_of(key, "label");
	json_t *o = json_pack("{s:o, s:o}", "api_key_id", member_of(name), "name",
		member_of(label.n ? label : name));

	/* New: this once. */
	member_text_if(o, "api_key", text_of(key, "sendgrid"));
	if (scopes)
		json_object_set_new(
			o, "scopes", sendgrid_rest_scopes(scope_bits(text_of(key, "scopes"))));
	return o;
}

/* ---- domains ---- */

static bool
verified(const json_t *domain)
{
	return json_is_true(json_object_get(domain, "verified"));
}

/* As it was found last; before it was looked for, what is known of the domain. */
static bool
is_valid(const json_t *domain, const json_t *record)
{
	struct str state = text_of(record, "state");

	return state.n ? str_eq_z(state, "found")
	               : verified(domain) && str_eq_z(text_of(record, "purpose"), "dkim");
}

/* The nth record of that purpose, as an entry of "dns"; NULL: there is none. */
static const json_t *
record_of(const json_t *domain, const char *purpose, unsigned nth)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(domain, "records"), i, row)
	{
		if (str_eq_z(text_of(row, "purpose"), purpose) && nth-- == 0)
			return row;
	}
	return NULL;
}

static const struct {
	const char *name, *purpose;
	unsigned nth;
} records[] = { { "mail_cname", "spf", 0 }, { "dkim1", "dkim", 0 }, { "dkim2", "dkim", 1 } };

json_t *
sendgrid_rest_domain(const json_t *domain, uint32_t tenant, struct str account)
{
	struct str name = text_of(domain, "domain");
	json_t *dns = json_object();

	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		const json_t *r = record_of(domain, records[i].purpose, records[i].nth);

		json_object_set_new(dns, records[i].name,
			json_pack("{s:b, s:s, s:o, s:o}", "valid", is_valid(domain, r), "type",
				"txt", "host", member_of(text_of(r, "name")), "data",
				member_of(text_of(r, "value"))));
	}
	return json_pack("{s:I, s:I, s:s, s:o, s:o, s:[], s:b, s:b, s:b, s:b, s:b, s:o}", "id",
		(json_int_t)rest_number(name), "user_id", (json_int_t)tenant, "subdomain", "",
		"domain", member_of(name), "username", member_of(account), "ips", "custom_spf",
		0, "default", 0, "legacy", 0, "automatic_security", 0, "valid",
		verified(domain), "dns", dns);
}

static json_t *
validation(const json_t *record)
{
	struct str state = text_of(record, "state"), why = text_of(record, "why");
	bool valid = str_eq_z(state, "found") || str_eq_z(state, "unchecked");
	json_t *reason = json_null();

	if (!valid && why.n)
		reason = member_of(why);
	else if (!valid)
		reason = json_string(str_eq_z(state, "different")
					     ? "The record has another value."
					     : "No such record was found.");
	return json_pack("{s:b, s:o}", "valid", valid, "reason", reason);
}

json_t *
sendgrid_rest_validated(const json_t *domain)
{
	json_t *results = json_object();

	for (size_t i = 0; i < sizeof records / sizeof *records; i++)
		json_object_set_new(results, records[i].name,
			validation(record_of(domain, records[i].purpose, records[i].nth)));
	return json_pack("{s:I, s:b, s:o}", "id",
		(json_int_t)rest_number(text_of(domain, "domain")), "valid", verified(domain),
		"validation_results", results);
}

json_t *
sendgrid_rest_sender(const json_t *domain)
{
	struct str name = text_of(domain, "domain");
	json_t *email = json_pack("s+%", "*@", name.p, name.n);

	return json_pack("{s:I, s:O, s:O, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, "
			 "s:b}",
		"id", (json_int_t)rest_number(str_z(json_string_value(email))), "nickname",
		email, "from_email", email, "from_name", "", "reply_to", email, "reply_to_name",
		"", "address", "", "address2", "", "state", "", "city", "", "zip", "",
		"country", "", "verified", verified(domain), "locked", 0);
}

json_t *
sendgrid_rest_profile(struct str account)
{
	static const char *const texts[] = { "address", "address2", "city", "country",
		"first_name", "last_name", "phone", "state", "website", "zip" };
	json_t *o = json_pack("{s:o}", "company", member_of(account));

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_object_set_new(o, texts[i], json_string(""));
	return o;
}
