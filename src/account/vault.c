#include "account/vault.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <sodium.h>

#define KEY  crypto_secretstream_xchacha20poly1305_KEYBYTES
#define HEAD crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define MORE crypto_secretstream_xchacha20poly1305_ABYTES

_Static_assert(VAULT_HEAD == crypto_pwhash_SALTBYTES + 16 + HEAD, "head");
_Static_assert(VAULT_OVERHEAD == 4 + MORE, "piece");

struct vault_out {
	crypto_secretstream_xchacha20poly1305_state stream;
	bool ended;
};

struct vault_in {
	struct buf passphrase, held;
	crypto_secretstream_xchacha20poly1305_state stream;
	bool begun, first, ended; /* first: one piece opened */
};

static int
derive(uint8_t key[KEY], struct str passphrase, const uint8_t *salt, uint64_t ops,
	size_t memory)
{
	return crypto_pwhash(key, KEY, passphrase.p, passphrase.n, salt, ops, memory,
		       crypto_pwhash_ALG_ARGON2ID13)
	               ? -ENOMEM
	               : 0;
}

int
vault_out_new(struct str passphrase, struct buf *out, struct vault_out **ret_v)
{
	uint8_t salt[crypto_pwhash_SALTBYTES], key[KEY], head[HEAD];
	struct vault_out *v;
	int err;

	randombytes_buf(salt, sizeof salt);
	err = derive(key, passphrase, salt, VAULT_OPERATIONS, VAULT_MEMORY);
	if (err)
		return err;
	v = MEM_NEW(v);
	must(crypto_secretstream_xchacha20poly1305_init_push(&v->stream, head, key) == 0);
	sodium_memzero(key, sizeof key);
	err = buf_put(out, str_of(salt, sizeof salt));
	err = err ? err : wr_u64(out, VAULT_OPERATIONS);
	err = err ? err : wr_u64(out, VAULT_MEMORY);
	err = err ? err : buf_put(out, str_of(head, sizeof head));
	must(err == 0);
	*ret_v = v;
	return 0;
}

void
vault_out_free(struct vault_out **pv)
{
	if (!*pv)
		return;
	sodium_memzero(*pv, sizeof **pv);
	mem_free(*pv);
	*pv = NULL;
}

void
vault_out_put(struct vault_out *v, struct buf *out, struct str bytes, bool last)
{
	char *to;

	must(bytes.n <= VAULT_PIECE && !v->ended);
	must(wr_u32(out, (uint32_t)(bytes.n + MORE)) == 0);
	to = buf_room(out, bytes.n + MORE);
	must(to && crypto_secretstream_xchacha20poly1305_push(&v->stream, (uint8_t *)to, NULL,
			   (const uint8_t *)bytes.p, bytes.n, NULL, 0,
			   last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
				: crypto_secretstream_xchacha20poly1305_TAG_MESSAGE) == 0);
	buf_added(out, bytes.n + MORE);
	v->ended = last;
}

struct vault_in *
vault_in_new(struct str passphrase)
{
	struct vault_in *v = MEM_NEW(v);

	buf_init(&v->passphrase, passphrase.n + 1);
	must(buf_put(&v->passphrase, passphrase) == 0);
	buf_init(&v->held, VAULT_PIECE + VAULT_OVERHEAD);
	return v;
}

static void
forget(struct buf *passphrase)
{
	if (passphrase->p)
		sodium_memzero(passphrase->p, passphrase->n);
	buf_done(passphrase);
}

void
vault_in_free(struct vault_in **pv)
{
	struct vault_in *v = *pv;

	if (!v)
		return;
	forget(&v->passphrase);
	buf_done(&v->held);
	sodium_memzero(v, sizeof *v);
	mem_free(v);
	*pv = NULL;
}

static int
begin(struct vault_in *v)
{
	struct rd r = rd_of(buf_str(&v->held));
	struct str salt = rd_raw(&r, crypto_pwhash_SALTBYTES);
	uint64_t ops = rd_u64(&r), memory = rd_u64(&r);
	struct str head = rd_raw(&r, HEAD);
	uint8_t key[KEY];
	int err;

	must(rd_end(&r));
	if (ops < 1 || ops > 4 * VAULT_OPERATIONS || memory < crypto_pwhash_MEMLIMIT_MIN ||
		memory > UINT64_C(4) * VAULT_MEMORY)
		return -E2BIG;
	err = derive(
		key, buf_str(&v->passphrase), (const uint8_t *)salt.p, ops, (size_t)memory);
	if (!err)
		err = crypto_secretstream_xchacha20poly1305_init_pull(
			      &v->stream, (const uint8_t *)head.p, key)
		              ? -EBADMSG
		              : 0;
	sodium_memzero(key, sizeof key);
	forget(&v->passphrase);
	buf_clear(&v->held);
	v->begun = !err;
	return err;
}

static int
open_piece(struct vault_in *v, struct str sealed, struct buf *out)
{
	unsigned char tag;
	char *to = buf_room(out, sealed.n - MORE + 1);

	must(to);
	if (crypto_secretstream_xchacha20poly1305_pull(&v->stream, (uint8_t *)to, NULL, &tag,
		    (const uint8_t *)sealed.p, sealed.n, NULL, 0) != 0)
		return v->first ? -EBADMSG : -EACCES;
	buf_added(out, sealed.n - MORE);
	v->first = true;
	v->ended = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	buf_clear(&v->held);
	return 1;
}

int
vault_in_next(struct vault_in *v, struct str *s, struct buf *out)
{
	uint32_t length;
	struct rd r;
	int err;

	if (v->ended)
		return s->n ? -EBADMSG : 0;
	if (!v->begun) {
		if (!buf_fill(&v->held, s, VAULT_HEAD))
			return 0;
		err = begin(v);
		if (err)
			return err;
	}
	if (!buf_fill(&v->held, s, 4))
		return 0;
	r = rd_of(str_head(buf_str(&v->held), 4));
	length = rd_u32(&r);
	if (length < MORE || length > VAULT_PIECE + MORE)
		return v->first ? -EBADMSG : -EACCES;
	if (!buf_fill(&v->held, s, 4 + (size_t)length))
		return 0;
	return open_piece(v, str_from(buf_str(&v->held), 4), out);
}

int
vault_in_finish(const struct vault_in *v)
{
	return v->ended ? 0 : -ENODATA;
}
