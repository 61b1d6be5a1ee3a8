#include "io/disk_scene.h"

#include "base/must.h"
#include "wire/record.h"

#include <fcntl.h>

#define RECORDS 50

/* ---- running ---- */

static void
test_restart(void **state)
{
	struct scene *s = mem_new(1, sizeof *s);
	const char *dir = scene_dir();
	uint64_t generation = 0;
	unsigned sum = 0;

	(void)state;
	for (int life = 0; life < 6; life++) {
		assert_int_equal(scene_open(s, dir, life % 2), 0);
		assert_true(journal_generation(s->journal) > generation);
		assert_int_equal(s->replay.generation, generation);
		assert_int_equal(s->replay.records, sum);
		assert_int_equal(s->replay.damaged, 0);
		assert_false(s->replay.tail_cut);
		assert_int_equal(s->next, sum);
		assert_int_equal(s->corrupt + scene_bad_bodies(s), 0);
		/* NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): read in the next life */
		generation = journal_generation(s->journal);
		for (int i = 0; i < 200; i++, sum++) {
			scene_submit(s);
			if (i == 50 || i == 120) {
				assert_int_equal(scene_compact(s), 0);
				assert_int_equal(journal_begin(s->journal), -EALREADY);
			}
			if (i % 10 == 0)
				loop_step(s->loop, 1000);
			if (i == 100)
				scene_settle(s, (unsigned)i + 1);
		}
		scene_settle(s, 200);
		assert_int_equal(s->errors, 0);
		assert_int_equal(journal_unflushed(s->journal), 0);
		generation = journal_generation(s->journal);
		scene_close(s);
	}
	mem_free(s);
	test_dir_done();
}

static void
count_record(void *ctx, uint16_t type, struct str payload)
{
	(void)payload;
	*(unsigned *)ctx += type;
}

static void
test_first_start(void **state)
{
	struct clock clock;
	struct loop *l;
	struct flusher *f;
	struct journal *j;
	struct journal_replay r;
	unsigned types = 0;

	(void)state;
	clock_real(&clock);
	l = loop_new(&clock);
	f = flusher_new(l, true);
	assert_int_equal(
		journal_open(
			&(struct journal_conf){ .dir = scene_dir(), .loop = l, .flusher = f },
			count_record, &types, &j, &r),
		0);
	assert_int_equal(r.generation, 0);
	assert_int_equal(journal_append(j, 1, STR_LIT("x"), NULL), -EAGAIN);
	assert_int_equal(journal_begin(j), 0);
	assert_int_equal(journal_append(j, 1, STR_LIT("x"), NULL), 0);
	assert_int_equal(journal_append(j, 1, str_of("", RECORD_MAX + 1), NULL), -E2BIG);
	assert_int_equal(journal_generation(j), 0);
	journal_free(&j);
	flusher_free(&f);
	loop_free(&l);
	test_dir_done();
}

/* A record nobody waits for is flushed all the same. */
static void
test_unasked(void **state)
{
	struct scene *s = mem_new(1, sizeof *s);
	uint64_t until;

	(void)state;
	assert_int_equal(scene_open(s, scene_dir(), false), 0);
	assert_int_equal(journal_append(s->journal, 9, STR_LIT("x"), NULL), 0);
	assert_true(journal_unflushed(s->journal) > 0);
	until = clock_mono(&s->clock) + 2000000;
	while (journal_unflushed(s->journal) && clock_mono(&s->clock) < until)
		loop_step(s->loop, 1000);
	assert_int_equal(journal_unflushed(s->journal), 0);
	scene_close(s);
	mem_free(s);
	test_dir_done();
}

struct asked {
	struct journal_wait wait;
	bool done;
};

static void
asked_done(void *ctx, int err)
{
	struct asked *a = ctx;

	assert_int_equal(err, 0);
	a->done = true;
}

static void
ask(struct journal *j, struct asked *a, bool patient)
{
	*a = (struct asked){ .wait = { .done = asked_done, .ctx = a, .patient = patient } };
	list_init(&a->wait.link);
	assert_int_equal(journal_append(j, 9, STR_LIT("x"), &a->wait), 0);
}

static void
committed(void *ctx, int err)
{
	assert_int_equal(err, 0);
	*(bool *)ctx = true;
}

static void
rounds(struct loop *l, unsigned n)
{
	while (n-- > 0)
		loop_step(l, 0);
}

