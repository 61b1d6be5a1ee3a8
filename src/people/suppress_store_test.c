#include "people/suppress_store.h"

#include "base/test.h"
#include "io/random.h"

#include <errno.h>

static char file[600];
static struct suppress_store *store;

static int
up(void **state)
{
	(void)state;
	snprintf(file, sizeof file, "%s/" SUPPRESS_FILE, test_dir());
	return suppress_store_open(file, STORE_CREATE, &store);
}

static int
down(void **state)
{
	(void)state;
	suppress_store_free(&store);
	test_dir_done();
	return 0;
}

#define ADD(no, sc, re, te, ad, inc, when)                                                     \
	{                                                                                      \
		.number = (no), .scope = (sc), .reason = (re), .tenant = (te),                 \
		.address = STR_LIT(ad), .message = 900 + (no), .incident = (inc),              \
		.at = (when), .note = STR_LIT("why")                                           \
	}

static const struct suppress_change some[] = {
	ADD(1, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE, 1, "ada@shop.test", 5, 100),
	ADD(2, SUPPRESS_BROADCAST, SUPPRESS_UNSUBSCRIBE, 1, "ada@shop.test", 0, 200),
	ADD(3, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE, 1, "bob_1@other.test", 5, 300),
	ADD(4, SUPPRESS_TRANSACTIONAL, SUPPRESS_COMPLAINT, 2, "ada@shop.test", 5, 400),
	ADD(5, SUPPRESS_ALL, SUPPRESS_MANUAL, 1, "bobx1@other.test", 6, 500),
};

static void
put_some(void)
{
	assert_int_equal(suppress_store_put(store, some, TEST_COUNT(some)), 0);
}

static int
add_row(void *ctx, const struct suppress_row *r)
{
	char *text = ctx;
	size_t n = strlen(text);

	snprintf(text + n, 200 - n, "%s%d", n ? " " : "", (int)r->id);
	return 0;
}

/* Ids of the rows in the order found. */
static const char *
found(struct suppress_query q)
{
	static char text[200];

	text[0] = '\0';
	if (q.limit == 0)
		q.limit = 100;
	assert_int_equal(suppress_store_find(store, &q, add_row, text), 0);
	return text;
}

#define ANY .scope = SUPPRESS_ANY_SCOPE

static void
test_find(void **state)
{
	static const struct {
		const char *name;
		struct suppress_query q;
		const char *want;
	} table[] = {
		{ "all", { ANY }, "5 4 3 2 1" },
		{ "oldest first", { ANY, .oldest_first = true }, "1 2 3 4 5" },
		{ "a page", { ANY, .limit = 2 }, "5 4" },
		{ "the next page", { ANY, .limit = 2, .after = 4 }, "3 2" },
		{ "the next of the oldest", { ANY, .after = 4, .oldest_first = true }, "5" },
		{ "tenant", { ANY, .tenant = 2 }, "4" },
		{ "scope", { .scope = SUPPRESS_BROADCAST }, "2" },
		{ "reason", { ANY, .reason = SUPPRESS_HARD_BOUNCE }, "3 1" },
		{ "incident", { ANY, .incident = 5 }, "4 3 1" },
		{ "incident of a tenant", { ANY, .incident = 5, .tenant = 1 }, "3 1" },
		{ "part", { ANY, .part = STR_LIT("ADA@") }, "4 2 1" },
		{ "part with _", { ANY, .part = STR_LIT("b_1") }, "3" },
		{ "part with %", { ANY, .part = STR_LIT("%") }, "" },
		{ "address", { ANY, .tenant = 1, .address = STR_LIT("ada@shop.test") }, "2 1" },
		{ "address, oldest first",
			{ ANY, .tenant = 1, .address = STR_LIT("ada@shop.test"),
				.oldest_first = true },
			"1 2" },
		{ "address of any tenant", { ANY, .address = STR_LIT("ada@shop.test") },
			"4 2 1" },
		{ "address with _", { ANY, .address = STR_LIT("bob_1@other.test") }, "3" },
		{ "since", { ANY, .since = 300 }, "5 4 3" },
		{ "until", { ANY, .until = 300 }, "2 1" },
		{ "nothing", { ANY, .tenant = 3 }, "" },
	};
	uint64_t n;

	(void)state;
	put_some();
	TEST_EACH(row, table)
	{
		size_t want = row->want[0] ? 1 : 0;

		assert_string_equal(found(row->q), row->want);
		for (const char *p = row->want; *p; p++)
			want += *p == ' ';
		assert_int_equal(suppress_store_count(store, &row->q, &n), 0);
		if (row->q.limit == 0 && row->q.after == 0)
			assert_int_equal(n, want);
	}
}

