#include "io/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A number of the environment, taken out of there. False: there is none. */
static bool
take_number(const char *name, uint64_t *ret_v)
{
	const char *text = getenv(name);
	bool is = text && str_u64(str_z(text), ret_v) == 0;

	unsetenv(name);
	return is;
}

/* Numbers with a pid beside them are meant for that process alone. */
static bool
for_us(const char *name)
{
	uint64_t pid;

	return take_number(name, &pid) && pid == (uint64_t)getpid();
}

/* A path, or with @ a name in the abstract namespace. */
static int
open_socket(struct manager *m, struct str path)
{
	if (path.n < 2 || path.n >= sizeof m->to.sun_path ||
		(path.p[0] != '/' && path.p[0] != '@'))
		return -EINVAL;
	m->to.sun_family = AF_UNIX;
	memcpy(m->to.sun_path, path.p, path.n);
	if (path.p[0] == '@')
		m->to.sun_path[0] = '\0';
	m->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n);
	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return m->fd < 0 ? -errno : 0;
}

static int
take_fds(struct manager *m)
{
	bool ours = for_us("LISTEN_PID");
	uint64_t n = 0;

	if (!take_number("LISTEN_FDS", &n) || !ours)
		return 0;
	m->nfds = n > MANAGER_FDS_MAX ? MANAGER_FDS_MAX : (unsigned)n;
	for (unsigned i = 0; i < m->nfds; i++)
		/* One that is not open is found out when it is used. */
		(void)fcntl(MANAGER_FIRST_FD + (int)i, F_SETFD, FD_CLOEXEC);
	return n > MANAGER_FDS_MAX ? -E2BIG : 0;
}

int
manager_init(struct manager *m)
{
	const char *path = getenv("NOTIFY_SOCKET");
	int err = 0, fds;

	*m = (struct manager){ .fd = -1 };
	/* First: a socket made here would take one of their numbers where none is open. */
	fds = take_fds(m);
	unsetenv("LISTEN_FDNAMES");
	if (path)
		err = open_socket(m, str_z(path));
	unsetenv("NOTIFY_SOCKET");
	/* Without a pid the numbers are meant for whoever reads them. */
	bool watched = getenv("WATCHDOG_PID") == NULL || for_us("WATCHDOG_PID");

	if (!take_number("WATCHDOG_USEC", &m->watchdog_us) || !watched || m->fd < 0)
		m->watchdog_us = 0;
	return err ? err : fds;
}

void
manager_done(struct manager *m)
{
	if (m->fd >= 0)
		close(m->fd);
	*m = (struct manager){ .fd = -1 };
}

bool
manager_is(const struct manager *m)
{
	return m->fd >= 0;
}

static int
send_lines(const struct manager *m, const char *lines, int fd)
{
	struct iovec bytes = { (char *)(uintptr_t)lines, strlen(lines) };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr h = { .msg_name = (void *)(uintptr_t)&m->to,
		.msg_namelen = m->to_len,
		.msg_iov = &bytes,
		.msg_iovlen = 1 };
	struct cmsghdr *c;

	if (m->fd < 0)
		return 0;
	if (fd >= 0) {
		h.msg_control = control.room;
		h.msg_controllen = sizeof control.room;
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	if (sendmsg(m->fd, &h, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return errno == EWOULDBLOCK || errno == ENOBUFS ? -EAGAIN : -errno;
	return 0;
}

int
manager_tell(const struct manager *m, const char *lines)
{
	return send_lines(m, lines, -1);
}

int
manager_keep(const struct manager *m, const char *name, int fd)
{
	char lines[MANAGER_NAME_MAX + 64];

	/* FDPOLL=0: else it looks for what epoll calls an error, which ends the keeping. */
	snprintf(lines, sizeof lines, "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
	return send_lines(m, lines, fd);
}

int
manager_forget(const struct manager *m, const char *name)
{
	char lines[MANAGER_NAME_MAX + 64];

	snprintf(lines, sizeof lines, "FDSTOREREMOVE=1\nFDNAME=%s", name);
	return send_lines(m, lines, -1);
}
