/*
 * URLs of routes: smtp://user:pass@host:port?tls=must. Percent-decoding of user and password.
 */
#ifndef WIRE_URL_H
#define WIRE_URL_H

#include "base/arena.h"

struct url_route {
	struct str host;   /* name, IPv4, or IPv6 without brackets */
	uint16_t port;     /* 25 for smtp, 465 for smtps when none is written */
	bool implicit_tls; /* smtps */
	int tls;           /* 0 may (default), 1 must, 2 none */
	struct str user, secret;
};

/* Also accepts host:port and host alone. 0, or -EINVAL with *ret_why a sentence. */
int url_route_parse(
	struct arena *a, struct str text, struct url_route *ret_r, const char **ret_why);

/* "[::1]:25", "127.0.0.1:25", "host:25", ":25" → host and port. 0 or -EINVAL. */
int url_host_port(struct str text, struct str *ret_host, uint16_t *ret_port);

#endif
