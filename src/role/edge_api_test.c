/* Calls of the HTTP API in the edge: each dialect once, several messages, what is refused. The
 * engine is played by the test. */
#include "base/utc.h"
#include "role/edge_api_scene.h"
#include "send/idem.h"

/* ---- what is right */

static void
test_dialects(void **state)
{
	static const struct {
		const char *name, *path, *fields, *body;
		int status;
		const char *answer, *about;
		uint8_t stream;
	} table[] = {
		{ "native", NATIVE, KEY JSON,
			"{\"from\":\"Ann <a@shop.test>\",\"to\":[\"b@else.test\"],"
			"\"bcc\":[\"c@else.test\"],\"subject\":\"hi\",\"text\":\"Hello.\","
			"\"tags\":[\"t1\"]}",
			202, "{\"data\":[{\"id\":\"msg_", "t1", STREAM_TRANSACTIONAL },
		{ "mailjet", "/v3.1/send", KEY JSON,
			"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\"},"
			"\"To\":[{\"Email\":\"b@else.test\"}],"
			"\"Bcc\":[{\"Email\":\"c@else.test\"}],\"Subject\":\"hi\","
			"\"TextPart\":\"Hello.\",\"CustomID\":\"t1\"}]}",
			200, "\"Status\":\"success\"", "t1", STREAM_TRANSACTIONAL },
		{ "sendgrid", "/v3/mail/send", BEARER JSON,
			"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\"}],"
			"\"bcc\":[{\"email\":\"c@else.test\"}]}],"
			"\"from\":{\"email\":\"a@shop.test\"},\"subject\":\"hi\","
			"\"content\":[{\"type\":\"text/plain\",\"value\":\"Hello.\"}],"
			"\"categories\":[\"t1\"]}",
			202, "", "t1", STREAM_TRANSACTIONAL },
		{ "postmark", "/email", TOKEN JSON,
			"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\","
			"\"Bcc\":\"c@else.test\",\"Subject\":\"hi\",\"TextBody\":\"Hello.\","
			"\"Tag\":\"t1\"}",
			200, "\"Message\":\"OK\"", "t1", STREAM_TRANSACTIONAL },
		{ "mailgun", "/v3/shop.test/messages", KEY FORM,
			FIELD("from") "a@shop.test\r\n" FIELD("to") "b@else.test\r\n" FIELD(
				"bc"
				"c") "c@else.test\r\n" FIELD("subject") "hi\r\n" FIELD("text") "Hello"
											       "."
											       "\r\n" FIELD(
												       "o:tag") "t1\r\n--"
														"cut--\r\n",
			200, "Queued. Thank you.", "t1", STREAM_TRANSACTIONAL },
		{ "mailgun, MIME", "/v3/shop.test/messages.mime", KEY FORM,
			FIELD("to") "b@else.test,c@else.test\r\n" FIELD(
				"message") "From: a@shop.test\r\nSubject: hi\r\n"
					   "To: b@else.test\r\n\r\nHello.\r\n\r\n--cut--\r\n",
			200, "Queued. Thank you.", "", STREAM_TRANSACTIONAL },
	};
	struct scene *sc = scene_new(NULL);
	char text[16384];
	unsigned n = 0;

	(void)state;
	TEST_EACH(row, table)
	{
		const struct answer *a = call(sc, row->path, row->fields, row->body);
		const struct msg_submit *m = &sc->letters[0];
		struct str all;

		expect_status(a, row->status, row->answer);
		assert_non_null(strstr(a->head, "\r\nX-Request-Id: "));
		assert_non_null(strstr(a->head, "\r\nConnection: keep-alive\r\n"));
		assert_int_equal(strstr(a->head, "\r\nX-Message-Id: ") != NULL,
			strcmp(row->name, "sendgrid") == 0);
		assert_int_equal(sc->calls, ++n);
		assert_int_equal(sc->nletters, 1);
		assert_int_equal(m->boot, 77);
		assert_int_equal(m->extent >> 24, 3);
		assert_int_equal(m->message, 1000 + 3 * (n - 1));
		assert_int_equal(m->tenant, 7);
		assert_int_equal(m->key, 9);
		assert_int_equal(m->via, VIA_API);
		assert_int_equal(m->stream, row->stream);
		assert_int_equal(m->flags, MAIL_BODY_HASH);
		assert_str(m->sender, "a@shop.test");
		assert_str(m->from_domain, "shop.test");
		assert_str(m->subject, "hi");
		assert_str(m->client, "127.0.0.1");
		assert_int_equal(m->rcpts.n, 2);
		assert_str(m->rcpts.at[0].address, "b@else.test");
		assert_str(m->rcpts.at[1].address, "c@else.test");
		assert_true(
			holds(extra_of(m).about.p ? extra_of(m).about : STR_NONE, row->about) ||
			!*row->about);
		assert_int_equal(extra_of(m).idem.n, 0);
		all = stored(sc, &sc->letters[0], text, sizeof text);
		assert_true(holds(str_head(all, m->header_length), "\r\nSubject: hi\r\n"));
		assert_true(holds(str_head(all, m->header_length), "b@else.test"));
		assert_false(holds(all, "c@else.test"));
		assert_true(holds(str_from(all, m->header_length), "Hello."));
		assert_true(m->message_id.n > 0);
		(void)str_copy_z(text + all.n, sizeof text - all.n, m->message_id);
		assert_true(holds(str_head(all, m->header_length), text + all.n));
	}
	expect_idle(sc);
	scene_free(sc);
}

