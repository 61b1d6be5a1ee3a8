/* What rows and journal know of suppressions at a start; generations; the end. */
#include "role/engine_suppress.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"

#include <errno.h>
#include <unistd.h>

#define FILL_ROWS 20000u /* some 50 ms */

/* Millions of rows take longer than the keeper lets a silent role live. */
static void
alive(void *ctx)
{
	const struct engine_suppress *s = ctx;

	role_link_alive(s->engine->link);
}

/* What SQLite keeps beside a file. Left there, the next file of its name would take it in. */
static const char *const tails[] = { "-wal", "-shm" };

/* Where the rows are mended. Whole when there is no other file: it takes its place then. */
static void
mended_path(const struct engine_suppress *s, char dst[PATH_MAX + 16])
{
	snprintf(dst, PATH_MAX + 16, "%s.mended", s->file);
}

static int
set_tails_aside(const struct engine_suppress *s)
{
	char from[PATH_MAX + 16], to[PATH_MAX + 24];
	int err = 0;

	for (size_t i = 0; i < sizeof tails / sizeof *tails && !err; i++) {
		snprintf(from, sizeof from, "%s%s", s->file, tails[i]);
		snprintf(to, sizeof to, "%s.damaged%s", s->file, tails[i]);
		err = file_rename(from, to);
		err = err == -ENOENT ? 0 : err;
	}
	return err;
}

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

int
engine_suppress_rows_open(struct engine_suppress *s)
{
	char mended[PATH_MAX + 16];
	int err = 0;

	mended_path(s, mended);
	if (!is_there(s->file) && is_there(mended)) {
		err = set_tails_aside(s);
		err = err ? err : file_rename(mended, s->file);
		err = err ? err : file_sync_dir(s->engine->env->paths->state);
	}
	return err ? err : suppress_store_open(s->file, STORE_CREATE, &s->rows);
}

/* Into a new file, whole and closed when it returns 0. */
static int
save(struct engine_suppress *s, const char *mended, uint64_t *ret_saved)
{
	struct suppress_store *old = NULL, *rows;
	char path[PATH_MAX + 24];
	int err;

	(void)file_unlink(mended);
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		snprintf(path, sizeof path, "%s%s", mended, tails[i]);
		(void)file_unlink(path);
	}
	err = suppress_store_open(mended, STORE_CREATE, &rows);
	if (err)
		return err;
	if (suppress_store_open(s->file, STORE_WRITE, &old) == 0 ||
		suppress_store_open(s->file, STORE_READ, &old) == 0)
		err = suppress_store_save(old, rows, alive, s, ret_saved);
	suppress_store_free(&old);
	suppress_store_free(&rows);
	snprintf(path, sizeof path, "%s%s", mended, tails[0]);
	return !err && is_there(path) ? -EIO : err;
}

/* P7: what can be read of the rows goes into new ones, which take their place when they are
 * whole: at each moment a start finds one or the other. */
int
engine_suppress_mend(struct engine_suppress *s)
{
	char aside[PATH_MAX + 16], mended[PATH_MAX + 16];
	struct log_line ll;
	uint64_t saved = 0;
	int err;

	suppress_store_free(&s->rows);
	mended_path(s, mended);
	snprintf(aside, sizeof aside, "%s.damaged", s->file);
	err = save(s, mended, &saved);
	err = err ? err : file_rename(s->file, aside);
	err = err ? err : engine_suppress_rows_open(s);
	if (err)
		return err;
	ll = log_op(s->engine->log, LOG_ERROR, "suppressions-damaged");
	log_num(&ll, "saved", (int64_t)saved);
	log_z(&ll, "means",
		"suppress.db was damaged and is kept as suppress.db.damaged; rows that could "
		"not "
		"be read are not suppressed any more");
	log_end(&ll);
	return 0;
}

static int
fill(struct engine_suppress *s)
{
	int more;

	while ((more = suppress_store_fill(s->rows, FILL_ROWS)) > 0)
		alive(s);
	return more;
}

static int
load(struct engine_suppress *s)
{
	int err = fill(s);

	err = err ? err : suppress_store_applied(s->rows, &s->applied);
	err = err ? err : suppress_store_load(s->rows, s->set, alive, s);
	if (err == -ENOSPC)
		engine_suppress_is_full(s);
	return err == -ENOSPC ? 0 : err;
}

static void
set_again(struct engine_suppress *s)
{
	suppress_free(&s->set);
	s->set = suppress_new(SUPPRESS_MAX);
}

int
engine_suppress_open(struct engine *e)
{
	struct engine_suppress *s = MEM_NEW(s);
	int err;

	e->suppress = s;
	s->engine = e;
	engine_suppress_init(s);
	snprintf(s->file, sizeof s->file, "%s/" SUPPRESS_FILE, e->env->paths->state);
	err = engine_suppress_rows_open(s);
	err = err ? err : load(s);
	if (err == -EBADMSG) {
		set_again(s);
		err = engine_suppress_mend(s);
		err = err ? err : load(s);
	}
	s->last = s->applied;
	return err;
}

