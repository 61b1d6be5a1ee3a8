/*
 * Chains: a start that continues older files and loads them in slices; crashes at every durable
 * call of it; several links; damage to what names the links.
 */
#include "io/disk_scene.h"

#include "base/must.h"
#include "io/journal_replay.h"

#include <dirent.h>
#include <fcntl.h>

#define BEHIND 2500u /* bytes; records have some 90 */
#define FIRST  40u
#define ADDED  16u

static unsigned
files_of(const char *dir)
{
	char path[640];
	unsigned n = 0;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof path, "%s/journal", dir);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += str_starts(str_z(e->d_name), STR_LIT("journal."));
	closedir(d);
	return n;
}

/* As the first life left it: one file larger than BEHIND. */
static void
make_first(struct scene *s, const char *dir)
{
	assert_int_equal(scene_open(s, dir, true), 0);
	for (unsigned i = 0; i < FIRST; i++)
		scene_submit(s);
	scene_settle(s, FIRST);
	scene_close(s);
}

/* All up to `n` are there, once. */
static void
check_all(struct scene *s, unsigned n)
{
	while (scene_load(s, 7))
		;
	assert_int_equal(s->load_err, 0);
	for (unsigned id = 0; id < n; id++)
		assert_true(s->m[id].known);
	assert_int_equal(s->corrupt + scene_bad_bodies(s), 0);
	assert_int_equal(s->errors, 0);
}

static void
test_links(void **state)
{
	struct scene *s = mem_new(1, sizeof *s);
	char dir[512];
	unsigned sum = FIRST;
	uint64_t total;

	(void)state;
	snprintf(dir, sizeof dir, "%s", scene_dir());
	make_first(s, dir);
	for (int life = 0; life < 8; life++) {
		unsigned add = life % 3 ? 90 : 10; /* another link, or one that is copied */

		assert_int_equal(scene_open_behind(s, dir, life % 2, BEHIND), 0);
		assert_true(s->replay.behind);
		assert_int_equal(s->replay.records, sum);
		assert_int_equal(s->next, sum);
		assert_true(journal_loading(s->journal, &total) < total);
		for (unsigned i = 0; i < add; i++) {
			scene_submit(s);
			(void)scene_load(s, life == 2 || life == 6 ? 1 : 3);
			loop_step(s->loop, 0);
		}
		scene_settle(s, add);
		sum += add;
		if (life == 2 || life == 6) {
			/* It dies while it loads. */
			assert_true(scene_load(s, 1));
			scene_close(s);
			continue;
		}
		check_all(s, sum);
		assert_int_equal(journal_loading(s->journal, &total) + total, 0);
		scene_close(s);
	}
	assert_true(files_of(dir) > 3);
	/* One generation again. */
	assert_int_equal(scene_open_behind(s, dir, true, BEHIND), 0);
	check_all(s, sum);
	assert_int_equal(scene_compact(s), 0);
	scene_settle(s, 0);
	assert_int_equal(s->commit_err, 0);
	scene_close(s);
	assert_int_equal(files_of(dir), 1);
	assert_int_equal(scene_open(s, dir, true), 0);
	check_all(s, sum);
	scene_close(s);
	test_dir_done();
	mem_free(s);
}

/* ---- faults ---- */

static void
work(struct scene *s, int out)
{
	for (unsigned i = 0; i < ADDED; i++) {
		scene_submit(s);
		(void)scene_load(s, 10);
		loop_step(s->loop, 0);
		if (i == 10 && s->load_err == 0)
			(void)scene_compact(s);
		for (unsigned id = FIRST; out >= 0 && id < s->next; id++)
			if (s->m[id].acked)
				must(write(out, &id, sizeof id) == sizeof id);
	}
}

/* Twice more: the first of them dies in the middle of its load. */
static void
check_lives(struct scene *s, const char *dir, const bool *acked, unsigned n)
{
	for (int life = 0; life < 3; life++) {
		assert_int_equal(scene_open_behind(s, dir, true, BEHIND), 0);
		if (life == 0) {
			(void)scene_load(s, 40);
			assert_int_equal(s->corrupt, 0);
			scene_close(s);
			continue;
		}
		assert_true(s->next <= n);
		check_all(s, FIRST);
		for (unsigned id = FIRST; id < n; id++)
			if (acked[id])
				assert_true(s->m[id].known);
		if (life == 2) {
			scene_submit(s);
			scene_settle(s, 1);
			assert_int_equal(s->errors, 0);
		}
		scene_close(s);
	}
}

