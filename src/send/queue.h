/*
 * The queue in memory: what waits, for whom, and what may go next (DESIGN §4). Pure: no disk,
 * no socket, time is a parameter (mono µs); everything O(1) per message.
 *
 * Two axes. A *lane* = tenant × stream × recipient domain holds due recipients in order; a
 * *door* = source address × site (what a destination accepts now) has connections. A door
 * serves its tenants by deficit round robin; within a tenant transactional lanes pass
 * broadcast lanes; lanes of one stream take turns, those that have only low mail due behind the
 * others. What is low never waits for another tenant's. Recipients of one message in one lane
 * that are due together share one transaction.
 *
 *   recipient:  QUEUED (waiting | due) ⇄ ACTIVE → DELIVERED | BOUNCED | IN_DOUBT | QUARANTINED
 *               QUEUED ⇄ HELD          QUEUED → EXPIRED | CANCELLED
 *
 * Owns messages and recipients; both are slab records named by id. Final recipients leave
 * memory when their report is not owed; a message leaves with its last recipient (`gone`).
 */
#ifndef SEND_QUEUE_H
#define SEND_QUEUE_H

#include "base/map.h"
#include "base/slab.h"
#include "base/wheel.h"
#include "wire/msg.h"

enum rcpt_state {
	RCPT_NONE,
	RCPT_QUEUED,
	RCPT_ACTIVE,
	RCPT_HELD,
	RCPT_DELIVERED,
	RCPT_BOUNCED,
	RCPT_EXPIRED,
	RCPT_SUPPRESSED,
	RCPT_CANCELLED,
	RCPT_IN_DOUBT,
	RCPT_QUARANTINED,
	RCPT_STATES
};
/* "queued", "active", … stable words for JSON and SQL. */
const char *rcpt_state_name(enum rcpt_state s);
static inline bool
rcpt_final(enum rcpt_state s)
{
	return s >= RCPT_DELIVERED;
}

/* What the messages of one sender have in common, kept once for all of them. */
struct q_letterhead {
	uint64_t key; /* API key or password it came in by */
	char *text;   /* sender, From domain: owned */
	uint32_t refs, self;
	uint16_t sender_n, from_at, from_n;
};

/* The texts of a message and of its recipients lie in one block, named by offsets, and times of
 * its age are kept in quarters of a second: with a struct str each, a queued message would pass
 * its 300 bytes. Read them by the functions below; they live as long as the message. */
struct q_message {
	uint64_t id, hash; /* hash: XXH3 of the body */
	int64_t accepted;  /* wall µs */
	char *text;        /* owned: origin, group, once, envid, recipients */
	struct q_letterhead *from;
	uint32_t offset, extent, length, header_length, tenant;
	uint32_t first;        /* first recipient record, linked by q_rcpt.sibling */
	int32_t born, expires; /* Q_AGE_US */
	uint16_t live, total;  /* recipients in memory; recipients ever */
	uint8_t via : 4, ret : 4;
	uint8_t tls : 2, turn : 2; /* enum tls_need; TURN_… */
	uint8_t flags;
	uint8_t stream : 2, has_origin : 1, has_envid : 1, has_group : 1, has_once : 1;
	uint8_t body_hash[32];
};

struct q_door;

struct q_rcpt {
	struct timer timer; /* waiting: in the wheel; due: in its lane, at = due since; ACTIVE:
	                       in its attempt, at = the attempt's id; else alone. HELD:
	                       at = when it was to go on */
	uint32_t lane, self, message, sibling;
	uint32_t address_at; /* in the message's text, orcpt behind it */
	uint16_t address_n, orcpt_n;
	uint16_t index, attempts, facts; /* number in message; tries so far; facts written */
	uint8_t state : 4, notify : 4;
	uint8_t crashes : 3;     /* at most RCPT_CRASHES_MAX */
	uint8_t delay_told : 1;  /* delay DSN sent */
	uint8_t report_owed : 1; /* failure DSN owed before it may leave */
	uint8_t held_own : 1;    /* HELD: by its own account, who may release it */
	uint8_t due : 1;         /* QUEUED: in its lane's ring, not in the wheel */
	uint8_t sink : 1;        /* accepted for the sink: its lane is of STREAM_SINK */
};
#define RCPT_CRASHES_MAX 7u

