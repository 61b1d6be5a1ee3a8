/* Few live bodies of old extents are carried forward, and the extents go; whatever happens. */
#include "role/engine_scene.h"

#include "io/file.h"
#include "io/file_fault.h"

#include <errno.h>
#include <sys/stat.h>

#define EXTENTS  3 /* old ones; one more is the newest */
#define EACH     4 /* messages in each; the first of them stays */
#define MINUTE   UINT64_C(61000000)
#define DEADLINE 4000 /* steps of the loop */

static struct scene *s;
static uint64_t kept[EXTENTS + 1]; /* messages that stay */

static int
up(void **state)
{
	(void)state;
	test_row = NULL;
	s = scene_new(false);
	s->config.keep_content_us = (int64_t)SCENE_HOUR;
	scene_start(s);
	s->engine->carry.min = 1u << 20;
	return 0;
}

static int
down(void **state)
{
	test_after(state);
	scene_free(s);
	return 0;
}

/* The files are as old as the fake clock says, not as the real one does. */
static void
age_one(void *ctx, uint32_t extent, uint64_t size, int64_t changed)
{
	char path[700];
	struct timespec t[2] = { { .tv_sec = clock_wall(&s->clock) / 1000000 } };

	(void)ctx;
	(void)size;
	(void)changed;
	t[1] = t[0];
	snprintf(path, sizeof path, "%s/%02x/%06x.ext", s->paths.spool, extent >> 24,
		extent & 0xffffff);
	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

static void
age_all(void)
{
	assert_int_equal(extent_each(s->paths.spool, age_one, NULL), 0);
}

static void
hold(uint16_t op, const char *address)
{
	json_decref(
		scene_ask(s, &(struct msg_query){ .op = op, .address = str_z(address) }, 200));
}

/* Old extents with one held message each, the others delivered. */
static void
make_old(void)
{
	scene_edge_up(s);
	scene_desk_up(s);
	for (int x = 0; x <= EXTENTS; x++) {
		for (int i = 0; i < (x < EXTENTS ? EACH : 1); i++) {
			uint64_t id = scene_submit(
				s, "a@shop.test", i ? "b@remote.test" : "stay@other.test");

			kept[x] = i ? kept[x] : id;
		}
		extent_writer_free(&s->writer);
		assert_int_equal(extent_writer_open(s->paths.spool, 1, s->edge_boot, s->flusher,
					 &s->writer),
			0);
	}
	hold(QUERY_HOLD, "stay@other.test");
	scene_courier_hello(s, 1, NULL, 0);
	for (int i = 0; i < EXTENTS * (EACH - 1); i++)
		scene_delivered(s);
	age_all();
	/* The tick of the minute comes with the next step. */
	clock_pass(&s->clock, 2 * SCENE_HOUR);
}

static bool
pass_over(void)
{
	return !s->engine->carry.on && s->engine->carry.bodies > 0;
}

/* One minute's tick, and what follows from it. */
static void
carry(void)
{
	scene_pass(s, MINUTE);
	for (int i = 0; i < DEADLINE && !pass_over(); i++) {
		clock_pass(&s->clock, 10000);
		scene_step(s);
	}
	scene_settle(s);
}

static void
count_one(void *ctx, uint32_t extent, uint64_t size, int64_t changed)
{
	unsigned *n = ctx;

	(void)size;
	(void)changed;
	n[extent >> 24 ? 1 : 0]++;
}

static unsigned
extents(bool of_edge)
{
	unsigned n[2] = { 0, 0 };

	assert_int_equal(extent_each(s->paths.spool, count_one, n), 0);
	return n[of_edge];
}

/* Every message that stays is there, and its body is what it was. */
static unsigned
check_bodies(void)
{
	struct extent_reader *r = extent_reader_new(s->paths.spool);
	unsigned carried = 0;

	for (int x = 0; x <= EXTENTS; x++) {
		const struct q_message *m = queue_message(s->engine->queue, kept[x]);

		assert_non_null(m);
		const struct extent_place p = { m->extent, m->length, m->offset, m->hash };

		assert_int_equal(extent_verify(r, &p), 0);
		carried += m->extent >> 24 == 0;
	}
	extent_reader_free(&r);
	return carried;
}

static long
metric_of(const char *name)
{
	struct buf b;
	long n = -1;

	buf_init(&b, 1u << 20);
	engine_metrics(s->engine, &b);
	buf_put_c(&b, '\0');
	for (const char *at = b.p; (at = strstr(at, name)) != NULL; at++)
		if (at[-1] == '\n')
			n = strtol(at + strlen(name), NULL, 10);
	buf_done(&b);
	return n;
}

static void
test_carried(void **state)
{
	struct msg_attempt a;

	(void)state;
	make_old();
	carry();
	assert_int_equal(check_bodies(), EXTENTS);
	assert_int_equal(extents(true), 1);
	assert_int_equal(extents(false), 1);
	assert_int_equal(metric_of("facteur_carried_bodies_total "), EXTENTS);
	assert_int_equal(metric_of("facteur_carry_damaged_total "), 0);
	/* Across restarts: by MOVED, then by LIVE. */
	for (int i = 0; i < 2; i++) {
		scene_crash(s);
		assert_int_equal(s->engine->replay_bad, 0);
		assert_int_equal(check_bodies(), EXTENTS);
	}
	scene_up(s);
	hold(QUERY_RELEASE, "stay@other.test");
	for (int i = 0; i <= EXTENTS; i++) {
		a = scene_attempt(s);
		scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	}
	assert_int_equal(scene_count(s, "delivered"), EXTENTS * EACH + 1);
}

static void
test_not_carried(void **state)
{
	static const struct {
		const char *name;
		int64_t keep_us; /* how long content is kept */
		uint64_t min;
		uint64_t reserve; /* of the disk: huge = the disk is full */
		bool busy;        /* a courier has them in hand */
	} table[] = {
		{ "not old enough", 90 * (int64_t)SCENE_HOUR, 1u << 20, 1, false },
		{ "too little to gain", (int64_t)SCENE_HOUR, 64u << 20, 1, false },
		{ "too full to gain", (int64_t)SCENE_HOUR, 1u << 20, UINT64_C(1) << 60, false },
		{ "an attempt reads them", (int64_t)SCENE_HOUR, 1u << 20, 1, true },
	};

	(void)state;
	make_old();
	TEST_EACH(row, table)
	{
		s->config.keep_content_us = row->keep_us;
		s->engine->carry.min = row->min;
		s->config.limits.disk_reserve_bytes = row->reserve;
		if (row->busy)
			hold(QUERY_RELEASE, "stay@other.test");
		scene_pass(s, 2 * MINUTE);
		assert_int_equal(s->engine->carry.bodies, 0);
		assert_int_equal(check_bodies(), 0);
		assert_int_equal(extents(true), EXTENTS + 1);
	}
	/* The attempt is over: now they go. */
	for (int i = 0; i <= EXTENTS; i++) {
		struct msg_attempt a = scene_attempt(s);

		scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	}
	carry();
	assert_int_equal(check_bodies(), EXTENTS);
	assert_int_equal(extents(true), 1);
}

/* A disk near its ceiling does not wait for keep.content. */
static void
test_tight(void **state)
{
	int64_t left = file_free_bytes(s->paths.spool);

	(void)state;
	s->config.keep_content_us = 90 * (int64_t)SCENE_HOUR;
	make_old();
	assert_true(left > 0);
	s->config.limits.disk_reserve_bytes = (uint64_t)left / 3;
	carry();
	assert_int_equal(check_bodies(), EXTENTS);
	assert_int_equal(extents(true), 1);
}

/* A backup's word: what it needs, of this hold. */
static json_int_t
needs(json_int_t token, enum query_backup what, unsigned status)
{
	json_t *j = scene_ask(s,
		&(struct msg_query){
			.op = QUERY_BACKUP, .after = (uint64_t)token, .limit = (uint32_t)what },
		status);
	json_int_t got = json_integer_value(json_object_get(j, "hold"));

	if (token && status == 200) {
		struct journal_position at = journal_position(s->engine->journal);

		assert_true(at.generation > 0 && at.offset > 0);
		assert_int_equal(
			json_integer_value(json_object_get(j, "generation")), at.generation);
		assert_int_equal(json_integer_value(json_object_get(j, "offset")), at.offset);
	}
	json_decref(j);
	return got;
}

/* While a backup reads nothing goes; when it is silent, ends or costs the disk, all as before.
 */
static void
test_backup_holds(void **state)
{
	static const struct {
		const char *name;
		bool ends, silent, tight;
	} table[] = { { "ends", true, false, false }, { "silent", false, true, false },
		{ "the disk fills", false, false, true } };
	int64_t left = file_free_bytes(s->paths.spool);
	const struct config was = s->config;

	(void)state;
	TEST_EACH(row, table)
	{
		unsigned n;
		json_int_t token;

		make_old();
		n = extents(true);
		token = needs(0, BACKUP_NEEDS_ALL, 200);
		assert_true(token > 0);
		(void)needs(0, BACKUP_NEEDS_ALL, 409);
		(void)needs(token + 1, BACKUP_NEEDS_ALL, 409);
		assert_true(engine_backup_holds_journal(s->engine));
		for (int i = 0; i < 5; i++) {
			scene_pass(s, MINUTE / 2);
			(void)needs(token, BACKUP_NEEDS_BODIES, 200);
		}
		assert_false(engine_backup_holds_journal(s->engine));
		assert_int_equal(extents(true), n);
		assert_int_equal(s->engine->carry.bodies, 0);
		if (row->ends)
			(void)needs(token, BACKUP_NEEDS_NOTHING, 200);
		if (row->tight)
			s->config.limits.disk_reserve_bytes = (uint64_t)left / 3;
		carry();
		(void)needs(token, BACKUP_NEEDS_BODIES, 409);
		assert_true(extents(true) < n);
		s->config.limits = was.limits;
		scene_free(s);
		(void)up(NULL);
	}
}

static void
spoil(uint32_t extent, uint64_t offset)
{
	char path[700];
	int fd;

	snprintf(path, sizeof path, "%s/%02x/%06x.ext", s->paths.spool, extent >> 24,
		extent & 0xffffff);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "?", 1, (off_t)offset + 3), 1);
	close(fd);
	age_all();
}

