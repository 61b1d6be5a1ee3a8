#include "account/control_erase.h"

#include "account/control_chain.h"
#include "account/control_own.h"
#include "account/control_webhook.h"

#include <errno.h>

#define TEXT_MAX ((size_t)4 << 20) /* of a row that may name him */

const char *
erasure_state_name(enum erasure_state s)
{
	static const char *const names[] = { "?", "pending", "running", "done" };

	return (unsigned)s < sizeof names / sizeof *names ? names[s] : "?";
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* ---- orders */

static int
check(struct control *c, const struct control_erasure *e, int64_t *ret_id)
{
	int64_t known = 0, n = 0;
	int err = store_run(c->store, "SELECT 1 FROM accounts WHERE tenant = ?", take_int,
		&known, "i", (int64_t)e->tenant);

	*ret_id = 0;
	err = err ? err
	          : store_run(c->store,
			    "SELECT COUNT(*) FROM erasures WHERE tenant = ? AND state < 3",
			    take_int, &n, "i", (int64_t)e->tenant);
	err = err ? err
	          : store_run(c->store,
			    "SELECT id FROM erasures WHERE tenant = ? AND state = 1"
			    " AND hash = ?",
			    take_int, ret_id, "is", (int64_t)e->tenant, e->hash);
	if (err)
		return control_own_check(c, err);
	if (!known)
		return control_own_fail(c, -ENOENT, "There is no such account.");
	if (*ret_id == 0 && n >= (int64_t)ERASURES_OPEN_MAX)
		return control_own_fail(c, -EINVAL,
			"%u erasures of this account are under way; ask again when some are "
			"done.",
			ERASURES_OPEN_MAX);
	return 0;
}

/* Into out; of no address nothing. */
static int
seal_address(struct control *c, const struct control_erasure *e, struct buf *out)
{
	struct buf context;
	int err;

	if (e->address.n == 0)
		return 0;
	buf_init(&context, 200);
	err = control_schema_erasure(&context, e->tenant, e->hash);
	if (!err)
		err = seal_close_for(out, c->keys.box, buf_str(&context), e->address);
	buf_done(&context);
	return err;
}

/* Those that are done go after two years, and the oldest of too many. */
static int
trim(struct control *c, uint32_t tenant, int64_t now)
{
	int64_t upto = 0;
	int err = store_run(c->store,
		"SELECT id FROM erasures WHERE tenant = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
		take_int, &upto, "ii", (int64_t)tenant, (int64_t)ERASURES_ROWS);

	if (!err)
		err = store_run(c->store,
			"DELETE FROM erasures WHERE tenant = ? AND state = 3 AND id <= ?", NULL,
			NULL, "ii", (int64_t)tenant, upto);
	if (!err)
		err = store_run(c->store,
			"DELETE FROM erasures WHERE state = 3 AND asked < ? AND id IN (SELECT"
			" id FROM erasures WHERE tenant = ? ORDER BY id LIMIT 100)",
			NULL, NULL, "ii", now - ERASURES_KEEP_US, (int64_t)tenant);
	return control_own_check(c, err);
}

static int
put(struct control *c, const struct control_erasure *e, int64_t *ret_id)
{
	int64_t now = clock_wall(&c->clock);
	struct buf sealed;
	int err = check(c, e, ret_id);

	if (err || *ret_id)
		return err;
	buf_init(&sealed, 1024);
	err = seal_address(c, e, &sealed);
	if (!err)
		err = control_own_check(
			c, store_run(c->store,
				   "INSERT INTO erasures (tenant, hash, address, reason, state,"
				   " asked, done, found) VALUES (?, ?, ?, ?, 1, ?, 0, '{}')",
				   NULL, NULL, "isbsi", (int64_t)e->tenant, e->hash,
				   buf_str(&sealed), e->reason, now));
	if (!err)
		*ret_id = store_last_id(c->store);
	err = err ? err : trim(c, e->tenant, now);
	buf_done(&sealed);
	return err;
}

int
control_erasure_resolved(struct control *c, const struct control_erasure *e)
{
	struct buf sealed;
	int err;

	buf_init(&sealed, 1024);
	err = seal_address(c, e, &sealed);
	if (!err)
		err = control_own_check(c,
			store_run(c->store,
				"UPDATE erasures SET address = ? WHERE tenant = ? AND hash = ?"
				" AND state = 1",
				NULL, NULL, "bis", buf_str(&sealed), (int64_t)e->tenant,
				e->hash));
	buf_done(&sealed);
	return err;
}

int
control_erasure_add(struct control *c, const struct control_erasure *e, int64_t *ret_id)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = put(c, e, ret_id);
	/* Never the address, which the question has. */
	if (!err)
		control_own_about(c, e->hash, e->tenant);
	return control_own_end_quietly(c, err);
}

