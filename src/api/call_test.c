#include "api/dialects.h"
#include "base/test.h"

static void
refuse(enum dialect d, int status, const struct api_world *w, struct api_answer *a)
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
		native_problem(status, w->why, NULL, w, a);
	else
		by[d](status, w, a);
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
			refuse(d, statuses[i], &dialects_world, &a);
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

static void
test_rate(void **state)
{
	static const struct {
		const char *name;
		int status;
		struct api_rate rate;
		const char *want;
	} table[] = {
		{ "some left", 202, { 600, 599, 60, 1, 0 },
			"X-RateLimit-Limit: 600; X-RateLimit-Remaining: 599; "
			"X-RateLimit-Reset: "
			"1795513884; RateLimit-Policy: \"default\";q=600;w=60; RateLimit: "
			"\"default\";r=599;t=1; " },
		{ "none left", 429, { 600, 0, 60, 7, 1 },
			"X-RateLimit-Limit: 600; X-RateLimit-Remaining: 0; X-RateLimit-Reset: "
			"1795513890; RateLimit-Policy: \"default\";q=600;w=60; RateLimit: "
			"\"default\";r=0;t=7; " },
		{ "at once", 429, { 1, 0, 1, 0, 0 },
			"X-RateLimit-Limit: 1; X-RateLimit-Remaining: 0; X-RateLimit-Reset: "
			"1795513883; RateLimit-Policy: \"default\";q=1;w=1; RateLimit: "
			"\"default\";r=0;t=0; " },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct api_answer a;
		struct arena arena;
		struct buf got;

		arena_init(&arena, 1u << 16);
		buf_init(&got, 4096);
		memset(&a, 0xa5, sizeof a);
		refuse(SENDGRID, row->status, &dialects_world, &a);
		assert_int_equal(
			api_answer_rate(&a, &arena, &row->rate, dialects_world.now), 0);
		for (size_t i = 0; i < a.nfields; i++)
			buf_printf(&got, "%s: %.*s; ", a.fields[i].name,
				STR_ARG(a.fields[i].value));
		assert_str(buf_str(&got), row->want);
		buf_done(&got);
		buf_done(&a.body);
		arena_done(&arena);
	}
}

/* For what a vendor has no words of its own, ours are said, and that nothing was sent is not:
 * it may have been. */
static void
test_why(void **state)
{
	static const int statuses[] = { 400, 408, 409, 422 };
	struct api_world w = dialects_world;

	(void)state;
	w.why = STR_LIT("This key was used.");
	for (enum dialect d = NATIVE; d < DIALECTS; d++)
		for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
			struct api_answer a = { 0 };

			refuse(d, statuses[i], &w, &a);
			assert_int_equal(a.status / 100, 4);
			assert_true(str_find_str(buf_str(&a.body), w.why) < a.body.n);
			assert_true(str_find_str(buf_str(&a.body),
					    STR_LIT("nothing was sent")) == a.body.n);
			check(&a);
		}
}

static void
test_groups(void **state)
{
	static const struct {
		const char *name, *list;
		uint32_t own;
		const char *want;
	} table[] = {
		{ "none", "[]", 7, "" },
		{ "its own alone", "[7, 7]", 7, "" },
		{ "its own first", "[8, 7, 9, 8]", 7, "7 8 9 " },
		{ "no own", "[8, 9]", 0, "8 9 " },
		{ "one, and no own", "[8, 8]", 0, "8 " },
		{ "no numbers of groups", "[0, -1, 4294967296, 2147483648, 2147483647, \"1\"]",
			7, "7 2147483647 " },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		uint32_t got[OUTGOING_GROUPS];
		json_t *list = json_loads(row->list, 0, NULL);
		size_t n = api_groups(list, row->own, got);
		struct buf b;

		buf_init(&b, 1000);
		for (size_t i = 0; i < n; i++)
			buf_printf(&b, "%u ", (unsigned)got[i]);
		assert_str(buf_str(&b), row->want);
		buf_done(&b);
		json_decref(list);
	}
}

TEST_MAIN(TEST(test_groups), TEST(test_answers_start_anew), TEST(test_why), TEST(test_rate))
