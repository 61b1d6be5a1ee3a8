#include "api/dialects.h"
#include "base/test.h"

static void
refuse(enum dialect d, int status, struct api_answer *a)
{
	static void (*const by[])(int, const struct api_world *, struct api_answer *) = {
		[MAILJET] = mailjet_send_refuse,
		[MAILJET_V3] = mailjet_v3_send_refuse,
		[SENDGRID] = sendgrid_send_refuse,
		[POSTMARK] = postmark_answer_refuse,
		[MAILGUN] = mailgun_send_refuse,
		[MAILGUN_MULTIPART] = mailgun_send_refuse,
	};

	if (d == NATIVE)
		native_problem(status, STR_NONE, NULL, &dialects_world, a);
	else
		by[d](status, &dialects_world, a);
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
			dialects_answer(&s, d, &a);
			assert_true(a.status >= 400);
			check(&a);
		}
	}
}

TEST_MAIN(TEST(test_answers_start_anew))
