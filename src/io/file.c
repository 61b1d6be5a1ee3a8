#include "io/file.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file_fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Only for the log of test builds: the arguments of an empty call are still worked out. */
#define PID (FILE_FAULT_HERE ? (int)getpid() : 0)

static int
dir_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* "a/b" -> "a", "/a" -> "/", "a" -> ".". 0 or -ENAMETOOLONG. */
static int
parent_of(char dst[PATH_MAX], const char *path)
{
	struct str s = str_z(path);
	size_t slash;

	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	slash = str_rfind(s, '/');
	if (slash == s.n)
		return str_copy_z(dst, PATH_MAX, STR_LIT(".")) ? -ENAMETOOLONG : 0;
	return str_copy_z(dst, PATH_MAX, str_head(s, slash ? slash : 1)) ? -ENAMETOOLONG : 0;
}

static int
mkdir_durable(const char *path, unsigned mode)
{
	char parent[PATH_MAX];
	int err = file_fault_begin("mkdir", NULL);

	if (err)
		return err;
	err = mkdir(path, mode) ? -errno : 0;
	if (!err)
		file_fault_log(NULL, 0, "mkdir %d %s\n", PID, path);
	file_fault_end();
	if (err)
		return err;
	err = parent_of(parent, path);
	return err ? err : file_sync_dir(parent);
}

