#include "base/test.h"
#include "io/loop.h"

#include <pthread.h>

struct note {
	struct loop *loop;
	struct loop_timer timer, other;
	struct loop_task task;
	struct loop_fd *fd;
	unsigned what;
	int hits;
	uint64_t at;
};

static void
hit(void *ctx)
{
	struct note *n = ctx;

	n->hits++;
	n->at = loop_mono(n->loop);
}

static void
again(void *ctx)
{
	struct note *n = ctx;

	n->hits++;
	loop_timer_in(n->loop, &n->timer, 0);
}

static void
repost(void *ctx)
{
	struct note *n = ctx;

	n->hits++;
	loop_task_post(n->loop, &n->task);
}

static void
test_fake_clock(void **state)
{
	struct clock c;
	struct note n = { 0 };

	(void)state;
	clock_fake(&c, 1000000, 5);
	n.loop = loop_new(&c);
	loop_timer_init(&n.timer, hit, &n);
	loop_timer_in(n.loop, &n.timer, 10000);
	loop_step(n.loop, 0);
	assert_int_equal(n.hits, 0);
	clock_pass(&c, 9999);
	loop_step(n.loop, 0);
	assert_int_equal(n.hits, 0);
	clock_pass(&c, 1);
	loop_step(n.loop, 0);
	assert_int_equal(n.hits, 1);
	assert_int_equal(n.at, 1010000);
	assert_int_equal(loop_wall(n.loop), 10005);
	loop_timer_in(n.loop, &n.timer, 5);
	loop_timer_off(n.loop, &n.timer);
	loop_timer_off(n.loop, &n.timer);
	clock_pass(&c, 100);
	loop_step(n.loop, 0);
	assert_int_equal(n.hits, 1);
	loop_timer_in(n.loop, &n.timer, UINT64_MAX); /* never */
	loop_step(n.loop, 0);
	assert_int_equal(n.hits, 1);
	loop_free(&n.loop);
}

static void
test_real_clock(void **state)
{
	struct clock c;
	struct note n = { 0 };
	uint64_t begin;

	(void)state;
	clock_real(&c);
	n.loop = loop_new(&c);
	begin = loop_mono(n.loop);
	loop_timer_init(&n.timer, hit, &n);
	loop_timer_in(n.loop, &n.timer, 20000);
	while (!n.hits)
		loop_step(n.loop, UINT64_MAX);
	assert_true(n.at - begin >= 20000);
	assert_true(n.at - begin < 2000000);
	assert_true(loop_wall(n.loop) > 1600000000000000);
	loop_free(&n.loop);
}

/* A timer that arms itself for now runs once a round and starves nobody. */
static void
test_self_arming(void **state)
{
	struct clock c;
	struct note n = { 0 };

	(void)state;
	clock_fake(&c, 1000000, 0);
	n.loop = loop_new(&c);
	loop_timer_init(&n.timer, again, &n);
	loop_timer_in(n.loop, &n.timer, 0);
	for (int i = 1; i < 5; i++) {
		loop_step(n.loop, UINT64_MAX);
		assert_int_equal(n.hits, i);
	}
	loop_timer_off(n.loop, &n.timer);
	loop_free(&n.loop);
}

static void
test_tasks(void **state)
{
	struct clock c;
	struct note a = { 0 }, b = { 0 };

	(void)state;
	clock_fake(&c, 1000000, 0);
	a.loop = b.loop = loop_new(&c);
	loop_task_init(&a.task, repost, &a);
	loop_task_init(&b.task, hit, &b);
	loop_task_post(a.loop, &a.task);
	loop_task_post(a.loop, &a.task);
	loop_task_post(a.loop, &b.task);
	loop_step(a.loop, UINT64_MAX);
	assert_int_equal(a.hits, 1);
	assert_int_equal(b.hits, 1);
	loop_step(a.loop, UINT64_MAX); /* does not wait: a posted itself */
	assert_int_equal(a.hits, 2);
	loop_task_off(&a.task);
	loop_task_off(&b.task);
	loop_step(a.loop, 0);
	assert_int_equal(a.hits, 2);
	loop_free(&a.loop);
}

