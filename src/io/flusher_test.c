#include "io/flusher.h"

#include "base/mem.h"
#include "base/test.h"
#include "io/file.h"
#include "io/file_fault.h"

#include <errno.h>
#include <fcntl.h>

#define JOBS 2000

struct row {
	struct flush_job job;
	struct bench *b;
	int err;
	bool answered;
};

struct bench {
	struct clock clock;
	struct loop *loop;
	struct flusher *f;
	int fd;
	int fault;
	unsigned order, wrong_order, again;
	struct row rows[JOBS];
	uint64_t bytes[JOBS];
};

static void
begin(struct bench *b, bool inline_)
{
	char path[600];

	memset(b, 0, sizeof *b);
	clock_real(&b->clock);
	b->loop = loop_new(&b->clock);
	b->f = flusher_new(b->loop, inline_);
	snprintf(path, sizeof path, "%s/file", test_dir());
	b->fd = file_open(path, O_RDWR | O_CREAT, 0600);
	assert_true(b->fd >= 0);
}

static void
end(struct bench *b)
{
	flusher_free(&b->f);
	file_close(b->fd);
	loop_free(&b->loop);
	test_dir_done();
}

static void
on_done(void *ctx, int err)
{
	struct row *r = ctx;

	r->err = err;
	r->answered = true;
	if ((unsigned)(r - r->b->rows) != r->b->order++)
		r->b->wrong_order++;
	if (r->b->again) {
		r->b->again = 0;
		flusher_drain(r->b->f);
	}
}

static void
add(struct bench *b, unsigned i, bool sync, int *fault)
{
	b->rows[i].b = b;
	b->bytes[i] = i;
	b->rows[i].job = (struct flush_job){
		.fd = b->fd,
		.p = &b->bytes[i],
		.n = sizeof b->bytes[i],
		.offset = i * sizeof b->bytes[i],
		.sync = sync,
		.fault = fault,
		.done = on_done,
		.ctx = &b->rows[i],
	};
	flusher_add(b->f, &b->rows[i].job);
}

static void
all_in_order(bool inline_)
{
	struct bench *b = mem_new(1, sizeof *b);
	uint64_t v;

	begin(b, inline_);
	for (unsigned i = 0; i < JOBS; i++) {
		add(b, i, i % 3 == 0, NULL);
		if (i % 50 == 0)
			loop_step(b->loop, 0);
	}
	/* An answer that drains gets the later ones first served, still in order. */
	b->again = 1;
	for (int i = 0; i < 10000 && flusher_waiting(b->f); i++)
		loop_step(b->loop, 1000);
	assert_int_equal(b->order, JOBS);
	assert_int_equal(b->wrong_order, 0);
	for (unsigned i = 0; i < JOBS; i++) {
		assert_int_equal(b->rows[i].err, 0);
		assert_int_equal(file_pread(b->fd, &v, sizeof v, i * sizeof v), sizeof v);
		assert_int_equal(v, i);
	}
	end(b);
	mem_free(b);
}

static void
test_order(void **state)
{
	(void)state;
	all_in_order(false);
	all_in_order(true);
}

static void
test_free_answers(void **state)
{
	struct bench *b = mem_new(1, sizeof *b);

	(void)state;
	for (int inline_ = 0; inline_ < 2; inline_++) {
		begin(b, inline_);
		for (unsigned i = 0; i < 100; i++)
			add(b, i, true, NULL);
		end(b);
		assert_int_equal(b->order, 100);
	}
	mem_free(b);
}

/* A failed flush fails all jobs of the batch that asked for it, and all later ones of the file.
 */
static void
test_failed_flush(void **state)
{
	struct bench *b = mem_new(1, sizeof *b);

	(void)state;
	if (!FILE_FAULT_HERE)
		skip();
	begin(b, true);
	for (unsigned i = 0; i < 4; i++)
		add(b, i, i > 0, &b->fault);
	file_fault_arm(FILE_FAULT_CALL, 2, EIO); /* behind the write of all four */
	flusher_drain(b->f);
	assert_true(file_fault_fired());
	file_fault_arm(FILE_FAULT_NONE, 0, 0);
	add(b, 4, true, &b->fault);
	add(b, 5, false, &b->fault);
	flusher_drain(b->f);
	assert_int_equal(b->rows[0].err, 0); /* did not ask */
	for (unsigned i = 1; i < 6; i++)
		assert_int_equal(b->rows[i].err, -EIO);
	end(b);
	mem_free(b);
}

static int
open_late(void *ctx)
{
	struct row *r = ctx;

	r->job.fd = r->b->fd;
	return 0;
}

/* Bodies of 5 bytes at multiples of 8, one byte of rest apart, then one far behind. */
static void
add_bodies(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		add(b, i, true, &b->fault);
		b->bytes[i] = UINT64_MAX;
		b->rows[i].job.fd = -1;
		b->rows[i].job.n = i == 2 ? 0 : 5;
		b->rows[i].job.offset += i == n - 1 ? 800 : 0;
		b->rows[i].job.ready = open_late;
		b->rows[i].job.soft = true;
	}
}

static void
test_neighbours(void **state)
{
	static const char body[5] = "\xff\xff\xff\xff\xff", none[8];
	struct bench *b = mem_new(1, sizeof *b);
	char got[8];

	(void)state;
	for (int inline_ = 0; inline_ < 2; inline_++) {
		begin(b, inline_);
		add_bodies(b, 6);
		flusher_drain(b->f);
		assert_int_equal(b->order, 6);
		assert_int_equal(b->wrong_order, 0);
		for (unsigned i = 0; i < 6; i++) {
			uint64_t at = i * 8 + (i == 5 ? 800 : 0);

			assert_int_equal(b->rows[i].err, 0);
			assert_true(file_pread(b->fd, got, i == 5 ? 5 : 8, at) > 4);
			assert_memory_equal(got, i == 2 ? none : body, 5);
			if (i < 5)
				assert_memory_equal(got + 5, none, 3);
		}
		end(b);
	}
	mem_free(b);
}

/* What finds no space fails alone and leaves the file in use; another error is the file's. */
static void
test_refused(void **state)
{
	struct bench *b = mem_new(1, sizeof *b);

	(void)state;
	if (!FILE_FAULT_HERE)
		skip();
	for (int hard = 0; hard < 2; hard++) {
		begin(b, true);
		add_bodies(b, 3); /* of the first two, one call; then one by one */
		file_fault_arm(FILE_FAULT_CALL, 1, hard ? EIO : ENOSPC);
		flusher_drain(b->f);
		assert_true(file_fault_fired());
		file_fault_arm(FILE_FAULT_NONE, 0, 0);
		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(b->rows[i].err, hard ? -EIO : 0);
			assert_false(b->rows[i].job.refused);
		}
		assert_int_equal(b->fault, hard ? -EIO : 0);
		end(b);

		begin(b, true);
		add_bodies(b, 2); /* the second lies far behind: two calls */
		file_fault_arm(FILE_FAULT_CALL, 1, hard ? EIO : ENOSPC);
		flusher_drain(b->f);
		file_fault_arm(FILE_FAULT_NONE, 0, 0);
		assert_int_equal(b->rows[0].err, hard ? -EIO : -ENOSPC);
		assert_int_equal(b->rows[0].job.refused, !hard);
		assert_int_equal(b->rows[1].err, hard ? -EIO : 0);
		end(b);
	}
	mem_free(b);
}

TEST_MAIN(TEST(test_neighbours), TEST(test_refused), TEST(test_order), TEST(test_free_answers),
	TEST(test_failed_flush))
