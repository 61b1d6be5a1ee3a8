/* Who may enter, and what a peer that was broken into may not do. */
#include "role/engine_control_scene.h"

static char key[3][64], secret[3][128];

static void
add_key(int i, const struct control_key *k)
{
	json_t *j = NULL;

	assert_int_equal(control_key_add(control, k, &j), 0);
	snprintf(key[i], sizeof key[i], "%s", json_string_value(json_object_get(j, "key")));
	snprintf(secret[i], sizeof secret[i], "%s",
		json_string_value(json_object_get(j, "secret")));
	json_decref(j);
}

static int
up(void **state)
{
	json_t *j = NULL;

	(void)state;
	tables_open(true);
	account("shop");
	add_key(0, &(struct control_key){ .account = STR_LIT("shop") });
	add_key(1, &(struct control_key){ .account = STR_LIT("shop"),
			   .networks = STR_LIT("10.0.0.0/8,192.0.2.0/24") });
	add_key(2, &(struct control_key){ .account = STR_LIT("shop"), .plaintext = true });
	for (int i = 0; i < 2; i++) {
		struct str name = i ? STR_LIT("new.test") : STR_LIT("shop.test");

		assert_int_equal(control_domain_add(control, STR_LIT("shop"), name, &j), 0);
		json_decref(j);
	}
	assert_int_equal(
		control_domain_verified(control, STR_LIT("shop"), STR_LIT("shop.test"), true),
		0);
	s->config.lab.any_credentials = false;
	scene_start(s);
	scene_up(s);
	return 0;
}

static struct msg_authed
enter(int k, const char *password, const char *client, uint8_t tls)
{
	struct msg_auth a = { .seq = ++s->query,
		.key = k < 0 ? STR_LIT("fk_live_nobody") : str_z(key[k]),
		.client = str_z(client),
		.network = 77,
		.tls = tls };
	struct buf b;

	seal_hash(a.secret_hash.b, s->env.keys.pepper, str_z(password));
	buf_init(&b, 4096);
	assert_int_equal(msg_auth_write(&b, &a), 0);
	scene_say(&s->edge, MSG_auth, &b);
	buf_done(&b);
	return SCENE_TAKE(s, &s->edge, authed);
}

static void
test_auth(void **state)
{
	static const struct {
		const char *name;
		int key, secret; /* secret -1: a wrong one */
		const char *client;
		uint8_t tls;
		int code;
	} table[] = {
		{ "right", 0, 0, "192.0.2.9", AUTH_TLS, 235 },
		{ "wrong", 0, -1, "192.0.2.9", AUTH_TLS, 535 },
		{ "another's", 0, 1, "192.0.2.9", AUTH_TLS, 535 },
		{ "unknown", -1, 0, "192.0.2.9", AUTH_TLS, 535 },
		{ "in its network", 1, 1, "192.0.2.9", AUTH_TLS, 235 },
		{ "not in its network", 1, 1, "192.0.3.9", AUTH_TLS, 535 },
		{ "no address at all", 1, 1, "nonsense", AUTH_TLS, 535 },
		{ "plain", 0, 0, "192.0.2.9", AUTH_PLAIN, 538 },
		{ "plain port", 0, 0, "192.0.2.9", AUTH_PLAIN_PORT, 235 },
		{ "plain, old device", 2, 2, "192.0.2.9", AUTH_PLAIN, 235 },
	};
	struct msg_authed wrong, unknown;
	json_t *j;

	(void)state;
	TEST_EACH(row, table)
	{
		struct msg_authed a = enter(row->key,
			row->secret < 0 ? "guess" : secret[row->secret], row->client, row->tls);

		assert_int_equal(a.reply.code, row->code);
		assert_int_equal(a.ok, row->code == 235);
	}
	wrong = enter(0, "guess", "192.0.2.9", AUTH_TLS);
	unknown = enter(-1, "guess", "192.0.2.9", AUTH_TLS);
	assert_str_eq(wrong.reply.text, unknown.reply.text);
	assert_int_equal(wrong.tenant, unknown.tenant);
	j = scene_ask(s, &(struct msg_query){ .op = QUERY_KEYS_USED }, 200);
	assert_int_equal(json_array_size(json_object_get(j, "used")), 3);
	json_decref(j);
	j = scene_ask(s, &(struct msg_query){ .op = QUERY_KEYS_USED }, 200);
	assert_int_equal(json_array_size(json_object_get(j, "used")), 0);
	json_decref(j);
}

