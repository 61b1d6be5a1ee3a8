#include "base/text.h"

#include "base/test.h"

#include <errno.h>
#include <limits.h>

#define S STR_LIT

struct coding {
	const char *name;
	int (*encode)(struct buf *, struct str);
	int (*decode)(struct buf *, struct str);
	const char *empty, *f, *fo, *foo, *foobar;
};

/* RFC 4648 10. */
static const struct coding codings[] = {
	{ "b64", text_b64, text_b64_decode, "", "Zg==", "Zm8=", "Zm9v", "Zm9vYmFy" },
	{ "b64url", text_b64url, text_b64url_decode, "", "Zg", "Zm8", "Zm9v", "Zm9vYmFy" },
	{ "b32", text_b32, text_b32_decode, "", "my", "mzxq", "mzxw6", "mzxw6ytboi" },
	{ "hex", text_hex, text_hex_decode, "", "66", "666f", "666f6f", "666f6f626172" },
};

static void
both_ways(const struct coding *c, struct buf *b, const char *plain, const char *coded)
{
	buf_clear(b);
	assert_int_equal(c->encode(b, str_z(plain)), 0);
	assert_str(buf_str(b), coded);
	buf_clear(b);
	assert_int_equal(c->decode(b, str_z(coded)), 0);
	assert_str(buf_str(b), plain);
}

