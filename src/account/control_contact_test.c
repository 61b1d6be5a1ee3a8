#include "account/control_contact.h"

#include "account/control_own.h"
#include "account/control_scene.h"

#include <errno.h>

#define NOW INT64_C(1790000000000000)

static struct arena arena;
static int64_t mono = 1000000;

static int
up(void **unused)
{
	two_accounts(unused);
	clock_fake(&c->clock, (uint64_t)mono, NOW);
	arena_init(&arena, 8u << 20);
	return 0;
}

static int
down(void **unused)
{
	arena_done(&arena);
	return tables_down(unused);
}

/* 1: it is new; 0: it was there; or an error. */
static int
put(uint32_t tenant, const char *key, const char *name, const char *properties)
{
	const struct control_contact t = { .tenant = tenant,
		.key = str_z(key),
		.address = str_z(key),
		.name = str_z(name),
		.properties = str_z(properties) };
	bool made = false;
	int err = control_contact_put(c, &t, &made);

	return err ? err : made;
}

static char seen[4000];

static int
see(void *ctx, const struct control_contact *t)
{
	size_t n = strlen(seen);

	(void)ctx;
	snprintf(seen + n, sizeof seen - n, "%.*s;", STR_ARG(t->key));
	return 0;
}

static bool
list(uint32_t tenant, const char *prefix, const char *after, size_t limit)
{
	struct contact_query q = { tenant, str_z(prefix), str_z(after), limit, true };

	seen[0] = '\0';
	arena_reset(&arena);
	assert_int_equal(control_contact_each(c, &arena, &q, see, NULL), 0);
	return q.more;
}

static int
get(uint32_t tenant, const char *key, struct control_contact *ret_t)
{
	*ret_t = (struct control_contact){ .tenant = tenant, .key = str_z(key) };
	return control_contact_get(c, &arena, ret_t);
}

static void
test_one(void **unused)
{
	struct control_contact t;

	(void)unused;
	assert_int_equal(put(1, "ann@x.test", "Ann", "{\"a\":1}"), 1);
	clock_fake(&c->clock, (uint64_t)mono, NOW + 5);
	assert_int_equal(put(1, "ann@x.test", "Ann B", "{}"), 0);
	assert_int_equal(get(1, "ann@x.test", &t), 0);
	assert_str(t.name, "Ann B");
	assert_str(t.properties, "{}");
	assert_int_equal(t.created, NOW);
	assert_int_equal(t.changed, NOW + 5);
	/* Another account's is another one. */
	assert_int_equal(get(2, "ann@x.test", &t), -ENOENT);
	assert_int_equal(control_contact_remove(c, 2, STR_LIT("ann@x.test")), -ENOENT);
	assert_int_equal(put(2, "ann@x.test", "Eve", "{}"), 1);
	assert_int_equal(get(1, "ann@x.test", &t), 0);
	assert_str(t.name, "Ann B");
	assert_int_equal(control_contact_remove(c, 1, STR_LIT("ann@x.test")), 0);
	assert_int_equal(get(1, "ann@x.test", &t), -ENOENT);
	assert_int_equal(get(2, "ann@x.test", &t), 0);
	assert_int_equal(put(99, "ann@x.test", "", "{}"), -ENOENT);
}

static void
test_pages(void **unused)
{
	static const char *const people[] = { "bob@x.test", "ann@x.test", "a_b@x.test",
		"annie@y.test", "a%b@x.test", "\303\251@x.test" };
	static char long_one[60000];

	(void)unused;
	for (size_t i = 0; i < sizeof people / sizeof *people; i++)
		assert_int_equal(put(1, people[i], "", "{}"), 1);
	assert_int_equal(put(2, "ann@z.test", "", "{}"), 1);
	assert_false(list(1, "", "", 6));
	assert_string_equal(seen, "a%b@x.test;a_b@x.test;ann@x.test;annie@y.test;bob@x.test;"
				  "\303\251@x.test;");
	assert_true(list(1, "", "a_b@x.test", 2));
	assert_string_equal(seen, "ann@x.test;annie@y.test;");
	assert_false(list(1, "", "annie@y.test", 2));
	assert_string_equal(seen, "bob@x.test;\303\251@x.test;");
	assert_false(list(1, "ann", "", 9));
	assert_string_equal(seen, "ann@x.test;annie@y.test;");
	assert_false(list(1, "ann", "ann@x.test", 9));
	assert_string_equal(seen, "annie@y.test;");
	/* Nothing of a prefix means more than itself. */
	assert_false(list(1, "a_", "", 9));
	assert_string_equal(seen, "a_b@x.test;");
	assert_false(list(1, "a%", "", 9));
	assert_string_equal(seen, "a%b@x.test;");
	assert_false(list(1, "c", "", 9));
	assert_string_equal(seen, "");
	/* Long ones end a page early. */
	memset(long_one, 'x', sizeof long_one - 1);
	for (int i = 0; i < 30; i++) {
		char key[20];

		snprintf(key, sizeof key, "z%02d@x.test", i);
		assert_int_equal(put(1, key, "", long_one), 1);
	}
	assert_true(list(1, "z", "", 500));
	assert_non_null(strstr(seen, "z16@"));
	assert_null(strstr(seen, "z19@"));
	assert_false(list(1, "z", "z17@x.test", 500));
	assert_non_null(strstr(seen, "z29@"));
}

/* What was counted is what is there; a change to less is always possible. */
static void
test_limits(void **unused)
{
	(void)unused;
	assert_int_equal(put(1, "a@x.test", "", "{}"), 1);
	assert_int_equal(store_run(c->store, "UPDATE contact_totals SET contacts = 99999", NULL,
				 NULL, ""),
		0);
	assert_int_equal(put(1, "b@x.test", "", "{}"), 1);
	assert_int_equal(put(1, "c@x.test", "", "{}"), -EINVAL);
	assert_non_null(strstr(control_error(c), "at most 100000 contacts"));
	assert_int_equal(put(2, "c@x.test", "", "{}"), 1);
	assert_int_equal(put(1, "a@x.test", "A", "{}"), 0);
	assert_int_equal(control_contact_remove(c, 1, STR_LIT("a@x.test")), 0);
	assert_int_equal(put(1, "c@x.test", "", "{}"), 1);
	assert_int_equal(
		store_run(c->store, "UPDATE contact_totals SET contacts = 2, bytes = ?", NULL,
			NULL, "i", CONTACT_TENANT_BYTES),
		0);
	assert_int_equal(put(1, "d@x.test", "", "{}"), -EINVAL);
	assert_non_null(strstr(control_error(c), "at most 256 MiB"));
	assert_int_equal(put(1, "c@x.test", "longer", "{}"), -EINVAL);
	assert_int_equal(put(1, "c@x.test", "", "{}"), 0);
	assert_int_equal(control_contact_remove(c, 1, STR_LIT("c@x.test")), 0);
	assert_int_equal(put(1, "d@x.test", "", "{}"), 1);
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(DB_TEST(test_one), DB_TEST(test_pages), DB_TEST(test_limits))
