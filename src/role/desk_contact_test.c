#include "role/desk_contact.h"
#include "role/desk_verb_scene.h"

static const struct {
	const char *name, *verb, *body;
	int status;
	const char *want; /* in the answer */
} table[] = {
	{ "nobody's", "contacts.put", "{\"address\":\"a@x.test\"}", 400, "account" },
	{ "no account", "contacts.put", "{\"account\":\"none\",\"address\":\"a@x.test\"}", 404,
		"account" },
	{ "no address", "contacts.put", "{\"account\":\"shop\",\"address\":\"ann\"}", 400,
		"mailbox" },
	{ "a name of two lines", "contacts.put",
		"{\"account\":\"shop\",\"address\":\"a@x.test\",\"name\":\"a\\nb\"}", 400,
		"one line" },
	{ "a name that is no text", "contacts.put",
		"{\"account\":\"shop\",\"address\":\"a@x.test\",\"name\":7}", 400, "name" },
	{ "properties that are none", "contacts.put",
		"{\"account\":\"shop\",\"address\":\"a@x.test\",\"properties\":7}", 400,
		"object" },
	{ "a property that is a list", "contacts.put",
		"{\"account\":\"shop\",\"address\":\"a@x.test\",\"properties\":{\"c\":[]}}",
		400, "\\\"c\\\" must be" },
	{ "made", "contacts.put",
		"{\"account\":\"shop\",\"address\":\" Ann@X.test \",\"name\":\" Ann "
		"\",\"properties\":"
		"{\"city\":\"Lyon\",\"n\":7,\"none\":null}}",
		200,
		"\"Ann@x.test\",\"name\":\"Ann\",\"properties\":{\"city\":\"Lyon\",\"n\":7}" },
	{ "read, in another case", "contacts.get", "{\"tenant\":1,\"address\":\"ANN@x.TEST\"}",
		200, "\"Ann@x.test\"" },
	{ "of another account", "contacts.get",
		"{\"account\":\"other\",\"address\":\"Ann@x.test\"}", 404, "no such contact" },
	{ "of another account, changed", "contacts.set",
		"{\"account\":\"other\",\"address\":\"Ann@x.test\",\"name\":\"Eve\"}", 404,
		"no such contact" },
	{ "of another account, removed", "contacts.remove",
		"{\"account\":\"other\",\"address\":\"Ann@x.test\"}", 404, "no such contact" },
	{ "changed", "contacts.set",
		"{\"account\":\"shop\",\"address\":\"ann@x.test\",\"properties\":{\"n\":null,"
		"\"m\":"
		"true}}",
		200, "\"name\":\"Ann\",\"properties\":{\"city\":\"Lyon\",\"m\":true}" },
	{ "another name", "contacts.set",
		"{\"account\":\"shop\",\"address\":\"ann@x.test\",\"name\":null}", 200,
		"\"name\":\"\",\"properties\":{\"city\":\"Lyon\",\"m\":true}" },
	{ "what is not there is not changed", "contacts.set",
		"{\"account\":\"shop\",\"address\":\"bob@x.test\"}", 404, "no such contact" },
	{ "made where it is not", "contacts.set",
		"{\"account\":\"other\",\"address\":\"bob@x.test\",\"make\":true,"
		"\"properties\":{\"a\":1}}",
		200, "\"properties\":{\"a\":1}" },
	{ "in a template", "templates.render",
		"{\"account\":\"shop\",\"dialect\":\"mailjet\",\"contact\":\"ann@x.test\","
		"\"text\":"
		"\"{{data:city}} {{mj:contact.email}} {{mj:contact.domain}}\"}",
		200, "\"text\":\"Lyon ann@x.test x.test\"" },
	{ "in a template of another account", "templates.render",
		"{\"account\":\"other\",\"contact\":\"ann@x.test\",\"text\":\"{{city}}\"}", 400,
		"has no contact ann@x.test" },
	{ "in a template, no address", "templates.render",
		"{\"account\":\"shop\",\"contact\":\"ann\",\"text\":\"x\"}", 400, "mailbox" },
	{ "listed", "contacts.list", "{\"account\":\"shop\",\"search\":\"AN\"}", 200,
		"[{\"address\":\"ann@x.test\"" },
	{ "of another account, listed", "contacts.list", "{\"account\":\"other\"}", 200,
		"[{\"address\":\"bob@x.test\"" },
	{ "a page of no rows", "contacts.list", "{\"account\":\"shop\",\"limit\":0}", 400,
		"from 1 to 500" },
	{ "written over", "contacts.put", "{\"account\":\"shop\",\"address\":\"ann@x.test\"}",
		200, "\"name\":\"\",\"properties\":{}" },
	{ "removed", "contacts.remove", "{\"account\":\"shop\",\"address\":\"Ann@x.test\"}",
		200, "true" },
	{ "gone", "contacts.get", "{\"account\":\"shop\",\"address\":\"ann@x.test\"}", 404,
		"no such contact" },
};

static void
test_verbs(void **unused)
{
	(void)unused;
	TEST_EACH(row, table)
	{
		json_t *j = ask_text(row->verb, row->body, row->status);
		char *got = json_dumps(j, JSON_COMPACT);

		/* Nobody else has a picture of them. */
		assert_false(changed);
		assert_non_null(got);
		if (!strstr(got, row->want))
			print_message("%s\n", got);
		assert_non_null(strstr(got, row->want));
		free(got);
		json_decref(j);
	}
}

static void
test_pages(void **unused)
{
	char body[200], after[60] = "", seen[200] = "";

	(void)unused;
	for (int i = 0; i < 5; i++) {
		snprintf(body, sizeof body, "{\"account\":\"shop\",\"address\":\"a%d@x.test\"}",
			i);
		json_decref(ask_text("contacts.put", body, 200));
	}
	for (int page = 0; page < 3; page++) {
		json_t *j, *row;
		size_t i;

		snprintf(body, sizeof body,
			"{\"account\":\"shop\",\"limit\":2,\"after\":\"%s\"}", after);
		j = ask_text("contacts.list", body, 200);
		json_array_foreach(json_object_get(j, "contacts"), i, row)
		{
			size_t n = strlen(seen);

			snprintf(seen + n, sizeof seen - n, "%s;", text(row, "address"));
		}
		assert_int_equal(json_is_null(json_object_get(j, "next")), page == 2);
		snprintf(after, sizeof after, "%s", text(j, "next"));
		json_decref(j);
	}
	assert_string_equal(seen, "a0@x.test;a1@x.test;a2@x.test;a3@x.test;a4@x.test;");
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, two_accounts, tables_down)
TEST_MAIN(DB_TEST(test_verbs), DB_TEST(test_pages))
