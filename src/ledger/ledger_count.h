/*
 * Counters: how many facts of a kind a tenant had in an hour, by stream, and by tag, campaign,
 * template and stream of the account's own. They stand in the day files (table tally) and are
 * written in the transaction of the facts they count, and only for a fact that was new: a
 * replay changes nothing. When a day file is removed they are added to the past (ledger_past.h)
 * and count on. Between two commits they are summed in memory, so a fact costs a few look-ups
 * there and a batch one statement per counter that moved.
 */
#ifndef LEDGER_LEDGER_COUNT_H
#define LEDGER_LEDGER_COUNT_H

#include "ledger/ledger.h"

/* What a counter is for: all mail of the tenant, or that with one value of these. A category is
 * a tag. */
enum ledger_what {
	LEDGER_ALL,
	LEDGER_TAG,
	LEDGER_CAMPAIGN,
	LEDGER_TEMPLATE,
	LEDGER_STREAM, /* of the account's own */
	LEDGER_WHATS
};

/* A tenant's different values of a day; facts of further ones are counted under value "".
 * Streams are always counted by name: an account has not many (account/control_stream). */
#define LEDGER_VALUES_MAX 1000u

/* sub of a signal: a person did it again, or as this recipient's first, or a robot. Other
 * kinds: fact.class. */
enum ledger_sub { LEDGER_AGAIN, LEDGER_FIRST, LEDGER_ROBOT };

struct ledger_count_query {
	uint32_t tenant;      /* 0: all together (LEDGER_ALL only) */
	int64_t since, until; /* wall µs, whole hours are taken; until 0: no end */
	enum ledger_what what;
	struct str value;    /* p NULL: each one */
	unsigned step_hours; /* 1, 24 …: a row per step of the time since 1970; 0: one row */
	bool by_message;     /* time of the acceptance, whole days, instead of the event's */
};

struct ledger_count_row {
	int64_t from; /* wall µs of the step's begin, 0 when there are no steps */
	struct str value;
	uint8_t stream, kind, sub;
	uint64_t n;
	uint64_t delay_ms; /* from the acceptance to the fact, summed */
};

/* Rows of different days of acceptance are not summed with each other: the caller adds those
 * alike. fn returns 0 to go on; its other values come back. Missing or damaged day files are
 * passed over. 0, -EINVAL, or -errno. */
int ledger_count(const char *dir, const struct ledger_count_query *q,
	int (*fn)(void *ctx, const struct ledger_count_row *r), void *ctx);

#endif
