#include "content/decimal.h"

#include <errno.h>
#include <float.h>
#include <math.h>

#define PLAIN_MOST  21 /* ECMAScript writes an exponent beyond */
#define PLAIN_LEAST (-6)

static void
trim(struct decimal *d)
{
	unsigned lead = 0;

	while (d->n && d->digits[d->n - 1] == '0')
		d->n--;
	while (lead < d->n && d->digits[lead] == '0')
		lead++;
	if (lead) {
		memmove(d->digits, d->digits + lead, d->n - lead);
		d->n -= lead;
		d->point -= (int)lead;
	}
	if (!d->n) {
		d->point = 0;
		d->negative = false;
	}
}

struct decimal
decimal_of_int(int64_t v)
{
	struct decimal d = { .negative = v < 0 };
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char back[DECIMAL_DIGITS] = { 0 };

	for (; left; left /= 10)
		back[d.n++] = (char)('0' + left % 10);
	for (unsigned i = 0; i < d.n; i++)
		d.digits[i] = back[d.n - 1 - i];
	d.point = (int)d.n;
	trim(&d);
	return d;
}

/* text is what "%.*e" gives: -d.ddde±xx. */
static struct decimal
of_exponent(const char *text)
{
	struct decimal d = { .negative = *text == '-' };
	const char *p = text + d.negative;

	for (; *p && *p != 'e'; p++)
		if (ascii_digit(*p) && d.n < DECIMAL_DIGITS)
			d.digits[d.n++] = *p;
	d.point = *p ? (int)strtol(p + 1, NULL, 10) + 1 : 0;
	trim(&d);
	return d;
}

/*
 * Prices and the like: a whole number of ten-thousandths at most. Two different decimals of up
 * to 15 digits are never the same double, so if one gives v back, it is the shortest.
 */
static bool
of_few_places(double v, struct decimal *ret_d)
{
	static const double tens[] = { 1, 10, 100, 1000, 10000 };

	for (int places = 0; places < 5; places++) {
		double whole = rint(v * tens[places]);

		if (!(fabs(whole) < 1e15))
			return false;
		if (!(whole / tens[places] < v) && !(whole / tens[places] > v)) {
			*ret_d = decimal_of_int((int64_t)whole);
			if (ret_d->n)
				ret_d->point -= places;
			return true;
		}
	}
	return false;
}

struct decimal
decimal_of_float(double v)
{
	struct decimal d;
	char text[40];

	if (of_few_places(v, &d))
		return d;

	/* Below, not even 15 digits are held. */
	for (int digits = fabs(v) < DBL_MIN ? 1 : 15; digits < 17; digits++) {
		snprintf(text, sizeof text, "%.*e", digits - 1, v);
		if (strtod(text, NULL) == v)
			return of_exponent(text);
	}
	snprintf(text, sizeof text, "%.16e", v);
	return of_exponent(text);
}

double
decimal_float(const struct decimal *d)
{
	char text[DECIMAL_DIGITS + 24];

	snprintf(text, sizeof text, "%s0.%.*se%d", d->negative ? "-" : "", (int)d->n, d->digits,
		d->point);
	return d->n ? strtod(text, NULL) : 0;
}

static void
add_one(struct decimal *d)
{
	unsigned i = d->n;

	while (i > 0 && d->digits[i - 1] == '9')
		d->digits[--i] = '0';
	if (i > 0) {
		d->digits[i - 1]++;
		return;
	}
	d->digits[0] = '1';
	d->n = 1;
	d->point++;
}

void
decimal_round(struct decimal *d, int places)
{
	int keep = d->point + places;
	bool up;

	if (keep >= (int)d->n)
		return;
	if (keep < 0) {
		d->n = 0;
		trim(d);
		return;
	}
	up = d->digits[keep] >= '5';
	d->n = (unsigned)keep;
	if (up)
		add_one(d);
	trim(d);
}

static char
digit_at(const struct decimal *d, int i)
{
	return i >= 0 && i < (int)d->n ? d->digits[i] : '0';
}

