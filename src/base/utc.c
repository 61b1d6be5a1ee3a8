#include "base/utc.h"

#include "base/must.h"

#include <errno.h>
#include <stdio.h>

#define UTC_YEAR_FIRST 1970
#define UTC_YEAR_LAST  9999
/* 9999-12-31T23:59:59.999999Z */
#define UTC_MOST (INT64_C(253402300800) * UTC_SEC - 1)

static const char month_name[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	"Sep", "Oct", "Nov", "Dec" };
static const char day_name[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

/*
 * The calendar is counted in years that begin on 1 March, so that the leap day is the last
 * of its year, and in eras of 400 years (146,097 days), after which it repeats. Day 0 is
 * 0000-03-01; 1970-01-01 is day 719,468.
 */
#define ERA_DAYS   146097
#define EPOCH_DAYS 719468

static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t in_era = y % 400;
	int64_t month_of = (month + 9) % 12;
	int64_t day_of = (153 * month_of + 2) / 5 + day - 1;

	return y / 400 * ERA_DAYS + in_era * 365 + in_era / 4 - in_era / 100 + day_of -
	       EPOCH_DAYS;
}

static void
date_of(int64_t days, struct utc *u)
{
	int64_t z = days + EPOCH_DAYS, day = z % ERA_DAYS;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t day_of = day - (365 * year + year / 4 - year / 100);
	int64_t month_of = (5 * day_of + 2) / 153;

	u->day = (int)(day_of - (153 * month_of + 2) / 5 + 1);
	u->month = (int)(month_of < 10 ? month_of + 3 : month_of - 9);
	u->year = (int)(z / ERA_DAYS * 400 + year + (u->month <= 2));
	u->weekday = (int)((days + 4) % 7);
}

struct utc
utc_split(int64_t wall)
{
	struct utc u;
	int64_t rest;

	if (wall < 0)
		wall = 0;
	if (wall > UTC_MOST)
		wall = UTC_MOST;
	date_of(wall / UTC_DAY, &u);
	rest = wall % UTC_DAY;
	u.hour = (int)(rest / UTC_HOUR);
	u.minute = (int)(rest % UTC_HOUR / UTC_MIN);
	u.second = (int)(rest % UTC_MIN / UTC_SEC);
	u.usec = (int)(rest % UTC_SEC);
	return u;
}

static bool
within(int v, int least, int most)
{
	return v >= least && v <= most;
}

int64_t
utc_join(const struct utc *u)
{
	must(within(u->year, UTC_YEAR_FIRST, UTC_YEAR_LAST) && within(u->month, 1, 12));
	must(within(u->day, 1, 31) && within(u->hour, 0, 23) && within(u->minute, 0, 59));
	must(within(u->second, 0, 60) && within(u->usec, 0, (int)UTC_SEC - 1));
	return days_of(u->year, u->month, u->day) * UTC_DAY + u->hour * UTC_HOUR +
	       u->minute * UTC_MIN + u->second * UTC_SEC + u->usec;
}

/* These are written several times a message: no printf. Each returns where it ended. */
static char *
put_digits(char *at, int v, size_t digits, char end)
{
	for (size_t i = digits; i > 0; i--, v /= 10)
		at[i - 1] = (char)('0' + v % 10);
	at[digits] = end;
	return at + digits + 1;
}

static char *
put_date(char *at, const struct utc *u, char end)
{
	at = put_digits(at, u->year, 4, '-');
	at = put_digits(at, u->month, 2, '-');
	return put_digits(at, u->day, 2, end);
}

static char *
put_clock(char *at, const struct utc *u, char end)
{
	at = put_digits(at, u->hour, 2, ':');
	at = put_digits(at, u->minute, 2, ':');
	return put_digits(at, u->second, 2, end);
}

static char *
put_name(char *at, const char name[4])
{
	memcpy(at, name, 3);
	return at + 3;
}

const char *
utc_rfc3339(char dst[UTC_TEXT_SIZE], int64_t wall)
{
	struct utc u = utc_split(wall);
	char *at = put_clock(put_date(dst, &u, 'T'), &u, '.');

	*put_digits(at, u.usec / 1000, 3, 'Z') = '\0';
	return dst;
}

const char *
utc_rfc5322(char dst[UTC_TEXT_SIZE], int64_t wall)
{
	static const char zone[] = "+0000";
	struct utc u = utc_split(wall);
	char *at = put_name(dst, day_name[u.weekday]);

	*at++ = ',';
	*at++ = ' ';
	at = put_name(put_digits(at, u.day, 2, ' '), month_name[u.month - 1]);
	*at++ = ' ';
	at = put_clock(put_digits(at, u.year, 4, ' '), &u, ' ');
	memcpy(at, zone, sizeof zone);
	return dst;
}

const char *
utc_day(char dst[UTC_TEXT_SIZE], int64_t wall)
{
	struct utc u = utc_split(wall);

	(void)put_date(dst, &u, '\0');
	return dst;
}

int
utc_month_days(int year, int month)
{
	static const char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	must(within(month, 1, 12));
	return days[month - 1] + (month == 2 && leap);
}

/* Takes `digits` digits from the front of *s, then the byte `end` unless that is 0. */
static bool
take(struct str *s, size_t digits, char end, int *ret_v)
{
	uint32_t v;

	if (s->n < digits + (end != 0) || str_u32(str_head(*s, digits), &v) < 0)
		return false;
	*s = str_from(*s, digits);
	if (end) {
		if (ascii_lower(s->p[0]) != ascii_lower(end))
			return false;
		*s = str_from(*s, 1);
	}
	*ret_v = (int)v;
	return true;
}

