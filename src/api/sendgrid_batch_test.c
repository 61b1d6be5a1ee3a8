#include "api/sendgrid_batch.h"

#include "base/test.h"

static const uint8_t key[UUID_KEY_SIZE] = { 1, 2, 3 }, other[UUID_KEY_SIZE] = { 1, 2, 4 };

static void
test_batch(void **state)
{
	char text[TYPED_ID_TEXT], message[TYPED_ID_TEXT];

	(void)state;
	sendgrid_batch_write(text, key, 7, UINT32_MAX);
	typed_id_write(message, key, "msg", UINT64_C(7) << 32);
	assert_true(sendgrid_batch_is(str_z(text), key, 7));
	assert_false(sendgrid_batch_is(str_z(text), key, 8));
	assert_false(sendgrid_batch_is(str_z(text), other, 7));
	assert_false(sendgrid_batch_is(str_z(message), key, 7));
	assert_false(sendgrid_batch_is(STR_LIT("b"), key, 7));
	assert_false(sendgrid_batch_is(STR_NONE, key, 7));
	text[8] = text[8] == 'a' ? 'b' : 'a';
	assert_false(sendgrid_batch_is(str_z(text), key, 7));
}

TEST_MAIN(TEST(test_batch))
