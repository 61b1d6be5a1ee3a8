#include "role/desk_vendor_template.h"

#include "content/letters.h"
#include "role/desk_template_priv.h"
#include "wire/typed_id.h"

#include <errno.h>
#include <stdlib.h>

#define OLD_BYTES (4u << 20) /* a template as it was */

/* ---- reading ---- */

static int
keep_one(void *ctx, const struct control_template *t)
{
	*(struct control_template *)ctx = *t;
	return 0;
}

struct which {
	const char *dialect;
	int64_t id;
};

static int
find(struct desk_conn *n, struct arena *a, struct which which, struct control_template *ret_t)
{
	const struct template_query q = { .tenant = n->tenant, .id = which.id };
	struct control *c = desk_control(n->desk);
	struct control_template t = { .id = 0 };
	int err = !c ? -EIO : which.id <= 0 ? -ENOENT : 0;

	err = err ? err : control_template_each(c, a, &q, keep_one, &t);
	if (!err && !str_eq_z(t.texts[TEMPLATE_DIALECT], which.dialect))
		err = -ENOENT;
	if (!err)
		*ret_t = t;
	return err;
}

int
desk_vendor_template_find(
	struct desk_conn *n, const char *dialect, int64_t id, struct control_template *ret_t)
{
	return find(n, &n->arena, (struct which){ dialect, id }, ret_t);
}

struct listing {
	struct desk_vendor_templates list;
	const char *dialect;
};

static int
on_template(void *ctx, const struct control_template *t)
{
	struct listing *l = ctx;

	if (l->list.n < TEMPLATE_PER_TENANT &&
		(!l->dialect || str_eq_z(t->texts[TEMPLATE_DIALECT], l->dialect)))
		l->list.at[l->list.n++] = *t;
	return 0;
}

int
desk_vendor_templates(
	struct desk_conn *n, const char *dialect, struct desk_vendor_templates *ret_list)
{
	const struct template_query q = { .tenant = n->tenant, .brief = true };
	struct control *c = desk_control(n->desk);
	struct listing l = { .dialect = dialect };
	int err;

	l.list.at = arena_alloc(&n->arena, TEMPLATE_PER_TENANT * sizeof *l.list.at);
	if (!c || !l.list.at)
		return -EIO;
	err = control_template_each(c, &n->arena, &q, on_template, &l);
	if (!err)
		*ret_list = l.list;
	return err;
}

json_t *
desk_vendor_template_question(struct desk_conn *n, int64_t id)
{
	char text[TYPED_ID_TEXT];

	typed_id_write(text, n->desk->env->keys.ids, "tpl", (uint64_t)id);
	return json_pack("{s:I, s:s}", "tenant", (json_int_t)n->tenant, "template", text);
}

int64_t
desk_vendor_template_id(struct desk_conn *n, const json_t *told)
{
	uint64_t id = 0;

	(void)typed_id_read(desk_text(told, "id"), n->desk->env->keys.ids, "tpl", &id);
	return (int64_t)id;
}

/* ---- changes ---- */

/* A text of the change, else the one that there is. */
static struct str
text_after(const struct desk_vendor_change *x, const struct control_template *old, int at)
{
	bool from = at == TEMPLATE_FROM_EMAIL || at == TEMPLATE_FROM_NAME;
	const json_t *of = from ? json_object_get(x->content, "from") : x->content;
	struct str was = old->texts[at];

	if (json_object_get(of, desk_template_members[at]))
		return desk_text(of, desk_template_members[at]);
	return was.p ? was : STR_NONE;
}

struct before {
	const struct control_template *t; /* as it was */
	struct arena *arena;
};

/* The texts that a version of it will keep of its layout: of that one's published version. */
static int
lay(struct desk_conn *n, const struct desk_vendor_change *x, const struct before *b,
	struct preview_mail *m, struct str *ret_why)
{
	struct template_query q = { .tenant = n->tenant, .version = TEMPLATE_PUBLISHED };
	struct str was = b->t->texts[TEMPLATE_LAYOUT];
	struct control_template l = { .id = 0 };
	uint64_t id = 0;
	int err;

	if (!x->lays && was.p)
		(void)str_u64(was, &id);
	q.id = x->lays ? x->layout : (int64_t)id;
	if (q.id == 0)
		return 200;
	err = control_template_each(desk_control(n->desk), b->arena, &q, keep_one, &l);
	if (err) {
		*ret_why = STR_LIT("The layout is not published yet.");
		return err == -ENOENT ? 400 : 503;
	}
	if (!str_eq_z(l.texts[TEMPLATE_DIALECT], x->dialect)) {
		*ret_why = STR_LIT("The layout is written in another language.");
		return 400;
	}
	m->layout_html = l.texts[TEMPLATE_BODY_HTML];
	m->layout_text = l.texts[TEMPLATE_BODY_TEXT];
	return 200;
}

/* What cannot be rendered is not stored: the mail would be lost later. */
static int
check(struct desk_conn *n, struct desk_vendor_change *x, const struct before *b,
	struct str *ret_why)
{
	struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS };
	enum preview_part part = PREVIEW_SUBJECT;
	struct template_error error;
	int status = 200;

	(void)preview_dialect(str_z(x->dialect), &m.dialect);
	for (int i = 0; i < PREVIEW_PARTS; i++)
		m.parts[i] = text_after(x, b->t, TEMPLATE_SUBJECT + i);
	x->filled = m.parts[PREVIEW_HTML].n + m.parts[PREVIEW_TEXT].n > 0;
	if (x->filled)
		status = lay(n, x, b, &m, ret_why);
	if (status != 200)
		return status;
	if (preview_check(&m, &part, &error) == 0)
		return 200;
	*ret_why = arena_printf(&n->arena, "%s has a mistake in line %u, column %u: %s",
		x->parts[part], error.line, error.column, error.why);
	return 400;
}

