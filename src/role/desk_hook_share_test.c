#include "role/desk_hook_scene.h"

/* What is limited: the share of an account, what an endpoint costs the others, how much waits.
 */

/* Those that came since `from` for this letter are answered. */
static void
answer_all(struct scene *s, unsigned from, char path)
{
	unsigned n = s->n;

	for (unsigned i = from; i < n; i++)
		if (s->path[i] == path)
			answer(s, s->id[i], 200);
	turn(s);
}

/* Many slow endpoints of one tenant: each has its turn, another tenant does not feel it. */
static void
test_share_of_a_tenant(void **state)
{
	enum { SLOW = DESK_HOOK_TENANT_POSTS + 8 };
	static struct scene s;
	json_int_t slow[SLOW];

	(void)state;
	scene_open(&s);
	json_decref(verb(&s, "accounts.add", json_pack("{s:s}", "account", "other")));
	s.status['a'] = NONE;
	for (unsigned i = 0; i < SLOW; i++)
		slow[i] = add(&s, "a", json_object());
	add(&s, "b", json_pack("{s:s}", "account", "other"));
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, 2 * UTC_SEC);
	assert_int_equal(count(&s, 'a'), DESK_HOOK_TENANT_POSTS);
	s.tenant = 2;
	mail(&s, 20, FACT_DELIVERED);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(count(&s, 'b'), 40);
	assert_int_equal(count(&s, 'a'), DESK_HOOK_TENANT_POSTS);
	/* Who removes endpoints has no more places by it: the poster still has their posts. */
	for (unsigned i = 0; i < 4; i++)
		json_decref(verb(&s, "webhooks.remove", json_pack("{s:I}", "id", slow[i])));
	pass(&s, UTC_SEC);
	assert_int_equal(count(&s, 'a'), DESK_HOOK_TENANT_POSTS);
	/* Those that waited come before the second event of the others. */
	answer_all(&s, 0, 'a');
	pass(&s, UTC_SEC);
	unsigned accepted = 0, first = 0;

	for (unsigned i = 0; i < s.n; i++) {
		if (s.path[i] != 'a')
			continue;
		accepted += str_eq(str_z(s.event[i]), str_z(s.event[0]));
		first++;
	}
	assert_int_equal(accepted, SLOW);
	assert_int_equal(first, 2 * DESK_HOOK_TENANT_POSTS);
	s.status['a'] = 200;
	answer_all(&s, 0, 'a');
	pass(&s, 2 * UTC_SEC);
	/* Nothing is lost: each of those that are left has both. */
	assert_int_equal(count(&s, 'a'), 4 + (SLOW - 4) * 2);
	scene_close(&s);
}

/* A poster that goes with all of a tenant's posts gives their places back. */
static void
test_share_over_a_death(void **state)
{
	enum { SLOW = DESK_HOOK_TENANT_POSTS + 4 };
	static struct scene s;
	json_int_t one = 0;

	(void)state;
	scene_open(&s);
	s.status['a'] = NONE;
	for (unsigned i = 0; i < SLOW; i++)
		one = add(&s, "a", json_object());
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, UTC_SEC);
	json_decref(verb(&s, "webhooks.remove", json_pack("{s:I}", "id", one)));
	s.status['a'] = 200;
	poster_up(&s);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(count(&s, 'a'), DESK_HOOK_TENANT_POSTS + (SLOW - 1) * 2);
	/* With all of them gone, and their tenant. */
	s.status['a'] = NONE;
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, UTC_SEC);
	assert_true(s.desk->post_bytes > 0);
	scene_close(&s);
}

/* One that is far behind has its own events read, and nobody else's: the feed is not asked from
 * there on who has news. */
static void
test_far_behind(void **state)
{
	static struct scene s;
	struct desk_hook *h;
	json_int_t a;
	uint64_t seen;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_object());
	add(&s, "b", json_object());
	json_decref(
		verb(&s, "webhooks.update", json_pack("{s:I,s:s}", "id", a, "state", "off")));
	mail(&s, 20, FACT_DELIVERED);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(count(&s, 'b'), 40);
	assert_int_equal(count(&s, 'a'), 0);
	seen = s.desk->hooks->seen;
	assert_true(seen > (uint64_t)WALL);
	json_decref(verb(&s, "webhooks.resume", json_pack("{s:I}", "id", a)));
	assert_true(s.desk->hooks->seen >= seen);
	/* Also of a desk that begins with it. */
	desk_free(&s.desk);
	s.desk = desk_new(s.loop, &s.env);
	poster_up(&s);
	assert_int_equal(s.desk->hooks->seen, seen);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(count(&s, 'a'), 40);
	assert_int_equal(count(&s, 'b'), 40);
	/* What it knew of is gone from the feed: that is asked once, not again and again. */
	h = desk_hook_find(s.desk, a);
	h->tenant->newest += 1000;
	desk_hook_ready(h);
	pass(&s, UTC_SEC);
	assert_int_equal(h->tenant->newest, seen);
	assert_int_equal(h->idle, 0);
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, 2 * UTC_SEC);
	assert_int_equal(count(&s, 'a'), 42);
	scene_close(&s);
}

