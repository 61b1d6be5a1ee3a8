/*
 * Mail that came back, sent on to somebody who wants to read it (docs/decisions/0008): a
 * message of the service with the mail as it came as message/rfc822. Pure. The null return
 * path and Auto-Submitted keep two such services from sending to each other for ever.
 */
#ifndef SEND_FORWARD_H
#define SEND_FORWARD_H

#include "base/buf.h"

#define FORWARD_MAIL_MAX (1u << 20) /* of a mail, its first bytes */
#define FORWARD_HOPS     25u        /* Received fields of one that goes on */

enum forward_what { FORWARD_POST, FORWARD_BOUNCE, FORWARD_COMPLAINT };

struct forward {
	enum forward_what what;
	struct str hostname;
	struct str to;         /* who gets it */
	struct str at;         /* the address it came to; foreign */
	struct str boundary;   /* nothing in the mail may hold it: random */
	struct str message_id; /* with <> */
	int64_t now;           /* wall µs */
	struct str mail;       /* header and body, CRLF lines */
	uint64_t size;         /* bytes it had: more than there are when it was cut */
	bool french;
};

/* "A bounce of a message of yours" …, static. */
struct str forward_subject(const struct forward *f);
/* Appends the message; *ret_eight: it has bytes over 127. 0 or -E2BIG (out is as it was). */
int forward_write(
	struct buf *out, const struct forward *f, size_t *ret_header, bool *ret_eight);
/* May a mail to a person go on by itself? Not when it came round, or no person sent it. */
bool forward_may(struct str mail);

#endif
