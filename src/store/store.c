#include "store/store.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"
#include "store/sqlite_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>

#define BUSY_MS    5000
#define CACHE_MAX  48
#define SQL_MAX    128
#define PATH_BYTES 4096
#define COPY_PAGES 256

struct cached {
	const char *sql; /* its address is the name */
	sqlite3_stmt *st;
	uint64_t used; /* tick of the last use */
	bool busy;     /* running: its rows are being read */
};

struct store {
	sqlite3 *db;
	struct cached cache[CACHE_MAX];
	uint64_t tick;
	uint64_t work; /* SQLITE_STMTSTATUS_VM_STEP */
	bool named;    /* the directory entry was synced */
	char dir[PATH_BYTES];
};

struct store_row {
	sqlite3_stmt *st;
};

static int
error_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_CONSTRAINT:
		return rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY
		               ? -EEXIST
		               : -EIO;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	default:
		return -EIO;
	}
}

static int
run_text(struct store *s, const char *sql)
{
	return error_of(sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
schema_version(struct store *s, int64_t *ret_version)
{
	*ret_version = 0;
	return store_run(s, "PRAGMA user_version", take_int, ret_version, "");
}

/* The version is read again inside the transaction: two processes may open a new file at once.
 */
static int
schema_step(struct store *s, const struct store_schema *schema, bool *ret_done)
{
	char sql[SQL_MAX];
	int64_t version;
	int err = store_begin(s);

	if (err)
		return err;
	err = schema_version(s, &version);
	if (err)
		goto fail;
	*ret_done = version >= (int64_t)schema->n;
	if (!*ret_done) {
		err = run_text(s, schema->steps[version]);
		snprintf(sql, sizeof sql, "PRAGMA user_version = %lld", (long long)version + 1);
		err = err ? err : run_text(s, sql);
	}
	err = err ? err : store_commit(s);
fail:
	if (err)
		store_rollback(s);
	return err;
}

static int
schema_check(struct store *s, enum store_mode mode, const struct store_schema *schema)
{
	bool done = false;
	int64_t version;
	int err = schema_version(s, &version);

	if (err)
		return err;
	if (version > (int64_t)schema->n)
		return -ENOTSUP;
	if (mode == STORE_READ)
		return version == 0 && schema->n ? -ENOENT : 0;
	while (!err && !done)
		err = schema_step(s, schema, &done);
	return err;
}

static int
set_up(struct store *s, enum store_mode mode, const struct store_schema *schema, bool any)
{
	int err;

	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	/* Temporary files would lie in /var/tmp, where no sandbox lets a role write. */
	err = run_text(s, "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; "
			  "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY");
	if (!err && mode != STORE_READ) {
		err = run_text(s, !schema || schema->durable ? "PRAGMA synchronous = FULL"
							     : "PRAGMA synchronous = NORMAL");
		err = err ? err : run_text(s, "PRAGMA journal_mode = WAL");
	}
	return err || any ? err : schema_check(s, mode, schema);
}

static void
name_dir(struct store *s, const char *file)
{
	struct str path = str_z(file);
	size_t slash = str_rfind(path, '/');

	if (slash == path.n ||
		str_copy_z(s->dir, sizeof s->dir, str_head(path, slash ? slash : 1)))
		(void)str_copy_z(s->dir, sizeof s->dir, STR_LIT("."));
}

/* SQLite would make the file readable to all; its companions take over the file's mode. */
static int
make_private(const char *file)
{
	int fd = file_open(file, O_RDWR | O_CREAT, 0600);

	return fd < 0 ? fd : file_close(fd);
}

/* any: of whatever schema, to be read. */
static int
open_as(const char *file, enum store_mode mode, const struct store_schema *schema, bool any,
	struct store **ret_s)
{
	struct store *s;
	int rc, err = mode == STORE_CREATE ? make_private(file) : 0;

	if (err)
		return err == -ENOENT ? err : -EIO;
	sqlite_fault_install();
	s = MEM_NEW(s);
	name_dir(s, file);
	rc = sqlite3_open_v2(file, &s->db,
		(mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
			SQLITE_OPEN_NOMUTEX,
		NULL);
	if (rc != SQLITE_OK) {
		int fd = file_open(file, O_RDONLY, 0);

		err = fd == -ENOENT ? -ENOENT : -EIO;
		if (fd >= 0)
			file_close(fd);
	} else {
		err = set_up(s, mode, schema, any);
	}
	if (err) {
		store_free(&s);
		return err;
	}
	*ret_s = s;
	return 0;
}

int
store_open(const char *file, enum store_mode mode, const struct store_schema *schema,
	struct store **ret_s)
{
	return open_as(file, mode, schema, false, ret_s);
}

/* Not what lies there: a rest of a copy that was killed would be taken for damage of `from`,
 * and somebody else's file or link, in a folder of all, would show him the copy. */
static int
make_anew(const char *file)
{
	int err = file_unlink(file), fd;

	if (err && err != -ENOENT)
		return err;
	fd = file_open(file, O_RDWR | O_CREAT | O_EXCL, 0600);
	return fd < 0 ? fd : file_close(fd);
}

struct alive {
	int (*fn)(void *ctx);
	void *ctx;
};

static int
copy_pages(sqlite3 *to, sqlite3 *from, const struct alive *alive)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int rc, err, told = 0;

	if (!b)
		return -EIO;
	/* The reader's transaction is one snapshot: no page changes under it. */
	do {
		rc = sqlite3_backup_step(b, COPY_PAGES);
		told = rc == SQLITE_OK && alive->fn ? alive->fn(alive->ctx) : 0;
	} while (rc == SQLITE_OK && !told);
	err = told ? told : rc == SQLITE_FULL ? -ENOSPC : error_of(rc);
	sqlite3_backup_finish(b);
	return err;
}

static int
copy_into(struct store *s, const char *to, const struct alive *alive)
{
	sqlite3 *db = NULL;
	int64_t version = 0;
	/* BEGIN alone reads nothing; the version's page begins the snapshot. */
	int err = run_text(s, "BEGIN");

	err = err ? err : schema_version(s, &version);
	if (!err && sqlite3_open_v2(to, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		err = -EIO;
	if (!err)
		err = error_of(
			sqlite3_exec(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
				NULL, NULL, NULL));
	err = err ? err : copy_pages(db, s->db, alive);
	/* The last pages may come with the closing. */
	if (sqlite3_close(db) != SQLITE_OK && !err)
		err = -EIO;
	return err;
}

int
store_copy(const char *from, const char *to, int (*alive)(void *ctx), void *ctx)
{
	const struct alive a = { alive, ctx };
	struct store *s;
	int err = open_as(from, STORE_READ, NULL, true, &s);

	if (err)
		return err;
	err = make_anew(to);
	if (err)
		err = err == -ENOSPC ? err : -EIO;
	err = err ? err : copy_into(s, to, &a);
	store_rollback(s);
	store_free(&s);
	return err;
}

int
store_version(const char *file, int64_t *ret_version)
{
	struct store *s;
	int64_t version = 0;
	int err = open_as(file, STORE_READ, NULL, true, &s);

	if (err)
		return err;
	err = schema_version(s, &version);
	store_free(&s);
	if (!err)
		*ret_version = version;
	return err;
}

int
store_scrub(const char *file)
{
	struct store *s;
	int64_t busy = 1;
	int err = open_as(file, STORE_WRITE, NULL, true, &s);

	if (err)
		return err;
	/* The first column of its row: 1 when others were in the way. */
	err = store_run(s, "PRAGMA wal_checkpoint(TRUNCATE)", take_int, &busy, "");
	store_free(&s);
	return err ? err : busy ? -EAGAIN : 0;
}

static int
on_check(void *ctx, struct store_row *r)
{
	*(bool *)ctx = str_eq_z(store_text(r, 0), "ok");
	return 0;
}

int
store_check(const char *file)
{
	struct store *s;
	bool good = false;
	int err = open_as(file, STORE_READ, NULL, true, &s);

	if (err)
		return err;
	err = store_run(s, "PRAGMA integrity_check(1)", on_check, &good, "");
	store_free(&s);
	return err ? err : good ? 0 : -EBADMSG;
}

void
store_free(struct store **ps)
{
	struct store *s = *ps;

	if (!s)
		return;
	for (size_t i = 0; i < CACHE_MAX; i++)
		sqlite3_finalize(s->cache[i].st);
	must(sqlite3_close(s->db) == SQLITE_OK);
	mem_free(s);
	*ps = NULL;
}

const char *
store_error(const struct store *s)
{
	return sqlite3_errmsg(s->db);
}

int
store_begin(struct store *s)
{
	return store_run(s, "BEGIN IMMEDIATE", NULL, NULL, "");
}

int
store_commit(struct store *s)
{
	return store_run(s, "COMMIT", NULL, NULL, "");
}

void
store_rollback(struct store *s)
{
	/* SQLite rolled back by itself after some errors. */
	if (!sqlite3_get_autocommit(s->db))
		(void)store_run(s, "ROLLBACK", NULL, NULL, "");
}

/* A checkpoint may be held up by readers; the write-ahead log alone is enough to recover. */
int
store_sync(struct store *s)
{
	sqlite3_file *wal = NULL;

	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) !=
		SQLITE_OK)
		return -EIO;
	if (wal && wal->pMethods && wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) != SQLITE_OK)
		return -EIO;
	if (!s->named && file_sync_dir(s->dir))
		return -EIO;
	s->named = true;
	return 0;
}

/* The statement of this text; *ret_slot = NULL when it is one for this call only. */
static int
prepare(struct store *s, const char *sql, struct cached **ret_slot, sqlite3_stmt **ret_st)
{
	struct cached *oldest = NULL;
	bool twice = false;
	int rc;

	for (struct cached *c = s->cache; c < s->cache + CACHE_MAX; c++) {
		if (c->sql == sql && !c->busy) {
			*ret_slot = c;
			*ret_st = c->st;
			return 0;
		}
		twice = twice || c->sql == sql;
		if (!c->busy && (!oldest || c->used < oldest->used))
			oldest = c;
	}
	rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_st, NULL);
	if (rc != SQLITE_OK)
		return error_of(rc);
	must(*ret_st);
	*ret_slot = NULL;
	if (oldest && !twice) {
		sqlite3_finalize(oldest->st);
		*oldest = (struct cached){ .sql = sql, .st = *ret_st };
		*ret_slot = oldest;
	}
	return 0;
}

