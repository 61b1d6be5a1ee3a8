#include "account/control_own.h"
#include "account/directory.h"

#include "account/control_scene.h"

#include <errno.h>

#define HOUR (INT64_C(3600) * 1000000)
#define DAY  (24 * HOUR)
#define NOW  INT64_C(1790000000000000)

static void
add(const char *account, const char *domain)
{
	json_t *j = NULL;

	assert_int_equal(control_domain_add(c, str_z(account), str_z(domain), &j), 0);
	json_decref(j);
}

static void
open_tables(void)
{
	tables_open();
	clock_fake(&c->clock, 1000000, NOW);
}

static int
up(void **unused)
{
	folder_up(unused);
	open_tables();
	account("shop");
	account("club");
	return 0;
}

static const char *
text(const json_t *j, const char *name)
{
	const char *z = json_string_value(json_object_get(j, name));

	return z ? z : "(none)";
}

static int
check_counts(const char *account, const char *found, json_t **ret_j, bool *ret_counts)
{
	const struct control_domain_check k = { str_z(account), STR_LIT("a.test"),
		str_z(found) };

	return control_domain_checked(c, &k, ret_j, ret_counts);
}

/* Records: RSA key, Ed25519 key, DMARC, SPF. */
static void
test_states(void **unused)
{
	static const struct {
		const char *name, *found, *state;
		bool counts, since_now;
		const char *why; /* a part of it, NULL: none */
	} table[] = {
		{ "nothing there", "mmmm", "pending", false, false, NULL },
		{ "no answer", "uuuu", "pending", false, false, NULL },
		{ "no key of ours", "dmff", "pending", false, false, NULL },
		{ "one key", "fmmm", "verified", true, true, NULL },
		{ "the same", "fmmm", "verified", false, false, NULL },
		{ "SPF was published", "fmmf", "verified", false, false, NULL },
		{ "no answer: nothing changes", "uuuu", "verified", false, false, NULL },
		{ "what was there is gone", "fmmm", "warning", false, true,
			"no such record any more at a.test:" },
		{ "still", "fmmm", "warning", false, false, "at a.test:" },
		{ "no answer: the warning stays", "fmmu", "warning", false, false,
			"at a.test:" },
		{ "there again", "fmmf", "verified", false, true, NULL },
		{ "another key", "dmmf", "warning", false, true,
			"another value than this account's at fct1._domainkey.a.test" },
		{ "no answer for it", "ummf", "warning", false, false, "fct1._domainkey" },
		{ "the other key", "mfmf", "warning", false, false, "fct1._domainkey" },
		{ "all", "ffff", "verified", false, true, NULL },
		{ "lost, beside no answer", "ufmf", "warning", false, true, "_dmarc.a.test" },
	};
	char since[40] = "";
	json_t *j = NULL;
	bool counts;

	(void)unused;
	add("shop", "a.test");
	assert_int_equal(control_domain_show(c, STR_LIT("shop"), STR_LIT("A.test"), &j), 0);
	assert_string_equal(text(j, "state"), "pending");
	assert_string_equal(text(j, "since"), text(j, "created"));
	snprintf(since, sizeof since, "%s", text(j, "since"));
	json_decref(j);
	TEST_EACH(row, table)
	{
		uint64_t version = control_version(c);

		clock_pass(&c->clock, (uint64_t)HOUR);
		assert_int_equal(check_counts("shop", row->found, &j, &counts), 0);
		assert_string_equal(text(j, "state"), row->state);
		assert_int_equal(counts, row->counts);
		assert_int_equal(control_version(c) != version, row->counts);
		assert_int_equal(strcmp(text(j, "since"), since) != 0, row->since_now);
		assert_int_equal(json_is_true(json_object_get(j, "verified")),
			strcmp(row->state, "pending") != 0);
		if (row->why)
			assert_non_null(strstr(text(j, "why"), row->why));
		else
			assert_true(json_is_null(json_object_get(j, "why")));
		if (row->since_now)
			assert_string_equal(text(j, "since"), text(j, "checked_at"));
		snprintf(since, sizeof since, "%s", text(j, "since"));
		json_decref(j);
	}
}

