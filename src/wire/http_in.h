/*
 * Requests of HTTP/1.1 clients (RFC 9110, 9112) on top of llhttp in strict mode, with a scan
 * of the header block before it for lone CR, leading white space and obs-fold, one Host, and
 * no Content-Length with Transfer-Encoding. Pure: bytes in, facts out.
 */
#ifndef WIRE_HTTP_IN_H
#define WIRE_HTTP_IN_H

#include "base/arena.h"
#include "wire/http_answer.h"

#define HTTP_HEADERS_MAX 100
#define HTTP_HEAD_MAX    (32u << 10)

enum http_in_event {
	HTTP_IN_MORE,
	HTTP_IN_HEAD, /* request line and fields are known; decide, then http_in_go */
	HTTP_IN_BODY, /* h->body: next bytes */
	HTTP_IN_END,  /* request complete; answer, then http_in_next */
	HTTP_IN_BAD /* h->status (400, 413, 414, 431, 501, 505 …) and h->why: answer and close
	             */
};

struct http_in {
	struct str method, target, path, query; /* path percent-encoded as sent */
	struct http_field fields[HTTP_HEADERS_MAX];
	size_t nfields;
	bool keep_alive, expect_continue;
	uint64_t length; /* Content-Length; UINT64_MAX = chunked; 0 = none */
	struct str body;
	int status;
	const char *why;
	struct http_in_impl *impl; /* private */
};

/* The texts of h live until http_in_next, h->body until the next call. */
void http_in_init(struct http_in *h, uint64_t body_max);
void http_in_done(struct http_in *h);
/* Takes bytes off *in up to the next event. After HTTP_IN_HEAD nothing is taken (MORE) until
 * http_in_go; after HTTP_IN_END nothing until http_in_next: what is left are pipelined bytes.
 */
enum http_in_event http_in_feed(struct http_in *h, struct str *in);
/* Only after HTTP_IN_HEAD: sets the body limit (bytes); a longer body is HTTP_IN_BAD 413, a
 * Content-Length above it without waiting for bytes. Then call http_in_feed at once, even
 * with no bytes: a request without body ends there. */
void http_in_go(struct http_in *h, uint64_t body_max);
void http_in_next(struct http_in *h);
/* First value of a field, any case; p = NULL when absent. */
struct str http_in_field(const struct http_in *h, const char *name);

/* Do these first bytes look like an HTTP request line? 1 yes, 0 no, -EAGAIN too few. */
int http_looks(struct str first);

#endif
