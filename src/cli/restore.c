/* facteur restore: a backup looked at, or made a state folder again, paused. */
#include "cli/backup.h"

#include "account/vault.h"
#include "base/utc.h"
#include "io/file.h"
#include "send/pause.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (256u << 10)

struct reading {
	struct cli *c;
	const char *file;
	struct backup_in in;
	struct vault_in *vault;
	struct buf raw, plain;
	struct restore_into *into;
	int fd;
};

static int
say(struct reading *k, int err)
{
	switch (err) {
	case -EACCES:
		return cli_fail(k->c, EX_NOPERM,
			"%s: the passphrase is another one, or its beginning is damaged",
			k->file);
	case -ENODATA:
		return cli_fail(
			k->c, EX_DATAERR, "%s is not whole: its end is missing", k->file);
	case -EBADMSG:
		return cli_fail(k->c, EX_DATAERR, "%s is damaged", k->file);
	case -E2BIG:
	case -ENOMEM:
		return cli_fail(k->c, EX_OSERR, "%s: no memory for its key", k->file);
	default:
		return cli_fail(k->c, EX_IOERR, "%s: %s", k->file, strerror(-err));
	}
}

/* One piece of plain bytes. EX_OK, or the code, said. */
static int
take(struct reading *k, struct str s)
{
	struct backup_fact f;
	int got, err;

	while ((got = backup_in_next(&k->in, &s, &f)) == 1) {
		err = restore_into_fact(k->into, &f);
		if (err)
			return cli_fail(k->c,
				err == -EBADMSG || err == -ENOTSUP ? EX_DATAERR : EX_CANTCREAT,
				"%s: %s", k->file, k->into->why);
	}
	return got < 0 ? say(k, got) : EX_OK;
}

static int
take_sealed(struct reading *k, struct str s)
{
	int got = 0, err = EX_OK;

	while (!err) {
		buf_clear(&k->plain);
		got = vault_in_next(k->vault, &s, &k->plain);
		if (got <= 0)
			break;
		err = take(k, buf_str(&k->plain));
	}
	return err ? err : got < 0 ? say(k, got) : EX_OK;
}

