/*
 * The link that content/html_text is in: its URL, and whether the text said it already.
 */
#ifndef CONTENT_HTML_TEXT_LINK_H
#define CONTENT_HTML_TEXT_LINK_H

#include "content/html_flow.h"

struct html_text_link {
	bool on, other; /* other: its text is not the URL */
	struct buf url, text, last;
};

void html_text_link_init(struct html_text_link *l);
void html_text_link_done(struct html_text_link *l);
/* At <a href>; a link at work ends before. Only http, https, mailto, tel, sms and ftp are told:
 * other URLs lead nowhere from a text. */
void html_text_link_begin(struct html_text_link *l, struct html_flow *f, struct str href);
/* Text inside: a character that is no space; the same for ASCII. */
void html_text_link_char(struct html_text_link *l, uint32_t point);
void html_text_link_ascii(struct html_text_link *l, struct str some);
/* Writes " <URL>" behind the text, unless that is the URL. A picture without a text is only its
 * URL, and not at all when the link before was the same. */
void html_text_link_end(struct html_text_link *l, struct html_flow *f);

#endif
