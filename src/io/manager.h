/*
 * The service manager that started this process (systemd): what it hands over and what it is
 * told, in its own protocol (sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3)), without
 * its library. Without one every call does nothing.
 *
 *   handed over   descriptors 3, 4, … ($LISTEN_FDS): sockets that listen, of a socket unit, or
 *                 those that were kept for us when we ended
 *   told          datagrams to $NOTIFY_SOCKET: READY=1, STOPPING=1, WATCHDOG=1; a socket to be
 *                 kept, so that who connects while we restart waits instead of being refused
 *
 * For the one process that was started; forked children never use it. Nothing is allocated.
 */
#ifndef IO_MANAGER_H
#define IO_MANAGER_H

#include "base/str.h"

#include <sys/socket.h>
#include <sys/un.h>

#define MANAGER_FIRST_FD 3
#define MANAGER_FDS_MAX  512
#define MANAGER_NAME_MAX 100

struct manager {
	int fd; /* to tell it; -1: there is none */
	struct sockaddr_un to;
	socklen_t to_len;
	uint64_t watchdog_us; /* it wants a sign of life as often; 0: none */
	unsigned nfds;        /* handed over: MANAGER_FIRST_FD and on */
};

/* Reads what the environment says and takes it out of there: what is started later is not
 * meant. Descriptors handed over are closed on exec from now on; they are the caller's. 0, or
 * -EINVAL: $NOTIFY_SOCKET is no address, -E2BIG: more than MANAGER_FDS_MAX descriptors, of
 * which the first ones count; -errno. What could be read is in force then too. */
int manager_init(struct manager *m);
void manager_done(struct manager *m);
bool manager_is(const struct manager *m);

/* Lines "READY=1\nSTATUS=…". Never waits: 0, also when there is none; -EAGAIN: say it again
 * later; -errno. */
int manager_tell(const struct manager *m, const char *lines);
/* Keeps the socket under this name (letters, digits, ".-_") until the service is stopped for
 * good; one that it has already is not kept twice. As manager_tell. */
int manager_keep(const struct manager *m, const char *name, int fd);
/* Keeps those of this name no longer. As manager_tell. */
int manager_forget(const struct manager *m, const char *name);

#endif
