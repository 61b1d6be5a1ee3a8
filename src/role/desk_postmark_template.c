/*
 * Postmark's templates. An alias is the template's name here; what is written is in force at
 * once. A layout is a template with a place for the content, and what has one follows it.
 */
#include "role/desk_postmark_template.h"

#include <errno.h>

#define DIALECT    DESK_POSTMARK_DIALECT
#define COUNT      100u
#define COUNT_MAX  500u
#define OFFSET_MAX 10000u

static const char *const parts[] = { "The 'Subject'", "The sender", "The sender",
	"The reply address", "The preheader", "The 'HtmlBody'", "The 'TextBody'" };

/* ---- refusals ---- */

static void
invalid(struct desk_conn *n, struct str why)
{
	desk_api_refuse_code(n, 422, "1122", why);
}

static void
fail(struct desk_conn *n, int err)
{
	uint64_t number;

	if (err != -ENOENT)
		desk_api_refuse(n, 503, STR_NONE);
	else if (str_u64(n->params[0], &number) == 0)
		desk_postmark_refuse(n, "1101", POSTMARK_TEMPLATE_NO_ID);
	else
		desk_postmark_refuse(n, "1101", POSTMARK_TEMPLATE_NO_ALIAS);
}

/* ---- which ---- */

static bool
has_alias(const struct control_template *t, struct str alias)
{
	json_t *extra = vendor_template_extra(t->extra);
	bool same = str_ieq(postmark_template_alias(t, extra), alias);

	json_decref(extra);
	return alias.n && same;
}

/* What the path names, by its number or alias. false: answered. */
static bool
template_of(struct desk_conn *n, struct control_template *ret_t)
{
	struct desk_vendor_templates list = { .n = 0 };
	uint64_t number = 0;
	int64_t id = 0;
	int err = 0;

	if (str_u64(n->params[0], &number) == 0)
		id = number < UINT64_C(1) << 53 ? (int64_t)number : 0;
	else
		err = desk_vendor_templates(n, DIALECT, &list);
	/* In any case; the one that is spelled so comes first. */
	for (size_t i = 0; i < list.n; i++)
		if (has_alias(&list.at[i], n->params[0]) &&
			(!id || str_eq(list.at[i].name, n->params[0])))
			id = list.at[i].id;
	err = err ? err : desk_vendor_template_find(n, DIALECT, id, ret_t);
	if (err)
		fail(n, err);
	return err == 0;
}

/* ---- reading ---- */

/* What of the list is asked for. */
struct filter {
	bool standard, layout; /* those of this type */
	struct str of;         /* only what has this layout; empty: all */
};

static bool
filter_read(struct desk_postmark_query *r, struct filter *ret)
{
	struct str type = desk_postmark_text(r, "TemplateType");
	bool all = type.n == 0 || str_ieq_z(type, "All");

	*ret = (struct filter){ .standard = all || str_ieq_z(type, "Standard"),
		.layout = all || str_ieq_z(type, "Layout"),
		.of = desk_postmark_text(r, "LayoutTemplate") };
	if (!ret->standard && !ret->layout)
		desk_postmark_wrong(r, "TemplateType", "All, Standard or Layout is expected");
	return !desk_postmark_refused(r);
}

static bool
passes(const struct filter *f, const struct control_template *t, bool layout)
{
	return (layout ? f->layout : f->standard) &&
	       (f->of.n == 0 || str_ieq(f->of, t->layout_name));
}

static void
templates(struct desk_conn *n)
{
	struct desk_postmark_query r = { .conn = n, .code = "1100" };
	unsigned count = desk_postmark_number(&r, "count", COUNT, COUNT_MAX);
	unsigned offset = desk_postmark_number(&r, "offset", 0, OFFSET_MAX);
	struct desk_vendor_templates list = { .n = 0 };
	struct desk_postmark_layouts layouts = { .n = 0 };
	size_t total = 0;
	struct filter f;
	json_t *rows;
	int err;

	if (!filter_read(&r, &f))
		return;
	err = desk_vendor_templates(n, DIALECT, &list);
	err = err ? err : desk_postmark_layouts(n, &layouts);
	if (err) {
		fail(n, err);
		return;
	}
	rows = json_array();
	for (size_t i = 0; i < list.n; i++) {
		bool layout = desk_postmark_is_layout(&layouts, list.at[i].id);

		if (!passes(&f, &list.at[i], layout))
			continue;
		if (total >= offset && total - offset < count)
			json_array_append_new(
				rows, postmark_template_brief(&list.at[i], layout));
		total++;
	}
	desk_api_say(n, 200,
		json_pack("{s:I, s:o}", "TotalCount", (json_int_t)total, "Templates", rows));
}

