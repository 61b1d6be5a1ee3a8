#include "role/desk_template_priv.h"

#include "wire/typed_id.h"

#include <errno.h>

/* ---- as JSON ---- */

static json_t *
number_or_null(int64_t n)
{
	return n > 0 ? json_integer((json_int_t)n) : json_null();
}

static json_t *
template_json(struct webhook_ask *a, const struct control_template *t, bool brief)
{
	char id[TYPED_ID_TEXT];
	json_t *j;

	typed_id_write(id, control_ids(a->control), "tpl", (uint64_t)t->id);
	j = json_pack("{s:s,s:I,s:o,s:o,s:o,s:o,s:I,s:b,s:{s:o,s:o},s:o,s:o}", "id", id,
		"number", (json_int_t)t->id, "account", desk_webhook_text(t->account), "name",
		desk_webhook_text(t->name), "version", number_or_null(t->version), "published",
		number_or_null(t->published), "versions", (json_int_t)t->versions, "changed",
		t->changed, "from", "email", desk_webhook_text(t->texts[TEMPLATE_FROM_EMAIL]),
		"name", desk_webhook_text(t->texts[TEMPLATE_FROM_NAME]), "created",
		webhook_time_json(t->created), "updated", webhook_time_json(t->updated));
	json_object_set_new(j, "layout",
		t->layout_name.n ? desk_webhook_text(t->layout_name) : json_null());
	json_object_set_new(j, "layout_version", number_or_null(t->layout_version));
	for (int i = 0; j && i < TEMPLATE_TEXTS; i++)
		if (i != TEMPLATE_FROM_EMAIL && i != TEMPLATE_FROM_NAME &&
			i != TEMPLATE_LAYOUT && !(brief && TEMPLATE_IS_BODY(i)))
			json_object_set_new(
				j, desk_template_members[i], desk_webhook_text(t->texts[i]));
	return j;
}

/* ---- one of them ---- */

static int
keep_one(void *ctx, const struct control_template *t)
{
	*(struct control_template *)ctx = *t;
	return 0;
}

int
desk_template_read(
	struct webhook_ask *a, int64_t id, int64_t version, struct control_template *ret_t)
{
	const struct template_query q = { a->tenant, id, version, false };

	return control_template_each(a->control, &a->arena, &q, keep_one, ret_t);
}

int
desk_template_answer(struct webhook_ask *a, int64_t id, int64_t version)
{
	struct control_template t = { .id = 0 };
	int err = desk_template_read(a, id, version, &t);

	if (!err)
		a->got = template_json(a, &t, false);
	return err;
}

/* ---- verbs ---- */

static int
add(struct webhook_ask *a)
{
	struct control_template t = { .tenant = a->tenant, .name = desk_text(a->body, "name") };
	int64_t id;
	int err = desk_template_owner(a);

	err = err ? err : desk_template_content(a, t.texts);
	if (err)
		return err;
	if (!t.texts[TEMPLATE_DIALECT].n)
		t.texts[TEMPLATE_DIALECT] = STR_LIT("handlebars");
	err = control_template_add(a->control, &t, &id);
	return err ? err : desk_template_answer(a, id, TEMPLATE_DRAFT);
}

/* Mail is written from published versions, which it finds by id or name: of a draft nobody need
 * be told. */
static int
change(struct webhook_ask *a, int64_t id)
{
	struct control_template t = { .id = id, .tenant = a->tenant };
	const json_t *name = webhook_member(a, "name");
	int err = desk_template_content(a, t.texts);
	uint64_t layout = 0;

	if (err)
		return err;
	if (t.texts[TEMPLATE_LAYOUT].p && str_u64(t.texts[TEMPLATE_LAYOUT], &layout) == 0 &&
		(int64_t)layout == id)
		return webhook_refuse(a, -EINVAL, "A template is not its own layout.");
	if (name && !json_is_string(name))
		return webhook_refuse(a, -EINVAL, "\"name\" must be a text.");
	if (name)
		t.name = desk_text(a->body, "name");
	a->only_told = !name;
	if (t.texts[TEMPLATE_DIALECT].p && !t.texts[TEMPLATE_DIALECT].n)
		return webhook_refuse(
			a, -EINVAL, "\"dialect\" is handlebars, mailjet or mustachio.");
	err = control_template_set(a->control, &t);
	return err ? err : desk_template_answer(a, id, TEMPLATE_DRAFT);
}

static int
set(struct webhook_ask *a)
{
	int64_t id;
	int err = desk_template_find(a, &id);

	return err ? err : change(a, id);
}

static int
put(struct webhook_ask *a)
{
	int64_t id;
	int err = desk_template_owner(a);

	err = err ? err
	          : control_template_named(
			    a->control, a->tenant, desk_text(a->body, "name"), &id);
	if (err == -ENOENT)
		err = add(a);
	else if (!err)
		err = change(a, id);
	/* Its name is the one it was found by. */
	a->only_told = true;
	return err;
}

struct listing {
	struct webhook_ask *a;
	json_t *list;
};

static int
on_template(void *ctx, const struct control_template *t)
{
	struct listing *l = ctx;

	json_array_append_new(l->list, template_json(l->a, t, true));
	return 0;
}

