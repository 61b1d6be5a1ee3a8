/*
 * Handlebars as SendGrid has it: tags, blocks, comments, and the white space that goes with a
 * block's tag which has a line for itself (as Handlebars itself does it).
 */
#include "content/template_hb.h"

#include <errno.h>

/* One tag of the source. */
struct tag {
	size_t begin, end; /* with its braces */
	char kind;         /* '#' '^' '/' '!' '&' (raw) 'e' (else) or 0: a value */
	bool left, right;  /* "~": white space on that side goes */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

static char
char_at(struct str s, size_t i)
{
	return i < s.n ? s.p[i] : 0;
}

static int
unclosed(struct template_hb *h, size_t begin)
{
	return expr_fault(
		&h->b->fault, begin, -EINVAL, "The \"{{\" here is not closed by \"}}\".");
}

/* Is a word at i, and does it end there? */
static bool
word_at(struct str s, size_t i, struct str word)
{
	char c = char_at(s, i + word.n);

	return str_starts(str_from(s, i), word) && (!c || is_space(c) || c == '}' || c == '~');
}

/* What starts at begin ("{{"); pos is left behind the marks, where the name starts. */
static int
open_tag(struct template_hb *h, size_t begin, struct tag *ret_t)
{
	struct tag t = { .begin = begin };
	char c;

	h->pos = begin + 2;
	t.left = char_at(h->in, h->pos) == '~';
	h->pos += t.left;
	c = char_at(h->in, h->pos);
	if (c == '{' && char_at(h->in, h->pos + 1) == '{')
		return expr_fault(&h->b->fault, begin, -EINVAL,
			"Raw blocks ({{{{…}}}}) are not in this language.");
	if (c && strchr("#^/!&{", c)) {
		t.kind = c;
		h->pos++;
	} else if (c == '>') {
		return expr_fault(&h->b->fault, begin, -EINVAL,
			"Partials ({{> …}}) are not in this language.");
	}
	if (!t.kind) {
		template_hb_blanks(h);
		if (word_at(h->in, h->pos, STR_LIT("else"))) {
			t.kind = 'e';
			h->pos += 4;
		}
	}
	c = char_at(h->in, h->pos);
	if (t.kind == '#' && (c == '*' || c == '>'))
		return expr_fault(&h->b->fault, begin, -EINVAL,
			"Decorators and partials are not in this language.");
	*ret_t = t;
	return 0;
}

/* The braces that end a tag. */
static int
close_tag(struct template_hb *h, struct tag *t)
{
	bool three = t->kind == '{';

	template_hb_blanks(h);
	if (three && char_at(h->in, h->pos) != '}')
		return unclosed(h, t->begin);
	h->pos += three;
	t->right = char_at(h->in, h->pos) == '~';
	h->pos += t->right;
	if (!str_starts(str_from(h->in, h->pos), STR_LIT("}}")))
		return unclosed(h, t->begin);
	h->pos += 2;
	t->end = h->pos;
	return 0;
}

/* The end of {{!-- … --}}: the byte behind "--", *ret_tilde: a "~" is there. SIZE_MAX: none. */
static size_t
dashes_end(struct str s, size_t i, bool *ret_tilde)
{
	for (; i + 3 < s.n; i++) {
		size_t k = i + 2;

		if (s.p[i] != '-' || s.p[i + 1] != '-')
			continue;
		*ret_tilde = s.p[k] == '~';
		k += *ret_tilde;
		if (char_at(s, k) == '}' && char_at(s, k + 1) == '}')
			return i + 2;
	}
	return SIZE_MAX;
}

static int
comment(struct template_hb *h, struct tag *t)
{
	struct str rest = str_from(h->in, h->pos);
	size_t end;

	if (str_starts(rest, STR_LIT("--"))) {
		end = dashes_end(h->in, h->pos, &t->right);
		if (end == SIZE_MAX)
			return unclosed(h, t->begin);
		t->end = end + t->right + 2;
	} else {
		end = str_find_str(rest, STR_LIT("}}"));
		if (end >= rest.n)
			return unclosed(h, t->begin);
		t->right = end > 0 && rest.p[end - 1] == '~';
		t->end = h->pos + end + 2;
	}
	h->pos = t->end;
	return 0;
}

/* Has the tag a line for itself? The template's two ends count as ends of lines. */
static bool
alone(struct str s, const struct tag *t)
{
	size_t i = t->begin, k = t->end;

	while (i > 0 && s.p[i - 1] != '\n' && is_space(s.p[i - 1]))
		i--;
	while (k < s.n && s.p[k] != '\n' && is_space(s.p[k]))
		k++;
	return (i == 0 || s.p[i - 1] == '\n') && (k == s.n || s.p[k] == '\n');
}

static bool
is_indent(char c)
{
	return c == ' ' || c == '\t';
}

/* The text before a tag, without what the tag takes of it; *from then stands behind the tag and
 * what it takes there. */
static int
text_before(struct template_hb *h, const struct tag *t, size_t *from)
{
	struct str s = h->in;
	bool line = t->kind && t->kind != '&' && t->kind != '{' && alone(s, t);
	size_t begin = *from, end = t->begin > begin ? t->begin : begin, behind = t->end;

	while (end > begin &&
		(t->left ? is_space(s.p[end - 1]) : line && is_indent(s.p[end - 1])))
		end--;
	while (behind < s.n &&
		(t->right ? is_space(s.p[behind]) : line && is_indent(s.p[behind])))
		behind++;
	if (line && !t->right) {
		behind += char_at(s, behind) == '\r';
		behind += char_at(s, behind) == '\n';
	}
	*from = behind;
	return template_add_text(h->b, begin, str_of(s.p + begin, end - begin));
}

static const struct {
	const char *name;
	enum node_kind kind;
	bool unless;
} helpers[] = {
	{ "if", NODE_IF, false },
	{ "unless", NODE_IF, true },
	{ "each", NODE_EACH, false },
	{ "with", NODE_WITH, false },
};

/* A block as it was opened: what it does, with which value. */
struct opening {
	enum node_kind kind;
	bool unless;
	const struct expr *e;
	struct str name;
};

static int
read_opening(struct template_hb *h, struct opening *ret_o)
{
	struct opening o = { .kind = NODE_SECTION };
	struct template_hb_call c;
	const struct expr_fn *fn;
	int rc = template_hb_call(h, &c);

	if (rc)
		return rc;
	o.name = c.name;
	for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++) {
		if (!str_eq_z(c.name, helpers[i].name))
			continue;
		if (c.nargs != 1)
			return expr_fault(&h->b->fault, c.at, -EINVAL,
				"#%s takes 1 value, not %u.", helpers[i].name,
				(unsigned)c.nargs);
		*ret_o = (struct opening){ .kind = helpers[i].kind,
			.unless = helpers[i].unless,
			.e = c.args[0],
			.name = c.name };
		return 0;
	}
	fn = c.path ? expr_fn_find(&template_helper_fns, c.name) : NULL;
	if (fn && str_eq_z(c.name, fn->name)) {
		o.kind = NODE_IF;
		rc = template_hb_helper(h, &c, fn, &o.e);
	} else {
		rc = template_hb_value(h, &c, &o.e);
	}
	if (!rc)
		*ret_o = o;
	return rc;
}

