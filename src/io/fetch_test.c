#include "io/fetch.h"

#include "base/mem.h"
#include "base/test.h"
#include "io/random.h"
#include "io/stream.h"
#include "io/tls.h"

#define SECOND   1000000u
#define CONNS    300
#define HEADLINE "HTTP/1.1 200 OK\r\n"

/* A web server on the same loop. What it answers stands in the path of the request:
 *   /ok   /close (after the answer)   /cut (no answer)   /hang   /drip (head only)
 *   /long   /bad   /302   /later   /surplus   /once (the connection ends when idle) */
struct net;
struct served {
	struct net *net;
	struct stream *stream;
};

struct net {
	struct clock clock;
	struct loop *loop;
	struct resolver *resolver;
	struct tls_server *server;
	struct fetch *fetch;
	struct loop_fd *watch;
	int listen_fd;
	uint16_t port;
	bool secure;
	struct served at[CONNS];
	int accepted, requests, broken;
	struct buf heard;
	/* what calls were told */
	int told;
	struct fetch_answer got;
	char body[FETCH_BODY_KEPT + 1];
};

static void
answer(struct served *s, struct str path)
{
	static const struct {
		const char *path, *text;
	} table[] = {
		{ "/ok", HEADLINE "Content-Length: 2\r\n\r\nhi" },
		{ "/once", HEADLINE "Content-Length: 2\r\n\r\nhi" },
		{ "/close", HEADLINE "Connection: close\r\n\r\nbye" },
		{ "/drip", HEADLINE "Content-Length: 9\r\n\r\nab" },
		{ "/bad", "220 mx.test ESMTP\r\n" },
		{ "/302", "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n"
			  "Content-Length: 0\r\n\r\n" },
		{ "/later", "HTTP/1.1 503 x\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n" },
		{ "/surplus", HEADLINE "Content-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n\r\n" },
	};

	for (size_t i = 0; i < TEST_COUNT(table); i++)
		if (str_eq_z(path, table[i].path))
			stream_write(s->stream, str_z(table[i].text));
	if (str_eq_z(path, "/long")) {
		stream_write(s->stream, STR_LIT(HEADLINE "Content-Length: 100000\r\n\r\n"));
		for (int i = 0; i < 10000; i++)
			stream_write(s->stream, STR_LIT("0123456789"));
	}
	if (str_eq_z(path, "/close"))
		stream_close_soft(&s->stream, SECOND);
	else if (str_eq_z(path, "/cut") || str_eq_z(path, "/once"))
		stream_free(&s->stream);
}

/* Requests here are small and end with their body "body". */
static void
on_input(void *ctx)
{
	struct served *s = ctx;

	while (s->stream) {
		struct str in = stream_input(s->stream), path = in;
		size_t end = str_find_str(in, STR_LIT("\r\n\r\nbody"));

		if (end == in.n)
			return;
		s->net->requests++;
		buf_clear(&s->net->heard);
		buf_put(&s->net->heard, str_head(in, end + 8));
		stream_eat(s->stream, end + 8);
		path = buf_str(&s->net->heard);
		str_cut(&path, ' ');
		answer(s, str_cut(&path, ' '));
	}
}

static void
on_event(void *ctx, enum stream_event e)
{
	struct served *s = ctx;

	if (e == STREAM_EOF || e == STREAM_ERROR) {
		s->net->broken += e == STREAM_ERROR;
		stream_free(&s->stream);
	}
}

static void
on_accept(void *ctx, unsigned what)
{
	static const struct stream_calls calls = { on_input, on_event };
	struct net *t = ctx;
	struct net_addr peer;
	int fd;

	(void)what;
	while ((fd = net_accept(t->listen_fd, &peer)) >= 0) {
		struct served *s = &t->at[t->accepted++];

		assert_true(t->accepted <= CONNS);
		s->net = t;
		s->stream = stream_new(t->loop, fd, &calls, s);
		if (t->secure)
			stream_tls_accept(s->stream, t->server);
	}
}

static void
put(struct net *t, const char *host, const char *a, const char *b)
{
	struct resolve_answer *r = MEM_NEW(r);

	r->nhosts = 1;
	(void)str_copy_z(r->hosts[0].name, sizeof r->hosts[0].name, str_z(host));
	r->hosts[0].naddrs = b ? 2 : 1;
	assert_int_equal(net_parse(str_z(a), 0, &r->hosts[0].addrs[0]), 0);
	if (b)
		assert_int_equal(net_parse(str_z(b), 0, &r->hosts[0].addrs[1]), 0);
	resolver_fake_put(t->resolver, str_z(host), r);
	mem_free(r);
}

