#include "base/map.h"

#include "base/mem.h"
#include "base/must.h"

#include <xxhash.h>

#define MAP_FIRST 16

/* An empty slot ends a search, a dead one (deleted) does not. */
enum slot_state { SLOT_EMPTY, SLOT_DEAD, SLOT_LIVE };

struct map_slot {
	struct str key;
	void *value;   /* NULL unless live */
	uint64_t hash; /* of a slot that is not live: its enum slot_state */
};

/* Key 0 = empty, UINT64_MAX = dead. */
struct nmap_slot {
	uint64_t key, value;
};

uint64_t
hash_bytes(uint64_t seed, struct str s)
{
	return XXH3_64bits_withSeed(s.n ? s.p : "", s.n, seed);
}

/* Where dead slots are what fills the map, the same size is swept, not doubled. */
static size_t
next_cap(size_t cap, size_t used)
{
	if (cap == 0)
		return MAP_FIRST;
	return used >= cap / 2 ? cap * 2 : cap;
}

/* No room for one more? Dead slots count as load: they lengthen searches as live ones do. */
static bool
must_rehash(size_t cap, size_t used, size_t dead)
{
	return cap == 0 || used + dead + 1 > cap / 4 * 3;
}

void
map_init(struct map *m, uint64_t seed)
{
	*m = (struct map){ .seed = seed };
}

void
map_done(struct map *m)
{
	mem_free(m->slots);
	map_init(m, m->seed);
}

static enum slot_state
state_of(const struct map_slot *s)
{
	return s->value ? SLOT_LIVE : (enum slot_state)s->hash;
}

/* The live slot of key, or NULL. */
static struct map_slot *
find(const struct map *m, struct str key, uint64_t hash)
{
	size_t mask = m->cap - 1;

	if (m->cap == 0)
		return NULL;
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct map_slot *s = &m->slots[i];

		if (state_of(s) == SLOT_EMPTY)
			return NULL;
		if (s->value && s->hash == hash && str_eq(s->key, key))
			return s;
	}
}

/* The first slot on key's way that is not live. */
static struct map_slot *
free_slot(const struct map *m, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	while (m->slots[i].value)
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

static void
rehash(struct map *m)
{
	struct map old = *m;

	m->cap = next_cap(m->cap, m->used);
	m->slots = mem_new(m->cap, sizeof *m->slots);
	m->dead = 0;
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].value)
			*free_slot(m, old.slots[i].hash) = old.slots[i];
	mem_free(old.slots);
}

void *
map_get(const struct map *m, struct str key)
{
	const struct map_slot *s = find(m, key, hash_bytes(m->seed, key));

	return s ? s->value : NULL;
}

void *
map_put(struct map *m, struct str key, void *value)
{
	uint64_t hash = hash_bytes(m->seed, key);
	struct map_slot *s = find(m, key, hash);

	must(value != NULL);
	if (s) {
		void *old = s->value;

		/* The key moves too: the old one's bytes may go with the old value. */
		s->key = key;
		s->value = value;
		return old;
	}
	if (must_rehash(m->cap, m->used, m->dead))
		rehash(m);
	s = free_slot(m, hash);
	m->dead -= state_of(s) == SLOT_DEAD;
	m->used++;
	*s = (struct map_slot){ key, value, hash };
	return NULL;
}

void *
map_del(struct map *m, struct str key)
{
	struct map_slot *s = find(m, key, hash_bytes(m->seed, key));
	size_t mask = m->cap - 1, i;
	void *old;

	if (!s)
		return NULL;
	old = s->value;
	*s = (struct map_slot){ .hash = SLOT_DEAD };
	m->used--;
	m->dead++;
	/* Dead slots just before an empty one lead nowhere: they become empty again. */
	i = (size_t)(s - m->slots);
	if (state_of(&m->slots[(i + 1) & mask]) != SLOT_EMPTY)
		return old;
	for (; state_of(&m->slots[i]) == SLOT_DEAD; i = (i - 1) & mask) {
		m->slots[i].hash = SLOT_EMPTY;
		m->dead--;
	}
	return old;
}

