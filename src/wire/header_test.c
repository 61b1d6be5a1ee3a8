#include "wire/header.h"

#include "base/test.h"

#include <errno.h>

static void
fields(void **state)
{
	struct str rest = STR_LIT(
		"From: a\r\nSubject : one\r\n\ttwo\r\n \r\nbad line\r\n:x\r\nX:\r\n\r\nbody");
	struct header_field f;

	(void)state;
	assert_int_equal(header_next(&rest, &f), 1);
	assert_str(f.all, "From: a\r\n");
	assert_str(f.name, "From");
	assert_str(f.value, " a");
	assert_int_equal(header_next(&rest, &f), 1);
	assert_str(f.all, "Subject : one\r\n\ttwo\r\n \r\n");
	assert_str(f.name, "Subject");
	assert_str(f.value, " one\r\n\ttwo\r\n ");
	assert_int_equal(header_next(&rest, &f), -EINVAL);
	assert_int_equal(header_next(&rest, &f), -EINVAL);
	assert_int_equal(header_next(&rest, &f), 1);
	assert_str(f.name, "X");
	assert_str(f.value, "");
	assert_int_equal(header_next(&rest, &f), 0);
	assert_int_equal(header_next(&rest, &f), 0);
	assert_str(rest, "\r\nbody");
	rest = STR_LIT("A: b");
	assert_int_equal(header_next(&rest, &f), 1);
	assert_str(f.value, " b");
	assert_int_equal(header_next(&rest, &f), 0);
}

