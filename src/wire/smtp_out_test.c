#include "wire/smtp_out.h"

#include "base/must.h"
#include "base/test.h"
#include "base/text.h"

/* One run of a conversation file; see tests/conversations/smtp_out/README.md. */
struct run {
	struct smtp_out s;
	struct smtp_out_mail mail;
	struct smtp_out_rcpt rcpts[8];
	struct arena arena;
	struct buf in, out, transcript;
	struct buf after_dot; /* what the peer said since the dot */
	enum smtp_out_event event;
	size_t step;     /* bytes in one feed */
	size_t cut, fed; /* the line is lost behind this many bytes */
	size_t line;
	bool lost, begun, doubt;
	char name[128];
};

static void
unescape(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		struct str hex = str_head(str_from(s, i + 2), 2);

		if (s.p[i] != '\\' || i + 1 == s.n) {
			(void)buf_put_c(b, s.p[i]);
			continue;
		}
		i++;
		if (s.p[i] == 'x' && text_hex_decode(b, hex) == 0)
			i += 2;
		else
			(void)buf_put_c(b, s.p[i] == 'r'   ? '\r'
					   : s.p[i] == 'n' ? '\n'
							   : s.p[i]);
	}
}

static struct str
unescaped(struct run *r, struct str s)
{
	struct buf b;
	struct str copy;

	buf_init(&b, 4096);
	unescape(&b, s);
	copy = arena_str(&r->arena, buf_str(&b));
	buf_done(&b);
	return copy;
}

static bool
word(struct str *rest, const char *name)
{
	size_t n = strlen(name);

	if (!str_starts(*rest, str_z(name)) || (rest->n > n && rest->p[n] != ' '))
		return false;
	*rest = str_from(*rest, n + 1);
	return true;
}

static bool
option(struct str arg, const char *name, struct str *ret_value)
{
	size_t n = strlen(name);

	if (!str_starts(arg, str_z(name)))
		return false;
	*ret_value = str_from(arg, n);
	return true;
}

static void
set_conf(struct run *r, struct str rest)
{
	while (rest.p) {
		struct str arg = str_cut(&rest, ' '), v;

		if (option(arg, "tls=", &v))
			r->s.conf.tls = str_eq_z(v, "may")        ? SMTP_OUT_TLS_MAY
			                : str_eq_z(v, "must")     ? SMTP_OUT_TLS_MUST
			                : str_eq_z(v, "implicit") ? SMTP_OUT_TLS_IMPLICIT
			                                          : SMTP_OUT_TLS_NONE;
		else if (option(arg, "user=", &v))
			r->s.conf.user = v;
		else if (option(arg, "secret=", &v))
			r->s.conf.secret = v;
	}
	r->s.tls = r->s.conf.tls == SMTP_OUT_TLS_IMPLICIT;
}

static void
set_mail(struct run *r, struct str rest)
{
	r->mail = (struct smtp_out_mail){ .rcpts = r->rcpts };
	r->begun = false;
	r->mail.from = unescaped(r, str_cut(&rest, ' '));
	while (rest.p) {
		struct str arg = str_cut(&rest, ' '), v;

		if (option(arg, "size=", &v))
			assert_int_equal(str_u64(v, &r->mail.size), 0);
		else if (option(arg, "envid=", &v))
			r->mail.envid = v;
		else if (option(arg, "ret=", &v))
			r->mail.ret = str_eq_z(v, "full") ? DSN_RET_FULL : DSN_RET_HDRS;
		else if (str_eq_z(arg, "8bit"))
			r->mail.body_8bit = true;
		else if (str_eq_z(arg, "utf8"))
			r->mail.utf8 = true;
	}
}

static void
add_rcpt(struct run *r, struct str rest)
{
	struct smtp_out_rcpt *to = &r->rcpts[r->mail.n++];
	struct str quoted = { 0 }, v;

	assert_true(r->mail.n <= TEST_COUNT(r->rcpts));
	if (rest.n && rest.p[0] == '"') {
		size_t end = str_find(rest, '@');

		quoted = str_head(rest, end + str_find(str_from(rest, end), ' '));
		rest = str_from(rest, quoted.n);
		rest.p = rest.n ? rest.p : NULL;
	}
	*to = (struct smtp_out_rcpt){ .address = quoted.n ? quoted
		                                          : unescaped(r, str_cut(&rest, ' ')) };
	while (rest.p) {
		struct str arg = str_cut(&rest, ' ');

		if (option(arg, "notify=", &v))
			assert_int_equal(dsn_notify_parse(v, &to->notify), 0);
		else if (option(arg, "orcpt=", &v))
			to->orcpt = unescaped(r, v);
	}
}

