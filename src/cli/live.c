/*
 * facteur live: out of the mode sandbox, once doctor has nothing that fails. Changes the one
 * line of the configuration, and has the service read it; what the sink holds stays there.
 * Exit 0, or 2 when doctor has failures, as doctor itself.
 */
#include "cli/cli.h"
#include "cli/doctor.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX   1048576
#define REFUSED    2 /* doctor's */
#define WAIT_US    100000u
#define WAIT_TRIES 150

struct live {
	struct cli *c;
	bool anyway;
	struct doctor_asked asked;
	char file[PATH_MAX]; /* the configuration, behind links */
	struct stat st;
	json_t *report;
	bool reloaded; /* the service, which runs, is live */
};

/* ---- doctor */

/* The lines that fail, and a row of counts as it was. */
static void
put_failures(const struct live *l)
{
	json_t *fails = json_array(), *row, *part;
	size_t i;

	json_array_foreach(json_object_get(l->report, "checks"), i, row)
	{
		if (strcmp(cli_text(row, "state"), "fail") == 0)
			json_array_append(fails, row);
	}
	part = json_pack(
		"{s:o,s:O}", "checks", fails, "counts", json_object_get(l->report, "counts"));
	doctor_put(l->c, part, true);
	json_decref(part);
}

static int
look(struct live *l)
{
	const struct cli *c = l->c;
	json_int_t fails;
	int err = doctor_look(l->c, &l->asked, &l->report);

	if (err)
		return err;
	fails = cli_number(json_object_get(l->report, "counts"), "fail");
	if (fails == 0)
		return 0;
	if (!c->json)
		put_failures(l);
	if (l->anyway)
		return 0;
	if (c->json)
		(void)cli_json(c, json_pack("{s:s,s:s,s:b,s:O}", "mode", "sandbox", "was",
					  "sandbox", "reloaded", 0, "doctor", l->report));
	fprintf(stderr, "facteur live: %s\n",
		CLI_T(c,
			"the service stays in the sandbox: mend what fails, or go live with "
			"--anyway",
			"le service reste dans le bac à sable : réparez ce qui échoue, ou "
			"passez outre avec --anyway"));
	return REFUSED;
}

/* ---- the file */

/* Is this line the key `mode` of the top? *ret_at, *ret_n: its value. */
static bool
is_mode(struct str line, size_t *ret_at, size_t *ret_n)
{
	static const char *const keys[] = { "mode", "\"mode\"", "'mode'" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		size_t at = strlen(keys[i]), n;

		if (!str_starts(line, str_z(keys[i])))
			continue;
		while (at < line.n && line.p[at] == ' ')
			at++;
		if (at == line.n || line.p[at++] != ':')
			continue;
		while (at < line.n && line.p[at] == ' ')
			at++;
		n = at;
		while (n < line.n && line.p[n] != ' ' && line.p[n] != '#' && line.p[n] != '\r')
			n++;
		*ret_at = at;
		*ret_n = n - at;
		return n > at;
	}
	return false;
}

/* Everything else stays to the letter. */
static void
edit(struct str text, struct buf *out)
{
	while (text.n) {
		size_t n = str_find(text, '\n'), at, len;
		struct str line = str_head(text, n < text.n ? n + 1 : n);

		if (is_mode(str_head(line, n), &at, &len)) {
			(void)buf_put(out, str_head(line, at));
			(void)buf_put_z(out, "live");
			(void)buf_put(out, str_from(line, at + len));
		} else {
			(void)buf_put(out, line);
		}
		text = str_from(text, line.n);
	}
}

/* Does the new text say what is meant, whatever the environment says beside it? */
static bool
says_live(const struct live *l, struct str text)
{
	struct config_error e;
	struct config cf;
	bool live;

	if (config_parse(&cf, str_z(l->file), text, NULL, &e) < 0)
		return false;
	live = !config_sandboxed(&cf);
	config_done(&cf);
	return live;
}

static int
write_beside(const struct live *l, const char *tmp, struct str text)
{
	int fd = file_open(tmp, O_WRONLY | O_CREAT | O_EXCL, 0600), err;

	if (fd < 0)
		return fd;
	err = file_pwrite(fd, text.p, text.n, 0);
	/* As it was: root's, readable by the service. */
	if (err >= 0 && (fchown(fd, l->st.st_uid, l->st.st_gid) < 0 ||
				fchmod(fd, l->st.st_mode & 07777) < 0))
		err = -errno;
	err = err < 0 ? err : file_datasync(fd);
	(void)file_close(fd);
	return err < 0 ? err : 0;
}

static int
replace(const struct live *l, struct str text)
{
	char tmp[PATH_MAX + 16], dir[PATH_MAX];
	struct str file = str_z(l->file);
	int err;

	snprintf(tmp, sizeof tmp, "%s.live.tmp", l->file);
	(void)file_unlink(tmp);
	err = write_beside(l, tmp, text);
	err = err ? err : file_rename(tmp, l->file);
	if (err) {
		(void)file_unlink(tmp);
		return err;
	}
	/* Absolute, since realpath made it. */
	(void)str_copy_z(dir, sizeof dir, str_head(file, str_rfind(file, '/')));
	return file_sync_dir(dir[0] ? dir : "/");
}

