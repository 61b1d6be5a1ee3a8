#include "api/native_send.h"

#include "base/mem.h"
#include "base/test.h"
#include "wire/typed_id.h"

static struct api_world world = { .now = INT64_C(1795513883000000),
	.uuid_key = { 1, 2, 3 },
	.base_url = { "https://mail.test", 17 },
	.request_id = { "req-1", 5 } };

/* 150 bytes */
#define TEN  "X123456789"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define ONE  "\"from\":\"a@x.test\",\"to\":\"b@y.test\""

static const struct {
	const char *name, *body, *want; /* "POINTER words; …" */
} mistakes[] = {
	{ "fine", "{" ONE ",\"text\":\"x\"}", "" },
	{ "all members",
		"{\"from\":{\"email\":\"a@x.test\",\"name\":\"A\"},\"to\":[\"b@y."
		"test\","
		"\"C <c@y.test>\"],\"cc\":{\"email\":\"d@y.test\"},\"reply_to\":"
		"\"r@x.test\",\"subject\":\"s\",\"html\":\"<p>\",\"tags\":[\"t\"],"
		"\"metadata\":{\"k\":\"v\"},\"stream\":\"broadcast\",\"send_at\":"
		"\"2026-11-24T10:00:00Z\",\"track_opens\":false,\"headers\":{\"X-A\":"
		"\"1\"},\"attachments\":[{\"filename\":\"a.txt\",\"content\":\"eA==\"}]"
		"}",
		"" },
	{ "members that are not there",
		"{\"from\":{\"email\":\"a@x.test\",\"track_consent\":true},\"to\":[{\"email\":"
		"\"b@y.test\",\"Name\":\"B\"}],\"text\":\"x\",\"trackOpens\":false,\"x/y\":1,"
		"\"none\":null,\"attachments\":[{\"filename\":\"a\",\"content\":\"\",\"type\":"
		"\"x\"}]}",
		"/trackOpens There is no such member; did you mean track_opens?; "
		"/x~1y There is no such member.; "
		"/attachments/0/type There is no such member.; "
		"/from/track_consent There is no such member.; "
		"/to/0/Name There is no such member; did you mean name?" },
	{ "beside a batch",
		"{\"from\":\"a@x.test\",\"note\":null,\"messages\":[{" ONE
		",\"text\":\"x\",\"txet\":1}]}",
		"/from This cannot be beside \"messages\": each message has its own.; "
		"/messages/0/txet There is no such member; did you mean text?" },
	{ "no JSON", "{",
		" The body is no JSON: line 1, column 1, byte 1: it ends too early." },
	{ "no JSON on line 2", "\n {\"from\": tru }",
		" The body is no JSON: line 2, column 13, byte 14: not JSON." },
	{ "no object", "[]", " This must be a JSON object." },
	{ "nothing", "{}", "/from This member is missing." },
	{ "no content", "{" ONE "}", "/text The message needs a text or an html." },
	{ "no recipient", "{\"from\":\"a@x.test\",\"text\":\"x\"}",
		"/to The message needs a recipient." },
	{ "addresses",
		"{\"from\":\"a@x.test, "
		"b@x.test\",\"to\":[\"b@y.test\",7,{\"name\":\"x\"},"
		"\"no\"],\"text\":\"x\"}",
		"/from This is no e-mail address such as Ann <ann@example.com>.; "
		"/to/1 This must be an address, or an object with email and name.; "
		"/to/2/email This member is missing.; "
		"/to/3 This is no e-mail address such as Ann <ann@example.com>." },
	{ "injection",
		"{" ONE ",\"text\":\"x\",\"subject\":\"a\\r\\nBcc: e@x.test\",\"headers\":{"
		"\"X-A\":\"a\\nb\",\"Bcc\":\"e@x.test\"}}",
		"/subject This holds characters that cannot be there.; "
		"/headers/X-A a field's value holds control characters or bytes that "
		"are "
		"not UTF-8; "
		"/headers/Bcc This header is written by the service or from other "
		"members." },
	{ "options",
		"{" ONE ",\"text\":\"x\",\"stream\":\"Bulk\",\"send_at\":\"soon\","
		"\"metadata\":{\"a\":1},\"template\":\"t\",\"attachments\":[{"
		"\"filename\":"
		"\"a\",\"content\":\"?\"}]}",
		"/attachments/0/content This is not base64, or it is too long.; "
		"/stream This must be transactional, broadcast or the name of a stream.; "
		"/send_at This must be a time such as 2026-11-24T10:00:00Z.; "
		"/metadata/a This must be a JSON string.; "
		"/text The template has the texts: this cannot be beside it." },
	{ "names that a pointer escapes",
		"{" ONE ",\"text\":\"x\",\"headers\":{\"a/b\":\"1\",\"~c\":\"1\",\"~1\":2},"
		"\"metadata\":{\"d/~e\":1}}",
		"/headers/~01 This must be a JSON string.; "
		"/metadata/d~1~0e This must be a JSON string." },
	{ "a field's name that a pointer escapes",
		"{" ONE ",\"text\":\"x\",\"headers\":{\"a/~b\":\"1\\n\"}}",
		"/headers/a~1~0b a field's value holds control characters or bytes that are "
		"not UTF-8" },
	{ "long names",
		"{" ONE ",\"text\":\"x\",\"headers\":{\"" LONG "\":1},\"metadata\":{\"" LONG
		"\":1,\"" LONG LONG LONG LONG LONG LONG LONG "\":1}}",
		"/headers/" LONG " This must be a JSON string.; "
		"/metadata/" LONG " This must be a JSON string.; "
		"/metadata This must be a JSON string." },
	{ "a field's long name", "{" ONE ",\"text\":\"x\",\"headers\":{\"" LONG "\":\"1\"}}",
		"/headers/" LONG " a field's name may hold only printable ASCII without "
		"':'" },
	{ "variables alone", "{" ONE ",\"text\":\"x\",\"variables\":{}}",
		"/variables Variables fill in a template: they cannot be without "
		"one." },
	{ "CSS of no template", "{" ONE ",\"text\":\"x\",\"inline_css\":true}",
		"/inline_css This is for the HTML of a template: it cannot be without one." },
	{ "CSS of a template", "{" ONE ",\"template\":\"t\",\"inline_css\":true}", "" },
	{ "variables of a template", "{" ONE ",\"template\":\"t\",\"variables\":{}}", "" },
	{ "a template has the sender and the subject",
		"{\"to\":\"b@y.test\",\"template\":\"t\"}", "" },
	{ "a template beside a text",
		"{" ONE ",\"html\":\"x\",\"template\":\"t\",\"variables\":{}}",
		"/html The template has the texts: this cannot be beside it." },
	{ "a template and other mistakes", "{\"to\":\"b\",\"template\":\"\",\"variables\":[]}",
		"/from This member is missing.; "
		"/template This must not be empty.; "
		"/variables This must be a JSON object.; "
		"/to This is no e-mail address such as Ann <ann@example.com>." },
	{ "unsubscribe", "{" ONE ",\"text\":\"x\",\"unsubscribe\":false}", "" },
	{ "consent",
		"{\"from\":\"a@x.test\",\"to\":[\"b@y.test\",{\"email\":"
		"\"c@y.test\",\"track_consent\":true}],\"cc\":{\"email\":"
		"\"d@y.test\",\"track_consent\":false},\"text\":\"x\","
		"\"track_consent\":true,\"headers\":{\"X-Facteur-Consent\":\"no\"}}",
		"" },
	{ "consent, wrong",
		"{\"from\":\"a@x.test\",\"to\":{\"email\":\"b@y.test\","
		"\"track_consent\":\"yes\"},\"text\":\"x\",\"track_consent\":1}",
		"/track_consent This must be a JSON boolean.; /to/track_consent This must "
		"be a JSON boolean." },
	{ "consent by header, wrong",
		"{" ONE ",\"text\":\"x\",\"headers\":{\"X-Facteur-Consent\":\"1\"}}",
		"/headers/X-Facteur-Consent X-Facteur-Consent is yes or no" },
	{ "no switch", "{" ONE ",\"text\":\"x\",\"unsubscribe\":\"no\"}",
		"/unsubscribe This must be a JSON boolean." },
	{ "too late", "{" ONE ",\"text\":\"x\",\"send_at\":\"2026-12-01T10:00:00Z\"}",
		"/send_at This is more than 72 hours ahead." },
	{ "batch", "{\"messages\":[{" ONE ",\"text\":\"x\"},{" ONE "},{\"text\":1}]}",
		"/messages/1/text The message needs a text or an html.; "
		"/messages/2/from This member is missing.; "
		"/messages/2/text This must be a JSON string." },
	{ "empty batch", "{\"messages\":[]}",
		"/messages This must be a list of 1 to 1000 messages." },
};

