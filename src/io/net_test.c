#include "io/net.h"

#include "base/test.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

static struct net_addr
addr(const char *text)
{
	struct net_addr a;

	assert_int_equal(net_parse(str_z(text), 25, &a), 0);
	return a;
}

static void
test_text(void **state)
{
	static const struct {
		const char *name, *in, *text, *with_port; /* text NULL: not an address */
	} table[] = {
		{ "v4", "192.0.2.1", "192.0.2.1", "192.0.2.1:25" },
		{ "v6", "2001:DB8:0::1", "2001:db8::1", "[2001:db8::1]:25" },
		{ "mapped", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1:25" },
		{ "longest", "1111:2222:3333:4444:5555:6666:7777:8888",
			"1111:2222:3333:4444:5555:6666:7777:8888",
			"[1111:2222:3333:4444:5555:6666:7777:8888]:25" },
		{ "name", "localhost", NULL, NULL },
		{ "empty", "", NULL, NULL },
		{ "short v4", "127.1", NULL, NULL },
		{ "scope", "fe80::1%lo", NULL, NULL },
		{ "long",
			"1.2.3.4                                                              ",
			NULL, NULL },
	};
	char text[NET_TEXT_MAX];
	struct net_addr a;

	(void)state;
	TEST_EACH(row, table)
	{
		assert_int_equal(net_parse(str_z(row->in), 25, &a), row->text ? 0 : -EINVAL);
		if (!row->text)
			continue;
		assert_str(str_z(net_text(text, &a)), row->text);
		assert_str(str_z(net_text_port(text, &a)), row->with_port);
		assert_int_equal(net_port(&a), 25);
	}
	assert_int_equal(net_parse(str_of("1.2.3.4\0x", 9), 1, &a), -EINVAL);
}

static void
test_public(void **state)
{
	static const struct {
		const char *name;
		bool is_public, loopback;
	} table[] = {
		{ "127.0.0.1", false, true },
		{ "127.255.255.254", false, true },
		{ "::1", false, true },
		{ "::ffff:127.0.0.1", false, true },
		{ "10.1.2.3", false, false },
		{ "172.15.255.255", true, false },
		{ "172.16.0.0", false, false },
		{ "172.31.255.255", false, false },
		{ "172.32.0.0", true, false },
		{ "192.168.0.1", false, false },
		{ "169.254.169.254", false, false },
		{ "100.64.0.1", false, false },
		{ "100.128.0.1", true, false },
		{ "0.0.0.0", false, true },
		{ "224.0.0.1", false, false },
		{ "255.255.255.255", false, false },
		{ "8.8.8.8", true, false },
		{ "192.0.2.1", false, false },
		{ "::", false, true },
		{ "::ffff:10.0.0.1", false, false },
		{ "::ffff:8.8.8.8", false, false },
		{ "::10.0.0.1", false, false },
		{ "64:ff9b::10.0.0.1", false, false },
		{ "64:ff9b::8.8.8.8", true, false },
		{ "2002:7f00:1::", false, false },
		{ "2002:808:808::1", false, false },
		{ "fe80::1", false, false },
		{ "fd00::1", false, false },
		{ "ff02::1", false, false },
		{ "2a00:1450::1", true, false },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct net_addr a = addr(row->name);

		assert_int_equal(net_not_public(&a) == NULL, row->is_public);
		assert_int_equal(net_is_loopback(&a), row->loopback);
		if (row->loopback)
			assert_true(net_is_own(&a));
	}
	assert_non_null(net_not_public(&(struct net_addr){ .u.sa.sa_family = AF_UNIX }));
}

static void
test_key(void **state)
{
	static const struct {
		const char *name, *other;
		bool same;
	} table[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "2001:db8::1", "2001:db8::2", true },
		{ "2001:db8:0:1::1", "2001:db8::1", false },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct net_addr a = addr(row->name), b = addr(row->other);

		assert_int_equal(net_key(&a) == net_key(&b), row->same);
	}
	assert_int_equal(net_key(&(struct net_addr){ .u.sa.sa_family = AF_UNIX }), 1);
	assert_true(net_key(&(struct net_addr){ .u.sa.sa_family = AF_INET6 }) != 0);
}

