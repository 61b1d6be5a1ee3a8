/* Campaigns that each address of an account gets once (send/once): the first message is for it,
 * whatever restarts and new generations come between. */
#include "role/engine_control_scene.h"
#include "send/wish.h"

static int
up(void **state)
{
	(void)state;
	tables_open(false);
	account("shop");
	account("club");
	scene_start(s);
	return 0;
}

/* name "": of no campaign. The message's id. */
static uint64_t
submit(uint32_t tenant, const char *name, const char *to)
{
	static char outer[200];
	char inner[WISH_ROOM], once[ONCE_SIZE];
	const struct wish w = { .once = str_of(once, name[0] ? sizeof once : 0) };
	struct buf more = { inner, 0, sizeof inner, sizeof inner, false };
	struct buf b = { outer, 0, sizeof outer, sizeof outer, false };
	struct msg_extra x = { .idem = STR_NONE, .about = STR_NONE };

	once_campaign(once, tenant, str_z(name));
	wish_write(&more, &w);
	x.more = buf_str(&more);
	scene_make(s, "a@shop.test", to);
	assert_int_equal(msg_extra_write(&b, &x), 0);
	s->last.extra = more.n ? buf_str(&b) : STR_NONE;
	s->last.tenant = tenant;
	assert_int_equal(scene_answer(s), 250);
	return s->last.message;
}

static void
test_first_wins(void **state)
{
	static const struct {
		const char *name;
		uint32_t tenant;
		const char *campaign, *to;
		bool goes;
	} table[] = {
		{ "the first", 1, "spring", "ada@remote.test", true },
		{ "the second", 1, "spring", "ada@remote.test", false },
		{ "the same address", 1, "spring", "Ada@REMOTE.test", false },
		{ "another address", 1, "spring", "bob@remote.test", true },
		{ "another campaign", 1, "Spring", "ada@remote.test", true },
		{ "another account", 2, "spring", "ada@remote.test", true },
		{ "none", 1, "", "ada@remote.test", true },
		{ "a third", 1, "spring", "ada@remote.test", false },
	};

	(void)state;
	scene_up(s);
	TEST_EACH(row, table)
	{
		uint64_t id = submit(row->tenant, row->campaign, row->to);

		if (row->goes)
			scene_delivered(s);
		else
			SCENE_NONE(s, &s->courier[1], attempt);
		assert_string_equal(scene_facts(s, id + 1),
			row->goes ? "accepted delivered" : "accepted suppressed");
	}
}

/* Of a message to several only who got it is passed over. */
static void
test_some(void **state)
{
	uint64_t id;

	(void)state;
	scene_up(s);
	submit(1, "spring", "bob@remote.test");
	scene_delivered(s);
	id = submit(1, "spring", "ada@remote.test bob@remote.test");
	scene_delivered(s);
	assert_string_equal(scene_facts(s, id + 1), "accepted delivered");
	assert_string_equal(scene_facts(s, id + 2), "accepted suppressed");
}

static void
is_second(const char *to)
{
	uint64_t id = submit(1, "spring", to);

	SCENE_NONE(s, &s->courier[1], attempt);
	assert_string_equal(scene_facts(s, id + 1), "accepted suppressed");
}

/* It waits over two starts, goes, and is still the first; also when the file that has its
 * submit is gone. */
static void
test_survives(void **state)
{
	uint64_t id, generation;

	(void)state;
	scene_edge_up(s);
	id = submit(1, "spring", "ada@remote.test");
	for (int life = 0; life < 2; life++) {
		scene_again(s);
		assert_int_equal(scene_count(s, "queued"), 1);
	}
	scene_courier_hello(s, 1, NULL, 0);
	scene_delivered(s);
	assert_string_equal(scene_facts(s, id + 1), "accepted delivered");
	is_second("ada@remote.test");
	generation = journal_generation(s->engine->journal);
	s->engine->compact.min = 1;
	scene_pass(s, 8000000);
	assert_true(journal_generation(s->engine->journal) > generation);
	is_second("ada@remote.test");
	for (int life = 0; life < 2; life++) {
		scene_crash(s);
		scene_up(s);
		is_second("ada@remote.test");
	}
	submit(1, "spring", "bob@remote.test");
	scene_delivered(s);
}

/* A crash came between the submit of a second one and the word that it is set aside: it is
 * looked at again before it goes. */
static void
test_at_the_attempt(void **state)
{
	char once[ONCE_SIZE], call[IDEM_SIZE];
	uint64_t id;

	(void)state;
	scene_edge_up(s);
	id = submit(1, "spring", "ada@remote.test");
	once_campaign(once, 1, STR_LIT("spring"));
	assert_int_equal(once_call(call, str_of(once, sizeof once), STR_LIT("ada@remote.test"),
				 false, 3),
		0);
	idem_put(s->engine->once, 1, str_of(call, sizeof call), loop_wall(s->loop),
		loop_wall(s->loop));
	scene_courier_hello(s, 1, NULL, 0);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_string_equal(scene_facts(s, id + 1), "accepted suppressed");
}

/* What stayed in the sandbox nobody got: the same campaign goes out when the service is live,
 * also after starts, and each of the two is sent once. */
static void
test_sandbox(void **state)
{
	(void)state;
	scene_up(s);
	for (int live = 0; live < 2; live++) {
		s->config.mode = live ? STR_LIT("live") : STR_LIT("sandbox");
		submit(1, "spring", "ada@remote.test");
		scene_delivered(s);
		is_second("ada@remote.test");
		scene_crash(s);
		scene_up(s);
		is_second("ada@remote.test");
	}
	assert_int_equal(s->engine->totals.final[RCPT_DELIVERED], 2);
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_first_wins), ENGINE_TEST(test_some), ENGINE_TEST(test_survives),
	ENGINE_TEST(test_at_the_attempt), ENGINE_TEST(test_sandbox))
