#include "base/mem.h"
#include "base/test.h"
#include "io/random.h"
#include "io/stream.h"
#include "role/poster_priv.h"

/* A poster with desk's side of its channel, and a web server on all loopback addresses, each of
 * which is a host to the poster. Paths: /ok, /500, /hang (until released), /echo. */
#define CONNS 600
#define TOLD  1000

struct scene;
struct served {
	struct scene *scene;
	struct stream *stream;
	bool hangs;
};

struct scene {
	struct clock clock;
	struct loop *loop;
	struct config config;
	struct role_env env;
	struct poster *poster;
	struct channel *desk;
	struct arena kept;
	struct msg_posted told[TOLD];
	size_t ntold;
	int listen_fd;
	struct loop_fd *watch;
	uint16_t port;
	struct served at[CONNS];
	int accepted, requests;
	struct buf heard;
};

static void
reply(struct served *s, const char *status, struct str body)
{
	char head[200];

	snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", status,
		body.n);
	stream_write(s->stream, str_z(head));
	stream_write(s->stream, body);
}

static void
serve(struct served *s, struct str request)
{
	struct scene *t = s->scene;

	t->requests++;
	buf_clear(&t->heard);
	buf_put(&t->heard, request);
	if (str_starts(request, STR_LIT("POST /ok ")))
		reply(s, "200 OK", STR_LIT("fine"));
	else if (str_starts(request, STR_LIT("POST /500 ")))
		reply(s, "500 Oops", STR_LIT("stack"));
	else if (str_starts(request, STR_LIT("POST /echo ")))
		reply(s, "200 OK", buf_str(&t->heard));
	else
		s->hangs = true;
}

static void
on_input(void *ctx)
{
	struct served *s = ctx;

	while (s->stream) {
		struct str in = stream_input(s->stream);
		size_t end = str_find_str(in, STR_LIT("\r\n\r\nbody"));
		char copy[4096];

		if (end == in.n)
			return;
		assert_int_equal(str_copy_z(copy, sizeof copy, str_head(in, end + 8)), 0);
		stream_eat(s->stream, end + 8);
		serve(s, str_z(copy));
	}
}

static void
on_event(void *ctx, enum stream_event e)
{
	struct served *s = ctx;

	if (e == STREAM_EOF || e == STREAM_ERROR)
		stream_free(&s->stream);
}

static void
on_accept(void *ctx, unsigned what)
{
	static const struct stream_calls calls = { on_input, on_event };
	struct scene *t = ctx;
	struct net_addr peer;
	int fd;

	(void)what;
	while ((fd = net_accept(t->listen_fd, &peer)) >= 0) {
		struct served *s = &t->at[t->accepted++];

		assert_true(t->accepted <= CONNS);
		s->scene = t;
		s->stream = stream_new(t->loop, fd, &calls, s);
	}
}

/* Those that hang answer now. */
static void
release(struct scene *t)
{
	for (int i = 0; i < t->accepted; i++) {
		if (t->at[i].hangs && t->at[i].stream)
			reply(&t->at[i], "200 OK", STR_NONE);
		t->at[i].hangs = false;
	}
}

static void
on_message(void *ctx, uint16_t type, struct str payload)
{
	struct scene *t = ctx;

	assert_int_equal(type, MSG_posted);
	assert_true(t->ntold < TOLD);
	payload = arena_str(&t->kept, payload);
	assert_int_equal(msg_posted_read(&t->kept, payload, &t->told[t->ntold]), 0);
	t->ntold++;
}

static void
on_gone(void *ctx)
{
	(void)ctx;
}

static void
join(struct scene *t)
{
	static const struct channel_calls calls = { on_message, on_gone };
	int fd[2];

	channel_free(&t->desk);
	assert_int_equal(channel_pair(fd), 0);
	t->desk = channel_new(t->loop, fd[0], CHANNEL_PAYLOAD_MAX * 4, &calls, t);
	poster_peer(t->poster, fd[1]);
}

