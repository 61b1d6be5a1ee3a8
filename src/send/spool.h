/*
 * What the journal holds (docs/decisions/0001) and how the queue is rebuilt from it. Record
 * types and their payloads; pure encoding and a builder of state; the file is io/journal's.
 *
 *   SUBMIT    a msg_submit as it came from the edge
 *   OUTCOME   new states of some recipients of one message, after an attempt or by hand
 *   LIVE      a message as it stands (snapshot): msg_submit + state of each recipient
 *   TOTALS    counters since the first start, next id, wall clock (written at least each
 *             minute)
 *   DOT       an attempt that must never be repeated is about to send its dot
 *   MOVED     the body of a message lies elsewhere now, durable there before this record
 *   IDEM      calls with an Idempotency-Key (send/idem) that an older generation knew
 *   ONCE      who got a campaign (send/once), encoded the same way
 *   SUPPRESS  suppressions come and go (send/spool_suppress); no builder needs it
 */
#ifndef SEND_SPOOL_H
#define SEND_SPOOL_H

#include "send/queue.h"

enum spool_type {
	SPOOL_SUBMIT = 1,
	SPOOL_OUTCOME,
	SPOOL_LIVE,
	SPOOL_TOTALS,
	SPOOL_DOT,
	SPOOL_MOVED,
	SPOOL_IDEM,
	SPOOL_ONCE,
	SPOOL_SUPPRESS = 32
};

/* One recipient's new state. */
struct spool_change {
	uint16_t index, attempts, facts;
	uint8_t state, crashes;
	bool delay_told, report_owed;
	bool held_own; /* HELD by its own account, not by an operator */
	int64_t next;  /* wall µs for QUEUED and HELD */
};
struct spool_outcome {
	uint64_t message;
	int64_t at;       /* wall µs */
	int64_t accepted; /* wall µs of the message's acceptance: names the ledger's day */
	uint64_t attempt; /* 0 = by hand or by age */
	struct spool_change *changes;
	size_t n;
	struct str facts; /* the ledger facts of these changes, encoded (ledger/fact): replayed
	                     to the ledger after a crash */
};
int spool_outcome_write(struct buf *b, const struct spool_outcome *o);
int spool_outcome_read(struct arena *a, struct str s, struct spool_outcome *ret_o);

struct spool_live {
	struct msg_submit submit;
	struct spool_change *changes; /* one per live recipient; others are final */
	size_t n;
};
int spool_live_write(struct buf *b, const struct spool_live *l);
int spool_live_read(struct arena *a, struct str s, struct spool_live *ret_l);

/* P2: the left side is counted at acceptance; the right side final states as they happen plus a
 * recount of the live ones. */
struct spool_totals {
	uint64_t next_id; /* no id ≥ this was ever given out */
	int64_t wall;
	uint64_t accepted, accepted_system;
	uint64_t final[RCPT_STATES];
	uint64_t messages; /* messages (not recipients) accepted */
};
int spool_totals_write(struct buf *b, const struct spool_totals *t);
int spool_totals_read(struct str s, struct spool_totals *ret_t);

struct spool_dot {
	uint64_t attempt, message;
	struct msg_u64s rcpts; /* recipient ids */
};
int spool_dot_write(struct buf *b, const struct spool_dot *d);
int spool_dot_read(struct arena *a, struct str s, struct spool_dot *ret_d);

/* Length and hash stay; so does what the submit is known by (P4). It counts only where the
 * message still lies at `from`. */
struct spool_place {
	uint32_t extent;
	uint64_t offset;
};
struct spool_moved {
	uint64_t message;
	struct spool_place from, to;
};
int spool_moved_write(struct buf *b, const struct spool_moved *m);
int spool_moved_read(struct str s, struct spool_moved *ret_m);

/*
 * The builder: fed with the records of a replay in order, then asked for what lives. Keeps one
 * entry per message; later records win. Duplicate SUBMITs (same boot, extent, offset) count
 * once.
 */
struct spool_builder;
struct spool_builder *spool_builder_new(void);
void spool_builder_free(struct spool_builder **b);
/* So many messages will come: no record has to wait until a table has grown. */
void spool_builder_expect(struct spool_builder *b, size_t messages);
/* Counters only grow: a TOTALS raises them, so that submits in flight when it was written stay
 * counted; a SUBMIT counts accepted recipients; a LIVE counts nothing. next_id ends above every
 * id seen.
 * 0, or -EBADMSG: the payload is no valid record (counted as quarantined by the caller). Final
 * states in OUTCOME count in the totals even when their message is unknown here (a compaction
 * was under way); a final state is written once only. A SUBMIT with an origin clears
 * report_owed of that recipient. */
