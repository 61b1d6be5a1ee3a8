/* The engine and its couriers die: nothing is lost, nothing is repeated that must not be. */
#include "role/engine_scene.h"

#include <stdatomic.h>

static struct scene *s;

static int
up(void **state)
{
	(void)state;
	test_row = NULL;
	s = scene_new(false);
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

static void
test_queue_survives(void **state)
{
	struct msg_submit old;
	uint64_t id;

	(void)state;
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test");
	scene_delivered(s);
	id = scene_submit(s, "a@shop.test", "c@remote.test d@other.test");
	old = s->last;
	scene_crash(s);
	scene_edge_up(s);
	/* The answer was lost: the edge says it again. */
	s->last = old;
	s->last.rcpts.at = s->rcpts;
	s->last.seq = ++s->seq;
	assert_int_equal(scene_answer(s), 250);
	scene_desk_up(s);
	assert_int_equal(scene_status(s, "conservation", "accepted"), 3);
	assert_int_equal(scene_count(s, "queued"), 2);
	assert_int_equal(scene_count(s, "delivered"), 1);
	scene_courier_hello(s, 1, NULL, 0);
	scene_delivered(s);
	scene_delivered(s);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_count(s, "delivered"), 3);
	assert_string_equal(scene_facts(s, id + 2), "accepted delivered");
}

/* Two restarts before the edge is heard: the first record is folded into a snapshot. */
static void
test_sent_again_after_two(void **state)
{
	struct msg_submit old;

	(void)state;
	scene_edge_up(s);
	scene_submit(s, "a@shop.test", "c@remote.test");
	old = s->last;
	scene_crash(s);
	scene_crash(s);
	scene_edge_up(s);
	s->last = old;
	assert_int_equal(scene_answer(s), 250);
	scene_desk_up(s);
	assert_int_equal(scene_status(s, "conservation", "accepted"), 1);
	assert_int_equal(scene_count(s, "queued"), 1);
}

static void
test_adopted(void **state)
{
	struct msg_attempt a;
	uint64_t triple[3];

	(void)state;
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test");
	a = scene_attempt(s);
	triple[0] = a.attempt;
	triple[1] = a.slot;
	triple[2] = a.message + 1;
	a.rcpts.at = s->rcpts;
	scene_crash(s);
	scene_edge_up(s);
	scene_courier_hello(s, 1, triple, 1);
	scene_desk_up(s);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_count(s, "active"), 1);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	assert_int_equal(scene_count(s, "delivered"), 1);
	/* It was durable, the answer was lost: said again, just acknowledged. */
	scene_crash(s);
	scene_edge_up(s);
	scene_courier_hello(s, 1, triple, 1);
	scene_desk_up(s);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	assert_int_equal(scene_count(s, "delivered"), 1);
}

static void
phase(const struct msg_attempt *a, uint32_t value, uint64_t accepted)
{
	struct phase_slot *p = &s->phases[ROLE_SLOTS + a->slot];

	atomic_store(&p->attempt, a->attempt);
	atomic_store(&p->phase, value);
	atomic_store(&p->accepted[0], accepted);
}

