#include "io/disk_scene.h"

#include <fcntl.h>
#include <sys/stat.h>

struct body {
	struct extent_place place;
	int err;
	bool done;
};

struct rig {
	struct clock clock;
	struct loop *loop;
	struct flusher *flusher;
	struct extent_writer *w;
	struct extent_reader *r;
	char spool[600];
	char bytes[1200000];
};

static void
begin(struct rig *g, bool inline_)
{
	snprintf(g->spool, sizeof g->spool, "%s/spool", test_dir_path());
	clock_real(&g->clock);
	g->loop = loop_new(&g->clock);
	g->flusher = flusher_new(g->loop, inline_);
	assert_int_equal(extent_writer_open(g->spool, 0xa5, 7, g->flusher, &g->w), 0);
	g->r = extent_reader_new(g->spool);
	for (size_t i = 0; i < sizeof g->bytes; i++)
		g->bytes[i] = (char)(i * 13 + (i >> 9));
}

static void
end(struct rig *g)
{
	extent_reader_free(&g->r);
	extent_writer_free(&g->w);
	flusher_free(&g->flusher);
	loop_free(&g->loop);
}

static void
placed(void *ctx, int err, struct extent_place place)
{
	struct body *b = ctx;

	b->err = err;
	b->place = place;
	b->done = true;
}

static struct body
store_with(struct rig *g, size_t n, size_t step, struct str tail)
{
	struct extent_body *b = extent_body_new(g->w);
	struct body ret = { .done = false };
	int err = 0;

	for (size_t at = 0; at < n && !err; at += step) {
		err = extent_body_add(b, str_of(g->bytes + at, n - at < step ? n - at : step));
		assert_true(extent_body_memory(b) <= n + (512u << 10));
	}
	assert_true(err || extent_body_size(b) == n);
	if (tail.n && !err)
		extent_body_tail(b, tail);
	assert_true(err || extent_body_size(b) == n);
	extent_body_commit(&b, placed, &ret);
	assert_null(b);
	assert_false(ret.done);
	for (int i = 0; i < 10000 && !ret.done; i++)
		loop_step(g->loop, 1000);
	assert_true(ret.done);
	return ret;
}

static struct body
store(struct rig *g, size_t n, size_t step)
{
	return store_with(g, n, step, STR_NONE);
}

/* What lies behind a body is written with it, and is no part of it. */
static void
test_tails(void **state)
{
	static const struct {
		const char *name;
		size_t n, tail;
		bool last; /* no body comes behind it */
	} table[] = {
		{ "none", 4096, 0, false },
		{ "of a body of whole words", 4096, 100, false },
		{ "of an odd one", 4099, 61, false },
		{ "of an empty one", 0, 9, false },
		{ "the longest, of the most in memory", 262144, EXTENT_TAIL_MAX, false },
		{ "of a long one", 600000, 1000, false },
		{ "the longest, of a long one", 2 * 262144, EXTENT_TAIL_MAX, false },
		{ "of the last of a file", 50, 333, true },
	};
	struct rig *g = mem_new(1, sizeof *g);
	char *got = mem_new(1, sizeof g->bytes);

	(void)state;
	scene_dir();
	for (int inline_ = 0; inline_ < 2; inline_++) {
		begin(g, inline_);
		TEST_EACH(row, table)
		{
			struct str tail = str_of(g->bytes + 77, row->tail);
			struct body b = store_with(g, row->n, 7777, tail), next;
			long n;

			next = row->last ? b : store(g, 5000, 5000);
			assert_int_equal(b.err, 0);
			assert_int_equal(b.place.length, row->n);
			assert_int_equal(b.place.offset % 8, 0);
			assert_int_equal(extent_verify(g->r, &b.place), 0);
			n = extent_read_behind(g->r, &b.place, got, row->tail);
			assert_int_equal(n, row->tail);
			assert_memory_equal(got, tail.p, row->tail);
			/* The next one is whole. */
			assert_int_equal(next.err, 0);
			assert_int_equal(extent_verify(g->r, &next.place), 0);
			if (b.place.extent == next.place.extent && !row->last)
				assert_true(next.place.offset >=
					    b.place.offset + row->n + row->tail);
			/* As far as the file goes. */
			n = extent_read_behind(g->r, &b.place, got, sizeof g->bytes);
			assert_true(n >= (long)row->tail);
			b.place.extent += 1u << 20;
			assert_int_equal(extent_read_behind(g->r, &b.place, got, 1), -ENOENT);
		}
		end(g);
	}
	mem_free(got);
	mem_free(g);
	test_dir_done();
}

