#include "account/control_schema.h"
#include "role/desk_hook_scene.h"
#include "send/pause.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void
test_order(void **state)
{
	static struct scene s;

	(void)state;
	scene_open(&s);
	mail(&s, 5, FACT_DELIVERED); /* before the endpoint: not told */
	pass(&s, 1000);
	add(&s, "a", json_object());
	mail(&s, 300, FACT_DELIVERED);
	pass(&s, 30 * UTC_SEC);
	assert_int_equal(s.n, 600);
	for (unsigned i = 0; i < s.n; i++) {
		char to[32];

		snprintf(to, sizeof to, "b%u@b.test", 5 + i / 2);
		assert_string_equal(s.to[i], to);
	}
	scene_close(&s);
}

/* When each attempt of one event comes, in seconds behind the first. */
static void
test_back_off(void **state)
{
	static const int64_t due[] = { 0, 5, 35, 155, 755, 2555, 6155, 9755 };
	static struct scene s;
	int64_t first = 0;
	unsigned seen = 0;

	(void)state;
	scene_open(&s);
	s.status['a'] = 500;
	json_int_t a = add(&s, "a", json_object());

	add(&s, "b", json_object());
	mail(&s, 2, FACT_DELIVERED);
	for (int i = 0; i < 40000 && seen < TEST_COUNT(due); i++) {
		clock_pass(&s.clock, 250000);
		for (int k = 0; k < 8; k++)
			loop_step(s.loop, 0);
		if (count(&s, 'a') == seen)
			continue;
		assert_int_equal(count(&s, 'a'), seen + 1);
		first = first ? first : loop_wall(s.loop);
		int64_t at = (loop_wall(s.loop) - first) / UTC_SEC;

		assert_in_range(at, due[seen], due[seen] + 2);
		seen++;
	}
	assert_int_equal(seen, TEST_COUNT(due));
	/* The other one was not held up. */
	assert_int_equal(count(&s, 'b'), 4);
	json_t *j = get(&s, a);

	assert_int_equal(json_integer_value(json_object_get(j, "failures")), seen);
	json_decref(j);
	/* Always the same event, and then the rest in order. */
	s.status['a'] = 204;
	pass(&s, UTC_HOUR + UTC_MIN);
	unsigned n = 0;

	for (unsigned i = 0; i < s.n; i++)
		if (s.path[i] == 'a' && n++ < seen)
			assert_string_equal(s.event[i], s.event[s.path[0] == 'a' ? 0 : 1]);
	assert_int_equal(n, seen + 4);
	scene_close(&s);
}

static void
test_give_up(void **state)
{
	static struct scene s;
	json_int_t a;

	(void)state;
	scene_open(&s);
	s.status['a'] = 500;
	a = add(&s, "a", json_object());
	mail(&s, 3, FACT_BOUNCED);
	pass(&s, 72 * UTC_HOUR - UTC_MIN);
	assert_int_equal(dead_letters(&s, a), 0);
	mail(&s, 1, FACT_DELIVERED); /* young: not given up with the others */
	pass(&s, 3 * UTC_HOUR);
	assert_true(dead_letters(&s, a) >= 1);
	s.status['a'] = 200;
	s.n = 0;
	pass(&s, 2 * UTC_HOUR);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.to[0], "b3@b.test");
	scene_close(&s);
}

