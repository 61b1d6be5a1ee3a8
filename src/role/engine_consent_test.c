/* Consent to tracking that was taken back: what is recorded of opens and clicks then. */
#include "people/suppress_store.h"
#include "role/engine_control_scene.h"
#include "role/engine_suppress.h"
#include "send/spool_suppress.h"

#define LEISURE INT64_C(60000000) /* µs: nobody takes the reader for a scanner by his haste */

/* Opens and clicks are recorded of accounts that are there: "shop" has the number 1. */
static int
up(void **state)
{
	uint32_t tenant = 0;

	(void)state;
	tables_open(true);
	account("shop");
	assert_int_equal(control_account_tenant(control, STR_LIT("shop"), &tenant), 0);
	assert_int_equal(tenant, 1);
	control_free(&control);
	scene_start(s);
	scene_up(s);
	return 0;
}

static struct msg_signal
signal_of(uint64_t message, uint8_t kind)
{
	return (struct msg_signal){ .kind = kind,
		.tenant = 1,
		.message = message,
		.rcpt = message + 1,
		.accepted = s->last.accepted,
		.at = clock_wall(&s->clock) + LEISURE,
		.address = STR_NONE,
		.ip = STR_NONE,
		.agent = STR_NONE,
		.url = STR_NONE };
}

static void
say(const struct msg_signal *m)
{
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_signal_write(&b, m), 0);
	scene_say(&s->edge, MSG_signal, &b);
	buf_done(&b);
}

/* All is done about what was said. */
static void
settled(void)
{
	scene_settle(s);
	for (int i = 0; i < 400 && s->engine->meants + s->engine->signals_in_flight > 0; i++)
		scene_pass(s, 500000);
	assert_int_equal(s->engine->meants + s->engine->signals_in_flight, 0);
}

/* Opened and clicked, and all is done about it. */
static void
read_by(uint64_t message)
{
	for (unsigned kind = FACT_OPENED; kind <= FACT_CLICKED; kind++) {
		struct msg_signal m = signal_of(message, (uint8_t)kind);

		say(&m);
	}
	settled();
}

/* By the recipient's own page. */
static int
stops(const char *address, uint64_t message)
{
	struct msg_signal m = signal_of(message, SIGNAL_STOP_TRACKING);
	struct msg_submitted a;

	m.seq = ++s->seq;
	m.address = str_z(address);
	say(&m);
	a = SCENE_TAKE(s, &s->edge, submitted);
	assert_int_equal(a.seq, m.seq);
	return a.reply.code;
}

static unsigned
by_hand(enum query_op op, const char *address, uint8_t scope)
{
	struct suppress_change c = { .remove = op == QUERY_SUPPRESS_REMOVE,
		.scope = scope,
		.reason = op == QUERY_SUPPRESS_REMOVE ? SUPPRESS_ANY_REASON : SUPPRESS_MANUAL,
		.tenant = 1,
		.address = str_z(address),
		.note = STR_NONE };
	struct msg_query q = { .op = (uint16_t)op };
	unsigned changed;
	struct buf b;
	json_t *j;

	buf_init(&b, 60000);
	assert_int_equal(spool_suppress_write(&b, &(struct spool_suppress){ &c, 1 }), 0);
	q.text = buf_str(&b);
	j = scene_ask(s, &q, 200);
	changed = (unsigned)json_integer_value(json_object_get(j, "changed"));
	json_decref(j);
	buf_done(&b);
	return changed;
}

static uint64_t
delivered(const char *to)
{
	uint64_t id = scene_submit(s, "a@shop.test", to);

	scene_delivered(s);
	return id;
}

/* For mail that was sent before, and for mail that comes after, which is delivered as ever. */
static void
test_withdrawn(void **state)
{
	uint64_t ada, bob, later;

	(void)state;
	ada = delivered("Ada@Remote.test");
	bob = delivered("bob@remote.test");
	read_by(ada);
	assert_string_equal(scene_facts(s, ada + 1), "accepted delivered opened clicked");
	assert_int_equal(stops("ada@remote.test", ada), 250);
	assert_string_equal(scene_facts(s, ada + 1), "accepted delivered opened clicked");
	later = delivered("ada@remote.test");
	read_by(ada);
	read_by(later);
	read_by(bob);
	assert_string_equal(scene_facts(s, ada + 1), "accepted delivered opened clicked");
	assert_string_equal(scene_facts(s, later + 1), "accepted delivered");
	assert_string_equal(scene_facts(s, bob + 1), "accepted delivered opened clicked");
	assert_int_equal(s->engine->stats.withdrawn, 4);
	assert_int_equal(scene_status(s, "suppressions", "addresses"), 0);
	/* After a kill as well. */
	scene_crash(s);
	scene_up(s);
	read_by(later);
	assert_string_equal(scene_facts(s, later + 1), "accepted delivered");
	assert_int_equal(s->engine->stats.withdrawn, 2);
}

