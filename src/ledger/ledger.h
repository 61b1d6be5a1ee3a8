/*
 * The ledger: one row per recipient in one SQLite file per day of acceptance, facts in a
 * compact blob, written by one engine thread in batches behind the journal. Writing a fact
 * twice changes nothing (fact.number). Readers open the files read-only.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "io/loop.h"
#include "ledger/fact.h"

struct ledger;
/* Starts the thread (inline_: work happens in ledger_put, for --one). 0 or -errno. */
int ledger_open(const char *dir, struct loop *l, bool inline_, struct ledger **ret_l);
/* Writes what waits (once: a full disk does not hold it up), then ends the thread. Syncs still
 * under way call back on the loop. */
void ledger_free(struct ledger **l);
/*
 * accepted: wall µs of the message's acceptance (names the day file). Copies (texts are cut to
 * 4,000 bytes; `about` is kept whole, or not at all beyond 16 KiB). A signal (FACT_SIGNAL)
 * without a row, or beyond what a row takes, is dropped: ledger_signals_dropped. Never blocks:
 * facts wait in memory, see ledger_waiting; what cannot be written (disk full) is tried again
 * every second. At 1,000,000 waiting facts the new one is dropped: it is in the journal, and
 * the next ledger_sync says -ENOBUFS, so that the engine replays instead of forgetting.
 */
void ledger_put(struct ledger *l, int64_t accepted, const struct fact *f);
/* While held, facts (up to some 300,000) wait for the release; syncs do not. */
void ledger_hold(struct ledger *l, bool held);
/* Facts not yet committed: the lag. */
size_t ledger_waiting(const struct ledger *l);
uint64_t ledger_signals_dropped(const struct ledger *l);
/* The tenants whose new facts go to the feed too (ledger_feed.h), from the next put on. To be
 * said before the facts of a journal are told again, or those of a crash are not in it. */
void ledger_feed_tenants(struct ledger *l, const uint32_t *ids, size_t n);
/* Removes events that all readers passed (seq <= passed) and those older than keep_us (the time
 * for which a post is tried again, and a day). */
void ledger_feed_purge(struct ledger *l, uint64_t passed, int64_t now, int64_t keep_us);
/* Calls done on the loop when all facts put so far are committed and synced: err 0, or -ENOBUFS
 * (see ledger_put), or -EIO when the ledger was freed before it could write. */
void ledger_sync(struct ledger *l, void (*done)(void *ctx, int err), void *ctx);
/* Removes day files older than events_us. Their counters go on for statistics_us (INT64_MAX:
 * for ever; never less than events_us), see ledger_past.h; a file whose counters could not be
 * kept stays until they can. A damaged day file was renamed to DAY.db.damaged when it was
 * found, and goes with its day. */
struct ledger_keep {
	int64_t events_us, statistics_us;
};
void ledger_purge(struct ledger *l, int64_t now, struct ledger_keep keep);

/* The schema of a file in the ledger's folder (a day's, the feed, statistics); NULL: it is none
 * of ours. */
struct store_schema;
const struct store_schema *ledger_schema(struct str file);

/* Reading. */
struct ledger_row {
	uint64_t rcpt, message;
	uint32_t tenant;
	struct str recipient, sender, message_id, subject; /* message_id without <> */
	uint8_t last; /* enum fact_kind of the last state */
	int64_t accepted, updated;
	struct str facts; /* encoded, fact_read in a loop */
	/* Not from ledger_find. stream 255: not known. */
	uint8_t stream;
	struct str custom_id, campaign, template, tags; /* tags: "\na\nb\n" */
	struct str site; /* whose servers spoke last (ledger/site.h); only from ledger_search's
	                    own look at rows */
	uint32_t opens, clicks, robots, unsubscribed, complained; /* robots: opens and clicks */
};
/*
 * One of: id (message or recipient), address (any case), message_id (with or without <>);
 * address and message_id together: what fits both.
 * Newest first, at most limit rows; tenant 0 = any. fn gets borrowed rows and returns 0 to go
 * on; its other values come back. Missing or damaged day files are passed over; any that cannot
 * be read just now too, unless all are wanted: then -EIO. 0 or -errno.
 */
struct ledger_query {
	uint64_t id;
	struct str address, message_id;
	uint32_t tenant;
	unsigned limit;
	bool all; /* none of them is silently passed over */
};
int ledger_find(const char *dir, const struct ledger_query *q,
	int (*fn)(void *ctx, const struct ledger_row *r), void *ctx);

/*
 * Forgets a recipient (docs/decisions/0018): these rows of his stay, and tell of nobody
 * (fact_erase); in rows of others who got the same messages stars stand over his address (mask:
 * over it in a text). Counters and feed stay as they are. done on the loop when it is committed
 * and flushed; rows or days that are not there are fine. What was in the files before is still
 * in their logs: store_scrub. err: -EIO …: some may be done, ask again.
 */
struct ledger_place;
struct ledger_erasure {
	const struct ledger_place *at;
	size_t n;
	struct str address;
	size_t (*mask)(char *text, size_t n, struct str address);
};
void ledger_erase(struct ledger *l, const struct ledger_erasure *what,
	void (*done)(void *ctx, int err), void *ctx);

/* Every address of a tenant's recipients; of several days more than once. fn returns 0 to go
 * on, its other values come back. Reads all of them: for a thread. 0 or -errno, of a day that
 * cannot be read too. */
int ledger_addresses(
	const char *dir, uint32_t tenant, int (*fn)(void *ctx, struct str address), void *ctx);
/* Rows of the service's own reports (DSNs: tenant 0, no sender) accepted since then; otherwise
 * as ledger_find of all, without a limit. */
int ledger_reports(const char *dir, int64_t since,
	int (*fn)(void *ctx, const struct ledger_row *r), void *ctx);

/* Appends the address of one recipient of this tenant, of a message of that day: 0, or -ENOENT
 * when there is no such row (yet, or any more), or he was erased. */
int ledger_recipient(
	const char *dir, int64_t accepted, uint32_t tenant, uint64_t rcpt, struct buf *out);
/* The same of the envelope sender; -ENOENT for the null one too. */
struct ledger_place {
	int64_t accepted;
	uint32_t tenant;
	uint64_t rcpt;
};
int ledger_sender(const char *dir, const struct ledger_place *p, struct buf *out);
/* The same of its facts, as far as the first, the acceptance, goes: fact_read. */
int ledger_acceptance(const char *dir, const struct ledger_place *p, struct buf *out);

#endif
