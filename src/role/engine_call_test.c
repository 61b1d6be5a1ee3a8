/* Calls of the HTTP API at the engine: several submits taken as one, keys of idempotency. */
#include "account/control.h"
#include "role/engine_scene.h"
#include "send/outgoing.h"

#define CALL_MAX  6u
#define TO_MAX    2u
#define EXTRA_MAX 512u
#define LOAD      2000 /* bytes of a journal that is loaded behind acceptance */

static struct scene *s;

/* A call as an edge keeps it until it is answered. */
struct call {
	struct msg_submit at[CALL_MAX];
	struct msg_rcpt to[CALL_MAX][TO_MAX];
	char extra[CALL_MAX][EXTRA_MAX];
	size_t n;
	char idem[IDEM_SIZE];
};

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

static void
add_extra(struct call *c, size_t i, const struct msg_extra *x)
{
	struct buf b = { c->extra[i], 0, EXTRA_MAX, EXTRA_MAX, false };

	assert_int_equal(msg_extra_write(&b, x), 0);
	c->at[i].extra = buf_str(&b);
}

/* n messages to two recipients each, with durable bodies. */
static void
make(struct call *c, size_t n)
{
	uint64_t seq = s->seq + 1;

	memset(c, 0, sizeof *c);
	for (c->n = 0; c->n < n; c->n++) {
		scene_make(s, "a@shop.test", "b@remote.test c@remote.test");
		c->at[c->n] = s->last;
		c->at[c->n].seq = seq;
		c->at[c->n].via = VIA_API;
		memcpy(c->to[c->n], s->rcpts, sizeof c->to[c->n]);
		c->at[c->n].rcpts.at = c->to[c->n];
	}
	s->seq = seq;
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

/* The key and the request of a call are numbers here. */
static void
with_key(struct call *c, uint8_t key, uint8_t body)
{
	const uint8_t k[32] = { key }, b[32] = { body };

	idem_call(c->idem, k, b, c->at[0].message);
	add_extra(c, c->n - 1, &(struct msg_extra){ .idem = str_of(c->idem, IDEM_SIZE) });
}

static void
write_call(struct buf *b, const struct call *c)
{
	struct buf one[CALL_MAX];
	struct msg_text texts[CALL_MAX];
	const struct msg_submits m = { { texts, c->n } };

	for (size_t i = 0; i < c->n; i++) {
		buf_init(&one[i], CHANNEL_PAYLOAD_MAX);
		assert_int_equal(msg_submit_write(&one[i], &c->at[i]), 0);
		texts[i].bytes = buf_str(&one[i]);
	}
	buf_init(b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_submits_write(b, &m), 0);
	for (size_t i = 0; i < c->n; i++)
		buf_done(&one[i]);
}

static void
say(const struct call *c)
{
	struct buf b;

	write_call(&b, c);
	scene_say(&s->edge, MSG_submits, &b);
	buf_done(&b);
}

/* The engine hears it now, before its loop goes on. */
static void
hear(const struct call *c)
{
	struct buf b;

	write_call(&b, c);
	engine_message(&s->engine->edges[1], MSG_submits, buf_str(&b));
	buf_done(&b);
}

/* Said, and answered once. */
static struct msg_submitted
answer(const struct call *c)
{
	struct msg_submitted a;

	say(c);
	a = SCENE_TAKE(s, &s->edge, submitted);
	assert_int_equal(a.seq, c->at[0].seq);
	SCENE_NONE(s, &s->edge, submitted);
	return a;
}

static struct msg_submitted
call_with_key(struct call *c, size_t n, uint8_t key, uint8_t body)
{
	make(c, n);
	with_key(c, key, body);
	return answer(c);
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

/* All are delivered, to each recipient once, and no more. */
static void
expect_delivered(long rcpts)
{
	long n = 0;

	while (n < rcpts) {
		struct msg_attempt a = scene_attempt(s);

		n += (long)a.rcpts.n;
		scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	}
	assert_int_equal(n, rcpts);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_count(s, "delivered"), rcpts);
	assert_int_equal(scene_status(s, "conservation", "accepted"), rcpts);
}

static void
test_one_call(void **state)
{
	struct msg_submitted a;
	struct call c;

	(void)state;
	scene_up(s);
	make(&c, 3);
	hear(&c);
	/* P1: all are on their way to the disk, nothing is said. */
	assert_int_equal(s->engine->submits_in_flight, 3);
	assert_null(queue_message(s->engine->queue, c.at[0].message));
	a = SCENE_TAKE(s, &s->edge, submitted);
	assert_int_equal(a.seq, c.at[2].seq);
	assert_int_equal(a.reply.code, 250);
	assert_int_equal(a.idem, IDEM_NEW);
	SCENE_NONE(s, &s->edge, submitted);
	for (size_t i = 0; i < 3; i++)
		assert_non_null(queue_message(s->engine->queue, c.at[i].message));
	/* Said twice at once: one call, one answer. */
	make(&c, 2);
	hear(&c);
	hear(&c);
	assert_int_equal(s->engine->submits_in_flight, 2);
	a = SCENE_TAKE(s, &s->edge, submitted);
	assert_int_equal(a.reply.code, 250);
	SCENE_NONE(s, &s->edge, submitted);
	/* Said again when it is there. */
	assert_int_equal(answer(&c).reply.code, 250);
	assert_int_equal(s->engine->stats.duplicates, 1);
	expect_delivered(10);
}

/* Refused as one: nothing of it is in the queue or the journal, and its ids are still free. */
static void
test_refused_as_one(void **state)
{
	enum what { DISK, RECORD, QUEUE, EXTRA_BAD, TIME_FAR, ABOUT, KEY_SHORT, NO_RCPT };
	static const struct {
		const char *name;
		enum what what;
		int code;
	} table[] = { { "disk full", DISK, 452 },
		{ "one is too big for the queue", QUEUE, 452 },
		{ "one is no submit of an edge", RECORD, 451 },
		{ "what it says beside is no record", EXTRA_BAD, 451 },
		{ "put off too far", TIME_FAR, 451 }, { "told too much about", ABOUT, 451 },
		{ "a key that is none", KEY_SHORT, 451 },
		{ "one goes to nobody", NO_RCPT, 451 } };
	static char much[OUTGOING_ABOUT_MAX + 1];

	(void)state;
	scene_up(s);
	memset(much, 'x', sizeof much);
	TEST_EACH(row, table)
	{
		struct journal_position before = journal_position(s->engine->journal), after;
		struct call c, good;
		struct msg_extra x = { 0 };
		struct buf b;

		make(&c, 3);
		good = c;
		for (size_t i = 0; i < 3; i++)
			good.at[i].rcpts.at = good.to[i];
		s->engine->disk_full = row->what == DISK;
		c.at[1].via = row->what == RECORD ? VIA_DSN : VIA_API;
		c.at[1].offset += row->what == QUEUE ? UINT64_C(1) << 33 : 0;
		c.at[1].rcpts.n = row->what == NO_RCPT ? 0 : 2;
		x.not_before = row->what == TIME_FAR
		                       ? clock_wall(&s->clock) + 5 * 24 * (int64_t)SCENE_HOUR
		                       : 0;
		x.about = row->what == ABOUT ? str_of(much, sizeof much) : STR_NONE;
		x.idem = row->what == KEY_SHORT ? STR_LIT("short") : STR_NONE;
		buf_init(&b, 1u << 16);
		msg_extra_write(&b, &x);
		if (row->what == EXTRA_BAD)
			c.at[1].extra = STR_LIT("\1\2\3");
		else if (row->what >= TIME_FAR && row->what <= KEY_SHORT)
			c.at[1].extra = buf_str(&b);
		assert_int_equal(answer(&c).reply.code, row->code);
		buf_done(&b);
		after = journal_position(s->engine->journal);
		assert_int_equal(before.generation, after.generation);
		assert_int_equal(before.offset, after.offset);
		for (size_t i = 0; i < 3; i++)
			assert_null(queue_message(s->engine->queue, c.at[i].message));
		s->engine->disk_full = false;
		assert_int_equal(answer(&good).reply.code, 250);
	}
	expect_delivered(6 * (long)TEST_COUNT(table));
}

/* What no honest edge says, in the middle of a call: its channel ends, nothing is taken. */
static void
test_bad_peer(void **state)
{
	enum what { ID, TENANT, EXTENT, BOOT, SEQ, TWICE, INSIDE, NOTHING };
	static const struct {
		const char *name;
		enum what what;
	} table[] = { { "an id of another edge", ID }, { "another account", TENANT },
		{ "an extent of another edge", EXTENT }, { "another boot", BOOT },
		{ "another question", SEQ }, { "the same id twice", TWICE },
		{ "the id of a recipient before it", INSIDE }, { "no message", NOTHING } };

	(void)state;
	scene_up(s);
	TEST_EACH(row, table)
	{
		struct journal_position before, after;
		struct call c;

		before = journal_position(s->engine->journal);
		make(&c, 3);
		with_key(&c, 1, 1);
		c.at[1].message += row->what == ID ? ENGINE_GRANT : 0;
		c.at[1].tenant += row->what == TENANT;
		c.at[1].boot += row->what == BOOT;
		c.at[1].seq += row->what == SEQ;
		c.at[1].extent = row->what == EXTENT ? 2u << 24 | 1 : c.at[1].extent;
		if (row->what == TWICE || row->what == INSIDE)
			c.at[1].message = c.at[0].message + (row->what == INSIDE);
		c.n = row->what == NOTHING ? 0 : 3;
		say(&c);
		scene_settle(s);
		assert_true(s->edge.gone);
		SCENE_NONE(s, &s->edge, submitted);
		after = journal_position(s->engine->journal);
		assert_int_equal(before.offset, after.offset);
		assert_int_equal(idem_count(s->engine->idem), 0);
		scene_edge_up(s);
	}
	assert_int_equal(scene_status(s, "conservation", "accepted"), 0);
	SCENE_NONE(s, &s->courier[1], attempt);
}

static void
test_suspended(void **state)
{
	struct control *control;
	char file[700];
	struct call c;
	const char *why;
	json_t *j = NULL;

	(void)state;
	scene_stop(s);
	snprintf(file, sizeof file, "%s/master.key", s->paths.state);
	assert_int_equal(seal_load(file, &s->env.keys), 0);
	assert_int_equal(control_open(s->paths.state, &s->env.keys, &control, &why), 0);
	assert_int_equal(control_account_add(control, STR_LIT("shop"), &j), 0);
	json_decref(j);
	scene_start(s);
	scene_up(s);
	make(&c, 2);
	assert_int_equal(answer(&c).reply.code, 250);
	assert_int_equal(
		control_account_state(control, STR_LIT("shop"), STR_LIT("suspended")), 0);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_CONTROL_CHANGED }, 200));
	make(&c, 2);
	assert_int_equal(answer(&c).reply.code, 550);
	expect_delivered(4);
	control_free(&control);
}

