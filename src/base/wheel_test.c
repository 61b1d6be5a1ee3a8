#include "base/wheel.h"

#include "base/mem.h"
#include "base/test.h"

#define TIMERS 400

struct job {
	struct timer t;
	uint64_t at, order;
	bool in;
};

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static struct job *
job_of(struct timer *t)
{
	return LIST_OF(&t->link, struct job, t.link);
}

/* The job that must come next: the earliest, of equal ones the first added. */
static struct job *
earliest(struct job *jobs)
{
	struct job *best = NULL;

	for (struct job *j = jobs; j < jobs + TIMERS; j++)
		if (j->in && (!best || j->at < best->at ||
				     (j->at == best->at && j->order < best->order)))
			best = j;
	return best;
}

static void
pop_all(struct wheel *w, struct job *jobs, uint64_t now)
{
	for (;;) {
		struct job *want = earliest(jobs);
		struct timer *t = wheel_pop(w, now);

		assert_true(!want || wheel_next(w) <= want->at || t == &want->t);
		if (!want || want->at > now) {
			assert_null(t);
			/* A loop that sleeps until wheel_next must not spin. */
			assert_true(wheel_next(w) > now);
			return;
		}
		assert_ptr_equal(t, &want->t);
		assert_false(timer_pending(t));
		job_of(t)->in = false;
	}
}

static void
run(uint64_t tick_us, uint64_t start, uint64_t seed, unsigned span_bits)
{
	struct job *jobs = mem_new(TIMERS, sizeof *jobs);
	struct wheel *w = MEM_NEW(w);
	uint64_t now = start, x = seed, order = 0;

	wheel_init(w, tick_us, now);
	for (int i = 0; i < TIMERS; i++)
		timer_init(&jobs[i].t);
	for (int step = 0; step < 4000; step++) {
		struct job *j = &jobs[next_random(&x) % TIMERS];
		uint64_t far = next_random(&x) >> (64 - 1 - next_random(&x) % span_bits);

		if (next_random(&x) % 4) {
			j->at = next_random(&x) % 16 ? now + far : now - now % 1000;
			j->order = order++;
			wheel_add(w, &j->t, j->at);
			j->in = true;
		} else {
			wheel_del(w, &j->t);
			j->in = false;
		}
		assert_int_equal(timer_pending(&j->t), j->in);
		if (next_random(&x) % 3 == 0) {
			uint64_t next = wheel_next(w);

			/* Often to the very moment, sometimes anywhere. */
			if (next != UINT64_MAX && next > now && next_random(&x) % 4)
				now = next;
			else
				now += next_random(&x) >>
				       (64 - 1 - next_random(&x) % span_bits);
			pop_all(w, jobs, now);
		}
	}
	for (struct job *j; (j = earliest(jobs));) {
		uint64_t next = wheel_next(w);

		assert_true(next <= j->at);
		now = next > now ? next : now;
		pop_all(w, jobs, now);
	}
	assert_int_equal(w->count, 0);
	assert_true(wheel_next(w) == UINT64_MAX);
	mem_free(w);
	mem_free(jobs);
}

static void
test_model(void **state)
{
	static const struct {
		const char *name;
		uint64_t tick_us, start;
		unsigned bits;
	} table[] = {
		{ "1 us", 1, 0, 20 },
		{ "1 us, over 2^40", 1, 0, 45 },
		{ "1 us, before 2^40", 1, (UINT64_C(1) << 40) - 500, 16 },
		{ "1 ms", 1000, 12345678901, 24 },
		{ "1 ms, days", 1000, 1, 38 },
		{ "7 us", 7, 255, 30 },
		{ "coarse", 1000000, 999999, 26 },
		{ "years", 1000, 0, 56 },
	};

	(void)state;
	TEST_EACH(row, table)
	for (uint64_t seed = 1; seed < 6; seed++)
		run(row->tick_us, row->start, seed * 0x9e3779b97f4a7c15u, row->bits);
}

static void
test_edges(void **state)
{
	struct wheel *w = MEM_NEW(w);
	struct timer a, b;

	(void)state;
	timer_init(&a);
	timer_init(&b);
	wheel_init(w, 1000, 5500);
	assert_null(wheel_pop(w, UINT64_MAX / 2));
	wheel_init(w, 1000, 5500);
	wheel_del(w, &a);
	wheel_add(w, &a, 0);
	wheel_add(w, &b, 5800);
	assert_ptr_equal(wheel_pop(w, 5500), &a);
	assert_null(wheel_pop(w, 5799));
	assert_int_equal(wheel_next(w), 5800);
	assert_ptr_equal(wheel_pop(w, 5800), &b);
	wheel_add(w, &a, UINT64_MAX);
	assert_true(wheel_next(w) > 5800);
	assert_null(wheel_pop(w, UINT64_MAX - 1));
	/* A clock that jumps back changes nothing. */
	assert_null(wheel_pop(w, 10));
	assert_ptr_equal(wheel_pop(w, UINT64_MAX), &a);
	wheel_add(w, &a, 7);
	wheel_add(w, &a, 8);
	assert_int_equal(w->count, 1);
	wheel_del(w, &a);
	assert_int_equal(w->count, 0);
	mem_free(w);
}

/* Many timers of one tick: sorted at once, not one by one. */
static void
test_crowd(void **state)
{
	enum { CROWD = 100000 };
	struct timer *t = mem_new(CROWD, sizeof *t);
	struct wheel *w = MEM_NEW(w);
	uint64_t last = 0;

	(void)state;
	wheel_init(w, 1000000, 0);
	for (unsigned i = 0; i < CROWD; i++) {
		timer_init(&t[i]);
		wheel_add(w, &t[i], 5000000 + (CROWD - i) * 7 % 999983);
	}
	for (unsigned i = 0; i < CROWD; i++) {
		struct timer *p = wheel_pop(w, 6000000);

		assert_non_null(p);
		assert_true(p->at >= last);
		last = p->at;
	}
	assert_null(wheel_pop(w, 6000000));
	mem_free(w);
	mem_free(t);
}

TEST_MAIN(TEST(test_model), TEST(test_edges), TEST(test_crowd))
