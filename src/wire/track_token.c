#include "wire/track_token.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/evp.h>

#define HEAD      1u
#define SIV       16u
#define FIELDS    19u
#define GROUP     4u
#define HAS_GROUP (TRACK_TOKEN_FLAGS + 1)
#define BYTES     (HEAD + SIV + FIELDS + TRACK_TOKEN_TEXT_MAX)

_Static_assert(TRACK_TOKEN_MIN == (HEAD + SIV + FIELDS) / 3 * 4, "36 bytes have no rest");
_Static_assert(TRACK_TOKEN_MAX == (BYTES * 4 + 2) / 3, "without padding");

/*
 * Keyed contexts are copied for each token: setting the key up costs OpenSSL three times what
 * a short token costs, and a SIV context serves only once.
 */
struct slot {
	uint8_t id;
	EVP_CIPHER_CTX *seal, *open;
};

struct track_token_box {
	size_t n;
	struct slot slots[TRACK_TOKEN_KEYS];
	EVP_CIPHER_CTX *work;
};

static EVP_CIPHER_CTX *
keyed(const EVP_CIPHER *cipher, const uint8_t key[TRACK_TOKEN_KEY], bool seal)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	must(ctx && EVP_CipherInit_ex2(ctx, cipher, key, NULL, seal, NULL) == 1);
	return ctx;
}

struct track_token_box *
track_token_box_new(const struct track_token_key *keys, size_t n)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-SIV", NULL);
	struct track_token_box *b = MEM_NEW(b);

	must(cipher && n >= 1 && n <= TRACK_TOKEN_KEYS);
	b->n = n;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			must(keys[k].id != keys[i].id);
		b->slots[i].id = keys[i].id;
		b->slots[i].seal = keyed(cipher, keys[i].bytes, true);
		b->slots[i].open = keyed(cipher, keys[i].bytes, false);
	}
	b->work = EVP_CIPHER_CTX_new();
	must(b->work);
	EVP_CIPHER_free(cipher);
	return b;
}

void
track_token_box_free(struct track_token_box **b)
{
	if (!*b)
		return;
	for (size_t i = 0; i < (*b)->n; i++) {
		EVP_CIPHER_CTX_free((*b)->slots[i].seal);
		EVP_CIPHER_CTX_free((*b)->slots[i].open);
	}
	EVP_CIPHER_CTX_free((*b)->work);
	mem_free(*b);
	*b = NULL;
}

/* The first thing authenticated: a text no other use of a key starts with, and the key's id. */
static void
begin(EVP_CIPHER_CTX *ctx, uint8_t id)
{
	uint8_t about[] = "facteur track 1 ";
	int n;

	about[sizeof about - 1] = id;
	must(EVP_CipherUpdate(ctx, NULL, &n, about, (int)sizeof about) == 1);
}

/* bytes: head, room for the SIV, and what is sealed in place. */
static void
seal(const struct track_token_box *b, uint8_t *bytes, size_t n)
{
	uint8_t result[BYTES], *at = bytes + HEAD + SIV;
	int sealed = (int)(n - HEAD - SIV), done;

	bytes[0] = b->slots[0].id;
	must(EVP_CIPHER_CTX_copy(b->work, b->slots[0].seal) == 1);
	begin(b->work, bytes[0]);
	must(EVP_CipherUpdate(b->work, result, &done, at, sealed) == 1 && done == sealed);
	memcpy(at, result, (size_t)sealed);
	must(EVP_CipherFinal_ex(b->work, result, &done) == 1);
	must(EVP_CIPHER_CTX_ctrl(b->work, EVP_CTRL_AEAD_GET_TAG, SIV, bytes + HEAD) == 1);
}

static int
open_at(const struct track_token_box *b, uint8_t *bytes, size_t n)
{
	uint8_t result[BYTES], *at = bytes + HEAD + SIV;
	int sealed = (int)(n - HEAD - SIV), done;
	const struct slot *slot = NULL;

	for (size_t i = 0; i < b->n; i++)
		if (b->slots[i].id == bytes[0])
			slot = &b->slots[i];
	if (!slot)
		return -EINVAL;
	must(EVP_CIPHER_CTX_copy(b->work, slot->open) == 1);
	must(EVP_CIPHER_CTX_ctrl(b->work, EVP_CTRL_AEAD_SET_TAG, SIV, bytes + HEAD) == 1);
	begin(b->work, slot->id);
	if (EVP_CipherUpdate(b->work, result, &done, at, sealed) != 1 || done != sealed)
		return -EINVAL;
	memcpy(at, result, (size_t)sealed);
	return 0;
}

/* ---- the fields */

