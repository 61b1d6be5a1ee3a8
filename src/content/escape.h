/*
 * Text made fit for the place it is put in. Pure. All append: 0 or -E2BIG.
 */
#ifndef CONTENT_ESCAPE_H
#define CONTENT_ESCAPE_H

#include "base/buf.h"

/* For HTML text and attributes in quotes: & < > " ' */
int escape_html(struct buf *b, struct str s);
/* As Handlebars does: also ` and =, so that it is safe in attributes without quotes. */
int escape_html_all(struct buf *b, struct str s);
/* For a component of a URL: all but the unreserved characters of RFC 3986 2.3. */
int escape_url(struct buf *b, struct str s);

#endif
