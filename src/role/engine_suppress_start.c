/* What rows and journal know of suppressions at a start; generations; the end. */
#include "role/engine_suppress.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"

#include <errno.h>

#define FILL_ROWS 20000u /* some 50 ms */

/* P7: the rows are set aside, what can be read of them goes into new ones. */
int
engine_suppress_mend(struct engine_suppress *s)
{
	char aside[PATH_MAX + 16];
	struct suppress_store *old = NULL;
	struct log_line ll;
	uint64_t saved = 0;
	int err;

	suppress_store_free(&s->rows);
	snprintf(aside, sizeof aside, "%s.damaged", s->file);
	err = file_rename(s->file, aside);
	for (size_t i = 0; err == 0 && i < 2; i++) {
		char from[PATH_MAX + 16], to[PATH_MAX + 24];
		static const char *const tails[] = { "-wal", "-shm" };

		snprintf(from, sizeof from, "%s%s", s->file, tails[i]);
		snprintf(to, sizeof to, "%s%s", aside, tails[i]);
		(void)file_rename(from, to);
	}
	err = err ? err : suppress_store_open(s->file, STORE_CREATE, &s->rows);
	if (err == 0 && (suppress_store_open(aside, STORE_WRITE, &old) == 0 ||
				suppress_store_open(aside, STORE_READ, &old) == 0))
		err = suppress_store_save(old, s->rows, &saved);
	suppress_store_free(&old);
	ll = log_op(s->engine->log, LOG_ERROR, "suppressions-damaged");
	log_num(&ll, "saved", (int64_t)saved);
	log_z(&ll, "means",
		"suppress.db was damaged and is kept as suppress.db.damaged; rows that could "
		"not "
		"be read are not suppressed any more");
	log_end(&ll);
	return err;
}

static void
alive(void *ctx)
{
	const struct engine_suppress *s = ctx;

	role_link_alive(s->engine->link);
}

/* Millions of rows take longer than the keeper lets a silent role live. */
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
	err = suppress_store_open(s->file, STORE_CREATE, &s->rows);
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
