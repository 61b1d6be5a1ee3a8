#include "content/template_priv.h"

#include "base/must.h"
#include "content/letters.h"

#include <errno.h>

#define SLOTS_MAX 10000u

void
template_tell(struct template_error *error, struct str source, const struct expr_fault *f)
{
	struct str before = str_head(source, f->at);
	size_t line = str_rfind(before, '\n');
	struct str behind = line < before.n ? str_from(before, line + 1) : before;

	_Static_assert(sizeof error->why == sizeof f->why, "a fault fits");
	error->line = 1;
	for (size_t i = 0; i < before.n; i++)
		error->line += before.p[i] == '\n';
	error->column = (unsigned)letters_count(behind) + 1;
	memcpy(error->why, f->why, sizeof error->why);
}

struct open_block *
template_top(struct template_builder *b)
{
	return &b->open[b->depth];
}

static void
append(struct block *block, struct node *node)
{
	if (block->last)
		block->last->next = node;
	else
		block->first = node;
	block->last = node;
}

struct node *
template_add(struct template_builder *b, enum node_kind kind, size_t at)
{
	struct node *node = arena_alloc(b->arena, sizeof *node);

	if (!node) {
		expr_tell(&b->fault, at, "The template is too large.");
		return NULL;
	}
	node->kind = kind;
	node->at = at;
	append(template_top(b)->at, node);
	b->t->plain &= kind == NODE_TEXT;
	return node;
}

int
template_add_text(struct template_builder *b, size_t at, struct str text)
{
	struct node *last = template_top(b)->at->last, *node;

	if (!text.n)
		return 0;
	/* Pieces that touch become one. */
	if (last && last->kind == NODE_TEXT && last->text.p + last->text.n == text.p) {
		last->text.n += text.n;
		return 0;
	}
	node = template_add(b, NODE_TEXT, at);
	if (!node)
		return -E2BIG;
	node->text = text;
	return 0;
}

int
template_add_print(struct template_builder *b, size_t at, const struct expr *e, bool raw)
{
	struct node *node = template_add(b, NODE_PRINT, at);

	if (!node)
		return -E2BIG;
	node->e = e;
	node->raw = raw;
	return 0;
}

int
template_open(struct template_builder *b, struct node *node, struct str name)
{
	struct open_block *open;

	if (b->depth == TEMPLATE_DEPTH_MAX)
		return expr_fault(&b->fault, node->at, -E2BIG,
			"Blocks are nested deeper than %u levels.", TEMPLATE_DEPTH_MAX);
	open = &b->open[++b->depth];
	*open = (struct open_block){
		.node = node, .at = &node->body, .name = name, .begin = node->at
	};
	return 0;
}

int
template_branch(struct template_builder *b, const struct expr *when, bool unless)
{
	struct open_block *top = template_top(b);
	struct branch *branch = arena_alloc(b->arena, sizeof *branch);

	must(top->node->kind == NODE_IF);
	if (!branch)
		return expr_fault(
			&b->fault, top->node->at, -E2BIG, "The template is too large.");
	branch->when = when;
	branch->unless = unless;
	if (top->branch)
		top->branch->next = branch;
	else
		top->node->branches = branch;
	top->branch = branch;
	top->at = &branch->body;
	return 0;
}

void
template_other(struct template_builder *b)
{
	template_top(b)->at = &template_top(b)->node->other;
}

void
template_close(struct template_builder *b)
{
	must(b->depth > 0);
	b->depth--;
}

unsigned
template_slot(void *builder, struct str name)
{
	struct template_builder *b = builder;
	uintptr_t have = (uintptr_t)map_get(&b->slots, name);

	if (have)
		return (unsigned)have - 1;
	if (b->t->nslots == SLOTS_MAX)
		return UINT_MAX;
	map_put(&b->slots, name, (void *)(uintptr_t)++b->t->nslots);
	return b->t->nslots - 1;
}

static int
run(struct template_builder *b)
{
	switch (b->t->dialect) {
	case TEMPLATE_MAILJET:
		return template_mailjet(b);
	case TEMPLATE_MAILJET_TAGS:
		return template_mailjet_tags(b);
	case TEMPLATE_HANDLEBARS:
		return template_handlebars(b);
	case TEMPLATE_MUSTACHIO:
		break;
	}
	return template_mustachio(b);
}

int
template_compile(struct arena *a, enum template_dialect dialect, struct str source,
	const struct template **ret_t, struct template_error *ret_error)
{
	struct template_builder b = { .arena = a };
	int rc;

	b.t = arena_alloc(a, sizeof *b.t);
	if (!b.t || source.n > TEMPLATE_SOURCE_MAX) {
		rc = expr_fault(&b.fault, 0, -E2BIG,
			"The template is too large: at most %zu bytes.", TEMPLATE_SOURCE_MAX);
		template_tell(ret_error, source, &b.fault);
		return rc;
	}
	*b.t = (struct template){ .dialect = dialect, .source = source, .plain = true };
	b.open[0].at = &b.t->root;
	map_init(&b.slots, (uint64_t)(uintptr_t)a);
	rc = run(&b);
	map_done(&b.slots);
	if (rc) {
		template_tell(ret_error, source, &b.fault);
		return rc;
	}
	*ret_t = b.t;
	return 0;
}

bool
template_plain(const struct template *t)
{
	return t->plain;
}
