/* Faces of templates, and what vendors' calls keep with a template. */
#include "account/control_template.h"

#include "account/control_own.h"

#include <errno.h>

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
no_template(struct control *c)
{
	return control_own_fail(c, -ENOENT, "There is no such template.");
}

static int
no_face(struct control *c)
{
	return control_own_fail(c, -ENOENT, "This template has no such version.");
}

/* ---- reading ---- */

/* The number that the next row will have. */
#define NEXT                                                                                   \
	"(SELECT COALESCE(MAX(x.face), 0) + 1 FROM template_faces x WHERE x.template = t.id)"
#define UNSHOWN                                                                                \
	" t.published > 0 AND NOT EXISTS (SELECT 1 FROM template_faces y"                      \
	" WHERE y.template = t.id AND y.version = t.published AND y.gone = 0)"

struct listing {
	const struct template_face *q;
	int (*fn)(void *ctx, const struct template_face *f);
	void *ctx;
	size_t n;
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	const struct template_face f = { .tenant = l->q->tenant,
		.template = l->q->template,
		.face = store_int(r, 0),
		.version = store_int(r, 1),
		.name = store_text(r, 2),
		.extra = store_text(r, 3),
		.updated = store_int(r, 4),
		.subject = store_text(r, 5),
		.html = l->q->brief ? STR_NONE : store_text(r, 6),
		.text = l->q->brief ? STR_NONE : store_text(r, 7) };

	l->n++;
	return l->fn(l->ctx, &f);
}

#define FACES(bodies)                                                                          \
	"SELECT f.face, f.version, f.name, f.extra, f.updated, v.subject" bodies               \
	" FROM templates t JOIN template_faces f ON f.template = t.id"                         \
	" JOIN template_versions v ON v.template = t.id AND v.version = f.version"             \
	" WHERE t.id = ? AND t.tenant = ? AND t.gone = 0 AND f.gone = 0"                       \
	" AND (? = 0 OR f.face = ?)"                                                           \
	" UNION ALL SELECT " NEXT ", t.published, '', '', v.created, v.subject" bodies         \
	" FROM templates t"                                                                    \
	" JOIN template_versions v ON v.template = t.id AND v.version = t.published"           \
	" WHERE t.id = ? AND t.tenant = ? AND t.gone = 0 AND" UNSHOWN " AND (? = 0 OR " NEXT   \
	" = ?) ORDER BY 1"

int
control_template_faces(struct control *c, const struct template_face *q,
	int (*fn)(void *ctx, const struct template_face *f), void *ctx)
{
	struct listing l = { q, fn, ctx, 0 };
	const char *sql = q->brief ? FACES("") : FACES(", v.html, v.text");
	int err = store_run(c->store, sql, on_row, &l, "iiiiiiii", q->template,
		(int64_t)q->tenant, q->face, q->face, q->template, (int64_t)q->tenant, q->face,
		q->face);

	err = control_own_check(c, err);
	return !err && q->face && l.n == 0 ? no_face(c) : err;
}

/* ---- writing ---- */

/* Numbers are never given again, so they end. */
static int
check_number(struct control *c, int64_t face)
{
	if (face <= (int64_t)TEMPLATE_FACES_EVER)
		return 0;
	return control_own_fail(c, -EINVAL,
		"This template has had %u versions: make another template.",
		TEMPLATE_FACES_EVER);
}

/* The published version gets its row, with the number that it was shown with. */
static int
adopt(struct control *c, const struct template_face *f)
{
	int64_t newest = 0;
	int err = control_own_check(c,
		store_run(c->store,
			"INSERT INTO template_faces (template, face, tenant, version, name,"
			" extra, bytes, updated) SELECT t.id, " NEXT ", t.tenant, t.published,"
			" '', '', 0, v.created FROM templates t JOIN template_versions v"
			" ON v.template = t.id AND v.version = t.published"
			" WHERE t.id = ? AND t.tenant = ? AND t.gone = 0 AND" UNSHOWN,
			NULL, NULL, "ii", f->template, (int64_t)f->tenant));

	err = err ? err
	          : control_own_check(
			    c, store_run(c->store,
				       "SELECT COALESCE(MAX(face), 0) FROM template_faces"
				       " WHERE template = ?",
				       take_int, &newest, "i", f->template));
	return err ? err : check_number(c, newest);
}

static int
check(struct control *c, const struct template_face *f)
{
	int64_t known = 0, n = 0;
	int err = store_run(c->store,
		"SELECT 1 FROM templates WHERE id = ? AND tenant = ? AND gone = 0", take_int,
		&known, "ii", f->template, (int64_t)f->tenant);

	err = err ? err
	          : store_run(c->store,
			    "SELECT COUNT(*) FROM template_faces WHERE template = ?"
			    " AND gone = 0",
			    take_int, &n, "i", f->template);
	if (err)
		return control_own_check(c, err);
	if (!known)
		return no_template(c);
	if (f->name.n + f->extra.n > TEMPLATE_FACE_BYTES)
		return control_own_fail(c, -EINVAL,
			"The name and test data of a version have at most %u bytes.",
			TEMPLATE_FACE_BYTES);
	if (f->face == 0 && n >= (int64_t)TEMPLATE_FACES_MAX)
		return control_own_fail(
			c, -EINVAL, "A template has at most %u versions.", TEMPLATE_FACES_MAX);
	return control_template_room(c, f->tenant, f->name.n + f->extra.n);
}

