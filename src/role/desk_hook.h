/*
 * Webhooks: desk reads the feed of each tenant that has endpoints and has each event posted, in
 * order, at least once. Part of desk only.
 *
 *   desk_hook.c        the endpoints, who is due, what came of a post
 *   desk_hook_read.c   from the feed to the next post
 *   desk_hook_tenant.c what the endpoints of a tenant share: news, places at the poster
 *   desk_hook_save.c   progress, log, dead letters into the control tables, once a second
 *
 * Each endpoint has one post in flight at most and waits alone when it fails. What it holds in
 * memory is one reading of the feed (DESK_HOOK_READ_BYTES), and only while it works: one that
 * fails or is slow reads little or nothing ahead. A tenant has DESK_HOOK_TENANT_POSTS posts at
 * the poster at most, its further endpoints wait for a place, by turns; and when the poster
 * holds POSTER_BYTES, all wait here: nothing is lost, the feed keeps it. Progress in the tables
 * is behind what was answered by a second at most, so that a crash posts some events again,
 * with the same ids. After a restore (send/pause) nothing is posted until the queue is resumed:
 * the other machine may have posted these events since.
 */
#ifndef ROLE_DESK_HOOK_H
#define ROLE_DESK_HOOK_H

#include "account/control_webhook.h"
#include "ledger/ledger_feed.h"
#include "report/hook.h"
#include "role/desk_priv.h"

#define DESK_HOOK_FIELDS_MAX   8u /* extra header fields of an endpoint */
#define DESK_HOOK_POLL_US      250000u
#define DESK_HOOK_GROUP_US     1000000u /* formats of arrays gather this long */
#define DESK_HOOK_TIMEOUT_MS   15000u
#define DESK_HOOK_SLOW_MS      1000u /* an endpoint that needs longer reads little ahead */
#define DESK_HOOK_AHEAD_MIN    8u
#define DESK_HOOK_AHEAD_MAX    100u
#define DESK_HOOK_READ_US      20000u /* a reading, and a round of readings, end after this */
#define DESK_HOOK_READ_BYTES   (2u << 20)
#define DESK_HOOK_ALL_BYTES    (64u << 20) /* beyond it each reads one event at a time */
#define DESK_HOOK_TENANT_POSTS 32u         /* at the poster at once */
#define DESK_HOOK_TENANT_BYTES (8u << 20)  /* of these posts */
#define DESK_HOOK_TRIM_EACH    100u        /* rows of the log */
#define DESK_HOOK_LOG_BYTES    (4u << 20)  /* of log rows that are not written yet */
#define DESK_HOOK_GIVE_UP_US   (72 * INT64_C(3600) * 1000000)
#define DESK_HOOK_DEAD_US      (24 * INT64_C(3600) * 1000000) /* Mailjet's */

struct desk_hooks;

struct desk_hook_tenant {
	struct link link; /* hooks->by_tenant */
	struct desk_hooks *all;
	uint32_t number;
	struct link hooks;   /* of desk_hook.mate */
	struct link waiting; /* of desk_hook.turn: for a place */
	struct link left;    /* of desk_hook_tenant.c */
	unsigned posts;      /* places taken */
	size_t bytes;        /* of these posts */
	uint64_t newest;     /* of its entries in the feed; 0: none */
	bool known;          /* newest was asked for */
};

struct desk_hook {
	struct link link;
	struct link ready; /* in hooks->ready, or alone */
	struct desk *desk;
	struct desk_hook_tenant *tenant;
	struct link mate;        /* tenant->hooks */
	struct link turn;        /* tenant->waiting, or alone */
	bool placed;             /* it has a place of its tenant */
	size_t bytes;            /* that this takes */
	struct loop_timer timer; /* due again */
	bool present;            /* still in the tables (while they are read) */

	struct arena conf; /* texts of w */
	struct webhook w;
	struct hook_endpoint to;
	struct msg_text fields[DESK_HOOK_FIELDS_MAX];
	size_t nfields;
	bool unusable; /* its URL does not unseal */
	bool too_long; /* its texts do not fit */

	unsigned ahead; /* events to read at once */
	unsigned idle;  /* readings in a row that gave nothing */
	bool dirty;     /* progress or state are not in the tables yet */

	/* A reading; events NULL: none. */
	struct arena arena;
	struct event *events;
	uint64_t *seqs;
	size_t n, at;
	uint64_t behind, next; /* of the feed: where it began, where it ended */
	bool more;             /* it ended by its own limits */
	struct webhook_range replay;
	bool replaying; /* the reading is of it, not of what is new */
	bool replays;   /* there may be some in the tables */
	uint64_t upto;  /* last event of a post that failed: the same go again; 0 = none */

