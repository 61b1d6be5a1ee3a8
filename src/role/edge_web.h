/*
 * Messages shown as pages: what edge_track.c, edge_desk.c, edge_http.c and edge.c ask of
 * edge_web.c. Private to these.
 */
#ifndef ROLE_EDGE_WEB_H
#define ROLE_EDGE_WEB_H

#include "role/edge_priv.h"
#include "wire/track_token.h"

/* A request for /w/…, whole: it is answered, now or later. */
void edge_web(struct edge_conn *c);
/* Desk's answer; desk went away; once a second. */
void edge_web_answered(struct edge *e, struct str payload);
void edge_web_lost(struct edge *e);
void edge_web_second(struct edge *e);
/* The client left. */
void edge_web_leave(struct edge_web *w);

/* ---- edge_track.c. The token of /X/TOKEN/…: valid, of this kind, and answered under this
 * Host. Its text is borrowed until the next one is read. */
bool edge_track_token(
	struct edge_conn *c, enum track_token_kind kind, struct track_token *ret_t);

#endif
