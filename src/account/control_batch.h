/*
 * What an account said of a batch of its mail (SendGrid's scheduled sends): paused or
 * cancelled. What waits of it is the engine's; here is what is told of it again. Errors as in
 * account/control.h.
 */
#ifndef ACCOUNT_CONTROL_BATCH_H
#define ACCOUNT_CONTROL_BATCH_H

#include "account/control.h"

#define CONTROL_BATCH_MAX 1000u /* of an account */
/* Mail waits for days (send_at, then its life): an older row tells of nothing. */
#define CONTROL_BATCH_KEEP_US (INT64_C(30) * 86400 * 1000000)

enum control_batch_state { CONTROL_BATCH_NONE, CONTROL_BATCH_PAUSED, CONTROL_BATCH_CANCELLED };

struct control_batch {
	uint32_t tenant;
	struct str batch;
	enum control_batch_state state;
};

/* -EINVAL: it is cancelled, which is final, and is to be paused; or there are too many. */
int control_batch_set(struct control *c, const struct control_batch *b);
/* Its state; CONTROL_BATCH_NONE too when there is none. */
int control_batch_get(struct control *c, uint32_t tenant, struct str batch,
	enum control_batch_state *ret_state);
int control_batch_remove(struct control *c, uint32_t tenant, struct str batch);
/* The newest first; texts are borrowed. fn returns 0 to go on. */
int control_batch_each(struct control *c, uint32_t tenant,
	int (*fn)(void *ctx, const struct control_batch *b), void *ctx);

#endif
