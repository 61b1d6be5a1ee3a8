#include "account/control_template.h"

#include "account/control_own.h"

#include <errno.h>
#include <inttypes.h>

#define HEAD                                                                                   \
	"SELECT t.id, t.tenant, a.name, t.name, v.version, t.published, t.versions, t.same,"   \
	" t.created, t.updated, v.created, t.extra, v.layout_version,"                         \
	" COALESCE((SELECT l.name FROM templates l WHERE l.id = v.layout), ''),"               \
	" v.dialect, v.stream, v.language, v.layout, v.subject, v.from_email, v.from_name,"    \
	" v.reply_to, v.preheader"
#define FROM                                                                                   \
	" FROM templates t JOIN accounts a ON a.tenant = t.tenant"                             \
	" JOIN template_versions v ON v.template = t.id"
#define BODIES     ", v.html, v.text, v.mjml, v.layout_html, v.layout_text"
#define FIRST_TEXT 14

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
gone(struct control *c)
{
	return control_own_fail(c, -ENOENT, "There is no such template.");
}

/* ---- reading ---- */

struct listing {
	struct arena *arena;
	bool brief;
	int (*fn)(void *ctx, const struct control_template *t);
	void *ctx;
	size_t n;
	bool full; /* the arena */
};

static struct str
keep(struct listing *l, struct str s)
{
	struct str kept = arena_str(l->arena, s);

	l->full |= !kept.p;
	return kept.p ? kept : STR_NONE;
}

/* The number of a layout as text; 0 is none. */
static struct str
number(struct listing *l, int64_t v)
{
	struct str text = v ? arena_printf(l->arena, "%" PRId64, v) : STR_NONE;

	l->full |= !text.p;
	return text.p ? text : STR_NONE;
}

static void
read_texts(struct listing *l, struct store_row *r, struct control_template *t)
{
	for (int i = 0; i < TEMPLATE_TEXTS; i++)
		t->texts[i] = TEMPLATE_IS_BODY(i) && l->brief ? STR_NONE
		              : i == TEMPLATE_LAYOUT ? number(l, store_int(r, FIRST_TEXT + i))
		                                     : keep(l, store_text(r, FIRST_TEXT + i));
	t->layout_html = t->layout_text = STR_NONE;
	if (l->brief)
		return;
	t->layout_html = keep(l, store_text(r, FIRST_TEXT + TEMPLATE_TEXTS));
	t->layout_text = keep(l, store_text(r, FIRST_TEXT + TEMPLATE_TEXTS + 1));
}

static int
on_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	struct control_template t = { .id = store_int(r, 0),
		.tenant = (uint32_t)store_int(r, 1),
		.account = keep(l, store_text(r, 2)),
		.name = keep(l, store_text(r, 3)),
		.version = store_int(r, 4),
		.published = store_int(r, 5),
		.versions = store_int(r, 6),
		.changed = store_int(r, 7) != store_int(r, 5),
		.created = store_int(r, 8),
		.updated = store_int(r, 9),
		.extra = keep(l, store_text(r, 11)),
		.layout_version = store_int(r, 12),
		.layout_name = keep(l, store_text(r, 13)) };

	if (t.version)
		t.updated = store_int(r, 10);
	read_texts(l, r, &t);
	if (l->full)
		return -E2BIG;
	l->n++;
	return l->fn(l->ctx, &t);
}

static int
ended(struct control *c, int err)
{
	if (err == -E2BIG)
		return control_own_fail(c, -EIO, "These templates are too long to be read.");
	return control_own_check(c, err);
}

/* TEMPLATE_PUBLISHED is the version that is; there may be none. One is found by its number,
 * since mail waits for it. */
#define WHICH(one)                                                                             \
	" WHERE t.tenant = ? AND t.gone = 0" one                                               \
	" AND v.version = (CASE WHEN ? = -1 THEN t.published ELSE ? END)"                      \
	" AND (? <> -1 OR t.published <> 0) ORDER BY t.name, t.id"