static void
template_show(struct desk_conn *n)
{
	struct control_template t;

	if (template_of(n, &t))
		desk_api_say(n, 200, postmark_template_full(&t));
}

/* ---- changes ---- */

static const struct {
	const char *name, *to;
} texts[] = { { "Subject", "subject" }, { "HtmlBody", "html" }, { "TextBody", "text" } };
#define NTEXTS (sizeof texts / sizeof *texts)

/* Is a member of the body there, and no text? */
static bool
is_wrong(const struct desk_conn *n, const char *name)
{
	const json_t *j = desk_vendor_member(n, name);

	return j && !json_is_null(j) && !json_is_string(j);
}

/* What is of the wrong type; false: answered. */
static bool
check_members(struct desk_conn *n)
{
	static const char *const names[] = { "Name", "Alias", "Subject", "HtmlBody", "TextBody",
		"TemplateType", "LayoutTemplate" };
	struct str type = vendor_template_text(n->asked, "TemplateType");

	if (!json_is_object(n->asked) || json_object_size(n->asked) == 0) {
		desk_postmark_refuse(n, "1109", "No template data received.");
		return false;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_wrong(n, names[i])) {
			invalid(n, arena_printf(&n->arena, "The field '%s' must be a text.",
					   names[i]));
			return false;
		}
	if (type.n && !str_ieq_z(type, "Standard") && !str_ieq_z(type, "Layout")) {
		invalid(n, STR_LIT("'TemplateType' is Standard or Layout."));
		return false;
	}
	return true;
}

/* The texts of the body; null is nothing that is said, as clients with fixed members write it.
 * false: answered. */
static bool
take_texts(struct desk_conn *n, json_t *content)
{
	size_t bytes = 0;

	for (size_t i = 0; i < NTEXTS; i++) {
		const json_t *j = desk_vendor_member(n, texts[i].name);

		bytes += json_string_length(j);
		if (json_is_string(j))
			json_object_set(content, texts[i].to, (json_t *)(uintptr_t)j);
	}
	if (bytes <= TEMPLATE_CONTENT_BYTES)
		return true;
	desk_api_refuse_code(n, 422, "1121",
		arena_printf(&n->arena,
			"The texts of a template have at most %u bytes together.",
			TEMPLATE_CONTENT_BYTES));
	return false;
}

/* Name and alias of the body, else those that there are. false: answered. */
static bool
take_names(
	struct desk_conn *n, struct desk_vendor_change *x, const struct desk_postmark_old *old)
{
	const struct control_template *t = x->id ? &old->t : NULL;
	bool layout = old->layout;
	const json_t *alias = desk_vendor_member(n, "Alias");
	struct str name = str_trim(vendor_template_text(n->asked, "Name"));

	if (name.n == 0 && t)
		name = vendor_template_name(t, x->extra);
	if (json_is_string(alias))
		x->alias = vendor_template_text(n->asked, "Alias");
	else if (t)
		x->alias = postmark_template_alias(t, x->extra);
	if (x->alias.n && !postmark_template_is_alias(x->alias)) {
		invalid(n, STR_LIT("An 'Alias' begins with a letter and has only letters, "
				   "digits, '.', '-' and '_'."));
		return false;
	}
	x->name = arena_keep(&n->arena, name);
	/* Templates name their layout by its alias, so each layout has one. */
	x->alias = layout && x->alias.n == 0 ? desk_postmark_alias(n, x->name, x->id)
	                                     : arena_keep(&n->arena, x->alias);
	if (x->alias.n)
		json_object_del(x->extra, "alias");
	else
		json_object_set_new(x->extra, "alias", json_false());
	return true;
}

static json_t *
shape_brief(struct desk_conn *n, int *status, json_t *j)
{
	struct control_template t;
	int err = desk_vendor_template_find(n, DIALECT, desk_vendor_template_id(n, j), &t);

	json_decref(j);
	if (!err)
		return postmark_template_brief(&t, postmark_template_is_layout(&t));
	*status = 503;
	return NULL;
}

/* A template without an alias has the name that this one is to have: it gets another one here,
 * which its vendor's calls do not show. */
