#include "wire/smtp_out_priv.h"

#include "base/must.h"
#include "base/text.h"
#include "base/utc.h"

#define CONNECTION_TEXTS  (32u << 10)
#define TRANSACTION_TEXTS (4u << 20)

/* Commands without a reply at one time when the peer has PIPELINING: bounds what lies in out
 * and what the peer must keep (RFC 2920 3.1 warns of windows that fill). */
#define WINDOW_PIPELINING 100

/* The dialogue ended because of what the peer sent or did not send. */
#define LOST(text_) REPLY(451, 4, 4, 2, text_)
#define ODD(text_)  REPLY(451, 4, 5, 0, text_)

void
smtp_out_init(struct smtp_out *s, const struct smtp_out_conf *conf, struct buf *transcript)
{
	*s = (struct smtp_out){ .conf = *conf, .transcript = transcript };
	s->tls = conf->tls == SMTP_OUT_TLS_IMPLICIT;
	arena_init(&s->arena, CONNECTION_TEXTS);
	arena_init(&s->taken, TRANSACTION_TEXTS);
	buf_init(&s->line, 512);
	buf_init(&s->text, REPLY_TEXT_MAX);
	smtp_out_check(s);
}

void
smtp_out_done(struct smtp_out *s)
{
	buf_done(&s->line);
	buf_done(&s->text);
	arena_done(&s->arena);
	arena_done(&s->taken);
	s->state = SMTP_OUT_S_CLOSED;
}

static bool
in_transaction(const struct smtp_out *s)
{
	return s->state == SMTP_OUT_S_ENVELOPE || s->state == SMTP_OUT_S_BODY ||
	       s->state == SMTP_OUT_S_DOT || s->state == SMTP_OUT_S_RSET;
}

/* Every recipient that has no reply of its own gets this one. */
static void
settle(struct smtp_out *s, const struct reply *r)
{
	for (size_t i = 0; i < s->mail.n; i++) {
		struct smtp_out_rcpt *to = &s->mail.rcpts[i];

		if (to->reply.code == 0)
			to->reply = *r;
	}
}

/* The connection is of no more use. After the dot nobody knows what the peer did: those
 * recipients stay without a reply (P3). */
static enum smtp_out_event
end(struct smtp_out *s, struct reply why)
{
	bool open = in_transaction(s);

	s->failure = why;
	if (open && s->phase == PHASE_DOT)
		s->in_doubt = true;
	else if (open)
		settle(s, &why);
	s->state = SMTP_OUT_S_CLOSED;
	return open ? SMTP_OUT_DONE : SMTP_OUT_CLOSED;
}

/* A well-formed reply that has no place here. */
static enum smtp_out_event
end_odd(struct smtp_out *s, const struct reply *r)
{
	struct buf b;
	struct reply ours;

	buf_init(&b, 128);
	(void)buf_printf(&b, "%u ", r->code);
	(void)buf_put(&b, str_head(r->text, 100));
	ours = smtp_out_reply_ours(s, ODD(""),
		"The remote host sent a reply that does not fit the command: ", buf_str(&b));
	buf_done(&b);
	return end(s, ours);
}

static unsigned
class_of(const struct reply *r)
{
	return r->code / 100u;
}

/* A reply that refuses the whole connection. 421 says that the peer closes; otherwise it
 * waits for us to take leave. */
static enum smtp_out_event
end_refused(struct smtp_out *s, const struct reply *r, struct buf *out)
{
	if (class_of(r) < 4)
		return end_odd(s, r);
	if (r->code != 421)
		smtp_out_cmd_put(s, out, STR_LIT("QUIT"), NULL);
	return end(s, *r);
}

static enum smtp_out_event
hello(struct smtp_out *s, struct buf *out, bool extended)
{
	s->caps = 0;
	s->size_limit = 0;
	s->state = extended ? SMTP_OUT_S_EHLO : SMTP_OUT_S_HELO;
	smtp_out_cmd_hello(s, out, extended ? "EHLO" : "HELO");
	return SMTP_OUT_MORE;
}