#define ALL WHICH("")
#define ONE WHICH(" AND t.id = ?")

/* Is it the template or its version that is not there? */
static int
no_version(struct control *c, const struct template_query *q)
{
	int64_t known = 0;
	int err = control_own_check(
		c, store_run(c->store,
			   "SELECT 1 FROM templates WHERE id = ? AND tenant = ? AND gone = 0",
			   take_int, &known, "ii", q->id, (int64_t)q->tenant));

	if (err || !known)
		return err ? err : gone(c);
	if (q->version == TEMPLATE_PUBLISHED)
		return control_own_fail(c, -ENOENT, "This template is not published yet.");
	return control_own_fail(
		c, -ENOENT, "This template has no version %" PRId64 ".", q->version);
}

int
control_template_each(struct control *c, struct arena *a, const struct template_query *q,
	int (*fn)(void *ctx, const struct control_template *t), void *ctx)
{
	struct listing l = { a, q->brief, fn, ctx, 0, false };
	const char *all = q->brief ? HEAD FROM ALL : HEAD BODIES FROM ALL,
		   *one = q->brief ? HEAD FROM ONE : HEAD BODIES FROM ONE;
	int64_t tenant = (int64_t)q->tenant, version = q->version;
	int err = q->id ? store_run(c->store, one, on_row, &l, "iiiii", tenant, q->id, version,
				  version, version)
	                : store_run(c->store, all, on_row, &l, "iiii", tenant, version, version,
				  version);

	err = ended(c, err);
	return !err && q->id && l.n == 0 ? no_version(c, q) : err;
}

int
control_template_versions(struct control *c, struct arena *a, const struct template_query *q,
	int (*fn)(void *ctx, const struct control_template *t), void *ctx)
{
	struct listing l = { a, true, fn, ctx, 0, false };

	return ended(c, store_run(c->store,
				HEAD FROM " WHERE t.tenant = ? AND t.id = ? AND t.gone = 0"
					  " AND v.version > 0 ORDER BY v.version DESC",
				on_row, &l, "ii", (int64_t)q->tenant, q->id));
}

int
control_template_named(struct control *c, uint32_t tenant, struct str name, int64_t *ret_id)
{
	int64_t id = 0;
	int err = control_own_check(c,
		store_run(c->store,
			"SELECT id FROM templates WHERE tenant = ? AND name = ? AND gone = 0",
			take_int, &id, "is", (int64_t)tenant, name));

	if (!err && !id)
		return gone(c);
	if (!err)
		*ret_id = id;
	return err;
}

/* ---- what may be written ---- */

static bool
name_ok(struct str s)
{
	size_t chars = 0;

	for (size_t i = 0; i < s.n; i++) {
		chars += ((uint8_t)s.p[i] & 0xc0) != 0x80;
		if ((uint8_t)s.p[i] < 32 || s.p[i] == 127)
			return false;
	}
	return chars > 0 && chars <= TEMPLATE_NAME_CHARS && !str_starts(s, STR_LIT("tpl_")) &&
	       str_eq(str_trim(s), s);
}

static int
check_name(struct control *c, struct str name)
{
	if (name_ok(name))
		return 0;
	return control_own_fail(c, -EINVAL,
		"A template's \"name\" is 1 to %u characters on one line; it does not begin "
		"with \"tpl_\", which ids do.",
		TEMPLATE_NAME_CHARS);
}

static size_t
bytes_of(const struct str *texts)
{
	size_t n = 0;

	for (int i = 0; i < TEMPLATE_TEXTS; i++)
		n += texts[i].n;
	return n;
}