/* The engine dies before it answers; of the call a part was durable. Said again it is taken
 * whole, each recipient once, and answered once (P4). */
static void
test_said_again(void **state)
{
	static const struct {
		const char *name;
		unsigned durable; /* bits: of three */
		bool behind, full;
	} table[] = { { "none", 0, false, false }, { "the first", 1, false, false },
		{ "the first two", 3, false, false }, { "all", 7, false, false },
		{ "all but the first, whose record is damaged", 6, false, false },
		{ "the middle one is damaged", 5, false, false },
		{ "the last one alone", 4, false, false },
		/* What was taken is not judged twice. */
		{ "a part, and the disk is full by now", 1, false, true },
		{ "none, loading", 0, true, false },
		{ "the first two, loading", 3, true, false },
		{ "all, loading", 7, true, false }, { "a hole, loading", 5, true, false } };

	(void)state;
	TEST_EACH(row, table)
	{
		struct call c, one;

		scene_edge_up(s);
		/* Enough to load. */
		for (int i = 0; i < 8; i++) {
			make(&one, CALL_MAX);
			assert_int_equal(answer(&one).reply.code, 250);
		}
		scene_pass(s, 1000000);
		make(&c, 3);
		with_key(&c, 7, 7);
		for (size_t i = 0; i < 3; i++) {
			one = c;
			one.n = 1;
			one.at[0] = c.at[i];
			if (row->durable >> i & 1)
				assert_int_equal(answer(&one).reply.code, 250);
		}
		crash(row->behind);
		assert_int_equal(s->engine->load != NULL, row->behind);
		s->engine->disk_full = row->full;
		assert_int_equal(answer(&c).reply.code, 250);
		s->engine->disk_full = false;
		assert_int_equal(answer(&c).reply.code, 250);
		load_all();
		assert_int_equal(answer(&c).reply.code, 250);
		desk_and_courier();
		expect_delivered(8 * 2 * CALL_MAX + 6);
		begin_again();
	}
}

