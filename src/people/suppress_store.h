/*
 * The rows of suppressions (SQLite suppress.db): the truth that people search, add to and
 * export. Written by the engine alone, behind the journal; whoever else reads it opens it
 * read-only. A change written twice changes nothing (its number).
 */
#ifndef PEOPLE_SUPPRESS_STORE_H
#define PEOPLE_SUPPRESS_STORE_H

#include "people/suppress.h"
#include "store/store.h"

#define SUPPRESS_FILE "suppress.db"

extern const struct store_schema suppress_store_schema;

struct suppress_store;
/* STORE_CREATE for the engine, STORE_READ for others. As store_open. */
int suppress_store_open(const char *file, enum store_mode mode, struct suppress_store **ret_s);
void suppress_store_free(struct suppress_store **s);

/* The number of the last change that is in it, 0 none. 0 or as store_run. */
int suppress_store_applied(struct suppress_store *s, uint64_t *ret_number);
/* All of them or none; durable when it returns 0. In order of numbers; those that are in it
 * already are passed over. 0 or as store_run. */
int suppress_store_put(struct suppress_store *s, const struct suppress_change *c, size_t n);
/* Both read all rows, and call alive now and then; it may be NULL. */
/* The rows of a damaged one, as far as they can be read, and its number into another. 0 or as
 * store_run of `to`. */
int suppress_store_save(struct suppress_store *from, struct suppress_store *to,
	void (*alive)(void *ctx), void *ctx, uint64_t *ret_saved);
/* Every row into the set. 0, -ENOSPC, or as store_run: those before the damage are in it. */
int suppress_store_load(
	struct suppress_store *s, struct suppress *set, void (*alive)(void *ctx), void *ctx);
/* Files of before there were lists of tenants: makes them for the next rows. 1: again; 0: all
 * are there; or as store_run. Before the first load and put. */
int suppress_store_fill(struct suppress_store *s, size_t rows);

struct suppress_row {
	int64_t id; /* the cursor */
	struct suppress_change c;
};
/* Zero or empty = any; scope and reason likewise (SUPPRESS_ANY_…; scope also SUPPRESS_EVERY_…).
 * With a group only what is for it; SUPPRESS_ANY_GROUP: for any, SUPPRESS_NO_GROUP: for none.
 */
#define SUPPRESS_ANY_GROUP ((int64_t)UINT32_MAX + 1)
#define SUPPRESS_NO_GROUP  (SUPPRESS_ANY_GROUP + 1)
struct suppress_query {
	int64_t group;
	uint32_t tenant;
	uint8_t scope, reason;
	struct str address; /* by suppress_address: exactly this one */
	struct str part;    /* a part of the address, in any case; not together with it */
	uint64_t incident;
	int64_t since, until; /* wall µs; until is not included */
	int64_t after;        /* the id of the last row seen */
	bool oldest_first;    /* else the newest first */
	size_t limit;
};
/* Of a tenant or of an incident a page takes no longer because others have many rows.
 * fn gets borrowed rows; what else than 0 it returns ends it and comes back. */
int suppress_store_find(struct suppress_store *s, const struct suppress_query *q,
	int (*fn)(void *ctx, const struct suppress_row *r), void *ctx);
/* How many rows each group of the tenant has; as suppress_store_find. */
int suppress_store_groups(struct suppress_store *s, uint32_t tenant,
	int (*fn)(void *ctx, uint32_t group, uint64_t n), void *ctx);
/* Steps of SQLite so far, as store_work. */
uint64_t suppress_store_work(const struct suppress_store *s);
/* How many there are, whatever after and limit say. */
int suppress_store_count(
	struct suppress_store *s, const struct suppress_query *q, uint64_t *ret_n);

#endif
