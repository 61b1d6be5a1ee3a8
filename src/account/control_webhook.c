#include "account/control_webhook.h"

#include "account/control_own.h"
#include "base/mem.h"

#include <errno.h>

#define SEALED_MAX 8192

/* The columns of a webhook that are sealed, each for itself. */
enum { URL, FIELDS, SECRET, OLD_SECRET, KEY, SEALED };
static const char *const columns[SEALED] = { "url", "fields", "secret", "old_secret", "key" };

const char *
webhook_state_name(enum webhook_state s)
{
	static const char *const names[] = { "?", "on", "off", "dead" };

	return (unsigned)s < sizeof names / sizeof *names ? names[s] : "?";
}

/* ---- sealing ---- */

static void
plain_of(const struct webhook *w, struct str plain[SEALED])
{
	plain[URL] = w->url;
	plain[FIELDS] = w->fields;
	plain[SECRET] = w->secret;
	plain[OLD_SECRET] = w->old_secret;
	plain[KEY] = w->key;
}

static int
seal_one(struct control *c, const struct webhook *w, int column, struct buf *out)
{
	struct str plain[SEALED];
	struct buf context;
	int err;

	plain_of(w, plain);
	buf_init(&context, 200);
	err = control_schema_webhook(&context, w->tenant, columns[column]);
	if (!err && plain[column].n)
		err = seal_close_for(out, c->keys.box, buf_str(&context), plain[column]);
	buf_done(&context);
	return err;
}

static int
seal_all(struct control *c, const struct webhook *w, struct buf out[SEALED])
{
	int err = 0;

	for (int i = 0; i < SEALED; i++) {
		buf_init(&out[i], SEALED_MAX);
		err = err ? err : seal_one(c, w, i, &out[i]);
	}
	return err ? control_own_fail(c, err, "The webhook could not be sealed.") : 0;
}

static void
sealed_done(struct buf out[SEALED])
{
	for (int i = 0; i < SEALED; i++)
		buf_done(&out[i]);
}

/* Empty for what is empty and for what does not open. */
static struct str
open_one(struct control *c, struct arena *a, const struct webhook *w, int column,
	struct str sealed)
{
	struct buf context, plain;
	struct str got = STR_NONE;

	if (sealed.n == 0)
		return got;
	buf_init(&context, 200);
	buf_init(&plain, SEALED_MAX);
	if (control_schema_webhook(&context, w->tenant, columns[column]) == 0 &&
		seal_open_for(&plain, c->keys.box, buf_str(&context), sealed) == 0)
		got = arena_str(a, buf_str(&plain));
	if (plain.p)
		mem_wipe(plain.p, plain.cap);
	buf_done(&plain);
	buf_done(&context);
	return got.p ? got : STR_NONE;
}

/* ---- checks ---- */