int
control_template_room(struct control *c, uint32_t tenant, size_t more)
{
	int64_t used = 0, values = 0, faces = 0;
	int err = store_run(c->store,
		"SELECT COALESCE(SUM(bytes), 0) FROM template_versions WHERE tenant = ?",
		take_int, &used, "i", (int64_t)tenant);

	err = err ? err
	          : store_run(c->store,
			    "SELECT COALESCE(SUM(bytes), 0) FROM template_faces WHERE tenant = "
			    "?",
			    take_int, &faces, "i", (int64_t)tenant);
	err = err ? err
	          : store_run(c->store,
			    "SELECT COALESCE(SUM(bytes), 0) FROM template_values WHERE tenant ="
			    " ?",
			    take_int, &values, "i", (int64_t)tenant);
	if (!err && used + values + faces + (int64_t)more > TEMPLATE_BYTES_PER_TENANT)
		return control_own_fail(c, -EINVAL,
			"All templates and versions of an account have at most %" PRId64
			" bytes together: remove some.",
			TEMPLATE_BYTES_PER_TENANT);
	return control_own_check(c, err);
}

/* old: of the texts that these stand for. */
static int
check_texts(struct control *c, uint32_t tenant, const struct str *texts, size_t old)
{
	size_t n = bytes_of(texts);

	if (n > TEMPLATE_CONTENT_BYTES)
		return control_own_fail(c, -EINVAL,
			"The texts of a template have at most %u bytes together.",
			TEMPLATE_CONTENT_BYTES);
	return n > old ? control_template_room(c, tenant, n - old) : 0;
}

/* ---- templates ---- */

static int
named(struct control *c, int err, struct str name)
{
	if (err == -EEXIST)
		return control_own_fail(c, err, "This account has a template \"%.*s\" already.",
			STR_ARG(str_head(name, 200)));
	return control_own_check(c, err);
}

static struct str
text_of(const struct control_template *t, enum template_text at)
{
	return t->texts[at].p ? t->texts[at] : STR_NONE;
}

static int64_t
layout_of(const struct control_template *t)
{
	uint64_t id = 0;

	return str_u64(text_of(t, TEMPLATE_LAYOUT), &id) == 0 ? (int64_t)id : 0;
}

/* The draft, which is made with its template. */
static int
put_draft(struct control *c, const struct control_template *t, int64_t now)
{
	int64_t n = (int64_t)bytes_of(t->texts);

	return store_run(c->store,
		"INSERT INTO template_versions (template, version, tenant, bytes, created,"
		" dialect, stream, language, layout, subject, from_email, from_name, reply_to,"
		" preheader, html, text, mjml)"
		" VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (template, version) DO UPDATE SET bytes = excluded.bytes,"
		" created = excluded.created, dialect = excluded.dialect,"
		" stream = excluded.stream, language = excluded.language,"
		" layout = excluded.layout, subject = excluded.subject, from_email = "
		"excluded.from_email,"
		" from_name = excluded.from_name, reply_to = excluded.reply_to,"
		" preheader = excluded.preheader, html = excluded.html, text = excluded.text,"
		" mjml = excluded.mjml",
		NULL, NULL, "iiiisssissssssss", t->id, (int64_t)t->tenant, n, now,
		text_of(t, TEMPLATE_DIALECT), text_of(t, TEMPLATE_STREAM),
		text_of(t, TEMPLATE_LANGUAGE), layout_of(t), text_of(t, TEMPLATE_SUBJECT),
		text_of(t, TEMPLATE_FROM_EMAIL), text_of(t, TEMPLATE_FROM_NAME),
		text_of(t, TEMPLATE_REPLY_TO), text_of(t, TEMPLATE_PREHEADER),
		text_of(t, TEMPLATE_BODY_HTML), text_of(t, TEMPLATE_BODY_TEXT),
		text_of(t, TEMPLATE_BODY_MJML));
}

static int
check_count(struct control *c, uint32_t tenant)
{
	int64_t n = 0, known = 0;
	int err = store_run(c->store, "SELECT 1 FROM accounts WHERE tenant = ?", take_int,
		&known, "i", (int64_t)tenant);

	err = err ? err
	          : store_run(c->store,
			    "SELECT COUNT(*) FROM templates WHERE tenant = ? AND gone = 0",
			    take_int, &n, "i", (int64_t)tenant);
	if (err)
		return control_own_check(c, err);
	if (!known)
		return control_own_fail(c, -ENOENT, "There is no such account.");
	if (n >= (int64_t)TEMPLATE_PER_TENANT)
		return control_own_fail(c, -EINVAL, "An account has at most %u templates.",
			TEMPLATE_PER_TENANT);
	return 0;
}