enum auth_step {
	AUTH_PLAIN = 1,
	AUTH_PLAIN_AGAIN,
	AUTH_LOGIN,
	AUTH_LOGIN_USER,
	AUTH_LOGIN_SECRET
};

static enum smtp_out_event
auth(struct smtp_out *s, struct buf *out)
{
	if (!s->tls && s->conf.tls != SMTP_OUT_TLS_NONE) {
		smtp_out_cmd_put(s, out, STR_LIT("QUIT"), NULL);
		return end(s, REPLY(454, 4, 7, 11,
				      "The remote host offers no TLS, and the password of "
				      "this route is not sent without it"));
	}
	s->state = SMTP_OUT_S_AUTH;
	if (s->caps & CAP_AUTH_PLAIN) {
		s->auth_step = AUTH_PLAIN;
		smtp_out_cmd_plain(s, out, false);
		return SMTP_OUT_MORE;
	}
	if (s->caps & CAP_AUTH_LOGIN) {
		s->auth_step = AUTH_LOGIN;
		smtp_out_cmd_put(s, out, STR_LIT("AUTH LOGIN"), NULL);
		return SMTP_OUT_MORE;
	}
	smtp_out_cmd_put(s, out, STR_LIT("QUIT"), NULL);
	return end(s, REPLY(454, 4, 7, 0,
			      "The remote host offers no AUTH PLAIN or LOGIN, which this route "
			      "needs"));
}

/* Greeted: TLS, then AUTH, then ready. */
static enum smtp_out_event
next_step(struct smtp_out *s, struct buf *out)
{
	bool want = s->conf.tls == SMTP_OUT_TLS_MAY || s->conf.tls == SMTP_OUT_TLS_MUST;

	if (want && !s->tls && !s->tls_refused && (s->caps & CAP_STARTTLS)) {
		s->state = SMTP_OUT_S_STARTTLS;
		smtp_out_cmd_put(s, out, STR_LIT("STARTTLS"), NULL);
		return SMTP_OUT_MORE;
	}
	if (s->conf.tls == SMTP_OUT_TLS_MUST && !s->tls) {
		smtp_out_cmd_put(s, out, STR_LIT("QUIT"), NULL);
		return end(s, REPLY(451, 4, 7, 5,
				      "The remote host offers no STARTTLS, which is required"));
	}
	if (s->conf.user.n && !s->authed)
		return auth(s, out);
	s->state = SMTP_OUT_S_READY;
	return SMTP_OUT_READY;
}

static enum smtp_out_event
on_banner(struct smtp_out *s, struct buf *out)
{
	struct reply r = smtp_out_reply_take(s, &s->arena);
	struct str rest = r.text;

	s->banner = str_cut(&rest, '\n');
	if (class_of(&r) != 2)
		return end_refused(s, &r, out);
	return hello(s, out, true);
}

static enum smtp_out_event
on_ehlo(struct smtp_out *s, struct buf *out)
{
	struct reply r = smtp_out_reply_take(s, &s->arena);

	if (class_of(&r) == 2) {
		s->caps |= CAP_ESMTP;
		return next_step(s, out);
	}
	/* RFC 5321 3.2: a host that does not know EHLO says 5xx. */
	if (class_of(&r) == 5)
		return hello(s, out, false);
	return end_refused(s, &r, out);
}

static enum smtp_out_event
on_helo(struct smtp_out *s, struct buf *out)
{
	struct reply r = smtp_out_reply_take(s, &s->arena);

	return class_of(&r) == 2 ? next_step(s, out) : end_refused(s, &r, out);
}

