/* Mail that came in for an account's URL, and who wants to read what came back. */
#include "role/engine_control_scene.h"

#include "account/control_inbound.h"
#include "account/control_inbound_rule.h"
#include "wire/dsn.h"

static int64_t id; /* of the inbound address parse.shop.test */

static void
domain(const char *name, bool verified)
{
	json_t *j = NULL;

	assert_int_equal(control_domain_add(control, STR_LIT("shop"), str_z(name), &j), 0);
	json_decref(j);
	if (verified)
		assert_int_equal(
			control_domain_verified(control, STR_LIT("shop"), str_z(name), true),
			0);
}

static void
inbound(const char *address, const char *url)
{
	const struct inbound in = { .tenant = 1,
		.address = str_z(address),
		.format = STR_LIT("postmark"),
		.url = str_z(url),
		.secret = STR_LIT("whsec_x") };

	assert_int_equal(control_inbound_add(control, &in, &id), 0);
}

static int
up(void **state)
{
	json_t *j = NULL;

	(void)state;
	tables_open(true);
	s->config.bounce_domain = STR_LIT("bounce.test");
	s->config.lab.any_credentials = false;
	assert_int_equal(control_account_add(control, STR_LIT("shop"), &j), 0);
	assert_int_equal(json_integer_value(json_object_get(j, "id")), 1);
	json_decref(j);
	domain("shop.test", true);
	inbound("wait.test", "https://wait.test/");
	inbound("parse.shop.test", "https://x.test/in");
	scene_start(s);
	scene_up(s);
	return 0;
}

static void
changed(void)
{
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_CONTROL_CHANGED }, 200));
}

static struct msg_found
found(struct msg_find m)
{
	struct msg_found a;

	m.seq = ++s->seq;
	SCENE_TELL(&s->edge, find, .seq = m.seq, .what = m.what, .kind = m.kind,
		.tenant = m.tenant, .rcpt = m.rcpt, .accepted = m.accepted,
		.address = m.address.p ? m.address : STR_NONE,
		.sender = m.sender.p ? m.sender : STR_NONE);
	a = SCENE_TAKE(s, &s->edge, found);
	assert_int_equal(a.seq, m.seq);
	return a;
}

static void
test_whose(void **state)
{
	static const struct {
		const char *name, *address;
		enum find_is is;
	} rows[] = { { "the domain's", "Any+thing@parse.shop.test", FIND_SOMEBODY },
		{ "any case", "a@PARSE.shop.TEST", FIND_SOMEBODY },
		{ "nobody's", "a@shop.test", FIND_NOBODY },
		{ "not verified", "a@wait.test", FIND_NOBODY },
		{ "no address", "parse.shop.test", FIND_NOBODY } };

	(void)state;
	TEST_EACH(row, rows)
	{
		struct msg_found a = found((struct msg_find){
			.what = FIND_INBOUND, .address = str_z(row->address) });

		assert_int_equal(a.is, row->is);
		assert_int_equal(a.tenant, row->is == FIND_SOMEBODY);
	}
	assert_int_equal(
		control_account_state(control, STR_LIT("shop"), STR_LIT("suspended")), 0);
	changed();
	assert_int_equal(found((struct msg_find){ .what = FIND_INBOUND,
				       .address = STR_LIT("a@parse.shop.test") })
				 .is,
		FIND_NOBODY);
}

/* Somebody else names an address of the domain: he gets nothing, and takes nothing from whose
 * domain it is. */
static void
test_named_by_another(void **state)
{
	const struct inbound in = { .tenant = 2,
		.address = STR_LIT("help@parse.shop.test"),
		.format = STR_LIT("native"),
		.url = STR_LIT("https://thief.test/"),
		.secret = STR_NONE };
	struct msg_found a;
	json_t *j = NULL;

	(void)state;
	assert_int_equal(control_account_add(control, STR_LIT("thief"), &j), 0);
	assert_int_equal(json_integer_value(json_object_get(j, "id")), 2);
	json_decref(j);
	assert_int_equal(control_inbound_add(control, &in, NULL), 0);
	changed();
	a = found((struct msg_find){
		.what = FIND_INBOUND, .address = STR_LIT("Help@parse.shop.test") });
	assert_int_equal(a.is, FIND_SOMEBODY);
	assert_int_equal(a.tenant, 1);
}

