/*
 * Extents: append-only files of message bodies, written by one process each (DESIGN §5,
 * docs/decisions/0001). A body is named by (extent, offset, length); its XXH3-64 travels in the
 * journal. Number = writer (8 bits) << 24 | counter. File:
 * <spool>/<writer, 2 hex>/<counter, 6 hex>.ext
 */
#ifndef IO_EXTENT_H
#define IO_EXTENT_H

#include "base/buf.h"
#include "io/flusher.h"

#define EXTENT_SIZE     (64u << 20) /* a new extent begins behind it */
#define EXTENT_TAIL_MAX (72u << 10)

struct extent_place {
	uint32_t extent; /* 0 = none */
	uint32_t length; /* bytes */
	uint64_t offset;
	uint64_t hash; /* XXH3-64 of the bytes, seed 0 */
};

struct extent_writer;

/* Opens the folder of this writer; the first body begins a new extent (never appends to an old
 * one: a process before us may have died with a failed flush). boot goes into the file headers.
 * Preallocates in steps by writing zeros ahead on the flusher. 0 or -errno. */
int extent_writer_open(const char *spool, uint8_t writer, uint64_t boot, struct flusher *f,
	struct extent_writer **ret_w);
/* Waits for the commits under way and answers them. Every body must be committed or dropped. */
void extent_writer_free(struct extent_writer **w);

/* A body being received: bytes wait in memory to 256 KiB; a longer one is written on as it
 * comes, in an extent of its own. */
struct extent_body;
struct extent_body *extent_body_new(struct extent_writer *w);
/* 0, or -errno when a write of an earlier part failed. */
int extent_body_add(struct extent_body *b, struct str bytes);
/* Bytes that are to lie directly behind the body, written with it: they are none of it, and its
 * place, size and hash do not tell of them. The last before the commit, once; at most
 * EXTENT_TAIL_MAX. */
void extent_body_tail(struct extent_body *b, struct str bytes);
uint64_t extent_body_size(const struct extent_body *b);
/* Bytes it holds in memory now, for the memory ceiling. */
size_t extent_body_memory(const struct extent_body *b);
/* Writes the rest and flushes with the others that wait. done on the loop: err 0 and the place,
 * or -errno (nothing is kept). b is gone after done. */
void extent_body_commit(struct extent_body **b,
	void (*done)(void *ctx, int err, struct extent_place place), void *ctx);
/* Given up: its space is simply unused. */
void extent_body_drop(struct extent_body **b);

/* After an error of the disk the writer begins a new extent at the next body. */

/* Reading side: descriptors are cached (64). */
struct extent_reader;
struct extent_reader *extent_reader_new(const char *spool);
void extent_reader_free(struct extent_reader **r);
/* Lets go of removed extents, whose space the file system keeps while they are open: call it
 * every few seconds. */
void extent_reader_trim(struct extent_reader *r);
/* n bytes from offset `from` of the body into dst: 0, -ENODATA (short file), -errno. */
int extent_read(struct extent_reader *r, const struct extent_place *p, uint64_t from, void *dst,
	size_t n);
/* Up to n bytes of what lies behind the body, whosever it is: how many there were, or -errno.
 */
long extent_read_behind(
	struct extent_reader *r, const struct extent_place *p, void *dst, size_t n);
/* Reads all of it and compares the hash: 0, -EILSEQ, -ENODATA, -errno. */
int extent_verify(struct extent_reader *r, const struct extent_place *p);

/* Zeros over a body and `behind` bytes that follow it, durable when it returns 0. Only for one
 * that nobody delivers any more; its file's writer never comes back to these bytes. 0, -ENOENT:
 * the file is gone, or -errno. */
int extent_wipe(const char *spool, const struct extent_place *p, uint64_t behind);
/* Does it look so? No mail holds a NUL. */
bool extent_is_wiped(struct extent_reader *r, const struct extent_place *p);

/* Removes an extent file. 0 or -errno. */
int extent_remove(const char *spool, uint32_t extent);
/* Every extent there is: number, size, and last change (wall µs). */
int extent_each(const char *spool,
	void (*fn)(void *ctx, uint32_t extent, uint64_t size, int64_t changed), void *ctx);

#endif