/* He stands in the queue still; of whom nothing is known, nothing is recorded. */
static void
test_looked_for(void **state)
{
	struct msg_signal m;
	uint64_t ada, bob;

	(void)state;
	ada = scene_submit(s, "a@shop.test", "ada@remote.test");
	bob = scene_submit(s, "a@shop.test", "bob@remote.test");
	/* None is looked for as long as nobody took anything back. */
	m = signal_of(ada + 5000, FACT_OPENED);
	assert_true(engine_signal(s->engine, &s->engine->edges[1], &m));
	assert_int_equal(s->engine->meants, 0);
	assert_int_equal(s->engine->signals_in_flight, 1);
	scene_settle(s);
	assert_int_equal(by_hand(QUERY_SUPPRESS_ADD, "ada@remote.test", SUPPRESS_TRACKING), 1);
	read_by(ada);
	read_by(bob);
	assert_int_equal(s->engine->stats.withdrawn, 2);
	assert_string_equal(scene_facts(s, ada + 1), "accepted");
	assert_string_equal(scene_facts(s, bob + 1), "accepted opened clicked");
	m = signal_of(ada + 5000, FACT_CLICKED);
	assert_true(engine_signal(s->engine, &s->engine->edges[1], &m));
	assert_int_equal(s->engine->meants, 1);
	scene_settle(s);
	assert_int_equal(s->engine->meants, 0);
	assert_int_equal(s->engine->stats.withdrawn, 3);
	assert_int_equal(s->engine->signals_in_flight, 0);
	/* An account of which nobody did is not slowed down. */
	m.tenant = 2;
	assert_false(engine_suppress_tracks_less(s->engine, 2));
	assert_true(engine_suppress_tracks_less(s->engine, 1));
	scene_delivered(s);
	scene_delivered(s);
}

/* Mail again does not mean tracking again. */
static void
test_given_back(void **state)
{
	uint64_t ada = delivered("ada@remote.test");

	(void)state;
	assert_int_equal(by_hand(QUERY_SUPPRESS_ADD, "ada@remote.test", SUPPRESS_TRACKING), 1);
	assert_int_equal(by_hand(QUERY_SUPPRESS_ADD, "ada@remote.test", SUPPRESS_ALL), 1);
	assert_int_equal(
		by_hand(QUERY_SUPPRESS_REMOVE, "ada@remote.test", SUPPRESS_ANY_SCOPE), 1);
	read_by(ada);
	assert_string_equal(scene_facts(s, ada + 1), "accepted delivered");
	assert_int_equal(
		by_hand(QUERY_SUPPRESS_REMOVE, "ada@remote.test", SUPPRESS_TRACKING), 1);
	read_by(ada);
	assert_string_equal(scene_facts(s, ada + 1), "accepted delivered opened clicked");
}

/* An incident is undone with all that it brought. */
static void
test_undone(void **state)
{
	struct suppress_change c[2] = { { .scope = SUPPRESS_TRACKING,
		.reason = SUPPRESS_MANUAL,
		.tenant = 1,
		.incident = 9,
		.address = STR_LIT("ada@remote.test"),
		.note = STR_NONE } };
	struct msg_query q = { .op = QUERY_SUPPRESS_ADD },
			 undo = { .op = QUERY_SUPPRESS_UNDO, .id = 9 };
	struct buf b;
	json_t *j;

	(void)state;
	c[1] = c[0];
	c[1].scope = SUPPRESS_ALL;
	buf_init(&b, 60000);
	assert_int_equal(spool_suppress_write(&b, &(struct spool_suppress){ c, 2 }), 0);
	q.text = buf_str(&b);
	json_decref(scene_ask(s, &q, 200));
	buf_done(&b);
	assert_true(engine_suppress_tracks_less(s->engine, 1));
	j = scene_ask(s, &undo, 200);
	assert_int_equal(json_integer_value(json_object_get(j, "changed")), 2);
	json_decref(j);
	assert_false(engine_suppress_tracks_less(s->engine, 1));
	assert_int_equal(engine_suppress_count(s->engine), 0);
}

/* What cannot be kept is not promised. */
static void
test_refused(void **state)
{
	uint64_t ada = delivered("ada@remote.test");

	(void)state;
	suppress_free(&s->engine->suppress->set);
	s->engine->suppress->set = suppress_new(0);
	assert_int_equal(stops("ada@remote.test", ada), 452);
	suppress_free(&s->engine->suppress->set);
	s->engine->suppress->set = suppress_new(10);
	s->engine->disk_full = true;
	assert_int_equal(stops("ada@remote.test", ada), 451);
	s->engine->disk_full = false;
	assert_int_equal(stops("ada", ada), 451);
	assert_int_equal(stops("ada@remote.test", ada), 250);
	/* Twice is once. */
	assert_int_equal(stops("ada@remote.test", ada), 250);
	assert_int_equal(suppress_tracking_count(s->engine->suppress->set, 1), 1);
}

