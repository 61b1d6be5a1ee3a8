#include "io/net.h"

#include "base/must.h"
#include "wire/net_public.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

int
net_parse(struct str host, uint16_t port, struct net_addr *ret_a)
{
	char text[NET_TEXT_MAX];
	struct net_addr a;

	if (str_find(host, '\0') < host.n || str_copy_z(text, sizeof text, host) < 0)
		return -EINVAL;
	memset(&a, 0, sizeof a);
	if (inet_pton(AF_INET, text, &a.u.in4.sin_addr) == 1) {
		a.u.in4.sin_family = AF_INET;
		a.u.in4.sin_port = htons(port);
		a.len = sizeof a.u.in4;
	} else if (inet_pton(AF_INET6, text, &a.u.in6.sin6_addr) == 1) {
		a.u.in6.sin6_family = AF_INET6;
		a.u.in6.sin6_port = htons(port);
		a.len = sizeof a.u.in6;
	} else {
		return -EINVAL;
	}
	*ret_a = a;
	return 0;
}

/* Every address as IPv6, IPv4 mapped: false for other families. */
static bool
as_v6(const struct net_addr *a, uint8_t ret_b[16])
{
	if (a->u.sa.sa_family == AF_INET6) {
		memcpy(ret_b, &a->u.in6.sin6_addr, 16);
		return true;
	}
	if (a->u.sa.sa_family != AF_INET)
		return false;
	memcpy(ret_b, mapped, 12);
	memcpy(ret_b + 12, &a->u.in4.sin_addr, 4);
	return true;
}

static bool
is_mapped(const uint8_t b[16])
{
	return memcmp(b, mapped, 12) == 0;
}

void
net_of(const uint8_t bytes[16], uint16_t port, struct net_addr *ret_a)
{
	struct net_addr a;

	memset(&a, 0, sizeof a);
	if (is_mapped(bytes)) {
		a.u.in4.sin_family = AF_INET;
		memcpy(&a.u.in4.sin_addr, bytes + 12, 4);
		a.u.in4.sin_port = htons(port);
		a.len = sizeof a.u.in4;
	} else {
		a.u.in6.sin6_family = AF_INET6;
		memcpy(&a.u.in6.sin6_addr, bytes, 16);
		a.u.in6.sin6_port = htons(port);
		a.len = sizeof a.u.in6;
	}
	*ret_a = a;
}

const char *
net_text(char dst[NET_TEXT_MAX], const struct net_addr *a)
{
	uint8_t b[16];

	dst[0] = '\0';
	if (!as_v6(a, b))
		(void)str_copy_z(dst, NET_TEXT_MAX, STR_LIT("local"));
	else if (is_mapped(b))
		inet_ntop(AF_INET, b + 12, dst, NET_TEXT_MAX);
	else
		inet_ntop(AF_INET6, b, dst, NET_TEXT_MAX);
	return dst;
}

const char *
net_text_port(char dst[NET_TEXT_MAX], const struct net_addr *a)
{
	char host[NET_TEXT_MAX];

	net_text(host, a);
	if (a->u.sa.sa_family != AF_INET && a->u.sa.sa_family != AF_INET6)
		return memcpy(dst, host, NET_TEXT_MAX);
	if (str_find(str_z(host), ':') < strlen(host))
		snprintf(dst, NET_TEXT_MAX, "[%.45s]:%u", host, net_port(a));
	else
		snprintf(dst, NET_TEXT_MAX, "%.45s:%u", host, net_port(a));
	return dst;
}

uint16_t
net_port(const struct net_addr *a)
{
	if (a->u.sa.sa_family == AF_INET)
		return ntohs(a->u.in4.sin_port);
	return a->u.sa.sa_family == AF_INET6 ? ntohs(a->u.in6.sin6_port) : 0;
}

static bool
has_prefix(const uint8_t b[16], const uint8_t prefix[16], unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(b, prefix, whole) != 0)
		return false;
	return rest == 0 || (b[whole] ^ prefix[whole]) >> (8 - rest) == 0;
}

