#include "role/edge_scene.h"

#include "io/pool.h"
#include "ledger/fact.h"
#include "send/bounce.h"
#include "wire/token.h"
#include "wire/track_token.h"

#define BIG (1u << 20)

static void
receives(struct config *c)
{
	c->bounce_domain = STR_LIT("bounce.test");
	c->plaintext_auth = true;
	c->limits.sessions_errors = 4;
}

static const struct token ours = { .kind = TOKEN_BOUNCE,
	.stream = 1,
	.day = 20000,
	.tenant = 7,
	.message = 4000,
	.recipient = 2 };

static const char *
token(struct scene *sc, enum token_kind kind, char dst[TOKEN_TEXT_MAX])
{
	struct token t = ours;

	t.kind = (uint8_t)kind;
	token_write(dst, sc->env.keys.token, 0, &t);
	return dst;
}

static struct client *
enter(struct scene *sc, struct client *c)
{
	client_open(sc, c, PORT_STARTTLS);
	expect(c, "220 ");
	talk(c, "EHLO mx.there.test\r\n", "250 ");
	return c;
}

/* MAIL, RCPT, and the mail when that is taken; the code of what ended it. */
static void
mail(struct client *c, const char *from, const char *to, const char *text, const char *want)
{
	char line[400];

	snprintf(line, sizeof line, "MAIL FROM:<%s>\r\n", from);
	talk(c, line, "250 2.1.0");
	snprintf(line, sizeof line, "RCPT TO:<%s>\r\n", to);
	talk(c, line, "250 2.1.5");
	talk(c, "DATA\r\n", "354");
	say(c, text);
	talk(c, ".\r\n", want);
}

static const char bounce[] =
	"From: MAILER-DAEMON@there.test\r\nSubject: failure\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
	"--b\r\n\r\nIt failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
	"Reporting-MTA: dns; mx.there.test\r\n\r\n"
	"Final-Recipient: rfc822; ann@there.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
	"Diagnostic-Code: smtp; 550 5.1.1 No such user\r\n--b--\r\n";
static const char delay[] =
	"From: MAILER-DAEMON@there.test\r\nSubject: delay\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
	"--b\r\n\r\nLater.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
	"Reporting-MTA: dns; mx.there.test\r\n\r\n"
	"Final-Recipient: rfc822; ann@there.test\r\nAction: delayed\r\nStatus: "
	"4.4.1\r\n--b--\r\n";
static const char absence[] = "From: Ann <ann@there.test>\r\nSubject: Out of "
			      "office\r\nAuto-Submitted: auto-replied\r\n"
			      "\r\nBack in May.\r\n";
static const char complaint[] =
	"From: fbl@there.test\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
	"--b\r\n\r\nA complaint.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
	"Feedback-Type: abuse\r\nUser-Agent: There/1\r\nVersion: 1\r\nSource-IP: 192.0.2.7\r\n"
	"--b\r\nContent-Type: message/rfc822\r\n\r\nReturn-Path: <%s@bounce.test>\r\n"
	"From: shop@good.test\r\nSubject: sale\r\n\r\nx\r\n--b--\r\n";

static void
assert_ours(const struct msg_signal *m, enum fact_kind kind)
{
	assert_int_equal(m->kind, kind);
	assert_int_equal(m->tenant, ours.tenant);
	assert_int_equal(m->stream, ours.stream);
	assert_int_equal(m->message, ours.message);
	assert_int_equal(m->rcpt, ours.message + 1 + ours.recipient);
	assert_int_equal(m->accepted / (86400 * INT64_C(1000000)), ours.day);
	assert_true(m->seq > 0 && m->at > 0);
}

