/*
 * Handlebars as SendGrid has it: blocks, values, comments. Tags are read by template_hb_tag,
 * what is in them by template_hb.
 */
#include "content/template_hb.h"

#include <errno.h>

static char
char_at(struct str s, size_t i)
{
	return i < s.n ? s.p[i] : 0;
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
read_else(struct template_hb *h, const struct template_hb_tag *t)
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
	if (!template_hb_base(h->b)->chain)
		template_hb_base(h->b)->chain = CHAIN_FIRST;
	if (is_if && o.kind == NODE_IF)
		return template_branch(h->b, o.e, o.unless);
	if (is_if)
		rc = template_branch(h->b, NULL, false);
	else
		top->at = else_block(top);
	return rc ? rc : open_block(h, t->begin, &o, true);
}

static int
read_close(struct template_hb *h, const struct template_hb_tag *t)
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

/* All of a tag that is not a comment. What it does to the tree waits until the text before it
 * is in: so the tag is read twice, first for its end. */
static int
act(struct template_hb *h, const struct template_hb_tag *t)
{
	struct template_hb_call c;
	const struct expr *e;
	struct opening o;
	int rc;

	if (template_hb_is_else(h, t))
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

static int
read_tag(struct template_hb *h, size_t begin, size_t *from)
{
	struct template_hb_tag t;
	int rc = template_hb_open(h, begin, &t);

	h->b->t->plain = false;
	if (rc)
		return rc;
	if (t.kind == '!') {
		rc = template_hb_comment(h, &t);
		return rc ? rc : template_hb_before(h, &t, from);
	}
	rc = template_hb_measure(h, &t);
	if (!rc)
		rc = template_hb_before(h, &t, from);
	if (!rc)
		rc = act(h, &t);
	if (!rc)
		rc = template_hb_close(h, &t);
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
