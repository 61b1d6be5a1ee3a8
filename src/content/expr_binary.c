#include "content/expr.h"

#include <errno.h>
#include <math.h>

#define CHARGE 256u /* bytes of text that cost as much as a step */

static const char *const signs[] = { [EXPR_OR] = "or",
	[EXPR_XOR] = "xor",
	[EXPR_AND] = "and",
	[EXPR_EQ] = "==",
	[EXPR_NE] = "!=",
	[EXPR_LT] = "<",
	[EXPR_LE] = "<=",
	[EXPR_GT] = ">",
	[EXPR_GE] = ">=",
	[EXPR_ADD] = "+",
	[EXPR_SUB] = "-",
	[EXPR_MUL] = "*",
	[EXPR_DIVIDE] = "/",
	[EXPR_DIV] = "div",
	[EXPR_MOD] = "mod" };

static int
join(struct expr_env *env, const struct expr *e, const struct value *argv, struct value *ret_v)
{
	struct str a, b;
	char *p;
	int rc = expr_text(env, e, &argv[0], &a);

	if (!rc)
		rc = expr_text(env, e, &argv[1], &b);
	if (rc)
		return rc;
	p = arena_alloc(env->arena, a.n + b.n);
	if (!p)
		return expr_fault(
			&env->fault, e->at, -E2BIG, "The template needs too much memory.");
	memcpy(p, a.p, a.n);
	memcpy(p + a.n, b.p, b.n);
	*ret_v = value_text(str_of(p, a.n + b.n));
	return 0;
}

static int
too_large(struct expr_env *env, const struct expr *e)
{
	return expr_fault(&env->fault, e->at, -EINVAL, "The result of \"%s\" is too large.",
		signs[e->op]);
}

/* Whole numbers stay whole: false when they cannot. */
static bool
whole(enum expr_op op, int64_t a, int64_t b, int64_t *ret_v)
{
	switch (op) {
	case EXPR_ADD:
		return !__builtin_add_overflow(a, b, ret_v);
	case EXPR_SUB:
		return !__builtin_sub_overflow(a, b, ret_v);
	case EXPR_MUL:
		return !__builtin_mul_overflow(a, b, ret_v);
	default:
		return false;
	}
}

static int
divide_whole(
	struct expr_env *env, const struct expr *e, const struct value *n, struct value *ret_v)
{
	double a = value_real(&n[0]), b = value_real(&n[1]);

	if (n[0].kind == VALUE_INT && n[1].kind == VALUE_INT && n[1].whole != -1) {
		*ret_v = value_int(
			e->op == EXPR_DIV ? n[0].whole / n[1].whole : n[0].whole % n[1].whole);
		return 0;
	}
	a = e->op == EXPR_DIV ? trunc(a / b) : fmod(a, b);
	if (!(fabs(a) < 9e18))
		return too_large(env, e);
	if (e->op == EXPR_MOD && fabs(a - trunc(a)) > 0)
		return value_float(a, ret_v);
	*ret_v = value_int((int64_t)a);
	return 0;
}

static int
reckon(struct expr_env *env, const struct expr *e, const struct value *n, struct value *ret_v)
{
	double a = value_real(&n[0]), b = value_real(&n[1]);
	int64_t v;

	if (e->op >= EXPR_DIVIDE && !(b < 0) && !(b > 0))
		return expr_fault(&env->fault, e->at, -EINVAL, "\"%s\" by zero.", signs[e->op]);
	if (e->op >= EXPR_DIV)
		return divide_whole(env, e, n, ret_v);
	if (n[0].kind == VALUE_INT && n[1].kind == VALUE_INT &&
		whole(e->op, n[0].whole, n[1].whole, &v)) {
		*ret_v = value_int(v);
		return 0;
	}
	if (e->op == EXPR_ADD)
		a += b;
	else if (e->op == EXPR_SUB)
		a -= b;
	else if (e->op == EXPR_MUL)
		a *= b;
	else
		a /= b;
	return value_float(a, ret_v) ? too_large(env, e) : 0;
}

static int
compare(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	int order;

	if (e->op == EXPR_EQ || e->op == EXPR_NE) {
		*ret_v = value_bool(value_equal(&argv[0], &argv[1]) == (e->op == EXPR_EQ));
		return 0;
	}
	if (value_order(&argv[0], &argv[1], &order))
		return expr_fault(&env->fault, e->at, -EINVAL,
			"\"%s\" compares numbers, texts or dates with their like.",
			signs[e->op]);
	*ret_v = value_bool(e->op == EXPR_LT   ? order < 0
			    : e->op == EXPR_LE ? order <= 0
			    : e->op == EXPR_GT ? order > 0
					       : order >= 0);
	return 0;
}

int
expr_binary(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	struct value n[2];
	int rc = 0;

	/* The work grows with the shorter of two texts. */
	if (argv[0].kind == VALUE_TEXT && argv[1].kind == VALUE_TEXT)
		rc = expr_charge(env, e->at, argv[0].text.n / CHARGE);
	if (rc)
		return rc;
	if (e->op < EXPR_ADD)
		return compare(env, e, argv, ret_v);
	if (e->op == EXPR_ADD && (argv[0].kind == VALUE_TEXT || argv[1].kind == VALUE_TEXT))
		return join(env, e, argv, ret_v);
	if (value_number(&argv[0], &n[0]) || value_number(&argv[1], &n[1]))
		return expr_fault(&env->fault, e->at, -EINVAL,
			"\"%s\" takes numbers, and one side is none.", signs[e->op]);
	return reckon(env, e, n, ret_v);
}
