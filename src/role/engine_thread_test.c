/* The engine with its threads and the real clock: for ThreadSanitizer, and a kill -9. */
#include "role/engine_scene.h"

static void
test_threads(void **state)
{
	struct scene *s = scene_new(true);
	struct msg_attempt a;
	uint64_t id = 0;
	char to[80];

	(void)state;
	scene_start(s);
	scene_up(s);
	s->engine->compact.min = 20000;
	for (int i = 0; i < 60; i++) {
		/* A bounce is never tried again. */
		snprintf(to, sizeof to, "b%d@remote.test c%d@remote.test", i, i);
		id = scene_submit(s, "a@shop.test", to);
		a = scene_attempt(s);
		scene_outcome(s, 1, &a, i % 20 ? RESULT_DELIVERED : RESULT_BOUNCED,
			i % 20 ? &SCENE_OK : &SCENE_NO);
		for (int k = 0; i % 20 == 0 && k < 2; k++)
			scene_delivered(s); /* the report */
	}
	for (int i = 0; i < 1200; i++)
		scene_step(s);
	assert_int_equal(scene_count(s, "delivered"), 120);
	assert_string_equal(scene_facts(s, id + 1), "accepted delivered");
	scene_crash(s);
	scene_up(s);
	assert_int_equal(scene_status(s, "conservation", "accepted"), 126);
	assert_int_equal(scene_count(s, "bounced"), 6);
	scene_free(s);
}

TEST_MAIN(TEST(test_threads))