static enum smtp_out_event
on_starttls(struct smtp_out *s, struct buf *out)
{
	struct reply r = smtp_out_reply_take(s, &s->arena);

	if (r.code == 220) {
		s->state = SMTP_OUT_S_HANDSHAKE;
		return SMTP_OUT_TLS;
	}
	if (class_of(&r) < 4)
		return end_odd(s, &r);
	if (r.code == 421)
		return end(s, r);
	s->tls_refused = true;
	if (s->conf.tls != SMTP_OUT_TLS_MUST)
		return next_step(s, out);
	smtp_out_cmd_put(s, out, STR_LIT("QUIT"), NULL);
	return end(s, smtp_out_reply_ours(s, REPLY(451, 4, 7, 5, ""),
			      "The remote host refused STARTTLS, which is required: ", r.text));
}

static enum smtp_out_event
on_auth(struct smtp_out *s, struct buf *out)
{
	struct reply r = smtp_out_reply_take(s, &s->arena);

	if (class_of(&r) >= 4)
		return end_refused(s, &r, out);
	if (class_of(&r) == 2 && s->auth_step != AUTH_LOGIN &&
		s->auth_step != AUTH_LOGIN_USER) {
		s->authed = true;
		return next_step(s, out);
	}
	if (r.code != 334)
		return end_odd(s, &r);
	switch ((enum auth_step)s->auth_step) {
	case AUTH_PLAIN: /* the peer overlooked the initial response (RFC 4954 4) */
		smtp_out_cmd_plain(s, out, true);
		break;
	case AUTH_LOGIN:
		smtp_out_cmd_secret(s, out, s->conf.user);
		break;
	case AUTH_LOGIN_USER:
		smtp_out_cmd_secret(s, out, s->conf.secret);
		break;
	case AUTH_PLAIN_AGAIN:
	case AUTH_LOGIN_SECRET:
		return end_odd(s, &r);
	}
	s->auth_step++;
	return SMTP_OUT_MORE;
}

/* Nothing was asked: the peer takes leave, or replies and commands do not match any more. */
static enum smtp_out_event
on_idle(struct smtp_out *s, struct buf *out)
{
	struct reply r = smtp_out_reply_take(s, &s->arena);

	(void)out;
	return class_of(&r) >= 4 ? end(s, r) : end_odd(s, &r);
}

static enum smtp_out_event
transaction_over(struct smtp_out *s)
{
	s->state = SMTP_OUT_S_READY;
	return SMTP_OUT_DONE;
}

/* Nobody accepted, or DATA was refused. What the peer still holds of it must go. */
static enum smtp_out_event
give_up_envelope(struct smtp_out *s, struct buf *out)
{
	if (!s->mail_ok)
		return transaction_over(s);
	s->state = SMTP_OUT_S_RSET;
	smtp_out_cmd_put(s, out, STR_LIT("RSET"), NULL);
	return SMTP_OUT_MORE;
}

/* The next place in the envelope that has a command. */
static unsigned
place_after(const struct smtp_out *s, unsigned at)
{
	at++;
	while (at <= s->mail.n && s->mail.rcpts[at - 1].barred)
		at++;
	return at;
}

static bool
may_send(const struct smtp_out *s)
{
	unsigned window = s->caps & CAP_PIPELINING ? WINDOW_PIPELINING : 1;
	size_t data = s->mail.n + 1;

	if (s->waiting >= window || s->next_rcpt > data)
		return false;
	if (s->expect > 0 && !s->mail_ok)
		return false;
	/* With all replies in and nobody accepted DATA has no use. */
	return s->next_rcpt < data || s->expect < data || s->accepted > 0;
}

static enum smtp_out_event
envelope(struct smtp_out *s, struct buf *out)
{
	while (may_send(s)) {
		if (s->next_rcpt == 0)
			smtp_out_cmd_mail(s, out);
		else if (s->next_rcpt <= s->mail.n)
			smtp_out_cmd_rcpt(s, out, &s->mail.rcpts[s->next_rcpt - 1]);
		else
			smtp_out_cmd_put(s, out, STR_LIT("DATA"), NULL);
		s->next_rcpt = place_after(s, s->next_rcpt);
		s->waiting++;
	}
	return s->waiting ? SMTP_OUT_MORE : give_up_envelope(s, out);
}

