#include "content/expr.h"

#include "base/must.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>

#define QUOTE_MAX 60u
#define CHARGE    256u /* bytes of text that cost as much as a step */

/* Control characters become blanks, and a character cut in two at the end goes. */
static void
clean(char *why)
{
	size_t n = strlen(why);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)why[i] < ' ' || why[i] == 127)
			why[i] = ' ';
	for (size_t cut = 0; cut < 3 && n && (unsigned char)why[n - 1] >= 0x80; cut++) {
		if (text_is_utf8(str_of(why, n)))
			return;
		why[--n] = '\0';
	}
	if (text_is_utf8(str_of(why, n)))
		return;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)why[i] >= 0x80)
			why[i] = '?';
}

void
expr_tell(struct expr_fault *f, size_t at, const char *fmt, ...)
{
	va_list ap;

	if (f->why[0])
		return;
	f->at = at;
	va_start(ap, fmt);
	vsnprintf(f->why, sizeof f->why, fmt, ap);
	va_end(ap);
	clean(f->why);
}

struct str
expr_quote(struct str s)
{
	s = str_head(s, QUOTE_MAX);
	/* Not in the middle of a character. */
	while (s.n && !text_is_utf8(s) && s.n > QUOTE_MAX - 4)
		s.n--;
	return str_head(s, str_find(s, '\n'));
}

static unsigned
highest(const struct expr *e)
{
	unsigned most = 0;

	switch (e->kind) {
	case EXPR_VALUE:
		break;
	case EXPR_PATH:
		most = e->path.fallback ? e->path.fallback->depth : 0;
		break;
	case EXPR_BINARY:
		most = e->a->depth > e->b->depth ? e->a->depth : e->b->depth;
		break;
	case EXPR_NOT:
	case EXPR_MINUS:
		most = e->a->depth;
		break;
	case EXPR_CALL:
		for (size_t i = 0; i < e->call.nargs; i++)
			if (e->call.args[i]->depth > most)
				most = e->call.args[i]->depth;
		break;
	}
	return most + 1;
}

struct expr *
expr_new(struct arena *a, struct expr_fault *f, struct expr e)
{
	struct expr *made = arena_alloc(a, sizeof *made);

	if (!made) {
		expr_tell(f, e.at, "The template is too large.");
		return NULL;
	}
	*made = e;
	made->depth = highest(made);
	if (made->depth > EXPR_TREE_MAX) {
		expr_tell(f, e.at, "The expression is too long: at most %u operations.",
			EXPR_TREE_MAX);
		return NULL;
	}
	return made;
}

int
expr_charge(struct expr_env *env, size_t at, size_t n)
{
	if (n > env->steps) {
		env->steps = 0;
		return expr_fault(
			&env->fault, at, -E2BIG, "The template takes too many steps.");
	}
	env->steps -= n;
	return 0;
}

int
expr_text(
	struct expr_env *env, const struct expr *e, const struct value *v, struct str *ret_text)
{
	char space[64];
	struct buf b;
	struct str made;

	if (v->kind == VALUE_TEXT) {
		*ret_text = v->text;
		return expr_charge(env, e->at, v->text.n / CHARGE);
	}
	if (v->kind == VALUE_BOOL) {
		*ret_text = v->yes ? STR_LIT("true") : STR_LIT("false");
		return 0;
	}
	if (v->kind == VALUE_LIST || v->kind == VALUE_OBJECT)
		return expr_fault(&env->fault, e->at, -EINVAL, "A%s is no text.",
			v->kind == VALUE_LIST ? " list" : "n object");
	/* Numbers and dates are short. */
	buf_init(&b, sizeof space);
	value_print(&b, v);
	made = arena_str(env->arena, buf_str(&b));
	buf_done(&b);
	if (!made.p)
		return expr_fault(
			&env->fault, e->at, -E2BIG, "The template needs too much memory.");
	*ret_text = made;
	return 0;
}

