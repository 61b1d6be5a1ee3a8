#include "api/mailgun_send.h"

#include "base/mem.h"
#include "base/test.h"

static const struct api_world world = { .now = INT64_C(1795513883000000),
	.request_id = { "req-1", 5 } };

#define MAIL "&message=From:+a%40x.test%0D%0ATo:+l%40x.test%0D%0A%0D%0Ahi%0D%0A"

static void
test_mime(void **state)
{
	static const struct {
		const char *name, *body, *want; /* "to,to|message", or "!" and the error */
	} table[] = {
		{ "fine", "to=b%40y.test,c%40y.test" MAIL,
			"b@y.test,c@y.test|From: a@x.test\r\nTo: l@x.test\r\n\r\nhi\r\n" },
		{ "bare line ends",
			"to=b%40y.test&message=From:+N+%3Ca%40x.test%3E%0A%0Aa%0Db%0A%0D%0A",
			"b@y.test|From: N <a@x.test>\r\n\r\na\r\nb\r\n\r\n" },
		{ "no message", "to=b%40y.test", "!message parameter is missing" },
		{ "no to", "x=1" MAIL, "!to parameter is missing" },
		{ "no from", "to=b%40y.test&message=To:+l%40x.test%0D%0A%0D%0Ahi",
			"!from parameter is missing" },
		{ "two froms",
			"to=b%40y.test&message=From:+a%40x.test%0AFrom:+b%40x.test%0A%0Ahi",
			"!'from' parameter is not a valid address. please check "
			"documentation" },
		{ "two authors", "to=b%40y.test&message=From:+a%40x.test,b%40x.test%0A%0Ahi",
			"!'from' parameter is not a valid address. please check "
			"documentation" },
		{ "another domain", "to=b%40y.test&message=From:+a%40z.test%0A%0Ahi",
			"b@y.test|From: a@z.test\r\n\r\nhi" },
		{ "no header", "to=b%40y.test&message=hello+you%0A%0Ahi",
			"!'message' parameter is not a MIME message: its header has a line "
			"that "
			"is no field" },
		{ "variables", "to=b%40y.test&recipient-variables={\"a\":{}}" MAIL,
			"!'recipient-variables' parameter is not supported here for MIME "
			"messages" },
		{ "fields", "to=b%40y.test&h:X-A=1" MAIL,
			"!'h:' parameters are not supported here for MIME messages" },
		{ "consent, wrong",
			"to=b%40y.test&message=From:+a%40x.test%0AX-Facteur-Consent:+1%0A%0Ahi",
			"!X-Facteur-Consent is yes or no" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct mailgun_call c = { STR_LIT("x.test"),
			STR_LIT("application/x-www-form-urlencoded"), str_z(row->body) };
		struct str message = STR_NONE;
		struct api_send s;
		struct arena a;
		struct buf got;

		arena_init(&a, 8u << 20);
		buf_init(&got, 4096);
		api_send_init(&s, &a);
		assert_int_equal(mailgun_mime_read(&s, &c, &world, &message), 0);
		if (s.errors.n > 0) {
			assert_int_equal(message.n, 0);
			buf_printf(&got, "!%.*s", STR_ARG(s.errors.at[0].text));
		} else {
			const struct outgoing_list *to = &s.items[0].mail.to;

			for (size_t i = 0; i < to->n; i++)
				buf_printf(
					&got, "%s%.*s", i ? "," : "", STR_ARG(to->at[i].email));
			buf_printf(&got, "|%.*s", STR_ARG(message));
		}
		assert_str(buf_str(&got), row->want);
		buf_done(&got);
		api_send_done(&s);
		arena_done(&a);
	}
}

static void
test_options(void **state)
{
	struct mailgun_call c = { STR_LIT("x.test"),
		STR_LIT("application/x-www-form-urlencoded"),
		STR_LIT("to=b%40y.test&o:tag=t&v:a=%25recipient.x%25&o:testmode=yes&o:tracking="
			"no" MAIL) };
	struct str message = STR_NONE;
	struct api_send s;
	struct arena a;

	(void)state;
	arena_init(&a, 8u << 20);
	api_send_init(&s, &a);
	assert_int_equal(mailgun_mime_read(&s, &c, &world, &message), 0);
	assert_int_equal(s.errors.n, 0);
	assert_true(s.together);
	const struct outgoing *o = &s.items[0].mail;
	assert_str(o->about, "{\"tags\":[\"t\"],\"metadata\":{\"a\":\"%recipient.x%\"}}");
	assert_str(o->from.email, "a@x.test");
	assert_str(o->text, "");
	assert_true(o->sandbox);
	assert_int_equal(o->opens, OUTGOING_OFF);
	assert_int_equal(o->clicks, OUTGOING_OFF);
	api_send_done(&s);
	arena_done(&a);
}

/* Consent to tracking stands in the message's header. */
static void
test_consent(void **state)
{
	struct mailgun_call c = { STR_LIT("x.test"),
		STR_LIT("application/x-www-form-urlencoded"),
		STR_LIT("to=b%40y.test&message=X-Facteur-Consent:+yes%0AFrom:+a%40x.test%0A%0A"
			"X-Facteur-Consent:+no") };
	struct str message = STR_NONE;
	struct api_send s;
	struct arena a;

	(void)state;
	arena_init(&a, 8u << 20);
	api_send_init(&s, &a);
	assert_int_equal(mailgun_mime_read(&s, &c, &world, &message), 0);
	assert_int_equal(s.errors.n, 0);
	assert_int_equal(s.items[0].mail.consent, OUTGOING_ON);
	api_send_done(&s);
	arena_done(&a);
}

TEST_MAIN(TEST(test_mime), TEST(test_options), TEST(test_consent))
