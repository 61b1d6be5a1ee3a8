#include "content/track_leaf.h"

#include "base/text.h"

#include <errno.h>

#define COLUMNS 75u /* and the "=" of a soft break */
#define CRLF    STR_LIT("\r\n")

int
track_leaf_code(struct str value, enum track_leaf_code *ret_code)
{
	static const struct {
		const char *name;
		enum track_leaf_code code;
	} table[] = { { "7bit", TRACK_LEAF_PLAIN }, { "8bit", TRACK_LEAF_PLAIN },
		{ "binary", TRACK_LEAF_PLAIN }, { "quoted-printable", TRACK_LEAF_QP },
		{ "base64", TRACK_LEAF_B64 } };

	value = str_trim_all(value);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_ieq_z(value, table[i].name)) {
			*ret_code = table[i].code;
			return 0;
		}
	return -EINVAL;
}

/* ---- decoding ---- */

/* One line without its CRLF; *ret_soft: the next one goes on with it. */
static int
decode_line(struct buf *out, struct str line, bool *ret_soft)
{
	/* White space at the end was added on the way (RFC 2045 6.7 rule 3). */
	while (line.n > 0 && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
		line.n--;
	*ret_soft = line.n > 0 && line.p[line.n - 1] == '=';
	if (*ret_soft)
		line.n--;
	while (line.n > 0) {
		size_t n = str_find(line, '=');
		int hi, lo;

		buf_put(out, str_head(line, n));
		line = str_from(line, n);
		if (line.n == 0)
			break;
		hi = line.n > 2 ? ascii_hex(line.p[1]) : -1;
		lo = line.n > 2 ? ascii_hex(line.p[2]) : -1;
		if (hi < 0 || lo < 0)
			return -EINVAL;
		buf_put_c(out, (char)(hi << 4 | lo));
		line = str_from(line, 3);
	}
	return 0;
}

static int
decode_qp(struct buf *out, struct str body)
{
	while (body.n > 0) {
		size_t n = str_find_str(body, CRLF);
		bool soft, last = n == body.n;

		if (decode_line(out, str_head(body, n), &soft) < 0)
			return -EINVAL;
		if (!soft && !last)
			buf_put(out, CRLF);
		body = str_from(body, n + 2);
	}
	return out->full ? -E2BIG : 0;
}

static int
decode_b64(struct buf *out, struct str body)
{
	struct buf digits;
	int err;

	buf_init(&digits, body.n + 1);
	for (size_t i = 0; i < body.n; i++)
		if (body.p[i] != ' ' && body.p[i] != '\t' && body.p[i] != '\r' &&
			body.p[i] != '\n')
			buf_put_c(&digits, body.p[i]);
	err = text_b64_decode(out, buf_str(&digits));
	buf_done(&digits);
	return err;
}

int
track_leaf_decode(struct buf *out, struct str body, enum track_leaf_code code)
{
	if (code == TRACK_LEAF_QP)
		return decode_qp(out, body);
	if (code == TRACK_LEAF_B64)
		return decode_b64(out, body);
	return buf_put(out, body);
}

/* ---- encoding ---- */

bool
track_leaf_plain(struct str text)
{
	while (text.n > 0) {
		size_t n = str_find(text, '\n');
		struct str line = str_head(text, n);

		if (n < text.n) {
			if (n == 0 || line.p[n - 1] != '\r')
				return false;
			line.n--;
		}
		if (line.n > TRACK_LEAF_LINE || str_find(line, '\r') < line.n ||
			str_find(line, '\0') < line.n)
			return false;
		text = str_from(text, n + 1);
	}
	return true;
}

/* May it stand for itself at this place of its line? */
static bool
stands(struct str line, size_t i, size_t column)
{
	unsigned char c = (unsigned char)line.p[i];

	if (c == ' ' || c == '\t')
		return i + 1 < line.n;
	/* A dot alone or "From " at a line's start meets old servers' habits. */
	if (column == 0 && (c == '.' || c == 'F'))
		return false;
	return c > ' ' && c <= '~' && c != '=';
}

static void
encode_line(struct buf *out, struct str line)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t column = 0;

	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		bool plain = stands(line, i, column);

		if (column + (plain ? 1 : 3) > COLUMNS) {
			buf_put_z(out, "=\r\n");
			column = 0;
			plain = stands(line, i, column);
		}
		if (plain) {
			buf_put_c(out, (char)c);
		} else {
			buf_put_c(out, '=');
			buf_put_c(out, hex[c >> 4]);
			buf_put_c(out, hex[c & 15]);
		}
		column += plain ? 1 : 3;
	}
}

int
track_leaf_qp(struct buf *out, struct str text)
{
	while (text.n > 0 && !out->full) {
		size_t n = str_find_str(text, CRLF);

		encode_line(out, str_head(text, n));
		if (n < text.n)
			buf_put(out, CRLF);
		text = str_from(text, n + 2);
	}
	return out->full ? -E2BIG : 0;
}

int
track_leaf_b64(struct buf *out, struct str text, bool ends)
{
	int err = text_b64_lines(out, text);

	if (!err && !ends && text.n > 0)
		buf_cut(out, out->n - 2);
	return err;
}
