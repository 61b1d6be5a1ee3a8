#include "report/hook_mailjet.h"

#include "base/utc.h"
#include "report/member.h"

#define ANSWER_MAX 16384

static const char *const word_of[FACT_KINDS] = {
	[FACT_DELIVERED] = "sent",
	[FACT_OPENED] = "open",
	[FACT_CLICKED] = "click",
	[FACT_BOUNCED] = "bounce",
	[FACT_EXPIRED] = "bounce",
	[FACT_RETURNED] = "bounce",
	[FACT_SUPPRESSED] = "blocked",
	[FACT_QUARANTINED] = "blocked",
	[FACT_COMPLAINED] = "spam",
	[FACT_UNSUBSCRIBED] = "unsub",
};

/* Mailjet's list has no word for a size, for too much at once and for what nobody knows. */
static const struct hook_mailjet_error errors[CLASSES] = {
	[CLASS_NONE] = { "system", "system issue" },
	[CLASS_MAILBOX] = { "recipient", "user unknown" },
	[CLASS_QUOTA] = { "recipient", "quota exceeded" },
	[CLASS_POLICY] = { "spam", "policy issue" },
	[CLASS_REPUTATION] = { "spam", "sender blocked" },
	[CLASS_AUTH] = { "spam", "policy issue" },
	[CLASS_CONTENT] = { "spam", "content blocked" },
	[CLASS_SIZE] = { "spam", "content blocked" },
	[CLASS_GREYLIST] = { "domain", "greylisted" },
	[CLASS_RATE] = { "system", "connection issue" },
	[CLASS_NETWORK] = { "system", "connection issue" },
	[CLASS_DNS] = { "domain", "no mail host" },
	[CLASS_PROTOCOL] = { "system", "protocol issue" },
	[CLASS_SERVER] = { "system", "system issue" },
	[CLASS_OTHER] = { "system", "system issue" },
	[CLASS_SANDBOX] = { "system", "system issue" },
};

const char *
hook_mailjet_word(enum fact_kind k)
{
	return (unsigned)k < FACT_KINDS ? word_of[k] : NULL;
}

struct hook_mailjet_error
hook_mailjet_error(const struct event *e)
{
	const struct dsn_code *code = &e->fact.reply.dsn;

	if (e->reason.again)
		return (struct hook_mailjet_error){ "mailjet", "duplicate in campaign" };
	if (e->kind == FACT_SUPPRESSED)
		return (struct hook_mailjet_error){ "mailjet", "preblocked" };
	/* RFC 3463 3.3: mailbox disabled. RFC 7505: null MX. */
	if (e->reason.class == CLASS_MAILBOX && code->subject == 2 && code->detail == 1)
		return (struct hook_mailjet_error){ "recipient", "mailbox inactive" };
	if (e->reason.class == CLASS_MAILBOX && code->subject == 1 && code->detail == 10)
		return errors[CLASS_DNS];
	if (e->reason.class == CLASS_DNS && e->reason.blame == BLAME_ADDRESS)
		return (struct hook_mailjet_error){ "domain", "invalid domain" };
	if (e->reason.class == CLASS_POLICY && e->reason.blame == BLAME_ADDRESS)
		return (struct hook_mailjet_error){ "recipient", "blacklisted" };
	return errors[e->reason.class];
}

static void
answer(json_t *o, const char *name, const char *format, const struct event *e)
{
	struct buf b, text;

	buf_init(&text, ANSWER_MAX);
	buf_init(&b, ANSWER_MAX);
	event_answer(&text, e);
	buf_printf(&b, format, STR_ARG(buf_str(&text)));
	member_text(o, name, buf_str(&b));
	buf_done(&b);
	buf_done(&text);
}

/* No table of places: the country is not known. */
static void
visitor(json_t *o, const struct fact *f)
{
	member_text(o, "ip", f->ip);
	member_text(o, "geo", STR_NONE);
	member_text(o, "agent", f->agent);
}

static void
failure(json_t *o, const struct event *e)
{
	struct hook_mailjet_error why = hook_mailjet_error(e);

	member_text(o, "error_related_to", str_z(why.related));
	member_text(o, "error", str_z(why.error));
}

static void
details(json_t *o, const struct event *e)
{
	char number[24];

	switch (e->kind) {
	case FACT_DELIVERED:
		snprintf(number, sizeof number, "%llu", (unsigned long long)e->rcpt);
		member_text(o, "mj_message_id", str_z(number));
		answer(o, "smtp_reply", "sent (%.*s)", e);
		break;
	case FACT_CLICKED:
		member_text(o, "url", e->fact.url);
		visitor(o, &e->fact);
		break;
	case FACT_OPENED:
		visitor(o, &e->fact);
		break;
	case FACT_UNSUBSCRIBED:
		json_object_set_new(o, "mj_list_id", json_integer(0));
		visitor(o, &e->fact);
		break;
	case FACT_COMPLAINED:
		member_text(o, "source", e->fact.host.n ? e->fact.host : e->fact.agent);
		break;
	case FACT_SUPPRESSED:
	case FACT_QUARANTINED:
		failure(o, e);
		break;
	default:
		json_object_set_new(o, "blocked", json_boolean(event_suppresses(e)));
		json_object_set_new(o, "hard_bounce", json_boolean(event_is_hard(e)));
		failure(o, e);
		answer(o, "comment", "%.*s", e);
		break;
	}
}

struct json_t *
hook_mailjet(const struct event *e)
{
	json_t *o;

	if (!hook_mailjet_word(e->kind) || e->fact.robot)
		return NULL;
	o = json_pack("{s:s, s:I, s:I, s:s, s:o, s:i, s:i, s:o, s:o, s:o}", "event",
		hook_mailjet_word(e->kind), "time", (json_int_t)(e->fact.at / UTC_SEC),
		"MessageID", (json_int_t)e->rcpt, "Message_GUID", e->rcpt_uuid, "email",
		member_of(e->recipient), "mj_campaign_id", 0, "mj_contact_id", 0,
		"customcampaign", member_of(event_about(e, "campaign")), "CustomID",
		member_of(event_about(e, "custom_id")), "Payload",
		member_of(event_about(e, "payload")));
	details(o, e);
	return o;
}
