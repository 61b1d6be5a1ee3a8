/*
 * SendGrid's transactional templates. A version of theirs is a face of the template
 * (account/control_template.h); the active one is what is published. Writing a version also
 * makes the draft of it.
 */
#include "role/desk_sendgrid_template.h"

#include <errno.h>

#define PAGE_MAX   200u
#define OFFSET_MAX 100000u
#define COPY_MAX   20u        /* versions, the newest ones; each is a transaction */
#define SAID_BYTES (2u << 20) /* bodies of versions in one answer; the others come one by one  \
	                       */

const char *const desk_sendgrid_parts[] = { "subject", "from", "from", "reply_to", "preheader",
	"html_content", "plain_content" };

void
desk_sendgrid_template_fail(struct desk_conn *n, int err)
{
	desk_api_refuse(n,
		err == -ENOENT   ? 404
		: err == -EINVAL ? 400
				 : 503,
		err == -EINVAL ? str_z(control_error(desk_control(n->desk))) : STR_NONE);
}

bool
desk_sendgrid_template_of(struct desk_conn *n, struct control_template *ret_t)
{
	int64_t id = sendgrid_template_number(n->params[0], n->desk->env->keys.ids);
	int err = desk_vendor_template_find(n, DESK_SENDGRID_DIALECT, id, ret_t);

	if (err)
		desk_sendgrid_template_fail(n, err);
	return err == 0;
}

/* ---- as JSON ---- */

struct listing {
	struct sendgrid_version_view view;
	bool bodies; /* as long as there is room */
	size_t bytes;
	json_t *list;
};

static int
on_face(void *ctx, const struct template_face *f)
{
	struct listing *l = ctx;

	l->bytes += f->html.n + f->text.n + f->extra.n;
	l->view.bodies = l->bodies && l->bytes <= SAID_BYTES;
	json_array_append_new(l->list, sendgrid_version_json(f, &l->view));
	return 0;
}

/* With its versions; NULL: they cannot be read. */
static json_t *
template_json(struct desk_conn *n, const struct control_template *t, bool bodies)
{
	const struct template_face q = { .tenant = n->tenant, .template = t->id };
	struct listing l = { .view = { .key = n->desk->env->keys.ids,
				     .published = t->published },
		.bodies = bodies,
		.list = json_array() };

	if (control_template_faces(desk_control(n->desk), &q, on_face, &l) < 0) {
		json_decref(l.list);
		return NULL;
	}
	return sendgrid_template_json(t, n->desk->env->keys.ids, l.list);
}

static void
say_template(struct desk_conn *n, int status, int64_t id)
{
	struct control_template t;
	int err = desk_vendor_template_find(n, DESK_SENDGRID_DIALECT, id, &t);
	json_t *j = err ? NULL : template_json(n, &t, true);

	if (j)
		desk_api_say(n, status, j);
	else
		desk_sendgrid_template_fail(n, err ? err : -EIO);
}

/* ---- lists ---- */

/* generations=legacy: there are none. */
static bool
is_asked(struct desk_conn *n)
{
	struct str all = desk_vendor_query(n, "generations"), one;
	bool any = all.n == 0;

	while (all.n) {
		one = str_trim(str_cut(&all, ','));
		any |= str_ieq_z(one, "dynamic");
	}
	return any;
}

/* false: answered. */
static bool
number(struct desk_conn *n, const char *name, unsigned max, unsigned *ret)
{
	struct str s = desk_vendor_query(n, name);
	uint32_t v = 0;

	if (s.n && (str_u32(s, &v) < 0 || v > max)) {
		desk_sendgrid_bad(n, name, "must be a number, and not that large");
		return false;
	}
	*ret = v;
	return true;
}

static json_t *
page_url(struct desk_conn *n, unsigned size, unsigned offset)
{
	struct str host = n->desk->config->hostname;

	return json_sprintf("https://%.*s/v3/templates?page_size=%u&page_token=%u",
		STR_ARG(host), size, offset);
}