static void
test_vendors_rules(void **state)
{
	static struct scene s;
	json_int_t first, backup, gone, pm;

	(void)state;
	scene_open(&s);
	s.status['g'] = 410;
	s.status['p'] = 403;
	first = add(&s, "m",
		json_pack("{s:s,s:s,s:[s]}", "format", "mailjet-1", "event", "bounce", "events",
			"bounce"));
	backup = add(&s, "k",
		json_pack("{s:s,s:s,s:[s],s:b}", "format", "mailjet-1", "event", "bounce",
			"events", "bounce", "is_backup", 1));
	gone = add(&s, "g", json_object());
	s.status['m'] = 200;
	mail(&s, 1, FACT_BOUNCED);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(count(&s, 'm'), 1);
	s.status['m'] = 500;
	pm = add(&s, "p", json_pack("{s:s}", "format", "postmark"));
	mail(&s, 2, FACT_BOUNCED);
	pass(&s, 30 * UTC_SEC);
	/* 410: off at once. 403: no second time, both events tried. */
	assert_true(is_state(&s, gone, "off"));
	assert_int_equal(count(&s, 'g'), 1);
	assert_int_equal(count(&s, 'p'), 2);
	assert_int_equal(dead_letters(&s, pm), 2);
	assert_int_equal(count(&s, 'k'), 0);
	pass(&s, 23 * UTC_HOUR);
	assert_true(is_state(&s, first, "on"));
	/* After 24 hours: dead, the backup has everything. */
	pass(&s, 2 * UTC_HOUR);
	assert_true(is_state(&s, first, "dead"));
	assert_true(is_state(&s, backup, "on"));
	assert_int_equal(count(&s, 'k'), 2);
	/* A new URL brings it back; what the backup had is not told again. */
	json_decref(verb(&s, "webhooks.update",
		json_pack("{s:I,s:s}", "id", first, "url", "https://hooks.test/n")));
	assert_true(is_state(&s, first, "on"));
	mail(&s, 1, FACT_BOUNCED);
	pass(&s, UTC_MIN);
	assert_int_equal(count(&s, 'n'), 1);
	assert_int_equal(count(&s, 'k'), 2);
	scene_close(&s);
}

/* A poster that is busy, or dies, is no failure of the endpoint. */
static void
test_poster(void **state)
{
	static struct scene s;
	json_int_t a;
	json_t *j;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_object());
	s.class = FETCH_BUSY;
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, 3 * UTC_SEC);
	assert_true(s.n >= 2);
	s.status['a'] = NONE;
	s.class = FETCH_ANSWERED;
	pass(&s, 3 * UTC_SEC);
	unsigned before = s.n;

	pass(&s, 3 * UTC_SEC);
	assert_int_equal(s.n, before); /* one in flight */
	s.status['a'] = 200;
	poster_up(&s);
	pass(&s, 3 * UTC_SEC);
	assert_int_equal(s.n, before + 2);
	assert_string_equal(s.event[before], s.event[0]);
	j = get(&s, a);
	assert_int_equal(json_integer_value(json_object_get(j, "failures")), 0);
	json_decref(j);
	scene_close(&s);
}

/* A desk in a process of its own, on the same state; its posts come here. Its clock stands
 * still: it reads, posts and is answered, and the second in which it notes progress never
 * comes. */
static pid_t
desk_apart(struct scene *s)
{
	static const struct channel_calls calls = { on_post, on_end_gone };
	struct loop *l;
	int fd[2];
	pid_t pid;

	desk_free(&s->desk);
	channel_free(&s->end);
	assert_int_equal(channel_pair(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fd[0]);
		l = loop_new(&s->clock);
		s->desk = desk_new(l, &s->env);
		desk_poster_peer(s->desk, fd[1]);
		for (;;)
			loop_step(l, 100000);
	}
	close(fd[1]);
	s->end = channel_new(s->loop, fd[0], 8u << 20, &calls, s);
	return pid;
}

static void
kill_apart(struct scene *s, pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	s->desk = desk_new(s->loop, &s->env);
	poster_up(s);
}

/* A desk that is killed between a post and its note: what it did not note comes again, with the
 * same ids and in order; what it had noted does not. One that ends in peace has noted all. */
