/*
 * For tests only: desk with a ledger on the same loop, and a poster that answers as the test
 * says.
 */
#ifndef ROLE_DESK_HOOK_SCENE_H
#define ROLE_DESK_HOOK_SCENE_H

#include "role/desk_hook.h"

#include "base/test.h"
#include "base/utc.h"
#include "io/fetch.h"
#include "io/random.h"
#include "role/desk_webhook.h"

#define WALL  INT64_C(1790000000000000)
#define POSTS 4000u
#define NONE  0xFFFFu

struct scene {
	struct loop *loop;
	struct clock clock;
	struct config config;
	struct role_paths paths;
	struct role_env env;
	struct desk *desk;
	struct ledger *ledger;
	struct channel *end;
	uint64_t rcpt;
	uint32_t tenant; /* whose mail it is */
	/* What came: the first letter of the URL's path, and an event id. */
	char path[POSTS];
	char event[POSTS][EVENT_ID_TEXT];
	uint64_t id[POSTS];
	char to[POSTS][32];
	unsigned n;
	uint16_t status[128]; /* by that letter; NONE: not answered */
	uint32_t took_ms;
	uint8_t class;
};

static inline void
answer(struct scene *s, uint64_t id, uint16_t status)
{
	const struct msg_posted m = { .id = id,
		.class = s->class,
		.status = s->class == FETCH_ANSWERED ? status : 0,
		.took_ms = s->took_ms,
		.address = STR_NONE,
		.why = STR_NONE,
		.body = STR_LIT("hello") };
	struct buf b;

	buf_init(&b, 1u << 20);
	assert_int_equal(msg_posted_write(&b, &m), 0);
	assert_int_equal(channel_send(s->end, MSG_posted, buf_str(&b)), 0);
	buf_done(&b);
}

static inline void
on_post(void *ctx, uint16_t type, struct str payload)
{
	struct scene *s = ctx;
	struct msg_post m;
	struct arena a;
	size_t slash;

	assert_int_equal(type, MSG_post);
	arena_init(&a, 1u << 20);
	assert_int_equal(msg_post_read(&a, payload, &m), 0);
	assert_true(s->n < POSTS);
	slash = str_rfind(m.url, '/');
	s->path[s->n] = m.url.p[slash + 1];
	s->id[s->n] = m.id;
	for (size_t i = 0; i < m.fields.n; i++) {
		struct str value = m.fields.at[i].bytes, name = str_cut(&value, ':');

		if (str_eq_z(name, "webhook-id"))
			(void)str_copy_z(s->event[s->n], EVENT_ID_TEXT, str_trim(value));
	}
	size_t at = str_find_str(m.body, STR_LIT("\"to\":\""));
	struct str to = str_from(m.body, at + 6);

	(void)str_copy_z(s->to[s->n], sizeof s->to[0], str_head(to, str_find(to, '"')));
	uint16_t status = s->status[(uint8_t)s->path[s->n]];

	s->n++;
	if (status != NONE)
		answer(s, m.id, status);
	arena_done(&a);
}

static inline void
on_end_gone(void *ctx)
{
	struct scene *s = ctx;

	channel_free(&s->end);
}

static inline void
poster_up(struct scene *s)
{
	static const struct channel_calls calls = { on_post, on_end_gone };
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	channel_free(&s->end);
	s->end = channel_new(s->loop, fd[0], 8u << 20, &calls, s);
	desk_poster_peer(s->desk, fd[1]);
}

static inline void
turn(struct scene *s)
{
	for (int i = 0; i < 30; i++)
		loop_step(s->loop, 0);
}

/* In steps, so that every timer has its turn. */
static inline void
pass(struct scene *s, int64_t us)
{
	int64_t step = us > 2 * UTC_HOUR ? 10 * UTC_MIN : us > UTC_MIN ? 10 * UTC_SEC : 100000;

	for (; us > 0; us -= step) {
		clock_pass(&s->clock, (uint64_t)(us < step ? us : step));
		turn(s);
	}
}

static inline json_t *
verb(struct scene *s, const char *name, json_t *body)
{
	struct desk_control_answer a;

	assert_non_null(body);
	desk_hooks_save(s->desk);
	a = desk_control_do(desk_control(s->desk), str_z(name), body, loop_wall(s->loop));
	json_decref(body);
	if (a.status != 200)
		print_message(
			"%s: %s\n", name, json_string_value(json_object_get(a.json, "error")));
	assert_int_equal(a.status, 200);
	if (a.changed)
		desk_hooks_load(s->desk);
	return a.json;
}

