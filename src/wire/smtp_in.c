#include "wire/smtp_in_priv.h"

#include "base/mem.h"
#include "base/must.h"

#define SWALLOW_MAX  65536 /* of a line that is too long */
#define SESSION_MAX  1024
#define ENVELOPE_MAX 1024 /* the sender and ENVID; recipients are not kept here */
#define SCRATCH_MAX  1024

#define SECONDS 1000000ull

/* RFC 5321 4.5.3.2: how long the server waits for the client (.7: 5 minutes for a command),
 * for the 354 (.4: 2 minutes), for a block of data (.5: 3 minutes). */
static const uint64_t wait_us[] = {
	[SMTP_IN_S_BANNER] = 300 * SECONDS,
	[SMTP_IN_S_GREET] = 300 * SECONDS,
	[SMTP_IN_S_READY] = 300 * SECONDS,
	[SMTP_IN_S_AUTH] = 300 * SECONDS,
	[SMTP_IN_S_MAIL] = 300 * SECONDS,
	[SMTP_IN_S_RCPT] = 300 * SECONDS,
	[SMTP_IN_S_DATA] = 120 * SECONDS,
	[SMTP_IN_S_BODY] = 180 * SECONDS,
	[SMTP_IN_S_DISCARD] = 180 * SECONDS,
	[SMTP_IN_S_CLOSED] = 0,
};
/* RFC 5321 4.5.3.2.6: the client waits 10 minutes for the answer to its final dot. */
#define WAIT_END_US (600 * SECONDS)

void
smtp_in_init(struct smtp_in *s, const struct smtp_in_conf *conf, bool tls)
{
	*s = (struct smtp_in){ .conf = *conf, .tls = tls, .first = true };
	s->state = SMTP_IN_S_BANNER;
	s->asked = SMTP_IN_MORE;
	s->helo = s->auth_user = s->auth_secret = s->body = STR_NONE;
	arena_init(&s->session, SESSION_MAX);
	arena_init(&s->transaction, ENVELOPE_MAX);
	buf_init(&s->line, SMTP_IN_AUTH_MAX);
	buf_init(&s->scratch, SCRATCH_MAX);
	smtp_in_auth_wipe(s);
}

void
smtp_in_done(struct smtp_in *s)
{
	smtp_in_auth_wipe(s);
	buf_done(&s->cred);
	buf_done(&s->line);
	buf_done(&s->scratch);
	arena_done(&s->session);
	arena_done(&s->transaction);
}

enum smtp_in_event
smtp_in_say(struct smtp_in *s, struct buf *out, struct reply r)
{
	if (reply_write(out, &r) == 0)
		return SMTP_IN_MORE;
	s->state = SMTP_IN_S_CLOSED;
	return SMTP_IN_CLOSE;
}

enum smtp_in_event
smtp_in_close(struct smtp_in *s, struct buf *out, struct reply r)
{
	smtp_in_say(s, out, r);
	s->refused = r;
	s->state = SMTP_IN_S_CLOSED;
	return SMTP_IN_CLOSE;
}

enum smtp_in_event
smtp_in_bad(struct smtp_in *s, struct buf *out, struct reply r)
{
	s->errors++;
	if (s->conf.errors_max > 0 && s->errors > s->conf.errors_max)
		return smtp_in_close(s, out,
			REPLY(421, 4, 7, 0,
				"Too many errors: read the replies, then try again"));
	return smtp_in_say(s, out, r);
}

bool
smtp_in_forget(struct smtp_in *s)
{
	bool open = s->state >= SMTP_IN_S_MAIL && s->state <= SMTP_IN_S_BODY;

	arena_reset(&s->transaction);
	buf_clear(&s->scratch);
	s->mail = (struct smtp_in_mail){ 0 };
	s->rcpt = (struct smtp_in_rcpt){ 0 };
	s->rcpts = 0;
	return open;
}

void
smtp_in_banner(struct smtp_in *s, struct buf *out)
{
	struct buf b;

	smtp_in_check(s);
	must(s->state == SMTP_IN_S_BANNER);
	buf_init(&b, REPLY_TEXT_MAX);
	buf_put(&b, s->conf.hostname);
	buf_put_z(&b, " ESMTP");
	if (s->conf.software.n > 0) {
		buf_put_c(&b, ' ');
		buf_put(&b, s->conf.software);
	}
	s->state = SMTP_IN_S_GREET;
	smtp_in_say(s, out, (struct reply){ .code = 220, .text = buf_str(&b) });
	buf_done(&b);
}

/* A request line: another protocol, whatever came before it (a web page that makes a browser
 * post SMTP commands starts like this too). */
static bool
is_http(struct str line)
{
	static const char *const verbs[] = { "GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ",
		"DELETE ", "PATCH ", "CONNECT ", "TRACE ", "PRI " };

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (str_starts(line, str_z(verbs[i])))
			return true;
	return false;
}

