/*
 * The queue of a big journal, loaded behind acceptance: slices on the loop, so that no reply
 * waits. Until the end nothing is scheduled, what couriers say is held, and the totals count
 * from the start on. And: how far the ledger is, so that old files may go.
 *
 *   READ (journal → builder) ──▶ RESTORE (builder → queue) ──▶ loaded: held messages, reports
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define SLICE_US    UINT64_C(2000)
#define SLICE_STEPS 16u /* at most, also when the clock stands still */
#define STEP        64u /* records or messages */
/* Facts, some 500 bytes each; then the load waits for the ledger. */
#define LEDGER_BEHIND 50000u
#define WAIT_US       UINT64_C(10000)
#define WAITS_MAX     1000u       /* in a row without one fact less */
#define HELD_MAX      (64u << 20) /* bytes of what couriers said */

struct held {
	struct link link;
	struct engine_peer *peer;
	bool gone, outside; /* no message: its process was reaped */
	uint16_t type;
	size_t n;
	char bytes[];
};

struct engine_load {
	struct engine *engine;
	struct loop_task task;
	struct loop_timer timer;
	bool restoring;
	unsigned waits; /* for the ledger, that does not move */
	size_t behind;  /* what it had to write then */
	size_t waiting; /* messages when the restore began */
	struct spool_restored restored;
	struct link held;
	size_t held_bytes;
};

static void on_slice(void *ctx);

void
engine_load_new(struct engine *e)
{
	struct engine_load *d = e->load = MEM_NEW(d);

	d->engine = e;
	spool_builder_expect(e->builder, spool_index_messages(e->index));
	list_init(&d->held);
	loop_task_init(&d->task, on_slice, d);
	loop_timer_init(&d->timer, on_slice, d);
}

void
engine_load_begin(struct engine *e)
{
	loop_task_post(e->loop, &e->load->task);
}

void
engine_load_free(struct engine *e)
{
	struct engine_load *d = e->load;
	struct link *l;

	if (!d)
		return;
	e->load = NULL;
	loop_task_off(&d->task);
	loop_timer_off(e->loop, &d->timer);
	while ((l = list_pop(&d->held)) != NULL)
		mem_free(LIST_OF(l, struct held, link));
	arena_done(&e->replay_arena);
	mem_free(d);
}

static void
hold(struct engine_load *d, const struct held *what, struct str payload)
{
	struct held *h = mem_new(1, sizeof *h + payload.n);

	*h = *what;
	h->n = payload.n;
	if (payload.n)
		memcpy(h->bytes, payload.p, payload.n);
	list_init(&h->link);
	list_push(&d->held, &h->link);
	d->held_bytes += sizeof *h + payload.n;
}

bool
engine_load_hold(struct engine *e, struct engine_peer *p, uint16_t type, struct str payload)
{
	if (e->load->held_bytes + payload.n > HELD_MAX)
		return false;
	hold(e->load, &(struct held){ .peer = p, .type = type }, payload);
	return true;
}

void
engine_load_hold_gone(struct engine *e, unsigned courier)
{
	const struct held h = {
		.peer = &e->couriers[courier], .gone = true, .outside = e->outside
	};

	hold(e->load, &h, STR_NONE);
}

unsigned
engine_loaded_percent(const struct engine *e)
{
	const struct engine_load *d = e->load;
	uint64_t total, done;

	if (!d)
		return 100;
	done = journal_loading(e->journal, &total);
	if (!d->restoring)
		return total ? (unsigned)(done * 50 / total) : 0;
	return d->waiting ? 50 + (unsigned)(d->restored.messages * 49 / d->waiting) : 99;
}

uint64_t
engine_load_ahead(const struct engine *e)
{
	return e->load ? e->load->restored.rcpts : 0;
}

static void
on_record(void *ctx, uint16_t type, struct str payload)
{
	struct engine *e = ctx;

	engine_replay(e, type, payload, !journal_load_settled(e->journal));
}

/* What was before the start and what was since. */
static void
totals_join(struct engine *e)
{
	const struct spool_totals *old = spool_builder_totals(e->builder);

	e->totals.accepted += old->accepted;
	e->totals.accepted_system += old->accepted_system;
	e->totals.messages += old->messages;
	for (size_t i = 0; i < RCPT_STATES; i++)
		e->totals.final[i] += old->final[i];
}

static void
log_loaded(struct engine *e, const struct engine_load *d)
{
	struct log_line ll =
		log_op(e->log, e->replay_bad ? LOG_WARN : LOG_INFO, "queue-loaded");

	log_num(&ll, "queued_messages", (int64_t)d->restored.messages);
	log_num(&ll, "damaged", (int64_t)e->replay_bad);
	log_num(&ll, "took_ms", (int64_t)((clock_mono(e->env->clock) - e->began) / 1000));
	log_end(&ll);
}

