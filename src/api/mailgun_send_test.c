#include "api/mailgun_send.h"

#include "base/mem.h"
#include "base/test.h"
#include "base/utc.h"

#include <errno.h>

/* 2026-11-24T09:51:23Z */
static const struct api_world world = { .now = INT64_C(1795513883000000),
	.base_url = { "https://mail.test", 17 },
	.request_id = { "req-1", 5 } };

#define URLENCODED "application/x-www-form-urlencoded"
#define FROM       "from=a%40x.test"
#define TO         FROM "&to=b%40y.test"
#define ONE        TO "&text=t"
#define NO_ADDRESS(param)                                                                      \
	"'" param "' parameter is not a valid address. please check documentation"
#define NO_CONTENT                                                                             \
	"Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified"

struct scene {
	struct arena a;
	struct api_send s;
	int err;
};

static void
read_as(struct scene *sc, struct str type, struct str body)
{
	struct mailgun_call c = { STR_LIT("x.test"), type, body };

	arena_init(&sc->a, 64u << 20);
	api_send_init(&sc->s, &sc->a);
	sc->err = mailgun_send_read(&sc->s, &c, &world);
}

static void
scene(struct scene *sc, const char *body)
{
	read_as(sc, STR_LIT(URLENCODED), str_z(body));
	assert_int_equal(sc->err, 0);
}

