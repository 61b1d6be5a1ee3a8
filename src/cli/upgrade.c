/*
 * facteur upgrade --rehearse: what the next start of this program would do with the state,
 * tried on a copy. Databases and journal are copied, bodies are linked: no engine ever writes
 * into a body's file of another life (docs/decisions/0001). Nothing of the state itself
 * changes.
 */
#include "cli/backup.h"

#include "account/control_schema.h"
#include "base/utc.h"
#include "io/extent.h"
#include "io/file.h"
#include "io/random.h"
#include "ledger/ledger.h"
#include "people/suppress_store.h"
#include "send/pause.h"
#include "store/store.h"
#include "wire/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_S 600
#define ROWS    400
#define ANSWER  (4u << 20)

struct row {
	char name[64];
	int64_t from, to;      /* versions */
	int64_t before, after; /* rows of what people know; -1: not counted */
	int64_t took_us;
	const char *wrong; /* NULL */
};

struct rehearsal {
	struct cli *c;
	char dir[480];
	struct restore_into into;
	struct backup_counts before;
	bool bodies;
	struct row rows[ROWS]; /* the newest days, if there are more */
	size_t n;
	json_t *status; /* of the engine on the copy */
	int64_t start_us;
};

/* ---- the copy */

static int
sink_fact(struct rehearsal *h, enum backup_kind kind, struct str bytes)
{
	const struct backup_fact f = { .kind = kind, .bytes = bytes };

	return restore_into_fact(&h->into, &f);
}

static int
sink_part(void *ctx, struct str name)
{
	return sink_fact(ctx, BACKUP_PART, name);
}

static int
sink_data(void *ctx, struct str bytes)
{
	return sink_fact(ctx, BACKUP_DATA, bytes);
}

static int
sink_part_end(void *ctx)
{
	return sink_fact(ctx, BACKUP_PART_END, STR_NONE);
}

static int
sink_link(void *ctx, const char *path, struct str name)
{
	struct rehearsal *h = ctx;
	char to[700], dir[700];
	int err;

	if (snprintf(to, sizeof to, "%s/%.*s", h->dir, STR_ARG(name)) >= (int)sizeof to)
		return -ENAMETOOLONG;
	(void)str_copy_z(dir, sizeof dir, str_of(to, str_rfind(str_z(to), '/')));
	err = file_mkdirs(dir, 0700);
	return err ? err : file_link(path, to);
}

static void
on_extent(void *ctx, uint32_t extent, uint64_t size, int64_t changed)
{
	struct rehearsal *h = ctx;

	(void)changed;
	nmap_put(&h->into.extents, extent, size);
}

static int
copy(struct rehearsal *h)
{
	const struct backup_sink sink = { sink_part, sink_data, sink_part_end, sink_link, h };
	char scratch[500], spool[500];
	struct backup_take t = { .sink = &sink,
		.scratch = scratch,
		.master_key = true,
		.bodies = true,
		.keyless = true,
		.room = 2 * h->c->config->limits.disk_reserve_bytes };
	int err;

	snprintf(scratch, sizeof scratch, "%s/copy", h->dir);
	snprintf(spool, sizeof spool, "%s/spool", h->dir);
	err = backup_take(h->c, &t);
	h->bodies = t.bodies;
	if (!err && t.bodies)
		(void)extent_each(spool, on_extent, h);
	return err;
}

/* ---- the files one by one */

struct look {
	const struct store_schema *schema;
	const char *count; /* a literal */
};

static struct look
look_of(struct str name)
{
	if (str_eq_z(name, CONTROL_FILE))
		return (struct look){ &control_schema,
			"SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM keys)"
			" + (SELECT count(*) FROM domains)" };
	if (str_eq_z(name, SUPPRESS_FILE))
		return (struct look){ &suppress_store_schema,
			"SELECT count(*) FROM suppression" };
	name = str_from(name, str_starts(name, STR_LIT("ledger/")) ? 7 : 0);
	if (str_eq_z(name, "feed.db"))
		return (struct look){ ledger_schema(name), "SELECT count(*) FROM feed" };
	if (str_eq_z(name, "statistics.db"))
		return (struct look){ ledger_schema(name), "SELECT count(*) FROM tally" };
	return (struct look){ ledger_schema(name), "SELECT count(*) FROM rcpt" };
}

