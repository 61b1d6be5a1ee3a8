#include "api/postmark_rest.h"

#include "account/control_stream.h"
#include "base/utc.h"
#include "report/hook_postmark.h"
#include "report/inbound.h"
#include "report/member.h"

#define BIT(kind)  (UINT32_C(1) << (kind))
#define TEXT_BYTES 16384u

/* ---- messages ---- */

const char *
postmark_rest_status(const struct rest_mail *m)
{
	bool waits =
		m->state == FACT_ACCEPTED || m->state == FACT_HELD || m->state == FACT_DEFERRED;

	return waits ? "Queued" : "Sent";
}

static json_t *
metadata_of(const struct event *e)
{
	json_t *metadata = (json_t *)(uintptr_t)event_metadata(e);

	return metadata ? json_incref(metadata) : json_object();
}

json_t *
postmark_rest_message(const struct rest_mail *m)
{
	const struct event *e = &m->last;
	struct str stream = hook_postmark_stream(e);

	return json_pack("{s:o, s:s, s:s%, s:[{s:o, s:n}], s:[], s:[], s:[o], s:o, s:o, s:o, "
			 "s:[], s:s, s:b, s:s, s:o, s:b}",
		"Tag", member_of(event_tag(e)), "MessageID", e->first_uuid, "MessageStream",
		stream.p, stream.n, "To", "Email", member_of(e->recipient), "Name", "Cc", "Bcc",
		"Recipients", member_of(e->recipient), "ReceivedAt",
		member_of_time(e->accepted), "From", member_of(e->sender), "Subject",
		member_of(e->subject), "Attachments", "Status", postmark_rest_status(m),
		"TrackOpens", 0, "TrackLinks", "None", "Metadata", metadata_of(e), "Sandboxed",
		0);
}

void
postmark_rest_message_add(json_t *message, const struct rest_mail *m)
{
	json_array_insert_new(json_object_get(message, "To"), 0,
		json_pack("{s:o, s:n}", "Email", member_of(m->last.recipient), "Name"));
	json_array_insert_new(
		json_object_get(message, "Recipients"), 0, member_of(m->last.recipient));
	if (str_eq_z(str_z(postmark_rest_status(m)), "Queued"))
		json_object_set_new(message, "Status", json_string("Queued"));
}

void
postmark_rest_details(json_t *message)
{
	json_object_set_new(message, "TextBody", json_string(""));
	json_object_set_new(message, "HtmlBody", json_string(""));
	json_object_set_new(message, "Body", json_string(""));
	json_object_set_new(message, "MessageEvents", json_array());
}

/* ---- mail that came in ---- */

const char *
postmark_rest_inbound_status(const struct rest_mail *m)
{
	switch (m->state) {
	case FACT_ACCEPTED:
	case FACT_HELD:
	case FACT_QUARANTINED:
		/* Both wait for the operator, and are kept. */
		return "Queued";
	case FACT_DEFERRED:
		return "Scheduled";
	case FACT_DELIVERED:
		return "Processed";
	default:
		return "Failed";
	}
}

static json_t *
person(struct str address)
{
	return json_pack("{s:o, s:s, s:o}", "Email", member_of(address), "Name", "",
		"MailboxHash", member_of(inbound_postmark_hash(address)));
}

json_t *
postmark_rest_inbound(const struct rest_mail *m)
{
	const struct event *e = &m->last;
	char id[INBOUND_POSTMARK_ID];

	return json_pack(
		"{s:o, s:s, s:o, s:o, s:[o], s:s, s:[], s:s, s:[], s:s, s:o, s:o, s:o, "
		"s:o, s:s, s:[], s:s, s:s, s:s}",
		"From", member_of(e->sender), "FromName", "", "FromFull", person(e->sender),
		"To", member_of(e->recipient), "ToFull", person(e->recipient), "Cc", "",
		"CcFull", "Bcc", "", "BccFull", "ReplyTo", "", "OriginalRecipient",
		member_of(e->recipient), "Subject", member_of(e->subject), "Date",
		member_of_time(e->accepted), "MailboxHash",
		member_of(inbound_postmark_hash(e->recipient)), "Tag", "", "Attachments",
		"MessageID", inbound_postmark_id(id, e->rcpt), "Status",
		postmark_rest_inbound_status(m), "MessageStream", "inbound");
}

