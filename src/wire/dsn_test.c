#include "wire/dsn.h"

#include "base/test.h"

#include <errno.h>

static void
xtext_bad(void)
{
	static const struct {
		const char *name, *in;
		size_t max;
		int want;
	} table[] = {
		{ "half a code", "a+", 9, -EINVAL },
		{ "half a code", "a+2", 9, -EINVAL },
		{ "lower case", "+2b", 9, -EINVAL },
		{ "no hex", "+G0", 9, -EINVAL },
		{ "equals", "a=b", 9, -EINVAL },
		{ "space", "a b", 9, -EINVAL },
		{ "control", "a\x01", 9, -EINVAL },
		{ "8-bit", "\xc3\xa9", 9, -EINVAL },
		{ "too long", "abcdefghi", 8, -E2BIG },
	};

	TEST_EACH(row, table)
	{
		struct buf b;

		buf_init(&b, row->max);
		assert_int_equal(xtext_decode(&b, str_z(row->in)), row->want);
		assert_int_equal(b.n, 0);
		buf_done(&b);
	}
}

static void
test_xtext(void **state)
{
	static const struct {
		const char *name, *plain, *coded;
	} table[] = {
		{ "empty", "", "" },
		{ "plain", "a@b", "a@b" },
		{ "plus and equals", "a+b=c", "a+2Bb+3Dc" },
		{ "line end", "a\r\nb", "a+0D+0Ab" },
		{ "space and 8-bit", " \xff", "+20+FF" },
	};

	(void)state;
	xtext_bad();
	TEST_EACH(row, table)
	{
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(xtext_encode(&b, str_z(row->plain)), 0);
		assert_str(buf_str(&b), row->coded);
		buf_clear(&b);
		assert_int_equal(xtext_decode(&b, str_z(row->coded)), 0);
		assert_str(buf_str(&b), row->plain);
		buf_done(&b);
	}
}

