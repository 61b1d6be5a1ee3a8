#include "wire/reply.h"

#include "base/text.h"

#include <errno.h>

#define LINE_MAX_OCTETS 512 /* RFC 5321 4.5.3.1.5, CRLF included */
#define DSN_TEXT_MAX    16

/* Control bytes would start a line or a command of their own at the reader: they become
 * spaces. Text is cut before a character that does not fit, never inside it. */
static int
put_clean(struct buf *b, struct str line, size_t room)
{
	if (line.n > room) {
		line.n = room;
		while (line.n > 0 && ((uint8_t)line.p[line.n] & 0xc0) == 0x80)
			line.n--;
	}
	if (line.n == 0)
		return 0;
	char *p = buf_room(b, line.n);
	if (!p)
		return -E2BIG;
	for (size_t i = 0; i < line.n; i++) {
		uint8_t c = (uint8_t)line.p[i];
		p[i] = (c < 0x20 && c != '\t') || c == 0x7f ? ' ' : line.p[i];
	}
	buf_added(b, line.n);
	return 0;
}

static int
put_dsn(struct buf *b, struct dsn_code dsn)
{
	if (dsn.class == 0)
		return 0;
	size_t start = b->n;

	if (buf_put_u64(b, dsn.class) < 0 || buf_put_c(b, '.') < 0 ||
		buf_put_u64(b, dsn.subject) < 0 || buf_put_c(b, '.') < 0 ||
		buf_put_u64(b, dsn.detail) < 0 || buf_put_c(b, ' ') < 0) {
		buf_cut(b, start);
		return -E2BIG;
	}
	return 0;
}

int
reply_write(struct buf *b, const struct reply *r)
{
	if (r->code == 0)
		return 0;

	size_t start = b->n;
	struct str rest = str_head(r->text, REPLY_TEXT_MAX);
	bool more;

	do {
		struct str line = str_cut(&rest, '\n');
		more = rest.p != NULL;
		if (buf_put_padded(b, r->code % 1000u, 3) < 0 ||
			buf_put_c(b, more ? '-' : ' ') < 0 || put_dsn(b, r->dsn) < 0 ||
			put_clean(b, line, LINE_MAX_OCTETS - 6 - DSN_TEXT_MAX) < 0 ||
			buf_put(b, STR_LIT("\r\n")) < 0) {
			/* Half a reply would be read as another one. */
			buf_cut(b, start);
			return -E2BIG;
		}
	} while (more);
	return 0;
}

int
reply_safe(struct buf *b, const struct reply *r)
{
	int rc = buf_put_padded(b, r->code % 1000u, 3);
	if (rc == 0)
		rc = buf_put_c(b, ' ');
	if (rc == 0)
		rc = put_dsn(b, r->dsn);

	struct str rest = str_head(r->text, REPLY_TEXT_MAX);
	while (rc == 0 && rest.p) {
		struct str line = str_cut(&rest, '\n');
		rc = text_safe(b, line);
		if (rc == 0 && rest.p)
			rc = buf_put_c(b, ' ');
	}
	return rc;
}

/* One to three digits at *i (RFC 3463 2). */
static int
number(struct str text, size_t *i, uint16_t *ret_v)
{
	unsigned v = 0;
	size_t start = *i;

	while (*i < text.n && ascii_digit(text.p[*i]) && *i - start < 3)
		v = v * 10 + (unsigned)(text.p[(*i)++] - '0');
	if (*i == start)
		return -EINVAL;
	*ret_v = (uint16_t)v;
	return 0;
}

int
dsn_code_parse(struct str text, struct dsn_code *ret_dsn, size_t *ret_used)
{
	struct dsn_code d = { 0 };
	size_t i = 2;

	if (text.n < 5 || (text.p[0] != '2' && text.p[0] != '4' && text.p[0] != '5') ||
		text.p[1] != '.')
		return -EINVAL;
	d.class = (uint8_t)(text.p[0] - '0');
	if (number(text, &i, &d.subject) < 0 || i >= text.n || text.p[i++] != '.' ||
		number(text, &i, &d.detail) < 0)
		return -EINVAL;
	/* "5.1.1.2" is an address, "5.1.1x" a version. */
	if (i < text.n && (ascii_alnum(text.p[i]) || text.p[i] == '.'))
		return -EINVAL;
	while (i < text.n && text.p[i] == ' ')
		i++;
	*ret_dsn = d;
	*ret_used = i;
	return 0;
}
