#include "send/queue_scene.h"

#include <errno.h>

static void
test_one(void **state)
{
	struct q_attempt a, b;
	struct q_message *m;
	struct q_rcpt *r;
	struct world w;
	uint8_t courier;
	uint16_t slot;

	(void)state;
	begin(&w, 1, 2, 4);
	m = add(&w, 1, STREAM_TRANSACTIONAL, "a@X.test b@x.TEST c@y.test");
	assert_str(q_sender(m), "me@from.test");
	assert_str(q_from_domain(m), "from.test");
	assert_str(q_envid(m), "env");
	r = queue_rcpt(w.q, m->id + 2, &m);
	assert_str(q_address(m, r), "b@x.TEST");
	assert_str(q_orcpt(m, r), "rfc822;o");
	assert_null(queue_rcpt(w.q, m->id + 4, &m));
	assert_true(queue_next(w.q, w.now, &a));
	/* Two of the same domain share a transaction. */
	assert_int_equal(a.n, 2);
	assert_true(a.fresh && !a.last);
	assert_true(a.id >> 32 == 0x55667788);
	assert_str(queue_door_key(a.door)->site, "x.test");
	assert_true(queue_next(w.q, w.now, &b));
	assert_int_equal(b.n, 1);
	assert_false(queue_next(w.q, w.now, &a));
	queue_check(w.q);
	assert_true(queue_attempt(w.q, b.id, &a));
	assert_int_equal(a.rcpts[0], b.rcpts[0]);
	finish(&w, &b, RCPT_DELIVERED, true);
	assert_false(queue_attempt(w.q, b.id, &a));
	/* The open connection serves again, for the last time. */
	add(&w, 1, STREAM_BROADCAST, "d@y.test");
	assert_true(queue_next(w.q, w.now, &a));
	assert_false(a.fresh);
	assert_true(a.last);
	assert_int_equal(a.slot, b.slot);
	finish(&w, &a, RCPT_BOUNCED, true);
	assert_true(queue_hang_up(w.q, w.now, S(60), &courier, &slot));
	assert_int_equal(courier, 3);
	assert_int_equal(slot, b.slot);
	assert_false(queue_hang_up(w.q, w.now, S(60), &courier, &slot));
	assert_int_equal(w.gone, 1);
	assert_int_equal(count(&w, RCPT_ACTIVE), 2);
	end(&w);
}

/* Its group, in front of all that lies in the text. */
static void
test_group(void **state)
{
	static const uint32_t groups[] = { 0, 1, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(groups); i++) {
		char inner[20], outer[80];
		struct buf more = { inner, 0, sizeof inner, sizeof inner, false },
			   extra = { outer, 0, sizeof outer, sizeof outer, false };
		struct msg_extra x = { .not_before = 5, .idem = STR_NONE, .about = STR_NONE };
		struct q_message *m;
		struct q_rcpt *r;
		struct world w;

		msg_more_write(&more, &(struct msg_more){ .group = groups[i] });
		x.more = buf_str(&more);
		msg_extra_write(&extra, &x);
		begin(&w, 1, 2, 4);
		w.extra = buf_str(&extra);
		m = add(&w, 1, STREAM_TRANSACTIONAL, "a@x.test b@y.test");
		assert_int_equal(q_group(m), groups[i]);
		assert_int_equal(q_origin(m), 0);
		assert_str(q_envid(m), "env");
		r = queue_rcpt(w.q, m->id + 2, &m);
		assert_str(q_address(m, r), "b@y.test");
		assert_str(q_orcpt(m, r), "rfc822;o");
		end(&w);
	}
}

/* A submit as it was before it could have a group. */
static void
test_old_extra(void **state)
{
	char outer[80];
	struct buf extra = { outer, 0, sizeof outer, sizeof outer, false };
	const struct msg_extra x = {
		.not_before = 5, .idem = STR_NONE, .about = STR_LIT("{}")
	};
	struct world w;

	(void)state;
	msg_extra_write(&extra, &x);
	assert_int_equal(extra.n, 8 + 8 + 1 + 2 + 4 + 2);
	begin(&w, 1, 2, 4);
	w.extra = buf_str(&extra);
	assert_int_equal(q_group(add(&w, 1, STREAM_TRANSACTIONAL, "a@x.test")), 0);
	end(&w);
}