/* A message is delivered only by a complete 2xx reply behind the dot; it is in doubt exactly
 * when the line went between the dot and the end of that reply (P3). */
static void
check_law(struct run *r)
{
	const struct smtp_out *s = &r->s;
	struct str after = buf_str(&r->after_dot);
	bool ok = false;

	while (after.p) {
		struct str line = str_cut(&after, '\n');

		if (after.p && line.n >= 3 && line.p[0] == '2' &&
			(line.n == 3 || line.p[3] != '-'))
			ok = true;
	}
	assert_int_equal(s->in_doubt, s->phase == PHASE_DOT && s->state == SMTP_OUT_S_CLOSED);
	if (!r->begun)
		return;
	for (size_t i = 0; i < r->mail.n; i++) {
		const struct smtp_out_rcpt *to = &r->mail.rcpts[i];
		bool two = to->reply.code >= 200 && to->reply.code < 300;

		assert_true(!two || (ok && to->accepted && s->phase == PHASE_REPLY));
		assert_true(!to->relayed || two);
		assert_int_equal(to->reply.code == 0, s->in_doubt && to->accepted);
	}
}

static void
lose(struct run *r, struct str why)
{
	bool open = r->s.state == SMTP_OUT_S_ENVELOPE || r->s.state == SMTP_OUT_S_BODY ||
	            r->s.state == SMTP_OUT_S_DOT || r->s.state == SMTP_OUT_S_RSET;
	bool dot = r->s.phase == PHASE_DOT;

	if (r->s.state == SMTP_OUT_S_CLOSED)
		return;
	r->event = smtp_out_lost(&r->s, why);
	assert_int_equal(r->event, open ? SMTP_OUT_DONE : SMTP_OUT_CLOSED);
	assert_int_equal(r->s.in_doubt, dot);
	assert_int_equal(r->s.state, SMTP_OUT_S_CLOSED);
	check_law(r);
}

/* Feeds what is collected; false: the line was cut. */
static bool
feed(struct run *r)
{
	struct str all = buf_str(&r->in);

	while (all.n && !r->lost) {
		size_t n = r->step < all.n ? r->step : all.n;
		struct str piece;

		if (n > r->cut - r->fed)
			n = r->cut - r->fed;
		piece = str_head(all, n);
		all = str_from(all, n);
		r->fed += n;
		if (r->s.state == SMTP_OUT_S_DOT)
			(void)buf_put(&r->after_dot, piece);
		while (piece.n) {
			enum smtp_out_event ev = smtp_out_feed(&r->s, &piece, &r->out);

			if (ev != SMTP_OUT_MORE || r->s.state != SMTP_OUT_S_HANDSHAKE)
				r->event = ev;
			if (r->event == SMTP_OUT_DONE)
				check_law(r);
		}
		r->lost = r->fed == r->cut;
	}
	buf_clear(&r->in);
	if (r->lost)
		lose(r, STR_LIT("cut"));
	return !r->lost;
}

static void
take_client(struct run *r, struct str want)
{
	struct str out = buf_str(&r->out), line;
	size_t n = str_find_str(out, STR_LIT("\r\n"));

	line = str_head(out, n);
	assert_str_eq(line, unescaped(r, want));
	assert_true(n < out.n);
	buf_eat(&r->out, n + 2);
}

static void
peer_line(struct run *r, struct str rest, bool long_line)
{
	uint64_t times = 1;

	if (rest.p[0] != ':')
		assert_int_equal(
			str_u64(str_head(str_from(rest, 1), str_find(rest, ':') - 1), &times),
			0);
	rest = str_from(rest, str_find(rest, ':') + 2);
	for (uint64_t i = 0; i < times; i++) {
		unescape(&r->in, rest);
		if (!long_line || i + 1 == times)
			(void)buf_put(&r->in, STR_LIT("\r\n"));
	}
}

static void
put_reply(struct buf *b, const struct reply *r)
{
	if (r->code == 0) {
		(void)buf_put_z(b, "none");
		return;
	}
	(void)buf_printf(
		b, "%u %u.%u.%u ", r->code, r->dsn.class, r->dsn.subject, r->dsn.detail);
	for (size_t i = 0; i < r->text.n; i++)
		(void)buf_put_c(b, r->text.p[i] == '\n' ? '|' : r->text.p[i]);
}

