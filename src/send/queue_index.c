#include "send/queue_priv.h"

#include "base/mem.h"
#include "base/must.h"

#define FIRST_CAP 8u

/* The upper bits of a slot repeat bits of the hash: a look at another record's slot mostly ends
 * there and does not fetch the record. */
#define TAG_BITS 5
#define ID_BITS  (32 - TAG_BITS)
#define ID_MASK  ((1u << ID_BITS) - 1)

void
queue_index_init(struct queue_index *ix, const struct queue *q, const struct slab *slab,
	const struct queue_index_kind *kind)
{
	*ix = (struct queue_index){ .queue = q, .slab = slab, .kind = kind };
}

void
queue_index_done(struct queue_index *ix)
{
	for (size_t i = 0; i < QUEUE_INDEX_PARTS; i++) {
		mem_free(ix->part[i].slot);
		ix->part[i] = (struct queue_index_part){ 0 };
	}
}

/* The top byte chooses the table, those below it the tag, the low half the slot. */
static struct queue_index_part *
part_of(struct queue_index *ix, uint64_t hash)
{
	return &ix->part[hash >> 56];
}

static uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> (56 - TAG_BITS)) << ID_BITS;
}

static uint32_t
home_of(uint64_t hash, uint32_t cap)
{
	return (uint32_t)((hash & UINT32_MAX) * cap >> 32);
}

static uint32_t
behind(uint32_t i, uint32_t cap)
{
	return i + 1 == cap ? 0 : i + 1;
}

static uint64_t
hash_at(const struct queue_index *ix, uint32_t slot)
{
	return ix->kind->hash(ix->queue, slab_at(ix->slab, slot & ID_MASK));
}

uint32_t
queue_index_find(const struct queue_index *ix, uint64_t hash, const void *key)
{
	const struct queue_index_part *p = &ix->part[hash >> 56];
	uint32_t tag = tag_of(hash);

	if (p->cap == 0)
		return 0;
	for (uint32_t i = home_of(hash, p->cap); p->slot[i]; i = behind(i, p->cap)) {
		uint32_t id = p->slot[i] & ID_MASK;

		if ((p->slot[i] ^ id) == tag &&
			ix->kind->is(ix->queue, slab_at(ix->slab, id), key))
			return id;
	}
	return 0;
}

static void
put(struct queue_index_part *p, uint64_t hash, uint32_t slot)
{
	uint32_t i = home_of(hash, p->cap);

	while (p->slot[i])
		i = behind(i, p->cap);
	p->slot[i] = slot;
}

/* By half: a table is at least 8/15 full, at 4 bytes a slot 7.5 bytes a record at most. */
static void
grow(struct queue_index *ix, struct queue_index_part *p)
{
	struct queue_index_part old = *p;

	p->cap = old.cap ? old.cap + old.cap / 2 : FIRST_CAP;
	p->slot = mem_new(p->cap, sizeof *p->slot);
	for (uint32_t i = 0; i < old.cap; i++)
		if (old.slot[i])
			put(p, hash_at(ix, old.slot[i]), old.slot[i]);
	mem_free(old.slot);
}

void
queue_index_add(struct queue_index *ix, uint32_t self)
{
	uint64_t hash = hash_at(ix, self);
	struct queue_index_part *p = part_of(ix, hash);

	must(self <= ID_MASK);
	/* At most four fifths full: a look that finds nothing passes a dozen slots, which is a
	 * cache line. */
	if ((p->used + 1) * 5 > p->cap * 4)
		grow(ix, p);
	put(p, hash, self | tag_of(hash));
	p->used++;
}

void
queue_index_del(struct queue_index *ix, uint32_t self)
{
	uint64_t hash = hash_at(ix, self);
	struct queue_index_part *p = part_of(ix, hash);
	uint32_t hole, cap = p->cap;

	must(cap != 0);
	for (hole = home_of(hash, cap); (p->slot[hole] & ID_MASK) != self;
		hole = behind(hole, cap))
		must(p->slot[hole] != 0);
	/* Those behind the hole move up when it lies on their way from home. */
	for (uint32_t i = behind(hole, cap); p->slot[i]; i = behind(i, cap)) {
		uint32_t home = home_of(hash_at(ix, p->slot[i]), cap);
		uint32_t from_home = (i < home ? cap : 0) + i - home;
		uint32_t from_hole = (i < hole ? cap : 0) + i - hole;

		if (from_home < from_hole)
			continue;
		p->slot[hole] = p->slot[i];
		hole = i;
	}
	p->slot[hole] = 0;
	p->used--;
}

size_t
queue_index_used(const struct queue_index *ix)
{
	size_t n = 0;

	for (size_t i = 0; i < QUEUE_INDEX_PARTS; i++)
		n += ix->part[i].used;
	return n;
}
