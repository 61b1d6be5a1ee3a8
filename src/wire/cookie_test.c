#include "wire/cookie.h"

#include "base/test.h"

static void
test_find(void **state)
{
	static const struct {
		const char *name, *field, *want; /* NULL: none */
	} table[] = {
		{ "alone", "s=abc", "abc" },
		{ "among others", "a=1; s=abc; b=2", "abc" },
		{ "without blanks", "a=1;s=abc;b=2", "abc" },
		{ "many blanks", "  s =  abc  ;", "abc" },
		{ "empty", "s=", "" },
		{ "equals inside", "s=a=b", "a=b" },
		{ "quotes stay", "s=\"abc\"", "\"abc\"" },
		{ "none", "a=1", NULL },
		{ "no field", "", NULL },
		{ "no pair", "s", NULL },
		{ "another case", "S=abc", NULL },
		{ "begin of a name", "ss=abc", NULL },
		{ "in a value", "a=s=abc", NULL },
		{ "twice the same", "s=a; s=a", "a" },
		{ "two that differ", "s=a; b=1; s=c", NULL },
		{ "only semicolons", ";;;", NULL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct str got = cookie_find(str_z(row->field), "s");

		assert_int_equal(got.p != NULL, row->want != NULL);
		if (row->want)
			assert_str(got, row->want);
	}
}

TEST_MAIN(TEST(test_find))
