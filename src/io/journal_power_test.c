/*
 * Power cuts: a scene runs under the write log; tests/torture/powercut.py rebuilds what the
 * disk may hold at many instants; each must start, with every message that was answered before
 * the cut. The red controls, flushes that only pretend, must lose some.
 */
#include "io/disk_scene.h"

#include <spawn.h>

#define CUTS       220
#define BEHIND     5000u /* bytes; a start on more of them continues the old file */
#define CUTS_SHOWN 60    /* enough to see a control lose mail */

extern char **environ;

static void
run_powercut(const char *log, const char *from, const char *to, int n, const char *mode)
{
	char cuts[24];
	char *argv[] = { (char[]){ "/usr/bin/python3" },
		(char[]){ "tests/torture/powercut.py" }, (char *)(uintptr_t)log,
		(char *)(uintptr_t)from, (char *)(uintptr_t)to, cuts,
		mode ? (char[]){ "--last" } : NULL, (char *)(uintptr_t)mode, NULL };
	posix_spawn_file_actions_t quiet;
	pid_t pid;
	int status;

	snprintf(cuts, sizeof cuts, "--cuts=%d", n);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	assert_int_equal(posix_spawn(&pid, argv[0], &quiet, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&quiet);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* 20 messages at a time, compaction in between and under load, restarts; those that load behind
 * die in the middle of it or compact what they continue. */
static void
run_load(struct scene *s, const char *dir)
{
	for (int life = 0; life < 3; life++) {
		unsigned want;

		assert_int_equal(scene_open_behind(s, dir, true, life > 0 ? BEHIND : 0), 0);
		assert_int_equal(s->replay.behind, life > 0);
		want = s->answers;
		for (int round = 0; round < 12; round++) {
			for (int i = 0; i < 10; i++, want++)
				scene_submit(s);
			(void)scene_load(s, life == 2 ? 1000 : 3);
			if ((round == 4 || round == 8) && life != 1)
				assert_int_equal(scene_compact(s), 0);
			for (int i = 0; i < round % 4; i++)
				loop_step(s->loop, 0);
		}
		scene_settle(s, want);
		assert_int_equal(s->errors, 0);
		scene_close(s);
	}
}

/* Answered before the cut and not there, or not right. */
static unsigned
lost_after(struct scene *s, const char *dir)
{
	char path[720], line[128];
	unsigned lost = 0, id;
	FILE *f;

	snprintf(path, sizeof path, "%s.cut", dir);
	f = fopen(path, "re");
	assert_non_null(f);
	/* A cut may come before the folder was made: that is a first start. */
	assert_int_equal(scene_open_behind(s, dir, true, BEHIND), 0);
	while (scene_load(s, 1000))
		;
	while (fgets(line, sizeof line, f))
		if (str_starts(str_z(line), STR_LIT("acked ")) &&
			str_u32(str_trim_all(str_from(str_z(line), 6)), &id) == 0 &&
			!s->m[id].known)
			lost++;
	fclose(f);
	lost += s->corrupt + scene_bad_bodies(s) + s->replay.unreadable;
	scene_close(s);
	return lost;
}

static unsigned
cut_everywhere(unsigned controls)
{
	struct scene *s = mem_new(1, sizeof *s);
	char root[512], live[600], cuts[600], log[600], dir[700];
	int n = controls ? CUTS_SHOWN : CUTS;
	unsigned lost = 0;

	snprintf(root, sizeof root, "%s", scene_dir());
	snprintf(live, sizeof live, "%s/live", root);
	snprintf(cuts, sizeof cuts, "%s/cuts", root);
	snprintf(log, sizeof log, "%s/log", root);
	assert_int_equal(file_fault_log_to(log), 0);
	file_fault_controls(controls);
	run_load(s, live);
	file_fault_controls(0);
	assert_int_equal(file_fault_log_to(NULL), 0);
	run_powercut(log, live, cuts, n, NULL);
	for (int i = 0; i < n; i++) {
		unsigned here;

		snprintf(dir, sizeof dir, "%s/%d", cuts, i);
		here = lost_after(s, dir);
		if (here && !controls)
			fprintf(stderr, "cut %d: %u lost or wrong (%s)\n", i, here, root);
		lost += here;
	}
	mem_free(s);
	if (!lost || controls)
		test_dir_done();
	return lost;
}

static void
test_cut(void **state)
{
	(void)state;
	if (!FILE_FAULT_HERE)
		skip();
	assert_int_equal(cut_everywhere(0), 0);
}

static void
test_controls_are_red(void **state)
{
	(void)state;
	if (!FILE_FAULT_HERE)
		skip();
	assert_int_not_equal(cut_everywhere(FILE_CONTROL_NOFSYNC), 0);
	assert_int_not_equal(cut_everywhere(FILE_CONTROL_NODIRSYNC), 0);
}

/* A start that loads later answers for whatever it saw as soon as its own file is flushed. */
static void
answer_seen(struct scene *s, const char *dir)
{
	char text[32];

	if (!scene_open_behind(s, dir, true, BEHIND / 5))
		for (unsigned id = 0; s->replay.behind && id < s->next; id++)
			if (s->m[id].seen) {
				snprintf(text, sizeof text, "acked %u", id);
				file_fault_mark(text);
			}
	scene_close(s);
}

/* A call fails, then the power goes: what a failed flush left must not have been answered, and
 * is written again by a start that answers for it. */
static void
test_fault_then_cut(void **state)
{
	struct scene *s = mem_new(1, sizeof *s);
	bool fired = true;

	(void)state;
	if (!FILE_FAULT_HERE)
		skip();
	for (unsigned nth = 6 + test_first(); fired; nth += 3 * test_stride()) {
		const char *root = scene_dir();
		char live[600], cuts[600], log[600], dir[700];

		snprintf(live, sizeof live, "%s/live", root);
		snprintf(cuts, sizeof cuts, "%s/cuts", root);
		snprintf(log, sizeof log, "%s/log", root);
		assert_int_equal(file_fault_log_to(log), 0);
		file_fault_arm(FILE_FAULT_CALL, nth, EIO);
		if (!scene_open(s, live, true))
			for (unsigned i = 0; i < 30; i++) {
				scene_submit(s);
				if (i == 10)
					(void)scene_compact(s);
				loop_step(s->loop, 0);
			}
		scene_close(s);
		fired = file_fault_fired();
		file_fault_arm(FILE_FAULT_NONE, 0, 0);
		answer_seen(s, live);
		assert_int_equal(file_fault_log_to(NULL), 0);
		run_powercut(log, live, cuts, 1, "--mode=drop");
		snprintf(dir, sizeof dir, "%s/0", cuts);
		assert_int_equal(lost_after(s, dir), 0);
		test_dir_done();
	}
	mem_free(s);
}

TEST_MAIN(TEST(test_fault_then_cut), TEST(test_cut), TEST(test_controls_are_red))
