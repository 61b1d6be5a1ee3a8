#include "role/desk_priv.h"

#include "base/mem.h"
#include "base/test.h"
#include "io/fetch.h"
#include "io/random.h"
#include "role/poster.h"

#include <errno.h>

/* Desk and either a real poster on the same loop, or the poster's end of the channel alone. */
struct scene {
	struct loop *loop;
	struct clock clock;
	struct config config;
	struct role_paths paths;
	struct role_env env;
	struct desk *desk;
	struct poster *poster;
	struct channel *end;
	uint64_t asked[64]; /* ids that came to the end */
	size_t nasked;
	struct stream *client;
	struct buf in;
	/* what desk_post told */
	int told, lost;
	uint16_t status;
};

static void
scene_open(struct scene *s)
{
	static const struct log_conf lc = { .role = "desk", .quiet = true };

	*s = (struct scene){ .told = 0 };
	random_start();
	setenv("SSL_CERT_FILE", "/dev/null", 0);
	clock_fake(&s->clock, 1000000, INT64_C(1790000000000000));
	s->loop = loop_new(&s->clock);
	config_default(&s->config);
	assert_int_equal(role_paths(&s->paths, str_z(test_dir())), 0);
	assert_int_equal(role_paths_make(&s->paths, NULL), 0);
	s->env = (struct role_env){ .config = &s->config,
		.paths = &s->paths,
		.clock = &s->clock,
		.log = log_new(&lc, &s->clock),
		.boot = 77,
		.link_fd = -1,
		.control_fd = net_listen_unix(s->paths.control_sock, 0660),
		.one = true };
	assert_true(s->env.control_fd >= 0);
	buf_init(&s->in, 1u << 20);
	s->desk = desk_new(s->loop, &s->env);
}

static void
scene_close(struct scene *s)
{
	stream_free(&s->client);
	desk_free(&s->desk);
	poster_free(&s->poster);
	channel_free(&s->end);
	close(s->env.control_fd);
	loop_step(s->loop, 0);
	log_free(&s->env.log);
	loop_free(&s->loop);
	config_done(&s->config);
	buf_done(&s->in);
	test_dir_done();
}

static void
real_poster(struct scene *s)
{
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	s->poster = poster_new(s->loop, &s->env);
	poster_peer(s->poster, fd[0]);
	desk_poster_peer(s->desk, fd[1]);
}

static void
on_post(void *ctx, uint16_t type, struct str payload)
{
	struct scene *s = ctx;
	struct msg_post m;
	struct arena a;

	assert_int_equal(type, MSG_post);
	arena_init(&a, 65536);
	assert_int_equal(msg_post_read(&a, payload, &m), 0);
	assert_true(s->nasked < TEST_COUNT(s->asked));
	s->asked[s->nasked++] = m.id;
	arena_done(&a);
}

static void
on_end_gone(void *ctx)
{
	(void)ctx;
}

static void
bare_end(struct scene *s)
{
	static const struct channel_calls calls = { on_post, on_end_gone };
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	channel_free(&s->end);
	s->end = channel_new(s->loop, fd[0], CHANNEL_PAYLOAD_MAX * 4, &calls, s);
	desk_poster_peer(s->desk, fd[1]);
}

static void
answer(struct scene *s, uint64_t id, uint16_t status)
{
	const struct msg_posted m = { .id = id,
		.status = status,
		.address = STR_LIT("192.0.2.1:80"),
		.why = STR_NONE,
		.body = STR_LIT("\xff") };
	struct buf b;

	buf_init(&b, 1u << 20);
	assert_int_equal(msg_posted_write(&b, &m), 0);
	assert_int_equal(channel_send(s->end, MSG_posted, buf_str(&b)), 0);
	buf_done(&b);
}

static void
on_told(void *ctx, const struct msg_posted *m)
{
	struct scene *s = ctx;

	s->told++;
	s->lost += m == NULL;
	s->status = m ? m->status : 0;
}

static uint64_t
post(struct scene *s)
{
	const struct msg_post m = {
		.url = STR_LIT("https://x.test/"), .fields = { NULL, 0 }, .body = STR_LIT("{}")
	};

	return desk_post(s->desk, &m, on_told, s);
}

#define UNTIL(s, condition)                                                                    \
	do {                                                                                   \
		for (int until_i = 0; until_i < 5000 && !(condition); until_i++)               \
			loop_step((s)->loop, 2000);                                            \
		assert_true(condition);                                                        \
	} while (0)

