/*
 * Text made comparable with phrases of many languages and charsets: ASCII lower case, letters
 * of Latin-1 without accents (from UTF-8 or from single bytes), any white space one space,
 * curly quotes straight. Other scripts stay as they are. For searching only, never for showing.
 */
#ifndef WIRE_FOLD_H
#define WIRE_FOLD_H

#include "base/arena.h"

/* The first max bytes of s folded, in the arena; empty when it is full. Never longer than s. */
struct str fold(struct arena *a, struct str s, size_t max);

/* The first of the phrases (NULL-ended, in folded form) that is in / at the start of the folded
 * text; NULL: none. */
const char *fold_holds(struct str folded, const char *const *phrases);
const char *fold_starts(struct str folded, const char *const *phrases);

#endif
