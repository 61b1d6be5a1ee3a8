/*
 * Clients that come through a proxy. Private to the edge: edge.c begins with it, edge_http.c
 * asks it about each request.
 */
#ifndef ROLE_EDGE_PROXY_H
#define ROLE_EDGE_PROXY_H

#include "role/edge_priv.h"

/* Is it one of the configuration's `proxies`? */
bool edge_proxy_is(const struct config *cf, const struct net_addr *a);
/* The connection of a proxy: waits for its header, then edge_conn_begin. fd is taken. */
void edge_proxy_begin(struct edge_conn *c, int fd);
void edge_proxy_timer(struct edge_conn *c);
void edge_proxy_free(struct edge_conn *c);
/* The head of a request from a proxy is there (edge_conn.behind): its client. */
void edge_proxy_forwarded(struct edge_conn *c);

#endif
