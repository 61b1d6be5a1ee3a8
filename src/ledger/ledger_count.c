#include "ledger/ledger_count.h"

#include "base/utc.h"
#include "ledger/ledger_day.h"
#include "wire/msg.h"

#include <errno.h>
#include <limits.h>

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

int
ledger_count(const char *dir, const struct ledger_count_query *q,
	int (*fn)(void *ctx, const struct ledger_count_row *r), void *ctx)
{
	struct asking a = { .q = q, .fn = fn, .ctx = ctx };
	char path[PATH_MAX], last[UTC_TEXT_SIZE];
	struct ledger_days days;
	int err;

	if (q->what >= LEDGER_WHATS || (q->tenant == 0 && q->what != LEDGER_ALL))
		return -EINVAL;
	a.from = q->since / UTC_HOUR;
	a.to = q->until ? (q->until + UTC_HOUR - 1) / UTC_HOUR : INT64_MAX - 24;
	/* Nothing happens before its acceptance. */
	utc_day(last, q->until ? q->until : INT64_MAX);
	err = ledger_days_list(&days, dir);
	for (size_t i = 0; !err && i < days.n && !a.told; i++) {
		struct store *s;

		if (str_cmp(str_z(days.name[i]), str_z(last)) > 0 ||
			ledger_day_path(path, sizeof path, dir, days.name[i]) ||
			store_open(path, STORE_READ, &ledger_day_schema, &s))
			continue;
		ask(&a, s, days.name[i]);
		store_free(&s);
	}
	ledger_days_done(&days);
	return err ? err : a.told;
}
