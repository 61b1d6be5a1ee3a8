/*
 * Between the files of wire/dsn_in: codes in texts, bounces in words.
 */
#ifndef WIRE_DSN_IN_PRIV_H
#define WIRE_DSN_IN_PRIV_H

#include "wire/dsn_in.h"

/* What a text says that is searched for codes. */
struct dsn_in_codes {
	uint16_t code;       /* 0 = none */
	struct dsn_code dsn; /* class 0 = none */
	size_t at,
		behind; /* of the first of them, and of what follows it; both 0: none found */
};
struct dsn_in_codes dsn_in_codes(struct str s);

/* The recipient with this address, where there is one; else a new one, or NULL (full). */
struct dsn_in_recipient *dsn_in_add(struct dsn_in *d, struct str address);

/* A mail in which words alone may say that it is a bounce. */
struct dsn_in_words {
	struct str head;   /* of the mail itself */
	struct str human;  /* its text, without the returned message */
	struct str own[3]; /* no recipients: From and To of the mail, our return path */
};
/* Recipients and diagnostics the words name, appended to d; no action is set. */
void dsn_in_words(struct arena *a, const struct dsn_in_words *w, struct dsn_in *d);
/* The score from which words make a bounce. */
#define DSN_IN_SCORE 4u
unsigned dsn_in_score(struct arena *a, const struct dsn_in_words *w, bool null_sender);
/* What the words say happened; DSN_FAILED unless they say otherwise. */
enum dsn_action dsn_in_action(struct arena *a, const struct dsn_in_words *w);

#endif