static int
print_exponent(struct buf *b, const struct decimal *d)
{
	buf_put_c(b, d->digits[0]);
	if (d->n > 1) {
		buf_put_c(b, '.');
		buf_put(b, str_of(d->digits + 1, d->n - 1));
	}
	buf_put_c(b, 'e');
	buf_put_c(b, d->point > 0 ? '+' : '-');
	return buf_put_u64(b, (uint64_t)(d->point > 0 ? d->point - 1 : 1 - d->point));
}

int
decimal_print(struct buf *b, const struct decimal *d)
{
	int most = d->point > (int)d->n ? d->point : (int)d->n;

	if (d->negative)
		buf_put_c(b, '-');
	if (!d->n)
		return buf_put_c(b, '0');
	if (d->point > PLAIN_MOST || d->point < PLAIN_LEAST + 1)
		return print_exponent(b, d);
	if (d->point <= 0) {
		buf_put_z(b, "0.");
		for (int i = d->point; i < 0; i++)
			buf_put_c(b, '0');
		return buf_put(b, str_of(d->digits, d->n));
	}
	for (int i = 0; i < most; i++) {
		if (i == d->point)
			buf_put_c(b, '.');
		buf_put_c(b, digit_at(d, i));
	}
	return b->full ? -E2BIG : 0;
}

/* group: between thousands. India groups by two behind the first three. */
struct manner {
	const char *locale, *point, *group;
	bool by_two;
};

#define NARROW "\xe2\x80\xaf" /* U+202F */
#define HARD   "\xc2\xa0"     /* U+00A0 */

/* The longest name that fits wins; the first is what unknown locales get. */
static const struct manner manners[] = {
	{ "en", ".", ",", false },
	{ "ar", ".", ",", false },
	{ "bg", ",", HARD, false },
	{ "bn", ".", ",", true },
	{ "ca", ",", ".", false },
	{ "cs", ",", HARD, false },
	{ "da", ",", ".", false },
	{ "de", ",", ".", false },
	{ "de_AT", ",", HARD, false },
	{ "de_CH", ".", "\xe2\x80\x99", false },
	{ "de_LI", ".", "\xe2\x80\x99", false },
	{ "el", ",", ".", false },
	{ "en_IN", ".", ",", true },
	{ "en_ZA", ",", HARD, false },
	{ "es", ",", ".", false },
	{ "es_MX", ".", ",", false },
	{ "es_US", ".", ",", false },
	{ "et", ",", HARD, false },
	{ "fi", ",", HARD, false },
	{ "fr", ",", NARROW, false },
	{ "fr_CA", ",", HARD, false },
	{ "fr_CH", ",", NARROW, false },
	{ "hi", ".", ",", true },
	{ "hr", ",", ".", false },
	{ "hu", ",", HARD, false },
	{ "id", ",", ".", false },
	{ "it", ",", ".", false },
	{ "it_CH", ".", "\xe2\x80\x99", false },
	{ "lt", ",", HARD, false },
	{ "lv", ",", HARD, false },
	{ "nb", ",", HARD, false },
	{ "nl", ",", ".", false },
	{ "nn", ",", HARD, false },
	{ "no", ",", HARD, false },
	{ "pl", ",", HARD, false },
	{ "pt", ",", ".", false },
	{ "pt_PT", ",", HARD, false },
	{ "ro", ",", ".", false },
	{ "ru", ",", HARD, false },
	{ "sk", ",", HARD, false },
	{ "sl", ",", ".", false },
	{ "sr", ",", ".", false },
	{ "sv", ",", HARD, false },
	{ "tr", ",", ".", false },
	{ "uk", ",", HARD, false },
	{ "vi", ",", ".", false },
};

/* "fr-fr.UTF-8" is "fr_FR" and "fr". */
static bool
fits(struct str locale, const char *name)
{
	size_t n = strlen(name);

	if (locale.n < n || (locale.n > n && ascii_alnum(locale.p[n])))
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = locale.p[i] == '-' ? '_' : locale.p[i];

		if (ascii_lower(c) != ascii_lower(name[i]))
			return false;
	}
	return true;
}