/* The only endpoint goes while its post is under way, another one comes: the account is known
 * still, what is new is asked for again. */
static void
test_the_last_goes(void **state)
{
	static struct scene s;
	json_int_t a;

	(void)state;
	scene_open(&s);
	s.status['a'] = NONE;
	a = add(&s, "a", json_object());
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, 2 * UTC_SEC);
	assert_int_equal(count(&s, 'a'), 1);
	json_decref(verb(&s, "webhooks.remove", json_pack("{s:I}", "id", a)));
	assert_false(list_empty(&s.desk->hooks->by_tenant));
	add(&s, "b", json_object());
	mail(&s, 5, FACT_DELIVERED);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(count(&s, 'b'), 10);
	/* An id is given again while the poster has a post of the one before. */
	answer_all(&s, 0, 'a');
	pass(&s, UTC_SEC);
	assert_int_equal(s.n, 11);
	scene_close(&s);
}

/* Found by id and by account, over removals. */
static void
test_many(void **state)
{
	enum { MANY = 90 };
	static struct scene s;
	json_int_t id[MANY];

	(void)state;
	scene_open(&s);
	for (unsigned i = 0; i < MANY; i++)
		id[i] = add(&s, "a", json_object());
	for (unsigned i = 0; i < MANY; i += 2)
		json_decref(verb(&s, "webhooks.remove", json_pack("{s:I}", "id", id[i])));
	for (unsigned i = 0; i < MANY; i++) {
		const struct desk_hook *h = desk_hook_find(s.desk, id[i]);

		assert_true(i % 2 ? h && h->w.id == id[i] && h->tenant->number == 1 : !h);
	}
	assert_int_equal(s.desk->hooks->n, MANY / 2);
	assert_int_equal(s.desk->hooks->by_id.used, MANY / 2);
	assert_null(desk_hook_find(s.desk, 0));
	assert_null(desk_hook_find(s.desk, -1));
	for (unsigned i = 1; i < MANY; i += 2)
		json_decref(verb(&s, "webhooks.remove", json_pack("{s:I}", "id", id[i])));
	assert_true(list_empty(&s.desk->hooks->by_tenant));
	scene_close(&s);
}

/* Tests of endpoints that do not answer: a few at once, also when who asked goes. */
static void
test_questions(void **state)
{
	static struct scene s;
	int fd[DESK_POST_QUESTIONS];
	char said[4096];
	json_int_t a;

	(void)state;
	scene_open(&s);
	s.status['a'] = NONE;
	a = add(&s, "a", json_object());
	for (unsigned i = 0; i < DESK_POST_QUESTIONS; i++)
		fd[i] = ask_begin(&s, "webhooks.test", json_pack("{s:I}", "id", a));
	for (unsigned i = 0; i < 5000 && s.n < DESK_POST_QUESTIONS; i++)
		loop_step(s.loop, 1000);
	assert_int_equal(ask(&s, "webhooks.test", json_pack("{s:I}", "id", a), said), 503);
	assert_non_null(strstr(said, "4 tests"));
	close(fd[0]);
	turn(&s);
	assert_int_equal(ask(&s, "webhooks.test", json_pack("{s:I}", "id", a), said), 503);
	assert_int_equal(s.n, DESK_POST_QUESTIONS);
	answer_all(&s, 0, 'a');
	for (unsigned i = 1; i < DESK_POST_QUESTIONS; i++)
		assert_int_equal(ask_end(&s, fd[i], said), 200);
	s.status['a'] = 200;
	assert_int_equal(ask(&s, "webhooks.test", json_pack("{s:I}", "id", a), said), 200);
	scene_close(&s);
}

/* An endpoint that was off for longer than events are kept for it: those that it is not told
 * are dead letters, and can be told after all. */
