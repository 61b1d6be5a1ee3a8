#include "store/store.h"

#include "base/test.h"
#include "io/sandbox.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP_ONE "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, v BLOB)"
#define STEP_TWO "ALTER TABLE t ADD COLUMN extra INTEGER; CREATE INDEX t_extra ON t (extra)"

static const char *const steps[] = { STEP_ONE, STEP_TWO };
static const struct store_schema one = { steps, 1, true }, two = { steps, 2, false };

static char file[600];

static int
dir_up(void **state)
{
	(void)state;
	snprintf(file, sizeof file, "%s/x.db", test_dir());
	return 0;
}

static int
dir_down(void **state)
{
	(void)state;
	test_dir_done();
	return 0;
}

struct seen {
	unsigned rows;
	int64_t id;
	char name[32], value[32];
	size_t value_n;
	bool extra_null;
	int stop;
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct seen *s = ctx;
	struct str v = store_blob(r, 2);

	s->rows++;
	s->id = store_int(r, 0);
	assert_int_equal(str_copy_z(s->name, sizeof s->name, store_text(r, 1)), 0);
	assert_true(v.n < sizeof s->value);
	memcpy(s->value, v.p, v.n);
	s->value_n = v.n;
	s->extra_null = store_is_null(r, 3);
	return s->stop;
}

#define ADD "INSERT INTO t (name, v, extra) VALUES (?, ?, ?)"
#define ALL "SELECT id, name, v, extra FROM t ORDER BY id"

static void
test_rows(void **state)
{
	struct seen seen = { 0 };
	struct store *s;

	(void)state;
	assert_int_equal(store_open(file, STORE_READ, &two, &s), -ENOENT);
	assert_int_equal(store_open(file, STORE_WRITE, &two, &s), -ENOENT);
	assert_int_equal(store_open(file, STORE_CREATE, &two, &s), 0);
	assert_int_equal(
		store_run(s, ADD, NULL, NULL, "sbn", STR_LIT("a"), STR_LIT("\0x\xff")), 0);
	assert_int_equal(store_last_id(s), 1);
	assert_int_equal(store_changes(s), 1);
	assert_int_equal(
		store_run(s, ADD, NULL, NULL, "sbi", STR_LIT("a"), STR_NONE, (int64_t)1),
		-EEXIST);
	assert_non_null(strstr(store_error(s), "UNIQUE"));
	assert_int_equal(store_run(s, "SELECT nothing", NULL, NULL, ""), -EIO);
	assert_int_equal(store_run(s, ALL, on_row, &seen, ""), 0);
	assert_int_equal(seen.rows, 1);
	assert_string_equal(seen.name, "a");
	assert_int_equal(seen.value_n, 3);
	assert_memory_equal(seen.value, "\0x\xff", 3);
	assert_true(seen.extra_null);
	assert_int_equal(
		store_run(s, ADD, NULL, NULL, "sbi", STR_LIT("b"), STR_NONE, INT64_MIN), 0);
	seen = (struct seen){ .stop = 7 };
	assert_int_equal(store_run(s, ALL, on_row, &seen, ""), 7);
	assert_int_equal(seen.rows, 1);
	/* After a stop the statement is at rest again. */
	assert_int_equal(store_run(s, ALL, on_row, &(struct seen){ 0 }, ""), 0);
	assert_int_equal(store_sync(s), 0);
	store_free(&s);
	assert_null(s);
}

struct nest {
	struct store *s;
	unsigned depth, rows;
};

static int
on_nest(void *ctx, struct store_row *r)
{
	struct nest *n = ctx;

	(void)r;
	n->rows++;
	if (n->depth == 3)
		return 0;
	n->depth++;
	assert_int_equal(store_run(n->s, ALL, on_nest, n, ""), 0);
	n->depth--;
	return 0;
}

