/* What passes between courier and engine: signing, dots, phases, a new engine, damage, bulk. */
#include "role/courier_scene.h"

#include "wire/header.h"

static struct msg_signer signers[] = {
	{ DKIM_RSA_SHA256, { "shop.test", 9 }, { "rsa", 3 } },
	{ DKIM_ED25519_SHA256, { "shop.test", 9 }, { "ed", 2 } },
};

#define EIGHT                                                                                  \
	SCENE_HEADER "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"        \
		     "Content-Transfer-Encoding: 8bit\r\n\r\ncaf\xc3\xa9\r\n"

/* Takes the first field off the message: its t= time, and the rest. */
static struct str
behind_field(struct str message, int64_t *ret_at)
{
	size_t at = str_find_str(message, STR_LIT("t=")), i = 0;
	struct str rest = str_from(message, at + 2);
	uint64_t seconds = 0;

	assert_true(str_starts(message, STR_LIT("DKIM-Signature:")));
	assert_int_equal(str_u64(str_trim_all(str_cut(&rest, ';')), &seconds), 0);
	*ret_at = (int64_t)seconds;
	do {
		i += str_find(str_from(message, i), '\n') + 1;
	} while (i < message.n && (message.p[i] == ' ' || message.p[i] == '\t'));
	return str_from(message, i);
}

/* The digest that was signed is the one of the bytes the remote got. */
static void
check_digest(const struct scene *s, size_t i, struct str message, int64_t at)
{
	size_t header = header_length(message);
	uint8_t hash[DKIM_HASH_SIZE], digest[DKIM_HASH_SIZE];
	struct dkim_params p = { signers[i].algo, signers[i].domain, signers[i].selector, at,
		at + 7 * 86400, hash };
	struct dkim_body d;
	struct buf field;

	dkim_body_init(&d);
	dkim_body_feed(&d, str_from(message, header));
	dkim_body_end(&d, hash);
	buf_init(&field, 8192);
	assert_int_equal(dkim_prepare(&field, str_head(message, header), &p, digest), 0);
	buf_done(&field);
	assert_int_equal(s->signs[i].signer, i);
	assert_memory_equal(s->signs[i].digest.b, digest, sizeof digest);
}

static void
test_signing(void **state)
{
	static const struct {
		const char *name, *text, *ehlo;
		uint8_t flags;
		size_t nsigners;
		bool empty, converted;
	} table[] = {
		{ "one key", SCENE_TEXT, "250 r", 0, 1, false, false },
		{ "two keys", SCENE_TEXT, "250 r", 0, 2, false, false },
		{ "no signature came", SCENE_TEXT, "250 r", 0, 1, true, false },
		{ "8 bits taken", EIGHT, "250-r\r\n250 8BITMIME", MAIL_8BIT, 1, false, false },
		{ "8 bits converted", EIGHT, "250 r", MAIL_8BIT, 2, false, true },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		struct msg_attempt m;
		struct str got;
		int64_t at = 0;

		scene_begin(&s);
		s.ehlo = row->ehlo;
		s.empty_signature = row->empty;
		m = scene_attempt(&s, 1, 0, row->text);
		m.flags = row->flags;
		m.signers = (struct msg_signers){ signers, row->nsigners };
		assert_int_equal(scene_deliver(&s, &m)->results.at[0].result, RESULT_DELIVERED);
		assert_int_equal(s.nsigns, row->nsigners);
		got = buf_str(&s.body);
		for (size_t i = 0; i < row->nsigners && !row->empty; i++)
			got = behind_field(got, &at);
		assert_int_equal(str_eq(got, str_z(row->text)), !row->converted);
		for (size_t i = 0; i < row->nsigners && !row->empty; i++)
			check_digest(&s, i, got, at);
		for (size_t i = 0; i < got.n && row->converted; i++)
			assert_true((unsigned char)got.p[i] < 128);
		assert_int_equal(scene_heard(&s, "BODY=8BITMIME"),
			row->flags && !row->converted ? 1 : 0);
		scene_end(&s);
	}
}