static void
scene_done(struct scene *sc)
{
	api_send_done(&sc->s);
	arena_done(&sc->a);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *name, *body, *want;
	} table[] = {
		{ "fine", ONE, "" },
		{ "below the domain", "from=a%40mg.x.test&to=b%40y.test&text=t", "" },
		{ "nothing", "", "from parameter is missing" },
		{ "no to", FROM "&text=t", "to parameter is missing" },
		{ "empty to", FROM "&to=%20,&text=t", "to parameter is missing" },
		{ "only cc", FROM "&cc=b%40y.test&text=t", "to parameter is missing" },
		{ "no content", TO, NO_CONTENT },
		{ "empty content", TO "&text=&html=", NO_CONTENT },
		{ "bad from", "from=a&to=b%40y.test&text=t", NO_ADDRESS("from") },
		{ "two froms", "from=a%40x.test,b%40x.test&to=b%40y.test&text=t",
			NO_ADDRESS("from") },
		{ "bad to", FROM "&to=b%40y.test,c&text=t", NO_ADDRESS("to") },
		{ "two angles", FROM "&to=N+%3Cb%40y.test%3E+%3Cc%40y.test%3E&text=t",
			NO_ADDRESS("to") },
		{ "bad cc", ONE "&cc=c", NO_ADDRESS("cc") },
		{ "bad bcc", ONE "&bcc=%3C%3E", NO_ADDRESS("bcc") },
		{ "bad reply-to", ONE "&h:Reply-To=c", NO_ADDRESS("h:Reply-To") },
		{ "bad sender", ONE "&h:Sender=c", NO_ADDRESS("h:Sender") },
		{ "another domain", "from=a%40z.test&to=b%40y.test&text=t",
			"'from' parameter: a@z.test is not in the domain x.test that the "
			"message is posted to" },
		{ "a domain that ends alike", "from=a%40evilx.test&to=b%40y.test&text=t",
			"'from' parameter: a@evilx.test is not in the domain x.test that the "
			"message is posted to" },
		{ "template", ONE "&template=hello", "template 'hello' not found" },
		{ "tags 10",
			ONE "&o:tag=1&o:tag=2&o:tag=3&o:tag=4&o:tag=5&o:tag=6&o:tag=7"
			    "&o:tag=8&o:tag=9&o:tag=10",
			"" },
		{ "tags 11",
			ONE "&o:tag=1&o:tag=2&o:tag=3&o:tag=4&o:tag=5&o:tag=6&o:tag=7"
			    "&o:tag=8&o:tag=9&o:tag=10&o:tag=11",
			"'o:tag' parameter: at most 10 tags" },
		{ "tag no UTF-8", ONE "&o:tag=%ff", "'o:tag' parameter must be UTF-8" },
		{ "date", ONE "&o:deliverytime=tomorrow",
			"'o:deliverytime' parameter is not a valid RFC 2822 date" },
		{ "3 days", ONE "&o:deliverytime=Fri, 27 Nov 2026 09:51:23 GMT", "" },
		{ "3 days and 1 s", ONE "&o:deliverytime=Fri, 27 Nov 2026 09:51:24 GMT",
			"'o:deliverytime' parameter is too far ahead; max is 3 days" },
		{ "testmode", ONE "&o:testmode=maybe",
			"'o:testmode' parameter must be yes, no, true or false" },
		{ "tracking", ONE "&o:tracking=maybe",
			"'o:tracking' parameter must be yes, no, true, false or htmlonly" },
		{ "clicks", ONE "&o:tracking-clicks=",
			"'o:tracking-clicks' parameter must be yes, no, true, false or "
			"htmlonly" },
		{ "dkim", ONE "&o:dkim=yes&o:require-tls=no&o:skip-verification=yes", "" },
		{ "no dkim", ONE "&o:dkim=no", "'o:dkim' parameter is not supported here" },
		{ "require tls", ONE "&o:require-tls=true",
			"'o:require-tls' parameter is not supported here" },
		{ "another option", ONE "&o:time-zone-localize=09:00",
			"'o:time-zone-localize' parameter is not supported here" },
		{ "marks", ONE "&html=%3Ca+href=%25unsubscribe_url%25%3E",
			"'%unsubscribe_url%' in the message is not supported here" },
		{ "variables", ONE "&recipient-variables=%7B",
			"'recipient-variables' parameter is not a valid JSON" },
		{ "variables, a list", ONE "&recipient-variables=%5B%5D",
			"'recipient-variables' parameter is not a valid JSON" },
		{ "variables, no object in it",
			ONE "&recipient-variables=%7B%22b%40y.test%22:1%7D",
			"'recipient-variables' parameter is not a valid JSON" },
		{ "attachment", ONE "&attachment=x", "'attachment' parameter is not a file" },
		{ "inline", ONE "&inline=x", "'inline' parameter is not a file" },
		{ "reserved", ONE "&h:Bcc=e%40x.test",
			"'h:Bcc' parameter: this header cannot be set" },
		{ "header name", ONE "&h:X%3a=1",
			"'h:X:' parameter: a field's name may hold only printable ASCII "
		        "without "
			"':'" },
		{ "header name not ASCII", ONE "&h:X-%c3%a9=1",
			"Header name must be pure ASCII: X-é" },
		{ "no header name", ONE "&h:=1",
			"'h:' parameter: a field's name may hold only printable ASCII without "
			"':'" },
		{ "message id", ONE "&h:Message-Id=%3Ca%40b%3E", "" },
		{ "bad message id", ONE "&h:Message-Id=a b",
			"'h:Message-Id' parameter must look like <name@example.com>" },
		{ "no metadata name", ONE "&v:=1",
			"'v:' parameter: its name and value must be UTF-8" },
		{ "metadata no UTF-8", ONE "&v:a=%ff",
			"'v:' parameter: its name and value must be UTF-8" },
		{ "what is unknown is passed over there too", ONE "&foo=1", "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene sc;

		scene(&sc, row->body);
		assert_str(sc.s.errors.n > 0 ? sc.s.errors.at[0].text : STR_NONE, row->want);
		assert_true(sc.s.together);
		scene_done(&sc);
	}
}