static void
test_damaged(void **state)
{
	const struct q_message *m;
	struct msg_attempt a;

	(void)state;
	make_old();
	m = queue_message(s->engine->queue, kept[1]);
	assert_non_null(m);
	spoil(m->extent, m->offset);
	clock_pass(&s->clock, 2 * SCENE_HOUR);
	carry();
	assert_int_equal(metric_of("facteur_carry_damaged_total "), 1);
	assert_int_equal(scene_count(s, "quarantined"), 1);
	assert_int_equal(scene_count(s, "held"), EXTENTS);
	assert_string_equal(scene_facts(s, kept[1] + 1), "accepted held quarantined");
	/* Its sender hears of it. */
	a = scene_attempt(s);
	assert_true(a.flags & MAIL_DSN);
	assert_str(a.rcpts.at[0].address, "a@shop.test");
}

/* Another engine on a copy of the folder as it is now; the one at work does not move. */
static void
look_at_copy(unsigned n)
{
	struct scene was = *s;
	char next[600];

	snprintf(next, sizeof next, "%s/step-%u", s->first, n);
	scene_copy(s->paths.state, next);
	assert_int_equal(role_paths(&s->paths, str_z(next)), 0);
	s->loop = loop_new(&s->clock);
	s->flusher = flusher_new(s->loop, true);
	scene_start(s);
	(void)check_bodies();
	assert_int_equal(s->engine->replay_bad, 0);
	engine_free(&s->engine);
	extent_writer_free(&s->writer);
	log_free(&s->env.log);
	flusher_free(&s->flusher);
	loop_free(&s->loop);
	s->paths = was.paths;
	s->loop = was.loop;
	s->flusher = was.flusher;
	s->engine = was.engine;
	s->writer = was.writer;
	s->env.log = was.env.log;
}

