#include "ledger/ledger.h"

#include "base/test.h"
#include "base/utc.h"
#include "io/clock.h"

#include <errno.h>

#define DAY0 INT64_C(1700000000000000) /* 2023-11-14 */

static char dir[600];
static struct clock real;
static struct loop *loop;

static int
up(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "%s/ledger", test_dir());
	clock_real(&real);
	loop = loop_new(&real);
	return 0;
}

static int
down(void **state)
{
	(void)state;
	loop_free(&loop);
	test_dir_done();
	return 0;
}

static void
on_done(void *ctx, int err)
{
	*(int *)ctx = err;
}

static int
synced(struct ledger *l)
{
	int err = 1;

	ledger_sync(l, on_done, &err);
	for (int i = 0; err == 1 && i < 500; i++)
		loop_step(loop, 20000);
	return err;
}

static struct fact
accepted(uint64_t rcpt, const char *to)
{
	return (struct fact){ .rcpt = rcpt,
		.message = rcpt / 10 * 10, /* in front of its recipients */
		.tenant = 1 + rcpt % 2,
		.kind = FACT_ACCEPTED,
		.at = DAY0 + (int64_t)rcpt,
		.recipient = str_z(to),
		.sender = STR_LIT("s@c.test"),
		.message_id = STR_LIT("<x1@c.test>"),
		.subject = STR_LIT("Bonjour"),
		.stream = 1 };
}

struct seen {
	unsigned rows, facts;
	uint64_t first, last;
	uint8_t state;
	char recipient[64], id[64];
	uint16_t numbers[8];
	int stop;
};

static int
on_row(void *ctx, const struct ledger_row *row)
{
	struct seen *s = ctx;
	struct rd r = rd_of(row->facts);
	struct fact f;

	if (s->rows++ == 0)
		s->first = row->rcpt;
	s->last = row->rcpt;
	s->state = row->last;
	assert_int_equal(str_copy_z(s->recipient, sizeof s->recipient, row->recipient), 0);
	assert_int_equal(str_copy_z(s->id, sizeof s->id, row->message_id), 0);
	s->facts = 0;
	while (r.n) {
		assert_int_equal(fact_read(&r, &f), 0);
		assert_int_equal(f.rcpt, row->rcpt);
		if (s->facts < TEST_COUNT(s->numbers))
			s->numbers[s->facts] = f.number;
		s->facts++;
	}
	return s->stop;
}

static struct seen
find(struct ledger_query q, int want)
{
	struct seen s = { 0 };

	if (!q.limit)
		q.limit = 100;
	assert_int_equal(ledger_find(dir, &q, on_row, &s), want);
	return s;
}

static void
test_recipient(void)
{
	static const struct {
		const char *name;
		int64_t day;
		uint32_t tenant;
		uint64_t rcpt;
		const char *want; /* NULL: no such row */
	} rows[] = {
		{ "as it was written", DAY0, 2, 11, "Alice@Orange.fr" },
		{ "another hour", DAY0 + 3600 * INT64_C(1000000), 2, 11, "Alice@Orange.fr" },
		{ "another one of it", DAY0, 1, 12, "bob@b.test" },
		{ "another account", DAY0, 3, 11, NULL },
		{ "the message", DAY0, 2, 10, NULL },
		{ "a day without a file", DAY0 + 400 * 86400 * INT64_C(1000000), 2, 11, NULL },
	};
	struct buf b;

	buf_init(&b, 1000);
	TEST_EACH(row, rows)
	{
		buf_clear(&b);
		assert_int_equal(ledger_recipient(dir, row->day, row->tenant, row->rcpt, &b),
			row->want ? 0 : -ENOENT);
		assert_str(buf_str(&b), row->want ? row->want : "");
	}
	buf_done(&b);
}

