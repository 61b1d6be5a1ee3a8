/*
 * What goes behind the texts of a message once they are there: a footer, and the link by which
 * a recipient unsubscribes, as SendGrid's footer and subscription_tracking have them. Pure.
 *
 *   leave_mark stands in a part ──▶ the URL of the page there, and no more in this part
 *   else                        ──▶ leave_text or leave_html at its end: "<% words %>" is the
 *                                   link (in text its URL); without it, ours stands behind
 *
 * In HTML the end is before the last </body>. The URL is OUTGOING_PAGE, until it is known
 * whose.
 */
#ifndef SEND_OUTGOING_TAIL_H
#define SEND_OUTGOING_TAIL_H

#include "send/outgoing.h"

#define OUTGOING_TAIL_MAX (64u << 20) /* bytes of a part */

struct outgoing_tail {
	struct str text, html; /* the footer of each part; empty: none */
	bool leave;            /* a way to unsubscribe, too */
	struct str leave_mark, leave_text, leave_html; /* empty: none; ours */
};

/* Parts that are empty stay so. Texts are borrowed, or in a. 0 or -E2BIG. */
int outgoing_tail_put(struct arena *a, const struct outgoing_tail *t, struct outgoing *o);

#endif
