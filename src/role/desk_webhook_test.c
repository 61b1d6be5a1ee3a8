#include "role/desk_verb_scene.h"
#include "role/desk_webhook.h"

#define TEN  "eeeeeeeeee"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "e"
#define URL  "\"account\":\"shop\",\"url\":\"https://hooks.test/x\""

static void
test_checks(void **unused)
{
	static const struct {
		const char *name, *body;
		int status;
	} table[] = {
		{ "plain", "{" URL "}", 200 },
		{ "no account", "{\"url\":\"https://hooks.test/x\"}", 400 },
		{ "unknown account", "{\"account\":\"nobody\",\"url\":\"https://a.test\"}",
			404 },
		{ "no url", "{\"account\":\"shop\"}", 400 },
		{ "empty url", "{\"account\":\"shop\",\"url\":\"\"}", 400 },
		{ "no web url", "{\"account\":\"shop\",\"url\":\"smtp://a.test\"}", 400 },
		{ "a space in the url", "{\"account\":\"shop\",\"url\":\"https://a.test/ b\"}",
			400 },
		{ "an accent in the url",
			"{\"account\":\"shop\",\"url\":\"https://a.test/\u00e9\"}", 400 },
		{ "a line in the url",
			"{\"account\":\"shop\",\"url\":\"https://a.test/\\r\\nHost: b\"}",
			400 },
		{ "a format", "{" URL ",\"format\":\"sendgrid\"}", 200 },
		{ "no format", "{" URL ",\"format\":\"xml\"}", 400 },
		{ "our words", "{" URL ",\"events\":[\"delivered\",\"message.bounced\"]}",
			200 },
		{ "the format's words",
			"{" URL ",\"format\":\"sendgrid\",\"events\":[\"spamreport\"]}", 200 },
		{ "another format's word",
			"{" URL ",\"format\":\"postmark\",\"events\":[\"spamreport\"]}", 400 },
		{ "what the format cannot tell",
			"{" URL ",\"format\":\"postmark\",\"events\":[\"deferred\"]}", 400 },
		{ "events as a text", "{" URL ",\"events\":\"delivered\"}", 400 },
		{ "a number as event", "{" URL ",\"events\":[7]}", 400 },
		{ "fields", "{" URL ",\"fields\":{\"X-A\":\"b c\"}}", 200 },
		{ "a field of ours", "{" URL ",\"fields\":{\"Webhook-Id\":\"b\"}}", 400 },
		{ "a field of the poster's", "{" URL ",\"fields\":{\"Host\":\"b\"}}", 400 },
		{ "two lines", "{" URL ",\"fields\":{\"X-A\":\"b\\r\\nX-B: c\"}}", 400 },
		{ "a line feed in a name", "{" URL ",\"fields\":{\"X-A\\n\":\"b\"}}", 400 },
		{ "a colon in a name", "{" URL ",\"fields\":{\"X:A\":\"b\"}}", 400 },
		{ "a number as value", "{" URL ",\"fields\":{\"X-A\":1}}", 400 },
		{ "too many fields",
			"{" URL ",\"fields\":{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\","
			"\"e\":\"\",\"f\":\"\",\"g\":\"\",\"h\":\"\",\"i\":\"\"}}",
			400 },
		{ "a stream", "{" URL ",\"stream\":\"broadcast\"}", 200 },
		{ "no stream", "{" URL ",\"stream\":\"river\"}", 400 },
		{ "a secret", "{" URL ",\"secret\":\"whsec_MDEyMzQ1Njc4OWFiY2RlZg==\"}", 200 },
		{ "a short secret", "{" URL ",\"secret\":\"whsec_MDEy\"}", 400 },
		{ "a secret that is none", "{" URL ",\"secret\":\"hunter2\"}", 400 },
		{ "no state", "{" URL ",\"state\":\"asleep\"}", 400 },
		{ "an event", "{" URL ",\"event\":\"bounce\"}", 200 },
		{ "a long event", "{" URL ",\"event\":\"" LONG "\"}", 400 },
	};

	(void)unused;
	TEST_EACH(row, table)
	json_decref(ask_text("webhooks.add", row->body, row->status));
}

static void
test_what_is_shown(void **unused)
{
	json_t *j = ask_text("webhooks.add",
		       "{\"account\":\"shop\",\"url\":\"https://hooks.test/"
		       "a@b\",\"user\":\"me\","
		       "\"password\":\"p:s@s\",\"fields\":{\"X-A\":\"hidden\"}}",
		       200),
	       *k;
	char *text;
	char body[200];

	(void)unused;
	assert_str(desk_text(j, "url"), "https://me:***@hooks.test/a@b");
	assert_true(str_starts(desk_text(j, "secret"), STR_LIT("whsec_")));
	snprintf(body, sizeof body, "{\"id\":\"%s\",\"tenant\":1}",
		json_string_value(json_object_get(j, "id")));
	k = ask_text("webhooks.get", body, 200);
	assert_null(json_object_get(k, "secret"));
	text = json_dumps(k, 0);
	assert_null(strstr(text, "hidden"));
	assert_null(strstr(text, "p%3As"));
	free(text);
	json_decref(k);
	/* A new URL with the old user. */
	snprintf(body, sizeof body,
		"{\"id\":\"%s\",\"tenant\":1,\"url\":\"https://new.test/\",\"keep_user\":true}",
		json_string_value(json_object_get(j, "id")));
	k = ask_text("webhooks.update", body, 200);
	assert_str(desk_text(k, "url"), "https://me:***@new.test/");
	json_decref(k);
	json_decref(j);
}

