/*
 * SendGrid's transactional templates. A version of theirs is a face of the template
 * (account/control_template.h); the active one is what is published. Writing a version also
 * makes the draft of it.
 */
#include "role/desk_sendgrid_template.h"

#include <errno.h>

#define PAGE_MAX   200u
#define OFFSET_MAX 100000u
#define COPY_MAX   20u /* versions, the newest ones; each is a transaction */
#define SAID_BYTES                                                                             \
	(2u << 20) /* bodies of versions in one answer; the others come one by one             \
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
	json_t *list;
	int64_t faces[TEMPLATE_FACES_MAX + 1];
	size_t n, bytes;
};

static int
on_brief(void *ctx, const struct template_face *f)
{
	struct listing *l = ctx;

	if (l->n == TEMPLATE_FACES_MAX + 1)
		return 0;
	l->faces[l->n++] = f->face;
	json_array_append_new(l->list, sendgrid_version_json(f, &l->view));
	return 0;
}

/* The one that l->n counts to, when there is room for its bodies. */
static int
on_whole(void *ctx, const struct template_face *f)
{
	struct listing *l = ctx;

	l->bytes += f->html.n + f->text.n + f->extra.n;
	if (l->bytes <= SAID_BYTES)
		json_array_set_new(l->list, l->n, sendgrid_version_json(f, &l->view));
	return 0;
}

static int
add_bodies(struct desk_conn *n, struct template_face *q, struct listing *l)
{
	size_t all = l->n;
	int err = 0;

	q->brief = false;
	l->view.bodies = true;
	for (l->n = 0; !err && l->n < all && l->bytes <= SAID_BYTES; l->n++) {
		q->face = l->faces[l->n];
		err = control_template_faces(desk_control(n->desk), q, on_whole, l);
	}
	return err;
}

