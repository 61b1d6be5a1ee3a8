#include "api/mailjet_template.h"

#include "api/rest_scene.h"
#include "base/test.h"

#include <errno.h>

static void
test_from(void **unused)
{
	static const struct {
		const char *name, *in, *who, *email;
	} table[] = {
		{ "both", "Boutique <a@shop.test>", "Boutique", "a@shop.test" },
		{ "quoted", "\"Ann, U.\" <a@d.test>", "Ann, U.", "a@d.test" },
		{ "address", " a@d.test ", "", "a@d.test" },
		{ "brackets", "<a@d.test>", "", "a@d.test" },
		{ "tags", "{{var:n}} <{{var:e}}>", "{{var:n}}", "{{var:e}}" },
		{ "open", "Ann <a@d.test", "", "Ann <a@d.test" },
		{ "empty", "", "", "" },
	};

	(void)unused;
	TEST_EACH(row, table)
	{
		struct str who, email;

		mailjet_template_from(str_z(row->in), &who, &email);
		assert_str(who, row->who);
		assert_str(email, row->email);
	}
}

static json_t *
json(const char *text)
{
	char copy[2000];
	json_t *j;

	assert_int_equal(str_copy_z(copy, sizeof copy, str_z(text)), 0);
	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	j = json_loads(copy, 0, NULL);
	assert_non_null(j);
	return j;
}

static void
test_take(void **unused)
{
	static const struct {
		const char *name, *asked;
		bool all;
		int err;
		const char *content, *extra, *wrong;
	} table[] = {
		{ "nothing, PUT", "{}", false, 0, "{}", "{'Headers':{'X-A':'1'}}", "" },
		{ "nothing, POST", "{}", true, 0,
			"{'html':'','text':'','mjml':'','subject':'','reply_to':'','from':{'"
			"name':'','email':''}}",
			"{}", "" },
		{ "a part", "{'html-PART':'x'}", false, 0, "{'html':'x'}",
			"{'Headers':{'X-A':'1'}}", "" },
		{ "null", "{'Text-part':null}", false, 0, "{'text':''}",
			"{'Headers':{'X-A':'1'}}", "" },
		{ "fields", "{'Headers':{'subject':'s','From':'A <a@b>','X-B':'2'}}", false, 0,
			"{'subject':'s','from':{'name':'A','email':'a@b'}}",
			"{'Headers':{'X-A':'1','X-B':'2'}}", "" },
		{ "sender", "{'Headers':{'SenderName':'A','SenderEmail':'a@b'}}", false, 0,
			"{'from':{'name':'A','email':'a@b'}}", "{'Headers':{'X-A':'1'}}", "" },
		{ "MJML", "{'MJMLContent':{'tagName':'mjml'}}", false, 0,
			"{'mjml':'{\\\"tagName\\\":\\\"mjml\\\"}'}", "{'Headers':{'X-A':'1'}}",
			"" },
		{ "a number", "{'Html-part':7}", false, -EINVAL, "", "", "Html-part" },
		{ "fields in a list", "{'Headers':[]}", false, -EINVAL, "", "", "Headers" },
		{ "a field of numbers", "{'Headers':{'X-A':1}}", false, -EINVAL, "", "",
			"Headers" },
	};

	(void)unused;
	TEST_EACH(row, table)
	{
		json_t *asked = json(row->asked), *content = json_object(),
		       *extra = json("{'Headers':{'X-A':'1'}}");
		const char *wrong = "";

		assert_int_equal(mailjet_template_take(content, extra, asked, row->all, &wrong),
			row->err);
		if (row->err) {
			assert_string_equal(wrong, row->wrong);
		} else {
			json_t *want = json(row->content), *kept = json(row->extra);

			assert_true(json_equal(content, want));
			assert_true(json_equal(extra, kept));
			json_decref(want);
			json_decref(kept);
		}
		json_decref(asked);
		json_decref(content);
		json_decref(extra);
	}
}

static void
test_resource(void **unused)
{
	struct control_template t = { .id = 7,
		.name = STR_LIT("Order 2"),
		.extra = STR_LIT("{\"name\":\"Order\",\"ours\":\"Order 2\",\"EditMode\":4,"
				 "\"Purposes\":[\"a\"]}") };
	json_t *extra = json("{}"), *asked = json("{'author':'Ann','IsStarred':true}");
	const char *wrong = "";

	(void)unused;
	t.texts[TEMPLATE_LANGUAGE] = STR_LIT("en-GB");
	assert_true(rest_scene_is(mailjet_template_row(&t, 3),
		"{'ID':7,'Locale':'en_GB','Name':'Order','OwnerId':3,'Previews':[],'Author':'',"
		"'Categories':[],'Copyright':'','Description':'','EditMode':4,'IsStarred':"
		"false,"
		"'IsTextPartGenerationEnabled':true,'OwnerType':'apikey','Presets':'','"
		"Purposes':"
		"['a']}"));
	/* Renamed here. */
	t.name = STR_LIT("Bestellung");
	t.texts[TEMPLATE_LANGUAGE] = STR_NONE;
	t.extra = STR_LIT("{\"name\":\"Order\",\"ours\":\"Order 2\",\"OwnerType\":\"user\"}");
	assert_true(rest_scene_is(mailjet_template_row(&t, 3),
		"{'ID':7,'Locale':'en_US','Name':'Bestellung','OwnerId':3,'Previews':[],'"
		"Author':'',"
		"'Categories':[],'Copyright':'','Description':'','EditMode':2,'IsStarred':"
		"false,"
		"'IsTextPartGenerationEnabled':true,'OwnerType':'user','Presets':'','Purposes':"
		"[]}"));
	assert_int_equal(mailjet_template_keep(extra, asked, &wrong), 0);
	assert_string_equal(json_string_value(json_object_get(extra, "Author")), "Ann");
	json_decref(asked);
	asked = json("{'Purposes':[7]}");
	assert_int_equal(mailjet_template_keep(extra, asked, &wrong), -EINVAL);
	assert_string_equal(wrong, "Purposes");
	json_decref(asked);
	json_decref(extra);
}

TEST_MAIN(TEST(test_from), TEST(test_take), TEST(test_resource))
