#include "wire/mime_in.h"

#include "base/buf.h"
#include "base/test.h"

#define CT "Content-Type: "

/* Each part as "depth type<body>", for tables. */
static void
put_parts(struct buf *b, const struct mime_in *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct mime_in_part *p = &m->parts[i];

		buf_printf(b, "%s%u %.*s", i ? "|" : "", p->depth, STR_ARG(p->type));
		if (!p->multipart)
			buf_printf(b, "<%.*s>", STR_ARG(p->body));
	}
	if (m->cut)
		buf_put_z(b, "!");
}

static void
test_walk(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "no MIME", "Subject: x\r\n\r\nbody\r\n", "0 <body\r\n>" },
		{ "no body", "Subject: x\r\n", "0 <>" },
		{ "nothing", "", "0 <>" },
		{ "two parts",
			CT "multipart/mixed; boundary=\"b\"\r\n\r\npre\r\n--b\r\n" CT
			   "text/plain\r\n\r\none\r\n--b \r\n\r\ntwo\r\n\r\n--b--\r\nepilogue",
			"0 multipart/mixed|1 text/plain<one>|1 <two\r\n>" },
		{ "cut off before the end",
			CT "multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntw",
			"0 multipart/mixed|1 <one>|1 <tw>" },
		{ "nested, one boundary begins like the other",
			CT
			"multipart/report;\r\n boundary=b\r\n\r\n--b\r\n" CT
			"multipart/alternative; boundary=bb\r\n\r\n--bb\r\n\r\n1\r\n--bb--\r\n"
			"--b\r\n" CT "message/delivery-status\r\n\r\nA: 1\r\n--b--",
			"0 multipart/report|1 multipart/alternative|2 <1>|"
			"1 message/delivery-status<A: 1>" },
		{ "a message inside stays closed",
			CT "multipart/mixed; boundary=b\r\n\r\n--b\r\n" CT
			   "message/rfc822\r\n\r\n" CT
			   "multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n1\r\n--c--\r\n--b--",
			"0 multipart/mixed|1 message/rfc822<" CT
			"multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n1\r\n--c-->" },
		{ "no boundary", CT "multipart/report\r\n\r\nx", "0 multipart/report<x>" },
		{ "a boundary within a line",
			CT "multipart/mixed; boundary=b\r\n\r\nx--b\r\n\r\n",
			"0 multipart/mixed" },
		{ "a close that is none",
			CT "multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n1\r\n--b--x\r\n--b--",
			"0 multipart/mixed|1 <1\r\n--b--x>" },
		{ "a type that is none", CT "report\r\n\r\nx", "0 <x>" },
		{ "a line that is no field", "oh\r\n" CT "text/x\r\n\r\nx", "0 text/x<x>" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct mime_in m;
		struct buf b;

		arena_init(&a, 1u << 16);
		buf_init(&b, 1u << 16);
		mime_in_walk(&a, str_z(row->in), &m);
		put_parts(&b, &m);
		assert_str(buf_str(&b), row->want);
		buf_done(&b);
		arena_done(&a);
	}
}

