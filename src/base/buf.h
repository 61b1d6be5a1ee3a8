/*
 * A growing byte buffer that owns its bytes and knows its maximum from birth.
 * What would pass the maximum is not added and -E2BIG comes back; nothing else fails.
 * Once -E2BIG happened, `full` stays set until buf_clear, so that a writer of many
 * pieces may check once at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stdarg.h>

struct buf {
	char *p;
	size_t n;   /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* never holds more */
	bool full;  /* a put did not fit */
};

/* No memory is taken before the first put. */
void buf_init(struct buf *b, size_t max);
/* Frees the bytes; b may be used again. */
void buf_done(struct buf *b);
/* Forgets the content, keeps the memory. */
void buf_clear(struct buf *b);

/* All return 0 or -E2BIG. */
int buf_put(struct buf *b, struct str s);
int buf_put_z(struct buf *b, const char *z);
int buf_put_c(struct buf *b, char c);
int buf_put_u64(struct buf *b, uint64_t v);
int buf_put_i64(struct buf *b, int64_t v);
/* At least `digits` digits (at most 20), zeros in front. */
int buf_put_padded(struct buf *b, uint64_t v, unsigned digits);
/* Slow (it formats twice): for what is written seldom. */
int buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Room for n more bytes at the end: the place to write, or NULL when over the maximum.
 * Then buf_added(b, k), k <= n. */
char *buf_room(struct buf *b, size_t n);
void buf_added(struct buf *b, size_t n);

/* Drops the first n bytes. */
void buf_eat(struct buf *b, size_t n);
/* Keeps the first n bytes. */
void buf_cut(struct buf *b, size_t n);
/* Takes the front of *s until b holds n bytes, n within its maximum: true when it does. */
bool buf_fill(struct buf *b, struct str *s, size_t n);

static inline struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->p ? b->p : "", b->n };
}

#endif
