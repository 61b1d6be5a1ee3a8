/*
 * What a person keeps of a screen under a name: the filters of the console's activity, as they
 * stand in its address. One list for each user, replaced as a whole; nobody else reads it. Part
 * of account/control; errors as in account/control.h.
 *
 * JSON
 *   view {"name","query"}, in the order in which they were given
 */
#ifndef ACCOUNT_CONTROL_VIEW_H
#define ACCOUNT_CONTROL_VIEW_H

#include "account/control.h"

#define VIEW_PER_USER    50u
#define VIEW_NAME_CHARS  64u
#define VIEW_QUERY_BYTES 1024u

struct control_view {
	struct str name;  /* on one line; each once */
	struct str query; /* printable ASCII, without the question mark; may be empty */
};

/* tenant: the user's. 0 and a new reference; of nobody it is empty. */
int control_views(struct control *c, uint32_t tenant, int64_t user, struct json_t **ret_j);
/* These are all from now on. -EINVAL: one of them cannot be kept, or they are too many; then
 * all stays as it was. -ENOENT: there is no such user. */
int control_views_set(struct control *c, uint32_t tenant, int64_t user,
	const struct control_view *views, size_t n);

#endif
