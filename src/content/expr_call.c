#include "content/expr_call.h"

#include "content/date.h"
#include "content/decimal.h"
#include "content/escape.h"
#include "content/letters.h"

#include <errno.h>
#include <math.h>

#define SECONDS_MOST 1e12 /* far behind the year 9999 */

void
expr_call_begin(struct expr_env *env, struct buf *b)
{
	buf_init(b, env->arena->max - env->arena->used);
}

int
expr_call_done(struct expr_env *env, const struct expr *e, struct buf *b, struct value *ret_v)
{
	struct str made = b->full ? (struct str){ NULL, 0 } : arena_str(env->arena, buf_str(b));

	buf_done(b);
	if (!made.p)
		return expr_fault(
			&env->fault, e->at, -E2BIG, "The template needs too much memory.");
	*ret_v = value_text(made);
	return 0;
}

int
expr_call_wall(const struct value *v, int64_t *ret_wall)
{
	struct value n;

	if (v->kind == VALUE_DATE) {
		*ret_wall = v->wall;
		return 0;
	}
	if (v->kind == VALUE_TEXT && date_parse(v->text, ret_wall) == 0)
		return 0;
	if (v->kind == VALUE_BOOL || value_number(v, &n) || fabs(value_real(&n)) > SECONDS_MOST)
		return -EINVAL;
	if (n.kind == VALUE_INT)
		*ret_wall = n.whole * UTC_SEC;
	else
		*ret_wall = (int64_t)(n.real * (double)UTC_SEC);
	return date_ok(*ret_wall) ? 0 : -EINVAL;
}

static int
change_case(struct expr_env *env, const struct expr *e, const struct value *v, bool up,
	struct value *ret_v)
{
	struct str s;
	char *p;
	int rc = expr_text(env, e, v, &s);

	if (!rc)
		rc = expr_charge(env, e->at, s.n / 16);
	if (rc)
		return rc;
	p = arena_alloc(env->arena, s.n);
	if (!p)
		return expr_fault(
			&env->fault, e->at, -E2BIG, "The template needs too much memory.");
	if (up)
		letters_upper(p, s);
	else
		letters_lower(p, s);
	*ret_v = value_text(str_of(p, s.n));
	return 0;
}

static int
call_upper(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	return change_case(env, e, &argv[0], true, ret_v);
}

static int
call_lower(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	return change_case(env, e, &argv[0], false, ret_v);
}

static int
call_capitalize(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	struct str s;
	char *p;
	int rc = expr_text(env, e, &argv[0], &s);

	if (rc)
		return rc;
	p = arena_alloc(env->arena, s.n);
	if (!p)
		return expr_fault(
			&env->fault, e->at, -E2BIG, "The template needs too much memory.");
	memcpy(p, s.p, s.n);
	letters_upper(p, str_head(s, letters_first(s)));
	*ret_v = value_text(str_of(p, s.n));
	return 0;
}

static int
need_number(
	struct expr_env *env, const struct expr *e, const struct value *v, struct value *ret_n)
{
	if (value_number(v, ret_n))
		return expr_fault(&env->fault, e->at, -EINVAL,
			"%s takes a number, and this is none.", e->call.fn->name);
	return 0;
}

static struct decimal
decimal_of(const struct value *number)
{
	return number->kind == VALUE_INT ? decimal_of_int(number->whole)
	                                 : decimal_of_float(number->real);
}

static int
call_round(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	struct value n, places = value_int(0);
	struct decimal d;
	int rc = need_number(env, e, &argv[0], &n);

	if (!rc && e->call.nargs > 1)
		rc = need_number(env, e, &argv[1], &places);
	if (rc)
		return rc;
	if (places.kind != VALUE_INT || places.whole < -DECIMAL_PLACES_MAX ||
		places.whole > DECIMAL_PLACES_MAX)
		return expr_fault(&env->fault, e->at, -EINVAL,
			"Round takes a whole number of places, at most %d.",
			DECIMAL_PLACES_MAX);
	*ret_v = n;
	if (n.kind == VALUE_INT && places.whole >= 0)
		return 0;
	d = decimal_of(&n);
	decimal_round(&d, (int)places.whole);
	if (value_float(decimal_float(&d), ret_v))
		return expr_fault(&env->fault, e->at, -EINVAL, "The result is too large.");
	return 0;
}

static int
call_int(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	struct value n;
	int rc = need_number(env, e, &argv[0], &n);

	if (rc)
		return rc;
	if (n.kind == VALUE_FLOAT && fabs(n.real) < 9e18)
		n = value_int((int64_t)n.real);
	*ret_v = n;
	return 0;
}

static int
escape(struct expr_env *env, const struct expr *e, const struct value *v,
	int (*put)(struct buf *, struct str), struct value *ret_v)
{
	struct buf b;
	struct str s;
	int rc = expr_text(env, e, v, &s);

	if (!rc)
		rc = expr_charge(env, e->at, s.n / 64);
	if (rc)
		return rc;
	expr_call_begin(env, &b);
	put(&b, s);
	return expr_call_done(env, e, &b, ret_v);
}

