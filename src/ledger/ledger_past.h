/*
 * Statistics that outlive their day file: statistics.db of the ledger's folder. Before a day
 * file is removed (keep.events) its counters are added here, as one fold; they go with
 * keep.statistics. The writer's thread of the ledger writes it, ledger_count reads it. Part of
 * ledger only.
 *
 *   day file ──ledger_past_fold──▶ folded, pending ──unlink──▶ ledger_past_gone ──▶ folded
 *
 * While a fold is pending, the counters of that day stand in both files and count once: a
 * reader passes over the day file, and a crash in between ends with the file's removal. A late
 * fact may begin the day's file again; it is another fold one day.
 */
#ifndef LEDGER_LEDGER_PAST_H
#define LEDGER_LEDGER_PAST_H

#include "ledger/ledger_count.h"
#include "ledger/ledger_day.h"

#define LEDGER_PAST_FILE "statistics.db"

extern const struct store_schema ledger_past_schema;

/* As store_open; mode READ or CREATE. */
int ledger_past_open(const char *dir, enum store_mode mode, struct store **ret_past);
/* Adds the counters of an open day file, pending; durable when it returns 0. Nothing is added
 * for a day that is pending already. 0 or an error of the store. */
int ledger_past_fold(struct store *past, int32_t day, struct store *from);
/* The day's file is gone, and its name from the folder on the disk. */
int ledger_past_gone(struct store *past, int32_t day);
/* The days that are pending (at most max), ascending: their number, or an error. */
int ledger_past_pending(struct store *past, int32_t *days, size_t max);
/* Forgets folds of days before this one. */
int ledger_past_purge(struct store *past, int32_t first_day);

/* The number of the last fold, 0 none. */
int ledger_past_last(struct store *past, int64_t *ret_fold);
/* The folds after this one, ascending. fn returns 0 to go on. */
int ledger_past_after(struct store *past, int64_t fold,
	int (*fn)(void *ctx, int64_t fold, int32_t day), void *ctx);

/* Counters of the folds from … to, as ledger_count tells them: rows of hour / step, value,
 * stream, kind, sub, n, delay. from, to: hours. */
struct ledger_past_query {
	const struct ledger_count_query *q;
	int64_t step, from, to;
	int64_t first_fold, last_fold;
};
int ledger_past_count(struct store *past, const struct ledger_past_query *p,
	int (*fn)(void *ctx, struct store_row *r), void *ctx);

#endif
