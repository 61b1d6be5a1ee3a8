#include "io/extent.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/extent_cool.h"
#include "io/extent_path.h"
#include "io/file.h"
#include "wire/record.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define MEMORY_MAX (256u << 10) /* of one body, and of one part of a long one */
#define BODY_MAX   (1u << 30)
#define ZERO_STEP  (1u << 20)
#define ZERO_BODY  (16u << 10) /* longer ones: zeros cost more than the size they spare */
#define ALIGN      8u

/*
 * One file. Its place counters belong to the loop; fd and fault to the flusher's thread from
 * the first job on. Lives as long as the writer or a body or a job names it.
 */
struct extent_file {
	struct extent_writer *w;
	uint32_t number;
	unsigned refs;
	uint64_t end;    /* where the next body may begin */
	uint64_t zeroed; /* zeros reach to here, or will */
	bool closed;     /* loop: no more bodies */
	bool zeroing;
	struct flush_job zero;

	int fd; /* -1: not yet made */
	int fault;
};

struct extent_writer {
	char folder[EXTENT_PATH_MAX];
	uint8_t writer;
	uint64_t boot;
	struct flusher *flusher;
	uint32_t next; /* counter of the next extent */
	struct extent_file *file;
	size_t bodies;
	struct extent_cool cool;
	bool cooling;
};

/* Bytes of a body on their way to the file. */
struct part {
	struct flush_job job;
	struct extent_body *body;
	struct extent_file *file;
	struct buf bytes;
};

struct extent_body {
	struct extent_writer *w;
	struct buf bytes;
	uint64_t size;
	size_t tail;      /* bytes behind it, the last of `bytes` */
	size_t under_way; /* bytes in parts */
	unsigned parts;
	int err;
	bool dropped;
	struct extent_file *file; /* of its own, when long */
	uint64_t written;         /* bytes given to parts */
	XXH3_state_t *hash;       /* when long */
	void (*done)(void *ctx, int err, struct extent_place place);
	void *ctx;
	struct extent_place place;
};

static const char zeros[ZERO_STEP];

/* Flusher's thread. Makes the file on its first use: the name must be durable before the first
 * body in it is answered. */
static int
file_make(struct extent_file *f)
{
	char path[EXTENT_PATH_MAX];
	uint8_t head[RECORD_FILE_HEAD];
	int fd, err;

	if (f->fd >= 0)
		return 0;
	extent_path_in(path, f->w->folder, f->number);
	fd = file_open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return fd;
	record_file_write(head, &(struct record_file){
					.kind = RECORD_EXTENT,
					.version = RECORD_VERSION,
					.generation = f->number,
					.writer = f->w->boot,
				});
	err = file_pwrite(fd, head, sizeof head, 0);
	if (!err)
		err = file_sync_dir(f->w->folder);
	if (err) {
		file_close(fd);
		file_unlink(path);
		return err;
	}
	f->fd = fd;
	return 0;
}

/* Flusher's thread. */
static int
part_ready(void *ctx)
{
	struct part *p = ctx;
	int err = file_make(p->file);

	p->job.fd = p->file->fd;
	return err;
}

static struct extent_file *
file_new(struct extent_writer *w)
{
	struct extent_file *f = MEM_NEW(f);

	f->w = w;
	f->number = (uint32_t)w->writer << 24 | w->next;
	w->next = w->next == 0xffffff ? 1 : w->next + 1;
	f->end = f->zeroed = RECORD_FILE_HEAD;
	f->fd = -1;
	f->refs = 1;
	return f;
}

static void
file_unref(struct extent_file **fp)
{
	struct extent_file *f = *fp;

	*fp = NULL;
	if (--f->refs)
		return;
	if (f->fd >= 0)
		file_close(f->fd);
	mem_free(f);
}

static struct extent_file *
file_ref(struct extent_file *f)
{
	f->refs++;
	return f;
}

static int
zero_work(void *ctx)
{
	struct extent_file *f = ctx;

	if (f->fd < 0)
		return 0;
	/* Only a speed-up: no space for it is nobody's error. */
	(void)file_pwrite(f->fd, zeros, f->zero.n, f->zero.offset);
	return 0;
}

static void
zero_done(void *ctx, int err)
{
	struct extent_file *f = ctx;

	(void)err;
	f->zeroing = false;
	file_unref(&f);
}

/* Called when a body was placed: its write is queued before these zeros, all later ones behind
 * them. */
