#include "wire/typed_id.h"

#include "base/test.h"

#include <errno.h>

static const uint8_t key[UUID_KEY_SIZE] = { 3, 1, 4, 1, 5 };

static void
test_there_and_back(void **state)
{
	static const uint64_t table[] = { 0, 1, UINT64_C(1) << 32, (UINT64_C(1) << 53) - 1 };
	char text[TYPED_ID_TEXT];
	uint64_t got;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(strlen(typed_id_write(text, key, "msg", table[i])), 30);
		assert_int_equal(strncmp(text, "msg_", 4), 0);
		got = 7;
		assert_int_equal(typed_id_read(str_z(text), key, "msg", &got), 0);
		assert_int_equal(got, table[i]);
		assert_int_equal(typed_id_read(str_z(text), key, "rcp", &got), -EINVAL);
	}
}

/* Another kind, another letter, another length: never a number. (The last character carries
 * three bits that count and two that must be zero.) */
static void
test_forged(void **state)
{
	char text[TYPED_ID_TEXT], bad[TYPED_ID_TEXT + 4];
	uint64_t got = 7;

	(void)state;
	typed_id_write(text, key, "evt", UINT64_C(0x1234567890));
	for (size_t i = 0; i < strlen(text); i++) {
		memcpy(bad, text, sizeof text);
		bad[i] = bad[i] == 'a' ? 'b' : 'a';
		assert_int_equal(typed_id_read(str_z(bad), key, "evt", &got), -EINVAL);
	}
	memcpy(bad, text, sizeof text);
	memcpy(bad, "msg", 3);
	assert_int_equal(typed_id_read(str_z(bad), key, "msg", &got), -EINVAL);
	assert_int_equal(typed_id_read(str_of(text, 29), key, "evt", &got), -EINVAL);
	assert_int_equal(typed_id_read(STR_LIT("evt"), key, "evt", &got), -EINVAL);
	assert_int_equal(typed_id_read(STR_LIT("evt_"), key, "evt", &got), -EINVAL);
	assert_int_equal(got, 7);
}

static void
test_hex(void **state)
{
	static const uint64_t table[] = { 0, 1, UINT64_C(0xabcdef) << 8,
		(UINT64_C(1) << 53) - 1 };
	char text[TYPED_ID_HEX], bad[TYPED_ID_HEX];
	uint64_t got;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(strlen(typed_id_hex(text, key, "tpl", table[i])), 32);
		got = 7;
		assert_int_equal(typed_id_unhex(str_z(text), key, "tpl", &got), 0);
		assert_int_equal(got, table[i]);
		assert_int_equal(typed_id_unhex(str_z(text), key, "tplv", &got), -EINVAL);
		assert_int_equal(typed_id_unhex(str_of(text, 31), key, "tpl", &got), -EINVAL);
	}
	got = 7;
	for (size_t i = 0; i < 32; i++) {
		memcpy(bad, text, sizeof text);
		bad[i] = bad[i] == '0' ? '1' : '0';
		assert_int_equal(typed_id_unhex(str_z(bad), key, "tpl", &got), -EINVAL);
		bad[i] = 'g';
		assert_int_equal(typed_id_unhex(str_z(bad), key, "tpl", &got), -EINVAL);
	}
	assert_int_equal(got, 7);
	for (char *c = text; *c; c++)
		*c = *c >= 'a' && *c <= 'f' ? (char)(*c - 32) : *c;
	assert_int_equal(typed_id_unhex(str_z(text), key, "tpl", &got), 0);
}

TEST_MAIN(TEST(test_there_and_back), TEST(test_forged), TEST(test_hex))
