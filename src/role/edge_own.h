/*
 * What an edge knows of accounts' own streams: by the tenant and the name a message gives, its
 * number, kind and whether it is archived. The engine tells all of them whenever one changes
 * (msg_stream), before whoever changed it hears that it is done; asking costs a look into a
 * hash map. What an edge has read of its channel may be a moment old: before a name is said
 * not to be there by HTTP, FIND_STREAMS is asked, and the table looked into again. For the
 * loop alone.
 */
#ifndef ROLE_EDGE_OWN_H
#define ROLE_EDGE_OWN_H

#include "wire/msg.h"

struct edge_own;
struct edge_own *edge_own_new(void);
void edge_own_free(struct edge_own **s);
/* As of edge_hosts: rows are kept apart until the last one came. */
void edge_own_take(struct edge_own *s, const struct msg_stream *m);
void edge_own_ready(struct edge_own *s);
void edge_own_lost(struct edge_own *s);

struct edge_own_row {
	uint32_t number; /* from MSG_STREAM_NUMBERS on */
	uint8_t how;     /* MSG_STREAM_… */
};
/* NULL: there is none. Lives until the next call of the above. */
const struct edge_own_row *edge_own_of(
	const struct edge_own *s, uint32_t tenant, struct str name);

#endif