/* 7-bit mail is signed while the connection is made; 8-bit mail waits for the peer's word. */
static void
test_when_signed(void **state)
{
	static const struct scene_rule silent[] = { { -1, "BANNER", "!hang" } };
	struct scene s;
	struct msg_attempt m;

	(void)state;
	scene_begin(&s);
	s.rules = silent;
	s.nrules = 1;
	m = scene_attempt(&s, 1, 0, SCENE_TEXT);
	m.signers = (struct msg_signers){ signers, 1 };
	scene_give(&s, &m);
	m = scene_attempt(&s, 2, 1, EIGHT);
	m.flags = MAIL_8BIT;
	m.signers = (struct msg_signers){ signers, 1 };
	scene_give(&s, &m);
	SCENE_UNTIL(&s, s.nconns == 2 && s.nsigns > 0);
	scene_for(&s, 10000);
	assert_int_equal(s.nsigns, 1);
	assert_int_equal(s.signs[0].attempt, 1);
	scene_end(&s);
}

/* Prepared for a peer that takes 8 bits; the one it gets in the end does not. */
static void
test_signed_again(void **state)
{
	static const struct scene_rule rules[] = {
		{ 0, "MAIL FROM:<two@", "!cut" },
		{ 1, "EHLO", "250 seven.test" },
	};
	struct scene s;
	struct msg_attempt m;
	struct str got;
	int64_t at = 0;

	(void)state;
	scene_begin(&s);
	s.rules = rules;
	s.nrules = TEST_COUNT(rules);
	m = scene_attempt(&s, 1, 0, SCENE_TEXT);
	scene_deliver(&s, &m);
	m = scene_attempt(&s, 2, 0, EIGHT);
	m.sender = STR_LIT("two@shop.test");
	m.flags = MAIL_8BIT;
	m.signers = (struct msg_signers){ signers, 1 };
	assert_int_equal(scene_deliver(&s, &m)->results.at[0].result, RESULT_DELIVERED);
	assert_int_equal(s.nsigns, 2);
	s.signs[0] = s.signs[1];
	got = behind_field(buf_str(&s.body), &at);
	check_digest(&s, 0, got, at);
	for (size_t i = 0; i < got.n; i++)
		assert_true((unsigned char)got.p[i] < 128);
	scene_end(&s);
}

static void
test_not_convertible(void **state)
{
	struct scene s;
	struct msg_attempt m;
	const struct msg_outcome *o;

	(void)state;
	scene_begin(&s);
	s.ehlo = "250 seven.test";
	m = scene_attempt(&s, 1, 0, "From: a@shop.test\r\nSubject: caf\xc3\xa9\r\n\r\nx\r\n");
	m.flags = MAIL_8BIT;
	m.last = 1;
	o = scene_deliver(&s, &m);
	assert_int_equal(o->results.at[0].result, RESULT_BOUNCED);
	assert_int_equal(o->results.at[0].reply.dsn.subject, 6);
	assert_int_equal(o->results.at[0].reply.dsn.detail, 3);
	SCENE_UNTIL(&s, scene_heard(&s, "QUIT") == 1);
	assert_int_equal(s.courier->connections, 0);
	scene_end(&s);
}

/* A text of n bytes and more: lines with dots. */
static char *
bulk(size_t n)
{
	char *text = mem_new(n + 200, 1);
	size_t at = (size_t)snprintf(text, n, SCENE_HEADER "\r\n");

	for (unsigned i = 0; at < n; i++)
		at += (size_t)snprintf(text + at, n + 200 - at,
			"%s line %u of a body that is longer than memory likes\r\n",
			i % 3 ? "a" : ".", i);
	return text;
}

static void
test_damage(void **state)
{
	static const struct {
		const char *name;
		size_t size;
		bool cut;
	} table[] = {
		{ "small", 1000, false },
		{ "large", 700000, false },
		{ "no such extent", 1000, true },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		char *text = bulk(row->size);
		struct scene s;
		struct msg_attempt m;
		const struct msg_outcome *o;

		scene_begin(&s);
		m = scene_attempt(&s, 1, 0, text);
		if (row->cut)
			m.extent++;
		else
			m.hash ^= 1;
		o = scene_deliver(&s, &m);
		assert_int_equal(o->results.at[0].result, RESULT_DAMAGED);
		assert_int_equal(s.nconns, 0);
		scene_end(&s);
		mem_free(text);
	}
}

