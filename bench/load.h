/* What the parts of load share: see load.c. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "pair.h"

#define KEY_MAX 300

enum state {
	CLOSED,
	CONNECT,
	BANNER,
	HELLO,
	STARTTLS,
	SHAKE,
	AUTH,
	IDLE,
	ENVELOPE,
	DOT,
	RESET,
	QUIT
};

struct session {
	struct pair_conn pair; /* first: epoll gives it back */
	enum state state;
	bool pipelining;
	unsigned number, replies, refused;
	uint64_t left, turn; /* messages of this connection; domains gone through */
	uint64_t id, due_us, began_us, dot_us, connect_us;
};

struct load {
	uint16_t port;
	unsigned nsessions, class, domains, per_key, nkeys, addresses;
	uint64_t messages, per_conn, bytes, rate;
	double seconds;
	const char *sender;
	char (*key)[KEY_MAX]; /* "USER SECRET" */
	bool tls, idle;

	int epoll;
	struct pair_tls client;
	struct session *session;
	unsigned connecting, waiting; /* sessions that CONNECT…HELLO; that are CLOSED or IDLE */
	uint64_t next, begin_us, first_us, last_us, end_us;
	uint64_t accepted, refused, unknown, broken, conns;
	struct pair_times dot, connect;
	char *body; /* bytes, then the end of data */
	size_t nbody;
	bool told;
};

/* Reads the command line, or ends the program. */
void load_options(struct load *l, int argc, char **argv);

#endif
