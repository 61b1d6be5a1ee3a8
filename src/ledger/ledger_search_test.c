#include "ledger/ledger_search.h"

#include "ledger/ledger_day.h"
#include "ledger/ledger_scene.h"
#include "wire/msg.h"

#define ROWS 40u

struct got {
	unsigned n;
	uint64_t rcpt[ROWS * 4];
	uint32_t tenants; /* bits */
	char tags[64];
};

static int
on_row(void *ctx, const struct ledger_row *r)
{
	struct got *g = ctx;

	assert_true(g->n < ROWS * 4);
	g->rcpt[g->n++] = r->rcpt;
	g->tenants |= 1u << r->tenant;
	(void)str_copy_z(g->tags, sizeof g->tags, r->tags);
	assert_true(r->facts.n > 0);
	return 0;
}

static struct ledger_found
search(struct ledger_search q, struct got *g)
{
	struct ledger_found f;

	*g = (struct got){ 0 };
	q.limit = q.limit ? q.limit : 100;
	assert_int_equal(ledger_search(dir, &q, &f, on_row, g), 0);
	assert_int_equal(f.rows, g->n);
	return f;
}

/* Row i: tenant 1 or 2, a second after the one before, the last ten on the day after; every
 * third has a tag, every fifth bounced, every eighth was opened. */
static void
fill(void)
{
	struct ledger *l = opened();

	for (unsigned i = 0; i < ROWS; i++) {
		int64_t at = (int64_t)i * UTC_SEC + (i >= 30 ? UTC_DAY : 0);
		char to[64], id[64];
		struct fact a, d;

		snprintf(to, sizeof to, "User%u@%s.test", i % 7, i % 4 ? "Big" : "small");
		snprintf(id, sizeof id, "<m%u@c.test>", i);
		/* Ids fall while time goes on: the order is that of time. */
		a = scene_accepted(1000 - 2 * (uint64_t)i, 1 + i % 2, at, to);
		a.message_id = str_z(id);
		a.stream = i % 10 == 0;
		if (i % 3 == 0)
			a.about =
				STR_LIT("{\"tags\":[\"promo\",\"x\"],\"campaign\":\"spring\"}");
		if (i % 3 == 0 && i % 2)
			a.about = STR_LIT("{\"tags\":[\"promo\",\"x\"],\"campaign\":\"spring\","
					  "\"stream\":\"news\"}");
		if (i == 17)
			a.about = STR_LIT("{\"custom_id\":\"order-17\",\"template\":\"t1\"}");
		if (i == 18)
			a.subject = STR_LIT("Facture du mois");
		ledger_put(l, a.at, &a);
		d = scene_later(&a, 1, FACT_DEFERRED, UTC_SEC / 2);
		d.host = STR_LIT("mx.gate.test");
		ledger_put(l, a.at, &d);
		/* Every eighth in a transaction of its own: the row is there by then. */
		if (i % 8 == 1)
			assert_int_equal(synced(l), 0);
		d = scene_later(&a, 2, i % 5 ? FACT_DELIVERED : FACT_BOUNCED, UTC_SEC);
		d.host = i % 4 == 1 ? STR_LIT("aspmx.l.google.com") : STR_LIT("mx.other.test");
		ledger_put(l, a.at, &d);
		if (i % 6 == 1) {
			d = scene_later(&a, 3, FACT_RETRIED, 2 * UTC_SEC);
			d.kind = i % 5 ? FACT_DELIVERED : FACT_BOUNCED;
			ledger_put(l, a.at, &d);
		}
		if (i % 8 == 0) {
			d = scene_later(&a, FACT_SIGNAL, FACT_OPENED, 2 * UTC_SEC);
			ledger_put(l, a.at, &d);
		}
	}
	/* What came in is not what was sent, unless it is asked for. */
	for (unsigned i = 0; i < 3; i++) {
		struct fact a = scene_accepted(2010 - 2 * (uint64_t)i, 1 + i % 2,
			(int64_t)i * UTC_SEC, "in@parse.test");

		a.stream = STREAM_INBOUND;
		ledger_put(l, a.at, &a);
	}
	assert_int_equal(synced(l), 0);
	ledger_free(&l);
}