struct reading {
	struct control *c;
	struct arena *arena;
	int (*fn)(void *ctx, const struct control_erasure *e);
	void *ctx;
	size_t n;
};

static struct str
unsealed(struct reading *of, const struct control_erasure *e, struct str sealed)
{
	struct str text = STR_NONE;
	struct buf context, plain;

	buf_init(&context, 200);
	buf_init(&plain, 1024);
	if (sealed.n && control_schema_erasure(&context, e->tenant, e->hash) == 0 &&
		seal_open_for(&plain, of->c->keys.box, buf_str(&context), sealed) == 0)
		text = arena_keep(of->arena, buf_str(&plain));
	buf_done(&context);
	buf_done(&plain);
	return text;
}

static int
take_row(void *ctx, struct store_row *r)
{
	struct reading *of = ctx;
	struct control_erasure e = {
		.id = store_int(r, 0),
		.tenant = (uint32_t)store_int(r, 1),
		.hash = arena_keep(of->arena, store_text(r, 2)),
		.reason = arena_keep(of->arena, store_text(r, 4)),
		.state = (enum erasure_state)store_int(r, 5),
		.asked = store_int(r, 6),
		.done = store_int(r, 7),
		.found = arena_keep(of->arena, store_text(r, 8)),
		.account = arena_keep(of->arena, store_text(r, 9)),
	};

	e.address = unsealed(of, &e, store_blob(r, 3));
	e.by_hash = e.state == ERASURE_ASKED && store_blob(r, 3).n == 0;
	of->n++;
	return of->fn(of->ctx, &e);
}

#define ROWS                                                                                   \
	"SELECT e.id, e.tenant, e.hash, e.address, e.reason, e.state, e.asked, e.done,"        \
	" e.found, a.name FROM erasures e JOIN accounts a ON a.tenant = e.tenant WHERE "

int
control_erasure_each(struct control *c, struct arena *a, const struct control_erasure_query *q,
	int (*fn)(void *ctx, const struct control_erasure *e), void *ctx)
{
	struct reading of = { c, a, fn, ctx, 0 };
	int64_t before = q->before ? q->before : INT64_MAX, limit = (int64_t)q->limit;
	int err;

	if (q->open)
		err = store_run(c->store,
			ROWS "e.state = ? AND e.id > ? AND e.state < 3 ORDER BY e.id LIMIT ?",
			take_row, &of, "iii", (int64_t)q->open, q->before, limit);
	else if (q->id)
		err = store_run(c->store, ROWS "e.id = ? AND ? IN (0, e.tenant)", take_row, &of,
			"ii", q->id, (int64_t)q->tenant);
	else
		err = store_run(c->store,
			ROWS "? IN (0, e.tenant) AND e.id < ? ORDER BY e.id DESC LIMIT ?",
			take_row, &of, "iii", (int64_t)q->tenant, before, limit);
	if (!err && q->id && of.n == 0)
		return control_own_fail(c, -ENOENT, "There is no such erasure.");
	return control_own_check(c, err);
}

