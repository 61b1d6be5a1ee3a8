#include "account/limit.h"

#include "base/test.h"
#include "base/utc.h"

#include <errno.h>

/* 2026-11-29T10:37:00Z, a Sunday. */
#define NOW (INT64_C(1795948620) * UTC_SEC)

static const struct limit_who shop = { 7, 0 }, club = { 8, 0 }, key = { 7, 21 };

static int64_t
at(const char *text)
{
	int64_t wall;

	assert_int_equal(utc_parse(str_z(text), &wall), 0);
	return wall;
}

/* Recipients one after the other; which limit is in the way, and until when. */
static void
test_windows(void **state)
{
	static const struct {
		const char *name;
		struct limit_set set;
		uint64_t used, wants;
		const char *over; /* NULL: it fits */
		const char *until;
		bool never;
	} table[] = {
		{ "no limit", { { 0 } }, 1000000, 1000000, NULL, NULL, false },
		{ "room", { { 10 } }, 5, 5, NULL, NULL, false },
		{ "hour", { { 10 } }, 5, 6, "hour", "2026-11-29T11:00:00Z", false },
		{ "day", { { 0, 10 } }, 5, 6, "day", "2026-11-30T00:00:00Z", false },
		{ "month", { { 0, 0, 10 } }, 5, 6, "month", "2026-12-01T00:00:00Z", false },
		{ "all or nothing", { { 10 } }, 10, 1, "hour", "2026-11-29T11:00:00Z", false },
		{ "the longest counts", { { 10, 12, 11 } }, 9, 4, "month",
			"2026-12-01T00:00:00Z", false },
		{ "the hour alone", { { 10, 20, 20 } }, 9, 4, "hour", "2026-11-29T11:00:00Z",
			false },
		{ "never", { { 10 } }, 0, 11, "hour", NULL, true },
		{ "made smaller", { { 10 } }, 20, 1, "hour", "2026-11-29T11:00:00Z", false },
		{ "the largest", { { LIMIT_MOST } }, 5, UINT64_MAX, "hour", NULL, true },
	};
	struct limit_over o;

	(void)state;
	TEST_EACH(row, table)
	{
		const struct limit_of of = { shop, &row->set }, other = { club, &row->set };
		struct limits *l = limits_new();

		limits_add(l, &of, row->used, at("2026-11-29T10:37:00Z"));
		limits_add(l, &other, 1000, at("2026-11-29T10:37:00Z"));
		bool fits = limits_fit(l, &of, row->wants, at("2026-11-29T10:59:59Z"), &o);

		assert_int_equal(fits, row->over == NULL);
		if (row->over) {
			assert_string_equal(limit_name(o.kind), row->over);
			assert_int_equal(o.until, row->until ? at(row->until) : 0);
			assert_int_equal(o.never, row->never);
			assert_int_equal(o.used, row->used);
			assert_int_equal(o.first, !row->never);
			assert_false(
				limits_fit(l, &of, row->wants, at("2026-11-29T10:59:59Z"), &o));
			assert_false(o.first);
		}
		limits_free(&l);
	}
}

/* What is over is forgotten at its time, and not before. */
static void
test_time(void **state)
{
	static const struct {
		const char *name, *then;
		uint64_t hour, day, month;
	} table[] = {
		{ "same hour", "2026-11-29T10:59:59.999Z", 5, 5, 5 },
		{ "next hour", "2026-11-29T11:00:00Z", 0, 5, 5 },
		{ "next day", "2026-11-30T00:00:00Z", 0, 0, 5 },
		{ "next month", "2026-12-01T00:00:00Z", 0, 0, 0 },
		{ "next year", "2027-11-29T10:40:00Z", 0, 0, 0 },
		/* The clock was set back: nothing is given back. */
		{ "hour before", "2026-11-29T09:00:00Z", 5, 5, 5 },
		{ "year before", "2025-11-29T09:00:00Z", 5, 5, 5 },
	};
	const struct limit_set set = { { 5, 5, 5 } };
	const struct limit_of of = { shop, &set };
	struct limit_use u;
	struct limit_over o;

	(void)state;
	TEST_EACH(row, table)
	{
		struct limits *l = limits_new();

		limits_add(l, &of, 5, at("2026-11-29T10:37:00Z"));
		limits_use(l, shop, at(row->then), &u);
		assert_int_equal(u.used[LIMIT_HOUR], row->hour);
		assert_int_equal(u.used[LIMIT_DAY], row->day);
		assert_int_equal(u.used[LIMIT_MONTH], row->month);
		assert_true(u.until[LIMIT_HOUR] > at(row->then));
		assert_int_equal(limits_fit(l, &of, 1, at(row->then), &o), row->month == 0);
		limits_free(&l);
	}
}

