/*
 * Memory by lifetime: many small allocations, one release. Lifetimes: process,
 * connection, message in hand, tick. What waits by the million is a slab record instead.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used; /* bytes handed out since init or reset */
	size_t max;  /* going over it gives NULL */
};

void arena_init(struct arena *a, size_t max);
void arena_done(struct arena *a);
/* Releases everything but keeps one block for the next round. */
void arena_reset(struct arena *a);

/* Zeroed, aligned to 16. NULL when over the maximum. */
void *arena_alloc(struct arena *a, size_t size);
/* Copies s, with a NUL behind it that does not count; p = NULL when over the maximum. */
struct str arena_str(struct arena *a, struct str s);
/* The same, but STR_NONE when over the maximum. */
struct str arena_keep(struct arena *a, struct str s);
/* s with each `mark` (not empty) made `with`: s itself when there is none; p NULL when what
 * comes out is longer than max, or over the arena's maximum. */
struct str arena_replace(
	struct arena *a, struct str s, struct str mark, struct str with, size_t max);
struct str arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
