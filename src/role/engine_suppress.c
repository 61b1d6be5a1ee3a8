/* Changes of suppressions: the set at once, the journal, then the rows (engine_suppress.h). */
#include "role/engine_suppress.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define RETRY_US (1u * 1000000u)

void
engine_suppress_batch_free(struct suppress_batch *b)
{
	buf_done(&b->payload);
	mem_free(b);
}

static void
tell(struct engine_suppress *s, struct suppress_batch *b, bool listed)
{
	struct suppress_told t = b->told;

	/* Once. */
	b->told.fn = NULL;
	t.listed = listed;
	if (t.fn && !s->engine->ending)
		t.fn(s->engine, &t);
}

static void
say_end(struct engine_suppress *s, struct log_line *ll, int err)
{
	log_num(ll, "waiting", (int64_t)s->changes);
	if (err < 0)
		log_z(ll, "error", strerror(-err));
	log_end(ll);
}

/* ---- rows */

static void
on_write(void *ctx)
{
	struct engine_suppress *s = ctx;
	const size_t max = SUPPRESS_JOB_CHANGES + SPOOL_SUPPRESS_MAX;
	struct suppress_change *all = mem_new(max, sizeof *all);
	struct spool_suppress one;
	struct arena a;
	size_t n = 0;

	arena_init(&a, SUPPRESS_ARENA_MAX);
	for (size_t i = 0; i < s->write.n; i++) {
		must(spool_suppress_read(&a, buf_str(&s->write.at[i]->payload), &one) == 0);
		must(n + one.n <= max);
		if (one.n)
			memcpy(all + n, one.at, one.n * sizeof *one.at);
		n += one.n;
	}
	s->write.err = s->rows ? 0 : engine_suppress_rows_open(s);
	if (s->write.err == 0)
		s->write.err = suppress_store_put(s->rows, all, n);
	arena_done(&a);
	mem_free(all);
}

static void
written(struct engine_suppress *s)
{
	for (size_t i = 0; i < s->write.n; i++) {
		struct suppress_batch *b = s->write.at[i];

		list_del(&b->link);
		s->changes -= b->n;
		s->applied = b->upto > s->applied ? b->upto : s->applied;
		tell(s, b, true);
		engine_suppress_batch_free(b);
	}
	if (!role_alert_good(&s->alert, loop_mono(s->engine->loop)))
		return;
	struct log_line ll = log_op(s->engine->log, LOG_INFO, "suppressions-written");

	say_end(s, &ll, 0);
}

static void
not_written(struct engine_suppress *s)
{
	/* They are in force and durable: who asked need not wait for a better disk. */
	for (size_t i = 0; i < s->write.n; i++)
		tell(s, s->write.at[i], false);
	if (s->write.err == -EBADMSG)
		(void)engine_suppress_mend(s);
	if (role_alert_bad(&s->alert, loop_mono(s->engine->loop))) {
		struct log_line ll =
			log_op(s->engine->log, LOG_ERROR, "suppressions-not-written");

		say_end(s, &ll, s->write.err);
	}
	s->resting = true;
	if (!s->engine->ending)
		loop_timer_in(s->engine->loop, &s->retry, RETRY_US);
}

static void
on_written(void *ctx)
{
	struct engine_suppress *s = ctx;

	s->write.on = false;
	if (s->write.err)
		not_written(s);
	else
		written(s);
	engine_suppress_go(s);
}

static void
on_retry(void *ctx)
{
	struct engine_suppress *s = ctx;

	s->resting = false;
	engine_suppress_go(s);
}

/* The next batches that are durable, to the rows; or an undo whose changes are all there. */
void
engine_suppress_go(struct engine_suppress *s)
{
	size_t changes = 0;

	if (s->write.on || s->reading || s->resting || s->engine->ending)
		return;
	engine_suppress_undo_go(s);
	if (s->reading)
		return;
	s->write.n = 0;
	LIST_EACH(l, &s->waiting)
	{
		struct suppress_batch *b = LIST_OF(l, struct suppress_batch, link);

		if (!b->durable || s->write.n == SUPPRESS_JOB_BATCHES ||
			changes >= SUPPRESS_JOB_CHANGES)
			break;
		s->write.at[s->write.n++] = b;
		changes += b->n;
	}
	if (s->write.n == 0)
		return;
	s->write.on = true;
	pool_add(s->pool, &s->write.job);
}

