#include "base/bytes.h"

#include "base/must.h"

#include <endian.h>
#include <errno.h>

struct str
rd_raw(struct rd *r, size_t n)
{
	struct str s;

	if (r->bad || n > r->n) {
		r->bad = true;
		return STR_NONE;
	}
	if (n == 0)
		return STR_NONE;
	s = str_of(r->p, n);
	r->p += n;
	r->n -= n;
	return s;
}

/* Always with a constant count: one load each. */
static inline uint64_t
number(struct rd *r, size_t bytes)
{
	struct str s = rd_raw(r, bytes);
	uint64_t v = 0;

	if (s.n)
		memcpy(&v, s.p, bytes);
	return le64toh(v);
}

uint8_t
rd_u8(struct rd *r)
{
	return (uint8_t)number(r, 1);
}

uint16_t
rd_u16(struct rd *r)
{
	return (uint16_t)number(r, 2);
}

uint32_t
rd_u32(struct rd *r)
{
	return (uint32_t)number(r, 4);
}

uint64_t
rd_u64(struct rd *r)
{
	return number(r, 8);
}

struct str
rd_str(struct rd *r)
{
	return rd_raw(r, rd_u16(r));
}

struct str
rd_text(struct rd *r)
{
	return rd_raw(r, rd_u32(r));
}

bool
rd_end(const struct rd *r)
{
	return !r->bad && r->n == 0;
}

static inline void
store(char *at, uint64_t v, size_t bytes)
{
	v = htole64(v);
	memcpy(at, &v, bytes);
}

static inline int
write_number(struct buf *b, uint64_t v, size_t bytes)
{
	char *at = buf_room(b, bytes);

	if (!at)
		return -E2BIG;
	store(at, v, bytes);
	buf_added(b, bytes);
	return 0;
}

int
wr_u8(struct buf *b, uint8_t v)
{
	return write_number(b, v, 1);
}

int
wr_u16(struct buf *b, uint16_t v)
{
	return write_number(b, v, 2);
}

int
wr_u32(struct buf *b, uint32_t v)
{
	return write_number(b, v, 4);
}

int
wr_u64(struct buf *b, uint64_t v)
{
	return write_number(b, v, 8);
}

/* Length and text together or not at all: half a field would shift all that follow. */
static int
write_text(struct buf *b, struct str s, size_t bytes)
{
	size_t most = bytes == 2 ? UINT16_MAX : UINT32_MAX;

	if (s.n > most) {
		b->full = true;
		return -E2BIG;
	}
	if (!buf_room(b, bytes + s.n))
		return -E2BIG;
	write_number(b, s.n, bytes);
	return buf_put(b, s);
}

int
wr_str(struct buf *b, struct str s)
{
	return write_text(b, s, 2);
}

int
wr_text(struct buf *b, struct str s)
{
	return write_text(b, s, 4);
}

void
wr_u32_at(struct buf *b, size_t at, uint32_t v)
{
	must(b->n >= 4 && at <= b->n - 4);
	store(b->p + at, v, 4);
}
