#include "io/journal.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"
#include "io/journal_inner.h"

#include <errno.h>
#include <fcntl.h>

#define PENDING_MAX (64u << 20) /* bytes that wait for the disk, for each file */
#define PUT_MAX     (16u << 20) /* journal_put pauses its caller above this */
#define PIECE_BYTES (1u << 20)  /* of the new generation, written on as it grows */
#define BUFFER_KEEP (4u << 20)  /* a buffer grown beyond is given back */
#define ZERO_STEP   (1u << 20)
#define NAME_ROOM   128u /* for names behind the folder's */
#define UNASKED_US  UINT64_C(100000)
#define MARK_STEP   (256u << 10) /* flushed bytes that are worth a MARK */
#define MARK_SHARE  64u          /* and at most this part of what a start will copy */
#define PATIENT_US  UINT64_C(2000)

static const char zeros[ZERO_STEP];

static void advance(struct journal *j);
static void cur_flush(struct journal *j);

static void
check(const struct journal *j)
{
	must((j->state == STATE_IDLE) == !j->next || j->broken);
	must(j->cur || j->next || (list_empty(&j->waiting) && list_empty(&j->flying)));
}

/* The list is taken as it is now: an answer may append more. */
static void
answer(struct link *from, int err)
{
	struct link now, *l;

	list_init(&now);
	while ((l = list_pop(from)) != NULL)
		list_push(&now, l);
	while ((l = list_pop(&now)) != NULL) {
		struct journal_wait *w = LIST_OF(l, struct journal_wait, link);

		w->done(w->ctx, err);
	}
}

static void
commit_done(struct journal *j, int err)
{
	void (*done)(void *, int) = j->done;

	j->done = NULL;
	if (done)
		done(j->done_ctx, err);
}

static void
generation_free(struct generation **gp)
{
	struct generation *g = *gp;

	if (!g)
		return;
	*gp = NULL;
	must(!g->busy && !g->zeroing);
	file_close(g->fd);
	buf_done(&g->pending);
	buf_done(&g->flight);
	mem_free(g);
}

/* The old file may still have zeros under way: it goes with them. */
static void
generation_retire(struct generation **gp)
{
	struct generation *g = *gp;

	*gp = NULL;
	g->err = -ESTALE;
	if (!g->zeroing)
		generation_free(&g);
}

/* Moves what waits to what flies; true when there is something. */
static bool
load(struct generation *g)
{
	struct buf empty = g->flight;

	must(!g->busy);
	if (empty.cap > BUFFER_KEEP)
		buf_done(&empty);
	buf_clear(&empty);
	g->flight = g->pending;
	g->pending = empty;
	return g->flight.n > 0;
}

static uint64_t
flight_offset(const struct generation *g)
{
	return g->end - g->pending.n - g->flight.n;
}

static void
send(struct journal *j, struct generation *g, bool sync, void (*done)(void *, int))
{
	g->busy = true;
	g->job = (struct flush_job){
		.fd = g->fd,
		.p = g->flight.p,
		.n = g->flight.n,
		.offset = flight_offset(g),
		.sync = sync,
		.fault = &g->fault,
		.done = done,
		.ctx = j,
	};
	flusher_add(j->conf.flusher, &g->job);
}

static void
landed(struct generation *g)
{
	g->busy = false;
	buf_clear(&g->flight);
}

static void
list_join(struct link *to, struct link *from)
{
	struct link *l;

	while ((l = list_pop(from)) != NULL)
		list_push(to, l);
}

/* For good: what the disk holds now is not known (docs/decisions/0001, "Start"). */
static void
break_down(struct journal *j)
{
	j->broken = true;
	list_join(&j->flying, &j->waiting);
	answer(&j->flying, -EIO);
	commit_done(j, -EIO);
}

static int
zero_work(void *ctx)
{
	struct generation *g = ctx;

	return file_pwrite(g->fd, zeros, g->zero.n, g->zero.offset);
}

