#include "account/scope.h"

#include "base/test.h"
#include "wire/msg.h"

static void
test_lists(void **state)
{
	static const struct {
		const char *name, *list;
		unsigned bits;
		const char *unknown; /* NULL: none */
	} table[] = {
		{ "empty", "", 0, NULL },
		{ "one", "send", SCOPE_SEND, NULL },
		{ "all", "send,read,manage,suppress,operate", SCOPE_ALL, NULL },
		{ "spaces", "send, read ", SCOPE_SEND | SCOPE_READ, NULL },
		{ "unknown", "stats.read,send", SCOPE_SEND, "stats.read" },
		{ "capitals", "SEND", 0, "SEND" },
		{ "beginning of one", "sen", 0, "sen" },
		{ "empty part", "send,,read", SCOPE_SEND | SCOPE_READ, "" },
		{ "another sign", "send;read", 0, "send;read" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct str unknown = scope_unknown(str_z(row->list));

		assert_int_equal(scope_bits(str_z(row->list)), row->bits);
		assert_int_equal(unknown.p != NULL, row->unknown != NULL);
		if (row->unknown)
			assert_true(str_eq_z(unknown, row->unknown));
	}
}

/* What an error lists is what is taken. */
static void
test_known(void **state)
{
	(void)state;
	assert_null(scope_unknown(STR_LIT(SCOPE_KNOWN)).p);
	assert_int_equal(scope_bits(STR_LIT(SCOPE_KNOWN)), SCOPE_ALL);
	for (unsigned bit = 1; bit < SCOPE_ALL; bit <<= 1)
		assert_int_equal(scope_bits(str_z(scope_word(bit))), bit);
	assert_string_equal(scope_word(SCOPE_ALL), "");
}

TEST_MAIN(TEST(test_lists), TEST(test_known))
