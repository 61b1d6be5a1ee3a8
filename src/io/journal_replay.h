/*
 * Reading side of the journal: which generation is the truth, and its records. Used by
 * journal.c only.
 */
#ifndef IO_JOURNAL_REPLAY_H
#define IO_JOURNAL_REPLAY_H

#include "io/journal_chain.h"

#define JOURNAL_REPLAY_PATH 4096

/* Salt of a generation: known from the file's name, so that a damaged header costs nothing. */
uint64_t journal_replay_salt(uint64_t generation);
/* <dir>/journal.<generation> or with ".new". The folder's length was checked. */
void journal_replay_path(
	char dst[JOURNAL_REPLAY_PATH], const char *dir, uint64_t generation, bool new_);

/* What a start found, beside the records. */
struct journal_found {
	uint64_t newest;            /* highest number any file had */
	struct journal_chain chain; /* what a new generation begins with */
	/* Only when the replay is `behind`: what to load; of it the last one's end, from
	 * tail_from on, goes into the new generation as it is: it may not be durable. */
	struct journal_part load[JOURNAL_CHAIN_MAX + 1];
	size_t nload;
	uint64_t tail_from;
};

/* Removes unfinished generations and replays the newest readable one with those it continues.
 * 0 or -errno. */
int journal_replay_run(const struct journal_conf *conf,
	void (*record)(void *ctx, uint16_t type, struct str payload), void *ctx,
	struct journal_replay *ret_r, struct journal_found *ret_found);
/* Removes generations before `generation` that are not in the chain. 0 or -errno. */
int journal_replay_remove_before(
	const char *dir, uint64_t generation, const struct journal_chain *chain);

#endif
