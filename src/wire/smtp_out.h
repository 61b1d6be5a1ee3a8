/*
 * The client side of SMTP conversations as a pure state machine: one connection, many
 * transactions (RFC 5321, 2920, 1870, 6152, 6531, 3461, 3207, 4954). The caller moves bytes,
 * does TLS and streams the body; the machine writes commands, reads replies and knows what
 * each of them means for each recipient.
 *
 *   CONNECTED → BANNER → EHLO → [STARTTLS → TLS (caller) → EHLO] → [AUTH] → READY
 *   READY → ENVELOPE → BODY (caller streams) → DOT → READY | CLOSED        READY → QUIT →
 * CLOSED
 *
 * Replies are data: a line is read to 2,048 bytes (kept 512), a reply to 128 lines (kept 1,024
 * bytes); longer ones end the connection. What the peer sends is never interpreted otherwise:
 * texts are printable ASCII ('\n' between lines), an enhanced code of the reply's own class is
 * taken off them into dsn, else dsn is class.0.0.
 *
 * Texts given in conf and mail are borrowed as long as s / the transaction. Texts of replies
 * live until the next smtp_out_begin or smtp_out_done. `out` must have SMTP_OUT_ROOM bytes free
 * at each call (for _body: twice the bytes): a truncated command or body may not be sent, so a
 * full buffer stops the process.
 */
#ifndef WIRE_SMTP_OUT_H
#define WIRE_SMTP_OUT_H

#include "base/arena.h"
#include "wire/dsn.h"
#include "wire/reply.h"

enum smtp_out_event {
	SMTP_OUT_MORE,  /* send out, feed more */
	SMTP_OUT_TLS,   /* 220 to STARTTLS came; unread input must be dropped; handshake, then
	                   smtp_out_tls_on or smtp_out_tls_failed */
	SMTP_OUT_READY, /* greeted; a transaction may begin; caps are known */
	SMTP_OUT_BODY,  /* 354 came: stream the body with smtp_out_body, then smtp_out_dot */
	SMTP_OUT_DONE,  /* the transaction ended: s->rcpts[i].reply are final; READY unless
	                   closed */
	SMTP_OUT_CLOSED /* the connection is of no more use: s->failure says why */
};

#define SMTP_OUT_ROOM (512u << 10)

/* Phase of the attempt as promise P3 sees it; the caller copies it to shared memory BEFORE
 * sending the bytes of out. */
enum smtp_out_phase { PHASE_IDLE = 0, PHASE_BODY = 1, PHASE_DOT = 2, PHASE_REPLY = 3 };

enum smtp_out_tls {
	SMTP_OUT_TLS_NONE,
	SMTP_OUT_TLS_MAY,
	SMTP_OUT_TLS_MUST,
	SMTP_OUT_TLS_IMPLICIT
};

struct smtp_out_conf {
	struct str hostname; /* EHLO name */
	enum smtp_out_tls tls;
	struct str user, secret; /* AUTH when user is not empty: PLAIN, else LOGIN. Without TLS
	                            only when tls is NONE: an attacker may hide STARTTLS */
};

struct smtp_out_rcpt {
	struct str address; /* as it must be sent, without brackets */
	unsigned notify;
	struct str orcpt;   /* decoded; sent when the peer has DSN */
	struct reply reply; /* result; code 0: no reply (see in_doubt) ; text in the arena */
	bool accepted;      /* RCPT got 2xx */
	bool relayed;       /* delivered to a hop without DSN (RFC 3461 5.2.7.1: "relayed") */
	bool barred;        /* not sent, reply is ours */
};

struct smtp_out_mail {
	struct str from; /* without brackets, empty = <> */
	uint64_t size;   /* bytes on the wire, for SIZE= */
	bool body_8bit, utf8;
	enum dsn_ret ret;
	struct str envid;            /* decoded */
	struct smtp_out_rcpt *rcpts; /* caller's array, lives until DONE */
	size_t n;
};

enum smtp_out_cap {
	CAP_ESMTP = 1,
	CAP_PIPELINING = 2,
	CAP_SIZE = 4,
	CAP_8BITMIME = 8,
	CAP_SMTPUTF8 = 16,
	CAP_DSN = 32,
	CAP_STARTTLS = 64,
	CAP_AUTH_PLAIN = 128,
	CAP_AUTH_LOGIN = 256
};

