/*
 * A contact: what an account knows of one person it writes to, by his address: a name, and
 * properties ("city": "Paris") that templates read. The rules of it; the rows are
 * account/control_contact. Whether he may be written to is people/suppress's. Pure.
 */
#ifndef PEOPLE_CONTACT_H
#define PEOPLE_CONTACT_H

#include "base/str.h"

#include <jansson.h>

#define CONTACT_ADDRESS_SIZE   324u
#define CONTACT_NAME_CHARS     200u
#define CONTACT_PROPERTIES     200u        /* of one */
#define CONTACT_PROPERTY_CHARS 100u        /* of its name */
#define CONTACT_BYTES          (64u << 10) /* of all properties, as JSON */
#define CONTACT_WHY            200u

/* The address as it is kept: its domain in small ASCII letters. Into dst (not NUL-terminated).
 * 0, or -EINVAL: no mailbox, or too long. */
int contact_address(char dst[CONTACT_ADDRESS_SIZE], struct str address, struct str *ret_s);

/* Is it one line of at most CONTACT_NAME_CHARS characters? */
bool contact_name_ok(struct str name);

/* Members of changes into properties: a text, a number, true or false sets one, null takes it
 * away. 0; -EINVAL with a sentence in why: they are as they were, or too many in the end. */
int contact_properties_set(json_t *properties, const json_t *changes, char why[CONTACT_WHY]);

/* What templates read of him: his properties, "email", and "name" where he has one. A new
 * reference. */
json_t *contact_values(struct str address, struct str name, const json_t *properties);

#endif
