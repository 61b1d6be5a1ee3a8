#include "wire/json_in.h"

#include "base/mem.h"
#include "base/test.h"

#include <errno.h>

struct person {
	struct str email, name;
};
struct letter {
	struct str subject;
	enum json_in_bool sandbox;
	struct json_in_int id;
	json_t *vars, *any;
	struct person *from;
	struct json_in_list to, tags;
};

static const struct json_in_field person_fields[] = {
	{ "Email", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 20,
		offsetof(struct person, email), NULL },
	{ "Name", JSON_IN_STR, 0, 0, offsetof(struct person, name), NULL },
};
static const struct json_in_shape person_shape = { person_fields, 2, sizeof(struct person),
	true };

static const struct json_in_field letter_fields[] = {
	{ "Subject", JSON_IN_STR, JSON_IN_LAX, 10, offsetof(struct letter, subject), NULL },
	{ "SandboxMode", JSON_IN_BOOL, JSON_IN_LAX, 0, offsetof(struct letter, sandbox), NULL },
	{ "Id", JSON_IN_INT, JSON_IN_LAX, 0, offsetof(struct letter, id), NULL },
	{ "Vars", JSON_IN_OBJECT, 0, 0, offsetof(struct letter, vars), NULL },
	{ "Any", JSON_IN_ANY, 0, 0, offsetof(struct letter, any), NULL },
	{ "From", JSON_IN_ONE, 0, 0, offsetof(struct letter, from), &person_shape },
	{ "To", JSON_IN_LIST, JSON_IN_FILLED, 3, offsetof(struct letter, to), &person_shape },
	{ "a/b~", JSON_IN_STRS, JSON_IN_SINGLE, 4, offsetof(struct letter, tags), NULL },
};
static const struct json_in_shape letter_shape = { letter_fields, 8, sizeof(struct letter),
	true };

static const char *const code_names[] = { "?", "missing", "type", "empty", "long", "many" };

/* "missing /To/0/Email; long /Subject 10" */
static void
problems_text(const struct json_in *in, struct buf *b)
{
	for (size_t i = 0; i < in->nproblems; i++) {
		const struct json_in_problem *p = &in->problems[i];

		buf_printf(b, "%s%s %.*s%s%s", i ? "; " : "", code_names[p->code],
			STR_ARG(p->path), p->detail ? " " : "", p->detail ? p->detail : "");
	}
}

