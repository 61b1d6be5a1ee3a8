#include "content/preview.h"

#include "content/html_text.h"
#include "content/inline_css.h"
#include "content/preheader.h"
#include "content/preview_vars.h"

#include <errno.h>

static const struct {
	const char *name;
	enum template_place place;
	size_t max;
	const char *layout; /* how mistakes in it are named */
} parts[PREVIEW_PARTS] = {
	[PREVIEW_SUBJECT] = { "subject", TEMPLATE_HEADER, PREVIEW_LINE_MAX, NULL },
	[PREVIEW_FROM_EMAIL] = { "from_email", TEMPLATE_HEADER, PREVIEW_LINE_MAX, NULL },
	[PREVIEW_FROM_NAME] = { "from_name", TEMPLATE_HEADER, PREVIEW_LINE_MAX, NULL },
	[PREVIEW_REPLY_TO] = { "reply_to", TEMPLATE_HEADER, PREVIEW_LINE_MAX, NULL },
	[PREVIEW_PREHEADER] = { "preheader", TEMPLATE_TEXT, PREVIEW_LINE_MAX, NULL },
	[PREVIEW_HTML] = { "html", TEMPLATE_HTML, PREVIEW_HTML_MAX, "layout.html" },
	[PREVIEW_TEXT] = { "text", TEMPLATE_TEXT, PREVIEW_TEXT_MAX, "layout.text" },
};

const char *
preview_part_name(enum preview_part part)
{
	return parts[part].name;
}

enum template_place
preview_part_place(enum preview_part part)
{
	return parts[part].place;
}

