#include "api/postmark_error.h"

#include "api/postmark_send.h"
#include "base/test.h"

static const struct api_world world = { .now = INT64_C(1795513883123000),
	.uuid_key = { 1, 2, 3 },
	.base_url = { "https://mail.test", 17 },
	.request_id = { "req-1", 5 } };

#define ONE  "\"From\":\"a@x.test\",\"To\":\"b@y.test\""
#define MAIL ONE ",\"TextBody\":\"x\""
#define FILE_(more)                                                                            \
	"{" MAIL ",\"Attachments\":[{\"Name\":\"a.txt\",\"Content\":\"YWJj\"" more "}]}"

struct call {
	struct arena arena;
	struct api_send send;
};

static void
call_begin(struct call *c, enum postmark_call kind, struct str body)
{
	arena_init(&c->arena, 64u << 20);
	api_send_init(&c->send, &c->arena);
	assert_int_equal(postmark_send_read(&c->send, kind, body, false, &world), 0);
}

static void
call_end(struct call *c)
{
	api_send_done(&c->send);
	arena_done(&c->arena);
}

static void
errors_text(const struct api_errors *e, struct buf *b)
{
	for (size_t i = 0; i < e->n; i++) {
		assert_int_equal(e->at[i].status, 422);
		buf_printf(
			b, "%s%s %.*s", i ? "; " : "", e->at[i].code, STR_ARG(e->at[i].text));
	}
}

/* "CODE text; …" of each item, items apart by " | "; "!" before those of the call. */
static void
errors_are(enum postmark_call kind, struct str body, const char *want)
{
	struct call c;
	struct buf got;

	call_begin(&c, kind, body);
	buf_init(&got, 1u << 20);
	if (c.send.errors.n) {
		buf_put_c(&got, '!');
		errors_text(&c.send.errors, &got);
	}
	for (size_t i = 0; i < c.send.n && !c.send.errors.n; i++) {
		buf_put_z(&got, i ? " | " : "");
		errors_text(&c.send.items[i].errors, &got);
	}
	assert_str(buf_str(&got), want);
	buf_done(&got);
	call_end(&c);
}

static void
test_calls(void **state)
{
	static const struct {
		const char *name;
		enum postmark_call kind;
		const char *body, *want;
	} table[] = {
		{ "fine", POSTMARK_EMAIL, "{" MAIL "}", "" },
		{ "no JSON", POSTMARK_EMAIL, "{\"From\":",
			"!402 Invalid JSON: line 1, column 8, byte 8: it ends too early." },
		{ "nothing", POSTMARK_EMAIL, "",
			"!402 Invalid JSON: line 1, column 0, byte 0: it ends too early." },
		{ "NUL", POSTMARK_EMAIL, "{\"Subject\":\"a\\u0000\"}",
			"!402 Invalid JSON: line 1, column 20, byte 20: a NUL character in a "
			"text." },
		{ "twice", POSTMARK_EMAIL, "{\"To\":\"a\",\"To\":\"b\"}",
			"!402 Invalid JSON: line 1, column 14, byte 14: a name stands twice in "
			"one "
			"object." },
		{ "a list as a message", POSTMARK_EMAIL, "[]",
			"403 A message must be an object." },
		{ "batch", POSTMARK_BATCH, "[{" MAIL "},{" MAIL "}]", " | " },
		{ "batch of one bad", POSTMARK_BATCH, "[{" MAIL "},{" ONE "},7,{" MAIL "}]",
			" | 300 Provide either email TextBody or HtmlBody or both."
			" | 403 A message must be an object. | " },
		{ "batch is no list", POSTMARK_BATCH, "{\"Messages\":[]}",
			"!403 A batch must be an array of messages." },
		{ "batch of none", POSTMARK_BATCH, "[]", "!300 Zero messages specified" },
		{ "template by id", POSTMARK_TEMPLATE,
			"{" ONE ",\"TemplateId\":12,\"TemplateModel\":{}}", "" },
		{ "template by alias", POSTMARK_TEMPLATE,
			"{" ONE ",\"TemplateAlias\":\"w\",\"TemplateModel\":{\"a\":[1]},"
			"\"InlineCss\":true}",
			"" },
		{ "template beside a text", POSTMARK_TEMPLATE,
			"{" MAIL ",\"TemplateId\":12,\"TemplateModel\":{}}",
			"1123 'Subject', 'HtmlBody' and 'TextBody' come from the template." },
		{ "template without a sender", POSTMARK_TEMPLATE,
			"{\"To\":\"b@y.test\",\"TemplateId\":12,\"TemplateModel\":{}}",
			"300 Invalid 'From' address: ''." },
		{ "template without one", POSTMARK_TEMPLATE, "{" ONE "}",
			"1101 The Template's 'Alias' associated with this request is not valid "
			"or was not found." },
		{ "template without a model", POSTMARK_TEMPLATE, "{" ONE ",\"TemplateId\":12}",
			"1120 'TemplateModel' is missing." },
		{ "template and a bad address", POSTMARK_TEMPLATE,
			"{\"From\":\"a\",\"TemplateId\":12,\"TemplateModel\":{}}",
			"300 Invalid 'From' address: 'a'." },
		{ "template in a plain call", POSTMARK_EMAIL, "{" MAIL ",\"TemplateId\":12}",
			"1123 A template goes to /email/withTemplate or "
			"/email/batchWithTemplates." },
		{ "templates", POSTMARK_TEMPLATES,
			"{\"Messages\":[{" ONE ",\"TemplateId\":\"12\",\"TemplateModel\":{}}]}",
			"" },
		{ "templates as a list", POSTMARK_TEMPLATES, "[]",
			"!403 Invalid request field(s): 'Messages'." },
		{ "templates of none", POSTMARK_TEMPLATES, "{\"Messages\":[]}",
			"!300 Zero messages specified" },
	};

	(void)state;
	TEST_EACH(row, table)
	errors_are(row->kind, str_z(row->body), row->want);
}

