/* Limits of a key's calls, as a client sees them. Nobody plays desk: what is passed on to it is
 * a 503, which is an answer to a call that counts. */
#include "role/edge_api_scene.h"

#define MAIL_MJ                                                                                \
	"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\"},"                                \
	"\"To\":[{\"Email\":\"b@else.test\"}],\"TextPart\":\"Hello.\"}]}"
#define MAIL_SG                                                                                \
	"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\"}]}],"                      \
	"\"from\":{\"email\":\"a@shop.test\"},\"subject\":\"hi\","                             \
	"\"content\":[{\"type\":\"text/plain\",\"value\":\"Hello.\"}]}"
#define MAIL_PM "{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TextBody\":\"Hello.\"}"
#define MAIL_MG                                                                                \
	FIELD("from")                                                                          \
	"a@shop.test\r\n" FIELD("to") "b@else.test\r\n" FIELD("text") "Hello.\r\n--cut--\r\n"

static const struct sort {
	const char *name, *method, *path, *fields, *body;
	bool sends;
	int status;       /* of the first */
	const char *over; /* in the refusal of the second */
} sorts[] = {
	{ "native", "POST", NATIVE, KEY JSON, ONE, true, 202, "#too-many\"" },
	{ "mailjet", "POST", "/v3.1/send", KEY JSON, MAIL_MJ, true, 200, "\"mj-0014\"" },
	{ "mailjet v3", "POST", "/v3/send", KEY JSON,
		"{\"FromEmail\":\"a@shop.test\",\"To\":\"b@else.test\",\"Text-part\":\"Hi.\"}",
		true, 200, "\"StatusCode\":429" },
	{ "sendgrid", "POST", "/v3/mail/send", BEARER JSON, MAIL_SG, true, 202,
		"{\"errors\":[{\"message\":\"This key made more calls that send than its 1 a "
		"minute" },
	{ "postmark", "POST", "/email", TOKEN JSON, MAIL_PM, true, 200, "\"ErrorCode\":429" },
	{ "mailgun", "POST", "/v3/shop.test/messages", KEY FORM, MAIL_MG, true, 200,
		"{\"message\":\"This key made more calls that send than its 1 a minute" },
	{ "native", "GET", "/v1/account", KEY, "", false, 503, "#too-many\"" },
	{ "mailjet", "GET", "/v3/REST/sender", KEY, "", false, 503, "\"StatusCode\":429" },
	{ "sendgrid", "GET", "/v3/scopes", BEARER, "", false, 503,
		"{\"errors\":[{\"message\":\"This key made more calls than its 1 a minute" },
	{ "postmark", "GET", "/server", TOKEN, "", false, 503, "\"ErrorCode\":429" },
	{ "mailgun", "GET", "/v3/domains", KEY, "", false, 503, "{\"message\":" },
};

static void
one_a_minute(struct config *c)
{
	c->api.calls_per_minute = 1;
	c->api.sends_per_minute = 1;
}

static void
sends_free(struct config *c)
{
	c->api.calls_per_minute = 2;
}

static const struct answer *
ask(struct client *c, const struct sort *s)
{
	const struct answer *a;
	char head[2000];

	snprintf(head, sizeof head, "%s %s HTTP/1.1\r\n" HOST "%sContent-Length: %zu\r\n\r\n",
		s->method, s->path, s->fields, strlen(s->body));
	say(c, head);
	say(c, s->body);
	a = hear(c);
	if (!a)
		abort(); /* hear() has failed the test */
	return a;
}

