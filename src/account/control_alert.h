/*
 * Alerts of the service in the control tables, as far as a restart must know them: what was
 * told and is not over. All belong to the service (tenant 0). Errors as in account/control.h.
 */
#ifndef ACCOUNT_CONTROL_ALERT_H
#define ACCOUNT_CONTROL_ALERT_H

#include "account/control.h"

struct control_alert {
	struct str code, subject;
	int64_t since; /* wall µs */
};

/* One that is there stays as it is. */
int control_alert_add(struct control *c, const struct control_alert *a);
/* One that is not there is fine. */
int control_alert_remove(struct control *c, const struct control_alert *a);
/* The oldest first. Texts live for the call of fn. */
int control_alert_each(
	struct control *c, int (*fn)(void *ctx, const struct control_alert *a), void *ctx);

#endif
