#include "cli/setup.h"

#include "base/text.h"
#include "base/utc.h"
#include "io/clock.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE     "/var/lib/facteur"
#define LOGS      "/var/log/facteur" /* the packages make it */
#define TEXT_MAX  16384
#define MODE      0640 /* routes may hold passwords */
#define OLD_MAX   1048576
#define ASIDE_MAX 1000u

/* ---- the text */

/* key: "value"  # what it is */
static void
put(const struct setup *s, struct buf *b, const char *key, const char *value,
	const char *comment)
{
	size_t from = b->n;

	(void)s;
	(void)buf_printf(b, "%s: ", key);
	(void)text_json(b, str_z(value));
	/* YAML 1.2.2 6.6: a comment is apart from what is before it. */
	do {
		if (buf_put_c(b, ' ') < 0)
			break;
	} while (b->n - from < 40);
	(void)buf_printf(b, "# %s\n", comment);
}

static void
put_head(const struct setup *s, struct buf *b)
{
	char now[UTC_TEXT_SIZE];
	struct clock clock;

	clock_real(&clock);
	utc_rfc3339(now, clock_wall(&clock));
	(void)buf_printf(b,
		CLI_T(s->c,
			"# Facteur's configuration, written by facteur setup %s on %.10s.\n"
			"# Each key with its default: facteur check-config --explain\n"
			"# After a change: facteur check-config, then systemctl reload "
			"facteur\n\n",
			"# Configuration de Facteur, écrite par facteur setup %s le %.10s.\n"
			"# Chaque clé et sa valeur par défaut : facteur check-config "
			"--explain\n"
			"# Après un changement : facteur check-config, puis systemctl reload "
			"facteur\n\n"),
		FACTEUR_VERSION, now);
}

static const char *
state_of(const struct setup *s)
{
	return s->c->state ? s->c->state : s->state[0] ? s->state : STATE;
}

static void
put_rest(const struct setup *s, struct buf *b)
{
	(void)buf_put_z(b,
		CLI_T(s->c,
			"\nsubmission:\n"
			"  starttls: [25, 587]                   # other servers and bounces; "
			"applications\n"
			"  tls: [465]                            # applications, TLS from the "
			"first byte\n"
			"\n# Without certificates a self-signed one is made. Yours:\n"
			"# tls:\n",
			"\nsubmission:\n"
			"  starttls: [25, 587]                   # autres serveurs et rejets ; "
			"applications\n"
			"  tls: [465]                            # applications, TLS dès le "
			"premier octet\n"
			"\n# Sans certificat, un autosigné est fabriqué. Les vôtres :\n"
			"# tls:\n"));
	(void)buf_printf(b,
		"#   - cert: /etc/letsencrypt/live/%s/fullchain.pem\n"
		"#     key: /etc/letsencrypt/live/%s/privkey.pem\n\n",
		s->host, s->host);
	(void)buf_put_z(b,
		CLI_T(s->c,
			"# http:                                   # the HTTP API, tracking, "
			"metrics\n"
			"#   tls: [443]\n",
			"# http:                                   # l'API HTTP, le suivi, les "
			"mesures\n"
			"#   tls: [443]\n"));
	if (strcmp(state_of(s), STATE) == 0 && access(LOGS, F_OK) == 0)
		(void)buf_printf(b, "\nlog:\n  %-38s# %s\n", "file: " LOGS "/mail.log",
			CLI_T(s->c, "the facts about mail; logrotate turns it",
				"les faits du courrier ; logrotate le fait tourner"));
	if (s->source[0])
		(void)buf_printf(b, "\noutbound:\n  addresses: [\"%s\"]\n", s->source);
}

/* A new installation begins in the sandbox; one that is there is never stopped. */
static bool
is_live(const struct setup *s)
{
	return s->live || (s->was_live && !s->sandbox);
}

