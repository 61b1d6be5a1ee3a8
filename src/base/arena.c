#include "base/arena.h"

#include "base/mem.h"
#include "base/must.h"

#include <stdarg.h>
#include <stdio.h>

#define ARENA_ALIGN       16
#define ARENA_BLOCK_FIRST 1024
#define ARENA_BLOCK_MOST  ((size_t)64 << 10)

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	_Alignas(ARENA_ALIGN) char bytes[];
};

void
arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){ .max = max };
}

static void
free_blocks(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;

		mem_free(b);
		b = next;
	}
}

void
arena_done(struct arena *a)
{
	free_blocks(a->head);
	arena_init(a, a->max);
}

void
arena_reset(struct arena *a)
{
	struct arena_block *keep = a->head;

	a->used = 0;
	if (!keep)
		return;
	free_blocks(keep->next);
	keep->next = NULL;
	keep->used = 0;
	/* One huge message must not be paid for by every connection that once carried one. */
	if (keep->cap > ARENA_BLOCK_MOST) {
		mem_free(keep);
		a->head = NULL;
		return;
	}
	mem_poison(keep->bytes, keep->cap);
}

static struct arena_block *
new_block(const struct arena *a, size_t size)
{
	size_t cap = a->head ? a->head->cap * 2 : ARENA_BLOCK_FIRST;
	struct arena_block *b;

	if (cap > ARENA_BLOCK_MOST)
		cap = ARENA_BLOCK_MOST;
	if (cap < size)
		cap = size;
	b = mem_grow(NULL, 1, sizeof *b + cap);
	b->next = NULL;
	b->used = 0;
	b->cap = cap;
	mem_poison(b->bytes, cap);
	return b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->head;
	size_t whole;
	void *p;

	if (size > a->max - a->used)
		return NULL;
	/* Each piece takes at least a step, so that no two share an address. */
	whole = size ? (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1) : ARENA_ALIGN;
	if (whole < size || whole > a->max - a->used)
		return NULL;
	if (!b || whole > b->cap - b->used) {
		b = new_block(a, whole);
		b->next = a->head;
		a->head = b;
	}
	p = b->bytes + b->used;
	b->used += whole;
	a->used += whole;
	mem_unpoison(p, size);
	memset(p, 0, size);
	return p;
}

struct str
arena_str(struct arena *a, struct str s)
{
	char *p = s.n < SIZE_MAX ? arena_alloc(a, s.n + 1) : NULL;

	if (!p)
		return (struct str){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

struct str
arena_keep(struct arena *a, struct str s)
{
	struct str copy = arena_str(a, s);

	return copy.p ? copy : STR_NONE;
}

struct str
arena_replace(struct arena *a, struct str s, struct str mark, struct str with, size_t max)
{
	size_t n = s.n, at, done = 0, hits = 0;
	char *p;

	for (struct str rest = s; (at = str_find_str(rest, mark)) < rest.n; hits++)
		rest = str_from(rest, at + mark.n);
	if (hits == 0)
		return s;
	n = n - hits * mark.n + hits * with.n;
	p = n <= max ? arena_alloc(a, n + 1) : NULL;
	for (; p; s = str_from(s, at + mark.n)) {
		at = str_find_str(s, mark);
		if (at)
			memcpy(p + done, s.p, at);
		done += at;
		if (at == s.n)
			break;
		if (with.n)
			memcpy(p + done, with.p, with.n);
		done += with.n;
	}
	return (struct str){ p, p ? n : 0 };
}

struct str
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	must(n >= 0);
	p = arena_alloc(a, (size_t)n + 1);
	if (!p)
		return (struct str){ NULL, 0 };
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (struct str){ p, (size_t)n };
}
