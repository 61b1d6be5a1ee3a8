/* Whose turn it is: no tenant, stream or site waits for ever, or long, behind another's. */
#include "send/queue_scene.h"
#include "send/wish.h"

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

/* Mailjet's priorities: "31a" is a message of priority 3 in lane 1 to a@hub1.test. */
static void
add_turn(struct world *w, uint32_t tenant, const char *s)
{
	char inner[WISH_ROOM], outer[100], to[20];
	struct buf more = { inner, 0, sizeof inner, sizeof inner, false },
		   extra = { outer, 0, sizeof outer, sizeof outer, false };

	wish_write(&more, &(struct wish){ .turn = (uint8_t)(s[0] - '0') ^ TURN_LOW });
	assert_int_equal(
		msg_extra_write(&extra, &(struct msg_extra){ .more = buf_str(&more) }), 0);
	w->extra = buf_str(&extra);
	snprintf(to, sizeof to, "%c@hub%c.test", s[2], s[1]);
	add(w, tenant, STREAM_BROADCAST, to);
	w->extra = STR_NONE;
	w->now += S(1);
}

static char
next_letter(struct world *w, struct q_attempt *a)
{
	assert_true(queue_next(w->q, w->now, a));
	queue_check(w->q);
	return q_address(queue_message_at(w->q, a->message), queue_rcpt_at(w->q, a->rcpts[0]))
	        .p[0];
}

