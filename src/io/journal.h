/*
 * The journal: records in one file per generation, group-committed (docs/decisions/0001).
 * Knows nothing of what records mean. One writer; one process.
 *
 * Start:    journal_open replays the newest complete generation, then the caller writes its
 *           live state into a new one (journal_begin … put … commit): what a process before us
 *           wrote is never appended to (promise P5).
 * Behind:   what is larger than behind_bytes is only verified (`seen`). The new generation
 *           continues the old files (journal_begin, commit, nothing put); the caller then loads
 *           them in slices (journal_load) while appends go to the new one.
 * Running:  journal_append … done after the flush. On an error every waiter gets it, the
 *           journal is `broken` for good, and the process must restart.
 * Compact:  journal_begin again: from then on appends go to both files; the caller puts its
 *           live state in slices; journal_commit flushes, renames, syncs the folder, drops the
 *           old one.
 */
#ifndef IO_JOURNAL_H
#define IO_JOURNAL_H

#include "io/flusher.h"
#include "wire/record.h"

struct journal;

/* A place in one of the files; every record lies at another one. */
struct journal_position {
	uint64_t generation, offset;
};

struct journal_replay {
	uint64_t generation; /* 0 = there was none */
	uint64_t records, bytes;
	uint64_t damaged; /* places with damage and valid records behind it (quarantined copies
	                     are kept beside the journal) */
	bool tail_cut;    /* an incomplete tail was cut */
	bool unreadable;  /* of a newest generation nothing could be read and an older one was
	                     used */
	bool behind;      /* only seen: to be loaded by journal_load */
};

struct journal_conf {
	const char *dir;
	struct loop *loop;
	struct flusher *flusher;
	bool no_zeros; /* no zeros ahead: to measure what they are worth */
	uint64_t boot; /* of this process, for the file header */
	/* All three get journal_open's ctx. Without `seen` everything is replayed at once. */
	uint64_t behind_bytes;
	void (*seen)(void *ctx, uint16_t type, struct str payload);
	/* Records of files that are no longer needed for mail, but hold what was not settled
	 * (journal_settle). With it, files stay until journal_clean. */
	void (*kept)(void *ctx, uint16_t type, struct str payload);
};

/* Replays: record(ctx, type, payload) for each good record in order. 0, -ENOTSUP when the
 * newest generation was written by a newer program, or -errno. */
int journal_open(const struct journal_conf *conf,
	void (*record)(void *ctx, uint16_t type, struct str payload), void *ctx,
	struct journal **ret_j, struct journal_replay *ret_r);
/* After a start that said `behind`, and a first commit: gives up to n records of the older
 * files in order. 1 while there are more; 0 at the end; -EBADMSG when the files are not what
 * was verified, or -errno. */
int journal_load(struct journal *j, size_t n,
	void (*record)(void *ctx, uint16_t type, struct str payload), void *ctx);
/* Is the record that is being given by journal_load settled? */
bool journal_load_settled(const struct journal *j);
/* Bytes loaded and in all; both 0 when nothing is left to load. */
uint64_t journal_loading(const struct journal *j, uint64_t *ret_total);
/* Flushes and answers what waits; what waits for a first commit gets -ECANCELED. */
void journal_free(struct journal **j);

/* Begins a new generation. 0, -EALREADY when one is begun, -EIO when broken, or -errno (then
 * the old one goes on). */
int journal_begin(struct journal *j);
/* Adds to the new generation only. Buffers are written on by the flusher in pieces. 0; -EAGAIN
 * when too much waits for the disk: go on in a later round of the loop; -E2BIG; or the error
 * of an earlier write, which journal_commit will also give. */
int journal_put(struct journal *j, uint16_t type, struct str payload);
/* Flushes and switches; done on the loop. On an error the old generation goes on, unless the
 * journal is broken by now. The first commit of a process answers the appends before it, and on
 * an error they get it. */
void journal_commit(struct journal *j, void (*done)(void *ctx, int err), void *ctx);
bool journal_begun(const struct journal *j);

/* Adds a record; w->done comes after it is on stable storage, in order of appends. */
struct journal_wait {
	struct link link;
	void (*done)(void *ctx, int err);
	void *ctx;
	bool patient; /* goes with the next flush, or has one of its own after 2 ms */
};
/* 0; -EIO when broken; -EAGAIN before the process's first journal_begin; -E2BIG: the record is
 * too long or too much waits. w may be NULL (nobody waits: it is flushed with the next ones,
 * at the latest after 100 ms). */
int journal_append(
	struct journal *j, uint16_t type, struct str payload, struct journal_wait *w);

/* What was answered lies before it. Not to be asked from within an answer. */
struct journal_position journal_position(const struct journal *j);
/* Somebody else has durably what the records before p say; told again after a start is what
 * lies behind. Durable within a second or with the next records. */
void journal_settle(struct journal *j, struct journal_position p);
/* Older files that neither hold mail nor anything unsettled may go: all was settled once since
 * this process began. Not during a load. */
void journal_clean(struct journal *j);

/* Of the current generation and those it continues. */
uint64_t journal_bytes(const struct journal *j);
uint64_t journal_generation(const struct journal *j);
bool journal_broken(const struct journal *j);
/* Bytes appended but not flushed yet. */
size_t journal_unflushed(const struct journal *j);

#endif
