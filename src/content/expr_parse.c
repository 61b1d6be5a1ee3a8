#include "content/expr.h"

#include <errno.h>

enum level {
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_NOT,
	LEVEL_COMPARE,
	LEVEL_SUM,
	LEVEL_TERM,
	LEVEL_UNARY
};

/* Longer signs before those they start with. */
static const struct sign {
	const char *text;
	enum level level;
	enum expr_op op;
} signs[] = {
	{ "===", LEVEL_COMPARE, EXPR_EQ },
	{ "==", LEVEL_COMPARE, EXPR_EQ },
	{ "=", LEVEL_COMPARE, EXPR_EQ },
	{ "!=", LEVEL_COMPARE, EXPR_NE },
	{ "<>", LEVEL_COMPARE, EXPR_NE },
	{ "<=", LEVEL_COMPARE, EXPR_LE },
	{ "<", LEVEL_COMPARE, EXPR_LT },
	{ ">=", LEVEL_COMPARE, EXPR_GE },
	{ ">", LEVEL_COMPARE, EXPR_GT },
	{ "+", LEVEL_SUM, EXPR_ADD },
	{ "-", LEVEL_SUM, EXPR_SUB },
	{ "*", LEVEL_TERM, EXPR_MUL },
	{ "/", LEVEL_TERM, EXPR_DIVIDE },
	{ "or", LEVEL_OR, EXPR_OR },
	{ "xor", LEVEL_OR, EXPR_XOR },
	{ "and", LEVEL_AND, EXPR_AND },
	{ "div", LEVEL_TERM, EXPR_DIV },
	{ "mod", LEVEL_TERM, EXPR_MOD },
};

static const struct entity {
	const char *text;
	char c;
} entities[] = { { "&gt;", '>' }, { "&lt;", '<' }, { "&amp;", '&' }, { "&quot;", '"' },
	{ "&nbsp;", ' ' }, { "\xc2\xa0", ' ' } };

/* The character at byte i as an HTML editor meant it, and its bytes; 0 bytes at the end. */
static char
look(struct str in, size_t i, size_t *ret_n)
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
		char c = look(p->in, p->pos, &n);

		if (!n || (c != ' ' && c != '\t' && c != '\r' && c != '\n'))
			return;
	}
}

