/*
 * Counters that edges and couriers add up and send to the engine with msg_tally; the engine
 * owns the sums for /metrics and status. what = enum count_what; label = port, reply class or
 * reason.
 */
#ifndef ROLE_COUNTS_H
#define ROLE_COUNTS_H

enum count_what {
	COUNT_SESSIONS = 1,    /* label: port; sessions begun */
	COUNT_SESSIONS_NOW,    /* label: port; gauge */
	COUNT_REJECTED,        /* label: enum count_reason */
	COUNT_COMMAND_ERRORS,  /* label: reply class 4, 5 */
	COUNT_AUTH_FAILURES,   /* label: port */
	COUNT_HTTP,            /* label: status */
	COUNT_OUT_CONNECTIONS, /* gauge */
	COUNT_RETURNED,     /* label: twice enum returned_kind, and one when it was matched */
	COUNT_SIGNALS_LOST, /* opens and clicks that the engine was not told of */
	COUNT_REPORTS_LOST, /* of templates' mistakes, that could not be sent */
	COUNT_WHAT
};
enum count_reason {
	REASON_AUTH = 1,
	REASON_QUOTA,
	REASON_SUPPRESSED,
	REASON_POLICY,
	REASON_SIZE,
	REASON_SYNTAX
};

#endif
