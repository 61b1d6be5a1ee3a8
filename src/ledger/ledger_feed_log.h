/*
 * The writing side of ledger_feed: the entries of a batch, the marks, the purge. Part of ledger
 * only; the writer thread owns it.
 */
#ifndef LEDGER_LEDGER_FEED_LOG_H
#define LEDGER_LEDGER_FEED_LOG_H

#include "ledger/fact.h"
#include "store/store.h"

#define LEDGER_FEED_NAME "feed.db"

extern const struct store_schema ledger_feed_schema;

/* Which fact of its recipient: its number, or for a signal a hash of its bytes (never below
 * 65,536). */
int64_t ledger_feed_mark(const struct fact *f, struct str bytes);

struct ledger_feed_entry {
	uint64_t order; /* of ledger_put */
	int64_t wall;   /* µs, when it was put */
	uint32_t tenant;
	int32_t day; /* of acceptance, since 1970-01-01 */
	uint64_t rcpt;
	int64_t mark;
};

struct ledger_feed_log;
struct ledger_feed_log *ledger_feed_log_new(const char *dir);
/* Entries not written are lost. */
void ledger_feed_log_free(struct ledger_feed_log **f);
/* In memory, until write or drop. */
void ledger_feed_log_add(struct ledger_feed_log *f, const struct ledger_feed_entry *e);
void ledger_feed_log_drop(struct ledger_feed_log *f);
/* Everything added, committed and flushed; what is there already is left as it is. 0 or an
 * error of the store (then the entries are dropped: their facts will be put again). */
int ledger_feed_log_write(struct ledger_feed_log *f);
/* The day files are flushed up to the last entry. 0 or an error. */
int ledger_feed_log_synced(struct ledger_feed_log *f);
/* Removes entries up to seq `passed` and those older than the wall time `oldest`, never one
 * that is not synced. 0 or an error. */
int ledger_feed_log_purge(struct ledger_feed_log *f, uint64_t passed, int64_t oldest);

#endif
