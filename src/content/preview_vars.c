#include "content/preview_vars.h"

#include "base/text.h"
#include "content/value.h"

#define NAME_MAX_BYTES 300

static const char *const kinds[] = { "condition", "scalar", "object", "list" };
static const char *const sources[] = { "vars", "contact", "mj" };
static const char *const prefixes[] = { "var:", "data:", "mj:" };

void
preview_vars_init(
	struct preview_vars *v, enum template_dialect dialect, const struct template_data *data)
{
	*v = (struct preview_vars){ .dialect = dialect,
		.values = { data->vars, data->contact, data->mj },
		.warnings = json_array() };
	for (int i = 0; i < 3; i++)
		v->rows[i] = json_object();
}

void
preview_place(json_t *row, const struct preview_source *s, unsigned line, unsigned column)
{
	struct layout_point point = { line, column };
	bool layout = s->seam && layout_origin(s->seam, &point);

	json_object_set_new(row, "part", json_string(layout ? s->layout : s->part));
	json_object_set_new(row, "line", json_integer(point.line));
	json_object_set_new(row, "column", json_integer(point.column));
}

/* ---- one tree of all parts ---- */

static json_t *
json_text(struct str s)
{
	json_t *j = json_stringn(s.p, s.n);

	return j ? j : json_string("?");
}

static int
kind_of(const json_t *row)
{
	const char *type = json_string_value(json_object_get(row, "type"));

	for (int i = TEMPLATE_VAR_LIST; type && i > 0; i--)
		if (str_eq_z(str_z(type), kinds[i]))
			return i;
	return TEMPLATE_VAR_CONDITION;
}

static void fold(json_t *row, const struct template_var *v, const struct preview_source *s);

/* The row of this name, made when it is not there. Borrowed. */
static json_t *
row_of(json_t *rows, struct str name)
{
	struct str key = text_is_utf8(name) ? name : STR_LIT("?");
	json_t *row = json_object_getn(rows, key.p, key.n);

	if (row)
		return row;
	row = json_pack("{s:o,s:s}", "name", json_text(key), "type", kinds[0]);
	json_object_setn_new(rows, key.p, key.n, row);
	return row;
}

/* A member of row, made when it is not there. Borrowed. */
static json_t *
member_of(json_t *row, const char *name, bool rows)
{
	json_t *j = json_object_get(row, name);

	if (!j) {
		j = rows ? json_object() : json_pack("{s:s}", "type", kinds[0]);
		json_object_set_new(row, name, j);
	}
	return j;
}

static void
fold_all(json_t *rows, const struct template_var *v, const struct preview_source *s)
{
	for (; v; v = v->next)
		fold(row_of(rows, v->name), v, s);
}

/* What another part, or another place of it, says of the same variable. Its depth is that of a
 * path and of loops inside each other: at most 100. */
static void
fold(json_t *row, const struct template_var *v, const struct preview_source *s)
{
	if ((int)v->kind > kind_of(row))
		json_object_set_new(row, "type", json_string(kinds[v->kind]));
	if (!json_object_get(row, "part"))
		preview_place(row, s, v->line, v->column);
	if (v->has_default && !json_object_get(row, "default"))
		json_object_set_new(row, "default", json_text(v->fallback));
	if (v->children)
		fold_all(member_of(row, "members", true), v->children, s);
	if (v->item)
		fold(member_of(row, "item", false), v->item, s);
}

/* ---- what is missing ---- */

struct look {
	struct preview_vars *v;
	const struct preview_source *source;
	char name[NAME_MAX_BYTES]; /* the path so far */
	size_t n;
};

static void
missing(struct look *l, const struct template_var *var)
{
	char why[NAME_MAX_BYTES + 40];
	json_t *j;

	if (json_array_size(l->v->warnings) >= PREVIEW_WARNINGS_MAX)
		return;
	snprintf(why, sizeof why, "No value for \"%.*s\".", (int)l->n, l->name);
	j = json_pack("{s:s,s:s%}", "why", why, "name", l->name, l->n);
	/* A name that was cut within a character is no UTF-8. */
	if (!j)
		return;
	preview_place(j, l->source, var->line, var->column);
	json_array_append_new(l->v->warnings, j);
}