static int
open_block(struct template_hb *h, size_t begin, const struct opening *o, bool chained)
{
	struct node *node = template_add(h->b, o->kind, begin);
	int rc = node ? template_open(h->b, node, o->name) : -E2BIG;

	if (rc)
		return rc;
	template_top(h->b)->chained = chained;
	if (o->kind == NODE_IF)
		return template_branch(h->b, o->e, o->unless);
	node->e = o->e;
	return 0;
}

/* {{^x}}: what stands here is for when {{#x}} does nothing, and "else" the other way round. */
static int
open_inverse(struct template_hb *h, size_t begin, struct opening *o)
{
	int rc;

	o->unless ^= o->kind == NODE_IF;
	rc = open_block(h, begin, o, false);
	if (rc || o->kind == NODE_IF)
		return rc;
	template_other(h->b);
	template_top(h->b)->inverted = true;
	return 0;
}

/* The block of a node that "else" leads to. */
static struct block *
else_block(const struct open_block *top)
{
	return top->inverted ? &top->node->body : &top->node->other;
}

/* {{else}} and {{else if x}} in the block at work. */
static int
read_else(struct template_hb *h, const struct tag *t)
{
	struct open_block *top = template_top(h->b);
	struct opening o;
	bool is_if = h->b->depth && top->node->kind == NODE_IF, last;
	int rc;

	last = is_if ? !top->branch->when : h->b->depth && top->at == else_block(top);
	if (!h->b->depth || last)
		return expr_fault(&h->b->fault, t->begin, -EINVAL, "%s",
			last ? "A second \"else\"." : "\"else\" without an open block.");
	template_hb_blanks(h);
	if (char_at(h->in, h->pos) == '}' || char_at(h->in, h->pos) == '~') {
		if (is_if)
			return template_branch(h->b, NULL, false);
		top->at = else_block(top);
		return 0;
	}
	rc = read_opening(h, &o);
	if (rc)
		return rc;
	if (is_if && o.kind == NODE_IF)
		return template_branch(h->b, o.e, o.unless);
	if (is_if)
		rc = template_branch(h->b, NULL, false);
	else
		top->at = else_block(top);
	return rc ? rc : open_block(h, t->begin, &o, true);
}