static void
test_filters(void **state)
{
	static const struct {
		const char *name;
		struct ledger_search q;
		unsigned rows;   /* of both tenants */
		uint64_t newest; /* 0: not looked at */
	} table[] = {
		{ "all", { 0 }, 40, 1000 - 2 * 39 },
		{ "id", { .id = 1000 - 2 * 17 }, 1, 1000 - 2 * 17 },
		{ "message", { .id = 1000 - 2 * 17 - 1 }, 1, 1000 - 2 * 17 },
		{ "no such id", { .id = 5 }, 0, 0 },
		{ "to", { .to = STR_LIT("user3@big.TEST") }, 5, 0 },
		{ "to a domain", { .to = STR_LIT("*@SMALL.test") }, 10, 1000 - 2 * 36 },
		{ "provider: a domain", { .provider = STR_LIT("small.test") }, 10, 0 },
		{ "provider: servers", { .provider = STR_LIT("google.com") }, 10, 0 },
		{ "provider: a name", { .provider = STR_LIT("gmail") }, 10, 1000 - 2 * 37 },
		{ "provider: whose refusal came first", { .provider = STR_LIT("gate.test") }, 0,
			0 },
		{ "provider: another's", { .provider = STR_LIT("yahoo") }, 0, 0 },
		{ "provider, and a state",
			{ .provider = STR_LIT("gmail"), .states = 1u << FACT_BOUNCED }, 2, 0 },
		{ "from", { .from = STR_LIT("SHOP@c.test") }, 40, 0 },
		{ "from a domain", { .from = STR_LIT("*@c.test") }, 40, 0 },
		{ "from another", { .from = STR_LIT("x@c.test") }, 0, 0 },
		{ "bounced", { .states = 1u << FACT_BOUNCED }, 8, 0 },
		{ "bounced or delivered",
			{ .states = 1u << FACT_BOUNCED | 1u << FACT_DELIVERED }, 40, 0 },
		{ "expired", { .states = 1u << FACT_EXPIRED }, 0, 0 },
		{ "opened", { .states = 1u << FACT_OPENED }, 5, 0 },
		{ "clicked", { .states = 1u << FACT_CLICKED }, 0, 0 },
		{ "stream", { .streams = 1u << 1 }, 4, 0 },
		{ "a stream of its own", { .own_stream = STR_LIT("news") }, 7, 1000 - 2 * 39 },
		{ "of none", { .no_own_stream = true }, 33, 1000 - 2 * 38 },
		{ "another", { .own_stream = STR_LIT("promo") }, 0, 0 },
		{ "a stream, and a kind", { .own_stream = STR_LIT("news"), .streams = 1u << 1 },
			0, 0 },
		{ "came in", { .streams = 1u << STREAM_INBOUND }, 3, 0 },
		{ "came in, to", { .to = STR_LIT("in@parse.test") }, 0, 0 },
		{ "came in, by its id", { .id = 2010, .streams = 1u << STREAM_INBOUND }, 1,
			2010 },
		{ "tag", { .tag = STR_LIT("promo") }, 14, 1000 - 2 * 39 },
		{ "a part of a tag", { .tag = STR_LIT("prom") }, 0, 0 },
		{ "campaign", { .campaign = STR_LIT("spring") }, 14, 0 },
		{ "template", { .template = STR_LIT("t1") }, 1, 1000 - 2 * 17 },
		{ "custom id", { .custom_id = STR_LIT("order-17") }, 1, 1000 - 2 * 17 },
		{ "Message-ID", { .message_id = STR_LIT("<m18@c.test>") }, 1, 1000 - 2 * 18 },
		{ "bare Message-ID", { .message_id = STR_LIT("m18@c.test") }, 1, 0 },
		{ "subject", { .subject = STR_LIT("facture MOIS") }, 1, 1000 - 2 * 18 },
		{ "other words", { .subject = STR_LIT("facture demain") }, 0, 0 },
		{ "the first day", { .until = DAY0 + UTC_HOUR }, 30, 1000 - 2 * 29 },
		{ "the second day", { .since = DAY0 + UTC_HOUR }, 10, 0 },
		{ "some seconds",
			{ .since = DAY0 + 10 * UTC_SEC, .until = DAY0 + 20 * UTC_SEC }, 10,
			1000 - 2 * 19 },
		{ "together",
			{ .tag = STR_LIT("x"),
				.states = 1u << FACT_BOUNCED,
				.until = DAY0 + UTC_HOUR },
			2, 1000 - 2 * 15 },
	};

	(void)state;
	fill();
	TEST_EACH(row, table)
	{
		struct got all, one, two;
		struct ledger_search q = row->q;

		search(q, &all);
		assert_int_equal(all.n, row->rows);
		if (row->newest)
			assert_int_equal(all.rcpt[0], row->newest);
		/* Ids fall with time here. */
		for (unsigned i = 1; i < all.n; i++)
			assert_true(all.rcpt[i] > all.rcpt[i - 1]);
		q.tenant = 1;
		search(q, &one);
		assert_true(one.n == 0 || one.tenants == 1u << 1);
		q.tenant = 2;
		search(q, &two);
		assert_true(two.n == 0 || two.tenants == 1u << 2);
		assert_int_equal(one.n + two.n, all.n);
		q.tenant = 3;
		search(q, &two);
		assert_int_equal(two.n, 0);
	}
}