static enum smtp_out_event
on_mail(struct smtp_out *s, const struct reply *r)
{
	if (class_of(r) == 3)
		return end_odd(s, r);
	s->mail_ok = class_of(r) == 2;
	if (!s->mail_ok)
		settle(s, r);
	return SMTP_OUT_MORE;
}

static enum smtp_out_event
on_rcpt(struct smtp_out *s, const struct reply *r, struct smtp_out_rcpt *to)
{
	if (class_of(r) == 3)
		return end_odd(s, r);
	if (class_of(r) != 2) {
		if (s->mail_ok)
			to->reply = *r;
	} else if (s->mail_ok) {
		to->accepted = true;
		s->accepted++;
	} else {
		s->odd = true;
	}
	return SMTP_OUT_MORE;
}

static enum smtp_out_event
on_data(struct smtp_out *s, const struct reply *r, struct buf *out)
{
	if (class_of(r) == 2)
		return end_odd(s, r);
	if (class_of(r) >= 4) {
		settle(s, r);
		return give_up_envelope(s, out);
	}
	if (s->accepted) {
		s->phase = PHASE_BODY;
		s->state = SMTP_OUT_S_BODY;
		s->at_line_start = true;
		return SMTP_OUT_BODY;
	}
	/* RFC 2920 3.1: the group ended with DATA, so the peer now waits for a dot. But one
	 * that accepted a recipient might deliver the empty message. */
	if (s->odd)
		return end_odd(s, r);
	s->lone_dot = true;
	s->state = SMTP_OUT_S_RSET;
	smtp_out_cmd_put(s, out, STR_LIT("."), NULL);
	return SMTP_OUT_MORE;
}

static enum smtp_out_event
on_envelope(struct smtp_out *s, struct buf *out)
{
	unsigned at = s->expect;
	bool kept = s->code == 421 || s->code / 100u != 2;
	struct reply r = { .code = s->code };
	enum smtp_out_event ev;

	/* The text of a 250 to RCPT is of no use to anybody. */
	if (kept)
		r = smtp_out_reply_take(s, s->code == 421 ? &s->arena : &s->taken);
	else
		smtp_out_reply_clear(s);
	s->expect = place_after(s, at);
	s->waiting--;
	if (r.code == 421)
		return end(s, r);
	if (at > s->mail.n)
		return on_data(s, &r, out);
	ev = at == 0 ? on_mail(s, &r) : on_rcpt(s, &r, &s->mail.rcpts[at - 1]);
	return ev == SMTP_OUT_MORE ? envelope(s, out) : ev;
}

/* A reply before the dot cannot be about the message: a refusal ends the attempt without a
 * dot, anything else is no reply to what we said. */
static enum smtp_out_event
on_body(struct smtp_out *s, struct buf *out)
{
	return on_idle(s, out);
}

static void
delivered(struct smtp_out *s, const struct reply *r)
{
	for (size_t i = 0; i < s->mail.n; i++) {
		struct smtp_out_rcpt *to = &s->mail.rcpts[i];

		if (!to->accepted)
			continue;
		to->reply = *r;
		to->relayed = (to->notify & DSN_SUCCESS) && !(s->caps & CAP_DSN);
	}
}

static enum smtp_out_event
on_dot(struct smtp_out *s, struct buf *out)
{
	struct reply r = smtp_out_reply_take(s, s->code == 421 ? &s->arena : &s->taken);

	(void)out;
	if (class_of(&r) == 3 || (class_of(&r) == 2 && s->early))
		return end_odd(s, &r);
	s->phase = PHASE_REPLY;
	if (r.code == 421)
		return end(s, r);
	if (class_of(&r) == 2)
		delivered(s, &r);
	settle(s, &r);
	return transaction_over(s);
}