/* A switch to a new generation, with one more patient append at each of its rounds. */
static void
switch_with(struct loop *l, struct journal *j, struct asked *a, unsigned at)
{
	bool done = false;

	assert_int_equal(journal_begin(j), 0);
	journal_commit(j, committed, &done);
	for (unsigned i = 0; i < 20; i++) {
		if (i == at)
			ask(j, a, true);
		rounds(l, 1);
	}
	assert_true(done);
}

/* What has time waits 2 ms or goes with what has not; whatever came before it, what is urgent
 * is flushed without the clock moving. */
static void
test_patient(void **state)
{
	struct clock clock;
	struct flusher *f;
	struct journal *j;
	struct journal_replay r;
	struct asked a, b, c;
	struct loop *l;
	unsigned types = 0;
	bool done = false;

	(void)state;
	clock_fake(&clock, 1000000, 0);
	l = loop_new(&clock);
	f = flusher_new(l, true);
	assert_int_equal(
		journal_open(
			&(struct journal_conf){ .dir = scene_dir(), .loop = l, .flusher = f },
			count_record, &types, &j, &r),
		0);
	assert_int_equal(journal_begin(j), 0);
	ask(j, &a, true); /* answered by the first commit */
	journal_commit(j, committed, &done);
	rounds(l, 20);
	assert_true(done && a.done);

	ask(j, &a, true);
	rounds(l, 5);
	assert_false(a.done);
	clock_pass(&clock, 1000);
	ask(j, &b, true); /* does not put the flush off */
	clock_pass(&clock, 1000);
	rounds(l, 5);
	assert_true(a.done && b.done);

	ask(j, &a, true);
	ask(j, &b, false);
	rounds(l, 5);
	assert_true(a.done && b.done);

	assert_int_equal(journal_append(j, 9, STR_LIT("x"), NULL), 0);
	ask(j, &a, true); /* 2 ms, not the 100 of the other */
	clock_pass(&clock, 2000);
	rounds(l, 5);
	assert_true(a.done);

	for (unsigned at = 0; at < 10; at++) {
		ask(j, &a, true);
		switch_with(l, j, &b, at);
		ask(j, &c, false);
		rounds(l, 5);
		assert_true(a.done && b.done && c.done);
		ask(j, &a, true);
		rounds(l, 5);
		assert_false(a.done);
		clock_pass(&clock, 2000);
		rounds(l, 5);
		assert_true(a.done);
	}
	journal_free(&j);
	flusher_free(&f);
	loop_free(&l);
	test_dir_done();
}

static int
wait_for_byte(void *ctx)
{
	char c;

	return read(*(int *)ctx, &c, 1) == 1 ? 0 : -EIO;
}

static void
no_answer(void *ctx, int err)
{
	(void)ctx;
	assert_int_equal(err, 0);
}

/* What is urgent and came while the flusher was busy is flushed next, although patient records
 * came behind it. */
static void
test_patient_behind(void **state)
{
	struct scene *s = mem_new(1, sizeof *s);
	struct asked a, b, c;
	struct clock fake;
	uint64_t until;
	int p[2];
	struct flush_job slow = { .work = wait_for_byte, .ctx = &p[0], .done = no_answer };

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(scene_open(s, scene_dir(), false), 0);
	fake = s->clock;
	until = clock_mono(&fake) + 20000000;
	clock_fake(&s->clock, clock_mono(&fake), clock_wall(&fake));
	flusher_add(s->flusher, &slow);
	ask(s->journal, &a, false);
	rounds(s->loop, 3); /* on its way */
	ask(s->journal, &b, false);
	rounds(s->loop, 3);
	ask(s->journal, &c, true);
	assert_int_equal(journal_append(s->journal, 9, STR_LIT("x"), NULL), 0);
	assert_int_equal(write(p[1], "x", 1), 1);
	while (!(a.done && b.done && c.done) && clock_mono(&fake) < until)
		loop_step(s->loop, 1000);
	assert_true(a.done && b.done && c.done);
	close(p[0]);
	close(p[1]);
	scene_close(s);
	mem_free(s);
	test_dir_done();
}

/* ---- faults ---- */

/* Submits and compacts whatever happens; a broken journal restarts, as the keeper would. */
static bool
run_with_fault(
	struct scene *s, const char *dir, enum file_fault_kind kind, uint64_t nth, int err)
{
	bool fired;

