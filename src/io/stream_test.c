#include "io/stream.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/test.h"
#include "io/tls.h"

#include <errno.h>

struct end {
	struct stream *s;
	struct loop *loop;
	struct buf got;      /* input eaten */
	struct buf log;      /* a letter for each event */
	const char *free_on; /* events on which the stream is freed; 'I' = input */
	bool hold;           /* leave input where it is */
};

static struct clock clk;

static void
note(struct end *e, char c)
{
	buf_put_c(&e->log, c);
	if (e->free_on && strchr(e->free_on, c))
		stream_free(&e->s);
}

static void
on_input(void *ctx)
{
	struct end *e = ctx;

	if (!e->hold) {
		struct str in = stream_input(e->s);

		buf_put(&e->got, in);
		stream_eat(e->s, in.n);
	}
	if (e->free_on && strchr(e->free_on, 'I'))
		stream_free(&e->s);
}

static void
on_event(void *ctx, enum stream_event ev)
{
	note(ctx, "CSE!DT"[ev]);
}

static const struct stream_calls calls = { on_input, on_event };

struct two {
	struct loop *loop;
	struct end a, b;
};

static void
end_init(struct end *e, struct loop *l)
{
	*e = (struct end){ .loop = l };
	buf_init(&e->got, 64u << 20);
	buf_init(&e->log, 1u << 20);
}

static void
two_init(struct two *t)
{
	clock_real(&clk);
	t->loop = loop_new(&clk);
	end_init(&t->a, t->loop);
	end_init(&t->b, t->loop);
	stream_pair(t->loop, &t->a.s, &t->b.s);
	stream_set(t->a.s, &calls, &t->a);
	stream_set(t->b.s, &calls, &t->b);
}

static void
two_done(struct two *t)
{
	stream_free(&t->a.s);
	stream_free(&t->b.s);
	buf_done(&t->a.got);
	buf_done(&t->a.log);
	buf_done(&t->b.got);
	buf_done(&t->b.log);
	loop_free(&t->loop);
}

static void
steps(struct loop *l, int n)
{
	while (n-- > 0)
		loop_step(l, 1000);
}

static void
until(struct end *e, char c)
{
	for (int i = 0; i < 3000 && str_find(buf_str(&e->log), c) == e->log.n; i++)
		loop_step(e->loop, 2000);
	if (str_find(buf_str(&e->log), c) == e->log.n)
		fprintf(stderr, "no event %c; had \"%.*s\"\n", c, STR_ARG(buf_str(&e->log)));
	assert_true(str_find(buf_str(&e->log), c) < e->log.n);
}

static void
until_got(struct end *e, size_t n)
{
	for (int i = 0; i < 3000 && e->got.n < n; i++)
		loop_step(e->loop, 2000);
	assert_int_equal(e->got.n, n);
}

static void
test_plain(void **state)
{
	struct two t;

	(void)state;
	two_init(&t);
	stream_write(t.a.s, STR_LIT("EHLO "));
	stream_write(t.a.s, STR_LIT("x\r\n"));
	assert_int_equal(stream_pending(t.a.s), 8);
	steps(t.loop, 1);
	assert_int_equal(stream_pending(t.a.s), 0); /* left at the end of the round */
	assert_str(buf_str(&t.a.log), "D");
	steps(t.loop, 2);
	assert_str(buf_str(&t.b.got), "EHLO x\r\n");
	assert_false(stream_is_tls(t.a.s));
	assert_str(str_z(stream_tls_text(t.a.s)), "");
	stream_write(t.a.s, STR_LIT("bye"));
	stream_free(&t.a.s); /* what was written leaves */
	stream_free(&t.a.s);
	until(&t.b, 'E');
	assert_str(buf_str(&t.b.got), "EHLO x\r\nbye");
	assert_str(buf_str(&t.b.log), "E");
	two_done(&t);
}

static struct str
big_text(size_t n)
{
	char *p = mem_new(n, 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)('a' + i % 26 + i / 1000 % 3);
	return str_of(p, n);
}

