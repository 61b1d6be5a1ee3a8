#include "people/suppress_store.h"

#include "base/mem.h"

#include <errno.h>

struct suppress_store {
	struct store *rows;
	bool listed; /* every row stands in listed */
};

/*
 * A row for a group has the scope OF_GROUP + its number: its scope would be SUPPRESS_ALL in any
 * case, and the index that keeps rows apart needs no further column.
 *
 * listed is an index by hand: each row of a tenant stands in the list 0, one for a group also
 * in those of the group and of SUPPRESS_ANY_GROUP. Millions of rows get into it in slices
 * (suppress_store_fill), which no index of SQLite does. progress 2 is the id up to which it has
 * the rows of before; a file without rows has none of those.
 */
#define OF_GROUP   16
#define ALL_LISTED INT64_MAX

static const char *const steps[] = {
	"CREATE TABLE suppression ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL, address TEXT NOT NULL,"
	" scope BIGINT NOT NULL, reason BIGINT NOT NULL, message BIGINT NOT NULL,"
	" incident BIGINT NOT NULL, at BIGINT NOT NULL, note TEXT NOT NULL);"
	"CREATE UNIQUE INDEX suppression_key ON suppression (tenant, address, scope, reason);"
	"CREATE INDEX suppression_incident ON suppression (incident) WHERE incident > 0;"
	"CREATE TABLE progress (one BIGINT PRIMARY KEY, applied BIGINT NOT NULL);"
	"INSERT INTO progress (one, applied) VALUES (1, 0)",

	/* Files with this number may have groups in a column group_id: see regroup. */
	"",

	/* However many rows there are, a step must be over at once: the keeper is waiting. */
	"CREATE TABLE listed (owner BIGINT NOT NULL, list BIGINT NOT NULL, number BIGINT NOT "
	"NULL,"
	" PRIMARY KEY (owner, list, number)) WITHOUT ROWID;"
	"INSERT INTO progress (one, applied) SELECT 2, CASE WHEN EXISTS"
	" (SELECT 1 FROM suppression) THEN 0 ELSE 9223372036854775807 END",
};
const struct store_schema suppress_store_schema = { steps, sizeof steps / sizeof *steps, true };

static int take_number(void *ctx, struct store_row *r);

/* The id up to which rows are listed. */
static int
listed_upto(struct store *s, int64_t *ret_id)
{
	uint64_t n = 0;
	int err =
		store_run(s, "SELECT applied FROM progress WHERE one = 2", take_number, &n, "");

	*ret_id = (int64_t)n;
	return err;
}

int
suppress_store_open(const char *file, enum store_mode mode, struct suppress_store **ret_s)
{
	struct store *rows;
	int64_t upto = 0;
	int err = store_open(file, mode, &suppress_store_schema, &rows);

	if (err)
		return err;
	*ret_s = MEM_NEW(*ret_s);
	(*ret_s)->rows = rows;
	/* What is damaged shows when it is used. */
	(*ret_s)->listed = listed_upto(rows, &upto) == 0 && upto == ALL_LISTED;
	return 0;
}

void
suppress_store_free(struct suppress_store **ps)
{
	struct suppress_store *s = *ps;

	*ps = NULL;
	if (!s)
		return;
	store_free(&s->rows);
	mem_free(s);
}

static int
take_number(void *ctx, struct store_row *r)
{
	*(uint64_t *)ctx = (uint64_t)store_int(r, 0);
	return 0;
}

int
suppress_store_applied(struct suppress_store *s, uint64_t *ret_number)
{
	uint64_t n = 0;
	int err = store_run(
		s->rows, "SELECT applied FROM progress WHERE one = 1", take_number, &n, "");

	if (err == 0)
		*ret_number = n;
	return err;
}

static int64_t
scope_of(const struct suppress_change *c)
{
	return c->group ? OF_GROUP + (int64_t)c->group : c->scope;
}

static void
scope_to(int64_t scope, struct suppress_change *c)
{
	c->scope = (uint8_t)(scope >= OF_GROUP ? SUPPRESS_ALL : scope);
	c->group = (uint32_t)(scope >= OF_GROUP ? scope - OF_GROUP : 0);
}

static int
list_in(struct store *s, int64_t tenant, int64_t list, int64_t id)
{
	return store_run(s,
		"INSERT INTO listed (owner, list, number) VALUES (?, ?, ?)"
		" ON CONFLICT DO NOTHING",
		NULL, NULL, "iii", tenant, list, id);
}

