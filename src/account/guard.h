/*
 * Brute force (T1): back-off and lock-out per key + network and per network, never per key
 * alone, so that nobody can lock a victim out. Pure; time is a parameter; bounded.
 */
#ifndef ACCOUNT_GUARD_H
#define ACCOUNT_GUARD_H

#include "base/map.h"

struct guard;
struct guard *guard_new(uint64_t seed);
void guard_free(struct guard **g);
/* May this key try from this network now? 0 yes; otherwise µs to wait (locked out). */
uint64_t guard_wait(struct guard *g, struct str key, uint64_t network, uint64_t now);
/* How long to hold back the answer to a failure: grows 0 → 4 s. Call after each failure. */
uint64_t guard_failed(struct guard *g, struct str key, uint64_t network, uint64_t now);
void guard_passed(struct guard *g, struct str key, uint64_t network);

#endif
