/*
 * Every limit at n and at n + 1, and templates that are made to be bombs.
 */
#include "content/template_scene.h"

#include <errno.h>

#define TIMES(n, text) repeat(&b, (n), (text))

static void
repeat(struct buf *b, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		buf_put_z(b, text);
}

struct nest {
	const char *name;
	enum template_dialect dialect;
	const char *open, *middle, *close;
	size_t most; /* so often is fine, once more is not */
	const char *why;
};

#define TOO_DEEP   "Blocks are nested deeper than 50 levels."
#define TOO_NESTED "The expression is nested deeper than 50 levels."

static const struct nest nests[] = {
	{ "if", TEMPLATE_MAILJET, "{% if 1 %}", "x", "{% endif %}", 50, TOO_DEEP },
	{ "for", TEMPLATE_MAILJET, "{% for a in var:l %}", "x", "{% endfor %}", 50, TOO_DEEP },
	{ "Handlebars if", TEMPLATE_HANDLEBARS, "{{#if l}}", "x", "{{/if}}", 50, TOO_DEEP },
	{ "Handlebars each", TEMPLATE_HANDLEBARS, "{{#each @root.l}}", "x", "{{/each}}", 50,
		TOO_DEEP },
	{ "Mustachio each", TEMPLATE_MUSTACHIO, "{{#each a}}", "x", "{{/each}}", 50, TOO_DEEP },
	{ "parentheses", TEMPLATE_MAILJET, "(", "1", ")", 50, TOO_NESTED },
	{ "signs", TEMPLATE_MAILJET, "!", "1", "", 100, TOO_NESTED },
	{ "not", TEMPLATE_MAILJET, "not ", "1", "", 100, TOO_NESTED },
	{ "calls", TEMPLATE_MAILJET, "Upper(", "1", ")", 50, TOO_NESTED },
	{ "helpers", TEMPLATE_HANDLEBARS, "(and ", "1", ")", 50, TOO_NESTED },
	{ "sums", TEMPLATE_MAILJET, "1+", "1", "", 249,
		"The expression is too long: at most 250 operations." },
	{ "path", TEMPLATE_MAILJET, "a.", "a:0", "", 49, "The path has more than 50 names." },
	{ "Handlebars path", TEMPLATE_HANDLEBARS, "a.", "a", "", 49,
		"The path has more than 50 names." },
	{ "Mustachio path", TEMPLATE_MUSTACHIO, "a.", "a", "", 49,
		"The path has more than 50 names." },
};

static int
run_nest(struct scene *s, const struct nest *row, size_t n)
{
	bool block = row->open[0] == '{';
	struct buf b;
	int rc;

	buf_init(&b, 100000);
	if (!block)
		buf_put_z(&b, "{{");
	if (!block && row->open[0] == 'a' && row->dialect == TEMPLATE_MAILJET)
		buf_put_z(&b, "var:");
	if (!block && row->open[0] == '(' && row->dialect == TEMPLATE_HANDLEBARS)
		buf_put_z(&b, "insert ");
	TIMES(n, row->open);
	buf_put_z(&b, row->middle);
	TIMES(n, row->close);
	if (!block)
		buf_put_z(&b, "}}");
	rc = scene_run(s, row->dialect, buf_str(&b));
	buf_done(&b);
	return rc;
}

static void
test_nests(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	scene_vars(&s, "{\"l\":[1]}");
	TEST_EACH(row, nests)
	{
		int rc = run_nest(&s, row, row->most);

		if (rc)
			fprintf(stderr, "%s\n", s.error.why);
		assert_int_equal(rc, 0);
		assert_int_equal(run_nest(&s, row, row->most + 1), -E2BIG);
		assert_string_equal(s.error.why, row->why);
		assert_int_equal(run_nest(&s, row, 15000), -E2BIG);
	}
	scene_end(&s);
}

