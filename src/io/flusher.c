#include "io/flusher.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SYNCS_MAX 32
#define RUN_MAX   64 /* writes in one call */
#define ALIGN     8u

struct flusher {
	struct loop *loop;
	bool inline_;
	/* Loop's thread only. taken: answers being given; a done that drains goes on with them.
	 */
	size_t waiting;
	struct link fresh; /* of this round, not handed over yet */
	struct link taken;
	struct loop_task task; /* inline_: runs the batch; else: hands it over */

	pthread_t thread;
	int wake; /* eventfd: answers are there */
	struct loop_fd *wake_fd;

	pthread_mutex_t lock;
	pthread_cond_t more; /* jobs came, or the end */
	pthread_cond_t less; /* answers came */
	struct link jobs, answers;
	bool end;
};

static int
fault_of(const struct flush_job *job)
{
	return job->fault ? *job->fault : 0;
}

/* May its bytes be written now? Work is done at once. */
static bool
job_ready(struct flush_job *job)
{
	int err = fault_of(job);

	if (!err && job->work) {
		job->err = job->work(job->ctx);
		return false;
	}
	if (!err && job->ready) {
		err = job->ready(job->ctx);
		if (err && job->fault)
			*job->fault = err;
	}
	job->err = err;
	return !err && job->n;
}

/* Writes that go out together. */
struct run {
	struct flush_job *jobs[RUN_MAX];
	struct iovec v[2 * RUN_MAX];
	unsigned n, pieces;
	uint64_t end;
};

static bool
run_takes(const struct run *r, const struct flush_job *job)
{
	return r->n == 0 || (r->n < RUN_MAX && job->fd == r->jobs[0]->fd &&
				    job->fault == r->jobs[0]->fault && job->offset >= r->end &&
				    job->offset - r->end < ALIGN && job->offset % ALIGN == 0);
}

static void
run_add(struct run *r, struct flush_job *job)
{
	static const char zeros[ALIGN];

	if (r->n && job->offset > r->end)
		r->v[r->pieces++] = (struct iovec){ (void *)(uintptr_t)zeros,
			(size_t)(job->offset - r->end) };
	r->v[r->pieces++] = (struct iovec){ (void *)(uintptr_t)job->p, job->n };
	r->jobs[r->n++] = job;
	r->end = job->offset + job->n;
}

static bool
is_soft(const struct flush_job *job, int err)
{
	return job->soft && (err == -ENOSPC || err == -EDQUOT);
}

static void
write_alone(struct flush_job *job)
{
	int err = fault_of(job);

	job->err = err ? err : file_pwrite(job->fd, job->p, job->n, job->offset);
	job->refused = is_soft(job, job->err);
	if (job->err && !job->refused && !err && job->fault)
		*job->fault = job->err;
}

static void
run_write(struct run *r)
{
	struct flush_job *first = r->jobs[0];
	int err = r->n > 1 ? file_pwritev(first->fd, r->v, r->pieces, first->offset) : 0;

	for (unsigned i = 0; i < r->n; i++) {
		struct flush_job *job = r->jobs[i];

		/* No space for all of them: each by itself, to learn for which there is. */
		if (r->n == 1 || is_soft(job, err)) {
			write_alone(job);
			continue;
		}
		job->err = err;
		if (err && job->fault && !*job->fault)
			*job->fault = err;
	}
	r->n = r->pieces = 0;
}

struct syncs {
	int fd[SYNCS_MAX], err[SYNCS_MAX];
	unsigned n;
};

/* Each file once: the result of its flush is that of all its jobs. More files than fit are only
 * flushed more often. */
static int
sync_once(struct syncs *s, int fd)
{
	int err;

	for (unsigned i = 0; i < s->n; i++)
		if (s->fd[i] == fd)
			return s->err[i];
	err = file_datasync(fd);
	if (s->n < SYNCS_MAX) {
		s->fd[s->n] = fd;
		s->err[s->n++] = err;
	}
	return err;
}

static void
job_sync(struct syncs *s, struct flush_job *job)
{
	if (!job->sync || job->err)
		return;
	job->err = sync_once(s, job->fd);
	if (job->err && job->fault && !*job->fault)
		*job->fault = job->err;
}

static void
run_batch(struct link *jobs)
{
	struct syncs syncs = { .n = 0 };
	struct run run;

	run.n = run.pieces = 0;
	LIST_EACH(it, jobs)
	{
		struct flush_job *job = LIST_OF(it, struct flush_job, link);

		/* Work may depend on what was added before it. */
		if (run.n && job->work)
			run_write(&run);
		if (!job_ready(job))
			continue;
		if (!run_takes(&run, job)) {
			run_write(&run);
			job->err = fault_of(job);
		}
		if (!job->err)
			run_add(&run, job);
	}
	if (run.n)
		run_write(&run);
	LIST_EACH(it, jobs)
	job_sync(&syncs, LIST_OF(it, struct flush_job, link));
}

