/* Suppressions in the engine: what desk says, what couriers see, what a crash leaves. */
#include "io/file_fault.h"
#include "people/suppress_store.h"
#include "role/engine_scene.h"
#include "role/engine_suppress.h"
#include "send/spool_suppress.h"

#include <sys/socket.h>
#include <sys/wait.h>

static struct scene *s;

static int
up(void **state)
{
	(void)state;
	s = scene_new(false);
	scene_start(s);
	return 0;
}

static int
down(void **state)
{
	(void)state;
	scene_free(s);
	return 0;
}

#define ADA STR_LIT("ada@remote.test")
#define MANUAL                                                                                 \
	{                                                                                      \
		.scope = SUPPRESS_ALL, .reason = SUPPRESS_MANUAL, .tenant = 1, .address = ADA, \
		.at = 1790000000000000                                                         \
	}
#define NEVER                                                                                  \
	{                                                                                      \
		.remove = true, .scope = SUPPRESS_ANY_SCOPE, .tenant = 1, .address = ADA       \
	}

/* The member of the answer; -1: the status is another than 200. */
static long
ask(enum query_op op, struct suppress_change c, unsigned status, const char *member)
{
	struct msg_query q = { .op = (uint16_t)op };
	struct buf b;
	json_t *j;
	long n;

	buf_init(&b, 60000);
	assert_int_equal(spool_suppress_write(&b, &(struct spool_suppress){ &c, 1 }), 0);
	q.text = buf_str(&b);
	j = scene_ask(s, &q, status);
	buf_done(&b);
	n = member ? (long)json_integer_value(json_object_get(j, member)) : -1;
	json_decref(j);
	return n;
}

static long
add(struct suppress_change c)
{
	return ask(QUERY_SUPPRESS_ADD, c, 200, "changed");
}

static long
take_out(struct suppress_change c)
{
	return ask(QUERY_SUPPRESS_REMOVE, c, 200, "changed");
}

static long
undo(uint64_t incident)
{
	json_t *j = scene_ask(
		s, &(struct msg_query){ .op = QUERY_SUPPRESS_UNDO, .id = incident }, 200);
	long n = (long)json_integer_value(json_object_get(j, "changed"));

	json_decref(j);
	return n;
}

static int
add_row(void *ctx, const struct suppress_row *r)
{
	char *text = ctx;
	size_t n = strlen(text);

	snprintf(text + n, 300 - n, "%s%.*s %s %s", n ? ", " : "", STR_ARG(r->c.address),
		suppress_scope_name(r->c.scope), suppress_reason_name(r->c.reason));
	return 0;
}

/* What the table says now. */
static const char *
rows(void)
{
	static char text[300];
	const struct suppress_query q = {
		.scope = SUPPRESS_ANY_SCOPE, .oldest_first = true, .limit = 10
	};
	struct suppress_store *r;
	char file[700];

	for (int i = 0; i < 400 && engine_suppress_waiting(s->engine) > 0; i++)
		scene_step(s);
	snprintf(file, sizeof file, "%s/" SUPPRESS_FILE, s->paths.state);
	assert_int_equal(suppress_store_open(file, STORE_READ, &r), 0);
	text[0] = '\0';
	assert_int_equal(suppress_store_find(r, &q, add_row, text), 0);
	suppress_store_free(&r);
	return text;
}

/* Accepted, and nobody is asked to deliver it. */
static void
goes_nowhere(const char *to)
{
	uint64_t id = scene_submit(s, "a@shop.test", to);

	SCENE_NONE(s, &s->courier[1], attempt);
	assert_string_equal(scene_facts(s, id + 1), "accepted suppressed");
	assert_int_equal(scene_count(s, "queued"), 0);
}

static void
is_delivered(const char *to)
{
	uint64_t id = scene_submit(s, "a@shop.test", to);

	scene_delivered(s);
	assert_string_equal(scene_facts(s, id + 1), "accepted delivered");
}

