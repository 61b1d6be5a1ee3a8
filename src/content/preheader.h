/*
 * The preheader: the line that mail programs show beside the subject. It stands in the HTML,
 * before all else and hidden, so that the mail itself does not show it. Pure.
 */
#ifndef CONTENT_PREHEADER_H
#define CONTENT_PREHEADER_H

#include "base/buf.h"

/* Appends html with text (plain) put in behind <body>, or where a page without one begins. 0 or
 * -E2BIG. */
int preheader_put(struct buf *out, struct str html, struct str text);

#endif
