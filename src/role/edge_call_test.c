/* Calls of the HTTP API in the edge when something breaks: engines that die, disks that fail,
 * clients that leave, a service that stops. The engine is played by the test. */
#include "io/file_fault.h"
#include "role/edge_api_scene.h"

#include <errno.h>

/* ---- engines that die, disks that fail */

static void
test_engine_dies(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct buf before;
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	sc->deaf = true;
	post(&c, NATIVE, KEY "Idempotency-Key: k\r\n", "{\"messages\":[" ONE "," ONE "]}");
	wait_calls(sc, 1);
	steps(sc, 20);
	/* P1: nothing is said before `submitted`. */
	assert_int_equal(stream_input(c.s).n, 0);
	buf_init(&before, CHANNEL_PAYLOAD_MAX);
	buf_put(&before, buf_str(&sc->call));
	channel_free(&sc->engine);
	steps(sc, 20);
	assert_int_equal(stream_input(c.s).n, 0);
	sc->deaf = false;
	engine_comes(sc);
	expect_status(hear(&c), 202, "msg_");
	assert_int_equal(sc->calls, 2);
	assert_str_eq(buf_str(&sc->call), buf_str(&before));
	buf_done(&before);
	/* Answered once. */
	say(&c, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
	expect_status(hear(&c), 200, "ok\n");
	client_close(&c);
	/* While it is away and asked who calls. */
	channel_free(&sc->engine);
	steps(sc, 3);
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, BEARER, ONE);
	steps(sc, 20);
	engine_comes(sc);
	expect_status(hear(&c), 202, "msg_");
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

static void
pass_ask_time(struct scene *sc)
{
	LIST_EACH(l, &sc->edge->asks)
	LIST_OF(l, struct edge_ask, link)->began -= EDGE_ASK_US;
	edge_engine_second(sc->edge);
}

/* The engine says nothing for 30 s: what became of the call is not known, no answer is given.
 */
static void
test_unknown_fate(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	sc->deaf = true;
	post(&c, NATIVE, KEY, ONE);
	wait_calls(sc, 1);
	pass_ask_time(sc);
	expect_end(&c);
	assert_int_equal(stream_input(c.s).n, 0);
	client_close(&c);
	/* Of two groups one is known. */
	client_open(sc, &c, PORT_HTTP);
	post(&c, "/email/batch", TOKEN,
		"[{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TextBody\":\"x\"},"
		"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TextBody\":\"y\"}]");
	wait_calls(sc, 3);
	ENGINE_SAYS(sc, submitted, .seq = sc->last.seq, .reply = REPLY(250, 2, 0, 0, "Ok"));
	steps(sc, 10);
	assert_int_equal(stream_input(c.s).n, 0);
	pass_ask_time(sc);
	expect_end(&c);
	assert_int_equal(stream_input(c.s).n, 0);
	client_close(&c);
	/* Nothing was submitted yet: that can be said. */
	sc->mute = true;
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, BEARER, ONE);
	while (sc->auths < 3)
		steps(sc, 1);
	pass_ask_time(sc);
	expect_status(hear(&c), 503, "busy");
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

/* P5: a failing disk is told, nothing is submitted, and it goes on when the disk works. */
static void
test_disk(void **state)
{
	static const struct {
		const char *name;
		int err, status;
	} table[] = { { "full", ENOSPC, 507 }, { "quota", EDQUOT, 507 }, { "broken", EIO, 503 },
		{ "read-only", EROFS, 503 } };
	struct scene *sc = scene_new(NULL);

	(void)state;
	if (!FILE_FAULT_HERE) {
		scene_free(sc);
		skip();
	}
	TEST_EACH(row, table)
	{
		const struct answer *a;

		file_fault_arm(FILE_FAULT_FROM, 1, row->err);
		a = call(sc, NATIVE, KEY, "{\"messages\":[" ONE "," ONE "]}");
		expect_status(a, row->status, "nothing was sent");
		assert_non_null(strstr(a->head, "\r\nRetry-After: "));
		assert_true(file_fault_fired());
		file_fault_arm(FILE_FAULT_NONE, 0, 0);
		assert_int_equal(sc->calls, 0);
	}
	expect_status(call(sc, NATIVE, KEY, ONE), 202, "msg_");
	expect_idle(sc);
	scene_free(sc);
}

/* ---- long bodies, clients that leave */

/* A call of some n bytes; the caller's to free. */
static char *
long_body(size_t n)
{
	static const char head[] = "{\"from\":\"a@shop.test\",\"to\":\"b@else.test\","
				   "\"subject\":\"hi\",\"text\":\"";
	char *body = mem_new(n + sizeof head + 8, 1);
	size_t at = sizeof head - 1;

	memcpy(body, head, at);
	memset(body + at, 'x', n);
	for (size_t i = at + 70; i < at + n; i += 72)
		memcpy(body + i, "\\n", i + 2 <= at + n ? 2 : 0);
	memcpy(body + at + n, "\"}", 3);
	return body;
}

static void
test_long_body(void **state)
{
	struct scene *sc = scene_make(NULL, false);
	char *body = long_body(1500000);
	bool worked = false;
	struct client c, d;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, KEY, body);
	for (int i = 0; i < 20000 && sc->calls == 0; i++) {
		LIST_EACH(l, &sc->edge->calls)
		worked = worked || LIST_OF(l, struct edge_call, link)->working;
		steps(sc, 1);
	}
	assert_true(worked);
	expect_status(hear(&c), 202, "msg_");
	assert_true(sc->letters[0].length > 1400000);
	/* The loop goes on while the thread reads. */
	post(&c, NATIVE, KEY, body);
	client_open(sc, &d, PORT_HTTP);
	post(&d, NATIVE, KEY, ONE);
	expect_status(hear(&d), 202, "msg_");
	expect_status(hear(&c), 202, "msg_");
	client_close(&c);
	client_close(&d);
	mem_free(body);
	expect_idle(sc);
	scene_free(sc);
}

