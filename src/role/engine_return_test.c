/* Return paths that name a recipient, and what is told of those who came back. */
#include "role/engine_scene.h"
#include "wire/token.h"

static struct scene *s;

static int
up(void **state)
{
	(void)state;
	test_row = NULL;
	s = scene_new(false);
	s->config.bounce_domain = STR_LIT("bounce.test");
	return 0;
}

static int
down(void **state)
{
	test_after(state);
	scene_free(s);
	return 0;
}

/* "TOKEN@bounce.test", of this recipient. */
static void
assert_path(struct str sender, uint64_t message, uint16_t index)
{
	struct token t;

	assert_true(str_ends(sender, STR_LIT("@bounce.test")));
	assert_int_equal(token_read(str_head(sender, TOKEN_LENGTH), s->env.keys.token, &t), 0);
	assert_int_equal(t.kind, TOKEN_BOUNCE);
	assert_int_equal(t.tenant, 1);
	assert_int_equal(t.message, message);
	assert_int_equal(t.recipient, index);
	assert_int_equal(t.day, s->last.accepted / (86400 * INT64_C(1000000)));
}

static void
test_paths(void **state)
{
	struct msg_attempt a;
	unsigned seen = 0;
	uint64_t id;

	(void)state;
	scene_start(s);
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "b@remote.test c@remote.test d@remote.test");
	for (int i = 0; i < 3; i++) {
		a = scene_attempt(s);
		assert_int_equal(a.rcpts.n, 1);
		assert_path(a.sender, id, a.rcpts.at[0].index);
		seen |= 1u << a.rcpts.at[0].index;
		scene_outcome(s, 1, &a, i ? RESULT_DELIVERED : RESULT_BOUNCED,
			i ? &SCENE_OK : &SCENE_NO);
	}
	assert_int_equal(seen, 7);
	/* The report goes to the sender, from nobody. */
	a = scene_attempt(s);
	assert_int_equal(a.sender.n, 0);
	assert_str(a.rcpts.at[0].address, "a@shop.test");
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	/* Who sends with the null sender does so: no reports, one transaction. (b@ is
	 * suppressed since his bounce.) */
	scene_submit(s, "", "e@remote.test c@remote.test");
	a = scene_attempt(s);
	assert_int_equal(a.sender.n, 0);
	assert_int_equal(a.rcpts.n, 2);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
}

static void
test_keep(void **state)
{
	struct msg_attempt a;

	(void)state;
	s->config.return_path = STR_LIT("keep");
	scene_start(s);
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test c@remote.test");
	a = scene_attempt(s);
	assert_str(a.sender, "a@shop.test");
	assert_int_equal(a.rcpts.n, 2);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
}

static int
signal_told(uint64_t message, uint8_t kind)
{
	struct msg_submitted a;
	uint64_t seq = ++s->seq;

	SCENE_TELL(&s->edge, signal, .seq = seq, .kind = kind, .tenant = 1, .message = message,
		.rcpt = message + 1,
		.accepted = s->last.accepted - s->last.accepted % 86400000000,
		.at = clock_wall(&s->clock), .reply = SCENE_NO);
	a = SCENE_TAKE(s, &s->edge, submitted);
	assert_int_equal(a.seq, seq);
	return a.reply.code;
}

/* What was answered is there after the engine died. */
static void
test_signal_survives(void **state)
{
	uint64_t id;

	(void)state;
	scene_start(s);
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "b@remote.test");
	scene_delivered(s);
	assert_int_equal(signal_told(id, FACT_RETURNED), 250);
	scene_crash(s);
	assert_string_equal(scene_facts(s, id + 1), "accepted delivered returned");
	scene_edge_up(s);
	assert_int_equal(signal_told(id, FACT_COMPLAINED), 250);
	assert_string_equal(scene_facts(s, id + 1), "accepted delivered returned complained");
}

/* The address of him who is meant: of the queue, of the ledger, or of nobody. All are answered.
 */
static void
test_meant(void **state)
{
	uint64_t id;

	(void)state;
	scene_start(s);
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "b@remote.test");
	assert_int_equal(signal_told(id, FACT_COMPLAINED), 250);
	scene_delivered(s);
	assert_int_equal(signal_told(id, FACT_RETURNED), 250);
	assert_string_equal(scene_facts(s, id + 1), "accepted complained delivered returned");
	assert_int_equal(signal_told(id + 5000, FACT_RETURNED), 250);
	assert_int_equal(s->engine->meants, 0);
	assert_int_equal(s->engine->signals_in_flight, 0);
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_paths), ENGINE_TEST(test_keep), ENGINE_TEST(test_signal_survives),
	ENGINE_TEST(test_meant))