static void
test_pages(void **state)
{
	static const struct {
		const char *name;
		struct ledger_search q;
	} table[] = {
		{ "all", { .limit = 7 } },
		{ "a tenant's", { .tenant = 2, .limit = 3 } },
		{ "one by one", { .tag = STR_LIT("promo"), .limit = 1 } },
		{ "a tenant's tag", { .tenant = 1, .tag = STR_LIT("promo"), .limit = 2 } },
		{ "to", { .to = STR_LIT("user3@big.test"), .limit = 1 } },
		{ "all fit", { .limit = 1000 } },
	};

	(void)state;
	fill();
	TEST_EACH(row, table)
	{
		struct ledger_search q = row->q;
		struct ledger_found f = { 0 };
		struct got whole, part;
		unsigned n = 0;

		q.limit = 1000;
		search(q, &whole);
		q.limit = row->q.limit;
		do {
			char cursor[LEDGER_CURSOR];

			(void)str_copy_z(cursor, sizeof cursor, str_z(f.next));
			q.cursor = str_z(cursor);
			f = search(q, &part);
			assert_true(part.n > 0);
			for (unsigned i = 0; i < part.n; i++)
				assert_int_equal(part.rcpt[i], whole.rcpt[n++]);
		} while (f.next[0]);
		assert_int_equal(n, whole.n);
	}
}

static void
test_cursor(void **state)
{
	struct ledger_search q = { .tenant = 1, .limit = 2, .subject = STR_LIT("order") };
	struct ledger_found f, none;
	struct got g;

	(void)state;
	fill();
	f = search(q, &g);
	assert_int_equal(f.partial, false);
	q.cursor = str_z(f.next);
	search(q, &g);
	/* Of another list, another tenant's, damaged. */
	q.subject = STR_LIT("ready");
	assert_int_equal(ledger_search(dir, &q, &none, on_row, &g), -EINVAL);
	q.subject = STR_LIT("order");
	q.tenant = 2;
	assert_int_equal(ledger_search(dir, &q, &none, on_row, &g), -EINVAL);
	q.tenant = 1;
	f.next[3] ^= 1;
	assert_int_equal(ledger_search(dir, &q, &none, on_row, &g), -EINVAL);
	q.cursor = STR_LIT("x");
	assert_int_equal(ledger_search(dir, &q, &none, on_row, &g), -EINVAL);
	q.cursor = STR_NONE;
	q.limit = LEDGER_SEARCH_LIMIT + 1;
	assert_int_equal(ledger_search(dir, &q, &none, on_row, &g), -EINVAL);
	q.limit = 0;
	assert_int_equal(ledger_search(dir, &q, &none, on_row, &g), -EINVAL);
}