static void
test_courier_dies(void **state)
{
	static const struct {
		const char *name;
		uint8_t stream;
		uint32_t phase;
		uint64_t accepted; /* of two recipients */
		const char *state; /* of the accepted ones, two of them unless said */
		int n;
		bool again; /* the others are given again at once */
	} table[] = {
		{ "idle", 0, PHASE_IDLE, 0, "active", 2, true },
		{ "body", 0, PHASE_BODY, 3, "active", 2, true },
		{ "dot, repeats", 0, PHASE_DOT, 3, "queued", 2, false },
		{ "dot, never", STREAM_BROADCAST, PHASE_DOT, 3, "in_doubt", 2, false },
		{ "dot, one was refused", STREAM_BROADCAST, PHASE_DOT, 2, "in_doubt", 1, true },
		{ "reply 250", 0, PHASE_REPLY | 250 << 8, 3, "delivered", 2, false },
		{ "reply 250, one was refused", 0, PHASE_REPLY | 250 << 8, 1, "delivered", 1,
			true },
		{ "reply 451", 0, PHASE_REPLY | 451 << 8, 3, "queued", 2, false },
		{ "reply 550", 0, PHASE_REPLY | 550 << 8, 3, "bounced", 2, false },
	};

	(void)state;
	scene_edge_up(s);
	scene_desk_up(s);
	TEST_EACH(row, table)
	{
		struct msg_attempt a;
		struct str p;
		long before;

		scene_courier_hello(s, 1, NULL, 0);
		scene_make(s, "", "b@remote.test c@remote.test");
		s->last.stream = row->stream;
		assert_int_equal(scene_answer(s), 250);
		a = scene_attempt(s);
		assert_int_equal(a.repeat, row->stream == 0);
		before = scene_count(s, row->state) -
		         (str_eq_z(str_z(row->state), "active") ? 2 : 0);
		phase(&a, row->phase, row->accepted);
		scene_gone(&s->courier[1]);
		engine_gone(s->engine, ROLE_COURIER, 1);
		scene_courier_hello(s, 1, NULL, 0);
		assert_int_equal(scene_take(s, &s->courier[1], MSG_attempt, &p), row->again);
		assert_int_equal(scene_count(s, row->state) - before, row->n);
		/* Leave nothing to the next row. */
		scene_gone(&s->courier[1]);
		engine_gone(s->engine, ROLE_COURIER, 1);
		json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_DROP }, 200));
	}
	/* One that says it is gone before it said hello. */
	engine_gone(s->engine, ROLE_COURIER, 2);
	engine_gone(s->engine, ROLE_COURIER, 1);
	scene_status(s, "conservation", "accepted");
}

static void
test_three_crashes(void **state)
{
	struct msg_attempt a;
	uint64_t id;

	(void)state;
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "b@remote.test");
	for (int i = 0; i < 3; i++) {
		a = scene_attempt(s);
		assert_int_equal(a.message, id);
		phase(&a, PHASE_BODY, 1);
		scene_gone(&s->courier[1]);
		engine_gone(s->engine, ROLE_COURIER, 1);
		scene_courier_hello(s, 1, NULL, 0);
		if (i == 1) { /* counted across a restart */
			scene_crash(s);
			scene_up(s);
		}
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(scene_count(s, "quarantined"), 1);
		assert_int_equal(scene_count(s, "held"), 0);
		assert_string_equal(
			scene_facts(s, id + 1), "accepted deferred deferred quarantined");
		SCENE_NONE(s, &s->courier[1], attempt);
		scene_crash(s); /* from outside: nothing was being signed */
		scene_up(s);
	}
	/* Not final: a hand may try it once more. */
	json_decref(scene_ask(s,
		&(struct msg_query){ .op = QUERY_RELEASE, .state = STR_LIT("quarantined") },
		200));
	a = scene_attempt(s);
	assert_int_equal(a.message, id);
	assert_int_equal(scene_count(s, "quarantined"), 0);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	assert_int_equal(scene_count(s, "delivered"), 1);
}

/* Two messages in hand; the courier's mark says which of them it fell over. */
static void
test_the_guilty_one(void **state)
{
	struct msg_attempt a[2];
	uint64_t id[2];

	(void)state;
	scene_up(s);
	id[0] = scene_submit(s, "a@shop.test", "b@remote.test");
	id[1] = scene_submit(s, "a@shop.test", "c@other.test");
	for (int i = 0; i < 3; i++) {
		const struct msg_attempt *bad;

		a[0] = scene_attempt(s);
		a[1] = scene_attempt(s);
		bad = a[0].message == id[0] ? &a[0] : &a[1];
		phase(&a[0], PHASE_BODY, 1);
		phase(&a[1], PHASE_BODY, 1);
		atomic_store(&s->phases[ROLE_SLOTS].hand, bad->slot + 1u);
		scene_gone(&s->courier[1]);
		engine_gone(s->engine, ROLE_COURIER, 1);
		assert_int_equal(atomic_load(&s->phases[ROLE_SLOTS].hand), 0);
		scene_courier_hello(s, 1, NULL, 0);
	}
	assert_int_equal(scene_count(s, "quarantined"), 1);
	assert_int_equal(scene_count(s, "active"), 1);
	assert_string_equal(
		scene_facts(s, id[0] + 1), "accepted deferred deferred quarantined");
	assert_string_equal(scene_facts(s, id[1] + 1), "accepted");
}

