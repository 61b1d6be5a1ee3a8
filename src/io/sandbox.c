#include "io/sandbox.h"

#include "base/mem.h"
#include "io/sandbox_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of Debian 12. */
#define FS_REFER     (UINT64_C(1) << 13) /* ABI 2 */
#define FS_TRUNCATE  (UINT64_C(1) << 14) /* ABI 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                                               \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                       \
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                 \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | FS_REFER |        \
		FS_TRUNCATE)
#define FS_LOGS (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG)
#define FS_OF_A_FILE                                                                           \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)
/* All of ABI 1, execution and devices included: what no rule grants is refused. */
#define FS_ABI_1 ((UINT64_C(1) << 13) - 1)

/* The size of ABI 1: the kernel takes a shorter structure. */
struct ruleset {
	uint64_t handled_access_fs;
};

static long
landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool
sandbox_has_landlock(void)
{
	return landlock_abi() >= 1;
}

static uint64_t
known_access(long abi)
{
	uint64_t access = FS_ABI_1;

	if (abi >= 2)
		access |= FS_REFER;
	if (abi >= 3)
		access |= FS_TRUNCATE;
	if (abi >= 5)
		access |= FS_IOCTL_DEV;
	return access;
}

static int
allow(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access };
	struct stat st;
	int err = 0, fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0) /* what is not there needs no rule, and none can be made */
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_A_FILE;
	rule.parent_fd = fd;
	if (err == 0 &&
		syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int
allow_path(int rules, const struct sandbox_path *p, uint64_t known)
{
	return allow(rules, p->path, (p->write ? FS_READ | FS_WRITE : FS_READ) & known);
}

static int
enter_landlock(const struct sandbox *s, long abi)
{
	struct ruleset set = { .handled_access_fs = known_access(abi) };
	int err = 0, rules = (int)syscall(SYS_landlock_create_ruleset, &set, sizeof set, 0);

	if (rules < 0)
		return -errno;
	for (size_t i = 0; i < s->npaths && err == 0; i++)
		err = allow_path(rules, &s->paths[i], set.handled_access_fs);
	if (err == 0 && s->logs)
		err = allow(rules, s->logs, FS_LOGS);
	if (err == 0 && SANDBOX_CHECKED) {
		/* The sanitizers read /proc when they report. */
		const struct sandbox_path proc = { "/proc", true };

		err = allow_path(rules, &proc, set.handled_access_fs);
	}
	if (err == 0 && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		err = -errno;
	close(rules);
	return err;
}

int
sandbox_enter(const struct sandbox *s, enum sandbox_mode mode)
{
	long abi = landlock_abi();
	int rc;

	if (mode == SANDBOX_OFF)
		return 0;
	if (abi < 1 && mode == SANDBOX_REQUIRE)
		return -ENOSYS;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (abi >= 1) {
		rc = enter_landlock(s, abi);
		if (rc < 0)
			return rc;
	}
	rc = sandbox_calls_enter(s);
	if (rc < 0)
		return rc;
	return abi < 1 ? -ENOSYS : 0;
}

static int
become(const char *name, const struct passwd *pw)
{
	int death = 0;

	/* A change of user takes the parent-death signal away (commit_creds). */
	if (prctl(PR_GET_PDEATHSIG, &death) < 0)
		return -errno;
	if (initgroups(name, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
		setuid(pw->pw_uid) < 0)
		return -errno;
	if (pw->pw_uid != 0 && (setuid(0) == 0 || geteuid() == 0))
		return -EPERM;
	return death && prctl(PR_SET_PDEATHSIG, death) < 0 ? -errno : 0;
}

int
sandbox_user(const char *name)
{
	const size_t size = 16384;
	struct passwd pw, *found = NULL;
	char *room;
	int rc;

	if (geteuid() != 0)
		return 0;
	room = mem_new(size, 1);
	rc = getpwnam_r(name, &pw, room, size, &found);
	if (rc != 0)
		rc = -rc;
	else
		rc = found ? become(name, found) : -ENOENT;
	mem_free(room);
	return rc;
}
