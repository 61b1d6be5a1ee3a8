/*
 * facteur doctor: the checks of role/doctor on a loop of their own, with what the running
 * service says of itself. Works without it: the tables are then read directly, where they are
 * there and may be read. Exit 0 all well, 1 warnings, 2 failures.
 */
#include "cli/doctor.h"

#include "account/control.h"
#include "base/utc.h"
#include "io/loop.h"
#include "role/doctor.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDENT     26
#define WIDTH_MIN  60
#define WIDTH_MAX  110
#define WAIT_MAX_S 300

/* ---- what the service and the tables say */

struct known {
	json_t *status, *domains, *routes;
	const char *status_why, *domains_why;
	int code; /* of exit, when the domains alone were asked for and cannot be read */
};

static void
known_done(struct known *k)
{
	json_decref(k->status);
	json_decref(k->domains);
	json_decref(k->routes);
}

static void
ask_status(struct cli *c, struct known *k)
{
	json_t *answer = NULL;
	int status = client_call(c->paths.control_sock, "status", NULL, &answer);

	if (status == 200) {
		k->status = answer;
		return;
	}
	json_decref(answer);
	k->code = status == -EACCES ? EX_NOPERM : EX_TEMPFAIL;
	if (status == -EACCES)
		k->status_why = CLI_T(c, "you may not use its control socket",
			"vous n'avez pas accès à son socket de contrôle");
	else if (status != -ECONNREFUSED)
		k->status_why = CLI_T(c, "it did not answer in time or not rightly",
			"il n'a pas répondu à temps ou pas correctement");
}

/* The keys, if they are there and as they should be: nothing is made or mended by looking. */
static bool
load_keys(const struct cli *c, struct seal_keys *ret_k)
{
	char file[700];
	struct stat st;

	snprintf(file, sizeof file, "%s/master.key", c->paths.state);
	if (c->config->master_key.n)
		(void)str_copy_z(file, sizeof file, c->config->master_key);
	return stat(file, &st) == 0 && seal_load(file, ret_k) == 0;
}

/* The tables without the service, which is not running. */
static void
read_tables(struct cli *c, struct known *k)
{
	struct seal_keys keys = { 0 };
	struct control *tables;
	char file[700];
	bool sealed = load_keys(c, &keys);
	int err = control_open_read(c->paths.state, &keys, &tables, &k->domains_why);

	seal_wipe(&keys);
	if (err == -ENOENT) {
		k->domains = json_array();
		return;
	}
	snprintf(file, sizeof file, "%s/control.db", c->paths.state);
	k->code = access(file, R_OK) < 0 && errno == EACCES ? EX_NOPERM : EX_IOERR;
	if (err < 0)
		return;
	control_hostname(tables, c->config->hostname);
	if (control_domain_list(tables, STR_NONE, &k->domains) < 0)
		k->domains_why = CLI_T(c, "the tables are damaged", "les tables sont abîmées");
	if (sealed && control_route_list(tables, &k->routes) < 0)
		k->routes = NULL;
	control_free(&tables);
}

static void
ask_tables(struct cli *c, struct known *k)
{
	json_t *body, *answer = NULL;
	const bool json = c->json;

	if (!k->status && k->status_why) {
		k->domains_why = k->status_why;
		return;
	}
	if (!k->status) {
		read_tables(c, k);
		return;
	}
	/* What fails is told to people at once; to programs by the report, which is one value.
	 */
	c->json = false;
	body = json_object();
	k->code = cli_pages(c, "domains.list", "domains", body, &answer);
	if (k->code == 0) {
		k->domains = json_incref(json_object_get(answer, "domains"));
		json_decref(answer);
	} else {
		k->domains_why = CLI_T(c, "see above", "voir plus haut");
	}
	json_decref(body);
	body = json_object();
	if (cli_tables(c, "routes.list", body, &answer) == 0) {
		k->routes = json_incref(json_object_get(answer, "routes"));
		json_decref(answer);
	}
	json_decref(body);
	c->json = json;
}

