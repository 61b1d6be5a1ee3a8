/*
 * Mailjet's resource template and its detailcontent, out of templates of the control tables
 * whose dialect is mailjet. Pure; new references.
 */
#ifndef API_MAILJET_TEMPLATE_H
#define API_MAILJET_TEMPLATE_H

#include "api/vendor_template.h"

/* A row of the resource. */
json_t *mailjet_template_row(const struct control_template *t, uint32_t tenant);
/* {"Headers","Html-part","MJMLContent","Text-part"} */
json_t *mailjet_template_content(const struct control_template *t);

/* Properties of the resource that are only kept, from asked (names in any case) into extra.
 * -EINVAL: *ret_name has another type. */
int mailjet_template_keep(json_t *extra, const json_t *asked, const char **ret_name);
/* asked as members of a change of a template (CONTENT of role/desk_template.h), and header
 * fields that have no place there into extra. all: what is not named becomes empty. -EINVAL:
 * *ret_name has another type. */
int mailjet_template_take(
	json_t *content, json_t *extra, const json_t *asked, bool all, const char **ret_name);
/* "Ann <ann@d.test>", "ann@d.test"; both may hold tags. */
void mailjet_template_from(struct str from, struct str *ret_name, struct str *ret_email);

#endif
