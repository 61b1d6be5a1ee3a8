#include "content/expr_read.h"

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

static int parse_level(struct expr_parser *p, enum level level, const struct expr **ret_e);

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
		names[n] = expr_read_name(p);
		if (!names[n++].n)
			return expr_read_unexpected(p);
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
	char c = expr_read_char(p->in, p->pos, &n);
	struct str *name = arena_alloc(p->arena, sizeof *name);

	if (!name)
		return expr_fault(&p->fault, e->at, -E2BIG, "The template is too large.");
	if (c == '"' || c == '\'') {
		if (expr_read_text(p, &text))
			return -EINVAL;
		*name = text->value.text;
	} else {
		*name = expr_read_name(p);
	}
	if (!name->n)
		return expr_read_unexpected(p);
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
	bool colon = expr_read_taken(p, ':');
	int rc;

	if (colon && find_source(word, &e.path.source)) {
		expr_blanks(p);
		if (e.path.source == EXPR_SEGMENT)
			rc = parse_segment(p, &e);
		else if ((word = expr_read_name(p)).n)
			rc = parse_names(p, word, &e);
		else
			return expr_read_unexpected(p);
	} else {
		p->pos = behind;
		rc = parse_names(p, word, &e);
		e.path.slot = p->slot ? p->slot(p->ctx, word) : 0;
		if (!rc && e.path.slot == UINT_MAX)
			return expr_fault(&p->fault, at, -E2BIG, "Too many names.");
	}
	behind = p->pos;
	if (!rc && expr_read_taken(p, ':'))
		rc = expr_read_default(p, &e.path.fallback);
	else
		p->pos = behind;
	return rc ? rc : expr_read_keep(p, e, ret_e);
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
	while (!expr_read_taken(p, ')')) {
		if (n && !expr_read_taken(p, ','))
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
	return rc ? rc : expr_read_keep(p, e, ret_e);
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
		return expr_read_unexpected(p);
	}
	behind = p->pos;
	if (expr_read_taken(p, '('))
		return parse_call(p, at, word, ret_e);
	p->pos = behind;
	if (expr_read_word(word, &e.value))
		return expr_read_keep(p, e, ret_e);
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
	return rc ? rc : expr_read_keep(p, e, ret_e);
}

static int
parse_unary(struct expr_parser *p, const struct expr **ret_e)
{
	size_t n, at = p->pos;
	char c = expr_read_char(p->in, at, &n);
	int rc;

	if (c == '-' || c == '!')
		return parse_sign(p, c == '-' ? EXPR_MINUS : EXPR_NOT, LEVEL_UNARY, ret_e);
	if (c == '"' || c == '\'')
		return expr_read_text(p, ret_e);
	if (ascii_digit(c))
		return expr_read_number(p, ret_e);
	if (c != '(')
		return parse_word(p, ret_e);
	p->pos += n;
	rc = parse_level(p, LEVEL_OR, ret_e);
	if (!rc && !expr_read_taken(p, ')'))
		return expr_fault(
			&p->fault, at, -EINVAL, "The \"(\" here has no closing \")\".");
	return rc;
}

/* Is the sign, which is no word, at pos? Its bytes, or 0. */
static size_t
match(const struct expr_parser *p, const char *sign)
{
	size_t at = p->pos, n;

	for (; *sign; sign++, at += n)
		if (expr_read_char(p->in, at, &n) != *sign)
			return 0;
	return at - p->pos;
}

/* The sign at pos, if it is of that level. */
static const struct sign *
find_sign(struct expr_parser *p, enum level level, size_t *ret_n)
{
	size_t at, n;
	struct str word;
	char c;

	expr_blanks(p);
	at = p->pos;
	c = expr_read_char(p->in, at, &n);
	/* What mostly ends an expression is seen at once. */
	if (!n || strchr("}%])[,:", c))
		return NULL;
	word = expr_name(p);
	p->pos = at;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		if (expr_read_starts(signs[i].text[0]))
			n = str_ieq_z(word, signs[i].text) ? word.n : 0;
		else
			n = word.n ? 0 : match(p, signs[i].text);
		if (!n)
			continue;
		*ret_n = n;
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
			rc = expr_read_keep(p, e, ret_e);
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
	bool deeper = level == LEVEL_OR || level == LEVEL_UNARY, negated;
	int rc;

	expr_blanks(p);
	negated = level == LEVEL_NOT && at_not(p);
	deeper |= negated;
	/* Parentheses take two: what is in them, and each of its values. */
	if (deeper && p->nest / 2 > EXPR_PARENS_MAX)
		return expr_fault(&p->fault, p->pos, -E2BIG,
			"The expression is nested deeper than %u levels.", EXPR_PARENS_MAX);
	p->nest += deeper;
	if (level == LEVEL_UNARY)
		rc = parse_unary(p, ret_e);
	else if (negated)
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
