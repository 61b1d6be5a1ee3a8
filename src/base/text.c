#include "base/text.h"

#include <errno.h>
#include <limits.h>

static const char b64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char b64url_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char b32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char hex_digits[] = "0123456789abcdef";

/* Room for n groups of `chars` characters, NULL when that is over the maximum. */
static char *
room_for(struct buf *b, size_t n, size_t chars)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, chars, &bytes))
		bytes = SIZE_MAX;
	return buf_room(b, bytes);
}

static unsigned
byte_at(struct str s, size_t i)
{
	return i < s.n ? (unsigned char)s.p[i] : 0;
}

/* One group of up to 3 bytes as 4 characters. */
static void
b64_group(char *at, struct str in, const char *digits)
{
	unsigned v = byte_at(in, 0) << 16 | byte_at(in, 1) << 8 | byte_at(in, 2);

	at[0] = digits[v >> 18];
	at[1] = digits[v >> 12 & 63];
	at[2] = in.n > 1 ? digits[v >> 6 & 63] : '=';
	at[3] = in.n > 2 ? digits[v & 63] : '=';
}

static int
b64_encode(struct buf *b, struct str in, const char *digits, bool pad)
{
	size_t groups = in.n / 3 + (in.n % 3 != 0);
	char *at = room_for(b, groups, 4);

	if (!at)
		return -E2BIG;
	for (size_t i = 0; i < in.n; i += 3, at += 4)
		b64_group(at, str_from(in, i), digits);
	buf_added(b, groups * 4 - (pad || in.n % 3 == 0 ? 0 : 3 - in.n % 3));
	return 0;
}

int
text_b64(struct buf *b, struct str bytes)
{
	return b64_encode(b, bytes, b64_digits, true);
}

int
text_b64_lines(struct buf *b, struct str bytes)
{
	size_t line = 76 / 4 * 3, start = b->n;

	for (size_t i = 0; i < bytes.n; i += line) {
		if (text_b64(b, str_head(str_from(bytes, i), line)) < 0 ||
			buf_put_z(b, "\r\n") < 0) {
			buf_cut(b, start);
			return -E2BIG;
		}
	}
	return 0;
}

int
text_b64url(struct buf *b, struct str bytes)
{
	return b64_encode(b, bytes, b64url_digits, false);
}

int
text_b32(struct buf *b, struct str bytes)
{
	size_t n = bytes.n / 5 * 8 + (bytes.n % 5 * 8 + 4) / 5;
	char *at = bytes.n > SIZE_MAX / 2 ? NULL : buf_room(b, n);
	unsigned held = 0, bits = 0;

	if (!at)
		return -E2BIG;
	for (size_t i = 0; i < bytes.n; i++) {
		held = (held << 8 | byte_at(bytes, i)) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			*at++ = b32_digits[held >> (bits - 5) & 31];
	}
	if (bits)
		*at = b32_digits[held << (5 - bits) & 31];
	buf_added(b, n);
	return 0;
}

int
text_hex(struct buf *b, struct str bytes)
{
	char *at = room_for(b, bytes.n, 2);

	if (!at)
		return -E2BIG;
	for (size_t i = 0; i < bytes.n; i++) {
		at[2 * i] = hex_digits[byte_at(bytes, i) >> 4];
		at[2 * i + 1] = hex_digits[byte_at(bytes, i) & 15];
	}
	buf_added(b, bytes.n * 2);
	return 0;
}

/* The values of the characters of a code, -1 for those it does not use. Here those of both
 * alphabets of RFC 4648 (4, 5), by a table: which digit comes next cannot be guessed, and each
 * link clicked has a hundred of them. */
#define XX -1
/* clang-format off */
static const int8_t b64_values[128] = {
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, 62, XX, 62, XX, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX, XX, XX, XX, XX, XX,
	XX, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, XX, XX, XX, XX, 63,
	XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, XX, XX, XX, XX, XX,
};
/* clang-format on */
#undef XX

static inline int
b64_any_value(char c)
{
	return (uint8_t)c < sizeof b64_values ? b64_values[(uint8_t)c] : -1;
}

static inline int
b64_value(char c)
{
	return c == '-' || c == '_' ? -1 : b64_any_value(c);
}

