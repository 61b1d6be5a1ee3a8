/*
 * The PROXY protocol, versions 1 and 2 (haproxy's doc/proxy-protocol.txt): what a proxy says
 * before the first byte of its client, who that is. Pure. Addresses are those of the client;
 * what else is in a header is passed over, but for whether the client came over TLS.
 */
#ifndef WIRE_PROXY_H
#define WIRE_PROXY_H

#include "base/str.h"

#define PROXY_V1_MAX 107u  /* a line with its end */
#define PROXY_MAX    4096u /* version 2 with all it carries; longer ones are refused */

struct proxy {
	bool local; /* LOCAL, UNKNOWN: the proxy speaks for itself, as for a health check */
	bool tls;   /* the client came to the proxy over TLS; version 2 alone tells */
	uint8_t client[16]; /* IPv4 as mapped IPv6; zero when local */
	uint16_t port;
};

/*
 * The header at the begin of `in`: its length, and *ret_p; -EAGAIN: *ret_want more bytes of it
 * are to come at least, none of which is the client's; -EBADMSG: it is none, *ret_why is a
 * sentence's end, as "the header …" (static).
 */
int proxy_read(struct str in, struct proxy *ret_p, size_t *ret_want, const char **ret_why);
/* Does `in` begin with such a header? 1 yes, 0 no, -EAGAIN too few. */
int proxy_looks(struct str in);

#endif
