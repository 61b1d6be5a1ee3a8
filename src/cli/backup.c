/* facteur backup: the state in one file, while the service works. */
#include "cli/backup.h"

#include "account/vault.h"
#include "base/mem.h"
#include "base/utc.h"
#include "io/file.h"
#include "wire/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NICE       10
#define BUFFER_MAX (BACKUP_DATA_MAX + 4096)

struct writing {
	struct backup_out out;
	struct buf plain, sealed; /* what waits; sealed only with a passphrase */
	struct vault_out *vault;
	int fd;
	uint64_t written;
};

static int
put_bytes(struct writing *w, struct str s)
{
	while (s.n > 0) {
		ssize_t n = write(w->fd, s.p, s.n);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			w->written += (uint64_t)n;
			s = str_from(s, (size_t)n);
		}
	}
	return 0;
}

/* What waits goes out; sealed in whole pieces, the rest with the last one. */
static int
flush(struct writing *w, bool last)
{
	int err = 0;

	while (w->vault && !err && (w->plain.n >= VAULT_PIECE || last)) {
		struct str piece = str_head(buf_str(&w->plain), VAULT_PIECE);
		bool end = last && piece.n == w->plain.n;

		buf_clear(&w->sealed);
		vault_out_put(w->vault, &w->sealed, piece, end);
		err = put_bytes(w, buf_str(&w->sealed));
		buf_eat(&w->plain, piece.n);
		if (end)
			break;
	}
	if (!w->vault && (last || w->plain.n >= VAULT_PIECE / 2)) {
		err = put_bytes(w, buf_str(&w->plain));
		buf_clear(&w->plain);
	}
	return err;
}

static int
sink_part(void *ctx, struct str name)
{
	struct writing *w = ctx;

	backup_out_part(&w->out, &w->plain, name);
	return flush(w, false);
}

static int
sink_data(void *ctx, struct str bytes)
{
	struct writing *w = ctx;

	backup_out_data(&w->out, &w->plain, bytes);
	return flush(w, false);
}

static int
sink_part_end(void *ctx)
{
	struct writing *w = ctx;

	backup_out_part_end(&w->out, &w->plain);
	return flush(w, false);
}

/* ---- the command */

struct options {
	const char *passphrase_file;
	bool master_key;
	const char *file, *part; /* part: under this name until it is whole; NULL: stdout */
	char part_path[PATH_MAX], scratch[PATH_MAX];
};

int
backup_passphrase(struct cli *c, const char *file, struct buf *b)
{
	struct str s;
	int err = file_read(file, b);

	if (err)
		return cli_fail(c, err == -EACCES ? EX_NOPERM : EX_NOINPUT, "%s: %s", file,
			strerror(-err));
	s = str_head(buf_str(b), str_find(buf_str(b), '\n'));
	if (s.n < VAULT_PASS_MIN)
		return cli_fail(c, EX_DATAERR,
			"%s: a passphrase has at least %u bytes, on the first line", file,
			VAULT_PASS_MIN);
	buf_cut(b, s.n);
	return EX_OK;
}

static int
begin(struct cli *c, struct writing *w, const struct options *o)
{
	struct buf pass;
	int err = EX_OK, vault = 0;

	backup_out_head(&w->plain, o->passphrase_file ? BACKUP_ENCRYPTED : 0);
	if (!o->passphrase_file)
		return EX_OK;
	buf_init(&pass, 4096);
	err = backup_passphrase(c, o->passphrase_file, &pass);
	if (!err) {
		vault = vault_out_new(buf_str(&pass), &w->plain, &w->vault);
		if (vault)
			err = cli_fail(
				c, EX_OSERR, "no memory for the key: %s", strerror(-vault));
	}
	if (pass.p)
		explicit_bzero(pass.p, pass.n);
	buf_done(&pass);
	if (!err && (vault = put_bytes(w, buf_str(&w->plain))))
		err = cli_fail(c, EX_CANTCREAT, "%s", strerror(-vault));
	buf_clear(&w->plain);
	return err;
}

static int
scratch_make(struct cli *c, struct options *o)
{
	const char *tmp = getenv("TMPDIR");
	int n;

	if (o->part)
		n = snprintf(o->scratch, sizeof o->scratch, "%s.copy", o->file);
	else
		n = snprintf(o->scratch, sizeof o->scratch, "%s/facteur-backup.%d.copy",
			tmp && *tmp ? tmp : "/tmp", (int)getpid());
	return n < 0 || n >= (int)sizeof o->scratch ? cli_usage(c, "the name is too long")
	                                            : EX_OK;
}

