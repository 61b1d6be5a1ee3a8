#include "account/control_chain_own.h"

#include "base/must.h"
#include "base/text.h"
#include "io/random.h"
#include "wire/typed_id.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>

#define FORMAT   "facteur-audit-1" /* names the digest's encoding */
#define AT_ONCE  200u              /* old rows that are chained with a new one */
#define IDS_MAX  256u
#define SEAL_MAX 6

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* ---- hashes */

static void
put(crypto_generichash_state *st, struct str s)
{
	char head[24];

	snprintf(head, sizeof head, "%zu:", s.n);
	must(crypto_generichash_update(st, (const uint8_t *)head, strlen(head)) == 0);
	must(crypto_generichash_update(st, (const uint8_t *)s.p, s.n) == 0);
	must(crypto_generichash_update(st, (const uint8_t *)",", 1) == 0);
}

static void
put_int(crypto_generichash_state *st, int64_t v)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, v);
	put(st, str_z(text));
}

/* Columns at, kind, who, name, client, what, target and reason are those from 3 on. */
static void
digest_of(struct control *c, struct store_row *r, struct str salt,
	uint8_t ret[CONTROL_CHAIN_HASH])
{
	crypto_generichash_state st;
	char id[TYPED_ID_TEXT];

	must(crypto_generichash_init(&st, NULL, 0, CONTROL_CHAIN_HASH) == 0);
	put(&st, STR_LIT(FORMAT));
	put(&st, str_z(typed_id_write(id, c->keys.ids, "aud", (uint64_t)store_int(r, 0))));
	for (int i = 3; i < 6; i++)
		put_int(&st, store_int(r, i));
	for (int i = 6; i < 11; i++)
		put(&st, store_text(r, i));
	put(&st, salt);
	must(crypto_generichash_final(&st, ret, CONTROL_CHAIN_HASH) == 0);
}

static void
put_u64(uint8_t dst[8], uint64_t v)
{
	for (int i = 0; i < 8; i++)
		dst[i] = (uint8_t)(v >> (56 - 8 * i));
}

void
chain_next(uint8_t ret[CONTROL_CHAIN_HASH], const uint8_t before[CONTROL_CHAIN_HASH],
	int64_t seq, const uint8_t digest[CONTROL_CHAIN_HASH])
{
	uint8_t all[2 * CONTROL_CHAIN_HASH + 8];

	memcpy(all, before, CONTROL_CHAIN_HASH);
	put_u64(all + CONTROL_CHAIN_HASH, (uint64_t)seq);
	memcpy(all + CONTROL_CHAIN_HASH + 8, digest, CONTROL_CHAIN_HASH);
	must(crypto_generichash(ret, CONTROL_CHAIN_HASH, all, sizeof all, NULL, 0) == 0);
}

/* use: 'r' of a row, 'c' of a cut, 'h' of a head: none is good as another one. */
static void
seal_of(struct control *c, uint8_t ret[CONTROL_CHAIN_SEAL], char use, const int64_t v[SEAL_MAX],
	const uint8_t hash[CONTROL_CHAIN_HASH])
{
	uint8_t all[1 + 8 * SEAL_MAX + CONTROL_CHAIN_HASH];

	all[0] = (uint8_t)use;
	for (size_t i = 0; i < SEAL_MAX; i++)
		put_u64(all + 1 + 8 * i, (uint64_t)v[i]);
	memcpy(all + 1 + 8 * SEAL_MAX, hash, CONTROL_CHAIN_HASH);
	must(crypto_generichash(
		     ret, CONTROL_CHAIN_SEAL, all, sizeof all, c->keys.audit, SEAL_KEY) == 0);
}

static bool
same(struct str got, const uint8_t *want, size_t n)
{
	return got.n == n && sodium_memcmp(got.p, want, n) == 0;
}

/* What is not as long as one of ours is nobody's. */
static void
take_hash(uint8_t ret[CONTROL_CHAIN_HASH], struct str got)
{
	memset(ret, 0, CONTROL_CHAIN_HASH);
	if (got.n == CONTROL_CHAIN_HASH)
		memcpy(ret, got.p, got.n);
}

