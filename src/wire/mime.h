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
 * are walked (depth ≤ 30, parts ≤ 1,000), message/rfc822 is entered; 8-bit bytes between parts
 * become '?'. A message without 8-bit bytes is copied as it is. A leaf that gets an encoding
 * also gets MIME-Version and Content-Type when its message has none. 0; -E2BIG; -EOPNOTSUPP
 * when it cannot be done (8-bit header bytes, header lines that are no field, 8-bit bytes in
 * multipart/signed or /encrypted or in a part that claims to be encoded, over a limit): the
 * caller bounces 5.6.3. After an error out is as it was.
 */
int mime_to_7bit(struct buf *out, struct str message);

#endif
