/*
 * The links of <a> and <area> and the ends of the body, in one pass (content/html_scan tells
 * what is passed over). A second href of the same tag does not count.
 *
 * Conditional comments (<!--[if mso]> … <![endif]-->) are read as HTML, because one reader
 * does: Outlook on Windows. The largest button of many mails is in there twice, as <a> for
 * everybody and as <v:roundrect href> for Outlook; without it no click from Outlook would
 * count. What is found there is marked.
 */
#ifndef CONTENT_LINK_SCAN_H
#define CONTENT_LINK_SCAN_H

#include "content/html_scan.h"

struct link_scan {
	struct html_scan html;
};

struct link_tag {
	size_t at;        /* of its '<' */
	size_t value, n;  /* the href's value without quotes; n 0 with body_end */
	bool body_end;    /* it is </body> */
	bool opted_out;   /* its author wants no click counted, see link.h */
	bool conditional; /* inside a conditional comment */
};

void link_scan_init(struct link_scan *s, struct str html);
/* The next tag of use: <a>, <area> or VML with a href, or </body>. False at the end. */
bool link_scan_next(struct link_scan *s, struct link_tag *ret_tag);
/* From here on nothing is shown: a comment, tag or <style> that never ends; the input's end
 * when there is none. Known when next gave false. */
size_t link_scan_dead(const struct link_scan *s);

#endif