static void
head_seal(struct control *c, const struct chain *h, uint8_t ret[CONTROL_CHAIN_SEAL])
{
	const int64_t v[SEAL_MAX] = { h->tenant, h->seq, h->since, h->adopted, h->damaged };

	seal_of(c, ret, 'h', v, h->hash);
}

void
chain_hex(char ret[2 * CONTROL_CHAIN_HASH + 1], const uint8_t hash[CONTROL_CHAIN_HASH])
{
	sodium_bin2hex(ret, 2 * CONTROL_CHAIN_HASH + 1, hash, CONTROL_CHAIN_HASH);
}

/* ---- rows */

/* What is left of a redacted row: its texts as they are now, with the digest of what they were
 * in the salt's place. */
static void
redacted_seal(struct control *c, uint8_t ret[CONTROL_CHAIN_SEAL], const struct chain_row *row,
	const uint8_t now[CONTROL_CHAIN_HASH])
{
	seal_of(c, ret, 'x', (const int64_t[SEAL_MAX]){ row->tenant, row->seq }, now);
}

void
chain_read_row(struct control *c, struct store_row *r, struct chain_row *ret)
{
	struct str salt = store_blob(r, 11);
	uint8_t seal[CONTROL_CHAIN_SEAL], now[CONTROL_CHAIN_HASH];

	*ret = (struct chain_row){ .id = store_int(r, 0),
		.tenant = store_int(r, 1),
		.seq = store_int(r, 2),
		.redacted = salt.n == CONTROL_CHAIN_HASH };
	digest_of(c, r, salt, now);
	memcpy(ret->digest, ret->redacted ? (const uint8_t *)salt.p : now, sizeof now);
	take_hash(ret->hash, store_blob(r, 12));
	if (ret->redacted)
		redacted_seal(c, seal, ret, now);
	else
		seal_of(c, seal, 'r', (const int64_t[SEAL_MAX]){ ret->tenant, ret->seq },
			ret->hash);
	ret->sealed = same(store_blob(r, 13), seal, sizeof seal);
}

void
chain_read_cut(struct control *c, int64_t tenant, struct store_row *r, struct chain_cut *ret)
{
	uint8_t seal[CONTROL_CHAIN_SEAL];

	*ret = (struct chain_cut){ .first = store_int(r, 0), .last = store_int(r, 1) };
	take_hash(ret->hash, store_blob(r, 2));
	seal_of(c, seal, 'c', (const int64_t[SEAL_MAX]){ tenant, ret->first, ret->last },
		ret->hash);
	ret->sealed = same(store_blob(r, 3), seal, sizeof seal) && ret->first > 0 &&
	              ret->last >= ret->first;
}

/* ---- the head */

struct loading {
	struct control *c;
	struct chain *h;
};

static int
take_head(void *ctx, struct store_row *r)
{
	struct loading *l = ctx;
	struct chain *h = l->h;
	uint8_t seal[CONTROL_CHAIN_SEAL];
	struct str sealed = store_blob(r, 5);

	h->seq = store_int(r, 0);
	take_hash(h->hash, store_blob(r, 1));
	h->since = store_int(r, 2);
	h->adopted = store_int(r, 3);
	h->damaged = store_int(r, 4);
	head_seal(l->c, h, seal);
	if (same(sealed, seal, sizeof seal))
		h->state = h->since ? CHAIN_OPEN : CHAIN_ADOPTING;
	else
		h->state =
			sealed.n == 0 && h->seq == 0 && h->since == 0 ? CHAIN_FRESH : CHAIN_BAD;
	return 0;
}

int
chain_load(struct control *c, int64_t tenant, struct chain *ret_h)
{
	struct chain h = { .tenant = tenant };
	int64_t chained = 0;
	int err = store_run(c->store,
		"SELECT seq, hash, since, adopted, damaged, seal FROM audit_chains"
		" WHERE tenant = ?",
		take_head, &(struct loading){ c, &h }, "i", tenant);

	/* A log whose rows are chained was never without a head. */
	if (!err && h.state == CHAIN_FRESH)
		err = store_run(c->store,
			"SELECT EXISTS (SELECT 1 FROM audit WHERE tenant = ? AND seq > 0)"
			" OR EXISTS (SELECT 1 FROM audit_cuts WHERE tenant = ?)",
			take_int, &chained, "ii", tenant, tenant);
	if (chained)
		h.state = CHAIN_BAD;
	if (!err)
		*ret_h = h;
	return err;
}

