/* The mode sandbox in the engine: who goes to the sink, and that it is decided once. */
#include "account/control_proved.h"
#include "role/engine_control_scene.h"

#define ANN "ann@remote.test"
#define BOB "bob@remote.test"

static void
prove(uint32_t tenant, const char *address)
{
	const struct control_proved t = {
		.tenant = tenant, .address = str_z(address), .key = str_z(address)
	};
	struct control_proved got;
	char code[LINK_TOKEN];
	struct arena a;

	arena_init(&a, 65536);
	assert_int_equal(control_proved_ask(control, &t, code), 0);
	assert_int_equal(control_proved_confirm(control, &a, str_z(code), &got), 0);
	arena_done(&a);
}

static void
domain(const char *account, const char *name)
{
	json_t *j;

	assert_int_equal(control_domain_add(control, str_z(account), str_z(name), &j), 0);
	json_decref(j);
	assert_int_equal(
		control_domain_verified(control, str_z(account), str_z(name), true), 0);
}

static int
up(void **state)
{
	(void)state;
	tables_open(true);
	account("shop");
	account("club");
	domain("shop", "shop.test");
	prove(1, ANN);
	prove(2, BOB);
	s->config.lab.any_credentials = false;
	s->config.admin = STR_LIT("own@remote.test");
	scene_start(s);
	return 0;
}

static void
service(const char *mode)
{
	s->config.mode = str_z(mode);
}

static void
account_mode(const char *mode)
{
	assert_int_equal(control_account_mode(control, STR_LIT("shop"), str_z(mode)), 0);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_CONTROL_CHANGED }, 200));
}

static void
goes(const char *name, enum route_kind kind, const char *to)
{
	struct msg_attempt a = scene_attempt(s);

	if (a.route != kind || !str_eq_z(a.rcpts.at[0].address, to))
		fail_msg("%s: %.*s by %u", name, STR_ARG(a.rcpts.at[0].address), a.route);
	/* What goes to the sink is signed as if it went out. */
	if (kind == ROUTE_SINK)
		assert_true(str_eq_z(a.site, "sandbox") && a.tenant <= 1);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
}

/* [0] to ANN, whom the account has proved, [1] to BOB, whom another one has. */
static const struct {
	const char *name, *service, *account, *from;
	enum route_kind by[2]; /* 0: it is refused */
} table[] = {
	{ "live", "live", "live", "shop.test", { ROUTE_MX, ROUTE_MX } },
	{ "service", "sandbox", "live", "shop.test", { ROUTE_MX, ROUTE_SINK } },
	{ "account", "live", "sandbox", "shop.test", { ROUTE_MX, ROUTE_SINK } },
	{ "both", "sandbox", "sandbox", "shop.test", { ROUTE_MX, ROUTE_SINK } },
	{ "sender not verified", "sandbox", "live", "else.test", { ROUTE_SINK, ROUTE_SINK } },
	{ "the same, account", "live", "sandbox", "else.test", { ROUTE_SINK, ROUTE_SINK } },
	/* The edge asked while any domain was good, and the mail comes when it is not. */
	{ "the same, live by now", "live", "live", "else.test", { 0, 0 } },
};

static void
test_who(void **state)
{
	(void)state;
	scene_up(s);
	TEST_EACH(row, table)
	{
		service(row->service);
		account_mode(row->account);
		for (int i = 0; i < 2; i++) {
			const char *to = i ? BOB : "Ann@Remote.TEST";

			scene_make(s, "a@shop.test", to);
			s->last.from_domain = str_z(row->from);
			assert_int_equal(scene_answer(s), row->by[i] ? 250 : 451);
			if (row->by[i])
				goes(row->name, row->by[i], to);
		}
	}
}

/* One message, both kinds: each its own way, and each fact says which. */
static void
test_told(void **state)
{
	uint64_t id;
	json_t *j;

	(void)state;
	scene_up(s);
	service("sandbox");
	scene_make(s, "a@shop.test", ANN " " BOB);
	s->rcpts[0].notify = s->rcpts[1].notify = DSN_SUCCESS;
	assert_int_equal(scene_answer(s), 250);
	id = s->last.message;
	for (int i = 0; i < 2; i++) {
		struct msg_attempt a = scene_attempt(s);

		assert_int_equal(a.rcpts.n, 1);
		assert_int_equal(a.rcpts.at[0].notify, DSN_SUCCESS);
		assert_int_equal(
			a.route, str_eq_z(a.rcpts.at[0].address, ANN) ? ROUTE_MX : ROUTE_SINK);
		scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	}
	assert_string_equal(scene_facts(s, id + 1), "accepted delivered");
	assert_string_equal(scene_facts(s, id + 2), "accepted delivered");
	assert_int_equal(s->engine->stats.class[CLASS_SANDBOX], 1);
	/* Ann's success is reported to who asked, who is nobody that was proved; of BOB's there
	 * is none to report. */
	goes("report", ROUTE_SINK, "a@shop.test");
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_count(s, "delivered"), 3);
	/* The service's own mail goes to who runs it, and to whom it is said to go. */
	for (int i = 0; i < 2; i++) {
		j = scene_ask(s,
			&(struct msg_query){ .op = QUERY_NOTICE,
				.address = i ? STR_LIT("own@remote.test") : STR_LIT(BOB),
				.domain = STR_LIT("<n@mail.shop.test>"),
				.sender = STR_LIT("x"),
				.text = STR_LIT("Subject: x\r\n\r\nx\r\n") },
			200);
		json_decref(j);
		goes("notice", ROUTE_MX, i ? "own@remote.test" : BOB);
	}
	/* It is the engine's to say. */
	scene_make(s, "a@shop.test", BOB);
	s->rcpts[0].notify = MSG_RCPT_SINK;
	assert_int_equal(scene_answer(s), 451);
}

/* Whatever comes between: what was taken for the sink goes there, and what was not does not. */
static void
test_once(void **state)
{
	(void)state;
	scene_edge_up(s);
	scene_desk_up(s);
	(void)scene_submit(s, "a@shop.test", "first@remote.test");
	service("sandbox");
	(void)scene_submit(s, "a@shop.test", BOB);
	scene_settle(s);
	for (int i = 0; i < 2; i++) {
		service(i ? "sandbox" : "live");
		scene_crash(s);
		scene_edge_up(s);
		scene_desk_up(s);
	}
	/* Proved by now, live by now: it is too late. */
	prove(1, BOB);
	service("live");
	account_mode("live");
	engine_routes_make(s->engine);
	scene_courier_hello(s, 1, NULL, 0);
	goes("taken before", ROUTE_MX, "first@remote.test");
	goes("taken for the sink", ROUTE_SINK, BOB);
	(void)scene_submit(s, "a@shop.test", BOB);
	goes("taken now", ROUTE_MX, BOB);
	assert_int_equal(scene_count(s, "delivered"), 3);
}

/* A check of a sender, which edges ask: any domain is good for the sink. */
static void
test_senders(void **state)
{
	(void)state;
	scene_up(s);
	for (int i = 0; i < 3; i++) {
		service(i == 1 ? "sandbox" : "live");
		if (i == 2)
			account_mode("sandbox");
		SCENE_TELL(&s->edge, check, .seq = ++s->seq, .tenant = 1,
			.domain = STR_LIT("else.test"));
		assert_int_equal(SCENE_TAKE(s, &s->edge, checked).ok, i != 0);
	}
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_who), ENGINE_TEST(test_told), ENGINE_TEST(test_once),
	ENGINE_TEST(test_senders))
