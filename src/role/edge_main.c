/* The edge as a process. */
#include "role/edge_priv.h"

#include "io/file.h"
#include "io/sandbox.h"

#include <pwd.h>
#include <unistd.h>

/* The folder of our extents must be there before the sandbox, and be ours behind it. */
static int
own_folder(const struct role_env *env, char path[600])
{
	char user[64];
	const struct passwd *pw = NULL;
	int err;

	snprintf(path, 600, "%s/%02x", env->paths->spool, env->number);
	err = file_mkdirs(path, 0700);
	if (err < 0)
		return err;
	if (geteuid() == 0 && str_copy_z(user, sizeof user, env->config->user) == 0 && user[0])
		pw = getpwnam(user);
	/* Not through a link: root does this in a folder that is not root's. */
	if (pw && lchown(path, pw->pw_uid, pw->pw_gid) < 0)
		return -1;
	return 0;
}

int
edge_main(const struct role_env *env)
{
	char spool[600], acme[600];
	struct tls_server *tls;
	struct loop *l;
	struct edge *e;

	snprintf(acme, sizeof acme, "%s/acme", env->paths->state);
	if (own_folder(env, spool) < 0 || file_mkdirs(acme, 0755) < 0)
		return 74;
	/* Private keys may be root's: they are read before the user changes. No thread may run
	 * before the sandbox, it would stay outside of it. */
	if (edge_tls(env, &tls) < 0)
		return 78;
	const struct sandbox_path paths[] = {
		{ spool, true },
		{ acme, false },
		{ "/etc/ssl", false },
		{ "/usr/lib/ssl", false },
	};
	const struct sandbox box = { .paths = paths, .npaths = sizeof paths / sizeof *paths };

	if (role_sandbox(env, &box) < 0)
		return 77;
	l = loop_new(env->clock);
	e = edge_make(l, env, tls);
	loop_run(l);
	edge_free(&e);
	loop_free(&l);
	return 0;
}