static int
put_row(struct store *s, const struct suppress_change *c, int64_t scope)
{
	int64_t tenant = (int64_t)c->tenant, id;
	int err = store_run(s,
		"INSERT INTO suppression (tenant, address, scope, reason, message, incident,"
		" at, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		NULL, NULL, "isiiiiis", tenant, c->address, scope, (int64_t)c->reason,
		(int64_t)c->message, (int64_t)c->incident, c->at, c->note);

	if (err || store_changes(s) == 0)
		return err;
	id = store_last_id(s);
	err = list_in(s, tenant, 0, id);
	if (err || scope <= OF_GROUP)
		return err;
	err = list_in(s, tenant, scope - OF_GROUP, id);
	return err ? err : list_in(s, tenant, SUPPRESS_ANY_GROUP, id);
}

static int
put_add(struct store *s, const struct suppress_change *c)
{
	return put_row(s, c, scope_of(c));
}

#define REMOVED                                                                                \
	"tenant = ? AND address = ? AND ? IN (scope, CASE WHEN scope < 3 THEN 3 ELSE scope"    \
	" END) AND ? IN (reason, 0)"

static int
put_remove(struct store *s, const struct suppress_change *c)
{
	int64_t tenant = (int64_t)c->tenant, scope = scope_of(c), reason = (int64_t)c->reason;
	int err = store_run(s,
		"DELETE FROM listed WHERE owner = ? AND list IN (0, ?, ?)"
		" AND number IN (SELECT id FROM suppression WHERE " REMOVED ")",
		NULL, NULL, "iiiisii", tenant, (int64_t)c->group,
		c->group ? SUPPRESS_ANY_GROUP : (int64_t)0, tenant, c->address, scope, reason);

	return err ? err
	           : store_run(s, "DELETE FROM suppression WHERE " REMOVED, NULL, NULL, "isii",
			     tenant, c->address, scope, reason);
}
_Static_assert(SUPPRESS_ANY_SCOPE == 3 && SUPPRESS_EVERY_SCOPE == 5 && SUPPRESS_ANY_REASON == 0,
	"as the SQL has them");
_Static_assert((int)OF_GROUP > (int)SUPPRESS_EVERY_SCOPE, "no scope is a group's");
_Static_assert(SUPPRESS_ANY_GROUP == 4294967296 && SUPPRESS_NO_GROUP == 4294967297,
	"as the SQL has them");

static int
put_all(struct suppress_store *s, const struct suppress_change *c, size_t n)
{
	uint64_t applied;
	int err = suppress_store_applied(s, &applied);

	for (size_t i = 0; i < n && !err; i++) {
		if (c[i].number <= applied)
			continue;
		applied = c[i].number;
		err = c[i].remove ? put_remove(s->rows, &c[i]) : put_add(s->rows, &c[i]);
	}
	if (err)
		return err;
	return store_run(s->rows, "UPDATE progress SET applied = ? WHERE one = 1", NULL, NULL,
		"i", (int64_t)applied);
}

int
suppress_store_put(struct suppress_store *s, const struct suppress_change *c, size_t n)
{
	int err = store_begin(s->rows);

	if (err)
		return err;
	err = put_all(s, c, n);
	err = err ? err : store_commit(s->rows);
	if (err)
		store_rollback(s->rows);
	return err;
}

/* Who reads all rows tells that it gets on. */
#define ALIVE_ROWS 100000u

struct pulse {
	void (*alive)(void *ctx);
	void *ctx;
	uint64_t n;
};

static void
pulse_row(struct pulse *p)
{
	if (p->alive && p->n++ % ALIVE_ROWS == 0)
		p->alive(p->ctx);
}

struct loading {
	struct suppress *set;
	struct pulse pulse;
};

static int
load_row(void *ctx, struct store_row *r)
{
	struct loading *l = ctx;
	struct suppress_change c = {
		.tenant = (uint32_t)store_int(r, 0),
		.address = store_text(r, 1),
		.reason = (uint8_t)store_int(r, 3),
	};
	int err;

	scope_to(store_int(r, 2), &c);
	pulse_row(&l->pulse);
	/* What no change ever was is no reason to stop. */
	if (!suppress_change_good(&c))
		return 0;
	err = suppress_apply(l->set, &c);
	return err < 0 ? err : 0;
}

int
suppress_store_load(
	struct suppress_store *s, struct suppress *set, void (*alive)(void *ctx), void *ctx)
{
	struct loading l = { set, { alive, ctx, 0 } };

