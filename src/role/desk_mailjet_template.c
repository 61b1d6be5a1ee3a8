/*
 * Mailjet's templates: `template` and its `detailcontent`. What is written is in force at once;
 * a template without a body has nothing in force.
 */
#include "role/desk_mailjet.h"

#include "api/mailjet_rest.h"
#include "api/mailjet_template.h"
#include "base/mem.h"
#include "role/desk_vendor_template.h"

#include <errno.h>

#define DIALECT "mailjet"

static const char *const parts[] = { "Headers: Subject", "Headers: From", "Headers: From",
	"Headers: Reply-to", "Preheader", "Html-part", "Text-part" };

static void
invalid(struct desk_conn *n, const char *property, const char *why)
{
	desk_api_refuse(n, 400,
		arena_printf(&n->arena, "MJ08 Property %s is invalid: %s", property, why));
}

static void
fail(struct desk_conn *n, int err)
{
	desk_api_refuse(n, err == -ENOENT ? 404 : 503, STR_NONE);
}

/* ---- which ---- */

static bool
is_named(const struct control_template *t, struct str name)
{
	json_t *extra = vendor_template_extra(t->extra);
	bool same = str_eq(vendor_template_name(t, extra), name);

	json_decref(extra);
	return same;
}

/* The one of this name; 0: none. */
static int
id_named(struct desk_conn *n, struct str name, int64_t *ret_id)
{
	struct desk_vendor_templates list;
	int err = desk_vendor_templates(n, DIALECT, &list);

	*ret_id = 0;
	for (size_t i = 0; !err && i < list.n && !*ret_id; i++)
		if (is_named(&list.at[i], name))
			*ret_id = list.at[i].id;
	return err;
}

/* What the path names, by its number or as "OwnerType|Name". false: answered. */
static bool
template_of(struct desk_conn *n, struct control_template *ret_t)
{
	struct str name = n->params[0];
	uint64_t number = 0;
	int64_t id = 0;
	int err = 0;

	if (str_u64(name, &number) == 0 && number < UINT64_C(1) << 53) {
		id = (int64_t)number;
	} else {
		(void)str_cut(&name, '|');
		err = name.n ? id_named(n, name, &id) : -ENOENT;
	}
	err = err ? err : desk_vendor_template_find(n, DIALECT, id, ret_t);
	if (err)
		fail(n, err);
	return err == 0;
}

/* ---- the resource ---- */

static bool
holds(const json_t *list, struct str words)
{
	const json_t *one;
	size_t i;

	while (words.n) {
		struct str word = str_trim(str_cut(&words, ','));

		json_array_foreach((json_t *)(uintptr_t)list, i, one)
		{
			if (str_ieq_z(word, json_string_value(one)))
				return true;
		}
	}
	return false;
}

static bool
passes(struct desk_conn *n, const json_t *row)
{
	static const char *const texts[] = { "Name", "OwnerType", "Locale" };
	static const char *const lists[] = { "Categories", "Purposes" };
	struct str mode = desk_vendor_query(n, "EditMode");
	uint32_t number = 0;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct str want = desk_vendor_query(n, texts[i]);

		if (want.n && !str_ieq(want, desk_text(row, texts[i])))
			return false;
	}
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct str want = desk_vendor_query(n, lists[i]);

		if (want.n && !holds(json_object_get(row, lists[i]), want))
			return false;
	}
	/* One that is a name ("tool", "html") is passed over. */
	return mode.n == 0 || str_u32(mode, &number) < 0 ||
	       number == json_integer_value(json_object_get(row, "EditMode"));
}

static void
templates(struct desk_conn *n)
{
	struct desk_vendor_templates list;
	json_t *rows;
	int err = desk_vendor_templates(n, DIALECT, &list);

	if (err) {
		fail(n, err);
		return;
	}
	rows = json_array();
	for (size_t i = 0; i < list.n; i++) {
		json_t *row = mailjet_template_row(&list.at[i], n->tenant);

		if (passes(n, row))
			json_array_append(rows, row);
		json_decref(row);
	}
	desk_mailjet_rows(n, rows);
}

static void
template_show(struct desk_conn *n)
{
	struct control_template t;

	if (template_of(n, &t))
		desk_mailjet_one(n, mailjet_template_row(&t, n->tenant));
}

