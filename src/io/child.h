/*
 * Processes: forking a role, watching it, ending it. Children die with their parent
 * (PR_SET_PDEATHSIG).
 */
#ifndef IO_CHILD_H
#define IO_CHILD_H

#include "io/loop.h"

#include <sys/types.h>

struct child;

/* Forks; in the child run(ctx) is called with signals reset and every descriptor but 0–2 and
 * keep[] closed; its return value is the exit code. name is shown by ps ("facteur: edge 1").
 * ended(ctx, status as of waitpid) comes once, on the loop. NULL with errno when fork fails. */
struct child_conf {
	const char *name;
	int (*run)(void *ctx);
	void *run_ctx;
	const int *keep;
	size_t nkeep;
	void (*ended)(void *ctx, int status);
	void *ended_ctx;
};
struct child *child_start(struct loop *l, const struct child_conf *conf);
pid_t child_pid(const struct child *c);
void child_signal(struct child *c, int signo);
/* After `ended`, or to forget a child (it is killed first). */
void child_free(struct child **c);

/* Argument memory for names in ps: call once in main. */
void child_title_init(int argc, char **argv);

#endif