static void
say_page(struct desk_conn *n, json_t *rows, size_t total, const unsigned page[2])
{
	unsigned size = page[0], offset = page[1];
	json_t *about = json_pack(
		"{s:o, s:I}", "self", page_url(n, size, offset), "count", (json_int_t)total);

	if (offset)
		json_object_set_new(
			about, "prev", page_url(n, size, offset > size ? offset - size : 0));
	if (offset + size < total)
		json_object_set_new(about, "next", page_url(n, size, offset + size));
	desk_api_say(n, 200, json_pack("{s:o, s:o}", "result", rows, "_metadata", about));
}

static void
templates(struct desk_conn *n)
{
	struct desk_vendor_templates list = { .n = 0 };
	unsigned page[2]; /* size, offset */
	json_t *rows;
	int err = 0;

	if (!number(n, "page_size", PAGE_MAX, &page[0]) ||
		!number(n, "page_token", OFFSET_MAX, &page[1]))
		return;
	if (is_asked(n))
		err = desk_vendor_templates(n, DESK_SENDGRID_DIALECT, &list);
	rows = json_array();
	for (size_t i = page[1];
		!err && i < list.n && i - page[1] < (page[0] ? page[0] : PAGE_MAX); i++) {
		json_t *one = template_json(n, &list.at[i], false);

		err = one ? 0 : -EIO;
		json_array_append_new(rows, one);
	}
	if (err) {
		json_decref(rows);
		desk_sendgrid_template_fail(n, err);
	} else if (page[0]) {
		say_page(n, rows, list.n, page);
	} else {
		/* As it was before there were pages. */
		desk_api_say(n, 200, json_pack("{s:o}", "templates", rows));
	}
}

static void template(struct desk_conn *n)
{
	struct control_template t;

	if (desk_sendgrid_template_of(n, &t))
		say_template(n, 200, t.id);
}

/* ---- changes ---- */

/* false: answered. p NULL in ret: there is none. */
static bool
name_of(struct desk_conn *n, struct str *ret)
{
	const json_t *j = json_object_get(n->asked, "name");

	*ret = (struct str){ NULL, 0 };
	if (!j || json_is_null(j))
		return true;
	if (!json_is_string(j) || str_trim(desk_text(n->asked, "name")).n == 0) {
		desk_sendgrid_bad(n, "name", "must be a text, and not an empty one");
		return false;
	}
	*ret = str_trim(desk_text(n->asked, "name"));
	return true;
}

static void
write_name(struct desk_conn *n, struct desk_vendor_change *x, int status)
{
	struct str why;
	int refused;

	x->dialect = DESK_SENDGRID_DIALECT;
	x->alias = STR_NONE;
	x->content = json_object();
	x->parts = desk_sendgrid_parts;
	refused = desk_vendor_template_write(n, x, &why);
	if (refused == 200)
		say_template(n, status, x->id);
	else
		desk_api_refuse(n, refused, why);
}

static void
template_add(struct desk_conn *n)
{
	struct str generation = desk_text(n->asked, "generation");
	struct desk_vendor_change x = { .id = 0 };

	if (!name_of(n, &x.name))
		return;
	if (!x.name.p)
		desk_sendgrid_bad(n, "name", "is required");
	else if (generation.n && !str_eq_z(generation, "dynamic"))
		desk_sendgrid_bad(n, "generation",
			"must be dynamic: legacy templates are not available in this service");
	else
		write_name(n, &x, 201);
}

static void
template_change(struct desk_conn *n)
{
	struct desk_vendor_change x = { .id = 0 };
	struct control_template t;

	if (!desk_sendgrid_template_of(n, &t) || !name_of(n, &x.name))
		return;
	x.id = t.id;
	if (x.name.p)
		write_name(n, &x, 200);
	else
		say_template(n, 200, t.id);
}

static void
template_remove(struct desk_conn *n)
{
	struct control_template t;

	if (desk_sendgrid_template_of(n, &t))
		desk_api_ask(n, "templates.remove", desk_vendor_template_question(n, t.id),
			desk_api_none);
}

/* ---- a copy ---- */

