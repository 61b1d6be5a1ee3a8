#include "content/compose_text.h"

#include "base/text.h"

#include <errno.h>

#define FOLD_AT   76  /* RFC 2047 2: a line with an encoded word has at most 76 characters */
#define LINE_MAX_ 998 /* RFC 5322 2.1.1 */
#define WORD_HEAD "=?UTF-8?B?"

static int
result(const struct buf *out)
{
	return out->full ? -E2BIG : 0;
}

/* Bytes of s that make whole UTF-8 characters within n bytes; at least one character. */
static size_t
whole_chars(struct str s, size_t n)
{
	if (n >= s.n)
		return s.n;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		return n;
	for (n = 1; n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80; n++)
		;
	return n;
}

/* Encoded words of at most 75 characters; each holds whole characters (RFC 2047 5). *col is
 * the column in the line. */
static void
words(struct buf *out, struct str value, size_t *col)
{
	while (value.n > 0) {
		size_t room = *col + sizeof WORD_HEAD + 5 < FOLD_AT
		                      ? FOLD_AT - *col - (sizeof WORD_HEAD - 1) - 2
		                      : 0;
		size_t n = whole_chars(value, room / 4 * 3);
		size_t before;

		if (room / 4 * 3 < n) { /* the next character does not fit in this line */
			buf_put_z(out, "\r\n ");
			*col = 1;
			continue;
		}
		before = out->n;
		buf_put_z(out, WORD_HEAD);
		text_b64(out, str_head(value, n));
		buf_put_z(out, "?=");
		*col += out->n - before;
		value = str_from(value, n);
		if (value.n > 0) {
			buf_put_z(out, "\r\n ");
			*col = 1;
		}
	}
}

/* Longer than max between two places where folded() may fold. */
static bool
has_long_word(struct str s, size_t max)
{
	size_t run = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool alone = s.p[i] == ' ' && i > 0 && s.p[i - 1] != ' ' && i + 1 < s.n &&
		             s.p[i + 1] != ' ';

		run = alone ? 0 : run + 1;
		if (run > max)
			return true;
	}
	return false;
}

/* ASCII text, folded at single spaces: a fold keeps the space it stands before, so unfolding
 * gives the same text. */
static void
folded(struct buf *out, struct str s, size_t *col)
{
	while (s.n > 0) {
		size_t n = 1;

		while (n < s.n && !(s.p[n] == ' ' && s.p[n - 1] != ' '))
			n++;
		if (*col + n > FOLD_AT && *col > 1 && s.p[0] == ' ' && n > 1 && s.p[1] != ' ') {
			buf_put_z(out, "\r\n");
			*col = 0;
		}
		buf_put(out, str_head(s, n));
		*col += n;
		s = str_from(s, n);
	}
}

int
compose_text_field(struct buf *out, struct str name, struct str value)
{
	size_t col = name.n + 2;

	buf_put(out, name);
	buf_put_z(out, ": ");
	/* Outer spaces would be lost, "=?" would be read as a word, and a line has a limit. */
	if (!text_is_ascii(value) || has_long_word(value, LINE_MAX_ - 100) ||
		str_find_str(value, STR_LIT("=?")) < value.n || str_trim(value).n != value.n)
		words(out, value, &col);
	else
		folded(out, value, &col);
	buf_put_z(out, "\r\n");
	return result(out);
}

/* ---- mailbox lists */

/* Takes one mailbox of the list: up to a comma outside quotes, brackets and comments. */
static struct str
next_mailbox(struct str *rest)
{
	bool quoted = false;
	int depth = 0;
	size_t i;
	struct str one;

	for (i = 0; i < rest->n; i++) {
		char c = rest->p[i];

		if (c == '\\' && (quoted || depth > 0)) {
			i++;
			continue;
		}
		if (c == '"' && depth == 0)
			quoted = !quoted;
		else if (!quoted && (c == '(' || c == '<'))
			depth++;
		else if (!quoted && (c == ')' || c == '>') && depth > 0)
			depth--;
		else if (!quoted && depth == 0 && c == ',')
			break;
	}
	if (i > rest->n)
		i = rest->n;
	one = str_trim(str_head(*rest, i));
	*rest = i < rest->n ? str_from(*rest, i + 1) : STR_NONE;
	return one;
}

