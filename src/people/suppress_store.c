#include "people/suppress_store.h"

#include "base/mem.h"

#include <errno.h>

struct suppress_store {
	struct store *rows;
};

static const char *const steps[] = {
	"CREATE TABLE suppression ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL, address TEXT NOT NULL,"
	" scope BIGINT NOT NULL, reason BIGINT NOT NULL, message BIGINT NOT NULL,"
	" incident BIGINT NOT NULL, at BIGINT NOT NULL, note TEXT NOT NULL);"
	"CREATE UNIQUE INDEX suppression_key ON suppression (tenant, address, scope, reason);"
	"CREATE INDEX suppression_incident ON suppression (incident) WHERE incident > 0;"
	"CREATE TABLE progress (one BIGINT PRIMARY KEY, applied BIGINT NOT NULL);"
	"INSERT INTO progress (one, applied) VALUES (1, 0)",

	/* Loading needs no more than the index has. */
	"ALTER TABLE suppression ADD COLUMN group_id BIGINT NOT NULL DEFAULT 0;"
	"DROP INDEX suppression_key;"
	"CREATE UNIQUE INDEX suppression_key"
	" ON suppression (tenant, address, scope, reason, group_id);"
	"CREATE INDEX suppression_group ON suppression (tenant, group_id) WHERE group_id > 0",
};
static const struct store_schema schema = { steps, sizeof steps / sizeof *steps, true };