static void
test_rows(struct ledger *l)
{
	struct fact a = accepted(11, "Alice@Orange.fr"), b = accepted(12, "bob@b.test"), f;
	struct seen s;

	ledger_put(l, DAY0, &a);
	ledger_put(l, DAY0, &b);
	f = (struct fact){ .rcpt = 11,
		.message = 10,
		.tenant = 2,
		.number = 1,
		.kind = FACT_DEFERRED,
		.at = DAY0 + 50 };
	ledger_put(l, DAY0, &f);
	/* Again, as after a crash: nothing changes. */
	ledger_put(l, DAY0, &a);
	ledger_put(l, DAY0, &f);
	f.number = 2;
	f.kind = FACT_DELIVERED;
	ledger_put(l, DAY0, &f);
	/* A fact whose acceptance comes later, and one on another day. */
	f = (struct fact){ .rcpt = 13,
		.message = 10,
		.tenant = 2,
		.number = 1,
		.kind = FACT_BOUNCED,
		.at = DAY0 + 60 };
	ledger_put(l, DAY0, &f);
	assert_int_equal(synced(l), 0);
	assert_int_equal(ledger_waiting(l), 0);
	assert_int_equal(find((struct ledger_query){ .id = 13 }, 0).rows, 1);
	a = accepted(13, "carol@c.test");
	ledger_put(l, DAY0, &a);
	ledger_put(l, DAY0, &a);
	b = accepted(21, "alice@orange.FR");
	ledger_put(l, DAY0 + UTC_DAY, &b);
	assert_int_equal(synced(l), 0);

	s = find((struct ledger_query){ .id = 11 }, 0);
	assert_int_equal(s.rows, 1);
	assert_int_equal(s.facts, 3);
	assert_int_equal(s.state, FACT_DELIVERED);
	assert_string_equal(s.recipient, "Alice@Orange.fr");
	assert_string_equal(s.id, "x1@c.test");
	s = find((struct ledger_query){ .id = 13 }, 0);
	assert_int_equal(s.facts, 2);
	assert_int_equal(s.numbers[0], 0);
	assert_int_equal(s.state, FACT_BOUNCED);
	assert_string_equal(s.recipient, "carol@c.test");
	s = find((struct ledger_query){ .id = 10 }, 0);
	assert_int_equal(s.rows, 3);
	assert_int_equal(s.first, 13);
	s = find((struct ledger_query){ .address = STR_LIT("ALICE@orange.fr") }, 0);
	assert_int_equal(s.rows, 2);
	assert_int_equal(s.first, 21);
	assert_int_equal(
		find((struct ledger_query){ .message_id = STR_LIT("<x1@c.test>") }, 0).rows, 4);
	assert_int_equal(
		find((struct ledger_query){ .message_id = STR_LIT("x1@c.test"), .limit = 2 }, 0)
			.rows,
		2);
	assert_int_equal(
		find((struct ledger_query){ .message_id = STR_LIT("x1@c.test"), .tenant = 1 },
			0)
			.rows,
		1);
	assert_int_equal(find((struct ledger_query){ .id = 20 }, 0).rows, 1);
	assert_int_equal(find((struct ledger_query){ .id = 10, .limit = 2 }, 0).rows, 2);
	assert_int_equal(find((struct ledger_query){ .id = 9 }, 0).rows, 0);
	assert_int_equal(find((struct ledger_query){ .id = 99 }, 0).rows, 0);
	find((struct ledger_query){ 0 }, -EINVAL);
	test_recipient();
}

/* Facts of a recipient within one batch become one row; none is lost or written twice when they
 * come again, in part, with a gap, or across a sync. */
static void
test_joined(void **state)
{
	static const struct {
		const char *name, *batches; /* numbers of facts; ',' ends a batch */
		unsigned facts;
		uint16_t last;
	} table[] = {
		{ "one batch", "012", 3, 2 },
		{ "two", "0,12", 3, 2 },
		{ "again", "012,012", 3, 2 },
		{ "again and more", "01,0123", 4, 3 },
		{ "twice in one batch", "0101", 2, 1 },
		{ "a gap", "02", 2, 2 },
		{ "without acceptance", "12,0", 3, 2 },
		{ "acceptance last", "120", 3, 2 },
	};
	struct ledger *l;
	uint64_t rcpt = 1001;

	(void)state;
	assert_int_equal(ledger_open(dir, loop, false, &l), 0);
	TEST_EACH(row, table)
	{
		struct seen s;

		for (const char *p = row->batches; *p; p++) {
			struct fact f = accepted(rcpt, "a@b.test"),
				    other = accepted(rcpt + 1, "x");

			if (*p == ',') {
				assert_int_equal(synced(l), 0);
				continue;
			}
			f.number = (uint16_t)(*p - '0');
			f.kind = f.number ? FACT_DEFERRED : FACT_ACCEPTED;
			ledger_put(l, DAY0, &f);
			ledger_put(l, DAY0, &other); /* between them */
		}
		assert_int_equal(synced(l), 0);
		assert_int_equal(ledger_waiting(l), 0);
		s = find((struct ledger_query){ .id = rcpt }, 0);
		assert_int_equal(s.rows, 1);
		assert_int_equal(s.facts, row->facts);
		assert_int_equal(s.numbers[s.facts - 1], row->last);
		assert_string_equal(s.recipient, "a@b.test");
		rcpt += 10;
	}
	ledger_free(&l);
}

static void
test_inline(void **state)
{
	struct ledger *l;

	(void)state;
	assert_int_equal(ledger_open(dir, loop, true, &l), 0);
	test_rows(l);
	ledger_free(&l);
	assert_null(l);
}

