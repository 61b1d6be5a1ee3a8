/*
 * Who calls: one key, the costumes of the dialects (account/key reads what comes out of here).
 *   Authorization: Basic key:secret    Mailjet, native; api:secret is Mailgun's
 *   Authorization: Bearer SG.…         SendGrid; the native API takes any secret so
 *   X-Postmark-Server-Token: token     Postmark
 */
#ifndef API_CREDENTIAL_H
#define API_CREDENTIAL_H

#include "base/arena.h"
#include "wire/http_in.h"

struct api_credential {
	struct str user, password; /* for key_spell; in the arena or of the fields */
	bool test;                 /* Postmark's POSTMARK_API_TEST: check, send nothing */
};

/* Any of them at any path: SDKs do not know that they share a host. 0; -ENOENT when there is
 * none; -EINVAL when it cannot be read, or two of them disagree; -E2BIG. */
int api_credential_read(struct arena *a, const struct http_in *h, struct api_credential *ret_c);

#endif
