/*
 * What comes back by mail: the bytes of a mail to one of our return paths, complaint or
 * unsubscribe addresses → what kind of news it is and what it may be about. Everything in it is
 * a stranger's claim: which message is meant is proved by a token alone, so that all this gives
 * is candidates, which the caller verifies by their MAC. Pure; texts live in the arena.
 */
#ifndef SEND_RETURNED_H
#define SEND_RETURNED_H

#include "send/bounce.h"
#include "wire/arf.h"
#include "wire/auto_reply.h"
#include "wire/dsn_in.h"

#define RETURNED_CANDIDATES 32u
#define RETURNED_TOKEN_MAX  2048u
#define RETURNED_ARENA      (4u << 20) /* in a smaller one less may be found */

enum returned_kind {
	RETURNED_OTHER, /* a person wrote, or nobody knows */
	RETURNED_BOUNCE,
	RETURNED_DELAY,     /* a bounce that is none: still under way */
	RETURNED_DELIVERED, /* delivered, relayed or expanded */
	RETURNED_COMPLAINT,
	RETURNED_UNSUBSCRIBE,
	RETURNED_AUTO_REPLY,
	RETURNED_KINDS
};

/* Which address of ours it came to. */
enum returned_at { RETURNED_AT_RETURN_PATH, RETURNED_AT_COMPLAINTS, RETURNED_AT_UNSUBSCRIBE };

struct returned_mail {
	struct str bytes; /* header and body, CRLF lines */
	enum returned_at at;
	bool null_sender; /* the envelope sender was <> */
};

/* Where a candidate was found, the best first. */
enum returned_place {
	RETURNED_IN_PATH,     /* Return-Path or Original-Mail-From of the returned message */
	RETURNED_IN_ID,       /* its Message-ID; In-Reply-To or References of the mail itself */
	RETURNED_IN_FIELD,    /* List-Unsubscribe, Original-Envelope-Id or any other field */
	RETURNED_IN_BOUNDARY, /* of its parts */
	RETURNED_IN_LINK,     /* https://host/c/… or an address in its texts */
	RETURNED_IN_TEXT,     /* the mail's own header and words */
	RETURNED_PLACES
};

/* A token stands between bytes that are no letters or digits ("b-TOKEN@host"): 40 to 128 base32
 * digits; or it is the segment of a link behind one of one or two letters ("/c/TOKEN"): 40
 * bytes and more of base64url. */
struct returned_candidate {
	struct str text;
	enum returned_place place;
};

struct returned {
	enum returned_kind kind;
	enum auto_reply auto_reply; /* AUTO_NONE unless kind says so */
	struct str from, subject;   /* of the mail itself; empty = none */
	struct original_in original;
	struct dsn_in bounce; /* form DSN_IN_NONE unless kind is BOUNCE, DELAY or DELIVERED */
	struct verdict verdicts[DSN_IN_RECIPIENTS]; /* of bounce.recipients, when they failed or
	                                               are delayed */
	struct arf complaint; /* form ARF_NONE also for a complaint a person wrote */
	struct returned_candidate candidates[RETURNED_CANDIDATES]; /* by place */
	size_t n;
};

const char *returned_kind_name(enum returned_kind k);   /* "bounce", "auto-reply", … stable */
const char *returned_place_name(enum returned_place p); /* "path", "id", … */

void returned_read(struct arena *a, const struct returned_mail *mail, struct returned *ret_r);

#endif
