/*
 * Mailgun's recipient variables: %recipient.NAME% in a text becomes that recipient's value.
 * What has no value stays as it stands; values are put in as they are (no escaping, as there)
 * and not looked into again.
 */
#ifndef API_MAILGUN_VARS_H
#define API_MAILGUN_VARS_H

#include "send/outgoing.h"

#include <jansson.h>

struct mailgun_vars {
	const struct outgoing_address *who;
	const json_t *values; /* the recipient's object; NULL: none */
};

/* Is there anything to replace? */
bool mailgun_vars_in(struct str text);
/* text itself when there is nothing to replace, else in the arena; p NULL: longer than max, or
 * the arena is full. */
struct str mailgun_vars_expand(
	struct arena *a, struct str text, const struct mailgun_vars *v, size_t max);
/* %unsubscribe_url% becomes OUTGOING_PAGE, with which each recipient gets his own page. Results
 * as above. */
struct str mailgun_vars_page(struct arena *a, struct str text, size_t max);
/* The object of an address: keys as they are, else in any case. NULL: none. */
const json_t *mailgun_vars_of(const json_t *all, struct str email);

#endif
