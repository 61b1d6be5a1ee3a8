#include "send/idem.h"

#include "base/bytes.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define HASH       16u
#define CALL_BYTES (2 * HASH + 16) /* in a record */
#define RING_AT    8u              /* grows by doubling */
#define HOLDERS_AT 16u             /* too */
#define SWEEP      8u              /* steps towards the forgetting of old calls, each put */

/* A place of the map: which holder, and the number of the call in its ring. */
#define PLACE(slot, number) ((uint64_t)(slot) << 40 | ((number)&NUMBER_MAX))
#define NUMBER_MAX          ((UINT64_C(1) << 40) - 1)

struct call {
	uint8_t key[HASH], body[HASH];
	uint64_t first;
	int64_t at;
	bool running;
};

/* The calls of one tenant: a ring in order of arrival. A call keeps its number, so the map
 * needs no change when it grows. */
struct holder {
	struct call *ring; /* NULL: the slot is free */
	size_t cap;        /* power of two */
	uint64_t head, tail;
	uint32_t tenant;
	uint32_t rank; /* its place in by_count; the next free slot + 1 of one that is free */
};

struct idem {
	struct holder *holders;
	uint32_t *by_count; /* slots, a heap: the one that holds most is the first */
	uint32_t cap, used, nholders, free, hand;
	size_t count, max;
	int64_t life;
	struct nmap of_tenant; /* tenant + 1 → slot */
	struct nmap by_key;    /* first 8 bytes of the key's hash → PLACE */
};

struct idem *
idem_new(size_t max, int64_t life)
{
	struct idem *m = MEM_NEW(m);

	m->max = max;
	m->life = life;
	nmap_init(&m->of_tenant);
	nmap_init(&m->by_key);
	return m;
}

void
idem_free(struct idem **mp)
{
	struct idem *m = *mp;

	*mp = NULL;
	if (!m)
		return;
	for (uint32_t i = 0; i < m->used; i++)
		mem_free(m->holders[i].ring);
	nmap_done(&m->of_tenant);
	nmap_done(&m->by_key);
	mem_free(m->holders);
	mem_free(m->by_count);
	mem_free(m);
}

/* ---- holders ---- */

static size_t
held(const struct idem *m, uint32_t slot)
{
	return m->holders[slot].tail - m->holders[slot].head;
}

static void
rank_set(struct idem *m, uint32_t rank, uint32_t slot)
{
	m->by_count[rank] = slot;
	m->holders[slot].rank = rank;
}

static void
rank_up(struct idem *m, uint32_t slot)
{
	uint32_t i = m->holders[slot].rank;

	for (; i > 0 && held(m, m->by_count[(i - 1) / 2]) < held(m, slot); i = (i - 1) / 2)
		rank_set(m, i, m->by_count[(i - 1) / 2]);
	rank_set(m, i, slot);
}

static void
rank_down(struct idem *m, uint32_t slot)
{
	uint32_t i = m->holders[slot].rank, child;

	for (; (child = 2 * i + 1) < m->nholders; i = child) {
		if (child + 1 < m->nholders &&
			held(m, m->by_count[child + 1]) > held(m, m->by_count[child]))
			child++;
		if (held(m, m->by_count[child]) <= held(m, slot))
			break;
		rank_set(m, i, m->by_count[child]);
	}
	rank_set(m, i, slot);
}

static bool
holder_find(const struct idem *m, uint32_t tenant, uint32_t *ret_slot)
{
	uint64_t slot;

	if (!nmap_get(&m->of_tenant, (uint64_t)tenant + 1, &slot))
		return false;
	*ret_slot = (uint32_t)slot;
	return true;
}

static uint32_t
holder_slot(struct idem *m)
{
	uint32_t slot;

	if (m->free) {
		slot = m->free - 1;
		m->free = m->holders[slot].rank;
		return slot;
	}
	if (m->used == m->cap) {
		m->cap = m->cap ? 2 * m->cap : HOLDERS_AT;
		m->holders = mem_grow(m->holders, m->cap, sizeof *m->holders);
		m->by_count = mem_grow(m->by_count, m->cap, sizeof *m->by_count);
	}
	return m->used++;
}

static uint32_t
holder_get(struct idem *m, uint32_t tenant)
{
	uint32_t slot;

	if (holder_find(m, tenant, &slot))
		return slot;
	slot = holder_slot(m);
	m->holders[slot] = (struct holder){
		.ring = mem_new(RING_AT, sizeof(struct call)), .cap = RING_AT, .tenant = tenant
	};
	rank_set(m, m->nholders++, slot);
	nmap_put(&m->of_tenant, (uint64_t)tenant + 1, slot);
	return slot;
}

