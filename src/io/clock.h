/*
 * The two clocks, both in µs: mono only moves forward (timers, ages in memory), wall is UTC
 * (records, texts). A fake clock is moved by hand in tests.
 */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include <stdint.h>

struct clock {
	uint64_t (*mono)(struct clock *c);
	int64_t (*wall)(struct clock *c);
	uint64_t fake_mono; /* used by the fake clock only */
	int64_t fake_wall;
};

void clock_real(struct clock *c);
void clock_fake(struct clock *c, uint64_t mono, int64_t wall);
/* Moves both times of a fake clock on. */
void clock_pass(struct clock *c, uint64_t us);

static inline uint64_t
clock_mono(struct clock *c)
{
	return c->mono(c);
}

static inline int64_t
clock_wall(struct clock *c)
{
	return c->wall(c);
}

#endif
