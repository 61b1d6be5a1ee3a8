/*
 * Answers of HTTP/1.1 as bytes (RFC 9110, 9112).
 */
#ifndef WIRE_HTTP_ANSWER_H
#define WIRE_HTTP_ANSWER_H

#include "base/buf.h"

struct http_field {
	struct str name, value;
};

/* Appends "HTTP/1.1 200 OK" with Date, Content-Length (not when open), Content-Type, Connection
 * and body. */
struct http_answer {
	int status;
	const char *type;                /* NULL = text/plain; charset=utf-8 */
	const char *location;            /* NULL = none */
	const struct http_field *fields; /* others */
	size_t nfields;
	struct str body;
	bool keep_alive, head; /* head: leave the body out */
	bool open;             /* more of the body follows, up to the end of the connection */
	int64_t now;           /* wall µs */
};

/* 0, -E2BIG, or -EINVAL when status, type, location or a field cannot stand on
 * their lines. */
int http_answer_write(struct buf *out, const struct http_answer *a);

#endif
