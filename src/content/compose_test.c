#include "content/compose.h"

#include "base/test.h"
#include "base/text.h"
#include "content/compose_text.h"

#include <errno.h>

static struct compose
simple(void)
{
	return (struct compose){ .from = STR_LIT("a@demo.test"),
		.to = STR_LIT("b@demo.test"),
		.subject = STR_LIT("Hi"),
		.text = STR_LIT("1, 2, 3\n"),
		.message_id = STR_LIT("<x@demo.test>"),
		.date = INT64_C(1795513883000000),
		.seed = STR_LIT("SEED") };
}

static void
test_plain(void **state)
{
	struct compose c = simple();
	struct buf out;
	const char *why = NULL;

	(void)state;
	buf_init(&out, 1 << 20);
	assert_int_equal(compose_write(&out, &c, &why), 0);
	assert_str(buf_str(&out), "Date: Tue, 24 Nov 2026 09:51:23 +0000\r\n"
				  "From: a@demo.test\r\nTo: b@demo.test\r\nSubject: Hi\r\n"
				  "Message-ID: <x@demo.test>\r\nMIME-Version: 1.0\r\n"
				  "Content-Type: text/plain; charset=utf-8\r\n"
				  "Content-Transfer-Encoding: 7bit\r\n\r\n1, 2, 3\r\n");
	buf_done(&out);
}

static void
test_fields(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "ascii", "one two", "S: one two\r\n" },
		{ "latin", "Été", "S: =?UTF-8?B?w4l0w6k=?=\r\n" },
		{ "looks encoded", "=?x", "S: =?UTF-8?B?PT94?=\r\n" },
		{ "outer space", " x", "S: =?UTF-8?B?IHg=?=\r\n" },
		{ "folds",
			"aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ggggggggg "
			"hhhhhhhhh",
			"S: aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff "
			"ggggggggg\r\n hhhhhhhhh\r\n" },
		{ "empty", "", "S: \r\n" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf out;

		buf_init(&out, 4096);
		assert_int_equal(compose_text_field(&out, STR_LIT("S"), str_z(row->in)), 0);
		assert_str(buf_str(&out), row->want);
		buf_done(&out);
	}
}

static void
test_mailboxes(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "plain", "a@b.test", "T: a@b.test\r\n" },
		{ "two", "a@b.test,c@d.test", "T: a@b.test, c@d.test\r\n" },
		{ "name", "Ann B <a@b.test>", "T: Ann B <a@b.test>\r\n" },
		{ "brackets alone", "<a@b.test>", "T: a@b.test\r\n" },
		{ "utf-8 name", "\"José, M\" <a@b.test>",
			"T: =?UTF-8?B?Sm9zw6ksIE0=?= <a@b.test>\r\n" },
		{ "a bracket in a local part", "\"a<b\"@c.test, <\"a<b\"@c.test>",
			"T: \"a<b\"@c.test, \"a<b\"@c.test\r\n" },
		{ "a single quote sign", "5\" disk <a@b.test>",
			"T: \"5\\\" disk\" <a@b.test>\r\n" },
		{ "dot needs quotes", "J. R <a@b.test>", "T: \"J. R\" <a@b.test>\r\n" },
		{ "quotes stay right", "\"a \\\"b\\\", c\" <a@b.test>, d@e.test",
			"T: \"a \\\"b\\\", c\" <a@b.test>, d@e.test\r\n" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf out;

		buf_init(&out, 4096);
		assert_int_equal(compose_text_mailboxes(&out, STR_LIT("T"), str_z(row->in)), 0);
		assert_str(buf_str(&out), row->want);
		buf_done(&out);
	}
}

/* No line may pass max bytes. */
static void
assert_lines(struct str s, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		n = s.p[i] == '\n' ? 0 : n + 1;
		assert_true(n <= max + 1); /* the CR */
	}
}

/* Where spaces stand together no fold may be, so the line would be too long. */
static void
test_long_gap(void **state)
{
	struct buf in, out;

	(void)state;
	buf_init(&in, 1 << 16);
	buf_init(&out, 1 << 16);
	buf_put_c(&in, 'a');
	for (int i = 0; i < 2000; i++)
		buf_put_c(&in, ' ');
	buf_put_c(&in, 'b');
	assert_int_equal(compose_text_field(&out, STR_LIT("S"), buf_str(&in)), 0);
	assert_lines(buf_str(&out), 76);
	buf_done(&in);
	buf_done(&out);
}

