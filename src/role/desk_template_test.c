#include "role/desk_template.h"
#include "role/desk_verb_scene.h"

static json_int_t
number(const json_t *j, const char *name)
{
	return json_integer_value(json_object_get(j, name));
}

#define ORDER                                                                                  \
	"{\"account\":\"shop\",\"name\":\"Order\",\"subject\":\"Order {{id}}\","               \
	"\"from\":{\"email\":\"a@shop.test\",\"name\":\"Shop\"},\"html\":\"<p>{{id}}</p>\"}"

static void
test_checks(void **unused)
{
	static const struct {
		const char *name, *body, *says;
	} rows[] = {
		{ "no account", "{\"name\":\"a\"}", "account" },
		{ "no name", "{\"account\":\"shop\"}", "name" },
		{ "dialect", "{\"account\":\"shop\",\"name\":\"a\",\"dialect\":\"jinja\"}",
			"dialect" },
		{ "no text", "{\"account\":\"shop\",\"name\":\"a\",\"html\":1}", "html" },
		{ "control characters",
			"{\"account\":\"shop\",\"name\":\"a\",\"html\":\"\\u0001\"}",
			"control" },
		{ "two lines", "{\"account\":\"shop\",\"name\":\"a\",\"subject\":\"a\\nb\"}",
			"one line" },
		{ "from", "{\"account\":\"shop\",\"name\":\"a\",\"from\":\"a@b\"}", "from" },
		{ "from email", "{\"account\":\"shop\",\"name\":\"a\",\"from\":{\"email\":1}}",
			"from.email" },
		{ "stream", "{\"account\":\"shop\",\"name\":\"a\",\"stream\":\"x\"}",
			"stream" },
		{ "language", "{\"account\":\"shop\",\"name\":\"a\",\"language\":\"fr;\"}",
			"language" },
	};

	(void)unused;
	TEST_EACH(row, rows)
	{
		json_t *j = ask_text("templates.add", row->body, 400);

		assert_non_null(strstr(text(j, "error"), row->says));
		json_decref(j);
	}
	json_decref(ask_text("templates.add", "{\"account\":\"nobody\",\"name\":\"a\"}", 404));
	json_decref(ask_text("templates.add", ORDER, 200));
	json_decref(ask_text("templates.add", ORDER, 409));
}

static void
test_life(void **unused)
{
	json_t *j = ask_text("templates.put", ORDER, 200);
	char id[60];

	(void)unused;
	snprintf(id, sizeof id, "%s", text(j, "id"));
	assert_true(str_starts(str_z(id), STR_LIT("tpl_")));
	assert_string_equal(text(j, "dialect"), "handlebars");
	assert_true(json_is_null(json_object_get(j, "published")));
	assert_string_equal(text(json_object_get(j, "from"), "name"), "Shop");
	json_decref(j);
	/* By id and by name; what is not named stays. */
	j = ask("templates.set",
		json_pack("{s:i,s:s,s:s}", "tenant", 1, "template", id, "text", "{{id}}"), 200);
	assert_string_equal(text(j, "html"), "<p>{{id}}</p>");
	assert_false(changed);
	json_decref(j);
	j = ask("templates.publish", json_pack("{s:i,s:s}", "tenant", 1, "template", "Order"),
		200);
	/* Edges are told: mail is written from it. */
	assert_true(changed);
	assert_int_equal(number(j, "version"), 1);
	assert_int_equal(number(j, "published"), 1);
	json_decref(j);
	j = ask_text("templates.put",
		"{\"account\":\"shop\",\"name\":\"Order\",\"html\":\"two\"}", 200);
	assert_string_equal(text(j, "id"), id);
	assert_true(json_is_true(json_object_get(j, "changed")));
	assert_false(changed);
	json_decref(j);
	/* Mail may name it. */
	json_decref(ask("templates.set",
		json_pack("{s:i,s:s,s:s}", "tenant", 1, "template", id, "name", "Orders"),
		200));
	assert_true(changed);
	j = ask("templates.get",
		json_pack("{s:i,s:s,s:s}", "tenant", 1, "template", id, "version", "published"),
		200);
	assert_string_equal(text(j, "html"), "<p>{{id}}</p>");
	json_decref(j);
	json_decref(ask(
		"templates.publish", json_pack("{s:i,s:s}", "tenant", 1, "template", id), 200));
	j = ask("templates.publish",
		json_pack("{s:i,s:s,s:i}", "tenant", 1, "template", id, "version", 1), 200);
	assert_int_equal(number(j, "published"), 1);
	assert_int_equal(number(j, "versions"), 2);
	json_decref(j);
	j = ask("templates.versions", json_pack("{s:i,s:s}", "tenant", 1, "template", id), 200);
	assert_int_equal(json_array_size(json_object_get(j, "versions")), 2);
	assert_null(json_object_get(json_array_get(json_object_get(j, "versions"), 0), "html"));
	json_decref(j);
	j = ask("templates.unpublish", json_pack("{s:i,s:s}", "tenant", 1, "template", id),
		200);
	assert_true(json_is_null(json_object_get(j, "published")));
	assert_int_equal(number(j, "versions"), 2);
	json_decref(j);
	j = ask("templates.list", json_pack("{s:i}", "tenant", 1), 200);
	assert_int_equal(json_array_size(json_object_get(j, "templates")), 1);
	json_decref(j);
	json_decref(ask(
		"templates.remove", json_pack("{s:i,s:s}", "tenant", 1, "template", id), 200));
	assert_true(changed);
	json_decref(
		ask("templates.get", json_pack("{s:i,s:s}", "tenant", 1, "template", id), 404));
}

