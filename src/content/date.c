#include "content/date.h"

#include <errno.h>

#define YEAR_FIRST 1
#define YEAR_LAST  9999
#define TEXT_MOST  128u /* of a date, blanks around it included */
#define ZONE_MOST  (18 * 60)
#define FIRST_DAY  INT64_C(-719162) /* 0001-01-01 in days since 1970-01-01 */
#define END_DAY    INT64_C(2932897) /* the one behind 9999-12-31 */

static const char *const months[] = { "January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December" };
static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
	"Friday", "Saturday" };

bool
date_ok(int64_t wall)
{
	return wall >= FIRST_DAY * UTC_DAY && wall < END_DAY * UTC_DAY;
}

/* Days since 1970-01-01 of a day of the proleptic Gregorian calendar. Years begin in March, so
 * that the leap day is their last. */
static int64_t
day_number(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void
split_day(int64_t number, struct utc *u)
{
	int64_t z = number + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;

	u->day = (int)(of_year - (153 * m + 2) / 5 + 1);
	u->month = (int)(m < 10 ? m + 3 : m - 9);
	u->year = (int)(y + era * 400 + (u->month <= 2));
	u->weekday = (int)(((number % 7) + 11) % 7);
}

struct utc
date_split(int64_t wall)
{
	int64_t number = wall / UTC_DAY, left = wall % UTC_DAY;
	struct utc u = { 0 };

	if (left < 0) {
		left += UTC_DAY;
		number--;
	}
	split_day(number, &u);
	u.hour = (int)(left / UTC_HOUR);
	u.minute = (int)(left / UTC_MIN % 60);
	u.second = (int)(left / UTC_SEC % 60);
	u.usec = (int)(left % UTC_SEC);
	return u;
}

/* Exactly n digits at the start of *rest. */
static bool
take_digits(struct str *rest, size_t n, int *ret_v)
{
	int v = 0;

	if (rest->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!ascii_digit(rest->p[i]))
			return false;
		v = v * 10 + (rest->p[i] - '0');
	}
	*rest = str_from(*rest, n);
	*ret_v = v;
	return true;
}

static bool
take_c(struct str *rest, char c)
{
	if (!rest->n || rest->p[0] != c)
		return false;
	*rest = str_from(*rest, 1);
	return true;
}

int
date_zone(struct str s, int *ret_minutes)
{
	bool west;
	int hours = 0, minutes = 0;

	s = str_trim(s);
	if (!s.n || str_ieq_z(s, "z") || str_ieq_z(s, "utc") || str_ieq_z(s, "gmt")) {
		*ret_minutes = 0;
		return 0;
	}
	west = s.p[0] == '-';
	if (s.p[0] != '+' && !west)
		return -EINVAL;
	s = str_from(s, 1);
	if (!take_digits(&s, 2, &hours) && !take_digits(&s, 1, &hours))
		return -EINVAL;
	if (s.n) {
		take_c(&s, ':');
		if (!take_digits(&s, 2, &minutes) || s.n)
			return -EINVAL;
	}
	if (minutes > 59 || hours * 60 + minutes > ZONE_MOST)
		return -EINVAL;
	*ret_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
	return 0;
}

/* Fractions finer than µs are cut off. */
static bool
take_fraction(struct str *rest, int *ret_usec)
{
	int usec = 0, scale = 100000;
	size_t n = 0;

	while (n < rest->n && ascii_digit(rest->p[n])) {
		usec += (rest->p[n++] - '0') * scale;
		scale /= 10;
	}
	*rest = str_from(*rest, n);
	*ret_usec = usec;
	return n > 0;
}

static bool
take_time(struct str *rest, struct utc *u)
{
	if (!take_digits(rest, 2, &u->hour) || !take_c(rest, ':') ||
		!take_digits(rest, 2, &u->minute))
		return false;
	if (take_c(rest, ':')) {
		if (!take_digits(rest, 2, &u->second))
			return false;
		if (take_c(rest, '.') && !take_fraction(rest, &u->usec))
			return false;
	}
	return u->hour <= 23 && u->minute <= 59 && u->second <= 60;
}

