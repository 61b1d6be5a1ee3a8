#include "api/native_resend.h"

#include "api/mailgun_scene.h"
#include "api/native_send.h"

static struct outgoing
resent(struct arena *a, struct api_send *s, struct str about)
{
	json_t *j = json_pack("{s:s,s:[s],s:i,s:s%}", "sender", "a@x.test", "to", "b@y.test",
		"stream", 0, "about", about.p, about.n);
	char *line = json_dumps(j, JSON_COMPACT);
	struct str message;

	api_send_init(s, a);
	assert_int_equal(
		native_resend_read(
			s, arena_printf(a, "%s\nSubject: s\r\n\r\nx\r\n", line), &message),
		0);
	assert_str(message, "Subject: s\r\n\r\nx\r\n");
	free(line);
	json_decref(j);
	return s->items[0].mail;
}

/* What was sent so goes again so. */
static void
test_tls(void **state)
{
	static const struct {
		const char *name, *form;
		bool required;
		uint8_t want;
	} table[] = {
		{ "no word", ONE, false, TLS_NEED_NONE },
		{ "verified", ONE "&o:require-tls=yes", true, TLS_NEED_VERIFIED },
		{ "any", ONE "&o:require-tls=yes&o:skip-verification=yes&o:tag=t", true,
			TLS_NEED_ANY },
		{ "of nothing", ONE "&o:skip-verification=yes", false, TLS_NEED_NONE },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		const char *more = row->required ? ",\"require_tls\":true" : "";
		struct api_send native, again;
		struct scene sc;
		struct arena a;

		scene(&sc, row->form);
		assert_int_equal(sc.s.errors.n, 0);
		arena_init(&a, 8u << 20);
		assert_int_equal(sc.s.items[0].mail.tls, row->want);
		assert_int_equal(resent(&a, &again, sc.s.items[0].mail.about).tls, row->want);
		api_send_done(&again);
		scene_done(&sc);

		api_send_init(&native, &a);
		assert_int_equal(native_send_read(&native,
					 arena_printf(&a,
						 "{\"from\":\"a@x.test\",\"to\":\"b@y.test\","
						 "\"text\":\"x\",\"tags\":[\"t\"]%s}",
						 more),
					 &world),
			0);
		assert_int_equal(native.errors.n, 0);
		assert_int_equal(resent(&a, &again, native.items[0].mail.about).tls,
			native.items[0].mail.tls);
		assert_int_equal(native.items[0].mail.tls,
			row->required ? TLS_NEED_VERIFIED : TLS_NEED_NONE);
		api_send_done(&native);
		api_send_done(&again);
		arena_done(&a);
	}
}

static void
test_group(void **state)
{
	struct api_send s;
	struct arena a;

	(void)state;
	arena_init(&a, 1u << 20);
	assert_int_equal(resent(&a, &s, STR_LIT("{\"group\":\"7\"}")).group, 7);
	api_send_done(&s);
	assert_int_equal(resent(&a, &s, STR_NONE).group, 0);
	api_send_done(&s);
	assert_str(resent(&a, &s, STR_LIT("{\"stream\":\"news\"}")).own_stream, "news");
	api_send_done(&s);
	arena_done(&a);
}

TEST_MAIN(TEST(test_tls), TEST(test_group))
