/*
 * Contacts in the control tables: what an account knows of the people it writes to
 * (people/contact has the rules of what they hold). Errors as in account/control.h. Changes do
 * not raise the version of the tables: no process keeps a picture of them.
 */
#ifndef ACCOUNT_CONTROL_CONTACT_H
#define ACCOUNT_CONTROL_CONTACT_H

#include "account/control.h"
#include "base/arena.h"

#define CONTACT_PER_TENANT   100000u
#define CONTACT_TENANT_BYTES ((int64_t)256 << 20) /* of addresses, names and properties */
#define CONTACT_PAGE_BYTES   (1u << 20) /* of a page: it ends behind the row that passes it */
#define CONTACT_PAGE_ROWS    500u

struct control_contact {
	uint32_t tenant;
	struct str key; /* the address as it is compared: there is one of each */
	struct str address, name, properties; /* properties: a JSON object */
	int64_t created, changed;             /* wall µs */
};

/* Makes one, or writes over the one of this key; its `created` stays. -ENOENT: there is no such
 * account; -EINVAL: it has too many. */
int control_contact_put(struct control *c, const struct control_contact *t, bool *ret_new);
/* tenant and key in, the others out, in the arena. -ENOENT. */
int control_contact_get(struct control *c, struct arena *a, struct control_contact *t);
int control_contact_remove(struct control *c, uint32_t tenant, struct str key);

struct contact_query {
	uint32_t tenant;
	struct str prefix; /* of keys; empty: all */
	struct str after;  /* those behind this key; empty: from the first one */
	size_t limit;      /* 1 to CONTACT_PAGE_ROWS */
	bool more;         /* set: there are some behind the last one that was told */
};
/* By key. */
int control_contact_each(struct control *c, struct arena *a, struct contact_query *q,
	int (*fn)(void *ctx, const struct control_contact *t), void *ctx);

#endif
