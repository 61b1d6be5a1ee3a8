/*
 * Lines of comma-separated values (RFC 4180), without line breaks in fields. Pure.
 */
#ifndef WIRE_CSV_H
#define WIRE_CSV_H

#include "base/buf.h"

/* The next field of a line (without its end); *rest moves on, rest->p is NULL behind the last
 * one. A quoted field is put into b, which the result borrows until its next use; another one
 * is borrowed from the line, without spaces around it. 0; -EINVAL: a quote that does not end,
 * or text behind one; -E2BIG: b is full. */
int csv_field(struct str *rest, struct buf *b, struct str *ret_field);
/* Writes a field, in quotes where it needs them, behind a comma unless it is the first one. CR,
 * LF and NUL become spaces. 0 or -E2BIG. */
int csv_put(struct buf *b, struct str field, bool first);
/* The same for a stranger's text: with a ' in front of what a programme for tables takes for a
 * formula, = + - @ or a tab at its beginning; spaces and ' before that sign count as nothing.
 */
int csv_put_text(struct buf *b, struct str field, bool first);
/* Takes that ' away: a field written by csv_put_text is what it was. Of the field's bytes. */
struct str csv_text(struct str field);

#endif
