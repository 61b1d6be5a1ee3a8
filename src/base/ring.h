/*
 * Rings of slab records: a doubly linked list that costs a record 8 bytes, because its links
 * are 32-bit ids and not pointers. The head is the id of the first record, 0 = empty; a record
 * in no ring has the link { 0, 0 }. Owns nothing.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include "base/must.h"
#include "base/slab.h"

#include <stdbool.h>

struct ring_link {
	uint32_t prev, next;
};

/* Whose records, and where in them the link lies. */
struct ring_kind {
	const struct slab *slab;
	size_t at;
};

static inline struct ring_link *
ring_link_of(const struct ring_kind *k, uint32_t id)
{
	return (struct ring_link *)(void *)((char *)slab_at(k->slab, id) + k->at);
}

/* Is this link in no ring? */
static inline bool
ring_alone(const struct ring_link *l)
{
	return l->next == 0;
}

/* Adds at the end. */
static inline void
ring_push(const struct ring_kind *k, uint32_t *head, uint32_t id)
{
	struct ring_link *l = ring_link_of(k, id), *first;

	must(ring_alone(l));
	if (*head == 0) {
		*l = (struct ring_link){ id, id };
		*head = id;
		return;
	}
	first = ring_link_of(k, *head);
	*l = (struct ring_link){ first->prev, *head };
	ring_link_of(k, l->prev)->next = id;
	first->prev = id;
}

static inline void
ring_del(const struct ring_kind *k, uint32_t *head, uint32_t id)
{
	struct ring_link *l = ring_link_of(k, id);

	must(!ring_alone(l));
	if (*head == id)
		*head = l->next == id ? 0 : l->next;
	ring_link_of(k, l->prev)->next = l->next;
	ring_link_of(k, l->next)->prev = l->prev;
	*l = (struct ring_link){ 0, 0 };
}

/* The first becomes the last. */
static inline void
ring_turn(const struct ring_kind *k, uint32_t *head)
{
	*head = ring_link_of(k, *head)->next;
}

/* The one behind id, 0 when id is the last. */
static inline uint32_t
ring_after(const struct ring_kind *k, uint32_t head, uint32_t id)
{
	uint32_t next = ring_link_of(k, id)->next;

	return next == head ? 0 : next;
}

#endif