/* A statement may be run again while its rows are being read; many texts push old ones out. */
static void
test_cache(void **state)
{
	static char sql[200][32];
	struct nest n = { 0 };

	(void)state;
	assert_int_equal(store_open(file, STORE_CREATE, &two, &n.s), 0);
	store_run(n.s, ADD, NULL, NULL, "sbn", STR_LIT("a"), STR_NONE);
	store_run(n.s, ADD, NULL, NULL, "sbn", STR_LIT("b"), STR_NONE);
	assert_int_equal(store_run(n.s, ALL, on_nest, &n, ""), 0);
	assert_int_equal(n.rows, 2 + 4 + 8 + 16);
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < TEST_COUNT(sql); i++) {
			int64_t id = 0;

			snprintf(sql[i], sizeof sql[i], "SELECT %u + ?", i);
			assert_int_equal(store_run(n.s, sql[i], NULL, &id, "i", (int64_t)1), 0);
		}
	}
	store_free(&n.s);
}

static void
test_transactions(void **state)
{
	struct seen seen = { 0 };
	struct store *s, *other;

	(void)state;
	assert_int_equal(store_open(file, STORE_CREATE, &two, &s), 0);
	assert_int_equal(store_begin(s), 0);
	store_run(s, ADD, NULL, NULL, "sbn", STR_LIT("a"), STR_NONE);
	store_rollback(s);
	store_rollback(s);
	assert_int_equal(store_begin(s), 0);
	store_run(s, ADD, NULL, NULL, "sbn", STR_LIT("b"), STR_NONE);
	/* A reader sees the state before, and does not block the writer. */
	assert_int_equal(store_open(file, STORE_READ, &two, &other), 0);
	assert_int_equal(store_run(other, ALL, on_row, &seen, ""), 0);
	assert_int_equal(seen.rows, 0);
	assert_int_equal(store_commit(s), 0);
	assert_int_equal(store_run(other, ALL, on_row, &seen, ""), 0);
	assert_int_equal(seen.rows, 1);
	assert_string_equal(seen.name, "b");
	assert_int_equal(
		store_run(other, ADD, NULL, NULL, "sbn", STR_LIT("c"), STR_NONE), -EIO);
	store_free(&other);
	store_free(&s);
}

static void
test_schema(void **state)
{
	struct store *s;
	struct stat st;

	(void)state;
	assert_int_equal(store_open(file, STORE_CREATE, &one, &s), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_run(s, ADD, NULL, NULL, "sbn", STR_LIT("a"), STR_NONE), -EIO);
	store_free(&s);
	assert_int_equal(store_open(file, STORE_WRITE, &two, &s), 0);
	assert_int_equal(store_run(s, ADD, NULL, NULL, "sbn", STR_LIT("a"), STR_NONE), 0);
	store_free(&s);
	assert_int_equal(store_open(file, STORE_CREATE, &one, &s), -ENOTSUP);
	assert_int_equal(store_open(file, STORE_READ, &one, &s), -ENOTSUP);
}

static void
test_damage(void **state)
{
	struct store *s;
	int fd;

	(void)state;
	fd = open(file, O_RDWR | O_CREAT, 0600);
	assert_int_equal(close(fd), 0);
	assert_int_equal(store_open(file, STORE_READ, &one, &s), -ENOENT);
	fd = open(file, O_RDWR | O_CREAT, 0600);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(write(fd, "no database here", 16), 16);
	close(fd);
	assert_int_equal(store_open(file, STORE_READ, &one, &s), -EBADMSG);
	assert_int_equal(store_open(file, STORE_CREATE, &one, &s), -EBADMSG);
}

#define DIR_TEST(fn) cmocka_unit_test_setup_teardown(fn, dir_up, dir_down)

/* More to sort than the cache takes: a role may write to no folder for temporary files. */
#define SORT                                                                                   \
	"SELECT count(*) FROM (WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM " \
	"c WHERE n < 40000) SELECT n, randomblob(500) AS b FROM c ORDER BY b LIMIT 39999)"