static void
test_count(void **state)
{
	struct got g;
	struct ledger_found f;

	(void)state;
	fill();
	f = search((struct ledger_search){ .limit = 2, .count_max = 100 }, &g);
	assert_int_equal(f.count, 40);
	assert_false(f.count_more);
	f = search((struct ledger_search){ .limit = 2, .count_max = 10 }, &g);
	assert_int_equal(f.count, 10);
	assert_true(f.count_more);
	assert_int_equal(g.n, 2);
	/* Plain lists are counted by the index, over both days. */
	for (unsigned limit = 1; limit < 20; limit++) {
		f = search(
			(struct ledger_search){ .tenant = 1, .limit = limit, .count_max = 50 },
			&g);
		assert_int_equal(f.count, 20);
		assert_false(f.count_more);
		assert_int_equal(g.n, limit);
	}
	f = search((struct ledger_search){ .tenant = 1, .limit = 3, .count_max = 19 }, &g);
	assert_int_equal(f.count, 19);
	assert_true(f.count_more);
	f = search(
		(struct ledger_search){
			.tenant = 1, .limit = 3, .since = DAY0 + UTC_HOUR, .count_max = 50 },
		&g);
	assert_int_equal(f.count, 5);
	f = search((struct ledger_search){ .tenant = 1, .limit = 50, .count_max = 20 }, &g);
	assert_int_equal(f.count, 20);
	assert_false(f.count_more);
	assert_int_equal(f.next[0], 0);
}

/* More rows than a call looks at: it says so and goes on. */
static void
test_partial(void **state)
{
	struct ledger_search q = { .tenant = 1, .limit = 10, .subject = STR_LIT("needle") };
	char cursor[LEDGER_CURSOR] = "";
	struct ledger *l = opened();
	struct ledger_found f;
	unsigned calls = 0, found = 0;
	struct got g;

	(void)state;
	for (unsigned i = 0; i < LEDGER_SEARCH_ROWS + 5000; i++) {
		struct fact a = scene_accepted(2 + i * 2, 1, i, "a@b.test");

		if (i == 10)
			a.subject = STR_LIT("A Needle in it");
		ledger_put(l, a.at, &a);
	}
	assert_int_equal(synced(l), 0);
	ledger_free(&l);
	do {
		q.cursor = str_z(cursor);
		f = search(q, &g);
		assert_true(f.looked <= LEDGER_SEARCH_ROWS);
		assert_int_equal(f.partial, f.next[0] != 0);
		(void)str_copy_z(cursor, sizeof cursor, str_z(f.next));
		found += g.n;
		calls++;
	} while (f.next[0]);
	assert_int_equal(found, 1);
	assert_int_equal(calls, 2);
}

static void
test_days(void **state)
{
	char path[700];
	struct got g;
	int fd;

	(void)state;
	fill();
	/* A damaged day, and none that is asked for is opened. */
	snprintf(path, sizeof path, "%s/2023-11-14.db", dir);
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "no database at all, but long enough", 35), 35);
	close(fd);
	search((struct ledger_search){ 0 }, &g);
	assert_int_equal(g.n, 10);
	search((struct ledger_search){ .until = DAY0 + UTC_HOUR }, &g);
	assert_int_equal(g.n, 0);
}

