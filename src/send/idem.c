#include "send/idem.h"

#include "base/bytes.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define HASH    16u
#define RING_AT 1024u /* grows by doubling */

struct call {
	uint8_t key[HASH], body[HASH];
	uint64_t first;
	int64_t at;
	bool running;
};

/* A ring in order of arrival; a call keeps its number, so the map needs no change when it
 * grows. */
struct idem {
	struct call *ring;
	size_t cap;          /* power of two */
	uint64_t head, tail; /* numbers: oldest, next */
	struct nmap by_key;  /* first 8 bytes of the key's hash → number */
};

struct idem *
idem_new(void)
{
	struct idem *m = MEM_NEW(m);

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
	nmap_done(&m->by_key);
	mem_free(m->ring);
	mem_free(m);
}

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
at(const struct idem *m, uint64_t number)
{
	return &m->ring[number & (m->cap - 1)];
}

static struct call *
find(const struct idem *m, const uint8_t key[HASH])
{
	uint64_t number;
	struct call *c;

	if (!nmap_get(&m->by_key, map_key(key), &number))
		return NULL;
	c = at(m, number);
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
	if (!c || c->at < now - IDEM_LIFE || c->first == asked.first)
		return IDEM_NEW;
	if (memcmp(c->body, asked.body, HASH) != 0)
		return IDEM_OTHER;
	if (c->running)
		return IDEM_RUNNING;
	*ret_first = c->first;
	return IDEM_AGAIN;
}

static void
drop_oldest(struct idem *m)
{
	const struct call *c = at(m, m->head);
	uint64_t number;

	/* A key that came again has a younger call. */
	if (nmap_get(&m->by_key, map_key(c->key), &number) && number == m->head)
		nmap_del(&m->by_key, map_key(c->key));
	m->head++;
}

static void
grow(struct idem *m)
{
	size_t cap = m->cap ? m->cap * 2 : RING_AT;
	struct call *ring = mem_new(cap, sizeof *ring);

	for (uint64_t i = m->head; i != m->tail; i++)
		ring[i & (cap - 1)] = *at(m, i);
	mem_free(m->ring);
	m->ring = ring;
	m->cap = cap;
}

void
idem_put(struct idem *m, struct str s, int64_t when, int64_t now, bool running)
{
	struct call c, *known;

	if (s.n != IDEM_SIZE || when < now - IDEM_LIFE)
		return;
	while (m->head != m->tail &&
		(at(m, m->head)->at < now - IDEM_LIFE || m->tail - m->head >= IDEM_MAX))
		drop_oldest(m);
	c = call_of(s);
	c.at = when;
	c.running = running;
	known = find(m, c.key);
	if (known && known->first == c.first)
		return;
	if (m->tail - m->head == m->cap)
		grow(m);
	*at(m, m->tail) = c;
	nmap_put(&m->by_key, map_key(c.key), m->tail++);
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
	return m->tail - m->head;
}

bool
idem_write(const struct idem *m, uint64_t *pos, struct buf *b)
{
	uint64_t from = *pos > m->head ? *pos : m->head, n = m->tail - from;

	if (from >= m->tail)
		return false;
	if (n > IDEM_RECORD)
		n = IDEM_RECORD;
	wr_u16(b, (uint16_t)n);
	for (uint64_t i = from; i != from + n; i++) {
		const struct call *c = at(m, i);

		buf_put(b, str_of(c->key, HASH));
		buf_put(b, str_of(c->body, HASH));
		wr_u64(b, c->first);
		wr_u64(b, (uint64_t)c->at);
	}
	*pos = from + n;
	return true;
}

int
idem_read(struct idem *m, struct str payload, int64_t now)
{
	struct rd r = rd_of(payload);
	size_t n = rd_u16(&r);

	if (r.bad || n == 0 || n > IDEM_RECORD || r.n != n * (2 * HASH + 16))
		return -EBADMSG;
	for (; n > 0; n--) {
		char call[IDEM_SIZE] = { 0 };
		struct str key = rd_raw(&r, HASH), body = rd_raw(&r, HASH);

		memcpy(call, key.p, HASH);
		memcpy(call + 32, body.p, HASH);
		put64(call + 64, rd_u64(&r));
		idem_put(m, str_of(call, IDEM_SIZE), (int64_t)rd_u64(&r), now, false);
	}
	return 0;
}
