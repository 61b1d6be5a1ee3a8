/*
 * Postmark's answers to its sending calls. Every mistake of a client is HTTP 422 with
 * {ErrorCode, Message}; of a message's mistakes the first one is told. A batch is 200 with one
 * object per message. Texts about suppressed addresses are part of the contract: clients cut
 * the addresses out of them.
 */
#ifndef API_POSTMARK_ANSWER_H
#define API_POSTMARK_ANSWER_H

#include "api/postmark_send.h"

/* The answer to what became of s; also when the call was refused. */
void postmark_answer(const struct api_send *s, enum postmark_call call,
	const struct api_world *w, struct api_answer *ret_a);
/* An answer without a call: a bad token (401), a body too long (413) or not JSON (415, which
 * goes out as 422), busy (503). */
void postmark_answer_refuse(int status, const struct api_world *w, struct api_answer *ret_a);

#endif