static void
test_lock_out(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(enter(0, "guess", "192.0.2.9", AUTH_TLS).ok, 0);
	assert_int_equal(enter(0, secret[0], "192.0.2.9", AUTH_TLS).ok, 0);
	clock_pass(&s->clock, 16 * 60 * UINT64_C(1000000));
	assert_int_equal(enter(0, secret[0], "192.0.2.9", AUTH_TLS).ok, 1);
}

static void
test_revoked(void **state)
{
	struct msg_check c = { .seq = 1, .domain = STR_LIT("new.test") };
	struct msg_authed a = enter(0, secret[0], "192.0.2.9", AUTH_TLS);
	struct msg_checked d;

	(void)state;
	assert_int_equal(a.ok, 1);
	SCENE_TELL(&s->edge, check, .seq = 1, .tenant = a.tenant, .domain = c.domain);
	d = SCENE_TAKE(s, &s->edge, checked);
	assert_int_equal(d.ok, 0);
	assert_int_equal(d.reply.code, 550);
	assert_int_equal(control_key_revoke(control, str_z(key[0])), 0);
	assert_int_equal(
		control_domain_verified(control, STR_LIT("shop"), STR_LIT("new.test"), true),
		0);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_CONTROL_CHANGED }, 200));
	(void)SCENE_TAKE(s, &s->edge, changed);
	assert_int_equal(enter(0, secret[0], "192.0.2.9", AUTH_TLS).ok, 0);
	SCENE_TELL(&s->edge, check, .seq = 2, .tenant = a.tenant, .domain = c.domain);
	assert_int_equal(SCENE_TAKE(s, &s->edge, checked).ok, 1);
	SCENE_TELL(&s->edge, check, .seq = 3, .tenant = a.tenant + 1, .domain = c.domain);
	assert_int_equal(SCENE_TAKE(s, &s->edge, checked).ok, 0);
}

/* Another edge, which was broken into. */
static struct msg_grant
edge2_up(uint64_t boot)
{
	scene_connect(s, &s->edge2, ROLE_EDGE, 2);
	SCENE_TELL(&s->edge2, edge_hello, .edge = 2, .boot = boot);
	return SCENE_TAKE(s, &s->edge2, grant);
}

static void
say_submit(struct scene_peer *p)
{
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_submit_write(&b, &s->last), 0);
	scene_say(p, MSG_submit, &b);
	buf_done(&b);
	scene_settle(s);
}

/* Each is refused, and the engine lives. What no honest edge says ends its channel. */
static void
test_bad_submits(void **state)
{
	enum what {
		EXTENT,
		BOOT,
		ID_ZERO,
		ID_FREE,
		ID_LAST,
		ID_OTHERS,
		ID_OWN,
		ID_HALF,
		ID_OLD,
		TENANT,
		SYSTEM,
		INDEX,
		STREAM,
		HEADER,
		ORIGIN,
		VIA,
		TIME
	};
	static const struct {
		const char *name;
		enum what what;
		bool ends;
	} table[] = { { "extent of another", EXTENT, true }, { "boot of another", BOOT, true },
		{ "no id", ID_ZERO, true }, { "id not given yet", ID_FREE, true },
		{ "last id", ID_LAST, true }, { "id of another edge", ID_OTHERS, true },
		{ "id of our reports", ID_OWN, true }, { "half in the block", ID_HALF, true },
		{ "another's id of before our start", ID_OLD, true },
		{ "no such account", TENANT, true }, { "account system", SYSTEM, true },
		{ "index", INDEX, false }, { "stream", STREAM, false },
		{ "header", HEADER, false }, { "a report", ORIGIN, false },
		{ "via", VIA, false }, { "time", TIME, false } };
	uint64_t others = edge2_up(777).first;

	(void)state;
	TEST_EACH(row, table)
	{
		struct msg_submit *m = scene_make(s, "a@shop.test", "b@remote.test");

		m->extent = row->what == EXTENT ? 2u << 24 | 1 : m->extent;
		m->boot += row->what == BOOT;
		m->message = row->what == ID_ZERO     ? 0
		             : row->what == ID_FREE   ? m->message + ENGINE_ROW
		             : row->what == ID_LAST   ? UINT64_MAX
		             : row->what == ID_OTHERS ? others
		             : row->what == ID_OWN    ? m->message / ENGINE_ROW * ENGINE_ROW
		             : row->what == ID_HALF   ? s->last_id - 1
		             : row->what == ID_OLD    ? others - ENGINE_ROW
		                                      : m->message;
		m->tenant = row->what == TENANT ? 99 : row->what == SYSTEM ? 0 : m->tenant;
		s->rcpts[0].index = row->what == INDEX ? 9 : 0;
		m->stream = row->what == STREAM ? 7 : 0;
		m->header_length = row->what == HEADER ? m->length + 1 : m->header_length;
		m->origin = row->what == ORIGIN ? 5 : 0;
		m->via = row->what == VIA ? VIA_DSN : VIA_SMTP;
		m->accepted = row->what == TIME ? INT64_MAX : m->accepted;
		if (!row->ends) {
			assert_int_equal(scene_answer(s), 451);
			continue;
		}
		say_submit(&s->edge);
		assert_true(s->edge.gone);
		scene_edge_up(s);
	}
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_status(s, "conservation", "accepted"), 0);
}

