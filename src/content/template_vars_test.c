#include "content/template_vars.h"

#include "base/buf.h"
#include "base/test.h"

/* The tree as text: ?a condition, a scalar, a(…) object, a[…] list; ="…" a default. */
static void
draw(struct buf *b, const struct template_var *var)
{
	for (; var; var = var->next) {
		if (var->kind == TEMPLATE_VAR_CONDITION)
			buf_put_c(b, '?');
		buf_put(b, var->name);
		if (var->has_default) {
			buf_put_c(b, '=');
			buf_put(b, var->fallback);
		}
		if (var->kind == TEMPLATE_VAR_OBJECT) {
			buf_put_c(b, '(');
			draw(b, var->children);
			buf_put_c(b, ')');
		}
		if (var->kind == TEMPLATE_VAR_LIST) {
			buf_put_c(b, '[');
			draw(b, var->item);
			buf_put_c(b, ']');
		}
		if (var->next)
			buf_put_c(b, ' ');
	}
}

static void
check(enum template_dialect dialect, const char *source, const char *want)
{
	struct arena a;
	struct buf b;
	const struct template *t = NULL;
	struct template_vars vars;
	struct template_error error;

	arena_init(&a, TEMPLATE_ARENA_MAX);
	buf_init(&b, 10000);
	assert_int_equal(template_compile(&a, dialect, str_z(source), &t, &error), 0);
	assert_int_equal(template_variables(&a, t, &vars), 0);
	assert_false(vars.more);
	draw(&b, vars.of[TEMPLATE_OF_VARS]);
	for (size_t i = TEMPLATE_OF_CONTACT; i <= TEMPLATE_OF_MJ; i++) {
		if (vars.of[i])
			buf_put_z(&b, i == TEMPLATE_OF_MJ ? " mj:" : " data:");
		draw(&b, vars.of[i]);
	}
	assert_str(buf_str(&b), want);
	buf_done(&b);
	arena_done(&a);
}

static void
test_trees(void **state)
{
	static const struct {
		const char *name;
		enum template_dialect dialect;
		const char *source, *want;
	} table[] = {
		{ "none", TEMPLATE_MAILJET, "plain {{1+1}}", "" },
		{ "scalars once", TEMPLATE_MAILJET, "{{var:a}}{{var:b}}{{var:a}}", "a b" },
		{ "sources", TEMPLATE_MAILJET, "{{var:a}}{{data:b}}{{mj:contact.email}}",
			"a data:b mj:contact(email)" },
		{ "old tags", TEMPLATE_MAILJET_TAGS, "[[var:a:\"x\"]][[data:b]]",
			"a=x data:b" },
		{ "defaults", TEMPLATE_MAILJET, "{{var:a:\"x\"}}{{var:b:-2}}{{var:a:\"y\"}}",
			"a=x b=-2" },
		{ "object", TEMPLATE_MAILJET, "{{var:u.name}}{{var:u.city.zip}}",
			"u(name city(zip))" },
		{ "condition", TEMPLATE_MAILJET, "{% if var:a and not var:b %}{% endif %}",
			"?a ?b" },
		{ "compared", TEMPLATE_MAILJET,
			"{% if var:a = 1 %}{% elseif var:b %}{% endif %}", "a ?b" },
		{ "condition, then printed", TEMPLATE_MAILJET,
			"{% if var:a %}{{var:a}}{% endif %}", "a" },
		{ "list of scalars", TEMPLATE_MAILJET, "{% for x in var:l %}{{x}}{% endfor %}",
			"l[]" },
		{ "list of objects", TEMPLATE_MAILJET,
			"{% for r in var:rows %}{{r.title}}{% for b in r.bodies %}{{b}}{% "
			"endfor %}"
			"{% endfor %}{{r}}",
			"rows[(title bodies[])]" },
		{ "list of lists", TEMPLATE_MAILJET,
			"{% for l in var:p %}{% for q in l %}{{q.n}}{% endfor %}{% endfor %}",
			"p[[(n)]]" },
		{ "set", TEMPLATE_MAILJET,
			"{% set g = var:u %}{{g.name}}{% set g = 1 %}{{g.x}}", "u(name)" },
		{ "functions", TEMPLATE_MAILJET, "{{Upper(var:a)+FormatNumber(\"0\",var:b)}}",
			"a b" },
		{ "Handlebars", TEMPLATE_HANDLEBARS,
			"{{#each l}}{{x}}{{../n}}{{@index}}{{@root.r}}{{#if "
			"y}}{{this.z}}{{/if}}"
			"{{/each}}{{#with o}}{{k}}{{/with}}",
			"l[(x ?y z)] n r o(k)" },
		{ "Handlebars helpers", TEMPLATE_HANDLEBARS,
			"{{#greaterThan (length cart) 0}}{{/greaterThan}}{{#and a b}}{{/and}}"
			"{{insert c \"x\"}}{{d.length}}",
			"cart[] ?a ?b c=x d" },
		{ "Handlebars each of scalars", TEMPLATE_HANDLEBARS,
			"{{#each l}}{{this}}{{else}}{{e}}{{/each}}", "l[] e" },
		{ "Mustachio", TEMPLATE_MUSTACHIO,
			"{{#a.b}}{{c}}{{../d}}{{/a.b}}{{#each "
			"l}}{{x}}{{../../y}}{{/each}}{{^n}}{{/n}}",
			"a(b(c) d) l[(x)] y ?n" },
		{ "Mustachio layout", TEMPLATE_MUSTACHIO, "{{{@content}}}{{a}}", "a" },
	};

	(void)state;
	TEST_EACH(row, table)
	check(row->dialect, row->source, row->want);
}

