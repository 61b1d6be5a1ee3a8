/*
 * API keys and their spellings: one key object, several costumes (vendor-apis §2.5, 3, 4).
 *   user fk_live_… , password secret            (SMTP, Mailjet)
 *   user "apikey", password SG.<key>.<secret>   (SendGrid), or the bare secret
 *   user = password = UUID-shaped token          (Postmark), derived from the secret
 *   user "api", password secret is Mailgun's HTTP costume (needs the key's name elsewhere)
 */
#ifndef ACCOUNT_KEY_H
#define ACCOUNT_KEY_H

#include "base/arena.h"

#define KEY_NAME_MAX   64
#define KEY_SECRET_MAX 128

struct key_text {
	char name[KEY_NAME_MAX];                      /* fk_live_<26 base32> */
	char secret[KEY_SECRET_MAX];                  /* 43 base64url characters: 256 bits */
	char sendgrid[KEY_NAME_MAX + KEY_SECRET_MAX]; /* SG.<key>.<secret> */
	char token[40]; /* UUID-shaped, from BLAKE2b(secret, "token") */
};
/* A new random key. random_start first. */
void key_make(struct key_text *ret_k);
/* The other spellings of a key whose name and secret are set already. */
void key_spellings(struct key_text *k);
/* The token of a secret: lower case, NUL-terminated. */
void key_token(char ret_token[40], struct str secret);

/*
 * What a client sent as user and password → name and secret, whatever the costume. token: name
 * is empty and secret is UUID-shaped, look the token up. name empty without token: the secret
 * alone (its key_token finds the key), or nothing usable. "SG.…" is taken apart for the users
 * "apikey", "api" and none (a Bearer token has no user). Borrowed from the input.
 */
struct key_spelling {
	struct str name, secret;
	bool token;
};
struct key_spelling key_spell(struct str user, struct str password);

#endif
