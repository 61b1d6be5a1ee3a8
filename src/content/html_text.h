/*
 * Readable plain text made of HTML, for messages whose text part is missing. One pass (and one
 * before it for tables), no tree, no parser library: time and memory grow with the page only.
 *
 * Paragraphs, headings and tables stand between empty lines; lists have "- " or "1. ",
 * quotations
 * "> "; rows of data tables (content/html_table) are "cell | cell", other tables flow. A link
 * is "text <URL>" (RFC 3986 appendix C), or only its text when that is the URL; a picture is
 * its alternative text. <pre> keeps its lines. Passed over: scripts, styles, comments and
 * whatever is not shown (display:none, hidden, and the usual tricks of preview texts, which are
 * the beginning of the text again).
 *
 * What comes out is UTF-8 without control characters but LF, lines of `width` columns but for
 * words that are longer, no white space at their ends, and at most HTML_TEXT_MOST bytes.
 */
#ifndef CONTENT_HTML_TEXT_H
#define CONTENT_HTML_TEXT_H

#include "base/buf.h"

#define HTML_TEXT_WIDTH 76u
/* The worst: one letter in each line of a deep list. */
#define HTML_TEXT_MOST(n) (64u * (n) + 64u)

/* Appends to out, which has room: 0. Or -E2BIG, and out is as it was. */
int html_text(struct buf *out, struct str html, unsigned width);

#endif
