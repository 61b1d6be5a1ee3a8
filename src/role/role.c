#include "role/role.h"

#include "io/file.h"
#include "io/sandbox.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

const char *
role_name(enum role_kind k)
{
	static const char *const names[ROLE_KINDS] = { "keeper", "engine", "edge", "courier",
		"desk" };

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
		if (pw && chown(dirs[i].path, pw->pw_uid, pw->pw_gid) < 0)
			return -errno;
	}
	return 0;
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

	if (geteuid() == 0 && str_copy_z(user, sizeof user, env->config->user) == 0 && user[0])
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