static const struct manner *
find_manner(struct str locale)
{
	const struct manner *best = &manners[0];
	size_t most = 0;

	for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
		if (strlen(manners[i].locale) > most && fits(locale, manners[i].locale)) {
			best = &manners[i];
			most = strlen(best->locale);
		}
	}
	return best;
}

struct pattern {
	struct str before, behind; /* with quotes still in */
	int whole, least, most;    /* digits before the point at least; places */
	bool grouped, percent;
};

static bool
is_digit_mark(char c)
{
	return c == '#' || c == '0' || c == ',' || c == '.';
}

/* The first index from i on that is (or is not) a mark of digits, quotes skipped. */
static size_t
skip(struct str s, size_t i, bool marks)
{
	while (i < s.n && is_digit_mark(s.p[i]) == marks) {
		if (!marks && s.p[i] == '\'') {
			size_t end = str_find(str_from(s, i + 1), '\'');

			i += end + 1;
			if (i >= s.n)
				return s.n;
		}
		i++;
	}
	return i < s.n ? i : s.n;
}

static bool
has_percent(struct str s)
{
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		quoted ^= s.p[i] == '\'';
		if (s.p[i] == '%' && !quoted)
			return true;
	}
	return false;
}

static int
read_pattern(struct str s, struct pattern *ret_p)
{
	size_t first = skip(s, 0, false), end = skip(s, first, true);
	struct pattern p = { .before = str_head(s, first), .behind = str_from(s, end) };
	bool point = false;

	if (first == end)
		return -EINVAL;
	for (size_t i = first; i < end; i++) {
		char c = s.p[i];

		if (c == ',' && !point)
			p.grouped = true;
		if (c == '.' && point)
			return -EINVAL;
		point |= c == '.';
		p.whole += !point && c == '0';
		p.least += point && c == '0';
		p.most += point && (c == '0' || c == '#');
	}
	if (p.most > DECIMAL_PLACES_MAX || p.whole > DECIMAL_PLACES_MAX)
		return -EINVAL;
	p.percent = has_percent(p.before) || has_percent(p.behind);
	*ret_p = p;
	return 0;
}

static void
put_affix(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\'') {
			buf_put_c(b, s.p[i]);
			continue;
		}
		if (i + 1 < s.n && s.p[i + 1] == '\'')
			buf_put_c(b, s.p[++i]);
	}
}

/* Does a group end before the digit with so many digits behind it? */
static bool
group_ends(const struct manner *m, int left)
{
	if (m->by_two)
		return left == 3 || (left > 3 && (left - 3) % 2 == 0);
	return left % 3 == 0;
}

static void
put_digits(
	struct buf *b, const struct decimal *d, const struct pattern *p, const struct manner *m)
{
	int whole = d->point > p->whole ? d->point : p->whole;
	int places = (int)d->n - d->point;

	for (int left = whole; left > 0; left--) {
		if (left != whole && p->grouped && group_ends(m, left))
			buf_put_z(b, m->group);
		buf_put_c(b, digit_at(d, d->point - left));
	}
	if (whole <= 0 && p->least == 0 && places <= 0)
		buf_put_c(b, '0');
	if (places < p->least)
		places = p->least;
	if (places > 0)
		buf_put_z(b, m->point);
	for (int i = 0; i < places; i++)
		buf_put_c(b, digit_at(d, d->point + i));
}

int
decimal_format(
	struct buf *b, const struct decimal *number, struct str pattern, struct str locale)
{
	struct str rest = pattern, first = str_cut(&rest, ';');
	const struct manner *m = find_manner(locale);
	struct decimal d = *number;
	struct pattern p;
	bool own = d.negative && rest.p && rest.n > 0;

	if (read_pattern(own ? rest : first, &p))
		return -EINVAL;
	if (p.percent && d.n)
		d.point += 2;
	/* No double has more digits before its point. */
	if (d.point > 400)
		return -EINVAL;
	decimal_round(&d, p.most);
	if (d.negative && !own)
		buf_put_c(b, '-');
	put_affix(b, p.before);
	put_digits(b, &d, &p, m);
	put_affix(b, p.behind);
	return b->full ? -E2BIG : 0;
}
