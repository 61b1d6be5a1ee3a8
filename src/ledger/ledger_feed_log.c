#include "ledger/ledger_feed_log.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#define PURGE_PIECE 20000

static const char *const steps[] = {
	"CREATE TABLE feed ("
	" seq INTEGER PRIMARY KEY, tenant BIGINT NOT NULL, rcpt BIGINT NOT NULL,"
	" mark BIGINT NOT NULL, day BIGINT NOT NULL);"
	"CREATE UNIQUE INDEX feed_fact ON feed (rcpt, mark);"
	"CREATE INDEX feed_tenant ON feed (tenant, seq);"
	"CREATE TABLE feed_state (id INTEGER PRIMARY KEY, last BIGINT NOT NULL,"
	" synced BIGINT NOT NULL);"
	"INSERT INTO feed_state (id, last, synced) VALUES (1, 0, 0)",
};

const struct store_schema ledger_feed_schema = { steps, sizeof steps / sizeof steps[0], true };

struct ledger_feed_log {
	char path[PATH_MAX];
	struct store *store;
	int64_t last, synced;
	struct ledger_feed_entry *at;
	size_t n, cap;
};

int64_t
ledger_feed_mark(const struct fact *f, struct str bytes)
{
	if (f->number != FACT_SIGNAL)
		return f->number;
	return (int64_t)(hash_bytes(0, bytes) >> 1 | (UINT64_C(1) << 62));
}

struct ledger_feed_log *
ledger_feed_log_new(const char *dir)
{
	struct ledger_feed_log *f = MEM_NEW(f);
	int n = snprintf(f->path, sizeof f->path, "%s/%s", dir, LEDGER_FEED_NAME);

	must(n > 0 && (size_t)n < sizeof f->path);
	return f;
}

static void
close_store(struct ledger_feed_log *f)
{
	if (!f->store)
		return;
	store_rollback(f->store);
	store_free(&f->store);
}

void
ledger_feed_log_free(struct ledger_feed_log **pf)
{
	struct ledger_feed_log *f = *pf;

	if (!f)
		return;
	close_store(f);
	mem_free(f->at);
	mem_free(f);
	*pf = NULL;
}

void
ledger_feed_log_add(struct ledger_feed_log *f, const struct ledger_feed_entry *e)
{
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 256;
		f->at = mem_grow(f->at, f->cap, sizeof *f->at);
	}
	f->at[f->n++] = *e;
}

void
ledger_feed_log_drop(struct ledger_feed_log *f)
{
	f->n = 0;
}

static int
on_state(void *ctx, struct store_row *r)
{
	struct ledger_feed_log *f = ctx;

	f->last = store_int(r, 0);
	f->synced = store_int(r, 1);
	return 0;
}

static int
open_store(struct ledger_feed_log *f)
{
	int err;

	if (f->store)
		return 0;
	err = store_open(f->path, STORE_CREATE, &ledger_feed_schema, &f->store);
	if (!err)
		err = store_run(f->store, "SELECT last, synced FROM feed_state WHERE id = 1",
			on_state, f, "");
	return err;
}

static void
remove_with(const char *path, const char *tail)
{
	char name[PATH_MAX + 16];

	snprintf(name, sizeof name, "%s%s", path, tail);
	(void)file_unlink(name);
}

/* On an error the next call begins with a new handle, and after damage with a new file. Its
 * numbers go on behind the old ones, since they are times. */
static int
failed(struct ledger_feed_log *f, int err)
{
	char aside[PATH_MAX + 16];

	close_store(f);
	f->n = 0;
	if (err == -EBADMSG) {
		snprintf(aside, sizeof aside, "%s.damaged", f->path);
		(void)file_rename(f->path, aside);
		remove_with(f->path, "-wal");
		remove_with(f->path, "-shm");
	}
	return err;
}

static int
by_order(const void *a, const void *b)
{
	const struct ledger_feed_entry *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

static int
put(struct ledger_feed_log *f, const struct ledger_feed_entry *e)
{
	int64_t seq = e->wall > f->last ? e->wall : f->last + 1;
	int err;

	err = store_run(f->store,
		"INSERT INTO feed (seq, tenant, rcpt, mark, day) VALUES (?, ?, ?, ?, ?)"
		" ON CONFLICT (rcpt, mark) DO NOTHING",
		NULL, NULL, "iiiii", seq, (int64_t)e->tenant, (int64_t)e->rcpt, e->mark,
		(int64_t)e->day);
	/* One that was thought gone: readers may have passed it, so it stands behind them. */
	if (!err && store_changes(f->store) == 0)
		err = store_run(f->store,
			"UPDATE feed SET seq = ? WHERE rcpt = ? AND mark = ? AND seq <= ?",
			NULL, NULL, "iiii", seq, (int64_t)e->rcpt, e->mark, f->synced);
	if (!err && store_changes(f->store) == 1)
		f->last = seq;
	return err;
}

int
ledger_feed_log_write(struct ledger_feed_log *f)
{
	int err;

	if (f->n == 0)
		return 0;
	qsort(f->at, f->n, sizeof *f->at, by_order);
	err = open_store(f);
	err = err ? err : store_begin(f->store);
	for (size_t i = 0; i < f->n && !err; i++)
		err = put(f, &f->at[i]);
	if (!err)
		err = store_run(f->store, "UPDATE feed_state SET last = ? WHERE id = 1", NULL,
			NULL, "i", f->last);
	err = err ? err : store_commit(f->store);
	f->n = 0;
	return err ? failed(f, err) : 0;
}

int
ledger_feed_log_synced(struct ledger_feed_log *f)
{
	int err = open_store(f);

	if (!err && f->synced == f->last)
		return 0;
	if (!err)
		err = store_run(f->store, "UPDATE feed_state SET synced = last WHERE id = 1",
			NULL, NULL, "");
	if (err)
		return failed(f, err);
	f->synced = f->last;
	return 0;
}

int
ledger_feed_log_purge(struct ledger_feed_log *f, uint64_t passed, int64_t oldest)
{
	int64_t upto = passed > INT64_MAX ? INT64_MAX : (int64_t)passed, gone;
	int err = open_store(f);

	if (upto < oldest - 1)
		upto = oldest - 1;
	if (upto > f->synced)
		upto = f->synced;
	/* In pieces, so that the log of writes stays short. */
	do {
		gone = 0;
		if (!err)
			err = store_run(f->store,
				"DELETE FROM feed WHERE seq IN (SELECT seq FROM feed WHERE seq "
				"<= ?"
				" ORDER BY seq LIMIT ?)",
				NULL, NULL, "ii", upto, (int64_t)PURGE_PIECE);
		if (!err)
			gone = store_changes(f->store);
	} while (gone == PURGE_PIECE);
	return err ? failed(f, err) : 0;
}
