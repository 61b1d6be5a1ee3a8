/*
 * Framing of journal records (docs/decisions/0001): how a record lies in the file and how a
 * reader tells a good record, a clean end and damage apart. Pure.
 *
 *   u32 magic  u16 type  u16 zero  u32 length  u32 head check  u64 checksum
 *   | payload | u32 end mark | zeros up to a multiple of 8
 *
 * checksum = XXH3-64 of type, length and payload, seeded by salt ^ offset, so that a record
 * copied to another place or left over from an older use of the file never verifies. The
 * head check is the same over magic, type and length alone: a damaged length is known as
 * damage before it is believed, and bytes of a payload that look like a head cost nothing.
 */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include "base/buf.h"

#define RECORD_HEAD      24
#define RECORD_MAX       (8u << 20) /* payload bytes */
#define RECORD_FILE_HEAD 64
#define RECORD_VERSION   1 /* of the extents written today */
/* Of journals: 2 may continue older files (io/journal_chain), which a reader of 1 would forget;
 * 3 has submits with a tail and calls with a key, which a reader of 2 would take for damage. A
 * writer of 3 reads them all. */
#define RECORD_VERSION_JOURNAL 3
#define RECORD_VERSION_CHAIN   2

struct record {
	uint16_t type;      /* > 0 */
	struct str payload; /* borrowed */
	size_t size;        /* whole record in the file, padding included */
};

/* Header of a journal or extent file. */
struct record_file {
	uint16_t kind; /* RECORD_JOURNAL, RECORD_EXTENT */
	uint16_t version;
	uint64_t generation; /* or extent id */
	uint64_t salt;
	uint64_t writer; /* boot id of the writing process */
};
enum { RECORD_JOURNAL = 1, RECORD_EXTENT = 2 };

/* Appends a record that will lie at byte `offset` (a multiple of 8) of the file. 0 or -E2BIG
 * (payload or buffer; b is unchanged). The payload is not part of b. */
int record_write(struct buf *b, uint64_t salt, uint64_t offset, const struct record *r);

/* Reads the record at the start of s, which lies at `offset`. 1 a record; 0 the zero-written
 * end: the next RECORD_HEAD bytes are zero, or s ends in zeros before that (an empty s too);
 * -EILSEQ bytes that are no valid record; -EAGAIN s is too short to tell. */
int record_read(struct str s, uint64_t salt, uint64_t offset, struct record *ret_r);

/* After damage: the offset in s (a multiple of 8) of the next valid record, s.n if none. */
size_t record_resync(struct str s, uint64_t salt, uint64_t offset);

void record_file_write(uint8_t dst[RECORD_FILE_HEAD], const struct record_file *f);
/* 0, -EILSEQ (no such header or checksum, or s too short), -ENOTSUP (a newer version). */
int record_file_read(struct str s, struct record_file *ret_f);

#endif
