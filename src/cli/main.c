/* The command `facteur`: global options, then one subcommand. */
#include "base/mem.h"
#include "cli/cli.h"
#include "io/random.h"

#include <locale.h>
#include <signal.h>
#include <unistd.h>

/* These come with their own files; a build without one says so when it is called. */
#pragma weak cli_doctor
#pragma weak cli_send
#pragma weak cli_sink
#pragma weak cli_demo
#pragma weak cli_sendmail
#pragma weak cli_sendmail_called

static const struct command {
	const char *word;
	int (*fn)(struct cli *c, int argc, char **argv);
} commands[] = {
#define CLI_COMMAND(word, fn, form, what, what_fr) { word, fn },
#include "cli/cli_tbl.h"
#undef CLI_COMMAND
};

#define COMMANDS (sizeof commands / sizeof *commands)

static const char *const words[] = {
#define CLI_COMMAND(word, fn, form, what, what_fr) word,
#include "cli/cli_tbl.h"
#undef CLI_COMMAND
	NULL
};

static const struct command *
find(const char *word)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (str_eq_z(str_z(word), commands[i].word))
			return &commands[i];
	return NULL;
}

static bool
speaks_french(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < 3; i++) {
		const char *v = getenv(names[i]);

		if (v && *v)
			return str_starts(str_z(v), STR_LIT("fr"));
	}
	return false;
}

struct globals {
	const char *lang;
	bool no_color, help;
};

/* Where the command's own words begin, its options are its own: sendmail's are not ours. */
static int
global_options(struct cli *c, int *argc, char **argv, struct globals *g)
{
	const struct cli_opt opts[] = {
		{ "--config", CLI_TEXT, NULL, &c->config_file },
		{ "--state", CLI_TEXT, NULL, &c->state },
		{ "--lang", CLI_TEXT, NULL, &g->lang },
		{ "--json", CLI_FLAG, &c->json, NULL },
		{ "--no-color", CLI_FLAG, &g->no_color, NULL },
		{ "--help", CLI_FLAG, &g->help, NULL },
	};
	const size_t n = sizeof opts / sizeof *opts;
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		struct str arg = str_z(argv[i]), name = arg, value = STR_NONE;
		size_t eq = str_find(arg, '='), k = 0;

		if (str_eq_z(arg, "--") ||
			(kept == 2 && str_eq_z(str_z(argv[1]), "sendmail"))) {
			while (i < *argc)
				argv[kept++] = argv[i++];
			break;
		}
		if (str_starts(arg, STR_LIT("--")) && eq < arg.n) {
			name = str_head(arg, eq);
			value = str_from(arg, eq + 1);
		}
		while (k < n && !str_eq_z(name, opts[k].name))
			k++;
		/* Behind `queue` --state is a filter: the state of recipients. */
		if (k < n && opts[k].text == &c->state && kept > 1 &&
			str_eq_z(str_z(argv[1]), "queue"))
			k = n;
		if (k == n || (opts[k].kind == CLI_FLAG && name.n < arg.n)) {
			argv[kept++] = argv[i];
			continue;
		}
		if (opts[k].kind == CLI_FLAG) {
			*opts[k].flag = true;
			continue;
		}
		if (name.n == arg.n && i + 1 >= *argc)
			return cli_usage(c, "%s needs a value", opts[k].name);
		*opts[k].text = name.n < arg.n ? value.p : argv[++i];
	}
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

static int
set_up(struct cli *c, const struct globals *g)
{
	const char *off = getenv("NO_COLOR");

	if (g->lang && !str_eq_z(str_z(g->lang), "fr") && !str_eq_z(str_z(g->lang), "en"))
		return cli_usage(c, "--lang is fr or en");
	c->french = g->lang ? str_eq_z(str_z(g->lang), "fr") : speaks_french();
	c->colour = !g->no_color && !(off && *off) && isatty(STDOUT_FILENO);
	if (c->config_file == NULL && access(CLI_CONFIG_DEFAULT, R_OK) == 0)
		c->config_file = CLI_CONFIG_DEFAULT;
	return 0;
}

static int
run(struct cli *c, int argc, char **argv)
{
	struct globals g = { 0 };
	const struct command *cmd;
	const char *likely;
	int err = global_options(c, &argc, argv, &g);

	err = err ? err : set_up(c, &g);
	if (err)
		return err;
	if (argc < 2) {
		if (g.help) {
			cli_help_put(c, NULL);
			return EX_OK;
		}
		return cli_usage(c, "which command? `facteur help` lists them");
	}
	if (str_eq_z(str_z(argv[1]), "-h"))
		g.help = true;
	if (str_eq_z(str_z(argv[1]), "--version"))
		return cli_version(c, 1, argv);
	cmd = find(argv[1]);
	if (cmd == NULL && !g.help) {
		likely = cli_likely(argv[1], words);
		return likely ? cli_usage(c, "unknown command \"%s\"; did you mean \"%s\"?",
					argv[1], likely)
		              : cli_usage(c,
					"unknown command \"%s\"; `facteur help` lists them",
					argv[1]);
	}
	if (g.help || (argc > 2 && str_eq_z(str_z(argv[2]), "-h"))) {
		cli_help_put(c, cmd ? cmd->word : NULL);
		return EX_OK;
	}
	c->command = cmd->word;
	if (cmd->fn == NULL)
		return cli_fail(c, EX_UNAVAILABLE, "this command is not built in");
	return cmd->fn(c, argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	struct cli c = { .program = "facteur", .typed = "facteur" };
	struct str name = str_z(argc > 0 ? argv[0] : "");
	size_t slash = str_rfind(name, '/');
	int code;

	if (slash < name.n)
		c.typed = argv[0];
	name = slash < name.n ? str_from(name, slash + 1) : name;
	(void)setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	random_start();
	if (str_eq_z(name, "sendmail") || str_eq_z(name, "mailq") ||
		str_eq_z(name, "newaliases")) {
		(void)set_up(&c, &(struct globals){ 0 });
		code = cli_sendmail_called ? cli_sendmail_called(&c, argc, argv)
		                           : cli_fail(&c, EX_UNAVAILABLE, "not built in");
	} else {
		code = run(&c, argc, argv);
	}
	if (c.config) {
		config_done(c.config);
		mem_free(c.config);
	}
	if (fflush(stdout) != 0 && code == EX_OK)
		code = EX_IOERR;
	return code;
}
