#include "role/courier_scene.h"

#include "base/utc.h"

#include <fcntl.h>
#include <unistd.h>

static void
check_one(const struct msg_outcome *o, uint8_t result, unsigned code, uint8_t stage)
{
	assert_int_equal(o->results.n, 1);
	assert_int_equal(o->results.at[0].result, result);
	assert_int_equal(o->results.at[0].reply.code, code);
	assert_int_equal(o->results.at[0].stage, stage);
}

static void
test_deliver_and_reuse(void **state)
{
	struct scene s;
	struct msg_attempt m;
	const struct msg_outcome *o;
	char address[64];

	(void)state;
	scene_begin(&s);
	m = scene_attempt(&s, 1, 5, SCENE_TEXT);
	o = scene_deliver(&s, &m);
	check_one(o, RESULT_DELIVERED, 250, STAGE_DOT);
	assert_str(o->results.at[0].reply.text, "kept");
	assert_int_equal(o->slot, 5);
	assert_int_equal(o->open, 1);
	assert_int_equal(o->error, 0);
	assert_int_equal(o->port, s.port);
	snprintf(address, sizeof address, "127.0.0.1:%u", s.port);
	assert_str(o->address, address);
	assert_str_eq(buf_str(&s.body), str_z(SCENE_TEXT));
	assert_int_equal(scene_phase(&s, 5), PHASE_REPLY | 250 << 8);
	assert_int_equal(atomic_load(&s.phases[5].accepted[0]), 1);
	assert_int_equal(atomic_load(&s.phases[5].attempt), 1);
	m = scene_attempt(&s, 2, 5, SCENE_TEXT);
	m.last = 1;
	o = scene_deliver(&s, &m);
	check_one(o, RESULT_DELIVERED, 250, STAGE_DOT);
	assert_int_equal(o->open, 0);
	SCENE_UNTIL(&s, scene_heard(&s, "0 QUIT\n") == 1);
	assert_int_equal(s.nconns, 1);
	assert_int_equal(scene_heard(&s, "0 EHLO mail.here.test\n"), 1);
	assert_int_equal(scene_heard(&s, "0 MAIL FROM:<a@shop.test>\n"), 2);
	assert_int_equal(s.courier->connections, 0);
	SCENE_UNTIL(&s, list_empty(&s.courier->told));
	scene_end(&s);
}

static void
test_hang_up(void **state)
{
	struct scene s;
	struct msg_attempt m;

	(void)state;
	scene_begin(&s);
	m = scene_attempt(&s, 1, 0, SCENE_TEXT);
	scene_deliver(&s, &m);
	SCENE_TELL(&s, hang_up, .slot = 0);
	SCENE_TELL(&s, hang_up, .slot = 900);
	SCENE_UNTIL(&s, scene_heard(&s, "0 QUIT\n") == 1);
	assert_int_equal(s.courier->connections, 0);
	m = scene_attempt(&s, 2, 0, SCENE_TEXT);
	check_one(scene_deliver(&s, &m), RESULT_DELIVERED, 250, STAGE_DOT);
	assert_int_equal(s.nconns, 2);
	scene_end(&s);
}

/* Another door on the same slot: the old connection is not used. */
static void
test_other_door(void **state)
{
	static const char *const here[] = { "127.0.0.1", NULL };
	struct scene s;
	struct msg_attempt m;

	(void)state;
	scene_begin(&s);
	scene_name(&s, "smart.test", false, here);
	m = scene_attempt(&s, 1, 0, SCENE_TEXT);
	scene_deliver(&s, &m);
	m = scene_attempt(&s, 2, 0, SCENE_TEXT);
	m.host = STR_LIT("smart.test");
	check_one(scene_deliver(&s, &m), RESULT_DELIVERED, 250, STAGE_DOT);
	assert_int_equal(s.nconns, 2);
	assert_int_equal(s.courier->connections, 1);
	scene_end(&s);
}

