#include "content/template_vars.h"

#include "content/template_priv.h"

#include <errno.h>

#define TABLE_SIZE 2048u /* a power of two, twice TEMPLATE_VARS_MAX */

/* Scopes as the renderer has them, but of variables: NULL here means "something unknown". */
struct scope {
	struct template_var *here;
	const struct scope *up;
};

struct survey {
	struct arena *arena;
	const struct template *t;
	struct template_vars vars;
	struct template_var roots[3];
	struct template_var **slots; /* by slot: what the name stands for */
	const struct scope *scope;
	/* Of their parent and name. */
	struct {
		struct template_var *parent, *var;
	} table[TABLE_SIZE];
	size_t seen_at; /* the last place that was asked for */
	unsigned seen_line, seen_column;
	bool full; /* the arena is */
};

static void walk(struct survey *s, const struct block *block);

static bool
starts_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* Back to `at`, which is a few bytes before the last place. */
static void
go_back(struct survey *s, size_t at)
{
	const char *p = s->t->source.p;
	bool other_line = false;

	while (s->seen_at > at) {
		s->seen_at--;
		other_line |= p[s->seen_at] == '\n';
		s->seen_line -= p[s->seen_at] == '\n';
		s->seen_column -= starts_character(p[s->seen_at]);
	}
	if (!other_line)
		return;
	s->seen_column = 1;
	for (size_t i = at; i > 0 && p[i - 1] != '\n'; i--)
		s->seen_column += starts_character(p[i - 1]);
}

/* Places come nearly in the order of the source: counting goes on from the last one. */
static void
place(struct survey *s, size_t at, struct template_var *var)
{
	const char *p = s->t->source.p;

	go_back(s, at);
	for (; s->seen_at < at; s->seen_at++) {
		if (p[s->seen_at] == '\n') {
			s->seen_line++;
			s->seen_column = 1;
		} else {
			s->seen_column += starts_character(p[s->seen_at]);
		}
	}
	var->line = s->seen_line;
	var->column = s->seen_column;
}

static struct template_var *
new_var(struct survey *s, struct str name, size_t at)
{
	struct template_var *var;

	if (s->vars.n == TEMPLATE_VARS_MAX) {
		s->vars.more = true;
		return NULL;
	}
	var = arena_alloc(s->arena, sizeof *var);
	if (!var) {
		s->full = true;
		return NULL;
	}
	s->vars.n++;
	var->name = name;
	place(s, at, var);
	return var;
}

static void
is_at_least(struct template_var *var, enum template_var_kind kind)
{
	if (var && var->kind < kind)
		var->kind = kind;
}

static struct template_var *
item_of(struct survey *s, struct template_var *list, size_t at)
{
	if (!list)
		return NULL;
	is_at_least(list, TEMPLATE_VAR_LIST);
	if (!list->item)
		list->item = new_var(s, STR_NONE, at);
	return list->item;
}

static struct template_var *
child_of(struct survey *s, struct template_var *parent, struct str name, size_t at)
{
	struct template_var *var;
	size_t i;

	if (!parent)
		return NULL;
	is_at_least(parent, TEMPLATE_VAR_OBJECT);
	i = (size_t)hash_bytes((uint64_t)(uintptr_t)parent, name);
	for (;; i++) {
		i &= TABLE_SIZE - 1;
		var = s->table[i].var;
		if (!var)
			break;
		if (s->table[i].parent == parent && str_eq(var->name, name))
			return var;
	}
	var = new_var(s, name, at);
	if (!var)
		return NULL;
	s->table[i].parent = parent;
	s->table[i].var = var;
	if (parent->last)
		parent->last->next = var;
	else
		parent->children = var;
	parent->last = var;
	return var;
}

static const struct scope *
scope_up(const struct scope *scope, unsigned up)
{
	for (; up > 0 && scope->up; up--)
		scope = scope->up;
	return scope;
}

