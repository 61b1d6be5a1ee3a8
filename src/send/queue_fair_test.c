/* Whose turn it is: no tenant, stream or site waits for ever, or long, behind another's. */
#include "send/queue_scene.h"

#include <stdlib.h>

/* One tenant queues 100,000; the other's message waits a few transactions. */
static void
test_fair(void **state)
{
	static const struct {
		const char *name;
		uint8_t flood, other;
		unsigned most;
	} rows[] = { { "both broadcast", 1, 1, 4 }, { "both transactional", 0, 0, 4 },
		{ "transactional passes", 1, 0, 0 },
		{ "broadcast does not starve", 0, 1, 15 } };

	(void)state;
	TEST_EACH(row, rows)
	{
		struct world w;
		struct q_attempt a;
		unsigned before = 0;

		begin(&w, 1, 1000000, 1);
		for (unsigned i = 0; i < 100000; i++)
			add(&w, 1, row->flood, i & 1 ? "a@hub1.test" : "b@hub2.test");
		for (unsigned i = 0; i < 10; i++) {
			assert_true(queue_next(w.q, w.now, &a));
			finish(&w, &a, RCPT_DELIVERED, true);
		}
		add(&w, 2, row->other, "c@hub3.test");
		while (queue_next(w.q, w.now, &a)) {
			if (queue_message_at(w.q, a.message)->tenant == 2)
				break;
			finish(&w, &a, RCPT_DELIVERED, true);
			before++;
		}
		assert_true(before <= row->most);
		end(&w);
	}
}

/* Three tenants with batches of different sizes: each gets its third of the recipients. */
static void
test_shares(void **state)
{
	struct world w;
	struct q_attempt a;
	unsigned sent[4] = { 0 };

	(void)state;
	begin(&w, 1, 1000000, 1);
	for (unsigned i = 0; i < 400; i++) {
		add(&w, 1, 1, "a@hub.test");
		add(&w, 2, 1, "a@hub.test b@hub.test c@hub.test");
		add(&w, 3, 1,
			"a@hub.test b@hub.test c@hub.test d@hub.test e@hub.test f@hub.test");
	}
	while (sent[1] < 300) {
		assert_true(queue_next(w.q, w.now, &a));
		sent[queue_message_at(w.q, a.message)->tenant] += (unsigned)a.n;
		finish(&w, &a, RCPT_DELIVERED, true);
	}
	assert_in_range(sent[2], 290, 310);
	assert_in_range(sent[3], 290, 310);
	end(&w);
}

/*
 * Conversations that take their time: what is handed out ends when its site lets it.
 */
#define SITES 1000

struct race {
	struct world w;
	struct talk {
		struct q_attempt a;
		uint64_t ends;
	} talks[100];
	unsigned ntalks, slow, dead, sent; /* sent: by the others */
	unsigned most[2];                  /* slots held by the slow one and by the dead one */
};

static bool
goes_to(const struct q_attempt *a, const char *site)
{
	return str_eq_z(queue_door_key(a->door)->site, site);
}

static void
race_add(struct race *r, unsigned site)
{
	char to[32];

	snprintf(to, sizeof to, "a@s%u.test", site);
	add(&r->w, 1 + site % 7, STREAM_BROADCAST, to);
}

static void
race_begin(struct race *r, struct q_attempt *a)
{
	struct talk *t = &r->talks[r->ntalks++];

	assert_true(r->ntalks <= TEST_COUNT(r->talks));
	t->a = *a;
	t->ends = r->w.now + (goes_to(a, "s0.test") && r->slow          ? S(60)
				     : goes_to(a, "s1.test") && r->dead ? S(30)
									: 100000);
}

/* A dead site costs its time, then rests; what was sent elsewhere is followed by more. */
static void
race_end(struct race *r, unsigned at)
{
	struct talk t = r->talks[at];
	bool dead = r->dead && goes_to(&t.a, "s1.test");
	struct str site = queue_door_key(t.a.door)->site;
	unsigned number = (unsigned)strtoul(site.p + 1, NULL, 10);

	r->talks[at] = r->talks[--r->ntalks];
	if (dead)
		queue_door_rest(r->w.q, t.a.door, r->w.now + S(60));
	finish(&r->w, &t.a, dead ? RCPT_QUEUED : RCPT_DELIVERED, !dead);
	if (number > 1)
		r->sent++;
	if (!dead)
		race_add(r, number);
}

static void
race_step(struct race *r)
{
	struct q_attempt a;
	unsigned held[2] = { 0 };
	uint8_t courier;
	uint16_t slot;

	queue_tick(r->w.q, r->w.now);
	for (unsigned i = r->ntalks; i-- > 0;)
		if (r->talks[i].ends <= r->w.now)
			race_end(r, i);
	do
		while (queue_next(r->w.q, r->w.now, &a))
			race_begin(r, &a);
	while (queue_hang_up(r->w.q, r->w.now, S(5), &courier, &slot));
	for (unsigned i = 0; i < r->ntalks; i++) {
		held[0] += goes_to(&r->talks[i].a, "s0.test");
		held[1] += goes_to(&r->talks[i].a, "s1.test");
	}
	for (int i = 0; i < 2; i++)
		r->most[i] = held[i] > r->most[i] ? held[i] : r->most[i];
	r->w.now += 50000;
}

