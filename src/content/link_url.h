/*
 * URLs of links: from an attribute or from text to the URL a browser would ask for, and back
 * into an attribute. Only absolute http and https URLs with a plain host are taken. All else is
 * left alone by whoever calls: relative ones, mailto:, user names before the host, control
 * characters, backslashes (browsers read them as slashes), {{…}} and [[…]], host names that are
 * not ASCII, references whose meaning this module does not know.
 */
#ifndef CONTENT_LINK_URL_H
#define CONTENT_LINK_URL_H

#include "base/buf.h"

#define LINK_URL_MAX  2000u /* bytes; longer URLs are left alone */
#define LINK_TAGS_MAX 1024u

/* An attribute's value, without its quotes, as URL: character references are decoded (HTML
 * 13.2.5.72 and on), white space around is dropped, tabs and line ends inside too, blanks and
 * bytes over 127 are percent-encoded, as a browser does (URL standard 4.4). out is cleared
 * before. 0, or -EINVAL: leave it alone. */
int link_url_from_html(struct buf *out, struct str value);
/* The same for a URL in text, where nothing is a reference. */
int link_url_from_text(struct buf *out, struct str text);

/* Where the first URL of the text stands from `from` on; it ends before white space, quotes,
 * brackets and the punctuation of the sentence. False when there is none. */
bool link_url_in_text(struct str text, size_t from, size_t *ret_at, size_t *ret_n);

/* "a=1&b=2": characters of a query (RFC 3986 3.4), no '#', at most LINK_TAGS_MAX. */
bool link_url_tags_ok(struct str tags);
/* url with the tags in its query, before its fragment; a parameter that the URL has by itself
 * is not added. out is cleared before. 0, or -EINVAL: too long. */
int link_url_tag(struct buf *out, struct str url, struct str tags);

/* s as a value in a query: all but RFC 3986 2.3's unreserved characters as %XX. Appends, 0 or
 * -E2BIG. */
int link_url_encode(struct buf *out, struct str s);

/* url for an attribute's value in any quotes or in none: appends, 0 or -E2BIG. */
int link_url_escape(struct buf *out, struct str url);

#endif
