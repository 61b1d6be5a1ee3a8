/*
 * The recipient's consent to tracking, as who sends tells it: for a recipient, for a message,
 * or by a header field, for dialects that have no word for it. It is taken out of the message.
 * Of two answers the "no" counts; where nothing is said, the configuration's default. Pure.
 */
#ifndef SEND_CONSENT_H
#define SEND_CONSENT_H

#include "send/outgoing.h"

#define CONSENT_FIELD "X-Facteur-Consent"
#define CONSENT_WRONG CONSENT_FIELD " is yes or no"

/* Its name in lower case, NULL-ended: header_add.drop. */
extern const char *const consent_drop[];

/* What the field says, "yes" or "no" in any case: 0; -EINVAL: something else. It joins *consent
 * (DEFAULT: nothing was said yet). */
int consent_field(struct str value, enum outgoing_switch *consent);
/* The same of all such fields of a complete header block. */
int consent_header(struct str block, enum outgoing_switch *consent);
/* That of a recipient by his number; of: outgoing_rcpts. o passed outgoing_check. */
enum outgoing_switch consent_of(const struct outgoing *o, const uint16_t *of, size_t rcpt);

#endif
