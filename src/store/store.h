/*
 * SQLite with the few habits we want everywhere: WAL, full synchronous for control data, busy
 * time-out, prepared statements with typed binding, versioned schema steps. SQL stays within
 * what PostgreSQL also takes.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buf.h"

struct store;
struct store_row;

enum store_mode { STORE_READ, STORE_WRITE, STORE_CREATE };

/*
 * 0 or -EIO, -ENOENT (READ/WRITE of a missing file, READ of one that has no schema yet),
 * -ENOTSUP (schema newer than ours), -EBADMSG (damaged, or no SQLite file). steps[i] is the SQL
 * that leads from schema version i to i+1, run in one transaction each; READ takes an older
 * schema as it is. durable: synchronous=FULL, otherwise NORMAL (a commit survives us, not the
 * machine: store_sync). CREATE makes the file with mode 0600. One thread at a time.
 */
struct store_schema {
	const char *const *steps;
	size_t n;
	bool durable;
};
int store_open(const char *file, enum store_mode mode, const struct store_schema *schema,
	struct store **ret_s);
void store_free(struct store **s);
/* The last error as a text; lives until the next call. */
const char *store_error(const struct store *s);

int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);
/* Everything committed so far is on stable storage, the file's name included. 0 or -EIO. */
int store_sync(struct store *s);

/*
 * What was deleted or overwritten in a database of ours leaves the disk too: pages that are let
 * go are zeroed when they are (every store does so), and this empties the write-ahead log,
 * which has the pages as they were. 0; -ENOENT; -EAGAIN: somebody reads or writes just now, try
 * again; or as store_open. Waits for others, for seconds: never on a loop.
 */
int store_scrub(const char *file);

/*
 * Copies a database as it stands at one moment, whatever is written meanwhile, with SQLite's
 * backup API: whoever writes is not held up. `to` is made anew (0600), one file without a log
 * beside it. alive is called between pieces (may be NULL) and returns 0 to go on; its other
 * values come back. 0, -ENOENT, -EBADMSG, -ENOSPC, -EIO (then there may be a part of `to`).
 */
int store_copy(const char *from, const char *to, int (*alive)(void *ctx), void *ctx);
/* The version of a file's schema, whatever it is: 0, or as store_open. */
int store_version(const char *file, int64_t *ret_version);
/* Of a file nobody else has open: is every page and row in order? 0, -EBADMSG, -EIO. Writes a
 * log beside it. */
int store_check(const char *file);

/*
 * Runs one statement; types names the parameters: 'i' int64_t, 's' struct str, 'b' struct str
 * as blob, 'n' NULL. For each row fn is called (fn may be NULL) and returns 0 to go on.
 * Statements are cached by their text's address: give literals. 0, -EEXIST (unique), -EBADMSG
 * (damaged file), -EIO, or fn's value.
 */
int store_run(struct store *s, const char *sql, int (*fn)(void *ctx, struct store_row *r),
	void *ctx, const char *types, ...);
int64_t store_int(struct store_row *r, int column);
/* Borrowed until fn returns. */
struct str store_text(struct store_row *r, int column);
struct str store_blob(struct store_row *r, int column);
bool store_is_null(struct store_row *r, int column);
int64_t store_last_id(struct store *s);
int64_t store_changes(struct store *s);
/* Steps of SQLite's machine that store_run took so far: what a query costs, whatever the
 * machine. */
uint64_t store_work(const struct store *s);

#endif