static void
begin_net(struct net *t, bool private_ok)
{
	struct net_addr a;

	random_start();
	/* The system's roots take long to read; a test that wants some names them. */
	setenv("SSL_CERT_FILE", "/dev/null", 0);
	*t = (struct net){ .told = 0 };
	clock_fake(&t->clock, SECOND, 1000 * (int64_t)SECOND);
	t->loop = loop_new(&t->clock);
	t->resolver = resolver_fake(t->loop);
	buf_init(&t->heard, 1u << 20);
	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), 0, &a), 0);
	t->listen_fd = net_listen(&a, 300);
	assert_true(t->listen_fd >= 0);
	a.len = sizeof a.u;
	assert_int_equal(getsockname(t->listen_fd, &a.u.sa, &a.len), 0);
	t->port = net_port(&a);
	t->watch = loop_fd_new(t->loop, t->listen_fd, LOOP_READ, on_accept, t);
	t->fetch = fetch_new(t->loop, t->resolver, private_ok);
	put(t, "shop.test", "127.0.0.1", NULL);
}

static void
end_net(struct net *t)
{
	fetch_free(&t->fetch);
	for (int i = 0; i < t->accepted; i++)
		stream_free(&t->at[i].stream);
	loop_fd_free(&t->watch);
	close(t->listen_fd);
	resolver_free(&t->resolver);
	tls_server_free(&t->server);
	buf_done(&t->heard);
	loop_free(&t->loop);
}

static void
on_told(void *ctx, const struct fetch_answer *a)
{
	struct net *t = ctx;

	t->told++;
	t->got = *a;
	(void)str_copy_z(t->body, sizeof t->body, a->body);
}

/* "http://HOST:port/path" of the server here. */
static struct fetch_call *
post(struct net *t, const char *scheme, const char *host, const char *path, uint64_t total_us)
{
	static const struct http_field field = { { "X-Id", 4 }, { "7", 1 } };
	struct fetch_request req = { .method = "POST",
		.fields = &field,
		.nfields = 1,
		.body = STR_LIT("body"),
		.total_us = total_us };
	struct fetch_call *c;
	struct url_web u;
	const char *why = "";
	struct arena a;

	arena_init(&a, 16384);
	assert_int_equal(
		url_web_parse(&a,
			arena_printf(&a, "%s://%s:%u%s", scheme, host, (unsigned)t->port, path),
			&u, &why),
		0);
	req.url = &u;
	c = fetch_begin(t->fetch, &req, on_told, t);
	arena_done(&a);
	return c;
}

#define UNTIL(t, condition)                                                                    \
	do {                                                                                   \
		for (int until_i = 0; until_i < 10000 && !(condition); until_i++)              \
			loop_step((t)->loop, 2000);                                            \
		if (!(condition))                                                              \
			fprintf(stderr, "told %d: %s\n", (t)->told, (t)->got.why);             \
		assert_true(condition);                                                        \
	} while (0)

/* Posts and waits for the end. */
static const struct fetch_answer *
get(struct net *t, const char *scheme, const char *host, const char *path)
{
	int before = t->told;

	(void)post(t, scheme, host, path, 0);
	assert_int_equal(t->told, before); /* never inside begin */
	UNTIL(t, t->told > before);
	assert_int_equal(t->told, before + 1);
	return &t->got;
}

