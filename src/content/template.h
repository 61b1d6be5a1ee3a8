/*
 * Templates of mail: three dialects, one renderer.
 *
 *   source ── template_compile ──▶ struct template ── template_render(data) ──▶ text
 *             (a front end each)   (never changes)     (pure, within a budget)
 *
 * A template lives in the arena it was compiled into and borrows its source; both must outlive
 * it. It never changes, so threads may render it at the same time. Rendering reads the data it
 * is given and nothing else: no file, no network, no clock (now is given). Every loop, step and
 * byte is counted against a budget, so that a template bomb is an error.
 *
 * Values are escaped as the dialect does, in HTML alone: Mailjet never, Handlebars and
 * Mustachio unless three braces say otherwise. In a header no control character comes out.
 */
#ifndef CONTENT_TEMPLATE_H
#define CONTENT_TEMPLATE_H

#include "base/arena.h"
#include "base/buf.h"

#include <jansson.h>

#define TEMPLATE_SOURCE_MAX ((size_t)1 << 20)
#define TEMPLATE_OUTPUT_MAX ((size_t)10 << 20)
#define TEMPLATE_STEPS_MAX  100000u
#define TEMPLATE_LOOPS_MAX  10000u /* rounds of all loops together */
#define TEMPLATE_DEPTH_MAX  50u    /* blocks inside each other */
/* An arena of this size holds any template within the limits. */
#define TEMPLATE_ARENA_MAX ((size_t)192 << 20)

enum template_dialect {
	TEMPLATE_MAILJET,      /* {{var:x}} {% if %}, and the tags below */
	TEMPLATE_MAILJET_TAGS, /* [[var:x:"default"]] alone; nothing is an error */
	TEMPLATE_HANDLEBARS,   /* SendGrid's subset */
	TEMPLATE_MUSTACHIO     /* Postmark's */
};

enum template_place { TEMPLATE_HTML, TEMPLATE_TEXT, TEMPLATE_HEADER };

/* What a person can be told. why is a sentence of UTF-8 without control characters. */
#define TEMPLATE_WHY_SIZE 200
struct template_error {
	unsigned line, column; /* from 1; columns are characters */
	char why[TEMPLATE_WHY_SIZE];
};

struct template;

/* 0; -EINVAL: a mistake in the source; -E2BIG: a limit. *ret_error is written on errors. */
int template_compile(struct arena *a, enum template_dialect dialect, struct str source,
	const struct template **ret_t, struct template_error *ret_error);

/* Zeros mean the limits above. */
struct template_budget {
	size_t output_bytes, steps, loops;
};

/* All borrowed; NULL = none. Objects may be shared by threads as long as nobody writes. */
struct template_data {
	const json_t *vars;    /* var: of Mailjet; the model of the others */
	const json_t *contact; /* data: */
	const json_t *mj;   /* mj: as an object: {"contact":{"email":…},"unsub_link":…} */
	struct str content; /* {{{@content}}} of a layout */
	int64_t now;        /* wall µs: DateTimeNow() */
	/* Is the contact in the segment of that name or number? */
	bool (*segment)(void *ctx, struct str name_or_id);
	/* Has the contact opened, or clicked, something since so many days? */
	bool (*opened)(void *ctx, int64_t days);
	bool (*clicked)(void *ctx, int64_t days);
	void *ctx;
	struct template_budget budget;
};

/* Appends to out, which may have a maximum of its own. 0; -EINVAL: the template and the data do
 * not go together; -E2BIG: a limit. After an error out is as it was, and *ret_error is written.
 */
int template_render(struct buf *out, const struct template *t, enum template_place place,
	const struct template_data *data, struct template_error *ret_error);

/* Does it hold no tag at all? Then it renders as its source. */
bool template_plain(const struct template *t);

#endif