/* A client whose connection can be broken off (RST) instead of closed: then the edge hears of
 * it at once. One that closes may only have ended its half, and is answered. */
static int
open_socket(struct scene *sc, struct client *c)
{
	static const struct stream_calls calls = { client_input, client_event };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct net_addr a;

	*c = (struct client){ .scene = sc };
	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), sc->ports[PORT_HTTP].port, &a), 0);
	assert_int_equal(connect(fd, &a.u.sa, a.len), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	c->s = stream_new(sc->loop, fd, &calls, c);
	return fd;
}

static void
leave(struct client *c, int fd, bool hard)
{
	const struct linger now = { 1, 0 };

	if (hard)
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
	stream_free(&c->s);
}

static void
wait_gone(struct scene *sc)
{
	for (int i = 0; i < 20000 && sc->edge->nconns > 0; i++)
		loop_step(sc->loop, 1000);
	expect_idle(sc);
}

/* It leaves after some steps of the loop, wherever the call is by then: nothing is left behind,
 * and others go on. */
static void
test_leaves(void **state)
{
	static const size_t sizes[] = { 10, 300000 };
	struct scene *sc = scene_make(NULL, false);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(sizes); i++) {
		char *body = long_body(sizes[i]);

		for (int n = 0; n < 32; n++) {
			struct client c;
			int fd = open_socket(sc, &c);

			post(&c, NATIVE, KEY, body);
			for (int k = 0; k < n / 2; k++)
				loop_step(sc->loop, 20);
			leave(&c, fd, n % 2);
			if (n % 8 == 0)
				ENGINE_SAYS(sc, changed, .version = 2);
		}
		mem_free(body);
		wait_gone(sc);
	}
	expect_status(call(sc, NATIVE, KEY, ONE), 202, "msg_");
	scene_free(sc);
}

enum where { AUTH, DELAYED, BODY, THREAD, COMMIT, SUBMITTED };

