/*
 * Webhooks as SendGrid's Event Webhook posts them: an array of objects, signed with ECDSA
 * (P-256, SHA-256) over the timestamp and the body. Pure, but for the random number in a
 * signature and a new key.
 */
#ifndef REPORT_HOOK_SENDGRID_H
#define REPORT_HOOK_SENDGRID_H

#include "report/event.h"

/* A key pair: the private number (32 bytes) and the public point (65, uncompressed). */
#define HOOK_SENDGRID_KEY_SIZE 97

/* SendGrid's name: processed dropped delivered deferred bounce open click spamreport
 * unsubscribe; NULL: it has none. (With a group an unsubscribe is group_unsubscribe.) */
const char *hook_sendgrid_word(enum fact_kind k);
/* One object of the array as a new reference; NULL: SendGrid has no such event. */
struct json_t *hook_sendgrid(const struct event *e);

/* Makes a new one. It is a secret: seal it, wipe it. */
void hook_sendgrid_key(uint8_t ret_key[HOOK_SENDGRID_KEY_SIZE]);
/* Appends the public key as SendGrid shows it: base64 of SubjectPublicKeyInfo. 0, -EINVAL when
 * these bytes are no key, or -E2BIG. */
int hook_sendgrid_public(struct buf *b, struct str key);
/* Appends base64 of the signature (DER) over timestamp and body. The same errors. */
int hook_sendgrid_sign(struct buf *b, struct str key, struct str timestamp, struct str body);

#endif
