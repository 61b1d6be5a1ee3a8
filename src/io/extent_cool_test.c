#include "io/extent_cool.h"

#include "base/mem.h"
#include "base/test.h"

#define MIB (UINT64_C(1) << 20)

static void
test_order(void **state)
{
	struct extent_cool *c = MEM_NEW(c);
	struct extent_range r;

	(void)state;
	extent_cool_add(c, 7, 20 * MIB);
	extent_cool_add(c, 8, EXTENT_WARM - 20 * MIB);
	assert_false(extent_cool_next(c, &r)); /* all may stay */
	extent_cool_add(c, 9, 30 * MIB);
	static const struct extent_range table[] = {
		{ 7, 0, 8 * MIB }, { 7, 8 * MIB, 8 * MIB }, { 7, 16 * MIB, 4 * MIB },
		{ 8, 0, 8 * MIB },
		{ 8, 8 * MIB, 8 * MIB }, /* 30 were too much, 36 are given back */
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_true(extent_cool_next(c, &r));
		assert_int_equal(r.extent, table[i].extent);
		assert_int_equal(r.offset, table[i].offset);
		assert_int_equal(r.length, table[i].length);
	}
	assert_false(extent_cool_next(c, &r));
	mem_free(c);
}

/* Many files of one body each: the ring turns, the sum stays true. */
static void
test_ring(void **state)
{
	struct extent_cool *c = MEM_NEW(c);
	struct extent_range r;
	uint64_t given = 0, size = 300 << 10;
	unsigned files = 5 * EXTENT_COOL_MAX;

	(void)state;
	for (unsigned i = 0; i < files; i++) {
		extent_cool_add(c, i, size);
		while (extent_cool_next(c, &r)) {
			assert_int_equal(r.extent, given / size);
			assert_int_equal(r.offset, 0);
			given += r.length;
		}
	}
	assert_true(c->warm <= EXTENT_WARM && c->warm + size > EXTENT_WARM);
	assert_int_equal(given + c->warm, files * size);
	mem_free(c);
}

/* Files so small that the ring is full before the bytes are: the oldest are left alone. */
static void
test_small(void **state)
{
	struct extent_cool *c = MEM_NEW(c);
	struct extent_range r;

	(void)state;
	for (unsigned i = 0; i < 2 * EXTENT_COOL_MAX; i++)
		extent_cool_add(c, i, 1000);
	assert_false(extent_cool_next(c, &r));
	assert_int_equal(c->warm, EXTENT_COOL_MAX * 1000);
	extent_cool_add(c, 0, EXTENT_WARM);
	assert_true(extent_cool_next(c, &r));
	assert_int_equal(r.extent, EXTENT_COOL_MAX + 1);
	mem_free(c);
}

TEST_MAIN(TEST(test_order), TEST(test_ring), TEST(test_small))
