/*
 * Inside the queue: what its files share. Nobody else includes this.
 *
 *   recipient ── lane (tenant × stream × domain) ── share (a tenant's part of a door, one per
 *   stream) ── door. A lane with something due stands in its share's ring, a share with such a
 *   lane in its door's ring of the stream, a door that can serve in the queue's list `ready`.
 */
#ifndef SEND_QUEUE_PRIV_H
#define SEND_QUEUE_PRIV_H

#include "send/queue.h"

#define STREAMS 2
/* Recipients a tenant sends before the next one's turn. */
#define QUEUE_QUANTUM 4

/*
 * Records found by hash: 256 open-addressed tables of slab ids, so that growing one moves few
 * records at a time; 4 bytes a slot. The record itself tells its hash and key.
 */
struct queue_index {
	struct queue_index_part {
		uint32_t *slot; /* 0 = empty */
		uint32_t cap, used;
	} part[256];
	const struct slab *slab;
	uint64_t seed; /* outside names must not be chosen to collide */
	uint64_t (*hash)(const void *record, uint64_t seed);
	bool (*is)(const void *record, const void *key);
};
void queue_index_init(struct queue_index *ix, const struct slab *slab, uint64_t seed,
	uint64_t (*hash)(const void *record, uint64_t seed),
	bool (*is)(const void *record, const void *key));
void queue_index_done(struct queue_index *ix);
/* The id, 0 when there is none. */
uint32_t queue_index_find(const struct queue_index *ix, uint64_t hash, const void *key);
/* The record is not in the index yet / is in it. */
void queue_index_add(struct queue_index *ix, uint32_t self);
void queue_index_del(struct queue_index *ix, uint32_t self);
size_t queue_index_used(const struct queue_index *ix);

struct q_lane {
	struct link turn; /* something due: in share->lanes; no recipients: in q->spare */
	struct link due;  /* recipients by timer.link, first come first served */
	struct q_share *share;
	char *key; /* tenant, stream, domain: owned */
	uint32_t self;
	uint32_t ndue, waiting, active, live; /* live: all in memory, held ones too */
	uint16_t key_n;
};

struct q_share {
	struct link turn;  /* in door->ring[stream] when lanes is not empty */
	struct link lanes; /* lanes with something due, in turns */
	struct q_door *door;
	uint32_t self, tenant, nlanes;
	int32_t credit; /* recipients it may still send in this turn; may be owed */
	uint8_t stream;
};

enum door_place { DOOR_OUT, DOOR_READY, DOOR_STARVED, DOOR_ASLEEP };

struct q_door {
	struct link turn;  /* in q->ready, q->starved or, without shares and connections,
	                      q->unused */
	struct timer wake; /* DOOR_ASLEEP: end of rest or next token */
	struct link ring[STREAMS];
	struct link idle;    /* open connections with nothing to do, the latest first */
	struct door_key key; /* its texts point into text */
	char *text;          /* owned; starts with the map's key */
	size_t key_n, text_n;
	uint64_t due, waiting, active;
	uint64_t rest_until, rate_at, moved, unused_since;
	unsigned connections, nidle, shares, passes;
	enum door_place place;
};

enum conn_state { CONN_FREE, CONN_BUSY, CONN_IDLE, CONN_LEAVING };

struct q_conn {
	struct link link;    /* FREE: courier->free; IDLE: door->idle; LEAVING: q->leaving */
	struct link age;     /* IDLE: q->idle, the oldest first */
	struct q_door *door; /* BUSY and IDLE */
	uint64_t since;      /* idle since */
	uint32_t served;     /* transactions */
	uint16_t slot;
	uint8_t courier, state;
};

struct q_courier {
	struct link free, hands; /* connections; attempts */
	struct q_conn *conn;
	size_t nconn, nfree;
	bool paused; /* its free slots are not in q->nfree */
};

