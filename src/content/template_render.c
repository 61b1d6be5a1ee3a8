#include "content/template_run.h"

#include "base/must.h"

#include <errno.h>

#define SCRATCH_MAX ((size_t)16 << 20) /* texts made on the way */
#define FEW         4u                 /* scopes of a path that need no arena */

static int render(struct template_run *run, const struct block *block);

static int
too_large(struct template_run *run, size_t at)
{
	return expr_fault(&run->env.fault, at, -E2BIG, "The result is larger than %zu bytes.",
		run->output_most);
}

static int
count_round(struct template_run *run, const struct node *node)
{
	if (!run->loops)
		return expr_fault(&run->env.fault, node->at, -E2BIG,
			"Loops go round too often: at most %zu times in all.", run->loops_most);
	run->loops--;
	return expr_charge(&run->env, node->at, 1);
}

static int
print(struct template_run *run, const struct node *node)
{
	struct value v;
	int rc = expr_eval(&run->env, node->e, &v);

	return rc ? rc : template_put(run, node, &v);
}

static int
branches(struct template_run *run, const struct node *node)
{
	for (const struct branch *b = node->branches; b; b = b->next) {
		struct value v;
		int rc;

		if (!b->when)
			return render(run, &b->body);
		rc = expr_eval(&run->env, b->when, &v);
		if (rc)
			return rc;
		if (value_true(&v, run->env.empty_object_is) != b->unless)
			return render(run, &b->body);
	}
	return 0;
}

/* Every item of a list, every member of an object. */
struct items {
	const struct value *of;
	void *iter;
	size_t i;
	struct str key; /* of an object */
};

static struct items
items_of(const struct value *v)
{
	/* Only read: jansson has no const iterator. */
	union {
		const json_t *in;
		json_t *out;
	} json = { .in = v->kind == VALUE_OBJECT ? v->json : NULL };

	return (struct items){ .of = v, .iter = json.out ? json_object_iter(json.out) : NULL };
}

static bool
items_next(struct items *it, struct value *ret_v)
{
	union {
		const json_t *in;
		json_t *out;
	} json;

	if (it->of->kind == VALUE_LIST) {
		if (it->i >= value_count(it->of))
			return false;
		*ret_v = value_item(it->of, it->i++);
		return true;
	}
	if (!it->iter)
		return false;
	json.in = it->of->json;
	it->key = str_of(json_object_iter_key(it->iter), json_object_iter_key_len(it->iter));
	*ret_v = value_json(json_object_iter_value(it->iter));
	it->iter = json_object_iter_next(json.out, it->iter);
	it->i++;
	return true;
}

static int
loop_for(struct template_run *run, const struct node *node)
{
	struct value list, before = run->slots[node->slot], item;
	struct items it;
	int rc = expr_eval(&run->env, node->e, &list);

	if (rc)
		return rc;
	/* {% for x in var:rows:"" %}: nothing to do when there are no rows. */
	if (list.kind == VALUE_TEXT && !list.text.n)
		return 0;
	if (list.kind != VALUE_LIST && list.kind != VALUE_OBJECT)
		return expr_fault(&run->env.fault, node->at, -EINVAL,
			"\"%.*s\" is not an array value",
			STR_ARG(expr_quote(node->e->kind == EXPR_PATH ? node->e->path.text
								      : STR_LIT("This"))));
	it = items_of(&list);
	while (!rc && items_next(&it, &item)) {
		run->slots[node->slot] = item;
		rc = count_round(run, node);
		if (!rc)
			rc = render(run, &node->body);
	}
	run->slots[node->slot] = before;
	return rc;
}

/* A block with v as its scope. */
static int
within(struct template_run *run, const struct value *v, const struct block *block)
{
	struct template_scope scope = { .here = *v, .up = run->scope };
	int rc;

	run->scope = &scope;
	rc = render(run, block);
	run->scope = scope.up;
	return rc;
}

/* The body once for each item, as its scope; up: the scope above those. */
static int
rounds(struct template_run *run, const struct node *node, const struct value *list,
	const struct template_scope *up)
{
	const struct template_scope *before = run->scope;
	struct template_scope scope = { .up = up, .loop = true, .count = value_count(list) };
	struct items it = items_of(list);
	int rc = 0;

	run->scope = &scope;
	while (!rc && items_next(&it, &scope.here)) {
		scope.index = it.i - 1;
		scope.key = list->kind == VALUE_OBJECT ? it.key : (struct str){ NULL, 0 };
		rc = count_round(run, node);
		if (!rc)
			rc = render(run, &node->body);
	}
	run->scope = before;
	return rc;
}

/* Handlebars' each, with and {{#x}}. */
static int
helper_block(struct template_run *run, const struct node *node)
{
	struct value v;
	int rc = expr_eval(&run->env, node->e, &v);
	bool nothing, is_zero;

	if (rc)
		return rc;
	if (node->kind == NODE_EACH || (node->kind == NODE_SECTION && v.kind == VALUE_LIST))
		return value_count(&v) ? rounds(run, node, &v, run->scope)
		                       : render(run, &node->other);
	if (node->kind == NODE_SECTION) {
		if (v.kind == VALUE_BOOL && v.yes)
			return render(run, &node->body);
		nothing = value_absent(&v) || v.kind == VALUE_BOOL;
	} else {
		is_zero = v.kind == VALUE_INT || v.kind == VALUE_FLOAT;
		nothing = !is_zero && !value_true(&v, true);
	}
	return nothing ? render(run, &node->other) : within(run, &v, &node->body);
}

