#include "ledger/ledger_count.h"

#include "ledger/ledger_past.h"
#include "ledger/ledger_scene.h"
#include "ledger/ledger_search.h"
#include "wire/msg.h"

#include <sys/stat.h>

static struct fact
signal_of(const struct fact *a, enum fact_kind kind, int64_t after, bool robot)
{
	struct fact f = scene_later(a, FACT_SIGNAL, kind, after);

	f.robot = robot;
	f.ip = STR_LIT("192.0.2.7");
	f.agent = STR_LIT("Reader/1");
	return f;
}

struct got {
	unsigned rows, facts;
	uint8_t last;
	int64_t updated;
	uint32_t opens, clicks, robots, unsubscribed, complained;
};

static int
on_row(void *ctx, const struct ledger_row *r)
{
	struct got *g = ctx;
	struct rd facts = rd_of(r->facts);
	struct fact f;

	*g = (struct got){ g->rows + 1, 0, r->last, r->updated, r->opens, r->clicks, r->robots,
		r->unsubscribed, r->complained };
	for (; facts.n; g->facts++)
		assert_int_equal(fact_read(&facts, &f), 0);
	return 0;
}

static struct got
row_of(uint64_t id)
{
	struct ledger_search q = { .id = id, .limit = 10 };
	struct ledger_found f;
	struct got g = { 0 };

	assert_int_equal(ledger_search(dir, &q, &f, on_row, &g), 0);
	return g;
}

/* Everything twice, in one batch and in several, as after a crash: once in the row. */
static void
test_signals(void **state)
{
	struct fact a = scene_accepted(11, 1, 0, "a@b.test");
	const struct fact all[] = {
		a,
		scene_later(&a, 1, FACT_DELIVERED, 10),
		signal_of(&a, FACT_OPENED, 20, false),
		signal_of(&a, FACT_OPENED, 21, false),
		signal_of(&a, FACT_OPENED, 22, true),
		signal_of(&a, FACT_CLICKED, 23, false),
		signal_of(&a, FACT_UNSUBSCRIBED, 24, false),
		signal_of(&a, FACT_COMPLAINED, 25, false),
	};
	struct fact late = signal_of(&a, FACT_RETURNED, 60, false), f;
	struct ledger *l = opened();
	struct got g;

	(void)state;
	for (int round = 0; round < 4; round++) {
		for (size_t i = 0; i < TEST_COUNT(all); i++) {
			ledger_put(l, a.at, &all[i]);
			if (round % 2)
				assert_int_equal(synced(l), 0);
		}
		assert_int_equal(synced(l), 0);
		g = row_of(11);
		assert_int_equal(g.rows, 1);
		assert_int_equal(g.facts, TEST_COUNT(all));
		assert_int_equal(g.last, FACT_DELIVERED);
		assert_int_equal(g.updated, DAY0 + 25);
		assert_int_equal(g.opens, 2);
		assert_int_equal(g.clicks, 1);
		assert_int_equal(g.robots, 1);
		assert_int_equal(g.unsubscribed, 1);
		assert_int_equal(g.complained, 1);
	}
	/* The number of states goes on behind signals; a late bounce is a state. */
	f = scene_later(&a, 2, FACT_RELEASED, 50);
	ledger_put(l, a.at, &f);
	ledger_put(l, a.at, &late);
	ledger_put(l, a.at, &late);
	assert_int_equal(synced(l), 0);
	g = row_of(11);
	assert_int_equal(g.facts, TEST_COUNT(all) + 2);
	assert_int_equal(g.last, FACT_RETURNED);
	assert_int_equal(ledger_signals_dropped(l), 0);
	ledger_free(&l);
}

