#include "wire/typed_id.h"

#include "base/buf.h"
#include "base/must.h"
#include "base/text.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Number, highest byte first, then the MAC of word and number. */
static void
bytes_of(uint8_t out[16], const uint8_t key[UUID_KEY_SIZE], const char *word, uint64_t number)
{
	uint8_t in[8 + TYPED_ID_WORD_MAX] = { 0 };
	size_t n = strlen(word);

	must(n > 0 && n <= TYPED_ID_WORD_MAX && number < UINT64_C(1) << 53);
	for (unsigned i = 0; i < 8; i++)
		in[i] = out[i] = (uint8_t)(number >> (56 - 8 * i));
	memcpy(in + 8, word, n);
	crypto_shorthash(out + 8, in, sizeof in, key);
}

const char *
typed_id_write(char dst[TYPED_ID_TEXT], const uint8_t key[UUID_KEY_SIZE], const char *word,
	uint64_t number)
{
	struct buf b = { dst, 0, TYPED_ID_TEXT, TYPED_ID_TEXT, false };
	uint8_t bytes[16];

	bytes_of(bytes, key, word, number);
	buf_put_z(&b, word);
	buf_put_c(&b, '_');
	text_b32(&b, str_of(bytes, sizeof bytes));
	buf_put_c(&b, '\0');
	return dst;
}

/* What the 16 bytes say, when they are ours. */
static int
check(const uint8_t bytes[16], const uint8_t key[UUID_KEY_SIZE], const char *word,
	uint64_t *ret_number)
{
	uint8_t want[16];
	uint64_t number = 0;

	for (unsigned i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	if (number >> 53)
		return -EINVAL;
	bytes_of(want, key, word, number);
	if (!str_eq_secret(str_of(bytes, 16), str_of(want, 16)))
		return -EINVAL;
	*ret_number = number;
	return 0;
}

int
typed_id_read(struct str text, const uint8_t key[UUID_KEY_SIZE], const char *word,
	uint64_t *ret_number)
{
	uint8_t space[16];
	struct buf b = { (char *)space, 0, sizeof space, sizeof space, false };
	struct str kind = str_cut(&text, '_');

	if (!text.p || !str_ieq_z(kind, word) || text.n != 26 ||
		text_b32_decode(&b, text) < 0 || b.n != sizeof space)
		return -EINVAL;
	return check(space, key, word, ret_number);
}

const char *
typed_id_hex(char dst[TYPED_ID_HEX], const uint8_t key[UUID_KEY_SIZE], const char *word,
	uint64_t number)
{
	uint8_t bytes[16];

	bytes_of(bytes, key, word, number);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(dst + 2 * i, 3, "%02x", bytes[i]);
	return dst;
}

static int
hex_digit(char c)
{
	c = ascii_lower(c);
	return ascii_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
typed_id_unhex(struct str text, const uint8_t key[UUID_KEY_SIZE], const char *word,
	uint64_t *ret_number)
{
	uint8_t bytes[16];

	if (text.n != 2 * sizeof bytes)
		return -EINVAL;
	for (size_t i = 0; i < sizeof bytes; i++) {
		int high = hex_digit(text.p[2 * i]), low = hex_digit(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return check(bytes, key, word, ret_number);
}
