#include "io/file_fault.h"

#ifdef FACTEUR_FAULTS

#include "base/must.h"
#include "base/str.h"
#include "io/file_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXIT_KILLED 99

/* Against the rule on globals: a fault hits the process, wherever the call is made. Only in
 * test builds. */
static struct {
	pthread_mutex_t
		lock; /* held across the call itself, so that the log has its true order */
	bool ready;
	enum file_fault_kind kind;
	uint64_t calls, nth;
	int err;
	bool fired;
	unsigned controls;
	int log;       /* -1: none */
	pid_t log_pid; /* who opened it by the environment: a role closes what it inherits */
} state = { .lock = PTHREAD_MUTEX_INITIALIZER, .log = -1 };

static enum file_fault_kind
kind_of(struct str s)
{
	static const char *const names[] = { "", "call", "from", "torn", "short", "kill" };

	for (unsigned i = 1; i < sizeof names / sizeof *names; i++)
		if (str_eq_z(s, names[i]))
			return (enum file_fault_kind)i;
	return FILE_FAULT_NONE;
}

/* Only that build can be broken, and only on demand. */
static unsigned
named_control(void)
{
	unsigned set = 0;
#ifdef FACTEUR_CONTROL
	static const struct {
		const char *name;
		enum file_fault_control control;
	} table[] = { { "early250", FILE_CONTROL_EARLY250 },
		{ "nofsync", FILE_CONTROL_NOFSYNC }, { "nodirsync", FILE_CONTROL_NODIRSYNC } };
	const char *name = getenv("FACTEUR_FAULT_CONTROL");

	for (unsigned i = 0; name && i < sizeof table / sizeof *table; i++)
		if (str_eq_z(str_z(name), table[i].name))
			set = table[i].control;
	/* A name with a slip of the pen would be a control that stays green. */
	must(!name || !*name || set);
#endif
	return set;
}

static int
open_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	state.log = fd;
	return 0;
}

static void
read_environment(void)
{
	struct str spec = str_z(getenv("FACTEUR_FAULT"));
	const char *log = getenv("FACTEUR_WRITELOG");
	struct str kind = str_cut(&spec, ':'), nth = str_cut(&spec, ':'), err = spec;
	uint64_t v;

	state.ready = true;
	state.controls = named_control();
	file_plan_open();
	if (kind.n && !str_u64(nth, &v)) {
		state.kind = kind_of(kind);
		state.nth = v;
		state.err = err.n && !str_u64(err, &v) ? (int)v : EIO;
	}
	if (log && *log) {
		must(open_log(log) == 0);
		state.log_pid = getpid();
	}
}

/* In a process that was forked since, the number means nothing or another file. */
static void
reopen_log(void)
{
	state.log = -1;
	must(open_log(getenv("FACTEUR_WRITELOG")) == 0);
	state.log_pid = getpid();
}

static void
lock(void)
{
	pthread_mutex_lock(&state.lock);
	if (!state.ready)
		read_environment();
	else if (state.log_pid && state.log_pid != getpid())
		reopen_log();
}

static int
fire(enum file_fault_kind kind, int err, size_t *ret_n)
{
	state.fired = true;
	if (kind == FILE_FAULT_KILL)
		_exit(EXIT_KILLED);
	if ((kind == FILE_FAULT_SHORT || kind == FILE_FAULT_TORN) && ret_n && *ret_n > 1) {
		*ret_n /= 2;
		if (kind == FILE_FAULT_TORN) {
			/* The rest of this write is the next call: it fails. */
			state.kind = FILE_FAULT_CALL;
			state.nth = state.calls + 1;
			state.err = err;
		}
		return 0;
	}
	return kind == FILE_FAULT_SHORT ? 0 : -err;
}

int
file_fault_begin(const char *call, size_t *ret_n)
{
	unsigned kind;
	int err = 0, with;

	lock();
	state.calls++;
	if (state.kind != FILE_FAULT_NONE &&
		(state.calls == state.nth ||
			(state.kind == FILE_FAULT_FROM && state.calls > state.nth)))
		err = fire(state.kind, state.err, ret_n);
	else if (file_plan_on() && file_plan_hit(call, &kind, &with))
		err = fire((enum file_fault_kind)kind, with, ret_n);
	if (err)
		pthread_mutex_unlock(&state.lock);
	return err;
}

void
file_fault_end(void)
{
	pthread_mutex_unlock(&state.lock);
}

static void
log_entry(const void *bytes, size_t n, const char *fmt, va_list ap)
{
	char line[4096];
	int len = vsnprintf(line, sizeof line, fmt, ap);
	struct iovec v[3] = { { line, (size_t)len }, { (void *)(uintptr_t)bytes, n },
		{ (void *)(uintptr_t) "\n", 1 } };

	must(len > 0 && (size_t)len < sizeof line);
	/* One call: entries of several processes do not mix. */
	must(writev(state.log, v, bytes ? 3 : 1) == len + (bytes ? (ssize_t)n + 1 : 0));
}

void
file_fault_log(const void *bytes, size_t n, const char *fmt, ...)
{
	va_list ap;

	if (state.log < 0)
		return;
	va_start(ap, fmt);
	log_entry(bytes, n, fmt, ap);
	va_end(ap);
}

bool
file_fault_control(enum file_fault_control c)
{
	bool broken;

	lock();
	broken = state.controls & c;
	pthread_mutex_unlock(&state.lock);
	return broken;
}

void
file_fault_role(const char *name)
{
	lock();
	file_plan_role(name);
	pthread_mutex_unlock(&state.lock);
}

bool
file_fault_planned(void)
{
	bool planned;

	lock();
	planned = file_plan_on();
	pthread_mutex_unlock(&state.lock);
	return planned;
}

void
file_fault_wrote(int fd, uint64_t offset, size_t n)
{
	file_plan_wrote(fd, offset, n);
}

void
file_fault_flushed(int fd)
{
	file_plan_forget(fd);
}

void
file_fault_lost(int fd)
{
	file_plan_lose(fd);
}

void
file_fault_arm(enum file_fault_kind kind, uint64_t nth, int err)
{
	lock();
	state.kind = kind;
	state.nth = state.calls + nth;
	state.err = err;
	state.fired = false;
	pthread_mutex_unlock(&state.lock);
}

bool
file_fault_fired(void)
{
	bool fired;

	lock();
	fired = state.fired;
	pthread_mutex_unlock(&state.lock);
	return fired;
}

void
file_fault_controls(unsigned set)
{
	lock();
	state.controls = set;
	pthread_mutex_unlock(&state.lock);
}

int
file_fault_log_to(const char *path)
{
	int err = 0;

	lock();
	if (state.log >= 0)
		close(state.log);
	state.log = -1;
	state.log_pid = 0;
	if (path)
		err = open_log(path);
	pthread_mutex_unlock(&state.lock);
	return err;
}

void
file_fault_mark(const char *text)
{
	lock();
	file_fault_log(NULL, 0, "mark %d %s\n", (int)getpid(), text);
	pthread_mutex_unlock(&state.lock);
}

#else
/* ISO C forbids an empty file. */
extern int file_fault_nothing;
#endif
