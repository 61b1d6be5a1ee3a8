/*
 * Webhooks as Mailgun posts them: one object a post, with the signature in the body. Pure.
 */
#ifndef REPORT_HOOK_MAILGUN_H
#define REPORT_HOOK_MAILGUN_H

#include "report/event.h"

/* Mailgun's name: accepted delivered failed opened clicked unsubscribed complained; NULL: it
 * has none. */
const char *hook_mailgun_word(enum fact_kind k);
/* event-data as a new reference; NULL: Mailgun has no such event. */
struct json_t *hook_mailgun(const struct event *e);
/* {timestamp, token, signature} as a new reference: HMAC-SHA256 over timestamp and token. The
 * token follows from event, time and key, so that an attempt at another second has another one
 * and nobody else can tell it. */
struct json_t *hook_mailgun_signature(struct str key, const struct event *e, int64_t second);

#endif