int
control_erasure_late(struct control *c, unsigned *ret_n)
{
	int64_t n = 0;
	int err = store_run(c->store,
		"SELECT COUNT(*) FROM erasures WHERE state < 3 AND asked < ?", take_int, &n,
		"i", clock_wall(&c->clock) - ERASURE_LATE_US);

	*ret_n = (unsigned)n;
	return control_own_check(c, err);
}

int
control_erasure_set(struct control *c, const struct control_erasure *e)
{
	bool done = e->state == ERASURE_DONE;
	int64_t now = done ? clock_wall(&c->clock) : 0;

	if (!done)
		return control_own_check(
			c, store_run(c->store,
				   "UPDATE erasures SET state = ?, found = ? WHERE id = ?",
				   NULL, NULL, "isi", (int64_t)e->state, e->found, e->id));
	return control_own_check(
		c, store_run(c->store,
			   "UPDATE erasures SET state = ?, found = ?, done = ?, address = ''"
			   " WHERE id = ?",
			   NULL, NULL, "isii", (int64_t)e->state, e->found, now, e->id));
}

bool
control_erasure_quiet(struct control *c, uint32_t tenant)
{
	int64_t is = 0;
	int err = store_run(c->store,
		"SELECT 1 FROM erasures WHERE tenant = ? AND (state < 3 OR done > ?) LIMIT 1",
		take_int, &is, "ii", (int64_t)tenant, clock_wall(&c->clock) - ERASURE_QUIET_US);

	return err != 0 || is != 0;
}

/* ---- what the tables hold of him */

struct erasing {
	struct control *c;
	const struct control_erasing *of;
	struct buf first, second; /* texts of the row at hand, masked */
	unsigned n;
	int err;
};

static int
masked(struct erasing *w, struct buf *b, struct str text, size_t *places)
{
	buf_clear(b);
	if (buf_put(b, text) < 0)
		return -EIO;
	if (b->n)
		*places += w->of->mask(b->p, b->n, w->of->address);
	return 0;
}

/* Rows of a number and two texts: those that name him are written again by sql. */
static int
take_texts(struct erasing *w, struct store_row *r, size_t *ret_places)
{
	*ret_places = 0;
	w->err = masked(w, &w->first, store_blob(r, 1), ret_places);
	if (!w->err)
		w->err = masked(w, &w->second, store_blob(r, 2), ret_places);
	w->n += *ret_places > 0;
	return w->err;
}

static int
on_audit(void *ctx, struct store_row *r)
{
	struct erasing *w = ctx;
	size_t places;
	int err = take_texts(w, r, &places);

	return err || !places ? err
	                      : control_own_chain_redact(w->c, store_int(r, 0),
					buf_str(&w->first), buf_str(&w->second));
}

/* Is it the begin of a longer text, and ends within his address? */
static bool
cut_within(struct str text, size_t kept, struct str address)
{
	size_t least = str_rfind(address, '@') + 1;

	for (size_t n = least; text.n == kept && n < address.n; n++)
		if (str_ieq(str_from(text, text.n - n), str_head(address, n)))
			return true;
	return false;
}

/* What was said of one event in a post says more of him than his address: all of it goes. */
static int
on_post(void *ctx, struct store_row *r)
{
	struct erasing *w = ctx;
	struct str request = store_blob(r, 3), answer = store_blob(r, 4);
	size_t places;
	int err = take_texts(w, r, &places);

	if (!err && !places &&
		(cut_within(request, WEBHOOK_REQUEST_KEPT, w->of->address) ||
			cut_within(answer, WEBHOOK_ANSWER_KEPT, w->of->address))) {
		w->n++;
		places = 1;
	}
	return err || !places
	               ? err
	               : store_run(w->c->store,
				 "UPDATE webhook_posts SET request = '', answer = '', why = ''"
				 " WHERE id = ?",
				 NULL, NULL, "i", store_int(r, 0));
}

