/*
 * Orders to forget a person (docs/decisions/0018) in the control tables, and what these tables
 * themselves hold of him. An order knows the address by its keyed hash for good; the address
 * itself is sealed in it only until it is carried out.
 *
 *   asked ──rows, bodies, queue are done──▶ swept ──journal and logs are done──▶ done
 *
 * Errors as in account/control.h.
 */
#ifndef ACCOUNT_CONTROL_ERASE_H
#define ACCOUNT_CONTROL_ERASE_H

#include "account/control.h"
#include "base/arena.h"

#define ERASURES_OPEN_MAX    1000u                            /* of an account, not done yet */
#define ERASURES_KEEP_US     (INT64_C(731) * 86400 * 1000000) /* those that are done */
#define ERASURES_ROWS        100000u                          /* of an account, these too */
#define ERASURE_REASON_CHARS 200u
#define ERASURE_LATE_US      (INT64_C(24) * 3600 * 1000000)
/* While one is under way, and so long after: what posts of webhooks said is not kept. */
#define ERASURE_QUIET_US (INT64_C(10) * 60 * 1000000)

enum erasure_state { ERASURE_ASKED = 1, ERASURE_SWEPT, ERASURE_DONE };
const char *erasure_state_name(enum erasure_state s); /* "pending" "running" "done"; stable */

struct control_erasure {
	int64_t id;
	uint32_t tenant;
	enum erasure_state state;
	struct str hash; /* people/erase */
	/* By suppress_address; empty: done, or only the hash was given, or it does not unseal.
	 */
	struct str address;
	bool by_hash; /* whose it is must be looked for first */
	struct str reason, account;
	struct str found;    /* a JSON object: what was erased, by kind */
	int64_t asked, done; /* wall µs; done 0: not yet */
};

/* tenant, hash, reason, and address (empty: whom the hash means); ret_id: its number, that of
 * the open one for the same address if there is one. */
int control_erasure_add(struct control *c, const struct control_erasure *e, int64_t *ret_id);
/* The newest first; of these those with an id below `before` (0: all). Texts in the arena. */
struct control_erasure_query {
	uint32_t tenant; /* 0: of all */
	int64_t id;      /* 0: any; else that one or -ENOENT */
	/* ASKED or SWEPT: those in that state, the oldest first, with an id above `before`. */
	enum erasure_state open;
	int64_t before;
	size_t limit;
};
int control_erasure_each(struct control *c, struct arena *a,
	const struct control_erasure_query *q,
	int (*fn)(void *ctx, const struct control_erasure *e), void *ctx);
/* How many are not done ERASURE_LATE_US after they were asked for. */
int control_erasure_late(struct control *c, unsigned *ret_n);
/* Whom the hash of e means: its tenant, hash and address. */
int control_erasure_resolved(struct control *c, const struct control_erasure *e);
/* state and found of e; the address goes with ERASURE_DONE. */
int control_erasure_set(struct control *c, const struct control_erasure *e);
/* Is one of the tenant's under way, or was within ERASURE_QUIET_US? */
bool control_erasure_quiet(struct control *c, uint32_t tenant);

/* What these tables hold of the address: contact, tester, marks, the log of posts, texts of the
 * audit log, values of templates, saved views. mask: stars over it in a text, how often
 * (people/erase). */
struct control_erased {
	unsigned contacts, testers, marks, posts, audit, values, views;
};
struct control_erasing {
	uint32_t tenant;
	struct str address;
	size_t (*mask)(char *text, size_t n, struct str address);
};
int control_erase(
	struct control *c, const struct control_erasing *e, struct control_erased *ret_n);

#endif