static uint64_t
open_of(struct limits *l, struct limit_who who)
{
	struct limit_use u;

	limits_use(l, who, NOW, &u);
	return u.used[LIMIT_SESSIONS];
}

static void
test_sessions(void **state)
{
	const struct limit_who other = { 7, 22 }, liar = { 8, 21 };
	struct limits *l = limits_new();

	(void)state;
	limits_hold(l, 1, key, 3);
	limits_hold(l, 2, key, 2);
	limits_hold(l, 1, other, 1);
	limits_hold(l, 1, shop, 4);
	assert_int_equal(open_of(l, key), 5);
	assert_int_equal(open_of(l, shop), 10);
	assert_int_equal(limits_others(l, 1, key, true), 2);
	assert_int_equal(limits_others(l, 1, key, false), 7);
	/* Told again it is the same; another account's word for the key is none. */
	limits_hold(l, 1, key, 3);
	limits_hold(l, 1, liar, 9);
	assert_int_equal(open_of(l, key), 5);
	assert_int_equal(open_of(l, club), 0);
	limits_hold(l, 1, key, 0);
	assert_int_equal(open_of(l, shop), 7);
	limits_holder_gone(l, 1);
	assert_int_equal(open_of(l, shop), 2);
	assert_int_equal(open_of(l, key), 2);
	limits_holder_gone(l, 2);
	assert_int_equal(open_of(l, shop), 0);
	limits_free(&l);
}

/* What did not come about is not used, in the windows it was counted in. */
static void
test_undo(void **state)
{
	static const struct {
		const char *name;
		int64_t at;
		uint64_t n, hour, day, month;
	} table[] = {
		{ "now", NOW, 2, 3, 5, 5 },
		{ "an hour ago", NOW - UTC_HOUR, 2, 5, 5, 5 },
		{ "a month ago", NOW - 40 * UTC_DAY, 2, 5, 7, 7 },
		{ "more than there is", NOW, 99, 0, 0, 0 },
	};
	const struct limit_set none = { { 0 } };
	const struct limit_of of = { shop, &none };
	struct limit_use u;

	(void)state;
	TEST_EACH(row, table)
	{
		struct limits *l = limits_new();
		uint64_t changes;

		limits_undo(l, shop, 1, NOW);
		limits_add(l, &of, 2, NOW - UTC_HOUR);
		limits_add(l, &of, 5, NOW);
		changes = limits_changes(l);
		limits_undo(l, shop, row->n, row->at);
		assert_true(limits_changes(l) > changes);
		limits_use(l, shop, NOW, &u);
		assert_int_equal(u.used[LIMIT_HOUR], row->hour);
		assert_int_equal(u.used[LIMIT_DAY], row->day);
		assert_int_equal(u.used[LIMIT_MONTH], row->month);
		limits_free(&l);
	}
}

static void
test_restart(void **state)
{
	const struct limit_set none = { { 0 } };
	const struct limit_of club_of = { club, &none }, shop_of = { shop, &none },
			      key_of = { key, &none };
	struct limits *l = limits_new(), *again = limits_new();
	struct limit_use u;
	struct buf b;

	(void)state;
	buf_init(&b, LIMITS_FILE_MAX);
	limits_add(l, &club_of, 4, NOW - 40 * UTC_DAY);
	limits_add(l, &shop_of, 2, NOW - UTC_DAY);
	limits_add(l, &shop_of, 3, NOW);
	limits_add(l, &key_of, 3, NOW);
	limits_hold(l, 1, key, 3);
	assert_int_equal(limits_write(l, NOW, &b), 0);
	assert_int_equal(b.n, 8 + 2 * 56 + 8); /* the club's month is over */
	assert_int_equal(limits_read(again, buf_str(&b)), 0);
	limits_use(again, shop, NOW, &u);
	assert_int_equal(u.used[LIMIT_HOUR], 3);
	assert_int_equal(u.used[LIMIT_MONTH], 5);
	assert_int_equal(u.used[LIMIT_SESSIONS], 0);
	limits_use(again, key, NOW, &u);
	assert_int_equal(u.used[LIMIT_DAY], 3);
	limits_free(&again);
	/* Cut or changed anywhere it is none, and nothing of it counts. */
	for (size_t i = 0; i < b.n; i++) {
		again = limits_new();
		assert_int_equal(limits_read(again, str_head(buf_str(&b), i)), -EBADMSG);
		b.p[i] ^= 1;
		assert_int_equal(limits_read(again, buf_str(&b)), -EBADMSG);
		b.p[i] ^= 1;
		limits_free(&again);
	}
	buf_done(&b);
	limits_free(&l);
}

TEST_MAIN(TEST(test_windows), TEST(test_time), TEST(test_sessions), TEST(test_undo),
	TEST(test_restart))