bool
map_next(const struct map *m, size_t *pos, struct str *ret_key, void **ret_value)
{
	while (*pos < m->cap) {
		const struct map_slot *s = &m->slots[(*pos)++];

		if (!s->value)
			continue;
		if (ret_key)
			*ret_key = s->key;
		if (ret_value)
			*ret_value = s->value;
		return true;
	}
	return false;
}

void
nmap_init(struct nmap *m)
{
	*m = (struct nmap){ 0 };
}

void
nmap_done(struct nmap *m)
{
	mem_free(m->slots);
	nmap_init(m);
}

static bool
nkey_live(uint64_t key)
{
	return key != 0 && key != UINT64_MAX;
}

/* The finaliser of MurmurHash3: neighbouring numbers land far apart. Not seeded: the keys
 * are numbers that we gave out. */
static size_t
mix(uint64_t k)
{
	k ^= k >> 33;
	k *= UINT64_C(0xff51afd7ed558ccd);
	k ^= k >> 33;
	k *= UINT64_C(0xc4ceb9fe1a85ec53);
	return (size_t)(k ^ k >> 33);
}

static struct nmap_slot *
nfind(const struct nmap *m, uint64_t key)
{
	size_t mask = m->cap - 1;

	must(nkey_live(key));
	if (m->cap == 0)
		return NULL;
	for (size_t i = mix(key) & mask; m->slots[i].key != 0; i = (i + 1) & mask)
		if (m->slots[i].key == key)
			return &m->slots[i];
	return NULL;
}

static struct nmap_slot *
nfree_slot(const struct nmap *m, uint64_t key)
{
	size_t i = mix(key) & (m->cap - 1);

	while (nkey_live(m->slots[i].key))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

static void
nrehash(struct nmap *m, size_t cap)
{
	struct nmap old = *m;

	m->cap = cap;
	m->slots = mem_new(m->cap, sizeof *m->slots);
	m->dead = 0;
	for (size_t i = 0; i < old.cap; i++)
		if (nkey_live(old.slots[i].key))
			*nfree_slot(m, old.slots[i].key) = old.slots[i];
	mem_free(old.slots);
}

static size_t
cap_for(size_t n)
{
	size_t cap = MAP_FIRST;

	while (n > cap / 4 * 3)
		cap *= 2;
	return cap;
}

void
nmap_reserve(struct nmap *m, size_t n)
{
	if (cap_for(n) > m->cap)
		nrehash(m, cap_for(n));
}

void
nmap_shrink(struct nmap *m)
{
	if (m->used == 0)
		nmap_done(m);
	else if (cap_for(m->used) < m->cap)
		nrehash(m, cap_for(m->used));
}

bool
nmap_get(const struct nmap *m, uint64_t key, uint64_t *ret_value)
{
	const struct nmap_slot *s = nfind(m, key);

	if (s && ret_value)
		*ret_value = s->value;
	return s != NULL;
}

void
nmap_put(struct nmap *m, uint64_t key, uint64_t value)
{
	struct nmap_slot *s = nfind(m, key);

	if (s) {
		s->value = value;
		return;
	}
	if (must_rehash(m->cap, m->used, m->dead))
		nrehash(m, next_cap(m->cap, m->used));
	s = nfree_slot(m, key);
	m->dead -= s->key == UINT64_MAX;
	m->used++;
	*s = (struct nmap_slot){ key, value };
}

bool
nmap_del(struct nmap *m, uint64_t key)
{
	struct nmap_slot *s = nfind(m, key);
	size_t mask = m->cap - 1, i;

	if (!s)
		return false;
	s->key = UINT64_MAX;
	m->used--;
	m->dead++;
	i = (size_t)(s - m->slots);
	if (m->slots[(i + 1) & mask].key != 0)
		return true;
	for (; m->slots[i].key == UINT64_MAX; i = (i - 1) & mask) {
		m->slots[i].key = 0;
		m->dead--;
	}
	return true;
}

bool
nmap_next(const struct nmap *m, size_t *pos, uint64_t *ret_key, uint64_t *ret_value)
{
	while (*pos < m->cap) {
		const struct nmap_slot *s = &m->slots[(*pos)++];

		if (!nkey_live(s->key))
			continue;
		if (ret_key)
			*ret_key = s->key;
		if (ret_value)
			*ret_value = s->value;
		return true;
	}
	return false;
}
