#include "api/sendgrid_template.h"

#include "api/rest_scene.h"
#include "base/test.h"

#include <errno.h>

static const uint8_t key[UUID_KEY_SIZE] = { 2, 7, 1, 8 };

static void
test_ids(void **unused)
{
	static const struct {
		const char *name;
		int64_t template, face;
	} table[] = { { "first", 1, 1 }, { "many", 123456, 300 }, { "most", 1 << 30, 65535 } };

	(void)unused;
	TEST_EACH(row, table)
	{
		const struct template_face f = { .template = row->template, .face = row->face };
		char id[SENDGRID_TEMPLATE_ID], version[SENDGRID_VERSION_ID];

		assert_int_equal(strlen(sendgrid_template_id(id, key, row->template)), 34);
		assert_int_equal(sendgrid_template_number(str_z(id), key), row->template);
		assert_int_equal(sendgrid_template_number(str_z(id + 1), key), 0);
		id[10] = id[10] == '1' ? '2' : '1';
		assert_int_equal(sendgrid_template_number(str_z(id), key), 0);
		assert_int_equal(strlen(sendgrid_version_id(version, key, &f)), 36);
		for (size_t i = 0; i < 36; i++)
			assert_int_equal(
				version[i] == '-', i == 8 || i == 13 || i == 18 || i == 23);
		assert_int_equal(
			sendgrid_version_face(str_z(version), key, row->template), row->face);
		assert_int_equal(
			sendgrid_version_face(str_z(version), key, row->template + 1), 0);
		assert_int_equal(
			sendgrid_version_face(str_of(version, 35), key, row->template), 0);
		for (size_t i = 0; i < 36; i++) {
			char c = version[i];

			version[i] = c == '-' ? 'a' : '-';
			assert_int_equal(
				sendgrid_version_face(str_z(version), key, row->template), 0);
			version[i] = c;
		}
	}
	assert_int_equal(sendgrid_template_number(STR_NONE, key), 0);
	assert_int_equal(sendgrid_version_face(STR_NONE, key, 1), 0);
}

static void
test_version(void **unused)
{
	const struct template_face f = { .template = 1,
		.face = 2,
		.version = 3,
		.name = STR_NONE,
		.extra = STR_LIT("{\"test_data\":\"{}\",\"generate_plain_content\":false}"),
		.updated = INT64_C(1790000000000000),
		.subject = STR_LIT("s"),
		.html = STR_LIT("<p>"),
		.text = STR_LIT("t") };
	struct sendgrid_version_view view = { .key = key, .published = 3, .bodies = true };
	char id[SENDGRID_VERSION_ID], of[SENDGRID_TEMPLATE_ID], want[900];

	(void)unused;
	sendgrid_version_id(id, key, &f);
	sendgrid_template_id(of, key, 1);
	snprintf(want, sizeof want,
		"{'id':'%s','template_id':'%s','active':1,'name':'Version 3','subject':'s',"
		"'updated_at':'2026-09-21 "
		"14:13:20','thumbnail_url':'','generate_plain_content':"
		"false,'editor':'code','test_data':'{}','html_content':'<p>','plain_content':'"
		"t'}",
		id, of);
	assert_true(rest_scene_is(sendgrid_version_json(&f, &view), want));
	view.published = 2;
	view.bodies = false;
	snprintf(want, sizeof want,
		"{'id':'%s','template_id':'%s','active':0,'name':'Version 3','subject':'s',"
		"'updated_at':'2026-09-21 "
		"14:13:20','thumbnail_url':'','generate_plain_content':"
		"false,'editor':'code'}",
		id, of);
	assert_true(rest_scene_is(sendgrid_version_json(&f, &view), want));
}

static void
test_take(void **unused)
{
	static const struct {
		const char *name, *asked;
		int err;
		const char *content, *extra;
	} table[] = {
		{ "nothing", "{}", 0, "{}", "{}" },
		{ "all",
			"{\"subject\":\"s\",\"html_content\":\"h\",\"plain_content\":\"p\","
			"\"editor\":\"design\",\"test_data\":\"{}\",\"generate_plain_content\":"
			"true,\"x\":1}",
			0, "{\"subject\":\"s\",\"html\":\"h\",\"text\":\"p\"}",
			"{\"editor\":\"design\",\"test_data\":\"{}\",\"generate_plain_"
			"content\":"
			"true}" },
		{ "null", "{\"html_content\":null}", 0, "{}", "{}" },
		{ "a number", "{\"html_content\":1}", -EINVAL, "html_content", "" },
		{ "an object", "{\"test_data\":{}}", -EINVAL, "test_data", "" },
		{ "a text", "{\"generate_plain_content\":\"x\"}", -EINVAL,
			"generate_plain_content", "" },
	};

	(void)unused;
	TEST_EACH(row, table)
	{
		json_t *asked = json_loads(row->asked, 0, NULL), *content = json_object(),
		       *extra = json_object();
		const char *wrong = "";

		assert_int_equal(
			sendgrid_version_take(content, extra, asked, &wrong), row->err);
		if (row->err) {
			assert_string_equal(wrong, row->content);
		} else {
			json_t *want = json_loads(row->content, 0, NULL),
			       *kept = json_loads(row->extra, 0, NULL);

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

TEST_MAIN(TEST(test_ids), TEST(test_version), TEST(test_take))