enum smtp_out_state {
	SMTP_OUT_S_BANNER,
	SMTP_OUT_S_EHLO,
	SMTP_OUT_S_HELO,
	SMTP_OUT_S_STARTTLS,
	SMTP_OUT_S_HANDSHAKE,
	SMTP_OUT_S_AUTH,
	SMTP_OUT_S_READY,
	SMTP_OUT_S_ENVELOPE,
	SMTP_OUT_S_BODY,
	SMTP_OUT_S_DOT,
	SMTP_OUT_S_RSET,
	SMTP_OUT_S_QUIT,
	SMTP_OUT_S_CLOSED
};

struct smtp_out {
	struct smtp_out_conf conf;
	enum smtp_out_state state;
	unsigned caps;
	uint64_t size_limit; /* the peer's SIZE, 0 = none stated */
	bool tls;
	enum smtp_out_phase phase;
	struct reply failure; /* connection-level: the reply that ended it, or a 4xx of ours
	                         with text; text in the arena */
	bool in_doubt; /* the line was lost after the dot (P3); rcpts accepted are in doubt */
	struct str banner;         /* first banner line, cleaned, for the trace */
	struct smtp_out_mail mail; /* of the transaction in hand */
	bool mail_ok;              /* MAIL got 2xx */
	/* private from here */
	struct arena arena, taken; /* of the connection; of the transaction */
	struct buf line, text; /* the line and the reply being read, as far as they are kept */
	size_t line_bytes;     /* of the line, also those not kept */
	unsigned lines;        /* of the reply, complete ones */
	uint16_t code;         /* of the reply being read; 0 = no line yet */
	struct dsn_code dsn;
	/* Places in the envelope: 0 MAIL, 1..n RCPT, n + 1 DATA. */
	unsigned next_rcpt, expect; /* next place to send; place the next reply belongs to */
	unsigned waiting;           /* commands without a reply */
	unsigned accepted, transactions;
	unsigned auth_step;
	uint64_t body_bytes;
	bool at_line_start, had_cr;
	bool authed, tls_refused;
	bool mail_utf8;
	bool odd;      /* a RCPT was accepted although MAIL was not */
	bool early;    /* the reply in hand began before the dot was sent */
	bool lone_dot; /* the reply in hand is to a dot behind no message */
	struct buf *transcript;
};

/* transcript (may be NULL): gets "C: …" and "S: …" lines, foreign bytes made safe, secrets as
 * ***, the body as one line with its size; stops at its maximum. */
void smtp_out_init(
	struct smtp_out *s, const struct smtp_out_conf *conf, struct buf *transcript);
void smtp_out_done(struct smtp_out *s);

/* Bytes from the peer. Consumes from *in until an event; what it wants to send is in out. */
enum smtp_out_event smtp_out_feed(struct smtp_out *s, struct str *in, struct buf *out);

enum smtp_out_event smtp_out_tls_on(struct smtp_out *s, struct buf *out);
/* Opportunistic: the caller reconnects with SMTP_OUT_TLS_NONE; MUST: closed, 4.7.5. */
void smtp_out_tls_failed(struct smtp_out *s, struct str why);

/* In READY: begins a transaction. What the peer cannot take (SIZE, SMTPUTF8) ends it at once:
 * SMTP_OUT_DONE with 5.3.4 / 5.6.7 replies of ours, and so do addresses that no command may
 * hold (5.1.3, 5.1.7). Otherwise SMTP_OUT_MORE. body_8bit without CAP_8BITMIME is the caller's
 * duty (convert first). Unread input must have been fed before: it is not this transaction's.
 */
enum smtp_out_event smtp_out_begin(
	struct smtp_out *s, const struct smtp_out_mail *m, struct buf *out);

/* In BODY: appends bytes (CRLF lines, any cut) dot-stuffed to out. */
void smtp_out_body(struct smtp_out *s, struct str bytes, struct buf *out);
/* In BODY: the final dot goes to out; phase becomes PHASE_DOT. */
void smtp_out_dot(struct smtp_out *s, struct buf *out);
/* In BODY, when the body cannot be read to its end: the connection must be cut without a dot;
 * no recipient got anything. */
void smtp_out_abandon(struct smtp_out *s);

/* In READY: RSET is not needed between transactions; QUIT ends. */
void smtp_out_quit(struct smtp_out *s, struct buf *out);

/* The connection broke (EOF, reset, time-out). why is a sentence. Gives SMTP_OUT_DONE when a
 * transaction was open (in_doubt set when after the dot), else SMTP_OUT_CLOSED. */
enum smtp_out_event smtp_out_lost(struct smtp_out *s, struct str why);

/* How long to wait in this state, µs (RFC 5321 4.5.3.2: 5 min, 2 min for DATA, 10 min after
 * the dot; banner 5 min, of which we give 60 s; one table). */
uint64_t smtp_out_wait_us(const struct smtp_out *s);

void smtp_out_check(const struct smtp_out *s);

#endif