/* An attempt in a courier's hands. */
struct q_hand {
	struct link of_courier;
	struct link rcpts; /* ACTIVE ones by timer.link */
	uint64_t id;
	struct q_conn *conn;
	struct q_door *door;
	uint32_t message, self;
	bool fresh, last;
};

struct queue {
	const struct queue_calls *calls;
	void *ctx;
	uint64_t now, seed, ids;
	struct slab messages, rcpts, lanes, shares, hands;
	struct queue_index by_id, by_lane, by_share;
	struct map doors;
	struct nmap attempts;               /* attempt id → slab id */
	struct wheel wheel, naps;           /* recipients; doors */
	struct link ready, starved, unused; /* doors */
	struct link idle, leaving;          /* connections */
	struct link spare; /* lanes without recipients, kept for the next message */
	size_t nspare, nstarved, nfree; /* nfree: slots of all couriers */
	struct q_courier *courier[256];
	uint8_t up[256]; /* numbers of the couriers that are up */
	size_t nup;
	uint32_t widest, swept; /* most ids one message took; where the sweep stands */
	uint64_t counts[RCPT_STATES];
};

#define RCPT_OF(l)  LIST_OF(l, struct q_rcpt, timer.link)
#define LANE_OF(l)  LIST_OF(l, struct q_lane, turn)
#define SHARE_OF(l) LIST_OF(l, struct q_share, turn)
#define DOOR_OF(l)  LIST_OF(l, struct q_door, turn)

/* queue_lane.c: where a recipient stands while it is QUEUED. */
void queue_lane_init(struct queue *q);
/* The lane of this domain (any case), made when new. */
struct q_lane *queue_lane_for(
	struct queue *q, uint32_t tenant, uint8_t stream, struct str domain);
void queue_lane_join(struct queue *q, struct q_lane *l, struct q_rcpt *r);
void queue_lane_leave(struct queue *q, struct q_rcpt *r);
/* QUEUED and due since `since`: at the end of its lane, or (back) at the front. */
void queue_lane_due(struct queue *q, struct q_rcpt *r, uint64_t since, bool back);
void queue_lane_wait(struct queue *q, struct q_rcpt *r, uint64_t until);
/* Out of list, wheel or attempt, and out of the counts of lane and door. */
void queue_lane_detach(struct queue *q, struct q_rcpt *r);
void queue_lane_active(struct q_rcpt *r, struct q_hand *h);
struct str queue_lane_domain(const struct q_lane *l);
/* Asks for its door again. */
void queue_lane_reroute(struct queue *q, struct q_lane *l);
void queue_lane_drop_spare(struct queue *q, size_t keep);

/* queue_door.c: connections, rates and whose turn it is. */
struct q_door *queue_door_for(struct queue *q, const struct door_key *k);
/* Puts the door where it belongs now: call after anything that it serves by changed. */
void queue_door_place(struct queue *q, struct q_door *d);
/* Without shares and connections it may go. */
void queue_door_unref(struct queue *q, struct q_door *d);
void queue_door_prune(struct queue *q);
void queue_door_free(struct queue *q, struct q_door *d);
/* A door that can serve, NULL when there is none; the lane whose turn it is. */
struct q_door *queue_door_ready(struct queue *q);
struct q_lane *queue_door_turn(struct q_door *d);
/* n recipients of l's share were taken: moves the turns on, takes a token of the rate. */
void queue_door_charge(struct queue *q, struct q_lane *l, size_t n);
void queue_door_check(const struct queue *q, const struct q_door *d);

/* queue_conn.c */
struct q_conn *queue_conn_take(struct queue *q, struct q_door *d, bool *ret_fresh);
struct q_conn *queue_conn_claim(
	struct queue *q, uint8_t courier, uint16_t slot, struct q_door *d);
void queue_conn_done(struct queue *q, struct q_conn *c, bool open, bool last);
void queue_conn_done_all(struct queue *q);

/* queue.c */
void queue_state(struct queue *q, struct q_rcpt *r, enum rcpt_state s);
struct q_hand *queue_hand(struct queue *q, uint64_t attempt);

#endif