const char *
net_not_public(const struct net_addr *a)
{
	if (a->u.sa.sa_family == AF_INET)
		return net_public_why_not((const uint8_t *)&a->u.in4.sin_addr, 4);
	if (a->u.sa.sa_family == AF_INET6)
		return net_public_why_not(a->u.in6.sin6_addr.s6_addr, 16);
	return "no Internet address";
}

bool
net_is_loopback(const struct net_addr *a)
{
	static const uint8_t any[16], one[16] = { [15] = 1 };
	uint8_t b[16];

	if (!as_v6(a, b))
		return true; /* UNIX sockets */
	if (is_mapped(b))
		return b[12] == 127 || memcmp(b + 12, any, 4) == 0;
	return memcmp(b, one, 16) == 0 || memcmp(b, any, 16) == 0;
}

static bool
same_host(const uint8_t b[16], const struct sockaddr *sa)
{
	struct net_addr other = { 0 };
	uint8_t c[16];

	if (!sa)
		return false;
	if (sa->sa_family == AF_INET)
		memcpy(&other.u.in4, sa, sizeof other.u.in4);
	else if (sa->sa_family == AF_INET6)
		memcpy(&other.u.in6, sa, sizeof other.u.in6);
	else
		return false;
	return as_v6(&other, c) && memcmp(b, c, 16) == 0;
}

bool
net_is_own(const struct net_addr *a)
{
	struct ifaddrs *all;
	uint8_t b[16];
	bool own = false;

	if (net_is_loopback(a))
		return true;
	if (!as_v6(a, b) || getifaddrs(&all) != 0)
		return false;
	for (struct ifaddrs *i = all; i && !own; i = i->ifa_next)
		own = same_host(b, i->ifa_addr);
	freeifaddrs(all);
	return own;
}

bool
net_takes(const struct net_addr *on, const struct net_addr *a)
{
	static const uint8_t any[16], one[16] = { [15] = 1 };
	uint8_t l[16], b[16];

	if (!as_v6(on, l) || !as_v6(a, b))
		return false;
	/* Linux connects to the unspecified address on the loopback one. */
	if (is_mapped(b) && memcmp(b + 12, any, 4) == 0)
		memcpy(b + 12, (const uint8_t[]){ 127, 0, 0, 1 }, 4);
	else if (memcmp(b, any, 16) == 0)
		memcpy(b, one, 16);
	if (is_mapped(l) != is_mapped(b))
		return false;
	return memcmp(l, b, 16) == 0 || memcmp(l + 12, any, 4) == 0;
}

uint64_t
net_key(const struct net_addr *a)
{
	uint8_t b[16];
	uint64_t key = 0;

	if (!as_v6(a, b))
		return 1;
	if (is_mapped(b)) {
		for (unsigned i = 12; i < 16; i++)
			key = key << 8 | b[i];
		return key | UINT64_C(1) << 32;
	}
	for (unsigned i = 0; i < 8; i++)
		key = key << 8 | b[i];
	/* Both ends are no keys of maps. */
	if (key == 0)
		return 1;
	return key == UINT64_MAX ? UINT64_MAX - 1 : key;
}

int
net_cidr_parse(struct str s, struct net_cidr *ret_c)
{
	size_t slash = str_find(s, '/');
	struct net_addr a;
	struct net_cidr c;
	uint32_t bits, most;

	if (net_parse(str_head(s, slash), 0, &a) < 0)
		return -EINVAL;
	most = a.u.sa.sa_family == AF_INET ? 32 : 128;
	bits = most;
	if (slash < s.n && (str_u32(str_from(s, slash + 1), &bits) < 0 || bits > most))
		return -EINVAL;
	must(as_v6(&a, c.bytes));
	c.bits = bits + (128 - most);
	*ret_c = c;
	return 0;
}

bool
net_cidr_has(const struct net_cidr *c, const struct net_addr *a)
{
	uint8_t b[16];

	return as_v6(a, b) && has_prefix(b, c->bytes, c->bits);
}

static int
fail_closed(int fd)
{
	int err = errno;

	close(fd);
	return -err;
}