static int
sort_inside(void)
{
	char dir[600];
	const struct sandbox_path path = { dir, true };
	const struct sandbox box = { .paths = &path, .npaths = 1 };
	struct store *s;
	int err;

	snprintf(dir, sizeof dir, "%.*s", (int)(strlen(file) - strlen("/x.db")), file);
	if (sandbox_enter(&box, SANDBOX_AUTO) < 0)
		return 0; /* this kernel lacks Landlock */
	if (store_open(file, STORE_CREATE, &one, &s) < 0)
		return 1;
	err = store_run(s, SORT, NULL, NULL, "");
	store_free(&s);
	return err ? 2 : 0;
}

static void
test_sorts_in_sandbox(void **state)
{
	pid_t pid = fork();
	int status = -1;

	(void)state;
	if (pid == 0)
		_exit(sort_inside());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
put_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

/* What lies under the name of the copy: the rest of one that was killed, another's file, a link
 * to one. */
static void
test_copy_is_made_anew(void **state)
{
	char copy[700], other[700], text[20] = "";
	struct stat st;
	struct store *s;
	FILE *f;

	(void)state;
	snprintf(copy, sizeof copy, "%s.copy", file);
	snprintf(other, sizeof other, "%s.other", file);
	assert_int_equal(store_open(file, STORE_CREATE, &two, &s), 0);
	store_free(&s);
	put_file(copy,
		"no database, but as long as the head of one would be or longer: "
		"0123456789 0123456789 0123456789",
		0644);
	assert_int_equal(store_copy(file, copy, NULL, NULL), 0);
	assert_int_equal(store_check(copy), 0);
	assert_int_equal(stat(copy, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(unlink(copy), 0);
	put_file(other, "", 0644);
	assert_int_equal(symlink(other, copy), 0);
	assert_int_equal(store_copy(file, copy, NULL, NULL), 0);
	f = fopen(other, "r");
	assert_non_null(f);
	assert_null(fgets(text, sizeof text, f));
	fclose(f);
	assert_int_equal(lstat(copy, &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

/* One moment's state, while the writer has more open; damage is told. */
static void
test_copy(void **state)
{
	char copy[700], none[700];
	struct seen seen = { 0 };
	struct store *s, *t;
	FILE *f;

	(void)state;
	snprintf(copy, sizeof copy, "%s.copy", file);
	snprintf(none, sizeof none, "%s.none/x", file);
	assert_int_equal(store_copy(file, copy, NULL, NULL), -ENOENT);
	assert_int_equal(store_open(file, STORE_CREATE, &two, &s), 0);
	for (int64_t i = 0; i < 3000; i++) {
		char name[20];

		snprintf(name, sizeof name, "row %d", (int)i);
		assert_int_equal(
			store_run(s, ADD, NULL, NULL, "sbi", str_z(name), STR_LIT("value"), i),
			0);
	}
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(
		store_run(s, ADD, NULL, NULL, "sbn", STR_LIT("later"), STR_LIT("value")), 0);
	assert_int_equal(store_copy(file, copy, NULL, NULL), 0);
	assert_int_equal(store_commit(s), 0);
	store_free(&s);
	assert_int_equal(store_copy(file, none, NULL, NULL), -EIO);
	assert_int_equal(store_check(copy), 0);
	assert_int_equal(store_open(copy, STORE_READ, &two, &t), 0);
	assert_int_equal(
		store_run(t, "SELECT id, name, v, extra FROM t", on_row, &seen, ""), 0);
	assert_int_equal(seen.rows, 3000);
	store_free(&t);
	f = fopen(copy, "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, 8192, SEEK_SET), 0);
	for (int i = 0; i < 3000; i++)
		fputs("damage", f);
	fclose(f);
	assert_int_equal(store_check(copy), -EBADMSG);
}

TEST_MAIN(DIR_TEST(test_copy), DIR_TEST(test_copy_is_made_anew),
	DIR_TEST(test_sorts_in_sandbox), DIR_TEST(test_rows), DIR_TEST(test_cache),
	DIR_TEST(test_transactions), DIR_TEST(test_schema), DIR_TEST(test_damage))
