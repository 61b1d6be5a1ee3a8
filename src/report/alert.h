/*
 * Alerts: what an administrator is told when it changes, once when it begins and once when it
 * is over. A watch is told in rounds what holds. Pure: times are parameters.
 *
 *         holds              held for the kind's time            not seen for ALERT_CALM_US
 *  (none) ─────▶ SUSPECTED ───────────────────────────▶ RAISED ───────────────────────────▶
 * (none) └─ a round without it ─▶ (none)       └─ seen again: its calm begins anew
 *
 * An alert is one kind of one subject (a site, a certificate). Sentences are kept in English
 * and French, as they were when it was last seen. JSON (stable; members may be added):
 *   {"code","subject","state" ("warn","fail"),"found","todo","since"}
 */
#ifndef REPORT_ALERT_H
#define REPORT_ALERT_H

#include "base/buf.h"
#include "report/alert_tbl.h"

#include <jansson.h>

#define ALERTS_MAX        200u /* more are not told apart: the oldest are first */
#define ALERTS_KEPT       50u  /* of these, for what is more than a warning of one of many */
#define ALERT_CALM_US     (UINT64_C(120) * 1000000u)
#define ALERT_SUBJECT_MAX 254u

enum alert_kind {
#define A(kind, code, state, after, en, fr, todo_en, todo_fr) ALERT_##kind,
	ALERTS(A)
#undef A
		ALERT_KINDS
};

struct alerts;
struct alerts *alerts_new(void);
void alerts_free(struct alerts **w);

/* One that was raised before this process began: not told again. since: wall µs. */
void alerts_restore(struct alerts *w, struct str code, struct str subject, int64_t since);
/* In this round it holds. args: for %1 %2 %3. mono µs. */
void alerts_see(struct alerts *w, enum alert_kind kind, struct str subject,
	const char *const args[3], uint64_t now);
/* The same of a line of doctor in both languages ("code","subject","state","found","todo"). */
void alerts_see_finding(struct alerts *w, const json_t *en, const json_t *fr, uint64_t now);
/* Nothing is known of this code in this round: what was raised stays as it is. */
void alerts_skip(struct alerts *w, struct str code, uint64_t now);

struct alert_change {
	bool over; /* else it begins */
	struct str code, subject;
	bool fail;                  /* else a warning */
	int64_t since;              /* wall µs */
	json_t *found[2], *todo[2]; /* English, French; texts or null */
};
/* The round is over; fn is told of each change, fails first. Within fn the watch is not
 * changed. wall µs. Returns how many. */
size_t alerts_round(struct alerts *w, uint64_t now, int64_t wall,
	void (*fn)(void *ctx, const struct alert_change *c), void *ctx);
/* How many are raised, by code: appends lines "code number", those of the table always. Its
 * first form is the same of no watch at all. */
void alerts_counts_none(struct buf *b);
void alerts_counts(struct buf *b, const struct alerts *w);
/* Those that are raised, fails first, then the oldest. A new reference. */
json_t *alerts_json(const struct alerts *w, bool french);
/* One change as the JSON above with "type": "alert.raised" or "alert.over", "timestamp". */
json_t *alert_change_json(const struct alert_change *c, bool french, int64_t wall);
/* Its lines of a mail. */
void alert_change_text(struct buf *b, const struct alert_change *c, bool french);

#endif
