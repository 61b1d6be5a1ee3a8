#include "io/clock.h"

#include "io/fault.h"

#include <time.h>

static uint64_t
real_mono(struct clock *c)
{
	struct timespec t;

	(void)c;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int64_t
real_wall(struct clock *c)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 + fault_clock_us(real_mono(c));
}

static uint64_t
fake_mono(struct clock *c)
{
	return c->fake_mono;
}

static int64_t
fake_wall(struct clock *c)
{
	return c->fake_wall;
}

void
clock_real(struct clock *c)
{
	*c = (struct clock){ .mono = real_mono, .wall = real_wall };
}

void
clock_fake(struct clock *c, uint64_t mono, int64_t wall)
{
	*c = (struct clock){ fake_mono, fake_wall, mono, wall };
}

void
clock_pass(struct clock *c, uint64_t us)
{
	c->fake_mono += us;
	c->fake_wall += (int64_t)us;
}
