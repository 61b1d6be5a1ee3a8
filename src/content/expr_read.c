#include "content/expr_read.h"

#include <errno.h>

static const struct entity {
	const char *text;
	char c;
} entities[] = { { "&gt;", '>' }, { "&lt;", '<' }, { "&amp;", '&' }, { "&quot;", '"' },
	{ "&nbsp;", ' ' }, { "\xc2\xa0", ' ' } };

char
expr_read_char(struct str in, size_t i, size_t *ret_n)
{
	*ret_n = i < in.n;
	if (i >= in.n)
		return 0;
	if (in.p[i] != '&' && in.p[i] != '\xc2')
		return in.p[i];
	for (size_t k = 0; k < sizeof entities / sizeof *entities; k++) {
		struct str text = str_z(entities[k].text);

		if (str_starts(str_from(in, i), text)) {
			*ret_n = text.n;
			return entities[k].c;
		}
	}
	return in.p[i];
}

void
expr_blanks(struct expr_parser *p)
{
	for (size_t n;; p->pos += n) {
		char c = expr_read_char(p->in, p->pos, &n);

		if (!n || (c != ' ' && c != '\t' && c != '\r' && c != '\n'))
			return;
	}
}

bool
expr_read_starts(char c)
{
	return c == '_' || (ascii_alnum(c) && !ascii_digit(c)) || (unsigned char)c >= 0x80;
}

static bool
name_char(char c)
{
	return c == '_' || ascii_alnum(c) || (unsigned char)c >= 0x80;
}

/* The end of a name that starts at i: a "-" is in it when a name goes on behind it. A hard
 * space is a blank, though its bytes look like a letter. */
size_t
expr_read_end(struct str in, size_t i)
{
	size_t n;

	while (i < in.n) {
		if (in.p[i] == '\xc2' && expr_read_char(in, i, &n) == ' ')
			break;
		if (name_char(in.p[i]))
			i++;
		else if (in.p[i] == '-' && i + 1 < in.n && name_char(in.p[i + 1]))
			i += 2;
		else
			break;
	}
	return i;
}

struct str
expr_name(struct expr_parser *p)
{
	size_t at = p->pos, n;

	if (at >= p->in.n || !expr_read_starts(p->in.p[at]) ||
		expr_read_char(p->in, at, &n) == ' ')
		return STR_NONE;
	p->pos = expr_read_end(p->in, at);
	return str_of(p->in.p + at, p->pos - at);
}

int
expr_read_unexpected(struct expr_parser *p)
{
	struct str rest = str_from(p->in, p->pos), word;
	size_t n = expr_read_end(rest, 0);

	if (!rest.n)
		return expr_fault(&p->fault, p->pos, -EINVAL,
			"A value is expected here, but the template ends.");
	word = str_head(rest, n ? n : 1);
	return expr_fault(&p->fault, p->pos, -EINVAL, "A value is expected here, not \"%.*s\".",
		STR_ARG(expr_quote(word)));
}

static const struct expr *
make(struct expr_parser *p, struct expr e)
{
	return expr_new(p->arena, &p->fault, e);
}

int
expr_read_keep(struct expr_parser *p, struct expr e, const struct expr **ret_e)
{
	const struct expr *made = make(p, e);

	if (!made)
		return -E2BIG;
	*ret_e = made;
	return 0;
}

bool
expr_read_taken(struct expr_parser *p, char c)
{
	size_t n;

	expr_blanks(p);
	if (expr_read_char(p->in, p->pos, &n) != c || !n)
		return false;
	p->pos += n;
	return true;
}

/* Without the backslashes before quotes and backslashes. */
static struct str
unescape(struct arena *a, struct str s)
{
	char *to;
	size_t n = 0;

	if (str_find(s, '\\') == s.n)
		return s;
	to = arena_alloc(a, s.n);
	if (!to)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && strchr("\"'\\", s.p[i + 1]))
			i++;
		to[n++] = s.p[i];
	}
	return str_of(to, n);
}

/* What started with the character " ends with it, what started with &quot; with that. */
int
expr_read_text(struct expr_parser *p, const struct expr **ret_e)
{
	size_t at = p->pos, open, n;
	char quote = expr_read_char(p->in, at, &open), c;
	struct str text;

	p->pos += open;
	for (;; p->pos += n) {
		c = expr_read_char(p->in, p->pos, &n);
		if (!n)
			return expr_fault(&p->fault, at, -EINVAL,
				"The text that starts here has no closing quote.");
		if (c == quote && n == open)
			break;
		if (c == '\\' && p->pos + 1 < p->in.n)
			n = 2;
	}
	text = unescape(p->arena, str_of(p->in.p + at + open, p->pos - at - open));
	p->pos += n;
	if (!text.p)
		return expr_fault(&p->fault, at, -E2BIG, "The template is too large.");
	return expr_read_keep(p,
		(struct expr){ .kind = EXPR_VALUE, .at = at, .value = value_text(text) },
		ret_e);
}

int
expr_read_number(struct expr_parser *p, const struct expr **ret_e)
{
	size_t at = p->pos, end = at;
	struct expr e = { .kind = EXPR_VALUE, .at = at };
	struct value text;

	while (end < p->in.n && ascii_digit(p->in.p[end]))
		end++;
	if (end + 1 < p->in.n && p->in.p[end] == '.' && ascii_digit(p->in.p[end + 1]))
		for (end++; end < p->in.n && ascii_digit(p->in.p[end]);)
			end++;
	text = value_text(str_of(p->in.p + at, end - at));
	if (value_number(&text, &e.value))
		return expr_fault(&p->fault, at, -EINVAL, "The number is too long.");
	p->pos = end;
	return expr_read_keep(p, e, ret_e);
}

bool
expr_read_word(struct str word, struct value *ret_v)
{
	if (str_ieq_z(word, "true"))
		*ret_v = value_bool(true);
	else if (str_ieq_z(word, "false"))
		*ret_v = value_bool(false);
	else
		return false;
	return true;
}

int
expr_read_default(struct expr_parser *p, const struct expr **ret_e)
{
	size_t at, n;
	char c;
	struct expr e = { .kind = EXPR_VALUE };

	expr_blanks(p);
	at = e.at = p->pos;
	c = expr_read_char(p->in, at, &n);
	if (c == '"' || c == '\'')
		return expr_read_text(p, ret_e);
	if (ascii_digit(c))
		return expr_read_number(p, ret_e);
	if (c == '-' && at + 1 < p->in.n && ascii_digit(p->in.p[at + 1])) {
		p->pos++;
		if (expr_read_number(p, &e.a))
			return -EINVAL;
		e.kind = EXPR_MINUS;
		return expr_read_keep(p, e, ret_e);
	}
	if (expr_read_word(expr_name(p), &e.value))
		return expr_read_keep(p, e, ret_e);
	return expr_fault(&p->fault, at, -EINVAL,
		"A default is a text in quotes, a number, true or false.");
}

struct str
expr_read_name(struct expr_parser *p)
{
	size_t at = p->pos;

	p->pos = expr_read_end(p->in, at);
	return str_of(p->in.p + at, p->pos - at);
}
