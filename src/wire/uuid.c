#include "wire/uuid.h"

#include "base/must.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

_Static_assert(UUID_KEY_SIZE == crypto_shorthash_KEYBYTES, "the key is SipHash's");
_Static_assert(sizeof(uint64_t) == crypto_shorthash_BYTES, "so is the MAC");

static uint64_t
mac_of(const uint8_t key[UUID_KEY_SIZE], uint64_t number)
{
	uint8_t in[8], out[8];
	uint64_t mac = 0;

	for (unsigned i = 0; i < 8; i++)
		in[i] = (uint8_t)(number >> 8 * i);
	crypto_shorthash(out, in, sizeof in, key);
	for (unsigned i = 0; i < 8; i++)
		mac |= (uint64_t)out[i] << 8 * i;
	return mac;
}

/*
 * Version 8: 48 free bits, 0x8, 12 free bits, 0b10, 62 free bits. The 122 free ones, highest
 * first, are number (53), MAC (64), zero (5).
 */
const char *
uuid_write(char dst[UUID_TEXT], const uint8_t key[UUID_KEY_SIZE], uint64_t number)
{
	uint64_t mac = mac_of(key, number);
	uint64_t a = number >> 5;                            /* 48 */
	uint64_t b = (number & 0x1f) << 7 | mac >> 57;       /* 12 */
	uint64_t c = (mac & ((UINT64_C(1) << 57) - 1)) << 5; /* 62 */

	must(number < UINT64_C(1) << 53);
	c |= UINT64_C(1) << 63;
	snprintf(dst, UUID_TEXT, "%08llx-%04llx-8%03llx-%04llx-%012llx",
		(unsigned long long)(a >> 16), (unsigned long long)(a & 0xffff),
		(unsigned long long)b, (unsigned long long)(c >> 48),
		(unsigned long long)(c & 0xffffffffffff));
	return dst;
}

static int
hex_at(struct str s, size_t from, size_t n, uint64_t *v)
{
	for (size_t i = from; i < from + n; i++) {
		char c = ascii_lower(s.p[i]);

		if (ascii_digit(c))
			*v = *v << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*v = *v << 4 | (uint64_t)(c - 'a' + 10);
		else
			return -EINVAL;
	}
	return 0;
}

int
uuid_read(struct str text, const uint8_t key[UUID_KEY_SIZE], uint64_t *ret_number)
{
	uint64_t a = 0, b = 0, c = 0, number;
	char again[UUID_TEXT], lower[UUID_TEXT];

	if (text.n != UUID_TEXT - 1 || hex_at(text, 0, 8, &a) || hex_at(text, 9, 4, &a) ||
		hex_at(text, 15, 3, &b) || hex_at(text, 19, 4, &c) || hex_at(text, 24, 12, &c))
		return -EINVAL;
	number = a << 5 | b >> 7;
	if (number >> 53)
		return -EINVAL;
	/* All other bits follow from the number. Which one is wrong must not be timed out. */
	uuid_write(again, key, number);
	for (size_t i = 0; i < UUID_TEXT - 1; i++)
		lower[i] = ascii_lower(text.p[i]);
	if (!str_eq_secret(str_of(lower, UUID_TEXT - 1), str_of(again, UUID_TEXT - 1)))
		return -EINVAL;
	*ret_number = number;
	return 0;
}