/* What each mail has needs no values: neither is it missing, nor is anything there that a mail
 * has not. */
static void
test_what_mails_have(void **unused)
{
	static const struct {
		const char *name, *body, *html; /* NULL: a mistake */
	} rows[] = {
		{ "the page", "\"html\":\"{{unsubscribe_url}}\"", "#unsubscribe" },
		{ "one's own",
			"\"html\":\"{{unsubscribe_url}}\",\"vars\":{"
			"\"unsubscribe_url\":\"x\"}",
			"x" },
		{ "SendGrid's names",
			"\"html\":\"{{{unsubscribe}}} {{unsubscribe_preferences}}\"",
			"#unsubscribe #unsubscribe" },
		{ "Mailjet's names",
			"\"dialect\":\"mailjet\",\"from\":{\"email\":\"a@b.test\"},"
			"\"contact\":{\"email\":\"ann@x.test\"},\"html\":\"{{mj:unsub_link}} "
			"{{mj:unsub_link_fr}} {{mj:contact.domain}} {{mj:sender.local_part}}\"",
			"#unsubscribe #unsubscribe x.test a" },
		{ "the message as a page",
			"\"dialect\":\"mailjet\",\"html\":\"{{mj:permalink}} "
			"{{mj:share_twitter}} {{mj:share_google}} {{mj:share_facebook}} "
			"{{mj:share_linkedin}}\"",
			"#web #web #web #web #web" },
		{ "no such value", "\"dialect\":\"mailjet\",\"html\":\"{{mj:share_x}}\"",
			NULL },
	};
	json_t *j;

	(void)unused;
	TEST_EACH(row, rows)
	{
		const json_t *errors;
		char body[600];

		snprintf(body, sizeof body, "{\"account\":\"shop\",%s}", row->body);
		j = ask_text("templates.render", body, 200);
		errors = json_object_get(j, "errors");
		if (row->html)
			assert_string_equal(text(j, "html"), row->html);
		assert_int_equal(json_array_size(errors), row->html ? 0 : 1);
		assert_int_equal(json_array_size(json_object_get(j, "warnings")), 0);
		assert_int_equal(
			json_object_size(json_object_get(json_object_get(j, "sample"), "vars")),
			0);
		json_decref(j);
	}
	json_decref(ask_text("templates.put",
		"{\"account\":\"shop\",\"name\":\"M\",\"dialect\":\"mailjet\","
		"\"html\":\"{{mj:template.ID}} {{mj:template.name}}\"}",
		200));
	j = ask_text("templates.render", "{\"account\":\"shop\",\"template\":\"M\"}", 200);
	assert_memory_equal(text(j, "html"), "tpl_", 4);
	assert_non_null(strstr(text(j, "html"), " M"));
	json_decref(j);
}

/* What would be an error in every mail is not published. */
static void
test_publish_checks(void **unused)
{
	json_t *j;

	(void)unused;
	json_decref(ask_text("templates.put",
		"{\"account\":\"shop\",\"name\":\"Bad\",\"subject\":\"x\"}", 200));
	j = ask_text("templates.publish", "{\"account\":\"shop\",\"template\":\"Bad\"}", 400);
	assert_non_null(strstr(text(j, "error"), "nothing to send"));
	json_decref(j);
	json_decref(ask_text("templates.put",
		"{\"account\":\"shop\",\"name\":\"Bad\",\"text\":\"a\\n{{#if x}}\"}", 200));
	j = ask_text("templates.publish", "{\"account\":\"shop\",\"template\":\"Bad\"}", 400);
	assert_non_null(strstr(text(j, "error"), "text 2:1"));
	json_decref(j);
	json_decref(ask_text("templates.publish",
		"{\"account\":\"shop\",\"template\":\"Bad\",\"version\":0}", 400));
	json_decref(ask_text("templates.publish",
		"{\"account\":\"shop\",\"template\":\"Bad\",\"version\":1}", 404));
}

