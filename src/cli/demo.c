/*
 * facteur demo: the whole platform in a folder of its own, with the built-in sink as the rest
 * of the world. The keeper runs in this process with the roles as real processes; the sink and
 * the guide (who sends two messages, tells their story and then reads out what happens) are
 * children as well.
 */
#include "cli/demo.h"

#include "account/control.h"
#include "account/control_user.h"
#include "base/mem.h"
#include "io/child.h"
#include "io/file.h"
#include "io/net.h"
#include "io/random.h"
#include "io/sandbox.h"
#include "role/keeper.h"
#include "role/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY    "fk_test_demo"
#define SECRET "fs_test_demo"
#define EMAIL  "demo@demo.test"
/* Between the port of SMTP and that of SMTP with STARTTLS. */
#define STARTTLS_BESIDE (1587 - 1025)

/* ---- the folder */

/* The whole path of the folder to keep. */
static int
keep_folder(struct demo *d)
{
	int err = file_mkdirs(d->keep, 0700);
	char *whole = err ? NULL : realpath(d->keep, NULL);

	if (!err)
		err = whole ? str_copy_z(d->state, sizeof d->state, str_z(whole)) : -errno;
	free(whole);
	return err == -E2BIG ? -ENAMETOOLONG : err;
}

static int
make_folder(struct demo *d)
{
	const char *tmp = getenv("TMPDIR");
	const struct passwd *pw;

	if (d->keep) {
		int err = keep_folder(d);

		return err ? cli_fail(d->c, EX_CANTCREAT, "%s: %s", d->keep, strerror(-err))
		           : 0;
	}
	snprintf(d->state, sizeof d->state, "%s/facteur-demo.XXXXXX",
		tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(d->state))
		return cli_fail(d->c, EX_CANTCREAT, "%s: %s", d->state, strerror(errno));
	/* Roles of root's demo run as the service's user, if there is one. */
	pw = geteuid() == 0 ? getpwnam("facteur") : NULL;
	if (pw && chown(d->state, pw->pw_uid, pw->pw_gid) < 0)
		return cli_fail(d->c, EX_CANTCREAT, "%s: %s", d->state, strerror(errno));
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)st;
	(void)what;
	(void)ftw;
	(void)remove(path); /* the rest goes all the same */
	return 0;
}

