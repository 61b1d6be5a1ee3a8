/*
 * Who did what: rows that are only ever added, in the transaction of the change they tell of.
 * Part of account/control.
 *
 *   control_who   who asks, until it is set anew or taken back (NULL: the service itself,
 *                 of which no row is written)
 *   control_doing what is about to be done; the next change that is committed writes its row,
 *                 one row however many transactions it takes
 *
 * JSON: {"id":"aud_…","at","account": name or null,"who":{"kind","id","name"},"from","what",
 *        "on","reason","entry"}; kind: "user", "key", "command" (the command line); entry: its
 *        place in the chain (control_chain.h).
 *
 * Rows older than CONTROL_AUDIT_KEEP_US go as new ones come; of a tenant with more than
 * CONTROL_AUDIT_ROWS the oldest that keys made, then the oldest.
 */
#ifndef ACCOUNT_CONTROL_AUDIT_H
#define ACCOUNT_CONTROL_AUDIT_H

#include "account/control.h"

#define CONTROL_AUDIT_KEEP_US (INT64_C(731) * 86400 * 1000000)
#define CONTROL_AUDIT_ROWS    INT64_C(1000000)
#define CONTROL_AUDIT_PAGE    200u
#define CONTROL_REASON_MIN    10u /* characters of X-Facteur-Reason */
#define CONTROL_REASON_MAX    500u

enum control_who_kind { CONTROL_WHO_USER = 1, CONTROL_WHO_KEY, CONTROL_WHO_COMMAND };
struct control_who {
	enum control_who_kind kind;
	int64_t id;      /* of the user or the key */
	struct str name; /* of the command line: whose; of others the tables know it */
	struct str from; /* address */
	struct str reason;
};
struct control_deed {
	struct str what, on;
	struct str account; /* whose rows change; empty: `tenant` says it */
	uint32_t tenant;    /* 0: the platform's */
};

/* Texts are borrowed until the next call. */
void control_who(struct control *c, const struct control_who *w);
void control_doing(struct control *c, const struct control_deed *d);
/* Was its row written? Forgets the deed. */
bool control_done(struct control *c);
/* A row by itself, for what other tables keep: before it is begun. 0 or -EIO. */
int control_audit_add(struct control *c, const struct control_deed *d);
/* Newest first. all: of every account, and the platform's own; else of one tenant. */
int control_audit_page(struct control *c, uint32_t tenant, bool all, struct control_page *p,
	struct json_t **ret_j);

#endif