static void
test_other_account(void **unused)
{
	static const char *const verbs[] = { "templates.get", "templates.set",
		"templates.remove", "templates.versions", "templates.publish",
		"templates.unpublish", "templates.render", "templates.test", "templates.values",
		"templates.values_set", "templates.values_remove" };
	json_t *j = ask_text("templates.put", ORDER, 200);

	(void)unused;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		json_decref(ask(verbs[i],
			json_pack("{s:i,s:s,s:s}", "tenant", 2, "template", text(j, "id"),
				"name", "x"),
			404));
		json_decref(ask(verbs[i],
			json_pack("{s:i,s:s,s:s}", "tenant", 2, "template",
				"tpl_aaaaaaaaaaaaaaaaaaaaaaaaaa", "name", "x"),
			404));
		json_decref(ask(verbs[i], json_pack("{s:s}", "template", text(j, "id")), 400));
	}
	json_decref(j);
}

static void
test_values_and_render(void **unused)
{
	json_t *j;

	(void)unused;
	json_decref(ask_text("templates.put", ORDER, 200));
	j = ask_text("templates.values_set",
		"{\"account\":\"shop\",\"template\":\"Order\",\"name\":\"ann\",\"vars\":{"
		"\"id\":1,"
		"\"x\":2},\"contact\":{\"city\":\"Lyon\"}}",
		200);
	assert_int_equal(number(json_object_get(j, "vars"), "id"), 1);
	json_decref(j);
	j = ask_text("templates.values", "{\"account\":\"shop\",\"template\":\"Order\"}", 200);
	assert_int_equal(json_array_size(json_object_get(j, "values")), 1);
	json_decref(j);
	/* The set, and what is given on top. */
	j = ask_text("templates.render",
		"{\"account\":\"shop\",\"template\":\"Order\",\"values\":\"ann\"}", 200);
	assert_string_equal(text(j, "subject"), "Order 1");
	assert_string_equal(text(j, "html"), "<p>1</p>");
	assert_string_equal(text(j, "text"), "1\n");
	assert_true(json_array_size(json_object_get(j, "advice")) > 0);
	json_decref(j);
	j = ask_text("templates.render",
		"{\"account\":\"shop\",\"template\":\"Order\",\"values\":\"ann\",\"vars\":{"
		"\"id\":7},"
		"\"html\":\"<b>{{id}} {{x}}</b>\"}",
		200);
	assert_string_equal(text(j, "html"), "<b>7 2</b>");
	json_decref(j);
	/* Nothing of it is stored; without a template. */
	j = ask_text("templates.get", "{\"account\":\"shop\",\"template\":\"Order\"}", 200);
	assert_string_equal(text(j, "html"), "<p>{{id}}</p>");
	json_decref(j);
	j = ask_text("templates.render",
		"{\"account\":\"shop\",\"dialect\":\"mailjet\",\"subject\":\"{{mj:contact."
		"email}}\","
		"\"text\":\"{{data:city}} "
		"{{var:a}}\",\"contact\":{\"city\":\"Paris\",\"email\":"
		"\"a@b.test\"}}",
		200);
	assert_string_equal(text(j, "subject"), "a@b.test");
	assert_true(json_is_null(json_object_get(j, "text")));
	assert_int_equal(json_array_size(json_object_get(j, "errors")), 1);
	json_decref(j);
	json_decref(ask_text("templates.render",
		"{\"account\":\"shop\",\"template\":\"Order\",\"values\":\"bob\"}", 404));
	json_decref(
		ask_text("templates.render", "{\"account\":\"shop\",\"values\":\"ann\"}", 400));
	json_decref(ask_text("templates.render", "{\"account\":\"shop\",\"vars\":[]}", 400));
	json_decref(ask_text("templates.render",
		"{\"account\":\"shop\",\"template\":\"Order\",\"version\":\"published\"}",
		404));
}

static void
html_is(const char *body, const char *want)
{
	json_t *j = ask_text("templates.render", body, 200);

	assert_string_equal(text(j, "html"), want);
	json_decref(j);
}

