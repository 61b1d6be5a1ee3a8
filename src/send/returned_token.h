/*
 * Candidates for tokens in returned mail (send/returned).
 */
#ifndef SEND_RETURNED_TOKEN_H
#define SEND_RETURNED_TOKEN_H

#include "send/returned.h"

/* Fills r->candidates from the mail (walked: m) and r->original, r->bounce, r->complaint. */
void returned_tokens(struct arena *a, const struct mime_in *m, struct returned *r);

#endif
