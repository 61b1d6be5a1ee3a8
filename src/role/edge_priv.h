/*
 * What the files of the edge share. edge.c: life, ports, connections, limits; edge_engine.c:
 * the channel, questions and their answers, caches, ids; edge_smtp.c: a session; edge_mail.c:
 * the message of a session from MAIL to the answer after the dot; edge_return.c: what comes
 * back by mail; edge_inbound.c: mail for an account's URL; edge_http.c: health, metrics, ACME.
 *
 * A connection has at most one question open at the engine; it is sent again to the next engine
 * when this one dies (P4), and given up after EDGE_ASK_US.
 */
#ifndef ROLE_EDGE_PRIV_H
#define ROLE_EDGE_PRIV_H

#include "api/smtp_fields.h"
#include "base/list.h"
#include "base/map.h"
#include "io/extent.h"
#include "io/stream.h"
#include "io/tls.h"
#include "role/counts.h"
#include "role/edge_hosts.h"
#include "role/edge_own.h"
#include "role/role.h"
#include "send/once.h"
#include "wire/dkim.h"
#include "wire/http_in.h"
#include "wire/smtp_in.h"

#define EDGE_SECOND UINT64_C(1000000)
#define EDGE_ASK_US (30 * EDGE_SECOND)
/* An engine comes back sooner than this, or its disk does not let it: nobody begins a message
 * while it is away longer. What is under way waits on (P4). */
#define EDGE_AWAY_US       (2 * EDGE_SECOND)
#define EDGE_DRAIN_US      (30 * EDGE_SECOND)
#define EDGE_RETIRE_US     (600 * EDGE_SECOND)
#define EDGE_SETTLE_US     (2 * EDGE_SECOND)
#define EDGE_PATIENCE_US   (2 * EDGE_SECOND)
#define EDGE_SNIFF_US      (300 * UINT64_C(1000))
#define EDGE_PROXY_US      (5 * EDGE_SECOND) /* until a proxy's header is there */
#define EDGE_CLOSE_US      (5 * EDGE_SECOND)
#define EDGE_RATE_US       (30 * EDGE_SECOND) /* window of the minimum data rate */
#define EDGE_CACHE_US      (60 * EDGE_SECOND)
#define EDGE_CACHE_MAX     8192u
#define EDGE_OUT_MAX       (1u << 20)   /* replies of one round */
#define EDGE_UNREAD_MAX    (64u << 10)  /* replies a client may leave unread */
#define EDGE_WHOLE_MAX     (1u << 20)   /* of a message that is tracked */
#define EDGE_LETTERS_MAX   100u         /* recipients who get a copy of their own … */
#define EDGE_LETTERS_ALL   (8u << 20)   /* … and all copies together */
#define EDGE_LINKS_MAX     10000u       /* of all copies: 3 µs each, on the loop */
#define EDGE_LETTERS_TURN  16u          /* copies that are written in a turn of the loop … */
#define EDGE_LETTERS_US    2000u        /* … none is begun after so long */
#define EDGE_BODY_HIGH     (1u << 20)   /* of one body in memory: then reading pauses */
#define EDGE_CHARGE_MIN    (32u << 10)  /* a message is expected to take at least this … */
#define EDGE_CHARGE_MAX    (256u << 10) /* … and at first no more than this */
#define EDGE_UNSENT_MAX    (8u << 20)   /* to the engine: above it nothing new begins */
#define EDGE_LOCAL_RATE    600u         /* messages a minute of one local user */
#define EDGE_LOG_RATE      20u          /* lines a second about clients */
#define EDGE_ID_BLOCKS     4u
#define EDGE_IDS_LOW       20000u
#define EDGE_COUNTS        64u
#define EDGE_INBOUND_RCPTS 50u /* of one mail; a post each */

struct edge_ask {
	struct link link; /* of all open questions, oldest first */
	uint64_t seq;     /* 0 = not open */
	uint64_t began;   /* mono µs */
	uint16_t type;
	struct buf payload;
	/* The answer: *m is the message struct of the answer's type, borrowed; NULL = none came
	 * in EDGE_ASK_US. The question is closed before the call. */
	void (*done)(void *ctx, const void *m);
	void *ctx;
};

struct edge_port {
	struct edge *edge;
	const struct role_port *port;
	struct loop_fd *watch;
};