static int
check(struct control *c, const struct webhook *w)
{
	if (w->url.n == 0 || w->url.n > WEBHOOK_URL_MAX)
		return control_own_fail(
			c, -EINVAL, "A webhook's URL has 1 to %u bytes.", WEBHOOK_URL_MAX);
	if (w->label.n > WEBHOOK_LABEL_MAX || w->fields.n > WEBHOOK_FIELDS_BYTES)
		return control_own_fail(c, -EINVAL,
			"A webhook's label may have %u bytes, its header fields %u.",
			WEBHOOK_LABEL_MAX, WEBHOOK_FIELDS_BYTES);
	if (w->event.n > WEBHOOK_EVENT_MAX)
		return control_own_fail(
			c, -EINVAL, "A webhook's event may have %u bytes.", WEBHOOK_EVENT_MAX);
	return 0;
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
there_is_room(struct control *c, const struct webhook *w)
{
	int64_t n = 0, same = 0;
	int err = control_own_check(
		c, store_run(c->store, "SELECT COUNT(*) FROM webhooks WHERE tenant = ?",
			   take_int, &n, "i", (int64_t)w->tenant));

	if (!err && w->event.n)
		err = control_own_check(c,
			store_run(c->store,
				"SELECT COUNT(*) FROM webhooks WHERE tenant = ? AND event = ? "
				"AND is_backup = ? AND id <> ?",
				take_int, &same, "isii", (int64_t)w->tenant, w->event,
				(int64_t)w->is_backup, w->id));
	if (!err && same)
		return control_own_fail(c, -EEXIST, "There is a URL for this event already.");
	if (!err && w->id == 0 && n >= (int64_t)WEBHOOKS_MAX)
		return control_own_fail(
			c, -EEXIST, "An account may have %u webhooks.", WEBHOOKS_MAX);
	return err;
}

/* ---- rows ---- */

static int
insert(struct control *c, const struct webhook *w, const struct buf sealed[SEALED])
{
	int64_t known = 0;
	int err = control_own_check(
		c, store_run(c->store, "SELECT 1 FROM accounts WHERE tenant = ?", take_int,
			   &known, "i", (int64_t)w->tenant));

	if (!err && !known)
		return control_own_fail(c, -ENOENT, "There is no such account.");
	err = err ? err : there_is_room(c, w);
	if (err)
		return err;
	return control_own_check(c,
		store_run(c->store,
			"INSERT INTO webhooks (tenant, label, format, kinds, people_only, "
			"first_only, stream, own_stream, event, is_backup, url, fields, "
			"secret, "
			"old_secret, rolled, key, state, why, created, seq)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			NULL, NULL, "issiiiissibbbbibisii", (int64_t)w->tenant, w->label,
			w->format, (int64_t)w->kinds, (int64_t)w->people_only,
			(int64_t)w->first_only, (int64_t)w->stream, w->own_stream, w->event,
			(int64_t)w->is_backup, buf_str(&sealed[URL]), buf_str(&sealed[FIELDS]),
			buf_str(&sealed[SECRET]), buf_str(&sealed[OLD_SECRET]), w->rolled,
			buf_str(&sealed[KEY]), (int64_t)w->state, w->why, clock_wall(&c->clock),
			(int64_t)w->seq));
}

int
control_webhook_add(struct control *c, const struct webhook *w, int64_t *ret_id)
{
	struct buf sealed[SEALED];
	int64_t id = 0;
	int err = check(c, w);

	if (err)
		return err;
	err = seal_all(c, w, sealed);
	err = err ? err : control_own_begin(c);
	if (!err) {
		err = insert(c, w, sealed);
		id = store_last_id(c->store);
		err = control_own_end(c, err);
	}
	sealed_done(sealed);
	if (!err)
		*ret_id = id;
	return err;
}

static int
not_there(struct control *c)
{
	return control_own_fail(c, -ENOENT, "There is no such webhook.");
}

int
control_webhook_update(struct control *c, const struct webhook *w)
{
	struct buf sealed[SEALED];
	int err = check(c, w);

	if (err)
		return err;
	err = seal_all(c, w, sealed);
	err = err ? err : control_own_begin(c);
	if (!err) {
		err = there_is_room(c, w);
		if (!err)
			err = control_own_check(c,
				store_run(c->store,
					"UPDATE webhooks SET label = ?, format = ?, kinds = ?, "
					"people_only = ?, first_only = ?, stream = ?, "
					"own_stream = ?, event = "
					"?, "
					"is_backup = ?, url = ?, fields = ?, secret = ?, "
					"old_secret = ?, rolled = ?, key = ?, state = ?, why = "
					"?"
					" WHERE id = ? AND tenant = ?",
					NULL, NULL, "ssiiiissibbbbibisii", w->label, w->format,
					(int64_t)w->kinds, (int64_t)w->people_only,
					(int64_t)w->first_only, (int64_t)w->stream,
					w->own_stream, w->event, (int64_t)w->is_backup,
					buf_str(&sealed[URL]), buf_str(&sealed[FIELDS]),
					buf_str(&sealed[SECRET]), buf_str(&sealed[OLD_SECRET]),
					w->rolled, buf_str(&sealed[KEY]), (int64_t)w->state,
					w->why, w->id, (int64_t)w->tenant));
		if (!err && store_changes(c->store) == 0)
			err = not_there(c);
		err = control_own_end(c, err);
	}
	sealed_done(sealed);
	return err;
}

int
control_webhook_remove(struct control *c, uint32_t tenant, int64_t id)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_check(c, store_run(c->store,
					   "DELETE FROM webhooks WHERE id = ? AND (? = ? OR "
					   "tenant = ?)",
					   NULL, NULL, "iiii", id, (int64_t)tenant,
					   (int64_t)CONTROL_ANY, (int64_t)tenant));
	if (!err && store_changes(c->store) == 0)
		err = not_there(c);
	/* The id was the tenant's: what hangs on it goes with it. */
	if (!err)
		err = control_own_check(
			c, store_run(c->store, "DELETE FROM webhook_posts WHERE webhook = ?",
				   NULL, NULL, "i", id));
	if (!err)
		err = control_own_check(
			c, store_run(c->store, "DELETE FROM webhook_dead WHERE webhook = ?",
				   NULL, NULL, "i", id));
	if (!err)
		err = control_own_check(
			c, store_run(c->store, "DELETE FROM webhook_replays WHERE webhook = ?",
				   NULL, NULL, "i", id));
	return control_own_end(c, err);
}

