/*
 * What names one recipient in his message: tracked links, the pixel, the address that
 * unsubscribes. For mail that is composed here (edge_track.c) and mail that came finished by
 * SMTP (edge_mail_track.c) or HTTP. Works on the loop or, with a box of its own, on a thread.
 */
#ifndef ROLE_EDGE_TRACKER_H
#define ROLE_EDGE_TRACKER_H

#include "content/link.h"
#include "content/track_mime.h"
#include "role/edge_priv.h"
#include "send/outgoing_page.h"
#include "wire/track_token.h"

struct edge_tracker {
	const struct config *config;
	const struct track_token_box *box;
	struct str url;           /* of the account; empty: the service's own */
	const uint8_t *token_key; /* of wire/token: the address that unsubscribes by mail */
	uint32_t tenant;
	uint8_t stream;
	uint32_t group;         /* that the message is of, 0 none */
	const uint32_t *groups; /* his page lets him choose among these; n 0: no choice */
	size_t ngroups;
	uint64_t message;             /* he is its recipient 0 */
	int64_t accepted;             /* wall µs */
	enum outgoing_switch consent; /* his; default: as the configuration has it */
	unsigned links;               /* so many at most: then -E2BIG */
	/* Of his pages, those that stand in it already (edge_tracker_pages): they stay; or
	 * NULL. */
	const struct str *pages;
};

/* What a message wants. */
struct edge_tracked {
	bool opens, clicks;
	enum outgoing_links links;
	struct str tags; /* into the query of each link; p NULL or empty: none */
};

struct edge_tracker_texts {
	struct str *html, *text;
	size_t max; /* bytes of each */
};

/* A message's own words win; where it has none, the account's (edge_hosts_row.track) hold. */
void edge_tracker_default(uint8_t track, enum outgoing_switch *opens,
	enum outgoing_switch *clicks, enum outgoing_links *links);

/* link_plan.make; ctx is a struct edge_tracker. */
int edge_tracker_link(void *ctx, const struct link_spot *link, struct buf *out);
/* Appends the pixel's URL. 0 or -E2BIG. */
int edge_tracker_pixel(const struct edge_tracker *t, struct buf *out);
/* Appends the URL of the page on which he unsubscribes. 0 or -errno. */
int edge_tracker_page(const struct edge_tracker *t, struct str address, struct buf *out);
/* His pages where the texts left room for them; new texts are in a, at most max bytes each.
 * ret, if not NULL: OUTGOING_PAGES of their URLs, in a too; empty where it is in no text. 0 or
 * -errno. */
int edge_tracker_pages(const struct edge_tracker *t, struct arena *a, struct str address,
	struct edge_tracker_texts *texts, struct str *ret);
/* Appends the value of List-Unsubscribe: a page of ours, and a mail address of ours where there
 * is a bounce_domain. *ret_click: the page is https, so one click may do it (RFC 8058 3.1). 0;
 * -EINVAL: there is neither, so no field; -E2BIG. */
int edge_tracker_unsubscribe(
	const struct edge_tracker *t, struct str address, struct buf *out, bool *ret_click);
/* Appends the fields with their CRLF, or nothing where there are none. 0 or -E2BIG. */
int edge_tracker_fields(const struct edge_tracker *t, struct str address, struct buf *out);
/* Are they to be put into this header block? Not when it has one of its own. */
bool edge_tracker_may_add(struct str block);
/* Appends the finished message with its links and pixel. As track_mime. */
int edge_tracker_mime(const struct edge_tracker *t, const struct edge_tracked *want,
	struct str message, struct buf *out, struct track_mime_result *ret_r);

#endif
