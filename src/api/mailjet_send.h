/*
 * Mailjet's Send API v3.1 (POST /v3.1/send): JSON to outgoing messages and back. Facts of the
 * contract: names of members in any case; at most 50 messages and 50 recipients a call; one bad
 * message does not keep the others, and makes the status 400.
 */
#ifndef API_MAILJET_SEND_H
#define API_MAILJET_SEND_H

#include "api/call.h"

/* 0, or -E2BIG when the arena is full. Mistakes are in s. */
int mailjet_send_read(struct api_send *s, struct str body, const struct api_world *w);
/* The answer to what became of s; also when the call was refused. */
void mailjet_send_answer(
	const struct api_send *s, const struct api_world *w, struct api_answer *ret_a);
/* An answer without a call: bad credentials (401), a body too long (413), busy (503). */
void mailjet_send_refuse(int status, const struct api_world *w, struct api_answer *ret_a);

#endif
