/*
 * UUIDs of recipients for the dialects that want them (RFC 9562 5.8, version 8): the
 * recipient's number and a MAC of it. No table is needed to find the recipient, and nobody can
 * guess one.
 *
 *   number 53 bits | SipHash-2-4 of it 64 bits | zero 5 bits, around version and variant
 */
#ifndef WIRE_UUID_H
#define WIRE_UUID_H

#include "base/str.h"

#define UUID_KEY_SIZE 16
#define UUID_TEXT     37 /* with the NUL */

/* number < 2^53. Lower case, with hyphens. Returns dst. */
const char *uuid_write(char dst[UUID_TEXT], const uint8_t key[UUID_KEY_SIZE], uint64_t number);
/* Any case. 0, or -EINVAL when any bit is wrong. */
int uuid_read(struct str text, const uint8_t key[UUID_KEY_SIZE], uint64_t *ret_number);

#endif
