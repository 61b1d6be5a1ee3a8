/*
 * What the load pair (load, sink) shares: non-blocking connections with buffers of a fixed
 * size, TLS as a client, the clock, a histogram. Plain epoll and GnuTLS, nothing of the
 * product's own code: what it measures does not measure itself. Nothing is allocated for a
 * message.
 *
 * One thread each. A connection's buffers belong to it; text given to pair_tail is borrowed and
 * lives until the connection has been flushed.
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PAIR_IN_MAX  65536
#define PAIR_OUT_MAX 4096

struct pair_tls;
struct pair_conn {
	int fd; /* -1: none */
	int epoll;
	gnutls_session_t tls; /* NULL: plain */
	bool writing;         /* EPOLLOUT is wanted */
	size_t at, nin;       /* in[at..nin) is unread */
	size_t sent, nout;
	const char *tail; /* goes out behind out[] */
	size_t ntail;
	char in[PAIR_IN_MAX], out[PAIR_OUT_MAX];
};

/* 32 steps to the octave: an error of at most 3 %. */
#define PAIR_STEPS 1280
struct pair_times {
	uint64_t n, max_us;
	uint64_t step[PAIR_STEPS];
};

/* CLOCK_MONOTONIC, the same for all processes of the machine. */
uint64_t pair_mono_us(void);
/* User and system time of this process so far. */
double pair_cpu_s(void);
__attribute__((noreturn, format(printf, 1, 2))) void pair_die(const char *fmt, ...);
/* A number within bounds from the command line, or the end of the program. */
uint64_t pair_number(const char *text, uint64_t lo, uint64_t hi);
/* As many descriptors as this process may have. */
void pair_files(void);

/* Takes fd and watches it for input and, when `writing`, for room to write. */
void pair_take(struct pair_conn *c, int epoll, int fd, bool writing);
void pair_close(struct pair_conn *c);
/* Queues text; over PAIR_OUT_MAX ends the program. */
__attribute__((format(printf, 2, 3))) void pair_put(struct pair_conn *c, const char *fmt, ...);
void pair_put_text(struct pair_conn *c, const char *text);
void pair_tail(struct pair_conn *c, const char *p, size_t n);
/* Writes what the kernel takes. 0, or -1: the connection is gone. */
int pair_flush(struct pair_conn *c);
/* Reads what there is and fits. 1: something came; 0: nothing for now; -1: gone, or full. */
int pair_fill(struct pair_conn *c);
/* The next line without its end, NUL-terminated, or NULL; it lives until the next pair_fill. */
char *pair_line(struct pair_conn *c);
/* Goes on with the handshake. 1: done; 0: not yet; -1: failed. */
int pair_shake(struct pair_conn *c, const struct pair_tls *t);

/* TLS as a client that offers no ticket and takes any certificate. */
struct pair_tls {
	gnutls_priority_t priority;
	gnutls_certificate_credentials_t none;
};
void pair_tls_init(struct pair_tls *t);
void pair_tls_done(struct pair_tls *t);

void pair_time(struct pair_times *t, uint64_t us);
/* "NAME":{"n":…,"p50_us":…,…} */
void pair_times_json(FILE *f, const char *name, const struct pair_times *t);

#endif