	uint64_t post; /* in flight: handle of desk_post; 0 = none */
	size_t taken;
	uint32_t told;
	char first[EVENT_ID_TEXT]; /* first event of the post */
	uint64_t head;             /* its seq; 0: nothing waits */
	struct buf sent;           /* its body's first bytes */
	uint64_t due;              /* mono µs: not before */
	unsigned logged;           /* rows since the last trim */
};

struct desk_hook_note; /* of desk_hook_save.c */

struct desk_hooks {
	struct link all, ready;
	struct nmap by_id;     /* all, by the id in the tables */
	struct link by_tenant; /* struct desk_hook_tenant */
	struct nmap tenants;   /* the same by number */
	unsigned unknown;      /* of these: newest was not asked for yet */
	struct link notes;     /* rows to write */
	size_t notes_bytes, arenas_bytes;
	struct loop_timer poll, work, save;
	uint64_t seen; /* of the feed: all tenants' news up to here are known */
	bool seen_known;
	unsigned n, saves;
	bool loaded;              /* from the tables, once */
	bool told;                /* the engine knows of some */
	bool held;                /* the state was restored and nobody let it go on yet */
	uint64_t posts, failures; /* since the start */
};

/* ---- desk_hook.c */
void desk_hook_ready(struct desk_hook *h);
void desk_hook_in(struct desk_hook *h, uint64_t wait_us);
void desk_hook_posted(void *ctx, const struct msg_posted *m);
/* Does it get events now? */
bool desk_hook_active(const struct desk_hook *h);
/* Do its posts hold many events each? */
bool desk_hook_is_array(const struct desk_hook *h);

/* It gets no more: why is static text. Mailjet's backup takes over from one that is dead. */
void desk_hook_stop(struct desk_hook *h, enum webhook_state state, const char *why);
/* The endpoint of this id; NULL: none. */
struct desk_hook *desk_hook_find(struct desk *d, int64_t id);

/* ---- desk_hook_tenant.c */
struct desk_hook_tenant *desk_hook_tenant_find(const struct desk_hooks *all, uint32_t number);
void desk_hook_tenant_join(struct desk_hook *h, uint32_t number);
void desk_hook_tenant_leave(struct desk_hook *h);
/* All of them; what is under way for them is told to nobody any more. */
void desk_hook_tenants_drop(struct desk_hooks *all);
/* May it post now? If not it is ready again when it is its turn. */
bool desk_hook_place(struct desk_hook *h);
/* The post in its place has so many bytes. */
void desk_hook_placed(struct desk_hook *h, size_t bytes);
/* It has no post. */
void desk_hook_unplace(struct desk_hook *h);
/* What came of its post is told to nobody; the place is free when it is answered. */
void desk_hook_abandon(struct desk_hook *h);
/* The newest entries of tenants of which they are not known, by one seek each. */
void desk_hook_learn(struct desk *d);
/* The feed has entries of the tenant up to here. */
void desk_hook_news(struct desk_hook_tenant *t, uint64_t newest);
/* A reading gave nothing: does the feed, by now, have anything behind what is dealt with? */
bool desk_hook_has_news(struct desk_hook *h);
/* Those that are told all come along with the time, on or off: what is behind their position is
 * theirs to miss. Each second. */
void desk_hook_come_along(struct desk *d);

/* ---- desk_hook_read.c */
/* Reads and posts one time, when it is due. */
void desk_hook_run(struct desk_hook *h);
/* Reads more at once from now on. */
void desk_hook_further(struct desk_hook *h);
/* Forgets the reading. */
void desk_hook_drop(struct desk_hook *h);
/* What was posted is dealt with. */
void desk_hook_passed(struct desk_hook *h);
/* So is everything up to here, of the new events or of the replay, whichever is read. */
void desk_hook_moved(struct desk_hook *h, uint64_t to);
/* As hook_write, now. */
int desk_hook_write(
	struct desk_hook *h, const struct event *events, size_t n, struct hook_post *ret_p);
/* The poster's message of it, with the endpoint's fields, in the arena. 0 or -E2BIG. */
int desk_hook_message(struct desk_hook *h, struct arena *a, const struct hook_post *p,
	struct msg_post *ret_m);

/* ---- desk_hook_save.c */
void desk_hook_note_post(struct desk_hook *h, const struct msg_posted *m);
void desk_hook_note_dead(struct desk_hook *h, uint64_t upto, const char *why);
/* The replay has come so far, or is over. */
void desk_hook_note_replay(struct desk_hook *h);
/* The oldest replay of h into h->replay; false: there is none. */
bool desk_hook_next_replay(struct desk_hook *h);
void desk_hook_notes_drop(struct desk_hooks *all);

#endif