static void
test_retry_and_order(void **state)
{
	struct q_attempt a;
	struct world w;
	uint32_t first;

	(void)state;
	begin(&w, 1, 100, 4);
	add(&w, 1, 0, "a@x.test");
	add(&w, 1, 0, "b@x.test");
	assert_true(queue_next(w.q, w.now, &a));
	first = a.rcpts[0];
	/* Done without an answer: first again. */
	queue_done(w.q, a.id, false, w.now);
	assert_true(queue_next(w.q, w.now, &a));
	assert_int_equal(a.rcpts[0], first);
	finish(&w, &a, RCPT_QUEUED, true);
	assert_true(queue_next(w.q, w.now, &a));
	assert_int_not_equal(a.rcpts[0], first);
	finish(&w, &a, RCPT_DELIVERED, true);
	assert_false(queue_next(w.q, w.now, &a));
	assert_true(queue_tick(w.q, w.now + S(299)) <= w.now + S(300));
	assert_false(queue_next(w.q, w.now + S(299), &a));
	queue_tick(w.q, w.now + S(300));
	assert_true(queue_next(w.q, w.now + S(300), &a));
	assert_int_equal(a.rcpts[0], first);
	end(&w);
}

static void
test_hold_release(void **state)
{
	struct q_attempt a;
	struct q_message *m;
	struct world w;

	(void)state;
	begin(&w, 5, 20, 4);
	m = add(&w, 1, 0, "a@x.test");
	queue_set(w.q, queue_rcpt_at(w.q, m->first), RCPT_HELD, 0, w.now);
	queue_check(w.q);
	assert_false(queue_next(w.q, w.now, &a));
	assert_int_equal(count(&w, RCPT_HELD), 1);
	queue_set(w.q, queue_rcpt_at(w.q, m->first), RCPT_QUEUED, 0, w.now);
	assert_true(queue_next(w.q, w.now, &a));
	queue_rcpt_at(w.q, a.rcpts[0])->report_owed = true;
	finish(&w, &a, RCPT_BOUNCED, false);
	assert_int_equal(count(&w, RCPT_BOUNCED), 1);
	assert_int_equal(w.gone, 0);
	queue_check(w.q);
	queue_reported(w.q, queue_rcpt_at(w.q, a.rcpts[0]));
	assert_int_equal(w.gone, 1);
	end(&w);
}

static void
test_restored(void **state)
{
	struct q_restored was[4] = { { .state = RCPT_DELIVERED }, { .state = RCPT_HELD },
		{ .state = RCPT_QUEUED, .next = S(500), .attempts = 3 },
		{ .state = RCPT_BOUNCED, .report_owed = true } };
	struct q_restored none = { .state = RCPT_SUPPRESSED };
	struct q_attempt a;
	struct q_message *m;
	struct world w;

	(void)state;
	begin(&w, 5, 20, 4);
	m = add_as(&w, 1, 0, "a@x.test b@x.test c@x.test d@x.test", was);
	assert_int_equal(m->live, 3);
	assert_int_equal(m->total, 4);
	queue_check(w.q);
	assert_false(queue_next(w.q, w.now, &a));
	queue_tick(w.q, S(500));
	assert_true(queue_next(w.q, S(500), &a));
	assert_int_equal(queue_rcpt_at(w.q, a.rcpts[0])->attempts, 3);
	assert_null(add_as(&w, 1, 0, "a@x.test", &none));
	assert_int_equal(w.gone, 1);
	end(&w);
}

/* Each recipient a transaction of his own; who has no sender needs none. */
static void
test_one_by_one(void **state)
{
	struct q_attempt a;
	struct world w;

	(void)state;
	begin(&w, 5, 20, 4);
	queue_one_by_one(w.q, true);
	add(&w, 1, 0, "a@x.test b@x.test c@y.test d@x.test");
	for (int i = 0; i < 4; i++) {
		assert_true(queue_next(w.q, w.now, &a));
		assert_int_equal(a.n, 1);
		queue_check(w.q);
		finish(&w, &a, RCPT_DELIVERED, true);
	}
	assert_false(queue_next(w.q, w.now, &a));
	queue_one_by_one(w.q, false);
	add(&w, 1, 0, "a@x.test b@x.test");
	assert_true(queue_next(w.q, w.now, &a));
	assert_int_equal(a.n, 2);
	finish(&w, &a, RCPT_DELIVERED, true);
	end(&w);
}

