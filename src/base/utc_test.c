#include "base/utc.h"

#include "base/test.h"

#include <errno.h>

static void
test_write(void **state)
{
	static const struct {
		const char *name;
		int64_t wall;
		const char *rfc3339, *rfc5322;
	} table[] = {
		{ "epoch", 0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 +0000" },
		{ "leap day", INT64_C(951782400) * UTC_SEC + 999999, "2000-02-29T00:00:00.999Z",
			"Tue, 29 Feb 2000 00:00:00 +0000" },
		{ "today", INT64_C(1795513883) * UTC_SEC + 123456, "2026-11-24T09:51:23.123Z",
			"Tue, 24 Nov 2026 09:51:23 +0000" },
		{ "2100 is no leap year", INT64_C(4107542400) * UTC_SEC,
			"2100-03-01T00:00:00.000Z", "Mon, 01 Mar 2100 00:00:00 +0000" },
		{ "end", INT64_C(253402300799) * UTC_SEC, "9999-12-31T23:59:59.000Z",
			"Fri, 31 Dec 9999 23:59:59 +0000" },
		{ "before", -1, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 +0000" },
		{ "after", INT64_MAX, "9999-12-31T23:59:59.999Z",
			"Fri, 31 Dec 9999 23:59:59 +0000" },
	};
	char dst[UTC_TEXT_SIZE];

	(void)state;
	TEST_EACH(row, table)
	{
		assert_string_equal(utc_rfc3339(dst, row->wall), row->rfc3339);
		assert_string_equal(utc_rfc5322(dst, row->wall), row->rfc5322);
		assert_true(str_starts(str_z(row->rfc3339), str_z(utc_day(dst, row->wall))));
		assert_int_equal(strlen(dst), 10);
	}
}

/* Each day of the range against a calendar that is counted by hand. */
static void
test_days(void **state)
{
	struct utc want = { .year = 1970, .month = 1, .day = 1, .weekday = 4, .second = 59 };
	int64_t wall = 59 * UTC_SEC;

	(void)state;
	for (; want.year <= 9999; wall += UTC_DAY) {
		struct utc u = utc_split(wall);

		if (memcmp(&u, &want, sizeof u) != 0 || utc_join(&u) != wall)
			fail_msg("%d-%d-%d", want.year, want.month, want.day);
		want.weekday = (want.weekday + 1) % 7;
		if (++want.day <= utc_month_days(want.year, want.month))
			continue;
		want.day = 1;
		want.month = want.month % 12 + 1;
		want.year += want.month == 1;
	}
}

static void
test_parse(void **state)
{
	static const struct {
		const char *name, *in, *out; /* out: NULL = -EINVAL */
	} table[] = {
		{ "plain", "2026-11-24T09:51:23Z", "2026-11-24T09:51:23.000Z" },
		{ "small letters", "2026-11-24t09:51:23z", "2026-11-24T09:51:23.000Z" },
		{ "fraction", "2026-11-24T09:51:23.5Z", "2026-11-24T09:51:23.500Z" },
		{ "nine digits", "2026-11-24T09:51:23.123999999Z", "2026-11-24T09:51:23.123Z" },
		{ "east", "2026-11-24T01:51:23+02:30", "2026-11-23T23:21:23.000Z" },
		{ "west", "2026-12-31T23:51:23-00:30", "2027-01-01T00:21:23.000Z" },
		{ "unknown offset", "2026-11-24T09:51:23-00:00", "2026-11-24T09:51:23.000Z" },
		{ "leap second", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z" },
		{ "leap second, east", "2017-01-01T01:59:60.5+02:00",
			"2017-01-01T00:00:00.500Z" },
		{ "no leap second", "2016-12-31T12:59:60Z", NULL },
		{ "leap day", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z" },
		{ "no leap day", "2023-02-29T00:00:00Z", NULL },
		{ "1900", "1900-02-28T00:00:00Z", NULL },
		{ "before 1970", "1970-01-01T00:00:00+00:01", NULL },
		{ "after 9999", "9999-12-31T23:59:59-00:01", NULL },
		{ "empty", "", NULL },
		{ "no zone", "2026-11-24T09:51:23", NULL },
		{ "no seconds", "2026-11-24T09:51Z", NULL },
		{ "empty fraction", "2026-11-24T09:51:23.Z", NULL },
		{ "comma", "2026-11-24T09:51:23,5Z", NULL },
		{ "space", "2026-11-24 09:51:23Z", NULL },
		{ "tail", "2026-11-24T09:51:23Z ", NULL },
		{ "month 0", "2026-00-24T09:51:23Z", NULL },
		{ "month 13", "2026-13-24T09:51:23Z", NULL },
		{ "day 0", "2026-11-00T09:51:23Z", NULL },
		{ "hour 24", "2026-11-24T24:00:00Z", NULL },
		{ "minute 60", "2026-11-24T09:60:23Z", NULL },
		{ "offset 24", "2026-11-24T09:51:23+24:00", NULL },
		{ "offset without colon", "2026-11-24T09:51:23+0200", NULL },
		{ "sign", "2026-11-24T+9:51:23Z", NULL },
	};
	char dst[UTC_TEXT_SIZE];

	(void)state;
	TEST_EACH(row, table)
	{
		int64_t wall = -7;
		int r = utc_parse(str_z(row->in), &wall);

		assert_int_equal(r, row->out ? 0 : -EINVAL);
		if (row->out)
			assert_string_equal(utc_rfc3339(dst, wall), row->out);
		else
			assert_int_equal(wall, -7);
	}
}

static void
test_parse_span(void **state)
{
	static const struct {
		const char *name, *in;
		int64_t us; /* -1 = -EINVAL */
	} table[] = {
		{ "minutes", "5m", 5 * UTC_MIN },
		{ "two", "2h30m", 150 * UTC_MIN },
		{ "days", "7d", 7 * UTC_DAY },
		{ "over its kind", "90s", 90 * UTC_SEC },
		{ "ms", "10ms", 10000 },
		{ "all", "1d1h1m1s1ms", UTC_DAY + UTC_HOUR + UTC_MIN + UTC_SEC + 1000 },
		{ "zero", "0s", 0 },
		{ "most", "106751991d", INT64_C(106751991) * UTC_DAY },
		{ "over", "106751992d", -1 },
		{ "over by parts", "106751991d9999999h", -1 },
		{ "twice the unit", "72hh", -1 },
		{ "same again", "1h1h", -1 },
		{ "rising", "1m1h", -1 },
		{ "empty", "", -1 },
		{ "sign", "-1s", -1 },
		{ "no unit", "5", -1 },
		{ "no number", "h", -1 },
		{ "no second unit", "1h5", -1 },
		{ "space", "1h 5m", -1 },
		{ "capital", "1H", -1 },
		{ "fraction", "1.5h", -1 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		int64_t us = -1;

		assert_int_equal(
			utc_parse_span(str_z(row->in), &us), row->us < 0 ? -EINVAL : 0);
		assert_true(us == row->us);
	}
}

static void
test_span(void **state)
{
	static const struct {
		const char *name;
		int64_t us;
		const char *out;
	} table[] = {
		{ "zero", 0, "0 s" },
		{ "tiny", 999, "<1 ms" },
		{ "ms", 999999, "999 ms" },
		{ "s", 3 * UTC_SEC + 999999, "3 s" },
		{ "min", 2 * UTC_MIN, "2 min" },
		{ "min s", 2 * UTC_MIN + 5 * UTC_SEC, "2 min 5 s" },
		{ "h min", 4 * UTC_HOUR + 10 * UTC_MIN + 59 * UTC_SEC, "4 h 10 min" },
		{ "d h", 2 * UTC_DAY + 3 * UTC_HOUR, "2 d 3 h" },
		{ "d without h", 5 * UTC_DAY + 59 * UTC_MIN, "5 d" },
		{ "before", -5 * UTC_SEC, "-5 s" },
		{ "least", INT64_MIN, "-106751991 d 4 h" },
	};
	char dst[UTC_TEXT_SIZE];

	(void)state;
	TEST_EACH(row, table)
	assert_string_equal(utc_span(dst, row->us), row->out);
}

TEST_MAIN(TEST(test_write), TEST(test_days), TEST(test_parse), TEST(test_parse_span),
	TEST(test_span))
