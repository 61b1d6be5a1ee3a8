#include "api/mailgun_template.h"

#include "base/text.h"
#include "wire/json_in.h"

#include <errno.h>

#define EXPANDED_MAX (1u << 20) /* bytes of values, with their marks filled in */
#define PART_MAX     (8u << 20) /* of a rendered part */

struct marks {
	struct outgoing_marks base;
	struct mailgun_vars vars; /* who NULL: of nobody alone */
	bool vary;
};

/* ---- for one recipient ---- */

struct filling {
	const struct mailgun_vars *vars;
	struct arena arena;
	size_t left; /* bytes of texts */
	bool full;
};

/* New reference. At most JSON_IN_DEPTH deep: it came by json_in. */
static json_t *
filled(struct filling *f, const json_t *j)
{
	struct str text;

	if (!json_is_string(j))
		return json_copy((json_t *)(uintptr_t)j);
	text = str_of(json_string_value(j), json_string_length(j));
	arena_reset(&f->arena);
	text = mailgun_vars_expand(&f->arena, text, f->vars, f->left);
	f->full = f->full || !text.p || text.n > f->left;
	if (f->full)
		return json_null();
	f->left -= text.n;
	return json_stringn(text.p, text.n);
}

static json_t *
fill(struct filling *f, const json_t *j)
{
	json_t *made = NULL, *value, *in = (json_t *)(uintptr_t)j;
	const char *key;
	size_t i;

	if (json_is_object(j)) {
		made = json_object();
		json_object_foreach(in, key, value)
		{
			json_object_set_new(made, key, fill(f, value));
		}
	} else if (json_is_array(j)) {
		made = json_array();
		json_array_foreach(in, i, value)
		{
			json_array_append_new(made, fill(f, value));
		}
	} else {
		made = filled(f, j);
	}
	return made;
}

static json_t *
marks_vars(const struct outgoing_marks *m, const json_t *given)
{
	const struct marks *own = (const struct marks *)m;
	struct filling f = { .vars = &own->vars, .left = EXPANDED_MAX };
	json_t *made;

	if (!own->vary)
		return json_copy((json_t *)(uintptr_t)given);
	arena_init(&f.arena, 2u * EXPANDED_MAX);
	made = fill(&f, given);
	arena_done(&f.arena);
	if (!f.full)
		return made;
	json_decref(made);
	return NULL;
}

static struct str
marks_text(const struct outgoing_marks *m, struct arena *a, struct str text)
{
	const struct marks *own = (const struct marks *)m;

	if (own->vars.who)
		text = mailgun_vars_expand(a, text, &own->vars, PART_MAX);
	return text.p ? mailgun_vars_page(a, text, PART_MAX) : text;
}

int
mailgun_template_item(struct mailgun_form *f, const struct mailgun_template *t,
	const struct mailgun_vars *vars, const struct outgoing_template **ret_want)
{
	struct outgoing_template *want;
	struct marks *marks;

	if (!t->want.name.n) {
		*ret_want = NULL;
		return 0;
	}
	want = arena_alloc(f->send->arena, sizeof *want);
	marks = arena_alloc(f->send->arena, sizeof *marks);
	if (!want || !marks)
		return -E2BIG;
	*marks = (struct marks){ .base = { marks_vars, marks_text } };
	if (vars) {
		marks->vars = *vars;
		marks->vary = t->vary;
	}
	*want = t->want;
	want->marks = &marks->base;
	*ret_want = want;
	return 0;
}

/* ---- the call ---- */

/* An object that s->root keeps by that name; NULL: there is none, or it has a mistake. */
static json_t *
object_of(struct mailgun_form *f, const char *param, size_t max)
{
	struct str text = mailgun_form_text(f, param), why;
	struct json_in in;
	json_t *j = NULL;

	if (text.n == 0)
		return NULL;
	if (text.n > max) {
		mailgun_fail(f, param,
			arena_printf(f->send->arena, "'%s' parameter: at most %zu kB", param,
				max >> 10));
		return NULL;
	}
	json_in_init(&in, f->send->arena);
	if (json_in_text(&in, text, &j, &why) == 0)
		json_object_set_new(f->send->root, param, j);
	if (json_is_object(j))
		return j;
	mailgun_fail(f, param,
		arena_printf(f->send->arena, "'%s' parameter is not a valid JSON", param));
	return NULL;
}

