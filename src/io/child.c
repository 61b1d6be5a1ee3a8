#include "io/child.h"

#include "base/mem.h"
#include "base/str.h"
#include "io/file_fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
	pid_t pid;
	int pidfd;
	struct loop_fd *watch;
	void (*ended)(void *ctx, int status);
	void *ctx;
};

/* ps reads the name from where the kernel put argv: there is one such place in a process, so
 * this is the one global of the folder. Written once, by main. */
static struct {
	char *p;
	size_t n;
} title;

void
child_title_init(int argc, char **argv)
{
	char *end = argv[0];
	char **old = environ, **fresh;
	size_t n = 0;

	if (argc < 1)
		return;
	for (int i = 0; i < argc; i++)
		if (argv[i] == end)
			end += strlen(end) + 1;
	/* The environment follows argv; moved away, its room is ours too. */
	while (old[n])
		n++;
	fresh = mem_new(n + 1, sizeof *fresh);
	for (size_t i = 0; i < n; i++) {
		if (old[i] == end)
			end += strlen(end) + 1;
		fresh[i] = str_dup_z(str_z(old[i]));
	}
	environ = fresh;
	title.p = argv[0];
	title.n = (size_t)(end - argv[0]);
}

static void
set_title(const char *name)
{
	char text[64];

	snprintf(text, sizeof text, "facteur: %.50s", name);
	prctl(PR_SET_NAME, text);
	if (title.n == 0)
		return;
	memset(title.p, 0, title.n);
	snprintf(title.p, title.n, "%s", text);
}

static void
reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL); /* the two that cannot change say EINVAL */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool
is_kept(const struct child_conf *conf, unsigned fd)
{
	for (size_t i = 0; i < conf->nkeep; i++)
		if (conf->keep[i] >= 0 && (unsigned)conf->keep[i] == fd)
			return true;
	return false;
}

static void
close_rest(const struct child_conf *conf)
{
	unsigned from = 3, most = 2;

	for (size_t i = 0; i < conf->nkeep; i++)
		if (conf->keep[i] > (int)most)
			most = (unsigned)conf->keep[i];
	for (unsigned fd = 3; fd <= most; fd++) {
		if (!is_kept(conf, fd))
			continue;
		if (fd > from)
			close_range(from, fd - 1, 0);
		from = fd + 1;
	}
	close_range(from, ~0u, 0);
}

static _Noreturn void
be_child(const struct child_conf *conf, pid_t parent)
{
	/* A parent that died before prctl sends no signal any more. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	close_rest(conf);
	reset_signals();
	set_title(conf->name);
	file_fault_role(conf->name);
	exit(conf->run(conf->run_ctx));
}

static void
on_end(void *ctx, unsigned what)
{
	struct child *c = ctx;
	int status = 0;
	pid_t pid;

	(void)what;
	do {
		pid = waitpid(c->pid, &status, WNOHANG);
	} while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return;
	loop_fd_free(&c->watch);
	c->pid = 0;
	c->ended(c->ctx, status); /* c may be gone now */
}

struct child *
child_start(struct loop *l, const struct child_conf *conf)
{
	pid_t parent = getpid(), pid;
	sigset_t all, before;
	struct child *c;
	int pidfd, err;

	/* What stdio holds would come out twice. */
	fflush(NULL);
	/* A signal must not meet the child while it still has our handlers and descriptors. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		be_child(conf, parent);
	err = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0) {
		errno = err;
		return NULL;
	}
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		err = errno;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		errno = err;
		return NULL;
	}
	c = MEM_NEW(c);
	c->pid = pid;
	c->pidfd = pidfd;
	c->ended = conf->ended;
	c->ctx = conf->ended_ctx;
	c->watch = loop_fd_new(l, pidfd, LOOP_READ, on_end, c);
	return c;
}

pid_t
child_pid(const struct child *c)
{
	return c->pid;
}

void
child_signal(struct child *c, int signo)
{
	if (c->pid > 0)
		kill(c->pid, signo); /* not yet waited for, so the number is still its own */
}

void
child_free(struct child **pc)
{
	struct child *c = *pc;

	*pc = NULL;
	if (!c)
		return;
	loop_fd_free(&c->watch);
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(c->pidfd);
	mem_free(c);
}
