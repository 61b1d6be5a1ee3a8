#include "wire/dsn_in.h"

#include "base/buf.h"
#include "base/test.h"

static void
test_reply(void **state)
{
	static const struct {
		const char *name; /* the diagnostic */
		uint16_t code;
		struct dsn_code dsn;
		const char *text;
	} table[] = {
		{ "550 5.1.1 User unknown", 550, { 5, 1, 1 }, "User unknown" },
		{ "550-5.1.1 No such 550-5.1.1 user, see 550 5.1.1 https://x.example", 550,
			{ 5, 1, 1 }, "No such user, see https://x.example" },
		{ "550-No such 550-user", 550, { 0 }, "No such user" },
		{ "host mx.example[192.0.2.1] said: 452 4.2.2 full (in reply)", 452,
			{ 4, 2, 2 }, "full (in reply)" },
		{ "#5.1.1 smtp;550 5.1.1 RESOLVER", 550, { 5, 1, 1 },
			"smtp;550 5.1.1 RESOLVER" },
		{ "(reason: 550 <x@y>... no)", 550, { 0 }, "<x@y>... no" },
		{ "no (#5.1.1)", 0, { 5, 1, 1 }, "no (#5.1.1)" },
		{ "no (#5.1.1) at all", 0, { 5, 1, 1 }, "no (#5.1.1) at all" },
		{ "port 25, 550x, 192.0.2.550, 5500, version 5.1.1.2, 2026", 0, { 0 },
			"port 25, 550x, 192.0.2.550, 5500, version 5.1.1.2, 2026" },
		{ "lost after 550.7 seconds", 0, { 0 }, "lost after 550.7 seconds" },
		{ "554", 554, { 0 }, "" },
		{ "", 0, { 0 }, "" },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 1u << 16);
	TEST_EACH(row, table)
	{
		struct reply r;

		dsn_in_reply(&a, str_z(row->name), &r);
		assert_int_equal(r.code, row->code);
		assert_int_equal(r.dsn.class, row->dsn.class);
		assert_int_equal(r.dsn.subject, row->dsn.subject);
		assert_int_equal(r.dsn.detail, row->dsn.detail);
		assert_str(r.text, row->text);
	}
	arena_done(&a);
}

/* "action address original code status mta" of each recipient. */
static void
put_facts(struct buf *b, const struct dsn_in *d)
{
	static const char *const actions[] = { "none", "failed", "delayed", "delivered",
		"relayed", "expanded" };

	buf_put_z(b, d->form == DSN_IN_REPORT ? "report" : d->form ? "text" : "none");
	for (size_t i = 0; i < d->n; i++) {
		const struct dsn_in_recipient *to = &d->recipients[i];

		buf_printf(b, "|%s %.*s,%.*s,%u,%u.%u.%u,%.*s", actions[to->action],
			STR_ARG(to->address), STR_ARG(to->original), to->reply.code,
			to->reply.dsn.class, to->reply.dsn.subject, to->reply.dsn.detail,
			STR_ARG(to->remote_mta));
	}
	if (d->cut)
		buf_put_z(b, "!");
}

#define REPORT                                                                                 \
	"From: MAILER-DAEMON@mx.example\r\nTo: <b-1@ret.example>\r\nContent-Type: "            \
	"multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nwords "   \
	"\r\n<r@a.example>: 550 5.7.1 no\r\n--b\r\nContent-Type: "                             \
	"message/delivery-status\r\n\r\n"
#define WORDS "From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\n"

