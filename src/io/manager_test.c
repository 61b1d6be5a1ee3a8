#include "base/test.h"
#include "io/manager.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *const names[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
	"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES" };

/* PID stands for this process. */
static void
set(const char *name, const char *value)
{
	char own[32];

	snprintf(own, sizeof own, "%d", (int)getpid());
	if (value)
		setenv(name, strcmp(value, "PID") == 0 ? own : value, 1);
	else
		unsetenv(name);
}

/* What the environment says, and what is understood of it. */
static void
test_environment(void **state)
{
	static const struct {
		const char *name, *socket, *watch_us, *watch_pid, *pid, *fds;
		int err;
		bool is;
		uint64_t watchdog_us;
		unsigned nfds;
	} table[] = {
		{ "nothing", NULL, NULL, NULL, NULL, NULL, 0, false, 0, 0 },
		{ "a path", "/run/none", NULL, NULL, NULL, NULL, 0, true, 0, 0 },
		{ "abstract", "@none", "3000", NULL, NULL, NULL, 0, true, 3000, 0 },
		{ "watched by pid", "@none", "3000", "PID", NULL, NULL, 0, true, 3000, 0 },
		{ "another is watched", "@none", "3000", "1", NULL, NULL, 0, true, 0, 0 },
		{ "watched, nobody to tell", NULL, "3000", NULL, NULL, NULL, 0, false, 0, 0 },
		{ "no path", "none", NULL, NULL, NULL, NULL, -EINVAL, false, 0, 0 },
		{ "an empty path", "", NULL, NULL, NULL, NULL, -EINVAL, false, 0, 0 },
		{ "a number that is none", "@none", "3s", NULL, "PID", "2x", 0, true, 0, 0 },
		{ "sockets", NULL, NULL, NULL, "PID", "2", 0, false, 0, 2 },
		{ "sockets of another", NULL, NULL, NULL, "1", "2", 0, false, 0, 0 },
		{ "sockets of nobody", NULL, NULL, NULL, NULL, "2", 0, false, 0, 0 },
		{ "too many", NULL, NULL, NULL, "PID", "513", -E2BIG, false, 0, 512 },
		{ "far too many", NULL, NULL, NULL, "PID", "18446744073709551616", 0, false, 0,
			0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct manager m;
		pid_t pid = fork();
		int status;

		/* Its descriptors 3 and on are a child's. */
		if (pid == 0) {
			set("NOTIFY_SOCKET", row->socket);
			set("WATCHDOG_USEC", row->watch_us);
			set("WATCHDOG_PID", row->watch_pid);
			set("LISTEN_PID", row->pid);
			set("LISTEN_FDS", row->fds);
			set("LISTEN_FDNAMES", "a:b");
			bool ok = manager_init(&m) == row->err && manager_is(&m) == row->is &&
			          m.watchdog_us == row->watchdog_us && m.nfds == row->nfds;

			for (size_t i = 0; i < TEST_COUNT(names); i++)
				ok = ok && getenv(names[i]) == NULL;
			manager_done(&m);
			_exit(ok ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

/* The manager's side: one datagram and the descriptor with it, -1 without. */
static size_t
hear(int fd, char text[256], int *ret_fd)
{
	struct iovec bytes = { text, 255 };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr h = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof control.room };
	ssize_t n = recvmsg(fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&h) : NULL;

	*ret_fd = -1;
	if (c)
		memcpy(ret_fd, CMSG_DATA(c), sizeof *ret_fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void
test_telling(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char path[128], text[256];
	struct manager m, none = { .fd = -1 };
	struct stat one, two;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), got, err = 0;
	unsigned told = 0;

	(void)state;
	snprintf(path, sizeof path, "%s/n", test_dir());
	assert_int_equal(str_copy_z(a.sun_path, sizeof a.sun_path, str_z(path)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(manager_init(&m), 0);
	assert_int_equal(manager_tell(&m, "READY=1\nSTATUS=x"), 0);
	assert_true(hear(fd, text, &got));
	assert_str(str_z(text), "READY=1\nSTATUS=x");
	assert_int_equal(got, -1);
	assert_int_equal(manager_keep(&m, "port-25", fd), 0);
	assert_true(hear(fd, text, &got));
	assert_str(str_z(text), "FDSTORE=1\nFDPOLL=0\nFDNAME=port-25");
	assert_true(got >= 0);
	assert_int_equal(fstat(fd, &one), 0);
	assert_int_equal(fstat(got, &two), 0);
	assert_int_equal(one.st_ino, two.st_ino);
	close(got);
	assert_int_equal(manager_forget(&m, "port-25"), 0);
	assert_true(hear(fd, text, &got));
	assert_str(str_z(text), "FDSTOREREMOVE=1\nFDNAME=port-25");
	/* A manager that does not listen holds nobody up. */
	while (err == 0 && told++ < 100000)
		err = manager_tell(&m, "WATCHDOG=1");
	assert_int_equal(err, -EAGAIN);
	assert_true(hear(fd, text, &got));
	assert_int_equal(manager_tell(&m, "WATCHDOG=1"), 0);
	close(fd);
	assert_int_equal(manager_tell(&m, "WATCHDOG=1"), -ECONNREFUSED);
	manager_done(&m);
	assert_int_equal(manager_tell(&none, "READY=1"), 0);
	assert_int_equal(unlink(path), 0);
	test_dir_done();
}

TEST_MAIN(TEST(test_environment), TEST(test_telling))
