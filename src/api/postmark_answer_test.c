#include "api/postmark_answer.h"

#include "base/test.h"

static const struct api_world world = { .now = INT64_C(1795513883123000),
	.uuid_key = { 1, 2, 3 },
	.base_url = { "https://mail.test", 17 },
	.request_id = { "req-1", 5 } };

#define ONE  "\"From\":\"a@x.test\",\"To\":\"b@y.test\""
#define MAIL ONE ",\"TextBody\":\"x\""
#define AT   "\"SubmittedAt\":\"2026-11-24T09:51:23.123Z\",\"MessageID\":\""

struct call {
	struct arena arena;
	struct api_send send;
	enum postmark_call kind;
	uint16_t of[4];
};

/* Every message without errors is taken: number 100, 110, … */
static void
call_begin(struct call *c, enum postmark_call kind, const char *body, bool sandbox)
{
	*c = (struct call){ .kind = kind };
	arena_init(&c->arena, 8u << 20);
	api_send_init(&c->send, &c->arena);
	assert_int_equal(postmark_send_read(&c->send, kind, str_z(body), sandbox, &world), 0);
	for (size_t i = 0; i < c->send.n && !sandbox; i++) {
		c->send.items[i].message = c->send.items[i].errors.n ? 0 : 100 + 10 * i;
		c->send.items[i].of = c->of;
	}
}

static void
call_end(struct call *c)
{
	api_send_done(&c->send);
	arena_done(&c->arena);
}

static void
answer_is(struct call *c, int status, const char *want)
{
	struct api_answer answer;

	postmark_answer(&c->send, c->kind, &world, &answer);
	assert_str(buf_str(&answer.body), want);
	assert_int_equal(answer.status, status);
	assert_string_equal(answer.type, "application/json; charset=utf-8");
	buf_done(&answer.body);
}

static const char *
uuid(uint64_t number)
{
	static char text[4][UUID_TEXT];
	static unsigned next;

	return uuid_write(text[next++ % 4], world.uuid_key, number);
}

static void
test_one(void **state)
{
	char want[1000];
	struct call c;

	(void)state;
	call_begin(&c, POSTMARK_EMAIL, "{" MAIL "}", false);
	snprintf(want, sizeof want,
		"{\"To\":\"b@y.test\"," AT "%s\",\"ErrorCode\":0,\"Message\":\"OK\"}",
		uuid(101));
	answer_is(&c, 200, want);
	c.of[0] = 2;
	snprintf(want, sizeof want,
		"{\"To\":\"b@y.test\"," AT "%s\",\"ErrorCode\":0,\"Message\":\"OK\"}",
		uuid(103));
	answer_is(&c, 200, want);
	/* Nobody said what became of it. */
	c.send.items[0].message = 0;
	answer_is(&c, 503,
		"{\"ErrorCode\":100,\"Message\":\"The service is busy; nothing was sent. Try "
		"again later.\"}");
	call_end(&c);

	call_begin(&c, POSTMARK_EMAIL,
		"{\"From\":\"a@x.test\",\"TextBody\":\"x\",\"To\":\"\\\"B, \\u00e9\\\" "
		"<b@y.test>,c@y.test\",\"Cc\":\"d@y.test\",\"Bcc\":\"e@y.test\"}",
		false);
	snprintf(want, sizeof want,
		"{\"To\":\"\\\"B, \xc3\xa9\\\" <b@y.test>,c@y.test\",\"Cc\":\"d@y.test\","
		"\"Bcc\":\"e@y.test\"," AT "%s\",\"ErrorCode\":0,\"Message\":\"OK\"}",
		uuid(101));
	answer_is(&c, 200, want);
	call_end(&c);

	call_begin(&c, POSTMARK_EMAIL, "{" MAIL "}", true);
	snprintf(want, sizeof want,
		"{\"To\":\"b@y.test\"," AT
		"%s\",\"ErrorCode\":0,\"Message\":\"Test job accepted\"}",
		uuid(0));
	answer_is(&c, 200, want);
	call_end(&c);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *name;
		enum postmark_call kind;
		const char *body;
		int status;
		const char *want;
	} table[] = {
		{ "no JSON", POSTMARK_BATCH, "\"", 422,
			"{\"ErrorCode\":402,\"Message\":\"Invalid JSON: line 1, column 1, byte "
			"1: it "
			"ends too early.\"}" },
		{ "the first of two", POSTMARK_EMAIL, "{\"From\":\"\\\"a\\r\\n\"}", 422,
			"{\"ErrorCode\":300,\"Message\":\"Invalid 'From' address: "
			"'\\\"a\\r\\n'.\"}" },
		{ "template", POSTMARK_TEMPLATE, "{" ONE "}", 422,
			"{\"ErrorCode\":1101,\"Message\":\"The Template's 'Alias' associated "
			"with this request is not valid or was not found.\"}" },
		{ "templates", POSTMARK_TEMPLATES, "{\"Messages\":[{" ONE "}]}", 200,
			"[{\"ErrorCode\":1101,\"Message\":\"The Template's 'Alias' associated "
			"with this request is not valid or was not found.\"}]" },
		{ "a whole batch", POSTMARK_BATCH, "{}", 422,
			"{\"ErrorCode\":403,\"Message\":\"A batch must be an array of "
			"messages.\"}" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct call c;

		call_begin(&c, row->kind, row->body, false);
		answer_is(&c, row->status, row->want);
		call_end(&c);
	}
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *name;
		enum api_refusal refusal;
		const char *why;
		int status;
		const char *want;
	} table[] = {
		{ "sender", API_SENDER, "Its DKIM key is missing.", 422,
			"{\"ErrorCode\":400,\"Message\":\"The 'From' address you supplied "
			"(a@x.test) is not a Sender Signature on your account. Please add and "
			"confirm this address in order to be able to use it in the 'From' "
			"field of your messages. Its DKIM key is missing.\"}" },
		{ "suspended", API_SUSPENDED, "", 422,
			"{\"ErrorCode\":413,\"Message\":\"This account is not approved to send "
			"email.\"}" },
		{ "busy", API_BUSY, "", 503,
			"{\"ErrorCode\":100,\"Message\":\"The service is busy; nothing was "
			"sent. Try again later.\"}" },
		{ "inactive", API_INACTIVE, "not told", 422,
			"{\"ErrorCode\":406,\"Message\":\"You tried to send to recipient(s) "
			"that have been marked as inactive. Found inactive addresses: a@b, "
			"c@d. Inactive recipients are ones that have generated a hard bounce, "
			"a spam complaint, or a manual suppression.\"}" },
	};
	static const struct str inactive[] = { { "a@b", 3 }, { "c@d", 3 } };
	char want[1000];
	struct call c;

	(void)state;
	TEST_EACH(row, table)
	{
		call_begin(&c, POSTMARK_EMAIL, "{" MAIL "}", false);
		c.send.items[0].refusal = row->refusal;
		c.send.items[0].refusal_text = str_z(row->why);
		c.send.items[0].inactive = inactive;
		c.send.items[0].ninactive = 2;
		answer_is(&c, row->status, row->want);
		call_end(&c);
	}
	call_begin(&c, POSTMARK_EMAIL, "{" MAIL "}", false);
	c.send.items[0].inactive = inactive;
	c.send.items[0].ninactive = 2;
	snprintf(want, sizeof want,
		"{\"To\":\"b@y.test\"," AT "%s\",\"ErrorCode\":0,\"Message\":\"Message OK, but "
		"will not deliver to these inactive addresses: a@b, c@d.\"}",
		uuid(101));
	answer_is(&c, 200, want);
	call_end(&c);
}

