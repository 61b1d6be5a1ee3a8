/*
 * The secrets of signed-in people: tokens of sessions and halves of them (256 bits), of
 * one-time links (128 bits), and what is kept or shown of them. All are base64url texts. At
 * rest there are keyed hashes alone; the CSRF token follows from the session's hash and is kept
 * nowhere.
 */
#ifndef ACCOUNT_SESSION_TOKEN_H
#define ACCOUNT_SESSION_TOKEN_H

#include "account/seal.h"

#define SESSION_TOKEN 44 /* with NUL */
#define LINK_TOKEN    23

void session_token_make(char ret[SESSION_TOKEN]);
void session_token_link(char ret[LINK_TOKEN]);
/* What is looked up: of a session's token, of a link's, of half a session's (the password was
 * right, the second factor is missing), of a recovery code's. One is never the other. */
void session_token_hash(uint8_t ret[32], const uint8_t pepper[SEAL_KEY], struct str token);
void session_token_link_hash(uint8_t ret[32], const uint8_t pepper[SEAL_KEY], struct str token);
void session_token_half_hash(uint8_t ret[32], const uint8_t pepper[SEAL_KEY], struct str token);
void session_token_recovery_hash(
	uint8_t ret[32], const uint8_t pepper[SEAL_KEY], struct str code);
/* What a page has to say with each change: of the session's hash. */
void session_token_csrf(
	char ret[SESSION_TOKEN], const uint8_t pepper[SEAL_KEY], const uint8_t hash[32]);

#endif
