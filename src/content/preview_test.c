#include "content/preview.h"

#include "base/test.h"
#include "content/template_vars.h"

#include <errno.h>

static json_t *got, *vars, *contact;

static json_t *
load(const char *text)
{
	json_t *j = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(j);
	return j;
}

static void
make(const struct preview_mail *m, const char *vars_text, const char *contact_text)
{
	struct template_data data = { .now = INT64_C(1790000000000000) };

	json_decref(got);
	json_decref(vars);
	json_decref(contact);
	data.vars = vars = load(vars_text);
	data.contact = contact = load(contact_text);
	got = preview_make(m, &data);
	assert_non_null(got);
}

static int
end(void **state)
{
	(void)state;
	json_decref(got);
	json_decref(vars);
	json_decref(contact);
	got = vars = contact = NULL;
	return 0;
}

/* A member of the answer is this JSON. */
static void
is(const char *name, const char *want)
{
	json_t *j = load(want), *is = json_object_get(got, name);
	char *text = is ? json_dumps(is, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	if (!json_equal(is, j))
		print_message("%s: %s\n", name, text ? text : "(none)");
	assert_true(json_equal(is, j));
	free(text);
	json_decref(j);
}

static void
test_parts(void **state)
{
	const struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS,
		.parts = { [PREVIEW_SUBJECT] = STR_LIT("Order {{id}}"),
			[PREVIEW_FROM_NAME] = STR_LIT("{{shop.name}}"),
			[PREVIEW_FROM_EMAIL] = STR_LIT("hello@shop.test"),
			[PREVIEW_HTML] =
				STR_LIT("<p>{{shop.name}}</p>{{#each rows}}<i>{{title}}"
					"</i>{{/each}}") } };

	(void)state;
	make(&m, "{\"id\":7,\"shop\":{\"name\":\"A&B\"},\"rows\":[{\"title\":\"x\"}]}", "{}");
	is("subject", "\"Order 7\"");
	is("from_name", "\"A&B\"");
	is("from_email", "\"hello@shop.test\"");
	is("preheader", "\"\"");
	is("html", "\"<p>A&amp;B</p><i>x</i>\"");
	is("text", "\"A&B\\n\\nx\\n\"");
	is("text_made", "true");
	is("errors", "[]");
	is("warnings", "[]");
	is("sample",
		"{\"vars\":{\"id\":\"\",\"shop\":{\"name\":\"\"},\"rows\":[{\"title\":\"\"}]},"
		"\"contact\":{}}");
}

/* Only where it is asked for, and not in what hides the preheader. */
static void
test_inline(void **state)
{
	struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS,
		.parts = { [PREVIEW_PREHEADER] = STR_LIT("For you"),
			[PREVIEW_HTML] = STR_LIT("<style>div{a:b}</style><div>x</div>") } };
	const char *html;

	(void)state;
	make(&m, "{}", "{}");
	html = json_string_value(json_object_get(got, "html"));
	assert_non_null(strstr(html, "<style>div{a:b}</style>"));
	m.inline_css = true;
	make(&m, "{}", "{}");
	html = json_string_value(json_object_get(got, "html"));
	assert_null(strstr(html, "<style>"));
	assert_non_null(strstr(html, "<div style=\"a:b\">x</div>"));
	assert_null(strstr(html, "<div style=\"a:b;display"));
}

/* The HTML has it, the text that is made of it does not. */
static void
test_preheader(void **state)
{
	struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS,
		.parts = { [PREVIEW_PREHEADER] = STR_LIT("For {{name}}"),
			[PREVIEW_HTML] = STR_LIT("<body><p>x</p></body>") } };
	const char *html;

	(void)state;
	make(&m, "{\"name\":\"A&B\"}", "{}");
	is("preheader", "\"For A&B\"");
	html = json_string_value(json_object_get(got, "html"));
	assert_true(str_starts(str_z(html), STR_LIT("<body><div style=\"display:none;")));
	assert_non_null(strstr(html, ">For A&amp;B</div>"));
	is("text", "\"x\\n\"");
	/* One that cannot be rendered is left out. */
	m.parts[PREVIEW_PREHEADER] = STR_LIT("{{#if");
	make(&m, "{}", "{}");
	is("html", "\"<body><p>x</p></body>\"");
}