/* A mail that came in: s->last, changed where a test wants it otherwise. */
static void
came_in(const char *from, const char *to)
{
	scene_make(s, from, to);
	s->last.stream = STREAM_INBOUND;
	for (size_t i = 0; i < s->last.rcpts.n; i++)
		s->last.rcpts.at[i].notify = DSN_NEVER;
}

/* Senders that the account does not want: by the envelope as soon as it is known, by what the
 * mail says of itself before it is stored. */
static void
test_blocked(void **state)
{
	static const struct {
		const char *name, *sender, *from_domain;
		enum find_is is;
		unsigned code;
	} rows[] = { { "anybody", "bob@there.test", "there.test", FIND_SOMEBODY, 250 },
		{ "one address", "Ann@there.test", "there.test", FIND_BLOCKED, 550 },
		{ "a domain", "bob@bad.test", "bad.test", FIND_BLOCKED, 550 },
		{ "its From", "bounce@esp.test", "BAD.test", FIND_SOMEBODY, 550 },
		{ "the null sender", "", "there.test", FIND_SOMEBODY, 250 } };
	struct inbound_rule r = { .tenant = 1, .rule = STR_LIT("ann@there.test") };
	int64_t rule;

	(void)state;
	assert_int_equal(control_inbound_rule_add(control, &r, &rule), 0);
	r.rule = STR_LIT("bad.test");
	assert_int_equal(control_inbound_rule_add(control, &r, &rule), 0);
	changed();
	TEST_EACH(row, rows)
	{
		struct msg_found a = found((struct msg_find){ .what = FIND_INBOUND,
			.address = STR_LIT("a@parse.shop.test"),
			.sender = str_z(row->sender) });

		assert_int_equal(a.is, row->is);
		came_in(row->sender, "a@parse.shop.test");
		s->last.from_domain = str_z(row->from_domain);
		assert_int_equal(scene_answer(s), row->code);
	}
	/* What the account sends has no such rules. */
	scene_make(s, "ann@there.test", "b@remote.test");
	assert_int_equal(scene_answer(s), 250);
}

static struct msg_webhook
webhook(const struct msg_attempt *a)
{
	struct msg_webhook w;

	assert_int_equal(a->route, ROUTE_WEBHOOK);
	assert_int_equal(msg_webhook_read(NULL, a->webhook, &w), 0);
	return w;
}

static void
test_posted(void **state)
{
	struct msg_attempt a;
	struct msg_webhook w;
	char text[32];
	uint64_t message;

	(void)state;
	came_in("ann@there.test", "a@parse.shop.test b@parse.shop.test");
	assert_int_equal(scene_answer(s), 250);
	message = s->last.message;
	/* One recipient each; nothing of the ways of mail. */
	for (int i = 0; i < 2; i++) {
		a = scene_attempt(s);
		assert_int_equal(a.rcpts.n, 1);
		assert_str(a.sender, "ann@there.test");
		assert_int_equal(a.signers.n, 0);
		w = webhook(&a);
		assert_str(w.url, "https://x.test/in");
		assert_str(w.format, "postmark");
		assert_str(w.secret, "whsec_x");
		snprintf(text, sizeof text, "%llu",
			(unsigned long long)(message + 1 + a.rcpts.at[0].index));
		assert_str(w.id, text);
		if (a.rcpts.at[0].index == 0)
			scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
		else
			scene_outcome(s, 1, &a, RESULT_BOUNCED, &SCENE_NO);
	}
	/* Nobody is told, and nothing is suppressed by it. */
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_string_equal(scene_facts(s, message + 1), "accepted delivered");
	assert_string_equal(scene_facts(s, message + 2), "accepted bounced");
	assert_int_equal(s->engine->inbound.used, 0);
	came_in("", "b@parse.shop.test");
	assert_int_equal(scene_answer(s), 250);
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	/* What the account sends to the same address goes by mail. */
	scene_submit(s, "c@shop.test", "b@parse.shop.test");
	a = scene_attempt(s);
	assert_int_equal(a.route, ROUTE_MX);
	assert_int_equal(a.webhook.n, 0);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
}

