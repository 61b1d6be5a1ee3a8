/*
 * One thread per process that writes and flushes, so that no loop ever waits for the disk.
 * Group commit: all jobs that wait are written, then each file is flushed once, then all are
 * answered, in order. What a round of the loop adds is handed over at its end, in one piece.
 *
 * Writes that follow each other in one file go out in one call. Bytes between the end of one
 * and the next multiple of 8, where the next one begins, are written as zeros.
 *
 * A file whose flush failed must not be used again (docs/decisions/0001): jobs of one file
 * share a fault word. It is written on the flusher's thread only; once it is set, jobs that
 * carry it get that error without being tried.
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
	int (*work)(void *ctx); /* instead of a write: any blocking work, result to done; it may
	                           set fd, and *fault where its error is final */
	int (*ready)(void *ctx); /* before the write, on the flusher's thread: may set fd; 0, or
	                            the error of the file */
	bool sync;               /* flush fd with this batch, unless the write or work failed */
	int *fault;              /* NULL, or the file's fault word: 0 or its first error */
	bool soft;    /* a write that finds no space fails alone: nothing was lost, and
	                 the file stays in use */
	bool refused; /* the flusher's answer: that happened */
	void (*done)(void *ctx, int err); /* on the loop; err 0 or -errno */
	void *ctx;
	int err; /* the flusher's own, until done */
};

/* inline_: no thread; jobs run in the next loop round (serve --one, tests). */
struct flusher *flusher_new(struct loop *l, bool inline_);
/* Finishes what waits, answers it, ends the thread. */
void flusher_free(struct flusher **f);
void flusher_add(struct flusher *f, struct flush_job *job);
/* Writes, flushes and answers all that waits, and what the answers add, before it returns: for
 * the end of a user of the flusher. It blocks. */
void flusher_drain(struct flusher *f);
/* Jobs not yet answered. */
size_t flusher_waiting(const struct flusher *f);

#endif
