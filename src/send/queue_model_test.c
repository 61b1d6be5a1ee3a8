/*
 * Random operations against a plain model: each recipient is in exactly one state, is never in
 * two hands, leaves its lane in the order of its turn; all invariants hold after each
 * operation.
 */
#include "send/queue.h"

#include "base/test.h"
#include "send/wish.h"

#define S(x)     ((uint64_t)(x)*1000000)
#define MESSAGES 4000
#define RCPTS    6
#define COURIERS 3
#define SLOTS    7
#define DOMAINS  8
#define TENANTS  3

struct m_rcpt {
	uint8_t state; /* RCPT_NONE: no longer in memory */
	uint8_t domain;
	bool owed;
	uint64_t attempt; /* ACTIVE: the hand it is in */
	int64_t order; /* due: when it came to the lane (operation), < 0: put back at its front
	                */
};

struct m_message {
	uint64_t id;
	uint32_t tenant;
	uint8_t stream, turn;
	unsigned n;
	bool gone;
	struct m_rcpt r[RCPTS];
};

struct model {
	struct queue *q;
	struct m_message m[MESSAGES];
	size_t n;
	uint64_t now, x, next_id, last_attempt;
	struct {
		uint64_t id;
		uint8_t courier;
	} hand[COURIERS * SLOTS];
	size_t nhands;
	bool up[COURIERS], paused[COURIERS];
	bool slot_open[COURIERS][SLOTS], slot_busy[COURIERS][SLOTS];
	unsigned routes; /* changes which door serves a domain */
	uint64_t delivered, expired, backs;
	int64_t seq, front;
};

static uint64_t
rnd(struct model *t, uint64_t below)
{
	t->x ^= t->x << 13;
	t->x ^= t->x >> 7;
	t->x ^= t->x << 17;
	return (t->x >> 11) % below;
}

static void
route(void *ctx, uint32_t tenant, uint8_t stream, struct str domain, struct door_key *ret)
{
	struct model *t = ctx;
	unsigned d = (unsigned)(domain.p[1] - '0');

	(void)tenant;
	(void)stream;
	*ret = (struct door_key){
		.kind = ROUTE_MX, .site = domain, .host = domain, .port = 25
	};
	ret->limits = (struct door_limits){ 1 + d % 3, 1 + d, d == 5 ? 600 : 0 };
	if (t->routes % 3 == 1)
		ret->host = STR_LIT("hub");
	if (t->routes % 3 == 2 && d < 4)
		ret->port = 587;
}

static struct m_message *
model_of(struct model *t, uint64_t id)
{
	for (size_t i = t->n; i-- > 0;)
		if (t->m[i].id <= id)
			return &t->m[i];
	fail();
	return NULL;
}

static void
gone(void *ctx, const struct q_message *m)
{
	struct m_message *mm = model_of(ctx, m->id);

	assert_true(mm->id == m->id && !mm->gone);
	mm->gone = true;
}

static struct m_rcpt *
of(struct model *t, const struct q_rcpt *r, struct m_message **ret)
{
	struct m_message *mm = model_of(t, queue_message_at(t->q, r->message)->id);

	if (ret)
		*ret = mm;
	return &mm->r[r->index];
}

static void
op_add(struct model *t)
{
	static const char *const domains[DOMAINS] = { "x@d0.test", "x@d1.test", "x@D2.test",
		"x@d3.test", "x@d4.test", "x@d5.test", "x@d6.TEST", "x@d7.test" };
	struct m_message *m = &t->m[t->n];
	struct msg_rcpt r[RCPTS] = { 0 };
	struct msg_submit s = { 0 };
	char inner[WISH_ROOM], outer[100];
	struct buf more = { inner, 0, sizeof inner, sizeof inner, false },
		   extra = { outer, 0, sizeof outer, sizeof outer, false };

	if (t->n == MESSAGES)
		return;
	t->n++;
	*m = (struct m_message){ .id = t->next_id,
		.tenant = (uint32_t)(1 + rnd(t, TENANTS)),
		.stream = (uint8_t)rnd(t, 2),
		.turn = (uint8_t)(rnd(t, 2) ? rnd(t, 4) : 0),
		.n = (unsigned)(1 + rnd(t, RCPTS)) };
	t->next_id += m->n + 1;
	for (unsigned i = 0; i < m->n; i++) {
		m->r[i].domain = (uint8_t)rnd(t, rnd(t, 2) ? 2 : DOMAINS);
		m->r[i].state = RCPT_QUEUED;
		r[i].index = (uint16_t)i;
		r[i].address = str_z(domains[m->r[i].domain]);
	}
	wish_write(&more, &(struct wish){ .turn = m->turn });
	assert_int_equal(
		msg_extra_write(&extra, &(struct msg_extra){ .more = buf_str(&more) }), 0);
	s = (struct msg_submit){ .message = m->id,
		.tenant = m->tenant,
		.stream = m->stream,
		.rcpts = { r, m->n },
		.extra = buf_str(&extra) };
	assert_non_null(queue_add(t->q, &s, t->now, t->now + S(500 + rnd(t, 5000)), NULL));
}

