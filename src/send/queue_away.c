/* Doors whose connections are turned away: what the other side takes at once is learned. */
#include "send/queue_priv.h"

/* Since the last conversation: so long other connections in hand are believed to work. */
#define WORKS_US (10 * UINT64_C(1000000))
/* The other side may still count a connection that ended so long ago. */
#define LEFT_US (2 * UINT64_C(1000000))
/* No new connection so soon after one was turned away. */
#define FRESH_US UINT64_C(1000000)
/* One connection more is tried after this much without being turned away. */
#define RAISE_US       (60 * UINT64_C(1000000))
#define RAISE_MESSAGES 1000u

unsigned
queue_door_most(const struct q_door *d)
{
	unsigned most = d->key.limits.connections;

	return d->cap && d->cap < most ? d->cap : most;
}

uint64_t
queue_door_rests(const struct q_door *d)
{
	return d->rest_until > d->away_until ? d->rest_until : d->away_until;
}

/* Would the time since have raised the cap to the whole limit? */
bool
queue_door_learned(const struct q_door *d, uint64_t now)
{
	unsigned most = d->key.limits.connections;

	return d->cap && d->cap < most && (now - d->cap_at) / RAISE_US < most - d->cap;
}

static void
cap_set(struct queue *q, struct q_door *d, unsigned cap)
{
	unsigned most = queue_door_most(d);

	d->cap = cap < most ? cap : most;
	d->cap_at = q->now;
	d->cap_served = 0;
	d->fresh_at = q->now + FRESH_US;
}

static void
cap_raise(struct queue *q, struct q_door *d)
{
	unsigned most = d->key.limits.connections;
	uint64_t steps = (q->now - d->cap_at) / RAISE_US;

	d->cap_served++;
	if (steps == 0 && d->cap_served >= RAISE_MESSAGES)
		steps = 1;
	if (steps == 0)
		return;
	d->cap = d->cap < most && steps < most - d->cap ? d->cap + (unsigned)steps : 0;
	d->cap_at = q->now;
	d->cap_served = 0;
}

enum queue_away
queue_turned_away(struct queue *q, uint64_t attempt, uint64_t now)
{
	const struct q_hand *h = queue_hand(q, attempt);
	unsigned others, proved, cap;
	struct q_door *d;
	bool left;

	if (now > q->now)
		q->now = now;
	if (!h)
		return QUEUE_AWAY_ALONE;
	d = h->door;
	others = d->connections - 1;
	proved = d->proved - h->conn->proved;
	left = d->left_until > q->now;
	if (proved || left || (others && d->works_until > q->now)) {
		cap = others + left;
		cap_set(q, d, cap ? cap : 1);
		queue_door_place(q, d);
		return QUEUE_AWAY_GOES_ON;
	}
	if (others)
		return QUEUE_AWAY_BESIDE;
	/* Whoever refuses the only connection does not count connections. */
	d->cap = 0;
	queue_door_place(q, d);
	return QUEUE_AWAY_ALONE;
}

void
queue_worked(struct queue *q, uint64_t attempt, uint64_t now)
{
	const struct q_hand *h = queue_hand(q, attempt);
	struct q_door *d;

	if (now > q->now)
		q->now = now;
	if (!h)
		return;
	d = h->door;
	d->works_until = q->now + WORKS_US;
	d->proved += !h->conn->proved;
	h->conn->proved = true;
	if (d->away_until > q->now) {
		d->away_until = 0;
		cap_set(q, d, d->connections);
	} else if (d->cap) {
		cap_raise(q, d);
	}
	queue_door_place(q, d);
}

void
queue_door_away(struct queue *q, struct q_door *d, uint64_t until)
{
	d->away_until = until;
	queue_door_place(q, d);
}

void
queue_conn_left(struct queue *q, struct q_conn *c)
{
	if (!c->proved)
		return;
	c->proved = false;
	c->door->proved--;
	c->door->left_until = q->now + LEFT_US;
}
