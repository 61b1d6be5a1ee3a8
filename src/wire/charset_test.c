#include "wire/charset.h"

#include "base/test.h"
#include "base/text.h"

#include <errno.h>

static void
test_text(void **state)
{
	static const struct {
		const char *name, *charset, *bytes, *want;
	} rows[] = {
		{ "utf-8", "UTF-8", "\xc3\xa9\r\n\tx", "\xc3\xa9\r\n\tx" },
		{ "not utf-8", "utf-8", "a\xe9z", "a\xef\xbf\xbdz" },
		{ "half a character", "utf-8", "a\xc3", "a\xef\xbf\xbd" },
		{ "latin-1", "iso-8859-1", "\xe9\xa4", "\xc3\xa9\xc2\xa4" },
		{ "latin-9", "ISO-8859-15", "\xe9\xa4", "\xc3\xa9\xe2\x82\xac" },
		{ "windows", "windows-1252", "\x80\x99", "\xe2\x82\xac\xe2\x84\xa2" },
		{ "windows' holes", "cp1252", "\x81", "\xef\xbf\xbd" },
		{ "ascii that is utf-8", "us-ascii", "\xc3\xa9", "\xc3\xa9" },
		{ "none said", "", "\xc3\xa9", "\xc3\xa9" },
		{ "none said, no utf-8", "", "caf\xe9", "caf\xef\xbf\xbd" },
		{ "another", "koi8-r", "\xf0\xd2", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "language", "utf-8*fr", "\xc3\xa9", "\xc3\xa9" },
		{ "controls", "utf-8", "a\x1b[0m\x7f\xc2\x85", "a [0m  " },
	};

	(void)state;
	TEST_EACH(row, rows)
	{
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(charset_text(&b, str_z(row->charset), str_z(row->bytes)), 0);
		assert_str(buf_str(&b), row->want);
		assert_true(text_is_utf8(buf_str(&b)));
		buf_done(&b);
	}
}

/* What does not fit ends the text between two characters. */
static void
test_full(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 3);
	assert_int_equal(
		charset_text(&b, STR_LIT("utf-8"), STR_LIT("\xc3\xa9\xc3\xa9")), -E2BIG);
	assert_str(buf_str(&b), "\xc3\xa9");
	buf_done(&b);
}

TEST_MAIN(TEST(test_text), TEST(test_full))