/* fr_FR as this service writes languages. */
static void
set_language(struct desk_conn *n, json_t *content)
{
	const json_t *j = desk_vendor_member(n, "Locale");
	const char *text = json_is_string(j) ? json_string_value(j) : "";
	char *copy;

	if (!json_is_string(j))
		return;
	copy = str_dup_z(str_z(text));
	for (char *c = copy; *c; c++)
		*c = *c == '_' ? '-' : *c;
	json_object_set_new(content, "language", json_string(copy));
	mem_free(copy);
}

/* Name, Locale and what is only kept, of the body; false: answered. */
static bool
take(struct desk_conn *n, struct desk_vendor_change *x)
{
	const json_t *name = desk_vendor_member(n, "Name");
	const char *wrong = "";

	if (name && (!json_is_string(name) || json_string_length(name) == 0)) {
		invalid(n, "Name", "MJ03 A non-empty value is required");
		return false;
	}
	if (mailjet_template_keep(x->extra, n->asked, &wrong) < 0) {
		invalid(n, wrong, "it is of another type");
		return false;
	}
	if (name)
		x->name = str_trim(vendor_template_text(n->asked, "Name"));
	set_language(n, x->content);
	return true;
}

static void
drop(struct desk_vendor_change *x)
{
	json_decref(x->content);
	json_decref(x->extra);
}

/* Is the name another template's? Then it is answered. */
static bool
is_taken(struct desk_conn *n, const struct desk_vendor_change *x)
{
	int64_t id = 0;
	int err = x->name.n ? id_named(n, x->name, &id) : 0;
	struct str owner = desk_text(x->extra, "OwnerType");

	if (err)
		fail(n, err);
	else if (id && id != x->id)
		desk_api_refuse(n, 400,
			arena_printf(&n->arena,
				"MJ18 A Template resource with value \"%.*s|%.*s\" for "
				"OwnerType|Name already exists.",
				STR_ARG(owner.n ? owner : STR_LIT("apikey")),
				STR_ARG(x->name)));
	return err || (id && id != x->id);
}

/* The row as it is afterwards. */
static json_t *
shape_row(struct desk_conn *n, int *status, json_t *j)
{
	struct control_template t;
	int err = desk_vendor_template_find(n, DIALECT, desk_vendor_template_id(n, j), &t);

	json_decref(j);
	*status = err ? 503 : n->route->op == API_MJ_TEMPLATE_ADD ? 201 : 200;
	return err ? NULL : mailjet_rest_one(mailjet_template_row(&t, n->tenant));
}

/* A language is part of what is published; a draft is not published for the rest. was: its
 * language. */
static void
write_row(struct desk_conn *n, struct desk_vendor_change *x, struct str was)
{
	struct str why;
	bool other;
	int refused;

	if (!take(n, x) || is_taken(n, x)) {
		drop(x);
		return;
	}
	other = json_object_get(x->content, "language") &&
	        !str_eq(desk_text(x->content, "language"), was);
	refused = desk_vendor_template_write(n, x, &why);
	if (refused != 200)
		desk_api_refuse(n, refused, why);
	else if (x->filled && other)
		desk_vendor_template_publish(n, x, shape_row);
	else
		desk_vendor_template_told(n, x, shape_row);
}

static void
template_add(struct desk_conn *n)
{
	struct desk_vendor_change x = { .dialect = DIALECT,
		.name = STR_NONE,
		.alias = STR_NONE,
		.content = json_object(),
		.extra = json_object(),
		.parts = parts };

	if (desk_vendor_member(n, "Name")) {
		write_row(n, &x, STR_NONE);
		return;
	}
	drop(&x);
	invalid(n, "Name", "MJ03 A non-empty value is required");
}

/* Does the body say something else than the row? */
static bool
changes(struct desk_conn *n, const struct control_template *t)
{
	json_t *row = mailjet_template_row(t, n->tenant), *v;
	const char *name;
	bool yes = false;

	json_object_foreach(row, name, v)
	{
		const json_t *given = desk_vendor_member(n, name);
		bool fixed = strcmp(name, "ID") == 0 || strcmp(name, "OwnerId") == 0 ||
		             strcmp(name, "Previews") == 0;

		yes |= given && !fixed && !json_equal((json_t *)(uintptr_t)given, v);
	}
	json_decref(row);
	return yes;
}

