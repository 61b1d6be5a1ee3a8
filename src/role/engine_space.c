/* Space: which extents hold live mail, when they go; journal generations; the disk's reserve.
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"

#include <errno.h>

/* io/extent: a longer body gets an extent of its own */
#define EXTENT_SHARED_MAX (256u << 10)
#define DISK_FREE_PART    16
#define COMPACT_SLICE     2000
#define COMPACT_BEHIND    (4u << 20)
#define COMPACT_REST_US   (60u * 1000000u)
/* A new generation, a day of the ledger with its log, transcripts: what queued mail needs. */
#define FILES_RESERVE 64

struct engine_extent *
engine_extent_at(const struct engine *e, uint32_t extent)
{
	uint64_t value;

	if (extent == 0 || !nmap_get(&e->extents, extent, &value))
		return NULL;
	return (void *)(uintptr_t)value;
}

static struct engine_extent *
extent_make(struct engine *e, uint32_t extent)
{
	struct engine_extent *x = engine_extent_at(e, extent);

	if (x)
		return x;
	x = MEM_NEW(x);
	nmap_put(&e->extents, extent, (uint64_t)(uintptr_t)x);
	return x;
}

void
engine_extent_up(struct engine *e, uint32_t extent, uint32_t length, int64_t accepted)
{
	struct engine_extent *x;

	if (extent == 0)
		return;
	x = extent_make(e, extent);
	x->live++;
	x->bytes += length;
	if (accepted > x->last)
		x->last = accepted;
	if (length > EXTENT_SHARED_MAX)
		x->whole = true;
	else if (extent > e->newest_extent[extent >> 24])
		e->newest_extent[extent >> 24] = extent;
}

void
engine_extent_down(struct engine *e, uint32_t extent, uint32_t length)
{
	struct engine_extent *x = engine_extent_at(e, extent);

	if (x == NULL)
		return;
	must(x->live > 0 && x->bytes >= length);
	x->bytes -= length;
	if (--x->live == 0)
		x->idle_from = loop_mono(e->loop);
}

struct sweep {
	struct engine *engine;
	bool tight; /* the disk is filling: finished content goes before its time */
	uint64_t removed, bytes;
};

static void
sweep_one(void *ctx, uint32_t extent, uint64_t size, int64_t changed)
{
	struct sweep *s = ctx;
	struct engine *e = s->engine;
	struct engine_extent *x = engine_extent_at(e, extent);
	int64_t last = x && x->last > changed ? x->last : changed, now = loop_wall(e->loop);

	e->spool_bytes += size;
	if (extent >= e->newest_extent[extent >> 24] && !(x && x->whole))
		return;
	/* A body may be durable before its envelope reaches us: five minutes at least. */
	if (now - last < 300 * INT64_C(1000000) || !engine_may_purge(e))
		return;
	if (!s->tight && now - last < e->config->keep_content_us)
		return;
	if (x && x->live > 0) {
		engine_carry_offer(e, x, size);
		return;
	}
	/* What is not durable yet may still need the body after a crash. */
	if (x && x->idle_from >= e->durable_until)
		return;
	if (extent_remove(e->env->paths->spool, extent) < 0)
		return;
	s->removed++;
	s->bytes += size;
	e->spool_bytes -= size;
	if (x) {
		nmap_del(&e->extents, extent);
		mem_free(x);
	}
}

void
engine_extents_sweep(struct engine *e)
{
	/* Which of them hold live mail is not known yet. */
	if (e->load)
		return;
	int64_t left = file_free_bytes(e->env->paths->spool);
	bool filling = left >= 0 && (uint64_t)left < 4 * e->config->limits.disk_reserve_bytes;

	if (filling)
		engine_backup_break(e);
	if (engine_backup_holds_bodies(e))
		return;
	struct sweep s = { .engine = e, .tight = filling };

	e->spool_bytes = 0;
	engine_carry_plan(e, left);
	(void)extent_each(e->env->paths->spool, sweep_one, &s);
	engine_carry_begin(e);
	if (s.removed) {
		struct log_line ll = log_op(e->log, LOG_INFO, "extents-removed");

		log_num(&ll, "n", (int64_t)s.removed);
		log_num(&ll, "bytes", (int64_t)s.bytes);
		log_end(&ll);
	}
}

