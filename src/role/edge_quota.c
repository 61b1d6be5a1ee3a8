/*
 * What an edge knows of quotas (account/limit), which are the engine's to decide.
 *
 * Sessions of accounts and keys whose number is limited: the engine decides, the edge says how
 * many it has. Of SMTP a session counts from its first message to its end, of HTTP a call that
 * sends from its credentials to its answer. Only those are counted whose `authed` said so.
 *
 *   none ── edge_seat_take ──▶ asked ── entered ──▶ taken
 *     ◀── refused, given up, edge_seat_leave ──┘       │
 *     ◀─────────────── edge_seat_leave ────────────────┘
 *
 * A quota that has no room for a single recipient is remembered, for EDGE_CACHE_US at most and
 * until something is `changed`: nobody writes bodies to the disk that will be refused.
 */
#include "role/edge_priv.h"

#include "base/mem.h"
#include "base/must.h"

struct seats { /* of one key, in edge.seats; never 0 */
	uint32_t tenant, n;
	uint64_t key;
};

static uint64_t
id_of(uint32_t tenant, uint64_t key)
{
	return key ? ((key & (UINT64_MAX >> 2)) << 1 | 1) : ((uint64_t)tenant + 1) << 1;
}

static struct seats *
seats_at(const struct edge *e, uint32_t tenant, uint64_t key)
{
	uint64_t value;

	return nmap_get(&e->seats, id_of(tenant, key), &value) ? (void *)(uintptr_t)value
	                                                       : NULL;
}

static void
tell(struct edge *e, const struct edge_seat *s)
{
	const struct seats *all = seats_at(e, s->tenant, s->key);

	if (e->up)
		EDGE_TELL(e, open, .tenant = s->tenant, .key = s->key, .n = all ? all->n : 0);
}

void
edge_seat_leave(struct edge *e, struct edge_seat *s)
{
	struct seats *all = seats_at(e, s->tenant, s->key);

	if (!s->taken)
		return;
	must(all && all->n > 0);
	s->taken = false;
	if (--all->n == 0) {
		nmap_del(&e->seats, id_of(s->tenant, s->key));
		mem_free(all);
	}
	tell(e, s);
}

bool
edge_seat_take(struct edge_conn *c, struct edge_seat *s, const struct edge_id *id,
	void (*done)(void *ctx, const void *m))
{
	struct edge *e = c->edge;
	struct msg_enter q = { .tenant = id->tenant, .key = id->key };
	struct seats *all;

	if (!id->counted || s->taken)
		return true;
	all = seats_at(e, id->tenant, id->key);
	if (!all) {
		all = MEM_NEW(all);
		all->tenant = id->tenant;
		all->key = id->key;
		nmap_put(&e->seats, id_of(id->tenant, id->key), (uint64_t)(uintptr_t)all);
	}
	*s = (struct edge_seat){ true, id->tenant, id->key };
	q.n = ++all->n;
	q.seq = edge_seq(e);
	buf_clear(&c->ask.payload);
	msg_enter_write(&c->ask.payload, &q);
	c->ask.done = done;
	edge_ask(e, &c->ask, MSG_enter, q.seq);
	return false;
}

bool
edge_seat_entered(struct edge *e, struct edge_seat *s, const struct msg_entered *m)
{
	if (!m || !m->ok)
		edge_seat_leave(e, s);
	else
		tell(e, s); /* others may have come or gone since it was asked */
	return s->taken;
}

/* A new engine knows of none. */
void
edge_seats_tell(struct edge *e)
{
	uint64_t value;

	for (size_t pos = 0; nmap_next(&e->seats, &pos, NULL, &value);) {
		const struct seats *all = (const void *)(uintptr_t)value;

		EDGE_TELL(e, open, .tenant = all->tenant, .key = all->key, .n = all->n);
	}
}

/* ---- quotas that are used up */

struct full {                  /* in edge.full, by key */
	uint64_t until, frees; /* mono */
	char why[400];
};

void
edge_full_clear(struct edge *e)
{
	uint64_t value;

	for (size_t pos = 0; nmap_next(&e->full, &pos, NULL, &value);)
		mem_free((void *)(uintptr_t)value);
	nmap_done(&e->full);
	nmap_init(&e->full);
}

static struct full *
full_at(const struct edge *e, const struct edge_id *id)
{
	uint64_t value;

	return nmap_get(&e->full, id_of(id->tenant, id->key), &value) ? (void *)(uintptr_t)value
	                                                              : NULL;
}

void
edge_full_learn(struct edge *e, const struct edge_id *id, const struct msg_submitted *m)
{
	uint64_t now = loop_mono(e->loop), wait = m->retry_s * EDGE_SECOND;
	struct full *f = full_at(e, id);

	if (!m->full)
		return;
	if (!f && e->full.used >= EDGE_CACHE_MAX)
		edge_full_clear(e);
	if (!f) {
		f = MEM_NEW(f);
		nmap_put(&e->full, id_of(id->tenant, id->key), (uint64_t)(uintptr_t)f);
	}
	f->frees = now + wait;
	f->until = now + (wait < EDGE_CACHE_US ? wait : EDGE_CACHE_US);
	(void)str_copy_z(f->why, sizeof f->why, str_head(m->reply.text, sizeof f->why - 1));
}

struct str
edge_full(const struct edge *e, const struct edge_id *id, uint32_t *ret_retry_s)
{
	const struct full *f = full_at(e, id);
	uint64_t now = loop_mono(e->loop);

	if (!f || f->until <= now)
		return (struct str){ NULL, 0 };
	*ret_retry_s = (uint32_t)((f->frees - now + EDGE_SECOND - 1) / EDGE_SECOND);
	return str_z(f->why);
}
