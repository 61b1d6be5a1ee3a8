/* Mail that waits for its time (send_at) and what is told about it, at the engine. */
#include "role/engine_scene.h"

#define LOAD 2000 /* bytes of a journal that is loaded behind acceptance */

static struct scene *s;

static void
begin(void)
{
	s = scene_new(false);
	s->env.load_bytes = LOAD;
	s->env.load_slice = 1;
	scene_start(s);
}

/* For the next row of a table. */
static void
begin_again(void)
{
	scene_free(s);
	begin();
}

static int
up(void **state)
{
	(void)state;
	test_row = NULL;
	begin();
	return 0;
}

static int
down(void **state)
{
	test_after(state);
	scene_free(s);
	return 0;
}

/* Hours pass in few steps: the disk is asked in each. */
static void
pass(uint64_t us)
{
	for (int i = 0; i < 8; i++) {
		clock_pass(&s->clock, us / 8);
		scene_settle(s);
	}
	scene_pass(s, 1000000);
}

static void
load_all(void)
{
	for (int i = 0; i < 4000 && s->engine->load; i++)
		scene_step(s);
	assert_null(s->engine->load);
}

/* A kill of everything; the edge is back. behind: the queue is loaded later; not after a life
 * that began without. */
static void
crash(bool behind)
{
	s->env.load_bytes = behind ? LOAD : 0;
	scene_crash(s);
	/* Only a start that loads behind has an index. */
	assert_int_equal(s->engine->index != NULL, behind);
	scene_edge_up(s);
}

static void
desk_and_courier(void)
{
	load_all();
	scene_desk_up(s);
	scene_courier_hello(s, 1, NULL, 0);
}

static void
put(const struct msg_extra *x)
{
	struct msg_submit *m = scene_make(s, "a@shop.test", "b@remote.test c@remote.test");
	char text[400];
	struct buf b = { text, 0, sizeof text, sizeof text, false };

	assert_int_equal(msg_extra_write(&b, x), 0);
	m->via = VIA_API;
	m->extra = buf_str(&b);
	assert_int_equal(scene_answer(s), 250);
}

/* Its id. */
static uint64_t
put_later(uint64_t wait)
{
	put(&(struct msg_extra){ .not_before = clock_wall(&s->clock) + (int64_t)wait });
	return s->last.message;
}

static void
test_later(void **state)
{
	struct msg_attempt a;
	uint64_t id;

	(void)state;
	scene_up(s);
	id = put_later(30 * SCENE_HOUR);
	scene_submit(s, "a@shop.test", "now@remote.test");
	scene_delivered(s);
	pass(30 * SCENE_HOUR - 2000000);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_count(s, "queued"), 2);
	scene_pass(s, 4000000);
	a = scene_attempt(s);
	assert_int_equal(a.message, id);
	assert_int_equal(a.number, 1);
	assert_int_equal(a.rcpts.n, 2);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	/* A time that has come is none. */
	put(&(struct msg_extra){ .not_before = 1 });
	a = scene_attempt(s);
	assert_int_equal(a.message, s->last.message);
}

static void
drop(uint64_t message, unsigned status)
{
	json_decref(
		scene_ask(s, &(struct msg_query){ .op = QUERY_DROP, .id = message }, status));
}

static void
test_later_dropped(void **state)
{
	uint64_t id;

	(void)state;
	scene_up(s);
	id = put_later(2 * SCENE_HOUR);
	drop(id, 200);
	assert_int_equal(scene_count(s, "cancelled"), 2);
	pass(3 * SCENE_HOUR);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_string_equal(scene_facts(s, id + 1), "accepted cancelled");
	/* Not after a start either. */
	id = put_later(2 * SCENE_HOUR);
	drop(id, 200);
	scene_pass(s, 1000000);
	crash(false);
	desk_and_courier();
	assert_int_equal(scene_count(s, "cancelled"), 4);
	pass(3 * SCENE_HOUR);
	SCENE_NONE(s, &s->courier[1], attempt);
}

/* Something to load, and to compact. */
static void
deliver_some(void)
{
	for (int i = 0; i < 12; i++) {
		scene_submit(s, "a@shop.test", "b@remote.test");
		scene_delivered(s);
	}
}

static void
compact(void)
{
	uint64_t generation = journal_generation(s->engine->journal);

	s->engine->compact.min = 1;
	scene_pass(s, 8000000);
	assert_true(journal_generation(s->engine->journal) > generation);
	s->engine->compact.min = ENGINE_COMPACT_MIN;
	deliver_some();
}