static void
test_claims(void **unused)
{
	json_t *j = NULL;
	bool counts;

	(void)unused;
	add("shop", "a.test");
	add("club", "a.test");
	assert_int_equal(check_counts("none", "ffff", &j, &counts), -ENOENT);
	assert_int_equal(check_counts("shop", "ffff", &j, &counts), 0);
	json_decref(j);
	/* Also while its records are gone: its mail goes out still. */
	assert_int_equal(check_counts("club", "ffff", &j, &counts), -EEXIST);
	assert_int_equal(check_counts("shop", "dddd", &j, &counts), 0);
	assert_string_equal(text(j, "state"), "warning");
	json_decref(j);
	assert_int_equal(check_counts("club", "ffff", &j, &counts), -EEXIST);
	assert_int_equal(control_domain_remove(c, STR_LIT("shop"), STR_LIT("a.test")), 0);
	assert_int_equal(check_counts("club", "ffff", &j, &counts), 0);
	assert_true(counts);
	json_decref(j);
}

static size_t
due(size_t limit)
{
	json_t *j = NULL;
	size_t n;

	assert_int_equal(control_domain_due(c, limit, &j), 0);
	n = json_array_size(j);
	json_decref(j);
	return n;
}

/* How many hours pass until the domain's time comes; each hour is looked at. */
static unsigned
hours_until_due(unsigned most)
{
	for (unsigned i = 1; i <= most; i++) {
		clock_pass(&c->clock, (uint64_t)HOUR);
		if (due(4) > 0)
			return i;
	}
	return 0;
}

static void
test_due(void **unused)
{
	json_t *j = NULL;
	bool counts;
	unsigned n, all = 0;

	(void)unused;
	assert_int_equal(due(4), 0);
	add("shop", "a.test");
	assert_int_equal(due(4), 0);
	/* Pending: each hour of a week, whether or not its checks end. */
	for (n = 0; n < 24 * 8; n++) {
		clock_pass(&c->clock, (uint64_t)(HOUR + HOUR / 2));
		all += due(4) > 0;
	}
	assert_in_range(all, 7 * 16, 7 * 16 + 1);
	assert_int_equal(hours_until_due(24 * 30), 0);
	/* Verified: once a day, a quarter earlier or later; after a failure in an hour. */
	assert_int_equal(check_counts("shop", "ffff", &j, &counts), 0);
	json_decref(j);
	assert_in_range(hours_until_due(40), 18, 31);
	assert_int_equal(check_counts("shop", "mmmm", &j, &counts), 0);
	json_decref(j);
	assert_in_range(hours_until_due(40), 18, 31);
	assert_int_equal(check_counts("shop", "muuu", &j, &counts), 0);
	json_decref(j);
	assert_in_range(hours_until_due(40), 1, 2);
	/* A few at a time, the longest due first, none twice. */
	add("shop", "b.test");
	add("shop", "c.test");
	clock_pass(&c->clock, (uint64_t)(2 * HOUR));
	assert_int_equal(due(2), 2);
	assert_int_equal(due(2), 1);
	assert_int_equal(due(2), 0);
}

/* Domains of before: what is verified stays so, and is looked up soon. */
static void
test_older_tables(void **unused)
{
	const struct store_schema older = { control_schema.steps, 4, true };
	struct directory *d;
	struct store *store;
	json_t *j = NULL;
	char path[600];
	bool counts;

	(void)unused;
	snprintf(path, sizeof path, "%s/" CONTROL_FILE, folder);
	assert_int_equal(store_open(path, STORE_CREATE, &older, &store), 0);
	assert_int_equal(
		store_run(store, "INSERT INTO accounts (name, created) VALUES ('shop', 1)",
			NULL, NULL, ""),
		0);
	assert_int_equal(store_run(store,
				 "INSERT INTO domains (tenant, domain, verified, verified_at,"
				 " created) VALUES (1, 'a.test', 1, 2000000, 1000000)",
				 NULL, NULL, ""),
		0);
	assert_int_equal(
		store_run(store, "INSERT INTO signers VALUES (1, 1, 0, 'fct1', '', 'v=DKIM1')",
			NULL, NULL, ""),
		0);
	store_free(&store);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_true(directory_domain(d, 1, STR_LIT("a.test"))->verified);
	directory_free(&d);
	open_tables();
	assert_int_equal(control_domain_show(c, STR_LIT("shop"), STR_LIT("a.test"), &j), 0);
	assert_string_equal(text(j, "state"), "verified");
	assert_string_equal(text(j, "since"), "1970-01-01T00:00:02.000Z");
	json_decref(j);
	assert_int_equal(due(4), 1);
	assert_int_equal(check_counts("shop", "mff", &j, &counts), 0);
	assert_string_equal(text(j, "state"), "warning");
	assert_non_null(strstr(text(j, "why"), "fct1._domainkey"));
	assert_false(counts);
	json_decref(j);
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, tables_down)
TEST_MAIN(DB_TEST(test_states), DB_TEST(test_claims), DB_TEST(test_due),
	cmocka_unit_test_setup_teardown(test_older_tables, folder_up, tables_down))
