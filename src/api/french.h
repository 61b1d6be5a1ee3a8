/*
 * Sentences of the API in French. They are made in English where their cause is known, in
 * layers that know no language; here, at the border, a sentence is found again by its form
 * among those of the tables french_*_tbl.h and said in French with the same values. Pure.
 *
 * A form is written as the source has it, with %s for each text and %u for each number. Its
 * French has %1 to %9 for the values as they are, and {1} to {9} for one that is a sentence of
 * the tables itself: a form only fits when that one is known too, so that nothing is said half
 * in one language and half in the other. Of several forms that fit, the one with most letters
 * of its own is meant. tools/french finds sentences of the sources that have no row, and rows
 * that nothing says any more.
 */
#ifndef API_FRENCH_H
#define API_FRENCH_H

#include "base/buf.h"

#include <jansson.h>

#define FRENCH_TEXT_MAX 4096u /* bytes; what is longer is no sentence of ours */

/* Appends it in French; 0, or -ENOENT: it is in no table, or -E2BIG; then out is as it was. */
int french_say(struct buf *out, struct str english);
/* The same as a new reference; NULL: it is in no table. */
json_t *french_json(struct str english);
/* What an answer tells in sentences of ours, in French where there is French: the members
 * "why", "reason", "words" and "warnings", and "message" and "error" of "errors", of j and what
 * is in it. */
void french_answer(json_t *j);

struct french_row {
	const char *english, *french;
};
/* The row of this number; NULL: there are fewer. For tests. */
const struct french_row *french_row(size_t i);

#endif
