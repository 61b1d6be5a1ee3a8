/*
 * HTTP calls of the demo's shop and readers to the demo itself: blocking, one at a time, on a
 * connection that is kept. The names of other hosts are not asked for: only literal addresses
 * are reached.
 */
#ifndef CLI_DEMO_HTTP_H
#define CLI_DEMO_HTTP_H

#include "base/buf.h"
#include "io/fetch.h"

struct demo_http {
	struct clock clock;
	struct loop *loop;
	struct resolver *resolver;
	struct fetch *fetch;
	/* Of the last call. */
	int status;      /* 0: no answer */
	struct buf body; /* its first FETCH_BODY_KEPT bytes */
	char why[FETCH_WHY_MAX];
};

void demo_http_init(struct demo_http *h);
void demo_http_done(struct demo_http *h);
/* url: http://127.0.0.1:…, with user:password@ for Basic. type: of the body, "" without one.
 * The status, 0 without an answer. */
int demo_http_call(struct demo_http *h, const char *method, const char *url, const char *type,
	struct str body);

#endif
