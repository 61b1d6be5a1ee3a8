#include "report/hook_postmark.h"

#include "base/utc.h"
#include "report/member.h"

#define ANSWER_MAX 16384

static const char *const word_of[FACT_KINDS] = {
	[FACT_DELIVERED] = "Delivery",
	[FACT_BOUNCED] = "Bounce",
	[FACT_EXPIRED] = "Bounce",
	[FACT_RETURNED] = "Bounce",
	[FACT_SUPPRESSED] = "Bounce",
	[FACT_QUARANTINED] = "Bounce",
	[FACT_COMPLAINED] = "SpamComplaint",
	[FACT_OPENED] = "Open",
	[FACT_CLICKED] = "Click",
	[FACT_UNSUBSCRIBED] = "SubscriptionChange",
};

enum type {
	HARD,
	TRANSIENT,
	DNS,
	SPAM,
	UNKNOWN,
	SOFT,
	BAD,
	COMPLAINT,
	BLOCKED,
	SMTP_API,
	DMARC
};

static const struct hook_postmark_type types[] = {
	[HARD] = { "HardBounce", 1, "Hard bounce",
		"The server was unable to deliver your message (ex: unknown user, mailbox not "
		"found)." },
	[TRANSIENT] = { "Transient", 2, "Message delayed",
		"The server could not temporarily deliver your message (ex: Message is delayed "
		"due to network troubles)." },
	[DNS] = { "DnsError", 256, "DNS error", "A temporary DNS error." },
	[SPAM] = { "SpamNotification", 512, "Spam notification",
		"The message was delivered, but was either blocked by the user, or classified "
		"as spam, bulk mail, or had rejected content." },
	[UNKNOWN] = { "Unknown", 2048, "Unknown", "Unable to classify the bounce." },
	[SOFT] = { "SoftBounce", 4096, "Soft bounce",
		"Unable to temporarily deliver message (i.e. mailbox full, account disabled, "
		"exceeds quota, out of disk space)." },
	[BAD] = { "BadEmailAddress", 100000, "Invalid email address",
		"The address is not a valid email address." },
	[COMPLAINT] = { "SpamComplaint", 100001, "Spam complaint",
		"The subscriber explicitly marked this message as spam." },
	[BLOCKED] = { "Blocked", 100006, "ISP block",
		"Blocked from this ISP due to content or blacklisting." },
	[SMTP_API] = { "SMTPApiError", 100007, "SMTP API error",
		"An error occurred while accepting an email through the SMTP API." },
	[DMARC] = { "DMARCPolicy", 100009, "DMARC Policy", "Email rejected due DMARC Policy." },
};

/* For good, and for an end without success after temporary ones. */
static const enum type type_of[CLASSES][2] = {
	[CLASS_NONE] = { UNKNOWN, UNKNOWN },
	[CLASS_MAILBOX] = { HARD, SOFT },
	[CLASS_QUOTA] = { SOFT, SOFT },
	[CLASS_POLICY] = { BLOCKED, BLOCKED },
	[CLASS_REPUTATION] = { BLOCKED, BLOCKED },
	[CLASS_AUTH] = { DMARC, DMARC },
	[CLASS_CONTENT] = { SPAM, SPAM },
	[CLASS_SIZE] = { BLOCKED, BLOCKED },
	[CLASS_GREYLIST] = { TRANSIENT, TRANSIENT },
	[CLASS_RATE] = { BLOCKED, TRANSIENT },
	[CLASS_NETWORK] = { TRANSIENT, TRANSIENT },
	[CLASS_DNS] = { DNS, DNS },
	[CLASS_PROTOCOL] = { UNKNOWN, TRANSIENT },
	[CLASS_SERVER] = { SOFT, SOFT },
	[CLASS_OTHER] = { UNKNOWN, UNKNOWN },
	[CLASS_SANDBOX] = { UNKNOWN, UNKNOWN },
};

const char *
hook_postmark_word(enum fact_kind k)
{
	return (unsigned)k < FACT_KINDS ? word_of[k] : NULL;
}

struct str
hook_postmark_stream(const struct event *e)
{
	struct str own = event_own_stream(e);

	return own.n                           ? own
	       : e->stream == STREAM_BROADCAST ? STR_LIT("broadcast")
	                                       : STR_LIT("outbound");
}

const struct hook_postmark_type *
hook_postmark_type(const struct event *e)
{
	const struct dsn_code *code = &e->fact.reply.dsn;

	if (e->kind == FACT_COMPLAINED)
		return &types[COMPLAINT];
	if (e->kind == FACT_SUPPRESSED)
		return &types[SMTP_API];
	/* RFC 3463 3.2: bad destination mailbox address syntax. */
	if (e->reason.class == CLASS_MAILBOX && code->subject == 1 && code->detail == 3)
		return &types[BAD];
	/* The domain does not exist: no better tomorrow. */
	if (event_is_hard(e))
		return &types[HARD];
	return &types[type_of[e->reason.class][!e->reason.permanent]];
}

