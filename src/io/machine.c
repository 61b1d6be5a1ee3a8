#include "io/machine.h"

#include <ares.h>
#include <errno.h>
#include <event2/event.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PATH_MAX_BYTES 1024
#define DISCARD        9 /* RFC 863; nothing is sent there */

int
machine_clock(struct machine_clock *ret_c)
{
	struct timex t = { .modes = 0 };

	if (adjtimex(&t) < 0)
		return -errno;
	ret_c->synced = !(t.status & STA_UNSYNC);
	ret_c->error_us = t.maxerror;
	return 0;
}

int
machine_space(const char *path, struct machine_space *ret_s)
{
	char at[PATH_MAX_BYTES];
	struct statvfs v;
	int rc = str_copy_z(at, sizeof at, str_z(path));

	if (rc < 0)
		return rc;
	while (statvfs(at, &v) < 0) {
		size_t slash = str_rfind(str_z(at), '/');

		if ((errno != ENOENT && errno != ENOTDIR) || at[slash] == '\0' ||
			(slash == 0 && at[1] == '\0'))
			return -errno;
		at[slash > 0 ? slash : 1] = '\0';
	}
	*ret_s = (struct machine_space){
		.bytes = (uint64_t)v.f_blocks * v.f_frsize,
		.bytes_free = (uint64_t)v.f_bavail * v.f_frsize,
		.files = v.f_files,
		.files_free = v.f_favail,
		.read_only = v.f_flag & ST_RDONLY,
	};
	return 0;
}

int
machine_landlock(void)
{
	long version = syscall(
		SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

/* A filter at NULL: EFAULT says that filters are known. */
bool
machine_seccomp(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 && errno == EFAULT;
}

/* Connecting a datagram socket chooses the way and sends nothing: to the root name server A. */
int
machine_source(int family, struct net_addr *ret_a)
{
	struct str root =
		family == AF_INET ? STR_LIT("198.41.0.4") : STR_LIT("2001:503:ba3e::2:30");
	struct net_addr to, own = { .len = sizeof own.u };
	int fd, err = net_parse(root, DISCARD, &to);

	if (err < 0)
		return err;
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, &to.u.sa, to.len) < 0 || getsockname(fd, &own.u.sa, &own.len) < 0)
		err = -errno;
	close(fd);
	if (err < 0)
		return err;
	if (family == AF_INET)
		own.u.in4.sin_port = 0;
	else
		own.u.in6.sin6_port = 0;
	*ret_a = own;
	return 0;
}

void
machine_kernel(char dst[MACHINE_KERNEL])
{
	struct utsname u;

	if (uname(&u) < 0)
		snprintf(dst, MACHINE_KERNEL, "?");
	else
		snprintf(dst, MACHINE_KERNEL, "%s %s", u.sysname, u.release);
}

void
machine_libraries(char dst[MACHINE_LIBRARIES])
{
	snprintf(dst, MACHINE_LIBRARIES, "OpenSSL %s, c-ares %s, libevent %s, libsodium %s",
		OpenSSL_version(OPENSSL_VERSION_STRING), ares_version(NULL),
		event_get_version(), sodium_version_string());
}
