#include "io/sandbox_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALL(name) SCMP_SYS(name)

/* What glibc, libevent, OpenSSL, SQLite and we need in every role. */
static const int always[] = {
	/* bytes */
	CALL(read),
	CALL(write),
	CALL(readv),
	CALL(writev),
	CALL(pread64),
	CALL(pwrite64),
	CALL(preadv),
	CALL(pwritev),
	CALL(preadv2),
	CALL(pwritev2),
	CALL(lseek),
	CALL(sendfile),
	CALL(copy_file_range),
	CALL(close),
	CALL(close_range),
	CALL(dup),
	CALL(dup2),
	CALL(dup3),
	CALL(pipe),
	CALL(pipe2),
	CALL(flock),
	CALL(poll),
	CALL(ppoll),
	CALL(select),
	CALL(pselect6),
	CALL(epoll_create),
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(epoll_wait),
	CALL(epoll_pwait),
	CALL(epoll_pwait2),
	CALL(eventfd),
	CALL(eventfd2),
	CALL(timerfd_create),
	CALL(timerfd_settime),
	CALL(timerfd_gettime),
	CALL(signalfd4),
	/* files: Landlock says which. It does not look at chmod and chown by path: none here */
	CALL(open),
	CALL(openat),
	CALL(openat2),
	CALL(creat),
	CALL(stat),
	CALL(fstat),
	CALL(lstat),
	CALL(newfstatat),
	CALL(statx),
	CALL(statfs),
	CALL(fstatfs),
	CALL(access),
	CALL(faccessat),
	CALL(faccessat2),
	CALL(getdents),
	CALL(getdents64),
	CALL(getcwd),
	CALL(readlink),
	CALL(readlinkat),
	CALL(rename),
	CALL(renameat),
	CALL(renameat2),
	CALL(mkdir),
	CALL(mkdirat),
	CALL(rmdir),
	CALL(unlink),
	CALL(unlinkat),
	CALL(link),
	CALL(linkat),
	CALL(fchmod),
	CALL(fchown),
	CALL(umask),
	CALL(utimensat),
	CALL(fsync),
	CALL(fdatasync),
	CALL(sync_file_range),
	CALL(truncate),
	CALL(ftruncate),
	CALL(fallocate),
	CALL(fadvise64),
	/* memory; mmap and mprotect below */
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	CALL(brk),
	CALL(msync),
	CALL(mincore),
	CALL(mlock),
	CALL(mlock2),
	CALL(munlock),
	CALL(membarrier),
	/* time, signals, threads, itself */
	CALL(nanosleep),
	CALL(clock_nanosleep),
	CALL(clock_gettime),
	CALL(clock_getres),
	CALL(gettimeofday),
	CALL(time),
	CALL(times),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(rt_sigpending),
	CALL(rt_sigtimedwait),
	CALL(rt_sigsuspend),
	CALL(sigaltstack),
	CALL(pause),
	CALL(alarm),
	CALL(setitimer),
	CALL(getitimer),
	CALL(futex),
	CALL(set_robust_list),
	CALL(get_robust_list),
	CALL(set_tid_address),
	CALL(rseq),
	CALL(sched_yield),
	CALL(sched_getaffinity),
	CALL(sched_getparam),
	CALL(sched_getscheduler),
	CALL(restart_syscall),
	CALL(exit),
	CALL(exit_group),
	CALL(getpid),
	CALL(gettid),
	CALL(getppid),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(getresuid),
	CALL(getresgid),
	CALL(getgroups),
	CALL(getpgrp),
	CALL(getpgid),
	CALL(getsid),
	CALL(uname),
	CALL(sysinfo),
	CALL(getrusage),
	CALL(getrlimit),
	CALL(getrandom),
	CALL(getcpu),
	CALL(arch_prctl),
	CALL(wait4),
	CALL(waitid),
	/* sockets it has; making them below */
	CALL(accept),
	CALL(accept4),
	CALL(recvmsg),
	CALL(recvfrom),
	CALL(recvmmsg),
	CALL(getsockname),
	CALL(getpeername),
	CALL(setsockopt),
	CALL(getsockopt),
};

static const int when_spawning[] = {
	CALL(clone),
	CALL(clone3),
	CALL(fork),
	CALL(vfork),
	CALL(execve),
	CALL(execveat),
	CALL(kill),
	CALL(tgkill),
	CALL(pidfd_open),
	CALL(pidfd_send_signal),
	CALL(setsid),
	CALL(setpgid),
	CALL(setuid),
	CALL(setgid),
	CALL(setgroups),
	CALL(setresuid),
	CALL(setresgid),
	CALL(prlimit64),
	CALL(setrlimit),
	CALL(seccomp),
	CALL(landlock_create_ruleset),
	CALL(landlock_add_rule),
	CALL(landlock_restrict_self),
	CALL(socketpair),
	CALL(prctl),
};

static const int when_connecting[] = { CALL(connect), CALL(sendto), CALL(bind), CALL(sendmsg),
	CALL(sendmmsg) };

/* The leak check stops the threads of its own process and looks at their stacks. */
static const int when_checked[] = { CALL(ptrace), CALL(clone), CALL(process_vm_readv),
	CALL(tgkill), CALL(kill), CALL(personality), CALL(setrlimit), CALL(prctl) };

static int
allow_all(scmp_filter_ctx f, const int *calls, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
		if (rc == -EDOM || rc == -EINVAL)
			rc = 0; /* not a call of this machine */
	}
	return rc;
}

