#include "base/scrap.h"

#include "base/test.h"

#include <string.h>

#define MANY 5000u

/* Many blocks of all sizes, freed and taken again in no order: none touches another. */
static void
test_blocks(void **state)
{
	static char *at[MANY];
	static size_t size[MANY];
	struct scrap s;
	uint32_t x = 1;

	(void)state;
	scrap_init(&s);
	for (unsigned i = 0; i < 20 * MANY; i++) {
		unsigned k;

		x = x * 1664525u + 1013904223u;
		k = x / 7 % MANY;
		if (at[k]) {
			for (size_t b = 0; b < size[k]; b++)
				assert_int_equal((unsigned char)at[k][b], k % 256);
			scrap_free(&s, at[k], size[k]);
			at[k] = NULL;
			continue;
		}
		size[k] = 1 + (x >> 16) % (SCRAP_MAX + 20);
		at[k] = scrap_new(&s, size[k]);
		memset(at[k], (int)(k % 256), size[k]);
	}
	for (unsigned k = 0; k < MANY; k++)
		if (at[k])
			scrap_free(&s, at[k], size[k]);
	scrap_done(&s);
}

/* A freed block serves again, also when its size is told rounded up. */
static void
test_again(void **state)
{
	struct scrap s;
	char *a, *b;

	(void)state;
	scrap_init(&s);
	a = scrap_new(&s, 9);
	b = scrap_new(&s, 12);
	assert_int_equal(b - a, 12);
	scrap_free(&s, a, 12);
	assert_ptr_equal(scrap_new(&s, 10), a);
	assert_int_equal(scrap_new(&s, 1) == scrap_new(&s, 8), 0);
	scrap_done(&s);
}

TEST_MAIN(TEST(test_blocks), TEST(test_again))