/* A client whose call is there. */
static int
bring_to(struct scene *sc, struct client *c, enum where where, const char *body)
{
	int fd = open_socket(sc, c);
	struct edge_call *k;

	sc->mute = where == AUTH;
	sc->no_keys = where == DELAYED;
	sc->deaf = where == SUBMITTED;
	if (where == BODY)
		say(c, "POST " NATIVE " HTTP/1.1\r\n" HOST KEY
		       "Content-Length: 1000\r\n\r\n{\"from\":");
	else
		post(c, NATIVE, KEY, where == THREAD ? body : ONE);
	k = the_call(sc);
	/* The last three pass by themselves: when that was quicker, it is as good. */
	for (int i = 0; i < 20000 && sc->calls == 0; i++) {
		if ((where <= DELAYED && sc->auths > 0) || (where == BODY && k->body.n > 0) ||
			(where == THREAD && k->working) || (where == COMMIT && k->commits > 0))
			break;
		loop_step(sc->loop, 100);
	}
	return fd;
}

static void
test_leaves_in_state(void **state)
{
	static const struct {
		const char *name;
		enum where where;
	} table[] = { { "who calls is asked", AUTH },
		{ "a wrong key is not told yet", DELAYED },
		{ "half of the body is there", BODY }, { "a thread reads", THREAD },
		{ "bodies on their way to the disk", COMMIT }, { "submitted", SUBMITTED } };
	char *body = long_body(400000);

	(void)state;
	TEST_EACH(row, table)
	{
		for (int hard = 0; hard < 2; hard++) {
			struct scene *sc = scene_make(NULL, false);
			struct client c;
			int fd = bring_to(sc, &c, row->where, body);

			leave(&c, fd, hard);
			steps(sc, 20);
			if (row->where == AUTH)
				ENGINE_SAYS(sc, authed, .seq = sc->asked, .ok = 1, .tenant = 7,
					.scopes = SCOPE_ALL,
					.reply = REPLY(235, 2, 7, 0, "Ok"));
			if (row->where == SUBMITTED)
				ENGINE_SAYS(sc, submitted, .seq = sc->last.seq,
					.reply = REPLY(250, 2, 0, 0, "Ok"));
			wait_gone(sc);
			sc->mute = sc->no_keys = sc->deaf = false;
			expect_status(call(sc, NATIVE, KEY, ONE), 202, "msg_");
			scene_free(sc);
			/* The edge ends at this moment instead. */
			sc = scene_make(NULL, false);
			fd = bring_to(sc, &c, row->where, body);
			leave(&c, fd, hard);
			steps(sc, hard);
			scene_free(sc);
		}
	}
	mem_free(body);
}

/* An upload that is under way when the service stops, or hands its ports over, comes to its
 * end. */
static void
test_drain_upload(void **state)
{
	static const char one[] = ONE;
	const size_t half = sizeof one / 2;

	(void)state;
	for (int kept = 0; kept < 2; kept++) {
		struct scene *sc = scene_new(NULL);
		struct client c, idle;
		const struct answer *a;
		char head[1000];

		sc->env.ports_kept = kept;
		client_open(sc, &idle, PORT_HTTP);
		client_open(sc, &c, PORT_HTTP);
		snprintf(head, sizeof head,
			"POST " NATIVE " HTTP/1.1\r\n" HOST KEY
			"Content-Length: %zu\r\n\r\n%.*s",
			sizeof one - 1, (int)half, one);
		say(&c, head);
		while (the_call(sc)->body.n == 0)
			steps(sc, 1);
		edge_drain(sc->edge);
		edge_drain(sc->edge); /* EDGE_SETTLE_US later, with the ports kept */
		expect_end(&idle);
		say(&c, one + half);
		a = hear(&c);
		expect_status(a, 202, "msg_");
		assert_non_null(strstr(a->head, "\r\nConnection: close"));
		expect_end(&c);
		client_close(&c);
		client_close(&idle);
		expect_idle(sc);
		scene_free(sc);
	}
}

TEST_MAIN(TEST(test_engine_dies), TEST(test_unknown_fate), TEST(test_disk),
	TEST(test_long_body), TEST(test_leaves), TEST(test_leaves_in_state),
	TEST(test_drain_upload))