#define ALLOW_ALL(f, calls) allow_all(f, calls, sizeof(calls) / sizeof(calls)[0])

static struct scmp_arg_cmp
equal(unsigned arg, uint64_t value)
{
	return (struct scmp_arg_cmp){ arg, SCMP_CMP_EQ, value, 0 };
}

static struct scmp_arg_cmp
masked(unsigned arg, uint64_t mask, uint64_t value)
{
	return (struct scmp_arg_cmp){ arg, SCMP_CMP_MASKED_EQ, mask, value };
}

static int
allow_if(scmp_filter_ctx f, int call, struct scmp_arg_cmp cond)
{
	return seccomp_rule_add_array(f, SCMP_ACT_ALLOW, call, 1, &cond);
}

static int
allow_memory(scmp_filter_ctx f)
{
	int rc = allow_if(f, CALL(mmap), masked(2, PROT_EXEC, 0));

	if (rc == 0)
		rc = allow_if(f, CALL(mprotect), masked(2, PROT_EXEC, 0));
	return rc;
}

/* Sending by a socket one has, to where it is connected. MSG_FASTOPEN would connect. */
static int
allow_sending(scmp_filter_ctx f)
{
	struct scmp_arg_cmp to_peer[] = { equal(4, 0), masked(3, MSG_FASTOPEN, 0) };
	int rc = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, CALL(sendto), 2, to_peer);

	if (rc == 0)
		rc = allow_if(f, CALL(sendmsg), masked(2, MSG_FASTOPEN, 0));
	if (rc == 0)
		rc = allow_if(f, CALL(sendmmsg), masked(3, MSG_FASTOPEN, 0));
	return rc;
}

static int
allow_sockets(scmp_filter_ctx f, const struct sandbox *s)
{
	/* Netlink tells the machine's own addresses (getifaddrs). */
	static const unsigned families[] = { AF_INET, AF_INET6, AF_NETLINK };
	/* Closing the reading side of a listening socket closes it for all who share it, and
	 * makes it fit for a connection. */
	int rc = allow_if(f, CALL(shutdown), equal(1, SHUT_WR));

	if (rc < 0 || !s->connect)
		return rc < 0 ? rc : allow_sending(f);
	for (size_t i = 0; i < 3 && rc == 0; i++)
		rc = allow_if(f, CALL(socket), equal(0, families[i]));
	return rc < 0 ? rc : ALLOW_ALL(f, when_connecting);
}

/* F_SETOWN with F_SETSIG sends any signal to any process of the same user. */
static int
allow_fcntl(scmp_filter_ctx f)
{
	static const unsigned commands[] = { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD,
		F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK,
		F_OFD_SETLKW };
	int rc = 0;

	for (size_t i = 0; i < sizeof commands / sizeof *commands && rc == 0; i++)
		rc = allow_if(f, CALL(fcntl), equal(1, commands[i]));
	return rc;
}

/* Threads, signals to itself; no process and no signal to another. */
static int
allow_process(scmp_filter_ctx f, const struct sandbox *s)
{
	unsigned pid = (unsigned)getpid();
	int rc;

	if (s->spawn)
		return ALLOW_ALL(f, when_spawning);
	rc = allow_if(f, CALL(clone), masked(0, CLONE_THREAD, CLONE_THREAD));
	/* Not PR_SET_PDEATHSIG: a role ends with its keeper. */
	if (rc == 0)
		rc = allow_if(f, CALL(prctl), equal(0, PR_SET_NAME));
	if (rc == 0)
		rc = allow_if(f, CALL(prctl), equal(0, PR_GET_NO_NEW_PRIVS));
	/* Its flags lie in memory, where no filter looks: glibc then falls back to clone. */
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
	if (rc == 0)
		rc = allow_if(f, CALL(tgkill), equal(0, pid));
	if (rc == 0)
		rc = allow_if(f, CALL(kill), equal(0, pid));
	/* Reading limits: a new one (third argument) is not allowed. */
	if (rc == 0)
		rc = allow_if(f, CALL(prlimit64), equal(2, 0));
	return rc;
}

static int
allow_ioctl(scmp_filter_ctx f)
{
	static const unsigned long requests[] = { FIONREAD, FIONBIO, TCGETS, TIOCGWINSZ };
	int rc = 0;

	for (size_t i = 0; i < sizeof requests / sizeof *requests && rc == 0; i++)
		rc = allow_if(f, CALL(ioctl), equal(1, requests[i]));
	return rc;
}

static int
fill(scmp_filter_ctx f, const struct sandbox *s)
{
	int rc = ALLOW_ALL(f, always);

	if (rc == 0)
		rc = allow_memory(f);
	if (rc == 0)
		rc = allow_ioctl(f);
	if (rc == 0)
		rc = allow_fcntl(f);
	if (rc == 0)
		rc = allow_process(f, s);
	if (rc == 0)
		rc = allow_sockets(f, s);
	if (rc == 0 && SANDBOX_CHECKED)
		rc = ALLOW_ALL(f, when_checked);
	return rc;
}

int
sandbox_calls_enter(const struct sandbox *s)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc;

	if (!f)
		return -ENOMEM;
	/* All threads; the most frequent calls found fast. */
	rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* Numbers of another ABI (x32, i386): the usual answer kills one thread only. */
	if (rc == 0)
		rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
	if (rc == 0)
		rc = fill(f, s);
	if (rc == 0)
		rc = seccomp_load(f);
	seccomp_release(f);
	return rc;
}
