/*
 * The feed: the facts of tenants that have a webhook endpoint, in the order in which the ledger
 * got them, over all days of acceptance. It stands in feed.db beside the day files.
 *
 * An entry names a fact, it does not hold it. Its number (seq) is the wall µs at which the
 * ledger got the fact, or one more than the entry before it: it grows, is never given twice,
 * and is a time.
 *
 * What holds over a crash. A batch is written in this order:
 *   1. its entries, flushed before any reader sees them (synchronous=FULL);
 *   2. its facts, in the day files (flushed by ledger_sync, before the journal forgets them);
 *   3. at ledger_sync, when the days are flushed: the mark `synced` = the last entry.
 * An entry is written when its fact was new to the day file, and not when there is one of the
 * same fact. So:
 *   - killed after 1: the entry is there, the fact is not. The journal tells the fact again,
 * the day file gets it, the entry stays as it was: same seq.
 *   - killed after 2: told again, the fact is not new: no entry.
 *   - power cut after 2: as after 1 (the day file lost the fact, the feed did not).
 * A reader that meets an entry behind `synced` whose fact is missing stops there: it will come.
 * One before it names what is gone (the day was removed, or damaged): it is passed over. A fact
 * that comes after all gets a new entry, since readers may have passed the old one.
 * A damaged feed.db is set aside; entries in it are lost, the facts are not.
 */
#ifndef LEDGER_LEDGER_FEED_H
#define LEDGER_LEDGER_FEED_H

#include "ledger/ledger.h"

struct ledger_event {
	uint64_t seq; /* below 2^53; with rcpt and number: its name for good */
	const struct ledger_row *row;
	const struct fact *fact;
};

/*
 * Events of this tenant behind `after`, at most limit; fn returns 0 to go on, its other values
 * come back. *ret_next: where to go on; `after` when there is nothing new. Events that are gone
 * are passed over and count towards limit, so no event and a moved *ret_next is no end.
 * 0 also when there is no feed yet; -errno.
 */
struct ledger_feed_query {
	uint32_t tenant;
	uint64_t after;
	unsigned limit;
};
int ledger_feed_read(const char *dir, const struct ledger_feed_query *q, uint64_t *ret_next,
	int (*fn)(void *ctx, const struct ledger_event *e), void *ctx);

/*
 * The newest entry of each of these n tenants, 0 for none, and first the newest of all: what
 * ledger_feed_news tells behind that one is news. A seek each, whatever the feed holds. All 0
 * without a feed; -errno.
 */
int ledger_feed_newest(const char *dir, const uint32_t *tenants, size_t n, uint64_t *ret_newest,
	uint64_t *ret_of_all);

/*
 * Tenants with entries behind `after`, each once with its newest one; fn returns 0 to go on.
 * Cheap when there are few: for asking often. 0 also without a feed; -errno, or fn's value.
 */
int ledger_feed_news(const char *dir, uint64_t after,
	int (*fn)(void *ctx, uint32_t tenant, uint64_t newest), void *ctx);

#endif
