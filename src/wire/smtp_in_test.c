#include "base/test.h"
#include "wire/smtp_in_script.h"

#include <dirent.h>

/*
 * tests/conversations/smtp_in/ *.txt, in the order of their names:
 *	# a remark
 *	conf: starttls auth plain_auth auth_required inbound utf8 tls size=N rcpts=N errors=N
 *messages=N C: a line of the client (CRLF is added)      C- bytes without it T: the TLS
 *handshake after STARTTLS; client bytes before it that were not read are lost S: a line of the
 *server                      F: a fact (smtp_in_script.h) Escapes in C: \r \n \t \\ \xNN, and
 *\Rx100; for a hundred x.
 */
#define PARTS 8

struct talk {
	struct smtp_in_conf conf;
	bool tls;
	struct buf parts[PARTS]; /* client bytes between handshakes */
	size_t nparts;
	struct buf want;
};

static unsigned
number(struct str s)
{
	uint32_t v = 0;

	assert_int_equal(str_u32(s, &v), 0);
	return v;
}

static void
talk_conf(struct talk *t, struct str words)
{
	while (words.p) {
		struct str value = str_cut(&words, ' ');
		struct str name = str_cut(&value, '=');
		if (name.n == 0)
			continue;
		t->conf.starttls |= str_eq_z(name, "starttls");
		t->conf.auth |= str_eq_z(name, "auth");
		t->conf.plain_auth |= str_eq_z(name, "plain_auth");
		t->conf.auth_required |= str_eq_z(name, "auth_required");
		t->conf.inbound |= str_eq_z(name, "inbound");
		t->conf.utf8 |= str_eq_z(name, "utf8");
		t->tls |= str_eq_z(name, "tls");
		if (str_eq_z(name, "size"))
			t->conf.size_max = number(value);
		if (str_eq_z(name, "rcpts"))
			t->conf.rcpt_max = number(value);
		if (str_eq_z(name, "errors"))
			t->conf.errors_max = number(value);
		if (str_eq_z(name, "messages"))
			t->conf.transactions_max = number(value);
	}
}

static void
unescape(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\' || i + 1 == s.n) {
			buf_put_c(b, s.p[i]);
			continue;
		}
		char c = s.p[++i];
		if (c == 'x') {
			assert_int_equal(
				text_hex_decode(b, str_head(str_from(s, i + 1), 2)), 0);
			i += 2;
		} else if (c == 'R') {
			struct str n = str_from(s, i + 2);
			n.n = str_find(n, ';');
			for (unsigned k = number(n); k > 0; k--)
				buf_put_c(b, s.p[i + 1]);
			i += 2 + n.n;
		} else {
			buf_put_c(b, c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c);
		}
	}
}

static void
talk_line(struct talk *t, struct str line)
{
	struct str rest = str_from(line, 3);
	struct buf *b = &t->parts[t->nparts - 1];

	if (line.n == 0 || line.p[0] == '#')
		return;
	if (str_starts(line, STR_LIT("conf: "))) {
		talk_conf(t, str_from(line, 6));
	} else if (str_starts(line, STR_LIT("C:"))) {
		unescape(b, rest);
		buf_put_z(b, "\r\n");
	} else if (str_starts(line, STR_LIT("C-"))) {
		unescape(b, rest);
	} else if (str_starts(line, STR_LIT("T:"))) {
		assert_true(t->nparts < PARTS);
		buf_init(&t->parts[t->nparts++], 1u << 20);
	} else {
		assert_true(str_starts(line, STR_LIT("S:")) || str_starts(line, STR_LIT("F:")));
		buf_put(&t->want, line);
		buf_put_c(&t->want, '\n');
	}
}

static void
talk_read(struct talk *t, const char *path)
{
	struct buf b;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	buf_init(&b, 1u << 20);
	for (int c; (c = fgetc(f)) != EOF;)
		buf_put_c(&b, (char)c);
	fclose(f);
	*t = (struct talk){ .conf = { .hostname = STR_LIT("mail.test"),
				    .software = STR_LIT("Facteur"),
				    .rcpt_max = 100,
				    .size_max = 100000,
				    .tls_port_hint = 465 } };
	buf_init(&t->want, 1u << 20);
	buf_init(&t->parts[t->nparts++], 1u << 20);
	for (struct str rest = buf_str(&b); rest.p;)
		talk_line(t, str_cut(&rest, '\n'));
	buf_done(&b);
}