static void
begin(struct scene *t, bool private_ok)
{
	const struct log_conf lc = { .role = "poster", .quiet = true };
	struct net_addr a;

	random_start();
	setenv("SSL_CERT_FILE", "/dev/null", 0);
	*t = (struct scene){ .ntold = 0 };
	clock_real(&t->clock);
	t->loop = loop_new(&t->clock);
	arena_init(&t->kept, 64u << 20);
	buf_init(&t->heard, 1u << 20);
	config_default(&t->config);
	t->config.lab.private_webhooks = private_ok;
	t->env = (struct role_env){ .config = &t->config,
		.clock = &t->clock,
		.log = log_new(&lc, &t->clock),
		.link_fd = -1,
		.control_fd = -1 };
	assert_int_equal(net_parse(STR_LIT("0.0.0.0"), 0, &a), 0);
	t->listen_fd = net_listen(&a, 400);
	assert_true(t->listen_fd >= 0);
	a.len = sizeof a.u;
	assert_int_equal(getsockname(t->listen_fd, &a.u.sa, &a.len), 0);
	t->port = net_port(&a);
	t->watch = loop_fd_new(t->loop, t->listen_fd, LOOP_READ, on_accept, t);
	t->poster = poster_new(t->loop, &t->env);
	join(t);
}

static void
end(struct scene *t)
{
	poster_free(&t->poster);
	channel_free(&t->desk);
	for (int i = 0; i < t->accepted; i++)
		stream_free(&t->at[i].stream);
	loop_fd_free(&t->watch);
	close(t->listen_fd);
	log_free(&t->env.log);
	config_done(&t->config);
	arena_done(&t->kept);
	buf_done(&t->heard);
	loop_free(&t->loop);
}

static void
post_url(struct scene *t, uint64_t id, const char *url, const char *field)
{
	struct msg_text one = { str_z(field) };
	const struct msg_post m = {
		.id = id, .url = str_z(url), .fields = { &one, 1 }, .body = STR_LIT("body")
	};
	struct buf b;

	buf_init(&b, 1u << 20);
	assert_int_equal(msg_post_write(&b, &m), 0);
	assert_int_equal(channel_send(t->desk, MSG_post, buf_str(&b)), 0);
	buf_done(&b);
}

/* Host number n is 127.0.n.1. */
static void
post(struct scene *t, uint64_t id, unsigned n, const char *path)
{
	char url[100];

	snprintf(url, sizeof url, "http://127.0.%u.1:%u%s", n, (unsigned)t->port, path);
	post_url(t, id, url, "X-Id: 7");
}

#define UNTIL(t, condition)                                                                    \
	do {                                                                                   \
		uint64_t until_end = clock_mono(&(t)->clock) + 20000000;                       \
                                                                                               \
		while (!(condition) && clock_mono(&(t)->clock) < until_end)                    \
			loop_step((t)->loop, 2000);                                            \
		if (!(condition))                                                              \
			fprintf(stderr, "told %zu, requests %d, in flight %u, waiting %u\n",   \
				(t)->ntold, (t)->requests, (t)->poster->in_flight,             \
				(t)->poster->nwaiting);                                        \
		assert_true(condition);                                                        \
	} while (0)