/* Only this one. 0, 65, or why it cannot be seen whether there is one. */
static int
choose_domain(struct cli *c, struct known *k, const char *domain)
{
	json_t *kept, *row;
	size_t i;

	if (!k->domains)
		return cli_fail(c, k->code,
			CLI_T(c,
				"whether an account has the sender domain %s cannot be seen: "
				"%s",
				"on ne peut voir si un compte a le domaine d'envoi %s : %s"),
			domain, k->domains_why);
	kept = json_array();
	json_array_foreach(k->domains, i, row)
	{
		if (str_ieq_z(str_z(cli_text(row, "domain")), domain))
			json_array_append(kept, row);
	}
	if (json_array_size(kept) == 0) {
		json_decref(kept);
		return cli_fail(c, EX_DATAERR,
			CLI_T(c, "no account has the sender domain %s: facteur domains list",
				"aucun compte n'a le domaine d'envoi %s : facteur domains "
				"list"),
			domain);
	}
	json_decref(k->domains);
	k->domains = kept;
	return 0;
}

/* ---- the look */

struct look {
	struct loop *loop;
	json_t *report;
};

static void
on_done(void *ctx, const json_t *report)
{
	struct look *l = ctx;

	l->report = json_deep_copy(report);
	loop_stop(l->loop);
}

static json_t *
look(struct cli *c, const struct doctor_conf *conf)
{
	char at[UTC_TEXT_SIZE];
	struct look l = { 0 };
	struct doctor *d;
	struct clock clock;

	(void)c;
	clock_real(&clock);
	l.loop = loop_new(&clock);
	d = doctor_new(l.loop, conf, on_done, &l);
	loop_run(l.loop);
	doctor_free(&d);
	loop_free(&l.loop);
	utc_rfc3339(at, clock_wall(&clock));
	json_object_set_new(l.report, "version", json_string(FACTEUR_VERSION));
	json_object_set_new(l.report, "hostname",
		json_stringn(conf->config->hostname.p, conf->config->hostname.n));
	json_object_set_new(l.report, "at", json_string(at));
	return l.report;
}

int
doctor_look(struct cli *c, const struct doctor_asked *asked, json_t **ret_report)
{
	struct known k = { 0 };
	int err = cli_config(c);

	if (err)
		return err;
	ask_status(c, &k);
	ask_tables(c, &k);
	if (asked->domain)
		err = choose_domain(c, &k, asked->domain);
	if (err == 0) {
		const struct doctor_conf conf = {
			.config = c->config,
			.paths = &c->paths,
			.file = c->config_file,
			.status = k.status,
			.status_why = k.status_why,
			.domains = k.domains,
			.domains_why = k.domains_why,
			.routes = k.routes,
			.outward = asked->outward,
			.only = asked->only,
			.french = c->french,
			.wait_us = asked->wait_s * UINT64_C(1000000),
		};

		*ret_report = look(c, &conf);
	}
	known_done(&k);
	return err;
}

/* ---- telling */

static size_t
width_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static size_t
columns(void)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col == 0 || w.ws_col > WIDTH_MAX)
		return WIDTH_MAX;
	return w.ws_col < WIDTH_MIN ? WIDTH_MIN : w.ws_col;
}

/* From column `at` on; lines begin at INDENT. */
static void
put_wrapped(struct str text, size_t at)
{
	size_t width = columns();
	bool first = true;

	while (text.p && text.n) {
		struct str word = str_cut(&text, ' ');
		size_t n = width_of(word);

		if (!first && at + 1 + n > width) {
			printf("\n%*s", INDENT, "");
			at = INDENT;
		} else if (!first) {
			putchar(' ');
			at++;
		}
		printf("%.*s", STR_ARG(word));
		at += n;
		first = false;
	}
	putchar('\n');
}