static void
test_own_text(void **state)
{
	const struct preview_mail m = { .dialect = TEMPLATE_MUSTACHIO,
		.parts = { [PREVIEW_HTML] = STR_LIT("<b>{{a}}</b>"),
			[PREVIEW_TEXT] = STR_LIT("{{a}}") } };

	(void)state;
	make(&m, "{\"a\":\"<\"}", "{}");
	is("html", "\"<b>&lt;</b>\"");
	is("text", "\"<\"");
	is("text_made", "false");
}

/* One part that fails leaves the others; each mistake has its place. */
static void
test_errors(void **state)
{
	const struct preview_mail m = { .dialect = TEMPLATE_MAILJET,
		.parts = { [PREVIEW_SUBJECT] = STR_LIT("{{var:a"),
			[PREVIEW_HTML] = STR_LIT("a\n {{ var:x }}{{var:u.n}}"),
			[PREVIEW_TEXT] = STR_LIT("fine") } };
	const json_t *one;

	(void)state;
	make(&m, "{}", "{}");
	is("subject", "null");
	is("html", "null");
	is("text", "\"fine\"");
	assert_int_equal(json_array_size(json_object_get(got, "errors")), 2);
	one = json_array_get(json_object_get(got, "errors"), 1);
	assert_string_equal(json_string_value(json_object_get(one, "part")), "html");
	assert_int_equal(json_integer_value(json_object_get(one, "line")), 2);
	/* Both values that are missing, though rendering ends at the first. */
	is("warnings", "[{\"part\":\"html\",\"line\":2,\"column\":5,\"name\":\"var:x\","
		       "\"why\":\"No value for \\\"var:x\\\".\"},"
		       "{\"part\":\"html\",\"line\":2,\"column\":15,\"name\":\"var:u\","
		       "\"why\":\"No value for \\\"var:u\\\".\"}]");
}

static void
test_variables(void **state)
{
	const struct preview_mail m = { .dialect = TEMPLATE_MAILJET,
		.parts = { [PREVIEW_SUBJECT] =
				   STR_LIT("{% if var:a %}x{% endif %}{{data:city:\"Lyon\"}}"),
			[PREVIEW_TEXT] = STR_LIT(
				"{{var:a}}{% for r in var:l %}{{r.t}}{% endfor %}{{mj:x}}") } };

	(void)state;
	make(&m, "{\"a\":1,\"l\":[{\"t\":1},{}]}", "{}");
	/* Asked for in the subject, printed in the text: a scalar. */
	is("variables",
		"{\"vars\":[{\"name\":\"a\",\"type\":\"scalar\",\"part\":\"subject\",\"line\":"
		"1,"
		"\"column\":7},{\"name\":\"l\",\"type\":\"list\",\"part\":\"text\",\"line\":1,"
		"\"column\":22,\"item\":{\"type\":\"object\",\"part\":\"text\",\"line\":1,"
		"\"column\":10,\"members\":[{\"name\":\"t\",\"type\":\"scalar\",\"part\":"
		"\"text\","
		"\"line\":1,\"column\":32}]}}],\"contact\":[{\"name\":\"city\",\"type\":"
		"\"scalar\","
		"\"part\":\"subject\",\"line\":1,\"column\":29,\"default\":\"Lyon\"}],"
		"\"mj\":[{\"name\":\"x\",\"type\":\"scalar\",\"part\":\"text\",\"line\":1,"
		"\"column\":51}]}");
	is("sample",
		"{\"vars\":{\"a\":\"\",\"l\":[{\"t\":\"\"}]},\"contact\":{\"city\":\"Lyon\"}}");
	is("warnings", "[]");
}

/* A default needs no value; only the first row of a list is looked at. */
static void
test_missing(void **state)
{
	static const struct {
		const char *name, *source, *vars;
		int warnings;
	} table[] = {
		{ "there", "{{a}}", "{\"a\":\"\"}", 0 },
		{ "null", "{{a}}", "{\"a\":null}", 1 },
		{ "away", "{{a}}", "{}", 1 },
		{ "default", "{{insert a \"x\"}}", "{}", 0 },
		{ "condition", "{{#if a}}{{/if}}", "{}", 0 },
		{ "within", "{{a.b}}{{a.c}}", "{\"a\":{\"b\":1}}", 1 },
		{ "object away", "{{a.b}}{{a.c}}", "{}", 1 },
		{ "in a row", "{{#each a}}{{b}}{{/each}}", "{\"a\":[{}]}", 1 },
		{ "no row", "{{#each a}}{{b}}{{/each}}", "{\"a\":[]}", 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		const struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS,
			.parts = { [PREVIEW_TEXT] = str_z(row->source) } };

		make(&m, row->vars, "{}");
		assert_int_equal(
			json_array_size(json_object_get(got, "warnings")), row->warnings);
	}
}