static int
insert(struct control *c, const struct control_template *t, int64_t *ret_id)
{
	int64_t now = clock_wall(&c->clock);
	struct control_template made = *t;
	int err = check_count(c, t->tenant);

	err = err ? err : check_texts(c, t->tenant, t->texts, 0);
	err = err ? err
	          : named(c,
			    store_run(c->store,
				    "INSERT INTO templates (tenant, name, created, updated)"
				    " VALUES (?, ?, ?, ?)",
				    NULL, NULL, "isii", (int64_t)t->tenant, t->name, now, now),
			    t->name);
	if (err)
		return err;
	made.id = store_last_id(c->store);
	*ret_id = made.id;
	return control_own_check(c, put_draft(c, &made, now));
}

int
control_template_add(struct control *c, const struct control_template *t, int64_t *ret_id)
{
	int64_t id = 0;
	int err = check_name(c, t->name);

	err = err ? err : control_own_begin(c);
	if (err)
		return err;
	err = control_own_end(c, insert(c, t, &id));
	if (!err)
		*ret_id = id;
	return err;
}

struct draft {
	const struct control_template *given;
	struct control_template full;
	size_t old; /* bytes of what it was */
	bool texts; /* one of them changes */
};

static int
lay_over(void *ctx, const struct control_template *t)
{
	struct draft *d = ctx;

	d->full = *t;
	d->old = bytes_of(t->texts);
	for (int i = 0; i < TEMPLATE_TEXTS; i++) {
		if (!d->given->texts[i].p || str_eq(d->given->texts[i], t->texts[i]))
			continue;
		d->full.texts[i] = d->given->texts[i];
		d->texts = true;
	}
	return 0;
}

/* How many other drafts have it as their layout? */
static int
count_users(struct control *c, uint32_t tenant, int64_t id, int64_t *ret_n)
{
	*ret_n = 0;
	return control_own_check(
		c, store_run(c->store,
			   "SELECT COUNT(*) FROM templates t JOIN template_versions v"
			   " ON v.template = t.id AND v.version = 0"
			   " WHERE t.tenant = ? AND t.gone = 0 AND v.layout = ? AND t.id <> ?",
			   take_int, ret_n, "iii", (int64_t)tenant, id, id));
}

/* Those that have it as theirs would be put into half of their layout. */
static int
check_layout(struct control *c, const struct control_template *t)
{
	int64_t n = 0;
	int err = layout_of(t) ? count_users(c, t->tenant, t->id, &n) : 0;

	if (err || n == 0)
		return err;
	return control_own_fail(c, -EINVAL,
		"Other templates have this one as their layout: it has no layout itself.");
}

static int
update(struct control *c, struct arena *a, const struct control_template *t)
{
	const struct template_query q = { .tenant = t->tenant, .id = t->id };
	struct draft d = { .given = t };
	int64_t now = clock_wall(&c->clock);
	int err = control_template_each(c, a, &q, lay_over, &d);

	if (!err && t->name.p && !str_eq(t->name, d.full.name))
		err = named(c,
			store_run(c->store, "UPDATE templates SET name = ? WHERE id = ?", NULL,
				NULL, "si", t->name, t->id),
			t->name);
	if (err || !d.texts)
		return err;
	err = check_layout(c, t);
	err = err ? err : check_texts(c, t->tenant, d.full.texts, d.old);
	err = err ? err : control_own_check(c, put_draft(c, &d.full, now));
	return err ? err
	           : control_own_check(c, store_run(c->store,
						  "UPDATE templates SET same = 0, updated = ?"
						  " WHERE id = ?",
						  NULL, NULL, "ii", now, t->id));
}

