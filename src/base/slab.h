/*
 * Records of one size by the million, named by a 32-bit number (1..; 0 is "none").
 * A record's address is stable while it lives. Freed records are poisoned in test builds.
 */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include "base/must.h"

#include <stddef.h>
#include <stdint.h>

struct slab {
	char **chunks;
	size_t nchunks, chunks_cap;
	size_t size; /* bytes a record, rounded up to 4: sizeof keeps its own alignment */
	uint32_t next_free, high, live, max;
};

void slab_init(struct slab *s, size_t size, uint32_t max);
void slab_done(struct slab *s);
/* A zeroed record; *ret_id names it. NULL when max records live. */
void *slab_new(struct slab *s, uint32_t *ret_id);
void slab_free(struct slab *s, uint32_t id);
/* Highest id ever given, for sweeps; slab_live tells whether id lives. */
static inline uint32_t
slab_high(const struct slab *s)
{
	return s->high;
}

/* A chunk: one bit a record that says whether it lives, then the records. */
#define SLAB_CHUNK  256u
#define SLAB_HEADER (SLAB_CHUNK / 8)

static inline int
slab_lives(const struct slab *s, uint32_t id)
{
	uint32_t at = id - 1;

	return id != 0 && id <= s->high &&
	       (s->chunks[at / SLAB_CHUNK][at % SLAB_CHUNK / 8] >> at % 8 & 1) != 0;
}

/* The record of a live id. */
static inline void *
slab_at(const struct slab *s, uint32_t id)
{
	must(slab_lives(s, id));
	return s->chunks[(id - 1) / SLAB_CHUNK] + SLAB_HEADER + (id - 1) % SLAB_CHUNK * s->size;
}

#endif