/* An edge that says it without an address, or without waiting, is none of ours. */
static void
test_nonsense(void **state)
{
	struct msg_signal m = signal_of(77, SIGNAL_STOP_TRACKING);
	struct engine_peer *p = &s->engine->edges[1];

	(void)state;
	m.accepted = clock_wall(&s->clock);
	assert_false(engine_signal(s->engine, p, &m));
	m.seq = 1;
	assert_false(engine_signal(s->engine, p, &m));
	m.seq = 0;
	m.address = STR_LIT("ada@remote.test");
	assert_false(engine_signal(s->engine, p, &m));
	m.seq = 1;
	assert_true(engine_signal(s->engine, p, &m));
	scene_settle(s);
}

/* How fast one recipient's links are asked for. The facts before a burst is seen stay. */
static void
test_burst(void **state)
{
	static const struct {
		const char *name, *links; /* a letter each, one after another */
		int64_t apart;            /* µs */
		const char *facts;
	} table[] = {
		{ "three", "abc", 1, "clicked clicked clicked" },
		{ "four at once", "abcd", 1, "clicked clicked clicked clicked*" },
		{ "and more of them", "abcdea", 1,
			"clicked clicked clicked clicked* clicked* clicked*" },
		{ "one of them twice", "abacad", 1,
			"clicked clicked clicked clicked clicked clicked*" },
		{ "one link often", "aaaaa", 1, "clicked clicked clicked clicked clicked" },
		{ "within two seconds", "abcd", 2000000 / 3,
			"clicked clicked clicked clicked*" },
		{ "slower", "abcd", 2000000 / 3 + 1, "clicked clicked clicked clicked" },
		{ "one who says so is no witness", "Rbcd", 1,
			"clicked* clicked clicked clicked" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		uint64_t id = delivered("ada@remote.test");
		char want[200], url[] = "https://shop.test/?";

		for (int64_t i = 0; row->links[i]; i++) {
			struct msg_signal m = signal_of(id, FACT_CLICKED);

			m.at += i * row->apart;
			m.robot = row->links[i] == 'R';
			url[sizeof url - 2] = row->links[i];
			m.url = str_z(url);
			say(&m);
		}
		settled();
		snprintf(want, sizeof want, "accepted delivered %s", row->facts);
		assert_string_equal(scene_facts(s, id + 1), want);
	}
}

/* As soon after the delivery as nobody reads, however long ago the message was accepted. */
static void
test_soon(void **state)
{
	static const struct {
		const char *name;
		uint8_t kind;
		int64_t after; /* µs */
		const char *fact;
	} table[] = {
		{ "clicked at once", FACT_CLICKED, 0, "clicked*" },
		{ "opened at once", FACT_OPENED, 1000000, "opened*" },
		{ "a little before", FACT_CLICKED, 1900000, "clicked*" },
		{ "after two seconds", FACT_CLICKED, 2000000, "clicked" },
		{ "opened after two seconds", FACT_OPENED, 2000000, "opened" },
		{ "heard before the delivery", FACT_CLICKED, -1000, "clicked*" },
		{ "a clock that was set", FACT_CLICKED, -3600000000, "clicked" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		uint64_t id = scene_submit(s, "a@shop.test", "ada@remote.test");
		struct msg_attempt a = scene_attempt(s);
		struct msg_signal m;
		char want[200];

		scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
		json_decref(
			scene_ask(s, &(struct msg_query){ .op = QUERY_RETRY, .id = id }, 200));
		a = scene_attempt(s);
		clock_pass(&s->clock, 7000000);
		scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
		m = signal_of(id, row->kind);
		m.at += row->after - LEISURE;
		say(&m);
		settled();
		snprintf(
			want, sizeof want, "accepted deferred retried delivered %s", row->fact);
		assert_string_equal(scene_facts(s, id + 1), want);
	}
}

/* Others' clicks are no part of it; a crowd makes no machine of anybody. */
static void
test_burst_others(void **state)
{
	uint64_t id = delivered("ada@remote.test bob@remote.test");
	struct msg_signal m = signal_of(id, FACT_CLICKED);
	char url[] = "https://shop.test/?";

	(void)state;
	m.url = str_z(url);
	for (unsigned i = 0; i < 6; i++) {
		url[sizeof url - 2] = (char)('a' + i);
		m.rcpt = id + 1 + i % 2;
		assert_false(engine_haste(s->engine, &m));
	}
	for (unsigned i = 0; i < 20000; i++) {
		m.rcpt = id + 1000 + i;
		assert_false(engine_haste(s->engine, &m));
	}
	m.rcpt = id + 1;
	assert_false(engine_haste(s->engine, &m));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(T(test_withdrawn), T(test_looked_for), T(test_given_back), T(test_undone),
	T(test_refused), T(test_nonsense), T(test_burst), T(test_burst_others), T(test_soon))
