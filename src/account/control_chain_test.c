/* The audit log's chain: what is lawful stays whole, what is not is named. */
#include "account/control_chain.h"

#include "account/control_audit.h"
#include "account/control_own.h"

#include "account/control_scene.h"

#include <errno.h>
#include <sodium.h>

#define T0  INT64_C(1790000000000000)
#define DAY (UINT64_C(86400) * 1000000)

static void
deed(const char *account_, const char *what, enum control_who_kind kind)
{
	const struct control_who who = { .kind = kind,
		.name = STR_LIT("uid 0"),
		.from = STR_LIT("192.0.2.1"),
		.reason = STR_LIT("because") };
	const struct control_deed d = {
		.what = str_z(what), .on = STR_LIT("it"), .account = str_z(account_)
	};

	control_who(c, &who);
	assert_int_equal(control_audit_add(c, &d), 0);
	control_who(c, NULL);
}

static int
up(void **unused)
{
	two_accounts(unused);
	clock_fake(&c->clock, 1, T0);
	for (unsigned i = 0; i < 9; i++)
		deed("shop", "first", CONTROL_WHO_COMMAND);
	for (unsigned i = 0; i < 12; i++)
		deed("other", "second", CONTROL_WHO_COMMAND);
	return 0;
}

static json_t *
ask(uint32_t tenant, const char *note)
{
	struct control_chain_ask a = { .tenant = tenant, .noted = str_z(note) };
	json_t *j = NULL;

	assert_int_equal(control_chain_verify(c, &a, &j), 0);
	return j;
}

static const char *
text(const json_t *j, const char *name)
{
	const char *z = json_string_value(json_object_get(j, name));

	return z ? z : "";
}

static int64_t
number(const json_t *j, const char *name)
{
	return json_integer_value(json_object_get(j, name));
}

/* kind "": it is whole. */
static void
check(uint32_t tenant, const char *kind, int64_t entry)
{
	json_t *j = ask(tenant, ""), *problem = json_object_get(j, "problem");

	assert_string_equal(text(problem, "kind"), kind);
	assert_int_equal(number(problem, "entry"), entry);
	assert_int_equal(json_is_true(json_object_get(j, "ok")), !*kind);
	json_decref(j);
}

