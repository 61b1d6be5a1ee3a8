#include "account/guard.h"

#include "base/list.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/slab.h"
#include "base/utc.h"

#define ENTRIES_MAX  65536u
#define WINDOW_US    (10u * (uint64_t)UTC_MIN)
#define LOCK_US      (15u * (uint64_t)UTC_MIN)
#define LOCK_MAX_US  (4u * (uint64_t)UTC_HOUR)
#define FORGET_US    ((uint64_t)UTC_DAY)
#define PAIR_LIMIT   10u
#define NET_LIMIT    100u
#define HOLD_US      250000u
#define HOLD_MAX_US  (4u * (uint64_t)UTC_SEC)
#define GOLDEN_RATIO UINT64_C(0x9e3779b97f4a7c15)

struct entry {
	struct link lru;
	uint64_t name, window, last, until;
	uint32_t id;
	uint16_t failures, locks;
};

struct table {
	struct nmap by_name; /* to the id in the slab */
	struct slab entries;
	struct link lru;    /* not locked, longest untouched first */
	struct link locked; /* oldest lock first; over or not */
	unsigned limit;
};

struct guard {
	uint64_t seed;
	struct table pairs, nets;
};

static void
table_init(struct table *t, unsigned limit)
{
	nmap_init(&t->by_name);
	slab_init(&t->entries, sizeof(struct entry), ENTRIES_MAX);
	list_init(&t->lru);
	list_init(&t->locked);
	t->limit = limit;
}

static void
table_done(struct table *t)
{
	nmap_done(&t->by_name);
	slab_done(&t->entries);
}

static struct entry *
table_get(const struct table *t, uint64_t name)
{
	uint64_t id;

	return nmap_get(&t->by_name, name, &id) ? slab_at(&t->entries, (uint32_t)id) : NULL;
}

static void
table_drop(struct table *t, struct entry *e)
{
	nmap_del(&t->by_name, e->name);
	list_del(&e->lru);
	slab_free(&t->entries, e->id);
}

/* Who floods the table must not wash out the locks by it: they go first once they are over, and
 * last before. */
static void
table_evict(struct table *t, uint64_t now)
{
	struct entry *lock = LIST_OF(t->locked.next, struct entry, lru);

	if (!list_empty(&t->locked) && (lock->until <= now || list_empty(&t->lru)))
		table_drop(t, lock);
	else
		table_drop(t, LIST_OF(t->lru.next, struct entry, lru));
}

static struct entry *
table_touch(struct table *t, uint64_t name, uint64_t now)
{
	struct entry *e = table_get(t, name);
	uint32_t id;

	if (e) {
		if (e->until <= now) {
			list_del(&e->lru);
			list_push(&t->lru, &e->lru);
		}
		return e;
	}
	e = slab_new(&t->entries, &id);
	if (!e) {
		table_evict(t, now);
		e = slab_new(&t->entries, &id);
		must(e);
	}
	e->name = name;
	e->id = id;
	e->window = now;
	e->last = now;
	list_init(&e->lru);
	list_push(&t->lru, &e->lru);
	nmap_put(&t->by_name, name, id);
	return e;
}

/* Counts a failure; returns how many lie in the window. */
static unsigned
table_failed(struct table *t, uint64_t name, uint64_t now)
{
	struct entry *e = table_touch(t, name, now);
	uint64_t lock = LOCK_US;

	if (now - e->last > FORGET_US)
		e->locks = 0;
	if (now - e->window > WINDOW_US) {
		e->window = now;
		e->failures = 0;
	}
	e->last = now;
	/* Answers that were under way when the lock fell do not make it longer. */
	if (e->until > now)
		return t->limit;
	if (++e->failures < t->limit)
		return e->failures;
	for (unsigned i = 0; i < e->locks && lock < LOCK_MAX_US; i++)
		lock *= 2;
	e->until = now + (lock < LOCK_MAX_US ? lock : LOCK_MAX_US);
	if (e->locks < UINT16_MAX)
		e->locks++;
	e->failures = 0;
	list_del(&e->lru);
	list_push(&t->locked, &e->lru);
	return t->limit;
}

/* The maps take no 0 and no UINT64_MAX. */
static uint64_t
usable(uint64_t h)
{
	return h == 0 || h == UINT64_MAX ? 1 : h;
}

static uint64_t
pair_name(const struct guard *g, struct str key, uint64_t network)
{
	return usable(hash_bytes(g->seed ^ network * GOLDEN_RATIO, key));
}

static uint64_t
net_name(const struct guard *g, uint64_t network)
{
	return usable(hash_bytes(g->seed, str_of(&network, sizeof network)));
}

struct guard *
guard_new(uint64_t seed)
{
	struct guard *g = MEM_NEW(g);

	g->seed = seed;
	table_init(&g->pairs, PAIR_LIMIT);
	table_init(&g->nets, NET_LIMIT);
	return g;
}

void
guard_free(struct guard **pg)
{
	struct guard *g = *pg;

	if (!g)
		return;
	table_done(&g->pairs);
	table_done(&g->nets);
	mem_free(g);
	*pg = NULL;
}

static uint64_t
wait_of(const struct entry *e, uint64_t now)
{
	return e && e->until > now ? e->until - now : 0;
}

uint64_t
guard_wait(struct guard *g, struct str key, uint64_t network, uint64_t now)
{
	uint64_t pair = wait_of(table_get(&g->pairs, pair_name(g, key, network)), now);
	uint64_t net = wait_of(table_get(&g->nets, net_name(g, network)), now);

	return pair > net ? pair : net;
}

uint64_t
guard_failed(struct guard *g, struct str key, uint64_t network, uint64_t now)
{
	unsigned pair = table_failed(&g->pairs, pair_name(g, key, network), now);
	unsigned net = table_failed(&g->nets, net_name(g, network), now);
	/* Many keys tried once each slow down too. */
	unsigned n = pair > net / 10 ? pair : net / 10;
	uint64_t hold = HOLD_US;

	if (n < 2)
		return 0;
	for (unsigned i = 2; i < n && hold < HOLD_MAX_US; i++)
		hold *= 2;
	return hold < HOLD_MAX_US ? hold : HOLD_MAX_US;
}

void
guard_passed(struct guard *g, struct str key, uint64_t network)
{
	struct entry *e = table_get(&g->pairs, pair_name(g, key, network));

	if (e)
		table_drop(&g->pairs, e);
}
