/*
 * What the ledger's writer does with a batch: facts into the day files, their counters and
 * their events, syncs and purges. Part of ledger only; one thread.
 */
#ifndef LEDGER_LEDGER_BATCH_H
#define LEDGER_LEDGER_BATCH_H

#include "base/list.h"
#include "io/loop.h"
#include "ledger/ledger_day.h"

#include <stdatomic.h>

enum ledger_item_kind {
	LEDGER_ITEM_FACT,
	LEDGER_ITEM_SYNC,
	LEDGER_ITEM_PURGE,
	LEDGER_ITEM_FEED_PURGE,
	LEDGER_ITEM_ERASE /* bytes: struct ledger_place, so many; then the address */
};

struct ledger_item {
	struct link link;
	enum ledger_item_kind kind;
	uint16_t number;           /* the fact's */
	bool fed;                  /* the fact's tenant has a feed; a sync: somebody has */
	char day[LEDGER_DAY_NAME]; /* of the fact; first day to keep */
	int32_t statistics_from;   /* first day whose counters to keep (days since 1970) */
	int64_t wall;              /* when it was put, if fed; oldest event to keep */
	uint64_t order;            /* of puts; last event that everybody passed */
	void (*done)(void *ctx, int err);
	void *ctx;
	int err;
	uint64_t rcpt;
	struct ledger_item *more,
		*last; /* later facts of the recipient in this batch, in order */
	size_t places; /* of an erasure */
	size_t (*mask)(char *text, size_t n, struct str address);
	size_t n;
	uint8_t bytes[];
};

struct ledger_batch;
struct ledger_batch *ledger_batch_new(const char *dir, struct loop *l);
/* Syncs what is committed. */
void ledger_batch_free(struct ledger_batch **b);
/*
 * Takes the items off todo in order. On an error nothing is lost: what was not committed stands
 * in todo again. 0, -EIO …, -EBADMSG (a damaged file was set aside: go on at once).
 */
int ledger_batch_write(struct ledger_batch *b, struct link *todo);
/* The item's end: a sync, or an erasure, hears of err on the loop. */
void ledger_batch_finish(struct ledger_batch *b, struct ledger_item *it, int err);
/* Puts the links of `from`, in their order, before those of `to`. */
void ledger_batch_put_back(struct link *to, struct link *from);
/* Facts put and not committed: the caller adds, the batch takes off. */
atomic_size_t *ledger_batch_waiting(struct ledger_batch *b);
uint64_t ledger_batch_signals_dropped(const struct ledger_batch *b);

#endif
