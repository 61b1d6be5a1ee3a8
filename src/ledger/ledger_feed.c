#include "ledger/ledger_feed.h"

#include "base/utc.h"
#include "ledger/ledger_day.h"
#include "ledger/ledger_feed_log.h"

#include <errno.h>
#include <limits.h>

#define DAYS_OPEN 8
#define WAIT      1 /* our value to stop a statement */

struct reading {
	const char *dir;
	const struct ledger_feed_query *q;
	int (*fn)(void *ctx, const struct ledger_event *e);
	void *ctx;
	int64_t synced;
	uint64_t next;
	int told; /* what fn returned */
	struct {
		int64_t number;
		struct store *store; /* NULL: there is no such file */
		bool used;
	} days[DAYS_OPEN];
	unsigned oldest;
};

static struct store *
day_of(struct reading *g, int64_t day)
{
	char path[PATH_MAX], name[UTC_TEXT_SIZE];
	unsigned i;

	for (i = 0; i < DAYS_OPEN; i++)
		if (g->days[i].used && g->days[i].number == day)
			return g->days[i].store;
	i = g->oldest++ % DAYS_OPEN;
	store_free(&g->days[i].store);
	g->days[i].number = day;
	g->days[i].used = true;
	utc_day(name, day * UTC_DAY);
	if (ledger_day_path(path, sizeof path, g->dir, name) ||
		store_open(path, STORE_READ, &ledger_day_schema, &g->days[i].store))
		g->days[i].store = NULL;
	return g->days[i].store;
}

struct fetch {
	struct reading *g;
	uint64_t seq;
	int64_t mark;
	bool found;
};

static int
on_fetched(void *ctx, const struct ledger_row *row)
{
	struct fetch *w = ctx;
	struct rd r = rd_of(row->facts);
	struct fact f;

	while (r.n && !w->found && row->tenant == w->g->q->tenant) {
		const uint8_t *from = r.p;

		if (fact_read(&r, &f))
			break;
		w->found = ledger_feed_mark(&f, str_of(from, (size_t)(r.p - from))) == w->mark;
	}
	if (w->found)
		w->g->told = w->g->fn(w->g->ctx, &(struct ledger_event){ w->seq, row, &f });
	return w->g->told;
}

static int
on_entry(void *ctx, struct store_row *r)
{
	struct reading *g = ctx;
	struct fetch w = { .g = g, .seq = (uint64_t)store_int(r, 0), .mark = store_int(r, 2) };
	struct store *day = day_of(g, store_int(r, 3));

	if (day)
		(void)ledger_row_read(day, (uint64_t)store_int(r, 1), on_fetched, &w);
	if (!w.found && (int64_t)w.seq > g->synced)
		return WAIT;
	/* What fn refused is given again. */
	if (g->told)
		return WAIT;
	g->next = w.seq;
	return 0;
}

static int
on_synced(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
open_feed(const char *dir, struct store **ret_s)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/%s", dir, LEDGER_FEED_NAME) >= (int)sizeof path)
		return -ENAMETOOLONG;
	return store_open(path, STORE_READ, &ledger_feed_schema, ret_s);
}

int
ledger_feed_read(const char *dir, const struct ledger_feed_query *q, uint64_t *ret_next,
	int (*fn)(void *ctx, const struct ledger_event *e), void *ctx)
{
	struct reading g = { .dir = dir, .q = q, .fn = fn, .ctx = ctx, .next = q->after };
	struct store *s;
	int err = open_feed(dir, &s);

	if (err) {
		*ret_next = q->after;
		return err == -ENOENT ? 0 : err;
	}
	/* First the mark: an entry behind it may still be on its way. */
	err = store_run(
		s, "SELECT synced FROM feed_state WHERE id = 1", on_synced, &g.synced, "");
	if (!err)
		err = store_run(s,
			"SELECT seq, rcpt, mark, day FROM feed WHERE tenant = ? AND seq > ?"
			" ORDER BY seq LIMIT ?",
			on_entry, &g, "iii", (int64_t)q->tenant, (int64_t)q->after,
			(int64_t)q->limit);
	for (unsigned i = 0; i < DAYS_OPEN; i++)
		store_free(&g.days[i].store);
	store_free(&s);
	*ret_next = g.next;
	return g.told ? g.told : err == WAIT ? 0 : err;
}

static int
on_newest(void *ctx, struct store_row *r)
{
	/* NULL, when there is none, reads as 0. */
	*(uint64_t *)ctx = (uint64_t)store_int(r, 0);
	return 0;
}

int
ledger_feed_newest(const char *dir, const uint32_t *tenants, size_t n, uint64_t *ret_newest,
	uint64_t *ret_of_all)
{
	struct store *s;
	int err = open_feed(dir, &s);

	*ret_of_all = 0;
	for (size_t i = 0; i < n; i++)
		ret_newest[i] = 0;
	if (err)
		return err == -ENOENT ? 0 : err;
	err = store_run(s, "SELECT MAX(seq) FROM feed", on_newest, ret_of_all, "");
	for (size_t i = 0; i < n && !err; i++)
		err = store_run(s, "SELECT MAX(seq) FROM feed WHERE tenant = ?", on_newest,
			&ret_newest[i], "i", (int64_t)tenants[i]);
	store_free(&s);
	return err;
}

struct news {
	int (*fn)(void *ctx, uint32_t tenant, uint64_t newest);
	void *ctx;
};

static int
on_news(void *ctx, struct store_row *r)
{
	const struct news *n = ctx;

	return n->fn(n->ctx, (uint32_t)store_int(r, 0), (uint64_t)store_int(r, 1));
}

int
ledger_feed_news(const char *dir, uint64_t after,
	int (*fn)(void *ctx, uint32_t tenant, uint64_t newest), void *ctx)
{
	struct news n = { fn, ctx };
	struct store *s;
	int err = open_feed(dir, &s);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = store_run(s,
		/* +: not by the index of tenants, which would read all entries. */
		"SELECT tenant, MAX(seq) FROM feed WHERE seq > ? GROUP BY +tenant", on_news, &n,
		"i", (int64_t)after);
	store_free(&s);
	return err;
}