/* With its versions; NULL: they cannot be read. */
static json_t *
template_json(struct desk_conn *n, const struct control_template *t, bool bodies)
{
	const uint8_t *key = n->desk->env->keys.ids;
	struct template_face q = { .tenant = n->tenant, .template = t->id, .brief = true };
	struct listing l = { .view = { .key = key, .published = t->published },
		.list = json_array() };
	int err = control_template_faces(desk_control(n->desk), &q, on_brief, &l);

	err = !err && bodies ? add_bodies(n, &q, &l) : err;
	if (!err)
		return sendgrid_template_json(t, key, l.list);
	json_decref(l.list);
	return NULL;
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

static void
template_show(struct desk_conn *n)
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

static json_t *
shape_template(struct desk_conn *n, int *status, json_t *j)
{
	struct control_template t;
	int err = desk_vendor_template_find(
		n, DESK_SENDGRID_DIALECT, desk_vendor_template_id(n, j), &t);
	json_t *out = err ? NULL : template_json(n, &t, true);
	bool add = n->route->op != API_SG_TEMPLATE_CHANGE;

	json_decref(j);
	*status = !out ? 503 : add ? 201 : 200;
	return out;
}

static void
write_name(struct desk_conn *n, struct desk_vendor_change *x)
{
	struct str why;
	int refused;

	x->dialect = DESK_SENDGRID_DIALECT;
	x->alias = STR_NONE;
	x->content = json_object();
	x->parts = desk_sendgrid_parts;
	refused = desk_vendor_template_write(n, x, &why);
	if (refused == 200)
		desk_vendor_template_told(n, x, shape_template);
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
		write_name(n, &x);
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
		write_name(n, &x);
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

struct source {
	json_t *content, *named; /* owned */
	int64_t version;
};

static int
take_face(void *ctx, const struct template_face *f)
{
	struct source *s = ctx;

	s->content = json_pack("{s:s%, s:s%, s:s%}", "subject", f->subject.p, f->subject.n,
		"html", f->html.p, f->html.n, "text", f->text.p, f->text.n);
	s->named = json_pack(
		"{s:s%, s:s%}", "name", f->name.p, f->name.n, "extra", f->extra.p, f->extra.n);
	s->version = f->version;
	return 0;
}

struct copy {
	int64_t id;        /* of the new template */
	int64_t published; /* version of the old one */
	int64_t active;    /* out: the new one's */
};

/* One face into the new template. An error is answered. */
static int
copy_face(struct desk_conn *n, const struct template_face *q, struct copy *to)
{
	struct desk_sendgrid_version v = { .filled = false };
	struct source s = { .version = 0 };
	int err = control_template_faces(desk_control(n->desk), q, take_face, &s);

	if (err) {
		desk_sendgrid_template_fail(n, err);
		return err;
	}
	v.content = s.content;
	v.face = (struct template_face){ .tenant = n->tenant,
		.template = to->id,
		.name = desk_text(s.named, "name"),
		.extra = desk_text(s.named, "extra") };
	err = desk_sendgrid_version_write(n, &v);
	if (!err && s.version == to->published)
		to->active = v.face.version;
	json_decref(s.named);
	return err;
}

struct numbers {
	int64_t faces[TEMPLATE_FACES_MAX + 1], versions[TEMPLATE_FACES_MAX + 1];
	size_t n;
};

static int
on_number(void *ctx, const struct template_face *f)
{
	struct numbers *l = ctx;

	if (l->n == TEMPLATE_FACES_MAX + 1)
		return 0;
	l->faces[l->n] = f->face;
	l->versions[l->n++] = f->version;
	return 0;
}

/* The versions; an error is answered, and n may be gone. */
static int
fill_copy(struct desk_conn *n, const struct control_template *of, struct copy *to)
{
	struct template_face q = { .tenant = n->tenant, .template = of->id, .brief = true };
	struct numbers l = { .n = 0 };
	int err = control_template_faces(desk_control(n->desk), &q, on_number, &l);

	if (err)
		desk_sendgrid_template_fail(n, err);
	q.brief = false;
	for (size_t i = 0; i < l.n && !err; i++) {
		q.face = l.faces[i];
		if (l.n - i <= COPY_MAX || l.versions[i] == of->published)
			err = copy_face(n, &q, to);
	}
	return err;
}

static void
copy_into(struct desk_conn *n, const struct control_template *of, int64_t id)
{
	struct copy to = { .id = id, .published = of->published };
	struct desk *d = n->desk;
	uint32_t tenant = n->tenant;
	json_t *body;

	if (fill_copy(n, of, &to)) {
		/* Who repeats it does not gather halves. */
		(void)control_template_remove(desk_control(d), tenant, id);
		return;
	}
	if (!to.active) {
		say_template(n, 201, id);
		return;
	}
	body = desk_vendor_template_question(n, id);
	json_object_set_new(body, "version", json_integer((json_int_t)to.active));
	desk_api_ask(n, "templates.publish", body, shape_template);
}

/* What a template has that no version of SendGrid's shows. */
static json_t *
rest_of(const struct control_template *t)
{
	static const struct {
		enum template_text at;
		const char *name;
	} texts[] = { { TEMPLATE_STREAM, "stream" }, { TEMPLATE_LANGUAGE, "language" },
		{ TEMPLATE_REPLY_TO, "reply_to" }, { TEMPLATE_PREHEADER, "preheader" } };
	struct str name = t->texts[TEMPLATE_FROM_NAME], email = t->texts[TEMPLATE_FROM_EMAIL];
	json_t *o = json_pack(
		"{s:{s:s%, s:s%}}", "from", "name", name.p, name.n, "email", email.p, email.n);

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct str s = t->texts[texts[i].at];

		json_object_set_new(o, texts[i].name, json_stringn(s.p, s.n));
	}
	return o;
}

static void
template_copy(struct desk_conn *n)
{
	uint64_t layout = 0;
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

		name = desk_vendor_template_name_head(name, 80);
		x.name = arena_printf(&n->arena, "Duplicate: %.*s", STR_ARG(name));
		json_decref(extra);
	}
	x.content = rest_of(&t);
	x.lays = str_u64(t.texts[TEMPLATE_LAYOUT], &layout) == 0;
	x.layout = (int64_t)layout;
	refused = desk_vendor_template_write(n, &x, &why);
	if (refused == 200)
		copy_into(n, &t, x.id);
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
		{ API_SG_TEMPLATE, template_show },
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
