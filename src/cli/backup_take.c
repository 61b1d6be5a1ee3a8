/* Reads a state folder as of one moment. */
#include "cli/backup.h"

#include "account/control_schema.h"
#include "base/mem.h"
#include "base/utc.h"
#include "io/file.h"
#include "ledger/ledger_feed_log.h"
#include "people/suppress_store.h"
#include "store/store.h"
#include "wire/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE      (256u << 10)
#define RENEW_US   (5 * UTC_SEC)
#define LOOK_BYTES (2u << 20) /* read between two looks at the room that is left */
#define TRIES      100
#define TRY_US     100000u
#define CONFIG_MAX PIECE

struct taking {
	struct cli *c;
	struct backup_take *t;
	json_int_t hold;   /* 0: no service runs */
	const char *needs; /* of the hold */
	int lock;
	int64_t renewed; /* mono */
	uint64_t unseen; /* bytes since the last look */
	/* How far the journal was at the last renewal: behind that it may be written just now.
	 */
	uint64_t generation, offset; /* 0: all of it */
	bool same_disk;              /* what is written takes room of the service's */
	char *piece;
	int code; /* an exit code that was said already */
};

static int
say(struct taking *k, int code, const char *what, int err)
{
	if (!k->code)
		k->code = cli_fail(k->c, code, "%s: %s", what,
			err == -EBADMSG   ? "damaged"
			: err == -ENOTSUP ? "written by a newer version"
					  : strerror(-err));
	return -ECANCELED;
}

/* ---- the hold */

static int
hold_ask(struct taking *k, const char *needs, json_t **ret_answer)
{
	json_t *body = json_pack("{s:I,s:s}", "hold", k->hold, "needs", needs);
	int status = client_call(k->c->paths.control_sock, "backup.hold", body, ret_answer);

	json_decref(body);
	return status;
}

/* Nobody may begin to work there meanwhile. */
static int
lock_state(struct taking *k)
{
	char path[600];
	int pid, fd;

	snprintf(path, sizeof path, "%s/lock", k->c->paths.state);
	if (access(path, F_OK) < 0)
		return 0;
	fd = file_lock(path, &pid);
	if (fd >= 0)
		k->lock = fd;
	return fd < 0 ? fd : 0;
}

/* 0, or an exit code after saying why. */
static int
hold(struct taking *k)
{
	json_t *answer = NULL;
	int status = 0, err = 0;

	for (int i = 0; i < TRIES; i++) {
		status = hold_ask(k, "all", &answer);
		if (status == 200) {
			k->hold = cli_number(answer, "hold");
			k->t->running = true;
			json_decref(answer);
			return EX_OK;
		}
		if (status == -ECONNREFUSED || status == -ENOENT) {
			err = lock_state(k);
			if (err != -EWOULDBLOCK)
				return err ? cli_fail(k->c, EX_NOPERM, "%s: %s",
						     k->c->paths.state, strerror(-err))
				           : EX_OK;
		} else if (status != 503) {
			break;
		} else {
			json_decref(answer);
			answer = NULL;
		}
		usleep(TRY_US);
	}
	if (status > 0)
		err = cli_fail(k->c, status == 403 ? EX_NOPERM : EX_TEMPFAIL, "%s",
			*cli_text(answer, "error")
				? cli_text(answer, "error")
				: "the service is starting or busy; try again");
	else
		err = cli_fail(k->c, status == -EACCES ? EX_NOPERM : EX_TEMPFAIL,
			"the service did not answer at %s: %s", k->c->paths.control_sock,
			strerror(-status));
	json_decref(answer);
	return err;
}

static int
renew(struct taking *k, const char *needs)
{
	json_t *answer = NULL;
	int status = k->hold ? hold_ask(k, needs, &answer) : 200;

	k->needs = needs;
	k->renewed = backup_mono();
	if (k->hold && status == 200) {
		k->generation = (uint64_t)cli_number(answer, "generation");
		k->offset = (uint64_t)cli_number(answer, "offset");
	}
	if (status != 200 && !k->code)
		k->code = cli_fail(k->c, EX_TEMPFAIL, "%s",
			status > 0 ? cli_text(answer, "error")
				   : "the service does not answer any more; make the backup "
				     "again");
	json_decref(answer);
	return status == 200 ? 0 : -ECANCELED;
}

/* Between pieces: is the hold still ours, has the service still room? */
static int
look(struct taking *k, uint64_t bytes)
{
	int64_t now = backup_mono(), left;

	k->unseen += bytes;
	if (k->unseen < LOOK_BYTES && now - k->renewed < RENEW_US)
		return 0;
	k->unseen = 0;
	left = file_free_bytes(k->c->paths.state);
	if (k->same_disk && left >= 0 && (uint64_t)left < k->t->room)
		return say(k, EX_CANTCREAT,
			"the disk of the state folder is nearly full: the backup was given up",
			-ENOSPC);
	return now - k->renewed >= RENEW_US ? renew(k, k->needs) : 0;
}