static void
test_kept(void **state)
{
	struct msg_attempt a;
	const char *why;
	uint64_t message;

	(void)state;
	came_in("ann@there.test", "a@parse.shop.test");
	assert_int_equal(scene_answer(s), 250);
	message = s->last.message;
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	assert_int_equal(s->engine->inbound.used, 1);
	scene_crash(s);
	scene_up(s);
	assert_int_equal(s->engine->inbound.used, 1);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_RETRY, .id = message }, 200));
	a = scene_attempt(s);
	assert_str(webhook(&a).url, "https://x.test/in");
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	/* Its URL is gone: the courier is told none. (The next life has a folder of its own.)
	 */
	control_free(&control);
	assert_int_equal(control_open(s->paths.state, &s->env.keys, &control, &why), 0);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_HOLD, .id = message }, 200));
	assert_int_equal(control_inbound_remove(control, 1, id), 0);
	changed();
	json_decref(
		scene_ask(s, &(struct msg_query){ .op = QUERY_RELEASE, .id = message }, 200));
	a = scene_attempt(s);
	assert_int_equal(a.route, ROUTE_WEBHOOK);
	assert_int_equal(a.webhook.n, 0);
	scene_outcome(s, 1, &a, RESULT_BOUNCED, &SCENE_NO);
	assert_string_equal(scene_facts(s, message + 1),
		"accepted deferred retried deferred held released bounced");
}

/* What an edge may not bring in. */
static void
test_refused(void **state)
{
	(void)state;
	came_in("ann@there.test", "a@parse.shop.test victim@else.test");
	assert_int_equal(scene_answer(s), 550);
	came_in("ann@there.test", "a@wait.test");
	assert_int_equal(scene_answer(s), 550);
	assert_int_equal(control_inbound_remove(control, 1, id), 0);
	changed();
	came_in("ann@there.test", "a@parse.shop.test");
	assert_int_equal(scene_answer(s), 550);
	SCENE_NONE(s, &s->courier[1], attempt);
}

static void
test_bound(void **state)
{
	(void)state;
	came_in("ann@there.test", "a@parse.shop.test");
	s->last.length = 600u << 20;
	assert_int_equal(scene_answer(s), 250);
	came_in("ann@there.test", "a@parse.shop.test");
	s->last.length = 600u << 20;
	assert_int_equal(scene_answer(s), 452);
	/* What is sent is not in its way. */
	scene_make(s, "c@shop.test", "d@remote.test");
	assert_int_equal(scene_answer(s), 250);
}

/* Each recipient is a POST of its own: one mail to many is as much as many mails. */
static void
test_bound_rcpts(void **state)
{
	const struct q_message big = { .tenant = 1, .stream = STREAM_INBOUND, .total = 4999 };
	struct msg_rcpt rcpts[2] = { { 0 } };

	(void)state;
	came_in("ann@there.test", "a@parse.shop.test b@parse.shop.test");
	assert_int_equal(scene_answer(s), 250);
	engine_inbound_up(s->engine, &big);
	came_in("ann@there.test", "a@parse.shop.test b@parse.shop.test c@parse.shop.test");
	assert_int_equal(scene_answer(s), 250);
	/* 5,004 wait. */
	engine_inbound_up(s->engine,
		&(struct q_message){ .tenant = 1, .stream = STREAM_INBOUND, .total = 4995 });
	came_in("ann@there.test", "a@parse.shop.test b@parse.shop.test");
	assert_int_equal(scene_answer(s), 452);
	came_in("ann@there.test", "a@parse.shop.test");
	assert_int_equal(scene_answer(s), 250);
	came_in("ann@there.test", "a@parse.shop.test");
	assert_int_equal(scene_answer(s), 452);
	/* Until a mail is gone with all its recipients; others have a bound of their own. */
	assert_false(engine_inbound_full(s->engine,
		&(struct msg_submit){
			.tenant = 2, .stream = STREAM_INBOUND, .rcpts = { rcpts, 2 } }));
	engine_inbound_down(s->engine, &big);
	came_in("ann@there.test", "a@parse.shop.test b@parse.shop.test");
	assert_int_equal(scene_answer(s), 250);
}

