/*
 * One day file of the ledger: its table, writing a fact, asking. Part of ledger only. Not
 * thread-safe: the writer thread owns what it opened.
 */
#ifndef LEDGER_LEDGER_DAY_H
#define LEDGER_LEDGER_DAY_H

#include "ledger/ledger.h"
#include "store/store.h"

#define LEDGER_DAY_NAME 11 /* "2026-11-24" and its NUL */

extern const struct store_schema ledger_day_schema;

/* Path of a day's file: 0 or -ENAMETOOLONG. */
int ledger_day_path(char *dst, size_t size, const char *dir, const char *day);
/* Writes one fact into the open transaction; bytes is its encoding. Twice changes nothing.
 * 0, -EIO, -EBADMSG (damaged file). */
int ledger_day_put(struct store *s, const struct fact *f, struct str bytes);
/* A recipient's facts from the acceptance to `last` at once, when it has no row yet: bytes is
 * all of their encodings. Else *ret_made = false, and they must be put one by one. */
int ledger_day_put_first(struct store *s, const struct fact *first, const struct fact *last,
	struct str bytes, bool *ret_made);

#endif