static void
template_change(struct desk_conn *n)
{
	struct desk_vendor_change x = {
		.dialect = DIALECT, .name = STR_NONE, .alias = STR_NONE, .parts = parts
	};
	struct control_template t;

	if (!template_of(n, &t))
		return;
	if (!changes(n, &t)) {
		desk_api_answer(n, 304, NULL);
		return;
	}
	x.id = t.id;
	x.content = json_object();
	x.extra = vendor_template_extra(t.extra);
	write_row(n, &x, t.texts[TEMPLATE_LANGUAGE]);
}

static void
template_remove(struct desk_conn *n)
{
	struct control_template t;

	if (template_of(n, &t))
		desk_api_ask(n, "templates.remove", desk_vendor_template_question(n, t.id),
			desk_api_none);
}

/* ---- detailcontent ---- */

static void
content(struct desk_conn *n)
{
	struct control_template t;

	if (template_of(n, &t))
		desk_mailjet_one(n, mailjet_template_content(&t));
}

static json_t *
shape_content(struct desk_conn *n, int *status, json_t *j)
{
	int64_t id = desk_vendor_template_id(n, j);
	struct control_template t;
	int err = desk_vendor_template_find(n, DIALECT, id, &t);

	json_decref(j);
	if (err) {
		*status = err == -ENOENT ? 404 : 503;
		return NULL;
	}
	*status = n->route->op == API_MJ_CONTENT_SET ? 201 : 200;
	return mailjet_rest_one(mailjet_template_content(&t));
}

/* Would the template be another one, or is it not in force? */
static bool
is_other(const struct control_template *t, const struct desk_vendor_change *x)
{
	json_t *extra = vendor_template_extra(t->extra), *v;
	bool other = t->changed || !json_equal(extra, x->extra);
	const char *name;

	json_object_foreach(x->content, name, v)
	{
		static const struct {
			const char *name;
			enum template_text at;
		} texts[] = { { "subject", TEMPLATE_SUBJECT },
			{ "reply_to", TEMPLATE_REPLY_TO }, { "html", TEMPLATE_BODY_HTML },
			{ "text", TEMPLATE_BODY_TEXT }, { "mjml", TEMPLATE_BODY_MJML } };

		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			if (strcmp(texts[i].name, name) == 0)
				other |= !str_eq_z(t->texts[texts[i].at], json_string_value(v));
		if (strcmp(name, "from") == 0)
			other |=
				!str_eq(desk_text(v, "email"), t->texts[TEMPLATE_FROM_EMAIL]) ||
				!str_eq(desk_text(v, "name"), t->texts[TEMPLATE_FROM_NAME]);
	}
	json_decref(extra);
	return other;
}

static void
content_write(struct desk_conn *n)
{
	bool all = n->route->op == API_MJ_CONTENT_SET;
	struct desk_vendor_change x = {
		.dialect = DIALECT, .name = STR_NONE, .alias = STR_NONE, .parts = parts
	};
	struct control_template t;
	const char *wrong = "";
	struct str why;
	int refused;

	if (!template_of(n, &t))
		return;
	x.id = t.id;
	x.content = json_object();
	x.extra = vendor_template_extra(t.extra);
	if (mailjet_template_take(x.content, x.extra, n->asked, all, &wrong) < 0) {
		drop(&x);
		invalid(n, wrong, "it is of another type");
		return;
	}
	if (!all && !is_other(&t, &x)) {
		drop(&x);
		desk_api_answer(n, 304, NULL);
		return;
	}
	refused = desk_vendor_template_write(n, &x, &why);
	if (refused == 200)
		desk_vendor_template_publish(n, &x, shape_content);
	else
		desk_api_refuse(n, refused, why);
}

bool
desk_mailjet_template(struct desk_conn *n)
{
	static const struct {
		enum api_op op;
		void (*fn)(struct desk_conn *n);
	} table[] = {
		{ API_MJ_TEMPLATES, templates },
		{ API_MJ_TEMPLATE_ADD, template_add },
		{ API_MJ_TEMPLATE, template_show },
		{ API_MJ_TEMPLATE_CHANGE, template_change },
		{ API_MJ_TEMPLATE_REMOVE, template_remove },
		{ API_MJ_CONTENT, content },
		{ API_MJ_CONTENT_SET, content_write },
		{ API_MJ_CONTENT_CHANGE, content_write },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return true;
		}
	return false;
}
