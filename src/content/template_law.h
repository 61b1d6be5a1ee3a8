/*
 * For fuzzers: whatever the source is, compiling and rendering end within their budgets; what
 * they say is a sentence with a place; the same again gives the same; an error leaves the
 * output as it was; without tags the source comes out byte by byte. A smaller budget gives the
 * same or an error, and the caller's functions are never asked more often than there are steps.
 */
#ifndef CONTENT_TEMPLATE_LAW_H
#define CONTENT_TEMPLATE_LAW_H

#include "base/must.h"
#include "base/text.h"
#include "content/template_vars.h"

#include <errno.h>

#define TEMPLATE_LAW_DATA                                                                      \
	"{\"a\":1,\"b\":\"<b>&\\\"'\\u00e9\",\"c\":[1,\"x\",null,{\"a\":2,\"d\":[3,4]}],"      \
	"\"d\":{\"a\":5,\"b\":{\"c\":\"deep\"}},\"e\":\"\",\"f\":false,\"t\":true,\"z\":0,"    \
	"\"n\":null,\"g\":1.5,\"l\":[[1,2],[3]],\"h\":\"2026-11-24T09:51:00Z\",\"o\":{}}"

static inline void
template_law_error(const struct template_error *e)
{
	size_t n = strnlen(e->why, sizeof e->why);

	must(e->line >= 1 && e->column >= 1);
	must(n > 0 && n < sizeof e->why && text_is_utf8(str_of(e->why, n)));
	for (size_t i = 0; i < n; i++)
		must((unsigned char)e->why[i] >= ' ' && e->why[i] != 127);
}

/* data.ctx: what is left of the steps, each of which asks once at most. */
static inline bool
template_law_days(void *ctx, int64_t days)
{
	size_t *left = ctx;

	must((*left)-- > 0);
	return days % 2 == 0;
}

static inline bool
template_law_segment(void *ctx, struct str name)
{
	return template_law_days(ctx, (int64_t)name.n);
}

/* Nothing that any dialect could take for a tag: decided without the engine. */
static inline bool
template_law_plain(struct str s)
{
	return str_find_str(s, STR_LIT("{{")) == s.n && str_find_str(s, STR_LIT("{%")) == s.n &&
	       str_find_str(s, STR_LIT("[[")) == s.n;
}

static inline void
template_law_same(struct str got, struct str source, enum template_place place)
{
	must(got.n == source.n);
	for (size_t i = 0; i < got.n; i++) {
		bool blank = place == TEMPLATE_HEADER &&
		             ((unsigned char)source.p[i] < ' ' || source.p[i] == 127);

		must(got.p[i] == (blank ? ' ' : source.p[i]));
	}
}

static inline int
template_law_once(struct buf *out, const struct template *t, enum template_place place,
	struct template_data data, struct template_error *ret_error)
{
	size_t left = data.budget.steps, before = out->n;
	int rc;

	data.ctx = &left;
	rc = template_render(out, t, place, &data, ret_error);
	must(rc == 0 || rc == -EINVAL || rc == -E2BIG);
	must(out->n - before <= data.budget.output_bytes);
	must(rc == 0 || out->n == before);
	if (rc)
		template_law_error(ret_error);
	return rc;
}

/* A budget of a few steps, rounds and bytes. False: too little; else out has what came. */
static inline bool
template_law_small(struct buf *out, const struct template *t, enum template_place place,
	struct str source, struct template_data data)
{
	struct template_error e = { 0 };

	data.budget = (struct template_budget){ .output_bytes = 1 + source.n % 50,
		.steps = 1 + source.n % 61,
		.loops = 1 + source.n % 3 };
	return template_law_once(out, t, place, data, &e) == 0;
}

static inline void
template_law_render(const struct template *t, enum template_place place, struct str source,
	const struct template_data *data)
{
	struct template_error e1 = { 0 }, e2 = { 0 };
	struct buf one, two;
	int rc;

	buf_init(&one, 100000);
	buf_init(&two, 200000);
	buf_put_z(&two, "before");
	rc = template_law_once(&one, t, place, *data, &e1);
	must(template_law_once(&two, t, place, *data, &e2) == rc);
	must(str_eq(str_from(buf_str(&two), 6), buf_str(&one)));
	must(one.max == 100000 && two.max == 200000);
	if (rc)
		must(memcmp(&e1, &e2, sizeof e1) == 0);
	if (template_law_plain(source) && source.n <= data->budget.output_bytes)
		must(rc == 0 && template_plain(t));
	if (rc == 0 && template_plain(t))
		template_law_same(buf_str(&one), source, place);
	if (place == TEMPLATE_HEADER)
		for (size_t i = 0; i < one.n; i++)
			must((unsigned char)one.p[i] >= ' ' && one.p[i] != 127);
	buf_clear(&two);
	if (template_law_small(&two, t, place, source, *data))
		must(rc == 0 && str_eq(buf_str(&two), buf_str(&one)));
	buf_done(&one);
	buf_done(&two);
}

static inline void
template_law(enum template_dialect dialect, struct str source)
{
	static json_t *vars;
	struct template_data data = { .content = STR_LIT("<p>"),
		.now = INT64_C(1795513860000000),
		.segment = template_law_segment,
		.opened = template_law_days,
		.clicked = template_law_days,
		.budget = { .output_bytes = 50000, .steps = 5000, .loops = 500 } };
	struct template_error e = { 0 };
	const struct template *t = NULL;
	struct template_vars found;
	struct arena a;
	int rc;

	if (!vars)
		vars = json_loads(TEMPLATE_LAW_DATA, 0, NULL);
	must(vars);
	data.vars = data.contact = data.mj = vars;
	arena_init(&a, TEMPLATE_ARENA_MAX);
	rc = template_compile(&a, dialect, source, &t, &e);
	if (rc) {
		must(!template_law_plain(source) || source.n > TEMPLATE_SOURCE_MAX);
		must(rc == -EINVAL || rc == -E2BIG);
		must(dialect != TEMPLATE_MAILJET_TAGS || rc == -E2BIG);
		template_law_error(&e);
	} else {
		template_law_render(t, TEMPLATE_HTML, source, &data);
		template_law_render(t, TEMPLATE_TEXT, source, &data);
		template_law_render(t, TEMPLATE_HEADER, source, &data);
		must(template_variables(&a, t, &found) == 0);
		must(found.n <= TEMPLATE_VARS_MAX);
	}
	arena_done(&a);
}

#endif
