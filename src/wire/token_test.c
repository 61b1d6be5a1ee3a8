#include "wire/token.h"

#include "base/test.h"

#include <errno.h>

static const uint8_t key[TOKEN_KEY_SIZE] = { 1, 2, 3, [31] = 9 };
static const uint8_t other[TOKEN_KEY_SIZE] = { 1, 2, 3, [31] = 8 };

static const struct {
	const char *name;
	struct token t;
	unsigned key_no;
} tokens[] = {
	{ "zero", { 0 }, 0 },
	{ "one", { TOKEN_BOUNCE, 1, 2, 3, 4, 5 }, 1 },
	{ "largest", { 7, 1, TOKEN_DAY_MAX, UINT32_MAX, (UINT64_C(1) << 53) - 1, UINT16_MAX },
		31 },
	{ "click", { TOKEN_CLICK, 0, 20784, 0x01020304, 0x05060708090a, 0x0b0c }, 17 },
};

static void
round_trip(void **state)
{
	(void)state;
	TEST_EACH(row, tokens)
	{
		char text[TOKEN_TEXT_MAX], again[TOKEN_TEXT_MAX];
		struct token t;

		assert_int_equal(token_write(text, key, row->key_no, &row->t), TOKEN_LENGTH);
		assert_int_equal(token_write(again, key, row->key_no, &row->t), TOKEN_LENGTH);
		assert_string_equal(text, again);
		for (const char *c = text; *c; c++)
			assert_true((*c >= 'a' && *c <= 'z') || (*c >= '2' && *c <= '7'));
		assert_int_equal(token_key_no(str_z(text)), row->key_no);
		assert_int_equal(token_read(str_z(text), key, &t), 0);
		assert_true(t.kind == row->t.kind && t.stream == row->t.stream);
		assert_int_equal(t.day, row->t.day);
		assert_true(t.tenant == row->t.tenant && t.message == row->t.message);
		assert_int_equal(t.recipient, row->t.recipient);
		assert_int_equal(token_read(str_z(text), other, &t), -EINVAL);
		/* Mail servers on the way may write local parts in capitals. */
		for (char *c = text; *c; c++)
			*c = (char)(*c >= 'a' ? *c - 32 : *c);
		assert_int_equal(token_read(str_z(text), key, &t), 0);
	}
}

static void
flips(void **state)
{
	char text[TOKEN_TEXT_MAX];
	struct token t;

	(void)state;
	token_write(text, key, 5, &tokens[1].t);
	for (size_t i = 0; i < TOKEN_LENGTH; i++) {
		char was = text[i];

		for (unsigned c = 0; c < 256; c++) {
			text[i] = (char)c;
			if (ascii_lower(text[i]) != was)
				assert_int_equal(
					token_read(str_of(text, TOKEN_LENGTH), key, &t),
					-EINVAL);
		}
		text[i] = was;
	}
	assert_int_equal(token_read(str_of(text, TOKEN_LENGTH), key, &t), 0);
	assert_int_equal(token_read(str_of(text, TOKEN_LENGTH - 1), key, &t), -EINVAL);
	assert_int_equal(token_read(str_of(text, TOKEN_LENGTH + 1), key, &t), -EINVAL);
	assert_int_equal(token_key_no(STR_LIT("short")), -EINVAL);
	assert_int_equal(token_key_no(STR_NONE), -EINVAL);
}

TEST_MAIN(TEST(round_trip), TEST(flips))
