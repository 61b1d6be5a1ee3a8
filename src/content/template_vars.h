/*
 * What a template asks for: its variables as a tree, each with the kind its use suggests. A
 * form for trying the template out is made of it.
 *
 *   {% for row in var:rows %}{{row.title}}{% endfor %}  ->  rows: list of { title: scalar }
 */
#ifndef CONTENT_TEMPLATE_VARS_H
#define CONTENT_TEMPLATE_VARS_H

#include "content/template.h"

#define TEMPLATE_VARS_MAX 1000u

enum template_var_kind {
	TEMPLATE_VAR_CONDITION, /* only asked whether it is there, or true */
	TEMPLATE_VAR_SCALAR,    /* printed, compared or reckoned with */
	TEMPLATE_VAR_OBJECT,    /* things in it are used: children */
	TEMPLATE_VAR_LIST       /* a loop runs through it: item */
};

enum template_var_source { TEMPLATE_OF_VARS, TEMPLATE_OF_CONTACT, TEMPLATE_OF_MJ };

struct template_var {
	struct str name; /* empty: the item of a list */
	enum template_var_kind kind;
	struct template_var *next;            /* beside it, in the order of the source */
	struct template_var *children, *last; /* of an object */
	struct template_var *item;            /* of a list; NULL: nothing is known of it */
	bool has_default;
	struct str fallback;   /* the first default, as text */
	unsigned line, column; /* of its first use */
};

struct template_vars {
	struct template_var *of[3]; /* by source: the first of each; NULL = none */
	unsigned n;
	bool more; /* TEMPLATE_VARS_MAX were found, and there are more */
};

/* All in the arena; names are borrowed from the template. 0 or -E2BIG (the arena is full). */
int template_variables(
	struct arena *a, const struct template *t, struct template_vars *ret_vars);

#endif
