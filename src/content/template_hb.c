#include "content/template_hb.h"

#include <errno.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

/* Handlebars' ID: what is neither blank nor one of these. */
static bool
id_char(char c)
{
	return !is_blank(c) && c && !strchr("!\"#%&'()*+,./;<=>@[\\]^`{|}~", c);
}

void
template_hb_blanks(struct template_hb *h)
{
	while (h->pos < h->in.n && is_blank(h->in.p[h->pos]))
		h->pos++;
}

static char
peek(const struct template_hb *h, size_t ahead)
{
	return h->pos + ahead < h->in.n ? h->in.p[h->pos + ahead] : 0;
}

static int
unexpected(struct template_hb *h)
{
	struct str rest = str_from(h->in, h->pos);

	if (!rest.n)
		return expr_fault(
			&h->b->fault, h->pos, -EINVAL, "The template ends inside of a tag.");
	return expr_fault(&h->b->fault, h->pos, -EINVAL,
		"A value is expected here, not \"%.*s\".",
		STR_ARG(expr_quote(str_head(rest, rest.p[0] == '}' ? 2 : 1))));
}

static int
too_large(struct template_hb *h)
{
	return expr_fault(&h->b->fault, h->pos, -E2BIG, "The template is too large.");
}

static int
keep(struct template_hb *h, struct expr e, const struct expr **ret_e)
{
	const struct expr *made = expr_new(h->b->arena, &h->b->fault, e);

	if (!made)
		return -E2BIG;
	*ret_e = made;
	return 0;
}

static int
value(struct template_hb *h, size_t at, struct value v, const struct expr **ret_e)
{
	return keep(h, (struct expr){ .kind = EXPR_VALUE, .at = at, .value = v }, ret_e);
}

/* "…" or '…'; a backslash stands before the quote alone. */
static int
read_text(struct template_hb *h, const struct expr **ret_e)
{
	size_t at = h->pos, n = 0;
	char quote = h->in.p[at], *to;
	bool escaped = false;

	for (h->pos++; h->pos < h->in.n && h->in.p[h->pos] != quote; h->pos++) {
		if (h->in.p[h->pos] == '\\' && peek(h, 1) == quote) {
			h->pos++;
			escaped = true;
		}
	}
	if (h->pos >= h->in.n)
		return expr_fault(&h->b->fault, at, -EINVAL,
			"The text that starts here has no closing quote.");
	h->pos++;
	if (!escaped)
		return value(
			h, at, value_text(str_of(h->in.p + at + 1, h->pos - at - 2)), ret_e);
	to = arena_alloc(h->b->arena, h->pos - at);
	if (!to)
		return too_large(h);
	for (size_t i = at + 1; i + 1 < h->pos; i++) {
		if (h->in.p[i] == '\\' && h->in.p[i + 1] == quote)
			i++;
		to[n++] = h->in.p[i];
	}
	return value(h, at, value_text(str_of(to, n)), ret_e);
}

/* The name at pos, "[…]" too; empty when there is none. */
static struct str
read_id(struct template_hb *h)
{
	size_t at = h->pos, end;

	if (peek(h, 0) == '[') {
		end = str_find(str_from(h->in, at), ']');
		if (at + end >= h->in.n)
			return STR_NONE;
		h->pos = at + end + 1;
		return str_of(h->in.p + at + 1, end - 1);
	}
	while (h->pos < h->in.n && id_char(h->in.p[h->pos]))
		h->pos++;
	return str_of(h->in.p + at, h->pos - at);
}

static const struct {
	const char *name;
	enum expr_source source;
} data_names[] = { { "root", EXPR_ROOT }, { "index", EXPR_INDEX }, { "first", EXPR_FIRST },
	{ "last", EXPR_LAST }, { "key", EXPR_KEY } };

/* "@index": what kind it is. Unknown ones have no value. */
static bool
data_source(struct str name, enum expr_source *ret_source)
{
	for (size_t i = 0; i < sizeof data_names / sizeof *data_names; i++) {
		if (str_eq_z(name, data_names[i].name)) {
			*ret_source = data_names[i].source;
			return true;
		}
	}
	return false;
}

/* "../" and "this" and "." at the start of a path. False: nothing more may follow. */
static bool
path_start(struct template_hb *h, struct expr_path *path)
{
	struct str name;
	size_t at;

	while (peek(h, 0) == '.' && peek(h, 1) == '.') {
		path->up++;
		h->pos += 2;
		if (peek(h, 0) != '/')
			return false;
		h->pos++;
	}
	at = h->pos;
	if (peek(h, 0) == '.') {
		h->pos++;
	} else {
		name = read_id(h);
		if (!str_eq_z(name, "this") || h->in.p[at] == '[') {
			h->pos = at;
			return true;
		}
	}
	if (peek(h, 0) != '.' && peek(h, 0) != '/')
		return false;
	h->pos++;
	return true;
}