static void
test_places(void **state)
{
	static const char source[] = "\xc3\xa9 {{var:a}}\n{% for x in\n var:b %}\n{{x.c}}"
				     "{% endfor %}{{var:d}}";
	static const struct {
		const char *name;
		unsigned line, column;
	} table[] = { { "a", 1, 5 }, { "b", 3, 2 }, { "d", 4, 22 } };
	struct arena a;
	const struct template *t = NULL;
	struct template_vars vars;
	struct template_error error;
	const struct template_var *var;

	(void)state;
	arena_init(&a, TEMPLATE_ARENA_MAX);
	assert_int_equal(template_compile(&a, TEMPLATE_MAILJET, str_z(source), &t, &error), 0);
	assert_int_equal(template_variables(&a, t, &vars), 0);
	var = vars.of[TEMPLATE_OF_VARS];
	TEST_EACH(row, table)
	{
		assert_non_null(var);
		assert_str(var->name, row->name);
		assert_int_equal(var->line, row->line);
		assert_int_equal(var->column, row->column);
		var = var->next;
	}
	arena_done(&a);
}

/* So many are listed, and no more. */
static void
test_many(void **state)
{
	struct arena a;
	struct buf b;
	const struct template *t = NULL;
	struct template_vars vars;
	struct template_error error;

	(void)state;
	for (unsigned n = TEMPLATE_VARS_MAX; n <= TEMPLATE_VARS_MAX + 1; n++) {
		arena_init(&a, TEMPLATE_ARENA_MAX);
		buf_init(&b, TEMPLATE_SOURCE_MAX);
		for (unsigned i = 0; i < n; i++)
			buf_printf(&b, "{{var:a%u}}", i);
		assert_int_equal(
			template_compile(&a, TEMPLATE_MAILJET, buf_str(&b), &t, &error), 0);
		assert_int_equal(template_variables(&a, t, &vars), 0);
		assert_int_equal(vars.n, TEMPLATE_VARS_MAX);
		assert_int_equal(vars.more, n > TEMPLATE_VARS_MAX);
		buf_done(&b);
		arena_done(&a);
	}
}

static void
test_small_arena(void **state)
{
	static const char source[] = "{{var:a.b.c:-5}}{% for x in var:l %}{{x.y}}{% endfor %}";
	struct arena a, small;
	const struct template *t = NULL;
	struct template_vars vars;
	struct template_error error;
	size_t refused = 0;

	(void)state;
	arena_init(&a, TEMPLATE_ARENA_MAX);
	assert_int_equal(template_compile(&a, TEMPLATE_MAILJET, str_z(source), &t, &error), 0);
	for (size_t most = 0; most < 60000; most += 64) {
		arena_init(&small, most);
		refused += template_variables(&small, t, &vars) != 0;
		arena_done(&small);
	}
	assert_true(refused > 100 && refused < 60000 / 64);
	arena_done(&a);
}

TEST_MAIN(TEST(test_trees), TEST(test_places), TEST(test_many), TEST(test_small_arena))
