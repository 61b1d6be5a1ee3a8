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
};
void desk_listed_find(
	struct desk_conn *n, const struct desk_listed_query *q, desk_listed_fn *then);
/* addresses: array of texts (those that are none are passed over); taken. stream: "all" … */
void desk_listed_add(struct desk_conn *n, json_t *addresses, const char *stream,
	const char *reason, desk_listed_fn *then);
/* Every reason of "a,b" for each address; stream empty: of any. */
void desk_listed_remove(struct desk_conn *n, json_t *addresses, const char *stream,
	const char *reasons, desk_listed_fn *then);
bool desk_listed_is_address(struct str s);

#endif
