#include "send/queue_priv.h"

#include "base/mem.h"
#include "base/must.h"

/* What a lane should count, found by walking the recipients. */
struct tally {
	uint32_t live, due, waiting;
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

	must(queue_lane_at(q, r->lane)->self == r->lane);
	must(slab_lives(&q->messages, r->message));
	must(!r->due || r->state == RCPT_QUEUED);
	t->live++;
	switch (r->state) {
	case RCPT_QUEUED:
		must(r->due || timer_pending(&r->timer));
		t->due += r->due;
		t->waiting += !r->due;
		break;
	case RCPT_ACTIVE:
		must(timer_pending(&r->timer));
		must(nmap_get(&q->attempts, r->timer.at, &hand));
		must(((struct q_hand *)slab_at(&q->hands, (uint32_t)hand))->message ==
			r->message);
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
		must(queue_index_find(&q->by_id, queue_mix(m->id), &m->id) == i);
		must(slab_lives(&q->letterheads, m->from->self));
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
	must(queue_index_used(&q->by_door) == q->doors.live);
	must(queue_index_used(&q->by_domain) == q->domains.live);
	must(queue_index_used(&q->by_letterhead) == q->letterheads.live);
}

/* What a door should count: found by walking lanes, rings and attempts. */
struct door_tally {
	uint64_t due, waiting, in_turns, active;
	uint32_t shares, proved;
};

static uint32_t
ring_length(const struct ring_kind *k, uint32_t head)
{
	uint32_t n = 0;

	for (uint32_t id = head; id; id = ring_after(k, head, id)) {
		must(ring_link_of(k, ring_link_of(k, id)->next)->prev == id);
		n++;
	}
	return n;
}

/* The ring of due recipients is as long as it says and of this lane only. */
static void
check_due(const struct queue *q, const struct q_lane *l)
{
	const struct q_rcpt *first = l->due ? slab_at(&q->rcpts, l->due) : NULL, *r = first;
	uint32_t n = 0;

	must((first == NULL) == (l->ndue == 0));
	while (r) {
		must(r->due && r->lane == l->self && ++n <= l->ndue);
		r = RCPT_OF(r->timer.link.next);
		if (r == first)
			break;
	}
	must(n == l->ndue);
}

static void
check_lane(const struct queue *q, const struct q_lane *l, struct door_tally *doors)
{
	const struct q_share *s = queue_share_of(q, l);

	check_due(q, l);
	must(ring_alone(&l->turn) == (l->ndue == 0 && l->live > 0));
	must(slab_lives(&q->domains, l->domain));
	must(queue_domain_find(q, queue_lane_domain(q, l)) == l->domain);
	must((s->lanes == 0) == ring_alone(&s->turn));
	doors[s->door].due += l->ndue;
	doors[s->door].waiting += l->waiting;
}

static void
check_lanes(const struct queue *q, const struct tally *t, struct door_tally *doors)
{
	size_t spare = 0;
	uint32_t *uses = mem_new((size_t)slab_high(&q->domains) + 1, sizeof *uses);

	for (uint32_t i = 1; i <= slab_high(&q->lanes); i++) {
		const struct q_lane *l = live_at(&q->lanes, i);

		if (!l)
			continue;
		must(l->self == i && l->live == t[i].live && l->ndue == t[i].due);
		must(l->waiting == t[i].waiting);
		spare += l->live == 0;
		uses[l->domain]++;
		check_lane(q, l, doors);
	}
	for (uint32_t i = 1; i <= slab_high(&q->domains); i++) {
		const struct q_domain *d = live_at(&q->domains, i);

		must(!d || (d->refs == uses[i] && d->refs > 0));
	}
	mem_free(uses);
	must(spare == q->nspare && ring_length(&q->lane_turns, q->spare) == spare);
}

static void
check_shares(const struct queue *q, struct door_tally *doors)
{
	uint64_t lanes = 0;

	for (uint32_t i = 1; i <= slab_high(&q->shares); i++) {
		const struct q_share *s = live_at(&q->shares, i);

		if (!s)
			continue;
		must(s->self == i && s->nlanes > 0);
		must(ring_length(&q->lane_turns, s->lanes) <= s->nlanes);
		lanes += s->nlanes;
		doors[s->door].shares++;
		doors[s->door].in_turns += !ring_alone(&s->turn);
	}
	must(lanes == q->lanes.live);
}

static void
check_doors(const struct queue *q, struct door_tally *doors)
{
	for (uint32_t i = 1; i <= slab_high(&q->hands); i++) {
		const struct q_hand *h = live_at(&q->hands, i);

		if (h)
			doors[h->door->self].active += length(&h->rcpts);
	}
	for (uint32_t i = 1; i <= slab_high(&q->doors); i++) {
		const struct q_door *d = live_at(&q->doors, i);
		uint32_t in_turns = 0;

		if (!d)
			continue;
		for (int k = 0; k < STREAMS; k++)
			in_turns += ring_length(&q->share_turns, d->ring[k]);
		must(d->self == i && d->due == doors[i].due && d->waiting == doors[i].waiting);
		must(d->active == doors[i].active && d->shares == doors[i].shares);
		must(in_turns == doors[i].in_turns && (in_turns == 0) == (d->due == 0));
		must(d->nidle == length(&d->idle));
		queue_door_check(q, d);
	}
	must(length(&q->starved) == q->nstarved);
}

/* Each letterhead is used as often as it says. */
static void
check_letterheads(const struct queue *q)
{
	uint32_t *uses = mem_new((size_t)slab_high(&q->letterheads) + 1, sizeof *uses);

	for (uint32_t i = 1; i <= slab_high(&q->messages); i++) {
		const struct q_message *m = live_at(&q->messages, i);

		if (m)
			uses[m->from->self]++;
	}
	for (uint32_t i = 1; i <= slab_high(&q->letterheads); i++) {
		const struct q_letterhead *h = live_at(&q->letterheads, i);

		must(!h || (h->self == i && h->refs == uses[i] && h->refs > 0));
	}
	mem_free(uses);
}

static void
check_conn(const struct q_conn *c, size_t n[4], struct door_tally *doors)
{
	n[c->state]++;
	must(!c->proved || c->door);
	if (c->proved)
		doors[c->door->self].proved++;
	must((c->door != NULL) == (c->state == CONN_BUSY || c->state == CONN_IDLE));
	must(list_alone(&c->age) == (c->state != CONN_IDLE));
	must(list_alone(&c->link) == (c->state == CONN_BUSY));
}

static void
check_couriers(const struct queue *q, struct door_tally *doors)
{
	size_t n[4] = { 0 }, hands = 0, at_doors = 0;

	for (size_t i = 0; i < q->nup; i++) {
		const struct q_courier *c = q->courier[q->up[i]];

		must(c && length(&c->free) == c->nfree);
		hands += length(&c->hands);
		for (size_t k = 0; k < c->nconn; k++)
			check_conn(&c->conn[k], n, doors);
		if (c->paused)
			n[CONN_FREE] -= c->nfree;
	}
	for (uint32_t i = 1; i <= slab_high(&q->doors); i++)
		if (slab_lives(&q->doors, i)) {
			at_doors += queue_door_at(q, i)->connections;
			must(queue_door_at(q, i)->proved == doors[i].proved);
		}
	must(n[CONN_FREE] == q->nfree && n[CONN_IDLE] == length(&q->idle));
	must(n[CONN_LEAVING] == length(&q->leaving));
	must(n[CONN_BUSY] + n[CONN_IDLE] == at_doors);
	must(n[CONN_BUSY] == hands && hands == q->hands.live && hands == q->attempts.used);
}

void
queue_check(const struct queue *q)
{
	struct tally *t = mem_new((size_t)slab_high(&q->lanes) + 1, sizeof *t);
	struct door_tally *doors = mem_new((size_t)slab_high(&q->doors) + 1, sizeof *doors);
	uint64_t counts[RCPT_STATES];

	for (uint32_t i = 1; i <= slab_high(&q->rcpts); i++) {
		const struct q_rcpt *r = live_at(&q->rcpts, i);

		if (r)
			check_rcpt(q, r, &t[r->lane]);
	}
	check_messages(q);
	check_letterheads(q);
	check_lanes(q, t, doors);
	check_shares(q, doors);
	check_doors(q, doors);
	check_couriers(q, doors);
	queue_recount(q, counts);
	must(memcmp(counts, q->counts, sizeof counts) == 0);
	mem_free(doors);
	mem_free(t);
}
