#include "content/template_run.h"

#include "content/escape.h"
#include "content/expr_call.h"
#include "content/letters.h"

#include <errno.h>

#define BYTES_A_STEP 64u

const struct template_scope *
template_scope_up(const struct template_scope *scope, unsigned up)
{
	for (; up > 0 && scope->up; up--)
		scope = scope->up;
	return scope;
}

/* The loop around a scope, or `up` loops above it; NULL when there is none. */
static const struct template_scope *
loop_up(const struct template_scope *scope, unsigned up)
{
	for (; scope; scope = scope->up) {
		if (!scope->loop)
			continue;
		if (up-- == 0)
			return scope;
	}
	return NULL;
}

static struct value
loop_value(const struct template_scope *loop, enum expr_source source)
{
	if (!loop)
		return value_none();
	switch (source) {
	case EXPR_FIRST:
		return value_bool(loop->index == 0);
	case EXPR_LAST:
		return value_bool(loop->index + 1 == loop->count);
	case EXPR_KEY:
		if (loop->key.p)
			return value_text(loop->key);
		break;
	default:
		break;
	}
	return value_int((int64_t)loop->index);
}

struct value
template_step(const struct template *t, const struct value *v, struct str name)
{
	struct value found = value_member(v, name);

	if (found.kind != VALUE_NONE || t->dialect != TEMPLATE_HANDLEBARS ||
		!str_eq_z(name, "length"))
		return found;
	if (v->kind == VALUE_LIST)
		return value_int((int64_t)value_count(v));
	if (v->kind == VALUE_TEXT)
		return value_int((int64_t)letters_count(v->text));
	return found;
}

static struct value
segment(const struct template_run *run, const struct expr_path *path)
{
	const struct template_data *d = run->data;

	return value_bool(d->segment && d->segment(d->ctx, path->names[0]));
}

/* Above the root Handlebars has nothing, and Mustachio the root. */
static struct value
here(const struct template_run *run, const struct expr_path *path)
{
	const struct template_scope *scope = run->scope;
	unsigned up = path->up;

	if (run->t->dialect == TEMPLATE_MUSTACHIO)
		return template_scope_up(scope, up)->here;
	for (; scope && up > 0; up--)
		scope = scope->up;
	return scope ? scope->here : value_none();
}

/* What a path starts from; *ret_first: the name it goes on with. */
static struct value
start(const struct template_run *run, const struct expr_path *path, size_t *ret_first)
{
	const struct template_data *d = run->data;

	*ret_first = 0;
	switch (path->source) {
	case EXPR_VAR:
	case EXPR_ROOT:
		return value_json(d->vars);
	case EXPR_DATA:
		return value_json(d->contact);
	case EXPR_MJ:
		return value_json(d->mj);
	case EXPR_SEGMENT:
		*ret_first = path->nnames;
		return segment(run, path);
	case EXPR_NAME:
		*ret_first = 1;
		return run->slots[path->slot];
	case EXPR_HERE:
		return here(run, path);
	case EXPR_INDEX:
	case EXPR_FIRST:
	case EXPR_LAST:
	case EXPR_KEY:
		return loop_value(loop_up(run->scope, path->up), path->source);
	case EXPR_CONTENT:
		break;
	}
	return value_text(d->content.p ? d->content : STR_NONE);
}

int
template_find(struct expr_env *env, const struct expr *e, struct value *ret_v)
{
	const struct template_run *run = (const struct template_run *)env;
	size_t first;
	struct value v = start(run, &e->path, &first);
	int rc = 0;

	/* Long names are hashed each time; a text is walked through for its length. */
	if (e->path.text.n >= BYTES_A_STEP)
		rc = expr_charge(env, e->at, e->path.text.n / BYTES_A_STEP);
	for (size_t i = first; i < e->path.nnames && !rc; i++) {
		if (v.kind == VALUE_TEXT)
			rc = expr_charge(env, e->at, v.text.n / BYTES_A_STEP);
		v = template_step(run->t, &v, e->path.names[i]);
	}
	*ret_v = v;
	return rc;
}

static int
put_text(struct template_run *run, const struct node *node, struct str s)
{
	if (node->raw || run->place != TEMPLATE_HTML)
		return buf_put(run->out, s);
	if (run->t->dialect == TEMPLATE_MUSTACHIO)
		return escape_html(run->out, s);
	return escape_html_all(run->out, s);
}

/* Lists: what is in them may need escaping. Each item is a step, since those that print as
 * nothing take time as well. */
static int
put_list(struct template_run *run, const struct node *node, const struct value *v)
{
	struct buf b;
	int rc = expr_charge(&run->env, node->at, value_weight(v, run->env.steps));

	if (rc)
		return rc;
	buf_init(&b, run->output_most);
	rc = value_print(&b, v);
	if (!rc)
		rc = expr_charge(&run->env, node->at, b.n / 16);
	if (!rc)
		put_text(run, node, buf_str(&b));
	else if (!run->env.fault.why[0])
		run->out->full = true;
	buf_done(&b);
	return run->env.fault.why[0] ? -E2BIG : 0;
}

/* Mailjet says that these cannot be printed; its older tags print nothing. */
static int
refuse(struct template_run *run, const struct node *node, const struct value *v)
{
	struct str text = node->e->kind == EXPR_PATH ? node->e->path.text : STR_LIT("This");

	if (run->t->dialect == TEMPLATE_MAILJET_TAGS)
		return 0;
	return expr_fault(&run->env.fault, node->at, -EINVAL,
		"\"%.*s\" is %s: print a value in it.", STR_ARG(expr_quote(text)),
		v->kind == VALUE_LIST ? "an array" : "an object");
}

int
template_put(struct template_run *run, const struct node *node, const struct value *v)
{
	bool composed = v->kind == VALUE_LIST || v->kind == VALUE_OBJECT;

	if (v->kind == VALUE_TEXT) {
		put_text(run, node, v->text);
		return 0;
	}
	if (composed && run->t->dialect <= TEMPLATE_MAILJET_TAGS)
		return refuse(run, node, v);
	if (composed)
		return put_list(run, node, v);
	if (v->kind == VALUE_BOOL && run->t->dialect == TEMPLATE_MUSTACHIO)
		buf_put(run->out, v->yes ? STR_LIT("True") : STR_LIT("False"));
	else
		value_print(run->out, v);
	return 0;
}