static enum smtp_in_event
line_bad(struct smtp_in *s, struct buf *out, struct reply r)
{
	if (s->state == SMTP_IN_S_AUTH) {
		smtp_in_auth_wipe(s);
		s->state = SMTP_IN_S_READY;
	}
	return smtp_in_bad(s, out, r);
}

static enum smtp_in_event
too_long(struct smtp_in *s, struct buf *out)
{
	if (s->state == SMTP_IN_S_AUTH)
		return line_bad(s, out,
			REPLY(500, 5, 5, 6,
				"Authentication line too long: at most 12288 bytes"));
	return line_bad(s, out, REPLY(500, 5, 5, 2, "Line too long: at most 2048 bytes"));
}

/* s->line holds a line to its LF, or the head of one that was too long. */
static enum smtp_in_event
line(struct smtp_in *s, struct buf *out)
{
	struct str l = buf_str(&s->line);
	bool over = s->drop;

	s->first = false;
	s->line_done = true;
	s->drop = false;
	s->dropped = 0;
	if (s->state != SMTP_IN_S_AUTH && is_http(l))
		return smtp_in_close(s, out,
			REPLY(554, 5, 5, 1, "This is a mail port: HTTP is not spoken here"));
	/* Of both versions, from an address that may not say who its clients are. */
	if (s->state != SMTP_IN_S_AUTH &&
		(str_starts(l, STR_LIT("PROXY ")) || str_eq(l, STR_LIT("\0\r\n"))))
		return smtp_in_close(s, out,
			REPLY(554, 5, 7, 0,
				"A PROXY header is taken from the addresses under proxies in "
				"the configuration only"));
	if (over)
		return too_long(s, out);
	if (!str_ends(l, STR_LIT("\r\n")))
		return line_bad(s, out,
			REPLY(500, 5, 5, 2,
				"Lines must end with CRLF; telnet does, nc needs -C"));
	l.n -= 2;
	if (s->state == SMTP_IN_S_AUTH)
		return smtp_in_auth_line(s, l, out);
	return smtp_in_cmd(s, l, out);
}

/* Takes bytes up to the end of a line or of *in; what is over the limit is only counted.
 * true = the line is complete. */
static bool
gather(struct smtp_in *s, struct str *in)
{
	size_t max = s->state == SMTP_IN_S_AUTH ? SMTP_IN_AUTH_MAX : SMTP_IN_LINE_MAX;
	size_t lf = str_find(*in, '\n');
	bool whole = lf < in->n;
	struct str part = str_head(*in, whole ? lf + 1 : lf);

	if (s->line_done) {
		buf_clear(&s->line);
		s->line_done = false;
	}
	/* All of it at once: growing would leave copies of secrets behind. */
	char *p = buf_room(&s->line, max - s->line.n);
	must(p || s->line.n == max);
	struct str fits = str_head(part, max - s->line.n);
	if (p) {
		memcpy(p, fits.p, fits.n);
		buf_added(&s->line, fits.n);
	}
	s->dropped += part.n - fits.n;
	s->drop = s->dropped > 0;
	*in = str_from(*in, part.n);
	return whole;
}

static enum smtp_in_event
command(struct smtp_in *s, struct str *in, struct buf *out)
{
	bool whole = gather(s, in);

	if (s->first && !s->tls && str_starts(buf_str(&s->line), STR_LIT("\x16\x03")))
		return smtp_in_close(s, out,
			REPLY(554, 5, 5, 1,
				"This port starts in plain text: use STARTTLS, or port 465 for "
				"TLS"));
	if (s->dropped > SWALLOW_MAX)
		return smtp_in_close(s, out, REPLY(500, 5, 5, 2, "Line without end"));
	return whole ? line(s, out) : SMTP_IN_MORE;
}

static bool
is_question(enum smtp_in_event e)
{
	return e == SMTP_IN_STARTTLS || e == SMTP_IN_AUTH || e == SMTP_IN_MAIL ||
	       e == SMTP_IN_RCPT || e == SMTP_IN_DATA || e == SMTP_IN_END;
}

enum smtp_in_event
smtp_in_feed(struct smtp_in *s, struct str *in, struct buf *out)
{
	enum smtp_in_event event = SMTP_IN_MORE;

	smtp_in_check(s);
	if (s->state == SMTP_IN_S_CLOSED) {
		*in = str_from(*in, in->n);
		return SMTP_IN_CLOSE;
	}
	if (s->reset_due) {
		s->reset_due = false;
		return SMTP_IN_RESET;
	}
	if (s->asked != SMTP_IN_MORE || s->state == SMTP_IN_S_BANNER)
		return SMTP_IN_MORE;
	while (event == SMTP_IN_MORE && in->n > 0)
		event = s->state == SMTP_IN_S_BODY || s->state == SMTP_IN_S_DISCARD
		                ? smtp_in_data(s, in, out)
		                : command(s, in, out);
	if (is_question(event))
		s->asked = event;
	if (event == SMTP_IN_CLOSE)
		smtp_in_auth_wipe(s);
	smtp_in_check(s);
	return event;
}