static void
bind(sqlite3_stmt *st, const char *types, va_list ap)
{
	must((int)strlen(types) == sqlite3_bind_parameter_count(st));
	for (int i = 1; *types; types++, i++) {
		struct str v = STR_NONE;
		int rc = SQLITE_OK;

		if (*types == 's' || *types == 'b')
			v = va_arg(ap, struct str);
		if (!v.p)
			v.p = "";
		switch (*types) {
		case 'i':
			rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 's':
			rc = sqlite3_bind_text64(st, i, v.p, v.n, SQLITE_STATIC, SQLITE_UTF8);
			break;
		case 'b':
			rc = sqlite3_bind_blob64(st, i, v.p, v.n, SQLITE_STATIC);
			break;
		case 'n':
			rc = sqlite3_bind_null(st, i);
			break;
		default:
			must(*types == 0); /* no such type */
		}
		must(rc == SQLITE_OK);
	}
}

int
store_run(struct store *s, const char *sql, int (*fn)(void *ctx, struct store_row *r),
	void *ctx, const char *types, ...)
{
	struct store_row row;
	struct cached *slot = NULL;
	int rc, err, told = 0;
	va_list ap;

	err = prepare(s, sql, &slot, &row.st);
	if (err)
		return err;
	if (slot) {
		slot->busy = true;
		slot->used = ++s->tick;
	}
	va_start(ap, types);
	bind(row.st, types, ap);
	va_end(ap);
	while ((rc = sqlite3_step(row.st)) == SQLITE_ROW && !told)
		told = fn ? fn(ctx, &row) : 0;
	err = told ? told : error_of(rc);
	s->work += (uint32_t)sqlite3_stmt_status(row.st, SQLITE_STMTSTATUS_VM_STEP, true);
	/* The parameters are borrowed: they must not outlive this call. */
	if (slot) {
		sqlite3_reset(row.st);
		sqlite3_clear_bindings(row.st);
		slot->busy = false;
	} else {
		sqlite3_finalize(row.st);
	}
	return err;
}

int64_t
store_int(struct store_row *r, int column)
{
	return sqlite3_column_int64(r->st, column);
}

struct str
store_text(struct store_row *r, int column)
{
	const void *p = sqlite3_column_text(r->st, column);

	return p ? str_of(p, (size_t)sqlite3_column_bytes(r->st, column)) : STR_NONE;
}

struct str
store_blob(struct store_row *r, int column)
{
	const void *p = sqlite3_column_blob(r->st, column);

	return p ? str_of(p, (size_t)sqlite3_column_bytes(r->st, column)) : STR_NONE;
}

bool
store_is_null(struct store_row *r, int column)
{
	return sqlite3_column_type(r->st, column) == SQLITE_NULL;
}

int64_t
store_last_id(struct store *s)
{
	return sqlite3_last_insert_rowid(s->db);
}

int64_t
store_changes(struct store *s)
{
	return sqlite3_changes64(s->db);
}

uint64_t
store_work(const struct store *s)
{
	return s->work;
}
