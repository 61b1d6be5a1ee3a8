#include "api/mailjet_send.h"

#include "base/mem.h"
#include "base/test.h"

#include <errno.h>

static const struct api_world world = { .now = INT64_C(1795513883000000),
	.uuid_key = { 1, 2, 3 },
	.base_url = { "https://mail.test", 17 },
	.request_id = { "req-1", 5 } };

#define ONE "\"From\":{\"Email\":\"a@x.test\"},\"To\":[{\"Email\":\"b@y.test\"}]"

/* "CODE path,path; …" of each item, items apart by " | "; "!" before those of the call. */
static void
errors_text(const struct api_errors *e, struct buf *b)
{
	for (size_t i = 0; i < e->n; i++) {
		buf_printf(b, "%s%s", i ? "; " : "", e->at[i].code);
		for (size_t k = 0; k < e->at[i].nrelated; k++)
			buf_printf(b, "%c%.*s", k ? ',' : ' ', STR_ARG(e->at[i].related[k]));
	}
}

#define W10 "a=b&c=d&e="
#define W50 W10 W10 W10 W10 W10
#define E10 "éééééééééé"
#define E50 E10 E10 E10 E10 E10

static const struct {
	const char *name, *body, *want;
} mistakes[] = {
	{ "fine", "{\"Messages\":[{" ONE ",\"TextPart\":\"x\"}]}", "" },
	{ "any case",
		"{\"messages\":[{\"from\":{\"email\":\"a@x.test\"},\"TO\":[{\"EMAIL\":"
		"\"b@y.test\"}],\"HtmlPart\":\"x\",\"Headers\":{\"X-A\":\"1\"}}],"
		"\"SandBoxMode\":\"true\"}",
		"" },
	{ "no JSON", "{\"Messages\":", "!mj-0002" },
	{ "no object", "[]", "!mj-0002" },
	{ "nothing", "{}", "!mj-0003 Messages" },
	{ "no list", "{\"Messages\":{}}", "!mj-0004 Messages" },
	{ "no message", "{\"Messages\":[]}", "!mj-0007 Messages" },
	{ "no content", "{\"Messages\":[{" ONE "}]}",
		"send-0003 TextPart,HTMLPart,TemplateID" },
	{ "no one", "{\"Messages\":[{\"TextPart\":\"x\"}]}", "mj-0003 From" },
	{ "no recipient",
		"{\"Messages\":[{\"From\":{\"Email\":\"a@x.test\"},\"TextPart\":\"x\"}]"
		"}",
		"mj-0003 To" },
	{ "addresses",
		"{\"Messages\":[{\"From\":{\"Email\":\"a\"},\"To\":[{\"Email\":"
		"\"b@y.test\"},{\"Email\":\"c\\nd@y.test\"}],\"TextPart\":\"x\"}]}",
		"mj-0013 From.Email; mj-0013 To[1].Email" },
	{ "types and lengths",
		"{\"Messages\":[{" ONE ",\"TextPart\":1,\"CustomCampaign\":7,"
		"\"To\":[]}]}",
		"!mj-0002" }, /* To twice */
	{ "types", "{\"Messages\":[{" ONE ",\"TextPart\":1,\"Cc\":[3],\"Bcc\":{}}]}",
		"mj-0004 Cc[0]; mj-0004 Bcc; mj-0004 TextPart" },
	{ "one of two", "{\"Messages\":[{" ONE "},{" ONE ",\"TextPart\":\"x\"}]}",
		"send-0003 TextPart,HTMLPart,TemplateID | " },
	{ "headers",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"Headers\":{\"X-Mailer\":"
		"\"1\",\"X-A\":\"a\\r\\nBcc: e@x.test\",\"DKIM-Signature\":\"x\"}}]}",
		"send-0011 Headers[\"X-Mailer\"]; mj-0005 Headers[\"X-A\"]; "
		"send-0011 Headers[\"DKIM-Signature\"]" },
	{ "a header that is no text",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"Headers\":{\"X-A\":1}}]}",
		"mj-0004 Headers[\"X-A\"]" },
	{ "options",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"TemplateID\":\"12\","
		"\"DeduplicateCampaign\":true,\"TemplateErrorDeliver\":true,"
		"\"Priority\":4,\"TrackOpens\":\"on\"}]}",
		"mj-0005 TrackOpens; "
		"send-0012 CustomCampaign; "
		"send-0016 TemplateLanguage; mj-0005 Priority" },
	{ "once each",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"CustomCampaign\":\"c\","
		"\"DeduplicateCampaign\":true},{" ONE ",\"TextPart\":\"x\","
		"\"DeduplicateCampaign\":false}]}",
		" | " },
	{ "files",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"Attachments\":[{"
		"\"ContentType\":\"text/"
		"plain\",\"Filename\":\"a\",\"Base64Content\":\"%\"}],"
		"\"InlinedAttachments\":[{\"Filename\":\"\"}]}]}",
		"mj-0003 InlinedAttachments[0].ContentType; "
		"mj-0012 InlinedAttachments[0].Filename; "
		"mj-0003 InlinedAttachments[0].Base64Content" },
	{ "base64",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"Attachments\":[{"
		"\"ContentType\":\"text/"
		"plain\",\"Filename\":\"a\",\"Base64Content\":\"%\"},{"
		"\"ContentType\":\"text/plain\",\"Filename\":\"b\",\"Base64Content\":"
		"\"YWJj\\r\\nZGVm\"}]}]}",
		"mj-0005 Attachments[0].Base64Content" },
	{ "a file that is none",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"Attachments\":[{"
		"\"ContentType\":\"x\",\"Filename\":\"a\",\"Base64Content\":\"\"}],"
		"\"InlinedAttachments\":[{\"ContentType\":\"image/"
		"png\",\"Filename\":\"a\\nb\",\"Base64Content\":\"\"}]}]}",
		"mj-0005 Attachments[0]; mj-0005 InlinedAttachments[0]" },
	{ "the template language",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x {{var:a}}\","
		"\"TemplateLanguage\":true}]}",
		"" },
	{ "a template",
		"{\"Messages\":[{\"To\":[{\"Email\":\"b@y.test\"}],\"TemplateID\":12,"
		"\"TextPart\":\"x\",\"Variables\":{\"a\":1}}]}",
		"" },
	{ "a template beside HTML",
		"{\"Messages\":[{" ONE ",\"HTMLPart\":\"x\",\"TemplateID\":12}]}",
		"send-0004 HTMLPart" },
	{ "the template language without a mark",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"TemplateLanguage\":true,"
		"\"TemplateErrorDelivery\":true}]}",
		"" },
	{ "reports to nobody",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"TemplateLanguage\":true,"
		"\"TemplateErrorReporting\":{\"Email\":\"dev\"}}]}",
		"mj-0013 TemplateErrorReporting.Email" },
	{ "Java's word",
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"TemplateErrorDelivery\":true}]}",
		"send-0016 TemplateLanguage" },
	{ "globals",
		"{\"Globals\":{" ONE ",\"TextPart\":\"x\"},\"Messages\":[{},{\"from\":{"
		"\"Email\":\"no\"}}]}",
		" | mj-0013 From.Email" },
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
		buf_init(&got, 4096);
		api_send_init(&s, &a);
		assert_int_equal(mailjet_send_read(&s, str_z(row->body), &world), 0);
		if (s.errors.n) {
			buf_put_c(&got, '!');
			errors_text(&s.errors, &got);
		}
		for (size_t i = 0; i < s.n && !s.errors.n; i++) {
			buf_put_z(&got, i ? " | " : "");
			errors_text(&s.items[i].errors, &got);
		}
		assert_str(buf_str(&got), row->want);
		api_send_done(&s);
		buf_done(&got);
		arena_done(&a);
	}
}