/* What cannot be told is taken for the same. */
static bool
same_disk(const char *state, const char *scratch)
{
	struct stat a, b;
	char dir[PATH_MAX];
	size_t slash = str_rfind(str_z(scratch), '/');

	if (slash == strlen(scratch))
		(void)str_copy_z(dir, sizeof dir, STR_LIT("."));
	else if (str_copy_z(dir, sizeof dir, str_of(scratch, slash ? slash : 1)))
		return true;
	return stat(state, &a) < 0 || stat(dir, &b) < 0 || a.st_dev == b.st_dev;
}

/* ---- parts */

static int
sink_said(struct taking *k, int err)
{
	return err < 0 ? say(k, EX_CANTCREAT, "the copy cannot be written", err) : 0;
}

static int
put_open_file(struct taking *k, int fd, uint64_t upto, const char *path)
{
	const struct backup_sink *s = k->t->sink;
	uint64_t at = 0;
	int err = 0;

	while (!err && at < upto) {
		size_t want = upto - at < PIECE ? (size_t)(upto - at) : PIECE;
		long got = file_pread(fd, k->piece, want, at);

		if (got < 0)
			return say(k, EX_IOERR, path, (int)got);
		if (got == 0)
			break;
		at += (uint64_t)got;
		err = sink_said(k, s->data(s->ctx, str_of(k->piece, (size_t)got)));
		err = err ? err : look(k, (uint64_t)got);
	}
	return err;
}

/* As long as it is now, and no longer than most. A file that is gone is passed over when it
 * may. */
static int
put_file(struct taking *k, const char *path, const char *name, bool may_lack, uint64_t most)
{
	const struct backup_sink *s = k->t->sink;
	int fd = file_open(path, O_RDONLY, 0), err;
	int64_t size;

	if (fd == -ENOENT && may_lack)
		return 0;
	if (fd < 0)
		return say(k, fd == -EACCES ? EX_NOPERM : EX_NOINPUT, path, fd);
	size = file_size(fd);
	err = size < 0 ? say(k, EX_IOERR, path, (int)size)
	               : sink_said(k, s->part(s->ctx, str_z(name)));
	err = err ? err
	          : put_open_file(k, fd, (uint64_t)size < most ? (uint64_t)size : most, path);
	err = err ? err : sink_said(k, s->part_end(s->ctx));
	k->t->parts += !err;
	file_close(fd);
	return err;
}

static int
store_alive(void *ctx)
{
	return look(ctx, LOOK_BYTES);
}

static int
put_store(struct taking *k, const char *path, const char *name)
{
	int err = store_copy(path, k->t->scratch, store_alive, k);

	if (err == -ENOENT)
		return 0;
	/* History that the service will set aside as well; the rest must not lack for it. */
	if (err == -EBADMSG && str_starts(str_z(name), STR_LIT("ledger/"))) {
		fprintf(stderr, "%s: %s is damaged and left out\n", k->c->program, path);
		(void)file_unlink(k->t->scratch);
		k->t->left_out++;
		return 0;
	}
	if (err == -ENOSPC || (err && access(path, R_OK) == 0 && err != -EBADMSG))
		err = say(k, EX_CANTCREAT, k->t->scratch, err);
	else if (err)
		err = say(k, EX_IOERR, path, err);
	err = err ? err : look(k, LOOK_BYTES);
	err = err ? err : put_file(k, k->t->scratch, name, false, UINT64_MAX);
	(void)file_unlink(k->t->scratch);
	return err;
}

struct folder {
	struct taking *k;
	const char *path, *name;
	bool (*fits)(struct str name);
	int (*put)(struct taking *k, const char *path, const char *name);
};

static int
on_file(void *ctx, const char *file)
{
	struct folder *f = ctx;
	char path[PATH_MAX], name[BACKUP_NAME_MAX + 1];

	/* What somebody laid there has no part in it: nobody could restore that. */
	if (snprintf(name, sizeof name, "%s/%s", f->name, file) >= (int)sizeof name ||
		!f->fits(str_z(name)))
		return 0;
	if (snprintf(path, sizeof path, "%s/%s", f->path, file) >= (int)sizeof path)
		return -ENAMETOOLONG;
	return f->put(f->k, path, name);
}

/* Of a folder that may lack. */
static int
put_folder(struct taking *k, const char *path, const char *name, bool (*fits)(struct str name),
	int (*put)(struct taking *k, const char *path, const char *name))
{
	struct folder f = { k, path, name, fits, put };
	int err = file_each(path, on_file, &f);

	if (err == -EXDEV && k->t->sink->link) {
		k->t->bodies = false;
		return 0;
	}
	return err == -ENOENT || err == 0 ? 0 : k->code ? err : say(k, EX_IOERR, path, err);
}

static int
put_plain(struct taking *k, const char *path, const char *name)
{
	return put_file(k, path, name, true, UINT64_MAX);
}

/* The file that is written now ends where it was whole at one moment. */
static int
put_journal(struct taking *k, const char *path, const char *name)
{
	char now[40];

	snprintf(now, sizeof now, "journal/journal.%016" PRIx64, k->generation);
	return put_file(k, path, name, true,
		k->hold && str_eq_z(str_z(name), now) ? k->offset : UINT64_MAX);
}

