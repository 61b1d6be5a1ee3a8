/*
 * Webhooks as Postmark posts them: one object a post, told apart by RecordType. The bounce
 * object is also that of its API. Pure.
 */
#ifndef REPORT_HOOK_POSTMARK_H
#define REPORT_HOOK_POSTMARK_H

#include "report/event.h"

/* RecordType: Delivery Bounce SpamComplaint Open Click SubscriptionChange; NULL: Postmark has
 * no such event. */
const char *hook_postmark_word(enum fact_kind k);
/* The body as a new reference; NULL: Postmark has no such event. */
struct json_t *hook_postmark(const struct event *e);

struct hook_postmark_type {
	const char *type; /* "HardBounce" */
	int code;         /* TypeCode */
	const char *name, *description;
};
/* Of a failure or a complaint. */
/* "outbound", "broadcast" or the name of the account's own. As long as e. */
struct str hook_postmark_stream(const struct event *e);
const struct hook_postmark_type *hook_postmark_type(const struct event *e);
/* The bounce object (RecordType, ID … Metadata) as a new reference, of a failure or a
 * complaint; ID is the recipient's number. */
struct json_t *hook_postmark_bounce(const struct event *e);

#endif
