/* Layouts: which drafts may be some, and what follows when one of them is published. */
#include "account/control_template.h"

#include "account/control_own.h"

#include <errno.h>

/* ---- drafts that hold a word ---- */

struct holding {
	int (*fn)(void *ctx, const struct template_bodies *b);
	void *ctx;
};

static int
on_bodies(void *ctx, struct store_row *r)
{
	const struct holding *h = ctx;
	const struct template_bodies b = {
		.id = store_int(r, 0), .html = store_text(r, 1), .text = store_text(r, 2)
	};

	return h->fn(h->ctx, &b);
}

int
control_template_holding(struct control *c, const struct template_holding *q,
	int (*fn)(void *ctx, const struct template_bodies *b), void *ctx)
{
	struct holding h = { fn, ctx };

	return control_own_check(
		c, store_run(c->store,
			   "SELECT v.template, v.html, v.text FROM templates t"
			   " JOIN template_versions v ON v.template = t.id AND v.version = 0"
			   " WHERE t.tenant = ? AND t.gone = 0 AND v.dialect = ?"
			   " AND (v.html LIKE '%' || ? || '%' OR v.text LIKE '%' || ? || '%')",
			   on_bodies, &h, "isss", (int64_t)q->tenant, q->dialect, q->word,
			   q->word));
}

/* ---- publishing one ---- */

struct layout {
	uint32_t tenant;
	int64_t id, version, bytes; /* of its version */
};

/* What keeps an older version of it, and how many bytes it will have. */
struct user {
	int64_t id, bytes;
};

struct users {
	struct control *control;
	const struct layout *layout;
	struct user at[TEMPLATE_PER_TENANT];
	size_t n, bytes;
};

static int
take_layout(void *ctx, struct store_row *r)
{
	struct layout *l = ctx;

	l->version = store_int(r, 0);
	l->bytes = store_int(r, 1);
	return 0;
}

#define OWN_FIRST 2
#define OWN_TEXTS 11

static int
on_user(void *ctx, struct store_row *r)
{
	struct users *l = ctx;
	struct user u = { store_int(r, 0), l->layout->bytes };

	if (l->n == TEMPLATE_PER_TENANT)
		return -E2BIG;
	if (store_int(r, 1) >= (int64_t)TEMPLATE_VERSIONS_MAX)
		return control_own_fail(l->control, -EINVAL,
			"A template with this layout has %u versions, and has no room for "
			"another one.",
			TEMPLATE_VERSIONS_MAX);
	for (int i = 0; i < OWN_TEXTS; i++)
		u.bytes += (int64_t)store_text(r, OWN_FIRST + i).n;
	l->at[l->n++] = u;
	l->bytes += (size_t)u.bytes;
	return 0;
}

/* The published version once more, with the layout's new texts. */
static int
follow(struct control *c, const struct layout *l, const struct user *u)
{
	int err = store_run(c->store,
		"INSERT INTO template_versions (template, version, tenant, bytes,"
		" created, dialect, stream, language, layout, layout_version,"
		" layout_html, layout_text, subject, from_email, from_name, reply_to,"
		" preheader, html, text, mjml)"
		" SELECT v.template, t.versions + 1, v.tenant, ?, ?, v.dialect, v.stream,"
		" v.language, v.layout, p.version, p.html, p.text, v.subject,"
		" v.from_email, v.from_name, v.reply_to, v.preheader, v.html, v.text, v.mjml"
		" FROM templates t"
		" JOIN template_versions v ON v.template = t.id AND v.version = t.published"
		" JOIN template_versions p ON p.template = ? AND p.version = ?"
		" WHERE t.id = ?",
		NULL, NULL, "iiiii", u->bytes, clock_wall(&c->clock), l->id, l->version, u->id);

	return err ? err
	           : store_run(c->store,
			     "UPDATE templates SET versions = versions + 1,"
			     " same = CASE WHEN same = published THEN versions + 1 ELSE same "
			     "END,"
			     " published = versions + 1 WHERE id = ?",
			     NULL, NULL, "i", u->id);
}

static int
find_users(struct control *c, const struct layout *l, struct users *ret)
{
	int err = store_run(c->store,
		"SELECT t.id, (SELECT COUNT(*) FROM template_versions n"
		" WHERE n.template = t.id AND n.version > 0), v.dialect, v.stream,"
		" v.language, v.subject, v.from_email, v.from_name, v.reply_to, v.preheader,"
		" v.html, v.text, v.mjml FROM templates t"
		" JOIN template_versions v ON v.template = t.id AND v.version = t.published"
		" WHERE t.tenant = ? AND t.gone = 0 AND v.version > 0 AND v.layout = ?"
		" AND v.layout_version <> ?",
		on_user, ret, "iii", (int64_t)l->tenant, l->id, l->version);

	/* Its own sentence is there. */
	return err == -EINVAL ? err : control_own_check(c, err);
}

static int
follow_all(struct control *c, const struct layout *l)
{
	struct users users = { .control = c, .layout = l };
	int err = find_users(c, l, &users);

	err = err ? err : control_template_room(c, l->tenant, users.bytes);
	for (size_t i = 0; i < users.n && !err; i++)
		err = control_own_check(c, follow(c, l, &users.at[i]));
	return err;
}

int
control_template_publish_layout(
	struct control *c, uint32_t tenant, int64_t id, int64_t *ret_version)
{
	struct layout l = { .tenant = tenant, .id = id };
	int64_t version = TEMPLATE_DRAFT;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_template_publish_within(c, tenant, id, &version);
	err = err ? err
	          : control_own_check(c, store_run(c->store,
						 "SELECT version, bytes FROM template_versions"
						 " WHERE template = ? AND version = ?",
						 take_layout, &l, "ii", id, version));
	err = control_own_end(c, err ? err : follow_all(c, &l));
	if (!err)
		*ret_version = version;
	return err;
}