static int
file_make(struct cli *c, struct options *o, int *ret_fd)
{
	int fd;

	if (str_eq_z(str_z(o->file), "-")) {
		if (isatty(STDOUT_FILENO))
			return cli_usage(c,
				"a backup is nothing for a terminal: name a file, or "
				"pass it on: facteur backup - | age -p > FILE");
		*ret_fd = STDOUT_FILENO;
		return EX_OK;
	}
	if (access(o->file, F_OK) == 0)
		return cli_fail(
			c, EX_CANTCREAT, "%s is there already: choose another name", o->file);
	if (snprintf(o->part_path, sizeof o->part_path, "%s.part", o->file) >=
		(int)sizeof o->part_path)
		return cli_usage(c, "the name is too long");
	o->part = o->part_path;
	/* The rest of a backup that was killed, or what somebody put there to read this one. */
	(void)file_unlink(o->part);
	fd = file_open(o->part, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return cli_fail(c, EX_CANTCREAT, "%s: %s", o->part, strerror(-fd));
	*ret_fd = fd;
	return EX_OK;
}

/* Under its own name only when it is whole and on the disk. */
static int
file_finish(struct cli *c, const struct options *o, int fd)
{
	char dir[PATH_MAX];
	struct str path = str_z(o->file);
	size_t slash = str_rfind(path, '/');
	int err;

	if (!o->part)
		return EX_OK;
	if (str_copy_z(dir, sizeof dir,
		    slash == path.n ? STR_LIT(".") : str_head(path, slash ? slash : 1)))
		return cli_usage(c, "the name is too long");
	err = file_datasync(fd);
	err = err ? err : file_rename(o->part, o->file);
	err = err ? err : file_sync_dir(dir);
	return err ? cli_fail(c, EX_CANTCREAT, "%s: %s", o->file, strerror(-err)) : EX_OK;
}

static void
put_result(const struct cli *c, const struct options *o, const struct backup_take *t,
	const struct writing *w, int64_t took_us)
{
	FILE *to = o->part ? stdout : stderr;
	char span[UTC_TEXT_SIZE];

	if (c->json && o->part) {
		(void)cli_json(
			c, json_pack("{s:s,s:I,s:I,s:I,s:f,s:b,s:b,s:b}", "file", o->file,
				   "bytes", (json_int_t)w->written, "parts",
				   (json_int_t)t->parts, "left_out", (json_int_t)t->left_out,
				   "seconds", (double)took_us / 1e6, "running", t->running,
				   "encrypted", w->vault != NULL, "master_key", t->master_key));
		return;
	}
	fprintf(to,
		CLI_T(c, "Backup made: %s, %" PRIu64 " bytes, %zu parts, in %s\n",
			"Sauvegarde faite : %s, %" PRIu64 " octets, %zu parties, en %s\n"),
		o->file, w->written, t->parts, utc_span(span, took_us));
	if (t->left_out)
		fprintf(to,
			CLI_T(c,
				"Not whole: %zu days of the ledger are damaged and left out. "
				"Mail and "
				"settings are all there; look at the disk.\n",
				"Pas entière : %zu jours du registre sont endommagés et "
				"laissés de "
				"côté. Le courrier et les réglages y sont tous ; voyez le "
				"disque.\n"),
			t->left_out);
	if (!t->master_key)
		fprintf(to, "%s",
			CLI_T(c,
				"Without the master key: keep a copy of it elsewhere, or API "
				"keys, DKIM keys, second factors and secrets of routes and "
				"webhooks cannot be used after a restore.\n",
				"Sans la clé maîtresse : gardez-en une copie ailleurs, sinon "
				"les clés d'API et DKIM, les seconds facteurs et les secrets "
				"des routes et webhooks seront inutilisables après une "
				"restauration.\n"));
	else if (!w->vault)
		fprintf(to, "%s",
			CLI_T(c,
				"It holds the master key and is not encrypted by us: whoever "
				"reads it "
				"can sign your mail.\n",
				"Elle contient la clé maîtresse et n'est pas chiffrée par nous "
				": qui la "
				"lit peut signer votre courrier.\n"));
}

int64_t
backup_mono(void)
{
	struct clock clock;

	clock_real(&clock);
	return (int64_t)clock_mono(&clock);
}

static int
make(struct cli *c, struct options *o, struct writing *w)
{
	const struct backup_sink sink = { sink_part, sink_data, sink_part_end, NULL, w };
	struct backup_take t = { .sink = &sink,
		.scratch = o->scratch,
		.master_key = o->master_key,
		.bodies = true,
		.room = 2 * c->config->limits.disk_reserve_bytes };
	int64_t began = backup_mono();
	int err = begin(c, w, o), last;

	err = err ? err : backup_take(c, &t);
	if (err)
		return err;
	backup_out_end(&w->out, &w->plain);
	last = flush(w, true);
	if (last < 0)
		return cli_fail(c, EX_CANTCREAT, "%s: %s", o->file, strerror(-last));
	err = file_finish(c, o, w->fd);
	if (err)
		return err;
	put_result(c, o, &t, w, backup_mono() - began);
	return t.left_out ? EX_DATAERR : EX_OK;
}

int
cli_backup(struct cli *c, int argc, char **argv)
{
	struct options o = { 0 };
	const struct cli_opt opts[] = {
		{ "--passphrase-file", CLI_TEXT, NULL, &o.passphrase_file },
		{ "--with-master-key", CLI_FLAG, &o.master_key, NULL },
	};
	struct writing w = { .fd = -1 };
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts);

	err = err ? err : cli_arguments(c, argc, 1, "FILE|-");
	err = err ? err : cli_config(c);
	if (err)
		return err;
	/* Mail comes first. */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	o.file = argv[1];
	err = file_make(c, &o, &w.fd);
	err = err ? err : scratch_make(c, &o);
	if (err)
		return err;
	buf_init(&w.plain, BUFFER_MAX + VAULT_PIECE);
	buf_init(&w.sealed, VAULT_PIECE + VAULT_OVERHEAD);
	err = make(c, &o, &w);
	if (o.part)
		file_close(w.fd);
	if (err && o.part)
		(void)file_unlink(o.part);
	vault_out_free(&w.vault);
	buf_done(&w.plain);
	buf_done(&w.sealed);
	return err;
}