static void
test_mail(void **state)
{
	struct arena a;
	struct api_send s;

	(void)state;
	arena_init(&a, 8u << 20);
	api_send_init(&s, &a);
	assert_int_equal(
		mailjet_send_read(&s,
			STR_LIT("{\"Messages\":[{" ONE
				",\"Cc\":[{\"Email\":\"c@y.test\",\"Name\":\"C\"}],"
				"\"ReplyTo\":{\"Email\":\"r@x.test\"},\"Subject\":\"S\","
				"\"TextPart\":\"t\",\"HTMLPart\":\"<p>\",\"TrackClicks\":"
				"\"disabled\",\"CustomID\":\"id\\\"1\",\"CustomCampaign\":"
				"\"sale\",\"DeduplicateCampaign\":true,"
				"\"Priority\":3,\"Headers\":{\"X-A\":\"1\"},"
				"\"InlinedAttachments\":[{"
				"\"ContentType\":\"image/png\",\"Filename\":\"l.png\","
				"\"ContentID\":\"logo\",\"Base64Content\":\"UE5H\"}]}]}"),
			&world),
		0);
	assert_int_equal(s.n, 1);
	const struct outgoing *o = &s.items[0].mail;
	assert_int_equal(s.items[0].errors.n, 0);
	assert_str(o->cc.at[0].name, "C");
	assert_str(o->reply_to.at[0].email, "r@x.test");
	assert_str(o->subject, "S");
	assert_str(o->once, "sale");
	assert_int_equal(o->turn, TURN_LAST_FIRST);
	assert_int_equal(o->opens, OUTGOING_DEFAULT);
	assert_int_equal(o->clicks, OUTGOING_OFF);
	assert_str(o->fields[0].name, "X-A");
	assert_str(o->files[0].bytes, "PNG");
	assert_str(o->files[0].content_id, "logo");
	assert_str(o->about, "{\"custom_id\":\"id\\\"1\",\"campaign\":\"sale\"}");
	api_send_done(&s);
	arena_done(&a);
}

