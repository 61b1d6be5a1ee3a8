#include "send/once.h"

#include "people/suppress.h"

#include <sodium.h>

void
once_campaign(char *ret, uint32_t tenant, struct str name)
{
	crypto_hash_sha256_state h;
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)&tenant, sizeof tenant);
	crypto_hash_sha256_update(&h, (const uint8_t *)name.p, name.n);
	crypto_hash_sha256_final(&h, hash);
	memcpy(ret, hash, ONCE_SIZE);
}

int
once_call(char *ret_call, struct str campaign, struct str address, bool sink, uint64_t message)
{
	static const uint8_t none[32];
	crypto_hash_sha256_state h;
	uint8_t key[crypto_hash_sha256_BYTES];
	char dst[SUPPRESS_ADDRESS_SIZE];
	int err = suppress_address(dst, address, &address);

	if (err < 0)
		return err;
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)campaign.p, campaign.n);
	crypto_hash_sha256_update(&h, (const uint8_t *)address.p, address.n);
	/* No address has this byte. */
	if (sink)
		crypto_hash_sha256_update(&h, (const uint8_t *)"", 1);
	crypto_hash_sha256_final(&h, key);
	idem_call(ret_call, key, none, message);
	return 0;
}
