#include "send/queue_priv.h"

#include "base/mem.h"
#include "base/must.h"

/* Transactional mail passes broadcast, but of this many transactions one is broadcast: no
 * tenant's mail may stand for ever behind another's. */
#define PASSES_MAX 16
/* A door that nothing needs is kept this long (µs), so that its rate is remembered: a bucket is
 * full again after a minute. */
#define UNUSED_US (60 * UINT64_C(1000000))
#define MINUTE_US (60 * UINT64_C(1000000))
/* Doors forgotten at once. */
#define PRUNE_MAX 1000u

static uint64_t
door_hash(const struct queue *q, const void *record)
{
	const struct q_door *d = record;

	return hash_bytes(q->seed, str_of(d->text, d->key_n));
}

static bool
door_is(const struct queue *q, const void *record, const void *key)
{
	const struct q_door *d = record;

	(void)q;
	return str_eq(str_of(d->text, d->key_n), *(const struct str *)key);
}

void
queue_door_init(struct queue *q)
{
	static const struct queue_index_kind doors = { door_hash, door_is };

	queue_index_init(&q->by_door, q, &q->doors, &doors);
}

static char *
put(char *p, struct str s)
{
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p + s.n + 1;
}

static size_t
key_size(const struct door_key *k)
{
	return k->source.n + k->host.n + k->user.n + 3 + 4;
}

/* What makes a door another door: everything that a connection of it is opened with. */
static void
key_write(char *p, const struct door_key *k)
{
	p = put(p, k->source);
	p = put(p, k->host);
	p = put(p, k->user);
	*p++ = (char)k->kind;
	*p++ = (char)k->tls;
	memcpy(p, &k->port, 2);
}

/* Copies the key; the part the index looks at is the same when only the rest changed. */
static void
key_set(struct q_door *d, const struct door_key *k)
{
	char *old = d->text, *p;

	d->key_n = key_size(k);
	d->text_n = d->key_n + k->site.n + k->secret.n + 2;
	d->text = mem_new(1, d->text_n);
	key_write(d->text, k);
	d->key = *k;
	d->key.source = str_of(d->text, k->source.n);
	d->key.host = str_of(d->text + k->source.n + 1, k->host.n);
	d->key.user = str_of(d->text + k->source.n + k->host.n + 2, k->user.n);
	p = d->text + d->key_n;
	d->key.site = str_of(p, k->site.n);
	p = put(p, k->site);
	d->key.secret = str_of(p, k->secret.n);
	put(p, k->secret);
	if (d->key.limits.connections == 0)
		d->key.limits.connections = 1;
	if (d->key.limits.messages == 0)
		d->key.limits.messages = 1;
	mem_free(old);
}

/* Secret, name and limits of the same door may change with the configuration. */
static void
key_renew(struct queue *q, struct q_door *d, const struct door_key *k)
{
	if (str_eq(d->key.site, k->site) && str_eq(d->key.secret, k->secret) &&
		memcmp(&d->key.limits, &k->limits, sizeof k->limits) == 0)
		return;
	key_set(d, k);
	queue_door_place(q, d);
}

struct q_door *
queue_door_for(struct queue *q, const struct door_key *k)
{
	size_t n = key_size(k);
	char *bytes = mem_new(1, n);
	struct str key = str_of(bytes, n);
	struct q_door *d;
	uint32_t self;

	key_write(bytes, k);
	self = queue_index_find(&q->by_door, hash_bytes(q->seed, key), &key);
	mem_free(bytes);
	if (self) {
		d = queue_door_at(q, self);
		if (d->shares == 0 && d->connections == 0)
			list_del(&d->turn);
		key_renew(q, d, k);
		return d;
	}
	d = slab_new(&q->doors, &self);
	must(d != NULL);
	d->self = self;
	list_init(&d->turn);
	list_init(&d->idle);
	timer_init(&d->wake);
	d->moved = q->now;
	d->oldest = d->oldest_now = UINT64_MAX;
	key_set(d, k);
	queue_index_add(&q->by_door, self);
	return d;
}

void
queue_door_free(struct queue *q, struct q_door *d)
{
	queue_index_del(&q->by_door, d->self);
	list_del(&d->turn);
	wheel_del(&q->naps, &d->wake);
	mem_wipe(d->text, d->text_n);
	mem_free(d->text);
	slab_free(&q->doors, d->self);
}

void
queue_door_unref(struct queue *q, struct q_door *d)
{
	if (d->shares || d->connections)
		return;
	must(d->due == 0 && d->place == DOOR_OUT);
	d->unused_since = q->now;
	list_push(&q->unused, &d->turn);
}