int
suppress_store_open(const char *file, enum store_mode mode, struct suppress_store **ret_s)
{
	struct store *rows;
	int err = store_open(file, mode, &schema, &rows);

	if (err)
		return err;
	*ret_s = MEM_NEW(*ret_s);
	(*ret_s)->rows = rows;
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

#define PUT                                                                                    \
	"INSERT INTO suppression (tenant, address, scope, reason, message, incident,"          \
	" at, note, group_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"                              \
	" ON CONFLICT (tenant, address, scope, reason, group_id) DO NOTHING"

static int
put_add(struct store *s, const struct suppress_change *c)
{
	return store_run(s, PUT, NULL, NULL, "isiiiiisi", (int64_t)c->tenant, c->address,
		(int64_t)c->scope, (int64_t)c->reason, (int64_t)c->message,
		(int64_t)c->incident, c->at, c->note, (int64_t)c->group);
}

static int
put_remove(struct store *s, const struct suppress_change *c)
{
	return store_run(s,
		"DELETE FROM suppression WHERE tenant = ? AND address = ?"
		" AND ? IN (scope, CASE WHEN scope < 3 THEN 3 ELSE scope END)"
		" AND ? IN (reason, 0) AND group_id = ?",
		NULL, NULL, "isiii", (int64_t)c->tenant, c->address, (int64_t)c->scope,
		(int64_t)c->reason, (int64_t)c->group);
}
_Static_assert(SUPPRESS_ANY_SCOPE == 3 && SUPPRESS_EVERY_SCOPE == 5 && SUPPRESS_ANY_REASON == 0,
	"as the SQL has them");
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

static int
load_row(void *ctx, struct store_row *r)
{
	const struct suppress_change c = {
		.tenant = (uint32_t)store_int(r, 0),
		.address = store_text(r, 1),
		.scope = (uint8_t)store_int(r, 2),
		.reason = (uint8_t)store_int(r, 3),
		.group = (uint32_t)store_int(r, 4),
	};
	int err;

	/* What no change ever was is no reason to stop. */
	if (!suppress_change_good(&c))
		return 0;
	err = suppress_apply(ctx, &c);
	return err < 0 ? err : 0;
}

int
suppress_store_load(struct suppress_store *s, struct suppress *set)
{
	/* The index alone has it all. */
	return store_run(s->rows,
		"SELECT tenant, address, scope, reason, group_id FROM suppression", load_row,
		set, "");
}

#define COLUMNS "id, tenant, address, scope, reason, message, incident, at, note, group_id"

struct saving {
	struct store *to;
	uint64_t n;
	int err;
};

static int
save_row(void *ctx, struct store_row *r)
{
	struct saving *v = ctx;

	v->err = store_run(v->to, PUT, NULL, NULL, "isiiiiisi", store_int(r, 1),
		store_text(r, 2), store_int(r, 3), store_int(r, 4), store_int(r, 5),
		store_int(r, 6), store_int(r, 7), store_text(r, 8), store_int(r, 9));
	v->n += v->err == 0;
	return v->err;
}

int
suppress_store_save(struct suppress_store *from, struct suppress_store *to, uint64_t *ret_saved)
{
	struct saving v = { .to = to->rows };
	uint64_t applied = 0;
	int err = store_begin(to->rows);

	if (err)
		return err;
	/* The table, not an index of it: what an error of the reader leaves out is lost. */
	err = store_run(from->rows, "SELECT " COLUMNS " FROM suppression NOT INDEXED", save_row,
		&v, "");
	/* One that the damage kept from getting its new column. */
	if (err && v.n == 0)
		(void)store_run(from->rows,
			"SELECT id, tenant, address, scope, reason, message, incident, at,"
			" note, 0 FROM suppression NOT INDEXED",
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
	const struct suppress_row row = {
		.id = store_int(r, 0),
		.c = {
			.tenant = (uint32_t)store_int(r, 1),
			.address = store_text(r, 2),
			.scope = (uint8_t)store_int(r, 3),
			.reason = (uint8_t)store_int(r, 4),
			.message = (uint64_t)store_int(r, 5),
			.incident = (uint64_t)store_int(r, 6),
			.at = store_int(r, 7),
			.note = store_text(r, 8),
			.group = (uint32_t)store_int(r, 9),
		},
	};

	return f->fn(f->ctx, &row);
}

/* Eight parameters: see BIND. A group's number tells which rows; 0, SUPPRESS_ANY_GROUP and
 * SUPPRESS_NO_GROUP as the header says. */
#define WHICH                                                                                  \
	" FROM suppression WHERE ? IN (0, tenant)"                                             \
	" AND ? IN (5, scope, CASE WHEN scope < 3 THEN 3 ELSE scope END) AND ? IN (0, reason)" \
	" AND ? IN (0, incident) AND at >= ? AND at < ? AND address LIKE ? ESCAPE '\\'"        \
	" AND ? IN (0, CASE WHEN group_id > 0 THEN 4294967296 ELSE 4294967297 END, group_id)"
#define EXACT  " AND tenant = ? AND address = ?"
#define ANY_OF " AND tenant = ? AND group_id > 0"
#define ONE_OF ANY_OF " AND group_id = ?"
#define CAUSE  " AND incident = ? AND incident > 0"
#define NEWEST " AND id < ? ORDER BY id DESC LIMIT ?"
#define OLDEST " AND id > ? ORDER BY id LIMIT ?"

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

/* By their own index: without it each page would walk the tenant's whole list. */
static int
find_of_groups(struct suppress_store *s, const struct suppress_query *q, const struct which *w,
	struct finding *f)
{
	if (q->group == SUPPRESS_ANY_GROUP)
		return store_run(s->rows,
			q->oldest_first ? "SELECT " COLUMNS WHICH ANY_OF OLDEST
					: "SELECT " COLUMNS WHICH ANY_OF NEWEST,
			found, f, "iiiiiisiiii", BIND(*w), w->tenant, w->after, w->limit);
	return store_run(s->rows,
		q->oldest_first ? "SELECT " COLUMNS WHICH ONE_OF OLDEST
				: "SELECT " COLUMNS WHICH ONE_OF NEWEST,
		found, f, "iiiiiisiiiii", BIND(*w), w->tenant, q->group, w->after, w->limit);
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
			q->oldest_first ? "SELECT " COLUMNS WHICH EXACT OLDEST
					: "SELECT " COLUMNS WHICH EXACT NEWEST,
			found, &f, "iiiiiisiisii", BIND(w), w.tenant, q->address, w.after,
			w.limit);
	else if (q->tenant && q->group && q->group != SUPPRESS_NO_GROUP)
		err = find_of_groups(s, q, &w, &f);
	else if (q->incident)
		err = store_run(s->rows,
			q->oldest_first ? "SELECT " COLUMNS WHICH CAUSE OLDEST
					: "SELECT " COLUMNS WHICH CAUSE NEWEST,
			found, &f, "iiiiiisiiii", BIND(w), w.incident, w.after, w.limit);
	else
		err = store_run(s->rows,
			q->oldest_first ? "SELECT " COLUMNS WHICH OLDEST
					: "SELECT " COLUMNS WHICH NEWEST,
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
		"SELECT group_id, COUNT(*) FROM suppression"
		" WHERE tenant = ? AND group_id > 0 GROUP BY group_id",
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
		err = store_run(s->rows, "SELECT COUNT(*)" WHICH EXACT, take_number, &n,
			"iiiiiisiis", BIND(w), w.tenant, q->address);
	else
		err = store_run(
			s->rows, "SELECT COUNT(*)" WHICH, take_number, &n, "iiiiiisi", BIND(w));
	buf_done(&w.like);
	if (err == 0)
		*ret_n = n;
	return err;
}
