/*
 * Changes of suppressions as the journal holds them (SPOOL_SUPPRESS): a record of up to
 * SPOOL_SUPPRESS_MAX changes with all that the table of rows needs. The same bytes carry them
 * from desk to the engine. Only what is for a group has its number in it, so records of before
 * there were groups are as they always were. Pure.
 */
#ifndef SEND_SPOOL_SUPPRESS_H
#define SEND_SPOOL_SUPPRESS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "people/suppress.h"

#define SPOOL_SUPPRESS_MAX 1000u
/* Of one change at most, encoded. */
#define SPOOL_SUPPRESS_BYTES (47u + SUPPRESS_ADDRESS_SIZE + SUPPRESS_NOTE_MAX)

struct spool_suppress {
	struct suppress_change *at;
	size_t n;
};

/* 0 or -E2BIG (too many, or no room). */
int spool_suppress_write(struct buf *b, const struct spool_suppress *s);
/* 0 or -EBADMSG: texts are borrowed, the list lives in the arena. What it takes, _write gives
 * back byte for byte: an added change has a scope and a reason of its own, every address is as
 * suppress_address makes it as far as ASCII goes, every text is as short as it must be. */
int spool_suppress_read(struct arena *a, struct str bytes, struct spool_suppress *ret_s);

#endif