static void
put_line(const struct cli *c, const json_t *row, bool quiet)
{
	static const struct {
		const char *state, *word, *colour;
	} words[] = {
		{ "ok", "ok  ", "32" },
		{ "unknown", "?   ", "2" },
		{ "warn", "warn", "33" },
		{ "fail", "FAIL", "31" },
	};
	const char *state = cli_text(row, "state"), *title = cli_text(row, "title");
	const char *subject = cli_text(row, "subject"), *todo = cli_text(row, "todo");
	size_t w = width_of(str_z(title)), pad = w < INDENT - 7 ? INDENT - 6 - w : 1, i = 0;
	const char *colon = CLI_T(c, ": ", " : ");
	bool well = strcmp(state, "ok") == 0;

	if (quiet && well)
		return;
	while (i < 3 && strcmp(state, words[i].state) != 0)
		i++;
	cli_colour(c, words[i].colour, words[i].word);
	printf("  %s%*s%s%s", title, (int)pad, "", subject, *subject ? colon : "");
	put_wrapped(str_z(cli_text(row, "found")),
		INDENT + (*subject ? width_of(str_z(subject)) + strlen(colon) : 0));
	if (strcmp(state, "warn") == 0 || strcmp(state, "fail") == 0) {
		printf("%*s", INDENT, "");
		put_wrapped(str_z(cli_text(row, "why")), INDENT);
	}
	if (*todo) {
		printf("%*s→ ", INDENT, "");
		put_wrapped(str_z(todo), INDENT + 2);
	}
}

void
doctor_put(const struct cli *c, const json_t *report, bool quiet)
{
	const json_t *n = json_object_get(report, "counts");
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(report, "checks"), i, row) put_line(c, row, quiet);
	printf(CLI_T(c, "\n%lld failed, %lld with a warning, %lld well, %lld not looked at\n",
		       "\n%lld en échec, %lld avec avertissement, %lld bons, %lld non "
		       "examinés\n"),
		(long long)cli_number(n, "fail"), (long long)cli_number(n, "warn"),
		(long long)cli_number(n, "ok"), (long long)cli_number(n, "unknown"));
}

/* ---- the command */

static int
choose_checks(struct cli *c, const char *list, uint32_t *ret_bits)
{
	static const char *words[FINDING_CHECKS_N + 1];
	struct str rest = str_z(list);
	char word[40];

	for (size_t i = 0; i < FINDING_CHECKS_N; i++)
		words[i] = finding_check_id((enum finding_check)i);
	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));
		enum finding_check check = finding_check_of(one);
		const char *likely;

		if (check < FINDING_CHECKS_N) {
			*ret_bits |= 1u << check;
			continue;
		}
		likely = str_copy_z(word, sizeof word, one) == 0 ? cli_likely(word, words)
		                                                 : NULL;
		return likely ? cli_usage(c, "there is no check \"%s\"; did you mean \"%s\"?",
					word, likely)
		              : cli_usage(c, "--only is a list such as dkim,spf,disk; checks: "
					     "docs/reference/doctor.md");
	}
	return 0;
}

int
doctor_all(struct cli *c, int argc, char **argv)
{
	struct doctor_asked asked = { 0 };
	const char *only = NULL, *wait = NULL;
	bool quiet = false;
	const struct cli_opt opts[] = {
		{ "--domain", CLI_TEXT, NULL, &asked.domain },
		{ "--only", CLI_TEXT, NULL, &only },
		{ "--outward", CLI_TEXT, NULL, &asked.outward },
		{ "--wait", CLI_TEXT, NULL, &wait },
		{ "--quiet", CLI_FLAG, &quiet, NULL },
	};
	uint32_t seconds = 0;
	json_t *report = NULL;
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), code;

	if (err)
		return err;
	if (argc > 1)
		return cli_arguments(c, argc, 0,
			"[--domain DOMAIN] [--only CHECK,…] [--outward DOMAIN|none] "
			"[--wait SECONDS] [--quiet]");
	if (wait &&
		(str_u32(str_z(wait), &seconds) < 0 || seconds == 0 || seconds > WAIT_MAX_S))
		return cli_usage(c, "--wait is a number of seconds, 1 to %d", WAIT_MAX_S);
	if (only && (err = choose_checks(c, only, &asked.only)) != 0)
		return err;
	asked.wait_s = seconds;
	err = doctor_look(c, &asked, &report);
	if (err)
		return err;
	code = (int)cli_number(report, "exit");
	if (c->json)
		return cli_json(c, report) ? EX_SOFTWARE : code;
	doctor_put(c, report, quiet);
	json_decref(report);
	return code;
}
