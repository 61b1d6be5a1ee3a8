#include "io/pool.h"

#include "base/mem.h"
#include "base/must.h"

#include <pthread.h>

#define POOL_THREADS_MAX 16

struct pool {
	struct loop *loop;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct link jobs; /* under lock */
	bool ending;      /* under lock */
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

static void *
thread(void *ctx)
{
	struct pool *p = ctx;
	struct link *l;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while ((l = list_pop(&p->jobs)) == NULL && !p->ending)
			pthread_cond_wait(&p->wake, &p->lock);
		if (l == NULL)
			break;
		pthread_mutex_unlock(&p->lock);
		run_one(p, LIST_OF(l, struct pool_job, link));
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
	list_init(&p->jobs);
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
	list_push(&p->jobs, &job->link);
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

size_t
pool_waiting(const struct pool *p)
{
	return p->waiting;
}
