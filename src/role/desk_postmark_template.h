/* Private to desk_postmark_template.c and desk_postmark_layout.c. */
#ifndef ROLE_DESK_POSTMARK_TEMPLATE_H
#define ROLE_DESK_POSTMARK_TEMPLATE_H

#include "api/postmark_template.h"
#include "role/desk_postmark.h"
#include "role/desk_vendor_template.h"

#define DESK_POSTMARK_DIALECT "mustachio"

/* The account's layouts, by their numbers, in the call's arena. */
struct desk_postmark_layouts {
	int64_t *at;
	size_t n;
};
int desk_postmark_layouts(struct desk_conn *n, struct desk_postmark_layouts *ret);
bool desk_postmark_is_layout(const struct desk_postmark_layouts *l, int64_t id);
/* LayoutTemplate of the body → the number of that layout; 0: none. false: answered. */
bool desk_postmark_layout_named(struct desk_conn *n, int64_t *ret_id);

struct desk_postmark_old {
	struct control_template t; /* id 0: a new one */
	bool layout;               /* out: what is written is a layout */
};
/* What the type allows; puts the layout that is named into x. false: answered. */
bool desk_postmark_layout_rules(
	struct desk_conn *n, struct desk_vendor_change *x, struct desk_postmark_old *old);
/* Does what has this layout go with its new texts? false: answered. */
bool desk_postmark_layout_try(struct desk_conn *n, const struct desk_vendor_change *x,
	const struct desk_postmark_old *old);
/* As desk_vendor_template_publish; what has it as its layout follows. */
void desk_postmark_layout_publish(
	struct desk_conn *n, const struct desk_vendor_change *x, desk_api_shape *shape);
/* No template has it as its layout. false: answered. */
bool desk_postmark_layout_unused(struct desk_conn *n, int64_t id);
/* An alias made of a name, which no other template has; p NULL: the arena is full. */
struct str desk_postmark_alias(struct desk_conn *n, struct str name, int64_t id);

#endif
