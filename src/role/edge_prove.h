/*
 * The page on which somebody says that an address is his: what edge_track.c, edge_desk.c,
 * edge_http.c and edge.c ask of edge_prove.c. Private to these.
 */
#ifndef ROLE_EDGE_PROVE_H
#define ROLE_EDGE_PROVE_H

#include "role/edge_priv.h"

/* A request for /p/CODE, whole: it is answered, now or later. */
void edge_prove(struct edge_conn *c);
/* Desk's answer; desk went away; once a second. */
void edge_prove_answered(struct edge *e, struct str payload);
void edge_prove_lost(struct edge *e);
void edge_prove_second(struct edge *e);
/* The client left. */
void edge_prove_leave(struct edge_prove *p);

#endif
