/*
 * The ledger's counters as the vendors' statistics count: steps of time with the sums each
 * dialect takes its numbers from. Pure.
 */
#ifndef API_REST_COUNT_H
#define API_REST_COUNT_H

#include "ledger/ledger_count.h"

#define REST_STEPS_MAX 1000u

struct rest_count {
	int64_t from; /* wall µs of the step's begin */
	uint64_t accepted, delivered, deferred;
	uint64_t sandboxed;  /* of those delivered: to the sink, in the mode sandbox */
	uint64_t hard, soft; /* bounces for good of the address, and all others; expired ones */
	uint64_t blocked;    /* soft ones for policy, content or reputation, among soft */
	uint64_t suppressed, quarantined, cancelled, in_doubt;
	uint64_t opens, unique_opens, clicks, unique_clicks; /* by people */
	uint64_t unsubscribed, complained;
	uint64_t open_delay_ms, click_delay_ms; /* summed, of the first ones */
};

struct rest_counts {
	struct rest_count *at; /* caller's, REST_STEPS_MAX, in order of time */
	size_t n;
	uint8_t streams; /* bits 1 << enum stream_kind that count; 0: all */
};

/* Adds a row to its step (rows come in any order); 0, or -E2BIG: too many steps. For
 * ledger_count, ctx: struct rest_counts. */
int rest_count_row(void *ctx, const struct ledger_count_row *row);
/* All steps together; from 0. */
struct rest_count rest_count_sum(const struct rest_counts *c);
/* Takes off what another count holds, step by step, down to nothing. */
void rest_count_less(struct rest_counts *c, const struct rest_counts *less);
/* What was accepted and came to no end, as far as these counters tell. */
uint64_t rest_count_queued(const struct rest_count *c);

#endif
