#include "send/queue_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "wire/address.h"

/* Lanes without recipients that are kept: a busy site's lane runs empty between two messages.
 */
#define SPARE_MAX 1024

struct lane_key {
	uint32_t tenant, domain;
	uint8_t stream;
};

struct share_key {
	uint32_t door, tenant;
	uint8_t stream;
};

/* Numbers of our own; the seed is for tenants that choose where their mail meets. */
static uint64_t
hash_of(const struct queue *q, uint32_t place, uint32_t tenant, uint8_t stream)
{
	return queue_mix(((uint64_t)place << 32 | tenant) ^ queue_mix(q->seed + stream));
}

static uint64_t
lane_hash(const struct queue *q, const void *record)
{
	const struct q_lane *l = record;
	const struct q_share *s = queue_share_of(q, l);

	return hash_of(q, l->domain, s->tenant, s->stream);
}

static bool
lane_is(const struct queue *q, const void *record, const void *key)
{
	const struct q_lane *l = record;
	const struct lane_key *k = key;
	const struct q_share *s = queue_share_of(q, l);

	return l->domain == k->domain && s->tenant == k->tenant && s->stream == k->stream;
}

static uint64_t
share_hash(const struct queue *q, const void *record)
{
	const struct q_share *s = record;

	return hash_of(q, s->door, s->tenant, s->stream);
}

static bool
share_is(const struct queue *q, const void *record, const void *key)
{
	const struct q_share *s = record;
	const struct share_key *k = key;

	(void)q;
	return s->door == k->door && s->tenant == k->tenant && s->stream == k->stream;
}

void
queue_lane_init(struct queue *q)
{
	static const struct queue_index_kind lanes = { lane_hash, lane_is },
					     shares = { share_hash, share_is };

	queue_index_init(&q->by_lane, q, &q->lanes, &lanes);
	queue_index_init(&q->by_share, q, &q->shares, &shares);
	q->lane_turns = (struct ring_kind){ &q->lanes, offsetof(struct q_lane, turn) };
	q->share_turns = (struct ring_kind){ &q->shares, offsetof(struct q_share, turn) };
}

struct str
queue_lane_domain(const struct queue *q, const struct q_lane *l)
{
	const struct q_domain *d = slab_at(&q->domains, l->domain);

	return str_of(d->text, d->n);
}

/* Lower case; U-labels become A-labels. What is no domain stays as it is: its delivery fails
 * with a reason, which is better than no lane. */
static struct str
lane_name(char text[static ADDRESS_DOMAIN_MAX], struct str domain)
{
	struct arena a;
	bool utf8 = false;

	for (size_t i = 0; i < domain.n && !utf8; i++)
		utf8 = (unsigned char)domain.p[i] > 127;
	arena_init(&a, 64 << 10);
	if (utf8)
		(void)domain_ascii(&a, domain, &domain);
	domain = str_head(domain, ADDRESS_DOMAIN_MAX);
	for (size_t i = 0; i < domain.n; i++)
		text[i] = ascii_lower(domain.p[i]);
	arena_done(&a);
	return str_of(text, domain.n);
}

static struct q_share *
share_for(struct queue *q, struct q_door *d, uint32_t tenant, uint8_t stream)
{
	struct share_key k = { d->self, tenant, stream };
	uint32_t self = queue_index_find(&q->by_share, hash_of(q, d->self, tenant, stream), &k);
	struct q_share *s;

	if (self)
		return queue_share_at(q, self);
	s = slab_new(&q->shares, &self);
	must(s != NULL);
	s->self = self;
	s->door = d->self;
	s->tenant = tenant;
	s->stream = stream & 3u;
	d->shares++;
	queue_index_add(&q->by_share, self);
	return s;
}

static void
share_unref(struct queue *q, struct q_share *s)
{
	struct q_door *d = queue_door_at(q, s->door);

	if (--s->nlanes)
		return;
	must(ring_alone(&s->turn));
	queue_index_del(&q->by_share, s->self);
	slab_free(&q->shares, s->self);
	d->shares--;
	queue_door_unref(q, d);
}

static struct q_share *
route(struct queue *q, uint32_t tenant, uint8_t stream, struct str domain)
{
	struct door_key k = { 0 };

	q->calls->route(q->ctx, tenant, stream, domain, &k);
	return share_for(q, queue_door_for(q, &k), tenant, stream);
}

