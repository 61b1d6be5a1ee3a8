#include "base/test.h"

#include "base/arena.h"
#include "wire/json_fast.h"

#define DEEP 8u

/* Does it take this, and as jansson does? */
static void
test_same(void **state)
{
	static const struct {
		const char *name, *text;
		bool takes;
	} table[] = {
		{ "empty object", "{}", true },
		{ "space", " \t\r\n[ ] \n", true },
		{ "texts", "{\"a\":\"\",\"b\":\"x\",\"c\":\"0123456789abcdefghijkl\"}", true },
		{ "escapes",
			"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"a\\u00e9b\\u20ac\\ud83d\\ude00\"]",
			true },
		{ "utf-8", "[\"h\xc3\xa9llo \xe2\x82\xac \xf0\x9f\x98\x80\"]", true },
		{ "numbers", "[0,-0,1,-12,999999999999999999,1.5,-0.25e3,1E+2,0e0]", true },
		{ "words", "[true,false,null]", true },
		{ "nested", "[[[[[[[[]]]]]]]]", true },
		{ "key with escape", "{\"a\\nb\":{\"c\\td\":\"e\\\\f\"}}", true },
		{ "too deep", "[[[[[[[[[]]]]]]]]]", false },
		{ "nothing", "", false },
		{ "space only", "  ", false },
		{ "bare text", "\"x\"", false },
		{ "rest", "{} {}", false },
		{ "comma", "[1,]", false },
		{ "comma in object", "{\"a\":1,}", false },
		{ "no colon", "{\"a\" 1}", false },
		{ "twice", "{\"a\":1,\"a\":2}", false },
		{ "twice, spelt otherwise", "{\"a\":1,\"\\u0061\":2}", false },
		{ "control", "[\"a\nb\"]", false },
		{ "control in eight", "[\"abcdefgh\x1f\"]", false },
		{ "control behind an escape", "[\"\\n\x01\"]", false },
		{ "NUL", "[\"\\u0000\"]", false },
		{ "half a pair", "[\"\\ud83d\"]", false },
		{ "half a pair and more", "[\"\\ud83dx\"]", false },
		{ "wrong pair", "[\"\\ud83d\\u0041\"]", false },
		{ "low first", "[\"\\ude00\\ud83d\"]", false },
		{ "unknown escape", "[\"\\x41\"]", false },
		{ "cut escape", "[\"\\u00\"]", false },
		{ "no end", "[\"abc", false },
		{ "ends in a slash", "[\"abc\\", false },
		{ "ends in an escaped mark", "[\"abc\\\"", false },
		{ "latin 1", "[\"caf\xe9\"]", false },
		{ "leading zero", "[01]", false },
		{ "plus", "[+1]", false },
		{ "dot", "[1.]", false },
		{ "exponent", "[1e]", false },
		{ "minus", "[-]", false },
		{ "huge", "[1e999]", false },
		{ "word", "[tru]", false },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		json_t *fast = json_fast(str_z(row->text), DEEP);
		json_t *slow = json_loads(row->text, JSON_REJECT_DUPLICATES, NULL);

		assert_int_equal(fast != NULL, row->takes);
		if (fast)
			assert_true(slow && json_equal(fast, slow));
		json_decref(fast);
		json_decref(slow);
	}
}

/* Each control character at each place of a word of eight. */
static void
test_controls(void **state)
{
	char s[32];

	(void)state;
	for (unsigned c = 1; c < 256; c++)
		for (size_t at = 0; at < 20; at++) {
			json_t *v;
			bool fine = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';

			memset(s, 'x', sizeof s);
			memcpy(s, "[\"", 2);
			s[2 + at] = (char)c;
			memcpy(s + 22, "\"]", 2);
			v = json_fast(str_of(s, 24), DEEP);
			assert_int_equal(v != NULL, fine);
			json_decref(v);
		}
}

TEST_MAIN(TEST(test_same), TEST(test_controls))
