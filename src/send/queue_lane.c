#include "send/queue_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "wire/address.h"

/* Lanes without recipients that are kept: a busy site's lane runs empty between two messages.
 */
#define SPARE_MAX 1024
#define KEY_HEAD  5u /* tenant, stream */

struct lane_key {
	char bytes[KEY_HEAD + ADDRESS_DOMAIN_MAX];
	size_t n;
};

struct share_key {
	const struct q_door *door;
	uint32_t tenant;
	uint8_t stream;
};

static uint64_t
lane_hash(const void *record, uint64_t seed)
{
	const struct q_lane *l = record;

	return hash_bytes(seed, str_of(l->key, l->key_n));
}

static bool
lane_is(const void *record, const void *key)
{
	const struct q_lane *l = record;
	const struct lane_key *k = key;

	return str_eq(str_of(l->key, l->key_n), str_of(k->bytes, k->n));
}

static uint64_t
share_hash_of(const struct q_door *d, uint32_t tenant, uint8_t stream, uint64_t seed)
{
	uint64_t v[2] = { (uintptr_t)d, (uint64_t)tenant << 8 | stream };

	return hash_bytes(seed, str_of(v, sizeof v));
}

static uint64_t
share_hash(const void *record, uint64_t seed)
{
	const struct q_share *s = record;

	return share_hash_of(s->door, s->tenant, s->stream, seed);
}

static bool
share_is(const void *record, const void *key)
{
	const struct q_share *s = record;
	const struct share_key *k = key;

	return s->door == k->door && s->tenant == k->tenant && s->stream == k->stream;
}

void
queue_lane_init(struct queue *q)
{
	queue_index_init(&q->by_lane, &q->lanes, q->seed, lane_hash, lane_is);
	queue_index_init(&q->by_share, &q->shares, q->seed, share_hash, share_is);
}

struct str
queue_lane_domain(const struct q_lane *l)
{
	return str_of(l->key + KEY_HEAD, l->key_n - KEY_HEAD);
}

/* Lower case; U-labels become A-labels. What is no domain stays as it is: its delivery fails
 * with a reason, which is better than no lane. */
static void
make_key(struct lane_key *k, uint32_t tenant, uint8_t stream, struct str domain)
{
	struct arena a;
	bool utf8 = false;

	memcpy(k->bytes, &tenant, sizeof tenant);
	k->bytes[4] = (char)stream;
	for (size_t i = 0; i < domain.n && !utf8; i++)
		utf8 = (unsigned char)domain.p[i] > 127;
	arena_init(&a, 64 << 10);
	if (utf8)
		(void)domain_ascii(&a, domain, &domain);
	domain = str_head(domain, ADDRESS_DOMAIN_MAX);
	for (size_t i = 0; i < domain.n; i++)
		k->bytes[KEY_HEAD + i] = ascii_lower(domain.p[i]);
	k->n = KEY_HEAD + domain.n;
	arena_done(&a);
}

static struct q_share *
share_for(struct queue *q, struct q_door *d, uint32_t tenant, uint8_t stream)
{
	struct share_key k = { d, tenant, stream };
	uint32_t self =
		queue_index_find(&q->by_share, share_hash_of(d, tenant, stream, q->seed), &k);
	struct q_share *s;

	if (self)
		return slab_at(&q->shares, self);
	s = slab_new(&q->shares, &self);
	must(s != NULL);
	s->self = self;
	s->door = d;
	s->tenant = tenant;
	s->stream = stream;
	list_init(&s->turn);
	list_init(&s->lanes);
	d->shares++;
	queue_index_add(&q->by_share, self);
	return s;
}