void
postmark_rest_inbound_details(json_t *message)
{
	json_object_set_new(message, "TextBody", json_string(""));
	json_object_set_new(message, "HtmlBody", json_string(""));
	json_object_set_new(message, "Headers", json_array());
	json_object_set_new(message, "BlockedReason", json_string(""));
}

bool
postmark_rest_has(const struct rest_mail *m, struct str name, struct str value)
{
	const json_t *j =
		json_object_getn((json_t *)(uintptr_t)event_metadata(&m->last), name.p, name.n);

	return json_is_string(j) &&
	       str_eq(str_of(json_string_value(j), json_string_length(j)), value);
}

static bool
is_failure(enum fact_kind k)
{
	return k == FACT_BOUNCED || k == FACT_EXPIRED || k == FACT_RETURNED ||
	       k == FACT_SUPPRESSED || k == FACT_QUARANTINED;
}

static json_t *
event_json(const struct event *e, const char *type, json_t *details)
{
	return json_pack("{s:o, s:s, s:o, s:o}", "Recipient", member_of(e->recipient), "Type",
		type, "ReceivedAt", member_of_time(e->fact.at), "Details", details);
}

static json_t *
delivery(const struct event *e)
{
	struct str address = e->fact.address;
	json_t *o = json_object();
	struct buf b;

	buf_init(&b, TEXT_BYTES);
	if (e->fact.reply.code && e->fact.stage != STAGE_LOCAL)
		buf_put_z(&b, "smtp;");
	event_answer(&b, e);
	member_text(o, "DeliveryMessage", buf_str(&b));
	buf_done(&b);
	member_text(o, "DestinationServer", e->fact.host);
	member_text(o, "DestinationIP", str_head(address, str_rfind(address, ':')));
	return o;
}

static json_t *
bounce_details(const struct event *e)
{
	json_t *o = json_object();
	struct buf b;

	buf_init(&b, TEXT_BYTES);
	event_answer(&b, e);
	member_text(o, "Summary", buf_str(&b));
	buf_done(&b);
	json_object_set_new(o, "BounceID", json_integer((json_int_t)e->rcpt));
	return o;
}

json_t *
postmark_rest_event(const struct event *e)
{
	json_t *o;

	if (e->fact.robot)
		return NULL;
	if (is_failure(e->kind) || e->kind == FACT_COMPLAINED)
		return event_json(e, "Bounced", bounce_details(e));
	switch (e->kind) {
	case FACT_DELIVERED:
		return event_json(e, "Delivered", delivery(e));
	case FACT_DEFERRED:
		return event_json(e, "Transient", delivery(e));
	case FACT_OPENED:
		o = json_object();
		member_text(o, "Summary", e->fact.agent);
		return event_json(e, "Opened", o);
	case FACT_CLICKED:
		o = json_object();
		member_text(o, "Summary", e->fact.agent);
		member_text(o, "Link", e->fact.url);
		member_text(o, "ClickLocation", STR_LIT("HTML"));
		return event_json(e, "LinkClicked", o);
	case FACT_UNSUBSCRIBED:
		o = json_object();
		member_text(o, "Origin", STR_LIT("Recipient"));
		member_text(o, "SuppressSending", STR_LIT("True"));
		return event_json(e, "SubscriptionChanged", o);
	default:
		return NULL;
	}
}

/* ---- bounces ---- */

uint32_t
postmark_rest_bounce_states(void)
{
	return BIT(FACT_BOUNCED) | BIT(FACT_EXPIRED) | BIT(FACT_RETURNED) |
	       BIT(FACT_SUPPRESSED) | BIT(FACT_QUARANTINED) | BIT(FACT_COMPLAINED);
}

bool
postmark_rest_is_bounce(const struct rest_mail *m)
{
	return m->complained || is_failure(m->state);
}

const char *
postmark_rest_bounce_type(const struct rest_mail *m)
{
	return m->complained ? "SpamComplaint" : hook_postmark_type(&m->last)->type;
}

bool
postmark_rest_inactive(const struct rest_mail *m)
{
	return m->complained || (m->state == FACT_SUPPRESSED && !m->last.reason.again) ||
	       event_suppresses(&m->last);
}

json_t *
postmark_rest_bounce(const struct event *e)
{
	if (e->kind != FACT_COMPLAINED && !is_failure(e->kind))
		return NULL;
	return hook_postmark_bounce(e);
}

/* ---- statistics ---- */