static void
test_bulk_to_slow_remote(void **state)
{
	static const struct scene_rule rules[] = { { -1, "DATA", "354 go!slow" } };
	char *text = bulk(16u << 20);
	struct scene s;
	struct msg_attempt m;
	struct courier_conn *n;
	struct str got;
	int64_t at;

	(void)state;
	scene_begin(&s);
	s.rules = rules;
	s.nrules = 1;
	m = scene_attempt(&s, 1, 0, text);
	m.signers = (struct msg_signers){ signers, 1 };
	scene_give(&s, &m);
	SCENE_UNTIL(&s, scene_heard(&s, "DATA") == 1);
	n = s.courier->conns[0];
	for (int i = 0; i < 200; i++) {
		scene_step(&s);
		assert_true(stream_pending(n->stream) <=
			    COURIER_PENDING_MAX + 2 * COURIER_WINDOW + 65536);
	}
	assert_true(n->job->sent < n->job->length);
	assert_int_equal(scene_phase(&s, 0), PHASE_BODY);
	scene_wake(&s, 0);
	SCENE_UNTIL(&s, s.noutcomes == 1);
	assert_int_equal(s.outcomes[0].results.at[0].result, RESULT_DELIVERED);
	got = behind_field(buf_str(&s.body), &at);
	assert_true(str_eq(got, str_z(text)));
	check_digest(&s, 0, got, at);
	scene_end(&s);
	mem_free(text);
}

static void
test_phases(void **state)
{
	static const struct scene_rule rules[] = { { -1, "RCPT", "250 ok" },
		{ -1, ".", "!hang" } };
	struct scene s;
	struct msg_attempt m;

	(void)state;
	scene_begin(&s);
	s.rules = rules;
	s.nrules = TEST_COUNT(rules);
	s.no_sign = s.no_dot = s.no_ok = true;
	m = scene_attempt(&s, 7, 3, SCENE_TEXT);
	m.repeat = 0;
	m.signers = (struct msg_signers){ signers, 1 };
	scene_give(&s, &m);
	SCENE_UNTIL(&s, s.nsigns == 1);
	assert_int_equal(scene_phase(&s, 3), PHASE_IDLE);
	assert_int_equal(atomic_load(&s.phases[3].attempt), 7);
	scene_sign(&s, &s.signs[0]);
	SCENE_UNTIL(&s, s.ndots == 1);
	scene_for(&s, 10000);
	assert_int_equal(scene_phase(&s, 3), PHASE_BODY);
	assert_int_equal(scene_heard(&s, " .\n"), 0);
	assert_true(s.body.n > 0);
	SCENE_TELL(&s, dot_ok, .attempt = 7);
	SCENE_UNTIL(&s, scene_heard(&s, " .\n") == 1);
	assert_int_equal(scene_phase(&s, 3), PHASE_DOT);
	assert_int_equal(atomic_load(&s.phases[3].accepted[0]), 1);
	stream_write(s.conns[0].stream, STR_LIT("250 2.0.0 kept\r\n"));
	SCENE_UNTIL(&s, s.noutcomes == 1);
	/* It stays until the slot's next attempt shows that the engine has the outcome. */
	assert_int_equal(scene_phase(&s, 3), PHASE_REPLY | 250 << 8);
	assert_int_equal(atomic_load(&s.phases[3].attempt), 7);
	scene_end(&s);
}

/* Never-repeat mail whose connection is cut while the engine flushes: nothing happened. */
static void
test_cut_before_dot(void **state)
{
	struct scene s;
	struct msg_attempt m;

	(void)state;
	scene_begin(&s);
	s.no_dot = true;
	m = scene_attempt(&s, 7, 3, SCENE_TEXT);
	m.repeat = 0;
	scene_give(&s, &m);
	SCENE_UNTIL(&s, s.ndots == 1);
	stream_free(&s.conns[0].stream);
	SCENE_UNTIL(&s, s.noutcomes == 1);
	assert_int_equal(s.outcomes[0].results.at[0].result, RESULT_DEFERRED);
	assert_int_equal(s.outcomes[0].results.at[0].stage, STAGE_BODY);
	assert_int_equal(scene_phase(&s, 3), PHASE_BODY);
	SCENE_TELL(&s, dot_ok, .attempt = 7);
	scene_for(&s, 10000);
	assert_int_equal(s.noutcomes, 1);
	scene_end(&s);
}