static int
set_on(int fd, int level, int option)
{
	const int on = 1;

	return setsockopt(fd, level, option, &on, sizeof on);
}

/* What a listening socket is set to, its connections are born with. */
static int
set_birth(int fd)
{
	return set_on(fd, IPPROTO_TCP, TCP_NODELAY) < 0 ||
	                       set_on(fd, SOL_SOCKET, SO_KEEPALIVE) < 0
	               ? -1
	               : 0;
}

int
net_listen(const struct net_addr *a, int backlog)
{
	int family = a->u.sa.sa_family;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (set_on(fd, SOL_SOCKET, SO_REUSEADDR) < 0)
		return fail_closed(fd);
	if (set_birth(fd) < 0)
		return fail_closed(fd);
	if (family == AF_INET6 && set_on(fd, IPPROTO_IPV6, IPV6_V6ONLY) < 0)
		return fail_closed(fd);
	if (bind(fd, &a->u.sa, a->len) < 0 || listen(fd, backlog) < 0)
		return fail_closed(fd);
	return fd;
}

static int
get_int(int fd, int level, int option, int *ret_v)
{
	socklen_t n = sizeof *ret_v;

	return getsockopt(fd, level, option, ret_v, &n) < 0 ? -errno : 0;
}

/* Its family, when it is a stream that listens; made non-blocking. */
static int
adopt(int fd, int *ret_family)
{
	int type = 0, listens = 0, flags, err = get_int(fd, SOL_SOCKET, SO_TYPE, &type);

	err = err ? err : get_int(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens);
	err = err ? err : get_int(fd, SOL_SOCKET, SO_DOMAIN, ret_family);
	if (err)
		return err;
	if (type != SOCK_STREAM || !listens)
		return -EPROTOTYPE;
	flags = fcntl(fd, F_GETFL);
	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int
net_adopt(int fd, int backlog, struct net_addr *ret_a)
{
	struct net_addr a = { .len = sizeof a.u };
	int family, only = 1, err = adopt(fd, &family);

	if (err)
		return err;
	if (family != AF_INET && family != AF_INET6)
		return -EPROTOTYPE;
	if (family == AF_INET6)
		err = get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only);
	if (err || !only)
		return err ? err : -EADDRINUSE;
	if (getsockname(fd, &a.u.sa, &a.len) < 0 || set_birth(fd) < 0 ||
		listen(fd, backlog) < 0)
		return -errno;
	*ret_a = a;
	return 0;
}

int
net_adopt_unix(int fd, const char *path)
{
	struct sockaddr_un a = { 0 };
	socklen_t n = sizeof a;
	struct stat st;
	int family, err = adopt(fd, &family);

	if (err)
		return err;
	if (family != AF_UNIX)
		return -EPROTOTYPE;
	if (getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		return -errno;
	/* The kernel ends the path with a NUL where there is room for one. */
	if (!str_eq(str_z(path), str_of(a.sun_path, strnlen(a.sun_path, sizeof a.sun_path))) ||
		lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return -EPROTOTYPE;
	return 0;
}

/* A path longer than an address holds (107 bytes, unix(7)) is reached through its folder,
 * which *ret_dir keeps open until bind or connect is done; else *ret_dir is -1. */
static int
unix_addr(const char *path, struct sockaddr_un *ret_a, int *ret_dir)
{
	const char *name = strrchr(path, '/');
	char dir[PATH_MAX], way[sizeof ret_a->sun_path];

	*ret_dir = -1;
	memset(ret_a, 0, sizeof *ret_a);
	ret_a->sun_family = AF_UNIX;
	if (str_copy_z(ret_a->sun_path, sizeof ret_a->sun_path, str_z(path)) >= 0)
		return 0;
	if (!name || str_copy_z(dir, sizeof dir,
			     (struct str){ path, (size_t)(name - path) + 1 }) < 0)
		return -ENAMETOOLONG;
	*ret_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir < 0)
		return -errno;
	int n = snprintf(way, sizeof way, "/proc/self/fd/%d%s", *ret_dir, name);
	if (n < 0 || (size_t)n >= sizeof way) {
		close(*ret_dir);
		return -ENAMETOOLONG;
	}
	memcpy(ret_a->sun_path, way, (size_t)n + 1);
	return 0;
}

/* Linux gives the file the mode of the socket less umask: never wider than asked, not
 * even for the moment before chmod. */
static int
bind_as(int fd, const struct sockaddr_un *a, mode_t mode)
{
	if (fchmod(fd, mode) < 0 || bind(fd, (const struct sockaddr *)a, sizeof *a) < 0)
		return -errno;
	return 0;
}

/* A socket bound to path, or connected to it: fd or -errno. */
static int
unix_socket(const char *path, int type, const mode_t *bind_mode)
{
	struct sockaddr_un a;
	int dir, rc = unix_addr(path, &a, &dir);

	if (rc < 0)
		return rc;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | type, 0);
	if (fd < 0)
		rc = -errno;
	else if (bind_mode)
		rc = bind_as(fd, &a, *bind_mode);
	else if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		rc = -errno;
	if (dir >= 0)
		close(dir);
	if (rc < 0 && fd >= 0)
		close(fd);
	return rc < 0 ? rc : fd;
}

