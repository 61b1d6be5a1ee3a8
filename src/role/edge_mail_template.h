/*
 * Mail by SMTP that is written from a template, or gets a footer, a link to unsubscribe or an
 * image where it has a mark for one: what edge_mail.c and edge_mail_track.c ask of
 * edge_mail_template.c. Private to the three.
 */
#ifndef ROLE_EDGE_MAIL_TEMPLATE_H
#define ROLE_EDGE_MAIL_TEMPLATE_H

#include "role/edge_api.h"

struct edge_tracker;

/* All bytes of a message that wants one are there. true: it is refused; else edge_mail_written
 * follows. */
bool edge_mail_template(struct edge_conn *c);
/* Its texts are not needed any more, or the message is given up. */
void edge_mail_template_done(struct edge_conn *c);
/* Appends the message with its new texts, for recipient i. 0; -E2BIG; -EINVAL: it would be
 * another structure. */
int edge_mail_template_put(
	struct edge_conn *c, const struct edge_tracker *t, size_t i, struct buf *out);
/* The subject of his message, kept with the mail; p NULL: that of all. */
struct str edge_mail_template_subject(struct edge_conn *c, size_t i);
/* His pages, OUTGOING_PAGES of them, as they stand in what was put last; NULL: none. */
const struct str *edge_mail_template_pages(const struct edge_conn *c);

/* The image that tells an open stands in it, where its mark was. */
bool edge_mail_template_pixel(const struct edge_conn *c);

#endif
