/* Quotas at the engine: counted once, all or nothing, over a crash; sessions of edges that come
 * and go. */
#include "role/engine_control_scene.h"

static uint64_t key; /* shop's */

static void
limit(const char *account, const char *of, enum limit_kind kind, uint64_t most)
{
	struct control_quota q = { .account = str_z(account), .key = str_z(of) };
	json_t *j;

	q.given[kind] = true;
	q.most[kind] = most;
	assert_int_equal(control_quota_set(control, &q, &j), 0);
	key = (uint64_t)json_integer_value(json_object_get(j, "key_id"));
	json_decref(j);
}

static int
up(void **state)
{
	const struct control_key k = { .account = STR_LIT("shop") };

	(void)state;
	tables_open(false);
	account("shop");
	assert_int_equal(
		control_key_put(control, &k, STR_LIT("fk_shop"), STR_LIT("a secret")), 0);
	limit("shop", "", LIMIT_DAY, 10);
	limit("shop", "", LIMIT_SESSIONS, 4);
	limit("", "fk_shop", LIMIT_HOUR, 5);
	limit("", "fk_shop", LIMIT_SESSIONS, 3);
	assert_true(key > 0);
	scene_start(s);
	scene_up(s);
	return 0;
}

static void
make(unsigned n, bool with_key)
{
	static char to[400]; /* s->last borrows it */

	to[0] = '\0';
	for (unsigned i = 0; i < n; i++)
		snprintf(to + strlen(to), sizeof to - strlen(to), "%sr%u@remote.test",
			i ? " " : "", i);
	scene_make(s, "a@shop.test", to);
	s->last.key = with_key ? key : 0;
}

static void
test_recipients(void **state)
{
	static const struct {
		const char *name;
		unsigned n;
		bool key;
		unsigned code;
		const char *part;
		uint64_t pass; /* before it, µs */
	} table[] = {
		{ "fits", 3, true, 250, "", 0 },
		{ "all or nothing", 3, true, 452,
			"key fk_shop may send to 5 recipients an hour", 0 },
		{ "never", 6, true, 550, "send it in parts", 0 },
		{ "the rest", 2, true, 250, "", 0 },
		{ "without the key", 4, false, 250, "", 0 },
		{ "the longer one", 2, true, 452,
			"account shop may send to 10 recipients a day", 0 },
		{ "the next hour", 1, true, 250, "", SCENE_HOUR },
		{ "the day is over", 1, false, 452, "10 are used", 0 },
		{ "the next day", 1, false, 250, "", 24 * SCENE_HOUR },
	};
	struct msg_submitted a;

	(void)state;
	TEST_EACH(row, table)
	{
		if (row->pass) {
			clock_pass(&s->clock, row->pass);
			scene_settle(s);
		}
		make(row->n, row->key);
		scene_send(s);
		a = SCENE_TAKE(s, &s->edge, submitted);
		assert_int_equal(a.reply.code, row->code);
		assert_true(str_find_str(a.reply.text, str_z(row->part)) < a.reply.text.n ||
			    !row->part[0]);
		assert_int_equal(a.retry_s != 0, row->code != 250);
		assert_int_equal(a.retry_s == MSG_NEVER, row->code == 550);
	}
}

static long
used(void)
{
	struct msg_answer a;
	json_t *j;
	long n;

	SCENE_TELL(&s->desk, query, .seq = ++s->query, .op = QUERY_USE, .tenant = 1,
		.address = STR_NONE, .domain = STR_NONE, .sender = STR_NONE, .state = STR_NONE,
		.text = STR_NONE);
	a = SCENE_TAKE(s, &s->desk, answer);
	j = json_loadb(a.json.p, a.json.n, 0, NULL);
	n = (long)json_integer_value(json_object_get(json_object_get(j, "use"), "day"));
	json_decref(j);
	return n;
}

/* The bound: what came in the last five seconds before a crash is not counted, all else is;
 * what is sent again is counted once. A damaged file is none. */
static void
test_crash(void **state)
{
	char file[700];
	int fd;

	(void)state;
	make(3, false);
	assert_int_equal(scene_answer(s), 250);
	assert_int_equal(scene_answer(s), 250);
	assert_int_equal(used(), 3);
	scene_pass(s, 6000000);
	make(2, false);
	assert_int_equal(scene_answer(s), 250);
	assert_int_equal(used(), 5);
	scene_crash(s);
	scene_up(s);
	assert_int_equal(used(), 3);
	make(1, false);
	assert_int_equal(scene_answer(s), 250);
	/* An end that was asked for loses nothing. */
	scene_stop(s);
	scene_start(s);
	scene_up(s);
	assert_int_equal(used(), 4);
	scene_stop(s);
	snprintf(file, sizeof file, "%s/quota", s->paths.state);
	fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(write(fd, "FctQuot1", 8), 8);
	close(fd);
	scene_start(s);
	scene_up(s);
	assert_int_equal(used(), 0);
}

