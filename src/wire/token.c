#include "wire/token.h"

#include "base/must.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/evp.h>

/*
 * head | SIV | sealed fields: 1 + 16 + 15 bytes, 52 characters. The head names the key in its
 * upper five bits, which are the first character; its lower three bits are zero. It is
 * authenticated with the fields.
 */
#define HEAD   1u
#define SIV    16u
#define FIELDS 15u
#define BYTES  (HEAD + SIV + FIELDS)

static void
pack(uint8_t dst[FIELDS], const struct token *t)
{
	uint64_t first = (uint64_t)t->kind << 53 | t->message;

	for (size_t i = 0; i < 7; i++)
		dst[i] = (uint8_t)(first >> (48 - 8 * i));
	dst[7] = (uint8_t)(t->stream << 7 | t->day >> 8);
	dst[8] = (uint8_t)t->day;
	for (size_t i = 0; i < 4; i++)
		dst[9 + i] = (uint8_t)(t->tenant >> (24 - 8 * i));
	dst[13] = (uint8_t)(t->recipient >> 8);
	dst[14] = (uint8_t)t->recipient;
}

static struct token
unpack(const uint8_t src[FIELDS])
{
	struct token t = { .stream = src[7] >> 7,
		.day = (uint16_t)((src[7] & 0x7f) << 8 | src[8]) };
	uint64_t first = 0;

	for (size_t i = 0; i < 7; i++)
		first = first << 8 | src[i];
	t.kind = (uint8_t)(first >> 53);
	t.message = first & ((UINT64_C(1) << 53) - 1);
	for (size_t i = 0; i < 4; i++)
		t.tenant = t.tenant << 8 | src[9 + i];
	t.recipient = (uint16_t)(src[13] << 8 | src[14]);
	return t;
}

/* Seals or opens fields in place; siv is written or checked. False when it does not verify. */
static bool
siv(uint8_t bytes[BYTES], const uint8_t key[TOKEN_KEY_SIZE], bool seal)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-SIV", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *fields = bytes + HEAD + SIV, result[FIELDS];
	int n;
	bool ok;

	must(cipher && ctx);
	must(EVP_CipherInit_ex2(ctx, cipher, key, NULL, seal, NULL) == 1);
	if (!seal)
		must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SIV, bytes + HEAD) == 1);
	must(EVP_CipherUpdate(ctx, NULL, &n, bytes, HEAD) == 1);
	ok = EVP_CipherUpdate(ctx, result, &n, fields, FIELDS) == 1 && n == FIELDS;
	must(ok || !seal);
	if (ok)
		memcpy(fields, result, FIELDS);
	if (seal)
		must(EVP_CipherFinal_ex(ctx, result, &n) == 1 &&
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SIV, bytes + HEAD) ==
				1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return ok;
}

size_t
token_write(char dst[TOKEN_TEXT_MAX], const uint8_t key[TOKEN_KEY_SIZE], unsigned key_no,
	const struct token *t)
{
	uint8_t bytes[BYTES];
	struct buf b;

	must(key_no < 32 && t->kind < 8 && t->message < UINT64_C(1) << 53);
	must(t->stream < 2 && t->day <= TOKEN_DAY_MAX);
	bytes[0] = (uint8_t)(key_no << 3);
	pack(bytes + HEAD + SIV, t);
	siv(bytes, key, true);
	buf_init(&b, TOKEN_TEXT_MAX);
	must(text_b32(&b, str_of(bytes, BYTES)) == 0 && b.n == TOKEN_LENGTH);
	must(str_copy_z(dst, TOKEN_TEXT_MAX, buf_str(&b)) == 0);
	buf_done(&b);
	return TOKEN_LENGTH;
}

static int
decode(struct str text, uint8_t ret_bytes[BYTES])
{
	struct buf b;
	int r;

	if (text.n != TOKEN_LENGTH)
		return -EINVAL;
	buf_init(&b, TOKEN_TEXT_MAX);
	r = text_b32_decode(&b, text);
	if (r == 0 && (b.n != BYTES || b.p[0] & 7))
		r = -EINVAL;
	if (r == 0)
		memcpy(ret_bytes, b.p, BYTES);
	buf_done(&b);
	return r;
}

int
token_key_no(struct str text)
{
	uint8_t bytes[BYTES];
	int r = decode(text, bytes);

	return r ? r : bytes[0] >> 3;
}

int
token_read(struct str text, const uint8_t key[TOKEN_KEY_SIZE], struct token *ret_t)
{
	uint8_t bytes[BYTES];
	int r = decode(text, bytes);

	if (r)
		return r;
	if (!siv(bytes, key, false))
		return -EINVAL;
	*ret_t = unpack(bytes + HEAD + SIV);
	return 0;
}