static void
test_chain_faults(void **state)
{
	static const struct {
		const char *name;
		enum file_fault_kind kind;
		int err;
		unsigned step;
	} table[] = {
		{ "EIO once", FILE_FAULT_CALL, EIO, 1 },
		{ "ENOSPC from there on", FILE_FAULT_FROM, ENOSPC, 2 },
		{ "EIO behind half a write", FILE_FAULT_TORN, EIO, 3 },
		{ "short write", FILE_FAULT_SHORT, 0, 3 },
	};
	struct scene *a = mem_new(1, sizeof *a), *b = mem_new(1, sizeof *b);

	(void)state;
	if (!SCENE_FAULTS)
		skip();
	TEST_EACH(row, table)
	{
		bool fired = true;
		unsigned n = 1;

		for (; fired; n += row->step) {
			char dir[512];
			bool acked[SCENE_MAX] = { false };

			snprintf(dir, sizeof dir, "%s", scene_dir());
			make_first(a, dir);
			file_fault_arm(row->kind, n, row->err);
			if (!scene_open_behind(a, dir, true, BEHIND))
				work(a, -1);
			scene_close(a);
			fired = file_fault_fired();
			file_fault_arm(FILE_FAULT_NONE, 0, 0);
			for (unsigned id = 0; id < a->next; id++)
				acked[id] = a->m[id].acked;
			check_lives(b, dir, acked, a->next > FIRST ? a->next : FIRST);
			test_dir_done();
		}
		assert_true(n > 30);
	}
	mem_free(a);
	mem_free(b);
}

static void
run_until_killed(const char *dir, uint64_t nth, int out)
{
	struct scene *s = mem_new(1, sizeof *s);

	file_fault_arm(FILE_FAULT_KILL, nth, 0);
	if (!scene_open_behind(s, dir, true, BEHIND))
		work(s, out);
	_exit(0);
}

