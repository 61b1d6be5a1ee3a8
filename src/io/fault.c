#include "io/fault.h"

#ifdef FACTEUR_FAULTS

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define LOOK_US 100000u

bool
fault_poison(const char *word, struct str address)
{
	return getenv("FACTEUR_FAULT_POISON") != NULL && str_starts(address, str_z(word));
}

void
fault_die(void)
{
	abort();
}

void
fault_hang(void)
{
	for (;;)
		sleep(1);
}

/* Against the rule on globals: the wall is that of the process. The descriptor is opened before
 * the sandbox closes the way to the file. */
static struct {
	_Atomic pid_t pid; /* whose fd: a role closes what it inherits */
	_Atomic int fd;
	_Atomic uint64_t looked;
	_Atomic int64_t seconds;
} state;

static int
clock_fd(void)
{
	const char *path;
	int fd;

	if (atomic_load(&state.pid) == getpid())
		return atomic_load(&state.fd);
	path = getenv("FACTEUR_FAULT_CLOCK");
	fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	atomic_store(&state.fd, fd);
	atomic_store(&state.pid, getpid());
	return fd;
}

int64_t
fault_clock_us(uint64_t mono)
{
	char text[32];
	int fd = clock_fd();
	ssize_t n;

	if (fd < 0)
		return 0;
	if (mono - atomic_load(&state.looked) > LOOK_US) {
		atomic_store(&state.looked, mono);
		n = pread(fd, text, sizeof text - 1, 0);
		if (n > 0) {
			text[n] = '\0';
			atomic_store(&state.seconds, strtoll(text, NULL, 10));
		}
	}
	return atomic_load(&state.seconds) * 1000000;
}

#endif