static void
post_task(void *ctx)
{
	struct note *n = ctx;

	loop_task_post(n->loop, &n->task);
}

/* Behind the tasks of its round; what it posts comes in the next one. */
static void
test_last(void **state)
{
	struct clock c;
	struct note a = { 0 };
	struct loop_task last;

	(void)state;
	clock_fake(&c, 1000000, 0);
	a.loop = loop_new(&c);
	loop_task_init(&a.task, hit, &a);
	loop_task_init(&last, post_task, &a);
	loop_task_last(a.loop, &last);
	loop_task_last(a.loop, &last);
	loop_task_post(a.loop, &a.task);
	loop_step(a.loop, UINT64_MAX); /* does not wait: the task, then the last */
	assert_int_equal(a.hits, 1);
	loop_step(a.loop, UINT64_MAX);
	assert_int_equal(a.hits, 2);
	loop_task_last(a.loop, &last);
	loop_task_off(&last);
	loop_step(a.loop, 0);
	loop_step(a.loop, 0);
	assert_int_equal(a.hits, 2);
	loop_task_last(a.loop, &last);
	loop_free(&a.loop); /* waiting still */
}

static void
on_fd(void *ctx, unsigned what)
{
	struct note *n = ctx;

	n->what = what;
	n->hits++;
	loop_fd_free(&n->fd); /* inside its own call */
}

static void
test_fd(void **state)
{
	struct clock c;
	struct note n = { 0 };
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	clock_real(&c);
	n.loop = loop_new(&c);
	n.fd = loop_fd_new(n.loop, p[0], LOOP_READ, on_fd, &n);
	loop_step(n.loop, 0);
	assert_int_equal(n.hits, 0);
	loop_fd_want(n.fd, 0);
	assert_int_equal(write(p[1], "x", 1), 1);
	loop_step(n.loop, 0);
	assert_int_equal(n.hits, 0);
	loop_fd_want(n.fd, LOOP_READ);
	loop_step(n.loop, UINT64_MAX);
	assert_int_equal(n.hits, 1);
	assert_int_equal(n.what, LOOP_READ);
	assert_null(n.fd);
	loop_free(&n.loop);
	close(p[0]);
	close(p[1]);
}

static void
on_signal(void *ctx, int signo)
{
	struct note *n = ctx;

	n->hits = signo;
	loop_stop(n->loop);
}

static void
test_signal(void **state)
{
	struct clock c;
	struct note n = { 0 };

	(void)state;
	clock_real(&c);
	n.loop = loop_new(&c);
	loop_signal(n.loop, SIGUSR1, on_signal, &n);
	raise(SIGUSR1);
	loop_run(n.loop);
	assert_int_equal(n.hits, SIGUSR1);
	loop_free(&n.loop);
}

#define POSTS 2000

static void
count(void *ctx)
{
	struct note *n = ctx;

	if (++n->hits == 2 * POSTS)
		loop_stop(n->loop);
}

static void *
poster(void *ctx)
{
	struct note *n = ctx;

	for (int i = 0; i < POSTS; i++)
		loop_post_from_thread(n->loop, count, n);
	return NULL;
}

static void
test_threads(void **state)
{
	struct clock c;
	struct note n = { 0 };
	pthread_t a, b;

	(void)state;
	clock_real(&c);
	n.loop = loop_new(&c);
	assert_int_equal(pthread_create(&a, NULL, poster, &n), 0);
	assert_int_equal(pthread_create(&b, NULL, poster, &n), 0);
	loop_run(n.loop);
	assert_int_equal(n.hits, 2 * POSTS);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	loop_free(&n.loop);
}

TEST_MAIN(TEST(test_fake_clock), TEST(test_real_clock), TEST(test_self_arming),
	TEST(test_tasks), TEST(test_last), TEST(test_fd), TEST(test_signal), TEST(test_threads))