static void
test_source(void **state)
{
	static const enum template_dialect dialects[] = { TEMPLATE_MAILJET,
		TEMPLATE_MAILJET_TAGS, TEMPLATE_HANDLEBARS, TEMPLATE_MUSTACHIO };
	struct scene s;
	struct buf b;

	(void)state;
	scene_begin(&s);
	buf_init(&b, TEMPLATE_SOURCE_MAX + 1);
	TIMES(TEMPLATE_SOURCE_MAX, "x");
	for (size_t i = 0; i < TEST_COUNT(dialects); i++) {
		b.n = TEMPLATE_SOURCE_MAX;
		assert_int_equal(scene_run(&s, dialects[i], buf_str(&b)), 0);
		assert_str_eq(buf_str(&s.out), buf_str(&b));
		buf_put_c(&b, 'x');
		assert_int_equal(scene_run(&s, dialects[i], buf_str(&b)), -E2BIG);
		assert_string_equal(
			s.error.why, "The template is too large: at most 1048576 bytes.");
	}
	buf_done(&b);
	scene_end(&s);
}

/* The budget that is just enough, and one less. */
static void
test_budget(void **state)
{
	static const char source[] = "{% for a in var:l %}{{a}}{% endfor %}";
	struct scene s;

	(void)state;
	scene_begin(&s);
	scene_vars(&s, "{\"l\":[1,2,3]}");
	s.data.budget.loops = 3;
	assert_int_equal(scene_run(&s, TEMPLATE_MAILJET, str_z(source)), 0);
	s.data.budget.loops = 2;
	assert_int_equal(scene_run(&s, TEMPLATE_MAILJET, str_z(source)), -E2BIG);
	assert_string_equal(s.error.why, "Loops go round too often: at most 2 times in all.");
	s.data.budget = (struct template_budget){ .output_bytes = 3 };
	assert_int_equal(scene_run(&s, TEMPLATE_MAILJET, str_z(source)), 0);
	s.data.budget.output_bytes = 2;
	assert_int_equal(scene_run(&s, TEMPLATE_MAILJET, str_z(source)), -E2BIG);
	assert_string_equal(s.error.why, "The result is larger than 2 bytes.");
	/* The loop, its list; and three times: the round, the print, the name. */
	s.data.budget = (struct template_budget){ .steps = 2 + 3 * 3 };
	assert_int_equal(scene_run(&s, TEMPLATE_MAILJET, str_z(source)), 0);
	s.data.budget.steps--;
	assert_int_equal(scene_run(&s, TEMPLATE_MAILJET, str_z(source)), -E2BIG);
	assert_string_equal(s.error.why, "The template takes too many steps.");
	scene_end(&s);
}

/* The buffer's own maximum counts too, and what was in it stays. */
static void
test_buffer(void **state)
{
	struct scene s;
	const struct template *t;

	(void)state;
	scene_begin(&s);
	assert_int_equal(
		template_compile(&s.arena, TEMPLATE_MAILJET, STR_LIT("12{{3}}"), &t, &s.error),
		0);
	buf_done(&s.out);
	buf_init(&s.out, 5);
	buf_put_z(&s.out, "ab");
	assert_int_equal(template_render(&s.out, t, TEMPLATE_TEXT, &s.data, &s.error), 0);
	assert_str(buf_str(&s.out), "ab123");
	buf_cut(&s.out, 2);
	buf_put_c(&s.out, 'c');
	assert_int_equal(template_render(&s.out, t, TEMPLATE_TEXT, &s.data, &s.error), -E2BIG);
	assert_str(buf_str(&s.out), "abc");
	assert_false(s.out.full);
	assert_int_equal(s.out.max, 5);
	scene_end(&s);
}

static json_t *
list_of(size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_integer(1));
	return json_pack("{s:o}", "l", list);
}