#define Q_AGE_US 250000
/* Mono µs when its life began: of acceptance, or of the time it was put off to. Negative:
 * before the clock's zero. queue_add sets it to now, who restores a message sets it back. */
static inline int64_t
q_born(const struct q_message *m)
{
	return (int64_t)m->born * Q_AGE_US;
}
void q_set_born(struct q_message *m, int64_t mono);
/* Mono µs; UINT64_MAX never. */
static inline uint64_t
q_expires(const struct q_message *m)
{
	if (m->expires == INT32_MAX)
		return UINT64_MAX;
	return m->expires < 0 ? 0 : (uint64_t)m->expires * Q_AGE_US;
}
void q_set_expires(struct q_message *m, uint64_t mono);

static inline uint64_t
q_key(const struct q_message *m)
{
	return m->from->key;
}
static inline struct str
q_sender(const struct q_message *m)
{
	return str_of(m->from->text, m->from->sender_n);
}
/* Domain of the From header. */
static inline struct str
q_from_domain(const struct q_message *m)
{
	return str_of(m->from->text + m->from->from_at, m->from->from_n);
}
/* A DSN: the recipient id it reports about, else 0. */
uint64_t q_origin(const struct q_message *m);
struct str q_envid(const struct q_message *m);
/* The group it is of (extra.more), 0 none. */
uint32_t q_group(const struct q_message *m);
/* The campaign that each address gets once (send/once), empty none. */
struct str q_once(const struct q_message *m);
static inline struct str
q_address(const struct q_message *m, const struct q_rcpt *r)
{
	return str_of(m->text + r->address_at, r->address_n);
}
static inline struct str
q_orcpt(const struct q_message *m, const struct q_rcpt *r)
{
	return str_of(m->text + r->address_at + r->address_n, r->orcpt_n);
}

/* What a submit says of it: enum dsn_notify and MSG_RCPT_SINK. */
static inline uint8_t
q_notify(const struct q_rcpt *r)
{
	return (uint8_t)(r->notify | (r->sink ? MSG_RCPT_SINK : 0));
}

static inline uint64_t
rcpt_id(const struct q_message *m, const struct q_rcpt *r)
{
	return m->id + 1 + r->index;
}

/* What a door may do; taken from the site table (send/pace). */
struct door_limits {
	unsigned connections; /* at once */
	unsigned messages;    /* per connection, then hang up */
	unsigned rate;        /* messages a minute, 0 = no limit */
};

/* Where a recipient domain's mail goes now (send/route). */
struct door_key {
	enum route_kind kind;
	struct str site; /* name of the door for people: domain, or host:port of a route */
	/* ROUTE_HOST: next hop; ROUTE_MX: the recipient domain; ROUTE_WEBHOOK: whose mail. */
	struct str host;
	uint16_t port;
	uint8_t tls; /* enum door_tls */
	struct str user, secret;
	struct str source; /* source address, empty = the kernel's choice */
	struct door_limits limits;
};

struct queue_calls {
	/* Which door serves this domain (lower-case A-labels) for this tenant and stream?
	 * STREAM_SINK: the lane of what was accepted for the sink. Called when a lane is made
	 * and after queue_routes_changed. Texts are copied. */
	void (*route)(void *ctx, uint32_t tenant, uint8_t stream, struct str domain,
		struct door_key *ret);
	/* The message's last recipient left memory: its body is of no more use. */
	void (*gone)(void *ctx, const struct q_message *m);
};

struct queue;
struct queue *queue_new(
	uint64_t now, uint64_t seed, const struct queue_calls *calls, void *ctx);
void queue_free(struct queue **q);

/* Adds a message whose recipients all wait for their first attempt (due now), or, on restart,
 * with the states given: restored[i] of rcpts.at[i] (final ones are left out of memory unless
 * their report is owed; ACTIVE counts as due). Returns the message. NULL when there is no room
 * for it, its id is in use or a text is over 64 KiB; also, after `gone`, when none of its
 * recipients lives (queue_fits tells which). expires is mono µs. */
struct q_restored {
	uint8_t state;
	uint16_t attempts, facts;
	uint64_t next; /* mono µs */
	bool delay_told, report_owed, held_own;
	uint8_t crashes;
};
struct q_message *queue_add(struct queue *q, const struct msg_submit *s, uint64_t now,
	uint64_t expires, const struct q_restored *restored);