static void
test_mixed_recipients(void **state)
{
	static const struct scene_rule rules[] = {
		{ -1, "RCPT TO:<no@", "550 5.1.1 no such user" },
		{ -1, "RCPT TO:<full@", "452 4.2.2 full" },
	};
	struct msg_rcpt rcpts[] = {
		{ .index = 3, .address = STR_LIT("no@there.test") },
		{ .index = 4, .address = STR_LIT("yes@there.test") },
		{ .index = 7, .address = STR_LIT("full@there.test") },
		{ .index = 9, .address = STR_LIT("also@there.test"), .notify = 2 },
	};
	static const struct {
		uint16_t index, code;
		uint8_t result, stage;
	} want[] = {
		{ 3, 550, RESULT_BOUNCED, STAGE_RCPT },
		{ 4, 250, RESULT_DELIVERED, STAGE_DOT },
		{ 7, 452, RESULT_DEFERRED, STAGE_RCPT },
		{ 9, 250, RESULT_RELAYED, STAGE_DOT },
	};
	struct scene s;
	struct msg_attempt m;
	const struct msg_outcome *o;

	(void)state;
	scene_begin(&s);
	s.rules = rules;
	s.nrules = TEST_COUNT(rules);
	m = scene_attempt(&s, 1, 0, SCENE_TEXT);
	rcpts[3].notify = DSN_SUCCESS;
	m.rcpts = (struct msg_rcpts){ rcpts, TEST_COUNT(rcpts) };
	o = scene_deliver(&s, &m);
	assert_int_equal(o->results.n, TEST_COUNT(want));
	for (size_t i = 0; i < TEST_COUNT(want); i++) {
		assert_int_equal(o->results.at[i].index, want[i].index);
		assert_int_equal(o->results.at[i].result, want[i].result);
		assert_int_equal(o->results.at[i].reply.code, want[i].code);
		assert_int_equal(o->results.at[i].stage, want[i].stage);
	}
	assert_int_equal(atomic_load(&s.phases[0].accepted[0]), 10);
	scene_end(&s);
}

/* One recipient, one fresh connection: what the remote does, what the outcome says. */
static void
test_refusals(void **state)
{
	static const struct {
		const char *name;
		struct scene_rule rules[3];
		uint8_t result, stage;
		unsigned code;
		bool open;
		uint32_t phase;
	} table[] = {
		{ "rcpt 5xx", { { -1, "RCPT", "550 5.1.1 no" } }, RESULT_BOUNCED, STAGE_RCPT,
			550, true, PHASE_IDLE },
		{ "rcpt 4xx", { { -1, "RCPT", "450 4.2.1 later" } }, RESULT_DEFERRED,
			STAGE_RCPT, 450, true, PHASE_IDLE },
		{ "mail 5xx", { { -1, "MAIL", "553 5.1.8 bad sender" } }, RESULT_BOUNCED,
			STAGE_MAIL, 553, true, PHASE_IDLE },
		{ "data 5xx", { { -1, "DATA", "554 5.7.1 no" } }, RESULT_BOUNCED, STAGE_DATA,
			554, true, PHASE_IDLE },
		{ "dot 4xx", { { -1, ".", "451 4.3.0 later" } }, RESULT_DEFERRED, STAGE_DOT,
			451, true, PHASE_REPLY | 451 << 8 },
		{ "dot 5xx", { { -1, ".", "552 5.3.4 big" } }, RESULT_BOUNCED, STAGE_DOT, 552,
			true, PHASE_REPLY | 552 << 8 },
		{ "dot 421", { { -1, ".", "421 4.3.2 going!cut" } }, RESULT_DEFERRED, STAGE_DOT,
			421, false, PHASE_REPLY | 421 << 8 },
		{ "reply to the dot lost", { { -1, ".", "!cut" } }, RESULT_IN_DOUBT, STAGE_DOT,
			451, false, PHASE_DOT },
		{ "half a reply to the dot", { { -1, ".", "25!cut" } }, RESULT_IN_DOUBT,
			STAGE_DOT, 451, false, PHASE_DOT },
		{ "cut after MAIL", { { -1, "MAIL", "!cut" } }, RESULT_DEFERRED, STAGE_MAIL,
			451, false, PHASE_IDLE },
		{ "250 before the dot", { { -1, "DATA", "354 go\r\n250 early!cut" } },
			RESULT_DEFERRED, STAGE_BODY, 451, false, PHASE_BODY },
		{ "banner 554", { { -1, "BANNER", "554 5.7.1 go away" } }, RESULT_DEFERRED,
			STAGE_BANNER, 554, false, PHASE_IDLE },
		{ "banner cut", { { -1, "BANNER", "!cut" } }, RESULT_DEFERRED, STAGE_BANNER,
			451, false, PHASE_IDLE },
		{ "421 to EHLO", { { -1, "EHLO", "421 4.3.2 busy!cut" } }, RESULT_DEFERRED,
			STAGE_EHLO, 421, false, PHASE_IDLE },
		{ "no SMTP", { { -1, "BANNER", "HTTP/1.1 400 Bad Request" } }, RESULT_DEFERRED,
			STAGE_BANNER, 451, false, PHASE_IDLE },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		struct msg_attempt m;
		const struct msg_outcome *o;

		scene_begin(&s);
		s.ehlo = "250 remote.test";
		s.rules = row->rules;
		s.nrules = row->rules[1].prefix ? 2 : 1;
		m = scene_attempt(&s, 1, 1, SCENE_TEXT);
		o = scene_deliver(&s, &m);
		assert_int_equal(o->results.at[0].result, row->result);
		assert_int_equal(o->results.at[0].reply.code, row->code);
		assert_int_equal(o->results.at[0].stage, row->stage);
		assert_int_equal(o->open, row->open);
		assert_int_equal(scene_phase(&s, 1), row->phase);
		assert_true(o->results.at[0].reply.text.n > 0);
		assert_int_equal(s.nconns, 1);
		assert_int_equal(s.courier->connections, row->open ? 1 : 0);
		scene_end(&s);
	}
}

