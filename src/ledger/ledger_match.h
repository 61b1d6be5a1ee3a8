/*
 * Does a row answer a search? Part of ledger only.
 */
#ifndef LEDGER_LEDGER_MATCH_H
#define LEDGER_LEDGER_MATCH_H

#include "ledger/ledger_search.h"

/* Looks at the row's texts and numbers, not at its facts. */
bool ledger_match(const struct ledger_search *q, const struct ledger_row *r);
/* Of "*@domain": the domain; else p is NULL. */
struct str ledger_match_any_at(struct str address);

#endif
