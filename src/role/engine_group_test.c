/* Groups of mail in the engine: who left one, what a start knows, how an unsubscription finds
 * it. */
#include "account/control_stream.h"
#include "people/suppress_store.h"
#include "role/engine_control_scene.h"
#include "send/spool_suppress.h"
#include "send/wish.h"

#define ADA STR_LIT("ada@remote.test")

static void
group(const char *account, const char *name)
{
	const struct control_group g = { .account = str_z(account), .name = str_z(name) };
	json_t *j;

	assert_int_equal(control_group_add(control, &g, &j), 0);
	json_decref(j);
}

static int
up(void **state)
{
	(void)state;
	tables_open(false);
	account("shop");
	account("club");
	group("shop", "News");
	group("club", "Theirs");
	group("shop", "Offers");
	scene_start(s);
	return 0;
}

/* s->last, of this group; 0: of none, though it says so. */
static void
make(const char *to, uint32_t number)
{
	static char text[100], inner[16];
	struct buf b = { text, 0, sizeof text, sizeof text, false },
		   more = { inner, 0, sizeof inner, sizeof inner, false };
	struct msg_extra x = { .idem = STR_NONE, .about = STR_LIT("{\"group\":\"1\"}") };

	scene_make(s, "a@shop.test", to);
	assert_int_equal(msg_more_write(&more, &(struct msg_more){ .group = number }), 0);
	x.more = buf_str(&more);
	assert_int_equal(msg_extra_write(&b, &x), 0);
	s->last.extra = buf_str(&b);
}

static uint64_t
submit(const char *to, uint32_t number)
{
	make(to, number);
	assert_int_equal(scene_answer(s), 250);
	return s->last.message;
}

static long
ask(enum query_op op, uint32_t number, unsigned reason)
{
	struct suppress_change ch = { .remove = op == QUERY_SUPPRESS_REMOVE,
		.scope = op == QUERY_SUPPRESS_REMOVE ? SUPPRESS_ANY_SCOPE : SUPPRESS_ALL,
		.reason = (uint8_t)reason,
		.tenant = 1,
		.group = number,
		.address = ADA,
		.at = 1790000000000000 };
	struct msg_query q = { .op = (uint16_t)op };
	struct buf b;
	json_t *j;
	long n;

	buf_init(&b, 60000);
	assert_int_equal(spool_suppress_write(&b, &(struct spool_suppress){ &ch, 1 }), 0);
	q.text = buf_str(&b);
	j = scene_ask(s, &q, 200);
	buf_done(&b);
	n = (long)json_integer_value(json_object_get(j, "changed"));
	json_decref(j);
	return n;
}

static void
leave(uint32_t number, unsigned reason)
{
	assert_int_equal(ask(QUERY_SUPPRESS_ADD, number, reason), 1);
}

static void
goes_nowhere(uint32_t number)
{
	uint64_t id = submit("Ada@Remote.TEST", number);

	SCENE_NONE(s, &s->courier[1], attempt);
	assert_string_equal(scene_facts(s, id + 1), "accepted suppressed");
}

static void
is_delivered(uint32_t number)
{
	uint64_t id = submit("ada@remote.test", number);

	scene_delivered(s);
	assert_string_equal(scene_facts(s, id + 1), "accepted delivered");
}

static void
test_left(void **state)
{
	(void)state;
	scene_up(s);
	is_delivered(1);
	leave(1, SUPPRESS_UNSUBSCRIBE);
	goes_nowhere(1);
	is_delivered(3);
	is_delivered(0);
	/* What holds for all mail holds for a group's. */
	leave(0, SUPPRESS_MANUAL);
	goes_nowhere(3);
	goes_nowhere(0);
	assert_int_equal(ask(QUERY_SUPPRESS_REMOVE, 0, 0), 1);
	goes_nowhere(1);
	assert_int_equal(ask(QUERY_SUPPRESS_REMOVE, 1, 0), 1);
	is_delivered(1);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *name;
		uint32_t group;
		int code;
	} table[] = { { "its own", 1, 250 }, { "another account's", 2, MSG_NO_GROUP },
		{ "that never was", 4711, MSG_NO_GROUP }, { "none", 0, 250 } };
	json_t *j;

	(void)state;
	scene_up(s);
	TEST_EACH(row, table)
	{
		make("bob@remote.test", row->group);
		assert_int_equal(scene_answer(s), row->code);
		if (row->code == 250)
			scene_delivered(s);
	}
	assert_int_equal(control_group_remove(control, STR_LIT("shop"), STR_LIT("1"), &j), 0);
	json_decref(j);
	engine_directory_reload(s->engine);
	scene_settle(s);
	make("bob@remote.test", 1);
	assert_int_equal(scene_answer(s), MSG_NO_GROUP);
}

