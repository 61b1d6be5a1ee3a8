#include "base/mem.h"

#include "base/test.h"

static void
test_new(void **state)
{
	char *p = mem_new(3, 100), *none = mem_new(0, 8);

	(void)state;
	assert_non_null(none);
	for (int i = 0; i < 300; i++)
		assert_int_equal(p[i], 0);
	memset(p, 7, 300);
	p = mem_grow(p, 1000, 1);
	assert_int_equal(p[299], 7);
	mem_wipe(p, 300);
	assert_int_equal(p[0] | p[299], 0);
	mem_wipe(NULL, 0);
	mem_free(p);
	mem_free(none);
	mem_free(NULL);
}

static void
grow_over(void *arg)
{
	mem_free(mem_grow(arg, SIZE_MAX / 2, 3));
}

static void
test_overflow(void **state)
{
	(void)state;
	assert_int_equal(test_dies(grow_over, NULL), SIGABRT);
}

static void
test_poison(void **state)
{
	char *p = mem_new(1, 64);

	(void)state;
	mem_poison(p, 32);
	assert_false(mem_poisoned(p + 32));
	mem_unpoison(p, 32);
	assert_false(mem_poisoned(p));
	mem_free(p);
}

TEST_MAIN(TEST(test_new), TEST(test_overflow), TEST(test_poison))