static int
list(struct webhook_ask *a)
{
	const struct template_query q = { .tenant = a->tenant, .brief = true };
	struct listing l = { a, json_array() };
	int err = desk_template_owner(a);

	err = err ? err : control_template_each(a->control, &a->arena, &q, on_template, &l);
	a->got = json_pack("{s:o}", "templates", l.list);
	return err;
}

static int
get(struct webhook_ask *a)
{
	int64_t id, version;
	int err = desk_template_find(a, &id);

	err = err ? err : desk_template_version(a, &version);
	return err ? err : desk_template_answer(a, id, version);
}

static int
remove_one(struct webhook_ask *a)
{
	int64_t id;
	int err = desk_template_find(a, &id);

	err = err ? err : control_template_remove(a->control, a->tenant, id);
	if (!err)
		a->got = json_pack("{s:b}", "removed", 1);
	return err;
}

static int
versions(struct webhook_ask *a)
{
	struct template_query q = { .tenant = a->tenant };
	struct control_template t;
	struct listing l = { a, NULL };
	int err = desk_template_find(a, &q.id);

	err = err ? err : desk_template_read(a, q.id, TEMPLATE_DRAFT, &t);
	if (err)
		return err;
	l.list = json_array();
	err = control_template_versions(a->control, &a->arena, &q, on_template, &l);
	a->got = json_pack("{s:o}", "versions", l.list);
	return err;
}

/* What cannot be rendered is not published. */
int
desk_template_check(struct webhook_ask *a, int64_t id)
{
	struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS };
	enum preview_part part = PREVIEW_SUBJECT;
	struct template_error error;
	struct control_template t;
	int err = desk_template_read(a, id, TEMPLATE_DRAFT, &t);

	err = err ? err : desk_template_layout(a, &t);
	if (err)
		return err;
	if (t.texts[TEMPLATE_BODY_HTML].n + t.texts[TEMPLATE_BODY_TEXT].n == 0)
		return webhook_refuse(a, -EINVAL,
			"The draft has neither \"html\" nor \"text\": there is nothing to "
			"send.");
	(void)preview_dialect(t.texts[TEMPLATE_DIALECT], &m.dialect);
	for (int i = 0; i < PREVIEW_PARTS; i++)
		m.parts[i] = t.texts[TEMPLATE_SUBJECT + i];
	m.layout_html = t.layout_html;
	m.layout_text = t.layout_text;
	if (preview_check(&m, &part, &error) < 0)
		return webhook_refuse(a, -EINVAL, "The draft has a mistake: %s %u:%u: %s",
			preview_part_name(part), error.line, error.column, error.why);
	return 0;
}

static int
publish(struct webhook_ask *a)
{
	int64_t id, version;
	int err = desk_template_find(a, &id);

	err = err ? err : desk_template_version(a, &version);
	if (!err && version == TEMPLATE_PUBLISHED)
		err = webhook_refuse(
			a, -EINVAL, "\"version\" is \"draft\" or the number of a version.");
	if (!err && version == TEMPLATE_DRAFT)
		err = desk_template_check(a, id);
	err = err ? err
	          : control_template_publish(a->control, a->tenant, id, version, &version);
	return err ? err : desk_template_answer(a, id, version);
}

static int
unpublish(struct webhook_ask *a)
{
	int64_t id;
	int err = desk_template_find(a, &id);

	err = err ? err : control_template_unpublish(a->control, a->tenant, id);
	return err ? err : desk_template_answer(a, id, TEMPLATE_DRAFT);
}

static const struct webhook_verb verbs[] = {
	{ "templates.add", add, false },
	{ "templates.put", put, true },
	{ "templates.list", list, false },
	{ "templates.get", get, false },
	{ "templates.set", set, true },
	{ "templates.remove", remove_one, true },
	{ "templates.versions", versions, false },
	{ "templates.publish", publish, true },
	{ "templates.unpublish", unpublish, true },
	{ "templates.try_layout", desk_template_try_layout, false },
	{ "templates.publish_layout", desk_template_publish_layout, true },
	{ "templates.values", desk_template_values, false },
	{ "templates.values_set", desk_template_values_set, false },
	{ "templates.values_remove", desk_template_values_remove, false },
	{ "testers.list", desk_testers, false },
	{ "testers.add", desk_testers_add, false },
	{ "testers.remove", desk_testers_remove, false },
	{ NULL, NULL, false },
};

bool
desk_template_has(struct str verb)
{
	return str_eq_z(verb, "templates.render") || str_eq_z(verb, "templates.test") ||
	       webhook_verb_of(verbs, verb) != NULL;
}

struct desk_control_answer
desk_template_do(struct control *c, struct str verb, const json_t *body, int64_t now)
{
	bool test = str_eq_z(verb, "templates.test");
	struct desk_control_answer a;
	json_t *what, *got;

	if (!test && !str_eq_z(verb, "templates.render"))
		return webhook_run(webhook_verb_of(verbs, verb), c, body, now);
	a = test ? desk_template_prepare_test(c, body, now)
	         : desk_template_prepare(c, body, now);
	if (a.status != 200)
		return a;
	what = a.json;
	if (json_object_get(what, "message")) {
		json_decref(what);
		a.status = 503;
		a.json = desk_error_json(a.status,
			"A past message's values are read by the running service: start it "
			"first.");
		return a;
	}
	got = desk_template_render(what);
	json_decref(what);
	a.json = got;
	if (test) {
		a = desk_template_mail(got);
		json_decref(got);
	}
	return a;
}