/* What came in has lanes of its own beside what is sent to the same domain, and goes to one
 * recipient a transaction, whoever sent it. */
static void
test_inbound(void **state)
{
	struct q_attempt a;
	struct world w;
	unsigned before;

	(void)state;
	begin(&w, 5, 20, 4);
	add(&w, 1, 0, "a@x.test");
	before = w.routed;
	add(&w, 1, STREAM_INBOUND, "b@x.test c@x.test");
	assert_int_equal(w.routed, before + 1);
	queue_check(w.q);
	for (int i = 0; i < 3; i++) {
		assert_true(queue_next(w.q, w.now, &a));
		assert_int_equal(a.n, 1);
		queue_check(w.q);
		finish(&w, &a, RCPT_DELIVERED, true);
	}
	assert_false(queue_next(w.q, w.now, &a));
	add(&w, 1, STREAM_INBOUND, "d@x.test");
	assert_true(queue_next(w.q, w.now, &a));
	assert_int_equal(queue_message_at(w.q, a.message)->stream, STREAM_INBOUND);
	queue_check(w.q);
	finish(&w, &a, RCPT_DELIVERED, true);
	end(&w);
}

static void
test_adopt(void **state)
{
	uint64_t ids[2], unknown = 77;
	struct q_attempt a;
	struct q_message *m;
	struct world w;

	(void)state;
	begin(&w, 1, 20, 2);
	m = add(&w, 1, 0, "a@x.test b@x.test c@x.test");
	ids[0] = m->id + 1;
	ids[1] = m->id + 3;
	assert_int_equal(
		queue_adopt(w.q, 9, (struct queue_slot){ 3, 1 }, &unknown, 1), -ENOENT);
	assert_int_equal(queue_adopt(w.q, 9, (struct queue_slot){ 2, 1 }, ids, 2), -EINVAL);
	assert_int_equal(queue_adopt(w.q, 9, (struct queue_slot){ 3, 2 }, ids, 2), -EINVAL);
	assert_int_equal(queue_adopt(w.q, 9, (struct queue_slot){ 3, 1 }, ids, 2), 0);
	assert_int_equal(queue_adopt(w.q, 9, (struct queue_slot){ 3, 0 }, ids, 2), -EEXIST);
	assert_int_equal(queue_adopt(w.q, 10, (struct queue_slot){ 3, 0 }, ids, 2), -ENOENT);
	ids[0]++;
	assert_int_equal(queue_adopt(w.q, 10, (struct queue_slot){ 3, 1 }, ids, 1), -EBUSY);
	queue_check(w.q);
	/* The door's one connection is that one. */
	assert_false(queue_next(w.q, w.now, &a));
	assert_true(queue_attempt(w.q, 9, &a));
	assert_int_equal(a.n, 2);
	assert_int_equal(a.slot, 1);
	finish(&w, &a, RCPT_DELIVERED, true);
	assert_true(queue_next(w.q, w.now, &a));
	assert_int_equal(a.n, 1);
	assert_int_equal(a.slot, 1);
	assert_false(a.fresh);
	end(&w);
}

static void
answer(void *ctx, uint64_t attempt)
{
	struct world *w = ctx;

	queue_done(w->q, attempt, true, w->now);
}

static void
test_courier_down(void **state)
{
	struct q_attempt a;
	struct world w;

	(void)state;
	begin(&w, 5, 20, 2);
	add(&w, 1, 0, "a@x.test");
	add(&w, 1, 0, "a@y.test");
	add(&w, 1, 0, "a@z.test");
	assert_true(queue_next(w.q, w.now, &a));
	assert_true(queue_next(w.q, w.now, &a));
	assert_false(queue_next(w.q, w.now, &a));
	queue_attempts_of(w.q, 3, answer, &w);
	queue_courier_down(w.q, 3);
	queue_check(w.q);
	assert_int_equal(count(&w, RCPT_QUEUED), 3);
	assert_false(queue_next(w.q, w.now, &a));
	queue_courier_up(w.q, 4, 9);
	for (int i = 0; i < 3; i++)
		assert_true(queue_next(w.q, w.now, &a));
	assert_int_equal(a.courier, 4);
	queue_check(w.q);
	end(&w);
}