static void
test_by_hand(void **state)
{
	struct suppress_change other = MANUAL;

	(void)state;
	scene_up(s);
	is_delivered("ada@remote.test");
	assert_int_equal(add((struct suppress_change)MANUAL), 1);
	assert_int_equal(add((struct suppress_change)MANUAL), 0);
	assert_string_equal(rows(), "ada@remote.test all manual");
	goes_nowhere("Ada@Remote.TEST");
	is_delivered("bob@remote.test");
	assert_int_equal(scene_count(s, "suppressed"), 1);
	other.tenant = 2;
	assert_int_equal(add(other), 1);
	assert_int_equal(take_out((struct suppress_change)NEVER), 1);
	assert_int_equal(take_out((struct suppress_change)NEVER), 0);
	is_delivered("ada@remote.test");
	assert_int_equal(scene_status(s, "suppressions", "addresses"), 1);
}

/* At acceptance: no courier has to be there. */
static void
test_at_once(void **state)
{
	uint64_t id;

	(void)state;
	scene_edge_up(s);
	scene_desk_up(s);
	assert_int_equal(add((struct suppress_change)MANUAL), 1);
	id = scene_submit(s, "a@shop.test", "ada@remote.test bob@remote.test");
	assert_string_equal(scene_facts(s, id + 1), "accepted suppressed");
	assert_string_equal(scene_facts(s, id + 2), "accepted");
	assert_int_equal(scene_count(s, "suppressed"), 1);
	assert_int_equal(scene_count(s, "queued"), 1);
}

static void
is_screened(uint8_t stream, const char *want)
{
	struct msg_text at[] = { { STR_LIT("bob@remote.test") },
		{ STR_LIT("Ada@remote.test") } };
	struct msg_screened m;

	SCENE_TELL(&s->edge, screen, .seq = 5, .tenant = 1, .stream = stream,
		.addresses = { at, 2 });
	m = SCENE_TAKE(s, &s->edge, screened);
	assert_int_equal(m.seq, 5);
	assert_true(str_eq_z(m.listed, want));
}

/* What an edge hears before a submit is what the submit does. */
static void
test_screened(void **state)
{
	struct suppress_change c = MANUAL;

	(void)state;
	scene_edge_up(s);
	scene_desk_up(s);
	is_screened(STREAM_BROADCAST, "00");
	c.scope = SUPPRESS_BROADCAST;
	assert_int_equal(add(c), 1);
	is_screened(STREAM_BROADCAST, "01");
	is_screened(STREAM_TRANSACTIONAL, "00");
}

/* Mail that passes the list for a reason passes it at acceptance, and before each try. */
static void
test_bypass(void **state)
{
	static const struct {
		const char *name;
		uint8_t flags, reason;
		bool goes;
	} table[] = {
		{ "nothing", 0, SUPPRESS_MANUAL, false },
		{ "bounce", MAIL_BYPASS_BOUNCE, SUPPRESS_HARD_BOUNCE, true },
		{ "bounce, of a complaint", MAIL_BYPASS_BOUNCE, SUPPRESS_COMPLAINT, false },
		{ "complaint", MAIL_BYPASS_COMPLAINT, SUPPRESS_COMPLAINT, true },
		{ "complaint, of an unsubscribe", MAIL_BYPASS_COMPLAINT, SUPPRESS_UNSUBSCRIBE,
			false },
		{ "unsubscribe", MAIL_BYPASS_UNSUBSCRIBE, SUPPRESS_UNSUBSCRIBE, true },
		{ "by hand", MAIL_BYPASS_UNSUBSCRIBE, SUPPRESS_MANUAL, true },
		{ "unsubscribe, of a bounce", MAIL_BYPASS_UNSUBSCRIBE, SUPPRESS_HARD_BOUNCE,
			false },
		{ "all", MAIL_BYPASS, SUPPRESS_HARD_BOUNCE, true },
	};

	(void)state;
	scene_up(s);
	TEST_EACH(row, table)
	{
		struct suppress_change c = MANUAL;

		c.reason = row->reason;
		assert_int_equal(add(c), 1);
		scene_make(s, "a@shop.test", "ada@remote.test");
		s->last.flags = row->flags;
		assert_int_equal(scene_answer(s), 250);
		if (row->goes)
			scene_delivered(s);
		assert_string_equal(scene_facts(s, s->last.message + 1),
			row->goes ? "accepted delivered" : "accepted suppressed");
		assert_int_equal(scene_count(s, "queued"), 0);
		assert_int_equal(take_out((struct suppress_change)NEVER), 1);
	}
}

