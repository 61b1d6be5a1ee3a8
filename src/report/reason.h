/*
 * The reason sentence (P9): what one fact means for one recipient, whose problem it is and what
 * to do. Console, API, CLI and webhooks take their words from here.
 */
#ifndef REPORT_REASON_H
#define REPORT_REASON_H

#include "ledger/ledger.h"
#include "send/bounce.h"

struct json_t;

/* The reply of a FACT_HELD by which an account paused its own mail. */
#define REASON_PAUSED REPLY(450, 0, 0, 0, "Paused by its account")

/* The reply of a FACT_CANCELLED that an erasure dropped. */
#define REASON_ERASED REPLY(550, 0, 0, 0, "The recipient asked to be forgotten")

struct reason {
	enum fact_kind state; /* the one whose words are used */
	enum bounce_class class;
	enum blame blame;
	bool permanent;                  /* the reply said so: no use trying again */
	const char *todo_en, *todo_fr;   /* static, may be "" */
	const char *cause_en, *cause_fr; /* the judgement of a reply, else NULL */
	bool poison, paused;
	bool again;   /* suppressed because he got the campaign already */
	bool erased;  /* cancelled because he asked to be forgotten */
	bool sandbox; /* delivered to the sink: to nobody, in the mode sandbox */
};

/* What an operator did leaves the recipient waiting (accepted); a relay has delivered; what is
 * unknown counts as accepted. */
enum fact_kind reason_state(uint8_t kind);
/* Did a courier work on it? */
bool reason_is_attempt(const struct fact *f);
/* f: the fact, or for an expiry without an attempt of its own the last attempt. */
struct reason reason_of(enum fact_kind state, const struct fact *f);
/* Appends the sentence; of the row recipient and acceptance are used. 0 or -E2BIG. */
int reason_sentence(struct buf *b, const struct reason *r, const struct ledger_row *row,
	const struct fact *f, bool french);
/* {en, fr, class, blame, todo_en, todo_fr}: a new reference. */
struct json_t *reason_json(
	const struct reason *r, const struct ledger_row *row, const struct fact *f);

#endif