static void
test_limits(void **state)
{
	struct arena a;
	struct mime_in m;
	struct buf b;

	(void)state;
	arena_init(&a, 1u << 16);
	buf_init(&b, 1u << 20);
	for (unsigned i = 0; i < 40; i++)
		buf_printf(&b, CT "multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i, i);
	mime_in_walk(&a, buf_str(&b), &m);
	assert_int_equal(m.n, MIME_IN_DEPTH + 1);
	assert_true(m.cut);
	assert_false(m.parts[MIME_IN_DEPTH].multipart);

	buf_clear(&b);
	buf_put_z(&b, CT "multipart/mixed; boundary=b\r\n\r\n");
	for (unsigned i = 0; i < 1000; i++)
		buf_put_z(&b, "--b\r\n\r\nx\r\n");
	mime_in_walk(&a, buf_str(&b), &m);
	assert_int_equal(m.n, MIME_IN_PARTS);
	assert_true(m.cut);
	buf_done(&b);
	arena_done(&a);
}

static void
test_text(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "line ends", "\r\n\ra\nb\r\nc\r\r", "\r\na\r\nb\r\nc\r\n\r\n" },
		{ "quoted-printable",
			"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
			"a=40b=\r\nc= \r\nd=3d=0a=ZZ=",
			"a@bcd=\r\n=ZZ" },
		{ "base64", "Content-Transfer-Encoding: BASE64\r\n\r\nYUBi\r\n!CmMA\r\n=junk",
			"a@b\r\nc " },
		{ "the first text",
			CT
			"multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n \r\n--b\r\n" CT
			"text/plain\r\nContent-Disposition: attachment\r\n\r\nno\r\n--b\r\n" CT
			"text/plain; charset=utf-8\r\n\r\nyes\r\n--b--",
			"yes" },
		{ "HTML",
			CT "text/html\r\n\r\n<html><head><title>t</title></head><STYLE>a{}"
			   "</style><p>To <b>x&lt;a@b&gt;</b><!-- no > --><br>550\r\n5 &copy; <"
			   "<c@d></p>",
			"   \r\nTo  x<a@b> \r\n550 5 &copy; <c@d>\r\n" },
		{ "HTML, pre", CT "text/html\r\n\r\n<pre>a\r\nb</pre>c\r\nd",
			"\r\na\r\nb\r\nc d" },
		{ "no boundary", CT "multipart/report\r\n\r\nx", "x" },
		{ "nothing", CT "image/png\r\n\r\nx", "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct mime_in m;

		arena_init(&a, 1u << 16);
		mime_in_walk(&a, str_z(row->in), &m);
		assert_str(mime_in_human(&a, &m, 4096), row->want);
		assert_true(mime_in_human(&a, &m, 3).n <= 3);
		arena_done(&a);
	}
}

static void
test_fields(void **state)
{
	static const char head[] = "A: 1\r\nSubject: =?utf-8?Q?=C3=A9t=C3=A9?=\r\n\tx\x01y\r\n"
				   "a: 2\r\n\r\nB: 3\r\n";
	struct str rest = STR_LIT("a\r\n\r\nb"), line;
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	assert_str(mime_in_field(str_z(head), "a"), " 1");
	assert_null(mime_in_field(str_z(head), "B").p);
	assert_str(mime_in_line(&a, mime_in_field(str_z(head), "SUBJECT"), 100),
		"\xc3\xa9t\xc3\xa9 x y");
	assert_true(mime_in_line(&a, mime_in_field(str_z(head), "Subject"), 5).n <= 5);
	assert_true(mime_in_next(&rest, &line));
	assert_str(line, "a");
	assert_true(mime_in_next(&rest, &line));
	assert_str(line, "");
	assert_true(mime_in_next(&rest, &line));
	assert_str(line, "b");
	assert_false(mime_in_next(&rest, &line));
	arena_done(&a);
}

/* Byte for byte: line ends and NUL too. */
static void
test_bytes(void **state)
{
	static const struct {
		const char *name, *coding, *body, *want;
		size_t n;
	} rows[] = {
		{ "plain", "7bit", "a\nb\rc\r\n", "a\nb\rc\r\n", 7 },
		{ "base64", "base64", "AAEK\r\nDQ==", "\0\1\n\r", 4 },
		{ "quoted", "quoted-printable", "=00=0A=\r\nx", "\0\nx", 3 },
		{ "nothing", "base64", "", "", 0 },
	};

	(void)state;
	TEST_EACH(row, rows)
	{
		static struct mime_in m;
		struct arena a;
		struct str text, got;

		arena_init(&a, 65536);
		text = arena_printf(
			&a, "Content-Transfer-Encoding: %s\r\n\r\n%s", row->coding, row->body);
		mime_in_walk(&a, text, &m);
		got = mime_in_bytes(&a, &m.parts[0]);
		assert_int_equal(got.n, row->n);
		assert_memory_equal(got.p, row->want, row->n);
		arena_done(&a);
	}
}

TEST_MAIN(TEST(test_walk), TEST(test_limits), TEST(test_text), TEST(test_fields),
	TEST(test_bytes))