/* The journal keeps the wish, and so does the generation that a start writes. */
static void
test_bypass_kept(void **state)
{
	(void)state;
	scene_edge_up(s);
	scene_desk_up(s);
	assert_int_equal(add((struct suppress_change)MANUAL), 1);
	scene_make(s, "a@shop.test", "ada@remote.test");
	s->last.flags = MAIL_BYPASS_UNSUBSCRIBE;
	assert_int_equal(scene_answer(s), 250);
	for (int time = 0; time < 2; time++) {
		scene_again(s);
		assert_int_equal(scene_count(s, "queued"), 1);
	}
	scene_stop(s);
	scene_start(s);
	scene_up(s);
	scene_delivered(s);
	assert_string_equal(scene_facts(s, s->last.message + 1), "accepted delivered");
}

static void
test_refused(void **state)
{
	struct suppress_change ours = MANUAL;

	(void)state;
	scene_up(s);
	ours.tenant = 0;
	(void)ask(QUERY_SUPPRESS_ADD, ours, 400, NULL);
	(void)ask(QUERY_SUPPRESS_ADD, (struct suppress_change)NEVER, 400, NULL);
	(void)ask(QUERY_SUPPRESS_REMOVE, (struct suppress_change)MANUAL, 400, NULL);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_SUPPRESS_ADD }, 400));
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_SUPPRESS_UNDO }, 400));
	assert_string_equal(rows(), "");
}

/* Some of one message; all of many recipients. */
static void
test_many(void **state)
{
	static char to[250 * 24];
	struct msg_attempt a;
	uint64_t id;
	size_t n = 0;

	(void)state;
	scene_up(s);
	assert_int_equal(add((struct suppress_change)MANUAL), 1);
	id = scene_submit(s, "a@shop.test", "bob@remote.test ada@remote.test eve@remote.test");
	a = scene_attempt(s);
	assert_int_equal(a.rcpts.n, 2);
	assert_int_equal(a.rcpts.at[1].index, 2);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	assert_string_equal(scene_facts(s, id + 2), "accepted suppressed");
	assert_string_equal(scene_facts(s, id + 3), "accepted delivered");
	for (int i = 0; i < 250; i++)
		n += (size_t)snprintf(to + n, sizeof to - n, "%sada@remote.test", i ? " " : "");
	id = scene_submit(s, "a@shop.test", to);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_string_equal(scene_facts(s, id + 250), "accepted suppressed");
	assert_int_equal(scene_count(s, "suppressed"), 251);
}

/* Queued mail meets a suppression of meanwhile at its next try. */
static void
test_queued(void **state)
{
	struct msg_attempt a;
	uint64_t id, both;

	(void)state;
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "ada@remote.test");
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	both = scene_submit(s, "a@shop.test", "bob@remote.test ada@remote.test");
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	assert_int_equal(add((struct suppress_change)MANUAL), 1);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_RETRY }, 200));
	a = scene_attempt(s);
	assert_int_equal(a.message, both);
	assert_int_equal(a.rcpts.n, 1);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_string_equal(scene_facts(s, id + 1), "accepted deferred retried suppressed");
	assert_string_equal(scene_facts(s, both + 2), "accepted deferred retried suppressed");
	assert_int_equal(scene_count(s, "suppressed"), 2);
	assert_int_equal(scene_count(s, "queued"), 0);
	/* The connection goes on. */
	is_delivered("bob@remote.test");
}