static unsigned
times(const struct answer *a, const char *text)
{
	unsigned n = 0;

	for (const char *p = a->head; (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

/* The field's number. */
static long
number(const struct answer *a, const char *field)
{
	const char *p = strstr(a->head, field);

	assert_int_equal(times(a, field), 1);
	return strtol(p + strlen(field), NULL, 10);
}

static void
expect_rate(const struct answer *a, long limit, long left)
{
	long reset = number(a, "\r\nX-RateLimit-Reset: ");
	char text[64];

	assert_int_equal(number(a, "\r\nX-RateLimit-Limit: "), limit);
	assert_int_equal(number(a, "\r\nX-RateLimit-Remaining: "), left);
	assert_in_range(reset, time(NULL) + 1, time(NULL) + 61);
	snprintf(text, sizeof text, "\r\nRateLimit-Policy: \"default\";q=%ld;w=60\r\n", limit);
	assert_int_equal(times(a, text), 1);
	snprintf(text, sizeof text, "\r\nRateLimit: \"default\";r=%ld;t=", left);
	assert_int_equal(times(a, text), 1);
}

static void
test_refused(void **state)
{
	(void)state;
	TEST_EACH(row, sorts)
	{
		struct scene *sc = scene_new(one_a_minute);
		const struct answer *a;
		struct client c;
		long wait;

		client_open(sc, &c, PORT_HTTP);
		a = ask(&c, row);
		expect_status(a, row->status, "");
		expect_rate(a, 1, 0);
		assert_int_equal(times(a, "\r\nRetry-After: "), row->status == 503);
		/* The same connection goes on. */
		for (int i = 0; i < 2; i++) {
			a = ask(&c, row);
			expect_status(a, 429, row->over);
			expect_rate(a, 1, 0);
			wait = number(a, "\r\nRetry-After: ");
			assert_in_range(wait, 1, 60);
			assert_int_equal(times(a, "\r\nConnection: keep-alive\r\n"), 1);
		}
		assert_int_equal(sc->calls, row->sends);
		client_close(&c);
		expect_idle(sc);
		scene_free(sc);
	}
}

/* The classes are counted apart; without a limit there is no field; who is nobody has none. */
static void
test_classes(void **state)
{
	struct scene *sc = scene_new(sends_free);
	const struct sort *get = &sorts[6], *send = &sorts[0];
	struct sort wrong = *get;
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	expect_rate(ask(&c, get), 2, 1);
	for (int i = 0; i < 10; i++) {
		const struct answer *a = ask(&c, send);

		expect_status(a, 202, "");
		assert_null(strstr(a->head, "RateLimit"));
	}
	expect_rate(ask(&c, get), 2, 0);
	expect_status(ask(&c, get), 429, "2 a minute");
	expect_status(ask(&c, send), 202, "");
	wrong.fields = "";
	assert_null(strstr(ask(&c, &wrong)->head, "RateLimit"));
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

/* Made up cookies reach desk so often and no more: nobody has to know them for that. */
static void
test_cookies(void **state)
{
	struct scene *sc = scene_new(one_a_minute);
	char cookie[100];
	const struct sort s = { "cookie", "GET", "/v1/account", cookie, "", false, 0, "" };
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	for (unsigned i = 0; i < 6; i++) {
		snprintf(cookie, sizeof cookie,
			"Cookie: facteur_session=%u23456789012345678901234567890123456789012"
			"3\r\n",
			i);
		expect_status(ask(&c, &s), i < 4 ? 503 : 429, i < 4 ? "" : "Your network");
	}
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

static void
behind_proxy(struct config *c)
{
	c->console.url = STR_LIT("https://console.test");
}

static void
by_http(struct config *c)
{
	c->console.url = STR_LIT("http://console.test");
}

/* Which of the names is read at the plain port: 503, desk is asked and not there. */
static void
test_cookie_names(void **state)
{
	static const struct {
		const char *name;
		void (*config)(struct config *c);
		const char *cookie;
		int status;
	} table[] = {
		{ "no TLS", NULL, "facteur_session", 503 },
		{ "another's name", NULL, "__Host-facteur_session", 401 },
		{ "a console without TLS", by_http, "facteur_session", 503 },
		{ "TLS ends in a proxy", behind_proxy, "__Host-facteur_session", 503 },
		{ "one that anybody sets", behind_proxy, "facteur_session", 401 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene *sc = scene_new(row->config);
		char cookie[100];
		const struct sort s = { "cookie", "GET", "/v1/account", cookie, "", false, 0,
			"" };
		struct client c;

		snprintf(cookie, sizeof cookie,
			"Cookie: %s=0123456789012345678901234567890123456789012\r\n",
			row->cookie);
		client_open(sc, &c, PORT_HTTP);
		expect_status(ask(&c, &s), row->status, "");
		client_close(&c);
		expect_idle(sc);
		scene_free(sc);
	}
}

TEST_MAIN(TEST(test_refused), TEST(test_classes), TEST(test_cookies), TEST(test_cookie_names))