/* All slots hold idle connections of other doors: one is hung up for the door that waits. */
static void
test_wanted_slot(void **state)
{
	struct q_attempt a, b;
	struct world w;
	uint8_t courier;
	uint16_t slot;

	(void)state;
	begin(&w, 5, 20, 2);
	add(&w, 1, 0, "a@x.test");
	add(&w, 1, 0, "a@y.test");
	assert_true(queue_next(w.q, w.now, &a));
	assert_true(queue_next(w.q, w.now, &b));
	finish(&w, &a, RCPT_DELIVERED, true);
	finish(&w, &b, RCPT_DELIVERED, true);
	assert_false(queue_hang_up(w.q, w.now, S(60), &courier, &slot));
	add(&w, 1, 0, "a@z.test");
	assert_false(queue_next(w.q, w.now, &b));
	assert_true(queue_hang_up(w.q, w.now, S(60), &courier, &slot));
	assert_int_equal(slot, a.slot);
	assert_false(queue_hang_up(w.q, w.now, S(60), &courier, &slot));
	assert_true(queue_next(w.q, w.now, &b));
	assert_int_equal(b.slot, a.slot);
	assert_true(b.fresh);
	queue_check(w.q);
	assert_true(queue_hang_up(w.q, w.now + S(60), S(60), &courier, &slot));
	end(&w);
}

static void
test_rate_and_rest(void **state)
{
	struct q_attempt a;
	struct world w;
	unsigned sent = 0;

	(void)state;
	begin(&w, 5, 2000, 4);
	w.limits.rate = 60;
	for (int i = 0; i < 300; i++)
		add(&w, 1, 1, "a@x.test");
	for (unsigned ms = 0; ms < 120000; ms += 100) {
		queue_tick(w.q, w.now);
		while (queue_next(w.q, w.now, &a)) {
			finish(&w, &a, RCPT_DELIVERED, true);
			sent++;
		}
		w.now += 100000;
	}
	assert_in_range(sent, 118, 122);
	queue_tick(w.q, w.now);
	while (queue_next(w.q, w.now, &a))
		finish(&w, &a, RCPT_DELIVERED, true);
	assert_true(queue_tick(w.q, w.now) <= w.now + S(1));
	w.now += S(10);
	queue_tick(w.q, w.now);
	assert_true(queue_next(w.q, w.now, &a));
	queue_door_rest(w.q, queue_attempt_door(w.q, a.id), w.now + S(30));
	finish(&w, &a, RCPT_QUEUED, false);
	w.now += S(29);
	queue_tick(w.q, w.now);
	assert_false(queue_next(w.q, w.now, &a));
	w.now += S(1);
	queue_tick(w.q, w.now);
	assert_true(queue_next(w.q, w.now, &a));
	end(&w);
}

static void
test_routes_changed(void **state)
{
	struct q_attempt a, b;
	struct world w;

	(void)state;
	begin(&w, 5, 20, 9);
	add(&w, 1, 0, "a@x.test");
	add(&w, 1, 1, "a@y.test b@y.test");
	assert_true(queue_next(w.q, w.now, &a));
	assert_true(queue_next(w.q, w.now, &b));
	finish(&w, &b, RCPT_QUEUED, true);
	w.hop = "relay.test";
	queue_routes_changed(w.q, w.now);
	queue_check(w.q);
	/* What waited is due at the new door; what is in hand ends where it began. */
	assert_true(queue_next(w.q, w.now, &b));
	assert_str(queue_door_key(b.door)->site, "relay.test");
	assert_true(b.fresh);
	assert_int_equal(b.n, 2);
	assert_str(queue_door_key(queue_attempt_door(w.q, a.id))->site, "x.test");
	queue_done(w.q, a.id, true, w.now);
	assert_true(queue_next(w.q, w.now, &a));
	assert_str(queue_door_key(a.door)->site, "relay.test");
	end(&w);
}

static void
expire(void *ctx, struct q_rcpt *r)
{
	struct world *w = ctx;

	queue_set(w->q, r, RCPT_EXPIRED, 0, w->now);
}

