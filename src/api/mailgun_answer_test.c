#include "api/mailgun_scene.h"

static void
answer_is(const struct api_send *s, const char *message_id, int status, const char *want)
{
	struct api_answer answer;

	mailgun_send_answer(s, &world, str_z(message_id), &answer);
	assert_str(buf_str(&answer.body), want);
	assert_int_equal(answer.status, status);
	assert_string_equal(answer.type, "application/json");
	buf_done(&answer.body);
}

static void
test_answers(void **state)
{
	struct scene sc;

	(void)state;
	scene(&sc, ONE);
	sc.s.items[0].message = 100;
	answer_is(&sc.s, "", 200,
		"{\"id\":\"<101.req-1@x.test>\",\"message\":\"Queued. Thank you.\"}");
	answer_is(&sc.s, "<m@x.test>", 200,
		"{\"id\":\"<m@x.test>\",\"message\":\"Queued. Thank you.\"}");
	sc.s.items[0].refusal_text = STR_LIT("not \"yours\"");
	sc.s.items[0].refusal = API_SENDER;
	answer_is(&sc.s, "", 403, "{\"message\":\"not \\\"yours\\\"\"}");
	sc.s.items[0].refusal = API_SUSPENDED;
	answer_is(&sc.s, "", 403, "{\"message\":\"not \\\"yours\\\"\"}");
	sc.s.items[0].refusal = API_BUSY;
	answer_is(&sc.s, "", 503, "{\"message\":\"not \\\"yours\\\"\"}");
	scene_done(&sc);
	scene(&sc, ONE "&h:message-id=%3Cown%40x.test%3E");
	answer_is(&sc.s, "<m@x.test>", 200,
		"{\"id\":\"<own@x.test>\",\"message\":\"Queued. Thank you.\"}");
	scene_done(&sc);
	scene(&sc, "");
	answer_is(&sc.s, "", 400, "{\"message\":\"from parameter is missing\"}");
	scene_done(&sc);
}

static void
test_refuse(void **state)
{
	static const struct {
		const char *name, *type, *want;
		int status;
	} table[] = {
		{ "401", "text/plain; charset=utf-8", "Forbidden", 401 },
		{ "404", "application/json", "{\"message\":\"Not Found\"}", 404 },
		{ "413", "application/json", "{\"message\":\"Request Entity Too Large\"}",
			413 },
		{ "500", "application/json", "{\"message\":\"Internal Server Error\"}", 500 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct api_answer answer;

		mailgun_send_refuse(row->status, &world, &answer);
		assert_int_equal(answer.status, row->status);
		assert_string_equal(answer.type, row->type);
		assert_str(buf_str(&answer.body), row->want);
		buf_done(&answer.body);
	}
}

TEST_MAIN(TEST(test_answers), TEST(test_refuse))