static void
test_codings(void **state)
{
	struct buf b, back;
	char all[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (char)(255 - i);
	buf_init(&b, 1000);
	buf_init(&back, 256);
	TEST_EACH(row, codings)
	{
		both_ways(row, &b, "", row->empty);
		both_ways(row, &b, "f", row->f);
		both_ways(row, &b, "fo", row->fo);
		both_ways(row, &b, "foo", row->foo);
		both_ways(row, &b, "foobar", row->foobar);
		for (size_t n = 0; n <= 256; n++) {
			buf_clear(&b);
			buf_clear(&back);
			assert_int_equal(row->encode(&b, str_of(all, n)), 0);
			assert_int_equal(row->decode(&back, buf_str(&b)), 0);
			assert_str_eq(buf_str(&back), str_of(all, n));
		}
		assert_int_equal(row->decode(&back, buf_str(&b)), -E2BIG);
		assert_int_equal(back.n, 256);
		buf_clear(&back);
		assert_int_equal(row->encode(&back, str_of(all, 256)), -E2BIG);
		assert_int_equal(back.n, 0);
	}
	buf_done(&b);
	buf_done(&back);
}

static void
test_lines(void **state)
{
	static const char in[120];
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(text_b64_lines(&b, STR_NONE), 0);
	assert_int_equal(b.n, 0);
	assert_int_equal(text_b64_lines(&b, str_of(in, 57)), 0);
	assert_int_equal(b.n, 78);
	buf_clear(&b);
	assert_int_equal(text_b64_lines(&b, str_of(in, 58)), 0);
	assert_str(str_from(buf_str(&b), 74), "AA\r\nAA==\r\n");
	buf_done(&b);
	buf_init(&b, 80);
	assert_int_equal(text_b64_lines(&b, str_of(in, 58)), -E2BIG);
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *name;
		int (*decode)(struct buf *, struct str);
		const char *in;
	} table[] = {
		{ "b64 no padding", text_b64_decode, "Zg" },
		{ "b64 half padding", text_b64_decode, "Zg=" },
		{ "b64 only padding", text_b64_decode, "====" },
		{ "b64 one digit", text_b64_decode, "A===" },
		{ "b64 loose bits", text_b64_decode, "Zh==" },
		{ "b64 loose bits 2", text_b64_decode, "Zm9=" },
		{ "b64 padding inside", text_b64_decode, "Zg==Zg==" },
		{ "b64 line end", text_b64_decode, "Zm9v\r\n" },
		{ "b64 url digit", text_b64_decode, "Zm-_" },
		{ "b64url padding", text_b64url_decode, "Zg==" },
		{ "b64url plus", text_b64url_decode, "Zm9+" },
		{ "b64url slash", text_b64url_decode, "Zm9/" },
		{ "b64url high byte", text_b64url_decode, "Zm\xe6v" },
		{ "b64 high byte", text_b64_decode, "Zm\xffv" },
		{ "b64url loose bits", text_b64url_decode, "Zh" },
		{ "b64url one digit", text_b64url_decode, "Zm9vA" },
		{ "b32 one digit", text_b32_decode, "m" },
		{ "b32 three digits", text_b32_decode, "mza" },
		{ "b32 six digits", text_b32_decode, "mzxw6a" },
		{ "b32 loose bits", text_b32_decode, "mz" },
		{ "b32 digit 1", text_b32_decode, "m1" },
		{ "hex odd", text_hex_decode, "666" },
		{ "hex letter", text_hex_decode, "6g" },
		{ "hex high byte", text_hex_decode, "6\xe6" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_put_c(&b, 'x');
	TEST_EACH(row, table)
	{
		assert_int_equal(row->decode(&b, str_z(row->in)), -EINVAL);
		assert_str(buf_str(&b), "x");
	}
	assert_int_equal(text_b32_decode(&b, S("MZXW6")), 0);
	assert_int_equal(text_hex_decode(&b, S("6F")), 0);
	assert_str(buf_str(&b), "xfooo");
	buf_done(&b);
}

static void
test_escapes(void **state)
{
	static const struct {
		const char *name;
		struct str in;
		const char *safe, *logfmt, *json;
	} table[] = {
		{ "plain", S("abc"), "abc", "abc", "\"abc\"" },
		{ "empty", S(""), "", "\"\"", "\"\"" },
		{ "space", S("a b"), "a b", "\"a b\"", "\"a b\"" },
		{ "equals", S("a=b"), "a=b", "\"a=b\"", "\"a=b\"" },
		{ "quote", S("a\"b"), "a\"b", "\"a\\\"b\"", "\"a\\\"b\"" },
		{ "backslash", S("a\\b"), "a\\\\b", "a\\\\b", "\"a\\\\b\"" },
		{ "line end", S("a\r\nb"), "a\\x0d\\x0ab", "a\\x0d\\x0ab", "\"a\\r\\nb\"" },
		{ "NUL", S("a\0b"), "a\\x00b", "a\\x00b", "\"a\\u0000b\"" },
		{ "escape", S("\x1b[1m"), "\\x1b[1m", "\\x1b[1m", "\"\\u001b[1m\"" },
		{ "others", S("\b\f\t\x7f"), "\\x08\\x0c\\x09\\x7f", "\\x08\\x0c\\x09\\x7f",
			"\"\\b\\f\\t\x7f\"" },
		{ "letters", S("\xc3\xa9\xf0\x9f\x98\x80"), "\xc3\xa9\xf0\x9f\x98\x80",
			"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "C1", S("\xc2\x9b"), "\\u{009b}", "\\u{009b}", "\"\xc2\x9b\"" },
		{ "line separator", S("\xe2\x80\xa8"), "\\u{2028}", "\\u{2028}",
			"\"\xe2\x80\xa8\"" },
		{ "bidi", S("\xe2\x80\xae\xe2\x81\xa6\xd8\x9c"), "\\u{202e}\\u{2066}\\u{061c}",
			"\\u{202e}\\u{2066}\\u{061c}", "\"\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\"" },
		{ "runs between", S("ab\x01zz\xffzz\\yy"), "ab\\x01zz\\xffzz\\\\yy",
			"ab\\x01zz\\xffzz\\\\yy", "\"ab\\u0001zz\xef\xbf\xbdzz\\\\yy\"" },
		{ "no UTF-8", S("a\xff\xc3"), "a\\xff\\xc3", "a\\xff\\xc3",
			"\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	TEST_EACH(row, table)
	{
		buf_clear(&b);
		assert_int_equal(text_safe(&b, row->in), 0);
		assert_str(buf_str(&b), row->safe);
		buf_clear(&b);
		assert_int_equal(text_logfmt(&b, row->in), 0);
		assert_str(buf_str(&b), row->logfmt);
		buf_clear(&b);
		assert_int_equal(text_json(&b, row->in), 0);
		assert_str(buf_str(&b), row->json);
	}
	buf_done(&b);
}

static void
test_limits(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_put_z(&b, "x");
	assert_int_equal(text_safe(&b, S("aaaa\n")), -E2BIG);
	assert_int_equal(text_logfmt(&b, S("aaa aaa")), -E2BIG);
	assert_int_equal(text_json(&b, S("aaaaaa")), -E2BIG);
	assert_str(buf_str(&b), "x");
	assert_true(b.full);
	assert_int_equal(text_json(&b, S("aaaaa")), 0);
	assert_str(buf_str(&b), "x\"aaaaa\"");
	assert_true(b.full);
	buf_done(&b);
}

static void
test_utf8(void **state)
{
	static const struct {
		const char *name, *in;
		bool ok;
	} table[] = {
		{ "ASCII", "az~", true },
		{ "least of 2", "\xc2\x80", true },
		{ "too long 2", "\xc1\xbf", false },
		{ "least of 3", "\xe0\xa0\x80", true },
		{ "too long 3", "\xe0\x9f\xbf", false },
		{ "before surrogates", "\xed\x9f\xbf", true },
		{ "surrogate", "\xed\xa0\x80", false },
		{ "least of 4", "\xf0\x90\x80\x80", true },
		{ "too long 4", "\xf0\x8f\xbf\xbf", false },
		{ "last", "\xf4\x8f\xbf\xbf", true },
		{ "behind the last", "\xf4\x90\x80\x80", false },
		{ "five bytes", "\xf8\x88\x80\x80\x80", false },
		{ "tail alone", "\x80", false },
		{ "cut", "\xe2\x82", false },
		{ "no tail", "\xe2\x82z", false },
	};

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(text_is_utf8(str_z(row->in)), row->ok);
	assert_true(text_is_utf8(STR_NONE));
	assert_true(text_is_ascii(S("a\x7f")));
	assert_false(text_is_ascii(S("a\x80")));
	assert_true(text_is_ascii(S("0123456789abcdefg")));
	for (size_t i = 0; i < 20; i++) {
		char text[20] = "01234567890123456789";

		text[i] = (char)(text[i] | 0x80);
		assert_false(text_is_ascii(str_of(text, sizeof text)));
	}
}

static void
test_distance(void **state)
{
	static const struct {
		const char *name, *a, *b;
		unsigned d;
	} table[] = {
		{ "same", "listen", "listen", 0 },
		{ "empty", "", "abc", 3 },
		{ "swap", "kitten", "sitting", 3 },
		{ "lost", "hostname", "hostnme", 1 },
		{ "turned", "ab", "ba", 2 },
	};
	static const char longer[TEXT_WORD_MAX + 1];

	(void)state;
	TEST_EACH(row, table)
	{
		assert_int_equal(text_distance(str_z(row->a), str_z(row->b)), row->d);
		assert_int_equal(text_distance(str_z(row->b), str_z(row->a)), row->d);
	}
	assert_int_equal(text_distance(str_of(longer, TEXT_WORD_MAX), STR_NONE), TEXT_WORD_MAX);
	assert_true(text_distance(str_of(longer, sizeof longer), STR_NONE) == UINT_MAX);
}

TEST_MAIN(TEST(test_codings), TEST(test_lines), TEST(test_refused), TEST(test_escapes),
	TEST(test_limits), TEST(test_utf8), TEST(test_distance))
