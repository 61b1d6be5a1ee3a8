/*
 * The token: an authenticated, encrypted name of one recipient of one message, for
 * Return-Path, links and unsubscribe addresses (DESIGN §4). AES-128-SIV (RFC 5297) over the
 * fields, so equal fields give equal tokens and no nonce is carried; base32, lower case, 52
 * characters: "unsubscribe+" and a token fill a local part (RFC 5321 4.5.3.1.1).
 */
#ifndef WIRE_TOKEN_H
#define WIRE_TOKEN_H

#include "base/str.h"

#define TOKEN_KEY_SIZE 32
#define TOKEN_TEXT_MAX 64
#define TOKEN_LENGTH   52u
#define TOKEN_DAY_MAX  32767u /* in the year 2059 */

enum token_kind { TOKEN_BOUNCE = 1, TOKEN_OPEN, TOKEN_CLICK, TOKEN_UNSUBSCRIBE, TOKEN_MESSAGE };

struct token {
	uint8_t kind;
	uint8_t stream; /* 0 or 1 */
	uint16_t day;   /* of acceptance, since 1970 in UTC: names the ledger's day */
	uint32_t tenant;
	uint64_t message; /* < 2^53 */
	uint16_t recipient;
};

/* Writes the text (NUL-terminated) into dst: its length. key_no names the key (0..31). */
size_t token_write(char dst[TOKEN_TEXT_MAX], const uint8_t key[TOKEN_KEY_SIZE], unsigned key_no,
	const struct token *t);
/* The key number a token names, or -EINVAL. */
int token_key_no(struct str text);
/* 0, or -EINVAL when any bit is wrong. */
int token_read(struct str text, const uint8_t key[TOKEN_KEY_SIZE], struct token *ret_t);

#endif