static int
eval_path(struct expr_env *env, const struct expr *e, struct value *ret_v)
{
	int rc;

	*ret_v = value_none();
	rc = env->find(env, e, ret_v);
	if (rc || !value_absent(ret_v))
		return rc;
	if (e->path.fallback)
		return expr_eval(env, e->path.fallback, ret_v);
	if (!env->strict)
		return 0;
	if (e->path.source == EXPR_NAME && e->path.nnames == 1)
		return expr_fault(&env->fault, e->at, -EINVAL, "Unknown identifier: %.*s",
			STR_ARG(expr_quote(e->path.text)));
	return expr_fault(&env->fault, e->at, -EINVAL, "No value for \"%.*s\"",
		STR_ARG(expr_quote(e->path.text)));
}

static int
eval_call(struct expr_env *env, const struct expr *e, struct value *ret_v)
{
	struct value argv[EXPR_ARGS_MAX];
	int rc = 0;

	must(e->call.nargs <= EXPR_ARGS_MAX);
	for (size_t i = 0; i < e->call.nargs && !rc; i++)
		rc = expr_eval(env, e->call.args[i], &argv[i]);
	for (size_t i = e->call.nargs; i < EXPR_ARGS_MAX; i++)
		argv[i] = value_none();
	return rc ? rc : e->call.fn->call(env, e, argv, ret_v);
}

static int
eval_minus(struct expr_env *env, const struct expr *e, struct value *ret_v)
{
	struct value v;
	int rc = expr_eval(env, e->a, &v);

	if (rc)
		return rc;
	if (value_number(&v, &v))
		return expr_fault(
			&env->fault, e->at, -EINVAL, "\"-\" takes a number, and this is none.");
	if (v.kind == VALUE_INT && v.whole != INT64_MIN)
		*ret_v = value_int(-v.whole);
	else
		value_float(-value_real(&v), ret_v);
	return 0;
}

/* The right side of "and" and "or" is not looked at when the left one decides. */
static int
eval_logic(struct expr_env *env, const struct expr *e, struct value *ret_v)
{
	struct value v;
	int rc = expr_eval(env, e->a, &v);
	bool yes = rc == 0 && value_true(&v, env->empty_object_is), other;

	if (rc)
		return rc;
	if ((e->op == EXPR_AND && !yes) || (e->op == EXPR_OR && yes)) {
		*ret_v = value_bool(yes);
		return 0;
	}
	rc = expr_eval(env, e->b, &v);
	if (rc)
		return rc;
	other = value_true(&v, env->empty_object_is);
	*ret_v = value_bool(e->op == EXPR_XOR ? yes != other : other);
	return 0;
}

static int
eval_binary(struct expr_env *env, const struct expr *e, struct value *ret_v)
{
	struct value argv[2];
	int rc;

	if (e->op <= EXPR_AND)
		return eval_logic(env, e, ret_v);
	rc = expr_eval(env, e->a, &argv[0]);
	if (!rc)
		rc = expr_eval(env, e->b, &argv[1]);
	return rc ? rc : expr_binary(env, e, argv, ret_v);
}

int
expr_eval(struct expr_env *env, const struct expr *e, struct value *ret_v)
{
	struct value v;
	int rc = expr_charge(env, e->at, 1);

	if (rc)
		return rc;
	switch (e->kind) {
	case EXPR_VALUE:
		*ret_v = e->value;
		return 0;
	case EXPR_PATH:
		return eval_path(env, e, ret_v);
	case EXPR_NOT:
		rc = expr_eval(env, e->a, &v);
		if (!rc)
			*ret_v = value_bool(!value_true(&v, env->empty_object_is));
		return rc;
	case EXPR_MINUS:
		return eval_minus(env, e, ret_v);
	case EXPR_BINARY:
		return eval_binary(env, e, ret_v);
	case EXPR_CALL:
		break;
	}
	return eval_call(env, e, ret_v);
}