/* A name longer than a path can be told is cut, and paths end somewhere. */
static void
test_long_names(void **state)
{
	char source[2000];
	struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS };

	(void)state;
	snprintf(source, sizeof source, "{{%0600d.%0600d}}", 1, 2);
	for (size_t i = 2; source[i]; i++)
		source[i] = source[i] == '0' ? 'a' : source[i];
	m.parts[PREVIEW_TEXT] = str_z(source);
	make(&m, "{}", "{}");
	make(&m, "{\"x\":1}", "{}");
}

static void
test_bombs(void **state)
{
	const struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS,
		.parts = { [PREVIEW_HTML] = STR_LIT("{{#each a}}{{#each @root.a}}{{#each "
						    "@root.a}}x{{/each}}{{/each}}{{/each}}"),
			[PREVIEW_SUBJECT] = STR_LIT("{{#each a}}{{@root.s}}{{/each}}") } };
	json_t *list = json_array(), *all;
	char *text;

	(void)state;
	for (int i = 0; i < 1000; i++)
		json_array_append_new(list, json_integer(i));
	all = json_pack("{s:o,s:s}", "a", list, "s", "0123456789");
	text = json_dumps(all, JSON_COMPACT);
	make(&m, text, "{}");
	is("html", "null");
	is("subject", "null");
	assert_int_equal(json_array_size(json_object_get(got, "errors")), 2);
	free(text);
	json_decref(all);
}

/* The body in its layout; whose what is, and where, is told as its writer counts. */
static void
test_layout(void **state)
{
	struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS,
		.parts = { [PREVIEW_HTML] = STR_LIT("Hi {{name}}\n{{who}}") },
		.layout_html = STR_LIT("<a>\n<b>{{{@content}}}</b>{{shop}}"),
		.layout_text = STR_LIT("-- {{{@content}}}") };

	(void)state;
	make(&m, "{}", "{}");
	is("html", "\"<a>\\n<b>Hi \\n</b>\"");
	is("errors", "[]");
	is("warnings",
		"[{\"part\":\"html\",\"line\":1,\"column\":6,\"name\":\"name\","
		"\"why\":\"No value for \\\"name\\\".\"},"
		"{\"part\":\"html\",\"line\":2,\"column\":3,\"name\":\"who\","
		"\"why\":\"No value for \\\"who\\\".\"},{\"part\":\"layout.html\",\"line\":2,"
		"\"column\":24,\"name\":\"shop\",\"why\":\"No value for \\\"shop\\\".\"}]");
	/* There is no text that could go into the other one: it is made of the HTML. */
	is("text_made", "true");
	m.parts[PREVIEW_TEXT] = STR_LIT("x");
	make(&m, "{}", "{}");
	is("text", "\"-- x\"");
	/* A layout tried out alone: nothing goes there. */
	m.parts[PREVIEW_HTML] = m.layout_html;
	m.layout_html = STR_NONE;
	make(&m, "{\"shop\":1}", "{}");
	is("html", "\"<a>\\n<b></b>1\"");
}

static void
test_layout_mistakes(void **state)
{
	static const struct {
		const char *name, *layout, *body, *part;
		unsigned line;
		bool in_layout;
	} table[] = {
		{ "of the body", "a\n{{{@content}}}", "x\n{{#if a}}", "html", 2, false },
		{ "behind the body", "a\n{{{@content}}}\n{{/if}}", "x\ny", "layout.html", 3,
			true },
		{ "before the body", "{{#if}}\n{{{@content}}}", "x", "layout.html", 1, true },
		{ "a body that closes what the layout opened", "{{#if a}}{{{@content}}}{{/if}}",
			"{{/if}}{{#if b}}", "html", 1, false },
		{ "no place", "<a></a>", "x", "layout.html", 1, true },
		{ "two places", "{{{@content}}}{{{@content}}}", "x", "layout.html", 1, true },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		const struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS,
			.parts = { [PREVIEW_HTML] = str_z(row->body) },
			.layout_html = str_z(row->layout) };
		enum preview_part part = PREVIEW_SUBJECT;
		struct template_error error = { 0 };
		const json_t *one;

		make(&m, "{}", "{}");
		one = json_array_get(json_object_get(got, "errors"), 0);
		assert_non_null(one);
		assert_string_equal(json_string_value(json_object_get(one, "part")), row->part);
		assert_int_equal(json_integer_value(json_object_get(one, "line")), row->line);
		assert_int_equal(preview_check(&m, &part, &error), -EINVAL);
		assert_int_equal(part, PREVIEW_HTML);
		assert_int_equal(error.line, row->line);
		assert_int_equal(strstr(error.why, "(in the layout)") != NULL, row->in_layout);
	}
}

