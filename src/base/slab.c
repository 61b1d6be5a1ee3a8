#include "base/slab.h"

#include "base/mem.h"

#include <string.h>

/* The first four bytes of a freed record name the next free one. */

void
slab_init(struct slab *s, size_t size, uint32_t max)
{
	must(size > 0 && size < SIZE_MAX / (2 * SLAB_CHUNK));
	*s = (struct slab){ .size = (size + 3) & ~(size_t)3, .max = max };
}

void
slab_done(struct slab *s)
{
	for (size_t i = 0; i < s->nchunks; i++)
		mem_free(s->chunks[i]);
	mem_free(s->chunks);
	*s = (struct slab){ .size = s->size, .max = s->max };
}

static char *
chunk_of(const struct slab *s, uint32_t id)
{
	return s->chunks[(id - 1) / SLAB_CHUNK];
}

static char *
record(const struct slab *s, uint32_t id)
{
	return chunk_of(s, id) + SLAB_HEADER + (id - 1) % SLAB_CHUNK * s->size;
}

static unsigned char *
live_byte(const struct slab *s, uint32_t id)
{
	return (unsigned char *)chunk_of(s, id) + (id - 1) % SLAB_CHUNK / 8;
}

static unsigned char
live_bit(uint32_t id)
{
	return (unsigned char)(1u << (id - 1) % 8);
}

static void
add_chunk(struct slab *s)
{
	char *chunk = mem_new(1, SLAB_HEADER + SLAB_CHUNK * s->size);

	if (s->nchunks == s->chunks_cap) {
		s->chunks_cap = s->chunks_cap ? s->chunks_cap * 2 : 16;
		s->chunks = mem_grow(s->chunks, s->chunks_cap, sizeof *s->chunks);
	}
	mem_poison(chunk + SLAB_HEADER, SLAB_CHUNK * s->size);
	s->chunks[s->nchunks++] = chunk;
}

void *
slab_new(struct slab *s, uint32_t *ret_id)
{
	uint32_t id = s->next_free;
	char *p;

	if (s->live == s->max)
		return NULL;
	if (id) {
		p = record(s, id);
		mem_unpoison(p, s->size);
		memcpy(&s->next_free, p, sizeof s->next_free);
		memset(p, 0, s->size);
	} else {
		if (s->high == s->nchunks * SLAB_CHUNK)
			add_chunk(s);
		id = ++s->high;
		p = record(s, id);
		mem_unpoison(p, s->size);
	}
	*live_byte(s, id) |= live_bit(id);
	s->live++;
	*ret_id = id;
	return p;
}

void
slab_free(struct slab *s, uint32_t id)
{
	char *p = slab_at(s, id);

	*live_byte(s, id) &= (unsigned char)~live_bit(id);
	memcpy(p, &s->next_free, sizeof s->next_free);
	mem_poison(p, s->size);
	s->next_free = id;
	s->live--;
}