/* What a refusal says of the address, and what it does not. */
static void
test_bounces(void **state)
{
	static const struct {
		const char *name;
		struct reply reply;
		bool suppresses;
	} table[] = {
		{ "no such user", { 550, { 5, 1, 1 }, STR_LIT("No such user") }, true },
		{ "our address",
			{ 550, { 5, 7, 1 }, STR_LIT("Blocked by Spamhaus, 127.0.0.2") },
			false },
		{ "our DNS", { 550, { 5, 7, 25 }, STR_LIT("No PTR record") }, false },
		{ "content", { 550, { 5, 7, 1 }, STR_LIT("This looks like spam") }, false },
		{ "full", { 552, { 5, 2, 2 }, STR_LIT("Mailbox full") }, false },
		{ "their server", { 554, { 5, 3, 0 }, STR_LIT("Internal error") }, false },
	};
	struct msg_attempt a;
	char to[60], text[30];

	(void)state;
	scene_up(s);
	TEST_EACH(row, table)
	{
		snprintf(to, sizeof to, "u%d@%c.test", (int)(row - table),
			'a' + (int)(row - table));
		scene_submit(s, "", to);
		a = scene_attempt(s);
		scene_outcome(s, 1, &a, RESULT_BOUNCED, &row->reply);
		if (row->suppresses) {
			snprintf(text, sizeof text, "%s all hard_bounce", to);
			assert_string_equal(rows(), text);
			goes_nowhere(to);
		} else {
			assert_string_equal(rows(), "u0@a.test all hard_bounce");
		}
	}
}

static void
test_incident(void **state)
{
	struct suppress_change c = MANUAL, d = MANUAL;

	(void)state;
	scene_up(s);
	c.incident = d.incident = 77;
	d.address = STR_LIT("bob@remote.test");
	assert_int_equal(add(c), 1);
	assert_int_equal(add(d), 1);
	d.address = STR_LIT("eve@remote.test");
	d.incident = 78;
	assert_int_equal(add(d), 1);
	/* There before the incident: it stays. */
	d.address = STR_LIT("ada@remote.test");
	d.reason = SUPPRESS_COMPLAINT;
	assert_int_equal(add(d), 1);
	assert_int_equal(undo(77), 2);
	assert_string_equal(
		rows(), "eve@remote.test all manual, ada@remote.test all complaint");
	assert_int_equal(undo(77), 0);
	is_delivered("bob@remote.test");
	goes_nowhere("ada@remote.test");
}

/* An undo takes out what was answered before it, also when no row of it was written yet. */
static void
test_undo_waits(void **state)
{
	struct suppress_change c = MANUAL;
	const struct suppress_told none = { 0 };
	const struct msg_query q = { .seq = 99, .op = QUERY_SUPPRESS_UNDO, .id = 77 };
	struct msg_answer a;
	struct buf b;

	(void)state;
	scene_up(s);
	c.incident = 77;
	s->engine->suppress->resting = true;
	engine_suppress_change(s->engine->suppress, (struct spool_suppress){ &c, 1 }, &none);
	scene_settle(s);
	buf_init(&b, 4096);
	assert_int_equal(msg_query_write(&b, &q), 0);
	scene_say(&s->desk, MSG_query, &b);
	buf_done(&b);
	SCENE_NONE(s, &s->desk, answer);
	s->engine->suppress->resting = false;
	engine_suppress_go(s->engine->suppress);
	a = SCENE_TAKE(s, &s->desk, answer);
	assert_int_equal(a.status, 200);
	assert_str(a.json, "{\"changed\":1}");
	assert_string_equal(rows(), "");
	is_delivered("ada@remote.test");
}

