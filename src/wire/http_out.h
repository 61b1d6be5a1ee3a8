/*
 * The client's side of HTTP/1.1 (RFC 9110, 9112): a request as bytes, and a response read on
 * top of llhttp in strict mode. Pure: bytes in, facts out. Any cut of the input gives the same
 * facts.
 *
 * No request can hold a field or a line that its caller did not mean: CR, LF, NUL and other
 * control characters are refused. Interim responses (1xx) are passed over; a redirect is a
 * response as any other. What two readers could understand differently (Content-Length with
 * Transfer-Encoding, lone CR, folded lines) is refused.
 *
 *   begin -> head (1xx: head again) -> body (none, length, chunks, until the end) -> END
 *   any of them -> BAD
 */
#ifndef WIRE_HTTP_OUT_H
#define WIRE_HTTP_OUT_H

#include "wire/http_in.h"

/* A longer body ends there, and the connection with it. */
#define HTTP_OUT_BODY_MAX (1u << 20)

struct http_out_request {
	struct str method, target; /* "POST", "/path?query" */
	struct str host;           /* value of Host: "example.org", "[::1]:8443" */
	const struct http_field *fields;
	size_t nfields;
	struct str body;
};

/* Appends the request with Host and Content-Length. 0; -EINVAL when a part cannot stand on its
 * line or a field of framing (Host, Content-Length, Connection …) is among the fields; -E2BIG.
 * What was appended before an error stays. */
int http_out_write(struct buf *b, const struct http_out_request *r);
/* May these stand in a request as a field? */
bool http_out_field_ok(struct str name, struct str value);

enum http_out_event {
	HTTP_OUT_MORE,
	HTTP_OUT_END, /* the response is complete; http_out_begin for the next one */
	HTTP_OUT_BAD  /* h->why: close */
};

struct http_out {
	int status; /* 200..599 after END */
	struct http_field fields[HTTP_HEADERS_MAX];
	size_t nfields;
	struct str body;            /* its first bytes, as many as are kept */
	uint64_t body_bytes;        /* all of them */
	bool keep_alive;            /* the connection may serve another request */
	bool began;                 /* a byte of the response came */
	const char *why;            /* of BAD: what the other side did wrong */
	struct http_out_impl *impl; /* private */
};

/* keep: bytes of a body that are kept. The texts of h live until http_out_begin. */
void http_out_init(struct http_out *h, size_t keep);
void http_out_done(struct http_out *h);
/* Before each response. head: it answers a HEAD, so it has no body. */
void http_out_begin(struct http_out *h, bool head);
/* Takes bytes off *in. After END and BAD nothing is taken: what is left was not asked for. */
enum http_out_event http_out_feed(struct http_out *h, struct str *in);
/* The other side closed: END when that is how the body ends, else BAD. */
enum http_out_event http_out_eof(struct http_out *h);
/* First value of a field, any case; p = NULL when absent. */
struct str http_out_field(const struct http_out *h, const char *name);

#endif
