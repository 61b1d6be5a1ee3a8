/*
 * For tests and fuzzers of smtp_in only: plays a client's bytes at the machine, answers its
 * questions by rules that look at nothing but the facts, and writes what happened as text:
 * "S: " one line of reply, "F: " one fact. The same bytes give the same text however they
 * are cut; body bytes are gathered until the message ends.
 *
 * Rules: AUTH is right for user "key" with secret "secret". Local parts "no", "later", "bye"
 * are refused with 550, 450, 421 at MAIL and RCPT. A sender "nodata" is refused at DATA.
 * A body with "refuse me" in it is refused. Everything else is fine.
 */
#ifndef WIRE_SMTP_IN_SCRIPT_H
#define WIRE_SMTP_IN_SCRIPT_H

#include "base/must.h"
#include "base/text.h"
#include "wire/smtp_in.h"

struct script {
	struct smtp_in s;
	struct buf out, text, body;
	bool closed;
	bool starttls;                      /* a handshake is due: script_tls */
	size_t taken;                       /* bytes of the client used so far */
	size_t data;                        /* the same when the last DATA was asked */
	void (*message)(struct script *sc); /* called with a complete body, may be NULL */
	void *ctx;
};

static inline void
script_out(struct script *sc)
{
	struct str rest = buf_str(&sc->out);

	while (rest.n > 0) {
		size_t n = str_find_str(rest, STR_LIT("\r\n"));
		must(n < rest.n && n <= 510 && n >= 4);
		struct str line = str_head(rest, n);
		for (size_t i = 0; i < n; i++)
			must((uint8_t)line.p[i] >= 0x20 && line.p[i] != 0x7f);
		for (size_t i = 0; i < 3; i++)
			must(ascii_digit(line.p[i]));
		must(line.p[3] == ' ' || line.p[3] == '-');
		/* RFC 2034 4: a code in every 2xx, 4xx, 5xx but the greetings. */
		struct str code = str_head(line, 3);
		if (!str_eq_z(code, "220") && !str_eq_z(code, "250") && line.p[0] != '3')
			must(n > 8 && line.p[4] == line.p[0] && line.p[5] == '.');
		buf_put_z(&sc->text, "S: ");
		buf_put(&sc->text, line);
		buf_put_c(&sc->text, '\n');
		rest = str_from(rest, n + 2);
	}
	buf_clear(&sc->out);
}

static inline void
script_init(struct script *sc, const struct smtp_in_conf *conf, bool tls)
{
	*sc = (struct script){ 0 };
	buf_init(&sc->out, 1u << 22);
	buf_init(&sc->text, 1u << 24);
	buf_init(&sc->body, 1u << 24);
	smtp_in_init(&sc->s, conf, tls);
	smtp_in_banner(&sc->s, &sc->out);
	script_out(sc);
}

static inline void
script_done(struct script *sc)
{
	smtp_in_done(&sc->s);
	buf_done(&sc->out);
	buf_done(&sc->text);
	buf_done(&sc->body);
}

static inline void
script_fact(struct script *sc, const char *name, struct str value)
{
	buf_put_z(&sc->text, name);
	text_safe(&sc->text, value);
}

static inline struct reply
script_mail(struct script *sc)
{
	const struct smtp_in_mail *m = &sc->s.mail;

	script_fact(sc, "F: MAIL ", m->from.text);
	if (m->from.literal)
		buf_put_z(&sc->text, " literal");
	if (m->size)
		buf_printf(&sc->text, " size=%llu", (unsigned long long)m->size);
	if (m->body_8bit)
		buf_put_z(&sc->text, " 8bit");
	if (m->utf8)
		buf_put_z(&sc->text, " utf8");
	if (m->ret)
		buf_put_z(&sc->text, m->ret == DSN_RET_FULL ? " full" : " hdrs");
	if (m->envid.n > 0)
		script_fact(sc, " envid=", m->envid);
	buf_put_c(&sc->text, '\n');
	if (str_eq_z(m->from.local, "no"))
		return REPLY(550, 5, 7, 1, "Not yours");
	if (str_eq_z(m->from.local, "later"))
		return REPLY(450, 4, 2, 0, "Later");
	if (str_eq_z(m->from.local, "bye"))
		return REPLY(421, 4, 3, 2, "Going down");
	return REPLY(250, 2, 1, 0, "Sender ok");
}

