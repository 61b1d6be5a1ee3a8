#include "send/outgoing_template.h"

#include "base/test.h"
#include "content/preheader.h"

#include <errno.h>

#define NOW INT64_C(1790000000000000)

static const struct outgoing_address ann = { { "ann@y.test", 10 }, { "Ann", 3 } };

/* A case: what the template has, what the call says, what the mail is. */
struct row {
	const char *name;
	enum template_dialect dialect;
	const char *parts[PREVIEW_PARTS];
	struct {
		const char *from, *subject, *html, *text;
		bool own, tags, first, deliver, keep, css;
		const char *vars;
	} call;
	const char *want; /* "from <address> | reply | subject | html | text", or the mistake */
};

static int
run(struct arena *a, const struct row *row, struct outgoing *o, struct str *ret_why)
{
	struct outgoing_source source = {
		.dialect = row->dialect, .id = STR_LIT("tpl_1"), .name = STR_LIT("Order")
	};
	json_t *vars = json_loads(row->call.vars ? row->call.vars : "{}", 0, NULL);
	const struct outgoing_template t = { .name = STR_NONE,
		.own = row->call.own,
		.dialect = TEMPLATE_MAILJET,
		.tags = row->call.tags,
		.subject_first = row->call.first,
		.deliver = row->call.deliver,
		.keep_text = row->call.keep,
		.inline_css = row->call.css,
		.vars = vars };
	struct outgoing_writing how = { .want = &t, .now = NOW };
	struct outgoing_mistake m = { .part = PREVIEW_PARTS };
	bool any = false;
	int err = 0;

	assert_non_null(vars);
	*o = (struct outgoing){ .from = { str_z(row->call.from ? row->call.from : ""),
					STR_NONE },
		.sender = { STR_NONE, STR_NONE },
		.to = { &ann, 1 },
		.subject = str_z(row->call.subject ? row->call.subject : ""),
		.html = str_z(row->call.html ? row->call.html : ""),
		.text = str_z(row->call.text ? row->call.text : ""),
		.about = STR_NONE };
	for (int i = 0; i < PREVIEW_PARTS; i++) {
		source.texts[i] = str_z(row->parts[i] ? row->parts[i] : "");
		any |= row->parts[i] != NULL;
	}
	how.from = any ? &source : NULL;
	if (any)
		err = outgoing_source_compile(a, &source, &m);
	if (!err || t.deliver)
		err = outgoing_template_write(a, o, &how, &m);
	*ret_why = err == -EINVAL ? outgoing_mistake_text(a, &m) : STR_NONE;
	json_decref(vars);
	return err;
}