static void
test_posts(void **state)
{
	struct scene s;
	uint64_t a, b, c;

	(void)state;
	scene_open(&s);
	assert_int_equal(post(&s), 0); /* no poster yet */
	bare_end(&s);
	a = post(&s);
	b = post(&s);
	c = post(&s);
	assert_true(a && b && c && a != b && b != c);
	UNTIL(&s, s.nasked == 3);
	assert_true(s.asked[0] == a && s.asked[1] == b);
	desk_post_cancel(s.desk, b);
	answer(&s, b, 201);
	answer(&s, 12345, 202); /* of nobody */
	answer(&s, c, 203);
	UNTIL(&s, s.told == 1);
	assert_int_equal(s.status, 203);
	answer(&s, c, 204); /* twice */
	channel_free(&s.end);
	UNTIL(&s, s.told == 2);
	assert_int_equal(s.lost, 1); /* a: nobody knows */
	assert_int_equal(post(&s), 0);
	bare_end(&s);
	assert_true(post(&s) != 0);
	scene_close(&s); /* with one under way */
	assert_int_equal(s.told, 2);
}

/* What the poster holds is bounded: beyond it desk waits, and goes on with each answer. */
static void
test_bytes(void **state)
{
	enum { BYTES = 3 << 20 };
	static char body[BYTES];
	const struct msg_post m = { .url = STR_LIT("https://x.test/"),
		.fields = { NULL, 0 },
		.body = str_of(body, BYTES) };
	struct scene s;
	size_t n = 0;

	(void)state;
	scene_open(&s);
	bare_end(&s);
	while (n < 40 && desk_post(s.desk, &m, on_told, &s)) {
		n++;
		UNTIL(&s, s.nasked == n);
	}
	assert_in_range(n * BYTES, POSTER_BYTES / 2, POSTER_BYTES);
	assert_false(desk_post_room(s.desk));
	assert_int_equal(post(&s), 0);
	/* The poster still holds what nobody waits for any more. */
	desk_post_cancel(s.desk, s.asked[0]);
	assert_int_equal(post(&s), 0);
	answer(&s, s.asked[0], 200);
	answer(&s, s.asked[1], 200);
	UNTIL(&s, s.told == 1);
	assert_true(post(&s) != 0);
	channel_free(&s.end);
	UNTIL(&s, s.desk->poster == NULL);
	assert_int_equal(s.desk->post_bytes, 0);
	scene_close(&s);
}

static void
on_input(void *ctx)
{
	struct scene *s = ctx;

	buf_put(&s->in, stream_input(s->client));
	stream_eat(s->client, stream_input(s->client).n);
}

static void
on_event(void *ctx, enum stream_event e)
{
	(void)ctx;
	(void)e;
}

static void
ask(struct scene *s, const char *body)
{
	static const struct stream_calls calls = { on_input, on_event };
	int fd = net_connect_unix(s->paths.control_sock);
	char raw[4096];

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	stream_free(&s->client);
	buf_clear(&s->in);
	s->client = stream_new(s->loop, fd, &calls, s);
	snprintf(raw, sizeof raw,
		"POST /v1/control/webhooks.try HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n"
		"\r\n%s",
		strlen(body), body);
	stream_write(s->client, str_z(raw));
}

static bool
has(const struct scene *s, const char *part)
{
	return str_find_str(buf_str(&s->in), str_z(part)) < s->in.n;
}

static void
test_try(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s);
	ask(&s, "{\"url\":\"http://127.0.0.1/\"}");
	UNTIL(&s, has(&s, " 503 ") && has(&s, "restarting"));
	real_poster(&s);
	ask(&s, "{}");
	UNTIL(&s, has(&s, " 400 "));
	ask(&s, "{\"url\":\"http://127.0.0.1/\"}");
	UNTIL(&s,
		has(&s, " 200 OK") && has(&s, "\"result\":\"address\"") && has(&s, "loopback"));
	ask(&s, "{\"url\":\"http://127.1/\"}");
	UNTIL(&s, has(&s, "\"result\":\"url\""));
	bare_end(&s);
	ask(&s, "{\"url\":\"http://x.test/\"}");
	UNTIL(&s, s.nasked == 1);
	answer(&s, s.asked[0], 500);
	UNTIL(&s, has(&s, "\"status\":500") && has(&s, "\"body\":null"));
	ask(&s, "{\"url\":\"http://x.test/\"}");
	UNTIL(&s, s.nasked == 2);
	channel_free(&s.end);
	UNTIL(&s, has(&s, " 503 "));
	/* The asker goes before the answer comes. */
	bare_end(&s);
	ask(&s, "{\"url\":\"http://x.test/\"}");
	UNTIL(&s, s.nasked == 3);
	stream_free(&s.client);
	UNTIL(&s, list_empty(&s.desk->conns));
	assert_true(s.desk->post_bytes > 0);
	answer(&s, s.asked[2], 200);
	UNTIL(&s, list_empty(&s.desk->posted));
	assert_int_equal(s.desk->post_bytes, 0);
	scene_close(&s);
}

TEST_MAIN(TEST(test_posts), TEST(test_bytes), TEST(test_try))
