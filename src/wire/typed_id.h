/*
 * Ids of the native API: a word that says what it is, and 26 characters of base32 (number and
 * MAC, 64 bits each): msg_…, rcp_…. As with wire/uuid no table is needed and none can be
 * guessed; the word is part of the MAC, so that an id of one kind is none of another.
 */
#ifndef WIRE_TYPED_ID_H
#define WIRE_TYPED_ID_H

#include "wire/uuid.h"

#define TYPED_ID_WORD_MAX 4
#define TYPED_ID_TEXT     (TYPED_ID_WORD_MAX + 1 + 26 + 1)
#define TYPED_ID_HEX      (32 + 1)

/* word: 1 to 4 letters. number < 2^53. Returns dst. */
const char *typed_id_write(char dst[TYPED_ID_TEXT], const uint8_t key[UUID_KEY_SIZE],
	const char *word, uint64_t number);
/* 0, or -EINVAL when any bit is wrong or it is of another kind. Any case. */
int typed_id_read(struct str text, const uint8_t key[UUID_KEY_SIZE], const char *word,
	uint64_t *ret_number);
/* The same without the word in front, as 32 hex digits: for the dialects that want them. */
const char *typed_id_hex(char dst[TYPED_ID_HEX], const uint8_t key[UUID_KEY_SIZE],
	const char *word, uint64_t number);
int typed_id_unhex(struct str text, const uint8_t key[UUID_KEY_SIZE], const char *word,
	uint64_t *ret_number);

#endif