static long
more(struct reading *k, size_t n)
{
	char *at = buf_room(&k->raw, n);
	ssize_t got;

	do
		got = read(k->fd, at, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	buf_added(&k->raw, (size_t)got);
	return got;
}

static int
read_head(struct reading *k, const char *passphrase_file)
{
	uint32_t version, flags;
	struct buf pass;
	long got = 1;
	int err;

	while (k->raw.n < BACKUP_HEAD && got > 0)
		got = more(k, BACKUP_HEAD - k->raw.n);
	if (got < 0)
		return say(k, (int)got);
	err = backup_in_head(buf_str(&k->raw), &version, &flags);
	if (err == -ENOTSUP)
		return cli_fail(k->c, EX_DATAERR,
			"%s was made by a newer version: restore it with that one", k->file);
	if (err)
		return cli_fail(k->c, EX_DATAERR, "%s is no backup of Facteur", k->file);
	if (!(flags & BACKUP_ENCRYPTED))
		return EX_OK;
	if (!passphrase_file)
		return cli_usage(k->c, "%s is encrypted: say --passphrase-file FILE", k->file);
	buf_init(&pass, 4096);
	err = backup_passphrase(k->c, passphrase_file, &pass);
	if (!err)
		k->vault = vault_in_new(buf_str(&pass));
	if (pass.p)
		explicit_bzero(pass.p, pass.n);
	buf_done(&pass);
	return err;
}

static int
read_all(struct reading *k, const char *passphrase_file)
{
	int err = read_head(k, passphrase_file), end;
	long got = 1;

	while (!err && got > 0) {
		buf_clear(&k->raw);
		got = more(k, PIECE);
		if (got < 0)
			return say(k, (int)got);
		err = k->vault ? take_sealed(k, buf_str(&k->raw)) : take(k, buf_str(&k->raw));
	}
	if (err)
		return err;
	end = k->vault ? vault_in_finish(k->vault) : 0;
	end = end ? end : backup_in_finish(&k->in);
	return end ? say(k, end) : EX_OK;
}

/* ---- the command */

struct options {
	const char *file, *passphrase_file;
	bool check;
};

static int
open_input(struct cli *c, const char *file)
{
	int fd = str_eq_z(str_z(file), "-") ? STDIN_FILENO : file_open(file, O_RDONLY, 0);

	return fd < 0 ? -cli_fail(c, fd == -EACCES ? EX_NOPERM : EX_NOINPUT, "%s: %s", file,
				strerror(-fd))
	              : fd;
}

static int
read_into(struct cli *c, const struct options *o, struct restore_into *r)
{
	struct reading k = { .c = c, .file = o->file, .into = r };
	int err;

	k.fd = open_input(c, o->file);
	if (k.fd < 0)
		return -k.fd;
	backup_in_init(&k.in);
	buf_init(&k.raw, PIECE);
	buf_init(&k.plain, VAULT_PIECE + 1);
	err = read_all(&k, o->passphrase_file);
	if (k.fd != STDIN_FILENO)
		file_close(k.fd);
	vault_in_free(&k.vault);
	backup_in_done(&k.in);
	buf_done(&k.raw);
	buf_done(&k.plain);
	return err;
}

/* Mail by state; nothing was ever accepted where there is no journal. */
static int
count(struct cli *c, const char *dir, const struct restore_into *r, struct backup_counts *n)
{
	char path[600];
	int err;

	*n = (struct backup_counts){ .damaged = 0 };
	if (!r->journal)
		return EX_OK;
	snprintf(path, sizeof path, "%s/journal", dir);
	err = backup_count(path, &r->extents, n);
	return err ? cli_fail(c, EX_DATAERR, "the journal cannot be read: %s",
			     err == -ENOTSUP ? "it was written by a newer version"
					     : strerror(-err))
	           : EX_OK;
}

static void
put_result(struct cli *c, const struct options *o, const struct restore_into *r,
	const struct backup_counts *n)
{
	const char *made = cli_text(r->about, "made"), *host = cli_text(r->about, "hostname");
	char local[CLI_TIME_SIZE];
	struct buf b;

	if (c->json) {
		(void)cli_json(c, json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:I,s:b,s:o}", "file",
					  o->file, "made", made, "hostname", host, "program",
					  cli_text(r->about, "program"), "master_key",
					  r->master_key, "configuration", r->configuration,
					  "stores", (json_int_t)r->stores, "restored",
					  !o->check, "queue", backup_counts_json(n)));
		return;
	}
	/* What the file says of itself may be anybody's. */
	buf_init(&b, 16384);
	buf_printf(&b,
		CLI_T(c, "%s: whole, made %s of %s by facteur %s; %zu databases in order.",
			"%s : entière, faite le %s de %s par facteur %s ; %zu bases en "
			"ordre."),
		o->file, cli_local(local, made), *host ? host : "?",
		cli_text(r->about, "program"), r->stores);
	buf_put_c(&b, 0);
	cli_put(b.full ? "?" : b.p);
	buf_done(&b);
	backup_counts_put(c, n);
	if (o->check)
		return;
	printf(CLI_T(c,
		       "Restored to %s. The queue is paused: start the service, look at it, "
		       "then: "
		       "facteur queue resume\n",
		       "Restaurée dans %s. La file est en pause : démarrez le service, "
		       "regardez-la, "
		       "puis : facteur queue resume\n"),
		c->paths.state);
	if (r->configuration)
		printf(CLI_T(c, "The configuration of then: %s/facteur.yaml.restored\n",
			       "La configuration d'alors : %s/facteur.yaml.restored\n"),
			c->paths.state);
	if (!r->master_key)
		printf(CLI_T(c,
			       "It has no master key: put yours at %s/master.key before the "
			       "start.\n",
			       "Elle est sans clé maîtresse : mettez la vôtre dans "
			       "%s/master.key "
			       "avant le démarrage.\n"),
			c->paths.state);
}

static int
check(struct cli *c, const struct options *o)
{
	const char *tmp = getenv("TMPDIR");
	struct backup_counts n;
	struct restore_into r;
	char dir[480];
	int err;

	if (snprintf(dir, sizeof dir, "%s/facteur-check.XXXXXX", tmp && *tmp ? tmp : "/tmp") >=
			(int)sizeof dir ||
		!mkdtemp(dir))
		return cli_fail(
			c, EX_CANTCREAT, "%s: no folder can be made there", tmp ? tmp : "/tmp");
	restore_into_init(&r, dir, true);
	err = read_into(c, o, &r);
	err = err ? err : count(c, dir, &r, &n);
	if (!err) {
		put_result(c, o, &r, &n);
		err = backup_drift(&n) || n.damaged || n.bodiless ? EX_DATAERR : EX_OK;
	}
	restore_into_done(&r);
	restore_remove(dir);
	return err;
}

/* ---- where it is put together: beside the state folder, or in it when that is a file system
 * of its own (a container's volume) */

struct place {
	char dir[480];
	bool inside;
	int lock; /* inside: no service starts meanwhile */
};

static int
on_entry(void *ctx, const char *name)
{
	static const char *const ours[] = { "lock", "lost+found", "restoring" };
	const struct place *p = ctx;

	for (size_t i = 0; p->inside && i < sizeof ours / sizeof *ours; i++)
		if (str_eq_z(str_z(name), ours[i]))
			return 0;
	return 1;
}

static void
folder_above(char dst[600], const char *path)
{
	size_t slash = str_rfind(str_z(path), '/');

	if (slash == strlen(path))
		(void)str_copy_z(dst, 600, STR_LIT("."));
	else
		(void)str_copy_z(dst, 600, str_of(path, slash ? slash : 1));
}