	file_fault_arm(kind, nth, err);
	if (!scene_open(s, dir, true)) {
		for (unsigned i = 0, want = s->answers; i < 30; i++) {
			scene_submit(s);
			want++;
			if (i == 10)
				(void)scene_compact(s);
			if (i % 3 == 0)
				loop_step(s->loop, 0);
			if (i == 20)
				scene_settle(s, want);
		}
		while (s->answers < 30 || s->commit_err == 1)
			loop_step(s->loop, 0);
	}
	scene_close(s);
	fired = file_fault_fired();
	file_fault_arm(FILE_FAULT_NONE, 0, 0);
	return fired;
}

static void
check_after_fault(struct scene *before, struct scene *s, const char *dir)
{
	assert_int_equal(scene_open(s, dir, true), 0);
	for (unsigned id = 0; id < before->next; id++) {
		if (before->m[id].acked)
			assert_true(s->m[id].known);
	}
	assert_true(s->next <= before->next);
	assert_int_equal(s->corrupt + scene_bad_bodies(s), 0);
	/* It recovered: mail is accepted again. */
	scene_submit(s);
	scene_settle(s, 1);
	assert_int_equal(s->errors, 0);
	scene_close(s);
}

static void
test_faults(void **state)
{
	static const struct {
		const char *name;
		enum file_fault_kind kind;
		int err;
	} table[] = {
		{ "EIO once", FILE_FAULT_CALL, EIO },
		{ "ENOSPC once", FILE_FAULT_CALL, ENOSPC },
		{ "EIO from there on", FILE_FAULT_FROM, EIO },
		{ "ENOSPC from there on", FILE_FAULT_FROM, ENOSPC },
		{ "EMFILE once", FILE_FAULT_CALL, EMFILE },
		{ "EIO behind half a write", FILE_FAULT_TORN, EIO },
		{ "ENOSPC behind half a write", FILE_FAULT_TORN, ENOSPC },
		{ "short write", FILE_FAULT_SHORT, 0 },
	};
	struct scene *a = mem_new(1, sizeof *a), *b = mem_new(1, sizeof *b);

	(void)state;
	if (!SCENE_FAULTS)
		skip();
	TEST_EACH(row, table)
	{
		bool fired = true;
		unsigned n;

		for (n = test_first(); fired; n += test_stride()) {
			const char *dir = scene_dir();

			fired = run_with_fault(a, dir, row->kind, n, row->err);
			if (fired && row->kind == FILE_FAULT_SHORT)
				assert_int_equal(a->errors, 0);
			check_after_fault(a, b, dir);
			test_dir_done();
		}
		assert_true(n > 60);
	}
	mem_free(a);
	mem_free(b);
}

/* The process ends at call N: what it had answered, it told through the pipe. */
static void
run_until_killed(const char *dir, uint64_t nth, int out)
{
	struct scene *s = mem_new(1, sizeof *s);

	file_fault_arm(FILE_FAULT_KILL, nth, 0);
	if (!scene_open(s, dir, true))
		for (unsigned i = 0; i < 30; i++) {
			scene_submit(s);
			if (i == 10)
				(void)scene_compact(s);
			loop_step(s->loop, 0);
			for (unsigned id = 0; id < s->next; id++)
				if (s->m[id].acked)
					must(write(out, &id, sizeof id) == sizeof id);
		}
	_exit(0);
}