static void
remove_folder(const struct demo *d)
{
	demo_state_remove(d->state);
	if (!d->keep)
		(void)nftw(d->state, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* ---- ports */

static int
listen_on(uint16_t port)
{
	struct net_addr a;

	(void)net_parse(STR_LIT("127.0.0.1"), port, &a);
	return net_listen(&a, 1024);
}

/* The keeper would say it in its log; here it is the most likely stumble. */
static int
check_port(struct demo *d, uint16_t port, const char *option)
{
	int fd = listen_on(port);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (fd == -EADDRINUSE)
		return cli_fail(d->c, EX_UNAVAILABLE,
			CLI_T(d->c,
				"port %u is taken by another program (a demo that still "
				"runs?); choose another one: facteur demo %s %u",
				"le port %u est pris par un autre programme (une démo qui "
				"tourne encore ?) ; choisissez-en un autre : facteur demo %s "
				"%u"),
			port, option, port + 1000 > 65535 ? 10025 : port + 1000);
	return cli_fail(d->c, fd == -EACCES ? EX_NOPERM : EX_UNAVAILABLE,
		"port %u cannot be opened: %s (another one: %s PORT)", port, net_why(-fd),
		option);
}

/* A port that is free now, 0 for any: it, or else -E... */
static int
free_port(uint16_t wish)
{
	struct net_addr a = { .len = sizeof a.u };
	int fd = listen_on(wish), port;

	if (fd < 0)
		return fd;
	port = getsockname(fd, &a.u.sa, &a.len) < 0 ? -errno : net_port(&a);
	close(fd);
	return port;
}

/* 1587 beside 1025; who chose another port for SMTP gets another one here too. */
static int
choose_starttls(struct demo *d)
{
	int beside = d->smtp + STARTTLS_BESIDE;
	int port = beside > 65535 || beside == d->http ? -ERANGE : free_port((uint16_t)beside);

	if (port < 0)
		port = free_port(0);
	if (port < 0)
		return cli_fail(d->c, EX_OSERR, "there is no free port: %s", net_why(-port));
	d->starttls = (uint16_t)port;
	return 0;
}

static int
open_ports(struct demo *d)
{
	struct net_addr a = { .len = sizeof a.u };
	int err = check_port(d, d->smtp, "--smtp");

	err = err ? err : check_port(d, d->http, "--port");
	err = err ? err : choose_starttls(d);
	if (err)
		return err;
	d->sink_fd = listen_on(0);
	if (d->sink_fd < 0 || getsockname(d->sink_fd, &a.u.sa, &a.len) < 0)
		return cli_fail(d->c, EX_OSERR, "the sink has no port: %s",
			d->sink_fd < 0 ? net_why(-d->sink_fd) : strerror(errno));
	d->sink_port = net_port(&a);
	return 0;
}

/* ---- configuration and account */

static int
configure(struct demo *d)
{
	struct config_error e = { 0 };
	struct buf b;
	int err;

	buf_init(&b, 8192);
	(void)buf_printf(&b,
		"hostname: mail.demo.test\n"
		"state: '%s'\n"
		"listen: [127.0.0.1]\n"
		"bounce_domain: bounce.demo.test\n"
		"submission: { starttls: [%u], tls: [], plain: [%u], plaintext_auth: true }\n"
		"http: { plain: [%u], tls: [] }\n"
		"tracking: { url: 'http://127.0.0.1:%u', consent_assumed: true }\n"
		"outbound: { retry: [1s, 1s, 2s, 3s, 5s, 10s], resolver: '127.0.0.1:9' }\n"
		"lab: { deliver_to: '127.0.0.1:%u', private_webhooks: true, "
		"verified_domains: true, any_credentials: true }\n",
		d->state, d->starttls, d->smtp, d->http, d->http, d->sink_port);
	d->c->config = MEM_NEW(d->c->config);
	err = config_parse(d->c->config, STR_NONE, buf_str(&b), NULL, &e);
	if (err == 0)
		err = role_paths(&d->c->paths, d->c->config->state);
	if (err == 0)
		(void)demo_state_configured(d->state, buf_str(&b)); /* else they guess */
	buf_done(&b);
	if (err == 0)
		return 0;
	mem_free(d->c->config);
	d->c->config = NULL;
	return cli_fail(d->c, EX_SOFTWARE, "the demo's configuration is refused: %u:%u: %s",
		e.line, e.column, e.text);
}

static int
fill_tables(const struct demo *d, struct control *tables)
{
	const struct control_key key = { .account = STR_LIT("demo"),
		.label = STR_LIT("demo"),
		.stream = STREAM_TRANSACTIONAL,
		.plaintext = true,
		/* who sends a day's mail wants to count it */
		.scopes = d->traffic ? STR_LIT("send,read") : STR_LIT("send") };
	json_t *j = NULL;
	int err = control_account_add(tables, STR_LIT("demo"), &j);

	json_decref(j);
	j = NULL;
	if (err < 0 && err != -EEXIST) /* with --keep it is there already */
		return err;
	err = control_key_put(tables, &key, STR_LIT(KEY), STR_LIT(SECRET));
	if (err == 0)
		err = control_domain_add(tables, STR_LIT("demo"), STR_LIT("demo.test"), &j);
	json_decref(j);
	if (err < 0 && err != -EEXIST)
		return err;
	/* No DNS knows it, and none is asked (lab.verified_domains). */
	return control_domain_verified(tables, STR_LIT("demo"), STR_LIT("demo.test"), true);
}

/* A user of the account, who may read its mail; the link signs him in. */
static int
fill_people(struct demo *d, struct control *tables)
{
	const struct control_user_text owner = {
		.email = STR_LIT(EMAIL), .role = STR_LIT("owner"), .enabled = -1
	};
	struct control_user u;
	uint32_t tenant = 0;
	json_t *j = NULL;
	char url[64];
	int err = control_account_tenant(tables, STR_LIT("demo"), &tenant);

	snprintf(url, sizeof url, "http://127.0.0.1:%u", d->http);
	control_console(tables, str_z(url), STR_LIT(EMAIL));
	err = err ? err : control_user_add(tables, tenant, &owner, &j);
	json_decref(j);
	j = NULL;
	if (err && err != -EEXIST)
		return err;
	err = control_user_find(tables, STR_LIT(EMAIL), &u);
	err = err ? err : control_link_enter(tables, u.id, &j);
	if (!err)
		(void)str_copy_z(d->link, sizeof d->link, str_z(cli_text(j, "link")));
	json_decref(j);
	return err;
}

static int
make_account(struct demo *d)
{
	char path[640];
	struct seal_keys keys;
	struct control *tables = NULL;
	const char *why = NULL;
	int err = role_paths_make(&d->c->paths, "facteur");

	snprintf(path, sizeof path, "%s/master.key", d->state);
	if (err == 0)
		err = seal_load(path, &keys);
	if (err == 0)
		err = control_open(d->state, &keys, &tables, &why);
	seal_wipe(&keys);
	if (err == 0)
		err = fill_tables(d, tables);
	if (err == 0)
		err = fill_people(d, tables);
	if (err < 0)
		(void)cli_fail(d->c, EX_CANTCREAT, "%s: %s", d->state,
			why      ? why
			: tables ? control_error(tables)
				 : strerror(-err));
	control_free(&tables);
	return err < 0 ? EX_CANTCREAT : 0;
}

/* What root made is the service user's. */
static void
give_away(const struct demo *d)
{
	static const char *const names[] = { "master.key", "control.db", "control.db-wal",
		"control.db-shm" };
	const struct passwd *pw = geteuid() == 0 ? getpwnam("facteur") : NULL;
	char path[640];

	for (size_t i = 0; pw && i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", d->state, names[i]);
		if (chown(path, pw->pw_uid, pw->pw_gid) < 0 && errno != ENOENT)
			return; /* the roles will say what they cannot open */
	}
}

/* ---- running */

static int
run_sink(void *ctx)
{
	struct demo *d = ctx;
	struct sink_conf conf = { .dir = d->c->paths.sink,
		.listen_fd = d->sink_fd,
		.hostname = STR_LIT("sink.test"),
		.slow_us = 3000000,
		.grey_us = 1000000 };

	(void)net_parse(STR_LIT("127.0.0.1"), d->starttls, &conf.back);
	signal(SIGINT, SIG_IGN);
	random_start();
	if (geteuid() == 0 && getpwnam("facteur"))
		(void)sandbox_user("facteur");
	return sink_main(&conf, NULL, NULL);
}

static void
on_sink_end(void *ctx, int status)
{
	struct demo *d = ctx;

	(void)status;
	d->failed = true;
	raise(SIGTERM);
}

static int
run_guide(void *ctx)
{
	const struct demo *d = ctx;

	signal(SIGINT, SIG_IGN);
	(void)dup2(d->screen_fd, STDERR_FILENO);
	random_start();
	return demo_guide(ctx);
}

static void
on_guide_end(void *ctx, int status)
{
	struct demo *d = ctx;

	d->failed = d->failed || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	raise(SIGTERM);
}

static void
on_ready(void *ctx, struct loop *l)
{
	struct demo *d = ctx;
	const struct child_conf sink = { .name = "sink",
		.run = run_sink,
		.run_ctx = d,
		.keep = &d->sink_fd,
		.nkeep = 1,
		.ended = on_sink_end,
		.ended_ctx = d };
	const struct child_conf guide = { .name = "demo",
		.run = run_guide,
		.run_ctx = d,
		.keep = &d->screen_fd,
		.nkeep = 1,
		.ended = on_guide_end,
		.ended_ctx = d };

	d->was_ready = true;
	d->sink = child_start(l, &sink);
	close(d->sink_fd);
	(void)demo_state_put(d->state);
	d->guide = child_start(l, &guide);
	if (!d->sink || !d->guide) {
		d->failed = true;
		raise(SIGTERM);
	}
}

static void
on_ended(void *ctx)
{
	struct demo *d = ctx;

	child_free(&d->guide);
	child_free(&d->sink);
}

/* The operations log goes to a file: the screen is for the guide. */
static void
divert_log(struct demo *d)
{
	char path[640];
	int fd;

	snprintf(path, sizeof path, "%s/service.log", d->c->paths.log);
	fd = file_open(path, O_WRONLY | O_CREAT | O_APPEND, 0640);
	d->screen_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || d->screen_fd < 0)
		return;
	fflush(stderr);
	(void)dup2(fd, STDERR_FILENO);
	(void)file_close(fd);
}

static void
show_log(const struct demo *d)
{
	char path[640];
	struct buf b;

	snprintf(path, sizeof path, "%s/service.log", d->c->paths.log);
	buf_init(&b, 4u << 20);
	if (file_read(path, &b) == 0)
		(void)fwrite(buf_str(&b).p, 1, b.n, stderr);
	buf_done(&b);
}

static int
serve(struct demo *d)
{
	const struct keeper_conf conf = {
		.config = d->c->config,
		.ready = on_ready,
		.ended = on_ended,
		.ctx = d,
		.quiet = true,
	};
	int code;

	divert_log(d);
	code = keeper_run(&conf);
	if (d->screen_fd >= 0) {
		fflush(stderr);
		(void)dup2(d->screen_fd, STDERR_FILENO);
		close(d->screen_fd);
	}
	if (code == 0 && d->was_ready)
		return d->failed ? EX_SOFTWARE : EX_OK;
	show_log(d);
	return cli_fail(d->c, code ? code : EX_SOFTWARE,
		CLI_T(d->c, "the service did not start; its log is above",
			"le service n'a pas démarré ; son journal est ci-dessus"));
}

static int
port_option(struct cli *c, const char *name, const char *text, uint16_t *port)
{
	uint32_t n;

	if (!text)
		return 0;
	if (str_u32(str_z(text), &n) < 0 || n == 0 || n > 65535)
		return cli_usage(c, "%s is a port, a number from 1 to 65535", name);
	*port = (uint16_t)n;
	return 0;
}

static int
prepare(struct demo *d)
{
	int err = open_ports(d);

	err = err ? err : make_folder(d);
	if (err)
		return err;
	err = configure(d);
	err = err ? err : make_account(d);
	if (err == 0)
		give_away(d);
	else
		remove_folder(d);
	return err;
}

int
cli_demo(struct cli *c, int argc, char **argv)
{
	struct demo *d = MEM_NEW(d);
	const char *smtp = NULL, *http = NULL;
	const struct cli_opt opts[] = {
		{ "--once", CLI_FLAG, &d->once, NULL },
		{ "--traffic", CLI_FLAG, &d->traffic, NULL },
		{ "--keep", CLI_TEXT, NULL, &d->keep },
		{ "--smtp", CLI_TEXT, NULL, &smtp },
		{ "--port", CLI_TEXT, NULL, &http },
	};
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts);

	d->c = c;
	d->smtp = 1025;
	d->http = 8025;
	err = err ? err
	          : cli_arguments(c, argc, 0,
			    "[--once] [--traffic] [--smtp 1025] [--port 8025] [--keep DIR]");
	err = err ? err : port_option(c, "--smtp", smtp, &d->smtp);
	err = err ? err : port_option(c, "--port", http, &d->http);
	err = err ? err : prepare(d);
	if (err == 0) {
		err = serve(d);
		remove_folder(d);
	}
	mem_free(d);
	return err;
}
