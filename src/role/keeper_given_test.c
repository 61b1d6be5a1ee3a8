/* Ports that the service manager is asked to keep, when it is behind. */
#include "base/mem.h"
#include "base/test.h"
#include "role/keeper_priv.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Hears nothing for a while, then all: a byte for each socket that it is given. */
static pid_t
slow_manager(int hears, int tells)
{
	char text[256];
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	usleep(50000);
	for (;;) {
		ssize_t n = recv(hears, text, sizeof text, 0);

		if (n > 7 && memcmp(text, "FDSTORE", 7) == 0 && write(tells, "k", 1) != 1)
			_exit(1);
	}
}

static void
test_full_queue(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int hears = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), kept[2], n = 0;
	struct keeper *k = MEM_NEW(k);
	char path[64], text[16];
	struct net_addr port;
	socklen_t len;
	pid_t manager;

	(void)state;
	snprintf(path, sizeof path, "@keeper-given-test-%d", (int)getpid());
	assert_int_equal(str_copy_z(a.sun_path, sizeof a.sun_path, str_z(path)), 0);
	a.sun_path[0] = '\0';
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	assert_int_equal(bind(hears, (struct sockaddr *)&a, len), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(manager_init(&k->manager), 0);
	assert_int_equal(pipe2(kept, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), 0, &port), 0);
	k->ports[0].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(k->ports[0].fd, &port.u.sa, port.len), 0);
	k->ports[1] = (struct role_port){ PORT_LOCAL, 0, k->ports[0].fd };
	k->nports = 2;
	while (manager_tell(&k->manager, "STATUS=x") == 0)
		n++;
	assert_true(n > 0);
	manager = slow_manager(hears, kept[1]);
	keeper_given_keep(k);
	assert_true(k->ports_kept);
	/* It takes them out in the order they came in. */
	for (n = 0; n < 2;)
		n += read(kept[0], text, 1) == 1;
	kill(manager, SIGKILL);
	assert_int_equal(waitpid(manager, NULL, 0), manager);
	manager_done(&k->manager);
	close(k->ports[0].fd);
	close(hears);
	close(kept[0]);
	close(kept[1]);
	mem_free(k);
}

TEST_MAIN(TEST(test_full_queue))
