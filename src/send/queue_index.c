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
queue_index_init(struct queue_index *ix, const struct slab *slab, uint64_t seed,
	uint64_t (*hash)(const void *record, uint64_t seed),
	bool (*is)(const void *record, const void *key))
{
	*ix = (struct queue_index){ .slab = slab, .seed = seed, .hash = hash, .is = is };
}

void
queue_index_done(struct queue_index *ix)
{
	for (size_t i = 0; i < 256; i++)
		mem_free(ix->part[i].slot);
	*ix = (struct queue_index){ 0 };
}

/* The top byte chooses the table, the low bits the slot. */
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

static uint64_t
hash_at(const struct queue_index *ix, uint32_t self)
{
	return ix->hash(slab_at(ix->slab, self & ID_MASK), ix->seed);
}

uint32_t
queue_index_find(const struct queue_index *ix, uint64_t hash, const void *key)
{
	const struct queue_index_part *p = &ix->part[hash >> 56];
	uint32_t mask = p->cap - 1, tag = tag_of(hash);

	if (p->cap == 0)
		return 0;
	for (uint32_t i = (uint32_t)hash & mask; p->slot[i]; i = (i + 1) & mask) {
		uint32_t id = p->slot[i] & ID_MASK;

		if ((p->slot[i] ^ id) == tag && ix->is(slab_at(ix->slab, id), key))
			return id;
	}
	return 0;
}

static void
put(struct queue_index_part *p, uint64_t hash, uint32_t slot)
{
	uint32_t mask = p->cap - 1, i = (uint32_t)hash & mask;

	while (p->slot[i])
		i = (i + 1) & mask;
	p->slot[i] = slot;
}

static void
grow(struct queue_index *ix, struct queue_index_part *p)
{
	struct queue_index_part old = *p;

	p->cap = old.cap ? old.cap * 2 : FIRST_CAP;
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
	/* At most half full: what is looked for is mostly not there. */
	if (p->used + 1 > p->cap / 2)
		grow(ix, p);
	put(p, hash, self | tag_of(hash));
	p->used++;
}

void
queue_index_del(struct queue_index *ix, uint32_t self)
{
	uint64_t hash = hash_at(ix, self);
	struct queue_index_part *p = part_of(ix, hash);
	uint32_t mask = p->cap - 1, hole, home;

	must(p->cap != 0);
	for (hole = (uint32_t)hash & mask; (p->slot[hole] & ID_MASK) != self;
		hole = (hole + 1) & mask)
		must(p->slot[hole] != 0);
	/* Those behind the hole move up when it lies on their way from home. */
	for (uint32_t i = (hole + 1) & mask; p->slot[i]; i = (i + 1) & mask) {
		home = (uint32_t)hash_at(ix, p->slot[i]) & mask;
		if (((i - home) & mask) < ((i - hole) & mask))
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

	for (size_t i = 0; i < 256; i++)
		n += ix->part[i].used;
	return n;
}