/* How many messages went to the other sites in two minutes. */
static unsigned
race(struct race *r, unsigned sites, bool slow, bool dead)
{
	*r = (struct race){ .slow = slow, .dead = dead };
	begin(&r->w, 5, 1000, TEST_COUNT(r->talks));
	for (unsigned i = 0; i < 20; i++)
		for (unsigned site = 0; site < sites; site++)
			if (i == 0 || site < 2 || sites < SITES)
				race_add(r, site);
	for (unsigned i = 0; i < 120 * 20; i++)
		race_step(r);
	end(&r->w);
	return r->sent;
}

/* One slow and one dead site beside others: they hold no slots that the others need. */
static void
test_slow_and_dead(void **state)
{
	static const struct {
		const char *name;
		unsigned sites, most; /* slots that either may hold */
	} rows[] = { { "few slots for many sites", SITES, 1 }, { "slots to spare", 20, 5 } };
	static struct race r;

	(void)state;
	TEST_EACH(row, rows)
	{
		unsigned alone = race(&r, row->sites, false, false), beside;

		beside = race(&r, row->sites, true, true);
		assert_true(alone > 1000);
		assert_in_range(r.most[0], 1, row->most);
		assert_in_range(r.most[1], 1, row->most);
		assert_true(beside >= alone - alone * 3 / 100);
	}
}

/* One tenant queues 100,000 to one site; what another hands in then waits for one round: its
 * own quantum and, when a large transaction is under way, what that one takes too much. */
static void
test_flood(void **state)
{
	static const struct {
		const char *name;
		unsigned connections;
		uint8_t stream;
		unsigned tenants, most; /* most: transactions before the other's */
	} rows[] = { { "one connection", 1, 1, 1, 4 }, { "five", 5, 1, 1, 4 },
		{ "transactional", 5, 0, 1, 4 }, { "ten tenants flood", 5, 1, 10, 40 } };

	(void)state;
	TEST_EACH(row, rows)
	{
		struct world w;
		struct q_attempt a;

		begin(&w, row->connections, 1000000, 9);
		for (unsigned i = 0; i < 100000; i++)
			add(&w, 10 + i % row->tenants, row->stream, "a@hub.test");
		/* Wherever the round stands: each time another message. */
		for (unsigned i = 0; i < 50; i++) {
			unsigned before = 0;

			add(&w, 2, row->stream, "c@hub3.test");
			assert_true(queue_next(w.q, w.now, &a));
			while (queue_message_at(w.q, a.message)->tenant != 2) {
				finish(&w, &a, RCPT_DELIVERED, true);
				assert_true(++before <= row->most);
				assert_true(queue_next(w.q, w.now, &a));
			}
			finish(&w, &a, RCPT_DELIVERED, true);
		}
		end(&w);
	}
}

/* 100,000 broadcast messages for a site that takes two connections: a transactional one is the
 * very next that goes there, of whichever tenant, on the connection that is free first. */
static void
test_password_reset(void **state)
{
	(void)state;
	for (uint32_t tenant = 1; tenant <= 2; tenant++) {
		struct world w;
		struct q_attempt a, b;
		struct q_message *m;

		begin(&w, 2, 100, 9);
		for (unsigned i = 0; i < 100000; i++)
			add(&w, 1, STREAM_BROADCAST, i & 1 ? "a@hub1.test" : "b@hub2.test");
		assert_true(queue_next(w.q, w.now, &a));
		for (unsigned i = 0; i < 300; i++) {
			assert_true(queue_next(w.q, w.now, &b));
			assert_false(queue_next(w.q, w.now, &(struct q_attempt){ 0 }));
			m = add(&w, tenant, STREAM_TRANSACTIONAL, "c@hub2.test");
			assert_false(queue_next(w.q, w.now, &(struct q_attempt){ 0 }));
			/* With a connection kept open or closed. */
			finish(&w, &a, RCPT_DELIVERED, i % 3 > 0);
			assert_true(queue_next(w.q, w.now, &a));
			assert_ptr_equal(queue_message_at(w.q, a.message), m);
			finish(&w, &b, RCPT_DELIVERED, true);
			w.now += S(1) / 10;
			while (queue_hang_up(
				w.q, w.now, S(5), &(uint8_t){ 0 }, &(uint16_t){ 0 }))
				;
		}
		end(&w);
	}
}

/* Domains of one tenant at one door take turns: a thousand for one do not hold up the other. */
static void
test_lanes(void **state)
{
	struct world w;
	struct q_attempt a;
	unsigned before = 0;

	(void)state;
	begin(&w, 1, 1000000, 1);
	for (unsigned i = 0; i < 1000; i++)
		add(&w, 1, 1, "a@hub1.test");
	add(&w, 1, 1, "b@hub2.test");
	while (queue_next(w.q, w.now, &a)) {
		struct q_message *m = queue_message_at(w.q, a.message);

		if (str_starts(q_address(m, queue_rcpt_at(w.q, a.rcpts[0])), STR_LIT("b@")))
			break;
		finish(&w, &a, RCPT_DELIVERED, true);
		before++;
	}
	assert_int_equal(before, 1);
	end(&w);
}

TEST_MAIN(TEST(test_fair), TEST(test_lanes), TEST(test_shares), TEST(test_slow_and_dead),
	TEST(test_flood), TEST(test_password_reset))
