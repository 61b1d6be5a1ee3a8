/*
 * A layout and what goes into it: the frame that many templates share, with one place,
 *
 *	<html> … {{{@content}}} … </html>
 *
 * where the body of a template goes. It is spelled so in every dialect (Postmark's word). The
 * two sources become one before anything is compiled, so that a mail is rendered once, and the
 * body may use what the layout sets. Whoever publishes checks the body alone too: it must not
 * close the layout's blocks. Pure.
 */
#ifndef CONTENT_LAYOUT_H
#define CONTENT_LAYOUT_H

#include "base/arena.h"
#include "base/buf.h"

#define LAYOUT_PLACE "{{{@content}}}"

/* Line and column as of struct template_error: from 1, columns are characters. */
struct layout_point {
	unsigned line, column;
};
/* Where the body stands in the joined source, and where the layout goes on behind its place. */
struct layout_seam {
	struct layout_point begin, end, behind;
};

/* Is this source a layout: has it a place? */
bool layout_is(struct str source);
/* How many it has; 2 stands for more as well. */
unsigned layout_places(struct str source);

/* Appends the source that is to be compiled. layout empty: the body alone, without its place
 * when it is a layout itself (nothing goes there). 0 or -E2BIG; or, of the layout, -ENOENT: it
 * has no place, -EEXIST: it has more than one. After an error out is as it was. */
int layout_join(
	struct buf *out, struct str layout, struct str body, struct layout_seam *ret_seam);

/* What mail is written from: the same in the arena, or the body where there is nothing to join
 * or joining fails (both were checked when they were published). p NULL: no room. */
struct str layout_whole(struct arena *a, struct str layout, struct str body);

/* A point of the joined source, as the one who wrote it counts. True: it is in the layout. */
bool layout_origin(const struct layout_seam *s, struct layout_point *point);

#endif
