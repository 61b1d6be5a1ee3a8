#include "people/suppress.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/random.h"
#include "people/erase.h"
#include "wire/address.h"

#include <errno.h>
#include <sodium.h>

/* Each grows by itself: a step of a table of 40,000 entries holds no loop up. */
#define SHARDS    256u
#define SHARD_MIN 16u
#define REASONS   4u /* bits of one scope */

struct shard {
	uint64_t *keys; /* 0 = free; linear probing */
	uint16_t *bits; /* slot_of(scope) * REASONS + reason - 1 */
	uint32_t used, cap;
};

struct suppress {
	uint8_t key[crypto_shorthash_KEYBYTES], group_key[crypto_shorthash_KEYBYTES];
	size_t n, max;
	size_t apart;         /* of n: those with TRACKING bits only */
	bool aliases;         /* of people/erase: some were put in */
	struct nmap tracking; /* tenant + 1 → addresses whose TRACKING bits are not all 0 */
	struct shard shards[SHARDS];
};

/* The fourth slot of bits is that of SUPPRESS_TRACKING: SUPPRESS_ANY_SCOPE needs none. */
static unsigned
slot_of(unsigned scope)
{
	return scope == SUPPRESS_TRACKING ? SUPPRESS_ANY_SCOPE : scope;
}

#define SLOTS    4u
#define TRACKING ((uint16_t)(((1u << REASONS) - 1) << SUPPRESS_ANY_SCOPE * REASONS))

_Static_assert(SLOTS *REASONS <= 16, "they fit the bits of an entry");
_Static_assert(SUPPRESS_SCOPES == SLOTS + 1, "each scope has its slot");
_Static_assert(SUPPRESS_ADDRESS_SIZE >= ADDRESS_MAX, "an address fits");

static const char *const reasons[] = { "?", "hard_bounce", "complaint", "unsubscribe",
	"manual" };
static const char *const scopes[] = { "all", "transactional", "broadcast", "?", "tracking" };

const char *
suppress_reason_name(unsigned reason)
{
	return reason < SUPPRESS_REASONS ? reasons[reason] : "?";
}

const char *
suppress_scope_name(unsigned scope)
{
	return scope < SUPPRESS_SCOPES ? scopes[scope] : "?";
}

int
suppress_reason_of(struct str name, uint8_t *ret_reason)
{
	for (unsigned i = 1; i < SUPPRESS_REASONS; i++)
		if (str_eq_z(name, reasons[i])) {
			*ret_reason = (uint8_t)i;
			return 0;
		}
	return -EINVAL;
}

int
suppress_scope_of(struct str name, uint8_t *ret_scope)
{
	for (unsigned i = 0; i < SUPPRESS_SCOPES; i++)
		if (suppress_scope_is_one(i) && str_eq_z(name, scopes[i])) {
			*ret_scope = (uint8_t)i;
			return 0;
		}
	return -EINVAL;
}

bool
suppress_change_good(const struct suppress_change *c)
{
	if (c->reason >= SUPPRESS_REASONS || (!c->remove && c->reason == SUPPRESS_ANY_REASON))
		return false;
	if (c->group)
		return c->scope == SUPPRESS_ALL ||
		       (c->remove && c->scope == SUPPRESS_ANY_SCOPE);
	return c->remove ? c->scope < SUPPRESS_SCOPES : suppress_scope_is_one(c->scope);
}

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] >= 0x80)
			return false;
	return true;
}

/* local holds its @. */
static int
join(char *dst, struct str local, struct str domain, struct str *ret_s)
{
	size_t n = 0;

	if (local.n + domain.n > ADDRESS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < local.n; i++)
		dst[n++] = ascii_lower(local.p[i]);
	for (size_t i = 0; i < domain.n; i++)
		dst[n++] = ascii_lower(domain.p[i]);
	*ret_s = str_of(dst, n);
	return 0;
}

int
suppress_address(char dst[SUPPRESS_ADDRESS_SIZE], struct str address, struct str *ret_s)
{
	size_t at = str_rfind(address, '@');
	struct str domain = str_from(address, at + 1), ascii;
	struct arena a;
	int err;

	if (at == 0 || at == address.n || domain.n == 0)
		return -EINVAL;
	if (is_ascii(domain))
		return join(dst, str_head(address, at + 1), domain, ret_s);
	arena_init(&a, 64u << 10);
	err = domain_ascii(&a, domain, &ascii);
	err = err ? err : join(dst, str_head(address, at + 1), ascii, ret_s);
	arena_done(&a);
	return err;
}