static void
test_kinds(void **state)
{
	static const struct {
		const char *name, *from, *to, *text;
		enum token_kind kind; /* of the %s in to */
		int fact;             /* 0 = none */
	} rows[] = {
		{ "bounce", "", "%s@bounce.test", bounce, TOKEN_BOUNCE, FACT_RETURNED },
		{ "in capitals", "", "%s@BOUNCE.Test", bounce, TOKEN_BOUNCE, FACT_RETURNED },
		{ "delay", "", "%s@bounce.test", delay, TOKEN_BOUNCE, 0 },
		{ "absence", "ann@there.test", "%s@bounce.test", absence, TOKEN_BOUNCE, 0 },
		{ "a person", "ann@there.test", "%s@bounce.test",
			"Subject: hm\r\n\r\nWhat?\r\n", TOKEN_BOUNCE, 0 },
		{ "nothing", "", "%s@bounce.test", "", TOKEN_BOUNCE, 0 },
		{ "leaves", "ann@there.test", "unsubscribe+%s@bounce.test",
			"Subject: unsubscribe\r\n\r\n", TOKEN_UNSUBSCRIBE, FACT_UNSUBSCRIBED },
		{ "leaves by the hostname", "ann@there.test", "Unsubscribe+%s@mail.test",
			"Subject: x\r\n\r\nx\r\n", TOKEN_UNSUBSCRIBE, FACT_UNSUBSCRIBED },
		{ "nobody is meant", "fbl@there.test", "fbl@bounce.test", complaint, 0, 0 },
		{ "abuse@", "fbl@there.test", "abuse@mail.test",
			"Subject: spam!\r\n\r\nStop.\r\n", 0, 0 },
		{ "postmaster", "a@there.test", "postmaster", "Subject: hello\r\n\r\nx\r\n", 0,
			0 },
	};
	struct scene *sc = scene_new(receives);

	(void)state;
	TEST_EACH(row, rows)
	{
		char text[TOKEN_TEXT_MAX], to[200], *s;
		struct client c;
		unsigned before = sc->signals;

		snprintf(to, sizeof to, "%s", row->to);
		s = strstr(to, "%s");
		if (s) {
			size_t at = (size_t)(s - to);

			snprintf(to + at, sizeof to - at, "%s%s", token(sc, row->kind, text),
				row->to + at + 2);
		}
		mail(enter(sc, &c), row->from, to, row->text, "250 2.0.0");
		assert_int_equal(sc->signals - before, row->fact != 0);
		if (row->fact)
			assert_ours(&sc->signal, (enum fact_kind)row->fact);
		client_close(&c);
	}
	assert_int_equal(sc->submits, 0);
	scene_free(sc);
}

static void
test_bounce(void **state)
{
	struct scene *sc = scene_new(receives);
	char text[TOKEN_TEXT_MAX], to[200];
	struct client c;

	(void)state;
	snprintf(to, sizeof to, "%s@bounce.test", token(sc, TOKEN_BOUNCE, text));
	mail(enter(sc, &c), "", to, bounce, "250 2.0.0");
	assert_int_equal(sc->signal.class, CLASS_MAILBOX);
	assert_int_equal(sc->signal.blame, BLAME_ADDRESS);
	assert_int_equal(sc->signal.reply.code, 550);
	assert_int_equal(sc->signal.reply.dsn.class, 5);
	assert_true(str_eq_z(sc->signal.reply.text, "No such user"));
	/* The next of the session. */
	mail(&c, "", to, bounce, "250 2.0.0");
	assert_int_equal(sc->signals, 2);
	client_close(&c);
	scene_free(sc);
}