/* Takes over a use of the domain. */
static struct q_lane *
lane_new(struct queue *q, const struct lane_key *k)
{
	uint32_t self;
	struct q_lane *l = slab_new(&q->lanes, &self);
	struct q_share *s;

	must(l != NULL);
	l->self = self;
	l->domain = k->domain;
	s = route(q, k->tenant, k->stream, queue_lane_domain(q, l));
	l->share = s->self;
	s->nlanes++;
	queue_index_add(&q->by_lane, self);
	ring_push(&q->lane_turns, &q->spare, self);
	q->nspare++;
	return l;
}

struct q_lane *
queue_lane_for(struct queue *q, uint32_t tenant, uint8_t stream, struct str domain)
{
	char text[ADDRESS_DOMAIN_MAX];
	struct str name = lane_name(text, domain);
	struct lane_key k = { tenant, queue_domain_find(q, name), stream };
	uint32_t self = 0;

	if (k.domain)
		self = queue_index_find(&q->by_lane, hash_of(q, k.domain, tenant, stream), &k);
	if (self)
		return queue_lane_at(q, self);
	k.domain = queue_domain_ref(q, name);
	return lane_new(q, &k);
}

static void
lane_free(struct queue *q, struct q_lane *l)
{
	struct q_share *s = queue_share_of(q, l);

	must(l->live == 0 && l->ndue == 0 && l->waiting == 0 && l->due == 0);
	queue_index_del(&q->by_lane, l->self);
	queue_domain_unref(q, l->domain);
	slab_free(&q->lanes, l->self);
	share_unref(q, s);
}

void
queue_lane_drop_spare(struct queue *q, size_t keep)
{
	while (q->nspare > keep) {
		struct q_lane *l = queue_lane_at(q, q->spare);

		q->nspare--;
		ring_del(&q->lane_turns, &q->spare, q->spare);
		lane_free(q, l);
	}
}

void
queue_lane_join(struct queue *q, struct q_lane *l, struct q_rcpt *r)
{
	if (l->live++ == 0) {
		ring_del(&q->lane_turns, &q->spare, l->self);
		q->nspare--;
	}
	r->lane = l->self;
	timer_init(&r->timer);
}

void
queue_lane_leave(struct queue *q, struct q_rcpt *r)
{
	struct q_lane *l = queue_lane_at(q, r->lane);

	r->lane = 0;
	if (--l->live)
		return;
	ring_push(&q->lane_turns, &q->spare, l->self);
	q->nspare++;
	queue_lane_drop_spare(q, SPARE_MAX);
}

/* The ring of due recipients: its head is the first one's id, the ring a list without a head.
 * back: it had its turn and gave it back. */
static void
due_put(struct queue *q, struct q_lane *l, struct q_rcpt *r, bool back)
{
	unsigned turn = queue_message_at(q, r->message)->turn;
	bool low = turn & TURN_LOW, first = back || (turn & TURN_LAST_FIRST);
	bool none = low ? l->low == 0 : l->due == l->low; /* of its kind */
	uint32_t *begin = low ? &l->low : &l->due;
	/* The ring's end is before its head. */
	uint32_t before = first && !none ? *begin : !low && l->low ? l->low : l->due;

	if (before)
		list_put_before(&queue_rcpt_at(q, before)->timer.link, &r->timer.link);
	if (first || none) {
		if (l->due == l->low)
			l->due = r->self;
		*begin = r->self;
	}
	l->ndue++;
}

static void
due_del(struct q_lane *l, struct q_rcpt *r)
{
	uint32_t next = RCPT_OF(r->timer.link.next)->self;

	if (l->low == r->self)
		l->low = next == l->due ? 0 : next;
	if (l->due == r->self)
		l->due = next == r->self ? 0 : next;
	list_del(&r->timer.link);
	l->ndue--;
}

/* Has something due now: takes its place in the turns. */
static void
wake_up(struct queue *q, struct q_lane *l)
{
	struct q_share *s = queue_share_of(q, l);

	l->in_low = l->due == l->low;
	ring_push(&q->lane_turns, queue_lane_ring(s, l), l->self);
	if (!ring_alone(&s->turn))
		return;
	/* Comes with its first turn's credit, else that turn would be lost. */
	s->credit += QUEUE_QUANTUM;
	ring_push(&q->share_turns, &queue_door_at(q, s->door)->ring[STREAM_RING(s->stream)],
		s->self);
}