static void
test_suspended(void **state)
{
	(void)state;
	scene_submit(s, "a@shop.test", "b@remote.test");
	assert_int_equal(
		control_account_state(control, STR_LIT("shop"), STR_LIT("suspended")), 0);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_CONTROL_CHANGED }, 200));
	scene_make(s, "a@shop.test", "b@remote.test");
	assert_int_equal(scene_answer(s), 550);
}

/* An id is given once; the same submit said twice is one message. */
static void
test_ids_used_once(void **state)
{
	static const struct {
		const char *name;
		int over;  /* ids the second one shares with the first: 1 recipient, 2 ids */
		bool same; /* the very same submit */
		bool done; /* the first was delivered meanwhile */
		bool in_flight; /* the first is not yet durable */
		bool ends;
	} table[] = {
		{ "the same again", 0, true, false, false, false },
		{ "the same, delivered", 0, true, true, false, false },
		{ "the same, in flight", 0, true, false, true, false },
		{ "another body", 0, false, false, false, true },
		{ "another body, delivered", 0, false, true, false, true },
		{ "id of a recipient", 1, false, false, false, true },
	};
	long accepted = 0;

	(void)state;
	TEST_EACH(row, table)
	{
		struct msg_submit first;

		scene_make(s, "a@shop.test", "b@remote.test");
		first = s->last;
		if (row->in_flight)
			scene_send(s);
		else
			assert_int_equal(scene_answer(s), 250);
		if (row->done)
			scene_delivered(s);
		if (row->same)
			s->last = first;
		else
			scene_make(s, "a@shop.test", "b@remote.test");
		s->last.message = first.message + (uint64_t)row->over;
		say_submit(&s->edge);
		assert_int_equal(s->edge.gone, row->ends);
		if (row->same)
			assert_int_equal(SCENE_TAKE(s, &s->edge, submitted).reply.code, 250);
		if (!row->done)
			scene_delivered(s);
		if (row->ends)
			scene_edge_up(s);
		SCENE_NONE(s, &s->courier[1], attempt);
		assert_int_equal(scene_status(s, "conservation", "accepted"), ++accepted);
	}
}

/* Ids of before our restart: what an edge had in its hands goes on; what is taken stays so. */
static void
test_ids_after_restart(void **state)
{
	struct msg_submit in_hand, taken;

	(void)state;
	scene_submit(s, "a@shop.test", "b@remote.test");
	taken = s->last;
	scene_make(s, "a@shop.test", "c@remote.test");
	in_hand = s->last;
	scene_crash(s);
	scene_up(s);
	s->last = in_hand;
	s->rcpts[0].address = STR_LIT("c@remote.test");
	s->last.seq = ++s->seq;
	assert_int_equal(scene_answer(s), 250);
	s->last.seq = ++s->seq;
	assert_int_equal(scene_answer(s), 250); /* said again */
	assert_int_equal(scene_status(s, "conservation", "accepted"), 2);
	/* A body of its own under the id of one that is alive. */
	scene_make(s, "a@shop.test", "b@remote.test");
	s->last.message = taken.message;
	say_submit(&s->edge);
	assert_true(s->edge.gone);
	/* And under that of one that was delivered since. */
	scene_delivered(s);
	scene_delivered(s);
	scene_edge_up(s);
	scene_make(s, "a@shop.test", "b@remote.test");
	s->last.message = in_hand.message;
	say_submit(&s->edge);
	assert_true(s->edge.gone);
	assert_int_equal(scene_status(s, "conservation", "accepted"), 2);
}

