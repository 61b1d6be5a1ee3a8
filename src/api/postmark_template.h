/*
 * Postmark's templates, out of templates of the control tables whose dialect is mustachio. An
 * alias is the template's name here. Pure; new references.
 */
#ifndef API_POSTMARK_TEMPLATE_H
#define API_POSTMARK_TEMPLATE_H

#include "api/vendor_template.h"

#define POSTMARK_TEMPLATE_NO_ID                                                                \
	"The 'TemplateId' associated with this request is not valid or was not found."
#define POSTMARK_TEMPLATE_NO_ALIAS                                                             \
	"The Template's 'Alias' associated with this request is not valid or was not found."

/* A letter, then letters, digits, dots, hyphens, underscores. */
bool postmark_template_is_alias(struct str s);
/* Empty: it has none. Borrowed of t. */
struct str postmark_template_alias(const struct control_template *t, const json_t *extra);

/* Is it a layout: has one of its bodies a place for the content (content/layout)? */
bool postmark_template_is_layout(const struct control_template *t);
/* The rule of the place, for a text that there is: exactly one in each body of a layout, none
 * elsewhere. NULL, or the sentence without its full stop. */
const char *postmark_template_misplaced(bool layout, bool body, struct str text);

/* What lists and changes tell of one: {"TemplateId","Name","Active","Alias","TemplateType",
 * "LayoutTemplate"}. layout: it is one. Active: mail can be sent with it. */
json_t *postmark_template_brief(const struct control_template *t, bool layout);
/* With "Subject","HtmlBody","TextBody","AssociatedServerId". */
json_t *postmark_template_full(const struct control_template *t);

/* A model of the shape that the parts ask for (`variables` of content/preview), with the
 * values of given (NULL: none) where there are some. */
json_t *postmark_template_model(const json_t *variables, const json_t *given);
/* The answer to /templates/validate: got of content/preview, asked the call's body; takes
 * model. */
json_t *postmark_template_validated(const json_t *got, const json_t *asked, json_t *model);

#endif
