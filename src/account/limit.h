/*
 * How much an account, and each of its keys, may send: recipients in an hour, a day and a month
 * of the calendar (UTC), and sessions open at one time. How much that is stands in the control
 * tables (account/control_limit: desk writes, the engine reads; trust/ will write there too);
 * here is what was used of it. Pure; time is a parameter (wall µs). O(1) for each message.
 *
 *   window over ──▶ 0 used ── limits_add ──▶ used … ── no room (limits_fit) ──▶ next window
 *
 * A clock that is set back changes nothing in what was used: the window goes with the clock,
 * the count stays. Bounded: LIMITS_ROWS_MAX of who used something this month; above it whoever
 * has no limit is not counted.
 */
#ifndef ACCOUNT_LIMIT_H
#define ACCOUNT_LIMIT_H

#include "base/buf.h"

#define LIMITS_ROWS_MAX  200000u
#define LIMITS_SEATS_MAX 65536u /* of one holder: who has sessions there */
#define LIMITS_HOLDERS   32u
#define LIMITS_FILE_MAX  (64u << 20)
/* The largest limit there may be. */
#define LIMIT_MOST 1000000000000

enum limit_kind { LIMIT_HOUR, LIMIT_DAY, LIMIT_MONTH, LIMIT_SESSIONS, LIMIT_KINDS };
#define LIMIT_WINDOWS LIMIT_SESSIONS

/* "hour", "day", "month", "sessions" */
const char *limit_name(enum limit_kind k);

struct limit_set {
	uint64_t most[LIMIT_KINDS]; /* 0: no limit */
};
bool limit_any(const struct limit_set *s);

struct limit_who {
	uint32_t tenant;
	uint64_t key; /* 0: the account itself */
};

/* Of whom, and how much. */
struct limit_of {
	struct limit_who who;
	const struct limit_set *set;
};

struct limits;
struct limits *limits_new(void);
void limits_free(struct limits **l);

/* What keeps something out: of several limits the one that stands longest in the way. */
struct limit_over {
	enum limit_kind kind;
	uint64_t most, used;
	int64_t until; /* wall µs, 0: when a session ends, or never */
	bool never;    /* it is more than the whole limit */
	bool first;    /* of this window, and not never */
};
/* Have n recipients more room? false: *ret_over. */
bool limits_fit(struct limits *l, const struct limit_of *of, uint64_t n, int64_t now,
	struct limit_over *ret_over);
void limits_add(struct limits *l, const struct limit_of *of, uint64_t n, int64_t now);
/* n that limits_add counted at `at` did not come about. */
void limits_undo(struct limits *l, struct limit_who who, uint64_t n, int64_t at);

struct limit_use {
	uint64_t used[LIMIT_KINDS];
	int64_t until[LIMIT_WINDOWS]; /* when each window is over */
};
void limits_use(
	const struct limits *l, struct limit_who who, int64_t now, struct limit_use *ret_use);

/* Sessions. A holder (an edge) says how many it has open of this key, 0 being the account's
 * without a key. key.tenant is the account. Told again, it replaces what was told before. */
void limits_hold(struct limits *l, unsigned holder, struct limit_who key, uint32_t n);
/* How many others than this holder's of this key the account, or the key, has open. */
uint64_t limits_others(
	const struct limits *l, unsigned holder, struct limit_who key, bool of_key);
void limits_holder_gone(struct limits *l, unsigned holder);

/* All that counts at `now`, for the next start; rows that do not any more are forgotten. 0 or
 * -E2BIG. */
int limits_write(struct limits *l, int64_t now, struct buf *b);
/* Into an empty one. 0, or -EBADMSG: nothing was read. */
int limits_read(struct limits *l, struct str bytes);
/* Grows with each limits_add and limits_undo: is there something to write? */
uint64_t limits_changes(const struct limits *l);

#endif