/* A display name without its quotes and their backslashes. */
static void
unquoted(struct buf *out, struct str name)
{
	bool quoted = name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"';

	if (quoted)
		name = str_of(name.p + 1, name.n - 2);
	for (size_t i = 0; i < name.n; i++) {
		if (quoted && name.p[i] == '\\' && i + 1 < name.n)
			i++;
		buf_put_c(out, name.p[i]);
	}
}

static bool
is_phrase(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && !memchr("!#$%&'*+-/=?^_`{|}~ ", s.p[i], 20))
			return false;
	return s.n > 0 && str_find_str(s, STR_LIT("=?")) == s.n;
}

static void
display_name(struct buf *out, struct str name, size_t *col)
{
	struct buf plain;
	size_t before = out->n;

	buf_init(&plain, name.n + 1);
	unquoted(&plain, name);
	if (!text_is_ascii(buf_str(&plain)) || has_long_word(name, 500)) {
		words(out, buf_str(&plain), col);
	} else {
		bool quote = !is_phrase(buf_str(&plain));

		if (quote)
			buf_put_c(out, '"');
		for (size_t i = 0; i < plain.n; i++) {
			if (plain.p[i] == '"' || plain.p[i] == '\\')
				buf_put_c(out, '\\');
			buf_put_c(out, plain.p[i]);
		}
		if (quote)
			buf_put_c(out, '"');
		*col += out->n - before;
	}
	buf_done(&plain);
}

/* Where the address of "name <address>" opens: not inside quotes, unless a name holds a single
 * one. one.n: nowhere. */
static size_t
angle(struct str one)
{
	bool quoted = false;

	for (size_t i = 0; i < one.n; i++) {
		if (one.p[i] == '\\' && quoted)
			i++;
		else if (one.p[i] == '"')
			quoted = !quoted;
		else if (one.p[i] == '<' && !quoted)
			return i;
	}
	return str_ends(one, STR_LIT(">")) ? str_rfind(one, '<') : one.n;
}

static void
mailbox(struct buf *out, struct str one, size_t *col)
{
	size_t open = angle(one);
	struct str name = str_trim(str_head(one, open < one.n ? open : 0));
	struct str address = str_trim(open < one.n ? str_from(one, open) : one);

	if (name.n > 0) {
		display_name(out, name, col);
		if (*col + 1 + address.n > FOLD_AT) {
			buf_put_z(out, "\r\n");
			*col = 0;
		}
		buf_put_c(out, ' ');
		*col += 1;
	} else if (open < one.n && address.n > 2) {
		address = str_of(address.p + 1, address.n - 2); /* "<a@b>" alone: plain a@b */
	}
	buf_put(out, address);
	*col += address.n;
}

int
compose_text_mailboxes(struct buf *out, struct str name, struct str list)
{
	size_t col = name.n + 2;
	bool first = true;

	buf_put(out, name);
	buf_put_z(out, ": ");
	while (list.n > 0) {
		struct str one = next_mailbox(&list);

		if (one.n == 0)
			continue;
		if (!first) {
			buf_put_z(out, col + one.n + 2 > FOLD_AT ? ",\r\n " : ", ");
			col = col + one.n + 2 > FOLD_AT ? 1 : col + 2;
		}
		first = false;
		mailbox(out, one, &col);
	}
	buf_put_z(out, "\r\n");
	return result(out);
}

/* ---- parameters */

static bool
attribute_char(char c)
{
	/* RFC 2231 7 */
	return ascii_alnum(c) || (c != '\0' && strchr("!#$&+-.^_`{|}~", c) != NULL);
}

static bool
plain_param(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 32 || s.p[i] > 126)
			return false;
	return s.n <= 60;
}

int
compose_text_param(struct buf *out, struct str name, struct str value)
{
	size_t i = 0;

	if (plain_param(value)) {
		buf_printf(out, ";\r\n %.*s=\"", STR_ARG(name));
		for (; i < value.n; i++) {
			if (value.p[i] == '"' || value.p[i] == '\\')
				buf_put_c(out, '\\');
			buf_put_c(out, value.p[i]);
		}
		buf_put_c(out, '"');
		return result(out);
	}
	for (unsigned part = 0; i < value.n; part++) {
		size_t start = out->n;

		buf_printf(out, ";\r\n %.*s*%u*=%s", STR_ARG(name), part,
			part == 0 ? "UTF-8''" : "");
		for (; i < value.n && out->n - start < 70; i++) {
			if (attribute_char(value.p[i]))
				buf_put_c(out, value.p[i]);
			else
				buf_printf(out, "%%%02X", (unsigned char)value.p[i]);
		}
		if (out->full)
			break;
	}
	return result(out);
}

