/*
 * The part of a delivery report that people read, in English and French. For dsn.c only.
 */
#ifndef WIRE_DSN_TEXT_H
#define WIRE_DSN_TEXT_H

#include "wire/dsn.h"

/* Value of Subject, ASCII (RFC 2047 where it needs more). */
const char *dsn_text_subject(const struct dsn_report *r);
/* Appends the body, CRLF lines. -E2BIG shows in b->full. */
void dsn_text_put(struct buf *b, const struct dsn_report *r);

#endif
