/*
 * The native API's POST /v1/messages: one message, or {"messages": [...]} with up to 1,000. All
 * or none: with a mistake anywhere nothing is sent, and all mistakes are told (RFC 9457, each
 * with a JSON pointer).
 *
 *   {"from": "Ann <ann@x.test>" | {"email", "name"}, "to": one of these or a list of them,
 *    "cc", "bcc", "reply_to", "subject", "text", "html",
 *    "attachments": [{"filename", "content_type", "content", "content_id"}],
 *    "headers": {}, "stream", "tags": [], "metadata": {}, "send_at", "track_opens",
 *    "track_clicks", "track_consent", "unsubscribe", "sandbox",
 *    "template": id or name, "variables": {}}
 *
 * An object of to, cc and bcc may say "track_consent" for its recipient alone. Another member
 * of any of these objects, or one beside "messages", is a mistake, unless it is null.
 */
#ifndef API_NATIVE_SEND_H
#define API_NATIVE_SEND_H

#include "api/call.h"

/* 0, or -E2BIG when the arena is full. Mistakes are in s->errors: code NULL, related[0] the
 * pointer; or one with the status 400, for a body that is no JSON. */
int native_send_read(struct api_send *s, struct str body, const struct api_world *w);
/* 202 {"data": [{"id", "recipients": [{"email", "id"}]}]}, or a problem document. */
void native_send_answer(
	const struct api_send *s, const struct api_world *w, struct api_answer *ret_a);
/* The detail of a 400 for a body that is no JSON; why: of json_in_text. p NULL: a is full. */
struct str native_problem_json(struct arena *a, struct str why);
/* A problem document, its sentences in the language of w; detail may be empty. */
void native_problem(int status, struct str detail, const struct api_errors *errors,
	const struct api_world *w, struct api_answer *ret_a);

#endif
