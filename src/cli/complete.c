#include "cli/complete.h"

#include "base/must.h"
#include "cli/cli.h"
#include "cli/form.h"

#include <errno.h>

const char *const complete_shells[] = { "bash", "zsh", "fish", NULL };

#define OPTIONS_MAX 64

/* Options of a command, each once. */
struct options {
	struct form_option o[OPTIONS_MAX];
	size_t n;
};

static void
add_options(struct options *all, struct str text)
{
	struct form_option o;
	size_t i;

	while (form_option(&text, &o)) {
		for (i = 0; i < all->n && !str_eq(all->o[i].name, o.name); i++)
			;
		must(i < OPTIONS_MAX);
		if (i == all->n)
			all->o[all->n++] = o;
		else if (o.choice)
			all->o[i] = o;
	}
}

/* All, or those of the forms that begin with a word. What is told of filters counts where a
 * form has them. */
static void
options_of(const struct form_command *c, struct str word, struct options *ret_all)
{
	struct str rest = str_z(c->forms), told = str_z(c->what);
	struct form f;

	*ret_all = (struct options){ 0 };
	while (form_next(&rest, &f)) {
		if (word.n && !form_has(&f, word))
			continue;
		add_options(ret_all, f.line);
		if (str_find_str(f.line, STR_LIT("FILTERS")) < f.line.n ||
			str_find_str(told, STR_LIT("All with")) < told.n)
			add_options(ret_all, told);
	}
}

static void
globals(struct options *ret_all)
{
#define CLI_GLOBAL(word, what, what_fr) word " "
	static const char text[] =
#include "cli/cli_global_tbl.h"
		"--help";
#undef CLI_GLOBAL

	*ret_all = (struct options){ 0 };
	add_options(ret_all, str_of(text, sizeof text - 1));
}

/* "a|b" as "a b". */
static void
put_words(struct buf *b, struct str words)
{
	while (words.n) {
		struct str one = str_cut(&words, '|');

		buf_printf(b, " %.*s", STR_ARG(one));
	}
}

static void
put_names(struct buf *b, const struct options *all)
{
	for (size_t i = 0; i < all->n; i++)
		buf_printf(b, " %.*s", STR_ARG(all->o[i].name));
}

/* ---- bash and zsh: one body, in the words both have */

static void
put_choices(struct buf *b, const struct options *all)
{
	bool any = false;

	for (size_t i = 0; i < all->n; i++) {
		if (!all->o[i].choice)
			continue;
		buf_printf(b, "%s\t\t%.*s) choice='", any ? "" : "\t\tcase $before in\n",
			STR_ARG(all->o[i].name));
		put_words(b, all->o[i].value);
		buf_put_z(b, "' ;;\n");
		any = true;
	}
	if (any)
		buf_put_z(b, "\t\tesac\n");
}

static void
put_command(struct buf *b, const struct form_command *c)
{
	struct str rest = str_z(c->forms);
	struct options all;
	struct form f;
	struct buf firsts, cases;

	buf_init(&firsts, 4096);
	buf_init(&cases, 16384);
	while (form_next(&rest, &f)) {
		struct str words = f.words;

		put_words(&firsts, words);
		if (words.n == 0)
			continue;
		buf_printf(&cases, "\t\t%.*s) option='", STR_ARG(words));
		options_of(c, str_head(words, str_find(words, '|')), &all);
		put_names(&cases, &all);
		buf_put_z(&cases, "' ;;\n");
	}
	options_of(c, STR_NONE, &all);
	buf_printf(b, "\t%s)\n", c->word);
	if (firsts.n)
		buf_printf(
			b, "\t\t[ -n \"$first\" ] || word='%.*s'\n", STR_ARG(buf_str(&firsts)));
	if (cases.n)
		buf_printf(b, "\t\tcase $first in\n%.*s", STR_ARG(buf_str(&cases)));
	buf_put_z(b, cases.n ? "\t\t*) option='" : "\t\toption='");
	put_names(b, &all);
	buf_put_z(b, cases.n ? "' ;;\n\t\tesac\n" : "'\n");
	put_choices(b, &all);
	buf_put_z(b, "\t\t;;\n");
	buf_done(&firsts);
	buf_done(&cases);
}

/* From $command, $first and $before to $word, $option and $choice. */
static void
put_body(struct buf *b)
{
	struct options all;

	buf_put_z(b, "\tcase $command in\n\t'') word='");
	for (size_t i = 0; i < FORM_COMMANDS; i++)
		buf_printf(b, " %s", form_commands[i].word);
	buf_put_z(b, "' ;;\n");
	for (size_t i = 0; i < FORM_COMMANDS; i++)
		put_command(b, &form_commands[i]);
	buf_put_z(b, "\tesac\n\toption=\"$option");
	globals(&all);
	put_names(b, &all);
	buf_put_z(b, "\"\n");
	put_choices(b, &all);
}

