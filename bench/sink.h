/* What the parts of sink share: see sink.c. */
#ifndef BENCH_SINK_H
#define BENCH_SINK_H

#include "pair.h"

#include <netinet/in.h>
#include <sys/queue.h>

#define CONNECTIONS 8192u
#define SITES       9u
#define CLASSES     4u
#define IDS         (1u << 23)

enum state { COMMAND, HEADER, BODY, WAITING };

struct site;

struct conn {
	struct pair_conn pair; /* first: epoll gives it back */
	enum state state;
	struct site *site;
	unsigned rcpts;
	size_t column; /* of the line of the body */
	char begins[2];
	bool is_signed, named;
	unsigned class;
	uint64_t id, born_us, due_us;
	TAILQ_ENTRY(conn) link; /* of the free, or of those that wait at a site */
};

TAILQ_HEAD(conns, conn);

/* What an address is like. All who wait at one wait equally long: a queue is a timer. */
struct site {
	in_addr_t address;
	uint64_t delay_us, messages, last_us;
	unsigned open, limit;
	bool refuse;
	struct conns waiting;
};

struct sink {
	int epoll, listener, silent[SITES], filler[SITES * 4];
	in_addr_t dead[SITES];
	uint16_t port;
	bool many;
	unsigned tempfail, ndead, nfiller, nsites;
	uint64_t rng;
	struct site site[SITES]; /* 0: all addresses without one of their own */
	struct conns idle;
	uint64_t messages, duplicates, unnamed, nsigned, rcpts, refused, conns, first_us,
		last_us;
	uint64_t class[CLASSES];
	struct pair_times times[CLASSES];
	uint8_t *seen[CLASSES];
	char command[256];
	size_t ncommand;
};

/* Reads the command line, or ends the program. */
void sink_options(struct sink *k, int argc, char **argv);
/* Reads and obeys what stands on standard input. False: it has ended. */
bool sink_commands(struct sink *k);

#endif
