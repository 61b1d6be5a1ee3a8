#include "api/call.h"

#include "api/mailgun_send.h"
#include "api/mailjet_send.h"
#include "api/mailjet_v3_send.h"
#include "api/native_send.h"
#include "api/postmark_answer.h"
#include "api/sendgrid_send.h"
#include "base/test.h"

static const struct api_world world = { .now = INT64_C(1795513883000000),
	.base_url = { "https://mail.test", 17 },
	.request_id = { "req-1", 5 } };

enum dialect { NATIVE, MAILJET, MAILJET_V3, SENDGRID, POSTMARK, MAILGUN, DIALECTS };

static void
answer_of(enum dialect d, const struct api_send *s, struct api_answer *a)
{
	switch (d) {
	case NATIVE:
		native_send_answer(s, &world, a);
		break;
	case MAILJET:
		mailjet_send_answer(s, &world, a);
		break;
	case MAILJET_V3:
		mailjet_v3_send_answer(s, &world, a);
		break;
	case SENDGRID:
		sendgrid_send_answer(s, &world, a);
		break;
	case POSTMARK:
		postmark_answer(s, POSTMARK_EMAIL, &world, a);
		break;
	case MAILGUN:
	case DIALECTS:
	default:
		mailgun_send_answer(s, &world, STR_NONE, a);
		break;
	}
}

static void
refuse(enum dialect d, int status, struct api_answer *a)
{
	static void (*const by[])(int, const struct api_world *, struct api_answer *) = {
		[MAILJET] = mailjet_send_refuse,
		[MAILJET_V3] = mailjet_v3_send_refuse,
		[SENDGRID] = sendgrid_send_refuse,
		[POSTMARK] = postmark_answer_refuse,
		[MAILGUN] = mailgun_send_refuse,
	};

	if (d == NATIVE)
		native_problem(status, STR_NONE, NULL, &world, a);
	else
		by[d](status, &world, a);
}

/* What stood in the answer before is nowhere in it. */
static void
check(struct api_answer *a)
{
	assert_true(a->status >= 200 && a->status < 600);
	assert_non_null(a->type);
	assert_false(a->body.full);
	assert_true(a->message_id.n == 0);
	buf_done(&a->body);
}

static void
test_answers_start_anew(void **state)
{
	static const int statuses[] = { 401, 404, 413, 429, 500, 503 };

	(void)state;
	for (enum dialect d = NATIVE; d < DIALECTS; d++) {
		for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
			struct api_answer a;

			memset(&a, 0xa5, sizeof a);
			refuse(d, statuses[i], &a);
			check(&a);
		}
		for (enum api_refusal why = API_SENDER; why <= API_INACTIVE; why++) {
			struct api_item item = { .mail = { .about = STR_NONE },
				.refusal = why,
				.refusal_text = STR_LIT("no") };
			struct api_send s = { .items = &item, .n = 1 };
			struct api_answer a;

			memset(&a, 0xa5, sizeof a);
			answer_of(d, &s, &a);
			assert_true(a.status >= 400);
			check(&a);
		}
	}
}

TEST_MAIN(TEST(test_answers_start_anew))