static void
test_keys(void **state)
{
	struct msg_submitted a;
	struct call c, d;
	uint64_t first;

	(void)state;
	scene_up(s);
	make(&c, 2);
	with_key(&c, 1, 1);
	first = c.at[0].message;
	make(&d, 2);
	with_key(&d, 1, 1);
	hear(&c);
	/* Not durable yet: nobody hears ids that might come to nothing. */
	hear(&d);
	assert_int_equal(s->engine->submits_in_flight, 2);
	a = SCENE_TAKE(s, &s->edge, submitted);
	assert_int_equal(a.seq, d.at[0].seq);
	assert_int_equal(a.idem, IDEM_RUNNING);
	assert_int_equal(a.reply.code / 100, 5);
	a = SCENE_TAKE(s, &s->edge, submitted);
	assert_int_equal(a.seq, c.at[0].seq);
	assert_int_equal(a.idem, IDEM_NEW);
	assert_int_equal(a.reply.code, 250);
	a = answer(&d);
	assert_int_equal(a.idem, IDEM_AGAIN);
	assert_int_equal(a.reply.code, 250);
	assert_int_equal(a.first, first);
	/* Another request under the same key; the same under another. */
	a = call_with_key(&d, 2, 1, 2);
	assert_int_equal(a.idem, IDEM_OTHER);
	assert_int_equal(a.reply.code / 100, 5);
	a = call_with_key(&d, 2, 2, 1);
	assert_int_equal(a.idem, IDEM_NEW);
	/* Itself again (P4) is no second use. */
	a = answer(&d);
	assert_int_equal(a.idem, IDEM_NEW);
	assert_int_equal(a.reply.code, 250);
	/* A call that was refused has not used its key. */
	s->engine->disk_full = true;
	assert_int_equal(call_with_key(&d, 2, 3, 1).reply.code, 452);
	s->engine->disk_full = false;
	a = call_with_key(&d, 2, 3, 1);
	assert_int_equal(a.reply.code, 250);
	assert_int_equal(a.idem, IDEM_NEW);
	expect_delivered(3 * 4);
}

