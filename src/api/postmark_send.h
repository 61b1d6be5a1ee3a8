/*
 * Postmark's sending calls: JSON to outgoing messages.
 *
 *   POST /email                      one message           {…} or {ErrorCode, Message}
 *   POST /email/batch                array of messages     array, same order, 200
 *   POST /email/withTemplate         one message           as /email
 *   POST /email/batchWithTemplates   {Messages: array}     as /email/batch
 *
 * This is the way in; postmark_answer is the way back. Mistakes are told in Postmark's words
 * (postmark_error).
 */
#ifndef API_POSTMARK_SEND_H
#define API_POSTMARK_SEND_H

#include "api/call.h"

enum postmark_call { POSTMARK_EMAIL, POSTMARK_BATCH, POSTMARK_TEMPLATE, POSTMARK_TEMPLATES };

/* sandbox: the token was POSTMARK_API_TEST. 0, or -E2BIG when the arena is full. Mistakes are
 * in s. */
int postmark_send_read(struct api_send *s, enum postmark_call call, struct str body,
	bool sandbox, const struct api_world *w);

/* The messages of a batch in its JSON; NULL: there are none where they should be. */
const json_t *postmark_send_list(const json_t *root, enum postmark_call call);
bool postmark_send_is_batch(enum postmark_call call);

#endif
