/*
 * What the vendors' read and management calls have in common: their queries, times and
 * refusals, and a recipient as they tell of it. Pure; the shapes are in *_rest.h, who asks the
 * ledger and the control tables is desk.
 */
#ifndef API_REST_H
#define API_REST_H

#include "api/call.h"
#include "api/route.h"
#include "report/event.h"

/* A value of the query by its name in any case, decoded, in the arena; the first one counts. p
 * NULL: it is not there. */
struct str rest_query(struct arena *a, struct str query, const char *name);
/* "1", "true", "yes" in any case. */
bool rest_true(struct str s);
/*
 * RFC 3339; a time without an offset or a day ("2026-11-24") in UTC; seconds since 1970. end: a
 * day stands for its end, the begin of the next. 0, or -EINVAL.
 */
int rest_when(struct str s, bool end, int64_t *ret_wall);
/* Vendors number what has a name here (domains, keys, addresses): 48 bits of a hash of it in
 * lower case, never 0. Only compared within an account. */
uint64_t rest_number(struct str name);
/* Is what a path names this one: by its name in any case or by its number? */
bool rest_is(struct str asked, struct str name);

/* An object's names in the order of their bytes, as a new array of texts. */
json_t *rest_names(const json_t *object);

/* The refusal in the vendor's own shape. why: empty for the vendor's words. */
void rest_refuse(enum api_dialect d, int status, struct str why, const struct api_world *w,
	struct api_answer *ret_a);
/* The same with one of Postmark's codes. */
void rest_refuse_code(int status, const char *code, struct str why, struct api_answer *ret_a);

/* A recipient of a message, out of its row. */
struct rest_mail {
	struct event last;    /* the fact that made the state */
	enum fact_kind state; /* of reason_state */
	unsigned opens, clicks;
	bool unsubscribed, complained; /* by people */
	int64_t updated;               /* wall µs of the last fact */
};
/* Its texts are in the arena. 0; -EBADMSG for a damaged row, -E2BIG when the arena is full:
 * then there is nothing to free. */
int rest_mail_of(struct arena *a, const struct ledger_row *row,
	const uint8_t key[UUID_KEY_SIZE], struct rest_mail *ret_m);
void rest_mail_done(struct rest_mail *m);

#define REST_EVENTS_MAX 100u
/* The facts of a row as events, oldest first, REST_EVENTS_MAX of them: each costs a walk over
 * all, and clicks may be many. fn returns 0 to go on; its other values come
 * back. Else 0 or -errno as rest_mail_of. */
int rest_events(struct arena *a, const struct ledger_row *row, const uint8_t key[UUID_KEY_SIZE],
	int (*fn)(void *ctx, const struct event *e), void *ctx);

#endif
