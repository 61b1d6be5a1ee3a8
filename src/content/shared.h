/*
 * The HTML of a message for others than its recipient: the tokens in it that are his become
 * others, so that nobody else acts or is counted in his name.
 *
 *   /o/TOKEN, /c/TOKEN  the image is answered and the link leads on, and nothing is recorded
 *   /u/TOKEN            no token at all: the page says that nothing was changed
 *   /w/TOKEN            the message, for others too
 *
 * Nobody can make a token (wire/track_token), so it is enough to look for what is one, wherever
 * it stands. Only those of the message itself are changed; every other byte stays. Pure.
 */
#ifndef CONTENT_SHARED_H
#define CONTENT_SHARED_H

#include "wire/track_token.h"

/* What stands for the token of an unsubscribe page. */
#define SHARED_NO_TOKEN "-"

/* Appends html: 0, or -E2BIG with out as it was. */
int shared_html(struct buf *out, struct str html, const struct track_token_box *box,
	uint32_t tenant, uint64_t message);

#endif