/* Into the pass, as far as the test wants: one step of the loop. */
static void
step(void)
{
	clock_pass(&s->clock, s->engine->carry.on ? 2500 : 250000);
	scene_step(s);
}

/* A kill at any step of the loop. */
static void
test_killed_anywhere(void **state)
{
	unsigned looks = 0;

	(void)state;
	make_old();
	for (int i = 0; i < DEADLINE && extents(true) > 1; i++) {
		step();
		if (s->engine->carry.on || pass_over())
			look_at_copy(looks++);
	}
	assert_true(looks > 5);
	assert_int_equal(extents(true), 1);
	assert_int_equal(check_bodies(), EXTENTS);
}

/* The engine ends in the middle of a pass: everything in flight is freed. */
static void
test_freed_in_between(void **state)
{
	(void)state;
	make_old();
	for (int i = 0; i < DEADLINE && s->engine->carry.in_flight == 0; i++)
		step();
	assert_true(s->engine->carry.in_flight > 0);
	scene_stop(s);
	scene_start(s);
	(void)check_bodies();
}

/* A full disk is said once when it comes and once when it goes, to edges as in the log. */
static void
test_disk_full_once(void **state)
{
	static const struct {
		const char *name;
		unsigned part; /* reserve = what is free × 100 / part */
		bool full, told;
	} table[] = {
		{ "much free", 1000, false, false },
		{ "full", 50, true, true },
		{ "full still", 50, true, false },
		{ "hardly above the reserve", 102, true, false },
		{ "hardly below it again", 98, true, false },
		{ "free again", 1000, false, true },
		{ "free still", 1000, false, false },
	};

	(void)state;
	scene_up(s);
	TEST_EACH(row, table)
	{
		uint64_t left = (uint64_t)file_free_bytes(s->paths.journal);
		struct str p;

		s->config.limits.disk_reserve_bytes = left / row->part * 100;
		scene_pass(s, 3000000);
		for (int i = 0; i < 3; i++) {
			scene_make(s, "a@shop.test", "b@remote.test");
			assert_int_equal(scene_answer(s), row->full ? 452 : 250);
		}
		assert_int_equal(scene_take(s, &s->edge, MSG_edge_state, &p), row->told);
		assert_false(scene_take(s, &s->edge, MSG_edge_state, &p));
	}
}