static int
take_number(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int64_t
count(const char *path, const struct look *l, enum store_mode mode)
{
	struct store *s;
	int64_t n = -1;

	if (store_open(path, mode, l->schema, &s))
		return -1;
	if (store_run(s, l->count, take_number, &n, ""))
		n = -1;
	store_free(&s);
	return n;
}

static void
migrate(struct rehearsal *h, const char *path, const char *name)
{
	const struct look l = look_of(str_z(name));
	struct row *r;
	int64_t began;

	if (!l.schema)
		return;
	if (h->n == ROWS) {
		memmove(h->rows, h->rows + 1, (ROWS - 1) * sizeof h->rows[0]);
		h->n--;
	}
	r = &h->rows[h->n++];
	*r = (struct row){ .before = -1, .after = -1 };
	(void)str_copy_z(r->name, sizeof r->name, str_z(name));
	if (store_version(path, &r->from) < 0) {
		r->wrong = "cannot be read";
		return;
	}
	r->to = (int64_t)l.schema->n;
	if (r->from > r->to) {
		r->wrong = "was written by a newer version";
		return;
	}
	r->before = count(path, &l, STORE_READ);
	began = backup_mono();
	r->after = count(path, &l, STORE_WRITE);
	r->took_us = backup_mono() - began;
	if (r->before != r->after || r->after < 0)
		r->wrong = "does not have the same rows after it";
}

static int
on_day(void *ctx, const char *file)
{
	struct rehearsal *h = ctx;
	char path[PATH_MAX], name[300];

	snprintf(path, sizeof path, "%s/ledger/%s", h->dir, file);
	snprintf(name, sizeof name, "ledger/%.250s", file);
	if (ledger_schema(str_z(file)))
		migrate(h, path, name);
	return 0;
}

static void
migrate_all(struct rehearsal *h)
{
	static const char *const names[] = { CONTROL_FILE, SUPPRESS_FILE };
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/ledger", h->dir);
	(void)file_each(path, on_day, h);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", h->dir, names[i]);
		if (access(path, F_OK) == 0)
			migrate(h, path, names[i]);
	}
}

/* ---- the start */

static uint16_t
version_of(const char *dir, const char *name)
{
	char path[PATH_MAX], head[RECORD_FILE_HEAD];
	struct record_file f = { .version = 0 };
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = file_open(path, O_RDONLY, 0);
	if (fd < 0)
		return 0;
	if (file_pread(fd, head, sizeof head, 0) == (long)sizeof head)
		(void)record_file_read(str_of(head, sizeof head), &f);
	file_close(fd);
	return f.version;
}

struct newest {
	const char *dir;
	uint16_t version;
};

/* In order of names: the last one is the newest. */
static int
on_journal(void *ctx, const char *name)
{
	struct newest *n = ctx;

	if (str_starts(str_z(name), STR_LIT("journal.")))
		n->version = version_of(n->dir, name);
	return 0;
}

static uint16_t
journal_version(const struct rehearsal *h)
{
	char dir[500];
	struct newest n = { dir, 0 };

	snprintf(dir, sizeof dir, "%s/journal", h->dir);
	(void)file_each(dir, on_journal, &n);
	return n.version;
}

static int
write_all(int fd, struct str s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno != EINTR)
			return -errno;
		s = str_from(s, n > 0 ? (size_t)n : 0);
	}
	return 0;
}

/* In the child. */
static int
start(const struct rehearsal *h, int to)
{
	static struct phase_slot phases[(ROLE_COURIERS_MAX + 1) * ROLE_SLOTS];
	const struct log_conf log = { .role = "rehearsal", .quiet = true };
	struct role_paths paths;
	struct clock clock;
	struct role_env env = { .config = h->c->config,
		.paths = &paths,
		.clock = &clock,
		.boot = random_u64() | 1,
		.link_fd = -1,
		.control_fd = -1,
		.phases = phases,
		.one = true };
	char key[500];
	json_t *status = NULL;
	char *text = NULL;
	int err = role_paths(&paths, str_z(h->dir));

	err = err ? err : role_paths_make(&paths, NULL);
	snprintf(key, sizeof key, "%s/master.key", h->dir);
	err = err ? err : seal_load(key, &env.keys);
	if (err)
		return EX_SOFTWARE;
	clock_real(&clock);
	env.log = log_new(&log, &clock);
	err = engine_rehearse(&env, START_S, &status);
	text = status ? json_dumps(status, JSON_COMPACT) : NULL;
	if (text)
		err = write_all(to, str_z(text));
	free(text); /* jansson's own allocation */
	json_decref(status);
	log_free(&env.log);
	return err ? EX_TEMPFAIL : EX_OK;
}

static ssize_t
read_on(int fd, char *to, size_t size)
{
	ssize_t got;

	do
		got = read(fd, to, size);
	while (got < 0 && errno == EINTR);
	return got;
}

