#include "report/hook_mailgun.h"

#include "base/text.h"
#include "base/utc.h"
#include "report/member.h"

#include <sodium.h>

#define TOKEN_TEXT 50u /* as long as Mailgun's */

static const char *const word_of[FACT_KINDS] = {
	[FACT_ACCEPTED] = "accepted",
	[FACT_DELIVERED] = "delivered",
	[FACT_DEFERRED] = "failed",
	[FACT_BOUNCED] = "failed",
	[FACT_EXPIRED] = "failed",
	[FACT_RETURNED] = "failed",
	[FACT_SUPPRESSED] = "failed",
	[FACT_QUARANTINED] = "failed",
	[FACT_OPENED] = "opened",
	[FACT_CLICKED] = "clicked",
	[FACT_UNSUBSCRIBED] = "unsubscribed",
	[FACT_COMPLAINED] = "complained",
};

const char *
hook_mailgun_word(enum fact_kind k)
{
	return (unsigned)k < FACT_KINDS ? word_of[k] : NULL;
}

static bool
is_failed(const struct event *e)
{
	return strcmp(hook_mailgun_word(e->kind), "failed") == 0;
}

static const char *
reason(const struct event *e)
{
	switch (e->kind) {
	case FACT_EXPIRED:
		return "old";
	case FACT_SUPPRESSED:
		if (e->reason.again)
			return "generic";
		return event_suppressor(e) == FACT_UNSUBSCRIBED ? "suppress-unsubscribe"
		       : event_suppressor(e) == FACT_COMPLAINED ? "suppress-complaint"
		                                                : "suppress-bounce";
	case FACT_BOUNCED:
	case FACT_RETURNED:
		return "bounce";
	default:
		return "generic";
	}
}

static json_t *
delivery_status(const struct event *e)
{
	const struct fact *f = &e->fact;
	char status[MEMBER_STATUS_TEXT];
	json_t *o = json_object();

	json_object_set_new(o, "code", json_integer(f->reply.code));
	member_text(o, "message", f->reply.text.n ? f->reply.text : e->en);
	member_text(o, "description", e->en);
	member_text_if(o, "enhanced-code", str_z(member_status(status, f->reply.dsn)));
	member_number_if(o, "attempt-no", e->attempt);
	member_text_if(o, "mx-host", f->host);
	json_object_set_new(o, "tls", json_boolean(f->tls.n > 0));
	json_object_set_new(o, "session-seconds", json_real(f->took_ms / 1000.0));
	if (f->next > f->at)
		json_object_set_new(
			o, "retry-seconds", json_integer((f->next - f->at) / UTC_SEC));
	return o;
}

static void
visitor(json_t *o, const struct fact *f)
{
	member_text(o, "ip", f->ip);
	json_object_set_new(o, "geolocation",
		json_pack("{s:s, s:s, s:s}", "country", "Unknown", "region", "Unknown", "city",
			"Unknown"));
	json_object_set_new(
		o, "client-info", json_pack("{s:o}", "user-agent", member_of(f->agent)));
	member_text_if(o, "url", f->url);
}

static void
details(json_t *o, const struct event *e)
{
	if (is_failed(e)) {
		json_object_set_new(o, "severity",
			json_string(e->kind == FACT_DEFERRED ? "temporary" : "permanent"));
		json_object_set_new(o, "reason", json_string(reason(e)));
	}
	if (is_failed(e) || e->kind == FACT_DELIVERED)
		json_object_set_new(o, "delivery-status", delivery_status(e));
	if (e->kind == FACT_OPENED || e->kind == FACT_CLICKED || e->kind == FACT_UNSUBSCRIBED)
		visitor(o, &e->fact);
}

static json_t *
message_json(const struct event *e)
{
	json_t *fields = json_pack("{s:o, s:o, s:o, s:o}", "message-id",
		member_of(e->internet_id), "from", member_of(e->sender), "to",
		member_of(e->recipient), "subject", member_of(e->subject));

	return json_pack("{s:o, s:[], s:I}", "headers", fields, "attachments", "size",
		(json_int_t)e->size);
}

static void
given_back(json_t *o, const struct event *e)
{
	json_t *tags = (json_t *)(uintptr_t)event_tags(e);
	json_t *metadata = (json_t *)(uintptr_t)event_metadata(e);

	json_object_set_new(o, "tags", tags ? json_incref(tags) : json_array());
	json_object_set_new(
		o, "user-variables", metadata ? json_incref(metadata) : json_object());
}

struct json_t *
hook_mailgun(const struct event *e)
{
	const char *word = hook_mailgun_word(e->kind);
	struct str to = e->recipient;
	const char *level;
	json_t *o;

	if (!word || e->fact.robot)
		return NULL;
	level = !is_failed(e) ? "info" : e->kind == FACT_DEFERRED ? "warn" : "error";
	o = json_pack("{s:s, s:s, s:f, s:s, s:o, s:o}", "event", word, "id", e->id, "timestamp",
		(double)e->fact.at / (double)UTC_SEC, "log-level", level, "recipient",
		member_of(to), "recipient-domain",
		member_of(str_from(to, str_rfind(to, '@') + 1)));
	details(o, e);
	json_object_set_new(o, "message", message_json(e));
	json_object_set_new(o, "envelope",
		json_pack("{s:s, s:o, s:o}", "transport", "smtp", "sender",
			member_of(e->sender), "targets", member_of(to)));
	json_object_set_new(
		o, "flags", json_pack("{s:b, s:b}", "is-authenticated", 1, "is-test-mode", 0));
	given_back(o, e);
	return o;
}

/* ---- signature ---- */

static void
hmac_hex(struct buf *hex, struct str key, struct str first, struct str second)
{
	crypto_auth_hmacsha256_state hmac;
	uint8_t mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&hmac, (const uint8_t *)key.p, key.n);
	crypto_auth_hmacsha256_update(&hmac, (const uint8_t *)first.p, first.n);
	crypto_auth_hmacsha256_update(&hmac, (const uint8_t *)second.p, second.n);
	crypto_auth_hmacsha256_final(&hmac, mac);
	text_hex(hex, str_of(mac, sizeof mac));
}

struct json_t *
hook_mailgun_signature(struct str key, const struct event *e, int64_t second)
{
	char time[24];
	struct buf token, signature;
	json_t *o;

	snprintf(time, sizeof time, "%lld", (long long)second);
	buf_init(&token, 2 * crypto_auth_hmacsha256_BYTES);
	buf_init(&signature, 2 * crypto_auth_hmacsha256_BYTES);
	hmac_hex(&token, key, str_z(e->id), str_z(time));
	buf_cut(&token, TOKEN_TEXT);
	hmac_hex(&signature, key, str_z(time), buf_str(&token));
	o = json_pack("{s:s, s:o, s:o}", "timestamp", time, "token", member_of(buf_str(&token)),
		"signature", member_of(buf_str(&signature)));
	buf_done(&token);
	buf_done(&signature);
	return o;
}
