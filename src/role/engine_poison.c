/* A message that ends the process which works on it: docs/decisions/0006. */
#include "role/engine_priv.h"

#include <stdatomic.h>

bool
engine_is_poison(const struct q_rcpt *r)
{
	return r->state == RCPT_HELD && r->crashes >= ENGINE_CRASHES_MAX;
}

/* The story of one death: a deferral, or the quarantine. Counts it. */
static void
blame_it(struct q_rcpt *r, struct fact *f, bool signing)
{
	static const char *const delivering_words[ENGINE_CRASHES_MAX] = {
		"Delivering this message ended the process; it is tried again (1 of 3)",
		"Delivering this message ended the process again; once more (2 of 3)",
		"Delivering this message ended the process three times",
	};
	static const char *const signing_words[ENGINE_CRASHES_MAX] = {
		"Signing this message ended the process; it is tried again (1 of 3)",
		"Signing this message ended the process again; once more (2 of 3)",
		"Signing this message ended the process three times",
	};
	unsigned n = r->crashes < ENGINE_CRASHES_MAX ? r->crashes : ENGINE_CRASHES_MAX - 1;

	r->attempts++;
	*f = (struct fact){ .kind = n + 1 < ENGINE_CRASHES_MAX ? FACT_DEFERRED
		                                               : FACT_QUARANTINED,
		.stage = STAGE_LOCAL,
		.class = CLASS_OTHER,
		.blame = BLAME_CONTENT,
		.reply = REPLY(451, 4, 3, 0, "") };
	f->reply.text = str_z(signing ? signing_words[n] : delivering_words[n]);
}

bool
engine_blamed(const struct engine *e, unsigned courier, unsigned slot)
{
	const struct phase_slot *of = &e->env->phases[(size_t)courier * ROLE_SLOTS];
	uint32_t hand = atomic_load(&of->hand);

	return !e->outside && (hand == 0 || hand == slot + 1);
}

void
engine_crashed(struct engine *e, struct engine_batch *b, struct q_rcpt *r, bool blamed)
{
	struct engine_move mv = {
		.crashed = blamed, .state = RCPT_QUEUED, .next = loop_mono(e->loop)
	};

	if (blamed) {
		blame_it(r, &mv.fact, false);
		/* Not final: an operator may release it, or drop it; it expires like others. */
		if (mv.fact.kind == FACT_QUARANTINED)
			mv.state = RCPT_HELD;
	}
	engine_move(e, b, r, &mv);
}

/* ---- the engine itself, by a signing thread */

/* Block 0 of the phases belongs to no courier: the messages that threads sign just now. */
static struct phase_slot *
mark_at(const struct engine *e, unsigned i)
{
	return &e->env->phases[i];
}

unsigned
engine_mark(struct engine *e, uint64_t message)
{
	for (unsigned i = 0; i < ROLE_SIGNING_MAX; i++) {
		uint64_t none = 0;

		if (atomic_compare_exchange_strong(&mark_at(e, i)->attempt, &none, message))
			return i;
	}
	return ROLE_SIGNING_MAX;
}

void
engine_unmark(struct engine *e, unsigned i)
{
	if (i < ROLE_SIGNING_MAX)
		atomic_store(&mark_at(e, i)->attempt, 0);
}

/* Mail is accepted already: a record of its own, not the first generation, makes it durable. */
static void
signing_ended_late(struct engine *e, struct q_rcpt *r)
{
	struct engine_move mv = {
		.crashed = true, .state = RCPT_QUEUED, .next = loop_mono(e->loop)
	};

	blame_it(r, &mv.fact, true);
	if (mv.fact.kind == FACT_QUARANTINED)
		mv.state = RCPT_HELD;
	engine_move_one(e, r, &mv);
}

static void
signing_ended(struct engine *e, struct q_message *m)
{
	struct fact f;

	for (uint32_t id = m->first; id; id = queue_rcpt_at(e->queue, id)->sibling) {
		struct q_rcpt *r = queue_rcpt_at(e->queue, id);

		if (r->state != RCPT_QUEUED)
			continue;
		if (e->accepting) {
			signing_ended_late(e, r);
			continue;
		}
		blame_it(r, &f, true);
		r->crashes++;
		if (f.kind == FACT_QUARANTINED)
			queue_set(e->queue, r, RCPT_HELD, 0, loop_mono(e->loop));
		else
			f.next = engine_wall_of(e, r->timer.at);
		engine_tell_fact(e, r, &f);
	}
}

static void
on_counted(void *ctx, int err)
{
	struct engine *e = ctx;

	e->suspects_told = false;
	if (engine_durable(e, err) && !e->ending)
		loop_timer_in(e->loop, &e->sign_timer, 0);
}

void
engine_suspects(struct engine *e)
{
	uint64_t ids[ROLE_SIGNING_MAX];

	for (unsigned i = 0; i < ROLE_SIGNING_MAX; i++) {
		uint64_t id = atomic_exchange(&mark_at(e, i)->attempt, 0);
		struct q_message *m = id ? queue_message(e->queue, id) : NULL;

		ids[i] = id;
		/* Two keys sign one message, on two threads: it is one death. */
		for (unsigned k = 0; k < i; k++)
			m = ids[k] == id ? NULL : m;

		if (m)
			signing_ended(e, m);
		e->sign_wait = e->sign_wait || m;
	}
	if (!e->sign_wait)
		return;
	log_flush(e->log);
	if (!e->accepting) {
		loop_timer_in(e->loop, &e->sign_timer, 0);
		return;
	}
	e->suspects_told = true;
	e->suspects_wait.done = on_counted;
	e->suspects_wait.ctx = e;
	list_init(&e->suspects_wait.link);
	if (engine_totals_put(e, false, &e->suspects_wait) < 0)
		on_counted(e, 0);
}

bool
engine_is_suspect(struct engine *e, const struct q_attempt *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (queue_rcpt_at(e->queue, a->rcpts[i])->crashes > 0)
			return true;
	return false;
}
