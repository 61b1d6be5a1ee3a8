#include "cli/cli.h"

static const struct {
	const char *word, *form, *what;
} helps[] = {
#define CLI_COMMAND(word, fn, form, what) { word, form, what },
#include "cli/cli_tbl.h"
#undef CLI_COMMAND
};

#define HELPS (sizeof helps / sizeof *helps)

static const char globals[] =
	"  --config FILE   configuration (default " CLI_CONFIG_DEFAULT ", if it is there)\n"
	"  --state DIR     state folder, instead of the configuration's\n"
	"  --json          answers for programs; stable\n"
	"  --lang fr|en    language (default: LANG)\n"
	"  --no-color      no colours (also: NO_COLOR)\n";

static void
put_forms(const char *word, const char *form, const char *before, const char *after)
{
	struct str rest = str_z(form);

	while (rest.n) {
		struct str line = str_cut(&rest, '\n');

		printf("%sfacteur %s%s%.*s%s\n", before, word, line.n ? " " : "", STR_ARG(line),
			after);
	}
}

void
cli_help_put(const struct cli *c, const char *word)
{
	if (!word)
		puts(CLI_T(c,
			"Facteur sends mail: it accepts, keeps, signs and delivers it, and "
			"tells what became of it.\n",
			"Facteur envoie du courrier : il l'accepte, le garde, le signe, le "
			"remet, "
			"et dit ce qu'il est devenu.\n"));
	for (size_t i = 0; i < HELPS; i++) {
		if (word && !str_eq_z(str_z(word), helps[i].word))
			continue;
		if (word) {
			puts(helps[i].what);
			puts("");
			put_forms(helps[i].word, helps[i].form, "  ", "");
		} else {
			printf("  %-13s %s\n", helps[i].word, helps[i].what);
		}
	}
	printf("\n%s\n%s",
		CLI_T(c, "Options of every command:", "Options de toutes les commandes :"),
		globals);
	printf("\n%s\n",
		CLI_T(c,
			"Exit codes are those of sysexits(3): 64 usage, 69 service not "
			"running, 75 try again, 77 permission, 78 configuration.",
			"Codes de retour de sysexits(3) : 64 usage, 69 service arrêté, 75 "
			"réessayer, 77 droits, 78 configuration."));
}

static void
put_man(void)
{
	puts(".TH FACTEUR 8 \"\" \"facteur " FACTEUR_VERSION "\"\n.SH NAME\n"
	     "facteur \\- e-mail sending platform\n.SH SYNOPSIS\n.nf");
	for (size_t i = 0; i < HELPS; i++)
		put_forms(helps[i].word, helps[i].form, "", "");
	puts(".fi\n.SH COMMANDS");
	for (size_t i = 0; i < HELPS; i++)
		printf(".TP\n.B %s\n%s\n", helps[i].word, helps[i].what);
	printf(".SH OPTIONS\n.nf\n%s.fi\n", globals);
	puts(".SH EXIT STATUS\nAs in sysexits(3): 0 done, 64 usage, 65 nothing known of it, 66 "
	     "unreadable file, 69 service not running, 75 try again, 77 permission, 78 "
	     "configuration.");
}

int
cli_help(struct cli *c, int argc, char **argv)
{
	bool man = false;
	const struct cli_opt opts[] = { { "--man", CLI_FLAG, &man, NULL } };
	const char *words[HELPS + 1] = { 0 };
	int err = cli_options(c, &argc, argv, opts, 1), at;

	if (err)
		return err;
	if (man) {
		put_man();
		return EX_OK;
	}
	if (argc < 2) {
		cli_help_put(c, NULL);
		return EX_OK;
	}
	for (size_t i = 0; i < HELPS; i++)
		words[i] = helps[i].word;
	at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	cli_help_put(c, words[at]);
	return EX_OK;
}