static void
test_passed_over(void **state)
{
	static struct scene s;
	char said[4096];
	json_int_t a;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_object());
	json_decref(
		verb(&s, "webhooks.update", json_pack("{s:I,s:s}", "id", a, "state", "off")));
	mail(&s, 3, FACT_DELIVERED);
	pass(&s, 70 * UTC_HOUR);
	json_decref(
		verb(&s, "webhooks.update", json_pack("{s:I,s:s}", "id", a, "state", "off")));
	assert_int_equal(dead_letters(&s, a), 0);
	pass(&s, 3 * UTC_HOUR);
	mail(&s, 1, FACT_DELIVERED);
	json_decref(verb(&s, "webhooks.resume", json_pack("{s:I}", "id", a)));
	pass(&s, 10 * UTC_SEC);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.to[0], "b3@b.test");
	assert_int_equal(dead_letters(&s, a), 1);
	assert_int_equal(
		ask(&s, "webhooks.replay", json_pack("{s:I,s:b}", "id", a, "dead", 1), said),
		200);
	pass(&s, 10 * UTC_SEC);
	assert_int_equal(s.n, 2 + 6);
	assert_string_equal(s.to[2], "b0@b.test");
	assert_int_equal(dead_letters(&s, a), 0);
	scene_close(&s);
}

static void
give_up(struct scene *s, json_int_t number, unsigned n, bool gaps)
{
	struct control *c = desk_control(s->desk);

	assert_int_equal(control_webhook_begin(c), 0);
	for (unsigned i = 0; i < n; i++) {
		const struct webhook_range r = { .webhook = number,
			.tenant = 1,
			.at = loop_wall(s->loop),
			.behind = 100 + i * 10,
			.upto = 110 + i * 10 - gaps };

		assert_int_equal(control_webhook_range_add(c, WEBHOOK_DEAD_LETTERS, &r), 0);
	}
	assert_int_equal(control_webhook_end(c, 0), 0);
}

/* Replays that wait are limited; dead letters take the room that there is. */
static void
test_replays_waiting(void **state)
{
	static struct scene s;
	char said[4096];
	unsigned n = 0;
	json_int_t a;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_object());
	json_decref(
		verb(&s, "webhooks.update", json_pack("{s:I,s:s}", "id", a, "state", "off")));
	/* Side by side they are one. */
	give_up(&s, a, 300, false);
	assert_int_equal(
		ask(&s, "webhooks.replay", json_pack("{s:I,s:b}", "id", a, "dead", 1), said),
		200);
	assert_int_equal(dead_letters(&s, a), 0);
	assert_int_equal(
		control_webhook_ranges_count(desk_control(s.desk), WEBHOOK_REPLAYS, a, &n), 0);
	assert_int_equal(n, 1);
	give_up(&s, a, 300, true);
	assert_int_equal(
		ask(&s, "webhooks.replay", json_pack("{s:I,s:b}", "id", a, "dead", 1), said),
		200);
	assert_int_equal(dead_letters(&s, a), 300 - WEBHOOK_REPLAYS_MAX + 1);
	assert_int_equal(
		control_webhook_ranges_count(desk_control(s.desk), WEBHOOK_REPLAYS, a, &n), 0);
	assert_int_equal(n, WEBHOOK_REPLAYS_MAX);
	assert_int_equal(
		ask(&s, "webhooks.replay", json_pack("{s:I,s:b}", "id", a, "dead", 1), said),
		409);
	assert_non_null(strstr(said, "100 replays"));
	assert_int_equal(
		ask(&s, "webhooks.replay",
			json_pack("{s:I,s:s}", "id", a, "from", "2026-09-21T00:00:00Z"), said),
		409);
	/* Nothing is left half done. */
	assert_int_equal(dead_letters(&s, a), 300 - WEBHOOK_REPLAYS_MAX + 1);
	json_decref(verb(&s, "webhooks.resume", json_pack("{s:I}", "id", a)));
	pass(&s, 10 * UTC_SEC);
	assert_int_equal(
		ask(&s, "webhooks.replay", json_pack("{s:I,s:b}", "id", a, "dead", 1), said),
		200);
	scene_close(&s);
}

TEST_MAIN(TEST(test_share_of_a_tenant), TEST(test_share_over_a_death), TEST(test_far_behind),
	TEST(test_the_last_goes), TEST(test_many), TEST(test_questions), TEST(test_passed_over),
	TEST(test_replays_waiting))
