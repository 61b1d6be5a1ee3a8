#include "account/key.h"

#include "base/test.h"
#include "io/random.h"

#define UUID "0f0f0f0f-1111-4222-8333-ABCDEF444444"

static void
test_spell(void **state)
{
	static const struct {
		const char *name, *user, *password, *want, *secret;
		bool token;
	} table[] = {
		{ "mailjet", "fk_live_a", "sec", "fk_live_a", "sec", false },
		{ "sendgrid", "apikey", "SG.fk_live_a.se.c", "fk_live_a", "se.c", false },
		{ "sendgrid, any case", "ApiKey", "SG.k.s", "k", "s", false },
		{ "bearer", "", "SG.k.s", "k", "s", false },
		{ "sendgrid without a second dot", "apikey", "SG.k", "", "SG.k", false },
		{ "a key's secret may look like it", "fk_live_a", "SG.k.s", "fk_live_a",
			"SG.k.s", false },
		{ "postmark", UUID, UUID, "", UUID, true },
		{ "postmark header", "", UUID, "", UUID, true },
		{ "apikey with a token", "apikey", UUID, "", UUID, true },
		{ "two different UUIDs", UUID, "0f0f0f0f-1111-4222-8333-ABCDEF444445", UUID,
			"0f0f0f0f-1111-4222-8333-ABCDEF444445", false },
		{ "same but no UUID", "abc", "abc", "abc", "abc", false },
		{ "apikey with the bare secret", "apikey", "sec", "", "sec", false },
		{ "mailgun", "api", "sec", "", "sec", false },
		{ "nothing", "", "", "", "", false },
		{ "a dash is missing", "", "0f0f0f0f-1111-4222-8333xABCDEF444444", "",
			"0f0f0f0f-1111-4222-8333xABCDEF444444", false },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct key_spelling k = key_spell(str_z(row->user), str_z(row->password));

		assert_str(k.name, row->want);
		assert_str(k.secret, row->secret);
		assert_int_equal(k.token, row->token);
	}
}

static void
test_make(void **state)
{
	struct key_text a, b;
	struct key_spelling k;
	char token[40];

	(void)state;
	random_start();
	key_make(&a);
	key_make(&b);
	assert_int_equal(strlen(a.name), 8 + 26);
	assert_int_equal(strlen(a.secret), 43);
	assert_int_equal(strlen(a.token), 36);
	assert_string_not_equal(a.name, b.name);
	assert_string_not_equal(a.secret, b.secret);
	assert_string_not_equal(a.token, b.token);
	k = key_spell(STR_LIT("apikey"), str_z(a.sendgrid));
	assert_str(k.name, a.name);
	assert_str(k.secret, a.secret);
	assert_true(key_spell(str_z(a.token), str_z(a.token)).token);
	key_token(token, str_z(a.secret));
	assert_string_equal(token, a.token);
	/* Fixed for ever: tokens are not stored, only their hashes. */
	key_token(token, STR_LIT("fs_test_demo"));
	assert_string_equal(token, "e3e01f94-db33-423d-beb1-26a2ea26dd2a");
}

TEST_MAIN(TEST(test_spell), TEST(test_make))
