/*
 * Is this mail an automatic answer (RFC 3834, and what the field does instead)? Out of office,
 * acknowledgements of desks, challenges, read receipts. Bounces are wire/dsn_in's: ask it
 * first, because many of them say Auto-Submitted too. Pure.
 */
#ifndef WIRE_AUTO_REPLY_H
#define WIRE_AUTO_REPLY_H

#include "wire/mime_in.h"

enum auto_reply {
	AUTO_NONE,
	AUTO_ABSENCE,   /* out of office, vacation */
	AUTO_ANSWER,    /* any other automatic answer */
	AUTO_CHALLENGE, /* asks the sender to prove that a person wrote */
	AUTO_RECEIPT    /* a disposition notification (RFC 8098) */
};

/* "none", "absence", … stable. */
const char *auto_reply_name(enum auto_reply k);

/* head, human: of the mail (mime_in_human). The words of a mail alone never make it automatic:
 * people write them, too. The arena holds folded copies. *ret_sure: it is known by a field or
 * by its subject in a way no bounce is. */
enum auto_reply auto_reply_read(
	struct arena *a, const struct mime_in *m, struct str human, bool *ret_sure);

#endif
