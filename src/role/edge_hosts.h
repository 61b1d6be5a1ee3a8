/*
 * What an edge knows of the accounts' tracking: where the links of their mail begin, what is
 * tracked when a message does not say, and under which Host whose tokens are answered. The
 * engine tells all of it whenever some of it changes (msg_tracking); asking costs a look into
 * a hash map. For the loop alone: what a thread needs is copied before.
 */
#ifndef ROLE_EDGE_HOSTS_H
#define ROLE_EDGE_HOSTS_H

#include "wire/msg.h"

struct edge_hosts;
struct edge_hosts *edge_hosts_new(void);
void edge_hosts_free(struct edge_hosts **h);
/* A row, kept apart until the last one came: then all are in force at once. */
void edge_hosts_take(struct edge_hosts *h, const struct msg_tracking *m);
/* An engine says that it is ready: rows it did not tell are gone. */
void edge_hosts_ready(struct edge_hosts *h);
/* An engine went: its rows stay in force until the next one is ready. */
void edge_hosts_lost(struct edge_hosts *h);

/* What a message is tracked with. All zero: it has its own words, or none. */
struct edge_hosts_row {
	uint8_t track;  /* TRACK_OPENS, TRACK_HTML, TRACK_TEXT */
	struct str url; /* empty: the service's own; lives until the next call of the above */
};
struct edge_hosts_row edge_hosts_of(const struct edge_hosts *h, uint32_t tenant);
/* May a token of tenant be answered under this Host (its value, with or without a port)? Under
 * an account's own host only the account's; under every other name all are. */
bool edge_hosts_serves(const struct edge_hosts *h, struct str host, uint32_t tenant);

#endif