/* Many blocks: no id is given to two, not even across restarts. */
static void
test_grants(void **state)
{
	uint64_t end = s->last_id;

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct msg_grant g;

		SCENE_TELL(&s->edge, grant, .first = 0);
		g = SCENE_TAKE(s, &s->edge, grant);
		assert_true(g.first >= end);
		end = g.first + g.count;
		if (i % 5 == 4) {
			scene_crash(s);
			s->last_id = end;
			scene_up(s);
			end = s->last_id;
		}
	}
	/* The first blocks are forgotten, the latest are not. */
	for (int i = 0; i < 9; i++) {
		SCENE_TELL(&s->edge, grant, .first = 0);
		end = SCENE_TAKE(s, &s->edge, grant).first;
	}
	scene_make(s, "a@shop.test", "b@remote.test");
	s->last.message = end;
	assert_int_equal(scene_answer(s), 250);
	scene_make(s, "a@shop.test", "b@remote.test");
	say_submit(&s->edge);
	assert_true(s->edge.gone);
}

static void
test_hello(void **state)
{
	(void)state;
	/* Twice; without a name; in the name of another. */
	SCENE_TELL(&s->edge, edge_hello, .edge = 1, .boot = s->edge_boot + 1);
	scene_settle(s);
	assert_true(s->edge.gone);
	scene_edge_up(s);
	for (int i = 0; i < 2; i++) {
		scene_connect(s, &s->edge2, ROLE_EDGE, 2);
		SCENE_TELL(&s->edge2, edge_hello, .edge = 2, .boot = i ? s->edge_boot : 0);
		scene_settle(s);
		assert_true(s->edge2.gone);
	}
	/* A submit without a hello. */
	scene_connect(s, &s->edge2, ROLE_EDGE, 2);
	scene_make(s, "a@shop.test", "b@remote.test");
	say_submit(&s->edge2);
	assert_true(s->edge2.gone);
	assert_false(s->edge.gone);
}

/* One courier answers for what another has in hand, hundredfold. */
static void
test_foreign_outcome(void **state)
{
	static struct msg_result res[1000];
	static char to[20000];
	struct msg_attempt a[4];
	size_t n = 0, at = 0;

	(void)state;
	for (int i = 0; i < 350; i++)
		at += (size_t)snprintf(
			to + at, sizeof to - at, "%su%d@remote.test", i ? " " : "", i);
	scene_submit(s, "a@shop.test", to);
	while (n < 4)
		a[n++] = scene_attempt(s);
	assert_int_equal(a[0].rcpts.n, 100);
	for (uint16_t i = 0; i < 1000; i++)
		res[i] = (struct msg_result){ i, RESULT_DELIVERED, STAGE_DOT, SCENE_OK };
	SCENE_TELL(&s->courier[1], outcome, .attempt = a[0].attempt, .slot = a[0].slot,
		.open = 1, .results = { res, 1000 });
	(void)SCENE_TAKE(s, &s->courier[1], outcome_ok);
	assert_int_equal(scene_count(s, "delivered"), 100);
	assert_int_equal(scene_count(s, "active"), 250);
	scene_courier_hello(s, 2, NULL, 0);
	scene_outcome(s, 2, &a[1], RESULT_BOUNCED, &SCENE_NO);
	assert_int_equal(scene_count(s, "bounced"), 0);
	assert_int_equal(scene_count(s, "active"), 250);
}

static void
test_nonsense(void **state)
{
	static const struct {
		const char *name;
		enum role_kind kind;
		uint16_t type;
		const char *bytes;
		bool closes;
	} table[] = {
		{ "edge: no submit", ROLE_EDGE, MSG_submit, "x", true },
		{ "edge: a courier's message", ROLE_EDGE, MSG_outcome, "x", true },
		{ "edge: no type", ROLE_EDGE, 999, "", true },
		{ "courier: hello twice", ROLE_COURIER, MSG_courier_hello, NULL, true },
		{ "courier: half an outcome", ROLE_COURIER, MSG_outcome, "abc", true },
		{ "courier: a submit", ROLE_COURIER, MSG_submit, "abc", true },
		{ "desk: no query", ROLE_DESK, MSG_outcome, "abc", true },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene_peer *p = row->kind == ROLE_EDGE      ? &s->edge
		                       : row->kind == ROLE_COURIER ? &s->courier[2]
		                                                   : &s->desk;

		engine_gone(s->engine, ROLE_COURIER, 2);
		if (row->kind == ROLE_COURIER)
			scene_courier_hello(s, 2, NULL, 0);
		else if (!p->channel)
			scene_connect(s, p, row->kind, 1);
		if (row->bytes)
			(void)channel_force(p->channel, row->type, str_z(row->bytes));
		else
			SCENE_TELL(p, courier_hello, .courier = 2, .slots = 9, .boot = 1);
		scene_settle(s);
		assert_int_equal(p->gone, row->closes);
	}
}