static void
zero_done(void *ctx, int err)
{
	struct generation *g = ctx;

	g->zeroing = false;
	/* No space for zeros is no error; a fault of the file is met by the next append. */
	if (err)
		g->zero_off = true;
	if (g->err == -ESTALE)
		generation_free(&g);
}

/* Queued behind the writes below them and before those that will replace them. */
static void
zero_ahead(struct journal *j)
{
	struct generation *g = j->cur;
	uint64_t sent = g->end - g->pending.n;

	if (g->zeroing || g->zero_off || j->conf.no_zeros || sent + ZERO_STEP / 2 < g->zeroed)
		return;
	if (g->zeroed < sent)
		g->zeroed = sent;
	g->zeroing = true;
	g->zero = (struct flush_job){
		.fd = g->fd,
		.offset = g->zeroed,
		.n = ZERO_STEP - (size_t)(g->zeroed % ZERO_STEP),
		.work = zero_work,
		.sync = true,
		.fault = &g->fault,
		.done = zero_done,
		.ctx = g,
	};
	g->zeroed += g->zero.n;
	flusher_add(j->conf.flusher, &g->zero);
}

static void
cur_flushed(void *ctx, int err)
{
	struct journal *j = ctx;

	landed(j->cur);
	if (err) {
		break_down(j);
		return;
	}
	j->cur->flushed = j->cur->end - j->cur->pending.n;
	answer(&j->flying, 0);
	if (j->state == STATE_HOLD)
		advance(j);
	else if (j->cur->pending.n && !timer_pending(&j->later.timer))
		loop_task_post(j->conf.loop, &j->flush);
}

static int add(struct generation *g, uint16_t type, struct str payload);

/* Told by a record behind what was flushed before: a later start may believe it, although it
 * cannot know which pages it reads from memory were ever written. */
static void
mark(struct journal *j)
{
	struct generation *g = j->cur;
	uint64_t step = j->conf.behind_bytes / MARK_SHARE;
	struct buf b;

	if (step == 0 || step > MARK_STEP)
		step = MARK_STEP;
	if (!j->mark_due && (!g->pending.n || g->flushed < g->marked + step))
		return;
	buf_init(&b, JOURNAL_OWN_MAX);
	journal_mark_write(&b, &(struct journal_mark){ g->flushed, j->settled });
	if (!add(g, JOURNAL_TYPE_MARK, buf_str(&b))) {
		g->marked = g->flushed;
		j->mark_due = false;
	}
	buf_done(&b);
}

void
journal_mark_soon(struct journal *j)
{
	j->mark_due = true;
	if (!j->broken && !timer_pending(&j->later.timer) && list_empty(&j->waiting))
		loop_timer_in(j->conf.loop, &j->later, UNASKED_US);
}

static void
cur_flush(struct journal *j)
{
	struct generation *g = j->cur;

	if (!g || j->broken || g->busy || j->state >= STATE_HOLD)
		return;
	mark(j);
	if (!load(g))
		return;
	loop_timer_off(j->conf.loop, &j->later);
	list_join(&j->flying, &j->waiting);
	send(j, g, true, cur_flushed);
	zero_ahead(j);
}

static void
on_flush(void *ctx)
{
	cur_flush(ctx);
}

struct removal {
	struct flush_job job;
	char path[JOURNAL_REPLAY_PATH];
};

static int
removal_work(void *ctx)
{
	struct removal *r = ctx;

	return file_unlink(r->path);
}

static void
removal_done(void *ctx, int err)
{
	/* What stays is removed at the next start. */
	(void)err;
	mem_free(ctx);
}

static void
drop_next(struct journal *j)
{
	struct removal *r = MEM_NEW(r);

	journal_replay_path(r->path, j->dir, j->next->number, true);
	r->job = (struct flush_job){ .work = removal_work, .done = removal_done, .ctx = r };
	flusher_add(j->conf.flusher, &r->job);
	generation_free(&j->next);
	j->state = STATE_IDLE;
}