/* Its time and its life are kept, whatever happens meanwhile; life is a day here. */
static void
test_later_survives(void **state)
{
	enum { START = 1, BEHIND = 2, COMPACT = 4 };
	static const struct {
		const char *name;
		unsigned before, after; /* its time */
	} table[] = { { "nothing", 0, 0 }, { "a start", START, 0 },
		{ "loaded behind", BEHIND, 0 },
		{ "a compaction and a start", COMPACT | START, 0 },
		{ "a compaction and a start behind", COMPACT | BEHIND, 0 },
		{ "loaded behind, then a start", START | BEHIND, 0 },
		{ "a start when it was due", 0, START },
		{ "loaded behind when it was due", 0, BEHIND },
		{ "compacted when it was due", 0, COMPACT | START },
		{ "compacted before, started after", COMPACT, START },
		{ "started before and after", START, START },
		{ "started before and after, loaded behind", BEHIND, BEHIND } };

	(void)state;
	TEST_EACH(row, table)
	{
		struct msg_attempt a;
		uint64_t id;

		s->config.outbound.expire_transactional_us = 24 * (int64_t)SCENE_HOUR;
		scene_up(s);
		deliver_some();
		id = put_later(60 * SCENE_HOUR);
		for (int when = 0; when < 2; when++) {
			unsigned what = when ? row->after : row->before;

			if (what & COMPACT)
				compact();
			scene_pass(s, 1000000);
			if (what & BEHIND) {
				crash(true);
				desk_and_courier();
			}
			if (what & START) {
				crash(false);
				desk_and_courier();
			}
			if (when == 0) {
				pass(59 * SCENE_HOUR);
				SCENE_NONE(s, &s->courier[1], attempt);
				pass(2 * SCENE_HOUR);
				a = scene_attempt(s);
				assert_int_equal(a.message, id);
				assert_int_equal(a.number, 1);
				scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
				scene_pass(s, 1000000);
			}
		}
		pass(20 * SCENE_HOUR);
		assert_int_equal(scene_count(s, "expired"), 0);
		assert_int_equal(scene_count(s, "queued") + scene_count(s, "active"), 2);
		while (scene_count(s, "active") > 0) {
			a = scene_attempt(s);
			scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
		}
		pass(5 * SCENE_HOUR);
		for (int i = 0; i < 10 && scene_count(s, "active") > 0; i++) {
			a = scene_attempt(s);
			scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
		}
		assert_int_equal(scene_count(s, "expired"), 2);
		begin_again();
	}
}

/* The service was away when its time came: it is late, not lost. */
static void
test_later_while_away(void **state)
{
	struct msg_attempt a;
	uint64_t id;

	(void)state;
	for (int behind = 0; behind < 2; behind++) {
		s->config.outbound.expire_transactional_us = 24 * (int64_t)SCENE_HOUR;
		scene_up(s);
		deliver_some();
		id = put_later(48 * SCENE_HOUR);
		scene_pass(s, 1000000);
		clock_pass(&s->clock, 60 * SCENE_HOUR);
		crash(behind);
		load_all();
		/* Couriers come late. */
		scene_pass(s, 20000000);
		desk_and_courier();
		a = scene_attempt(s);
		assert_int_equal(a.message, id);
		scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
		begin_again();
	}
}

/* A machine that was off: its clock of ages begins anew, so that the message is older than it.
 * The start after that one still knows when its life began. */
static void
test_later_switched_off(void **state)
{
	struct msg_attempt a;
	uint64_t id;

	(void)state;
	s->config.outbound.expire_transactional_us = 24 * (int64_t)SCENE_HOUR;
	scene_up(s);
	id = put_later(48 * SCENE_HOUR);
	scene_pass(s, 1000000);
	s->clock.fake_wall += 60 * (int64_t)SCENE_HOUR;
	crash(false);
	crash(false);
	desk_and_courier();
	a = scene_attempt(s);
	assert_int_equal(a.message, id);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	assert_int_equal(scene_count(s, "expired"), 0);
	assert_int_equal(scene_count(s, "queued"), 2);
}

/* ---- paused by its account */

static void
by_hand(uint16_t op, bool own, uint64_t id, int changed)
{
	json_t *j = scene_ask(
		s, &(struct msg_query){ .op = op, .tenant = 1, .id = id, .own = own }, 200);

	assert_int_equal(json_integer_value(json_object_get(j, "changed")), changed);
	assert_int_equal(json_integer_value(json_object_get(j, "skipped")), 2 - changed);
	json_decref(j);
}