static void
test_post(void **state)
{
	char want[64];
	struct scene t;

	(void)state;
	begin(&t, true);
	post(&t, 42, 0, "/ok");
	UNTIL(&t, t.ntold == 1);
	assert_int_equal(t.told[0].id, 42);
	assert_int_equal(t.told[0].class, FETCH_ANSWERED);
	assert_int_equal(t.told[0].status, 200);
	assert_str(t.told[0].body, "fine");
	assert_str(t.told[0].why, "");
	snprintf(want, sizeof want, "127.0.0.1:%u", (unsigned)t.port);
	assert_str(t.told[0].address, want);
	assert_true(str_find_str(buf_str(&t.heard), STR_LIT("\r\nX-Id: 7\r\n")) < t.heard.n);
	post(&t, 43, 0, "/500");
	UNTIL(&t, t.ntold == 2);
	assert_int_equal(t.told[1].status, 500);
	assert_str(t.told[1].body, "stack");
	snprintf(want, sizeof want, "127.0.0.1:%u answered 500: ", (unsigned)t.port);
	assert_true(str_starts(t.told[1].why, str_z(want)));
	assert_int_equal(t.accepted, 1); /* the same connection */
	assert_int_equal(t.poster->hosts.used, 0);
	end(&t);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *name, *url, *field;
		enum fetch_class class;
		const char *why;
	} table[] = {
		{ "url", "ftp://x.test/", "A: b", FETCH_URL, "https://" },
		{ "odd address", "http://0x7f.1/", "A: b", FETCH_URL, "four numbers" },
		{ "private", "http://127.0.0.1/", "A: b", FETCH_ADDRESS, "loopback" },
		{ "field", "http://127.0.0.1/", "A: b\r\nBcc: c", FETCH_URL, "header field" },
		{ "no colon", "http://127.0.0.1/", "Content-Length", FETCH_URL,
			"header field" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene t;

		begin(&t, false);
		post_url(&t, 1, row->url, row->field);
		UNTIL(&t, t.ntold == 1);
		assert_int_equal(t.told[0].class, row->class);
		assert_true(str_find_str(t.told[0].why, str_z(row->why)) < t.told[0].why.n);
		assert_int_equal(t.accepted, 0);
		end(&t);
	}
}

/* A host that hangs has eight connections and a queue of its own; others do not feel it. */
static void
test_slow_host(void **state)
{
	enum { POSTS = POSTER_PER_HOST + POSTER_HOST_WAITING + 5 };
	struct scene t;

	(void)state;
	begin(&t, true);
	for (unsigned i = 0; i < POSTS; i++)
		post(&t, 1 + i, 0, "/hang");
	UNTIL(&t, t.ntold == 5 && t.requests == POSTER_PER_HOST);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(t.told[i].class, FETCH_BUSY);
	assert_int_equal(t.told[0].id, 1 + POSTER_PER_HOST + POSTER_HOST_WAITING);
	for (unsigned i = 0; i < 50; i++)
		post(&t, 1000 + i, 1, "/ok");
	UNTIL(&t, t.ntold == 55);
	for (size_t i = 5; i < 55; i++)
		assert_true(t.told[i].id >= 1000 && t.told[i].status == 200);
	assert_int_equal(t.poster->in_flight, POSTER_PER_HOST);
	assert_int_equal(t.poster->nwaiting, POSTER_HOST_WAITING);
	assert_true(t.poster->bytes > (POSTER_PER_HOST + POSTER_HOST_WAITING) * 40);
	/* When it answers, those that waited come. */
	while (t.ntold < 50 + POSTS) {
		size_t before = t.ntold;

		release(&t);
		UNTIL(&t, t.ntold > before);
	}
	assert_int_equal(t.poster->in_flight, 0);
	assert_int_equal(t.poster->bytes, 0);
	assert_int_equal(t.requests, POSTS - 5 + 50);
	end(&t);
}

/* Many slow hosts together leave connections for one that is quick. */
static void
test_many_slow(void **state)
{
	enum { HOSTS = 40, EACH = 10 };
	struct scene t;
	unsigned begun;

	(void)state;
	begin(&t, true);
	for (unsigned h = 1; h <= HOSTS; h++)
		for (unsigned i = 0; i < EACH; i++)
			post(&t, 1 + h * 100 + i, h, "/hang");
	UNTIL(&t, t.poster->in_flight + t.poster->nwaiting == HOSTS * EACH);
	begun = t.poster->in_flight;
	assert_true(begun > HOSTS * 2 && begun < POSTER_IN_FLIGHT - 16);
	UNTIL(&t, t.requests == (int)begun);
	for (unsigned i = 0; i < 20; i++)
		post(&t, 10000 + i, 0, "/ok");
	UNTIL(&t, t.ntold == 20);
	assert_int_equal(t.poster->in_flight, begun);
	while (t.ntold < 20 + HOSTS * EACH) {
		size_t before = t.ntold;

		release(&t);
		UNTIL(&t, t.ntold > before);
	}
	assert_int_equal(t.poster->in_flight, 0);
	end(&t);
}