int
setup_config_text(const struct setup *s, struct buf *out)
{
	const struct cli *c = s->c;

	put_head(s, out);
	put(s, out, "hostname", s->host,
		CLI_T(c, "said in EHLO; the PTR of the sending address must lead to it",
			"dit dans EHLO ; le PTR de l'adresse d'envoi doit y mener"));
	put(s, out, "admin", s->mailbox,
		CLI_T(c, "gets warnings, and what people write to abuse@ and postmaster@",
			"reçoit les avertissements, et ce qu'on écrit à abuse@ et "
			"postmaster@"));
	put(s, out, "language", c->french ? "fr" : "en",
		CLI_T(c, "of the console, until a user chooses",
			"de la console, tant que l'utilisateur n'a pas choisi"));
	put(s, out, "mode", is_live(s) ? "live" : "sandbox",
		CLI_T(c, "live: mail goes to its recipients; sandbox: to the sink",
			"live : le courrier va à ses destinataires ; sandbox : au puits"));
	put(s, out, "state", state_of(s),
		CLI_T(c, "all that the service writes; back it up",
			"tout ce que le service écrit ; à sauvegarder"));
	if (s->key_file[0])
		put(s, out, "master_key", s->key_file,
			CLI_T(c, "encrypts the signing keys; back it up",
				"chiffre les clés de signature ; à sauvegarder"));
	put(s, out, "user", s->owner,
		CLI_T(c, "what root becomes once the ports are open",
			"ce que root devient une fois les ports ouverts"));
	if (s->bounce[0])
		put(s, out, "bounce_domain", s->bounce,
			CLI_T(c, "late bounces and complaints come back to it; needs an MX",
				"les rejets tardifs et plaintes y reviennent ; il lui faut un "
				"MX"));
	put_rest(s, out);
	return out->full ? -E2BIG : 0;
}

/* ---- checking */

const char *
setup_config_wrong(const char *key, const char *value, struct config_error *why)
{
	const char *dot = strchr(key, '.');
	struct config cf;
	struct buf b;
	int err;

	buf_init(&b, TEXT_MAX);
	if (dot)
		(void)buf_printf(&b, "%.*s: { %s: [", (int)(dot - key), key, dot + 1);
	else
		(void)buf_printf(&b, "%s: ", key);
	(void)text_json(&b, str_z(value));
	(void)buf_put_z(&b, dot ? "] }\n" : "\n");
	err = config_parse(&cf, STR_NONE, buf_str(&b), NULL, why);
	buf_done(&b);
	if (err < 0)
		/* "hostname: …": the option says which it is. */
		return str_starts(str_z(why->text), str_z(key)) &&
		                       str_starts(str_from(str_z(why->text), strlen(key)),
					       STR_LIT(": "))
		               ? why->text + strlen(key) + 2
		               : why->text;
	config_done(&cf);
	return NULL;
}

/* ---- the file */

static int
make_folder(struct setup *s)
{
	char dir[SETUP_TEXT];
	size_t slash = str_rfind(str_z(s->file), '/');
	int err;

	if (s->file[slash] == '\0' || slash == 0)
		return 0;
	memcpy(dir, s->file, slash);
	dir[slash] = '\0';
	err = file_mkdirs(dir, 0755);
	return err < 0 ? cli_fail(s->c, err == -EACCES ? EX_NOPERM : EX_CANTCREAT, "%s: %s",
				 dir, strerror(-err))
	               : 0;
}

/* The file cannot be read, but its state folder is said: is the key of what lies there in it? A
 * new one would open nothing of it. */
static int
key_known(struct setup *s, const struct config_error *e)
{
	char journal[SETUP_TEXT + 16], key[SETUP_TEXT + 16];

	snprintf(journal, sizeof journal, "%s/journal", s->c->state);
	snprintf(key, sizeof key, "%s/master.key", s->c->state);
	if (access(journal, F_OK) < 0 || access(key, F_OK) == 0)
		return 0;
	return cli_fail(s->c, EX_CONFIG,
		CLI_T(s->c,
			"%s:%u: %s; so the master key of %s is not known: correct it, or copy "
			"that key to %s",
			"%s:%u: %s ; la clé maîtresse de %s n'est donc pas connue : "
			"corrigez-la, ou copiez cette clé vers %s"),
		s->file, e->line, e->text, s->c->state, key);
}

/* Nor is its mode: mail would be kept from its recipients, or sent to them, by a guess. */
static bool
mode_known(const struct setup *s, const struct config_error *e)
{
	if (s->live || s->sandbox)
		return true;
	(void)cli_fail(s->c, EX_CONFIG,
		CLI_T(s->c,
			"%s:%u: %s; so its mode is not known: correct it, or say --live or "
			"--sandbox",
			"%s:%u: %s ; son mode n'est donc pas connu : corrigez-la, ou donnez "
			"--live ou --sandbox"),
		s->file, e->line, e->text);
	return false;
}

/* The installation stays where it is: without its state folder and key, accounts, domains and
 * mail would seem gone. */
