/* How much an account may have, and lists in pages. */
#include "account/control_own.h"
#include "account/control_scene.h"

#include <errno.h>

static int
up(void **unused)
{
	tables_up(unused);
	account("shop");
	account("club");
	return 0;
}

#define ROWS "WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < ?) "

/* n keys of the tenant, named so. */
static void
put_keys(int64_t tenant, const char *name, int64_t n, bool enabled)
{
	assert_int_equal(
		store_run(c->store,
			ROWS
			"INSERT INTO keys (tenant, name, secret_hash, token_hash, label,"
			" stream, networks, expires, plaintext, scopes, enabled, created)"
			" SELECT ?, ? || i, '', randomblob(16), '', 0, '', 0, 0, 'send', ?,"
			" 1 FROM r",
			NULL, NULL, "iisi", n, tenant, str_z(name), (int64_t)enabled),
		0);
}

static void
put_domains(int64_t tenant, int64_t n)
{
	assert_int_equal(store_run(c->store,
				 ROWS "INSERT INTO domains (tenant, domain, created)"
				      " SELECT ?, 'd' || (100000 + i) || '.test', 1 FROM r",
				 NULL, NULL, "ii", n, tenant),
		0);
}

static int
add_key(const char *account)
{
	const struct control_key k = { .account = str_z(account) };
	json_t *j = NULL;
	int err = control_key_add(c, &k, &j);

	json_decref(j);
	return err;
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int64_t
count(const char *what)
{
	int64_t n = -1;

	assert_int_equal(store_run(c->store,
				 "SELECT COUNT(*) FROM keys WHERE tenant = 1 AND name LIKE ?",
				 take_int, &n, "s", str_z(what)),
		0);
	return n;
}

static void
test_keys(void **unused)
{
	(void)unused;
	put_keys(1, "use", CONTROL_KEYS_MAX - 1, true);
	put_keys(1, "over", 10, false);
	assert_int_equal(add_key("shop"), 0);
	assert_int_equal(add_key("shop"), -EINVAL);
	assert_non_null(strstr(control_error(c), "at most 1000 keys in use: revoke one"));
	assert_int_equal(add_key("club"), 0);
	assert_int_equal(control_key_revoke(c, STR_LIT("use7")), 0);
	assert_int_equal(add_key("shop"), 0);
	/* Those that are over stay, but not without end. */
	put_keys(1, "old", CONTROL_KEYS_KEPT_MAX - CONTROL_KEYS_MAX - 11, false);
	assert_int_equal(control_key_revoke(c, STR_LIT("use8")), 0);
	assert_int_equal(count("use7"), 1);
	assert_int_equal(add_key("shop"), 0);
	assert_int_equal(count("use7"), 0);
	assert_int_equal(count("%"), CONTROL_KEYS_KEPT_MAX);
}

static void
test_domains(void **unused)
{
	json_t *j = NULL;

	(void)unused;
	put_domains(1, CONTROL_DOMAINS_MAX - 1);
	assert_int_equal(control_domain_add(c, STR_LIT("shop"), STR_LIT("a.test"), &j), 0);
	json_decref(j);
	assert_int_equal(
		control_domain_add(c, STR_LIT("shop"), STR_LIT("b.test"), &j), -EINVAL);
	assert_non_null(strstr(control_error(c), "at most 10000 domains: remove one"));
	assert_int_equal(control_domain_add(c, STR_LIT("club"), STR_LIT("b.test"), &j), 0);
	json_decref(j);
	assert_int_equal(control_domain_remove(c, STR_LIT("shop"), STR_LIT("a.test")), 0);
	assert_int_equal(control_domain_add(c, STR_LIT("shop"), STR_LIT("b.test"), &j), 0);
	json_decref(j);
}

/* All rows once, in order, whatever the size of the pages. */
static void
walk(bool domains, const char *account, size_t limit, size_t want)
{
	struct control_page p = { .after = STR_NONE, .limit = limit };
	json_t *all = json_array(), *whole = NULL, *j = NULL;
	char after[CONTROL_CURSOR_SIZE] = "";
	size_t pages = 0;

	do {
		p.after = str_z(after);
		assert_int_equal((domains ? control_domain_page : control_key_page)(
					 c, str_z(account), &p, &j),
			0);
		assert_true(json_array_size(j) <= limit);
		json_array_extend(all, j);
		json_decref(j);
		memcpy(after, p.next, sizeof after);
		assert_true(++pages < 100);
	} while (after[0]);
	assert_int_equal(pages, want == 0 ? 1 : (want + limit - 1) / limit);
	assert_int_equal(json_array_size(all), want);
	assert_int_equal(
		(domains ? control_domain_list : control_key_list)(c, str_z(account), &whole),
		0);
	assert_true(json_equal(all, whole));
	json_decref(all);
	json_decref(whole);
}

static void
test_pages(void **unused)
{
	static const char *const bad[] = { "x", "/1", "shop/", "shop/x",
		"shop/18446744073709551615" };
	struct control_page p = { .limit = 3 };
	json_t *j = NULL;

	(void)unused;
	walk(false, "shop", 3, 0);
	put_keys(2, "club", 7, true);
	put_keys(1, "shop", 7, true);
	put_domains(1, 7);
	put_domains(2, 7);
	for (size_t limit = 1; limit < 9; limit++) {
		walk(false, "shop", limit, 7);
		walk(false, "", limit, 14);
		walk(true, "club", limit, 7);
		walk(true, "", limit, 14);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		p.after = str_z(bad[i]);
		assert_int_equal(control_key_page(c, STR_NONE, &p, &j), -EINVAL);
		assert_non_null(strstr(control_error(c), "cursor"));
		if (i < 3)
			assert_int_equal(control_domain_page(c, STR_NONE, &p, &j), -EINVAL);
	}
	p.after = STR_NONE;
	assert_int_equal(control_key_page(c, STR_LIT("none"), &p, &j), -ENOENT);
}

static void
test_show(void **unused)
{
	json_t *j = NULL;

	(void)unused;
	put_keys(1, "shop", 1, true);
	assert_int_equal(control_key_show(c, STR_LIT("shop"), STR_LIT("shop1"), &j), 0);
	json_decref(j);
	assert_int_equal(control_key_show(c, STR_NONE, STR_LIT("shop1"), &j), 0);
	json_decref(j);
	assert_int_equal(control_key_show(c, STR_LIT("club"), STR_LIT("shop1"), &j), -ENOENT);
	put_domains(1, 1);
	assert_int_equal(
		control_domain_show(c, STR_LIT("shop"), STR_LIT("D100001.test"), &j), 0);
	json_decref(j);
	assert_int_equal(
		control_domain_show(c, STR_LIT("club"), STR_LIT("d100001.test"), &j), -ENOENT);
}

/* What a row and a list cost does not grow with what other accounts have. */
static void
test_work(void **unused)
{
	uint64_t work[2];
	json_t *j = NULL;

	(void)unused;
	put_domains(1, 1);
	for (size_t i = 0; i < 2; i++) {
		uint64_t before = store_work(c->store);

		assert_int_equal(
			control_domain_show(c, STR_LIT("shop"), STR_LIT("d100001.test"), &j),
			0);
		json_decref(j);
		assert_int_equal(control_domain_list(c, STR_LIT("shop"), &j), 0);
		assert_int_equal(json_array_size(j), 1);
		json_decref(j);
		work[i] = store_work(c->store) - before;
		if (i == 0)
			put_domains(2, 3000);
	}
	assert_in_range(work[1], 1, 2 * work[0]);
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, tables_down)
TEST_MAIN(DB_TEST(test_keys), DB_TEST(test_domains), DB_TEST(test_pages), DB_TEST(test_show),
	DB_TEST(test_work))
