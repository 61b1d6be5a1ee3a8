#include "wire/dsn.h"

#include "base/text.h"

#include <errno.h>

static const char hex_upper[] = "0123456789ABCDEF";

static int
hex_value(char c)
{
	if (ascii_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
xtext_encode(struct buf *b, struct str s)
{
	size_t start = b->n;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		char hex[3] = { '+', hex_upper[c >> 4], hex_upper[c & 15] };
		bool plain = c >= 33 && c <= 126 && c != '+' && c != '=';

		if (buf_put(b, plain ? str_of(s.p + i, 1) : str_of(hex, 3)) < 0) {
			buf_cut(b, start);
			return -E2BIG;
		}
	}
	return 0;
}

/* The next byte of xtext at *i, or -EINVAL. */
static int
xtext_byte(struct str s, size_t *i)
{
	uint8_t c = (uint8_t)s.p[(*i)++];
	int hi, lo;

	if (c < 33 || c > 126 || c == '=')
		return -EINVAL;
	if (c != '+')
		return c;
	if (s.n - *i < 2)
		return -EINVAL;
	hi = hex_value(s.p[(*i)++]);
	lo = hex_value(s.p[(*i)++]);
	return hi < 0 || lo < 0 ? -EINVAL : hi * 16 + lo;
}

int
xtext_decode(struct buf *b, struct str s)
{
	size_t start = b->n;

	for (size_t i = 0; i < s.n;) {
		int c = xtext_byte(s, &i);

		if (c >= 0)
			c = buf_put_c(b, (char)c);
		if (c < 0) {
			buf_cut(b, start);
			return c;
		}
	}
	return 0;
}

/* One character of well-formed UTF-8 at *i. */
static uint32_t
utf8_char(struct str s, size_t *i)
{
	uint8_t c = (uint8_t)s.p[(*i)++];
	unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	uint32_t v = more ? c & (0x3fu >> more) : c;

	for (; more > 0 && *i < s.n; more--)
		v = v << 6 | ((uint8_t)s.p[(*i)++] & 0x3fu);
	return v;
}

int
xtext_utf8_encode(struct buf *b, struct str s)
{
	size_t start = b->n;

	for (size_t i = 0; i < s.n;) {
		uint32_t v = utf8_char(s, &i);
		bool plain = v >= 33 && v <= 126 && v != '+' && v != '=' && v != '\\';
		int rc = plain ? buf_put_c(b, (char)v) : buf_printf(b, "\\x{%02X}", v);

		if (rc < 0) {
			buf_cut(b, start);
			return rc;
		}
	}
	return 0;
}

int
xtext_orcpt(struct buf *b, struct str type, struct str address)
{
	bool utf8 = str_ieq_z(type, "utf-8") || !text_is_ascii(address);

	if (utf8 && text_is_utf8(address)) {
		(void)buf_put(b, STR_LIT("utf-8;"));
		(void)xtext_utf8_encode(b, address);
	} else {
		(void)buf_put(b, type);
		(void)buf_put_c(b, ';');
		(void)xtext_encode(b, address);
	}
	return b->full ? -E2BIG : 0;
}

int
dsn_notify_parse(struct str s, unsigned *ret_bits)
{
	static const struct {
		const char *word;
		unsigned bit;
	} table[] = {
		{ "NEVER", DSN_NEVER },
		{ "SUCCESS", DSN_SUCCESS },
		{ "FAILURE", DSN_FAILURE },
		{ "DELAY", DSN_DELAY },
	};
	unsigned bits = 0;

	if (!s.p)
		return -EINVAL;
	while (s.p) {
		struct str word = str_cut(&s, ',');
		unsigned bit = 0;

		for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
			if (str_ieq_z(word, table[i].word))
				bit = table[i].bit;
		if (bit == 0 || (bits & bit))
			return -EINVAL;
		bits |= bit;
	}
	if ((bits & DSN_NEVER) && bits != DSN_NEVER)
		return -EINVAL;
	*ret_bits = bits;
	return 0;
}
