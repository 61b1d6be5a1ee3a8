/*
 * Faults of the disk on demand, and a log of all durable calls for the power-cut replayer
 * (tests/torture/powercut.py). Compiled in with FACTEUR_FAULTS, which builds with sanitizers
 * and the build `control` imply; elsewhere every call here is empty.
 *
 * Environment, read at the first durable call of the process:
 *   FACTEUR_FAULT=call:N:ERRNO  durable call number N (from 1) fails with that number
 *   FACTEUR_FAULT=from:N:ERRNO  it and every later one
 *   FACTEUR_FAULT=torn:N:ERRNO  the same as call:, but a write first writes half
 *   FACTEUR_FAULT=short:N       a write comes short once and goes on
 *   FACTEUR_FAULT=kill:N        the process ends there (status 99)
 *   FACTEUR_FAULT_PLAN=FILE     faults of one role, chosen while it runs (io/file_plan)
 *   FACTEUR_FAULT_CONTROL=NAME  only in the build `control`: early250, nofsync or nodirsync is
 *                               broken, and the programs of tests/torture must notice it
 *   FACTEUR_WRITELOG=FILE       every durable call is appended to FILE, in order
 *
 * Log entries: one line, for writes followed by the bytes and a line feed. PID FD name a file.
 *   open PID FD TRUNC PATH | write PID FD OFFSET LENGTH | sync PID FD | trunc PID FD SIZE |
 *   rename PID FROM<TAB>TO | unlink PID PATH | syncdir PID PATH | mkdir PID PATH | mark PID
 * TEXT
 */
#ifndef IO_FILE_FAULT_H
#define IO_FILE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(FACTEUR_FAULTS) && (defined(FACTEUR_SANITIZE) || defined(FACTEUR_CONTROL))
#define FACTEUR_FAULTS 1
#endif

enum file_fault_kind {
	FILE_FAULT_NONE,
	FILE_FAULT_CALL,
	FILE_FAULT_FROM,
	FILE_FAULT_TORN,
	FILE_FAULT_SHORT,
	FILE_FAULT_KILL
};

enum file_fault_control {
	FILE_CONTROL_NOFSYNC = 1,
	FILE_CONTROL_NODIRSYNC = 2,
	FILE_CONTROL_EARLY250 = 4
};

#ifdef FACTEUR_FAULTS
#define FILE_FAULT_HERE true

/* Around each durable call, by file.c. begin counts: 0, or -errno to be returned instead of the
 * call, whose name is told. *ret_n (may be NULL) is the number of bytes a write may write now.
 */
int file_fault_begin(const char *call, size_t *ret_n);
void file_fault_end(void);
/* Between the two, after the call succeeded. bytes may be NULL. */
void file_fault_log(const void *bytes, size_t n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool file_fault_control(enum file_fault_control c);
/* The process was forked for this role ("edge 1"). */
void file_fault_role(const char *name);
/* A plan of faults is in force: calls that others make for us (SQLite) are to be counted too.
 */
bool file_fault_planned(void);
/* What fd holds and has not flushed; and a flush of it that was made to fail. */
void file_fault_wrote(int fd, uint64_t offset, size_t n);
void file_fault_flushed(int fd);
void file_fault_lost(int fd);

/* For tests. Arms a fault at the nth durable call from now on; NONE disarms. */
void file_fault_arm(enum file_fault_kind kind, uint64_t nth, int err);
/* Did the armed fault happen? */
bool file_fault_fired(void);
/* Sums of file_fault_control: promises that are broken. */
void file_fault_controls(unsigned set);
/* Starts (or with NULL ends) the log. 0 or -errno. */
int file_fault_log_to(const char *path);
/* A mark of the test in the log. */
void file_fault_mark(const char *text);

#else
#define FILE_FAULT_HERE false

static inline int
file_fault_begin(const char *call, size_t *ret_n)
{
	(void)call;
	(void)ret_n;
	return 0;
}

static inline void
file_fault_end(void)
{
}

__attribute__((format(printf, 3, 4))) static inline void
file_fault_log(const void *bytes, size_t n, const char *fmt, ...)
{
	(void)bytes;
	(void)n;
	(void)fmt;
}

static inline bool
file_fault_control(enum file_fault_control c)
{
	(void)c;
	return false;
}

static inline void
file_fault_role(const char *name)
{
	(void)name;
}

static inline bool
file_fault_planned(void)
{
	return false;
}

static inline void
file_fault_wrote(int fd, uint64_t offset, size_t n)
{
	(void)fd;
	(void)offset;
	(void)n;
}

static inline void
file_fault_flushed(int fd)
{
	(void)fd;
}

static inline void
file_fault_lost(int fd)
{
	(void)fd;
}

static inline void
file_fault_arm(enum file_fault_kind kind, uint64_t nth, int err)
{
	(void)kind;
	(void)nth;
	(void)err;
}

static inline bool
file_fault_fired(void)
{
	return false;
}

static inline void
file_fault_controls(unsigned set)
{
	(void)set;
}

static inline int
file_fault_log_to(const char *path)
{
	(void)path;
	return 0;
}

static inline void
file_fault_mark(const char *text)
{
	(void)text;
}
#endif

#endif