static bool
talk_play(struct talk *t, size_t step, const char *name)
{
	struct script sc;

	script_init(&sc, &t->conf, t->tls);
	for (size_t p = 0; p < t->nparts; p++) {
		struct str in = buf_str(&t->parts[p]);
		if (p > 0) {
			assert_true(sc.starttls);
			script_tls(&sc);
		}
		while (in.n > 0 && !sc.starttls && !sc.closed) {
			script_feed(&sc, str_head(in, step));
			in = str_from(in, step);
		}
	}
	bool same = str_eq(buf_str(&sc.text), buf_str(&t->want));
	if (!same)
		fprintf(stderr, "%s, %zu bytes at a time:\ngot:\n%.*swant:\n%.*s", name, step,
			STR_ARG(buf_str(&sc.text)), STR_ARG(buf_str(&t->want)));
	script_done(&sc);
	return same;
}

static int
is_talk(const struct dirent *e)
{
	return str_ends(str_z(e->d_name), STR_LIT(".txt"));
}

static void
test_conversations(void **state)
{
	static const size_t steps[] = { SIZE_MAX, 1, 2, 3, 7, 64 };
	const char *root = getenv("FACTEUR_SOURCE");
	char dir[512], path[1024];
	struct dirent **names;

	(void)state;
	snprintf(dir, sizeof dir, "%s/tests/conversations/smtp_in", root ? root : ".");
	unsigned failed = 0;
	int n = scandir(dir, &names, is_talk, alphasort);
	assert_true(n > 10);
	for (int i = 0; i < n; i++) {
		struct talk t;
		snprintf(path, sizeof path, "%s/%s", dir, names[i]->d_name);
		talk_read(&t, path);
		for (size_t k = 0; k < TEST_COUNT(steps); k++)
			if (!talk_play(&t, steps[k], names[i]->d_name)) {
				failed++;
				break;
			}
		for (size_t p = 0; p < t.nparts; p++)
			buf_done(&t.parts[p]);
		buf_done(&t.want);
		free(names[i]);
	}
	free(names);
	assert_int_equal(failed, 0);
}

static const struct smtp_in_conf open_conf = {
	.hostname = { "mail.test", 9 },
	.rcpt_max = 10,
	.auth = true,
	.plain_auth = true,
};

/* Every pair and triple of verbs: no broken promise of the machine (T6). */
static void
test_triples(void **state)
{
	static const char *const verbs[] = { "EHLO a.test\r\n", "HELO a.test\r\n",
		"STARTTLS\r\n", "AUTH PLAIN AGtleQBzZWNyZXQ=\r\n", "AUTH LOGIN\r\n", "*\r\n",
		"AGtleQBzZWNyZXQ=\r\n", "MAIL FROM:<a@b.test>\r\n",
		"MAIL FROM:<nodata@b.test>\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<c@d.test>\r\n",
		"RCPT TO:<no@d.test>\r\n", "DATA\r\n", ".\r\n", "x\r\n", "..\r\n.\r\n",
		"RSET\r\n", "NOOP\r\n", "VRFY x\r\n", "EXPN x\r\n", "HELP\r\n", "\r\n", "x\n",
		"BDAT 3 LAST\r\nabc", "MAIL FROM:<bye@b.test>\r\n", "QUIT\r\n" };
	struct smtp_in_conf conf = open_conf;
	size_t n = TEST_COUNT(verbs);

	(void)state;
	conf.starttls = true;
	for (size_t i = 0; i < n * n * n; i++) {
		struct script sc;
		script_init(&sc, &conf, false);
		/* Half of them inside a session that greeted and has a recipient. */
		if (i % 2)
			script_feed(&sc,
				STR_LIT("EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<c@d.e>\r\n"));
		for (size_t k = i, j = 0; j < 3; j++, k /= n) {
			if (sc.starttls)
				script_tls(&sc);
			script_feed(&sc, str_z(verbs[k % n]));
		}
		script_done(&sc);
	}
}