static void
fall_asleep(struct queue *q, struct q_lane *l)
{
	struct q_share *s = queue_share_of(q, l);

	ring_del(&q->lane_turns, queue_lane_ring(s, l), l->self);
	if (s->lanes || s->low)
		return;
	ring_del(&q->share_turns, &queue_door_at(q, s->door)->ring[STREAM_RING(s->stream)],
		s->self);
	/* Turns are not saved up; what was taken too much is still owed. */
	if (s->credit > 0)
		s->credit = 0;
}

/* What is due in it changed: other turns, or none. A lane of the same kind keeps its place. */
static void
turn_over(struct queue *q, struct q_lane *l)
{
	struct q_share *s = queue_share_of(q, l);

	if (ring_alone(&l->turn)) {
		if (l->ndue)
			wake_up(q, l);
	} else if (l->ndue == 0) {
		fall_asleep(q, l);
	} else if (l->in_low != (l->due == l->low)) {
		ring_del(&q->lane_turns, queue_lane_ring(s, l), l->self);
		l->in_low = l->due == l->low;
		ring_push(&q->lane_turns, queue_lane_ring(s, l), l->self);
	}
}

void
queue_lane_due(struct queue *q, struct q_rcpt *r, uint64_t since, bool back)
{
	struct q_lane *l = queue_lane_at(q, r->lane);
	struct q_door *d = queue_door_of(q, l);

	must(!r->due && list_alone(&r->timer.link));
	r->due = true;
	r->timer.at = since;
	due_put(q, l, r, back);
	if (d->due++ == 0)
		d->moved = q->now;
	turn_over(q, l);
	queue_door_place(q, d);
}

void
queue_lane_wait(struct queue *q, struct q_rcpt *r, uint64_t until)
{
	struct q_lane *l = queue_lane_at(q, r->lane);

	must(list_alone(&r->timer.link));
	l->waiting++;
	queue_door_of(q, l)->waiting++;
	wheel_add(&q->wheel, &r->timer, until);
}

void
queue_lane_active(struct q_rcpt *r, struct q_hand *h)
{
	must(list_alone(&r->timer.link));
	r->timer.at = h->id;
	list_push(&h->rcpts, &r->timer.link);
	h->door->active++;
}

void
queue_lane_detach(struct queue *q, struct q_rcpt *r)
{
	struct q_lane *l;
	struct q_door *d;

	if (r->state == RCPT_ACTIVE) {
		list_del(&r->timer.link);
		queue_hand(q, r->timer.at)->door->active--;
		return;
	}
	if (r->state != RCPT_QUEUED)
		return;
	l = queue_lane_at(q, r->lane);
	d = queue_door_of(q, l);
	if (!r->due) {
		wheel_del(&q->wheel, &r->timer);
		l->waiting--;
		d->waiting--;
		return;
	}
	due_del(l, r);
	r->due = false;
	d->due--;
	turn_over(q, l);
	if (l->ndue == 0)
		queue_door_place(q, d);
}

static void
move_counts(struct queue *q, const struct q_lane *l, struct q_door *from, struct q_door *to)
{
	if (l->ndue && to->due == 0)
		to->moved = q->now;
	from->due -= l->ndue;
	from->waiting -= l->waiting;
	to->due += l->ndue;
	to->waiting += l->waiting;
}

void
queue_lane_reroute(struct queue *q, struct q_lane *l)
{
	struct q_share *old = queue_share_of(q, l), *to;
	struct q_door *from = queue_door_at(q, old->door), *door;

	to = route(q, old->tenant, (uint8_t)old->stream, queue_lane_domain(q, l));
	if (to == old)
		return;
	door = queue_door_at(q, to->door);
	if (l->ndue)
		fall_asleep(q, l);
	move_counts(q, l, from, door);
	l->share = to->self;
	to->nlanes++;
	if (l->ndue)
		wake_up(q, l);
	queue_door_place(q, door);
	queue_door_place(q, from);
	share_unref(q, old);
}