static void
zero_ahead(struct extent_file *f, uint64_t size)
{
	if (size > ZERO_BODY || f->zeroing || f->closed || f->end + ZERO_STEP / 2 < f->zeroed)
		return;
	if (f->zeroed < f->end)
		f->zeroed = f->end;
	if (f->zeroed >= EXTENT_SIZE)
		return;
	f->zeroing = true;
	f->zero = (struct flush_job){
		.offset = f->zeroed,
		.n = ZERO_STEP - (size_t)(f->zeroed % ZERO_STEP),
		.work = zero_work,
		.fault = &f->fault,
		.done = zero_done,
		.ctx = file_ref(f),
	};
	f->zeroed += f->zero.n;
	flusher_add(f->w->flusher, &f->zero);
}

/* Bytes of a filled extent that the kernel need not keep in memory. */
struct cooling {
	struct flush_job job;
	struct extent_writer *w;
	struct extent_range range;
};

static int
cool_work(void *ctx)
{
	const struct cooling *c = ctx;
	char path[EXTENT_PATH_MAX];

	extent_path_in(path, c->w->folder, c->range.extent);
	/* Only advice: an extent that is gone by now is nobody's error. */
	int fd = file_open(path, O_WRONLY, 0);
	if (fd < 0)
		return 0;
	(void)posix_fadvise(
		fd, (off_t)c->range.offset, (off_t)c->range.length, POSIX_FADV_DONTNEED);
	file_close(fd);
	return 0;
}

static void
cool_done(void *ctx, int err)
{
	struct cooling *c = ctx;

	(void)err;
	c->w->cooling = false;
	mem_free(c);
}

/* Called when a body was placed: so it goes in the steps in which extents grow. */
static void
cool_step(struct extent_writer *w)
{
	struct extent_range range;

	if (w->cooling || !extent_cool_next(&w->cool, &range))
		return;
	struct cooling *c = MEM_NEW(c);

	w->cooling = true;
	c->w = w;
	c->range = range;
	c->job = (struct flush_job){ .work = cool_work, .done = cool_done, .ctx = c };
	flusher_add(w->flusher, &c->job);
}

static int
see_name(void *ctx, const char *name)
{
	struct extent_writer *w = ctx;
	uint32_t counter;

	if (!extent_path_counter(name, &counter) && counter >= w->next)
		w->next = counter == 0xffffff ? 1 : counter + 1;
	return 0;
}

int
extent_writer_open(const char *spool, uint8_t writer, uint64_t boot, struct flusher *f,
	struct extent_writer **ret_w)
{
	struct extent_writer *w = MEM_NEW(w);
	int err = extent_path_folder(w->folder, spool, writer);

	w->writer = writer;
	w->boot = boot;
	w->flusher = f;
	w->next = 1;
	if (!err)
		err = file_mkdirs(w->folder, 0700);
	if (!err)
		err = file_each(w->folder, see_name, w);
	if (err) {
		mem_free(w);
		return err;
	}
	*ret_w = w;
	return 0;
}

void
extent_writer_free(struct extent_writer **wp)
{
	struct extent_writer *w = *wp;

	if (!w)
		return;
	*wp = NULL;
	flusher_drain(w->flusher);
	must(!w->bodies);
	if (w->file)
		file_unref(&w->file);
	mem_free(w);
}

struct extent_body *
extent_body_new(struct extent_writer *w)
{
	struct extent_body *b = MEM_NEW(b);

	b->w = w;
	w->bodies++;
	buf_init(&b->bytes, MEMORY_MAX + EXTENT_TAIL_MAX);
	return b;
}

uint64_t
extent_body_size(const struct extent_body *b)
{
	return b->size;
}

size_t
extent_body_memory(const struct extent_body *b)
{
	return b->bytes.cap + b->under_way;
}

struct remove {
	struct flush_job job;
	char path[EXTENT_PATH_MAX];
};

static int
remove_work(void *ctx)
{
	struct remove *r = ctx;

	return file_unlink(r->path);
}

static void
remove_done(void *ctx, int err)
{
	/* What stays is removed by the engine like any extent nobody names. */
	(void)err;
	mem_free(ctx);
}

static void
remove_later(struct extent_writer *w, uint32_t number)
{
	struct remove *r = MEM_NEW(r);

	extent_path_in(r->path, w->folder, number);
	r->job = (struct flush_job){ .work = remove_work, .done = remove_done, .ctx = r };
	flusher_add(w->flusher, &r->job);
}

static void
body_free(struct extent_body *b, bool keep_file)
{
	if (b->file) {
		if (!keep_file)
			remove_later(b->w, b->file->number);
		file_unref(&b->file);
	}
	if (b->hash)
		XXH3_freeState(b->hash);
	b->w->bodies--;
	buf_done(&b->bytes);
	mem_free(b);
}

static void
body_answer(struct extent_body *b, int err)
{
	struct extent_place place = err ? (struct extent_place){ 0 } : b->place;
	void (*done)(void *, int, struct extent_place) = b->done;
	void *ctx = b->ctx;

	body_free(b, !err);
	done(ctx, err, place);
}

