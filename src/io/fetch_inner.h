/*
 * What the files of fetch share; nobody else includes it.
 */
#ifndef IO_FETCH_INNER_H
#define IO_FETCH_INNER_H

#include "base/list.h"
#include "io/fetch.h"
#include "io/stream.h"
#include "io/tls.h"

struct fetch {
	struct loop *loop;
	struct resolver *resolver;
	struct tls_client *tls; /* verifies; NULL until it is needed */
	bool private_ok;
	struct link calls;
	struct link idle; /* kept connections, the last used first */
	size_t nidle;
};

enum fetch_stage { FETCH_RESOLVES, FETCH_CONNECTS, FETCH_WAITS, FETCH_TELLS };

struct fetch_conn {
	struct link link; /* idle */
	struct fetch *fetch;
	struct fetch_call *call; /* NULL: idle */
	struct stream *stream;
	struct net_addr addr;
	bool tls, reused;
	char host[256];
	struct http_out http;
};

struct fetch_call {
	struct link link;
	struct fetch *fetch;
	enum fetch_stage stage;
	struct arena arena;
	struct url_web url;
	struct buf request, body;
	bool to_head, retried;
	uint64_t resolving; /* handle, 0 none */
	struct net_addr addrs[RESOLVE_ADDRS_MAX];
	size_t naddrs, next;
	struct fetch_conn *conn;
	uint64_t began, total_by, connect_by, try_by; /* mono µs */
	struct loop_timer timer;
	struct loop_task tell;
	struct fetch_answer answer;
	fetch_fn *fn;
	void *ctx;
};

/* The call ends with this class; the sentence is in answer.why. fn runs later in the round. */
void fetch_fail(struct fetch_call *c, enum fetch_class class, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The connection's answer is complete. Gives the connection back and tells; c is gone. */
void fetch_answered(struct fetch_call *c);
/* Sets the timer for what c waits for. */
void fetch_arm(struct fetch_call *c);

/* Takes a kept connection or the next address; fails when there is none. */
void fetch_conn_take(struct fetch_call *c);
/* The address at work took too long. */
void fetch_conn_slow(struct fetch_call *c);
void fetch_conn_free(struct fetch_conn **n);
/* After an answer: keeps it for the next call, or closes it. */
void fetch_conn_release(struct fetch_conn *n);

#endif
