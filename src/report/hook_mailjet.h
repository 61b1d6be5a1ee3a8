/*
 * Webhooks as Mailjet's Event API posts them: version 1 a bare object, version 2 an array of
 * the same objects. Pure.
 */
#ifndef REPORT_HOOK_MAILJET_H
#define REPORT_HOOK_MAILJET_H

#include "report/event.h"

/* Mailjet's name of the event: sent open click bounce blocked spam unsub; NULL: it has none. */
const char *hook_mailjet_word(enum fact_kind k);
/* The object as a new reference; NULL: Mailjet has no such event. */
struct json_t *hook_mailjet(const struct event *e);

struct hook_mailjet_error {
	const char *related; /* recipient domain content spam system mailjet */
	const char *error;
};
/* In Mailjet's words why it failed; also for message states of its API. */
struct hook_mailjet_error hook_mailjet_error(const struct event *e);

#endif
