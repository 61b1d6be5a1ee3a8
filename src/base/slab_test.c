#include "base/slab.h"

#include "base/mem.h"
#include "base/test.h"

static void
test_slab(void **state)
{
	static uint64_t *at[1001];
	struct slab s;
	uint32_t id;

	(void)state;
	slab_init(&s, 21, 1000);
	assert_int_equal(s.size, 24);
	assert_false(slab_lives(&s, 0));
	assert_false(slab_lives(&s, 1));
	for (uint32_t i = 1; i <= 1000; i++) {
		at[i] = slab_new(&s, &id);
		assert_int_equal(id, i);
		assert_int_equal((uintptr_t)at[i] % 8, 0);
		assert_int_equal(at[i][0] | at[i][1] | at[i][2], 0);
		at[i][0] = at[i][1] = at[i][2] = i;
	}
	id = 5;
	assert_null(slab_new(&s, &id));
	assert_int_equal(id, 5);
	for (uint32_t i = 3; i <= 1000; i += 3)
		slab_free(&s, i);
	assert_int_equal(s.live, 667);
	for (uint32_t i = 1; i <= 1000; i++) {
		assert_int_equal(slab_lives(&s, i) != 0, i % 3 != 0);
		if (i % 3 == 0)
			continue;
		assert_ptr_equal(slab_at(&s, i), at[i]);
		assert_int_equal(at[i][0], i);
		assert_int_equal(at[i][2], i);
	}
	for (int i = 0; i < 333; i++) {
		uint64_t *p = slab_new(&s, &id);

		assert_int_equal(id % 3, 0);
		assert_ptr_equal(p, at[id]);
		assert_int_equal(p[0] | p[1] | p[2], 0);
	}
	assert_null(slab_new(&s, &id));
	assert_int_equal(slab_high(&s), 1000);
	assert_false(slab_lives(&s, 1001));
	slab_done(&s);
	assert_int_equal(slab_high(&s), 0);
	assert_non_null(slab_new(&s, &id));
	slab_done(&s);
}

static void
free_twice(void *arg)
{
	slab_free(arg, 1);
	slab_free(arg, 1);
}

static void
look_at_none(void *arg)
{
	slab_at(arg, 0);
}

static void
test_misuse(void **state)
{
	struct slab s;
	uint32_t id;
	char *p;
	bool works;

	(void)state;
	slab_init(&s, 8, 10);
	p = slab_new(&s, &id);
	assert_int_equal(test_dies(free_twice, &s), SIGABRT);
	assert_int_equal(test_dies(look_at_none, &s), SIGABRT);
	/* The record behind was never given out. */
	works = mem_poisoned(p + 8);
	assert_false(mem_poisoned(p));
	slab_free(&s, id);
	assert_int_equal(mem_poisoned(p), works);
	slab_done(&s);
}

TEST_MAIN(TEST(test_slab), TEST(test_misuse))