static void
test_cidr(void **state)
{
	static const struct {
		const char *name, *in;
		bool inside;
	} table[] = {
		{ "10.0.0.0/8", "10.200.0.1", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "192.0.2.64/26", "192.0.2.127", true },
		{ "192.0.2.64/26", "192.0.2.128", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.0", false },
		{ "0.0.0.0/0", "203.0.113.7", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "::/0", "192.0.2.1", true },
		{ "192.0.2.0/24", "::ffff:192.0.2.9", true },
	};
	static const char *const bad[] = { "", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129",
		"10.0.0.0/-1", "10.0.0/8", "a/8" };
	struct net_cidr c;

	(void)state;
	TEST_EACH(row, table)
	{
		struct net_addr a = addr(row->in);

		assert_int_equal(net_cidr_parse(str_z(row->name), &c), 0);
		assert_int_equal(net_cidr_has(&c, &a), row->inside);
	}
	for (size_t i = 0; i < TEST_COUNT(bad); i++)
		assert_int_equal(net_cidr_parse(str_z(bad[i]), &c), -EINVAL);
}

static void
test_listen(void **state)
{
	struct net_addr a, peer;
	socklen_t n;
	int lfd, cfd, fd, on = 0;

	(void)state;
	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), 0, &a), 0);
	lfd = net_listen(&a, 16);
	assert_true(lfd >= 0);
	assert_int_equal(net_accept(lfd, &peer), -EAGAIN);
	n = sizeof a.u;
	assert_int_equal(getsockname(lfd, &a.u.sa, &n), 0);
	assert_int_equal(net_listen(&a, 16), -EADDRINUSE);
	cfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(cfd, &a.u.sa, a.len), 0);
	fd = net_accept(lfd, &peer);
	assert_true(fd >= 0);
	assert_true(net_is_loopback(&peer));
	assert_true(net_is_own(&peer));
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	n = sizeof on;
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &n), 0);
	assert_true(on);
	close(fd);
	close(cfd);
	close(lfd);
	a = addr("192.0.2.1");
	assert_int_equal(net_listen(&a, 1), -EADDRNOTAVAIL);
	assert_false(net_is_own(&a));
}

/* A socket as another program hands it over. */
static void
test_adopt(void **state)
{
	struct net_addr b, peer;
	const int off = 0;
	char path[600];
	int fd, on = 0;
	socklen_t n = sizeof on;

	(void)state;
	assert_int_equal(net_adopt(0x7fff, 1, &b), -EBADF);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(net_adopt(fd, 1, &b), -ENOTSOCK);
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(net_adopt(fd, 1, &b), -EPROTOTYPE);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(net_adopt(fd, 1, &b), -EPROTOTYPE);
	assert_int_equal(listen(fd, 1), 0); /* at an address of the kernel's choice */
	assert_int_equal(net_adopt(fd, 16, &b), 0);
	assert_true(net_port(&b) > 0);
	assert_int_equal(b.len, sizeof b.u.in4);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &n), 0);
	assert_true(on);
	assert_int_equal(net_accept(fd, &peer), -EAGAIN);
	assert_int_equal(net_adopt_unix(fd, "/x"), -EPROTOTYPE);
	close(fd);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		assert_int_equal(
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off), 0);
		assert_int_equal(listen(fd, 1), 0);
		assert_int_equal(net_adopt(fd, 1, &b), -EADDRINUSE);
		close(fd);
	}
	snprintf(path, sizeof path, "%s/s", test_dir());
	fd = net_listen_unix(path, 0600);
	assert_int_equal(net_adopt_unix(fd, path), 0);
	assert_int_equal(net_adopt_unix(fd, "/other"), -EPROTOTYPE);
	assert_int_equal(net_adopt(fd, 1, &b), -EPROTOTYPE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(net_adopt_unix(fd, path), -EPROTOTYPE);
	close(fd);
	test_dir_done();
}

static void
unix_at(const char *path)
{
	struct net_addr peer;
	struct stat st;
	uint32_t uid = 1;
	int32_t pid = 0;
	char text[NET_TEXT_MAX];

	for (int round = 0; round < 2; round++) { /* the second finds an old socket */
		int lfd = net_listen_unix(path, 0620), cfd, fd;

		assert_true(lfd >= 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0620);
		cfd = net_connect_unix(path);
		assert_true(cfd >= 0);
		fd = net_accept(lfd, &peer);
		assert_true(fd >= 0);
		assert_int_equal(net_peer_uid(fd, &uid, &pid), 0);
		assert_int_equal(uid, getuid());
		assert_int_equal(pid, getpid());
		assert_str(str_z(net_text(text, &peer)), "local");
		close(fd);
		close(cfd);
		close(lfd);
	}
	assert_int_equal(net_connect_unix(path), -ECONNREFUSED);
}

static void
test_unix(void **state)
{
	char path[600], longest[200];
	const char *dir = test_dir();

	(void)state;
	snprintf(path, sizeof path, "%s/s", dir);
	unix_at(path);
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_int_equal(net_listen_unix(longest, 0600), -ENAMETOOLONG);
	snprintf(path, sizeof path, "%s/none", dir);
	assert_int_equal(net_connect_unix(path), -ENOENT);
	/* A folder deeper than an address of the system reaches. */
	snprintf(path, sizeof path, "%s/%s", dir, longest);
	assert_int_equal(net_listen_unix(path, 0600), -ENAMETOOLONG);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/%s/control.sock", dir, longest);
	unix_at(path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(net_connect_unix(path), -ENOENT);
	test_dir_done();
}

TEST_MAIN(TEST(test_text), TEST(test_public), TEST(test_key), TEST(test_cidr),
	TEST(test_listen), TEST(test_adopt), TEST(test_unix))
