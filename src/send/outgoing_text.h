/*
 * The text part of a message that came with HTML alone, made of it (content/html_text): readers
 * without HTML see something, and filters that hold a missing text against mail do not.
 */
#ifndef SEND_OUTGOING_TEXT_H
#define SEND_OUTGOING_TEXT_H

#include "send/outgoing.h"

/* A longer text would be no alternative to read: then there is none. */
#define OUTGOING_TEXT_MAX (256u << 10)

/* What was made last: the messages of a call often share their HTML. Begins as { 0 }. */
struct outgoing_text {
	struct str html, text;
};

/* Where text is missing and auto_text is not off. In the arena; when that is full, the message
 * stays as it is. */
void outgoing_text_make(struct outgoing_text *last, struct arena *a, struct outgoing *o);

#endif
