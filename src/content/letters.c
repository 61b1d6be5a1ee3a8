#include "content/letters.h"

/* Lower-case letters first … last whose upper case is `less` code points away, or every second
 * one when pairs: then odd (or even) ones are lower case, and the one before is its capital. */
struct range {
	uint16_t first, last;
	int16_t less;
	bool pairs;
};

static const struct range ranges[] = {
	{ 0xe0, 0xf6, 32, false },
	{ 0xf8, 0xfe, 32, false },
	{ 0xff, 0xff, -121, false },
	{ 0x101, 0x12f, 1, true },
	{ 0x133, 0x137, 1, true },
	{ 0x13a, 0x148, 1, true },
	{ 0x14b, 0x177, 1, true },
	{ 0x17a, 0x17e, 1, true },
	{ 0x1ce, 0x1dc, 1, true },
	{ 0x1df, 0x1ef, 1, true },
	{ 0x1f9, 0x21f, 1, true },
	{ 0x223, 0x233, 1, true },
	{ 0x3ac, 0x3ac, 38, false },
	{ 0x3ad, 0x3af, 37, false },
	{ 0x3b1, 0x3c1, 32, false },
	{ 0x3c3, 0x3cb, 32, false },
	{ 0x3cc, 0x3cc, 64, false },
	{ 0x3cd, 0x3ce, 63, false },
	{ 0x430, 0x44f, 32, false },
	{ 0x450, 0x45f, 80, false },
	{ 0x461, 0x481, 1, true },
	{ 0x48b, 0x4bf, 1, true },
	{ 0x4c2, 0x4ce, 1, true },
	{ 0x4d1, 0x52f, 1, true },
	{ 0x561, 0x586, 48, false },
	{ 0x1e01, 0x1e95, 1, true },
	{ 0x1ea1, 0x1eff, 1, true },
};

static uint32_t
shift(uint32_t c, bool up)
{
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		const struct range *r = &ranges[i];
		uint32_t lower = up ? c : (uint32_t)((int32_t)c + r->less);

		if (lower < r->first || lower > r->last)
			continue;
		if (r->pairs && (lower - r->first) % 2)
			continue;
		return up ? (uint32_t)((int32_t)c - r->less) : lower;
	}
	return c;
}

/* Bytes of the character at the start of s, and its code point; 0 when it is no UTF-8. Of those
 * with four bytes none is in the table: they are taken as they come. */
static size_t
decode(struct str s, uint32_t *ret_c)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (p[0] < 0x80) {
		*ret_c = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] < 0xe0 && s.n > 1 && (p[1] & 0xc0) == 0x80) {
		*ret_c = (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
		return 2;
	}
	if (p[0] >= 0xe0 && p[0] < 0xf0 && s.n > 2 && (p[1] & 0xc0) == 0x80 &&
		(p[2] & 0xc0) == 0x80) {
		*ret_c = (uint32_t)(p[0] & 0xf) << 12 | (uint32_t)(p[1] & 0x3f) << 6 |
		         (p[2] & 0x3f);
		return *ret_c >= 0x800 ? 3 : 0;
	}
	if (p[0] >= 0xf0 && p[0] < 0xf5 && s.n > 3 && (p[1] & 0xc0) == 0x80 &&
		(p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80) {
		*ret_c = 0x10000;
		return 4;
	}
	return 0;
}

static void
encode(char *dst, uint32_t c, size_t n)
{
	if (n == 1) {
		dst[0] = (char)c;
	} else if (n == 2) {
		dst[0] = (char)(0xc0 | c >> 6);
		dst[1] = (char)(0x80 | (c & 0x3f));
	} else {
		dst[0] = (char)(0xe0 | c >> 12);
		dst[1] = (char)(0x80 | (c >> 6 & 0x3f));
		dst[2] = (char)(0x80 | (c & 0x3f));
	}
}

static size_t
width(uint32_t c)
{
	return c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
}

static void
change(char *dst, struct str s, bool up)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t c, other;
		char plain = s.p[i];

		if ((unsigned char)plain < 0x80) {
			bool is = up ? plain >= 'a' && plain <= 'z'
			             : plain >= 'A' && plain <= 'Z';

			dst[i] = is ? (char)(plain ^ 32) : plain;
			n = 1;
			continue;
		}
		n = decode(str_from(s, i), &c);
		other = n && n < 4 ? shift(c, up) : c;
		if (n && n < 4 && other != c && width(other) == n)
			encode(dst + i, other, n);
		else
			memmove(dst + i, s.p + i, n ? n : 1);
		n = n ? n : 1;
	}
}

void
letters_upper(char *dst, struct str s)
{
	change(dst, s, true);
}

void
letters_lower(char *dst, struct str s)
{
	change(dst, s, false);
}

size_t
letters_first(struct str s)
{
	uint32_t c;
	size_t n;

	if (!s.n)
		return 0;
	n = decode(s, &c);
	return n ? n : 1;
}

size_t
letters_count(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; count++)
		i += letters_first(str_from(s, i));
	return count;
}
