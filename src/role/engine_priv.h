/*
 * The engine's parts see each other through this header; nobody else includes it.
 *
 *   submit ──▶ journal ──flushed──▶ queue ──pump──▶ courier ──outcome──▶ journal ──flushed──▶
 * ledger └▶ queue (state at once)
 *
 * State in memory changes at the moment its record is appended (outcomes) or when it is on
 * stable storage (submits); answers leave only after the flush (P1).
 */
#ifndef ROLE_ENGINE_PRIV_H
#define ROLE_ENGINE_PRIV_H

#include "account/directory.h"
#include "account/guard.h"
#include "base/utc.h"
#include "io/extent.h"
#include "io/journal.h"
#include "io/pool.h"
#include "ledger/ledger.h"
#include "people/suppress.h"
#include "role/counts.h"
#include "role/role.h"
#include "send/once.h"
#include "send/outcome.h"
#include "send/pause.h"
#include "send/port25.h"
#include "send/returned.h"
#include "send/route.h"
#include "send/spool.h"
#include "wire/dsn.h"

#define ENGINE_MESSAGES_MAX  4000000u            /* recipients in memory; then 452 */
#define ENGINE_UNFLUSHED_MAX 64u                 /* outcomes of one courier not yet durable */
#define ENGINE_GRANT         (UINT64_C(1) << 17) /* ids given to an edge at once */
#define ENGINE_ROW           (ENGINE_GRANT * 32) /* a block for each edge, one for us */
#define INBOUND_POSTS        8u                  /* of one domain at one time */
#define SANDBOX_JOBS         4u                  /* written to the sink at one time */
#define ENGINE_RESERVE       (ENGINE_ROW * 4)    /* ids made durable ahead */
/* A restored state may lack what its machine did since: its ids are not given again. */
#define ENGINE_RESTORED_IDS (UINT64_C(1) << 32)
#define ENGINE_CRASHES_MAX  3u
#define ENGINE_KNOWN_US     (120u * 1000000u)
#define ENGINE_COMPACT_MIN  (64u << 20) /* bytes of journal */
#define ENGINE_CARRY_MIN    (4u << 20)  /* bytes freed by copying bodies forward */
#define ENGINE_LOAD_MIN     (16u << 20) /* a journal up to this is replayed at once */
#define ENGINE_LINGER_US    (5u * 1000000u)
#define ENGINE_LOST_US      (5u * 1000000u) /* a dead process is reaped before */
#define ENGINE_WATCHDOG_US  (60u * 1000000u)

#define ENGINE_DIR_WAITING 256
/* An event is posted again for 72 h, and may be asked for again for a week. */
#define ENGINE_FEED_KEEP_US (8 * UTC_DAY)

#define ENGINE_FOLLOWS_MAX 256
#define ENGINE_FOLLOW_US   (600u * 1000000u) /* since desk said so last */

struct engine_follow {
	uint32_t tenant;
	int64_t since; /* wall µs */
	uint64_t said; /* mono µs */
};

struct engine_peer {
	struct engine *engine;
	enum role_kind kind;
	unsigned number;
	struct channel *channel; /* NULL = not there */
	uint64_t boot;
	bool up;                /* said hello */
	uint64_t lost;          /* mono µs since which it has no channel, 0 = it has one */
	bool queued;            /* courier: the queue knows its slots */
	uint64_t life;          /* courier: hellos so far; the boot it tells is its word */
	bool wants_ids;         /* edge: asked for a grant that had to wait */
	struct engine_ids *ids; /* edge: granted to this boot */
	unsigned unflushed;     /* courier: outcomes appended, not durable */
	uint64_t counts[COUNT_WHAT]; /* sums over labels, this life */
};

struct engine_extent {
	uint64_t live;      /* messages in the queue whose body is in it */
	uint64_t bytes;     /* of these bodies */
	int64_t last;       /* wall µs of its last acceptance */
	uint64_t idle_from; /* mono µs when the last of them left */
	bool whole;         /* one long body has it for itself: nothing will be added */
	bool carry;         /* its bodies are being copied forward */
};