/* What is meant by a complaint stands in the mail. */
static void
test_complaint(void **state)
{
	const struct track_token seen = { .kind = TRACK_TOKEN_UNSUBSCRIBE,
		.stream = ours.stream,
		.index = ours.recipient,
		.tenant = ours.tenant,
		.accepted = ours.day * 86400u + 5,
		.message = ours.message,
		.text = STR_LIT("ann@there.test") };
	struct scene *sc = scene_new(receives);
	char path[TOKEN_TEXT_MAX], text[2048];
	struct client c;
	struct buf b;

	(void)state;
	snprintf(text, sizeof text, complaint, token(sc, TOKEN_BOUNCE, path));
	mail(enter(sc, &c), "fbl@there.test", "fbl@bounce.test", text, "250 2.0.0");
	assert_int_equal(sc->signals, 1);
	assert_ours(&sc->signal, FACT_COMPLAINED);
	assert_true(str_eq_z(sc->signal.ip, "192.0.2.7"));
	assert_true(str_eq_z(sc->signal.agent, "There/1"));
	/* A link of ours names him too. */
	buf_init(&b, 8192);
	buf_put_z(&b, "From: x@there.test\r\nSubject: "
		      "complaint\r\n\r\nSpam:\r\nhttps://mail.test/u/");
	assert_int_equal(track_token_write(&b, sc->edge->track, &seen), 0);
	buf_put_z(&b, "/x\r\n");
	buf_put_c(&b, '\0');
	mail(&c, "x@there.test", "abuse@bounce.test", b.p, "250 2.0.0");
	assert_int_equal(sc->signals, 2);
	assert_ours(&sc->signal, FACT_COMPLAINED);
	assert_true(str_eq_z(sc->signal.address, "ann@there.test"));
	buf_done(&b);
	client_close(&c);
	scene_free(sc);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *name, *from, *to, *want;
		enum token_kind kind;
	} rows[] = {
		{ "stranger's bounce", "", "victim@else.test", "550 5.1.1", 0 },
		{ "relay", "a@there.test", "victim@else.test", "530 5.7.0", 0 },
		{ "no token", "", "bounce@bounce.test", "550 5.1.1", 0 },
		{ "no token, a sender", "a@there.test", "bounce@bounce.test", "550 5.1.1", 0 },
		{ "forged", "",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bounce.test",
			"550 5.1.1", 0 },
		{ "of another use", "", "%s@bounce.test", "550 5.1.1", TOKEN_CLICK },
		{ "of another use too", "", "unsubscribe+%s@bounce.test", "550 5.1.1",
			TOKEN_BOUNCE },
		{ "at the hostname", "", "%s@mail.test", "550 5.1.1", TOKEN_BOUNCE },
		{ "elsewhere", "a@there.test", "%s@else.test", "530 5.7.0", TOKEN_BOUNCE },
		{ "postmaster elsewhere", "a@there.test", "postmaster@else.test", "530 5.7.0",
			0 },
		{ "percent", "", "victim%%else.test@bounce.test", "550 5.1.1", 0 },
		{ "quoted", "", "\"victim@else.test\"@bounce.test", "550 5.1.1", 0 },
		{ "unsubscribe alone", "", "unsubscribe@bounce.test", "550 5.1.1", 0 },
	};
	struct scene *sc = scene_new(receives);

	(void)state;
	TEST_EACH(row, rows)
	{
		char text[TOKEN_TEXT_MAX], line[400], to[300], *s;
		struct client c;

		snprintf(to, sizeof to, "%s", row->to);
		s = strstr(to, "%s");
		if (s) {
			size_t at = (size_t)(s - to);

			snprintf(to + at, sizeof to - at, "%s%s", token(sc, row->kind, text),
				row->to + at + 2);
		}
		enter(sc, &c);
		snprintf(line, sizeof line, "MAIL FROM:<%s>\r\n", row->from);
		talk(&c, line, "250 2.1.0");
		snprintf(line, sizeof line, "RCPT TO:<%s>\r\n", to);
		talk(&c, line, row->want);
		talk(&c, "DATA\r\n", "554 5.5.1");
		client_close(&c);
	}
	assert_int_equal(sc->submits, 0);
	assert_int_equal(sc->signals, 0);
	scene_free(sc);
}

