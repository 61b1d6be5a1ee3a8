/*
 * What the parts of a previewed mail ask for, put together: one tree of variables, the values
 * that are missing, and values to begin with. Part of content/preview, whose head tells the
 * JSON.
 */
#ifndef CONTENT_PREVIEW_VARS_H
#define CONTENT_PREVIEW_VARS_H

#include "content/layout.h"
#include "content/template_vars.h"

#define PREVIEW_WARNINGS_MAX 200u

struct preview_vars {
	enum template_dialect dialect;
	const json_t *values[3]; /* by enum template_var_source; borrowed, may be NULL */
	json_t *rows[3];         /* objects, by name, until they are given as lists */
	json_t *warnings;
};

/* Where a compiled source came from. */
struct preview_source {
	const char *part, *layout;      /* their names */
	const struct layout_seam *seam; /* NULL: the part alone */
};
/* Into row: whose they are, line and column as its writer counts them. */
void preview_place(json_t *row, const struct preview_source *s, unsigned line, unsigned column);

void preview_vars_init(struct preview_vars *v, enum template_dialect dialect,
	const struct template_data *data);
/* One compiled part. a: for work. */
void preview_vars_add(struct preview_vars *v, struct arena *a, const struct template *t,
	const struct preview_source *s);
/* "variables", "warnings" and "sample" into got. v is done behind it. */
void preview_vars_give(struct preview_vars *v, json_t *got);

#endif
