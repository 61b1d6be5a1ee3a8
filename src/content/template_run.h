/*
 * A rendering at work. For content/template_render and template_find alone.
 */
#ifndef CONTENT_TEMPLATE_RUN_H
#define CONTENT_TEMPLATE_RUN_H

#include "content/template_priv.h"

/* What names mean at a place: one for the root, and one for each block that changes it, which
 * lives in the C frame that renders the block. */
struct template_scope {
	struct value here;
	const struct template_scope *up; /* NULL: the root */
	bool loop;                       /* the rest is set */
	size_t index, count;
	struct str key; /* of an object; p NULL: the index is it */
};

struct template_run {
	struct expr_env env; /* first: env.find gets it */
	const struct template *t;
	const struct template_data *data;
	enum template_place place;
	struct template_scope root;
	const struct template_scope *scope;
	struct value *slots;
	struct buf *out;
	size_t output_most, loops_most, loops; /* loops: what is left */
};

/* For struct expr_env.find. */
int template_find(struct expr_env *env, const struct expr *e, struct value *ret_v);
/* A name looked up in a value, as the dialect does. */
struct value template_step(const struct template *t, const struct value *v, struct str name);
/* The scope a path starts from: up through its "../"; never above the root. */
const struct template_scope *template_scope_up(const struct template_scope *scope, unsigned up);

/* Appends a value to the output, escaped for its place. 0 or a fault. */
int template_put(struct template_run *run, const struct node *node, const struct value *v);

#endif