static const struct row rows[] = {
	{ "all from the template", TEMPLATE_HANDLEBARS,
		{ "Order {{id}}", "a@{{shop}}.test", "{{shop}} & co", "r@x.test", NULL,
			"<p>{{id}} {{shop}}</p>", "{{id}} {{shop}}" },
		{ .vars = "{\"id\":7,\"shop\":\"a<b\"}", .from = "c@x.test" },
		"a<b & co <c@x.test> | r@x.test | Order 7 | <p>7 a&lt;b</p> | 7 a<b" },
	{ "its sender", TEMPLATE_HANDLEBARS,
		{ "s", "a@{{shop}}.test", "{{shop}}", NULL, NULL, NULL, "t" },
		{ .vars = "{\"shop\":\"shop\"}" }, "shop <a@shop.test> |  | s |  | t" },
	{ "a text made of the HTML", TEMPLATE_HANDLEBARS,
		{ "s", NULL, NULL, NULL, NULL, "<p>Hello {{name}}</p>", NULL },
		{ .from = "a@x.test", .vars = "{\"name\":\"Ann\"}" },
		" <a@x.test> |  | s | <p>Hello Ann</p> | Hello Ann\n" },
	{ "the call's subject goes first", TEMPLATE_HANDLEBARS,
		{ "s {{id}}", NULL, NULL, NULL, NULL, NULL, "t" },
		{ .from = "a@x.test", .subject = "{{id}}", .vars = "{\"id\":1}" },
		" <a@x.test> |  | {{id}} |  | t" },
	{ "the template's subject goes first", TEMPLATE_HANDLEBARS,
		{ "s {{id}}", NULL, NULL, NULL, NULL, NULL, "t" },
		{ .from = "a@x.test", .subject = "x", .first = true, .vars = "{\"id\":1}" },
		" <a@x.test> |  | s 1 |  | t" },
	{ "it has no subject", TEMPLATE_HANDLEBARS, { NULL, NULL, NULL, NULL, NULL, NULL, "t" },
		{ .from = "a@x.test", .subject = "x", .first = true },
		" <a@x.test> |  | x |  | t" },
	{ "its texts replace those of the call", TEMPLATE_HANDLEBARS,
		{ NULL, NULL, NULL, NULL, NULL, NULL, "t" },
		{ .from = "a@x.test", .html = "<p>old</p>", .text = "old" },
		" <a@x.test> |  |  |  | t" },
	{ "the call's text stays", TEMPLATE_HANDLEBARS,
		{ NULL, NULL, NULL, NULL, NULL, "<p>h</p>", NULL },
		{ .from = "a@x.test", .html = "<p>old</p>", .text = "own", .keep = true },
		" <a@x.test> |  |  | <p>h</p> | own" },
	{ "the template's text goes before it", TEMPLATE_HANDLEBARS,
		{ NULL, NULL, NULL, NULL, NULL, "<p>h</p>", "t" },
		{ .from = "a@x.test", .text = "own", .keep = true },
		" <a@x.test> |  |  | <p>h</p> | t" },
	{ "SendGrid's names of the page", TEMPLATE_HANDLEBARS,
		{ NULL, NULL, NULL, NULL, NULL, NULL,
			"{{{unsubscribe}}} {{unsubscribe_preferences}}" },
		{ .from = "a@x.test", .vars = "{\"unsubscribe_preferences\":\"own\"}" },
		" <a@x.test> |  |  |  | " OUTGOING_PAGE " own" },
	{ "no injection", TEMPLATE_MUSTACHIO, { "{{s}}", "{{e}}", NULL, NULL, NULL, NULL, "t" },
		{ .vars = "{\"s\":\"a\\r\\nBcc: e@x.test\",\"e\":\"a@x.test\"}" },
		" <a@x.test> |  | a  Bcc: e@x.test |  | t" },
	{ "Mailjet's own texts", TEMPLATE_MAILJET, { NULL },
		{ .from = "a@x.test",
			.subject = "{{var:id}}",
			.html = "<p>{{mj:contact.email}}</p>",
			.text = "{% if var:id == 7 %}yes{% endif %}",
			.own = true,
			.vars = "{\"id\":7}" },
		" <a@x.test> |  | 7 | <p>ann@y.test</p> | yes" },
	{ "Mailjet's stored one", TEMPLATE_MAILJET,
		{ "{{mj:template.name}}", NULL, NULL, NULL, NULL, NULL, "{{var:id}}" },
		{ .from = "a@x.test",
			.subject = "{{var:id}}!",
			.text = "gone",
			.own = true,
			.vars = "{\"id\":7}" },
		" <a@x.test> |  | 7! |  | 7" },
	{ "CSS in the elements, of values too", TEMPLATE_HANDLEBARS,
		{ NULL, NULL, NULL, NULL, NULL, "<style>p{color:{{c}}}</style><p>h</p>", "t" },
		{ .from = "a@x.test", .vars = "{\"c\":\"red\"}", .css = true },
		" <a@x.test> |  |  | <p style=\"color:red\">h</p> | t" },
	{ "sources stay as they are", TEMPLATE_HANDLEBARS,
		{ NULL, NULL, NULL, NULL, NULL, "<style>p{a:b}</style><p>{{#x}}", "t" },
		{ .from = "a@x.test", .deliver = true, .css = true },
		" <a@x.test> |  |  | <style>p{a:b}</style><p>{{#x}} | t" },
	{ "a page to unsubscribe", TEMPLATE_HANDLEBARS,
		{ NULL, NULL, NULL, NULL, NULL, NULL, "{{unsubscribe_url}}" },
		{ .from = "a@x.test" }, " <a@x.test> |  |  |  | " OUTGOING_PAGE },
	{ "a page of their own", TEMPLATE_HANDLEBARS,
		{ NULL, NULL, NULL, NULL, NULL, NULL, "{{unsubscribe_url}}" },
		{ .from = "a@x.test", .vars = "{\"unsubscribe_url\":\"http://x\"}" },
		" <a@x.test> |  |  |  | http://x" },
	{ "blanks around them", TEMPLATE_HANDLEBARS,
		{ "s", " {{a}}\n", NULL, " {{a}} ", NULL, NULL, "t" },
		{ .vars = "{\"a\":\"a@x.test\"}" }, " <a@x.test> | a@x.test | s |  | t" },
	{ "a mistake", TEMPLATE_MAILJET,
		{ "s", NULL, NULL, NULL, NULL, "a\n{{var:gone}}", NULL },
		{ .from = "a@x.test" }, "html 2:3: No value for \"var:gone\"" },
	{ "a mistake in the call's own", TEMPLATE_MAILJET, { NULL },
		{ .from = "a@x.test", .text = "{% if %}", .own = true }, "text 1:" },
	{ "delivered as it is", TEMPLATE_MAILJET,
		{ "s", NULL, NULL, NULL, NULL, "a {{var:gone}}", NULL },
		{ .from = "a@x.test", .deliver = true },
		" <a@x.test> |  | s | a {{var:gone}} | a {{var:gone}}\n" },
	{ "a stored one delivered though it is no template", TEMPLATE_MAILJET,
		{ "s", NULL, NULL, NULL, NULL, NULL, "{% if %}" },
		{ .from = "a@x.test", .deliver = true }, " <a@x.test> |  | s |  | {% if %}" },
	{ "delivered though it is no template", TEMPLATE_MAILJET, { NULL },
		{ .from = "a@x.test", .text = "{% if %}", .own = true, .deliver = true },
		" <a@x.test> |  |  |  | {% if %}" },
	{ "no sender", TEMPLATE_HANDLEBARS, { "s", NULL, NULL, NULL, NULL, NULL, "t" },
		{ .from = NULL },
		"from_email: The mail has no sender: neither the call nor the template names "
		"one." },
	{ "a sender that is none", TEMPLATE_HANDLEBARS,
		{ "s", "{{a}}", NULL, NULL, NULL, NULL, "t" }, { .vars = "{\"a\":\"x\"}" },
		"from_email: This is no e-mail address." },
	{ "nothing left", TEMPLATE_HANDLEBARS,
		{ "s", NULL, NULL, NULL, NULL, NULL, "{{#if a}}x{{/if}}" },
		{ .from = "a@x.test" },
		"html: Nothing is left of the mail: it has no html and no text." },
};

