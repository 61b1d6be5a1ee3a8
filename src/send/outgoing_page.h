/*
 * URLs of a mail that name its recipient: the page on which he unsubscribes, the message as a
 * page (Mailjet's permalink), and the pages of networks that tell others of it. A template has
 * a mark for each; the URL takes its place once it is known who gets the mail. Pure.
 */
#ifndef SEND_OUTGOING_PAGE_H
#define SEND_OUTGOING_PAGE_H

#include "send/outgoing.h"

enum outgoing_page {
	OUTGOING_PAGE_LEAVE,
	OUTGOING_PAGE_WEB,
	OUTGOING_PAGE_SHARE, /* this and those that follow lead others to the message */
	OUTGOING_PAGE_TWITTER = OUTGOING_PAGE_SHARE,
	OUTGOING_PAGE_GOOGLE,
	OUTGOING_PAGE_FACEBOOK,
	OUTGOING_PAGE_LINKEDIN
};
#define OUTGOING_PAGES (OUTGOING_PAGE_LINKEDIN + 1)

/* What stands in a text for it. */
struct str outgoing_page_mark(enum outgoing_page page);
/* As Mailjet's templates call it behind "mj:". */
const char *outgoing_page_name(enum outgoing_page page);
/* Appends the URL that leads to ours from there; of the first two that is ours itself.
 * 0 or -E2BIG. */
int outgoing_page_url(struct buf *out, enum outgoing_page page, struct str ours);

#endif
