#include "ledger/ledger_count.h"

#include "base/mem.h"
#include "base/utc.h"
#include "ledger/ledger_past.h"
#include "wire/msg.h"

#include <errno.h>
#include <limits.h>

#define PENDING_MAX 64

struct asking {
	const struct ledger_count_query *q;
	int (*fn)(void *ctx, const struct ledger_count_row *r);
	void *ctx;
	int64_t from, to; /* hours: from <= hour < to */
	int told;
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct asking *a = ctx;
	struct ledger_count_row row = {
		.from = store_int(r, 0) * a->q->step_hours * UTC_HOUR,
		.value = store_text(r, 1),
		.stream = (uint8_t)store_int(r, 2),
		.kind = (uint8_t)store_int(r, 3),
		.sub = (uint8_t)store_int(r, 4),
		.n = (uint64_t)store_int(r, 5),
		.delay_ms = (uint64_t)store_int(r, 6),
	};

	/* What came in is nobody's sending. */
	if (row.stream == STREAM_INBOUND)
		return 0;
	a->told = a->fn(a->ctx, &row);
	return a->told;
}

#define SUMS                                                                                   \
	"SELECT hour / ?, value, stream, kind, sub, sum(n), sum(delay) FROM tally"             \
	" WHERE what = ? AND tenant = ? AND "
#define GROUPS " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"

static void
ask(struct asking *a, struct store *s, const char *day)
{
	const struct ledger_count_query *q = a->q;
	int64_t what = q->what, tenant = q->tenant, from = a->from, to = a->to;
	int64_t step = q->step_hours ? (int64_t)q->step_hours : INT64_MAX;
	int64_t begin;

	if (q->by_message) {
		/* Each fact of the file at the hour its day begins with. */
		begin = (int64_t)ledger_day_number(day) * 24;
		if (begin + 24 <= from || begin >= to)
			return;
		store_run(s,
			"SELECT ? / ?, value, stream, kind, sub, sum(n), sum(delay) FROM tally"
			" WHERE what = ? AND tenant = ? AND (? OR value = ?)" GROUPS,
			on_row, a, "iiiiis", begin, step, what, tenant,
			(int64_t)(q->value.p == NULL), q->value);
	} else if (q->value.p) {
		store_run(s, SUMS "value = ? AND hour >= ? AND hour < ?" GROUPS, on_row, a,
			"iiisii", step, what, tenant, q->value, from, to);
	} else {
		store_run(s, SUMS "hour >= ? AND hour < ?" GROUPS, on_row, a, "iiiii", step,
			what, tenant, from, to);
	}
}

/* One day after the other may be folded into the past while it is read: what the past had
 * before the first file was opened, the files, then what it got since of days that were not
 * seen. */
struct past {
	struct store *store; /* NULL: none yet */
	struct asking *asking;
	const char *dir;
	int64_t fold; /* the last one before the files */
	int32_t pending[PENDING_MAX];
	int npending;
	const struct ledger_days *days;
	bool *seen;
};

static void
past_open(struct past *p)
{
	if (ledger_past_open(p->dir, STORE_READ, &p->store))
		p->store = NULL;
	if (p->store && ledger_past_last(p->store, &p->fold) == 0)
		p->npending = ledger_past_pending(p->store, p->pending, PENDING_MAX);
}

static bool
is_pending(const struct past *p, const char *day)
{
	for (int i = 0; i < p->npending; i++)
		if (p->pending[i] == ledger_day_number(day))
			return true;
	return false;
}

static void
past_ask(struct past *p, int64_t first, int64_t last)
{
	const struct asking *a = p->asking;
	const struct ledger_past_query q = { .q = a->q,
		.step = a->q->step_hours ? (int64_t)a->q->step_hours : INT64_MAX,
		.from = a->from,
		.to = a->to,
		.first_fold = first,
		.last_fold = last };

	(void)ledger_past_count(p->store, &q, on_row, p->asking);
}

static int
on_later_fold(void *ctx, int64_t fold, int32_t day)
{
	struct past *p = ctx;

	for (size_t i = 0; i < p->days->n; i++)
		if (p->seen[i] && ledger_day_number(p->days->name[i]) == day)
			return 0;
	past_ask(p, fold, fold);
	return p->asking->told;
}

static void
past_tell(struct past *p)
{
	/* Its first fold may just have been made. */
	if (!p->store && ledger_past_open(p->dir, STORE_READ, &p->store))
		return;
	if (p->fold)
		past_ask(p, 1, p->fold);
	if (!p->asking->told)
		(void)ledger_past_after(p->store, p->fold, on_later_fold, p);
	store_free(&p->store);
}

int
ledger_count(const char *dir, const struct ledger_count_query *q,
	int (*fn)(void *ctx, const struct ledger_count_row *r), void *ctx)
{
	struct asking a = { .q = q, .fn = fn, .ctx = ctx };
	struct past past = { .asking = &a, .dir = dir };
	char path[PATH_MAX], last[UTC_TEXT_SIZE];
	struct ledger_days days;
	int err;

	if (q->what >= LEDGER_WHATS || (q->tenant == 0 && q->what != LEDGER_ALL))
		return -EINVAL;
	a.from = q->since / UTC_HOUR;
	a.to = q->until ? (q->until + UTC_HOUR - 1) / UTC_HOUR : INT64_MAX - 24;
	/* Nothing happens before its acceptance. */
	utc_day(last, q->until ? q->until : INT64_MAX);
	past_open(&past);
	err = ledger_days_list(&days, dir);
	past.days = &days;
	past.seen = mem_new(days.n + 1, sizeof *past.seen);
	for (size_t i = 0; !err && i < days.n && !a.told; i++) {
		struct store *s;

		if (str_cmp(str_z(days.name[i]), str_z(last)) > 0 ||
			is_pending(&past, days.name[i]) ||
			ledger_day_path(path, sizeof path, dir, days.name[i]) ||
			store_open(path, STORE_READ, &ledger_day_schema, &s))
			continue;
		past.seen[i] = true;
		ask(&a, s, days.name[i]);
		store_free(&s);
	}
	if (!err && !a.told)
		past_tell(&past);
	store_free(&past.store);
	mem_free(past.seen);
	ledger_days_done(&days);
	return err ? err : a.told;
}
