/*
 * Mailjet's templating language: {{ expression }}, {% statement %} and, everywhere, the older
 * one-line tags [[var:x:"default"]].
 */
#include "content/template_priv.h"

#include <errno.h>

static void
parser_for(struct expr_parser *p, struct template_builder *b, size_t pos)
{
	*p = (struct expr_parser){ .arena = b->arena,
		.in = b->t->source,
		.pos = pos,
		.fns = &expr_mailjet_fns,
		.slot = template_slot,
		.ctx = b };
}

static int
failed(struct template_builder *b, const struct expr_parser *p, int rc)
{
	return expr_fault(&b->fault, p->fault.at, rc, "%s", p->fault.why);
}

static int
need_expr(struct template_builder *b, struct expr_parser *p, const struct expr **ret_e)
{
	int rc = expr_parse(p, ret_e);

	return rc ? failed(b, p, rc) : 0;
}

/* The end of a tag: "}}" or "%}". begin: where it started, for the sentence. */
static int
need_end(struct template_builder *b, struct expr_parser *p, size_t begin)
{
	struct str rest, end = b->t->source.p[begin + 1] == '{' ? STR_LIT("}}") : STR_LIT("%}");

	expr_blanks(p);
	rest = str_from(p->in, p->pos);
	if (str_starts(rest, end)) {
		p->pos += 2;
		return 0;
	}
	if (str_find_str(rest, end) == rest.n)
		return expr_fault(&b->fault, begin, -EINVAL,
			"The \"%.2s\" here is not closed by \"%s\".", b->t->source.p + begin,
			end.p);
	return expr_fault(&b->fault, p->pos, -EINVAL, "\"%s\" is expected here, not \"%.*s\".",
		end.p, STR_ARG(expr_quote(str_head(rest, str_find(rest, ' ')))));
}

static int
print(struct template_builder *b, struct expr_parser *p, size_t begin)
{
	const struct expr *e;
	int rc = need_expr(b, p, &e);

	if (!rc)
		rc = need_end(b, p, begin);
	return rc ? rc : template_add_print(b, e->at, e, true);
}

static struct node *
top_node(struct template_builder *b)
{
	return b->depth ? template_top(b)->node : NULL;
}

static int
stmt_if(struct template_builder *b, struct expr_parser *p, size_t begin)
{
	const struct expr *e;
	struct node *node;
	int rc = need_expr(b, p, &e);

	if (rc)
		return rc;
	node = template_add(b, NODE_IF, begin);
	rc = node ? template_open(b, node, STR_LIT("endif")) : -E2BIG;
	return rc ? rc : template_branch(b, e, false);
}

/* The branch of an open "if" that may still take one more. */
static int
need_if(struct template_builder *b, size_t begin, const char *word)
{
	struct node *top = top_node(b);

	if (!top || top->kind != NODE_IF)
		return expr_fault(
			&b->fault, begin, -EINVAL, "\"%s\" without an open \"if\".", word);
	if (!template_top(b)->branch->when)
		return expr_fault(&b->fault, begin, -EINVAL, "\"%s\" behind \"else\".", word);
	return 0;
}

static int
stmt_elseif(struct template_builder *b, struct expr_parser *p, size_t begin)
{
	const struct expr *e;
	int rc = need_if(b, begin, "elseif");

	if (!rc)
		rc = need_expr(b, p, &e);
	return rc ? rc : template_branch(b, e, false);
}

static int
stmt_else(struct template_builder *b, struct expr_parser *p, size_t begin)
{
	int rc = need_if(b, begin, "else");

	(void)p;
	return rc ? rc : template_branch(b, NULL, false);
}

static int
stmt_end(struct template_builder *b, size_t begin, enum node_kind kind, const char *word)
{
	struct node *top = top_node(b);

	if (!top)
		return expr_fault(&b->fault, begin, -EINVAL, "\"%s\" closes nothing.", word);
	if (top->kind != kind)
		return expr_fault(&b->fault, begin, -EINVAL,
			"\"%s\" is expected here, not \"%s\".", template_top(b)->name.p, word);
	template_close(b);
	return 0;
}

static int
stmt_endif(struct template_builder *b, struct expr_parser *p, size_t begin)
{
	(void)p;
	return stmt_end(b, begin, NODE_IF, "endif");
}

static int
stmt_endfor(struct template_builder *b, struct expr_parser *p, size_t begin)
{
	(void)p;
	return stmt_end(b, begin, NODE_FOR, "endfor");
}

/* A name that is set or runs through a list. */
static int
need_name(struct template_builder *b, struct expr_parser *p, unsigned *ret_slot)
{
	struct str name;

	expr_blanks(p);
	name = expr_name(p);
	if (!name.n)
		return expr_fault(&b->fault, p->pos, -EINVAL, "A name is expected here.");
	*ret_slot = template_slot(b, name);
	if (*ret_slot == UINT_MAX)
		return expr_fault(&b->fault, p->pos, -E2BIG, "Too many names.");
	return 0;
}