/* The type that a counter's failures are of: as an event of that class has it. */
static const struct hook_postmark_type *
type_of(const struct ledger_count_row *row)
{
	struct event e = { .kind = (enum fact_kind)row->kind };

	if (row->sub < CLASSES)
		e.reason.class = (enum bounce_class)row->sub;
	e.reason.permanent = row->kind != FACT_EXPIRED;
	if (e.reason.class == CLASS_MAILBOX)
		e.reason.blame = BLAME_ADDRESS;
	return hook_postmark_type(&e);
}

static void
tally_add(json_t *days, const char *day, const char *type, uint64_t n)
{
	json_t *one = json_object_get(days, day);

	if (!one) {
		one = json_object();
		json_object_set_new(days, day, one);
	}
	json_object_set_new(one, type,
		json_integer(json_integer_value(json_object_get(one, type)) + (json_int_t)n));
}

int
postmark_rest_tally(void *ctx, const struct ledger_count_row *row)
{
	struct postmark_tally *t = ctx;
	char day[UTC_TEXT_SIZE];
	const char *type;

	if ((!is_failure((enum fact_kind)row->kind) && row->kind != FACT_COMPLAINED) ||
		(t->streams && (row->stream > 7 || !(t->streams >> row->stream & 1))))
		return 0;
	type = type_of(row)->type;
	tally_add(t->days, "", type, row->n);
	tally_add(t->days, utc_day(day, row->from), type, row->n);
	return 0;
}

static const struct {
	const char *type, *name;
} types[] = { { "HardBounce", "Hard bounce" }, { "Transient", "Message delayed" },
	{ "DnsError", "DNS error" }, { "SpamNotification", "Spam notification" },
	{ "Unknown", "Unknown" }, { "SoftBounce", "Soft bounce" },
	{ "BadEmailAddress", "Invalid email address" }, { "SpamComplaint", "Spam complaint" },
	{ "Blocked", "ISP block" }, { "SMTPApiError", "SMTP API error" },
	{ "DMARCPolicy", "DMARC Policy" } };

static json_int_t
count_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

json_t *
postmark_rest_delivery(const json_t *days)
{
	const json_t *all = json_object_get(days, "");
	json_t *list = json_array();
	json_int_t sum = 0,
		   inactive = count_of(all, "HardBounce") + count_of(all, "SpamComplaint");

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		json_int_t n = count_of(all, types[i].type);

		sum += n;
		if (n)
			json_array_append_new(
				list, json_pack("{s:s, s:I, s:s}", "Name", types[i].name,
					      "Count", n, "Type", types[i].type));
	}
	json_array_insert_new(list, 0, json_pack("{s:s, s:I}", "Name", "All", "Count", sum));
	return json_pack("{s:I, s:o}", "InactiveMails", inactive, "Bounces", list);
}

json_t *
postmark_rest_bounce_days(const json_t *days)
{
	json_t *list = json_array(), *out = json_pack("{s:o}", "Days", list);
	json_t *names = rest_names(days), *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		const char *day = json_string_value(name);
		json_t *copy = *day ? json_pack("{s:s}", "Date", day) : out;

		json_object_update(copy, json_object_get(days, day));
		if (*day)
			json_array_append_new(list, copy);
	}
	json_decref(names);
	return out;
}

static uint64_t
sent(const struct rest_count *c)
{
	return c->accepted > c->suppressed ? c->accepted - c->suppressed : 0;
}

/* Percent, to three digits. */
static double
rate(uint64_t part, uint64_t of)
{
	uint64_t thousandths = of ? part * 100000 / of : 0;

	return (double)thousandths / 1000;
}

json_t *
postmark_rest_overview(const struct rest_counts *c)
{
	struct rest_count s = rest_count_sum(c);
	uint64_t bounced = s.hard + s.soft;

	return json_pack("{s:I, s:I, s:I, s:f, s:I, s:f, s:I, s:I, s:i, s:i, s:i, s:i, s:I, "
			 "s:I, s:i, s:i, s:i}",
		"Sent", (json_int_t)sent(&s), "Bounced", (json_int_t)bounced, "SMTPApiErrors",
		(json_int_t)s.suppressed, "BounceRate", rate(bounced, sent(&s)),
		"SpamComplaints", (json_int_t)s.complained, "SpamComplaintsRate",
		rate(s.complained, sent(&s)), "Opens", (json_int_t)s.opens, "UniqueOpens",
		(json_int_t)s.unique_opens, "Tracked", 0, "WithLinkTracking", 0,
		"WithOpenTracking", 0, "TotalTrackedLinksSent", 0, "UniqueLinksClicked",
		(json_int_t)s.unique_clicks, "TotalClicks", (json_int_t)s.clicks,
		"WithClientRecorded", 0, "WithPlatformRecorded", 0, "WithReadTimeRecorded", 0);
}

