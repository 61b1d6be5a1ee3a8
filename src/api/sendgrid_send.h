/*
 * SendGrid's v3 Mail Send (POST /v3/mail/send): JSON to outgoing messages and back. Facts of
 * the contract: one personalization is one message, at most 1,000 of them and 1,000 recipients;
 * all of a call or none; success is 202 with an empty body and X-Message-Id, 200 in the
 * sandbox. A setting that would change the mail in a way the service cannot is refused by its
 * path.
 */
#ifndef API_SENDGRID_SEND_H
#define API_SENDGRID_SEND_H

#include "api/call.h"

/* 0, or -E2BIG when the arena is full. Mistakes are in s. */
int sendgrid_send_read(struct api_send *s, struct str body, const struct api_world *w);
/* The answer to what became of s; also when the call was refused. */
void sendgrid_send_answer(
	const struct api_send *s, const struct api_world *w, struct api_answer *ret_a);
/* An answer without a call: bad credentials (401), no JSON (415), busy (503) … */
void sendgrid_send_refuse(int status, const struct api_world *w, struct api_answer *ret_a);

#endif
