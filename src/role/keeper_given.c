/* The service manager's part: sockets it hands over and keeps, signs of life. */
#include "role/keeper_priv.h"

#include "base/must.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG       1024
#define NAME_LOCAL    "submit"
#define KEEP_AGAIN_US 10000u
#define KEEP_TURNS    200u /* 2 s for all ports */

/* What the manager calls a socket: the address, in the letters that a name may have. */
static const char *
name_of(char dst[MANAGER_NAME_MAX], const struct net_addr *a)
{
	char text[NET_TEXT_MAX];

	snprintf(dst, MANAGER_NAME_MAX, "listen-%s", net_text_port(text, a));
	for (char *p = dst; *p; p++)
		if (!ascii_alnum(*p) && *p != '.' && *p != '-')
			*p = '_';
	return dst;
}

static void
not_used(struct keeper *k, const struct net_addr *a, const char *means)
{
	struct log_line ll = log_op(k->log, LOG_WARN, "socket-not-used");
	char text[NET_TEXT_MAX];

	if (a)
		log_z(&ll, "address", net_text_port(text, a));
	log_z(&ll, "means", means);
	log_end(&ll);
}

/* A socket unit gives its sockets at each start, the store those that were kept: one socket may
 * come twice. */
static bool
has_it(const struct keeper *k, int fd)
{
	struct stat is, other;

	if (fstat(fd, &is) < 0)
		return false;
	for (size_t i = 0; i < k->ngiven; i++)
		if (fstat(k->given[i].fd, &other) == 0 && other.st_dev == is.st_dev &&
			other.st_ino == is.st_ino)
			return true;
	return false;
}

static void
take(struct keeper *k, int fd)
{
	struct keeper_given *g = &k->given[k->ngiven];
	int err = net_adopt(fd, BACKLOG, &g->addr);

	must(k->ngiven < MANAGER_FDS_MAX);
	g->fd = fd;
	g->local = err < 0 && net_adopt_unix(fd, k->paths.submit_sock) == 0;
	if (g->local)
		err = 0;
	if (err == 0 && !has_it(k, fd)) {
		k->ngiven++;
		return;
	}
	if (err == -EADDRINUSE)
		not_used(k, NULL,
			"it is for IPv4 and IPv6 at once: its unit needs "
			"BindIPv6Only=ipv6-only and a line for each");
	else if (err)
		not_used(k, NULL, "it is no listening TCP socket of this service");
	/* That of another state folder would be given each time, and one more with it. */
	if (err)
		(void)manager_forget(&k->manager, NAME_LOCAL);
	if (err != -EBADF)
		close(fd);
}

void
keeper_given_take(struct keeper *k)
{
	for (unsigned i = 0; i < k->manager.nfds; i++)
		take(k, MANAGER_FIRST_FD + (int)i);
	k->manager.nfds = 0;
}

static bool
same(const struct net_addr *a, const struct net_addr *b)
{
	if (a->u.sa.sa_family != b->u.sa.sa_family || net_port(a) != net_port(b))
		return false;
	if (a->u.sa.sa_family == AF_INET)
		return a->u.in4.sin_addr.s_addr == b->u.in4.sin_addr.s_addr;
	return memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr, sizeof a->u.in6.sin6_addr) == 0;
}

int
keeper_given_find(struct keeper *k, const struct net_addr *a)
{
	for (size_t i = 0; i < k->ngiven; i++) {
		struct keeper_given *g = &k->given[i];
		int fd = g->fd;

		if (fd < 0 || g->local != (a == NULL) || (a && !same(a, &g->addr)))
			continue;
		g->fd = -1;
		k->handed++;
		return fd;
	}
	return -1;
}

void
keeper_given_rest(struct keeper *k)
{
	for (size_t i = 0; i < k->ngiven; i++) {
		struct keeper_given *g = &k->given[i];
		char name[MANAGER_NAME_MAX];

		if (g->fd < 0)
			continue;
		not_used(k, g->local ? NULL : &g->addr,
			"no port of the configuration: it is closed, and the service manager "
			"is asked to close it too");
		(void)manager_forget(
			&k->manager, g->local ? NAME_LOCAL : name_of(name, &g->addr));
		close(g->fd);
		g->fd = -1;
	}
	k->ngiven = 0;
}

/* A manager that is behind (it has ten datagrams at most) is waited for: nothing runs yet, and
 * what the roles are told of it holds as long as they live. */
static int
keep(struct keeper *k, const char *name, int fd, unsigned *turns)
{
	int err;

	while ((err = manager_keep(&k->manager, name, fd)) == -EAGAIN && *turns > 0) {
		(*turns)--;
		usleep(KEEP_AGAIN_US);
	}
	return err;
}

void
keeper_given_keep(struct keeper *k)
{
	char name[MANAGER_NAME_MAX];
	unsigned turns = KEEP_TURNS;
	int err = 0;

	for (size_t i = 0; i < k->nports && err == 0; i++) {
		struct net_addr a = { .len = sizeof a.u };
		int fd = k->ports[i].fd;

		if (k->ports[i].kind == PORT_LOCAL)
			err = keep(k, NAME_LOCAL, fd, &turns);
		else if (getsockname(fd, &a.u.sa, &a.len) == 0)
			err = keep(k, name_of(name, &a), fd, &turns);
	}
	/* Not kept, the ports are what they are without a manager: closed at the end. */
	k->ports_kept = err == 0 && manager_is(&k->manager);
	if (err && manager_is(&k->manager)) {
		struct log_line ll = log_op(k->log, LOG_WARN, "ports-not-kept");

		log_z(&ll, "error", strerror(-err));
		log_z(&ll, "means",
			"the manager did not take the ports: the next restart closes them for "
			"a moment");
		log_end(&ll);
	}
}

void
keeper_given_second(struct keeper *k)
{
	char lines[128];

	if (k->told_ready && !k->told_manager && !k->stopping) {
		snprintf(lines, sizeof lines, "READY=1\nSTATUS=%zu ports are open", k->nports);
		k->told_manager = manager_tell(&k->manager, lines) != -EAGAIN;
	}
	/* The keeper watches the roles; this says that the keeper does. */
	if (k->manager.watchdog_us)
		(void)manager_tell(&k->manager, "WATCHDOG=1");
}

void
keeper_given_stopping(struct keeper *k)
{
	(void)manager_tell(&k->manager, "STOPPING=1\nSTATUS=what is begun may finish");
}