/* Mails to the administrator in an hour: a row for each network that sent one is always free.
 */
#define EDGE_FORWARDS_MAX 100u

struct edge {
	struct loop *loop;
	const struct role_env *env;
	const struct config *config;
	struct log *log;
	struct role_link *link;
	struct flusher *flusher;
	struct extent_writer *writer;
	struct tls_server *tls;
	struct edge_port *ports;
	bool listening, draining, retired, out_of_fds;
	uint64_t began, drain_until;
	struct loop_timer second, resume;

	struct channel *desk; /* NULL: it restarts */
	uint64_t desk_seq;
	unsigned desk_open; /* calls it has not answered, those of clients that left too */
	struct channel *channel;
	bool up;          /* this engine said its state */
	bool ever;        /* some engine did */
	uint64_t lost_at; /* mono: the engine went away */
	bool accept, plain_keys;
	struct reply state; /* text in state_text */
	char state_text[256];
	uint64_t seq;
	struct link asks;
	struct nmap ask_of; /* seq → edge_ask */
	struct {
		uint64_t first, count;
	} ids[EDGE_ID_BLOCKS];
	unsigned nids;
	bool ids_asked;
	struct map auth_cache, domain_cache;
	struct edge_hosts *hosts; /* the accounts' tracking */
	struct edge_own *own;     /* and their own streams */
	struct edge_templates *templates;
	struct edge_reports *reports; /* of templates' mistakes */
	struct api_rates *rates;      /* of the API's keys; NULL: no call had a limit yet */

	struct link conns; /* longest idle first */
	struct link calls; /* of the API, under way */
	struct link webs;  /* of edge_web.c, under way */
	size_t nwebs;
	struct link proves; /* of edge_prove.c, under way */
	size_t nproves;
	struct track_token_box *track, *track_thread; /* of the loop; of the pool's thread */
	struct buf track_scratch;
	struct pool *pool; /* long calls are read and written on its thread */
	size_t nconns;
	struct nmap networks; /* net_key → open connections */
	struct nmap seats;    /* sessions that are counted, by key (edge_quota.c) */
	struct nmap full;     /* quotas that are used up, by key */
	struct nmap local;    /* uid + 1 → messages in this minute */
	uint64_t local_minute;
	uint64_t memory;     /* bytes charged to messages under way */
	struct link letters; /* being written: whose turn it is, first */
	struct loop_task letters_task;
	struct buf out;  /* replies of the connection at work */
	struct buf head; /* the rewritten header of the message at work */
	struct arena tmp;
	struct buf ask_buf;

	struct msg_count counts[EDGE_COUNTS];
	size_t ncounts;
	unsigned log_left, log_hidden;
	struct role_alert disk_alert;
	uint64_t forward_hour;    /* the hour of these */
	unsigned forward_n;       /* mails to the administrator */
	unsigned forward_senders; /* bounces and complaints to senders */
	struct {
		uint64_t network; /* /24 or /64 */
		unsigned n;       /* mails to the administrator; 0: no row */
	} forward_by[EDGE_FORWARDS_MAX];
};

/* A session that is counted, or that the engine is asked about. */
struct edge_seat {
	bool taken;
	uint32_t tenant;
	uint64_t key;
};

/* What the header fields of a message ask for (api/smtp_fields.h). All zero: nothing. */
struct edge_wish {
	bool options;         /* such fields are there, to be taken out */
	bool broadcast;       /* they name the stream */
	bool bare;            /* broadcast, and the account's own stream adds none of these: */
	bool unsub;           /* List-Unsubscribe is to be added */
	uint8_t track;        /* TRACK_OPENS, TRACK_CLICKS */
	uint8_t links;        /* enum outgoing_links */
	uint8_t consent;      /* enum outgoing_switch */
	uint32_t group;       /* or the number of a stream of its own; 0 none */
	char once[ONCE_SIZE]; /* of its campaign */
	bool has_once;
	uint8_t turn;                     /* TURN_… */
	uint32_t groups[OUTGOING_GROUPS]; /* of his page; ngroups 0: no choice */
	size_t ngroups;
	int64_t send_at;
	struct str about, more; /* more: fields to add, when all recipients get the same */
	struct str track_url;   /* where links begin; empty: the service's own */
	struct smtp_template template; /* what it is written from; in the mail's arena */
	/* The same as in struct smtp_fields. */
	struct str subst, url_tags, pixel_mark;
	struct outgoing_tail tail;
	/* A mail merge: the mail's recipients, each with his letter, name and time (or NULL).
	 */
	const struct outgoing_address *to;
	const int64_t *each_at;
	bool writes; /* its texts are not as they came: of a template, or one of these */
};

