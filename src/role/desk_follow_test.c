/* GET /v1/messages/stream in desk: what is told, from where on, to whom, how much at once. The
 * edge and the engine are played by the test. */
#include "role/desk_hook_scene.h"

#include "account/session_token.h"

#define STREAMS 8u
#define KEYS    3u /* numbers 1 … */

static struct scene s;
static struct {
	struct channel *edge, *engine;
	struct buf text[STREAMS]; /* of each call, by its seq */
	unsigned status[STREAMS];
	bool over[STREAMS];
	unsigned asked;
	int64_t since; /* what the engine says; -1: it has no room */
	bool takes;    /* the client takes all it gets at once */
	/* Who is signed in; user 0: nobody. */
	uint64_t user;
	enum user_role role;
	uint8_t hash[32];
} t;

static void
follow_told(uint64_t seq, bool gone, uint32_t bytes)
{
	const struct msg_follow m = { .seq = seq, .end = gone, .bytes = bytes };
	struct buf b;

	buf_init(&b, 64);
	assert_int_equal(msg_follow_write(&b, &m), 0);
	channel_force(t.edge, MSG_follow, buf_str(&b));
	buf_done(&b);
}

static void
edge_hears(void *ctx, uint16_t type, struct str payload)
{
	struct msg_followed f;
	struct msg_called c;

	(void)ctx;
	if (type == MSG_called) {
		assert_int_equal(msg_called_read(NULL, payload, &c), 0);
		t.status[c.seq] = c.status;
		buf_put(&t.text[c.seq], c.body);
		return;
	}
	assert_int_equal(type, MSG_followed);
	assert_int_equal(msg_followed_read(NULL, payload, &f), 0);
	assert_int_equal(t.status[f.seq], 200);
	assert_false(t.over[f.seq]);
	buf_put(&t.text[f.seq], f.body);
	t.over[f.seq] = f.end;
	if (t.takes)
		follow_told(f.seq, false, (uint32_t)f.body.n);
}

static void
engine_hears(void *ctx, uint16_t type, struct str payload)
{
	char json[64] = "{\"error\":\"no\"}";
	struct msg_query q;
	struct buf b;

	(void)ctx;
	assert_int_equal(type, MSG_query);
	assert_int_equal(msg_query_read(NULL, payload, &q), 0);
	if (q.op != QUERY_FOLLOW)
		return;
	t.asked++;
	if (t.since >= 0)
		snprintf(json, sizeof json, "{\"since\":%lld}", (long long)t.since);
	const struct msg_answer m = { q.seq, t.since >= 0 ? 200 : 503, str_z(json) };

	buf_init(&b, 4096);
	assert_int_equal(msg_answer_write(&b, &m), 0);
	channel_force(t.engine, MSG_answer, buf_str(&b));
	buf_done(&b);
}

static void
ends(void *ctx)
{
	(void)ctx;
}

static void
connect_both(void)
{
	static const struct channel_calls edge = { edge_hears, ends },
					  engine = { engine_hears, ends };
	int fd[2];

	channel_free(&t.edge);
	channel_free(&t.engine);
	assert_int_equal(channel_pair(fd), 0);
	t.edge = channel_new(s.loop, fd[0], CHANNEL_PAYLOAD_MAX, &edge, NULL);
	desk_edge_peer(s.desk, 1, fd[1]);
	assert_int_equal(channel_pair(fd), 0);
	t.engine = channel_new(s.loop, fd[0], CHANNEL_PAYLOAD_MAX, &engine, NULL);
	desk_peer(s.desk, fd[1]);
}

static int
up(void **state)
{
	(void)state;
	scene_open(&s);
	memset(&t, 0, sizeof t);
	for (unsigned i = 0; i < STREAMS; i++)
		buf_init(&t.text[i], 1u << 20);
	t.takes = true;
	t.since = WALL;
	for (unsigned i = 0; i < KEYS; i++)
		json_decref(verb(&s, "keys.add",
			json_pack("{s:s,s:s}", "account", "shop", "scopes", "read")));
	connect_both();
	return 0;
}

static int
down(void **state)
{
	(void)state;
	channel_free(&t.edge);
	channel_free(&t.engine);
	scene_close(&s);
	for (unsigned i = 0; i < STREAMS; i++)
		buf_done(&t.text[i]);
	return 0;
}