/* Input beyond the maximum stays in the socket; the writer feels it. */
static void
run_bounded(struct two *t)
{
	struct str big = big_text(3u << 20);

	t->b.hold = true;
	stream_input_max(t->b.s, 10000);
	stream_write(t->a.s, big);
	steps(t->loop, 20);
	assert_int_equal(stream_input(t->b.s).n, 10000);
	assert_true(stream_pending(t->a.s) > 0);
	stream_eat(t->b.s, 4000);
	steps(t->loop, 5);
	assert_int_equal(stream_input(t->b.s).n, 10000);
	assert_memory_equal(stream_input(t->b.s).p, big.p + 4000, 10000);
	stream_pause(t->b.s);
	stream_eat(t->b.s, 10000);
	steps(t->loop, 5);
	assert_int_equal(stream_input(t->b.s).n, 0);
	stream_input_max(t->b.s, 65536);
	steps(t->loop, 5);
	assert_int_equal(stream_input(t->b.s).n, 0);
	t->b.hold = false;
	stream_resume(t->b.s);
	until_got(&t->b, big.n - 14000);
	assert_memory_equal(t->b.got.p, big.p + 14000, t->b.got.n);
	steps(t->loop, 3);
	assert_int_equal(stream_pending(t->a.s), 0);
	assert_str(buf_str(&t->a.log), "D");
	buf_clear(&t->b.got);
	mem_free((void *)(uintptr_t)big.p);
}

static void
test_bounded(void **state)
{
	struct two t;

	(void)state;
	two_init(&t);
	run_bounded(&t);
	two_done(&t);
}

static void
test_free_inside(void **state)
{
	static const struct {
		const char *name, *free_on;
	} table[] = { { "input", "I" }, { "end", "E" }, { "drained", "D" },
		{ "time-out", "T" } };
	struct two t;

	(void)state;
	TEST_EACH(row, table)
	{
		two_init(&t);
		t.b.free_on = row->free_on;
		stream_deadline(t.b.s, 5000);
		stream_write(t.b.s, STR_LIT("y"));
		stream_write(t.a.s, STR_LIT("x"));
		if (*row->free_on == 'E')
			stream_free(&t.a.s);
		for (int i = 0; i < 100 && t.b.s; i++)
			steps(t.loop, 1);
		assert_null(t.b.s);
		two_done(&t);
	}
}

static void
test_deadline(void **state)
{
	struct two t;

	(void)state;
	two_init(&t);
	clock_fake(&clk, 1000000, 0);
	stream_deadline(t.a.s, 5000);
	clock_pass(&clk, 4000);
	steps(t.loop, 1);
	stream_deadline(t.a.s, 5000);
	clock_pass(&clk, 4000);
	steps(t.loop, 1);
	assert_str(buf_str(&t.a.log), "");
	clock_pass(&clk, 1000);
	steps(t.loop, 1);
	assert_str(buf_str(&t.a.log), "T");
	stream_deadline(t.a.s, 5000);
	stream_deadline(t.a.s, UINT64_MAX);
	clock_pass(&clk, 1000000);
	steps(t.loop, 1);
	assert_str(buf_str(&t.a.log), "T");
	two_done(&t);
}

static void
test_soft_close(void **state)
{
	struct two t;
	struct str big = big_text(1u << 20);

	(void)state;
	two_init(&t);
	stream_write(t.b.s, STR_LIT("unread input of the closer"));
	stream_write(t.a.s, big);
	stream_close_soft(&t.a.s, 5000000);
	assert_null(t.a.s);
	until(&t.b, 'E');
	assert_int_equal(t.b.got.n, big.n);
	stream_free(&t.b.s);
	steps(t.loop, 3);
	two_done(&t);

	two_init(&t); /* the peer takes nothing: the time ends it */
	stream_pause(t.b.s);
	stream_write(t.a.s, big);
	stream_close_soft(&t.a.s, 3000);
	steps(t.loop, 20);
	stream_resume(t.b.s);
	until(&t.b, 'E');
	assert_true(t.b.got.n < big.n);
	two_done(&t);

	two_init(&t); /* the loop goes first */
	stream_write(t.a.s, big);
	stream_close_soft(&t.a.s, 60000000);
	stream_close_soft(&t.b.s, 60000000);
	two_done(&t);
	mem_free((void *)(uintptr_t)big.p);
}

static int
listener(struct net_addr *ret_a)
{
	int fd;

	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), 0, ret_a), 0);
	fd = net_listen(ret_a, 8);
	assert_true(fd >= 0);
	assert_int_equal(getsockname(fd, &ret_a->u.sa, &ret_a->len), 0);
	return fd;
}