/* The engine died while it signed: known by the mark, counted before anything is given out,
 * and what the courier still has of it is not taken back. */
static void
test_signing_ends_the_engine(void **state)
{
	struct msg_attempt a;
	struct msg_signed got;
	uint64_t id, triple[3];

	(void)state;
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "b@remote.test");
	a = scene_attempt(s);
	triple[0] = a.attempt;
	triple[1] = a.slot;
	triple[2] = id + 1;
	a.rcpts.at = s->rcpts; /* its own go with the engine */
	for (int i = 0; i < 3; i++) {
		atomic_store(&s->phases[0].attempt, id);
		atomic_store(&s->phases[1].attempt, id);
		scene_crash(s);
		assert_int_equal(atomic_load(&s->phases[1].attempt), 0);
		scene_edge_up(s);
		scene_desk_up(s);
		scene_courier_hello(s, 1, triple, 1);
		SCENE_NONE(s, &s->courier[1], attempt);
		assert_int_equal(scene_count(s, i < 2 ? "active" : "quarantined"), 1);
	}
	assert_string_equal(scene_facts(s, id + 1), "accepted deferred deferred quarantined");
	SCENE_TELL(&s->courier[1], sign, .attempt = a.attempt);
	got = SCENE_TAKE(s, &s->courier[1], signed);
	assert_int_equal(got.signer, SIGNER_NONE);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	assert_int_equal(scene_count(s, "quarantined"), 1);
	scene_crash(s);
	scene_up(s);
	assert_int_equal(scene_count(s, "quarantined"), 1);
	SCENE_NONE(s, &s->courier[1], attempt);
}

static void
test_dot_is_remembered(void **state)
{
	struct msg_attempt a;
	struct msg_dot_ok ok;

	(void)state;
	scene_up(s);
	scene_make(s, "a@shop.test", "b@remote.test");
	s->last.stream = STREAM_BROADCAST;
	assert_int_equal(scene_answer(s), 250);
	a = scene_attempt(s);
	SCENE_TELL(&s->courier[1], dot, .attempt = a.attempt);
	ok = SCENE_TAKE(s, &s->courier[1], dot_ok);
	assert_int_equal(ok.attempt, a.attempt);
	scene_crash(s);
	scene_crash(s);
	assert_int_equal(s->engine->replay_bad, 0);
	scene_crash(s);
	scene_up(s);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_count(s, "in_doubt"), 1);
	assert_int_equal(scene_count(s, "queued"), 0);
	assert_string_equal(scene_facts(s, a.message + 1), "accepted in_doubt");
}

/* The same, and the courier tells its refusal before the other courier has spoken: no doubt. */
static void
test_dot_is_answered(void **state)
{
	struct msg_attempt a;
	uint64_t triple[3];

	(void)state;
	scene_up(s);
	scene_make(s, "a@shop.test", "b@remote.test");
	s->last.stream = STREAM_BROADCAST;
	assert_int_equal(scene_answer(s), 250);
	a = scene_attempt(s);
	SCENE_TELL(&s->courier[1], dot, .attempt = a.attempt);
	(void)SCENE_TAKE(s, &s->courier[1], dot_ok);
	triple[0] = a.attempt, triple[1] = a.slot, triple[2] = a.message + 1;
	a.rcpts.at = s->rcpts;
	s->config.couriers = 2;
	scene_crash(s);
	scene_edge_up(s);
	scene_desk_up(s);
	scene_courier_hello(s, 1, triple, 1);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	scene_courier_hello(s, 2, NULL, 0);
	assert_int_equal(scene_count(s, "in_doubt"), 0);
	assert_int_equal(scene_count(s, "queued"), 1);
	s->config.couriers = 1;
}

/* Said again before what the engine read is on stable storage (it may have read it from
 * memory): no 250 before that (P1). */
static void
test_said_again_early(void **state)
{
	struct msg_submit old;
	struct msg_submitted got;

	(void)state;
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test");
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

/* A report that was owed when the engine died is written by the next one, once. */
static void
test_report_survives(void **state)
{
	struct msg_attempt a;

	(void)state;
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test");
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_BOUNCED, &SCENE_NO);
	scene_crash(s);
	scene_up(s);
	a = scene_attempt(s);
	assert_true(a.flags & MAIL_DSN);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	SCENE_NONE(s, &s->courier[1], attempt);
	scene_crash(s);
	scene_up(s);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_count(s, "delivered"), 1);
	assert_int_equal(scene_count(s, "bounced"), 1);
}