static void
test_dropped(void **state)
{
	struct fact a = scene_accepted(11, 1, 0, "a@b.test"), b = scene_accepted(13, 1, 0, "b"),
		    s = signal_of(&b, FACT_OPENED, 20, false);
	struct ledger *l = opened();
	char path[700];
	struct got g;

	(void)state;
	/* No day file. */
	ledger_put(l, b.at + UTC_DAY, &s);
	assert_int_equal(synced(l), 0);
	assert_int_equal(ledger_signals_dropped(l), 1);
	snprintf(path, sizeof path, "%s/2023-11-15.db", dir);
	assert_int_equal(access(path, F_OK), -1);
	/* No row. */
	ledger_put(l, a.at, &a);
	ledger_put(l, b.at, &s);
	assert_int_equal(synced(l), 0);
	assert_int_equal(ledger_signals_dropped(l), 2);
	assert_int_equal(row_of(13).rows, 0);
	assert_int_equal(ledger_waiting(l), 0);
	/* A robot without end. */
	for (int i = 0; i < 2000; i++) {
		s = signal_of(&a, FACT_CLICKED, 20 + i, true);
		ledger_put(l, a.at, &s);
	}
	assert_int_equal(synced(l), 0);
	g = row_of(11);
	assert_true(g.robots > 100 && g.robots < 2000);
	assert_int_equal(g.robots + ledger_signals_dropped(l), 2002);
	s = signal_of(&a, FACT_COMPLAINED, 9000, false);
	ledger_put(l, a.at, &s);
	assert_int_equal(synced(l), 0);
	assert_int_equal(row_of(11).complained, 1);
	ledger_free(&l);
}

/* `about` in full length, and one that is too long. */
static void
test_about(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		bool kept;
	} table[] = { { "whole", 16 << 10, true }, { "too long", (16 << 10) + 1, false } };
	struct ledger *l = opened();

	(void)state;
	TEST_EACH(row, table)
	{
		struct fact a = scene_accepted(11 + row->n, 1, 0, "a@b.test");
		struct ledger_search q = { .campaign = STR_LIT("c"), .tenant = 1, .limit = 1 };
		struct ledger_found f;
		struct got g = { 0 };
		char *about = malloc(row->n);
		size_t n;

		assert_non_null(about);
		memset(about, 'x', row->n);
		memcpy(about, "{\"payload\":\"", 12);
		n = row->n - 16;
		memcpy(about + n, ",\"campaign\":\"c\"}", 16);
		about[n - 1] = '"';
		a.about = str_of(about, row->n);
		ledger_put(l, a.at, &a);
		assert_int_equal(synced(l), 0);
		q.id = a.rcpt;
		assert_int_equal(ledger_search(dir, &q, &f, on_row, &g), 0);
		assert_int_equal(g.rows, row->kept);
		assert_int_equal(row_of(a.rcpt).rows, 1);
		free(about);
	}
	ledger_free(&l);
}

struct sum {
	uint64_t n, delay_ms;
	unsigned rows;
	uint8_t kind, sub;
	int64_t from;
};

static int
on_count(void *ctx, const struct ledger_count_row *r)
{
	struct sum *s = ctx;

	if (r->kind != s->kind || (s->sub != UINT8_MAX && r->sub != s->sub))
		return 0;
	s->n += r->n;
	s->delay_ms += r->delay_ms;
	s->from = r->from;
	s->rows++;
	return 0;
}

static struct sum
sum_of(struct ledger_count_query q, enum fact_kind kind, uint8_t sub)
{
	struct sum s = { .kind = (uint8_t)kind, .sub = sub };

	assert_int_equal(ledger_count(dir, &q, on_count, &s), 0);
	return s;
}

static void
put_counted(struct ledger *l)
{
	for (unsigned i = 0; i < 20; i++) {
		struct fact a = scene_accepted(
				    10 + i * 2, 1 + i % 2, (int64_t)i * UTC_SEC, "a@b.t"),
			    d = scene_later(
				    &a, 1, i % 5 ? FACT_DELIVERED : FACT_BOUNCED, 2 * UTC_SEC),
			    o = signal_of(&a, FACT_OPENED, UTC_DAY, false),
			    again = signal_of(&a, FACT_OPENED, UTC_DAY + 1, false),
			    robot = signal_of(&a, FACT_OPENED, UTC_DAY + 2, true);

		a.about =
			i % 4 ? STR_LIT("{\"tags\":[\"a\",\"b\"],\"campaign\":\"c\"}")
			      : STR_LIT("{\"tags\":[\"a\",\"b\"],\"campaign\":\"c\",\"stream\":"
					"\"a\"}");
		a.stream = 1;
		d.class = d.kind == FACT_BOUNCED ? 3 : 0;
		ledger_put(l, a.at, &a);
		if (i % 2)
			assert_int_equal(synced(l), 0);
		ledger_put(l, a.at, &d);
		ledger_put(l, a.at, &o);
		ledger_put(l, a.at, &again);
		ledger_put(l, a.at, &robot);
	}
	/* Not what was sent. */
	struct fact in = scene_accepted(900, 1, 0, "in@parse.t");

	in.stream = STREAM_INBOUND;
	ledger_put(l, in.at, &in);
	assert_int_equal(synced(l), 0);
}

