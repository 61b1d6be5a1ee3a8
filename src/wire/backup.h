/*
 * The form of a backup file (docs/reference/backup.md): named parts, one behind the other,
 * written and read as a stream. Pure; encryption is account/vault's, which files hold what is
 * cli's.
 *
 *   head: "FACTEUR-BACKUP\r\n"  u32 version  u32 flags
 *   frames: u8 kind  u8[3] zero  u32 length  u64 XXH3-64 of kind, length and payload, seeded by
 * the frame's number | payload
 *
 *   start ──PART──▶ part ──DATA | ZEROS──▶ part ──PART_END──▶ start ──END──▶ ended
 *
 * A frame that is gone, double or moved has the wrong number. PART_END tells the part's size
 * and a checksum of all of it (XXH3-64 of each frame's payload, seeded by that of those
 * before); END how many parts and bytes there were: a file without it is not whole. Numbers are
 * little-endian.
 */
#ifndef WIRE_BACKUP_H
#define WIRE_BACKUP_H

#include "base/buf.h"

#define BACKUP_HEAD      24
#define BACKUP_VERSION   1
#define BACKUP_ENCRYPTED 1u           /* flags: behind the head, account/vault */
#define BACKUP_DATA_MAX  (256u << 10) /* of a frame */
#define BACKUP_NAME_MAX  200
#define BACKUP_PART_MAX  (UINT64_C(1) << 44) /* bytes */
#define BACKUP_PARTS_MAX 10000000u

/* ---- writing: everything is appended to b, whose maximum the caller gives (a frame and 64
 * bytes are enough). */
struct backup_out {
	uint64_t frame, parts, bytes; /* bytes of all parts */
	uint64_t size, sum;           /* of the part at hand */
	bool open;                    /* within a part */
};
void backup_out_head(struct buf *b, uint32_t flags);
/* A name as backup_name_good says. */
void backup_out_part(struct backup_out *o, struct buf *b, struct str name);
/* At most BACKUP_DATA_MAX bytes; those that are all zero take no room. */
void backup_out_data(struct backup_out *o, struct buf *b, struct str bytes);
void backup_out_part_end(struct backup_out *o, struct buf *b);
void backup_out_end(struct backup_out *o, struct buf *b);

/* ---- reading */
/* "a/b.c": at most 3 names of [A-Za-z0-9._-] that do not begin with a dot. */
bool backup_name_good(struct str name);
/* 0, -EILSEQ no backup, -ENOTSUP a newer one or unknown flags. s: BACKUP_HEAD bytes. */
int backup_in_head(struct str s, uint32_t *ret_version, uint32_t *ret_flags);

enum backup_kind { BACKUP_PART = 1, BACKUP_DATA, BACKUP_ZEROS, BACKUP_PART_END, BACKUP_END };
struct backup_fact {
	enum backup_kind kind;
	struct str bytes; /* PART: the name; DATA; lives until the next call */
	uint64_t n;       /* ZEROS: how many; PART_END: the part's size; END: parts */
};
struct backup_in {
	struct buf held; /* of a frame that is not whole */
	size_t told;     /* of held: the frame told last */
	uint64_t frame, parts, bytes, size, sum;
	bool open, ended, bad;
};
void backup_in_init(struct backup_in *in);
void backup_in_done(struct backup_in *in);
/* Takes bytes from *s (all it can) and tells one fact: 1; 0 when it needs more. -EBADMSG:
 * damaged, not in order, or something behind its end; from then on always. */
int backup_in_next(struct backup_in *in, struct str *s, struct backup_fact *ret_f);
/* 0, or -ENODATA: the stream ended before its end. */
int backup_in_finish(const struct backup_in *in);

#endif