	/* The index alone has it all. */
	return store_run(s->rows, "SELECT tenant, address, scope, reason FROM suppression",
		load_row, &l, "");
}

/* ---- what is not listed yet */

/* Groups of their own column, to the scope; only few files ever had them. */
static int
regroup(struct store *s)
{
	uint64_t has = 0;
	int err = store_run(s,
		"SELECT COUNT(*) FROM pragma_table_info('suppression') WHERE name = 'group_id'",
		take_number, &has, "");

	if (err || !has)
		return err;
	/* By its index of groups. 16: OF_GROUP. */
	return store_run(s,
		"UPDATE suppression SET scope = 16 + group_id, group_id = 0 WHERE group_id > 0",
		NULL, NULL, "");
}

static int
list_slice(struct store *s, int64_t after, int64_t upto)
{
	static const char *const inserts[] = {
#define LIST_IN(list) "INSERT INTO listed (owner, list, number) SELECT tenant, " list ", id"
/* A row whose tenant the disk made NULL is nobody's; SQLite takes IS NOT NULL for granted. */
#define SLICE " FROM suppression WHERE id > ? AND id <= ? AND tenant >= 0"
		LIST_IN("0") SLICE " ON CONFLICT DO NOTHING",
		LIST_IN("scope - 16") SLICE " AND scope > 16 ON CONFLICT DO NOTHING",
		LIST_IN("4294967296") SLICE " AND scope > 16 ON CONFLICT DO NOTHING",
	};
	int err = 0;

	for (size_t i = 0; i < sizeof inserts / sizeof *inserts && !err; i++)
		err = store_run(s, inserts[i], NULL, NULL, "ii", after, upto);
	return err;
}
_Static_assert(OF_GROUP == 16, "as the SQL has it");

static int
fill(struct store *s, size_t rows, bool *ret_listed)
{
	uint64_t last = 0, newest = 0;
	int64_t upto;
	int err = listed_upto(s, &upto);

	if (!err && upto == 0)
		err = regroup(s);
	err = err ? err
	          : store_run(s, "SELECT MAX(id) FROM suppression", take_number, &newest, "");
	if (!err)
		err = store_run(s,
			"SELECT MAX(id) FROM (SELECT id FROM suppression WHERE id > ?"
			" ORDER BY id LIMIT ?) AS slice",
			take_number, &last, "ii", upto, (int64_t)rows);
	if (!err && last)
		err = list_slice(s, upto, (int64_t)last);
	*ret_listed = last == newest || last == 0;
	return err ? err
	           : store_run(s, "UPDATE progress SET applied = ? WHERE one = 2", NULL, NULL,
			     "i", *ret_listed ? ALL_LISTED : (int64_t)last);
}

int
suppress_store_fill(struct suppress_store *s, size_t rows)
{
	bool listed = false;
	int err;

	if (s->listed)
		return 0;
	err = store_begin(s->rows);
	if (err)
		return err;
	err = fill(s->rows, rows, &listed);
	err = err ? err : store_commit(s->rows);
	if (err) {
		store_rollback(s->rows);
		return err;
	}
	s->listed = listed;
	return listed ? 0 : 1;
}

/* ---- damage */

#define COLUMNS "id, tenant, address, scope, reason, message, incident, at, note"

struct saving {
	struct store *to;
	struct pulse pulse;
	uint64_t n;
	int err;
};

static struct suppress_row
row_of(struct store_row *r)
{
	struct suppress_row row = {
		.id = store_int(r, 0),
		.c = {
			.tenant = (uint32_t)store_int(r, 1),
			.address = store_text(r, 2),
			.reason = (uint8_t)store_int(r, 4),
			.message = (uint64_t)store_int(r, 5),
			.incident = (uint64_t)store_int(r, 6),
			.at = store_int(r, 7),
			.note = store_text(r, 8),
		},
	};

	scope_to(store_int(r, 3), &row.c);
	return row;
}

static int
save_row(void *ctx, struct store_row *r)
{
	const struct suppress_row row = row_of(r);
	struct saving *v = ctx;

	pulse_row(&v->pulse);
	v->err = put_row(v->to, &row.c, store_int(r, 3));
	v->n += v->err == 0;
	return v->err;
}