static inline int
b64url_value(char c)
{
	return c == '+' || c == '/' ? -1 : b64_any_value(c);
}

static int
b32_value(char c)
{
	c = ascii_lower(c);
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/*
 * Decodes digits of `width` bits. What is left over at the end must be less than a digit
 * and zero, so that each byte string has one text only (RFC 4648 3.5). Inline, so that each
 * code has its own loop: every link clicked is decoded.
 */
static inline __attribute__((always_inline)) int
decode(struct buf *b, struct str text, unsigned width, int (*value)(char))
{
	size_t n = text.n / 8 * width + text.n % 8 * width / 8;
	unsigned held = 0, bits = 0, left = (unsigned)(text.n % 8 * width % 8);
	int bad = 0;
	char *at;

	if (left >= width)
		return -EINVAL;
	at = buf_room(b, n);
	if (!at)
		return -E2BIG;
	for (size_t i = 0; i < text.n; i++) {
		int v = value(text.p[i]);

		bad |= v;
		held = (held << width | (unsigned)v) & 0xffff;
		bits += width;
		if (bits < 8)
			continue;
		bits -= 8;
		*at++ = (char)(held >> bits & 0xff);
	}
	/* One that is no digit was -1; what is not added was not written. */
	if (bad < 0 || held & ((1u << left) - 1))
		return -EINVAL;
	buf_added(b, n);
	return 0;
}

int
text_b64_decode(struct buf *b, struct str text)
{
	if (text.n % 4)
		return -EINVAL;
	for (int i = 0; i < 2 && str_ends(text, STR_LIT("=")); i++)
		text.n--;
	return decode(b, text, 6, b64_value);
}

int
text_b64url_decode(struct buf *b, struct str text)
{
	return decode(b, text, 6, b64url_value);
}

int
text_b32_decode(struct buf *b, struct str text)
{
	return decode(b, text, 5, b32_value);
}

int
text_hex_decode(struct buf *b, struct str text)
{
	return text.n % 2 ? -EINVAL : decode(b, text, 4, ascii_hex);
}

/* Length of the well-formed character at the front of s (RFC 3629 4), 0 when there is none. */
static size_t
utf8_char(struct str s, uint32_t *ret_cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned c = byte_at(s, 0);
	size_t n = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf8 ? 4 : 0;
	uint32_t cp = n == 1 ? c : n == 2 ? c & 0x1f : n == 3 ? c & 0x0f : c & 0x07;

	if (n == 0 || n > s.n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((byte_at(s, i) & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (byte_at(s, i) & 0x3f);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret_cp = cp;
	return n;
}

/* C1, line and paragraph separators, and what turns the direction of text (UAX #9). */
static bool
is_hidden(uint32_t cp)
{
	return (cp >= 0x80 && cp <= 0x9f) || cp == 0x61c || cp == 0x200e || cp == 0x200f ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

static void
put_hex(struct buf *b, unsigned byte)
{
	const char text[] = { '\\', 'x', hex_digits[byte >> 4 & 15], hex_digits[byte & 15] };

	buf_put(b, str_of(text, sizeof text));
}

/* The character at the front of s, n > 0, made safe. */
static void
safe_char(struct buf *b, struct str s, size_t n, uint32_t cp)
{
	if (cp == '\\')
		buf_put_z(b, "\\\\");
	else if (cp < 0x20 || cp == 0x7f)
		put_hex(b, cp);
	else if (is_hidden(cp))
		buf_printf(b, "\\u{%04x}", (unsigned)cp);
	else
		buf_put(b, str_head(s, n));
}

/* Nearly all text is made of these: they are copied by the run. */
static size_t
plain_run(struct str s)
{
	size_t n = 0;

	for (unsigned c; n < s.n; n++) {
		c = byte_at(s, n);
		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
			break;
	}
	return n;
}

/* Copies the plain run at the front of *s and moves behind it. */
static void
put_run(struct buf *b, struct str *s)
{
	size_t n = plain_run(*s);

	buf_put(b, str_head(*s, n));
	*s = str_from(*s, n);
}

/* `full` may stand from before: whether all of this fitted is seen by a fresh one. */
static int
put_safe(struct buf *b, struct str s, bool quoted)
{
	bool was_full = b->full;
	size_t start = b->n;
	int r = 0;

	b->full = false;
	if (quoted)
		buf_put_c(b, '"');
	put_run(b, &s);
	while (s.n && !b->full) {
		uint32_t cp = 0;
		size_t n = utf8_char(s, &cp);

		if (quoted && n && cp == '"')
			buf_put_z(b, "\\\"");
		else if (n)
			safe_char(b, s, n, cp);
		else
			put_hex(b, byte_at(s, 0));
		s = str_from(s, n ? n : 1);
		put_run(b, &s);
	}
	if (quoted)
		buf_put_c(b, '"');
	if (b->full) {
		buf_cut(b, start);
		r = -E2BIG;
	}
	b->full |= was_full;
	return r;
}

int
text_safe(struct buf *b, struct str foreign)
{
	return put_safe(b, foreign, false);
}

int
text_logfmt(struct buf *b, struct str foreign)
{
	bool quoted = foreign.n == 0;

	for (size_t i = 0; i < foreign.n && !quoted; i++)
		quoted = foreign.p[i] == ' ' || foreign.p[i] == '"' || foreign.p[i] == '=';
	return put_safe(b, foreign, quoted);
}

static void
json_char(struct buf *b, struct str s, size_t n, uint32_t cp)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
	size_t i = cp ? str_find(str_z(plain), (char)(cp < 0x80 ? cp : 0)) : sizeof plain - 1;

	if (i < sizeof plain - 1) {
		buf_put_c(b, '\\');
		buf_put_c(b, letter[i]);
	} else if (cp < 0x20) {
		buf_printf(b, "\\u%04x", (unsigned)cp);
	} else {
		buf_put(b, str_head(s, n));
	}
}

int
text_json(struct buf *b, struct str s)
{
	bool was_full = b->full;
	size_t start = b->n;
	int r = 0;

	b->full = false;
	buf_put_c(b, '"');
	put_run(b, &s);
	while (s.n && !b->full) {
		uint32_t cp = 0;
		size_t n = utf8_char(s, &cp);

		if (n)
			json_char(b, s, n, cp);
		else
			buf_put_z(b, "\xef\xbf\xbd");
		s = str_from(s, n ? n : 1);
		put_run(b, &s);
	}
	buf_put_c(b, '"');
	if (b->full) {
		buf_cut(b, start);
		r = -E2BIG;
	}
	b->full |= was_full;
	return r;
}

/* How many bytes at the start are ASCII, counted by eights. */
static size_t
ascii_run(struct str s)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	size_t n = 0;
	uint64_t eight;

	for (; s.n - n >= sizeof eight; n += sizeof eight) {
		memcpy(&eight, s.p + n, sizeof eight);
		if (eight & high)
			break;
	}
	return n;
}

bool
text_is_utf8(struct str s)
{
	for (s = str_from(s, ascii_run(s)); s.n; s = str_from(s, ascii_run(s))) {
		uint32_t cp;
		size_t n = utf8_char(s, &cp);

		if (n == 0)
			return false;
		s = str_from(s, n);
	}
	return true;
}

bool
text_is_ascii(struct str s)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t all = 0, eight;

	for (; s.n >= sizeof eight; s = str_from(s, sizeof eight)) {
		memcpy(&eight, s.p, sizeof eight);
		all |= eight;
	}
	for (size_t i = 0; i < s.n; i++)
		all |= (uint64_t)(unsigned char)s.p[i];
	return !(all & high);
}

unsigned
text_distance(struct str a, struct str b)
{
	unsigned row[TEXT_WORD_MAX + 1];

	/* Too long to be a slip of the finger: as far apart as can be. */
	if (a.n > TEXT_WORD_MAX || b.n > TEXT_WORD_MAX)
		return UINT_MAX;
	for (unsigned j = 0; j <= b.n; j++)
		row[j] = j;
	for (unsigned i = 0; i < a.n; i++) {
		unsigned corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < b.n; j++) {
			unsigned swap = corner + (a.p[i] != b.p[j]);
			unsigned gap = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;

			corner = row[j + 1];
			row[j + 1] = swap < gap ? swap : gap;
		}
	}
	return row[b.n];
}