static void
series_set(json_t *o, const struct rest_count *c, enum postmark_series series)
{
	switch (series) {
	case POSTMARK_SENDS:
		json_object_set_new(o, "Sent", json_integer((json_int_t)sent(c)));
		break;
	case POSTMARK_SPAM:
		json_object_set_new(
			o, "SpamComplaint", json_integer((json_int_t)c->complained));
		break;
	case POSTMARK_TRACKED:
		json_object_set_new(o, "Tracked", json_integer(0));
		break;
	case POSTMARK_OPENS:
		json_object_set_new(o, "Opens", json_integer((json_int_t)c->opens));
		json_object_set_new(o, "Unique", json_integer((json_int_t)c->unique_opens));
		break;
	case POSTMARK_CLICKS:
	default:
		json_object_set_new(o, "Clicks", json_integer((json_int_t)c->clicks));
		json_object_set_new(o, "Unique", json_integer((json_int_t)c->unique_clicks));
		break;
	}
}

json_t *
postmark_rest_days(const struct rest_counts *c, enum postmark_series series)
{
	json_t *list = json_array(), *out = json_pack("{s:o}", "Days", list);
	struct rest_count sum = rest_count_sum(c);
	char day[UTC_TEXT_SIZE];

	for (size_t i = 0; i < c->n; i++) {
		json_t *o = json_pack("{s:s}", "Date", utc_day(day, c->at[i].from));

		series_set(o, &c->at[i], series);
		json_array_append_new(list, o);
	}
	series_set(out, &sum, series);
	return out;
}

/* ---- server and streams ---- */

json_t *
postmark_rest_server(struct str account, uint32_t tenant)
{
	return json_pack("{s:I, s:o, s:[], s:s, s:s, s:b, s:b, s:s, s:s, s:s, s:s, s:s, s:s, "
			 "s:s, s:b, s:s, s:s, s:i, s:b, s:s, s:b, s:b}",
		"ID", (json_int_t)tenant, "Name", member_of(account), "ApiTokens", "ServerLink",
		"", "Color", "blue", "SmtpApiActivated", 1, "RawEmailEnabled", 0,
		"DeliveryType", "Live", "InboundAddress", "", "InboundHookUrl", "",
		"BounceHookUrl", "", "OpenHookUrl", "", "DeliveryHookUrl", "", "ClickHookUrl",
		"", "PostFirstOpenOnly", 0, "InboundDomain", "", "InboundHash", "",
		"InboundSpamThreshold", 0, "TrackOpens", 0, "TrackLinks", "None",
		"IncludeBounceContentInHook", 0, "EnableSmtpApiErrorHooks", 0);
}

struct stream {
	struct str id, name, description;
	const char *type, *unsubscribe;
	json_t *created, *updated, *archived; /* taken */
};

/* None is ever removed: ExpectedPurgeDate. */
static json_t *
stream_json(const struct stream *s, uint32_t tenant)
{
	return json_pack("{s:o, s:I, s:o, s:o, s:s, s:o, s:o, s:o, s:n, s:{s:s}}", "ID",
		member_of(s->id), "ServerID", (json_int_t)tenant, "Name", member_of(s->name),
		"Description", member_of(s->description), "MessageStreamType", s->type,
		"CreatedAt", s->created, "UpdatedAt", s->updated, "ArchivedAt", s->archived,
		"ExpectedPurgeDate", "SubscriptionManagementConfiguration",
		"UnsubscribeHandlingType", s->unsubscribe);
}

