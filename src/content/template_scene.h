/*
 * For tests of templates: a source and its data as JSON text in, the result or the mistake out.
 */
#ifndef CONTENT_TEMPLATE_SCENE_H
#define CONTENT_TEMPLATE_SCENE_H

#include "base/test.h"
#include "content/template.h"

struct scene {
	struct arena arena;
	struct buf out;
	struct template_error error;
	struct template_data data;
	enum template_place place;
	json_t *vars;
};

static inline void
scene_begin(struct scene *s)
{
	*s = (struct scene){ .place = TEMPLATE_HTML };
	arena_init(&s->arena, TEMPLATE_ARENA_MAX);
	buf_init(&s->out, TEMPLATE_OUTPUT_MAX);
}

static inline void
scene_end(struct scene *s)
{
	json_decref(s->vars);
	arena_done(&s->arena);
	buf_done(&s->out);
}

/* The data of what follows: JSON. NULL = {}. */
static inline void
scene_vars(struct scene *s, const char *vars)
{
	json_decref(s->vars);
	s->vars = json_loads(vars ? vars : "{}", JSON_ALLOW_NUL, NULL);
	assert_non_null(s->vars);
	s->data.vars = s->vars;
}

/* Compiles and renders: 0, or the error with s->error written. The result is in s->out. */
static inline int
scene_run(struct scene *s, enum template_dialect dialect, struct str source)
{
	const struct template *t = NULL;
	int rc;

	buf_clear(&s->out);
	arena_reset(&s->arena);
	rc = template_compile(&s->arena, dialect, source, &t, &s->error);
	if (!rc)
		rc = template_render(&s->out, t, s->place, &s->data, &s->error);
	return rc;
}

/* One row of a table: what comes out, or what the mistake is called. */
struct scene_row {
	const char *name, *source, *vars, *want, *why;
	unsigned line, column; /* of the mistake; 0 = any */
};

static inline void
scene_check(struct scene *s, enum template_dialect dialect, const struct scene_row *row)
{
	int rc;

	scene_vars(s, row->vars);
	rc = scene_run(s, dialect, str_z(row->source));
	if (row->want) {
		if (rc)
			fprintf(stderr, "%u:%u %s\n", s->error.line, s->error.column,
				s->error.why);
		assert_int_equal(rc, 0);
		assert_str(buf_str(&s->out), row->want);
		return;
	}
	if (!rc)
		fprintf(stderr, "no mistake: \"%.*s\"\n", STR_ARG(buf_str(&s->out)));
	assert_int_not_equal(rc, 0);
	assert_int_equal(s->out.n, 0);
	assert_str(str_z(s->error.why), row->why);
	if (row->line) {
		assert_int_equal(s->error.line, row->line);
		assert_int_equal(s->error.column, row->column);
	}
}

#endif