static void
test_connect(void **state)
{
	struct net_addr to, from, peer;
	char text[NET_TEXT_MAX];
	struct two t;
	int lfd, fd;

	(void)state;
	two_init(&t);
	stream_free(&t.a.s);
	lfd = listener(&to);
	assert_int_equal(net_parse(STR_LIT("127.0.0.2"), 0, &from), 0);
	t.a.s = stream_connect(t.loop, &to, &from, &calls, &t.a);
	stream_write(t.a.s, STR_LIT("early"));
	until(&t.a, 'C');
	fd = net_accept(lfd, &peer);
	assert_true(fd >= 0);
	assert_str(str_z(net_text(text, &peer)), "127.0.0.2");
	assert_int_equal(net_port(stream_peer(t.a.s)), net_port(&to));
	assert_str(str_z(net_text(text, stream_local(t.a.s))), "127.0.0.2");
	stream_free(&t.b.s);
	t.b.s = stream_new(t.loop, fd, &calls, &t.b);
	assert_str(str_z(net_text(text, stream_peer(t.b.s))), "127.0.0.2");
	until_got(&t.b, 5);

	/* Refused, told from the loop. */
	stream_free(&t.a.s);
	buf_clear(&t.a.log);
	close(lfd);
	t.a.s = stream_connect(t.loop, &to, NULL, &calls, &t.a);
	assert_int_equal(t.a.log.n, 0);
	until(&t.a, '!');
	assert_str(str_z(stream_error(t.a.s)), "connection refused");
	assert_int_equal(stream_errno(t.a.s), ECONNREFUSED);
	stream_write(t.a.s, STR_LIT("into nothing"));
	stream_free(&t.a.s);

	/* A source address that is not ours, at once. */
	buf_clear(&t.a.log);
	assert_int_equal(net_parse(STR_LIT("192.0.2.9"), 0, &from), 0);
	t.a.s = stream_connect(t.loop, &to, &from, &calls, &t.a);
	assert_int_equal(t.a.log.n, 0);
	t.a.free_on = "!";
	until(&t.a, '!');
	two_done(&t);
}

/* The peer answers and closes while we still write: its answer is seen before the error. */
static void
test_last_words(void **state)
{
	struct net_addr to, peer;
	struct str big = big_text(8u << 20);
	struct two t;
	int lfd, fd;

	(void)state;
	two_init(&t);
	stream_free(&t.a.s);
	lfd = listener(&to);
	t.a.s = stream_connect(t.loop, &to, NULL, &calls, &t.a);
	until(&t.a, 'C');
	fd = net_accept(lfd, &peer);
	stream_pause(t.a.s);
	stream_write(t.a.s, big);
	steps(t.loop, 3);
	assert_int_equal(write(fd, "552 too big\r\n", 13), 13);
	steps(t.loop, 3);
	close(fd); /* unread input: a reset */
	until(&t.a, '!');
	assert_str(buf_str(&t.a.got), "552 too big\r\n");
	close(lfd);
	two_done(&t);
	mem_free((void *)(uintptr_t)big.p);
}

static struct tls_server *
server(const char *dir, const char *host)
{
	char cert[600], key[600], why[TLS_PAIR_WHY_MAX] = "";
	struct tls_pair pair = { cert, key };
	struct tls_server *t = NULL;

	assert_int_equal(tls_self_signed(dir, str_z(host)), 0);
	snprintf(cert, sizeof cert, "%s/self.pem", dir);
	snprintf(key, sizeof key, "%s/self.key", dir);
	assert_int_equal(tls_server_new(&pair, 1, &t, why), 0);
	return t;
}

static void
test_starttls(void **state)
{
	const char *dir = test_dir();
	struct tls_server *srv = server(dir, "mx.test");
	struct tls_client *cli = tls_client_new(false);
	struct two t;

	(void)state;
	two_init(&t);
	/* a is the client: its pipelined bytes after STARTTLS are dropped. */
	t.b.hold = true;
	stream_write(t.a.s, STR_LIT("STARTTLS\r\nMAIL FROM:<x>\r\n"));
	steps(t.loop, 3);
	assert_int_equal(stream_input(t.b.s).n, 25);
	stream_write(t.b.s, STR_LIT("220 go\r\n"));
	stream_tls_accept(t.b.s, srv);
	tls_server_free(&srv); /* reloaded meanwhile */
	stream_write(t.b.s, STR_LIT("after"));
	until_got(&t.a, 8);
	stream_tls_connect(t.a.s, cli, STR_LIT("mx.test"));
	tls_client_free(&cli);
	until(&t.a, 'S');
	until(&t.b, 'S');
	until_got(&t.a, 13);
	assert_str(buf_str(&t.a.got), "220 go\r\nafter");
	assert_int_equal(stream_input(t.b.s).n, 0);
	assert_true(stream_is_tls(t.a.s));
	assert_true(str_starts(str_z(stream_tls_text(t.a.s)), STR_LIT("TLSv1.3 TLS_")));
	assert_false(stream_tls_verified(t.a.s));
	assert_false(stream_tls_verified(t.b.s));
	buf_clear(&t.a.log);
	buf_clear(&t.b.log);
	run_bounded(&t);
	stream_write(t.a.s, STR_LIT("QUIT"));
	stream_close_soft(&t.a.s, 1000000);
	until(&t.b, 'E');
	assert_str(buf_str(&t.b.got), "QUIT");
	two_done(&t);
	test_dir_done();
}

