#include "role/edge_own.h"

#include "base/test.h"
#include "io/random.h"

static struct edge_own *own;

static void
row(uint8_t part, uint32_t tenant, uint32_t number, const char *name)
{
	edge_own_take(own, &(struct msg_stream){ part, tenant, MSG_STREAM_NUMBERS + number,
				   MSG_STREAM_BROADCAST, str_z(name) });
}

static int
up(void **state)
{
	(void)state;
	random_start();
	own = edge_own_new();
	return 0;
}

static int
down(void **state)
{
	(void)state;
	edge_own_free(&own);
	assert_null(own);
	return 0;
}

static uint32_t
number_of(uint32_t tenant, const char *name)
{
	const struct edge_own_row *r = edge_own_of(own, tenant, str_z(name));

	return r ? r->number - MSG_STREAM_NUMBERS : 0;
}

static void
told(void)
{
	row(TRACKING_FIRST, 1, 1, "news");
	row(0, 2, 2, "news");
	/* No engine of ours says it. */
	row(0, 1, 3, "a-name-of-more-than-thirty-bytes");
	row(TRACKING_LAST, 1, 4, "abcdefghijklmnopqrstuvwxyz0123");
}

static void
test_rows(void **state)
{
	(void)state;
	assert_int_equal(number_of(1, "news"), 0);
	told();
	assert_int_equal(number_of(1, "news"), 1);
	assert_int_equal(number_of(2, "news"), 2);
	assert_int_equal(number_of(3, "news"), 0);
	assert_int_equal(number_of(1, "new"), 0);
	assert_int_equal(number_of(1, ""), 0);
	assert_int_equal(number_of(1, "a-name-of-more-than-thirty-bytes"), 0);
	assert_int_equal(number_of(1, "abcdefghijklmnopqrstuvwxyz0123"), 4);
	assert_int_equal(number_of(2, "abcdefghijklmnopqrstuvwxyz0123"), 0);
}

/* All at once, or none. */
static void
test_tables(void **state)
{
	(void)state;
	row(0, 1, 9, "early");
	assert_int_equal(number_of(1, "early"), 0);
	told();
	row(TRACKING_FIRST, 1, 1, "news");
	row(0, 1, 5, "late");
	assert_int_equal(number_of(1, "late"), 0);
	assert_int_equal(number_of(2, "news"), 2);
	/* The engine goes in the middle: what was there stays until the next one is ready. */
	edge_own_lost(own);
	row(TRACKING_LAST, 1, 6, "never");
	assert_int_equal(number_of(1, "never"), 0);
	assert_int_equal(number_of(2, "news"), 2);
	row(TRACKING_FIRST | TRACKING_LAST, 1, 7, "only");
	edge_own_ready(own);
	assert_int_equal(number_of(1, "only"), 7);
	assert_int_equal(number_of(2, "news"), 0);
	/* One that tells none has none. */
	edge_own_lost(own);
	edge_own_ready(own);
	assert_int_equal(number_of(1, "only"), 0);
}

#define OWN_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(OWN_TEST(test_rows), OWN_TEST(test_tables))
