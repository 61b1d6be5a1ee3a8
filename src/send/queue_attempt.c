#include "send/queue_priv.h"

#include "base/must.h"

#include <errno.h>

struct q_hand *
queue_hand(struct queue *q, uint64_t attempt)
{
	uint64_t self;

	if (attempt == 0 || attempt == UINT64_MAX || !nmap_get(&q->attempts, attempt, &self))
		return NULL;
	return slab_at(&q->hands, (uint32_t)self);
}

static struct q_hand *
hand_new(struct queue *q, uint64_t id, struct q_door *d, struct q_conn *c, uint32_t message)
{
	uint32_t self;
	struct q_hand *h = slab_new(&q->hands, &self);

	must(h != NULL);
	h->self = self;
	h->id = id;
	h->door = d;
	h->conn = c;
	h->message = message;
	list_init(&h->rcpts);
	list_init(&h->of_courier);
	list_push(&q->courier[c->courier]->hands, &h->of_courier);
	nmap_put(&q->attempts, id, self);
	return h;
}

static void
describe(const struct q_hand *h, struct q_attempt *ret_a)
{
	ret_a->id = h->id;
	ret_a->courier = h->conn->courier;
	ret_a->slot = h->conn->slot;
	ret_a->fresh = h->fresh;
	ret_a->last = h->last;
	ret_a->message = h->message;
	ret_a->door = h->door;
	ret_a->n = 0;
	LIST_EACH(l, &h->rcpts)
	{
		must(ret_a->n < QUEUE_BATCH_MAX);
		ret_a->rcpts[ret_a->n++] = RCPT_OF(l)->self;
	}
}

static void
take(struct queue *q, struct q_rcpt *r, struct q_hand *h)
{
	queue_lane_detach(q, r);
	queue_state(q, r, RCPT_ACTIVE);
	queue_lane_active(r, h);
}

/*
 * The recipients of the message at the head of the lane. Those of one message came together and
 * mostly stand together; others of it are looked for only when it has few recipients, so that a
 * message to a thousand domains costs no thousand looks each.
 */
static size_t
take_batch(struct queue *q, struct q_lane *l, struct q_hand *h)
{
	const struct q_message *m = queue_message_at(q, h->message);
	bool alone = m->stream == STREAM_INBOUND || (q->one_by_one && m->from->sender_n);
	size_t n = 0, most = alone ? 1 : QUEUE_BATCH_MAX;
	struct q_rcpt *r;

	while (n < most && l->due) {
		r = queue_rcpt_at(q, l->due);
		if (r->message != h->message)
			break;
		take(q, r, h);
		n++;
	}
	if (n == most || m->live > QUEUE_BATCH_MAX || m->live == n)
		return n;
	for (uint32_t at = m->first; at; at = r->sibling) {
		r = queue_rcpt_at(q, at);
		if (r->lane != l->self || !r->due || n == most)
			continue;
		take(q, r, h);
		n++;
	}
	return n;
}

void
queue_one_by_one(struct queue *q, bool on)
{
	q->one_by_one = on;
}

bool
queue_next(struct queue *q, uint64_t now, struct q_attempt *ret_a)
{
	struct q_door *d;
	struct q_lane *l;
	struct q_conn *c;
	struct q_hand *h;
	bool fresh;

	if (now > q->now)
		q->now = now;
	d = queue_door_ready(q);
	if (!d)
		return false;
	l = queue_door_turn(q, d);
	c = queue_conn_take(q, d, &fresh);
	/* The low half counts from 1 in each run; 2^32 attempts later it starts again. */
	do
		q->ids = (q->ids & ~(uint64_t)UINT32_MAX) | (uint32_t)(q->ids + 1);
	while ((uint32_t)q->ids == 0 || queue_hand(q, q->ids));
	h = hand_new(q, q->ids, d, c, queue_rcpt_at(q, l->due)->message);
	h->fresh = fresh;
	/* Where others have no connection at all, nobody keeps a second one for long. */
	h->last = c->served + 1 >= d->key.limits.messages ||
	          (q->nstarved > q->nfree && d->connections > 1);
	queue_door_charge(q, l, take_batch(q, l, h));
	describe(h, ret_a);
	return true;
}

static struct q_rcpt *
adoptable(struct queue *q, uint64_t id, uint32_t message)
{
	struct q_message *m;
	struct q_rcpt *r = queue_rcpt(q, id, &m);

	if (!r || (r->state != RCPT_QUEUED && r->state != RCPT_HELD))
		return NULL;
	return message == 0 || r->message == message ? r : NULL;
}

int
queue_adopt(struct queue *q, uint64_t attempt, struct queue_slot place,
	const uint64_t *rcpt_ids, size_t n)
{
	uint8_t courier = place.courier;
	uint16_t slot = place.slot;
	struct q_courier *of = q->courier[courier];
	struct q_rcpt *r = NULL;
	struct q_hand *h;
	struct q_conn *c;

	if (!of || slot >= of->nconn || attempt == 0 || attempt == UINT64_MAX)
		return -EINVAL;
	if (queue_hand(q, attempt))
		return -EEXIST;
	for (size_t i = 0; i < n && !r; i++)
		r = adoptable(q, rcpt_ids[i], 0);
	if (!r)
		return -ENOENT;
	c = queue_conn_claim(q, courier, slot, queue_door_of(q, queue_lane_at(q, r->lane)));
	if (!c)
		return -EBUSY;
	h = hand_new(q, attempt, c->door, c, r->message);
	for (size_t i = 0, taken = 0; i < n && taken < QUEUE_BATCH_MAX; i++) {
		r = adoptable(q, rcpt_ids[i], h->message);
		if (!r)
			continue;
		take(q, r, h);
		taken++;
	}
	return 0;
}

bool
queue_attempt(struct queue *q, uint64_t attempt, struct q_attempt *ret_a)
{
	const struct q_hand *h = queue_hand(q, attempt);

	if (h)
		describe(h, ret_a);
	return h != NULL;
}

struct q_door *
queue_attempt_door(struct queue *q, uint64_t attempt)
{
	const struct q_hand *h = queue_hand(q, attempt);

	return h ? h->door : NULL;
}

void
queue_attempts_of(
	struct queue *q, uint8_t courier, void (*fn)(void *ctx, uint64_t attempt), void *ctx)
{
	struct q_courier *of = q->courier[courier];

	if (!of)
		return;
	LIST_EACH_SAFE(l, &of->hands)
	fn(ctx, LIST_OF(l, struct q_hand, of_courier)->id);
}

void
queue_done(struct queue *q, uint64_t attempt, bool open, uint64_t now)
{
	struct q_hand *h = queue_hand(q, attempt);

	if (now > q->now)
		q->now = now;
	if (!h)
		return;
	/* From the last one on, each to the front: their order stays. */
	while (!list_empty(&h->rcpts)) {
		struct q_rcpt *r = RCPT_OF(h->rcpts.prev);

		queue_lane_detach(q, r);
		queue_state(q, r, RCPT_QUEUED);
		queue_lane_due(q, r, q->now, true);
	}
	list_del(&h->of_courier);
	nmap_del(&q->attempts, attempt);
	queue_conn_done(q, h->conn, open, h->last);
	slab_free(&q->hands, h->self);
}
