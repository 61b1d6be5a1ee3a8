/*
 * Tells "this network blocks outgoing port 25" from "they are down": watches connect results
 * over many sites. Pure; time is a parameter.
 *
 *   UNKNOWN → OPEN (any banner or refusal seen) ; UNKNOWN|OPEN → BLOCKED (≥ 3 different sites
 * timed out or had no route within the window, and no connection to port 25 succeeded in it)
 *   BLOCKED → OPEN (any connection succeeds)
 */
#ifndef SEND_PORT25_H
#define SEND_PORT25_H

#include "base/map.h"

enum port25_state { PORT25_UNKNOWN, PORT25_OPEN, PORT25_BLOCKED };

struct port25 {
	enum port25_state state;
	uint64_t last_success, first_failure, since; /* mono µs */
	struct {
		uint64_t site, at;
	} failed[16]; /* last failures of different sites */
	unsigned n;
};

void port25_init(struct port25 *p);
/* connected: TCP was established; otherwise err = errno of the failure (ETIMEDOUT, ENETUNREACH,
 * EHOSTUNREACH, ECONNREFUSED, EPERM, EACCES …). Refusals prove that packets pass. Returns true
 * when the state changed. */
bool port25_saw(struct port25 *p, struct str site, bool connected, int err, uint64_t now);
/* With few sites to try, time decides: 45 s of nothing but time-outs to every site tried (at
 * least 2) also says BLOCKED. Returns true when the state changed. */
bool port25_tick(struct port25 *p, uint64_t now);

#endif
