#include "content/html_ref.h"

#include "content/html_ref_tbl.h"

#include <errno.h>

#define OLD_MAX  6u  /* bytes of a name that may lack its ';' */
#define NAME_MAX 20u /* of any */
#define UNKNOWN  0xfffdu

static const struct name {
	const char *text;
	uint16_t point;
	bool old;
} names[] = {
#define N(text, point) { text, point, false },
#define O(text, point) { text, point, true },
	HTML_REF_TABLE(N, O)
#undef N
#undef O
};

static const struct name *
lookup(struct str text)
{
	size_t low = 0, high = sizeof names / sizeof *names;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(text, str_z(names[middle].text));

		if (order == 0)
			return &names[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* 0x80 to 0x9f of windows-1252; 0: nothing there. */
static uint32_t
windows(uint32_t byte)
{
	static const uint16_t table[32] = { 0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020,
		0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019,
		0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0,
		0x17e, 0x178 };

	return table[byte - 0x80];
}

/* What a numeric reference stands for (13.2.5.80). */
static uint32_t
allowed(uint32_t v)
{
	if (v == 0 || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return UNKNOWN;
	if (v >= 0x80 && v < 0xa0)
		return windows(v) ? windows(v) : v;
	return v;
}

static int
digit_of(char c, bool hex)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t
numeric(struct str s, uint32_t *ret_point)
{
	bool hex = s.n > 2 && ascii_lower(s.p[2]) == 'x';
	size_t first = hex ? 3 : 2, i = first;
	uint32_t v = 0;

	for (; i < s.n && digit_of(s.p[i], hex) >= 0; i++)
		if (v <= 0x10ffff)
			v = v * (hex ? 16 : 10) + (uint32_t)digit_of(s.p[i], hex);
	if (i == first)
		return 0;
	*ret_point = allowed(v);
	return i + (i < s.n && s.p[i] == ';');
}

/* The longest name that may lack its ';' at the start of the word. */
static size_t
old_name(struct str word, uint32_t *ret_point)
{
	for (size_t n = word.n < OLD_MAX ? word.n : OLD_MAX; n >= 2; n--) {
		const struct name *found = lookup(str_head(word, n));

		if (found && found->old) {
			*ret_point = found->point;
			return n;
		}
	}
	return 0;
}

size_t
html_ref_read(struct str s, bool attribute, uint32_t *ret_point)
{
	const struct name *found;
	struct str word;
	size_t n = 1;

	if (s.n > 1 && s.p[1] == '#')
		return numeric(s, ret_point);
	while (n < s.n && n <= NAME_MAX && ascii_alnum(s.p[n]))
		n++;
	word = str_of(s.p + 1, n - 1);
	if (n < s.n && s.p[n] == ';' && (found = lookup(word)) != NULL) {
		*ret_point = found->point;
		return n + 1;
	}
	n = old_name(word, ret_point);
	if (n == 0)
		return 0;
	if (attribute && n + 1 < s.n && (s.p[n + 1] == '=' || ascii_alnum(s.p[n + 1])))
		return 0;
	return n + 1 + (n + 1 < s.n && s.p[n + 1] == ';');
}

/* ---- UTF-8 */

/* Bytes of a well-formed sequence at s, 0: none. */
static size_t
sequence(struct str s, uint32_t *ret_point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)s.p[0];
	size_t n = lead >= 0xf0 && lead < 0xf5   ? 4
	           : lead >= 0xe0 && lead < 0xf0 ? 3
	           : lead >= 0xc2 && lead < 0xe0 ? 2
	                                         : 0;
	uint32_t v = n ? lead & (0x7fu >> n) : 0;

	if (n == 0 || s.n < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | ((unsigned char)s.p[i] & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	*ret_point = v;
	return n;
}

size_t
html_ref_char(struct str s, uint32_t *ret_point)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n;

	if (c < 0x80) {
		*ret_point = c;
		return 1;
	}
	n = sequence(s, ret_point);
	if (n == 0)
		*ret_point = c >= 0xa0 ? c : windows(c) ? windows(c) : UNKNOWN;
	return n ? n : 1;
}

int
html_ref_put(struct buf *out, uint32_t v)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned n = v < 0x80 ? 1 : v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;
	char bytes[4];
	size_t at = 0;

	if (n == 1)
		return buf_put_c(out, (char)v);
	bytes[at++] = (char)(lead[n] | v >> 6 * (n - 1));
	while (--n > 0)
		bytes[at++] = (char)(0x80 | (v >> 6 * (n - 1) & 0x3f));
	return buf_put(out, str_of(bytes, at));
}

int
html_ref_decode(struct buf *out, struct str value)
{
	while (value.n > 0) {
		uint32_t point;
		size_t n = value.p[0] == '&' ? html_ref_read(value, true, &point) : 0;

		if (n == 0)
			n = html_ref_char(value, &point);
		value = str_from(value, n);
		if (point == '\t' || point == '\n' || point == '\r' || point == '\f')
			point = ' ';
		if (point >= 0x20 && (point < 0x7f || point >= 0xa0))
			html_ref_put(out, point);
	}
	return out->full ? -E2BIG : 0;
}
