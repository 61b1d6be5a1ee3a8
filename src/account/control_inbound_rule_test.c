#include "account/control_inbound_rule.h"

#include "account/control_own.h"
#include "account/directory.h"

#include "account/control_scene.h"

#include <errno.h>

#define SHOP  1
#define OTHER 2

static int
add(uint32_t tenant, const char *rule, int64_t *ret_id)
{
	const struct inbound_rule r = { .tenant = tenant, .rule = str_z(rule) };

	return control_inbound_rule_add(c, &r, ret_id);
}

static char seen[500];

static int
see(void *ctx, const struct inbound_rule *r)
{
	size_t n = strlen(seen);

	(void)ctx;
	snprintf(seen + n, sizeof seen - n, "%.*s ", STR_ARG(r->rule));
	return 0;
}

static const char *
rules(uint32_t tenant, int64_t id)
{
	const struct inbound_rule q = { .tenant = tenant, .id = id };

	seen[0] = '\0';
	assert_int_equal(control_inbound_rule_each(c, &q, see, NULL), 0);
	return seen;
}

static void
test_rows(void **unused)
{
	int64_t id = 0, second = 0;

	(void)unused;
	assert_int_equal(add(SHOP, "ann@there.test", &id), 0);
	assert_int_equal(add(SHOP, "bad.test", &second), 0);
	assert_int_equal(add(SHOP, "bad.test", &second), -EEXIST);
	assert_int_equal(add(OTHER, "bad.test", &second), 0);
	assert_int_equal(add(77, "bad.test", &second), -ENOENT);
	assert_string_equal(rules(SHOP, 0), "ann@there.test bad.test ");
	assert_string_equal(rules(SHOP, id), "ann@there.test ");
	/* Another account's is none. */
	assert_string_equal(rules(SHOP, second), "");
	assert_int_equal(control_inbound_rule_remove(c, SHOP, second), -ENOENT);
	assert_int_equal(control_inbound_rule_remove(c, SHOP, id), 0);
	assert_int_equal(control_inbound_rule_remove(c, SHOP, id), -ENOENT);
	assert_string_equal(rules(SHOP, 0), "bad.test ");
	assert_int_equal(store_run(c->store,
				 "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM"
				 " n WHERE i < ?) INSERT INTO inbound_rules (tenant, rule)"
				 " SELECT 1, i || '.test' FROM n",
				 NULL, NULL, "i", (int64_t)INBOUND_RULES_MAX),
		0);
	assert_int_equal(add(SHOP, "more.test", &id), -EINVAL);
	assert_int_equal(add(OTHER, "more.test", &id), 0);
}

static void
test_directory(void **unused)
{
	static const struct {
		const char *name, *sender;
		uint32_t tenant;
		bool blocked;
	} table[] = {
		{ "the address", "Ann@There.test", SHOP, true },
		{ "another one there", "bob@there.test", SHOP, false },
		{ "of a domain", "bob@BAD.test", SHOP, true },
		{ "the domain alone", "bad.test", SHOP, true },
		{ "below it", "bob@mail.bad.test", SHOP, false },
		{ "above it", "bob@test", SHOP, false },
		{ "another account", "ann@there.test", OTHER, false },
		{ "the null sender", "", SHOP, false },
		{ "only its end", "xann@there.test", SHOP, false },
		{ "a number before it", "1 bad.test", OTHER, false },
	};
	struct directory *d;
	int64_t id;

	(void)unused;
	assert_int_equal(add(SHOP, "ann@there.test", &id), 0);
	assert_int_equal(add(SHOP, "bad.test", &id), 0);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	TEST_EACH(row, table)
	assert_int_equal(directory_blocks(d, row->tenant, str_z(row->sender)), row->blocked);
	directory_free(&d);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_rows, two_accounts, tables_down),
	cmocka_unit_test_setup_teardown(test_directory, two_accounts, tables_down))
