/*
 * How fast the links of one recipient are asked for (content/agent.h). A scanner that calls
 * itself a browser is found by nothing else. The latest clicks of some thousand recipients are
 * kept, those of before a start or of a crowd are forgotten: then a machine is taken for a
 * person, never the other way round.
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "content/agent.h"

#define SETS 1024u
#define WAYS 4u

struct row {
	uint64_t rcpt; /* 0: free */
	struct agent_hit hits[AGENT_BURST];
	uint8_t n;
};

struct engine_burst {
	struct row rows[SETS][WAYS];
};

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
row_of(struct engine_burst *b, uint64_t rcpt)
{
	struct row *set = b->rows[rcpt % SETS], *old = set;

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

bool
engine_burst(struct engine *e, const struct msg_signal *m)
{
	const struct agent_hit hit = { .at = m->at, .link = (uint32_t)hash_bytes(0, m->url) };
	struct row *r;
	size_t at;

	/* What says itself that it is a machine tells nothing of the others. */
	if (m->kind != FACT_CLICKED || m->robot)
		return false;
	if (!e->burst)
		e->burst = MEM_NEW(e->burst);
	r = row_of(e->burst, m->rcpt);
	at = put(r, &hit);
	return agent_burst(r->hits, r->n) >> at & 1;
}

void
engine_burst_free(struct engine *e)
{
	mem_free(e->burst);
	e->burst = NULL;
}