static void
test_check(void **state)
{
	struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS,
		.parts = { [PREVIEW_SUBJECT] = STR_LIT("{{a}}"),
			[PREVIEW_TEXT] = STR_LIT("x\n{{#if a}}") } };
	struct template_error error = { 0 };
	enum preview_part part = PREVIEW_SUBJECT;
	enum template_dialect d;

	(void)state;
	assert_int_equal(preview_check(&m, &part, &error), -EINVAL);
	assert_int_equal(part, PREVIEW_TEXT);
	assert_int_equal(error.line, 2);
	m.parts[PREVIEW_TEXT] = STR_LIT("x");
	assert_int_equal(preview_check(&m, &part, &error), 0);
	/* More than who sends could keep: each part alone would do. */
	static char tags[500000];

	for (size_t i = 0; i + 5 <= sizeof tags; i += 5)
		memcpy(tags + i, "{{a}}", 5);
	m.parts[PREVIEW_HTML] = str_of(tags, sizeof tags);
	assert_int_equal(preview_check(&m, &part, &error), 0);
	m.parts[PREVIEW_TEXT] = str_of(tags, sizeof tags / 2);
	assert_int_equal(preview_check(&m, &part, &error), -EINVAL);
	assert_int_equal(part, PREVIEW_TEXT);
	assert_non_null(strstr(error.why, "too many tags"));
	/* Alone it was looked at before. */
	m.layout_text = STR_LIT("{{#if a}}{{{@content}}}{{/if}}");
	m.parts[PREVIEW_TEXT] = STR_LIT("{{/if}}{{#if b}}");
	assert_int_equal(preview_check(&m, &part, &error), -EINVAL);
	m.known = true;
	assert_int_equal(preview_check(&m, &part, &error), 0);
	assert_int_equal(preview_dialect(STR_LIT("mustachio"), &d), 0);
	assert_int_equal(d, TEMPLATE_MUSTACHIO);
	assert_int_equal(preview_dialect(STR_LIT("Mustachio"), &d), -EINVAL);
}

#define ONE(fn) cmocka_unit_test_teardown(fn, end)
/* Each part asks for as many variables as are told, all of other names. */
static void
test_many(void **state)
{
	struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS };
	const json_t *list, *row;
	struct buf b[PREVIEW_PARTS];
	clock_t begin;

	(void)state;
	for (int i = 0; i < PREVIEW_PARTS; i++) {
		buf_init(&b[i], 1 << 20);
		for (unsigned k = 0; k < TEMPLATE_VARS_MAX / 2; k++)
			buf_printf(&b[i], "{{a%d_%u}}{{o.a%d_%u}}", i, k, i, k);
		m.parts[i] = buf_str(&b[i]);
	}
	begin = clock();
	make(&m, "{}", "{}");
	if (getenv("FACTEUR_TEST_TIMES"))
		fprintf(stderr, "many variables: %ld us\n",
			(long)(clock() - begin) * 1000000 / CLOCKS_PER_SEC);
	list = json_object_get(json_object_get(got, "variables"), "vars");
	/* One of 1,000 is the object "o". */
	assert_int_equal(json_array_size(list), PREVIEW_PARTS * TEMPLATE_VARS_MAX / 2 + 1);
	row = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(row, "name")), "a0_0");
	row = json_array_get(list, 1);
	assert_string_equal(json_string_value(json_object_get(row, "name")), "o");
	assert_int_equal(json_array_size(json_object_get(row, "members")),
		PREVIEW_PARTS * (TEMPLATE_VARS_MAX / 2 - 1));
	for (int i = 0; i < PREVIEW_PARTS; i++)
		buf_done(&b[i]);
}

TEST_MAIN(ONE(test_parts), ONE(test_inline), ONE(test_preheader), ONE(test_own_text),
	ONE(test_errors), ONE(test_variables), ONE(test_missing), ONE(test_long_names),
	ONE(test_bombs), ONE(test_many), ONE(test_layout),
	cmocka_unit_test_setup_teardown(test_layout_mistakes, test_before, end),
	cmocka_unit_test(test_check))
