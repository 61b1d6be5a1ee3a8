#include "wire/arf.h"

#include "base/buf.h"
#include "base/test.h"

#define REPORT                                                                                 \
	"From: <fbl@isp.example>\r\nSubject: FW: offer\r\nMIME-Version: 1.0\r\nContent-Type: " \
	"multipart/report; report-type=feedback-report;\r\n boundary=\"b\"\r\n\r\n--b\r\n\r\n" \
	"This is an email abuse report.\r\n--b\r\nContent-Type: "                              \
	"message/feedback-report\r\n\r\n"
#define ORIGINAL                                                                               \
	"\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nReturn-Path: <b-1@ret.example>\r\n"
#define JMRP(from)                                                                             \
	"From: " from "\r\nSubject: complaint about message from 192.0.2.1\r\nContent-Type: "  \
	"multipart/mixed; boundary=b\r\n\r\n"

static const struct {
	const char *name, *in, *want;
} table[] = {
	{ "all fields, any order",
		REPORT
		"Source-IP: 192.0.2.1\r\nOriginal-Rcpt-To: <r@a.example>\r\n"
		"Original-Rcpt-To: s@a.example\r\nOriginal-Mail-From: <b-1@ret.example>\r\n"
		"User-Agent: SomeGenerator/1.0\r\nVersion: 1\r\nArrival-Date: now\r\n"
		"Reported-Domain: b.example\r\nReported-Domain: c.example\r\n"
		"Reporting-MTA: dns; mx.isp.example\r\nOriginal-Envelope-Id: e1\r\n"
		"Incidents: 3\r\nFeedback-Type: Abuse\r\n" ORIGINAL "--b--",
		"1 abuse ua=SomeGenerator/1.0 from=b-1@ret.example to=r@a.example "
		"to=s@a.example "
		"arrival=now ip=192.0.2.1 domain=b.example mta=mx.isp.example envid=e1 x3" },
	{ "hardly any", REPORT "Feedback-Type: opt-out\r\n--b--", "1 opt-out x1" },
	{ "an empty line among them", REPORT "Version: 1\r\n\r\nFeedback-Type: fraud\r\n--b--",
		"1 fraud x1" },
	{ "odd values",
		REPORT
		"Feedback-Type: not-spam; x\r\nSource-IP: [IPv6:2001:db8::1]\r\n"
		"Original-Rcpt-To: redacted\r\nIncidents: 0\r\nReporting-MTA: mx\r\n--b--",
		"1 not-spam ip=2001:db8::1 mta=mx x1" },
	{ "a type nobody knows, no IP",
		REPORT "Feedback-Type: shouting\r\nSource-IP: unknown\r\n--b--", "1 other x1" },
	{ "no type", REPORT "User-Agent: x\r\n--b--", "0 none ua=x x1" },
	{ "authentication", REPORT "Feedback-Type: auth-failure\r\n--b--",
		"1 auth-failure x1" },
	{ "ARF of Hotmail",
		REPORT "Feedback-Type: abuse\r\n" ORIGINAL
		       "X-HmXmrOriginalRecipient: r@hotmail.example\r\n\r\n--b--",
		"1 abuse to=r@hotmail.example x1" },
	{ "JMRP",
		JMRP("staff@hotmail.com") ORIGINAL
		"X-HmXmrOriginalRecipient: <r@hotmail.example>\r\n\r\n--b--",
		"2 abuse ua=JMRP from=b-1@ret.example to=r@hotmail.example ip=192.0.2.1 x1" },
	{ "JMRP by SES, without the field",
		JMRP("complaints@email-abuse.amazonses.com") "--b--",
		"2 abuse ua=JMRP ip=192.0.2.1 x1" },
	{ "not JMRP", JMRP("joe@hotmail.com") "--b--", "0 none x1" },
	{ "SpamCop",
		"From: 1@reports.spamcop.example\r\nX-SpamCop-sourceip: 192.0.2.1\r\n\r\nx\r\n",
		"3 abuse ua=SpamCop ip=192.0.2.1 x1" },
	{ "a letter", "From: joe@a.example\r\n\r\nFeedback-Type: abuse\r\n", "0 none x1" },
};

static void
put(struct buf *b, const char *name, struct str value)
{
	if (value.n > 0)
		buf_printf(b, " %s=%.*s", name, STR_ARG(value));
}

static void
put_facts(struct buf *b, const struct arf *r)
{
	buf_printf(b, "%u %s", r->form, arf_type_name(r->type));
	put(b, "ua", r->user_agent);
	put(b, "from", r->mail_from);
	for (size_t i = 0; i < r->n; i++)
		put(b, "to", r->rcpts[i]);
	put(b, "arrival", r->arrival);
	put(b, "ip", r->source_ip);
	put(b, "domain", r->domain);
	put(b, "mta", r->mta);
	put(b, "envid", r->envid);
	buf_printf(b, " x%u", r->incidents);
}

static void
test_read(void **state)
{
	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct mime_in m;
		struct original_in o;
		struct arf r;
		struct buf b;

		arena_init(&a, 1u << 20);
		buf_init(&b, 1u << 16);
		mime_in_walk(&a, str_z(row->in), &m);
		original_in_find(&a, &m, mime_in_human(&a, &m, 4096), &o);
		arf_read(&a, &m, &o, &r);
		put_facts(&b, &r);
		assert_str(buf_str(&b), row->want);
		buf_done(&b);
		arena_done(&a);
	}
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(arf_type_name(ARF_OPT_OUT), "opt-out");
	assert_string_equal(arf_type_name((enum arf_type)99), "other");
}

TEST_MAIN(TEST(test_read), TEST(test_names))