static bool
make_way(struct desk_conn *n, const struct desk_vendor_change *x)
{
	struct control *c = desk_control(n->desk);
	struct desk_vendor_change y = { .dialect = DIALECT, .parts = parts };
	struct control_template t;
	struct str why;
	int64_t other;
	json_t *extra;
	bool has;

	if (control_template_named(c, n->tenant, x->alias, &y.id) < 0 ||
		desk_vendor_template_find(n, DIALECT, y.id, &t) < 0)
		return false;
	extra = vendor_template_extra(t.extra);
	has = postmark_template_alias(&t, extra).n > 0;
	y.name = arena_keep(&n->arena, vendor_template_name(&t, extra));
	json_decref(extra);
	for (unsigned i = 2; !has && i < TEMPLATE_PER_TENANT + 2; i++) {
		y.alias = arena_printf(&n->arena, "%.*s %u",
			STR_ARG(str_head(t.name, TEMPLATE_NAME_CHARS - 6)), i);
		if (!y.alias.p || control_template_named(c, n->tenant, y.alias, &other) < 0)
			break;
	}
	if (has || !y.alias.p)
		return false;
	y.content = json_object();
	return desk_vendor_template_write(n, &y, &why) == 200;
}

static int
write_alias(struct desk_conn *n, struct desk_vendor_change *x, struct str *ret_why)
{
	struct desk_vendor_change again = *x;
	int refused;

	json_incref(again.content);
	json_incref(again.extra);
	refused = desk_vendor_template_write(n, x, ret_why);
	if (refused == 409 && make_way(n, x)) {
		*x = again;
		return desk_vendor_template_write(n, x, ret_why);
	}
	json_decref(again.content);
	json_decref(again.extra);
	return refused;
}

static void
write_template(struct desk_conn *n, struct desk_vendor_change *x, bool layout)
{
	bool name = x->id && json_object_size(x->content) == 0 && !x->lays;
	struct str why;
	int refused = write_alias(n, x, &why);

	/* Somebody's draft is not published for another name. */
	if (refused == 200 && name)
		desk_vendor_template_told(n, x, shape_brief);
	else if (refused == 200 && layout)
		desk_postmark_layout_publish(n, x, shape_brief);
	else if (refused == 200)
		desk_vendor_template_publish(n, x, shape_brief);
	else if (refused == 404)
		fail(n, -ENOENT);
	else if (refused == 409)
		invalid(n,
			arena_printf(&n->arena, "The alias '%.*s' is that of another template.",
				STR_ARG(str_head(x->alias, 100))));
	else if (refused == 400)
		invalid(n, why);
	else
		desk_api_refuse(n, refused, why);
}

static void
drop(struct desk_vendor_change *x)
{
	json_decref(x->content);
	json_decref(x->extra);
}

static void
missing(struct desk_conn *n, const char *name)
{
	desk_api_refuse_code(n, 422, "1120",
		arena_printf(&n->arena, "A required Template field is missing: %s.", name));
}

/* What a new one must have, and room for it; false: answered. */
static bool
may_add(struct desk_conn *n)
{
	bool layout = str_ieq_z(vendor_template_text(n->asked, "TemplateType"), "Layout");
	struct desk_vendor_templates list = { .n = 0 };
	bool body = vendor_template_text(n->asked, "HtmlBody").n +
	                    vendor_template_text(n->asked, "TextBody").n >
	            0;
	int err;

	if (!check_members(n))
		return false;
	if (str_trim(vendor_template_text(n->asked, "Name")).n == 0) {
		missing(n, "'Name'");
		return false;
	}
	if (!layout && vendor_template_text(n->asked, "Subject").n == 0) {
		missing(n, "'Subject'");
		return false;
	}
	if (!body) {
		missing(n, "'HtmlBody' or 'TextBody'");
		return false;
	}
	err = desk_vendor_templates(n, NULL, &list);
	if (err)
		fail(n, -EIO);
	else if (list.n >= TEMPLATE_PER_TENANT)
		desk_api_refuse_code(n, 422, "1105",
			arena_printf(&n->arena, "An account has at most %u templates.",
				TEMPLATE_PER_TENANT));
	return !err && list.n < TEMPLATE_PER_TENANT;
}

