/* Who may enter, and what a peer that was broken into may not do. */
#include "account/control.h"
#include "role/engine_scene.h"

static struct scene *s;
static struct control *control;
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
	char file[700];
	const char *why;
	json_t *j = NULL;

	(void)state;
	test_row = NULL;
	s = scene_new(false);
	snprintf(file, sizeof file, "%s/master.key", s->paths.state);
	assert_int_equal(seal_load(file, &s->env.keys), 0);
	assert_int_equal(control_open(s->paths.state, &s->env.keys, &control, &why), 0);
	assert_int_equal(control_account_add(control, STR_LIT("shop"), &j), 0);
	json_decref(j);
	add_key(0, &(struct control_key){ .account = STR_LIT("shop") });
	add_key(1, &(struct control_key){ .account = STR_LIT("shop"),
			   .networks = STR_LIT("10.0.0.0/8,192.0.2.0/24") });
	add_key(2, &(struct control_key){ .account = STR_LIT("shop"), .plaintext = true });
	assert_int_equal(
		control_domain_add(control, STR_LIT("shop"), STR_LIT("shop.test"), &j), 0);
	json_decref(j);
	scene_start(s);
	scene_up(s);
	return 0;
}

static int
down(void **state)
{
	test_after(state);
	control_free(&control);
	scene_free(s);
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
	struct msg_check c = { .seq = 1, .domain = STR_LIT("shop.test") };
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
		control_domain_verified(control, STR_LIT("shop"), STR_LIT("shop.test"), true),
		0);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_CONTROL_CHANGED }, 200));
	(void)SCENE_TAKE(s, &s->edge, changed);
	assert_int_equal(enter(0, secret[0], "192.0.2.9", AUTH_TLS).ok, 0);
	SCENE_TELL(&s->edge, check, .seq = 2, .tenant = a.tenant, .domain = c.domain);
	assert_int_equal(SCENE_TAKE(s, &s->edge, checked).ok, 1);
	SCENE_TELL(&s->edge, check, .seq = 3, .tenant = a.tenant + 1, .domain = c.domain);
	assert_int_equal(SCENE_TAKE(s, &s->edge, checked).ok, 0);
}

/* Each is refused, and the engine lives. */
static void
test_bad_submits(void **state)
{
	enum what {
		EXTENT,
		BOOT,
		ID_ZERO,
		ID_FREE,
		ID_LAST,
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
	} table[] = { { "extent of another", EXTENT }, { "boot of another", BOOT },
		{ "no id", ID_ZERO }, { "id not given yet", ID_FREE }, { "last id", ID_LAST },
		{ "index", INDEX }, { "stream", STREAM }, { "header", HEADER },
		{ "a report", ORIGIN }, { "via", VIA }, { "time", TIME } };

	(void)state;
	TEST_EACH(row, table)
	{
		struct msg_submit *m = scene_make(s, "a@shop.test", "b@remote.test");

		m->extent = row->what == EXTENT ? 2u << 24 | 1 : m->extent;
		m->boot += row->what == BOOT;
		m->message = row->what == ID_ZERO   ? 0
		             : row->what == ID_FREE ? m->message + 1000000
		             : row->what == ID_LAST ? UINT64_MAX
		                                    : m->message;
		s->rcpts[0].index = row->what == INDEX ? 9 : 0;
		m->stream = row->what == STREAM ? 7 : 0;
		m->header_length = row->what == HEADER ? m->length + 1 : m->header_length;
		m->origin = row->what == ORIGIN ? 5 : 0;
		m->via = row->what == VIA ? VIA_DSN : VIA_SMTP;
		m->accepted = row->what == TIME ? INT64_MAX : m->accepted;
		assert_int_equal(scene_answer(s), 451);
	}
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_status(s, "conservation", "accepted"), 0);
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

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_auth), ENGINE_TEST(test_lock_out), ENGINE_TEST(test_revoked),
	ENGINE_TEST(test_bad_submits), ENGINE_TEST(test_foreign_outcome),
	ENGINE_TEST(test_nonsense))
