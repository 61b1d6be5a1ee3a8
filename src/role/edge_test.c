#include "role/edge_scene.h"

#include "io/file_fault.h"

#include <errno.h>
#include <sys/stat.h>

#define LOGIN   "AUTH PLAIN AHUAcA==\r\n" /* u, p */
#define MESSAGE "From: a@shop.test\r\nSubject: hi\r\n\r\nbody\r\n.\r\n"

static void
enter(struct client *c)
{
	expect(c, "220 ");
	talk(c, "EHLO pc.test\r\n", "250 ");
	talk(c, LOGIN, "235 ");
}

static void
test_one_message(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;
	char body[4096];

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	envelope(&c, 1);
	talk(&c, MESSAGE, "250 2.0.0 Ok: queued");
	assert_int_equal(sc->submits, 1);
	assert_int_equal(sc->last.boot, 77);
	assert_int_equal(sc->last.extent >> 24, 3);
	assert_int_equal(sc->last.message, 1000);
	assert_int_equal(sc->last.tenant, 7);
	assert_int_equal(sc->last.via, VIA_SMTP);
	assert_int_equal(sc->last.rcpts.n, 1);
	assert_str(sc->last.rcpts.at[0].address, "b0@else.test");
	assert_str(sc->last.from_domain, "shop.test");
	assert_str(sc->last.subject, "hi");
	assert_str(sc->last.message_id, "<1000@mail.test>");
	assert_str(sc->last.client, "127.0.0.1");
	struct str all = stored(sc, &sc->last, body, sizeof body);
	assert_true(str_starts(all, STR_LIT("Received: from pc.test ([127.0.0.1])\r\n")));
	assert_str_eq(str_from(all, sc->last.header_length), STR_LIT("body\r\n"));
	/* Several messages, pipelined; the domain was asked about once. */
	say(&c, "MAIL FROM:<a@shop.test>\r\nRCPT TO:<b@else.test>\r\nDATA\r\n");
	expect(&c, "250 ");
	expect(&c, "250 ");
	expect(&c, "354 ");
	say(&c, MESSAGE "MAIL FROM:<a@shop.test>\r\nRCPT TO:<c@else.test>\r\nDATA\r\n");
	expect(&c, "250 2.0.0");
	expect(&c, "250 2.1.0");
	expect(&c, "250 2.1.5");
	expect(&c, "354 ");
	talk(&c, MESSAGE "QUIT\r\n", "250 2.0.0");
	expect(&c, "221 ");
	assert_int_equal(sc->submits, 3);
	assert_int_equal(sc->checks, 1);
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	scene_free(sc);
}

static void
test_engine_dies(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;
	uint64_t seq, offset, message;

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	envelope(&c, 1);
	sc->deaf = true;
	say(&c, MESSAGE);
	for (int i = 0; i < 1000 && sc->submits == 0; i++)
		steps(sc, 1);
	assert_int_equal(sc->submits, 1);
	steps(sc, 20);
	/* P1: nothing was said before `submitted`. */
	assert_int_equal(stream_input(c.s).n, 0);
	seq = sc->last.seq;
	offset = sc->last.offset;
	message = sc->last.message;
	channel_free(&sc->engine);
	steps(sc, 20);
	assert_int_equal(stream_input(c.s).n, 0);
	sc->deaf = false;
	engine_comes(sc);
	expect(&c, "250 2.0.0");
	assert_int_equal(sc->submits, 2);
	assert_int_equal(sc->hellos, 2);
	assert_int_equal(sc->last.seq, seq);
	assert_int_equal(sc->last.offset, offset);
	assert_int_equal(sc->last.message, message);
	client_close(&c);
	scene_free(sc);
}

static void
test_unknown_fate(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	envelope(&c, 1);
	sc->deaf = true;
	say(&c, MESSAGE);
	for (int i = 0; i < 1000 && sc->submits == 0; i++)
		steps(sc, 1);
	/* As if 30 s had passed. */
	LIST_EACH(l, &sc->edge->asks)
	LIST_OF(l, struct edge_ask, link)->began -= EDGE_ASK_US;
	edge_engine_second(sc->edge);
	expect_end(&c);
	assert_int_equal(stream_input(c.s).n, 0);
	client_close(&c);
	scene_free(sc);
}

