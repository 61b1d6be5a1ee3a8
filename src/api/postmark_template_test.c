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
	assert_true(rest_scene_is(postmark_template_brief(&t),
		"{'TemplateId':7,'Name':'welcome','Active':true,'Alias':null,'TemplateType':"
		"'Standard','LayoutTemplate':null}"));
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

TEST_MAIN(TEST(test_alias), TEST(test_template), TEST(test_model), TEST(test_validated))
