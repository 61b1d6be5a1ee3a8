/*
 * The master key and what is derived from it (libsodium): sealing of secrets at rest, the keyed
 * hash of API secrets, the key of tokens. Each role gets only what it needs (P12).
 */
#ifndef ACCOUNT_SEAL_H
#define ACCOUNT_SEAL_H

#include "base/buf.h"

#define SEAL_KEY 32

struct seal_keys {
	uint8_t box[SEAL_KEY]; /* seals DKIM private keys, route passwords: engine and desk */
	uint8_t pepper[SEAL_KEY]; /* keyed hash of API secrets: edge and desk */
	uint8_t token[SEAL_KEY];  /* wire/token: edge, engine, courier where needed */
};

/* Reads the master key file (32 bytes, base64 text), makes one (0600) when there is none. 0 or
 * -errno; -EPERM when others may read it; -EINVAL when it is no key. */
int seal_load(const char *file, struct seal_keys *ret_k);
void seal_wipe(struct seal_keys *k);

/* Sealed = nonce + secretbox, bound to a context text. Append to out: 0 or -E2BIG / -EBADMSG.
 */
int seal_close(struct buf *out, const uint8_t box[SEAL_KEY], struct str plain);
int seal_open(struct buf *out, const uint8_t box[SEAL_KEY], struct str sealed);

/* Keyed BLAKE2b of an API secret or token. */
void seal_hash(uint8_t ret_hash[32], const uint8_t pepper[SEAL_KEY], struct str secret);

#endif
