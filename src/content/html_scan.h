/*
 * One pass over HTML: text, start tags with their attributes, end tags. It cuts where the HTML
 * standard's tokenizer does (13.2.5), builds no tree and decodes nothing. Passed over:
 *comments, declarations, the content of <script>, <style>, <title> and other elements whose
 *content is text, tags that never end.
 *
 *	html_scan_init(&s, html, HTML_SCAN_TEXT);
 *	while (html_scan_next(&s, &t))
 *		if (t.kind == HTML_START) {
 *			while (html_scan_attr(&s, &a))
 *				…
 *			if (!html_scan_close(&s))
 *				continue;	(the input cut the tag off: it is none)
 *		}
 *
 * Every byte is looked at once, twice inside conditional comments. All texts are in the input.
 */
#ifndef CONTENT_HTML_SCAN_H
#define CONTENT_HTML_SCAN_H

#include "base/str.h"

#define HTML_SCAN_TEXT 1u /* text is told as well */
/* Conditional comments (<!--[if mso]> … <![endif]-->) are read as HTML and marked. Nothing can
 * leak out of one: the comment's end is the end. */
#define HTML_SCAN_MSO 2u

enum html_kind { HTML_TEXT, HTML_START, HTML_END };

struct html_scan {
	struct str in;
	size_t at, end; /* end: of the input or of the conditional comment at work */
	size_t after;   /* where it goes on behind that comment */
	size_t tag;     /* of the '<' of the tag at work */
	struct str name;
	unsigned flags;
	bool conditional;
	bool open;   /* in a tag: its attributes are not yet read */
	bool start;  /* of the tag at work: a start tag */
	bool whole;  /* the last tag had its end */
	size_t dead; /* from here on nothing is shown: a comment, tag or <style> that never
	                ends; in.n when there is none. Known when next gave false */
};

struct html_token {
	enum html_kind kind;
	bool conditional; /* inside a conditional comment */
	size_t at;        /* of its first byte */
	struct str text;  /* as written; of tags: their name, in any case */
};

struct html_attr {
	struct str name, value; /* as written; value without its quotes */
};

void html_scan_init(struct html_scan *s, struct str html, unsigned flags);
/* False at the end. */
bool html_scan_next(struct html_scan *s, struct html_token *ret_t);
/* The next attribute of the tag that next gave; false: no more. The first of a name counts
 * (13.2.5.33), which is for the caller to see to. */
bool html_scan_attr(struct html_scan *s, struct html_attr *ret_a);
/* To the end of the tag that next gave. False: it has none. Calling it is needed only for the
 * answer. */
bool html_scan_close(struct html_scan *s);

/* Is the name this one (lower case)? Most names differ by their length already. */
static inline bool
html_is(struct str name, struct str lower)
{
	return name.n == lower.n && str_ieq(name, lower);
}

/* HTML's white space. */
static inline bool
html_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

#endif
