/*
 * Mailjet's one-line tags, which work without its template language:
 *
 *   [[var:NAME]] [[var:NAME:"default"]]     a variable of the recipient, else of the call
 *   [[data:NAME:"default"]]                 a property of the contact: none is looked up here,
 *                                           so its default
 *
 * What has no value and no default becomes nothing; what is no such tag stays as it is. Values
 * are put in as they are, and not looked into again. Pure.
 */
#ifndef API_MAILJET_VARS_H
#define API_MAILJET_VARS_H

#include "base/arena.h"

#include <jansson.h>

struct mailjet_vars {
	const json_t *own, *all; /* objects; NULL: none. own goes before all. */
};

/* Is there anything to replace? */
bool mailjet_vars_in(struct str text);
/* text itself when there is nothing to replace, else in the arena; p NULL: longer than max, or
 * the arena is full. */
struct str mailjet_vars_expand(
	struct arena *a, struct str text, const struct mailjet_vars *v, size_t max);

#endif
