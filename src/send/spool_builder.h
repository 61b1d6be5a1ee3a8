/*
 * What the builder (spool_builder.c: records in) and its restore (spool_restore.c: the queue
 * out) share; nobody else includes it.
 */
#ifndef SEND_SPOOL_BUILDER_H
#define SEND_SPOOL_BUILDER_H

#include "send/spool.h"

/*
 * `time` is the builder's own clock, µs since the first record: it follows the walls in the
 * records but not their jumps, so that neither age nor retry comes from a clock that was set.
 */
struct spool_state {
	int64_t due; /* time of the next try, for QUEUED and HELD */
	uint16_t index, attempts, facts;
	uint8_t state, crashes;
	bool delay_told, report_owed, held_own;
};

/* Made to measure, in one piece: millions of these wait here during a start. */
struct spool_entry {
	uint64_t message;
	int64_t born; /* time when its life begins: of acceptance, or what it is put off to */
	uint32_t live, n;
	uint32_t submit_n;
	struct spool_state at[]; /* n; behind them the submit, see submit_of */
};

struct spool_known_submit {
	uint64_t boot, offset, message;
	uint32_t extent, next; /* next of the same hash: index + 1 */
};

struct spool_builder {
	struct nmap entries; /* message id → struct spool_entry * */
	struct nmap owed;    /* recipient id → message id */
	struct nmap by_hash; /* hash → index + 1 in known */
	/* A DOT may come before the LIVE of its message while a compaction is under way, so
	 * dots are kept apart from the messages. In doubt: in `dots` with an attempt still in
	 * `open`. */
	struct nmap dots; /* recipient id → attempt */
	struct nmap open; /* attempts with a DOT and no OUTCOME */
	struct spool_known_submit *known;
	size_t nknown, known_cap;
	struct spool_totals totals;
	bool wall_seen;
	int64_t wall, time;     /* wall of the last record; the builder's clock */
	struct arena arena;     /* of the record at hand */
	struct buf written;     /* a submit, before an entry of its size is made */
	struct msg_submit last; /* of it; its texts are in the arena and the payload */
	bool has_last;
	/* While the queue is restored: all entries, taken out of the map, as a heap. */
	struct spool_turn *turns;
	size_t nturns, turns_cap, map_pos;
	bool turning; /* the map is empty */
	size_t unfit;
};

/* The lowest id first: that is the order of acceptance; a hash map's would be unfair to the
 * oldest. */
struct spool_turn {
	uint64_t message;
	struct spool_entry *entry;
};

/* msg_submit without the texts delivery has no use for. */
struct str spool_entry_submit(const struct spool_entry *e);
bool spool_state_lives(const struct spool_state *s);
/* What time passed on the wall between two records; what went backwards or over 30 days was no
 * waiting but somebody setting the clock. */
int64_t spool_step(int64_t from, int64_t to);
void spool_entries_done(struct spool_builder *b);

#endif
