#include "people/erase.h"

#include "base/test.h"
#include "people/suppress.h"

static void
test_mask(void **state)
{
	static const struct {
		const char *name, *in, *out;
	} table[] = {
		{ "alone", "ann@d.test", "**********" },
		{ "any case", "To: <Ann@D.Test>, x", "To: <**********>, x" },
		{ "escaped", "to=ann%40d.test&x=1", "to=************&x=1" },
		{ "quoted-printable", "=61nn=40d.test", "**************" },
		{ "twice", "ann@d.test ann@d.test", "********** **********" },
		{ "end of a sentence", "I am ann@d.test.", "I am **********." },
		{ "longer local part", "joann@d.test", "joann@d.test" },
		{ "a tag's owner", "x+ann@d.test", "x+ann@d.test" },
		{ "longer domain", "ann@d.test.fr", "ann@d.test.fr" },
		{ "another domain", "ann@d.testing", "ann@d.testing" },
		{ "quoted", "\"ann@d.test\"", "\"**********\"" },
		{ "behind %22", "%22ann%40d.test%22", "%22************%22" },
		{ "behind =3C", "=3Cann@d.test=3E", "=3C**********=3E" },
		{ "a longer one of a log", "to=20ann@d.test", "to=20ann@d.test" },
		{ "a longer one, escaped", "%6aann@d.test", "%6aann@d.test" },
		{ "a line of JSON", "x\\nann@d.test", "x\\n**********" },
		{ "a sign of JSON", "\\u003cann@d.test>", "\\u003c**********>" },
		{ "a name with an apostrophe", "o'ann@d.test", "o'ann@d.test" },
		{ "in single quotes", "for 'ann@d.test'", "for '**********'" },
		{ "cut", "ann@d.tes", "ann@d.tes" },
		{ "nothing", "", "" },
	};
	char text[64];

	(void)state;
	TEST_EACH(row, table)
	{
		size_t n = str_z(row->in).n;

		assert_int_equal(str_copy_z(text, sizeof text, str_z(row->in)), 0);
		assert_int_equal(erase_names(str_z(text), STR_LIT("ann@d.test")),
			!str_eq_z(str_z(row->in), row->out));
		(void)erase_mask(text, n, STR_LIT("ann@d.test"));
		assert_string_equal(text, row->out);
	}
}

/* A suppression goes on under the alias, for this tenant alone. */
static void
test_alias(void **state)
{
	const uint8_t key[SEAL_KEY] = { 7 }, other_key[SEAL_KEY] = { 8 };
	char a[ERASE_ALIAS_SIZE], b[ERASE_ALIAS_SIZE], c[SUPPRESS_ADDRESS_SIZE];
	struct str one = erase_alias(a, key, 1, STR_LIT("ann@d.test")), two, same;

	(void)state;
	assert_true(erase_is_alias(one));
	assert_false(erase_is_alias(STR_LIT("ann@d.test")));
	assert_int_equal(suppress_address(c, one, &same), 0);
	assert_true(str_eq(same, one));
	two = erase_alias(b, key, 1, one);
	assert_true(str_eq(two, one));
	two = erase_alias(b, key, 2, STR_LIT("ann@d.test"));
	assert_false(str_eq(two, one));
	two = erase_alias(b, other_key, 1, STR_LIT("ann@d.test"));
	assert_false(str_eq(two, one));
}

TEST_MAIN(TEST(test_mask), TEST(test_alias))