static void
expect_reply(struct run *r, struct str rest)
{
	const struct smtp_out_rcpt *to = &r->rcpts[rest.p[0] - '0'];
	struct buf b;

	buf_init(&b, 4096);
	put_reply(&b, &to->reply);
	if (to->accepted)
		(void)buf_put_z(&b, " accepted");
	if (to->relayed)
		(void)buf_put_z(&b, " relayed");
	assert_str_eq(buf_str(&b), str_from(rest, 2));
	buf_done(&b);
}

static void
expect_word(unsigned got, struct str want, const char *const *words)
{
	assert_str(want, words[got]);
}

static void
expect_failure(struct run *r, struct str want)
{
	struct buf b;

	buf_init(&b, 4096);
	put_reply(&b, &r->s.failure);
	assert_str_eq(buf_str(&b), want);
	buf_done(&b);
}

static bool
check_directive(struct run *r, struct str l)
{
	static const char *const events[] = { "more", "tls", "ready", "body", "done",
		"closed" };
	static const char *const phases[] = { "idle", "body", "dot", "reply" };
	uint64_t caps;

	if (word(&l, "event"))
		expect_word(r->event, l, events);
	else if (word(&l, "phase"))
		expect_word(r->s.phase, l, phases);
	else if (word(&l, "reply"))
		expect_reply(r, l);
	else if (word(&l, "failure"))
		expect_failure(r, l);
	else if (word(&l, "doubt"))
		assert_true(r->s.in_doubt);
	else if (word(&l, "caps") && str_u64(l, &caps) == 0)
		assert_int_equal(r->s.caps, caps);
	else
		return false;
	return true;
}

static bool
act_directive(struct run *r, struct str l)
{
	assert_str_eq(buf_str(&r->out), STR_NONE);
	if (word(&l, "conf")) {
		set_conf(r, l);
	} else if (word(&l, "mail")) {
		set_mail(r, l);
	} else if (word(&l, "rcpt")) {
		add_rcpt(r, l);
	} else if (word(&l, "begin")) {
		r->begun = true;
		buf_clear(&r->after_dot);
		r->event = smtp_out_begin(&r->s, &r->mail, &r->out);
	} else if (word(&l, "body")) {
		smtp_out_body(&r->s, unescaped(r, l), &r->out);
	} else if (word(&l, "quit")) {
		smtp_out_quit(&r->s, &r->out);
	} else if (word(&l, "abandon")) {
		smtp_out_abandon(&r->s);
	} else if (word(&l, "tls")) {
		r->event = smtp_out_tls_on(&r->s, &r->out);
	} else if (word(&l, "tlsfailed")) {
		smtp_out_tls_failed(&r->s, unescaped(r, l));
	} else if (word(&l, "lost")) {
		lose(r, unescaped(r, l));
	} else {
		return false;
	}
	return true;
}

/* A body may leave a part of a line behind, so output is looked at only where commands are. */
static bool
do_line(struct run *r, struct str l)
{
	if (l.n == 0 || l.p[0] == '#')
		return true;
	if (str_starts(l, STR_LIT("S:")) || str_starts(l, STR_LIT("S*")))
		peer_line(r, str_from(l, 1), false);
	else if (str_starts(l, STR_LIT("S+")))
		peer_line(r, str_from(l, 1), true);
	else if (str_starts(l, STR_LIT("S| ")))
		unescape(&r->in, str_from(l, 3));
	else if (!feed(r))
		return false;
	else if (str_starts(l, STR_LIT("C: ")))
		take_client(r, str_from(l, 3));
	else if (word(&l, "dot"))
		smtp_out_dot(&r->s, &r->out);
	else if (str_starts(l, STR_LIT("body ")))
		smtp_out_body(&r->s, unescaped(r, str_from(l, 5)), &r->out);
	else if (str_starts(l, STR_LIT("lost ")))
		lose(r, unescaped(r, str_from(l, 5)));
	else if (word(&l, "abandon"))
		smtp_out_abandon(&r->s);
	else if (!check_directive(r, l) && !act_directive(r, l))
		fail_msg("%s:%zu: unknown line", r->name, r->line);
	return true;
}