static bool
name_start(char c)
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
static size_t
name_end(struct str in, size_t i)
{
	size_t n;

	while (i < in.n) {
		if (in.p[i] == '\xc2' && look(in, i, &n) == ' ')
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

	if (at >= p->in.n || !name_start(p->in.p[at]) || look(p->in, at, &n) == ' ')
		return STR_NONE;
	p->pos = name_end(p->in, at);
	return str_of(p->in.p + at, p->pos - at);
}

static int
unexpected(struct expr_parser *p)
{
	struct str rest = str_from(p->in, p->pos), word;
	size_t n = name_end(rest, 0);

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

static int
keep(struct expr_parser *p, struct expr e, const struct expr **ret_e)
{
	const struct expr *made = make(p, e);

	if (!made)
		return -E2BIG;
	*ret_e = made;
	return 0;
}

static bool
taken(struct expr_parser *p, char c)
{
	size_t n;

	expr_blanks(p);
	if (look(p->in, p->pos, &n) != c || !n)
		return false;
	p->pos += n;
	return true;
}

static int parse_level(struct expr_parser *p, enum level level, const struct expr **ret_e);

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
static int
parse_text(struct expr_parser *p, const struct expr **ret_e)
{
	size_t at = p->pos, open, n;
	char quote = look(p->in, at, &open), c;
	struct str text;

	p->pos += open;
	for (;; p->pos += n) {
		c = look(p->in, p->pos, &n);
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
	return keep(p, (struct expr){ .kind = EXPR_VALUE, .at = at, .value = value_text(text) },
		ret_e);
}

static int
parse_number(struct expr_parser *p, const struct expr **ret_e)
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
	return keep(p, e, ret_e);
}

static bool
literal_word(struct str word, struct value *ret_v)
{
	if (str_ieq_z(word, "true"))
		*ret_v = value_bool(true);
	else if (str_ieq_z(word, "false"))
		*ret_v = value_bool(false);
	else
		return false;
	return true;
}

/* A default: a text, a number, true or false. */
static int
parse_default(struct expr_parser *p, const struct expr **ret_e)
{
	size_t at, n;
	char c;
	struct expr e = { .kind = EXPR_VALUE };

	expr_blanks(p);
	at = e.at = p->pos;
	c = look(p->in, at, &n);
	if (c == '"' || c == '\'')
		return parse_text(p, ret_e);
	if (ascii_digit(c))
		return parse_number(p, ret_e);
	if (c == '-' && at + 1 < p->in.n && ascii_digit(p->in.p[at + 1])) {
		p->pos++;
		if (parse_number(p, &e.a))
			return -EINVAL;
		e.kind = EXPR_MINUS;
		return keep(p, e, ret_e);
	}
	if (literal_word(expr_name(p), &e.value))
		return keep(p, e, ret_e);
	return expr_fault(&p->fault, at, -EINVAL,
		"A default is a text in quotes, a number, true or false.");
}

static const struct {
	const char *name;
	enum expr_source source;
} sources[] = { { "var", EXPR_VAR }, { "data", EXPR_DATA }, { "mj", EXPR_MJ },
	{ "segment", EXPR_SEGMENT }, { "segmentation", EXPR_SEGMENT } };

static bool
find_source(struct str word, enum expr_source *ret_source)
{
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		if (str_ieq_z(word, sources[i].name)) {
			*ret_source = sources[i].source;
			return true;
		}
	}
	return false;
}

/* One name of a path; behind a source and behind a "." it may be a number. */
static struct str
path_name(struct expr_parser *p)
{
	size_t at = p->pos;

	p->pos = name_end(p->in, at);
	return str_of(p->in.p + at, p->pos - at);
}

static int
parse_names(struct expr_parser *p, struct str first, struct expr *e)
{
	struct str names[EXPR_PATH_MAX], *copy;
	size_t n = 0;

	names[n++] = first;
	while (p->pos < p->in.n && p->in.p[p->pos] == '.') {
		if (n == EXPR_PATH_MAX)
			return expr_fault(&p->fault, e->at, -E2BIG,
				"The path has more than %u names.", EXPR_PATH_MAX);
		p->pos++;
		names[n] = path_name(p);
		if (!names[n++].n)
			return unexpected(p);
	}
	copy = arena_alloc(p->arena, n * sizeof *copy);
	if (!copy)
		return expr_fault(&p->fault, e->at, -E2BIG, "The template is too large.");
	memcpy(copy, names, n * sizeof *copy);
	e->path.names = copy;
	e->path.nnames = n;
	e->path.text = str_of(p->in.p + e->at, p->pos - e->at);
	return 0;
}

/* "segment:" is followed by a number or a name, which may be in quotes. */
static int
parse_segment(struct expr_parser *p, struct expr *e)
{
	const struct expr *text = NULL;
	size_t n;
	char c = look(p->in, p->pos, &n);
	struct str *name = arena_alloc(p->arena, sizeof *name);

	if (!name)
		return expr_fault(&p->fault, e->at, -E2BIG, "The template is too large.");
	if (c == '"' || c == '\'') {
		if (parse_text(p, &text))
			return -EINVAL;
		*name = text->value.text;
	} else {
		*name = path_name(p);
	}
	if (!name->n)
		return unexpected(p);
	e->path.names = name;
	e->path.nnames = 1;
	e->path.text = str_of(p->in.p + e->at, p->pos - e->at);
	return 0;
}

static int
parse_path(struct expr_parser *p, size_t at, struct str word, const struct expr **ret_e)
{
	struct expr e = { .kind = EXPR_PATH, .at = at, .path.source = EXPR_NAME };
	size_t behind = p->pos;
	bool colon = taken(p, ':');
	int rc;

	if (colon && find_source(word, &e.path.source)) {
		expr_blanks(p);
		if (e.path.source == EXPR_SEGMENT)
			rc = parse_segment(p, &e);
		else if ((word = path_name(p)).n)
			rc = parse_names(p, word, &e);
		else
			return unexpected(p);
	} else {
		p->pos = behind;
		rc = parse_names(p, word, &e);
		e.path.slot = p->slot ? p->slot(p->ctx, word) : 0;
		if (!rc && e.path.slot == UINT_MAX)
			return expr_fault(&p->fault, at, -E2BIG, "Too many names.");
	}
	behind = p->pos;
	if (!rc && taken(p, ':'))
		rc = parse_default(p, &e.path.fallback);
	else
		p->pos = behind;
	return rc ? rc : keep(p, e, ret_e);
}

static int
check_count(struct expr_parser *p, const struct expr *e)
{
	const struct expr_fn *fn = e->call.fn;
	unsigned n = (unsigned)e->call.nargs;

	if (n >= fn->min && n <= fn->max)
		return 0;
	if (fn->min == fn->max)
		return expr_fault(&p->fault, e->at, -EINVAL, "%s takes %u value%s, not %u.",
			fn->name, fn->min, fn->min == 1 ? "" : "s", n);
	return expr_fault(&p->fault, e->at, -EINVAL, "%s takes %u to %u values, not %u.",
		fn->name, fn->min, fn->max, n);
}

static int
parse_call(struct expr_parser *p, size_t at, struct str name, const struct expr **ret_e)
{
	const struct expr *args[EXPR_ARGS_MAX], **copy;
	struct expr e = { .kind = EXPR_CALL, .at = at };
	size_t n = 0;
	int rc;

	e.call.fn = expr_fn_find(p->fns, name);
	if (!e.call.fn)
		return expr_fault(&p->fault, at, -EINVAL, "Unknown function: %.*s",
			STR_ARG(expr_quote(name)));
	while (!taken(p, ')')) {
		if (n && !taken(p, ','))
			return expr_fault(
				&p->fault, p->pos, -EINVAL, "\",\" or \")\" is expected here.");
		if (n == EXPR_ARGS_MAX)
			return expr_fault(&p->fault, at, -EINVAL, "%s takes at most %u values.",
				e.call.fn->name, e.call.fn->max);
		rc = parse_level(p, LEVEL_OR, &args[n++]);
		if (rc)
			return rc;
	}
	copy = arena_alloc(p->arena, n * sizeof *copy);
	if (!copy)
		return expr_fault(&p->fault, at, -E2BIG, "The template is too large.");
	if (n)
		memcpy(copy, args, n * sizeof *copy);
	e.call.args = copy;
	e.call.nargs = n;
	rc = check_count(p, &e);
	return rc ? rc : keep(p, e, ret_e);
}

static bool
is_operator(struct str word)
{
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (str_ieq_z(word, signs[i].text))
			return true;
	return str_ieq_z(word, "not");
}

static int
parse_word(struct expr_parser *p, const struct expr **ret_e)
{
	struct expr e = { .kind = EXPR_VALUE, .at = p->pos };
	size_t at = p->pos, behind;
	struct str word = expr_name(p);

	if (!word.n || is_operator(word)) {
		p->pos = at;
		return unexpected(p);
	}
	behind = p->pos;
	if (taken(p, '('))
		return parse_call(p, at, word, ret_e);
	p->pos = behind;
	if (literal_word(word, &e.value))
		return keep(p, e, ret_e);
	return parse_path(p, at, word, ret_e);
}

static int
parse_sign(
	struct expr_parser *p, enum expr_kind kind, enum level level, const struct expr **ret_e)
{
	struct expr e = { .kind = kind, .at = p->pos };
	int rc;

	p->pos += kind == EXPR_NOT && level == LEVEL_NOT ? 3 : 1;
	rc = parse_level(p, level, &e.a);
	return rc ? rc : keep(p, e, ret_e);
}

static int
parse_unary(struct expr_parser *p, const struct expr **ret_e)
{
	size_t n, at = p->pos;
	char c = look(p->in, at, &n);
	int rc;

	if (c == '-' || c == '!')
		return parse_sign(p, c == '-' ? EXPR_MINUS : EXPR_NOT, LEVEL_UNARY, ret_e);
	if (c == '"' || c == '\'')
		return parse_text(p, ret_e);
	if (ascii_digit(c))
		return parse_number(p, ret_e);
	if (c != '(')
		return parse_word(p, ret_e);
	p->pos += n;
	rc = parse_level(p, LEVEL_OR, ret_e);
	if (!rc && !taken(p, ')'))
		return expr_fault(
			&p->fault, at, -EINVAL, "The \"(\" here has no closing \")\".");
	return rc;
}

/* The sign of that level at pos: its bytes, or 0. */
static size_t
match(struct expr_parser *p, const struct sign *sign)
{
	size_t at = p->pos, n;
	struct str word;

	if (name_start(sign->text[0])) {
		word = expr_name(p);
		n = str_ieq_z(word, sign->text) ? word.n : 0;
		p->pos = at;
		return n;
	}
	for (const char *t = sign->text; *t; t++, at += n)
		if (look(p->in, at, &n) != *t)
			return 0;
	return at - p->pos;
}

static const struct sign *
find_sign(struct expr_parser *p, enum level level, size_t *ret_n)
{
	size_t n;
	char c;

	expr_blanks(p);
	c = look(p->in, p->pos, &n);
	/* What mostly ends an expression is seen at once. */
	if (!n || strchr("}%]),:", c))
		return NULL;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		*ret_n = match(p, &signs[i]);
		if (*ret_n)
			return signs[i].level == level ? &signs[i] : NULL;
	}
	return NULL;
}

