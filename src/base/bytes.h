/*
 * Reading and writing little-endian numbers and length-carrying texts in binary records
 * (journal, channel). A reader that meets too few bytes sets `bad` and gives zeros from
 * there on: check once at the end.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/buf.h"

struct rd {
	const uint8_t *p;
	size_t n;
	bool bad;
};

static inline struct rd
rd_of(struct str s)
{
	return (struct rd){ (const uint8_t *)s.p, s.n, false };
}

uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
/* Text with a u16 (str) or u32 (text) length before it; borrowed from the record. */
struct str rd_str(struct rd *r);
struct str rd_text(struct rd *r);
/* n raw bytes, borrowed. */
struct str rd_raw(struct rd *r, size_t n);
/* All read, nothing missing, nothing left? */
bool rd_end(const struct rd *r);

int wr_u8(struct buf *b, uint8_t v);
int wr_u16(struct buf *b, uint16_t v);
int wr_u32(struct buf *b, uint32_t v);
int wr_u64(struct buf *b, uint64_t v);
/* -E2BIG also when s is longer than 65,535 (str). */
int wr_str(struct buf *b, struct str s);
int wr_text(struct buf *b, struct str s);
/* Overwrites the u32 at byte `at`, for lengths known later. */
void wr_u32_at(struct buf *b, size_t at, uint32_t v);

#endif
