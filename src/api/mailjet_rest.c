#include "api/mailjet_rest.h"

#include "base/utc.h"
#include "report/hook_mailjet.h"
#include "report/member.h"

#define BIT(kind)  (UINT32_C(1) << (kind))
#define TEXT_BYTES 16384u

json_t *
mailjet_rest_list(json_t *rows, size_t total)
{
	return json_pack("{s:I, s:o, s:I}", "Count", (json_int_t)total, "Data", rows, "Total",
		(json_int_t)total);
}

json_t *
mailjet_rest_one(json_t *row)
{
	json_t *rows = json_array();

	if (row)
		json_array_append_new(rows, row);
	return mailjet_rest_list(rows, row ? 1 : 0);
}

/* Whole seconds, as Mailjet writes them. */
static json_t *
time_of(int64_t wall)
{
	char text[UTC_TEXT_SIZE];
	struct str s;

	if (wall <= 0)
		return json_string("");
	s = str_head(str_z(utc_rfc3339(text, wall)), 19);
	return json_pack("s%+", s.p, s.n, "Z");
}

static struct str
text_of(const json_t *o, const char *name)
{
	const json_t *j = json_object_get(o, name);

	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

/* One of ours ("2026-11-24T09:51:23.123Z") in Mailjet's seconds. */
static json_t *
time_again(const json_t *o, const char *name)
{
	int64_t wall;

	return time_of(utc_parse(text_of(o, name), &wall) == 0 ? wall : 0);
}

/* ---- messages ---- */

static const struct {
	const char *word;
	uint32_t states;
} words[] = {
	{ "queued",
		BIT(FACT_ACCEPTED) | BIT(FACT_HELD) | BIT(FACT_RELEASED) | BIT(FACT_RETRIED) },
	{ "sent", BIT(FACT_DELIVERED) | BIT(FACT_RELAYED) },
	{ "opened", BIT(FACT_OPENED) },
	{ "clicked", BIT(FACT_CLICKED) },
	{ "bounce", BIT(FACT_BOUNCED) | BIT(FACT_RETURNED) | BIT(FACT_EXPIRED) },
	{ "hardbounced", BIT(FACT_BOUNCED) | BIT(FACT_RETURNED) },
	{ "softbounced", BIT(FACT_BOUNCED) | BIT(FACT_RETURNED) | BIT(FACT_EXPIRED) },
	{ "spam", BIT(FACT_COMPLAINED) },
	{ "unsub", BIT(FACT_UNSUBSCRIBED) },
	{ "blocked", BIT(FACT_SUPPRESSED) | BIT(FACT_QUARANTINED) },
	{ "deferred", BIT(FACT_DEFERRED) },
	{ "unknown", BIT(FACT_IN_DOUBT) | BIT(FACT_CANCELLED) },
};

uint32_t
mailjet_rest_states(struct str status)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_ieq_z(status, words[i].word))
			return words[i].states;
	return 0;
}

const char *
mailjet_rest_status(const struct rest_mail *m)
{
	if (m->complained)
		return "spam";
	if (m->unsubscribed)
		return "unsub";
	if (m->clicks)
		return "clicked";
	if (m->opens)
		return "opened";
	switch (m->state) {
	case FACT_DELIVERED:
		return "sent";
	case FACT_DEFERRED:
		return "deferred";
	case FACT_BOUNCED:
	case FACT_RETURNED:
	case FACT_EXPIRED:
		return event_is_hard(&m->last) ? "hardbounced" : "softbounced";
	case FACT_SUPPRESSED:
	case FACT_QUARANTINED:
		return "blocked";
	case FACT_IN_DOUBT:
	case FACT_CANCELLED:
		return "unknown";
	default:
		return "queued";
	}
}

static bool
failed(enum fact_kind state)
{
	return state == FACT_BOUNCED || state == FACT_RETURNED || state == FACT_EXPIRED ||
	       state == FACT_SUPPRESSED || state == FACT_QUARANTINED || state == FACT_DEFERRED;
}

/* The resource messagestate, by number. */
static int
state_id(const struct event *e)
{
	static const char *const errors[] = { "user unknown", "mailbox inactive",
		"quota exceeded", "invalid domain", "no mail host", "relay/access denied",
		"sender blocked", "content blocked", "policy issue", "system issue",
		"protocol issue", "connection issue", "greylisted", "preblocked",
		"duplicate in campaign", "spam preblocked", "bad or empty template",
		"error in template language", "typofix", "blacklisted", "spam reporter" };
	struct str error = str_z(hook_mailjet_error(e).error);

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (str_eq_z(error, errors[i]))
			return (int)i + 1;
	return 0;
}

