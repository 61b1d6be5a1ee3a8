#include "wire/smtp_in_priv.h"

#include "base/must.h"
#include "base/text.h"

#include <errno.h>

#define HELO_MAX  255
#define ENVID_MAX 100 /* RFC 3461 4.4 */
#define ORCPT_MAX 500 /* RFC 3461 4.2 */

#define OK ((struct reply){ 0 })

struct param {
	const char *name;
	/* OK, or the refusal. value.p = NULL: no "=". */
	struct reply (*set)(struct smtp_in *s, struct str value);
};

static bool
in_transaction(const struct smtp_in *s)
{
	return s->state == SMTP_IN_S_MAIL || s->state == SMTP_IN_S_RCPT;
}

/* Drops an open transaction and goes to state; the event that tells of it. */
static enum smtp_in_event
restart(struct smtp_in *s, enum smtp_in_state state)
{
	bool open = smtp_in_forget(s);

	s->state = state;
	return open ? SMTP_IN_RESET : SMTP_IN_MORE;
}

static enum smtp_in_event
first_of(enum smtp_in_event said, enum smtp_in_event event)
{
	return said == SMTP_IN_MORE ? event : said;
}

/* ---- greeting ---- */

/* The name as far as it may stand in a Received field and a log; odd ones are common. */
static bool
keep_helo(struct smtp_in *s, struct str arg)
{
	char name[HELO_MAX];
	struct str word = str_cut(&arg, ' ');

	word = str_head(word, sizeof name);
	for (size_t i = 0; i < word.n; i++) {
		char c = word.p[i];
		name[i] = ascii_alnum(c) || (c != '\0' && strchr("-._:[]", c)) ? c : '?';
	}
	if (word.n == 0)
		return false;
	arena_reset(&s->session);
	s->helo = arena_str(&s->session, str_of(name, word.n));
	must(s->helo.p);
	return true;
}

static enum smtp_in_event
cmd_helo(struct smtp_in *s, struct str arg, struct buf *out)
{
	if (!keep_helo(s, arg))
		return smtp_in_bad(s, out, REPLY(501, 5, 5, 4, "Syntax: HELO your.host.name"));
	s->esmtp = false;
	enum smtp_in_event event = restart(s, SMTP_IN_S_READY);
	return first_of(
		smtp_in_say(s, out, (struct reply){ .code = 250, .text = s->conf.hostname }),
		event);
}

static enum smtp_in_event
cmd_ehlo(struct smtp_in *s, struct str arg, struct buf *out)
{
	struct buf b;

	if (!keep_helo(s, arg))
		return smtp_in_bad(s, out, REPLY(501, 5, 5, 4, "Syntax: EHLO your.host.name"));
	s->esmtp = true;
	enum smtp_in_event event = restart(s, SMTP_IN_S_READY);

	buf_init(&b, REPLY_TEXT_MAX);
	buf_put(&b, str_head(s->conf.hostname, ADDRESS_DOMAIN_MAX));
	buf_put_z(&b, "\nSIZE ");
	buf_put_u64(&b, s->conf.size_max);
	buf_put_z(&b, "\n8BITMIME\nPIPELINING\nENHANCEDSTATUSCODES");
	if (s->conf.starttls && !s->tls)
		buf_put_z(&b, "\nSTARTTLS");
	if (smtp_in_auth_now(s))
		buf_put_z(&b, "\nAUTH PLAIN LOGIN");
	if (s->conf.utf8)
		buf_put_z(&b, "\nSMTPUTF8");
	buf_put_z(&b, "\nDSN");
	must(!b.full);
	event = first_of(
		smtp_in_say(s, out, (struct reply){ .code = 250, .text = buf_str(&b) }), event);
	buf_done(&b);
	return event;
}

static enum smtp_in_event
cmd_starttls(struct smtp_in *s, struct str arg, struct buf *out)
{
	if (s->tls)
		return smtp_in_bad(s, out, REPLY(503, 5, 5, 1, "TLS is on already"));
	if (!s->conf.starttls)
		return smtp_in_bad(
			s, out, REPLY(502, 5, 5, 1, "TLS is not offered on this port"));
	if (arg.n > 0)
		return smtp_in_bad(
			s, out, REPLY(501, 5, 5, 4, "Syntax: STARTTLS, without parameters"));
	return first_of(smtp_in_say(s, out, REPLY(220, 2, 0, 0, "Ready to start TLS")),
		SMTP_IN_STARTTLS);
}