static void
test_loops(void **state)
{
	static const struct {
		const char *name;
		enum template_dialect dialect;
		const char *source;
	} table[] = {
		{ "Mailjet", TEMPLATE_MAILJET, "{% for a in var:l %}x{% endfor %}" },
		{ "Handlebars", TEMPLATE_HANDLEBARS, "{{#each l}}x{{/each}}" },
		{ "Mustachio", TEMPLATE_MUSTACHIO, "{{#each l}}x{{/each}}" },
	};
	struct scene s;

	(void)state;
	scene_begin(&s);
	TEST_EACH(row, table)
	{
		for (size_t n = TEMPLATE_LOOPS_MAX; n <= TEMPLATE_LOOPS_MAX + 1; n++) {
			json_t *data = list_of(n);

			s.data.vars = data;
			assert_int_equal(scene_run(&s, row->dialect, str_z(row->source)),
				n > TEMPLATE_LOOPS_MAX ? -E2BIG : 0);
			json_decref(data);
		}
	}
	s.data.vars = NULL;
	scene_end(&s);
}

/* Texts of a megabyte, and lists that are work to print. */
static json_t *
bomb_data(void)
{
	json_t *data = list_of(2000), *nested = json_array(), *fractions = json_array();
	struct buf b;

	buf_init(&b, TEMPLATE_SOURCE_MAX);
	TIMES(TEMPLATE_SOURCE_MAX, " ");
	json_object_set_new(data, "t", json_stringn(b.p, b.n));
	buf_clear(&b);
	TIMES(TEMPLATE_SOURCE_MAX, "[");
	json_object_set_new(data, "open", json_stringn(b.p, b.n));
	buf_done(&b);
	for (size_t i = 0; i < 20000; i++) {
		json_t *deep = json_array();

		for (size_t k = 0; k < 60; k++)
			deep = json_pack("[o]", deep);
		json_array_append_new(nested, deep);
		json_array_append_new(fractions, json_real(1e-5 * (double)(i % 9 + 1)));
	}
	json_object_set_new(data, "nested", nested);
	json_object_set_new(data, "fractions", fractions);
	return data;
}

#define MANY_FORS                                                                              \
	"{% for a in var:l %}{% for b in var:l %}{% for c in var:l %}{% for d in var:l %}"     \
	"{% for e in var:l %}"
#define MANY_ENDS "{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}"

/* Each is an error, and soon: the watch that counts is the number of steps, which no row may
 * go around. The clock is only looked at from afar. */
