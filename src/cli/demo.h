/*
 * The demo's parts see each other through this header.
 */
#ifndef CLI_DEMO_H
#define CLI_DEMO_H

#include "cli/cli.h"
#include "cli/demo_state.h"

struct demo {
	struct cli *c;
	bool once, traffic;
	const char *keep; /* folder that stays, NULL = one of its own, removed */
	uint16_t smtp, starttls, http,
		sink_port;      /* smtp: without TLS, as programs under development
	                         * send; AUTH is optional on both */
	int sink_fd, screen_fd; /* screen: stderr as it was */
	char state[512];
	char link[400]; /* opens the console signed in */
	struct child *sink, *guide;
	bool was_ready, failed;
};

/* The guide, a process of its own: greets, sends two messages, waits for them, tells their
 * traces; sends a day's mail (traffic); then reads out what happens, until it is ended (once:
 * returns). An exit code. */
int demo_guide(struct demo *d);

#endif