static void
test_write(void **state)
{
	(void)state;
	TEST_EACH(row, rows)
	{
		struct outgoing o;
		struct arena a;
		struct str why, got;
		int err;

		arena_init(&a, 8u << 20);
		err = run(&a, row, &o, &why);
		assert_true(err == 0 || err == -EINVAL);
		got = arena_printf(&a, "%.*s <%.*s> | %.*s | %.*s | %.*s | %.*s",
			STR_ARG(o.from.name), STR_ARG(o.from.email),
			o.reply_to.n ? (int)o.reply_to.at[0].email.n : 0,
			o.reply_to.n ? o.reply_to.at[0].email.p : "", STR_ARG(o.subject),
			STR_ARG(o.html), STR_ARG(o.text));
		assert_int_equal(o.own_page, strstr(row->want, OUTGOING_PAGE) != NULL);
		if (err)
			assert_true(str_starts(why, str_z(row->want)));
		else
			assert_str(got, row->want);
		arena_done(&a);
	}
}

/* It is in the HTML as previews show it, and not in the text that is made of it. */
static void
test_preheader(void **state)
{
	static const struct row row = { "", TEMPLATE_HANDLEBARS,
		{ "s", NULL, NULL, NULL, " Look, {{name}} ", "<body><p>x</p>", NULL },
		{ .from = "a@x.test", .vars = "{\"name\":\"A&B\"}" }, NULL };
	struct outgoing o;
	struct arena a;
	struct str why;
	struct buf want;

	(void)state;
	arena_init(&a, 8u << 20);
	buf_init(&want, 1u << 16);
	assert_int_equal(run(&a, &row, &o, &why), 0);
	assert_int_equal(
		preheader_put(&want, STR_LIT("<body><p>x</p>"), STR_LIT("Look, A&B")), 0);
	assert_true(str_find_str(o.html, STR_LIT(">Look, A&amp;B<")) < o.html.n);
	assert_true(str_eq(o.html, buf_str(&want)));
	assert_str(o.text, "x\n");
	buf_done(&want);
	arena_done(&a);
}

/* A mistake leaves the message as it was. */
static void
test_untouched(void **state)
{
	static const struct row row = { "", TEMPLATE_HANDLEBARS,
		{ "new", "a@x.test", NULL, NULL, NULL, "{{#each a}}{{/each}}", NULL },
		{ .subject = "old", .first = true }, NULL };
	struct outgoing o;
	struct arena a;
	struct str why;

	(void)state;
	arena_init(&a, 8u << 20);
	assert_int_equal(run(&a, &row, &o, &why), -EINVAL);
	assert_str(o.subject, "old");
	assert_int_equal(o.from.email.n, 0);
	arena_done(&a);
}

