#include "api/postmark_template.h"

#include "content/layout.h"
#include "report/member.h"

static struct str
text_of(const json_t *o, const char *name)
{
	const json_t *j = json_object_get(o, name);

	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

/* ---- templates ---- */

bool
postmark_template_is_alias(struct str s)
{
	if (s.n == 0 || !ascii_alnum(s.p[0]) || ascii_digit(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '.' && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return true;
}

struct str
postmark_template_alias(const struct control_template *t, const json_t *extra)
{
	bool none = json_is_false(json_object_get(extra, "alias"));

	return none || !postmark_template_is_alias(t->name) ? STR_NONE : t->name;
}

bool
postmark_template_is_layout(const struct control_template *t)
{
	return layout_is(t->texts[TEMPLATE_BODY_HTML]) ||
	       layout_is(t->texts[TEMPLATE_BODY_TEXT]);
}

const char *
postmark_template_misplaced(bool layout, bool body, struct str text)
{
	unsigned places = layout_places(text);

	if (layout && body && text.n > 0 && places != 1)
		return "The layout content placeholder must be present exactly once in each "
		       "body of a layout: " LAYOUT_PLACE;
	if (!(layout && body) && places > 0)
		return "The layout content placeholder is for the bodies of layouts "
		       "alone: " LAYOUT_PLACE;
	return NULL;
}

json_t *
postmark_template_brief(const struct control_template *t, bool layout)
{
	json_t *extra = vendor_template_extra(t->extra);
	struct str alias = postmark_template_alias(t, extra);
	json_t *o = json_pack("{s:I, s:o, s:b, s:o, s:s, s:o}", "TemplateId", (json_int_t)t->id,
		"Name", member_of(vendor_template_name(t, extra)), "Active", t->published > 0,
		"Alias", alias.n ? member_of(alias) : json_null(), "TemplateType",
		layout ? "Layout" : "Standard", "LayoutTemplate",
		t->layout_name.n ? member_of(t->layout_name) : json_null());

	json_decref(extra);
	return o;
}

json_t *
postmark_template_full(const struct control_template *t)
{
	json_t *o = postmark_template_brief(t, postmark_template_is_layout(t));

	json_object_set_new(o, "Subject", member_of(t->texts[TEMPLATE_SUBJECT]));
	json_object_set_new(o, "HtmlBody", member_of(t->texts[TEMPLATE_BODY_HTML]));
	json_object_set_new(o, "TextBody", member_of(t->texts[TEMPLATE_BODY_TEXT]));
	json_object_set_new(o, "AssociatedServerId", json_integer((json_int_t)t->tenant));
	return o;
}

/* ---- the model ---- */

static json_t *object_of(const json_t *rows);

/* name: of a list's items, which have none of their own, that of the list. */
static json_t *
value_of(const json_t *row, struct str name)
{
	struct str type = text_of(row, "type");

	if (str_eq_z(type, "object"))
		return object_of(json_object_get(row, "members"));
	if (str_eq_z(type, "list")) {
		const json_t *item = json_object_get(row, "item");

		return item ? json_pack("[o]", value_of(item, name)) : json_array();
	}
	return json_pack("s%+", name.p, name.n, "_Value");
}

/* As deep as a path of a template: content/expr bounds it. */
static json_t *
object_of(const json_t *rows)
{
	json_t *out = json_object();
	const json_t *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
	{
		struct str name = text_of(row, "name");

		if (name.n)
			json_object_setn_new(out, name.p, name.n, value_of(row, name));
	}
	return out;
}

static void
lay_on(json_t *model, const json_t *given)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)given, name, v)
	{
		json_t *old = json_object_get(model, name);

		if (json_is_object(old) && json_is_object(v))
			lay_on(old, v);
		else
			json_object_set(model, name, v);
	}
}

json_t *
postmark_template_model(const json_t *variables, const json_t *given)
{
	json_t *model = object_of(json_object_get(variables, "vars"));

	if (json_is_object(given))
		lay_on(model, given);
	return model;
}

/* ---- validation ---- */

static const struct {
	const char *name, *part, *layout; /* how its mistakes are named */
} parts[] = { { "Subject", "subject", "" }, { "HtmlBody", "html", "layout.html" },
	{ "TextBody", "text", "layout.text" } };

static void
add_error(json_t *list, const json_t *row, const char *where)
{
	json_array_append_new(
		list, json_pack("{s:o, s:O, s:O}", "Message",
			      json_sprintf("%s%s", where,
				      json_string_value(json_object_get(row, "why"))),
			      "Line", json_object_get(row, "line"), "CharacterPosition",
			      json_object_get(row, "column")));
}

/* Those of the preview, and a place that is none. */
static json_t *
errors_of(const json_t *got, size_t part, const char *misplaced)
{
	json_t *list = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(got, "errors"), i, row)
	{
		if (str_eq_z(text_of(row, "part"), parts[part].part))
			add_error(list, row, "");
		if (str_eq_z(text_of(row, "part"), parts[part].layout))
			add_error(list, row, "(in the layout) ");
	}
	if (misplaced && json_array_size(list) == 0)
		json_array_append_new(list,
			json_pack("{s:o, s:i, s:i}", "Message", json_sprintf("%s.", misplaced),
				"Line", 1, "CharacterPosition", 1));
	return list;
}

json_t *
postmark_template_validated(const json_t *got, const json_t *asked, json_t *model)
{
	bool layout = str_ieq_z(vendor_template_text(asked, "TemplateType"), "Layout"),
	     valid = true;
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct str text = vendor_template_text(asked, parts[i].name);
		json_t *errors =
			errors_of(got, i, postmark_template_misplaced(layout, i > 0, text));
		json_t *rendered = json_object_get(got, parts[i].part);
		bool good = json_array_size(errors) == 0;

		valid &= good;
		/* Of what was not given nothing is rendered, though a text is made of HTML. */
		if (text.n == 0)
			rendered = NULL;
		else if (!good)
			rendered = json_null();
		json_object_set_new(o, parts[i].name,
			json_pack("{s:b, s:o, s:o}", "ContentIsValid", good, "ValidationErrors",
				errors, "RenderedContent",
				rendered ? json_incref(rendered) : json_string("")));
	}
	json_object_set_new(o, "AllContentIsValid", json_boolean(valid));
	json_object_set_new(o, "SuggestedTemplateModel", model);
	return o;
}