static int
save(struct control *c, const struct chain *h)
{
	uint8_t seal[CONTROL_CHAIN_SEAL];

	head_seal(c, h, seal);
	return store_run(c->store,
		"INSERT INTO audit_chains (tenant, seq, hash, since, adopted, damaged, seal)"
		" VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant) DO UPDATE SET"
		" seq = excluded.seq, hash = excluded.hash, since = excluded.since,"
		" adopted = excluded.adopted, damaged = excluded.damaged, seal = excluded.seal",
		NULL, NULL, "iibiiib", h->tenant, h->seq, str_of(h->hash, sizeof h->hash),
		h->since, h->adopted, h->damaged, str_of(seal, sizeof seal));
}

int
control_own_chain_begin(struct control *c, int64_t tenant)
{
	const struct chain h = { .tenant = tenant, .since = clock_wall(&c->clock) };

	return control_own_check(c, save(c, &h));
}

struct last {
	struct control *c;
	struct chain *h;
};

static int
take_last_row(void *ctx, struct store_row *r)
{
	struct last *l = ctx;
	struct chain_row row;

	chain_read_row(l->c, r, &row);
	if (!row.sealed)
		return 0;
	l->h->seq = row.seq;
	memcpy(l->h->hash, row.hash, sizeof row.hash);
	return 1;
}

static int
take_last_cut(void *ctx, struct store_row *r)
{
	struct last *l = ctx;
	struct chain_cut k;

	chain_read_cut(l->c, l->h->tenant, r, &k);
	if (k.sealed && k.last > l->h->seq) {
		l->h->seq = k.last;
		memcpy(l->h->hash, k.hash, sizeof k.hash);
	}
	return k.sealed ? 1 : 0;
}

/* Somebody took the head away or wrote one. Deeds go on being told, behind what is there and
 * ours; that it was so stays in the new head. */
static int
mend(struct control *c, struct chain *h)
{
	struct last l = { c, h };
	int err;

	*h = (struct chain){ .tenant = h->tenant, .since = clock_wall(&c->clock) };
	err = store_run(c->store, CHAIN_ROW "WHERE tenant = ? ORDER BY seq DESC LIMIT 1000",
		take_last_row, &l, "i", h->tenant);
	if (err >= 0)
		err = store_run(c->store,
			CHAIN_CUT "WHERE tenant = ? ORDER BY first DESC LIMIT 1000",
			take_last_cut, &l, "i", h->tenant);
	h->damaged = h->seq + 1;
	h->state = CHAIN_OPEN;
	return err < 0 ? err : 0;
}

/* ---- entries that come */

struct linking {
	struct control *c;
	struct str salt;
	uint8_t *digest;
};

static int
take_digest(void *ctx, struct store_row *r)
{
	struct linking *l = ctx;

	digest_of(l->c, r, l->salt, l->digest);
	return 0;
}

/* The row becomes the newest entry. The head is to be saved. */
static int
link_row(struct control *c, struct chain *h, int64_t id)
{
	uint8_t salt[CONTROL_CHAIN_SALT], digest[CONTROL_CHAIN_HASH], seal[CONTROL_CHAIN_SEAL];
	struct linking l = { c, str_of(salt, sizeof salt), digest };
	uint8_t hash[CONTROL_CHAIN_HASH];
	int err;

	memset(digest, 0, sizeof digest);
	random_bytes(salt, sizeof salt);
	err = store_run(c->store, CHAIN_ROW "WHERE id = ?", take_digest, &l, "i", id);
	if (err)
		return err;
	chain_next(hash, h->hash, h->seq + 1, digest);
	seal_of(c, seal, 'r', (const int64_t[SEAL_MAX]){ h->tenant, h->seq + 1 }, hash);
	err = store_run(c->store,
		"UPDATE audit SET seq = ?, salt = ?, hash = ?, seal = ? WHERE id = ?", NULL,
		NULL, "ibbbi", h->seq + 1, l.salt, str_of(hash, sizeof hash),
		str_of(seal, sizeof seal), id);
	if (err)
		return err;
	h->seq++;
	memcpy(h->hash, hash, sizeof hash);
	return 0;
}