static void
test_sizes(void **state)
{
	static const struct {
		const char *name;
		size_t n, step;
		bool own;
	} table[] = {
		{ "empty", 0, 1, false },
		{ "one byte", 1, 1, false },
		{ "small", 4096, 100, false },
		{ "most in memory", 262144, 5000, false },
		{ "one more", 262145, 262145, true },
		{ "long by bytes of 7", 600000, 7777, true },
		{ "long at once", 1200000, 1200000, true },
		{ "small again", 10, 3, false },
	};
	struct rig *g = mem_new(1, sizeof *g);
	char *got = mem_new(1, sizeof g->bytes);
	uint32_t shared = 0;

	(void)state;
	scene_dir();
	for (int inline_ = 0; inline_ < 2; inline_++) {
		begin(g, inline_);
		shared = 0;
		TEST_EACH(row, table)
		{
			struct body b = store(g, row->n, row->step);

			assert_int_equal(b.err, 0);
			assert_int_equal(b.place.extent >> 24, 0xa5);
			assert_int_equal(b.place.length, row->n);
			assert_int_equal(b.place.offset % 8, 0);
			assert_true(b.place.hash == hash_bytes(0, str_of(g->bytes, row->n)));
			if (!shared)
				shared = b.place.extent;
			assert_int_equal(b.place.extent == shared, !row->own);
			assert_int_equal(extent_read(g->r, &b.place, 0, got, row->n), 0);
			assert_memory_equal(got, g->bytes, row->n);
			assert_int_equal(extent_verify(g->r, &b.place), 0);
			assert_int_equal(extent_read(g->r, &b.place, row->n, got, 1), -ENODATA);
			b.place.hash++;
			assert_int_equal(extent_verify(g->r, &b.place), -EILSEQ);
			b.place.offset += 1u << 27;
			assert_int_equal(
				extent_verify(g->r, &b.place), row->n ? -ENODATA : -EILSEQ);
		}
		end(g);
	}
	mem_free(got);
	mem_free(g);
	test_dir_done();
}

struct seen_one {
	uint32_t extent;
	int64_t changed;
};

static void
see_one(void *ctx, uint32_t extent, uint64_t size, int64_t changed)
{
	struct seen_one *s = ctx;

	(void)size;
	if (extent == s->extent)
		s->changed = changed;
}

/* Zeros over one body and its tail leave the others, and the file's age, as they were. */
static void
test_wipe(void **state)
{
	static const size_t sizes[] = { 100, 4096, 262144, 600000 };
	struct rig *g = mem_new(1, sizeof *g);
	struct str tail = str_of(g->bytes + 77, 333);
	char got[333], none[333] = { 0 };

	(void)state;
	scene_dir();
	begin(g, 0);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct body before = store(g, 100, 100),
			    b = store_with(g, sizes[i], 7777, tail), behind = store(g, 77, 77);
		struct extent_place gone = b.place;
		struct seen_one was = { b.place.extent, 0 }, is = was;

		assert_int_equal(extent_each(g->spool, see_one, &was), 0);
		assert_int_equal(extent_wipe(g->spool, &b.place, tail.n), 0);
		assert_int_equal(extent_wipe(g->spool, &b.place, tail.n), 0);
		assert_int_equal(extent_verify(g->r, &b.place), -EILSEQ);
		assert_true(extent_is_wiped(g->r, &b.place) &&
			    !extent_is_wiped(g->r, &behind.place));
		assert_int_equal(extent_read_behind(g->r, &b.place, got, tail.n), tail.n);
		assert_memory_equal(got, none, tail.n);
		assert_int_equal(extent_verify(g->r, &before.place), 0);
		assert_int_equal(extent_verify(g->r, &behind.place), 0);
		assert_int_equal(extent_each(g->spool, see_one, &is), 0);
		assert_true(is.changed == was.changed);
		gone.extent += 1u << 20;
		assert_int_equal(extent_wipe(g->spool, &gone, 0), -ENOENT);
	}
	end(g);
	mem_free(g);
	test_dir_done();
}

struct seen {
	unsigned files;
	uint32_t last;
};

