#include "account/guard.h"

#include "base/test.h"
#include "base/utc.h"

#define MIN ((uint64_t)UTC_MIN)
#define NET 0xc0a80000u

static const struct str victim = { "fk_live_victim", 14 };

static void
try_wrong(struct guard *g, struct str key, uint64_t net, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		guard_failed(g, key, net, 5 * MIN);
}

static void
test_pair(void **state)
{
	struct guard *g = guard_new(3);
	uint64_t now = 5 * MIN;

	(void)state;
	assert_int_equal(guard_wait(g, victim, NET, now), 0);
	try_wrong(g, victim, NET, 9);
	assert_int_equal(guard_wait(g, victim, NET, now), 0);
	try_wrong(g, victim, NET, 1);
	assert_int_equal(guard_wait(g, victim, NET, now), 15 * MIN);
	/* From elsewhere the same key enters; from there another key does. */
	assert_int_equal(guard_wait(g, victim, NET + 1, now), 0);
	assert_int_equal(guard_wait(g, STR_LIT("other"), NET, now), 0);
	/* Late answers do not prolong it. */
	try_wrong(g, victim, NET, 30);
	assert_int_equal(guard_wait(g, victim, NET, now + 15 * MIN - 1), 1);
	now += 15 * MIN;
	assert_int_equal(guard_wait(g, victim, NET, now), 0);
	for (int i = 0; i < 10; i++)
		guard_failed(g, victim, NET, now);
	assert_int_equal(guard_wait(g, victim, NET, now), 30 * MIN);
	for (int round = 0; round < 8; round++) {
		now += 4 * 60 * MIN;
		for (int i = 0; i < 10; i++)
			guard_failed(g, victim, NET, now);
	}
	assert_int_equal(guard_wait(g, victim, NET, now), 4 * 60 * MIN);
	now += (uint64_t)UTC_DAY + 1;
	for (int i = 0; i < 10; i++)
		guard_failed(g, victim, NET, now);
	assert_int_equal(guard_wait(g, victim, NET, now), 15 * MIN);
	guard_free(&g);
	assert_null(g);
}

/* Slow typing errors never lock; a success wipes the slate. */
static void
test_window(void **state)
{
	struct guard *g = guard_new(3);
	uint64_t now = MIN;

	(void)state;
	for (int i = 0; i < 50; i++, now += 2 * MIN)
		guard_failed(g, victim, NET, now);
	assert_int_equal(guard_wait(g, victim, NET, now), 0);
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < 9; k++)
			guard_failed(g, victim, NET, now);
		guard_passed(g, victim, NET);
	}
	assert_int_equal(guard_wait(g, victim, NET, now), 0);
	guard_passed(g, STR_LIT("never seen"), NET);
	guard_free(&g);
}

static void
test_network(void **state)
{
	struct guard *g = guard_new(3);
	char key[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(guard_wait(g, STR_LIT("new"), NET, 5 * MIN), 0);
		snprintf(key, sizeof key, "k%d", i);
		try_wrong(g, str_z(key), NET, 1);
		guard_passed(g, str_z(key), NET);
	}
	assert_int_equal(guard_wait(g, STR_LIT("new"), NET, 5 * MIN), 15 * MIN);
	assert_int_equal(guard_wait(g, STR_LIT("new"), NET + 1, 5 * MIN), 0);
	guard_free(&g);
}

static void
test_hold(void **state)
{
	static const uint64_t want[] = { 0, 250000, 500000, 1000000, 2000000, 4000000,
		4000000 };
	struct guard *g = guard_new(3);
	char key[16];
	uint64_t hold = 0;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(want); i++)
		assert_int_equal(guard_failed(g, victim, NET, 1), want[i]);
	for (int i = 0; i < 60; i++) {
		snprintf(key, sizeof key, "k%d", i);
		hold = guard_failed(g, str_z(key), NET, 1);
	}
	assert_int_equal(hold, 4000000);
	guard_free(&g);
}

/* T1: 10,000 attempts from 50 addresses; then a flood from ever new ones: bounded, and the
 * owner still enters from home. */
static void
test_flood(void **state)
{
	struct guard *g = guard_new(9);
	unsigned let = 0;

	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		uint64_t now = MIN + i * 1000;

		if (guard_wait(g, victim, 1000 + i % 50, now) == 0) {
			let++;
			guard_failed(g, victim, 1000 + i % 50, now);
		}
	}
	assert_int_equal(let, 500);
	assert_int_equal(guard_wait(g, victim, NET, MIN), 0);
	for (uint64_t i = 0; i < 200000; i++)
		guard_failed(g, victim, 5000 + i, MIN);
	assert_int_equal(guard_wait(g, victim, NET, MIN), 0);
	/* The locked pairs were not washed out. */
	for (uint64_t i = 1000; i < 1050; i++)
		assert_true(guard_wait(g, victim, i, MIN + 10000000) > 0);
	guard_free(&g);
}

TEST_MAIN(TEST(test_pair), TEST(test_window), TEST(test_network), TEST(test_hold),
	TEST(test_flood))