static void
test_bombs(void **state)
{
	static const struct {
		const char *name;
		enum template_dialect dialect;
		const char *begin, *repeat, *end;
		size_t n;
	} table[] = {
		{ "loops in loops", TEMPLATE_MAILJET, MANY_FORS "x", "", MANY_ENDS, 1 },
		{ "doubling", TEMPLATE_MAILJET, "{% set a = \"0123456789abcdef\" %}",
			"{% set a = a + a %}", "{{a}}", 60 },
		{ "doubling in a loop", TEMPLATE_MAILJET,
			"{% set a = \"x\" %}{% for b in var:l %}{% set a = a + a %}{% endfor "
			"%}{{a}}",
			"", "", 1 },
		{ "long texts compared", TEMPLATE_MAILJET,
			"{% set a = \"0123456789abcdef\" %}"
			"{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set "
			"a=a+a %}"
			"{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set "
			"a=a+a %}"
			"{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set "
			"a=a+a %}"
			"{% set b=a+\"1\" %}",
			"{% if a=b or a<b and b<a %}{% endif %}", "", 15000 },
		{ "much output", TEMPLATE_MAILJET,
			"{% set a = \"0123456789abcdef\" %}"
			"{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set "
			"a=a+a %}"
			"{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set "
			"a=a+a %}",
			"{{a}}", "", 50000 },
		{ "many steps", TEMPLATE_MAILJET, "", "{{1}}", "", 60000 },
		{ "case of long texts", TEMPLATE_MAILJET,
			"{% set a = \"0123456789abcdef\" %}"
			"{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set "
			"a=a+a %}"
			"{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set a=a+a %}{% set "
			"a=a+a %}",
			"{% if Upper(a) %}{% endif %}", "", 30000 },
		{ "each in each", TEMPLATE_HANDLEBARS,
			"{{#each l}}{{#each ../l}}{{#each "
			"../../l}}x{{/each}}{{/each}}{{/each}}",
			"", "", 1 },
		{ "lists printed", TEMPLATE_HANDLEBARS, "", "{{l}}{{l}}{{l}}{{l}}", "", 50000 },
		{ "long texts compared by helpers", TEMPLATE_HANDLEBARS, "",
			"{{equals t t}}{{greaterThan t t}}", "", 20000 },
		{ "lists in lists printed", TEMPLATE_HANDLEBARS, "", "{{nested}}", "", 50000 },
		{ "fractions printed", TEMPLATE_HANDLEBARS, "", "{{fractions}}", "", 50000 },
		{ "a long format of dates", TEMPLATE_HANDLEBARS, "", "{{formatDate 1 t}}", "",
			50000 },
		{ "a long format of dates that opens brackets", TEMPLATE_HANDLEBARS, "",
			"{{formatDate 1 open}}", "", 30000 },
		{ "length of a long text", TEMPLATE_HANDLEBARS, "", "{{t.length}}{{length t}}",
			"", 20000 },
		{ "a long text as a number", TEMPLATE_MAILJET, "",
			"{% if 1 = var:t or var:t = 1 %}{% endif %}", "", 20000 },
		{ "a long text as a date", TEMPLATE_MAILJET, "",
			"{% if DateTimeNow() = var:t or var:t = DateTimeNow() %}{% endif %}",
			"", 15000 },
		{ "each in each of Mustachio", TEMPLATE_MUSTACHIO,
			"{{#each l}}{{#each ../../l}}{{#each ../../../../l}}x{{/each}}{{/each}}"
			"{{/each}}",
			"", "", 1 },
		{ "deep scopes", TEMPLATE_MUSTACHIO, "{{#each l}}",
			"{{#a.b.c.d.e.f.g.h.i.j.k}}{{/a.b.c.d.e.f.g.h.i.j.k}}", "{{/each}}",
			1000 },
	};
	json_t *data = bomb_data();
	struct scene s;
	struct buf b;

	(void)state;
	scene_begin(&s);
	s.data.vars = data;
	TEST_EACH(row, table)
	{
		clock_t begin = clock();

		buf_init(&b, TEMPLATE_SOURCE_MAX);
		buf_put_z(&b, row->begin);
		TIMES(row->n, row->repeat);
		buf_put_z(&b, row->end);
		assert_false(b.full);
		assert_int_equal(scene_run(&s, row->dialect, buf_str(&b)), -E2BIG);
		buf_done(&b);
		if (getenv("FACTEUR_TEST_TIMES"))
			fprintf(stderr, "%s: %ld us: %s\n", row->name,
				(long)(clock() - begin) * 1000000 / CLOCKS_PER_SEC,
				s.error.why);
		assert_true(clock() - begin < 5 * CLOCKS_PER_SEC);
	}
	scene_end(&s);
	json_decref(data);
}

/* A name of a megabyte, looked up in every round. */
static void
test_long_name(void **state)
{
	json_t *data = list_of(TEMPLATE_LOOPS_MAX);
	struct scene s;
	struct buf b;

	(void)state;
	scene_begin(&s);
	s.data.vars = data;
	buf_init(&b, TEMPLATE_SOURCE_MAX);
	buf_put_z(&b, "{{#each l}}{{");
	TIMES(1000000, "x");
	buf_put_z(&b, "}}{{/each}}");
	assert_int_equal(scene_run(&s, TEMPLATE_HANDLEBARS, buf_str(&b)), -E2BIG);
	assert_int_equal(scene_run(&s, TEMPLATE_MUSTACHIO, buf_str(&b)), -E2BIG);
	buf_clear(&b);
	buf_put_z(&b, "{% for a in var:l %}{{var:");
	TIMES(1000000, "x");
	buf_put_z(&b, ":0}}{% endfor %}");
	assert_int_equal(scene_run(&s, TEMPLATE_MAILJET, buf_str(&b)), -E2BIG);
	buf_clear(&b);
	buf_put_z(&b, "{{#each l}}{{#");
	TIMES(400000, "x");
	buf_put_z(&b, "}}{{/");
	TIMES(400000, "x");
	buf_put_z(&b, "}}{{/each}}");
	assert_int_equal(scene_run(&s, TEMPLATE_MUSTACHIO, buf_str(&b)), -E2BIG);
	buf_done(&b);
	scene_end(&s);
	json_decref(data);
}

