/*
 * The message that a bounce or a complaint is about, as far as it came back: a message/rfc822
 * or text/rfc822-headers part, or a copy within the text for people. All of it is a stranger's
 * claim. Pure.
 */
#ifndef WIRE_ORIGINAL_IN_H
#define WIRE_ORIGINAL_IN_H

#include "wire/mime_in.h"

#define ORIGINAL_IN_MAX 262144u /* bytes of it that are looked at */

struct original_in {
	struct str text; /* all of it; in the arena, line ends as mime_in_text gives them */
	struct str head; /* its header block, the start of text */
	/* Each on one line; empty = not there. Addresses and the id without their brackets. */
	struct str message_id, return_path, from, to, subject;
	struct str human; /* the part of the human text before it */
};

/* human: what mime_in_human gave. False: nothing came back; then only human is set, to all of
 * it. Texts live in the arena. */
bool original_in_find(
	struct arena *a, const struct mime_in *m, struct str human, struct original_in *ret_o);

/* The first mailbox in the value of a field such as To; empty: there is none. */
struct str original_in_mailbox(struct arena *a, struct str value);

#endif
