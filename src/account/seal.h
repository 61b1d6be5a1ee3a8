/*
 * The master key and what is derived from it (libsodium): sealing of secrets at rest, the keyed
 * hash of API secrets, the key of tokens. Each role gets only what it needs (P12).
 */
#ifndef ACCOUNT_SEAL_H
#define ACCOUNT_SEAL_H

#include "base/buf.h"

#define SEAL_KEY        32
#define SEAL_TRACK_KEYS 32

struct seal_keys {
	uint8_t box[SEAL_KEY]; /* seals DKIM private keys, route passwords: engine and desk */
	uint8_t pepper[SEAL_KEY]; /* keyed hash of API secrets: edge and desk */
	uint8_t token[SEAL_KEY];  /* wire/token: edge, engine, courier where needed */
	/* wire/track_token, by id - 1: edge, those that are in use. None tells of another. */
	uint8_t track[SEAL_TRACK_KEYS][SEAL_KEY];
	uint8_t ids[SEAL_KEY];   /* MACs of ids (wire/uuid, typed_id): edge and desk */
	uint8_t audit[SEAL_KEY]; /* seals the audit log's chains: desk */
	uint8_t erase[SEAL_KEY]; /* hashes of erased addresses (people/erase): engine and desk
	                          */
};

/* Reads the master key file (32 bytes, base64 text), makes one (0600, folders above too) when
 * there is none; of two processes that make one at once both get the same. random_start first.
 * 0 or -errno; -EPERM when group or others may touch it; -EINVAL when it is no key. */
int seal_load(const char *file, struct seal_keys *ret_k);
void seal_wipe(struct seal_keys *k);

/* Sealed = nonce (24 bytes) + XChaCha20-Poly1305, bound to a context text: what was sealed for
 * one row does not open in another. Append to out: 0 or -E2BIG / -EBADMSG (wrong key or
 * context, damaged). The plain functions have an empty context. */
int seal_close(struct buf *out, const uint8_t box[SEAL_KEY], struct str plain);
int seal_open(struct buf *out, const uint8_t box[SEAL_KEY], struct str sealed);
int seal_close_for(
	struct buf *out, const uint8_t box[SEAL_KEY], struct str context, struct str plain);
int seal_open_for(
	struct buf *out, const uint8_t box[SEAL_KEY], struct str context, struct str sealed);

/* Keyed BLAKE2b of an API secret or token. */
void seal_hash(uint8_t ret_hash[32], const uint8_t pepper[SEAL_KEY], struct str secret);

#endif