/* The head of a lane goes first: no due recipient of the lane has its turn before the first one
 * of the batch. */
static void
check_first(struct model *t, const struct q_attempt *a)
{
	const struct q_rcpt *first = queue_rcpt_at(t->q, a->rcpts[0]);
	struct m_message *m;
	struct m_rcpt *mr = of(t, first, &m);

	assert_int_equal(mr->state, RCPT_QUEUED);
	for (size_t i = 0; i < t->n; i++) {
		if (t->m[i].gone || t->m[i].tenant != m->tenant || t->m[i].stream != m->stream)
			continue;
		for (unsigned k = 0; k < t->m[i].n; k++) {
			const struct m_rcpt *o = &t->m[i].r[k];

			if (o->state != RCPT_QUEUED || o->domain != mr->domain || !o->order)
				continue;
			if ((t->m[i].turn & TURN_LOW) == (m->turn & TURN_LOW))
				assert_true(o->order >= mr->order);
			else
				assert_true(t->m[i].turn & TURN_LOW);
		}
	}
}

static void
op_next(struct model *t)
{
	struct q_attempt a;

	if (!queue_next(t->q, t->now, &a))
		return;
	assert_true(t->up[a.courier] && !t->paused[a.courier] && a.slot < SLOTS && a.n > 0);
	assert_true(a.id != t->last_attempt);
	assert_false(t->slot_busy[a.courier][a.slot]);
	assert_int_equal(t->slot_open[a.courier][a.slot], !a.fresh);
	t->slot_busy[a.courier][a.slot] = t->slot_open[a.courier][a.slot] = true;
	t->last_attempt = a.id;
	check_first(t, &a);
	for (size_t i = 0; i < a.n; i++) {
		struct m_message *m;
		struct q_rcpt *r = queue_rcpt_at(t->q, a.rcpts[i]);
		struct m_rcpt *mr = of(t, r, &m);

		assert_int_equal(mr->state, RCPT_QUEUED);
		assert_int_equal(r->state, RCPT_ACTIVE);
		assert_int_equal(r->message, a.message);
		mr->state = RCPT_ACTIVE;
		mr->attempt = a.id;
	}
	assert_true(t->nhands < COURIERS * SLOTS);
	t->hand[t->nhands].id = a.id;
	t->hand[t->nhands++].courier = a.courier;
}

static void
set(struct model *t, struct q_rcpt *r, enum rcpt_state s)
{
	struct m_message *m;
	struct m_rcpt *mr = of(t, r, &m);
	uint64_t next = rnd(t, 2) ? t->now + S(rnd(t, 700)) : 0;
	bool due = s == RCPT_QUEUED && next <= t->now;

	mr->attempt = 0;
	mr->order = due && (m->turn & TURN_LAST_FIRST) ? t->front-- : 0;
	mr->state = (uint8_t)s;
	if (rcpt_final(s)) {
		mr->owed = rnd(t, 4) == 0;
		r->report_owed = mr->owed;
		t->delivered++;
		if (!mr->owed)
			mr->state = RCPT_NONE;
	}
	queue_set(t->q, r, s, next, t->now);
}

static enum rcpt_state
any_state(struct model *t)
{
	static const enum rcpt_state s[] = { RCPT_DELIVERED, RCPT_DELIVERED, RCPT_DELIVERED,
		RCPT_BOUNCED, RCPT_QUEUED, RCPT_QUEUED, RCPT_HELD, RCPT_IN_DOUBT };

	return s[rnd(t, TEST_COUNT(s))];
}

static void
finish(struct model *t, size_t h)
{
	uint64_t id = t->hand[h].id;
	struct q_attempt a;
	bool open, back = false;

	assert_true(queue_attempt(t->q, id, &a));
	assert_int_equal(a.courier, t->hand[h].courier);
	if (rnd(t, 4) == 0) {
		back = queue_turned_away(t->q, id, t->now) == QUEUE_AWAY_GOES_ON;
		if (!back && rnd(t, 2))
			queue_door_away(t->q, a.door, t->now + S(rnd(t, 60)));
		t->backs += back;
	} else if (rnd(t, 4)) {
		queue_worked(t->q, id, t->now);
	}
	queue_check(t->q);
	for (size_t i = 0; i < a.n; i++) {
		struct q_rcpt *r = queue_rcpt_at(t->q, a.rcpts[i]);

		assert_true(of(t, r, NULL)->attempt == id);
		if (!back && rnd(t, 8)) {
			set(t, r, any_state(t));
			continue;
		}
		of(t, r, NULL)->state = RCPT_QUEUED;
		of(t, r, NULL)->attempt = 0;
		of(t, r, NULL)->order = t->front;
	}
	t->front--;
	open = rnd(t, 4) > 0;
	queue_done(t->q, id, open, t->now);
	t->slot_busy[a.courier][a.slot] = false;
	t->slot_open[a.courier][a.slot] = open;
	t->hand[h] = t->hand[--t->nhands];
}

static void
op_done(struct model *t)
{
	if (t->nhands)
		finish(t, rnd(t, t->nhands));
}

