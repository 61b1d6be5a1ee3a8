/*
 * Forgetting a person (docs/decisions/0018): how an address that must not be kept is still
 * known, and how it is found in texts. Pure.
 *
 * Its hash is keyed (account/seal) and of one tenant: nobody without the master key can try
 * addresses against it, and two accounts do not see that they mean the same person. A
 * suppression outlives the address under an alias, "erased-HASH@erased.invalid", which is a
 * mailbox like any other wherever suppressions are kept, listed and brought in again.
 */
#ifndef PEOPLE_ERASE_H
#define PEOPLE_ERASE_H

#include "account/seal.h"
#include "base/str.h"

#define ERASE_HASH_SIZE  33 /* 32 hex digits and a NUL */
#define ERASE_ALIAS_SIZE 64

/* address: by suppress_address. Returns dst. */
const char *erase_hash(char dst[ERASE_HASH_SIZE], const uint8_t key[SEAL_KEY], uint32_t tenant,
	struct str address);
/* Into dst; its own alias of one that is an alias. */
struct str erase_alias(char dst[ERASE_ALIAS_SIZE], const uint8_t key[SEAL_KEY], uint32_t tenant,
	struct str address);
bool erase_is_alias(struct str address);

/* Stars over each place where the address stands, in any case and not as a part of a longer
 * one: so many places. Its characters may stand as %40 or =40 do for the @. */
size_t erase_mask(char *text, size_t n, struct str address);
/* Does it stand there? */
bool erase_names(struct str text, struct str address);

#endif
