#include "api/mailjet_v3_send.h"

#include "base/mem.h"
#include "base/test.h"

static const struct api_world world = { .now = INT64_C(1795513883000000),
	.uuid_key = { 1, 2, 3 },
	.base_url = { "https://mail.test", 17 },
	.request_id = { "req-1", 5 } };

#define FROM "\"FromEmail\":\"a@x.test\""
#define ONE  FROM ",\"Recipients\":[{\"Email\":\"b@y.test\"}]"
#define TEXT ONE ",\"Text-part\":\"t\""

struct call {
	struct arena arena;
	struct api_send send;
};

static void
start(struct call *c, const char *body)
{
	arena_init(&c->arena, 16u << 20);
	api_send_init(&c->send, &c->arena);
	assert_int_equal(mailjet_v3_send_read(&c->send, str_z(body), &world), 0);
	assert_true(c->send.together);
}

static void
stop(struct call *c)
{
	api_send_done(&c->send);
	arena_done(&c->arena);
}

#define P(property) "MJ08 Property " property " is invalid: "
#define EMPTY       "MJ03 A non-empty value is required"

static const struct {
	const char *name, *body, *want; /* all errors, one a line */
} mistakes[] = {
	{ "fine", "{" TEXT "}", "" },
	{ "any case",
		"{\"fromemail\":\"a@x.test\",\"recipients\":[{\"email\":\"b@y."
		"test\"}],"
		"\"html-PART\":\"x\",\"MJ-prio\":\"2\"}",
		"" },
	{ "no JSON", "{",
		"Malformed JSON, please review the syntax and properties "
		"types." },
	{ "no object", "[]",
		"Malformed JSON, please review the syntax and properties "
		"types." },
	{ "nothing", "{}", P("FromEmail") EMPTY },
	{ "no recipient", "{" FROM ",\"Text-part\":\"t\"}", P("To") EMPTY },
	{ "no content", "{" ONE "}",
		P("Text-part") "Text-part, Html-part or Mj-TemplateID is "
			       "required" },
	{ "addresses",
		"{\"FromEmail\":\"a\",\"Recipients\":[{\"Email\":\"b\"}],"
		"\"Text-part\":"
		"\"t\"}",
		P("FromEmail") "\"a\" is an invalid email address\n" P(
			"Recipients") "\"b\" is an invalid email address" },
	{ "header lists", "{" FROM ",\"To\":\"a@b.test, c\",\"Cc\":\"x;\",\"Text-part\":\"t\"}",
		P("To") "\"c\" is an invalid email address\n" P(
			"Cc") "\"x;\" is an invalid email address" },
	{ "both ways", "{" TEXT ",\"To\":\"c@y.test\"}",
		P("Recipients") "it cannot be used together with To, Cc and "
				"Bcc" },
	{ "types", "{" TEXT ",\"Subject\":1,\"Attachments\":[3]}",
		P("Subject") "a string is expected\n" P(
			"Attachments[0]") "a object is expected" },
	{ "template", "{" ONE ",\"Mj-TemplateID\":12}", "" },
	{ "template by name", "{" TEXT ",\"Mj-TemplateID\":\"hello\"}", "" },
	{ "template beside HTML", "{" ONE ",\"Html-part\":\"x\",\"Mj-TemplateID\":\"12\"}",
		P("Html-part") "it cannot be given together with Mj-TemplateID" },
	{ "no template", "{" TEXT ",\"Mj-TemplateID\":0}", "" },
	{ "language",
		"{" ONE ",\"Text-part\":\"{{var:a}}\",\"Mj-TemplateLanguage\":"
		"\"True\"}",
		"" },
	{ "language without a mark", "{" TEXT ",\"Mj-TemplateLanguage\":true}", "" },
	{ "reports",
		"{" TEXT ",\"Mj-TemplateLanguage\":1,\"Mj-TemplateErrorReporting\":\"Dev "
		"<dev@x.test>\"}",
		"" },
	{ "reports to nobody",
		"{" TEXT ",\"Mj-TemplateLanguage\":1,\"Mj-TemplateErrorReporting\":\"\"}", "" },
	{ "reports to no address", "{" TEXT ",\"Mj-TemplateErrorReporting\":\"dev\"}",
		P("Mj-TemplateErrorReporting") "\"dev\" is an invalid email address" },
	{ "reports to two", "{" TEXT ",\"Mj-TemplateErrorReporting\":\"a@x.test, b@x.test\"}",
		P("Mj-TemplateErrorReporting") "one address is expected" },
	{ "reports to an object",
		"{" TEXT ",\"Mj-TemplateErrorReporting\":{\"Email\":\"a@x.test\"}}",
		P("Mj-TemplateErrorReporting") "a string is expected" },
	{ "deduplicate what", "{" TEXT ",\"Mj-deduplicatecampaign\":1}",
		P("Mj-deduplicatecampaign") "it needs Mj-campaign" },
	{ "deduplicate", "{" TEXT ",\"Mj-deduplicatecampaign\":1,\"Mj-campaign\":\"c\"}", "" },
	{ "numbers", "{" TEXT ",\"Mj-prio\":4,\"Mj-trackopen\":3,\"Mj-trackclick\":-1}",
		P("Mj-trackopen") "0, 1 or 2 is expected\n" P(
			"Mj-trackclick") "0, 1 or 2 is expected\n" P("Mj-prio") "the "
										"value "
										"must be "
										"from 0 "
										"to 3" },
	{ "headers",
		"{" TEXT ",\"Headers\":{\"X-A\":1,\"Subject\":\"x\",\"X-MJ-"
		"CustomID\":\"1\","
		"\"X-B\":\"a\\r\\nBcc: e@y.test\"}}",
		P("Headers") "a string is expected" },
	{ "header values",
		"{" TEXT ",\"Headers\":{\"Subject\":\"x\",\"X-MJ-CustomID\":\"1\","
		"\"X-B\":\"a\\r\\nBcc: e@y.test\"}}",
		P("Headers") "the header Subject cannot be customized\n" P(
			"Headers") "the header X-MJ-CustomID cannot be "
				   "customized\n" P("Headers") "a field's "
							       "value holds "
							       "control "
							       "characters or "
							       "bytes "
							       "that are not "
							       "UTF-8" },
	{ "reply to", "{" TEXT ",\"Headers\":{\"reply-to\":\"r\"}}",
		P("Headers[\"Reply-To\"]") "\"r\" is an invalid email "
					   "address" },
	{ "files",
		"{" TEXT ",\"Attachments\":[{\"Content-type\":\"text/"
		"plain\",\"Filename\":"
		"\"a\",\"content\":\"%\"}]}",
		P("Attachments") "a content is not base64, or it is too long" },
	{ "a file that is none",
		"{" TEXT ",\"Attachments\":[{\"Content-type\":\"x\",\"Filename\":"
		"\"a\",\"content\":\"\"}]}",
		P("Attachments") "a file's type is no media type such as "
				 "image/png" },
	{ "no list", "{\"Messages\":{}}", P("Messages") "an array is expected" },
	{ "no message", "{\"Messages\":[]}", P("Messages") EMPTY },
	{ "one of two", "{\"Messages\":[{" TEXT "},{" ONE "}]}",
		P("Messages[1].Text-part") "Text-part, Html-part or "
					   "Mj-TemplateID is "
					   "required" },
};