int
engine_suppress_seen(struct engine *e, struct str payload)
{
	struct engine_suppress *s = e->suppress;
	struct spool_suppress what;
	struct arena a;
	int err;

	arena_init(&a, SUPPRESS_ARENA_MAX);
	err = spool_suppress_read(&a, payload, &what);
	if (err == 0 && what.n > 0 && !s->begun) {
		uint64_t last = what.at[what.n - 1].number;

		if (last > s->applied)
			list_push(&s->replayed, &engine_suppress_batch_new(s, &what)->link);
		s->last = last > s->last ? last : s->last;
	}
	arena_done(&a);
	return err;
}

static int
by_number(const void *x, const void *y)
{
	const struct suppress_change *a = x, *b = y;

	return a->number < b->number ? -1 : a->number > b->number;
}

/* All changes of the replay, in order, each once; texts in a. */
static size_t
gather(struct engine_suppress *s, struct arena *a, struct suppress_change **ret_at)
{
	struct suppress_change *at = NULL;
	size_t n = 0, cap = 0, kept = 0;

	LIST_EACH(l, &s->replayed)
	{
		struct spool_suppress what;

		must(spool_suppress_read(a,
			     buf_str(&LIST_OF(l, struct suppress_batch, link)->payload),
			     &what) == 0);
		if (!at || n + what.n > cap) {
			cap = (n + what.n) * 2;
			at = mem_grow(at, cap, sizeof *at);
		}
		memcpy(at + n, what.at, what.n * sizeof *at);
		n += what.n;
	}
	if (n)
		qsort(at, n, sizeof *at, by_number);
	for (size_t i = 0; i < n; i++)
		if (at[i].number > s->applied &&
			(kept == 0 || at[i].number != at[kept - 1].number))
			at[kept++] = at[i];
	*ret_at = at;
	return kept;
}

void
engine_suppress_begin(struct engine *e)
{
	struct engine_suppress *s = e->suppress;
	struct suppress_change *at;
	struct link *l;
	struct arena a;
	size_t n;

	arena_init(&a, SUPPRESS_ARENA_MAX);
	n = gather(s, &a, &at);
	for (size_t i = 0, part; i < n; i += part) {
		struct spool_suppress what = { at + i, 0 };
		struct suppress_batch *b;

		part = n - i < SPOOL_SUPPRESS_MAX ? n - i : SPOOL_SUPPRESS_MAX;
		what.n = part;
		for (size_t k = 0; k < part; k++)
			if (suppress_apply(s->set, &what.at[k]) < 0)
				engine_suppress_is_full(s);
		b = engine_suppress_batch_new(s, &what);
		b->replayed = true;
		list_push(&s->waiting, &b->link);
		s->changes += part;
	}
	while ((l = list_pop(&s->replayed)) != NULL)
		engine_suppress_batch_free(LIST_OF(l, struct suppress_batch, link));
	mem_free(at);
	arena_done(&a);
	s->begun = true;
}

int
engine_suppress_put(struct engine *e)
{
	LIST_EACH(l, &e->suppress->waiting)
	{
		const struct suppress_batch *b = LIST_OF(l, struct suppress_batch, link);

		/* Other errors come again from journal_commit. */
		if (journal_put(e->journal, SPOOL_SUPPRESS, buf_str(&b->payload)) == -EAGAIN)
			return -EAGAIN;
	}
	return 0;
}

void
engine_suppress_durable(struct engine *e)
{
	/* Changes since the start wait for their own flush. */
	LIST_EACH(l, &e->suppress->waiting)
	{
		struct suppress_batch *b = LIST_OF(l, struct suppress_batch, link);

		if (b->replayed)
			b->durable = true;
	}
	engine_suppress_go(e->suppress);
}

void
engine_suppress_flush(struct engine *e)
{
	if (e->suppress && e->suppress->begun)
		while (!list_empty(&e->suppress->owed))
			engine_suppress_on_owed(e->suppress);
}

void
engine_suppress_free(struct engine *e)
{
	struct engine_suppress *s = e->suppress;
	struct link *l;

	if (!s)
		return;
	loop_timer_off(e->loop, &s->retry);
	pool_free(&s->pool);
	while ((l = list_pop(&s->waiting)) != NULL || (l = list_pop(&s->replayed)) != NULL)
		engine_suppress_batch_free(LIST_OF(l, struct suppress_batch, link));
	engine_suppress_owed_drop(s);
	engine_suppress_undos_drop(s);
	suppress_store_free(&s->rows);
	suppress_free(&s->set);
	mem_free(s);
	e->suppress = NULL;
}
