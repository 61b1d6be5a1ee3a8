/*
 * What comes back by mail, inside: seen by edge_return*.c only. edge_return.c: the
 * conversation; edge_return_read.c: what the mail says and who is meant.
 */
#ifndef ROLE_EDGE_RETURN_H
#define ROLE_EDGE_RETURN_H

#include "io/pool.h"
#include "role/edge_priv.h"
#include "send/returned.h"
#include "wire/token.h"

#define EDGE_RETURN_RCPTS 10u
/* Reports stand first, then the header of the original: what is behind is not looked at. */
#define EDGE_RETURN_HEAD  (256u << 10)
#define EDGE_RETURN_KINDS (RETURNED_AT_UNSUBSCRIBE + 1)

struct edge_return_to {
	enum returned_at at;
	bool service; /* fbl@ and the like: no token in it */
	struct token token;
};

struct edge_return {
	struct edge_return_to to[EDGE_RETURN_RCPTS];
	size_t n;
	struct buf head;
	uint64_t size, charge;
	struct reply refusal;         /* code 0 = none; answered after the dot */
	struct edge_reading *reading; /* on the pool's thread, or NULL */
	/* Encoded signals, one behind the other, and where the next one to be said begins. */
	struct buf signals;
	size_t ends[EDGE_RETURN_RCPTS];
	uint64_t seqs[EDGE_RETURN_RCPTS];
	size_t nsignals, said;
};

/* Once for each kind of address: it is read in the light of it. On the pool's thread when it is
 * long: a mail of nothing but fields takes some 20 ms. Outlives its connection. */
struct edge_reading {
	struct pool_job job;
	struct edge_conn *conn; /* NULL: it left */
	struct buf head;
	bool null_sender;
	struct returned *by[EDGE_RETURN_KINDS]; /* NULL: nobody is asked for in this way */
	struct arena arena[EDGE_RETURN_KINDS];
};

/* Of the transaction in hand; its head moves. */
struct edge_reading *edge_reading_new(struct edge_conn *c);
void edge_reading_free(struct edge_reading *g);
/* On any thread. */
void edge_reading_do(void *ctx);

/* Counts what was read for this recipient of the mail, and keeps its signal, if it makes one.
 */
void edge_return_judge(
	struct edge_conn *c, const struct edge_return_to *to, const struct returned *r);

#endif
