#include "io/loop.h"
#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TICK_US     1000
#define WAIT_MAX_US UINT64_C(3600000000)

struct post {
	struct link link;
	void (*fn)(void *ctx);
	void *ctx;
};

struct sig {
	struct link link;
	struct event ev;
	int fd;
	void (*fn)(void *ctx, int signo);
	void *ctx;
};

struct loop {
	struct clock *clock;
	struct event_base *base;
	struct event timer; /* wakes the wheel */
	struct event wake;  /* the eventfd other threads write to */
	struct wheel wheel;
	struct link tasks, lasts;
	struct link sigs;
	struct link ends;
	uint64_t mono;
	int64_t wall;
	int wake_fd;
	bool inside; /* a round runs */
	bool stale;  /* the clock was not read yet since the wait of this round */
	bool stop;
	pthread_mutex_t lock; /* of posts */
	struct link posts;
};

struct loop_fd {
	struct event ev;
	struct loop *loop;
	void (*fn)(void *ctx, unsigned what);
	void *ctx;
	unsigned want;
};

/* libevent 2.1 has no hook between its wait and its callbacks, so the first reader after the
 * wait reads the clock for the whole round. */
static void
refresh(const struct loop *l)
{
	struct loop *own = (struct loop *)(uintptr_t)l;

	if (l->inside && !l->stale)
		return;
	own->mono = clock_mono(l->clock);
	own->wall = clock_wall(l->clock);
	own->stale = false;
}

uint64_t
loop_mono(const struct loop *l)
{
	refresh(l);
	return l->mono;
}

int64_t
loop_wall(const struct loop *l)
{
	refresh(l);
	return l->wall;
}

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx; /* the round looks at the wheel by itself */
}

static void
on_wake(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *l = ctx;
	struct link todo, *it;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof n) < 0 && errno != EAGAIN)
		must(errno == EINTR);
	list_init(&todo);
	pthread_mutex_lock(&l->lock);
	while ((it = list_pop(&l->posts)))
		list_push(&todo, it);
	pthread_mutex_unlock(&l->lock);
	while ((it = list_pop(&todo))) {
		struct post *p = LIST_OF(it, struct post, link);
		struct post copy = *p;

		mem_free(p);
		copy.fn(copy.ctx);
	}
}

struct loop *
loop_new(struct clock *clock)
{
	struct loop *l = MEM_NEW(l);
	struct event_config *conf = event_config_new();

	must(conf);
	signal(SIGPIPE, SIG_IGN);
	event_config_set_flag(conf, EVENT_BASE_FLAG_NOLOCK);
	l->clock = clock;
	l->base = event_base_new_with_config(conf);
	event_config_free(conf);
	must(l->base);
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	must(l->wake_fd >= 0);
	list_init(&l->tasks);
	list_init(&l->lasts);
	list_init(&l->sigs);
	list_init(&l->ends);
	list_init(&l->posts);
	pthread_mutex_init(&l->lock, NULL);
	wheel_init(&l->wheel, TICK_US, loop_mono(l));
	event_assign(&l->timer, l->base, -1, 0, on_timer, l);
	event_assign(&l->wake, l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l);
	event_add(&l->wake, NULL);
	return l;
}

void
loop_free(struct loop **pl)
{
	struct loop *l = *pl;
	struct link *it;

	if (!l)
		return;
	while ((it = list_pop(&l->ends))) {
		struct loop_end *e = LIST_OF(it, struct loop_end, link);

		e->fn(e->ctx);
	}
	while ((it = list_pop(&l->sigs))) {
		struct sig *s = LIST_OF(it, struct sig, link);

		event_del(&s->ev);
		close(s->fd);
		mem_free(s);
	}
	while ((it = list_pop(&l->posts)))
		mem_free(LIST_OF(it, struct post, link));
	while (list_pop(&l->tasks) || list_pop(&l->lasts))
		;
	event_del(&l->timer);
	event_del(&l->wake);
	close(l->wake_fd);
	event_base_free(l->base);
	pthread_mutex_destroy(&l->lock);
	mem_free(l);
	*pl = NULL;
}

static void
run_timers(struct loop *l)
{
	struct timer *t;

	/* Bounded, so that a timer that arms itself for "now" cannot hold the loop. */
	for (size_t n = l->wheel.count; n > 0 && (t = wheel_pop(&l->wheel, l->mono)); n--) {
		struct loop_timer *lt = (struct loop_timer *)(void *)t;

		lt->fn(lt->ctx);
	}
}

static void
run_tasks(struct link *tasks)
{
	struct link todo, *it;

	if (list_empty(tasks))
		return;
	/* What these post runs next round. The list moves whole, so loop_task_off still works.
	 */
	list_put_before(tasks, &todo);
	list_del(tasks);
	while ((it = list_pop(&todo))) {
		struct loop_task *t = LIST_OF(it, struct loop_task, link);

		t->fn(t->ctx);
	}
}

static void
wait_and_dispatch(struct loop *l, uint64_t wait_us)
{
	struct timeval tv;

	if (wait_us == 0) {
		event_base_loop(l->base, EVLOOP_NONBLOCK);
		return;
	}
	if (wait_us > WAIT_MAX_US)
		wait_us = WAIT_MAX_US;
	tv.tv_sec = (time_t)(wait_us / 1000000);
	tv.tv_usec = (suseconds_t)(wait_us % 1000000);
	event_add(&l->timer, &tv);
	event_base_loop(l->base, EVLOOP_ONCE);
}