struct barrier {
	struct journal_wait wait;
	struct engine *engine;
	uint64_t at;
};

static void
on_barrier(void *ctx, int err)
{
	struct barrier *b = ctx;
	struct engine *e = b->engine;

	if (engine_durable(e, err) && !e->ending) {
		e->durable_until = b->at;
		engine_extents_sweep(e);
	}
	mem_free(b);
}

/* The counters, and behind them the sweep of what nothing durable or flying needs. */
void
engine_extents_tick(struct engine *e)
{
	struct barrier *b = MEM_NEW(b);

	b->engine = e;
	b->at = loop_mono(e->loop);
	b->wait.done = on_barrier;
	b->wait.ctx = b;
	list_init(&b->wait.link);
	if (engine_totals_put(e, false, &b->wait) < 0)
		mem_free(b); /* before the first generation, or broken: others say so */
}

/* Acceptance stops while outcomes can still be written (P5, P8); one line per change. */
void
engine_disk_check(struct engine *e)
{
	static const char *const why[] = { [FILE_ROOM] = "",
		[FILE_FEW_BYTES] = "bytes",
		[FILE_FEW_FILES] = "inodes",
		[FILE_READ_ONLY] = "read-only" };
	uint64_t reserve = e->config->limits.disk_reserve_bytes;
	/* A little more must be free before it is over: one alert, not one each second. */
	enum file_room room = file_room(e->env->paths->journal,
		reserve + (e->disk_full ? reserve / DISK_FREE_PART : 0),
		FILES_RESERVE + (e->disk_full ? FILES_RESERVE / DISK_FREE_PART : 0));
	bool full = room != FILE_ROOM;

	if (full == e->disk_full)
		return;
	e->disk_full = full;
	struct log_line ll =
		log_op(e->log, full ? LOG_ERROR : LOG_INFO, full ? "disk-full" : "disk-free");

	if (full)
		log_z(&ll, "lacks", why[room]);
	log_num(&ll, "bytes_left", file_free_bytes(e->env->paths->journal));
	log_z(&ll, "means",
		full ? "new mail is refused with 452; queued mail goes on"
		     : "mail is accepted again");
	log_end(&ll);
	if (full)
		engine_extents_sweep(e);
	engine_state_all(e);
}

static void
on_committed(void *ctx, int err)
{
	struct engine *e = ctx;
	bool failed = err < 0;
	uint64_t now = loop_mono(e->loop);

	e->compact.on = e->compact.ending = false;
	if (e->ending)
		return;
	if (failed && journal_broken(e->journal))
		engine_fatal(e, "the journal's new generation cannot be written", err);
	/* The old generation goes on; the disk may be better in a minute. */
	if (failed)
		e->compact.rest_until = now + COMPACT_REST_US;
	else
		(void)role_alert_good(&e->compact.alert, now);
	if (!failed)
		journal_clean(e->journal);
	if (failed)
		e->compact.wanted = e->compact.wanted || e->compact.serves;
	else if (e->compact.serves)
		engine_erase_compacted(e);
	if (failed && !role_alert_bad(&e->compact.alert, now))
		return;
	struct log_line ll = log_op(e->log, failed ? LOG_ERROR : LOG_INFO,
		failed ? "journal-not-compacted" : "journal-compacted");

	log_num(&ll, "generation", (int64_t)journal_generation(e->journal));
	log_num(&ll, "bytes", (int64_t)journal_bytes(e->journal));
	if (failed)
		log_z(&ll, "error", strerror(-err));
	log_end(&ll);
}

/* The old generation goes only when the ledger has all its facts. */
static void
on_ledger(void *ctx, int err)
{
	struct engine_sync *s = ctx;
	struct engine *e = s->engine;

	mem_free(s);
	if (!e)
		return;
	e->compact.sync = NULL;
	/* Facts were dropped: only a replay of the journal has them. */
	if (err < 0 || e->settle.short_)
		engine_fatal(e, "the ledger fell behind; it is filled again at the start",
			err < 0 ? err : -ENOBUFS);
	journal_commit(e->journal, on_committed, e);
}

