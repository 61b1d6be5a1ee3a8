/* Starts with a journal that is loaded behind acceptance, and deaths in the middle of it. */
#include "base/utc.h"
#include "role/engine_scene.h"

#include <stdatomic.h>
#include <sys/stat.h>

#define MANY 60

static struct scene *s;

static int
up(void **state)
{
	(void)state;
	test_row = NULL;
	s = scene_new(false);
	s->env.load_bytes = 2000;
	s->env.load_slice = 1; /* a record in each round of the loop */
	scene_start(s);
	return 0;
}

static int
down(void **state)
{
	test_after(state);
	scene_free(s);
	return 0;
}

static long
loaded(void)
{
	json_t *j = scene_ask(s, &(struct msg_query){ .op = QUERY_STATUS }, 200);
	long n = (long)json_integer_value(json_object_get(j, "loaded_percent"));

	json_decref(j);
	return n;
}

static void
load_all(void)
{
	for (int i = 0; i < 4000 && s->engine->load; i++) {
		scene_step(s);
		if (i % 20 == 0)
			(void)scene_count(s, "queued"); /* asks for the drift too */
	}
	assert_null(s->engine->load);
	assert_int_equal(loaded(), 100);
}

/* MANY wait, the journal's MARK is written. */
static void
make_queue(void)
{
	scene_edge_up(s);
	for (int i = 0; i < MANY; i++)
		scene_submit(s, "a@shop.test", "b@remote.test");
	scene_pass(s, 1000000);
}

static void
crash(void)
{
	scene_crash(s);
	scene_edge_up(s);
	scene_desk_up(s);
}

/* A submit of before the start: the n-th duplicate, accepted and not queued twice. */
static void
said_again(struct msg_submit old, uint64_t n)
{
	s->last = old;
	s->last.rcpts.at = s->rcpts;
	assert_int_equal(scene_answer(s), 250);
	assert_int_equal(s->engine->stats.duplicates, n);
}

static void
test_accepts_before(void **state)
{
	struct msg_submit old;
	uint64_t id;

	(void)state;
	make_queue();
	old = s->last;
	crash();
	assert_non_null(s->engine->load);
	assert_true(loaded() < 50);
	/* Said again: durable since before, although not loaded (P4). */
	said_again(old, 1);
	/* Another body under an id that is not loaded. */
	s->last.offset += 8;
	assert_int_equal(scene_answer(s), 451);
	id = scene_submit(s, "a@shop.test", "new@remote.test");
	assert_non_null(s->engine->load);
	/* Half a queue is told to nobody. */
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_QUEUE_LIST }, 503));
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_DROP }, 503));
	scene_courier_hello(s, 1, NULL, 0);
	SCENE_NONE(s, &s->courier[1], attempt);
	load_all();
	assert_int_equal(scene_count(s, "queued") + scene_count(s, "active"), MANY + 1);
	assert_int_equal(scene_status(s, "conservation", "accepted"), MANY + 1);
	assert_int_equal(spool_index_messages(s->engine->index), 0);
	said_again(old, 2);
	for (int i = 0; i <= MANY; i++)
		scene_delivered(s);
	/* An edge may have been slow: it is delivered and still the same submit. */
	assert_int_equal(spool_index_messages(s->engine->index), MANY);
	said_again(old, 3);
	assert_int_equal(scene_count(s, "delivered"), MANY + 1);
	assert_string_equal(scene_facts(s, id + 1), "accepted delivered");
	assert_string_equal(scene_facts(s, old.message + 1), "accepted delivered");
	/* And after one more start everything of the chain is known as done. */
	crash();
	load_all();
	assert_int_equal(scene_count(s, "queued"), 0);
	assert_int_equal(scene_count(s, "delivered"), MANY + 1);
}

/* An edge that was broken into gives the ids of recipients that are not loaded yet: they stay
 * theirs. */
static void
test_ids_not_loaded(void **state)
{
	uint64_t old;

	(void)state;
	make_queue();
	old = s->last.message;
	crash();
	assert_non_null(s->engine->load);
	scene_make(s, "a@shop.test", "evil@remote.test");
	s->last.message = old + 1;
	scene_send(s);
	load_all();
	assert_true(s->edge.gone);
	assert_int_equal(scene_count(s, "queued"), MANY);
	assert_int_equal(scene_status(s, "conservation", "drift"), 0);
	assert_non_null(queue_message(s->engine->queue, old));
}