/* Bytes of posts that are under way count as those that wait. */
static void
test_bytes(void **state)
{
	enum { BYTES = 3 << 20, FIT = POSTER_BYTES / (BYTES + 200) };
	static char body[BYTES];
	char url[100];
	struct scene t;
	struct buf b;

	(void)state;
	begin(&t, true);
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	for (unsigned i = 0; i < FIT + 4; i++) {
		struct msg_post m = { .id = 1 + i, .body = str_of(body, BYTES) };

		snprintf(url, sizeof url, "http://127.0.%u.1:%u/hang", 1 + i, (unsigned)t.port);
		m.url = str_z(url);
		buf_clear(&b);
		assert_int_equal(msg_post_write(&b, &m), 0);
		assert_true(poster_take(t.poster, buf_str(&b)));
	}
	assert_int_equal(t.poster->in_flight, FIT);
	assert_int_equal(t.poster->nwaiting, 0);
	assert_true(t.poster->bytes <= POSTER_BYTES);
	UNTIL(&t, t.ntold >= 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(t.told[i].class, FETCH_BUSY);
		assert_int_equal(t.told[i].id, 1 + FIT + i);
	}
	buf_done(&b);
	end(&t);
}

/* What was under way for a desk that went is not told to the next one. */
static void
test_desk_goes(void **state)
{
	struct scene t;

	(void)state;
	begin(&t, true);
	for (unsigned i = 0; i < POSTER_PER_HOST + 3; i++)
		post(&t, 1 + i, 0, "/hang");
	UNTIL(&t, t.requests == POSTER_PER_HOST && t.poster->nwaiting == 3);
	channel_free(&t.desk);
	UNTIL(&t, t.poster->desk == NULL);
	assert_int_equal(t.poster->nwaiting, 0);
	join(&t);
	release(&t);
	UNTIL(&t, t.poster->in_flight == 0);
	post(&t, 77, 0, "/ok");
	UNTIL(&t, t.ntold == 1);
	assert_int_equal(t.told[0].id, 77);
	end(&t);
}

/* Freed with posts under way and waiting. */
static void
test_end_early(void **state)
{
	struct scene t;

	(void)state;
	begin(&t, true);
	for (unsigned i = 0; i < 20; i++)
		post(&t, 1 + i, i % 2, "/hang");
	UNTIL(&t, t.requests == 16);
	end(&t);
}

static void
test_nonsense(void **state)
{
	struct scene t;

	(void)state;
	begin(&t, true);
	assert_int_equal(channel_send(t.desk, MSG_post, STR_LIT("x")), 0);
	assert_int_equal(channel_send(t.desk, MSG_submit, STR_LIT("x")), 0);
	post(&t, 1, 0, "/ok");
	UNTIL(&t, t.ntold == 1);
	assert_int_equal(t.told[0].status, 200);
	end(&t);
}

static void
test_why(void **state)
{
	static const struct {
		const char *name, *want;
		int status;
	} table[] = {
		{ "2xx", "", 204 },
		{ "3xx", "redirects are not followed", 302 },
		{ "401", "credentials", 401 },
		{ "404", "look at the URL", 404 },
		{ "418", "says why", 418 },
		{ "429", "fewer", 429 },
		{ "5xx", "log", 502 },
	};
	char why[FETCH_WHY_MAX];

	(void)state;
	TEST_EACH(row, table)
	{
		poster_why(why, STR_LIT("x.test"), row->status);
		assert_true(row->want[0] ? strstr(why, row->want) != NULL : why[0] == '\0');
	}
}

TEST_MAIN(TEST(test_post), TEST(test_refused), TEST(test_slow_host), TEST(test_many_slow),
	TEST(test_bytes), TEST(test_desk_goes), TEST(test_end_early), TEST(test_nonsense),
	TEST(test_why))
