#include "content/preview.h"

#include "content/html_text.h"
#include "content/preheader.h"
#include "content/preview_vars.h"

#include <errno.h>

static const struct {
	const char *name;
	enum template_place place;
	size_t max;
} parts[PREVIEW_PARTS] = {
	[PREVIEW_SUBJECT] = { "subject", TEMPLATE_HEADER, PREVIEW_LINE_MAX },
	[PREVIEW_FROM_EMAIL] = { "from_email", TEMPLATE_HEADER, PREVIEW_LINE_MAX },
	[PREVIEW_FROM_NAME] = { "from_name", TEMPLATE_HEADER, PREVIEW_LINE_MAX },
	[PREVIEW_REPLY_TO] = { "reply_to", TEMPLATE_HEADER, PREVIEW_LINE_MAX },
	[PREVIEW_PREHEADER] = { "preheader", TEMPLATE_TEXT, PREVIEW_LINE_MAX },
	[PREVIEW_HTML] = { "html", TEMPLATE_HTML, PREVIEW_HTML_MAX },
	[PREVIEW_TEXT] = { "text", TEMPLATE_TEXT, PREVIEW_TEXT_MAX },
};

const char *
preview_part_name(enum preview_part part)
{
	return parts[part].name;
}

int
preview_dialect(struct str name, enum template_dialect *ret_dialect)
{
	static const struct {
		const char *name;
		enum template_dialect dialect;
	} table[] = { { "handlebars", TEMPLATE_HANDLEBARS }, { "mailjet", TEMPLATE_MAILJET },
		{ "mustachio", TEMPLATE_MUSTACHIO } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_z(name, table[i].name)) {
			*ret_dialect = table[i].dialect;
			return 0;
		}
	return -EINVAL;
}

static json_t *
text_json(struct str s)
{
	json_t *j = json_stringn(s.p, s.n);

	return j ? j : json_null();
}

static void
tell(json_t *list, enum preview_part part, const struct template_error *e)
{
	json_array_append_new(
		list, json_pack("{s:s,s:i,s:i,s:s}", "part", parts[part].name, "line",
			      (int)e->line, "column", (int)e->column, "why", e->why));
}

struct work {
	const struct preview_mail *mail;
	struct template_data data;
	struct arena arena;
	struct buf out;
	json_t *got, *errors;
	struct preview_vars vars;
};

static void
render(struct work *w, enum preview_part part)
{
	const struct template *t = NULL;
	struct template_error error;
	int err;

	arena_reset(&w->arena);
	buf_clear(&w->out);
	w->data.budget.output_bytes = parts[part].max;
	err = template_compile(&w->arena, w->mail->dialect, w->mail->parts[part], &t, &error);
	if (!err) {
		preview_vars_add(&w->vars, &w->arena, t, parts[part].name);
		err = template_render(&w->out, t, parts[part].place, &w->data, &error);
	}
	if (err)
		tell(w->errors, part, &error);
	json_object_set_new(
		w->got, parts[part].name, err ? json_null() : text_json(buf_str(&w->out)));
}

static struct str
got_text(const struct work *w, enum preview_part part)
{
	const json_t *j = json_object_get(w->got, parts[part].name);

	return str_of(json_is_string(j) ? json_string_value(j) : "", json_string_length(j));
}

static void
put_preheader(struct work *w)
{
	buf_clear(&w->out);
	if (got_text(w, PREVIEW_HTML).n > 0 && got_text(w, PREVIEW_PREHEADER).n > 0 &&
		preheader_put(&w->out, got_text(w, PREVIEW_HTML),
			got_text(w, PREVIEW_PREHEADER)) == 0)
		json_object_set_new(
			w->got, parts[PREVIEW_HTML].name, text_json(buf_str(&w->out)));
}

/* As sending does it for mail of HTML alone. */
static void
make_text(struct work *w)
{
	struct str html = got_text(w, PREVIEW_HTML);
	bool made = false;

	buf_clear(&w->out);
	if (w->mail->parts[PREVIEW_TEXT].n == 0 && html.n > 0)
		made = html_text(&w->out, html, HTML_TEXT_WIDTH) == 0;
	if (made)
		json_object_set_new(w->got, "text", text_json(buf_str(&w->out)));
	json_object_set_new(w->got, "text_made", json_boolean(made));
}

json_t *
preview_make(const struct preview_mail *m, const struct template_data *data)
{
	struct work w = {
		.mail = m, .data = *data, .got = json_object(), .errors = json_array()
	};

	arena_init(&w.arena, TEMPLATE_ARENA_MAX);
	buf_init(&w.out, PREVIEW_HTML_MAX + PREHEADER_ADDS(PREVIEW_LINE_MAX));
	preview_vars_init(&w.vars, m->dialect, data);
	for (int i = 0; i < PREVIEW_PARTS; i++)
		render(&w, (enum preview_part)i);
	put_preheader(&w);
	make_text(&w);
	json_object_set_new(w.got, "errors", w.errors);
	preview_vars_give(&w.vars, w.got);
	buf_done(&w.out);
	arena_done(&w.arena);
	return w.got;
}

int
preview_check(const struct preview_mail *m, enum preview_part *ret_part,
	struct template_error *ret_error)
{
	const struct template *t;
	struct arena a;
	int err = 0;

	arena_init(&a, TEMPLATE_ARENA_MAX);
	for (int i = 0; i < PREVIEW_PARTS && !err; i++) {
		arena_reset(&a);
		err = template_compile(&a, m->dialect, m->parts[i], &t, ret_error);
		if (err)
			*ret_part = (enum preview_part)i;
	}
	arena_done(&a);
	return err ? -EINVAL : 0;
}