/* An address given twice counts once; one-line tags are filled in; 255 characters are no 255
 * bytes; a file without an id is found by its name. */
/* What a query does not hold is encoded. */
static void
test_url_tags(void **state)
{
	static const struct {
		const char *name, *tags, *want; /* want NULL: a mistake */
	} table[] = {
		{ "none", "", "" },
		{ "two", "a=1&b=%20c", "a=1&b=%20c" },
		{ "written freely", "?a=x y#\\r\\né", "a=x%20y%23%0D%0A%C3%A9" },
		{ "too long", W50 W50 W50 W50 W50 W50, NULL },
		{ "too long, encoded", E50 E50 E50 E50, NULL },
	};
	char body[2048];

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct api_send s;

		arena_init(&a, 8u << 20);
		api_send_init(&s, &a);
		snprintf(body, sizeof body,
			"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"URLTags\":\"%s\"}]}",
			row->tags);
		assert_int_equal(mailjet_send_read(&s, str_z(body), &world), 0);
		assert_int_equal(s.items[0].errors.n > 0, row->want == NULL);
		if (row->want)
			assert_str(s.items[0].mail.url_tags, row->want);
		else
			assert_str(s.items[0].errors.at[0].related[0], "URLTags");
		api_send_done(&s);
		arena_done(&a);
	}
}

static void
test_facts(void **state)
{
	struct arena a;
	struct api_send s;
	struct buf body;

	(void)state;
	arena_init(&a, 8u << 20);
	buf_init(&body, 1u << 20);
	for (size_t over = 0; over < 2; over++) {
		buf_clear(&body);
		buf_put_z(&body,
			"{\"Messages\":[{" ONE
			",\"Cc\":[{\"Email\":\"b@Y.TEST\"},{\"Email\":\"c@y.test\"}],"
			"\"Bcc\":[{\"Email\":\"c@y.test\"}],\"Variables\":{\"n\":\"Zoé\"},"
			"\"TextPart\":\"Hi "
			"[[var:n]]\",\"InlinedAttachments\":[{\"ContentType\":"
			"\"image/png\",\"Filename\":\"l.png\",\"Base64Content\":\"UE5H\"},"
			"{\"ContentType\":\"image/"
			"png\",\"Filename\":\"l 2.png\",\"Base64Content\":"
			"\"UE5H\"}],\"Subject\":\"");
		for (size_t i = 0; i < 255 + over; i++)
			buf_put_z(&body, "é");
		buf_put_z(&body, "\"}]}");
		api_send_init(&s, &a);
		assert_int_equal(mailjet_send_read(&s, buf_str(&body), &world), 0);
		assert_int_equal(s.items[0].errors.n, over);
		const struct outgoing *o = &s.items[0].mail;
		assert_int_equal(o->to.n, 1);
		assert_int_equal(o->cc.n, 1);
		assert_str(o->cc.at[0].email, "c@y.test");
		assert_int_equal(o->bcc.n, 0);
		assert_str(o->text, "Hi Zoé");
		assert_str(o->files[0].content_id, "l.png");
		assert_str(o->files[1].content_id, "");
		api_send_done(&s);
	}
	buf_done(&body);
	arena_done(&a);
}