/* That one comes behind what it tells of. */
static bool
is_day(struct str name)
{
	return restore_into_knows(name) && !str_eq_z(name, "ledger/" LEDGER_FEED_NAME);
}

static bool
is_writer(struct str name)
{
	return name.n == 6 + 2;
}

static int
put_link(struct taking *k, const char *path, const char *name)
{
	int err = k->t->sink->link(k->t->sink->ctx, path, str_z(name));

	return err == -ENOENT ? 0 : err == -EXDEV ? err : sink_said(k, err);
}

static int
put_writer(struct taking *k, const char *path, const char *name)
{
	return put_folder(
		k, path, name, restore_into_knows, k->t->sink->link ? put_link : put_plain);
}

static int
put_named(struct taking *k, const char *folder, const char *file, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", folder, file);
	return put_store(k, path, name);
}

static int
put_text(struct taking *k, const char *name, struct str text)
{
	const struct backup_sink *s = k->t->sink;
	int err = sink_said(k, s->part(s->ctx, str_z(name)));

	err = err ? err : sink_said(k, s->data(s->ctx, text));
	err = err ? err : sink_said(k, s->part_end(s->ctx));
	k->t->parts += !err;
	return err;
}

static int
put_about(struct taking *k)
{
	char made[UTC_TEXT_SIZE];
	struct clock clock;
	json_t *j;
	char *text;
	int err;

	clock_real(&clock);
	j = json_pack("{s:s,s:s,s:s%,s:s,s:b,s:b}", "program", FACTEUR_VERSION, "made",
		utc_rfc3339(made, clock_wall(&clock)), "hostname", k->c->config->hostname.p,
		k->c->config->hostname.n, "state", k->c->paths.state, "running", k->t->running,
		"master_key", k->t->master_key);
	text = j ? json_dumps(j, JSON_INDENT(2)) : NULL;
	err = put_text(k, "about.json", str_z(text ? text : "{}"));
	free(text); /* jansson's own allocation */
	json_decref(j);
	return err;
}

static int
put_configuration(struct taking *k)
{
	struct buf b;
	int err;

	if (!k->c->config_file)
		return 0;
	buf_init(&b, CONFIG_MAX);
	err = file_read(k->c->config_file, &b);
	if (err)
		err = say(k, EX_NOINPUT, k->c->config_file, err);
	err = err ? err : put_text(k, "facteur.yaml", buf_str(&b));
	buf_done(&b);
	return err;
}

static int
put_key(struct taking *k)
{
	char path[PATH_MAX];

	if (!k->t->master_key)
		return 0;
	if (k->c->config->master_key.n) {
		if (str_copy_z(path, sizeof path, k->c->config->master_key) < 0)
			return say(k, EX_CONFIG, "master_key", -ENAMETOOLONG);
	} else {
		snprintf(path, sizeof path, "%s/master.key", k->c->paths.state);
	}
	return put_file(k, path, "master.key", k->t->keyless, UINT64_MAX);
}

static int
put_all(struct taking *k)
{
	const struct role_paths *p = &k->c->paths;
	int err = put_about(k);

	err = err ? err : put_configuration(k);
	err = err ? err : put_key(k);
	err = err ? err : put_folder(k, p->ledger, "ledger", is_day, put_store);
	err = err ? err : put_named(k, p->state, SUPPRESS_FILE, SUPPRESS_FILE);
	err = err ? err : put_named(k, p->state, CONTROL_FILE, CONTROL_FILE);
	err = err ? err : put_named(k, p->ledger, LEDGER_FEED_NAME, "ledger/" LEDGER_FEED_NAME);
	err = err ? err : renew(k, "all");
	err = err ? err : put_folder(k, p->journal, "journal", restore_into_knows, put_journal);
	err = err ? err : renew(k, "bodies");
	if (!err && k->t->bodies)
		err = put_folder(k, p->spool, "spool", is_writer, put_writer);
	return err;
}

int
backup_take(struct cli *c, struct backup_take *t)
{
	struct taking k = { .c = c, .t = t, .lock = -1, .needs = "all" };
	json_t *answer = NULL;
	int err;

	if (access(c->paths.state, R_OK | X_OK) < 0)
		return cli_fail(c, errno == EACCES ? EX_NOPERM : EX_NOINPUT, "%s: %s",
			c->paths.state, strerror(errno));
	k.code = hold(&k);
	if (k.code)
		return k.code;
	k.renewed = backup_mono();
	k.same_disk = same_disk(c->paths.state, t->scratch);
	k.piece = mem_new(1, PIECE);
	err = put_all(&k);
	/* What was removed meanwhile is known only now. */
	err = err ? err : renew(&k, "bodies");
	if (k.hold)
		(void)hold_ask(&k, "nothing", &answer);
	json_decref(answer);
	if (k.lock >= 0)
		file_close(k.lock);
	mem_free(k.piece);
	return err && !k.code ? cli_fail(c, EX_SOFTWARE, "%s", strerror(-err)) : k.code;
}