static uint64_t
time_to_wait(struct loop *l, uint64_t wait_us)
{
	uint64_t next = wheel_next(&l->wheel);
	uint64_t now = loop_mono(l);

	if (!list_empty(&l->tasks) || !list_empty(&l->lasts) || next <= now)
		return 0;
	return next - now < wait_us ? next - now : wait_us;
}

void
loop_step(struct loop *l, uint64_t wait_us)
{
	must(!l->inside);
	wait_us = time_to_wait(l, wait_us);
	l->inside = true;
	l->stale = true;
	wait_and_dispatch(l, wait_us);
	l->stale = true;
	refresh(l);
	run_timers(l);
	run_tasks(&l->tasks);
	run_tasks(&l->lasts);
	l->inside = false;
}

void
loop_run(struct loop *l)
{
	l->stop = false;
	while (!l->stop)
		loop_step(l, UINT64_MAX);
}

void
loop_stop(struct loop *l)
{
	l->stop = true;
}

void
loop_timer_init(struct loop_timer *t, void (*fn)(void *ctx), void *ctx)
{
	timer_init(&t->timer);
	t->fn = fn;
	t->ctx = ctx;
}

void
loop_timer_in(struct loop *l, struct loop_timer *t, uint64_t wait_us)
{
	uint64_t now = loop_mono(l);

	if (wait_us > UINT64_MAX - now)
		loop_timer_off(l, t);
	else
		wheel_add(&l->wheel, &t->timer, now + wait_us);
}

void
loop_timer_off(struct loop *l, struct loop_timer *t)
{
	if (timer_pending(&t->timer))
		wheel_del(&l->wheel, &t->timer);
}

void
loop_task_init(struct loop_task *t, void (*fn)(void *ctx), void *ctx)
{
	list_init(&t->link);
	t->fn = fn;
	t->ctx = ctx;
}

void
loop_task_post(struct loop *l, struct loop_task *t)
{
	if (list_alone(&t->link))
		list_push(&l->tasks, &t->link);
}

void
loop_task_last(struct loop *l, struct loop_task *t)
{
	if (list_alone(&t->link))
		list_push(&l->lasts, &t->link);
}

void
loop_task_off(struct loop_task *t)
{
	list_del(&t->link);
}

void
loop_post_from_thread(struct loop *l, void (*fn)(void *ctx), void *ctx)
{
	struct post *p = MEM_NEW(p);
	const uint64_t one = 1;
	bool first;

	p->fn = fn;
	p->ctx = ctx;
	pthread_mutex_lock(&l->lock);
	first = list_empty(&l->posts);
	list_push(&l->posts, &p->link);
	/* Under the lock: the loop may be freed as soon as it saw the last post. */
	while (first && write(l->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
	pthread_mutex_unlock(&l->lock);
}

void
loop_end_add(struct loop *l, struct loop_end *e, void (*fn)(void *ctx), void *ctx)
{
	e->fn = fn;
	e->ctx = ctx;
	list_push(&l->ends, &e->link);
}

static void
on_fd(evutil_socket_t fd, short what, void *ctx)
{
	struct loop_fd *f = ctx;
	unsigned w = ((what & EV_READ) ? LOOP_READ : 0) | ((what & EV_WRITE) ? LOOP_WRITE : 0);

	(void)fd;
	f->fn(f->ctx, w); /* f may be gone now */
}

static short
ev_what(unsigned what)
{
	return (short)(EV_PERSIST | ((what & LOOP_READ) ? EV_READ : 0) |
		       ((what & LOOP_WRITE) ? EV_WRITE : 0));
}

struct loop_fd *
loop_fd_new(
	struct loop *l, int fd, unsigned what, void (*fn)(void *ctx, unsigned what), void *ctx)
{
	struct loop_fd *f = MEM_NEW(f);

	f->loop = l;
	f->fn = fn;
	f->ctx = ctx;
	event_assign(&f->ev, l->base, fd, ev_what(what), on_fd, f);
	f->want = what;
	if (what)
		event_add(&f->ev, NULL);
	return f;
}

void
loop_fd_want(struct loop_fd *f, unsigned what)
{
	if (f->want == what)
		return;
	if (f->want)
		event_del(&f->ev);
	event_assign(&f->ev, f->loop->base, event_get_fd(&f->ev), ev_what(what), on_fd, f);
	f->want = what;
	if (what)
		event_add(&f->ev, NULL);
}

void
loop_fd_free(struct loop_fd **f)
{
	if (!*f)
		return;
	if ((*f)->want)
		event_del(&(*f)->ev);
	mem_free(*f);
	*f = NULL;
}

static void
on_signal(evutil_socket_t fd, short what, void *ctx)
{
	struct sig *s = ctx;
	struct signalfd_siginfo info;

	(void)what;
	if (read((int)fd, &info, sizeof info) == (ssize_t)sizeof info)
		s->fn(s->ctx, (int)info.ssi_signo);
}

void
loop_signal(struct loop *l, int signo, void (*fn)(void *ctx, int signo), void *ctx)
{
	struct sig *s = MEM_NEW(s);
	sigset_t set;

	/* Not libevent's signals: they keep one global, which a forked role would share. */
	sigemptyset(&set);
	sigaddset(&set, signo);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	s->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	must(s->fd >= 0);
	s->fn = fn;
	s->ctx = ctx;
	event_assign(&s->ev, l->base, s->fd, EV_READ | EV_PERSIST, on_signal, s);
	event_add(&s->ev, NULL);
	list_push(&l->sigs, &s->link);
}
