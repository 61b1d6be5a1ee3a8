#include "io/sandbox.h"

#include "base/test.h"
#include "io/sandbox_calls.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

struct place {
	char readable[600], writable[600], forbidden[600], logs[600], file[620];
};

static void
place_init(struct place *p)
{
	const char *dir = test_dir();

	snprintf(p->readable, sizeof p->readable, "%s/r", dir);
	snprintf(p->writable, sizeof p->writable, "%s/w", dir);
	snprintf(p->forbidden, sizeof p->forbidden, "%s/f", dir);
	assert_int_equal(mkdir(p->readable, 0700), 0);
	assert_int_equal(mkdir(p->writable, 0700), 0);
	assert_int_equal(mkdir(p->forbidden, 0700), 0);
	snprintf(p->logs, sizeof p->logs, "%s/l", dir);
	assert_int_equal(mkdir(p->logs, 0700), 0);
}

static int
try_open(struct place *p, const char *dir, int flags)
{
	int fd;

	snprintf(p->file, sizeof p->file, "%.600s/x", dir);
	fd = open(p->file, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int
try_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int
try_connect(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(1) };
	int err, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	err = connect(fd, (struct sockaddr *)&a, sizeof a) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* A listening socket that was given along must not become a way out: shutdown() would make it
 * fit for a connection again, and MSG_FASTOPEN connects by sending. */
static int
try_fast_open(int listener)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(1) };
	struct iovec v = { (char[]){ "x" }, 1 };
	struct msghdr m = { &a, sizeof a, &v, 1, NULL, 0, 0 };
	struct mmsghdr mm = { m, 0 };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (shutdown(listener, SHUT_RD) == 0 || errno != EPERM)
		return -EINVAL;
	if (shutdown(listener, SHUT_RDWR) == 0 || errno != EPERM)
		return -EINVAL;
	if (sendmsg(listener, &m, MSG_FASTOPEN | MSG_NOSIGNAL) == 1 || errno != EPERM)
		return -EINVAL;
	if (sendmmsg(listener, &mm, 1, MSG_FASTOPEN | MSG_NOSIGNAL) == 1 || errno != EPERM)
		return -EINVAL;
	if (sendto(listener, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, NULL, 0) == 1)
		return -EINVAL;
	if (errno != EPERM)
		return -errno;
	return sendto(listener, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&a, sizeof a) == 1
	               ? 0
	               : -errno;
}

/* What a user's file rights allow and Landlock does not look at; signals by other means. */
static int
try_harm(const char *file, int fd)
{
	int pair[2];

	if (chmod(file, 0) == 0 || errno != EPERM)
		return 1;
	if (fchmodat(AT_FDCWD, file, 0, 0) == 0 || errno != EPERM)
		return 2;
	if (chown(file, getuid(), getgid()) == 0 || errno != EPERM)
		return 3;
	if (fcntl(fd, F_SETOWN, getppid()) == 0 || errno != EPERM)
		return 4;
	if (fcntl(fd, F_SETSIG, SIGKILL) == 0 || errno != EPERM)
		return 5;
	if (fcntl(fd, F_GETFL) < 0 || fcntl(fd, F_GETFD) < 0)
		return 6;
	/* A datagram socket sends to any path, the system's log included. */
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0 || errno != EPERM)
		return 7;
	/* Else a role could stay when its keeper is gone. */
	if (!SANDBOX_CHECKED && (prctl(PR_SET_PDEATHSIG, 0) == 0 || errno != EPERM))
		return 8;
	return prctl(PR_SET_NAME, "x") == 0 ? 0 : 9;
}

static void *
add_one(void *ctx)
{
	++*(int *)ctx;
	return NULL;
}

static int
try_thread(void)
{
	pthread_t t;
	int n = 0;

	if (pthread_create(&t, NULL, add_one, &n) != 0)
		return -EAGAIN;
	pthread_join(t, NULL);
	return n == 1 ? 0 : -EINVAL;
}

static int
try_exec(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	execv("/bin/true", argv);
	return -errno;
}

static int
try_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	if (mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0)
		return 0;
	if (errno != EPERM)
		return -EINVAL;
	p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? -errno : 0;
}

static int
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -errno : 0;
}

