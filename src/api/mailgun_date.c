#include "api/mailgun_date.h"

#include "base/utc.h"

#include <errno.h>

static struct str
word(struct str *rest)
{
	struct str w;

	*rest = str_trim_all(*rest);
	w = str_cut(rest, ' ');
	return w;
}

static bool
number(struct str s, uint32_t low, uint32_t high, int *ret_v)
{
	uint32_t v;

	if (str_u32(s, &v) < 0 || v < low || v > high)
		return false;
	*ret_v = (int)v;
	return true;
}

static bool
month(struct str s, int *ret_month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (str_ieq(s, str_of(names + 3 * (size_t)i, 3))) {
			*ret_month = i + 1;
			return true;
		}
	return false;
}

static bool
time_of_day(struct str s, struct utc *u)
{
	struct str h = str_cut(&s, ':'), m = str_cut(&s, ':');

	return number(h, 0, 23, &u->hour) && number(m, 0, 59, &u->minute) &&
	       (!s.p || number(s, 0, 60, &u->second));
}

static bool
zone(struct str s, int64_t *ret_offset)
{
	int h, m;

	*ret_offset = 0;
	if (str_ieq_z(s, "GMT") || str_ieq_z(s, "UTC") || str_ieq_z(s, "UT") ||
		str_ieq_z(s, "Z"))
		return true;
	if (s.n != 5 || (s.p[0] != '+' && s.p[0] != '-') ||
		!number(str_of(s.p + 1, 2), 0, 23, &h) ||
		!number(str_of(s.p + 3, 2), 0, 59, &m))
		return false;
	*ret_offset = (h * UTC_HOUR + m * UTC_MIN) * (s.p[0] == '-' ? -1 : 1);
	return true;
}

int
mailgun_date_read(struct str s, int64_t *ret_wall)
{
	struct utc u = { 0 };
	size_t comma = str_find(s, ',');
	int64_t offset;

	if (comma < s.n)
		s = str_from(s, comma + 1);
	if (!number(word(&s), 1, 31, &u.day) || !month(word(&s), &u.month) ||
		!number(word(&s), 1970, 9998, &u.year) ||
		u.day > utc_month_days(u.year, u.month) || !time_of_day(word(&s), &u) ||
		!zone(word(&s), &offset) || str_trim_all(s).n > 0)
		return -EINVAL;
	*ret_wall = utc_join(&u) - offset;
	return 0;
}
