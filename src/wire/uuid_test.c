#include "wire/uuid.h"

#include "base/test.h"

#include <ctype.h>
#include <errno.h>

static const uint8_t key[UUID_KEY_SIZE] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	16 };

static void
test_there_and_back(void **state)
{
	static const uint64_t table[] = { 0, 1, 31, 32, UINT64_C(1) << 32,
		(UINT64_C(1) << 53) - 1 };
	char text[UUID_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		uint64_t got = 7;

		uuid_write(text, key, table[i]);
		assert_int_equal(strlen(text), 36);
		assert_int_equal(text[14], '8');
		assert_non_null(strchr("89ab", text[19]));
		assert_int_equal(uuid_read(str_z(text), key, &got), 0);
		assert_int_equal(got, table[i]);
		for (char *c = text; *c; c++)
			*c = (char)toupper(*c);
		assert_int_equal(uuid_read(str_z(text), key, &got), 0);
	}
}

/* Each bit counts: no other text is taken, nor the text under another key. */
static void
test_forged(void **state)
{
	static const uint8_t other[UUID_KEY_SIZE] = { 9 };
	char text[UUID_TEXT], bad[UUID_TEXT];
	uint64_t got = 7;

	(void)state;
	uuid_write(text, key, UINT64_C(0x123456789abc));
	for (size_t i = 0; i < 36; i++) {
		memcpy(bad, text, sizeof bad);
		bad[i] = bad[i] == '0' ? '1' : '0';
		assert_int_equal(uuid_read(str_z(bad), key, &got), -EINVAL);
	}
	assert_int_equal(uuid_read(str_z(text), other, &got), -EINVAL);
	assert_int_equal(uuid_read(str_of(text, 35), key, &got), -EINVAL);
	assert_int_equal(uuid_read(STR_NONE, key, &got), -EINVAL);
	assert_int_equal(got, 7);
}

TEST_MAIN(TEST(test_there_and_back), TEST(test_forged))