static void
lengths(void **state)
{
	static const struct {
		const char *name, *in;
		size_t want;
	} table[] = {
		{ "empty", "", 0 },
		{ "no empty line", "A: b\r\n", 0 },
		{ "body only", "\r\nx", 2 },
		{ "both", "A: b\r\n\r\nx\r\n\r\n", 8 },
		{ "folded white line", "A: b\r\n \r\nx\r\n", 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(header_length(str_z(row->in)), row->want);
}

static void
decode(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "plain", " hello  there ", "hello  there" },
		{ "folded", " a\r\n b", "a b" },
		{ "q", "=?utf-8?q?caf=C3=A9_noir?= x", "café noir x" },
		{ "b", "=?UTF-8?B?w6l0w6k=?=", "été" },
		{ "split character", "=?utf-8?q?=C3?=\r\n =?utf-8?Q?=A9?=", "é" },
		{ "split, b and q", "=?utf-8?b?ww==?= =?utf-8?q?=A9t?=", "ét" },
		{ "charsets change", "=?utf-8?q?=C3?= =?iso-8859-1?q?=E9?=", "\ufffdé" },
		{ "space kept to text", "=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c" },
		{ "latin 9", "=?iso-8859-15?q?=A4=BD?=", "€œ" },
		{ "cp1252", "=?windows-1252?q?=80=93=81?=", "€“\ufffd" },
		{ "ascii with 8 bit", "=?us-ascii?q?a=E9?=", "a\ufffd" },
		{ "language", "=?utf-8*fr?q?=C3=A9?=", "é" },
		{ "unknown charset", "=?koi8-r?b?8PI=?= x", "=?koi8-r?b?8PI=?= x" },
		{ "broken word", "=?utf-8?q?abc", "=?utf-8?q?abc" },
		{ "space in word", "=?utf-8?q?a b?=", "=?utf-8?q?a b?=" },
		{ "no injection", "=?utf-8?q?a=0D=0ABcc:=00x?=", "a  Bcc: x" },
		{ "c1", "=?utf-8?q?=C2=85?=x", " x" },
		{ "bad utf-8", "a\xff\xc3z\xed\xa0\x80", "a\ufffd\ufffdz\ufffd\ufffd\ufffd" },
		{ "escape at the end", "=?utf-8?q?a=C?=", "a=C" },
		{ "lead byte before a word", "\xc3=?utf-8?q?=A9?=", "é" },
		{ "empty", "", "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;

		arena_init(&a, 4096);
		assert_str(header_decode(&a, str_z(row->in), 100), row->want);
		arena_done(&a);
	}
}

static void
decode_max(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	assert_str(header_decode(&a, STR_LIT("aéé"), 4), "aé");
	assert_str(header_decode(&a, STR_LIT("abc"), 0), "");
	arena_done(&a);
	arena_init(&a, 4);
	assert_null(header_decode(&a, STR_LIT("much more than that"), 9).p);
	assert_null(header_unfold(&a, STR_LIT("much more than that")).p);
	arena_done(&a);
}

static void
facts(void **state)
{
	struct header_facts f;

	(void)state;
	header_scan(STR_LIT("Received: 1\r\nreceived: 2\r\nFrom: a@b\r\nFROM: c@d\r\nTo: "
			    "x\r\nCc: y\r\n"
			    "Bcc: z\r\nDate: d\r\nMessage-Id: <i>\r\nSubject: s\r\n "
			    "t\r\nMIME-version: 1.0\r\n"
			    "Auto-Submitted: no (x)\r\nList-Id: l\r\nSender: s@s\r\n\r\n"),
		&f);
	assert_int_equal(f.received, 2);
	assert_int_equal(f.from, 2);
	assert_str(f.from_value, " a@b");
	assert_int_equal(f.to_cc, 2);
	assert_true(f.bcc == 1 && f.date == 1 && f.message_id == 1 && f.subject == 1 &&
		    f.sender == 1);
	assert_str(f.message_id_value, " <i>");
	assert_str(f.subject_value, " s\r\n t");
	assert_str(f.sender_value, " s@s");
	assert_true(f.mime && f.list && !f.auto_submitted && !f.malformed && !f.eight_bit);
	assert_int_equal(f.longest_line, 22);

	header_scan(
		STR_LIT("A: \xe9\r\nnot a field\r\nAuto-Submitted: auto-replied\r\n\r\n"), &f);
	assert_true(f.malformed && !f.headless && f.auto_submitted && f.eight_bit);
	header_scan(STR_LIT("Hello\r\nFrom: a\r\n\r\n"), &f);
	assert_true(f.malformed && f.headless && !f.from);
	header_scan(STR_LIT(" lead\r\nFrom: a\r\n\r\n"), &f);
	assert_true(f.headless && !f.from);
	header_scan(STR_LIT("From a@b Mon Jan  1 00:00:00 2024\r\nFrom: a\r\n\r\n"), &f);
	assert_true(!f.malformed && f.from == 1);
	header_scan(STR_LIT("From : a\r\n\r\n"), &f);
	assert_true(!f.malformed && f.from == 1);
	header_scan(STR_NONE, &f);
	assert_true(!f.malformed && !f.headless && !f.longest_line);
}

#define ADDED "R: r\r\nDate: D\r\nMessage-ID: <M>\r\n"

static void
rewrite(void **state)
{
	static const char *const drop[] = { "x-facteur-", "return-path", NULL };
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "adds", "From: a\r\n\r\n", ADDED "From: a\r\n\r\n" },
		{ "has", "message-id: x\r\nDATE: y\r\n\r\n",
			"R: r\r\nmessage-id: x\r\nDATE: y\r\n\r\n" },
		{ "bcc folded", "A: 1\r\nBcc: x,\r\n y\r\n\tz\r\nB:  2 \r\n\r\n",
			ADDED "A: 1\r\nB:  2 \r\n\r\n" },
		{ "bcc first and last", "bcc: x\r\nA: 1\r\nBCC : y\r\n\r\n",
			ADDED "A: 1\r\n\r\n" },
		{ "bcc twice in a row", "A: 1\r\nBcc: x\r\nBcc: y\r\nResent-Bcc: z\r\n\r\n",
			ADDED "A: 1\r\n\r\n" },
		{ "bcc in the middle of junk", "A: 1\r\njunk\r\nBcc: x\r\n\r\n",
			ADDED "A: 1\r\njunk\r\n\r\n" },
		{ "bcc without end", "A: 1\r\nBcc: x", ADDED "A: 1\r\n" },
		{ "not bcc", "Bccc: 1\r\nX-Bcc: 2\r\n\r\n",
			ADDED "Bccc: 1\r\nX-Bcc: 2\r\n\r\n" },
		{ "drop", "X-Facteur-Track: 1\r\nReturn-Path: <>\r\nX-Fact: 2\r\n\r\n",
			ADDED "X-Fact: 2\r\n\r\n" },
		{ "headless", "Hello\r\nBcc: kept\r\n\r\n",
			ADDED "\r\nHello\r\nBcc: kept\r\n\r\n" },
		{ "nothing", "", ADDED },
		{ "empty header", "\r\n", ADDED "\r\n" },
		{ "mbox", "From a Mon\r\nA: 1\r\n\r\n", ADDED "A: 1\r\n\r\n" },
		{ "mbox quoted", ">From a 12:00:00\r\nA: 1\r\n\r\n", ADDED "A: 1\r\n\r\n" },
		{ "only mbox", "From a Mon\r\n\r\n", ADDED "\r\n" },
		{ "spaced From is no mbox", "From : a\r\n\r\n", ADDED "From : a\r\n\r\n" },
		{ "no end", "A: 1\r\n", ADDED "A: 1\r\n" },
	};
	struct header_add add = { STR_LIT("R: r\r\n"), STR_LIT("D"), STR_LIT("<M>"), drop,
		STR_NONE };

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf out;

		buf_init(&out, 4096);
		buf_put_z(&out, "before|");
		assert_int_equal(header_rewrite(&out, str_z(row->in), &add), 0);
		assert_str(str_from(buf_str(&out), 7), row->want);
		buf_done(&out);
		buf_init(&out, str_z(row->want).n - 1);
		assert_int_equal(header_rewrite(&out, str_z(row->in), &add), -E2BIG);
		assert_int_equal(out.n, 0);
		buf_done(&out);
	}
}

