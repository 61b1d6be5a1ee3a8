/*
 * POST /v1/messages/{id}/resend: what desk gives the edge to send, a line of JSON and behind it
 * the message as it was accepted:
 *
 *   {"sender": envelope sender, "to": [addresses], "stream": enum stream_kind,
 *    "about": what events tell, as a text}\n
 *   From: …
 *
 * Its texts stay as they are: links and image of the first time tell of the first message.
 */
#ifndef API_NATIVE_RESEND_H
#define API_NATIVE_RESEND_H

#include "api/call.h"

/* body: outlives s. 0; -E2BIG: the arena is full; -EBADMSG: it is not desk's. */
int native_resend_read(struct api_send *s, struct str body, struct str *ret_message);

#endif