static void
share_unref(struct queue *q, struct q_share *s)
{
	struct q_door *d = s->door;

	if (--s->nlanes)
		return;
	must(list_alone(&s->turn));
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

static struct q_lane *
lane_new(struct queue *q, const struct lane_key *k, uint32_t tenant, uint8_t stream)
{
	uint32_t self;
	struct q_lane *l = slab_new(&q->lanes, &self);

	must(l != NULL);
	l->self = self;
	l->key = mem_new(1, k->n);
	l->key_n = (uint16_t)k->n;
	memcpy(l->key, k->bytes, k->n);
	list_init(&l->turn);
	list_init(&l->due);
	l->share = route(q, tenant, stream, queue_lane_domain(l));
	l->share->nlanes++;
	queue_index_add(&q->by_lane, self);
	list_push(&q->spare, &l->turn);
	q->nspare++;
	return l;
}

struct q_lane *
queue_lane_for(struct queue *q, uint32_t tenant, uint8_t stream, struct str domain)
{
	struct lane_key k;
	uint32_t self;

	make_key(&k, tenant, stream, domain);
	self = queue_index_find(&q->by_lane, hash_bytes(q->seed, str_of(k.bytes, k.n)), &k);
	return self ? slab_at(&q->lanes, self) : lane_new(q, &k, tenant, stream);
}

static void
lane_free(struct queue *q, struct q_lane *l)
{
	struct q_share *s = l->share;

	must(l->live == 0 && l->ndue == 0 && l->waiting == 0 && l->active == 0);
	list_del(&l->turn);
	queue_index_del(&q->by_lane, l->self);
	mem_free(l->key);
	slab_free(&q->lanes, l->self);
	share_unref(q, s);
}

void
queue_lane_drop_spare(struct queue *q, size_t keep)
{
	while (q->nspare > keep) {
		q->nspare--;
		lane_free(q, LANE_OF(q->spare.next));
	}
}

void
queue_lane_join(struct queue *q, struct q_lane *l, struct q_rcpt *r)
{
	if (l->live++ == 0) {
		list_del(&l->turn);
		q->nspare--;
	}
	r->lane = l;
	timer_init(&r->timer);
}

void
queue_lane_leave(struct queue *q, struct q_rcpt *r)
{
	struct q_lane *l = r->lane;

	r->lane = NULL;
	if (--l->live)
		return;
	list_push(&q->spare, &l->turn);
	q->nspare++;
	queue_lane_drop_spare(q, SPARE_MAX);
}

/* Has something due now: takes its place in the turns. */
static void
wake_up(struct q_lane *l)
{
	struct q_share *s = l->share;

	if (!list_alone(&l->turn))
		return;
	list_push(&s->lanes, &l->turn);
	if (!list_alone(&s->turn))
		return;
	/* Comes with its first turn's credit, else that turn would be lost. */
	s->credit += QUEUE_QUANTUM;
	list_push(&s->door->ring[s->stream], &s->turn);
}

static void
fall_asleep(struct q_lane *l)
{
	struct q_share *s = l->share;

	list_del(&l->turn);
	if (!list_empty(&s->lanes))
		return;
	list_del(&s->turn);
	/* Turns are not saved up; what was taken too much is still owed. */
	if (s->credit > 0)
		s->credit = 0;
}

void
queue_lane_due(struct queue *q, struct q_rcpt *r, uint64_t since, bool back)
{
	struct q_lane *l = r->lane;
	struct q_door *d = l->share->door;

	must(list_alone(&r->timer.link));
	r->due = true;
	r->timer.at = since;
	if (back)
		list_push_front(&l->due, &r->timer.link);
	else
		list_push(&l->due, &r->timer.link);
	l->ndue++;
	if (d->due++ == 0)
		d->moved = q->now;
	wake_up(l);
	queue_door_place(q, d);
}

void
queue_lane_wait(struct queue *q, struct q_rcpt *r, uint64_t until)
{
	must(list_alone(&r->timer.link));
	r->lane->waiting++;
	r->lane->share->door->waiting++;
	wheel_add(&q->wheel, &r->timer, until);
}

void
queue_lane_active(struct q_rcpt *r, struct q_hand *h)
{
	must(list_alone(&r->timer.link));
	r->timer.at = h->id;
	list_push(&h->rcpts, &r->timer.link);
	r->lane->active++;
	r->lane->share->door->active++;
}

void
queue_lane_detach(struct queue *q, struct q_rcpt *r)
{
	struct q_lane *l = r->lane;
	struct q_door *d = l->share->door;

	if (r->state == RCPT_ACTIVE) {
		list_del(&r->timer.link);
		l->active--;
		d->active--;
	} else if (r->due) {
		list_del(&r->timer.link);
		r->due = false;
		l->ndue--;
		d->due--;
		if (l->ndue)
			return;
		fall_asleep(l);
		queue_door_place(q, d);
	} else if (r->state == RCPT_QUEUED) {
		wheel_del(&q->wheel, &r->timer);
		l->waiting--;
		d->waiting--;
	}
}

static void
move_counts(const struct q_lane *l, struct q_door *from, struct q_door *to)
{
	from->due -= l->ndue;
	from->waiting -= l->waiting;
	from->active -= l->active;
	to->due += l->ndue;
	to->waiting += l->waiting;
	to->active += l->active;
}

void
queue_lane_reroute(struct queue *q, struct q_lane *l)
{
	struct q_share *old = l->share, *to;

	to = route(q, old->tenant, old->stream, queue_lane_domain(l));
	if (to == old)
		return;
	if (l->ndue)
		fall_asleep(l);
	move_counts(l, old->door, to->door);
	l->share = to;
	to->nlanes++;
	if (l->ndue)
		wake_up(l);
	queue_door_place(q, to->door);
	queue_door_place(q, old->door);
	share_unref(q, old);
}