int
net_listen_unix(const char *path, unsigned mode)
{
	const mode_t bind_mode = mode;
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	int fd = unix_socket(path, SOCK_NONBLOCK, &bind_mode);
	if (fd >= 0 && (chmod(path, mode) < 0 || listen(fd, 128) < 0))
		return fail_closed(fd);
	return fd;
}

int
net_connect_unix(const char *path)
{
	return unix_socket(path, 0, NULL);
}

int
net_peer_uid(int fd, uint32_t *ret_uid, int32_t *ret_pid)
{
	struct ucred cred;
	socklen_t n = sizeof cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
		return -errno;
	*ret_uid = cred.uid;
	*ret_pid = cred.pid;
	return 0;
}

bool
net_peer_in_group(int fd, uint32_t gid)
{
	struct ucred cred;
	socklen_t n = sizeof cred;
	gid_t groups[256];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
		return false;
	if (cred.gid == gid)
		return true;
	/* Linux 4.13: the supplementary groups; someone in more than 256 needs sudo. */
	n = sizeof groups;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n) < 0)
		return false;
	for (size_t i = 0; i < n / sizeof *groups; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

int
net_accept(int listen_fd, struct net_addr *ret_peer)
{
	struct sockaddr_storage from = { 0 };
	socklen_t n = sizeof from;
	struct net_addr a;
	int fd = accept4(listen_fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return -errno;
	memset(&a, 0, sizeof a);
	if (n > sizeof a.u || (from.ss_family != AF_INET && from.ss_family != AF_INET6)) {
		a.u.sa.sa_family = from.ss_family;
		a.len = sizeof a.u.sa.sa_family;
	} else {
		memcpy(&a.u, &from, n);
		a.len = n;
	}
	*ret_peer = a;
	return fd;
}

const char *
net_why(int err)
{
	const char *text;

	switch (err) {
	case ECONNREFUSED:
		return "connection refused";
	case ETIMEDOUT:
		return "connection timed out";
	case EHOSTUNREACH:
		return "no route to host";
	case ENETUNREACH:
		return "network unreachable";
	case ECONNRESET:
		return "the other side reset the connection";
	case EPIPE:
		return "the other side closed the connection";
	case EADDRNOTAVAIL:
		return "source address not available";
	case EACCES:
	case EPERM:
		return "this machine does not allow the connection";
	case EMFILE:
	case ENFILE:
		return "too many open files";
	default:
		text = strerrordesc_np(err);
		return text ? text : "unknown error";
	}
}

long
net_receive(int fd, void *p, size_t n, bool peek)
{
	ssize_t k;

	do
		k = recv(fd, p, n, MSG_DONTWAIT | (peek ? MSG_PEEK : 0));
	while (k < 0 && errno == EINTR);
	return k < 0 ? -errno : (long)k;
}