int
setup_config_keep(struct setup *s)
{
	struct config_error e = { 0 };
	struct config cf = { 0 };
	struct buf b;
	int err;

	buf_init(&b, OLD_MAX);
	err = file_read(s->file, &b);
	if (err == 0)
		err = config_parse(&cf, str_z(s->file), buf_str(&b), NULL, &e);
	else
		snprintf(e.text, sizeof e.text, "%s", strerror(-err));
	buf_done(&b);
	/* Where it was is told now, or not known. */
	if (err < 0 && s->c->state)
		return mode_known(s, &e) ? key_known(s, &e) : EX_CONFIG;
	if (err < 0)
		return cli_fail(s->c, err == -EACCES ? EX_NOPERM : EX_CONFIG,
			CLI_T(s->c,
				"%s:%u: %s; so its state folder is not known: correct it, or "
				"say --state DIR",
				"%s:%u: %s ; son dossier d'état n'est donc pas connu : "
				"corrigez-la, ou donnez --state DIR"),
			s->file, e.line, e.text);
	s->was_live = !config_sandboxed(&cf);
	if (str_copy_z(s->state, sizeof s->state, cf.state) < 0 ||
		str_copy_z(s->key_file, sizeof s->key_file, cf.master_key) < 0 ||
		str_copy_z(s->owner, sizeof s->owner, cf.user) < 0)
		err = cli_fail(s->c, EX_CONFIG,
			CLI_T(s->c, "%s: state, master_key or user is too long",
				"%s : state, master_key ou user est trop long"),
			s->file);
	config_done(&cf);
	return err;
}

/* A second name of the old file: it stays in force until the new one takes its place. */
static int
put_aside(struct setup *s)
{
	char old[SETUP_TEXT + 16];
	int err;

	if (access(s->file, F_OK) < 0)
		return 0;
	snprintf(old, sizeof old, "%s.old", s->file);
	err = file_link(s->file, old);
	for (unsigned i = 2; err == -EEXIST && i < ASIDE_MAX; i++) {
		snprintf(old, sizeof old, "%s.old.%u", s->file, i);
		err = file_link(s->file, old);
	}
	return err < 0 ? cli_fail(s->c, err == -EACCES ? EX_NOPERM : EX_CANTCREAT, "%s: %s",
				 old, strerror(-err))
	               : 0;
}

static int
write_new(const char *tmp, struct str text, const struct passwd *pw)
{
	int fd = file_open(tmp, O_WRONLY | O_CREAT | O_EXCL, MODE), err;

	if (fd < 0)
		return fd;
	err = file_pwrite(fd, text.p, text.n, 0);
	/* root's, and readable by the service, whatever the umask. */
	if (!err && ((pw && fchown(fd, 0, pw->pw_gid) < 0) || fchmod(fd, MODE) < 0))
		err = -errno;
	err = err ? err : file_datasync(fd);
	file_close(fd);
	return err;
}

/* Durable: the name too. */
static int
take_place(const struct setup *s, const char *tmp)
{
	struct str file = str_z(s->file);
	size_t slash = str_rfind(file, '/');
	char dir[SETUP_TEXT];
	int err = file_rename(tmp, s->file);

	if (err)
		return err;
	if (slash == file.n || slash == 0)
		return file_sync_dir(slash ? "." : "/");
	err = str_copy_z(dir, sizeof dir, str_head(file, slash));
	return err ? err : file_sync_dir(dir);
}

int
setup_config_write(struct setup *s)
{
	const struct passwd *pw = geteuid() == 0 ? getpwnam(s->owner) : NULL;
	char tmp[SETUP_TEXT + 8];
	struct buf b;
	int err, said = 0;

	snprintf(tmp, sizeof tmp, "%s.tmp", s->file);
	buf_init(&b, TEXT_MAX);
	err = setup_config_text(s, &b);
	said = err ? 0 : make_folder(s);
	if (!err && !said) {
		(void)file_unlink(tmp);
		err = write_new(tmp, buf_str(&b), pw);
	}
	if (!err && !said)
		said = put_aside(s);
	if (!err && !said)
		err = take_place(s, tmp);
	if (err || said)
		(void)file_unlink(tmp);
	buf_done(&b);
	if (said)
		return said;
	if (err < 0)
		return cli_fail(s->c, err == -EACCES ? EX_NOPERM : EX_CANTCREAT, "%s: %s",
			s->file, strerror(-err));
	s->written = true;
	return 0;
}