int
control_template_set(struct control *c, const struct control_template *t)
{
	struct arena a;
	int err = t->name.p ? check_name(c, t->name) : 0;

	err = err ? err : control_own_begin(c);
	if (err)
		return err;
	arena_init(&a, 4u << 20);
	err = control_own_end(c, update(c, &a, t));
	arena_done(&a);
	return err;
}

static int
check_unused(struct control *c, uint32_t tenant, int64_t id)
{
	int64_t n = 0;
	int err = count_users(c, tenant, id, &n);

	/* Drafts would lose it; versions have its texts. */
	if (!err && n > 0)
		return control_own_fail(c, -EINVAL,
			"This is the layout of %" PRId64 " other template%s: give %s another "
			"one first.",
			n, n > 1 ? "s" : "", n > 1 ? "them" : "it");
	return err;
}

static int
clear(struct control *c, uint32_t tenant, int64_t id)
{
	int err = store_run(c->store,
		"UPDATE templates SET gone = 1, published = 0 WHERE id = ? AND tenant = ?"
		" AND gone = 0",
		NULL, NULL, "ii", id, (int64_t)tenant);

	if (!err && store_changes(c->store) == 0)
		return gone(c);
	err = err ? err
	          : store_run(c->store, "DELETE FROM template_versions WHERE template = ?",
			    NULL, NULL, "i", id);
	err = err ? err
	          : store_run(c->store, "DELETE FROM template_values WHERE template = ?", NULL,
			    NULL, "i", id);
	err = err ? err
	          : store_run(c->store, "DELETE FROM template_faces WHERE template = ?", NULL,
			    NULL, "i", id);
	return control_own_check(c, err);
}

int
control_template_remove(struct control *c, uint32_t tenant, int64_t id)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = check_unused(c, tenant, id);
	return control_own_end(c, err ? err : clear(c, tenant, id));
}

/* ---- publishing ---- */

struct standing {
	int64_t versions, same, bytes, kept;
	int64_t layout, layout_now; /* its number; its published version, 0: it has none */
	int64_t layout_then;        /* the version of it that `same` keeps */
	bool found;
};

static int
take_standing(void *ctx, struct store_row *r)
{
	*(struct standing *)ctx = (struct standing){ store_int(r, 0), store_int(r, 1),
		store_int(r, 2), store_int(r, 3), store_int(r, 4), store_int(r, 5),
		store_int(r, 6), true };
	return 0;
}

static int
find_standing(struct control *c, uint32_t tenant, int64_t id, struct standing *ret)
{
	int err = control_own_check(
		c, store_run(c->store,
			   "SELECT t.versions, t.same, v.bytes,"
			   " (SELECT COUNT(*) FROM template_versions n"
			   " WHERE n.template = t.id AND n.version > 0), v.layout,"
			   " COALESCE(l.published, 0), COALESCE(s.layout_version, 0)"
			   " FROM templates t"
			   " JOIN template_versions v ON v.template = t.id AND v.version = 0"
			   " LEFT JOIN templates l ON l.id = v.layout AND l.gone = 0"
			   " LEFT JOIN template_versions s ON s.template = t.id"
			   " AND s.version = t.same"
			   " WHERE t.id = ? AND t.tenant = ? AND t.gone = 0",
			   take_standing, ret, "ii", id, (int64_t)tenant));

	return !err && !ret->found ? gone(c) : err;
}

