#include "content/escape.h"

#include <errno.h>

/* Indexes into the names below; the rest is 0. */
static const unsigned char marks[256] = {
	['&'] = 1,
	['<'] = 2,
	['>'] = 3,
	['"'] = 4,
	['\''] = 5,
	['`'] = 6,
	['='] = 7,
};

#define BASIC 5u

static const char *const names[] = { "", "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
static const char *const all_names[] = { "", "&amp;", "&lt;", "&gt;", "&quot;", "&#x27;",
	"&#x60;", "&#x3D;" };

int
escape_html(struct buf *b, struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned mark = marks[(unsigned char)s.p[i]];

		if (!mark || mark > BASIC)
			continue;
		buf_put(b, str_of(s.p + from, i - from));
		buf_put_z(b, names[mark]);
		from = i + 1;
	}
	buf_put(b, str_from(s, from));
	return b->full ? -E2BIG : 0;
}

int
escape_html_all(struct buf *b, struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned mark = marks[(unsigned char)s.p[i]];

		if (!mark)
			continue;
		buf_put(b, str_of(s.p + from, i - from));
		buf_put_z(b, all_names[mark]);
		from = i + 1;
	}
	buf_put(b, str_from(s, from));
	return b->full ? -E2BIG : 0;
}

int
escape_url(struct buf *b, struct str s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (ascii_alnum((char)c) || (c && strchr("-._~", c))) {
			buf_put_c(b, (char)c);
			continue;
		}
		buf_put_c(b, '%');
		buf_put_c(b, hex[c >> 4]);
		buf_put_c(b, hex[c & 15]);
	}
	return b->full ? -E2BIG : 0;
}
