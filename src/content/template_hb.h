/*
 * What stands between the braces of Handlebars: a name, its parameters, one of the helpers. For
 * content/template_h* alone.
 */
#ifndef CONTENT_TEMPLATE_HB_H
#define CONTENT_TEMPLATE_HB_H

#include "content/template_priv.h"

struct template_hb {
	struct template_builder *b;
	struct str in;
	size_t pos;
	unsigned nest; /* of "(" at work */
};

/* A call as it was read: "greaterThan a 3". */
struct template_hb_call {
	size_t at;
	struct str name;         /* as it was written */
	const struct expr *path; /* the name read as a path; NULL: a literal */
	const struct expr *literal;
	const struct expr *args[EXPR_ARGS_MAX];
	size_t nargs;
	const struct expr *fallback; /* default=… of insert */
};

void template_hb_blanks(struct template_hb *h);
/* A name with its parameters, until ")" or the end of the tag. 0, or a fault. */
int template_hb_call(struct template_hb *h, struct template_hb_call *ret_c);
/* The value of a call: a path, or a helper's. 0, or a fault. */
int template_hb_value(
	struct template_hb *h, struct template_hb_call *c, const struct expr **ret_e);
/* The call as one of the helper fn. 0, or a fault. */
int template_hb_helper(struct template_hb *h, struct template_hb_call *c,
	const struct expr_fn *fn, const struct expr **ret_e);

#endif
