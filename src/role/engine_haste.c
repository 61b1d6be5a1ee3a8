/*
 * How soon after his delivery, and how fast one after another, one recipient's links are asked
 * for (content/agent.h). A scanner that calls itself a browser is found by nothing else. The
 * latest deliveries, and the latest clicks of some thousand recipients, are kept; those of
 * before a start or of a crowd are forgotten: then a machine is taken for a person.
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "content/agent.h"

#define SETS       1024u
#define WAYS       4u
#define DELIVERIES 16384u /* of two seconds, unless they are more than 8,000 a second */

struct row {
	uint64_t rcpt; /* 0: free */
	struct agent_hit hits[AGENT_BURST];
	uint8_t n;
};

struct delivery {
	uint64_t rcpt;
	int64_t at; /* wall µs */
};

struct engine_haste {
	struct row rows[SETS][WAYS];
	struct delivery deliveries[DELIVERIES];
};

static struct engine_haste *
of(struct engine *e)
{
	if (!e->haste)
		e->haste = MEM_NEW(e->haste);
	return e->haste;
}

/* Ids of recipients are two apart in messages to one, else one: each way all places are used.
 */
static struct delivery *
place_of(struct engine_haste *h, uint64_t rcpt)
{
	return &h->deliveries[(rcpt / 2 + rcpt % 2 * (DELIVERIES / 2)) % DELIVERIES];
}

void
engine_haste_delivered(struct engine *e, uint64_t rcpt)
{
	*place_of(of(e), rcpt) = (struct delivery){ rcpt, loop_wall(e->loop) };
}

/* The outcome may be told a little later than the click; a clock may have been set. */
static bool
is_soon(struct engine_haste *h, const struct msg_signal *m)
{
	const struct delivery *d = place_of(h, m->rcpt);

	return d->rcpt == m->rcpt && m->at > d->at - AGENT_SOON_US &&
	       m->at < d->at + AGENT_SOON_US;
}

static int64_t
latest(const struct row *r)
{
	int64_t at = INT64_MIN;

	for (size_t i = 0; i < r->n; i++)
		at = r->hits[i].at > at ? r->hits[i].at : at;
	return at;
}

/* His row, or that of who clicked longest ago, emptied. */
static struct row *
row_of(struct engine_haste *h, uint64_t rcpt)
{
	struct row *set = h->rows[rcpt % SETS], *old = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].rcpt == rcpt)
			return &set[i];
		if (latest(&set[i]) < latest(old))
			old = &set[i];
	}
	*old = (struct row){ .rcpt = rcpt };
	return old;
}

/* The latest click of each of the latest links is all that a burst can be made of. */
static size_t
put(struct row *r, const struct agent_hit *hit)
{
	size_t at = 0;

	while (at < r->n && r->hits[at].link != hit->link)
		at++;
	if (at == AGENT_BURST) {
		at = 0;
		for (size_t i = 1; i < AGENT_BURST; i++)
			at = r->hits[i].at < r->hits[at].at ? i : at;
	} else if (at == r->n) {
		r->hits[r->n++] = *hit;
	}
	if (r->hits[at].link != hit->link || r->hits[at].at < hit->at)
		r->hits[at] = *hit;
	return at;
}

static bool
is_burst(struct engine_haste *h, const struct msg_signal *m)
{
	const struct agent_hit hit = { .at = m->at, .link = (uint32_t)hash_bytes(0, m->url) };
	struct row *r = row_of(h, m->rcpt);
	size_t at = put(r, &hit);

	return agent_burst(r->hits, r->n) >> at & 1;
}

bool
engine_haste(struct engine *e, const struct msg_signal *m)
{
	/* What is known to be a machine tells nothing of the others. */
	if (m->robot || (m->kind != FACT_CLICKED && m->kind != FACT_OPENED))
		return false;
	return is_soon(of(e), m) || (m->kind == FACT_CLICKED && is_burst(of(e), m));
}

void
engine_haste_free(struct engine *e)
{
	mem_free(e->haste);
	e->haste = NULL;
}