/* The engine is away for longer than a restart takes: whose message is not begun is told so;
 * whose is under way waits. */
static void
test_engine_away(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c, d, later;

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	client_open(sc, &d, PORT_PLAIN);
	enter(&d);
	envelope(&d, 1);
	sc->deaf = true;
	say(&d, MESSAGE);
	for (int i = 0; i < 1000 && sc->submits == 0; i++)
		steps(sc, 1);
	channel_free(&sc->engine);
	steps(sc, 20);
	say(&c, "MAIL FROM:<a@shop.test>\r\n");
	steps(sc, 20);
	edge_engine_second(sc->edge);
	assert_int_equal(stream_input(c.s).n, 0);
	sc->edge->lost_at -= EDGE_AWAY_US + 1;
	edge_engine_second(sc->edge);
	expect(&c, "451 4.3.0");
	client_open(sc, &later, PORT_PLAIN);
	expect(&later, "421 4.3.2");
	assert_int_equal(stream_input(d.s).n, 0);
	sc->deaf = false;
	engine_comes(sc);
	expect(&d, "250 2.0.0");
	talk(&c, "MAIL FROM:<a@shop.test>\r\n", "250 ");
	client_close(&later);
	client_close(&d);
	client_close(&c);
	scene_free(sc);
}

static void
tiny_memory(struct config *c)
{
	c->limits.memory_bytes = 1;
}

static void
one_connection(struct config *c)
{
	c->limits.connections_per_network = 1;
}

static void
test_refusals(void **state)
{
	struct scene *sc = scene_new(tiny_memory);
	struct client c, d;

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	talk(&c, "MAIL FROM:<a@shop.test>\r\n", "250 ");
	talk(&c, "RCPT TO:<b@else.test>\r\n", "250 ");
	talk(&c, "RCPT TO:<b@[192.0.2.1]>\r\n", "550 5.1.2");
	talk(&c, "DATA\r\n", "452 4.3.1");
	/* The engine stops accepting: old sessions hear it at MAIL, new ones as the banner. */
	sc->refuse = true;
	engine_state(sc);
	steps(sc, 5);
	talk(&c, "MAIL FROM:<a@shop.test>\r\n", "452 4.3.1");
	client_open(sc, &d, PORT_PLAIN);
	expect(&d, "421 4.3.1");
	expect_end(&d);
	client_close(&d);
	client_close(&c);
	scene_free(sc);

	sc = scene_new(one_connection);
	client_open(sc, &c, PORT_PLAIN);
	expect(&c, "220 ");
	client_open(sc, &d, PORT_STARTTLS);
	expect(&d, "421 4.7.0");
	client_close(&d);
	client_close(&c);
	client_open(sc, &d, PORT_PLAIN);
	expect(&d, "220 ");
	client_close(&d);
	scene_free(sc);
}

