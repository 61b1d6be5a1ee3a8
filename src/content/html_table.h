/*
 * Which tables of a page hold data, and which are only there for the layout, as most of mail's
 * are. Found in one pass before the page is written, since a table's first row does not tell.
 *
 * Data: no table inside, not role=presentation, at least two rows of at least two columns, and
 * either a <th> or <caption> with cells of a paragraph at most, or rows of the same number of
 * columns with short cells that hold no picture, list or heading.
 */
#ifndef CONTENT_HTML_TABLE_H
#define CONTENT_HTML_TABLE_H

#include "base/buf.h"

#define HTML_TABLES_MAX 20000u /* those behind are layout */

/* Appends one byte for each <table> in the order of their start tags: 1 data, 0 layout. */
void html_table_find(struct str html, struct buf *kinds);

#endif