int
date_parse(struct str s, int64_t *ret_wall)
{
	struct str rest = s.n > TEXT_MOST ? STR_NONE : str_trim(s);
	struct utc u = { 0 };
	int zone = 0;
	int64_t wall;

	if (!take_digits(&rest, 4, &u.year) || !take_c(&rest, '-') ||
		!take_digits(&rest, 2, &u.month) || !take_c(&rest, '-') ||
		!take_digits(&rest, 2, &u.day))
		return -EINVAL;
	if (u.year < YEAR_FIRST || u.month < 1 || u.month > 12 || u.day < 1 ||
		u.day > utc_month_days(u.year, u.month))
		return -EINVAL;
	if (rest.n) {
		if (!take_c(&rest, 'T') && !take_c(&rest, 't') && !take_c(&rest, ' '))
			return -EINVAL;
		if (!take_time(&rest, &u) || date_zone(rest, &zone))
			return -EINVAL;
	}
	wall = day_number(u.year, u.month, u.day) * UTC_DAY + u.hour * UTC_HOUR +
	       u.minute * UTC_MIN + u.second * UTC_SEC + u.usec - zone * UTC_MIN;
	if (!date_ok(wall))
		return -EINVAL;
	*ret_wall = wall;
	return 0;
}

static int
split_in(int64_t wall, int zone_minutes, struct utc *ret_u)
{
	if (!date_ok(wall) || !date_ok(wall + zone_minutes * UTC_MIN))
		return -EINVAL;
	*ret_u = date_split(wall + zone_minutes * UTC_MIN);
	return 0;
}

static int
twelve(int hour)
{
	return hour % 12 ? hour % 12 : 12;
}

static void
put_number(struct buf *b, int v, size_t digits)
{
	buf_put_padded(b, (uint64_t)v, (unsigned)digits);
}

static void
put_name(struct buf *b, const char *name, size_t letters)
{
	buf_put(b, str_head(str_z(name), letters));
}

/* How often s starts with its first letter, in any case; at most `most` times. */
static size_t
run(struct str s, size_t most)
{
	size_t n = 1;

	while (n < s.n && n < most && ascii_lower(s.p[n]) == ascii_lower(s.p[0]))
		n++;
	return n;
}

/* Does the format say am/pm or a/p somewhere outside of quotes? Then hours go to twelve. */
static bool
has_noon(struct str format)
{
	char quote = 0;

	for (size_t i = 0; i < format.n; i++) {
		char c = format.p[i];

		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else if (!quote && (str_istarts(str_from(format, i), STR_LIT("am/pm")) ||
					   str_istarts(str_from(format, i), STR_LIT("a/p"))))
			return true;
	}
	return false;
}

/* The mark of n letters c. */
static void
put_mark(struct buf *b, char c, size_t n, const struct utc *u)
{
	switch (c) {
	case 'y':
		put_number(b, n > 2 ? u->year : u->year % 100, n > 2 ? 4 : 2);
		break;
	case 'm':
		if (n > 2)
			put_name(b, months[u->month - 1], n > 3 ? SIZE_MAX : 3);
		else
			put_number(b, u->month, n);
		break;
	case 'd':
		if (n > 2)
			put_name(b, days[u->weekday], n > 3 ? SIZE_MAX : 3);
		else
			put_number(b, u->day, n);
		break;
	case 'n':
		put_number(b, u->minute, n);
		break;
	case 's':
		put_number(b, u->second, n);
		break;
	default:
		put_number(b, u->usec / 1000, n);
		break;
	}
}

static const char marks[] = "ymdnsz";

static size_t
most_letters(char c)
{
	return c == 'y' || c == 'm' || c == 'd' ? 4 : c == 'z' ? 3 : 2;
}

/* "am/pm", "a/p" or a text in quotes at the start of s: bytes taken, or 0. */
static size_t
put_special(struct buf *b, struct str s, const struct utc *u)
{
	bool upper = s.p[0] == 'A';
	size_t end;

	if (s.p[0] == '"' || s.p[0] == '\'') {
		end = str_find(str_from(s, 1), s.p[0]);
		buf_put(b, str_head(str_from(s, 1), end));
		return end + 2 < s.n ? end + 2 : s.n;
	}
	if (str_istarts(s, STR_LIT("am/pm"))) {
		buf_put_z(b, u->hour < 12 ? (upper ? "AM" : "am") : (upper ? "PM" : "pm"));
		return 5;
	}
	if (str_istarts(s, STR_LIT("a/p"))) {
		buf_put_z(b, u->hour < 12 ? (upper ? "A" : "a") : (upper ? "P" : "p"));
		return 3;
	}
	return 0;
}

