/*
 * A reply as a value (RFC 5321 4.2, RFC 3463): what a peer or a person will read, made
 * where the cause is known.
 */
#ifndef WIRE_REPLY_H
#define WIRE_REPLY_H

#include "base/buf.h"

#define REPLY_TEXT_MAX 1024

struct dsn_code {
	uint8_t class; /* 2, 4, 5; 0 = none given */
	uint16_t subject, detail;
};

struct reply {
	uint16_t code; /* 200..599; 0 = no reply at all */
	struct dsn_code dsn;
	struct str text; /* borrowed; may hold '\n' between lines, no CR */
};

/* REPLY(550, 5, 1, 1, "No such user") */
#define REPLY(c, k, s, d, t) ((struct reply){ (c), { (k), (s), (d) }, STR_LIT(t) })

/* Appends the reply as wire lines ("250-2.1.5 …CRLF"): CR, LF and NUL inside a line become
 * spaces. 0 or -E2BIG. */
int reply_write(struct buf *b, const struct reply *r);

/* Appends "550 5.1.1 text" on one line, foreign bytes made safe (base/text). */
int reply_safe(struct buf *b, const struct reply *r);

/* "5.1.1" at the start of a text -> code: 0, or -EINVAL. *ret_used counts its bytes and
 * the spaces behind it. */
int dsn_code_parse(struct str text, struct dsn_code *ret_dsn, size_t *ret_used);

#endif
