/*
 * One pass over HTML that finds the links of <a> and <area> and the ends of the body. It cuts
 * tags and attributes where the HTML standard's tokenizer does (13.2.5), builds no tree and
 * changes nothing. Passed over: comments, <script>, <style>, <title> and other elements whose
 * content is text, tags that never end, a second href of the same tag.
 *
 * Conditional comments (<!--[if mso]> … <![endif]-->) are read as HTML, because one reader
 * does: Outlook on Windows. The largest button of many mails is in there twice, as <a> for
 * everybody and as <v:roundrect href> for Outlook; without it no click from Outlook would
 * count. What is found there is marked. Nothing can leak out of it: the comment's end is the
 * end.
 *
 * Every byte is looked at once, twice inside conditional comments.
 */
#ifndef CONTENT_LINK_SCAN_H
#define CONTENT_LINK_SCAN_H

#include "base/str.h"

struct link_scan {
	struct str in;
	size_t at, end; /* end: of the input or of the conditional comment at work */
	size_t after;   /* where it goes on behind that comment */
	bool conditional;
	size_t dead; /* from here on nothing is shown: a comment, tag or <style> that never
	                ends; in.n when there is none. Known when next gave false */
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

#endif
