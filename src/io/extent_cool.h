/*
 * What the kernel keeps in memory of a writer's extents. A body is read once as a rule, moments
 * after it was written, and then lies on disk for keep.content. If nobody said so, every new
 * body would get a page that was never used, and push out what others read.
 *
 *   filled extents, oldest first:  | given back ... | WARM bytes, still in memory | (being
 * filled)
 *
 * Pure: it only says which bytes to give back next. Used by extent.c alone.
 */
#ifndef IO_EXTENT_COOL_H
#define IO_EXTENT_COOL_H

#include <stdbool.h>
#include <stdint.h>

#define EXTENT_WARM      (128u << 20)
#define EXTENT_COOL_STEP (8u << 20)
#define EXTENT_COOL_MAX  1024u /* files; with more the oldest are left to the kernel */

struct extent_cool {
	struct {
		uint32_t extent;
		uint64_t size;
	} files[EXTENT_COOL_MAX];
	unsigned head, n;
	uint64_t warm;   /* bytes of files that were not given back */
	uint64_t offset; /* where those of the oldest begin */
};

struct extent_range {
	uint32_t extent;
	uint64_t offset, length; /* bytes */
};

/* An extent gets no more bodies; size with its header. */
void extent_cool_add(struct extent_cool *c, uint32_t extent, uint64_t size);
/* At most EXTENT_COOL_STEP bytes of one extent; false: nothing to give back. */
bool extent_cool_next(struct extent_cool *c, struct extent_range *ret_range);

#endif