/* Implicit TLS; verification with the certificate as root. */
static void
test_verify(void **state)
{
	static const struct {
		const char *name, *host;
		bool verify, ok, verified;
	} table[] = {
		{ "right name", "mx.test", true, true, true },
		{ "case and dot", "MX.test.", true, true, true },
		{ "wrong name", "other.test", true, false, false },
		{ "wrong name, opportunistic", "other.test", false, true, false },
		{ "right name, opportunistic", "mx.test", false, true, true },
	};
	const char *dir = test_dir();
	struct tls_server *srv = server(dir, "mx.test");
	char roots[600];
	struct two t;

	(void)state;
	snprintf(roots, sizeof roots, "%s/self.pem", dir);
	setenv("SSL_CERT_FILE", roots, 1);
	TEST_EACH(row, table)
	{
		struct tls_client *cli = tls_client_new(row->verify);

		two_init(&t);
		stream_tls_accept(t.b.s, srv);
		stream_tls_connect(t.a.s, cli, str_z(row->host));
		until(&t.a, row->ok ? 'S' : '!');
		assert_int_equal(stream_tls_verified(t.a.s), row->verified);
		if (!row->ok) {
			assert_int_equal(stream_errno(t.a.s), 0);
			assert_str(str_z(stream_error(t.a.s)),
				"TLS certificate not accepted: hostname mismatch");
			until(&t.b, '!'); /* the alert came */
		}
		two_done(&t);
		tls_client_free(&cli);
	}
	unsetenv("SSL_CERT_FILE");
	tls_server_free(&srv);
	test_dir_done();
}

static void
test_tls_errors(void **state)
{
	static const struct {
		const char *name, *sent, *why;
	} table[] = {
		{ "plain text", "EHLO x\r\n", "the other side does not speak TLS here" },
		{ "HTTP", "GET / HTTP/1.1\r\n", "the other side does not speak TLS here" },
		{ "end", "", "the other side closed the connection during the TLS handshake" },
	};
	const char *dir = test_dir();
	struct tls_server *srv = server(dir, "mx.test");
	struct two t;

	(void)state;
	TEST_EACH(row, table)
	{
		two_init(&t);
		stream_write(t.a.s, str_z(row->sent));
		stream_tls_accept(t.b.s, srv);
		if (!*row->sent)
			stream_free(&t.a.s);
		until(&t.b, '!');
		assert_str(str_z(stream_error(t.b.s)), row->why);
		two_done(&t);
	}
	tls_server_free(&srv);
	test_dir_done();
}

/* A peer that vanishes without close_notify is an end, not an error. */
static void
test_dirty_end(void **state)
{
	const char *dir = test_dir();
	struct tls_server *srv = server(dir, "mx.test");
	struct tls_client *cli = tls_client_new(false);
	struct two t;
	int fd[2], dup_fd;

	(void)state;
	two_init(&t);
	stream_free(&t.a.s);
	stream_free(&t.b.s);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	dup_fd = dup(fd[0]);
	t.a.s = stream_new(t.loop, fd[0], &calls, &t.a);
	t.b.s = stream_new(t.loop, fd[1], &calls, &t.b);
	stream_tls_accept(t.b.s, srv);
	stream_tls_connect(t.a.s, cli, STR_LIT("mx.test"));
	until(&t.a, 'S');
	until(&t.b, 'S');
	stream_write(t.a.s, STR_LIT("x"));
	until_got(&t.b, 1);
	shutdown(dup_fd, SHUT_RDWR);
	until(&t.b, 'E');
	close(dup_fd);
	two_done(&t);
	tls_client_free(&cli);
	tls_server_free(&srv);
	test_dir_done();
}

TEST_MAIN(TEST(test_plain), TEST(test_bounded), TEST(test_free_inside), TEST(test_deadline),
	TEST(test_soft_close), TEST(test_connect), TEST(test_last_words), TEST(test_starttls),
	TEST(test_verify), TEST(test_tls_errors), TEST(test_dirty_end))
