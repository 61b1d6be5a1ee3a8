#include "io/extent.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/extent_path.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define CACHED     64
#define READ_BYTES (64u << 10)

struct cached {
	uint32_t extent; /* 0: free */
	int fd;
	uint64_t used;
};

struct extent_reader {
	char spool[EXTENT_PATH_MAX];
	struct cached cache[CACHED];
	uint64_t uses;
};

struct extent_reader *
extent_reader_new(const char *spool)
{
	struct extent_reader *r = MEM_NEW(r);

	/* A name too long is found by the first read: its path is longer still. */
	(void)str_copy_z(r->spool, sizeof r->spool, str_z(spool));
	return r;
}

static void
forget(struct cached *c)
{
	if (c->extent)
		file_close(c->fd);
	c->extent = 0;
}

void
extent_reader_free(struct extent_reader **rp)
{
	struct extent_reader *r = *rp;

	if (!r)
		return;
	*rp = NULL;
	for (int i = 0; i < CACHED; i++)
		forget(&r->cache[i]);
	mem_free(r);
}

void
extent_reader_trim(struct extent_reader *r)
{
	struct stat st;

	for (int i = 0; i < CACHED; i++)
		if (r->cache[i].extent && (fstat(r->cache[i].fd, &st) || !st.st_nlink))
			forget(&r->cache[i]);
}

/* The descriptor of an extent, or -errno. */
static int
reader_fd(struct extent_reader *r, uint32_t extent)
{
	struct cached *oldest = &r->cache[0];
	char path[EXTENT_PATH_MAX];
	int fd;

	if (!extent)
		return -ENOENT;
	for (int i = 0; i < CACHED; i++) {
		struct cached *c = &r->cache[i];

		if (c->extent == extent) {
			c->used = ++r->uses;
			return c->fd;
		}
		if (!c->extent || (oldest->extent && c->used < oldest->used))
			oldest = c;
	}
	fd = extent_path(path, r->spool, extent);
	if (!fd)
		fd = file_open(path, O_RDONLY, 0);
	if (fd < 0)
		return fd;
	forget(oldest);
	*oldest = (struct cached){ extent, fd, ++r->uses };
	return fd;
}

int
extent_read(struct extent_reader *r, const struct extent_place *p, uint64_t from, void *dst,
	size_t n)
{
	int fd = reader_fd(r, p->extent);
	long got;

	if (fd < 0)
		return fd;
	if (from > p->length || n > p->length - from)
		return -ENODATA;
	got = file_pread(fd, dst, n, p->offset + from);
	if (got < 0)
		return (int)got;
	return (size_t)got == n ? 0 : -ENODATA;
}

long
extent_read_behind(struct extent_reader *r, const struct extent_place *p, void *dst, size_t n)
{
	int fd = reader_fd(r, p->extent);

	return fd < 0 ? fd : file_pread(fd, dst, n, p->offset + p->length);
}

int
extent_verify(struct extent_reader *r, const struct extent_place *p)
{
	XXH3_state_t *hash = XXH3_createState();
	char *part = mem_new(1, READ_BYTES);
	int err = 0;

	must(hash);
	XXH3_64bits_reset(hash);
	for (uint64_t at = 0; at < p->length && !err;) {
		size_t n = p->length - at < READ_BYTES ? (size_t)(p->length - at) : READ_BYTES;

		err = extent_read(r, p, at, part, n);
		if (!err)
			XXH3_64bits_update(hash, part, n);
		at += n;
	}
	if (!err && XXH3_64bits_digest(hash) != p->hash)
		err = -EILSEQ;
	XXH3_freeState(hash);
	mem_free(part);
	return err;
}

bool
extent_is_wiped(struct extent_reader *r, const struct extent_place *p)
{
	char head[256];
	size_t n = p->length < sizeof head ? (size_t)p->length : sizeof head;

	if (n == 0 || extent_read(r, p, 0, head, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (head[i])
			return false;
	return true;
}

int
extent_wipe(const char *spool, const struct extent_place *p, uint64_t behind)
{
	uint64_t left = p->length + behind, at = p->offset;
	char path[EXTENT_PATH_MAX], *zeros;
	struct timespec times[2];
	struct stat st;
	int fd, err = extent_path(path, spool, p->extent);

	if (err)
		return err;
	fd = file_open(path, O_WRONLY, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st)) {
		err = -errno;
		file_close(fd);
		return err;
	}
	zeros = mem_new(1, READ_BYTES);
	for (size_t n; left && !err; left -= n, at += n) {
		n = left < READ_BYTES ? (size_t)left : READ_BYTES;
		err = file_pwrite(fd, zeros, n, at);
	}
	mem_free(zeros);
	/* Its age is that of its last body: what is wiped in it must not keep the others
	 * longer.
	 */
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	(void)futimens(fd, times);
	err = err ? err : file_datasync(fd);
	file_close(fd);
	return err;
}

int
extent_remove(const char *spool, uint32_t extent)
{
	char path[EXTENT_PATH_MAX];
	int err = extent_path(path, spool, extent);

	return err ? err : file_unlink(path);
}

struct walk {
	const char *spool;
	uint8_t writer;
	void (*fn)(void *ctx, uint32_t extent, uint64_t size, int64_t changed);
	void *ctx;
};

static int
walk_file(void *ctx, const char *name)
{
	struct walk *w = ctx;
	char path[EXTENT_PATH_MAX];
	uint32_t counter, extent;
	struct stat st;
	int err;

	if (extent_path_counter(name, &counter))
		return 0;
	extent = (uint32_t)w->writer << 24 | counter;
	err = extent_path(path, w->spool, extent);
	if (err)
		return err;
	/* Gone between the listing and now: then there is nothing to tell. */
	if (stat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	w->fn(w->ctx, extent, (uint64_t)st.st_size,
		(int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000);
	return 0;
}

static int
walk_writer(void *ctx, const char *name)
{
	struct walk *w = ctx;
	char folder[EXTENT_PATH_MAX];
	int err;

	if (extent_path_writer(name, &w->writer))
		return 0;
	err = extent_path_folder(folder, w->spool, w->writer);
	return err ? err : file_each(folder, walk_file, w);
}

int
extent_each(const char *spool,
	void (*fn)(void *ctx, uint32_t extent, uint64_t size, int64_t changed), void *ctx)
{
	struct walk w = { .spool = spool, .fn = fn, .ctx = ctx };
	int err = file_each(spool, walk_writer, &w);

	return err == -ENOENT ? 0 : err;
}
