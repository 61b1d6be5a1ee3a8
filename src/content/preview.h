/*
 * A template tried out: every part of a mail compiled and rendered with one set of values, what
 * is wrong in each, and what the parts ask for. For people who write templates: it tells
 * mistakes instead of failing. Pure, and bounded by the budgets of content/template.
 *
 *   {"subject","from_email","from_name","reply_to","preheader","html","text": text, null when
 *    it cannot be made; html has the preheader in it (content/preheader),
 *    "text_made": the text was made of the HTML,
 *    "errors":   [{"part","line","column","why"}]   the first mistake of a part
 *    "warnings": the same: a value that is asked for and missing
 *    "variables": {"vars":[variable],"contact":[…],"mj":[…]},
 *    "sample":    {"vars":{…},"contact":{…}}        values to begin with }
 *   part "layout.html", "layout.text": line and column are those of the layout
 *   variable {"name","type":"condition"|"scalar"|"object"|"list","part","line","column",
 *             "default"?: text,"members"?:[variable],"item"?: variable without a name}
 */
#ifndef CONTENT_PREVIEW_H
#define CONTENT_PREVIEW_H

#include "content/template.h"

/* Bytes of one rendered part; a mail that is longer is none that people read. */
#define PREVIEW_HTML_MAX ((size_t)1 << 20)
#define PREVIEW_TEXT_MAX ((size_t)256 << 10)
#define PREVIEW_LINE_MAX ((size_t)4 << 10)
/* Bytes that all parts of a mail may compile to together: who sends keeps that. Much less than
 * the worst that content/template allows, which is tags and nothing else. */
#define PREVIEW_COMPILED_MAX ((size_t)20 << 20)

enum preview_part {
	PREVIEW_SUBJECT,
	PREVIEW_FROM_EMAIL,
	PREVIEW_FROM_NAME,
	PREVIEW_REPLY_TO,
	PREVIEW_PREHEADER,
	PREVIEW_HTML,
	PREVIEW_TEXT,
	PREVIEW_PARTS
};
const char *preview_part_name(enum preview_part part); /* "subject", … */
enum template_place preview_part_place(enum preview_part part);
/* Bytes it may have when it is rendered. */
size_t preview_part_max(enum preview_part part);

/* "handlebars", "mailjet", "mustachio": 0, or -EINVAL. */
int preview_dialect(struct str name, enum template_dialect *ret_dialect);

struct preview_mail {
	enum template_dialect dialect;
	struct str parts[PREVIEW_PARTS]; /* sources; empty: there is none */
	/* Of the same dialect: html and text go into them (content/layout); p NULL or empty:
	 * there is none. */
	struct str layout_html, layout_text;
	bool inline_css; /* of the HTML (content/inline_css) */
	bool known; /* preview_check: alone they compile, it is the layout that is another one
	             */
};

/* A new reference. data->budget is set here. */
json_t *preview_make(const struct preview_mail *m, const struct template_data *data);

/* Do all parts compile, alone and in their layout, within PREVIEW_COMPILED_MAX? 0, or -EINVAL
 * with the first mistake; one of the layout says so, and has the layout's line and column. */
int preview_check(const struct preview_mail *m, enum preview_part *ret_part,
	struct template_error *ret_error);

#endif
