/*
 * A message shown as a page, for who cannot read it in his mail program or was told of it. What
 * it says is a stranger's: the policy below lets it show texts and images and nothing else. It
 * has an origin of its own, no script runs, no form is sent, nothing frames it, and what it
 * fetches or leads to hears no referrer. The page that stands for what cannot be shown is ours,
 * in French or English. Pure.
 */
#ifndef CONTENT_WEB_PAGE_H
#define CONTENT_WEB_PAGE_H

#include "content/unsub_page.h"

/* With Referrer-Policy, X-Content-Type-Options and X-Robots-Tag beside it. A link may open a
 * window, which is no prisoner of this one. */
#define WEB_PAGE_CSP                                                                           \
	"sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "            \
	"img-src https: http: data:; style-src 'unsafe-inline' https:; font-src https: "       \
	"data:; "                                                                              \
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
#define WEB_PAGE_ROBOTS "noindex, nofollow, noarchive"

enum web_page_state {
	WEB_PAGE_INVALID, /* the token is none */
	WEB_PAGE_GONE,    /* it is not kept any more */
	WEB_PAGE_LATER,   /* not now: too many are asked for, or it was only just sent */
	WEB_PAGE_ODD      /* it is signed or encrypted, too long, or shows no text */
};
#define WEB_PAGE_STATES (WEB_PAGE_ODD + 1)

/* The HTTP status that goes with it. */
int web_page_status(enum web_page_state state);
/* Appends the page: 0 or -E2BIG (out is as it was). */
int web_page(struct buf *out, enum web_page_state state, enum unsub_page_lang lang);

#endif
