/*
 * Pages for man(1), in roff, made of the tables of commands and of the configuration: what
 * `facteur help --man` prints and the build installs.
 */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include "base/buf.h"

/* The names of the pages, NULL-ended; the first one is the command's own. */
extern const char *const manual_pages[];

/* Appends page number `page` of manual_pages, in French or English. 0 or -E2BIG. */
int manual_write(struct buf *out, int page, bool french);

#endif
