#include "io/file_plan.h"

#include "base/test.h"
#include "io/file.h"
#include "io/file_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct file_plan *plan;

static void
arm(const char *role, unsigned kind, int err, uint64_t nth)
{
	uint32_t number = plan->armed + 1;

	plan->armed = 0;
	plan->kind = kind;
	plan->err = err;
	plan->nth = nth;
	plan->count = plan->hits = 0;
	snprintf(plan->role, sizeof plan->role, "%s", role);
	plan->armed = number;
}

/* The plan of the process: before its first durable call. */
static void
begin(void)
{
	char path[700];
	int fd;

	test_dir();
	snprintf(path, sizeof path, "%s/plan", test_dir_path());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && ftruncate(fd, FILE_PLAN_SIZE) == 0);
	plan = mmap(NULL, FILE_PLAN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(plan != MAP_FAILED);
	close(fd);
	setenv("FACTEUR_FAULT_PLAN", path, 1);
}

static void
test_roles_and_counts(void)
{
	char path[700];

	snprintf(path, sizeof path, "%s/f", test_dir_path());
	arm("keeper", FILE_FAULT_CALL, EIO, 2);
	assert_int_equal(file_unlink(path), -ENOENT);
	assert_int_equal(file_unlink(path), -EIO);
	assert_int_equal(plan->fired, plan->armed);
	assert_int_equal(plan->pid, getpid());
	assert_string_equal(plan->call, "unlink");
	/* Once is once. */
	assert_int_equal(file_unlink(path), -ENOENT);
	arm("edge", FILE_FAULT_FROM, EROFS, 1);
	assert_int_equal(file_unlink(path), -ENOENT);
	file_fault_role("edge 7");
	assert_int_equal(file_unlink(path), -EROFS);
	assert_int_equal(file_sync_dir(test_dir_path()), -EROFS);
	arm("*", FILE_FAULT_FROM, ENOSPC, 2);
	assert_int_equal(file_unlink(path), -ENOENT);
	assert_int_equal(file_unlink(path), -ENOSPC);
	assert_int_equal(file_unlink(path), -ENOSPC);
	assert_int_equal(plan->hits, 2);
	plan->armed = 0;
	assert_int_equal(file_unlink(path), -ENOENT);
}

static void
test_lost(void)
{
	char path[700], got[8];
	int fd;

	snprintf(path, sizeof path, "%s/lost", test_dir_path());
	fd = file_open(path, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(file_pwrite(fd, "safe", 4, 0), 0);
	assert_int_equal(file_datasync(fd), 0);
	assert_int_equal(file_pwrite(fd, "gone", 4, 4), 0);
	plan->fired = 0;
	arm("*", FILE_FAULT_CALL, EIO, 1);
	assert_int_equal(file_datasync(fd), -EIO);
	assert_int_equal(file_pread(fd, got, sizeof got, 0), 8);
	assert_memory_equal(got, "safe\0\0\0\0", 8);
	file_close(fd);
}

static void
test_plan(void **state)
{
	(void)state;
	if (!FILE_FAULT_HERE)
		skip();
	begin();
	test_roles_and_counts();
	test_lost();
	plan->armed = 0;
	test_dir_done();
}

static void
test_room(void **state)
{
	(void)state;
	test_dir();
	assert_int_equal(file_room(test_dir_path(), 1, 1), FILE_ROOM);
	assert_int_equal(file_room(test_dir_path(), UINT64_MAX, 1), FILE_FEW_BYTES);
	assert_int_equal(file_room("/nowhere/at/all", UINT64_MAX, 1), FILE_ROOM);
	assert_int_equal(file_room("/proc", 0, 0), FILE_ROOM);
	test_dir_done();
}

/* The plan first: the environment is read once. */
TEST_MAIN(TEST(test_plan), TEST(test_room))