/* The new generation cannot be: the old one goes on with what was held. */
static void
give_up(struct journal *j, int err)
{
	bool held = j->state == STATE_SWITCH;

	drop_next(j);
	if (held) {
		list_join(&j->flying, &j->waiting);
		list_join(&j->waiting, &j->flying);
	}
	if (j->cur && j->cur->pending.n)
		loop_task_post(j->conf.loop, &j->flush);
	if (!j->cur)
		answer(&j->waiting, err);
	commit_done(j, err);
}

static int
switch_work(void *ctx)
{
	struct journal *j = ctx;
	struct generation *g = j->next;
	char from[JOURNAL_REPLAY_PATH], to[JOURNAL_REPLAY_PATH];
	/* The job's own copy: appends go on meanwhile and move the generation's end. */
	int err = file_pwrite(g->fd, g->job.p, g->job.n, g->job.offset);

	if (!err)
		err = file_datasync(g->fd);
	if (err)
		return err;
	journal_replay_path(from, j->dir, g->number, true);
	journal_replay_path(to, j->dir, g->number, false);
	err = file_rename(from, to);
	if (err)
		return err;
	j->renamed = true;
	return file_sync_dir(j->dir);
}

static int
clean_work(void *ctx)
{
	struct journal *j = ctx;

	return journal_replay_remove_before(j->dir, j->clean_before, &j->clean_chain);
}

static void
clean_done(void *ctx, int err)
{
	struct journal *j = ctx;

	/* Older files are harmless; the next commit tries again. */
	(void)err;
	j->cleaning = false;
}

void
journal_clean(struct journal *j)
{
	must(!j->load);
	if (j->cleaning || !j->cur || j->broken)
		return;
	j->cleaning = true;
	j->clean_chain = j->cur->chain;
	j->clean_before = j->cur->number;
	j->clean = (struct flush_job){ .work = clean_work, .done = clean_done, .ctx = j };
	flusher_add(j->conf.flusher, &j->clean);
}

static void
switched(void *ctx, int err)
{
	struct journal *j = ctx;

	landed(j->next);
	if (err && j->renamed) {
		break_down(j);
		return;
	}
	if (err) {
		give_up(j, err);
		return;
	}
	if (j->cur)
		generation_retire(&j->cur);
	j->cur = j->next;
	j->next = NULL;
	j->state = STATE_IDLE;
	j->cur->zeroed = j->cur->flushed = j->cur->end - j->cur->pending.n;
	journal_mark_soon(j);
	if (!j->conf.kept && !j->load)
		journal_clean(j);
	if (j->cur->pending.n)
		loop_task_post(j->conf.loop, &j->flush);
	answer(&j->flying, 0);
	commit_done(j, 0);
}

static void
start_switch(struct journal *j)
{
	struct generation *g = j->next;

	j->state = STATE_SWITCH;
	j->renamed = false;
	load(g);
	list_join(&j->flying, &j->waiting);
	g->busy = true;
	g->job = (struct flush_job){
		.fd = g->fd,
		.p = g->flight.p,
		.n = g->flight.n,
		.offset = flight_offset(g),
		.work = switch_work,
		.fault = &g->fault,
		.done = switched,
		.ctx = j,
	};
	flusher_add(j->conf.flusher, &g->job);
}

static void
piece_landed(void *ctx, int err)
{
	struct journal *j = ctx;

	landed(j->next);
	if (err && !j->next->err)
		j->next->err = err;
	advance(j);
}

static void
advance_filling(struct journal *j)
{
	struct generation *g = j->next;

	if (!g->err && g->pending.n >= PIECE_BYTES) {
		load(g);
		send(j, g, false, piece_landed);
	}
}

/* Moves the new generation on, as far as it goes without waiting. */
static void
advance(struct journal *j)
{
	struct generation *g = j->next;

	if (j->broken || !g || g->busy)
		return;
	if (j->state == STATE_FILLING) {
		advance_filling(j);
		return;
	}
	if (g->err) {
		give_up(j, g->err);
		return;
	}
	if (j->state == STATE_BULK && j->cur && !j->bulk_sent) {
		/* Without holding anybody up: what comes meanwhile is little. */
		j->bulk_sent = true;
		load(g);
		send(j, g, true, piece_landed);
		return;
	}
	if (j->state == STATE_BULK)
		j->state = STATE_HOLD;
	if (j->state == STATE_HOLD && !(j->cur && j->cur->busy))
		start_switch(j);
}

