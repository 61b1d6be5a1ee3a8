/*
 * Short texts by the million: blocks of bytes without a header, in steps of 4 bytes, freed by
 * those who know their size. A freed block serves the next text of its size; nothing is given
 * back before scrap_done. Longer texts come from the heap. Blocks are not aligned.
 */
#ifndef BASE_SCRAP_H
#define BASE_SCRAP_H

#include <stddef.h>

#define SCRAP_STEP 4u
#define SCRAP_MAX  256u /* longer ones are the heap's */

struct scrap {
	struct scrap_size {
		char *free;  /* each names the next one */
		char *fresh; /* not used yet: left blocks of the newest chunk */
		size_t left;
	} sizes[SCRAP_MAX / SCRAP_STEP + 1];
	char *chunks; /* each names the next one */
};

void scrap_init(struct scrap *s);
/* Frees all blocks but those longer than SCRAP_MAX. */
void scrap_done(struct scrap *s);
/* n bytes, not zeroed; n > 0. */
char *scrap_new(struct scrap *s, size_t n);
/* n as it was given to scrap_new, rounded up to SCRAP_STEP or not. */
void scrap_free(struct scrap *s, char *p, size_t n);

#endif