static void
test_people(void **state)
{
	static const struct {
		const char *name, *body, *want;
	} table[] = {
		{ "no one", "{\"TextBody\":\"x\"}",
			"300 Invalid 'From' address: ''.; 300 Zero recipients specified" },
		{ "blank", "{\"From\":\"\",\"To\":\" , \",\"TextBody\":\"x\"}",
			"300 Invalid 'From' address: ''.; 300 Zero recipients specified" },
		{ "only Bcc", "{\"From\":\"a@x.test\",\"Bcc\":\"b@y.test\",\"TextBody\":\"x\"}",
			"" },
		{ "bad addresses",
			"{\"From\":\"A <a@>\",\"To\":\"b@y.test, c\",\"Cc\":\"d@@y.test\","
			"\"Bcc\":\"e e@y.test\",\"ReplyTo\":\"f\",\"TextBody\":\"x\"}",
			"300 Invalid 'From' address: 'A <a@>'.; 300 Invalid 'To' address: "
			"'c'.; 300 Invalid 'Cc' address: 'd@@y.test'.; 300 Invalid 'Bcc' "
			"address: 'e e@y.test'.; 300 Invalid 'ReplyTo' address: 'f'." },
		{ "two senders",
			"{\"From\":\"a@x.test, b@x.test\",\"To\":\"b@y.test\",\"TextBody\":"
			"\"x\"}",
			"300 Invalid 'From' address: 'a@x.test, b@x.test'." },
		{ "line end in From",
			"{\"From\":\"\\\"A\\r\\nBcc: e@x.test\\\" <a@x.test>\",\"To\":"
			"\"b@y.test\",\"TextBody\":\"x\"}",
			"300 Invalid 'From' address: '\"A\r\nBcc: e@x.test\" <a@x.test>'." },
		{ "line end in To",
			"{\"From\":\"a@x.test\",\"To\":\"b@y.test\\nBcc:e@x.test\","
			"\"TextBody\":\"x\"}",
			"300 Invalid 'To' address: 'b@y.test\nBcc:e@x.test'." },
		{ "line separator in To",
			"{\"From\":\"a@x.test\",\"To\":\"b\\u2028@y.test\",\"TextBody\":\"x\"}",
			"300 Invalid 'To' address: 'b\xe2\x80\xa8@y.test'." },
		{ "a list as To", "{\"From\":\"a@x.test\",\"To\":[\"b@y.test\"]}",
			"403 Invalid request field(s): 'To'." },
	};

	(void)state;
	TEST_EACH(row, table)
	errors_are(POSTMARK_EMAIL, str_z(row->body), row->want);
}

