/*
 * A few threads for work that takes long and needs no disk (signing): jobs in, answers on the
 * loop. Owners take turns, so that one who has many jobs delays another's by one of them for
 * each thread. inline_: no threads, jobs run in the next round of the loop, as they came.
 */
#ifndef IO_POOL_H
#define IO_POOL_H

#include "io/loop.h"

struct pool;
struct pool_job {
	struct link link;
	void (*work)(void *ctx); /* on a thread */
	void (*done)(void *ctx); /* on the loop */
	void *ctx;
	uint64_t owner; /* whose it is; 0: those who have no name for it */
};
struct pool *pool_new(struct loop *l, unsigned threads, bool inline_);
/* Finishes what waits, answers it, ends the threads. */
void pool_free(struct pool **p);
void pool_add(struct pool *p, struct pool_job *job);
/* true: no thread had begun it, and none will; done is not called. */
bool pool_take_back(struct pool *p, struct pool_job *job);
size_t pool_waiting(const struct pool *p);

#endif
