/*
 * The encodings compose is made of: header values as encoded words and folded lines, file
 * names by RFC 2231, bodies as 7bit, 8bit or quoted-printable.
 */
#ifndef CONTENT_COMPOSE_TEXT_H
#define CONTENT_COMPOSE_TEXT_H

#include "base/buf.h"

/* All append to out and say 0 or -E2BIG (out->full stays set). */

/* "Name: value CRLF", an unstructured value (RFC 5322 2.2.1, RFC 2047 5.1). */
int compose_text_field(struct buf *out, struct str name, struct str value);
/* "Name: value CRLF", a mailbox list: only display names are encoded (RFC 2047 5.3). */
int compose_text_mailboxes(struct buf *out, struct str name, struct str list);
/* ";CRLF name=value" of a file name: quoted, or extended and continued (RFC 2231 3, 4). */
int compose_text_param(struct buf *out, struct str name, struct str value);
/* The three fields' rest and the body of a leaf of text: " charset=…CRLF",
 * Content-Transfer-Encoding, the empty line, and the body ending in CRLF. */
int compose_text_leaf(struct buf *out, struct str text);
/* No more bytes than these are written by compose_text_leaf. One or two passes over text. */
uint64_t compose_text_leaf_most(struct str text);

#endif
