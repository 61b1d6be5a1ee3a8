#include "io/child.h"

#include "base/test.h"

#include <errno.h>
#include <sys/prctl.h>

struct watch {
	struct child *c;
	int status, ended;
	bool free_inside;
};

static void
on_ended(void *ctx, int status)
{
	struct watch *w = ctx;

	w->status = status;
	w->ended++;
	if (w->free_inside)
		child_free(&w->c);
}

static struct clock clk;

static void
wait_end(struct loop *l, struct watch *w)
{
	for (int i = 0; i < 1000 && !w->ended; i++)
		loop_step(l, 10000);
	assert_int_equal(w->ended, 1);
}

static int
return_ctx(void *ctx)
{
	return *(int *)ctx;
}

static int
wait_forever(void *ctx)
{
	(void)ctx;
	while (pause() < 0)
		;
	return 0;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Only what was asked for is open; signals are as new; the name is set. */
static int
look_around(void *ctx)
{
	const int *fd = ctx;
	char name[16] = "";
	struct sigaction sa;
	sigset_t mask;

	if (!is_open(fd[0]) || !is_open(fd[2]) || is_open(fd[1]) || is_open(fd[3]))
		return 1;
	if (sigaction(SIGUSR1, NULL, &sa) < 0 || sa.sa_handler != SIG_DFL)
		return 2;
	if (sigprocmask(SIG_BLOCK, NULL, &mask) < 0 || sigismember(&mask, SIGUSR2))
		return 3;
	prctl(PR_GET_NAME, name);
	if (!str_eq_z(str_z(name), "facteur: edge 1"))
		return 4;
	return 42;
}

static void
ignore(void *ctx, int signo)
{
	(void)ctx;
	(void)signo;
}

static void
test_start(void **state)
{
	int fds[4], keep[2], code = 7;
	struct watch w = { .free_inside = true };
	struct child_conf conf = { "edge 1", look_around, fds, keep, 2, on_ended, &w };
	struct loop *l;

	(void)state;
	clock_real(&clk);
	l = loop_new(&clk);
	loop_signal(l, SIGUSR1, ignore, NULL);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pipe(fds + 2), 0);
	keep[0] = fds[2]; /* in no order */
	keep[1] = fds[0];
	w.c = child_start(l, &conf);
	assert_non_null(w.c);
	wait_end(l, &w);
	assert_true(WIFEXITED(w.status));
	assert_int_equal(WEXITSTATUS(w.status), 42);
	assert_null(w.c);

	w = (struct watch){ .free_inside = false };
	conf = (struct child_conf){ "x", return_ctx, &code, NULL, 0, on_ended, &w };
	w.c = child_start(l, &conf);
	wait_end(l, &w);
	assert_int_equal(WEXITSTATUS(w.status), 7);
	child_signal(w.c, SIGKILL); /* too late: nothing is signalled */
	child_free(&w.c);

	w = (struct watch){ .free_inside = false };
	conf = (struct child_conf){ "x", wait_forever, NULL, NULL, 0, on_ended, &w };
	w.c = child_start(l, &conf);
	assert_true(child_pid(w.c) > 0);
	child_signal(w.c, SIGTERM);
	wait_end(l, &w);
	assert_true(WIFSIGNALED(w.status));
	assert_int_equal(WTERMSIG(w.status), SIGTERM);
	child_free(&w.c);

	w = (struct watch){ .free_inside = false };
	w.c = child_start(l, &conf);
	code = child_pid(w.c);
	child_free(&w.c); /* killed and waited for */
	assert_int_equal(kill(code, 0), -1);
	assert_int_equal(w.ended, 0);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	loop_free(&l);
}

static int
start_grandchild(void *ctx)
{
	const struct child_conf conf = { "x", wait_forever, NULL, NULL, 0, on_ended, NULL };
	struct clock c;
	struct loop *l;
	pid_t pid;

	clock_real(&c);
	l = loop_new(&c);
	pid = child_pid(child_start(l, &conf));
	if (write(*(int *)ctx, &pid, sizeof pid) != sizeof pid)
		return 1;
	_exit(0); /* without a word to the grandchild */
}

static void
test_dies_with_parent(void **state)
{
	int p[2];
	struct watch w = { .ended = 0 };
	struct child_conf conf = { "x", start_grandchild, &p[1], &p[1], 1, on_ended, &w };
	struct loop *l;
	pid_t pid;

	(void)state;
	clock_real(&clk);
	l = loop_new(&clk);
	assert_int_equal(pipe(p), 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	w.c = child_start(l, &conf);
	wait_end(l, &w);
	assert_int_equal(read(p[0], &pid, sizeof pid), sizeof pid);
	assert_int_equal(waitpid(pid, &w.status, 0), pid);
	/* By the signal, or by itself when the parent was gone before it could ask for one. */
	assert_true((WIFSIGNALED(w.status) && WTERMSIG(w.status) == SIGKILL) ||
		    (WIFEXITED(w.status) && WEXITSTATUS(w.status) == EXIT_FAILURE));
	child_free(&w.c);
	close(p[0]);
	close(p[1]);
	loop_free(&l);
}

static int
read_title(void *ctx)
{
	char text[64] = "";
	FILE *f = fopen("/proc/self/cmdline", "re");

	(void)ctx;
	if (!f || !fgets(text, sizeof text, f))
		return 1;
	fclose(f);
	return str_eq_z(str_z(text), "facteur: courier 12") && getenv("TITLE_TEST") ? 0 : 2;
}

static void
test_title(void **state)
{
	struct watch w = { .free_inside = true };
	struct child_conf conf = { "courier 12", read_title, NULL, NULL, 0, on_ended, &w };
	struct loop *l;

	(void)state;
	clock_real(&clk);
	l = loop_new(&clk);
	w.c = child_start(l, &conf);
	wait_end(l, &w);
	assert_int_equal(WEXITSTATUS(w.status), 0);
	loop_free(&l);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { TEST(test_start), TEST(test_dies_with_parent),
		TEST(test_title) };

	setenv("TITLE_TEST", "1", 1);
	child_title_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
