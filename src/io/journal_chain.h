/*
 * Records of the journal's own (docs/decisions/0001), which files together are the truth, and a
 * reader of them piece by piece. Used by journal.c and journal_replay.c only.
 *
 *   CHAIN  the first record of a file, twice: what older files hold mail, and up to where
 *   MARK   what of this file is known to be on stable storage, and what of all files needs no
 *          telling to the ledger any more
 */
#ifndef IO_JOURNAL_CHAIN_H
#define IO_JOURNAL_CHAIN_H

#include "io/journal.h"

#define JOURNAL_TYPE_OWN     0xfff0u /* from here on: never the caller's */
#define JOURNAL_TYPE_CHAIN   0xfff0u
#define JOURNAL_TYPE_MARK    0xfff1u
#define JOURNAL_CHAIN_MAX    32u
#define JOURNAL_CHAIN_COPIES 2u /* so that one damaged record forgets no file */
#define JOURNAL_OWN_MAX      (32u + 16u * JOURNAL_CHAIN_MAX) /* bytes of a payload */

/* Bytes of one file that count, from behind its header on. */
struct journal_part {
	uint64_t generation, end;
};

struct journal_chain {
	uint64_t facts_from; /* what older files hold is in the ledger for sure */
	struct journal_position settled;
	size_t n; /* older files, oldest first */
	struct journal_part at[JOURNAL_CHAIN_MAX];
};
void journal_chain_write(struct buf *b, const struct journal_chain *c);
/* 0 or -EBADMSG. */
int journal_chain_read(struct str payload, struct journal_chain *ret_c);
bool journal_chain_has(const struct journal_chain *c, uint64_t generation);
uint64_t journal_chain_bytes(const struct journal_chain *c);

struct journal_mark {
	uint64_t flushed; /* bytes of this file */
	struct journal_position settled;
};
void journal_mark_write(struct buf *b, const struct journal_mark *m);
int journal_mark_read(struct str payload, struct journal_mark *ret_m);

/* Is place p before place q? */
static inline bool
journal_before(struct journal_position p, struct journal_position q)
{
	return p.generation != q.generation ? p.generation < q.generation : p.offset < q.offset;
}

/* Reads the records of parts that a scan found good; whatever is not, is an error. */
struct journal_reader;
/* Copies the parts; first: where reading the first one begins. */
struct journal_reader *journal_reader_new(
	const char *dir, const struct journal_part *parts, size_t n, uint64_t first);
void journal_reader_free(struct journal_reader **r);
/* The next record that is the caller's; the payload lives until the next call. 1; 0 at the end;
 * -EBADMSG when the bytes changed since the scan; -errno. */
int journal_reader_next(
	struct journal_reader *r, struct record *ret_rec, struct journal_position *ret_at);
/* Bytes read so far, and in all. */
uint64_t journal_reader_done(const struct journal_reader *r, uint64_t *ret_total);

#endif