int
date_format(struct buf *b, struct str format, int64_t wall, int zone_minutes)
{
	bool noon = has_noon(format), hours = false;
	struct utc u;

	if (split_in(wall, zone_minutes, &u))
		return -EINVAL;
	for (size_t i = 0, n; i < format.n; i += n) {
		struct str s = str_from(format, i);
		char c = ascii_lower(s.p[0]);

		n = put_special(b, s, &u);
		if (n)
			continue;
		if (c == 'h') {
			n = run(s, 2);
			put_number(b, noon ? twelve(u.hour) : u.hour, n);
			hours = true;
		} else if (c && strchr(marks, c)) {
			n = run(s, most_letters(c));
			put_mark(b, c == 'm' && hours && n <= 2 ? 'n' : c, n, &u);
			hours = false;
		} else {
			n = 1;
			buf_put_c(b, s.p[0]);
		}
	}
	return b->full ? -E2BIG : 0;
}

static void
put_zone(struct buf *b, int minutes, bool colon)
{
	int size = minutes < 0 ? -minutes : minutes;

	buf_put_c(b, minutes < 0 ? '-' : '+');
	put_number(b, size / 60, 2);
	if (colon)
		buf_put_c(b, ':');
	put_number(b, size % 60, 2);
}

static size_t
run_exact(struct str s, size_t most)
{
	size_t n = 1;

	while (n < s.n && n < most && s.p[n] == s.p[0])
		n++;
	return n;
}

/* One mark at the start of s: bytes taken, or 0 when there is none. */
static size_t
put_moment(struct buf *b, struct str s, const struct utc *u, int zone)
{
	char c = s.p[0];
	size_t n = run_exact(s, c == 'Z' || c == 'H' || c == 'h' || c == 's' ? 2 : 4);

	switch (c) {
	case 'Y':
		n = n == 4 ? 4 : n >= 2 ? 2 : 1;
		put_mark(b, 'y', n == 1 ? 4 : n, u);
		return n;
	case 'M':
		put_mark(b, 'm', n, u);
		return n;
	case 'D':
		n = n > 2 ? 2 : n;
		put_number(b, u->day, n);
		return n;
	case 'd':
		if (n < 3)
			return 0;
		put_mark(b, 'd', n, u);
		return n;
	case 'H':
	case 'h':
		put_number(b, c == 'H' ? u->hour : twelve(u->hour), n);
		return n;
	case 'm':
		n = n > 2 ? 2 : n;
		put_number(b, u->minute, n);
		return n;
	case 's':
		put_number(b, u->second, n);
		return n;
	case 'A':
	case 'a':
		buf_put_z(
			b, u->hour < 12 ? (c == 'A' ? "AM" : "am") : (c == 'A' ? "PM" : "pm"));
		return 1;
	case 'Z':
		put_zone(b, zone, n == 1);
		return n;
	default:
		return 0;
	}
}

int
date_format_moment(struct buf *b, struct str format, int64_t wall, int zone_minutes)
{
	bool closed = true; /* false: no "]" is behind, so that it is looked for once */
	struct utc u;

	if (split_in(wall, zone_minutes, &u))
		return -EINVAL;
	for (size_t i = 0, n; i < format.n; i += n) {
		struct str s = str_from(format, i);
		size_t end = s.p[0] == '[' && closed ? str_find(s, ']') : 0;

		closed &= end < s.n;
		if (end > 0 && closed) {
			buf_put(b, str_head(str_from(s, 1), end - 1));
			n = end + 1;
			continue;
		}
		n = put_moment(b, s, &u, zone_minutes);
		if (!n) {
			n = 1;
			buf_put_c(b, s.p[0]);
		}
	}
	return b->full ? -E2BIG : 0;
}