void
queue_door_prune(struct queue *q)
{
	for (unsigned n = 0; n < PRUNE_MAX && !list_empty(&q->unused); n++) {
		struct q_door *d = DOOR_OF(q->unused.next);

		if (q->now - d->unused_since < UNUSED_US)
			return;
		if (queue_door_rests(d) > q->now || queue_door_learned(d, q->now)) {
			d->unused_since = q->now;
			list_del(&d->turn);
			list_push(&q->unused, &d->turn);
			continue;
		}
		queue_door_free(q, d);
	}
}

/* A second's worth of messages may go at once, at least one. */
static uint64_t
rate_free(const struct q_door *d)
{
	unsigned rate = d->key.limits.rate;
	uint64_t burst;

	if (rate == 0)
		return 0;
	burst = (rate >= 120 ? rate / 60 - 1 : 0) * (MINUTE_US / rate);
	return d->rate_at > burst ? d->rate_at - burst : 0;
}

uint64_t
queue_door_still(const struct q_door *d, uint64_t now)
{
	uint64_t since = rate_free(d), rests = queue_door_rests(d);

	since = rests > since ? rests : since;
	since = d->fresh_at > since ? d->fresh_at : since;
	since = d->moved > since ? d->moved : since;
	return d->due && since < now ? now - since : 0;
}

static enum door_place
place_of(const struct queue *q, const struct q_door *d, uint64_t *ret_wake)
{
	uint64_t rate = rate_free(d), rests = queue_door_rests(d);

	*ret_wake = rate > rests ? rate : rests;
	if (d->due == 0 || (d->nidle == 0 && d->connections >= queue_door_most(d)))
		return DOOR_OUT;
	if (d->nidle == 0 && d->fresh_at > *ret_wake)
		*ret_wake = d->fresh_at;
	if (*ret_wake > q->now)
		return DOOR_ASLEEP;
	return d->nidle == 0 && q->nfree == 0 ? DOOR_STARVED : DOOR_READY;
}

void
queue_door_place(struct queue *q, struct q_door *d)
{
	uint64_t wake;
	enum door_place to = place_of(q, d, &wake);

	/* A starved door is taken from there as soon as there is a slot; a ready one is looked
	 * at again when it is taken. Neither loses its place in the line. */
	if (d->place == DOOR_STARVED && to == DOOR_READY && d->nidle == 0)
		return;
	if (to == d->place && (to != DOOR_ASLEEP || d->wake.at == wake))
		return;
	if (d->place == DOOR_READY || d->place == DOOR_STARVED)
		list_del(&d->turn);
	q->nstarved -= d->place == DOOR_STARVED;
	wheel_del(&q->naps, &d->wake);
	d->place = to;
	if (to == DOOR_READY)
		list_push(&q->ready, &d->turn);
	if (to == DOOR_STARVED)
		list_push(&q->starved, &d->turn);
	q->nstarved += to == DOOR_STARVED;
	if (to == DOOR_ASLEEP)
		wheel_add(&q->naps, &d->wake, wake);
}

struct q_door *
queue_door_ready(struct queue *q)
{
	if (q->nfree && !list_empty(&q->starved))
		return DOOR_OF(q->starved.next);
	while (!list_empty(&q->ready)) {
		struct q_door *d = DOOR_OF(q->ready.next);

		if (d->nidle || q->nfree)
			return d;
		queue_door_place(q, d);
		must(d->place != DOOR_READY);
	}
	return NULL;
}

static uint32_t *
ring_of(struct q_door *d)
{
	bool fast = d->ring[STREAM_TRANSACTIONAL] != 0;
	bool slow = d->ring[STREAM_BROADCAST] != 0;

	must(fast || slow);
	if (fast && slow && d->passes + 1 >= PASSES_MAX)
		fast = false;
	d->passes = fast && slow ? d->passes + 1 : 0;
	return &d->ring[fast ? STREAM_TRANSACTIONAL : STREAM_BROADCAST];
}

struct q_lane *
queue_door_turn(struct queue *q, struct q_door *d)
{
	uint32_t *ring = ring_of(d);
	struct q_share *s;

	for (;;) {
		s = queue_share_at(q, *ring);
		if (s->credit > 0)
			break;
		s->credit += QUEUE_QUANTUM;
		ring_turn(&q->share_turns, ring);
	}
	return queue_lane_at(q, s->lanes ? s->lanes : s->low);
}