static void
test_thread(void **state)
{
	struct ledger *l;

	(void)state;
	assert_int_equal(ledger_open(dir, loop, false, &l), 0);
	test_rows(l);
	for (uint64_t i = 100; i < 3100; i++) {
		struct fact f = accepted(i, "many@m.test");

		/* At first over more days than are kept open. */
		ledger_put(l, DAY0 + (int64_t)(i % (i < 130 ? 11 : 7)) * UTC_DAY, &f);
	}
	/* Freeing writes what waits. */
	ledger_free(&l);
	assert_int_equal(
		find((struct ledger_query){ .address = STR_LIT("many@m.test"), .limit = 10000 },
			0)
			.rows,
		3000);
}

static void
damage(const char *day)
{
	char path[700], junk[4096];
	int fd;

	memset(junk, 'x', sizeof junk);
	snprintf(path, sizeof path, "%s/%s.db", dir, day);
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(write(fd, junk, sizeof junk), sizeof junk);
	close(fd);
}

static void
test_hold(void **state)
{
	struct ledger *l;
	struct fact f = accepted(1, "a@a.test");

	(void)state;
	assert_int_equal(ledger_open(dir, loop, false, &l), 0);
	ledger_hold(l, true);
	ledger_put(l, DAY0, &f);
	for (int i = 0; i < 30; i++)
		loop_step(loop, 20000);
	assert_int_equal(ledger_waiting(l), 1);
	ledger_hold(l, false);
	for (int i = 0; ledger_waiting(l) && i < 500; i++)
		loop_step(loop, 20000);
	assert_int_equal(ledger_waiting(l), 0);
	/* Who waits for all facts is not held up. */
	ledger_hold(l, true);
	f = accepted(2, "b@a.test");
	ledger_put(l, DAY0, &f);
	assert_int_equal(synced(l), 0);
	assert_int_equal(ledger_waiting(l), 0);
	f = accepted(3, "c@a.test");
	ledger_put(l, DAY0, &f);
	ledger_free(&l);
}

static void
test_damage(void **state)
{
	struct fact a = accepted(11, "a@b.test"), b = accepted(12, "a@b.test");
	struct ledger *l;
	char path[700];

	(void)state;
	assert_int_equal(ledger_open(dir, loop, false, &l), 0);
	ledger_put(l, DAY0, &a);
	ledger_put(l, DAY0 + UTC_DAY, &b);
	assert_int_equal(synced(l), 0);
	ledger_free(&l);
	damage("2023-11-14");
	assert_int_equal(
		find((struct ledger_query){ .address = STR_LIT("a@b.test") }, 0).rows, 1);
	assert_int_equal(ledger_open(dir, loop, false, &l), 0);
	ledger_put(l, DAY0, &a);
	assert_int_equal(synced(l), 0);
	assert_int_equal(
		find((struct ledger_query){ .address = STR_LIT("a@b.test") }, 0).rows, 2);
	snprintf(path, sizeof path, "%s/2023-11-14.db.damaged", dir);
	assert_int_equal(access(path, F_OK), 0);

	ledger_purge(l, DAY0 + 10 * UTC_DAY, (struct ledger_keep){ 9 * UTC_DAY, 9 * UTC_DAY });
	assert_int_equal(synced(l), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(find((struct ledger_query){ .id = 11 }, 0).rows, 0);
	assert_int_equal(find((struct ledger_query){ .id = 12 }, 0).rows, 1);
	ledger_free(&l);
}

/* The folder is not usable for a while: nothing is lost, and it heals by itself. */
static void
test_trouble(void **state)
{
	struct fact a = accepted(11, "a@b.test");
	char away[700];
	struct ledger *l;
	int err = 1;

	(void)state;
	snprintf(away, sizeof away, "%s.away", dir);
	assert_int_equal(ledger_open(dir, loop, false, &l), 0);
	assert_int_equal(rename(dir, away), 0);
	ledger_put(l, DAY0, &a);
	ledger_sync(l, on_done, &err);
	for (int i = 0; i < 10; i++)
		loop_step(loop, 20000);
	assert_int_equal(err, 1);
	assert_int_equal(ledger_waiting(l), 1);
	assert_int_equal(rename(away, dir), 0);
	for (int i = 0; err == 1 && i < 200; i++)
		loop_step(loop, 20000);
	assert_int_equal(err, 0);
	assert_int_equal(ledger_waiting(l), 0);
	assert_int_equal(rename(dir, away), 0);
	a.number = 1;
	a.kind = FACT_DELIVERED;
	ledger_put(l, DAY0 + UTC_DAY, &a);
	err = 1;
	ledger_sync(l, on_done, &err);
	ledger_free(&l);
	for (int i = 0; err == 1 && i < 50; i++)
		loop_step(loop, 20000);
	assert_int_equal(err, -EIO);
	assert_int_equal(rename(away, dir), 0);
}

#define DIR_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)

TEST_MAIN(DIR_TEST(test_joined), DIR_TEST(test_inline), DIR_TEST(test_thread),
	DIR_TEST(test_hold), DIR_TEST(test_damage), DIR_TEST(test_trouble))
