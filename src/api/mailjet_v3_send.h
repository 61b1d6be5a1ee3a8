/*
 * Mailjet's older Send API v3 (POST /v3/send, /v3/send/message): JSON to outgoing messages and
 * back. Facts of the contract: names of members in any case; either Recipients, each of which
 * gets a mail of its own with its Vars, or To, Cc and Bcc as texts of a header; one message, or
 * up to 100 in Messages. All of a call or none (v3 has no way to tell of a part). One-line tags
 * ([[var:x]]) are filled in here, templates and their language by the edge.
 */
#ifndef API_MAILJET_V3_SEND_H
#define API_MAILJET_V3_SEND_H

#include "api/call.h"

/* 0, or -E2BIG when the arena is full. Mistakes are in s->errors. */
int mailjet_v3_send_read(struct api_send *s, struct str body, const struct api_world *w);
/* 200 {"Sent": [{"Email", "MessageID", "MessageUUID"}]}, or {"ErrorInfo", "ErrorMessage",
 * "StatusCode"} with the first mistake. */
void mailjet_v3_send_answer(
	const struct api_send *s, const struct api_world *w, struct api_answer *ret_a);
/* An answer without a call: bad credentials (401), a body too long (413), busy (503). */
void mailjet_v3_send_refuse(int status, const struct api_world *w, struct api_answer *ret_a);

#endif
