#include "io/random.h"

#include "base/test.h"

static void
test_below(void **state)
{
	unsigned seen[6] = { 0 };

	(void)state;
	for (int i = 0; i < 6000; i++) {
		uint32_t v = random_below(6);

		assert_true(v < 6);
		seen[v]++;
	}
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 700, 1300);
	assert_int_equal(random_below(1), 0);
}

static void
test_bytes(void **state)
{
	uint8_t a[32] = { 0 }, b[33] = { 0 };

	(void)state;
	random_bytes(a, sizeof a);
	random_bytes(b, sizeof a);
	assert_memory_not_equal(a, b, sizeof a);
	assert_int_equal(b[32], 0);
	assert_true(random_u64() != random_u64());
}

int
main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_below), TEST(test_bytes) };

	random_start();
	random_start(); /* harmless */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
