/*
 * Verbs of contacts that need the control tables only (desk and, while no service runs, the
 * command line). `tenant` (a number) or `account` (a name) says whose they are.
 *
 *   contacts.list    search? (how an address begins), limit? (100, at most 500), after? (the
 *                    "next" of the page before; a page has about 1 MiB at most)
 *   contacts.get     address
 *   contacts.put     address, name?, properties? (an object): makes one, or writes over it
 *   contacts.set     address, name?, properties?: changes one; what is null is taken away.
 *                    make? (true): makes it when it is not there
 *   contacts.remove  address
 *
 * contact {"address","name","properties","created","changed"}; one that was put has {"new"}.
 */
#ifndef ROLE_DESK_CONTACT_H
#define ROLE_DESK_CONTACT_H

#include "account/control_contact.h"
#include "role/desk_control.h"

struct webhook_ask;

bool desk_contact_has(struct str verb);
struct desk_control_answer desk_contact_do(
	struct control *c, struct str verb, const json_t *body, int64_t now);

/* What templates read of the contact of this address (people/contact); a new reference. 0,
 * -EINVAL or -ENOENT, with the sentence in a. */
int desk_contact_values(struct webhook_ask *a, struct str address, json_t **ret_values);

#endif
