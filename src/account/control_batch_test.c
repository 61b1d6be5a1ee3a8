#include "account/control_batch.h"

#include "account/control_own.h"
#include "account/control_scene.h"

#include <errno.h>

#define NOW   INT64_C(1790000000000000)
#define SHOP  1
#define OTHER 2

static int
up(void **unused)
{
	two_accounts(unused);
	clock_fake(&c->clock, 1000000, NOW);
	return 0;
}

static int
set(uint32_t tenant, const char *batch, enum control_batch_state state)
{
	const struct control_batch b = {
		.tenant = tenant, .batch = str_z(batch), .state = state
	};

	clock_pass(&c->clock, 1000000);
	return control_batch_set(c, &b);
}

static enum control_batch_state
get(uint32_t tenant, const char *batch)
{
	enum control_batch_state state;

	assert_int_equal(control_batch_get(c, tenant, str_z(batch), &state), 0);
	return state;
}

static char seen[2000];

static int
see(void *ctx, const struct control_batch *b)
{
	size_t n = strlen(seen);

	(void)ctx;
	snprintf(seen + n, sizeof seen - n, "%.*s:%d ", STR_ARG(b->batch), b->state);
	return 0;
}

static const char *
all(uint32_t tenant)
{
	seen[0] = '\0';
	assert_int_equal(control_batch_each(c, tenant, see, NULL), 0);
	return seen;
}

static void
test_states(void **unused)
{
	(void)unused;
	assert_int_equal(set(SHOP, "a", CONTROL_BATCH_PAUSED), 0);
	assert_int_equal(set(SHOP, "b", CONTROL_BATCH_CANCELLED), 0);
	assert_string_equal(all(SHOP), "b:2 a:1 ");
	assert_string_equal(all(OTHER), "");
	assert_int_equal(get(OTHER, "a"), CONTROL_BATCH_NONE);
	assert_int_equal(set(SHOP, "a", CONTROL_BATCH_PAUSED), 0);
	assert_int_equal(set(SHOP, "a", CONTROL_BATCH_CANCELLED), 0);
	/* That is final. */
	assert_int_equal(set(SHOP, "a", CONTROL_BATCH_PAUSED), -EINVAL);
	assert_int_equal(set(SHOP, "a", CONTROL_BATCH_CANCELLED), 0);
	assert_int_equal(get(SHOP, "a"), CONTROL_BATCH_CANCELLED);
	assert_int_equal(control_batch_remove(c, OTHER, STR_LIT("a")), 0);
	assert_int_equal(get(SHOP, "a"), CONTROL_BATCH_CANCELLED);
	assert_int_equal(control_batch_remove(c, SHOP, STR_LIT("a")), 0);
	assert_int_equal(get(SHOP, "a"), CONTROL_BATCH_NONE);
	/* What is old goes when another one comes. */
	clock_pass(&c->clock, CONTROL_BATCH_KEEP_US);
	assert_int_equal(set(SHOP, "c", CONTROL_BATCH_PAUSED), 0);
	assert_string_equal(all(SHOP), "c:1 ");
}

static void
test_most(void **unused)
{
	(void)unused;
	assert_int_equal(store_run(c->store,
				 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM"
				 " n WHERE i < ?) INSERT INTO batches SELECT 1, 'x' || i, 1, ?"
				 " FROM n",
				 NULL, NULL, "ii", (int64_t)CONTROL_BATCH_MAX, NOW),
		0);
	assert_int_equal(set(SHOP, "one more", CONTROL_BATCH_PAUSED), -EINVAL);
	assert_int_equal(set(SHOP, "x7", CONTROL_BATCH_CANCELLED), 0);
	assert_int_equal(set(OTHER, "one more", CONTROL_BATCH_PAUSED), 0);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_states, up, tables_down),
	cmocka_unit_test_setup_teardown(test_most, up, tables_down))