/* ".123" when it is there; digits beyond the microsecond are dropped. */
static bool
take_fraction(struct str *s, int *ret_usec)
{
	int usec = 0;
	size_t i = 1;

	*ret_usec = 0;
	if (s->n == 0 || s->p[0] != '.')
		return true;
	for (; i < s->n && ascii_digit(s->p[i]); i++)
		if (i <= 6)
			usec = usec * 10 + (s->p[i] - '0');
	for (size_t have = i; have <= 6; have++)
		usec *= 10;
	*s = str_from(*s, i);
	*ret_usec = usec;
	return i > 1;
}

/* RFC 3339 time-offset, all of s, as what it adds to UTC. */
static bool
read_offset(struct str s, int64_t *ret_us)
{
	int hour, minute;
	bool minus;

	*ret_us = 0;
	if (str_ieq_z(s, "z"))
		return true;
	if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-'))
		return false;
	minus = s.p[0] == '-';
	s = str_from(s, 1);
	if (!take(&s, 2, ':', &hour) || !take(&s, 2, 0, &minute) || hour > 23 || minute > 59)
		return false;
	*ret_us = (hour * UTC_HOUR + minute * UTC_MIN) * (minus ? -1 : 1);
	return true;
}

int
utc_parse(struct str s, int64_t *ret_wall)
{
	int64_t offset, wall;
	struct utc u = { 0 };

	if (!take(&s, 4, '-', &u.year) || !take(&s, 2, '-', &u.month) ||
		!take(&s, 2, 'T', &u.day) || !take(&s, 2, ':', &u.hour) ||
		!take(&s, 2, ':', &u.minute) || !take(&s, 2, 0, &u.second))
		return -EINVAL;
	if (!take_fraction(&s, &u.usec) || !read_offset(s, &offset))
		return -EINVAL;
	if (u.year < UTC_YEAR_FIRST || !within(u.month, 1, 12) || u.hour > 23 ||
		u.minute > 59 || u.second > 60 ||
		!within(u.day, 1, utc_month_days(u.year, u.month)))
		return -EINVAL;
	wall = utc_join(&u) - offset;
	/* A leap second is the last second of a UTC day (RFC 3339 5.7); it counts as the next.
	 */
	if (u.second == 60 && wall % UTC_DAY >= UTC_SEC)
		return -EINVAL;
	if (wall < 0 || wall > UTC_MOST)
		return -EINVAL;
	*ret_wall = wall;
	return 0;
}

static const struct unit {
	const char *name;
	int64_t us;
} units[] = { { "d", UTC_DAY }, { "h", UTC_HOUR }, { "m", UTC_MIN }, { "s", UTC_SEC },
	{ "ms", 1000 } };

#define UNITS (sizeof units / sizeof units[0])

/* Letters at the front of s. */
static struct str
word(struct str s)
{
	size_t n = 0;

	while (n < s.n && !ascii_digit(s.p[n]))
		n++;
	return str_head(s, n);
}

int
utc_parse_span(struct str s, int64_t *ret_us)
{
	int64_t us = 0;
	size_t u = 0;

	if (s.n == 0)
		return -EINVAL;
	/* Units come once each and fall: "1m2h" is more likely a slip than a wish. */
	for (; s.n; u++) {
		size_t digits = 0;
		uint32_t v;
		int64_t part;

		while (digits < s.n && ascii_digit(s.p[digits]))
			digits++;
		if (str_u32(str_head(s, digits), &v) < 0)
			return -EINVAL;
		s = str_from(s, digits);
		while (u < UNITS && !str_eq_z(word(s), units[u].name))
			u++;
		if (u == UNITS || __builtin_mul_overflow(units[u].us, (int64_t)v, &part) ||
			__builtin_add_overflow(us, part, &us))
			return -EINVAL;
		s = str_from(s, word(s).n);
	}
	*ret_us = us;
	return 0;
}

const char *
utc_span(char dst[UTC_TEXT_SIZE], int64_t us)
{
	static const struct unit shown[] = { { "d", UTC_DAY }, { "h", UTC_HOUR },
		{ "min", UTC_MIN }, { "s", UTC_SEC }, { "ms", 1000 } };
	uint64_t left = us < 0 ? -(uint64_t)us : (uint64_t)us, big, small;
	const char *minus = us < 0 ? "-" : "";
	size_t i = 0;

	if (left < 1000) {
		snprintf(dst, UTC_TEXT_SIZE, left ? "<1 ms" : "0 s");
		return dst;
	}
	while (left < (uint64_t)shown[i].us)
		i++;
	big = left / (uint64_t)shown[i].us;
	/* Milliseconds beside whole seconds tell a person nothing. */
	small = i < 3 ? left % (uint64_t)shown[i].us / (uint64_t)shown[i + 1].us : 0;
	if (small)
		snprintf(dst, UTC_TEXT_SIZE, "%s%llu %s %llu %s", minus,
			(unsigned long long)big, shown[i].name, (unsigned long long)small,
			shown[i + 1].name);
	else
		snprintf(dst, UTC_TEXT_SIZE, "%s%llu %s", minus, (unsigned long long)big,
			shown[i].name);
	return dst;
}