static enum smtp_out_event
on_rset(struct smtp_out *s, struct buf *out)
{
	struct reply r = smtp_out_reply_take(s, s->code == 421 ? &s->arena : &s->taken);

	(void)out;
	if (r.code == 421)
		return end(s, r);
	/* The reply to a dot behind no message says nothing; RSET is never refused. */
	if (s->lone_dot ? class_of(&r) == 3 : class_of(&r) != 2)
		return end_odd(s, &r);
	s->lone_dot = false;
	return transaction_over(s);
}

static enum smtp_out_event
on_quit(struct smtp_out *s, struct buf *out)
{
	(void)out;
	smtp_out_reply_clear(s);
	s->state = SMTP_OUT_S_CLOSED;
	return SMTP_OUT_CLOSED;
}

static enum smtp_out_event
on_reply(struct smtp_out *s, struct buf *out)
{
	static enum smtp_out_event (*const table[])(struct smtp_out *, struct buf *) = {
		[SMTP_OUT_S_BANNER] = on_banner,
		[SMTP_OUT_S_EHLO] = on_ehlo,
		[SMTP_OUT_S_HELO] = on_helo,
		[SMTP_OUT_S_STARTTLS] = on_starttls,
		[SMTP_OUT_S_AUTH] = on_auth,
		[SMTP_OUT_S_READY] = on_idle,
		[SMTP_OUT_S_ENVELOPE] = on_envelope,
		[SMTP_OUT_S_BODY] = on_body,
		[SMTP_OUT_S_DOT] = on_dot,
		[SMTP_OUT_S_RSET] = on_rset,
		[SMTP_OUT_S_QUIT] = on_quit,
	};

	return table[s->state](s, out);
}

enum smtp_out_event
smtp_out_feed(struct smtp_out *s, struct str *in, struct buf *out)
{
	enum smtp_out_event ev = SMTP_OUT_MORE;

	smtp_out_check(s);
	while (in->n && ev == SMTP_OUT_MORE && s->state != SMTP_OUT_S_CLOSED &&
		s->state != SMTP_OUT_S_HANDSHAKE) {
		const char *why = "";
		int rc = smtp_out_reply_feed(s, in, &why);

		if (rc < 0)
			ev = end(s, smtp_out_reply_ours(s, ODD(""), why, buf_str(&s->line)));
		else if (rc > 0)
			ev = on_reply(s, out);
	}
	/* RFC 3207 5: what came in plain text behind the 220 must not be read as if it had come
	 * inside TLS. */
	if (s->state == SMTP_OUT_S_HANDSHAKE || s->state == SMTP_OUT_S_CLOSED)
		*in = str_from(*in, in->n);
	if (ev == SMTP_OUT_MORE && s->state == SMTP_OUT_S_CLOSED)
		ev = SMTP_OUT_CLOSED;
	smtp_out_check(s);
	return ev;
}

enum smtp_out_event
smtp_out_tls_on(struct smtp_out *s, struct buf *out)
{
	enum smtp_out_event ev;

	must(s->state == SMTP_OUT_S_HANDSHAKE);
	s->tls = true;
	smtp_out_reply_clear(s);
	ev = hello(s, out, true);
	smtp_out_check(s);
	return ev;
}

void
smtp_out_tls_failed(struct smtp_out *s, struct str why)
{
	must(s->state == SMTP_OUT_S_HANDSHAKE || s->conf.tls == SMTP_OUT_TLS_IMPLICIT);
	must(!in_transaction(s));
	(void)end(s, smtp_out_reply_ours(s, REPLY(451, 4, 7, 5, ""), "TLS failed: ", why));
}

