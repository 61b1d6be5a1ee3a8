/*
 * Reading side of the journal: which generation is the truth, and its records. Used by
 * journal.c only.
 */
#ifndef IO_JOURNAL_REPLAY_H
#define IO_JOURNAL_REPLAY_H

#include "io/journal.h"

#define JOURNAL_REPLAY_PATH 4096

/* Salt of a generation: known from the file's name, so that a damaged header costs nothing. */
uint64_t journal_replay_salt(uint64_t generation);
/* <dir>/journal.<generation> or with ".new". The folder's length was checked. */
void journal_replay_path(
	char dst[JOURNAL_REPLAY_PATH], const char *dir, uint64_t generation, bool new_);

/* Removes unfinished generations and replays the newest readable one. *ret_newest: highest
 * number any file had. 0 or -errno. */
int journal_replay_run(const char *dir,
	void (*record)(void *ctx, uint16_t type, struct str payload), void *ctx,
	struct journal_replay *ret_r, uint64_t *ret_newest);
/* Removes generations before `generation`. 0 or -errno. */
int journal_replay_remove_before(const char *dir, uint64_t generation);

#endif