static void
test_expiry(void **state)
{
	struct q_attempt a;
	struct q_message *m;
	struct world w;

	(void)state;
	begin(&w, 1, 20, 9);
	add(&w, 1, 0, "active@x.test");
	assert_true(queue_next(w.q, w.now, &a));
	add(&w, 1, 0, "due@x.test");
	m = add(&w, 1, 0, "held@x.test");
	queue_set(w.q, queue_rcpt_at(w.q, m->first), RCPT_HELD, 0, w.now);
	m = add(&w, 1, 0, "waiting@x.test");
	queue_set(w.q, queue_rcpt_at(w.q, m->first), RCPT_QUEUED, S(5000), w.now);
	w.now += S(999);
	queue_sweep(w.q, w.now, 100, expire, &w);
	assert_int_equal(w.gone, 0);
	w.now += S(1);
	for (int i = 0; i < 4; i++)
		queue_sweep(w.q, w.now, 1, expire, &w);
	assert_int_equal(w.gone, 3);
	assert_int_equal(count(&w, RCPT_ACTIVE), 1);
	end(&w);
}

struct seen {
	unsigned n;
	struct world *w;
};

static int
see(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct seen *s = ctx;

	(void)m;
	s->n++;
	if (s->w)
		queue_set(s->w->q, r, RCPT_CANCELLED, 0, s->w->now);
	return 0;
}

static void
test_each(void **state)
{
	static const struct {
		const char *name;
		struct queue_filter f;
		unsigned want;
	} rows[] = {
		{ "all", { .stream = -1 }, 7 }, { "tenant", { .stream = -1, .tenant = 2 }, 3 },
		{ "stream", { .stream = 1 }, 3 },
		{ "domain", { .stream = -1, .domain = STR_LIT("HUB1.test") }, 2 },
		{ "site", { .stream = -1, .site = STR_LIT("hub") }, 4 },
		{ "address", { .stream = -1, .address = STR_LIT("B@hub2.test") }, 1 },
		{ "sender", { .stream = -1, .sender = STR_LIT("me@FROM.test") }, 7 },
		{ "other sender", { .stream = -1, .sender = STR_LIT("you@from.test") }, 0 },
		{ "state", { .stream = -1, .state = RCPT_HELD }, 0 },
		{ "age", { .stream = -1, .older_us = S(10) }, 4 },
		{ "message", { .stream = -1, .id = 1000 }, 4 },
		{ "recipient", { .stream = -1, .id = 1003 }, 1 },
		{ "recipient of another tenant", { .stream = -1, .id = 1003, .tenant = 2 }, 0 }
	};
	struct seen s = { 0, NULL };
	struct queue_page page = { .max = 2 };
	struct world w;

	(void)state;
	begin(&w, 1, 20, 9);
	add(&w, 1, 0, "a@hub1.test b@hub1.test c@x.test d@x.test");
	w.now += S(11);
	add(&w, 2, 1, "a@hub2.test B@hub2.test c@y.test");
	TEST_EACH(row, rows)
	{
		s.n = 0;
		struct queue_filter f = row->f;

		f.now = w.now;
		page = (struct queue_page){ .max = 2 };
		do
			queue_each(w.q, &f, &page, see, &s);
		while (page.pos);
		assert_int_equal(s.n, row->f.id == 1000 ? 2 : row->want);
	}
	s = (struct seen){ 0, &w };
	page = (struct queue_page){ .max = 3 };
	do
		queue_each(w.q, &rows[0].f, &page, see, &s);
	while (page.pos);
	assert_int_equal(s.n, 7);
	assert_int_equal(w.gone, 2);
	end(&w);
}

static void
look(void *ctx, const struct queue_door_state *d)
{
	struct queue_door_state *out = ctx;

	if (str_eq_z(d->key->site, "x.test"))
		*out = *d;
}