/* Is there room for this message (records, lengths, a free id)? */
bool queue_fits(const struct queue *q, const struct msg_submit *s);

struct q_message *queue_message(struct queue *q, uint64_t message_id);
/* A live recipient by its id, NULL when unknown; *ret_m its message. */
struct q_rcpt *queue_rcpt(struct queue *q, uint64_t rcpt_id, struct q_message **ret_m);
struct q_rcpt *queue_rcpt_at(struct queue *q, uint32_t self);
struct q_message *queue_message_at(struct queue *q, uint32_t self);

/* Messages with a sender go to one recipient a transaction: each has a return path of his own.
 * Inbound ones always do: each may have a URL of his own. */
void queue_one_by_one(struct queue *q, bool on);

/* Couriers and their connection slots. */
void queue_courier_up(struct queue *q, uint8_t courier, uint16_t slots);
/* All of its connections are gone; attempts in hand must have been answered by queue_done. */
void queue_courier_down(struct queue *q, uint8_t courier);
/* Nothing new for it until it is down: it cannot be told. What it has in hand stays there; its
 * other connections are forgotten. */
void queue_courier_pause(struct queue *q, uint8_t courier);

/* One transaction to give out. rcpts are ACTIVE from here on. */
#define QUEUE_BATCH_MAX 100
struct q_attempt {
	uint64_t id;
	uint8_t courier;
	uint16_t slot;
	bool fresh, last; /* a new connection; hang up after this one */
	uint32_t message;
	struct q_door *door;
	uint32_t rcpts[QUEUE_BATCH_MAX];
	size_t n;
};
/* The next transaction that may go now: false when none may. Call until false, then
 * queue_hang_up until false; when that told any, a door may have been waiting for its slot:
 * again. */
bool queue_next(struct queue *q, uint64_t now, struct q_attempt *ret_a);
const struct door_key *queue_door_key(const struct q_door *d);

/* An attempt of before a restart that a courier says it still has in hand: its recipients
 * become ACTIVE under that id. -ENOENT when no recipient of it is live, -EINVAL when there is
 * no such courier or slot, -EBUSY when the slot is taken, -EEXIST when the id is. */
struct queue_slot {
	uint8_t courier;
	uint16_t slot;
};
int queue_adopt(struct queue *q, uint64_t attempt, struct queue_slot at,
	const uint64_t *rcpt_ids, size_t n);

/* The attempt in hand with this id: false when unknown. */
bool queue_attempt(struct queue *q, uint64_t attempt, struct q_attempt *ret_a);
/* Ids of all attempts in a courier's hands; fn may call queue_done. */
void queue_attempts_of(
	struct queue *q, uint8_t courier, void (*fn)(void *ctx, uint64_t attempt), void *ctx);

/* The new state of one recipient: next (mono µs) for QUEUED, and kept for HELD; final states
 * take it out of memory unless report_owed. Only for ACTIVE, QUEUED and HELD ones. */
void queue_set(
	struct queue *q, struct q_rcpt *r, enum rcpt_state state, uint64_t next, uint64_t now);
/* The report was written (or is not wanted): a final recipient may leave. */
void queue_reported(struct queue *q, struct q_rcpt *r);
/* The attempt is over: its connection is open (may serve again) or not. Recipients still
 * ACTIVE go back to due, uncounted. */
void queue_done(struct queue *q, uint64_t attempt, bool open, uint64_t now);

/* Connections that have served enough, have had nothing to do for linger_us, or whose slot
 * another door waits for: told one by one, each is forgotten. false when there is none. */
bool queue_hang_up(struct queue *q, uint64_t now, uint64_t linger_us, uint8_t *ret_courier,
	uint16_t *ret_slot);

/* Moves what became due, so many at once as a loop can bear; returns the time of the next
 * change (mono µs, UINT64_MAX none), not later than now when there is more to move. */
uint64_t queue_tick(struct queue *q, uint64_t now);
/* One slice of the ageing sweep over ALL states: calls fn for each recipient whose message has
 * passed `expires` (not ACTIVE ones) — at most n records are looked at; fn sets them EXPIRED.
 */
void queue_sweep(struct queue *q, uint64_t now, size_t n,
	void (*fn)(void *ctx, struct q_rcpt *r), void *ctx);