/* ---- members that most have ---- */

static void
time_set(json_t *o, const char *name, const struct event *e)
{
	json_object_set_new(o, name, member_of_time(e->fact.at));
}

static void
common(json_t *o, const struct event *e)
{
	json_t *metadata = (json_t *)(uintptr_t)event_metadata(e);

	member_text(o, "MessageID", str_z(e->first_uuid));
	member_text(o, "MessageStream", hook_postmark_stream(e));
	json_object_set_new(o, "ServerID", json_integer(e->tenant));
	member_text(o, "Tag", event_tag(e));
	if (metadata)
		json_object_set(o, "Metadata", metadata);
	else
		json_object_set_new(o, "Metadata", json_object());
}

/* "smtp;550 5.1.1 …" (RFC 3464 2.3.6), or the sentence where no server spoke. */
static void
answer(json_t *o, const struct event *e)
{
	struct buf b;

	buf_init(&b, ANSWER_MAX);
	if (e->fact.reply.code && e->fact.stage != STAGE_LOCAL)
		buf_put_z(&b, "smtp;");
	event_answer(&b, e);
	member_text(o, "Details", buf_str(&b));
	buf_done(&b);
}

/* Neither a table of mail programs nor one of places: what is not known is empty. */
static void
visitor(json_t *o, const struct fact *f)
{
	static const char *const places[] = { "CountryISOCode", "Country", "RegionISOCode",
		"Region", "City", "Zip", "Coords" };
	json_t *geo = json_object();

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		member_text(geo, places[i], STR_NONE);
	member_text(geo, "IP", f->ip);
	json_object_set_new(o, "Client",
		json_pack("{s:s, s:s, s:s}", "Name", "", "Company", "", "Family", ""));
	json_object_set_new(
		o, "OS", json_pack("{s:s, s:s, s:s}", "Name", "", "Company", "", "Family", ""));
	member_text(o, "Platform", STR_LIT("Unknown"));
	member_text(o, "UserAgent", f->agent);
	json_object_set_new(o, "Geo", geo);
}

/* ---- one for each RecordType ---- */

struct json_t *
hook_postmark_bounce(const struct event *e)
{
	const struct hook_postmark_type *type = hook_postmark_type(e);
	bool complaint = e->kind == FACT_COMPLAINED;
	json_t *o = json_pack("{s:s, s:I, s:s, s:i, s:s, s:s}", "RecordType", word_of[e->kind],
		"ID", (json_int_t)e->rcpt, "Type", type->type, "TypeCode", type->code, "Name",
		type->name, "Description", type->description);

	answer(o, e);
	member_text(o, "Email", e->recipient);
	member_text(o, "From", e->sender);
	time_set(o, "BouncedAt", e);
	json_object_set_new(o, "DumpAvailable", json_false());
	json_object_set_new(o, "Inactive",
		json_boolean(complaint || event_suppresses(e) ||
			     (e->kind == FACT_SUPPRESSED && !e->reason.again)));
	json_object_set_new(o, "CanActivate", json_boolean(!complaint));
	member_text(o, "Subject", e->subject);
	common(o, e);
	return o;
}

static void
subscription(json_t *o, const struct event *e)
{
	time_set(o, "ChangedAt", e);
	member_text(o, "Recipient", e->recipient);
	member_text(o, "Origin", STR_LIT("Recipient"));
	json_object_set_new(o, "SuppressSending", json_true());
	member_text(o, "SuppressionReason", STR_LIT("ManualSuppression"));
}

static json_t *
other(const struct event *e)
{
	json_t *o = json_pack("{s:s}", "RecordType", word_of[e->kind]);

	switch (e->kind) {
	case FACT_DELIVERED:
		member_text(o, "Recipient", e->recipient);
		time_set(o, "DeliveredAt", e);
		answer(o, e);
		break;
	case FACT_CLICKED:
		member_text(o, "ClickLocation", STR_LIT("HTML"));
		member_text(o, "OriginalLink", e->fact.url);
		member_text(o, "Recipient", e->recipient);
		time_set(o, "ReceivedAt", e);
		visitor(o, &e->fact);
		break;
	case FACT_OPENED:
		json_object_set_new(o, "FirstOpen", json_boolean(e->first));
		member_text(o, "Recipient", e->recipient);
		time_set(o, "ReceivedAt", e);
		visitor(o, &e->fact);
		break;
	default:
		subscription(o, e);
		break;
	}
	common(o, e);
	return o;
}

struct json_t *
hook_postmark(const struct event *e)
{
	const char *word = hook_postmark_word(e->kind);
	bool bounce = word && (strcmp(word, "Bounce") == 0 || e->kind == FACT_COMPLAINED);

	/* The answer of the API has told of a suppressed address already. */
	if (!word || e->fact.robot || (e->kind == FACT_SUPPRESSED && e->via == VIA_API))
		return NULL;
	return bounce ? hook_postmark_bounce(e) : other(e);
}