void
engine_compact_end(struct engine *e)
{
	if (e->compact.sync)
		e->compact.sync->engine = NULL;
}

/* Is this the recipient in the lowest record of its message? Its turn comes first, whatever
 * leaves the message between two slices. */
static bool
is_lowest(struct engine *e, const struct q_message *m, const struct q_rcpt *r)
{
	uint32_t id = m->first;

	while (id && id >= r->self)
		id = queue_rcpt_at(e->queue, id)->sibling;
	return id == 0;
}

static int
put_live(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct engine *e = ctx;

	if (!is_lowest(e, m, r) || engine_live_put(e, m) == 0)
		return 0;
	e->compact.again = true;
	e->compact.pos = r->self - 1;
	return 1;
}

/* One slice; true when all is put. */
static bool
put_slice(struct engine *e)
{
	const struct queue_filter all = { .stream = -1 };
	struct queue_page page = { .pos = e->compact.pos, .max = COMPACT_SLICE };

	if (!engine_calls_put(e, &e->compact.calls))
		return false;
	e->compact.again = false;
	if (e->compact.pos == 0 && engine_suppress_put(e) == -EAGAIN)
		return false;
	queue_each(e->queue, &all, &page, put_live, e);
	if (!e->compact.again)
		e->compact.pos = page.pos;
	return !e->compact.again && page.pos == 0;
}

static void
compact_begin(struct engine *e)
{
	e->compact.on = true;
	e->compact.pos = 0;
	e->compact.calls = (struct engine_calls_pos){ 0, 0 };
	if (e->submits_in_flight > 0)
		return; /* new ones are held; called again when these are flushed */
	if (journal_begin(e->journal) < 0) {
		e->compact.on = false;
		e->compact.wanted = e->compact.wanted || e->compact.serves;
	} else {
		(void)engine_totals_put(e, true, NULL);
	}
	if (e->compact.on)
		loop_timer_in(e->loop, &e->compact_timer, 1000);
	engine_submits_go_on(e);
}

static bool
compact_due(struct engine *e)
{
	uint64_t counts[RCPT_STATES], live;

	if ((!e->compact.wanted && journal_bytes(e->journal) < e->compact.min) || e->draining ||
		!e->scheduling || e->load || e->pause.on || engine_backup_holds_journal(e) ||
		loop_mono(e->loop) < e->compact.rest_until)
		return false;
	if (e->compact.wanted)
		return true;
	queue_counts(e->queue, counts);
	live = (counts[RCPT_QUEUED] + counts[RCPT_ACTIVE] + counts[RCPT_HELD]) * 400;
	live += (idem_count(e->idem) + idem_count(e->once)) * ENGINE_CALL_BYTES;
	return live < journal_bytes(e->journal) / 2;
}

void
engine_compact_tick(struct engine *e)
{
	if (!e->compact.on) {
		if (!compact_due(e))
			return;
		e->compact.serves = e->compact.wanted;
		e->compact.wanted = false;
		compact_begin(e);
		return;
	}
	if (!journal_begun(e->journal)) {
		if (!e->compact.ending)
			compact_begin(e);
		return;
	}
	if (e->compact.ending)
		return;
	if (journal_unflushed(e->journal) > COMPACT_BEHIND) {
		loop_timer_in(e->loop, &e->compact_timer, 5000);
		return;
	}
	if (put_slice(e)) {
		e->compact.ending = true;
		e->compact.sync = MEM_NEW(e->compact.sync);
		e->compact.sync->engine = e;
		ledger_sync(e->ledger, on_ledger, e->compact.sync);
	} else {
		/* Slices, so that mail goes on between them. */
		loop_timer_in(e->loop, &e->compact_timer, 1000);
	}
}

void
engine_compact_flushed(struct engine *e)
{
	if (e->compact.on && e->submits_in_flight == 0 && !e->ending &&
		!journal_begun(e->journal))
		engine_compact_tick(e);
}

void
engine_on_compact(void *ctx)
{
	engine_compact_tick(ctx);
}