/* What a door was told counts for five to ten minutes. */
static void
test_told(void **state)
{
	static const struct {
		const char *name;
		unsigned after_s; /* since the row before */
		bool tell, put_off;
		unsigned told, deferred;
	} rows[] = {
		{ "nothing", 0, false, false, 0, 0 },
		{ "put off", 1, true, true, 1, 1 },
		{ "delivered", 1, true, false, 2, 1 },
		{ "one span from the first on", 297, true, true, 3,
			2 }, /* one span, from the first on */
		{ "still", 100, false, false, 3, 2 },
		{ "the next span begins", 0, true, false, 4, 2 }, /* the next span begins */
		{ "to its end", 299, false, false, 4, 2 },
		{ "the first is forgotten", 2, true, true, 2,
			1 }, /* the first one is forgotten */
		{ "to the end of the second", 599, false, false, 1, 1 },
		{ "all is", 2, false, false, 0, 0 },
		{ "long after", 5000, true, false, 1, 0 },
	};
	struct q_message *m;
	struct world w;

	(void)state;
	begin(&w, 1, 20, 9);
	w.now = S(1000);
	m = add(&w, 1, 0, "a@x.test");
	TEST_EACH(row, rows)
	{
		struct queue_door_state d = { 0 };

		w.now += S(row->after_s);
		if (row->tell)
			queue_told(w.q, queue_rcpt_at(w.q, m->first), row->put_off, w.now);
		queue_doors(w.q, w.now, look, &d);
		assert_int_equal(d.told, row->told);
		assert_int_equal(d.put_off, row->deferred);
	}
	end(&w);
}

static void
test_doors(void **state)
{
	struct queue_door_state d = { 0 };
	struct q_attempt a;
	struct world w;

	(void)state;
	begin(&w, 1, 20, 9);
	add(&w, 1, 0, "a@x.test");
	add(&w, 1, 0, "b@x.test");
	assert_true(queue_next(w.q, w.now, &a));
	w.now += S(7);
	queue_doors(w.q, w.now, look, &d);
	assert_int_equal(d.due, 1);
	assert_int_equal(d.active, 1);
	assert_int_equal(d.connections, 1);
	assert_true(d.oldest_us == S(7));
	assert_true(queue_oldest_due(w.q, w.now) == S(7));
	finish(&w, &a, RCPT_QUEUED, true);
	queue_doors(w.q, w.now, look, &d);
	assert_int_equal(d.waiting, 1);
	end(&w);
}

/* For the watchdog: mail is due, may go and does not. */
static void
test_still(void **state)
{
	struct queue_door_state d = { 0 };
	struct q_attempt a;
	struct world w;

	(void)state;
	begin(&w, 1, 20, 9);
	add(&w, 1, 0, "a@x.test b@x.test");
	add(&w, 1, 0, "c@x.test");
	assert_true(queue_next(w.q, w.now, &a));
	w.now += S(7);
	queue_doors(w.q, w.now, look, &d);
	assert_true(d.still_us == S(7));
	assert_int_equal(queue_still(w.q, w.now, S(7)), 0);
	assert_int_equal(queue_still(w.q, w.now, S(7) - 1), 1);
	/* A rest is no standstill, neither while it lasts nor at its end. */
	queue_door_rest(w.q, queue_attempt_door(w.q, a.id), w.now + S(300));
	finish(&w, &a, RCPT_QUEUED, false);
	w.now += S(299);
	queue_tick(w.q, w.now);
	assert_int_equal(queue_still(w.q, w.now, 0), 0);
	w.now += S(2);
	queue_tick(w.q, w.now);
	queue_doors(w.q, w.now, look, &d);
	assert_true(d.still_us == S(1));
	w.now += S(2);
	assert_int_equal(queue_still(w.q, w.now, S(1)), 1);
	assert_true(queue_next(w.q, w.now, &a));
	finish(&w, &a, RCPT_DELIVERED, true);
	assert_true(queue_next(w.q, w.now, &a));
	finish(&w, &a, RCPT_DELIVERED, true);
	/* Nothing is due. */
	w.now += S(100);
	assert_int_equal(queue_still(w.q, w.now, 0), 0);
	/* Mail that another route brings is not late. */
	add(&w, 1, 0, "a@y.test");
	w.hop = "x.test";
	queue_routes_changed(w.q, w.now);
	assert_int_equal(queue_still(w.q, w.now, 0), 0);
	end(&w);
}

