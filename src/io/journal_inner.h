/*
 * The journal's state: for journal.c and journal_load.c only.
 */
#ifndef IO_JOURNAL_INNER_H
#define IO_JOURNAL_INNER_H

#include "io/journal_replay.h"

/* One file. */
struct generation {
	uint64_t number, salt;
	int fd;
	uint64_t end;     /* of the file once all that waits is written */
	uint64_t zeroed;  /* zeros reach to here, or will */
	uint64_t flushed; /* on stable storage up to here */
	uint64_t marked;  /* the last MARK told this much */
	struct journal_chain chain;
	struct buf pending; /* ends at `end` */
	struct buf flight;  /* lent to the flusher */
	bool busy;          /* job is with the flusher */
	bool zeroing, zero_off;
	struct flush_job job, zero;
	int err;   /* of the new generation: it cannot be finished */
	int fault; /* the flusher's */
};

/*
 *          begin           commit          flushed       old answered        renamed
 *   IDLE ────────▶ FILLING ───────▶ BULK ───────────▶ HOLD ─────────▶ SWITCH ────────▶ IDLE
 *     ▲               │               │                 │               │
 *     └───────────────┴─── error ─────┴─────────────────┴───────────────┘
 */
enum state { STATE_IDLE, STATE_FILLING, STATE_BULK, STATE_HOLD, STATE_SWITCH };

struct journal {
	struct journal_conf conf;
	char dir[JOURNAL_REPLAY_PATH];
	enum state state;
	bool broken;
	struct journal_found found;  /* at the start; found.newest: highest number ever used */
	struct journal_reader *load; /* of the older files; NULL: nothing to load */
	struct journal_position loading, settled;
	bool mark_due;
	struct generation *cur;  /* NULL before the first commit */
	struct generation *next; /* NULL when none is begun */
	struct link waiting;     /* their records are in pending */
	struct link flying;      /* their records are in flight */
	bool bulk_sent;
	bool renamed; /* by the flusher's thread, read after its answer */
	bool cleaning;
	struct flush_job clean;
	uint64_t clean_before;
	struct journal_chain clean_chain;
	struct loop_task flush;
	struct loop_timer later; /* pending only while all that waits in cur has time */
	void (*done)(void *ctx, int err); /* of journal_commit */
	void *done_ctx;
};

/* A MARK goes out with the next records, or by itself. journal.c */
void journal_mark_soon(struct journal *j);

#endif
