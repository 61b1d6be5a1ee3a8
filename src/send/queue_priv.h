/*
 * Inside the queue: what its files share. Nobody else includes this.
 *
 *   recipient ── lane (tenant × stream × domain) ── share (a tenant's part of a door, one per
 *   stream) ── door. A lane with something due stands in its share's ring, a share with such a
 *   lane in its door's ring of the stream, a door that can serve in the queue's list `ready`.
 */
#ifndef SEND_QUEUE_PRIV_H
#define SEND_QUEUE_PRIV_H

#include "base/ring.h"
#include "base/scrap.h"
#include "send/queue.h"

/* Turns of a door: transactional mail, and inbound mail, which has doors of its own, before
 * broadcast. */
#define STREAMS             2
#define STREAM_RING(stream) ((stream) == STREAM_BROADCAST)
/* Recipients a tenant sends before the next one's turn. */
#define QUEUE_QUANTUM 4

/* The finaliser of MurmurHash3. */
static inline uint64_t
queue_mix(uint64_t k)
{
	k ^= k >> 33;
	k *= UINT64_C(0xff51afd7ed558ccd);
	k ^= k >> 33;
	k *= UINT64_C(0xc4ceb9fe1a85ec53);
	return k ^ k >> 33;
}

/*
 * Records found by hash: 256 open-addressed tables of slab ids, so that growing one moves few
 * records at a time; 4 bytes a slot. The record itself tells its hash and key.
 */
struct queue_index_kind {
	uint64_t (*hash)(const struct queue *q, const void *record);
	bool (*is)(const struct queue *q, const void *record, const void *key);
};
#define QUEUE_INDEX_PARTS 256
struct queue_index {
	struct queue_index_part {
		uint32_t *slot; /* 0 = empty */
		uint32_t cap, used;
	} part[QUEUE_INDEX_PARTS];
	const struct queue *queue;
	const struct slab *slab;
	const struct queue_index_kind *kind;
};
void queue_index_init(struct queue_index *ix, const struct queue *q, const struct slab *slab,
	const struct queue_index_kind *kind);
void queue_index_done(struct queue_index *ix);
/* The id, 0 when there is none. */
uint32_t queue_index_find(const struct queue_index *ix, uint64_t hash, const void *key);
/* The record is not in the index yet / is in it. */
void queue_index_add(struct queue_index *ix, uint32_t self);
void queue_index_del(struct queue_index *ix, uint32_t self);
size_t queue_index_used(const struct queue_index *ix);

/* A recipient domain, lower-case A-labels, kept once for all its lanes. */
struct q_domain {
	char *text;
	uint32_t refs;
	uint16_t n;
};

/* What waits by the million may have a lane, and a share, for each message: both are kept
 * small, name others by their slab id and stand in rings of ids. */
struct q_lane {
	struct ring_link
		turn; /* something due: in share's lanes or low; no recipients: in q->spare */
	uint32_t self, share, domain;
	uint32_t due; /* the first recipient due; they are a ring by timer.link: those that are
	                 not low, then those that are, each kind first come first served but
	                 for TURN_LAST_FIRST */
	uint32_t low; /* the first low one, 0 none */
	uint32_t ndue, waiting, live : 31; /* live: all in memory, held and active ones too */
	uint32_t in_low : 1;               /* its turn is in share's low */
};

struct q_share {
	struct ring_link turn; /* in its ring of the door when lanes or low is not empty */
	uint32_t self, door, tenant;
	uint32_t lanes; /* ring of lanes with something due, in turns */
	uint32_t low; /* the same of those where all that is due is low: when lanes is empty */
	int32_t credit; /* recipients it may still send in this turn; may be owed */
	uint32_t nlanes : 30, stream : 2;
};

enum door_place { DOOR_OUT, DOOR_READY, DOOR_STARVED, DOOR_ASLEEP };

struct q_door {
	struct link turn;  /* in q->ready, q->starved or, without shares and connections,
	                      q->unused */
	struct timer wake; /* DOOR_ASLEEP: end of rest or next token */
	uint32_t self, ring[STREAMS];
	struct link idle;    /* open connections with nothing to do, the latest first */
	struct door_key key; /* its texts point into text */
	char *text;          /* owned; starts with what the index looks at */
	size_t key_n, text_n;
	uint64_t due, waiting; /* of its lanes */
	uint64_t active;       /* in the attempts given out for it */
	uint64_t rest_until, rate_at, unused_since;
	/* Turned away (queue_away.c): it rests until then or until a connection works; no new
	 * connection before; its conversations work, or one of them is still counted, until. */
	uint64_t away_until, fresh_at, works_until, left_until;
	uint64_t cap_at;          /* when cap changed or a connection was turned away last */
	unsigned cap, cap_served; /* connections taken, 0 = all; messages since cap_at */
	unsigned proved;          /* connections that have worked */
	uint64_t moved;           /* its last start or outcome, or since when it has mail due */
	/* What became of recipients: [0] since told_from, [1] in the span before that. */
	uint64_t told_from;
	uint32_t told[2], put_off[2];
	/* Due since, the oldest that the sweep saw in its pass before this one and in this one;
	 * UINT64_MAX none. */
	uint64_t oldest, oldest_now;
	uint32_t pass; /* oldest_now is of this one */
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
	bool proved; /* BUSY and IDLE: a conversation of it came past the greeting */
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
	bool one_by_one; /* messages with a sender: one recipient a transaction */
	struct slab messages, rcpts, lanes, shares, hands, doors, domains, letterheads;
	struct queue_index by_id, by_lane, by_share, by_door, by_domain, by_letterhead;
	struct ring_kind lane_turns, share_turns;
	struct scrap texts;                 /* of messages, letterheads and domains */
	struct nmap attempts;               /* attempt id → slab id */
	struct wheel wheel, naps;           /* recipients; doors */
	struct link ready, starved, unused; /* doors */
	struct link idle, leaving;          /* connections */
	uint32_t spare; /* ring of lanes without recipients, kept for the next message */
	size_t nspare, nstarved, nfree; /* nfree: slots of all couriers */
	struct q_courier *courier[256];
	uint8_t up[256]; /* numbers of the couriers that are up */
	size_t nup;
	uint32_t widest;      /* most ids one message took */
	uint32_t swept, pass; /* where the sweep stands; its passes so far */
	/* The routes changed: lanes and then recipients from here down are still to be looked
	 * at. */
	uint32_t lanes_left, rcpts_left;
	uint64_t counts[RCPT_STATES];
};

