#include "base/test.h"

#include "api/rate.h"

#define SECOND UINT64_C(1000000)
#define NOW    (1000 * SECOND)

static struct api_rate told;

static bool
take(struct api_rates *r, uint64_t id, unsigned limit, uint64_t now)
{
	return api_rates_take(r, id, limit, now, &told);
}

static void
expect(uint64_t limit, uint64_t left, unsigned reset_s, unsigned retry_s)
{
	assert_int_equal(told.limit, limit);
	assert_int_equal(told.left, left);
	assert_int_equal(told.window_s, 60);
	assert_int_equal(told.reset_s, reset_s);
	assert_int_equal(told.retry_s, retry_s);
}

static void
test_bucket(void **state)
{
	struct api_rates *r = api_rates_new();

	(void)state;
	assert_true(take(r, 1, 3, NOW));
	expect(3, 2, 20, 0);
	assert_true(take(r, 1, 3, NOW));
	expect(3, 1, 40, 0);
	assert_true(take(r, 1, 3, NOW));
	expect(3, 0, 60, 0);
	assert_false(take(r, 1, 3, NOW));
	expect(3, 0, 60, 20);
	/* What was refused took nothing; another key has its own. */
	assert_false(take(r, 1, 3, NOW + SECOND / 2));
	expect(3, 0, 60, 20);
	assert_true(take(r, 2, 3, NOW));
	expect(3, 2, 20, 0);
	assert_false(take(r, 1, 3, NOW + 20 * SECOND - 1));
	expect(3, 0, 41, 1);
	assert_true(take(r, 1, 3, NOW + 20 * SECOND));
	expect(3, 0, 60, 0);
	/* Full again, and no fuller than full. */
	assert_true(take(r, 1, 3, NOW + 1000 * SECOND));
	expect(3, 2, 20, 0);
	api_rates_free(&r);
}

/* Each limit is what it says, for a burst and for ten minutes (but for a hundred-thousandth).
 */
static void
test_limits(void **state)
{
	static const unsigned limits[] = { 1, 7, 59, 600, 6000, 999999 };

	(void)state;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct api_rates *r = api_rates_new();
		unsigned limit = limits[i], n = 0, more = 0;

		while (n <= limit && take(r, 9, limit, NOW))
			assert_int_equal(told.left, limit - ++n);
		assert_int_equal(n, limit);
		for (unsigned s = 1; s <= 600; s++)
			for (unsigned k = 0; k <= limit / 60; k++)
				more += take(r, 9, limit, NOW + s * SECOND);
		assert_in_range(
			more, limit * UINT64_C(10) - 1, limit * UINT64_C(10) + limit / 10000);
		api_rates_free(&r);
	}
}

/* Of very many keys the busy ones are remembered, those that are full again make room. */
static void
test_many(void **state)
{
	struct api_rates *r = api_rates_new();
	unsigned kept = 0;

	(void)state;
	for (uint64_t id = 1; id <= 1000; id++)
		for (int i = 0; i < 10; i++)
			assert_true(take(r, id, 10, NOW));
	for (uint64_t id = 1000000; id < 1100000; id++)
		assert_true(take(r, id, 10, NOW));
	for (uint64_t id = 1; id <= 1000; id++)
		kept += !take(r, id, 10, NOW);
	assert_int_equal(kept, 1000);
	for (uint64_t id = 5000; id < 5000 + API_RATE_KEYS; id++)
		assert_true(take(r, id, 1, NOW + 100 * SECOND));
	for (uint64_t id = 5000; id < 5000 + API_RATE_KEYS; id++)
		kept += !take(r, id, 1, NOW + 100 * SECOND);
	/* Neighbours are spread evenly enough. */
	assert_in_range(kept, 1000 + API_RATE_KEYS / 2, 1000 + API_RATE_KEYS);
	api_rates_free(&r);
}

TEST_MAIN(TEST(test_bucket), TEST(test_limits), TEST(test_many))