static const char bash_head[] =
	"# bash completion of facteur " FACTEUR_VERSION ": facteur help --completion bash\n"
	"_facteur()\n"
	"{\n"
	"\tlocal now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command= first= word= option= choice= i\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tcase ${COMP_WORDS[i]} in\n"
	"\t\t--config | --state | --lang) ((i++)) ;;\n"
	"\t\t-*) ;;\n"
	"\t\t*)\n"
	"\t\t\tif [ -z \"$command\" ]; then command=${COMP_WORDS[i]}\n"
	"\t\t\telif [ -z \"$first\" ]; then first=${COMP_WORDS[i]}; fi ;;\n"
	"\t\tesac\n"
	"\tdone\n";
static const char bash_end[] = "\t[ -z \"$choice\" ] || word=$choice option=\n"
			       "\tcase $now in -*) word=$option ;; esac\n"
			       "\tCOMPREPLY=($(compgen -W \"$word\" -- \"$now\"))\n"
			       "}\n"
			       "complete -o default -F _facteur facteur\n";

static const char zsh_head[] =
	"#compdef facteur\n"
	"# zsh completion of facteur " FACTEUR_VERSION ": facteur help --completion zsh\n"
	"_facteur()\n"
	"{\n"
	"\tlocal now=$words[CURRENT] before=$words[CURRENT-1]\n"
	"\tlocal command= first= word= option= choice= i\n"
	"\tfor ((i = 2; i < CURRENT; i++)); do\n"
	"\t\tcase $words[i] in\n"
	"\t\t--config | --state | --lang) ((i++)) ;;\n"
	"\t\t-*) ;;\n"
	"\t\t*)\n"
	"\t\t\tif [ -z \"$command\" ]; then command=$words[i]\n"
	"\t\t\telif [ -z \"$first\" ]; then first=$words[i]; fi ;;\n"
	"\t\tesac\n"
	"\tdone\n";
static const char zsh_end[] = "\t[ -z \"$choice\" ] || { word=$choice; option=; }\n"
			      "\tcase $now in -*) word=$option ;; esac\n"
			      "\tif [ -n \"$word\" ]; then compadd -- ${=word}\n"
			      "\telse _files; fi\n"
			      "}\n"
			      "_facteur \"$@\"\n";

/* ---- fish */

/* In single quotes. */
static void
put_fish(struct buf *b, const char *text)
{
	buf_put_c(b, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buf_put_c(b, '\\');
		buf_put_c(b, *text);
	}
	buf_put_c(b, '\'');
}

static void
put_fish_options(struct buf *b, const char *when, const struct options *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct str name = all->o[i].name;
		bool two = str_starts(name, STR_LIT("--"));

		buf_printf(b, "complete -c facteur%s -%c %.*s", when,
			two           ? 'l'
			: name.n == 2 ? 's'
				      : 'o',
			STR_ARG(str_from(name, two ? 2 : 1)));
		if (all->o[i].choice) {
			buf_put_z(b, " -x -a '");
			put_words(b, all->o[i].value);
			buf_put_c(b, '\'');
		} else if (all->o[i].value.n) {
			buf_put_z(b, " -r");
		}
		buf_put_c(b, '\n');
	}
}

static void
put_fish_command(struct buf *b, const struct form_command *c, bool french)
{
	struct str rest = str_z(c->forms);
	struct options all;
	char when[96];
	struct form f;

	buf_printf(b, "complete -c facteur -n __fish_use_subcommand -a %s -d ", c->word);
	put_fish(b, french ? c->what_fr : c->what);
	buf_put_c(b, '\n');
	while (form_next(&rest, &f)) {
		if (f.words.n == 0)
			continue;
		buf_printf(b, "complete -c facteur -n '__fish_seen_subcommand_from %s' -a '",
			c->word);
		put_words(b, f.words);
		buf_put_z(b, "'\n");
	}
	snprintf(when, sizeof when, " -n '__fish_seen_subcommand_from %s'", c->word);
	options_of(c, STR_NONE, &all);
	put_fish_options(b, when, &all);
}

static void
put_fish_all(struct buf *b, bool french)
{
	struct options all;

	buf_put_z(b, "# fish completion of facteur " FACTEUR_VERSION
		     ": facteur help --completion fish\n");
	for (size_t i = 0; i < FORM_COMMANDS; i++)
		put_fish_command(b, &form_commands[i], french);
	globals(&all);
	put_fish_options(b, "", &all);
}

int
complete_write(struct buf *out, int shell, bool french)
{
	if (str_eq_z(str_z(complete_shells[shell]), "fish")) {
		put_fish_all(out, french);
	} else {
		bool bash = str_eq_z(str_z(complete_shells[shell]), "bash");

		buf_put_z(out, bash ? bash_head : zsh_head);
		put_body(out);
		buf_put_z(out, bash ? bash_end : zsh_end);
	}
	return out->full ? -E2BIG : 0;
}