static void
refused(const char *verb, const char *body, const char *says)
{
	json_t *j = ask_text(verb, body, 400);

	assert_non_null(strstr(text(j, "error"), says));
	json_decref(j);
}

#define OF(name, more) "{\"account\":\"shop\"," name more "}"
#define MAIN           "\"name\":\"Main\","
#define ABOUT_MAIN     "\"template\":\"Main\""
#define ABOUT_ORDER    "\"template\":\"Order\",\"vars\":{\"id\":1}"

/* What has a layout follows it, and what would not compile with it is told before. */
static void
test_publish_layout(void **unused)
{
#define ABOUT(name) "{\"account\":\"shop\",\"template\":\"" name "\""
#define DEEP5(x)                                                                               \
	"{{#if a}}{{#if a}}{{#if a}}{{#if a}}{{#if a}}" x "{{/if}}{{/if}}{{/if}}{{/if}}{{/"    \
	"if}}"
#define DEEP25(x) DEEP5(DEEP5(DEEP5(DEEP5(DEEP5(x)))))
	json_t *j;

	(void)unused;
	json_decref(ask_text("templates.add",
		"{\"account\":\"shop\",\"name\":\"Main\",\"html\":\"<a>{{{@content}}}</a>\"}",
		200));
	j = ask_text("templates.publish_layout", ABOUT("Main") "}", 200);
	assert_true(changed);
	assert_int_equal(number(j, "version"), 1);
	json_decref(j);
	json_decref(ask_text("templates.add",
		"{\"account\":\"shop\",\"name\":\"Order\",\"layout\":\"Main\",\"html\":"
		"\"" DEEP25("x") "\"}",
		200));
	json_decref(ask_text("templates.publish", ABOUT("Order") "}", 200));
	j = ask_text("templates.try_layout",
		ABOUT("Main") ",\"html\":\"<b>{{{@content}}}</b>\"}", 200);
	assert_int_equal(number(j, "templates"), 1);
	json_decref(j);
	j = ask_text("templates.try_layout",
		ABOUT("Main") ",\"html\":\"" DEEP25("{{#if b}}{{{@content}}}{{/if}}") "\"}",
		400);
	assert_non_null(strstr(text(j, "error"), "\"Order\" has this layout"));
	json_decref(j);
	json_decref(ask_text("templates.set",
		ABOUT("Main") ",\"html\":\"" DEEP25("{{#if b}}{{{@content}}}{{/if}}") "\"}",
		200));
	json_decref(ask_text("templates.publish_layout", ABOUT("Main") "}", 400));
	json_decref(ask_text(
		"templates.set", ABOUT("Main") ",\"html\":\"<b>{{{@content}}}</b>\"}", 200));
	json_decref(ask_text("templates.publish_layout", ABOUT("Main") "}", 200));
	j = ask_text("templates.get", ABOUT("Order") ",\"version\":\"published\"}", 200);
	assert_int_equal(number(j, "version"), 2);
	assert_int_equal(number(j, "layout_version"), 2);
	json_decref(j);
	json_decref(ask_text("templates.publish_layout",
		"{\"account\":\"other\",\"template\":\"Main\"}", 404));
}

/* The layout's published texts go around the draft's; a version keeps what it was published
 * with. */
