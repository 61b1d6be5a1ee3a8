#include "io/file_plan.h"

#include "io/file_fault.h"

#ifdef FACTEUR_FAULTS

#include "base/must.h"
#include "base/str.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define RANGES 1024

struct range {
	int fd;
	uint64_t offset;
	size_t n;
};

/* Against the rule on globals, as in file_fault.c. */
static struct {
	pthread_mutex_t lock;
	struct file_plan *plan; /* NULL: none */
	char role[16];
	uint32_t armed; /* the plan that since counts for */
	uint64_t since, born;
	size_t nranges;
	struct range range[RANGES];
} state = { .lock = PTHREAD_MUTEX_INITIALIZER, .role = "keeper" };

void
file_plan_open(void)
{
	const char *path = getenv("FACTEUR_FAULT_PLAN");
	int fd;
	void *p;

	if (state.plan || !path || !*path)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	p = mmap(NULL, FILE_PLAN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(p != MAP_FAILED);
	close(fd);
	state.plan = p;
}

void
file_plan_role(const char *name)
{
	struct str s = str_z(name);

	must(str_copy_z(state.role, sizeof state.role, str_cut(&s, ' ')) == 0);
	state.born = state.since = 0;
	state.nranges = 0;
}

bool
file_plan_on(void)
{
	return state.plan != NULL;
}

static uint64_t
mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void
tell(struct file_plan *p, uint32_t armed, const char *call)
{
	uint32_t before = __atomic_load_n(&p->fired, __ATOMIC_ACQUIRE);

	__atomic_add_fetch(&p->hits, 1, __ATOMIC_RELAXED);
	if (before == armed)
		return;
	p->mono = mono_us();
	p->pid = (int32_t)getpid();
	(void)str_copy_z(p->call, sizeof p->call, str_z(call));
	__atomic_store_n(&p->fired, armed, __ATOMIC_RELEASE);
}

bool
file_plan_hit(const char *call, unsigned *ret_kind, int *ret_err)
{
	struct file_plan *p = state.plan;
	uint32_t armed = __atomic_load_n(&p->armed, __ATOMIC_ACQUIRE);
	uint64_t at;

	state.born++;
	if (armed != state.armed) {
		state.armed = armed;
		state.since = 0;
	}
	if (!armed || (p->role[0] != '*' && !str_eq_z(str_z(p->role), state.role)))
		return false;
	at = ++state.since;
	if (at > p->count)
		p->count = at;
	if (p->born)
		at = state.born;
	if (p->kind == FILE_FAULT_NONE ||
		(p->kind == FILE_FAULT_FROM ? at < p->nth : at != p->nth))
		return false;
	/* Once is once: another process of the role, or the next of its life, is spared. */
	if (p->kind != FILE_FAULT_FROM && __atomic_load_n(&p->fired, __ATOMIC_ACQUIRE) == armed)
		return false;
	*ret_kind = p->kind;
	*ret_err = p->err;
	tell(p, armed, call);
	return true;
}

void
file_plan_wrote(int fd, uint64_t offset, size_t n)
{
	if (!state.plan)
		return;
	pthread_mutex_lock(&state.lock);
	if (state.nranges < RANGES)
		state.range[state.nranges++] = (struct range){ fd, offset, n };
	pthread_mutex_unlock(&state.lock);
}

void
file_plan_forget(int fd)
{
	size_t n = 0;

	if (!state.plan)
		return;
	pthread_mutex_lock(&state.lock);
	for (size_t i = 0; i < state.nranges; i++)
		if (state.range[i].fd != fd)
			state.range[n++] = state.range[i];
	state.nranges = n;
	pthread_mutex_unlock(&state.lock);
}

static void
put_zeros(const struct range *r)
{
	static const char zeros[4096];

	for (size_t done = 0; done < r->n;) {
		size_t n = r->n - done < sizeof zeros ? r->n - done : sizeof zeros;

		must(pwrite(r->fd, zeros, n, (off_t)(r->offset + done)) == (ssize_t)n);
		done += n;
	}
}

void
file_plan_lose(int fd)
{
	if (!state.plan)
		return;
	pthread_mutex_lock(&state.lock);
	for (size_t i = 0; i < state.nranges; i++)
		if (state.range[i].fd == fd)
			put_zeros(&state.range[i]);
	pthread_mutex_unlock(&state.lock);
	file_plan_forget(fd);
}

#else
/* ISO C forbids an empty file. */
extern int file_plan_nothing;
#endif
