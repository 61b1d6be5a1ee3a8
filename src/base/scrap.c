#include "base/scrap.h"

#include "base/mem.h"
#include "base/must.h"

#include <string.h>

#define CHUNK 4080u /* with the heap's own header about a page */

/* Room for the name of the next free block. */
#define SMALLEST sizeof(char *)

void
scrap_init(struct scrap *s)
{
	*s = (struct scrap){ 0 };
}

static char *
next_of(const char *p)
{
	char *next;

	memcpy(&next, p, sizeof next);
	return next;
}

static void
set_next(char *p, char *next)
{
	memcpy(p, &next, sizeof next);
}

void
scrap_done(struct scrap *s)
{
	while (s->chunks) {
		char *chunk = s->chunks;

		s->chunks = next_of(chunk);
		mem_unpoison(chunk, CHUNK);
		mem_free(chunk);
	}
	scrap_init(s);
}

static size_t
rounded(size_t n)
{
	n = (n + SCRAP_STEP - 1) / SCRAP_STEP * SCRAP_STEP;
	return n < SMALLEST ? SMALLEST : n;
}

static char *
take_fresh(struct scrap *s, struct scrap_size *of, size_t n)
{
	char *p;

	if (of->left == 0) {
		char *chunk = mem_new(1, CHUNK);

		set_next(chunk, s->chunks);
		s->chunks = chunk;
		of->fresh = chunk + sizeof(char *);
		of->left = (CHUNK - sizeof(char *)) / n;
		mem_poison(of->fresh, CHUNK - sizeof(char *));
	}
	p = of->fresh;
	of->fresh += n;
	of->left--;
	mem_unpoison(p, n);
	return p;
}

char *
scrap_new(struct scrap *s, size_t n)
{
	struct scrap_size *of;
	char *p;

	must(n > 0);
	if (n > SCRAP_MAX)
		return mem_new(1, n);
	n = rounded(n);
	of = &s->sizes[n / SCRAP_STEP];
	if (!of->free)
		return take_fresh(s, of, n);
	p = of->free;
	mem_unpoison(p, n);
	of->free = next_of(p);
	return p;
}

void
scrap_free(struct scrap *s, char *p, size_t n)
{
	struct scrap_size *of;

	if (n > SCRAP_MAX) {
		mem_free(p);
		return;
	}
	n = rounded(n);
	of = &s->sizes[n / SCRAP_STEP];
	set_next(p, of->free);
	of->free = p;
	mem_poison(p, n);
}
