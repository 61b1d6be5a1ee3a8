/*
 * One message of Mailjet's Send API v3.1: JSON to an outgoing message. Private to the dialect.
 */
#ifndef API_MAILJET_MESSAGE_H
#define API_MAILJET_MESSAGE_H

#include "api/mailjet_error.h"

/* Names of fields that options and the service write, NULL-ended; both versions have them. */
extern const char *const mailjet_message_reserved[];

/* Into r->item. 0 or -E2BIG; mistakes are the item's. */
int mailjet_message_read(struct mailjet_reader *r, const json_t *j, const struct api_world *w);

#endif
