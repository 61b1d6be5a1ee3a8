#include "api/postmark_template.h"

#include "api/rest_scene.h"
#include "base/test.h"

static void
test_alias(void **unused)
{
	static const struct {
		const char *name, *in;
		bool good;
	} table[] = {
		{ "good", "welcome-v1.2_x", true },
		{ "capitals", "Welcome", true },
		{ "empty", "", false },
		{ "digit first", "1x", false },
		{ "blank", "a b", false },
		{ "number", "4711", false },
		{ "letter of more bytes", "\xc3\xa9t\xc3\xa9", false },
	};
	const struct control_template t = { .name = STR_LIT("welcome") };
	json_t *none = json_pack("{s:b}", "alias", 0), *empty = json_object();

	(void)unused;
	TEST_EACH(row, table)
	assert_int_equal(postmark_template_is_alias(str_z(row->in)), row->good);
	assert_str(postmark_template_alias(&t, empty), "welcome");
	assert_str(postmark_template_alias(&t, none), "");
	json_decref(none);
	json_decref(empty);
}

static void
test_template(void **unused)
{
	struct control_template t = { .id = 7,
		.tenant = 3,
		.published = 2,
		.name = STR_LIT("welcome"),
		.extra = STR_LIT("{\"name\":\"Welcome mail\",\"ours\":\"welcome\"}") };

	(void)unused;
	t.texts[TEMPLATE_SUBJECT] = STR_LIT("s");
	t.texts[TEMPLATE_BODY_HTML] = STR_LIT("<p>");
	t.texts[TEMPLATE_BODY_TEXT] = STR_NONE;
	assert_true(rest_scene_is(postmark_template_full(&t),
		"{'TemplateId':7,'Name':'Welcome mail','Active':true,'Alias':'welcome',"
		"'TemplateType':'Standard','LayoutTemplate':null,'Subject':'s','HtmlBody':'<p>'"
		","
		"'TextBody':'','AssociatedServerId':3}"));
	t.extra = STR_LIT("{\"alias\":false}");
	t.published = 0;
	assert_true(rest_scene_is(postmark_template_brief(&t, false),
		"{'TemplateId':7,'Name':'welcome','Active':false,'Alias':null,'TemplateType':"
		"'Standard','LayoutTemplate':null}"));
}

static void
test_layout(void **unused)
{
	static const struct {
		const char *name;
		bool layout, body;
		const char *text, *want; /* NULL: nothing is wrong */
	} table[] = {
		{ "layout", true, true, "a {{{ @content }}} b", NULL },
		{ "no body", true, true, "", NULL },
		{ "no place", true, true, "a", "must be present exactly once" },
		{ "two", true, true, "{{{@content}}}{{{@content}}}",
			"must be present exactly once" },
		{ "standard", false, true, "{{content}}", NULL },
		{ "standard with one", false, true, "{{{@content}}}", "layouts alone" },
		{ "subject", false, false, "Hi", NULL },
		{ "subject of a layout", true, false, "{{{@content}}}", "layouts alone" },
	};
	struct control_template t = { .id = 7, .name = STR_LIT("main"), .extra = STR_NONE };

	(void)unused;
	TEST_EACH(row, table)
	{
		const char *why =
			postmark_template_misplaced(row->layout, row->body, str_z(row->text));

		assert_true(row->want ? why && strstr(why, row->want) : !why);
	}
	t.texts[TEMPLATE_BODY_HTML] = t.texts[TEMPLATE_BODY_TEXT] = STR_NONE;
	assert_false(postmark_template_is_layout(&t));
	t.texts[TEMPLATE_BODY_TEXT] = STR_LIT("{{{@content}}}");
	assert_true(postmark_template_is_layout(&t));
	assert_true(rest_scene_is(postmark_template_brief(&t, true),
		"{'TemplateId':7,'Name':'main','Active':false,'Alias':'main',"
		"'TemplateType':'Layout','LayoutTemplate':null}"));
	t.layout_name = STR_LIT("frame");
	assert_true(rest_scene_is(postmark_template_brief(&t, false),
		"{'TemplateId':7,'Name':'main','Active':false,'Alias':'main',"
		"'TemplateType':'Standard','LayoutTemplate':'frame'}"));
}