static void
test_errors(void **state)
{
	(void)state;
	TEST_EACH(row, mistakes)
	{
		struct call c;
		struct buf got;

		start(&c, row->body);
		buf_init(&got, 64u << 10);
		for (size_t i = 0; i < c.send.errors.n; i++)
			buf_printf(&got, "%s%.*s", i ? "\n" : "",
				STR_ARG(c.send.errors.at[i].text));
		assert_str(buf_str(&got), row->want);
		buf_done(&got);
		stop(&c);
	}
}

static void
test_recipients(void **state)
{
	const struct outgoing *o;
	struct call c;

	(void)state;
	start(&c,
		"{" FROM ",\"FromName\":\"A\",\"Recipients\":[{\"Email\":\"b@y.test\",\"Name\":"
		"\"B\",\"Vars\":{\"n\":\"Bo\"}},{\"Email\":\"c@y.test\"}],\"Vars\":{\"n\":"
		"\"friend\","
		"\"m\":1},\"Subject\":\"Hi [[var:n]]\",\"Text-part\":\"[[var:n]] [[var:m]]\","
		"\"Mj-CustomID\":7,\"Mj-EventPayLoad\":\"p\",\"Mj-campaign\":\"k\","
		"\"Mj-deduplicatecampaign\":\"true\",\"Mj-prio\":\"0\","
		"\"Mj-trackopen\":1,\"Mj-trackclick\":\"2\",\"Headers\":{\"Reply-To\":\"R "
		"<r@x.test>\",\"X-A\":\"1\"},\"Attachments\":[{\"Content-Type\":\"text/plain\","
		"\"Filename\":\"a.txt\",\"content\":\"YQ==\"}],\"Inline_attachments\":[{"
		"\"Content-"
		"type\":\"image/png\",\"Filename\":\"l.png\",\"content\":\"UE5H\"}]}");
	assert_int_equal(c.send.errors.n, 0);
	assert_int_equal(c.send.n, 2);
	o = &c.send.items[0].mail;
	assert_int_equal(o->to.n, 1);
	assert_str(o->to.at[0].name, "B");
	assert_str(o->from.name, "A");
	assert_str(o->subject, "Hi Bo");
	assert_str(o->text, "Bo 1");
	assert_str(o->reply_to.at[0].email, "r@x.test");
	assert_str(o->reply_to.at[0].name, "R");
	assert_int_equal(o->nfields, 1);
	assert_str(o->once, "k");
	assert_int_equal(o->turn, TURN_LOW);
	assert_int_equal(o->opens, OUTGOING_OFF);
	assert_int_equal(o->clicks, OUTGOING_ON);
	assert_int_equal(o->nfiles, 2);
	assert_str(o->files[0].content_id, "");
	assert_str(o->files[1].content_id, "l.png");
	assert_str(o->about, "{\"custom_id\":\"7\",\"payload\":\"p\",\"campaign\":\"k\"}");
	o = &c.send.items[1].mail;
	assert_str(o->to.at[0].email, "c@y.test");
	assert_str(o->subject, "Hi friend");
	stop(&c);
	start(&c,
		"{" FROM ",\"To\":\"B <b@y.test>, c@y.test\",\"Cc\":\"\",\"Bcc\":\"d@y.test\","
		"\"Text-part\":\"t\"}");
	assert_int_equal(c.send.errors.n, 0);
	assert_int_equal(c.send.n, 1);
	o = &c.send.items[0].mail;
	assert_int_equal(o->to.n, 2);
	assert_int_equal(o->cc.n, 0);
	assert_int_equal(o->bcc.n, 1);
	stop(&c);
}

