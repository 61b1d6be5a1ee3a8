#include "people/contact.h"

#include "base/test.h"

#include <errno.h>

static void
addresses(void **state)
{
	static const struct {
		const char *name, *given, *kept; /* NULL: it is none */
	} table[] = {
		{ "as it is", "ann@x.test", "ann@x.test" },
		{ "its domain small", "Ann.B+c@X.Test", "Ann.B+c@x.test" },
		{ "in quotes", "\"a@b\"@X.test", "\"a@b\"@x.test" },
		{ "more than ASCII", "\303\211@\303\211.test", "\303\211@\303\211.test" },
		{ "nothing", "", NULL },
		{ "no domain", "ann", NULL },
		{ "a name before it", "Ann <ann@x.test>", NULL },
		{ "two", "a@x.test,b@x.test", NULL },
		{ "no UTF-8", "\303@x.test", NULL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		char dst[CONTACT_ADDRESS_SIZE];
		struct str s = STR_NONE;

		assert_int_equal(
			contact_address(dst, str_z(row->given), &s), row->kept ? 0 : -EINVAL);
		if (row->kept)
			assert_str(s, row->kept);
	}
}

static void
properties(void **state)
{
	static const struct {
		const char *name, *was, *changes, *want; /* want NULL: why */
		const char *why;
	} table[] = {
		{ "of each type", "{}", "{\"a\":\"x\",\"b\":1,\"c\":1.5,\"d\":false}",
			"{\"a\":\"x\",\"b\":1,\"c\":1.5,\"d\":false}", NULL },
		{ "changed, added, taken away", "{\"a\":1,\"b\":2}",
			"{\"a\":null,\"b\":3,\"c\":4,\"d\":null}", "{\"b\":3,\"c\":4}", NULL },
		{ "a list", "{\"a\":1}", "{\"a\":2,\"b\":[]}", NULL, "\"b\" must be a text" },
		{ "an object", "{}", "{\"b\":{}}", NULL, "\"b\" must be a text" },
		{ "no name", "{}", "{\"\":1}", NULL, "1 to 100 characters" },
		{ "two lines", "{}", "{\"a\\nb\":1}", NULL, "on one line" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		json_t *j = json_loads(row->was, 0, NULL),
		       *changes = json_loads(row->changes, 0, NULL), *want;
		char why[CONTACT_WHY] = "";

		assert_int_equal(
			contact_properties_set(j, changes, why), row->want ? 0 : -EINVAL);
		want = json_loads(row->want ? row->want : row->was, 0, NULL);
		assert_true(json_equal(j, want));
		if (row->why)
			assert_non_null(strstr(why, row->why));
		json_decref(j);
		json_decref(changes);
		json_decref(want);
	}
}

/* Exactly as much as fits, by number and by bytes. */
static void
limits(void **state)
{
	static char text[CONTACT_BYTES];
	char why[CONTACT_WHY], name[16];
	json_t *changes = json_object(), *j = json_object();

	(void)state;
	for (unsigned i = 0; i < CONTACT_PROPERTIES; i++) {
		snprintf(name, sizeof name, "p%u", i);
		json_object_set_new(changes, name, json_true());
	}
	assert_int_equal(contact_properties_set(j, changes, why), 0);
	json_object_clear(changes);
	json_object_set_new(changes, "more", json_true());
	assert_int_equal(contact_properties_set(j, changes, why), -EINVAL);
	assert_non_null(strstr(why, "at most 200 properties"));
	json_object_clear(j);
	json_object_clear(changes);
	memset(text, 'x', sizeof text);
	json_object_set_new(changes, "a", json_stringn(text, CONTACT_BYTES - 8)); /* {"a":""} */
	assert_int_equal(contact_properties_set(j, changes, why), 0);
	json_object_set_new(changes, "a", json_stringn(text, CONTACT_BYTES - 7));
	assert_int_equal(contact_properties_set(j, changes, why), -EINVAL);
	json_decref(changes);
	json_decref(j);
}

static void
values(void **state)
{
	json_t *p = json_loads("{\"name\":\"of old\",\"city\":\"x\",\"email\":\"y\"}", 0, NULL),
	       *j, *want;

	(void)state;
	j = contact_values(STR_LIT("a@b"), STR_LIT("Ann"), p);
	want = json_loads("{\"name\":\"Ann\",\"city\":\"x\",\"email\":\"a@b\"}", 0, NULL);
	assert_true(json_equal(j, want));
	json_decref(j);
	json_decref(want);
	j = contact_values(STR_LIT("a@b"), STR_NONE, p);
	assert_string_equal(json_string_value(json_object_get(j, "name")), "of old");
	json_decref(j);
	json_decref(p);
	assert_true(contact_name_ok(STR_NONE));
	assert_true(contact_name_ok(STR_LIT("\303\211 \"x\"")));
	assert_false(contact_name_ok(STR_LIT("a\nb")));
	assert_false(contact_name_ok(STR_LIT("\303")));
}

TEST_MAIN(TEST(addresses), TEST(properties), TEST(limits), TEST(values))
