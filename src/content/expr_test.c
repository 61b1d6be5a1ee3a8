/*
 * Expressions by themselves, with names and functions of the caller's own: as segment formulas
 * are to use them. What Mailjet's functions and operators give is in template_mailjet_test.c.
 */
#include "content/expr.h"

#include "base/test.h"

#include <errno.h>

struct own {
	struct expr_env env; /* first */
	unsigned found;
};

/* "age" is 42, "city" a text, all else has no value. */
static int
find(struct expr_env *env, const struct expr *path, struct value *ret_v)
{
	struct own *own = (struct own *)env;
	struct str name = path->path.names[0];

	own->found++;
	if (str_eq_z(name, "age"))
		*ret_v = value_int(42);
	else if (str_eq_z(name, "city"))
		*ret_v = value_text(STR_LIT("Paris"));
	else if (str_eq_z(name, "broken"))
		return expr_fault(&env->fault, path->at, -EINVAL, "Broken.");
	else
		*ret_v = value_none();
	return 0;
}

static int
call_starts(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v)
{
	struct str s = STR_NONE, start = STR_NONE;
	int rc = expr_text(env, e, &argv[0], &s);

	if (!rc)
		rc = expr_text(env, e, &argv[1], &start);
	if (!rc)
		*ret_v = value_bool(str_starts(s, start));
	return rc;
}

static const struct expr_fn own_fns[] = { { "StartsWith", 2, 2, call_starts } };
static const struct expr_fns fns = { own_fns, 1 };

static unsigned
slot(void *ctx, struct str name)
{
	unsigned *left = ctx;

	(void)name;
	return *left ? --*left : UINT_MAX;
}

/* The result as true, false or the mistake. */
static const char *
run(struct own *own, struct arena *a, const char *formula)
{
	unsigned left = 3;
	struct expr_parser p = {
		.arena = a, .in = str_z(formula), .fns = &fns, .slot = slot, .ctx = &left
	};
	const struct expr *e;
	struct value v;
	static char why[EXPR_WHY_SIZE];

	*own = (struct own){ .env = { .arena = a, .steps = 50, .find = find } };
	if (expr_parse(&p, &e)) {
		snprintf(why, sizeof why, "%zu: %s", p.fault.at, p.fault.why);
		return why;
	}
	if (p.pos < p.in.n)
		return "more";
	if (expr_eval(&own->env, e, &v)) {
		snprintf(why, sizeof why, "%zu: %s", own->env.fault.at, own->env.fault.why);
		return why;
	}
	return value_true(&v, false) ? "true" : "false";
}

static void
test_formulas(void **state)
{
	static const struct {
		const char *name, *formula, *want;
	} table[] = {
		{ "compare", "age > 40", "true" },
		{ "AND, OR", "(age>40 AND city=\"Paris\") OR none", "true" },
		{ "not", "((not age))", "false" },
		{ "function", "StartsWith(city, \"Pa\")", "true" },
		{ "in any case", "startswith(city,\"pa\")", "false" },
		{ "no value is false", "none", "false" },
		{ "no value is equal to none", "none = nothing", "true" },
		{ "trailing", "age > 40 )", "more" },
		{ "Mailjet's functions are not here", "Upper(city)",
			"0: Unknown function: Upper" },
		{ "the finder's mistake", "1 = broken", "4: Broken." },
		{ "too many names", "a = b or c = d", "13: Too many names." },
		{ "too few values", "StartsWith(1)", "0: StartsWith takes 2 values, not 1." },
		{ "budget", "1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1",
			"50: The template takes too many steps." },
		{ "path", "age.x", "true" },
		{ "path end", "age. > 1", "4: A value is expected here, not \" \"." },
	};
	struct arena a;
	struct own own;

	(void)state;
	arena_init(&a, 1 << 20);
	TEST_EACH(row, table)
	assert_string_equal(run(&own, &a, row->formula), row->want);
	arena_done(&a);
}

/* The right side is not asked for when the left one decides. */
static void
test_short(void **state)
{
	struct arena a;
	struct own own;

	(void)state;
	arena_init(&a, 1 << 20);
	run(&own, &a, "age or city");
	assert_int_equal(own.found, 1);
	run(&own, &a, "none and city");
	assert_int_equal(own.found, 1);
	run(&own, &a, "age xor city");
	assert_int_equal(own.found, 2);
	arena_done(&a);
}

static void
test_faults(void **state)
{
	struct expr_fault f = { .at = 0 };
	char text[500];

	(void)state;
	assert_int_equal(expr_fault(&f, 7, -EINVAL, "a\nb\t%d", 1), -EINVAL);
	assert_int_equal(expr_fault(&f, 8, -E2BIG, "second"), -E2BIG);
	assert_int_equal(f.at, 7);
	assert_string_equal(f.why, "a b 1");
	/* Cut in the middle of a character: that one goes. */
	for (size_t shift = 0; shift < 3; shift++) {
		memset(&f, 0, sizeof f);
		memset(text, 'x', shift);
		for (size_t i = shift; i + 3 < sizeof text; i += 3)
			memcpy(text + i, "\xe2\x82\xac", 4);
		expr_tell(&f, 0, "%s", text);
		assert_true(strlen(f.why) >= EXPR_WHY_SIZE - 4);
		assert_int_equal((strlen(f.why) - shift) % 3, 0);
	}
	/* What is no UTF-8 is not told. */
	memset(&f, 0, sizeof f);
	expr_tell(&f, 0, "a\xff%s", "b");
	assert_string_equal(f.why, "a?b");
	assert_str(expr_quote(STR_LIT("ab\ncd")), "ab");
}

TEST_MAIN(TEST(test_formulas), TEST(test_short), TEST(test_faults))