/* The second attempt finds the kept connection dead: it gets a fresh one, once. */
static void
test_dead_when_reused(void **state)
{
	static const struct {
		const char *name;
		struct scene_rule rules[2];
		int conns;
		uint8_t result;
	} table[] = {
		{ "cut at MAIL", { { 0, "MAIL FROM:<second", "!cut" } }, 2, RESULT_DELIVERED },
		{ "421 at MAIL", { { 0, "MAIL FROM:<second", "421 4.4.2 idle!cut" } }, 2,
			RESULT_DELIVERED },
		{ "cut at RCPT", { { 0, "RCPT TO:<second", "!cut" } }, 2, RESULT_DELIVERED },
		{ "again 421", { { -1, "MAIL FROM:<second", "421 4.4.2 idle!cut" } }, 2,
			RESULT_DEFERRED },
		{ "refused before the cut", { { 0, "MAIL FROM:<second", "550 5.7.1 no!cut" } },
			1, RESULT_BOUNCED },
		{ "cut at the dot", { { 0, ".", "250 ok" } }, 1, RESULT_DELIVERED },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct msg_rcpt to = { .address = STR_LIT("second@there.test") };
		struct scene s;
		struct msg_attempt m;

		scene_begin(&s);
		s.rules = row->rules;
		s.nrules = row->rules[1].prefix ? 2 : 1;
		m = scene_attempt(&s, 1, 1, SCENE_TEXT);
		check_one(scene_deliver(&s, &m), RESULT_DELIVERED, 250, STAGE_DOT);
		m = scene_attempt(&s, 2, 1, SCENE_TEXT);
		m.sender = STR_LIT("second@shop.test");
		m.rcpts = (struct msg_rcpts){ &to, 1 };
		assert_int_equal(scene_deliver(&s, &m)->results.at[0].result, row->result);
		scene_for(&s, 20000);
		assert_int_equal(s.noutcomes, 2);
		assert_int_equal(s.nconns, row->conns);
		assert_int_equal(
			scene_heard(&s, " .\n"), row->result == RESULT_DELIVERED ? 2 : 1);
		scene_end(&s);
	}
}