static void
answer_auth(struct smtp_in *s, const struct reply *r, struct buf *out)
{
	smtp_in_auth_wipe(s);
	s->authed = r->code < 300;
	if (r->code < 500)
		smtp_in_say(s, out, *r);
	else
		smtp_in_bad(s, out, *r);
}

static void
answer_data(struct smtp_in *s, const struct reply *r, struct buf *out)
{
	struct reply go = *r;

	if (r->code == 354) {
		if (r->text.n == 0)
			go.text =
				STR_LIT("Send the message; end it with a line that is one dot");
		smtp_in_data_start(s);
		s->state = SMTP_IN_S_BODY;
	} else {
		s->reset_due = smtp_in_forget(s);
		s->state = SMTP_IN_S_READY;
	}
	smtp_in_say(s, out, go);
}

void
smtp_in_answer(struct smtp_in *s, const struct reply *r, struct buf *out)
{
	enum smtp_in_event asked = s->asked;
	bool ok = r->code >= 200 && r->code < 300;

	smtp_in_check(s);
	must(is_question(asked) && asked != SMTP_IN_STARTTLS);
	must(ok || (r->code >= 400 && r->code < 600) ||
		(asked == SMTP_IN_DATA && r->code == 354));
	s->asked = SMTP_IN_MORE;
	if (r->code == 421) {
		smtp_in_abort(s, r, out);
		return;
	}
	if (asked == SMTP_IN_AUTH) {
		answer_auth(s, r, out);
	} else if (asked == SMTP_IN_DATA) {
		answer_data(s, r, out);
	} else if (asked == SMTP_IN_RCPT) {
		s->rcpts += ok;
		if (ok)
			s->state = SMTP_IN_S_RCPT;
		/* Nobody may try addresses for ever; who is told to come again (RFC 5321
		 * 4.5.3.1.10) made no mistake. */
		if (r->code >= 500 && s->mail.stray)
			smtp_in_bad(s, out, *r);
		else
			smtp_in_say(s, out, *r);
	} else if (asked == SMTP_IN_MAIL && ok) {
		s->state = SMTP_IN_S_MAIL;
		smtp_in_say(s, out, *r);
	} else {
		s->transactions += ok;
		smtp_in_forget(s);
		s->state = SMTP_IN_S_READY;
		smtp_in_say(s, out, *r);
	}
	smtp_in_check(s);
}

void
smtp_in_tls_on(struct smtp_in *s)
{
	smtp_in_check(s);
	must(s->asked == SMTP_IN_STARTTLS && !s->tls);
	s->asked = SMTP_IN_MORE;
	s->reset_due = smtp_in_forget(s);
	s->tls = true;
	s->authed = s->esmtp = false;
	s->helo = STR_NONE;
	arena_reset(&s->session);
	buf_clear(&s->line);
	s->line_done = false;
	/* Errors and messages stay counted: TLS is no fresh start for the limits. */
	s->state = SMTP_IN_S_GREET;
	smtp_in_check(s);
}

void
smtp_in_abort(struct smtp_in *s, const struct reply *r, struct buf *out)
{
	/* Between the 220 and the handshake plain text would break the TLS record layer. */
	if (s->state != SMTP_IN_S_CLOSED && s->asked != SMTP_IN_STARTTLS)
		smtp_in_say(s, out, *r);
	smtp_in_auth_wipe(s);
	s->asked = SMTP_IN_MORE;
	s->reset_due = false;
	s->state = SMTP_IN_S_CLOSED;
}

uint64_t
smtp_in_wait_us(const struct smtp_in *s)
{
	return s->asked == SMTP_IN_END ? WAIT_END_US : wait_us[s->state];
}

void
smtp_in_check(const struct smtp_in *s)
{
	must(s->state <= SMTP_IN_S_CLOSED);
	if (s->state == SMTP_IN_S_CLOSED)
		return;
	bool open = s->state >= SMTP_IN_S_MAIL && s->state <= SMTP_IN_S_BODY;
	must(s->state <= SMTP_IN_S_GREET || s->helo.n > 0);
	must(open || s->rcpts == 0);
	must(s->state < SMTP_IN_S_RCPT || !open || s->rcpts > 0);
	must((s->state == SMTP_IN_S_DATA) == (s->asked == SMTP_IN_DATA));
	must(s->asked != SMTP_IN_END || s->state == SMTP_IN_S_BODY);
	must((s->asked == SMTP_IN_AUTH) == (s->auth_secret.n > 0));
	must(s->state != SMTP_IN_S_AUTH || s->auth_mech);
	must(!s->authed || !s->auth_mech);
}
