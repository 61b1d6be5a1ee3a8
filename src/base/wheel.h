/*
 * Hierarchical timing wheel: O(1) add and cancel, time is a parameter (µs, any clock that
 * only moves forward). Timers fire in order of `at` (equal ones as they were added), never
 * early; the tick only sets how finely far times are sorted. Intrusive: the wheel owns nothing.
 *
 * A timer waits at the level of the highest byte in which its tick differs from now_tick,
 * so every lower level holds only earlier timers. Each timer moves at most once per level.
 */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include "base/list.h"

#include <stdint.h>

#define WHEEL_LEVELS 5
#define WHEEL_SLOTS  256

struct timer {
	struct link link;
	uint64_t at; /* µs */
};

struct wheel {
	struct link slot[WHEEL_LEVELS][WHEEL_SLOTS];
	uint64_t busy[WHEEL_LEVELS]
		     [WHEEL_SLOTS / 64]; /* a bit for each slot that is not empty */
	struct link soon;                /* ticks <= now_tick, sorted by `at` */
	struct link far;                 /* beyond 2^40 ticks, in no order */
	uint64_t tick_us, now_tick;
	size_t count;
};

void wheel_init(struct wheel *w, uint64_t tick_us, uint64_t now);
void timer_init(struct timer *t);
static inline bool
timer_pending(const struct timer *t)
{
	return !list_alone(&t->link);
}
/* (Re)arms t for `at`; t was initialised before; an `at` in the past fires at the next
 * wheel_pop. */
void wheel_add(struct wheel *w, struct timer *t, uint64_t at);
void wheel_del(struct wheel *w, struct timer *t);
/* The next timer with at <= now, taken out of the wheel; NULL when none is due.
 * Call until NULL. */
struct timer *wheel_pop(struct wheel *w, uint64_t now);
/* A time not later than the earliest timer's; UINT64_MAX when the wheel is empty. */
uint64_t wheel_next(const struct wheel *w);

#endif
