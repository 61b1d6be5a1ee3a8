#include "api/mailgun_scene.h"
#include "base/utc.h"

#include <errno.h>

/* No line of a composed message comes from U+2028. */
static void
test_line_separator(void **state)
{
	struct outgoing_stamp stamp = { STR_LIT("<m@x.test>"), STR_LIT("seed"), world.now };
	struct scene sc;
	struct buf out;
	const char *why = "";

	(void)state;
	scene(&sc, ONE "&subject=s%e2%80%a8Bcc:+e%40x.test&h:X-A=%e2%80%a8b");
	assert_int_equal(sc.s.errors.n, 0);
	buf_init(&out, 1u << 20);
	assert_int_equal(outgoing_compose(&sc.a, &sc.s.items[0].mail, &stamp, &out, &why), 0);
	assert_true(str_find_str(buf_str(&out), STR_LIT("\xe2\x80\xa8")) == out.n);
	assert_true(str_find_str(buf_str(&out), STR_LIT("Bcc:")) == out.n);
	buf_done(&out);
	scene_done(&sc);
}

static void
test_mail(void **state)
{
	static const char *const parts[] = {
		PART("name=\"from\"", "=?utf-8?q?Jos=C3=A9?= <a@mg.x.test>"),
		PART("name=\"to\"", "\"Doe, \\\"J\\\"\" <b@y.test>, c@y.test"),
		PART("name=\"to[1]\"", "\"a\\\", b\" <d@y.test>"),
		PART("name=\"cc\"", "cc@y.test"),
		PART("name=\"bcc\"", "bcc@y.test"),
		PART("name=\"subject\"", "S"),
		PART("name=\"text\"", "t %recipient.x%"),
		PART("name=\"html\"", "<p>"),
		PART("name=\"amp-html\"", "<html amp4email>"),
		PART("name=\"o:tag\"", "one"),
		PART("name=\"o:tag\"", "two"),
		PART("name=\"v:id\"", "7\""),
		PART("name=\"h:X-A\"", "1"),
		PART("name=\"h:Reply-To\"", "R <r@x.test>"),
		PART("name=\"o:tracking\"", "no"),
		PART("name=\"o:tracking-clicks\"", "htmlonly"),
		PART("name=\"o:testmode\"", "yes"),
		PART("name=\"o:deliverytime\"", "Tue, 24 Nov 2026 11:51:23 +0100"),
	};
	struct scene sc;
	struct buf body;

	(void)state;
	buf_init(&body, 8192);
	for (size_t i = 0; i < TEST_COUNT(parts); i++)
		buf_put_z(&body, parts[i]);
	buf_put_z(&body, "--B--\r\n");
	read_as(&sc, STR_LIT("multipart/form-data; boundary=B"), buf_str(&body));
	assert_int_equal(sc.err, 0);
	assert_int_equal(sc.s.errors.n, 0);
	assert_int_equal(sc.s.n, 1);
	const struct outgoing *o = &sc.s.items[0].mail;
	assert_str(o->from.name, "José");
	assert_str(o->from.email, "a@mg.x.test");
	assert_int_equal(o->to.n, 3);
	assert_str(o->to.at[0].name, "Doe, \"J\"");
	assert_str(o->to.at[0].email, "b@y.test");
	assert_str(o->to.at[1].email, "c@y.test");
	assert_str(o->to.at[2].name, "a\", b");
	assert_str(o->to.at[2].email, "d@y.test");
	assert_str(o->cc.at[0].email, "cc@y.test");
	assert_str(o->bcc.at[0].email, "bcc@y.test");
	assert_str(o->subject, "S");
	assert_str(o->text, "t %recipient.x%");
	assert_str(o->html, "<p>");
	assert_int_equal(o->nothers, 1);
	assert_str(o->others[0].type, "text/x-amp-html");
	assert_str(o->others[0].text, "<html amp4email>");
	assert_int_equal(o->nfields, 1);
	assert_str(o->fields[0].name, "X-A");
	assert_str(o->fields[0].value, "1");
	assert_str(o->reply_to.at[0].email, "r@x.test");
	assert_int_equal(o->opens, OUTGOING_OFF);
	assert_int_equal(o->clicks, OUTGOING_ON);
	assert_int_equal(o->links, OUTGOING_LINKS_HTML);
	assert_true(o->sandbox);
	assert_true(o->send_at == world.now + UTC_HOUR);
	assert_str(o->about, "{\"tags\":[\"one\",\"two\"],\"metadata\":{\"id\":\"7\\\"\"}}");
	composes(&sc);
	scene_done(&sc);
	buf_done(&body);
}

