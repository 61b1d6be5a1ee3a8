/*
 * URLs that a tenant gives us to post to (RFC 3986): http and https, a host that is a name or
 * a plain address, perhaps user:password@ for Basic authentication.
 *
 * Read more narrowly than browsers do, so that what was checked is what is connected to: no
 * back slashes, control characters or spaces, no second @, no fragment, no address in decimal,
 * octal, hexadecimal or shortened form (2130706433, 0x7f.1, 127.1), no zone in an IPv6
 * address, no port of another protocol. Whether the address is public is asked after the name
 * is resolved (wire/net_public.h).
 */
#ifndef WIRE_URL_WEB_H
#define WIRE_URL_WEB_H

#include "base/arena.h"

#define URL_WEB_MAX 2048

struct url_web {
	bool tls;          /* https */
	bool literal;      /* host is an address */
	uint16_t port;     /* 80, 443 when none is written */
	struct str host;   /* A-labels in lower case without a dot at the end, IPv4, or IPv6
	                      without brackets */
	struct str field;  /* value of Host: brackets, and the port unless it is the scheme's */
	struct str target; /* path and query, percent-encoded: "/a?b" */
	bool basic;        /* user and secret are there, maybe empty */
	struct str user, secret;
};

/* Texts in the arena (8 KiB are enough). 0, or -EINVAL with *ret_why a sentence of constant
 * text that does not show the URL. */
int url_web_parse(
	struct arena *a, struct str text, struct url_web *ret_u, const char **ret_why);
/* For logs and answers: scheme, host, port and path, neither user, password nor query.
 * p = NULL when the arena is full. */
struct str url_web_shown(struct arena *a, const struct url_web *u);

#endif