static void
sql(const char *one)
{
	assert_int_equal(store_run(c->store, one, NULL, NULL, ""), 0);
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int64_t
count(const char *one)
{
	int64_t n = -1;

	assert_int_equal(store_run(c->store, one, take_int, &n, ""), 0);
	return n;
}

#define FIVE " WHERE tenant = 1 AND seq = 5"
#define COPY                                                                                   \
	"INSERT INTO audit (tenant, at, kind, who, name, client, what, target, reason, seq,"   \
	" salt, hash, seal) SELECT 1, at, kind, who, name, client, what, target, reason, seq," \
	" salt, hash, seal FROM audit WHERE "

static void
test_tampered(void **unused)
{
	static const struct {
		const char *name, *sql[3], *kind;
		int64_t entry;
	} table[] = {
		{ "nothing", { NULL }, "", 0 },
		{ "its time", { "UPDATE audit SET at = at + 1" FIVE }, "changed", 5 },
		{ "who by kind", { "UPDATE audit SET kind = 7" FIVE }, "changed", 5 },
		{ "who by number", { "UPDATE audit SET who = 1" FIVE }, "changed", 5 },
		{ "who by name", { "UPDATE audit SET name = 'uid 1'" FIVE }, "changed", 5 },
		{ "from where", { "UPDATE audit SET client = ''" FIVE }, "changed", 5 },
		{ "what", { "UPDATE audit SET what = 'firsu'" FIVE }, "changed", 5 },
		{ "on what", { "UPDATE audit SET target = 'is'" FIVE }, "changed", 5 },
		{ "the reason", { "UPDATE audit SET reason = ''" FIVE }, "changed", 5 },
		{ "a text moved to the next column",
			{ "UPDATE audit SET what = what || target, target = ''" FIVE },
			"changed", 5 },
		{ "its id", { "UPDATE audit SET id = 9999" FIVE }, "order", 5 },
		{ "the newest one's id",
			{ "UPDATE audit SET id = 9999 WHERE tenant = 1 AND seq = 9" },
			"changed", 9 },
		{ "its salt", { "UPDATE audit SET salt = zeroblob(16)" FIVE }, "changed", 5 },
		{ "its hash", { "UPDATE audit SET hash = zeroblob(32)" FIVE }, "changed", 5 },
		{ "its hash's length", { "UPDATE audit SET hash = x''" FIVE }, "changed", 5 },
		{ "its seal", { "UPDATE audit SET seal = zeroblob(16)" FIVE }, "changed", 5 },
		{ "no seal", { "UPDATE audit SET seal = NULL" FIVE }, "changed", 5 },
		{ "its account", { "UPDATE audit SET tenant = 2" FIVE }, "missing", 5 },
		{ "its number", { "UPDATE audit SET seq = 55" FIVE }, "missing", 5 },
		{ "no number", { "UPDATE audit SET seq = 0" FIVE }, "extra", 0 },
		{ "a middle one gone", { "DELETE FROM audit" FIVE }, "missing", 5 },
		{ "the first gone", { "DELETE FROM audit WHERE tenant = 1 AND seq = 1" },
			"missing", 1 },
		{ "the last gone", { "DELETE FROM audit WHERE tenant = 1 AND seq = 9" },
			"missing", 9 },
		{ "all gone", { "DELETE FROM audit WHERE tenant = 1" }, "missing", 1 },
		{ "all gone, and the head",
			{ "DELETE FROM audit WHERE tenant = 1",
				"DELETE FROM audit_chains WHERE tenant = 1" },
			"head", 1 },
		{ "two swapped by number",
			{ "UPDATE audit SET seq = 99" FIVE,
				"UPDATE audit SET seq = 5 WHERE tenant = 1 AND seq = 6",
				"UPDATE audit SET seq = 6 WHERE tenant = 1 AND seq = 99" },
			"order", 5 },
		{ "one inserted, as the service did before",
			{ "INSERT INTO audit (tenant, at, kind, who, name, client, what, "
			  "target)"
			  " VALUES (1, 1, 3, 0, '', '', '', '')" },
			"extra", 0 },
		{ "one inserted at the end",
			{ COPY "tenant = 1 AND seq = 9", "UPDATE audit SET seq = 10 WHERE id = "
							 "(SELECT MAX(id) FROM audit)" },
			"extra", 10 },
		{ "one doubled", { COPY "tenant = 1 AND seq = 5" }, "extra", 5 },
		{ "one of another account", { COPY "tenant = 2 AND seq = 5" }, "extra", 5 },
		{ "in the place of ours",
			{ "DELETE FROM audit" FIVE, COPY "tenant = 2 AND seq = 5" }, "order",
			5 },
		{ "the next one of another account", { COPY "tenant = 2 AND seq = 10" },
			"extra", 10 },
		{ "a cut that is not ours",
			{ "DELETE FROM audit" FIVE, "INSERT INTO audit_cuts SELECT 1, 5, 5, "
						    "hash, seal FROM audit WHERE"
						    " tenant = 1 AND seq = 4" },
			"changed", 5 },
		{ "the head's number",
			{ "DELETE FROM audit WHERE tenant = 1 AND seq = 9",
				"UPDATE audit_chains SET seq = 8 WHERE tenant = 1" },
			"head", 9 },
		{ "the other's head",
			{ "DELETE FROM audit_chains WHERE tenant = 1",
				"UPDATE audit_chains SET tenant = 1 WHERE tenant = 2" },
			"head", 10 },
		{ "as if it was never chained",
			{ "UPDATE audit_chains SET seq = 0, since = 0,"
			  " adopted = 0, hash = NULL, seal = NULL WHERE"
			  " tenant = 1" },
			"head", 10 },
	};

	(void)unused;
	TEST_EACH(row, table)
	{
		assert_int_equal(store_begin(c->store), 0);
		for (size_t i = 0; i < 3 && row->sql[i]; i++)
			sql(row->sql[i]);
		check(1, row->kind, row->entry);
		store_rollback(c->store);
	}
	check(2, "", 0);
	check(0, "", 0);
	/* Of an account that never was: all logs together show it. */
	sql("INSERT INTO audit (tenant, at, kind, who, name, client, what, target)"
	    " VALUES (77, 1, 3, 0, '', '', '', '')");
	check(1, "", 0);
	check(0, "extra", 0);
}

/* Deeds go on being told when the head is gone, and that it was does not go away. */
static void
test_head_lost(void **unused)
{
	(void)unused;
	sql("DELETE FROM audit_chains WHERE tenant = 1");
	sql("DELETE FROM audit WHERE tenant = 1 AND seq > 7");
	for (unsigned i = 0; i < 3; i++)
		deed("shop", "after", CONTROL_WHO_COMMAND);
	check(1, "head", 8);
}

/* Without the number there is no row. */
static void
test_one_transaction(void **unused)
{
	const struct control_who who = { .kind = CONTROL_WHO_COMMAND, .name = STR_LIT("x") };
	const struct control_deed d = { .what = STR_LIT("x"), .account = STR_LIT("shop") };

	(void)unused;
	sql("CREATE TRIGGER full BEFORE UPDATE ON audit_chains BEGIN SELECT RAISE(ABORT, 'f');"
	    " END");
	control_who(c, &who);
	assert_true(control_audit_add(c, &d) < 0);
	control_who(c, NULL);
	sql("DROP TRIGGER full");
	assert_int_equal(count("SELECT COUNT(*) FROM audit WHERE tenant = 1"), 9);
	check(1, "", 0);
	control_free(&c);
	tables_open();
	check(1, "", 0);
	deed("shop", "again", CONTROL_WHO_COMMAND);
	check(1, "", 0);
}

/* Of the oldest, and those of keys first: holes, which become one cut where they touch. */
static void
test_lawful(void **unused)
{
	static const struct {
		const char *name, *sql[2], *kind;
	} table[] = {
		{ "nothing", { NULL }, "" },
		{ "a cut is taken away",
			{ "DELETE FROM audit_cuts WHERE tenant = 1 AND first > 1" },
			"missing" },
		{ "a cut takes one more",
			{ "DELETE FROM audit WHERE tenant = 1 AND seq = (SELECT last + 1 FROM"
			  " audit_cuts WHERE tenant = 1 ORDER BY first LIMIT 1)",
				"UPDATE audit_cuts SET last = last + 1 WHERE tenant = 1" },
			"changed" },
		{ "a row within one",
			{ COPY "tenant = 2 AND seq = 5",
				"UPDATE audit SET seq = (SELECT MAX(last) FROM audit_cuts WHERE"
				" tenant = 1) WHERE id = (SELECT MAX(id) FROM audit)" },
			"extra" },
	};
	int64_t kept, removed;
	json_t *j;

	(void)unused;
	c->audit_rows = 20;
	/* Two of a key, one of a person, … */
	for (unsigned i = 0; i < 200; i++)
		deed("shop", "x", i % 3 ? CONTROL_WHO_KEY : CONTROL_WHO_COMMAND);
	kept = count("SELECT COUNT(*) FROM audit WHERE tenant = 1");
	removed = count("SELECT SUM(last - first + 1) FROM audit_cuts");
	assert_in_range(kept, 20, 84);
	assert_int_equal(kept + removed, 209);
	assert_true(count("SELECT COUNT(*) FROM audit_cuts") > 10);
	assert_true(count("SELECT MAX(last - first) FROM audit_cuts") >= 1);
	TEST_EACH(row, table)
	{
		assert_int_equal(store_begin(c->store), 0);
		for (size_t i = 0; i < 2 && row->sql[i]; i++)
			sql(row->sql[i]);
		j = ask(1, "");
		assert_string_equal(text(json_object_get(j, "problem"), "kind"), row->kind);
		json_decref(j);
		store_rollback(c->store);
	}
	/* Two years later all is one cut, but the new one. */
	clock_pass(&c->clock, 800 * DAY);
	for (unsigned i = 0; i < 4; i++)
		deed("shop", "y", CONTROL_WHO_COMMAND);
	assert_int_equal(count("SELECT COUNT(*) FROM audit WHERE tenant = 1"), 4);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_cuts WHERE tenant = 1"), 1);
	check(1, "", 0);
	check(2, "", 0);
	j = ask(1, "");
	assert_int_equal(number(j, "removed"), 209);
	assert_int_equal(number(j, "upto"), 213);
	json_decref(j);
}

/* Made old by somebody else, so that the service throws it away: it does not vouch for it. */
static void
test_made_old(void **unused)
{
	(void)unused;
	sql("UPDATE audit SET at = 1" FIVE);
	deed("shop", "next", CONTROL_WHO_COMMAND);
	assert_int_equal(count("SELECT COUNT(*) FROM audit" FIVE), 0);
	check(1, "missing", 5);
}

/* A person is forgotten: the chain stays whole, and what is left of the entry is ours too. */
static void
test_redacted(void **unused)
{
	static const struct {
		const char *name, *sql, *kind;
	} table[] = {
		{ "nothing", NULL, "" },
		{ "its new text", "UPDATE audit SET target = 'ann@shop.test'" FIVE, "changed" },
		{ "what stayed", "UPDATE audit SET what = 'x'" FIVE, "changed" },
		{ "its digest", "UPDATE audit SET salt = zeroblob(32)" FIVE, "changed" },
		{ "as if it was never", "UPDATE audit SET salt = zeroblob(16)" FIVE,
			"changed" },
		{ "by somebody else", "UPDATE audit SET target = '*', salt = hash" FIVE,
			"changed" },
		{ "moved", "UPDATE audit SET seq = 10" FIVE, "missing" },
		{ "gone", "DELETE FROM audit" FIVE, "missing" },
	};
	int64_t five = count("SELECT id FROM audit" FIVE), two;
	json_t *j;

	(void)unused;
	/* Twice, as two persons may stand in it. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			control_own_chain_redact(c, five, STR_LIT("***"), STR_LIT("*")), 0);
	assert_int_equal(count("SELECT COUNT(*) FROM audit WHERE target = '***'"
			       " AND reason = '*' AND length(salt) = 32"),
		1);
	TEST_EACH(row, table)
	{
		assert_int_equal(store_begin(c->store), 0);
		if (row->sql)
			sql(row->sql);
		j = ask(1, "");
		assert_string_equal(text(json_object_get(j, "problem"), "kind"), row->kind);
		if (!row->sql)
			assert_int_equal(number(j, "redacted"), 1);
		json_decref(j);
		store_rollback(c->store);
	}
	/* What somebody changed before is not made good by it. */
	sql("UPDATE audit SET what = 'x' WHERE tenant = 2 AND seq = 2");
	two = count("SELECT id FROM audit WHERE tenant = 2 AND seq = 2");
	assert_int_equal(control_own_chain_redact(c, two, STR_LIT("***"), STR_NONE), 0);
	check(2, "changed", 2);
	/* It goes in its time as others do. */
	clock_pass(&c->clock, 800 * DAY);
	deed("shop", "new", CONTROL_WHO_COMMAND);
	check(1, "", 0);
	j = ask(1, "");
	assert_int_equal(number(j, "removed"), 9);
	json_decref(j);
}

/* Who puts the file back as it was is seen by whom noted a head. */
static void
test_noted(void **unused)
{
	char note[100], old[100], hash[65];
	struct control_chain_ask a = { .tenant = 1 };
	static const struct {
		const char *name, *note;
		int err;
	} bad[] = {
		{ "no number", "x:00", -EINVAL },
		{ "no hash", "3", -EINVAL },
		{ "a short one", "3:00ff", -EINVAL },
		{ "none of ours",
			"0:0000000000000000000000000000000000000000000000000000000000000000",
			-EINVAL },
	};
	json_t *j = ask(1, "");

	(void)unused;
	snprintf(note, sizeof note, "%d:%s", (int)number(json_object_get(j, "head"), "seq"),
		text(json_object_get(j, "head"), "hash"));
	json_decref(j);
	assert_true(str_starts(str_z(note), STR_LIT("9:")));
	TEST_EACH(row, bad)
	{
		a.noted = str_z(row->note);
		assert_int_equal(control_chain_verify(c, &a, &j), row->err);
	}
	deed("shop", "next", CONTROL_WHO_COMMAND);
	j = ask(1, note);
	assert_string_equal(text(j, "noted"), "same");
	assert_true(json_is_true(json_object_get(j, "ok")));
	json_decref(j);
	j = ask(2, note);
	assert_string_equal(text(j, "noted"), "other");
	assert_string_equal(text(json_object_get(j, "problem"), "kind"), "noted");
	json_decref(j);
	/* An old head with what belonged to it is whole in itself. */
	sql("CREATE TABLE was AS SELECT * FROM audit_chains WHERE tenant = 1");
	deed("shop", "hidden", CONTROL_WHO_COMMAND);
	j = ask(1, "");
	(void)str_copy_z(hash, sizeof hash, str_z(text(json_object_get(j, "head"), "hash")));
	snprintf(old, sizeof old, "11:%s", hash);
	json_decref(j);
	sql("DELETE FROM audit WHERE tenant = 1 AND seq = 11");
	sql("DELETE FROM audit_chains WHERE tenant = 1");
	sql("INSERT INTO audit_chains SELECT * FROM was");
	check(1, "", 0);
	j = ask(1, old);
	assert_string_equal(text(j, "noted"), "other");
	assert_true(json_is_false(json_object_get(j, "ok")));
	json_decref(j);
	/* Within what was dropped since nobody can tell. */
	clock_pass(&c->clock, 800 * DAY);
	deed("shop", "new", CONTROL_WHO_COMMAND);
	j = ask(1, note);
	assert_string_equal(text(j, "noted"), "gone");
	assert_true(json_is_true(json_object_get(j, "ok")));
	json_decref(j);
}

#define OLDER_ROWS 5000

/* Of the schema as it was before the chain. */
static size_t
older_steps(void)
{
	size_t n = 0;

	while (!strstr(control_schema.steps[n], "audit ADD COLUMN seq"))
		n++;
	return n;
}

/* A log of before: its rows are chained in slices, new ones wait behind them. */
static void
test_older(void **unused)
{
	struct store_schema older = { control_schema.steps, older_steps(), true };
	struct control_chain_ask a = { .tenant = 1 };
	unsigned pages = 0, slices = 0;
	struct store *store;
	char path[600];
	json_t *j;

	(void)unused;
	snprintf(path, sizeof path, "%s/" CONTROL_FILE, folder);
	assert_int_equal(store_open(path, STORE_CREATE, &older, &store), 0);
	assert_int_equal(
		store_run(store, "INSERT INTO accounts (name, created) VALUES ('shop', 1)",
			NULL, NULL, ""),
		0);
	assert_int_equal(
		store_run(store,
			"WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE"
			" i < ?) INSERT INTO audit (tenant, at, kind, who, name, client, what,"
			" target) SELECT 1, ? + i, 3, 0, 'n', 'f', 'w', 't' FROM r",
			NULL, NULL, "ii", (int64_t)OLDER_ROWS, T0),
		0);
	store_free(&store);
	tables_open();
	clock_fake(&c->clock, 1, T0 + 10000);
	deed("shop", "new", CONTROL_WHO_COMMAND);
	assert_int_equal(
		count("SELECT COUNT(*) FROM audit WHERE tenant = 1 AND seq = 0"), 4801);
	while (control_chain_adopt(c) > 0)
		slices++;
	/* The service's own, which is empty; 4801 of the account. */
	assert_int_equal(slices, 4);
	deed("shop", "newer", CONTROL_WHO_COMMAND);
	for (;;) {
		assert_int_equal(control_chain_verify(c, &a, &j), 0);
		pages++;
		if (!text(j, "next")[0])
			break;
		assert_true(json_is_null(json_object_get(j, "ok")));
		a.after = strtoll(text(j, "next"), NULL, 10);
		json_decref(j);
	}
	assert_true(json_is_true(json_object_get(j, "ok")));
	assert_int_equal(pages, 3);
	assert_int_equal(number(j, "from"), 4001);
	assert_int_equal(number(j, "upto"), OLDER_ROWS + 2);
	assert_int_equal(number(j, "adopted"), OLDER_ROWS + 1);
	assert_string_equal(text(j, "since"), "2026-09-21T14:13:20.010Z");
	json_decref(j);
	/* A page begins where the one before ended, and sees what is wrong from there. */
	sql("DELETE FROM audit WHERE tenant = 1 AND seq = 4500");
	a.after = 4000;
	assert_int_equal(control_chain_verify(c, &a, &j), 0);
	assert_string_equal(text(json_object_get(j, "problem"), "kind"), "missing");
	assert_int_equal(number(json_object_get(j, "problem"), "entry"), 4500);
	json_decref(j);
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, tables_down)

TEST_MAIN(DB_TEST(test_tampered), DB_TEST(test_head_lost), DB_TEST(test_one_transaction),
	DB_TEST(test_lawful), DB_TEST(test_made_old), DB_TEST(test_redacted),
	DB_TEST(test_noted),
	cmocka_unit_test_setup_teardown(test_older, folder_up, tables_down))