bool
suppress_address_unicode(char dst[SUPPRESS_ADDRESS_SIZE], struct str address, struct str *ret_s)
{
	size_t at = str_rfind(address, '@');
	struct str domain = str_from(address, at + 1), shown;
	struct arena a;
	bool other;

	if (at == address.n)
		return false;
	arena_init(&a, 64u << 10);
	other = domain_unicode(&a, domain, &shown) == 0 && !is_ascii(shown) &&
	        join(dst, str_head(address, at + 1), shown, ret_s) == 0;
	arena_done(&a);
	return other;
}

struct suppress *
suppress_new(size_t max)
{
	struct suppress *s = MEM_NEW(s);

	s->max = max;
	nmap_init(&s->tracking);
	random_bytes(s->key, sizeof s->key);
	random_bytes(s->group_key, sizeof s->group_key);
	return s;
}

void
suppress_free(struct suppress **ps)
{
	struct suppress *s = *ps;

	*ps = NULL;
	if (!s)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		mem_free(s->shards[i].keys);
		mem_free(s->shards[i].bits);
	}
	nmap_done(&s->tracking);
	mem_free(s);
}

static uint64_t
hash_of(const struct suppress *s, uint32_t tenant, uint32_t group, struct str address)
{
	uint8_t text[8 + SUPPRESS_ADDRESS_SIZE], out[crypto_shorthash_BYTES];
	uint64_t h;
	size_t n = address.n < SUPPRESS_ADDRESS_SIZE ? address.n : SUPPRESS_ADDRESS_SIZE;
	size_t head = 4;

	memcpy(text, &tenant, 4);
	if (group) {
		memcpy(text + 4, &group, 4);
		head = 8;
	}
	memcpy(text + head, address.p, n);
	/* A key of their own: four bytes of an address are never taken for a group. */
	(void)crypto_shorthash(out, text, head + n, group ? s->group_key : s->key);
	memcpy(&h, out, sizeof h);
	return h ? h : 1;
}

/* Where an entry would like to stand: any size of table, no division. The upper byte names the
 * shard. */
static uint32_t
home_of(const struct shard *d, uint64_t h)
{
	return (uint32_t)((unsigned __int128)(h << 8) * d->cap >> 64);
}

static uint32_t
next_of(const struct shard *d, uint32_t i)
{
	return i + 1 == d->cap ? 0 : i + 1;
}

/* Its place, or the free one where it would be put. The table is never full. */
static uint32_t
place_of(const struct shard *d, uint64_t h)
{
	uint32_t i = home_of(d, h);

	while (d->keys[i] != 0 && d->keys[i] != h)
		i = next_of(d, i);
	return i;
}

static struct shard *
shard_of(const struct suppress *s, uint64_t h)
{
	return (struct shard *)&s->shards[h >> 56];
}

static void
grow(struct shard *d)
{
	struct shard old = *d;

	d->cap = old.cap ? old.cap + old.cap / 4 : SHARD_MIN;
	d->keys = mem_new(d->cap, sizeof *d->keys);
	d->bits = mem_new(d->cap, sizeof *d->bits);
	for (uint32_t i = 0; i < old.cap; i++) {
		if (old.keys[i] == 0)
			continue;
		uint32_t at = place_of(d, old.keys[i]);

		d->keys[at] = old.keys[i];
		d->bits[at] = old.bits[i];
	}
	mem_free(old.keys);
	mem_free(old.bits);
}

/* Closes the gap: what stands behind it and belongs before it moves up. */
static void
drop(struct shard *d, uint32_t gap)
{
	uint32_t i = gap;

	for (;;) {
		i = next_of(d, i);
		if (d->keys[i] == 0)
			break;
		uint32_t home = home_of(d, d->keys[i]);
		bool stays = gap <= i ? gap < home && home <= i : gap < home || home <= i;

		if (stays)
			continue;
		d->keys[gap] = d->keys[i];
		d->bits[gap] = d->bits[i];
		gap = i;
	}
	d->keys[gap] = 0;
	d->used--;
}

static uint16_t
mask_of(const struct suppress_change *c)
{
	unsigned reason =
		c->reason == SUPPRESS_ANY_REASON ? (1u << REASONS) - 1 : 1u << (c->reason - 1);
	unsigned mask = 0;

	if (c->scope != SUPPRESS_ANY_SCOPE)
		mask = reason << slot_of(c->scope) * REASONS;
	for (unsigned scope = 0; c->scope == SUPPRESS_ANY_SCOPE && scope < c->scope; scope++)
		mask |= reason << scope * REASONS;
	return (uint16_t)mask;
}