static void
op_courier(struct model *t)
{
	uint8_t c = (uint8_t)rnd(t, COURIERS);

	if (!t->up[c]) {
		queue_courier_up(t->q, c, SLOTS);
		t->up[c] = true;
		return;
	}
	if (rnd(t, 4)) {
		if (rnd(t, 4) == 0) {
			queue_courier_pause(t->q, c);
			t->paused[c] = true;
		}
		return;
	}
	for (size_t i = t->nhands; i-- > 0;)
		if (t->hand[i].courier == c)
			finish(t, i);
	queue_courier_down(t->q, c);
	t->up[c] = t->paused[c] = false;
	memset(t->slot_open[c], 0, sizeof t->slot_open[c]);
}

static void
op_hang_up(struct model *t)
{
	uint8_t courier;
	uint16_t slot;

	while (queue_hang_up(t->q, t->now, S(30), &courier, &slot)) {
		assert_true(t->slot_open[courier][slot] && !t->slot_busy[courier][slot]);
		t->slot_open[courier][slot] = false;
	}
}

/* A person holds, releases, drops; reports get written. */
static void
op_hand(struct model *t)
{
	struct m_message *m = &t->m[rnd(t, t->n ? t->n : 1)];
	struct q_message *qm;
	struct q_rcpt *r;
	unsigned i;

	if (t->n == 0 || m->gone)
		return;
	i = (unsigned)rnd(t, m->n);
	r = queue_rcpt(t->q, m->id + 1 + i, &qm);
	assert_int_equal(r != NULL, m->r[i].state != RCPT_NONE);
	if (!r)
		return;
	assert_int_equal(r->state, m->r[i].state);
	if (rcpt_final(r->state)) {
		m->r[i].state = RCPT_NONE;
		queue_reported(t->q, r);
	} else if (r->state == RCPT_HELD) {
		set(t, r, RCPT_QUEUED);
	} else if (r->state == RCPT_QUEUED) {
		set(t, r, rnd(t, 3) ? RCPT_HELD : RCPT_CANCELLED);
	}
}

static void
expire(void *ctx, struct q_rcpt *r)
{
	struct model *t = ctx;

	assert_true(r->state == RCPT_QUEUED || r->state == RCPT_HELD);
	t->expired++;
	set(t, r, RCPT_EXPIRED);
}

static void
op_time(struct model *t)
{
	uint64_t next;

	t->now += rnd(t, 4) ? rnd(t, S(2)) : rnd(t, S(100));
	next = queue_tick(t->q, t->now);
	assert_true(next > t->now || next == UINT64_MAX);
	queue_sweep(t->q, t->now, 50, expire, t);
}

static void
op_change(struct model *t)
{
	if (rnd(t, 8))
		return;
	t->routes++;
	queue_routes_changed(t->q, t->now);
}

/* States agree; the order of due ones is taken down for the next look. */
static void
compare(struct model *t)
{
	uint64_t counts[RCPT_STATES], want[RCPT_STATES] = { 0 }, walked[RCPT_STATES];

	for (size_t i = 0; i < t->n; i++) {
		struct m_message *m = &t->m[i];
		bool any = false;

		for (unsigned k = 0; k < m->n; k++) {
			struct q_message *qm;
			const struct q_rcpt *r;

			if (m->r[k].state == RCPT_NONE)
				continue;
			any = true;
			want[m->r[k].state]++;
			r = queue_rcpt(t->q, m->id + 1 + k, &qm);
			assert_non_null(r);
			assert_int_equal(r->state, m->r[k].state);
			if (!r->due)
				m->r[k].order = 0;
			else if (m->r[k].order == 0)
				m->r[k].order = m->turn & TURN_LAST_FIRST ? t->front : t->seq;
		}
		assert_int_equal(m->gone, !any);
	}
	t->front--;
	queue_counts(t->q, counts);
	queue_recount(t->q, walked);
	assert_memory_equal(counts, want, sizeof want);
	assert_memory_equal(counts, walked, sizeof want);
}

static void
run(uint64_t seed, unsigned rounds)
{
	static const struct queue_calls calls = { route, gone };
	static struct model t;

	t = (struct model){
		.now = S(1000), .x = seed * 2654435761u + 1, .next_id = 10, .front = -1
	};
	t.q = queue_new(t.now, seed, &calls, &t);
	for (unsigned i = 0; i < rounds; i++) {
		switch (rnd(&t, 16)) {
		case 0:
		case 1:
		case 2:
			op_add(&t);
			break;
		case 3:
		case 4:
		case 5:
		case 6:
		case 7:
			op_next(&t);
			break;
		case 8:
		case 9:
		case 10:
			op_done(&t);
			break;
		case 11:
			op_courier(&t);
			break;
		case 12:
			op_hang_up(&t);
			break;
		case 13:
			op_hand(&t);
			break;
		case 14:
			op_time(&t);
			break;
		default:
			op_change(&t);
			break;
		}
		queue_check(t.q);
		t.seq++;
		compare(&t);
	}
	assert_true(t.delivered > rounds / 20);
	assert_true(t.expired > 0 && t.backs > 0);
	queue_free(&t.q);
}

static void
test_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		run(seed, 3000);
}

TEST_MAIN(TEST(test_random))