static const struct {
	const char *name, *in, *want;
} reads[] = {
	{ "two recipients, two outcomes",
		REPORT
		"Reporting-MTA: dns; mx.example\r\n\r\nOriginal-Recipient: "
		"rfc822;o@a.example\r\n"
		"Final-Recipient: RFC822; <r@a.example>\r\nAction: failed\r\nStatus: 5.1.1 "
		"(x)\r\n"
		"Remote-MTA: dns; mx.a.example\r\nDiagnostic-Code: smtp; 550 5.1.1 no\r\n\r\n"
		"Final-Recipient: rfc822; s@a.example\r\nAction: Delayed\r\nStatus: 4.4.1\r\n"
		"Diagnostic-Code: X-Unix; timed out\r\n\r\n--b--",
		"report|failed r@a.example,o@a.example,550,5.1.1,mx.a.example|"
		"delayed s@a.example,,0,4.4.1," },
	{ "one group for all, vague status",
		REPORT
		"Reporting-MTA: dns; mx\r\nFinal-Recipient: rfc822;r@a.example\r\n"
		"Action: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp;552 5.2.2 full\r\n"
		"Final-Recipient: rfc822;s@a.example\r\nAction: failed\r\nStatus: 5.0.0\r\n"
		"Diagnostic-Code: smtp;550 no\r\n--b--",
		"report|failed r@a.example,,552,5.2.2,|failed s@a.example,,550,5.0.0," },
	{ "the diagnostic is in the words only",
		REPORT "Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822;r@a.example\r\n"
		       "Action: failed\r\nStatus: 5.1.1\r\n--b--",
		"report|failed r@a.example,,550,5.1.1," },
	{ "no action: by the status; neither: nothing",
		REPORT
		"A: 1\r\n\r\nFinal-Recipient: rfc822;r@a.example\r\nStatus: 2.0.0\r\n\r\n"
		"Final-Recipient: rfc822;s@a.example\r\n\r\n--b--",
		"report|delivered r@a.example,,0,2.0.0," },
	{ "a name is no address; the words have one",
		REPORT "A: 1\r\n\r\nFinal-Recipient: x-local; joe\r\nAction: failed\r\n--b--",
		"report|failed r@a.example,,550,5.7.1," },
	{ "a status part without anything: words", REPORT "A: 1\r\n--b--",
		"text|failed r@a.example,,550,5.7.1," },
	{ "a human who forwards words",
		"From: joe@a.example\r\nSubject: Re: failure "
		"notice\r\n\r\n<r@a.example>:\r\n550 no\r\n",
		"none" },
	{ "two addresses share a reason",
		WORDS "Hi. This is the qmail-send "
		      "program.\r\n\r\n<r@a.example>:\r\n<s@a.example>:\r\n"
		      "Remote host said: 550 5.1.1 no\r\n\r\nadvice 451 4.0.0 x\r\n",
		"text|failed r@a.example,,550,5.1.1,|failed s@a.example,,550,5.1.1," },
	{ "a reason each",
		WORDS "<r@a.example>:\r\n550 no\r\n\r\n<s@a.example>:\r\n552 5.2.2 no\r\n",
		"text|failed r@a.example,,550,0.0.0,|failed s@a.example,,552,5.2.2," },
	{ "the reason comes first", WORDS "said: 550 5.1.1 no\r\n\r\nr@a.example\r\n",
		"text|failed r@a.example,,550,5.1.1," },
	{ "other addresses are not recipients",
		WORDS
		"MAIL FROM:<me@b.example> sender you@b.example\r\npostmaster@mx.example\r\n"
		"r@a.example\r\n\r\nAsk help at x@c.example, the address of the mailbox\r\n",
		"text|failed r@a.example,,0,0.0.0," },
	{ "no address at all", WORDS "Your message could not be delivered. 550 5.7.1 no\r\n",
		"text|failed ,,550,5.7.1," },
};

static void
test_read(void **state)
{
	(void)state;
	TEST_EACH(row, reads)
	{
		struct arena a;
		struct mime_in m;
		struct original_in o;
		struct dsn_in d;
		struct buf b;

		arena_init(&a, 1u << 20);
		buf_init(&b, 1u << 16);
		mime_in_walk(&a, str_z(row->in), &m);
		original_in_find(&a, &m, mime_in_human(&a, &m, DSN_IN_HUMAN_MAX), &o);
		dsn_in_read(&a, &m, &o, false, &d);
		put_facts(&b, &d);
		assert_str(buf_str(&b), row->want);
		buf_done(&b);
		arena_done(&a);
	}
}

static void
test_many(void **state)
{
	struct arena a;
	struct mime_in m;
	struct original_in o;
	struct dsn_in d;
	struct buf b;

	(void)state;
	arena_init(&a, 1u << 20);
	buf_init(&b, 1u << 16);
	buf_put_z(&b, REPORT);
	for (unsigned i = 0; i < 50; i++)
		buf_printf(&b,
			"\r\nFinal-Recipient: rfc822;r%u@a.example\r\nAction: failed\r\n", i);
	mime_in_walk(&a, buf_str(&b), &m);
	original_in_find(&a, &m, STR_NONE, &o);
	dsn_in_read(&a, &m, &o, false, &d);
	assert_int_equal(d.n, DSN_IN_RECIPIENTS);
	assert_true(d.cut);
	buf_done(&b);
	arena_done(&a);
}

TEST_MAIN(TEST(test_reply), TEST(test_read), TEST(test_many))