void
queue_door_charge(struct queue *q, struct q_lane *l, size_t n)
{
	struct q_share *s = queue_share_of(q, l);
	struct q_door *d = queue_door_at(q, s->door);
	unsigned rate = d->key.limits.rate;

	s->credit -= (int32_t)n;
	/* It was the first one, unless nothing of it is due any more, or only what is low: then
	 * it has come to the end of others already. */
	if (l->ndue && *queue_lane_ring(s, l) == l->self)
		ring_turn(&q->lane_turns, queue_lane_ring(s, l));
	if (rate)
		d->rate_at = (d->rate_at > q->now ? d->rate_at : q->now) + MINUTE_US / rate;
	d->moved = q->now;
	/* Doors take turns too: to the end of the line. */
	if (d->place == DOOR_READY || d->place == DOOR_STARVED) {
		list_del(&d->turn);
		q->nstarved -= d->place == DOOR_STARVED;
		d->place = DOOR_OUT;
	}
	queue_door_place(q, d);
}

/* Lanes of one door looked at for its oldest recipient. */
#define OLDEST_LANES 64

static uint64_t
due_since(const struct queue *q, uint32_t lane)
{
	const struct q_lane *l = queue_lane_at(q, lane);
	uint64_t oldest = UINT64_MAX;

	/* Where the last is the first, the oldest stands at the end. */
	for (unsigned i = 0; i < 2; i++) {
		const struct q_rcpt *r = slab_at(&q->rcpts, i && l->low ? l->low : l->due);
		const struct q_rcpt *end = RCPT_OF(r->timer.link.prev);

		oldest = r->timer.at < oldest ? r->timer.at : oldest;
		oldest = end->timer.at < oldest ? end->timer.at : oldest;
	}
	return oldest;
}

static uint64_t
lanes_oldest(const struct queue *q, uint32_t lanes, long *left)
{
	uint64_t oldest = UINT64_MAX;

	for (uint32_t l = lanes; l; l = ring_after(&q->lane_turns, lanes, l)) {
		uint64_t at;

		if (--*left < 0)
			return oldest;
		at = due_since(q, l);
		oldest = at < oldest ? at : oldest;
	}
	return oldest;
}

/* Of the lanes of one ring of shares; left < 0 when they were too many. */
static uint64_t
ring_oldest(const struct queue *q, uint32_t shares, long *left)
{
	uint64_t oldest = UINT64_MAX;

	for (uint32_t s = shares; s && *left >= 0; s = ring_after(&q->share_turns, shares, s)) {
		const struct q_share *share = queue_share_at(q, s);
		uint64_t at = lanes_oldest(q, share->lanes, left);

		oldest = at < oldest ? at : oldest;
		if (*left >= 0)
			at = lanes_oldest(q, share->low, left);
		oldest = at < oldest ? at : oldest;
	}
	return oldest;
}

uint64_t
queue_door_oldest(const struct queue *q, const struct q_door *d, size_t *looks)
{
	long left = *looks < OLDEST_LANES ? (long)*looks : OLDEST_LANES, most = left;
	uint64_t oldest = UINT64_MAX;

	for (int i = 0; i < STREAMS && left >= 0; i++) {
		uint64_t at = ring_oldest(q, d->ring[i], &left);

		oldest = at < oldest ? at : oldest;
	}
	*looks -= (size_t)(left < 0 ? most : most - left);
	if (left >= 0)
		return oldest;
	if (q->pass - d->pass <= 1 && d->oldest_now < oldest)
		oldest = d->oldest_now;
	if (d->pass == q->pass && d->oldest < oldest)
		oldest = d->oldest;
	return oldest;
}

void
queue_door_swept(const struct queue *q, struct q_door *d, uint64_t since)
{
	if (d->pass != q->pass) {
		d->oldest = d->pass + 1 == q->pass ? d->oldest_now : UINT64_MAX;
		d->oldest_now = UINT64_MAX;
		d->pass = q->pass;
	}
	if (since < d->oldest_now)
		d->oldest_now = since;
}

/* A place may be behind the times only as queue_door_place and queue_door_ready allow. */
void
queue_door_check(const struct queue *q, const struct q_door *d)
{
	uint64_t wake;
	enum door_place want = place_of(q, d, &wake);
	bool lined = d->place == DOOR_READY || d->place == DOOR_STARVED;

	if (d->place == DOOR_ASLEEP)
		must(timer_pending(&d->wake) && want != DOOR_OUT);
	else if (lined)
		must((want == DOOR_READY || want == DOOR_STARVED) && !timer_pending(&d->wake));
	else
		must(want == DOOR_OUT);
	must(d->place != DOOR_STARVED || d->nidle == 0);
	must(list_alone(&d->turn) == (!lined && (d->shares || d->connections)));
	must(d->nidle <= d->connections && d->proved <= d->connections);
}
