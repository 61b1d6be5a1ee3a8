#include "ledger/ledger_past.h"

#include <errno.h>
#include <limits.h>

static const char *const steps[] = {
	"CREATE TABLE fold (seq INTEGER PRIMARY KEY, day BIGINT NOT NULL, pending BIGINT NOT "
	"NULL);"
	"CREATE TABLE tally ("
	" what BIGINT NOT NULL, tenant BIGINT NOT NULL, value TEXT NOT NULL,"
	" hour BIGINT NOT NULL, stream BIGINT NOT NULL, kind BIGINT NOT NULL,"
	" sub BIGINT NOT NULL, fold BIGINT NOT NULL, n BIGINT NOT NULL, delay BIGINT NOT NULL,"
	" PRIMARY KEY (what, tenant, value, hour, stream, kind, sub, fold)) WITHOUT ROWID",
};

const struct store_schema ledger_past_schema = { steps, sizeof steps / sizeof steps[0], true };

int
ledger_past_open(const char *dir, enum store_mode mode, struct store **ret_past)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s/%s", dir, LEDGER_PAST_FILE);

	if (n < 0 || (size_t)n >= sizeof path)
		return -ENAMETOOLONG;
	return store_open(path, mode, &ledger_past_schema, ret_past);
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

int
ledger_past_last(struct store *past, int64_t *ret_fold)
{
	*ret_fold = 0;
	return store_run(
		past, "SELECT seq FROM fold ORDER BY seq DESC LIMIT 1", take_int, ret_fold, "");
}

struct adding {
	struct store *past;
	int64_t fold;
};

static int
add_row(void *ctx, struct store_row *r)
{
	struct adding *a = ctx;

	return store_run(a->past,
		"INSERT INTO tally (what, tenant, value, hour, stream, kind, sub, fold, n, "
		"delay)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		NULL, NULL, "iisiiiiiii", store_int(r, 0), store_int(r, 1), store_text(r, 2),
		store_int(r, 3), store_int(r, 4), store_int(r, 5), store_int(r, 6), a->fold,
		store_int(r, 7), store_int(r, 8));
}

static int
fold_begun(struct adding *a, int32_t day, struct store *from)
{
	int64_t pending = 0;
	int err = store_run(a->past, "SELECT count(*) FROM fold WHERE day = ? AND pending = 1",
		take_int, &pending, "i", (int64_t)day);

	if (err || pending)
		return err;
	err = ledger_past_last(a->past, &a->fold);
	a->fold++;
	if (!err)
		err = store_run(a->past,
			"INSERT INTO fold (seq, day, pending) VALUES (?, ?, 1)", NULL, NULL,
			"ii", a->fold, (int64_t)day);
	if (!err)
		err = store_run(from,
			"SELECT what, tenant, value, hour, stream, kind, sub, n, delay FROM "
			"tally",
			add_row, a, "");
	return err;
}

int
ledger_past_fold(struct store *past, int32_t day, struct store *from)
{
	struct adding a = { .past = past };
	int err = store_begin(past);

	if (err)
		return err;
	err = fold_begun(&a, day, from);
	err = err ? err : store_commit(past);
	if (err)
		store_rollback(past);
	/* The file's own name too, the first time. */
	return err ? err : store_sync(past);
}

int
ledger_past_gone(struct store *past, int32_t day)
{
	return store_run(past, "UPDATE fold SET pending = 0 WHERE day = ? AND pending = 1",
		NULL, NULL, "i", (int64_t)day);
}

struct days {
	int32_t *day;
	size_t n, max;
};

static int
on_day(void *ctx, struct store_row *r)
{
	struct days *d = ctx;

	if (d->n < d->max)
		d->day[d->n++] = (int32_t)store_int(r, 0);
	return 0;
}

int
ledger_past_pending(struct store *past, int32_t *days, size_t max)
{
	struct days d = { days, 0, max };
	int err = store_run(
		past, "SELECT day FROM fold WHERE pending = 1 ORDER BY day", on_day, &d, "");

	return err ? err : (int)d.n;
}

int
ledger_past_purge(struct store *past, int32_t first_day)
{
	int err = store_begin(past);

	if (err)
		return err;
	err = store_run(past,
		"DELETE FROM tally WHERE fold IN (SELECT seq FROM fold WHERE day < ? AND "
		"pending = 0)",
		NULL, NULL, "i", (int64_t)first_day);
	/* The last number stays: no fold ever gets one again. */
	if (!err)
		err = store_run(past,
			"DELETE FROM fold WHERE day < ? AND pending = 0"
			" AND seq < (SELECT max(seq) FROM fold)",
			NULL, NULL, "i", (int64_t)first_day);
	err = err ? err : store_commit(past);
	if (err)
		store_rollback(past);
	return err;
}

struct telling {
	int (*fn)(void *ctx, int64_t fold, int32_t day);
	void *ctx;
};

static int
on_fold(void *ctx, struct store_row *r)
{
	struct telling *t = ctx;

	return t->fn(t->ctx, store_int(r, 0), (int32_t)store_int(r, 1));
}

int
ledger_past_after(struct store *past, int64_t fold,
	int (*fn)(void *ctx, int64_t fold, int32_t day), void *ctx)
{
	struct telling t = { fn, ctx };

	return store_run(past, "SELECT seq, day FROM fold WHERE seq > ? ORDER BY seq", on_fold,
		&t, "i", fold);
}

#define SUMS                                                                                   \
	"SELECT hour / ?, value, stream, kind, sub, sum(n), sum(delay) FROM tally"             \
	" WHERE what = ? AND tenant = ? AND "
#define GROUPS " AND fold >= ? AND fold <= ? GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"

int
ledger_past_count(struct store *past, const struct ledger_past_query *p,
	int (*fn)(void *ctx, struct store_row *r), void *ctx)
{
	const struct ledger_count_query *q = p->q;
	int64_t what = q->what, tenant = q->tenant;

	/* Each counter at the hour with which its day of acceptance begins. */
	if (q->by_message)
		return store_run(past,
			"SELECT day * 24 / ?, value, stream, kind, sub, sum(n), sum(delay)"
			" FROM tally JOIN fold ON seq = fold WHERE what = ? AND tenant = ?"
			" AND (? OR value = ?) AND day * 24 + 24 > ? AND day * 24 < ?" GROUPS,
			fn, ctx, "iiiisiiii", p->step, what, tenant,
			(int64_t)(q->value.p == NULL), q->value, p->from, p->to, p->first_fold,
			p->last_fold);
	if (q->value.p)
		return store_run(past, SUMS "value = ? AND hour >= ? AND hour < ?" GROUPS, fn,
			ctx, "iiisiiii", p->step, what, tenant, q->value, p->from, p->to,
			p->first_fold, p->last_fold);
	return store_run(past, SUMS "hour >= ? AND hour < ?" GROUPS, fn, ctx, "iiiiiii",
		p->step, what, tenant, p->from, p->to, p->first_fold, p->last_fold);
}
