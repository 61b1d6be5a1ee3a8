#include "base/must.h"

#include "base/test.h"

static void
stop_without(void *arg)
{
	must(arg != NULL);
}

static void
test_must(void **state)
{
	int x = 0;

	(void)state;
	assert_int_equal(test_dies(stop_without, &x), 0);
	assert_int_equal(test_dies(stop_without, NULL), SIGABRT);
}

TEST_MAIN(TEST(test_must))