static void
test_probe(void **state)
{
	struct outgoing o = { .from = { STR_NONE, STR_LIT("Shop") },
		.sender = { STR_NONE, STR_NONE },
		.to = { &ann, 1 },
		.subject = STR_NONE,
		.text = STR_NONE,
		.html = STR_NONE };
	const struct outgoing_limits limits = {
		.recipients = 1, .needs_subject = true, .needs_to = true, .bytes = 100
	};
	struct outgoing_problems found = { .n = 0 };
	struct outgoing probe = outgoing_template_probe(&o);

	(void)state;
	assert_false(outgoing_check(&o, &limits, NOW, &found));
	assert_true(outgoing_check(&probe, &limits, NOW, &found));
	o.to.n = 0;
	probe = outgoing_template_probe(&o);
	assert_false(outgoing_check(&probe, &limits, NOW, &found));
}

static void
test_about(void **state)
{
	static const struct {
		const char *name, *about, *want;
	} table[] = {
		{ "none", "", "{\"template\":\"tpl_1\"}" },
		{ "some", "{\"a\":1}", "{\"a\":1,\"template\":\"tpl_1\"}" },
	};
	struct outgoing o = { .about = STR_NONE };
	struct arena a;

	(void)state;
	arena_init(&a, 100000);
	TEST_EACH(row, table)
	{
		o.about = str_z(row->about);
		assert_int_equal(outgoing_template_about(&a, &o, STR_LIT("tpl_1")), 0);
		assert_str(o.about, row->want);
	}
	o.about = (struct str){ arena_alloc(&a, OUTGOING_ABOUT_MAX), OUTGOING_ABOUT_MAX - 5 };
	assert_int_equal(outgoing_template_about(&a, &o, STR_LIT("tpl_1")), -E2BIG);
	arena_done(&a);
}

/* What is kept of a message's values. */
static void
test_values(void **state)
{
	const struct outgoing_address both[2] = { { STR_LIT("a\"b@x.test"), STR_LIT("Ann É") },
		ann };
	static const struct {
		const char *name;
		size_t to, cc;
		const char *vars, *want;
	} table[] = {
		{ "one recipient", 1, 0, "{\"n\":1.5,\"l\":[1,{\"a\":null}]}",
			"{\"vars\":{\"n\":1.5,\"l\":[1,{\"a\":null}]},\"contact\":{\"email\":"
			"\"a\\\"b@x.test\",\"name\":\"Ann É\"}}" },
		{ "several", 2, 0, "{\"a\":\"\\u0001\"}",
			"{\"vars\":{\"a\":\"\\u0001\"},\"contact\":{}}" },
		{ "a copy", 1, 1, "{}", "{\"vars\":{},\"contact\":{}}" },
		{ "no values", 2, 0, NULL, "{\"vars\":{},\"contact\":{}}" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		json_t *vars = row->vars ? json_loads(row->vars, 0, NULL) : NULL;
		const struct outgoing o = { .to = { both, row->to }, .cc = { both, row->cc } };
		const struct outgoing_template want = { .vars = vars };

		/* With room for it, and one byte less. */
		for (size_t less = 0; less < 2; less++) {
			struct buf b;

			buf_init(&b, 1 + strlen(row->want) - less);
			assert_int_equal(buf_put_c(&b, '>'), 0);
			assert_int_equal(outgoing_template_values(&b, &o, &want, NULL),
				less ? -E2BIG : 0);
			assert_str(str_from(buf_str(&b), 1), less ? "" : row->want);
			buf_done(&b);
		}
		json_decref(vars);
	}
}

/* Without compiling it: rather once too often. */
static void
test_reads_contact(void **state)
{
	static const struct {
		const char *name, *source;
		enum template_dialect dialect;
		bool reads;
	} table[] = {
		{ "printed", "a {{data:x}}", TEMPLATE_MAILJET, true },
		{ "a tag alone", "[[data:x:\"\"]]", TEMPLATE_MAILJET_TAGS, true },
		{ "in a condition", "{% if data:x == 1 %}", TEMPLATE_MAILJET, true },
		{ "in a function", "{{Upper(data:x)}}", TEMPLATE_MAILJET, true },
		{ "his name", "{{mj:contact.name}}", TEMPLATE_MAILJET, true },
		{ "his address", "{{mj:contact.email}}", TEMPLATE_MAILJET, false },
		{ "behind an image", "<img src='data:a'>{{data:x}}", TEMPLATE_MAILJET, true },
		{ "an image", "<img src=\"data:image/png\">", TEMPLATE_MAILJET, false },
		{ "a word", "metadata: x", TEMPLATE_MAILJET, false },
		{ "nothing", "", TEMPLATE_MAILJET, false },
		{ "another language", "{{data:x}}", TEMPLATE_HANDLEBARS, false },
	};

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(
		outgoing_template_reads_contact(row->dialect, str_z(row->source)), row->reads);
}

TEST_MAIN(TEST(test_reads_contact), TEST(test_write), TEST(test_preheader),
	TEST(test_untouched), TEST(test_probe), TEST(test_about), TEST(test_values))
