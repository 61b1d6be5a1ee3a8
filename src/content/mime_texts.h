/*
 * The texts of a message that came as finished MIME, and the message with others in their
 * place: what a template makes of mail by SMTP. The text of a kind is the first leaf of it that
 * a reader shows (track_mime_leaf). All else is kept byte for byte: other fields, boundaries,
 * attachments.
 *
 *   both leaves are there   each gets its text
 *   only one of them is     it becomes multipart/alternative when there are two texts now
 *   neither                 MIME_TEXTS_NONE
 *
 * Not done where it cannot be done well: a signature would not hold, what is encrypted cannot
 * be read, and where readers do not agree on what a part says nothing can be put in its place.
 * Pure.
 */
#ifndef CONTENT_MIME_TEXTS_H
#define CONTENT_MIME_TEXTS_H

#include "base/buf.h"
#include "wire/mime_in.h"

enum mime_texts_why {
	MIME_TEXTS_OK,
	MIME_TEXTS_SIGNED, /* or encrypted: S/MIME, PGP */
	MIME_TEXTS_ODD,    /* too deep, too many parts, fields that cannot be read */
	MIME_TEXTS_NONE    /* no text is shown */
};

struct mime_texts {
	struct mime_in mime;
	size_t html, text;  /* the numbers of their parts; SIZE_MAX: there is none */
	struct str was[2];  /* html, text as UTF-8 in the arena; of wanted ones */
	struct str message; /* borrowed */
};

/* wanted: what they say now is asked for. *ret_m borrows message. 0, or -E2BIG. */
int mime_texts_find(struct arena *a, struct str message, bool wanted, struct mime_texts *ret_m,
	enum mime_texts_why *ret_why);

struct mime_texts_new {
	struct str html, text;         /* UTF-8; one may be empty */
	struct str subject;            /* p NULL, in all of these: the field stays as it is */
	struct str from, reply_to, to; /* mailbox lists as compose reads them */
	struct str seed;               /* [0-9A-Za-z-], of a boundary */
};
/* Appends the message. 0; -E2BIG; -EINVAL: its parts would not be those that they are. */
int mime_texts_write(
	struct buf *out, const struct mime_texts *m, const struct mime_texts_new *n);

#endif