json_t *
mailjet_rest_message(const struct rest_mail *m, unsigned show)
{
	const struct event *e = &m->last;
	bool bad = failed(m->state);
	int64_t waited =
		m->state == FACT_DELIVERED && e->accepted ? e->fact.at - e->accepted : 0;

	return json_pack("{s:o, s:i, s:i, s:i, s:o, s:I, s:o, s:f, s:I, s:i, s:I, s:b, s:b, "
			 "s:b, s:b, s:b, s:I, s:I, s:i, s:s, s:i, s:b, s:s, s:o, s:s}",
		"ArrivedAt", time_of(e->accepted), "AttachmentCount", 0, "AttemptCount",
		(int)e->attempt, "CampaignID", 0, "ContactAlt",
		member_of(show & MAILJET_REST_CONTACT ? e->recipient : STR_NONE), "ContactID",
		(json_int_t)rest_number(e->recipient), "CustomID",
		member_of(show & MAILJET_REST_CUSTOM ? event_about(e, "custom_id") : STR_NONE),
		"Delay", (double)(waited > 0 ? waited : 0) / UTC_SEC, "DestinationID",
		(json_int_t)rest_number(
			str_from(e->recipient, str_rfind(e->recipient, '@') + 1)),
		"FilterTime", 0, "ID", (json_int_t)e->rcpt, "IsClickTracked", 0,
		"IsHTMLPartIncluded", 0, "IsOpenTracked", 0, "IsTextPartIncluded", 0,
		"IsUnsubTracked", 0, "MessageSize", (json_int_t)e->size, "SenderID",
		(json_int_t)rest_number(e->sender), "SpamassassinScore", 0, "SpamassRules", "",
		"StateID", bad ? state_id(e) : 0, "StatePermanent", bad && event_is_hard(e),
		"Status", mailjet_rest_status(m), "Subject",
		member_of(show & MAILJET_REST_SUBJECT ? e->subject : STR_NONE), "UUID",
		e->rcpt_uuid);
}

static const char *
event_type(const struct event *e)
{
	const char *word = hook_mailjet_word(e->kind);

	switch (e->kind) {
	case FACT_ACCEPTED:
		return "queued";
	case FACT_DEFERRED:
		return "deferred";
	case FACT_OPENED:
		return "opened";
	case FACT_CLICKED:
		return "clicked";
	case FACT_BOUNCED:
	case FACT_RETURNED:
	case FACT_EXPIRED:
		return event_is_hard(e) ? "hardbounced" : "softbounced";
	default:
		return word;
	}
}

json_t *
mailjet_rest_history(const struct event *e)
{
	const char *type = event_type(e);
	bool bad = failed(reason_state((uint8_t)e->kind));
	struct buf b;
	json_t *o;

	if (!type || e->fact.robot)
		return NULL;
	buf_init(&b, TEXT_BYTES);
	if (bad || e->kind == FACT_DELIVERED)
		event_answer(&b, e);
	o = json_pack("{s:o, s:I, s:s, s:s, s:o, s:i}", "Comment", member_of(buf_str(&b)),
		"EventAt", (json_int_t)(e->fact.at / UTC_SEC), "EventType", type, "State",
		bad ? hook_mailjet_error(e).error : "", "Useragent", member_of(e->fact.agent),
		"UseragentID", 0);
	buf_done(&b);
	return o;
}

json_t *
mailjet_rest_information(const struct rest_mail *m)
{
	const struct event *e = &m->last;
	bool sent = m->state == FACT_DELIVERED || m->state == FACT_RETURNED;
	bool waits =
		str_eq_z(str_z(mailjet_rest_status(m)), "queued") || m->state == FACT_DEFERRED;

	return json_pack("{s:i, s:i, s:I, s:o, s:I, s:I, s:i, s:i, s:o, s:i, s:{s:[], s:i}, "
			 "s:i}",
		"CampaignID", 0, "ClickTrackedCount", (int)m->clicks, "ContactID",
		(json_int_t)rest_number(e->recipient), "CreatedAt", time_of(e->accepted), "ID",
		(json_int_t)e->rcpt, "MessageSize", (json_int_t)e->size, "OpenTrackedCount",
		(int)m->opens, "QueuedCount", waits, "SendEndAt",
		time_of(sent ? e->fact.at : 0), "SentCount", sent, "SpamAssassinRules", "Items",
		"TotalScore", 0, "SpamAssassinScore", 0);
}

/* ---- counters ---- */