/* The pass that copies live bodies out of old extents (engine_carry.c). */
struct engine_carry {
	struct loop_timer timer;
	bool on;
	bool planning; /* a sweep offers its extents */
	bool seen;     /* the whole queue was looked at */
	bool again;    /* the message at pos + 1 must wait for a later tick */
	bool failed;   /* the pass ends when nothing is in flight */
	uint32_t pos;
	size_t in_flight, extents;
	uint64_t budget;     /* bytes that this tick may still begin */
	uint64_t room;       /* bytes that this pass may copy */
	uint64_t live, gain; /* bytes of the chosen extents: to be copied, to be freed */
	uint64_t min;        /* gain that is worth a pass */
	uint64_t moved;      /* by this pass */
	uint64_t rest_until; /* mono; after a failure */
	struct role_alert alert;
	uint64_t bodies, bytes, damaged; /* since the start */
};

/* A recipient whose never-repeat attempt may have sent its dot before our restart. */
struct engine_doubt {
	struct link link;
	uint64_t message, rcpt;
};

struct engine_used {
	int64_t at; /* wall µs of a key's last AUTH */
	char client[64];
};

/* Where a new generation stands in what is kept as calls. */
struct engine_calls_pos {
	uint64_t idem, once;
};
#define ENGINE_CALL_BYTES 48u /* of one in the journal */

struct engine {
	struct loop *loop;
	const struct role_env *env;
	const struct config *config;
	struct config *own_config; /* after a reload, ours */
	struct role_link *link;
	struct log *log;
	struct flusher *flusher;
	struct pool *pool;
	struct journal *journal;
	struct queue *queue;
	struct ledger *ledger;
	struct idem *idem; /* calls with an Idempotency-Key */
	struct idem *once; /* who got a campaign */
	struct link ledger_asks;
	struct engine_suppress *suppress;
	struct guard *guard;
	struct engine_quota *quota;
	struct directory *dir;
	struct engine_follow follows[ENGINE_FOLLOWS_MAX];
	size_t nfollows;
	bool followed; /* some were, or before: the feed has entries */
	uint64_t webhook_lag_s, webhooks_failing; /* as desk told last */
	struct nmap said; /* tenant and site → struct said of engine_lanes.c */
	size_t nsaid;
	struct buf alerts; /* the same: lines "code number" */
	struct routes *routes;
	char inbound_host[300], inbound_site[300]; /* of the door asked for last */
	struct port25 port25;
	struct extent_reader *reader;
	struct extent_writer *writer;  /* our own reports */
	struct spool_builder *builder; /* the first minutes: what edges may send again (P4) */
	struct spool_index *index;     /* the same of a journal that is loaded behind */
	struct engine_load *load;      /* NULL: all is loaded */
	bool catching_up;              /* what couriers said meanwhile is being heard */
	struct journal_replay replay;
	uint64_t replay_bad; /* records that were no records */

	struct arena replay_arena; /* of one record; while the journal is replayed or loaded */
	struct buf live_record;    /* of the message being put into a new generation */
	struct spool_totals totals;
	uint64_t reserved_id; /* durable: ids below it may be granted */
	bool reserving;
	uint64_t ids_start;                   /* ids below it are of before our start */
	uint64_t ids_row[ROLE_EDGES_MAX + 1]; /* the next row to be given, by number */
	uint64_t own_id, own_end;             /* what is left of our own block */
	struct nmap old_ids;                  /* ids below ids_start used since */

	struct engine_peer edges[ROLE_EDGES_MAX + 1], couriers[ROLE_COURIERS_MAX + 1], desk;

	bool ending;  /* engine_free is at work: answers come, nothing new begins */
	bool outside; /* the courier being taken over was killed from outside: no message did it
	               */
	bool accepting, scheduling, draining, disk_full, dir_loading, dir_again;
	uint64_t dir_changes; /* "changed" said so far */
	bool tracking_told;   /* rows of tracking, to some edge */
	uint64_t
		dir_waiting[ENGINE_DIR_WAITING]; /* questions of desk answered after the load */
	size_t ndir_waiting;
	struct link doubts; /* struct engine_doubt: unanswered DOTs of before the restart */
	uint64_t began;     /* mono */

