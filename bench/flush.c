/*
 * What the disk alone allows: N messages that arrived together are written to a file of bodies,
 * flushed, their records written to another file, flushed; then the next N. No durable relay
 * that keeps bodies and records in two files answers N sessions faster, unless it overlaps
 * them.
 *
 *   flush DIR SESSIONS [SECONDS [BYTES]]
 *
 * The files are written over, as a spool does that recycles them. Prints messages a second.
 */
#include "pair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES (32u << 20)
#define RECORD     300u

struct file {
	int fd;
	size_t at;
	char path[1024];
};

static void
open_file(struct file *f, const char *dir, const char *name, char *zeros)
{
	snprintf(f->path, sizeof f->path, "%s/%s", dir, name);
	f->fd = open(f->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	f->at = 0;
	if (f->fd < 0 || pwrite(f->fd, zeros, FILE_BYTES, 0) != (ssize_t)FILE_BYTES ||
		fsync(f->fd))
		pair_die("%s: %s", f->path, strerror(errno));
}

static void
append(struct file *f, const char *bytes, size_t n)
{
	if (f->at + n > FILE_BYTES)
		f->at = 0;
	if (pwrite(f->fd, bytes, n, (off_t)f->at) != (ssize_t)n || fdatasync(f->fd))
		pair_die("%s: %s", f->path, strerror(errno));
	f->at += n;
}

int
main(int argc, char **argv)
{
	struct file bodies, records;
	size_t n, size;
	uint64_t began, us, done = 0;
	char *bytes;

	if (argc < 3)
		pair_die("usage: flush DIR SESSIONS [SECONDS [BYTES]]");
	n = pair_number(argv[2], 1, 1000);
	us = pair_number(argc > 3 ? argv[3] : "2", 1, 3600) * 1000000;
	size = pair_number(argc > 4 ? argv[4] : "4096", 1, 30000);
	bytes = calloc(1, FILE_BYTES);
	if (!bytes)
		return 71;
	open_file(&bodies, argv[1], "flush.bodies", bytes);
	open_file(&records, argv[1], "flush.records", bytes);
	memset(bytes, 'x', n * size);
	began = pair_mono_us();
	while (pair_mono_us() - began < us) {
		append(&bodies, bytes, n * size);
		append(&records, bytes, n * RECORD);
		done += n;
	}
	us = pair_mono_us() - began;
	printf("%.0f\n", (double)done * 1e6 / (double)us);
	unlink(bodies.path);
	unlink(records.path);
	free(bytes);
	return 0;
}