#define RCPT_OF(l) LIST_OF(l, struct q_rcpt, timer.link)
#define DOOR_OF(l) LIST_OF(l, struct q_door, turn)

static inline struct q_lane *
queue_lane_at(const struct queue *q, uint32_t self)
{
	return slab_at(&q->lanes, self);
}
static inline struct q_share *
queue_share_at(const struct queue *q, uint32_t self)
{
	return slab_at(&q->shares, self);
}
static inline struct q_door *
queue_door_at(const struct queue *q, uint32_t self)
{
	return slab_at(&q->doors, self);
}
static inline struct q_share *
queue_share_of(const struct queue *q, const struct q_lane *l)
{
	return queue_share_at(q, l->share);
}
/* The ring of its share in which a lane takes its turns. */
static inline uint32_t *
queue_lane_ring(struct q_share *s, const struct q_lane *l)
{
	return l->in_low ? &s->low : &s->lanes;
}
/* The door that serves a lane. */
static inline struct q_door *
queue_door_of(const struct queue *q, const struct q_lane *l)
{
	return queue_door_at(q, queue_share_of(q, l)->door);
}

/* queue_text.c: what many messages and lanes have in common, kept once and counted. */
void queue_text_init(struct queue *q);
/* The id of its record, made when new; with one more use. */
uint32_t queue_domain_ref(struct queue *q, struct str domain);
/* The same without a use; 0 when there is none. */
uint32_t queue_domain_find(const struct queue *q, struct str domain);
void queue_domain_unref(struct queue *q, uint32_t self);
struct q_letterhead *queue_letterhead_ref(
	struct queue *q, uint64_t key, struct str sender, struct str from_domain);
void queue_letterhead_unref(struct queue *q, struct q_letterhead *h);
/* n bytes in q->texts; a byte before them tells the size for queue_text_free. */
char *queue_text_new(struct queue *q, size_t n);
void queue_text_free(struct queue *q, char *text);

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
struct str queue_lane_domain(const struct queue *q, const struct q_lane *l);
/* Asks for its door again. */
void queue_lane_reroute(struct queue *q, struct q_lane *l);
void queue_lane_drop_spare(struct queue *q, size_t keep);

/* queue_door.c: connections, rates and whose turn it is. */
void queue_door_init(struct queue *q);
struct q_door *queue_door_for(struct queue *q, const struct door_key *k);
/* Puts the door where it belongs now: call after anything that it serves by changed. */
void queue_door_place(struct queue *q, struct q_door *d);
/* Without shares and connections it may go. */
void queue_door_unref(struct queue *q, struct q_door *d);
void queue_door_prune(struct queue *q);
void queue_door_free(struct queue *q, struct q_door *d);
/* A door that can serve, NULL when there is none; the lane whose turn it is. */
struct q_door *queue_door_ready(struct queue *q);
struct q_lane *queue_door_turn(struct queue *q, struct q_door *d);
/* n recipients of l's share were taken: moves the turns on, takes a token of the rate. */
void queue_door_charge(struct queue *q, struct q_lane *l, size_t n);
/* Since when the oldest due recipient of the door is due, UINT64_MAX when none is; looks at
 * most at *looks lanes and takes them off; what it could not look at it knows from the sweep's
 * last pass. */
uint64_t queue_door_oldest(const struct queue *q, const struct q_door *d, size_t *looks);
/* How long mail has been due that may go, without a start or an outcome, µs. */
uint64_t queue_door_still(const struct q_door *d, uint64_t now);
/* The sweep met a recipient due since then. */
void queue_door_swept(const struct queue *q, struct q_door *d, uint64_t since);
void queue_door_check(const struct queue *q, const struct q_door *d);

/* queue_away.c */
/* Connections at once, by configuration and as learned; the end of both rests. */
unsigned queue_door_most(const struct q_door *d);
uint64_t queue_door_rests(const struct q_door *d);
/* Is what was learned still of use? */
bool queue_door_learned(const struct q_door *d, uint64_t now);
/* The connection leaves its door. */
void queue_conn_left(struct queue *q, struct q_conn *c);

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
