/*
 * The flag of a paused queue: the file `paused` in the journal's folder. Made by an operator's
 * word (the engine writes it) or with a restored state (facteur restore, before any engine
 * runs); removed by the engine alone. These calls block on the disk.
 */
#ifndef SEND_PAUSE_H
#define SEND_PAUSE_H

#include "base/str.h"

#define PAUSE_FILE "paused"

struct pause {
	bool restored; /* else an operator's word */
	int64_t since; /* wall µs; restored: of the backup */
};

/* 0, -ENOENT not paused, or why the file cannot be understood: -EBADMSG, -errno. */
int pause_read(const char *dir, struct pause *ret_p);
/* Durable when they return 0; else -errno. Removing what is not there is fine. */
int pause_write(const char *dir, const struct pause *p);
int pause_remove(const char *dir);

#endif