/* ---- bodies */

/* Bytes before the first CR or LF. Looked for in pieces that grow: a text full of one of them
 * is not read to its end for each line. */
static size_t
line_length(struct str s)
{
	size_t at = 0, piece = 64;

	while (at < s.n) {
		struct str some = str_head(str_from(s, at), piece);
		size_t n = str_find(some, '\n');

		n = str_find(str_head(some, n), '\r');
		at += n;
		if (n < some.n)
			break;
		piece *= 4;
	}
	return at;
}

/* The next line of *rest without its end, be it CRLF, LF or CR. */
static struct str
next_line(struct str *rest)
{
	size_t n = line_length(*rest);
	struct str line = str_head(*rest, n);

	if (n + 1 < rest->n && rest->p[n] == '\r' && rest->p[n + 1] == '\n')
		n++;
	*rest = n < rest->n ? str_from(*rest, n + 1) : STR_NONE;
	return line;
}

static bool
needs_qp(struct str text)
{
	struct str rest = text;

	if (text.n > 0 && memchr(text.p, '\0', text.n))
		return true;
	while (rest.n > 0)
		if (next_line(&rest).n > LINE_MAX_)
			return true;
	return false;
}

/* RFC 2045 6.7: lines of at most 76 with their soft break; white space at an end encoded. */
/* Bytes from i on that stand for themselves and fit into the line of `room`; the last byte of
 * a line is left to qp_line. */
static size_t
qp_run(struct str line, size_t i, size_t room)
{
	size_t n = 0, end = line.n - i - 1 < room ? line.n - i - 1 : room;

	while (n < end) {
		unsigned char c = (unsigned char)line.p[i + n];

		if (c < 32 || c > 126 || c == '=')
			break;
		n++;
	}
	return n;
}

static void
qp_line(struct buf *out, struct str line)
{
	size_t col = 0;

	for (size_t i = 0; i < line.n; i++) {
		size_t run = col > 0 ? qp_run(line, i, 75 - col) : 0;

		if (run > 0) {
			buf_put(out, str_of(line.p + i, run));
			i += run - 1;
			col += run;
			continue;
		}

		unsigned char c = (unsigned char)line.p[i];
		bool last = i + 1 == line.n;
		bool plain =
			(c >= 33 && c <= 126 && c != '=') || ((c == ' ' || c == '\t') && !last);
		/* A dot alone or "From " at a line's start meets old servers' habits. */
		if (col == 0 && (c == '.' || c == 'F'))
			plain = false;
		if (col + (plain ? 1 : 3) > 75) {
			buf_put_z(out, "=\r\n");
			col = 0;
		}
		if (plain)
			buf_put_c(out, (char)c);
		else
			buf_printf(out, "=%02X", c);
		col += plain ? 1 : 3;
	}
	buf_put_z(out, "\r\n");
}

#define LEAF_HEAD 100u /* bytes of its fields' rest */

uint64_t
compose_text_leaf_most(struct str text)
{
	bool qp = needs_qp(text);
	uint64_t n = 0, ends = 1;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		ends += c == '\n' || c == '\r';
		n += qp && (c < 33 || c > 126 || c == '=') && c != ' ' ? 3 : 1;
	}
	/* A soft break, and a dot, an F or a space that is encoded, in each line of at
	 * least 70. */
	if (qp)
		n += (n / 70 + 1) * 7 + ends * 4;
	return LEAF_HEAD + n + 2 * ends;
}

int
compose_text_leaf(struct buf *out, struct str text)
{
	bool ascii = text_is_ascii(text), utf8 = text_is_utf8(text);
	bool qp = needs_qp(text);

	/* Bytes that are no UTF-8 are most often the Latin of Windows. */
	buf_printf(out, " charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
		utf8 ? "utf-8" : "windows-1252",
		qp      ? "quoted-printable"
		: ascii ? "7bit"
			: "8bit");
	do {
		struct str line = next_line(&text);

		if (qp) {
			qp_line(out, line);
		} else {
			buf_put(out, line);
			buf_put_z(out, "\r\n");
		}
	} while (text.n > 0 && !out->full);
	return result(out);
}