static int
add_group(void *ctx, uint32_t group, uint64_t n)
{
	char *text = ctx;
	size_t at = strlen(text);

	snprintf(text + at, 100 - at, " %u:%d", (unsigned)group, (int)n);
	return 0;
}

/* Rows of groups are there beside those of none, and go by their group alone; one of before
 * there were groups is of none. */
static void
test_groups(void **state)
{
	struct suppress_change more[] = {
		ADD(6, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE, 1, "ada@shop.test", 5, 600),
		ADD(7, SUPPRESS_ALL, SUPPRESS_UNSUBSCRIBE, 1, "ada@shop.test", 0, 700),
		ADD(8, SUPPRESS_ALL, SUPPRESS_UNSUBSCRIBE, 1, "ada@shop.test", 0, 800),
	};
	struct suppress_change gone = { .number = 9,
		.remove = true,
		.tenant = 1,
		.group = 7,
		.scope = SUPPRESS_ANY_SCOPE,
		.address = STR_LIT("ada@shop.test") };
	static const struct {
		const char *name;
		struct suppress_query q;
		const char *want, *then;
	} table[] = {
		{ "any", { ANY }, "8 7 6 5 4 3 2 1", "8 5 4 3 2 1" },
		{ "7", { ANY, .group = 7 }, "7 6", "" },
		{ "8", { ANY, .group = 8 }, "8", "8" },
		{ "any group", { ANY, .group = SUPPRESS_ANY_GROUP }, "8 7 6", "8" },
		{ "any group of a tenant", { ANY, .tenant = 1, .group = SUPPRESS_ANY_GROUP },
			"8 7 6", "8" },
		{ "a page of them",
			{ ANY, .tenant = 1, .group = SUPPRESS_ANY_GROUP, .limit = 1,
				.after = 8 },
			"7", "" },
		{ "the oldest of 7",
			{ ANY, .tenant = 1, .group = 7, .oldest_first = true, .limit = 1 }, "6",
			"" },
		{ "7 behind 7", { ANY, .tenant = 1, .group = 7, .after = 7 }, "6", "" },
		{ "7 of another tenant", { ANY, .tenant = 2, .group = 7 }, "", "" },
		{ "no group of a tenant", { ANY, .tenant = 2, .group = SUPPRESS_NO_GROUP }, "4",
			"4" },
		{ "no group", { ANY, .group = SUPPRESS_NO_GROUP }, "5 4 3 2 1", "5 4 3 2 1" },
		{ "address of 8",
			{ ANY, .tenant = 1, .address = STR_LIT("ada@shop.test"), .group = 8 },
			"8", "8" },
		{ "incident of 7", { ANY, .incident = 5, .group = 7 }, "6", "" },
	};
	struct suppress_asker who = { .tenant = 1, .group = 8, .passes = 255 };
	struct suppress *set = suppress_new(100);
	char text[100] = "";
	uint64_t n;

	(void)state;
	put_some();
	more[0].group = more[1].group = 7;
	more[2].group = 8;
	assert_int_equal(suppress_store_put(store, more, TEST_COUNT(more)), 0);
	TEST_EACH(row, table)
	assert_string_equal(found(row->q), row->want);
	assert_int_equal(suppress_store_count(store, &table[1].q, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(suppress_store_groups(store, 1, add_group, text), 0);
	assert_string_equal(text, " 7:2 8:1");
	assert_int_equal(suppress_store_put(store, &gone, 1), 0);
	TEST_EACH(row, table)
	assert_string_equal(found(row->q), row->then);
	assert_int_equal(suppress_store_load(store, set, NULL, NULL), 0);
	assert_int_equal(suppress_why(set, &who, some[0].address), SUPPRESS_UNSUBSCRIBE);
	who.group = 7;
	assert_int_equal(suppress_why(set, &who, some[0].address), 0);
	suppress_free(&set);
}

#define FIRST                                                                                  \
	"CREATE TABLE suppression ("                                                           \
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL, address TEXT NOT NULL,"              \
	" scope BIGINT NOT NULL, reason BIGINT NOT NULL, message BIGINT NOT NULL,"             \
	" incident BIGINT NOT NULL, at BIGINT NOT NULL, note TEXT NOT NULL);"                  \
	"CREATE UNIQUE INDEX suppression_key ON suppression"                                   \
	" (tenant, address, scope, reason);"                                                   \
	"CREATE INDEX suppression_incident ON suppression (incident) WHERE incident > 0;"      \
	"CREATE TABLE progress (one BIGINT PRIMARY KEY, applied BIGINT NOT NULL);"             \
	"INSERT INTO progress (one, applied) VALUES (1, 0);"
#define OLD_ROWS 1000

static char old_file[620];

/* Its rows are those of a file of before; what says the schema. */
static void
old_make(const char *what, size_t n)
{
	const char *const steps[] = { FIRST, what };
	const struct store_schema schema = { steps, n, true };
	struct store *old;

	snprintf(old_file, sizeof old_file, "%s.old", file);
	assert_int_equal(store_open(old_file, STORE_CREATE, &schema, &old), 0);
	assert_int_equal(
		store_run(old,
			"WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
			" WHERE n < 1000) INSERT INTO suppression (tenant, address, scope,"
			" reason, message, incident, at, note) SELECT 1 + n % 3, 'a' || n ||"
			" '@shop.test', 0, 1, 901, 5, 100, 'why' FROM c",
			NULL, NULL, ""),
		0);
	store_free(&old);
	suppress_store_free(&store);
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* Of the table of rows and its indexes: another one, when any is made or made anew. */
static int64_t
old_shape(void)
{
	static const char *const steps[] = { "", "", "", "" };
	const struct store_schema schema = { steps, 4, true };
	struct store *old;
	int64_t sum = 0;

	assert_int_equal(store_open(old_file, STORE_READ, &schema, &old), 0);
	assert_int_equal(store_run(old,
				 "SELECT SUM(100 + rowid) FROM sqlite_master"
				 " WHERE tbl_name = 'suppression'",
				 take_int, &sum, ""),
		0);
	store_free(&old);
	assert_true(sum > 0);
	return sum;
}

static uint64_t
count(struct suppress_query q)
{
	uint64_t n;

	assert_int_equal(suppress_store_count(store, &q, &n), 0);
	return n;
}

/* A file of before there were lists: however many rows it has, no step of its upgrade is long,
 * and each can be the last before the machine goes down. */
static void
test_old(void **state)
{
	struct suppress_change same =
		ADD(1, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE, 1, "a3@shop.test", 5, 100);
	struct suppress_change of = same;
	int64_t shape;
	uint64_t work;
	int more, slices = 0;

	(void)state;
	old_make("", 1);
	shape = old_shape();
	/* A reader that comes first. */
	assert_int_equal(suppress_store_open(old_file, STORE_READ, &store), 0);
	assert_string_equal(
		found((struct suppress_query){ ANY, .tenant = 2, .limit = 3 }), "1000 997 994");
	suppress_store_free(&store);
	do {
		assert_int_equal(suppress_store_open(old_file, STORE_CREATE, &store), 0);
		assert_int_equal(old_shape(), shape);
		assert_string_equal(
			found((struct suppress_query){ ANY, .tenant = 2, .limit = 3 }),
			"1000 997 994");
		work = suppress_store_work(store);
		more = suppress_store_fill(store, OLD_ROWS / 10);
		assert_in_range(suppress_store_work(store) - work, 1, OLD_ROWS / 10 * 60);
		slices++;
		/* One of a list that is not yet there in full. */
		of.number++;
		of.group = 7;
		of.tenant = (uint32_t)slices + 10;
		assert_int_equal(suppress_store_put(store, &of, 1), 0);
		if (more)
			suppress_store_free(&store);
	} while (more > 0);
	assert_int_equal(more, 0);
	assert_in_range(slices, 10, 11);
	assert_int_equal(old_shape(), shape);
	assert_int_equal(
		count((struct suppress_query){ ANY, .group = SUPPRESS_NO_GROUP }), 1000);
	for (uint32_t t = 1; t <= 3; t++)
		assert_int_equal(
			count((struct suppress_query){ ANY, .tenant = t }), t == 2 ? 334 : 333);
	assert_int_equal(count((struct suppress_query){ ANY, .tenant = 11, .group = 7 }), 1);
	same.number = of.number + 1;
	assert_int_equal(suppress_store_put(store, &same, 1), 0);
	assert_int_equal(
		count((struct suppress_query){ ANY, .group = SUPPRESS_NO_GROUP }), 1000);
}

/* Groups in a column of their own: none of them is taken for all mail. */
static void
test_old_groups(void **state)
{
	const struct suppress_asker who = { .tenant = 2, .group = 7 };
	struct suppress *set = suppress_new(2000);
	struct suppress_store *saved;
	struct store *raw;
	static const char *const steps[] = { "", "", "" };
	static const struct store_schema schema = { steps, 2, true };
	uint64_t n = 0;
	int more;

	(void)state;
	old_make("ALTER TABLE suppression ADD COLUMN group_id BIGINT NOT NULL DEFAULT 0;"
		 "DROP INDEX suppression_key;"
		 "CREATE UNIQUE INDEX suppression_key"
		 " ON suppression (tenant, address, scope, reason, group_id);"
		 "CREATE INDEX suppression_group ON suppression (tenant, group_id)"
		 " WHERE group_id > 0",
		2);
	assert_int_equal(store_open(old_file, STORE_WRITE, &schema, &raw), 0);
	assert_int_equal(store_run(raw, "UPDATE suppression SET group_id = 7 WHERE id = 4",
				 NULL, NULL, ""),
		0);
	store_free(&raw);
	/* As a damaged one is read. */
	assert_int_equal(suppress_store_open(old_file, STORE_READ, &saved), 0);
	assert_int_equal(suppress_store_open(file, STORE_CREATE, &store), 0);
	assert_int_equal(suppress_store_save(saved, store, &n), 0);
	assert_int_equal(n, OLD_ROWS);
	assert_string_equal(
		found((struct suppress_query){ ANY, .tenant = 2, .group = 7 }), "4");
	suppress_store_free(&saved);
	suppress_store_free(&store);
	assert_int_equal(suppress_store_open(old_file, STORE_CREATE, &store), 0);
	while ((more = suppress_store_fill(store, 300)) > 0)
		;
	assert_int_equal(more, 0);
	assert_int_equal(suppress_store_load(store, set, NULL, NULL), 0);
	assert_int_equal(suppress_count(set), OLD_ROWS);
	assert_int_equal(suppress_has(set, 2, 0, STR_LIT("a4@shop.test")), 0);
	assert_int_equal(
		suppress_why(set, &who, STR_LIT("a4@shop.test")), SUPPRESS_HARD_BOUNCE);
	assert_string_equal(
		found((struct suppress_query){ ANY, .tenant = 2, .group = 7 }), "4");
	suppress_free(&set);
}

/* Steps of a page of ten, and of a count. */
static uint64_t
work_of(struct suppress_query q, bool counted)
{
	uint64_t before = suppress_store_work(store);

	q.limit = 10;
	if (counted)
		(void)count(q);
	else
		(void)found(q);
	return suppress_store_work(store) - before;
}

/* What a tenant asks of its own rows costs the same however many rows others have. */
static void
test_work(void **state)
{
	static const struct {
		const char *name;
		struct suppress_query q;
		bool counted;
	} table[] = {
		{ "newest", { ANY, .tenant = 7 }, false },
		{ "oldest", { ANY, .tenant = 7, .oldest_first = true }, false },
		{ "next", { ANY, .tenant = 7, .after = 5 }, false },
		{ "exported",
			{ .scope = SUPPRESS_EVERY_SCOPE,
				.tenant = 7,
				.group = SUPPRESS_NO_GROUP,
				.oldest_first = true },
			false },
		{ "a reason", { ANY, .tenant = 7, .reason = SUPPRESS_COMPLAINT }, false },
		{ "a part", { ANY, .tenant = 7, .part = STR_LIT("zz") }, false },
		{ "group", { ANY, .tenant = 7, .group = 3 }, false },
		{ "any group", { ANY, .tenant = 7, .group = SUPPRESS_ANY_GROUP }, false },
		{ "address", { ANY, .tenant = 7, .address = STR_LIT("a1@shop.test") }, false },
		{ "count", { ANY, .tenant = 7 }, true },
		{ "count of a group", { ANY, .tenant = 7, .group = 3 }, true },
		{ "nothing", { ANY, .tenant = 77 }, false },
	};
	struct suppress_change c = ADD(0, SUPPRESS_ALL, SUPPRESS_MANUAL, 0, "", 0, 100);
	char address[40];
	uint64_t few[TEST_COUNT(table)] = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2020; i++) {
		snprintf(address, sizeof address, "a%u@shop.test", i);
		c.address = str_z(address);
		c.number = i + 1;
		c.tenant = i < 20 ? 7 : 8 - i % 3;
		c.tenant += i >= 20 && c.tenant == 7;
		c.group = i % 2 ? 3 : 0;
		assert_int_equal(suppress_store_put(store, &c, 1), 0);
		for (size_t k = 0; i == 19 && k < TEST_COUNT(table); k++)
			few[k] = work_of(table[k].q, table[k].counted);
	}
	for (size_t k = 0; k < TEST_COUNT(table); k++)
		assert_in_range(work_of(table[k].q, table[k].counted), 1, few[k] + 20);
}

/* Withdrawals of consent are not among what stops mail, and do not go with it. */
static void
test_tracking(void **state)
{
	const struct suppress_change more[] = {
		ADD(6, SUPPRESS_TRACKING, SUPPRESS_UNSUBSCRIBE, 1, "ada@shop.test", 5, 600),
		ADD(7, SUPPRESS_ANY_SCOPE, SUPPRESS_MANUAL, 1, "odd@shop.test", 0, 700),
	};
	struct suppress_change gone = { 8, true, SUPPRESS_ANY_SCOPE, SUPPRESS_ANY_REASON, 1,
		STR_LIT("ada@shop.test"), 0, 0, 0, STR_NONE, 0 };
	const struct suppress_query tracking = { .scope = SUPPRESS_TRACKING };
	const struct suppress_query every = {
		.scope = SUPPRESS_EVERY_SCOPE, .tenant = 1, .address = STR_LIT("ada@shop.test")
	};
	struct suppress *set = suppress_new(100);
	uint64_t n;

	(void)state;
	put_some();
	assert_int_equal(suppress_store_put(store, more, 1), 0);
	assert_string_equal(found((struct suppress_query){ ANY }), "5 4 3 2 1");
	assert_string_equal(found((struct suppress_query){ ANY, .incident = 5 }), "4 3 1");
	assert_string_equal(found(tracking), "6");
	assert_string_equal(found(every), "6 2 1");
	assert_int_equal(suppress_store_count(store, &every, &n), 0);
	assert_int_equal(n, 3);
	/* What no change may be is no entry of the set. */
	assert_int_equal(suppress_store_put(store, more + 1, 1), 0);
	assert_int_equal(suppress_store_load(store, set, NULL, NULL), 0);
	assert_true(suppress_has_tracking(set, 1, STR_LIT("ada@shop.test")));
	assert_int_equal(suppress_count(set), 4);
	suppress_free(&set);
	assert_int_equal(suppress_store_put(store, &gone, 1), 0);
	assert_string_equal(found(every), "6");
	gone.number = 9;
	gone.scope = SUPPRESS_TRACKING;
	assert_int_equal(suppress_store_put(store, &gone, 1), 0);
	assert_string_equal(found(every), "");
}

static int
check_row(void *ctx, const struct suppress_row *r)
{
	const struct suppress_change *c = ctx;

	assert_int_equal(r->c.tenant, c->tenant);
	assert_int_equal(r->c.scope, c->scope);
	assert_int_equal(r->c.reason, c->reason);
	assert_true(str_eq(r->c.address, c->address));
	assert_true(str_eq(r->c.note, c->note));
	assert_int_equal(r->c.message, c->message);
	assert_int_equal(r->c.incident, c->incident);
	assert_int_equal(r->c.at, c->at);
	return 42;
}

/* A change told again changes nothing; the first one of its kind stays; removals by masks. */
static void
test_put(void **state)
{
	struct suppress_change again =
		ADD(6, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE, 1, "ada@shop.test", 77, 9999);
	struct suppress_change gone = { 7, true, SUPPRESS_ANY_SCOPE, SUPPRESS_ANY_REASON, 1,
		STR_LIT("ada@shop.test"), 0, 0, 0, STR_NONE, 0 };
	const struct suppress_query first = { ANY, .oldest_first = true, .limit = 1 };
	uint64_t n = 99;

	(void)state;
	assert_int_equal(suppress_store_applied(store, &n), 0);
	assert_int_equal(n, 0);
	put_some();
	assert_int_equal(suppress_store_applied(store, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(suppress_store_put(store, &again, 1), 0);
	assert_int_equal(suppress_store_find(store, &first, check_row, (void *)&some[0]), 42);
	assert_int_equal(suppress_store_put(store, &gone, 1), 0);
	assert_string_equal(found((struct suppress_query){ ANY }), "5 4 3");
	put_some(); /* a replay: what was removed stays so */
	assert_string_equal(found((struct suppress_query){ ANY }), "5 4 3");
	gone = (struct suppress_change){ 8, true, SUPPRESS_TRANSACTIONAL, SUPPRESS_MANUAL, 1,
		STR_LIT("bobx1@other.test"), 0, 0, 0, STR_NONE, 0 };
	assert_int_equal(suppress_store_put(store, &gone, 1), 0);
	assert_string_equal(found((struct suppress_query){ ANY }), "5 4 3");
	gone.number = 9;
	gone.scope = SUPPRESS_ALL;
	assert_int_equal(suppress_store_put(store, &gone, 1), 0);
	assert_string_equal(found((struct suppress_query){ ANY }), "4 3");
}

/* Opened again, by a reader too; the set knows what the rows say. */
static void
test_load(void **state)
{
	struct suppress *set = suppress_new(10), *small = suppress_new(1);
	struct suppress_store *reader = NULL;

	(void)state;
	put_some();
	suppress_store_free(&store);
	assert_int_equal(suppress_store_open(file, STORE_CREATE, &store), 0);
	assert_int_equal(suppress_store_open(file, STORE_READ, &reader), 0);
	assert_int_equal(suppress_store_load(reader, set, NULL, NULL), 0);
	assert_int_equal(suppress_count(set), 4);
	assert_int_equal(
		suppress_has(set, 1, 0, STR_LIT("ada@shop.test")), SUPPRESS_HARD_BOUNCE);
	assert_int_equal(suppress_has(set, 2, 0, STR_LIT("ada@shop.test")), SUPPRESS_COMPLAINT);
	assert_int_equal(suppress_has(set, 2, 1, STR_LIT("ada@shop.test")), 0);
	assert_int_equal(suppress_store_load(reader, small, NULL, NULL), -ENOSPC);
	suppress_store_free(&reader);
	suppress_free(&set);
	suppress_free(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_find, up, down),
		cmocka_unit_test_setup_teardown(test_groups, up, down),
		cmocka_unit_test_setup_teardown(test_old, up, down),
		cmocka_unit_test_setup_teardown(test_old_groups, up, down),
		cmocka_unit_test_setup_teardown(test_work, up, down),
		cmocka_unit_test_setup_teardown(test_tracking, up, down),
		cmocka_unit_test_setup_teardown(test_put, up, down),
		cmocka_unit_test_setup_teardown(test_load, up, down),
	};

	random_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