/* Values that stand alone go under those of the objects. */
static json_t *
values_of(struct mailgun_form *f, json_t *header, json_t *own)
{
	json_t *all = json_object();

	json_object_set_new(f->send->root, "template", all);
	for (size_t i = 0; i < f->form.n; i++) {
		const struct form_part *p = &f->form.parts[i];
		struct str name;

		if (!str_istarts(p->name, STR_LIT("v:")))
			continue;
		/* What is no text is told by mailgun_form_about. */
		name = arena_str(f->send->arena, str_from(p->name, 2));
		if (name.p && text_is_utf8(name) && text_is_utf8(p->bytes))
			json_object_set_new(all, name.p, json_stringn(p->bytes.p, p->bytes.n));
	}
	if (header)
		json_object_update(all, header);
	if (own)
		json_object_update(all, own);
	return all;
}

static void
text_of(struct mailgun_form *f, struct mailgun_template *t)
{
	struct str value = mailgun_form_text(f, "t:text");

	if (!value.p)
		return;
	if (mailgun_form_yes(f, "t:text", value)) {
		t->auto_text = OUTGOING_ON;
		t->want.keep_text = false;
	} else {
		t->auto_text = OUTGOING_OFF;
	}
}

/* "3", or "v3": versions have numbers here. */
static void
version_of(struct mailgun_form *f, struct mailgun_template *t)
{
	struct str value = str_trim_all(mailgun_form_text(f, "t:version"));
	uint64_t number = 0;

	if (value.n == 0)
		return;
	if (str_istarts(value, STR_LIT("v")))
		value = str_from(value, 1);
	if (str_u64(value, &number) < 0 || number == 0 || number > INT32_MAX)
		mailgun_fail(f, "t:version",
			STR_LIT("'t:version' parameter: versions of templates are numbers "
				"here, such as 3"));
	t->want.version = number;
}

/* Is there one that this service does not know? */
static void
check_options(struct mailgun_form *f)
{
	static const char *const known[] = { "t:version", "t:text", "t:variables" };

	for (size_t i = 0; i < f->form.n; i++) {
		const struct form_part *p = &f->form.parts[i];
		size_t k = 0;

		if (!str_istarts(p->name, STR_LIT("t:")))
			continue;
		while (k < 3 && !mailgun_form_named(p, known[k]))
			k++;
		if (k == 3)
			mailgun_fail(f, "t:",
				arena_printf(f->send->arena,
					"'%.*s' parameter is not supported here",
					STR_ARG(str_head(p->name, 100))));
	}
}

int
mailgun_template_read(struct mailgun_form *f, struct mailgun_template *ret_t)
{
	struct mailgun_template t = { .want = { .name = STR_NONE, .keep_text = true } };
	struct str name = str_trim_all(mailgun_form_text(f, "template"));
	json_t *own;

	t.given = object_of(f, "h:X-Mailgun-Variables", OUTGOING_ABOUT_MAX);
	*ret_t = t;
	if (name.n == 0)
		return 0;
	check_options(f);
	own = object_of(f, "t:variables", MAILGUN_TEMPLATE_VARS);
	version_of(f, &t);
	text_of(f, &t);
	t.want.name = name;
	t.want.vars = values_of(f, t.given, own);
	t.vary = mailgun_vars_in(mailgun_form_text(f, "t:variables")) ||
	         mailgun_vars_in(mailgun_form_text(f, "h:X-Mailgun-Variables"));
	for (size_t i = 0; i < f->form.n; i++)
		t.vary = t.vary || (str_istarts(f->form.parts[i].name, STR_LIT("v:")) &&
					   mailgun_vars_in(f->form.parts[i].bytes));
	*ret_t = t;
	return 0;
}