/* What the engine said of a peer over its link since the last look; 0 = nothing. */
static unsigned
said_bad(int link, enum role_kind kind, char life)
{
	char d[64];
	unsigned n = 0;
	int fd;

	for (long got; (got = link_recv(link, d, sizeof d, &fd)) > 0;) {
		if (d[0] != LINK_BAD)
			continue;
		assert_int_equal(got, 3 + ROLE_LIFE_SIZE);
		assert_int_equal(d[1], kind);
		assert_int_equal(d[2], 1);
		assert_int_equal(d[3], life);
		n++;
	}
	return n;
}

static void
link_peer(int link, enum role_kind kind, char life, struct scene_peer *p)
{
	static const struct channel_calls calls = { scene_message, scene_gone };
	char d[3 + ROLE_LIFE_SIZE] = { LINK_PEER, (char)kind, 1, life };
	int fd[2];

	scene_peer_clear(p);
	assert_int_equal(channel_pair(fd), 0);
	p->channel = channel_new(s->loop, fd[0], CHANNEL_PAYLOAD_MAX * 4, &calls, p);
	assert_int_equal(link_send(link, str_of(d, sizeof d), fd[1]), 0);
	close(fd[1]);
	scene_settle(s);
}

/* The keeper hears of a peer that speaks nonsense, and of one that lives without a channel. */
static void
test_told_to_keeper(void **state)
{
	int link[2];
	uint64_t now;

	(void)state;
	scene_stop(s);
	assert_int_equal(link_pair(link), 0);
	s->env.link_fd = link[1];
	scene_start(s);
	scene_up(s);
	for (char life = 3; life < 5; life++) {
		engine_gone(s->engine, ROLE_COURIER, 1);
		link_peer(link[0], ROLE_COURIER, life, &s->courier[1]);
		SCENE_TELL(&s->courier[1], courier_hello, .courier = 1, .slots = 64, .boot = 1);
		scene_settle(s);
		assert_int_equal(said_bad(link[0], ROLE_COURIER, life), 0);
		if (life == 3)
			(void)channel_force(s->courier[1].channel, MSG_outcome, STR_LIT("abc"));
		else
			channel_free(&s->courier[1].channel);
		scene_settle(s);
		assert_int_equal(said_bad(link[0], ROLE_COURIER, life), life == 3);
		scene_pass(s, 3000000);
		assert_int_equal(said_bad(link[0], ROLE_COURIER, life), 0);
		scene_pass(s, 30000000);
		assert_int_equal(said_bad(link[0], ROLE_COURIER, life), life != 3);
	}
	/* Nothing is given to what is lost, and nobody tries again and again. */
	scene_submit(s, "a@shop.test", "b@remote.test");
	scene_settle(s);
	now = loop_mono(s->loop);
	assert_int_equal(scene_count(s, "active"), 0);
	assert_true(s->engine->pump_timer.timer.at >= now + 500000);
	/* Its successor gets it. */
	engine_gone(s->engine, ROLE_COURIER, 1);
	link_peer(link[0], ROLE_COURIER, 9, &s->courier[1]);
	SCENE_TELL(&s->courier[1], courier_hello, .courier = 1, .slots = 64, .boot = 1);
	scene_delivered(s);
	engine_free(&s->engine);
	s->env.link_fd = -1;
	close(link[0]);
	scene_stop(s);
	scene_start(s);
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_auth), ENGINE_TEST(test_lock_out), ENGINE_TEST(test_revoked),
	ENGINE_TEST(test_bad_submits), ENGINE_TEST(test_suspended),
	ENGINE_TEST(test_ids_used_once), ENGINE_TEST(test_ids_after_restart),
	ENGINE_TEST(test_grants), ENGINE_TEST(test_hello), ENGINE_TEST(test_foreign_outcome),
	ENGINE_TEST(test_nonsense), ENGINE_TEST(test_told_to_keeper))