static void
test_content(void **state)
{
	static const struct {
		const char *name, *body, *want;
	} table[] = {
		{ "nulls",
			"{" MAIL ",\"Cc\":null,\"Bcc\":null,\"Subject\":null,\"HtmlBody\":null,"
			"\"Tag\":null,\"Metadata\":null,\"Headers\":null,\"Attachments\":null,"
			"\"TrackOpens\":null,\"TrackLinks\":null,\"MessageStream\":null,"
			"\"TemplateId\":null,\"TemplateModel\":null}",
			"" },
		{ "empty",
			"{" MAIL ",\"Cc\":\"\",\"Tag\":\"\",\"TrackLinks\":\"\","
			"\"MessageStream\":\"\",\"Headers\":[],\"Attachments\":[],"
			"\"Metadata\":{}}",
			"" },
		{ "unknown field", "{" MAIL ",\"Sparkle\":1}", "" },
		{ "no content", "{" ONE "}",
			"300 Provide either email TextBody or HtmlBody or both." },
		{ "no content but a file",
			"{" ONE ",\"Attachments\":[{\"Name\":\"a.txt\",\"Content\":\"YWJj\"}]}",
			"300 Provide either email TextBody or HtmlBody or both." },
		{ "types",
			"{" ONE ",\"TextBody\":1,\"Metadata\":[],\"Headers\":{},"
			"\"Attachments\":[1],\"TrackOpens\":\"maybe\",\"Subject\":true}",
			"403 Invalid request field(s): 'Subject'.; "
			"403 Invalid request field(s): 'TextBody'.; "
			"403 Invalid request field(s): 'Metadata'.; "
			"403 Invalid request field(s): 'Headers'.; "
			"403 Invalid request field(s): 'Attachments[0]'.; "
			"403 Invalid request field(s): 'TrackOpens'." },
		{ "metadata", "{" MAIL ",\"Metadata\":{\"a\":\"1\",\"b\":2,\"c\":null}}",
			"403 Invalid request field(s): 'Metadata.b'.; "
			"403 Invalid request field(s): 'Metadata.c'." },
		{ "links", "{" MAIL ",\"TrackLinks\":\"All\"}",
			"403 Invalid request field(s): 'TrackLinks'." },
		{ "a stream of the account's own", "{" MAIL ",\"MessageStream\":\"news\"}",
			"" },
		{ "no such stream", "{" MAIL ",\"MessageStream\":\"News!\"}",
			"1235 The 'MessageStream' provided does not exist on this server." },
		{ "inbound stream", "{" MAIL ",\"MessageStream\":\"inbound\"}",
			"1236 Sending is not supported for this stream type." },
		{ "line end in the subject", "{" MAIL ",\"Subject\":\"a\\r\\nBcc: e@x.test\"}",
			"300 'Subject' holds characters that cannot be in a message." },
		{ "headers",
			"{" MAIL ",\"Headers\":[{\"Name\":\"X-A\",\"Value\":\"a\\r\\nBcc: "
			"e@x.test\"},{\"Name\":\"X-B\\r\\nBcc\",\"Value\":\"1\"},{\"Name\":"
			"\"bcc\",\"Value\":\"e@x.test\"},{\"Name\":\"X-C:\",\"Value\":\"1\"}]}",
			"300 Invalid header 'X-A': a field's value holds control characters "
			"or bytes that are not UTF-8.; "
			"300 Invalid header 'X-B\r\nBcc': a field's name may hold only "
			"printable ASCII without ':'.; "
			"300 The header 'bcc' is written by the service; it cannot be set in "
			"'Headers'.; "
			"300 Invalid header 'X-C:': a field's name may hold only printable "
			"ASCII without ':'." },
		{ "header without a name",
			"{" MAIL ",\"Headers\":[{\"Value\":\"a\"},{\"Name\":\"\"}]}",
			"300 'Headers[0].Name' is missing or empty.; "
			"300 'Headers[1].Name' is missing or empty." },
		{ "fields of SMTP",
			"{" MAIL ",\"Headers\":[{\"Name\":\"x-pm-tag\",\"Value\":\"t\"},"
			"{\"Name\":\"X-PM-KeepID\",\"Value\":\"true\"}]}",
			"300 The header 'x-pm-tag' steers mail that comes by SMTP; use the "
			"request's own field." },
	};

	(void)state;
	TEST_EACH(row, table)
	errors_are(POSTMARK_EMAIL, str_z(row->body), row->want);
}

static void
test_files(void **state)
{
#define BAD(what) "300 'Attachments[0]." what "' is not valid, or too long."
	static const struct {
		const char *name, *body, *want;
	} table[] = {
		{ "fine", FILE_(",\"ContentType\":\"text/plain\",\"ContentID\":null"), "" },
		{ "no name", "{" MAIL ",\"Attachments\":[{\"Content\":\"YWJj\"}]}",
			"300 'Attachments[0].Name' is missing or empty." },
		{ "no content", "{" MAIL ",\"Attachments\":[{\"Name\":\"a\"}]}",
			"300 'Attachments[0].Content' is missing or empty." },
		{ "no base64",
			"{" MAIL ",\"Attachments\":[{\"Name\":\"a\",\"Content\":\"%\"}]}",
			BAD("Content") },
		{ "line ends in base64",
			"{" MAIL ",\"Attachments\":[{\"Name\":\"a\",\"Content\":\"YW\\r\\nJj\"}"
			"]}",
			"" },
		{ "program",
			"{" MAIL ",\"Attachments\":[{\"Name\":\"a.b.EXE\",\"Content\":\"\"}]}",
			"411 Attachment file type not allowed." },
		{ "like a program",
			"{" MAIL ",\"Attachments\":[{\"Name\":\"exe\",\"Content\":\"\"}]}",
			"" },
		{ "line end in the name",
			"{" MAIL ",\"Attachments\":[{\"Name\":\"a\\r\\nX: y\",\"Content\":\"\"}"
			"]}",
			BAD("Name") },
		{ "no type", FILE_(",\"ContentType\":\"text\""), BAD("ContentType") },
		{ "half a type", FILE_(",\"ContentType\":\"text/\""), BAD("ContentType") },
		{ "line end in the type", FILE_(",\"ContentType\":\"text/plain\\r\\nX: y\""),
			BAD("ContentType") },
		{ "line separator in the type", FILE_(",\"ContentType\":\"text/a\\u2028b\""),
			BAD("ContentType") },
		{ "line end in the id", FILE_(",\"ContentID\":\"cid:a\\r\\nX: y\""),
			BAD("ContentID") },
		{ "line separator in the id", FILE_(",\"ContentID\":\"a\\u2028b\""),
			BAD("ContentID") },
		{ "brackets in the id", FILE_(",\"ContentID\":\"a><b\""), BAD("ContentID") },
	};

	(void)state;
	TEST_EACH(row, table)
	errors_are(POSTMARK_EMAIL, str_z(row->body), row->want);
}