/* Only what names the address as the cause, for good. */
static void
test_blame(void **state)
{
	static const struct {
		const char *name;
		struct verdict v;
		int n;
	} table[] = {
		{ "our IP",
			{ .class = CLASS_MAILBOX, .blame = BLAME_OUR_IP, .permanent = true },
			0 },
		{ "quota", { .class = CLASS_QUOTA, .blame = BLAME_ADDRESS, .permanent = true },
			0 },
		{ "for now", { .class = CLASS_MAILBOX, .blame = BLAME_ADDRESS }, 0 },
		{ "the address",
			{ .class = CLASS_MAILBOX, .blame = BLAME_ADDRESS, .permanent = true },
			1 },
	};
	const struct suppress_change of = { .tenant = 1, .address = ADA };

	(void)state;
	scene_up(s);
	TEST_EACH(row, table)
	{
		engine_suppress_bounced(s->engine, &of, &row->v, STR_LIT("remote.test"));
		scene_settle(s);
		assert_int_equal(engine_suppress_count(s->engine), row->n);
	}
}

#define ADA_AND_B "ada@remote.test broadcast unsubscribe, b@x.test transactional complaint"
#define GONE      .group = 7, .url = STR_LIT("group:7")

static void
test_signals(void **state)
{
	static const struct {
		const char *name;
		struct msg_signal m;
		bool is;
		const char *rows;
	} table[] = {
		{ "opened", { .kind = FACT_OPENED, .tenant = 1, .address = ADA }, false, "" },
		{ "unsubscribed",
			{ .kind = FACT_UNSUBSCRIBED, .stream = 1, .tenant = 1, .address = ADA },
			true, "ada@remote.test broadcast unsubscribe" },
		{ "a group that he ticked, and that is gone",
			{ .kind = FACT_UNSUBSCRIBED, .tenant = 1, GONE, .address = ADA }, false,
			"ada@remote.test broadcast unsubscribe" },
		{ "complained",
			{ .kind = FACT_COMPLAINED,
				.tenant = 1,
				.address = STR_LIT("B@x.test") },
			true, ADA_AND_B },
		{ "returned, our fault",
			{ .kind = FACT_RETURNED,
				.tenant = 1,
				.address = STR_LIT("c@x.test"),
				.class = CLASS_REPUTATION,
				.blame = BLAME_OUR_IP },
			false, ADA_AND_B },
		{ "returned, not the address",
			{ .kind = FACT_RETURNED,
				.tenant = 1,
				.address = STR_LIT("c@x.test"),
				.class = CLASS_MAILBOX,
				.blame = BLAME_OUR_IP },
			false, ADA_AND_B },
		{ "returned",
			{ .kind = FACT_RETURNED,
				.tenant = 1,
				.address = STR_LIT("c@x.test"),
				.class = CLASS_MAILBOX,
				.blame = BLAME_ADDRESS },
			true, ADA_AND_B ", c@x.test all hard_bounce" },
		{ "no address", { .kind = FACT_COMPLAINED, .tenant = 1 }, false,
			ADA_AND_B ", c@x.test all hard_bounce" },
	};

	(void)state;
	scene_up(s);
	TEST_EACH(row, table)
	{
		assert_int_equal(engine_suppress_signal(s->engine, &row->m), row->is);
		scene_settle(s);
		assert_string_equal(rows(), row->rows);
	}
	/* Of the other stream it says nothing. */
	is_delivered("ada@remote.test");
	goes_nowhere("b@x.test");
}

/* What was answered is there after a kill. */
static void
test_crash(void **state)
{
	(void)state;
	scene_up(s);
	assert_int_equal(add((struct suppress_change)MANUAL), 1);
	scene_crash(s);
	scene_up(s);
	goes_nowhere("ada@remote.test");
	for (int i = 0; i < 2; i++) {
		struct suppress_change c = MANUAL, gone = NEVER;

		c.address = gone.address =
			i ? STR_LIT("eve@remote.test") : STR_LIT("bob@remote.test");
		assert_int_equal(add(c), 1);
		assert_int_equal(take_out(gone), 1);
		assert_int_equal(add(c), 1);
		scene_crash(s);
		scene_up(s);
		goes_nowhere(i ? "eve@remote.test" : "bob@remote.test");
	}
	assert_string_equal(rows(), "ada@remote.test all manual, bob@remote.test all manual, "
				    "eve@remote.test all manual");
}

