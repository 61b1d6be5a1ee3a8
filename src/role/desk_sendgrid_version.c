/* Versions of SendGrid's templates. */
#include "role/desk_sendgrid_template.h"

#include <errno.h>
#include <stdlib.h>

/* ---- writing ---- */

int
desk_sendgrid_version_write(struct desk_conn *n, struct desk_sendgrid_version *v)
{
	struct control *c = desk_control(n->desk);
	struct desk_vendor_change x = { .dialect = DESK_SENDGRID_DIALECT,
		.id = v->face.template,
		.name = STR_NONE,
		.alias = STR_NONE,
		.content = v->content,
		.parts = desk_sendgrid_parts };
	struct str why;
	int status = desk_vendor_template_write(n, &x, &why), err;

	v->content = NULL;
	v->filled = x.filled;
	if (status != 200) {
		desk_api_refuse(n, status, why);
		return -EINVAL;
	}
	(void)control_template_prune(c, n->tenant, x.id);
	err = control_template_freeze(c, n->tenant, x.id, &v->face.version);
	err = err ? err : control_template_face_put(c, &v->face, &v->face.face);
	if (err)
		desk_sendgrid_template_fail(n, err);
	return err;
}

/* ---- one of them ---- */

/* Its texts live in the call's arena. */
struct found {
	struct desk_conn *conn;
	struct template_face face;
};

static int
keep_face(void *ctx, const struct template_face *f)
{
	struct found *found = ctx;
	struct arena *a = &found->conn->arena;

	found->face = *f;
	found->face.name = arena_keep(a, f->name);
	found->face.extra = arena_keep(a, f->extra);
	found->face.subject = arena_keep(a, f->subject);
	found->face.html = arena_keep(a, f->html);
	found->face.text = arena_keep(a, f->text);
	return 0;
}

static int
find_face(struct desk_conn *n, const struct control_template *t, int64_t face,
	struct template_face *ret_f)
{
	const struct template_face q = { .tenant = n->tenant, .template = t->id, .face = face };
	struct found found = { .conn = n };
	int err = face ? control_template_faces(desk_control(n->desk), &q, keep_face, &found)
	               : -ENOENT;

	if (!err)
		*ret_f = found.face;
	return err;
}

/* The version that the path names; false: answered. */
static bool
version_of(struct desk_conn *n, struct control_template *ret_t, struct template_face *ret_f)
{
	int err;

	if (!desk_sendgrid_template_of(n, ret_t))
		return false;
	err = find_face(n, ret_t,
		sendgrid_version_face(n->params[1], n->desk->env->keys.ids, ret_t->id), ret_f);
	if (err)
		desk_sendgrid_template_fail(n, err);
	return err == 0;
}

/* As it is afterwards; NULL: it cannot be read. */
static json_t *
version_json(struct desk_conn *n, int64_t id, int64_t face)
{
	struct sendgrid_version_view view = { .key = n->desk->env->keys.ids, .bodies = true };
	struct control_template t;
	struct template_face f;

	if (desk_vendor_template_find(n, DESK_SENDGRID_DIALECT, id, &t) < 0 ||
		find_face(n, &t, face, &f) < 0)
		return NULL;
	view.published = t.published;
	return sendgrid_version_json(&f, &view);
}

static void
say_version(struct desk_conn *n, int64_t id, int64_t face)
{
	json_t *j = version_json(n, id, face);

	if (j)
		desk_api_say(n, n->route->op == API_SG_VERSION_ADD ? 201 : 200, j);
	else
		desk_sendgrid_template_fail(n, -EIO);
}

/* n->rest: which one it is. */
static json_t *
shape_version(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = version_json(n, desk_vendor_template_id(n, j),
		json_integer_value(json_object_get(n->rest, "face")));

	json_decref(j);
	*status = !out ? 503 : n->route->op == API_SG_VERSION_ADD ? 201 : 200;
	return out;
}

/* Publishes the version (0: none is published any more), then answers with the face. */
static void
publish(struct desk_conn *n, const struct template_face *f, int64_t version)
{
	json_t *body = desk_vendor_template_question(n, f->template);

	json_decref(n->rest);
	n->rest = json_pack("{s:I}", "face", (json_int_t)f->face);
	if (version)
		json_object_set_new(body, "version", json_integer((json_int_t)version));
	desk_api_ask(
		n, version ? "templates.publish" : "templates.unpublish", body, shape_version);
}

/* ---- what is asked ---- */

/* active of the body: 0, 1; -1: not said. */
static int
active_of(const struct desk_conn *n)
{
	const json_t *j = json_object_get(n->asked, "active");

	if (!j || json_is_null(j))
		return -1;
	return json_is_true(j) || json_integer_value(j) != 0;
}

/* A text that looks like one would else take a version out of force. */
static bool
active_is_wrong(const struct desk_conn *n)
{
	const json_t *j = json_object_get(n->asked, "active");

	return j && !json_is_null(j) && !json_is_boolean(j) &&
	       !(json_is_integer(j) &&
		       (json_integer_value(j) == 0 || json_integer_value(j) == 1));
}

