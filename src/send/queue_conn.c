#include "send/queue_priv.h"

#include "base/mem.h"
#include "base/must.h"

void
queue_courier_up(struct queue *q, uint8_t courier, uint16_t slots)
{
	struct q_courier *c = MEM_NEW(c);

	must(q->courier[courier] == NULL);
	list_init(&c->free);
	list_init(&c->hands);
	c->conn = mem_new(slots, sizeof *c->conn);
	c->nconn = c->nfree = slots;
	for (uint16_t i = 0; i < slots; i++) {
		struct q_conn *n = &c->conn[i];

		n->slot = i;
		n->courier = courier;
		list_init(&n->age);
		list_push(&c->free, &n->link);
	}
	q->courier[courier] = c;
	q->up[q->nup++] = courier;
	q->nfree += slots;
}

static void
slot_free(struct queue *q, struct q_conn *c)
{
	struct q_courier *of = q->courier[c->courier];

	c->state = CONN_FREE;
	c->door = NULL;
	c->served = 0;
	list_push(&of->free, &c->link);
	of->nfree++;
	q->nfree += !of->paused;
}

static void
slot_use(struct queue *q, struct q_conn *c, struct q_door *d)
{
	must(c->state == CONN_FREE);
	list_del(&c->link);
	q->courier[c->courier]->nfree--;
	q->nfree--;
	c->state = CONN_BUSY;
	c->door = d;
	d->connections++;
}

/* Out of the lists of idle ones. */
static void
idle_end(struct q_conn *c)
{
	must(c->state == CONN_IDLE);
	list_del(&c->link);
	list_del(&c->age);
	c->door->nidle--;
}

static void
door_left(struct queue *q, struct q_door *d)
{
	d->connections--;
	queue_door_place(q, d);
	queue_door_unref(q, d);
}

struct q_conn *
queue_conn_take(struct queue *q, struct q_door *d, bool *ret_fresh)
{
	struct q_courier *best = NULL;
	struct q_conn *c;

	*ret_fresh = list_empty(&d->idle);
	if (!*ret_fresh) {
		c = LIST_OF(d->idle.next, struct q_conn, link);
		idle_end(c);
		c->state = CONN_BUSY;
		return c;
	}
	for (size_t i = 0; i < q->nup; i++) {
		struct q_courier *of = q->courier[q->up[i]];

		if (!of->paused && (!best || of->nfree > best->nfree))
			best = of;
	}
	must(best && best->nfree);
	c = LIST_OF(best->free.next, struct q_conn, link);
	slot_use(q, c, d);
	return c;
}

/* A connection of a courier that outlived us: NULL when the slot is not free. */
struct q_conn *
queue_conn_claim(struct queue *q, uint8_t courier, uint16_t slot, struct q_door *d)
{
	struct q_conn *c = &q->courier[courier]->conn[slot];

	if (c->state != CONN_FREE || q->courier[courier]->paused)
		return NULL;
	slot_use(q, c, d);
	queue_door_place(q, d);
	return c;
}

void
queue_conn_done(struct queue *q, struct q_conn *c, bool open, bool last)
{
	struct q_door *d = c->door;

	open = open && !q->courier[c->courier]->paused;
	must(c->state == CONN_BUSY);
	c->served++;
	d->moved = q->now;
	if (open && !last && c->served < d->key.limits.messages) {
		c->state = CONN_IDLE;
		c->since = q->now;
		list_push_front(&d->idle, &c->link);
		list_push(&q->idle, &c->age);
		d->nidle++;
		queue_door_place(q, d);
		return;
	}
	queue_conn_left(q, c);
	if (open) {
		c->state = CONN_LEAVING;
		c->door = NULL;
		list_push(&q->leaving, &c->link);
	} else {
		slot_free(q, c);
	}
	door_left(q, d);
}

static void
tell(struct queue *q, struct q_conn *c, uint8_t *ret_courier, uint16_t *ret_slot)
{
	*ret_courier = c->courier;
	*ret_slot = c->slot;
	slot_free(q, c);
}

bool
queue_hang_up(struct queue *q, uint64_t now, uint64_t linger_us, uint8_t *ret_courier,
	uint16_t *ret_slot)
{
	struct link *l = list_pop(&q->leaving);
	struct q_conn *c;
	struct q_door *d;

	if (now > q->now)
		q->now = now;
	if (l) {
		tell(q, LIST_OF(l, struct q_conn, link), ret_courier, ret_slot);
		return true;
	}
	if (list_empty(&q->idle))
		return false;
	c = LIST_OF(q->idle.next, struct q_conn, age);
	d = c->door;
	if (d->place == DOOR_READY ||
		(q->now - c->since < linger_us && q->nstarved <= q->nfree))
		return false;
	idle_end(c);
	queue_conn_left(q, c);
	tell(q, c, ret_courier, ret_slot);
	door_left(q, d);
	return true;
}

void
queue_courier_pause(struct queue *q, uint8_t courier)
{
	struct q_courier *of = q->courier[courier];

	must(of);
	if (of->paused)
		return;
	of->paused = true;
	q->nfree -= of->nfree;
	for (size_t i = 0; i < of->nconn; i++) {
		struct q_conn *c = &of->conn[i];
		struct q_door *d = c->door;

		if (c->state != CONN_IDLE)
			continue;
		idle_end(c);
		queue_conn_left(q, c);
		slot_free(q, c);
		door_left(q, d);
	}
}

void
queue_courier_down(struct queue *q, uint8_t courier)
{
	struct q_courier *of = q->courier[courier];
	size_t at = 0;

	must(of && list_empty(&of->hands));
	for (size_t i = 0; i < of->nconn; i++) {
		struct q_conn *c = &of->conn[i];
		struct q_door *d = c->door;

		if (c->state == CONN_IDLE)
			idle_end(c);
		else if (c->state == CONN_LEAVING)
			list_del(&c->link);
		queue_conn_left(q, c);
		if (c->state != CONN_FREE)
			slot_free(q, c);
		if (d)
			door_left(q, d);
	}
	must(of->nfree == of->nconn);
	if (!of->paused)
		q->nfree -= of->nfree;
	while (q->up[at] != courier)
		at++;
	q->up[at] = q->up[--q->nup];
	q->courier[courier] = NULL;
	mem_free(of->conn);
	mem_free(of);
}

void
queue_conn_done_all(struct queue *q)
{
	for (size_t i = 0; i < q->nup; i++) {
		mem_free(q->courier[q->up[i]]->conn);
		mem_free(q->courier[q->up[i]]);
	}
}
