/*
 * Brute force (T1): back-off and lock-out per key + network and per network, never per key
 * alone, so that nobody can lock a victim out. Whether a key exists plays no part: an unknown
 * one counts like a known one. Pure; time is a parameter (mono µs); bounded (65,536 pairs and
 * as many networks, the longest untouched goes first, locked ones last).
 *
 * 10 failures of a pair within 10 minutes lock it for 15 minutes, the next 10 for twice as
 * long, up to 4 hours; 100 failures of a network, whatever the keys, lock the network likewise.
 * A day without failure forgets everything.
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
/* Forgets the pair's failures. The network's stay: who owns one key may not try others freely.
 */
void guard_passed(struct guard *g, struct str key, uint64_t network);

#endif