/* What cannot be sent at all gets its reply now. How many recipients are left? */
static size_t
bar(struct smtp_out *s, const struct smtp_out_mail *m)
{
	const struct reply bad_from = REPLY(
		553, 5, 1, 7, "The sender's address cannot be written in an SMTP command");
	const struct reply bad_to = REPLY(
		553, 5, 1, 3, "The recipient's address cannot be written in an SMTP command");
	const struct reply too_big = REPLY(552, 5, 3, 4,
		"The message is larger than the remote host says it accepts (SIZE)");
	const struct reply no_utf8 = REPLY(550, 5, 6, 7,
		"The message needs SMTPUTF8, which the remote host does not offer");
	const struct reply *all = NULL;
	size_t left = 0;

	if (!smtp_out_cmd_sendable(m->from))
		all = &bad_from;
	else if ((s->caps & CAP_SIZE) && s->size_limit && m->size > s->size_limit)
		all = &too_big;
	else if (!(s->caps & CAP_SMTPUTF8) && (m->utf8 || !text_is_ascii(m->from)))
		all = &no_utf8;
	for (size_t i = 0; i < m->n; i++) {
		struct smtp_out_rcpt *to = &m->rcpts[i];
		const struct reply *r = all;

		if (!r && (to->address.n == 0 || !smtp_out_cmd_sendable(to->address)))
			r = &bad_to;
		if (!r && !(s->caps & CAP_SMTPUTF8) && !text_is_ascii(to->address))
			r = &no_utf8;
		to->barred = r != NULL;
		to->reply = r ? *r : (struct reply){ 0 };
		to->accepted = to->relayed = false;
		left += !r;
	}
	return left;
}

static bool
any_utf8(const struct smtp_out_mail *m)
{
	bool utf8 = m->utf8 || !text_is_ascii(m->from);

	for (size_t i = 0; i < m->n && !utf8; i++)
		utf8 = !m->rcpts[i].barred && !text_is_ascii(m->rcpts[i].address);
	return utf8;
}

enum smtp_out_event
smtp_out_begin(struct smtp_out *s, const struct smtp_out_mail *m, struct buf *out)
{
	enum smtp_out_event ev;

	must(s->state == SMTP_OUT_S_READY);
	must(m->n > 0 && m->n < UINT32_MAX - 2);
	smtp_out_check(s);
	arena_reset(&s->taken);
	s->mail = *m;
	s->phase = PHASE_IDLE;
	s->in_doubt = s->odd = s->early = s->mail_ok = s->had_cr = false;
	s->accepted = s->waiting = s->next_rcpt = s->expect = 0;
	s->body_bytes = 0;
	s->transactions++;
	if (bar(s, m) == 0)
		return SMTP_OUT_DONE;
	s->mail_utf8 = any_utf8(m);
	s->state = SMTP_OUT_S_ENVELOPE;
	ev = envelope(s, out);
	smtp_out_check(s);
	return ev;
}

/*
 * Dots at the start of a line are doubled (RFC 5321 4.5.2). Dots are looked for, not line
 * ends: most lines have none and base64 has none at all, so the bytes go out in few large
 * pieces. A bare LF counts as a line end because some hosts take it for one.
 */
void
smtp_out_body(struct smtp_out *s, struct str bytes, struct buf *out)
{
	const char *from = bytes.p, *at = bytes.p, *stop = bytes.p + bytes.n;

	must(s->state == SMTP_OUT_S_BODY);
	if (bytes.n == 0)
		return;
	if (s->at_line_start && *at == '.')
		(void)buf_put_c(out, '.');
	for (at++; at < stop && (at = memchr(at, '.', (size_t)(stop - at))); at++) {
		if (at[-1] != '\n')
			continue;
		(void)buf_put(out, str_of(from, (size_t)(at - from)));
		(void)buf_put_c(out, '.');
		from = at;
	}
	(void)buf_put(out, str_of(from, (size_t)(stop - from)));
	must(!out->full);
	s->body_bytes += bytes.n;
	s->at_line_start = stop[-1] == '\n';
	s->had_cr = stop[-1] == '\r';
}