static void
see(void *ctx, uint32_t extent, uint64_t size, int64_t changed)
{
	struct seen *s = ctx;

	assert_true(extent > s->last && size >= 64 && changed > 0);
	s->files++;
	s->last = extent;
}

static unsigned
files(struct rig *g)
{
	struct seen s = { 0 };

	assert_int_equal(extent_each(g->spool, see, &s), 0);
	return s.files;
}

static void
test_extents(void **state)
{
	struct rig *g = mem_new(1, sizeof *g);
	struct extent_body *b;
	struct body one, two;
	char c;

	(void)state;
	scene_dir();
	begin(g, false);
	assert_int_equal(files(g), 0);
	one = store(g, 100, 100);
	assert_int_equal(files(g), 1);
	end(g);
	/* Another life never appends to the extent of the former. */
	begin(g, false);
	two = store(g, 100, 100);
	assert_int_equal(two.place.extent, one.place.extent + 1);
	assert_int_equal(files(g), 2);
	/* Long bodies given up leave nothing. */
	b = extent_body_new(g->w);
	assert_int_equal(extent_body_add(b, str_of(g->bytes, 900000)), 0);
	extent_body_drop(&b);
	b = extent_body_new(g->w);
	extent_body_drop(&b);
	flusher_drain(g->flusher);
	assert_int_equal(files(g), 2);
	/* A full extent is followed by another. */
	for (int i = 0; i < 260; i++)
		two = store(g, 262000, 262000);
	assert_int_equal(extent_verify(g->r, &two.place), 0);
	assert_true(files(g) == 3 && two.place.offset < EXTENT_SIZE);
	/* Removed; the reader lets go when told. */
	assert_int_equal(extent_verify(g->r, &one.place), 0);
	assert_int_equal(extent_remove(g->spool, one.place.extent), 0);
	assert_int_equal(extent_read(g->r, &one.place, 0, &c, 1), 0);
	extent_reader_trim(g->r);
	assert_int_equal(extent_read(g->r, &one.place, 0, &c, 1), -ENOENT);
	assert_int_equal(extent_verify(g->r, &two.place), 0);
	end(g);
	mem_free(g);
	test_dir_done();
}

/* After an error of the disk: a new extent, except when the disk was only full. */
static void
test_errors(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		unsigned nth;
		int err;
		bool same; /* extent as before */
		bool on;   /* the later calls fail too: parts are written together, then, for
		              lack of space, one by one */
	} table[] = {
		{ "write", 4000, 1, EIO, false, false },
		{ "full", 4000, 1, ENOSPC, true, false },
		{ "flush", 4000, 2, EIO, false, false },
		{ "flush, full", 4000, 2, ENOSPC, false, false },
		{ "open of a long one", 500000, 1, EMFILE, true, false },
		{ "header of a long one", 500000, 2, EIO, true, false },
		{ "folder of a long one", 500000, 3, EIO, true, false },
		{ "parts of a long one", 500000, 4, EIO, true, false },
		{ "no space for a long one", 500000, 4, ENOSPC, true, true },
		{ "flush of a long one", 500000, 5, EIO, true, false },
	};
	struct rig *g = mem_new(1, sizeof *g);

	(void)state;
	if (!FILE_FAULT_HERE)
		skip();
	TEST_EACH(row, table)
	{
		struct body before, bad, after;
		unsigned was;

		scene_dir();
		begin(g, true);
		before = store(g, 600, 600);
		flusher_drain(g->flusher);
		was = files(g);
		file_fault_arm(row->on ? FILE_FAULT_FROM : FILE_FAULT_CALL, row->nth, row->err);
		bad = store(g, row->n, row->n);
		assert_true(file_fault_fired());
		file_fault_arm(FILE_FAULT_NONE, 0, 0);
		assert_int_equal(bad.err, -row->err);
		assert_int_equal(bad.place.extent, 0);
		flusher_drain(g->flusher);
		assert_int_equal(files(g), was);
		after = store(g, 700, 700);
		assert_int_equal(after.err, 0);
		assert_int_equal(after.place.extent == before.place.extent, row->same);
		assert_int_equal(extent_verify(g->r, &before.place), 0);
		assert_int_equal(extent_verify(g->r, &after.place), 0);
		end(g);
		test_dir_done();
	}
	mem_free(g);
}

TEST_MAIN(TEST(test_sizes), TEST(test_tails), TEST(test_wipe), TEST(test_extents),
	TEST(test_errors))
