#include "content/track_leaf.h"

#include "base/test.h"

#include <errno.h>

static const struct {
	const char *name, *body, *want; /* NULL: -EINVAL */
	enum track_leaf_code code;
} decoded[] = {
	{ "plain", "a=3D\r\n b \r\n", "a=3D\r\n b \r\n", TRACK_LEAF_PLAIN },
	{ "escapes", "a=3Db=c3=A9=0D=0A", "a=b\303\251\r\n", TRACK_LEAF_QP },
	{ "soft break", "ab=\r\ncd\r\n", "abcd\r\n", TRACK_LEAF_QP },
	{ "soft break, space behind", "ab= \t\r\ncd", "abcd", TRACK_LEAF_QP },
	{ "soft break at the end", "ab=", "ab", TRACK_LEAF_QP },
	{ "space at an end", "ab  \r\ncd\t", "ab\r\ncd", TRACK_LEAF_QP },
	{ "empty lines", "\r\n\r\na", "\r\n\r\na", TRACK_LEAF_QP },
	{ "no escape", "a=b", NULL, TRACK_LEAF_QP },
	{ "half an escape", "a=3", NULL, TRACK_LEAF_QP },
	{ "base64", "aHR0\r\ncDovL2EvIA==\r\n", "http://a/ ", TRACK_LEAF_B64 },
	{ "base64 without padding", "aHR0cDovL2EvIA", NULL, TRACK_LEAF_B64 },
	{ "base64 and more", "aHR0cDovL2EvIA==aHR0", NULL, TRACK_LEAF_B64 },
	{ "no base64", "aHR0!DovL2EvIA==", NULL, TRACK_LEAF_B64 },
};

static void
test_decode(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	TEST_EACH(row, decoded)
	{
		int err = track_leaf_decode(&out, str_z(row->body), row->code);

		assert_int_equal(err, row->want ? 0 : -EINVAL);
		if (row->want)
			assert_str(buf_str(&out), row->want);
		buf_clear(&out);
	}
	buf_done(&out);
}

#define A10 "aaaaaaaaaa"
#define A70 A10 A10 A10 A10 A10 A10 A10

static const struct {
	const char *name, *text, *want;
} encoded[] = {
	{ "none", "", "" },
	{ "ASCII", "a b\tc\r\n", "a b\tc\r\n" },
	{ "no line end", "a", "a" },
	{ "=", "a=b", "a=3Db" },
	{ "eight bits", "\303\251", "=C3=A9" },
	{ "white space at an end", "a \r\nb\t", "a=20\r\nb=09" },
	{ "dot, From", ".\r\nFrom a.F", "=2E\r\n=46rom a.F" },
	{ "alone", "a\nb\rc", "a=0Ab=0Dc" },
	{ "75 columns", A70 "12345", A70 "12345" },
	{ "76 columns", A70 "123456", A70 "12345=\r\n6" },
	{ "an escape is whole", A70 "123=", A70 "123=\r\n=3D" },
	{ "a dot behind a break", A70 "12345.", A70 "12345=\r\n=2E" },
};

static void
test_qp(void **state)
{
	struct buf out, again;

	(void)state;
	buf_init(&out, 1000);
	buf_init(&again, 1000);
	TEST_EACH(row, encoded)
	{
		assert_int_equal(track_leaf_qp(&out, str_z(row->text)), 0);
		assert_str(buf_str(&out), row->want);
		assert_int_equal(track_leaf_decode(&again, buf_str(&out), TRACK_LEAF_QP), 0);
		assert_str(buf_str(&again), row->text);
		buf_clear(&out);
		buf_clear(&again);
	}
	buf_done(&out);
	buf_done(&again);
	buf_init(&out, 10);
	assert_int_equal(track_leaf_qp(&out, STR_LIT("12345678901")), -E2BIG);
	buf_done(&out);
}

static void
test_b64(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(track_leaf_b64(&out, STR_LIT("http://a/ "), false), 0);
	assert_str(buf_str(&out), "aHR0cDovL2EvIA==");
	buf_clear(&out);
	assert_int_equal(track_leaf_b64(&out, STR_LIT("http://a/ "), true), 0);
	assert_str(buf_str(&out), "aHR0cDovL2EvIA==\r\n");
	buf_done(&out);
}

static void
test_plain(void **state)
{
	char line[TRACK_LEAF_LINE + 4];

	(void)state;
	memset(line, 'a', sizeof line);
	memcpy(line + TRACK_LEAF_LINE, "\r\n", 2);
	assert_true(track_leaf_plain(str_of(line, TRACK_LEAF_LINE)));
	assert_true(track_leaf_plain(str_of(line, TRACK_LEAF_LINE + 2)));
	line[TRACK_LEAF_LINE] = 'a';
	assert_false(track_leaf_plain(str_of(line, TRACK_LEAF_LINE + 1)));
	memcpy(line + TRACK_LEAF_LINE + 1, "\r\n", 2);
	assert_false(track_leaf_plain(str_of(line, TRACK_LEAF_LINE + 3)));
	assert_true(track_leaf_plain(STR_LIT("a\r\n\r\nb")));
	assert_false(track_leaf_plain(STR_LIT("a\n")));
	assert_false(track_leaf_plain(STR_LIT("a\rb\r\n")));
	assert_false(track_leaf_plain(STR_LIT("a\0b")));
}

static void
test_code(void **state)
{
	enum track_leaf_code code = TRACK_LEAF_PLAIN;

	(void)state;
	assert_int_equal(track_leaf_code(STR_LIT(" Quoted-Printable\r\n "), &code), 0);
	assert_int_equal(code, TRACK_LEAF_QP);
	assert_int_equal(track_leaf_code(STR_LIT("BASE64"), &code), 0);
	assert_int_equal(code, TRACK_LEAF_B64);
	assert_int_equal(track_leaf_code(STR_LIT("8bit"), &code), 0);
	assert_int_equal(code, TRACK_LEAF_PLAIN);
	assert_int_equal(track_leaf_code(STR_LIT("x-uuencode"), &code), -EINVAL);
	assert_int_equal(track_leaf_code(STR_LIT(""), &code), -EINVAL);
	assert_int_equal(track_leaf_code(STR_LIT("base64 (as is)"), &code), -EINVAL);
}

TEST_MAIN(TEST(test_decode), TEST(test_qp), TEST(test_b64), TEST(test_plain), TEST(test_code))