static int
stmt_for(struct template_builder *b, struct expr_parser *p, size_t begin)
{
	const struct expr *e;
	struct node *node;
	unsigned slot;
	int rc = need_name(b, p, &slot);

	if (rc)
		return rc;
	expr_blanks(p);
	if (!str_ieq_z(expr_name(p), "in"))
		return expr_fault(&b->fault, p->pos, -EINVAL,
			"\"in\" is expected here: {%% for name in var:list %%}.");
	rc = need_expr(b, p, &e);
	if (rc)
		return rc;
	node = template_add(b, NODE_FOR, begin);
	if (!node)
		return -E2BIG;
	node->e = e;
	node->slot = slot;
	return template_open(b, node, STR_LIT("endfor"));
}

static int
stmt_set(struct template_builder *b, struct expr_parser *p, size_t begin)
{
	const struct expr *e;
	struct node *node;
	unsigned slot;
	int rc = need_name(b, p, &slot);

	if (rc)
		return rc;
	expr_blanks(p);
	if (p->pos >= p->in.n || p->in.p[p->pos] != '=')
		return expr_fault(&b->fault, p->pos, -EINVAL,
			"\"=\" is expected here: {%% set name = value %%}.");
	p->pos++;
	rc = need_expr(b, p, &e);
	if (rc)
		return rc;
	node = template_add(b, NODE_SET, begin);
	if (!node)
		return -E2BIG;
	node->e = e;
	node->slot = slot;
	return 0;
}

static const struct {
	const char *word;
	int (*read)(struct template_builder *b, struct expr_parser *p, size_t begin);
} statements[] = {
	{ "if", stmt_if },
	{ "elseif", stmt_elseif },
	{ "elsif", stmt_elseif },
	{ "else", stmt_else },
	{ "endif", stmt_endif },
	{ "for", stmt_for },
	{ "endfor", stmt_endfor },
	{ "set", stmt_set },
};

static int
statement(struct template_builder *b, struct expr_parser *p, size_t begin)
{
	struct str word;
	int rc;

	expr_blanks(p);
	word = expr_name(p);
	for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
		if (!str_ieq_z(word, statements[i].word))
			continue;
		rc = statements[i].read(b, p, begin);
		return rc ? rc : need_end(b, p, begin);
	}
	return expr_fault(&b->fault, begin, -EINVAL, "Unknown statement: %.*s",
		STR_ARG(expr_quote(word)));
}

/*
 * One tag "[[var:x:"default"]]" at begin: its end, or 0 when this is none. Such tags came
 * before the language; whatever is not exactly one stays as it is.
 */
static size_t
old_tag(struct template_builder *b, size_t begin, const struct expr **ret_e)
{
	struct expr_parser p;
	struct str word;
	size_t at;
	bool is;

	parser_for(&p, b, begin + 2);
	expr_blanks(&p);
	at = p.pos;
	word = expr_name(&p);
	expr_blanks(&p);
	is = str_ieq_z(word, "var") || str_ieq_z(word, "data") || str_ieq_z(word, "mj");
	if (!is || p.pos >= p.in.n || p.in.p[p.pos] != ':')
		return 0;
	p.pos = at;
	if (expr_parse(&p, ret_e) || (*ret_e)->kind != EXPR_PATH)
		return 0;
	return str_starts(str_from(p.in, p.pos), STR_LIT("]]")) ? p.pos + 2 : 0;
}

/* The next place where a tag may start; the end of the source when there is none. */
static size_t
next_mark(struct str s, size_t i, bool language)
{
	for (; i + 1 < s.n; i++) {
		char c = s.p[i], d = s.p[i + 1];

		if (c == '[' && d == '[')
			return i;
		if (language && c == '{' && (d == '{' || d == '%'))
			return i;
	}
	return s.n;
}

static int
tag(struct template_builder *b, size_t begin, size_t *ret_end)
{
	struct expr_parser p;
	bool prints = b->t->source.p[begin + 1] == '{';
	int rc;

	parser_for(&p, b, begin + 2);
	rc = prints ? print(b, &p, begin) : statement(b, &p, begin);
	*ret_end = p.pos;
	return rc;
}

static int
read_source(struct template_builder *b, bool language)
{
	struct str s = b->t->source;
	size_t from = 0, mark = next_mark(s, 0, language), end;
	const struct expr *e;
	int rc = 0;

	for (; mark < s.n && !rc; mark = next_mark(s, mark, language)) {
		bool old = s.p[mark] == '[';

		end = old ? old_tag(b, mark, &e) : 0;
		if (old && !end) {
			mark++;
			continue;
		}
		rc = template_add_text(b, from, str_of(s.p + from, mark - from));
		if (!rc && old)
			rc = template_add_print(b, mark, e, true);
		else if (!rc)
			rc = tag(b, mark, &end);
		from = mark = end;
	}
	return rc ? rc : template_add_text(b, from, str_from(s, from));
}

int
template_mailjet(struct template_builder *b)
{
	int rc = read_source(b, true);

	if (!rc && b->depth)
		rc = expr_fault(&b->fault, template_top(b)->begin, -EINVAL,
			"The block that starts here is not closed by \"%s\".",
			template_top(b)->name.p);
	return rc;
}

int
template_mailjet_tags(struct template_builder *b)
{
	return read_source(b, false);
}