/* Mustachio: every name of a path is a scope of its own for "../". */
static int
climb(struct template_run *run, const struct node *node, struct template_scope *few,
	const struct template_scope **ret_top)
{
	const struct expr_path *path = &node->e->path;
	const struct template_scope *top = template_scope_up(run->scope, path->up);
	struct template_scope *scopes = few;

	must(node->e->kind == EXPR_PATH);
	if (path->nnames > FEW)
		scopes = arena_alloc(run->env.arena, path->nnames * sizeof *scopes);
	if (!scopes)
		return expr_fault(&run->env.fault, node->at, -E2BIG,
			"The template needs too much memory.");
	for (size_t i = 0; i < path->nnames; i++) {
		scopes[i] = (struct template_scope){
			.here = template_step(run->t, &top->here, path->names[i]), .up = top
		};
		top = &scopes[i];
	}
	*ret_top = top;
	return expr_charge(&run->env, node->at, 1 + path->nnames + path->text.n / 64);
}

static int
enter(struct template_run *run, const struct node *node)
{
	const struct template_scope *before = run->scope, *top = before;
	struct template_scope few[FEW];
	const struct block *block = &node->body;
	bool is;
	int rc = climb(run, node, few, &top);

	if (rc)
		return rc;
	is = value_true(&top->here, false);
	if (node->kind == NODE_ENTER) {
		run->scope = top;
		rc = render(run, is ? block : &node->other);
		run->scope = before;
		return rc;
	}
	if (!is)
		return 0;
	if (top->here.kind != VALUE_LIST)
		return expr_fault(&run->env.fault, node->at, -EINVAL,
			"'%.*s' is used like an array by the template, but is a scalar value "
			"or "
			"object in your model.",
			STR_ARG(expr_quote(node->e->path.text)));
	return rounds(run, node, &top->here, top);
}

static int
render_node(struct template_run *run, const struct node *node)
{
	int rc = expr_charge(&run->env, node->at, 1);

	if (rc)
		return rc;
	switch (node->kind) {
	case NODE_TEXT:
		buf_put(run->out, node->text);
		return 0;
	case NODE_PRINT:
		return print(run, node);
	case NODE_IF:
		return branches(run, node);
	case NODE_SET:
		return expr_eval(&run->env, node->e, &run->slots[node->slot]);
	case NODE_FOR:
		return loop_for(run, node);
	case NODE_EACH:
	case NODE_WITH:
	case NODE_SECTION:
		return helper_block(run, node);
	case NODE_ENTER:
	case NODE_ROUNDS:
		break;
	}
	return enter(run, node);
}

static int
render(struct template_run *run, const struct block *block)
{
	for (const struct node *node = block->first; node; node = node->next) {
		int rc = render_node(run, node);

		if (!rc && run->out->full)
			rc = too_large(run, node->at);
		if (rc)
			return rc;
	}
	return 0;
}

/* A header is one line (RFC 5322 2.2). */
static void
flatten(struct buf *out, size_t from)
{
	for (size_t i = from; i < out->n; i++)
		if ((unsigned char)out->p[i] < ' ' || out->p[i] == 127)
			out->p[i] = ' ';
}

static int
run_all(struct template_run *run)
{
	const struct template *t = run->t;

	run->root.here = value_json(run->data->vars);
	run->scope = &run->root;
	run->slots = arena_alloc(run->env.arena, (t->nslots + 1) * sizeof *run->slots);
	must(run->slots);
	return render(run, &t->root);
}

static struct template_run
run_of(const struct template *t, enum template_place place, const struct template_data *data)
{
	const struct template_budget b = data->budget;
	struct template_run run = { .t = t, .data = data, .place = place };

	run.output_most = b.output_bytes ? b.output_bytes : TEMPLATE_OUTPUT_MAX;
	run.loops = run.loops_most = b.loops ? b.loops : TEMPLATE_LOOPS_MAX;
	run.env = (struct expr_env){ .steps = b.steps ? b.steps : TEMPLATE_STEPS_MAX,
		.now = data->now,
		.empty_object_is = t->dialect == TEMPLATE_HANDLEBARS,
		.strict = t->dialect == TEMPLATE_MAILJET,
		.find = template_find,
		.opened = data->opened,
		.clicked = data->clicked,
		.ctx = data->ctx };
	return run;
}

int
template_render(struct buf *out, const struct template *t, enum template_place place,
	const struct template_data *data, struct template_error *ret_error)
{
	struct template_run run = run_of(t, place, data);
	size_t before = out->n, most = out->max;
	bool full = out->full;
	struct arena scratch;
	int rc;

	arena_init(&scratch, SCRATCH_MAX);
	run.env.arena = &scratch;
	run.out = out;
	if (run.output_most < most - before)
		out->max = before + run.output_most;
	else
		run.output_most = most - before;
	out->full = false;
	/* Nearly always enough, so that the text is not moved about while it grows. */
	if (t->source.n <= out->max - before)
		buf_room(out, t->source.n);
	rc = run_all(&run);
	out->max = most;
	out->full = full;
	arena_done(&scratch);
	if (rc) {
		buf_cut(out, before);
		template_tell(ret_error, t->source, &run.env.fault);
	} else if (place == TEMPLATE_HEADER) {
		flatten(out, before);
	}
	return rc;
}