static int
call_url_encode(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	return escape(env, e, &argv[0], escape_url, ret_v);
}

static int
call_escape(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	return escape(env, e, &argv[0], escape_html, ret_v);
}

static int
ask(struct expr_env *env, const struct expr *e, const struct value *v,
	bool (*answer)(void *, int64_t), struct value *ret_v)
{
	struct value n;
	int rc = need_number(env, e, v, &n);

	if (rc)
		return rc;
	if (n.kind != VALUE_INT || n.whole < 0)
		return expr_fault(&env->fault, e->at, -EINVAL,
			"%s takes a number of days: 0, 1, 2 …", e->call.fn->name);
	*ret_v = value_bool(answer && answer(env->ctx, n.whole));
	return 0;
}

static int
call_opened(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	return ask(env, e, &argv[0], env->opened, ret_v);
}

static int
call_clicked(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	return ask(env, e, &argv[0], env->clicked, ret_v);
}

/* FormatNumber(pattern, number), FormatNumberLocale(pattern, number, locale). */
static int
call_number(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	struct str pattern, locale = STR_LIT("en");
	struct value n;
	struct decimal d;
	struct buf b;
	int rc = expr_text(env, e, &argv[0], &pattern);

	if (!rc)
		rc = need_number(env, e, &argv[1], &n);
	if (!rc && e->call.nargs > 2)
		rc = expr_text(env, e, &argv[2], &locale);
	if (rc)
		return rc;
	d = decimal_of(&n);
	expr_call_begin(env, &b);
	if (decimal_format(&b, &d, pattern, locale) == -EINVAL) {
		buf_done(&b);
		return expr_fault(&env->fault, e->at, -EINVAL,
			"\"%.*s\" is no pattern of a number, such as \"#,##0.00\".",
			STR_ARG(expr_quote(pattern)));
	}
	return expr_call_done(env, e, &b, ret_v);
}

static int
need_wall(struct expr_env *env, const struct expr *e, const struct value *v, int64_t *ret_wall)
{
	if (expr_call_wall(v, ret_wall))
		return expr_fault(&env->fault, e->at, -EINVAL,
			"%s takes a date: seconds since 1970, or \"2026-11-24T09:51:00Z\".",
			e->call.fn->name);
	return 0;
}

/* FormatDateTime(format, date), FormatDateTimeTZ(format, date, "+03:00"). */
static int
call_date(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	struct str format, zone = STR_NONE;
	int64_t wall;
	int minutes, rc = expr_text(env, e, &argv[0], &format);
	struct buf b;

	if (!rc)
		rc = expr_charge(env, e->at, format.n / 16);
	if (!rc)
		rc = need_wall(env, e, &argv[1], &wall);
	if (!rc && e->call.nargs > 2)
		rc = expr_text(env, e, &argv[2], &zone);
	if (rc)
		return rc;
	if (date_zone(zone, &minutes))
		return expr_fault(&env->fault, e->at, -EINVAL,
			"\"%.*s\" is no offset from UTC, such as \"+03:00\".",
			STR_ARG(expr_quote(zone)));
	expr_call_begin(env, &b);
	if (date_format(&b, format, wall, minutes) == -EINVAL) {
		buf_done(&b);
		return expr_fault(&env->fault, e->at, -EINVAL,
			"The date is outside of the years 1 to 9999.");
	}
	return expr_call_done(env, e, &b, ret_v);
}

static int
call_now(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	(void)e;
	(void)argv;
	*ret_v = value_date(env->now);
	return 0;
}

static int
call_to_date(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	int64_t wall;
	int rc = need_wall(env, e, &argv[0], &wall);

	if (!rc)
		*ret_v = value_date(wall);
	return rc;
}

static const struct expr_fn mailjet[] = {
	{ "Upper", 1, 1, call_upper },
	{ "Lower", 1, 1, call_lower },
	{ "Capitalize", 1, 1, call_capitalize },
	{ "Round", 1, 2, call_round },
	{ "Int", 1, 1, call_int },
	{ "UrlEncode", 1, 1, call_url_encode },
	{ "Escape", 1, 1, call_escape },
	{ "HasOpenedSince", 1, 1, call_opened },
	{ "HasClickedSince", 1, 1, call_clicked },
	{ "FormatNumber", 2, 2, call_number },
	{ "FormatNumberLocale", 3, 3, call_number },
	{ "FormatDateTime", 2, 2, call_date },
	{ "FormatDateTimeTZ", 3, 3, call_date },
	{ "DateTimeNow", 0, 0, call_now },
	{ "ToDate", 1, 1, call_to_date },
};

const struct expr_fns expr_mailjet_fns = { mailjet, sizeof mailjet / sizeof *mailjet };

const struct expr_fn *
expr_fn_find(const struct expr_fns *fns, struct str name)
{
	for (size_t i = 0; i < fns->n; i++)
		if (str_ieq_z(name, fns->at[i].name))
			return &fns->at[i];
	return NULL;
}
