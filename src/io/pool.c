#include "io/pool.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"

#include <pthread.h>

#define POOL_THREADS_MAX 16

/* What waits of one owner; gone when that is nothing. */
struct lane {
	struct link link; /* whose turn comes first, first */
	struct link jobs;
	uint64_t owner;
};

struct pool {
	struct loop *loop;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct link lanes;    /* under lock */
	struct nmap by_owner; /* under lock: those of owners that have a name */
	struct lane common;   /* under lock: of the others, in the list when something waits */
	bool ending;          /* under lock */
	pthread_t threads[POOL_THREADS_MAX];
	unsigned n;
	size_t waiting; /* loop's thread only */
	struct link inline_jobs;
	struct loop_task inline_task;
};

struct answer {
	struct pool *pool;
	struct pool_job *job;
};

static void
on_done(void *ctx)
{
	struct answer *a = ctx;
	struct pool_job *job = a->job;

	a->pool->waiting--;
	mem_free(a);
	job->done(job->ctx);
}

static void
run_one(struct pool *p, struct pool_job *job)
{
	struct answer *a = MEM_NEW(a);

	job->work(job->ctx);
	a->pool = p;
	a->job = job;
	loop_post_from_thread(p->loop, on_done, a);
}

/* ---- whose turn it is; under the lock ---- */

/* NULL: nothing of his waits. */
static struct lane *
lane_find(struct pool *p, uint64_t owner)
{
	uint64_t at = 0;

	if (owner == 0)
		return list_alone(&p->common.link) ? NULL : &p->common;
	return nmap_get(&p->by_owner, owner, &at) ? (struct lane *)(uintptr_t)at : NULL;
}

static void
put(struct pool *p, struct pool_job *job)
{
	struct lane *lane = lane_find(p, job->owner);

	if (!lane) {
		lane = job->owner ? MEM_NEW(lane) : &p->common;
		lane->owner = job->owner;
		list_init(&lane->jobs);
		list_init(&lane->link);
		list_push(&p->lanes, &lane->link);
		if (job->owner)
			nmap_put(&p->by_owner, job->owner, (uintptr_t)lane);
	}
	list_push(&lane->jobs, &job->link);
}

static void
drop_empty(struct pool *p, struct lane *lane)
{
	if (!list_empty(&lane->jobs))
		return;
	list_del(&lane->link);
	if (!lane->owner)
		return;
	(void)nmap_del(&p->by_owner, lane->owner);
	mem_free(lane);
}

static struct pool_job *
take(struct pool *p)
{
	struct lane *lane;
	struct link *l;

	if (list_empty(&p->lanes))
		return NULL;
	lane = LIST_OF(p->lanes.next, struct lane, link);
	l = list_pop(&lane->jobs);
	/* The others' turn, before he has another one. */
	list_del(&lane->link);
	list_push(&p->lanes, &lane->link);
	drop_empty(p, lane);
	return LIST_OF(l, struct pool_job, link);
}

/* ---- threads ---- */

static void *
thread(void *ctx)
{
	struct pool *p = ctx;
	struct pool_job *job;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while ((job = take(p)) == NULL && !p->ending)
			pthread_cond_wait(&p->wake, &p->lock);
		if (job == NULL)
			break;
		pthread_mutex_unlock(&p->lock);
		run_one(p, job);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void
on_inline(void *ctx)
{
	struct pool *p = ctx;
	struct link *l;

	while ((l = list_pop(&p->inline_jobs)) != NULL) {
		struct pool_job *job = LIST_OF(l, struct pool_job, link);

		job->work(job->ctx);
		p->waiting--;
		job->done(job->ctx);
	}
}

struct pool *
pool_new(struct loop *l, unsigned threads, bool inline_)
{
	struct pool *p = MEM_NEW(p);

	must(threads <= POOL_THREADS_MAX);
	p->loop = l;
	list_init(&p->lanes);
	list_init(&p->common.link);
	nmap_init(&p->by_owner);
	list_init(&p->inline_jobs);
	loop_task_init(&p->inline_task, on_inline, p);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	while (!inline_ && p->n < threads)
		must(pthread_create(&p->threads[p->n++], NULL, thread, p) == 0);
	return p;
}

void
pool_free(struct pool **pp)
{
	struct pool *p = *pp;

	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n; i++)
		pthread_join(p->threads[i], NULL);
	on_inline(p);
	loop_task_off(&p->inline_task);
	/* Answers posted by the threads are still on their way to the loop. */
	while (p->waiting > 0)
		loop_step(p->loop, 0);
	nmap_done(&p->by_owner);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->wake);
	mem_free(p);
	*pp = NULL;
}

void
pool_add(struct pool *p, struct pool_job *job)
{
	p->waiting++;
	if (p->n == 0) {
		list_push(&p->inline_jobs, &job->link);
		loop_task_post(p->loop, &p->inline_task);
		return;
	}
	pthread_mutex_lock(&p->lock);
	put(p, job);
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

bool
pool_take_back(struct pool *p, struct pool_job *job)
{
	bool waits;

	pthread_mutex_lock(&p->lock);
	waits = !list_alone(&job->link);
	if (waits) {
		list_del(&job->link);
		if (p->n > 0)
			drop_empty(p, lane_find(p, job->owner));
	}
	pthread_mutex_unlock(&p->lock);
	p->waiting -= waits;
	return waits;
}

size_t
pool_waiting(const struct pool *p)
{
	return p->waiting;
}