static void
test_files(void **state)
{
	static const struct {
		const char *name, *part, *want; /* name type content-id; or the error */
	} table[] = {
		{ "attachment",
			TYPE("name=\"attachment\"; filename=\"a b.pdf\"", "application/pdf",
				"PDF"),
			"a b.pdf application/pdf ." },
		{ "a folder", PART("name=\"attachment\"; filename=\"C:\\\\d\\\\a.pdf\"", "PDF"),
			"a.pdf  ." },
		{ "a bad type",
			TYPE("name=\"attachment[0]\"; filename=\"a.pdf\"", "nonsense", "PDF"),
			"a.pdf  ." },
		{ "inline", TYPE("name=\"inline\"; filename=\"logo.png\"", "image/png", "PNG"),
			"logo.png image/png logo.png." },
		{ "inline with a space", PART("name=\"inline\"; filename=\"my logo.png\"", "x"),
			"!inline" },
		{ "no name", PART("name=\"attachment\"; filename=\"\"", "x"), "!attachment" },
		{ "line ends", PART("name=\"attachment\"; filename=\"a%0D%0Ab\"", "x"),
			"!attachment" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene sc;
		struct buf body, got;

		buf_init(&body, 4096);
		buf_init(&got, 4096);
		buf_printf(&body, "%s%s--B--",
			PART("name=\"from\"", "a@x.test") PART("name=\"to\"", "b@y.test")
				PART("name=\"text\"", "t"),
			row->part);
		read_as(&sc, STR_LIT("multipart/form-data; boundary=B"), buf_str(&body));
		assert_int_equal(sc.err, 0);
		if (sc.s.errors.n > 0) {
			buf_printf(&got, "!%.*s", STR_ARG(sc.s.errors.at[0].related[0]));
		} else {
			const struct compose_file *f = sc.s.items[0].mail.files;

			composes(&sc);
			assert_int_equal(sc.s.items[0].mail.nfiles, 1);
			buf_printf(&got, "%.*s %.*s %.*s.", STR_ARG(f->name), STR_ARG(f->type),
				STR_ARG(f->content_id));
		}
		assert_str(buf_str(&got), row->want);
		buf_done(&got);
		buf_done(&body);
		scene_done(&sc);
	}
}

static void
test_batch(void **state)
{
	struct scene sc;

	(void)state;
	scene(&sc, FROM "&to=Bob+%3Cb%40y.test%3E,c%40y.test,b%40Y.test&cc=d%40y.test"
			"&subject=Hi+%25recipient.first%25&text=%25recipient.id%25,"
			"%25recipient.none%25,%25recipient_email%25&html=%25recipient.email%25"
			"&amp-html=%25recipient.sub.a%25&h:X-Id=%25recipient.id%25&h:X-B=1"
			"&h:Reply-To=r-%25recipient.id%25%40x.test"
			"&v:key=%25recipient.v:key%25&v:same=1&recipient-variables="
			"{\"b%40y.test\":{\"first\":\"Bob+%26+%25recipient.id%25\",\"id\":1,"
			"\"sub\":{\"a\":true},\"v:key\":\"kb\"},"
			"\"C%40y.test\":{\"first\":\"Cé\",\"id\":\"two\",\"email\":\"own\"}}");
	assert_int_equal(sc.s.errors.n, 0);
	assert_int_equal(sc.s.n, 2);
	const struct outgoing *b = &sc.s.items[0].mail, *c = &sc.s.items[1].mail;
	assert_int_equal(b->to.n, 1);
	assert_str(b->to.at[0].email, "b@y.test");
	assert_str(b->to.at[0].name, "Bob");
	assert_int_equal(b->cc.n, 1);
	assert_str(b->subject, "Hi Bob & %recipient.id%");
	assert_str(b->text, "1,%recipient.none%,b@y.test");
	assert_str(b->html, "b@y.test");
	assert_str(b->others[0].text, "true");
	assert_str(b->fields[0].value, "1");
	assert_str(b->fields[1].value, "1");
	assert_str(b->reply_to.at[0].email, "r-1@x.test");
	assert_str(b->about, "{\"metadata\":{\"key\":\"kb\",\"same\":\"1\"}}");
	assert_int_equal(c->to.n, 1);
	assert_str(c->to.at[0].email, "c@y.test");
	assert_str(c->subject, "Hi Cé");
	assert_str(c->text, "two,%recipient.none%,c@y.test");
	assert_str(c->html, "own");
	assert_str(c->others[0].text, "%recipient.sub.a%");
	assert_str(c->fields[0].value, "two");
	assert_str(c->reply_to.at[0].email, "r-two@x.test");
	assert_str(c->about, "{\"metadata\":{\"key\":\"%recipient.v:key%\",\"same\":\"1\"}}");
	composes(&sc);
	scene_done(&sc);
}

/* n addresses, batch or not, with a Bcc or not. */
static const char *
many(size_t n, const char *more)
{
	struct scene sc;
	struct buf body;
	bool refused;

	buf_init(&body, 1u << 20);
	buf_put_z(&body, FROM "&text=t&to=");
	for (size_t i = 0; i < n; i++)
		buf_printf(&body, "n%zu%%40y.test,", i);
	buf_put_z(&body, more);
	read_as(&sc, STR_LIT(URLENCODED), buf_str(&body));
	assert_int_equal(sc.err, 0);
	refused = sc.s.errors.n > 0;
	if (refused)
		assert_str(sc.s.errors.at[0].text, "Too many recipients; max is 1000");
	buf_done(&body);
	scene_done(&sc);
	return refused ? "refused" : "taken";
}

static void
test_limits(void **state)
{
	static const char batch[] = "&recipient-variables={\"n0%40y.test\":{}}";
	static const char batch_bcc[] =
		"&bcc=b%40y.test&recipient-variables={\"n0%40y.test\":{}}";

	(void)state;
	assert_string_equal(many(1000, ""), "taken");
	assert_string_equal(many(1001, ""), "refused");
	assert_string_equal(many(999, "&bcc=b%40y.test"), "taken");
	assert_string_equal(many(1000, "&bcc=b%40y.test"), "refused");
	assert_string_equal(many(1000, batch), "taken");
	assert_string_equal(many(1001, batch), "refused");
	assert_string_equal(many(500, batch_bcc), "taken");
	assert_string_equal(many(501, batch_bcc), "refused");
}

/* How a text of n bytes behind a parameter is answered. */
static int
long_text(const char *head, size_t n)
{
	struct scene sc;
	struct buf body;
	char *room;
	int status;

	buf_init(&body, 40u << 20);
	buf_put_z(&body, head);
	room = buf_room(&body, n);
	assert_non_null(room);
	memset(room, 'x', n);
	buf_added(&body, n);
	arena_init(&sc.a, 256u << 20);
	api_send_init(&sc.s, &sc.a);
	struct mailgun_call c = { STR_LIT("x.test"), STR_LIT(URLENCODED), buf_str(&body) };
	assert_int_equal(mailgun_send_read(&sc.s, &c, &world), 0);
	status = sc.s.errors.n > 0 ? sc.s.errors.at[0].status : 200;
	buf_done(&body);
	scene_done(&sc);
	return status;
}

static void
test_sizes(void **state)
{
	(void)state;
	assert_int_equal(long_text(TO "&text=", 25u << 20), 200);
	assert_int_equal(long_text(TO "&text=", (25u << 20) + 1), 413);
	assert_int_equal(long_text(ONE "&o:tag=", 128), 200);
	assert_int_equal(long_text(ONE "&o:tag=", 129), 400);
	/* {"metadata":{"a":"…"}} is 21 bytes beside its value. */
	assert_int_equal(long_text(ONE "&v:a=", OUTGOING_ABOUT_MAX - 21), 200);
	assert_int_equal(long_text(ONE "&v:a=", OUTGOING_ABOUT_MAX - 20), 400);
}

static void
test_small_arena(void **state)
{
	struct mailgun_call c = { STR_LIT("x.test"), STR_LIT(URLENCODED),
		STR_LIT(ONE "&subject=%25recipient.x%25&h:X-A=%25recipient%25&v:a=1&"
			    "recipient-variables={\"b%40y.test\":{\"x\":\"1\"}}") };
	int err = -E2BIG;

	(void)state;
	for (size_t max = 0; max < (1u << 20) && err; max += 64) {
		struct arena a;
		struct api_send s;

		arena_init(&a, max);
		api_send_init(&s, &a);
		err = mailgun_send_read(&s, &c, &world);
		/* A call that is not read whole is never sent. */
		if (err == 0 && s.errors.n == 0)
			assert_int_equal(s.n, 1);
		else if (err == 0)
			err = -E2BIG;
		api_send_done(&s);
		arena_done(&a);
	}
	assert_int_equal(err, 0);
}

TEST_MAIN(TEST(test_line_separator), TEST(test_mail), TEST(test_files), TEST(test_batch),
	TEST(test_limits), TEST(test_sizes), TEST(test_small_arena))