	struct loop_task pump;
	int64_t clock_offset;    /* wall minus mono, µs, as seen last */
	uint64_t keep_all_until; /* mono: the wall jumped, what is old cannot be told */
	struct link suspects;    /* struct sign_job: one after the other, a second apart */
	struct link unsigned_;   /* struct sign_job: of too early after a start */
	bool sign_wait;          /* the last engine ended while it signed */
	struct loop_timer sign_timer, suspect_timer;
	struct journal_wait suspects_wait;
	bool suspects_told; /* what the last engine died of is on its way to the disk */
	uint64_t poisoned;  /* recipients held for what they did to a process */
	struct loop_timer pump_timer, second, minute, compact_timer;
	struct nmap dots;    /* never-repeat attempts in hand that asked for their dot */
	struct nmap used;    /* key id → struct engine_used *, since desk asked last */
	struct nmap extents; /* number → struct engine_extent * */
	/* Per writer: the newest one that takes many bodies. It and what is above it may still
	 * be written to. */
	uint32_t newest_extent[256];
	uint64_t durable_until; /* mono µs: what was appended before it is on stable storage */
	uint64_t spool_bytes;   /* of all extents, by the last sweep */
	struct engine_carry carry;

	size_t signals_in_flight;
	struct link meant; /* signals whose recipient is looked for */
	size_t meants;
	struct engine_haste *haste; /* NULL: nothing was delivered yet, nobody clicked */
	struct link findings;       /* senders that are looked for */
	size_t nfindings;
	struct nmap inbound; /* tenant + 1 → struct engine_inbound *: what waits for its URL */
	size_t submits_in_flight; /* appended, not answered: a compaction waits for none */
	struct link held_submits; /* while a compaction begins */
	struct link flying_submits;
	struct {
		bool on, ending;
		bool wanted, serves; /* by an erasure: the next one; the one under way */
		bool again;          /* the message at pos + 1 found no room yet */
		uint32_t pos;
		struct engine_calls_pos calls;
		uint64_t rest_until; /* mono; after a failure */
		uint64_t min;        /* bytes of a journal that is worth it */
		struct role_alert alert;
		struct engine_sync *sync;
	} compact;

	struct {
		struct engine_sync *sync; /* a ledger_sync under way */
		struct journal_position upto;
		bool short_; /* the ledger lacks facts: the journal's files stay */
	} settle;

	struct {
		bool on, restored, turning; /* turning: the file is being written or removed */
		int64_t since;
	} pause;
	struct {
		uint64_t token; /* 0: nobody reads */
		uint64_t until; /* mono */
		bool journal;
	} backup;

	struct engine_erase *erase;        /* NULL: nothing was erased since the start */
	struct link by_hand;               /* changes by an operator under way */
	uint64_t changes, changes_durable; /* records of outcomes: appended, flushed */
	struct link reports;               /* struct engine_report waiting for the disk */
	size_t reports_waiting, reports_in_flight;
	bool reports_more; /* some are owed that nobody is writing */
	struct role_alert reports_alert;

	struct {
		uint64_t via[8][3];            /* accepted by via, stream */
		uint64_t results[RCPT_STATES]; /* recipients by outcome; RCPT_QUEUED = deferred
		                                */
		uint64_t class[CLASSES];
		uint64_t what[COUNT_WHAT];
		uint64_t rejected[8];
		uint64_t returned[RETURNED_KINDS * 2]; /* by kind; odd: matched */
		uint64_t duplicates;                   /* submits known from before (P4) */
		uint64_t signals_dropped; /* opens and clicks when too many were in the air */
		uint64_t withdrawn;       /* opens and clicks of who took back his consent */
		uint64_t turned_away;     /* connections to others */
		uint64_t stuck_alarms;
		int64_t drift;                          /* as said last */
		uint64_t delivered_us_sum, delivered_n; /* acceptance → 250 */
		uint64_t delivered_bucket[12];
	} stats;
};

