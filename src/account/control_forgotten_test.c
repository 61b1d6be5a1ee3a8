#include "account/control_forgotten.h"

#include "account/control_own.h"
#include "account/control_scene.h"

#include <errno.h>

#define SHOP  1
#define OTHER 2

static char seen[2000];

static int
see(void *ctx, struct str address, int64_t at)
{
	size_t n = strlen(seen);

	(void)ctx;
	snprintf(seen + n, sizeof seen - n, "%.*s:%d ", STR_ARG(address), (int)at);
	return 0;
}

static const char *
marks(uint32_t tenant, enum control_forgotten_list list)
{
	const struct control_forgotten f = { .tenant = tenant, .list = list };

	seen[0] = '\0';
	assert_int_equal(control_forgotten_each(c, &f, see, NULL), 0);
	return seen;
}

static int
forget(int64_t at, const char *a, const char *b)
{
	const struct control_forgotten f = {
		.tenant = SHOP, .list = CONTROL_FORGOTTEN_BLOCKS, .at = at, .before = 100
	};
	struct str addresses[2] = { str_z(a ? a : ""), str_z(b ? b : "") };

	return control_forget(c, &f, addresses, a ? b ? 2 : 1 : 0);
}

static void
test_marks(void **unused)
{
	const enum control_forgotten_list list = CONTROL_FORGOTTEN_BLOCKS;
	uint32_t tenant;

	(void)unused;
	assert_int_equal(control_account_tenant(c, STR_LIT("shop"), &tenant), 0);
	assert_int_equal(tenant, SHOP);
	assert_int_equal(forget(200, "Ann@d.test", "bob@d.test"), 0);
	assert_string_equal(marks(SHOP, list), "ann@d.test:200 bob@d.test:200 ");
	/* Once more: the later time. Nobody else's, and of no other list. */
	assert_int_equal(forget(300, "ann@D.test", NULL), 0);
	assert_string_equal(marks(SHOP, list), "ann@d.test:300 bob@d.test:200 ");
	assert_string_equal(marks(OTHER, list), "");
	assert_string_equal(marks(SHOP, CONTROL_FORGOTTEN_INVALID), "");
	/* What is older than the ledger goes with the next change. */
	assert_int_equal(forget(50, "old@d.test", NULL), 0);
	assert_int_equal(forget(400, "new@d.test", NULL), 0);
	assert_string_equal(marks(SHOP, list), "ann@d.test:300 bob@d.test:200 new@d.test:400 ");
	/* All of it. */
	assert_int_equal(forget(500, NULL, NULL), 0);
	assert_string_equal(marks(SHOP, list), ":500 ");
}

static void
test_most(void **unused)
{
	const struct control_forgotten f = {
		.tenant = SHOP, .list = CONTROL_FORGOTTEN_INVALID, .at = 200, .before = 100
	};
	static char texts[1000][24];
	struct str addresses[1000];
	unsigned n = 0;

	(void)unused;
	for (unsigned round = 0; round < CONTROL_FORGOTTEN_MAX / 1000; round++) {
		for (unsigned i = 0; i < 1000; i++) {
			snprintf(texts[i], sizeof texts[i], "a%u@d.test", n++);
			addresses[i] = str_z(texts[i]);
		}
		assert_int_equal(control_forget(c, &f, addresses, 1000), 0);
	}
	addresses[0] = STR_LIT("one-more@d.test");
	assert_int_equal(control_forget(c, &f, addresses, 1), -EINVAL);
	/* A known one is no more than before; the whole list always goes. */
	addresses[0] = STR_LIT("a7@d.test");
	assert_int_equal(control_forget(c, &f, addresses, 1), 0);
	assert_int_equal(control_forget(c, &f, NULL, 0), 0);
	assert_string_equal(marks(SHOP, CONTROL_FORGOTTEN_INVALID), ":200 ");
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_marks, two_accounts, tables_down),
	cmocka_unit_test_setup_teardown(test_most, two_accounts, tables_down))
