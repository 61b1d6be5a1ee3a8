/*
 * Pages of help in English and French: what stands behind an error, a limit, a card of advice,
 * a finding of doctor or what became of a message. They are made of the tables whose sentences
 * people read elsewhere, so that both say the same. Pure; nothing of a request is in a page.
 *
 * A topic is a family and a stable word:
 *   advice-ID      content/advice      "advice-subject"
 *   doctor-ID      report/finding      "doctor-ptr"
 *   problem-SLUG   api/problem_tbl     "problem-too-many"
 *   reason-STATE   report/reason       "reason-in_doubt"
 *   cause-CLASS    send/bounce         "cause-mailbox"
 */
#ifndef API_HELP_H
#define API_HELP_H

#include "base/buf.h"

#define HELP_PAGE_MAX (256u << 10)
#define HELP_CSP                                                                               \
	"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " \
	"frame-ancestors 'none'"

/* Appends a page; an empty topic: the list of all. 0; -ENOENT: there is no such topic;
 * -E2BIG. */
int help_page(struct buf *out, struct str topic, bool french);
/* Each topic there is; fn returns 0 to go on, its other values come back. */
int help_each(int (*fn)(void *ctx, struct str topic), void *ctx);

#endif