/* ---- what came back ---- */

static struct msg_found
sender_of(uint64_t message, uint8_t kind)
{
	return found((struct msg_find){ .what = FIND_SENDER,
		.kind = kind,
		.tenant = 1,
		.rcpt = message + 1,
		.accepted = s->last.accepted - s->last.accepted % 86400000000 + 1 });
}

static void
test_sender(void **state)
{
	uint64_t waits, done, strange;
	struct msg_found a;

	(void)state;
	assert_int_equal(control_forward_set(control, 1, FORWARD_BOUNCES), 0);
	changed();
	done = scene_submit(s, "c@shop.test", "d@remote.test");
	scene_delivered(s);
	waits = scene_submit(s, "c@shop.test", "e@remote.test");
	strange = scene_submit(s, "c@else.test", "f@other.test");
	/* Of the ledger, of the queue. */
	a = sender_of(done, FACT_RETURNED);
	assert_int_equal(a.is, FIND_SOMEBODY);
	assert_str(a.address, "c@shop.test");
	assert_int_equal(sender_of(waits, FACT_RETURNED).is, FIND_SOMEBODY);
	/* Not asked for; not the account's domain; no such message; another's. */
	assert_int_equal(sender_of(waits, FACT_COMPLAINED).is, FIND_NOBODY);
	assert_int_equal(sender_of(strange, FACT_RETURNED).is, FIND_NOBODY);
	assert_int_equal(sender_of(waits + 5000, FACT_RETURNED).is, FIND_NOBODY);
	assert_int_equal(found((struct msg_find){ .what = FIND_SENDER,
				       .kind = FACT_RETURNED,
				       .tenant = 2,
				       .rcpt = waits + 1 })
				 .is,
		FIND_NOBODY);
	assert_int_equal(s->engine->nfindings, 0);
}

/* A message of the service, of an edge: to one recipient, from nobody. */
static void
test_forwarded(void **state)
{
	struct msg_attempt a;

	(void)state;
	scene_make(s, "", "boss@office.test");
	s->last.tenant = 0;
	s->last.via = VIA_FORWARD;
	assert_int_equal(scene_answer(s), 250);
	a = scene_attempt(s);
	assert_int_equal(a.sender.n, 0);
	assert_int_equal(a.tenant, 0);
	scene_outcome(s, 1, &a, RESULT_BOUNCED, &SCENE_NO);
	SCENE_NONE(s, &s->courier[1], attempt);
	/* With a sender no honest edge says it. */
	scene_make(s, "c@shop.test", "boss@office.test");
	s->last.tenant = 0;
	s->last.via = VIA_FORWARD;
	scene_send(s);
	for (int i = 0; i < 20; i++)
		scene_step(s);
	assert_null(s->engine->edges[1].channel);
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_whose), ENGINE_TEST(test_blocked),
	ENGINE_TEST(test_named_by_another), ENGINE_TEST(test_posted), ENGINE_TEST(test_kept),
	ENGINE_TEST(test_refused), ENGINE_TEST(test_bound), ENGINE_TEST(test_bound_rcpts),
	ENGINE_TEST(test_sender), ENGINE_TEST(test_forwarded))
