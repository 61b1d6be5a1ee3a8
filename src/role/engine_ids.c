/*
 * Ids: which of them each edge may give, and that each is given once.
 *
 * The numbers are cut into rows of 32 blocks; in each row block n belongs to edge n, block 0 to
 * our own reports. So an id tells whose it is, even one of before a restart. Of the blocks
 * granted in this life every id that was used is marked; of ids of before our start it is
 * known whose they are (by the edge's number) and whether the queue has them, no more.
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"

#define BLOCKS_KEPT 8    /* of one edge: an edge holds 4 unfinished ones at most */
#define LATEST      1024 /* submits of one edge that may be said again */
#define WORDS       (ENGINE_GRANT / 64)

_Static_assert(ROLE_EDGES_MAX < ENGINE_ROW / ENGINE_GRANT, "a block for each edge");

struct block {
	uint64_t first;
	uint64_t used[WORDS];
};

struct engine_ids {
	struct block *blocks[BLOCKS_KEPT];
	size_t n;
	struct {
		uint64_t message, offset;
		uint32_t extent;
	} latest[LATEST];
	size_t at;
};

void
engine_ids_start(struct engine *e)
{
	uint64_t row = (e->totals.next_id + ENGINE_ROW - 1) / ENGINE_ROW;

	e->ids_start = row * ENGINE_ROW;
	for (unsigned i = 0; i <= ROLE_EDGES_MAX; i++)
		e->ids_row[i] = row;
	e->own_id = e->own_end = 0;
}

void
engine_ids_new(struct engine_peer *p)
{
	engine_ids_drop(p);
	p->ids = MEM_NEW(p->ids);
}

void
engine_ids_drop(struct engine_peer *p)
{
	struct engine_ids *k = p->ids;

	if (!k)
		return;
	for (size_t i = 0; i < k->n; i++)
		mem_free(k->blocks[i]);
	mem_free(k);
	p->ids = NULL;
}

/* The next row's block of this number; from then on nobody gets an id below its end anew. */
static uint64_t
take_block(struct engine *e, unsigned number)
{
	uint64_t row = e->ids_row[number]++, end = (row + 1) * ENGINE_ROW;

	must(end <= e->reserved_id);
	if (end > e->totals.next_id)
		e->totals.next_id = end;
	return row * ENGINE_ROW + (uint64_t)number * ENGINE_GRANT;
}

bool
engine_ids_grant(struct engine *e, struct engine_peer *p, uint64_t *ret_first)
{
	struct engine_ids *k = p->ids;
	struct block *b;

	/* One row stays for our own reports, which do not wait. */
	if ((e->ids_row[p->number] + 2) * ENGINE_ROW > e->reserved_id)
		return false;
	if (k->n == BLOCKS_KEPT) {
		mem_free(k->blocks[0]);
		memmove(&k->blocks[0], &k->blocks[1], --k->n * sizeof k->blocks[0]);
	}
	b = MEM_NEW(b);
	b->first = take_block(e, p->number);
	k->blocks[k->n++] = b;
	*ret_first = b->first;
	return true;
}

uint64_t
engine_ids_own(struct engine *e, uint64_t n)
{
	must(n <= ENGINE_GRANT);
	if (e->own_end - e->own_id < n) {
		e->own_id = take_block(e, 0);
		e->own_end = e->own_id + ENGINE_GRANT;
	}
	e->own_id += n;
	return e->own_id - n;
}

/* Ids of a submit: its own and one for each recipient. */
static uint64_t
count_of(const struct msg_submit *s)
{
	return 1 + s->rcpts.n;
}

static struct block *
block_of(const struct engine_ids *k, uint64_t id)
{
	for (size_t i = k->n; i > 0; i--)
		if (id - k->blocks[i - 1]->first < ENGINE_GRANT)
			return k->blocks[i - 1];
	return NULL;
}

static bool
is_new(const struct block *b, uint64_t at, uint64_t n)
{
	for (; n > 0; at++, n--)
		if (b->used[at / 64] >> at % 64 & 1)
			return false;
	return true;
}

/* Of before our start: neither alive, loaded or not, nor given since. */
static bool
is_free(struct engine *e, uint64_t id, uint64_t n)
{
	struct q_message *m;
	uint64_t yes;

	for (; n > 0; id++, n--)
		if (nmap_get(&e->old_ids, id, &yes) || queue_message(e->queue, id) ||
			queue_rcpt(e->queue, id, &m) ||
			(e->index && spool_index_gave(e->index, id)))
			return false;
	return true;
}

enum engine_ids_verdict
engine_ids_judge(struct engine *e, const struct engine_peer *p, const struct msg_submit *s)
{
	uint64_t n = count_of(s), at = s->message % ENGINE_GRANT;
	const struct block *b = block_of(p->ids, s->message);

	if (s->message == 0 || at + n > ENGINE_GRANT ||
		s->message / ENGINE_GRANT % (ENGINE_ROW / ENGINE_GRANT) != p->number)
		return IDS_FOREIGN;
	if (b)
		return is_new(b, at, n) ? IDS_GOOD : IDS_USED;
	if (s->message >= e->ids_start)
		return IDS_FOREIGN;
	return is_free(e, s->message, n) ? IDS_GOOD : IDS_USED;
}

void
engine_ids_use(struct engine *e, struct engine_peer *p, const struct msg_submit *s)
{
	struct engine_ids *k = p->ids;
	struct block *b = block_of(k, s->message);
	uint64_t at = s->message % ENGINE_GRANT;

	for (uint64_t i = 0; i < count_of(s); i++)
		if (b)
			b->used[(at + i) / 64] |= UINT64_C(1) << (at + i) % 64;
		else
			nmap_put(&e->old_ids, s->message + i, 1);
	k->latest[k->at].message = s->message;
	k->latest[k->at].offset = s->offset;
	k->latest[k->at].extent = s->extent;
	k->at = (k->at + 1) % LATEST;
}

bool
engine_ids_again(const struct engine_peer *p, const struct msg_submit *s)
{
	const struct engine_ids *k = p->ids;

	for (size_t i = 0; i < LATEST; i++)
		if (k->latest[i].message == s->message && k->latest[i].offset == s->offset &&
			k->latest[i].extent == s->extent)
			return true;
	return false;
}
