/*
 * One thread per process that writes and flushes, so that no loop ever waits for the disk.
 * Group commit: all jobs that wait are written, then each file is flushed once, then all are
 * answered, in order.
 */
#ifndef IO_FLUSHER_H
#define IO_FLUSHER_H

#include "base/list.h"
#include "io/loop.h"

struct flusher;

struct flush_job {
	struct link link;
	int fd;
	const void *p; /* bytes, lent until done */
	size_t n;
	uint64_t offset;
	int (*work)(void *ctx); /* instead of a write: any blocking work, result to done */
	bool sync;              /* flush fd with this batch */
	void (*done)(void *ctx, int err); /* on the loop; err 0 or -errno */
	void *ctx;
};

/* inline_: no thread; jobs run in the next loop round (serve --one, tests). */
struct flusher *flusher_new(struct loop *l, bool inline_);
/* Finishes what waits, answers it, ends the thread. */
void flusher_free(struct flusher **f);
void flusher_add(struct flusher *f, struct flush_job *job);
/* Jobs not yet answered. */
size_t flusher_waiting(const struct flusher *f);

#endif