struct listing {
	struct control *c;
	struct arena *arena;
	int (*fn)(void *ctx, const struct webhook *w);
	void *ctx;
	size_t n;
};

static int
on_webhook(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	struct webhook w = {
		.id = store_int(r, 0),
		.tenant = (uint32_t)store_int(r, 1),
		.account = arena_keep(l->arena, store_text(r, 2)),
		.label = arena_keep(l->arena, store_text(r, 3)),
		.format = arena_keep(l->arena, store_text(r, 4)),
		.kinds = (uint32_t)store_int(r, 5),
		.people_only = store_int(r, 6) != 0,
		.first_only = store_int(r, 7) != 0,
		.stream = (int8_t)store_int(r, 8),
		.event = arena_keep(l->arena, store_text(r, 9)),
		.is_backup = store_int(r, 10) != 0,
		.rolled = store_int(r, 15),
		.state = (enum webhook_state)store_int(r, 17),
		.why = arena_keep(l->arena, store_text(r, 18)),
		.created = store_int(r, 19),
		.seq = (uint64_t)store_int(r, 20),
		.failing_since = store_int(r, 21),
		.failures = (uint32_t)store_int(r, 22),
		.own_stream = arena_keep(l->arena, store_text(r, 23)),
	};

	w.url = open_one(l->c, l->arena, &w, URL, store_blob(r, 11));
	w.fields = open_one(l->c, l->arena, &w, FIELDS, store_blob(r, 12));
	w.secret = open_one(l->c, l->arena, &w, SECRET, store_blob(r, 13));
	w.old_secret = STR_NONE;
	if (clock_wall(&l->c->clock) - w.rolled < WEBHOOK_GRACE_US)
		w.old_secret = open_one(l->c, l->arena, &w, OLD_SECRET, store_blob(r, 14));
	w.key = open_one(l->c, l->arena, &w, KEY, store_blob(r, 16));
	l->n++;
	return l->fn(l->ctx, &w);
}

int
control_webhook_each(struct control *c, struct arena *a, const struct webhook_query *q,
	int (*fn)(void *ctx, const struct webhook *w), void *ctx)
{
	struct listing l = { c, a, fn, ctx, 0 };
	int err = control_own_check(c,
		store_run(c->store,
			"SELECT w.id, w.tenant, a.name, w.label, w.format, w.kinds, "
			"w.people_only, w.first_only, w.stream, w.event, w.is_backup, w.url, "
			"w.fields, w.secret, w.old_secret, w.rolled, w.key, w.state, w.why, "
			"w.created, w.seq, w.failing_since, w.failures, w.own_stream"
			" FROM webhooks w JOIN accounts a ON a.tenant = w.tenant"
			" WHERE (? = ? OR w.tenant = ?) AND ? IN (0, w.id) ORDER BY w.id",
			on_webhook, &l, "iiii", (int64_t)q->tenant, (int64_t)CONTROL_ANY,
			(int64_t)q->tenant, q->id));

	return !err && q->id && l.n == 0 ? not_there(c) : err;
}

/* ---- progress ---- */

int
control_webhook_begin(struct control *c)
{
	return control_own_begin(c);
}

int
control_webhook_end(struct control *c, int err)
{
	if (!err)
		err = control_own_check(c, store_commit(c->store));
	if (err)
		store_rollback(c->store);
	return err;
}

int
control_webhook_progress(struct control *c, const struct webhook *w)
{
	return control_own_check(
		c, store_run(c->store,
			   "UPDATE webhooks SET seq = ?, failing_since = ?, failures = ?"
			   " WHERE id = ? AND tenant = ?",
			   NULL, NULL, "iiiii", (int64_t)w->seq, w->failing_since,
			   (int64_t)w->failures, w->id, (int64_t)w->tenant));
}

int
control_webhook_state(struct control *c, const struct webhook *w)
{
	return control_own_check(
		c, store_run(c->store,
			   "UPDATE webhooks SET state = ?, why = ? WHERE id = ? AND tenant = ?",
			   NULL, NULL, "isii", (int64_t)w->state, w->why, w->id,
			   (int64_t)w->tenant));
}
