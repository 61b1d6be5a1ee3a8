/*
 * For tests only: the scene of desk with an edge that calls the API as people and keys do, and
 * hears the answers.
 */
#ifndef ROLE_DESK_CALL_SCENE_H
#define ROLE_DESK_CALL_SCENE_H

#include "account/control_own.h"
#include "role/desk_scene.h"

static struct scene s;
static struct edge_side {
	struct channel *channel;
	struct arena arena;
	struct buf bytes;
	struct msg_called called;       /* the last one; lives until the next */
	struct msg_sessioned sessioned; /* likewise */
	bool sessions;                  /* it asks who is signed in, too */
	unsigned n, busy;               /* answers; of them 503 */
} e;

static inline void
edge_hears(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx;
	arena_reset(&e.arena);
	buf_clear(&e.bytes);
	buf_put(&e.bytes, payload);
	if (e.sessions && type == MSG_sessioned) {
		assert_int_equal(
			msg_sessioned_read(&e.arena, buf_str(&e.bytes), &e.sessioned), 0);
	} else {
		assert_int_equal(type, MSG_called);
		assert_int_equal(msg_called_read(&e.arena, buf_str(&e.bytes), &e.called), 0);
		e.busy += e.called.status == 503;
	}
	e.n++;
}

static inline void
edge_ends(void *ctx)
{
	(void)ctx;
	channel_free(&e.channel);
}

static inline void
account_add(const char *name)
{
	json_t *j = NULL;

	assert_int_equal(control_account_add(s.desk->control, str_z(name), &j), 0);
	json_decref(j);
}

/* Desk and the edge; no account. */
static inline void
call_scene_open(void)
{
	static const struct channel_calls calls = { edge_hears, edge_ends };
	int fd[2];

	scene_open(&s);
	memset(&e, 0, sizeof e);
	arena_init(&e.arena, 8u << 20);
	buf_init(&e.bytes, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(channel_pair(fd), 0);
	e.channel = channel_new(s.loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, &e);
	desk_edge_peer(s.desk, 1, fd[1]);
}

/* A set-up of cmocka: tenant 1 is shop, 2 rival. */
static inline int
two_accounts(void **unused)
{
	(void)unused;
	call_scene_open();
	account_add("shop");
	account_add("rival");
	return 0;
}

static inline int
call_scene_close(void **unused)
{
	(void)unused;
	channel_free(&e.channel);
	scene_close(&s);
	arena_done(&e.arena);
	buf_done(&e.bytes);
	return 0;
}

static inline uint16_t
number_of(enum api_op op)
{
	size_t n, i = 0;
	const struct api_route *r = api_routes(&n);

	while (i < n && r[i].op != op)
		i++;
	assert_true(i < n);
	return (uint16_t)i;
}

/* user 0: a key. reason NULL: none. */
struct caller {
	uint32_t tenant;
	uint8_t scopes, platform;
	uint64_t user;
	const char *reason;
};

/* A call of theirs without anything in it. */
static inline struct msg_call
call_of(const struct caller *who, enum api_op op)
{
	return (struct msg_call){ .seq = 1,
		.route = number_of(op),
		.tenant = who->tenant,
		.scopes = who->scopes,
		.platform = who->platform,
		.user = who->user,
		.role = who->user ? USER_OPERATOR : USER_NONE,
		.key = who->user ? 0 : 7,
		.reason = str_z(who->reason ? who->reason : "") };
}

static inline void
say(const struct msg_call *m)
{
	struct buf b;

	buf_init(&b, 65536);
	assert_int_equal(msg_call_write(&b, m), 0);
	channel_force(e.channel, MSG_call, buf_str(&b));
	buf_done(&b);
}

/* Until it is answered, once: e.called. */
static inline void
say_and_hear(const struct msg_call *m)
{
	unsigned before = e.n;

	say(m);
	for (int i = 0; i < 20000 && e.n == before; i++)
		loop_step(s.loop, 1000);
	assert_int_equal(e.n, before + 1);
}

#endif