static void
template_write(struct desk_conn *n)
{
	bool add = n->route->op == API_PM_TEMPLATE_ADD;
	struct desk_vendor_change x = {
		.dialect = DIALECT, .name = STR_NONE, .alias = STR_NONE, .parts = parts
	};
	struct desk_postmark_old old = { .t = { .id = 0 } };

	if (add ? !may_add(n) : !template_of(n, &old.t) || !check_members(n))
		return;
	x.id = old.t.id;
	if (!desk_postmark_layout_rules(n, &x, &old))
		return;
	x.content = json_object();
	x.extra = vendor_template_extra(old.t.extra);
	if (take_texts(n, x.content) && take_names(n, &x, &old) &&
		desk_postmark_layout_try(n, &x, &old))
		write_template(n, &x, old.layout);
	else
		drop(&x);
}

static json_t *
shape_removed(struct desk_conn *n, int *status, json_t *j)
{
	(void)status;
	json_decref(j);
	return json_pack("{s:i, s:o}", "ErrorCode", 0, "Message",
		json_sprintf("Template %lld removed.",
			(long long)json_integer_value(json_object_get(n->rest, "id"))));
}

static void
template_remove(struct desk_conn *n)
{
	struct control_template t;

	if (!template_of(n, &t) || !desk_postmark_layout_unused(n, t.id))
		return;
	json_decref(n->rest);
	n->rest = json_pack("{s:I}", "id", (json_int_t)t.id);
	desk_api_ask(
		n, "templates.remove", desk_vendor_template_question(n, t.id), shape_removed);
}

/* ---- validation ---- */

static json_t *
render_question(struct desk_conn *n, const json_t *vars)
{
	json_t *body =
		json_pack("{s:I, s:s}", "tenant", (json_int_t)n->tenant, "dialect", DIALECT);

	for (size_t i = 0; i < NTEXTS; i++) {
		const json_t *j = desk_vendor_member(n, texts[i].name);

		if (json_is_string(j))
			json_object_set(body, texts[i].to, (json_t *)(uintptr_t)j);
	}
	if (json_is_object(vars))
		json_object_set(body, "vars", (json_t *)(uintptr_t)vars);
	json_object_set_new(body, "inline_css",
		json_boolean(
			!json_is_false(desk_vendor_member(n, "InlineCssForHtmlTestRender"))));
	if (json_object_get(n->rest, "layout"))
		json_object_set(body, "layout", json_object_get(n->rest, "layout"));
	return body;
}

static json_t *
shape_validated(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = postmark_template_validated(
		j, n->asked, json_incref(json_object_get(n->rest, "model")));

	(void)status;
	json_decref(j);
	return out;
}

/* The first time only the shape of the model is looked at; then it is rendered with it. */
static json_t *
shape_asked(struct desk_conn *n, int *status, json_t *j)
{
	json_t *model = postmark_template_model(
		json_object_get(j, "variables"), desk_vendor_member(n, "TestRenderModel"));

	json_decref(j);
	json_object_set_new(n->rest, "model", model);
	*status = 0;
	desk_api_ask(n, "templates.render", render_question(n, model), shape_validated);
	return NULL;
}

/* n->rest: {"layout": as verbs name it, "model"}. */
static void
start_validation(struct desk_conn *n, const json_t *model)
{
	int64_t layout = 0;

	if (!desk_postmark_layout_named(n, &layout))
		return;
	json_decref(n->rest);
	n->rest = json_object();
	if (layout) {
		json_t *named = desk_vendor_template_question(n, layout);

		json_object_set(n->rest, "layout", json_object_get(named, "template"));
		json_decref(named);
	}
	desk_api_ask(n, "templates.render", render_question(n, model), shape_asked);
}

static void
validate(struct desk_conn *n)
{
	const json_t *model = desk_vendor_member(n, "TestRenderModel");
	bool any = false;

	for (size_t i = 0; i < NTEXTS; i++)
		any |= json_string_length(desk_vendor_member(n, texts[i].name)) > 0;
	if (!any)
		desk_postmark_refuse(n, "1109", "No template data received.");
	else if (model && !json_is_null(model) && !json_is_object(model))
		invalid(n, STR_LIT("The field 'TestRenderModel' must be an object."));
	else if (check_members(n))
		start_validation(n, model);
}

bool
desk_postmark_template(struct desk_conn *n)
{
	static const struct {
		enum api_op op;
		void (*fn)(struct desk_conn *n);
	} table[] = {
		{ API_PM_TEMPLATES, templates },
		{ API_PM_TEMPLATE_ADD, template_write },
		{ API_PM_TEMPLATE_VALIDATE, validate },
		{ API_PM_TEMPLATE, template_show },
		{ API_PM_TEMPLATE_CHANGE, template_write },
		{ API_PM_TEMPLATE_REMOVE, template_remove },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return true;
		}
	return false;
}