static void
test_alert(void **state)
{
	static const struct {
		const char *name;
		uint64_t at_s;
		bool bad, said;
	} table[] = {
		{ "good from the start", 1, false, false },
		{ "bad", 2, true, true },
		{ "bad again", 3, true, false },
		{ "good for a moment", 4, false, false },
		{ "bad in between", 9, true, false },
		{ "good, too soon", 18, false, false },
		{ "good for long", 19, false, true },
		{ "good still", 20, false, false },
		{ "bad once more", 21, true, true },
	};
	struct role_alert a = { 0 };

	(void)state;
	TEST_EACH(row, table)
	{
		uint64_t now = row->at_s * 1000000;

		assert_int_equal(row->bad ? role_alert_bad(&a, now) : role_alert_good(&a, now),
			row->said);
	}
}

/* ---- each durable call of a pass fails or ends the process */

enum { NOT_FIRED = 0, SURVIVED = 3, FATAL = 70, KILLED = 99 };

static void
child(enum file_fault_kind kind, uint64_t nth, int err)
{
	s->loop = loop_new(&s->clock); /* the other one is the parent's */
	s->flusher = flusher_new(s->loop, true);
	scene_start(s);
	s->engine->carry.min = 1u << 16; /* what a failure leaves behind is worth a pass too */
	scene_up(s);
	clock_pass(&s->clock, 2 * SCENE_HOUR);
	file_fault_arm(kind, nth, err);
	carry();
	if (!file_fault_fired())
		_exit(NOT_FIRED);
	file_fault_arm(FILE_FAULT_NONE, 0, 0);
	/* Alive: it must mend itself. */
	for (int i = 0; i < 5 && extents(true) > 1; i++)
		carry();
	_exit(check_bodies() == EXTENTS && extents(true) == 1 ? SURVIVED : 1);
}

static int
in_child(enum file_fault_kind kind, uint64_t nth, int err)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		child(kind, nth, err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
test_each_call_fails(void **state)
{
	static const struct {
		const char *name;
		enum file_fault_kind kind;
		int err;
	} table[] = {
		{ "dies", FILE_FAULT_KILL, 0 },
		{ "EIO, torn", FILE_FAULT_TORN, EIO },
		{ "no space", FILE_FAULT_CALL, ENOSPC },
		{ "short", FILE_FAULT_SHORT, 0 },
	};
	char base[600], next[600];
	unsigned runs = 0;

	(void)state;
	if (!FILE_FAULT_HERE)
		return;
	make_old();
	scene_stop(s);
	snprintf(base, sizeof base, "%s", s->paths.state);
	TEST_EACH(row, table)
	{
		int how = -1;

		for (uint64_t n = test_first(); how != NOT_FIRED; n += test_stride()) {
			assert_true(n < 500);
			snprintf(next, sizeof next, "%s/fault-%u", s->first, ++runs);
			scene_copy(base, next);
			assert_int_equal(role_paths(&s->paths, str_z(next)), 0);
			how = in_child(row->kind, n, row->err);
			assert_true(how == NOT_FIRED || how == SURVIVED || how == KILLED ||
				    how == FATAL);
			scene_start(s);
			(void)check_bodies();
			assert_int_equal(s->engine->replay_bad + s->engine->replay.damaged, 0);
			scene_stop(s);
		}
	}
	scene_start(s);
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_carried), ENGINE_TEST(test_not_carried), ENGINE_TEST(test_tight),
	ENGINE_TEST(test_backup_holds), ENGINE_TEST(test_damaged),
	ENGINE_TEST(test_killed_anywhere), ENGINE_TEST(test_freed_in_between),
	ENGINE_TEST(test_disk_full_once), TEST(test_alert), ENGINE_TEST(test_each_call_fails))