static inline struct reply
script_rcpt(struct script *sc)
{
	const struct smtp_in_rcpt *r = &sc->s.rcpt;

	script_fact(sc, sc->s.mail.stray ? "F: STRAY RCPT " : "F: RCPT ", r->to.text);
	if (r->notify)
		buf_printf(&sc->text, " notify=%u", r->notify);
	if (r->orcpt.n > 0)
		script_fact(sc, " orcpt=", r->orcpt);
	buf_put_c(&sc->text, '\n');
	if (str_eq_z(r->to.local, "no"))
		return REPLY(550, 5, 1, 1, "No such user");
	if (str_eq_z(r->to.local, "later"))
		return REPLY(450, 4, 2, 0, "Later");
	if (str_eq_z(r->to.local, "bye"))
		return REPLY(421, 4, 3, 2, "Going down");
	return REPLY(250, 2, 1, 5, "Recipient ok");
}

static inline struct reply
script_end(struct script *sc)
{
	struct str body = buf_str(&sc->body);

	must(sc->s.body_bytes == body.n);
	must(sc->s.body_8bit == !text_is_ascii(body));
	buf_printf(&sc->text, "F: END %zu%s ", body.n, sc->s.body_8bit ? " 8bit" : "");
	script_fact(sc, "", str_head(body, 60));
	buf_put_c(&sc->text, '\n');
	if (sc->message)
		sc->message(sc);
	bool refuse = str_find_str(body, STR_LIT("refuse me")) < body.n;
	buf_clear(&sc->body);
	return refuse ? REPLY(550, 5, 6, 0, "As you wish") : REPLY(250, 2, 0, 0, "Accepted");
}

static inline struct reply
script_auth(struct script *sc)
{
	script_fact(sc, "F: AUTH user=", sc->s.auth_user);
	script_fact(sc, " secret=", sc->s.auth_secret);
	buf_put_c(&sc->text, '\n');
	if (str_eq_z(sc->s.auth_user, "key") && str_eq_z(sc->s.auth_secret, "secret"))
		return REPLY(235, 2, 7, 0, "Welcome");
	return REPLY(535, 5, 7, 8, "Key or secret is wrong");
}

static inline struct reply
script_data(struct script *sc)
{
	buf_put_z(&sc->text, "F: DATA\n");
	sc->data = sc->taken;
	if (str_eq_z(sc->s.mail.from.local, "nodata"))
		return REPLY(451, 4, 3, 0, "Not now");
	return (struct reply){ .code = 354, .text = STR_NONE };
}

static inline void
script_event(struct script *sc, enum smtp_in_event e)
{
	struct reply r = { 0 };

	if (e == SMTP_IN_BODY) {
		must(sc->s.body.n > 0);
		buf_put(&sc->body, sc->s.body);
		return;
	}
	script_out(sc);
	switch (e) {
	case SMTP_IN_STARTTLS:
		buf_put_z(&sc->text, "F: STARTTLS\n");
		sc->starttls = true;
		return;
	case SMTP_IN_RESET:
		buf_put_z(&sc->text, "F: RESET\n");
		buf_clear(&sc->body);
		return;
	case SMTP_IN_CLOSE:
		buf_put_z(&sc->text, "F: CLOSE\n");
		sc->closed = true;
		return;
	case SMTP_IN_AUTH:
		r = script_auth(sc);
		break;
	case SMTP_IN_MAIL:
		r = script_mail(sc);
		break;
	case SMTP_IN_RCPT:
		r = script_rcpt(sc);
		break;
	case SMTP_IN_DATA:
		r = script_data(sc);
		break;
	case SMTP_IN_END:
		r = script_end(sc);
		break;
	case SMTP_IN_MORE:
	case SMTP_IN_BODY:
		return;
	}
	smtp_in_answer(&sc->s, &r, &sc->out);
	script_out(sc);
}

/* Feeds bytes until they are used, the session is closed or a handshake is due; the number of
 * bytes used. */
static inline size_t
script_feed(struct script *sc, struct str bytes)
{
	struct str in = bytes;

	while (!sc->closed && !sc->starttls) {
		size_t before = in.n;
		enum smtp_in_event e = smtp_in_feed(&sc->s, &in, &sc->out);
		sc->taken += before - in.n;
		script_event(sc, e);
		if (e == SMTP_IN_MORE) {
			must(in.n == 0);
			break;
		}
	}
	return bytes.n - in.n;
}

static inline void
script_tls(struct script *sc)
{
	must(sc->starttls);
	sc->starttls = false;
	smtp_in_tls_on(&sc->s);
}

#endif