static int
insert(struct control *c, const struct template_face *f, int64_t *face)
{
	int err = control_own_check(
		c, store_run(c->store, "SELECT " NEXT " FROM templates t WHERE t.id = ?",
			   take_int, face, "i", f->template));

	err = err ? err : check_number(c, *face);
	return err ? err
	           : control_own_check(c,
			     store_run(c->store,
				     "INSERT INTO template_faces (template, face, tenant, "
				     "version, "
				     "name,"
				     " extra, bytes, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
				     NULL, NULL, "iiiissii", f->template, *face,
				     (int64_t)f->tenant, f->version, f->name, f->extra,
				     (int64_t)(f->name.n + f->extra.n), clock_wall(&c->clock)));
}

static int
put(struct control *c, const struct template_face *f, int64_t *face)
{
	int err = check(c, f);

	err = err ? err : adopt(c, f);
	if (err)
		return err;
	if (*face == 0)
		return insert(c, f, face);
	err = control_own_check(c,
		store_run(c->store,
			"UPDATE template_faces SET version = ?, name = ?, extra = ?, bytes = ?,"
			" updated = ? WHERE template = ? AND face = ? AND gone = 0",
			NULL, NULL, "issiiii", f->version, f->name, f->extra,
			(int64_t)(f->name.n + f->extra.n), clock_wall(&c->clock), f->template,
			f->face));
	return !err && store_changes(c->store) == 0 ? no_face(c) : err;
}

int
control_template_face_put(struct control *c, const struct template_face *f, int64_t *ret_face)
{
	int64_t face = f->face;
	int err = control_own_begin(c);

	err = err ? err : control_own_end(c, put(c, f, &face));
	if (!err)
		*ret_face = face;
	return err;
}

/* Of those that are gone the newest keeps its row, for the number of the next one. */
static int
forget_gone(struct control *c, int64_t template)
{
	return control_own_check(c,
		store_run(c->store,
			"DELETE FROM template_faces WHERE template = ? AND gone = 1 AND face <"
			" (SELECT MAX(x.face) FROM template_faces x WHERE x.template = ?)",
			NULL, NULL, "ii", template, template));
}

static int
clear(struct control *c, const struct template_face *f)
{
	int err = adopt(c, f);

	err = err ? err
	          : control_own_check(c,
			    store_run(c->store,
				    "UPDATE template_faces SET gone = 1, name = '',"
				    " extra = '', bytes = 0 WHERE template = ? AND tenant = ?"
				    " AND face = ? AND gone = 0",
				    NULL, NULL, "iii", f->template, (int64_t)f->tenant,
				    f->face));
	if (!err && store_changes(c->store) == 0)
		return no_face(c);
	return err ? err : forget_gone(c, f->template);
}

int
control_template_face_remove(struct control *c, const struct template_face *f)
{
	int err = control_own_begin(c);

	return err ? err : control_own_end(c, clear(c, f));
}

#define STALE                                                                                  \
	" FROM template_versions WHERE template = ? AND tenant = ? AND version > 0"            \
	" AND NOT EXISTS (SELECT 1 FROM templates t WHERE t.id = template_versions.template"   \
	" AND (template_versions.version > t.versions - ?"                                     \
	" OR template_versions.version IN (t.published, t.same)))"                             \
	" AND NOT EXISTS (SELECT 1 FROM template_faces f"                                      \
	" WHERE f.template = template_versions.template AND f.gone = 0"                        \
	" AND f.version = template_versions.version)"

int
control_template_prune(struct control *c, uint32_t tenant, int64_t id)
{
	int64_t n = 0, kept = TEMPLATE_VERSIONS_KEPT;
	int err = control_own_check(c, store_run(c->store, "SELECT COUNT(*)" STALE, take_int,
					       &n, "iii", id, (int64_t)tenant, kept));

	if (err || n == 0)
		return err;
	err = control_own_begin(c);
	if (err)
		return err;
	err = store_run(c->store, "DELETE" STALE, NULL, NULL, "iii", id, (int64_t)tenant, kept);
	return control_own_end(c, control_own_check(c, err));
}

int
control_template_extra_set(struct control *c, uint32_t tenant, int64_t id, struct str extra)
{
	int err;

	if (extra.n > TEMPLATE_EXTRA_BYTES)
		return control_own_fail(c, -EINVAL,
			"What describes a template beside its texts has at most %u bytes.",
			TEMPLATE_EXTRA_BYTES);
	err = control_own_begin(c);
	if (err)
		return err;
	err = control_own_check(c, store_run(c->store,
					   "UPDATE templates SET extra = ? WHERE id = ? AND "
					   "tenant = ? AND gone = 0",
					   NULL, NULL, "sii", extra, id, (int64_t)tenant));
	return control_own_end(c, !err && store_changes(c->store) == 0 ? no_template(c) : err);
}
