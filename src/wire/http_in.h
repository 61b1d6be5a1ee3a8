/*
 * Requests of HTTP/1.1 clients (RFC 9110, 9112) on top of llhttp in strict mode, with a scan
 * of the header block before it for lone CR, leading white space and obs-fold, one Host, and
 * no Content-Length with Transfer-Encoding. Pure: bytes in, facts out.
 */
#ifndef WIRE_HTTP_IN_H
#define WIRE_HTTP_IN_H

#include "base/arena.h"
#include "base/buf.h"

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

struct http_field {
	struct str name, value;
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

void http_in_init(struct http_in *h, uint64_t body_max);
void http_in_done(struct http_in *h);
enum http_in_event http_in_feed(struct http_in *h, struct str *in);
/* Sets the body limit decided after the head (bytes). */
void http_in_go(struct http_in *h, uint64_t body_max);
void http_in_next(struct http_in *h);
/* First value of a field, any case; p = NULL when absent. */
struct str http_in_field(const struct http_in *h, const char *name);

/* Do these first bytes look like an HTTP request line? 1 yes, 0 no, -EAGAIN too few. */
int http_looks(struct str first);

/* Appends "HTTP/1.1 200 OK" with Date, Content-Length, Content-Type, Connection and body. */
struct http_answer {
	int status;
	const char *type;     /* NULL = text/plain; charset=utf-8 */
	const char *location; /* NULL = none */
	struct str body;
	bool keep_alive, head; /* head: leave the body out */
	int64_t now;           /* wall µs */
};
int http_answer_write(struct buf *out, const struct http_answer *a);

#endif