/* ---- engine.c */
void engine_say(struct engine_peer *p, uint16_t type, struct buf *payload);
/* Writes m with msg_NAME_write and sends it, whatever waits already. */
#define ENGINE_TELL(peer, name, ...)                                                           \
	do {                                                                                   \
		const struct msg_##name tell_m = { __VA_ARGS__ };                              \
		struct buf tell_b;                                                             \
                                                                                               \
		buf_init(&tell_b, CHANNEL_PAYLOAD_MAX);                                        \
		msg_##name##_write(&tell_b, &tell_m);                                          \
		engine_say((peer), MSG_##name, &tell_b);                                       \
		buf_done(&tell_b);                                                             \
	} while (0)
void engine_state_all(struct engine *e);
/* ---- engine_stream.c: streams of accounts' own. The same as of tracking. */
void engine_streams_tell(struct engine *e, struct engine_peer *p);
void engine_streams_changed(struct engine *e, const struct directory *old);
/* May mail of this tenant be of this group or stream? Code 0, or MSG_NO_GROUP and why. */
struct reply engine_stream_judge(const struct engine *e, uint32_t tenant, uint32_t group);

/* ---- engine_tracking.c. All rows to one edge; to all when they are not those of old. */
void engine_tracking_tell(struct engine *e, struct engine_peer *p);
void engine_tracking_changed(struct engine *e, const struct directory *old);
/* Wall time of a mono time, by today's offset. */
static inline int64_t
engine_wall_of(const struct engine *e, uint64_t mono)
{
	return loop_wall(e->loop) + ((int64_t)mono - (int64_t)loop_mono(e->loop));
}
void engine_fatal(struct engine *e, const char *what, int err);
/* What a journal_wait was told: true when the record is on stable storage, false when the
 * engine ends before that; any other error is the end of this process. */
bool engine_durable(struct engine *e, int err);

/* What a peer said. Closes its channel when it makes no sense. */
void engine_message(struct engine_peer *p, uint16_t type, struct str payload);

/* ---- engine_start.c */
int engine_recover(struct engine *e);
/* Calls and who got a campaign, from *pos on, into the new generation; false: not all yet, the
 * disk is behind. */
bool engine_calls_put(struct engine *e, struct engine_calls_pos *pos);
/* 0, or -EAGAIN: nothing was put, the disk is behind. */
int engine_live_put(struct engine *e, struct q_message *m);
int engine_totals_put(struct engine *e, bool to_new, struct journal_wait *w);
uint64_t engine_life_us(const struct engine *e, uint8_t stream);
/* A record of the journal into the builder; tell: its facts to the ledger. */
void engine_replay(struct engine *e, uint16_t type, struct str payload, bool tell);
/* How a message comes back into the queue at this moment. */
struct spool_restore engine_restore_how(struct engine *e);

/* ---- engine_load.c: the queue behind acceptance; what the ledger has for sure */
struct engine_load;
void engine_load_new(struct engine *e);
void engine_load_begin(struct engine *e);
void engine_load_free(struct engine *e);
/* Couriers speak of attempts that are not loaded yet: kept in order, said at the end. false: it
 * is too much. */
bool engine_load_hold(
	struct engine *e, struct engine_peer *p, uint16_t type, struct str payload);
void engine_load_hold_gone(struct engine *e, unsigned courier);
/* 100 when all is loaded. */
unsigned engine_loaded_percent(const struct engine *e);
/* Recipients that are in the queue and not in the totals yet. */
uint64_t engine_load_ahead(const struct engine *e);
/* When the ledger has what it was told, older files of the journal may go. */
void engine_settle(struct engine *e);
void engine_settle_end(struct engine *e);

/* ---- engine_pause.c */
void engine_pause_begin(struct engine *e);
/* A sentence for people; while paused. */
const char *engine_pause_words(const struct engine *e);
void engine_pause_query(struct engine *e, uint64_t seq, bool pause);

/* ---- engine_backup.c */
bool engine_backup_holds_bodies(struct engine *e);
bool engine_backup_holds_journal(struct engine *e);
/* The disk fills: mail goes before a backup. */
void engine_backup_break(struct engine *e);
void engine_backup_query(struct engine *e, const struct msg_query *q);

/* ---- engine_ids.c. An edge has ids from its hello to its end. */
enum engine_ids_verdict { IDS_GOOD, IDS_USED, IDS_FOREIGN };
void engine_ids_start(struct engine *e); /* totals and reserve are known */
void engine_ids_new(struct engine_peer *p);
void engine_ids_drop(struct engine_peer *p);
/* false: more must be made durable first. */
bool engine_ids_grant(struct engine *e, struct engine_peer *p, uint64_t *ret_first);
uint64_t engine_ids_own(struct engine *e, uint64_t n);
/* May this edge give these ids? */
enum engine_ids_verdict engine_ids_judge(
	struct engine *e, const struct engine_peer *p, const struct msg_submit *s);
void engine_ids_use(struct engine *e, struct engine_peer *p, const struct msg_submit *s);
/* Is it one of the latest submits of this edge, word for word? */
bool engine_ids_again(const struct engine_peer *p, const struct msg_submit *s);

/* ---- engine_judge.c */

#define ENGINE_UNKNOWN REPLY(451, 4, 3, 0, "Internal error: not accepted, try again")
/* Code 0: it may start; else the refusal. */
struct reply engine_judge(struct engine *e, const struct msg_submit *s);

/* ---- engine_submit.c */
void engine_grant(struct engine *e, struct engine_peer *p);
/* false: it is no submit at all. */
bool engine_submit(struct engine *e, struct engine_peer *p, struct str payload);
/* Several in one message: a call of the API, taken or refused as one. */
bool engine_submits(struct engine *e, struct engine_peer *p, struct str payload);
/* A submit of the replay: its call's key and who got its campaign are known again. s may be
 * NULL. */
void engine_submit_seen(struct engine *e, const struct msg_submit *s);
void engine_submits_go_on(struct engine *e);
void engine_submits_drop(struct engine *e);
/* At the end, before what is used of quotas is written: those that will be dropped. */
void engine_submits_uncount(struct engine *e);
void engine_facts_accepted(struct engine *e, const struct msg_submit *s);
/* Mail of our own: its body is durable. told, if not NULL: once it is accepted, or never will
 * be by this process; not from within. */
struct engine_own {
	void (*told)(void *ctx, bool accepted);
	void *ctx;
	uint32_t about; /* whose mail it speaks of; 0: nobody's */
	bool out;       /* it goes to its recipient in any mode */
};
void engine_submit_own(struct engine *e, struct msg_submit *s, struct engine_own own);

/* ---- engine_sandbox.c. Is all of the account's mail for the sink and proved addresses? Of
 * tenant 0: is the service's? */
bool engine_sandboxed(const struct engine *e, uint32_t tenant);
/* Is it by a domain that its account has verified? */
bool engine_sender_ok(const struct engine *e, const struct msg_submit *s);
/* Marks who goes to the sink; about: the account whose proved addresses count, 0 all. Is there
 * one? */
bool engine_sandbox_mark(const struct engine *e, uint32_t about, struct msg_submit *s);
/* An edge's submit as its record is to say it: payload, or marked in b. */
struct str engine_sandbox_record(
	const struct engine *e, struct msg_submit *s, struct str payload, struct buf *b);
/* The door of the lanes of STREAM_SINK. */
void engine_sandbox_door(struct door_key *ret);

/* ---- engine_signal.c. false: no honest edge says it. */
bool engine_signal(struct engine *e, struct engine_peer *p, const struct msg_signal *m);
struct engine_told_by {
	unsigned edge;
	uint64_t boot;
};
/* Unless another process asked than there is now. */
void engine_signal_answer(
	struct engine *e, const struct engine_told_by *by, uint64_t seq, const struct reply *r);
/* The address is known, or cannot be: recorded, then answered; what the recipient took his
 * consent back for is dropped. */
void engine_signal_of(
	struct engine *e, const struct engine_told_by *by, const struct msg_signal *m);
/* Somebody waits for its answer. */
bool engine_signal_lasts(uint8_t kind);
/* ---- engine_haste.c: was it opened or clicked sooner or faster than anybody reads? */
bool engine_haste(struct engine *e, const struct msg_signal *m);
void engine_haste_delivered(struct engine *e, uint64_t rcpt);
void engine_haste_free(struct engine *e);
/* ---- engine_meant.c: the same when the recipient's address is found, or cannot be. false: too
 * many are looked for. */
bool engine_meant(
	struct engine *e, const struct engine_told_by *by, const struct msg_signal *m);
void engine_meant_drop(struct engine *e);
/* ---- engine_find.c: who wants what came in. false: no honest edge asks it. */
bool engine_find(struct engine *e, struct engine_peer *p, const struct msg_find *m);
void engine_findings_drop(struct engine *e);
/* ---- engine_inbound.c. Does this tenant get the mail of this address? Of each recipient? */
struct inbound;
bool engine_inbound_ok(const struct engine *e, const struct inbound *in, uint32_t tenant);
bool engine_inbound_wanted(const struct engine *e, const struct msg_submit *s);
/* Does its account take no mail of this sender, or of the domain of its From? */
bool engine_inbound_blocked(const struct engine *e, const struct msg_submit *s);
/* So much waits for the tenant's URLs that no more is taken. */
bool engine_inbound_full(const struct engine *e, const struct msg_submit *s);
/* A message of any stream came into the queue, or left it. */
void engine_inbound_up(struct engine *e, const struct q_message *m);
void engine_inbound_down(struct engine *e, const struct q_message *m);
void engine_inbound_free(struct engine *e);

/* ---- engine_attempt.c */
void engine_pump(void *ctx);
/* false: it said so before, which no honest courier does. */
bool engine_courier_hello(
	struct engine *e, struct engine_peer *p, const struct msg_courier_hello *h);
void engine_outcome(struct engine *e, struct engine_peer *p, const struct msg_outcome *o);
void engine_courier_gone(struct engine *e, unsigned number);
void engine_dot(struct engine *e, struct engine_peer *p, uint64_t attempt);
void engine_scheduling_check(struct engine *e);

/* ---- engine_sign.c */
void engine_sign_begin(void *ctx);
void engine_sign_suspect(void *ctx);
void engine_sign_end(struct engine *e);
void engine_sign(struct engine *e, struct engine_peer *p, const struct msg_sign *s);

/* ---- engine_change.c: the one place where a recipient's state changes */
struct engine_move {
	enum rcpt_state state;
	uint64_t next;    /* mono µs for QUEUED, and for held_own */
	struct fact fact; /* kind, class, blame, stage, reply, host, … ; ids are filled in */
	struct verdict verdict;
	bool report, report_delivered, report_delay;
	bool crashed;
	bool held_own; /* HELD by its own account */
};
struct engine_batch {
	uint64_t message;
	int64_t accepted;
	struct buf facts;
	struct spool_change changes[QUEUE_BATCH_MAX];
	size_t n;
};
void engine_batch_init(struct engine_batch *b, const struct q_message *m);
void engine_move(
	struct engine *e, struct engine_batch *b, struct q_rcpt *r, struct engine_move *mv);
/* A fact without a change of state: numbered, logged, told to the ledger. */
void engine_tell_fact(struct engine *e, struct q_rcpt *r, struct fact *f);
/* Appends the record; courier (may be NULL) gets outcome_ok for attempt after the flush. */
void engine_batch_commit(struct engine *e, struct engine_batch *b, struct engine_peer *courier,
	uint64_t attempt);
/* One recipient by itself. */
void engine_move_one(struct engine *e, struct q_rcpt *r, struct engine_move *mv);
/* Does the sender want to hear that it failed (RFC 3461 4.1)? */
bool engine_tells_failure(const struct q_message *m, const struct q_rcpt *r);
void engine_sweep(struct engine *e);

/* ---- engine_poison.c */
/* Held because working on it ended a process three times: "quarantined" to people. */
bool engine_is_poison(const struct q_rcpt *r);
/* Was it this slot's attempt that ended the courier? */
bool engine_blamed(const struct engine *e, unsigned courier, unsigned slot);
/* Its courier is gone and it goes back to the queue, or to quarantine. */
void engine_crashed(struct engine *e, struct engine_batch *b, struct q_rcpt *r, bool blamed);
/* Around the signing of one message, on a thread; what stays marked ended the engine. */
unsigned engine_mark(struct engine *e, uint64_t message);
void engine_unmark(struct engine *e, unsigned i);
/* Once, when the queue is known: before the first generation is written, or after the load. */
void engine_suspects(struct engine *e);
bool engine_is_suspect(struct engine *e, const struct q_attempt *a);

/* ---- engine_notice.c: QUERY_NOTICE */
void engine_notice(struct engine *e, const struct msg_query *q);

/* ---- engine_report.c */
enum report_kind { REPORT_FAILED, REPORT_DELIVERED, REPORT_RELAYED, REPORT_DELAYED };
void engine_report(struct engine *e, struct q_rcpt *r, enum report_kind kind,
	const struct engine_move *mv);
void engine_reports_drop(struct engine *e); /* those that wait */
/* Reports owed from before a restart, or that were too many. */
void engine_reports_owed(struct engine *e);

/* ---- engine_auth.c */
void engine_auth(struct engine *e, struct engine_peer *p, const struct msg_auth *a);
void engine_check_domain(struct engine *e, struct engine_peer *p, const struct msg_check *c);
void engine_directory_reload(struct engine *e);
/* The same, and the answer to desk's question seq when what it wrote is in force. */
void engine_directory_reload_for(struct engine *e, uint64_t seq);
void engine_routes_make(struct engine *e);
void engine_warn_plain_keys(struct engine *e);

/* ---- engine_follow.c */
/* Whose facts go to the feed: the ledger hears it. */
void engine_feed(struct engine *e);
/* Somebody follows the tenant's mail: wall µs since which all its facts are in the feed; -1:
 * too many accounts are followed. */
int64_t engine_follow(struct engine *e, uint32_t tenant);
/* Forgets those that nobody follows any more. */
void engine_follows_tick(struct engine *e);

/* ---- engine_quota.c: how much accounts and keys may send (account/limit) */
void engine_quota_open(struct engine *e);
void engine_quota_second(struct engine *e);
/* What is used of them, to the disk; it blocks. */
void engine_quota_close(struct engine *e);
/* The n messages of a call, of one account and key: counted, or refused as one. reply.code 0:
 * counted; else the refusal (retry_s, full, reply), whose text lasts until the next one. */
struct msg_submitted engine_quota_take(struct engine *e, const struct msg_submit *s, size_t n);
/* What a message was counted as, to be undone when it is not accepted after all. */
struct engine_counted {
	struct limit_who who;
	uint64_t n; /* recipients; 0: nothing */
	int64_t at; /* wall µs */
};
struct engine_counted engine_quota_of(const struct engine *e, const struct msg_submit *s);
void engine_quota_undo(struct engine *e, const struct engine_counted *counted);
/* Are the sessions of this key, or of its account, limited? */
bool engine_quota_counted(const struct engine *e, uint32_t tenant, uint64_t key);
void engine_quota_enter(struct engine *e, struct engine_peer *p, const struct msg_enter *m);
void engine_quota_hold(struct engine *e, unsigned edge, const struct msg_open *m);
void engine_quota_gone(struct engine *e, unsigned edge);
struct json_t *engine_quota_use(const struct engine *e, uint32_t tenant, uint64_t key);
struct json_t *engine_quota_status(const struct engine *e);
void engine_quota_metrics(const struct engine *e, struct buf *b);

/* ---- engine_clock.c */
/* last: wall µs of the last record before this start, 0 = none. */
void engine_clock_begin(struct engine *e, int64_t last);
void engine_clock_watch(struct engine *e);
/* May what is older than its time by the wall clock be removed? */
bool engine_may_purge(struct engine *e);

/* ---- engine_space.c: extents and journal generations */
struct engine_sync {
	struct engine *engine; /* NULL: it is gone */
};
void engine_extent_up(struct engine *e, uint32_t extent, uint32_t length, int64_t accepted);
void engine_extent_down(struct engine *e, uint32_t extent, uint32_t length);
/* NULL when none of its bodies was alive since our start. */
struct engine_extent *engine_extent_at(const struct engine *e, uint32_t extent);
void engine_extents_sweep(struct engine *e);
void engine_extents_tick(struct engine *e); /* each minute */
void engine_disk_check(struct engine *e);
void engine_compact_tick(struct engine *e); /* each second */
/* A submit is durable: a compaction that waits for the last one may begin. */
void engine_compact_flushed(struct engine *e);
void engine_on_compact(void *ctx);
/* The engine goes: a ledger_sync under way finds it gone. */
void engine_compact_end(struct engine *e);

/* ---- engine_carry.c. A sweep plans (left: bytes free on the disk, negative unknown), offers
 * each old extent with live bodies, then begins the pass, if it is worth it. */
void engine_carry_plan(struct engine *e, int64_t left);
void engine_carry_offer(struct engine *e, struct engine_extent *x, uint64_t size);
void engine_carry_begin(struct engine *e);
void engine_on_carry(void *ctx);

/* ---- engine_suppress*.c: who must not be written to (engine_suppress.h) */
struct engine_suppress;
int engine_suppress_open(struct engine *e);
/* A record of the journal, while it is replayed; later it changes nothing. 0 or -EBADMSG. */
int engine_suppress_seen(struct engine *e, struct str payload);
/* The replay is over: all is known. */
void engine_suppress_begin(struct engine *e);
/* What the rows do not have yet, into a new generation: 0, or -EAGAIN, the disk is behind. */
int engine_suppress_put(struct engine *e);
/* The first generation is. */
void engine_suppress_durable(struct engine *e);
/* To the journal, before it ends. */
void engine_suppress_flush(struct engine *e);
void engine_suppress_free(struct engine *e);
/* The message came into the queue: those who must not get it are set aside. It may be gone. */
/* Answers which of the addresses a submit would set aside. false: no honest edge asks so. */
bool engine_suppress_screen(
	struct engine *e, struct engine_peer *p, const struct msg_screen *m);
void engine_suppress_submitted(struct engine *e, const struct q_message *m);
/* The same before an attempt is given; false: nobody is left and it is over. */
bool engine_suppress_attempt(struct engine *e, struct q_attempt *a);
/* A recipient bounced: does it suppress? of: tenant, address, message, at. site: the door's. */
void engine_suppress_bounced(struct engine *e, const struct suppress_change *of,
	const struct verdict *v, struct str site);
/* What a recipient did or what came back: a suppression where the rule says so, durable behind
 * what the caller appends now. false: it is none. */
bool engine_suppress_signal(struct engine *e, const struct msg_signal *m);
/* Has anybody of this tenant taken back his consent to tracking? This address? (What is no
 * address has.) */
bool engine_suppress_tracks_less(const struct engine *e, uint32_t tenant);
bool engine_suppress_untracked(const struct engine *e, uint32_t tenant, struct str address);
/* SIGNAL_STOP_TRACKING: answered when it is durable. */
void engine_suppress_stop_tracking(
	struct engine *e, const struct engine_told_by *by, const struct msg_signal *m);
/* A thread for what must delay no mail. */
struct pool *engine_suppress_pool(struct engine *e);
/* By desk. */
void engine_suppress_query(struct engine *e, const struct msg_query *q);
size_t engine_suppress_count(const struct engine *e);   /* addresses */
size_t engine_suppress_waiting(const struct engine *e); /* changes that the rows do not have */

/* ---- engine_erase.c: parts of an erasure, asked by desk */
struct engine_erase;
void engine_erase_query(struct engine *e, const struct msg_query *q);
/* A new generation of the journal that it wanted is there. */
void engine_erase_compacted(struct engine *e);
/* Before the pools and the ledger end. */
void engine_erase_end(struct engine *e);

/* ---- engine_query.c, engine_status.c */
void engine_query(struct engine *e, struct engine_peer *p, const struct msg_query *q);
/* Foreign text, escaped where it is no UTF-8; a time, null for 0. New references. */
struct json_t *engine_json_str(struct str s);
struct json_t *engine_json_time(int64_t wall);
void engine_hands_drop(struct engine *e);
/* Changes were flushed: those that wait for them are answered. */
void engine_hands_durable(struct engine *e);
/* The engine goes: nobody is answered any more. */
void engine_ledger_asks_end(struct engine *e);
/* ---- engine_lanes.c: the queue told apart by lane, and what was said there last */
struct engine_lanes;
struct engine_lanes *engine_lanes_new(struct engine *e);
void engine_lanes_free(struct engine_lanes **l);
void engine_lanes_count(
	struct engine_lanes *l, const struct q_message *m, const struct q_rcpt *r);
/* {"totals", "lanes", "sites", "others"}. tenant: whose it is, 0 of all. own: without what
 * other accounts' mail has a part in: the doors. New reference. */
struct json_t *engine_lanes_json(struct engine_lanes *l, uint32_t tenant, bool own);
/* An attempt for this recipient was answered, or failed: f says what was said. */
void engine_said(struct engine *e, const struct q_rcpt *r, const struct fact *f);
void engine_said_free(struct engine *e);

struct json_t *engine_status_json(struct engine *e);
void engine_metrics(struct engine *e, struct buf *out);
void engine_watchdog(struct engine *e);
/* P2: says it once when the sum of all states is not what was accepted. */
void engine_conservation(struct engine *e);

#endif
