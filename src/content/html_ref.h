/*
 * Character references of HTML (13.2.5.72 and on: &eacute; &#233; &#xE9;) and characters as
 * UTF-8 (RFC 3629). Bytes that are no UTF-8 are read as windows-1252, one by one: that is what
 * such mail most often is. Pure.
 */
#ifndef CONTENT_HTML_REF_H
#define CONTENT_HTML_REF_H

#include "base/buf.h"

/* s begins with '&'. The bytes of the reference there, 0: the '&' is text. In an attribute a
 * name without its ';' before '=', a letter or a digit is text. What no text may hold is
 * U+FFFD. */
size_t html_ref_read(struct str s, bool attribute, uint32_t *ret_point);
/* The character at the start of s, which is not empty; its bytes. References stay as they are.
 */
size_t html_ref_char(struct str s, uint32_t *ret_point);
/* Appends it: 0 or -E2BIG. */
int html_ref_put(struct buf *out, uint32_t point);
/* Appends an attribute's value with its references decoded, without C0 and C1 controls: tabs
 * and line ends are spaces, the others are left out. 0 or -E2BIG. */
int html_ref_decode(struct buf *out, struct str value);

#endif
