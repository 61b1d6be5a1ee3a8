/*
 * What the files of account/control share: the open tables and the last error. Part of account
 * only.
 */
#ifndef ACCOUNT_CONTROL_OWN_H
#define ACCOUNT_CONTROL_OWN_H

#include "account/control.h"
#include "account/control_audit.h"
#include "account/control_schema.h"
#include "base/arena.h"
#include "base/utc.h"
#include "io/clock.h"

#include <jansson.h>

#define CONTROL_WHY_MAX 600
#define CONTROL_ALL     ((size_t)INT32_MAX) /* rows of a page: all */

struct control {
	struct store *store;
	struct seal_keys keys;
	struct clock clock;
	struct control_pairs *pairs; /* for the next domain; NULL: none */
	char hostname[256];
	char target[256];                /* of tenants' tracking hosts */
	char console[300];               /* where links of users begin */
	char owner[300];                 /* e-mail of the first one */
	const struct control_who *who;   /* who asks; NULL: the service itself */
	const struct control_deed *deed; /* no row was written of it yet; NULL: none */
	bool done;                       /* one was */
	int64_t audit_rows;              /* of a tenant, at most */
	char about[300]; /* what a change is about, when the deed cannot know it */
	int64_t about_tenant;
	char why[CONTROL_WHY_MAX];
};

/* Keeps the sentence and returns err. */
int control_own_fail(struct control *c, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* err as it is, with a sentence for what the store said. */
int control_own_check(struct control *c, int err);
/* A change: begin … end. end(err) commits and raises the version, or rolls back when err. */
int control_own_begin(struct control *c);
int control_own_end(struct control *c, int err);
/* The same where no picture of the tables elsewhere is concerned: the version stays. */
int control_own_end_quietly(struct control *c, int err);
/* Within a change: what it is about, and whose it is, where the deed cannot know it (an id that
 * is just made). */
void control_own_about(struct control *c, struct str on, int64_t tenant);
/* Within a change: the row of the deed, if there is one. 0 or -EIO. */
int control_own_audit(struct control *c);
/* The tenant of an account: 0, -ENOENT. "system" is not found. */
int control_own_tenant(struct control *c, struct str account, int64_t *ret_tenant);

/* A page under way: its rows are counted by control_own_take, which says whether this one is on
 * it. Ask for one row more than p->limit. */
struct control_paging {
	struct control_page *page;
	size_t n;
	char last[CONTROL_CURSOR_SIZE]; /* cursor of the last row that is on it */
};
bool control_own_take(struct control_paging *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The two parts of a cursor ("" and "" of the first page): 0, or -EINVAL with a sentence. */
int control_own_cursor(
	struct control *c, const struct control_page *p, struct str *ret_a, struct str *ret_b);

/* An account's domain. */
struct control_owner {
	int64_t tenant;
	struct str domain;
	int64_t id;
};
/* The row of o->domain, which becomes A-labels in the arena. 0, -ENOENT. */
int control_own_domain(
	struct control *c, struct arena *a, struct str account, struct control_owner *o);
/* Within a change: ends the user's sessions (keep: hash of the one that stays, or NULL), halves
 * of them, and links; forgets his second factor. */
int control_own_sign_out(struct control *c, int64_t user, const uint8_t keep[32]);
int control_own_totp_forget(struct control *c, int64_t user);

/* As the lists say it. */
int control_own_domain_row(
	struct control *c, const struct control_owner *o, struct json_t **ret_j);

/* When a domain's records are looked up again: wall µs, spread around `after`. */
#define CONTROL_PENDING_US  (INT64_C(3600) * 1000000)
#define CONTROL_VERIFIED_US (INT64_C(24) * 3600 * 1000000)
int64_t control_own_due(int64_t now, int64_t after);

/* The quota in four columns of a row, from `at` on, as its JSON. */
#define CONTROL_QUOTA_COLUMNS " l.per_hour, l.per_day, l.per_month, l.sessions"
json_t *control_own_quota(struct store_row *r, int at);
/* Within a change: the key `to` gets the limits of the key `from`, and goes on with its use. 0
 * or -EIO. */
int control_own_quota_copy(struct control *c, struct str from, struct str to);

/* JSON of texts and times. */
json_t *control_own_text(struct str s);
json_t *control_own_time(int64_t wall);

#endif
