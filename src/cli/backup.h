/*
 * What backup, restore and upgrade share: reading a state folder as of one moment, whoever
 * works in it; and writing one.
 */
#ifndef CLI_BACKUP_H
#define CLI_BACKUP_H

#include "base/map.h"
#include "cli/cli.h"
#include "send/queue.h"
#include "wire/backup.h"

/* ---- backup_take.c: the state folder, part by part.
 *
 * In this order, so that what is read later never lacks what was read before: ledger (behind
 * the journal, which tells again what it lacks), suppressions, control tables, feed, journal,
 * bodies. While a service runs, it holds back what would remove any of it (role/engine_backup).
 */
struct backup_sink {
	/* 0 or -errno each; the first error ends the taking. */
	int (*part)(void *ctx, struct str name);
	int (*data)(void *ctx, struct str bytes); /* at most 256 KiB */
	int (*part_end)(void *ctx);
	/* NULL, or instead of a body's part: a link to it. -EXDEV: it cannot be, and bodies are
	 * left out. */
	int (*link)(void *ctx, const char *path, struct str name);
	void *ctx;
};
struct backup_take {
	const struct backup_sink *sink;
	const char *scratch; /* a path for copies of databases, one at a time */
	bool master_key, bodies;
	bool keyless;  /* no master key is no error */
	uint64_t room; /* bytes that stay free on the state's file system */
	/* told */
	bool running;           /* a service works there */
	size_t parts, left_out; /* left_out: days of the ledger that are damaged */
};
/* c: after cli_config. EX_OK, or the exit code after saying why. */
int backup_take(struct cli *c, struct backup_take *t);

/* ---- backup_count.c: mail of a journal's folder, by state, without a service. What a start
 * would find; nothing is written but for quarantined damage. */
struct backup_counts {
	uint64_t state[RCPT_STATES];
	uint64_t accepted, messages, damaged;
	uint64_t bodiless; /* messages that live and whose content is not there */
};
/* extents: number → bytes; NULL: contents are not looked for. 0 or -errno; -ENOTSUP a newer
 * program's. */
int backup_count(const char *journal, const struct nmap *extents, struct backup_counts *ret);
/* accepted minus the sum of the states (P2): 0. */
int64_t backup_drift(const struct backup_counts *n);
json_t *backup_counts_json(const struct backup_counts *n);
void backup_counts_put(const struct cli *c, const struct backup_counts *n);

/* ---- restore_into.c: the parts of a backup into a folder. */
struct restore_into {
	char dir[512];
	bool check; /* contents are only counted, databases go when they were looked at */
	/* told */
	struct nmap extents; /* number → bytes */
	size_t stores;       /* databases that are in order */
	bool master_key, configuration, journal;
	json_t *about;
	char why[700];
	/* its own */
	char path[700];
	struct buf text;
	uint32_t extent;
	uint64_t size;
	int fd, kind;
};
/* Is there a part of this name in a state? */
bool restore_into_knows(struct str name);
void restore_into_init(struct restore_into *r, const char *dir, bool check);
void restore_into_done(struct restore_into *r);
/* 0, or -errno with r->why, a sentence's part. */
int restore_into_fact(struct restore_into *r, const struct backup_fact *f);
/* All folders flushed. */
int restore_into_sync(struct restore_into *r);
/* Removes a folder made by it. */
void restore_remove(const char *dir);

/* ---- backup.c. µs of the clock that never goes back */
int64_t backup_mono(void);
/* The first line of a file into b (4 KiB): EX_OK, or the exit code, said. */
int backup_passphrase(struct cli *c, const char *file, struct buf *b);

#endif
