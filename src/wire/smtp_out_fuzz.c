/*
 * The peer's bytes are the input. Laws: any cut of them gives the same output, results and
 * transcript; nothing foreign reaches a command or a text; delivered only by a complete 2xx
 * behind the dot.
 * First byte: what addresses and which TLS; second: the size of the second run's pieces.
 */
#include "base/must.h"
#include "base/text.h"
#include "wire/smtp_out.h"

#define RCPTS 3

struct run {
	struct smtp_out s;
	struct smtp_out_rcpt to[RCPTS];
	struct buf out, transcript;
	unsigned mails;
	uint8_t kind;
};

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check_text(struct str text)
{
	must(text.n <= REPLY_TEXT_MAX);
	for (size_t i = 0; i < text.n; i++)
		must((text.p[i] >= 0x20 && text.p[i] < 0x7f) || text.p[i] == '\n');
}

static void
check_reply(const struct reply *r)
{
	check_text(r->text);
	must(r->code == 0 || (r->code >= 200 && r->code <= 599));
	must(r->code < 400 || r->dsn.class == r->code / 100);
}

static void
check_result(const struct run *r)
{
	check_reply(&r->s.failure);
	check_text(r->s.banner);
	for (size_t i = 0; i < RCPTS && r->mails; i++) {
		const struct smtp_out_rcpt *to = &r->to[i];
		bool two = to->reply.code / 100 == 2;

		check_reply(&to->reply);
		must(!two || (to->accepted && r->s.phase == PHASE_REPLY));
		must((to->reply.code == 0) == (r->s.in_doubt && to->accepted));
	}
}

/* Only whole lines, only verbs of ours, printable or UTF-8. */
static void
check_out(struct str out)
{
	static const char *const verbs[] = { "EHLO us", "HELO us", "STARTTLS", "AUTH ",
		"MAIL FROM:<", "RCPT TO:<", "DATA", "RSET", "QUIT", ".", "x",
		"dTE=", "cA==", "AHUAcA==", "dQ==" };

	while (out.n) {
		size_t end = str_find_str(out, STR_LIT("\r\n"));
		struct str line = str_head(out, end);
		bool known = false;

		must(end < out.n);
		for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
			known |= str_starts(line, str_z(verbs[i]));
		must(known);
		for (size_t i = 0; i < line.n; i++)
			must((uint8_t)line.p[i] >= 0x20 && line.p[i] != 0x7f);
		out = str_from(out, end + 2);
	}
}

static void
begin(struct run *r)
{
	static const char *const bad[] = { "c@d", "c@d>\r\nRCPT TO:<e@f", "\"a b\"@d",
		"\xc3\xa9@d" };
	struct smtp_out_mail m = {
		.from = STR_LIT("a@b"), .rcpts = r->to, .n = RCPTS, .size = 3
	};

	m.body_8bit = m.ret = r->kind & 1;
	m.envid = STR_LIT("\r\nRSET +=");
	for (size_t i = 0; i < RCPTS; i++)
		r->to[i] = (struct smtp_out_rcpt){ .address = STR_LIT("c@d"),
			.notify = DSN_SUCCESS,
			.orcpt = STR_LIT("rfc822;\r\nx") };
	r->to[1].address = str_z(bad[r->kind >> 1 & 3]);
	r->mails++;
	/* Ended at once (SIZE, nobody left to send to): the peer is told nothing. */
	if (smtp_out_begin(&r->s, &m, &r->out) == SMTP_OUT_DONE) {
		check_result(r);
		smtp_out_quit(&r->s, &r->out);
	}
}

static void
react(struct run *r, enum smtp_out_event ev)
{
	if (ev == SMTP_OUT_TLS)
		(void)smtp_out_tls_on(&r->s, &r->out);
	if (ev == SMTP_OUT_BODY) {
		smtp_out_body(&r->s, STR_LIT("x\r\n"), &r->out);
		smtp_out_dot(&r->s, &r->out);
	}
	if (ev == SMTP_OUT_DONE)
		check_result(r);
	if ((ev == SMTP_OUT_READY || ev == SMTP_OUT_DONE) && r->s.state == SMTP_OUT_S_READY) {
		if (r->mails < 3)
			begin(r);
		else
			smtp_out_quit(&r->s, &r->out);
	}
}

static void
converse(struct run *r, struct str peer, size_t step)
{
	static const enum smtp_out_tls tls[] = { SMTP_OUT_TLS_NONE, SMTP_OUT_TLS_MAY,
		SMTP_OUT_TLS_MUST, SMTP_OUT_TLS_IMPLICIT };
	struct smtp_out_conf conf = { .hostname = STR_LIT("us"), .tls = tls[r->kind >> 3 & 3] };

	if (r->kind & 32) {
		conf.user = STR_LIT("u");
		conf.secret = STR_LIT("p");
	}
	buf_init(&r->out, 4u << 20);
	buf_init(&r->transcript, 4096);
	smtp_out_init(&r->s, &conf, &r->transcript);
	while (peer.n) {
		struct str piece = str_head(peer, step);

		peer = str_from(peer, step);
		while (piece.n)
			react(r, smtp_out_feed(&r->s, &piece, &r->out));
	}
	(void)smtp_out_lost(&r->s, STR_LIT("gone\r\n"));
	check_result(r);
	check_out(buf_str(&r->out));
}

static void
done(struct run *r)
{
	smtp_out_done(&r->s);
	buf_done(&r->out);
	buf_done(&r->transcript);
}

/* Behind the 220 to STARTTLS the bytes of one piece are dropped, so there a cut matters. */
static bool
same_by_law(const struct run *r)
{
	return r->s.conf.tls == SMTP_OUT_TLS_NONE || r->s.conf.tls == SMTP_OUT_TLS_IMPLICIT;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct run one = { 0 }, two = { 0 };

	if (n < 2)
		return 0;
	one.kind = two.kind = p[0];
	converse(&one, str_of(p + 2, n - 2), SIZE_MAX);
	converse(&two, str_of(p + 2, n - 2), 1u + p[1] % 16);
	if (same_by_law(&one)) {
		must(str_eq(buf_str(&one.out), buf_str(&two.out)));
		must(str_eq(buf_str(&one.transcript), buf_str(&two.transcript)));
		must(one.s.state == two.s.state && one.s.phase == two.s.phase);
		must(str_eq(one.s.failure.text, two.s.failure.text));
		for (size_t i = 0; i < RCPTS; i++) {
			must(one.to[i].reply.code == two.to[i].reply.code);
			must(str_eq(one.to[i].reply.text, two.to[i].reply.text));
		}
	}
	done(&one);
	done(&two);
	return 0;
}