static void
test_layouts(void **unused)
{
	json_t *j;

	(void)unused;
	json_decref(
		ask_text("templates.put", OF(MAIN, "\"html\":\"<a>{{{@content}}}</a>\""), 200));
	json_decref(ask_text("templates.put", ORDER, 200));
	refused("templates.set", OF(ABOUT_ORDER, ",\"layout\":\"Nobody\""), "layout");
	refused("templates.set", OF(ABOUT_ORDER, ",\"layout\":\"Order\""), "its own layout");
	j = ask_text("templates.set", OF(ABOUT_ORDER, ",\"layout\":\"Main\""), 200);
	assert_string_equal(text(j, "layout"), "Main");
	assert_true(json_is_null(json_object_get(j, "layout_version")));
	json_decref(j);
	refused("templates.set", OF(ABOUT_MAIN, ",\"layout\":\"Order\""), "no layout itself");
	html_is(OF(ABOUT_ORDER, ""), "<a><p>1</p></a>");
	html_is(OF(ABOUT_ORDER, ",\"layout\":null"), "<p>1</p>");
	refused("templates.publish", OF(ABOUT_ORDER, ""), "not published");
	json_decref(ask_text("templates.publish", OF(ABOUT_MAIN, ""), 200));
	j = ask_text("templates.publish", OF(ABOUT_ORDER, ""), 200);
	assert_int_equal(number(j, "layout_version"), 1);
	assert_string_equal(text(j, "html"), "<p>{{id}}</p>");
	json_decref(j);
	json_decref(
		ask_text("templates.put", OF(MAIN, "\"html\":\"<b>{{{@content}}}</b>\""), 200));
	html_is(OF(ABOUT_ORDER, ""), "<a><p>1</p></a>");
	json_decref(ask_text("templates.publish", OF(ABOUT_MAIN, ""), 200));
	html_is(OF(ABOUT_ORDER, ""), "<b><p>1</p></b>");
	html_is(OF(ABOUT_ORDER, ",\"version\":1"), "<a><p>1</p></a>");
	refused("templates.remove", OF(ABOUT_MAIN, ""), "the layout of 1 other");
	/* A layout without a place, and one of another language. */
	json_decref(ask_text("templates.put", OF(MAIN, "\"html\":\"<b></b>\""), 200));
	json_decref(ask_text("templates.publish", OF(ABOUT_MAIN, ""), 200));
	refused("templates.publish", OF(ABOUT_ORDER, ""), "(in the layout)");
	refused("templates.render", OF(ABOUT_ORDER, ",\"dialect\":\"mailjet\""),
		"written in handlebars");
}

/* The mail of a test: for testers alone, as the draft is now, or not at all. */
static void
test_testers(void **unused)
{
	json_t *j;

	(void)unused;
	json_decref(ask_text("templates.put", ORDER, 200));
	refused("templates.test", OF(ABOUT_ORDER, ""), "no testers");
	refused("testers.add", OF("\"address\":\"ann\"", ""), "mailbox");
	j = ask_text(
		"testers.add", OF("\"address\":\" ann@x.test\"", ",\"name\":\"Ann\""), 200);
	assert_string_equal(text(j, "address"), "ann@x.test");
	json_decref(j);
	json_decref(ask_text("testers.add", OF("\"address\":\"ben@x.test\"", ""), 200));
	j = ask_text("testers.list", OF("\"x\":1", ""), 200);
	assert_int_equal(json_array_size(json_object_get(j, "testers")), 2);
	json_decref(j);
	j = ask_text("templates.test", OF(ABOUT_ORDER, ""), 200);
	assert_string_equal(text(j, "subject"), "Order 1");
	assert_string_equal(text(j, "html"), "<p>1</p>");
	assert_string_equal(text(json_object_get(j, "from"), "email"), "a@shop.test");
	assert_int_equal(json_array_size(json_object_get(j, "to")), 2);
	assert_null(json_object_get(j, "text"));
	json_decref(j);
	/* What the question says instead of the template is not sent. */
	j = ask_text("templates.test",
		OF(ABOUT_ORDER, ",\"to\":[\"BEN@x.test\",\"ben@x.test\"],\"html\":\"other\""),
		200);
	assert_string_equal(text(j, "html"), "<p>1</p>");
	assert_int_equal(json_array_size(json_object_get(j, "to")), 1);
	assert_string_equal(
		text(json_array_get(json_object_get(j, "to"), 0), "email"), "ben@x.test");
	json_decref(j);
	refused("templates.test", OF(ABOUT_ORDER, ",\"to\":\"carl@x.test\""), "no tester");
	refused("templates.test", OF(ABOUT_ORDER, ",\"to\":7"), "to");
	refused("templates.test", OF(ABOUT_ORDER, ",\"to\":[]"), "names nobody");
	json_decref(ask_text("templates.set", OF(ABOUT_ORDER, ",\"html\":\"a\\n{{#if\""), 200));
	refused("templates.test", OF(ABOUT_ORDER, ""), "html 2:");
	json_decref(ask_text(
		"templates.set", OF(ABOUT_ORDER, ",\"html\":\"a\",\"from\":null"), 200));
	refused("templates.test", OF(ABOUT_ORDER, ""), "no sender");
	json_decref(ask_text("testers.remove", OF("\"address\":\"ann@x.test\"", ""), 200));
	json_decref(ask_text("testers.remove", OF("\"address\":\"ann@x.test\"", ""), 404));
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, two_accounts, tables_down)
TEST_MAIN(DB_TEST(test_checks), DB_TEST(test_life), DB_TEST(test_what_mails_have),
	DB_TEST(test_publish_checks), DB_TEST(test_other_account),
	DB_TEST(test_values_and_render), DB_TEST(test_layouts), DB_TEST(test_publish_layout),
	DB_TEST(test_testers))
