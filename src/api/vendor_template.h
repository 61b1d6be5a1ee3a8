/*
 * What the vendors' calls for templates have in common: what a vendor tells of a template that
 * has no place in this service is kept beside it, as one JSON object (extra of struct
 * control_template). Pure; JSON is a new reference where nothing else is said.
 *
 *   {"name": the vendor's name, "ours": the name here that stands for it, …}
 */
#ifndef API_VENDOR_TEMPLATE_H
#define API_VENDOR_TEMPLATE_H

#include "account/control_template.h"

#include <jansson.h>

/* An object, maybe an empty one. */
json_t *vendor_template_extra(struct str text);
/* The vendor's name, or ours when the template was renamed here since. Borrowed of both. */
struct str vendor_template_name(const struct control_template *t, const json_t *extra);
/* Names are unique here and not at all vendors'. */
void vendor_template_name_set(json_t *extra, struct str name, struct str ours);
/* A member by its name in any case, borrowed; NULL: none. */
const json_t *vendor_template_member(const json_t *o, const char *name);
/* Its text; empty: it is none. */
struct str vendor_template_text(const json_t *o, const char *name);
/* "2026-11-24 09:51:23", for SendGrid. */
json_t *vendor_template_time(int64_t wall);

#endif