int
suppress_store_save(struct suppress_store *from, struct suppress_store *to,
	void (*alive)(void *ctx), void *ctx, uint64_t *ret_saved)
{
	struct saving v = { .to = to->rows, .pulse = { alive, ctx, 0 } };
	uint64_t applied = 0;
	int err = store_begin(to->rows);

	if (err)
		return err;
	/* The table, not an index of it: what an error of the reader leaves out is lost. A
	 * file that has a column of groups first: see regroup. */
	err = store_run(from->rows,
		"SELECT id, tenant, address, CASE WHEN group_id > 0 THEN 16 + group_id"
		" ELSE scope END, reason, message, incident, at, note"
		" FROM suppression NOT INDEXED",
		save_row, &v, "");
	if (err && v.n == 0)
		(void)store_run(from->rows, "SELECT " COLUMNS " FROM suppression NOT INDEXED",
			save_row, &v, "");
	err = v.err;
	if (err == 0 && suppress_store_applied(from, &applied) == 0)
		err = store_run(to->rows, "UPDATE progress SET applied = ? WHERE one = 1", NULL,
			NULL, "i", (int64_t)applied);
	err = err ? err : store_commit(to->rows);
	if (err)
		store_rollback(to->rows);
	else
		*ret_saved = v.n;
	return err;
}

struct finding {
	int (*fn)(void *ctx, const struct suppress_row *r);
	void *ctx;
};

static int
found(void *ctx, struct store_row *r)
{
	const struct finding *f = ctx;
	const struct suppress_row row = row_of(r);

	return f->fn(f->ctx, &row);
}

/* Eight parameters: see BIND. A group's number tells which rows; 0, SUPPRESS_ANY_GROUP and
 * SUPPRESS_NO_GROUP as the header says. */
#define SCOPE                                                                                  \
	" AND ? IN (5, CASE WHEN scope > 16 THEN 0 ELSE scope END,"                            \
	" CASE WHEN scope = 4 THEN 4 ELSE 3 END)"
#define LIKE " AND address LIKE ? ESCAPE '\\'"
#define GROUP                                                                                  \
	" AND ? IN (0, CASE WHEN scope > 16 THEN 4294967296 ELSE 4294967297 END, scope - 16)"
#define WHICH                                                                                  \
	" WHERE ? IN (0, tenant)" SCOPE " AND ? IN (0, reason)"                                \
	" AND ? IN (0, incident) AND at >= ? AND at < ?" LIKE GROUP
/* What the index of the rows knows: no row has to be looked up. */
#define KEYED " FROM suppression WHERE tenant = ?" SCOPE " AND ? IN (0, reason)" LIKE GROUP
#define ROWS  " FROM suppression" WHICH
/* Not the other way round: of the tenant's list each row is looked up. */
#define LISTED                                                                                 \
	" FROM listed CROSS JOIN suppression" WHICH                                            \
	" AND owner = ? AND list = ? AND id = number"
#define EXACT       " AND tenant = ? AND address = ?"
#define CAUSE       " AND incident = ? AND incident > 0"
#define NEWEST      " AND id < ? ORDER BY id DESC LIMIT ?"
#define OLDEST      " AND id > ? ORDER BY id LIMIT ?"
#define LIST_NEWEST " AND number < ? ORDER BY number DESC LIMIT ?"
#define LIST_OLDEST " AND number > ? ORDER BY number LIMIT ?"

struct which {
	int64_t tenant, scope, reason, incident, since, until, after, limit, group;
	struct buf like;
};

static void
put_like(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char ch = ascii_lower(s.p[i]);

		if (ch == '%' || ch == '_' || ch == '\\')
			buf_put_c(b, '\\');
		buf_put_c(b, ch);
	}
}

static void
which_of(const struct suppress_query *q, struct which *w)
{
	*w = (struct which){
		.tenant = q->tenant,
		.scope = q->scope,
		.reason = q->reason,
		.incident = (int64_t)q->incident,
		.group = q->group,
		.since = q->since > 0 ? q->since : INT64_MIN,
		.until = q->until > 0 ? q->until : INT64_MAX,
		.after = q->after > 0      ? q->after
		         : q->oldest_first ? 0
		                           : INT64_MAX,
		.limit = (int64_t)q->limit,
	};
	buf_init(&w->like, SUPPRESS_ADDRESS_SIZE * 2 + 4);
	if (q->address.n) {
		put_like(&w->like, q->address);
		return;
	}
	buf_put_c(&w->like, '%');
	put_like(&w->like, q->part);
	buf_put_c(&w->like, '%');
}

#define BIND(w)                                                                                \
	(w).tenant, (w).scope, (w).reason, (w).incident, (w).since, (w).until,                 \
		buf_str(&(w).like), (w).group

