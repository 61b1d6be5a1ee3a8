#include "account/control_audit.h"

#include "account/control_chain.h"
#include "account/control_own.h"
#include "account/control_user.h"
#include "base/text.h"
#include "wire/typed_id.h"

#include <errno.h>

#define ON_MAX   300u
#define PRUNE_AT 100 /* old rows that go with a new one, at most */
/* Rows of a tenant are counted with each so-manieth: up to twice as many go then. */
#define COUNT_EACH 64

void
control_who(struct control *c, const struct control_who *w)
{
	c->who = w;
	c->deed = NULL;
	c->done = false;
}

void
control_doing(struct control *c, const struct control_deed *d)
{
	c->deed = d;
	c->done = false;
}

bool
control_done(struct control *c)
{
	bool done = c->done;

	c->deed = NULL;
	c->done = false;
	return done;
}

void
control_own_about(struct control *c, struct str on, int64_t tenant)
{
	c->about_tenant = tenant;
	(void)str_copy_z(c->about, sizeof c->about, str_head(on, sizeof c->about - 1));
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
take_name(void *ctx, struct store_row *r)
{
	(void)str_copy_z(
		ctx, CONTROL_EMAIL_SIZE, str_head(store_text(r, 0), CONTROL_EMAIL_SIZE - 1));
	return 0;
}

/* As it is called now: it may be gone when the row is read. */
static int
name_of(struct control *c, const struct control_who *w, char name[CONTROL_EMAIL_SIZE])
{
	if (w->kind == CONTROL_WHO_USER)
		return store_run(c->store, "SELECT email FROM users WHERE id = ?", take_name,
			name, "i", w->id);
	if (w->kind == CONTROL_WHO_KEY)
		return store_run(c->store, "SELECT name FROM keys WHERE id = ?", take_name,
			name, "i", w->id);
	(void)str_copy_z(name, CONTROL_EMAIL_SIZE, str_head(w->name, CONTROL_EMAIL_SIZE - 1));
	return 0;
}

/* Whose audit log it stands in. An account that is not there has none: the platform's. */
static int
tenant_of(struct control *c, const struct control_deed *d, struct str on, int64_t *tenant)
{
	*tenant = c->about[0] ? c->about_tenant : d->tenant;
	if (c->about[0])
		return 0;
	if (d->account.n)
		return store_run(c->store, "SELECT tenant FROM accounts WHERE name = ?",
			take_int, tenant, "s", d->account);
	if (!d->tenant && str_starts(d->what, STR_LIT("keys.")))
		return store_run(c->store, "SELECT tenant FROM keys WHERE name = ?", take_int,
			tenant, "s", on);
	return 0;
}

/* Texts come from outside: what is no UTF-8 stands escaped. */
static int
safe(struct buf *b, struct str s, size_t max)
{
	s = str_head(s, max);
	return text_is_utf8(s) ? buf_put(b, s) : text_safe(b, s);
}

struct ids {
	int64_t at[PRUNE_AT + 2 * COUNT_EACH];
	size_t n;
};

static int
take_id(void *ctx, struct store_row *r)
{
	struct ids *ids = ctx;

	ids->at[ids->n++] = store_int(r, 0);
	return 0;
}

static int
drop_oldest(struct control *c, int64_t tenant, bool of_keys, int64_t *n)
{
	struct ids ids = { .n = 0 };
	int err;

	if (*n <= 0)
		return 0;
	err = store_run(c->store,
		"SELECT id FROM audit WHERE tenant = ? AND (kind = ? OR ? = 0) ORDER BY id"
		" LIMIT ?",
		take_id, &ids, "iiii", tenant, (int64_t)CONTROL_WHO_KEY, (int64_t)of_keys, *n);
	*n -= (int64_t)ids.n;
	return err ? err : control_own_chain_drop(c, ids.at, ids.n);
}

/* What programs do goes first: they are who can fill it. */
static int
prune(struct control *c, int64_t tenant, int64_t now, int64_t id)
{
	struct ids ids = { .n = 0 };
	int64_t n = 0;
	int err = store_run(c->store, "SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?",
		take_id, &ids, "ii", now - CONTROL_AUDIT_KEEP_US, (int64_t)PRUNE_AT);

	err = err ? err : control_own_chain_drop(c, ids.at, ids.n);
	if (err || id % COUNT_EACH)
		return err;
	err = store_run(c->store, "SELECT COUNT(*) FROM audit WHERE tenant = ?", take_int, &n,
		"i", tenant);
	n -= c->audit_rows;
	n = n > 2 * COUNT_EACH ? 2 * COUNT_EACH : n;
	err = err ? err : drop_oldest(c, tenant, true, &n);
	return err ? err : drop_oldest(c, tenant, false, &n);
}

static int
add(struct control *c, const struct control_deed *d)
{
	const struct control_who *w = c->who;
	struct str on = c->about[0] ? str_z(c->about) : d->on;
	char name[CONTROL_EMAIL_SIZE] = "";
	int64_t now = clock_wall(&c->clock), tenant, id = 0;
	struct buf target, reason;
	int err;

	buf_init(&target, 4 * ON_MAX);
	buf_init(&reason, 16 * CONTROL_REASON_MAX);
	(void)safe(&target, on, ON_MAX);
	(void)safe(&reason, w->reason.p ? w->reason : STR_NONE, 4 * CONTROL_REASON_MAX);
	err = name_of(c, w, name);
	err = err ? err : tenant_of(c, d, on, &tenant);
	if (!err)
		err = store_run(c->store,
			"INSERT INTO audit (tenant, at, kind, who, name, client, what, target,"
			" reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			NULL, NULL, "iiiisssss", tenant, now, (int64_t)w->kind, w->id,
			str_z(name), w->from.p ? w->from : STR_NONE, d->what, buf_str(&target),
			buf_str(&reason));
	if (!err) {
		id = store_last_id(c->store);
		err = control_own_chain_add(c, tenant, id);
	}
	err = err ? err : prune(c, tenant, now, id);
	buf_done(&target);
	buf_done(&reason);
	return control_own_check(c, err);
}

int
control_own_audit(struct control *c)
{
	if (!c->who || !c->deed || c->done)
		return 0;
	return add(c, c->deed);
}

int
control_audit_add(struct control *c, const struct control_deed *d)
{
	int err = c->who ? control_own_begin(c) : -EINVAL;

	if (err)
		return err == -EINVAL ? 0 : err;
	c->deed = NULL;
	c->about[0] = '\0';
	return control_own_end_quietly(c, add(c, d));
}

/* ---- reading */

struct listing {
	struct control *c;
	struct control_page *page;
	json_t *list;
	size_t n;
	int64_t last;
};

static const char *
kind_word(int64_t kind)
{
	return kind == CONTROL_WHO_USER ? "user" : kind == CONTROL_WHO_KEY ? "key" : "command";
}

static json_t *
who_json(struct control *c, struct store_row *r)
{
	int64_t kind = store_int(r, 2), id = store_int(r, 3);
	char text[TYPED_ID_TEXT];

	return json_pack("{s:s,s:o,s:o}", "kind", kind_word(kind), "id",
		kind == CONTROL_WHO_USER
			? json_string(typed_id_write(text, c->keys.ids, "usr", (uint64_t)id))
			: json_null(),
		"name", control_own_text(store_text(r, 4)));
}

static int
take_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	char text[TYPED_ID_TEXT];

	if (l->n++ == l->page->limit) {
		(void)str_copy_z(l->page->next, sizeof l->page->next,
			str_z(typed_id_write(text, l->c->keys.ids, "aud", (uint64_t)l->last)));
		return 0;
	}
	l->last = store_int(r, 0);
	json_array_append_new(l->list,
		json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "id",
			typed_id_write(text, l->c->keys.ids, "aud", (uint64_t)l->last), "at",
			control_own_time(store_int(r, 1)), "account",
			store_is_null(r, 9) ? json_null() : control_own_text(store_text(r, 9)),
			"who", who_json(l->c, r), "from", control_own_text(store_text(r, 5)),
			"what", control_own_text(store_text(r, 6)), "on",
			control_own_text(store_text(r, 7)), "reason",
			control_own_text(store_text(r, 8)), "entry",
			control_own_chain_entry(r, 10, store_int(r, 1), store_int(r, 3))));
	return 0;
}

