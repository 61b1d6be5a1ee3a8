#include "account/key.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "io/random.h"

#include <sodium.h>

#define NAME_PREFIX  "fk_live_"
#define NAME_BYTES   16 /* 26 base32 characters */
#define SECRET_BYTES 32
#define TOKEN_LENGTH 36

static void
set(char *dst, size_t size, struct buf *b)
{
	must(!b->full && str_copy_z(dst, size, buf_str(b)) == 0);
	mem_wipe(b->p, b->n);
	buf_clear(b);
}

void
key_token(char ret_token[40], struct str secret)
{
	uint8_t hash[crypto_generichash_BYTES_MIN];
	crypto_generichash_state h;
	struct buf b;

	must(crypto_generichash_init(&h, NULL, 0, sizeof hash) == 0);
	must(crypto_generichash_update(&h, (const uint8_t *)"token", sizeof "token") == 0);
	must(crypto_generichash_update(&h, (const uint8_t *)secret.p, secret.n) == 0);
	must(crypto_generichash_final(&h, hash, sizeof hash) == 0);
	/* Version 4, variant 1 (RFC 4122 4.4): some clients check that it is a real UUID. */
	hash[6] = (uint8_t)((hash[6] & 0x0f) | 0x40);
	hash[8] = (uint8_t)((hash[8] & 0x3f) | 0x80);
	buf_init(&b, TOKEN_LENGTH);
	for (size_t i = 0; i < sizeof hash; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_put_c(&b, '-');
		text_hex(&b, str_of(hash + i, 1));
	}
	set(ret_token, 40, &b);
	mem_wipe(hash, sizeof hash);
	mem_wipe(&h, sizeof h);
	buf_done(&b);
}

void
key_spellings(struct key_text *k)
{
	int n = snprintf(k->sendgrid, sizeof k->sendgrid, "SG.%.*s.%s", KEY_NAME_MAX - 4,
		k->name, k->secret);

	must(n > 0 && (size_t)n < sizeof k->sendgrid);
	key_token(k->token, str_z(k->secret));
}

void
key_make(struct key_text *ret_k)
{
	uint8_t bytes[SECRET_BYTES];
	struct buf b;

	buf_init(&b, KEY_SECRET_MAX);
	random_bytes(bytes, NAME_BYTES);
	buf_put_z(&b, NAME_PREFIX);
	text_b32(&b, str_of(bytes, NAME_BYTES));
	set(ret_k->name, sizeof ret_k->name, &b);
	random_bytes(bytes, sizeof bytes);
	text_b64url(&b, str_of(bytes, sizeof bytes));
	set(ret_k->secret, sizeof ret_k->secret, &b);
	mem_wipe(bytes, sizeof bytes);
	buf_done(&b);
	key_spellings(ret_k);
}

static bool
token_shaped(struct str s)
{
	if (s.n != TOKEN_LENGTH)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.p[i] != '-' : ascii_hex(s.p[i]) < 0)
			return false;
	}
	return true;
}

struct key_spelling
key_spell(struct str user, struct str password)
{
	struct str sg = STR_LIT("SG."), rest = str_from(password, sg.n), name;
	bool mailgun = user.n == 0 || str_ieq_z(user, "api");
	bool costume = mailgun || str_ieq_z(user, "apikey");

	if (costume && str_starts(password, sg) && str_find(rest, '.') < rest.n) {
		name = str_cut(&rest, '.');
		return (struct key_spelling){ name, rest, false };
	}
	if ((costume || str_eq(user, password)) && token_shaped(password))
		return (struct key_spelling){ STR_NONE, password, true };
	if (costume)
		return (struct key_spelling){ STR_NONE, password, false };
	return (struct key_spelling){ user, password, false };
}