/* name and what is only kept of the body into v; false: answered. */
static bool
take(struct desk_conn *n, struct desk_sendgrid_version *v)
{
	const json_t *name = json_object_get(n->asked, "name");
	json_t *extra = vendor_template_extra(v->face.extra);
	const char *wrong = "name";
	struct str kept;
	char *text;
	int err = name && !json_is_string(name) ? -EINVAL : 0;

	err = err ? err : sendgrid_version_take(v->content, extra, n->asked, &wrong);
	if (!err && active_is_wrong(n)) {
		wrong = "active";
		err = -EINVAL;
	}
	if (err) {
		json_decref(extra);
		desk_sendgrid_bad(n, wrong, "is of another type");
		return false;
	}
	if (name && str_trim(desk_text(n->asked, "name")).n)
		v->face.name = str_trim(desk_text(n->asked, "name"));
	text = json_object_size(extra) ? json_dumps(extra, JSON_COMPACT) : NULL;
	json_decref(extra);
	kept = arena_str(&n->arena, text ? str_z(text) : STR_NONE);
	free(text); /* jansson's own allocation */
	if (!kept.p || v->face.name.n + kept.n > TEMPLATE_FACE_BYTES) {
		desk_sendgrid_bad(n, "test_data", "is too long");
		return false;
	}
	v->face.extra = kept;
	return true;
}

static json_t *
content_of(const struct template_face *f)
{
	return json_pack("{s:s%, s:s%, s:s%}", "subject", f->subject.p, f->subject.n, "html",
		f->html.p, f->html.n, "text", f->text.p, f->text.n);
}

static int
count_face(void *ctx, const struct template_face *f)
{
	(void)f;
	(*(unsigned *)ctx)++;
	return 0;
}

/* The first one of a template is active whatever is said. false: answered. */
static bool
is_first(struct desk_conn *n, const struct control_template *t, bool *ret)
{
	const struct template_face q = {
		.tenant = n->tenant, .template = t->id, .brief = true
	};
	unsigned count = 0;
	int err = control_template_faces(desk_control(n->desk), &q, count_face, &count);

	if (err)
		desk_sendgrid_template_fail(n, err);
	*ret = count == 0;
	return err == 0;
}

/* ---- calls ---- */

static void
version_add(struct desk_conn *n)
{
	struct desk_sendgrid_version v = { .filled = false };
	struct control_template t;
	bool first = false;

	if (!desk_sendgrid_template_of(n, &t) || !is_first(n, &t, &first))
		return;
	if (str_trim(desk_text(n->asked, "name")).n == 0) {
		desk_sendgrid_bad(n, "name", "is required");
		return;
	}
	v.face = (struct template_face){ .tenant = n->tenant,
		.template = t.id,
		.name = STR_NONE,
		.extra = STR_NONE,
		.subject = STR_NONE,
		.html = STR_NONE,
		.text = STR_NONE };
	v.content = content_of(&v.face);
	if (!take(n, &v)) {
		json_decref(v.content);
		return;
	}
	if (desk_sendgrid_version_write(n, &v) < 0)
		return;
	if (v.filled && (first || active_of(n) != 0))
		publish(n, &v.face, v.face.version);
	else
		say_version(n, t.id, v.face.face);
}

static void
version(struct desk_conn *n)
{
	struct control_template t;
	struct template_face f;

	if (version_of(n, &t, &f))
		say_version(n, t.id, f.face);
}

/* What is not named stays. A version with other texts is another one of ours, and published
 * when the old one was. */
static void
version_change(struct desk_conn *n)
{
	struct desk_sendgrid_version v = { .filled = true };
	struct control_template t;
	json_t *before;
	bool was;
	int active = active_of(n);

	if (!version_of(n, &t, &v.face))
		return;
	was = v.face.version == t.published;
	v.filled = v.face.html.n + v.face.text.n > 0;
	before = content_of(&v.face);
	v.content = json_copy(before);
	if (!take(n, &v)) {
		json_decref(before);
		json_decref(v.content);
		return;
	}
	if (json_equal(before, v.content)) {
		int err =
			control_template_face_put(desk_control(n->desk), &v.face, &v.face.face);

		json_decref(before);
		json_decref(v.content);
		if (err) {
			desk_sendgrid_template_fail(n, err);
			return;
		}
	} else {
		json_decref(before);
		if (desk_sendgrid_version_write(n, &v) < 0)
			return;
	}
	if (active == 0 || !v.filled)
		active = 0;
	else if (was)
		active = 1;
	if (active == 1 || (was && active == 0))
		publish(n, &v.face, active ? v.face.version : 0);
	else
		say_version(n, t.id, v.face.face);
}

static void
version_remove(struct desk_conn *n)
{
	struct control_template t;
	struct template_face f;
	int err;

	if (!version_of(n, &t, &f))
		return;
	err = control_template_face_remove(desk_control(n->desk), &f);
	if (err)
		desk_sendgrid_template_fail(n, err);
	else if (f.version == t.published)
		desk_api_ask(n, "templates.unpublish", desk_vendor_template_question(n, t.id),
			desk_api_none);
	else
		desk_api_say(n, 204, json_null());
}

static void
version_activate(struct desk_conn *n)
{
	struct control_template t;
	struct template_face f;

	if (!version_of(n, &t, &f))
		return;
	if (f.html.n + f.text.n)
		publish(n, &f, f.version);
	else
		desk_api_refuse(n, 400,
			STR_LIT("This version has neither html_content nor plain_content: "
				"there is nothing to send."));
}

bool
desk_sendgrid_template_version(struct desk_conn *n)
{
	static const struct {
		enum api_op op;
		void (*fn)(struct desk_conn *n);
	} table[] = {
		{ API_SG_VERSION_ADD, version_add },
		{ API_SG_VERSION, version },
		{ API_SG_VERSION_CHANGE, version_change },
		{ API_SG_VERSION_REMOVE, version_remove },
		{ API_SG_VERSION_ACTIVATE, version_activate },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return true;
		}
	return false;
}