/* It holds nothing, so it stands at an end of the heap or below only such ones. */
static void
holder_drop(struct idem *m, uint32_t slot)
{
	struct holder *h = &m->holders[slot];
	uint32_t last = m->by_count[--m->nholders];

	if (last != slot) {
		rank_set(m, h->rank, last);
		rank_up(m, last);
		rank_down(m, last);
	}
	nmap_del(&m->of_tenant, (uint64_t)h->tenant + 1);
	mem_free(h->ring);
	*h = (struct holder){ .rank = m->free };
	m->free = slot + 1;
}

static struct call *
at(const struct holder *h, uint64_t number)
{
	return &h->ring[number & (h->cap - 1)];
}

static void
resize(struct holder *h, size_t cap)
{
	struct call *ring = mem_new(cap, sizeof *ring);

	for (uint64_t i = h->head; i != h->tail; i++)
		ring[i & (cap - 1)] = *at(h, i);
	mem_free(h->ring);
	h->ring = ring;
	h->cap = cap;
}

/* ---- calls ---- */

static void
put64(char *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (char)(v >> 8 * i);
}

static uint64_t
get64(const void *at)
{
	const uint8_t *p = at;
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

void
idem_call(char *ret_call, const uint8_t key[32], const uint8_t body[32], uint64_t first)
{
	memcpy(ret_call, key, 32);
	memcpy(ret_call + 32, body, 32);
	put64(ret_call + 64, first);
}

static struct call
call_of(struct str s)
{
	struct call c = { .first = get64(s.p + 64) };

	memcpy(c.key, s.p, HASH);
	memcpy(c.body, s.p + 32, HASH);
	return c;
}

/* nmap takes neither 0 nor all ones. */
static uint64_t
map_key(const uint8_t key[HASH])
{
	uint64_t k = get64(key);

	return k == 0 || k == UINT64_MAX ? 1 : k;
}

static struct call *
find(const struct idem *m, const uint8_t key[HASH])
{
	uint64_t place;
	struct call *c;

	if (!nmap_get(&m->by_key, map_key(key), &place))
		return NULL;
	c = at(&m->holders[place >> 40], place & NUMBER_MAX);
	return memcmp(c->key, key, HASH) == 0 ? c : NULL;
}

enum idem_kind
idem_find(const struct idem *m, struct str s, int64_t now, uint64_t *ret_first)
{
	struct call asked;
	const struct call *c;

	if (s.n != IDEM_SIZE)
		return IDEM_NEW;
	asked = call_of(s);
	c = find(m, asked.key);
	if (!c || c->at < now - m->life || c->first == asked.first)
		return IDEM_NEW;
	if (memcmp(c->body, asked.body, HASH) != 0)
		return IDEM_OTHER;
	if (c->running)
		return IDEM_RUNNING;
	*ret_first = c->first;
	return IDEM_AGAIN;
}

static void
drop_oldest(struct idem *m, uint32_t slot)
{
	struct holder *h = &m->holders[slot];
	const struct call *c = at(h, h->head);
	uint64_t place;

	/* A key that came again has a younger call. */
	if (nmap_get(&m->by_key, map_key(c->key), &place) && place == PLACE(slot, h->head))
		nmap_del(&m->by_key, map_key(c->key));
	h->head++;
	m->count--;
	rank_down(m, slot);
	if (h->head == h->tail)
		holder_drop(m, slot);
	else if (h->cap > RING_AT && held(m, slot) <= h->cap / 4)
		resize(h, h->cap / 2);
}

/* Goes round the holders, a little at each put: what is old costs no put much. */
static void
sweep(struct idem *m, int64_t now)
{
	for (unsigned i = 0; i < SWEEP && m->count > 0; i++) {
		const struct holder *h;

		if (m->hand >= m->used)
			m->hand = 0;
		h = &m->holders[m->hand];
		if (h->ring && at(h, h->head)->at < now - m->life)
			drop_oldest(m, m->hand);
		else
			m->hand++;
	}
}

/* A tenant that holds less than another loses nothing by what the other does. */
static void
make_room(struct idem *m, uint32_t tenant)
{
	uint32_t most, own;

	if (m->count < m->max)
		return;
	most = m->by_count[0];
	if (holder_find(m, tenant, &own) && held(m, own) == held(m, most))
		most = own;
	drop_oldest(m, most);
}

/* A call as idem_put takes it, in its parts. */
static void
put(struct idem *m, uint32_t tenant, const struct call *c, int64_t now)
{
	const struct call *known = find(m, c->key);
	struct holder *h;
	uint32_t slot;

	if (c->at < now - m->life || (known && known->first == c->first))
		return;
	sweep(m, now);
	make_room(m, tenant);
	slot = holder_get(m, tenant);
	h = &m->holders[slot];
	if (h->tail - h->head == h->cap)
		resize(h, h->cap * 2);
	*at(h, h->tail) = *c;
	nmap_put(&m->by_key, map_key(c->key), PLACE(slot, h->tail));
	h->tail++;
	m->count++;
	rank_up(m, slot);
}

void
idem_begin(struct idem *m, uint32_t tenant, struct str s, int64_t now)
{
	struct call c;

	if (s.n != IDEM_SIZE)
		return;
	c = call_of(s);
	c.at = now;
	c.running = true;
	put(m, tenant, &c, now);
}

void
idem_put(struct idem *m, uint32_t tenant, struct str s, int64_t when, int64_t now)
{
	struct call c;

	if (s.n != IDEM_SIZE)
		return;
	c = call_of(s);
	c.at = when;
	put(m, tenant, &c, now);
}

void
idem_done(struct idem *m, struct str s)
{
	struct call c, *known;

	if (s.n != IDEM_SIZE)
		return;
	c = call_of(s);
	known = find(m, c.key);
	if (known && known->first == c.first)
		known->running = false;
}

size_t
idem_count(const struct idem *m)
{
	return m->count;
}

/* ---- records ---- */

static void
write_one(struct buf *b, const struct call *c)
{
	buf_put(b, str_of(c->key, HASH));
	buf_put(b, str_of(c->body, HASH));
	wr_u64(b, c->first);
	wr_u64(b, (uint64_t)c->at);
}

/* The next holder with calls from *slot, *number on. */
static const struct holder *
next_holder(const struct idem *m, uint32_t *slot, uint64_t *number)
{
	for (; *slot < m->used; ++*slot, *number = 0) {
		const struct holder *h = &m->holders[*slot];

		if (*number < h->head)
			*number = h->head;
		if (h->ring && *number < h->tail)
			return h;
	}
	return NULL;
}

bool
idem_write(const struct idem *m, uint64_t *pos, struct buf *b)
{
	uint32_t slot = (uint32_t)(*pos >> 40), tenant = 0;
	uint64_t number = *pos & NUMBER_MAX;
	size_t n = 0, begin = b->n;
	const struct holder *h;

	wr_u16(b, 0);
	while ((h = next_holder(m, &slot, &number)) &&
		n + (h->tenant != tenant) < IDEM_RECORD) {
		if (h->tenant != tenant) {
			const struct call whose = { .first = h->tenant };

			write_one(b, &whose);
			tenant = h->tenant;
			n++;
		}
		for (; number < h->tail && n < IDEM_RECORD; n++)
			write_one(b, at(h, number++));
	}
	if (n == 0) {
		buf_cut(b, begin);
		return false;
	}
	b->p[begin] = (char)(n & 0xff);
	b->p[begin + 1] = (char)(n >> 8);
	*pos = PLACE(slot, number);
	return true;
}

/* Whose the calls behind it are. Programs that do not know it find a call of 1970 and pass it
 * over. */
static bool
is_whose(const struct call *c)
{
	static const uint8_t none[HASH];

	return c->at == 0 && c->first <= UINT32_MAX && memcmp(c->key, none, HASH) == 0 &&
	       memcmp(c->body, none, HASH) == 0;
}

int
idem_read(struct idem *m, struct str payload, int64_t now)
{
	struct rd r = rd_of(payload);
	size_t n = rd_u16(&r);
	uint32_t tenant = 0;

	if (r.bad || n == 0 || n > IDEM_RECORD || r.n != n * CALL_BYTES)
		return -EBADMSG;
	for (; n > 0; n--) {
		struct call c = { 0 };

		memcpy(c.key, rd_raw(&r, HASH).p, HASH);
		memcpy(c.body, rd_raw(&r, HASH).p, HASH);
		c.first = rd_u64(&r);
		c.at = (int64_t)rd_u64(&r);
		if (is_whose(&c))
			tenant = (uint32_t)c.first;
		else
			put(m, tenant, &c, now);
	}
	return 0;
}