static void look_at(struct look *l, const struct template_var *var, const struct value *value);

static void
look_into(struct look *l, const struct template_var *var, const struct value *of)
{
	size_t n = l->n;

	for (; var; var = var->next) {
		struct value value = value_member(of, var->name);
		struct str name = str_head(var->name, sizeof l->name - 2 - n);

		if (n > 0 && l->name[n - 1] != ':')
			l->name[l->n++] = '.';
		memcpy(l->name + l->n, name.p, name.n);
		l->n += name.n;
		if (l->n < sizeof l->name - 2)
			look_at(l, var, &value);
		l->n = n;
	}
}

static void
look_at(struct look *l, const struct template_var *var, const struct value *value)
{
	struct value item;

	if (var->has_default || var->kind == TEMPLATE_VAR_CONDITION)
		return;
	if (value_absent(value)) {
		missing(l, var);
		return;
	}
	look_into(l, var->children, value);
	/* The first row stands for all. */
	item = value_item(value, 0);
	if (var->item && value->kind == VALUE_LIST && value_count(value) > 0)
		look_at(l, var->item, &item);
}

void
preview_vars_add(struct preview_vars *v, struct arena *a, const struct template *t,
	const struct preview_source *s)
{
	struct template_vars found;

	if (template_variables(a, t, &found) < 0)
		return;
	for (int i = 0; i < 3; i++) {
		struct value of = value_json(v->values[i]);
		struct look l = { .v = v, .source = s };

		if (v->dialect == TEMPLATE_MAILJET) {
			l.n = strlen(prefixes[i]);
			memcpy(l.name, prefixes[i], l.n);
		}
		fold_all(v->rows[i], found.of[i], s);
		/* What mj: holds is the service's to give. */
		if (i != TEMPLATE_OF_MJ)
			look_into(&l, found.of[i], &of);
	}
}

/* ---- values to begin with ---- */

static json_t *sample_object(const json_t *rows);

static json_t *
sample_of(const json_t *row)
{
	const json_t *fallback = json_object_get(row, "default"),
		     *item = json_object_get(row, "item");

	switch (kind_of(row)) {
	case TEMPLATE_VAR_CONDITION:
		return json_true();
	case TEMPLATE_VAR_OBJECT:
		return sample_object(json_object_get(row, "members"));
	case TEMPLATE_VAR_LIST:
		return item ? json_pack("[o]", sample_of(item)) : json_array();
	default:
		return fallback ? json_incref((json_t *)(uintptr_t)fallback) : json_string("");
	}
}

static json_t *
sample_object(const json_t *rows)
{
	json_t *out = json_object(), *row;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)rows, key, row)
	{
		const char *name = json_string_value(json_object_get(row, "name"));

		if (name)
			json_object_set_new(out, name, sample_of(row));
	}
	return out;
}

/* ---- the answer ---- */

static json_t *listed(const json_t *rows);

/* Members, and those of an item, as lists. */
static void
list_members(json_t *row)
{
	const json_t *members = json_object_get(row, "members");
	json_t *item = json_object_get(row, "item");

	if (members)
		json_object_set_new(row, "members", listed(members));
	if (item)
		list_members(item);
}

static json_t *
listed(const json_t *rows)
{
	json_t *out = json_array(), *row;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)rows, key, row)
	{
		list_members(row);
		json_array_append(out, row);
	}
	return out;
}

void
preview_vars_give(struct preview_vars *v, json_t *got)
{
	json_t *all = json_object(), *sample = json_object();

	for (int i = 0; i < 3; i++) {
		if (i != TEMPLATE_OF_MJ)
			json_object_set_new(sample, sources[i], sample_object(v->rows[i]));
		json_object_set_new(all, sources[i], listed(v->rows[i]));
		json_decref(v->rows[i]);
	}
	json_object_set_new(got, "warnings", v->warnings);
	json_object_set_new(got, "variables", all);
	json_object_set_new(got, "sample", sample);
}