static struct template_var *
start(struct survey *s, const struct expr_path *path, size_t *ret_first)
{
	*ret_first = 0;
	switch (path->source) {
	case EXPR_VAR:
	case EXPR_ROOT:
		return &s->roots[TEMPLATE_OF_VARS];
	case EXPR_DATA:
		return &s->roots[TEMPLATE_OF_CONTACT];
	case EXPR_MJ:
		return &s->roots[TEMPLATE_OF_MJ];
	case EXPR_NAME:
		*ret_first = 1;
		return s->slots[path->slot];
	case EXPR_HERE:
		return scope_up(s->scope, path->up)->here;
	case EXPR_SEGMENT:
	case EXPR_INDEX:
	case EXPR_FIRST:
	case EXPR_LAST:
	case EXPR_KEY:
	case EXPR_CONTENT:
		break;
	}
	return NULL;
}

static void
take_default(struct survey *s, struct template_var *var, const struct expr *e)
{
	const struct expr *d = e->path.fallback;
	char space[64];
	struct buf b;

	if (!var || !d || var->has_default)
		return;
	var->has_default = true;
	if (d->kind == EXPR_MINUS)
		d = d->a;
	if (d->value.kind == VALUE_TEXT) {
		var->fallback = d->value.text;
		return;
	}
	buf_init(&b, sizeof space);
	if (d != e->path.fallback)
		buf_put_c(&b, '-');
	value_print(&b, &d->value);
	var->fallback = arena_str(s->arena, buf_str(&b));
	s->full |= !var->fallback.p;
	buf_done(&b);
}

/* The variable of a path; NULL when it is none (a loop's index, a name that was reckoned). */
static struct template_var *
resolve(struct survey *s, const struct expr *e)
{
	size_t first;
	struct template_var *var = start(s, &e->path, &first);

	for (size_t i = first; i < e->path.nnames && var; i++) {
		struct str name = e->path.names[i];

		/* A list's length belongs to the list. */
		if (s->t->dialect == TEMPLATE_HANDLEBARS && i + 1 == e->path.nnames &&
			str_eq_z(name, "length"))
			break;
		var = child_of(s, var, name, e->at);
	}
	take_default(s, var, e);
	return var;
}

/* Handlebars {{insert name "default=Customer"}}; without a default nothing stands for it. */
static void
take_insert(struct survey *s, const struct expr *e)
{
	struct template_var *var = resolve(s, e->call.args[0]);
	const struct expr *d = e->call.nargs > 1 ? e->call.args[1] : NULL;
	struct str prefix = STR_LIT("default=");

	if (!var || !d || var->has_default)
		return;
	var->has_default = true;
	if (d->kind == EXPR_VALUE && d->value.kind == VALUE_TEXT)
		var->fallback = str_starts(d->value.text, prefix)
		                        ? str_from(d->value.text, prefix.n)
		                        : d->value.text;
}

/* All variables of an expression; kind: how its value is used. */
static struct template_var *
visit(struct survey *s, const struct expr *e, enum template_var_kind kind)
{
	struct template_var *var = NULL;
	bool logic;

	switch (e->kind) {
	case EXPR_VALUE:
		break;
	case EXPR_PATH:
		var = resolve(s, e);
		is_at_least(var, kind);
		break;
	case EXPR_NOT:
		visit(s, e->a, TEMPLATE_VAR_CONDITION);
		break;
	case EXPR_MINUS:
		visit(s, e->a, TEMPLATE_VAR_SCALAR);
		break;
	case EXPR_BINARY:
		logic = e->op <= EXPR_AND;
		visit(s, e->a, logic ? TEMPLATE_VAR_CONDITION : TEMPLATE_VAR_SCALAR);
		visit(s, e->b, logic ? TEMPLATE_VAR_CONDITION : TEMPLATE_VAR_SCALAR);
		break;
	case EXPR_CALL:
		logic = str_eq_z(str_z(e->call.fn->name), "and") ||
		        str_eq_z(str_z(e->call.fn->name), "or");
		for (size_t i = 0; i < e->call.nargs; i++)
			visit(s, e->call.args[i],
				logic ? TEMPLATE_VAR_CONDITION : TEMPLATE_VAR_SCALAR);
		if (str_eq_z(str_z(e->call.fn->name), "length") &&
			e->call.args[0]->kind == EXPR_PATH)
			is_at_least(resolve(s, e->call.args[0]), TEMPLATE_VAR_LIST);
		if (str_eq_z(str_z(e->call.fn->name), "insert") &&
			e->call.args[0]->kind == EXPR_PATH)
			take_insert(s, e);
		break;
	}
	return var;
}