struct str
desk_vendor_template_name_head(struct str name, size_t max)
{
	size_t i = 0;

	for (size_t chars = 0; i < name.n && chars < max; chars++)
		i += letters_first(str_from(name, i));
	return str_trim(str_head(name, i));
}

/* The vendor's name, with a number behind it when another template has it. */
static struct str
free_name(struct desk_conn *n, const struct desk_vendor_change *x)
{
	struct control *c = desk_control(n->desk);
	struct str head = desk_vendor_template_name_head(x->name, TEMPLATE_NAME_CHARS - 6),
		   name = x->name;

	for (unsigned i = 2; c && i < TEMPLATE_PER_TENANT + 2; i++) {
		int64_t id = 0;

		if (control_template_named(c, n->tenant, name, &id) < 0 || id == x->id)
			break;
		name = arena_printf(&n->arena, "%.*s %u", STR_ARG(head), i);
		if (!name.p)
			return STR_NONE;
	}
	return name;
}

/* Its words as text, with the name that there will be; p NULL: the arena is full. */
static struct str
extra_text(struct desk_conn *n, struct desk_vendor_change *x, struct str ours)
{
	struct str kept;
	char *text;

	if (ours.n)
		vendor_template_name_set(x->extra, x->name, ours);
	text = json_object_size(x->extra) ? json_dumps(x->extra, JSON_COMPACT) : NULL;
	kept = arena_str(&n->arena, text ? str_z(text) : STR_NONE);
	free(text); /* jansson's own allocation */
	return kept;
}

static json_t *
id_json(struct desk_conn *n, int64_t id)
{
	char text[TYPED_ID_TEXT];

	return json_string(typed_id_write(text, n->desk->env->keys.ids, "tpl", (uint64_t)id));
}

static int
store(struct desk_conn *n, struct desk_vendor_change *x, struct str ours, struct str *ret_why)
{
	json_t *body = x->id ? desk_vendor_template_question(n, x->id)
	                     : json_pack("{s:I}", "tenant", (json_int_t)n->tenant);
	struct desk_control_answer a;

	json_object_update(body, x->content);
	json_object_set_new(body, "dialect", json_string(x->dialect));
	if (x->lays)
		json_object_set_new(
			body, "layout", x->layout ? id_json(n, x->layout) : json_null());
	if (ours.n)
		json_object_set_new(body, "name", json_stringn(ours.p, ours.n));
	a = desk_template_do(desk_control(n->desk),
		x->id ? STR_LIT("templates.set") : STR_LIT("templates.add"), body,
		loop_wall(n->desk->loop));
	json_decref(body);
	if (a.status == 200)
		x->id = desk_vendor_template_id(n, a.json);
	else
		*ret_why = arena_keep(&n->arena, desk_text(a.json, "error"));
	json_decref(a.json);
	return a.status;
}

static int
write_over(struct desk_conn *n, struct desk_vendor_change *x, const struct before *b,
	struct str *ret_why)
{
	const struct control_template *old = b->t;
	struct control *c = desk_control(n->desk);
	struct str ours = STR_NONE, extra;
	int status = check(n, x, b, ret_why);

	if (status != 200)
		return status;
	if (!x->extra)
		x->extra = vendor_template_extra(old->extra);
	if (x->name.n)
		ours = x->alias.n ? x->alias : free_name(n, x);
	extra = extra_text(n, x, ours);
	if (!extra.p || extra.n > TEMPLATE_EXTRA_BYTES) {
		*ret_why = STR_LIT("What describes the template beside its texts is too long.");
		return 400;
	}
	status = store(n, x, ours, ret_why);
	if (status == 200 && !str_eq(extra, old->extra.p ? old->extra : STR_NONE) &&
		control_template_extra_set(c, n->tenant, x->id, extra) < 0)
		return 500;
	return status;
}

int
desk_vendor_template_write(
	struct desk_conn *n, struct desk_vendor_change *x, struct str *ret_why)
{
	struct control_template old = { .id = 0 };
	struct arena a;
	int status, err;

	*ret_why = STR_NONE;
	/* Not the call's: some calls change many. */
	arena_init(&a, OLD_BYTES);
	err = desk_control(n->desk) ? 0 : -EIO;
	if (!err && x->id)
		err = find(n, &a, (struct which){ x->dialect, x->id }, &old);
	status = err == -ENOENT ? 404
	         : err          ? 503
	                        : write_over(n, x, &(struct before){ &old, &a }, ret_why);
	arena_done(&a);
	json_decref(x->content);
	json_decref(x->extra);
	x->content = x->extra = NULL;
	return status;
}

void
desk_vendor_template_publish(
	struct desk_conn *n, const struct desk_vendor_change *x, desk_api_shape *shape)
{
	/* An old one that stays is no reason to refuse a new one. */
	(void)control_template_prune(desk_control(n->desk), n->tenant, x->id);
	desk_api_ask(n, x->filled ? "templates.publish" : "templates.unpublish",
		desk_vendor_template_question(n, x->id), shape);
}

void
desk_vendor_template_told(
	struct desk_conn *n, const struct desk_vendor_change *x, desk_api_shape *shape)
{
	n->shape = shape;
	desk_changed(n->desk, n, json_pack("{s:o}", "id", id_json(n, x->id)));
}