static int
parse_chain(struct expr_parser *p, enum level level, const struct expr **ret_e)
{
	const struct sign *sign;
	struct expr e = { .kind = EXPR_BINARY };
	size_t n;
	int rc = parse_level(p, level + 1, ret_e);

	while (!rc && (sign = find_sign(p, level, &n))) {
		e.at = p->pos;
		e.op = sign->op;
		e.a = *ret_e;
		p->pos += n;
		rc = parse_level(p, level + 1, &e.b);
		if (!rc)
			rc = keep(p, e, ret_e);
	}
	return rc;
}

/* Is the word "not" at pos? */
static bool
at_not(struct expr_parser *p)
{
	size_t at = p->pos;
	bool is = str_ieq_z(expr_name(p), "not");

	p->pos = at;
	return is;
}

static int
parse_level(struct expr_parser *p, enum level level, const struct expr **ret_e)
{
	bool deeper = level == LEVEL_OR || level == LEVEL_UNARY, not ;
	int rc;

	expr_blanks(p);
	not = level == LEVEL_NOT && at_not(p);
	deeper |= not ;
	/* Parentheses take two: what is in them, and each of its values. */
	if (deeper && p->nest / 2 > EXPR_PARENS_MAX)
		return expr_fault(&p->fault, p->pos, -E2BIG,
			"The expression is nested deeper than %u levels.", EXPR_PARENS_MAX);
	p->nest += deeper;
	if (level == LEVEL_UNARY)
		rc = parse_unary(p, ret_e);
	else if (not )
		rc = parse_sign(p, EXPR_NOT, LEVEL_NOT, ret_e);
	else if (level == LEVEL_NOT)
		rc = parse_level(p, LEVEL_COMPARE, ret_e);
	else
		rc = parse_chain(p, level, ret_e);
	p->nest -= deeper;
	return rc;
}

int
expr_parse(struct expr_parser *p, const struct expr **ret_e)
{
	const struct expr *e;
	int rc = parse_level(p, LEVEL_OR, &e);

	if (rc)
		return rc;
	expr_blanks(p);
	*ret_e = e;
	return 0;
}
