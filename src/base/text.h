/*
 * Encodings of bytes as text, and the escaping of foreign bytes for logs and terminals.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

/* Encoders append to b: 0, or -E2BIG (nothing appended). This goes for all below. */
int text_b64(struct buf *b, struct str bytes);       /* RFC 4648 4, padded */
int text_b64_lines(struct buf *b, struct str bytes); /* lines of 76, CRLF after each */
int text_b64url(struct buf *b, struct str bytes);    /* RFC 4648 5, no padding */
int text_b32(struct buf *b, struct str bytes);       /* RFC 4648 6, lower case, no padding */
int text_hex(struct buf *b, struct str bytes);       /* lower case */

/* Strict decoders append to b: 0, -EINVAL (b unchanged) or -E2BIG. */
int text_b64_decode(struct buf *b, struct str text); /* padding required */
int text_b64url_decode(struct buf *b, struct str text);
int text_b32_decode(struct buf *b, struct str text); /* any case */
int text_hex_decode(struct buf *b, struct str text);

/*
 * Foreign bytes made safe for one line of log or terminal: C0, C1, DEL, invalid UTF-8,
 * U+2028/2029 and bidirectional controls become \xNN or \u{NNNN}; the backslash doubles.
 */
int text_safe(struct buf *b, struct str foreign);
/* The same, in quotes when it holds a space, '"' or '=' or is empty (logfmt value). */
int text_logfmt(struct buf *b, struct str foreign);
/* A JSON string with its quotes (RFC 8259); invalid UTF-8 becomes U+FFFD. */
int text_json(struct buf *b, struct str s);

/* Is it well-formed UTF-8 (RFC 3629)? */
bool text_is_utf8(struct str s);
bool text_is_ascii(struct str s);

/* Plain edit distance of two short words, for "did you mean"; UINT_MAX when one is longer
 * than TEXT_WORD_MAX bytes. */
#define TEXT_WORD_MAX 64
unsigned text_distance(struct str a, struct str b);

#endif