/* Two calls in one packet, then another on the same connection: answered in order. */
static void
test_keep_alive(void **state)
{
	struct scene *sc = scene_new(NULL);
	char first[4096], text[8192];
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	snprintf(text, sizeof text,
		"POST " NATIVE " HTTP/1.1\r\n" HOST KEY "Content-Length: %zu\r\n\r\n" ONE
		"POST " NATIVE " HTTP/1.1\r\n" HOST KEY
		"Transfer-Encoding: chunked\r\n\r\n%zx\r\n" ONE "\r\n0\r\n\r\n"
		"GET /livez HTTP/1.1\r\n" HOST "\r\n",
		strlen(ONE), strlen(ONE));
	say(&c, text);
	snprintf(first, sizeof first, "%s", hear(&c)->body);
	assert_int_equal(sc->letters[0].message, 1000);
	expect_status(hear(&c), 202, "msg_");
	assert_int_equal(sc->letters[0].message, 1002);
	expect_status(hear(&c), 200, "ok\n");
	assert_int_equal(sc->calls, 2);
	assert_int_equal(sc->auths, 1);
	/* By bytes. */
	snprintf(text, sizeof text,
		"POST " NATIVE " HTTP/1.1\r\n" HOST KEY
		"Connection: close\r\nContent-Length: %zu\r\n\r\n" ONE,
		strlen(ONE));
	for (size_t i = 0; text[i]; i++) {
		stream_write(c.s, str_of(text + i, 1));
		loop_step(sc->loop, 0);
	}
	expect_status(hear(&c), 202, "msg_");
	assert_true(strstr(first, "msg_") != NULL);
	expect_end(&c);
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

/* Another edge takes over while the second call of a connection comes in: it is finished. */
static void
test_retired(void **state)
{
	struct scene *sc = scene_new(NULL);
	const struct answer *a;
	struct client c, idle;
	char head[400];

	(void)state;
	client_open(sc, &idle, PORT_HTTP);
	post(&idle, NATIVE, KEY, ONE);
	expect_status(hear(&idle), 202, "msg_");
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, KEY, ONE);
	expect_status(hear(&c), 202, "msg_");
	snprintf(head, sizeof head,
		"POST " NATIVE " HTTP/1.1\r\n" HOST KEY "Content-Length: %zu\r\n\r\n{",
		strlen(ONE));
	say(&c, head);
	steps(sc, 5);
	edge_retire(sc->edge);
	expect_end(&idle);
	say(&c, &ONE[1]);
	a = hear(&c);
	expect_status(a, 202, "msg_");
	assert_non_null(strstr(a->head, "\r\nConnection: close\r\n"));
	expect_end(&c);
	client_close(&c);
	client_close(&idle);
	expect_idle(sc);
	scene_free(sc);
}