static void
test_errors(void **state)
{
	(void)state;
	TEST_EACH(row, mistakes)
	{
		struct arena a;
		struct api_send s;
		struct buf got;

		arena_init(&a, 8u << 20);
		buf_init(&got, 1u << 16);
		api_send_init(&s, &a);
		assert_int_equal(native_send_read(&s, str_z(row->body), &world), 0);
		for (size_t i = 0; i < s.errors.n; i++)
			buf_printf(&got, "%s%.*s %.*s", i ? "; " : "",
				STR_ARG(s.errors.at[i].related[0]),
				STR_ARG(s.errors.at[i].text));
		assert_str(buf_str(&got), row->want);
		api_send_done(&s);
		buf_done(&got);
		arena_done(&a);
	}
}

/* Whose is whose. */
static void
test_consent(void **state)
{
	const struct outgoing *o;
	struct arena a;
	struct api_send s;

	(void)state;
	arena_init(&a, 8u << 20);
	api_send_init(&s, &a);
	assert_int_equal(
		native_send_read(&s,
			STR_LIT("{\"from\":\"a@x.test\",\"bcc\":{\"email\":\"d@y.test\","
				"\"track_consent\":false},\"to\":[\"b@y.test\",{\"email\":"
				"\"c@y.test\",\"track_consent\":true}],\"text\":\"x\","
				"\"track_consent\":true}"),
			&world),
		0);
	assert_int_equal(s.errors.n, 0);
	o = &s.items[0].mail;
	assert_int_equal(o->consent, OUTGOING_ON);
	assert_int_equal(o->consents[0], OUTGOING_DEFAULT);
	assert_int_equal(o->consents[1], OUTGOING_ON);
	assert_int_equal(o->consents[2], OUTGOING_OFF);
	api_send_done(&s);
	arena_done(&a);
}