static void
test_answers(void **state)
{
	static const struct {
		const char *name; /* path */
		enum fetch_class class;
		int status;
		const char *body, *why;
		unsigned bytes, kept;
	} table[] = {
		{ "/ok", FETCH_ANSWERED, 200, "hi", "", 2, 1 },
		{ "/close", FETCH_ANSWERED, 200, "bye", "", 3, 0 },
		{ "/302", FETCH_ANSWERED, 302, "", "", 0, 1 },
		{ "/later", FETCH_ANSWERED, 503, "", "", 0, 1 },
		{ "/surplus", FETCH_ANSWERED, 200, "hi", "", 2, 0 },
		{ "/cut", FETCH_PROTOCOL, 0, "", "without an answer", 0, 0 },
		{ "/bad", FETCH_PROTOCOL, 0, "", "HTTP/1.1", 0, 0 },
		{ "/long", FETCH_ANSWERED, 200, NULL, "", 100000, 1 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		const struct fetch_answer *a;
		struct net t;

		begin_net(&t, true);
		a = get(&t, "http", "shop.test", row->name);
		assert_int_equal(a->class, row->class);
		assert_int_equal(a->status, row->status);
		assert_int_equal(a->body_bytes, row->bytes);
		assert_true(row->why[0] ? strstr(a->why, row->why) != NULL : a->why[0] == '\0');
		if (row->body)
			assert_str(str_z(t.body), row->body);
		else
			assert_int_equal(strlen(t.body), FETCH_BODY_KEPT);
		assert_int_equal(a->retry_after_s, row->status == 503 ? 120 : 0);
		assert_int_equal(fetch_idle(t.fetch), row->kept);
		assert_int_equal(t.requests, 1);
		end_net(&t);
	}
}

static void
test_request(void **state)
{
	struct net t;
	char want[400];

	(void)state;
	begin_net(&t, true);
	get(&t, "http", "us%20er:se%3Acret@shop.test", "/ok");
	snprintf(want, sizeof want,
		"POST /ok HTTP/1.1\r\nHost: shop.test:%u\r\nUser-Agent: Facteur/%s\r\n"
		"Accept: */*\r\nAuthorization: Basic dXMgZXI6c2U6Y3JldA==\r\nX-Id: 7\r\n"
		"Content-Length: 4\r\n\r\nbody",
		(unsigned)t.port, FACTEUR_VERSION);
	assert_str(buf_str(&t.heard), want);
	snprintf(want, sizeof want, "127.0.0.1:%u", (unsigned)t.port);
	assert_str(str_z(t.got.address), want);
	end_net(&t);
}

static void
test_bad_field(void **state)
{
	static const struct http_field field = { { "X-Id", 4 }, { "7\r\nBcc: x", 9 } };
	struct fetch_request req = {
		.method = "POST", .fields = &field, .nfields = 1, .body = STR_LIT("body")
	};
	const char *why = "";
	struct url_web u;
	struct arena a;
	struct net t;

	(void)state;
	begin_net(&t, true);
	arena_init(&a, 16384);
	assert_int_equal(url_web_parse(&a, STR_LIT("http://shop.test/"), &u, &why), 0);
	req.url = &u;
	(void)fetch_begin(t.fetch, &req, on_told, &t);
	arena_done(&a);
	UNTIL(&t, t.told == 1);
	assert_int_equal(t.got.class, FETCH_URL);
	assert_int_equal(t.accepted, 0);
	end_net(&t);
}

/* The guard: nothing is ever connected to. */
static void
test_guard(void **state)
{
	static const struct {
		const char *name, *host, *a, *b, *why;
		enum fetch_class class;
	} table[] = {
		{ "private", "in.test", "10.0.0.1", NULL, "private", FETCH_ADDRESS },
		{ "loopback", "in.test", "127.0.0.1", NULL, "loopback", FETCH_ADDRESS },
		{ "metadata", "in.test", "169.254.169.254", NULL, "metadata", FETCH_ADDRESS },
		{ "v6", "in.test", "::1", NULL, "loopback", FETCH_ADDRESS },
		{ "mapped", "in.test", "::ffff:127.0.0.1", NULL, "mapped", FETCH_ADDRESS },
		{ "second of two", "in.test", "203.0.114.1", "127.0.0.1", "loopback",
			FETCH_ADDRESS },
		{ "first of two", "in.test", "127.0.0.1", "203.0.114.1", "loopback",
			FETCH_ADDRESS },
		{ "literal", "127.0.0.1", NULL, NULL, "loopback", FETCH_ADDRESS },
		{ "literal v6", "[::1]", NULL, NULL, "loopback", FETCH_ADDRESS },
		{ "literal mapped", "[::ffff:7f00:1]", NULL, NULL, "mapped", FETCH_ADDRESS },
		{ "localhost", "localhost", NULL, NULL, "loopback", FETCH_ADDRESS },
		{ "localhost.", "localhost.", NULL, NULL, "loopback", FETCH_ADDRESS },
		{ "below localhost", "a.localhost", NULL, NULL, "loopback", FETCH_ADDRESS },
		{ "unknown", "gone.test", NULL, NULL, "does not exist", FETCH_NAME },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		const struct fetch_answer *a;
		struct net t;

		begin_net(&t, false);
		if (row->a)
			put(&t, row->host, row->a, row->b);
		a = get(&t, "http", row->host, "/ok");
		assert_int_equal(a->class, row->class);
		if (!strstr(a->why, row->why))
			fprintf(stderr, "said: %s\n", a->why);
		assert_non_null(strstr(a->why, row->why));
		assert_str(str_z(a->address), "");
		for (int i = 0; i < 5; i++)
			loop_step(t.loop, 2000);
		assert_int_equal(t.accepted, 0);
		end_net(&t);
	}
}

/* A name that alternates: each call judges what it connects to. */
static void
test_rebinding(void **state)
{
	struct net t;

	(void)state;
	begin_net(&t, true);
	get(&t, "http", "shop.test", "/ok");
	assert_int_equal(fetch_idle(t.fetch), 1);
	/* The rule changes: what was kept under the old one is of no use any more. */
	fetch_reset(t.fetch, t.resolver, false);
	assert_int_equal(fetch_idle(t.fetch), 0);
	assert_int_equal(get(&t, "http", "shop.test", "/ok")->class, FETCH_ADDRESS);
	assert_int_equal(t.requests, 1);
	end_net(&t);
}

static void
test_connect(void **state)
{
	struct net t;

	(void)state;
	begin_net(&t, true);
	/* A port that nobody listens on, on an address of this machine. */
	put(&t, "half.test", "127.0.0.2", "127.0.0.1");
	put(&t, "dead.test", "127.0.0.2", NULL);
	assert_int_equal(get(&t, "http", "half.test", "/ok")->class, FETCH_ANSWERED);
	assert_int_equal(get(&t, "http", "dead.test", "/ok")->class, FETCH_CONNECT);
	assert_non_null(strstr(t.got.why, "connection refused"));
	end_net(&t);
}

/* Deadlines by the fake clock. */
static void
test_time(void **state)
{
	static const struct {
		const char *name;
		uint64_t total_us, passes_us;
	} table[] = {
		{ "/hang", 0, FETCH_TOTAL_US },
		{ "/drip", 0, FETCH_TOTAL_US },
		{ "/hang", 2 * SECOND, 2 * SECOND },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct net t;

		begin_net(&t, true);
		(void)post(&t, "http", "shop.test", row->name, row->total_us);
		UNTIL(&t, t.requests == 1);
		clock_pass(&t.clock, row->passes_us - 100000);
		for (int i = 0; i < 5; i++)
			loop_step(t.loop, 1000);
		assert_int_equal(t.told, 0);
		clock_pass(&t.clock, 200000);
		UNTIL(&t, t.told == 1);
		assert_int_equal(t.got.class, FETCH_TIMEOUT);
		assert_true(t.got.took_us >= row->passes_us);
		assert_int_equal(fetch_idle(t.fetch), 0);
		end_net(&t);
	}
}

static void
test_kept(void **state)
{
	struct net t;

	(void)state;
	begin_net(&t, true);
	for (int i = 0; i < 5; i++)
		assert_int_equal(get(&t, "http", "shop.test", "/ok")->class, FETCH_ANSWERED);
	assert_int_equal(t.accepted, 1);
	assert_int_equal(t.requests, 5);
	/* Another name of the same address has a connection of its own. */
	put(&t, "other.test", "127.0.0.1", NULL);
	get(&t, "http", "other.test", "/ok");
	assert_int_equal(t.accepted, 2);
	/* Twenty at once: eight are kept. */
	for (int i = 0; i < 20; i++)
		(void)post(&t, "http", "shop.test", "/ok", 0);
	UNTIL(&t, t.told == 26);
	assert_int_equal(fetch_idle(t.fetch), 9);
	clock_pass(&t.clock, FETCH_IDLE_US + SECOND);
	UNTIL(&t, fetch_idle(t.fetch) == 0);
	end_net(&t);
}

/* A kept connection that the other side has closed meanwhile. */
static void
test_stale(void **state)
{
	struct net t;

	(void)state;
	begin_net(&t, true);
	get(&t, "http", "shop.test", "/ok");
	/* It dies on the next request, before a byte: the request goes on a new one. */
	assert_int_equal(get(&t, "http", "shop.test", "/cut")->class, FETCH_PROTOCOL);
	assert_int_equal(t.requests, 3);
	assert_int_equal(t.accepted, 2);
	get(&t, "http", "shop.test", "/once");
	assert_int_equal(t.got.class, FETCH_ANSWERED);
	UNTIL(&t, fetch_idle(t.fetch) == 0);
	end_net(&t);
}

static void
test_cancel(void **state)
{
	struct fetch_call *c;
	struct net t;

	(void)state;
	begin_net(&t, true);
	c = post(&t, "http", "shop.test", "/hang", 0);
	fetch_cancel(&c);
	assert_null(c);
	c = post(&t, "http", "shop.test", "/hang", 0);
	UNTIL(&t, t.requests == 1);
	fetch_cancel(&c);
	(void)post(&t, "http", "shop.test", "/hang", 0);
	UNTIL(&t, t.requests == 2);
	assert_int_equal(t.told, 0);
	end_net(&t); /* with one under way */
}

/* The one certificate here is its own root. */
static void
begin_tls(struct net *t, const char *host, bool trusted)
{
	char cert[600], key[600], why[TLS_PAIR_WHY_MAX];
	struct tls_pair pair = { cert, key };

	test_dir();
	assert_int_equal(tls_self_signed(test_dir_path(), str_z(host)), 0);
	snprintf(cert, sizeof cert, "%s/self.pem", test_dir_path());
	snprintf(key, sizeof key, "%s/self.key", test_dir_path());
	setenv("SSL_CERT_FILE", trusted ? cert : "/dev/null", 1);
	begin_net(t, true);
	t->secure = true;
	assert_int_equal(tls_server_new(&pair, 1, &t->server, why), 0);
}

static void
test_tls(void **state)
{
	static const struct {
		const char *name, *host;
		bool trusted;
		enum fetch_class class;
		const char *why;
	} table[] = {
		{ "good", "shop.test", true, FETCH_ANSWERED, "" },
		{ "another's name", "other.test", true, FETCH_TLS, "ostname mismatch" },
		{ "nobody's", "shop.test", false, FETCH_TLS, "self" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct net t;

		begin_tls(&t, row->host, row->trusted);
		get(&t, "https", "shop.test", "/ok");
		if (!strstr(t.got.why, row->why))
			fprintf(stderr, "said: %s\n", t.got.why);
		assert_int_equal(t.got.class, row->class);
		assert_non_null(strstr(t.got.why, row->why));
		/* Not a byte of the request went to the wrong one. */
		assert_int_equal(t.requests, row->class == FETCH_ANSWERED);
		if (row->class == FETCH_ANSWERED) {
			get(&t, "https", "shop.test", "/ok");
			assert_int_equal(t.accepted, 1);
		}
		end_net(&t);
		test_dir_done();
	}
	setenv("SSL_CERT_FILE", "/dev/null", 1);
}

/* An address that keeps silent takes its share of the time, not that of the next one. */
static void
test_tls_slow(void **state)
{
	struct net_addr a;
	struct net t;
	int fd;

	(void)state;
	begin_tls(&t, "shop.test", true);
	assert_int_equal(net_parse(STR_LIT("127.0.0.2"), t.port, &a), 0);
	fd = net_listen(&a, 5);
	assert_true(fd >= 0);
	put(&t, "shop.test", "127.0.0.2", "127.0.0.1");
	(void)post(&t, "https", "shop.test", "/ok", 0);
	for (int i = 0; i < 5; i++)
		loop_step(t.loop, 1000);
	assert_int_equal(t.accepted, 0);
	clock_pass(&t.clock, FETCH_CONNECT_US / 2 + 10000);
	UNTIL(&t, t.told == 1);
	assert_int_equal(t.got.class, FETCH_ANSWERED);
	close(fd);
	end_net(&t);
	test_dir_done();
	setenv("SSL_CERT_FILE", "/dev/null", 1);
}

static void
test_tls_none(void **state)
{
	struct net t;

	(void)state;
	begin_net(&t, true);
	t.secure = false;
	/* A server without TLS hears the client's first record and says nothing. */
	(void)post(&t, "https", "shop.test", "/ok", 0);
	UNTIL(&t, t.accepted == 1);
	clock_pass(&t.clock, FETCH_CONNECT_US + SECOND);
	UNTIL(&t, t.told == 1);
	assert_int_equal(t.got.class, FETCH_TIMEOUT);
	assert_int_equal(t.requests, 0);
	end_net(&t);
}

static void
test_class_names(void **state)
{
	(void)state;
	assert_str(str_z(fetch_class_name(FETCH_ANSWERED)), "answered");
	assert_str(str_z(fetch_class_name(FETCH_BUSY)), "busy");
	assert_str(str_z(fetch_class_name(FETCH_CLASS_COUNT)), "?");
}

TEST_MAIN(TEST(test_answers), TEST(test_request), TEST(test_bad_field), TEST(test_guard),
	TEST(test_rebinding), TEST(test_connect), TEST(test_time), TEST(test_kept),
	TEST(test_stale), TEST(test_cancel), TEST(test_tls), TEST(test_tls_slow),
	TEST(test_tls_none), TEST(test_class_names))