/* Several messages: one group where the dialect has it so, else each for itself. */
static void
test_groups(void **state)
{
	struct scene *sc = scene_new(NULL);

	(void)state;
	expect_status(call(sc, NATIVE, KEY, "{\"messages\":[" ONE "," ONE "]}"), 202, "msg_");
	assert_int_equal(sc->calls, 1);
	assert_int_equal(sc->nletters, 2);
	assert_int_equal(sc->letters[0].message, 1000);
	assert_int_equal(sc->letters[1].message, 1002);
	assert_int_equal(sc->letters[0].extent, sc->letters[1].extent);
	assert_int_not_equal(sc->letters[0].offset, sc->letters[1].offset);
	expect_status(
		call(sc, "/email/batch", TOKEN JSON,
			"[{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TextBody\":\"x\"},"
			"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TextBody\":\"y\"}"
			"]"),
		200, "\"Message\":\"OK\"");
	assert_int_equal(sc->calls, 3);
	assert_int_equal(sc->nletters, 1);
	expect_idle(sc);
	scene_free(sc);
}

/* ---- what is refused */

static void
test_refused(void **state)
{
	static const struct {
		const char *name, *request;
		int status;
		const char *inside, *field;
		bool closes;
	} table[] = {
		{ "no key", "POST " NATIVE " HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}",
			401, "API key", "WWW-Authenticate: Basic", false },
		{ "no key, sendgrid",
			"POST /v3/mail/send HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}",
			401, "authorization grant", "X-Request-Id", false },
		{ "two keys",
			"POST " NATIVE " HTTP/1.1\r\n" HOST KEY TOKEN
			"Content-Length: 2\r\n\r\n{}",
			401, "API key", "WWW-Authenticate", false },
		{ "a body not to be waited for",
			"POST " NATIVE " HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n",
			401, "API key", "Connection: close", true },
		{ "too long",
			"POST " NATIVE " HTTP/1.1\r\n" HOST KEY
			"Content-Length: 41943041\r\n\r\n",
			413, "too", "Connection: close", true },
		{ "too long, no 100 before it",
			"POST " NATIVE " HTTP/1.1\r\n" HOST KEY
			"Expect: 100-continue\r\nContent-Length: 41943041\r\n\r\n",
			413, "too", "Connection: close", true },
		{ "no key, no 100 before it",
			"POST " NATIVE " HTTP/1.1\r\n" HOST
			"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n",
			401, "API key", "Connection: close", true },
		{ "PUT", "PUT " NATIVE " HTTP/1.1\r\n" HOST KEY "\r\n", 405, "method",
			"Allow: POST, GET\r\n", false },
		/* It is GET without its content (RFC 9110 9.3.2). */
		{ "HEAD", "HEAD " NATIVE " HTTP/1.1\r\n" HOST "\r\n", 401, "",
			"WWW-Authenticate: Basic", false },
		{ "GET of another dialect", "GET /email HTTP/1.1\r\n" HOST "\r\n", 405,
			"\"ErrorCode\"", "Allow: POST\r\n", false },
		{ "no such call", "POST /v1/nothing HTTP/1.1\r\n" HOST "\r\n", 404,
			"nothing at this address", "Content-Type: application/problem+json",
			false },
		{ "no such call, sendgrid", "GET /v3/nothing HTTP/1.1\r\n" HOST "\r\n", 404,
			"\"errors\"", "Content-Type: application/json", false },
		{ "nothing at all", "GET /nothing HTTP/1.1\r\n" HOST "\r\n", 404,
			"Nothing is served at this address", "Content-Type: text/plain",
			false },
		{ "bad chunk",
			"POST " NATIVE " HTTP/1.1\r\n" HOST KEY
			"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
			400, "", "Connection: close", true },
		{ "an empty key of idempotency",
			"POST " NATIVE " HTTP/1.1\r\n" HOST KEY
			"Idempotency-Key:\r\nContent-Length: 2\r\n\r\n{}",
			400, "Idempotency-Key", "X-Request-Id", false },
		{ "mistakes",
			"POST " NATIVE " HTTP/1.1\r\n" HOST KEY "Content-Length: 2\r\n\r\n{}",
			422, "/from", "X-Request-Id", false },
		{ "no body", "POST " NATIVE " HTTP/1.1\r\n" HOST KEY "\r\n", 400,
			"The body is no JSON", "X-Request-Id", false },
	};
	struct scene *sc = scene_new(NULL);

	(void)state;
	TEST_EACH(row, table)
	{
		const struct answer *a;
		struct client c;

		client_open(sc, &c, PORT_HTTP);
		say(&c, row->request);
		/* Of HEAD the length alone. */
		c.head = strcmp(row->name, "HEAD") == 0;
		a = hear(&c);
		c.head = false;
		expect_status(a, row->status, row->inside);
		assert_non_null(strstr(a->head, row->field));
		if (row->closes) {
			expect_end(&c);
		} else {
			say(&c, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
			expect_status(hear(&c), 200, "ok");
		}
		client_close(&c);
	}
	assert_int_equal(sc->calls, 0);
	expect_idle(sc);
	scene_free(sc);
}

/* Our own words are in the language that is asked for, and say so. */
static void
test_language(void **state)
{
	static const struct {
		const char *name, *request;
		int status;
		const char *inside, *field;
	} table[] = {
		{ "mistakes, in French",
			"POST " NATIVE " HTTP/1.1\r\n" HOST KEY
			"Accept-Language: en;q=0.3, fr-CH\r\nContent-Length: 2\r\n\r\n{}",
			422, "Rien n'a été envoyé : voyez errors.",
			"Content-Language: fr\r\n" },
		{ "in any language",
			"POST " NATIVE " HTTP/1.1\r\n" HOST KEY
			"Accept-Language: *\r\nContent-Length: 2\r\n\r\n{}",
			422, "Nothing was sent: see errors.",
			"Vary: Accept-Language\r\nContent-Language: en\r\n" },
		{ "a vendor's words stay his",
			"GET /email HTTP/1.1\r\n" HOST "Accept-Language: fr\r\n\r\n", 405,
			"This address does not take", "Allow: POST\r\n" },
	};
	struct scene *sc = scene_new(NULL);

	(void)state;
	TEST_EACH(row, table)
	{
		const struct answer *a;
		struct client c;

		client_open(sc, &c, PORT_HTTP);
		say(&c, row->request);
		a = hear(&c);
		expect_status(a, row->status, row->inside);
		assert_non_null(strstr(a->head, row->field));
		client_close(&c);
	}
	expect_idle(sc);
	scene_free(sc);
}

/* A wrong key is told after the time the engine says; a key without the scope at once. */
static void
test_keys(void **state)
{
	struct scene *sc = scene_new(NULL);
	const struct answer *a;
	struct client c;
	uint64_t began;

	(void)state;
	sc->no_keys = true;
	client_open(sc, &c, PORT_HTTP);
	began = loop_mono(sc->loop);
	post(&c, NATIVE, KEY, ONE);
	a = hear(&c);
	expect_status(a, 401, "\"status\":401");
	assert_true(loop_mono(sc->loop) - began >= 50000);
	assert_string_equal(sc->last_key, "me");
	/* On the same connection with the right one. */
	sc->no_keys = false;
	post(&c, NATIVE, KEY, ONE);
	expect_status(hear(&c), 202, "msg_");
	client_close(&c);
	ENGINE_SAYS(sc, changed, .version = 2);
	steps(sc, 3);
	sc->scopes = SCOPE_READ;
	expect_status(call(sc, NATIVE, KEY, ONE), 403, "needs the scope send");
	assert_int_equal(sc->calls, 1);
	expect_idle(sc);
	scene_free(sc);
}

static void
test_expect(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;
	char head[400];

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	snprintf(head, sizeof head,
		"POST " NATIVE " HTTP/1.1\r\n" HOST KEY
		"Expect: 100-continue\r\nContent-Length: %zu\r\n\r\n",
		strlen(ONE));
	say(&c, head);
	assert_int_equal(hear(&c)->status, 100);
	steps(sc, 5);
	assert_int_equal(sc->calls, 0);
	say(&c, ONE);
	expect_status(hear(&c), 202, "msg_");
	assert_int_equal(sc->calls, 1);
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

/* Chunks of n bytes each, until an answer comes. */
static const struct answer *
flood(struct client *c, size_t n, size_t times)
{
	static struct answer a;
	struct buf b;

	buf_init(&b, n + 64);
	buf_printf(&b, "%zx\r\n", n);
	for (size_t i = 0; i < n; i++)
		buf_put_c(&b, ' ');
	buf_put_z(&b, "\r\n");
	for (size_t i = 0; i < times && !c->eof; i++) {
		stream_write(c->s, buf_str(&b));
		while (stream_pending(c->s) > 4 * n && !c->eof)
			loop_step(c->scene->loop, 1000);
		if (answer_read(c, &a))
			break;
	}
	buf_done(&b);
	return a.status ? &a : hear(c);
}

static void
test_grows(void **state)
{
	struct scene *sc = scene_new(NULL);
	const struct answer *a;
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	say(&c, "POST /email HTTP/1.1\r\n" HOST TOKEN "Transfer-Encoding: chunked\r\n\r\n");
	a = flood(&c, 200000, 100);
	expect_status(a, 413, "too large");
	expect_end(&c);
	client_close(&c);
	assert_int_equal(sc->calls, 0);
	expect_idle(sc);
	scene_free(sc);
}

static void
little_memory(struct config *c)
{
	c->limits.memory_bytes = 300000;
}

/* P8: over the ceiling it is told to come again; what was held is given back. */
static void
test_memory(void **state)
{
	struct scene *sc = scene_new(little_memory);
	struct client c, d;
	char half[400];

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	say(&c, "POST " NATIVE " HTTP/1.1\r\n" HOST KEY "Transfer-Encoding: chunked\r\n\r\n");
	expect_status(flood(&c, 20000, 100), 503, "busy");
	expect_end(&c);
	client_close(&c);
	expect_idle(sc);
	/* Two that have a part each. */
	client_open(sc, &c, PORT_HTTP);
	client_open(sc, &d, PORT_HTTP);
	snprintf(half, sizeof half,
		"POST " NATIVE " HTTP/1.1\r\n" HOST KEY "Content-Length: 250000\r\n\r\n");
	say(&c, half);
	say(&d, half);
	for (int i = 0; i < 120; i++) {
		char part[1001];

		memset(part, ' ', 1000);
		part[1000] = '\0';
		say(&c, part);
		say(&d, part);
		steps(sc, 1);
	}
	for (int i = 0; i < 1000 && sc->edge->memory == 0; i++)
		steps(sc, 1);
	assert_in_range(sc->edge->memory, 1, 300000);
	client_close(&c);
	client_close(&d);
	expect_idle(sc);
	expect_status(call(sc, NATIVE, KEY, ONE), 202, "msg_");
	scene_free(sc);
}

static void
test_retry_after(void **state)
{
	static const struct {
		const char *name;
		uint16_t code;
		int status;
		bool again;
	} table[] = { { "disk nearly full", 452, 503, true },
		{ "suspended", 550, 403, false } };
	struct scene *sc = scene_new(NULL);
	const struct answer *a;

	(void)state;
	TEST_EACH(row, table)
	{
		sc->said.reply = REPLY(row->code, 4, 3, 1, "No");
		a = call(sc, NATIVE, KEY, ONE);
		expect_status(a, row->status, "");
		assert_int_equal(strstr(a->head, "\r\nRetry-After: ") != NULL, row->again);
	}
	sc->said.reply.code = 0;
	/* Told by its state: nothing is even written. */
	sc->refuse = true;
	engine_state(sc);
	steps(sc, 5);
	a = call(sc, NATIVE, KEY, ONE);
	expect_status(a, 503, "disk");
	assert_non_null(strstr(a->head, "\r\nRetry-After: "));
	sc->refuse = false;
	engine_state(sc);
	steps(sc, 5);
	edge_drain(sc->edge);
	a = call(sc, NATIVE, KEY, ONE);
	expect_status(a, 503, "stopping");
	assert_non_null(strstr(a->head, "\r\nRetry-After: "));
	assert_int_equal(sc->calls, 2);
	expect_idle(sc);
	scene_free(sc);
}

static void
test_slow(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	say(&c, "POST " NATIVE " HTTP/1.1\r\n" HOST KEY "Content-Length: 1000\r\n\r\n{");
	while (the_call(sc)->body.n == 0)
		steps(sc, 1);
	/* As if a minute had passed. */
	the_call(sc)->began -= 60 * EDGE_SECOND;
	say(&c, " ");
	expect_status(hear(&c), 408, "slow");
	expect_end(&c);
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

/* ---- senders, sandboxes, keys of idempotency */

#define MAILJET_TWO                                                                            \
	"{\"Messages\":[{\"From\":{\"Email\":\"a@evil.test\"},"                                \
	"\"To\":[{\"Email\":\"b@else.test\"}],\"TextPart\":\"x\"},"                            \
	"{\"From\":{\"Email\":\"a@shop.test\"},\"To\":[{\"Email\":\"b@else.test\"}],"          \
	"\"TextPart\":\"y\"}]}"

static void
test_senders(void **state)
{
	struct scene *sc = scene_new(NULL);
	const struct answer *a;

	(void)state;
	snprintf(sc->refused_domain, sizeof sc->refused_domain, "evil.test");
	a = call(sc, "/v3/mail/send", BEARER JSON,
		"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\"}]},"
		"{\"to\":[{\"email\":\"c@else.test\"}]}],\"from\":{\"email\":\"a@evil.test\"},"
		"\"subject\":\"hi\",\"content\":[{\"type\":\"text/plain\",\"value\":\"x\"}]}");
	expect_status(a, 403, "verified Sender Identity");
	a = call(sc, NATIVE, KEY,
		"{\"messages\":[" ONE ",{\"from\":\"a@evil.test\",\"to\":\"b@else.test\","
		"\"text\":\"x\"}]}");
	expect_status(a, 403, "Not yours");
	assert_int_equal(sc->calls, 0);
	a = call(sc, "/v3.1/send", KEY JSON, MAILJET_TWO);
	expect_status(a, 400, "send-0008");
	assert_non_null(strstr(a->body, "\"Status\":\"success\""));
	assert_int_equal(sc->calls, 1);
	assert_int_equal(sc->nletters, 1);
	assert_str(sc->letters[0].sender, "a@shop.test");
	a = call(sc, "/v3/evil.test/messages.mime", KEY FORM,
		FIELD("to") "b@else.test\r\n" FIELD(
			"message") "From: a@evil.test\r\n\r\nHello.\r\n\r\n--cut--\r\n");
	assert_int_equal(a->status, 403);
	assert_int_equal(sc->calls, 1);
	expect_idle(sc);
	scene_free(sc);
}

static void
test_sandbox(void **state)
{
	static const struct {
		const char *name, *path, *fields, *body;
		int status;
	} table[] = {
		{ "native", NATIVE, KEY,
			"{\"from\":\"a@shop.test\",\"to\":\"b@else.test\",\"text\":\"x\","
			"\"sandbox\":true}",
			202 },
		{ "mailjet", "/v3.1/send", KEY JSON,
			"{\"SandboxMode\":true,\"Messages\":[{\"From\":{\"Email\":"
			"\"a@shop.test\"},\"To\":[{\"Email\":\"b@else.test\"}],"
			"\"TextPart\":\"x\"}]}",
			200 },
		{ "sendgrid", "/v3/mail/send", BEARER JSON,
			"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\"}]}],"
			"\"from\":{\"email\":\"a@shop.test\"},\"subject\":\"s\","
			"\"content\":[{\"type\":\"text/plain\",\"value\":\"x\"}],"
			"\"mail_settings\":{\"sandbox_mode\":{\"enable\":true}}}",
			200 },
		{ "postmark", "/email", "X-Postmark-Server-Token: POSTMARK_API_TEST\r\n" JSON,
			"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TextBody\":\"x\"}",
			200 },
		{ "mailgun", "/v3/shop.test/messages", KEY FORM,
			FIELD("from") "a@shop.test\r\n" FIELD("to") "b@else.test\r\n" FIELD(
				"text") "x\r\n" FIELD("o:testmode") "yes\r\n--cut--\r\n",
			200 },
	};
	struct scene *sc = scene_new(NULL);

	(void)state;
	TEST_EACH(row, table)
	{
		expect_status(call(sc, row->path, row->fields, row->body), row->status, "");
		assert_int_equal(sc->calls, 0);
	}
	/* The token of tests opens nothing else. */
	expect_status(call(sc, NATIVE, "X-Postmark-Server-Token: POSTMARK_API_TEST\r\n", ONE),
		202, "sandbox");
	assert_int_equal(sc->calls, 0);
	expect_idle(sc);
	scene_free(sc);
}

/* The key as it travels; only a submit that has one. */
static void
idem_of(char dst[IDEM_SIZE], const struct msg_submit *m)
{
	struct str got = extra_of(m).idem;

	memset(dst, 0, IDEM_SIZE);
	if (got.n == IDEM_SIZE)
		memcpy(dst, got.p, IDEM_SIZE);
	else
		fail();
}

static void
test_idempotency(void **state)
{
	static const char fields[] = KEY "Idempotency-Key: my-key-1\r\n";
	struct scene *sc = scene_new(NULL);
	const struct answer *a;
	char first[4096], idem[IDEM_SIZE], got[IDEM_SIZE];

	(void)state;
	a = call(sc, NATIVE, fields, ONE);
	expect_status(a, 202, "msg_");
	assert_null(strstr(a->head, "Idempotent-Replayed"));
	snprintf(first, sizeof first, "%s", a->body);
	idem_of(idem, &sc->letters[0]);
	/* Again, by the other name: the engine tells the ids of then. */
	sc->said = (struct msg_submitted){ .idem = IDEM_AGAIN, .first = 1000 };
	a = call(sc, NATIVE, KEY "X-Idempotency-Key: my-key-1\r\n", ONE);
	expect_status(a, 202, "msg_");
	assert_string_equal(a->body, first);
	assert_non_null(strstr(a->head, "Idempotent-Replayed: true\r\n"));
	idem_of(got, &sc->letters[0]);
	assert_memory_equal(got, idem, 64);
	assert_int_not_equal(sc->letters[0].message, 1000);
	sc->said = (struct msg_submitted){ .idem = IDEM_RUNNING,
		.reply = REPLY(554, 5, 5, 0, "This key was used") };
	expect_status(call(sc, NATIVE, fields, ONE), 409, "Idempotency-Key");
	sc->said.idem = IDEM_OTHER;
	expect_status(
		call(sc, NATIVE, fields, "{\"messages\":[" ONE "]}"), 422, "Idempotency-Key");
	idem_of(got, &sc->letters[0]);
	assert_memory_equal(got, idem, 32);
	assert_memory_not_equal(got + 32, idem + 32, 32);
	/* Another key; in the last submit of several only. */
	sc->said = (struct msg_submitted){ 0 };
	a = call(sc, NATIVE, KEY "Idempotency-Key: my-key-2\r\n",
		"{\"messages\":[" ONE "," ONE "]}");
	expect_status(a, 202, "msg_");
	assert_int_equal(sc->nletters, 2);
	assert_int_equal(extra_of(&sc->letters[0]).idem.n, 0);
	idem_of(got, &sc->letters[1]);
	assert_memory_not_equal(got, idem, 32);
	/* Groups of one call are calls of their own. */
	(void)call(sc, "/email/batch", TOKEN "Idempotency-Key: my-key-1\r\n",
		"[{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TextBody\":\"x\"},"
		"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TextBody\":\"y\"}]");
	idem_of(got, &sc->letters[0]);
	assert_memory_not_equal(got, idem, 32);
	expect_idle(sc);
	scene_free(sc);
}

/* Made again when more of it may go: what was sent keeps its place, or the new one would get
 * its ids and it would be sent twice. */
static void
test_idempotency_of_a_part(void **state)
{
	static const char fields[] = KEY "Idempotency-Key: my-key-1\r\n";
	struct scene *sc = scene_new(NULL);
	char first[IDEM_SIZE], again[IDEM_SIZE];

	(void)state;
	snprintf(sc->refused_domain, sizeof sc->refused_domain, "evil.test");
	expect_status(call(sc, "/v3.1/send", fields, MAILJET_TWO), 400, "send-0008");
	assert_int_equal(sc->calls, 1);
	idem_of(first, &sc->letters[0]);
	sc->refused_domain[0] = '\0';
	ENGINE_SAYS(sc, changed, .version = 2);
	steps(sc, 3);
	expect_status(call(sc, "/v3.1/send", fields, MAILJET_TWO), 200, "success");
	assert_int_equal(sc->calls, 3);
	/* The last one of the two is the one that went before. */
	assert_str(sc->letters[0].sender, "a@shop.test");
	idem_of(again, &sc->letters[0]);
	assert_memory_equal(again, first, 64);
	expect_idle(sc);
	scene_free(sc);
}

static void
test_send_at(void **state)
{
	struct scene *sc = scene_new(NULL);
	int64_t at = (loop_wall(sc->loop) / 1000000 + 3600) * 1000000;
	char body[400], text[UTC_TEXT_SIZE];

	(void)state;
	snprintf(body, sizeof body,
		"{\"from\":\"a@shop.test\",\"to\":\"b@else.test\",\"text\":\"x\",\"send_at\":"
		"\"%s\","
		"\"track_opens\":true}",
		utc_rfc3339(text, at));
	expect_status(call(sc, NATIVE, KEY, body), 202, "msg_");
	assert_int_equal(extra_of(&sc->letters[0]).not_before, at);
	assert_int_equal(extra_of(&sc->letters[0]).track, TRACK_OPENS);
	scene_free(sc);
}

#define LETTER(to, more)                                                                       \
	"{\"From\":\"a@shop.test\",\"To\":\"" to "\",\"TextBody\":\"x\"" more "}"

/* Postmark tells of recipients on the suppression list at once, message by message; no other
 * dialect asks for them. */
static void
test_inactive(void **state)
{
	struct scene *sc = scene_new(NULL);
	const struct answer *a;

	(void)state;
	sc->listed = "ada@else.test";
	expect_status(call(sc, "/email", TOKEN JSON, LETTER("ada@else.test", "")), 422,
		"{\"ErrorCode\":406,\"Message\":\"You tried to send to recipient(s) that have "
		"been "
		"marked as inactive. Found inactive addresses: ada@else.test. Inactive "
		"recipients are ones that have generated a hard bounce, a spam complaint, or a "
		"manual suppression.\"}");
	assert_int_equal(sc->calls, 0);
	expect_status(call(sc, "/email", TOKEN JSON,
			      LETTER("b@else.test", ",\"Cc\":\"Ada <ada@else.test>\"")),
		200,
		"\"Message\":\"Message OK, but will not deliver to these inactive addresses: "
		"ada@else.test.\"");
	assert_int_equal(sc->calls, 1);
	assert_int_equal(sc->letters[0].rcpts.n, 2);
	a = call(sc, "/email/batch", TOKEN JSON,
		"[" LETTER("ada@else.test", "") "," LETTER("b@else.test", "") "]");
	expect_status(a, 200, "[{\"ErrorCode\":406,");
	assert_non_null(strstr(a->body, "\"Message\":\"OK\"}]"));
	assert_int_equal(sc->calls, 2);
	assert_int_equal(sc->screens, 4);
	/* A letter for each recipient, whose links name him. */
	expect_status(call(sc, "/email", TOKEN JSON,
			      LETTER("b@else.test, ada@else.test",
				      ",\"HtmlBody\":\"<a href='http://x.test'>x</a>\","
				      "\"TrackLinks\":\"HtmlAndText\"")),
		200, "will not deliver to these inactive addresses: ada@else.test.");
	assert_int_equal(sc->screens, 5);
	expect_status(call(sc, "/email", "X-Postmark-Server-Token: POSTMARK_API_TEST\r\n" JSON,
			      LETTER("ada@else.test", "")),
		200, "Test job accepted");
	expect_status(call(sc, NATIVE, KEY, ONE), 202, "msg_");
	assert_int_equal(sc->screens, 5);
	expect_idle(sc);
	scene_free(sc);
}

TEST_MAIN(TEST(test_dialects), TEST(test_inactive), TEST(test_keep_alive), TEST(test_retired),
	TEST(test_groups), TEST(test_refused), TEST(test_language), TEST(test_keys),
	TEST(test_expect), TEST(test_grows), TEST(test_memory), TEST(test_retry_after),
	TEST(test_slow), TEST(test_senders), TEST(test_sandbox), TEST(test_idempotency),
	TEST(test_idempotency_of_a_part), TEST(test_send_at))
