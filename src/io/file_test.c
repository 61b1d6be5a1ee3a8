#include "io/file.h"

#include "base/test.h"
#include "io/file_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static const char *
in_dir(char dst[700], const char *name)
{
	snprintf(dst, 700, "%s/%s", test_dir_path(), name);
	return dst;
}

static void
test_mkdirs(void **state)
{
	char path[700];
	struct stat st;

	(void)state;
	test_dir();
	assert_int_equal(file_mkdirs(in_dir(path, "a/b//c/"), 0700), 0);
	assert_int_equal(file_mkdirs(path, 0700), 0);
	assert_int_equal(stat(in_dir(path, "a/b/c"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(file_replace(in_dir(path, "a/f"), STR_LIT("x"), 0600), 0);
	assert_int_equal(file_mkdirs(path, 0700), -ENOTDIR);
	assert_int_equal(file_mkdirs(in_dir(path, "a/f/g"), 0700), -ENOTDIR);
	assert_int_equal(file_mkdirs("", 0700), -ENOENT);
	test_dir_done();
}

static void
test_replace(void **state)
{
	static const struct {
		const char *name;
		size_t max;
		int want;
	} table[] = { { "room", 100, 0 }, { "exact", 5, 0 }, { "too long", 4, -E2BIG } };
	char path[700];
	struct buf b;

	(void)state;
	test_dir();
	in_dir(path, "f");
	assert_int_equal(file_replace(path, STR_LIT("first, longer"), 0600), 0);
	assert_int_equal(file_replace(path, STR_LIT("hello"), 0600), 0);
	TEST_EACH(row, table)
	{
		buf_init(&b, row->max);
		assert_int_equal(file_read(path, &b), row->want);
		if (!row->want)
			assert_str(buf_str(&b), "hello");
		buf_done(&b);
	}
	buf_init(&b, 10);
	assert_int_equal(file_read(in_dir(path, "none"), &b), -ENOENT);
	buf_done(&b);
	test_dir_done();
}

/* Whatever fails: the old content or the new one, never none or half. */
static void
test_replace_faults(void **state)
{
	char path[700];
	struct buf b;
	bool fired = true;

	(void)state;
	if (!FILE_FAULT_HERE)
		skip();
	test_dir();
	in_dir(path, "f");
	buf_init(&b, 100);
	for (unsigned n = 1; fired; n++) {
		int err;

		assert_int_equal(file_replace(path, STR_LIT("old"), 0600), 0);
		file_fault_arm(FILE_FAULT_TORN, n, ENOSPC);
		err = file_replace(path, STR_LIT("content"), 0600);
		fired = file_fault_fired();
		file_fault_arm(FILE_FAULT_NONE, 0, 0);
		assert_int_equal(err, fired ? -ENOSPC : 0);
		buf_clear(&b);
		assert_int_equal(file_read(path, &b), 0);
		if (!str_eq_z(buf_str(&b), "content"))
			assert_str(buf_str(&b), "old");
	}
	buf_done(&b);
	test_dir_done();
}

static void
test_lock(void **state)
{
	char path[700];
	int pid = 0, fd, again;

	(void)state;
	test_dir();
	in_dir(path, "lock");
	fd = file_lock(path, &pid);
	assert_true(fd >= 0);
	assert_int_equal(file_lock(path, &pid), -EWOULDBLOCK);
	assert_int_equal(pid, (int)getpid());
	file_close(fd);
	again = file_lock(path, &pid);
	assert_true(again >= 0);
	file_close(again);
	test_dir_done();
}

static int
join(void *ctx, const char *name)
{
	struct buf *b = ctx;

	buf_put_z(b, name);
	buf_put_c(b, ' ');
	return str_eq_z(str_z(name), "c") ? -ECANCELED : 0;
}

static void
test_each(void **state)
{
	char path[700];
	struct buf b;

	(void)state;
	test_dir();
	buf_init(&b, 100);
	assert_int_equal(file_mkdirs(in_dir(path, "B"), 0700), 0);
	assert_int_equal(file_mkdirs(in_dir(path, "a"), 0700), 0);
	assert_int_equal(file_mkdirs(in_dir(path, ".x"), 0700), 0);
	assert_int_equal(file_each(test_dir_path(), join, &b), 0);
	assert_str(buf_str(&b), ".x B a ");
	assert_int_equal(file_mkdirs(in_dir(path, "c"), 0700), 0);
	assert_int_equal(file_mkdirs(in_dir(path, "d"), 0700), 0);
	buf_clear(&b);
	assert_int_equal(file_each(test_dir_path(), join, &b), -ECANCELED);
	assert_str(buf_str(&b), ".x B a c ");
	assert_int_equal(file_each(in_dir(path, "none"), join, &b), -ENOENT);
	buf_done(&b);
	test_dir_done();
}

static void
test_write(void **state)
{
	char path[700], got[20];
	int fd;

	(void)state;
	test_dir();
	fd = file_open(in_dir(path, "f"), O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	file_fault_arm(FILE_FAULT_SHORT, 1, 0);
	assert_int_equal(file_pwrite(fd, "0123456789", 10, 3), 0);
	assert_int_equal(file_fault_fired(), FILE_FAULT_HERE);
	file_fault_arm(FILE_FAULT_CALL, 1, EINTR);
	/* Interrupted is tried again; a flush is not. */
	assert_int_equal(file_pwrite(fd, "abc", 3, 0), 0);
	file_fault_arm(FILE_FAULT_CALL, 1, EINTR);
	assert_int_equal(file_datasync(fd), FILE_FAULT_HERE ? -EINTR : 0);
	file_fault_arm(FILE_FAULT_NONE, 0, 0);
	assert_int_equal(file_pread(fd, got, sizeof got, 0), 13);
	assert_memory_equal(got, "abc0123456789", 13);
	assert_int_equal(file_size(fd), 13);
	assert_int_equal(file_truncate(fd, 4), 0);
	assert_int_equal(file_size(fd), 4);
	assert_int_equal(file_rename(path, path), 0);
	assert_int_equal(file_unlink(path), 0);
	assert_int_equal(file_unlink(path), -ENOENT);
	assert_true(file_free_bytes(test_dir_path()) > 0);
	file_close(fd);
	test_dir_done();
}

TEST_MAIN(TEST(test_mkdirs), TEST(test_replace), TEST(test_replace_faults), TEST(test_lock),
	TEST(test_each), TEST(test_write))