/* {"A":"…","member":"<unit n times>"…} */
static void
repeated(struct buf *b, const char *head, const char *unit, size_t n, const char *tail)
{
	buf_init(b, 64u << 20);
	buf_put_z(b, head);
	for (size_t i = 0; i < n; i++)
		buf_put_z(b, unit);
	buf_put_z(b, tail);
}

static void
test_limits(void **state)
{
	static const struct {
		const char *name, *head, *unit, *tail;
		size_t max; /* units */
		enum postmark_call kind;
		const char *want;
	} table[] = {
		{ "recipients", "{\"From\":\"a@x.test\",\"TextBody\":\"x\",\"To\":\"",
			"b@y.test,", "\"}", 50, POSTMARK_EMAIL,
			"300 Maximum of 50 recipients allowed per email message." },
		{ "recipients of all kinds", "{" MAIL ",\"Cc\":\"c@y.test\",\"Bcc\":\"",
			"b@y.test,", "\"}", 48, POSTMARK_EMAIL,
			"300 Maximum of 50 recipients allowed per email message." },
		{ "subject", "{" MAIL ",\"Subject\":\"", "\xc3\xa9", "\"}", 2000,
			POSTMARK_EMAIL, "300 'Subject' is longer than 2000 characters." },
		{ "tag", "{" MAIL ",\"Tag\":\"", "\xc3\xa9", "\"}", 1000, POSTMARK_EMAIL,
			"300 'Tag' is longer than 1000 characters." },
		{ "text", "{" ONE ",\"TextBody\":\"", "x", "\"}", 5u << 20, POSTMARK_EMAIL,
			"300 'TextBody' is longer than 5242880 bytes." },
		{ "HTML", "{" ONE ",\"HtmlBody\":\"", "x", "\"}", 5u << 20, POSTMARK_EMAIL,
			"300 'HtmlBody' is longer than 5242880 bytes." },
		/* "x" and the file are the whole. */
		{ "whole",
			"{" MAIL ",\"Attachments\":[{\"Name\":\"a\",\"Content\":\"YWE=\"},{"
			"\"Name\":\"a\",\"Content\":\"",
			"YWJj", "\"}]}", ((10u << 20) - 3) / 3, POSTMARK_EMAIL,
			"300 The message is longer than 10485760 bytes." },
		/* {"metadata":{"a":"…"}} */
		{ "about", "{" MAIL ",\"Metadata\":{\"a\":\"", "x", "\"}}", (16u << 10) - 21,
			POSTMARK_EMAIL,
			"300 'Tag' and 'Metadata' together are longer than 16384 bytes." },
		{ "batch", "[7", ",7", "]", 499, POSTMARK_BATCH,
			"!410 You may only send up to 500 messages in a single batched "
			"request." },
		{ "batch of templates", "{\"Messages\":[7", ",7", "]}", 499, POSTMARK_TEMPLATES,
			"!410 You may only send up to 500 messages in a single batched "
			"request." },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct call c;
		struct buf b;

		repeated(&b, row->head, row->unit, row->max, row->tail);
		call_begin(&c, row->kind, buf_str(&b));
		assert_int_equal(c.send.errors.n, 0);
		assert_true(c.send.n == 500 || c.send.items[0].errors.n == 0);
		call_end(&c);
		buf_done(&b);
		repeated(&b, row->head, row->unit, row->max + 1, row->tail);
		errors_are(row->kind, buf_str(&b), row->want);
		buf_done(&b);
	}
}

TEST_MAIN(TEST(test_calls), TEST(test_people), TEST(test_content), TEST(test_files),
	TEST(test_limits))
