#include "role/role.h"

#include "io/file.h"
#include "io/sandbox.h"

#include <errno.h>
#include <fts.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALERT_GONE_US (10u * 1000000u)

const char *
role_name(enum role_kind k)
{
	static const char *const names[ROLE_KINDS] = { "keeper", "engine", "edge", "courier",
		"desk", "poster" };

	return k < ROLE_KINDS ? names[k] : "?";
}

static int
path_join(char *dst, size_t size, const char *dir, const char *name)
{
	int n = snprintf(dst, size, "%s/%s", dir, name);

	return n < 0 || (size_t)n >= size ? -E2BIG : 0;
}

int
role_paths(struct role_paths *ret_p, struct str state)
{
	struct role_paths p = { 0 };
	const struct {
		char *dst;
		size_t size;
		const char *dir, *name;
	} parts[] = {
		{ p.spool, sizeof p.spool, p.state, "spool" },
		{ p.journal, sizeof p.journal, p.state, "journal" },
		{ p.ledger, sizeof p.ledger, p.state, "ledger" },
		{ p.transcripts, sizeof p.transcripts, p.state, "transcripts" },
		{ p.quarantine, sizeof p.quarantine, p.state, "quarantine" },
		{ p.log, sizeof p.log, p.state, "log" },
		{ p.run, sizeof p.run, p.state, "run" },
		{ p.control_sock, sizeof p.control_sock, p.run, "control.sock" },
		{ p.submit_sock, sizeof p.submit_sock, p.run, "submit.sock" },
		{ p.tls, sizeof p.tls, p.state, "tls" },
		{ p.sink, sizeof p.sink, p.state, "sink" },
	};

	if (str_copy_z(p.state, sizeof p.state, state) < 0)
		return -E2BIG;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (path_join(parts[i].dst, parts[i].size, parts[i].dir, parts[i].name) < 0)
			return -E2BIG;
	*ret_p = p;
	return 0;
}

/* A folder that root made just now, or served from before the user existed, changes hands. */
static int
give_tree(const char *path, const struct passwd *pw)
{
	char *const roots[] = { (char *)(uintptr_t)path, NULL };
	struct stat st;
	FTSENT *e;
	int err = 0;
	FTS *walk;

	if (lstat(path, &st) < 0 || st.st_uid == pw->pw_uid)
		return 0;
	walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	if (walk == NULL)
		return -errno;
	while (err == 0 && (e = fts_read(walk)) != NULL)
		if (e->fts_info != FTS_DP && lchown(e->fts_path, pw->pw_uid, pw->pw_gid) < 0 &&
			errno != ENOENT)
			err = -errno;
	fts_close(walk);
	return err;
}

static int
give_all(const struct role_paths *p, const struct passwd *pw)
{
	static const char *const files[] = { "control.db", "control.db-wal", "control.db-shm",
		"master.key", "suppress.db", "suppress.db-wal", "suppress.db-shm" };
	const char *const trees[] = { p->spool, p->journal, p->ledger, p->transcripts,
		p->quarantine, p->log, p->run, p->tls, p->sink };
	char path[600];
	struct stat st;
	int err = 0;

	if (stat(p->state, &st) < 0)
		return 0;
	/* A folder shared by everybody (/tmp) stays its owner's. The user's own may hold parts
	 * that root made: an empty one prepared for the user, a command root ran. */
	if (st.st_uid != pw->pw_uid && !(st.st_mode & (S_ISVTX | S_IWOTH)) &&
		chown(p->state, pw->pw_uid, pw->pw_gid) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof trees / sizeof *trees && err == 0; i++)
		err = give_tree(trees[i], pw);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (path_join(path, sizeof path, p->state, files[i]) == 0 &&
			lchown(path, pw->pw_uid, pw->pw_gid) < 0 && errno != ENOENT)
			return -errno;
	return err;
}

int
role_paths_make(const struct role_paths *p, const char *user)
{
	const struct {
		const char *path;
		unsigned mode;
	} dirs[] = {
		{ p->state, 0755 },
		{ p->spool, 0700 },
		{ p->journal, 0700 },
		{ p->ledger, 0700 },
		{ p->transcripts, 0700 },
		{ p->quarantine, 0700 },
		{ p->log, 0750 },
		{ p->run, 0755 },
		{ p->tls, 0700 },
		{ p->sink, 0700 },
	};
	const struct passwd *pw = geteuid() == 0 && user && *user ? getpwnam(user) : NULL;

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		int err = file_mkdirs(dirs[i].path, dirs[i].mode);

		if (err < 0)
			return err;
	}
	return pw ? give_all(p, pw) : 0;
}

int
role_sandbox(const struct role_env *env, const struct sandbox *box)
{
	struct str how = env->config->sandbox;
	enum sandbox_mode mode = str_eq_z(how, "require") ? SANDBOX_REQUIRE
	                         : str_eq_z(how, "off")   ? SANDBOX_OFF
	                                                  : SANDBOX_AUTO;
	char user[64];
	struct log_line ll;
	int err = 0;

	if (!env->keep_user && geteuid() == 0 &&
		str_copy_z(user, sizeof user, env->config->user) == 0 && user[0])
		err = sandbox_user(user);
	if (err < 0) {
		ll = log_op(
			env->log, mode == SANDBOX_REQUIRE ? LOG_ERROR : LOG_WARN, "no-user");
		log_str(&ll, "user", env->config->user);
		log_z(&ll, "error", strerror(-err));
		log_z(&ll, "means", "the role keeps the rights of root");
		log_end(&ll);
		if (mode == SANDBOX_REQUIRE)
			return err;
	}
	err = sandbox_enter(box, mode);
	if (err < 0) {
		ll = log_op(
			env->log, mode == SANDBOX_REQUIRE ? LOG_ERROR : LOG_WARN, "sandbox");
		log_z(&ll, "error", strerror(-err));
		log_z(&ll, "state", env->paths->state);
		log_z(&ll, "means",
			err == -ENOSYS
				? "this kernel has no Landlock: folders are not separated"
			: err == -EACCES
				? "the user of the service cannot reach the state folder: look "
				  "at the rights of the folders above it"
				: "the sandbox could not be entered");
		log_end(&ll);
	}
	return mode == SANDBOX_REQUIRE || err == -ENOSYS ? (mode == SANDBOX_REQUIRE ? err : 0)
	                                                 : err;
}

bool
role_alert_bad(struct role_alert *a, uint64_t now)
{
	bool first = !a->on;

	a->on = true;
	a->last = now;
	return first;
}

bool
role_alert_good(struct role_alert *a, uint64_t now)
{
	if (!a->on || now - a->last < ALERT_GONE_US)
		return false;
	a->on = false;
	return true;
}