/* A call of this key; the account has no endpoint of webhooks. */
static void
ask_stream(uint64_t seq, uint64_t key, const char *query, const char *last_event)
{
	struct msg_call m = { .seq = seq,
		.tenant = 1,
		.key = key,
		.scopes = SCOPE_READ,
		.query = str_z(query),
		.last_event = str_z(last_event) };
	size_t n;
	const struct api_route *r = api_routes(&n);
	struct buf b;

	m.user = t.user;
	m.role = (uint8_t)t.role;
	memcpy(m.hash.b, t.hash, sizeof m.hash.b);
	while (r[m.route].op != API_MESSAGE_STREAM)
		m.route++;
	t.status[seq] = 0;
	t.over[seq] = false;
	buf_clear(&t.text[seq]);
	buf_init(&b, 65536);
	assert_int_equal(msg_call_write(&b, &m), 0);
	channel_force(t.edge, MSG_call, buf_str(&b));
	buf_done(&b);
	turn(&s);
}

static unsigned
times(uint64_t seq, const char *what)
{
	struct str text = buf_str(&t.text[seq]), part = str_z(what);
	unsigned n = 0;

	for (size_t at; (at = str_find_str(text, part)) < text.n; n++)
		text = str_from(text, at + part.n);
	return n;
}

/* The id that stands last. */
static const char *
last_id(uint64_t seq)
{
	struct str text = buf_str(&t.text[seq]), id = STR_NONE;
	static char z[32];

	while (text.n) {
		struct str line = str_cut(&text, '\n');

		if (str_starts(line, STR_LIT("id: ")))
			id = str_from(line, 4);
	}
	assert_int_equal(str_copy_z(z, sizeof z, id), 0);
	return z;
}

static void
test_tells(void **state)
{
	static const struct {
		const char *name, *query;
		unsigned message, left;
	} table[] = {
		{ "all", "", 2, 0 },
		{ "in a state", "status=bounced", 2, 0 },
		{ "not in it any more", "status=accepted", 0, 2 },
		{ "to one", "to=b2@b.test&limit=1", 1, 0 },
		{ "to nobody", "to=nobody@b.test", 0, 0 },
		{ "words", "subject=hello", 2, 0 },
		{ "of later", "since=2030-01-01T00:00:00Z", 0, 0 },
	};

	(void)state;
	mail(&s, 1, FACT_DELIVERED);
	for (unsigned i = 0; i < TEST_COUNT(table); i++)
		ask_stream(i, i / 4 + 1, table[i].query, "");
	mail(&s, 2, FACT_BOUNCED);
	pass(&s, 2000000);
	for (unsigned i = 0; i < TEST_COUNT(table); i++) {
		assert_int_equal(t.status[i], 200);
		assert_int_equal(times(i, "event: message\n"), table[i].message);
		assert_int_equal(times(i, "event: left\n"), table[i].left);
		assert_int_equal(times(i, "\"subject\":\"Hello\""), table[i].message);
		assert_int_equal(times(i, "b0@b.test"), 0);
		assert_int_equal(times(i, "timeline"), 0);
	}
	/* Not of another account, and nothing twice. */
	s.tenant = 2;
	mail(&s, 3, FACT_DELIVERED);
	pass(&s, 2000000);
	assert_int_equal(times(0, "event: message\n"), 2);
}

static void
test_resumes(void **state)
{
	char id[32];

	(void)state;
	ask_stream(0, 1, "", "");
	(void)str_copy_z(id, sizeof id, str_z(last_id(0)));
	mail(&s, 1, FACT_BOUNCED);
	pass(&s, 1000000);
	assert_int_equal(times(0, "event: message\n"), 1);
	/* Who left hears what happened meanwhile. */
	follow_told(0, true, 0);
	turn(&s);
	mail(&s, 1, FACT_DELIVERED);
	ask_stream(1, 1, "", id);
	pass(&s, 1000000);
	assert_int_equal(times(1, "event: message\n"), 2);
	ask_stream(2, 1, "", last_id(0));
	pass(&s, 1000000);
	assert_int_equal(times(2, "event: message\n"), 1);
	assert_int_equal(times(2, "event: reset\n"), 0);
	/* One of before the account was fed, and one that is none of ours. */
	t.since = loop_wall(s.loop);
	ask_stream(3, 2, "", id);
	ask_stream(4, 2, "", "9007199254740991");
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, 1000000);
	for (unsigned i = 3; i < 5; i++) {
		assert_int_equal(times(i, "event: reset\n"), 1);
		assert_int_equal(times(i, "event: message\n"), 1);
	}
	ask_stream(5, 3, "", "x");
	assert_int_equal(t.status[5], 400);
	ask_stream(5, 3, "status=lost", "");
	assert_int_equal(t.status[5], 400);
}