/* so many: of the whole text, each as long as one. */
static void
many(struct buf *b, const char *before, const char *one, size_t n, const char *after)
{
	buf_clear(b);
	buf_put_z(b, before);
	for (size_t i = 0; i < n; i++) {
		buf_put_z(b, i ? "," : "");
		buf_put_z(b, one);
	}
	buf_put_z(b, after);
}

static void
test_limits(void **state)
{
	static const struct {
		const char *name, *before, *one, *after;
		size_t n;
	} table[] = {
		{ "recipients", "{" FROM ",\"Text-part\":\"t\",\"Recipients\":[",
			"{\"Email\":\"b@y.test\"}", "]}", 1000 },
		{ "addresses", "{" FROM ",\"Text-part\":\"t\",\"To\":\"", "b@y.test", "\"}",
			50 },
		{ "messages", "{\"Messages\":[", "{" TEXT "}", "]}", 100 },
	};
	struct buf body;

	(void)state;
	buf_init(&body, 1u << 20);
	TEST_EACH(row, table)
	{
		for (size_t over = 0; over < 2; over++) {
			struct call c;

			many(&body, row->before, row->one, row->n + over, row->after);
			buf_put_c(&body, '\0');
			start(&c, body.p);
			assert_int_equal(c.send.errors.n, over);
			stop(&c);
		}
	}
	buf_done(&body);
}

static void
answer_is(struct api_send *s, int status, const char *want)
{
	struct api_answer answer;

	mailjet_v3_send_answer(s, &world, &answer);
	assert_str(buf_str(&answer.body), want);
	assert_int_equal(answer.status, status);
	buf_done(&answer.body);
}

static void
test_answers(void **state)
{
	uint16_t of[] = { 0 };
	char uuid[2][UUID_TEXT], want[1000];
	struct call c;

	(void)state;
	start(&c, "{\"Messages\":[{" TEXT "},{" FROM
		  ",\"Text-part\":\"t\",\"To\":\"c@y.test\"}]}");
	for (size_t i = 0; i < 2; i++) {
		c.send.items[i].message = 100 + 10 * i;
		c.send.items[i].of = of;
		uuid_write(uuid[i], world.uuid_key, 101 + 10 * i);
	}
	snprintf(want, sizeof want,
		"{\"Sent\":[{\"Email\":\"b@y.test\",\"MessageID\":101,\"MessageUUID\":\"%s\"},"
		"{\"Email\":\"c@y.test\",\"MessageID\":111,\"MessageUUID\":\"%s\"}]}",
		uuid[0], uuid[1]);
	answer_is(&c.send, 200, want);
	c.send.items[1].refusal = API_SENDER;
	c.send.items[1].refusal_text = STR_LIT("not yours");
	answer_is(&c.send, 403,
		"{\"ErrorInfo\":\"\",\"ErrorMessage\":\"not yours\",\"StatusCode\":403}");
	/* Neither taken nor refused. */
	c.send.items[1].refusal = API_TAKEN;
	c.send.items[1].message = 0;
	answer_is(&c.send, 503,
		"{\"ErrorInfo\":\"\",\"ErrorMessage\":\"The service is busy; nothing was sent, "
		"try "
		"again later.\",\"StatusCode\":503}");
	stop(&c);
	start(&c, "{}");
	answer_is(&c.send, 400,
		"{\"ErrorInfo\":\"\",\"ErrorMessage\":\"" P("FromEmail") EMPTY
		"\",\"StatusCode\":400}");
	stop(&c);
}

TEST_MAIN(TEST(test_errors), TEST(test_recipients), TEST(test_limits), TEST(test_answers))