void
smtp_out_dot(struct smtp_out *s, struct buf *out)
{
	struct buf note;

	must(s->state == SMTP_OUT_S_BODY);
	s->phase = PHASE_DOT;
	s->state = SMTP_OUT_S_DOT;
	s->early = s->lines > 0 || s->line_bytes > 0;
	buf_init(&note, 64);
	(void)buf_put(&note, STR_LIT("(message, "));
	(void)buf_put_u64(&note, s->body_bytes);
	(void)buf_put(&note, STR_LIT(" bytes)"));
	smtp_out_cmd_note(s, "C", buf_str(&note));
	buf_done(&note);
	if (!s->at_line_start)
		(void)buf_put_z(out, s->had_cr ? "\n" : "\r\n");
	smtp_out_cmd_put(s, out, STR_LIT("."), NULL);
	smtp_out_check(s);
}

void
smtp_out_abandon(struct smtp_out *s)
{
	must(s->state == SMTP_OUT_S_BODY);
	(void)end(
		s, REPLY(451, 4, 3, 0, "The message could not be read to its end on our side"));
	smtp_out_check(s);
}

void
smtp_out_quit(struct smtp_out *s, struct buf *out)
{
	if (s->state != SMTP_OUT_S_READY)
		return;
	s->state = SMTP_OUT_S_QUIT;
	smtp_out_cmd_put(s, out, STR_LIT("QUIT"), NULL);
}

enum smtp_out_event
smtp_out_lost(struct smtp_out *s, struct str why)
{
	enum smtp_out_event ev = SMTP_OUT_CLOSED;

	smtp_out_check(s);
	if (s->state == SMTP_OUT_S_QUIT)
		s->state = SMTP_OUT_S_CLOSED;
	else if (s->state != SMTP_OUT_S_CLOSED)
		ev = end(s, smtp_out_reply_ours(s, LOST(""), "", why));
	smtp_out_check(s);
	return ev;
}

uint64_t
smtp_out_wait_us(const struct smtp_out *s)
{
	/* RFC 5321 4.5.3.2. The banner may take 5 minutes; hosts that need more than one are
	 * down for us, the next address is tried. QUIT has no time: nothing hangs on it. */
	static const uint64_t table[] = {
		[SMTP_OUT_S_BANNER] = 1 * UTC_MIN,
		[SMTP_OUT_S_EHLO] = 5 * UTC_MIN,
		[SMTP_OUT_S_HELO] = 5 * UTC_MIN,
		[SMTP_OUT_S_STARTTLS] = 5 * UTC_MIN,
		[SMTP_OUT_S_HANDSHAKE] = 1 * UTC_MIN,
		[SMTP_OUT_S_AUTH] = 5 * UTC_MIN,
		[SMTP_OUT_S_READY] = 5 * UTC_MIN,
		[SMTP_OUT_S_ENVELOPE] = 5 * UTC_MIN,
		[SMTP_OUT_S_BODY] = 3 * UTC_MIN,
		[SMTP_OUT_S_DOT] = 10 * UTC_MIN,
		[SMTP_OUT_S_RSET] = 5 * UTC_MIN,
		[SMTP_OUT_S_QUIT] = 10 * UTC_SEC,
		[SMTP_OUT_S_CLOSED] = 0,
	};

	if (s->state == SMTP_OUT_S_ENVELOPE && s->expect > s->mail.n)
		return 2 * UTC_MIN; /* DATA */
	return table[s->state];
}

void
smtp_out_check(const struct smtp_out *s)
{
	must(s->state <= SMTP_OUT_S_CLOSED);
	must(s->text.n <= REPLY_TEXT_MAX);
	must((s->state == SMTP_OUT_S_ENVELOPE) <= (s->phase == PHASE_IDLE && s->waiting > 0));
	must((s->state == SMTP_OUT_S_BODY) <= (s->phase == PHASE_BODY && s->accepted > 0));
	must((s->state == SMTP_OUT_S_DOT) <= (s->phase == PHASE_DOT && !s->in_doubt));
	must((s->state == SMTP_OUT_S_RSET) <= (s->phase == PHASE_IDLE));
	must(s->in_doubt <= (s->phase == PHASE_DOT && s->state == SMTP_OUT_S_CLOSED));
	must(!(s->phase == PHASE_DOT && s->state == SMTP_OUT_S_CLOSED) || s->in_doubt);
}