static void
test_chain_kills(void **state)
{
	struct scene *s = mem_new(1, sizeof *s);
	int status = 1;

	(void)state;
	if (!SCENE_FAULTS)
		skip();
	for (unsigned n = test_first(); status; n += test_stride()) {
		bool acked[SCENE_MAX] = { false };
		char dir[512];
		unsigned id;
		int p[2];
		pid_t pid;

		snprintf(dir, sizeof dir, "%s", scene_dir());
		make_first(s, dir);
		assert_int_equal(pipe(p), 0);
		pid = fork();
		if (!pid)
			run_until_killed(dir, n, p[1]);
		close(p[1]);
		while (read(p[0], &id, sizeof id) == sizeof id)
			acked[id % SCENE_MAX] = true;
		close(p[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && (!status || WEXITSTATUS(status) == 99));
		check_lives(s, dir, acked, FIRST + ADDED);
		test_dir_done();
	}
	mem_free(s);
}

/* ---- damage ---- */

static void
poke(const char *dir, uint64_t generation, uint64_t at, size_t n)
{
	char path[720], bad[4096];
	int fd;

	memset(bad, 0xee, sizeof bad);
	snprintf(path, sizeof path, "%s/journal/journal.%016llx", dir,
		(unsigned long long)generation);
	fd = file_open(path, O_WRONLY, 0);
	assert_true(fd >= 0);
	assert_int_equal(file_pwrite(fd, bad, n, at), 0);
	file_close(fd);
}

/* Two links and a third file; what is damaged, and whether all messages must be there then. */
static void
test_chain_damage(void **state)
{
	static const struct {
		const char *name;
		int file; /* 0: the newest, 1: the one before */
		uint64_t at;
		size_t n;
		bool behind, all, twice;
	} table[] = {
		{ "nothing", 0, 0, 0, true, true, false },
		{ "header", 0, 0, 64, false, true, false },
		{ "the first CHAIN", 0, 70, 8, false, true, false },
		{ "header and the first CHAIN", 0, 0, 90, false, true, false },
		{ "both CHAINs", 0, 64, 150, false, true, true },
		{ "header of a link", 1, 0, 64, false, true, false },
		{ "a record of a link", 1, 3000, 8, false, false, false },
	};
	struct scene *s = mem_new(1, sizeof *s);

	(void)state;
	TEST_EACH(row, table)
	{
		char dir[512];
		uint64_t newest;
		unsigned missing = 0;

		snprintf(dir, sizeof dir, "%s", scene_dir());
		make_first(s, dir);
		for (int life = 0; life < 2; life++) {
			assert_int_equal(scene_open_behind(s, dir, true, BEHIND), 0);
			assert_true(s->replay.behind);
			for (unsigned i = 0; i < 100; i++)
				scene_submit(s);
			scene_settle(s, 100);
			check_all(s, FIRST + 100);
			newest = journal_generation(s->journal);
			scene_close(s);
		}
		if (row->n)
			poke(dir, newest - (unsigned)row->file, row->at, row->n);
		assert_int_equal(scene_open_behind(s, dir, true, BEHIND), 0);
		assert_int_equal(s->replay.behind, row->behind);
		assert_true(row->behind || s->replay.damaged > 0);
		while (scene_load(s, 7))
			;
		for (unsigned id = 0; id < FIRST + 200; id++)
			missing += !s->m[id].known;
		assert_true(missing == 0 || (!row->all && missing <= 2));
		assert_true(s->corrupt == 0 || row->twice);
		scene_close(s);
		test_dir_done();
	}
	mem_free(s);
}

/* Files are kept for their facts until they are settled and cleaned. */
static struct {
	unsigned kept, records;
} told;

static void
on_kept(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx, (void)type, (void)payload;
	told.kept++;
}

static void
on_all(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx, (void)type, (void)payload;
	told.records++;
}

static void
test_kept(void **state)
{
	struct scene *s = mem_new(1, sizeof *s);
	struct journal_conf conf = { .boot = 42, .kept = on_kept };
	struct journal_replay r;
	char dir[512], path[600];

	(void)state;
	snprintf(dir, sizeof dir, "%s", scene_dir());
	make_first(s, dir);
	snprintf(path, sizeof path, "%s/journal", dir);
	clock_real(&s->clock);
	for (unsigned life = 0; life < 5; life++) {
		struct loop *l = loop_new(&s->clock);
		struct flusher *f = flusher_new(l, true);
		struct journal *j;

		conf.dir = path;
		conf.loop = l;
		conf.flusher = f;
		told.kept = told.records = 0;
		assert_int_equal(journal_open(&conf, on_all, NULL, &j, &r), 0);
		/* What the first life wrote is told until it was settled. */
		assert_int_equal(told.records, life ? 0 : FIRST);
		assert_int_equal(told.kept, life > 0 && life < 4 ? FIRST : 0);
		assert_int_equal(journal_begin(j), 0);
		s->commit_err = 1;
		journal_commit(j, scene_committed, s);
		for (int i = 0; i < 1000 && s->commit_err == 1; i++)
			loop_step(l, 1000);
		assert_int_equal(s->commit_err, 0);
		assert_int_equal(files_of(dir), life < 4 ? life + 2 : 2);
		if (life == 3) {
			journal_settle(j, journal_position(j));
			journal_clean(j);
		}
		journal_free(&j);
		flusher_free(&f);
		loop_free(&l);
	}
	test_dir_done();
	mem_free(s);
}

/* The newest file is no journal at all, and the one before it is long: said, and not put off.
 */
static void
test_unreadable(void **state)
{
	struct scene *s = mem_new(1, sizeof *s);
	char dir[512], path[640], junk[3000];
	uint64_t generation;
	int fd;

	(void)state;
	snprintf(dir, sizeof dir, "%s", scene_dir());
	make_first(s, dir);
	assert_int_equal(scene_open(s, dir, true), 0);
	generation = journal_generation(s->journal);
	scene_close(s);
	snprintf(path, sizeof path, "%s/journal/journal.%016llx", dir,
		(unsigned long long)generation + 1);
	memset(junk, 'x', sizeof junk);
	fd = file_open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(file_pwrite(fd, junk, sizeof junk, 0), 0);
	file_close(fd);
	assert_int_equal(scene_open_behind(s, dir, true, BEHIND), 0);
	assert_true(s->replay.unreadable);
	assert_false(s->replay.behind);
	check_all(s, FIRST);
	scene_close(s);
	test_dir_done();
	mem_free(s);
}

TEST_MAIN(TEST(test_links), TEST(test_chain_faults), TEST(test_chain_kills),
	TEST(test_chain_damage), TEST(test_kept), TEST(test_unreadable))
