/*
 * Where the demo of this user runs, so that other commands find it without --config: a file of
 * one line in $XDG_RUNTIME_DIR, or /tmp, that only its owner may write.
 */
#ifndef CLI_DEMO_STATE_H
#define CLI_DEMO_STATE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* True when a demo of this user is there; its state folder in dst. */
bool demo_state_find(char *dst, size_t size);
/* Says that the demo with this state folder runs: 0 or -errno. */
int demo_state_put(const char *state);
/* What that demo was started with, appended to text: 0 or -errno; -EPERM when it is not this
 * user's. */
int demo_state_config(const char *state, struct buf *text);
/* Keeps it for those: 0 or -errno. */
int demo_state_configured(const char *state, struct str text);
/* Takes it back, unless another demo has said so since. */
void demo_state_remove(const char *state);

#endif
