/*
 * An account's suppressions for the vendors' dialects, by the verbs suppressions.list, .import
 * and .remove: pages by offset, and changes of many addresses, one question behind the other.
 * Private to desk.
 */
#ifndef ROLE_DESK_LISTED_H
#define ROLE_DESK_LISTED_H

#include "role/desk_vendor.h"

/* Takes rows: of suppressions.list, or the answers of changes in their order; what it gives is
 * the body of the answer. */
typedef json_t *desk_listed_fn(struct desk_conn *n, int *status, json_t *rows);

struct desk_listed_query {
	struct str address, stream, since,
		until;       /* as suppressions.list reads them; empty: any */
	const char *reasons; /* "unsubscribe,manual"; NULL: any */
	unsigned offset, limit;
	int64_t group; /* what is for this one; 0: for none; DESK_LISTED_ANY_GROUP */
};
#define DESK_LISTED_ANY_GROUP INT64_C(-1)
void desk_listed_find(
	struct desk_conn *n, const struct desk_listed_query *q, desk_listed_fn *then);
/* What is added or removed. To add: one reason. To remove: every reason of "a,b" for each
 * address; stream empty: of any. */
struct desk_listed_what {
	const char *stream, *reasons;
	uint32_t group; /* 0 none */
};
/* addresses: array of texts (those that are none are passed over); taken. */
void desk_listed_add(struct desk_conn *n, json_t *addresses,
	const struct desk_listed_what *what, desk_listed_fn *then);
void desk_listed_remove(struct desk_conn *n, json_t *addresses,
	const struct desk_listed_what *what, desk_listed_fn *then);
bool desk_listed_is_address(struct str s);

#endif
