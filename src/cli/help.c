#include "cli/cli.h"
#include "cli/complete.h"
#include "cli/form.h"
#include "cli/manual.h"

#define MADE_MAX 262144

static const struct {
	const char *word, *what, *what_fr;
} globals[] = {
#define CLI_GLOBAL(word, what, what_fr) { word, what, what_fr },
#include "cli/cli_global_tbl.h"
#undef CLI_GLOBAL
};

static void
put_forms(const struct form_command *h)
{
	struct str rest = str_z(h->forms);
	struct form f;

	while (form_next(&rest, &f))
		printf("  facteur %s%s%.*s\n", h->word, f.line.n ? " " : "", STR_ARG(f.line));
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
	for (size_t i = 0; i < FORM_COMMANDS; i++) {
		const struct form_command *h = &form_commands[i];

		if (word && !str_eq_z(str_z(word), h->word))
			continue;
		if (word) {
			puts(CLI_T(c, h->what, h->what_fr));
			puts("");
			put_forms(h);
		} else {
			printf("  %-13s %s\n", h->word, CLI_T(c, h->what, h->what_fr));
		}
	}
	printf("\n%s\n",
		CLI_T(c, "Options of every command:", "Options de toutes les commandes :"));
	for (size_t i = 0; i < sizeof globals / sizeof *globals; i++)
		printf("  %-15s %s\n", globals[i].word,
			CLI_T(c, globals[i].what, globals[i].what_fr));
	printf("\n%s\n",
		CLI_T(c,
			"Exit codes are those of sysexits(3): 64 usage, 69 service not "
			"running, 75 try again, 77 permission, 78 configuration.",
			"Codes de retour de sysexits(3) : 64 usage, 69 service arrêté, 75 "
			"réessayer, 77 droits, 78 configuration."));
}

/* A page or a completion script. */
static int
put_made(const struct cli *c, int (*write)(struct buf *out, int which, bool french), int which)
{
	struct buf b;
	int err;

	buf_init(&b, MADE_MAX);
	err = write(&b, which, c->french);
	(void)fwrite(buf_str(&b).p, 1, b.n, stdout);
	buf_done(&b);
	return err < 0 ? cli_fail(c, EX_SOFTWARE, "it is too long") : EX_OK;
}

/* The word as one of the words (NULL-ended), the first one without it; -1, said. */
static int
which_of(struct cli *c, const char *word, const char *const *words)
{
	char *argv[] = { NULL, (char *)(uintptr_t)word };

	return word ? cli_word(c, 2, argv, words) : 0;
}

int
cli_help(struct cli *c, int argc, char **argv)
{
	bool man = false, list = false;
	const char *shell = NULL;
	const struct cli_opt opts[] = { { "--man", CLI_FLAG, &man, NULL },
		{ "--list", CLI_FLAG, &list, NULL },
		{ "--completion", CLI_TEXT, NULL, &shell } };
	const char *words[FORM_COMMANDS + 1] = { 0 };
	int err = cli_options(c, &argc, argv, opts, 3), at;

	if (err)
		return err;
	if (argc > 2)
		return cli_arguments(c, argc, 1, "[COMMAND]");
	if (list) {
		if (argc > 1 || man || shell)
			return cli_usage(c, "--list stands alone: facteur help --list");
		for (size_t i = 0; i < FORM_COMMANDS; i++)
			(void)printf("%s\n", form_commands[i].word);
		return EX_OK;
	}
	if (man || shell) {
		at = shell ? which_of(c, shell, complete_shells)
		           : which_of(c, argc > 1 ? argv[1] : NULL, manual_pages);
		return at < 0 ? EX_USAGE
		              : put_made(c, shell ? complete_write : manual_write, at);
	}
	if (argc < 2) {
		cli_help_put(c, NULL);
		return EX_OK;
	}
	for (size_t i = 0; i < FORM_COMMANDS; i++)
		words[i] = form_commands[i].word;
	at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	cli_help_put(c, words[at]);
	return EX_OK;
}