/* In the order in which it was said; a courier that is gone by now was reaped behind it. */
static void
say_held(struct engine *e, struct link *held)
{
	struct link *l;

	e->catching_up = true;
	while ((l = list_pop(held)) != NULL) {
		struct held *h = LIST_OF(l, struct held, link);

		if (h->gone) {
			e->outside = h->outside;
			engine_gone(e, ROLE_COURIER, h->peer->number);
			e->outside = false;
		} else {
			engine_message(h->peer, h->type, str_of(h->bytes, h->n));
		}
		mem_free(h);
	}
	e->catching_up = false;
	for (unsigned i = 1; i <= ROLE_COURIERS_MAX; i++)
		if (!e->couriers[i].channel)
			e->couriers[i].up = false;
}

static void
load_end(struct engine *e)
{
	struct engine_load *d = e->load;
	struct link held, *l;

	totals_join(e);
	e->replay_bad += spool_builder_unfit(e->builder);
	log_loaded(e, d);
	list_init(&held);
	while ((l = list_pop(&d->held)) != NULL)
		list_push(&held, l);
	engine_load_free(e);
	spool_builder_free(&e->builder);
	spool_index_trim(e->index);
	mem_trim();
	/* What courier and signer have in hand now is said behind it. */
	engine_suspects(e);
	say_held(e, &held);
	engine_scheduling_check(e);
	engine_reports_owed(e);
	engine_settle(e);
}

static void
on_added(void *ctx, const struct q_message *m)
{
	struct engine *e = ctx;

	engine_extent_up(e, m->extent, m->length, m->accepted);
	engine_inbound_up(e, m);
	spool_index_queued(e->index, m->id);
	for (uint32_t id = m->first; id; id = queue_rcpt_at(e->queue, id)->sibling)
		e->poisoned += engine_is_poison(queue_rcpt_at(e->queue, id));
}

static bool
restore_step(struct engine *e, size_t n)
{
	struct spool_restore how = engine_restore_how(e);

	how.added = on_added;
	return spool_builder_restore_slice(e->builder, e->queue, &how, n, &e->load->restored);
}

/* true while there is more. */
static bool
load_step(struct engine *e, size_t n)
{
	struct engine_load *d = e->load;
	int got;

	if (d->restoring)
		return restore_step(e, n);
	got = journal_load(e->journal, n, on_record, e);
	/* They were good when this process began: a new one looks again, and mends. */
	if (got < 0)
		engine_fatal(e, "the journal's older files cannot be read again", got);
	if (got == 0) {
		d->restoring = true;
		/* Index and queue tell what is durable. */
		spool_builder_forget(e->builder);
		d->waiting = spool_builder_waiting(e->builder);
	}
	return true;
}

/* The records still to be read tell it more facts; one that cannot write at all holds no mail
 * up. */
static bool
ledger_behind(struct engine_load *d)
{
	size_t n = ledger_waiting(d->engine->ledger);

	if (d->restoring || n <= LEDGER_BEHIND)
		return false;
	d->waits = n < d->behind ? 0 : d->waits + 1;
	d->behind = n;
	return d->waits <= WAITS_MAX;
}

static void
on_slice(void *ctx)
{
	struct engine_load *d = ctx;
	struct engine *e = d->engine;
	uint64_t until = clock_mono(e->env->clock) + SLICE_US;
	unsigned slice = e->env->load_slice;
	bool more = true;

	if (ledger_behind(d)) {
		loop_timer_in(e->loop, &d->timer, WAIT_US);
		return;
	}
	for (unsigned i = 0; more && i < (slice ? 1 : SLICE_STEPS); i++) {
		more = load_step(e, slice ? slice : STEP);
		if (clock_mono(e->env->clock) >= until)
			break;
	}
	if (more)
		loop_task_post(e->loop, &d->task);
	else
		load_end(e);
}

static void
on_settled(void *ctx, int err)
{
	struct engine_sync *s = ctx;
	struct engine *e = s->engine;

	mem_free(s);
	if (!e)
		return;
	e->settle.sync = NULL;
	/* What was dropped is only in the journal: its files stay until a start tells it. */
	if (err < 0)
		e->settle.short_ = true;
	if (e->settle.short_ || journal_broken(e->journal))
		return;
	journal_settle(e->journal, e->settle.upto);
	journal_clean(e->journal);
}

void
engine_settle(struct engine *e)
{
	if (!e->accepting || e->load || e->settle.sync || e->settle.short_ ||
		engine_backup_holds_journal(e))
		return;
	e->settle.upto = journal_position(e->journal);
	e->settle.sync = MEM_NEW(e->settle.sync);
	e->settle.sync->engine = e;
	ledger_sync(e->ledger, on_settled, e->settle.sync);
}

void
engine_settle_end(struct engine *e)
{
	if (e->settle.sync)
		e->settle.sync->engine = NULL;
}