static bool
is_volume(const char *state)
{
	struct stat st, up;
	char above[600];

	folder_above(above, state);
	return stat(state, &st) == 0 && stat(above, &up) == 0 && st.st_dev != up.st_dev;
}

static int
lock_inside(struct cli *c, struct place *p)
{
	char path[600];
	int pid;

	snprintf(path, sizeof path, "%s/lock", c->paths.state);
	p->lock = file_lock(path, &pid);
	return p->lock < 0 ? cli_fail(c, EX_TEMPFAIL, "%s: a service is at work there",
				     c->paths.state)
	                   : EX_OK;
}

static int
place(struct cli *c, struct place *p)
{
	const char *state = c->paths.state;
	int err;

	p->inside = is_volume(state);
	err = file_each(state, on_entry, p);
	if (err > 0)
		return cli_fail(c, EX_CANTCREAT,
			"%s holds something: give another folder with --state, or move it away",
			state);
	if (err < 0 && err != -ENOENT)
		return cli_fail(c, EX_CANTCREAT, "%s: %s", state, strerror(-err));
	if (snprintf(p->dir, sizeof p->dir, p->inside ? "%s/restoring" : "%s.restoring",
		    state) >= (int)sizeof p->dir)
		return cli_usage(c, "the path of the state folder is too long");
	err = p->inside ? lock_inside(c, p) : EX_OK;
	if (err)
		return err;
	restore_remove(p->dir);
	err = file_mkdirs(p->dir, 0755);
	return err ? cli_fail(c, EX_CANTCREAT, "%s: %s", p->dir, strerror(-err)) : EX_OK;
}

struct moving {
	const char *from, *to;
};

/* The journal, with the flag that nothing be sent, is there before what it speaks of. */
static int
move_one(void *ctx, const char *name)
{
	const struct moving *m = ctx;
	char from[800], to[800];

	snprintf(from, sizeof from, "%s/%.250s", m->from, name);
	snprintf(to, sizeof to, "%s/%.250s", m->to, name);
	return file_rename(from, to);
}

static int
put_in_place(const struct cli *c, const struct place *p)
{
	const struct moving m = { p->dir, c->paths.state };
	char above[600];
	int err;

	folder_above(above, c->paths.state);
	if (!p->inside) {
		err = file_rename(p->dir, c->paths.state);
		return err ? err : file_sync_dir(above);
	}
	err = move_one((void *)(uintptr_t)&m, "journal");
	err = err ? err : file_each(p->dir, move_one, (void *)(uintptr_t)&m);
	restore_remove(p->dir);
	return err ? err : file_sync_dir(c->paths.state);
}

/* The last steps: the flag, all on the disk, and only then its name. */
static int
finish(struct cli *c, struct restore_into *r, const struct place *w)
{
	struct pause p = { .restored = true };
	char journal[600];
	int err;

	if (utc_parse(str_z(cli_text(r->about, "made")), &p.since) < 0)
		return cli_fail(c, EX_DATAERR, "the backup does not say when it was made");
	snprintf(journal, sizeof journal, "%s/journal", r->dir);
	err = file_mkdirs(journal, 0700);
	err = err ? err : pause_write(journal, &p);
	err = err ? err : restore_into_sync(r);
	err = err ? err : put_in_place(c, w);
	return err ? cli_fail(c, EX_CANTCREAT, "%s: %s", c->paths.state, strerror(-err))
	           : EX_OK;
}

static int
restore(struct cli *c, const struct options *o)
{
	struct backup_counts n;
	struct restore_into r;
	struct place w = { .lock = -1 };
	char user[64];
	int err = cli_config(c);

	err = err ? err : place(c, &w);
	if (err)
		return err;
	restore_into_init(&r, w.dir, false);
	err = read_into(c, o, &r);
	err = err ? err : count(c, w.dir, &r, &n);
	err = err ? err : finish(c, &r, &w);
	if (w.lock >= 0)
		file_close(w.lock);
	if (err) {
		restore_remove(w.dir);
	} else {
		/* What root made must be the service's. */
		if (str_copy_z(user, sizeof user, c->config->user) == 0)
			(void)role_paths_make(&c->paths, user);
		put_result(c, o, &r, &n);
	}
	restore_into_done(&r);
	return err;
}

int
cli_restore(struct cli *c, int argc, char **argv)
{
	struct options o = { 0 };
	const struct cli_opt opts[] = {
		{ "--passphrase-file", CLI_TEXT, NULL, &o.passphrase_file },
		{ "--check", CLI_FLAG, &o.check, NULL },
	};
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts);

	err = err ? err : cli_arguments(c, argc, 1, "FILE|-");
	if (err)
		return err;
	o.file = argv[1];
	return o.check ? check(c, &o) : restore(c, &o);
}
