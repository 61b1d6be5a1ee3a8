#include "content/letters.h"

#include "base/test.h"

static const struct {
	const char *name, *lower, *upper;
} pairs[] = {
	{ "ASCII", "az09@[`{", "AZ09@[`{" },
	{ "Latin-1", "\xc3\xa0\xc3\xb6\xc3\xb8\xc3\xbe\xc3\xbf",
		"\xc3\x80\xc3\x96\xc3\x98\xc3\x9e\xc5\xb8" },
	{ "no letters of Latin-1", "\xc3\xb7\xc3\x9f\xc2\xb5", "\xc3\xb7\xc3\x9f\xc2\xb5" },
	{ "Latin extended", "\xc4\x81\xc5\x82\xc5\x93\xc5\xbe\xc8\x99\xc8\x9b",
		"\xc4\x80\xc5\x81\xc5\x92\xc5\xbd\xc8\x98\xc8\x9a" },
	{ "Vietnamese", "\xe1\xba\xa5\xe1\xbb\x87", "\xe1\xba\xa4\xe1\xbb\x86" },
	{ "Greek", "\xce\xac\xce\xad\xce\xb1\xcf\x83\xcf\x8c\xcf\x8e",
		"\xce\x86\xce\x88\xce\x91\xce\xa3\xce\x8c\xce\x8f" },
	{ "Cyrillic", "\xd0\xb0\xd1\x8f\xd1\x91\xd1\x97\xd2\x91",
		"\xd0\x90\xd0\xaf\xd0\x81\xd0\x87\xd2\x90" },
	{ "Armenian", "\xd5\xa1\xd6\x86", "\xd4\xb1\xd5\x96" },
	{ "others", "\xe2\x82\xac\xf0\x9f\x98\x80\xe4\xb8\xad",
		"\xe2\x82\xac\xf0\x9f\x98\x80\xe4\xb8\xad" },
	{ "no UTF-8", "\xff\xc3(\xe2\x82", "\xff\xc3(\xe2\x82" },
};

static void
test_case(void **state)
{
	char out[64];

	(void)state;
	TEST_EACH(row, pairs)
	{
		struct str lower = str_z(row->lower), upper = str_z(row->upper);

		letters_upper(out, lower);
		assert_str_eq(str_of(out, lower.n), upper);
		letters_lower(out, upper);
		assert_str_eq(str_of(out, upper.n), lower);
		letters_upper(out, upper);
		assert_str_eq(str_of(out, upper.n), upper);
		letters_lower(out, lower);
		assert_str_eq(str_of(out, lower.n), lower);
	}
}

static void
test_count(void **state)
{
	(void)state;
	assert_int_equal(letters_count(STR_NONE), 0);
	assert_int_equal(letters_count(STR_LIT("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")), 4);
	assert_int_equal(letters_count(STR_LIT("\xff\xc3(\xe2\x82")), 5);
	assert_int_equal(letters_first(STR_LIT("\xe2\x82\xac-")), 3);
	assert_int_equal(letters_first(STR_LIT("\xe2\x82")), 1);
	assert_int_equal(letters_first(STR_LIT("\xc0\x80")), 1);
	assert_int_equal(letters_first(STR_NONE), 0);
}

/* All characters: as many bytes as before, and there and back again for those with a pair. */
static void
test_all(void **state)
{
	(void)state;
	for (unsigned c = 0x80; c < 0x10000; c++) {
		char in[4], up[4], down[4];
		size_t n = c < 0x800 ? 2 : 3;

		if (n == 2) {
			in[0] = (char)(0xc0 | c >> 6);
		} else {
			in[0] = (char)(0xe0 | c >> 12);
			in[1] = (char)(0x80 | (c >> 6 & 0x3f));
		}
		in[n - 1] = (char)(0x80 | (c & 0x3f));
		letters_upper(up, str_of(in, n));
		letters_lower(down, str_of(in, n));
		assert_int_equal(letters_first(str_of(up, n)), n);
		assert_int_equal(letters_first(str_of(down, n)), n);
		if (memcmp(up, in, n) != 0) {
			letters_lower(down, str_of(up, n));
			assert_memory_equal(down, in, n);
		}
	}
}

TEST_MAIN(TEST(test_case), TEST(test_count), TEST(test_all))
