/*
 * Our own webhook format: one event a post, signed as Standard Webhooks say
 * (docs/reference/webhooks.md). Pure.
 */
#ifndef REPORT_HOOK_NATIVE_H
#define REPORT_HOOK_NATIVE_H

#include "report/event.h"

#define HOOK_SECRETS_MAX       2  /* the new and the old one, while a secret is rolled */
#define HOOK_SECRET_BYTES_MIN  16 /* of the decoded secret */
#define HOOK_SECRET_BYTES_MAX  64
#define HOOK_SECRET_BYTES_MADE 32

/* The body as a new reference, never NULL: there is an event of every kind. */
struct json_t *hook_native(const struct event *e);

/* What is signed. */
struct hook_signed {
	struct str id;  /* webhook-id: the same for every attempt */
	int64_t second; /* webhook-timestamp: of this attempt, since 1970 */
	struct str body;
};

/*
 * Appends the value of webhook-signature: "v1,<base64>" for each secret, a space between.
 * Secrets are "whsec_<base64>"; those that are empty are passed over. 0; -EINVAL when one is
 * no secret or all are empty (nothing appended); -E2BIG.
 */
int hook_native_sign(struct buf *b, const struct str secrets[HOOK_SECRETS_MAX],
	const struct hook_signed *what);
/* Appends "whsec_…" made of random bytes. 0 or -E2BIG. */
int hook_native_secret(struct buf *b, const uint8_t random[HOOK_SECRET_BYTES_MADE]);

#endif