/* Sources that a careless reader would go through again and again. */
static void
test_compile_bombs(void **state)
{
	static const struct {
		const char *name;
		enum template_dialect dialect;
		const char *repeat;
	} table[] = {
		{ "old tags that do not end", TEMPLATE_MAILJET_TAGS, "[[var:a:\"" },
		{ "old tags in two quotes", TEMPLATE_MAILJET_TAGS, "[[var:a:\"[[var:b:'" },
		{ "old tags with entities", TEMPLATE_MAILJET_TAGS, "[[var:a:&quot;[[var:b:\"" },
		{ "old tags with sums", TEMPLATE_MAILJET_TAGS, "[[var:a+\"" },
		{ "brackets", TEMPLATE_MAILJET, "[" },
		{ "many names", TEMPLATE_MAILJET, "{% set a = 1 %}" },
		{ "braces", TEMPLATE_MUSTACHIO, "{" },
		{ "braces and letters", TEMPLATE_MUSTACHIO, "{{a" },
		{ "backslashes", TEMPLATE_HANDLEBARS, "\\{{" },
		{ "comments with dashes", TEMPLATE_HANDLEBARS, "{{!----~}}" },
		{ "blank lines", TEMPLATE_HANDLEBARS, " {{! }} " },
		{ "values", TEMPLATE_HANDLEBARS, "{{a}}" },
	};
	struct scene s;
	struct buf b;

	(void)state;
	scene_begin(&s);
	TEST_EACH(row, table)
	{
		clock_t begin = clock();
		const struct template *t;

		buf_init(&b, TEMPLATE_SOURCE_MAX);
		TIMES(TEMPLATE_SOURCE_MAX / strlen(row->repeat), row->repeat);
		assert_false(b.full);
		arena_reset(&s.arena);
		/* An error is as good as none. */
		template_compile(&s.arena, row->dialect, buf_str(&b), &t, &s.error);
		if (getenv("FACTEUR_TEST_TIMES"))
			fprintf(stderr, "%s: %ld us, arena %zu\n", row->name,
				(long)(clock() - begin) * 1000000 / CLOCKS_PER_SEC,
				s.arena.used);
		buf_done(&b);
		assert_true(clock() - begin < 5 * CLOCKS_PER_SEC);
	}
	scene_end(&s);
}

/* An arena that is too small is an error like any other limit. */
static void
test_small_arena(void **state)
{
	static const char source[] = "{% set a = var:b.c + Upper(\"x\\\"y\") %}{% for d in "
				     "var:l %}{{d:-1}}{% endfor %}"
				     "{% if a %}{% elseif segment:1 %}{% endif %}[[var:x]]";
	static const char braces[] = "{{#each a.b}}{{c \"d\"}}{{/each}}";
	struct template_error error;
	const struct template *t = NULL;
	size_t refused = 0;

	(void)state;
	for (size_t most = 0; most < 20000; most += 16) {
		struct arena a;

		arena_init(&a, most);
		refused +=
			template_compile(&a, TEMPLATE_MAILJET, str_z(source), &t, &error) != 0;
		arena_done(&a);
		arena_init(&a, most);
		template_compile(&a, TEMPLATE_HANDLEBARS, str_z(braces), &t, &error);
		arena_done(&a);
		arena_init(&a, most);
		template_compile(&a, TEMPLATE_MUSTACHIO,
			STR_LIT("{{#a.b}}{{c}}{{^a.b}}{{/a.b}}"), &t, &error);
		arena_done(&a);
	}
	assert_true(refused > 50 && refused < 20000 / 16);
}

TEST_MAIN(TEST(test_nests), TEST(test_source), TEST(test_budget), TEST(test_buffer),
	TEST(test_loops), TEST(test_bombs), TEST(test_long_name), TEST(test_compile_bombs),
	TEST(test_small_arena))
