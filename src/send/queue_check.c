#include "send/queue_priv.h"

#include "base/mem.h"
#include "base/must.h"

/* What a lane should count, found by walking the recipients. */
struct tally {
	uint32_t live, due, waiting, active;
};

static size_t
length(const struct link *head)
{
	size_t n = 0;

	LIST_EACH(l, head)
	n++;
	return n;
}

static const void *
live_at(const struct slab *s, uint32_t i)
{
	return slab_lives(s, i) ? slab_at(s, i) : NULL;
}

static void
check_rcpt(const struct queue *q, const struct q_rcpt *r, struct tally *t)
{
	uint64_t hand = 0;

	must(r->lane && slab_at(&q->lanes, r->lane->self) == r->lane);
	must(slab_lives(&q->messages, r->message));
	must(!r->due || r->state == RCPT_QUEUED);
	t->live++;
	switch (r->state) {
	case RCPT_QUEUED:
		must(timer_pending(&r->timer));
		t->due += r->due;
		t->waiting += !r->due;
		break;
	case RCPT_ACTIVE:
		must(timer_pending(&r->timer));
		must(nmap_get(&q->attempts, r->timer.at, &hand));
		must(((struct q_hand *)slab_at(&q->hands, (uint32_t)hand))->message ==
			r->message);
		t->active++;
		break;
	default:
		must(r->state == RCPT_HELD || (rcpt_final(r->state) && r->report_owed));
		must(!timer_pending(&r->timer));
	}
}

static void
check_messages(const struct queue *q)
{
	uint32_t live = 0;

	for (uint32_t i = 1; i <= slab_high(&q->messages); i++) {
		const struct q_message *m = live_at(&q->messages, i);
		unsigned n = 0;

		if (!m)
			continue;
		must(m->self == i && q->by_id.is(m, &m->id));
		for (uint32_t at = m->first; at; n++) {
			const struct q_rcpt *r = slab_at(&q->rcpts, at);

			must(r->self == at && r->message == i && r->index < m->total);
			at = r->sibling;
		}
		must(n > 0 && n == m->live && n <= m->total);
		live += n;
	}
	must(live == q->rcpts.live);
	must(queue_index_used(&q->by_id) == q->messages.live);
	must(queue_index_used(&q->by_lane) == q->lanes.live);
	must(queue_index_used(&q->by_share) == q->shares.live);
}

/* Adds a lane's waiting and active recipients to its door's. */
static void
add_up(struct nmap *doors, const struct q_lane *l)
{
	uint64_t key = (uintptr_t)l->share->door, v = 0;

	nmap_get(doors, key, &v);
	nmap_put(doors, key, v + ((uint64_t)l->waiting << 32) + l->active);
}

static void
check_lanes(const struct queue *q, const struct tally *t, struct nmap *doors)
{
	size_t spare = 0;

	for (uint32_t i = 1; i <= slab_high(&q->lanes); i++) {
		const struct q_lane *l = live_at(&q->lanes, i);

		if (!l)
			continue;
		must(l->live == t[i].live && l->ndue == t[i].due);
		must(l->waiting == t[i].waiting && l->active == t[i].active);
		must(length(&l->due) == l->ndue);
		must(list_alone(&l->turn) == (l->ndue == 0 && l->live > 0));
		must(slab_at(&q->shares, l->share->self) == l->share);
		spare += l->live == 0;
		add_up(doors, l);
	}
	must(spare == q->nspare && length(&q->spare) == spare);
}

static uint64_t
due_of_share(const struct q_share *s)
{
	uint64_t due = 0;

	must(!list_empty(&s->lanes));
	LIST_EACH(l, &s->lanes)
	due += LANE_OF(l)->ndue;
	return due;
}

static void
check_doors(const struct queue *q, const struct nmap *doors)
{
	size_t pos = 0, shares = 0;
	void *v;

	while (map_next(&q->doors, &pos, NULL, &v)) {
		const struct q_door *d = v;
		uint64_t sum = 0, due = 0;

		nmap_get(doors, (uintptr_t)d, &sum);
		must(d->waiting == sum >> 32 && d->active == (uint32_t)sum);
		for (int i = 0; i < STREAMS; i++)
			LIST_EACH(s, &d->ring[i])
		due += due_of_share(SHARE_OF(s));
		must(d->due == due);
		must(d->nidle == length(&d->idle));
		shares += d->shares;
		queue_door_check(q, d);
	}
	must(shares == q->shares.live && length(&q->starved) == q->nstarved);
}

static void
check_conn(const struct q_conn *c, size_t n[4])
{
	n[c->state]++;
	must((c->door != NULL) == (c->state == CONN_BUSY || c->state == CONN_IDLE));
	must(list_alone(&c->age) == (c->state != CONN_IDLE));
	must(list_alone(&c->link) == (c->state == CONN_BUSY));
}

static void
check_couriers(const struct queue *q)
{
	size_t n[4] = { 0 }, hands = 0, at_doors = 0, pos = 0;
	void *v;

	for (size_t i = 0; i < q->nup; i++) {
		const struct q_courier *c = q->courier[q->up[i]];

		must(c && length(&c->free) == c->nfree);
		hands += length(&c->hands);
		for (size_t k = 0; k < c->nconn; k++)
			check_conn(&c->conn[k], n);
		if (c->paused)
			n[CONN_FREE] -= c->nfree;
	}
	while (map_next(&q->doors, &pos, NULL, &v))
		at_doors += ((struct q_door *)v)->connections;
	must(n[CONN_FREE] == q->nfree && n[CONN_IDLE] == length(&q->idle));
	must(n[CONN_LEAVING] == length(&q->leaving));
	must(n[CONN_BUSY] + n[CONN_IDLE] == at_doors);
	must(n[CONN_BUSY] == hands && hands == q->hands.live && hands == q->attempts.used);
}

void
queue_check(const struct queue *q)
{
	struct tally *t = mem_new((size_t)slab_high(&q->lanes) + 1, sizeof *t);
	uint64_t counts[RCPT_STATES];
	struct nmap doors;

	nmap_init(&doors);
	for (uint32_t i = 1; i <= slab_high(&q->rcpts); i++) {
		const struct q_rcpt *r = live_at(&q->rcpts, i);

		if (r)
			check_rcpt(q, r, &t[r->lane->self]);
	}
	check_messages(q);
	check_lanes(q, t, &doors);
	check_doors(q, &doors);
	check_couriers(q);
	queue_recount(q, counts);
	must(memcmp(counts, q->counts, sizeof counts) == 0);
	nmap_done(&doors);
	mem_free(t);
}
