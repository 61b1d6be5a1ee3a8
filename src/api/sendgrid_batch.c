#include "api/sendgrid_batch.h"

#define WORD "bat"
/* An id has 53 bits of number. Accounts are counted from 1 on; messages are searched by their
 * whole number. */
#define TENANT_MASK ((1u << 21) - 1)

const char *
sendgrid_batch_write(char dst[TYPED_ID_TEXT], const uint8_t key[UUID_KEY_SIZE], uint32_t tenant,
	uint32_t random)
{
	uint64_t number = (uint64_t)(tenant & TENANT_MASK) << 32 | random;

	return typed_id_write(dst, key, WORD, number);
}

bool
sendgrid_batch_is(struct str text, const uint8_t key[UUID_KEY_SIZE], uint32_t tenant)
{
	uint64_t number;

	return typed_id_read(text, key, WORD, &number) == 0 &&
	       number >> 32 == (tenant & TENANT_MASK);
}