static int
on_values(void *ctx, struct store_row *r)
{
	struct erasing *w = ctx;
	size_t places;
	int err = take_texts(w, r, &places);

	return err || !places ? err
	                      : store_run(w->c->store,
					"UPDATE template_values SET vars = ?, contact = ?"
					" WHERE template = ? AND name = ?",
					NULL, NULL, "ssis", buf_str(&w->first),
					buf_str(&w->second), store_int(r, 0), store_text(r, 3));
}

static int
on_view(void *ctx, struct store_row *r)
{
	struct erasing *w = ctx;
	size_t places;
	int err = take_texts(w, r, &places);

	return err || !places ? err
	                      : store_run(w->c->store,
					"UPDATE views SET name = ?, query = ?"
					" WHERE user_id = ? AND place = ?",
					NULL, NULL, "ssii", buf_str(&w->first),
					buf_str(&w->second), store_int(r, 0), store_int(r, 3));
}

static int
take_out(struct erasing *w, const char *sql, unsigned *ret_n)
{
	int err = store_run(
		w->c->store, sql, NULL, NULL, "is", (int64_t)w->of->tenant, w->of->address);

	*ret_n += err ? 0 : (unsigned)store_changes(w->c->store);
	return err;
}

static int
contact(struct erasing *w, unsigned *ret_n)
{
	const int64_t tenant = (int64_t)w->of->tenant;
	int64_t bytes = -1;
	int err = store_run(w->c->store,
		"SELECT bytes FROM contacts WHERE tenant = ? AND key = ?", take_int, &bytes,
		"is", tenant, w->of->address);

	if (err || bytes < 0)
		return err;
	err = take_out(w, "DELETE FROM contacts WHERE tenant = ? AND key = ?", ret_n);
	return err ? err
	           : store_run(w->c->store,
			     "UPDATE contact_totals SET contacts = contacts - 1,"
			     " bytes = bytes - ? WHERE tenant = ?",
			     NULL, NULL, "ii", bytes, tenant);
}

/* One kind of texts; how many rows named him. */
static int
texts(struct erasing *w, const char *sql, int (*fn)(void *ctx, struct store_row *r),
	unsigned *ret_n)
{
	int err;

	w->n = 0;
	err = store_run(w->c->store, sql, fn, w, "i", (int64_t)w->of->tenant);
	*ret_n += w->n;
	return err;
}

static int
erase_all(struct erasing *w, struct control_erased *n)
{
	int err = contact(w, &n->contacts);

	err = err ? err
	          : take_out(w, "DELETE FROM testers WHERE tenant = ? AND LOWER(address) = ?",
			    &n->testers);
	err = err ? err
	          : take_out(w, "DELETE FROM proved WHERE tenant = ? AND key = ?", &n->testers);
	err = err ? err
	          : take_out(w, "DELETE FROM forgotten WHERE tenant = ? AND address = ?",
			    &n->marks);
	err = err ? err
	          : texts(w,
			    "SELECT id, CAST(request AS TEXT) || ' ' || CAST(answer AS TEXT),"
			    " why, request, answer FROM webhook_posts WHERE tenant = ?",
			    on_post, &n->posts);
	err = err ? err
	          : texts(w, "SELECT id, target, reason FROM audit WHERE tenant = ?", on_audit,
			    &n->audit);
	err = err ? err
	          : texts(w,
			    "SELECT user_id, name, query, place FROM views"
			    " WHERE tenant IN (0, ?)",
			    on_view, &n->views);
	return err ? err
	           : texts(w,
			     "SELECT template, vars, contact, name FROM template_values"
			     " WHERE tenant = ?",
			     on_values, &n->values);
}

int
control_erase(struct control *c, const struct control_erasing *e, struct control_erased *ret_n)
{
	struct erasing w = { .c = c, .of = e };
	int err = control_own_begin(c);

	if (err)
		return err;
	*ret_n = (struct control_erased){ 0 };
	buf_init(&w.first, TEXT_MAX);
	buf_init(&w.second, TEXT_MAX);
	err = control_own_check(c, erase_all(&w, ret_n));
	buf_done(&w.first);
	buf_done(&w.second);
	return control_own_end_quietly(c, err);
}