static void
unsubscribe(uint64_t message, struct str address, uint32_t number)
{
	struct msg_submitted a;
	uint64_t seq = ++s->seq;

	SCENE_TELL(&s->edge, signal, .seq = seq, .kind = FACT_UNSUBSCRIBED, .tenant = 1,
		.stream = STREAM_BROADCAST, .message = message, .rcpt = message + 1,
		.accepted = s->last.accepted - s->last.accepted % 86400000000,
		.at = clock_wall(&s->clock), .address = address, .group = number);
	a = SCENE_TAKE(s, &s->edge, submitted);
	assert_int_equal(a.seq, seq);
	assert_int_equal(a.reply.code, 250);
}

static void
stream(const char *account, const char *name)
{
	const struct control_stream k = {
		.account = str_z(account), .stream = str_z(name), .kind = STREAM_BROADCAST
	};
	json_t *j;

	assert_int_equal(control_stream_add(control, &k, &j), 0);
	json_decref(j);
}

static void
archive(bool archived)
{
	json_t *j;

	assert_int_equal(
		control_stream_archive(control, STR_LIT("shop"), STR_LIT("news"), archived, &j),
		0);
	json_decref(j);
	engine_directory_reload(s->engine);
	scene_settle(s);
}

/* What an edge hears of streams: the row of the given number, out of n. */
static struct msg_stream
told_stream(uint32_t number, unsigned n)
{
	struct msg_stream m, found = { 0 };

	for (unsigned i = 0; i < n; i++) {
		m = SCENE_TAKE(s, &s->edge, stream);
		assert_int_equal(m.part,
			(i == 0 ? TRACKING_FIRST : 0) | (i + 1 == n ? TRACKING_LAST : 0));
		if (m.number == MSG_STREAM_NUMBERS + number)
			found = m;
	}
	assert_int_equal(found.number, MSG_STREAM_NUMBERS + number);
	return found;
}

/* A stream of the account's own has the place of a group; archived, it takes no mail, and who
 * leaves it then leaves it alone. */
static void
test_stream(void **state)
{
	const uint32_t news = MSG_STREAM_NUMBERS + 1, theirs = MSG_STREAM_NUMBERS + 2;
	uint64_t id;

	(void)state;
	stream("shop", "news");
	stream("club", "theirs");
	scene_up(s);
	engine_directory_reload(s->engine);
	scene_settle(s);
	assert_int_equal(told_stream(1, 2).how, MSG_STREAM_BROADCAST | MSG_STREAM_UNSUBSCRIBE);
	id = submit("ada@remote.test", news);
	scene_delivered(s);
	make("bob@remote.test", theirs);
	assert_int_equal(scene_answer(s), MSG_NO_GROUP);
	make("bob@remote.test", MSG_STREAM_NUMBERS + 4711);
	assert_int_equal(scene_answer(s), MSG_NO_GROUP);
	archive(true);
	assert_int_equal(told_stream(1, 2).how,
		MSG_STREAM_BROADCAST | MSG_STREAM_UNSUBSCRIBE | MSG_STREAM_ARCHIVED);
	make("bob@remote.test", news);
	assert_int_equal(scene_answer(s), MSG_NO_GROUP);
	unsubscribe(id, ADA, news);
	archive(false);
	(void)told_stream(1, 2);
	goes_nowhere(news);
	is_delivered(1);
	is_delivered(0);
	/* An edge that comes hears of all before it takes mail. */
	scene_again(s);
	assert_int_equal(told_stream(2, 2).how, MSG_STREAM_BROADCAST | MSG_STREAM_UNSUBSCRIBE);
	goes_nowhere(news);
}

/* Only what passes every list passes a group. */
static void
test_bypass(void **state)
{
	static const struct {
		const char *name;
		uint8_t flags;
		bool goes;
	} table[] = { { "nothing", 0, false },
		{ "unsubscribe", MAIL_BYPASS_UNSUBSCRIBE, false },
		{ "the three", MAIL_BYPASS & ~MAIL_BYPASS_GROUP, false },
		{ "all", MAIL_BYPASS, true } };

	(void)state;
	scene_up(s);
	leave(1, SUPPRESS_UNSUBSCRIBE);
	TEST_EACH(row, table)
	{
		make("ada@remote.test", 1);
		s->last.flags = row->flags;
		assert_int_equal(scene_answer(s), 250);
		if (row->goes)
			scene_delivered(s);
		assert_string_equal(scene_facts(s, s->last.message + 1),
			row->goes ? "accepted delivered" : "accepted suppressed");
	}
}

