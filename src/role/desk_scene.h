/* Desk with its control socket and an engine that answers as the test says, on one loop. For
 * the tests of role only. */
#ifndef ROLE_DESK_SCENE_H
#define ROLE_DESK_SCENE_H

#include "account/control_schema.h"
#include "base/mem.h"
#include "base/test.h"
#include "io/random.h"
#include "role/desk_priv.h"

#include <errno.h>
#include <fcntl.h>

/* Desk between a client on its socket and an engine that answers from a script. */
struct scene {
	struct loop *loop;
	struct clock clock;
	struct log *log;
	struct config config;
	struct role_paths paths;
	struct role_env env;
	struct desk *desk;
	struct channel *engine;
	struct stream *client;
	struct buf in;
	bool ended;
	/* engine */
	bool silent;
	uint16_t status;
	const char *json;
	struct buf asked; /* "op domain;" … */
};

static inline void
on_query(void *ctx, uint16_t type, struct str payload)
{
	struct scene *s = ctx;
	struct msg_query q;
	struct arena a;
	struct buf b;

	assert_int_equal(type, MSG_query);
	arena_init(&a, 65536);
	assert_int_equal(msg_query_read(&a, payload, &q), 0);
	buf_printf(&s->asked, "%u %.*s %u %llu;", q.op, STR_ARG(q.domain), q.tenant,
		(unsigned long long)q.id);
	arena_done(&a);
	if (s->silent)
		return;
	const struct msg_answer m = { q.seq, s->status, str_z(s->json) };

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_answer_write(&b, &m), 0);
	assert_int_equal(channel_send(s->engine, MSG_answer, buf_str(&b)), 0);
	buf_done(&b);
}

static inline void
on_desk_gone(void *ctx)
{
	struct scene *s = ctx;

	channel_free(&s->engine);
}

static inline void
engine_up(struct scene *s)
{
	static const struct channel_calls calls = { on_query, on_desk_gone };
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	channel_free(&s->engine);
	s->engine = channel_new(s->loop, fd[0], 1u << 20, &calls, s);
	desk_peer(s->desk, fd[1]);
}

static inline void
scene_open(struct scene *s)
{
	static const struct log_conf lc = { .role = "desk" };

	memset(s, 0, sizeof *s);
	random_start();
	clock_fake(&s->clock, 1000000, INT64_C(1790000000000000));
	s->loop = loop_new(&s->clock);
	s->log = log_new(&lc, &s->clock);
	config_default(&s->config);
	s->config.lab.on = s->config.lab.verified_domains = true;
	assert_int_equal(role_paths(&s->paths, str_z(test_dir())), 0);
	assert_int_equal(role_paths_make(&s->paths, NULL), 0);
	s->env = (struct role_env){ .config = &s->config,
		.paths = &s->paths,
		.clock = &s->clock,
		.log = s->log,
		.boot = 77,
		.link_fd = -1,
		.control_fd = net_listen_unix(s->paths.control_sock, 0660),
		.one = true };
	assert_true(s->env.control_fd >= 0);
	buf_init(&s->in, 1u << 20);
	buf_init(&s->asked, 65536);
	s->status = 200;
	s->json = "{\"ok\":true}";
	s->desk = desk_new(s->loop, &s->env);
	engine_up(s);
}

static inline void
scene_close(struct scene *s)
{
	stream_free(&s->client);
	desk_free(&s->desk);
	channel_free(&s->engine);
	close(s->env.control_fd);
	loop_step(s->loop, 0);
	log_free(&s->log);
	loop_free(&s->loop);
	config_done(&s->config);
	buf_done(&s->in);
	buf_done(&s->asked);
	test_dir_done();
}

static inline void
on_input(void *ctx)
{
	struct scene *s = ctx;
	struct str in = stream_input(s->client);

	buf_put(&s->in, in);
	stream_eat(s->client, in.n);
}

static inline void
on_event(void *ctx, enum stream_event e)
{
	struct scene *s = ctx;

	if (e == STREAM_EOF || e == STREAM_ERROR)
		s->ended = true;
}

static inline void
client_connect(struct scene *s)
{
	static const struct stream_calls calls = { on_input, on_event };
	int fd = net_connect_unix(s->paths.control_sock);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	stream_free(&s->client);
	s->client = stream_new(s->loop, fd, &calls, s);
	buf_clear(&s->in);
	s->ended = false;
}

static inline void
turn(struct scene *s)
{
	for (int i = 0; i < 30; i++)
		loop_step(s->loop, 0);
}

/* The whole answer to raw bytes. */
static inline struct str
say_raw(struct scene *s, const char *bytes)
{
	client_connect(s);
	stream_write(s->client, str_z(bytes));
	turn(s);
	return buf_str(&s->in);
}

static inline struct str
ask(struct scene *s, const char *verb, const char *body)
{
	char raw[4096];

	snprintf(raw, sizeof raw,
		"POST /v1/control/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s",
		verb, strlen(body), body);
	return say_raw(s, raw);
}

static inline int
status_of(struct str answer)
{
	uint32_t n = 0;

	if (answer.n > 12)
		(void)str_u32(str_of(answer.p + 9, 3), &n);
	return (int)n;
}

static inline bool
has(struct str s, const char *part)
{
	return str_find_str(s, str_z(part)) < s.n;
}

/* In the control tables, behind desk's back. */
static inline void
run_sql(const struct scene *s, const char *sql)
{
	struct store *store;
	char path[700];

	snprintf(path, sizeof path, "%s/" CONTROL_FILE, s->paths.state);
	assert_int_equal(store_open(path, STORE_WRITE, &control_schema, &store), 0);
	assert_int_equal(store_run(store, sql, NULL, NULL, ""), 0);
	store_free(&store);
}

#endif
