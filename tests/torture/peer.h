/*
 * What load and remote share: bytes in and out of non-blocking connections, the clock, the log.
 * Plain epoll, nothing of the product's own code: they are independent witnesses of it.
 *
 * A log line is written with one write(2) before the caller does anything else, so that what
 * the log says has happened even when everything is killed at the next instant.
 */
#ifndef TORTURE_PEER_H
#define TORTURE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_IN_MAX  65536
#define PEER_OUT_MAX 262144

struct peer {
	int fd;       /* -1: none */
	int epoll;    /* where it is watched */
	bool writing; /* EPOLLOUT is wanted */
	size_t nin, nout;
	char in[PEER_IN_MAX], out[PEER_OUT_MAX];
};

struct peer_log {
	int fd;
	int sizes; /* a growing file whose size goes into each line, -1 = none */
};

/* Microseconds of CLOCK_MONOTONIC: the same for all processes of the machine. */
uint64_t peer_mono(void);
/* Prints and ends the program. */
__attribute__((noreturn, format(printf, 1, 2))) void peer_die(const char *fmt, ...);
/* A number within bounds from the command line, or the end of the program. */
unsigned long peer_number(const char *text, unsigned long lo, unsigned long hi);

/* Takes fd and watches it. 0 or -1 (fd is closed). */
int peer_take(struct peer *p, int epoll, int fd);
void peer_close(struct peer *p);
/* Queues text; over PEER_OUT_MAX ends the program. */
__attribute__((format(printf, 2, 3))) void peer_put(struct peer *p, const char *fmt, ...);
void peer_put_bytes(struct peer *p, const char *bytes, size_t n);
/* Writes what the kernel takes. 0, or -1: the connection is gone. */
int peer_flush(struct peer *p);
/* Reads what there is. 0, or -1: the connection is gone or a line is too long. */
int peer_fill(struct peer *p);
/* The next line without its end, NUL-terminated, valid until the next call on p; NULL = none
 * yet. *ret_used: bytes to give to peer_eat when done with it. */
char *peer_line(struct peer *p, size_t *ret_used);
void peer_eat(struct peer *p, size_t n);

/* sizes may be NULL. */
void peer_log_open(struct peer_log *l, const char *path, const char *sizes);
/* "WHAT MONO SIZE rest" */
__attribute__((format(printf, 3, 4))) void peer_log(
	struct peer_log *l, const char *what, const char *fmt, ...);

/* FNV-1a of a body, line ends as CRLF, without dots added on the way. */
#define PEER_SUM_BEGIN 14695981039346656037u
uint64_t peer_sum(uint64_t sum, const char *bytes, size_t n);

#endif
