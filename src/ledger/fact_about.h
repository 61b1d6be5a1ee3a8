/*
 * What search and statistics need of a fact's `about`: a few members of the JSON object that an
 * edge wrote (api/call: one spelling, no white space, no doubled names). It is walked, not
 * parsed: no tree, no allocation, and what looks otherwise simply has no such members. Pure.
 */
#ifndef LEDGER_FACT_ABOUT_H
#define LEDGER_FACT_ABOUT_H

#include "base/str.h"

#define FACT_ABOUT_ID_MAX                                                                      \
	512u /* bytes of custom_id, campaign, template each; longer is cut                     \
	      */
#define FACT_ABOUT_TAG_MAX  256u
#define FACT_ABOUT_TAGS_MAX 16u
/* No tag begins so: control characters of tags become spaces. */
#define FACT_ABOUT_STREAM     '\x1f'
#define FACT_ABOUT_STREAM_MAX 30u
#define FACT_ABOUT_TEXT                                                                        \
	(3 * FACT_ABOUT_ID_MAX + (FACT_ABOUT_TAGS_MAX + 1) * (FACT_ABOUT_TAG_MAX + 1) +        \
		FACT_ABOUT_STREAM_MAX + 3)

struct fact_about {
	struct str custom_id, campaign, template; /* in text */
	/* "\na\nb\n", category among them; empty: none. Where the message went by a stream of
	 * the account's own, its name is there too, behind FACT_ABOUT_STREAM. */
	struct str tags;
	size_t n;
	char text[FACT_ABOUT_TEXT]; /* not initialised beyond n */
};

/* Empties *a, then reads. Control characters become spaces. */
void fact_about_read(struct fact_about *a, struct str json);
/* Takes these values over, cut where they are longer than the above. */
void fact_about_copy(struct fact_about *a, const struct str values[4]);
/* Does tags hold this one, byte for byte? */
bool fact_about_has(struct str tags, struct str tag);
/* The account's own stream among tags; empty: none. */
struct str fact_about_stream(struct str tags);

#endif