static int
read_names(struct template_hb *h, struct expr_path *path)
{
	struct str names[EXPR_PATH_MAX], *copy;
	size_t n = 0;

	for (;; h->pos++) {
		if (n == EXPR_PATH_MAX)
			return expr_fault(&h->b->fault, h->pos, -E2BIG,
				"The path has more than %u names.", EXPR_PATH_MAX);
		names[n] = read_id(h);
		if (!names[n++].n)
			return unexpected(h);
		if (peek(h, 0) != '.' && peek(h, 0) != '/')
			break;
	}
	copy = arena_alloc(h->b->arena, n * sizeof *copy);
	if (!copy)
		return too_large(h);
	memcpy(copy, names, n * sizeof *copy);
	path->names = copy;
	path->nnames = n;
	return 0;
}

static int
read_path(struct template_hb *h, const struct expr **ret_e)
{
	struct expr e = { .kind = EXPR_PATH, .at = h->pos, .path.source = EXPR_HERE };
	bool data = peek(h, 0) == '@';
	int rc = 0;

	h->pos += data;
	if (path_start(h, &e.path))
		rc = read_names(h, &e.path);
	if (rc)
		return rc;
	e.path.text = str_of(h->in.p + e.at, h->pos - e.at);
	if (!data)
		return keep(h, e, ret_e);
	if (!e.path.nnames || !data_source(e.path.names[0], &e.path.source))
		return value(h, e.at, value_none(), ret_e);
	e.path.names++;
	e.path.nnames--;
	return keep(h, e, ret_e);
}

static bool
ends_word(char c)
{
	return !c || is_blank(c) || strchr("=~}/.)|", c);
}

/* A number, true, false, null or undefined at pos. */
static bool
read_literal(struct template_hb *h, struct value *ret_v)
{
	size_t at = h->pos;
	struct value text;
	struct str word;

	word = read_id(h);
	if (peek(h, 0) == '.' && word.n && ascii_digit(word.p[word.n - 1])) {
		h->pos++;
		read_id(h);
		word = str_of(h->in.p + at, h->pos - at);
	}
	text = value_text(word);
	if (!ends_word(peek(h, 0)) || !word.n)
		word = STR_NONE;
	if (word.n && (ascii_digit(word.p[0]) || word.p[0] == '-') &&
		value_number(&text, ret_v) == 0)
		return true;
	if (str_eq_z(word, "true") || str_eq_z(word, "false")) {
		*ret_v = value_bool(word.p[0] == 't');
		return true;
	}
	if (str_eq_z(word, "null") || str_eq_z(word, "undefined")) {
		*ret_v = value_none();
		return true;
	}
	h->pos = at;
	return false;
}

static int
read_call_in(struct template_hb *h, const struct expr **ret_e)
{
	struct template_hb_call c;
	size_t at = h->pos;
	int rc;

	if (h->nest == EXPR_PARENS_MAX)
		return expr_fault(&h->b->fault, at, -E2BIG,
			"The expression is nested deeper than %u levels.", EXPR_PARENS_MAX);
	h->nest++;
	h->pos++;
	rc = template_hb_call(h, &c);
	h->nest--;
	if (rc)
		return rc;
	if (peek(h, 0) != ')')
		return expr_fault(
			&h->b->fault, at, -EINVAL, "The \"(\" here has no closing \")\".");
	h->pos++;
	return template_hb_value(h, &c, ret_e);
}

static int
read_param(struct template_hb *h, const struct expr **ret_e)
{
	struct value v;
	size_t at = h->pos;
	char c = peek(h, 0);

	if (c == '(')
		return read_call_in(h, ret_e);
	if (c == '"' || c == '\'')
		return read_text(h, ret_e);
	if (read_literal(h, &v))
		return value(h, at, v, ret_e);
	return read_path(h, ret_e);
}

/* Is "name=" at pos? Taken if so. */
static bool
read_hash(struct template_hb *h, struct str *ret_name)
{
	size_t at = h->pos;

	*ret_name = read_id(h);
	template_hb_blanks(h);
	if (ret_name->n && peek(h, 0) == '=') {
		h->pos++;
		template_hb_blanks(h);
		return true;
	}
	h->pos = at;
	return false;
}