static void
test_auth(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	expect(&c, "220 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	talk(&c, "MAIL FROM:<a@shop.test>\r\n", "530 5.7.0");
	sc->no_keys = true;
	talk(&c, LOGIN, "535 5.7.8");
	assert_str(str_z(sc->last_key), "u");
	/* "@local" from outside is no key. */
	talk(&c, "AUTH PLAIN AEBsb2NhbABw\r\n", "535 5.7.8");
	assert_str(str_z(sc->last_key), "-");
	sc->no_keys = false;
	talk(&c, LOGIN, "235 ");
	assert_int_equal(sc->auths, 3);
	client_close(&c);
	/* Remembered, until something changed. */
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	assert_int_equal(sc->auths, 3);
	client_close(&c);
	ENGINE_SAYS(sc, changed, .version = 2);
	steps(sc, 3);
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	assert_int_equal(sc->auths, 4);
	client_close(&c);
	/* A session does not outlive its key. */
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	assert_int_equal(sc->auths, 4);
	ENGINE_SAYS(sc, changed, .version = 3);
	steps(sc, 3);
	talk(&c, "MAIL FROM:<a@shop.test>\r\n", "250 ");
	assert_int_equal(sc->auths, 5);
	assert_str(str_z(sc->last_key), "u");
	talk(&c, "RSET\r\n", "250 ");
	sc->no_keys = true;
	ENGINE_SAYS(sc, changed, .version = 4);
	steps(sc, 3);
	talk(&c, "MAIL FROM:<a@shop.test>\r\n", "550 5.7.8");
	talk(&c, "MAIL FROM:<a@shop.test>\r\n", "530 5.7.0");
	sc->no_keys = false;
	client_close(&c);
	/* Never in clear on a STARTTLS port. */
	client_open(sc, &c, PORT_STARTTLS);
	expect(&c, "220 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	talk(&c, LOGIN, "5");
	client_close(&c);
	scene_free(sc);
}

static void
test_senders(void **state)
{
	static const struct {
		const char *name, *header, *want;
	} table[] = {
		{ "own", "From: a@shop.test\r\n", "250 2.0.0" },
		{ "other's", "From: a@evil.test\r\n", "550 5.7.1" },
		{ "two fields", "From: a@shop.test\r\nFrom: a@evil.test\r\n", "550 5.7.1" },
		{ "two mailboxes", "From: a@shop.test, a@evil.test\r\n", "550 5.7.1" },
		{ "none", "Subject: x\r\n", "550 5.7.1" },
		{ "other's Sender", "From: a@shop.test\r\nSender: a@evil.test\r\n",
			"550 5.7.1" },
		{ "good Sender", "From: a@shop.test\r\nSender: a@two.test\r\n", "250 2.0.0" },
	};
	struct scene *sc = scene_new(NULL);
	struct client c;

	(void)state;
	snprintf(sc->refused_domain, sizeof sc->refused_domain, "evil.test");
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	talk(&c, "MAIL FROM:<a@EVIL.test>\r\n", "550 5.7.1");
	TEST_EACH(row, table)
	{
		envelope(&c, 1);
		say(&c, row->header);
		talk(&c, "\r\nbody\r\n.\r\n", row->want);
	}
	assert_int_equal(sc->submits, 2);
	/* The null sender is nobody's domain, its From is still checked. */
	talk(&c, "MAIL FROM:<>\r\n", "250 ");
	talk(&c, "RCPT TO:<b@else.test>\r\n", "250 ");
	talk(&c, "DATA\r\n", "354 ");
	talk(&c, "From: a@evil.test\r\n\r\n.\r\n", "550 5.7.1");
	client_close(&c);
	scene_free(sc);
}

static void
test_hostile(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	envelope(&c, 1);
	/* P11: smuggling. */
	talk(&c, "From: a@shop.test\r\n\r\nx\n.\nMAIL FROM:<x@evil.test>\r\n", "554 5.6.11");
	expect_end(&c);
	client_close(&c);
	assert_int_equal(sc->submits, 0);
	/* A header without end. */
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	envelope(&c, 1);
	for (int i = 0; i < 300; i++) {
		char line[1025];

		memset(line, 'x', sizeof line - 1);
		line[1022] = '\r';
		line[1023] = '\n';
		line[1024] = '\0';
		line[1] = ':';
		say(&c, line);
		if (i % 32 == 0)
			steps(sc, 3);
	}
	talk(&c, ".\r\n", "552 5.3.4");
	/* The session goes on. */
	envelope(&c, 1);
	talk(&c, MESSAGE, "250 ");
	client_close(&c);
	client_open(sc, &c, PORT_STARTTLS);
	expect(&c, "220 ");
	talk(&c, "\x16\x03\x01\x02", "554 5.5.1");
	expect_end(&c);
	client_close(&c);
	assert_int_equal(sc->edge->memory, 0);
	assert_int_equal(sc->edge->nconns, 0);
	scene_free(sc);
}

static void
test_tls(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_STARTTLS);
	expect(&c, "220 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	/* What was sent behind STARTTLS in clear is not believed (RFC 3207). */
	talk(&c, "STARTTLS\r\nRSET\r\n", "220 2.0.0");
	client_secure(&c);
	talk(&c, "MAIL FROM:<a@shop.test>\r\n", "503 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	talk(&c, LOGIN, "235 ");
	envelope(&c, 1);
	talk(&c, MESSAGE, "250 2.0.0");
	client_close(&c);
	client_open(sc, &c, PORT_TLS);
	client_secure(&c);
	enter(&c);
	client_close(&c);
	scene_free(sc);
}

static void
test_local(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_LOCAL);
	expect(&c, "220 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	envelope(&c, 1);
	talk(&c, MESSAGE, "250 2.0.0");
	assert_str(str_z(sc->last_key), "@local");
	assert_int_equal(sc->last.via, VIA_SENDMAIL);
	assert_true(str_starts(sc->last.client, STR_LIT("uid:")));
	client_close(&c);
	/* We are the operator: for the account "shop", with whatever password. */
	client_open(sc, &c, PORT_LOCAL);
	expect(&c, "220 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	talk(&c, "AUTH PLAIN AHNob3AALQ==\r\n", "235 ");
	envelope(&c, 1);
	talk(&c, MESSAGE, "250 2.0.0");
	assert_str(str_z(sc->last_key), "@trusted:shop");
	client_close(&c);
	scene_free(sc);
}

static void
http_end(struct client *c)
{
	for (int i = 0; i < 300; i++) {
		struct str in = stream_input(c->s);

		if (str_find_str(in, STR_LIT("\r\n\r\n")) < in.n)
			break;
		loop_step(c->scene->loop, 1000);
	}
	steps(c->scene, 3);
	stream_eat(c->s, stream_input(c->s).n);
}

static const struct {
	const char *name;
	enum port_kind port;
	const char *request, *want, *inside;
} http_rows[] = {
	{ "livez", PORT_HTTP, "GET /livez HTTP/1.1\r\nHost: x.test\r\n\r\n", "HTTP/1.1 200 ",
		"ok\n" },
	{ "readyz", PORT_HTTP, "GET /readyz?verbose HTTP/1.1\r\nHost: x.test\r\n\r\n",
		"HTTP/1.1 200 ", "accepting" },
	{ "metrics", PORT_HTTP, "GET /metrics HTTP/1.1\r\nHost: x.test\r\n\r\n",
		"HTTP/1.1 200 ", "version=0.0.4" },
	{ "nothing", PORT_HTTP, "GET /x HTTP/1.1\r\nHost: x.test\r\n\r\n", "HTTP/1.1 404 ",
		"Nothing is served" },
	{ "post", PORT_HTTP,
		"POST /livez HTTP/1.1\r\nHost: x.test\r\nContent-Length: 2\r\n\r\nab",
		"HTTP/1.1 405 ", "Allow: GET, HEAD\r\n" },
	{ "description", PORT_HTTP, "GET /openapi.json HTTP/1.1\r\nHost: x.test\r\n\r\n",
		"HTTP/1.1 200 ", "\"openapi\": \"3.1.0\"" },
	{ "its page", PORT_HTTP, "GET /docs/api HTTP/1.1\r\nHost: x.test\r\n\r\n",
		"HTTP/1.1 200 ", "; style-src 'sha256-" },
	{ "its head", PORT_HTTP, "HEAD /docs/api HTTP/1.1\r\nHost: x.test\r\n\r\n",
		"HTTP/1.1 200 ", "Cache-Control: public, max-age=300\r\n" },
	{ "it is known", PORT_HTTP,
		"GET /openapi.json HTTP/1.1\r\nHost: x.test\r\nIf-None-Match: \"a\", "
		"*\r\n\r\n",
		"HTTP/1.1 304 ", "ETag: \"" },
	{ "another is known", PORT_HTTP,
		"GET /openapi.json HTTP/1.1\r\nHost: x.test\r\nIf-None-Match: "
		"\"a\"\r\n\r\n",
		"HTTP/1.1 200 ", "paths" },
	{ "console", PORT_HTTP, "GET /console/activity?to=a HTTP/1.1\r\nHost: x.test\r\n\r\n",
		"HTTP/1.1 200 ", "Content-Security-Policy: default-src 'self'; " },
	{ "its page is asked for anew", PORT_HTTP,
		"HEAD /console/ HTTP/1.1\r\nHost: x.test\r\n\r\n", "HTTP/1.1 200 ",
		"Cache-Control: no-cache\r\n" },
	{ "its page compressed", PORT_HTTP,
		"HEAD /console/ HTTP/1.1\r\nHost: x.test\r\nAccept-Encoding: gzip, "
		"br\r\n\r\n",
		"HTTP/1.1 200 ", "Vary: Accept-Encoding\r\nContent-Encoding: br\r\n" },
	{ "help", PORT_HTTP,
		"GET /help/advice-subject?lang=fr HTTP/1.1\r\nHost: x.test\r\n\r\n",
		"HTTP/1.1 200 ", "Il n'y a pas d'objet." },
	{ "help in the client's language", PORT_HTTP,
		"GET /help/ HTTP/1.1\r\nHost: x.test\r\nAccept-Language: "
		"fr-CA\r\n\r\n",
		"HTTP/1.1 200 ", "Content-Language: fr\r\n" },
	{ "no help", PORT_HTTP, "GET /help/%3Cb%3E HTTP/1.1\r\nHost: x.test\r\n\r\n",
		"HTTP/1.1 404 ", "all of them are at /help/" },
	{ "nobody writes help", PORT_HTTP,
		"POST /help/ HTTP/1.1\r\nHost: x.test\r\nContent-Length: "
		"0\r\n\r\n",
		"HTTP/1.1 405 ", "Allow: GET, HEAD\r\n" },
	{ "nobody writes it", PORT_HTTP,
		"DELETE /openapi.json HTTP/1.1\r\nHost: x.test\r\n\r\n", "HTTP/1.1 405 ",
		"Allow: GET, HEAD\r\n" },
	{ "two hosts", PORT_HTTP, "GET / HTTP/1.1\r\nHost: x.test\r\nHost: y.test\r\n\r\n",
		"HTTP/1.1 400 ", "" },
	{ "redirect", PORT_SHARED, "GET /a?b HTTP/1.1\r\nHost: x.test:80\r\n\r\n",
		"HTTP/1.1 301 ", "Location: https://x.test/a?b\r\n" },
	{ "challenge", PORT_SHARED,
		"GET /.well-known/acme-challenge/tok HTTP/1.1\r\nHost: x.test\r\n\r\n",
		"HTTP/1.1 200 ", "answer" },
	{ "traversal", PORT_SHARED,
		"GET /.well-known/acme-challenge/../x HTTP/1.1\r\nHost: x.test\r\n\r\n",
		"HTTP/1.1 404 ", "challenge" },
};

static void
test_http(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;
	char path[600];
	FILE *f;

	(void)state;
	snprintf(path, sizeof path, "%s/acme", sc->paths.state);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/acme/tok", sc->paths.state);
	f = fopen(path, "w");
	fputs("answer", f);
	fclose(f);
	TEST_EACH(row, http_rows)
	{
		client_open(sc, &c, row->port);
		say(&c, row->request);
		for (int i = 0; i < 1000 && stream_input(c.s).n == 0; i++)
			loop_step(sc->loop, 1000);
		steps(sc, 3);
		struct str in = stream_input(c.s);
		assert_true(str_starts(in, str_z(row->want)));
		assert_true(
			*row->inside == '\0' || str_find_str(in, str_z(row->inside)) < in.n);
		client_close(&c);
	}
	/* Keep-alive, two requests at once. */
	client_open(sc, &c, PORT_HTTP);
	say(&c, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: "
		"x\r\n\r\n");
	http_end(&c);
	assert_false(c.eof);
	client_close(&c);
	/* Silence on the shared port is SMTP. */
	client_open(sc, &c, PORT_SHARED);
	expect(&c, "220 mail.test ESMTP");
	talk(&c, "GET / HTTP/1.1\r\n", "554 5.5.1");
	expect_end(&c);
	client_close(&c);
	scene_free(sc);
}

static void
test_drain(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c, d;

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	client_open(sc, &d, PORT_PLAIN);
	enter(&d);
	envelope(&d, 1);
	edge_drain(sc->edge);
	expect(&c, "421 4.3.2");
	expect_end(&c);
	/* The message in hand is finished, then the session ends. */
	talk(&d, MESSAGE, "250 2.0.0");
	expect(&d, "421 4.3.2");
	expect_end(&d);
	client_close(&c);
	client_close(&d);
	assert_int_equal(sc->edge->nconns, 0);
	scene_free(sc);
}

/* A reload: what is open stays open, whatever it does. */
static void
test_retire(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	edge_retire(sc->edge);
	for (int i = 0; i < 2; i++) {
		envelope(&c, 1);
		talk(&c, MESSAGE, "250 2.0.0");
	}
	/* Stopping then still ends it. */
	edge_drain(sc->edge);
	expect(&c, "421 4.3.2");
	expect_end(&c);
	client_close(&c);
	scene_free(sc);
}

/* The ports outlive this edge: who was greeted goes on, who comes waits for the next one. */
static void
test_drain_kept(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c, d, h;

	(void)state;
	sc->env.ports_kept = true;
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	client_open(sc, &h, PORT_HTTP);
	steps(sc, 3);
	edge_drain(sc->edge);
	client_open(sc, &d, PORT_PLAIN);
	envelope(&c, 1);
	talk(&c, MESSAGE, "250 2.0.0");
	talk(&h, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200");
	expect_end(&h);
	client_close(&h);
	/* EDGE_SETTLE_US later it is time to end; nobody took the third one. */
	expect(&c, "421 4.3.2");
	expect_end(&c);
	client_close(&c);
	assert_int_equal(sc->edge->nconns, 0);
	assert_int_equal(stream_input(d.s).n, 0);
	assert_false(d.eof);
	client_close(&d);
	scene_free(sc);
}

/* Who comes while it drains hears so at once. */
static void
test_drain_says_so(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c, d;

	(void)state;
	client_open(sc, &d, PORT_PLAIN);
	enter(&d);
	envelope(&d, 1);
	edge_drain(sc->edge);
	client_open(sc, &c, PORT_PLAIN);
	expect(&c, "421 4.3.2");
	expect_end(&c);
	client_close(&c);
	client_open(sc, &c, PORT_HTTP);
	talk(&c, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200");
	client_close(&c);
	client_close(&d);
	scene_free(sc);
}

/* P5: a failing disk gives 4xx, and nothing is submitted; the service goes on when it works. */
static void
test_disk(void **state)
{
	static const struct {
		const char *name;
		int err;
		const char *want;
	} table[] = {
		{ "full", ENOSPC, "452 4.3.1" },
		{ "broken", EIO, "451 4.3.0" },
		{ "read-only", EROFS, "452 4.3.0" },
	};
	struct scene *sc = scene_new(NULL);
	struct client c;

	(void)state;
	if (!FILE_FAULT_HERE) {
		scene_free(sc);
		skip();
	}
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	TEST_EACH(row, table)
	{
		envelope(&c, 1);
		file_fault_arm(FILE_FAULT_FROM, 1, row->err);
		talk(&c, MESSAGE, row->want);
		assert_true(file_fault_fired());
		file_fault_arm(FILE_FAULT_NONE, 0, 0);
		assert_int_equal(sc->submits, 0);
	}
	envelope(&c, 1);
	talk(&c, MESSAGE, "250 2.0.0");
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	scene_free(sc);
}

static void
test_long_body(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;
	char line[1001];

	(void)state;
	memset(line, 'y', 1000);
	line[998] = '\r';
	line[999] = '\n';
	line[1000] = '\0';
	client_open(sc, &c, PORT_PLAIN);
	enter(&c);
	envelope(&c, 1);
	say(&c, "From: a@shop.test\r\n\r\n");
	for (int i = 0; i < 3000; i++) {
		say(&c, line);
		if (i % 16 == 0)
			steps(sc, 1);
	}
	talk(&c, ".\r\n", "250 2.0.0");
	assert_int_equal(sc->last.length, sc->last.header_length + 3000 * 1000);
	assert_int_equal(sc->edge->memory, 0);
	/* Gone in the middle of a message. */
	envelope(&c, 1);
	say(&c, "From: a@shop.test\r\n\r\nhalf");
	steps(sc, 5);
	client_close(&c);
	assert_int_equal(sc->edge->memory, 0);
	assert_int_equal(sc->submits, 1);
	scene_free(sc);
}

TEST_MAIN(TEST(test_one_message), TEST(test_engine_dies), TEST(test_unknown_fate),
	TEST(test_engine_away), TEST(test_refusals), TEST(test_auth), TEST(test_senders),
	TEST(test_hostile), TEST(test_tls), TEST(test_local), TEST(test_http), TEST(test_drain),
	TEST(test_retire), TEST(test_drain_kept), TEST(test_drain_says_so), TEST(test_disk),
	TEST(test_long_body))
