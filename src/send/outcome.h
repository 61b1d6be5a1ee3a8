/*
 * From what a courier saw to what becomes of the recipient. Pure; the schedule is in
 * configuration.
 */
#ifndef SEND_OUTCOME_H
#define SEND_OUTCOME_H

#include "send/bounce.h"
#include "send/queue.h"
#include "wire/config.h"

struct decision {
	enum rcpt_state state; /* QUEUED = try again at next */
	uint64_t next;         /* mono µs */
	uint64_t rest_until;   /* the door rests until then, 0 = no */
	struct verdict verdict;
	bool report;           /* a failure DSN is due (NOTIFY, sender not <>) */
	bool report_delivered; /* NOTIFY=SUCCESS: delivered or relayed DSN */
	bool report_delay;     /* first delay after 4 h and NOTIFY allows it */
};

/* spread: 0..65535, moves a retry by up to 10 %, so that queues do not march in step. */
struct outcome_of {
	const struct q_message *m;
	const struct q_rcpt *r;
	uint64_t now; /* mono µs */
	uint16_t spread;
	bool beside; /* turned away while others of the door are in hand, perhaps rightly */
};
struct decision outcome_decide(
	const struct config *c, const struct outcome_of *of, const struct msg_result *res);

/* The wait before try number n+1 (n = tries so far, from 1), µs. */
uint64_t outcome_wait(const struct config *c, unsigned n);

#endif