static int
read_params(struct template_hb *h, struct template_hb_call *c)
{
	const struct expr *e;
	struct str name;
	int rc;

	for (;;) {
		template_hb_blanks(h);
		if (h->pos >= h->in.n || strchr("})~", peek(h, 0)))
			return 0;
		if (peek(h, 0) == '|')
			return expr_fault(&h->b->fault, h->pos, -EINVAL,
				"Block parameters (as |x|) are not in this language.");
		if (read_hash(h, &name)) {
			rc = read_param(h, &e);
			if (!rc && str_eq_z(name, "default"))
				c->fallback = e;
		} else {
			if (c->nargs == EXPR_ARGS_MAX)
				return expr_fault(&h->b->fault, h->pos, -EINVAL,
					"At most %u values.", EXPR_ARGS_MAX);
			rc = read_param(h, &c->args[c->nargs++]);
		}
		if (rc)
			return rc;
	}
}

int
template_hb_call(struct template_hb *h, struct template_hb_call *ret_c)
{
	struct template_hb_call c;
	const struct expr *e = NULL;
	int rc;

	memset(&c, 0, sizeof c);
	template_hb_blanks(h);
	c.at = h->pos;
	rc = read_param(h, &e);
	if (rc)
		return rc;
	c.name = str_of(h->in.p + c.at, h->pos - c.at);
	if (e->kind == EXPR_PATH)
		c.path = e;
	else
		c.literal = e;
	rc = read_params(h, &c);
	if (!rc)
		*ret_c = c;
	return rc;
}

static bool
is_word_length(const struct expr *e)
{
	return e->kind == EXPR_PATH && str_eq_z(e->path.text, "length");
}

/*
 * The documentation writes {{#greaterThan 0 length cartItems}} and means "length of cartItems
 * is greater than 0"; {{#greaterThan length cartItems 0}} is the same without the twist.
 */
static int
fold_length(struct template_hb *h, struct template_hb_call *c)
{
	const struct expr **args;
	bool twisted = c->nargs == 3 && is_word_length(c->args[1]);
	struct expr e = { .kind = EXPR_CALL, .at = c->at };
	const struct expr *other;

	if (!twisted && !(c->nargs == 3 && is_word_length(c->args[0])))
		return 0;
	args = arena_alloc(h->b->arena, sizeof *args);
	if (!args)
		return too_large(h);
	other = twisted ? c->args[0] : c->args[2];
	args[0] = twisted ? c->args[2] : c->args[1];
	e.call.fn = expr_fn_find(&template_helper_fns, STR_LIT("length"));
	e.call.args = args;
	e.call.nargs = 1;
	c->args[1] = other;
	c->nargs = 2;
	return keep(h, e, &c->args[0]);
}

int
template_hb_helper(struct template_hb *h, struct template_hb_call *c, const struct expr_fn *fn,
	const struct expr **ret_e)
{
	struct expr e = { .kind = EXPR_CALL, .at = c->at };
	const struct expr **args;
	int rc = fn->min == 2 && fn->max == 2 ? fold_length(h, c) : 0;
	unsigned n;

	if (rc)
		return rc;
	if (c->fallback && c->nargs < EXPR_ARGS_MAX)
		c->args[c->nargs++] = c->fallback;
	n = (unsigned)c->nargs;
	if (n < fn->min || n > fn->max)
		return expr_fault(&h->b->fault, c->at, -EINVAL,
			"%s takes %s%u value%s, not %u.", fn->name,
			fn->min == fn->max ? "" : "at least ", fn->min, fn->min == 1 ? "" : "s",
			n);
	args = arena_alloc(h->b->arena, c->nargs * sizeof *args);
	if (!args)
		return too_large(h);
	memcpy(args, c->args, c->nargs * sizeof *args);
	e.call.fn = fn;
	e.call.args = args;
	e.call.nargs = c->nargs;
	return keep(h, e, ret_e);
}

int
template_hb_value(struct template_hb *h, struct template_hb_call *c, const struct expr **ret_e)
{
	const struct expr_fn *fn;

	if (!c->nargs) {
		*ret_e = c->path ? c->path : c->literal;
		return 0;
	}
	fn = c->path ? expr_fn_find(&template_helper_fns, c->name) : NULL;
	if (!fn || !str_eq_z(c->name, fn->name))
		return expr_fault(&h->b->fault, c->at, -EINVAL, "Missing helper: \"%.*s\"",
			STR_ARG(expr_quote(c->name)));
	return template_hb_helper(h, c, fn, ret_e);
}
