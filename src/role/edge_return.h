/*
 * What comes back by mail, inside: seen by edge_return*.c only. edge_return.c: the
 * conversation; edge_return_read.c: what the mail says and who is meant;
 * edge_return_forward.c: who gets to read it.
 */
#ifndef ROLE_EDGE_RETURN_H
#define ROLE_EDGE_RETURN_H

#include "io/pool.h"
#include "role/edge_priv.h"
#include "send/forward.h"
#include "send/returned.h"
#include "wire/token.h"

#define EDGE_RETURN_RCPTS 10u
/* Reports stand first, then the header of the original: what is behind is not looked at. */
#define EDGE_RETURN_HEAD  (256u << 10)
#define EDGE_RETURN_KINDS (RETURNED_AT_UNSUBSCRIBE + 1)

struct edge_return_to {
	enum returned_at at;
	bool service; /* fbl@ and the like: no token in it */
	bool people;  /* abuse@, postmaster@: what people write goes to the administrator */
	struct token token;
};

/* What is sent on, to the administrator (rcpt 0) or to the sender of a message of ours. */
struct edge_return_on {
	enum forward_what what;
	uint8_t kind; /* enum fact_kind */
	uint32_t tenant;
	uint64_t rcpt;
	int64_t accepted;
	size_t to; /* of these recipients of the mail */
};

struct edge_return {
	struct edge_return_to to[EDGE_RETURN_RCPTS];
	size_t n;
	struct buf head; /* its first bytes: read, and sent on */
	uint64_t size, charge;
	struct reply refusal;         /* code 0 = none; answered after the dot */
	struct edge_reading *reading; /* on the pool's thread, or NULL */
	/* Encoded signals, one behind the other, and where the next one to be said begins. */
	struct buf signals;
	size_t ends[EDGE_RETURN_RCPTS];
	uint64_t seqs[EDGE_RETURN_RCPTS];
	size_t nsignals, said;
	struct edge_return_on on[EDGE_RETURN_RCPTS];
	size_t non, sent;                        /* to be sent on; dealt with */
	struct str addresses[EDGE_RETURN_RCPTS]; /* of to, in the arena */
	struct arena arena;
	struct extent_body *body; /* the next one, until it is committed */
	struct str dest, message_id, subject;
	uint64_t id;
	uint32_t header_length;
	bool eight_bit;
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

/* Counts what was read for this recipient of the mail, and keeps its signal, if it makes one,
 * and who is to read it. */
void edge_return_judge(struct edge_conn *c, size_t to, const struct returned *r);

/* ---- edge_return_forward.c */
/* What was judged is to be sent on, too. */
void edge_return_forward_add(struct edge_conn *c, const struct edge_return_on *on);
/* 1: the next of what is to be sent on is under way, edge_return_forwarded follows; 0: all is
 * done; -EAGAIN: it cannot be now. */
int edge_return_forward_next(struct edge_conn *c);
/* ---- edge_return.c: it is durable, or could not be. */
void edge_return_forwarded(struct edge_conn *c, bool ok);

#endif