static void
test_restart(void **state)
{
	static struct scene s;
	unsigned n;
	pid_t pid;

	(void)state;
	scene_open(&s);
	add(&s, "a", json_object());
	mail(&s, 10, FACT_DELIVERED);
	pass(&s, 3 * UTC_SEC);
	assert_int_equal(s.n, 20);
	mail(&s, 10, FACT_DELIVERED);
	pid = desk_apart(&s);
	for (unsigned i = 0; i < 20000 && s.n < 40; i++)
		loop_step(s.loop, 1000);
	assert_int_equal(s.n, 40);
	assert_string_equal(s.to[20], "b10@b.test");
	/* All are posted, none is noted. */
	s.status['a'] = NONE;
	kill_apart(&s, pid);
	pass(&s, 2 * UTC_SEC);
	assert_int_equal(s.n, 41);
	assert_string_equal(s.event[40], s.event[20]);
	/* And again, before any answer. */
	pid = desk_apart(&s);
	for (unsigned i = 0; i < 20000 && s.n < 42; i++)
		loop_step(s.loop, 1000);
	assert_int_equal(s.n, 42);
	assert_string_equal(s.event[41], s.event[20]);
	s.status['a'] = 200;
	kill_apart(&s, pid);
	pass(&s, 5 * UTC_SEC);
	n = 42;
	assert_int_equal(s.n, n + 20);
	for (unsigned i = 0; i < 20; i++)
		assert_string_equal(s.event[n + i], s.event[20 + i]);
	desk_free(&s.desk);
	s.desk = desk_new(s.loop, &s.env);
	poster_up(&s);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(s.n, n + 20);
	scene_close(&s);
}

/* A restored state tells nothing before somebody lets it go on; then all, in order. */
static void
test_restored(void **state)
{
	static const struct pause by_hand = { .since = WALL };
	static const struct pause restored = { .restored = true, .since = WALL };
	static struct scene s;

	(void)state;
	scene_open(&s);
	add(&s, "a", json_object());
	mail(&s, 2, FACT_DELIVERED);
	pass(&s, 3 * UTC_SEC);
	assert_int_equal(s.n, 4);
	desk_free(&s.desk);
	assert_int_equal(pause_write(s.paths.journal, &restored), 0);
	s.desk = desk_new(s.loop, &s.env);
	poster_up(&s);
	mail(&s, 2, FACT_DELIVERED);
	pass(&s, 10 * UTC_SEC);
	assert_int_equal(s.n, 4);
	assert_int_equal(pause_remove(s.paths.journal), 0);
	pass(&s, 3 * UTC_SEC);
	assert_int_equal(s.n, 8);
	assert_string_equal(s.to[4], "b2@b.test");
	/* Mail that waits for an operator is no reason. */
	assert_int_equal(pause_write(s.paths.journal, &by_hand), 0);
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, 3 * UTC_SEC);
	assert_int_equal(s.n, 10);
	scene_close(&s);
}

static void
again(struct scene *s, json_int_t number, uint64_t behind, uint64_t upto)
{
	struct control *c = desk_control(s->desk);
	const struct webhook_range r = { .webhook = number,
		.tenant = 1,
		.at = loop_wall(s->loop),
		.behind = behind,
		.upto = upto };

	assert_int_equal(control_webhook_begin(c), 0);
	assert_int_equal(
		control_webhook_end(c, control_webhook_range_add(c, WEBHOOK_REPLAYS, &r)), 0);
	desk_hooks_load(s->desk);
}

/* Events again: beside the new ones, and over a restart. */
static void
test_replay(void **state)
{
	static struct scene s;
	json_int_t a;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_object());
	mail(&s, 20, FACT_DELIVERED);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(s.n, 40);
	s.status['a'] = 500;
	again(&s, a, (uint64_t)WALL - 1, (uint64_t)loop_wall(s.loop));
	pass(&s, UTC_SEC);
	assert_int_equal(s.n, 41);
	assert_string_equal(s.event[40], s.event[0]);
	desk_free(&s.desk);
	s.desk = desk_new(s.loop, &s.env);
	poster_up(&s);
	s.status['a'] = 200;
	pass(&s, 10 * UTC_SEC);
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, 10 * UTC_SEC);
	/* Once tried, 40 again, 2 new ones; and not a second time. */
	assert_int_equal(s.n, 41 + 40 + 2);
	for (unsigned i = 0; i < 40; i++)
		assert_string_equal(s.event[41 + i], s.event[i]);
	pass(&s, UTC_MIN);
	assert_int_equal(s.n, 41 + 40 + 2);
	scene_close(&s);
}

static void
run_sql(const struct scene *s, const char *sql)
{
	struct store *store;
	char path[700];

	snprintf(path, sizeof path, "%s/" CONTROL_FILE, s->paths.state);
	assert_int_equal(store_open(path, STORE_WRITE, &control_schema, &store), 0);
	assert_int_equal(store_run(store, sql, NULL, NULL, ""), 0);
	store_free(&store);
}

