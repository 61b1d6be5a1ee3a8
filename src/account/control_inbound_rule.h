/*
 * Senders whose mail an account does not want to come in: addresses and whole domains. Desk
 * writes, the engine reads (account/directory). Errors as in account/control.h.
 */
#ifndef ACCOUNT_CONTROL_INBOUND_RULE_H
#define ACCOUNT_CONTROL_INBOUND_RULE_H

#include "account/control.h"

#define INBOUND_RULES_MAX 1000u /* of an account */

struct inbound_rule {
	int64_t id;
	uint32_t tenant;
	struct str rule; /* as control_inbound_address writes it */
};

/* -EEXIST: it is there; -EINVAL: INBOUND_RULES_MAX. */
int control_inbound_rule_add(struct control *c, const struct inbound_rule *r, int64_t *ret_id);
/* -ENOENT: the tenant has none of this id. */
int control_inbound_rule_remove(struct control *c, uint32_t tenant, int64_t id);
/* id 0: all of the tenant, by id. Texts are borrowed; fn returns 0 to go on. */
int control_inbound_rule_each(struct control *c, const struct inbound_rule *q,
	int (*fn)(void *ctx, const struct inbound_rule *r), void *ctx);

#endif