struct ids {
	int64_t at[IDS_MAX];
	size_t n;
};

static int
take_id(void *ctx, struct store_row *r)
{
	struct ids *ids = ctx;

	ids->at[ids->n++] = store_int(r, 0);
	return 0;
}

int
chain_adopt(struct control *c, struct chain *h, int64_t id, size_t most)
{
	bool over = false;
	int err = 0;

	for (size_t done = 0; !err && !over && done < most;) {
		size_t n = most - done < IDS_MAX ? most - done : IDS_MAX;
		struct ids ids = { .n = 0 };

		err = store_run(c->store,
			"SELECT id FROM audit WHERE tenant = ? AND seq = 0 AND id < ?"
			" ORDER BY id LIMIT ?",
			take_id, &ids, "iii", h->tenant, id, (int64_t)n);
		for (size_t i = 0; !err && i < ids.n; i++)
			err = link_row(c, h, ids.at[i]);
		done += ids.n;
		over = ids.n < n;
	}
	h->state = CHAIN_ADOPTING;
	h->adopted = h->seq;
	if (over) {
		h->state = CHAIN_OPEN;
		h->since = clock_wall(&c->clock);
	}
	return err ? err : save(c, h);
}

int
control_own_chain_add(struct control *c, int64_t tenant, int64_t id)
{
	struct chain h;
	int err = chain_load(c, tenant, &h);

	if (!err && (h.state == CHAIN_FRESH || h.state == CHAIN_ADOPTING))
		err = chain_adopt(c, &h, id, AT_ONCE);
	if (!err && (h.state == CHAIN_NONE || h.state == CHAIN_BAD))
		err = mend(c, &h);
	if (err || h.state != CHAIN_OPEN)
		return err;
	err = link_row(c, &h, id);
	return err ? err : save(c, &h);
}