static void
test_kills(void **state)
{
	struct scene *s = mem_new(1, sizeof *s);
	int status = 1;

	(void)state;
	if (!SCENE_FAULTS)
		skip();
	for (unsigned n = test_first(); status; n += test_stride()) {
		const char *dir = scene_dir();
		bool acked[64] = { false };
		unsigned id;
		int p[2];
		pid_t pid;

		assert_int_equal(pipe(p), 0);
		pid = fork();
		if (!pid)
			run_until_killed(dir, n, p[1]);
		close(p[1]);
		while (read(p[0], &id, sizeof id) == sizeof id)
			acked[id % 64] = true;
		close(p[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && (!status || WEXITSTATUS(status) == 99));
		assert_int_equal(scene_open(s, dir, true), 0);
		for (id = 0; id < 64; id++)
			if (acked[id])
				assert_true(s->m[id].known);
		assert_int_equal(s->corrupt + scene_bad_bodies(s), 0);
		scene_close(s);
		test_dir_done();
	}
	mem_free(s);
}

/* ---- damage ---- */

struct damage {
	unsigned char *p;
	size_t n;
	size_t at[RECORDS + 1]; /* where each record begins; the last: the end */
};

static void
journal_path(char *dst, size_t size, const struct scene *s, uint64_t generation)
{
	snprintf(dst, size, "%s/journal.%016llx", s->journal_dir,
		(unsigned long long)generation);
}

/* Writes 50 records; reads the file back and where they lie. */
static uint64_t
make_journal(struct scene *s, const char *dir, struct damage *d)
{
	struct buf b;
	char path[720];
	size_t size = RECORD_FILE_HEAD;
	uint64_t generation, marked;

	assert_int_equal(scene_open(s, dir, true), 0);
	/* The journal's own MARK first, so that it lies between no two of them. */
	marked = journal_position(s->journal).offset;
	while (journal_position(s->journal).offset == marked)
		loop_step(s->loop, 1000);
	for (unsigned i = 0; i < RECORDS; i++)
		scene_submit(s);
	scene_settle(s, RECORDS);
	generation = journal_generation(s->journal);
	journal_path(path, sizeof path, s, generation);
	scene_close(s);
	buf_init(&b, 4u << 20);
	assert_int_equal(file_read(path, &b), 0);
	for (unsigned i = 0; i < RECORDS;) {
		uint32_t length;
		uint16_t type;

		memcpy(&type, b.p + size + 4, sizeof type);
		memcpy(&length, b.p + size + 8, sizeof length);
		/* The journal's own are passed over. */
		if (type == SCENE_TYPE)
			d->at[i++] = size;
		size += (RECORD_HEAD + length + 4 + 7) & ~7u;
	}
	d->at[RECORDS] = size;
	d->p = mem_new(1, b.n);
	d->n = b.n;
	memcpy(d->p, b.p, b.n);
	/* As a kill leaves it: without the MARK of a clean end. */
	memset(d->p + size, 0, d->n - size);
	buf_done(&b);
	return generation;
}

static void
put_file(const char *path, const void *p, size_t n)
{
	int fd = file_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_pwrite(fd, p, n, 0), 0);
	file_close(fd);
}

enum how { FLIP, FLIP_HEAD, ZERO, OVERWRITE, TRUNCATE, TRUNCATE_IN, HEADER };

/* Damages record i in a copy; its length. */
static size_t
damage(const struct damage *d, unsigned char *p, unsigned i, enum how how)
{
	size_t at = d->at[i], end = d->at[i + 1], n = d->n;

	memcpy(p, d->p, d->n);
	switch (how) {
	case FLIP:
		p[at + (end - at) / 2] ^= 0x10;
		break;
	case FLIP_HEAD:
		p[at + 8] ^= 0x40;
		break;
	case ZERO:
		memset(p + at, 0, end - at);
		break;
	case OVERWRITE: /* its place holds a copy of the first one, as far as it fits */
		memcpy(p + at, d->p + d->at[0],
			end - at < d->at[1] - d->at[0] ? end - at : d->at[1] - d->at[0]);
		break;
	case TRUNCATE:
		n = at;
		break;
	case TRUNCATE_IN:
		n = at + 9;
		break;
	case HEADER:
		memset(p + i, 0xff, RECORD_FILE_HEAD - i);
		break;
	}
	return n;
}

struct expect {
	unsigned missing, damaged;
	bool tail;
};

static struct expect
expect(unsigned i, enum how how)
{
	bool last = i == RECORDS - 1;

	switch (how) {
	case TRUNCATE:
		return (struct expect){ RECORDS - i, 0, false };
	case TRUNCATE_IN:
		return (struct expect){ RECORDS - i, 0, true };
	case HEADER:
		return (struct expect){ 0, 1, false };
	case OVERWRITE:
		if (i == 0)
			return (struct expect){ 0, 0, false };
		/* fall through */
	default:
		return (struct expect){ 1, last ? 0 : 1, last && how != ZERO };
	}
}

