/*
 * What an account took off a list that is made of the ledger (SendGrid's blocks and invalid
 * addresses). The ledger stays as it is: a mark says from when on an address, or the whole
 * list, counts again. Errors as in account/control.h.
 */
#ifndef ACCOUNT_CONTROL_FORGOTTEN_H
#define ACCOUNT_CONTROL_FORGOTTEN_H

#include "account/control.h"

#define CONTROL_FORGOTTEN_MAX 10000u /* marks of an account and list; one of all takes one */

enum control_forgotten_list { CONTROL_FORGOTTEN_BLOCKS = 1, CONTROL_FORGOTTEN_INVALID };

struct control_forgotten {
	uint32_t tenant;
	enum control_forgotten_list list;
	int64_t at;     /* wall µs: what happened until then */
	int64_t before; /* marks older than that are of no use: the ledger keeps less */
};

/* Marks these addresses (any case), all or none; n 0: the whole list, for which other marks
 * go. -EINVAL: that would be more marks than there may be. */
int control_forget(struct control *c, const struct control_forgotten *f,
	const struct str *addresses, size_t n);
/* The marks of f->tenant and f->list: fn gets a borrowed address in small letters, empty for
 * the whole list, and returns 0 to go on. */
int control_forgotten_each(struct control *c, const struct control_forgotten *f,
	int (*fn)(void *ctx, struct str address, int64_t at), void *ctx);

#endif