int
journal_open(const struct journal_conf *conf,
	void (*record)(void *ctx, uint16_t type, struct str payload), void *ctx,
	struct journal **ret_j, struct journal_replay *ret_r)
{
	struct journal *j = MEM_NEW(j);
	struct str dir = str_z(conf->dir);
	int err = dir.n + NAME_ROOM > sizeof j->dir ? -ENAMETOOLONG : 0;

	j->conf = *conf;
	j->conf.dir = j->dir;
	if (!err)
		err = str_copy_z(j->dir, sizeof j->dir, dir);
	if (!err)
		err = file_mkdirs(j->dir, 0700);
	if (!err)
		err = journal_replay_run(&j->conf, record, ctx, ret_r, &j->found);
	if (err) {
		mem_free(j);
		return err;
	}
	j->settled = j->found.chain.settled;
	if (ret_r->behind)
		j->load = journal_reader_new(
			j->dir, j->found.load, j->found.nload, RECORD_FILE_HEAD);
	list_init(&j->waiting);
	list_init(&j->flying);
	loop_task_init(&j->flush, on_flush, j);
	loop_timer_init(&j->later, on_flush, j);
	*ret_j = j;
	return 0;
}

void
journal_free(struct journal **jp)
{
	struct journal *j = *jp;

	if (!j)
		return;
	*jp = NULL;
	/* A switch under way ends first; then what it left waiting is flushed. */
	flusher_drain(j->conf.flusher);
	while (!j->broken && j->cur && j->cur->pending.n) {
		cur_flush(j);
		flusher_drain(j->conf.flusher);
	}
	/* The next start may believe all of it. */
	j->mark_due = true;
	cur_flush(j);
	flusher_drain(j->conf.flusher);
	list_join(&j->flying, &j->waiting);
	answer(&j->flying, j->broken ? -EIO : -ECANCELED);
	if (j->next)
		drop_next(j);
	flusher_drain(j->conf.flusher);
	loop_task_off(&j->flush);
	loop_timer_off(j->conf.loop, &j->later);
	journal_reader_free(&j->load);
	generation_free(&j->cur);
	mem_free(j);
}

static int
add(struct generation *g, uint16_t type, struct str payload)
{
	size_t before = g->pending.n;
	int err = record_write(
		&g->pending, g->salt, g->end, &(struct record){ type, payload, 0 });

	if (!err)
		g->end += g->pending.n - before;
	return err;
}

static void
head(struct journal *j, struct generation *g)
{
	uint8_t bytes[RECORD_FILE_HEAD];
	struct buf b;

	record_file_write(bytes, &(struct record_file){
					 .kind = RECORD_JOURNAL,
					 .version = RECORD_VERSION_JOURNAL,
					 .generation = g->number,
					 .salt = g->salt,
					 .writer = j->conf.boot,
				 });
	must(!buf_put(&g->pending, str_of(bytes, sizeof bytes)));
	g->end = sizeof bytes;
	buf_init(&b, JOURNAL_OWN_MAX);
	journal_chain_write(&b, &g->chain);
	for (unsigned i = 0; i < JOURNAL_CHAIN_COPIES; i++)
		must(!add(g, JOURNAL_TYPE_CHAIN, buf_str(&b)));
	buf_done(&b);
}

/* What the newest file may hold in memory only (a failed flush leaves clean pages) goes into
 * ours, so that it is flushed before anything is answered. */
static int
copy_tail(struct journal *j, struct generation *g)
{
	const struct journal_part *last = &j->found.load[j->found.nload - 1];
	struct journal_reader *r = journal_reader_new(j->dir, last, 1, j->found.tail_from);
	struct journal_position at;
	struct record rec;
	int got;

	while ((got = journal_reader_next(r, &rec, &at)) == 1 && !g->err)
		g->err = add(g, rec.type, rec.payload);
	journal_reader_free(&r);
	return got < 0 ? got : g->err;
}

