/*
 * Files and folders, as the rest needs them. Every durable system call of the program passes
 * through here, where a test build can make call number N fail or kill (file_fault).
 */
#ifndef IO_FILE_H
#define IO_FILE_H

#include "base/buf.h"

#include <sys/uio.h>

/* mkdir with parents; existing is fine. 0 or -errno. */
int file_mkdirs(const char *path, unsigned mode);
/* Whole file into b (bounded by b's maximum): 0, -errno, -E2BIG. */
int file_read(const char *path, struct buf *b);
/* Durable replacement: temporary file, fdatasync, rename, directory fsync. 0 or -errno. */
int file_replace(const char *path, struct str bytes, unsigned mode);
/* fsync of the directory. 0 or -errno. */
int file_sync_dir(const char *path);
/* Exclusive lock file with our pid; held until the process ends. fd, -EWOULDBLOCK when another
 * process holds it (*ret_pid), or -errno. */
int file_lock(const char *path, int *ret_pid);
/* Names in a folder in order, without . and ..; fn returns 0 to go on. 0 or -errno. */
int file_each(const char *dir, int (*fn)(void *ctx, const char *name), void *ctx);

/* open(2) with O_CLOEXEC; the durable calls; all give -errno. */
int file_open(const char *path, int flags, unsigned mode);
int file_close(int fd);
/* Whole length or an error. EINTR is retried. */
int file_pwrite(int fd, const void *p, size_t n, uint64_t offset);
/* The same for several pieces, one behind the other; at most IOV_MAX. v is used up. */
int file_pwritev(int fd, struct iovec *v, unsigned n, uint64_t offset);
long file_pread(int fd, void *p, size_t n, uint64_t offset);
int file_datasync(int fd);
int file_truncate(int fd, uint64_t size);
int file_rename(const char *from, const char *to);
int file_unlink(const char *path);
/* link(2): -EEXIST when to is there. Not in the write log of test builds. */
int file_link(const char *from, const char *to);
int64_t file_size(int fd);
/* Bytes an ordinary user may still write on the file system of path; -errno. */
int64_t file_free_bytes(const char *path);
/* What speaks against new files and bytes there; FILE_ROOM too when nothing can be asked. */
enum file_room { FILE_ROOM, FILE_FEW_BYTES, FILE_FEW_FILES, FILE_READ_ONLY };
enum file_room file_room(const char *path, uint64_t bytes, uint64_t files);

#endif
