/* The journal's older files behind acceptance; what it tells of itself. */
#include "io/journal_inner.h"

#include "base/must.h"

int
journal_load(struct journal *j, size_t n,
	void (*record)(void *ctx, uint16_t type, struct str payload), void *ctx)
{
	struct record rec;
	int got = j->load ? 1 : 0;

	must(!j->load || j->cur);
	for (; got == 1 && n > 0; n--) {
		got = journal_reader_next(j->load, &rec, &j->loading);
		if (got == 1)
			record(ctx, rec.type, rec.payload);
	}
	if (got == 0)
		journal_reader_free(&j->load);
	return got;
}

bool
journal_load_settled(const struct journal *j)
{
	return journal_before(j->loading, j->found.chain.settled);
}

uint64_t
journal_loading(const struct journal *j, uint64_t *ret_total)
{
	*ret_total = 0;
	return j->load ? journal_reader_done(j->load, ret_total) : 0;
}

struct journal_position
journal_position(const struct journal *j)
{
	return j->cur ? (struct journal_position){ j->cur->number, j->cur->flushed }
	              : (struct journal_position){ 0 };
}

void
journal_settle(struct journal *j, struct journal_position p)
{
	if (!journal_before(j->settled, p))
		return;
	j->settled = p;
	if (j->cur)
		journal_mark_soon(j);
}

uint64_t
journal_bytes(const struct journal *j)
{
	return j->cur ? j->cur->end + journal_chain_bytes(&j->cur->chain) : 0;
}

uint64_t
journal_generation(const struct journal *j)
{
	return j->cur ? j->cur->number : 0;
}

bool
journal_broken(const struct journal *j)
{
	return j->broken;
}

size_t
journal_unflushed(const struct journal *j)
{
	const struct generation *g = j->cur ? j->cur : j->next;

	return g ? g->pending.n + g->flight.n : 0;
}
