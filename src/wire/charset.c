#include "wire/charset.h"

#include "base/text.h"

#include <errno.h>

enum charset
charset_of(struct str name)
{
	static const struct {
		const char *name;
		enum charset cs;
	} known[] = { { "utf-8", CHARSET_UTF8 }, { "utf8", CHARSET_UTF8 },
		{ "us-ascii", CHARSET_ASCII }, { "ascii", CHARSET_ASCII },
		{ "iso-8859-1", CHARSET_LATIN1 }, { "latin1", CHARSET_LATIN1 },
		{ "iso-8859-15", CHARSET_LATIN9 }, { "windows-1252", CHARSET_CP1252 },
		{ "cp1252", CHARSET_CP1252 } };

	name = str_head(name, str_find(name, '*'));
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_ieq_z(name, known[i].name))
			return known[i].cs;
	return CHARSET_NONE;
}

static uint32_t
from_single_byte(enum charset cs, uint8_t c)
{
	static const uint16_t cp1252[32] = { 0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026,
		0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
		0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122,
		0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178 };
	static const uint16_t latin9[8][2] = { { 0xa4, 0x20ac }, { 0xa6, 0x160 },
		{ 0xa8, 0x161 }, { 0xb4, 0x17d }, { 0xb8, 0x17e }, { 0xbc, 0x152 },
		{ 0xbd, 0x153 }, { 0xbe, 0x178 } };

	if (cs == CHARSET_ASCII && c >= 0x80)
		return 0xfffd;
	if (cs == CHARSET_CP1252 && c >= 0x80 && c < 0xa0)
		return cp1252[c - 0x80];
	for (size_t i = 0; cs == CHARSET_LATIN9 && i < 8; i++)
		if (latin9[i][0] == c)
			return latin9[i][1];
	return c;
}

/* U+FFFD for what is not UTF-8 (RFC 3629). */
static uint32_t
from_utf8(struct str s, size_t *ret_n)
{
	uint8_t c = (uint8_t)s.p[0];
	size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	uint32_t cp = n < 2 ? c : c & (0x7fu >> n);

	*ret_n = 1;
	if (!n || n > s.n)
		return 0xfffd;
	for (size_t i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0xfffd;
		cp = cp << 6 | (uint32_t)(s.p[i] & 0x3f);
	}
	if ((n == 3 && cp < 0x800) || (n == 4 && cp < 0x10000) || cp > 0x10ffff ||
		(cp >= 0xd800 && cp < 0xe000))
		return 0xfffd;
	*ret_n = n;
	return cp;
}

uint32_t
charset_next(enum charset cs, struct str s, size_t *ret_n)
{
	if (cs == CHARSET_UTF8)
		return from_utf8(s, ret_n);
	*ret_n = 1;
	return from_single_byte(cs, (uint8_t)s.p[0]);
}

int
charset_put(struct buf *out, uint32_t cp)
{
	static const uint8_t lead[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	char c[4];

	for (size_t i = n; i-- > 1; cp >>= 6)
		c[i] = (char)(0x80 | (cp & 0x3f));
	c[0] = (char)(lead[n] | cp);
	return buf_put(out, str_of(c, n));
}

static bool
is_control(uint32_t cp)
{
	return (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') ||
	       (cp >= 0x7f && cp < 0xa0);
}

/* Bytes at the start that are the same in each of our charsets and no controls. */
static size_t
plain_run(struct str s)
{
	size_t n = 0;

	while (n < s.n && ((s.p[n] >= ' ' && s.p[n] < 0x7f) || s.p[n] == '\n' ||
				  s.p[n] == '\r' || s.p[n] == '\t'))
		n++;
	return n;
}

int
charset_text(struct buf *out, struct str charset, struct str bytes)
{
	enum charset cs = charset_of(charset);

	/* Many programs write UTF-8 and say another thing, or nothing. */
	if (cs == CHARSET_NONE || cs == CHARSET_ASCII)
		cs = text_is_utf8(bytes) ? CHARSET_UTF8 : CHARSET_ASCII;
	while (bytes.n) {
		size_t n = plain_run(bytes), room = out->max - out->n;
		uint32_t cp;

		(void)buf_put(out, str_head(bytes, n < room ? n : room));
		if (n > room)
			return -E2BIG;
		bytes = str_from(bytes, n);
		if (bytes.n == 0)
			break;
		cp = charset_next(cs, bytes, &n);
		if (charset_put(out, is_control(cp) ? ' ' : cp) < 0)
			return -E2BIG;
		bytes = str_from(bytes, n);
	}
	return 0;
}