/* The connection dies while it is idle, or while the next message is being signed. */
static void
test_dead_when_idle(void **state)
{
	static const struct {
		const char *name, *says;
		bool signing;
	} table[] = {
		{ "idle", NULL, false },
		{ "idle, 421", "421 4.4.2 idle", false },
		{ "signing", NULL, true },
		{ "signing, 421", "421 4.4.2 idle", true },
		{ "signing, half a line", "42", true },
	};
	struct msg_signer signer = { DKIM_RSA_SHA256, STR_LIT("shop.test"), STR_LIT("s1") };

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		struct msg_attempt m;

		scene_begin(&s);
		m = scene_attempt(&s, 1, 1, SCENE_TEXT);
		scene_deliver(&s, &m);
		s.no_sign = true;
		m = scene_attempt(&s, 2, 1, SCENE_TEXT);
		m.signers = (struct msg_signers){ &signer, row->signing ? 1 : 0 };
		if (row->signing) {
			scene_give(&s, &m);
			SCENE_UNTIL(&s, s.nsigns == 1);
		}
		if (row->says) {
			stream_write(s.conns[0].stream, str_z(row->says));
			stream_write(s.conns[0].stream, STR_LIT("\r\n"));
			scene_for(&s, 5000);
		}
		stream_free(&s.conns[0].stream);
		scene_for(&s, 20000);
		if (row->signing)
			scene_sign(&s, &s.signs[0]);
		else
			scene_give(&s, &m);
		SCENE_UNTIL(&s, s.noutcomes == 2);
		check_one(&s.outcomes[1], RESULT_DELIVERED, 250, STAGE_DOT);
		assert_int_equal(s.nconns, 2);
		assert_int_equal(s.courier->connections, 1);
		scene_end(&s);
	}
}

static void
test_deadlines(void **state)
{
	static const struct {
		const char *name;
		struct scene_rule rule;
		unsigned hurry;
		uint8_t result, stage;
	} table[] = {
		{ "banner", { -1, "BANNER", "!hang" }, 300, RESULT_DEFERRED, STAGE_BANNER },
		{ "ehlo", { -1, "EHLO", "!hang" }, 500, RESULT_DEFERRED, STAGE_EHLO },
		{ "mail", { -1, "MAIL", "!hang" }, 500, RESULT_DEFERRED, STAGE_MAIL },
		{ "data", { -1, "DATA", "!hang" }, 500, RESULT_DEFERRED, STAGE_DATA },
		{ "dot", { -1, ".", "!hang" }, 1000, RESULT_IN_DOUBT, STAGE_DOT },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		struct msg_attempt m;
		const struct msg_outcome *o;

		scene_begin(&s);
		s.courier->hurry = row->hurry;
		s.ehlo = "250 remote.test";
		s.rules = &row->rule;
		s.nrules = 1;
		m = scene_attempt(&s, 1, 1, SCENE_TEXT);
		o = scene_deliver(&s, &m);
		check_one(o, row->result, 451, row->stage);
		assert_true(str_find(o->results.at[0].reply.text, 't') <
			    o->results.at[0].reply.text.n);
		assert_true(o->took_ms >= 10 && o->took_ms < 5000);
		scene_end(&s);
	}
}

static void
test_transcripts(void **state)
{
	static const struct scene_rule rules[] = { { -1, "RCPT TO:<b@", "550 5.1.1 no" } };
	struct scene s;
	struct msg_attempt m;
	struct buf all;
	char name[700];
	uint64_t end = 0;

	(void)state;
	scene_begin(&s);
	s.ehlo = "250 remote.test";
	s.rules = rules;
	s.nrules = 1;
	for (unsigned i = 1; i <= 3; i++) {
		m = scene_attempt(&s, i, 0, SCENE_TEXT);
		scene_deliver(&s, &m);
	}
	courier_transcripts_flush(s.courier);
	snprintf(name, sizeof name, "%s/1-%u.log", s.paths.transcripts,
		s.outcomes[0].transcript_day);
	buf_init(&all, 1u << 20);
	assert_int_equal(file_read(name, &all), 0);
	for (unsigned i = 0; i < 3; i++) {
		const struct msg_outcome *o = &s.outcomes[i];
		struct str t = str_head(
			str_from(buf_str(&all), o->transcript_offset), o->transcript_length);

		assert_int_equal(o->transcript_offset, end);
		end += o->transcript_length;
		assert_true(str_starts(t, i ? STR_LIT("C: MAIL FROM:<a@shop.test>\n")
					    : STR_LIT("S: 220 remote.test ready\n")));
		assert_true(str_ends(t, STR_LIT("S: 250 ok\n")));
	}
	assert_int_equal(all.n, end);
	/* A courier of after a restart goes on behind what is there. */
	courier_free(&s.courier);
	scene_courier(&s);
	m = scene_attempt(&s, 4, 0, SCENE_TEXT);
	assert_int_equal(scene_deliver(&s, &m)->transcript_offset, end);
	buf_done(&all);
	scene_end(&s);
}