static void
test_orcpt(void **state)
{
	static const struct {
		const char *name, *type, *address, *want;
	} table[] = {
		{ "plain", "rfc822", "a+b@c", "rfc822;a+2Bb@c" },
		{ "utf-8", "utf-8", "\xc3\xa9+\\@\xf0\x9f\x90\xb4",
			"utf-8;\\x{E9}\\x{2B}\\x{5C}@\\x{1F434}" },
		{ "8-bit but no utf-8", "rfc822", "\xff", "rfc822;+FF" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(xtext_orcpt(&b, str_z(row->type), str_z(row->address)), 0);
		assert_str(buf_str(&b), row->want);
		buf_done(&b);
	}
}

static void
test_notify(void **state)
{
	static const struct {
		const char *name, *in;
		int want;
		unsigned bits;
	} table[] = {
		{ "never", "NEVER", 0, DSN_NEVER },
		{ "all", "success,FAILURE,Delay", 0, DSN_SUCCESS | DSN_FAILURE | DSN_DELAY },
		{ "never with another", "NEVER,DELAY", -EINVAL, 0 },
		{ "twice", "DELAY,DELAY", -EINVAL, 0 },
		{ "empty", "", -EINVAL, 0 },
		{ "empty item", "DELAY,", -EINVAL, 0 },
		{ "unknown", "ALWAYS", -EINVAL, 0 },
		{ "space", "DELAY, SUCCESS", -EINVAL, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		unsigned bits = 0;

		assert_int_equal(dsn_notify_parse(str_z(row->in), &bits), row->want);
		assert_int_equal(bits, row->bits);
	}
}

static bool
has(const struct buf *b, const char *text)
{
	return str_find_str(buf_str(b), str_z(text)) < b->n;
}

/* STR_LIT is no constant. */
#define TEXT(lit)                                                                              \
	{                                                                                      \
		lit, sizeof(lit) - 1                                                           \
	}

static const struct dsn_recipient recipients[] = {
	{
		.address = TEXT("b@to.example"),
		.orcpt = TEXT("rfc822;B+@to.example"),
		.action = DSN_FAILED,
		.status = { 5, 1, 1 },
		.reply = { 550, { 5, 1, 1 }, TEXT("No such user\nBcc: x\r\nX: y") },
		.remote_mta = TEXT("mx.to.example"),
		.sentence = TEXT("There is no such mailbox. Check the address."),
		.sentence_fr = TEXT("La bo\xc3\xaete n'existe pas."),
		.last_attempt = 1795514400000000,
	},
	{
		.address = TEXT("\xc3\xa9@to.example"),
		.action = DSN_DELAYED,
		.status = { 4, 4, 1 },
		.sentence = TEXT("L'h\xc3\xb4te ne r\xc3\xa9pond pas."),
		.last_attempt = 1795514400000000,
		.will_retry_until = 1795946400000000,
	},
};

static struct dsn_report
report(void)
{
	return (struct dsn_report){
		.hostname = STR_LIT("mail.us.example"),
		.message_id = STR_LIT("<1@mail.us.example>"),
		.to = STR_LIT("a@from.example"),
		.envid = STR_LIT("x+y"),
		.boundary = STR_LIT("b0"),
		.now = 1795514400000000,
		.arrived = 1795514000000000,
		.recipients = recipients,
		.n = 2,
		.original = STR_LIT("From: a@from.example\r\nSubject: hi\r\n\r\n"),
	};
}

static void
full(void)
{
	struct dsn_report r = report();
	struct buf out;
	bool eight;

	buf_init(&out, 1000);
	assert_int_equal(buf_put_z(&out, "before"), 0);
	assert_int_equal(dsn_write(&out, &r, &eight), -E2BIG);
	assert_str(buf_str(&out), "before");
	buf_done(&out);
}

static void
test_report(void **state)
{
	static const char *const wanted[] = {
		"From: Mail Delivery System <MAILER-DAEMON@mail.us.example>\r\nTo: "
		"<a@from.example>\r\n"
		"Subject: Your message was not delivered\r\n",
		"\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n",
		"\r\n\r\nReporting-MTA: dns; mail.us.example\r\nOriginal-Envelope-Id: x+y\r\n"
		"Arrival-Date: ",
		"\r\n\r\nOriginal-Recipient: rfc822;B+@to.example\r\n"
		"Final-Recipient: rfc822; b@to.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
		"Remote-MTA: dns; mx.to.example\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n No "
		"such user"
		"\r\n Bcc: x\r\n X: y\r\nLast-Attempt-Date: ",
		"Final-Recipient: utf-8; \\x{E9}@to.example\r\nAction: delayed\r\nStatus: "
		"4.4.1\r\n"
		"Last-Attempt-Date: ",
		"Will-Retry-Until: ",
		"could not be delivered to the recipients below",
		"    There is no such mailbox. Check the address.\r\n",
		"n'a pas pu \xc3\xaatre remis aux destinataires ci-dessous",
		"    La bo\xc3\xaete n'existe pas.\r\n",
		"      550 5.1.1 No such user\r\n      Bcc: x\r\n",
		"Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: "
		"7bit\r\n\r\nFrom: a@",
		"\r\n--reportb0--\r\n",
	};
	struct dsn_report r = report();
	struct buf out;
	bool eight = false;

	(void)state;
	full();
	buf_init(&out, 1u << 20);
	assert_int_equal(dsn_write(&out, &r, &eight), 0);
	assert_true(eight);
	for (size_t i = 0; i < TEST_COUNT(wanted); i++)
		if (!has(&out, wanted[i]))
			fail_msg("missing: %s", wanted[i]);
	if (getenv("DSN_TEST_SHOW"))
		fwrite(out.p, 1, out.n, stdout);
	buf_done(&out);
}

static void
test_forms(void **state)
{
	static const struct {
		const char *name, *to, *original;
		bool full;
		const char *want;
	} table[] = {
		{ "whole", "a@b", "A: b\r\n\r\n\xff\r\n", true,
			"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n" },
		{ "whole, UTF-8 header", "a@b", "A: \xc3\xa9\r\n\r\nx\r\n", true,
			"Content-Type: message/global\r\nContent-Transfer-Encoding: 8bit\r\n" },
		{ "UTF-8 header", "a@b", "A: \xc3\xa9\r\n", false, "message/global-headers" },
		{ "Latin-1 header", "a@b", "A: \xe9\r\n", false, "text/rfc822-headers" },
		{ "UTF-8 sender", "\xc3\xa9@b", "A: b\r\n", false,
			"message/global-delivery-status\r\nContent-Transfer-Encoding: "
			"8bit\r\n" },
		{ "UTF-8 sender, address", "\xc3\xa9@b", "A: b\r\n", false,
			"Final-Recipient: utf-8; \xc3\xa9@to.example\r\n" },
		{ "boundary in the original", "a@b", "A: b\r\n\r\n--reportb0--\r\n", true,
			"boundary=\"reportb0_1\"" },
		{ "line ends and NUL", "a@b", "A: b\nC:\rD", true,
			"\r\n\r\nA: b\r\nC:\r\nD\r\n\r\n--" },
		{ "injection", "a@b>\r\nBcc: <c@d", "A: b\r\n", false,
			"To: <a@b>??Bcc: <c@d>\r\n" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct dsn_report r = report();
		struct buf out;
		bool eight;

		buf_init(&out, 1u << 20);
		r.to = str_z(row->to);
		r.original = str_z(row->original);
		r.full = row->full;
		assert_int_equal(dsn_write(&out, &r, &eight), 0);
		assert_true(has(&out, row->want));
		buf_done(&out);
	}
}

TEST_MAIN(TEST(test_xtext), TEST(test_orcpt), TEST(test_notify), TEST(test_report),
	TEST(test_forms))