/* It stays so over starts, and what goes on keeps its time. */
static void
test_paused_survives(void **state)
{
	static const struct {
		const char *name;
		bool compact, start, behind;
	} table[] = {
		{ "nothing", false, false, false },
		{ "a start", false, true, false },
		{ "loaded behind", false, true, true },
		{ "a compaction and a start", true, true, false },
		{ "a compaction and a start behind", true, true, true },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct msg_attempt a;
		uint64_t id;

		scene_up(s);
		deliver_some();
		id = put_later(30 * SCENE_HOUR);
		by_hand(QUERY_HOLD, true, id, 2);
		assert_int_equal(scene_count(s, "held"), 2);
		if (row->compact)
			compact();
		scene_pass(s, 1000000);
		if (row->start) {
			crash(row->behind);
			desk_and_courier();
		}
		assert_int_equal(scene_count(s, "held"), 2);
		by_hand(QUERY_RETRY, false, 0, 0);
		by_hand(QUERY_HOLD, true, id, 0);
		pass(10 * SCENE_HOUR);
		by_hand(QUERY_RELEASE, true, id, 2);
		by_hand(QUERY_RELEASE, true, id, 0);
		assert_int_equal(scene_count(s, "queued"), 2);
		pass(19 * SCENE_HOUR);
		SCENE_NONE(s, &s->courier[1], attempt);
		pass(2 * SCENE_HOUR);
		a = scene_attempt(s);
		assert_int_equal(a.message, id);
		assert_int_equal(a.number, 1);
		scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
		assert_string_equal(scene_facts(s, id + 1), "accepted held released delivered");
		begin_again();
	}
}

static void
test_paused_by_whom(void **state)
{
	struct msg_attempt a;
	uint64_t id;

	(void)state;
	scene_up(s);
	/* Its time came meanwhile: at once. */
	id = put_later(2 * SCENE_HOUR);
	by_hand(QUERY_HOLD, true, id, 2);
	pass(3 * SCENE_HOUR);
	SCENE_NONE(s, &s->courier[1], attempt);
	by_hand(QUERY_RELEASE, true, id, 2);
	a = scene_attempt(s);
	/* What is in hand goes on, and what waits for its next try can be paused. */
	by_hand(QUERY_HOLD, true, id, 0);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	by_hand(QUERY_HOLD, true, id, 2);
	/* The operator's hold is his. */
	by_hand(QUERY_HOLD, false, 0, 2);
	by_hand(QUERY_HOLD, false, 0, 0);
	by_hand(QUERY_RELEASE, true, id, 0);
	by_hand(QUERY_RELEASE, false, 0, 2);
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	/* What he releases keeps its time as well. */
	id = put_later(2 * SCENE_HOUR);
	by_hand(QUERY_HOLD, true, id, 2);
	by_hand(QUERY_RELEASE, false, id, 2);
	assert_int_equal(scene_count(s, "queued"), 2);
	pass(3 * SCENE_HOUR);
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	/* What he holds himself keeps send_at too, paused before or not, over a start. */
	for (int own = 0; own < 2; own++) {
		id = put_later(4 * SCENE_HOUR);
		if (own)
			by_hand(QUERY_HOLD, true, id, 2);
		by_hand(QUERY_HOLD, false, id, 2);
		crash(own);
		desk_and_courier();
		by_hand(QUERY_RELEASE, false, id, 2);
		pass(3 * SCENE_HOUR);
		SCENE_NONE(s, &s->courier[1], attempt);
		pass(2 * SCENE_HOUR);
		a = scene_attempt(s);
		assert_int_equal(a.message, id);
		scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	}
	/* Cancelling is final, also of what is paused. */
	id = put_later(2 * SCENE_HOUR);
	by_hand(QUERY_HOLD, true, id, 2);
	by_hand(QUERY_DROP, false, id, 2);
	assert_int_equal(scene_count(s, "cancelled"), 2);
}

/* ---- what is told about it */

struct about {
	char text[200];
};

static int
about_row(void *ctx, const struct ledger_row *row)
{
	struct about *x = ctx;
	struct rd r = rd_of(row->facts);
	struct fact f;

	while (r.n > 0 && fact_read(&r, &f) == 0)
		if (f.kind == FACT_ACCEPTED)
			(void)str_copy_z(x->text, sizeof x->text,
				f.about.p ? f.about : STR_LIT("(none)"));
	return 0;
}

static void
test_about(void **state)
{
	static const char about[] = "{\"tags\":[\"first\"]}";

	(void)state;
	scene_up(s);
	put(&(struct msg_extra){ .about = str_z(about) });
	for (uint64_t to = 1; to <= 2; to++) {
		const struct ledger_query q = { .id = s->last.message + to, .limit = 2 };
		struct about x = { "(no row)" };

		assert_string_equal(scene_facts(s, q.id), "accepted");
		assert_int_equal(ledger_find(s->paths.ledger, &q, about_row, &x), 0);
		assert_string_equal(x.text, about);
	}
}

#define LATER_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(LATER_TEST(test_later), LATER_TEST(test_later_dropped),
	LATER_TEST(test_later_survives), LATER_TEST(test_later_while_away),
	LATER_TEST(test_later_switched_off), LATER_TEST(test_paused_survives),
	LATER_TEST(test_paused_by_whom), LATER_TEST(test_about))