static void
unsubscribe(const char *address)
{
	const struct msg_signal m = {
		.kind = FACT_UNSUBSCRIBED, .tenant = 1, .address = str_z(address)
	};

	assert_true(engine_suppress_signal(s->engine, &m));
	scene_settle(s);
}

/* What the rows do not have yet goes from start to start, also when the queue is loaded behind
 * acceptance. */
static void
test_unwritten(void **state)
{
	(void)state;
	scene_up(s);
	s->engine->suppress->resting = true;
	unsubscribe("ada@remote.test");
	assert_int_equal(engine_suppress_waiting(s->engine), 1);
	for (int i = 0; i < 3; i++) {
		s->env.load_bytes = i == 1 ? 1 : 0;
		scene_crash(s);
		scene_up(s);
		assert_int_equal(scene_status(s, "suppressions", "addresses"), 1);
		goes_nowhere("ada@remote.test");
		assert_string_equal(rows(), "ada@remote.test transactional unsubscribe");
	}
}

/* The same through a compaction. */
static void
test_compacted(void **state)
{
	uint64_t generation;

	(void)state;
	scene_up(s);
	s->engine->suppress->resting = true;
	unsubscribe("ada@remote.test");
	generation = journal_generation(s->engine->journal);
	s->engine->compact.min = 1;
	scene_pass(s, 8000000);
	assert_true(journal_generation(s->engine->journal) > generation);
	assert_int_equal(engine_suppress_waiting(s->engine), 1);
	scene_crash(s);
	scene_up(s);
	goes_nowhere("ada@remote.test");
}

/* The rows are gone; the journal still has what it told since its generation began. */
static void
test_rows_gone(void **state)
{
	static const char *const tails[] = { "", "-wal", "-shm" };
	char file[700];

	(void)state;
	scene_up(s);
	assert_int_equal(add((struct suppress_change)MANUAL), 1);
	/* The second time it is only in what the start wrote into its new generation. */
	for (int time = 0; time < 2; time++) {
		scene_stop(s);
		for (size_t i = 0; i < TEST_COUNT(tails); i++) {
			snprintf(file, sizeof file, "%s/" SUPPRESS_FILE "%s", s->paths.state,
				tails[i]);
			(void)unlink(file);
		}
		scene_start(s);
		scene_up(s);
		goes_nowhere("ada@remote.test");
		assert_string_equal(rows(), "ada@remote.test all manual");
	}
}

/* The engine stops, and rows of its 3000 are damaged. */
static void
damage(void)
{
	char file[700], text[40];
	struct msg_signal m = { .kind = FACT_UNSUBSCRIBED, .tenant = 1 };
	FILE *f;

	scene_up(s);
	for (int i = 0; i < 3000; i++) {
		snprintf(text, sizeof text, "u%d@remote.test", i);
		m.address = str_z(text);
		assert_true(engine_suppress_signal(s->engine, &m));
		if (i % 500 == 499)
			scene_settle(s);
	}
	assert_true(rows()[0] != '\0');
	snprintf(file, sizeof file, "%s/" SUPPRESS_FILE, s->paths.state);
	/* A start behind them: the journal has them no more. */
	scene_stop(s);
	scene_start(s);
	scene_stop(s);
	f = fopen(file, "r+");
	assert_non_null(f);
	/* The header and the first pages stay; behind them are rows and index. */
	assert_int_equal(fseek(f, 4096 * 30, SEEK_SET), 0);
	for (int i = 0; i < 4096 * 20; i++)
		fputc(0xa5, f);
	fclose(f);
}

