/*
 * Inbound mail in the control tables: the addresses and domains whose mail an account wants
 * posted to a URL, and what of its returned mail it wants forwarded (docs/decisions/0008). Desk
 * writes, the engine reads (account/directory).
 *
 * An address is "domain" or "local@domain", lower case, A-labels. Many accounts may name it;
 * it works for the one that has verified the domain, or the nearest one above it. Addresses
 * that we made at our bounce domain work at once. URL and secret are sealed. An id of another
 * tenant is one that never was (-ENOENT); CONTROL_ANY of control_webhook.h is for the operator.
 */
#ifndef ACCOUNT_CONTROL_INBOUND_H
#define ACCOUNT_CONTROL_INBOUND_H

#include "account/control_webhook.h"

#define INBOUND_PER_TENANT  100u
#define INBOUND_ADDRESS_MAX 320u

struct inbound {
	int64_t id;
	uint32_t tenant;
	struct str account, address;
	struct str format; /* report/inbound.h: "native", "mailjet" … */
	bool spam_check;   /* asked for; kept and told */
	bool ours;         /* we made the address */
	bool verified;     /* it works */
	struct str url;    /* may hold a password; empty: does not unseal */
	struct str secret; /* whsec_… of the native format, or empty */
	int64_t created;
};

/* Lower case and A-labels, in the arena; 0 or -EINVAL. */
int control_inbound_address(struct arena *a, struct str text, struct str *ret_address);
/* address as above. -EEXIST: the tenant has it, or has INBOUND_PER_TENANT. */
int control_inbound_add(struct control *c, const struct inbound *in, int64_t *ret_id);
/* Takes address, ours, format, spam_check, url, secret. */
int control_inbound_update(struct control *c, const struct inbound *in);
int control_inbound_remove(struct control *c, uint32_t tenant, int64_t id);
/* id 0: all of the tenant, by id. As control_webhook_each. */
int control_inbound_each(struct control *c, struct arena *a, const struct webhook_query *q,
	int (*fn)(void *ctx, const struct inbound *in), void *ctx);

/* A sealed column of a row; empty when it does not open. Texts in the arena. */
struct str control_inbound_open(const struct seal_keys *keys, struct arena *a,
	const struct inbound *in, const char *what, struct str sealed);

/* What comes back and is forwarded to the sender of the message. */
#define FORWARD_BOUNCES    1u
#define FORWARD_COMPLAINTS 2u
int control_forward_set(struct control *c, uint32_t tenant, unsigned what);
int control_forward_get(struct control *c, uint32_t tenant, unsigned *ret_what);

#endif