/* What is known of the message in hand. */
struct edge_mail {
	bool open;
	bool inbound; /* from a stranger, for an account's URL (edge_inbound.c) */
	struct arena arena;
	struct str sender, sender_domain, envid;
	uint8_t ret, flags;
	uint64_t declared, charge;
	int64_t accepted; /* wall, since DATA: its tokens and its record name one day */
	struct msg_rcpt *rcpts;
	size_t nrcpts, cap;
	uint64_t id;
	struct buf head;
	size_t head_seen;
	bool head_done;
	bool header_8bit, utf8_rcpt;
	uint32_t header_length;
	struct str subject, message_id, from_domain, header_sender;
	struct reply refusal; /* code 0 = none yet; answered after the dot */
	struct extent_body *body;
	struct dkim_body *hash; /* kept for the connection */
	bool hashing;
	struct extent_place place;
	uint8_t step;
	struct edge_wish wish;
	bool collects;             /* it is written after its last byte, for each recipient */
	struct buf whole;          /* as it came, so far */
	size_t whole_head;         /* of it the header block */
	struct edge_call *written; /* of edge_mail_template.c; NULL: no template */
	struct edge_letters *letters; /* begun; NULL: it is stored as it comes */
};

/* A commit under way outlives its connection. */
struct edge_commit {
	struct edge_conn *conn;
};

struct edge_id { /* who the client is */
	bool known, any_domain;
	bool counted; /* its sessions are */
	uint8_t stream, via, scopes;
	uint32_t tenant;
	uint64_t key;
};

struct edge_auth { /* what it says it is */
	char name[256];
	uint8_t hash[32];
};

struct edge_smtp {
	struct smtp_in in;
	struct edge_id id;
	enum auth_way way;
	char trusted[256]; /* "@local", "@trusted:ACCOUNT"; empty = needs AUTH */
	struct edge_mail mail;
	struct edge_return *back; /* mail without AUTH that comes back; NULL = none */
	struct edge_commit *commit;
	struct reply delayed; /* text in delayed_text */
	char delayed_text[512];
	uint64_t rate_bytes, bytes; /* at the window's begin; all body bytes so far */
	bool paused;
	struct edge_seat seat;
	char hash_key[400]; /* of the auth cache */
	size_t nhash_key;
};

struct edge_http {
	struct http_in in;
	int status;
	const char *type;
	char location[2300];
	char *body; /* heap, may be NULL */
	bool head, keep_alive, waits, verbose;
	bool running; /* edge_http_run is at work on it */
	bool more;    /* there may be another event in the input */
	bool asked;   /* it had an answer: now it is only kept open */
	bool closing; /* the last answer is written */
	uint16_t op;
	const struct edge_file *file; /* edge_static.h: what is answered; NULL: none */
	bool help;                    /* edge_help.c */
	struct edge_call *call;       /* of the API */
	struct edge_web *web;         /* of edge_web.c, under way; NULL: none */
	struct edge_prove *prove;     /* the same of edge_prove.c */
	char track;                   /* edge_track.c: 'o', 'c', 'u', 'w', 'p'; else '\0' */
	struct buf track_body;
	uint32_t track_leaves[OUTGOING_GROUPS]; /* groups that were chosen, still to be left */
	size_t track_nleaves;
	bool track_chose; /* the page's button beside the groups was pressed */
	bool track_stops; /* the unsubscribe page's other button was pressed */
};

enum edge_timer {
	EDGE_TIMER_NONE,
	EDGE_TIMER_PROXY,
	EDGE_TIMER_SNIFF,
	EDGE_TIMER_REPLY,
	EDGE_TIMER_RATE
};