/* A face as a row that can be written again. */
static int
keep_face(void *ctx, const struct template_face *f)
{
	json_array_append_new(
		ctx, json_pack("{s:I, s:s%, s:s%, s:{s:s%, s:s%, s:s%}}", "version",
			     (json_int_t)f->version, "name", f->name.p, f->name.n, "extra",
			     f->extra.p, f->extra.n, "content", "subject", f->subject.p,
			     f->subject.n, "html", f->html.p, f->html.n, "text", f->text.p,
			     f->text.n));
	return 0;
}

static json_t *
shape_copied(struct desk_conn *n, int *status, json_t *j)
{
	struct control_template t;
	int err = desk_vendor_template_find(
		n, DESK_SENDGRID_DIALECT, desk_vendor_template_id(n, j), &t);
	json_t *out = err ? NULL : template_json(n, &t, true);

	json_decref(j);
	*status = out ? 201 : 503;
	return out;
}

/* Each face of rows into the new template. *active: the version that is to be published. */
static int
copy_faces(struct desk_conn *n, struct desk_sendgrid_version *v, const json_t *rows,
	int64_t published, int64_t *active)
{
	const json_t *row;
	size_t n_rows = json_array_size(rows), i;
	int err = 0;

	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
	{
		bool is_active =
			json_integer_value(json_object_get(row, "version")) == published;

		if (!is_active && n_rows - i > COPY_MAX)
			continue;
		v->face = (struct template_face){ .tenant = n->tenant,
			.template = v->face.template,
			.name = desk_text(row, "name"),
			.extra = desk_text(row, "extra") };
		v->content = json_incref(json_object_get(row, "content"));
		err = desk_sendgrid_version_write(n, v);
		if (err)
			break;
		if (is_active)
			*active = v->face.version;
	}
	return err;
}

static void
fill_copy(struct desk_conn *n, const struct control_template *of, int64_t id)
{
	const struct template_face q = { .tenant = n->tenant, .template = of->id };
	struct desk_sendgrid_version v = { .face = { .template = id } };
	json_t *rows = json_array(), *body;
	int64_t active = 0;
	int err = control_template_faces(desk_control(n->desk), &q, keep_face, rows);

	if (err)
		desk_sendgrid_template_fail(n, err);
	else
		err = copy_faces(n, &v, rows, of->published, &active);
	json_decref(rows);
	if (err)
		return;
	if (!active) {
		say_template(n, 201, id);
		return;
	}
	body = desk_vendor_template_question(n, id);
	json_object_set_new(body, "version", json_integer((json_int_t)active));
	desk_api_ask(n, "templates.publish", body, shape_copied);
}

static void
template_copy(struct desk_conn *n)
{
	struct desk_vendor_change x = { .dialect = DESK_SENDGRID_DIALECT,
		.alias = STR_NONE,
		.parts = desk_sendgrid_parts };
	struct control_template t;
	struct str why;
	int refused;

	if (!desk_sendgrid_template_of(n, &t) || !name_of(n, &x.name))
		return;
	if (!x.name.p) {
		json_t *extra = vendor_template_extra(t.extra);
		struct str name = vendor_template_name(&t, extra);

		x.name =
			arena_printf(&n->arena, "Duplicate: %.*s", STR_ARG(str_head(name, 80)));
		json_decref(extra);
	}
	x.content = json_object();
	refused = desk_vendor_template_write(n, &x, &why);
	if (refused == 200)
		fill_copy(n, &t, x.id);
	else
		desk_api_refuse(n, refused, why);
}

bool
desk_sendgrid_template(struct desk_conn *n)
{
	static const struct {
		enum api_op op;
		void (*fn)(struct desk_conn *n);
	} table[] = {
		{ API_SG_TEMPLATES, templates },
		{ API_SG_TEMPLATE_ADD, template_add },
		{ API_SG_TEMPLATE, template },
		{ API_SG_TEMPLATE_CHANGE, template_change },
		{ API_SG_TEMPLATE_REMOVE, template_remove },
		{ API_SG_TEMPLATE_COPY, template_copy },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return true;
		}
	return desk_sendgrid_template_version(n);
}