static void
walk_in(struct survey *s, struct template_var *here, const struct scope *up,
	const struct block *block)
{
	const struct scope *before = s->scope;
	struct scope scope = { .here = here, .up = up };

	s->scope = &scope;
	walk(s, block);
	s->scope = before;
}

/* Mustachio: each name of the path is a scope of its own, and the last one is gone into. */
static void
walk_path(struct survey *s, const struct node *node, size_t i, struct scope *scope)
{
	const struct expr_path *path = &node->e->path;
	struct template_var *var = scope->here;

	if (i < path->nnames) {
		struct scope next = { .up = scope };

		next.here = child_of(s, var, path->names[i], node->at);
		walk_path(s, node, i + 1, &next);
		return;
	}
	is_at_least(var, TEMPLATE_VAR_CONDITION);
	if (node->kind == NODE_ROUNDS) {
		walk_in(s, item_of(s, var, node->at), scope, &node->body);
		return;
	}
	s->scope = scope;
	walk(s, &node->body);
	walk(s, &node->other);
}

static void
walk_enter(struct survey *s, const struct node *node)
{
	const struct scope *before = s->scope;
	struct scope scope = *scope_up(s->scope, node->e->path.up);

	walk_path(s, node, 0, &scope);
	s->scope = before;
}

static void
walk_for(struct survey *s, const struct node *node)
{
	struct template_var *list = visit(s, node->e, TEMPLATE_VAR_LIST);
	struct template_var *before = s->slots[node->slot];

	s->slots[node->slot] = item_of(s, list, node->at);
	walk(s, &node->body);
	s->slots[node->slot] = before;
}

static void
walk_helper(struct survey *s, const struct node *node)
{
	bool each = node->kind == NODE_EACH;
	struct template_var *var =
		visit(s, node->e, each ? TEMPLATE_VAR_LIST : TEMPLATE_VAR_CONDITION);

	walk_in(s, each ? item_of(s, var, node->at) : var, s->scope, &node->body);
	walk(s, &node->other);
}

static void
walk_node(struct survey *s, const struct node *node)
{
	switch (node->kind) {
	case NODE_TEXT:
		break;
	case NODE_PRINT:
		visit(s, node->e, TEMPLATE_VAR_SCALAR);
		break;
	case NODE_IF:
		for (const struct branch *b = node->branches; b; b = b->next) {
			if (b->when)
				visit(s, b->when, TEMPLATE_VAR_CONDITION);
			walk(s, &b->body);
		}
		break;
	case NODE_SET:
		s->slots[node->slot] = visit(s, node->e, TEMPLATE_VAR_CONDITION);
		break;
	case NODE_FOR:
		walk_for(s, node);
		break;
	case NODE_EACH:
	case NODE_WITH:
	case NODE_SECTION:
		walk_helper(s, node);
		break;
	case NODE_ENTER:
	case NODE_ROUNDS:
		walk_enter(s, node);
		break;
	}
}

static void
walk(struct survey *s, const struct block *block)
{
	for (const struct node *node = block->first; node && !s->full; node = node->next)
		walk_node(s, node);
}

int
template_variables(struct arena *a, const struct template *t, struct template_vars *ret_vars)
{
	struct survey *s = arena_alloc(a, sizeof *s);
	struct scope root;

	if (!s)
		return -E2BIG;
	s->arena = a;
	s->t = t;
	s->seen_line = s->seen_column = 1;
	s->slots = arena_alloc(a, (t->nslots + 1) * sizeof(struct template_var *));
	if (!s->slots)
		return -E2BIG;
	root = (struct scope){ .here = &s->roots[TEMPLATE_OF_VARS] };
	s->scope = &root;
	walk(s, &t->root);
	s->scope = NULL;
	if (s->full)
		return -E2BIG;
	for (size_t i = 0; i < 3; i++)
		s->vars.of[i] = s->roots[i].children;
	*ret_vars = s->vars;
	return 0;
}