static void
test_bounds(void **state)
{
	struct scene *sc = scene_new(receives);
	char text[TOKEN_TEXT_MAX], line[300], *big = mem_new(BIG + 1, 1);
	struct client c;
	bool left;

	(void)state;
	snprintf(line, sizeof line, "RCPT TO:<%s@bounce.test>\r\n",
		token(sc, TOKEN_BOUNCE, text));
	enter(sc, &c);
	talk(&c, "MAIL FROM:<> SIZE=20000000\r\n", "250 2.1.0");
	talk(&c, line, "552 5.3.4");
	talk(&c, "RSET\r\n", "250");
	talk(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	for (int i = 0; i < 10; i++)
		talk(&c, line, "250 2.1.5");
	talk(&c, line, "452 4.5.3");
	/* Each recipient has its fact; the report stands at the head of much else. */
	talk(&c, "DATA\r\n", "354");
	say(&c, bounce);
	for (size_t i = 0; i < BIG; i++)
		big[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : 'x';
	for (int i = 0; i < 2; i++)
		say(&c, big);
	talk(&c, ".\r\n", "250 2.0.0");
	assert_int_equal(sc->signals, 10);
	/* Beyond the limit the dot is refused. */
	talk(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	talk(&c, line, "250 2.1.5");
	talk(&c, "DATA\r\n", "354");
	for (int i = 0; i < 11; i++) {
		say(&c, big);
		steps(sc, 50);
	}
	talk(&c, ".\r\n", "552 5.3.4");
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	/* One that leaves while its mail is read on the thread, unless that was quicker. */
	pool_free(&sc->edge->pool);
	sc->edge->pool = pool_new(sc->loop, 1, false);
	enter(sc, &c);
	talk(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	talk(&c, line, "250 2.1.5");
	talk(&c, "DATA\r\n", "354");
	say(&c, bounce);
	say(&c, big);
	say(&c, ".\r\n");
	for (int i = 0; i < 4000 && pool_waiting(sc->edge->pool) == 0 && sc->signals == 10; i++)
		loop_step(sc->loop, 0);
	left = pool_waiting(sc->edge->pool) > 0;
	if (left)
		edge_conn_end(LIST_OF(sc->edge->conns.next, struct edge_conn, link));
	client_close(&c);
	for (int i = 0; i < 4000 && pool_waiting(sc->edge->pool) > 0; i++)
		loop_step(sc->loop, 1000);
	steps(sc, 20);
	assert_int_equal(sc->edge->memory, 0);
	assert_true(left ? sc->signals == 10 : sc->signals <= 11);
	/* Nobody tries for ever. */
	enter(sc, &c);
	talk(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	for (int i = 0; i < 4; i++)
		talk(&c, "RCPT TO:<a@bounce.test>\r\n", "550 5.1.1");
	talk(&c, "RCPT TO:<a@bounce.test>\r\n", "421 4.7.0");
	expect_end(&c);
	client_close(&c);
	mem_free(big);
	scene_free(sc);
}

/* 250 is said when it is durable, not before; a client that leaves meanwhile harms nothing. */
static void
test_answers(void **state)
{
	struct scene *sc = scene_new(receives);
	char text[TOKEN_TEXT_MAX], to[200];
	struct client c;

	(void)state;
	snprintf(to, sizeof to, "%s@bounce.test", token(sc, TOKEN_BOUNCE, text));
	sc->refuse = true;
	mail(enter(sc, &c), "", to, bounce, "451 4.3.2");
	sc->refuse = false;
	sc->deaf = true;
	snprintf(to, sizeof to, "RCPT TO:<%s@bounce.test>\r\n", text);
	talk(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	talk(&c, to, "250 2.1.5");
	talk(&c, "DATA\r\n", "354");
	say(&c, bounce);
	say(&c, ".\r\n");
	for (int i = 0; i < 2000 && sc->signals < 2; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(sc->signals, 2);
	steps(sc, 20);
	assert_int_equal(stream_input(c.s).n, 0);
	ENGINE_SAYS(sc, submitted, .seq = sc->signal.seq, .reply = REPLY(250, 2, 0, 0, "Ok"));
	expect(&c, "250 2.0.0");
	talk(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	talk(&c, to, "250 2.1.5");
	talk(&c, "DATA\r\n", "354");
	say(&c, bounce);
	say(&c, ".\r\n");
	for (int i = 0; i < 2000 && sc->signals < 3; i++)
		loop_step(sc->loop, 1000);
	client_close(&c);
	ENGINE_SAYS(sc, submitted, .seq = sc->signal.seq, .reply = REPLY(250, 2, 0, 0, "Ok"));
	steps(sc, 20);
	assert_int_equal(sc->edge->memory, 0);
	scene_free(sc);
}

/* ---- what is sent on ---- */

static void
receives_for_admin(struct config *c)
{
	receives(c);
	c->admin = STR_LIT("boss@office.test");
}

/* The message as it lies in the extent. */
static struct str
lying(struct scene *sc, struct arena *a)
{
	struct extent_place p = { sc->last.extent, sc->last.length, sc->last.offset,
		sc->last.hash };
	struct extent_reader *r = extent_reader_new(sc->paths.spool);
	char *at = arena_alloc(a, p.length);

	assert_non_null(at);
	assert_int_equal(extent_read(r, &p, 0, at, p.length), 0);
	extent_reader_free(&r);
	return str_of(at, p.length);
}

static void
assert_sent_on(struct scene *sc, const char *to, const char *has)
{
	struct arena a;
	struct str text;

	arena_init(&a, 4u << 20);
	assert_int_equal(sc->last.via, VIA_FORWARD);
	assert_int_equal(sc->last.tenant, 0);
	assert_int_equal(sc->last.sender.n, 0);
	assert_int_equal(sc->last.rcpts.n, 1);
	assert_true(str_eq_z(sc->last.rcpts.at[0].address, to));
	text = lying(sc, &a);
	assert_true(str_find_str(text, str_z(has)) < text.n);
	assert_true(str_find_str(text, STR_LIT("Auto-Submitted: auto-generated")) <
		    sc->last.header_length);
	assert_true(str_ends(str_head(text, sc->last.header_length), STR_LIT("\r\n\r\n")));
	arena_done(&a);
}

static void
test_admin(void **state)
{
	static const struct {
		const char *name, *from, *to, *text;
		bool sent;
	} rows[] = {
		{ "a person", "a@there.test", "abuse@bounce.test",
			"Subject: spam!\r\n\r\nStop.\r\n", true },
		{ "of the hostname", "a@there.test", "Postmaster@mail.test",
			"Subject: hello\r\n\r\nStop.\r\n", true },
		{ "without a domain", "a@there.test", "postmaster",
			"Subject: hello\r\n\r\nStop.\r\n", true },
		{ "a complaint of nobody's", "a@there.test", "abuse@bounce.test", complaint,
			true },
		{ "fbl@ is for machines", "a@there.test", "fbl@bounce.test", complaint, false },
		{ "absence", "a@there.test", "abuse@bounce.test", absence, false },
		{ "a bounce of nobody's", "", "postmaster@bounce.test", bounce, false },
		{ "one that is automatic", "a@there.test", "abuse@bounce.test",
			"Subject: x\r\nAuto-Submitted: auto-generated\r\n\r\nStop.\r\n",
			false },
	};
	struct scene *sc = scene_new(receives_for_admin);

	(void)state;
	TEST_EACH(row, rows)
	{
		unsigned before = sc->submits;
		struct client c;

		mail(enter(sc, &c), row->from, row->to, row->text, "250 2.0.0");
		assert_int_equal(sc->submits - before, row->sent);
		if (row->sent)
			assert_sent_on(sc, "boss@office.test",
				strstr(row->text, "feedback") ? "Feedback-Type" : "Stop.\r\n");
		client_close(&c);
	}
	assert_int_equal(sc->edge->memory, 0);
	scene_free(sc);
}

/* What has been round too often, or comes too often, is not sent on. */
static void
test_admin_bounds(void **state)
{
	struct scene *sc = scene_new(receives_for_admin);
	struct client c;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	for (int i = 0; i < 25; i++)
		buf_put_z(&b, "Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\r\n");
	buf_put_z(&b, "Subject: x\r\n\r\nx\r\n");
	buf_put_c(&b, '\0');
	mail(enter(sc, &c), "a@there.test", "abuse@bounce.test", b.p, "250 2.0.0");
	assert_int_equal(sc->submits, 0);
	buf_done(&b);
	/* Both addresses: one copy. */
	talk(&c, "MAIL FROM:<a@there.test>\r\n", "250 2.1.0");
	talk(&c, "RCPT TO:<abuse@bounce.test>\r\n", "250 2.1.5");
	talk(&c, "RCPT TO:<postmaster@bounce.test>\r\n", "250 2.1.5");
	talk(&c, "DATA\r\n", "354");
	talk(&c, "Subject: x\r\n\r\nx\r\n.\r\n", "250 2.0.0");
	assert_int_equal(sc->submits, 1);
	sc->edge->forward_n = 100;
	mail(&c, "a@there.test", "abuse@bounce.test", "Subject: x\r\n\r\nx\r\n", "451 4.3.2");
	assert_int_equal(sc->submits, 1);
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	scene_free(sc);
}

/* One network has a part of it; another one still gets through, until all is used. */
static void
test_admin_networks(void **state)
{
	static const struct {
		const char *name;
		uint64_t network; /* as net_key has it */
		unsigned n;       /* so many before it go through */
		bool sent;
	} rows[] = {
		{ "the last one of a network", 0x1c0000201, 19, true },
		{ "its next", 0x1c0000201, 0, false },
		{ "a neighbour of the same /24", 0x1c00002ff, 0, false },
		{ "the next /24", 0x1c0000301, 0, true },
		{ "a /64", 0x20010db800000001, 19, true },
		{ "its next", 0x20010db800000001, 0, false },
		{ "another /64", 0x20010db800000002, 19, true },
		{ "fill", 0x20010db800000003, 19, true },
		{ "the last of all", 0x20010db800000004, 18, true },
		{ "nobody any more", 0x1c6336401, 0, false },
	};
	struct scene *sc = scene_new(receives_for_admin);
	struct edge_conn *conn;
	uint64_t own;
	struct client c;

	(void)state;
	enter(sc, &c);
	conn = LIST_OF(sc->edge->conns.next, struct edge_conn, link);
	own = conn->network;
	TEST_EACH(row, rows)
	{
		unsigned before = sc->submits;

		conn->network = row->network;
		for (unsigned i = 0; i < row->n; i++)
			mail(&c, "a@there.test", "abuse@bounce.test", "Subject: x\r\n\r\nx\r\n",
				"250 2.0.0");
		before += row->n;
		mail(&c, "a@there.test", "abuse@bounce.test", "Subject: x\r\n\r\nx\r\n",
			row->sent ? "250 2.0.0" : "451 4.3.2");
		assert_int_equal(sc->submits - before, row->sent);
	}
	conn->network = own;
	client_close(&c);
	scene_free(sc);
}

/* Of one's own mail, who asked for it. */
static void
test_sender(void **state)
{
	struct scene *sc = scene_new(receives);
	char text[TOKEN_TEXT_MAX], to[200];
	struct client c;

	(void)state;
	snprintf(to, sizeof to, "%s@bounce.test", token(sc, TOKEN_BOUNCE, text));
	mail(enter(sc, &c), "", to, bounce, "250 2.0.0");
	assert_int_equal(sc->finds, 1);
	assert_int_equal(sc->find.what, FIND_SENDER);
	assert_int_equal(sc->find.kind, FACT_RETURNED);
	assert_int_equal(sc->find.tenant, ours.tenant);
	assert_int_equal(sc->find.rcpt, ours.message + 1 + ours.recipient);
	assert_int_equal(sc->submits, 0);
	assert_int_equal(sc->signals, 1);
	sc->returns = "shop@good.test";
	mail(&c, "", to, bounce, "250 2.0.0");
	assert_int_equal(sc->submits, 1);
	assert_int_equal(sc->signals, 2);
	assert_sent_on(sc, "shop@good.test", "Diagnostic-Code: smtp; 550 5.1.1 No such user");
	/* A delay is none of his business; nor is an absence. */
	mail(&c, "", to, delay, "250 2.0.0");
	mail(&c, "", to, absence, "250 2.0.0");
	assert_int_equal(sc->submits, 1);
	/* So many in an hour; they count all the same. */
	sc->edge->forward_senders = 1000;
	mail(&c, "", to, bounce, "250 2.0.0");
	assert_int_equal(sc->submits, 1);
	assert_int_equal(sc->signals, 3);
	sc->edge->forward_senders = 0;
	/* Nothing is said before both are durable. */
	sc->refuse = true;
	mail(&c, "", to, bounce, "451 4.3.2");
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	scene_free(sc);
}

/* More than is kept of a mail: the note says so. */
static void
test_long(void **state)
{
	struct scene *sc = scene_new(receives_for_admin);
	char *big = mem_new(BIG + 1, 1);
	struct client c;

	(void)state;
	for (size_t i = 0; i < BIG; i++)
		big[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : 'x';
	enter(sc, &c);
	talk(&c, "MAIL FROM:<a@there.test>\r\n", "250 2.1.0");
	talk(&c, "RCPT TO:<abuse@bounce.test>\r\n", "250 2.1.5");
	talk(&c, "DATA\r\n", "354");
	say(&c, "Subject: long\r\n\r\n");
	say(&c, big);
	say(&c, big);
	talk(&c, ".\r\n", "250 2.0.0");
	assert_sent_on(sc, "boss@office.test", "its first 1048576 are here");
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	mem_free(big);
	scene_free(sc);
}

/* ---- for an account's URL ---- */

static void
test_inbound(void **state)
{
	struct scene *sc = scene_new(receives);
	char text[TOKEN_TEXT_MAX], line[300];
	struct client c;
	struct arena a;
	struct str got;

	(void)state;
	arena_init(&a, 1u << 20);
	sc->inbound = "parse.test";
	mail(enter(sc, &c), "Ann@there.test", "Box+1@PARSE.test",
		"Subject: hi\r\nX-MJ-CustomID: evil\r\nFrom: a@there.test\r\n\r\nHello\r\n",
		"250 2.0.0");
	assert_int_equal(sc->submits, 1);
	assert_int_equal(sc->last.stream, STREAM_INBOUND);
	assert_int_equal(sc->last.tenant, 7);
	assert_int_equal(sc->last.key, 0);
	assert_true(str_eq_z(sc->last.sender, "Ann@there.test"));
	assert_true(str_eq_z(sc->last.rcpts.at[0].address, "Box+1@parse.test"));
	assert_int_equal(sc->last.rcpts.at[0].notify, 1); /* never */
	got = lying(sc, &a);
	assert_true(str_starts(got, STR_LIT("Received: ")));
	assert_true(str_find_str(got, STR_LIT("X-MJ-CustomID: evil")) < got.n);
	assert_true(str_ends(got, STR_LIT("\r\n\r\nHello\r\n")));
	/* The next of the session; several of one account go together. */
	talk(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	talk(&c, "RCPT TO:<a@parse.test>\r\n", "250 2.1.5");
	talk(&c, "RCPT TO:<b@parse.test> NOTIFY=SUCCESS\r\n", "250 2.1.5");
	talk(&c, "RCPT TO:<b@else.test>\r\n", "550 5.1.1");
	snprintf(line, sizeof line, "RCPT TO:<%s@bounce.test>\r\n",
		token(sc, TOKEN_BOUNCE, text));
	talk(&c, line, "452 4.5.3");
	talk(&c, "DATA\r\n", "354");
	talk(&c, "x\r\n.\r\n", "250 2.0.0");
	assert_int_equal(sc->submits, 2);
	assert_int_equal(sc->last.rcpts.n, 2);
	assert_int_equal(sc->last.rcpts.at[1].notify, 1);
	/* Returned mail first: not both in one. */
	talk(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	talk(&c, line, "250 2.1.5");
	talk(&c, "RCPT TO:<a@parse.test>\r\n", "452 4.5.3");
	talk(&c, "RSET\r\n", "250");
	/* Too long, as declared. */
	talk(&c, "MAIL FROM:<> SIZE=20000000\r\n", "250 2.1.0");
	talk(&c, "RCPT TO:<a@parse.test>\r\n", "552 5.3.4");
	client_close(&c);
	/* The engine is busy, or refuses. */
	sc->refuse = true;
	enter(sc, &c);
	talk(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	talk(&c, "RCPT TO:<a@parse.test>\r\n", "451 4.3.0");
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	scene_free(sc);
	arena_done(&a);
}

static void
test_inbound_long(void **state)
{
	struct scene *sc = scene_new(receives);
	char *big = mem_new(BIG + 1, 1);
	struct client c;

	(void)state;
	sc->inbound = "parse.test";
	for (size_t i = 0; i < BIG; i++)
		big[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : 'x';
	enter(sc, &c);
	talk(&c, "MAIL FROM:<a@there.test>\r\n", "250 2.1.0");
	talk(&c, "RCPT TO:<a@parse.test>\r\n", "250 2.1.5");
	talk(&c, "DATA\r\n", "354");
	say(&c, "Subject: long\r\n\r\n");
	for (int i = 0; i < 11; i++) {
		say(&c, big);
		steps(sc, 50);
	}
	talk(&c, ".\r\n", "552 5.3.4");
	assert_int_equal(sc->submits, 0);
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	mem_free(big);
	scene_free(sc);
}

/* Who is told to send the mail to the others again made no mistake: the ones that were taken
 * get it (RFC 5321 4.5.3.1.10). */
static void
test_inbound_many(void **state)
{
	struct scene *sc = scene_new(receives);
	struct client c;

	(void)state;
	sc->inbound = "parse.test";
	enter(sc, &c);
	talk(&c, "MAIL FROM:<a@there.test>\r\n", "250 2.1.0");
	for (int i = 0; i < 50; i++)
		talk(&c, "RCPT TO:<a@parse.test>\r\n", "250 2.1.5");
	for (int i = 0; i < 10; i++)
		talk(&c, "RCPT TO:<b@parse.test>\r\n", "452 4.5.3");
	assert_int_equal(sc->finds, 50);
	talk(&c, "DATA\r\n", "354");
	talk(&c, "x\r\n.\r\n", "250 2.0.0");
	assert_int_equal(sc->submits, 1);
	assert_int_equal(sc->last.rcpts.n, 50);
	client_close(&c);
	scene_free(sc);
}

/* What is sent on is cut between lines or in one, never in a CRLF (P11); nothing from behind
 * the cut gets into it. */
static void
test_admin_cut(void **state)
{
	static const char head[] = "From: ann@there.test\r\nSubject: long\r\n\r\n";
	struct scene *sc = scene_new(receives_for_admin);
	char *big = mem_new(2 * BIG, 1);
	size_t n = strlen(head), at = n;
	struct client c;
	struct arena a;
	struct str got;

	(void)state;
	arena_init(&a, 4u << 20);
	memcpy(big, head, n);
	for (; at < 2 * BIG - 100; at++) {
		char text = at < BIG ? 'x' : '!';

		big[at] = (BIG - 1 - at) % 512 == 0 ? '\r'
		          : (BIG - at) % 512 == 0   ? '\n'
		                                    : text;
	}
	memcpy(big + at, "\r\n", 3);
	mail(enter(sc, &c), "ann@there.test", "abuse@bounce.test", big, "250 2.0.0");
	assert_int_equal(sc->submits, 1);
	got = lying(sc, &a);
	assert_true(got.n > BIG);
	assert_int_equal(str_find_str(got, STR_LIT("\r\r")), got.n);
	assert_int_equal(str_find(got, '!'), got.n);
	client_close(&c);
	arena_done(&a);
	mem_free(big);
	scene_free(sc);
}

/* Without a bounce_domain all is as it was: no stranger is heard. */
static void
test_off(void **state)
{
	struct scene *sc = scene_new(NULL);
	char text[TOKEN_TEXT_MAX], line[300];
	struct client c;

	(void)state;
	snprintf(
		line, sizeof line, "RCPT TO:<%s@mail.test>\r\n", token(sc, TOKEN_BOUNCE, text));
	enter(sc, &c);
	talk(&c, "MAIL FROM:<a@b.test>\r\n", "530");
	talk(&c, "MAIL FROM:<>\r\n", "250 2.1.0");
	talk(&c, line, "550 5.1.1");
	talk(&c, "RCPT TO:<postmaster>\r\n", "550 5.1.1");
	client_close(&c);
	scene_free(sc);
}

TEST_MAIN(TEST(test_kinds), TEST(test_bounce), TEST(test_complaint), TEST(test_refused),
	TEST(test_bounds), TEST(test_answers), TEST(test_admin), TEST(test_admin_bounds),
	TEST(test_admin_networks), TEST(test_sender), TEST(test_long), TEST(test_inbound),
	TEST(test_inbound_long), TEST(test_inbound_many), TEST(test_admin_cut), TEST(test_off))
