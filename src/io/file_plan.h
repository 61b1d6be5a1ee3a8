/*
 * A plan of faults that another process writes while this one runs: which role, which durable
 * call, what happens. Only where FACTEUR_FAULTS is on (io/file_fault).
 *
 * FACTEUR_FAULT_PLAN names a file of FILE_PLAN_SIZE bytes. The keeper maps it before it forks,
 * so that the sandbox of a role is not in its way. All processes of the role count for
 * themselves; whoever comes to call nth first fires, and says so in the same file.
 *
 * A flush that fails by plan also takes from the file what was written to it since its last
 * flush: a disk may do so, and mail answered in spite of it is then seen to be lost.
 */
#ifndef IO_FILE_PLAN_H
#define IO_FILE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_PLAN_SIZE 4096

/* In the byte order of the machine; tests/torture/faults writes it. */
struct file_plan {
	uint32_t armed; /* number of the plan; another number counts anew. Written last */
	uint32_t kind;  /* enum file_fault_kind */
	int32_t err;    /* errno */
	uint32_t born;  /* calls count from the start of the process, not from arming */
	uint64_t nth;   /* from 1 */
	char role[16];  /* "edge", "engine" …, or "*": all */
	uint32_t fired; /* number of the plan that fired first */
	int32_t pid;    /* of the process it hit */
	uint64_t mono;  /* µs, CLOCK_MONOTONIC, of the first */
	uint64_t count; /* calls of the role since arming, of the busiest process */
	char call[16];  /* the first call that was hit */
	uint64_t hits;  /* calls that were hit since arming */
};

/* Maps the file of the environment, once. */
void file_plan_open(void);
/* The process is of this role now ("edge 1"): its calls count from here. */
void file_plan_role(const char *name);
bool file_plan_on(void);
/* Counts one durable call. True when it is to be hit: *ret_kind and *ret_err say how. */
bool file_plan_hit(const char *call, unsigned *ret_kind, int *ret_err);

/* What is in fd and not flushed. */
void file_plan_wrote(int fd, uint64_t offset, size_t n);
void file_plan_forget(int fd);
/* The flush of fd failed by plan: zeros where that was. */
void file_plan_lose(int fd);

#endif
