/*
 * Links of a message rewritten: in HTML the href of <a> and <area> (content/link_scan), in text
 * whatever a mail reader would make a link of. Who counts clicks gives a function that makes
 * the new URL from the old one; this module only knows where URLs stand. What is not replaced
 * stays as it was, byte for byte, and so does a value whose URL comes back unchanged.
 *
 * A link whose author says so is left alone: clicktracking="off" (SendGrid), data-pm-no-track
 * (Postmark), disable-tracking="true" (Mailgun), ses:no-track (Amazon). The attribute stays:
 * readers ignore it. With a list in the plan it speaks for the same URL in the text too.
 */
#ifndef CONTENT_LINK_H
#define CONTENT_LINK_H

#include "content/link_url.h"

struct link_spot {
	struct str url; /* absolute, http or https, printable ASCII, tags added; at most
	                   LINK_URL_MAX bytes */
	unsigned index; /* 0, 1, 2 … of those offered */
	size_t at, n;   /* where its value stands in the input */
};

#define LINK_ALONE_MAX                                                                         \
	4096u /* of the list of links left alone: it is searched for each link                 \
	       */

enum link_made { LINK_MADE, LINK_KEEP };

struct link_plan {
	/* Appends the new URL (printable ASCII) to out: LINK_MADE. LINK_KEEP: the link stays
	 * but for its tags. Or a negative error that ends all. NULL: only tags are added. */
	int (*make)(void *ctx, const struct link_spot *link, struct buf *out);
	void *ctx;
	struct str tags;  /* link_url_tags_ok, or empty */
	struct str apart; /* what begins so stays as it is, without tags too; or empty */
	struct str pixel; /* URL of the image that tells an open, or empty; HTML only */
	/* NULL, or of LINK_ALONE_MAX: link_html adds the URLs whose author says so, and
	 * link_text leaves those alone. What does not fit is forgotten. */
	struct buf *alone;
};

/* Append the rewritten text; *ret_links (or NULL): how many were offered to make. 0; -E2BIG; or
 * the error of make. After an error out is as it was. */
int link_html(
	struct buf *out, struct str html, const struct link_plan *plan, unsigned *ret_links);
int link_text(
	struct buf *out, struct str text, const struct link_plan *plan, unsigned *ret_links);

/* The <img> of a pixel. link_html puts it before the last </body>, else at the end, but before
 * what never ends (a comment, a tag, a <style>) and would hide it. 0 or -E2BIG. */
int link_pixel(struct buf *out, struct str url);

#endif
