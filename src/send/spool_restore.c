/* The end of the builder of send/spool.h: what lives, into the queue, in order of id. */
#include "base/mem.h"
#include "base/must.h"
#include "send/spool_builder.h"

static void
turn_add(struct spool_builder *b, struct spool_turn t)
{
	size_t i = b->nturns++;

	must(b->nturns <= b->turns_cap);
	for (size_t up; i > 0 && b->turns[up = (i - 1) / 2].message > t.message; i = up)
		b->turns[i] = b->turns[up];
	b->turns[i] = t;
}

static struct spool_entry *
turn_take(struct spool_builder *b)
{
	struct spool_entry *first = b->turns[0].entry;
	struct spool_turn last = b->turns[--b->nturns];
	size_t i = 0;

	for (size_t down; (down = 2 * i + 1) < b->nturns; i = down) {
		if (down + 1 < b->nturns && b->turns[down + 1].message < b->turns[down].message)
			down++;
		if (b->turns[down].message >= last.message)
			break;
		b->turns[i] = b->turns[down];
	}
	b->turns[i] = last;
	return first;
}

/* Up to n entries from the map into the heap. */
static void
turns_fill(struct spool_builder *b, size_t n)
{
	uint64_t id, value;

	if (!b->turns) {
		b->turns_cap = b->entries.used;
		b->turns = mem_new(b->turns_cap + 1, sizeof *b->turns);
	}
	for (; n > 0; n--) {
		if (!nmap_next(&b->entries, &b->map_pos, &id, &value)) {
			b->turning = true;
			nmap_done(&b->entries);
			nmap_init(&b->entries);
			return;
		}
		turn_add(b, (struct spool_turn){ id, (struct spool_entry *)(uintptr_t)value });
	}
}

/* The recipients that live, and how each stands. */
static size_t
pick(struct spool_entry *e, struct msg_submit *s, struct q_restored *at,
	const struct spool_restore *how, int64_t time)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++) {
		const struct spool_state *x = &e->at[i];
		int64_t wait = x->due - time;

		if (!spool_state_lives(x))
			continue;
		s->rcpts.at[n] = s->rcpts.at[i];
		at[n++] = (struct q_restored){
			.state = x->state,
			.attempts = x->attempts,
			.facts = x->facts,
			.next = how->now + (uint64_t)(wait > 0 ? wait : 0),
			.delay_told = x->delay_told,
			.report_owed = x->report_owed,
			.held_own = x->held_own,
			.crashes = x->crashes,
		};
	}
	s->rcpts.n = n;
	return n;
}

static bool
in_doubt(const struct spool_builder *b, uint64_t rcpt)
{
	uint64_t attempt, message;

	return nmap_get(&b->dots, rcpt, &attempt) && nmap_get(&b->open, attempt, &message);
}

static void
tell_doubts(struct spool_builder *b, struct queue *q, struct q_message *m,
	const struct spool_restore *how)
{
	for (uint32_t at = m->first, next; at; at = next) {
		struct q_rcpt *r = queue_rcpt_at(q, at);

		next = r->sibling;
		if (!rcpt_final((enum rcpt_state)r->state) && in_doubt(b, rcpt_id(m, r)))
			how->doubt(how->ctx, m, r);
	}
}

static void
restore_one(struct spool_builder *b, struct spool_entry *e, struct queue *q,
	const struct spool_restore *how, struct spool_restored *added)
{
	int64_t time = b->time + (b->wall_seen ? spool_step(b->wall, how->now_wall) : 0);
	struct msg_submit s;
	struct q_restored *at;
	struct q_message *m;
	int64_t age = time - e->born; /* negative: its life begins later */
	uint64_t life, end;

	arena_reset(&b->arena);
	must(msg_submit_read(&b->arena, spool_entry_submit(e), &s) == 0);
	life = how->expires_us(how->ctx, s.stream);
	end = how->now + life;
	at = arena_alloc(&b->arena, e->n * sizeof *at);
	must(at != NULL);
	(void)pick(e, &s, at, how, time);
	end = age < 0 || end > (uint64_t)age ? end - (uint64_t)age : 0;
	if (!queue_fits(q, &s)) {
		b->unfit++;
		return;
	}
	m = queue_add(q, &s, how->now, end, at);
	if (!m)
		return;
	q_set_born(m, (int64_t)how->now - age);
	for (uint32_t id = m->first; id; id = queue_rcpt_at(q, id)->sibling)
		added->rcpts += !rcpt_final((enum rcpt_state)queue_rcpt_at(q, id)->state);
	added->messages++;
	if (how->added)
		how->added(how->ctx, m);
	tell_doubts(b, q, m, how);
}

bool
spool_builder_restore_slice(struct spool_builder *b, struct queue *q,
	const struct spool_restore *how, size_t n, struct spool_restored *added)
{
	if (!b->turning) {
		turns_fill(b, n);
		return true;
	}
	for (; n > 0 && b->nturns > 0; n--) {
		struct spool_entry *e = turn_take(b);

		restore_one(b, e, q, how, added);
		mem_free(e);
	}
	if (b->nturns > 0)
		return true;
	spool_entries_done(b);
	nmap_init(&b->entries);
	nmap_init(&b->owed);
	nmap_init(&b->dots);
	nmap_init(&b->open);
	return false;
}

size_t
spool_builder_restore(struct spool_builder *b, struct queue *q, const struct spool_restore *how)
{
	struct spool_restored added = { 0 };

	while (spool_builder_restore_slice(b, q, how, SIZE_MAX, &added))
		;
	return added.messages;
}