/* What is for no group has no list of its own: it is nearly all of the tenant's. */
static int64_t
list_of(const struct suppress_query *q)
{
	return q->group == SUPPRESS_NO_GROUP ? 0 : q->group;
}

/* The list of all is longer than that of an incident, which has its index. */
static bool
is_listed(const struct suppress_store *s, const struct suppress_query *q)
{
	return s->listed && q->tenant && (list_of(q) || !q->incident);
}

int
suppress_store_find(struct suppress_store *s, const struct suppress_query *q,
	int (*fn)(void *ctx, const struct suppress_row *r), void *ctx)
{
	struct finding f = { fn, ctx };
	struct which w;
	int err;

	which_of(q, &w);
	if (w.like.full)
		err = 0; /* no address is as long */
	else if (q->address.n && q->tenant)
		err = store_run(s->rows,
			q->oldest_first ? "SELECT " COLUMNS ROWS EXACT OLDEST
					: "SELECT " COLUMNS ROWS EXACT NEWEST,
			found, &f, "iiiiiisiisii", BIND(w), w.tenant, q->address, w.after,
			w.limit);
	else if (is_listed(s, q))
		err = store_run(s->rows,
			q->oldest_first ? "SELECT " COLUMNS LISTED LIST_OLDEST
					: "SELECT " COLUMNS LISTED LIST_NEWEST,
			found, &f, "iiiiiisiiiii", BIND(w), w.tenant, list_of(q), w.after,
			w.limit);
	else if (q->incident)
		err = store_run(s->rows,
			q->oldest_first ? "SELECT " COLUMNS ROWS CAUSE OLDEST
					: "SELECT " COLUMNS ROWS CAUSE NEWEST,
			found, &f, "iiiiiisiiii", BIND(w), w.incident, w.after, w.limit);
	else
		err = store_run(s->rows,
			q->oldest_first ? "SELECT " COLUMNS ROWS OLDEST
					: "SELECT " COLUMNS ROWS NEWEST,
			found, &f, "iiiiiisiii", BIND(w), w.after, w.limit);
	buf_done(&w.like);
	return err;
}

struct grouping {
	int (*fn)(void *ctx, uint32_t group, uint64_t n);
	void *ctx;
};

static int
grouped(void *ctx, struct store_row *r)
{
	const struct grouping *g = ctx;

	return g->fn(g->ctx, (uint32_t)store_int(r, 0), (uint64_t)store_int(r, 1));
}

int
suppress_store_groups(struct suppress_store *s, uint32_t tenant,
	int (*fn)(void *ctx, uint32_t group, uint64_t n), void *ctx)
{
	struct grouping g = { fn, ctx };

	return store_run(s->rows,
		s->listed ? "SELECT list, COUNT(*) FROM listed WHERE owner = ?"
			    " AND list > 0 AND list < 4294967296 GROUP BY list"
			  : "SELECT scope - 16, COUNT(*) FROM suppression"
			    " WHERE tenant = ? AND scope > 16 GROUP BY scope",
		grouped, &g, "i", (int64_t)tenant);
}

int
suppress_store_count(struct suppress_store *s, const struct suppress_query *q, uint64_t *ret_n)
{
	uint64_t n = 0;
	struct which w;
	int err;

	which_of(q, &w);
	if (w.like.full)
		err = 0;
	else if (q->address.n && q->tenant)
		err = store_run(s->rows, "SELECT COUNT(*)" ROWS EXACT, take_number, &n,
			"iiiiiisiis", BIND(w), w.tenant, q->address);
	else if (q->tenant && !q->incident && q->since <= 0 && q->until <= 0 && list_of(q) == 0)
		err = store_run(s->rows, "SELECT COUNT(*)" KEYED, take_number, &n, "iiisi",
			w.tenant, w.scope, w.reason, buf_str(&w.like), w.group);
	else if (is_listed(s, q))
		err = store_run(s->rows, "SELECT COUNT(*)" LISTED, take_number, &n,
			"iiiiiisiii", BIND(w), w.tenant, list_of(q));
	else if (q->incident)
		err = store_run(s->rows, "SELECT COUNT(*)" ROWS CAUSE, take_number, &n,
			"iiiiiisii", BIND(w), w.incident);
	else
		err = store_run(
			s->rows, "SELECT COUNT(*)" ROWS, take_number, &n, "iiiiiisi", BIND(w));
	buf_done(&w.like);
	if (err == 0)
		*ret_n = n;
	return err;
}

uint64_t
suppress_store_work(const struct suppress_store *s)
{
	return store_work(s->rows);
}