static void
test_compaction(void **state)
{
	struct msg_attempt a;
	uint64_t generation, first = 0, last = 0;

	(void)state;
	scene_up(s);
	s->engine->compact.min = 40000;
	generation = journal_generation(s->engine->journal);
	for (int i = 0; i < 120; i++) {
		last = scene_submit(s, "a@shop.test", "b@remote.test c@remote.test");
		first = first ? first : last;
		a = scene_attempt(s);
		scene_outcome(s, 1, &a, i % 10 ? RESULT_DELIVERED : RESULT_DEFERRED,
			i % 10 ? &SCENE_OK : &SCENE_LATE);
		clock_pass(&s->clock, 50000);
	}
	scene_pass(s, 3000000);
	assert_true(journal_generation(s->engine->journal) > generation);
	scene_crash(s);
	scene_up(s);
	assert_int_equal(scene_status(s, "conservation", "accepted"), 240);
	assert_int_equal(scene_count(s, "delivered"), 216);
	assert_int_equal(scene_count(s, "queued"), 24);
	assert_string_equal(scene_facts(s, first + 1), "accepted deferred");
	assert_string_equal(scene_facts(s, last + 2), "accepted delivered");
}

/* Damage between two good records: what is good goes on, the rest is counted. */
static void
test_damage(void **state)
{
	char path[700];
	unsigned char *all;
	size_t n, at = 0;
	FILE *f;
	int hits = 0;

	(void)state;
	scene_edge_up(s);
	for (int i = 0; i < 3; i++)
		scene_submit(
			s, "a@shop.test", i == 1 ? "damaged@remote.test" : "b@remote.test");
	snprintf(path, sizeof path, "%s/journal.%016llx", s->paths.journal,
		(unsigned long long)journal_generation(s->engine->journal));
	scene_stop(s);
	f = fopen(path, "r+b");
	assert_non_null(f);
	all = mem_new(1, 8u << 20);
	n = fread(all, 1, 8u << 20, f);
	for (; at + 7 < n; at++)
		if (memcmp(all + at, "damaged", 7) == 0) {
			assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
			assert_int_equal(fputc('X', f), 'X');
			hits++;
		}
	fclose(f);
	mem_free(all);
	assert_int_equal(hits, 1);
	scene_start(s);
	scene_up(s);
	assert_int_equal(scene_status(s, "journal", "damaged"), 1);
	scene_delivered(s);
	scene_delivered(s);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_count(s, "delivered"), 2);
}

/* The wall is set forward by ten years: told once, nothing expires, nothing old is removed. */
static void
test_clock_jumps(void **state)
{
	static const int64_t years[] = { 10, -20, 10 };

	(void)state;
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test");
	for (size_t i = 0; i < TEST_COUNT(years); i++) {
		assert_true(engine_may_purge(s->engine) == (i == 0));
		s->clock.fake_wall += years[i] * 365 * INT64_C(86400000000);
		scene_pass(s, 3000000);
		assert_false(engine_may_purge(s->engine));
		assert_int_equal(scene_count(s, "active"), 1);
		assert_int_equal(scene_count(s, "expired"), 0);
	}
	s->clock.fake_wall -= 20 * 365 * INT64_C(86400000000);
	scene_crash(s);
	assert_false(engine_may_purge(s->engine));
	scene_up(s);
	assert_int_equal(scene_count(s, "expired"), 0);
	scene_delivered(s);
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_queue_survives), ENGINE_TEST(test_sent_again_after_two),
	ENGINE_TEST(test_adopted), ENGINE_TEST(test_courier_dies),
	ENGINE_TEST(test_three_crashes), ENGINE_TEST(test_the_guilty_one),
	ENGINE_TEST(test_signing_ends_the_engine), ENGINE_TEST(test_dot_is_remembered),
	ENGINE_TEST(test_dot_is_answered), ENGINE_TEST(test_said_again_early),
	ENGINE_TEST(test_report_survives), ENGINE_TEST(test_compaction),
	ENGINE_TEST(test_damage), ENGINE_TEST(test_clock_jumps))