#define EXPECT(what, want)                                                                     \
	do {                                                                                   \
		int got_ = (what);                                                             \
		if (got_ != (want)) {                                                          \
			fprintf(stderr, "%s gave %d\n", #what, got_);                          \
			return 1;                                                              \
		}                                                                              \
	} while (0)

static int
run_inside(const struct sandbox *s, struct place *p)
{
	int net = s->connect ? 0 : -EPERM;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ifaddrs *all;

	if (listener < 0 || listen(listener, 1) < 0)
		return 2;
	EXPECT(sandbox_enter(s, SANDBOX_REQUIRE), 0);
	EXPECT(try_open(p, p->writable, O_RDWR | O_CREAT), 0);
	EXPECT(unlink(p->file), 0);
	EXPECT(try_open(p, p->readable, O_RDWR | O_CREAT), -EACCES);
	EXPECT(try_open(p, p->readable, O_RDONLY), -ENOENT);
	EXPECT(try_open(p, p->forbidden, O_RDWR | O_CREAT), -EACCES);
	EXPECT(try_open(p, p->logs, O_WRONLY | O_APPEND | O_CREAT), 0);
	EXPECT(unlink(p->file) < 0 ? -errno : 0, -EACCES);
	EXPECT(try_open(p, p->logs, O_RDONLY), -EACCES);
	EXPECT(try_open(p, "/etc", O_RDONLY | O_DIRECTORY | O_CREAT), -EINVAL);
	EXPECT(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? -errno : 0, -EACCES);
	EXPECT(try_socket(AF_INET, SOCK_STREAM), net);
	EXPECT(try_socket(AF_INET6, SOCK_STREAM), net);
	EXPECT(try_socket(AF_NETLINK, SOCK_RAW), net);
	EXPECT(try_socket(AF_UNIX, SOCK_STREAM), -EPERM);
	EXPECT(try_socket(AF_PACKET, SOCK_RAW), -EPERM);
	if (s->connect) {
		EXPECT(try_connect(), -ECONNREFUSED);
		EXPECT(getifaddrs(&all), 0);
		freeifaddrs(all);
	}
	if (!s->connect)
		EXPECT(try_fast_open(listener), -EPERM);
	EXPECT(try_harm(p->forbidden, listener), 0);
	EXPECT(try_code(), -EPERM);
	EXPECT(try_thread(), 0);
	if (!SANDBOX_CHECKED) {
		EXPECT(try_fork(), -EPERM);
		EXPECT(kill(getppid(), 0) < 0 ? -errno : 0, -EPERM);
	}
	EXPECT(try_exec(), -EPERM);
#ifdef __x86_64__
	/* getpid by its x32 number. */
	EXPECT(syscall(0x40000000 + SYS_getpid) < 0 ? -errno : 0, -EPERM);
#endif
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	return 0;
}

static int
inside(const struct sandbox *s, struct place *p)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(run_inside(s, p));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void
test_enter(void **state)
{
	static const struct {
		const char *name;
		bool connect;
	} table[] = { { "engine, edge", false }, { "courier", true } };
	struct place p;

	(void)state;
	if (!sandbox_has_landlock())
		skip();
	place_init(&p);
	TEST_EACH(row, table)
	{
		const struct sandbox_path paths[] = { { p.readable, false },
			{ p.writable, true }, { "/nonexistent", true } };
		const struct sandbox s = { .paths = paths,
			.npaths = TEST_COUNT(paths),
			.logs = p.logs,
			.connect = row->connect };

		assert_int_equal(inside(&s, &p), 0);
	}
	test_dir_done();
}

static void
test_off(void **state)
{
	const struct sandbox s = { 0 };

	(void)state;
	assert_int_equal(sandbox_enter(&s, SANDBOX_OFF), 0);
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	assert_int_equal(try_socket(AF_UNIX, SOCK_STREAM), 0);
}

static void
test_user(void **state)
{
	int status, death = 0;
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		assert_int_equal(sandbox_user("nobody"), 0);
		return;
	}
	assert_int_equal(sandbox_user("no-such-user-here"), -ENOENT);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (sandbox_user("nobody") != 0 || getuid() == 0 || getgid() == 0)
			_exit(1);
		prctl(PR_GET_PDEATHSIG, &death);
		_exit(death == SIGKILL ? 0 : 2); /* still dies with its parent */
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

TEST_MAIN(TEST(test_enter), TEST(test_off), TEST(test_user))
