#include "report/member.h"

#include "base/text.h"
#include "base/utc.h"
#include "report/reason.h"
#include "wire/msg.h"

static const char *const stages[] = { [STAGE_DNS] = "dns",
	[STAGE_CONNECT] = "connect",
	[STAGE_BANNER] = "banner",
	[STAGE_EHLO] = "ehlo",
	[STAGE_TLS] = "tls",
	[STAGE_AUTH] = "auth",
	[STAGE_MAIL] = "mail",
	[STAGE_RCPT] = "rcpt",
	[STAGE_DATA] = "data",
	[STAGE_BODY] = "body",
	[STAGE_DOT] = "dot",
	[STAGE_LOCAL] = "local",
	[STAGE_WEBHOOK] = "webhook" };
static const char *const vias[] = { [VIA_SMTP] = "smtp",
	[VIA_API] = "api",
	[VIA_SENDMAIL] = "sendmail",
	[VIA_DSN] = "dsn",
	[VIA_CLI] = "cli",
	[VIA_FORWARD] = "forward" };

#define NAME_OF(table, i) ((i) < sizeof(table) / sizeof(table)[0] ? (table)[i] : NULL)

json_t *
member_of(struct str s)
{
	json_t *j = str_find(s, '\0') == s.n ? json_stringn(s.p, s.n) : NULL;
	struct buf b;

	if (j)
		return j;
	buf_init(&b, s.n * 4 + 8);
	(void)text_safe(&b, s);
	j = json_stringn(buf_str(&b).p, b.n);
	buf_done(&b);
	return j ? j : json_string("?");
}

json_t *
member_of_time(int64_t wall)
{
	char text[UTC_TEXT_SIZE];

	return json_string(utc_rfc3339(text, wall));
}

void
member_text(json_t *o, const char *name, struct str s)
{
	json_object_set_new(o, name, member_of(s));
}

void
member_text_if(json_t *o, const char *name, struct str s)
{
	if (s.n)
		member_text(o, name, s);
}

void
member_number_if(json_t *o, const char *name, int64_t v)
{
	if (v)
		json_object_set_new(o, name, json_integer(v));
}

const char *
member_status(char dst[MEMBER_STATUS_TEXT], struct dsn_code code)
{
	/* RFC 3463 2: three digits at most; a fact read back may hold more. */
	if (code.class)
		snprintf(dst, MEMBER_STATUS_TEXT, "%u.%u.%u", code.class % 10u,
			code.subject % 1000u, code.detail % 1000u);
	else
		dst[0] = '\0';
	return dst;
}

void
member_reply_if(json_t *o, const struct reply *r)
{
	char status[MEMBER_STATUS_TEXT];

	member_number_if(o, "code", r->code);
	member_text_if(o, "status", str_z(member_status(status, r->dsn)));
	member_text_if(o, "reply", r->text);
}

void
member_attempt(json_t *o, const struct fact *f, unsigned number)
{
	if (reason_is_attempt(f)) {
		member_number_if(o, "attempt", number);
		member_number_if(o, "took_ms", f->took_ms);
	}
	member_text_if(o, "host", f->host);
	member_text_if(o, "address", f->address);
	member_text_if(o, "tls", f->tls);
	member_text_if(o, "stage", str_z(NAME_OF(stages, f->stage)));
	member_reply_if(o, &f->reply);
	if (f->next)
		json_object_set_new(o, "next", member_of_time(f->next));
}

const char *
member_via(uint8_t via)
{
	return NAME_OF(vias, via);
}

const char *
member_stream(uint8_t stream)
{
	return stream == STREAM_INBOUND     ? "inbound"
	       : stream == STREAM_BROADCAST ? "broadcast"
	                                    : "transactional";
}