static void
test_leaves(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "empty", "",
			" charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\r\n" },
		{ "line ends", "a\nb\rc\r\nd",
			" charset=utf-8\r\nContent-Transfer-Encoding: "
			"7bit\r\n\r\na\r\nb\r\nc\r\nd\r\n" },
		{ "utf-8", "é",
			" charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\né\r\n" },
		{ "latin-1", "\xe9",
			" charset=windows-1252\r\nContent-Transfer-Encoding: "
			"8bit\r\n\r\n\xe9\r\n" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf out;

		buf_init(&out, 4096);
		assert_int_equal(compose_text_leaf(&out, str_z(row->in)), 0);
		assert_str(buf_str(&out), row->want);
		buf_done(&out);
	}
}

static void
test_long(void **state)
{
	struct buf in, out;

	(void)state;
	buf_init(&in, 1 << 16);
	buf_init(&out, 1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_put_z(&in, "é");
	assert_int_equal(compose_text_field(&out, STR_LIT("Subject"), buf_str(&in)), 0);
	assert_lines(buf_str(&out), 76);
	buf_clear(&out);
	assert_int_equal(compose_text_param(&out, STR_LIT("filename"), buf_str(&in)), 0);
	assert_lines(buf_str(&out), 78);
	buf_clear(&out);
	assert_int_equal(compose_text_leaf(&out, buf_str(&in)), 0);
	assert_true(str_find_str(buf_str(&out), STR_LIT("quoted-printable")) < out.n);
	assert_lines(buf_str(&out), 76);
	buf_clear(&in);
	buf_clear(&out);
	for (int i = 0; i < 3000; i++)
		buf_put_c(&in, 'x');
	assert_int_equal(compose_text_field(&out, STR_LIT("Subject"), buf_str(&in)), 0);
	assert_lines(buf_str(&out), 76);
	buf_done(&in);
	buf_done(&out);
}

static void
test_boundary(void **state)
{
	struct compose c = simple();
	struct compose_file f = { STR_LIT("a\"b.pdf"), STR_NONE, STR_LIT("xyz"), STR_NONE };
	struct buf out;
	const char *why = NULL;

	(void)state;
	buf_init(&out, 1 << 20);
	c.text = STR_LIT("--=_m0_SEED\n--=_a0_SEED");
	c.html = STR_LIT("<p>");
	c.files = &f;
	c.nfiles = 1;
	assert_int_equal(compose_write(&out, &c, &why), 0);
	assert_true(str_find_str(buf_str(&out), STR_LIT("boundary=\"=_m1_SEED\"")) < out.n);
	assert_true(str_find_str(buf_str(&out), STR_LIT("boundary=\"=_a1_SEED\"")) < out.n);
	assert_true(str_find_str(buf_str(&out), STR_LIT("filename=\"a\\\"b.pdf\"")) < out.n);
	assert_true(str_find_str(buf_str(&out), STR_LIT("application/pdf")) < out.n);
	buf_done(&out);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *name, *header, *value, *subject;
	} table[] = {
		{ "line break in a subject", "X-A", "b", "a\r\nBcc: x@y.test" },
		{ "line break in a value", "X-A", "a\nb", "s" },
		{ "colon in a name", "X:A", "a", "s" },
		{ "empty name", "", "a", "s" },
		{ "a field of ours", "Content-Type", "a", "s" },
		{ "not UTF-8", "X-A", "\xe9", "s" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct compose_header h = { str_z(row->header), str_z(row->value) };
		struct compose c = simple();
		struct buf out;
		const char *why = NULL;

		buf_init(&out, 1 << 16);
		c.headers = &h;
		c.nheaders = 1;
		c.subject = str_z(row->subject);
		assert_int_equal(compose_write(&out, &c, &why), -EINVAL);
		assert_non_null(why);
		assert_int_equal(out.n, 0);
		buf_done(&out);
	}
}

/* Types and boundaries as they come, a level deeper after "multipart". */
static void
shape(struct str message, struct buf *b)
{
	while (message.p && message.n > 0) {
		struct str line = str_trim_all(str_cut(&message, '\n'));

		if (str_starts(line, STR_LIT("Content-Type: "))) {
			line = str_from(line, 14);
			buf_printf(b, "%.*s ", STR_ARG(str_head(line, str_find(line, ';'))));
		} else if (str_starts(line, STR_LIT("--=_"))) {
			buf_printf(b, "%c%s", line.p[4],
				str_ends(line, STR_LIT("--")) ? "/ " : ":");
		}
	}
}

static void
test_shapes(void **state)
{
	static const struct compose_file files[] = {
		{ { "a.png", sizeof("a.png") - 1 }, { "", sizeof("") - 1 },
			{ "PNG", sizeof("PNG") - 1 }, { "logo", sizeof("logo") - 1 } },
		{ { "b.pdf", sizeof("b.pdf") - 1 }, { "", sizeof("") - 1 },
			{ "PDF", sizeof("PDF") - 1 }, { "", sizeof("") - 1 } },
	};
	static const struct compose_part others[] = {
		{ { "text/calendar", sizeof("text/calendar") - 1 },
			{ "BEGIN:VCALENDAR", sizeof("BEGIN:VCALENDAR") - 1 } },
		{ { "text/x-amp-html", sizeof("text/x-amp-html") - 1 },
			{ "<html amp4email>", sizeof("<html amp4email>") - 1 } },
	};
	static const struct {
		const char *name, *text, *html;
		size_t first, nfiles, nothers;
		const char *want;
	} table[] = {
		{ "nothing", "", "", 0, 0, 0, "text/plain " },
		{ "html", "", "<p>", 0, 0, 0, "text/html " },
		{ "both", "x", "<p>", 0, 0, 0,
			"multipart/alternative a:text/plain a:text/html a/ " },
		{ "file", "x", "", 1, 1, 0,
			"multipart/mixed m:text/plain m:application/pdf m/ " },
		{ "image", "", "<p>", 0, 1, 0,
			"multipart/related r:text/html r:image/png r/ " },
		{ "image without HTML", "x", "", 0, 1, 0,
			"multipart/mixed m:text/plain m:image/png m/ " },
		{ "invitation", "", "", 0, 0, 1, "text/calendar " },
		{ "all", "x", "<p>", 0, 2, 2,
			"multipart/mixed m:multipart/alternative a:text/plain "
			"a:text/x-amp-html "
			"a:multipart/related r:text/html r:image/png r/ a:text/calendar a/ "
			"m:application/pdf m/ " },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct compose c = simple();
		struct buf out, got;
		const char *why;

		buf_init(&out, 1 << 16);
		buf_init(&got, 4096);
		c.text = str_z(row->text);
		c.html = str_z(row->html);
		c.files = files + row->first;
		c.nfiles = row->nfiles;
		c.others = others;
		c.nothers = row->nothers;
		assert_int_equal(compose_write(&out, &c, &why), 0);
		shape(buf_str(&out), &got);
		assert_str(buf_str(&got), row->want);
		buf_done(&out);
		buf_done(&got);
	}
}

static void
test_files_refused(void **state)
{
	static const struct {
		const char *name, *type, *id;
	} table[] = {
		{ "type with a line", "image/png\r\nX: y", "" },
		{ "no type", "png", "" },
		{ "half a type", "image/", "" },
		{ "id with a bracket", "", "a>b" },
		{ "id with a space", "", "a b" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct compose_file f = { STR_LIT("a.png"), str_z(row->type), STR_LIT("x"),
			str_z(row->id) };
		struct compose c = simple();
		struct buf out;
		const char *why = NULL;

		buf_init(&out, 1 << 16);
		c.files = &f;
		c.nfiles = 1;
		assert_int_equal(compose_write(&out, &c, &why), -EINVAL);
		assert_non_null(why);
		buf_done(&out);
	}
}

static void
test_full(void **state)
{
	struct compose c = simple();
	struct buf out;
	const char *why = NULL;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(compose_write(&out, &c, &why), -E2BIG);
	assert_int_equal(out.n, 0);
	buf_done(&out);
}

TEST_MAIN(TEST(test_plain), TEST(test_fields), TEST(test_mailboxes), TEST(test_long_gap),
	TEST(test_leaves), TEST(test_long), TEST(test_boundary), TEST(test_refused),
	TEST(test_shapes), TEST(test_files_refused), TEST(test_full))