static void
test_damage(void **state)
{
	static const struct {
		const char *name;
		enum how how;
	} table[] = {
		{ "a bit of a payload", FLIP },
		{ "a bit of a length", FLIP_HEAD },
		{ "deleted", ZERO },
		{ "another one's copy", OVERWRITE },
		{ "cut at a border", TRUNCATE },
		{ "cut in a head", TRUNCATE_IN },
		{ "file header", HEADER },
	};
	struct scene *s = mem_new(1, sizeof *s), *t = mem_new(1, sizeof *t);
	const char *sub;
	char path[720];
	struct damage d;
	uint64_t generation;
	unsigned char *p;

	(void)state;
	generation = make_journal(s, scene_dir(), &d);
	test_dir_done();
	p = mem_new(1, d.n);
	TEST_EACH(row, table)
	{
		for (unsigned i = 0; i < RECORDS; i++) {
			struct expect want = expect(i, row->how);
			size_t n = damage(&d, p, i, row->how);
			unsigned missing = 0;

			sub = scene_dir();
			snprintf(path, sizeof path, "%s/journal", sub);
			assert_int_equal(file_mkdirs(path, 0700), 0);
			snprintf(path, sizeof path, "%s/journal/journal.%016llx", sub,
				(unsigned long long)generation);
			put_file(path, p, n);
			assert_int_equal(scene_open(t, sub, true), 0);
			for (unsigned id = 0; id < RECORDS; id++)
				missing += !t->m[id].known;
			assert_int_equal(missing, want.missing);
			assert_int_equal(t->corrupt, 0);
			assert_int_equal(t->replay.damaged, want.damaged);
			assert_int_equal(t->replay.tail_cut, want.tail);
			assert_false(t->replay.unreadable);
			if (want.damaged || want.tail) {
				size_t at = row->how == HEADER ? 0 : d.at[i];

				snprintf(path, sizeof path,
					"%s/journal/quarantine/%016llx-%zu.%s", sub,
					(unsigned long long)generation, at,
					want.tail ? "tail" : "bin");
				assert_int_equal(access(path, R_OK), 0);
			}
			scene_close(t);
			test_dir_done();
		}
	}
	mem_free(p);
	mem_free(d.p);
	mem_free(s);
	mem_free(t);
}

static void
test_generations(void **state)
{
	struct scene *s = mem_new(1, sizeof *s), *t = mem_new(1, sizeof *t);
	char dir[512], path[700];
	struct damage d;
	uint64_t generation;
	struct record_file head = { .kind = RECORD_JOURNAL,
		.version = RECORD_VERSION_JOURNAL + 1 };
	uint8_t bytes[RECORD_FILE_HEAD];

	(void)state;
	snprintf(dir, sizeof dir, "%s", scene_dir());
	generation = make_journal(s, dir, &d);
	/* A newer one that was not finished does not count; its number is not used again. */
	snprintf(path, sizeof path, "%s/journal.%016llx.new", s->journal_dir,
		(unsigned long long)generation + 7);
	put_file(path, d.p, d.n);
	assert_int_equal(scene_open(t, dir, true), 0);
	assert_int_equal(t->replay.generation, generation);
	assert_int_equal(t->replay.records, RECORDS);
	assert_int_equal(journal_generation(t->journal), generation + 8);
	generation = journal_generation(t->journal);
	scene_close(t);
	assert_int_not_equal(access(path, F_OK), 0);
	/* A newer one of which nothing is readable: the older one, and it is said. */
	journal_path(path, sizeof path, s, generation + 1);
	put_file(path, d.p + 1, d.n - 1);
	assert_int_equal(scene_open(t, dir, true), 0);
	assert_int_equal(t->replay.generation, generation);
	assert_int_equal(t->replay.records, RECORDS);
	assert_true(t->replay.unreadable);
	generation = journal_generation(t->journal);
	scene_close(t);
	/* One of a newer program: never guessed. */
	head.generation = generation + 1;
	record_file_write(bytes, &head);
	journal_path(path, sizeof path, s, generation + 1);
	put_file(path, bytes, sizeof bytes);
	assert_int_equal(scene_open(t, dir, true), -ENOTSUP);
	scene_close(t);
	mem_free(d.p);
	mem_free(s);
	mem_free(t);
	test_dir_done();
}

TEST_MAIN(TEST(test_restart), TEST(test_first_start), TEST(test_unasked), TEST(test_patient),
	TEST(test_patient_behind), TEST(test_faults), TEST(test_kills), TEST(test_damage),
	TEST(test_generations))