json_t *
mailjet_rest_counter(const struct rest_count *c, uint32_t tenant, bool lifetime)
{
	uint64_t click_s = c->click_delay_ms / 1000, open_s = c->open_delay_ms / 1000;

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:I, s:I, s:I, s:i, s:I, s:o, s:I}",
		"APIKeyID", (json_int_t)tenant, "EventClickDelay", (json_int_t)click_s,
		"EventClickedCount", (json_int_t)c->clicks, "EventOpenDelay",
		(json_int_t)open_s, "EventOpenedCount", (json_int_t)c->opens, "EventSpamCount",
		(json_int_t)c->complained, "EventUnsubscribedCount",
		(json_int_t)c->unsubscribed, "EventWorkflowExitedCount", 0,
		"MessageBlockedCount", (json_int_t)(c->suppressed + c->quarantined),
		"MessageClickedCount", (json_int_t)c->unique_clicks, "MessageDeferredCount",
		(json_int_t)c->deferred, "MessageHardBouncedCount", (json_int_t)c->hard,
		"MessageOpenedCount", (json_int_t)c->unique_opens, "MessageQueuedCount",
		(json_int_t)rest_count_queued(c), "MessageSentCount", (json_int_t)c->delivered,
		"MessageSoftBouncedCount", (json_int_t)c->soft, "MessageSpamCount",
		(json_int_t)c->complained, "MessageUnsubscribedCount",
		(json_int_t)c->unsubscribed, "MessageWorkFlowExitedCount", 0, "SourceID",
		(json_int_t)tenant, "Timeslice", time_of(lifetime ? 0 : c->from), "Total",
		(json_int_t)c->accepted);
}

/* ---- keys ---- */

json_t *
mailjet_rest_apikey(const json_t *key, uint32_t tenant)
{
	struct str name = text_of(key, "key"), label = text_of(key, "label");

	return json_pack("{s:s, s:o, s:o, s:I, s:b, s:b, s:o, s:i, s:s, s:o, s:s, s:I}", "ACL",
		"", "APIKey", member_of(name), "CreatedAt", time_again(key, "created"), "ID",
		(json_int_t)rest_number(name), "IsActive",
		json_is_true(json_object_get(key, "enabled")), "IsMaster", 0, "Name",
		member_of(label.n ? label : name), "QuarantineValue", 0, "Runlevel", "Normal",
		"SecretKey", member_of(text_of(key, "secret")), "TrackHost", "", "UserID",
		(json_int_t)tenant);
}

/* ---- senders and domains ---- */

static bool
verified(const json_t *domain)
{
	return json_is_true(json_object_get(domain, "verified"));
}

/* The record of that purpose; of several keys the first. */
static const json_t *
record_of(const json_t *domain, const char *purpose)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(domain, "records"), i, row)
	{
		if (str_eq_z(text_of(row, "purpose"), purpose))
			return row;
	}
	return NULL;
}

json_t *
mailjet_rest_sender(const json_t *domain, struct str email, struct str name)
{
	return json_pack("{s:o, s:I, s:o, s:s, s:s, s:I, s:b, s:o, s:s}", "CreatedAt",
		time_again(domain, "created"), "DNSID",
		(json_int_t)rest_number(text_of(domain, "domain")), "Email", member_of(email),
		"EmailType", "unknown", "Filename", "", "ID", (json_int_t)rest_number(email),
		"IsDefaultSender", 0, "Name", member_of(name), "Status",
		verified(domain) ? "Active" : "Inactive");
}

static const char *
status_of(const json_t *record, bool ours)
{
	struct str state = text_of(record, "state");

	if (state.n == 0)
		return ours ? "OK" : "Not checked";
	return str_eq_z(state, "found") || str_eq_z(state, "unchecked") ? "OK" : "Error";
}

/* The name as a zone file has it. */
static json_t *
dotted(struct str name)
{
	return json_pack("s%+", name.p, name.n, name.n ? "." : "");
}

static const char *
checked_at(const json_t *domain)
{
	return text_of(domain, "checked_at").n ? "checked_at" : "verified_at";
}

json_t *
mailjet_rest_dns(const json_t *domain)
{
	const json_t *dkim = record_of(domain, "dkim"), *spf = record_of(domain, "spf");
	struct str name = text_of(domain, "domain");

	return json_pack("{s:o, s:o, s:s, s:o, s:I, s:b, s:o, s:o, s:o, s:o, s:s}",
		"DKIMRecordName", dotted(text_of(dkim, "name")), "DKIMRecordValue",
		member_of(text_of(dkim, "value")), "DKIMStatus",
		status_of(dkim, verified(domain)), "Domain", member_of(name), "ID",
		(json_int_t)rest_number(name), "IsCheckInProgress", 0, "LastCheckAt",
		time_again(domain, checked_at(domain)), "OwnerShipToken",
		member_of(text_of(dkim, "value")), "OwnerShipTokenRecordName",
		dotted(text_of(dkim, "name")), "SPFRecordValue",
		member_of(text_of(spf, "value")), "SPFStatus", status_of(spf, false));
}

