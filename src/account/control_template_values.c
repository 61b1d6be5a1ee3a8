/* Sets of values to try a template out with. */
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
no_set(struct control *c)
{
	return control_own_fail(c, -ENOENT, "This template has no values of this name.");
}

static bool
name_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] < 32 || s.p[i] == 127)
			return false;
	return s.n > 0 && s.n <= TEMPLATE_NAME_CHARS;
}

/* Is the template the tenant's, and is there room for one more set? */
static int
check(struct control *c, const struct template_values *v)
{
	int64_t known = 0, n = 0;
	int err = store_run(c->store,
		"SELECT 1 FROM templates WHERE id = ? AND tenant = ? AND gone = 0", take_int,
		&known, "ii", v->template, (int64_t)v->tenant);

	err = err ? err
	          : store_run(c->store,
			    "SELECT COUNT(*) FROM template_values WHERE template = ?"
			    " AND name <> ?",
			    take_int, &n, "is", v->template, v->name);
	if (err)
		return control_own_check(c, err);
	if (!known)
		return control_own_fail(c, -ENOENT, "There is no such template.");
	if (!name_ok(v->name))
		return control_own_fail(c, -EINVAL,
			"The \"name\" of values is 1 to %u bytes on one line.",
			TEMPLATE_NAME_CHARS);
	if (v->vars.n + v->contact.n > TEMPLATE_VALUES_BYTES)
		return control_own_fail(c, -EINVAL, "A set of values has at most %u bytes.",
			TEMPLATE_VALUES_BYTES);
	if (n >= (int64_t)TEMPLATE_VALUES_MAX)
		return control_own_fail(c, -EINVAL, "A template has at most %u sets of values.",
			TEMPLATE_VALUES_MAX);
	return control_template_room(c, v->tenant, v->vars.n + v->contact.n);
}

static int
put(struct control *c, const struct template_values *v)
{
	int err = check(c, v);

	return err ? err
	           : control_own_check(
			     c, store_run(c->store,
					"INSERT INTO template_values (template, name, tenant,"
					" bytes, vars, contact, updated)"
					" VALUES (?, ?, ?, ?, ?, ?, ?)"
					" ON CONFLICT (template, name) DO UPDATE SET bytes ="
					" excluded.bytes, vars = excluded.vars, contact ="
					" excluded.contact, updated = excluded.updated",
					NULL, NULL, "isiissi", v->template, v->name,
					(int64_t)v->tenant, (int64_t)(v->vars.n + v->contact.n),
					v->vars, v->contact, clock_wall(&c->clock)));
}

int
control_template_values_set(struct control *c, const struct template_values *v)
{
	int err = control_own_begin(c);

	return err ? err : control_own_end(c, put(c, v));
}

int
control_template_values_remove(struct control *c, const struct template_values *q)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_check(
		c, store_run(c->store,
			   "DELETE FROM template_values WHERE template = ?"
			   " AND tenant = ? AND name = ?",
			   NULL, NULL, "iis", q->template, (int64_t)q->tenant, q->name));
	if (!err && store_changes(c->store) == 0)
		err = no_set(c);
	return control_own_end(c, err);
}

struct listing {
	struct arena *arena;
	const struct template_values *q;
	int (*fn)(void *ctx, const struct template_values *v);
	void *ctx;
	size_t n;
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	const struct template_values v = { .tenant = l->q->tenant,
		.template = l->q->template,
		.name = arena_keep(l->arena, store_text(r, 0)),
		.vars = arena_keep(l->arena, store_text(r, 1)),
		.contact = arena_keep(l->arena, store_text(r, 2)),
		.updated = store_int(r, 3) };

	l->n++;
	return l->fn(l->ctx, &v);
}

int
control_template_values_each(struct control *c, struct arena *a,
	const struct template_values *q, int (*fn)(void *ctx, const struct template_values *v),
	void *ctx)
{
	struct listing l = { a, q, fn, ctx, 0 };
	int64_t one = q->name.p != NULL;
	int err = control_own_check(
		c, store_run(c->store,
			   "SELECT name, vars, contact, updated FROM template_values"
			   " WHERE template = ? AND tenant = ? AND (? = 0 OR name = ?)"
			   " ORDER BY name",
			   on_row, &l, "iiis", q->template, (int64_t)q->tenant, one,
			   one ? q->name : STR_NONE));

	return !err && one && l.n == 0 ? no_set(c) : err;
}