/* What waits behind a compaction when the engine ends was not accepted: said again to the next
 * one it is counted once. */
static void
test_not_accepted(void **state)
{
	(void)state;
	make(2, false);
	assert_int_equal(scene_answer(s), 250);
	s->engine->compact.on = true;
	make(3, true);
	scene_send(s);
	SCENE_NONE(s, &s->edge, submitted);
	assert_int_equal(used(), 5);
	scene_stop(s);
	scene_start(s);
	scene_up(s);
	assert_int_equal(used(), 2);
	assert_int_equal(scene_answer(s), 250);
	assert_int_equal(used(), 5);
}

/* A new secret is no new quota: the hour's 5 are shared by the old key and each that follows.
 */
static void
test_rolled(void **state)
{
	const char *name = "fk_shop";
	json_t *j[2], *keys;

	(void)state;
	make(3, true);
	assert_int_equal(scene_answer(s), 250);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(control_key_roll(control, STR_LIT("shop"), str_z(name),
					 (int64_t)SCENE_HOUR, &j[i]),
			0);
		name = json_string_value(json_object_get(j[i], "key"));
	}
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_CONTROL_CHANGED }, 200));
	assert_int_equal(control_key_list(control, STR_LIT("shop"), &keys), 0);
	assert_int_equal(json_array_size(keys), 3);
	make(1, true);
	key += 2; /* the newest one's */
	make(3, true);
	assert_int_equal(scene_answer(s), 452);
	make(2, true);
	assert_int_equal(scene_answer(s), 250);
	key -= 2;
	make(1, true);
	assert_int_equal(scene_answer(s), 452);
	json_decref(keys);
	json_decref(j[0]);
	json_decref(j[1]);
}

static bool
enter(struct scene_peer *edge, uint64_t of, uint32_t n)
{
	struct msg_entered m;

	SCENE_TELL(edge, enter, .seq = ++s->seq, .tenant = 1, .key = of, .n = n);
	m = SCENE_TAKE(s, edge, entered);
	assert_int_equal(m.reply.code, m.ok ? 250 : 421);
	return m.ok;
}

static void
hold(struct scene_peer *edge, uint64_t of, uint32_t n)
{
	SCENE_TELL(edge, open, .tenant = 1, .key = of, .n = n);
	scene_settle(s);
}

/* 4 of the account, 3 of its key, whatever edge has them. */
static void
test_sessions(void **state)
{
	(void)state;
	scene_connect(s, &s->edge2, ROLE_EDGE, 2);
	SCENE_TELL(&s->edge2, edge_hello, .edge = 2, .boot = 4343);
	(void)SCENE_TAKE(s, &s->edge2, edge_state);
	assert_true(enter(&s->edge, key, 1));
	assert_true(enter(&s->edge2, key, 1));
	assert_true(enter(&s->edge2, key, 2));
	assert_false(enter(&s->edge, key, 2));
	assert_true(enter(&s->edge, 0, 1));
	assert_false(enter(&s->edge, 0, 2));
	hold(&s->edge2, key, 1);
	assert_true(enter(&s->edge, 0, 2));
	assert_false(enter(&s->edge, key, 2));
	/* An edge that is gone has none. */
	scene_peer_clear(&s->edge2);
	scene_settle(s);
	assert_true(enter(&s->edge, key, 2));
	assert_false(enter(&s->edge, key, 3));
	/* Nor has one in whose place another came. */
	scene_connect(s, &s->edge2, ROLE_EDGE, 2);
	SCENE_TELL(&s->edge2, edge_hello, .edge = 2, .boot = 4344);
	(void)SCENE_TAKE(s, &s->edge2, edge_state);
	assert_true(enter(&s->edge2, key, 1) == false);
	hold(&s->edge, key, 1);
	assert_true(enter(&s->edge2, key, 1));
	scene_connect(s, &s->edge2, ROLE_EDGE, 2);
	assert_true(enter(&s->edge, key, 2));
	/* A new engine knows what it is told. */
	scene_crash(s);
	scene_up(s);
	hold(&s->edge, key, 2);
	hold(&s->edge, 0, 2);
	assert_false(enter(&s->edge, key, 3));
	hold(&s->edge, 0, 1);
	assert_true(enter(&s->edge, key, 3));
}

#define QUOTA_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(QUOTA_TEST(test_recipients), QUOTA_TEST(test_crash), QUOTA_TEST(test_sessions),
	QUOTA_TEST(test_not_accepted), QUOTA_TEST(test_rolled))