static json_t *
errors_of(const json_t *record)
{
	struct str state = text_of(record, "state"), why = text_of(record, "why");
	json_t *list = json_array();

	if (str_eq_z(state, "missing"))
		json_array_append_new(list, json_string("No such record was found."));
	else if (str_eq_z(state, "different"))
		json_array_append_new(list, json_string("The record has another value."));
	else if (str_eq_z(state, "unknown"))
		json_array_append_new(
			list, why.n ? member_of(why) : json_string("No name server answered."));
	return list;
}

/* What stands in the DNS: ours when it was found. */
static struct str
current(const json_t *record)
{
	return str_eq_z(text_of(record, "state"), "found") ? text_of(record, "value")
	                                                   : text_of(record, "found");
}

json_t *
mailjet_rest_dns_check(const json_t *domain)
{
	const json_t *dkim = record_of(domain, "dkim"), *spf = record_of(domain, "spf");
	struct str there = current(spf);
	json_t *list = json_array();

	if (there.n)
		json_array_append_new(list, member_of(there));
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:s}", "DKIMErrors", errors_of(dkim),
		"DKIMRecordCurrentValue", member_of(current(dkim)), "DKIMStatus",
		status_of(dkim, verified(domain)), "SPFErrors", errors_of(spf),
		"SPFRecordsCurrentValues", list, "SPFStatus", status_of(spf, false));
}

json_t *
mailjet_rest_validate(const json_t *domain)
{
	const char *why = verified(domain) ? "" : "DNS has no record with this DKIM key.";

	return json_pack("{s:{s:s, s:s}, s:s, s:s}", "Errors", "DNSValidationError", why,
		"FileValidationError", "", "GlobalError", why, "ValidationMethod", "DNS");
}

/* ---- who ---- */

json_t *
mailjet_rest_contact(struct str email, struct str at, bool spam)
{
	int64_t wall;
	bool excluded = at.n > 0;

	if (utc_parse(at, &wall) < 0)
		wall = 0;
	return json_pack("{s:s, s:i, s:o, s:o, s:I, s:b, s:b, s:b, s:s, s:s, s:s, s:s, s:s}",
		"CreatedAt", "", "DeliveredCount", 0, "Email", member_of(email),
		"ExclusionFromCampaignsUpdatedAt", time_of(wall), "ID",
		(json_int_t)rest_number(email), "IsExcludedFromCampaigns", excluded,
		"IsOptInPending", 0, "IsSpamComplaining", spam, "LastActivityAt", "",
		"LastUpdateAt", "", "Name", "", "UnsubscribedAt", "", "UnsubscribedBy", "");
}

json_t *
mailjet_rest_contactdata(struct str email, const json_t *properties)
{
	json_t *data = json_array(), *value;
	json_int_t id = (json_int_t)rest_number(email);
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)properties, name, value)
	{
		json_array_append_new(
			data, json_pack("{s:s, s:O}", "Name", name, "Value", value));
	}
	return json_pack("{s:I, s:o, s:I, s:s}", "ContactID", id, "Data", data, "ID", id,
		"MethodCollection", "");
}

json_t *
mailjet_rest_profile(struct str account, uint32_t tenant)
{
	static const char *const texts[] = { "AddressCity", "AddressCountry",
		"AddressPostalCode", "AddressState", "AddressStreet", "BillingEmail",
		"BirthdayAt", "CompanyNumOfEmployees", "ContactPhone", "Features", "Firstname",
		"Industry", "JobTitle", "Lastname", "VATNumber", "Website" };
	json_t *o = json_pack("{s:o, s:i, s:I, s:I, s:i}", "CompanyName", member_of(account),
		"EstimatedVolume", 0, "ID", (json_int_t)tenant, "UserID", (json_int_t)tenant,
		"VAT", 0);

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_object_set_new(o, texts[i], json_string(""));
	return o;
}

json_t *
mailjet_rest_user(struct str account, uint32_t tenant)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:i, s:s, s:o, s:s}", "ACL", "",
		"CreatedAt", "", "Email", "", "ID", (json_int_t)tenant, "LastIp", "",
		"LastLoginAt", "", "Locale", "en_US", "MaxAllowedAPIKeys", 1000, "Timezone",
		"Etc/UTC", "Username", member_of(account), "WarnedRatelimitAt", "");
}
