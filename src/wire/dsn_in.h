/*
 * Reading bounces: delivery status notifications (RFC 3464) and, where there is no
 * delivery-status part, the texts that mail servers write instead (Exim, qmail, Exchange,
 * Gmail, Domino, …), by bounded rules. Nothing here proves that our message is meant: a token
 * does that. Texts live in the caller's arena, on one line, well-formed UTF-8. Pure.
 */
#ifndef WIRE_DSN_IN_H
#define WIRE_DSN_IN_H

#include "wire/dsn.h"
#include "wire/original_in.h"

#define DSN_IN_RECIPIENTS 32u
#define DSN_IN_TEXT_MAX   1000u  /* bytes of a diagnostic */
#define DSN_IN_HUMAN_MAX  65536u /* bytes of the text for people that are looked at */

enum dsn_in_form {
	DSN_IN_NONE,   /* no bounce */
	DSN_IN_REPORT, /* a delivery-status part */
	DSN_IN_TEXT    /* words only */
};

struct dsn_in_recipient {
	enum dsn_action action;
	struct str address;    /* whom it could not reach; empty = not named */
	struct str original;   /* Original-Recipient without its type; empty = not named */
	struct str diagnostic; /* as the server gave it */
	struct reply reply;    /* codes found in it, and the text behind them; code 0, class 0:
	                          none */
	struct str remote_mta; /* empty = not named */
};

struct dsn_in {
	enum dsn_in_form form;
	struct dsn_in_recipient recipients[DSN_IN_RECIPIENTS];
	size_t n;                 /* 1 at least when form is not DSN_IN_NONE */
	bool cut;                 /* there were more */
	struct str envid;         /* Original-Envelope-Id; empty = none */
	struct str reporting_mta; /* without its type */
};

/* o: of original_in_find. null_sender: the envelope sender was <>, which makes words more
 * believable. */
void dsn_in_read(struct arena *a, const struct mime_in *m, const struct original_in *o,
	bool null_sender, struct dsn_in *ret_d);

/* Codes within a diagnostic ("smtp; 550-5.1.1 No such user"): the first SMTP code and the first
 * enhanced code; ret_r->text is what stands behind them. In the arena. */
void dsn_in_reply(struct arena *a, struct str diagnostic, struct reply *ret_r);

#endif