#define ROWS                                                                                   \
	"SELECT l.id, l.at, l.kind, l.who, l.name, l.client, l.what, l.target, l.reason,"      \
	" a.name, l.seq, l.salt, l.hash FROM audit l LEFT JOIN accounts a ON a.tenant = "      \
	"l.tenant "

int
control_audit_page(struct control *c, uint32_t tenant, bool all, struct control_page *p,
	struct json_t **ret_j)
{
	struct listing l = { .c = c, .page = p, .list = NULL };
	uint64_t before = (uint64_t)INT64_MAX;
	int64_t limit = (int64_t)p->limit + 1;
	int err;

	p->next[0] = '\0';
	if (p->after.n && typed_id_read(p->after, c->keys.ids, "aud", &before) < 0)
		return control_own_fail(
			c, -EINVAL, "This cursor is not the \"next\" of a page.");
	l.list = json_array();
	err = all ? store_run(c->store, ROWS "WHERE l.id < ? ORDER BY l.id DESC LIMIT ?",
			    take_row, &l, "ii", (int64_t)before, limit)
	          : store_run(c->store,
			    ROWS "WHERE l.tenant = ? AND l.id < ? ORDER BY l.id DESC LIMIT ?",
			    take_row, &l, "iii", (int64_t)tenant, (int64_t)before, limit);
	if (err) {
		json_decref(l.list);
		return control_own_check(c, err);
	}
	*ret_j = l.list;
	return 0;
}