int spool_builder_record(struct spool_builder *b, uint16_t type, struct str payload);
/* What the last record said, when it was a SUBMIT; until the next record, while its payload is
 * there. NULL: it was another. */
const struct msg_submit *spool_builder_submit(const struct spool_builder *b);
const struct spool_totals *spool_builder_totals(const struct spool_builder *b);
/* Puts every live message into the queue, in order of id, and forgets it; what _knows and
 * _totals tell stays. now_wall and now: to turn wall times into mono. A retry is at most 24 h
 * ahead, a first try 73 h (send_at): the message's life begins there, and a LIVE tells it by
 * the same field. The same rule of jumps holds for the walls of records that follow each other.
 * Downtime longer than 30 days or negative is a clock jump: ages then count up to the last
 * record only. Recipients with an unanswered DOT are IN_DOUBT: told through doubt. Returns
 * messages added. */
struct spool_restore {
	uint64_t now;
	int64_t now_wall;
	uint64_t (*expires_us)(void *ctx, uint8_t stream); /* life of a message, µs */
	void (*doubt)(void *ctx, struct q_message *m, struct q_rcpt *r);
	void (*added)(void *ctx, const struct q_message *m); /* may be NULL */
	void *ctx;
};
size_t spool_builder_restore(
	struct spool_builder *b, struct queue *q, const struct spool_restore *how);
/* The same in slices of some n steps, with the times of each: true while there is more. No
 * record may come between. Adds to *added what was put into the queue. */
struct spool_restored {
	size_t messages, rcpts; /* recipients: those that are not final */
};
bool spool_builder_restore_slice(struct spool_builder *b, struct queue *q,
	const struct spool_restore *how, size_t n, struct spool_restored *added);
/* Messages that could not be put into the queue: no queue ever held such a record, so they
 * count as damage (P7). */
size_t spool_builder_unfit(const struct spool_builder *b);
/* Messages that live and are not restored yet. */
size_t spool_builder_waiting(const struct spool_builder *b);
/* (boot, extent, offset) of every SUBMIT since the generation began that is known, for P4. */
bool spool_builder_knows(const struct spool_builder *b, uint64_t boot, uint32_t extent,
	uint64_t offset, uint64_t *ret_message);
/* Recipients that live, by the state in which a restore would put them into the queue; those
 * with an unanswered DOT as IN_DOUBT. Before a restore begins. */
void spool_builder_counts(struct spool_builder *b, uint64_t ret_live[RCPT_STATES]);
/* Where the bodies of messages that live lie; fn returns 0 to go on, its other values come
 * back. Before a restore begins. */
int spool_builder_places(
	struct spool_builder *b, int (*fn)(void *ctx, const struct msg_submit *s), void *ctx);
/* Frees what _knows tells: no record comes any more, and an index knows the same. */
void spool_builder_forget(struct spool_builder *b);

/*
 * The index: what a start that loads its queue later must know at once of the same records:
 * which ids were given, and which submits are durable (P4).
 */
struct spool_index;
struct spool_index *spool_index_new(void);
void spool_index_free(struct spool_index **x);
/* What is no valid record is passed over: the builder will tell. */
void spool_index_record(struct spool_index *x, uint16_t type, struct str payload);
/* As spool_builder_submit. */
const struct msg_submit *spool_index_submit(const struct spool_index *x);
enum spool_known {
	SPOOL_NEW,
	SPOOL_SAME,  /* this submit is there already */
	SPOOL_OTHER, /* its id is another one's */
};
enum spool_known spool_index_find(const struct spool_index *x, const struct msg_submit *s);
/* Is it the id of a message there, or of one of its recipients? */
bool spool_index_gave(const struct spool_index *x, uint64_t id);
/* A message that the queue has needs no room here, until it leaves the queue: then it is known
 * by the place where it lay last. */
void spool_index_queued(struct spool_index *x, uint64_t message);
void spool_index_gone(struct spool_index *x, const struct q_message *m);
/* Gives back the room of those that are queued. */
void spool_index_trim(struct spool_index *x);
/* No id ≥ this was ever given out; 0: none was. */
uint64_t spool_index_next_id(const struct spool_index *x);
/* Wall µs of the last TOTALS, 0: there was none. */
int64_t spool_index_wall(const struct spool_index *x);
/* Those that the queue does not have. */
size_t spool_index_messages(const struct spool_index *x);

#endif
