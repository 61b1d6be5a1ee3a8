/*
 * Socket addresses, networks, listening sockets.
 */
#ifndef IO_NET_H
#define IO_NET_H

#include "base/buf.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct net_addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} u;
	socklen_t len;
};

#define NET_TEXT_MAX 64

/* "192.0.2.1" or "2001:db8::1" and a port: 0 or -EINVAL (no names). */
int net_parse(struct str host, uint16_t port, struct net_addr *ret_a);
/* Of an address of IPv6 in bytes; a mapped one is of IPv4. */
void net_of(const uint8_t bytes[16], uint16_t port, struct net_addr *ret_a);
/* Address without port; IPv4-mapped shown as IPv4. Returns dst. */
const char *net_text(char dst[NET_TEXT_MAX], const struct net_addr *a);
/* "192.0.2.1:25", "[2001:db8::1]:25". Returns dst. */
const char *net_text_port(char dst[NET_TEXT_MAX], const struct net_addr *a);
uint16_t net_port(const struct net_addr *a);
/* The unspecified address too: who connects to it reaches this machine. */
bool net_is_loopback(const struct net_addr *a);
/* NULL when it may be a host of the public Internet, else what it is instead, a constant text
 * (wire/net_public.h). */
const char *net_not_public(const struct net_addr *a);
/* Is it one of this machine's own addresses (getifaddrs)? Sandboxed: only roles that may
 * connect learn more than loopback. */
bool net_is_own(const struct net_addr *a);
/* Does a socket listening on `on` take what is sent to a (ports apart)? */
bool net_takes(const struct net_addr *on, const struct net_addr *a);
/* The network limits count by: /32 of IPv4, /64 of IPv6, as a number for maps (never 0). */
uint64_t net_key(const struct net_addr *a);

struct net_cidr {
	uint8_t bytes[16]; /* IPv4 as mapped IPv6 */
	unsigned bits;
};
int net_cidr_parse(struct str s, struct net_cidr *ret_c);
bool net_cidr_has(const struct net_cidr *c, const struct net_addr *a);

/* A non-blocking, close-on-exec listening socket (SO_REUSEADDR, IPV6_V6ONLY): fd or -errno. */
int net_listen(const struct net_addr *a, int backlog);
/* A listening TCP socket that somebody else made (io/manager.h), to be as if of net_listen:
 * where it listens. 0; -ENOTSOCK, -EPROTOTYPE: no TCP or not listening; -EADDRINUSE: it takes
 * IPv4 and IPv6 at once (IPV6_V6ONLY is off); -errno. */
int net_adopt(int fd, int backlog, struct net_addr *ret_a);
/* The same of a UNIX socket, as if of net_listen_unix at this path. 0; -EPROTOTYPE: it is none,
 * or of another path, or its path is gone; -errno. */
int net_adopt_unix(int fd, const char *path);
/* UNIX socket at path (an old one is removed), with this mode: fd or -errno. The path may
 * be longer than sun_path (needs /proc then); its last part has 80 bytes. */
int net_listen_unix(const char *path, unsigned mode);
int net_connect_unix(const char *path); /* blocking connect, for the CLI: fd or -errno */
/* Peer credentials of a UNIX socket: 0 or -errno. */
int net_peer_uid(int fd, uint32_t *ret_uid, int32_t *ret_pid);
/* Was the peer in this group when it connected? */
bool net_peer_in_group(int fd, uint32_t gid);
/* errno as people say it: "connection refused". */
const char *net_why(int err);
/* Accepts one connection, non-blocking, TCP_NODELAY: fd, or -errno (-EAGAIN none waits). */
int net_accept(int listen_fd, struct net_addr *ret_peer);
/* At most n bytes that came, without waiting: how many, 0 at the end, or -errno (-EAGAIN: none
 * are there). peek: they stay. */
long net_receive(int fd, void *p, size_t n, bool peek);

#endif