json_t *
postmark_rest_stream(struct str id, uint32_t tenant, struct str created)
{
	static const struct {
		const char *id, *name, *type, *unsubscribe;
	} table[] = {
		{ "outbound", "Default Transactional Stream", "Transactional", "None" },
		{ "broadcast", "Default Broadcast Stream", "Broadcasts", "Postmark" },
		{ "inbound", "Default Inbound Stream", "Inbound", "None" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct stream s = { .id = str_z(table[i].id),
			.name = str_z(table[i].name),
			.description = STR_NONE,
			.type = table[i].type,
			.unsubscribe = table[i].unsubscribe };

		if (!str_ieq(id, s.id))
			continue;
		s.created = member_of(created);
		s.updated = json_null();
		s.archived = json_null();
		return stream_json(&s, tenant);
	}
	return NULL;
}

static struct str
text_of(const json_t *object, const char *name)
{
	const json_t *j = json_object_get(object, name);

	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

json_t *
postmark_rest_own_stream(const json_t *row, uint32_t tenant)
{
	bool broadcast = str_eq_z(text_of(row, "kind"), "broadcast");
	bool ours = json_is_true(json_object_get(row, "unsubscribe"));
	const struct stream s = { .id = text_of(row, "stream"),
		.name = text_of(row, "name"),
		.description = text_of(row, "description"),
		.type = broadcast ? "Broadcasts" : "Transactional",
		.unsubscribe = !broadcast ? "None"
		               : ours     ? "Postmark"
		                          : "Custom",
		.created = json_incref(json_object_get(row, "created")),
		.updated = json_incref(json_object_get(row, "updated")),
		.archived = json_incref(json_object_get(row, "archived")) };

	return stream_json(&s, tenant);
}

/* p NULL: it is not there. What is no text is one that is never right. */
static struct str
asked(const json_t *body, const char *name)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)body, key, v)
	{
		if (str_ieq_z(str_z(key), name) && !json_is_null(v))
			return json_is_string(v)
			               ? str_of(json_string_value(v), json_string_length(v))
			               : STR_LIT("\n");
	}
	return (struct str){ NULL, 0 };
}

struct postmark_stream
postmark_rest_stream_asked(const json_t *body)
{
	const char *key;
	json_t *v, *how = NULL;

	json_object_foreach((json_t *)(uintptr_t)body, key, v)
	{
		if (str_ieq_z(str_z(key), "SubscriptionManagementConfiguration"))
			how = v;
	}
	return (struct postmark_stream){ .id = asked(body, "ID"),
		.name = asked(body, "Name"),
		.description = asked(body, "Description"),
		.type = asked(body, "MessageStreamType"),
		.unsubscribe = asked(how, "UnsubscribeHandlingType") };
}

static bool
one_line(struct str s)
{
	return str_find(s, '\n') == s.n && str_find(s, '\r') == s.n;
}

const struct postmark_wrong *
postmark_rest_stream_wrong(const struct postmark_stream *s, bool make, bool broadcast)
{
	static const struct postmark_wrong
		id = { "1222", "A valid 'ID' must be provided." },
		letters = { "1227",
			"The 'ID' must be 1 to 30 lowercase letters, numbers, dashes and "
			"underscores." },
		taken = { "1230", "A message stream with the provided 'ID' already exists." },
		reserved = { "1237", "The provided 'ID' is reserved; choose another one." },
		type = { "1221",
			"A valid 'MessageStreamType' must be provided: Transactional or "
			"Broadcasts." },
		inbound = { "1228", "Only one inbound stream is allowed on a server." },
		name = { "1223", "A valid 'Name' must be provided." },
		name_long = { "1224",
			"The 'Name' exceeds the limit of 100 characters on one line." },
		long_ = { "1231",
			"The 'Description' exceeds the limit of 1000 characters on one line." },
		none = { "300",
			"A Broadcasts stream's 'UnsubscribeHandlingType' is Postmark or "
			"Custom." },
		only = { "300", "A Transactional stream's 'UnsubscribeHandlingType' is None." };

	if (make && s->id.n == 0)
		return &id;
	if (make && (str_eq_z(s->id, "outbound") || str_eq_z(s->id, "broadcast") ||
			    str_eq_z(s->id, "inbound")))
		return &taken;
	if (make && control_stream_reserved(s->id))
		return &reserved;
	if (make && !control_stream_ok(s->id))
		return &letters;
	if (make && str_ieq_z(s->type, "Inbound"))
		return &inbound;
	if (make && !str_ieq_z(s->type, "Broadcasts") && !str_ieq_z(s->type, "Transactional"))
		return &type;
	if (make ? s->name.n == 0 : s->name.p && s->name.n == 0)
		return &name;
	if (api_longer(s->name, 100) || !one_line(s->name))
		return &name_long;
	if (api_longer(s->description, 1000) || !one_line(s->description))
		return &long_;
	if (make)
		broadcast = str_ieq_z(s->type, "Broadcasts");
	if (!s->unsubscribe.p)
		return NULL;
	if (!broadcast)
		return str_ieq_z(s->unsubscribe, "None") ? NULL : &only;
	return str_ieq_z(s->unsubscribe, "Postmark") || str_ieq_z(s->unsubscribe, "Custom")
	               ? NULL
	               : &none;
}