/* Returns the bytes fed. */
static size_t
converse(const char *name, struct str script, size_t step, size_t cut)
{
	static const struct smtp_out_conf conf = { .hostname = { "us.example", 10 } };
	struct run r = { .step = step, .cut = cut };
	bool more = true;

	snprintf(r.name, sizeof r.name, "%s", name);
	arena_init(&r.arena, 1u << 20);
	buf_init(&r.in, 1u << 20);
	buf_init(&r.out, SMTP_OUT_ROOM);
	buf_init(&r.transcript, 16u << 10);
	buf_init(&r.after_dot, 64u << 10);
	smtp_out_init(&r.s, &conf, &r.transcript);
	while (script.p && more) {
		r.line++;
		test_row = r.name;
		more = do_line(&r, str_cut(&script, '\n'));
	}
	if (more)
		(void)feed(&r);
	assert_int_equal(str_find(buf_str(&r.transcript), '\r'), r.transcript.n);
	assert_int_equal(str_find_str(buf_str(&r.transcript), STR_LIT("AHVz")), r.transcript.n);
	smtp_out_done(&r.s);
	buf_done(&r.in);
	buf_done(&r.out);
	buf_done(&r.transcript);
	buf_done(&r.after_dot);
	arena_done(&r.arena);
	return r.fed;
}

static int
is_script(const struct dirent *e)
{
	return str_ends(str_z(e->d_name), STR_LIT(".txt"));
}

static void
test_conversations(void **state)
{
	char path[1024];
	const char *root = getenv("FACTEUR_SOURCE");
	struct dirent **files;
	static char text[64 << 10];
	int n;

	(void)state;
	snprintf(path, sizeof path, "%s/tests/conversations/smtp_out", root ? root : ".");
	n = scandir(path, &files, is_script, alphasort);
	assert_true(n > 40);
	for (int i = 0; i < n; i++) {
		FILE *f;
		struct str script;
		size_t bytes;

		snprintf(path, sizeof path, "%s/tests/conversations/smtp_out/%s",
			root ? root : ".", files[i]->d_name);
		f = fopen(path, "r");
		assert_non_null(f);
		script = str_of(text, fread(text, 1, sizeof text, f));
		fclose(f);
		bytes = converse(files[i]->d_name, script, SIZE_MAX, SIZE_MAX);
		assert_int_equal(converse(files[i]->d_name, script, 1, SIZE_MAX), bytes);
		for (size_t cut = 1; cut <= bytes; cut++)
			converse(files[i]->d_name, script, SIZE_MAX, cut);
		free(files[i]);
	}
	free(files);
	test_row = NULL;
}

/* A million continuation lines, a line of a megabyte: bounded, an end of ours. */
static void
test_floods(void **state)
{
	static const struct {
		const char *name, *piece;
	} table[] = { { "lines", "220-x\r\n" }, { "one line", "220 xxxxxx" },
		{ "empty lines", "220-\n" } };

	(void)state;
	TEST_EACH(row, table)
	{
		struct smtp_out s;
		struct smtp_out_conf conf = { .hostname = STR_LIT("us.example") };
		struct buf out;
		enum smtp_out_event ev = SMTP_OUT_MORE;

		buf_init(&out, SMTP_OUT_ROOM);
		smtp_out_init(&s, &conf, NULL);
		for (int i = 0; i < 1000000; i++) {
			struct str in = str_z(row->piece);

			ev = smtp_out_feed(&s, &in, &out);
			assert_int_equal(in.n, 0);
		}
		assert_int_equal(ev, SMTP_OUT_CLOSED);
		assert_int_equal(s.failure.code, 451);
		assert_true(s.text.cap + s.line.cap < 4096);
		assert_true(s.arena.used < 4096);
		buf_done(&out);
		smtp_out_done(&s);
	}
}

static void
ready(struct smtp_out *s, struct buf *out, const char *caps)
{
	struct smtp_out_conf conf = { .hostname = STR_LIT("us.example") };
	struct str in = STR_LIT("220 x\r\n");

	buf_init(out, 4u << 20);
	smtp_out_init(s, &conf, NULL);
	assert_int_equal(smtp_out_feed(s, &in, out), SMTP_OUT_MORE);
	in = str_z(caps);
	assert_int_equal(smtp_out_feed(s, &in, out), SMTP_OUT_READY);
	buf_clear(out);
}

