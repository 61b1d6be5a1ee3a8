#include "api/rest_scene.h"

#include "base/test.h"

#include <errno.h>

static void
test_query(void **state)
{
	static const struct {
		const char *name, *query, *want;
	} table[] = {
		{ "any case", "limit=5&LIMIT=6", "5" },
		{ "its name escaped", "Li%6dit=7", "7" },
		{ "plus", "x=1&Limit=a+b%2B", "a b+" },
		{ "no value", "Limit", "" },
		{ "empty", "Limit=", "" },
		{ "another name", "Limits=5&xLimit=6", NULL },
		{ "nothing", "", NULL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct str got;

		arena_init(&a, 4096);
		got = rest_query(&a, str_z(row->query), "Limit");
		assert_int_equal(got.p == NULL, row->want == NULL);
		if (row->want)
			assert_str(got, row->want);
		arena_done(&a);
	}
}

static void
test_when(void **state)
{
	static const struct {
		const char *name, *text;
		bool end;
		int err;
		int64_t want; /* seconds */
	} table[] = {
		{ "Z", "2023-11-14T22:13:20Z", false, 0, 1700000000 },
		{ "an offset", "2023-11-14T23:13:20+01:00", true, 0, 1700000000 },
		{ "an offset behind", "2023-11-14T21:13:20-01:00", true, 0, 1700000000 },
		{ "none", "2023-11-14T22:13:20", false, 0, 1700000000 },
		{ "none, parts", "2023-11-14T22:13:20.0000000", true, 0, 1700000000 },
		{ "seconds", "1700000000", true, 0, 1700000000 },
		{ "day", "2023-11-14", false, 0, 1699920000 },
		{ "day's end", "2023-11-14", true, 0, 1700006400 },
		{ "no day", "2023-13-14", false, -EINVAL, 0 },
		{ "no time", "2023-11-14T22:13", false, -EINVAL, 0 },
		{ "word", "today", false, -EINVAL, 0 },
		{ "nothing", "", false, -EINVAL, 0 },
		{ "long", "2023-11-14T22:13:20.000000000000000000000000000000000000000", false,
			-EINVAL, 0 },
		{ "too large", "99999999999999", false, -EINVAL, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		int64_t wall = 0;

		assert_int_equal(rest_when(str_z(row->text), row->end, &wall), row->err);
		assert_int_equal(wall, row->want * UTC_SEC);
	}
}

static void
test_numbers(void **state)
{
	char text[24];
	uint64_t n = rest_number(STR_LIT("Ann@d.test"));

	(void)state;
	assert_true(n > 0 && n < UINT64_C(1) << 48);
	assert_int_equal(n, rest_number(STR_LIT("ann@D.test")));
	assert_int_not_equal(n, rest_number(STR_LIT("bob@d.test")));
	snprintf(text, sizeof text, "%llu", (unsigned long long)n);
	assert_true(rest_is(str_z(text), STR_LIT("ann@d.test")));
	assert_true(rest_is(STR_LIT("ANN@d.test"), STR_LIT("ann@d.test")));
	assert_false(rest_is(STR_LIT("7"), STR_LIT("ann@d.test")));
	assert_false(rest_is(STR_NONE, STR_LIT("ann@d.test")));
}

static void
test_refuse(void **state)
{
	static const struct {
		const char *name;
		enum api_dialect dialect;
		int status;
		const char *why;
		int sent;
		const char *want;
	} table[] = {
		{ "Mailjet 401", API_MAILJET, 401, "x", 401, "" },
		{ "Mailjet 404", API_MAILJET, 404, "", 404,
			"{\"ErrorInfo\":\"\",\"ErrorMessage\":\"Object not "
			"found\",\"StatusCode\":404}" },
		{ "Mailjet 400", API_MAILJET, 400, "a \"b\"", 400,
			"{\"ErrorInfo\":\"\",\"ErrorMessage\":\"a \\\"b\\\"\","
			"\"StatusCode\":400}" },
		{ "Mailjet 500", API_MAILJET, 500, "", 500,
			"{\"ErrorInfo\":\"\",\"ErrorMessage\":\"Internal "
			"error\",\"StatusCode\":500}" },
		{ "SendGrid 401", API_SENDGRID, 401, "x", 401,
			"{\"errors\":[{\"message\":\"The provided authorization grant is "
			"invalid, expired, or revoked\",\"field\":null,\"help\":null}],"
			"\"id\":\"r\"}" },
		{ "SendGrid 404", API_SENDGRID, 404, "x", 404,
			"{\"errors\":[{\"message\":\"not "
			"found\",\"field\":null,\"help\":null}],\"id\":\"r\"}" },
		{ "SendGrid 400", API_SENDGRID, 400, "x", 400,
			"{\"errors\":[{\"message\":\"x\",\"field\":null,\"help\":null}],"
			"\"id\":\"r\"}" },
		{ "Postmark 401", API_POSTMARK, 401, "x", 401,
			"{\"ErrorCode\":10,\"Message\":\"Request does not contain a valid "
			"Server token.\"}" },
		{ "Postmark 403", API_POSTMARK, 403, "x", 401,
			"{\"ErrorCode\":10,\"Message\":\"x\"}" },
		{ "Postmark 400", API_POSTMARK, 400, "x", 422,
			"{\"ErrorCode\":700,\"Message\":\"x\"}" },
		{ "Postmark 404", API_POSTMARK, 404, "x", 404,
			"{\"ErrorCode\":404,\"Message\":\"x\"}" },
		{ "Mailgun 401", API_MAILGUN, 401, "x", 401, "Forbidden" },
		{ "Mailgun 404", API_MAILGUN, 404, "", 404, "{\"message\":\"Not Found\"}" },
		{ "Mailgun 400", API_MAILGUN, 400, "x", 400, "{\"message\":\"x\"}" },
	};
	const struct api_world w = { .base_url = STR_LIT("https://x"),
		.request_id = STR_LIT("r") };

	(void)state;
	TEST_EACH(row, table)
	{
		struct api_answer a;

		rest_refuse(row->dialect, row->status, str_z(row->why), &w, &a);
		assert_int_equal(a.status, row->sent);
		assert_str(buf_str(&a.body), row->want);
		buf_done(&a.body);
	}
}

static void
test_mail(void **state)
{
	static const struct {
		const char *name;
		enum fact_kind kind, state, last;
		unsigned opens, clicks;
	} table[] = {
		{ "accepted", FACT_ACCEPTED, FACT_ACCEPTED, FACT_ACCEPTED, 0, 0 },
		{ "delivered", FACT_DELIVERED, FACT_DELIVERED, FACT_DELIVERED, 0, 0 },
		{ "relayed", FACT_RELAYED, FACT_DELIVERED, FACT_DELIVERED, 0, 0 },
		{ "bounced", FACT_BOUNCED, FACT_BOUNCED, FACT_BOUNCED, 0, 0 },
		{ "returned", FACT_RETURNED, FACT_RETURNED, FACT_RETURNED, 0, 0 },
		{ "opened", FACT_OPENED, FACT_DELIVERED, FACT_DELIVERED, 1, 0 },
		{ "clicked", FACT_CLICKED, FACT_DELIVERED, FACT_DELIVERED, 0, 1 },
		{ "expired", FACT_EXPIRED, FACT_EXPIRED, FACT_EXPIRED, 0, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct rest_mail m = rest_scene(row->kind);

		assert_int_equal(m.state, row->state);
		assert_int_equal(m.last.kind, row->last);
		assert_int_equal(m.opens, row->opens);
		assert_int_equal(m.clicks, row->clicks);
		assert_str(event_about(&m.last, "custom_id"), "order-7");
		rest_mail_done(&m);
	}
	scene_done();
}

static int
on_event(void *ctx, const struct event *e)
{
	unsigned *n = ctx;

	++*n;
	return e->kind == FACT_BOUNCED ? 7 : 0;
}

static void
test_events(void **state)
{
	struct ledger_row row = scene_row();
	struct fact f = scene_fact(FACT_BOUNCED);
	struct arena a;
	unsigned n = 0;
	struct buf b;

	(void)state;
	arena_init(&a, 4u << 20);
	scene_facts(&b, &f);
	row.facts = buf_str(&b);
	/* Accepted, deferred, and the one at which it is told to end. */
	assert_int_equal(rest_events(&a, &row, scene_key, on_event, &n), 7);
	assert_int_equal(n, 3);
	buf_cut(&b, 0);
	f = scene_fact(FACT_CLICKED);
	for (int i = 0; i < 2 * (int)REST_EVENTS_MAX; i++) {
		f.at++;
		assert_int_equal(fact_write(&b, &f), 0);
	}
	row.facts = buf_str(&b);
	n = 0;
	assert_int_equal(rest_events(&a, &row, scene_key, on_event, &n), 0);
	assert_int_equal(n, REST_EVENTS_MAX);
	buf_done(&b);
	arena_done(&a);
}

/* A machine's visits are nobody's. */
static void
test_robot(void **state)
{
	struct fact f = scene_fact(FACT_OPENED);
	struct rest_mail m;

	(void)state;
	f.robot = 1;
	m = rest_scene_mail(&f);
	assert_int_equal(m.opens, 0);
	rest_mail_done(&m);
	scene_done();
}

static void
test_names(void **state)
{
	json_t *o = scene_json("{'b':1,'a':2,'':3,'ab':4}");

	(void)state;
	assert_true(rest_scene_is(rest_names(o), "['','a','ab','b']"));
	json_decref(o);
	o = json_object();
	assert_true(rest_scene_is(rest_names(o), "[]"));
	json_decref(o);
}

TEST_MAIN(TEST(test_names), TEST(test_events), TEST(test_query), TEST(test_when),
	TEST(test_numbers), TEST(test_refuse), TEST(test_mail), TEST(test_robot))