static void
put(uint8_t *dst, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static uint64_t
get(const uint8_t *src, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | src[i];
	return v;
}

static void
pack(uint8_t dst[FIELDS], const struct track_token *t)
{
	dst[0] = (uint8_t)((unsigned)t->kind << 5 | t->flags | (t->group ? HAS_GROUP : 0));
	dst[1] = t->stream;
	put(dst + 2, t->tenant, 4);
	put(dst + 6, t->message, 7);
	put(dst + 13, t->index, 2);
	put(dst + 15, t->accepted, 4);
}

static struct track_token
unpack(const uint8_t src[FIELDS])
{
	return (struct track_token){ .kind = src[0] >> 5,
		.flags = src[0] & TRACK_TOKEN_FLAGS,
		.stream = src[1],
		.tenant = (uint32_t)get(src + 2, 4),
		.message = get(src + 6, 7),
		.index = (uint16_t)get(src + 13, 2),
		.accepted = (uint32_t)get(src + 15, 4) };
}

/* What goes into a Location field: nothing that could end it or lead to another scheme. */
static bool
is_url(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 32 || s.p[i] > 126)
			return false;
	return str_istarts(s, STR_LIT("http://")) || str_istarts(s, STR_LIT("https://"));
}

int
track_token_choice_write(struct buf *out, const uint32_t *groups, size_t n, struct str address)
{
	size_t before = out->n;
	uint8_t bytes[GROUP];

	if (n == 0 || n > TRACK_TOKEN_CHOICES || address.n == 0)
		return -EINVAL;
	buf_put_c(out, (char)n);
	for (size_t i = 0; i < n; i++) {
		put(bytes, groups[i], GROUP);
		buf_put(out, str_of((const char *)bytes, GROUP));
	}
	buf_put(out, address);
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}

size_t
track_token_choice_read(
	struct str text, uint32_t groups[TRACK_TOKEN_CHOICES], struct str *ret_address)
{
	size_t n = text.n ? (unsigned char)text.p[0] : 0;

	if (n == 0 || n > TRACK_TOKEN_CHOICES || text.n <= 1 + n * GROUP)
		return 0;
	for (size_t i = 0; i < n; i++)
		groups[i] = (uint32_t)get((const uint8_t *)text.p + 1 + i * GROUP, GROUP);
	*ret_address = str_from(text, 1 + n * GROUP);
	return n;
}

static bool
sound(const struct track_token *t)
{
	uint32_t groups[TRACK_TOKEN_CHOICES];
	struct str address;

	if (t->message >> 53 || t->flags > TRACK_TOKEN_FLAGS ||
		t->text.n > TRACK_TOKEN_TEXT_MAX - (t->group ? GROUP : 0))
		return false;
	if (t->group && t->kind != TRACK_TOKEN_UNSUBSCRIBE && t->kind != TRACK_TOKEN_CHOICE)
		return false;
	if (t->kind == TRACK_TOKEN_OPEN || t->kind == TRACK_TOKEN_WEB)
		return t->text.n == 0;
	if (t->kind == TRACK_TOKEN_CLICK)
		return is_url(t->text);
	if (t->kind == TRACK_TOKEN_CHOICE)
		return track_token_choice_read(t->text, groups, &address) > 0;
	return t->kind == TRACK_TOKEN_UNSUBSCRIBE && t->text.n > 0;
}

int
track_token_write(struct buf *out, const struct track_token_box *b, const struct track_token *t)
{
	uint8_t bytes[BYTES];
	size_t n = HEAD + SIV + FIELDS;

	if (!sound(t))
		return -EINVAL;
	pack(bytes + HEAD + SIV, t);
	if (t->group) {
		put(bytes + n, t->group, GROUP);
		n += GROUP;
	}
	if (t->text.n > 0)
		memcpy(bytes + n, t->text.p, t->text.n);
	n += t->text.n;
	seal(b, bytes, n);
	return text_b64url(out, str_of(bytes, n));
}

int
track_token_read(const struct track_token_box *b, struct str text, struct buf *scratch,
	struct track_token *ret_t)
{
	struct track_token t;
	uint8_t *bytes;

	buf_clear(scratch);
	if (text.n < TRACK_TOKEN_MIN || text.n > TRACK_TOKEN_MAX)
		return -EINVAL;
	if (text_b64url_decode(scratch, text) != 0)
		return -EINVAL;
	bytes = (uint8_t *)scratch->p;
	if (open_at(b, bytes, scratch->n) != 0)
		return -EINVAL;
	t = unpack(bytes + HEAD + SIV);
	t.text = str_from(buf_str(scratch), HEAD + SIV + FIELDS);
	if (bytes[HEAD + SIV] & HAS_GROUP) {
		if (t.text.n < GROUP)
			return -EINVAL;
		t.group = (uint32_t)get((const uint8_t *)t.text.p, GROUP);
		t.text = str_from(t.text, GROUP);
		/* None is written without the bit. */
		if (t.group == 0)
			return -EINVAL;
	}
	if (!sound(&t))
		return -EINVAL;
	*ret_t = t;
	return 0;
}
