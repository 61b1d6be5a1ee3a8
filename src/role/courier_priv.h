/*
 * The courier's parts see each other through this header; nobody else includes it.
 *
 *   attempt ─▶ job: PREPARE (read, check, convert, hash, sign) ─┐
 *                                                              ├▶ transaction ─▶ outcome ─▶
 * unacked slot    ─▶ conn: RESOLVE → CONNECT → GREETED (READY) ───────┘            until
 * outcome_ok
 *
 * A slot has one connection and at most one job. Phases go to shared memory before bytes leave.
 */
#ifndef ROLE_COURIER_PRIV_H
#define ROLE_COURIER_PRIV_H

#include "io/extent.h"
#include "io/fetch.h"
#include "io/resolve.h"
#include "io/stream.h"
#include "io/tls.h"
#include "role/counts.h"
#include "role/role.h"
#include "role/sink_store.h"
#include "wire/dkim.h"
#include "wire/smtp_out.h"

#define COURIER_BODY_MEMORY (256u << 10) /* a body up to this is held in memory */
#define COURIER_WINDOW      (64u << 10)
#define COURIER_PENDING_MAX (256u << 10) /* bytes waiting in a stream before we pause */
#define COURIER_TRIES_MAX   8            /* addresses tried in one attempt */
#define COURIER_CONNECT_US  (30u * 1000000u)
#define COURIER_TRANSCRIPT  (16u << 10)
#define COURIER_RCPTS_MAX   100

enum job_state { JOB_WAITS_CAPS, JOB_SIGNING, JOB_READY, JOB_RUNS, JOB_WAITS_DOT };

struct courier_job {
	enum job_state state;
	struct arena arena;
	struct msg_attempt m;        /* texts in the arena */
	struct smtp_out_rcpt *rcpts; /* as many as m has, in the arena */
	struct buf body;             /* all of it when it fits or was converted */
	bool loaded, converted;      /* body holds the message; it is the 7-bit form */
	uint64_t length, sent;       /* of the message without prefix; bytes streamed */
	struct buf prefix;           /* DKIM-Signature fields */
	struct buf field[2];         /* being signed */
	uint8_t digest[2][DKIM_HASH_SIZE];
	bool signed_[2];
	struct str signature[2];
	int64_t began; /* wall µs */
	uint64_t began_mono;
	bool retried;              /* a reused connection turned out dead: connected again */
	struct courier_post *post; /* ROUTE_WEBHOOK: of courier_post.c; else NULL */
};

enum conn_state { CONN_NONE, CONN_RESOLVE, CONN_CONNECT, CONN_OPEN };

struct courier_conn {
	struct courier *courier;
	uint16_t slot;
	enum conn_state state;
	struct courier_job *job;
	struct stream *stream;
	struct smtp_out smtp;
	bool smtp_on;           /* smtp is initialised */
	bool reused, plain_now; /* served before; STARTTLS failed here: try without */
	bool securing, tls_bad; /* TLS from the start: handshake under way; it failed */
	uint8_t stage;          /* where the dialogue was before its last reply */
	struct arena arena;     /* texts of smtp.conf */
	uint64_t resolving;
	struct resolve_answer answer;
	unsigned host, addr, tries; /* where in the answer we are */
	char host_name[256], address[NET_TEXT_MAX], tls[96];
	uint16_t port;
	int error;             /* errno of the last failed connect */
	char why[200];         /* its sentence */
	struct buf transcript; /* of the conversation since the last outcome */
	struct {
		struct str host, source, user, secret;
		uint16_t port;
		uint8_t tls, route;
	} door;       /* which door this connection belongs to */
	uint8_t need; /* enum tls_need of the message that it was opened for */
};

/* An outcome told and not yet durable at the engine. */
struct courier_told {
	struct link link;
	uint64_t attempt;
	uint16_t slot;
	struct buf payload;
	size_t n;
	uint64_t rcpts[];
};

struct courier {
	struct loop *loop;
	const struct role_env *env;
	const struct config *config;
	struct config *own_config; /* after a reload, ours */
	struct log *log;
	struct role_link *link;
	struct channel *channel;
	struct resolver *resolver;
	struct extent_reader *reader;
	struct tls_client *tls_may, *tls_must;
	struct fetch *fetch;
	struct link posts;       /* that wait for room, first come first served */
	struct link posts_begun; /* under way */
	size_t post_bytes;       /* taken by those */
	bool posting;            /* some are being begun */
	struct courier_conn *conns[ROLE_SLOTS];
	struct link told;
	struct sink_store sink; /* of courier_sink.c */
	bool sink_open;
	uint64_t connections; /* open now */
	struct loop_timer second;
	unsigned seconds;
	bool draining;
	unsigned hurry; /* deadlines are divided by it: 1, but for tests */
	struct {
		int fd;
		uint32_t day;
		uint64_t offset; /* where the next one will begin */
		struct buf waiting;
	} transcripts;
};

