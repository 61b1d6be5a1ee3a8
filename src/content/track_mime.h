/*
 * Tracking for a message that came as finished MIME: links are rewritten (content/link) in the
 * leaves of text that a reader shows, and the pixel goes into the first HTML one. Each changed
 * leaf keeps its encoding; only a leaf without one whose lines get longer than 998 bytes
 * becomes quoted-printable, and then its Content-Transfer-Encoding is replaced. Every other
 * byte is copied: header order, boundaries, preamble, other parts, leaves without a link.
 *
 * Left alone: attachments and what has a file name, parts of other types, what is inside
 * message/rfc822, charsets that are not known to hold ASCII as it is, format=flowed with
 * delsp (a URL may go on behind a space there), leaves whose encoding or header two readers
 * might read in two ways. A message with a signed or encrypted part stays as it is as a whole,
 * and so does one whose structure is past the limits of wire/mime_in. Pure.
 */
#ifndef CONTENT_TRACK_MIME_H
#define CONTENT_TRACK_MIME_H

#include "content/link.h"
#include "content/track_leaf.h"
#include "wire/mime_in.h"

struct track_mime_plan {
	/* As link_plan; ctx, tags, pixel too. */
	int (*make)(void *ctx, const struct link_spot *link, struct buf *out);
	void *ctx;
	struct str tags, pixel;
	struct str apart; /* as there; p NULL: nothing is */
	bool html, text;  /* in which leaves links are made; tags are for both */
};

enum track_mime_why {
	TRACK_MIME_DONE,
	TRACK_MIME_SIGNED, /* multipart/signed or /encrypted, or PGP in a text: as it is */
	TRACK_MIME_ODD     /* too deep, too many parts, parts that are encoded: as it is */
};

struct track_mime_result {
	enum track_mime_why why;
	unsigned leaves, links; /* changed; offered to make */
};

enum track_mime_kind { TRACK_MIME_OTHER, TRACK_MIME_HTML, TRACK_MIME_TEXT };
/* What part i is to a reader: a text that he is shown, in this encoding; or OTHER, also where
 * two readers might read it in two ways. */
enum track_mime_kind track_mime_leaf(
	struct arena *a, const struct mime_in *m, size_t i, enum track_leaf_code *ret_code);

/* Appends the message, whatever *ret_r says. Memory: message, and what is written of it, three
 * times. O(bytes × MIME_IN_DEPTH). 0; -E2BIG; or the error of make. After an error out is as it
 * was. */
int track_mime(struct buf *out, struct str message, const struct track_mime_plan *plan,
	struct track_mime_result *ret_r);

#endif
