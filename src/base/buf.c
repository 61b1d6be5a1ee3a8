#include "base/buf.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <stdio.h>

#define BUF_FIRST 256

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_done(struct buf *b)
{
	mem_free(b->p);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->full = false;
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap > BUF_FIRST / 2 ? b->cap * 2 : BUF_FIRST;

	if (n > b->max - b->n) {
		b->full = true;
		return NULL;
	}
	if (b->p && n <= b->cap - b->n)
		return b->p + b->n;
	if (cap < b->n + n)
		cap = b->n + n;
	if (cap > b->max)
		cap = b->max;
	/* One byte more than cap, for the NUL that vsnprintf wants to write. */
	b->p = mem_grow(b->p, cap + 1, 1);
	b->cap = cap;
	return b->p + b->n;
}

void
buf_added(struct buf *b, size_t n)
{
	must(n <= b->cap - b->n);
	b->n += n;
}

/* A piece of the buffer itself would move away while it is copied. */
static bool
is_inside(const struct buf *b, struct str s)
{
	uintptr_t at = (uintptr_t)s.p, from = (uintptr_t)b->p;

	return s.n && b->p && at >= from && at < from + b->cap;
}

int
buf_put(struct buf *b, struct str s)
{
	char *at;

	must(!is_inside(b, s));
	if (s.n == 0)
		return 0;
	at = buf_room(b, s.n);
	if (!at)
		return -E2BIG;
	memcpy(at, s.p, s.n);
	b->n += s.n;
	return 0;
}

int
buf_put_z(struct buf *b, const char *z)
{
	return buf_put(b, str_z(z));
}

int
buf_put_c(struct buf *b, char c)
{
	char *at = buf_room(b, 1);

	if (!at)
		return -E2BIG;
	*at = c;
	b->n++;
	return 0;
}

#define DIGITS_MAX 20

int
buf_put_padded(struct buf *b, uint64_t v, unsigned digits)
{
	char text[DIGITS_MAX];
	size_t at = sizeof text,
	       most = sizeof text - (digits < sizeof text ? digits : sizeof text);

	do {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v || at > most);
	return buf_put(b, str_of(text + at, sizeof text - at));
}

int
buf_put_u64(struct buf *b, uint64_t v)
{
	return buf_put_padded(b, v, 1);
}

int
buf_put_i64(struct buf *b, int64_t v)
{
	size_t start = b->n;

	if ((v < 0 && buf_put_c(b, '-') < 0) ||
		buf_put_u64(b, v < 0 ? -(uint64_t)v : (uint64_t)v) < 0) {
		b->n = start;
		return -E2BIG;
	}
	return 0;
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return r;
}

int
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *at;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	must(n >= 0);
	at = buf_room(b, (size_t)n);
	if (!at)
		return -E2BIG;
	vsnprintf(at, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
	return 0;
}

void
buf_eat(struct buf *b, size_t n)
{
	must(n <= b->n);
	b->n -= n;
	if (n && b->n)
		memmove(b->p, b->p + n, b->n);
}

void
buf_cut(struct buf *b, size_t n)
{
	must(n <= b->n);
	b->n = n;
}

bool
buf_fill(struct buf *b, struct str *s, size_t n)
{
	size_t take = b->n < n ? n - b->n : 0;

	take = take < s->n ? take : s->n;
	must(buf_put(b, str_head(*s, take)) == 0);
	*s = str_from(*s, take);
	return b->n >= n;
}