static json_t *
read_answer(int fd)
{
	struct buf b;
	json_t *j;
	ssize_t got = 1;

	buf_init(&b, ANSWER);
	while (got > 0) {
		char *at = buf_room(&b, 65536);

		got = at ? read_on(fd, at, 65536) : 0;
		if (got > 0)
			buf_added(&b, (size_t)got);
	}
	j = b.n ? json_loadb(b.p, b.n, 0, NULL) : NULL;
	buf_done(&b);
	return j;
}

static pid_t
wait_for(pid_t pid, int *ret_status)
{
	pid_t ended;

	do
		ended = waitpid(pid, ret_status, 0);
	while (ended < 0 && errno == EINTR);
	return ended;
}

/* In a process of its own: an engine that cannot go on ends its process. */
static int
try_start(struct rehearsal *h)
{
	const struct pause p = { .since = 0 };
	char journal[500];
	int pipe_fd[2], status = 0, err;
	int64_t began = backup_mono();
	pid_t pid;

	snprintf(journal, sizeof journal, "%s/journal", h->dir);
	err = file_mkdirs(journal, 0700);
	err = err ? err : pause_write(journal, &p);
	if (err || pipe(pipe_fd) < 0)
		return cli_fail(
			h->c, EX_CANTCREAT, "%s: %s", journal, strerror(err ? -err : errno));
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(pipe_fd[0]);
		_exit(start(h, pipe_fd[1]));
	}
	close(pipe_fd[1]);
	if (pid > 0)
		h->status = read_answer(pipe_fd[0]);
	close(pipe_fd[0]);
	if (pid < 0 || wait_for(pid, &status) < 0 || status != 0 || !h->status)
		return cli_fail(h->c, EX_DATAERR,
			"the engine did not start on the copy: what it said stands above; the "
			"state "
			"itself was not touched");
	h->start_us = backup_mono() - began;
	return EX_OK;
}

/* ---- the report */

static json_int_t
state_after(const struct rehearsal *h, enum rcpt_state s)
{
	return cli_number(json_object_get(h->status, "queue"), rcpt_state_name(s));
}

/* Reports that were owed are mail of our own, accepted by the start. */
static bool
mail_agrees(const struct rehearsal *h)
{
	const json_t *p2 = json_object_get(h->status, "conservation");
	json_int_t more = cli_number(p2, "accepted") - (json_int_t)h->before.accepted;
	json_int_t waits = state_after(h, RCPT_QUEUED) + state_after(h, RCPT_ACTIVE) +
	                   state_after(h, RCPT_HELD) + state_after(h, RCPT_QUARANTINED) +
	                   state_after(h, RCPT_IN_DOUBT);
	json_int_t waited =
		(json_int_t)(h->before.state[RCPT_QUEUED] + h->before.state[RCPT_ACTIVE] +
			     h->before.state[RCPT_HELD] + h->before.state[RCPT_QUARANTINED] +
			     h->before.state[RCPT_IN_DOUBT]);
	bool same = backup_drift(&h->before) == 0 && cli_number(p2, "drift") == 0 &&
	            waits - waited == more && more >= 0;

	for (int i = RCPT_DELIVERED; i <= RCPT_CANCELLED; i++)
		same = same &&
		       state_after(h, (enum rcpt_state)i) == (json_int_t)h->before.state[i];
	return same && h->before.bodiless == 0 && h->before.damaged == 0;
}

static bool
put_rows(const struct rehearsal *h, uint16_t journal, json_t *files)
{
	struct cli_table t;
	bool good = true;
	char cell[64], span[UTC_TEXT_SIZE];

	cli_table_init(&t, 4);
	cli_cell(&t, CLI_T(h->c, "FILE", "FICHIER"));
	cli_cell(&t, CLI_T(h->c, "FORMAT", "FORMAT"));
	cli_cell(&t, CLI_T(h->c, "ROWS", "LIGNES"));
	cli_cell(&t, CLI_T(h->c, "TOOK", "DURÉE"));
	for (size_t i = 0; i < h->n; i++) {
		const struct row *r = &h->rows[i];

		good = good && !r->wrong;
		json_array_append_new(files,
			json_pack("{s:s,s:I,s:I,s:I,s:I,s:f,s:s?}", "file", r->name, "from",
				(json_int_t)r->from, "to", (json_int_t)r->to, "rows_before",
				(json_int_t)r->before, "rows_after", (json_int_t)r->after,
				"seconds", (double)r->took_us / 1e6, "wrong", r->wrong));
		cli_cell(&t, r->name);
		if (r->from == r->to)
			snprintf(cell, sizeof cell, "%" PRId64, r->from);
		else
			snprintf(cell, sizeof cell, "%" PRId64 " -> %" PRId64, r->from, r->to);
		cli_cell(&t, cell);
		snprintf(cell, sizeof cell, "%" PRId64, r->after);
		cli_cell(&t, r->wrong ? r->wrong : cell);
		cli_cell(&t, utc_span(span, r->took_us));
	}
	cli_cell(&t, "journal");
	snprintf(cell, sizeof cell,
		journal == RECORD_VERSION_JOURNAL || !journal ? "%d" : "%d -> %d",
		journal ? journal : RECORD_VERSION_JOURNAL, RECORD_VERSION_JOURNAL);
	cli_cell(&t, cell);
	snprintf(cell, sizeof cell, "%" PRIu64, h->before.messages);
	cli_cell(&t, cell);
	cli_cell(&t, utc_span(span, h->start_us));
	if (h->c->json)
		buf_done(&t.text);
	else
		cli_table_put(h->c, &t);
	return good;
}

