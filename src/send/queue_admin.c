#include "send/queue_priv.h"

#include "base/must.h"

/* Records looked at in one call, so that no question stops the mail. */
#define LOOKS_MAX 65536u
/* A span of what a door was told. */
#define TOLD_US (UINT64_C(300) * 1000000u)

const char *
rcpt_state_name(enum rcpt_state s)
{
	static const char *const names[RCPT_STATES] = { "none", "queued", "active", "held",
		"delivered", "bounced", "expired", "suppressed", "cancelled", "in_doubt",
		"quarantined" };

	return s < RCPT_STATES ? names[s] : "?";
}

void
queue_door_rest(struct queue *q, struct q_door *d, uint64_t until)
{
	d->rest_until = until;
	queue_door_place(q, d);
}

const struct door_key *
queue_door_key(const struct q_door *d)
{
	return &d->key;
}

static bool
fits_message(const struct queue_filter *f, const struct q_message *m, uint64_t now)
{
	if (f->tenant && f->tenant != m->tenant)
		return false;
	if (f->stream >= 0 && f->stream != m->stream)
		return false;
	if (f->sender.n && !str_ieq(f->sender, q_sender(m)))
		return false;
	return f->older_us == 0 || (int64_t)now - q_born(m) > (int64_t)f->older_us;
}

static bool
fits(const struct queue *q, const struct queue_filter *f, const struct q_message *m,
	const struct q_rcpt *r)
{
	const struct q_lane *l = queue_lane_at(q, r->lane);

	if (f->id && f->id != m->id && f->id != rcpt_id(m, r))
		return false;
	if (f->state && f->state != (enum rcpt_state)r->state)
		return false;
	if (r->crashes < f->crashes)
		return false;
	if (f->domain.n && !str_ieq(f->domain, queue_lane_domain(q, l)))
		return false;
	if (f->address.n && !str_ieq(f->address, q_address(m, r)))
		return false;
	if (f->site.n && !str_ieq(f->site, queue_door_of(q, l)->key.site))
		return false;
	return fits_message(f, m, f->now);
}

/* The records that an id names: all of a message, or one recipient. *ret_more: go on with the
 * siblings. */
static struct q_rcpt *
named(struct queue *q, uint64_t id, struct q_message **ret_m, bool *ret_more)
{
	struct q_message *m = queue_message(q, id);

	*ret_more = m != NULL;
	if (!m)
		return queue_rcpt(q, id, ret_m);
	*ret_m = m;
	return queue_rcpt_at(q, m->first);
}

void
queue_each(struct queue *q, const struct queue_filter *f, struct queue_page *page,
	int (*fn)(void *ctx, struct q_message *m, struct q_rcpt *r), void *ctx)
{
	size_t max = page->max;
	uint32_t at = page->pos, high = slab_high(&q->rcpts), looks = 0;
	uint32_t most = page->looks ? page->looks : LOOKS_MAX;
	int stop = 0;
	bool more;

	page->pos = 0;
	if (f->id) {
		struct q_message *m;
		struct q_rcpt *r = named(q, f->id, &m, &more);

		while (r && max > 0 && !stop) {
			uint32_t next = more ? r->sibling : 0;

			if (fits(q, f, m, r)) {
				max--;
				stop = fn(ctx, m, r);
			}
			r = next ? queue_rcpt_at(q, next) : NULL;
		}
		return;
	}
	while (at < high && max > 0 && looks++ < most && !stop) {
		struct q_message *m;
		struct q_rcpt *r;

		if (!slab_lives(&q->rcpts, ++at))
			continue;
		r = queue_rcpt_at(q, at);
		m = queue_message_at(q, r->message);
		if (!fits(q, f, m, r))
			continue;
		max--;
		stop = fn(ctx, m, r);
	}
	page->pos = at < high ? at : 0;
}

void
queue_told(struct queue *q, const struct q_rcpt *r, bool put_off, uint64_t now)
{
	struct q_door *d = queue_door_of(q, queue_lane_at(q, r->lane));

	if (now - d->told_from >= TOLD_US) {
		bool next = now - d->told_from < 2 * TOLD_US;

		d->told[1] = next ? d->told[0] : 0;
		d->put_off[1] = next ? d->put_off[0] : 0;
		d->told[0] = d->put_off[0] = 0;
		d->told_from = now;
	}
	d->told[0]++;
	d->put_off[0] += put_off;
}

struct str
queue_way(const struct queue *q, const struct q_rcpt *r, const struct q_door **ret_door)
{
	const struct q_lane *l = queue_lane_at(q, r->lane);

	*ret_door = queue_door_of(q, l);
	return queue_lane_domain(q, l);
}

void
queue_counts(const struct queue *q, uint64_t ret_counts[RCPT_STATES])
{
	memcpy(ret_counts, q->counts, sizeof q->counts);
}

void
queue_recount(const struct queue *q, uint64_t ret_counts[RCPT_STATES])
{
	memset(ret_counts, 0, sizeof q->counts);
	for (uint32_t i = 1; i <= slab_high(&q->rcpts); i++)
		if (slab_lives(&q->rcpts, i))
			ret_counts[((struct q_rcpt *)slab_at(&q->rcpts, i))->state]++;
}

size_t
queue_still(const struct queue *q, uint64_t now, uint64_t still_us)
{
	size_t n = 0;

	for (uint32_t i = 1; i <= slab_high(&q->doors); i++)
		n += slab_lives(&q->doors, i) &&
		     queue_door_still(queue_door_at(q, i), now) > still_us;
	return n;
}

static uint64_t
told_of(const struct q_door *d, const uint32_t n[2], uint64_t now)
{
	uint64_t age = now - d->told_from;

	return age < TOLD_US ? (uint64_t)n[0] + n[1] : age < 2 * TOLD_US ? n[0] : 0;
}

void
queue_doors(struct queue *q, uint64_t now,
	void (*fn)(void *ctx, const struct queue_door_state *d), void *ctx)
{
	size_t looks = LOOKS_MAX;

	for (uint32_t i = 1; i <= slab_high(&q->doors); i++) {
		const struct q_door *d;
		uint64_t oldest, rests;

		if (!slab_lives(&q->doors, i))
			continue;
		d = queue_door_at(q, i);
		oldest = queue_door_oldest(q, d, &looks);
		rests = queue_door_rests(d);
		struct queue_door_state s = { .key = &d->key,
			.due = d->due,
			.waiting = d->waiting,
			.active = d->active,
			.connections = d->connections,
			.told = told_of(d, d->told, now),
			.put_off = told_of(d, d->put_off, now),
			.learned = queue_door_learned(d, now) ? d->cap : 0,
			.oldest_us = oldest < now ? now - oldest : 0,
			.resting_until = rests > now ? rests : 0,
			.still_us = queue_door_still(d, now) };

		fn(ctx, &s);
	}
}

uint64_t
queue_oldest_due(struct queue *q, uint64_t now)
{
	uint64_t oldest = now;
	size_t looks = LOOKS_MAX;

	for (uint32_t i = 1; i <= slab_high(&q->doors); i++) {
		uint64_t at;

		if (!slab_lives(&q->doors, i))
			continue;
		at = queue_door_oldest(q, queue_door_at(q, i), &looks);
		oldest = at < oldest ? at : oldest;
	}
	return now - oldest;
}