size_t
preview_part_max(enum preview_part part)
{
	return parts[part].max;
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

/* ---- a part compiled ---- */

struct unit {
	const struct preview_mail *mail;
	struct arena arena;
	struct buf joined; /* with its layout */
	const struct template *t;
	struct layout_seam seam;
	struct preview_source source; /* of t, and of the mistake */
};

static void
unit_init(struct unit *u, const struct preview_mail *m)
{
	*u = (struct unit){ .mail = m };
	arena_init(&u->arena, TEMPLATE_ARENA_MAX);
	buf_init(&u->joined, 2 * TEMPLATE_SOURCE_MAX);
}

static void
unit_done(struct unit *u)
{
	buf_done(&u->joined);
	arena_done(&u->arena);
}

static struct str
layout_of(const struct preview_mail *m, enum preview_part part)
{
	struct str s = part == PREVIEW_HTML   ? m->layout_html
	               : part == PREVIEW_TEXT ? m->layout_text
	                                      : STR_NONE;

	/* Without a body there is nothing to go into it. */
	return s.p && m->parts[part].n > 0 ? s : STR_NONE;
}

static int
compile(struct unit *u, struct str source, struct template_error *ret_error)
{
	arena_reset(&u->arena);
	return template_compile(&u->arena, u->mail->dialect, source, &u->t, ret_error);
}

static int
join(struct unit *u, struct str layout, struct str body, struct template_error *ret_error)
{
	int err = layout_join(&u->joined, layout, body, &u->seam);

	if (!err) {
		u->source.seam = &u->seam;
		return 0;
	}
	u->source.part = u->source.layout;
	*ret_error = (struct template_error){ .line = 1, .column = 1 };
	snprintf(ret_error->why, sizeof ret_error->why, "%s",
		err == -ENOENT   ? "A layout needs a place for the content: " LAYOUT_PLACE "."
		: err == -EEXIST ? "A layout has one place for the content."
				 : "The template is too large with its layout.");
	return err;
}

static int
unit_compile(struct unit *u, enum preview_part part, struct template_error *ret_error)
{
	struct str body = u->mail->parts[part], layout = layout_of(u->mail, part);
	const char *name = parts[part].name;
	int err;

	u->source = (struct preview_source){ name, layout.n ? parts[part].layout : name, NULL };
	if (layout.n == 0 && !layout_is(body))
		return compile(u, body, ret_error);
	/* Alone too: it must not close what the layout opened. */
	err = layout.n > 0 && !u->mail->known ? compile(u, body, ret_error) : 0;
	buf_clear(&u->joined);
	err = err ? err : join(u, layout, body, ret_error);
	return err ? err : compile(u, buf_str(&u->joined), ret_error);
}

/* ---- and rendered ---- */

struct work {
	struct unit unit;
	struct template_data data;
	struct buf out;
	json_t *got, *errors;
	struct preview_vars vars;
};

static void
tell(struct work *w, const struct template_error *e)
{
	json_t *row = json_pack("{s:s}", "why", e->why);

	preview_place(row, &w->unit.source, e->line, e->column);
	json_array_append_new(w->errors, row);
}

static void
render(struct work *w, enum preview_part part)
{
	struct unit *u = &w->unit;
	struct template_error error;
	int err = unit_compile(u, part, &error);

	buf_clear(&w->out);
	w->data.budget.output_bytes = parts[part].max;
	if (!err) {
		preview_vars_add(&w->vars, &u->arena, u->t, &u->source);
		err = template_render(&w->out, u->t, parts[part].place, &w->data, &error);
	}
	if (err)
		tell(w, &error);
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
put_css(struct work *w)
{
	buf_clear(&w->out);
	if (w->unit.mail->inline_css && inline_css(&w->out, got_text(w, PREVIEW_HTML)) == 0 &&
		w->out.n > 0)
		json_object_set_new(
			w->got, parts[PREVIEW_HTML].name, text_json(buf_str(&w->out)));
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
	if (w->unit.mail->parts[PREVIEW_TEXT].n == 0 && html.n > 0)
		made = html_text(&w->out, html, HTML_TEXT_WIDTH) == 0;
	if (made)
		json_object_set_new(w->got, "text", text_json(buf_str(&w->out)));
	json_object_set_new(w->got, "text_made", json_boolean(made));
}

json_t *
preview_make(const struct preview_mail *m, const struct template_data *data)
{
	struct work w = { .data = *data, .got = json_object(), .errors = json_array() };

	unit_init(&w.unit, m);
	buf_init(&w.out, PREVIEW_HTML_MAX + INLINE_CSS_ADDS + PREHEADER_ADDS(PREVIEW_LINE_MAX));
	preview_vars_init(&w.vars, m->dialect, data);
	for (int i = 0; i < PREVIEW_PARTS; i++)
		render(&w, (enum preview_part)i);
	put_css(&w);
	put_preheader(&w);
	make_text(&w);
	json_object_set_new(w.got, "errors", w.errors);
	preview_vars_give(&w.vars, w.got);
	buf_done(&w.out);
	unit_done(&w.unit);
	return w.got;
}

/* As its writer counts. */
static void
settle(const struct preview_source *s, struct template_error *e)
{
	struct layout_point point = { e->line, e->column };
	bool layout = s->seam ? layout_origin(s->seam, &point) : s->part == s->layout;
	char why[TEMPLATE_WHY_SIZE];

	e->line = point.line;
	e->column = point.column;
	if (!layout || !str_starts(str_z(s->layout), STR_LIT("layout.")))
		return;
	snprintf(why, sizeof why, "%s", e->why);
	snprintf(e->why, sizeof e->why, "(in the layout) %s", why);
}

int
preview_check(const struct preview_mail *m, enum preview_part *ret_part,
	struct template_error *ret_error)
{
	struct unit u;
	size_t compiled = 0;
	int err = 0;

	unit_init(&u, m);
	for (int i = 0; i < PREVIEW_PARTS && !err; i++) {
		err = unit_compile(&u, (enum preview_part)i, ret_error);
		compiled += u.arena.used;
		if (err) {
			settle(&u.source, ret_error);
		} else if (compiled > PREVIEW_COMPILED_MAX) {
			*ret_error = (struct template_error){ 1, 1,
				"The template has too many tags to be sent." };
			err = -E2BIG;
		}
		if (err)
			*ret_part = (enum preview_part)i;
	}
	unit_done(&u);
	return err ? -EINVAL : 0;
}
