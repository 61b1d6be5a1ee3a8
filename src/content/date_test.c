#include "content/date.h"

#include "base/test.h"

#include <errno.h>

static void
test_parse(void **state)
{
	static const struct {
		const char *name, *text;
		int64_t want_ms; /* -1: wrong */
	} table[] = {
		{ "day", "1970-01-02", 86400000 },
		{ "minutes", "1970-01-01T00:01", 60000 },
		{ "blank", "1970-01-01 00:00:01", 1000 },
		{ "small t", "1970-01-01t00:00:01z", 1000 },
		{ "fraction", "1970-01-01T00:00:01.2509999Z", 1250 },
		{ "offset", "1970-01-01T02:00:00+02:00", 0 },
		{ "offset without colon", "1969-12-31T23:30:00-0030", 0 },
		{ "blanks around", " 1970-01-01 ", 0 },
		{ "leap day", "2024-02-29", 1709164800000 },
		{ "before 1970", "1900-03-01", -2203891200000 },
		{ "first", "0001-01-01", -62135596800000 },
		{ "last", "9999-12-31T23:59:59Z", 253402300799000 },
		{ "before the first", "0001-01-01T00:00:00+01:00", -1 },
		{ "behind the last", "9999-12-31T23:59:59-01:00", -1 },
		{ "no leap day", "2023-02-29", -1 },
		{ "no leap century", "1900-02-29", -1 },
		{ "month 13", "2023-13-01", -1 },
		{ "month 0", "2023-00-01", -1 },
		{ "day 0", "2023-01-00", -1 },
		{ "hour 24", "2023-01-01T24:00", -1 },
		{ "minute 60", "2023-01-01T00:60", -1 },
		{ "year 0", "0000-01-01", -1 },
		{ "two digits", "23-01-01", -1 },
		{ "hour alone", "2023-01-01T10", -1 },
		{ "point alone", "2023-01-01T10:00:00.", -1 },
		{ "more", "2023-01-01x", -1 },
		{ "empty", "", -1 },
		{ "number", "1511962591", -1 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		int64_t wall;
		int rc = date_parse(str_z(row->text), &wall);

		assert_int_equal(rc, row->want_ms == -1 ? -EINVAL : 0);
		if (!rc)
			assert_true(wall / 1000 == row->want_ms);
	}
}

static void
test_zone(void **state)
{
	static const struct {
		const char *name, *text;
		int want; /* 9999: wrong */
	} table[] = {
		{ "none", "", 0 },
		{ "Z", "z", 0 },
		{ "UTC", "Utc", 0 },
		{ "east", "+03:00", 180 },
		{ "west", "-0830", -510 },
		{ "hours", "+3", 180 },
		{ "most", "-18:00", -1080 },
		{ "too much", "+18:01", 9999 },
		{ "no sign", "0300", 9999 },
		{ "60 minutes", "+01:60", 9999 },
		{ "three digits", "+030", 9999 },
		{ "name", "Europe/Paris", 9999 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		int minutes;
		int rc = date_zone(str_z(row->text), &minutes);

		assert_int_equal(rc, row->want == 9999 ? -EINVAL : 0);
		if (!rc)
			assert_int_equal(minutes, row->want);
	}
}

#define MORNING INT64_C(1795510868042000) /* 2026-11-24 09:01:08.042, a Tuesday */
#define NOON    INT64_C(1795521600000000)
#define EVENING INT64_C(1795557599000000) /* 21:59:59 */

static void
test_format(void **state)
{
	static const struct {
		const char *name, *format;
		int64_t wall;
		int zone;
		const char *want;
	} table[] = {
		{ "day", "d dd ddd dddd", MORNING, 0, "24 24 Tue Tuesday" },
		{ "month", "m mm mmm mmmm", MORNING, 0, "11 11 Nov November" },
		{ "year", "yy yyyy", MORNING, 0, "26 2026" },
		{ "time", "h:n:s hh:nn:ss.zzz", MORNING, 0, "9:1:8 09:01:08.042" },
		{ "minutes by place", "hh:mm mm", MORNING, 0, "09:01 11" },
		{ "capitals", "DD.MM.YYYY HH:NN", MORNING, 0, "24.11.2026 09:01" },
		{ "morning", "h:nn am/pm", MORNING, 0, "9:01 am" },
		{ "evening", "hh:nn AM/PM a/p", EVENING, 0, "09:59 PM p" },
		{ "noon", "h am/pm", NOON, 0, "12 pm" },
		{ "quotes", "\"day\" d 'of' mmmm", MORNING, 0, "day 24 of November" },
		{ "open quote", "d \"x", MORNING, 0, "24 x" },
		{ "other characters", "[d]/%", MORNING, 0, "[24]/%" },
		{ "east over midnight", "dd hh:nn", EVENING, 180, "25 00:59" },
		{ "west", "dd hh:nn", MORNING, -600, "23 23:01" },
		{ "empty", "", MORNING, 0, "" },
		{ "before 1970", "yyyy-mm-dd ddd hh", INT64_C(-1) * UTC_HOUR, 0,
			"1969-12-31 Wed 23" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	TEST_EACH(row, table)
	{
		buf_clear(&b);
		assert_int_equal(date_format(&b, str_z(row->format), row->wall, row->zone), 0);
		assert_str(buf_str(&b), row->want);
	}
	assert_int_equal(date_format(&b, STR_LIT("d"), INT64_MAX, 0), -EINVAL);
	assert_int_equal(
		date_format(&b, STR_LIT("d"), INT64_C(253402300799000000), 60), -EINVAL);
	buf_done(&b);
}

static void
test_moment(void **state)
{
	static const struct {
		const char *name, *format;
		int64_t wall;
		int zone;
		const char *want;
	} table[] = {
		{ "date", "YYYY YY Y MMMM MMM MM M DD D dddd ddd", MORNING, 0,
			"2026 26 2026 November Nov 11 11 24 24 Tuesday Tue" },
		{ "time", "HH H hh h mm m ss s A a", EVENING, 0,
			"21 21 09 9 59 59 59 59 PM pm" },
		{ "noon and midnight", "h A", NOON, 0, "12 PM" },
		{ "zone", "Z ZZ", MORNING, -510, "-08:30 -0830" },
		{ "brackets", "[Day] D [of] MMMM [", MORNING, 0, "Day 24 of November [" },
		{ "others", "D, 'd' dd!", MORNING, 0, "24, 'd' dd!" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	TEST_EACH(row, table)
	{
		buf_clear(&b);
		assert_int_equal(
			date_format_moment(&b, str_z(row->format), row->wall, row->zone), 0);
		assert_str(buf_str(&b), row->want);
	}
	buf_done(&b);
}

/* Splitting goes day by day as the calendar does. */
static void
test_days(void **state)
{
	struct utc before = date_split(-INT64_C(719162) * UTC_DAY);

	(void)state;
	assert_int_equal(before.year, 1);
	assert_int_equal(before.weekday, 1);
	for (int64_t day = -719161; day <= 2932896; day++) {
		struct utc u = date_split(day * UTC_DAY);
		bool next_month = u.month != before.month;

		assert_int_equal(u.weekday, (before.weekday + 1) % 7);
		assert_int_equal(u.day, next_month ? 1 : before.day + 1);
		if (next_month)
			assert_int_equal(before.day, utc_month_days(before.year, before.month));
		before = u;
	}
	assert_int_equal(before.year, 9999);
	assert_int_equal(before.day, 31);
}

TEST_MAIN(TEST(test_parse), TEST(test_zone), TEST(test_format), TEST(test_moment),
	TEST(test_days))