/* ---- courier.c */
void courier_say(struct courier *c, uint16_t type, const struct buf *payload);
#define COURIER_TELL(c, name, ...)                                                             \
	do {                                                                                   \
		const struct msg_##name tell_m = { __VA_ARGS__ };                              \
		struct buf tell_b;                                                             \
                                                                                               \
		buf_init(&tell_b, CHANNEL_PAYLOAD_MAX);                                        \
		msg_##name##_write(&tell_b, &tell_m);                                          \
		courier_say((c), MSG_##name, &tell_b);                                         \
		buf_done(&tell_b);                                                             \
	} while (0)
/* From here on the courier's code is at work on this slot (0006). NULL: on none. */
void courier_hand(struct courier *c, const struct courier_conn *n);
void courier_phase(struct courier_conn *n, enum smtp_out_phase phase, unsigned code);

/* ---- courier_job.c */
struct courier_job *courier_job_new(struct courier *c, struct str payload);
void courier_job_free(struct courier *c, struct courier_job **j);
/* Goes on preparing as far as it can; when the job cannot be done it is answered and gone. */
void courier_job_prepare(struct courier_conn *n);
void courier_job_signed(struct courier_conn *n, const struct msg_signed *s);
/* Asks the engine again after it restarted. */
void courier_job_ask_again(struct courier_conn *n);
/* Next piece of prefix and body, at most a window; n = 0 at the end. 0 or -errno. */
int courier_job_piece(struct courier_conn *n, struct buf *window, struct str *ret_piece);

/* The whole body into j->body, checked: 0 or -errno. */
int courier_job_load(struct courier *c, struct courier_job *j);
/* The job ends: its body cannot be read or converted (err). */
void courier_job_give_up(struct courier_conn *n, int err);

/* ---- courier_post.c: a job of ROUTE_WEBHOOK */
void courier_post_start(struct courier_conn *n);
void courier_post_free(struct courier *c, struct courier_post **p);

/* ---- courier_sink.c: a job of ROUTE_SINK; write: it may be signed by now */
void courier_sink_start(struct courier_conn *n);
void courier_sink_write(struct courier_conn *n);
/* What is older than content is kept goes. */
void courier_sink_purge(struct courier *c);

/* ---- courier_conn.c */
/* The slot's connection goes, with what was learned for it. */
void courier_conn_forget(struct courier_conn *n);
void courier_conn_start(struct courier_conn *n); /* a job waits on this slot */
void courier_conn_begin(struct courier_conn *n); /* job and connection may both be ready */
void courier_conn_dot(struct courier_conn *n);   /* the engine has flushed the attempt */
void courier_conn_hang_up(struct courier_conn *n);
void courier_conn_free(struct courier_conn **n);
/* `was` is about to end: a question under way is asked of the courier's resolver again. */
void courier_conn_resolver_goes(struct courier_conn *n, struct resolver *was);

/* ---- courier_way.c */
/* RFC 5321 5.1: we, our equals and what comes behind us are no way, and are taken off the
 * answer. True when nothing is left. */
bool courier_way_is_us(struct courier_conn *n);
/* A connection is about to be opened for the job. */
void courier_way_begin(struct courier_conn *n);
/* Is it greeted, for the job's door and good enough? */
bool courier_way_fits(const struct courier_conn *n);
/* Is the open connection what the job's message asks for? */
bool courier_way_secure(const struct courier_conn *n);
/* A job fails that asked for more TLS than its route: it is the message that cannot go, the
 * other mail of this way does. *r then lies in text. */
void courier_way_judge(const struct courier_conn *n, uint8_t *stage, struct reply *r,
	char text[REPLY_TEXT_MAX + 1]);

/* ---- courier_tell.c */
/* The whole job ends with this result for every recipient. */
void courier_tell_all(
	struct courier_conn *n, uint8_t result, uint8_t stage, const struct reply *r);
/* The transaction's replies decide. */
void courier_tell_done(struct courier_conn *n);
void courier_told_ok(struct courier *c, uint64_t attempt);
void courier_told_free(struct courier *c);
void courier_transcripts_flush(struct courier *c);
void courier_transcripts_purge(struct courier *c);

#endif
