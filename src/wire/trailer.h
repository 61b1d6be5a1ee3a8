/*
 * What may lie directly behind the bytes of a message in its extent: the values that it was
 * written from, as JSON. It is none of the message: place, length and hash of the body do not
 * tell of it, and whoever reads the body never sees it. It is a record (wire/record) whose
 * checksum has the message's id as its salt, so that only what was written behind this message
 * is ever read; what is damaged, or never was there, is the same. Pure.
 */
#ifndef WIRE_TRAILER_H
#define WIRE_TRAILER_H

#include "base/buf.h"

#define TRAILER_JSON_MAX ((size_t)64 << 10)
#define TRAILER_MAX      (TRAILER_JSON_MAX + 64) /* bytes of all of it */

/* Appends it. 0, or -E2BIG (the JSON, or no room): nothing is added. */
int trailer_write(struct buf *b, uint64_t message, struct str json);
/* s: what is behind the body, as far as it goes; the trailer is at its begin. 0 and the JSON,
 * borrowed, or -EILSEQ: there is none of this message. */
int trailer_read(struct str s, uint64_t message, struct str *ret_json);

#endif