/* The text that is made of HTML: of one message, of each of many. */
static void
test_text(void **state)
{
	static const struct {
		const char *name, *body, *want;
	} table[] = {
		{ "one", "{" ONE ",\"html\":\"<p>a</p>\"}", "a\n" },
		{ "its own", "{" ONE ",\"html\":\"<p>a</p>\",\"text\":\"b\"}", "b" },
		{ "not wanted", "{" ONE ",\"html\":\"<p>a</p>\",\"auto_text\":false}", "" },
		{ "a batch", "{\"messages\":[{" ONE ",\"html\":\"<p>a</p>\"}]}", "a\n" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct api_send s;

		arena_init(&a, 8u << 20);
		api_send_init(&s, &a);
		assert_int_equal(native_send_read(&s, str_z(row->body), &world), 0);
		assert_int_equal(s.errors.n, 0);
		assert_str(s.items[0].mail.text.p ? s.items[0].mail.text : STR_NONE, row->want);
		api_send_done(&s);
		arena_done(&a);
	}
}

static void
answer_is(struct api_send *s, int status, const char *want)
{
	struct api_answer answer;

	native_send_answer(s, &world, &answer);
	assert_str(buf_str(&answer.body), want);
	assert_int_equal(answer.status, status);
	buf_done(&answer.body);
}

static void
test_answers(void **state)
{
	char msg[TYPED_ID_TEXT], rcp[TYPED_ID_TEXT], want[1000];
	uint16_t of[] = { 0 };
	struct arena a;
	struct api_send s;

	(void)state;
	arena_init(&a, 8u << 20);
	api_send_init(&s, &a);
	assert_int_equal(
		native_send_read(
			&s, STR_LIT("{" ONE ",\"text\":\"x\",\"unsubscribe\":false}"), &world),
		0);
	assert_true(s.together);
	assert_int_equal(s.items[0].mail.unsubscribe, OUTGOING_OFF);
	s.items[0].message = 100;
	s.items[0].of = of;
	typed_id_write(msg, world.uuid_key, "msg", 100);
	typed_id_write(rcp, world.uuid_key, "rcp", 101);
	snprintf(want, sizeof want,
		"{\"data\":[{\"id\":\"%s\",\"recipients\":[{\"email\":\"b@y.test\",\"id\":"
		"\"%s\"}]}]}\n",
		msg, rcp);
	answer_is(&s, 202, want);
	s.items[0].refusal = API_SENDER;
	s.items[0].refusal_text = STR_LIT("not \"yours\"");
	answer_is(&s, 403,
		"{\"type\":\"https://mail.test/docs/api#forbidden\",\"title\":\"This is not "
		"allowed\",\"status\":403,\"detail\":\"not \\\"yours\\\"\",\"request_id\":"
		"\"req-1\"}\n");
	api_send_done(&s);
	api_send_init(&s, &a);
	assert_int_equal(native_send_read(&s, STR_LIT("{" ONE "}"), &world), 0);
	answer_is(&s, 422,
		"{\"type\":\"https://mail.test/docs/api#invalid\",\"title\":\"The request has "
		"mistakes\",\"status\":422,\"detail\":\"Nothing was sent: see errors.\","
		"\"errors\":[{\"pointer\":\"/text\",\"message\":\"The message needs a text or "
		"an html.\"}],\"request_id\":\"req-1\"}\n");
	world.french = true;
	answer_is(&s, 422,
		"{\"type\":\"https://mail.test/docs/api#invalid\",\"title\":\"La requête "
		"contient des erreurs\",\"status\":422,\"detail\":\"Rien n'a été envoyé : "
		"voyez errors.\",\"errors\":[{\"pointer\":\"/text\",\"message\":\"Le message a "
		"besoin d'un text ou d'un html.\"}],\"request_id\":\"req-1\"}\n");
	world.french = false;
	api_send_done(&s);
	api_send_init(&s, &a);
	assert_int_equal(native_send_read(&s, STR_LIT("{\"from\": "), &world), 0);
	answer_is(&s, 400,
		"{\"type\":\"https://mail.test/docs/api#bad-request\",\"title\":\"The request "
		"cannot be read\",\"status\":400,\"detail\":\"The body is no JSON: line 1, "
		"column 9, byte 9: it ends too early.\",\"request_id\":\"req-1\"}\n");
	api_send_done(&s);
	arena_done(&a);
}

/* Of a name of any length the answer stays short: the pointer names what holds it. */
static void
test_long_names(void **state)
{
	struct api_answer answer;
	struct api_send s;
	struct arena a;
	struct buf body;
	json_t *root;

	(void)state;
	arena_init(&a, 64u << 20);
	buf_init(&body, 32u << 20);
	api_send_init(&s, &a);
	buf_put_z(&body, "{" ONE ",\"text\":\"x\",\"headers\":{");
	for (size_t i = 0; i < 100; i++) {
		buf_printf(&body, "%s\"%zu", i ? "," : "", i);
		for (size_t k = 0; k < 10000; k++)
			buf_put_z(&body, "0123456789");
		buf_put_z(&body, "\":\"v\"");
	}
	buf_put_z(&body, "}}");
	assert_int_equal(native_send_read(&s, buf_str(&body), &world), 0);
	assert_int_equal(s.errors.n, 100);
	assert_str(s.errors.at[0].related[0], "/headers");
	native_send_answer(&s, &world, &answer);
	root = json_loadb(answer.body.p, answer.body.n, 0, NULL);
	assert_non_null(root);
	json_decref(root);
	buf_done(&answer.body);
	api_send_done(&s);
	buf_done(&body);
	arena_done(&a);
}

TEST_MAIN(TEST(test_errors), TEST(test_consent), TEST(test_text), TEST(test_answers),
	TEST(test_long_names))
