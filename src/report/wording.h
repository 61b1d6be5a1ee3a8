/*
 * Sentences of the tables of words: "%1 of %2" with what was found filled in. What is filled
 * in comes from elsewhere and is made safe: control characters are spelled, the length is
 * bounded. Pure.
 */
#ifndef REPORT_WORDING_H
#define REPORT_WORDING_H

#include "base/str.h"

#include <jansson.h>

#define WORDING_BYTES 2048u /* of a sentence */
#define WORDING_ARG   400u  /* of what stands for %1 */

/* A new reference; null for an empty form. An argument that is NULL is a "?". */
json_t *wording_fill(const char *form, const char *const args[3]);
/* Text of others as JSON; a new reference. */
json_t *wording_safe(struct str s);

#endif