/* A thousand recipients go in windows; all replies find their recipient. */
static void
test_many(void **state)
{
	enum { MANY = 1000 };
	static struct smtp_out_rcpt to[MANY];
	struct smtp_out_mail m = { .from = STR_LIT("a@b"), .rcpts = to, .n = MANY };
	struct smtp_out s;
	struct buf out;
	struct str in = STR_LIT("250 ok\r\n");
	enum smtp_out_event ev;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		to[i].address = STR_LIT("c@d");
	ready(&s, &out, "250-x\r\n250 PIPELINING\r\n");
	assert_int_equal(smtp_out_begin(&s, &m, &out), SMTP_OUT_MORE);
	assert_true(out.n < 2500);
	assert_int_equal(smtp_out_feed(&s, &in, &out), SMTP_OUT_MORE);
	for (size_t i = 0; i < MANY; i++) {
		in = i % 3 ? STR_LIT("250 ok\r\n") : STR_LIT("550 5.1.1 no\r\n");
		assert_int_equal(smtp_out_feed(&s, &in, &out), SMTP_OUT_MORE);
		assert_true(s.waiting <= 100);
	}
	assert_true(str_ends(buf_str(&out), STR_LIT("<c@d>\r\nDATA\r\n")));
	assert_int_equal(smtp_out_wait_us(&s), 120 * 1000000);
	in = STR_LIT("354 go\r\n");
	assert_int_equal(smtp_out_feed(&s, &in, &out), SMTP_OUT_BODY);
	smtp_out_dot(&s, &out);
	in = STR_LIT("250 ok\r\n");
	ev = smtp_out_feed(&s, &in, &out);
	assert_int_equal(ev, SMTP_OUT_DONE);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(to[i].reply.code, i % 3 ? 250 : 550);
	buf_done(&out);
	smtp_out_done(&s);
}

/* Any cut of a body gives the same bytes. */
static void
test_stuffing(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "empty", "", ".\r\n" },
		{ "plain", "a\r\nb\r\n", "a\r\nb\r\n.\r\n" },
		{ "dots", ".\r\n..\r\n.a\r\na.\r\n", "..\r\n...\r\n..a\r\na.\r\n.\r\n" },
		{ "no line end", "a", "a\r\n.\r\n" },
		{ "half a line end", "a\r", "a\r\n.\r\n" },
		{ "bare LF and dot", "a\n.\r\n", "a\n..\r\n.\r\n" },
		{ "dot at the end", "a\r\n.", "a\r\n..\r\n.\r\n" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		size_t n = strlen(row->in);

		for (size_t cut = 0; cut <= n; cut++) {
			struct smtp_out_rcpt to = { .address = STR_LIT("c@d") };
			struct smtp_out_mail m = {
				.from = STR_LIT("a@b"), .rcpts = &to, .n = 1
			};
			struct smtp_out s;
			struct buf out;
			struct str in = STR_LIT("250 a\r\n250 b\r\n354 c\r\n");

			ready(&s, &out, "250-x\r\n250 PIPELINING\r\n");
			(void)smtp_out_begin(&s, &m, &out);
			assert_int_equal(smtp_out_feed(&s, &in, &out), SMTP_OUT_BODY);
			buf_clear(&out);
			smtp_out_body(&s, str_head(str_z(row->in), cut), &out);
			smtp_out_body(&s, str_from(str_z(row->in), cut), &out);
			smtp_out_dot(&s, &out);
			assert_str(buf_str(&out), row->want);
			buf_done(&out);
			smtp_out_done(&s);
		}
	}
}

static void
test_transcript(void **state)
{
	struct smtp_out s;
	struct smtp_out_conf conf = { .hostname = STR_LIT("us.example"),
		.user = STR_LIT("user"),
		.secret = STR_LIT("secret") };
	struct buf out, t;
	struct str in = STR_LIT("220 hi\x1b\r\n250-x\r\n250 AUTH PLAIN\r\n535 no\r\n");

	(void)state;
	buf_init(&out, SMTP_OUT_ROOM);
	buf_init(&t, 4096);
	smtp_out_init(&s, &conf, &t);
	assert_int_equal(smtp_out_feed(&s, &in, &out), SMTP_OUT_CLOSED);
	assert_str(buf_str(&t),
		"S: 220 hi\\x1b\nC: EHLO us.example\nS: 250-x\nS: 250 AUTH PLAIN\n"
		"C: AUTH PLAIN ***\nS: 535 no\nC: QUIT\n");
	buf_done(&out);
	buf_done(&t);
	smtp_out_done(&s);
}

TEST_MAIN(TEST(test_conversations), TEST(test_floods), TEST(test_many), TEST(test_stuffing),
	TEST(test_transcript))
