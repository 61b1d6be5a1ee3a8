/*
 * The encodings of a leaf of text undone and done again to the byte (RFC 2045 6.7, 6.8).
 * Unlike wire/mime_in, which reads what anybody sends as well as it can, this gives up where
 * two readers might see two texts: what is written anew must be what was meant. Pure.
 */
#ifndef CONTENT_TRACK_LEAF_H
#define CONTENT_TRACK_LEAF_H

#include "base/buf.h"

#define TRACK_LEAF_LINE 998u /* bytes of a line (RFC 5322 2.1.1) */

enum track_leaf_code { TRACK_LEAF_PLAIN, TRACK_LEAF_QP, TRACK_LEAF_B64 };

/* What a value of Content-Transfer-Encoding says. 0 or -EINVAL: none of those. */
int track_leaf_code(struct str value, enum track_leaf_code *ret_code);

/* Appends the text. 0; -EINVAL: an escape that is none, a digit that is none, padding that is
 * missing; -E2BIG. */
int track_leaf_decode(struct buf *out, struct str body, enum track_leaf_code code);

/* Can the text be sent as it is: CRLF lines of at most TRACK_LEAF_LINE bytes, no NUL? */
bool track_leaf_plain(struct str text);

/* Append the text encoded, in lines of at most 76; it ends with CRLF when the text does (QP) or
 * when ends says so. 0 or -E2BIG. */
int track_leaf_qp(struct buf *out, struct str text);
int track_leaf_b64(struct buf *out, struct str text, bool ends);

#endif