/* ---- MAIL and RCPT ---- */

static struct reply
syntax(const char *text)
{
	return (struct reply){ 501, { 5, 5, 4 }, str_z(text) };
}

/* Decoded text goes into reports and headers: no control bytes. */
static bool
no_controls(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static bool
unxtext(struct smtp_in *s, struct str value)
{
	return xtext_decode(&s->scratch, value) == 0 && no_controls(buf_str(&s->scratch));
}

static struct reply
mail_size(struct smtp_in *s, struct str value)
{
	int rc = str_u64(value, &s->mail.size);

	if (rc == -EINVAL || value.n > 20)
		return syntax("Syntax: SIZE=bytes");
	if (rc < 0 || (s->conf.size_max > 0 && s->mail.size > s->conf.size_max))
		return REPLY(552, 5, 3, 4, "Message too large: see SIZE in the EHLO reply");
	return OK;
}

static struct reply
mail_body(struct smtp_in *s, struct str value)
{
	s->mail.body_8bit = str_ieq_z(value, "8BITMIME");
	if (s->mail.body_8bit || str_ieq_z(value, "7BIT"))
		return OK;
	return syntax("Syntax: BODY=7BIT or BODY=8BITMIME");
}

static struct reply
mail_utf8(struct smtp_in *s, struct str value)
{
	if (!s->conf.utf8)
		return REPLY(555, 5, 5, 4, "SMTPUTF8 is not offered here");
	if (value.p)
		return syntax("SMTPUTF8 takes no value");
	s->mail.utf8 = true;
	return OK;
}

static struct reply
mail_ret(struct smtp_in *s, struct str value)
{
	if (str_ieq_z(value, "FULL"))
		s->mail.ret = DSN_RET_FULL;
	else if (str_ieq_z(value, "HDRS"))
		s->mail.ret = DSN_RET_HDRS;
	else
		return syntax("Syntax: RET=FULL or RET=HDRS");
	return OK;
}

static struct reply
mail_envid(struct smtp_in *s, struct str value)
{
	buf_clear(&s->scratch);
	if (value.n == 0 || value.n > ENVID_MAX || !unxtext(s, value))
		return syntax("Syntax: ENVID=xtext, at most 100 characters");
	s->mail.envid = arena_str(&s->transaction, buf_str(&s->scratch));
	must(s->mail.envid.p);
	return OK;
}

/* RFC 4954 5: checked and not believed; who submits is who authenticated. */
static struct reply
mail_auth(struct smtp_in *s, struct str value)
{
	struct address a;

	buf_clear(&s->scratch);
	if (str_eq_z(value, "<>") ||
		(value.n > 0 && unxtext(s, value) &&
			address_mailbox(buf_str(&s->scratch), ADDRESS_UTF8_OK, &a) == 0))
		return OK;
	return syntax("Syntax: AUTH=<> or AUTH=mailbox in xtext");
}

static struct reply
rcpt_notify(struct smtp_in *s, struct str value)
{
	if (!value.p || dsn_notify_parse(value, &s->rcpt.notify) < 0)
		return syntax("Syntax: NOTIFY=NEVER or a list of SUCCESS, FAILURE, DELAY");
	return OK;
}

static bool
orcpt(struct smtp_in *s, struct str value)
{
	struct str rest = value;
	struct str type = str_cut(&rest, ';');

	if (!rest.p || rest.n == 0 || type.n == 0 || value.n > ORCPT_MAX)
		return false;
	for (size_t i = 0; i < type.n; i++)
		if (!ascii_alnum(type.p[i]) && type.p[i] != '-')
			return false;
	buf_clear(&s->scratch);
	buf_put(&s->scratch, type);
	buf_put_c(&s->scratch, ';');
	/* RFC 6533 3: under SMTPUTF8 an utf-8 address stands as it is. */
	if (s->mail.utf8 && str_ieq_z(type, "utf-8") && !text_is_ascii(rest))
		return text_is_utf8(rest) && buf_put(&s->scratch, rest) == 0;
	return unxtext(s, rest);
}

static struct reply
rcpt_orcpt(struct smtp_in *s, struct str value)
{
	if (!value.p || !orcpt(s, value))
		return syntax("Syntax: ORCPT=rfc822;address in xtext");
	s->rcpt.orcpt = buf_str(&s->scratch);
	return OK;
}

static const struct param mail_params[] = {
	{ "SIZE", mail_size },
	{ "BODY", mail_body },
	{ "SMTPUTF8", mail_utf8 },
	{ "RET", mail_ret },
	{ "ENVID", mail_envid },
	{ "AUTH", mail_auth },
	{ NULL, NULL },
};

static const struct param rcpt_params[] = {
	{ "NOTIFY", rcpt_notify },
	{ "ORCPT", rcpt_orcpt },
	{ NULL, NULL },
};

static struct reply
param(struct smtp_in *s, struct str word, const struct param *table, unsigned *seen)
{
	struct str value = word;
	struct str name = str_cut(&value, '=');

	for (unsigned i = 0; table[i].name; i++) {
		if (!str_ieq_z(name, table[i].name))
			continue;
		if (*seen & 1u << i)
			return syntax("A parameter is given twice");
		*seen |= 1u << i;
		return table[i].set(s, value);
	}
	return REPLY(555, 5, 5, 4, "Unknown parameter: see the EHLO reply for what is offered");
}

static struct reply
params(struct smtp_in *s, struct str rest, const struct param *table)
{
	unsigned seen = 0;

	while (rest.p) {
		struct str word = str_cut(&rest, ' ');
		if (word.n == 0)
			continue;
		struct reply r = param(s, word, table, &seen);
		if (r.code)
			return r;
	}
	return OK;
}

/* "FROM:<path> params". -EPROTO = not this shape, -EINVAL = bad address. */
static int
path(struct str arg, const char *word, struct address *ret_a, struct str *ret_rest)
{
	size_t used;
	/* UTF-8 is judged when the parameters are known; <> by the command. */
	unsigned flags = ADDRESS_UTF8_OK | (str_eq_z(str_z(word), "TO:") ? ADDRESS_POSTMASTER_OK
									 : ADDRESS_NULL_OK);

	if (!str_istarts(arg, str_z(word)))
		return -EPROTO;
	/* Many clients put a space behind the colon. */
	struct str s = str_trim(str_from(arg, strlen(word)));
	if (s.n == 0 || s.p[0] != '<')
		return -EPROTO;
	int rc = address_path(s, flags, ret_a, &used);
	if (rc < 0)
		return rc;
	*ret_rest = str_from(s, used);
	return ret_rest->n == 0 || ret_rest->p[0] == ' ' ? 0 : -EINVAL;
}

static struct address
keep_address(struct arena *arena, struct address a)
{
	struct str text = arena_str(arena, a.text);
	must(text.p);
	a.local = str_head(text, a.local.n);
	a.domain = str_from(text, text.n - a.domain.n);
	a.text = text;
	return a;
}

struct reply
smtp_in_need_auth(const struct smtp_in *s)
{
	if (!s->conf.auth_required || s->authed)
		return OK;
	if (!s->tls && s->conf.starttls && !s->conf.plain_auth)
		return REPLY(530, 5, 7, 0, "Must issue STARTTLS first, then AUTH");
	return REPLY(530, 5, 7, 0,
		"Authentication required: use your API key as user and its secret as password");
}

static struct reply
mail(struct smtp_in *s, struct str arg)
{
	struct address a;
	struct str rest;

	int rc = path(arg, "FROM:", &a, &rest);
	if (rc == -EPROTO)
		return syntax("Syntax: MAIL FROM:<you@example.com>");
	if (rc < 0)
		return REPLY(501, 5, 1, 7, "This is no valid sender address");
	s->mail = (struct smtp_in_mail){ .envid = STR_NONE };
	s->mail.from = keep_address(&s->transaction, a);
	struct reply r = params(s, rest, mail_params);
	if (r.code == 0 && a.utf8 && !s->mail.utf8)
		return REPLY(
			553, 5, 6, 7, "An address beyond ASCII needs the SMTPUTF8 parameter");
	return r;
}

/* RFC 5321 4.5.5: bounces come from servers that have no key here. */
static bool
is_null_sender(struct str arg)
{
	struct address a;
	struct str rest;

	return path(arg, "FROM:", &a, &rest) == 0 && a.text.n == 0;
}

static enum smtp_in_event
cmd_mail(struct smtp_in *s, struct str arg, struct buf *out)
{
	if (s->state == SMTP_IN_S_GREET)
		return smtp_in_bad(s, out, REPLY(503, 5, 5, 1, "Send EHLO first"));
	if (in_transaction(s))
		return smtp_in_bad(s, out,
			REPLY(503, 5, 5, 1,
				"A transaction is open: go on with RCPT, or send RSET"));
	struct reply r = smtp_in_need_auth(s);
	bool stray = r.code && (s->conf.inbound || is_null_sender(arg));
	if (r.code && !stray)
		return smtp_in_bad(s, out, r);
	if (s->conf.transactions_max > 0 && s->transactions >= s->conf.transactions_max)
		return smtp_in_close(s, out,
			REPLY(421, 4, 7, 0, "Enough messages for one session: connect again"));
	r = mail(s, arg);
	if (r.code == 0 && !stray)
		return SMTP_IN_MAIL;
	if (r.code) {
		smtp_in_forget(s);
		return smtp_in_bad(s, out, r);
	}
	s->mail.stray = true;
	s->state = SMTP_IN_S_MAIL;
	return smtp_in_say(s, out, REPLY(250, 2, 1, 0, "Sender ok"));
}

static struct reply
rcpt(struct smtp_in *s, struct str arg)
{
	struct address a;
	struct str rest;

	int rc = path(arg, "TO:", &a, &rest);
	if (rc == -EPROTO)
		return syntax("Syntax: RCPT TO:<somebody@example.com>");
	if (rc < 0)
		return REPLY(501, 5, 1, 3, "This is no valid recipient address");
	if (a.utf8 && !s->mail.utf8)
		return REPLY(553, 5, 6, 7, "An address beyond ASCII needs SMTPUTF8 at MAIL");
	s->rcpt = (struct smtp_in_rcpt){ .to = a, .orcpt = STR_NONE };
	return params(s, rest, rcpt_params);
}

static enum smtp_in_event
cmd_rcpt(struct smtp_in *s, struct str arg, struct buf *out)
{
	if (!in_transaction(s))
		return smtp_in_bad(s, out, REPLY(503, 5, 5, 1, "Send MAIL FROM first"));
	/* Not counted as a mistake: RFC 5321 4.5.3.1.10 tells clients to send the rest later.
	 */
	if (s->rcpts >= s->conf.rcpt_max)
		return smtp_in_say(s, out,
			REPLY(452, 4, 5, 3,
				"Too many recipients: send the message to the others again"));
	struct reply r = rcpt(s, arg);
	/* T20: a forged bounce is refused here, before there is anything to bounce. */
	if (r.code == 0 && s->mail.stray && !s->conf.inbound)
		r = REPLY(550, 5, 1, 1,
			"No message has this return path; to send one, authenticate first");
	return r.code ? smtp_in_bad(s, out, r) : SMTP_IN_RCPT;
}

static enum smtp_in_event
cmd_data(struct smtp_in *s, struct str arg, struct buf *out)
{
	if (arg.n > 0)
		return smtp_in_bad(
			s, out, REPLY(501, 5, 5, 4, "Syntax: DATA, without parameters"));
	if (s->state == SMTP_IN_S_MAIL)
		return smtp_in_bad(s, out, REPLY(554, 5, 5, 1, "No valid recipients"));
	if (s->state != SMTP_IN_S_RCPT)
		return smtp_in_bad(
			s, out, REPLY(503, 5, 5, 1, "Send MAIL FROM and RCPT TO first"));
	s->state = SMTP_IN_S_DATA;
	return SMTP_IN_DATA;
}

/* ---- the others ---- */

static enum smtp_in_event
cmd_rset(struct smtp_in *s, struct str arg, struct buf *out)
{
	if (arg.n > 0)
		return smtp_in_bad(
			s, out, REPLY(501, 5, 5, 4, "Syntax: RSET, without parameters"));
	enum smtp_in_event event =
		restart(s, s->state == SMTP_IN_S_GREET ? SMTP_IN_S_GREET : SMTP_IN_S_READY);
	return first_of(smtp_in_say(s, out, REPLY(250, 2, 0, 0, "Forgotten")), event);
}

static enum smtp_in_event
cmd_noop(struct smtp_in *s, struct str arg, struct buf *out)
{
	(void)arg;
	return smtp_in_say(s, out, REPLY(250, 2, 0, 0, "OK"));
}

static enum smtp_in_event
cmd_vrfy(struct smtp_in *s, struct str arg, struct buf *out)
{
	if (arg.n == 0)
		return smtp_in_bad(
			s, out, REPLY(501, 5, 5, 4, "Syntax: VRFY somebody@example.com"));
	return smtp_in_say(s, out,
		REPLY(252, 2, 1, 5,
			"Addresses are not verified here: send the message and see"));
}

static enum smtp_in_event
cmd_expn(struct smtp_in *s, struct str arg, struct buf *out)
{
	(void)arg;
	return smtp_in_bad(
		s, out, REPLY(502, 5, 5, 1, "EXPN is not offered: there are no lists to show"));
}

static enum smtp_in_event
cmd_help(struct smtp_in *s, struct str arg, struct buf *out)
{
	struct buf b;

	(void)arg;
	buf_init(&b, REPLY_TEXT_MAX);
	buf_put_z(&b,
		"Commands: EHLO HELO STARTTLS AUTH MAIL RCPT DATA RSET NOOP VRFY HELP QUIT");
	if (s->tls)
		buf_put_z(&b, "\nTLS is on");
	else if (s->conf.starttls)
		buf_put_z(&b, "\nThis port starts in plain text: STARTTLS turns TLS on");
	else
		buf_put_z(&b, "\nThis port has no TLS");
	if (!s->tls && s->conf.tls_port_hint > 0)
		buf_printf(
			&b, "\nPort %u speaks TLS from the first byte", s->conf.tls_port_hint);
	if (s->conf.auth)
		buf_put_z(&b, "\nUser is your API key, password is its secret");
	buf_put_z(&b, "\nEnd every line with CRLF; end a message with a line that is one dot");
	must(!b.full);
	struct reply r = { 214, { 2, 0, 0 }, buf_str(&b) };
	enum smtp_in_event event = smtp_in_say(s, out, r);
	buf_done(&b);
	return event;
}

static enum smtp_in_event
cmd_quit(struct smtp_in *s, struct str arg, struct buf *out)
{
	if (arg.n > 0)
		return smtp_in_bad(
			s, out, REPLY(501, 5, 5, 4, "Syntax: QUIT, without parameters"));
	enum smtp_in_event event = smtp_in_say(s, out, REPLY(221, 2, 0, 0, "Goodbye"));
	s->state = SMTP_IN_S_CLOSED;
	(void)event;
	return SMTP_IN_CLOSE;
}

static const struct {
	const char *verb;
	enum smtp_in_event (*fn)(struct smtp_in *s, struct str arg, struct buf *out);
} commands[] = {
	{ "MAIL", cmd_mail },
	{ "RCPT", cmd_rcpt },
	{ "DATA", cmd_data },
	{ "EHLO", cmd_ehlo },
	{ "HELO", cmd_helo },
	{ "STARTTLS", cmd_starttls },
	{ "AUTH", smtp_in_auth },
	{ "RSET", cmd_rset },
	{ "NOOP", cmd_noop },
	{ "QUIT", cmd_quit },
	{ "VRFY", cmd_vrfy },
	{ "EXPN", cmd_expn },
	{ "HELP", cmd_help },
};

enum smtp_in_event
smtp_in_cmd(struct smtp_in *s, struct str line, struct buf *out)
{
	/* RFC 5321 4.1.1: trailing white space is tolerated. */
	while (line.n > 0 && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
		line.n--;
	if (!no_controls(line))
		return smtp_in_bad(s, out,
			REPLY(500, 5, 5, 2, "Control characters have no place in a command"));

	struct str arg = line;
	struct str verb = str_cut(&arg, ' ');
	arg = arg.p ? str_trim(arg) : STR_NONE;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (str_ieq_z(verb, commands[i].verb))
			return commands[i].fn(s, arg, out);
	return smtp_in_bad(
		s, out, REPLY(502, 5, 5, 1, "Unknown command: HELP lists what works here"));
}
