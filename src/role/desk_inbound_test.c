#include "role/desk_inbound.h"

#include "account/control_inbound.h"
#include "role/desk_verb_scene.h"

static void
test_checks(void **unused)
{
	static const struct {
		const char *name, *body;
		int status;
	} rows[] = {
		{ "good",
			"{\"account\":\"shop\",\"address\":\"A.Test\",\"url\":\"https://x.test/"
			"\"}",
			200 },
		{ "no account", "{\"address\":\"b.test\",\"url\":\"https://x.test/\"}", 400 },
		{ "no such account",
			"{\"account\":\"nobody\",\"address\":\"b.test\",\"url\":\"https://"
			"x.test/\"}",
			404 },
		{ "no URL", "{\"account\":\"shop\",\"address\":\"b.test\"}", 400 },
		{ "bad URL",
			"{\"account\":\"shop\",\"address\":\"b.test\",\"url\":\"ftp://x.test/"
			"\"}",
			400 },
		{ "no address", "{\"account\":\"shop\",\"url\":\"https://x.test/\"}", 400 },
		{ "bad address",
			"{\"account\":\"shop\",\"address\":\"x\",\"url\":\"https://x.test/\"}",
			400 },
		{ "bad format",
			"{\"account\":\"shop\",\"address\":\"b.test\",\"url\":\"https://x.test/"
			"\",\"format\":\"xml\"}",
			400 },
		{ "bad secret",
			"{\"account\":\"shop\",\"address\":\"b.test\",\"url\":\"https://x.test/"
			"\",\"secret\":\"whsec_x\"}",
			400 },
		{ "twice",
			"{\"account\":\"shop\",\"address\":\"a.test\",\"url\":\"https://x.test/"
			"\"}",
			409 },
	};

	(void)unused;
	TEST_EACH(row, rows)
	json_decref(ask("inbound.add", json_loads(row->body, 0, NULL), row->status));
}

static void
test_a_row(void **unused)
{
	json_t *j = ask("inbound.add",
		json_pack("{s:s,s:s,s:s,s:s,s:s}", "account", "shop", "address", "parse.test",
			"url", "https://x.test/a", "user", "u", "password", "p/w"),
		200);
	char id[60];

	(void)unused;
	snprintf(id, sizeof id, "%s", text(j, "id"));
	assert_string_equal(text(j, "url"), "https://u:***@x.test/a");
	assert_string_equal(text(j, "state"), "unverified");
	assert_true(strncmp(text(j, "secret"), "whsec_", 6) == 0);
	json_decref(j);
	/* The secret is shown once. */
	j = ask("inbound.get", json_pack("{s:s,s:i}", "id", id, "tenant", 1), 200);
	assert_string_equal(text(j, "secret"), "(none)");
	json_decref(j);
	/* What is not named stays; a vendor's format needs no secret. */
	j = ask("inbound.update",
		json_pack("{s:s,s:i,s:s,s:b,s:b}", "id", id, "tenant", 1, "format", "sendgrid",
			"signed", 0, "spam_check", 1),
		200);
	assert_string_equal(text(j, "format"), "sendgrid");
	assert_string_equal(text(j, "url"), "https://u:***@x.test/a");
	assert_true(json_is_false(json_object_get(j, "signed")));
	assert_true(json_is_true(json_object_get(j, "spam_check")));
	json_decref(j);
	j = ask("inbound.list", json_pack("{s:i,s:s}", "tenant", 1, "format", "sendgrid"), 200);
	assert_int_equal(json_array_size(json_object_get(j, "inbound")), 1);
	json_decref(j);
	j = ask("inbound.list", json_pack("{s:i,s:s}", "tenant", 1, "format", "mailjet"), 200);
	assert_int_equal(json_array_size(json_object_get(j, "inbound")), 0);
	json_decref(j);
	/* Another account's. */
	for (int i = 0; i < 3; i++) {
		static const char *const verbs[] = { "inbound.get", "inbound.update",
			"inbound.remove" };

		json_decref(ask(verbs[i], json_pack("{s:s,s:i}", "id", id, "tenant", 2), 404));
	}
	json_decref(ask("inbound.remove", json_pack("{s:s,s:i}", "id", id, "tenant", 1), 200));
	json_decref(ask("inbound.get", json_pack("{s:s,s:i}", "id", id, "tenant", 1), 404));
}

static void
test_made(void **unused)
{
	json_t *body = json_pack("{s:i,s:s,s:s,s:s}", "tenant", 1, "url", "https://x.test/",
		       "at", "bounce.test", "format", "mailjet"),
	       *one = ask("inbound.add", json_copy(body), 200),
	       *two = ask("inbound.add", body, 200);

	(void)unused;
	assert_true(str_starts(str_z(text(one, "address")), STR_LIT("in-")));
	assert_true(str_ends(str_z(text(one, "address")), STR_LIT("@bounce.test")));
	assert_string_not_equal(text(one, "address"), text(two, "address"));
	assert_string_equal(text(one, "state"), "active");
	assert_string_equal(text(one, "secret"), "(none)");
	json_decref(ask("inbound.update",
		json_pack("{s:s,s:i,s:s}", "id", text(one, "id"), "tenant", 1, "url",
			"https://y.test/"),
		200));
	/* It proves nothing of another one. */
	body = ask("inbound.update",
		json_pack("{s:s,s:i,s:s}", "id", text(one, "id"), "tenant", 1, "address",
			"victim.test"),
		200);
	assert_string_equal(text(body, "state"), "unverified");
	json_decref(body);
	json_decref(one);
	json_decref(two);
}

static void
test_forward(void **unused)
{
	static const struct {
		const char *name, *words;
		int status;
	} rows[] = {
		{ "both", "[\"complaints\",\"bounces\"]", 200 },
		{ "none", "[]", 200 },
		{ "a word that is none", "[\"all\"]", 400 },
		{ "no word", "[1]", 400 },
		{ "no list", "\"bounces\"", 400 },
		{ "null", "null", 400 },
	};
	struct desk_control_answer a;
	json_t *body;

	(void)unused;
	TEST_EACH(row, rows)
	json_decref(ask("accounts.forward",
		json_pack("{s:s,s:o}", "account", "shop", "forward",
			json_loads(row->words, JSON_DECODE_ANY, NULL)),
		row->status));
	json_decref(ask("accounts.forward",
		json_pack("{s:s,s:[s]}", "account", "shop", "forward", "bounces"), 200));
	/* Only asked: nothing changes. */
	body = json_pack("{s:s}", "account", "shop");
	a = desk_inbound_do(c, STR_LIT("accounts.forward"), body, NOW);
	assert_false(a.changed);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(a.json, "forward"), 0)),
		"bounces");
	assert_int_equal(json_array_size(json_object_get(a.json, "forward")), 1);
	json_decref(a.json);
	json_decref(body);
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, two_accounts, tables_down)
TEST_MAIN(DB_TEST(test_checks), DB_TEST(test_a_row), DB_TEST(test_made), DB_TEST(test_forward))
