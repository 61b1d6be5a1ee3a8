#include "report/hook_sendgrid.h"

#include "base/utc.h"
#include "report/member.h"

#define ANSWER_MAX 16384

static const char *const word_of[FACT_KINDS] = {
	[FACT_ACCEPTED] = "processed",
	[FACT_SUPPRESSED] = "dropped",
	[FACT_QUARANTINED] = "dropped",
	[FACT_DELIVERED] = "delivered",
	[FACT_DEFERRED] = "deferred",
	[FACT_BOUNCED] = "bounce",
	[FACT_EXPIRED] = "bounce",
	[FACT_RETURNED] = "bounce",
	[FACT_OPENED] = "open",
	[FACT_CLICKED] = "click",
	[FACT_COMPLAINED] = "spamreport",
	[FACT_UNSUBSCRIBED] = "unsubscribe",
};

static const char *const classifications[CLASSES] = {
	[CLASS_NONE] = "Unclassified",
	[CLASS_MAILBOX] = "Invalid Address",
	[CLASS_QUOTA] = "Mailbox Unavailable",
	[CLASS_POLICY] = "Reputation",
	[CLASS_REPUTATION] = "Reputation",
	[CLASS_AUTH] = "Technical Failure",
	[CLASS_CONTENT] = "Content",
	[CLASS_SIZE] = "Content",
	[CLASS_GREYLIST] = "Technical Failure",
	[CLASS_RATE] = "Frequency or Volume Too High",
	[CLASS_NETWORK] = "Technical Failure",
	[CLASS_DNS] = "Technical Failure",
	[CLASS_PROTOCOL] = "Technical Failure",
	[CLASS_SERVER] = "Technical Failure",
	[CLASS_OTHER] = "Unclassified",
	[CLASS_SANDBOX] = "Unclassified",
};

/* A custom argument of such a name is not shown, in no event: a receiver that looks for `url`
 * must not find a customer's. */
static const char *const reserved[] = { "email", "timestamp", "smtp-id", "event", "category",
	"sg_event_id", "sg_message_id", "sg_machine_open", "sg_content_type", "reason",
	"status", "response", "attempt", "type", "bounce_classification", "url", "url_offset",
	"ip", "tls", "useragent", "asm_group_id", "pool", "send_at", "cert_err",
	"marketing_campaign_id", "marketing_campaign_name" };

const char *
hook_sendgrid_word(enum fact_kind k)
{
	return (unsigned)k < FACT_KINDS ? word_of[k] : NULL;
}

static bool
is_reserved(const char *name)
{
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		if (strcmp(reserved[i], name) == 0)
			return true;
	return false;
}

static void
answer(json_t *o, const char *name, const struct event *e)
{
	struct buf b;

	buf_init(&b, ANSWER_MAX);
	event_answer(&b, e);
	member_text(o, name, buf_str(&b));
	buf_done(&b);
}

static void
status(json_t *o, const struct event *e)
{
	char text[MEMBER_STATUS_TEXT];
	bool later = e->fact.reply.code / 100 == 4;

	member_status(text, e->fact.reply.dsn);
	member_text(o, "status", str_z(*text ? text : later ? "4.0.0" : "5.0.0"));
}

static void
tls(json_t *o, const struct event *e)
{
	if (reason_is_attempt(&e->fact))
		json_object_set_new(o, "tls", json_integer(e->fact.tls.n > 0));
}

/* SendGrid's list of reasons. */
static void
dropped(json_t *o, const struct event *e)
{
	enum fact_kind why = event_suppressor(e);

	if (e->kind == FACT_QUARANTINED || e->reason.again)
		member_text(o, "reason", e->en);
	else if (why == FACT_UNSUBSCRIBED)
		member_text(o, "reason", STR_LIT("Unsubscribed Address"));
	else if (why == FACT_COMPLAINED)
		member_text(o, "reason", STR_LIT("Spam Reporting Address"));
	else
		member_text(o, "reason", STR_LIT("Bounced Address"));
	status(o, e);
}

static void
bounce(json_t *o, const struct event *e)
{
	answer(o, "reason", e);
	status(o, e);
	json_object_set_new(o, "type", json_string(event_is_hard(e) ? "bounce" : "blocked"));
	json_object_set_new(
		o, "bounce_classification", json_string(classifications[e->reason.class]));
	tls(o, e);
}

static void
visitor(json_t *o, const struct fact *f)
{
	member_text(o, "ip", f->ip);
	member_text(o, "useragent", f->agent);
}

static void
details(json_t *o, const struct event *e)
{
	const struct fact *f = &e->fact;
	char number[16];

	switch (e->kind) {
	case FACT_ACCEPTED:
		member_number_if(o, "send_at", f->next / UTC_SEC);
		break;
	case FACT_SUPPRESSED:
	case FACT_QUARANTINED:
		dropped(o, e);
		break;
	case FACT_DELIVERED:
		answer(o, "response", e);
		tls(o, e);
		break;
	case FACT_DEFERRED:
		answer(o, "response", e);
		snprintf(number, sizeof number, "%u", e->attempt);
		member_text(o, "attempt", str_z(number));
		tls(o, e);
		break;
	case FACT_OPENED:
		visitor(o, f);
		json_object_set_new(o, "sg_machine_open", json_boolean(f->robot));
		json_object_set_new(o, "sg_content_type", json_string("html"));
		break;
	case FACT_CLICKED:
		visitor(o, f);
		member_text(o, "url", f->url);
		json_object_set_new(
			o, "url_offset", json_pack("{s:i, s:s}", "index", 0, "type", "html"));
		break;
	case FACT_UNSUBSCRIBED:
		if (event_group(e)) {
			json_object_set_new(o, "event", json_string("group_unsubscribe"));
			member_text(o, "url", f->url);
			visitor(o, f);
		}
		break;
	case FACT_BOUNCED:
	case FACT_EXPIRED:
	case FACT_RETURNED:
		bounce(o, e);
		break;
	default:
		break;
	}
}

static void
given_back(json_t *o, const struct event *e)
{
	/* jansson's iterators take no const; they change nothing. */
	json_t *args = (json_t *)(uintptr_t)event_metadata(e), *value;
	const char *name;

	json_object_foreach(args, name, value)
	{
		if (!is_reserved(name))
			json_object_set(o, name, value);
	}
}

struct json_t *
hook_sendgrid(const struct event *e)
{
	const char *word = hook_sendgrid_word(e->kind);
	json_t *o;
	struct buf id;

	if (!word || (e->fact.robot && e->kind != FACT_OPENED))
		return NULL;
	buf_init(&id, ANSWER_MAX);
	buf_printf(&id, "<%.*s>", STR_ARG(e->internet_id));
	o = json_pack("{s:o, s:I, s:o, s:s, s:s, s:s}", "email", member_of(e->recipient),
		"timestamp", (json_int_t)(e->fact.at / UTC_SEC), "smtp-id",
		member_of(buf_str(&id)), "event", word, "sg_event_id", e->id, "sg_message_id",
		e->message_uuid);
	buf_done(&id);
	if (event_tags(e))
		json_object_set(o, "category", (json_t *)(uintptr_t)event_tags(e));
	member_number_if(o, "asm_group_id", event_group(e));
	details(o, e);
	given_back(o, e);
	return o;
}