static int
on_webhook(void *ctx, const struct webhook *w)
{
	snprintf(ctx, 400, "%.*s|%.*s", STR_ARG(w->url), STR_ARG(w->fields));
	return 0;
}

/* What a GET showed and comes back changes nothing: the secrets behind the mask stay. */
static void
test_masked(void **unused)
{
	static const struct {
		const char *name, *change, *want;
	} table[] = {
		{ "user and fields",
			"\"url\":\"https://x.test/b\",\"user\":\"me\","
			"\"password\":\"***\",\"fields\":{\"x-a\":\"***\"}",
			"https://me:p%3As@x.test/b|x-a: hidden\n" },
		{ "as a URL", "\"url\":\"https://me:***@x.test/c\"",
			"https://me:p%3As@x.test/c|x-a: hidden\n" },
		{ "a new one beside it", "\"fields\":{\"X-A\":\"***\",\"X-B\":\"new\"}",
			"https://me:p%3As@x.test/c|X-A: hidden\nX-B: new\n" },
		{ "a new value", "\"fields\":{\"X-A\":\"other\"}",
			"https://me:p%3As@x.test/c|X-A: other\n" },
		{ "another user", "\"url\":\"https://you:***@x.test/\"",
			"https://you:***@x.test/|X-A: other\n" },
		{ "another password",
			"\"url\":\"https://x.test/\",\"user\":\"you\","
			"\"password\":\"q\"",
			"https://you:q@x.test/|X-A: other\n" },
		{ "a user with a sign",
			"\"url\":\"https://x.test/\",\"user\":\"y@u\","
			"\"password\":\"q\"",
			"https://y%40u:q@x.test/|X-A: other\n" },
		{ "the same as it was given",
			"\"url\":\"https://x.test/d\",\"user\":\"y@u\","
			"\"password\":\"***\"",
			"https://y%40u:q@x.test/d|X-A: other\n" },
		{ "the same as it is shown",
			"\"url\":\"https://x.test/e\",\"user\":\"y%40u\","
			"\"password\":\"***\"",
			"https://y%40u:q@x.test/e|X-A: other\n" },
	};
	json_t *j = ask_text("webhooks.add",
		"{\"account\":\"shop\",\"url\":\"https://x.test/\",\"user\":\"me\","
		"\"password\":\"p:s\",\"fields\":{\"X-A\":\"hidden\"}}",
		200);
	const struct webhook_query q = { .tenant = 1 };
	char body[400], got[400];
	struct arena a;

	(void)unused;
	TEST_EACH(row, table)
	{
		snprintf(body, sizeof body, "{\"id\":\"%s\",\"tenant\":1,%s}",
			json_string_value(json_object_get(j, "id")), row->change);
		json_decref(ask_text("webhooks.update", body, 200));
		arena_init(&a, 1u << 20);
		assert_int_equal(control_webhook_each(c, &a, &q, on_webhook, got), 0);
		assert_string_equal(got, row->want);
		arena_done(&a);
	}
	json_decref(j);
}

/* A secret that is made is shown, once. */
static void
test_secret_made_later(void **unused)
{
	json_t *j = ask_text("webhooks.add", "{" URL ",\"format\":\"mailjet-1\"}", 200), *k;
	char body[200];

	(void)unused;
	assert_null(json_object_get(j, "secret"));
	snprintf(body, sizeof body, "{\"id\":\"%s\",\"tenant\":1,\"signed\":true}",
		json_string_value(json_object_get(j, "id")));
	k = ask_text("webhooks.update", body, 200);
	assert_true(str_starts(desk_text(k, "secret"), STR_LIT("whsec_")));
	json_decref(k);
	k = ask_text("webhooks.update", body, 200);
	assert_null(json_object_get(k, "secret"));
	json_decref(k);
	json_decref(j);
}

/* Every verb × an id of another account: as one that never was. */
static void
test_foreign(void **unused)
{
	static const char *const verbs[] = { "webhooks.get", "webhooks.update",
		"webhooks.remove", "webhooks.roll", "webhooks.log", "webhooks.dead",
		"webhooks.resume" };
	json_t *j = ask_text("webhooks.add", "{" URL "}", 200), *list;
	char body[200];

	(void)unused;
	for (size_t i = 0; i < TEST_COUNT(verbs); i++) {
		json_t *foreign, *none;

		snprintf(body, sizeof body, "{\"id\":\"%s\",\"tenant\":2}",
			json_string_value(json_object_get(j, "id")));
		foreign = ask_text(verbs[i], body, 404);
		snprintf(body, sizeof body, "{\"id\":99,\"tenant\":2}");
		none = ask_text(verbs[i], body, 404);
		assert_true(json_equal(foreign, none));
		json_decref(foreign);
		json_decref(none);
		snprintf(body, sizeof body, "{\"id\":%d,\"tenant\":2}",
			(int)json_integer_value(json_object_get(j, "number")));
		json_decref(ask_text(verbs[i], body, 404));
	}
	list = ask_text("webhooks.list", "{\"tenant\":2}", 200);
	assert_int_equal(json_array_size(json_object_get(list, "webhooks")), 0);
	json_decref(list);
	list = ask_text("webhooks.list", "{\"tenant\":1}", 200);
	assert_int_equal(json_array_size(json_object_get(list, "webhooks")), 1);
	json_decref(list);
	json_decref(j);
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, two_accounts, tables_down)

TEST_MAIN(DB_TEST(test_checks), DB_TEST(test_what_is_shown), DB_TEST(test_masked),
	DB_TEST(test_secret_made_later), DB_TEST(test_foreign))
