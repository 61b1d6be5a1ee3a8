/*
 * Testers in the control tables: people who get tests of an account's templates. They are
 * remembered, so that a test goes to nobody else, and counted, so that it is no way to send
 * mail in numbers. Errors as in account/control.h.
 */
#ifndef ACCOUNT_CONTROL_TESTER_H
#define ACCOUNT_CONTROL_TESTER_H

#include "account/control.h"
#include "base/arena.h"

#define TESTER_PER_TENANT 20u
#define TESTER_PER_HOUR   30u /* tests that each gets */
#define TESTER_NAME_CHARS 100u

struct control_tester {
	uint32_t tenant;
	struct str address, name; /* name may be empty */
	int64_t created;          /* wall µs */
};

/* One who is there gets the new name. Addresses differ by more than their case. */
int control_tester_add(struct control *c, const struct control_tester *t);
/* Who had tests in this hour counts as one until it is over, and has them when he comes back.
 */
int control_tester_remove(struct control *c, uint32_t tenant, struct str address);
/* By address; address p NULL: all, else that one or -ENOENT. Texts in the arena. */
int control_tester_each(struct control *c, struct arena *a, const struct control_tester *q,
	int (*fn)(void *ctx, const struct control_tester *t), void *ctx);
/* One more test to each of these n. -EINVAL: one of them had enough of them in this hour; then
 * none is counted. */
int control_tester_count(
	struct control *c, uint32_t tenant, const struct str *addresses, size_t n);

#endif