/* What is added stands before the customer's own. */
static void
more(void **state)
{
	const struct header_add add = { .received = STR_LIT("R: r\r\n"),
		.date = STR_LIT("D"),
		.message_id = STR_LIT("<M>"),
		.more = STR_LIT("L: l\r\nM: m\r\n") };
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(header_rewrite(&out, STR_LIT("A: 1\r\n\r\n"), &add), 0);
	assert_str(buf_str(&out), ADDED "L: l\r\nM: m\r\nA: 1\r\n\r\n");
	buf_done(&out);
}

static void
may_have(void **state)
{
	static const char *const prefixes[] = { "x-mj-", "x-smtpapi", NULL };
	static const struct {
		const char *name, *block;
		bool want;
	} table[] = {
		{ "first", "X-MJ-CustomID: 1\r\n\r\n", true },
		{ "last, no end", "A: 1\r\nx-smtpAPI: {}", true },
		{ "behind a folded one", "A: 1\r\n b\r\nX-SMTPAPI: {}\r\n\r\n", true },
		{ "folded itself", "A: 1\r\n X-SMTPAPI: {}\r\n\r\n", false },
		{ "in a value", "A: X-SMTPAPI: {}\r\n\r\n", false },
		{ "others", "X-Mailer: y\r\nX-M: 1\r\n\r\n", false },
		{ "none", "", false },
	};

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(header_may_have(str_z(row->block), prefixes), row->want);
}

static void
safe(void **state)
{
	(void)state;
	assert_true(header_value_safe(STR_LIT("a\tb \xe9")));
	assert_false(header_value_safe(STR_LIT("a\rb")));
	assert_false(header_value_safe(STR_LIT("a\n")));
	assert_false(header_value_safe(STR_LIT("\0")));
}

TEST_MAIN(TEST(fields), TEST(lengths), TEST(decode), TEST(decode_max), TEST(facts), TEST(more),
	TEST(may_have), TEST(rewrite), TEST(safe))
