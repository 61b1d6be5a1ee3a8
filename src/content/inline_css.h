/*
 * Style sheets written into the elements: mail programs that pass <style> over still see them.
 * In one pass the elements are matched, in another the HTML is written; every byte outside of
 * what is changed stays.
 *
 *   <style>p{color:red}</style><p class=x>   →   <p style="color:red" class=x>
 *
 * Which rules: content/css_rules. The declarations come before those of the style attribute
 * that is there, by specificity and order, so that it wins; those that are !important come
 * behind it, without the word: so a rule of a @media can still win, which stays where it is. A
 * selector that was written into an element leaves the sheet, and a sheet of which nothing is
 * left is taken out; what matches nothing, as what mail programs put around a mail, stays.
 *
 * Left alone: sheets with a media attribute, and in conditional comments. Past a limit (of
 * rules, of work, of what is added) the HTML stays as it is, as a whole. Pure.
 */
#ifndef CONTENT_INLINE_CSS_H
#define CONTENT_INLINE_CSS_H

#include "base/buf.h"

#define INLINE_CSS_ADDS ((size_t)1 << 20) /* bytes, at most */

/* Appends the HTML: 0, or -E2BIG with out as it was. */
int inline_css(struct buf *out, struct str html);

#endif
