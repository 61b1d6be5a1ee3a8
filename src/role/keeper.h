/*
 * The keeper: locks the state directory, binds the ports, forks the roles, restarts those that
 * die, kills those that are silent for 20 s, hands channels to them. Parses nothing from
 * outside.
 */
#ifndef ROLE_KEEPER_H
#define ROLE_KEEPER_H

#include "role/role.h"

struct keeper_conf {
	const struct config *config;
	const char *file; /* configuration file for reload, NULL = none */
	bool one;         /* all roles in this process */
	/* Called once when every role is ready (may be NULL). */
	void (*ready)(void *ctx, struct loop *l);
	/* Called when every role has ended, while the loop is still there (may be NULL). */
	void (*ended)(void *ctx);
	void *ctx;
	bool quiet;          /* operations log only warnings */
	uint64_t silence_us; /* a role silent for so long is killed; 0 = 20 s (beats: 5 s) */
};

/* Runs until SIGTERM or SIGINT; drains. A sysexits code: 0, 73 (cannot create), 75 (another
 * keeper has the state), 77 (a port needs permission), 69 … */
int keeper_run(const struct keeper_conf *conf);

#endif