/* By age, and those of couriers that are no more. */
static void
test_transcripts_purge(void **state)
{
	static const struct {
		unsigned courier, age_days;
		bool stays;
	} table[] = { { 1, 0, true }, { 1, 5, true }, { 1, 9, false }, { 2, 9, true },
		{ 9, 0, true }, { 9, 9, false } };
	char path[TEST_COUNT(table)][700];
	struct scene s;

	(void)state;
	scene_begin(&s);
	uint32_t today = (uint32_t)(loop_wall(s.loop) / UTC_DAY);

	for (size_t i = 0; i < TEST_COUNT(table); i++) {
		snprintf(path[i], sizeof path[i], "%s/%u-%u.log", s.paths.transcripts,
			table[i].courier, today - table[i].age_days);
		close(file_open(path[i], O_WRONLY | O_CREAT, 0600));
	}
	s.config.couriers = 2;
	courier_transcripts_purge(s.courier);
	for (size_t i = 0; i < TEST_COUNT(table); i++)
		assert_int_equal(access(path[i], F_OK), table[i].stays ? 0 : -1);
	scene_end(&s);
}

static void
test_nonsense(void **state)
{
	struct scene s;
	struct msg_attempt m;
	struct buf b;

	(void)state;
	scene_begin(&s);
	buf_init(&b, 64);
	buf_put_z(&b, "nonsense");
	for (unsigned type = 0; type < MSG_TYPES + 3; type++)
		assert_int_equal(channel_send(s.engine, (uint16_t)type, buf_str(&b)), 0);
	buf_done(&b);
	SCENE_TELL(&s, outcome_ok, .attempt = 99);
	SCENE_TELL(&s, signed, .attempt = 99, .signature = STR_LIT("x"));
	SCENE_TELL(&s, dot_ok, .attempt = 99);
	m = scene_attempt(&s, 1, ROLE_SLOTS, SCENE_TEXT);
	scene_give(&s, &m);
	m = scene_attempt(&s, 2, 0, SCENE_TEXT);
	check_one(scene_deliver(&s, &m), RESULT_DELIVERED, 250, STAGE_DOT);
	scene_end(&s);
}

/* The process: sandboxed, ready, and gone with exit status 0 when told. */
static void
test_process(void **state)
{
	static const struct {
		const char *name;
		char datagram;
		int signo;
	} table[] = {
		{ "drain", LINK_DRAIN, 0 },
		{ "SIGTERM", 0, SIGTERM },
		{ "keeper gone", 0, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		int fd[2], status, got = -1;
		char d[256];
		pid_t pid;
		bool ready = false;

		scene_begin(&s);
		assert_int_equal(link_pair(fd), 0);
		pid = fork();
		if (pid == 0) {
			close(fd[0]);
			s.env.link_fd = fd[1];
			s.config.user = STR_NONE;
			/* What the parent left behind is not this process's leak. */
			_exit(courier_main(&s.env));
		}
		close(fd[1]);
		for (int i = 0; i < 5000 && !ready; i++) {
			long n = link_recv(fd[0], d, sizeof d, &got);

			ready = n > 0 && d[0] == LINK_READY;
			if (n < 0)
				usleep(2000);
		}
		assert_true(ready);
		d[0] = row->datagram;
		if (row->datagram)
			assert_int_equal(link_send(fd[0], str_of(d, 3), -1), 0);
		else if (row->signo)
			kill(pid, row->signo);
		else
			close(fd[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		if (row->datagram || row->signo)
			close(fd[0]);
		scene_end(&s);
	}
}

TEST_MAIN(TEST(test_process), TEST(test_deliver_and_reuse), TEST(test_hang_up),
	TEST(test_other_door), TEST(test_mixed_recipients), TEST(test_refusals),
	TEST(test_dead_when_reused), TEST(test_dead_when_idle), TEST(test_deadlines),
	TEST(test_transcripts), TEST(test_transcripts_purge), TEST(test_nonsense))