/* The bits of an entry of this tenant change. */
static void
count(struct suppress *s, uint32_t tenant, unsigned before, unsigned after)
{
	uint64_t key = (uint64_t)tenant + 1, n = suppress_tracking_count(s, tenant);
	bool was = before & TRACKING, is = after & TRACKING;

	s->apart -= before == (before & TRACKING) && was;
	s->apart += after == (after & TRACKING) && is;
	if (was == is)
		return;
	n = is ? n + 1 : n - 1;
	if (n)
		nmap_put(&s->tracking, key, n);
	else
		(void)nmap_del(&s->tracking, key);
}

static int
add(struct suppress *s, uint64_t h, const struct suppress_change *c)
{
	struct shard *d = shard_of(s, h);
	uint32_t i = d->cap ? place_of(d, h) : 0;
	uint16_t mask = mask_of(c);
	bool there = d->cap && d->keys[i] == h;

	if (there && (d->bits[i] & mask) == mask)
		return 0;
	if (!there) {
		if (s->n >= s->max)
			return -ENOSPC;
		if ((d->used + 1) * 5 > d->cap * 4) {
			grow(d);
			i = place_of(d, h);
		}
		d->keys[i] = h;
		d->bits[i] = 0;
		d->used++;
		s->n++;
	}
	count(s, c->tenant, d->bits[i], d->bits[i] | mask);
	d->bits[i] |= mask;
	return 1;
}

static int
take_out(struct suppress *s, uint64_t h, const struct suppress_change *c)
{
	struct shard *d = shard_of(s, h);
	uint32_t i = d->cap ? place_of(d, h) : 0;
	uint16_t mask = mask_of(c);

	if (!d->cap || d->keys[i] != h || !(d->bits[i] & mask))
		return 0;
	count(s, c->tenant, d->bits[i], d->bits[i] & ~(unsigned)mask);
	d->bits[i] &= (uint16_t)~mask;
	if (d->bits[i] == 0) {
		drop(d, i);
		s->n--;
	}
	return 1;
}

static unsigned
bits_of(const struct suppress *s, uint64_t h)
{
	const struct shard *d = shard_of(s, h);
	uint32_t i;

	if (!d->cap)
		return 0;
	i = place_of(d, h);
	return d->keys[i] == h ? d->bits[i] : 0;
}

int
suppress_apply(struct suppress *s, const struct suppress_change *c)
{
	uint64_t h = hash_of(s, c->tenant, c->group, c->address);

	must(suppress_change_good(c));
	s->aliases = s->aliases || (!c->remove && erase_is_alias(c->address));
	return c->remove ? take_out(s, h, c) : add(s, h, c);
}

enum suppress_reason
suppress_has(const struct suppress *s, uint32_t tenant, uint8_t stream, struct str address)
{
	const struct suppress_asker who = { .tenant = tenant, .stream = stream };

	return suppress_why(s, &who, address);
}

enum suppress_reason
suppress_why(const struct suppress *s, const struct suppress_asker *who, struct str address)
{
	uint8_t scope = suppress_scope_of_stream(who->stream);
	unsigned bits;

	if (s->n == 0)
		return SUPPRESS_ANY_REASON;
	bits = bits_of(s, hash_of(s, who->tenant, 0, address));
	bits |= bits >> scope * REASONS;
	bits &= ~((unsigned)who->passes >> 1);
	if (who->group && !who->group_passes)
		bits |= bits_of(s, hash_of(s, who->tenant, who->group, address));
	for (unsigned r = 0; r < REASONS; r++)
		if (bits >> r & 1)
			return (enum suppress_reason)(r + 1);
	return SUPPRESS_ANY_REASON;
}

bool
suppress_has_tracking(const struct suppress *s, uint32_t tenant, struct str address)
{
	return suppress_tracking_count(s, tenant) > 0 &&
	       (bits_of(s, hash_of(s, tenant, 0, address)) & TRACKING) != 0;
}

size_t
suppress_tracking_count(const struct suppress *s, uint32_t tenant)
{
	uint64_t n;

	return nmap_get(&s->tracking, (uint64_t)tenant + 1, &n) ? (size_t)n : 0;
}

bool
suppress_has_aliases(const struct suppress *s)
{
	return s->aliases;
}

size_t
suppress_count(const struct suppress *s)
{
	return s->n - s->apart;
}

size_t
suppress_bytes(const struct suppress *s)
{
	size_t n = sizeof *s;

	for (size_t i = 0; i < SHARDS; i++)
		n += s->shards[i].cap * (sizeof(uint64_t) + sizeof(uint16_t));
	return n;
}
