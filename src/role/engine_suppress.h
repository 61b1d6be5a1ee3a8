/*
 * The engine's suppressions, inside: seen by engine_suppress*.c only; what the others may call
 * stands in engine_priv.h.
 *
 *   change ──▶ set (at once) ──▶ journal ──flushed──▶ waiting ──▶ rows ──▶ answer
 *
 *   engine_suppress.c         changes: set, journal, rows
 *   engine_suppress_start.c   what rows and journal knew, damage, generations, the end
 *   engine_suppress_rcpt.c    recipients: who is set aside, whose outcome suppresses
 *   engine_suppress_ask.c     what desk asks; undoing an incident
 *
 * A change is a record of the journal; behind its flush it goes to the table of rows, in order,
 * on a thread. What the table does not have is written into each new generation of the journal,
 * so that no file has to wait for the table. At a start the set is read from the rows; then
 * come the changes of the journal whose numbers the rows do not have.
 */
#ifndef ROLE_ENGINE_SUPPRESS_H
#define ROLE_ENGINE_SUPPRESS_H

#include "people/suppress_store.h"
#include "role/engine_priv.h"
#include "send/spool_suppress.h"

#include <limits.h>

#define SUPPRESS_ARENA_MAX   ((size_t)4 << 30)
#define SUPPRESS_JOB_BATCHES 64u
#define SUPPRESS_JOB_CHANGES 1000u
/* That somebody asks for and the rows do not have yet: beyond that the disk has trouble. */
#define SUPPRESS_CHANGES_MAX 100000u

/* What became of the changes of one record. fn may be NULL. */
struct suppress_told {
	void (*fn)(struct engine *e, const struct suppress_told *t);
	uint64_t seq;                    /* the question's */
	struct engine_told_by by;        /* an edge's question */
	unsigned changed, same, refused; /* refused: the set is full */
	bool listed;                     /* the rows have them too */
};

/* A record of the journal that the rows do not have for sure. */
struct suppress_batch {
	struct link link;
	struct journal_wait wait;
	struct engine *engine;
	bool durable;
	bool replayed; /* of before this start: durable with the first generation */
	size_t n;
	uint64_t upto; /* the number of its last change */
	struct suppress_told told;
	struct buf payload;
};

struct engine_suppress {
	struct engine *engine;
	struct suppress *set;
	struct suppress_store
		*rows; /* NULL: they were damaged and could not be made anew yet */
	struct pool *pool;
	char file[PATH_MAX];
	bool begun;           /* the replay is over */
	uint64_t applied;     /* the rows have the changes up to it */
	uint64_t last;        /* the last number given, or seen */
	struct link waiting;  /* struct suppress_batch, in order */
	struct link replayed; /* struct suppress_batch, while the journal is replayed */
	size_t changes;       /* in waiting */
	struct link owed;     /* struct owed of engine_suppress_rcpt.c */
	struct loop_task owed_task;
	struct link undos; /* struct undo of engine_suppress_ask.c */
	bool reading;      /* one of them is; the rows have one user at a time */
	struct {
		bool on;
		struct pool_job job;
		struct suppress_batch *at[SUPPRESS_JOB_BATCHES];
		size_t n;
		int err;
	} write;
	struct loop_timer retry;
	bool resting; /* the rows could not be written; soon again */
	struct role_alert alert, full;
};

/* ---- engine_suppress.c */
void engine_suppress_init(struct engine_suppress *s);
/* Numbers the changes that change anything and does them; what is told comes when they are
 * durable and the rows have them or cannot be written. Changes the list. */
void engine_suppress_change(struct engine_suppress *s, struct spool_suppress what,
	const struct suppress_told *told);
/* The next that is durable, to the rows; an undo, when the rows have what came before it. */
void engine_suppress_go(struct engine_suppress *s);
struct suppress_batch *engine_suppress_batch_new(
	struct engine_suppress *s, const struct spool_suppress *what);
void engine_suppress_batch_free(struct suppress_batch *b);
void engine_suppress_is_full(struct engine_suppress *s);

/* ---- engine_suppress_start.c. Opens the rows, those of a mending that was cut short too. */
int engine_suppress_rows_open(struct engine_suppress *s);
/* The rows are damaged: set aside, what can be read is saved. After an error: again. */
int engine_suppress_mend(struct engine_suppress *s);

/* ---- engine_suppress_rcpt.c */
void engine_suppress_on_owed(void *ctx);
void engine_suppress_owed_drop(struct engine_suppress *s);

/* ---- engine_suppress_ask.c */
void engine_suppress_undo_go(struct engine_suppress *s);
void engine_suppress_undos_drop(struct engine_suppress *s);

#endif
