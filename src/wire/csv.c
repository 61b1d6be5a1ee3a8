#include "wire/csv.h"

#include <errno.h>

/* rest begins behind the opening quote. */
static int
quoted(struct str *rest, struct buf *b, struct str *ret_field)
{
	struct str s = *rest;
	size_t i = 0;

	buf_clear(b);
	for (;; i++) {
		if (i == s.n)
			return -EINVAL;
		if (s.p[i] == '"' && (i + 1 == s.n || s.p[i + 1] != '"'))
			break;
		i += s.p[i] == '"';
		if (buf_put_c(b, s.p[i]) < 0)
			return -E2BIG;
	}
	s = str_trim(str_from(s, i + 1));
	if (s.n > 0 && s.p[0] != ',')
		return -EINVAL;
	*ret_field = buf_str(b);
	*rest = s.n > 0 ? str_from(s, 1) : (struct str){ NULL, 0 };
	return 0;
}

int
csv_field(struct str *rest, struct buf *b, struct str *ret_field)
{
	struct str s = str_trim(*rest);

	if (s.n > 0 && s.p[0] == '"') {
		s = str_from(s, 1);
		int err = quoted(&s, b, ret_field);

		if (err == 0)
			*rest = s;
		return err;
	}
	*ret_field = str_trim(str_cut(rest, ','));
	return 0;
}

static bool
is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ',' || s.p[i] == '"')
			return false;
	return s.n == 0 ||
	       (s.p[0] != ' ' && s.p[0] != '\t' && s.p[s.n - 1] != ' ' && s.p[s.n - 1] != '\t');
}

static char
one_line(char c)
{
	return c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

static bool
breaks(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != one_line(s.p[i]))
			return true;
	return false;
}

/* What one_line makes a space is one here too. */
static bool
is_formula(struct str s)
{
	size_t i = 0;

	while (i < s.n && (one_line(s.p[i]) == ' ' || s.p[i] == '\''))
		i++;
	return i < s.n && memchr("=+-@\t", s.p[i], 5);
}

static int
put(struct buf *b, struct str field, bool first, bool formula)
{
	bool plain = is_plain(field) && !breaks(field);

	if (!first)
		buf_put_c(b, ',');
	if (plain && formula)
		buf_put_c(b, '\'');
	if (plain)
		return buf_put(b, field);
	buf_put_c(b, '"');
	if (formula)
		buf_put_c(b, '\'');
	for (size_t i = 0; i < field.n; i++) {
		if (field.p[i] == '"')
			buf_put_c(b, '"');
		buf_put_c(b, one_line(field.p[i]));
	}
	buf_put_c(b, '"');
	return b->full ? -E2BIG : 0;
}

int
csv_put(struct buf *b, struct str field, bool first)
{
	return put(b, field, first, false);
}

int
csv_put_text(struct buf *b, struct str field, bool first)
{
	return put(b, field, first, is_formula(field));
}

struct str
csv_text(struct str field)
{
	struct str s = str_starts(field, STR_LIT("'")) ? str_from(field, 1) : STR_NONE;

	return is_formula(s) ? s : field;
}