static void
part_done(void *ctx, int err)
{
	struct part *p = ctx;
	struct extent_body *b = p->body;
	bool last = p->job.sync;

	if (err && !p->job.refused)
		p->file->closed = true;
	if (err && !b->err)
		b->err = err;
	b->under_way -= p->bytes.cap;
	b->parts--;
	file_unref(&p->file);
	buf_done(&p->bytes);
	mem_free(p);
	if (last)
		body_answer(b, b->err);
	else if (b->dropped && !b->parts)
		body_free(b, false);
}

/* Gives the bytes in memory to the flusher. */
static void
part_send(struct extent_body *b, struct extent_file *f, uint64_t offset, bool last)
{
	struct part *p = MEM_NEW(p);

	p->body = b;
	p->file = file_ref(f);
	p->bytes = b->bytes;
	buf_init(&b->bytes, MEMORY_MAX + EXTENT_TAIL_MAX);
	b->under_way += p->bytes.cap;
	b->parts++;
	/* Soft: else a full disk would leave one more extent for every body refused. */
	p->job = (struct flush_job){
		.fd = -1,
		.p = p->bytes.p,
		.n = p->bytes.n,
		.offset = offset,
		.ready = part_ready,
		.soft = true,
		.sync = last,
		.fault = &f->fault,
		.done = part_done,
		.ctx = p,
	};
	flusher_add(b->w->flusher, &p->job);
}

/* The memory is full: from now on the body is written as it comes. */
static void
body_spill(struct extent_body *b)
{
	if (!b->file) {
		b->file = file_new(b->w);
		b->hash = XXH3_createState();
		must(b->hash);
		XXH3_64bits_reset(b->hash);
	}
	XXH3_64bits_update(b->hash, b->bytes.p, b->bytes.n);
	part_send(b, b->file, RECORD_FILE_HEAD + b->written, false);
	b->written = b->size;
}

int
extent_body_add(struct extent_body *b, struct str bytes)
{
	must(b->tail == 0);
	if (b->err)
		return b->err;
	if (bytes.n > BODY_MAX - b->size)
		return -E2BIG;
	while (bytes.n) {
		struct str piece = str_head(bytes, MEMORY_MAX - b->bytes.n);

		must(!buf_put(&b->bytes, piece));
		b->size += piece.n;
		bytes = str_from(bytes, piece.n);
		if (bytes.n)
			body_spill(b);
	}
	return 0;
}

void
extent_body_tail(struct extent_body *b, struct str bytes)
{
	must(b->tail == 0 && bytes.n <= EXTENT_TAIL_MAX);
	must(!buf_put(&b->bytes, bytes));
	b->tail = bytes.n;
}

static struct extent_file *
shared_file(struct extent_writer *w, uint64_t size)
{
	struct extent_file *f = w->file;

	if (f && (f->closed || f->end + size > EXTENT_SIZE)) {
		f->closed = true;
		extent_cool_add(&w->cool, f->number, f->end);
		file_unref(&w->file);
	}
	if (!w->file)
		w->file = file_new(w);
	return w->file;
}

void
extent_body_commit(struct extent_body **bp,
	void (*done)(void *ctx, int err, struct extent_place place), void *ctx)
{
	struct extent_body *b = *bp;
	struct extent_file *f = b->file;
	struct str bytes = str_head(buf_str(&b->bytes), b->bytes.n - b->tail);
	uint64_t size = b->size + b->tail; /* in the file */

	*bp = NULL;
	b->done = done;
	b->ctx = ctx;
	b->place.length = (uint32_t)b->size;
	if (f) {
		XXH3_64bits_update(b->hash, bytes.p, bytes.n);
		b->place.hash = XXH3_64bits_digest(b->hash);
		b->place.offset = RECORD_FILE_HEAD;
		b->place.extent = f->number;
		extent_cool_add(&b->w->cool, f->number, RECORD_FILE_HEAD + size);
		part_send(b, f, RECORD_FILE_HEAD + b->written, true);
		cool_step(b->w);
		return;
	}
	f = shared_file(b->w, size);
	b->place.hash = hash_bytes(0, bytes);
	b->place.offset = f->end;
	b->place.extent = f->number;
	f->end = (f->end + size + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
	part_send(b, f, b->place.offset, true);
	zero_ahead(f, size);
	cool_step(b->w);
}

void
extent_body_drop(struct extent_body **bp)
{
	struct extent_body *b = *bp;

	if (!b)
		return;
	*bp = NULL;
	b->dropped = true;
	if (!b->parts)
		body_free(b, false);
}