int
journal_begin(struct journal *j)
{
	char path[JOURNAL_REPLAY_PATH];
	struct generation *g;
	int fd, err = 0;

	check(j);
	if (j->broken)
		return -EIO;
	if (j->next)
		return -EALREADY;
	must(!j->load || !j->cur);
	/* On the loop, unlike all else: making a name waits for no disk, and is rare. */
	journal_replay_path(path, j->dir, j->found.newest + 1, true);
	fd = file_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return fd;
	g = j->next = MEM_NEW(g);
	g->fd = fd;
	g->number = ++j->found.newest;
	g->salt = journal_replay_salt(g->number);
	buf_init(&g->pending, PENDING_MAX);
	buf_init(&g->flight, PENDING_MAX);
	if (j->cur)
		g->chain = (struct journal_chain){ g->number, .settled = j->settled };
	else
		g->chain = j->found.chain;
	if (!g->chain.facts_from)
		g->chain.facts_from = g->number;
	head(j, g);
	j->bulk_sent = false;
	j->state = STATE_FILLING;
	if (j->load)
		err = copy_tail(j, g);
	if (err)
		drop_next(j);
	return err;
}

int
journal_put(struct journal *j, uint16_t type, struct str payload)
{
	int err;

	if (j->broken)
		return -EIO;
	must(j->state == STATE_FILLING);
	if (j->next->err)
		return j->next->err;
	if (j->next->pending.n > PUT_MAX)
		return -EAGAIN;
	err = add(j->next, type, payload);
	if (!err)
		advance(j);
	return err;
}

void
journal_commit(struct journal *j, void (*done)(void *ctx, int err), void *ctx)
{
	check(j);
	must(j->state == STATE_FILLING || j->broken);
	must(!j->done);
	j->done = done;
	j->done_ctx = ctx;
	if (j->broken) {
		commit_done(j, -EIO);
		return;
	}
	j->state = STATE_BULK;
	advance(j);
}

bool
journal_begun(const struct journal *j)
{
	return j->next != NULL;
}

/* The new generation gets it too; one that cannot take it is given up, not the append. */
static int
add_both(struct journal *j, uint16_t type, struct str payload)
{
	int err = j->cur ? add(j->cur, type, payload) : 0, next_err;

	if (err || !j->next || j->next->err)
		return err ? err : (j->cur ? 0 : j->next->err);
	next_err = add(j->next, type, payload);
	if (!next_err || !j->cur)
		return next_err;
	j->next->err = next_err;
	return 0;
}

/* What is urgent is flushed as soon as the flusher is free. What has time is flushed later,
 * unless something urgent waits before it: then no timer runs, and none may be started, for
 * cur_flushed would wait for it. */
static void
flush_when(struct journal *j, const struct journal_wait *w, bool was_empty)
{
	uint64_t wait_us = w ? PATIENT_US : UNASKED_US;
	const struct timer *t = &j->later.timer;

	if (w && !w->patient) {
		loop_timer_off(j->conf.loop, &j->later);
		loop_task_post(j->conf.loop, &j->flush);
	} else if (timer_pending(t) ? t->at > loop_mono(j->conf.loop) + wait_us : was_empty) {
		loop_timer_in(j->conf.loop, &j->later, wait_us);
	}
}

int
journal_append(struct journal *j, uint16_t type, struct str payload, struct journal_wait *w)
{
	bool was_empty = j->cur && j->cur->pending.n == 0;
	int err;

	if (j->broken)
		return -EIO;
	if (!j->cur && !j->next)
		return -EAGAIN;
	err = add_both(j, type, payload);
	if (err)
		return err;
	if (w)
		list_push(&j->waiting, &w->link);
	flush_when(j, w, was_empty);
	if (j->next && j->state == STATE_FILLING)
		advance(j);
	return 0;
}