static void
test_batch(void **state)
{
	char want[2000];
	struct call c;

	(void)state;
	call_begin(&c, POSTMARK_BATCH, "[{" MAIL "},{" ONE "},{" MAIL "},{" MAIL "}]", false);
	c.send.items[2].refusal = API_BUSY;
	snprintf(want, sizeof want,
		"[{\"To\":\"b@y.test\"," AT "%s\",\"ErrorCode\":0,\"Message\":\"OK\"},"
		"{\"ErrorCode\":300,\"Message\":\"Provide either email TextBody or HtmlBody or "
		"both.\"},{\"ErrorCode\":100,\"Message\":\"The service is busy; nothing was "
		"sent. Try again later.\"},"
		"{\"To\":\"b@y.test\"," AT "%s\",\"ErrorCode\":0,\"Message\":\"OK\"}]",
		uuid(101), uuid(131));
	answer_is(&c, 200, want);
	call_end(&c);
	/* All of it may be tried again. */
	call_begin(&c, POSTMARK_BATCH, "[{" MAIL "},{" MAIL "}]", false);
	c.send.items[0].refusal = c.send.items[1].refusal = API_BUSY;
	answer_is(&c, 503,
		"{\"ErrorCode\":100,\"Message\":\"The service is busy; nothing was sent. Try "
		"again later.\"}");
	call_end(&c);
}

static void
test_no_call(void **state)
{
	static const struct {
		const char *name;
		int status, sent;
		const char *want;
	} table[] = {
		{ "token", 401, 401,
			"{\"ErrorCode\":10,\"Message\":\"Request does not contain a valid "
			"Server token.\"}" },
		{ "nothing there", 404, 404,
			"{\"ErrorCode\":404,\"Message\":\"There is nothing at this "
			"address.\"}" },
		{ "method", 405, 405,
			"{\"ErrorCode\":404,\"Message\":\"This address does not take this "
			"method.\"}" },
		{ "large", 413, 413,
			"{\"ErrorCode\":300,\"Message\":\"The request is too large.\"}" },
		{ "not JSON", 415, 422,
			"{\"ErrorCode\":409,\"Message\":\"The request must be JSON "
			"(Content-Type: application/json).\"}" },
		{ "often", 429, 429,
			"{\"ErrorCode\":429,\"Message\":\"Rate limit exceeded. Try again "
			"later.\"}" },
		{ "busy", 503, 503,
			"{\"ErrorCode\":100,\"Message\":\"The service is busy; nothing was "
			"sent. Try again later.\"}" },
		{ "other", 500, 500,
			"{\"ErrorCode\":500,\"Message\":\"Internal error; nothing was sent. "
			"Try again later.\"}" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct api_answer answer;

		postmark_answer_refuse(row->status, &world, &answer);
		assert_int_equal(answer.status, row->sent);
		assert_str(buf_str(&answer.body), row->want);
		buf_done(&answer.body);
	}
}

TEST_MAIN(TEST(test_one), TEST(test_mistakes), TEST(test_refusals), TEST(test_batch),
	TEST(test_no_call))
