/*
 * What a look at an installation found: one line for each thing looked at, with its state, why
 * it matters and what to do, in English or French. All wording is in finding_tbl.h. Pure.
 *
 * JSON (stable; members may be added):
 *   report   {"state","exit","counts":{"ok","unknown","warn","fail"},"checks":[line…]}
 *   line     {"check","title","subject","state","code","found","why","todo"}
 * state: ok; unknown: could not be looked at, code and todo say why; warn; fail. code is a
 * stable word for what was found. todo is null when there is nothing to do. Lines stand in the
 * order of the checks, then of subjects and words: not in that of answers.
 */
#ifndef REPORT_FINDING_H
#define REPORT_FINDING_H

#include "base/str.h"
#include "report/finding_tbl.h"

#include <jansson.h>

#define FINDINGS_MAX 2000u

enum finding_state { FINDING_OK, FINDING_UNKNOWN, FINDING_WARN, FINDING_FAIL };
enum finding_check {
#define C(check, id, title_en, title_fr, why_en, why_fr) FINDING_CHECK_##check,
	FINDING_CHECKS(C)
#undef C
		FINDING_CHECKS_N
};
enum finding_what {
#define F(what, check, state, code, en, fr, todo_en, todo_fr) FINDING_##what,
	FINDING_FINDINGS(F)
#undef F
		FINDING_WHATS
};
/* Why a check was not made, whichever it is. */
enum finding_skip {
#define S(skip, state, code, en, fr, todo_en, todo_fr) FINDING_SKIP_##skip,
	FINDING_SKIPS(S)
#undef S
		FINDING_SKIPS_N
};

struct findings;
struct findings *findings_new(bool french);
void findings_free(struct findings **f);

struct finding {
	enum finding_what what;
	struct str subject;  /* a domain, an address, a port …; may be empty */
	const char *args[3]; /* for %1 %2 %3; foreign texts are made safe */
	bool soft;           /* a failure is a warning this time */
};
/* More than FINDINGS_MAX are counted in their states and left out. */
void finding_add(struct findings *f, const struct finding *x);
/* why: for %1, or NULL. */
void finding_skip(struct findings *f, enum finding_check check, struct str subject,
	enum finding_skip skip, const char *why);
bool findings_french(const struct findings *f);
/* A new reference. */
json_t *findings_json(const struct findings *f);
/* "port25" → its check, FINDING_CHECKS_N: there is none. */
enum finding_check finding_check_of(struct str id);
const char *finding_check_id(enum finding_check c);

#endif
