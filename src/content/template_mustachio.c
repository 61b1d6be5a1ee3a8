/*
 * Mustachio, Postmark's dialect: {{x}} {{{x}}} {{&x}} {{!…}} {{#x}} {{^x}} {{#each x}} {{/x}},
 * with the sentences of the original for what is wrong. What is not exactly a tag is text.
 */
#include "content/template_priv.h"

#include <errno.h>

struct tag {
	struct str whole; /* with its braces */
	size_t at;
	bool three;
};

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct str
trim(struct str s)
{
	while (s.n && is_blank(s.p[0]))
		s = str_from(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* A tag at i: {{…}} or {{{…}}} with no brace inside. */
static bool
tag_at(struct str s, size_t i, struct tag *ret_t)
{
	bool three = i + 2 < s.n && s.p[i + 2] == '{';
	size_t begin = i + 2 + three, k = begin;

	if (i + 1 >= s.n || s.p[i] != '{' || s.p[i + 1] != '{')
		return false;
	while (k < s.n && s.p[k] != '{' && s.p[k] != '}')
		k++;
	if (k == begin || !str_starts(str_from(s, k), three ? STR_LIT("}}}") : STR_LIT("}}")))
		return false;
	k += 2 + three;
	*ret_t = (struct tag){ .whole = str_of(s.p + i, k - i), .at = i, .three = three };
	return true;
}

static bool
is_word(char c)
{
	return ascii_alnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Words with one "." between them, and "../". */
static bool
path_ok(struct str s)
{
	size_t dots = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '/' && dots != 2)
			return false;
		if (c != '/' && dots == 2 && c != '.')
			return false;
		if (c != '.' && c != '/' && !is_word(c))
			return false;
		dots = c == '.' ? dots + 1 : 0;
		if (dots > 2)
			return false;
	}
	return dots < 2;
}

/* Takes the next "../" or word of *rest. */
static struct str
next_part(struct str *rest)
{
	size_t n = 0;
	struct str part;

	while (rest->n && rest->p[0] == '.' && !str_starts(*rest, STR_LIT("../")))
		*rest = str_from(*rest, 1);
	if (str_starts(*rest, STR_LIT("../")))
		n = 3;
	else
		while (n < rest->n && rest->p[n] != '.')
			n++;
	part = str_head(*rest, n);
	*rest = str_from(*rest, n);
	return part;
}

static int
split(struct template_builder *b, struct expr *e, struct str s)
{
	struct str names[EXPR_PATH_MAX], *copy, part;
	size_t n = 0;

	while ((part = next_part(&s)).n) {
		if (part.p[0] == '.') {
			/* Back out of the name before, or of the scope. */
			e->path.up += n == 0;
			n -= n > 0;
			continue;
		}
		if (n == EXPR_PATH_MAX)
			return expr_fault(&b->fault, e->at, -E2BIG,
				"The path has more than %u names.", EXPR_PATH_MAX);
		names[n++] = part;
	}
	if (!n)
		return 0;
	copy = arena_alloc(b->arena, n * sizeof *copy);
	if (!copy)
		return expr_fault(&b->fault, e->at, -E2BIG, "The template is too large.");
	memcpy(copy, names, n * sizeof *copy);
	e->path.names = copy;
	e->path.nnames = n;
	return 0;
}

static int
read_path(struct template_builder *b, size_t at, struct str text, const struct expr **ret_e)
{
	struct expr e = { .kind = EXPR_PATH, .at = at, .path.source = EXPR_HERE };
	int rc = 0;

	e.path.text = text = trim(text);
	if (str_eq_z(text, "@content"))
		e.path.source = EXPR_CONTENT;
	else if (!path_ok(text))
		return expr_fault(&b->fault, at, -EINVAL,
			"The path '%.*s' is not valid. Please see documentation for examples "
			"of "
			"valid paths.",
			STR_ARG(expr_quote(text)));
	else
		rc = split(b, &e, text);
	if (rc)
		return rc;
	*ret_e = expr_new(b->arena, &b->fault, e);
	return *ret_e ? 0 : -E2BIG;
}

static bool
top_is(struct template_builder *b, enum node_kind kind)
{
	return b->depth && template_top(b)->node->kind == kind;
}

static int
open_each(struct template_builder *b, const struct tag *t, struct str inner)
{
	/* Behind "each": a blank, then a path. */
	struct str path = str_from(trim(inner), 4);
	const struct expr *e;
	struct node *node;
	int rc;

	if (!path.n || path.p[0] != ' ' || !trim(path).n)
		return expr_fault(&b->fault, t->at, -EINVAL,
			"The 'each' block being opened requires a model path to be specified "
			"in "
			"the form '{{#each <name>}}'.");
	rc = read_path(b, t->at, path, &e);
	if (rc)
		return rc;
	node = template_add(b, NODE_ROUNDS, t->at);
	if (!node)
		return -E2BIG;
	node->e = e;
	return template_open(b, node, trim(path));
}

static int
close_each(struct template_builder *b, const struct tag *t)
{
	if (!str_eq_z(t->whole, "{{/each}}"))
		return expr_fault(&b->fault, t->at, -EINVAL,
			"The syntax to close the 'each' block should be: '{{/each}}'.");
	if (!top_is(b, NODE_ROUNDS))
		return expr_fault(&b->fault, t->at, -EINVAL,
			"An 'each' block is being closed, but no corresponding opening element "
			"('{{#each <name>}}') was detected.");
	template_close(b);
	return 0;
}

/* {{#x}} and {{^x}}: in a block of the same x they end its part and start the next one. */
static int
open_group(struct template_builder *b, const struct tag *t, struct str name, bool inverted)
{
	bool same = top_is(b, NODE_ENTER) && str_eq(template_top(b)->name, name);
	const struct expr *e;
	struct node *node;
	int rc;

	if (same && inverted && template_top(b)->at == &template_top(b)->node->body) {
		template_other(b);
		return 0;
	}
	if (same)
		template_close(b);
	rc = read_path(b, t->at, name, &e);
	if (rc)
		return rc;
	node = template_add(b, NODE_ENTER, t->at);
	if (!node)
		return -E2BIG;
	node->e = e;
	rc = template_open(b, node, name);
	if (!rc && inverted)
		template_other(b);
	return rc;
}

static int
close_group(struct template_builder *b, const struct tag *t, struct str name)
{
	if (!top_is(b, NODE_ENTER) || !str_eq(template_top(b)->name, name))
		return expr_fault(&b->fault, t->at, -EINVAL,
			"It appears that open and closing elements are mismatched.");
	template_close(b);
	return 0;
}

static int
print(struct template_builder *b, const struct tag *t, struct str path, bool raw)
{
	const struct expr *e;
	int rc = read_path(b, t->at, path, &e);

	return rc ? rc : template_add_print(b, t->at, e, raw);
}

/* All leading c are dropped, as the original does: "{{##x}}" is "{{#x}}". */
static struct str
without(struct str s, char c)
{
	while (s.n && s.p[0] == c)
		s = str_from(s, 1);
	return trim(s);
}

static int
act(struct template_builder *b, const struct tag *t)
{
	size_t braces = 2 + t->three;
	struct str inner = str_of(t->whole.p + braces, t->whole.n - 2 * braces);

	if (t->three)
		return print(b, t, without(inner, '&'), true);
	if (str_starts(inner, STR_LIT("#each")))
		return open_each(b, t, without(inner, '#'));
	if (str_starts(inner, STR_LIT("/each")))
		return close_each(b, t);
	switch (inner.p[0]) {
	case '#':
		return open_group(b, t, without(inner, '#'), false);
	case '^':
		return open_group(b, t, without(inner, '^'), true);
	case '/':
		return close_group(b, t, without(inner, '/'));
	case '&':
		return print(b, t, without(inner, '&'), true);
	case '!':
		return 0;
	default:
		return print(b, t, inner, false);
	}
}

/* The first block that is still open, as the original reports it. */
static int
check_closed(struct template_builder *b)
{
	if (!b->depth)
		return 0;
	return expr_fault(&b->fault, b->open[1].begin, -EINVAL,
		"A scope block to the following path was opened but not closed: '%.*s', please "
		"close it using the appropriate syntax.",
		STR_ARG(expr_quote(b->open[1].name)));
}

int
template_mustachio(struct template_builder *b)
{
	struct str s = b->t->source;
	size_t from = 0, i = 0;
	struct tag t;
	int rc = 0;

	while (!rc) {
		i += str_find(str_from(s, i), '{');
		if (i >= s.n)
			break;
		if (!tag_at(s, i, &t)) {
			i++;
			continue;
		}
		b->t->plain = false;
		rc = template_add_text(b, from, str_of(s.p + from, i - from));
		if (!rc)
			rc = act(b, &t);
		from = i += t.whole.n;
	}
	if (!rc)
		rc = template_add_text(b, from, str_from(s, from));
	return rc ? rc : check_closed(b);
}
