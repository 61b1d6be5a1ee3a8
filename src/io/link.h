/*
 * The link between keeper and role: small datagrams (SOCK_SEQPACKET) that may carry one
 * descriptor.
 */
#ifndef IO_LINK_H
#define IO_LINK_H

#include "base/str.h"

/* Connected, non-blocking, close-on-exec. 0 or -errno. */
int link_pair(int ret_fd[2]);
/* Blocking-free send: 0 or -errno. fd -1 = none (the sender keeps its copy). */
int link_send(int link_fd, struct str bytes, int fd);
/* Receives one datagram into dst: its length; *ret_fd = descriptor or -1. 0 = other side gone,
 * -EAGAIN = none waits, -EMSGSIZE = longer than size (dropped). */
long link_recv(int link_fd, void *dst, size_t size, int *ret_fd);

#endif