static void
test_priority(void **state)
{
	static const struct {
		const char *name, *come, *go;
		unsigned oldest; /* is the nth that came, as it is told */
	} table[] = {
		{ "as they come", "21a 21b 21c", "abc", 0 },
		{ "each before the others", "31a 31b 31c", "cba", 0 },
		{ "the last first", "31a 31b 21c 31d", "dbac", 2 },
		{ "low behind", "01a 21b 01c 21d", "bdac", 0 },
		{ "low, the last first", "01a 11b 01c 11d 21e", "edbac", 2 },
		{ "all four", "01a 11b 21c 31d 01e 11f 21g 31h", "hdcgfbae", 4 },
		{ "other lanes pass low", "01a 22b 01c 22d 12e", "bdaec", 0 },
		{ "a lane that is no more low", "01a 21b 22c", "bca", 0 },
		{ "lanes take turns", "21a 21b 22c 22d 03e 04f 04g", "acbdefg", 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct world w;
		struct q_attempt a;
		struct str rest = str_z(row->come);
		char went[20] = "";

		begin(&w, 1, 1000000, 1);
		while (rest.n)
			add_turn(&w, 1, str_cut(&rest, ' ').p);
		assert_int_equal(queue_oldest_due(w.q, w.now), w.now - S(100 + row->oldest));
		for (size_t i = 0; i < strlen(row->go); i++) {
			went[i] = next_letter(&w, &a);
			finish(&w, &a, RCPT_DELIVERED, true);
		}
		assert_string_equal(went, row->go);
		assert_false(queue_next(w.q, w.now, &a));
		end(&w);
	}
}

/* What is given back is the first of its kind again; another tenant's mail waits for none. */
static void
test_priority_back(void **state)
{
	struct world w;
	struct q_attempt a;
	unsigned before = 0;

	(void)state;
	begin(&w, 1, 1000000, 1);
	add_turn(&w, 1, "01a");
	add_turn(&w, 1, "01b");
	assert_int_equal(next_letter(&w, &a), 'a');
	add_turn(&w, 1, "11c");
	add_turn(&w, 1, "21d");
	queue_done(w.q, a.id, true, w.now);
	queue_check(w.q);
	for (const char *want = "dacb"; *want; want++) {
		assert_int_equal(next_letter(&w, &a), *want);
		finish(&w, &a, RCPT_DELIVERED, true);
	}
	for (unsigned i = 0; i < 100; i++)
		add_turn(&w, 1, "31h");
	add_turn(&w, 2, "01z");
	while (next_letter(&w, &a) != 'z') {
		finish(&w, &a, RCPT_DELIVERED, true);
		before++;
	}
	assert_true(before <= 4);
	finish(&w, &a, RCPT_DELIVERED, true);
	end(&w);
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

/*
 * A site that takes so many connections at once and turns the others away at the greeting; each
 * message takes it a tenth of a second.
 */
struct site {
	struct world w;
	struct talk talks[64];
	unsigned ntalks, takes, sent, refused, counted, rested;
	bool in[64];                  /* the conversation came past the greeting */
	unsigned open[64];            /* slots of the courier with an open connection */
	uint64_t left[64], counts_us; /* it counts a connection for so long after its end */
	uint64_t slowest;             /* of the transactional ones, from queued to taken */
	uint64_t asked;
};

static unsigned
site_open(const struct site *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 64; i++)
		n += s->open[i] + (s->w.now < s->left[i]);
	return n;
}

static void
site_close(struct site *s, uint16_t slot)
{
	s->open[slot] = 0;
	s->left[slot] = s->w.now + s->counts_us;
}

static void
site_begin(struct site *s, const struct q_attempt *a)
{
	bool in = a->fresh ? site_open(s) < s->takes : s->open[a->slot];
	uint64_t took = s->w.now - s->asked;

	assert_true(s->ntalks < 64);
	s->open[a->slot] = in;
	s->in[s->ntalks] = in;
	s->talks[s->ntalks].a = *a;
	s->talks[s->ntalks++].ends = s->w.now + (in ? 100000 : 1000);
	if (in && queue_message_at(s->w.q, a->message)->stream == STREAM_TRANSACTIONAL)
		s->slowest = took > s->slowest ? took : s->slowest;
}

static void
site_refuses(struct site *s, const struct q_attempt *a)
{
	enum queue_away away = queue_turned_away(s->w.q, a->id, s->w.now);

	s->refused++;
	if (away == QUEUE_AWAY_GOES_ON) {
		queue_done(s->w.q, a->id, false, s->w.now);
		return;
	}
	s->counted++;
	s->rested += away == QUEUE_AWAY_ALONE;
	queue_door_away(s->w.q, a->door, s->w.now + S(60));
	finish(&s->w, a, RCPT_QUEUED, false);
}

static void
site_end(struct site *s, unsigned at)
{
	struct q_attempt a = s->talks[at].a;
	bool in = s->in[at];

	s->talks[at] = s->talks[--s->ntalks];
	s->in[at] = s->in[s->ntalks];
	if (!in) {
		site_refuses(s, &a);
		return;
	}
	s->sent++;
	if (a.last)
		site_close(s, a.slot);
	queue_worked(s->w.q, a.id, s->w.now);
	finish(&s->w, &a, RCPT_DELIVERED, !a.last);
}

static void
site_run(struct site *s, uint64_t us)
{
	struct q_attempt a;
	uint8_t courier;
	uint16_t slot;

	for (uint64_t until = s->w.now + us; s->w.now < until; s->w.now += 10000) {
		queue_tick(s->w.q, s->w.now);
		for (unsigned i = s->ntalks; i-- > 0;)
			if (s->talks[i].ends <= s->w.now)
				site_end(s, i);
		while (queue_next(s->w.q, s->w.now, &a))
			site_begin(s, &a);
		while (queue_hang_up(s->w.q, s->w.now, S(5), &courier, &slot))
			if (s->open[slot])
				site_close(s, slot);
	}
	queue_check(s->w.q);
}

static void
site_state(void *ctx, const struct queue_door_state *d)
{
	*(struct queue_door_state *)ctx = *d;
}

static struct queue_door_state
site_door(struct site *s)
{
	struct queue_door_state d = { 0 };

	queue_doors(s->w.q, s->w.now, site_state, &d);
	return d;
}

static void
site_start(struct site *s, unsigned takes, unsigned messages, unsigned n)
{
	*s = (struct site){ .takes = takes };
	begin(&s->w, 20, messages, 64);
	for (unsigned i = 0; i < n; i++)
		add(&s->w, 1, STREAM_BROADCAST, "a@hub.test");
}

/* It goes on with what the site takes, and only what had to find that out is counted: at the
 * first burst. What is asked for in between is taken within a second or so. */
static void
test_turned_away(void **state)
{
	static const struct {
		const char *name;
		unsigned takes, messages, least;
		uint64_t counts_us;
	} rows[] = { { "one, counted after its end", 1, 20, 300, 500000 },
		{ "two, counted after their end", 2, 20, 600, 500000 },
		{ "two of twenty", 2, 1000000, 1000, 0 },
		{ "two, a new connection now and then", 2, 20, 500, 0 },
		{ "one", 1, 1000000, 500, 0 }, { "nineteen", 19, 1000000, 1900, 0 } };
	static struct site s;

	(void)state;
	TEST_EACH(row, rows)
	{
		site_start(&s, row->takes, row->messages, 3000);
		s.counts_us = row->counts_us;
		site_run(&s, S(1));
		assert_int_equal(s.counted, 20 - row->takes);
		assert_int_equal(s.rested, 0);
		assert_int_equal(site_door(&s).learned, row->takes);
		assert_int_equal(site_door(&s).resting_until, 0);
		for (unsigned i = 0; i < 60; i++) {
			s.asked = s.w.now;
			add(&s.w, 1, STREAM_TRANSACTIONAL, "b@hub.test");
			site_run(&s, S(1));
		}
		assert_int_equal(s.counted, 20 - row->takes);
		assert_int_equal(s.rested, 0);
		assert_true(s.sent >= row->least);
		assert_true(s.slowest <= S(1) + 300000);
		s.takes = 20;
		end(&s.w);
	}
}

/* What was learned is raised when the site takes more: by time and by messages, up to all. */
static void
test_takes_more(void **state)
{
	static struct site s;
	unsigned refused;

	(void)state;
	site_start(&s, 2, 1000000, 60000);
	site_run(&s, S(55));
	assert_int_equal(site_door(&s).learned, 2);
	refused = s.refused;
	/* One more is tried each minute, and found too much. */
	site_run(&s, S(120));
	assert_in_range(s.refused - refused, 1, 3);
	assert_int_equal(site_door(&s).learned, 2);
	s.takes = 64;
	site_run(&s, S(130));
	assert_in_range(site_door(&s).learned, 4, 8);
	site_run(&s, S(160));
	assert_int_equal(site_door(&s).learned, 0);
	assert_int_equal(site_door(&s).connections, 20);
	end(&s.w);
}

/* When none works it rests, as ever; with one try a rest. */
static void
test_none_works(void **state)
{
	static struct site s;
	unsigned refused;

	(void)state;
	site_start(&s, 0, 1000000, 8000);
	site_run(&s, S(30));
	assert_int_equal(s.refused, 20);
	assert_int_equal(s.counted, 20);
	assert_int_equal(s.rested, 1);
	assert_true(site_door(&s).resting_until > s.w.now);
	/* It comes and goes: few connections are tried until it rests. */
	s.takes = 64;
	site_run(&s, S(60));
	assert_int_equal(site_door(&s).resting_until, 0);
	assert_int_equal(site_door(&s).connections, 20);
	assert_true(s.sent > 0);
	refused = s.refused;
	s.takes = 0;
	for (unsigned i = 0; i < s.ntalks; i++)
		s.in[i] = false;
	memset(s.open, 0, sizeof s.open);
	site_run(&s, S(20));
	assert_in_range(s.refused - refused, 1, 30);
	assert_true(site_door(&s).resting_until > s.w.now);
	end(&s.w);
}

TEST_MAIN(TEST(test_priority), TEST(test_priority_back), TEST(test_fair), TEST(test_lanes),
	TEST(test_shares), TEST(test_slow_and_dead), TEST(test_flood),
	TEST(test_password_reset), TEST(test_turned_away), TEST(test_takes_more),
	TEST(test_none_works))