/* How it is to go stands in the journal, and in the generation of a start. */
static void
test_tls(void **state)
{
	static const uint8_t needs[] = { TLS_NEED_VERIFIED, TLS_NEED_ANY, TLS_NEED_NONE,
		TLS_NEED_ANY + 1 };
	static char text[100];
	static const char *const to[] = { "a@remote.test", "b@remote.test", "c@remote.test",
		"d@remote.test" };

	(void)state;
	scene_edge_up(s);
	for (size_t i = 0; i < TEST_COUNT(needs); i++) {
		const struct wish w = { .tls = needs[i], .turn = i & 3u };
		char inner[WISH_ROOM];
		struct buf more = { inner, 0, sizeof inner, sizeof inner, false };
		struct buf b = { text, 0, sizeof text, sizeof text, false };
		struct msg_extra x = { .idem = STR_NONE, .about = STR_NONE };

		scene_make(s, "a@shop.test", to[i]);
		wish_write(&more, &w);
		x.more = buf_str(&more);
		assert_int_equal(msg_extra_write(&b, &x), 0);
		s->last.extra = buf_str(&b);
		/* No edge of ours says the last one. */
		assert_int_equal(scene_answer(s), needs[i] > TLS_NEED_ANY ? 451 : 250);
	}
	for (int time = 0; time < 2; time++)
		scene_again(s);
	scene_courier_hello(s, 1, NULL, 0);
	for (size_t i = 0; i < TEST_COUNT(needs) - 1; i++) {
		struct msg_attempt a = SCENE_TAKE(s, &s->courier[1], attempt);

		size_t at = (size_t)(a.rcpts.at[0].address.p[0] - 'a');

		assert_int_equal(a.need, needs[at]);
		assert_int_equal(queue_message(s->engine->queue, a.message)->turn, at);
	}
}

/* The journal keeps the group of what waits, and who left; so does the generation of a start.
 */
static void
test_kept(void **state)
{
	uint64_t id;

	(void)state;
	scene_edge_up(s);
	scene_desk_up(s);
	leave(3, SUPPRESS_UNSUBSCRIBE);
	id = submit("ada@remote.test bob@remote.test", 1);
	for (int time = 0; time < 2; time++) {
		scene_again(s);
		assert_int_equal(scene_count(s, "queued"), 2);
	}
	leave(1, SUPPRESS_MANUAL);
	scene_courier_hello(s, 1, NULL, 0);
	scene_delivered(s);
	assert_string_equal(scene_facts(s, id + 1), "accepted suppressed");
	assert_string_equal(scene_facts(s, id + 2), "accepted delivered");
	scene_crash(s);
	scene_up(s);
	goes_nowhere(1);
	goes_nowhere(3);
	is_delivered(0);
}

static void
test_unsubscribed(void **state)
{
	(void)state;
	scene_up(s);
	unsubscribe(submit("ada@remote.test", 1), ADA, 1);
	scene_delivered(s);
	goes_nowhere(1);
	is_delivered(3);
	/* Of the stream it is not: that of mail without a group. */
	make("ada@remote.test", 0);
	s->last.stream = STREAM_BROADCAST;
	assert_int_equal(scene_answer(s), 250);
	scene_delivered(s);
	/* A group that is gone, and one of another account: the stream. */
	unsubscribe(s->last.message, ADA, 2);
	make("ada@remote.test", 0);
	s->last.stream = STREAM_BROADCAST;
	assert_int_equal(scene_answer(s), 250);
	SCENE_NONE(s, &s->courier[1], attempt);
	is_delivered(3);
}

/* The address that unsubscribes by mail names the recipient only: his group is the queue's to
 * know while he waits, then the ledger's. */
static void
test_by_mail(void **state)
{
	uint64_t id;

	(void)state;
	scene_up(s);
	id = submit("ada@remote.test", 1);
	unsubscribe(id, STR_NONE, 0);
	assert_int_equal(ask(QUERY_SUPPRESS_REMOVE, 1, SUPPRESS_UNSUBSCRIBE), 1);
	scene_delivered(s);
	/* Then the ledger has it. */
	assert_non_null(strstr(scene_facts(s, id + 1), "delivered"));
	unsubscribe(id, STR_NONE, 0);
	assert_int_equal(ask(QUERY_SUPPRESS_REMOVE, 1, SUPPRESS_UNSUBSCRIBE), 1);
	is_delivered(0);
}

static void
test_emptied(void **state)
{
	struct msg_query q = { .op = QUERY_SUPPRESS_GROUP, .tenant = 1, .id = 1 };
	json_t *j;

	(void)state;
	scene_up(s);
	leave(1, SUPPRESS_UNSUBSCRIBE);
	leave(1, SUPPRESS_MANUAL);
	leave(3, SUPPRESS_MANUAL);
	q.tenant = 2;
	j = scene_ask(s, &q, 200);
	assert_int_equal(json_integer_value(json_object_get(j, "changed")), 0);
	json_decref(j);
	q.tenant = 1;
	j = scene_ask(s, &q, 200);
	assert_int_equal(json_integer_value(json_object_get(j, "changed")), 2);
	json_decref(j);
	is_delivered(1);
	goes_nowhere(3);
	q.tenant = 0;
	json_decref(scene_ask(s, &q, 400));
	q.id = 0;
	json_decref(scene_ask(s, &q, 400));
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_left), ENGINE_TEST(test_refused), ENGINE_TEST(test_bypass),
	ENGINE_TEST(test_kept), ENGINE_TEST(test_tls), ENGINE_TEST(test_unsubscribed),
	ENGINE_TEST(test_by_mail), ENGINE_TEST(test_emptied), ENGINE_TEST(test_stream))