static int
take_tenant(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

int
control_chain_adopt(struct control *c)
{
	int64_t tenant = -1;
	struct chain h;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = store_run(c->store,
		"SELECT tenant FROM audit_chains WHERE since = 0 ORDER BY tenant LIMIT 1",
		take_tenant, &tenant, "");
	if (err || tenant < 0) {
		store_rollback(c->store);
		return control_own_check(c, err);
	}
	err = chain_load(c, tenant, &h);
	if (!err && h.state == CHAIN_BAD)
		err = mend(c, &h);
	if (!err && h.state == CHAIN_OPEN)
		err = save(c, &h);
	else if (!err)
		err = chain_adopt(c, &h, INT64_MAX, CONTROL_CHAIN_ADOPT);
	err = control_own_check(c, err ? err : store_commit(c->store));
	if (err)
		store_rollback(c->store);
	return err ? err : 1;
}

/* ---- rows that go */

struct reading {
	struct control *c;
	struct chain_row row;
	struct chain_cut cut;
	bool found;
};

static int
take_row(void *ctx, struct store_row *r)
{
	struct reading *l = ctx;

	chain_read_row(l->c, r, &l->row);
	l->found = true;
	return 0;
}

static int
take_cut(void *ctx, struct store_row *r)
{
	struct reading *l = ctx;

	chain_read_cut(l->c, l->row.tenant, r, &l->cut);
	return 0;
}

static int
take_hash_of(void *ctx, struct store_row *r)
{
	take_hash(ctx, store_blob(r, 0));
	return 0;
}

/* The hash of the entry before one; a cut that ends there is left in l->cut. */
static int
hash_before(struct reading *l, uint8_t ret[CONTROL_CHAIN_HASH])
{
	struct store *s = l->c->store;
	int err;

	memset(ret, 0, CONTROL_CHAIN_HASH);
	l->cut = (struct chain_cut){ 0 };
	if (l->row.seq == 1)
		return 0;
	err = store_run(s, CHAIN_CUT "WHERE tenant = ? AND last = ?", take_cut, l, "ii",
		l->row.tenant, l->row.seq - 1);
	if (!err && l->cut.sealed)
		memcpy(ret, l->cut.hash, CONTROL_CHAIN_HASH);
	else if (!err)
		err = store_run(s,
			"SELECT hash FROM audit WHERE tenant = ? AND seq = ? ORDER BY id LIMIT "
			"1",
			take_hash_of, ret, "ii", l->row.tenant, l->row.seq - 1);
	return err;
}

/* A cut of this one row and those beside it. */
static int
cut_out(struct reading *l, const struct chain_cut *before)
{
	struct chain_cut k = { .first = before->sealed ? before->first : l->row.seq,
		.last = l->row.seq };
	struct store *s = l->c->store;
	uint8_t seal[CONTROL_CHAIN_SEAL];
	int err;

	memcpy(k.hash, l->row.hash, sizeof k.hash);
	l->cut = (struct chain_cut){ 0 };
	err = store_run(s, CHAIN_CUT "WHERE tenant = ? AND first = ?", take_cut, l, "ii",
		l->row.tenant, l->row.seq + 1);
	if (!err && l->cut.sealed) {
		k.last = l->cut.last;
		memcpy(k.hash, l->cut.hash, sizeof k.hash);
	}
	if (!err && (before->sealed || l->cut.sealed))
		err = store_run(s,
			"DELETE FROM audit_cuts WHERE tenant = ? AND first IN (?, ?)", NULL,
			NULL, "iii", l->row.tenant, before->sealed ? before->first : 0,
			l->cut.sealed ? l->cut.first : 0);
	seal_of(l->c, seal, 'c', (const int64_t[SEAL_MAX]){ l->row.tenant, k.first, k.last },
		k.hash);
	return err ? err
	           : store_run(s,
			     "INSERT INTO audit_cuts (tenant, first, last, hash, seal)"
			     " VALUES (?, ?, ?, ?, ?)",
			     NULL, NULL, "iiibb", l->row.tenant, k.first, k.last,
			     str_of(k.hash, sizeof k.hash), str_of(seal, sizeof seal));
}

/* Reads a row; is it an entry of a chain, as we wrote it? A cut that ends before it is left in
 * l->cut. */
static int
read_entry(struct reading *l, int64_t id, bool *ret_ours)
{
	uint8_t before[CONTROL_CHAIN_HASH], hash[CONTROL_CHAIN_HASH];
	int err = store_run(l->c->store, CHAIN_ROW "WHERE id = ?", take_row, l, "i", id);

	*ret_ours = false;
	if (err || !l->found || l->row.seq <= 0 || !l->row.sealed)
		return err;
	err = hash_before(l, before);
	chain_next(hash, before, l->row.seq, l->row.digest);
	*ret_ours = !err && memcmp(hash, l->row.hash, sizeof hash) == 0;
	return err;
}

/* One that somebody wrote, or whose time he changed, goes without a cut: it is missed. */
static int
drop(struct control *c, int64_t id)
{
	struct reading l = { .c = c };
	struct chain_cut cut;
	bool ours;
	int err = read_entry(&l, id, &ours);

	cut = l.cut;
	if (!err)
		err = store_run(
			c->store, "DELETE FROM audit WHERE id = ?", NULL, NULL, "i", id);
	return err || !ours ? err : cut_out(&l, &cut);
}

int
control_own_chain_redact(struct control *c, int64_t id, struct str target, struct str reason)
{
	struct reading l = { .c = c };
	uint8_t now[CONTROL_CHAIN_HASH], seal[CONTROL_CHAIN_SEAL];
	struct linking k = { c, str_of(l.row.digest, sizeof l.row.digest), now };
	bool ours;
	int err = read_entry(&l, id, &ours);

	err = err ? err
	          : store_run(c->store, "UPDATE audit SET target = ?, reason = ? WHERE id = ?",
			    NULL, NULL, "ssi", target, reason, id);
	/* What was not as we wrote it does not become so. */
	if (err || !ours)
		return err;
	err = store_run(c->store, CHAIN_ROW "WHERE id = ?", take_digest, &k, "i", id);
	redacted_seal(c, seal, &l.row, now);
	return err ? err
	           : store_run(c->store, "UPDATE audit SET salt = ?, seal = ? WHERE id = ?",
			     NULL, NULL, "bbi", k.salt, str_of(seal, sizeof seal), id);
}

int
control_own_chain_drop(struct control *c, const int64_t *ids, size_t n)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++)
		err = drop(c, ids[i]);
	return err;
}
