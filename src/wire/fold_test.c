#include "wire/fold.h"

#include "base/test.h"

static void
test_fold(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "case and space", " Hi\r\n\tTHERE  x ", "hi there x " },
		{ "UTF-8",
			"\xc3\x89"
			"chec \xc3\xa0 l\xe2\x80\x99\xc3\xaa"
			"tre\xc2\xa0!",
			"echec a l'etre !" },
		{ "ISO 8859-1",
			"\xc9"
			"chec \xe0 l\x92\xea"
			"tre \xe9",
			"echec a l'etre e" },
		{ "German",
			"Empf\xc3\xa4nger \xc3\x9c"
			"bermittlung gro\xc3\x9f",
			"empfanger "
			"ubermittlung "
			"gros" },
		{ "other scripts", "\xe8\x87\xaa\xe5\x8b\x95", "\xe8\x87\xaa\xe5\x8b\x95" },
		{ "cut", "\xc3", "a" },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 1u << 16);
	TEST_EACH(row, table)
	assert_str(fold(&a, str_z(row->in), 100), row->want);
	assert_str(fold(&a, STR_LIT("abc"), 2), "ab");
	arena_done(&a);
}

static void
test_phrases(void **state)
{
	static const char *const phrases[] = { "one two", "three", NULL };

	(void)state;
	assert_string_equal(fold_holds(STR_LIT("a three"), phrases), "three");
	assert_null(fold_holds(STR_LIT("a one"), phrases));
	assert_null(fold_holds(STR_NONE, phrases));
	assert_string_equal(fold_starts(STR_LIT("one two x"), phrases), "one two");
	assert_null(fold_starts(STR_LIT("a three"), phrases));
}

TEST_MAIN(TEST(test_fold), TEST(test_phrases))