/* All of `from` behind what `to` holds. */
static void
list_move(struct link *to, struct link *from)
{
	struct link *l;

	if (list_empty(from))
		return;
	l = from->next;
	l->prev = to->prev;
	to->prev->next = l;
	to->prev = from->prev;
	from->prev->next = to;
	list_init(from);
}

static void
signal_loop(int fd)
{
	uint64_t one = 1;

	/* Fails only when 2^64 - 2 answers wait to be seen: then the loop will wake anyway. */
	if (write(fd, &one, sizeof one) < 0)
		must(errno == EAGAIN);
}

static void *
flusher_main(void *arg)
{
	struct flusher *f = arg;
	struct link batch;

	list_init(&batch);
	pthread_mutex_lock(&f->lock);
	for (;;) {
		bool first;

		while (list_empty(&f->jobs) && !f->end)
			pthread_cond_wait(&f->more, &f->lock);
		if (list_empty(&f->jobs))
			break;
		list_move(&batch, &f->jobs);
		pthread_mutex_unlock(&f->lock);
		run_batch(&batch);
		pthread_mutex_lock(&f->lock);
		first = list_empty(&f->answers);
		list_move(&f->answers, &batch);
		pthread_cond_signal(&f->less);
		pthread_mutex_unlock(&f->lock);
		if (first)
			signal_loop(f->wake);
		pthread_mutex_lock(&f->lock);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

static void
answer_taken(struct flusher *f)
{
	struct link *l;

	while ((l = list_pop(&f->taken)) != NULL) {
		struct flush_job *job = LIST_OF(l, struct flush_job, link);

		f->waiting--;
		job->done(job->ctx, job->err);
	}
}

static void
take_answers(struct flusher *f)
{
	pthread_mutex_lock(&f->lock);
	list_move(&f->taken, &f->answers);
	pthread_mutex_unlock(&f->lock);
	answer_taken(f);
}

static void
on_wake(void *ctx, unsigned what)
{
	struct flusher *f = ctx;
	uint64_t n;

	(void)what;
	if (read(f->wake, &n, sizeof n) < 0)
		must(errno == EAGAIN || errno == EINTR);
	take_answers(f);
}

static void
hand_over(void *ctx)
{
	struct flusher *f = ctx;

	if (list_empty(&f->fresh))
		return;
	pthread_mutex_lock(&f->lock);
	list_move(&f->jobs, &f->fresh);
	pthread_mutex_unlock(&f->lock);
	pthread_cond_signal(&f->more);
}

static void
run_inline(void *ctx)
{
	struct flusher *f = ctx;
	struct link batch;

	list_init(&batch);
	list_move(&batch, &f->fresh);
	run_batch(&batch);
	list_move(&f->taken, &batch);
	answer_taken(f);
}

struct flusher *
flusher_new(struct loop *l, bool inline_)
{
	struct flusher *f = MEM_NEW(f);

	f->loop = l;
	f->inline_ = inline_;
	f->wake = -1;
	list_init(&f->fresh);
	list_init(&f->jobs);
	list_init(&f->answers);
	list_init(&f->taken);
	loop_task_init(&f->task, inline_ ? run_inline : hand_over, f);
	must(!pthread_mutex_init(&f->lock, NULL));
	must(!pthread_cond_init(&f->more, NULL));
	must(!pthread_cond_init(&f->less, NULL));
	if (inline_)
		return f;
	f->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	must(f->wake >= 0);
	f->wake_fd = loop_fd_new(l, f->wake, LOOP_READ, on_wake, f);
	must(!pthread_create(&f->thread, NULL, flusher_main, f));
	return f;
}

void
flusher_add(struct flusher *f, struct flush_job *job)
{
	f->waiting++;
	job->err = 0;
	job->refused = false;
	list_push(&f->fresh, &job->link);
	if (f->inline_)
		loop_task_post(f->loop, &f->task);
	else
		loop_task_last(f->loop, &f->task);
}

void
flusher_drain(struct flusher *f)
{
	while (f->waiting) {
		if (f->inline_ || !list_empty(&f->taken)) {
			answer_taken(f);
			if (f->inline_)
				run_inline(f);
			continue;
		}
		hand_over(f);
		pthread_mutex_lock(&f->lock);
		while (list_empty(&f->answers))
			pthread_cond_wait(&f->less, &f->lock);
		pthread_mutex_unlock(&f->lock);
		take_answers(f);
	}
}

void
flusher_free(struct flusher **fp)
{
	struct flusher *f = *fp;

	if (!f)
		return;
	*fp = NULL;
	flusher_drain(f);
	loop_task_off(&f->task);
	if (!f->inline_) {
		pthread_mutex_lock(&f->lock);
		f->end = true;
		pthread_cond_signal(&f->more);
		pthread_mutex_unlock(&f->lock);
		pthread_join(f->thread, NULL);
		loop_fd_free(&f->wake_fd);
		close(f->wake);
	}
	pthread_cond_destroy(&f->less);
	pthread_cond_destroy(&f->more);
	pthread_mutex_destroy(&f->lock);
	mem_free(f);
}

size_t
flusher_waiting(const struct flusher *f)
{
	return f->waiting;
}
