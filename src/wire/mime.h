/*
 * What must change in a message before it may go to a server without 8BITMIME (RFC 6152 3):
 * 8-bit leaf parts become quoted-printable or base64, their Content-Transfer-Encoding fields
 * are rewritten, nothing else moves. Done before DKIM signing.
 */
#ifndef WIRE_MIME_H
#define WIRE_MIME_H

#include "base/buf.h"

/*
 * Appends the 7-bit form of message (header and body, CRLF lines) to out. Multipart bodies
 * are walked (depth ≤ 30, parts ≤ 1,000), message/rfc822 is entered. 8-bit bytes in header
 * fields are left alone and reported. 0; -E2BIG; -EOPNOTSUPP when it cannot be done (8-bit
 * header bytes, an encoded multipart, deeper than the limit): the caller bounces 5.6.3.
 */
int mime_to_7bit(struct buf *out, struct str message);

#endif
