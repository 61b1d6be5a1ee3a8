/*
 * The page on which the owner of an address says that it is his (decision 0010), French or
 * English: HTML without script, image or anything from elsewhere; goes with UNSUB_PAGE_CSP. All
 * that comes from a table is escaped. Pure.
 */
#ifndef CONTENT_PROVE_PAGE_H
#define CONTENT_PROVE_PAGE_H

#include "content/unsub_page.h"

enum prove_page_state {
	PROVE_PAGE_ASK,     /* a button */
	PROVE_PAGE_DONE,    /* he said so */
	PROVE_PAGE_INVALID, /* the code is none, or not any more */
	PROVE_PAGE_LATER    /* not now; nothing was changed */
};
#define PROVE_PAGE_STATES (PROVE_PAGE_LATER + 1)

struct prove_page {
	enum prove_page_state state;
	enum unsub_page_lang lang;
	struct str address, account, host; /* whose address, who asks, at which service */
	struct str action;                 /* path of the form */
};

/* The HTTP status that goes with it. */
int prove_page_status(enum prove_page_state state);
/* Appends the page: 0 or -E2BIG (out is as it was). */
int prove_page(struct buf *out, const struct prove_page *p);

#endif
