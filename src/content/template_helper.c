/*
 * The helpers of SendGrid's Handlebars that give a value. Blocks of the same names ask them
 * too.
 */
#include "content/date.h"
#include "content/expr_call.h"
#include "content/letters.h"
#include "content/template_priv.h"

#include <errno.h>
#include <math.h>

#define MILLISECONDS 1e11 /* numbers beyond are no seconds of our times */

/* Two texts are compared byte by byte. */
static int
charge(struct expr_env *env, const struct expr *e, const struct value *argv)
{
	if (argv[0].kind != VALUE_TEXT || argv[1].kind != VALUE_TEXT)
		return 0;
	return expr_charge(env, e->at, argv[0].text.n / 256);
}

static int
help_equals(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	*ret_v = value_bool(value_equal(&argv[0], &argv[1]));
	return charge(env, e, argv);
}

static int
help_not_equals(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	*ret_v = value_bool(!value_equal(&argv[0], &argv[1]));
	return charge(env, e, argv);
}

/* What has no order is neither greater nor less, as in JavaScript. */
static int
help_greater(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	int order;

	*ret_v = value_bool(value_order(&argv[0], &argv[1], &order) == 0 && order > 0);
	return charge(env, e, argv);
}

static int
help_less(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	int order;

	*ret_v = value_bool(value_order(&argv[0], &argv[1], &order) == 0 && order < 0);
	return charge(env, e, argv);
}

static int
help_and(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	bool all = true;

	for (size_t i = 0; i < e->call.nargs; i++)
		all &= value_true(&argv[i], env->empty_object_is);
	*ret_v = value_bool(all);
	return 0;
}

static int
help_or(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	bool any = false;

	for (size_t i = 0; i < e->call.nargs; i++)
		any |= value_true(&argv[i], env->empty_object_is);
	*ret_v = value_bool(any);
	return 0;
}

static int
help_length(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	size_t n = value_count(&argv[0]);

	if (argv[0].kind == VALUE_TEXT)
		n = letters_count(argv[0].text);
	*ret_v = value_int((int64_t)n);
	return argv[0].kind == VALUE_TEXT ? expr_charge(env, e->at, argv[0].text.n / 64) : 0;
}

/* {{insert name "default=Customer"}} or {{insert name "Customer"}}. */
static int
help_insert(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	static const struct str word = { "default=", 8 };

	(void)env;
	*ret_v = argv[0];
	if (e->call.nargs < 2 ||
		!(value_absent(&argv[0]) || (argv[0].kind == VALUE_TEXT && !argv[0].text.n)))
		return 0;
	*ret_v = argv[1];
	if (argv[1].kind == VALUE_TEXT && str_starts(argv[1].text, word))
		ret_v->text = str_from(argv[1].text, word.n);
	return 0;
}

/* Numbers are seconds, or milliseconds as JavaScript counts. */
static int
moment(const struct value *v, int64_t *ret_wall)
{
	struct value n;

	if (v->kind != VALUE_BOOL && value_number(v, &n) == 0 &&
		fabs(value_real(&n)) >= MILLISECONDS && fabs(value_real(&n)) < 1e15) {
		*ret_wall = (int64_t)(value_real(&n) * 1000);
		return date_ok(*ret_wall) ? 0 : -EINVAL;
	}
	return expr_call_wall(v, ret_wall);
}

/* {{formatDate moment format [offset]}}. Nothing to format gives nothing. */
static int
help_format_date(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	struct str format, zone = STR_NONE;
	int64_t wall;
	int minutes, rc = expr_text(env, e, &argv[1], &format);
	struct buf b;

	if (!rc && e->call.nargs > 2)
		rc = expr_text(env, e, &argv[2], &zone);
	if (!rc)
		rc = expr_charge(env, e->at, format.n / 16);
	if (rc)
		return rc;
	*ret_v = value_text(STR_NONE);
	if (value_absent(&argv[0]))
		return 0;
	if (moment(&argv[0], &wall))
		return expr_fault(&env->fault, e->at, -EINVAL,
			"formatDate takes a date such as \"2026-11-24T09:51:00Z\".");
	if (date_zone(zone, &minutes))
		return expr_fault(&env->fault, e->at, -EINVAL,
			"\"%.*s\" is no offset from UTC, such as \"-08:00\".",
			STR_ARG(expr_quote(zone)));
	expr_call_begin(env, &b);
	if (date_format_moment(&b, format, wall, minutes) == -EINVAL) {
		buf_done(&b);
		return expr_fault(&env->fault, e->at, -EINVAL,
			"The date is outside of the years 1 to 9999.");
	}
	return expr_call_done(env, e, &b, ret_v);
}

static const struct expr_fn helpers[] = {
	{ "equals", 2, 2, help_equals },
	{ "equal", 2, 2, help_equals }, /* as Mailgun calls it */
	{ "notEquals", 2, 2, help_not_equals },
	{ "greaterThan", 2, 2, help_greater },
	{ "lessThan", 2, 2, help_less },
	{ "and", 1, EXPR_ARGS_MAX, help_and },
	{ "or", 1, EXPR_ARGS_MAX, help_or },
	{ "length", 1, 1, help_length },
	{ "insert", 1, 2, help_insert },
	{ "formatDate", 2, 3, help_format_date },
};

const struct expr_fns template_helper_fns = { helpers, sizeof helpers / sizeof *helpers };