struct edge_conn {
	struct link link;
	struct edge *edge;
	const struct role_port *port;
	struct stream *stream;    /* NULL: its proxy's header is waited for */
	struct edge_proxy *proxy; /* then only */
	struct edge_smtp *smtp;
	struct edge_http *http;
	uint64_t network; /* net_key of the client, 0 = local */
	uint64_t counted; /* the network this connection counts for, 0 = none */
	/* As the connection, or its proxy's header, has it; a request may name another. */
	struct net_addr from;
	bool behind;  /* `from` is one of the proxies: X-Forwarded-For is heard */
	bool proxied; /* a proxy named the client */
	bool secure;  /* and says that the client speaks TLS with it */
	uint32_t uid;
	bool trusted; /* at the local socket: one whom the control socket would hear */
	char client[NET_TEXT_MAX];
	bool eof, loopback; /* loopback: the client is on this machine */
	uint64_t active;    /* mono of the last progress */
	struct loop_timer timer;
	enum edge_timer timer_is;
	struct edge_ask ask;
};

/* ---- edge.c ---- */
/* The TLS context of this configuration. 0 or -EINVAL (logged). */
int edge_tls(const struct role_env *env, struct tls_server **ret_t);
/* As edge_new, with a context made before the sandbox; it is taken. */
struct edge *edge_make(struct loop *l, const struct role_env *env, struct tls_server *tls);
/* Sessions and calls finish what they have begun, be it a long upload, within EDGE_DRAIN_US,
 * then the loop stops. Who comes hears 421; or, with ports_kept, waits for the next service,
 * and who is here goes on for EDGE_SETTLE_US as if nothing was: a greeting is followed by a
 * message, not by 421. */
void edge_drain(struct edge *e);
/* After a reload, when another edge listens: the sessions go on until they end by themselves,
 * for EDGE_RETIRE_US; then drains. */
void edge_retire(struct edge *e);
/* Takes connections from now on: once the engine said its state, so that clients wait in the
 * backlog instead of being turned away by an edge that only starts; or after EDGE_PATIENCE_US.
 */
void edge_listen(struct edge *e);
void edge_count(struct edge *e, enum count_what what, uint16_t label);
/* A line about a client, or false when there were enough this second. */
bool edge_log(struct edge_conn *c, const char *event, struct log_line *ret_ll);
/* Whom it is from is known: it is counted and begins, or is turned away (why: static; NULL: no
 * reason). Takes fd. c may be gone. */
void edge_conn_begin(struct edge_conn *c, int fd, const char *why);
/* Nobody can read what the client and we say: HTTPS, a proxy that says so, or this machine. */
bool edge_conn_private(const struct edge_conn *c);
/* Closes; what was written leaves first. c is gone. */
void edge_conn_end(struct edge_conn *c);
void edge_conn_timer(struct edge_conn *c, enum edge_timer is, uint64_t wait_us);
/* Progress was made: it waits at most wait_us for more. */
void edge_conn_active(struct edge_conn *c, uint64_t wait_us);
/* Looks again at paused bodies in a few ms. */
void edge_resume_later(struct edge *e);

/* ---- edge_engine.c ---- */
void edge_ask(struct edge *e, struct edge_ask *a, uint16_t type, uint64_t seq);
void edge_ask_off(struct edge *e, struct edge_ask *a);
uint64_t edge_seq(struct edge *e);
void edge_engine_second(struct edge *e);
void edge_engine_free(struct edge *e);
/* n ids in a row: the first, or 0 = none at hand. */
uint64_t edge_ids(struct edge *e, uint64_t n);
/* Why no message may begin now; code 0 = it may. */
struct reply edge_state_reply(const struct edge *e);
bool edge_auth_known(struct edge *e, struct str key, struct edge_id *ret_id);
void edge_auth_learn(struct edge *e, struct str key, const struct edge_id *id);
bool edge_domain_known(struct edge *e, uint32_t tenant, struct str domain);
void edge_domain_learn(struct edge *e, uint32_t tenant, struct str domain);

/* ---- edge_auth.c ---- */
void edge_auth_spell(
	struct edge *e, struct str user, struct str password, struct edge_auth *ret_a);
/* Appends what the engine's yes depends on (at most 400 bytes), and takes it apart again. */
void edge_auth_key(
	struct buf *b, enum auth_way way, const char *client, const struct edge_auth *a);
void edge_auth_of_key(struct str key, struct edge_auth *ret_a);
void edge_auth_ask(struct edge_conn *c, enum auth_way way, const struct edge_auth *a,
	void (*done)(void *ctx, const void *m));
struct edge_id edge_auth_id(const struct edge_conn *c, const struct msg_authed *m);
/* Counts and logs it. */
void edge_auth_failed(struct edge_conn *c, struct str user, const struct msg_authed *m);

