#include "report/hook_native.h"

#include "base/test.h"
#include "report/event_scene.h"
#include "report/trace.h"

#include <errno.h>
#include <jansson.h>

#define DOC_MAX (1u << 20)

static struct buf doc;

static int
up(void **state)
{
	const char *root = getenv("FACTEUR_SOURCE");
	char path[4096];
	FILE *f;

	(void)state;
	snprintf(path, sizeof path, "%s/docs/reference/webhooks.md", root ? root : ".");
	buf_init(&doc, DOC_MAX);
	f = fopen(path, "r");
	if (!f)
		return -1;
	buf_added(&doc, fread(buf_room(&doc, DOC_MAX - 1), 1, DOC_MAX - 1, f));
	return fclose(f);
}

static int
down(void **state)
{
	(void)state;
	buf_done(&doc);
	return 0;
}

/* The block of JSON behind "### `TYPE`". */
static json_t *
example(const char *type)
{
	char head[80];
	struct str rest = buf_str(&doc), from = STR_LIT("```json\n"), to = STR_LIT("\n```");

	snprintf(head, sizeof head, "\n### `%s`\n", type);
	rest = str_from(rest, str_find_str(rest, str_z(head)) + strlen(head));
	rest = str_from(rest, str_find_str(rest, from) + from.n);
	rest = str_head(rest, str_find_str(rest, to));
	return json_loadb(rest.p, rest.n, JSON_REJECT_DUPLICATES, NULL);
}

/* Each example of the reference is what is sent, member by member. */
static void
test_examples(void **state)
{
	(void)state;
	for (unsigned k = FACT_ACCEPTED; k < FACT_KINDS; k++) {
		struct event e;
		json_t *got, *want;
		const char *type;

		if (k == FACT_RELAYED)
			continue; /* told as delivered */
		e = scene_event((enum fact_kind)k);
		got = hook_native(&e);
		type = json_string_value(json_object_get(got, "type"));
		want = example(type);
		test_at(type);
		if (!json_equal(got, want)) {
			char *text = json_dumps(got, JSON_INDENT(2));

			fprintf(stderr, "### `%s`\n\n```json\n%s\n```\n\n", type, text);
			free(text);
		}
		assert_true(json_equal(got, want));
		test_at(NULL);
		json_decref(got);
		json_decref(want);
		event_done(&e);
		scene_done();
	}
}

/* P9: the webhook says what the console, the API and the command line say. */
static void
test_same_words(void **state)
{
	(void)state;
	for (unsigned k = FACT_ACCEPTED; k < FACT_KINDS; k++) {
		struct fact f = scene_fact((enum fact_kind)k);
		struct event e = scene_event_of(&f);
		struct ledger_row row = scene_row();
		json_t *all = json_array(), *hook = hook_native(&e);
		struct buf facts;

		test_at(fact_name((enum fact_kind)k));
		scene_facts(&facts, &f);
		row.facts = buf_str(&facts);
		row.last = f.kind;
		assert_int_equal(trace_json(&row, all), 0);
		assert_true(json_equal(json_object_get(json_array_get(all, 0), "verdict"),
			json_object_get(json_object_get(hook, "data"), "verdict")));
		test_at(NULL);
		buf_done(&facts);
		json_decref(all);
		json_decref(hook);
		event_done(&e);
		scene_done();
	}
}

/* The message's own group is in "about"; one that he ticked on its page is said. */
static void
test_left(void **state)
{
	struct fact f = scene_fact(FACT_UNSUBSCRIBED);
	struct event e;
	json_t *j, *signal;

	(void)state;
	f.url = STR_LIT("group:44");
	e = scene_event_of(&f);
	j = hook_native(&e);
	signal = json_object_get(json_object_get(j, "data"), "signal");
	assert_int_equal(json_integer_value(json_object_get(signal, "group")), 44);
	assert_null(json_object_get(signal, "url"));
	json_decref(j);
	event_done(&e);
	scene_done();
}

/* jansson would write U+0000, which strict readers refuse. */
static const struct {
	const char *name;
	struct str text;
	const char *want;
} hostile[] = {
	{ "bytes", { "a\0b\xff\r\n\"\\", 8 }, "a\\x00b\\xff\\x0d\\x0a\"\\\\" },
	{ "NUL", { "a\0b", 3 }, "a\\x00b" },
	{ "text", { "\xe2\x80\xa8\r\n\"\\", 7 }, "\xe2\x80\xa8\r\n\"\\" },
};

static void
test_hostile(void **state)
{
	(void)state;
	TEST_EACH(row, hostile)
	{
		struct fact f = scene_fact(FACT_BOUNCED);
		struct event e;
		json_t *j, *attempt;

		f.reply.text = row->text;
		e = scene_event_of(&f);
		j = hook_native(&e);
		attempt = json_object_get(json_object_get(j, "data"), "attempt");
		assert_string_equal(
			json_string_value(json_object_get(attempt, "reply")), row->want);
		json_decref(j);
		event_done(&e);
		scene_done();
	}
}

/* The first is the example of the Standard Webhooks specification's reference libraries. */
static void
test_sign(void **state)
{
	static const struct {
		const char *name, *first, *second, *want;
		int err;
	} table[] = {
		{ "specification", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "",
			"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 0 },
		{ "two", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
			"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
			"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
			"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
			0 },
		{ "the old one alone", "", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
			"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 0 },
		{ "none", "", "", "", -EINVAL },
		{ "no prefix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "", "", -EINVAL },
		{ "no base64", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS*", "", "", -EINVAL },
		{ "short", "whsec_MfKQ9r8GKYqrTwg=", "", "", -EINVAL },
		{ "second is none", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "x", "",
			-EINVAL },
	};
	const struct hook_signed what = { STR_LIT("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
		STR_LIT("{\"test\": 2432232314}") };
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	TEST_EACH(row, table)
	{
		struct str secrets[] = { str_z(row->first), str_z(row->second) };

		buf_clear(&b);
		assert_int_equal(hook_native_sign(&b, secrets, &what), row->err);
		assert_str(buf_str(&b), row->want);
	}
	buf_done(&b);
	buf_init(&b, 20);
	assert_int_equal(
		hook_native_sign(&b, (struct str[]){ str_z(table[0].first), STR_NONE }, &what),
		-E2BIG);
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

static void
test_secret(void **state)
{
	static const uint8_t random[HOOK_SECRET_BYTES_MADE] = { 1, 2, 3 };
	const struct hook_signed what = { STR_LIT("a"), 1, STR_LIT("b") };
	struct buf secret, b;

	(void)state;
	buf_init(&secret, 100);
	buf_init(&b, 100);
	assert_int_equal(hook_native_secret(&secret, random), 0);
	assert_true(str_starts(buf_str(&secret), STR_LIT("whsec_AQIDAAAA")));
	assert_int_equal(
		hook_native_sign(&b, (struct str[]){ buf_str(&secret), STR_NONE }, &what), 0);
	buf_done(&secret);
	buf_init(&secret, 10);
	assert_int_equal(hook_native_secret(&secret, random), -E2BIG);
	buf_done(&secret);
	buf_done(&b);
}

#define DOC_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)

TEST_MAIN(DOC_TEST(test_examples), TEST(test_same_words), TEST(test_left), TEST(test_hostile),
	TEST(test_sign), TEST(test_secret))