static void
expect_key(uint8_t key, uint64_t first)
{
	struct msg_submitted a;
	struct call c;

	a = call_with_key(&c, 2, key, 2);
	assert_int_equal(a.idem, IDEM_OTHER);
	a = call_with_key(&c, 2, key, 1);
	assert_int_equal(a.idem, IDEM_AGAIN);
	assert_int_equal(a.reply.code, 250);
	assert_int_equal(a.first, first);
}

/* Known after any number of starts, whatever became of the mail, for 24 h. */
static void
test_keys_survive(void **state)
{
	static const struct {
		const char *name;
		bool behind, delivered;
	} table[] = { { "whole", false, false }, { "delivered", false, true },
		{ "loaded behind", true, false }, { "delivered, loaded behind", true, true } };

	(void)state;
	TEST_EACH(row, table)
	{
		struct msg_submitted a;
		struct call c;
		uint64_t first;

		scene_up(s);
		for (int i = 0; i < 12; i++)
			scene_submit(s, "a@shop.test", "b@remote.test");
		a = call_with_key(&c, 2, 1, 1);
		assert_int_equal(a.reply.code, 250);
		first = c.at[0].message;
		expect_key(1, first);
		if (row->delivered)
			expect_delivered(12 + 4);
		scene_pass(s, 1000000);
		for (int life = 0; life < 3; life++) {
			crash(row->behind);
			expect_key(1, first);
			load_all();
			expect_key(1, first);
			/* The next start has something to load. */
			a = call_with_key(&c, 6, (uint8_t)(10 + life), 1);
			assert_int_equal(a.idem, IDEM_NEW);
		}
		pass(23 * SCENE_HOUR);
		expect_key(1, first);
		crash(row->behind);
		expect_key(1, first);
		load_all();
		pass(SCENE_HOUR + 1000000);
		a = call_with_key(&c, 2, 1, 2);
		assert_int_equal(a.idem, IDEM_NEW);
		assert_int_equal(a.reply.code, 250);
		first = c.at[0].message;
		crash(row->behind);
		a = call_with_key(&c, 2, 1, 2);
		assert_int_equal(a.idem, IDEM_AGAIN);
		assert_int_equal(a.first, first);
		begin_again();
	}
}

/* The generation that has the submit goes; the key stays, also through the next start. */
static void
test_keys_compacted(void **state)
{
	uint64_t first[3], generation;
	struct call c;

	(void)state;
	scene_up(s);
	for (uint8_t i = 0; i < 3; i++) {
		assert_int_equal(call_with_key(&c, 2, i + 1, 1).reply.code, 250);
		first[i] = c.at[0].message;
	}
	expect_delivered(12);
	generation = journal_generation(s->engine->journal);
	s->engine->compact.min = 1;
	scene_pass(s, 8000000);
	assert_true(journal_generation(s->engine->journal) > generation);
	for (uint8_t i = 0; i < 3; i++)
		expect_key(i + 1, first[i]);
	for (int life = 0; life < 2; life++) {
		crash(false);
		for (uint8_t i = 0; i < 3; i++)
			expect_key(i + 1, first[i]);
	}
}

#define CALL_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(CALL_TEST(test_one_call), CALL_TEST(test_refused_as_one), CALL_TEST(test_bad_peer),
	CALL_TEST(test_suspended), CALL_TEST(test_said_again), CALL_TEST(test_keys),
	CALL_TEST(test_keys_survive), CALL_TEST(test_keys_compacted))