/* A day file of that schema, with one row. */
static void
fill_old(unsigned version, const struct fact *a)
{
	static const char *const row[LEDGER_DAY_SITED] = {
		[2] = "INSERT INTO rcpt VALUES (11, 10, 1, ?, 'ann@old.test', 'shop@c.test',"
		      " 'x1@c.test', 'Old order', 1, ?, ?, 1, ?)",
		[3] = "INSERT INTO rcpt VALUES (11, 10, 1, ?, 'ann@old.test', 'shop@c.test',"
		      " 'x1@c.test', 'Old order', 1, ?, ?, 1, 0, 'order-1', '', '', '', 0, 0,"
		      " 0, 0, 0, ?)",
	};
	struct store_schema old = ledger_day_schema;
	struct ledger *l = opened();
	struct store *s;
	char path[700];
	struct buf b;

	ledger_free(&l);
	old.n = version;
	snprintf(path, sizeof path, "%s/2023-11-14.db", dir);
	assert_int_equal(store_open(path, STORE_CREATE, &old, &s), 0);
	buf_init(&b, 4096);
	assert_int_equal(fact_write(&b, a), 0);
	assert_int_equal(store_run(s, row[version], NULL, NULL, "siib", a->recipient, a->at,
				 a->at, buf_str(&b)),
		0);
	if (version >= LEDGER_DAY_SEARCHED)
		assert_int_equal(
			store_run(s, "INSERT INTO tally VALUES (0, 1, '', ?, 0, 1, 0, 1, 0)",
				NULL, NULL, "i", a->at / UTC_HOUR),
			0);
	store_free(&s);
	buf_done(&b);
}

/* Day files of older schemas: they are searched, and brought up to date when they are written.
 */
static void
check_old(unsigned version)
{
	struct fact a = scene_accepted(11, 1, 0, "Ann@Old.test"), d;
	struct ledger *l;
	struct got g;

	fill_old(version, &a);
	for (int round = 0; round < 2; round++) {
		search((struct ledger_search){ 0 }, &g);
		assert_int_equal(g.n, 1);
		search((struct ledger_search){ .tenant = 1, .subject = STR_LIT("old") }, &g);
		assert_int_equal(g.n, 1);
		search((struct ledger_search){ .tenant = 1, .to = STR_LIT("ann@old.test") },
			&g);
		assert_int_equal(g.n, 1);
		search((struct ledger_search){ .tenant = 1 }, &g);
		assert_int_equal(g.n, 1);
		search((struct ledger_search){ .tenant = 2 }, &g);
		assert_int_equal(g.n, 0);
		search((struct ledger_search){ .tenant = 1, .provider = STR_LIT("old.TEST") },
			&g);
		assert_int_equal(g.n, 1);
		search((struct ledger_search){ .tenant = 1, .provider = STR_LIT("gmail") }, &g);
		assert_int_equal(g.n, round);
		l = opened();
		d = scene_later(&a, (uint16_t)(1 + round), FACT_DELIVERED, 5);
		d.host = STR_LIT("aspmx.l.google.com");
		ledger_put(l, a.at, &d);
		assert_int_equal(synced(l), 0);
		ledger_free(&l);
	}
	search((struct ledger_search){ .tenant = 1, .states = 1u << FACT_DELIVERED }, &g);
	assert_int_equal(g.n, 1);
	search((struct ledger_search){ .custom_id = STR_LIT("order-1") }, &g);
	assert_int_equal(g.n, version >= LEDGER_DAY_SEARCHED);
}

static void
test_old(void **state)
{
	(void)state;
	check_old(LEDGER_DAY_SEARCHED - 1);
}

static void
test_unsited(void **state)
{
	(void)state;
	check_old(LEDGER_DAY_SITED - 1);
}

TEST_MAIN(SCENE_TEST(test_filters), SCENE_TEST(test_pages), SCENE_TEST(test_cursor),
	SCENE_TEST(test_count), SCENE_TEST(test_partial), SCENE_TEST(test_days),
	SCENE_TEST(test_old), SCENE_TEST(test_unsited))