int
file_mkdirs(const char *path, unsigned mode)
{
	char part[PATH_MAX];
	struct str s = str_z(path);
	struct stat st;

	if (!s.n || s.n >= sizeof part)
		return s.n ? -ENAMETOOLONG : -ENOENT;
	for (size_t i = 1; i <= s.n; i++) {
		int err;

		if (i < s.n && s.p[i] != '/')
			continue;
		if (str_copy_z(part, sizeof part, str_head(s, i)))
			return -ENAMETOOLONG;
		/* Asked first: a folder above may be on a file system mounted read-only. */
		if (!stat(part, &st))
			continue;
		err = mkdir_durable(part, mode);
		if (err && err != -EEXIST)
			return err;
	}
	if (stat(path, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static int
read_all(int fd, struct buf *b)
{
	for (;;) {
		size_t left = b->max - b->n, want = left < 65536 ? left : 65536;
		char extra = 0, *at = want ? buf_room(b, want) : &extra;
		ssize_t n = read(fd, at, want ? want : 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		if (!want)
			return -E2BIG;
		buf_added(b, (size_t)n);
	}
}

int
file_read(const char *path, struct buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = read_all(fd, b);
	close(fd);
	return err;
}

static int
write_new(const char *path, struct str bytes, unsigned mode)
{
	int fd = file_open(path, O_WRONLY | O_CREAT | O_TRUNC, mode), err;

	if (fd < 0)
		return fd;
	err = file_pwrite(fd, bytes.p, bytes.n, 0);
	if (!err)
		err = file_datasync(fd);
	file_close(fd);
	return err;
}

int
file_replace(const char *path, struct str bytes, unsigned mode)
{
	char tmp[PATH_MAX], parent[PATH_MAX];
	int n = snprintf(tmp, sizeof tmp, "%s.tmp", path);
	int err = parent_of(parent, path);

	if (err || n < 0 || (size_t)n >= sizeof tmp)
		return -ENAMETOOLONG;
	err = write_new(tmp, bytes, mode);
	if (!err)
		err = file_rename(tmp, path);
	if (!err)
		return file_sync_dir(parent);
	file_unlink(tmp);
	return err;
}

int
file_sync_dir(const char *path)
{
	int fd, err;

	if (file_fault_control(FILE_CONTROL_NODIRSYNC))
		return 0;
	fd = dir_open(path);
	if (fd < 0)
		return fd;
	err = file_fault_begin("fsync-dir", NULL);
	if (!err) {
		err = fsync(fd) ? -errno : 0;
		if (!err)
			file_fault_log(NULL, 0, "syncdir %d %s\n", PID, path);
		file_fault_end();
	}
	close(fd);
	return err;
}

/* Whose lock it is, for the message to a person: a guess, 0 when unreadable. */
static int
lock_holder(int fd)
{
	char text[24];
	ssize_t n = pread(fd, text, sizeof text, 0);
	uint32_t pid;

	return n > 0 && !str_u32(str_trim_all(str_of(text, (size_t)n)), &pid) ? (int)pid : 0;
}

int
file_lock(const char *path, int *ret_pid)
{
	int fd = file_open(path, O_RDWR | O_CREAT, 0600), err, n;
	char text[24];

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		err = -errno;
		*ret_pid = lock_holder(fd);
		close(fd);
		return err;
	}
	n = snprintf(text, sizeof text, "%d\n", (int)getpid());
	err = file_truncate(fd, 0);
	if (!err)
		err = file_pwrite(fd, text, (size_t)n, 0);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int
file_link(const char *from, const char *to)
{
	int err = file_fault_begin("link", NULL);

	if (err)
		return err;
	err = link(from, to) ? -errno : 0;
	file_fault_end();
	return err;
}

static int
no_dots(const struct dirent *e)
{
	return !str_eq_z(str_z(e->d_name), ".") && !str_eq_z(str_z(e->d_name), "..");
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return str_cmp(str_z((*a)->d_name), str_z((*b)->d_name));
}

int
file_each(const char *dir, int (*fn)(void *ctx, const char *name), void *ctx)
{
	struct dirent **names;
	int n = scandir(dir, &names, no_dots, by_bytes), err = 0;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (!err)
			err = fn(ctx, names[i]->d_name);
		mem_free(names[i]);
	}
	mem_free(names);
	return err;
}

int
file_open(const char *path, int flags, unsigned mode)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY;
	int fd, err = writes ? file_fault_begin("open", NULL) : 0;

	if (err)
		return err;
	do
		fd = open(path, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		fd = -errno;
	} else if (writes) {
		/* What the number meant before has no unflushed bytes here. */
		file_fault_flushed(fd);
		file_fault_log(
			NULL, 0, "open %d %d %d %s\n", PID, fd, !!(flags & O_TRUNC), path);
	}
	if (writes)
		file_fault_end();
	return fd;
}

int
file_close(int fd)
{
	/* Never tried again: Linux has released the number even when it says EINTR. */
	return close(fd) && errno != EINTR ? -errno : 0;
}

static ssize_t
pwrite_once(int fd, const void *p, size_t n, uint64_t offset)
{
	int err = file_fault_begin("pwrite", &n);
	ssize_t k;

	if (err)
		return err;
	k = pwrite(fd, p, n, (off_t)offset);
	if (k < 0) {
		k = -errno;
	} else {
		file_fault_wrote(fd, offset, (size_t)k);
		file_fault_log(p, (size_t)k, "write %d %d %llu %zd\n", PID, fd,
			(unsigned long long)offset, k);
	}
	file_fault_end();
	return k;
}

int
file_pwrite(int fd, const void *p, size_t n, uint64_t offset)
{
	const char *at = p;

	while (n) {
		ssize_t k = pwrite_once(fd, at, n, offset);

		if (k == -EINTR)
			continue;
		if (k <= 0)
			return k ? (int)k : -EIO;
		at += k;
		n -= (size_t)k;
		offset += (uint64_t)k;
	}
	return 0;
}

static size_t
total(const struct iovec *v, unsigned n)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += v[i].iov_len;
	return bytes;
}

/* For the log: a power cut may keep each piece or lose it. */
static void
log_pieces(int fd, const struct iovec *v, size_t bytes, uint64_t offset)
{
	for (size_t k; FILE_FAULT_HERE && bytes; v++, bytes -= k, offset += k) {
		k = v->iov_len < bytes ? v->iov_len : bytes;
		if (k)
			file_fault_log(v->iov_base, k, "write %d %d %llu %zu\n", PID, fd,
				(unsigned long long)offset, k);
	}
}

static ssize_t
pwritev_once(int fd, struct iovec *v, unsigned n, uint64_t offset)
{
	size_t bytes = total(v, n), allowed = bytes;
	int err = file_fault_begin("pwritev", &allowed);
	ssize_t k;

	if (err)
		return err;
	k = allowed < bytes
	            ? pwrite(fd, v->iov_base, v->iov_len < allowed ? v->iov_len : allowed,
			      (off_t)offset)
	            : pwritev(fd, v, (int)n, (off_t)offset);
	if (k < 0) {
		k = -errno;
	} else {
		file_fault_wrote(fd, offset, (size_t)k);
		log_pieces(fd, v, (size_t)k, offset);
	}
	file_fault_end();
	return k;
}

int
file_pwritev(int fd, struct iovec *v, unsigned n, uint64_t offset)
{
	while (total(v, n)) {
		ssize_t k = pwritev_once(fd, v, n, offset);

		if (k == -EINTR)
			continue;
		if (k <= 0)
			return k ? (int)k : -EIO;
		offset += (uint64_t)k;
		for (; n && (size_t)k >= v->iov_len; v++, n--)
			k -= (ssize_t)v->iov_len;
		if (n) {
			v->iov_base = (char *)v->iov_base + k;
			v->iov_len -= (size_t)k;
		}
	}
	return 0;
}

long
file_pread(int fd, void *p, size_t n, uint64_t offset)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = pread(fd, (char *)p + got, n - got, (off_t)(offset + got));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		if (!k)
			break;
		got += (size_t)k;
	}
	return (long)got;
}