/* What couriers have in hand is not loaded yet: kept, in order. */
static void
test_couriers_wait(void **state)
{
	struct msg_attempt a, b;
	uint64_t triples[6];

	(void)state;
	make_queue();
	scene_courier_hello(s, 1, NULL, 0);
	a = scene_attempt(s);
	b = scene_attempt(s);
	triples[0] = a.attempt, triples[1] = a.slot, triples[2] = a.message + 1;
	triples[3] = b.attempt, triples[4] = b.slot, triples[5] = b.message + 1;
	a.rcpts.at = b.rcpts.at = s->rcpts;
	crash();
	scene_courier_hello(s, 1, triples, 2);
	scene_outcome_send(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	SCENE_NONE(s, &s->courier[1], outcome_ok);
	assert_non_null(s->engine->load);
	load_all();
	(void)SCENE_TAKE(s, &s->courier[1], outcome_ok);
	assert_int_equal(scene_count(s, "delivered"), 1);
	scene_outcome(s, 1, &b, RESULT_BOUNCED, &SCENE_NO);
	assert_int_equal(scene_count(s, "bounced"), 1);
}

/* Its time is over while the queue loads, but a courier is just delivering it: told as expired
 * only when nobody has it. */
static void
test_old_in_hands(void **state)
{
	struct msg_attempt a;
	uint64_t triple[3];

	(void)state;
	s->config.outbound.expire_transactional_us = 4000000;
	make_queue();
	scene_courier_hello(s, 1, NULL, 0);
	a = scene_attempt(s);
	triple[0] = a.attempt, triple[1] = a.slot, triple[2] = a.message + 1;
	a.rcpts.at = s->rcpts;
	crash();
	clock_pass(&s->clock, 6000000);
	load_all();
	scene_pass(s, 3000000);
	assert_int_equal(scene_count(s, "expired"), 0);
	scene_courier_hello(s, 1, triple, 1);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	assert_int_equal(scene_count(s, "delivered"), 1);
	scene_pass(s, 3000000);
	assert_true(scene_count(s, "expired") > 0);
}

/* Its courier dies during the load, between the dot and the reply (P3). */
static void
test_courier_dies(void **state)
{
	struct msg_attempt a;
	struct phase_slot *p;
	uint64_t triple[3];

	(void)state;
	make_queue();
	scene_make(s, "", "once@other.test");
	s->last.stream = STREAM_BROADCAST;
	assert_int_equal(scene_answer(s), 250);
	scene_courier_hello(s, 1, NULL, 0);
	do
		a = scene_attempt(s);
	while (a.message != s->last.message);
	p = &s->phases[ROLE_SLOTS + a.slot];
	atomic_store(&p->attempt, a.attempt);
	atomic_store(&p->phase, PHASE_DOT);
	atomic_store(&p->accepted[0], 1);
	triple[0] = a.attempt, triple[1] = a.slot, triple[2] = a.message + 1;
	crash();
	scene_courier_hello(s, 1, triple, 1);
	scene_gone(&s->courier[1]);
	engine_gone(s->engine, ROLE_COURIER, 1);
	scene_courier_hello(s, 1, NULL, 0);
	assert_non_null(s->engine->load);
	load_all();
	assert_int_equal(scene_count(s, "in_doubt"), 1);
}

/* A load that takes longer than couriers are waited for: all they said is heard before what
 * nobody answers for is in doubt. */
static void
test_long_load(void **state)
{
	struct msg_attempt a;
	uint64_t triple[3];

	(void)state;
	make_queue();
	scene_make(s, "", "once@other.test");
	s->last.stream = STREAM_BROADCAST;
	assert_int_equal(scene_answer(s), 250);
	scene_courier_hello(s, 1, NULL, 0);
	do
		a = scene_attempt(s);
	while (a.message != s->last.message);
	SCENE_TELL(&s->courier[1], dot, .attempt = a.attempt);
	(void)SCENE_TAKE(s, &s->courier[1], dot_ok);
	triple[0] = a.attempt, triple[1] = a.slot, triple[2] = a.message + 1;
	a.rcpts.at = s->rcpts;
	s->config.couriers = 2;
	crash();
	scene_courier_hello(s, 2, NULL, 0);
	scene_courier_hello(s, 1, triple, 1);
	scene_pass(s, 1000000);
	clock_pass(&s->clock, 40000000);
	assert_non_null(s->engine->load);
	load_all();
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	assert_int_equal(scene_count(s, "in_doubt"), 0);
	assert_int_equal(scene_count(s, "delivered"), 1);
}

/* Said again before what the engine read is on stable storage (it may have read it from
 * memory): no 250 before that (P1). */
static void
test_said_again_early(void **state)
{
	struct msg_submit old;
	struct msg_submitted got;

	(void)state;
	make_queue();
	old = s->last;
	s->hasty = true;
	scene_crash(s);
	s->hasty = false;
	assert_false(s->engine->accepting);
	scene_connect(s, &s->edge, ROLE_EDGE, 1);
	s->last = old;
	s->last.rcpts.at = s->rcpts;
	scene_hear_edge(s);
	assert_false(s->engine->accepting);
	assert_int_equal(s->engine->stats.duplicates, 0);
	got = SCENE_TAKE(s, &s->edge, submitted);
	assert_int_equal(got.reply.code, 250);
	assert_int_equal(s->engine->stats.duplicates, 1);
}

/* It died while it signed: nothing is signed before that is counted on stable storage, however
 * long the disk takes. */
static void
test_signer_waits(void **state)
{
	(void)state;
	make_queue();
	crash();
	atomic_store(&s->phases[0].attempt, s->last.message);
	assert_non_null(s->engine->load);
	while (s->engine->load)
		scene_step(s);
	assert_true(s->engine->sign_wait);
	engine_sign_begin(s->engine);
	assert_true(s->engine->sign_wait);
	scene_pass(s, 1000000);
	assert_false(s->engine->sign_wait);
	assert_string_equal(scene_facts(s, s->last.message + 1), "accepted deferred");
}

/* Deaths in the middle, several links, until one start ends its load. */
static void
test_dies_loading(void **state)
{
	struct msg_submit old[4];
	struct msg_rcpt to[4];
	unsigned n = MANY;

	(void)state;
	make_queue();
	for (int life = 0; life < 4; life++) {
		crash();
		assert_non_null(s->engine->load);
		for (int i = 0; i <= life * 8; i++, n++)
			scene_submit(s, "a@shop.test", "more@remote.test");
		old[life] = s->last;
		to[life] = s->rcpts[0];
		old[life].rcpts.at = &to[life];
		if (life == 2)
			scene_pass(s, 1000000);
	}
	crash();
	for (int life = 0; life < 4; life++) {
		s->last = old[life];
		assert_int_equal(scene_answer(s), 250);
	}
	load_all();
	assert_int_equal(scene_count(s, "queued"), n);
	assert_int_equal(scene_status(s, "conservation", "accepted"), n);
	/* Ended whole, then compacted: the chain is one file again. */
	scene_courier_hello(s, 1, NULL, 0);
	for (unsigned i = 0; i < n - 2; i++)
		scene_delivered(s);
	s->engine->compact.min = 1;
	scene_pass(s, 8000000);
	scene_delivered(s);
	assert_true(journal_bytes(s->engine->journal) < 10000);
	scene_crash(s);
	assert_null(s->engine->load);
	scene_up(s);
	assert_int_equal(scene_count(s, "delivered"), n - 1);
	scene_delivered(s);
	assert_int_equal(scene_count(s, "delivered"), n);
}

/* The ledger lacks everything, and the engine dies twice before it could be told. */
static void
test_ledger_behind(void **state)
{
	char day[UTC_TEXT_SIZE], file[800];
	uint64_t ids[3];
	static const uint64_t sizes[] = { UINT64_C(1) << 30, 1200 };

	(void)state;
	for (size_t way = 0; way < 2; way++) {
		s->env.load_bytes = sizes[way];
		utc_day(day, clock_wall(&s->clock));
		/* A folder in its place: the day's file cannot be opened. */
		snprintf(file, sizeof file, "%s/%s.db", s->paths.ledger, day);
		assert_int_equal(mkdir(file, 0700), 0);
		scene_edge_up(s);
		scene_courier_hello(s, 1, NULL, 0);
		for (int i = 0; i < 3; i++)
			ids[i] = scene_submit(s, "a@shop.test", "b@remote.test");
		for (int i = 0; i < 2; i++)
			scene_delivered(s);
		clock_pass(&s->clock, 200000);
		scene_settle(s);
		for (int life = 0; life < 3; life++) {
			scene_crash(s);
			for (int i = 0; i < 100 && s->engine->load; i++)
				scene_step(s);
			assert_null(s->engine->load);
			snprintf(file, sizeof file, "%s/%s.db", s->paths.ledger, day);
		}
		assert_int_equal(rmdir(file), 0);
		scene_crash(s);
		for (int i = 0; i < 100 && s->engine->load; i++)
			scene_step(s);
		assert_string_equal(scene_facts(s, ids[0] + 1), "accepted delivered");
		assert_string_equal(scene_facts(s, ids[1] + 1), "accepted delivered");
		assert_string_equal(scene_facts(s, ids[2] + 1), "accepted");
		/* Nothing is left to the next way. */
		scene_free(s);
		s = scene_new(false);
		s->env.load_slice = 1;
		scene_start(s);
	}
}

#define LOAD_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(LOAD_TEST(test_accepts_before), LOAD_TEST(test_ids_not_loaded),
	LOAD_TEST(test_couriers_wait), LOAD_TEST(test_old_in_hands),
	LOAD_TEST(test_courier_dies), LOAD_TEST(test_long_load), LOAD_TEST(test_signer_waits),
	LOAD_TEST(test_said_again_early), LOAD_TEST(test_dies_loading),
	LOAD_TEST(test_ledger_behind))