/* ---- edge_quota.c ---- */
/* Remembers a refusal, if there is no room at all. */
void edge_full_learn(struct edge *e, const struct edge_id *id, const struct msg_submitted *m);
/* Is the quota of this client known to be used up? The sentence, until the next change of the
 * cache, and the seconds until it has room; p NULL: it is not. */
struct str edge_full(const struct edge *e, const struct edge_id *id, uint32_t *ret_retry_s);
void edge_full_clear(struct edge *e);
/* true: it may go on. false: the engine is asked, `done` gets the msg_entered (NULL: no answer
 * came) for edge_seat_entered. */
bool edge_seat_take(struct edge_conn *c, struct edge_seat *s, const struct edge_id *id,
	void (*done)(void *ctx, const void *m));
/* Is it taken? Else it is left. */
bool edge_seat_entered(struct edge *e, struct edge_seat *s, const struct msg_entered *m);
void edge_seat_leave(struct edge *e, struct edge_seat *s);
void edge_seats_tell(struct edge *e);

/* ---- edge_smtp.c ---- */
void edge_smtp_start(struct edge_conn *c);
void edge_smtp_run(struct edge_conn *c);
void edge_smtp_event(struct edge_conn *c, enum stream_event ev);
void edge_smtp_timer(struct edge_conn *c);
void edge_smtp_free(struct edge_conn *c);
/* Answers the open event and goes on. */
void edge_smtp_answer(struct edge_conn *c, const struct reply *r);
/* The last words, then the end. c is gone. */
void edge_smtp_abort(struct edge_conn *c, const struct reply *r);
void edge_smtp_drain(struct edge_conn *c);

/* ---- edge_mail.c: each answers at once (true) or later through edge_smtp_answer ---- */
bool edge_mail_begin(struct edge_conn *c, struct reply *ret_r);
struct reply edge_mail_rcpt(struct edge_conn *c);
struct reply edge_mail_data(struct edge_conn *c);
void edge_mail_bytes(struct edge_conn *c, struct str bytes);
bool edge_mail_end(struct edge_conn *c, struct reply *ret_r);
/* The transaction is over or given up. */
void edge_mail_forget(struct edge_conn *c);
void edge_mail_free(struct edge_conn *c);

/* For edge_mail_track.c: an answer after the dot that is no 250; the reply to a failed disk;
 * what Received tells; the submit but for its body; the end of the transaction. */
void edge_mail_refuse(struct edge_conn *c, struct reply r);
struct reply edge_mail_disk_reply(int err);
struct accept_trace;
void edge_mail_trace(const struct edge_conn *c, struct accept_trace *ret_t);
struct msg_submit edge_mail_submit(struct edge_conn *c);
void edge_mail_finish(struct edge_conn *c, struct reply r);
/* NULL: the engine gave no answer (P4). c may be gone. */
void edge_mail_submitted(struct edge_conn *c, const struct msg_submitted *a);
/* The message goes on as one that is stored while it comes. */
void edge_mail_plain(struct edge_conn *c, struct str block);
void edge_mail_more(struct edge_conn *c, struct str bytes);
/* What a template makes of it is there, or it was refused: it goes on. */
void edge_mail_written(struct edge_conn *c);
/* So do its letters: all of them are written, or none. */
void edge_mail_lettered(struct edge_conn *c);
/* The message holds so many bytes of memory now. */
void edge_mail_charge(struct edge_conn *c, uint64_t bytes);
/* Is there room for so many bytes more (P8)? */
bool edge_mail_room(const struct edge_conn *c, uint64_t bytes);

/* ---- edge_mail_track.c: messages that ask for tracking and other options ---- */
/* Reads the fields of a complete header block; code 0: nothing against it, m->wish and
 * m->collects are set. */
struct reply edge_mail_wish(struct edge_conn *c, struct str block);
/* The stream of the message, or of the key it came with. */
uint8_t edge_mail_stream(const struct edge_conn *c);
/* What a submit carries of the wish, or nothing, in b, which is cleared before; first as
 * msg_extra. */
