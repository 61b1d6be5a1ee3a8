/*
 * What a role may still do once it runs: no_new_privs, Landlock (paths), seccomp (calls),
 * the user. Applied by the role itself, after it opened what it needs, before it reads a byte
 * from outside.
 */
#ifndef IO_SANDBOX_H
#define IO_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

struct sandbox_path {
	const char *path;
	bool write; /* create, write, remove below it; else read only */
};

struct sandbox {
	const struct sandbox_path *paths;
	size_t npaths;
	const char *logs; /* NULL, or a folder in which files may be made and written to, and
	                     nothing else: a log is opened again there */
	bool connect; /* may make internet sockets and connect; without it: those it was given
	               */
	bool spawn;   /* may fork (keeper only) */
};

enum sandbox_mode { SANDBOX_OFF, SANDBOX_AUTO, SANDBOX_REQUIRE };

/* Paths that do not exist are left out. Call it before the process has threads.
 * 0; -ENOSYS when the kernel lacks Landlock (AUTO: everything else is still applied);
 * -errno otherwise. A forbidden call gives EPERM, not death (a library's harmless probe must
 * not stop mail); JIT pages and exec are refused. */
int sandbox_enter(const struct sandbox *s, enum sandbox_mode mode);

/* Changes to the user's uid (the parent-death signal stays set) and gid with its groups, when
 * root. 0 or -errno (-ENOENT: no such user). */
int sandbox_user(const char *name);
bool sandbox_has_landlock(void);

#endif