static void
test_limits(void **state)
{
	size_t full;
	unsigned seen;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		ask_stream(i, 1, "", "");
	assert_int_equal(t.status[3], 200);
	assert_int_equal(t.status[4], 429);
	/* Another key has its own; who leaves makes room. */
	ask_stream(4, 2, "", "");
	assert_int_equal(t.status[4], 200);
	follow_told(0, true, 0);
	ask_stream(5, 1, "", "");
	assert_int_equal(t.status[5], 200);
	/* Who takes nothing gets no more than his credit, and then all. */
	t.takes = false;
	mail(&s, 400, FACT_DELIVERED);
	pass(&s, 5000000);
	seen = times(4, "event: message\n");
	assert_true(t.text[4].n > 16000 && t.text[4].n <= 64u << 10);
	pass(&s, 40000000);
	assert_int_equal(times(4, "event: message\n"), seen);
	full = t.text[4].n;
	t.takes = true;
	follow_told(4, false, (uint32_t)full);
	pass(&s, 5000000);
	/* A row again when more happened to it behind the reading. */
	assert_true(times(4, "event: message\n") >= 400);
	assert_true(times(4, "\"b399@b.test\"") > 0);
	/* A comment now and then. */
	full = times(4, "\n:\n");
	pass(&s, 31000000);
	assert_int_equal(times(4, "\n:\n"), full + 2);
	t.since = -1;
	ask_stream(6, 3, "", "");
	assert_int_equal(t.status[6], 503);
}

/* The key goes, the engine goes, desk goes. */
static void
test_ends(void **state)
{
	json_t *j = verb(&s, "keys.list", json_pack("{s:s}", "account", "shop"));
	json_t *key = json_object_get(json_array_get(json_object_get(j, "keys"), 0), "key");

	(void)state;
	ask_stream(0, 1, "", "");
	ask_stream(1, 0, "", "");
	pass(&s, 2000000);
	assert_false(t.over[0]);
	json_decref(
		verb(&s, "keys.revoke", json_pack("{s:s,s:O}", "account", "shop", "key", key)));
	pass(&s, 1100000);
	assert_true(t.over[0]);
	assert_false(t.over[1]);
	assert_int_equal(times(0, "retry: "), 1);
	/* The engine hears it again each minute. */
	t.asked = 0;
	pass(&s, 60000000);
	assert_int_equal(t.asked, 1);
	channel_free(&t.engine);
	turn(&s);
	assert_true(t.over[1]);
	ask_stream(2, 0, "", "");
	assert_int_equal(t.status[2], 503);
	json_decref(j);
}

/* A session's stream is as good as the session: its end, another role, a suspended account. */
static void
test_session(void **state)
{
	const struct control_user_text who = {
		.email = STR_LIT("ann@shop.test"), .role = STR_LIT("developer"), .enabled = -1
	};
	struct control *c = desk_control(s.desk);
	char token[SESSION_TOKEN];
	struct control_user u;
	json_t *j = NULL;

	(void)state;
	assert_int_equal(control_user_add(c, 1, &who, &j), 0);
	json_decref(j);
	assert_int_equal(control_user_find(c, who.email, &u), 0);
	assert_int_equal(
		control_session_add(c, u.id, STR_LIT("192.0.2.1"), STR_LIT("x"), token), 0);
	t.user = (uint64_t)u.id;
	t.role = USER_DEVELOPER;
	session_token_hash(t.hash, s.env.keys.pepper, str_z(token));
	ask_stream(0, 0, "", "");
	pass(&s, 2100000);
	assert_int_equal(t.status[0], 200);
	assert_false(t.over[0]);
	json_decref(verb(&s, "accounts.suspend", json_pack("{s:s}", "account", "shop")));
	pass(&s, 1100000);
	assert_true(t.over[0]);
	t.role = USER_VIEWER; /* all that is left then */
	ask_stream(1, 0, "", "");
	pass(&s, 2100000);
	assert_false(t.over[1]);
	assert_int_equal(control_session_end(c, t.hash), 0);
	pass(&s, 1100000);
	assert_true(t.over[1]);
}

#define FOLLOW_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(FOLLOW_TEST(test_tells), FOLLOW_TEST(test_resumes), FOLLOW_TEST(test_limits),
	FOLLOW_TEST(test_ends), FOLLOW_TEST(test_session))