static bool
in_hello(const struct scene *s, uint64_t attempt, uint64_t slot, uint64_t rcpt)
{
	for (size_t i = 0; i + 3 <= s->hello.attempts.n; i += 3)
		if (s->hello.attempts.at[i] == attempt && s->hello.attempts.at[i + 1] == slot &&
			s->hello.attempts.at[i + 2] == rcpt)
			return true;
	return false;
}

static void
test_new_engine(void **state)
{
	struct scene s;
	struct msg_attempt m;

	(void)state;
	scene_begin(&s);
	SCENE_UNTIL(&s, s.nhellos == 1);
	assert_int_equal(s.hello.attempts.n, 0);
	assert_int_equal(s.hello.boot, 77);
	s.no_ok = s.no_dot = s.no_sign = true;
	/* 1 is told, not durable, and its slot has the next one, which waits for its dot; 3
	 * waits for a signature. */
	m = scene_attempt(&s, 1, 0, SCENE_TEXT);
	scene_deliver(&s, &m);
	m = scene_attempt(&s, 2, 0, SCENE_TEXT);
	m.repeat = 0;
	scene_give(&s, &m);
	SCENE_UNTIL(&s, s.ndots == 1);
	m = scene_attempt(&s, 3, 1, SCENE_TEXT);
	m.signers = (struct msg_signers){ signers, 1 };
	scene_give(&s, &m);
	SCENE_UNTIL(&s, s.nsigns == 1);
	channel_free(&s.engine);
	scene_for(&s, 10000);
	assert_null(s.courier->channel);
	s.no_ok = s.no_dot = s.no_sign = false;
	scene_join(&s);
	SCENE_UNTIL(&s, s.nhellos == 2 && s.noutcomes == 4);
	assert_int_equal(s.hello.attempts.n, 9);
	assert_true(in_hello(&s, 2, 0, 2001));
	assert_true(in_hello(&s, 3, 1, 3001));
	assert_false(in_hello(&s, 1, 0, 1001)); /* one attempt a slot */
	assert_int_equal(s.outcomes[1].attempt, 1);
	assert_int_equal(s.outcomes[1].results.at[0].result, RESULT_DELIVERED);
	for (int i = 2; i < 4; i++)
		assert_int_equal(s.outcomes[i].results.at[0].result, RESULT_DELIVERED);
	assert_int_equal(s.ndots, 2);
	assert_int_equal(s.nsigns, 2);
	assert_int_equal(scene_heard(&s, " .\n"), 3);
	SCENE_UNTIL(&s, list_empty(&s.courier->told));
	scene_end(&s);
}

/* Conversations go on without an engine; the outcome waits for the next one. */
static void
test_outcome_without_engine(void **state)
{
	static const struct scene_rule rules[] = { { -1, ".", "!hang" } };
	struct scene s;
	struct msg_attempt m;

	(void)state;
	scene_begin(&s);
	s.rules = rules;
	s.nrules = 1;
	m = scene_attempt(&s, 1, 0, SCENE_TEXT);
	scene_give(&s, &m);
	SCENE_UNTIL(&s, scene_heard(&s, " .\n") == 1);
	channel_free(&s.engine);
	scene_for(&s, 5000);
	stream_write(s.conns[0].stream, STR_LIT("250 2.0.0 kept\r\n"));
	scene_for(&s, 10000);
	assert_null(s.courier->conns[0]->job);
	scene_join(&s);
	SCENE_UNTIL(&s, s.noutcomes == 1 && s.nhellos == 2);
	assert_true(in_hello(&s, 1, 0, 1001));
	assert_int_equal(s.outcomes[0].results.at[0].result, RESULT_DELIVERED);
	scene_end(&s);
}

TEST_MAIN(TEST(test_signing), TEST(test_when_signed), TEST(test_signed_again),
	TEST(test_not_convertible), TEST(test_damage), TEST(test_bulk_to_slow_remote),
	TEST(test_phases), TEST(test_cut_before_dot), TEST(test_new_engine),
	TEST(test_outcome_without_engine))
