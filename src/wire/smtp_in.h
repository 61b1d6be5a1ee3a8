/*
 * The server side of an SMTP session as a pure state machine (RFC 5321, 6409, 4954, 3207,
 * 1870, 6152, 2920, 2034, 6531, 3461): bytes in; replies, facts and questions out. It answers
 * every syntax and order error by itself; what needs knowledge from outside comes up as an
 * event, the machine then waits and consumes nothing more until smtp_in_answer.
 *
 *   BANNER → GREETED → (STARTTLS: caller) GREETED' → READY ⇄ MAIL → RCPT+ → DATA → BODY → READY
 *
 * Owns its buffers; facts are borrowed until the next feed. P11: only CRLF.CRLF ends DATA; bare
 * CR, bare LF and NUL in DATA give 554 5.6.11 and the end of the session.
 */
#ifndef WIRE_SMTP_IN_H
#define WIRE_SMTP_IN_H

#include "base/arena.h"
#include "wire/address.h"
#include "wire/dsn.h"
#include "wire/reply.h"

enum smtp_in_event {
	SMTP_IN_MORE,     /* feed me (or: waiting for an answer) */
	SMTP_IN_STARTTLS, /* 220 is in out: send it, drop unread input, handshake,
	                     smtp_in_tls_on */
	SMTP_IN_AUTH,     /* s->auth_user, s->auth_secret: answer 235 / 535 / 454 … */
	SMTP_IN_MAIL,     /* s->mail: answer 250 or a refusal */
	SMTP_IN_RCPT,     /* s->rcpt: answer 250 or a refusal */
	SMTP_IN_DATA,     /* about to answer 354: answer code 354, or a refusal */
	SMTP_IN_BODY,     /* s->body: the next unstuffed bytes (CRLF lines), borrowed */
	SMTP_IN_END,      /* message complete: answer 250 or a refusal */
	SMTP_IN_RESET, /* the transaction is gone (RSET, EHLO, refused in DATA, …): forget it;
	                  no answer */
	SMTP_IN_CLOSE  /* send what is in out, then close */
};

struct smtp_in_conf {
	struct str hostname;
	struct str software; /* text behind the host name in the banner */
	bool starttls;       /* offer STARTTLS while not in TLS */
	bool auth;           /* offer AUTH (when in TLS or plain_auth) */
	bool plain_auth;     /* AUTH without TLS allowed */
	bool auth_required;  /* MAIL without AUTH → 530 5.7.0 */
	bool inbound; /* somebody without AUTH may name recipients: SMTP_IN_RCPT with mail.stray
	               */
	bool utf8;    /* SMTPUTF8 offered */
	uint64_t size_max;         /* bytes, 0 = no limit */
	unsigned rcpt_max;         /* then 452 4.5.3 */
	unsigned errors_max;       /* bad commands before 421, 0 = no limit */
	unsigned transactions_max; /* messages per session, 0 = no limit */
	unsigned tls_port_hint;    /* the implicit TLS port to name in help, 0 = none */
};

struct smtp_in_mail {
	struct address from;
	uint64_t size; /* declared, 0 = not */
	bool body_8bit, utf8;
	enum dsn_ret ret;
	struct str envid; /* decoded */
	bool stray;       /* from somebody without AUTH: no SMTP_IN_MAIL was asked */
};

struct smtp_in_rcpt {
	struct address to;
	unsigned notify;  /* enum dsn_notify bits */
	struct str orcpt; /* decoded "rfc822;…", empty = none */
};

enum smtp_in_state {
	SMTP_IN_S_BANNER,
	SMTP_IN_S_GREET,
	SMTP_IN_S_READY,
	SMTP_IN_S_AUTH,
	SMTP_IN_S_MAIL,
	SMTP_IN_S_RCPT,
	SMTP_IN_S_DATA,
	SMTP_IN_S_BODY,
	SMTP_IN_S_DISCARD,
	SMTP_IN_S_CLOSED
};

struct smtp_in {
	struct smtp_in_conf conf;
	enum smtp_in_state state;
	enum smtp_in_event asked; /* event waiting for its answer, SMTP_IN_MORE = none */
	bool tls, authed, esmtp;
	struct str helo;                   /* cleaned, at most 255 bytes, in session arena */
	struct str auth_user, auth_secret; /* wiped after the answer */
	struct smtp_in_mail mail;
	struct smtp_in_rcpt rcpt;
	struct str body;
	unsigned rcpts, errors, transactions; /* accepted recipients of this transaction; … */
	uint64_t body_bytes;                  /* unstuffed so far */
	bool body_8bit;                       /* a byte > 127 was seen in this body */
	struct reply refused; /* why a body is discarded or the session was closed, for the log;
	                         its text is static; code 0 = none */
	/* private from here */
	struct arena session, transaction;
	struct buf line, cred, scratch;
	uint8_t auth_step, auth_mech, dot;
	bool first;     /* no complete line was seen in this session */
	bool line_done; /* the line was answered; facts may still point into it */
	bool drop;      /* the line is too long: swallow its rest */
	bool reset_due; /* SMTP_IN_RESET goes out before anything else */
	size_t dropped, line_octets;
};

void smtp_in_init(struct smtp_in *s, const struct smtp_in_conf *conf, bool tls);
void smtp_in_done(struct smtp_in *s);

/* The 220 banner; nothing is read before it. To refuse the connection instead: smtp_in_abort.
 */
void smtp_in_banner(struct smtp_in *s, struct buf *out);

/* Takes bytes from *in (advances it) until an event or the end of *in. Call again until it
 * says SMTP_IN_MORE with *in empty, or an event is open. Replies are appended to out; a reply
 * that does not fit closes the session (a client that sends and never reads).
 * A TLS hello or an HTTP verb as the first bytes gives a clear 5xx and SMTP_IN_CLOSE;
 * *s->refused.text then tells why, for the log. */
enum smtp_in_event smtp_in_feed(struct smtp_in *s, struct str *in, struct buf *out);

/* Answers the open event. Codes decide: 2xx/354 go on, 4xx/5xx refuse, 421 closes (the next
 * feed says so). A refused DATA ends the transaction: SMTP_IN_RESET follows. An empty text
 * with 354 gets the usual words. */
void smtp_in_answer(struct smtp_in *s, const struct reply *r, struct buf *out);

/* What somebody without AUTH hears who wants to send; code 0: he needs none or has it. */
struct reply smtp_in_need_auth(const struct smtp_in *s);

/* After the handshake: all state is forgotten (RFC 3207 4.2). */
void smtp_in_tls_on(struct smtp_in *s);

/* Ends the session from outside (time-out, shutdown, overload): writes r unless the machine is
 * in the middle of nothing it may answer to. */
void smtp_in_abort(struct smtp_in *s, const struct reply *r, struct buf *out);

/* How long the session may stay as it is, µs (RFC 5321 4.5.3.2; one table in smtp_in.c). */
uint64_t smtp_in_wait_us(const struct smtp_in *s);

void smtp_in_check(const struct smtp_in *s);

#endif