/* An endpoint whose path is this letter; its number. */
static inline json_int_t
add(struct scene *s, const char *letter, json_t *more)
{
	char url[64];
	json_t *j, *body;
	json_int_t number;

	snprintf(url, sizeof url, "https://hooks.test/%s", letter);
	body = json_pack("{s:s,s:s}", "account", "shop", "url", url);
	json_object_update(body, more);
	json_decref(more);
	j = verb(s, "webhooks.add", body);
	number = json_integer_value(json_object_get(j, "number"));
	json_decref(j);
	/* What happens from now on is later than that. */
	clock_pass(&s->clock, 1);
	turn(s);
	return number;
}

static inline void
scene_open(struct scene *s)
{
	static const struct log_conf lc = { .role = "desk", .quiet = true };
	static const uint32_t fed[] = { 1, 2 };

	memset(s, 0, sizeof *s);
	random_start();
	clock_fake(&s->clock, 1000000, WALL);
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
	assert_int_equal(ledger_open(s->paths.ledger, s->loop, true, &s->ledger), 0);
	ledger_feed_tenants(s->ledger, fed, TEST_COUNT(fed));
	s->desk = desk_new(s->loop, &s->env);
	poster_up(s);
	for (size_t i = 0; i < TEST_COUNT(s->status); i++)
		s->status[i] = 200;
	s->class = FETCH_ANSWERED;
	s->tenant = 1;
	json_decref(verb(s, "accounts.add", json_pack("{s:s}", "account", "shop")));
}

static inline void
scene_close(struct scene *s)
{
	desk_free(&s->desk);
	ledger_free(&s->ledger);
	channel_free(&s->end);
	close(s->env.control_fd);
	loop_step(s->loop, 0);
	log_free(&s->env.log);
	loop_free(&s->loop);
	config_done(&s->config);
	test_dir_done();
}

static inline void
on_synced(void *ctx, int err)
{
	(void)ctx;
	assert_int_equal(err, 0);
}

/* n messages, each accepted and then that. */
static inline void
mail(struct scene *s, unsigned n, enum fact_kind last)
{
	int64_t now = loop_wall(s->loop);

	for (unsigned i = 0; i < n; i++) {
		char to[32];
		struct fact f = { .rcpt = s->rcpt * 2 + 101,
			.message = s->rcpt * 2 + 100,
			.tenant = s->tenant,
			.kind = FACT_ACCEPTED,
			.at = now,
			.sender = STR_LIT("shop@a.test"),
			.message_id = STR_LIT("one@a.test"),
			.subject = STR_LIT("Hello") };

		snprintf(to, sizeof to, "b%u@b.test", (unsigned)s->rcpt++);
		f.recipient = str_z(to);
		ledger_put(s->ledger, now, &f);
		f = (struct fact){ .rcpt = f.rcpt,
			.message = f.message,
			.tenant = s->tenant,
			.number = 1,
			.kind = (uint8_t)last,
			.at = now + 1,
			.reply = REPLY(550, 5, 1, 1, "No such user") };
		ledger_put(s->ledger, now, &f);
	}
	ledger_sync(s->ledger, on_synced, s);
	turn(s);
}

static inline unsigned
count(const struct scene *s, char path)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n += s->path[i] == path;
	return n;
}

static inline json_t *
get(struct scene *s, json_int_t number)
{
	return verb(s, "webhooks.get", json_pack("{s:I}", "id", number));
}

static inline bool
is_state(struct scene *s, json_int_t number, const char *state)
{
	json_t *j = get(s, number);
	bool is = str_eq_z(desk_text(j, "state"), state);

	json_decref(j);
	return is;
}

static inline size_t
dead_letters(struct scene *s, json_int_t number)
{
	json_t *j = verb(s, "webhooks.dead", json_pack("{s:I}", "id", number));
	size_t n = json_array_size(json_object_get(j, "dead"));

	json_decref(j);
	return n;
}

/* A question over the socket, for what is no matter of the tables alone. */
static inline int
ask_begin(struct scene *s, const char *name, json_t *body)
{
	int fd = net_connect_unix(s->paths.control_sock), n;
	char *text = json_dumps(body, 0), raw[4096];

	json_decref(body);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	n = snprintf(raw, sizeof raw,
		"POST /v1/control/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s",
		name, strlen(text), text);
	free(text);
	assert_int_equal(write(fd, raw, (size_t)n), n);
	turn(s);
	return fd;
}

/* Its HTTP status, and the whole answer in said. Closes fd. */
static inline int
ask_end(struct scene *s, int fd, char said[4096])
{
	ssize_t n = -1;

	for (int i = 0; i < 5000 && n <= 0; i++) {
		loop_step(s->loop, 1000);
		n = read(fd, said, 4095);
	}
	assert_true(n > 12);
	said[n] = '\0';
	close(fd);
	turn(s);
	return (int)strtol(said + 9, NULL, 10);
}

static inline int
ask(struct scene *s, const char *name, json_t *body, char said[4096])
{
	return ask_end(s, ask_begin(s, name, body), said);
}

#endif