static int
read_close(struct template_hb *h, const struct tag *t)
{
	struct template_hb_call c;
	int rc = template_hb_call(h, &c);

	if (rc)
		return rc;
	while (h->b->depth && template_top(h->b)->chained)
		template_close(h->b);
	if (!h->b->depth)
		return expr_fault(&h->b->fault, t->begin, -EINVAL, "\"/%.*s\" closes nothing.",
			STR_ARG(expr_quote(c.name)));
	if (!str_eq(c.name, template_top(h->b)->name))
		return expr_fault(&h->b->fault, t->begin, -EINVAL, "%.*s doesn't match %.*s",
			STR_ARG(expr_quote(template_top(h->b)->name)),
			STR_ARG(expr_quote(c.name)));
	template_close(h->b);
	return 0;
}

/* "^" alone is "else". */
static bool
is_else(struct template_hb *h, const struct tag *t)
{
	char c;

	template_hb_blanks(h);
	c = char_at(h->in, h->pos);
	return t->kind == 'e' || (t->kind == '^' && (c == '}' || c == '~'));
}

/* All of a tag that is not a comment. What it does to the tree waits until the text before it
 * is in: so the tag is read twice, first for its end. */
static int
act(struct template_hb *h, const struct tag *t)
{
	struct template_hb_call c;
	const struct expr *e;
	struct opening o;
	int rc;

	if (is_else(h, t))
		return read_else(h, t);
	if (t->kind == '/')
		return read_close(h, t);
	if (t->kind == '#' || t->kind == '^') {
		rc = read_opening(h, &o);
		if (rc)
			return rc;
		return t->kind == '#' ? open_block(h, t->begin, &o, false)
		                      : open_inverse(h, t->begin, &o);
	}
	rc = template_hb_call(h, &c);
	if (!rc)
		rc = template_hb_value(h, &c, &e);
	return rc ? rc : template_add_print(h->b, c.at, e, t->kind == '&' || t->kind == '{');
}

/* The end of a tag: the first "}}" outside of quotes and brackets. */
static size_t
find_end(struct str s, size_t i)
{
	for (; i < s.n; i++) {
		char c = s.p[i] == '[' ? ']' : s.p[i];

		if (c == '}')
			return i;
		if (c != '"' && c != '\'' && c != ']')
			continue;
		for (i++; i < s.n && s.p[i] != c; i++)
			i += s.p[i] == '\\' && c != ']' && char_at(s, i + 1) == c;
	}
	return s.n;
}

/* Where the tag ends and whether it says "~" there, so that its line can be looked at. */
static int
measure(struct template_hb *h, struct tag *t)
{
	size_t begin = h->pos;
	int rc;

	h->pos = find_end(h->in, begin);
	if (h->pos > begin && h->pos < h->in.n && h->in.p[h->pos - 1] == '~' && t->kind != '{')
		h->pos--;
	rc = close_tag(h, t);
	if (!rc)
		h->pos = begin;
	return rc;
}

static int
read_tag(struct template_hb *h, size_t begin, size_t *from)
{
	struct tag t;
	int rc = open_tag(h, begin, &t);

	h->b->t->plain = false;
	if (rc)
		return rc;
	if (t.kind == '!') {
		rc = comment(h, &t);
		return rc ? rc : text_before(h, &t, from);
	}
	rc = measure(h, &t);
	if (!rc)
		rc = text_before(h, &t, from);
	if (!rc)
		rc = act(h, &t);
	if (!rc)
		rc = close_tag(h, &t);
	return rc;
}

/* Backslashes right before a tag: one makes it text, two stand for one. */
static unsigned
backslashes(struct str s, size_t from, size_t mark)
{
	if (mark == from || s.p[mark - 1] != '\\')
		return 0;
	return mark - from > 1 && s.p[mark - 2] == '\\' ? 2 : 1;
}

int
template_handlebars(struct template_builder *b)
{
	struct template_hb h = { .b = b, .in = b->t->source };
	size_t from = 0, look = 0, mark;
	int rc = 0;

	while (!rc) {
		unsigned slashes;

		mark = look + str_find_str(str_from(h.in, look), STR_LIT("{{"));
		if (mark >= h.in.n)
			break;
		slashes = backslashes(h.in, from, mark);
		if (slashes) {
			rc = template_add_text(b, from, str_of(h.in.p + from, mark - 1 - from));
			b->t->plain = false;
			from = mark;
		}
		if (slashes == 1) {
			look = mark + 2;
			continue;
		}
		if (!rc)
			rc = read_tag(&h, mark, &from);
		look = from;
	}
	if (!rc)
		rc = template_add_text(b, from, str_from(h.in, from < h.in.n ? from : h.in.n));
	while (!rc && b->depth && template_top(b)->chained)
		template_close(b);
	if (!rc && b->depth)
		rc = expr_fault(&b->fault, template_top(b)->begin, -EINVAL,
			"The block that starts here is not closed by {{/%.*s}}.",
			STR_ARG(expr_quote(template_top(b)->name)));
	return rc;
}