static void
test_answers_close(void **state)
{
	struct smtp_in s;
	struct buf out;
	struct str in = STR_LIT("EHLO x\r\nMAIL FROM:<a@b.c>\r\nNOOP\r\n");

	(void)state;
	buf_init(&out, 4096);
	smtp_in_init(&s, &open_conf, false);
	assert_int_equal(smtp_in_feed(&s, &in, &out), SMTP_IN_MORE);
	assert_int_equal(out.n, 0);
	smtp_in_banner(&s, &out);
	assert_int_equal(smtp_in_feed(&s, &in, &out), SMTP_IN_MAIL);
	assert_int_equal(smtp_in_feed(&s, &in, &out), SMTP_IN_MORE);
	assert_str(in, "NOOP\r\n");
	struct reply r = REPLY(421, 4, 3, 2, "Shutting down");
	smtp_in_answer(&s, &r, &out);
	assert_true(str_ends(buf_str(&out), STR_LIT("\r\n421 4.3.2 Shutting down\r\n")));
	assert_int_equal(smtp_in_feed(&s, &in, &out), SMTP_IN_CLOSE);
	assert_int_equal(in.n, 0);
	smtp_in_abort(&s, &r, &out);
	smtp_in_done(&s);

	/* No plain text between the 220 and the handshake. */
	struct smtp_in_conf conf = open_conf;
	conf.starttls = true;
	in = STR_LIT("STARTTLS\r\n");
	smtp_in_init(&s, &conf, false);
	smtp_in_banner(&s, &out);
	assert_int_equal(smtp_in_feed(&s, &in, &out), SMTP_IN_STARTTLS);
	buf_clear(&out);
	smtp_in_abort(&s, &r, &out);
	assert_int_equal(out.n, 0);
	smtp_in_done(&s);

	/* A client that never reads. */
	buf_done(&out);
	buf_init(&out, 64);
	smtp_in_init(&s, &open_conf, false);
	smtp_in_banner(&s, &out);
	in = STR_LIT("NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n");
	assert_int_equal(smtp_in_feed(&s, &in, &out), SMTP_IN_CLOSE);
	smtp_in_done(&s);
	buf_done(&out);
}

static bool
holds(const struct buf *b, const char *z)
{
	return b->p && memmem(b->p, b->cap, z, strlen(z));
}

static void
test_secrets_wiped(void **state)
{
	struct smtp_in s;
	struct buf out;
	struct str in = STR_LIT("EHLO x\r\nAUTH PLAIN AGtleQBzZWNyZXQ=\r\n");
	struct reply r = REPLY(535, 5, 7, 8, "No");

	(void)state;
	buf_init(&out, 4096);
	smtp_in_init(&s, &open_conf, false);
	smtp_in_banner(&s, &out);
	while (smtp_in_feed(&s, &in, &out) != SMTP_IN_AUTH)
		assert_true(in.n > 0);
	assert_str(s.auth_user, "key");
	assert_str(s.auth_secret, "secret");
	smtp_in_answer(&s, &r, &out);
	assert_int_equal(s.auth_secret.n, 0);
	assert_false(holds(&s.line, "AGtleQBzZWNyZXQ=") || holds(&s.cred, "secret"));
	smtp_in_done(&s);
	buf_done(&out);
}

/* Deadlines (RFC 5321 4.5.3.2), and: bytes of the message are borrowed from the input, in
 * pieces as large as they come. */
static void
test_body(void **state)
{
	struct script sc;
	char mail[4096];

	(void)state;
	for (size_t i = 0; i < sizeof mail; i++)
		mail[i] = "0123456789abc\r\n"[i % 15];
	script_init(&sc, &open_conf, false);
	script_feed(&sc, STR_LIT("EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<c@d.e>\r\nDATA\r\n"));
	struct str in = str_of(mail, 4095);
	assert_int_equal(smtp_in_feed(&sc.s, &in, &sc.out), SMTP_IN_BODY);
	assert_ptr_equal(sc.s.body.p, mail);
	assert_int_equal(sc.s.body.n, 4095);
	assert_int_equal(in.n, 0);
	script_done(&sc);

	script_init(&sc, &open_conf, false);
	assert_true(smtp_in_wait_us(&sc.s) == 300000000);
	script_feed(
		&sc, STR_LIT("EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<c@d.e>\r\nDATA\r\nx"));
	assert_true(smtp_in_wait_us(&sc.s) == 180000000);
	in = STR_LIT("\r\n.\r\n");
	while (smtp_in_feed(&sc.s, &in, &sc.out) != SMTP_IN_END)
		assert_true(in.n > 0);
	assert_true(smtp_in_wait_us(&sc.s) == 600000000);
	script_done(&sc);
}

TEST_MAIN(TEST(test_conversations), TEST(test_triples), TEST(test_answers_close),
	TEST(test_secrets_wiped), TEST(test_body))