/* A door that must rest (rate, connect failure): nothing new before `until`. Its recipients
 * stay due. */
void queue_door_rest(struct queue *q, struct q_door *d, uint64_t until);
struct q_door *queue_attempt_door(struct queue *q, uint64_t attempt);

/* The attempt's connection was turned away before anything could be said; to be told before
 * queue_done. */
enum queue_away {
	/* Other connections of the door work: it goes on with so many. The recipients are not
	 * to blame and go back by queue_done, uncounted. */
	QUEUE_AWAY_GOES_ON,
	/* Others are in hand and nothing is known of them: queue_door_away. */
	QUEUE_AWAY_BESIDE,
	/* There is no other: the same. */
	QUEUE_AWAY_ALONE,
};
enum queue_away queue_turned_away(struct queue *q, uint64_t attempt, uint64_t now);
/* The attempt's connection came past the greeting; before queue_done too. Ends the rest of
 * queue_door_away, and raises slowly what was learned. */
void queue_worked(struct queue *q, uint64_t attempt, uint64_t now);
/* Like queue_door_rest, but only while no connection of the door works. */
void queue_door_away(struct queue *q, struct q_door *d, uint64_t until);
/* Every lane asks for its door again (routes changed); recipients that wait are due now. Of a
 * long queue a part; queue_tick does the rest part by part, until then the rest goes the old
 * way. */
void queue_routes_changed(struct queue *q, uint64_t now);

/* Operator's filter; zero or empty = any. */
struct queue_filter {
	uint64_t id; /* a message or recipient id */
	uint32_t tenant;
	struct str domain, sender, address, site;
	enum rcpt_state state;
	uint8_t crashes;   /* at least so many deaths of its process */
	uint64_t older_us; /* accepted longer ago than this */
	uint64_t now;      /* mono µs, for older_us */
	int stream;        /* -1 any */
};
/* Calls fn for each live recipient that fits, in order of records from at->pos on (0 = start),
 * at most at->max of them, until fn returns something else than 0; at->pos says where to go on,
 * 0 = done. fn may change its state. */
struct queue_page {
	uint32_t pos;
	size_t max;
	uint32_t looks; /* records looked at, at most; 0: as many as no mail is late for */
};
void queue_each(struct queue *q, const struct queue_filter *f, struct queue_page *at,
	int (*fn)(void *ctx, struct q_message *m, struct q_rcpt *r), void *ctx);

/* What a site said of a live recipient of it, for the shares of its door. */
void queue_told(struct queue *q, const struct q_rcpt *r, bool put_off, uint64_t now);

/* Where a live recipient goes: its domain, and the door of it. */
struct str queue_way(
	const struct queue *q, const struct q_rcpt *r, const struct q_door **ret_door);

/* Live recipients by state, counted as they change; and the same counted by walking (P2). */
void queue_counts(const struct queue *q, uint64_t ret_counts[RCPT_STATES]);
void queue_recount(const struct queue *q, uint64_t ret_counts[RCPT_STATES]);

/* Doors for status and metrics. */
struct queue_door_state {
	const struct door_key *key;
	uint64_t due, waiting, active;
	unsigned connections;
	unsigned learned;       /* no more at once: the others were turned away; 0 = not so */
	uint64_t oldest_us;     /* how long its oldest due recipient has been due; of very many
	                           lanes as the sweep's last pass saw it; of a lane in
	                           which some goes first come, first served and some the last
	                           first, of what stands at its ends */
	uint64_t resting_until; /* mono µs, 0 = not */
	/* Recipients that it delivered, refused or put off in the last five to ten minutes; and
	 * how many of these it put off. */
	uint64_t told, put_off;
	/* How long something has been due that may go, without a start or an outcome. */
	uint64_t still_us;
};
void queue_doors(struct queue *q, uint64_t now,
	void (*fn)(void *ctx, const struct queue_door_state *d), void *ctx);
/* Doors that have been so for longer than still_us: for the watchdog. */
size_t queue_still(const struct queue *q, uint64_t now, uint64_t still_us);
/* How long the oldest due recipient of all doors has been due, µs; 0 none. */
uint64_t queue_oldest_due(struct queue *q, uint64_t now);

/* States every invariant with must(): walks everything, for tests. */
void queue_check(const struct queue *q);

#endif