static int
change(const struct live *l)
{
	const struct cli *c = l->c;
	struct buf old, new;
	int err, said = 0;

	buf_init(&old, TEXT_MAX);
	buf_init(&new, TEXT_MAX + 64);
	err = file_read(l->file, &old);
	if (!err) {
		edit(buf_str(&old), &new);
		if (new.full || !says_live(l, buf_str(&new)))
			said = cli_fail(c, EX_CONFIG,
				CLI_T(c,
					"%s has no line \"mode: sandbox\" that can be changed: "
					"write mode: live there, then: systemctl reload "
					"facteur",
					"%s n'a pas de ligne « mode: sandbox » qui se change : "
					"écrivez-y mode: live, puis : systemctl reload "
					"facteur"),
				l->file);
		else
			err = replace(l, buf_str(&new));
	}
	buf_done(&old);
	buf_done(&new);
	if (said)
		return said;
	return err < 0 ? cli_fail(c, err == -EACCES || err == -EPERM ? EX_NOPERM : EX_CANTCREAT,
				 "%s: %s", l->file, strerror(-err))
	               : 0;
}

static int
find_file(struct live *l)
{
	const struct cli *c = l->c;

	if (getenv("FACTEUR_MODE"))
		return cli_fail(c, EX_CONFIG,
			CLI_T(c,
				"the environment variable FACTEUR_MODE says the mode: change "
				"it there and restart the service",
				"la variable d'environnement FACTEUR_MODE dit le mode : "
				"changez-la et redémarrez le service"));
	if (!c->config_file)
		return cli_fail(c, EX_NOINPUT, CLI_T(c, "there is no %s", "il n'y a pas de %s"),
			CLI_CONFIG_DEFAULT);
	if (!realpath(c->config_file, l->file) || stat(l->file, &l->st) < 0)
		return cli_fail(c, EX_NOINPUT, "%s: %s", c->config_file, strerror(errno));
	return 0;
}

/* ---- the service */

/* 1: it runs and says this mode; 0: another one, or not yet; -1: nothing runs. */
static int
runs_live(const struct live *l, pid_t *ret_keeper)
{
	json_t *answer = NULL, *body = json_object();
	int status = client_call(l->c->paths.control_sock, "status", body, &answer), is = 0;

	json_decref(body);
	*ret_keeper = 0;
	if (status == 200) {
		*ret_keeper = (pid_t)cli_number(json_object_get(answer, "keeper"), "pid");
		is = strcmp(cli_text(json_object_get(answer, "sandbox"), "mode"), "live") == 0;
	}
	json_decref(answer);
	return status == -ECONNREFUSED || status == -ENOENT ? -1 : is;
}

/* Waits until the service, if it runs, says so itself. */
static int
reload(struct live *l)
{
	const struct cli *c = l->c;
	pid_t keeper;
	int is = runs_live(l, &keeper);

	if (is < 0)
		return 0;
	if (keeper <= 1 || kill(keeper, SIGHUP) < 0)
		return cli_fail(c, EX_TEMPFAIL,
			CLI_T(c,
				"%s says it, but the service could not be told: systemctl "
				"reload facteur",
				"%s le dit, mais le service n'a pas pu être prévenu : "
				"systemctl "
				"reload facteur"),
			l->file);
	for (int i = 0; i < WAIT_TRIES && is == 0; i++) {
		usleep(WAIT_US);
		is = runs_live(l, &keeper);
	}
	l->reloaded = is > 0;
	return is > 0 ? 0
	              : cli_fail(c, EX_TEMPFAIL,
				CLI_T(c,
					"%s says it, but the service does not yet: see its "
					"log, "
					"or restart it",
					"%s le dit, mais pas encore le service : voyez son "
					"journal, ou redémarrez-le"),
				l->file);
}

/* ---- telling */

static void
put_done(const struct live *l)
{
	const struct cli *c = l->c;

	printf(CLI_T(c, "Live: %s says so%s.\n", "En service : %s le dit%s.\n"), l->file,
		l->reloaded
			? CLI_T(c, ", and the service has read it", ", et le service l'a lu")
			: CLI_T(c, "; it holds from the next start on",
				  " ; cela vaut dès le prochain démarrage"));
	puts(CLI_T(c,
		"Mail that is taken from now on goes to its recipients. What the sink holds "
		"was "
		"sent to nobody and stays there: facteur sink list",
		"Le courrier pris à partir de maintenant va à ses destinataires. Ce que garde "
		"le "
		"puits n'a été envoyé à personne et y reste : facteur sink list"));
}

static int
already(const struct cli *c)
{
	if (c->json)
		return cli_json(c, json_pack("{s:s,s:s,s:b,s:n}", "mode", "live", "was", "live",
					   "reloaded", 0, "doctor"));
	puts(CLI_T(c,
		"The service is live already; an account may be in the sandbox alone: "
		"facteur accounts list",
		"Le service est déjà en service ; un compte peut être seul dans le bac à "
		"sable : facteur accounts list"));
	return EX_OK;
}

int
cli_live(struct cli *c, int argc, char **argv)
{
	struct live l = { .c = c };
	const struct cli_opt opts[] = {
		{ "--anyway", CLI_FLAG, &l.anyway, NULL },
		{ "--outward", CLI_TEXT, NULL, &l.asked.outward },
	};
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts);

	if (!err && argc > 1)
		err = cli_arguments(c, argc, 0, "[--anyway] [--outward DOMAIN|none]");
	err = err ? err : cli_config(c);
	if (err)
		return err;
	if (!config_sandboxed(c->config))
		return already(c);
	err = find_file(&l);
	err = err ? err : look(&l);
	err = err ? err : change(&l);
	err = err ? err : reload(&l);
	if (!err && c->json)
		err = cli_json(
			c, json_pack("{s:s,s:s,s:b,s:O}", "mode", "live", "was", "sandbox",
				   "reloaded", l.reloaded, "doctor", l.report));
	else if (!err)
		put_done(&l);
	json_decref(l.report);
	return err;
}
