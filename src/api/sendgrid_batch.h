/*
 * SendGrid's batch ids: a name for messages that are to be cancelled together. The account is
 * part of the id, under its MAC: no table keeps them, and that of another account is none. The
 * messages of a batch have it as their custom_id. Pure.
 */
#ifndef API_SENDGRID_BATCH_H
#define API_SENDGRID_BATCH_H

#include "wire/typed_id.h"

#define SENDGRID_BATCH_BAD "invalid batch id"

/* Returns dst. random: makes it another one than those before. */
const char *sendgrid_batch_write(char dst[TYPED_ID_TEXT], const uint8_t key[UUID_KEY_SIZE],
	uint32_t tenant, uint32_t random);
bool sendgrid_batch_is(struct str text, const uint8_t key[UUID_KEY_SIZE], uint32_t tenant);

#endif