static const struct {
	const char *name;
	struct ledger_count_query q;
	enum fact_kind kind;
	uint8_t sub;
	uint64_t n;
} counts[] = {
	{ "all", { 0 }, FACT_ACCEPTED, UINT8_MAX, 20 },
	{ "a tenant's", { .tenant = 1 }, FACT_ACCEPTED, UINT8_MAX, 10 },
	{ "another's", { .tenant = 3 }, FACT_ACCEPTED, UINT8_MAX, 0 },
	{ "delivered", { .tenant = 1 }, FACT_DELIVERED, UINT8_MAX, 8 },
	{ "bounced", { .tenant = 1 }, FACT_BOUNCED, 3, 2 },
	{ "first opens", { .tenant = 1 }, FACT_OPENED, LEDGER_FIRST, 10 },
	{ "further opens", { .tenant = 1 }, FACT_OPENED, LEDGER_AGAIN, 10 },
	{ "robots", { .tenant = 1 }, FACT_OPENED, LEDGER_ROBOT, 10 },
	{ "by tag", { .tenant = 2, .what = LEDGER_TAG, .value = STR_LIT("b") }, FACT_OPENED,
		LEDGER_FIRST, 10 },
	{ "all tags", { .tenant = 2, .what = LEDGER_TAG, .value = { NULL, 0 } }, FACT_ACCEPTED,
		0, 20 },
	{ "by another tag", { .tenant = 2, .what = LEDGER_TAG, .value = STR_LIT("x") },
		FACT_OPENED, LEDGER_FIRST, 0 },
	{ "by stream", { .tenant = 1, .what = LEDGER_STREAM, .value = STR_LIT("a") },
		FACT_ACCEPTED, UINT8_MAX, 5 },
	{ "a later fact by stream",
		{ .tenant = 1, .what = LEDGER_STREAM, .value = STR_LIT("a") }, FACT_OPENED,
		LEDGER_FIRST, 5 },
	{ "another's stream", { .tenant = 2, .what = LEDGER_STREAM, .value = STR_LIT("a") },
		FACT_ACCEPTED, UINT8_MAX, 0 },
	{ "a stream is no tag", { .tenant = 1, .what = LEDGER_TAG, .value = STR_LIT("a") },
		FACT_ACCEPTED, UINT8_MAX, 10 },
	{ "by campaign", { .tenant = 2, .what = LEDGER_CAMPAIGN, .value = STR_LIT("c") },
		FACT_DELIVERED, 0, 8 },
	{ "events of the first day", { .until = DAY0 + 2 * UTC_HOUR }, FACT_OPENED, UINT8_MAX,
		0 },
	{ "events of the second", { .since = DAY0 + 2 * UTC_HOUR }, FACT_OPENED, UINT8_MAX,
		60 },
	{ "of messages of the first", { .until = DAY0 + UTC_HOUR, .by_message = true },
		FACT_OPENED, UINT8_MAX, 60 },
	{ "of messages of the second", { .since = DAY0 + 2 * UTC_HOUR, .by_message = true },
		FACT_OPENED, UINT8_MAX, 0 },
};

static void
check_counts(void)
{
	TEST_EACH(row, counts)
	{
		struct ledger_count_query q = row->q;

		assert_int_equal(sum_of(q, row->kind, row->sub).n, row->n);
		q.step_hours = 24;
		assert_int_equal(sum_of(q, row->kind, row->sub).n, row->n);
	}
}