/* Every text that ends in a header, with each end of a line that some reader knows. */
static void
test_injection(void **state)
{
	static const struct {
		const char *name, *body;
	} table[] = {
		{ "from", "from=N%sN+%%3Ca%%40x.test%%3E&to=b%%40y.test&text=t" },
		{ "from's address", "from=a%s%%40x.test&to=b%%40y.test&text=t" },
		{ "to", "from=a%%40x.test&to=N%sN+%%3Cb%%40y.test%%3E&text=t" },
		{ "to's address", "from=a%%40x.test&to=b%%40%sy.test&text=t" },
		{ "cc", "from=a%%40x.test&to=b%%40y.test&text=t&cc=N%sN+%%3Cb%%40y.test%%3E" },
		{ "reply-to", "from=a%%40x.test&to=b%%40y.test&text=t&h:Reply-To=N%sN+%%3Cb%%"
		              "40y.test%%3E" },
		{ "subject",
			"from=a%%40x.test&to=b%%40y.test&text=t&subject=s%sBcc:+e%%40x.test" },
		{ "header",
			"from=a%%40x.test&to=b%%40y.test&text=t&h:X-A=s%sBcc:+e%%40x.test" },
		{ "header name", "from=a%%40x.test&to=b%%40y.test&text=t&h:X-A%sB=1" },
		{ "variable",
			"from=a%%40x.test&to=b%%40y.test&text=t&subject=%%25recipient.v%%25&"
			"recipient-variables={\"b%%40y.test\":{\"v\":\"s%s\"}}" },
	};
	static const char *const ends[] = { "%0D%0A", "%0A", "%0D", "%00" };
	char body[400];

	(void)state;
	TEST_EACH(row, table)
	{
		for (size_t i = 0; i < TEST_COUNT(ends); i++) {
			struct scene sc;

			/* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral) */
			snprintf(body, sizeof body, row->body, ends[i]);
			scene(&sc, body);
			assert_int_not_equal(sc.s.errors.n, 0);
			scene_done(&sc);
		}
	}
}

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

#define PART(head, body) "--B\r\nContent-Disposition: form-data; " head "\r\n\r\n" body "\r\n"
#define TYPE(head, type, body)                                                                 \
	"--B\r\nContent-Disposition: form-data; " head "\r\nContent-Type: " type               \
	"\r\n\r\n" body "\r\n"

static void
test_mail(void **state)
{
	struct scene sc;

	(void)state;
	read_as(&sc, STR_LIT("multipart/form-data; boundary=B"),
		STR_LIT(PART("name=\"from\"", "=?utf-8?q?Jos=C3=A9?= <a@mg.x.test>") PART(
			"name=\"to\"",
			"\"Doe, \\\"J\\\"\" <b@y.test>, c@y.test") PART("name=\"to["
									"1]\"",
			"D <d@y.test>") PART("name=\"cc\"", "cc@y.test") PART("name=\"bcc\"",
			"bcc@y.test") PART("name=\"subject\"", "S") PART("name=\"text\"",
			"t %recipient.x%") PART("name=\"html\"", "<p>")
				PART("name=\"amp-html\"", "<html amp4email>") PART(
					"name=\"o:tag\"", "one") PART("name=\"o:tag\"", "two")
					PART("name=\"v:id\"", "7\"") PART("name="
									  "\"h:X-"
									  "A\"",
						"1") PART("name=\"h:Reply-To\"", "R <r@x.test>")
						PART("name=\"o:tracking\"", "no")
							PART("name=\"o:tracking-"
							     "clicks\"",
								"htmlonly") PART("name=\"o:"
										 "testmode\"",
								"yes") PART("name=\"o:"
									    "deliverytime\"",
								"Tue, 24 Nov 2026 11:51:23 "
								"+0100") "--B--\r\n"));
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
	assert_str(o->to.at[2].name, "D");
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
	assert_true(o->sandbox);
	assert_true(o->send_at == world.now + UTC_HOUR);
	assert_str(o->about, "{\"tags\":[\"one\",\"two\"],\"metadata\":{\"id\":\"7\\\"\"}}");
	scene_done(&sc);
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
test_body(void **state)
{
	static const struct {
		const char *name, *type, *body, *want;
	} table[] = {
		{ "JSON", "application/json", "{}",
			"The request could not be read: the body must be multipart/form-data "
		        "or "
			"application/x-www-form-urlencoded" },
		{ "no end", "multipart/form-data; boundary=B", PART("name=\"from\"", "a"),
			"The request could not be read: the form does not end with its "
			"boundary" },
		{ "no body", "", "", "from parameter is missing" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene sc;

		read_as(&sc, str_z(row->type), str_z(row->body));
		assert_int_equal(sc.err, 0);
		assert_str(sc.s.errors.at[0].text, row->want);
		scene_done(&sc);
	}
}

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

TEST_MAIN(TEST(test_errors), TEST(test_injection), TEST(test_line_separator), TEST(test_mail),
	TEST(test_files), TEST(test_batch), TEST(test_limits), TEST(test_sizes),
	TEST(test_body), TEST(test_answers), TEST(test_refuse), TEST(test_small_arena))