static void
test_model(void **unused)
{
	json_t *variables = json_loads(
		"{\"vars\":[{\"name\":\"name\",\"type\":\"scalar\"},{\"name\":\"vip\",\"type\":"
		"\"condition\"},{\"name\":\"company\",\"type\":\"object\",\"members\":[{"
		"\"name\":"
		"\"phone\",\"type\":\"scalar\"},{\"name\":\"city\",\"type\":\"scalar\"}]},{"
		"\"name\":\"lines\",\"type\":\"list\",\"item\":{\"type\":\"object\","
		"\"members\":[{"
		"\"name\":\"title\",\"type\":\"scalar\"}]}},{\"name\":\"tags\",\"type\":"
		"\"list\","
		"\"item\":{\"type\":\"scalar\"}}]}",
		0, NULL);
	json_t *given = json_loads(
		"{\"name\":7,\"company\":{\"city\":\"Lyon\"},\"tags\":[],\"more\":true}", 0,
		NULL);

	(void)unused;
	assert_true(rest_scene_is(postmark_template_model(variables, NULL),
		"{'name':'name_Value','vip':'vip_Value','company':{'phone':'phone_Value','city'"
		":"
		"'city_Value'},'lines':[{'title':'title_Value'}],'tags':['tags_Value']}"));
	assert_true(rest_scene_is(postmark_template_model(variables, given),
		"{'name':7,'vip':'vip_Value','company':{'phone':'phone_Value','city':'Lyon'},"
		"'lines':[{'title':'title_Value'}],'tags':[],'more':true}"));
	json_decref(variables);
	json_decref(given);
}

static void
test_validated(void **unused)
{
	json_t *got = json_loads(
		"{\"subject\":\"Hi\",\"html\":null,\"text\":\"made\",\"errors\":[{\"part\":"
		"\"html\",\"line\":2,\"column\":3,\"why\":\"no\"}]}",
		0, NULL);
	json_t *asked = json_loads(
		"{\"subject\":\"Hi\",\"HtmlBody\":\"{{\",\"TextBody\":null}", 0, NULL);

	(void)unused;
	assert_true(rest_scene_is(postmark_template_validated(got, asked, json_object()),
		"{'Subject':{'ContentIsValid':true,'ValidationErrors':[],'RenderedContent':'Hi'"
		"},"
		"'HtmlBody':{'ContentIsValid':false,'ValidationErrors':[{'Message':'no','Line':"
		"2,"
		"'CharacterPosition':3}],'RenderedContent':null},'TextBody':{'ContentIsValid':"
		"true,"
		"'ValidationErrors':[],'RenderedContent':''},'AllContentIsValid':false,"
		"'SuggestedTemplateModel':{}}"));
	json_decref(got);
	json_decref(asked);
}

/* Mistakes of the layout are told of the part; a place that is none is one. */
static void
test_validated_layout(void **unused)
{
	json_t *got = json_loads(
		"{\"subject\":\"\",\"html\":\"x\",\"text\":\"x\",\"errors\":[{\"part\":"
		"\"layout.html\",\"line\":2,\"column\":3,\"why\":\"no\"}]}",
		0, NULL);
	json_t *asked = json_loads("{\"HtmlBody\":\"{{{@content}}}\",\"TextBody\":\"x\","
				   "\"TemplateType\":\"layout\"}",
		0, NULL);
	json_t *said = postmark_template_validated(got, asked, json_object());
	json_t *html = json_object_get(said, "HtmlBody"),
	       *text = json_object_get(said, "TextBody");

	(void)unused;
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(html, "ValidationErrors"), 0),
			"Message")),
		"(in the layout) no");
	assert_true(json_is_false(json_object_get(text, "ContentIsValid")));
	assert_true(json_is_null(json_object_get(text, "RenderedContent")));
	assert_int_equal(json_array_size(json_object_get(text, "ValidationErrors")), 1);
	assert_true(json_is_false(json_object_get(said, "AllContentIsValid")));
	json_decref(said);
	json_decref(got);
	json_decref(asked);
}

TEST_MAIN(TEST(test_layout), TEST(test_validated_layout), TEST(test_alias), TEST(test_template),
	TEST(test_model), TEST(test_validated))
