/*
 * The writing side of ledger_count, one per open day file. Part of ledger only.
 */
#ifndef LEDGER_LEDGER_TALLY_H
#define LEDGER_LEDGER_TALLY_H

#include "ledger/ledger_count.h"
#include "ledger/ledger_day.h"

struct ledger_tally;
struct ledger_tally *ledger_tally_new(void);
void ledger_tally_free(struct ledger_tally **t);
/* Reads which values the file counts already. 0 or an error of the store. */
int ledger_tally_load(struct ledger_tally *t, struct store *s);
/* A new fact; in memory only. */
void ledger_tally_add(
	struct ledger_tally *t, const struct fact *f, const struct ledger_keys *k);
/* Into the open transaction. On an error the store must be rolled back and t freed. */
int ledger_tally_flush(struct ledger_tally *t, struct store *s);

#endif
