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

/* One tag of the source. */
struct template_hb_tag {
	size_t begin, end; /* with its braces */
	char kind;         /* '#' '^' '/' '!' '{' '&' (raw) 'e' (else) or 0: a value */
	bool left, right;  /* "~": white space on that side goes */
};

/* What starts at begin ("{{"); pos is left where the name starts. 0, or a fault. */
int template_hb_open(struct template_hb *h, size_t begin, struct template_hb_tag *ret_t);
/* The braces at pos that end the tag; pos goes behind them. 0, or a fault. */
int template_hb_close(struct template_hb *h, struct template_hb_tag *t);
/* The same for a comment, with its text. */
int template_hb_comment(struct template_hb *h, struct template_hb_tag *t);
/* Looks ahead for the end of a tag; pos stays. 0, or a fault. */
int template_hb_measure(struct template_hb *h, struct template_hb_tag *t);
/* Adds the text from *from until the tag, without the white space that the tag takes; *from
 * then stands behind the tag and what it takes there. 0, or a fault. */
int template_hb_before(struct template_hb *h, const struct template_hb_tag *t, size_t *from);
/* {{else}} and {{^}}, with or without more behind it. pos goes over blanks. */
bool template_hb_is_else(struct template_hb *h, const struct template_hb_tag *t);
/* The block at work without those that {{else if}} opened in it. */
struct open_block *template_hb_base(struct template_builder *b);

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