/* The draft becomes the next version, with the texts of its layout. */
static int
freeze(struct control *c, uint32_t tenant, int64_t id, const struct standing *s)
{
	int64_t bytes = s->bytes;
	int err = 0;

	if (s->layout && !s->layout_now)
		return control_own_fail(c, -EINVAL, "The layout is not published yet.");
	if (s->layout)
		err = control_own_check(c,
			store_run(c->store,
				"SELECT bytes + ? FROM template_versions"
				" WHERE template = ? AND version = ?",
				take_int, &bytes, "iii", s->bytes, s->layout, s->layout_now));
	err = err ? err : control_template_room(c, tenant, (size_t)bytes);
	if (!err && s->kept >= (int64_t)TEMPLATE_VERSIONS_MAX)
		err = control_own_fail(c, -EINVAL,
			"A template has at most %u versions: make another one.",
			TEMPLATE_VERSIONS_MAX);
	if (err)
		return err;
	return control_own_check(c,
		store_run(c->store,
			"INSERT INTO template_versions (template, version, tenant, bytes,"
			" created, dialect, stream, language, layout, layout_version,"
			" layout_html, layout_text, subject, from_email, from_name, reply_to,"
			" preheader, html, text, mjml)"
			" SELECT v.template, ?, v.tenant, ?, ?, v.dialect, v.stream,"
			" v.language, v.layout, COALESCE(p.version, 0), COALESCE(p.html, ''),"
			" COALESCE(p.text, ''), v.subject, v.from_email, v.from_name,"
			" v.reply_to, v.preheader, v.html, v.text, v.mjml"
			" FROM template_versions v LEFT JOIN template_versions p"
			" ON p.template = v.layout AND p.version = ?"
			" WHERE v.template = ? AND v.version = 0",
			NULL, NULL, "iiiii", s->versions + 1, bytes, clock_wall(&c->clock),
			s->layout_now, id));
}

/* Is there a version that says what the draft says now, its layout included? */
static bool
is_frozen(const struct standing *s)
{
	return s->same != 0 && s->layout_then == s->layout_now;
}

int
control_template_publish_within(
	struct control *c, uint32_t tenant, int64_t id, int64_t *version)
{
	struct standing s = { .found = false };
	int64_t same, known = *version == TEMPLATE_DRAFT;
	int err = find_standing(c, tenant, id, &s);

	if (!err && !known)
		err = control_own_check(
			c, store_run(c->store,
				   "SELECT 1 FROM template_versions WHERE template = ?"
				   " AND version = ?",
				   take_int, &known, "ii", id, *version));
	if (err)
		return err;
	same = s.same;
	if (!known)
		return control_own_fail(
			c, -ENOENT, "This template has no version %" PRId64 ".", *version);
	if (*version == TEMPLATE_DRAFT && !is_frozen(&s)) {
		err = freeze(c, tenant, id, &s);
		same = ++s.versions;
	}
	if (*version == TEMPLATE_DRAFT)
		*version = same;
	return err ? err
	           : control_own_check(
			     c, store_run(c->store,
					"UPDATE templates SET published = ?,"
					" versions = ?, same = ? WHERE id = ?",
					NULL, NULL, "iiii", *version, s.versions, same, id));
}

int
control_template_publish(
	struct control *c, uint32_t tenant, int64_t id, int64_t version, int64_t *ret_version)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_end(c, control_template_publish_within(c, tenant, id, &version));
	if (!err)
		*ret_version = version;
	return err;
}

static int
freeze_draft(struct control *c, uint32_t tenant, int64_t id, int64_t *ret_version)
{
	struct standing s = { .found = false };
	int err = find_standing(c, tenant, id, &s);

	err = err ? err : freeze(c, tenant, id, &s);
	if (err)
		return err;
	*ret_version = s.versions + 1;
	return control_own_check(c,
		store_run(c->store, "UPDATE templates SET versions = ?, same = ? WHERE id = ?",
			NULL, NULL, "iii", *ret_version, *ret_version, id));
}

int
control_template_freeze(struct control *c, uint32_t tenant, int64_t id, int64_t *ret_version)
{
	int64_t version = 0;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_end(c, freeze_draft(c, tenant, id, &version));
	if (!err)
		*ret_version = version;
	return err;
}

int
control_template_unpublish(struct control *c, uint32_t tenant, int64_t id)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = store_run(c->store,
		"UPDATE templates SET published = 0 WHERE id = ? AND tenant = ? AND gone = 0",
		NULL, NULL, "ii", id, (int64_t)tenant);
	err = !err && store_changes(c->store) == 0 ? gone(c) : control_own_check(c, err);
	return control_own_end(c, err);
}
