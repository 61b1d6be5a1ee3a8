/*
 * One day file of the ledger: its tables, writing a fact. Part of ledger only. Not thread-safe:
 * the writer thread owns what it opened.
 */
#ifndef LEDGER_LEDGER_DAY_H
#define LEDGER_LEDGER_DAY_H

#include "ledger/fact_about.h"
#include "ledger/ledger.h"
#include "store/store.h"

#define LEDGER_DAY_NAME 11 /* "2026-11-24" and its NUL */
/* Files of an older schema lack what search needs; they are read all the same. */
#define LEDGER_DAY_SEARCHED 3
/* From this one on rows say whose servers spoke last (ledger/site.h). */
#define LEDGER_DAY_SITED 4

extern const struct store_schema ledger_day_schema;

/* Path of a day's file: 0 or -ENAMETOOLONG. */
int ledger_day_path(char *dst, size_t size, const char *dir, const char *day);

/* "2026-11-24" as days since 1970-01-01; 0 for what is none. */
int32_t ledger_day_number(const char *day);
/* Of an open file: see LEDGER_DAY_SEARCHED. 0 or an error of the store. */
int ledger_day_version(struct store *s, int64_t *ret_version);

/* The names of the day files of a folder, oldest first. */
struct ledger_days {
	char (*name)[LEDGER_DAY_NAME];
	size_t n, cap;
};
/* 0 or -errno; done in any case. */
int ledger_days_list(struct ledger_days *d, const char *dir);
void ledger_days_done(struct ledger_days *d);

/* What a put changed, for those who count and feed. */
struct ledger_keys {
	bool is_new;  /* the fact was not there yet */
	bool first;   /* a signal: by a person, and the first of its kind of this recipient */
	bool dropped; /* a signal that has no row, or no room in it */
	uint8_t stream;
	int64_t accepted;        /* 0: not known */
	struct fact_about about; /* of the acceptance */
};

/* From an acceptance: what its row and its later facts are counted under. */
void ledger_keys_of(struct ledger_keys *k, const struct fact *accepted);
/*
 * Writes one fact into the open transaction; bytes is its encoding. Twice changes nothing: a
 * fact with a number below the row's next one is old, and a signal whose very bytes the row
 * has. A signal makes no row. 0, -EIO, -EBADMSG (damaged file).
 */
int ledger_day_put(
	struct store *s, const struct fact *f, struct str bytes, struct ledger_keys *ret_k);
/* A recipient's facts from the first to `last` at once, when it has no row yet: bytes is all of
 * their encodings, *k what ledger_keys_of says of the first. Else *ret_made = false, and they
 * must be put one by one. */
struct ledger_first {
	const struct fact *first, *last;
	struct str bytes;
	struct str host; /* of the last of them that names one */
};
int ledger_day_put_first(struct store *s, const struct ledger_first *p,
	const struct ledger_keys *k, bool *ret_made);

/* ledger_erase of the first place, into the open transaction. 0, also without such a row; -EIO,
 * -EBADMSG. */
int ledger_day_erase(struct store *s, const struct ledger_erasure *what);

/* The row of this recipient, if it is there. fn's value, 0, or an error of the store. */
int ledger_row_read(struct store *s, uint64_t rcpt,
	int (*fn)(void *ctx, const struct ledger_row *r), void *ctx);

/* Small letters, cut at size. */
struct str ledger_day_lower(char *dst, size_t size, struct str s);
/* Without <>. */
struct str ledger_day_bare_id(struct str id);

#endif