/* While the tables cannot be written a replay that is over does not begin again. */
static void
test_replay_unsaved(void **state)
{
	static struct scene s;
	json_int_t a;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_object());
	mail(&s, 5, FACT_DELIVERED);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(s.n, 10);
	run_sql(&s, "CREATE TRIGGER full BEFORE DELETE ON webhook_replays"
		    " BEGIN SELECT RAISE(ABORT, 'full'); END");
	again(&s, a, (uint64_t)WALL - 1, (uint64_t)loop_wall(s.loop));
	pass(&s, 10 * UTC_SEC);
	assert_int_equal(s.n, 20);
	/* What is new is told all the same. */
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, 10 * UTC_SEC);
	assert_int_equal(s.n, 22);
	run_sql(&s, "DROP TRIGGER full");
	pass(&s, 10 * UTC_SEC);
	assert_int_equal(s.n, 22);
	again(&s, a, (uint64_t)WALL - 1, (uint64_t)loop_wall(s.loop));
	pass(&s, 10 * UTC_SEC);
	assert_int_equal(s.n, 34);
	scene_close(&s);
}

static void
test_only_what_is_wanted(void **state)
{
	static struct scene s;
	json_int_t a;
	json_t *j;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_pack("{s:[s]}", "events", "bounced"));
	mail(&s, 200, FACT_DELIVERED);
	mail(&s, 1, FACT_BOUNCED);
	pass(&s, 10 * UTC_SEC);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.to[0], "b200@b.test");
	/* Arrays are gathered: 400 events in one post. */
	add(&s, "s", json_pack("{s:s,s:b}", "format", "sendgrid", "signed", 0));
	json_decref(verb(&s, "webhooks.remove", json_pack("{s:I}", "id", a)));
	mail(&s, 200, FACT_DELIVERED);
	pass(&s, 10 * UTC_SEC);
	assert_in_range(count(&s, 's'), 1, 3);
	j = desk_hooks_json(s.desk);
	assert_int_equal(json_integer_value(json_object_get(j, "endpoints")), 1);
	assert_int_equal(json_integer_value(json_object_get(j, "lag_s")), 0);
	json_decref(j);
	scene_close(&s);
}

/* The log has the newest WEBHOOK_POSTS_KEPT and no more than that for long. */
static void
test_log(void **state)
{
	static struct scene s;
	json_int_t a;
	json_t *j, *posts;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_object());
	mail(&s, 700, FACT_DELIVERED);
	pass(&s, 60 * UTC_SEC);
	assert_int_equal(s.n, 1400);
	j = verb(&s, "webhooks.log", json_pack("{s:I,s:i}", "id", a, "limit", 5));
	posts = json_object_get(j, "posts");
	assert_int_equal(json_array_size(posts), 5);
	assert_str(desk_text(json_array_get(posts, 0), "event"), s.event[s.n - 1]);
	assert_str(desk_text(json_array_get(posts, 0), "answer"), "hello");
	assert_true(str_starts(desk_text(json_array_get(posts, 0), "request"), STR_LIT("{")));
	assert_int_equal(desk_control(s.desk) ? 1 : 0, 1);
	json_decref(j);
	j = verb(&s, "webhooks.log", json_pack("{s:I,s:i}", "id", a, "limit", 1000));
	assert_true(json_is_integer(json_object_get(j, "next")));
	json_int_t next = json_integer_value(json_object_get(j, "next"));

	json_decref(j);
	j = verb(&s, "webhooks.log",
		json_pack("{s:I,s:i,s:I}", "id", a, "limit", 1000, "from", next));
	assert_in_range(json_array_size(json_object_get(j, "posts")), 0, 150);
	json_decref(j);
	scene_close(&s);
}

TEST_MAIN(TEST(test_order), TEST(test_back_off), TEST(test_give_up), TEST(test_vendors_rules),
	TEST(test_poster), TEST(test_restart), TEST(test_restored), TEST(test_replay),
	TEST(test_replay_unsaved), TEST(test_only_what_is_wanted), TEST(test_log))
