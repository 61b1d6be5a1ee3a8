/*
 * One event loop (libevent inside io/ only), one timer feeding base/wheel, calls posted from
 * other threads. Everything but loop_post_from_thread belongs to the loop's own thread.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "base/wheel.h"
#include "io/clock.h"

struct loop;

/* clock is borrowed. Timer ticks are 1 ms. SIGPIPE is ignored from here on: a peer that went
 * away is an error of write. */
struct loop *loop_new(struct clock *clock);
void loop_free(struct loop **l);
/* Runs until loop_stop. */
void loop_run(struct loop *l);
/* One round: waits at most wait_us (0: only what is ready), runs what is due. For tests. */
void loop_step(struct loop *l, uint64_t wait_us);
void loop_stop(struct loop *l);

/* The clock read once per round: cheap. */
uint64_t loop_mono(const struct loop *l);
int64_t loop_wall(const struct loop *l);

/* A timer that calls back on the loop. Init once; arm as often as needed; the owner must
 * disarm it before its memory goes. */
struct loop_timer {
	struct timer timer;
	void (*fn)(void *ctx);
	void *ctx;
};
void loop_timer_init(struct loop_timer *t, void (*fn)(void *ctx), void *ctx);
void loop_timer_in(struct loop *l, struct loop_timer *t, uint64_t wait_us);
void loop_timer_off(struct loop *l, struct loop_timer *t);

/* fn runs later in this round of the loop, once per post. The link must be initialised. */
struct loop_task {
	struct link link;
	void (*fn)(void *ctx);
	void *ctx;
};
void loop_task_init(struct loop_task *t, void (*fn)(void *ctx), void *ctx);
/* Posting a task that waits already does nothing. */
void loop_task_post(struct loop *l, struct loop_task *t);
/* The same, but behind the tasks of the round: for handing on what the whole round gathered. */
void loop_task_last(struct loop *l, struct loop_task *t);
void loop_task_off(struct loop_task *t);

/* From any thread: fn(ctx) will run on the loop. Never fails, never blocks for long. */
void loop_post_from_thread(struct loop *l, void (*fn)(void *ctx), void *ctx);

/* Called first thing by loop_free, for what nobody else owns any more. list_del(&e->link) takes
 * it back. For io/ only. */
struct loop_end {
	struct link link;
	void (*fn)(void *ctx);
	void *ctx;
};
void loop_end_add(struct loop *l, struct loop_end *e, void (*fn)(void *ctx), void *ctx);

/* Readiness of a descriptor that is not a stream. */
#define LOOP_READ  1u
#define LOOP_WRITE 2u
struct loop_fd;
struct loop_fd *loop_fd_new(
	struct loop *l, int fd, unsigned what, void (*fn)(void *ctx, unsigned what), void *ctx);
void loop_fd_want(struct loop_fd *f, unsigned what);
void loop_fd_free(struct loop_fd **f); /* does not close the descriptor */

/* Signals (SIGTERM, SIGHUP, SIGCHLD, …) as calls on the loop. Lives as long as the loop. The
 * signal stays blocked from here on; threads made before must have it blocked too. */
void loop_signal(struct loop *l, int signo, void (*fn)(void *ctx, int signo), void *ctx);

#endif
