#include "account/control_tester.h"

#include "account/control_own.h"
#include "account/control_scene.h"

#include <errno.h>

#define NOW INT64_C(1790000000000000)

static struct arena arena;

static int
up(void **unused)
{
	two_accounts(unused);
	clock_fake(&c->clock, 1000000, NOW);
	arena_init(&arena, 1u << 20);
	return 0;
}

static int
down(void **unused)
{
	arena_done(&arena);
	return tables_down(unused);
}

static int
add(uint32_t tenant, const char *address, const char *name)
{
	const struct control_tester t = {
		.tenant = tenant, .address = str_z(address), .name = str_z(name)
	};

	return control_tester_add(c, &t);
}

static char seen[2000];

static int
see(void *ctx, const struct control_tester *t)
{
	size_t n = strlen(seen);

	(void)ctx;
	assert_true(t->created > 0);
	snprintf(seen + n, sizeof seen - n, "%.*s <%.*s>;", STR_ARG(t->name),
		STR_ARG(t->address));
	return 0;
}

static int
list(uint32_t tenant, const char *address)
{
	const struct control_tester q = { .tenant = tenant,
		.address = address ? str_z(address) : (struct str){ NULL, 0 } };

	seen[0] = '\0';
	return control_tester_each(c, &arena, &q, see, NULL);
}

static void
test_list(void **unused)
{
	(void)unused;
	assert_int_equal(add(1, "ben@x.test", ""), 0);
	assert_int_equal(add(1, "Ann@x.test", "Ann"), 0);
	assert_int_equal(add(1, "ann@X.test", "Anna"), 0);
	assert_int_equal(list(1, NULL), 0);
	assert_string_equal(seen, "Anna <Ann@x.test>; <ben@x.test>;");
	assert_int_equal(list(1, "BEN@x.test"), 0);
	assert_string_equal(seen, " <ben@x.test>;");
	/* Another account's are nobody. */
	assert_int_equal(list(2, NULL), 0);
	assert_string_equal(seen, "");
	assert_int_equal(list(2, "ben@x.test"), -ENOENT);
	assert_int_equal(control_tester_remove(c, 2, STR_LIT("ben@x.test")), -ENOENT);
	assert_int_equal(control_tester_remove(c, 1, STR_LIT("Ben@x.test")), 0);
	assert_int_equal(control_tester_remove(c, 1, STR_LIT("ben@x.test")), -ENOENT);
}

static void
test_checks(void **unused)
{
	static const struct {
		const char *name, *address, *called;
		int want;
	} table[] = {
		{ "no mailbox", "ann", "", -EINVAL },
		{ "two", "a@x.test, b@x.test", "", -EINVAL },
		{ "empty", "", "", -EINVAL },
		{ "two lines", "a@x.test", "A\nB", -EINVAL },
		{ "accents", "a@x.test", "Ève", 0 },
	};
	char text[40];

	(void)unused;
	TEST_EACH(row, table)
	{
		assert_int_equal(add(1, row->address, row->called), row->want);
	}
	for (unsigned i = 1; i < TESTER_PER_TENANT; i++) {
		snprintf(text, sizeof text, "t%u@x.test", i);
		assert_int_equal(add(1, text, ""), 0);
	}
	assert_int_equal(add(1, "more@x.test", ""), -EINVAL);
	assert_int_equal(add(1, "a@x.test", "Adam"), 0);
	assert_int_equal(add(2, "more@x.test", ""), 0);
	assert_int_equal(add(77, "more@x.test", ""), -ENOENT);
}

/* All are counted or none; another hour begins anew. */
static void
test_count(void **unused)
{
	const struct str both[] = { STR_LIT("ann@x.test"), STR_LIT("ben@x.test") };

	(void)unused;
	assert_int_equal(add(1, "ann@x.test", ""), 0);
	assert_int_equal(add(1, "ben@x.test", ""), 0);
	for (unsigned i = 1; i < TESTER_PER_HOUR; i++)
		assert_int_equal(control_tester_count(c, 1, &both[1], 1), 0);
	assert_int_equal(control_tester_count(c, 1, both, 2), 0);
	assert_int_equal(control_tester_count(c, 1, both, 2), -EINVAL);
	/* Ann had one; the second try was not counted. */
	for (unsigned i = 1; i < TESTER_PER_HOUR; i++)
		assert_int_equal(control_tester_count(c, 1, both, 1), 0);
	assert_int_equal(control_tester_count(c, 1, both, 1), -EINVAL);
	clock_pass(&c->clock, UINT64_C(3600000000));
	assert_int_equal(control_tester_count(c, 1, both, 2), 0);
	assert_int_equal(control_tester_count(c, 2, both, 1), -EINVAL);
}

/* Removing and adding is no way to more tests, of the same person or of others. */
static void
test_count_stays(void **unused)
{
	const struct str ann = STR_LIT("ann@x.test");
	char text[40];

	(void)unused;
	assert_int_equal(add(1, "ann@x.test", "Ann"), 0);
	for (unsigned i = 0; i < TESTER_PER_HOUR; i++)
		assert_int_equal(control_tester_count(c, 1, &ann, 1), 0);
	assert_int_equal(control_tester_remove(c, 1, ann), 0);
	assert_int_equal(control_tester_remove(c, 1, ann), -ENOENT);
	assert_int_equal(control_tester_count(c, 1, &ann, 1), -EINVAL);
	assert_int_equal(list(1, NULL), 0);
	assert_string_equal(seen, "");
	for (unsigned i = 1; i < TESTER_PER_TENANT; i++) {
		snprintf(text, sizeof text, "t%u@x.test", i);
		assert_int_equal(add(1, text, ""), 0);
	}
	assert_int_equal(add(1, "more@x.test", ""), -EINVAL);
	assert_int_equal(add(1, "ann@x.test", "Anna"), 0);
	assert_int_equal(list(1, "ann@x.test"), 0);
	assert_string_equal(seen, "Anna <ann@x.test>;");
	assert_int_equal(control_tester_count(c, 1, &ann, 1), -EINVAL);
	assert_int_equal(control_tester_remove(c, 1, ann), 0);
	clock_pass(&c->clock, UINT64_C(3600000000));
	assert_int_equal(add(1, "more@x.test", ""), 0);
	assert_int_equal(list(1, "ann@x.test"), -ENOENT);
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(DB_TEST(test_list), DB_TEST(test_checks), DB_TEST(test_count),
	DB_TEST(test_count_stays))