/* ---- changes */

static void
on_flushed(void *ctx, int err)
{
	struct suppress_batch *b = ctx;
	struct engine *e = b->engine;

	if (!engine_durable(e, err))
		return; /* the engine ends: freed with the list */
	b->durable = true;
	engine_suppress_go(e->suppress);
}

struct suppress_batch *
engine_suppress_batch_new(struct engine_suppress *s, const struct spool_suppress *what)
{
	struct suppress_batch *b = MEM_NEW(b);

	b->engine = s->engine;
	b->n = what->n;
	b->upto = what->n ? what->at[what->n - 1].number : 0;
	list_init(&b->link);
	list_init(&b->wait.link);
	b->wait.done = on_flushed;
	b->wait.ctx = b;
	buf_init(&b->payload, SPOOL_SUPPRESS_MAX * SPOOL_SUPPRESS_BYTES + 2);
	must(spool_suppress_write(&b->payload, what) == 0);
	return b;
}

void
engine_suppress_is_full(struct engine_suppress *s)
{
	if (!role_alert_bad(&s->full, loop_mono(s->engine->loop)))
		return;
	struct log_line ll = log_op(s->engine->log, LOG_ERROR, "suppressions-full");

	say_end(s, &ll, 0);
}

/* Those that change anything stay in the list and get their numbers. A removal always does: a
 * row may be there that the set had no room for. */
static void
take_effect(struct engine_suppress *s, struct spool_suppress *what, struct suppress_told *told)
{
	size_t n = 0;

	for (size_t i = 0; i < what->n; i++) {
		struct suppress_change *c = &what->at[i];
		int got = suppress_apply(s->set, c);

		told->changed += got > 0;
		told->refused += got < 0;
		if (got < 0)
			engine_suppress_is_full(s);
		if (got <= 0 && !c->remove)
			continue;
		c->number = ++s->last;
		what->at[n++] = *c;
	}
	told->same = (unsigned)(what->n - told->changed - told->refused);
	what->n = n;
}

void
engine_suppress_change(
	struct engine_suppress *s, struct spool_suppress what, const struct suppress_told *then)
{
	struct suppress_told told = *then;
	struct suppress_batch *b;
	int err;

	must(s->begun && what.n <= SPOOL_SUPPRESS_MAX);
	take_effect(s, &what, &told);
	if (what.n == 0) {
		told.listed = true;
		if (told.fn)
			told.fn(s->engine, &told);
		return;
	}
	b = engine_suppress_batch_new(s, &what);
	b->told = told;
	list_push(&s->waiting, &b->link);
	s->changes += b->n;
	err = journal_append(
		s->engine->journal, SPOOL_SUPPRESS, buf_str(&b->payload), &b->wait);
	if (err < 0)
		engine_fatal(s->engine, "the journal cannot be written", err);
}

void
engine_suppress_init(struct engine_suppress *s)
{
	list_init(&s->waiting);
	list_init(&s->replayed);
	list_init(&s->owed);
	list_init(&s->undos);
	loop_task_init(&s->owed_task, engine_suppress_on_owed, s);
	loop_timer_init(&s->retry, on_retry, s);
	s->write.job = (struct pool_job){ .work = on_write, .done = on_written, .ctx = s };
	list_init(&s->write.job.link);
	s->pool = pool_new(s->engine->loop, 1, s->engine->env->one);
	s->set = suppress_new(SUPPRESS_MAX);
}

size_t
engine_suppress_count(const struct engine *e)
{
	return suppress_count(e->suppress->set);
}

size_t
engine_suppress_waiting(const struct engine *e)
{
	return e->suppress->changes;
}