struct str edge_mail_extra(struct buf *b, const struct edge_wish *w, uint64_t first);
/* One more recipient of the mail; false: there is no room. */
bool edge_mail_rcpt_add(struct edge_mail *m, struct msg_rcpt rcpt);
/* Its template makes it a broadcast: with what that has. false: no room. */
bool edge_mail_broadcast(struct edge_conn *c, struct str block);
/* Bytes of a message that collects, its header block first. */
void edge_mail_collect(struct edge_conn *c, struct str bytes);
/* All bytes are there: the letters are written, or the message goes on as one without tracking,
 * or it is refused. false: not yet, others have their turns meanwhile; edge_mail_lettered
 * follows. */
bool edge_mail_letters_write(struct edge_conn *c);
/* A turn of those that are not done; ctx: the edge. */
void edge_mail_letters_turn(void *ctx);
/* Then: durable, submitted, answered. */
void edge_mail_letters_commit(struct edge_conn *c);
void edge_mail_letters_forget(struct edge_conn *c);
/* ---- edge_return.c: the same for mail without AUTH to our own addresses */
/* false: the address is none of those, and nothing was done. */
bool edge_return_rcpt(struct edge_conn *c, struct reply *ret_r);
struct reply edge_return_data(struct edge_conn *c);
void edge_return_bytes(struct edge_conn *c, struct str bytes);
bool edge_return_end(struct edge_conn *c, struct reply *ret_r);
void edge_return_forget(struct edge_conn *c);

/* ---- edge_inbound.c: mail without AUTH that an account wants. Begins the message; as those of
 * edge_mail.c. */
bool edge_inbound_rcpt(struct edge_conn *c, struct reply *ret_r);
bool edge_inbound_too_long(const struct edge_conn *c);

/* The disk failed (err) or works again; said once, not for each session. */
void edge_disk_tell(struct edge *e, int err);

/* ---- edge_http.c ---- */
void edge_http_start(struct edge_conn *c);
void edge_http_run(struct edge_conn *c);
void edge_http_event(struct edge_conn *c, enum stream_event ev);
void edge_http_free(struct edge_conn *c);
void edge_http_timer(struct edge_conn *c);
/* Writes an answer; Connection, Date and HEAD are seen to here. */
struct http_answer;
void edge_http_say(struct edge_conn *c, struct http_answer *a);
/* The same of one that goes on: only its head. */
void edge_http_open(struct edge_conn *c, struct http_answer *a);
/* Behind it: the next request, or the end. c may be gone. */
void edge_http_next(struct edge_conn *c);

/* ---- edge_api.c: calls of the API ---- */
/* A request's head is there: true when it is one of the API's, then the others follow. */
bool edge_api_begin(struct edge_conn *c);
/* false: it was answered, nothing more is read. */
bool edge_api_bytes(struct edge_conn *c, struct str bytes);
void edge_api_end(struct edge_conn *c);
/* The request cannot be read; false: it is no call. */
bool edge_api_bad(struct edge_conn *c);
void edge_api_timer(struct edge_conn *c);
/* ---- edge_track.c: requests for pixels, links, unsubscribe pages ---- */
/* A request's head is there: true when it is one of these. */
bool edge_track_begin(struct edge_conn *c);
void edge_track_end(struct edge_conn *c);
void edge_track_open(struct edge *e);
void edge_track_close(struct edge *e);

/* ---- edge_help.c: pages of help */
bool edge_help_is(struct str path);
void edge_help_answer(struct edge_conn *c);

/* ---- edge_stream.c: answers that go on */
/* True: the event is such an answer's; c may be gone. */
bool edge_stream_event(struct edge_conn *c, enum stream_event ev);
/* All of them end, with the hint to come again. */
void edge_streams_end(struct edge *e);
/* The client left one. */
void edge_stream_leave(struct edge_call *k);

/* Calls that desk answers and that are too old: once a second. */
void edge_desk_second(struct edge *e);
/* The client left. */
void edge_call_leave(struct edge_call *k);

#define EDGE_TELL(edge, name, ...)                                                             \
	do {                                                                                   \
		const struct msg_##name tell_m = { __VA_ARGS__ };                              \
                                                                                               \
		if ((edge)->channel == NULL)                                                   \
			break;                                                                 \
		buf_clear(&(edge)->ask_buf);                                                   \
		msg_##name##_write(&(edge)->ask_buf, &tell_m);                                 \
		(void)channel_force((edge)->channel, MSG_##name, buf_str(&(edge)->ask_buf));   \
	} while (0)

#endif