/* The rows are damaged: what can be read of them stays. */
static void
test_damaged(void **state)
{
	struct suppress_change c = MANUAL;
	char file[700];

	(void)state;
	damage();
	scene_start(s);
	scene_up(s);
	snprintf(file, sizeof file, "%s/" SUPPRESS_FILE ".damaged", s->paths.state);
	assert_int_equal(access(file, F_OK), 0);
	assert_in_range(scene_status(s, "suppressions", "addresses"), 500, 3000);
	goes_nowhere("u0@remote.test");
	c.address = STR_LIT("new@remote.test");
	assert_int_equal(add(c), 1);
}

enum { KILLED = 99 };

/* A start that ends at its nth durable call. */
static int
started_until(unsigned nth)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		s->loop = loop_new(&s->clock); /* the other one is the parent's */
		s->flusher = flusher_new(s->loop, true);
		file_fault_arm(FILE_FAULT_KILL, nth, 0);
		scene_start(s);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Whenever the machine goes down while they are mended, the next start has them all. */
static void
test_damaged_killed(void **state)
{
	char base[600], next[600];
	size_t all = 0;
	unsigned nth = 0;
	int end = KILLED;

	(void)state;
	if (!FILE_FAULT_HERE)
		return;
	damage();
	snprintf(base, sizeof base, "%s", s->paths.state);
	for (; end == KILLED; nth++) {
		snprintf(next, sizeof next, "%s/mend-%u", s->first, nth);
		scene_copy(base, next);
		assert_int_equal(role_paths(&s->paths, str_z(next)), 0);
		if (nth > 0)
			end = started_until(nth);
		scene_start(s);
		if (nth == 0)
			all = engine_suppress_count(s->engine);
		assert_in_range(all, 500, 3000);
		assert_int_equal(engine_suppress_count(s->engine), all);
		scene_stop(s);
	}
	assert_int_equal(end, 0);
	assert_in_range(nth, 5, 100);
	scene_start(s);
}

/* The file is of before there were lists, with rows for three slices. */
static void
make_old(void)
{
	static const char *const steps[] = { "", "", "" };
	static const struct store_schema schema = { steps, 3, false };
	static const char *const sql[] = {
		"DELETE FROM listed",
		"UPDATE progress SET applied = 0 WHERE one = 2",
		"WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
		" WHERE n < 45000) INSERT INTO suppression (tenant, address, scope, reason,"
		" message, incident, at, note) SELECT 1, 'u' || n || '@remote.test', 0, 4, 0, "
		"0,"
		" 0, '' FROM c",
	};
	struct store *store;
	char file[700];

	snprintf(file, sizeof file, "%s/" SUPPRESS_FILE, s->paths.state);
	assert_int_equal(store_open(file, STORE_WRITE, &schema, &store), 0);
	for (size_t i = 0; i < TEST_COUNT(sql); i++)
		assert_int_equal(store_run(store, sql[i], NULL, NULL, ""), 0);
	store_free(&store);
}

/* A start with many rows to list says to the keeper that it gets on: after each slice but the
 * last, while the set is read, and its first word. */
static void
test_alive(void **state)
{
	unsigned beats = 0;
	char d[8];
	int fd[2];

	(void)state;
	scene_stop(s);
	make_old();
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	s->env.link_fd = fd[0];
	s->hasty = true;
	scene_start(s);
	while (recv(fd[1], d, sizeof d, 0) > 0)
		beats += d[0] == LINK_BEAT;
	assert_in_range(beats, 4, 100);
	assert_int_equal(engine_suppress_count(s->engine), 45000);
	scene_stop(s);
	close(fd[1]);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, up, down)

TEST_MAIN(T(test_by_hand), T(test_at_once), T(test_screened), T(test_bypass),
	T(test_bypass_kept), T(test_refused), T(test_many), T(test_queued), T(test_bounces),
	T(test_incident), T(test_undo_waits), T(test_blame), T(test_signals), T(test_crash),
	T(test_unwritten), T(test_compacted), T(test_rows_gone), T(test_damaged),
	T(test_damaged_killed), T(test_alive))