/* So many lanes that not all are looked at: the oldest is the one the sweep met. */
static void
test_oldest_of_many(void **state)
{
	struct q_attempt a;
	struct world w;
	char to[32];

	(void)state;
	begin(&w, 1, 1000, 9);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(to, sizeof to, "a@hub%u.test", i);
		add(&w, 1, 1, to);
		add(&w, 1, 1, to);
		w.now += 1000;
	}
	/* The oldest lanes have had a turn and stand behind the younger ones. */
	for (unsigned i = 0; i < 100; i++) {
		assert_true(queue_next(w.q, w.now, &a));
		finish(&w, &a, RCPT_DELIVERED, true);
	}
	assert_true(queue_oldest_due(w.q, S(110)) == S(10) - 100 * 1000);
	for (unsigned i = 0; i < 5; i++) {
		queue_sweep(w.q, w.now, 100, expire, &w);
		queue_check(w.q);
	}
	assert_true(queue_oldest_due(w.q, S(110)) == S(10));
	/* It goes: at the end of the second pass from now this is known. */
	for (unsigned i = 0; i < 200; i++) {
		assert_true(queue_next(w.q, w.now, &a));
		finish(&w, &a, RCPT_DELIVERED, true);
		add(&w, 1, 1, "z@hub0.test");
		if (i < 100)
			add(&w, 1, 1, "y@hub1.test");
	}
	for (unsigned i = 0; i < 12; i++)
		queue_sweep(w.q, w.now, 100, expire, &w);
	assert_true(queue_oldest_due(w.q, S(110)) == S(10) - 100 * 1000);
	end(&w);
}

static void
test_names(void **state)
{
	(void)state;
	for (int s = 0; s < RCPT_STATES; s++)
		assert_true(rcpt_state_name((enum rcpt_state)s)[0] >= 'a');
	assert_string_equal(rcpt_state_name(RCPT_IN_DOUBT), "in_doubt");
}

static void
until_moved(struct world *w)
{
	for (unsigned parts = 0; queue_tick(w->q, w->now) <= w->now; parts++)
		assert_true(parts < 1000);
}

/* What concerns a long queue at once is done in parts, and all of it. */
static void
test_parts(void **state)
{
	enum { LANES = 5000, RCPTS = 3 };
	struct q_attempt a;
	struct world w;
	char to[64];

	(void)state;
	begin(&w, 5, 20, 1);
	for (unsigned i = 0; i < LANES; i++) {
		snprintf(to, sizeof to, "a@d%u.test b@d%u.test c@e%u.test", i, i, i);
		add_as(&w, 1 + i % 3, i & 1, to,
			(struct q_restored[RCPTS]){ { .state = RCPT_QUEUED, .next = S(200) },
				{ .state = RCPT_QUEUED, .next = S(300) },
				{ .state = RCPT_HELD } });
	}
	w.now = S(200);
	assert_true(queue_tick(w.q, w.now) <= w.now);
	assert_true(queue_next(w.q, w.now, &a));
	queue_done(w.q, a.id, false, w.now);
	until_moved(&w);
	queue_check(w.q);
	w.hop = "relay.test";
	w.routed = 0;
	queue_routes_changed(w.q, w.now);
	assert_true(w.routed < LANES);
	queue_check(w.q);
	/* Once more before it is through: from the beginning. */
	w.hop = "relay2.test";
	queue_tick(w.q, w.now);
	queue_routes_changed(w.q, w.now);
	until_moved(&w);
	queue_check(w.q);
	for (unsigned i = 0; i < LANES; i++) {
		assert_true(queue_next(w.q, w.now, &a));
		assert_str(queue_door_key(a.door)->site, "relay2.test");
		assert_int_equal(a.n, 2);
		finish(&w, &a, RCPT_DELIVERED, true);
		while (queue_hang_up(w.q, w.now, S(5), &(uint8_t){ 0 }, &(uint16_t){ 0 }))
			;
	}
	assert_false(queue_next(w.q, w.now, &a));
	assert_int_equal(count(&w, RCPT_HELD), LANES);
	end(&w);
}

TEST_MAIN(TEST(test_one), TEST(test_group), TEST(test_old_extra), TEST(test_retry_and_order),
	TEST(test_hold_release), TEST(test_restored), TEST(test_adopt), TEST(test_one_by_one),
	TEST(test_inbound), TEST(test_courier_down), TEST(test_wanted_slot),
	TEST(test_rate_and_rest), TEST(test_routes_changed), TEST(test_expiry), TEST(test_each),
	TEST(test_doors), TEST(test_told), TEST(test_names), TEST(test_parts), TEST(test_still),
	TEST(test_oldest_of_many))
