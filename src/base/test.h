/*
 * For tests only: cmocka with the headers it needs, tables of cases, a scratch directory.
 *
 *	static void
 *	test_cut(void **state)
 *	{
 *		static const struct { const char *name, *in, *want; } table[] = { ... };
 *
 *		(void)state;
 *		TEST_EACH (row, table)
 *			assert_str(cut(str_z(row->in)), row->want);
 *	}
 *	TEST_MAIN(TEST(test_cut), ...)
 *
 * When an assertion fails inside TEST_EACH, the name of its row is printed.
 */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEST_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *test_row; /* the row at work; one test runs at a time */

static inline bool
test_at(const char *name)
{
	test_row = name;
	return name != NULL;
}

/* Rows are structs with a member `name`, never NULL. `break` only together with a failure. */
#define TEST_EACH(row, table)                                                                  \
	for (const __typeof__((table)[0]) *row = (table);                                      \
		test_at(row < (table) + TEST_COUNT(table) ? row->name : NULL); row++)

/* Long rows of the same (a fault at call 1, 2, 3 … until none fires) go from test_first() in
 * steps of test_stride(): all of them, unless the environment says which (tools/test shares
 * them among its compilers). */
static inline unsigned
test_number(const char *variable)
{
	const char *text = getenv(variable);
	unsigned long n = text ? strtoul(text, NULL, 10) : 1;

	return n >= 1 && n <= 100 ? (unsigned)n : 1;
}

static inline unsigned
test_first(void)
{
	return test_number("FACTEUR_TEST_FIRST");
}

static inline unsigned
test_stride(void)
{
	return test_number("FACTEUR_TEST_STRIDE");
}

static inline int
test_before(void **state)
{
	(void)state;
	test_row = NULL;
	return 0;
}

static inline int
test_after(void **state)
{
	(void)state;
	if (test_row)
		fprintf(stderr, "in row: %s\n", test_row);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, test_before, test_after)
#define TEST_MAIN(...)                                                                         \
	int main(void)                                                                         \
	{                                                                                      \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };                             \
		return cmocka_run_group_tests(tests, NULL, NULL);                              \
	}

/* The text s is exactly the NUL-terminated want. */
#define assert_str(s, want) test_assert_str((s), str_z(want), __FILE__, __LINE__)
/* Two texts are the same, NULs included. */
#define assert_str_eq(s, want) test_assert_str((s), (want), __FILE__, __LINE__)

static inline void
test_assert_str(struct str s, struct str want, const char *file, int line)
{
	if (str_eq(s, want))
		return;
	fprintf(stderr, "got  \"%.*s\" (%zu bytes)\nwant \"%.*s\" (%zu bytes)\n", STR_ARG(s),
		s.n, STR_ARG(want), want.n);
	_fail(file, line);
}

/* Runs fn(arg) in a child whose stderr is shut. The signal that ended it, or 0. Under the
 * address sanitizer a fault ends with exit status 1 instead; that gives -1. */
static inline int
test_dies(void (*fn)(void *), void *arg)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		fn(arg);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 0;
	if (WIFSIGNALED(status))
		return WTERMSIG(status);
	return WEXITSTATUS(status) ? -1 : 0;
}

static inline char *
test_dir_path(void)
{
	static char path[512];

	return path;
}

/* Makes a fresh empty directory below $TMPDIR or /tmp; its path, valid until the next call. */
static inline const char *
test_dir(void)
{
	const char *base = getenv("TMPDIR");
	char *path = test_dir_path();

	snprintf(path, 512, "%s/facteur-test-XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(path))
		abort();
	return path;
}

/* Empties and closes the directory fd. */
static inline void
test_dir_empty(int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;

	if (!dir)
		abort();
	while ((e = readdir(dir))) {
		int sub;

		if (str_eq_z(str_z(e->d_name), ".") || str_eq_z(str_z(e->d_name), ".."))
			continue;
		if (unlinkat(fd, e->d_name, 0) == 0)
			continue;
		sub = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			test_dir_empty(sub);
		unlinkat(fd, e->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

/* Removes the directory of the last test_dir() with all that is in it. */
static inline void
test_dir_done(void)
{
	char *path = test_dir_path();
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		test_dir_empty(fd);
	rmdir(path);
	path[0] = '\0';
}

#endif