int
file_datasync(int fd)
{
	int err;

	if (file_fault_control(FILE_CONTROL_NOFSYNC))
		return 0;
	err = file_fault_begin("fdatasync", NULL);
	if (err) {
		file_fault_lost(fd);
		return err;
	}
	/* Not tried again, not even after EINTR: see docs/decisions/0001, "Start". */
	err = fdatasync(fd) ? -errno : 0;
	if (!err)
		file_fault_log(NULL, 0, "sync %d %d\n", PID, fd);
	file_fault_flushed(fd);
	file_fault_end();
	return err;
}

int
file_truncate(int fd, uint64_t size)
{
	int err = file_fault_begin("ftruncate", NULL);

	if (err)
		return err;
	do
		err = ftruncate(fd, (off_t)size) ? -errno : 0;
	while (err == -EINTR);
	if (!err)
		file_fault_log(
			NULL, 0, "trunc %d %d %llu\n", PID, fd, (unsigned long long)size);
	file_fault_end();
	return err;
}

int
file_rename(const char *from, const char *to)
{
	int err = file_fault_begin("rename", NULL);

	if (err)
		return err;
	err = rename(from, to) ? -errno : 0;
	if (!err)
		file_fault_log(NULL, 0, "rename %d %s\t%s\n", PID, from, to);
	file_fault_end();
	return err;
}

int
file_unlink(const char *path)
{
	int err = file_fault_begin("unlink", NULL);

	if (err)
		return err;
	err = unlink(path) ? -errno : 0;
	if (!err)
		file_fault_log(NULL, 0, "unlink %d %s\n", PID, path);
	file_fault_end();
	return err;
}

int64_t
file_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -errno : st.st_size;
}

int64_t
file_free_bytes(const char *path)
{
	struct statvfs v;

	if (statvfs(path, &v))
		return -errno;
	return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

enum file_room
file_room(const char *path, uint64_t bytes, uint64_t files)
{
	struct statvfs v;

	if (statvfs(path, &v))
		return FILE_ROOM;
	if (v.f_flag & ST_RDONLY)
		return FILE_READ_ONLY;
	if ((uint64_t)v.f_bavail * v.f_frsize < bytes)
		return FILE_FEW_BYTES;
	/* Some file systems make files as they need them and count none. */
	return v.f_files > 0 && v.f_favail < files ? FILE_FEW_FILES : FILE_ROOM;
}