static void
test_counts(void **state)
{
	struct ledger *l = opened();
	struct sum s;

	(void)state;
	/* The second time is what a journal tells again. */
	for (int round = 0; round < 2; round++) {
		put_counted(l);
		check_counts();
		ledger_free(&l);
		l = opened();
	}
	s = sum_of((struct ledger_count_query){ .tenant = 1, .step_hours = 24 }, FACT_OPENED,
		LEDGER_FIRST);
	assert_int_equal(s.rows, 1);
	assert_int_equal(s.from, (DAY0 / UTC_DAY + 1) * UTC_DAY);
	assert_int_equal(s.delay_ms, 10 * UTC_DAY / 1000);
	ledger_free(&l);
	assert_int_equal(ledger_count(dir, &(struct ledger_count_query){ .what = LEDGER_TAG },
				 on_count, &s),
		-EINVAL);
}

static bool
is_there(const char *name)
{
	char path[700];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

/* Statistics stay when their day's file goes, whenever the process dies meanwhile, and count
 * once; what comes late is added. */
static void
test_past(void **state)
{
	static const struct ledger_keep keep = { 9 * UTC_DAY, INT64_MAX },
					short_ = { 9 * UTC_DAY, 20 * UTC_DAY };
	const int32_t day = (int32_t)(DAY0 / UTC_DAY);
	struct ledger *l = opened();
	struct fact late = scene_accepted(1001, 3, 0, "late@b.test");
	struct store *past, *from;
	char path[700];

	(void)state;
	put_counted(l);
	ledger_free(&l);
	/* Died before the file was removed. */
	snprintf(path, sizeof path, "%s/2023-11-14.db", dir);
	assert_int_equal(ledger_past_open(dir, STORE_CREATE, &past), 0);
	assert_int_equal(store_open(path, STORE_READ, &ledger_day_schema, &from), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(ledger_past_fold(past, day, from), 0);
	store_free(&from);
	store_free(&past);
	check_counts();
	l = opened();
	ledger_put(l, DAY0, &late);
	assert_int_equal(synced(l), 0);
	assert_int_equal(sum_of((struct ledger_count_query){ 0 }, FACT_ACCEPTED, 0).n, 20 + 1);
	assert_int_equal(row_of(11).rows, 0);
	assert_int_equal(row_of(1001).rows, 1);
	assert_int_equal(
		sum_of((struct ledger_count_query){ .tenant = 3 }, FACT_ACCEPTED, 0).n, 1);
	for (int i = 0; i < 2; i++) {
		ledger_purge(l, DAY0 + 10 * UTC_DAY, keep);
		assert_int_equal(synced(l), 0);
		assert_false(is_there("2023-11-14.db"));
		assert_false(is_there("2023-11-14.db-wal"));
		assert_int_equal(
			sum_of((struct ledger_count_query){ .tenant = 3 }, FACT_ACCEPTED, 0).n,
			1);
	}
	/* Statistics have an end of their own. */
	ledger_purge(l, DAY0 + 20 * UTC_DAY, short_);
	assert_int_equal(synced(l), 0);
	assert_int_equal(sum_of((struct ledger_count_query){ 0 }, FACT_ACCEPTED, 0).n, 1 + 20);
	ledger_purge(l, DAY0 + 22 * UTC_DAY, short_);
	assert_int_equal(synced(l), 0);
	assert_int_equal(sum_of((struct ledger_count_query){ 0 }, FACT_ACCEPTED, 0).n, 0);
	ledger_free(&l);
}

/* A file whose counters cannot be kept now stays; damaged statistics do not hold up the rest.
 */
static void
test_past_trouble(void **state)
{
	static const struct ledger_keep keep = { 9 * UTC_DAY, INT64_MAX };
	struct ledger *l = opened();
	char path[700];
	FILE *f;

	(void)state;
	put_counted(l);
	snprintf(path, sizeof path, "%s/%s", dir, LEDGER_PAST_FILE);
	assert_int_equal(mkdir(path, 0700), 0);
	ledger_purge(l, DAY0 + 10 * UTC_DAY, keep);
	assert_int_equal(synced(l), 0);
	assert_true(is_there("2023-11-14.db"));
	check_counts();
	assert_int_equal(rmdir(path), 0);
	f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		fputs("no database", f);
	fclose(f);
	ledger_purge(l, DAY0 + 10 * UTC_DAY, keep);
	assert_int_equal(synced(l), 0);
	assert_true(is_there(LEDGER_PAST_FILE ".damaged"));
	assert_false(is_there("2023-11-14.db"));
	check_counts();
	ledger_free(&l);
}

/* A tenant with a value for each message does not make a counter for each. */
static void
test_values(void **state)
{
	struct ledger *l = opened();
	struct ledger_count_query q = { .tenant = 1, .what = LEDGER_TAG, .value = { NULL, 0 } };
	struct sum s;

	(void)state;
	for (unsigned i = 0; i < LEDGER_VALUES_MAX + 500; i++) {
		struct fact a = scene_accepted(10 + i * 2, 1, i, "a@b.test");
		char about[64];

		snprintf(about, sizeof about, "{\"tags\":[\"t%u\"],\"stream\":\"s%u\"}", i,
			i % 3);
		a.about = str_z(about);
		ledger_put(l, a.at, &a);
		if (i == LEDGER_VALUES_MAX / 2) {
			/* What the file knows counts after a start too. */
			ledger_free(&l);
			l = opened();
		}
	}
	assert_int_equal(synced(l), 0);
	ledger_free(&l);
	s = sum_of(q, FACT_ACCEPTED, 0);
	assert_int_equal(s.n, LEDGER_VALUES_MAX + 500);
	assert_int_equal(s.rows, LEDGER_VALUES_MAX + 1);
	q.value = STR_NONE;
	assert_int_equal(sum_of(q, FACT_ACCEPTED, 0).n, 500);
	/* Streams are few, and each is counted by its name. */
	q.what = LEDGER_STREAM;
	assert_int_equal(sum_of(q, FACT_ACCEPTED, 0).n, 0);
	q.value = STR_LIT("s2");
	assert_int_equal(sum_of(q, FACT_ACCEPTED, 0).n, (LEDGER_VALUES_MAX + 500) / 3);
	/* They are found all the same. */
	assert_int_equal(row_of(10 + 2 * (LEDGER_VALUES_MAX + 400)).rows, 1);
}

/* Signals for more days than stand open, in turn; one of the days is gone. */
static void
test_days(void **state)
{
	struct ledger *l = opened();
	struct fact days[12];
	char path[700];

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(days); i++) {
		days[i] = scene_accepted(11 + 2 * i, 1, (int64_t)i * UTC_DAY, "a@b.test");
		days[i].about = STR_LIT("{\"tags\":[\"a\"]}");
		ledger_put(l, days[i].at, &days[i]);
	}
	assert_int_equal(synced(l), 0);
	ledger_free(&l);
	snprintf(path, sizeof path, "%s/2023-11-20.db", dir);
	assert_int_equal(unlink(path), 0);
	l = opened();
	for (unsigned n = 0; n < 600; n++) {
		struct fact *a = &days[n % TEST_COUNT(days)],
			    s = signal_of(a, FACT_CLICKED, n / TEST_COUNT(days) + 1, false);

		ledger_put(l, a->at, &s);
	}
	assert_int_equal(synced(l), 0);
	for (unsigned i = 0; i < TEST_COUNT(days); i++)
		assert_int_equal(row_of(days[i].rcpt).clicks, i == 6 ? 0 : 50);
	assert_int_equal(ledger_signals_dropped(l), 50);
	assert_int_equal(sum_of((struct ledger_count_query){ .tenant = 1,
					.what = LEDGER_TAG,
					.value = STR_LIT("a") },
				 FACT_CLICKED, UINT8_MAX)
				 .n,
		11 * 50);
	ledger_free(&l);
}

TEST_MAIN(SCENE_TEST(test_signals), SCENE_TEST(test_dropped), SCENE_TEST(test_about),
	SCENE_TEST(test_counts), SCENE_TEST(test_past), SCENE_TEST(test_past_trouble),
	SCENE_TEST(test_values), SCENE_TEST(test_days))
