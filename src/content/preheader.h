/*
 * The preheader put into the HTML of a mail: what inboxes show behind the subject. Pure; for
 * previews and for sending alike, so that what is looked at is what is sent.
 *
 * It is the first thing of the body, out of sight: `display: none`, and for mail programs that
 * do not know that, no size (Outlook has a word of its own, mso-hide). Screen readers pass over
 * it as well: they have read it in the list. Behind it stand blanks, hidden too, so that an
 * inbox does not go on with the body's first words.
 */
#ifndef CONTENT_PREHEADER_H
#define CONTENT_PREHEADER_H

#include "base/buf.h"

/* Bytes that are added at most to a preheader of n bytes. */
#define PREHEADER_ADDS(n) (6 * (n) + 4096)

/* Appends the HTML with the preheader (plain text; empty: the HTML alone). 0 or -E2BIG; then
 * out is as it was. */
int preheader_put(struct buf *out, struct str html, struct str preheader);

#endif