static void
answer_is(struct api_send *s, int status, const char *want)
{
	struct api_answer answer;

	mailjet_send_answer(s, &world, &answer);
	assert_str(buf_str(&answer.body), want);
	assert_int_equal(answer.status, status);
	buf_done(&answer.body);
}

#define HREF "\"MessageHref\":\"https://mail.test/v3/REST/message/"

static void
test_answers(void **state)
{
	static const char body[] =
		"{\"Messages\":[{" ONE ",\"TextPart\":\"x\",\"CustomID\":\"7\"},"
		"{" ONE ",\"TextPart\":\"y\"}]}";
	uint16_t of[] = { 0 };
	char uuid[2][UUID_TEXT], want[2000];
	struct arena a;
	struct api_send s;

	(void)state;
	arena_init(&a, 8u << 20);
	api_send_init(&s, &a);
	assert_int_equal(mailjet_send_read(&s, str_z(body), &world), 0);
	for (size_t i = 0; i < 2; i++) {
		s.items[i].message = 100 + 10 * i;
		s.items[i].of = of;
		uuid_write(uuid[i], world.uuid_key, 101 + 10 * i);
	}
	snprintf(want, sizeof want,
		"{\"Messages\":[{\"Status\":\"success\",\"CustomID\":\"7\",\"To\":[{\"Email\":"
		"\"b@y.test\",\"MessageUUID\":\"%s\",\"MessageID\":101," HREF
		"101\"}],\"Cc\":[],\"Bcc\":[]},{\"Status\":\"success\",\"CustomID\":\"\","
		"\"To\":[{"
		"\"Email\":\"b@y.test\",\"MessageUUID\":\"%s\",\"MessageID\":111," HREF
		"111\"}],\"Cc\":[],\"Bcc\":[]}]}",
		uuid[0], uuid[1]);
	answer_is(&s, 200, want);
	/* One of two is not taken: 400, the other one is there all the same. */
	s.items[0].refusal = API_SENDER;
	s.items[0].refusal_text = STR_LIT("not yours");
	snprintf(want, sizeof want,
		"{\"Messages\":[{\"Status\":\"error\",\"Errors\":[{\"ErrorIdentifier\":\"req-"
		"1\","
		"\"ErrorCode\":\"send-0008\",\"StatusCode\":403,\"ErrorMessage\":\"not yours\","
		"\"ErrorRelatedTo\":[\"From\"]}]},{\"Status\":\"success\",\"CustomID\":\"\","
		"\"To\":[{\"Email\":\"b@y.test\",\"MessageUUID\":\"%s\",\"MessageID\":111," HREF
		"111\"}],\"Cc\":[],\"Bcc\":[]}]}",
		uuid[1]);
	answer_is(&s, 400, want);
	/* None: then the client may send all of it again. */
	s.items[0].refusal = s.items[1].refusal = API_BUSY;
	s.items[1].refusal_text = s.items[0].refusal_text;
	struct api_answer busy;
	mailjet_send_answer(&s, &world, &busy);
	assert_int_equal(busy.status, 503);
	buf_done(&busy.body);
	api_send_done(&s);
	arena_reset(&a);
	api_send_init(&s, &a);
	assert_int_equal(mailjet_send_read(&s, STR_LIT("nonsense"), &world), 0);
	answer_is(&s, 400,
		"{\"ErrorIdentifier\":\"req-1\",\"ErrorCode\":\"mj-0002\",\"StatusCode\":400,"
		"\"ErrorMessage\":\"Malformed JSON, please review the syntax and properties "
		"types.\"}");
	api_send_done(&s);
	arena_done(&a);
}

TEST_MAIN(TEST(test_errors), TEST(test_mail), TEST(test_facts), TEST(test_url_tags),
	TEST(test_answers))