static int
report(struct rehearsal *h, uint16_t journal)
{
	json_t *files = json_array();
	bool good = put_rows(h, journal, files), mail = mail_agrees(h);

	if (h->c->json) {
		(void)cli_json(
			h->c, json_pack("{s:o,s:{s:i,s:i,s:f},s:o,s:o,s:b,s:b}", "files", files,
				      "journal", "from", (int)journal, "to",
				      (int)RECORD_VERSION_JOURNAL, "seconds",
				      (double)h->start_us / 1e6, "before",
				      backup_counts_json(&h->before), "after",
				      json_incref(json_object_get(h->status, "queue")),
				      "contents_seen", h->bodies, "agrees", good && mail));
		return good && mail ? EX_OK : EX_DATAERR;
	}
	json_decref(files);
	puts("");
	backup_counts_put(h->c, &h->before);
	puts(mail ? CLI_T(h->c, "After the start on the copy: the same, all accounted for.",
			    "Après le démarrage sur la copie : les mêmes, le compte est bon.")
		  : CLI_T(h->c,
			    "After the start on the copy: NOT the same. Do not upgrade; report "
			    "it.",
			    "Après le démarrage sur la copie : PAS les mêmes. Ne mettez pas à "
			    "jour ; "
			    "signalez-le."));
	if (!h->bodies)
		puts(CLI_T(h->c,
			"Contents were not looked at: they lie on another file system.",
			"Les contenus n'ont pas été examinés : ils sont sur un autre système "
			"de "
			"fichiers."));
	printf(CLI_T(h->c, "Nothing was changed in %s.\n", "Rien n'a été changé dans %s.\n"),
		h->c->paths.state);
	return good && mail ? EX_OK : EX_DATAERR;
}

static int
rehearse(struct cli *c)
{
	struct rehearsal h = { .c = c };
	uint16_t journal;
	char path[500];
	int err;

	if (snprintf(h.dir, sizeof h.dir, "%s.rehearsal", c->paths.state) >= (int)sizeof h.dir)
		return cli_usage(c, "the path of the state folder is too long");
	/* What a rehearsal that was killed left. */
	restore_remove(h.dir);
	err = file_mkdirs(h.dir, 0700);
	if (err)
		return cli_fail(c, EX_CANTCREAT, "%s: %s", h.dir, strerror(-err));
	restore_into_init(&h.into, h.dir, false);
	err = copy(&h);
	journal = journal_version(&h);
	snprintf(path, sizeof path, "%s/journal", h.dir);
	if (!err && h.into.journal &&
		(err = backup_count(path, h.bodies ? &h.into.extents : NULL, &h.before)) != 0)
		err = cli_fail(c, EX_DATAERR, "the journal cannot be read: %s",
			err == -ENOTSUP ? "it was written by a newer version" : strerror(-err));
	if (!err)
		migrate_all(&h);
	err = err ? err : try_start(&h);
	err = err ? err : report(&h, journal);
	json_decref(h.status);
	restore_into_done(&h.into);
	restore_remove(h.dir);
	return err;
}

int
cli_upgrade(struct cli *c, int argc, char **argv)
{
	bool go = false;
	const struct cli_opt opts[] = { { "--rehearse", CLI_FLAG, &go, NULL } };
	int err = cli_options(c, &argc, argv, opts, 1);

	err = err ? err : cli_arguments(c, argc, 0, "--rehearse");
	err = err ? err : cli_config(c);
	if (err)
		return err;
	if (!go)
		return cli_usage(c,
			"the state is brought forward by the next start of the service, "
			"by itself; to see on a copy what that does: facteur upgrade "
			"--rehearse");
	return rehearse(c);
}