static void
test_problems(void **state)
{
	static const struct {
		const char *name, *text, *want;
	} table[] = {
		{ "nothing", "{}", "" },
		{ "null is absent", "{\"Subject\":null,\"To\":null}", "" },
		{ "no object", "[]", "type  object" },
		{ "types", "{\"Subject\":[],\"Id\":1.5,\"Vars\":[],\"To\":{},\"From\":\"x\"}",
			"type /Subject string; type /Id integer; type /Vars object; "
			"type /From object; type /To array" },
		{ "all of them", "{\"subject\":\"12345678901\",\"to\":[{},{\"EMAIL\":\"\"},7]}",
			"long /Subject 10; missing /To/0/Email; empty /To/1/Email string; "
			"type /To/2 object" },
		{ "empty list", "{\"To\":[]}", "empty /To array" },
		{ "too many", "{\"To\":[{},{},{},{}]}", "many /To 3" },
		{ "escaped names", "{\"a/b~\":[\"ok\",\"12345\",true]}",
			"long /a~1b~0/1 4; type /a~1b~0/2 string" },
		{ "a single one", "{\"a/b~\":\"12345\"}", "long /a~1b~0 4" },
		{ "lax", "{\"Subject\":12,\"SandboxMode\":\"TRUE\",\"Id\":\"7\"}", "" },
		{ "not so lax", "{\"SandboxMode\":\"yes\",\"Id\":\"-7\"}",
			"type /SandboxMode boolean; type /Id integer" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct json_in in;
		struct letter l;
		struct buf got;
		struct str why;
		json_t *root;

		arena_init(&a, 1u << 20);
		buf_init(&got, 4096);
		json_in_init(&in, &a);
		assert_int_equal(json_in_text(&in, str_z(row->text), &root, &why), 0);
		int err = json_in_read(&in, root, &letter_shape, STR_NONE, &l);
		problems_text(&in, &got);
		assert_str(buf_str(&got), row->want);
		assert_int_equal(err, *row->want ? -EINVAL : 0);
		json_decref(root);
		buf_done(&got);
		arena_done(&a);
	}
}

static void
test_values(void **state)
{
	struct arena a;
	struct json_in in;
	struct letter l;
	struct str why;
	json_t *root;

	(void)state;
	arena_init(&a, 1u << 20);
	json_in_init(&in, &a);
	assert_int_equal(
		json_in_text(&in,
			STR_LIT("{\"SUBJECT\":\"h\\u0000i\",\"sandboxmode\":false,\"Id\":9,"
				"\"Vars\":{\"x\":1},\"Any\":[1],\"From\":{\"Email\":\"a@b\"},"
				"\"To\":[{\"Email\":\"c@d\",\"Name\":\"\xc3\xa9\"}],"
				"\"a/b~\":\"one\"}"),
			&root, &why),
		-EINVAL); /* no NUL in texts */
	assert_str(why, "line 1, column 21, byte 21: a NUL character in a text");
	assert_int_equal(
		json_in_text(&in,
			STR_LIT("{\"SUBJECT\":\"hi\",\"sandboxmode\":false,\"Id\":9,"
				"\"Vars\":{\"x\":1},\"Any\":[1],\"From\":{\"Email\":\"a@b\"},"
				"\"To\":[{\"Email\":\"c@d\",\"Name\":\"\xc3\xa9\"}],"
				"\"a/b~\":\"one\"}"),
			&root, &why),
		0);
	assert_int_equal(json_in_read(&in, root, &letter_shape, STR_NONE, &l), 0);
	assert_str(l.subject, "hi");
	assert_int_equal(l.sandbox, JSON_IN_FALSE);
	assert_true(l.id.set && l.id.value == 9);
	assert_int_equal(json_object_size(l.vars), 1);
	assert_int_equal(json_array_size(l.any), 1);
	assert_str(l.from->email, "a@b");
	assert_null(l.from->name.p);
	assert_int_equal(l.to.n, 1);
	assert_str(((struct person *)l.to.at)[0].name, "\xc3\xa9");
	assert_int_equal(l.tags.n, 1);
	assert_str(((struct str *)l.tags.at)[0], "one");
	json_decref(root);
	arena_done(&a);
}

static void
test_grammar(void **state)
{
	static const struct {
		const char *name, *text, *why;
	} table[] = {
		{ "empty", "", "line 1, column 0, byte 0: it ends too early" },
		{ "cut", "{\"a\":", "line 1, column 5, byte 5: it ends too early" },
		{ "doubled key", "{\"a\":1,\n\"a\":2}",
			"line 2, column 3, byte 11: a name stands twice in one object" },
		{ "rest", "{} {}",
			"line 1, column 4, byte 4: something follows the JSON value" },
		{ "not UTF-8", "{\"a\":\"\xff\"}", "line 1, column 6, byte 6: not UTF-8" },
		{ "a bare word", "{\"a\":tru}", "line 1, column 8, byte 8: not JSON" },
	};
	struct arena a;
	struct json_in in;
	struct str why;
	json_t *root;
	char deep[200];

	(void)state;
	arena_init(&a, 1u << 20);
	json_in_init(&in, &a);
	TEST_EACH(row, table)
	{
		assert_int_equal(json_in_text(&in, str_z(row->text), &root, &why), -EINVAL);
		assert_str(why, row->why);
	}
	memset(deep, '[', sizeof deep);
	memset(deep + 65, ']', sizeof deep - 65);
	assert_int_equal(json_in_text(&in, str_of(deep, 130), &root, &why), -EINVAL);
	assert_str(why, "byte 65: nested deeper than 64 levels");
	assert_int_equal(json_in_text(&in, str_of(deep + 1, 128), &root, &why), 0);
	json_decref(root);
	/* Brackets within texts are no levels. */
	memset(deep, '[', sizeof deep);
	memcpy(deep, "[\"\\\"", 4);
	memcpy(deep + 100, "\"]", 2);
	assert_int_equal(json_in_text(&in, str_of(deep, 102), &root, &why), 0);
	json_decref(root);
	arena_done(&a);
}

/* A hundred are told, the rest is counted; an arena that is full is no answer "fine". */
static void
test_bounds(void **state)
{
	struct arena a;
	struct json_in in;
	struct letter l;
	struct str why;
	struct buf text;
	json_t *root;

	(void)state;
	buf_init(&text, 1u << 20);
	buf_put_z(&text, "{\"a/b~\":[");
	for (int i = 0; i < 150; i++)
		buf_put_z(&text, i ? ",1" : "1");
	buf_put_z(&text, "]}");
	arena_init(&a, 1u << 20);
	json_in_init(&in, &a);
	assert_int_equal(json_in_text(&in, buf_str(&text), &root, &why), 0);
	assert_int_equal(json_in_read(&in, root, &letter_shape, STR_NONE, &l), -EINVAL);
	assert_int_equal(in.nproblems, JSON_IN_PROBLEMS);
	assert_int_equal(in.dropped, 50);
	arena_done(&a);
	arena_init(&a, 1000);
	json_in_init(&in, &a);
	assert_int_equal(json_in_read(&in, root, &letter_shape, STR_NONE, &l), -E2BIG);
	json_decref(root);
	arena_done(&a);
	buf_done(&text);
}

static void
test_paths(void **state)
{
	static const struct {
		const char *name, *pointer, *brackets, *dots;
	} table[] = {
		{ "root", "", "", "" },
		{ "one", "/To", "To", "To" },
		{ "items", "/Messages/0/To/12/Email", "Messages[0].To[12].Email",
			"Messages.0.To.12.Email" },
		{ "escapes", "/a~1b~0/x", "a/b~.x", "a/b~.x" },
		{ "an item of the root", "/3/x", "[3].x", "3.x" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	TEST_EACH(row, table)
	{
		buf_clear(&b);
		assert_int_equal(json_in_path_brackets(&b, str_z(row->pointer)), 0);
		assert_str(buf_str(&b), row->brackets);
		buf_clear(&b);
		assert_int_equal(json_in_path_dots(&b, str_z(row->pointer)), 0);
		assert_str(buf_str(&b), row->dots);
	}
	buf_done(&b);
}

TEST_MAIN(TEST(test_problems), TEST(test_values), TEST(test_grammar), TEST(test_bounds),
	TEST(test_paths))
